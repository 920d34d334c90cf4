"""How long an offer can be accepted, and when it lapses, as a rule of a policy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from repayplan.basics.businessdays import BusinessDay
from repayplan.basics.errors import Code, InputError

MAX_DAYS = 3_660


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """How long an offer can be accepted.

    Parameters
    ----------
    days
        How many days after the day of issue the last day to accept is.
    lapses_after
        How many days after the day of issue the offer lapses.
    business_day
        Where such a day that is no business day moves to, as in :class:`~repayplan.DueDates`. The calendar
        is given with the day of issue.

    Raises
    ------
    InputError
        Days that aren't from 0 to 3,660, an offer that lapses before it can be accepted, or a convention
        that isn't known.

    Examples
    --------
    >>> Acceptance(days=14, lapses_after=30, business_day="following").days
    14
    """

    days: int
    lapses_after: int
    business_day: BusinessDay = "none"

    def __post_init__(self) -> None:
        for name, least in (("days", 0), ("lapses_after", self.days)):
            value = getattr(self, name)
            if type(value) is not int or not least <= value <= MAX_DAYS:
                rule = f"a whole number of days, {least} to {MAX_DAYS}"
                raise InputError(Code.OUT_OF_RANGE, f"acceptance.{name}", value, rule)
        if self.business_day not in get_args(BusinessDay):
            rule = f"one of {', '.join(get_args(BusinessDay))}"
            raise InputError(Code.UNKNOWN_VALUE, "acceptance.business_day", self.business_day, rule)
