"""Rates from an instalment: the proven interval says the same as the search by halving."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repayplan import (
    UNKNOWN,
    Loans,
    Rounding,
    equal_instalment,
    implied_rates,
    minor,
    solve_length,
    solve_rate,
)
from repayplan.plans import rates
from repayplan.plans.column import col
from repayplan.plans.trial import Trial

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
