"""Restructured loans under observation: until when, and what class they have at least."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, overload

import numpy as np

from repayplan.ability.figures import one_of, one_rule, whole
from repayplan.accounts.eventkinds import KIND_INDEX, NEW_PLANS
from repayplan.accounts.history import History
from repayplan.accounts.lateness import MOST_DAYS
from repayplan.accounts.statement import Statement, Statements, day_of
from repayplan.basics.columns import Screen
from repayplan.basics.dates import FREQUENCY_INDEX, Days, shift
from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Bools, Ints
from repayplan.kernel.law import FOREVER
from repayplan.offers.hardship import said

_MONTHLY = FREQUENCY_INDEX["monthly"]
_SPAN = 1 << 24
"""More days than there are between any two dates."""
_NEVER = np.datetime64("NaT", "D")


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchRule:
    """How long a restructured loan stays under observation.

    Parameters
    ----------
    months, periods
        From the first due date of the new plan on, at least so many months, and at least so many periods of
        repayment one after the other (or the rest of the plan, where it is shorter).
    late_days
        Both count anew from the last day on which it is more than so many days past due.
    failed_days
        More than so many: the restructure has failed, as if the loan had been restructured again.
    source
        Where that is written.

    Raises
    ------
    InputError
        A figure out of range, no source.

    Examples
    --------
    >>> rule = WatchRule.example("china-2023")
    >>> rule.months, rule.periods, rule.late_days
    (12, 2, 7)
    """

    months: int
    periods: int
    late_days: int
    failed_days: int
    source: str

    def __post_init__(self) -> None:
        whole("watch.months", self.months, 0, 120, "months")
        whole("watch.periods", self.periods, 0, 120, "periods")
        whole("watch.late_days", self.late_days, 0, MOST_DAYS, "days")
        whole("watch.failed_days", self.failed_days, self.late_days, MOST_DAYS, "days")
        said("watch.source", self.source)

    @classmethod
    def example(cls, name: str) -> WatchRule:
        """A published rule: ``"china-2023"``.

        Raises
        ------
        InputError
            There is none of that name.
        """
        one_of("name", name, _EXAMPLES)
        return _EXAMPLES[name]


_EXAMPLES = {
    "china-2023": WatchRule(
        months=12,
        periods=2,
        late_days=7,
        failed_days=90,
        source="商业银行金融资产风险分类办法 (2023), chapter 3 on restructured assets (重组资产)",
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """One account under observation, or not.

    Attributes
    ----------
    restructures
        0: it isn't, or no more; 1: it was restructured; 2: again while it was, or the restructure failed.
        What :class:`~repayplan.RiskClasses` takes as restructures that count.
    since
        The day from which its time counts: the first due date of the new plan, or the last day that was too
        late; None: it isn't watched.
    served
        Days since then, 0 before.
    ends
        The first day on which it is no more under observation, if nothing is late by then.
    """

    restructures: int
    since: date | None
    served: int
    ends: date | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Watches:
    """The same of many: int64, and datetime64[D] ``since`` and ``ends`` (NaT where it isn't watched)."""

    restructures: Ints
    since: Days
    served: Ints
    ends: Days

    def __len__(self) -> int:
        return len(self.restructures)

    def one(self, i: int) -> Watch:
        """Of account ``i``."""
        return Watch(
            restructures=int(self.restructures[i]),
            since=self.since[i].item(),
            served=int(self.served[i]),
            ends=self.ends[i].item(),
        )


@overload
def watch(statements: Statement, rule: WatchRule, *, restructures: int) -> Watch: ...
@overload
def watch(statements: Statements, rule: WatchRule, *, restructures: Any) -> Watches: ...
def watch(statements: Statement | Statements, rule: WatchRule, *, restructures: Any) -> Watch | Watches:
    """Whether restructured loans are still under observation, and how often they were restructured in it.

    A new plan that comes when observation has ended begins another one, as if it were the first.

    Parameters
    ----------
    statements
        Of replays with ``history=True``.
    rule
        How long.
    restructures
        0: the signed plan isn't a restructure; 1: it is one; 2: it is one of a loan that was under
        observation. Of one account, or a column.

    Returns
    -------
    :class:`Watch`, or :class:`Watches` of a batch.

    Raises
    ------
    InputError
        The statements know no history; no rule; restructures that can't be.

    Examples
    --------
    >>> import repayplan as rp
    >>> from repayplan.testing import example_account
    >>> account = example_account(24)
    >>> paid = rp.Event(kind="payment", value_date="2026-01-31", amount="2400", reference="all of it, ahead")
    >>> five = rp.RiskClasses.example("china-2023")
    >>> for day in ("2027-01-30", "2027-01-31"):
    ...     now = rp.replay(account, [paid], as_of=day, history=True)
    ...     found = watch(now, WatchRule.example("china-2023"), restructures=1)
    ...     print(found.ends, five.name(now.days_past_due, restructures=found.restructures))
    2027-01-31 special mention
    None normal
    """
    one_rule("rule", rule, WatchRule)
    if isinstance(statements, Statement):
        return watch(statements.batch, rule, restructures=[restructures]).one(0)
    history = statements.history
    if history is None:
        raise InputError(Code.MISSING, "history", None, "statements of replay(..., history=True)")
    screen = Screen(len(statements))
    signed = screen.count("restructures", restructures, 0, 2)
    for failure in screen.failures():
        raise failure.error()
    end = day_of(statements.as_of)
    course = _Course(statements, history, rule, signed)
    oldest = np.where(np.isnat(history.oldest), FOREVER, day_of(history.oldest))
    piece, begins, ends = history.cut(end, [oldest + rule.late_days + 1, oldest + rule.failed_days + 1])
    days = np.where(history.late[piece] > 0, begins - oldest[piece], 0)
    course.pass_over(history.account[piece], begins, ends, days)
    watched = (course.count > 0) & (end < course.ends)
    return Watches(
        restructures=np.where(watched, course.count, 0),
        since=np.where(watched, course.base.view("datetime64[D]"), _NEVER),
        served=np.where(watched, np.maximum(end - course.base, 0), 0),
        ends=np.where(watched, course.ends.view("datetime64[D]"), _NEVER),
    )


class _Course:
    """Accounts under observation as their days pass."""

    def __init__(self, statements: Statements, history: History, rule: WatchRule, signed: Ints) -> None:
        self.rule, size = rule, len(statements)
        accounts, row = statements.accounts, statements.row
        events, which = statements.events, statements.holding
        which = which[np.isin(events.kind[which], [KIND_INDEX[kind] for kind in NEW_PLANS])]
        which = which[~events.correction[which]]  # what only puts an error right is no restructure
        # Plans by their numbers: those that were signed, then those of events.
        of_row = np.repeat(np.arange(len(accounts)), np.diff(accounts.offsets))
        number = np.full(len(accounts), -1)
        number[row] = np.arange(size)
        mine = number[of_row] >= 0
        plan = np.concatenate((number[of_row][mine], size + history.event))
        due = np.concatenate((day_of(accounts.due)[mine], day_of(history.due)))
        order = np.lexsort((due, plan))
        self.due, plan = due[order], plan[order]
        self.low = int(self.due.min(initial=0))
        self.key = plan * _SPAN + (self.due - self.low)
        numbers = np.arange(size + len(events) + 1)
        self.heads = np.searchsorted(plan, numbers)
        self.account = np.searchsorted(row, events.account[which])
        self.day, self.which = day_of(events.value_date[which]), which
        self.plan, self.count = np.arange(size), signed.copy()
        every = np.arange(size)
        self.base, self.ends = np.zeros(size, np.int64), np.zeros(size, np.int64)
        self._begin(every, self._first_due(every, day_of(accounts.start[row])))

    def _first_due(self, plan: Ints, day: Ints) -> Ints:
        """When each plan first falls due; the day itself where it asks for nothing."""
        at = self.heads[plan]
        some = at < self.heads[plan + 1]
        return np.where(some, self.due[np.minimum(at, len(self.due) - 1)], day) if len(self.due) else day

    def _begin(self, i: Ints, base: Ints) -> None:
        """Their time counts from a day on."""
        self.base[i] = base
        plan, rule = self.plan[i], self.rule
        ends = shift(base.view("datetime64[D]"), _MONTHLY, rule.months).view(np.int64)
        if len(self.due):
            first = np.searchsorted(self.key, plan * _SPAN + (base - self.low))
            last = self.heads[plan + 1] - 1
            some = last >= self.heads[plan]
            at = np.clip(first + rule.periods, 0, np.maximum(last, 0))
            ends = np.where(some, np.maximum(ends, self.due[at]), ends)
        self.ends[i] = ends

    def pass_over(self, account: Ints, begins: Ints, ends: Ints, days: Ints) -> None:
        """All stretches of days of all accounts: days past due on the first of each."""
        size = len(self.count)
        renewed = np.full(len(begins), -1)
        low = int(begins.min(initial=0))
        place = np.searchsorted(account * _SPAN + (begins - low), self.account * _SPAN + (self.day - low))
        renewed[place] = self.which
        again = np.bincount(place, minlength=len(begins))
        many = np.bincount(account, minlength=size)
        heads = np.cumsum(many) - many
        longest = np.argsort(-many, kind="stable")
        rounds = int(many.max(initial=0))
        alive = np.searchsorted(-many[longest], -np.arange(rounds), side="left")
        for k, going in enumerate(alive.tolist()):
            i = longest[:going]
            at = heads[i] + k
            self._step(i, begins[at], ends[at], days[at], renewed[at], again[at])

    def _step(self, i: Ints, begins: Ints, ends: Ints, days: Ints, renewed: Ints, plans: Ints) -> None:
        """One stretch of some accounts."""
        over = begins >= self.ends[i]
        self.count[i] = np.where(over, 0, self.count[i])
        new = np.flatnonzero(renewed >= 0)
        if len(new):
            mine = i[new]
            self.count[mine] = np.minimum(self.count[mine] + plans[new], 2)
            self.plan[mine] = len(self.count) + renewed[new]
            self._begin(mine, self._first_due(self.plan[mine], begins[new]))
        watched = self.count[i] > 0
        late = np.flatnonzero(watched & (days > self.rule.late_days))
        if len(late):
            self._begin(i[late], np.maximum(self.base[i[late]], ends[late]))
        failed: Bools = watched & (days > self.rule.failed_days)
        self.count[i[failed]] = 2
