"""The dates that interest is counted between, period by period, once for all loans that share them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from repayplan.basics.dates import Days
from repayplan.basics.outcome import Bools, Ints, span
from repayplan.plans.loan import Loans

NAT = np.datetime64("NaT", "D")


@dataclass(frozen=True, slots=True)
class Timeline:
    """Dates of some loans.

    Attributes
    ----------
    dates
        datetime64[D] (periods + 1, calendars): where interest starts, then where each period ends.
    calendar
        int64; which of the calendars each loan has.
    loan
        int64; a loan of each calendar, by its place among those asked for.
    uncovered, disordered
        bool (loans); a due date lies beyond the business-day calendar or the dates given; dates don't
        follow each other.
    """

    dates: Days
    calendar: Ints
    loan: Ints
    uncovered: Bools
    disordered: Bools


def timeline(loans: Loans, rows: Ints, term: Ints, *, by_term: bool) -> Timeline:
    """Dates of the loans ``rows``, each over its ``term`` (int64, rows of its plan).

    ``by_term``: loans share a calendar only where they share their term too. Beyond a loan's own term
    the dates go on as the longest one's do.
    """
    at = span(rows)
    start, anchor = loans.start[at], loans.next_due[at]
    key = loans.due_index[at] << 20 | (start.astype(np.int64) + 2**19)
    key = (key << 14 | (anchor - start).astype(np.int64)) << 10
    key |= (loans.frequency[at] << 1) | loans.late[at]
    ends = loans.last_due[at]
    dated = ~np.isnat(ends)
    if dated.any() or by_term:
        # Two loans share their last date only where they share its place.
        end = np.where(dated, ends.astype(np.int64) + 2**19, 0) << 12 | np.where(dated | by_term, term, 0)
        key = np.unique(key, return_inverse=True)[1] * len(rows) + np.unique(end, return_inverse=True)[1]
    _, loan, calendar = np.unique(key, return_index=True, return_inverse=True)
    who = rows[loan]
    k = np.arange(-1, int(term.max()))[:, None]
    final = dated[loan] & (k == term[loan] - 1)
    dates, uncovered = loans.counted_to(who, k, final)
    dates[0], uncovered[0] = loans.start[who], False
    own = np.asarray(np.arange(len(dates))[:, None] <= _longest(term, calendar, len(loan)), np.bool_)
    day = dates.astype(np.int64)
    late = np.diff(day, axis=0) > 0
    missing = (uncovered | np.isnat(dates)) & own
    uncovered_ones = np.asarray(missing.any(axis=0))
    disordered_ones = np.asarray((~late & own[1:]).any(axis=0))
    return Timeline(dates, calendar, loan, uncovered_ones[calendar], disordered_ones[calendar])


def _longest(term: Ints, calendar: Ints, count: int) -> Ints:
    """The longest term of the loans of each calendar."""
    out = np.zeros(count, np.int64)
    np.maximum.at(out, calendar, term)
    return out
