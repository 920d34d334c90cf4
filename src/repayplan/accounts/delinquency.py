"""Delinquency: days past due without days of grace and pauses, and what is late in each of their ranges."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, get_args, overload

import numpy as np

from repayplan.ability.figures import one_of, whole
from repayplan.accounts.lateness import MOST_DAYS, Buckets
from repayplan.accounts.pauses import PausedDays
from repayplan.accounts.statement import Statement, Statements, day_of, of_accounts
from repayplan.basics.dates import Days
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import to_decimal
from repayplan.basics.outcome import Ints

Pauses = Literal["since_due", "all", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DelinquencyRule:
    """When an account counts as delinquent, and how much so.

    The days are those since the oldest instalment fell due of which something is missing, less days of grace
    and days of pauses, never below 0. Pauses are the days that ``freeze`` events name: one that ends early is
    reversed, and another put in its place that ends sooner. A day on which two freezes hold is one day.

    Parameters
    ----------
    buckets
        The ranges of days; the first, from 0 on, is that of an account that isn't delinquent.
    grace_days
        So many days past due don't count.
    instalment_grace_days
        The same where each instalment has its own range; None: as many.
    pauses
        Which days of pauses don't count: those since the instalment in question fell due (``"since_due"``),
        ``"all"`` of them, even such as were over by then, or ``"none"``.

    Raises
    ------
    InputError
        Days or a name that can't be.

    Examples
    --------
    The instalment of 28 February isn't paid; from 10 March on there is a moratorium of ten days.

    >>> import repayplan as rp
    >>> loan = rp.Loan(
    ...     principal="900", annual_rate="0", original_term=3, elapsed=0, unpaid=3, next_due="2026-02-28"
    ... )
    >>> late = rp.OverdueRule(
    ...     penalty=rp.OverdueLedger(on=("principal",), rate=rp.OverdueRate(rate="0.05")),
    ...     day_count="ACT/365F",
    ...     first_day="due_date",
    ...     rounded="end",
    ...     mode="half_up",
    ... )
    >>> terms = rp.AccountTerms(overdue=late, allocation=rp.AllocationRule.example("civil-code-561"))
    >>> account = rp.Account.of(loan, rp.schedule(loan, rp.equal_instalment(3)), terms)
    >>> pause = rp.Event(kind="freeze", value_date="2026-03-10", until="2026-03-19", reference="P1")
    >>> now = rp.replay(account, [pause], as_of="2026-04-10")
    >>> found = DelinquencyRule(buckets=rp.Buckets.example("months"), grace_days=5).of(now)
    >>> now.days_past_due, found.days, found.bucket, found.since.isoformat(), found.amount
    (41, 26, 'M1', '2026-03-05', Decimal('600.00'))
    """

    buckets: Buckets
    grace_days: int = 0
    instalment_grace_days: int | None = None
    pauses: Pauses = "since_due"

    def __post_init__(self) -> None:
        buckets: object = self.buckets
        if not isinstance(buckets, Buckets):
            code = Code.MISSING if buckets is None else Code.UNKNOWN_VALUE
            raise InputError(code, "delinquency.buckets", buckets, "Buckets")
        whole("delinquency.grace_days", self.grace_days, 0, MOST_DAYS, "days")
        if self.instalment_grace_days is not None:
            whole("delinquency.instalment_grace_days", self.instalment_grace_days, 0, MOST_DAYS, "days")
        one_of("delinquency.pauses", self.pauses, get_args(Pauses))

    @overload
    def of(self, statements: Statement) -> Delinquency: ...
    @overload
    def of(self, statements: Statements) -> Delinquencies: ...
    def of(self, statements: Statement | Statements) -> Delinquency | Delinquencies:
        """How delinquent an account is on the day of its statement, or those of a batch."""
        of_accounts(statements)
        if isinstance(statements, Statement):
            return self._of(statements.batch).one(0)
        return self._of(statements)

    def _of(self, statements: Statements) -> Delinquencies:
        columns, late = statements.columns, statements.late
        end = day_of(statements.as_of)
        some = np.flatnonzero(columns.days_past_due > 0)
        paused = PausedDays.of(statements).before
        days, amount = np.zeros(len(end), np.int64), np.zeros(len(end), np.int64)
        since = np.full(len(end), np.datetime64("NaT", "D"))
        days[some] = self._days(end, some, columns.oldest_due[some], self.grace_days, paused)
        since[some] = columns.oldest_due[some] + np.timedelta64(self.grace_days, "D")
        np.add.at(amount, late.account, late.amount)
        own = self.grace_days if self.instalment_grace_days is None else self.instalment_grace_days
        late_days = self._days(end, late.account, late.due, own, paused)
        # Where the account isn't delinquent, none of its instalments is.
        bucket = np.where(days[late.account] > 0, self.buckets.place(late_days), 0)
        by_bucket = np.zeros((len(end), len(self.buckets.names)), np.int64)
        np.add.at(by_bucket, (late.account, bucket), late.amount)
        decimals = statements.accounts.decimals[statements.row]
        return Delinquencies(
            rule=self,
            days_past_due=columns.days_past_due,
            days=days,
            since=since,
            bucket=self.buckets.place(days),
            amount=amount,
            by_bucket=by_bucket,
            decimals=decimals,
        )

    def _days(
        self, end: Ints, account: Ints, due: Days, grace: int, paused: Callable[[Ints, Ints], Ints]
    ) -> Ints:
        """Days past due that count, of each account's instalment."""
        until, since = end[account], day_of(due)
        days = until - since - grace
        if self.pauses != "none":
            days -= paused(account, until)
        if self.pauses == "since_due":
            days += paused(account, since)
        return np.asarray(np.maximum(days, 0), np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delinquency:
    """How delinquent an account is.

    Attributes
    ----------
    days_past_due
        Since the oldest instalment fell due of which something is missing, whatever the rule.
    days
        Those that the rule counts.
    since
        The due date of that instalment and the days of grace; None: nothing is late.
    bucket
        The range of the days.
    amount
        What is missing of instalments that are late, without charges for being late.
    by_bucket
        The same by the range of each instalment's own days; all in the first where the account isn't
        delinquent.
    """

    days_past_due: int
    days: int
    since: date | None
    bucket: str
    amount: Decimal
    by_bucket: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Delinquencies:
    """The same of a batch's accounts, in the order of their statements.

    Attributes
    ----------
    rule
        What it was found by.
    days_past_due, days
        int64 (accounts,).
    since
        datetime64[D]; NaT where nothing is late.
    bucket
        int64 index into the names of the rule's buckets.
    amount
        int64 minor units.
    by_bucket
        int64 minor units (accounts, buckets); each row's sum is the amount.
    decimals
        int64; of each account's amounts.
    """

    rule: DelinquencyRule
    days_past_due: Ints
    days: Ints
    since: Days
    bucket: Ints
    amount: Ints
    by_bucket: Ints
    decimals: Ints

    def __len__(self) -> int:
        return len(self.days)

    def one(self, i: int) -> Delinquency:
        """That of account ``i``."""
        names, places = self.rule.buckets.names, int(self.decimals[i])
        return Delinquency(
            days_past_due=int(self.days_past_due[i]),
            days=int(self.days[i]),
            since=self.since[i].item(),
            bucket=names[int(self.bucket[i])],
            amount=to_decimal(int(self.amount[i]), places),
            by_bucket={
                name: to_decimal(int(units), places)
                for name, units in zip(names, self.by_bucket[i], strict=True)
            },
        )
