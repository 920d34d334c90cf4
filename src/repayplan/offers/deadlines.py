"""Until when offers can be accepted, and whether one was accepted in time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple, overload

import numpy as np

from repayplan.basics.businessdays import adjust
from repayplan.basics.calendars import WEEKENDS, Calendar, coverage
from repayplan.basics.columns import Screen, beside
from repayplan.basics.dates import Days
from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Ints, Outcome
from repayplan.basics.reason import Reason
from repayplan.offers.acceptance import Acceptance
from repayplan.offers.offer import Offer
from repayplan.offers.proposal import Proposals

ACCEPTANCES = (Code.OFFER_ACCEPTED, Code.OFFER_TOO_LATE, Code.OFFER_LAPSED)
"""What is said of an acceptance; columns hold the index."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """Until when an offer can be accepted.

    Attributes
    ----------
    issued, accept_by, expires
        The day of the offer; the last day on which it can be accepted; the day on which it lapses.
    """

    issued: date
    accept_by: date
    expires: date


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Deadlines:
    """The same of many offers: datetime64[D] columns with a value for each good one."""

    issued: Days
    accept_by: Days
    expires: Days

    def __len__(self) -> int:
        return len(self.issued)

    def one(self, i: int) -> Deadline:
        """The days of offer ``i`` of the good ones."""
        names = ("issued", "accept_by", "expires")
        return Deadline(**{name: getattr(self, name)[i].item() for name in names})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Judged(Deadlines):
    """Acceptances of many offers.

    Attributes
    ----------
    on
        datetime64[D]; the day of each.
    code
        int64, index into :data:`ACCEPTANCES`: whether it was in time.
    """

    on: Days
    code: Ints

    def reason(self, i: int) -> Reason:
        """What is said of acceptance ``i`` of the good ones, for a person."""
        code = ACCEPTANCES[int(self.code[i])]
        held = self.expires if code is Code.OFFER_LAPSED else self.accept_by
        return Reason(code, "acceptance", self.on[i].item(), held[i].item())


@overload
def deadlines(offers: Offer, *, issued: Any, calendar: Calendar = ...) -> Deadline: ...
@overload
def deadlines(offers: Proposals, *, issued: Any, calendar: Calendar = ...) -> Outcome[Deadlines]: ...
def deadlines(
    offers: Offer | Proposals, *, issued: Any, calendar: Calendar = WEEKENDS
) -> Deadline | Outcome[Deadlines]:
    """Until when offers can be accepted, by their policy's rule.

    The days of the rule are counted from the day of issue and moved to business days. Neither the last day to
    accept nor the day on which the offer lapses comes after the first due date, or before the day of issue.

    Parameters
    ----------
    offers
        One, or a batch: of this, the rows that are offered a plan.
    issued
        The day of issue: one, or a column with a value for each offer.
    calendar
        Which days are business days.

    Returns
    -------
    :class:`Deadline`; of a batch an Outcome of :class:`Deadlines` with the caller's row numbers. A row has a
    code where the day of issue isn't known or comes after the first due date, or where the calendar doesn't
    cover a day.

    Raises
    ------
    InputError
        The policy has no rule for acceptance; for one offer, its faults too.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from repayplan import Acceptance, Household, Loan, Policy, propose
    >>> rule = Acceptance(days=14, lapses_after=30, business_day="following")
    >>> policy = replace(Policy.example("consumer"), acceptance=rule)
    >>> terms = {"annual_rate": "0.12", "original_term": 12, "elapsed": 0, "unpaid": 12}
    >>> loan = Loan(principal=12_000, next_due="2026-02-15", currency="CNY", **terms)
    >>> home = Household(net_income="6000", costs={"rent": "1000"}, tenure="rent")
    >>> offer = propose(loan, home, policy)
    >>> dates = deadlines(offer, issued="2026-01-10")
    >>> dates.accept_by.isoformat(), dates.expires.isoformat()
    ('2026-01-26', '2026-02-09')
    """
    found = _deadlines(_terms(offers), issued, calendar)
    return found.single().one(0) if isinstance(offers, Offer) else found


@overload
def judge_acceptance(offers: Offer, *, issued: Any, on: Any, calendar: Calendar = ...) -> Reason: ...
@overload
def judge_acceptance(
    offers: Proposals, *, issued: Any, on: Any, calendar: Calendar = ...
) -> Outcome[Judged]: ...
def judge_acceptance(
    offers: Offer | Proposals, *, issued: Any, on: Any, calendar: Calendar = WEEKENDS
) -> Reason | Outcome[Judged]:
    """Whether offers were accepted in time.

    Parameters
    ----------
    offers, issued, calendar
        As in :func:`deadlines`.
    on
        The day of acceptance: one, or a column with a value for each offer.

    Returns
    -------
    A reason with the code ``offer_accepted`` (up to the last day to accept), ``offer_too_late`` (after it,
    but before the offer lapses) or ``offer_lapsed``; of a batch an Outcome of :class:`Judged`. A row has a
    code where it has one in :func:`deadlines`, or where the day isn't known or comes before the day of issue.

    Raises
    ------
    InputError
        As of :func:`deadlines`.
    """
    terms = _terms(offers)
    dates = _deadlines(terms, issued, calendar)
    screen = Screen(len(terms.row))
    day = screen.date("on", on)
    place = np.searchsorted(terms.row, dates.row)
    known = np.full(len(terms.row), np.datetime64("NaT", "D"))
    known[place] = dates.value.issued
    screen.fault(day < known, Code.DATES_OUT_OF_ORDER, "on", day, beside(">=", known))
    mine = screen.good[place]
    row, day = dates.row[mine], day[place[mine]]
    columns = {name: getattr(dates.value, name)[mine] for name in ("issued", "accept_by", "expires")}
    late = (day > columns["accept_by"]).astype(np.int64)
    made = Judged(**columns, on=day, code=np.where(late & (day >= columns["expires"]), 2, late))
    found = Outcome(made, row, dates.failures.and_then(screen.failures().moved(terms.row)))
    return found.single().reason(0) if isinstance(offers, Offer) else found


class _Terms(NamedTuple):
    """The rule, and of each offer the caller's row number and the first due date."""

    rule: Acceptance
    row: Ints
    first_due: Days


