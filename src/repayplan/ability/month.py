"""Amounts by the month, and months as numbers."""

from __future__ import annotations

from datetime import date

import numpy as np

from repayplan.basics.dates import PERIOD_MONTHS_DEN, PERIOD_MONTHS_NUM, Days, civil
from repayplan.basics.outcome import Bools, Ints
from repayplan.kernel.accrue import divide_product

MAX_MONTHLY = 2**59
"""No figure a month may exceed this many minor units: a year of it still fits int64."""
EVER = 2**40
"""In place of a month, counted from 1970-01, where there is no first (less 0) or last."""


def monthly(amount: Ints, frequency: Ints, *, up: bool) -> Ints:
    """Amounts of any frequency by the month, rounded once: up for outgoings, down for income.

    A week is 12/52 of a month, so a weekly amount counts 52/12 times.

    Examples
    --------
    >>> from repayplan.basics.dates import FREQUENCY_INDEX
    >>> week = np.array([FREQUENCY_INDEX["weekly"]])
    >>> monthly(np.array([10000]), week, up=False), monthly(np.array([10000]), week, up=True)
    (array([43333]), array([43334]))
    """
    quotient, rest = divide_product(amount, PERIOD_MONTHS_DEN[frequency], PERIOD_MONTHS_NUM[frequency])
    return quotient + (rest > 0) if up else quotient


def month_of(dates: Days) -> Ints:
    """Months since 1970-01 of dates, none of which is missing."""
    return civil(dates)[0]


def month_number(day: date) -> int:
    """Months since 1970-01 of one date."""
    return (day.year - 1970) * 12 + day.month - 1


def month_begin(month: int) -> date:
    """The first day of a month counted since 1970-01."""
    return date(1970 + month // 12, month % 12 + 1, 1)


def months_within(start: Days, until: Days, begun: Bools, ended: Bools) -> tuple[Ints, Ints]:
    """The first and the last month in which something counts that is there from one day until another.

    Parameters
    ----------
    start, until
        datetime64[D]; NaT where there is no such day. Both days belong to it.
    begun, ended
        Where it counts only from the first, or until the last, month that it covers wholly, as income does;
        elsewhere from or until the one that it touches, as a cost does.

    Returns
    -------
    first, last
        int64 months since 1970-01; the last is before the first where there is no such month.

    Examples
    --------
    >>> start, until = (np.array([day] * 2, "datetime64[D]") for day in ("2026-01-02", "2026-03-30"))
    >>> whole = np.array([True, False])
    >>> first, last = months_within(start, until, whole, whole)
    >>> (first - 56 * 12).tolist(), (last - 56 * 12).tolist()
    ([1, 0], [1, 2])
    """
    epoch = np.datetime64(0, "D")
    none_first, none_last = np.isnat(start), np.isnat(until)
    first, day, _ = civil(np.where(none_first, epoch, start))
    last, end, length = civil(np.where(none_last, epoch, until))
    first = np.where(none_first, -EVER, first + (begun & (day > 1)))
    return first, np.where(none_last, EVER, last - (ended & (end < length)))
