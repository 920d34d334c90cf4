"""Guidelines per group of spending, as in the Standard Financial Statement."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp
from repayplan import Code

NOTHING = rp.Allowance(adult_first="0", adult_further="0", child="0", covers=(), source="own")
FOOD = rp.Allowance(
    adult_first="200", adult_further="150", child="80", covers=("food", "meals"), source="own"
)
ABOVE, BELOW = ("allow", "cap", "question"), ("declared", "guideline")
MONEY = st.integers(0, 60_000)


def group(above, below, allowance=FOOD):
    return rp.Guideline(allowance=allowance, above=above, below=below)


def euros(cents):
    return str(Decimal(cents).scaleb(-2))


@given(
    st.lists(st.tuples(MONEY, MONEY, st.integers(1, 3)), min_size=1, max_size=6),
    st.sampled_from(ABOVE),
    st.sampled_from(BELOW),
)
def test_what_counts_and_who_is_asked_by_hand(rows, above, below):
    homes = rp.Households.from_columns(
        adults=[n for _, _, n in rows],
        net_income="2000",
        costs={name: [euros(row[i]) for row in rows] for i, name in enumerate(("food", "meals"))},
    )
    can = rp.capacity(homes, NOTHING, guidelines=[group(above, below)]).value
    for i, (food, meals, adults) in enumerate(rows):
        spent, usual = food + meals, 200_00 + (adults - 1) * 150_00
        counted = spent
        if spent > usual and above == "cap":
            counted = usual
        if spent < usual and below == "guideline":
            counted = usual
        assert can.other_costs[i] == counted
        asked = [(Code.ABOVE_GUIDELINE, "food, meals", spent, usual)]
        got = [(r.code, r.field, r.value * 100, r.limit * 100) for r in can.one(i).reasons]
        assert got == (asked if above == "question" and spent > usual else [])
        home = rp.Household(
            adults=adults, net_income="2000", costs={"food": euros(food), "meals": euros(meals)}
        )
        assert rp.capacity(home, NOTHING, guidelines=(group(above, below),)) == can.one(i)
    some = np.arange(len(rows))[::-2]
    assert [can.take(some).one(j) for j in range(len(some))] == [can.one(i) for i in some.tolist()]


def test_the_allowance_is_the_guideline_that_allows_more_and_counts_no_less():
    homes = rp.Households.from_columns(net_income="2000", costs={"food": ["100", "300"], "meals": ["", "5"]})
    floor = rp.capacity(homes, FOOD).value
    same = rp.capacity(homes, NOTHING, guidelines=(group("allow", "guideline"),)).value
    assert floor.payable.tolist() == same.payable.tolist() == [1800_00, 1695_00]


def test_what_is_not_known_is_not_nothing_where_declared_spending_counts():
    homes = rp.Households.from_columns(net_income="2000", costs={"food": ["100", ""], "meals": "0"})
    got = rp.capacity(homes, NOTHING, guidelines=(group("cap", "declared"),))
    assert [(f.row, f.code, f.field) for f in got.failures] == [(1, Code.MISSING, "costs.food")]
    assert got.value.other_costs.tolist() == [100_00]
    filled = rp.capacity(homes, NOTHING, guidelines=(group("cap", "guideline"),)).value
    assert filled.other_costs.tolist() == [200_00] * 2


def test_several_groups_beside_the_allowance_and_in_every_month():
    phones = rp.FixedAllowance(amount="50", frequency="monthly", covers=("phone",), source="own")
    home = rp.Household(
        net_income="2000",
        items=[
            rp.Cost("food", "300"),
            rp.Cost("phone", "80", until="2026-03-31"),
            rp.Cost("rent", "500"),
        ],
    )
    rules = (group("question", "guideline"), group("cap", "declared", phones))
    path = rp.capacity_path(home, NOTHING, begin="2026-01-01", months=6, guidelines=rules)
    assert [can.other_costs for can in path.one(0)] == [850] * 3 + [800] * 3
    (reason,) = path.one(0)[5].reasons
    assert reason.text("zh") == "food, meals每月支出300.00，参考标准为200.00"
    raised = rp.Outlook(uprating="0.5", uprated_from="2026-02-01")
    path = rp.capacity_path(home, NOTHING, begin="2026-01-01", months=2, guidelines=rules, outlook=raised)
    assert [can.other_costs for can in path.one(0)] == [850, 500 + 300 + 75]
    assert [len(can.reasons) for can in path.one(0)] == [1, 0]


def test_a_category_is_covered_once():
    for allowance, rules, where in (
        (FOOD, (group("cap", "declared"),), "guidelines[0].covers"),
        (NOTHING, (group("cap", "declared"), group("allow", "declared")), "guidelines[1].covers"),
    ):
        with pytest.raises(rp.InputError) as caught:
            rp.capacity(rp.Household(net_income="1"), allowance, guidelines=rules)
        assert (caught.value.code, caught.value.field, caught.value.value) == (Code.DUPLICATE, where, "food")


@pytest.mark.parametrize(
    ("make", "code", "field"),
    [
        (lambda: group("refuse", "declared"), Code.UNKNOWN_VALUE, "guideline.above"),
        (lambda: group("cap", None), Code.MISSING, "guideline.below"),
        (lambda: group("cap", "declared", None), Code.MISSING, "guideline.allowance"),
    ],
)
def test_faults(make, code, field):
    with pytest.raises(rp.InputError) as caught:
        make()
    assert (caught.value.code, caught.value.field) == (code, field)


def test_groups_stay_beside_their_households():
    homes = rp.Households.from_columns(
        net_income=["2000"] * 3, costs={"food": ["1", "300", "400"], "meals": "0"}
    )
    can = rp.capacity(homes, NOTHING, guidelines=(group("question", "declared"),)).value
    some = can.take([2, 0])
    assert some.groups[0].questioned.tolist() == [True, False]
    finer = some.scaled(some.decimals * 0 + 10)
    assert [reason.value for reason in finer.one(0).reasons] == [400]
    beyond = rp.Households.from_columns(net_income="1", costs={"rent": "5e15"})
    much = rp.FixedAllowance(amount="11e12", frequency="daily", covers=("food",), source="own")
    rules = [group("cap", "guideline", 12 * much)]
    got = rp.capacity(beyond, NOTHING, guidelines=rules)
    assert [f.code for f in got.failures] == [Code.BEYOND_DOMAIN]
