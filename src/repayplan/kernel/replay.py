"""Accounts replayed: everything that happens to many loans, each in its own order of days, side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import product
from typing import NamedTuple

import numpy as np

from repayplan.basics.outcome import Bools, Ints, all_of, any_of
from repayplan.kernel.accrue import divide_product, settle
from repayplan.kernel.allocate import Part, Stretch, allocate, before, stretch
from repayplan.kernel.demands import FOREVER, LEDGERS, Demands, Law, among_rows


class Tick(IntEnum):
    """What happens to an account; of one day, in this order."""

    ROUND = 0
    SETTLE_PENALTY = 1
    SETTLE_COMPOUND = 2
    RATE = 3
    FREEZE = 4
    THAW = 5
    FIRM = 6
    WAIVE = 7
    PAY = 8
    CALL = 9
    END = 10


class Ticks(NamedTuple):
    """What happens, of each loan in its order: loans with more of it first.

    Attributes
    ----------
    heads
        int64 (loans,); where each loan's begin.
    length
        int64 (loans,), falling.
    day
        int64; day numbers, rising within a loan.
    what
        int64; a :class:`Tick`.
    which
        int64; the event that it is about, -1 where it is about none.
    """

    heads: Ints
    length: Ints
    day: Ints
    what: Ints
    which: Ints


class Order(NamedTuple):
    """An order of payment."""

    parts: tuple[Part, ...]
    by_row: bool


class Advance(IntEnum):
    """What becomes of money for which nothing is due."""

    HOLD = 0
    NEXT = 1
    LAST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What an account is kept by, in numbers.

    Attributes
    ----------
    law
        What being late costs.
    rates
        ``rates(loans, days)``: int64 (loans, 2), of each ledger, over the law's ``den`` a day, from a day on.
    orders, order_of
        Orders of payment, and ``order_of(events, days_past_due)``: which of them a payment has. The first is
        that of money that was kept.
    advance
        Of each event, an :class:`Advance`: what is paid before it is due, instalment by instalment in the
        order that the payment has.
    part
        int64; of events that waive: the :class:`~repayplan.kernel.allocate.Part`.
    tolerance
        int64 (loans,); of an instalment, what may be missing.
    late_fee
        ``late_fee(loans, unpaid)``: int64; None: there is none.
    """

    law: Law
    rates: Callable[[Ints, Ints], Ints]
    orders: Sequence[Order]
    order_of: Callable[[Ints, Ints], Ints]
    advance: Ints
    part: Ints
    tolerance: Ints
    late_fee: Callable[[Ints, Ints], Ints] | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class Books:
    """Accounts while they are replayed.

    Attributes
    ----------
    demands
        The rows, each loan's together, by the days on which they fall due.
    start
        int64 (rows,); the first day of a row's period.
    plain
        bool (rows,): an instalment of the plan; else something charged beside it.
    first, reach, end
        int64 (loans,); rows before ``first`` are done with; none from ``reach`` on has fallen due; a loan has
        none from ``end`` on.
    last
        int64 (loans,); everything is as it is on this day.
    frozen
        int64 (loans,); how many freezes hold.
    held
        int64 (loans,); paid, and kept for what falls due.
    waived
        int64 (rows, PARTS); what was given up.
    rolled
        int64 (rows,); what of a row fell due with the next one only.
    called
        int64 (loans,); the day on which all of it fell due, :data:`FOREVER` where it didn't.
    paid
        int64 (events, PARTS); what payments and waivers went to on their day.
    over
        int64 (events,); what was neither: kept, or waived in vain.
    lines
        What each went to row by row: events (-1: money that was kept), rows and int64 (lines, PARTS); None:
        that isn't kept.
    """

    demands: Demands
    start: Ints
    plain: Bools
    first: Ints
    reach: Ints
    end: Ints
    last: Ints
    frozen: Ints
    held: Ints
    waived: Ints
    rolled: Ints
    called: Ints
    paid: Ints
    over: Ints
    lines: list[tuple[Ints, Ints, Ints]] | None = None

    def demanded(self, loans: Ints) -> tuple[Stretch, Ints]:
        """Rows of some loans that have fallen due and aren't done with, and the loans that have any."""
        first, reach = self.first[loans], self.reach[loans]
        some = first < reach
        if not all_of(some):
            loans, first, reach = loans[some], first[some], reach[some]
        at = stretch(first, reach)
        # After a loan was called in, what was charged beside it later stands among rows that have fallen due.
        if not any_of(self.called[loans] < FOREVER):
            return at, loans
        return _some(at, loans, self.demands.due[at.rows] <= self.last[loans][at.of])

    def ahead(self, loans: Ints) -> tuple[Stretch, Ints]:
        """The same of rows that haven't fallen due."""
        first, end = self.first[loans], self.end[loans]
        some = first < end
        at, loans = stretch(first[some], end[some]), loans[some]
        return _some(at, loans, self.demands.due[at.rows] > self.last[loans][at.of])

    def days_past_due(self, loans: Ints) -> Ints:
        """Since the first row fell due of which more than charges for being late is owed."""
        out = np.zeros(len(loans), np.int64)
        at, who = self.demanded(loans)
        if len(who):
            since = np.where(self.demands.missing(at.rows) > 0, self.demands.due[at.rows], FOREVER)
            late = self.last[who] - np.minimum.reduceat(since, at.heads)
            out[_places(loans, who)] = np.maximum(late, 0)
        return out


