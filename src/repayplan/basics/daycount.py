"""Day counts as values in a table: the part of a year that a period is, exactly, and the rule's source."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache
from math import gcd, lcm

import numpy as np
import numpy.typing as npt

from repayplan.basics.dates import (
    DAYS_OF,
    FIRST_YEAR,
    FREQUENCIES,
    FREQUENCY_INDEX,
    FREQUENCY_NAMES,
    LAST_YEAR,
    MONTHS_OF,
    Days,
    civil,
    shift,
)
from repayplan.basics.errors import Code, InputError

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Day = date | str | np.datetime64

LONG = 365 * 366
"""Units of a year where a day is 1/365 or 1/366 of it."""
MOST_UNITS = 2**62 // 400
"""A year has at most so many units, for centuries of them to fit int64."""
_MOST_MONTHS = 46
"""Of regular periods up to so many months the units of a year stay below that."""
_ANNUAL, _MONTHLY = FREQUENCY_INDEX["annual"], FREQUENCY_INDEX["monthly"]
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ]00:00:00(\.0+)?)?")


def _day(field: str, value: Day | None) -> np.datetime64:
    """One date given by a person."""
    if value is None or str(value) in ("", "NaT"):
        raise InputError(Code.MISSING, field)
    try:
        if not _ISO.fullmatch(str(value)):
            raise ValueError
        day = np.datetime64(str(value)[:10], "D")
    except ValueError:
        raise InputError(Code.NOT_A_DATE, field, value, "a date, or YYYY-MM-DD") from None
    if not FIRST_YEAR <= day.item().year <= LAST_YEAR:
        raise InputError(Code.OUT_OF_RANGE, field, value, f"a year from {FIRST_YEAR} to {LAST_YEAR}")
    return day


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """The regular due dates that a period lies among: anchor + k periods, for every whole k.

    Arrays are broadcast against start and end. One grid has one frequency, so that all year fractions
    of a call have one denominator.

    Attributes
    ----------
    anchor
        datetime64[D]; one of the regular due dates of each row.
    frequency
        int; index into :data:`~repayplan.basics.dates.FREQUENCIES`, the same for all rows.
    month_end
        bool, for all or one a row; whether an anchor on the last day of its month means the last day
        of every month (28 Feb, 31 May, 31 Aug; otherwise 28 Feb, 28 May, 28 Aug).
    maturity
        datetime64[D]; the last due date of each row, NaT (or None for all) where no period ends with it.

    Raises
    ------
    InputError
        Rows of different frequencies, or none (``grid.frequency``); an anchor that is missing; dates that
        aren't datetime64[D].

    Examples
    --------
    >>> grid = Grid.of("2025-11-30", "quarterly", month_end=True)
    >>> grid.due(np.array([-1, 0, 1, 2]))
    array(['2025-08-31', '2025-11-30', '2026-02-28', '2026-05-31'], dtype='datetime64[D]')
    """

    anchor: Days
    frequency: npt.NDArray[np.integer]
    month_end: bool | Bools = False
    maturity: Days | None = None

    def __post_init__(self) -> None:
        often = np.asarray(self.frequency)
        if often.dtype.kind not in "iu" or not often.size:
            raise InputError(Code.MISSING, "grid.frequency", rule="an index into FREQUENCIES for each row")
        if often.min() != often.max():
            rule = "one frequency for all rows of a grid: a call's year fractions have one denominator"
            raise InputError(Code.UNKNOWN_VALUE, "grid.frequency", np.unique(often).tolist(), rule)
        if not 0 <= often.flat[0] < len(FREQUENCIES):
            rule = f"an index into FREQUENCIES, 0 to {len(FREQUENCIES) - 1}"
            raise InputError(Code.UNKNOWN_VALUE, "grid.frequency", int(often.flat[0]), rule)
        for name in ("anchor", "maturity"):
            dates = getattr(self, name)
            if dates is not None and np.asarray(dates).dtype != np.dtype("datetime64[D]"):
                raise InputError(Code.NOT_A_DATE, f"grid.{name}", np.asarray(dates).dtype, "datetime64[D]")
        if np.isnat(self.anchor).any():
            raise InputError(Code.MISSING, "grid.anchor")

    @classmethod
    def of(cls, anchor: Day, frequency: str, *, month_end: bool = False, maturity: Day | None = None) -> Grid:
        """The grid of one loan, from what a person writes.

        Parameters
        ----------
        anchor, maturity
            Dates, or text (YYYY-MM-DD).
        frequency
            A name, such as ``"semi-annual"``.
        month_end
            See :class:`Grid`.

        Raises
        ------
        InputError
            A date that isn't one, or a frequency that isn't known.
        """
        if frequency not in FREQUENCY_INDEX:
            raise InputError(Code.UNKNOWN_VALUE, "grid.frequency", frequency, limit=FREQUENCY_NAMES)
        ends = None if maturity is None else np.array([_day("grid.maturity", maturity)])
        often = np.array([FREQUENCY_INDEX[frequency]])
        return cls(np.array([_day("grid.anchor", anchor)]), often, month_end, ends)

    @property
    def index(self) -> int:
        """The frequency that all rows share, as an index into ``FREQUENCIES``."""
        return int(np.asarray(self.frequency).flat[0])

    def due(self, k: npt.ArrayLike) -> Days:
        """datetime64[D]; the regular due date ``k`` periods after the anchor, broadcast against it."""
        return shift(self.anchor, self.index, k, month_end=self.month_end)


def _given(grid: Grid | None) -> Grid:
    if grid is None:
        raise InputError(Code.MISSING, "grid", rule="the regular due dates, which this day count looks at")
    return grid


# Months of 30 days


def _february_end(month: Ints, day: Ints, length: Ints) -> Bools:
    last: Bools = (month % 12 == 1) & (day == length)
    return last


def _bond(start: Days, end: Days) -> Ints:
    m1, d1, _ = civil(start)
    m2, d2, _ = civil(end)
    return (m2 - m1) * 30 + np.where((d2 == 31) & (d1 >= 30), 30, d2) - np.minimum(d1, 30)


def _us(start: Days, end: Days) -> Ints:
    m1, d1, n1 = civil(start)
    m2, d2, n2 = civil(end)
    february = _february_end(m1, d1, n1)
    d1 = np.where(february, 30, np.minimum(d1, 30))
    both = february & _february_end(m2, d2, n2)
    return (m2 - m1) * 30 + np.where(both | ((d2 == 31) & (d1 == 30)), 30, d2) - d1


def _european(start: Days, end: Days) -> Ints:
    m1, d1, _ = civil(start)
    m2, d2, _ = civil(end)
    return (m2 - m1) * 30 + np.minimum(d2, 30) - np.minimum(d1, 30)


def _german(start: Days, end: Days, maturity: Days | None = None) -> Ints:
    m1, d1, n1 = civil(start)
    m2, d2, n2 = civil(end)
    d1 = np.where(_february_end(m1, d1, n1), 30, np.minimum(d1, 30))
    february = _february_end(m2, d2, n2)
    if maturity is not None:
        february = february & (end != maturity)
    d2 = np.where(february, 30, np.minimum(d2, 30))
    # From a maturity on 28 February to itself the rule alone would count 28 - 30.
    return np.where(start == end, 0, (m2 - m1) * 30 + d2 - d1)


# Actual days


def _actual(start: Days, end: Days) -> Ints:
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


def _no_leap(start: Days, end: Days) -> Ints:
    return _actual(start, end) - _leap_days_after(start, end)


def _over(days: Ints, long: Bools) -> Ints:
    """Units of days that are 1/366 of a year where it is long, otherwise 1/365."""
    return days * np.where(long, 365, 366)


def _act_365l(start: Days, end: Days, grid: Grid | None) -> Ints:
    annual = _given(grid).index == _ANNUAL
    long = _leap_days_after(start, end) > 0 if annual else _leap(_year(end))
    return _over(_actual(start, end), long)


def _isda(start: Days, end: Days, _: Grid | None) -> Ints:
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


def _afb(start: Days, end: Days, _: Grid | None) -> Ints:
    years = (civil(end)[0] - civil(start)[0]) // 12
    years -= _years_back(end, years) < start
    rest = _years_back(end, years)
    return years * LONG + _over(_actual(start, rest), _leap_days(start, rest) > 0)


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
    length = lcm(*np.unique(_actual(due[:, :-apart], due[:, apart:])).tolist())
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
    return k, _actual(previous, dates) * (length // _actual(previous, grid.due(k + 1)))


def _icma(start: Days, end: Days, grid: Grid | None) -> Ints:
    grid = _given(grid)
    length, factor, _ = _regular(grid.index)
    if DAYS_OF[grid.index]:
        return _actual(start, end)
    first, parts_before = _reached(start, grid, length)
    last, parts = _reached(end, grid, length)
    return ((last - first) * length + parts - parts_before) * factor


def _icma_year(grid: Grid | None) -> int:
    return _regular(_given(grid).index)[2]


# The table


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

    def __post_init__(self) -> None:
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
            The grid is missing; the day count is ``periods``, which counts whole periods; periods of so
            many months that ``ACT/ACT ICMA`` has no denominator in int64 for them.

        Examples
        --------
        >>> count = DAY_COUNTS[DAY_COUNT_INDEX["ACT/ACT ISDA"]]
        >>> due = np.array(["2023-07-01", "2024-01-01", "2024-07-01"], "datetime64[D]")
        >>> count.units(due[:-1], due[1:]) / count.denominator()
        array([0.50410959, 0.49726776])
        """
        missing = np.isnat(start) | np.isnat(end)
        if missing.any():
            # From a day to itself: what arithmetic would make of NaT is no number of units.
            start, end = (np.where(missing, np.datetime64(0, "D"), dates) for dates in (start, end))
        if self.numerator is not None:
            return self.numerator(start, end, grid)
        self._counts_days()
        return self.days(start, end)

    def denominator(self, grid: Grid | None = None) -> int:
        """What all :meth:`units` of a call are over.

        Raises
        ------
        InputError
            As :meth:`units`.
        """
        if self.whole_year is not None:
            return self.whole_year(grid)
        return self._counts_days()

    def _counts_days(self) -> int:
        if self.year is None:
            rule = "counts whole periods, each its frequency's share of a year, and not days"
            raise InputError(Code.UNKNOWN_VALUE, "day_count", self.name, rule)
        return self.year


