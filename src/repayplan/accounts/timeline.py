"""What happens to each account of a block: the plan's rows, events, and what the calendar brings."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from repayplan.accounts.account import Accounts
from repayplan.accounts.allocationrule import MONEY_IN
from repayplan.accounts.event import Events
from repayplan.accounts.eventkinds import ANEW, KIND_INDEX, WHILE_FROZEN
from repayplan.accounts.numbers import Rates
from repayplan.accounts.overduerate import Settled
from repayplan.accounts.overduerule import OverdueRule
from repayplan.basics.outcome import Bools, Ints, any_of, in_order
from repayplan.kernel.allocate import Part, nothing, stretch
from repayplan.kernel.bookrows import Course
from repayplan.kernel.ticks import Tick, Ticks

_PAYS = [KIND_INDEX[name] for name in MONEY_IN if name != "early_repayment"]
_WHAT = {
    "waiver": Tick.WAIVE,
    "freeze": Tick.FREEZE,
    **dict.fromkeys(ANEW, Tick.RENEW),
    "acceleration": Tick.CALL,
    "early_repayment": Tick.REPAY,
    "settlement": Tick.SETTLE,
    "write_off": Tick.WRITE_OFF,
}
_CHARGES = ((KIND_INDEX["fee"], Part.FEES), (KIND_INDEX["cost"], Part.COSTS))


class Block(NamedTuple):
    """Some accounts, and the events that hold of them.

    Attributes
    ----------
    accounts
        int64; their rows, one after the other.
    end
        int64 (accounts,); the day that they are looked at, a day number.
    event
        int64; the events' places, by account.
    of, kind
        int64; of each the account, counted in the block, and its kind, index into
        :data:`~repayplan.accounts.eventkinds.EVENT_KINDS`.
    amount
        int64; of each, minor units.
    """

    accounts: Ints
    end: Ints
    event: Ints
    of: Ints
    kind: Ints
    amount: Ints


class Sheet(NamedTuple):
    """The rows of a block, each account's together, by the days on which they fall due.

    Attributes
    ----------
    of
        int64 (rows,); the account, counted in the block.
    due, start
        int64 day numbers; ``start``: the first day of the row's period.
    plain
        bool; an instalment of the plan. Else a fee or cost that an event charged.
    charged
        int64 (rows, PARTS).
    course
        int64 (rows, 4); see :class:`~repayplan.kernel.bookrows.Course`.
    heads
        int64 (accounts + 1,).
    matures
        int64 (accounts,); the plan's last due date.
    """

    of: Ints
    due: Ints
    start: Ints
    plain: Bools
    charged: Ints
    course: Ints
    heads: Ints
    matures: Ints


def day_number(days: object) -> Ints:
    """Dates as int64 day numbers."""
    return np.asarray(days, "datetime64[D]").view(np.int64)


def sheet(accounts: Accounts, block: Block, events: Events) -> Sheet:
    """The plan's rows of a block, and the fees and costs that events charged."""
    low, high = int(block.accounts[0]), int(block.accounts[-1]) + 1
    begin, end = int(accounts.offsets[low]), int(accounts.offsets[high])
    many = np.diff(accounts.offsets[low : high + 1])
    of = np.repeat(np.arange(high - low), many)
    due = day_number(accounts.due[begin:end])
    heads = accounts.offsets[low:high] - begin
    start = np.empty_like(due)
    start[1:] = due[:-1]
    start[heads] = day_number(accounts.start[low:high])
    charged = nothing(len(due))
    charged[:, Part.PRINCIPAL] = accounts.principal[begin:end]
    charged[:, Part.INTEREST] = accounts.interest[begin:end]
    if any_of(fees := accounts.fees[begin:end]):  # what isn't there isn't written: its memory isn't touched
        charged[:, Part.FEES] = fees
    course = np.zeros((len(due), len(Course)), np.int64, order="F")
    course[:, Course.ACCRUES] = accounts.interest[begin:end]
    for place, column in ((Course.GROWS, accounts.capitalised), (Course.ASIDE, accounts.put_aside)):
        if any_of(more := column[begin:end]):
            course[:, place] = more
            course[:, Course.ACCRUES] += more
    plain = np.ones(len(due), np.bool_)
    matures = due[heads + many - 1]
    kinds = block.kind
    beside = np.flatnonzero(np.isin(kinds, [kind for kind, _ in _CHARGES]))
    if len(beside):
        which = block.event[beside]
        more = nothing(len(beside))
        for kind, part in _CHARGES:
            more[:, part] = np.where(kinds[beside] == kind, block.amount[beside], 0)
        day = day_number(events.value_date[which])
        of, due = np.concatenate((of, block.of[beside])), np.concatenate((due, day))
        start, charged = np.concatenate((start, day)), np.concatenate((charged, more))
        plain = np.concatenate((plain, np.zeros(len(beside), np.bool_)))
        course = np.concatenate((course, np.zeros((len(beside), len(Course)), np.int64)))
        order = np.lexsort((~plain, due, of))
        course, charged = np.asfortranarray(course[order]), np.asfortranarray(charged[order])
        of, due, start, plain = of[order], due[order], start[order], plain[order]
    heads = np.searchsorted(of, np.arange(high - low + 1))
    return Sheet(of, due, start, plain, charged, course, heads, matures)


