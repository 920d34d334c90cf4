"""Accounts replayed: everything that happens to many loans, each in its own order of days, side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

import numpy as np

from repayplan.basics.outcome import Bools, Ints, all_of, any_of
from repayplan.kernel.accrue import divide_product, settle
from repayplan.kernel.allocate import Part, Stretch, allocate, before, stretch
from repayplan.kernel.demands import FOREVER, LEDGERS, Demands, Law


class Tick(IntEnum):
    """What happens to an account; of one day, in this order."""

    ROUND = 0
    SETTLE_PENALTY = 1
    SETTLE_COMPOUND = 2
    RATE = 3
    FREEZE = 4
    THAW = 5
    DUE = 6
    FIRM = 7
    WAIVE = 8
    PAY = 9
    CALL = 10
    END = 11


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
        int64; the row (of what falls due) or event that it is about.
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
        ``rates(loans, days)``: int64 (2, loans), of each ledger, over the law's ``den`` a day, from a day on.
    orders, order_of
        Orders of payment, and ``order_of(events, days_past_due)``: which of them a payment has.
    in_advance, advance
        The order of what is paid before it is due; of each event, an :class:`Advance`.
    part
        int64; of events that waive: the :class:`Part`.
    tolerance
        int64 (loans,); of an instalment, what may be missing.
    late_fee
        ``late_fee(loans, unpaid)``: int64; None: there is none.
    """

    law: Law
    rates: Callable[[Ints, Ints], Ints]
    orders: Sequence[Order]
    order_of: Callable[[Ints, Ints], Ints]
    in_advance: Order
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
        The rows, each loan's together.
    start
        int64 (rows,); the first day of a row's period.
    plain
        bool (rows,): an instalment of the plan; else something charged beside it.
    first, reach, end
        int64 (loans,); rows before ``first`` are done with; none from ``reach`` on has fallen due; a loan has
        none from ``end`` on.
    last
        int64 (loans,); charged up to this day.
    frozen
        int64 (loans,); how many freezes hold.
    held
        int64 (loans,); paid, and kept for what falls due.
    waived
        int64 (PARTS, rows); what of the cleared was given up.
    rolled
        int64 (rows,); what of a row fell due with the next one only.
    called
        int64 (loans,); the day on which all of it fell due, :data:`FOREVER` where it didn't.
    paid
        int64 (PARTS, events); what payments and waivers went to on their day.
    over
        int64 (events,); what was neither: kept, or waived in vain.
    lines
        What each went to row by row: events, rows and int64 (PARTS, lines); None: that isn't kept.
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
        there = self.demands.demanded[at.rows]
        return (at, loans) if all_of(there) else _filtered(at, loans, there)

    def days_past_due(self, loans: Ints, day: Ints) -> Ints:
        """Since the first row fell due of which more than charges for being late is owed."""
        out = np.zeros(len(loans), np.int64)
        at, who = self.demanded(loans)
        if len(who):
            since = np.where(self.demands.missing(at.rows) > 0, self.demands.due[at.rows], FOREVER)
            place = np.searchsorted(loans, who)
            out[place] = np.maximum(day[place] - np.minimum.reduceat(since, at.heads), 0)
        return out

    def ahead(self, loans: Ints) -> tuple[Stretch, Ints]:
        """The same of rows that haven't fallen due."""
        first, end = self.first[loans], self.end[loans]
        some = first < end
        at = stretch(first[some], end[some])
        return _filtered(at, loans[some], ~self.demands.demanded[at.rows])


