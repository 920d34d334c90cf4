"""Accounts replayed: everything that happens to many loans, each in its own order of days, side by side."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np

from repayplan.basics.outcome import Ints, all_of, any_of
from repayplan.kernel.allocate import Part, Stretch
from repayplan.kernel.bookrows import places_of, some_rows
from repayplan.kernel.bookrules import Advance, Order, Rules
from repayplan.kernel.books import Books
from repayplan.kernel.clearing import sum_of
from repayplan.kernel.law import FOREVER
from repayplan.kernel.near import Near
from repayplan.kernel.payoff import to_end
from repayplan.kernel.replanning import Replanning, backwards
from repayplan.kernel.ticks import MOVES, Now, Tick, Ticks, freezes, together
from repayplan.kernel.trail import Trail


def replay(books: Books, ticks: Ticks, amount: Ints, rules: Rules, trail: Trail | None = None) -> None:
    """Everything that happens, in its order; what stands after it is in the books.

    Parameters
    ----------
    books
        Of the loans; written over.
    ticks
        What happens.
    amount
        int64; of each event, none below 0.
    rules
        What the accounts are kept by.
    trail
        Where every day of theirs is written down; None: that isn't asked for.
    """
    run = _Replay(books, rules, amount, trail, freezes(ticks))
    if trail is not None:
        trail.look(books, np.arange(len(books.first)))
    for turns in together(ticks, near=run.stays_near()):
        near = None
        if len(turns) > 1:
            until = np.full(len(books.first), -1)
            for k in turns:
                now = slice(ticks.turns[k], ticks.turns[k + 1])
                until[ticks.loans[now]] = ticks.day[now]
            loans = ticks.loans[ticks.turns[turns[0]] : ticks.turns[turns[0] + 1]]
            near = Near.of(books, loans, until[loans], moves=any_of(rules.tolerance))
            run.books = near.books
        for k in turns:
            run.turn(ticks, k)
        if near is not None:
            near.put_back()
            run.books = books
    if rules.on_balance is not None:
        rules.on_balance.foresee(np.arange(len(books.first)))


class _Replay(Replanning):
    """What each kind of tick does."""

    def __init__(self, books: Books, rules: Rules, amount: Ints, trail: Trail | None, freezes: Ints) -> None:
        super().__init__(books, rules, amount, trail, freezes)
        self.do: dict[int, Callable[[Now], None]] = {
            Tick.ROUND: self.round_off,
            Tick.SETTLE_PENALTY: self.settle_penalty,
            Tick.SETTLE_COMPOUND: self.settle_compound,
            Tick.RATE: self.set_rate,
            Tick.FREEZE: self.freeze,
            Tick.THAW: self.thaw,
            Tick.WAIVE: self.waive,
            Tick.PAY: self.pay,
            Tick.RENEW: self.renew,
            Tick.CALL: self.call_in,
            Tick.REPAY: self.repay,
            Tick.SETTLE: self.settle_account,
            Tick.WRITE_OFF: self.write_off,
        }

    def stays_near(self) -> bool:
        """Whether only rows that have fallen due, and the next instalment, count while money comes in.

        It is worth it where days of grace end: rows are looked at several times in a turn.
        """
        rules, books = self.rules, self.books
        if self.trail is not None or books.lines is not None or any_of(rules.advance != Advance.HOLD):
            return False
        return rules.grace and rules.on_balance is None and rules.law.bend is None

    def turn(self, ticks: Ticks, k: int) -> None:
        """What happens to each loan as its ``k``-th."""
        low, high = ticks.turns[k], ticks.turns[k + 1]
        balance, trail = self.rules.on_balance, self.trail
        some, day, what = ticks.loans[low:high], ticks.day[low:high], ticks.what[low:high]
        kinds = np.flatnonzero(np.bincount(what, minlength=len(Tick))).tolist()
        self.days_pass(some, day)
        if kinds != [Tick.PAY] or balance is not None:
            self.put_back()
        if balance is not None:
            self.hand = None
        for kind in kinds:
            if kind != Tick.END:
                now = Now(some, day, ticks.which[low:high])
                if len(kinds) > 1:
                    mine = np.flatnonzero(what == kind)
                    now = Now(*(column[mine] for column in now))
                loans = now.loans
                if balance is not None and kind in MOVES:
                    balance.post(loans)
                self.do[kind](now)
                if balance is not None:
                    balance.look(loans)
        self.hand = None
        if trail is not None:
            later = slice(high, ticks.turns[min(k + 2, len(ticks.turns) - 1)])
            over = np.ones(len(some), np.bool_)
            following = np.searchsorted(some, ticks.loans[later])
            over[following] = ticks.day[later] != day[following]
            trail.look(self.books, some[over])

    def waive(self, now: Now) -> None:
        """A part of what is owed is given up: what has fallen due first."""
        books = self.books
        part = self.rules.part[now.which]
        for each in np.unique(part).tolist():
            mine = part == each
            loans, which = now.loans[mine], now.which[mine]
            order = Order((Part(each),), by_row=True)
            left = self.amount[which]
            left = self.clear(self.demanded(loans), loans, order, which, waived=left)
            at, who = books.ahead(loans)
            balance = self.rules.on_balance
            if balance is not None and len(who):
                offered = balance.offer(at, who, at_the_end=False, begun=False)
                left = self.clear(self.taken(at, who), loans, order, which, waived=left, ahead=True)
                balance.taken(at, who, offered)
            else:
                left = self.clear(self.taken(at, who), loans, order, which, waived=left, ahead=True)
            books.over[which] = left

    def pay(self, now: Now) -> None:
        """Money comes in."""
        books, rules = self.books, self.rules
        loans, which = now.loans, now.which
        if rules.on_balance is not None:
            rules.on_balance.share_anew(loans)
        kept = books.held[loans]  # where there is some, nothing is owed: it waits for what falls due
        books.held[loans] = self.amount[which]
        if len(rules.orders) == 1:
            order, used = np.zeros(len(loans), np.int64), [0]
            self.clear(self.demanded(loans), loans, rules.orders[0], which)
        else:
            order = rules.order_of(which, self._days_past_due(loans))
            used = np.unique(order).tolist()
            for i in used:
                mine = order == i
                payers = loans if all_of(mine) else loans[mine]
                self.clear(self.demanded(payers), payers, rules.orders[i], which[mine])
        early = books.held[loans] > 0
        if any_of(early) and rules.on_balance is not None:
            for i, each in product(used, Advance):
                mine = early & (rules.advance[which] == each) & (order == i)
                if each != Advance.HOLD and any_of(mine):
                    ahead = rules.orders[i].in_advance()
                    self._repay_early(Now(loans[mine], now.day[mine], which[mine]), ahead, each)
        elif any_of(early):
            way = rules.advance[which]
            for i, each in product(used, (Advance.NEXT, Advance.LAST)):
                mine = early & (way == each) & (order == i)
                if any_of(mine):
                    at, who = books.ahead(loans[mine])
                    rows = self.taken(backwards(at) if each == Advance.LAST else at, who)
                    by_row = rules.orders[i].in_advance()._replace(by_row=True)
                    self.clear(rows, loans[mine], by_row, which[mine], ahead=True)
            for i, each in product(used, (Advance.LOWER, Advance.SHORTER)):
                mine = early & (way == each) & (order == i) & (books.held[loans] > 0)
                if any_of(mine):
                    self._recast(Now(loans[mine], now.day[mine], which[mine]), rules.orders[i].in_advance())
        books.over[which] = books.held[loans]
        books.held[loans] += kept
        if rules.gift is not None:
            books.gift[loans] |= rules.gift[which] & (books.over[which] > 0)

    def repay(self, now: Now) -> None:
        """Money that ends accounts today, and where it isn't enough for that, a payment as any other."""
        books, balance = self.books, self.rules.on_balance
        if balance is not None:
            balance.foresee(now.loans)
        total, there = to_end(books, self.rules.law, now.loans)
        owes, amount = np.maximum(total - books.held[now.loans], 0), self.amount[now.which]
        books.short[now.which] = np.maximum(owes - amount, 0)
        ends = there & (owes <= amount)
        if not all_of(ends):
            self.pay(Now(*(column[~ends] for column in now)))
        if any_of(ends):
            self.pay_off(Now(*(column[ends] for column in now)), owes[ends])

    def _days_past_due(self, loans: Ints) -> Ints:
        """Since the first instalment fell due of which more than charges for being late is owed."""
        books, out = self.books, np.zeros(len(loans), np.int64)
        rows, at, who, _ = self.demanded(loans)
        if len(who):
            missing = sum_of([rows.get("left", part) for part in books.demands.plain], len(at.rows))
            late = books.plain.take(at.rows) & (missing > 0)
            since = np.where(late, books.demands.due.take(at.rows), FOREVER)
            days = books.last[who] - np.minimum.reduceat(since, at.heads)
            out[places_of(loans, who)] = np.maximum(days, 0)
        return out

    def _repay_early(self, now: Now, order: Order, way: Advance) -> None:
        """Money in advance, where interest is on the balance."""
        balance = self.rules.on_balance
        at, who = self.books.ahead(now.loans)
        if balance is None or not len(who):
            return
        waits = order.parts.index(Part.PRINCIPAL) < order.parts.index(Part.INTEREST)
        at_the_end = way != Advance.NEXT or waits
        offered = balance.offer(at, who, at_the_end=at_the_end, begun=at_the_end)
        rows = self.taken(backwards(at) if way == Advance.LAST else at, who)
        order = order._replace(by_row=way == Advance.LAST or not at_the_end)
        self.clear(rows, now.loans, order, now.which, ahead=True)
        balance.taken(at, who, offered, for_the_next=way == Advance.NEXT and at_the_end)
        if way == Advance.LOWER:
            at, who = some_rows(at, who, (balance.pots.coming[who] > 0)[at.of])
            several = (np.bincount(at.of, minlength=len(who)) > self.rules.lowered)[at.of]
            for runs in (False, True):
                self._lower(now, *some_rows(at, who, several == runs), runs=runs and self.rules.lowered > 0)

    def _lower(self, now: Now, at: Stretch, who: Ints, *, runs: bool) -> None:
        """The principal that is left is planned anew, interest on the balance; the running row may stay."""
        balance = self.rules.on_balance
        if balance is None or not len(who):
            return
        place = np.searchsorted(now.loans, who)
        day, since = now.day[place], now.day[place]
        if runs:
            since = self.books.demands.due[at.rows[at.heads]]
            at = balance.keep_running(at, who)
        else:
            balance.hand_over(at, who)
        nobody = np.zeros(len(self.books.first), np.int64)
        self.replan(Now(who, day, now.which[place]), at, who, nobody, since)

    def _recast(self, now: Now, order: Order) -> None:
        """Money in advance pays what is owed today, interest as it has accrued; the rest is planned anew."""
        at, who = self.books.ahead(now.loans)
        if not len(who):
            return
        self.as_of_today(at, who)
        self.clear(self.taken(at, who), now.loans, order, now.which, ahead=True)
        place = places_of(now.loans, who)
        nobody = np.zeros(len(self.books.first), np.int64)
        self.replan(Now(who, now.day[place], now.which[place]), at, who, nobody)