def ticks(rule: OverdueRule, rates: Rates, rows: Sheet, block: Block, events: Events) -> Ticks:
    """Everything that happens until the end, in order; events by their number in the block.

    Parameters
    ----------
    rule, rates
        What being late costs.
    rows
        The block's.
    block, events
        What happens beside.
    """
    found: list[tuple[Ints, Ints, int, Ints]] = []

    def add(of: Ints, day: Ints, what: Tick, which: Ints) -> None:
        now = day <= block.end[of]
        found.append((of[now], day[now], int(what), which[now]))

    kinds, day = block.kind, day_number(events.value_date[block.event])
    for kind, what in _WHAT.items():
        which = np.flatnonzero(kinds == KIND_INDEX[kind])
        if len(which):
            of, when, event = block.of[which], day[which], block.event[which]
            add(of, when, what, which)
            if what is Tick.FREEZE:
                ends = ~np.isnat(events.until[event])
                thaw = day_number(events.until[event[ends]]) + 1
                add(of[ends], thaw, Tick.THAW, which[ends])
                stops = events.interest[event] == WHILE_FROZEN.index("stops")
                add(of[stops], when[stops], Tick.RENEW, which[stops])
                add(of[ends & stops], thaw[stops[ends]], Tick.RENEW, which[ends & stops])
    pays = np.flatnonzero(np.isin(kinds, _PAYS))
    add(block.of[pays], day[pays], Tick.PAY, pays)
    size = len(block.accounts)
    every, none = np.arange(size), np.full(size, -1)
    first = rows.due[rows.heads[:-1]]  # nothing is charged before, but where all is called in or planned anew
    calls = np.isin(kinds, [KIND_INDEX[name] for name in ("acceleration", *ANEW)])
    np.minimum.at(first, block.of[calls], day[calls])
    for i, (_, ledger) in enumerate(rule.ledgers):
        what = (Tick.SETTLE_PENALTY, Tick.SETTLE_COMPOUND)[i]
        of, when = _settlement_days(first, block.end, ledger.settled, ledger.settlement_day)
        add(of, when, what, none[of])
    if rule.rounded == "month":
        of, when = _settlement_days(first, block.end, "monthly", 31)
        add(of, when, Tick.ROUND, none[of])
    since = first.copy()
    if rates.indexed:  # what plans anew reads the rates of its own day
        np.minimum.at(since, block.of, day)
    for index in rates.indexed:
        changes = day_number(index.days)
        low = np.searchsorted(changes, since, side="right")
        high = np.maximum(np.searchsorted(changes, block.end, side="right"), low)
        some = np.flatnonzero(low < high)
        at = stretch(low[some], high[some])
        add(some[at.of], changes[at.rows], Tick.RATE, none[some[at.of]])
    add(every, block.end, Tick.END, none)
    return _in_order(found, size)


def grace_is_looked_at(rule: OverdueRule) -> bool:
    """Whether the end of days of grace changes anything."""
    return rule.grace_reaches_back or rule.tolerance > 0 or rule.late_fee is not None


def _settlement_days(first: Ints, end: Ints, settled: Settled, day: int) -> tuple[Ints, Ints]:
    """When settled amounts bear interest: the day after each settlement day."""
    if settled not in ("monthly", "quarterly"):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    low = first.view("datetime64[D]").astype("datetime64[M]").view(np.int64)
    high = np.maximum(end.view("datetime64[D]").astype("datetime64[M]").view(np.int64) + 1, low + 1)
    at = stretch(low, high)
    month, of = at.rows, at.of
    if settled == "quarterly":
        mine = month % 3 == 2
        month, of = month[mine], of[mine]
    begin = month.view("datetime64[M]").astype("datetime64[D]").view(np.int64)
    following = (month + 1).view("datetime64[M]").astype("datetime64[D]").view(np.int64)
    when = np.minimum(begin + day, following)
    later = when > first[of]
    return of[later], when[later]


def _in_order(found: list[tuple[Ints, Ints, int, Ints]], size: int) -> Ticks:
    of = np.concatenate([each[0] for each in found])
    day = np.concatenate([each[1] for each in found])
    what = np.repeat([each[2] for each in found], [len(each[0]) for each in found])
    which = np.concatenate([each[3] for each in found])
    low = int(day.min())
    span = int(day.max()) - low + 1
    order = in_order((of * span + (day - low)) * len(Tick) + what)
    length = np.bincount(of, minlength=size)
    turn = np.arange(len(of)) - np.repeat(np.cumsum(length) - length, length)
    small = np.uint16 if int(length.max()) < 1 << 16 else np.int64  # these are sorted by counting
    order = order[np.argsort(turn.astype(small), kind="stable")]
    turns = np.append(0, np.cumsum(np.bincount(turn)))
    return Ticks(turns, of[order], day[order], what[order], which[order])
