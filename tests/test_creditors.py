"""One amount for several creditors, against a slow obviously right division."""

from decimal import Decimal
from fractions import Fraction
from math import floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp
from repayplan import Code
from test_vectorised import calls

CLAIMS = st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 2)), min_size=1, max_size=7)
DEBTORS = st.lists(st.tuples(st.integers(0, 3 * 10**6), CLAIMS), min_size=1, max_size=4)


def by_hand(amount, claims):
    """Tier by tier; within the last the units that are left go one by one to the largest remainder."""
    out = [0] * len(claims)
    for rank in sorted({rank for _, rank in claims}, reverse=True):
        mine = [i for i, (_, r) in enumerate(claims) if r == rank]
        total = sum(claims[i][0] for i in mine)
        here = min(amount, total)
        amount -= here
        exact = {i: Fraction(here * claims[i][0], total) if total else Fraction(0) for i in mine}
        for i in mine:
            out[i] = floor(exact[i])
        while sum(out[i] for i in mine) < here:
            most = max(mine, key=lambda i: (exact[i] - out[i], -i))
            out[most] += 1
    return out


def batch(debtors):
    of = [k for k, (_, claims) in enumerate(debtors) for _ in claims]
    flat = [claim for _, claims in debtors for claim in claims]
    return rp.share_out(
        rp.minor([amount for amount, _ in debtors]),
        rp.minor([claim for claim, _ in flat]),
        debtor=of,
        priority=[rank for _, rank in flat],
    )


@given(DEBTORS)
def test_every_share_by_hand_one_by_one_and_in_a_batch(debtors):
    shares = batch(debtors).value.tolist()
    assert shares == [share for amount, claims in debtors for share in by_hand(amount, claims)]
    for amount, claims in debtors:
        one = rp.share_out(
            str(Decimal(amount).scaleb(-2)),
            [str(Decimal(claim).scaleb(-2)) for claim, _ in claims],
            priority=[rank for _, rank in claims],
        )
        assert [int(share * 100) for share in one] == by_hand(amount, claims)


@given(st.integers(0, 3 * 10**6), CLAIMS)
def test_bounds(amount, claims):
    shares = batch([(amount, claims)]).value
    owed = np.array([claim for claim, _ in claims])
    assert shares.sum() == min(amount, owed.sum())
    assert ((shares >= 0) & (shares <= owed)).all()
    for high, (_, rank) in enumerate(claims):
        for low, (_, other) in enumerate(claims):
            if rank > other and shares[low]:
                assert shares[high] == owed[high]


@given(DEBTORS, st.randoms(use_true_random=False))
def test_debtors_do_not_matter_to_each_other(debtors, random):
    order = list(range(len(debtors)))
    random.shuffle(order)
    mixed = batch([debtors[i] for i in order]).value.tolist()
    assert mixed == [share for i in order for share in batch([debtors[i]]).value.tolist()]


@pytest.mark.parametrize(
    ("amount", "claims", "shares"),
    [
        # Pro rata between creditors, the residual cents by the largest remainder.
        ("100", ["500", "1000", "233", "200"], ["25.87", "51.73", "12.05", "10.35"]),
        ("700", ["7500", "5000", "2500", "2500", "2500"], ["262.50", "175.00", "87.50", "87.50", "87.50"]),
        # Of equal remainders the earlier claim.
        ("0.02", ["5", "5", "5"], ["0.01", "0.01", "0.00"]),
        ("1000", ["5", "5"], ["5.00", "5.00"]),
        ("10", ["0", "0"], ["0.00", "0.00"]),
        ("10", [], []),
    ],
)
def test_published_and_plain_cases(amount, claims, shares):
    assert [str(share) for share in rp.share_out(amount, claims)] == shares


def test_priority_debts_of_a_household_first():
    debts = rp.Items.from_columns(
        household=[0, 0, 0, 1],
        kind="debt",
        amount=["50", "60", "70", "10"],
        arrears=["300", "200", "100", "5"],
        priority=[False, True, False, False],
    )
    got = rp.share_out(["240", "100"], rp.minor(debts.arrears), debtor=debts.of, priority=debts.priority)
    assert got.value.tolist() == [30_00, 200_00, 10_00, 5_00]


def test_a_bad_claim_is_all_of_its_debtors_and_no_others():
    got = rp.share_out(
        ["100", "100", "-1", "100"], ["5", "x", "7", "9", "8"], debtor=[0, 1, 1, 2, 3], decimals=[2, 2, 2, 0]
    )
    assert [(f.row, f.code, f.field) for f in got.failures] == [
        (1, Code.NOT_A_NUMBER, "claims"),
        (2, Code.NOT_A_NUMBER, "claims"),
        (3, Code.NEGATIVE, "amount"),
    ]
    assert (got.row.tolist(), got.value.tolist()) == ([0, 4], [500, 8])


def test_claims_beyond_the_domain_have_a_code():
    top = 2**55
    for claims, good in (([top, top - 1], True), ([top, top], False)):
        got = rp.share_out(["1", "1"], rp.minor([*claims, 7]), debtor=[0, 0, 1])
        assert got.row.tolist() == ([0, 1, 2] if good else [2])
        assert got.value[-1] == 7
        assert [f.code for f in got.failures] == [Code.BEYOND_DOMAIN] * (0 if good else 2)


@pytest.mark.parametrize(
    ("call", "code", "field"),
    [
        (lambda: rp.share_out("x", ["1"]), Code.NOT_A_NUMBER, "amount"),
        (lambda: rp.share_out(None, ["1"]), Code.MISSING, "amount"),
        (lambda: rp.share_out("1", ["-1"]), Code.NEGATIVE, "claims"),
        (lambda: rp.share_out("1", ["1"], priority=101), Code.OUT_OF_RANGE, "priority"),
        (lambda: rp.share_out(["1"], ["1"], debtor=[1]), Code.OUT_OF_RANGE, "debtor"),
        (lambda: rp.share_out(["1"], ["1"], debtor=[-1]), Code.NEGATIVE, "debtor"),
    ],
)
def test_faults(call, code, field):
    with pytest.raises(rp.InputError) as caught:
        call()
    assert (caught.value.code, caught.value.field) == (code, field)


def test_calls_do_not_grow_with_the_number_of_debtors():
    def traced(size):
        rng = np.random.default_rng(3)
        claims, priority = rp.minor(rng.integers(0, 10**6, 3 * size)), rng.integers(0, 3, 3 * size)
        amount, of = rp.minor(rng.integers(0, 10**6, size)), np.tile(np.arange(size), 3)
        return sum(calls(lambda: rp.share_out(amount, claims, debtor=of, priority=priority)).values())

    assert traced(50_000) <= traced(500) + 20
