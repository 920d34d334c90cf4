"""What is to be done about an account on a day: reminders, the next review, early warnings, a broken plan."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import overload

import numpy as np

from repayplan.ability.figures import share_of
from repayplan.accounts.pauses import NEVER, PausedDays
from repayplan.accounts.reviewing import latest_review
from repayplan.accounts.statement import Statement, Statements, day_of, of_accounts
from repayplan.accounts.trackingrule import Consequence, TrackingRule
from repayplan.basics.dates import FREQUENCY_INDEX, Days, civil, shift
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import to_decimal
from repayplan.basics.outcome import Bools, Ints
from repayplan.basics.reason import Reason

_MONTHLY = FREQUENCY_INDEX["monthly"]
_NEVER = np.datetime64("NaT", "D")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracked:
    """What is to be done about one account.

    Attributes
    ----------
    reminder
        What the borrower is told today: of what is overdue, else of the first instalment to fall due of which
        they are to be reminded; None: nothing. :func:`~repayplan.agenda` lists every reminder of a day.
    next_reminder
        The next day, after today, on which they are reminded as things stand, of whichever instalment, as by
        :func:`~repayplan.agenda`; None: there is none.
    next_review
        When the account is looked at next; None: it is closed or paid off.
    warnings
        Signs that the plan may not be kept: an instalment paid in part, payments that come later than before,
        a net income that fell between the last two reviews.
    broken
        Why the plan is broken, since when; None: it isn't.
    consequence
        What the agreement says then; None where it isn't broken.
    """

    reminder: Reason | None
    next_reminder: date | None
    next_review: date | None
    warnings: tuple[Reason, ...]
    broken: Reason | None
    consequence: Consequence | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tracks:
    """The same of many accounts, a value for each.

    Attributes
    ----------
    statements
        Of which.
    due_today, overdue_today
        bool; who is reminded today: of what falls due, or of what is overdue.
    amount_due, due_on
        int64 minor units and datetime64[D]; what of those reminded of what falls due today, and when: of the
        first that does. 0 and NaT elsewhere.
    next_reminder, next_review, broken_on
        datetime64[D]; NaT where there is none.
    by_missed
        bool; the plan is broken by how many instalments were missed, not by how long.
    part_paid
        bool; an overdue instalment was paid in part.
    later
        int64; by how many days in all the last three instalments were paid later than the three before.
    income, income_before
        int64 minor units; net income a month at the last two reviews where it fell by the rule's share or
        more, -1 elsewhere.
    """

    statements: Statements
    due_today: Bools
    overdue_today: Bools
    amount_due: Ints
    due_on: Days
    next_reminder: Days
    next_review: Days
    broken_on: Days
    by_missed: Bools
    part_paid: Bools
    later: Ints
    income: Ints
    income_before: Ints

    def __len__(self) -> int:
        return len(self.later)

    def one(self, i: int) -> Tracked:
        """Of account ``i``."""
        statements, columns = self.statements, self.statements.columns
        rule = _rule(statements)
        places = int(statements.accounts.decimals[statements.row[i]])

        def money(units: Ints) -> object:
            return to_decimal(int(units), places)

        reminder = None
        if self.overdue_today[i]:
            since = columns.oldest_due[i].item()
            reminder = Reason(Code.PAYMENT_OVERDUE, "payment", money(columns.owed[i].sum()), since)
        elif self.due_today[i]:
            when = self.due_on[i].item()
            reminder = Reason(Code.PAYMENT_DUE, "payment", money(self.amount_due[i]), when)
        warnings = []
        if self.part_paid[i]:
            warnings.append(
                Reason(Code.PAID_IN_PART, "payment", money(columns.missing[i]), columns.oldest_due[i].item())
            )
        if self.later[i] > 0:
            warnings.append(Reason(Code.PAID_LATER, "payment", int(self.later[i]), ""))
        if self.income[i] >= 0:
            now, then = money(self.income[i]), money(self.income_before[i])
            warnings.append(Reason(Code.INCOME_FELL, "net_income", now, then))
        broken = None
        if not np.isnat(self.broken_on[i]):
            code = Code.BROKEN_BY_MISSED if self.by_missed[i] else Code.BROKEN_BY_DAYS
            figure = rule.broken_after_missed if self.by_missed[i] else rule.broken_after_days
            broken = Reason(code, "plan", figure, self.broken_on[i].item())
        following = self.next_reminder[i].item()
        return Tracked(
            reminder=reminder,
            next_reminder=following,
            next_review=self.next_review[i].item(),
            warnings=tuple(warnings),
            broken=broken,
            consequence=None if broken is None else rule.consequence,
        )


@overload
def track(statements: Statement) -> Tracked: ...
@overload
def track(statements: Statements) -> Tracks: ...
def track(statements: Statement | Statements) -> Tracked | Tracks:
    """What is to be done about accounts on the day of their statements, by their terms' tracking rule.

    Of what is overdue the borrower is reminded so many days after the due date of each instalment of which
    something is missing, of all that is overdue together. Of instalments that money which the account keeps
    will cover, nobody is reminded. A plan that is broken
    stays so, even if what was missed has been paid since: a new plan or an agreement between the parties
    mends it, not time. An account that is settled, written off or paid off is left alone.

    Parameters
    ----------
    statements
        One, or those of a batch.

    Returns
    -------
    :class:`Tracked`, or :class:`Tracks` of a batch.

    Raises
    ------
    InputError
        The terms have no tracking rule.

    Examples
    --------
    >>> import repayplan as rp
    >>> from repayplan.testing import example_account
    >>> rule = rp.TrackingRule(broken_after_missed=2, consequence="acceleration", remind_after=(1, 7))
    >>> account = example_account(principal="12000.00", annual_rate="0.12", tracking=rule)
    >>> todo = rp.track(rp.replay(account, [], as_of="2026-02-07"))
    >>> todo.reminder.text()
    '1069.50 has been overdue since 2026-01-31'
    >>> rp.track(rp.replay(account, [], as_of="2026-03-01")).broken.text("zh")
    '2期未按时归还，计划自2026-03-01起视为违约'
    """
    of_accounts(statements)
    if isinstance(statements, Statement):
        return track(statements.batch).one(0)
    rule = _rule(statements)
    columns, today = statements.columns, statements.as_of
    open_ones = followed(statements)
    income, income_before = _fell(statements, rule, open_ones)
    paused = PausedDays.of(statements, rule.pauses)
    late, coming = statements.late, statements.coming
    late_line, next_late = _told(
        late.account, today, late_reminders(rule, paused, late.account, late.due), open_ones
    )
    line, next_due = _told(
        coming.account, today, early_reminders(rule, paused, coming.account, coming.due), open_ones
    )
    due_today, amount_due, due_on = line >= 0, np.zeros(len(today), np.int64), np.full_like(today, _NEVER)
    amount_due[due_today], due_on[due_today] = coming.amount[line[due_today]], coming.due[line[due_today]]
    return Tracks(
        statements=statements,
        due_today=due_today,
        overdue_today=late_line >= 0,
        amount_due=amount_due,
        due_on=due_on,
        next_reminder=np.fmin(next_due, next_late),
        next_review=np.where(open_ones, _review(statements, rule.review_months), _NEVER),
        broken_on=np.where(open_ones, columns.broken_on, _NEVER),
        by_missed=columns.broken_by_missed,
        part_paid=open_ones & columns.part_paid,
        later=np.where(open_ones, columns.paid_later, 0),
        income=income,
        income_before=income_before,
    )


def followed(statements: Statements) -> Bools:
    """Which accounts there is something to be done about: neither closed nor paid off."""
    columns = statements.columns
    return np.isnat(columns.closed) & (columns.payoff > 0)


def _rule(statements: Statements) -> TrackingRule:
    rule = statements.accounts.terms.tracking
    if rule is None:
        raise InputError(Code.MISSING, "tracking", None, "a TrackingRule in the accounts' terms")
    return rule


def _fell(statements: Statements, rule: TrackingRule, some: Bools) -> tuple[Ints, Ints]:
    """Net income at the last two reviews, where it fell by the rule's share or more; -1 elsewhere."""
    none = np.full(len(statements), -1)
    if rule.income_drop is None:
        return none, none
    now, before = latest_review(statements).incomes()
    least = share_of(before, 1 - rule.income_drop, up=False)
    fell = some & (now >= 0) & (before > now) & (now <= least)
    return np.where(fell, now, -1), np.where(fell, before, -1)


