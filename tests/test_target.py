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
    target = PaymentTarget(share=share, less=("taxes",), alone=True)
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
    target = PaymentTarget(share="0.25", of="net_income", less=("taxes",), alone=True)
    assert rp.capacity(home, NOTHING, target=target).payable == 400
    with pytest.raises(rp.InputError) as error:
        rp.capacity(home, NOTHING, target=replace(target, of="gross_income"))
    assert (error.value.code, error.value.field) == (Code.MISSING, "gross_income")


def test_a_cost_that_is_named_must_be_known():
    home = rp.Household(gross_income="2000", costs={"food": "100"})
    target = PaymentTarget(share="0.25", less=("taxes",), alone=True)
    with pytest.raises(rp.InputError) as error:
        rp.capacity(home, NOTHING, target=target)
    assert (error.value.code, error.value.field) == (Code.MISSING, "costs.taxes")
    none = rp.AssumedCost(category="taxes", share="0.05")
    assert rp.capacity(home, NOTHING, target=target, assumed=(none,)).payable == 400


def test_stress_lowers_it_and_months_count():
    home = rp.Household(
        items=[rp.Income("pay", "2000", gross=True, until="2026-03-31")], assessed="2026-01-10"
    )
    target = PaymentTarget(share="0.31", alone=True)
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


NEEDS = rp.Allowance(adult_first="700", adult_further="300", child="200", covers=("food",), source="own")
AT_MOST = PaymentTarget(share="0.3", of="net_income", less=("taxes",))


def left_over(gross, net, taxes, food, debts, kept, share, of):
    """What is left and the target's share, in cents, by hand; both signed."""
    left = net - max(food, 70_000) - taxes - debts
    left -= ceil(max(left, 0) * Fraction(kept))
    return left, floor((net if of == "net_income" else gross) * Fraction(share)) - taxes


