"""The oracle itself: against published figures, cases worked by hand, and identities."""

from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle import (
    OracleFailure,
    after,
    could_grow_to,
    days_between,
    growth,
    oracle_schedule,
    rounded,
    timeline,
)
from strategies import cases

COMMON = {
    "overdue_principal": 0,
    "overdue_interest": 0,
    "accrued_interest": 0,
    "penalty": 0,
    "fees": 0,
    "decimals": 2,
    "next_due": date(2026, 1, 31),
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


def terms(principal, percent, **other):
    return COMMON | {"principal": principal, "annual_rate": int(Decimal(str(percent)) * 10**8)} | other


def stage(kind, n=None, **other):
    return {"kind": kind} | ({} if n is None else {"n": n}) | other


def column(rows, name):
    return [row[name] for row in rows]


# Published figures


@pytest.mark.parametrize(
    ("principal", "percent", "n", "payment"),
    [
        # 等额本息 (annuity), 1,000,000 at 4.9 % over 360 months, as every Chinese bank's calculator shows.
        (100_000_000, "4.9", 360, 530_727),
        # US Home Affordable Modification Program, tier 1 waterfall: 7.5 %, 4 %, 2 % over 420 and 480 months.
        (20_000_000, "7.5", 360, 139_843),
        (20_000_000, "4", 360, 95_483),
        (20_000_000, "2", 420, 66_253),
        (45_000_000, "2", 480, 136_272),
        # Microsoft, documentation of PMT: PMT(8 %/12, 10, 10000) = -1037.03.
        (1_000_000, "8", 10, 103_703),
    ],
)
def test_level_instalments_as_published(principal, percent, n, payment):
    assert oracle_schedule(terms(principal, percent), [stage("equal_instalment", n)])[0]["payment"] == payment


def test_equal_principal_as_published():
    # 等额本金, the same loan: first payment 6861.11 = 2777.78 + 4083.33; all interest 737,041.67 unrounded.
    rows = oracle_schedule(terms(100_000_000, "4.9"), [stage("equal_principal", 360)])
    assert (rows[0]["payment"], rows[0]["principal"], rows[0]["interest"]) == (686_111, 277_778, 408_333)
    exact = terms(100_000_000, "4.9", instalment_mode="none", interest_mode="none")
    paid = sum(column(oracle_schedule(exact, [stage("equal_principal", 360)]), "interest"))
    assert rounded(paid, 10**6, "half_up") == 73_704_167


def test_flat_as_published():
    # 等本等息: 12,000 over 12 months at 0.6 % a month (7.2 % a year): 1072 each.
    rows = oracle_schedule(terms(1_200_000, "7.2"), [stage("flat", 12)])
    assert column(rows, "payment") == [107_200] * 12


def test_interest_and_principal_parts_as_published():
    # Microsoft, documentation of IPMT and PPMT: IPMT(10 %, 3, 3, 8000) = -292.447129909366 and
    # PPMT(8 %, 10, 10, 200000) = -27598.0534624214, annual periods; unrounded is 8 decimals here.
    exact = {"instalment_mode": "none", "interest_mode": "none", "frequency": "annual"}
    rows = oracle_schedule(terms(800_000, "10", **exact), [stage("equal_instalment", 3)])
    assert abs(rows[2]["interest"] - 29_244_712_991) <= 1
    rows = oracle_schedule(terms(20_000_000, "8", **exact), [stage("equal_instalment", 10)])
    assert abs(rows[9]["principal"] - 2_759_805_346_242) <= 10


def test_holiday_at_simple_interest_as_published():
    # India: 406,066 left at 10 %, three months' holiday at simple interest: 10,152, in all 416,218.
    rows = oracle_schedule(
        terms(406_066, "10", decimals=0),
        [stage("holiday", 3, interest="capitalise_at_end"), stage("interest_only", 1)],
    )
    assert column(rows[:3], "interest") == [3384, 3384, 3384]
    assert column(rows[:3], "capitalised") == [0, 0, 10_152]
    assert column(rows[:3], "deferred") == [3384, 3384, -6768]
    assert column(rows[:3], "closing") == [406_066, 406_066, 416_218]


@pytest.mark.parametrize(
    ("first", "last", "bond", "eurobond"),
    [
        # 2006 ISDA Definitions, section 4.16(f) and (g).
        (date(2006, 1, 31), date(2006, 2, 28), 28, 28),
        (date(2006, 2, 28), date(2006, 3, 3), 5, 5),
        (date(2008, 2, 28), date(2008, 8, 31), 183, 182),
        (date(2007, 1, 30), date(2007, 1, 31), 0, 0),
        (date(2007, 1, 31), date(2007, 3, 31), 60, 60),
    ],
)
def test_days_as_published(first, last, bond, eurobond):
    assert days_between("30/360", first, last) == bond
    assert days_between("30E/360", first, last) == eurobond
    assert days_between("ACT/360", first, last) == (last - first).days


# Worked by hand


def test_every_row_of_a_loan_of_three():
    # 1200.00 at 1 % a month: A = 1200 * 0.01 / (1 - 1.01**-3) = 408.0265...; 12.00, 8.04, 4.04 interest.
    rows = oracle_schedule(terms(120_000, 12), [stage("equal_instalment", 3)])
    assert column(rows, "interest") == [1200, 804, 404]
    assert column(rows, "principal") == [39_603, 39_999, 40_398]
    assert column(rows, "payment") == [40_803, 40_803, 40_802]
    assert column(rows, "closing") == [80_397, 40_398, 0]
    assert column(rows, "due_date") == [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)]
    assert column(rows, "days") == [30, 30, 30]


