"""How much more gross income would make a plan affordable, where a share of that may be paid."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import repayplan as rp
from examples import examples
from repayplan.edges.decisiontables import decision_table

CENT = Decimal("0.01")
PART = rp.ArrearsPart(treatment="pay_first")
PLAIN = rp.Policy(
    name="test",
    currency="EUR",
    methods=("equal_instalment",),
    allowance=rp.Allowance(by_persons=("0",), further_person="0", covers=(), source="test"),
    limit=rp.ExtensionLimit(percent="50", reading="beyond_original_maturity"),
    contingency=rp.Contingency(share="0"),
    rounding=rp.Rounding(),
    arrears=rp.ArrearsRule(overdue_interest=PART, accrued_interest=PART, penalty=PART, fees=PART),
)
STEPS = (
    (rp.Concession(step="extend"),),
    (rp.Concession(step="cut_rate", by="0.0100", floor="0.02"), rp.Concession(step="extend")),
    (rp.Concession(step="extend"), rp.Concession(step="forgive", percent="10", multiple="1")),
    (rp.Concession(step="holiday", months=1, interest="capitalise"), rp.Concession(step="extend")),
)
ALONE = rp.PaymentTarget(share="0.31", less=("tax",), alone=True)
BESIDE = replace(ALONE, alone=False)
LOAN = {
    "principal": "120.00",
    "annual_rate": "0.12",
    "original_term": 12,
    "elapsed": 6,
    "unpaid": 6,
    "next_due": "2026-01-31",
}


@st.composite
def cases(draw):
    """A loan, a household as columns, and a policy with a target of gross income; amounts are a few euros."""
    alone = draw(st.booleans())
    target = rp.PaymentTarget(
        share=draw(st.sampled_from(["0.31", "0.4", "1", "0.07"])), less=("tax",), alone=alone
    )
    rate = draw(st.sampled_from([None, "0.78", "0.3"]))
    policy = replace(
        PLAIN,
        target=target,
        concessions=draw(st.sampled_from(STEPS)),
        income=rp.IncomeRule(net_of_gross=rate),
        contingency=rp.Contingency(share=draw(st.sampled_from(["0", "0.1"]))),
        amortisation=draw(st.sampled_from([rp.Amortisation(), rp.Amortisation(longest_without_principal=3)])),
        outlook=rp.Outlook(stress=draw(st.sampled_from(["0", "0", "0.1"]))),
    )
    cents = st.integers(0, 1500).map(lambda units: Decimal(units).scaleb(-2))
    home = {"gross_income": draw(zero_or(cents)), "tax": draw(cents)}
    # Where there is no rule from gross to net, net income is stated, unless it decides nothing.
    stated = draw(st.booleans()) or (rate is None and not alone)
    home["net_income"] = draw(st.sampled_from([Decimal(5), Decimal(30), Decimal(400)])) if stated else None
    loan = LOAN | {
        "principal": Decimal(draw(st.integers(100, 9_000))).scaleb(-2),
        "frequency": draw(st.sampled_from(["monthly", "monthly", "weekly", "quarterly"])),
        "fees": draw(cents),
    }
    return loan, home, policy


def zero_or(cents):
    return st.one_of(cents, st.just(Decimal(0)))


def home_of(home, more=0):
    """One household, with so much more gross income."""
    net = {} if home["net_income"] is None else {"net_income": home["net_income"]}
    return rp.Household(gross_income=home["gross_income"] + more, costs={"tax": home["tax"]}, **net)


@examples(60)
@given(cases())
def test_no_smaller_gross_income_would_do(case):
    loan, home, policy = case
    got = rp.propose(rp.Loan(**loan), home_of(home), policy)
    assume(isinstance(got, rp.Infeasible))
    more = got.relaxations["gross_income"]
    if more is None:
        # Then none does, however much it is.
        units = 10 ** np.arange(13)
    else:
        assert more > 0
        assert isinstance(rp.propose(rp.Loan(**loan), home_of(home, more), policy), rp.Offer)
        most = int(more * 100)
        units = np.unique(
            np.concatenate([np.arange(1, min(most, 3_000)), np.arange(max(most - 99, 1), most)])
        )
    if len(units):
        size = len(units)
        loans = rp.Loans.from_columns(**{name: [value] * size for name, value in loan.items()})
        net = {} if home["net_income"] is None else {"net_income": [home["net_income"]] * size}
        homes = rp.Households.from_columns(
            gross_income=rp.minor(int(home["gross_income"] * 100) + units),
            costs={"tax": [home["tax"]] * size},
            **net,
        )
        assert not rp.propose(loans, homes, policy).value.offered.any()


@examples(6)
@given(st.lists(cases(), min_size=2, max_size=3))
def test_a_batch_says_what_each_loan_says(rows):
    policy = rows[0][2]
    net = any(home["net_income"] is not None for _, home, _ in rows)
    rows = [(loan, home | {"net_income": home["net_income"] or Decimal(20)} if net else home)
            for loan, home, _ in rows]  # fmt: skip
    assume(net or policy.target.alone or policy.income.net_of_gross is not None)
    loans = rp.Loans.from_columns(**{name: [loan[name] for loan, _ in rows] for name in rows[0][0]})
    columns = {"gross_income": [home["gross_income"] for _, home in rows]}
    if net:
        columns["net_income"] = [home["net_income"] for _, home in rows]
    homes = rp.Households.from_columns(**columns, costs={"tax": [home["tax"] for _, home in rows]})
    made = rp.propose(loans, homes, policy).value
    levers = made.relaxations()["gross_income"]
    for i, (loan, home) in enumerate(rows):
        one = rp.propose(rp.Loan(**loan), home_of(home), policy)
        own = one.relaxations["gross_income"] if isinstance(one, rp.Infeasible) else None
        assert levers[i] == (-1 if own is None else int(own * 100))


ITEMS = (
    [rp.Income("pay", "9", gross=True)],
    [rp.Income("pay", "9", gross=True), rp.Deduction("tax", "2")],
    [rp.Income("season", "20", gross=True, months=(4, 5, 6))],
    [rp.Income("pay", "9", gross=True, until="2026-03-31"), rp.Cost("food", "3", start="2026-05-01")],
)


@pytest.mark.parametrize("target", [ALONE, BESIDE])
@pytest.mark.parametrize("items", ITEMS)
@pytest.mark.parametrize("steps", STEPS[1::2])
def test_of_dated_items_as_much_more_in_every_month(items, steps, target):
    policy = replace(PLAIN, target=target, concessions=steps, income=rp.IncomeRule(net_of_gross="0.8"))
    loan = rp.Loan(**LOAN)

    def made(more=None):
        stated = {} if more is None else {"gross_income": more}
        return rp.propose(
            loan, rp.Household(items=items, assessed="2026-01-05", costs={"tax": "1"}, **stated), policy
        )

    more = made().relaxations["gross_income"]
    assert more > 0
    assert isinstance(made(more), rp.Offer)
    assert isinstance(made(more - CENT), rp.Infeasible)


@pytest.mark.parametrize("target", [ALONE, BESIDE])
def test_of_several_households_the_first_borrower_has_more(target):
    policy = replace(PLAIN, target=target, income=rp.IncomeRule(net_of_gross="0.8"))

    def made(more=Decimal(0)):
        first, second = (
            rp.Household(gross_income=gross, costs={"tax": "1"}) for gross in (Decimal("9.50") + more, "11")
        )
        behind = [rp.Obligor(household=first), rp.Obligor(household=second, role="spouse", share="0.5")]
        return rp.propose(rp.Loan(**LOAN), behind, policy)

    more = made().relaxations["gross_income"]
    assert isinstance(made(more), rp.Offer)
    assert isinstance(made(more - CENT), rp.Infeasible)


def lever(policy, **home):
    got = rp.propose(rp.Loan(**LOAN), rp.Household(costs={"tax": "1"}, **home), policy)
    return got.relaxations


def test_it_is_there_where_a_target_is_of_gross_income():
    net = {"net_income": "9", "gross_income": "12"}
    assert "gross_income" not in lever(PLAIN, **net)
    of_net = rp.PaymentTarget(share="0.31", of="net_income", less=("tax",))
    assert "gross_income" not in lever(replace(PLAIN, target=of_net), **net)
    # Net income doesn't raise a share of gross income, nor this one what is left.
    tight = lever(replace(PLAIN, target=BESIDE), net_income="9000", gross_income="12")
    assert (tight["income"], tight["gross_income"] > 0) == (None, True)
    poor = lever(replace(PLAIN, target=BESIDE), net_income="9", gross_income="9000")
    assert (poor["income"] > 0, poor["gross_income"]) == (True, None)


SHARES = {"category": "rent", "share": "0.3"}


@pytest.mark.parametrize(
    "change",
    [
        {"assumed": (rp.AssumedCost(of="gross_income", **SHARES),)},
        {"assumed": (rp.AssumedCost(of="net_income", **SHARES | {"category": "tax"}),)},
        {
            "allowance": rp.IncomeBands(
                of="gross_income",
                bands=(rp.Band(above="0", base="0", share="0.5"),),
                covers=(),
                source="test",
            )
        },
    ],
)
def test_it_is_not_looked_for_where_more_may_leave_less(change):
    policy = replace(PLAIN, target=BESIDE, **change)
    assert lever(policy, net_income="9000", gross_income="12")["gross_income"] is None
    assert lever(replace(PLAIN, target=BESIDE), net_income="9000", gross_income="12")["gross_income"] > 0


def test_a_cost_assumed_from_net_income_beside_the_target_stays_in_the_way():
    assumed = (rp.AssumedCost(of="net_income", **SHARES),)
    policy = replace(PLAIN, target=BESIDE, assumed=assumed, income=rp.IncomeRule(net_of_gross="0.5"))
    more = lever(policy, gross_income="12")["gross_income"]
    for less, kind in ((Decimal(0), rp.Offer), (CENT, rp.Infeasible)):
        home = rp.Household(gross_income=12 + more - less, costs={"tax": "1"})
        assert isinstance(rp.propose(rp.Loan(**LOAN), home, policy), kind)


def test_no_household_has_more_than_there_is():
    """A share so small that only an income beyond the domain would do."""
    tiny = rp.PaymentTarget(share="0.0000000001", less=(), alone=True)
    policy = replace(PLAIN, target=tiny)
    large = LOAN | {"principal": "1000000000"}
    got = rp.propose(rp.Loan(**large), rp.Household(gross_income="10"), policy)
    assert got.relaxations["gross_income"] is None
    items = [rp.Income("pay", "10", gross=True, months=(1, 2, 3))]
    dated = rp.propose(rp.Loan(**large), rp.Household(items=items, assessed="2026-01-05"), policy)
    assert dated.relaxations["gross_income"] is None


def test_decisions_have_a_column_of_it():
    loans = rp.Loans.from_columns(**{name: [value] * 2 for name, value in LOAN.items()})
    homes = rp.Households.from_columns(gross_income=["12", "9000"], costs={"tax": ["1", "1"]})
    for policy, there in (
        (replace(PLAIN, target=ALONE), True),
        (replace(PLAIN, income=rp.IncomeRule(net_of_gross="1")), False),
    ):
        made = rp.propose(loans, homes, policy).value
        table = decision_table(np.array(["a", "b"]), made.row, made)
        assert ("relax_gross_income" in table) is there
        if there:
            alone = lever(policy, gross_income="12")["gross_income"]
            assert table["relax_gross_income"].values.tolist() == [int(alone * 100), -1]
            assert table["relax_gross_income"].missing.tolist() == [False, True]
