"""Where a date that is no business day moves to."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from repayplan.basics.calendars import NAT, Calendar, asked, dates_of, uncovered
from repayplan.basics.dates import Days
from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Bools

BusinessDay = Literal["none", "following", "modified_following", "preceding", "modified_preceding"]
"""Where a date that isn't a business day moves to."""
LOOK = 60
"""No calendar is closed for more days than this in a row."""


def adjust(days: npt.ArrayLike, convention: BusinessDay, calendar: Calendar) -> tuple[Days, Bools]:
    """Dates moved to business days.

    Parameters
    ----------
    days
        datetime64[D], any shape; NaT stays NaT.
    convention
        ``"none"``: no date moves, and the calendar isn't looked at. ``"following"``: to the first
        business day on or after the date. ``"modified_following"``: the same, unless that day is in
        another month; then to the last business day on or before the date. ``"preceding"``: to the last
        business day on or before the date. ``"modified_preceding"``: the same, unless that day is in
        another month; then to the first business day on or after the date.
    calendar
        Which days are business days.

    Returns
    -------
    shifted
        datetime64[D] of the same shape; NaT where ``beyond``.
    beyond
        bool of the same shape: the calendar doesn't cover the date itself, or not enough days around it
        to tell where it moves to.

    Raises
    ------
    InputError
        ``unknown_value``: another convention; or from one of the dates on, the calendar has no business
        day within 60 days, which no calendar can mean, or it doesn't answer for each date.
    TypeError
        ``days`` isn't datetime64[D].

    Notes
    -----
    2006 ISDA Definitions, section 4.12 (following, modified following, preceding). Modified preceding isn't
    defined there; it is the mirror of modified following.

    Examples
    --------
    31 January 2026 is a Saturday, 1 February a Sunday.

    >>> from repayplan import WEEKENDS
    >>> days = np.array(["2026-01-30", "2026-01-31", "2026-02-01"], "datetime64[D]")
    >>> adjust(days, "following", WEEKENDS)[0]
    array(['2026-01-30', '2026-02-02', '2026-02-02'], dtype='datetime64[D]')
    >>> adjust(days, "modified_following", WEEKENDS)[0]
    array(['2026-01-30', '2026-01-30', '2026-02-02'], dtype='datetime64[D]')
    """
    if convention not in get_args(BusinessDay):
        rule = f"one of {', '.join(get_args(BusinessDay))}"
        raise InputError(Code.UNKNOWN_VALUE, "business_day", convention, rule)
    given = dates_of(days)
    if convention == "none":
        return given.copy(), np.zeros(given.shape, np.bool_)
    flat = given.reshape(-1)
    step = 1 if convention.endswith("following") else -1
    shifted, beyond = _walk(flat, step, calendar)
    if convention.startswith("modified"):
        # A walk that ran off the calendar stands on the first date not covered: if that is in another
        # month already, then so is every business day after it, and the way back decides.
        left = shifted.astype("datetime64[M]") != flat.astype("datetime64[M]")
        back = np.flatnonzero(left & ~np.isnat(flat))
        shifted[back], beyond[back] = _walk(flat[back], -step, calendar)
    shifted[beyond] = NAT
    return shifted.reshape(given.shape), beyond.reshape(given.shape)


def _walk(days: Days, step: int, calendar: Calendar) -> tuple[Days, Bools]:
    """The first business day from each date on, going by ``step``, or the first date not covered.

    And a mask of the dates that ran off the calendar. Each round looks only at the dates that are still on
    their way, so a million dates cost little more than one look at each.
    """
    at, beyond = days.copy(), np.zeros(days.shape, np.bool_)
    going = np.flatnonzero(~np.isnat(days))
    for _ in range(LOOK + 1):
        off = uncovered(at[going], calendar)
        beyond[going[off]] = True
        going = going[~off]
        going = going[~asked(calendar, at[going])]
        if not len(going):
            return at, beyond
        at[going] += np.timedelta64(step, "D")
    rule = f"a calendar has a business day within {LOOK} days of every date; not so from {days[going[0]]}"
    raise InputError(Code.UNKNOWN_VALUE, "calendar", calendar.name, rule)