def _some(at: Stretch, loans: Ints, rows: Bools) -> tuple[Stretch, Ints]:
    """Some of the rows of loans, and the loans that they are of."""
    if all_of(rows):
        return at, loans
    return among_rows(at, rows), loans[np.bincount(at.of[rows], minlength=len(loans)) > 0]


def _places(loans: Ints, some: Ints) -> Ints | slice:
    """Where some of the loans, which rise, stand among all."""
    return slice(None) if len(some) == len(loans) else np.searchsorted(loans, some)


class Now(NamedTuple):
    """What happens to some loans at once: to each one thing of the same kind, on its day."""

    loans: Ints
    day: Ints
    which: Ints


def replay(books: Books, ticks: Ticks, amount: Ints, rules: Rules) -> None:
    """Everything that happens, in its order; what stands after it is in the books.

    Parameters
    ----------
    books
        Of loans in the order of the ticks; written over.
    ticks
        What happens.
    amount
        int64; of each event, none below 0.
    rules
        What the accounts are kept by.
    """
    run = _Replay(books, rules, amount)
    rounds = int(ticks.length[0]) if len(ticks.length) else 0
    alive = np.searchsorted(-ticks.length, -np.arange(rounds), side="left")
    for k, many in enumerate(alive.tolist()):
        at = ticks.heads[:many] + k
        day, what, which = ticks.day[at], ticks.what[at], ticks.which[at]
        run.days_pass(day)
        for kind in np.flatnonzero(np.bincount(what, minlength=len(Tick))).tolist():
            if kind != Tick.END:
                loans = np.flatnonzero(what == kind)
                run.do[kind](Now(loans, day[loans], which[loans]))


