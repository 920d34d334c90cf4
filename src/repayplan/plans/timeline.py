"""The dates that interest is counted between, period by period, once for all loans that share them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from repayplan.basics.dates import Days
from repayplan.basics.outcome import Bools, Ints, alike, any_of, largest, span
from repayplan.plans.loan import Loans

NAT = np.datetime64("NaT", "D")


@dataclass(frozen=True, slots=True)
class Timeline:
    """Dates of some loans.

    Attributes
    ----------
    start
        datetime64[D] (openings): where interest starts; loans of one opening have the same first period.
    opening
        int64; which of the openings each loan has.
    opener
        int64; a loan of each opening, by its place among those asked for.
    ends
        datetime64[D] (periods, calendars): where each period ends; loans of one opening share it.
    calendar
        int64; which of the calendars each loan has.
    loan
        int64; a loan of each calendar.
    sound
        int64 (loans); how many due dates from the first on are known, neither beyond the business-day
        calendar nor the dates given, and follow each other.
    """

    start: Days
    opening: Ints
    opener: Ints
    ends: Days
    calendar: Ints
    loan: Ints
    sound: Ints

    @property
    def dates(self) -> Days:
        """Where interest starts, then where each period ends: of calendars whose loans share the opening."""
        return np.vstack((self.start[self.opening[self.loan]], self.ends))


def timeline(loans: Loans, rows: Ints, term: Ints, *, by_term: bool) -> Timeline:
    """Dates of the loans ``rows``, each over its ``term`` (int64, rows of its plan).

    ``by_term``: loans share a calendar only where they share their term too. Beyond a loan's own term
    the dates go on as the longest one's do.
    """
    at = span(rows)
    dated, columns = ~np.isnat(loans.last_due[at]), [loans.dating[at]]
    if by_term or any_of(dated):
        # Two loans share their last date only where they share its place.
        columns.append(np.where(dated | by_term, term, 0))
    opener, opening = alike(*columns)
    start = loans.start[rows[opener]]
    first = of = np.zeros(1, np.int64)
    if len(opener) > 1:
        calendars = loans.due_columns(rows[opener])
        first, of = alike(*calendars, *(column[opener] for column in columns[1:]))
    loan, calendar = opener[first], of[opening]
    who = rows[loan]
    k = np.arange(largest(term))[:, None]
    final = dated[loan]
    if any_of(final):
        final = final & (k == term[loan] - 1)
    ends, beyond = loans.counted_to(who, k, final)
    bad = beyond | np.isnat(ends)
    bad[1:] |= ~(ends[1:] > ends[:-1])
    sound = np.full(len(of), len(bad))
    if any_of(bad):
        sound = np.where(bad.any(axis=0), bad.argmax(axis=0), len(bad))[of]
    sound = np.where(ends[0, of] >= start, sound, 0)  # the first payment may fall due where interest begins
    if not by_term and any_of(sound[opening] < term):
        # What is wrong of a longer plan isn't of this one.
        return timeline(loans, rows, term, by_term=True)
    return Timeline(start, opening, opener, ends, calendar, loan, sound[opening])


def unmoved(loans: Loans, rows: Ints, term: Ints, line: Timeline) -> Days:
    """The ends of a timeline's periods before any of them is moved to a business day."""
    who, k = rows[line.loan], np.arange(len(line.ends))[:, None]
    days, ends = loans.unshifted(who, k), loans.last_due[who]
    return np.where((k == term[line.loan] - 1) & ~np.isnat(ends), ends, days)


def first_fault(loans: Loans, rows: Ints, term: Ints) -> tuple[Ints, Days, Days, Bools]:
    """Of loans whose dates are uncovered or disordered: where that begins.

    Returns
    -------
    tuple
        The period (int64, 0 is the first), its due date (NaT beyond the dates given), the date that its
        interest counts from, and whether it is uncovered.
    """
    period = np.zeros(len(rows), np.int64)
    day, before = np.full(len(rows), NAT), loans.start[rows]
    gone, left = np.zeros(len(rows), np.bool_), np.arange(len(rows))
    for t in range(int(term.max(initial=0))):
        who, k = rows[left], np.full(len(left), t)
        final = ~np.isnat(loans.last_due[who]) & (t == term[left] - 1)
        ends, uncovered = loans.counted_to(who, k, final)
        uncovered |= np.isnat(ends)
        late = ends >= before[left] if t == 0 else ends > before[left]
        bad = uncovered | ~late
        plain = np.where(final, loans.last_due[who], loans.unshifted(who, k))
        at = left[bad]
        period[at], day[at], gone[at] = t, np.where(uncovered, plain, ends)[bad], uncovered[bad]
        left = left[~bad]
        before[left] = ends[~bad]
        if not len(left):
            break
    return period, day, before, gone