def late_reminders(rule: TrackingRule, paused: PausedDays, account: Ints, due: Days) -> list[Days]:
    """The days on which the borrower is reminded of instalments that are overdue, by each of the rule's.

    Parameters
    ----------
    rule, paused
        The rule, and the days that don't count by it.
    account, due
        int64 and datetime64[D]; each instalment's account, and when it fell due.

    Returns
    -------
    datetime64[D] of each instalment; NaT where a pause goes on.
    """
    out = []
    for days in rule.remind_after:
        when = paused.counts_on(account, day_of(due), days)
        dated = np.where(when < NEVER - 1, when, 0).view("datetime64[D]")
        out.append(np.where(when < NEVER - 1, dated, _NEVER))
    return out


def early_reminders(rule: TrackingRule, paused: PausedDays, account: Ints, due: Days) -> list[Days]:
    """The days on which the borrower is reminded of instalments that are to come, as of late ones.

    NaT where the day is one of a pause.
    """
    out = []
    for days in rule.remind_before:
        when = due - np.timedelta64(days, "D")
        out.append(np.where(paused.rests(account, day_of(when)), _NEVER, when))
    return out


def _told(of: Ints, today: Days, whens: Iterable[Days], some: Bools) -> tuple[Ints, Days]:
    """Of some accounts, which of their lines the borrower is told of today, and when next of any.

    The place of the first of them, -1 where there is none. ``whens``: days of each line; ``of``: whose it is.
    """
    line, following = np.full(len(today), len(of)), np.full(len(today), _NEVER)
    every = np.arange(len(of))
    for when in whens:
        now, later = some[of] & (when == today[of]), some[of] & (when > today[of])
        np.minimum.at(line, of[now], every[now])
        np.fmin.at(following, of[later], when[later])
    return np.where(line < len(of), line, -1), following


def _review(statements: Statements, months: int) -> Days:
    """The first day after today that is whole so many months from the plan's start."""
    start = statements.accounts.start[statements.row]
    today = statements.as_of
    passed = (civil(today)[0] - civil(start)[0]) // months
    out = shift(start, _MONTHLY, passed * months)
    return np.where(out > today, out, shift(start, _MONTHLY, (passed + 1) * months))
