"""Several households behind one loan, added up by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp
from repayplan import Code
from test_vectorised import calls

RULE = rp.Allowance(adult_first="900", adult_further="0", child="0", covers=(), source="own")
ROLES = ("borrower", "co_borrower", "spouse", "guarantor")
PARTIES = st.lists(
    st.tuples(
        st.one_of(st.just(-1), st.integers(0, 300_000)),  # below 0: a household with a fault
        st.sampled_from([None, "2026-03-31"]),
        st.integers(0, 2),
        st.sampled_from(ROLES),
        st.sampled_from(["1", "0.5", "0.333"]),
    ),
    min_size=1,
    max_size=7,
)


def paths(parties):
    table = rp.Items.from_columns(
        household=list(range(len(parties))),
        kind="net_income",
        amount=[f"{cents / 100:.2f}" for cents, *_ in parties],
        until=[until or "" for _, until, *_ in parties],
    )
    return rp.capacity_path(
        rp.Households.from_columns(items=table, size=len(parties)), RULE, begin="2026-01-01", months=12
    )


def joint(parties, *, guarantors, size=3):
    return rp.joint_path(
        paths(parties),
        loan=[p[2] for p in parties],
        role=[p[3] for p in parties],
        share=[p[4] for p in parties],
        guarantors=guarantors,
        size=size,
    )


@given(PARTIES, st.booleans())
def test_added_up_by_hand(parties, guarantors):
    got = joint(parties, guarantors=guarantors)
    thousandths = {"1": 1000, "0.5": 500, "0.333": 333}
    for loan in range(3):
        mine = [p for p in parties if p[2] == loan and (guarantors or p[3] != "guarantor")]
        if not mine or any(p[0] < 0 for p in mine):
            (failure,) = (f for f in got.failures if f.row == loan)
            assert failure.code is (Code.NEGATIVE if mine else Code.NO_HOUSEHOLD)
            continue
        column = got.row.tolist().index(loan)
        for month in (0, 2, 3, 11, 40):
            row = min(month, len(got.value.payable) - 1)
            given_ = [
                (max(p[0] - 900_00, 0) if p[1] is None or month < 3 else 0) * thousandths[p[4]] // 1000
                for p in mine
            ]
            assert got.value.payable[row, column] == sum(given_)
            behind = sum(g for g, p in zip(given_, mine, strict=True) if p[3] == "guarantor")
            assert got.value.guaranteed[row, column] == behind


@given(PARTIES, st.randoms(use_true_random=False))
def test_the_order_of_households_does_not_matter(parties, random):
    mixed = list(parties)
    random.shuffle(mixed)
    one, other = (joint(each, guarantors=True) for each in (parties, mixed))
    assert one.row.tolist() == other.row.tolist()
    assert one.value.payable.tolist() == other.value.payable.tolist()


def test_periods_of_a_joint_loan():
    got = joint(
        [(200_000, None, 0, "borrower", "1"), (140_000, "2026-03-31", 0, "spouse", "0.5")],
        guarantors=False,
        size=1,
    )
    due = np.array([["2026-04-30"], ["2026-07-31"]], "datetime64[D]")
    # In April the spouse has nothing, and needs half of 900 of what February and March leave: 2 * 250 - 450.
    assert got.value.per_period("quarterly", due).value.tolist() == [[3 * 1100_00 + 50_00], [3300_00]]


def quarterly_by_hand(months, share):
    """What a household gives in the quarter: its months, shortages among them, by its share rounded down."""
    return max(sum(surplus * share // 1000 for surplus in months), 0)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 200_000),  # each month
            st.integers(0, 200_000),  # beside it in March, June, September and December
            st.integers(0, 2),
            st.sampled_from([1000, 500, 333]),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_a_households_shortage_is_taken_from_its_own_months_only(members):
    table = rp.Items.from_columns(
        household=np.repeat(np.arange(len(members)), 2),
        kind="net_income",
        amount=rp.minor([cents for pay, more, *_ in members for cents in (pay, more)]),
        months=["", "3 6 9 12"] * len(members),
    )
    homes = rp.Households.from_columns(items=table, size=len(members))
    each = rp.capacity_path(homes, RULE, begin="2026-01-01", months=12)
    got = rp.joint_path(
        each,
        loan=[loan for *_, loan, _ in members],
        share=[str(share / 1000) for *_, share in members],
        guarantors=False,
        size=3,
    )
    due = np.array([["2026-03-31"] * 3, ["2026-06-30"] * 3], "datetime64[D]")
    periods = got.value.per_period("quarterly", due[:, got.row])
    for column, loan in enumerate(got.row.tolist()):
        expected = sum(
            quarterly_by_hand([pay - 900_00] * 2 + [pay + more - 900_00], share)
            for pay, more, of, share in members
            if of == loan
        )
        assert periods.value[:, column].tolist() == [expected] * 2


def test_one_household_alone_can_pay_in_a_period_what_its_own_path_says():
    items = [rp.Income("pay", "700"), rp.Income("extra", "900", months=(3, 6, 9, 12))]
    homes = rp.Households.from_columns(
        items=rp.Items.from_columns(
            household=[0, 0],
            kind="net_income",
            amount=["700", "900"],
            months=["", "3 6 9 12"],
        ),
        size=1,
    )
    rule = rp.Allowance(adult_first="1000", adult_further="0", child="0", covers=(), source="own")
    due = np.array([["2026-03-31"], ["2026-06-30"]], "datetime64[D]")
    alone = rp.capacity_path(rp.Household(items=items), rule, begin="2026-01-01", months=12)
    both = rp.joint_path(
        rp.capacity_path(homes, rule, begin="2026-01-01", months=12), loan=[0], guarantors=False
    )
    assert both.value.payable.ravel().tolist()[:3] == [0, 0, 600_00]
    for path in (alone, both.value):
        assert path.per_period("quarterly", due).value.tolist() == [[0], [0]]


def test_faults_of_periods_are_the_loans():
    got = joint(
        [(200_000, None, 0, "borrower", "1"), (200_000, None, 0, "spouse", "1"),
         (200_000, None, 2, "borrower", "1"), (200_000, None, 1, "borrower", "1")],
        guarantors=False,
    )  # fmt: skip
    due = np.array([["2026-04-30", "2026-04-30", "2025-12-31"]], "datetime64[D]")
    periods = got.value.per_period(["monthly", "often", "monthly"], due)
    assert [(f.row, f.code, f.field) for f in periods.failures] == [
        (1, Code.UNKNOWN_VALUE, "frequency"),
        (2, Code.OUT_OF_RANGE, "due"),
    ]
    assert (periods.row.tolist(), periods.value.tolist()) == ([0], [[2 * 1100_00]])
    with pytest.raises(TypeError, match="shape"):
        got.value.per_period("monthly", due[:, :2])


def test_periods_of_several_households_beyond_the_domain_have_a_code():
    homes = rp.Households.from_columns(net_income=rp.minor([2**59] * 4 + [5]))
    nothing = rp.FixedAllowance(amount="0", frequency="monthly", covers=(), source="own")
    each = rp.capacity_path(homes, nothing, begin="2026-01-01", months=1)
    got = rp.joint_path(each, loan=[0] * 4 + [1], guarantors=False)
    due = np.array([["2026-03-31"] * 2], "datetime64[D]")
    periods = got.value.per_period("quarterly", due)
    assert [(f.row, f.code, f.field) for f in periods.failures] == [(0, Code.BEYOND_DOMAIN, "payable")]
    assert periods.value.tolist() == [[15]]


def test_without_a_number_of_loans_the_highest_counts():
    got = joint([(100_000, None, 1, "borrower", "1")], guarantors=False, size=None)
    assert [(f.row, f.code, f.field) for f in got.failures] == [(0, Code.NO_HOUSEHOLD, "loan")]
    assert got.value.payable.tolist() == [[100_00]]


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"role": ["borrower", "friend"]}, Code.UNKNOWN_VALUE, "role"),
        ({"share": ["1", "1.5"]}, Code.OUT_OF_RANGE, "share"),
    ],
)
def test_a_bad_party_is_its_loans_fault_and_no_others(change, code, field):
    two = paths([(100_000, None, 0, "", ""), (110_000, None, 1, "", "")])
    got = rp.joint_path(two, **({"loan": [0, 1], "guarantors": True} | change))
    assert [(f.row, f.code, f.field) for f in got.failures] == [(1, code, field)]
    assert got.value.payable.tolist() == [[100_00]]


def test_a_loan_that_there_is_none_of_is_the_programs_mistake():
    for loan in ([0, 2], [0, -1]):
        with pytest.raises(rp.InputError) as caught:
            rp.joint_path(paths([(1, None, 0, "", "")] * 2), loan=loan, guarantors=True, size=2)
        assert caught.value.field == "loan"


def test_households_in_different_units_are_not_added_up():
    homes = rp.Households.from_columns(net_income=["1000"] * 3, decimals=[2, 0, 2])
    each = rp.capacity_path(homes, RULE, begin="2026-01-01", months=1)
    got = rp.joint_path(each, loan=[0, 0, 1], guarantors=False)
    assert [(f.row, f.code, f.field) for f in got.failures] == [(0, Code.UNKNOWN_VALUE, "decimals")]
    assert got.value.payable.tolist() == [[100_00]]


def test_sums_beyond_the_domain_have_a_code():
    homes = rp.Households.from_columns(net_income=rp.minor([2**59] * 9 + [5]))
    nothing = rp.FixedAllowance(amount="0", frequency="monthly", covers=(), source="own")
    each = rp.capacity_path(homes, nothing, begin="2026-01-01", months=1)
    got = rp.joint_path(each, loan=[0] * 9 + [1], guarantors=False)
    assert [(f.row, f.code, f.field) for f in got.failures] == [(0, Code.BEYOND_DOMAIN, "payable")]
    assert got.value.payable.tolist() == [[5]]


def test_calls_do_not_grow_with_the_number_of_loans():
    def traced(size):
        homes = rp.Households.from_columns(net_income=rp.minor(np.arange(2 * size) + 90_000))
        each = rp.capacity_path(homes, RULE, begin="2026-01-01", months=6)
        return sum(
            calls(lambda: rp.joint_path(each, loan=np.arange(2 * size) // 2, guarantors=False)).values()
        )

    assert traced(50_000) <= traced(500) + 20
