"""Day counts as values in a table: the part of a year that a period is, exactly, and the rule's source."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from repayplan.basics.actualdays import (
    LONG,
    act_365l,
    act_act_afb,
    act_act_icma,
    act_act_isda,
    actual,
    icma_year,
    no_leap,
)
from repayplan.basics.dates import Days
from repayplan.basics.errors import Code, InputError
from repayplan.basics.grid import Day, Grid, needed, one_day
from repayplan.basics.outcome import Ints, any_of
from repayplan.basics.thirtydays import bond_basis, european, german, us_month_end


@dataclass(frozen=True, slots=True)
class DayCount:
    """One convention; anybody's own is a value like those of the table.

    Attributes
    ----------
    name
        As written in files.
    days
        ``days(start, end)`` over datetime64[D] arrays: the days counted, int64.
    year
        The denominator: days in the year; 0 where that depends on the dates (see :meth:`units`);
        None where whole periods are counted instead of days.
    text, source
        The rule in words, and where it is written.
    numerator
        ``numerator(start, end, grid)``: what :meth:`units` gives; None where that is the days.
    whole_year
        ``whole_year(grid)``: what :meth:`denominator` gives; None where that is ``year``.
    on_grid
        Whether the numerators or the denominator depend on the grid.
    undivided
        Whether a part of a period, between changes of the rate or of the principal, counts its days as the
        whole period does; then a period's units are its days times a whole number.

    Raises
    ------
    InputError
        A ``year`` of 0 without the two functions that take its place, or a negative one.

    Examples
    --------
    >>> bond = DAY_COUNTS[DAY_COUNT_INDEX["30/360"]]
    >>> start, end = np.array(["2008-02-28"], "datetime64[D]"), np.array(["2008-08-31"], "datetime64[D]")
    >>> bond.days(start, end)
    array([183])

    One's own, over 366 days whatever the year:

    >>> own = DayCount("ACT/366", lambda start, end: (end - start).astype(np.int64), 366, "", "")
    >>> own.units(start, end), own.denominator()
    (array([185]), 366)
    """

    name: str
    days: Callable[[Days, Days], Ints]
    year: int | None
    text: str
    source: str
    numerator: Callable[[Days, Days, Grid | None], Ints] | None = None
    whole_year: Callable[[Grid | None], int] | None = None
    on_grid: bool = False
    undivided: bool = False

    def __post_init__(self) -> None:
        if self.year is not None and (isinstance(self.year, bool) or not isinstance(self.year, int)):
            raise InputError(Code.UNKNOWN_VALUE, "day_count", self.year, "a year of whole days, 365 say")
        fixed = self.whole_year is None
        if self.year is not None and (self.year < 0 or fixed != (self.year > 0)):
            rule = "days in the year; 0 with whole_year, and only then"
            raise InputError(Code.OUT_OF_RANGE, "year", self.year, rule)
        if self.numerator is None and not fixed:
            raise InputError(Code.MISSING, "numerator", rule="what whole_year is the denominator of")

    def units(self, start: Days, end: Days, grid: Grid | None = None) -> Ints:
        """Numerators of the year fractions of a table of periods, over one :meth:`denominator`.

        Parameters
        ----------
        start, end
            datetime64[D], broadcast against each other; no end before its start (not checked here: a
            table may hold rows that are refused for it).
        grid
            The regular due dates; needed where ``on_grid``, not looked at otherwise.

        Returns
        -------
        int64, of the broadcast shape. Exact: nothing is rounded. 0 where a date is NaT.

        Raises
        ------
        InputError
            The grid is missing; fewer than 0 are counted from a date to a later one; the day count is
            ``periods``, which counts whole periods; periods of so many months that ``ACT/ACT ICMA``
            has no denominator in int64 for them.

        Examples
        --------
        >>> count = DAY_COUNTS[DAY_COUNT_INDEX["ACT/ACT ISDA"]]
        >>> due = np.array(["2023-07-01", "2024-01-01", "2024-07-01"], "datetime64[D]")
        >>> count.units(due[:-1], due[1:]) / count.denominator()
        array([0.50410959, 0.49726776])
        """
        missing = np.isnat(start) | np.isnat(end)
        if any_of(missing):
            # From a day to itself: what arithmetic would make of NaT is no number of units.
            start, end = (np.where(missing, np.datetime64(0, "D"), dates) for dates in (start, end))
        if self.numerator is None:
            self._counts_days()
            counted = self.days_between(start, end)
        else:
            one_each = () if grid is not None else (start, end)  # a grid may tell of more periods
            counted = self._whole(self.numerator(start, end, grid), *one_each)
        if any_of(counted < 0) and any_of((counted < 0) & (end >= start)):  # somebody's own
            rule = "no fewer than 0 from a date to a later one"
            raise InputError(Code.OUT_OF_RANGE, "day_count", self.name, limit=rule)
        return counted

    def days_between(self, start: Days, end: Days) -> Ints:
        """What ``days`` gives, of whatever dates.

        Raises
        ------
        InputError
            That is no array of whole numbers, one for each period.
        """
        return self._whole(self.days(start, end), start, end)

    def _whole(self, counted: Any, *dates: Days) -> Ints:
        """Whole numbers, one a period: nothing else that a function of somebody's own may give."""
        array = np.asarray(counted)
        shapes = {each.shape for each in dates} or {array.shape}
        shape = shapes.pop() if len(shapes) == 1 else np.broadcast_shapes(*shapes)
        if array.dtype.kind not in "iu" or array.shape != shape:
            rule = f"whole numbers (int64), one for each period, and not {array.dtype} of shape {array.shape}"
            raise InputError(Code.UNKNOWN_VALUE, "day_count", self.name, limit=rule)
        return array.astype(np.int64, copy=False)

    def denominator(self, grid: Grid | None = None) -> int:
        """What all :meth:`units` of a call are over.

        Raises
        ------
        InputError
            As :meth:`units`.
        """
        if self.whole_year is not None:
            year: Any = self.whole_year(grid)
            if isinstance(year, bool) or not isinstance(year, (int, np.integer)) or year < 1:
                rule = "a denominator that is a whole number, 1 or more"
                raise InputError(Code.UNKNOWN_VALUE, "day_count", self.name, limit=rule)
            return int(year)
        return self._counts_days()

    def _counts_days(self) -> int:
        if self.year is None:
            rule = "counts whole periods, each its frequency's share of a year, and not days"
            raise InputError(Code.UNKNOWN_VALUE, "day_count", self.name, rule)
        return self.year


