"""A calendar of anybody's own: whether it is one, and what it answers."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np

from repayplan.basics.calendars import Calendar
from repayplan.basics.dates import Days
from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Bools


def check_calendar(field: str, calendar: Any) -> None:
    """Refuses what is no calendar, and one whose ends are no dates: text isn't compared with dates."""
    if not isinstance(calendar, Calendar):
        rule = "a calendar: name, first, last, and business(days)"
        raise InputError(Code.UNKNOWN_VALUE, field, calendar, rule)
    for end in (calendar.first, calendar.last):
        dated: object = end
        dated_by_numpy = isinstance(dated, np.datetime64) and not np.isnat(dated)
        if not (dated is None or dated_by_numpy or type(dated) is date):
            rule = "first and last of a calendar are dates, datetime64[D], or None"
            raise InputError(Code.NOT_A_DATE, field, dated, rule)


def asked(calendar: Calendar, days: Days) -> Bools:
    """What the calendar, which may be anybody's, answers, if it does for each date."""
    answer = np.asarray(calendar.business(days))
    if answer.dtype != np.bool_ or answer.shape != days.shape:
        rule = "business(days): bool, one for each date"
        shown = f"{calendar.name}: {answer.dtype} of shape {answer.shape}"
        raise InputError(Code.UNKNOWN_VALUE, "calendar", shown, rule, limit=rule)
    return answer