class _Replay:
    """What each kind of tick does."""

    def __init__(self, books: Books, rules: Rules, amount: Ints) -> None:
        self.books, self.rules, self.amount = books, rules, amount
        self.do: dict[int, Callable[[Now], None]] = {
            Tick.ROUND: self.round_off,
            Tick.SETTLE_PENALTY: self.settle_penalty,
            Tick.SETTLE_COMPOUND: self.settle_compound,
            Tick.RATE: self.set_rate,
            Tick.FREEZE: self.freeze,
            Tick.THAW: self.thaw,
            Tick.FIRM: self.end_grace,
            Tick.WAIVE: self.waive,
            Tick.PAY: self.pay,
            Tick.CALL: self.call_in,
        }

    def days_pass(self, day: Ints) -> None:
        """Rows fall due, money that was kept pays them, and what is late is charged up to a day.

        Rows that fall due on the way are paid from what was kept on their own day: nothing is late of an
        account that has kept any, so that nothing is charged before.
        """
        books = self.books
        many = len(day)
        last, reach, end = books.last[:many], books.reach[:many], books.end[:many]
        going = np.flatnonzero(reach < end)
        going = going[books.demands.due[reach[going]] <= day[going]]
        fallen = going
        while len(going):
            reach[going] += 1
            going = going[reach[going] < end[going]]
            going = going[books.demands.due[reach[going]] <= day[going]]
        before_it = last.copy()
        last[:] = np.maximum(last, day)
        if len(fallen):
            rich = fallen[books.held[fallen] > 0]
            if len(rich):
                self._use_held(rich)
        late = np.flatnonzero((books.first[:many] < reach) & (before_it < day) & (books.frozen[:many] == 0))
        if len(late):
            at, who = books.demanded(late)
            start = np.maximum(before_it[who][at.of], books.demands.begins[at.rows])
            until = day[who][at.of]
            charged = start < until
            if any_of(charged):
                some, _ = _some(at, who, charged)
                books.demands.charge(self.rules.law, some, start[charged], until[charged])

    def round_off(self, now: Now) -> None:
        """A month is over: charges so far are what they round to."""
        at, _ = self.books.demanded(now.loans)
        self.books.demands.round_off(self.rules.law, at.rows)

    def settle_penalty(self, now: Now) -> None:
        """Penalty interest bears interest from now on."""
        self._settle(0, now)

    def settle_compound(self, now: Now) -> None:
        """Interest on interest bears interest from now on."""
        self._settle(1, now)

    def _settle(self, i: int, now: Now) -> None:
        at, _ = self.books.demanded(now.loans)
        self.books.demands.settle_ledger(self.rules.law, i, at.rows)

    def set_rate(self, now: Now) -> None:
        """A rate changes."""
        self.books.demands.rate[now.loans] = self.rules.rates(now.loans, now.day)

    def freeze(self, now: Now) -> None:
        """Nothing is charged from now on."""
        self.books.frozen[now.loans] += 1

    def thaw(self, now: Now) -> None:
        """One freeze is over."""
        self.books.frozen[now.loans] -= 1

    def _use_held(self, loans: Ints) -> None:
        """Money that was kept pays what has fallen due."""
        rich = loans[self.books.held[loans] > 0]
        if len(rich):
            order = self.rules.orders[0]._replace(by_row=True)
            self._clear(self.books.demanded(rich), rich, order, np.full(len(rich), -1))

    def end_grace(self, now: Now) -> None:
        """Days of grace are over: what little is missing moves on, and what is late gets its fee."""
        books, demands, rules = self.books, self.books.demands, self.rules
        at, who = books.demanded(now.loans)
        row = at.rows[demands.firm[at.rows] == books.last[who][at.of]]
        loan = demands.of[row]
        missing = demands.missing(row)
        following = np.minimum(row + 1, len(demands.due) - 1)
        waits = (row + 1 < books.end[loan]) & (demands.due[following] > books.last[loan])
        little = (missing > 0) & (missing <= rules.tolerance[loan]) & waits
        kept = little | (missing == 0)
        demands.forget(rules.law, row[kept])
        if any_of(little):
            demands.move(row[little])
            books.rolled[row[little]] = missing[little]
        late = ~kept & books.plain[row] & (demands.late_fee[row] == 0)
        self._charge_fee(row[late], missing[late])
        self._move_on(now.loans)
        self._use_held(now.loans)

    def _charge_fee(self, row: Ints, missing: Ints) -> None:
        demands, law = self.books.demands, self.rules.law
        if self.rules.late_fee is None or not len(row):
            return
        loan = demands.of[row]
        fee = self.rules.late_fee(loan, missing)
        if law.of_row is not None:
            fee = np.minimum(fee, np.maximum(law.of_row[row] - demands.cost(law, row), 0))
        if law.room is not None:
            _, heads, of = np.unique(loan, return_index=True, return_inverse=True)
            left = law.room(loan, self.books.last[loan]) - demands.levied[loan]
            fee = np.clip(np.maximum(left, 0) - before(fee, Stretch(row, of, heads)), 0, fee)
        demands.charged[row, Part.FEES] += fee
        demands.left[row, Part.FEES] += fee
        demands.late_fee[row] = fee
        np.add.at(demands.levied, loan, fee)

    def waive(self, now: Now) -> None:
        """A part of what is owed is given up: what has fallen due first."""
        books = self.books
        part = self.rules.part[now.which]
        for each in np.unique(part).tolist():
            mine = part == each
            loans, which = now.loans[mine], now.which[mine]
            order = Order((Part(each),), by_row=True)
            left = self.amount[which]
            left = self._clear(books.demanded(loans), loans, order, which, waived=left)
            left = self._clear(books.ahead(loans), loans, order, which, waived=left, ahead=True)
            books.over[which] = left

    def pay(self, now: Now) -> None:
        """Money comes in."""
        books, rules = self.books, self.rules
        loans, which = now.loans, now.which
        kept = books.held[loans]  # where there is some, nothing is owed: it waits for what falls due
        books.held[loans] = self.amount[which]
        if len(rules.orders) == 1:
            order, used = np.zeros(len(loans), np.int64), [0]
            self._clear(books.demanded(loans), loans, rules.orders[0], which)
        else:
            order = rules.order_of(which, books.days_past_due(loans))
            used = np.unique(order).tolist()
            for i in used:
                mine = order == i
                self._clear(books.demanded(loans[mine]), loans[mine], rules.orders[i], which[mine])
        early = books.held[loans] > 0
        if any_of(early):
            way = rules.advance[which]
            for i, each in product(used, (Advance.NEXT, Advance.LAST)):
                mine = early & (way == each) & (order == i)
                if any_of(mine):
                    at, who = books.ahead(loans[mine])
                    rows = (_reversed(at) if each == Advance.LAST else at), who
                    by_row = rules.orders[i]._replace(by_row=True)
                    self._clear(rows, loans[mine], by_row, which[mine], ahead=True)
        books.over[which] = books.held[loans]
        books.held[loans] += kept

    def _clear(
        self,
        rows: tuple[Stretch, Ints],
        loans: Ints,
        order: Order,
        which: Ints,
        *,
        waived: Ints | None = None,
        ahead: bool = False,
    ) -> Ints:
        """What is held of some loans clears rows of theirs, by events (-1: money that was kept).

        ``waived``: what is given up instead; the return is what is left of it. ``ahead``: the rows haven't
        fallen due.
        """
        at, who = rows
        books, demands = self.books, self.books.demands
        money = books.held[loans] if waived is None else waived
        if not len(who):
            return money
        place = _places(loans, who)
        owed = demands.owed(self.rules.law, at.rows)
        soft = demands.firm[at.rows] > books.last[who][at.of]
        asked = owed
        if any_of(soft):
            asked = owed.copy()
            for part in LEDGERS:
                asked[soft, part] = 0
        paid = allocate(money[place], asked, at, order.parts, by_row=order.by_row)
        demands.left[at.rows] -= paid
        if waived is not None:
            books.waived[at.rows] += paid
        gone = paid if len(at.rows) == len(who) else np.add.reduceat(paid, at.heads, axis=0)
        event = which[place]
        if event[0] >= 0:  # all are about events, or none is
            books.paid[event] += gone
        if books.lines is not None:
            some = np.flatnonzero(paid.any(axis=1))
            books.lines.append((event[at.of[some]], at.rows[some], paid[some]))
        left = money.copy()
        left[place] -= gone.sum(axis=1)
        if waived is None:
            books.held[loans] = left
        if ahead:
            return left
        open_row = np.where((owed != paid).any(axis=1), at.rows, FOREVER)
        self._advance(who, np.minimum.reduceat(open_row, at.heads))
        return left

    def _advance(self, loans: Ints, open_row: Ints) -> None:
        """Rows before the first that isn't done with are done with; what hasn't fallen due isn't."""
        books = self.books
        first = np.minimum(open_row, books.reach[loans])
        calm = books.called[loans] == FOREVER
        books.first[loans[calm]] = np.maximum(books.first[loans], first)[calm]

    def _move_on(self, loans: Ints) -> None:
        """Rows of which nothing is owed are done with."""
        at, who = self.books.demanded(loans)
        if len(who):
            owed = self.books.demands.owed(self.rules.law, at.rows)
            open_row = np.where((owed != 0).any(axis=1), at.rows, FOREVER)
            self._advance(who, np.minimum.reduceat(open_row, at.heads))

    def call_in(self, now: Now) -> None:
        """The whole balance falls due, with the interest of the days that have passed of the period."""
        books, demands = self.books, self.books.demands
        at, who = books.ahead(now.loans)
        at, who = _some(at, who, books.plain[at.rows])
        rows, day = at.rows, books.last[who][at.of]
        begun = books.start[rows] < day
        interest, fees = demands.charged[rows, Part.INTEREST], demands.charged[rows, Part.FEES]
        interest = accrued(interest, books.start[rows], demands.due[rows], day)
        for part, due in ((Part.INTEREST, interest), (Part.FEES, np.where(begun, fees, 0))):
            cleared = demands.charged[rows, part] - demands.left[rows, part]
            asked = np.maximum(due, cleared)
            demands.charged[rows, part], demands.left[rows, part] = asked, asked - cleared
        wait = day - demands.due[rows]
        for days in (demands.due, demands.begins, demands.firm):
            days[rows] += wait
        books.called[now.loans] = now.day
        if len(who):
            books.reach[who] = np.maximum(books.reach[who], np.maximum.reduceat(rows + 1, at.heads))
        demands.rate[now.loans] = self.rules.rates(now.loans, now.day)
        self._use_held(now.loans)


def accrued(interest: Ints, start: Ints, due: Ints, day: Ints) -> Ints:
    """What of a period's interest has accrued when a day begins: its days in proportion, rounded half up."""
    length = np.maximum(due - start, 1)
    quotient, rest = divide_product(interest, np.clip(day - start, 0, length), length)
    return settle(quotient, rest, length, "half_up", 1)


def _reversed(at: Stretch) -> Stretch:
    """The same rows, each loan's from its last to its first."""
    ends = np.append(at.heads[1:], len(at.rows))
    back = (at.heads + ends)[at.of] - 1 - np.arange(len(at.rows))
    return Stretch(at.rows[back], at.of, at.heads)