def _long_year(_: Grid | None) -> int:
    return LONG


def _german_units(start: Days, end: Days, grid: Grid | None) -> Ints:
    return _german(start, end, _given(grid).maturity)


_ISDA = "2006 ISDA Definitions, section 4.16"
_GUIDE = "OpenGamma, Interest Rate Instruments and Market Conventions Guide (2013)"
DAY_COUNTS: tuple[DayCount, ...] = (
    DayCount(
        "periods",
        _european,
        None,
        "Every whole period counts its share of a year (a month 1/12, a week 1/52), whatever its days. "
        "A first period that isn't whole: 30E/360 days over 360; where periods are weeks, days over 364, "
        "and other days over 365.",
        "the usual convention of instalment loans",
    ),
    DayCount(
        "30/360",
        _bond,
        360,
        "Months have 30 days; day 31 of the start becomes 30, and of the end too if the start is 30 or 31.",
        f"{_ISDA}(f), bond basis",
    ),
    DayCount(
        "30E/360", _european, 360, "Months have 30 days; day 31 becomes 30 at both ends.", f"{_ISDA}(g)"
    ),
    DayCount("ACT/360", _actual, 360, "Actual days over 360.", f"{_ISDA}(e)"),
    DayCount("ACT/365F", _actual, 365, "Actual days over 365, leap years too.", f"{_ISDA}(d)"),
    DayCount(
        "30U/360",
        _us,
        360,
        "As 30/360, and the last day of February of the start becomes 30, of the end too if both are one.",
        "SIA: Mayle, Standard Securities Calculation Methods, volume 1 (1993), for month-end securities",
    ),
    DayCount(
        "30E/360 ISDA",
        _german,
        360,
        "Months have 30 days; the last day of any month becomes 30 at both ends, but for an end that is the "
        "maturity on the last day of February.",
        f"{_ISDA}(h)",
        numerator=_german_units,
        on_grid=True,
    ),
    DayCount(
        "ACT/364", _actual, 364, "Actual days over 364: 52 weeks.", "OpenGamma Strata, DayCounts.ACT_364"
    ),
    DayCount(
        "ACT/365L",
        _actual,
        0,
        "Actual days over 366 where an annual period has a 29 February after its start, up to its end, and "
        "where another ends in a leap year; over 365 otherwise.",
        f"ICMA Rule 251.1(i)(2); {_ISDA}(i)",
        numerator=_act_365l,
        whole_year=_long_year,
        on_grid=True,
    ),
    DayCount(
        "ACT/ACT ISDA",
        _actual,
        0,
        "Days in leap years over 366 plus days in other years over 365, split at 1 January.",
        f"{_ISDA}(b)",
        numerator=_isda,
        whole_year=_long_year,
    ),
    DayCount(
        "ACT/ACT AFB",
        _actual,
        0,
        "Whole years counted back from the end (not to a 28 February where there is a 29th); the days left "
        "over 366 if a 29 February is among them, over 365 otherwise.",
        "Association Francaise des Banques (1994), as read by ISDA, "
        "EMU and Market Conventions: Recent Developments (1998)",
        numerator=_afb,
        whole_year=_long_year,
    ),
    DayCount(
        "ACT/ACT ICMA",
        _actual,
        0,
        "Actual days over the days of the regular period that they lie in, times periods in the year; "
        "stubs are measured by the regular periods before the first or after the last due date.",
        f"ICMA Rule 251.1(iii); {_ISDA}(c)",
        numerator=_icma,
        whole_year=_icma_year,
        on_grid=True,
    ),
    DayCount(
        "NL/365",
        _no_leap,
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
    first, last = _day("start", start), _day("end", end)
    if last < first:
        raise InputError(Code.DATES_OUT_OF_ORDER, "end", str(last), limit=f">= {first}")
    units = day_count.units(np.array([first]), np.array([last]), grid)
    if units.size != 1:
        raise InputError(Code.OUT_OF_RANGE, "grid", units.size, "one row, as there is one start and one end")
    return Fraction(units.item(), day_count.denominator(grid))
