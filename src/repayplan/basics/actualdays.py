"""Actual days as parts of a year: what the ACT conventions make of leap years and of regular periods.

A year is a whole number of units, so that every part of it is one too.
"""

from __future__ import annotations

from functools import cache
from math import gcd, lcm

import numpy as np

from repayplan.basics.dates import DAYS_OF, FREQUENCIES, FREQUENCY_INDEX, MONTHS_OF, Days, civil, shift
from repayplan.basics.errors import Code, InputError
from repayplan.basics.grid import Grid, needed
from repayplan.basics.outcome import Bools, Ints

LONG = 365 * 366
"""Units of a year where a day is 1/365 or 1/366 of it."""
MOST_UNITS = 2**62 // 400
"""A year has at most so many units, for centuries of them to fit int64."""
_MOST_MONTHS = 46
"""Of regular periods up to so many months the units of a year stay below that."""
_ANNUAL, _MONTHLY = FREQUENCY_INDEX["annual"], FREQUENCY_INDEX["monthly"]


def actual(start: Days, end: Days) -> Ints:
    """Days from one date to another."""
    return (end - start).astype(np.int64)


def _year(dates: Days) -> Ints:
    return dates.astype("datetime64[Y]").astype(np.int64) + 1970


def _leap(year: Ints) -> Bools:
    leap: Bools = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    return leap


def _day_of_year(dates: Days) -> Ints:
    """0 on 1 January."""
    day: Ints = (dates - dates.astype("datetime64[Y]").astype("datetime64[D]")).astype(np.int64)
    return day


def _leap_days(first: Days, last: Days) -> Ints:
    """How many 29 Februaries there are from the first day on, before the last."""

    def before(dates: Days) -> Ints:
        year = _year(dates)
        full = year - 1
        return full // 4 - full // 100 + full // 400 + (_leap(year) & (_day_of_year(dates) > 59))

    return before(last) - before(first)


def _leap_days_after(start: Days, end: Days) -> Ints:
    """How many 29 Februaries there are after the start, up to the end itself."""
    one = np.timedelta64(1, "D")
    return _leap_days(start + one, end + one)


def no_leap(start: Days, end: Days) -> Ints:
    """The same without any 29 February."""
    return actual(start, end) - _leap_days_after(start, end)


def _over(days: Ints, long: Bools) -> Ints:
    """Units of days that are 1/366 of a year where it is long, otherwise 1/365."""
    return days * np.where(long, 365, 366)


def act_365l(start: Days, end: Days, grid: Grid | None) -> Ints:
    """ACT/365L, in units of which a year has :data:`LONG`."""
    annual = needed(grid).index == _ANNUAL
    long = _leap_days_after(start, end) > 0 if annual else _leap(_year(end))
    return _over(actual(start, end), long)


def act_act_isda(start: Days, end: Days, _: Grid | None) -> Ints:
    """ACT/ACT ISDA, in units of which a year has :data:`LONG`."""

    def reached(dates: Days) -> Ints:
        year = _year(dates)
        return year * LONG + _over(_day_of_year(dates), _leap(year))

    return reached(end) - reached(start)


def _years_back(end: Days, years: Ints) -> Days:
    back = shift(end, _ANNUAL, -years)
    month, day, length = civil(back)
    late = (years > 0) & (month % 12 == 1) & (day == 28) & (length == 29)
    earlier: Days = back + late.astype("timedelta64[D]")
    return earlier


def act_act_afb(start: Days, end: Days, _: Grid | None) -> Ints:
    """ACT/ACT AFB, in units of which a year has :data:`LONG`."""
    years = (civil(end)[0] - civil(start)[0]) // 12
    years -= _years_back(end, years) < start
    rest = _years_back(end, years)
    return years * LONG + _over(actual(start, rest), _leap_days(start, rest) > 0)


@cache
def _regular(frequency: int) -> tuple[int, int, int]:
    """What a regular period is measured in: ``length`` parts, ``factor`` units each, ``year`` units a year.

    The length is the least common multiple of the days that a regular period can have.
    """
    months, days = int(MONTHS_OF[frequency]), int(DAYS_OF[frequency])
    if days:
        return days, 1, _days_a_year(days)
    # The calendar repeats after 400 years; an anchor up to the 28th is never cut.
    anchors = np.arange("1970-01-28", "1970-02-01", dtype="datetime64[D]")[:, None]
    step = _MONTHLY if months else frequency
    due = shift(anchors, step, np.arange(400 * 24 + months + 1))
    apart = months or 1
    length = lcm(*np.unique(actual(due[:, :-apart], due[:, apart:])).tolist())
    share = FREQUENCIES[frequency].year_share
    common = gcd(share.numerator, length)
    year = length * share.denominator // common
    if year > MOST_UNITS:
        rule = "regular periods of this frequency have too many lengths for one denominator in int64"
        name, most = FREQUENCIES[frequency].name, FREQUENCIES[_MOST_MONTHS - 1].name
        raise InputError(Code.BEYOND_DOMAIN, "grid.frequency", name, rule, limit=most)
    return length, share.numerator // common, year


def _days_a_year(days: int) -> int:
    """A week is 1/52 of a year; days that make no whole weeks are days of 365."""
    return 364 if days % 7 == 0 else 365


def _reached(dates: Days, grid: Grid, length: int) -> tuple[Ints, Ints]:
    """Where dates stand on the grid: whole periods since the anchor, and parts of the next."""
    months = int(MONTHS_OF[grid.index])
    since = civil(dates)[0] - civil(grid.anchor)[0]
    k = since // months if months else 2 * since + 1
    for _ in range(1 if months else 3):  # half months may be three too many
        k = k - (grid.due(k) > dates)
    previous = grid.due(k)
    return k, actual(previous, dates) * (length // actual(previous, grid.due(k + 1)))


def act_act_icma(start: Days, end: Days, grid: Grid | None) -> Ints:
    """ACT/ACT ICMA, in units of which a year has :func:`icma_year`."""
    grid = needed(grid)
    length, factor, _ = _regular(grid.index)
    if DAYS_OF[grid.index]:
        return actual(start, end)
    first, parts_before = _reached(start, grid, length)
    last, parts = _reached(end, grid, length)
    return ((last - first) * length + parts - parts_before) * factor


def icma_year(grid: Grid | None) -> int:
    """Units of a year in which the days of every regular period of a grid are whole."""
    return _regular(needed(grid).index)[2]
