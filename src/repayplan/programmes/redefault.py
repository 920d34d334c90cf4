"""Which accounts defaulted again after their plan began, in which month, or what came before it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from repayplan.ability.figures import one_rule, whole
from repayplan.accounts.lateness import MOST_DAYS
from repayplan.accounts.statement import Statements, day_of
from repayplan.basics.outcome import Ints
from repayplan.programmes.incidence import Incidence, cumulative_incidence
from repayplan.programmes.standing import ENDS, Standings, months_begun, months_over, planned_since

CAUSES = ("default", "paid_off", "settled")
"""What can become of a plan; an account that is written off has defaulted."""


class Outcomes(NamedTuple):
    """What became of each account's plan first, as :func:`cumulative_incidence` takes it.

    Attributes
    ----------
    month
        int64; month on book, counted from 1, or how many whole months were seen where nothing happened.
    cause
        int64; index into :data:`CAUSES`, -1 where nothing happened.
    """

    month: Ints
    cause: Ints


def plan_outcomes(statements: Statements, *, default_from_days: int) -> Outcomes:
    """What became of plans first, by month on book.

    Only months on book that are over count, so that all who are at risk in a month were looked at for all of
    it. What happens in a month that isn't over is not yet seen.

    Parameters
    ----------
    statements
        Of the plans, replayed with ``history=True``.
    default_from_days
        Days past due by the plan from which an account has defaulted.

    Raises
    ------
    InputError
        The statements have no history; days that can't be.
    """
    whole("default_from_days", default_from_days, 1, MOST_DAYS, "days")
    standings = Standings.of(statements)
    since, today = planned_since(statements), statements.as_of
    how, ended = standings.ended()
    defaulted = standings.first_past_due(default_from_days, since)
    lost = how == ENDS.index("written_off")
    defaulted = np.where(lost, np.fmin(defaulted, ended), defaulted)
    never = np.iinfo(np.int64).max
    default_day = np.where(np.isnat(defaulted), never, day_of(defaulted))
    end_day = np.where((how < 0) | lost, never, day_of(ended))
    cause = np.where(default_day <= end_day, CAUSES.index("default"), 1 + how)
    first = np.minimum(default_day, end_day)
    seen = months_over(since, today)
    happened = first < never
    month = months_begun(since, np.where(happened, first, day_of(today)).view("datetime64[D]"))
    happened &= month <= seen
    return Outcomes(month=np.where(happened, month, seen), cause=np.where(happened, cause, -1))


def redefault(statements: Statements, *, default_from_days: int, confidence: Any = "0.95") -> Incidence:
    """Cumulative incidence of default by month on book; paying off and settling compete with it.

    Parameters
    ----------
    statements, default_from_days
        As of :func:`plan_outcomes`.
    confidence
        Of the intervals.

    Raises
    ------
    InputError
        As of :func:`plan_outcomes`; a confidence that can't be.

    Examples
    --------
    Nothing is paid of a plan that began on 31 December; 31 January is 30 days past due on 2 March.

    >>> import repayplan as rp
    >>> late = rp.OverdueRule(
    ...     penalty=rp.OverdueLedger(on=("principal",), rate=rp.OverdueRate(rate="0")),
    ...     day_count="ACT/365F",
    ...     first_day="due_date",
    ...     rounded="end",
    ...     mode="half_up",
    ... )
    >>> terms = rp.AccountTerms(overdue=late, allocation=rp.AllocationRule.example("civil-code-561"))
    >>> loan = rp.Loan(
    ...     principal="900", annual_rate="0", original_term=3, elapsed=0, unpaid=3, next_due="2026-01-31"
    ... )
    >>> account = rp.Account.of(loan, rp.schedule(loan, rp.equal_instalment(3)), terms)
    >>> now = rp.replay(account, [], as_of="2026-04-30", history=True).batch
    >>> rp.redefault(now, default_from_days=30).incidence[0, :, 0].tolist()
    [0.0, 0.0, 1.0]
    """
    one_rule("statements", statements, Statements)
    month, cause = plan_outcomes(statements, default_from_days=default_from_days)
    return cumulative_incidence(month, cause, causes=CAUSES, confidence=confidence)
