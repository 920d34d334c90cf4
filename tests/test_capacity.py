"""Capacity: income less living costs, other debts and a contingency, by arithmetic done here again."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import oracle
import programme
from repayplan import (
    Allowance,
    AssumedCost,
    Code,
    Contingency,
    Household,
    Households,
    IncomeRule,
    InputError,
    Loans,
    Policy,
    minor,
    propose,
)
from repayplan import capacity as work_out
from repayplan.ability.capacities import NOTHING_LEFT, PARTS
from repayplan.ability.capacity import with_more_income
from repayplan.ability.surplus import Rules
from repayplan.basics.dates import FREQUENCIES, FREQUENCY_INDEX, a_month
from repayplan.basics.money import MAX_TOTAL, to_decimal

RULE = Allowance(
    adult_first="900", adult_further="500", child="250.50", covers=("food", "clothing"), source="own"
)
KEPT = Contingency(share="0.10", at_most="50")
GROSS = IncomeRule(net_of_gross="0.78")
MONEY = st.integers(0, 600_000)
ASSUMED = (
    AssumedCost(category="rent", share="0.3", tenure=("RENT",)),
    AssumedCost(category="rent", share="0", at_least="10", tenure=("OWN", "")),
)


@st.composite
def households(draw):
    maybe = st.one_of(st.none(), MONEY)
    net, gross = draw(maybe), draw(MONEY)
    return {
        "adults": draw(st.integers(1, 4)),
        "children": draw(st.integers(0, 4)),
        "net_income": net,
        "gross_income": gross,
        "food": draw(maybe),
        "clothing": draw(maybe),
        "rent": draw(maybe),
        "other_debts": draw(MONEY),
        "tenure": draw(st.sampled_from(["RENT", "OWN", ""])),
    }


def text(cents):
    return "" if cents is None else f"{cents // 100}.{cents % 100:02d}"


def as_batch(rows):
    columns = {key: [row[key] for row in rows] for key in rows[0]}
    money = {k: [text(v) for v in columns[k]] for k in ("net_income", "gross_income", "other_debts")}
    costs = {k: [text(v) for v in columns[k]] for k in ("food", "clothing", "rent")}
    heads = {k: columns[k] for k in ("adults", "children", "tenure")}
    return Households.from_columns(**heads, **money, costs=costs)


def as_one(row):
    return Household(
        adults=row["adults"],
        children=(5,) * row["children"],
        net_income=text(row["net_income"]),
        gross_income=text(row["gross_income"]),
        costs={k: text(row[k]) for k in ("food", "clothing", "rent")},
        other_debts=text(row["other_debts"]),
        tenure=row["tenure"],
    )


def by_hand(row):
    net, gross = row["net_income"], row["gross_income"]
    income = floor(gross * Fraction(78, 100)) if net is None else net
    allowance = 900_00 + (row["adults"] - 1) * 500_00 + row["children"] * 250_50
    covered = max(allowance, (row["food"] or 0) + (row["clothing"] or 0))
    rent = row["rent"]
    if rent is None:
        rent = ceil(gross * Fraction(3, 10)) if row["tenure"] == "RENT" else 1000
    before = income - covered - rent - row["other_debts"]
    kept = min(5000, ceil(max(before, 0) * Fraction(1, 10)))
    figures = (income, allowance, covered, rent, row["other_debts"], before, kept, before - kept)
    return dict(zip(PARTS, figures, strict=True))


OPTIONS = {"income": GROSS, "contingency": KEPT, "assumed": ASSUMED}


@given(st.lists(households(), min_size=1, max_size=8))
def test_every_part_by_hand_one_by_one_and_in_a_batch(rows):
    outcome = work_out(as_batch(rows), RULE, **OPTIONS)
    assert not len(outcome.failures)
    for i, row in enumerate(rows):
        want = by_hand(row)
        one = outcome.value.one(i)
        assert one == work_out(as_one(row), RULE, **OPTIONS)
        assert {name: int(value * 100) for name, value in one.parts.items()} == want
        assert one.payable == max(one.surplus, 0)
        assert one.below_allowance == (want["before_contingency"] < 0)


@given(st.lists(households(), min_size=1, max_size=8))
def test_never_leaves_less_than_the_allowance(rows):
    can = work_out(as_batch(rows), RULE, **OPTIONS).value
    left = can.net_income - can.other_costs - can.other_debts - can.payable
    assert ((left >= can.allowance) | can.below_allowance).all()
    assert (can.payable[can.below_allowance] == 0).all()
    assert (can.covered_costs >= can.allowance).all()


@given(st.lists(households(), min_size=2, max_size=8), st.randoms(use_true_random=False))
def test_order_and_neighbours_do_not_matter(rows, random):
    order = list(range(len(rows)))
    random.shuffle(order)
    straight = work_out(as_batch(rows), RULE, **OPTIONS).value
    mixed = work_out(as_batch([rows[i] for i in order]), RULE, **OPTIONS).value
    for name in (*PARTS, "payable"):
        assert getattr(mixed, name).tolist() == getattr(straight, name)[order].tolist()


@given(households(), st.integers(1, 10_000))
def test_more_income_never_lowers_what_can_be_paid(row, more):
    row = row | {"net_income": row["net_income"] or 0}
    less, richer = as_batch([row]), as_batch([row | {"net_income": row["net_income"] + more}])
    before = work_out(less, RULE, **OPTIONS).value.payable
    assert (work_out(richer, RULE, **OPTIONS).value.payable >= before).all()


@given(households(), st.sampled_from(["food", "clothing", "rent", "other_debts"]), st.integers(1, 10_000))
def test_more_costs_never_raise_what_can_be_paid(row, name, more):
    row = row | {name: row[name] or 0, "rent": row["rent"] or 0}
    dearer = row | {name: row[name] + more}
    before = work_out(as_batch([row]), RULE, **OPTIONS).value.payable
    assert (work_out(as_batch([dearer]), RULE, **OPTIONS).value.payable <= before).all()


def test_covered_categories_count_together_and_the_others_as_declared():
    home = Household(
        net_income="3000", costs={"food": "500", "clothing": "300", "rent": "700"}, other_debts="100"
    )
    can = work_out(home, RULE)
    assert (can.allowance, can.covered_costs, can.other_costs, can.other_debts) == (900, 900, 700, 100)
    assert can.payable == can.surplus == 1300
    above = Household(net_income="3000", costs={"food": "800", "clothing": "300"})
    assert work_out(above, RULE).covered_costs == 1100


def test_a_household_below_its_allowance_is_reported_as_that():
    can = work_out(Household(net_income="850"), RULE, contingency=KEPT)
    assert can.below_allowance
    assert (can.surplus, can.contingency, can.payable) == (-50, 0, 0)
    even = work_out(Household(net_income="900"), RULE)
    assert not even.below_allowance
    assert even.payable == 0


def test_gross_is_not_net():
    home = Household(gross_income="2000")
    with pytest.raises(InputError) as caught:
        work_out(home, RULE)
    assert (caught.value.code, caught.value.field) == (Code.GROSS_WITHOUT_RULE, "gross_income")
    assert work_out(home, RULE, income=GROSS).net_income == 1560
    both = Household(gross_income="2000", net_income="1700")
    assert work_out(both, RULE, income=GROSS).net_income == work_out(both, RULE).net_income == 1700


def test_an_assumed_cost_stands_for_what_is_not_known_only():
    rent = (AssumedCost(category="rent", share="0.25"),)
    pay = {"net_income": "2000", "gross_income": "2400"}
    assert work_out(Household(**pay), RULE, assumed=rent).other_costs == 600
    assert work_out(Household(**pay, costs={"rent": "0"}), RULE, assumed=rent).other_costs == 0
    net = (AssumedCost(category="rent", share="0.25", of="net_income"),)
    assert work_out(Household(**pay), RULE, assumed=net).other_costs == 500
    food = (AssumedCost(category="food", share="0.5"),)
    assert work_out(Household(**pay), RULE, assumed=food).covered_costs == 1200


def test_a_cost_is_never_assumed_from_what_is_not_known():
    by_tenure = (AssumedCost(category="rent", share="0.3", tenure=("rent", "own")),)
    cases = [
        ({"net_income": "2000", "tenure": "own"}, by_tenure, Code.MISSING, "gross_income"),
        ({"gross_income": "2000", "tenure": "Rent"}, by_tenure, Code.UNKNOWN_VALUE, "tenure"),
        ({"gross_income": "2000"}, by_tenure, Code.MISSING, "tenure"),
    ]
    for given_, assumed, code, field in cases:
        with pytest.raises(InputError) as caught:
            work_out(Household(**given_), RULE, income=GROSS, assumed=assumed)
        assert (caught.value.code, caught.value.field) == (code, field)
        known = Household(**given_, costs={"rent": "400"})
        assert work_out(known, RULE, income=GROSS, assumed=assumed).other_costs == 400


def test_an_assumed_amount_needs_no_income_and_a_later_rule_goes_before():
    assumed = (
        AssumedCost(category="rent", share="0.3"),
        AssumedCost(category="rent", share="0", at_least="250", tenure=("own",)),
    )
    assert work_out(Household(net_income="2000", tenure="own"), RULE, assumed=assumed).other_costs == 250
    home = Household(net_income="2000", gross_income="3000", tenure="rent")
    assert work_out(home, RULE, assumed=assumed).other_costs == 900


def test_bad_rows_have_codes_and_the_others_their_figures():
    incomes = ["2000", "x", "2000", "", "2000"]
    gross = ["", "", "", "3000", ""]
    homes = Households.from_columns(net_income=incomes, gross_income=gross)
    outcome = work_out(homes, RULE)
    assert [(f.row, f.code) for f in outcome.failures] == [
        (1, Code.NOT_A_NUMBER),
        (3, Code.GROSS_WITHOUT_RULE),
    ]
    assert outcome.row.tolist() == [0, 2, 4]
    assert outcome.value.payable.tolist() == [1100_00] * 3
    assert len(outcome.value) == 3


@pytest.mark.parametrize("decimals", [0, 2, 3, 8])
def test_decimals(decimals):
    can = work_out(
        Household(net_income="2000", decimals=decimals), RULE, contingency=Contingency(share="0.1")
    )
    assert can.payable == Decimal(990)
    assert -can.payable.as_tuple().exponent == decimals


def test_the_largest_amounts_do_not_wrap():
    top = "5e15"
    home = Household(net_income=top, costs={"rent": top, "food": top}, other_debts=top)
    can = work_out(home, RULE, contingency=KEPT)
    assert can.surplus == -2 * Decimal(top)
    assert np.isfinite(float(can.surplus))
    rows = Households.from_columns(
        net_income=[top, "2000"], costs={name: [top, "10"] for name in ("a", "b", "c")}, other_debts=top
    )
    outcome = work_out(rows, RULE)
    assert [(f.row, f.code, f.field) for f in outcome.failures] == [(0, Code.BEYOND_DOMAIN, "costs.c")]
    assert outcome.value.surplus.tolist() == [2000_00 - 900_00 - 30_00 - 5 * 10**17]


FREQUENT = st.sampled_from(["monthly", "weekly", "annual"])


@given(st.lists(st.integers(0, 10**18), min_size=5, max_size=5), FREQUENT)
def test_over_the_whole_domain_exact_or_a_code(units, frequency):
    net, rent, food, other, debts = units
    given_ = {"rent": rent, "food": food, "other": other}
    homes = Households.from_columns(
        net_income=(minor([net]), frequency),
        costs={name: (minor([amount]), frequency) for name, amount in given_.items()},
        other_debts=(minor([debts]), frequency),
    )
    outcome = work_out(homes, RULE)
    in_months = {"monthly": Fraction(1), "weekly": Fraction(52, 12), "annual": Fraction(1, 12)}[frequency]
    month = [floor(net * in_months)] + [ceil(u * in_months) for u in units[1:]]
    if len(outcome.failures):
        assert [f.code for f in outcome.failures] == [Code.BEYOND_DOMAIN]
        assert max(month) > 2**59 or sum(month[1:4]) > 2**60
    else:
        want = month[0] - month[1] - max(month[2], 900_00) - month[3] - month[4]
        assert outcome.value.surplus.tolist() == [want]


def test_more_income_that_leaves_the_domain_leaves_nothing():
    homes = Households.from_columns(net_income=["1000", "1000"])
    third = tuple(AssumedCost(category=name, share="1", of="net_income") for name in "abc")
    more = np.array([100, 2**59 - 100_000])
    plain = Rules(allowance=RULE, income=IncomeRule(), contingency=Contingency(share="0"))
    left = with_more_income(homes, more, replace(plain, assumed=third))
    assert left.tolist() == [-2 * 1001_00 - 900_00, NOTHING_LEFT]
    assert with_more_income(homes, more + 1, plain).tolist()[1] == NOTHING_LEFT


# By the period

NAMES = st.sampled_from([f.name for f in FREQUENCIES])
NOTHING = Allowance(adult_first="0", adult_further="0", child="0", covers=(), source="own")
PAYABLE = st.integers(0, 2**59)


def payable(units, decimals=2):
    """What households with this net income a month, in minor units, can pay if they need nothing."""
    return work_out(Households.from_columns(net_income=minor(units), decimals=decimals), NOTHING).value


def in_months(frequency):
    """A period in months: 52 weeks are 12 months."""
    months, days = oracle.apart(frequency)
    return months + Fraction(12 * days, 7 * 52)


@pytest.mark.parametrize(
    ("frequency", "want"),
    [
        ("monthly", "500.00"),
        ("weekly", "115.38"),  # 6,000.00 / 52 = 115.384...
        ("fortnightly", "230.76"),  # 6,000.00 / 26 = 230.769...
        ("semi-monthly", "250.00"),
        ("daily", "16.48"),  # 6,000.00 / 364 = 16.483...
        ("quarterly", "1500.00"),
        ("annual", "6000.00"),
    ],
)
def test_a_period_has_its_share_of_the_year_rounded_down(frequency, want):
    can = work_out(Household(net_income="500"), NOTHING)
    assert str(can.per_period(frequency)) == want


@given(st.lists(st.tuples(PAYABLE, NAMES, st.sampled_from([0, 2, 3, 8])), min_size=1, max_size=8))
@example([(2**59, "7-monthly", 2), (2**59, "8-monthly", 0), (2**59, "120-monthly", 2), (2**59, "daily", 3)])
def test_a_period_is_the_exact_floor_one_by_one_and_in_a_batch(rows):
    units, names, decimals = (list(column) for column in zip(*rows, strict=True))
    can = payable(units, decimals)
    outcome = can.per_period(names)
    exact = [floor(u * in_months(name)) for u, name in zip(units, names, strict=True)]
    good = [i for i, amount in enumerate(exact) if amount <= MAX_TOTAL]
    assert outcome.row.tolist() == good
    assert outcome.value.tolist() == [exact[i] for i in good]
    assert outcome.value.dtype == np.int64
    for i in range(len(rows)):
        one = can.one(i)
        if i in good:
            assert one.per_period(names[i]) == to_decimal(exact[i], decimals[i])
        else:
            (failure,) = (f for f in outcome.failures if f.row == i)
            with pytest.raises(InputError) as caught:
                one.per_period(names[i])
            assert (caught.value.code, caught.value.field) == (failure.code, failure.field)
            assert caught.value.code is Code.BEYOND_DOMAIN


@given(st.lists(st.tuples(st.integers(0, 2**55), NAMES), min_size=1, max_size=8))
def test_a_year_of_periods_never_asks_more_than_its_months_have(rows):
    units, names = (list(column) for column in zip(*rows, strict=True))
    periods = payable(units).per_period(names).value
    often = np.array([FREQUENCY_INDEX[name] for name in names])
    for amount, most, name in zip(periods.tolist(), units, names, strict=True):
        a_year = 12 / in_months(name)
        assert amount * a_year <= 12 * most < (amount + 1) * a_year
    # An instalment that takes it all is within the month, as it is counted for the living allowance.
    assert (a_month(periods, often) <= np.array(units)).all()


@given(st.lists(households(), min_size=2, max_size=8), st.data())
def test_periods_do_not_depend_on_order_neighbours_or_how_frequencies_are_given(rows, data):
    names = data.draw(st.lists(NAMES, min_size=len(rows), max_size=len(rows)))
    order = data.draw(st.permutations(range(len(rows))))
    can = work_out(as_batch(rows), RULE, **OPTIONS).value
    straight = can.per_period(names).value
    often = np.array([FREQUENCY_INDEX[name] for name in names])
    for column in (np.array(names), often, often.astype(np.int16)):
        assert can.per_period(column).value.tolist() == straight.tolist()
    mixed = can.take(np.array(order)).per_period(often[order]).value
    assert mixed.tolist() == straight[order].tolist()
    assert can.per_period(names[0]).value.tolist() == can.per_period([names[0]] * len(rows)).value.tolist()
    assert (straight[can.below_allowance] == 0).all()


@given(PAYABLE.filter(lambda units: units < 2**52), st.integers(0, 2**52), NAMES)
def test_more_a_month_never_means_less_a_period(units, more, name):
    less, richer = payable([units, units + more]).per_period(name).value
    assert less <= richer


def test_a_wrong_frequency_has_a_code():
    can = payable([100_00] * 4)
    outcome = can.per_period(["weekly", "sometimes", "", "monthly"])
    assert [(f.row, f.code, f.field) for f in outcome.failures] == [
        (1, Code.UNKNOWN_VALUE, "frequency"),
        (2, Code.MISSING, "frequency"),
    ]
    assert outcome.row.tolist() == [0, 3]
    assert outcome.value.tolist() == [23_07, 100_00]
    indices = can.per_period(np.array([0, -1, len(FREQUENCIES), FREQUENCY_INDEX["weekly"]]))
    assert [(f.row, f.code) for f in indices.failures] == [(1, Code.NEGATIVE), (2, Code.OUT_OF_RANGE)]
    assert indices.value.tolist() == [100_00, 23_07]
    for wrong, code in (("sometimes", Code.UNKNOWN_VALUE), (None, Code.MISSING), ("", Code.MISSING)):
        with pytest.raises(InputError) as caught:
            can.one(0).per_period(wrong)
        assert (caught.value.code, caught.value.field) == (code, "frequency")
    with pytest.raises(TypeError):
        can.per_period(["weekly"] * 3)


def test_a_capacity_put_together_by_hand_does_not_wrap():
    can = work_out(Household(net_income="500"), NOTHING)
    for amount in ("1e19", str(2**62 + 1)):
        with pytest.raises(InputError) as caught:
            replace(can, payable=Decimal(amount)).per_period("weekly")
        assert caught.value.code is Code.BEYOND_DOMAIN
    assert replace(can, payable=Decimal("1e3")).per_period("quarterly") == 3000


def test_an_empty_batch_has_no_periods():
    assert len(payable([]).per_period("weekly").value) == 0


def proposed(frequency, net_income, rounding="half_up"):
    loan = programme.LOAN | {"frequency": frequency}
    del loan["id"]
    loans = Loans.from_columns(
        **{k: [v] for k, v in loan.items() if k != "status"}, columns={"status": ["Late"]}
    )
    policy = Policy.loads(programme.POLICY.replace('instalment = "half_up"', f'instalment = "{rounding}"'))
    return policy, propose(loans, Households.from_columns(net_income=[net_income]), policy)


@pytest.mark.parametrize("frequency", ["monthly", "weekly", "semi-monthly", "quarterly", "24-monthly"])
def test_an_offer_is_measured_by_the_same_period(frequency):
    policy, made = proposed(frequency, "2345.67")
    kept = {"income": policy.income, "contingency": policy.contingency, "assumed": policy.assumed}
    can = work_out(Household(net_income="2345.67"), policy.allowance, **kept)
    assert made.value.capacity.tolist() == [int(can.per_period(frequency) * 100)]


@pytest.mark.parametrize(("frequency", "beyond"), [("7-monthly", False), ("24-monthly", True)])
def test_a_capacity_that_no_period_can_hold_is_a_code_and_no_refusal(frequency, beyond):
    _, made = proposed(frequency, "5.7e15")
    assert [(f.code, f.field) for f in made.failures] == [(Code.BEYOND_DOMAIN, "payable")] * beyond
    assert made.value.offered.tolist() == [True] * (not beyond)


def test_a_period_of_an_unrounded_plan_has_eight_decimals():
    policy, made = proposed("weekly", "1000.00", 'none"\ninterest = "none')
    assert policy.rounding.unrounded
    # 1,000.00 less 900.00, less a tenth kept back: 90.00 a month, 20.769230769... a week.
    assert (made.value.capacity.tolist(), made.value.decimals.tolist()) == ([2076923076], [8])