def test_a_capitalised_holiday_then_interest_only():
    # 1000 at 1 %: 1010, 1020.10, then 10.20 of interest, then the rest in two.
    plan = [
        stage("holiday", 2, interest="capitalise"),
        stage("interest_only", 1),
        stage("equal_principal", 2),
    ]
    rows = oracle_schedule(terms(100_000, 12), plan)
    assert column(rows, "capitalised") == [1000, 1010, 0, 0, 0]
    assert column(rows, "payment") == [0, 0, 1020, 51_005 + 1020, 51_005 + 510]


@pytest.mark.parametrize(
    ("repay", "deferred"),
    [
        ("first", [1000, 1000, -2000, 0, 0, 0]),
        ("spread", [1000, 1000, -500, -500, -500, -500]),
        ("last", [1000, 1000, 0, 0, 0, -2000]),
    ],
)
def test_deferred_interest_comes_back_where_it_was_said(repay, deferred):
    plan = [stage("holiday", 2, interest="defer", repay=repay), stage("equal_principal", 4)]
    rows = oracle_schedule(terms(100_000, 12), plan)
    assert column(rows, "deferred") == deferred
    assert column(rows, "principal") == [0, 0, 25_000, 25_000, 25_000, 25_000]


def test_spread_leaves_its_remainder_in_the_last_row():
    # 10.00 of interest over three rows: 3.33, 3.33, 3.34.
    plan = [stage("holiday", 1, interest="defer", repay="spread"), stage("equal_principal", 3)]
    assert column(oracle_schedule(terms(100_000, 12), plan), "deferred") == [1000, -333, -333, -334]


def test_waived_interest_is_gone_and_arrears_are_paid_first():
    owed = terms(
        90_000, 12, overdue_principal=10_000, overdue_interest=700, accrued_interest=50, fees=30, penalty=5
    )
    rows = oracle_schedule(owed, [stage("holiday", 1, interest="waive"), stage("equal_principal", 2)])
    assert column(rows, "waived") == [1000, 0, 0]
    assert column(rows, "interest_paid") == [0, 1000 + 750, 500]
    assert column(rows, "deferred") == [0, -750, 0]
    assert column(rows, "fee") == [0, 35, 0]
    assert column(rows, "payment") == [0, 50_000 + 1750 + 35, 50_500]


def test_bullets():
    # 1000 at 1 % a month over 3: 30.00 simple; 1010, 1020.10, 1030.30 compound.
    simple = oracle_schedule(terms(100_000, 12), [stage("bullet", 3, interest="simple")])
    assert column(simple, "payment") == [0, 0, 103_000]
    assert column(simple, "deferred") == [1000, 1000, -2000]
    compound = oracle_schedule(terms(100_000, 12), [stage("bullet", 3, interest="compound")])
    assert column(compound, "payment") == [0, 0, 102_010 + 1020]


