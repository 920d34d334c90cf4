"""Days between two dates, all of them or those on which people work, and the day that ends so many."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from repayplan.basics.businessdays import LOOK
from repayplan.basics.calendars import Calendar
from repayplan.basics.dates import DAY
from repayplan.basics.outcome import Ints
from repayplan.basics.owncalendar import check_calendar
from repayplan.kernel.law import FOREVER


@dataclass(frozen=True, slots=True, eq=False)
class DayCounter:
    """Working days of a calendar from a first day on.

    Attributes
    ----------
    first
        Day number.
    upto
        int64; how many working days there are from the first day up to each, that day among them.
    """

    first: int
    upto: Ints

    @classmethod
    def of(cls, calendar: Calendar, first: int, last: int, ahead: int) -> DayCounter:
        """Of the days between two; so many working days after the last one are counted too.

        Where the calendar ends before that, it goes as far as the calendar does.
        """
        check_calendar("calendar", calendar)
        last += (ahead + 1) * (LOOK + 1)
        if calendar.last is not None:
            last = min(last, int(np.asarray(calendar.last, DAY).astype(np.int64)))
        open_ = calendar.business(np.arange(first, last + 1).astype(DAY))
        return cls(first, np.cumsum(open_, dtype=np.int64))

    def between(self, since: Ints, until: Ints) -> Ints:
        """Working days after one day up to another, that one among them."""
        return self.upto[until - self.first] - self.upto[since - self.first]

    def after(self, since: Ints, days: Ints) -> Ints:
        """The day number of the so-manieth working day after a day (itself for none); FOREVER: unknown."""
        wanted = self.upto[since - self.first] + days
        place = np.searchsorted(self.upto, wanted)
        known = np.where(place < len(self.upto), self.first + place, FOREVER)
        return np.where(days == 0, since, known)