def _filtered(at: Stretch, loans: Ints, rows: Bools) -> tuple[Stretch, Ints]:
    many = np.bincount(at.of[rows], minlength=len(loans))
    some, many = many > 0, many[many > 0]
    ends = np.cumsum(many)
    return Stretch(at.rows[rows], np.repeat(np.arange(len(many)), many), ends - many), loans[some]


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
            Tick.DUE: self.fall_due,
            Tick.FIRM: self.end_grace,
            Tick.WAIVE: self.waive,
            Tick.PAY: self.pay,
            Tick.CALL: self.call_in,
        }

    def days_pass(self, day: Ints) -> None:
        """What is late is charged up to a day of each of the first loans."""
        books, demands = self.books, self.books.demands
        many = len(day)
        last = books.last[:many]
        late = (books.first[:many] < books.reach[:many]) & (last < day) & (books.frozen[:many] == 0)
        if any_of(late):
            at, who = books.demanded(np.flatnonzero(late))
            start = np.maximum(last[who][at.of], demands.begins[at.rows])
            end = day[who][at.of]
            charged = start < end
            if any_of(charged):
                if not all_of(charged):
                    at, _ = _filtered(at, who, charged)
                    start, end = start[charged], end[charged]
                demands.charge(self.rules.law, at, start, end)
        np.maximum(last, day, out=last)

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
        self.books.demands.rate[:, now.loans] = self.rules.rates(now.loans, now.day)

    def freeze(self, now: Now) -> None:
        """Nothing is charged from now on."""
        self.books.frozen[now.loans] += 1

    def thaw(self, now: Now) -> None:
        """One freeze is over."""
        self.books.frozen[now.loans] -= 1

    def fall_due(self, now: Now) -> None:
        """A row falls due; money that was kept pays it."""
        books = self.books
        books.demands.demanded[now.which] = True
        books.reach[now.loans] = np.maximum(books.reach[now.loans], now.which + 1)
        self._use_held(now)

    def _use_held(self, now: Now) -> None:
        rich = self.books.held[now.loans] > 0
        if any_of(rich):
            loans, day = now.loans[rich], now.day[rich]
            self._pay_demanded(Now(loans, day, np.full(len(loans), -1)))
        self._move_on(now.loans)

    def end_grace(self, now: Now) -> None:
        """Days of grace are over: what little is missing moves on, and what is late gets its fee."""
        books, demands, rules = self.books, self.books.demands, self.rules
        at, who = books.demanded(now.loans)
        today = np.zeros(len(books.first), np.int64)
        today[now.loans] = now.day
        row = at.rows[demands.firm[at.rows] == today[who][at.of]]
        loan = demands.of[row]
        missing = demands.missing(row)
        next_row = np.minimum(row + 1, len(demands.due) - 1)
        waits = (row + 1 < books.end[loan]) & ~demands.demanded[next_row]
        little = (missing > 0) & (missing <= rules.tolerance[loan]) & waits
        kept = little | (missing == 0)
        demands.forget(rules.law, row[kept])
        if any_of(little):
            demands.move(row[little])
            books.rolled[row[little]] = missing[little]
        if rules.late_fee is not None:
            late = ~kept & books.plain[row] & (demands.late_fee[row] == 0)
            self._charge_fee(row[late], missing[late], today)
        self._use_held(now)

    def _charge_fee(self, row: Ints, missing: Ints, today: Ints) -> None:
        demands, law = self.books.demands, self.rules.law
        if self.rules.late_fee is None or not len(row):
            return
        loan = demands.of[row]
        fee = self.rules.late_fee(loan, missing)
        if law.of_row is not None:
            fee = np.minimum(fee, np.maximum(law.of_row[row] - demands.cost(law, row), 0))
        if law.room is not None:
            _, heads, of = np.unique(loan, return_index=True, return_inverse=True)
            at = Stretch(row, of, heads)
            left = law.room(loan, today[loan]) - demands.levied[loan]
            fee = np.clip(np.maximum(left, 0) - before(fee, at), 0, fee)
        demands.charged[Part.FEES, row] += fee
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
            for rows in (books.demanded, books.ahead):
                left = self._clear(rows(loans), loans, left, order, which, waived=True)
            books.over[which] = left
        self._move_on(now.loans)

    def pay(self, now: Now) -> None:
        """Money comes in."""
        books, rules = self.books, self.rules
        had = books.held[now.loans]
        books.held[now.loans] += self.amount[now.which]
        self._pay_demanded(now)
        early = books.held[now.loans] > 0
        if any_of(early):
            way = rules.advance[now.which]
            for each, backwards in ((Advance.NEXT, False), (Advance.LAST, True)):
                mine = early & (way == each)
                if any_of(mine):
                    loans, which = now.loans[mine], now.which[mine]
                    at, who = books.ahead(loans)
                    rows = (_reversed(at) if backwards else at), who
                    money = books.held[loans]
                    books.held[loans] = self._clear(rows, loans, money, rules.in_advance, which)
        books.over[now.which] = books.held[now.loans] - had
        self._move_on(now.loans)

    def _pay_demanded(self, now: Now) -> None:
        """Money that is held goes to what has fallen due, by orders of payment."""
        books, rules = self.books, self.rules
        if len(rules.orders) == 1:
            order = np.zeros(len(now.loans), np.int64)
        else:
            order = rules.order_of(now.which, books.days_past_due(now.loans, now.day))
        for i in np.unique(order).tolist():
            mine = order == i
            loans = now.loans[mine]
            money = books.held[loans]
            rows = books.demanded(loans)
            books.held[loans] = self._clear(rows, loans, money, rules.orders[i], now.which[mine])

    def _clear(
        self,
        rows: tuple[Stretch, Ints],
        loans: Ints,
        money: Ints,
        order: Order,
        which: Ints,
        *,
        waived: bool = False,
    ) -> Ints:
        """Amounts of some loans clear rows of theirs, by events (-1: money that was kept); what is left."""
        at, who = rows
        if not len(who):
            return money
        books, demands = self.books, self.books.demands
        place = np.searchsorted(loans, who)
        owed = demands.owed(self.rules.law, at.rows)
        soft = demands.firm[at.rows] > books.last[who][at.of]
        if any_of(soft):
            for part in LEDGERS:
                owed[part, soft] = 0
        paid = allocate(money[place], owed, at, order.parts, by_row=order.by_row)
        demands.cleared[:, at.rows] += paid
        if waived:
            books.waived[:, at.rows] += paid
        gone = np.add.reduceat(paid, at.heads, axis=1)
        event = which[place]
        real = event >= 0
        books.paid[:, event[real]] += gone[:, real]
        if books.lines is not None:
            some = np.flatnonzero(paid.any(axis=0))
            books.lines.append((event[at.of[some]], at.rows[some], paid[:, some]))
        left = money.copy()
        left[place] -= gone.sum(axis=0)
        return left

    def _move_on(self, loans: Ints) -> None:
        """Rows of which nothing is owed are done with."""
        books = self.books
        left = loans[books.first[loans] < books.reach[loans]]
        while len(left):
            row = books.first[left]
            done = books.demands.demanded[row] & (books.demands.owed(self.rules.law, row) == 0).all(axis=0)
            left = left[done]
            books.first[left] += 1
            left = left[books.first[left] < books.reach[left]]

    def call_in(self, now: Now) -> None:
        """The whole balance falls due, with the interest of the days that have passed of the period."""
        books, demands = self.books, self.books.demands
        at, who = books.ahead(now.loans)
        mine = books.plain[at.rows]
        at, who = _filtered(at, who, mine)
        today = np.zeros(len(books.first), np.int64)
        today[now.loans] = now.day
        rows, day = at.rows, today[who][at.of]
        kept = demands.cleared[:, rows]
        interest = accrued(demands.charged[Part.INTEREST, rows], books.start[rows], demands.due[rows], day)
        demands.charged[Part.INTEREST, rows] = np.maximum(interest, kept[Part.INTEREST])
        later = books.start[rows] >= day
        demands.charged[Part.FEES, rows[later]] = kept[Part.FEES, later]
        wait = day - demands.due[rows]
        for days in (demands.due, demands.begins, demands.firm):
            days[rows] += wait
        demands.demanded[rows] = True
        books.called[now.loans] = now.day
        books.reach[who] = np.maximum(books.reach[who], np.maximum.reduceat(rows + 1, at.heads))
        self._use_held(now)


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
