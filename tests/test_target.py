"""A payment that is a share of income: HAMP's published figures, however else the household looks."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp
from examples import examples
from repayplan import Code, PaymentTarget

HAMP = rp.Policy.example("mortgage-waterfall")
NOTHING = rp.Allowance(by_persons=("0",), further_person="0", covers=(), source="own")
ESCROW = {"taxes and insurance": "250"}
HOUSEHOLDS = [
    {"gross_income": "{}", "costs": ESCROW},
    {"gross_income": "{}", "net_income": "1700", "costs": ESCROW},
    {"gross_income": "{}", "net_income": "2900", "costs": ESCROW | {"car": "800", "food": "900"}},
    {"gross_income": "{}", "costs": ESCROW | {"rent": "5000"}, "other_debts": "1200"},
    {"gross_income": "{}", "costs": ESCROW | {"association dues": "0"}, "adults": 2, "children": (3, 9)},
    {"costs": ESCROW, "items": [rp.Income("pay", "{}", gross=True), rp.Deduction("tax", "812.34")]},
    {"costs": ESCROW, "items": [rp.Income("pay", "{}", gross=True), rp.Debt("card", "400", balance="9000")]},
    {"gross_income": "{}", "costs": {"taxes and insurance": "150", "association dues": "100"}},
]
"""One gross income and 250 of housing costs, and otherwise as different as can be."""


def household(form, income):
    items = [
        replace(i, amount=i.amount.format(income)) if i.amount == "{}" else i for i in form.get("items", [])
    ]
    return (
        rp.Household(**form | {"gross_income": income} | {"items": items})
        if "gross_income" in form
        else (rp.Household(**form | {"items": items}))
    )


def mortgage(principal):
    return rp.Loan(
        principal=principal,
        annual_rate="0.075",
        original_term=360,
        elapsed=0,
        unpaid=360,
        next_due="2009-05-01",
    )


@pytest.mark.parametrize("form", HOUSEHOLDS)
def test_published_figures_of_hamp(form):
    # Handbook for Servicers of Non-GSE Mortgages, chapter II, 6.3: the standard waterfall, to 31 %.
    cut = rp.propose(mortgage("200000"), household(form, "4000"), HAMP)
    assert (cut.annual_rate, cut.instalments, cut.instalment_after) == (
        Decimal("0.0425"),
        360,
        Decimal("983.88"),
    )
    assert cut.capacity == 990
    longer = rp.propose(mortgage("200000"), household(form, "3000"), HAMP)
    assert (longer.annual_rate, longer.instalments) == (Decimal("0.02"), 405)
    assert (longer.instalment_after, longer.forborne) == (Decimal("679.50"), 0)
    aside = rp.propose(mortgage("450000"), household(form, "4500"), HAMP)
    assert (aside.instalments, aside.capacity) == (480, 1145)
    # In the last, rounded row too: three cents less than the published present value bear interest.
    assert 450_000 - aside.forborne == Decimal("378105.34")


MONEY = st.integers(0, 900_000)


@examples(60)
@given(
    MONEY,
    MONEY,
    st.integers(0, 40_000),
    MONEY,
    MONEY,
    st.sampled_from(["0.31", "0.333", "1", "0"]),
    st.booleans(),
)
def test_nothing_but_gross_income_and_the_costs_named_changes_it(
    gross, net, taxes, rent, debts, share, known
):
    target = PaymentTarget(share=share, less=("taxes",))
    home = rp.Household(
        gross_income=Decimal(gross) / 100,
        net_income=Decimal(net) / 100 if known else None,
        costs={"taxes": Decimal(taxes) / 100, "rent": Decimal(rent) / 100},
        other_debts=Decimal(debts) / 100,
    )
    can = rp.capacity(home, NOTHING, target=target)
    assert can.surplus * 100 == floor(gross * Fraction(share)) - taxes
    assert can.payable == max(can.surplus, 0)
    assert can.net_income * 100 == (net if known else gross)
    spent = can.covered_costs + can.other_costs + can.other_debts + can.reserved + can.contingency
    assert can.net_income - spent == can.surplus
    assert list(can.parts)[5] == ("reserved" if can.reserved else "before_contingency")
    kept = rp.capacity(home, NOTHING, target=target, contingency=rp.Contingency(share="0.1"))
    assert (can.surplus - kept.surplus) * 100 == ceil(max(can.surplus, 0) * 10)


def test_of_net_income():
    home = rp.Household(net_income="2000", costs={"taxes": "100"})
    target = PaymentTarget(share="0.25", of="net_income", less=("taxes",))
    assert rp.capacity(home, NOTHING, target=target).payable == 400
    with pytest.raises(rp.InputError) as error:
        rp.capacity(home, NOTHING, target=replace(target, of="gross_income"))
    assert (error.value.code, error.value.field) == (Code.MISSING, "gross_income")


def test_a_cost_that_is_named_must_be_known():
    home = rp.Household(gross_income="2000", costs={"food": "100"})
    target = PaymentTarget(share="0.25", less=("taxes",))
    with pytest.raises(rp.InputError) as error:
        rp.capacity(home, NOTHING, target=target)
    assert (error.value.code, error.value.field) == (Code.MISSING, "costs.taxes")
    none = rp.AssumedCost(category="taxes", share="0.05")
    assert rp.capacity(home, NOTHING, target=target, assumed=(none,)).payable == 400


def test_stress_lowers_it_and_months_count():
    home = rp.Household(
        items=[rp.Income("pay", "2000", gross=True, until="2026-03-31")], assessed="2026-01-10"
    )
    target = PaymentTarget(share="0.31")
    path = rp.capacity_path(
        home, NOTHING, begin="2026-01-01", months=6, target=target, outlook=rp.Outlook(stress="0.1")
    )
    assert path.payable[:4, 0].tolist() == [558_00] * 3 + [0]


def test_refused_where_costs_leave_nothing():
    homes = rp.Households.from_columns(
        gross_income=["4000", "500", "4000"], costs={"taxes and insurance": ["250", "250", "250"]}
    )
    loans = rp.Loans.from_columns(
        principal=["200000"] * 3, annual_rate="0.075", original_term=360, elapsed=0, unpaid=360,
        next_due="2009-05-01",
    )  # fmt: skip
    many = rp.propose(loans, homes, HAMP).value
    assert many.offered.tolist() == [True, False, True]
    one = rp.propose(mortgage("200000"), rp.Household(gross_income="500", costs=ESCROW), HAMP)
    for reasons in (one.reasons, many.reasons(1)):
        assert [reason.code for reason in reasons][:1] == [Code.ABOVE_TARGET]
        assert reasons[0].value == 95
        assert "95.00" in reasons[0].text()
        assert "95.00" in reasons[0].text("zh")
    assert one.relaxations["income"] is None
    interim = replace(
        HAMP,
        interim=rp.InterimRule(amount="50", minimum="1", months=6, unpaid_interest="waive", review_days=14),
    )
    got = rp.interim(mortgage("200000"), rp.Household(gross_income="500", costs=ESCROW), interim)
    assert [reason.code for reason in got.reasons][:1] == [Code.ABOVE_TARGET]


@pytest.mark.parametrize(
    ("given_", "code", "field"),
    [
        ({"share": "1.1"}, Code.OUT_OF_RANGE, "target.share"),
        ({"share": "0.3", "of": "income"}, Code.UNKNOWN_VALUE, "target.of"),
        ({"share": "0.3", "less": "taxes"}, Code.UNKNOWN_VALUE, "target.less"),
    ],
)
def test_what_is_no_target(given_, code, field):
    with pytest.raises(rp.InputError) as error:
        PaymentTarget(**given_)
    assert (error.value.code, error.value.field) == (code, field)
