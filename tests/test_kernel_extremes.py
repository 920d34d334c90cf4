"""The package against the oracle where hypothesis seldom goes: ties, large amounts, the longest terms."""

import random
from datetime import date, timedelta
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp
from oracle import OracleFailure, could_grow_to, oracle_schedule
from repayplan.kernel import solve
from repayplan.kernel.accrue import divide_product
from strategies import LIMIT, MODES, MONEY, batch_of


def drawn(seed, n, *, lowest=1, highest=10**12, rates=None, **other):
    """Loans that differ in amount, rate and day; `rates` in 1e-10."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    ordinary = {
        "decimals": 2,
        "start": None,
        "frequency": "monthly",
        "day_count": "periods",
        "first_stub": "short",
        "instalment_mode": "half_up",
        "interest_mode": "half_up",
        "instalment_multiple": 1,
        "interest_multiple": 1,
        "residue": "last",
    }
    return [
        dict.fromkeys(MONEY, 0)
        | ordinary
        | other
        | {
            "principal": int(lowest * (highest / lowest) ** chance.random()),
            "annual_rate": chance.choice(rates) if rates else chance.randrange(10**10),
            "next_due": date(2026, 1, 31) + timedelta(days=chance.randrange(366)),
        }
        for _ in range(n)
    ]


def check(loans, stages):
    """Every cell of every loan, or its code, under one plan."""
    every = [(terms, stages) for terms in loans]
    made_of, plans, _ = batch_of(every)
    outcome = rp.schedule(made_of, plans[0])
    columns, offsets = outcome.value.by_loan()
    place = {row: i for i, row in enumerate(outcome.row.tolist())}
    codes = {failure.row: failure.code.value for failure in outcome.failures}
    for row, terms in enumerate(loans):
        try:
            rows = oracle_schedule(terms, stages)
        except OracleFailure as failure:
            rows = failure.code
        if isinstance(rows, str):
            assert codes.get(row) == rows
            continue
        if codes.get(row) == "beyond_domain":  # what could grow too large may be refused
            assert could_grow_to(terms, stages) >= LIMIT
            continue
        assert row not in codes, codes[row]
        mine = slice(offsets[place[row]], offsets[place[row] + 1])
        for name in rows[0]:
            theirs = np.array([r[name] for r in rows], columns[name].dtype)
            np.testing.assert_array_equal(columns[name][mine], theirs, err_msg=f"{name} of loan {row}")
    return len(place)


@given(
    st.integers(0, 2**62),
    st.integers(0, 2**62),
    st.one_of(st.integers(1, 2**56 - 1), st.integers(1, 10**6), st.sampled_from((2**56 - 1, 2**41, 2**42))),
)
def test_a_product_of_two_words_is_divided_exactly(balance, num, den):
    num = min(num, den * (2**62 // max(balance, 1)) if balance else num)  # the quotient fits a word
    quotient, rest = divide_product(np.array([balance]), np.array([num]), den)
    assert (int(quotient[0]), int(rest[0])) == divmod(balance * num, den)


@pytest.mark.parametrize("few", [0, solve.FEW_PERIODS])
@pytest.mark.parametrize("mode", ["half_up", "half_even", "up", "down"])
def test_what_floats_can_t_tell_is_exact_in_pairs_and_in_fractions(monkeypatch, mode, few):
    monkeypatch.setattr(solve, "FLOAT_ERROR", 1.0)  # none is told
    monkeypatch.setattr(solve, "FEW_PERIODS", few)
    rng = np.random.default_rng(6)
    owed, first, regular = rng.integers(1, 10**9, 12), rng.integers(0, 10**9, 12), rng.integers(1, 10**9, 12)
    count, den, multiple = rng.integers(2, 100, 12), 10**11, 5
    got = solve.level_regular(owed, first, regular, den, count, mode, multiple)
    for i, (b, f0, f, k) in enumerate(
        zip(*(column.tolist() for column in (owed, first, regular, count)), strict=True)
    ):
        worth, each = Fraction(0), 1 / (1 + Fraction(f0, den))
        for _ in range(k):
            worth, each = worth + each, each / (1 + Fraction(f, den))
        exact = b / worth / multiple
        below = exact.numerator // exact.denominator
        whole = {"up": -(-exact // 1), "down": below, "half_up": (exact + Fraction(1, 2)) // 1}
        assert got[i] == whole.get(mode, round(exact)) * multiple


@pytest.mark.parametrize("mode", MODES)
def test_ties(mode):
    """6 % a year is 1/200 a month: the interest of one row in 200 lies exactly between two cents."""
    even = drawn(1, 60, highest=10**9, rates=(600_000_000, 1_200_000_000, 240_000_000), interest_mode=mode)
    assert check(even, [{"kind": "equal_principal", "n": 24}]) == 60
    assert check(even, [{"kind": "equal_instalment", "n": 36}]) > 50


@pytest.mark.parametrize("decimals", [0, 2, 8])
@pytest.mark.parametrize("day_count", ["periods", "ACT/365F"])
def test_large_balances(decimals, day_count):
    large = drawn(2, 60, lowest=10**13, highest=2 * 10**17, decimals=decimals, day_count=day_count)
    assert check(large, [{"kind": "equal_instalment", "n": 24}]) > 50
    assert check(large, [{"kind": "flat", "n": 5}]) > 50
    low = [terms | {"annual_rate": terms["annual_rate"] // 20, "instalment_mode": "up"} for terms in large]
    plan = [{"kind": "holiday", "n": 6, "interest": "capitalise"}, {"kind": "equal_instalment", "n": 30}]
    assert check(low, plan) > 50


def test_the_largest_balances():
    top = drawn(5, 20, lowest=LIMIT // 2, highest=LIMIT, rates=(1, 10**8, 600_000_000))
    assert check(top, [{"kind": "equal_instalment", "n": 12}]) == 20
    assert check(top, [{"kind": "equal_principal", "n": 3}]) == 20


def test_amounts_that_would_leave_the_domain_are_refused():
    top = drawn(6, 20, lowest=10**17, highest=LIMIT, rates=(10**10,), frequency="annual")
    assert check(top, [{"kind": "bullet", "n": 40, "interest": "compound"}]) == 0
    assert check(top, [{"kind": "interest_only", "n": 3660}]) == 0


@pytest.mark.parametrize("multiple", [1, 5, 100, 10_000])
@pytest.mark.parametrize("mode", MODES)
def test_multiples(mode, multiple):
    loans = drawn(7, 30, lowest=10**5, highest=10**8, rates=(480_000_000, 1_200_000_000))
    coarse = {"instalment_mode": mode, "instalment_multiple": multiple, "interest_multiple": min(multiple, 5)}
    check([terms | coarse for terms in loans], [{"kind": "equal_instalment", "n": 24}])
    check([terms | coarse for terms in loans], [{"kind": "equal_principal", "n": 24}])


@pytest.mark.parametrize("residue", ["last", "first", "spread"])
@pytest.mark.parametrize("n", [360, 480])
def test_mortgages(n, residue):
    eighths = [k * 10**8 // 8 for k in range(1, 97)]
    homes = drawn(3, 6, lowest=10**6, highest=10**9, rates=eighths, residue=residue)
    assert check(homes, [{"kind": "equal_instalment", "n": n}]) == 6


@pytest.mark.parametrize(
    ("frequency", "day_count", "rate", "stages"),
    [
        ("monthly", "periods", 300_000_000, [{"kind": "equal_instalment", "n": 3660}]),
        ("weekly", "ACT/360", 1_000_000_000, [{"kind": "equal_instalment", "n": 3660}]),
        ("annual", "ACT/365F", 5_000_000, [{"kind": "equal_instalment", "n": 3660}]),
        ("fortnightly", "periods", 77_777_777, [{"kind": "equal_principal", "n": 3660}]),
        ("monthly", "30E/360", 10**7, [{"kind": "bullet", "n": 3660, "interest": "compound"}]),
        ("monthly", "30E/360", 10**7, [{"kind": "bullet", "n": 3660, "interest": "simple"}]),
        (
            "monthly",
            "30/360",
            5 * 10**8,
            [{"kind": "holiday", "n": 60, "interest": "defer", "repay": "spread"}],
        ),
        ("weekly", "ACT/365F", 900_000_000, [{"kind": "fixed_payment", "amount": 180_000}]),
    ],
)
def test_the_longest_terms(frequency, day_count, rate, stages):
    if stages[-1]["kind"] == "holiday":
        stages = [*stages, {"kind": "flat", "n": 3600}]
    one = drawn(
        4, 1, lowest=10**8, highest=10**8 + 1, rates=(rate,), frequency=frequency, day_count=day_count
    )[0]
    assert check([one, one | {"interest_mode": "half_even", "instalment_mode": "up"}], stages) == 2


# Found by hypothesis, kept by name


def one(principal, rate, **other):
    return drawn(8, 1, lowest=principal, highest=principal, rates=(rate,), **other)[0]


@pytest.mark.parametrize("last", ["interest_only", "bullet"])
@pytest.mark.parametrize(("principal", "solved", "n"), [(200, "equal_instalment", 3), (119, "flat", 2)])
def test_a_solved_stage_never_repays_more_than_is_owed(principal, solved, n, last):
    ending = {"kind": last, "n": 2} | ({"interest": "simple"} if last == "bullet" else {})
    assert check([one(principal, 0)], [{"kind": solved, "n": n}, ending]) == 1


def test_flat_charges_no_interest_once_all_is_repaid():
    up = one(5, 1_200_000_000, instalment_mode="up", interest_mode="up")
    assert check([up], [{"kind": "flat", "n": 4}]) == 1


@pytest.mark.parametrize("day_count", ["periods", "30E/360", "ACT/360", "ACT/365F"])
def test_an_instalment_below_the_interest_of_a_long_first_period_is_refused(day_count):
    late = one(100_000, 4_812_500_000, day_count=day_count)
    late |= {"start": date(1987, 4, 26), "next_due": date(1989, 1, 7)}
    assert check([late], [{"kind": "equal_instalment", "n": 3}]) == 0


def test_an_instalment_rounded_down_below_the_interest_is_refused():
    small = one(6, 10**10, instalment_mode="down")
    assert check([small], [{"kind": "equal_instalment", "n": 900}]) == 0


def test_interest_spread_over_a_bullet_is_repaid_once():
    plan = [
        {"kind": "holiday", "n": 2, "interest": "defer", "repay": "spread"},
        {"kind": "interest_only", "n": 2},
        {"kind": "bullet", "n": 2, "interest": "simple"},
    ]
    assert check([one(120_000, 1_200_000_000)], plan) == 1


def test_a_fixed_payment_is_never_exceeded():
    loan = rp.Loan(
        principal="1000", annual_rate="0.12", original_term=12, elapsed=0, unpaid=12, next_due="2026-01-31"
    )
    for solved in (rp.equal_instalment(3), rp.equal_principal(3)):
        try:
            made = rp.schedule(loan, solved + rp.fixed_payment("100"))
        except rp.InputError:  # such a plan may be refused: its solved stage depends on the rows that follow
            continue
        assert all(row.payment <= 100 for row in made.rows[3:])
