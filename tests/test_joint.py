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
        [(200_000, None, 0, "borrower", "1"), (120_000, "2026-03-31", 0, "spouse", "0.5")],
        guarantors=False,
        size=1,
    )
    due = np.array([["2026-04-30"], ["2026-07-31"]], "datetime64[D]")
    assert got.value.per_period("quarterly", due).value.tolist() == [[3 * 1100_00 + 2 * 150_00], [3300_00]]


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
