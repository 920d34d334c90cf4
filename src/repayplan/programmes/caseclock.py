"""When something happens to a case: a day where it is, and the instant if the hour is known."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np

from repayplan.basics.columns import Screen, beside
from repayplan.basics.dates import Days
from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Ints

NO_CLOCK = -1
NO_INSTANT = np.iinfo(np.int64).min
DAY_SECONDS = 86_400
SECOND = 1_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment_of(given: Any) -> datetime | None:
    """A time with its offset; None where only a day is given.

    Raises
    ------
    InputError
        A time without an offset.
    """
    moment = given
    if isinstance(given, str) and len(given) > len("2026-03-02"):
        try:
            moment = datetime.fromisoformat(given)
        except ValueError:
            return None
    if not isinstance(moment, datetime):
        return None
    if moment.utcoffset() is None:
        rule = "a day, or a time with its offset from UTC, as 2026-03-02T10:00:00+08:00"
        raise InputError(Code.NOT_A_DATE, "at", str(given), rule)
    return moment


def instants(given: Any, local: Ints, days: Days, screen: Screen) -> Ints:
    """When each event happened; faults of those that are on no place's day."""
    day = days.astype(np.int64) * DAY_SECONDS * SECOND
    most = DAY_SECONDS * SECOND
    found = np.where(screen.missing(given), local, screen.count("instant", given, -(2**62), 2**62, default=0))
    far = (found != NO_INSTANT) & ((found < day - most) | (found >= day + 2 * most))
    screen.fault(far, Code.DATES_OUT_OF_ORDER, "instant", found, beside("on the day", days))
    return found
