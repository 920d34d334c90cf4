"""One borrower from application to plan: move the sliders, and everything below follows."""

import marimo

app = marimo.App(app_title="One borrower, from application to plan")


@app.cell
def _():
    import marimo as mo

    import repayplan as rp

    return mo, rp


@app.cell
def _(mo):
    mo.md(
        """
        # One borrower, from application to plan

        Li Wei owes 20,000.00 at 14.4 % and has lost part of his income. Is there a plan that he can keep and
        still live, and what does it cost? Move the sliders: everything below is worked out anew.
        """
    )
    return


@app.cell
def _(mo):
    income = mo.ui.slider(2500, 6000, 50, value=3300, label="Net income a month", show_value=True)
    rent = mo.ui.slider(0, 2500, 50, value=600, label="Rent", show_value=True)
    children = mo.ui.slider(0, 3, 1, value=0, label="Children", show_value=True)
    mo.vstack([income, rent, children])
    return children, income, rent


@app.cell
def _(mo):
    mo.md(
        """
        ## The application

        A review asks whether the application is complete and one for this programme, and whether it fits
        together. Every finding stays, with its figures.
        """
    )
    return


@app.cell
def _(children, income, mo, rent, rp):
    policy = rp.Policy.example("consumer-review")
    application = rp.Application(
        id="A-17",
        hardship="unemployment",
        applied_on="2026-03-02",
        evidence={
            "identity_card": "2019-05-01",
            "bank_statement": ("2026-02-10", "B-9931"),
            "dismissal_notice": "2026-01-15",
        },
        declared_income=str(income.value),
        evidenced_income=str(income.value),
        days_past_due=60,
        broken_plans=0,
        willing=True,
    )
    loan = rp.Loan(
        principal="20000.00",
        annual_rate="0.144",
        original_term=36,
        elapsed=6,
        unpaid=30,
        next_due="2026-03-31",
        currency="CNY",
    )
    home = rp.Household(
        children=(7,) * children.value,
        net_income={"pay": str(income.value)},
        costs={"rent": str(rent.value)},
    )
    seen = rp.review(application, loan, home, policy, on="2026-03-05")
    found = [
        {"effect": each.effect, "finding": each.text(), "审核": each.text("zh")} for each in seen.findings
    ]
    mo.vstack(
        [mo.md(f"Result: **{seen.result}**"), mo.ui.table(found, selection=None) if found else mo.md("")]
    )
    return home, loan, policy


@app.cell
def _(mo):
    mo.md(
        """
        ## What he can pay

        Income less what the household needs to live on, which is the allowance at the least.
        """
    )
    return


@app.cell
def _(home, mo, policy, rp):
    can = rp.capacity(
        home,
        policy.allowance,
        income=policy.income,
        contingency=policy.contingency,
        assumed=policy.assumed,
        guidelines=policy.guidelines,
    )
    mo.ui.table(
        [{"figure": name, "a month": str(value)} for name, value in can.parts.items()], selection=None
    )
    return


@app.cell
def _(mo):
    mo.md(
        """
        ## The offer

        The least extension whose every instalment can be paid; or why there is none, and the one change that
        would help.
        """
    )
    return


@app.cell
def _(home, loan, mo, policy, rp):
    offer = rp.propose(loan, home, policy)
    if isinstance(offer, rp.Offer):
        summary = {
            "instalments": offer.instalments,
            "extension, months": offer.extension_months,
            "instalment before": str(offer.instalment_before),
            "instalment after": str(offer.instalment_after),
            "left to live on, at the least": str(offer.left_to_live_on),
            "interest on the plan": str(offer.interest_on_plan),
        }
        shown = mo.ui.table([{"figure": k, "offer": str(v)} for k, v in summary.items()], selection=None)
    else:
        shown = mo.vstack(
            [
                mo.md("No plan: " + "; ".join(reason.text() for reason in offer.reasons)),
                mo.ui.table(
                    [{"change": k, "by": str(v)} for k, v in offer.relaxations.items()], selection=None
                ),
            ]
        )
    shown
    return (offer,)


@app.cell
def _(loan, mo, offer, rp):
    import matplotlib.pyplot as plt

    mo.stop(not isinstance(offer, rp.Offer), mo.md("There is nothing to draw."))
    contract = rp.schedule(loan, rp.equal_instalment(30))
    figure, axes = plt.subplots(3, 1, figsize=(8, 11), layout="constrained")
    rp.plot_schedule(offer, ax=axes[0])
    rp.plot_balance(offer, contract, ax=axes[1])
    rp.plot_living(offer, ax=axes[2])
    figure
    return (plt,)


@app.cell
def _(mo):
    mo.md(
        """
        ## The negotiation

        Every plan within the policy that no other beats in instalment, term, cost to the borrower and cost to
        the lender. He may wish for something: both sides see what it costs.
        """
    )
    return


@app.cell
def _(mo):
    most = mo.ui.slider(500, 2000, 25, value=1000, label="At most, a month", show_value=True)
    most
    return (most,)


@app.cell
def _(home, loan, mo, most, offer, plt, policy, rp):
    mo.stop(not isinstance(offer, rp.Offer), mo.md(""))
    choices = rp.menu(loan, home, policy, wishes=rp.Wishes(at_most=str(most.value)))
    board, axis = plt.subplots(figsize=(8, 4.5), layout="constrained")
    if len(choices.alternatives):
        rp.plot_menu(choices, ax=axis)
    board if len(choices.alternatives) else mo.md("No plan within the policy grants this wish.")
    return


if __name__ == "__main__":
    app.run()