def _terms(offers: Offer | Proposals) -> _Terms:
    if isinstance(offers, Offer):
        rule, row = offers.acceptance, np.zeros(1, np.int64)
        first = offers.schedule.columns["due_date"][:1]
    else:
        rule, row = offers.policy.acceptance, offers.row[offers.offered]
        first = offers.loans.due(row, np.zeros_like(row), np.zeros(len(row), np.bool_))
    if rule is None:
        raise InputError(Code.MISSING, "acceptance", None, "the policy's rule for acceptance")
    return _Terms(rule, row, first)


def _deadlines(terms: _Terms, issued: Any, calendar: Calendar) -> Outcome[Deadlines]:
    rule, row, first = terms
    screen = Screen(len(row))
    day = screen.date("issued", issued)
    screen.fault(day > first, Code.DATES_OUT_OF_ORDER, "issued", day, beside("<=", first))
    ends = []
    for name, count in (("accept_by", rule.days), ("expires", rule.lapses_after)):
        plain = day + np.timedelta64(count, "D")
        moved, beyond = adjust(plain, rule.business_day, calendar)
        screen.fault(beyond, Code.BEYOND_CALENDAR, name, plain, coverage(calendar))
        ends.append(np.clip(moved, day, np.maximum(first, day)))
    good = np.flatnonzero(screen.good)
    made = Deadlines(issued=day[good], accept_by=ends[0][good], expires=ends[1][good])
    return Outcome(made, row[good], screen.failures().moved(row))
