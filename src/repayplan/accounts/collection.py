"""What is done next about what is past due, when that may be, and why not sooner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from repayplan.ability.figures import one_rule
from repayplan.accounts.collectionrule import WEEKDAYS, CollectionRule, CollectionStep, ContactLimit
from repayplan.accounts.contacts import Contact, Contacts
from repayplan.accounts.eventkinds import KIND_INDEX
from repayplan.accounts.statement import Statement, Statements, day_of
from repayplan.basics.columns import Screen
from repayplan.basics.dates import Days
from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Bools, Ints, Outcome
from repayplan.basics.reason import Reason
from repayplan.kernel.law import FOREVER

_NEVER = np.datetime64("NaT", "D")
_BY = (Code.COLLECT_TURN, Code.COLLECT_FROZEN, Code.COLLECT_OFTEN, Code.COLLECT_SPOKEN, Code.COLLECT_QUIET)
"""Why not sooner, in the order of the last axis of ``not_before``."""
_TURN, _FROZEN, _OFTEN, _SPOKEN, _QUIET = range(len(_BY))


@dataclass(frozen=True, slots=True, kw_only=True)
class NextContact:
    """What is done next about one account.

    Attributes
    ----------
    step
        Which step; None: none is.
    due_on
        The day from which it is its turn.
    may_be_on
        The first day, from today on, on which it may be done; None: not before something else happens.
    earliest, latest
        Between which times of that day, where the borrower is; None where it may not be done.
    reasons
        Why nothing is done, or not today.
    """

    step: CollectionStep | None
    due_on: date | None
    may_be_on: date | None
    earliest: time | None
    latest: time | None
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NextContacts:
    """The same of many, in the order of their statements.

    Attributes
    ----------
    statements
        Of which; an account that has a code is among them, and in nothing else.
    rule
        By which.
    as_of
        datetime64[D]; today.
    step
        int64; place among the rule's steps, -1 where none is taken.
    due_on, may_be_on
        datetime64[D]; NaT where there is none.
    not_before
        int64 (accounts, 5): day numbers before which it isn't done, by what there is of the step, freezes,
        how often the borrower was contacted, conversations, and days and hours on which nobody is.
    open
        bool; something is past due, and the account isn't closed.
    """

    statements: Statements
    rule: CollectionRule
    as_of: Days
    step: Ints
    due_on: Days
    may_be_on: Days
    not_before: Ints
    open: Bools

    def __len__(self) -> int:
        return len(self.step)

    def one(self, i: int) -> NextContact:
        """Of account ``i``."""
        today, step = int(day_of(self.as_of[i])), int(self.step[i])
        if not self.open[i]:
            found = [Reason(Code.COLLECT_NOTHING_LATE, "account")]
        elif step < 0:
            found = [Reason(Code.COLLECT_NO_STEP, "account")]
        else:
            found = [
                Reason(code, "account", _date(bound))
                if bound < FOREVER
                else Reason(Code.COLLECT_STOPPED, "account")
                for code, bound in zip(_BY, self.not_before[i].tolist(), strict=True)
                if bound > today
            ]
        may = self.may_be_on[i].item()
        earliest, latest = (None, None) if may is None else self.rule.hours
        return NextContact(
            step=None if step < 0 else self.rule.steps[step],
            due_on=self.due_on[i].item(),
            may_be_on=may,
            earliest=earliest,
            latest=latest,
            reasons=tuple(found),
        )


def _date(day: int) -> date:
    return date(1970, 1, 1) + timedelta(days=day)


@overload
def next_contact(
    statements: Statement, rule: CollectionRule, contacts: Sequence[Contact], *, at: time | None = None
) -> NextContact: ...


@overload
def next_contact(
    statements: Statements, rule: CollectionRule, contacts: Contacts, *, at: time | None = None
) -> Outcome[NextContacts]: ...


def next_contact(
    statements: Statement | Statements,
    rule: CollectionRule,
    contacts: Sequence[Contact] | Contacts,
    *,
    at: time | None = None,
) -> NextContact | Outcome[NextContacts]:
    """The next step of collection, and the first day on which limits on contacts let it be taken.

    Nothing is asked for while nothing is past due, nor while a freeze holds. The step is the last one whose
    days past due have come; once it was taken, since the oldest instalment fell due, it is that one again
    after its days of repetition or the next one, whichever comes first. Contacts after the statement's day
    aren't looked at. All that was tried counts towards the limits, whether it was a step or not.

    Parameters
    ----------
    statements
        One, or those of a batch.
    rule
        Steps and limits.
    contacts
        That were made: of one account :class:`Contact` s; of a batch :class:`Contacts`, each with the row of
        its account.
    at
        The time of today where the borrower is: after the latest one, nothing is done today. None: that isn't
        known.

    Returns
    -------
    :class:`NextContact`; of a batch an Outcome of :class:`NextContacts`. An account has a code where one of
    its contacts can't be.

    Raises
    ------
    InputError
        Of one account, the same; no rule; a contact of no account; something else in place of contacts or a
        time, one with a time zone among them.

    Examples
    --------
    Twelve days past due; on the tenth the borrower was spoken to:

    >>> import repayplan as rp
    >>> from repayplan.testing import example_account
    >>> account = example_account()
    >>> spoken = Contact(day="2026-02-10", channel="call", step="call", conversation=True)
    >>> rule = CollectionRule.example("us-regulation-f")
    >>> found = next_contact(rp.replay(account, [], as_of="2026-02-12"), rule, [spoken])
    >>> found.step.name, found.due_on.isoformat(), found.may_be_on.isoformat()
    ('call', '2026-02-13', '2026-02-17')
    >>> [each.text() for each in found.reasons]
    ['its turn comes on 2026-02-13', 'spoken to: not before 2026-02-17']
    """
    one_rule("rule", rule, CollectionRule)
    hour: object = at
    if hour is not None and not isinstance(hour, time):
        raise InputError(Code.UNKNOWN_VALUE, "at", hour, "a datetime.time")
    if at is not None and at.tzinfo is not None:
        raise InputError(Code.UNKNOWN_VALUE, "at", hour, "without a time zone: it is where the borrower is")
    if isinstance(statements, Statement):
        mine = contacts if isinstance(contacts, Contacts) else Contacts.of(contacts)
        return _next(statements.batch, rule, mine, at).single().one(0)
    if not isinstance(contacts, Contacts):
        raise InputError(Code.UNKNOWN_VALUE, "contacts", type(contacts).__name__, "Contacts, for a batch")
    return _next(statements, rule, contacts, at)


def _next(
    statements: Statements, rule: CollectionRule, contacts: Contacts, at: time | None
) -> Outcome[NextContacts]:
    size, many = len(statements), len(statements.accounts)
    of = contacts.account
    if ((of < 0) | (of >= many)).any():
        wrong = int(of[(of < 0) | (of >= many)][0])
        raise InputError(Code.OUT_OF_RANGE, "account", wrong, f"0 to {many - 1}")
    place = np.full(many, -1)
    place[statements.row] = np.arange(size)
    lines, screen = Screen(len(of)), Screen(many)
    lines.adopt(contacts.failures)
    names = [each.name for each in rule.steps]
    unknown = ~np.isin(contacts.step, ["", *names])
    lines.fault(unknown, Code.UNKNOWN_VALUE, "step", contacts.step, ", ".join(names))
    where = np.char.add("contact ", np.arange(len(of)).astype(np.str_))
    screen.adopt(lines.failures().placed(where).moved(of))
    today = day_of(statements.as_of)
    seen = np.flatnonzero(place[of] >= 0)
    account, day = place[of[seen]], day_of(contacts.day[seen])
    known = day <= today[account]
    seen, account, day = seen[known], account[known], day[known]
    order = np.lexsort((day, account))
    made = _Made(account[order], day[order], contacts, seen[order])
    found = _found(statements, rule, made, today, at)
    good = np.flatnonzero(screen.good[statements.row])
    taken = NextContacts(
        statements=statements, rule=rule, **{name: column[good] for name, column in found.items()}
    )
    return Outcome(taken, statements.row[good], screen.failures())


class _Made:
    """Contacts up to today, by account and day."""

    def __init__(self, account: Ints, day: Ints, contacts: Contacts, which: Ints) -> None:
        self.account, self.day = account, day
        self.channel, self.step = contacts.channel[which], contacts.step[which]
        self.conversation = contacts.conversation[which]

    def latest(self, some: Bools, size: int, back: int = 1) -> Ints:
        """The day of the ``back``-th last of some contacts of each account, -FOREVER where there is none."""
        account, day = self.account[some], self.day[some]
        end = np.searchsorted(account, np.arange(size), side="right")
        first = np.searchsorted(account, np.arange(size))
        there = end - back >= first
        out = np.full(size, -FOREVER)
        out[there] = day[(end - back)[there]]
        return out


def _found(
    statements: Statements, rule: CollectionRule, made: _Made, today: Ints, at: time | None
) -> dict[str, npt.NDArray[Any]]:
    columns, size = statements.columns, len(statements)
    late = (columns.days_past_due > 0) & np.isnat(columns.closed)
    since = np.where(late, today - columns.days_past_due, 0)
    step, due = _turn(rule, made, late, since, columns.days_past_due)
    bounds = np.full((size, len(_BY)), -FOREVER)
    bounds[:, _TURN] = due
    bounds[:, _FROZEN] = _frozen(statements, today)
    for number, each in enumerate(rule.steps):
        mine = step == number
        for limit in rule.limits:
            if each.channel in limit.channels:
                for k, days in ((_OFTEN, _often(limit, made, size)), (_SPOKEN, _spoken(limit, made, size))):
                    bounds[mine, k] = np.maximum(bounds[mine, k], days[mine])
    may = np.maximum(bounds.max(axis=1), today)
    if at is not None and at > rule.hours[1]:
        may = np.maximum(may, today + 1)
    ever = may < FOREVER
    calm = _not_quiet(rule, np.where(ever, may, today))
    # That a day or an hour is quiet is a reason where nothing else keeps it from that day.
    bounds[:, _QUIET] = np.where(ever & (calm > np.maximum(bounds.max(axis=1), today)), calm, -FOREVER)
    takes = step >= 0
    allowed = takes & ever
    return {
        "as_of": statements.as_of,
        "step": step,
        "due_on": np.where(takes, np.where(takes, due, 0).view("datetime64[D]"), _NEVER),
        "may_be_on": np.where(allowed, np.where(allowed, calm, 0).view("datetime64[D]"), _NEVER),
        "not_before": bounds,
        "open": late,
    }


def _turn(rule: CollectionRule, made: _Made, late: Bools, since: Ints, days: Ints) -> tuple[Ints, Ints]:
    """Whose turn it is, -1: none's, and from which day on."""
    begins = np.array([each.from_days for each in rule.steps])
    last = len(begins) - 1
    reached = np.searchsorted(begins, days, side="right") - 1
    step, due = np.maximum(reached, 0), since + begins[np.maximum(reached, 0)]
    for number, each in enumerate(rule.steps):
        was = made.latest(made.step == each.name, len(since))
        done = (reached == number) & (was > since)
        again = was + each.repeat_days if each.repeat_days is not None else np.full(len(since), FOREVER)
        after = since + begins[number + 1] if number < last else np.full(len(since), FOREVER)
        moves = done & (after <= again)
        step = np.where(moves, min(number + 1, last), step)
        due = np.where(done, np.minimum(again, after), due)
    none = ~late | (due >= FOREVER)
    return np.where(none, -1, step), np.where(none, -FOREVER, due)


