"""Calendars: which dates banks are open on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from repayplan.basics.arguments import one_value
from repayplan.basics.columns import Screen
from repayplan.basics.dates import Days
from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Bools
from repayplan.basics.writing import says_something

_DAY = np.dtype("datetime64[D]")
NAT = np.datetime64("NaT", "D")
_MONDAY = 3  # days since 1970-01-01, a Thursday, plus this: Monday is 0 modulo 7


@runtime_checkable
class Calendar(Protocol):
    """Which dates are business days; anything with these four members is one.

    Examples
    --------
    >>> WEEKENDS.business(np.array(["2026-01-30", "2026-01-31", "NaT"], "datetime64[D]"))
    array([ True, False, False])
    """

    @property
    def name(self) -> str:
        """How files and messages call it."""

    @property
    def first(self) -> np.datetime64 | None:
        """The first date that it says anything about; None: without end."""

    @property
    def last(self) -> np.datetime64 | None:
        """The last date that it says anything about; None: without end."""

    def business(self, days: Days) -> Bools:
        """Whether each date is a business day.

        Parameters
        ----------
        days
            datetime64[D], any shape; NaT is no business day.

        Returns
        -------
        bool, of the same shape.

        Raises
        ------
        InputError
            ``out_of_range``: a date before ``first`` or after ``last``.
        """


@dataclass(frozen=True, slots=True)
class _Weekly:
    """The same weekdays in every week, of all times."""

    name: str
    weekend: tuple[int, ...]
    first: None = field(default=None, init=False)
    last: None = field(default=None, init=False)

    def business(self, days: Days) -> Bools:
        days = dates_of(days)
        return _week(self.weekend)[_weekday(days)] & ~np.isnat(days)

    def __repr__(self) -> str:
        return f"<calendar {self.name}>"


NO_CALENDAR: Calendar = _Weekly("none", ())
"""Every day is a business day."""
WEEKENDS: Calendar = _Weekly("weekends", (5, 6))
"""Every day but Saturday and Sunday; it knows no holiday, and has no end."""


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Holidays:
    """A calendar made of given holidays and make-up working days, over a span of given dates.

    Parameters
    ----------
    dates
        The holidays: date objects, datetime64 or ISO text, in any order, each once or more often.
    working
        Days of the weekend on which people work (China's 调休).
    weekend
        Weekdays that aren't business days: 0 is Monday, 6 Sunday.
    name
        How files and messages call it.
    source
        Where the dates are from.
    first, last
        The span for which the dates are all there are. Beyond it the calendar says nothing: a date
        there is refused, because it may be a holiday that nobody has listed.

    Attributes
    ----------
    dates, working
        As sorted tuples of ``datetime.date``, each once.
    weekend
        As a sorted tuple.
    first, last
        As ``datetime64[D]``.

    Raises
    ------
    InputError
        ``not_a_date``, ``missing`` or ``out_of_range`` for what isn't a date from 1900 to 2200 or lies
        beyond ``first`` to ``last``, or a weekday that isn't 0 to 6; ``dates_out_of_order`` where ``last``
        is before ``first``; ``duplicate`` for a date that is a holiday and a working day both;
        ``missing`` for an empty name or source.

    Examples
    --------
    >>> national_day = Holidays(
    ...     ["2026-10-01", "2026-10-02", "2026-10-05", "2026-10-06", "2026-10-07"],
    ...     working=["2026-09-20", "2026-10-10"],
    ...     name="CN autumn 2026",
    ...     source="State Council notice of 2025-11-04",
    ...     first="2026-09-01",
    ...     last="2026-10-31",
    ... )
    >>> national_day
    <calendar CN autumn 2026: 5 holidays, 2 working days, 2026-09-01 to 2026-10-31>
    >>> national_day.business(np.array(["2026-10-07", "2026-10-08", "2026-10-10"], "datetime64[D]"))
    array([False,  True,  True])
    """

    dates: tuple[date, ...]
    working: tuple[date, ...]
    weekend: tuple[int, ...]
    name: str
    source: str
    first: np.datetime64
    last: np.datetime64
    # By offset from `first`; what the other fields say, so it takes no part in == and hash.
    _open: Bools = field(init=False, compare=False)

    def __init__(
        self,
        dates: Iterable[Any],
        *,
        working: Iterable[Any] = (),
        weekend: Iterable[int] = (5, 6),
        name: str,
        source: str,
        first: Any,
        last: Any,
    ) -> None:
        for label, text in (("name", name), ("source", source)):
            said: object = text
            if not isinstance(said, str) or not says_something(said):
                raise InputError(Code.MISSING, label)
        for label, day in (("first", first), ("last", last)):
            one_value(label, day, "one date", column=False)
        begin, end = _read("first", [first])[0], _read("last", [last])[0]
        if end < begin:
            rule = f"not before first ({begin})"
            raise InputError(Code.DATES_OUT_OF_ORDER, "last", str(end), rule)
        closed = _weekdays(weekend)
        holidays, made_up = (np.unique(_read(*each)) for each in (("dates", dates), ("working", working)))
        for label, days in (("dates", holidays), ("working", made_up)):
            for day in days[(days < begin) | (days > end)]:
                raise InputError(Code.OUT_OF_RANGE, label, str(day), f"from first ({begin}) to last ({end})")
        for day in np.intersect1d(holidays, made_up):
            rule = "a date is a holiday or a working day, not both"
            raise InputError(Code.DUPLICATE, "working", str(day), rule)
        table = _week(closed)[_weekday(np.arange(begin, end + np.timedelta64(1, "D"), dtype=_DAY))]
        table[(holidays - begin).astype(np.int64)] = False
        table[(made_up - begin).astype(np.int64)] = True
        table.flags.writeable = False
        for label, value in (
            ("dates", tuple(holidays.tolist())),
            ("working", tuple(made_up.tolist())),
            ("weekend", closed),
            ("name", name),
            ("source", source),
            ("first", begin),
            ("last", end),
            ("_open", table),
        ):
            object.__setattr__(self, label, value)

    def business(self, days: Days) -> Bools:
        """Whether each date is a business day; see :meth:`Calendar.business`.

        Parameters
        ----------
        days
            datetime64[D], any shape; NaT is no business day.

        Returns
        -------
        bool, of the same shape.

        Raises
        ------
        InputError
            ``out_of_range``: a date before ``first`` or after ``last``.
        """
        days = dates_of(days)
        for day in days[uncovered(days, self)][:1]:
            rule = f"the calendar {self.name} covers {self.first} to {self.last}"
            raise InputError(Code.OUT_OF_RANGE, "date", str(day), rule)
        given = ~np.isnat(days)
        return self._open[np.where(given, days - self.first, 0).astype(np.int64)] & given

    def __repr__(self) -> str:
        days = f"{len(self.dates)} holidays, {len(self.working)} working days"
        return f"<calendar {self.name}: {days}, {self.first} to {self.last}>"


def coverage(calendar: Calendar) -> str:
    """What a calendar covers, as text; empty where it has no end.

    Examples
    --------
    >>> coverage(Holidays([], name="May", source="example", first="2026-05-01", last="2026-05-31"))
    '2026-05-01 to 2026-05-31'
    """
    if calendar.first is not None and calendar.last is not None:
        return f"{calendar.first} to {calendar.last}"
    bounds = ((">=", calendar.first), ("<=", calendar.last))
    return "".join(f"{sign} {day}" for sign, day in bounds if day is not None)


def dates_of(days: npt.ArrayLike) -> Days:
    """Dates as they are; TypeError for anything but datetime64[D]."""
    array = np.asarray(days)
    if array.dtype != _DAY:
        msg = f"dates are datetime64[D], not {array.dtype}"
        raise TypeError(msg)
    return array


def uncovered(days: Days, calendar: Calendar) -> Bools:
    """Which dates the calendar says nothing about; not NaT, which is no date."""
    out = np.zeros(days.shape, np.bool_)
    if calendar.first is not None:
        out |= days < calendar.first
    if calendar.last is not None:
        out |= days > calendar.last
    return out


def _weekday(days: Days) -> npt.NDArray[np.int64]:
    """0 is Monday, 6 Sunday."""
    return (days.astype(np.int64) + _MONDAY) % 7


def _week(weekend: tuple[int, ...]) -> Bools:
    """Which of the seven weekdays are open."""
    return ~np.isin(np.arange(7), weekend)


def _weekdays(given: Any) -> tuple[int, ...]:
    """Different weekdays in order."""
    listed = isinstance(given, Iterable) and getattr(given, "ndim", 1) == 1
    days = tuple(given) if listed else (None,)
    whole = all(type(day) is int or isinstance(day, np.integer) for day in days)
    if not whole or not set(days) <= set(range(7)):
        shown = days if listed else given
        raise InputError(Code.OUT_OF_RANGE, "weekend", shown, "weekdays, 0 (Monday) to 6 (Sunday)")
    return tuple(sorted({int(day) for day in days}))


def _read(label: str, values: Any) -> Days:
    listed = isinstance(values, Iterable) and getattr(values, "ndim", 1) == 1
    if isinstance(values, (str, bytes)) or not listed:
        raise InputError(Code.NOT_A_DATE, label, values, "a list of dates")
    column = values if isinstance(values, np.ndarray) else list(values)
    screen = Screen(len(column))
    days = screen.date(label, column)
    for failure in screen.failures():
        raise failure.error()
    return days
