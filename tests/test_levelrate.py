"""Rates from an instalment: the proven interval says the same as the search by halving."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examples import examples
from repayplan import (
    UNKNOWN,
    Loan,
    Loans,
    Rounding,
    equal_instalment,
    implied_rates,
    minor,
    solve_length,
    solve_rate,
)
from repayplan.kernel.levelrate import largest_rounded, rate_of
from repayplan.plans import rates
from repayplan.plans.column import col
from repayplan.plans.trial import Trial
from test_leftover import work_of

MODES = ("half_up", "half_even", "up", "down")


def nothing_known(trial, step, high):
    size = len(trial.rows)
    return np.full(size, -1), np.zeros(size, np.bool_), np.full(size, np.inf)


def said(outcome):
    value = outcome.value
    columns = value if isinstance(value, tuple) else (value,)
    failures = [(f.row, f.code, f.field, f.value, f.limit) for f in outcome.failures]
    return outcome.row.tolist(), [column.tolist() for column in columns], failures


@settings(max_examples=25)
@given(
    owed=st.lists(st.integers(5_000, 10**11), min_size=1, max_size=6),
    term=st.integers(1, 60),
    factor=st.floats(-0.002, 0.09),
    off=st.integers(-1, 1),
    day_count=st.sampled_from(["periods", "ACT/365F", "30E/360", "ACT/ACT ISDA"]),
    mode=st.sampled_from(MODES),
    multiple=st.sampled_from(["0.01", "0.05", "1"]),
    stub=st.integers(1, 27),
)
def test_the_interval_and_the_search_by_halving_agree(
    owed, term, factor, off, day_count, mode, multiple, stub
):
    size = len(owed)
    loans = Loans.from_columns(
        principal=minor(np.array(owed)),
        annual_rate="0.1",
        original_term=term,
        elapsed=0,
        unpaid=term,
        next_due="2026-01-31",
        start=np.datetime64("2026-01-31") - stub,
        day_count=day_count,
        rounding=Rounding(instalment=mode, instalment_multiple=multiple),
    )
    share = 1 / term if abs(factor) < 1e-9 else factor / (1 - (1 + factor) ** -term)
    asked = minor(np.maximum((np.array(owed) * share).astype(np.int64) + off, 1))
    plan = equal_instalment(col("unpaid"))
    calls = (
        lambda: solve_rate(loans, plan, instalment=asked),
        lambda: implied_rates(loans, plan, instalment=asked),
    )
    for call in calls:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(rates, "_edge", nothing_known)
            slow = said(call())
        assert said(call()) == slow
        assert len(slow[0]) + len(slow[2]) == size


def test_most_loans_are_settled_by_the_interval_alone(monkeypatch):
    seen, known = [], rates._edge

    def edge(trial, step, high):
        seen.append(known(trial, step, high)[1])
        return known(trial, step, high)

    monkeypatch.setattr(rates, "_edge", edge)
    owed = np.arange(1, 201) * 123_457
    loans = Loans.from_columns(
        principal=minor(owed), annual_rate="0", original_term=36, elapsed=0, unpaid=36, next_due="2026-01-31"
    )
    found = solve_rate(loans, equal_instalment(36), instalment=minor(owed // 30))
    assert len(found.row) == len(owed)
    assert seen[0].mean() > 0.9


@pytest.mark.parametrize(
    ("mode", "multiple", "wanted"),
    [
        ("up", 1, [100, 103]),
        ("up", 5, [100, 100]),
        ("down", 1, [101, 104]),
        ("down", 5, [105, 105]),
        ("half_up", 1, [100.5, 103.5]),
        ("half_even", 5, [102.5, 102.5]),
    ],
)
def test_up_to_where_an_amount_is_rounded_to_no_more_than_a_limit(mode, multiple, wanted):
    assert largest_rounded(np.array([100, 103]), mode, multiple).tolist() == wanted


def exact(owed, num, den, counted):
    """The instalment, as a fraction, of periods that count so much each."""
    left, worth = Fraction(1), Fraction(0)
    for units in counted:
        left /= 1 + Fraction(num * units, den)
        worth += left
    return owed / worth


MONTHS = (28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 31)


@examples(60)
@given(
    rows=st.lists(st.tuples(st.integers(100, 10**12), st.integers(100, 3_000)), min_size=1, max_size=4),
    n=st.integers(2, 40),
    first=st.sampled_from([1, 15, 31, 59]),
    months=st.booleans(),
)
def test_a_rate_is_found_within_a_millionth_of_it(rows, n, first, months):
    """In floats, and with bounds that hold it: of periods that are alike, and of months in days."""
    owed, num = (list(column) for column in zip(*rows, strict=True))
    den, later = 3_600_000, (MONTHS * 4)[: n - 1] if months else (30,) * (n - 1)
    work = work_of(owed, num, den, [n] * len(rows), first)
    table = np.array(later)[:, None] if months else None
    work = replace(work, later=table, regular=np.full(len(rows), 30))
    amounts = [exact(each, rate, den, (first, *later)) for each, rate in rows]
    found = rate_of(work, np.array([float(amount) for amount in amounts]))
    assert (found.low <= num).all()
    assert (found.high >= num).all()
    assert (found.high - found.low <= np.array(num) * 1e-6).all()


def test_a_tie_after_a_first_period_that_is_not_whole_is_rounded_as_the_instalment_is():
    """At 4.02 % it is 10,053,667.335 exactly, which is a cent more than is allowed."""
    counted = (18, 30)
    assert exact(2_003_350_000, 402, 3_600_000, counted) == Fraction("1005366733.5")
    loan = Loan(
        principal="20033500.00",
        annual_rate="0",
        original_term=2,
        elapsed=0,
        unpaid=2,
        next_due="2026-02-01",
        start="2026-01-13",
    )
    plan = equal_instalment(2)
    assert solve_rate(loan, plan, instalment="10053667.33") == Decimal("0.0401999999")
    assert solve_rate(loan, plan, instalment="10053667.34") >= Decimal("0.0402")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("step", ["0.0000000001", "0.0001", "0.01"])
def test_growth_is_never_taken_to_be_less_than_it_is(monkeypatch, mode, step):
    seen, stands = [], Trial.stands

    def watched(self, rows, values, grown=None):
        for at, piece in self.laid(rows, values):
            assert (grown[at] >= piece.work.grown() * (1 - 1e-12)).all()
            seen.append(np.isfinite(grown[at]).mean())
        return stands(self, rows, values, grown)

    monkeypatch.setattr(Trial, "stands", watched)
    random = np.random.default_rng(3)
    owed, term = random.integers(100, 10**9, 2_000), random.integers(1, 400, 2_000)
    loans = Loans.from_columns(
        principal=minor(owed),
        annual_rate=random.integers(0, 3_000, 2_000) / 10_000,
        original_term=term,
        elapsed=0,
        unpaid=term,
        next_due="2026-01-31",
        rounding=Rounding(instalment=mode),
    )
    asked = minor(owed // term + owed * random.integers(0, 200, 2_000) // 10_000 + 1)
    solve_rate(loans, equal_instalment(col("unpaid")), instalment=asked, step=step)
    solve_length(loans, equal_instalment(UNKNOWN), instalment=asked)
    assert len(seen) == 2
    assert min(seen) > 0.5


def test_a_first_period_that_is_shorter_bends_the_instalment_otherwise():
    """At 1e-10 more the exact instalment is rounded to a cent more."""
    loans = Loans.from_columns(
        principal=minor(np.array([7_332_330_000])),
        annual_rate="0.1",
        original_term=2,
        elapsed=0,
        unpaid=2,
        next_due="2026-01-31",
        start="2026-01-28",
    )
    found = solve_rate(loans, equal_instalment(2), instalment=minor(np.array([3_801_774_494])))
    assert found.value.tolist() == [8_031_961_730]