def _often(limit: ContactLimit, made: _Made, size: int) -> Ints:
    """The day on which one more contact is within the limit."""
    if limit.at_most is None or limit.in_days is None:
        return np.full(size, -FOREVER)
    return made.latest(np.isin(made.channel, limit.channels), size, limit.at_most) + limit.in_days


def _spoken(limit: ContactLimit, made: _Made, size: int) -> Ints:
    """The day on which the borrower may be contacted again after a conversation."""
    if limit.after_conversation is None:
        return np.full(size, -FOREVER)
    spoken = made.conversation & np.isin(made.channel, limit.channels)
    return made.latest(spoken, size) + limit.after_conversation


def _frozen(statements: Statements, today: Ints) -> Ints:
    """The day after freezes that hold today, FOREVER where they go on, -FOREVER where none does."""
    events, which = statements.events, statements.holding
    which = which[events.kind[which] == KIND_INDEX["freeze"]]
    account = np.searchsorted(statements.row, events.account[which])
    until = np.where(np.isnat(events.until[which]), FOREVER - 1, day_of(events.until[which]))
    holds = until >= today[account]
    out = np.full(len(today), -FOREVER)
    np.maximum.at(out, account[holds], until[holds] + 1)
    return out


def _not_quiet(rule: CollectionRule, day: Ints) -> Ints:
    """The first day from each on that isn't quiet."""
    weekdays = np.array([WEEKDAYS.index(each) for each in rule.quiet_weekdays], np.int64)
    dates = day_of(np.array(rule.quiet_dates, "datetime64[D]"))
    day = day.copy()
    while True:
        quiet = np.isin((day + 3) % 7, weekdays) | np.isin(day, dates)  # 1970-01-01 was a Thursday
        if not quiet.any():
            return day
        day[quiet] += 1
