"""How due dates are set: month ends, business days, dates given one by one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any, get_args

import numpy as np

from repayplan.basics.businessdays import BusinessDay, adjust
from repayplan.basics.calendars import NO_CALENDAR, Calendar
from repayplan.basics.dates import MONTHS_OF, Days, civil, shift
from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Bools, Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class DueDates:
    """The rule for due dates beside their frequency.

    Parameters
    ----------
    month_end
        Where the first due date is the last day of its month and periods are months, every due date is
        the last of its month; otherwise the day of the first, cut to the month's length. Half-monthly, the
        15th and the last day of each month, where the first due date is either.
    day
        The day of the month on which payments fall due, cut to the month's length: said where the first due
        date is in a month without it (30, of a loan whose next due date is 28 February). Periods are months.
    business_day
        What happens to a due date that is no business day: ``"none"`` (it stays), ``"following"``,
        ``"modified_following"``, ``"preceding"``, ``"modified_preceding"``.
    adjusted
        Interest is counted to the shifted date; otherwise to the date before the shift. The day count
        ``periods`` counts whole periods, wherever they are moved. A prepayment comes with an instalment on
        the date to which interest is counted.
    calendar
        Which days are business days. A due date that it doesn't cover is refused, not guessed.
    given
        Due dates one by one, in order, instead of those of the frequency. A plan starts with the one
        that is the loan's next due date. The day count ``periods`` counts each of them as one whole period,
        however far apart they are; interest by the day needs one that counts days.

    Raises
    ------
    InputError
        A convention that isn't known, one that has no calendar, or dates out of order.

    Examples
    --------
    >>> rule = DueDates(month_end=True)
    >>> anchor, k = np.array(["2026-02-28"], "datetime64[D]"), np.arange(3)
    >>> rule.unshifted(anchor, np.array([0]), k)
    array(['2026-02-28', '2026-03-31', '2026-04-30'], dtype='datetime64[D]')
    """

    month_end: bool = False
    day: int | None = None
    business_day: BusinessDay = "none"
    adjusted: bool = False
    calendar: Calendar = NO_CALENDAR
    given: tuple[date, ...] | None = None

    def __post_init__(self) -> None:
        if self.business_day not in get_args(BusinessDay):
            rule = f"one of {', '.join(get_args(BusinessDay))}"
            raise InputError(Code.UNKNOWN_VALUE, "due_dates.business_day", self.business_day, rule)
        for name in ("month_end", "adjusted"):
            if not isinstance(getattr(self, name), bool):
                raise InputError(
                    Code.UNKNOWN_VALUE, f"due_dates.{name}", getattr(self, name), "True or False"
                )
        calendar: Any = self.calendar
        if not isinstance(calendar, Calendar):
            rule = "a calendar: name, first, last, and business(days)"
            raise InputError(Code.UNKNOWN_VALUE, "due_dates.calendar", self.calendar, rule)
        if self.shifts and self.calendar is NO_CALENDAR:
            rule = "which days are business days"
            raise InputError(Code.MISSING, "due_dates.calendar", None, rule)
        if self.adjusted and not self.shifts:
            rule = "only where a convention moves due dates"
            raise InputError(Code.UNKNOWN_VALUE, "due_dates.adjusted", self.adjusted, rule)
        if self.day is not None:
            if type(self.day) is not int or not 1 <= self.day <= 31:
                raise InputError(Code.OUT_OF_RANGE, "due_dates.day", self.day, "a day of the month, 1 to 31")
            if self.month_end or self.given is not None:
                rule = "a day of the month, or month ends, or dates given one by one"
                raise InputError(Code.UNKNOWN_VALUE, "due_dates.day", self.day, rule)
        if self.given is not None:
            object.__setattr__(self, "given", _in_order(self.given))

    @property
    def shifts(self) -> bool:
        """Whether a due date can be moved to another day."""
        return self.business_day != "none"

    def fits(self, anchor: Days, frequency: Ints) -> Bools:
        """Where a due date falls on the rule's day of the month, or the month's last if that comes before.

        Of dates given one by one, where it is among them; everywhere, of a rule that has neither.
        """
        if self.given is not None:
            return np.isin(anchor, np.array(self.given, "datetime64[D]"))
        _, day, length = civil(anchor)
        meant = day if self.day is None else np.minimum(self.day, length)
        months = (self.day is None) | (MONTHS_OF[frequency] > 0)
        return np.asarray((day == meant) & months, np.bool_)

    def unshifted(self, anchor: Days, frequency: Ints, k: Ints) -> Days:
        """Due date ``k`` (0 is the anchor) before any shift; NaT before and beyond the dates given.

        Parameters
        ----------
        anchor, frequency, k
            datetime64[D], index of the frequency, int64: broadcast against each other.
        """
        if self.given is None:
            return shift(anchor, frequency, k, month_end=self.month_end, day=self.day or 0)
        dates = np.array([*self.given, np.datetime64("NaT", "D")], "datetime64[D]")
        place = np.searchsorted(dates[:-1], anchor)
        found = dates[np.minimum(place, len(dates) - 1)] == anchor
        last, there = len(dates) - 1, place + k
        return dates[np.where(found & (there >= 0), np.minimum(there, last), last)]

    def shifted(self, days: Days) -> tuple[Days, Bools]:
        """Dates moved to business days, and which of them the calendar doesn't cover."""
        if not self.shifts:
            return days, np.zeros(np.shape(days), np.bool_)
        return adjust(days, self.business_day, self.calendar)


def _read(text: str) -> date:
    """A date in the one way that dates are written; weeks, and digits alone, are others."""
    day = date.fromisoformat(text)
    if day.isoformat() != text:
        raise ValueError(text)
    return day


def _in_order(given: Any) -> tuple[date, ...]:
    try:
        days = tuple(d if type(d) is date else _read(d) for d in given)
    except (TypeError, ValueError):
        rule = "dates, or text like 2026-01-31"
        raise InputError(Code.NOT_A_DATE, "due_dates.given", given, rule) from None
    if not days or any(later <= earlier for earlier, later in pairwise(days)):
        raise InputError(
            Code.DATES_OUT_OF_ORDER, "due_dates.given", given, "at least one, each after the last"
        )
    return days
