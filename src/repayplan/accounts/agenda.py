"""What is to come of an account, day by day: what falls due, when the borrower is reminded, reviews."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import count, takewhile
from typing import Literal

import numpy as np

from repayplan.accounts.pauses import PausedDays
from repayplan.accounts.statement import Statement, of_accounts
from repayplan.accounts.tracking import early_reminders, followed, late_reminders
from repayplan.basics.dates import FREQUENCY_INDEX, shift
from repayplan.basics.errors import Code
from repayplan.basics.money import to_decimal
from repayplan.basics.reason import Reason

AgendaKind = Literal["due", "reminder", "review"]
_MONTHLY = FREQUENCY_INDEX["monthly"]
_ORDER = ("review", "reminder", "due")


@dataclass(frozen=True, slots=True, kw_only=True)
class AgendaEntry:
    """One thing on one day.

    Attributes
    ----------
    day
        When.
    kind
        ``"due"``: an instalment falls due; ``"reminder"``: the borrower is reminded of one; ``"review"``: the
        account is looked at.
    reason
        What it is, with its figures, in both languages.
    """

    day: date
    kind: AgendaKind
    reason: Reason


def agenda(statement: Statement) -> tuple[AgendaEntry, ...]:
    """What is to come of an account from the day of its statement on, as things stand.

    Instalments of which something is missing, on their due dates; by the tracking rule of the terms (where
    they have one) reminders before each of them and of what is overdue, and reviews until the plan's last due
    date. Of an account that is closed or paid off, nothing.

    Parameters
    ----------
    statement
        Of one account.

    Returns
    -------
    In the order of days; of one day reviews first, what falls due last.

    Examples
    --------
    >>> import repayplan as rp
    >>> loan = rp.Loan(
    ...     principal="300.00", annual_rate="0", original_term=3, elapsed=0, unpaid=3, next_due="2026-01-31"
    ... )
    >>> late = rp.OverdueRule(
    ...     penalty=rp.OverdueLedger(on=("principal",), rate=rp.OverdueRate(rate="0")),
    ...     day_count="ACT/360",
    ...     first_day="due_date",
    ...     rounded="end",
    ...     mode="half_up",
    ... )
    >>> terms = rp.AccountTerms(
    ...     overdue=late,
    ...     allocation=rp.AllocationRule.example("civil-code-561"),
    ...     tracking=rp.TrackingRule(broken_after_missed=2, consequence="review", remind_before=(7,)),
    ... )
    >>> account = rp.Account.of(loan, rp.schedule(loan, rp.equal_instalment(3)), terms)
    >>> paid = rp.Event(kind="payment", value_date="2026-02-20", amount="130", reference="1")
    >>> for entry in agenda(rp.replay(account, [paid], as_of="2026-02-20")):
    ...     print(entry.day, entry.kind, entry.reason.text())
    2026-02-21 reminder 70.00 falls due on 2026-02-28
    2026-02-28 review the account is looked at on 2026-02-28
    2026-02-28 due 70.00 falls due on 2026-02-28
    2026-03-24 reminder 100.00 falls due on 2026-03-31
    2026-03-31 review the account is looked at on 2026-03-31
    2026-03-31 due 100.00 falls due on 2026-03-31
    """
    of_accounts(statement, Statement)
    today, batch = statement.as_of, statement.batch
    if not followed(batch)[0]:
        return ()
    rule = batch.accounts.terms.tracking
    paused = PausedDays.of(batch, () if rule is None else rule.pauses)
    found: list[AgendaEntry] = []
    if rule is not None and statement.oldest_due is not None:
        late = Reason(Code.PAYMENT_OVERDUE, "payment", statement.overdue, statement.oldest_due)
        reminded = late_reminders(rule, paused, batch.late.account, batch.late.due)
        days = {day for each in reminded for day in each[~np.isnat(each)].tolist()}
        found += [AgendaEntry(day=when, kind="reminder", reason=late) for when in days]
    places, coming = int(batch.accounts.decimals[batch.row[0]]), batch.coming
    whens = [] if rule is None else early_reminders(rule, paused, coming.account, coming.due)
    for k, (day, units) in enumerate(zip(coming.due.tolist(), coming.amount.tolist(), strict=True)):
        due = Reason(Code.PAYMENT_DUE, "payment", to_decimal(units, places), day)
        found.append(AgendaEntry(day=day, kind="due", reason=due))
        told = (each[k].item() for each in whens)
        found += [AgendaEntry(day=when, kind="reminder", reason=due) for when in told if when is not None]
    if rule is not None:
        for day in _reviews(statement, rule.review_months):
            reason = Reason(Code.REVIEW_DUE, "account", day)
            found.append(AgendaEntry(day=day, kind="review", reason=reason))
    found = [each for each in found if each.day >= today]
    return tuple(sorted(found, key=lambda each: (each.day, _ORDER.index(each.kind))))


def _reviews(statement: Statement, months: int) -> list[date]:
    """Days that are whole so many months from the plan's start, up to its last due date."""
    batch = statement.batch
    start = batch.accounts.start[batch.row[:1]]
    last = max(batch.columns.matures[0].item(), statement.as_of)
    days = (shift(start, _MONTHLY, np.int64(k * months))[0].item() for k in count(1))
    return list(takewhile(lambda day: day <= last, days))
