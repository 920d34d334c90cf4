"""How long a case is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from repayplan.ability.figures import day, whole
from repayplan.accounts.clauses import one_line
from repayplan.basics.dates import FIRST_YEAR, LAST_YEAR
from repayplan.basics.errors import Code, InputError

MOST_YEARS = 200
LAST_KEPT = LAST_YEAR + MOST_YEARS
"""The last year to which a file is kept: so long after the last day that anything else may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long an archive is kept.

    Parameters
    ----------
    until
        The last day on which it is kept.
    source
        Which rule says so.
    counted_from, years
        Where it is so many years after a day: that day, and how many; see :meth:`after`.

    Raises
    ------
    InputError
        No source; one of the last two alone; another last day than they give; a day before 1900, or
        after 2200 (of ``until``, 2400).

    Examples
    --------
    >>> Retention.after("2028-02-29", years=5, source="the lender's rules on files, article 12").until
    datetime.date(2033, 2, 28)
    """

    until: date
    source: str
    counted_from: date | None = None
    years: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "until", _within("until", self.until, LAST_KEPT))
        one_line("retention.source", self.source)
        if self.counted_from is None and self.years is None:
            return
        for name in ("counted_from", "years"):
            if getattr(self, name) is None:
                rule = "a day and how many years after it, both or neither"
                raise InputError(Code.MISSING, f"retention.{name}", None, rule)
        object.__setattr__(self, "counted_from", _within("counted_from", self.counted_from, LAST_YEAR))
        last = _years_after(self.counted_from, self.years)
        if self.until != last:
            rule = f"{self.years} years after {self.counted_from}: {last}"
            raise InputError(Code.UNKNOWN_VALUE, "retention.until", self.until, rule)

    @classmethod
    def after(cls, counted_from: date | str, *, years: int, source: str) -> Retention:
        """So many years after a day, such as that on which the plan was paid off.

        The last day has the day's number in its month; where the month is shorter, it is the last of it.
        """
        since = _within("counted_from", counted_from, LAST_YEAR)
        return cls(until=_years_after(since, years), source=source, counted_from=since, years=years)

    def expired(self, on: date | str) -> bool:
        """Whether the last day is over."""
        return day("on", on) > self.until


def _within(name: str, given: Any, last: int) -> date:
    found = day(f"retention.{name}", given)
    if not FIRST_YEAR <= found.year <= last:
        rule = f"a year from {FIRST_YEAR} to {last}"
        raise InputError(Code.OUT_OF_RANGE, f"retention.{name}", found, rule)
    return found


def _years_after(since: Any, years: Any) -> date:
    whole("retention.years", years, 0, MOST_YEARS, "years")
    try:
        last: date = since.replace(year=since.year + years)
    except ValueError:  # 29 February
        last = since.replace(year=since.year + years, day=28)
    return last