def _long_year(_: Grid | None) -> int:
    return LONG


def _german_units(start: Days, end: Days, grid: Grid | None) -> Ints:
    return german(start, end, needed(grid).maturity)


_ISDA = "2006 ISDA Definitions, section 4.16"
_GUIDE = "OpenGamma, Interest Rate Instruments and Market Conventions Guide (2013)"
DAY_COUNTS: tuple[DayCount, ...] = (
    DayCount(
        "periods",
        european,
        None,
        "Every whole period counts its share of a year (a month 1/12, a week 1/52), whatever its days. "
        "A first period that isn't whole: 30E/360 days over 360; where periods are weeks, days over 364, "
        "and other days over 365.",
        "the usual convention of instalment loans",
    ),
    DayCount(
        "30/360",
        bond_basis,
        360,
        "Months have 30 days; day 31 of the start becomes 30, and of the end too if the start is 30 or 31.",
        f"{_ISDA}(f), bond basis",
    ),
    DayCount("30E/360", european, 360, "Months have 30 days; day 31 becomes 30 at both ends.", f"{_ISDA}(g)"),
    DayCount("ACT/360", actual, 360, "Actual days over 360.", f"{_ISDA}(e)"),
    DayCount("ACT/365F", actual, 365, "Actual days over 365, leap years too.", f"{_ISDA}(d)"),
    DayCount(
        "30U/360",
        us_month_end,
        360,
        "As 30/360, and the last day of February of the start becomes 30, of the end too if both are one.",
        "SIA: Mayle, Standard Securities Calculation Methods, volume 1 (1993), for month-end securities",
    ),
    DayCount(
        "30E/360 ISDA",
        german,
        360,
        "Months have 30 days; the last day of any month becomes 30 at both ends, but for an end that is the "
        "maturity on the last day of February.",
        f"{_ISDA}(h)",
        numerator=_german_units,
        on_grid=True,
    ),
    DayCount(
        "ACT/364", actual, 364, "Actual days over 364: 52 weeks.", "OpenGamma Strata, DayCounts.ACT_364"
    ),
    DayCount(
        "ACT/365L",
        actual,
        0,
        "Actual days over 366 where an annual period has a 29 February after its start, up to its end, and "
        "where another ends in a leap year; over 365 otherwise.",
        f"ICMA Rule 251.1(i)(2); {_ISDA}(i)",
        numerator=act_365l,
        undivided=True,
        whole_year=_long_year,
        on_grid=True,
    ),
    DayCount(
        "ACT/ACT ISDA",
        actual,
        0,
        "Days in leap years over 366 plus days in other years over 365, split at 1 January.",
        f"{_ISDA}(b)",
        numerator=act_act_isda,
        whole_year=_long_year,
    ),
    DayCount(
        "ACT/ACT AFB",
        actual,
        0,
        "Whole years counted back from the end (not to a 28 February where there is a 29th); the days left "
        "over 366 if a 29 February is among them, over 365 otherwise.",
        "Association Francaise des Banques (1994), as read by ISDA, "
        "EMU and Market Conventions: Recent Developments (1998)",
        numerator=act_act_afb,
        whole_year=_long_year,
    ),
    DayCount(
        "ACT/ACT ICMA",
        actual,
        0,
        "Actual days over the days of the regular period that they lie in, times periods in the year; "
        "stubs are measured by the regular periods before the first or after the last due date.",
        f"ICMA Rule 251.1(iii); {_ISDA}(c)",
        numerator=act_act_icma,
        whole_year=icma_year,
        on_grid=True,
    ),
    DayCount(
        "NL/365",
        no_leap,
        365,
        "Actual days over 365, a 29 February not counted (after the start, up to the end).",
        f"{_GUIDE}, NL/365",
    ),
)
"""Every day count; arrays hold the index."""
DAY_COUNT_INDEX: dict[str, int] = {d.name: i for i, d in enumerate(DAY_COUNTS)}