@examples(80)
@given(
    st.lists(
        st.tuples(MONEY, MONEY, st.integers(0, 40_000), st.integers(0, 90_000), st.integers(0, 300_000)),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from(["0", "0.1"]),
    st.sampled_from(["0.31", "0.5", "1", "0"]),
    st.sampled_from(["gross_income", "net_income"]),
)
def test_no_more_than_the_share_and_no_more_than_is_left(rows, kept, share, of):
    target = PaymentTarget(share=share, of=of, less=("taxes",))
    gross, net, taxes, food, debts = (
        [Decimal(x) / 100 for x in column] for column in zip(*rows, strict=True)
    )
    homes = rp.Households.from_columns(
        gross_income=gross, net_income=net, costs={"taxes": taxes, "food": food}, other_debts=debts
    )
    contingency = rp.Contingency(share=kept)
    got = rp.capacity(homes, NEEDS, target=target, contingency=contingency)
    plain = rp.capacity(homes, NEEDS, contingency=contingency)
    assert len(got.failures) == 0
    for i, row in enumerate(rows):
        left, most = left_over(*row, kept, share, of)
        assert plain.value.surplus[i] == left
        assert got.value.payable[i] == max(min(left, most), 0)
        assert got.value.surplus[i] == min(left, most)
        assert got.value.left[i] == left
        assert got.value.reserved[i] == got.value.beyond_target[i] == max(left - most, 0)
        assert got.value.below_allowance[i] == plain.value.below_allowance[i]
        one = rp.capacity(
            rp.Household(
                gross_income=gross[i],
                net_income=net[i],
                costs={"taxes": taxes[i], "food": food[i]},
                other_debts=debts[i],
            ),
            NEEDS,
            target=target,
            contingency=contingency,
        )
        assert one == got.value.one(i)
        spent = one.covered_costs + one.other_costs + one.other_debts + one.reserved + one.contingency
        assert one.net_income - spent == one.surplus


def test_every_figure_of_what_is_left_must_be_known():
    home = rp.Household(gross_income="4000", costs={"taxes": "100"})
    with pytest.raises(rp.InputError) as error:
        rp.capacity(home, NEEDS, target=replace(AT_MOST, of="gross_income"))
    assert error.value.code is Code.GROSS_WITHOUT_RULE
    home = rp.Households.from_columns(net_income=["2000"], costs={"taxes": ["1"], "rent": [""]})
    bad = rp.capacity(home, NEEDS, target=AT_MOST)
    assert [(f.code, f.field) for f in bad.failures] == [(Code.MISSING, "costs.rent")]
    assert len(rp.capacity(home, NEEDS, target=replace(AT_MOST, alone=True)).failures) == 0


def test_others_share_what_is_left_and_the_target_bounds_this_loan():
    home = rp.Household(
        net_income="2000", costs={"taxes": "100"}, items=[rp.Debt("card", "50", balance="3000")]
    )
    rule = rp.CreditorRule(pro_rata="balance")
    for share, payable in (("0.3", 300), ("0.15", 200)):
        target = replace(AT_MOST, share=share)
        can = rp.capacity(home, NEEDS, target=target, creditors=rule, claim="1000")
        # 1,200 are left, a quarter of them for this loan.
        assert (can.other_debts, can.payable) == (900, payable)


CONSUMER = replace(
    rp.Policy.example("consumer"), allowance=NEEDS, target=AT_MOST, contingency=rp.Contingency(share="0")
)


def debt(principal):
    return rp.Loan(
        principal=principal,
        annual_rate="0.12",
        original_term=36,
        elapsed=0,
        unpaid=36,
        next_due="2026-01-31",
    )


@pytest.mark.parametrize(
    ("principal", "net", "taxes", "expected"),
    [
        # A plan that is affordable is bounded by the lesser: 600 - 100 of 1,200, 250 of 285 - 0.
        ("30000", "2000", "100", [(Code.OVER_TARGET, None, 500)]),
        ("30000", "950", "0", [(Code.OVER_CAPACITY, None, 250)]),
        # Costs above the share: 600 - 700; 600 are left.
        ("9000", "2000", "700", [(Code.ABOVE_TARGET, 100, 0), (Code.OVER_TARGET, None, 0)]),
        # Nothing is left, with the target or without it.
        ("9000", "700", "0", [(Code.NO_CAPACITY, 0, 0), (Code.OVER_CAPACITY, None, 0)]),
        ("9000", "650", "0", [(Code.BELOW_ALLOWANCE, 50, 0), (Code.OVER_CAPACITY, None, 0)]),
        # 400 short of the needs and 500 above the share: nothing would be left without the target.
        ("9000", "1000", "700", [(Code.BELOW_ALLOWANCE, 400, 0), (Code.OVER_CAPACITY, None, 0)]),
    ],
)
@pytest.mark.parametrize("items", [False, True])
def test_reasons_say_which_of_the_two_binds(principal, net, taxes, expected, items):
    income = {"items": [rp.Income("pay", net)], "assessed": "2026-01-10"} if items else {"net_income": net}
    home = rp.Household(**income, costs={"taxes": taxes})
    refused = rp.propose(debt(principal), home, CONSUMER)
    got = [(r.code, r.value, r.limit) for r in refused.reasons if not r.code.startswith("limit")]
    assert [(code, limit) for code, _, limit in got] == [(code, limit) for code, _, limit in expected]
    for (_, value, _), (_, wanted, _) in zip(got, expected, strict=True):
        assert wanted is None or value == wanted
    for reason in refused.reasons:
        if reason.code is Code.OVER_TARGET:
            assert all(str(reason.limit) in reason.text(language) for language in ("en", "zh"))
    several = rp.propose(debt(principal), [rp.Obligor(household=home)], CONSUMER)
    assert several.reasons == refused.reasons


def test_of_several_households_each_has_its_own_bound():
    first = rp.Household(net_income="2000", costs={"taxes": "100"})  # 500 of 1,200
    second = rp.Household(net_income="900", costs={"taxes": "0"})  # 200, less than the share of 270
    behind = [rp.Obligor(household=first), rp.Obligor(household=second, role="co_borrower", share="0.5")]
    refused = rp.propose(debt("30000"), behind, CONSUMER)
    assert [(r.code, r.limit) for r in refused.reasons][:1] == [(Code.OVER_TARGET, 600)]
    offer = rp.propose(debt("15000"), behind, CONSUMER)
    assert offer.instalment_after <= offer.capacity == 600


def test_a_household_bounded_by_the_target_in_one_month_only():
    pay = [rp.Income("pay", "1600"), rp.Income("rent", "1500", until="2026-06-30")]
    home = rp.Household(items=pay, costs={"taxes": "550"}, assessed="2026-01-10")
    refused = rp.propose(debt("12000"), home, CONSUMER)
    # 930 - 550 of 1,850 at first; later 480 - 550 of 350: the target alone leaves nothing.
    assert [r.code for r in refused.reasons][:1] == [Code.ABOVE_TARGET]
    free = rp.propose(debt("12000"), home, replace(CONSUMER, target=None))
    assert isinstance(free, rp.Offer)


def test_more_income_helps_where_it_is_what_is_left_that_binds():
    policy = replace(
        CONSUMER, target=PaymentTarget(share="0.3"), limit=rp.ExtensionLimit(max_new_plan_months=36)
    )
    home = rp.Household(gross_income="3000", net_income="1000")
    refused = rp.propose(debt("12000"), home, policy)
    assert [r.code for r in refused.reasons][:1] == [Code.OVER_CAPACITY]
    more = refused.relaxations["income"]
    richer = replace(home, net_income=1000 + more)
    assert isinstance(rp.propose(debt("12000"), richer, policy), rp.Offer)
    less = replace(home, net_income=1000 + more - Decimal("0.01"))
    assert isinstance(rp.propose(debt("12000"), less, policy), rp.Infeasible)
    beyond = rp.propose(debt("30000"), home, policy)  # 996.43 a month, 900 at most
    assert beyond.relaxations["income"] is None


@examples(60)
@given(
    st.integers(1, 2_000_000), st.integers(0, 400_000), st.integers(0, 60_000), st.integers(0, 200_000),
    st.sampled_from(["0.2", "0.35", "1"]),
)  # fmt: skip
def test_no_plan_takes_what_is_needed_to_live(principal, net, taxes, debts, share):
    policy = replace(CONSUMER, target=replace(AT_MOST, share=share))
    home = rp.Household(
        net_income=Decimal(net) / 100, costs={"taxes": Decimal(taxes) / 100}, other_debts=Decimal(debts) / 100
    )
    offer = rp.propose(debt(Decimal(principal) / 100), home, policy)
    free = rp.propose(debt(Decimal(principal) / 100), home, replace(policy, target=None))
    if isinstance(offer, rp.Offer):
        assert isinstance(free, rp.Offer)
        assert offer.instalment_after <= Decimal(net) * Decimal(share) / 100 - Decimal(taxes) / 100
        assert all(row.above >= 0 for row in offer.living)
        assert offer.left_to_live_on >= 700 + Decimal(taxes) / 100
        assert {row.needed for row in offer.living} == {700 + Decimal(taxes) / 100}


@pytest.mark.parametrize(
    ("given_", "code", "field"),
    [
        ({"share": "1.1"}, Code.OUT_OF_RANGE, "target.share"),
        ({"share": "0.3", "of": "income"}, Code.UNKNOWN_VALUE, "target.of"),
        ({"share": "0.3", "less": "taxes"}, Code.UNKNOWN_VALUE, "target.less"),
        ({"share": "0.3", "alone": "yes"}, Code.UNKNOWN_VALUE, "target.alone"),
    ],
)
def test_what_is_no_target(given_, code, field):
    with pytest.raises(rp.InputError) as error:
        PaymentTarget(**given_)
    assert (error.value.code, error.value.field) == (code, field)
