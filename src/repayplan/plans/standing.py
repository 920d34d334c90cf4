"""Loans as they stand after some periods, whatever was paid in them: what a later plan starts from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from repayplan.basics.columns import Screen
from repayplan.basics.dates import DAYS_OF, MID, MONTHS_OF, Days, civil
from repayplan.basics.duedates import DueDates
from repayplan.basics.errors import Code
from repayplan.basics.outcome import Bools, Ints
from repayplan.basics.ratepath import rates_on
from repayplan.kernel.rules import MAX_PERIODS
from repayplan.plans.loan import Loans

LAST_SAFE_DAY = 28
"""Every month has it: due dates counted from any of them are the same."""
_COUNTED = (
    f"twice a month, a day that no month cuts: 1 to {LAST_SAFE_DAY - MID}, or {MID + 1} to {LAST_SAFE_DAY}"
)


def standing(loans: Loans, periods: Ints, **owed: Ints) -> Loans:
    """The loans on the due date of period number ``periods`` (0: as they are).

    Parameters
    ----------
    loans
        The batch.
    periods
        int64, one a loan; how many due dates have passed. Those, and the next, must be known: listed, and
        covered by the calendar.
    owed
        Components of what is owed then, int64 minor units; those not named stay.

    Returns
    -------
    The batch. Interest runs from the due date of the last of these periods, and the due date after it is the
    next; due dates stay on the same days of the month. The due dates have passed (``elapsed``); what is
    unpaid of the contract's instalments stays unpaid. A rate that changes over time goes on. ``last_due`` is
    lost where it has passed. Failures: due dates twice a month that can't be counted from a later one, a
    count or rate that leaves its domain.

    Examples
    --------
    The day of the month isn't lost where one is shorter.

    >>> loans = Loans.from_columns(
    ...     principal=["900"],
    ...     annual_rate="0.12",
    ...     original_term=12,
    ...     elapsed=3,
    ...     unpaid=9,
    ...     next_due="2026-01-31",
    ... )
    >>> later = standing(loans, np.array([1]), principal=np.array([95_000]))
    >>> later.next_due[0], later.start[0], later.due(np.array([0]), np.array([1]), np.array([False]))[0]
    (np.datetime64('2026-02-28'), np.datetime64('2026-01-31'), np.datetime64('2026-03-31'))
    """
    screen, moves = Screen(len(loans)), loans.good & (periods > 0)
    screen.adopt(loans.failures)
    rows = np.flatnonzero(moves)
    passed, none = periods[rows], np.zeros(len(rows), np.bool_)
    next_due, start = loans.next_due.copy(), loans.start.copy()
    next_due[rows] = loans.unshifted(rows, passed)
    start[rows], _ = loans.counted_to(rows, passed - 1, none)
    laws, which = same_days(loans, rows, next_due, screen)
    elapsed = np.where(moves, loans.elapsed + loans.late + periods, loans.elapsed)
    screen.fault(elapsed > MAX_PERIODS, Code.OUT_OF_RANGE, "elapsed", elapsed, f"0 to {MAX_PERIODS}")
    rate = loans.annual_rate
    on_path = moves & screen.good & (loans.rate_index >= 0)
    if on_path.any():
        found, faults = rates_on(
            loans.rate_paths, loans.rate_index, start, on_path, spread=loans.spread, anchor=loans.rate_anchor
        )
        rate = np.where(on_path, found, rate)
        screen.adopt(faults)
    gone = moves & (loans.last_due < next_due)
    return loans.replace(
        **owed,
        next_due=next_due,
        start=start,
        elapsed=np.where(screen.good, elapsed, loans.elapsed),
        annual_rate=rate,
        whole=loans.whole | moves,
        late=np.where(moves, 0, loans.late),
        last_due=np.where(gone, np.datetime64("NaT", "D"), loans.last_due),
        due_dates=laws,
        due_index=which,
        good=screen.good,
        failures=screen.failures(),
    )


def beginning(loans: Loans, next_due: Days, start: Days) -> Loans:
    """The loans with another first due date, and another day from which interest runs: no later than it.

    Due dates are counted from the first by the loans' rules; a ``last_due`` is lost.

    Examples
    --------
    >>> loans = Loans.from_columns(
    ...     principal=["900"],
    ...     annual_rate="0.12",
    ...     original_term=12,
    ...     elapsed=3,
    ...     unpaid=9,
    ...     next_due="2026-01-31",
    ... )
    >>> later = beginning(loans, np.array(["2026-03-15"], "M8[D]"), np.array(["2026-03-01"], "M8[D]"))
    >>> later.one(0).start.isoformat(), loans.one(0).start
    ('2026-03-01', None)
    """
    rows = np.arange(len(loans))
    moved = loans.replace(
        next_due=next_due, start=start, last_due=np.full(len(loans), np.datetime64("NaT", "D"))
    )
    before = np.full(len(rows), -1)
    plain, (counted, _) = (
        moved.unshifted(rows, before),
        moved.counted_to(rows, before, np.zeros(len(rows), np.bool_)),
    )
    late = ((moved.stub == 1) & (start > counted)).astype(np.int64)
    return moved.replace(whole=(start == plain) | (start == counted), late=late)


def on_grid(loans: Loans, due: Days) -> tuple[Bools, Days]:
    """Where days are due dates of the loans, and what those were before they were moved to business days."""
    rows = np.arange(len(loans))
    known, out, before = np.zeros(len(rows), np.bool_), due.copy(), loans.due_by(due) - 1
    for k in (before, before + 1):
        mine = loans.due(rows, k, np.zeros(len(rows), np.bool_)) == due
        out = np.where(mine & ~known, loans.unshifted(rows, k), out)
        known |= mine
    return known, out


def same_days(loans: Loans, rows: Ints, next_due: Days, screen: Screen) -> tuple[tuple[DueDates, ...], Ints]:
    """Rules by which due dates counted from later ones stay the same, and which of them each loan has.

    Parameters
    ----------
    loans
        The batch; ``next_due`` is what its due dates are counted from.
    rows
        The loans that are looked at.
    next_due
        Of all loans: the later due date that they are to be counted from.
    screen
        Of the batch; a fault where due dates twice a month can't be counted from it.
    """
    laws, which = list(loans.due_dates), loans.due_index.copy()
    often, law = loans.frequency[rows], loans.due_index[rows]
    _, anchor, length = civil(loans.next_due[rows])
    by_month, half = MONTHS_OF[often] > 0, (MONTHS_OF[often] == 0) & (DAYS_OF[often] == 0)
    ends = np.array([each.month_end for each in laws])[law]
    kept = ends & ((anchor == length) | (half & (anchor == MID)))
    free = ~kept & np.array([each.given is None and each.day is None for each in laws])[law]
    # What isn't at a month's end must not look as if it were, nor be cut for good.
    day = np.where(free & by_month & (anchor > LAST_SAFE_DAY), anchor, 0)
    changed = free & (ends | (day > 0))
    for number, on in {*zip(law[changed].tolist(), day[changed].tolist(), strict=True)}:
        which[rows[changed & (law == number) & (day == on)]] = len(laws)
        laws.append(replace(laws[number], month_end=False, day=on or laws[number].day))
    # Twice a month each date is counted from the other: not from one that a short month has moved.
    half &= free
    now, other = civil(next_due[rows])[1], np.where(anchor > MID, anchor - MID, anchor + MID)
    half &= (now != anchor) & ((now != other) | (anchor > 2 * MID))
    lost = np.zeros(len(loans), np.bool_)
    lost[rows[half]] = True
    screen.fault(lost, Code.OUT_OF_RANGE, "next_due", loans.next_due, _COUNTED)
    return tuple(laws), which
