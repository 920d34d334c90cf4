"""Several calendars as one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from repayplan.basics.calendars import Calendar, asked
from repayplan.basics.dates import Days
from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Bools


@dataclass(frozen=True, slots=True)
class _Joint:
    """Open where all of its parts are."""

    parts: tuple[Calendar, ...]
    name: str
    first: np.datetime64 | None
    last: np.datetime64 | None

    def business(self, days: Days) -> Bools:
        open_ = asked(self.parts[0], days)
        for part in self.parts[1:]:
            open_ = open_ & asked(part, days)
        return open_

    def __repr__(self) -> str:
        return f"<calendar {self.name}>"


def joint(*calendars: Calendar) -> Calendar:
    """Business days of all of the calendars: a date is one only where each of them says so.

    It covers the dates that all of them cover. This is how a payment between two financial centres is
    dated (2006 ISDA Definitions, section 1.4: a day on which banks are open in each place named).

    Parameters
    ----------
    calendars
        One or more.

    Raises
    ------
    InputError
        ``missing`` without a calendar; ``out_of_range`` where there is no date that all of them cover.

    Examples
    --------
    >>> from repayplan import Holidays
    >>> may = dict(source="example", first="2026-05-01", last="2026-05-31")
    >>> here = Holidays(["2026-05-01"], name="here", **may)
    >>> there = Holidays(["2026-05-04"], name="there", **may)
    >>> both = joint(here, there)
    >>> both
    <calendar here & there>
    >>> both.business(np.arange("2026-05-01", "2026-05-06", dtype="datetime64[D]"))
    array([False, False, False, False,  True])
    """
    if not calendars:
        raise InputError(Code.MISSING, "calendars")
    name = " & ".join(each.name for each in calendars)
    first = max((each.first for each in calendars if each.first is not None), default=None)
    last = min((each.last for each in calendars if each.last is not None), default=None)
    if first is not None and last is not None and last < first:
        raise InputError(Code.OUT_OF_RANGE, "calendars", name, "calendars that cover some date together")
    return _Joint(calendars, name, first, last)
