"""Dates as years, by the rules of annual percentage rates: months, weeks and days."""

from __future__ import annotations

from functools import cache
from math import lcm
from typing import Literal

import numpy as np

from repayplan.basics.dates import FIRST_YEAR, FREQUENCY_INDEX, LAST_YEAR, civil, shift
from repayplan.basics.outcome import Bools, Ints

Year = Literal["365 days", "12 months", "52 weeks", "equal periods"]
"""How dates become years; see :func:`effective_rate`."""
YEAR_UNITS = lcm(12, 52, 365, 366)
"""Units of a year in which months, weeks, and days of common and leap years are whole."""
_ANNUAL = FREQUENCY_INDEX["annual"]


@cache
def _calendar() -> tuple[int, Ints, Ints, Ints, int, Ints]:
    """First day; month, day and length of the month of every day; first month; first day of every month."""
    begin, end = np.datetime64(f"{FIRST_YEAR}-01-01"), np.datetime64(f"{LAST_YEAR + 1}-03-01")
    days = np.arange(begin, end)
    month, day, length = civil(days)
    heads = np.unique(days.astype("datetime64[M]")).astype("datetime64[D]").astype(np.int64)
    return int(begin.astype(np.int64)), month, day, length, int(month[0]), heads


def civil_of(days: Ints) -> tuple[Ints, Ints, Ints]:
    """As :func:`~repayplan.basics.dates.civil`, of days since 1970 and from a table."""
    begin, month, day, length, _, _ = _calendar()
    at = days - begin
    return month[at], day[at], length[at]


def _day_of(month: Ints, day: Ints) -> Ints:
    """A day of a month, cut to its length."""
    _, _, _, _, begin, heads = _calendar()
    head = heads[month - begin]
    out: Ints = head + np.minimum(day, heads[month - begin + 1] - head) - 1
    return out


def year_before(days: Ints, years: Ints | int) -> Ints:
    """The day some years earlier, cut to the length of its month."""
    back: Ints = shift(days.astype("datetime64[D]"), _ANNUAL, -np.asarray(years)).astype(np.int64)
    return back


def full_months(days: Ints, first: Ints, offsets: Ints, series: Bools) -> tuple[Ints, Ints, Ints]:
    """Full months counted back from each day towards the first, the days left, and the day reached.

    Days of a loan's ``series`` that all fall on one day of the month (cut to its length) count from that
    day; at least two that are all the last of their month, from the last. Other days from their own.
    """
    count, begin = np.diff(offsets), offsets[:-1]
    month, day, length = civil_of(days)
    from_month, from_day, from_length = civil_of(first)
    nominal = np.maximum.reduceat(np.where(series, day, 0), begin)
    fits = np.logical_and.reduceat(~series | (day == np.minimum(np.repeat(nominal, count), length)), begin)
    last = np.logical_and.reduceat(~series | (day == length), begin)
    last &= (np.add.reduceat(series.astype(np.int64), begin) > 1) & (from_day != nominal)
    nominal = np.where(last, 31, nominal)
    day = np.where(np.repeat(fits, count) & series, np.repeat(nominal, count), day)
    late = np.minimum(day, np.repeat(from_length, count)) < np.repeat(from_day, count)
    reached = np.repeat(from_month, count) + late
    start = np.repeat(first, count)
    point = np.where(days == start, start, _day_of(reached, day))
    return np.where(days == start, 0, month - reached), point - start, point


def _weekly(passed: Ints, rest: Ints, offsets: Ints) -> Bools:
    """Loans measured in weeks: see ``equal periods`` in :func:`apr_eu`."""
    begin, count, later = offsets[:-1], np.diff(offsets), passed > 0
    by_month = np.logical_and.reduceat(rest == 0, begin)
    by_week = np.logical_and.reduceat(passed % 7 == 0, begin)
    # Of dates on one day of the month, as many days are left.
    most = np.repeat(np.maximum.reduceat(rest, begin), count)
    alike = np.logical_and.reduceat(~later | (rest == most), begin)
    end = np.repeat(np.maximum.reduceat(passed, begin), count)
    spaced = np.logical_and.reduceat(~later | ((end - passed) % 7 == 0), begin)
    out: Bools = ~by_month & (by_week | (spaced & ~alike))
    return out


def in_years(days: Ints, first: Ints, offsets: Ints, year: Year) -> Ints:
    """Time from the first day in units of a year."""
    start = np.repeat(first, np.diff(offsets))
    passed = days - start
    if year == "365 days":
        return passed * (YEAR_UNITS // 365)
    months, rest, point = full_months(days, first, offsets, passed > 0)
    time = months * (YEAR_UNITS // 12)
    if year != "12 months":
        weekly = np.ones(len(first), np.bool_) if year == "52 weeks" else _weekly(passed, rest, offsets)
        if weekly.any():
            rows = np.repeat(weekly, np.diff(offsets))
            time = np.where(rows, passed // 7 * (YEAR_UNITS // 52), time)
            rest = np.where(rows, passed % 7, rest)
            point = start + rest
    left = np.flatnonzero(rest)
    end = point[left]
    time[left] += rest[left] * (YEAR_UNITS // (end - year_before(end, 1)))
    return time