def test_given_instalments_and_fixed_payments():
    given_one = oracle_schedule(terms(100_000, 12), [stage("equal_instalment", 3, amount=30_000)])
    assert column(given_one, "payment") == [30_000, 30_000, 42_127]  # 10.00, 7.10, 4.17 of interest
    fixed = oracle_schedule(terms(100_000, 12), [stage("fixed_payment", amount=30_000)])
    assert column(fixed, "payment") == [30_000, 30_000, 30_000, 12_248]  # 121.27 left, 1.21 of interest


def test_rounding_up_pays_off_early_and_keeps_the_rows():
    rows = oracle_schedule(
        terms(10, 0, decimals=0, instalment_mode="up", instalment_multiple=4), [stage("equal_principal", 5)]
    )
    assert column(rows, "payment") == [4, 4, 2, 0, 0]


@pytest.mark.parametrize(
    ("residue", "payments"),
    # 1000 over 7 without interest: 142.857... -> 143 (half up), the last 142.
    [
        ("last", [143, 143, 143, 143, 143, 143, 142]),
        ("first", [142, 143, 143, 143, 143, 143, 143]),
        ("spread", [143, 143, 143, 143, 143, 143, 142]),  # a seventh of a unit can't be spread
    ],
)
def test_the_residue_has_a_place(residue, payments):
    rows = oracle_schedule(terms(1000, 0, decimals=0, residue=residue), [stage("equal_instalment", 7)])
    assert column(rows, "payment") == payments


def test_a_coarse_multiple_is_spread():
    # 1000 in 30 rows, rounded down to a multiple of 1: 33, the last 43. Spread: 10/30 rounds to 0. Up: 34,
    # early; 29 * 34 = 986, so the last is 14 and spread moves A by round(-20 / 30) = -1: 33, the last 43,
    # which is nearer (10 instead of 20).
    up = terms(1000, 0, decimals=0, instalment_mode="up", residue="spread")
    rows = oracle_schedule(up, [stage("equal_instalment", 30)])
    assert column(rows, "payment") == [33] * 29 + [43]


@pytest.mark.parametrize(
    ("owed", "plan", "code"),
    [
        (terms(100_000, 12), [stage("equal_instalment", 3, amount=999)], "negative_amortisation"),
        (terms(100_000, 12), [stage("equal_instalment", 3, amount=1000)], "balloon"),
        (terms(100_000, 12), [stage("fixed_payment", amount=1000)], "never_paid_off"),
        (terms(100_000, 12), [stage("fixed_payment", amount=999)], "negative_amortisation"),
        (terms(0, 12), [stage("equal_instalment", 3)], "nothing_owed"),
        (terms(10**18, 100, frequency="annual"), [stage("bullet", 9, interest="compound")], "beyond_domain"),
    ],
)
def test_plans_that_cant_be_kept(owed, plan, code):
    with pytest.raises(OracleFailure, match=code):
        oracle_schedule(owed, plan)


# Time


def test_due_dates_are_counted_from_the_anchor():
    assert [after(date(2026, 1, 31), k, "monthly").day for k in (-1, 0, 1, 2, 3)] == [31, 31, 28, 31, 30]
    assert after(date(2024, 2, 29), 1, "annual") == date(2025, 2, 28)
    assert after(date(2026, 1, 31), -1, "4-monthly") == date(2025, 9, 30)
    assert after(date(2026, 1, 1), 3, "fortnightly") == date(2026, 2, 12)


@pytest.mark.parametrize(
    ("other", "first_two"),
    [
        ({}, [(date(2026, 1, 31), 30, Fraction(1, 12)), (date(2026, 2, 28), 30, Fraction(1, 12))]),
        (
            {"start": date(2026, 1, 20)},
            [(date(2026, 1, 31), 10, Fraction(10, 360)), (date(2026, 2, 28), 30, Fraction(1, 12))],
        ),
        (
            {"start": date(2026, 1, 20), "first_stub": "long"},
            [(date(2026, 2, 28), 38, Fraction(38, 360)), (date(2026, 3, 31), 30, Fraction(1, 12))],
        ),
        (  # longer than a whole period: nothing to join
            {"start": date(2025, 12, 20), "first_stub": "long"},
            [(date(2026, 1, 31), 40, Fraction(40, 360)), (date(2026, 2, 28), 30, Fraction(1, 12))],
        ),
        (
            {"frequency": "weekly", "start": date(2026, 1, 28)},
            [(date(2026, 1, 31), 3, Fraction(3, 364)), (date(2026, 2, 7), 7, Fraction(1, 52))],
        ),
        (
            {"day_count": "ACT/365F"},
            [(date(2026, 1, 31), 31, Fraction(31, 365)), (date(2026, 2, 28), 28, Fraction(28, 365))],
        ),
    ],
)
def test_periods(other, first_two):
    assert [period[:3] for period in islice(timeline(terms(1, 100, **other)), 2)] == first_two