def year_fraction(start: Day, end: Day, day_count: str | DayCount, *, grid: Grid | None = None) -> Fraction:
    """The part of a year from one date to another, exactly.

    Parameters
    ----------
    start, end
        Dates, or text (YYYY-MM-DD); the end not before the start.
    day_count
        A name of :data:`DAY_COUNTS`, or one's own.
    grid
        The regular due dates (:meth:`Grid.of`), for day counts that look at them.

    Raises
    ------
    InputError
        A date that isn't one, dates out of order, a day count that isn't known or is ``periods``, a grid
        that is missing or has more than one row.

    Examples
    --------
    >>> year_fraction("2003-11-01", "2004-05-01", "ACT/360")
    Fraction(91, 180)
    >>> year_fraction("2003-11-01", "2004-05-01", "ACT/ACT ICMA", grid=Grid.of("2004-05-01", "semi-annual"))
    Fraction(1, 2)
    """
    if isinstance(day_count, str):
        if day_count not in DAY_COUNT_INDEX:
            rule = f"one of {', '.join(DAY_COUNT_INDEX)}"
            raise InputError(Code.UNKNOWN_VALUE, "day_count", day_count, rule)
        day_count = DAY_COUNTS[DAY_COUNT_INDEX[day_count]]
    first, last = one_day("start", start), one_day("end", end)
    if last < first:
        raise InputError(Code.DATES_OUT_OF_ORDER, "end", str(last), limit=f">= {first}")
    units = day_count.units(np.array([first]), np.array([last]), grid)
    if units.size != 1:
        raise InputError(Code.OUT_OF_RANGE, "grid", units.size, "one row, as there is one start and one end")
    return Fraction(units.item(), day_count.denominator(grid))