# Identities


DECIMALS_NAMES = {
    "half_up": ROUND_HALF_UP,
    "half_even": ROUND_HALF_EVEN,
    "up": ROUND_CEILING,
    "down": ROUND_FLOOR,
}


@given(st.integers(0, 10**15), st.sampled_from(sorted(DECIMALS_NAMES)), st.sampled_from((1, 2, 5, 64)))
def test_rounding_is_that_of_decimal(numerator, mode, denominator):
    exact = Decimal(numerator) / denominator  # these have at most six decimals
    assert rounded(numerator, denominator, mode) == exact.quantize(Decimal(1), DECIMALS_NAMES[mode])


@given(
    st.integers(0, 10**30),
    st.integers(1, 10**12),
    st.sampled_from(sorted(DECIMALS_NAMES)),
    st.integers(1, 1000),
)
def test_rounding_is_to_a_near_multiple(numerator, denominator, mode, multiple):
    near, exact = rounded(numerator, denominator, mode, multiple), Fraction(numerator, denominator)
    assert near % multiple == 0
    assert abs(near - exact) < multiple if mode in ("up", "down") else abs(near - exact) * 2 <= multiple
    assert mode != "up" or near >= exact
    assert mode != "down" or near <= exact


@given(cases())
def test_what_is_lent_comes_back(case):
    owed, plan = case
    try:
        rows = oracle_schedule(owed, plan)
    except OracleFailure:
        return
    finer = 10 ** (8 - owed["decimals"]) if owed["interest_mode"] == "none" else 1
    balance = (owed["principal"] + owed["overdue_principal"]) * finer
    for row in rows:
        assert row["opening"] == balance
        balance += row["drawn"] + row["capitalised"] - row["principal"]
        assert row["closing"] == balance >= 0
        assert row["principal"] >= 0
        assert row["interest"] == row["interest_paid"] + row["capitalised"] + row["deferred"] + row["waived"]
        assert row["payment"] == row["principal"] + row["interest_paid"] + row["fee"]
        assert row["payment"] >= 0 or row["interest"] < 0
    assert balance == 0
    waiting = (owed["overdue_interest"] + owed["accrued_interest"]) * finer
    assert sum(column(rows, "deferred")) == -waiting
    assert sum(column(rows, "fee")) >= (owed["fees"] + owed["penalty"]) * finer
    assert sum(column(rows, "payment")) <= could_grow_to(owed, plan) or any(
        s["kind"] == "fixed_payment" for s in plan
    )
    assert column(rows, "period") == list(range(1, len(rows) + 1))
    assert all(b > a for a, b in zip(column(rows, "due_date"), column(rows, "due_date")[1:], strict=False))


@given(st.integers(1, 10**12), st.lists(st.fractions(0, 1, max_denominator=1200), min_size=1, max_size=12))
def test_the_level_instalment_repays_exactly(balance, factors):
    """Unrounded, the recurrence with the instalment of `growth` ends at nothing owed."""
    lent, paid, denominator = growth(factors)
    instalment = Fraction(balance * lent, paid)
    left = Fraction(balance)
    for f in factors:
        left = left * (1 + f) - instalment
    assert left == 0
    product = Fraction(1)
    for f in factors:
        product *= 1 + f
    assert Fraction(lent, denominator) == product


@given(st.dates(date(1950, 1, 1), date(2100, 1, 1)), st.integers(0, 800))
def test_thirty_days_a_month(first, days):
    """The two 30/360 rules differ by one day at most, and from real days by a few a year."""
    last = first + timedelta(days=days)
    bond, eurobond = days_between("30/360", first, last), days_between("30E/360", first, last)
    assert 0 <= bond - eurobond <= 1
    assert abs(bond - days * 360 / 365) <= 4
