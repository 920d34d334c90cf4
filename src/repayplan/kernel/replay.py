"""Accounts replayed: everything that happens to many loans, each in its own order of days, side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import IntEnum
from itertools import product
from typing import NamedTuple

import numpy as np

from repayplan.basics.outcome import Bools, Ints, all_of, any_of
from repayplan.kernel.allocate import (
    PARTS,
    Part,
    Stretch,
    allocate,
    among_rows,
    before,
    nothing,
    stretch,
    sums,
    totals_by_part,
)
from repayplan.kernel.bookrules import Advance, Order, Renewal, Rules
from repayplan.kernel.books import Books, Course, places_of, some_rows
from repayplan.kernel.charges import charge
from repayplan.kernel.demands import OpenRows
from repayplan.kernel.law import FOREVER, LEDGERS
from repayplan.kernel.near import Near
from repayplan.kernel.trail import Trail


class Tick(IntEnum):
    """What happens to an account; of one day, in this order."""

    ROUND = 0
    SETTLE_PENALTY = 1
    SETTLE_COMPOUND = 2
    RATE = 3
    FREEZE = 4
    THAW = 5
    WAIVE = 6
    PAY = 7
    RENEW = 8
    CALL = 9
    SETTLE = 10
    WRITE_OFF = 11
    END = 12


_MOVES = (Tick.WAIVE, Tick.PAY, Tick.RENEW, Tick.CALL, Tick.SETTLE, Tick.WRITE_OFF)
"""Before these, what accrues without a row to fall due is asked for."""


_LOOKS_FAR = np.isin(np.arange(len(Tick)), (Tick.WAIVE, *_MOVES[2:]))
"""What looks at rows that aren't next."""
NEAR_TURNS, NEAR_FROM = 8, 256
"""Of so many loans and more, so many turns are taken together: fewer aren't worth the copies."""


class Ticks(NamedTuple):
    """What happens: of each loan its first, then of each its second, and so on.

    Attributes
    ----------
    turns
        int64; where the first ones begin, the second ones, and so on, and where the last ones end.
    loans
        int64; whose it is: in each turn they rise, and there are no others than in the turn before.
    day
        int64; day numbers, which don't fall from turn to turn.
    what
        int64; a :class:`Tick`.
    which
        int64; the event that it is about, -1 where it is about none.
    """

    turns: Ints
    loans: Ints
    day: Ints
    what: Ints
    which: Ints


class Hand(NamedTuple):
    """Rows of some loans taken out of the books.

    Attributes
    ----------
    rows
        The rows.
    at, loans
        The same rows, and the loans that they are of, which rise.
    among
        The loans that were looked at; some may have no such rows.
    """

    rows: OpenRows
    at: Stretch
    loans: Ints
    among: Ints

    def some(self, loans: Ints, size: int) -> Hand:
        """Of some of the loans that were looked at, of ``size`` in all."""
        if loans is self.among:
            return self
        self.rows.put_back()
        mine = np.zeros(size, np.bool_)
        mine[loans] = True
        mine = mine[self.loans]
        here = mine[self.at.of]
        return Hand(self.rows.some(here), among_rows(self.at, here), self.loans[mine], loans)


class Now(NamedTuple):
    """What happens to some loans at once: to each one thing of the same kind, on its day."""

    loans: Ints
    day: Ints
    which: Ints


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
    run = _Replay(books, rules, amount, trail, _freezes(ticks))
    if trail is not None:
        trail.look(books, np.arange(len(books.first)))
    for turns in _together(ticks, near=run.stays_near()):
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
        rules.on_balance.foresee()


def _together(ticks: Ticks, *, near: bool) -> Iterator[range]:
    """Turns one after the other, several together where only rows that are near are looked at in them."""
    many = len(ticks.turns) - 1
    wide = np.add.reduceat(_LOOKS_FAR[ticks.what].astype(np.int64), ticks.turns[:-1]) > 0 if many else []
    k = 0
    while k < many:
        upto = k + 1
        if near and ticks.turns[k + 1] - ticks.turns[k] >= NEAR_FROM:
            while upto < min(k + NEAR_TURNS, many) and not any_of(wide[k : upto + 1]):
                upto += 1
        yield range(k, upto)
        k = upto


class _Replay:
    """What each kind of tick does."""

    def __init__(self, books: Books, rules: Rules, amount: Ints, trail: Trail | None, freezes: Ints) -> None:
        self.books, self.rules, self.amount, self.trail = books, rules, amount, trail
        self.freezes = freezes
        self.hand: Hand | None = None
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
            Tick.SETTLE: self.settle_account,
            Tick.WRITE_OFF: self.write_off,
        }

    def stays_near(self) -> bool:
        """Whether only rows that have fallen due, and the next instalment, count while money comes in.

        It is worth it where days of grace end: rows are looked at several times in a turn.
        """
        rules, books = self.rules, self.books
        if not rules.grace or self.trail is not None or rules.on_balance is not None or books.lines is not None:
            return False
        return rules.law.bend is None and not any_of(rules.advance != Advance.HOLD)

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
                if balance is not None and kind in _MOVES:
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

    def days_pass(self, loans: Ints, day: Ints) -> None:
        """Time goes on to a day of each of some loans.

        It stops where days of grace or a plan end, and on each due date where a bound grows by another amount
        a day from it on, interest is on the balance, or every day is to be written down.
        """
        books, rules, trail = self.books, self.rules, self.trail
        bends = rules.law.bend is not None or trail is not None or rules.on_balance is not None
        if not (rules.grace or rules.matures or bends):
            self._pass(loans, day)
            return
        row, of = self._grace_ends(loans, day)
        while len(loans):
            over = books.matures[loans] + 1 if rules.matures else day + 1
            over = np.where(over > books.last[loans], over, FOREVER)
            now = np.minimum(over, day)
            np.minimum.at(now, of, books.demands.firm[row])
            if bends:
                now = np.minimum(now, books.next_due(loans))
            if trail is not None:
                now = np.minimum(now, self._next_beside(loans))
            self._pass(loans, now)
            self.put_back()
            self.hand = None
            mature, later = loans[over == now], now < day
            if len(mature):
                books.demands.rate[mature] = rules.rates(mature, now[over == now])
            ends = books.demands.firm[row] == now[of]
            if any_of(ends):
                self._end_grace(row[ends])
            left = ~ends & (row >= books.first[loans[of]])
            row, of = row[left], (np.cumsum(later) - 1)[of[left]]
            loans, day = loans[later], day[later]
            if trail is not None:
                trail.look(books, loans)

    def _next_beside(self, loans: Ints) -> Ints:
        """When loans that were called in next get a row that was charged beside, FOREVER where they don't."""
        books = self.books
        out = np.full(len(loans), FOREVER)
        some = np.flatnonzero((books.called[loans] < FOREVER) & (books.first[loans] < books.end[loans]))
        if len(some):
            at = stretch(books.first[loans[some]], books.end[loans[some]])
            due = books.demands.due[at.rows]
            later = np.where(due > books.last[loans[some]][at.of], due, FOREVER)
            out[some] = np.minimum.reduceat(later, at.heads)
        return out

    def _grace_ends(self, loans: Ints, day: Ints) -> tuple[Ints, Ints]:
        """Rows of which days of grace end up to a day, and the loan of each, counted among these loans."""
        books = self.books
        if not self.rules.grace:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        first, reach = books.first[loans], books.fallen(loans, day)
        some = np.flatnonzero(first < reach)
        at = stretch(first[some], reach[some])
        firm, of = books.demands.firm[at.rows], some[at.of]
        ends = np.flatnonzero((firm > books.last[loans][of]) & (firm <= day[of]))
        return at.rows[ends], of[ends]

    def _pass(self, loans: Ints, day: Ints) -> None:
        """Rows fall due, money that was kept pays them, and what is late is charged up to a day.

        Rows that fall due on the way are paid from what was kept on their own day: nothing is late of an
        account that has kept any, so that nothing is charged before.
        """
        books = self.books
        reach = books.fallen(loans, day)
        # After a loan was called in, what was charged beside it falls due among rows that have.
        came = reach > books.reach[loans]
        fell = came | (books.called[loans] < FOREVER)
        books.reach[loans] = reach
        since = books.last[loans]
        books.last[loans] = np.maximum(since, day)
        balance = self.rules.on_balance
        if balance is not None:
            balance.fall_due(loans[came])
        rich = np.flatnonzero(fell & (books.held[loans] > 0))
        if len(rich):
            self._keep_for(loans[rich], since[rich])
        if balance is not None:
            balance.look(loans[fell])
        rows, at, who, _ = hand = self._demanded(loans)
        if len(who):
            place = places_of(loans, who)
            since, day = since[place], day[place]
            until = np.where(books.frozen[who] > 0, since, day)
            start = np.maximum(since.take(at.of), books.demands.begins.take(at.rows))
            charge(self.rules.law, rows, at, who, start, until.take(at.of))
            self.hand = hand

    def put_back(self) -> None:
        """What days cost is in the books."""
        if self.hand is not None:
            self.hand.rows.put_back()

    def _demanded(self, loans: Ints) -> Hand:
        """Rows of some loans that have fallen due and aren't done with, as they are by now."""
        if self.hand is not None:
            return self.hand.some(loans, len(self.books.first))
        at, who = self.books.demanded(loans)
        return self._taken(at, who)._replace(among=loans)

    def _taken(self, at: Stretch, loans: Ints) -> Hand:
        return Hand(OpenRows(self.books.demands, at.rows), at, loans, loans)

    def round_off(self, now: Now) -> None:
        """A month is over: charges so far are what they round to."""
        rows = self._demanded(now.loans).rows
        rows.round_off(self.rules.law)
        rows.put_back()

    def settle_penalty(self, now: Now) -> None:
        """Penalty interest bears interest from now on."""
        self._settle(0, now)

    def settle_compound(self, now: Now) -> None:
        """Interest on interest bears interest from now on."""
        self._settle(1, now)

    def _settle(self, i: int, now: Now) -> None:
        rows = self._demanded(now.loans).rows
        rows.settle_ledger(self.rules.law, i)
        rows.put_back()

    def set_rate(self, now: Now) -> None:
        """A rate changes."""
        self.books.demands.rate[now.loans] = self.rules.rates(now.loans, now.day)

    def freeze(self, now: Now) -> None:
        """Nothing is charged from now on."""
        self.books.frozen[now.loans] += 1

    def thaw(self, now: Now) -> None:
        """One freeze is over: where none holds any more, what is still late gets the fee that was put off."""
        books = self.books
        books.frozen[now.loans] -= 1
        at, _ = books.demanded(now.loans[books.frozen[now.loans] == 0])
        row = at.rows[books.put_off[at.rows]]
        books.put_off[row] = False
        missing = books.demands.missing(row)
        self._charge_fee(row[missing > 0], missing[missing > 0])

    def _keep_for(self, loans: Ints, since: Ints) -> None:
        """What fell due after a day is paid from money that was kept, on its own day."""
        books = self.books
        some = books.first[loans] < books.reach[loans]
        at = stretch(books.first[loans[some]], books.reach[loans[some]])
        self._use_in_turn(loans, since)
        due = books.demands.due[at.rows]
        now = (books.paid_on[at.rows] == books.last[loans[some]][at.of]) & (due > since[some][at.of])
        books.paid_on[at.rows[now]] = due[now]

    def _use_in_turn(self, loans: Ints, since: Ints) -> None:
        """Money that was kept pays what fell due after a day, one due date after the other.

        On each by the order of payment, as it would if it came in that day.
        """
        at, who = self.books.demanded(loans)
        if not len(who):
            return
        order, nobody = self.rules.orders[0], np.full(len(loans), -1)
        place = places_of(loans, who)
        before_it = since[place][at.of]
        due = np.maximum(self.books.demands.due[at.rows], before_it)
        another = np.append(True, due[1:] != due[:-1])
        another[at.heads] = True
        if order.by_row or all_of(another | (due == before_it)):  # no two of one day
            self._clear(self._taken(at, who), loans, order._replace(by_row=True), nobody)
            return
        turn = np.cumsum(another)
        turn -= turn[at.heads][at.of]
        for k in range(int(turn.max()) + 1):
            now = self._taken(*some_rows(at, who, turn == k))
            self._clear(now, loans, order, nobody, ahead=True)
        self._move_on(who)

    def _use_held(self, loans: Ints) -> None:
        """Money that was kept pays what has fallen due, as it would if it came in today."""
        rich = loans[self.books.held[loans] > 0]
        if len(rich):
            rows = self._taken(*self.books.demanded(rich))
            self._clear(rows, rich, self.rules.orders[0], np.full(len(rich), -1))

    def _end_grace(self, row: Ints) -> None:
        """Days of grace of rows are over: what little is missing moves on, and what is late gets its fee."""
        books, demands, rules = self.books, self.books.demands, self.rules
        row = row[row >= books.first[demands.of[row]]]
        loan = demands.of[row]
        missing = demands.missing(row)
        following = books.following(loan)
        little = (missing > 0) & (missing <= rules.tolerance[loan]) & books.plain[row]
        little &= following < books.end[loan]
        kept = little | (missing == 0)
        demands.forget(rules.law, row[kept])
        if any_of(little):
            moved = demands.move(row[little], following[little])
            books.carried[following[little]] += moved
            if rules.on_balance is not None:
                rules.on_balance.roll_over(following[little], moved)
            books.rolled[row[little]] = missing[little]
            books.paid_on[row[little]] = books.last[loan[little]]
        late = ~kept & books.plain[row] & ~books.early[row]
        books.put_off[row[late]] = self._is_frozen(loan[late])
        late &= ~books.put_off[row]
        self._charge_fee(row[late], missing[late])
        self._move_on(_each(loan[kept]))
        loans = _each(loan)
        self._use_held(loans)
        if rules.on_balance is not None:
            rules.on_balance.look(loans)

    def _is_frozen(self, loans: Ints) -> Bools:
        """Whether nothing is charged today: of one day, a freeze comes before the end of days of grace."""
        begins = np.isin(_day_keys(loans, self.books.last[loans]), self.freezes)
        return np.asarray((self.books.frozen[loans] > 0) | begins, np.bool_)

    def _charge_fee(self, row: Ints, missing: Ints) -> None:
        demands, law = self.books.demands, self.rules.law
        if self.rules.late_fee is None or not len(row):
            return
        loan = demands.of[row]
        fee = self.rules.late_fee(loan, missing)
        if law.of_row is not None:
            some = OpenRows(demands, row)
            charges = np.asarray(sum(some.late(law, i) for i in range(len(law.on))), np.int64)
            fee = np.minimum(fee, np.maximum(some.room(law.of_row, charges, fee), 0))
        if law.room is not None:
            new = np.append(True, loan[1:] != loan[:-1])
            at = Stretch(row, np.cumsum(new) - 1, np.flatnonzero(new))
            left = law.room(loan, self.books.last[loan]) - demands.levied[loan]
            fee = np.clip(np.maximum(left, 0) - before(fee, at), 0, fee)
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
            left = self._clear(self._demanded(loans), loans, order, which, waived=left)
            at, who = books.ahead(loans)
            balance = self.rules.on_balance
            if balance is not None and len(who):
                offered = balance.offer(at, who, at_the_end=False, begun=False)
                left = self._clear(self._taken(at, who), loans, order, which, waived=left, ahead=True)
                balance.taken(at, who, offered)
            else:
                left = self._clear(self._taken(at, who), loans, order, which, waived=left, ahead=True)
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
            self._clear(self._demanded(loans), loans, rules.orders[0], which)
        else:
            order = rules.order_of(which, self._days_past_due(loans))
            used = np.unique(order).tolist()
            for i in used:
                mine = order == i
                payers = loans if all_of(mine) else loans[mine]
                self._clear(self._demanded(payers), payers, rules.orders[i], which[mine])
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
                    rows = self._taken(_reversed(at) if each == Advance.LAST else at, who)
                    by_row = rules.orders[i].in_advance()._replace(by_row=True)
                    self._clear(rows, loans[mine], by_row, which[mine], ahead=True)
            for i, each in product(used, (Advance.LOWER, Advance.SHORTER)):
                mine = early & (way == each) & (order == i) & (books.held[loans] > 0)
                if any_of(mine):
                    self._recast(Now(loans[mine], now.day[mine], which[mine]), rules.orders[i].in_advance())
        books.over[which] = books.held[loans]
        books.held[loans] += kept

    def _days_past_due(self, loans: Ints) -> Ints:
        """Since the first instalment fell due of which more than charges for being late is owed."""
        books, out = self.books, np.zeros(len(loans), np.int64)
        rows, at, who, _ = self._demanded(loans)
        if len(who):
            missing = _sum([rows.get("left", part) for part in books.demands.plain], len(at.rows))
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
        rows = self._taken(_reversed(at) if way == Advance.LAST else at, who)
        order = order._replace(by_row=way == Advance.LAST or not at_the_end)
        self._clear(rows, now.loans, order, now.which, ahead=True)
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
        self._replan(Now(who, day, now.which[place]), at, who, nobody, since)

    def _recast(self, now: Now, order: Order) -> None:
        """Money in advance pays what is owed today, interest as it has accrued; the rest is planned anew."""
        at, who = self.books.ahead(now.loans)
        if not len(who):
            return
        self._as_of_today(at, who)
        self._clear(self._taken(at, who), now.loans, order, now.which, ahead=True)
        place = places_of(now.loans, who)
        nobody = np.zeros(len(self.books.first), np.int64)
        self._replan(Now(who, now.day[place], now.which[place]), at, who, nobody)

    def _clear(
        self,
        hand: Hand,
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
        rows, at, who, _ = hand
        books, demands = self.books, self.books.demands
        money = books.held[loans] if waived is None else waived
        if not len(who):
            return money
        place = places_of(loans, who)
        owed = asked = rows.owed(self.rules.law)
        if self.rules.grace:
            soft = demands.firm.take(at.rows) > books.last[who].take(at.of)
            if any_of(soft):
                asked = owed | {part: np.where(soft, 0, owed[part]) for part in LEDGERS if part in owed}
        paid, of_loan = allocate(money[place], asked, at, order.parts, by_row=order.by_row)
        rows.clear(self.rules.law, paid)
        rows.put_back()
        left = {part: owed[part] - paid[part] if part in paid else owed[part] for part in owed}
        plain = demands.plain
        gone, missing = (
            _sum([each[part] for part in plain if part in each], len(at.rows)) for each in (paid, left)
        )
        done = np.flatnonzero((gone > 0) & (missing == 0))
        if len(done):
            books.paid_on[at.rows[done]] = books.last[who[at.of[done]]]
        if waived is not None:
            for part in paid:
                books.waived[:, part][at.rows] += paid[part]
        event = which[place]
        if event[0] >= 0:  # all are about events, or none is
            for part in of_loan:
                books.paid[:, part][event] += of_loan[part]
        if books.lines is not None:
            line = nothing(len(at.rows))
            for part in paid:
                line[:, part] = paid[part]
            some = np.flatnonzero(line.any(axis=1))
            books.lines.append((event[at.of[some]], at.rows[some], line[some]))
        rest = money.copy()
        rest[place] -= _sum(list(of_loan.values()), len(who))
        if waived is None:
            books.held[loans] = rest
        if not ahead:
            charges = (left[part] for part in LEDGERS if part in left)
            self._advance(who, _first_open(at, sum(charges, missing)))
        return rest

    def _advance(self, loans: Ints, open_row: Ints) -> None:
        """Rows before the first that isn't done with are done with; what hasn't fallen due isn't."""
        books = self.books
        first = np.maximum(books.first[loans], np.minimum(open_row, books.reach[loans]))
        calm = books.called[loans] == FOREVER
        if not all_of(calm):
            loans, first = loans[calm], first[calm]
        books.first[loans] = first

    def _move_on(self, loans: Ints) -> None:
        """Rows of which nothing is owed are done with."""
        at, who = self.books.demanded(loans)
        if len(who):
            owed = self.books.demands.owed(self.rules.law, at.rows)
            self._advance(who, _first_open(at, sums(owed, self.books.demands.parts)))

    def renew(self, now: Now) -> None:
        """A new plan takes the place of what hasn't fallen due, and of arrears that join its principal."""
        books, demands, rules = self.books, self.books.demands, self.rules
        size, loans = len(books.first), now.loans
        joining, event = np.zeros(size, np.int64), np.full(size, -1)
        event[loans], joining[loans] = now.which, rules.lends[now.which]
        at, _ = books.demanded(loans)
        if len(at.rows):
            owed = self._owed_now(at.rows) * rules.joins[event[demands.of[at.rows]]]
            np.add.at(joining, demands.of[at.rows], sums(owed))
            demands.take_over(rules.law, at.rows, owed)
            self._done_with(at.rows)
        at, who = books.ahead(loans)
        if rules.on_balance is not None:  # interest alone stays with its row
            at, who = some_rows(at, who, (rules.on_balance.pots.coming + joining)[who][at.of] > 0)
        self._as_of_today(at, who)
        self._replan(now, at, who, joining)
        counted = rules.counts[now.which]
        books.renewed[loans[counted]] += 1
        books.renewed_on[loans[counted]] = now.day[counted]

    def _replan(self, now: Now, at: Stretch, who: Ints, joining: Ints, since: Ints | None = None) -> None:
        """A new plan takes the place of rows that ask for what is owed today, and of what joins it.

        Its interest runs from today, or ``since`` a day of each.
        """
        books, demands, rules = self.books, self.books.demands, self.rules
        size, loans, rows = len(books.first), now.loans, at.rows
        sums, count = np.zeros((size, PARTS), np.int64), np.zeros(size, np.int64)
        following = np.full(size, FOREVER)
        sums[:, Part.PRINCIPAL] = joining
        whose, left = demands.of[rows], demands.left[rows]
        np.add.at(count, whose, 1)
        np.minimum.at(following, whose, demands.due[rows])
        np.add.at(sums, whose, left)
        demands.take_over(rules.law, rows, left)
        self._done_with(rows)
        books.course[rows, Course.GROWS] = books.course[rows, Course.ASIDE] = 0
        books.replaced[rows] = True
        # What would have fallen due by the old plan is done with today.
        demands.due[rows] = books.last[who][at.of]
        new = rules.renew(
            Renewal(
                loans=loans,
                events=now.which,
                day=now.day if since is None else since,
                principal=sums[loans, Part.PRINCIPAL],
                interest=sums[loans, Part.INTEREST],
                fees=sums[loans, Part.FEES],
                rows=count[loans],
                next_due=following[loans],
                instalment=books.instalment[loans],
            )
        )
        books.called[new.of] = FOREVER  # a new plan takes the place of a balance that was called in, too
        if self.trail is not None:
            self.trail.plan(loans, now.which, new, size)
        books.add(new)
        books.matures[new.of] = 0
        books.planned[new.of] = 0
        np.add.at(
            books.planned, new.of, np.stack((new.asked[:, Part.INTEREST], np.ones_like(new.of)), axis=1)
        )
        np.maximum.at(books.matures, new.of, new.due)
        level = new.asked[:, Part.PRINCIPAL] + new.asked[:, Part.INTEREST] - new.course[:, Course.READY]
        renewed = np.unique(new.of)
        books.instalment[renewed] = largest_but_last(level, new.of, size)[renewed]
        # Beside the rates themselves, the day on which the plan ends may be another.
        books.demands.rate[loans] = rules.rates(loans, now.day)
        self._move_on(loans)
        self._use_held(loans)

    def _owed_now(self, rows: Ints) -> Ints:
        """What is owed of rows that have fallen due: charges for being late only after the days of grace."""
        books, demands = self.books, self.books.demands
        owed = demands.owed(self.rules.law, rows)
        soft = demands.firm[rows] > books.last[demands.of[rows]]
        for part in LEDGERS:
            owed[soft, part] = 0
        return owed

    def _done_with(self, rows: Ints) -> None:
        """Rows of which a new plan leaves nothing are paid today."""
        books = self.books
        done = rows[(books.demands.missing(rows) == 0) & (books.paid_on[rows] == FOREVER)]
        books.paid_on[done] = books.last[books.demands.of[done]]

    def call_in(self, now: Now) -> None:
        """The whole balance falls due, with the interest of the days that have passed of the period."""
        books, demands = self.books, self.books.demands
        at, who = books.ahead(now.loans)
        self._as_of_today(at, who)
        rows = at.rows
        wait = books.last[who][at.of] - demands.due[rows]
        for days in (demands.due, demands.begins, demands.firm):
            days[rows] += wait
        books.early[rows] = True
        books.course[rows, Course.GROWS] = books.course[rows, Course.ASIDE] = 0
        books.called[now.loans] = np.minimum(books.called[now.loans], now.day)
        if len(who):
            self._done_with(rows)
            books.reach[who] = np.maximum(books.reach[who], np.maximum.reduceat(rows + 1, at.heads))
        demands.rate[now.loans] = self.rules.rates(now.loans, now.day)
        self._use_held(now.loans)

    def settle_account(self, now: Now) -> None:
        """What was paid is enough: the rest is given up."""
        books, demands = self.books, self.books.demands
        at, who = books.ahead(now.loans)
        self._as_of_today(at, who)
        if len(who):  # money that was kept comes first
            nobody = np.full(len(now.loans), -1)
            rows = self._taken(at, who)
            self._clear(rows, now.loans, self.rules.orders[0], nobody, ahead=True)
        for mine, whose in (books.demanded(now.loans), (at, who)):
            if len(whose):
                self._give_up(mine.rows)
                self._done_with(mine.rows)
        books.course[at.rows, Course.GROWS] = books.course[at.rows, Course.ASIDE] = 0
        demands.due[at.rows] = books.last[who][at.of]
        books.closed[now.loans] = now.day
        self._move_on(now.loans)

    def _give_up(self, rows: Ints) -> None:
        books, demands, law = self.books, self.books.demands, self.rules.law
        demands.forget(law, rows[demands.firm[rows] > books.last[demands.of[rows]]])
        some = OpenRows(demands, rows)
        some.round_off(law)
        some.put_back()
        books.waived[rows] += demands.left[rows]
        demands.left[rows] = demands.settled[rows] = 0

    def write_off(self, now: Now) -> None:
        """The lender takes the loss: what is owed stays owed, and isn't charged for any more."""
        books = self.books
        self.call_in(now)
        at, who = books.demanded(now.loans)
        if len(who):
            owed = self._owed_now(at.rows)
            books.written_off[who] = totals_by_part(owed, at.heads)
        books.frozen[now.loans] += 1
        books.closed[now.loans] = now.day

    def _as_of_today(self, at: Stretch, who: Ints) -> None:
        """Rows that haven't fallen due ask for what is owed today: interest as it has accrued, and principal.

        Interest that was to join the principal later isn't in it yet, what was put aside is asked for, and
        what was paid of interest that hasn't accrued is principal that was paid; what is above it is kept.
        """
        books, demands, rows = self.books, self.books.demands, at.rows
        if not len(who):
            return
        if self.rules.on_balance is not None:
            self.rules.on_balance.hand_over(at, who)
            return
        day = books.last[who][at.of]
        asked = books.so_far(rows, day, Part.INTEREST)
        books.course[rows, Course.ACCRUES] = asked - books.carried[rows, Part.INTEREST]
        books.changed += 1
        asked[at.heads] += books.put_aside(who)
        books.course[_rows_until(books.begin[who], books.reach[who]), Course.ASIDE] = 0
        cleared = demands.charged[rows, Part.INTEREST] - demands.left[rows, Part.INTEREST]
        demands.charged[rows, Part.INTEREST] = asked
        demands.left[rows, Part.INTEREST] = np.maximum(asked - cleared, 0)
        paid = demands.charged[rows, Part.FEES] - demands.left[rows, Part.FEES]
        fees = np.maximum(books.so_far(rows, day, Part.FEES), paid)
        demands.charged[rows, Part.FEES], demands.left[rows, Part.FEES] = fees, fees - paid
        back = _reversed(at)
        unearned = np.add.reduceat(np.maximum(cleared - asked, 0), at.heads)
        not_yet = np.add.reduceat(books.course[rows, Course.GROWS], at.heads)
        above = np.zeros(len(who), np.int64)
        for amount, columns in ((not_yet, (demands.charged, demands.left)), (unearned, (demands.left,))):
            if any_of(amount > 0):
                owed = {Part.PRINCIPAL: demands.left[back.rows, Part.PRINCIPAL]}
                off, gone = allocate(amount, owed, back, (Part.PRINCIPAL,), by_row=True)
                for part in off:
                    for column in columns:
                        column[back.rows, part] -= off[part]
                above += amount - sum(gone.values(), np.zeros_like(amount))
        books.held[who] += above


def _freezes(ticks: Ticks) -> Ints:
    """The loans and days on which freezes begin."""
    begins = np.flatnonzero(ticks.what == Tick.FREEZE)
    return _day_keys(ticks.loans[begins], ticks.day[begins])


def _day_keys(loans: Ints, days: Ints) -> Ints:
    return (loans << 32) + days


def largest_but_last(amount: Ints, of: Ints, size: int) -> Ints:
    """The largest row of each loan but its last one, which rounding or a balloon makes another.

    Parameters
    ----------
    amount, of
        int64 (rows,); each loan's together, in order.
    size
        How many loans there are.

    Returns
    -------
    int64 (size,). Where the others are 0, or there are none, the last one's.
    """
    last = np.flatnonzero(np.append(of[1:] != of[:-1], True)) if len(of) else of
    out, others = np.zeros(size, np.int64), amount.copy()
    others[last] = 0
    if len(last):
        out[of[last]] = np.maximum.reduceat(others, np.append(0, last[:-1] + 1))
    out[of[last]] = np.where(out[of[last]] > 0, out[of[last]], amount[last])
    return out


def _each(loans: Ints) -> Ints:
    """Loans that rise, each once."""
    return loans[np.append(True, loans[1:] != loans[:-1])[: len(loans)]]


def _sum(columns: list[Ints], size: int) -> Ints:
    return sum(columns[1:], columns[0]) if columns else np.zeros(size, np.int64)


def _first_open(at: Stretch, left: Ints) -> Ints:
    """The first row of each loan of which something is left, :data:`FOREVER` where none is."""
    if at.alone:
        return np.where(left > 0, at.rows, FOREVER)
    out = np.full(len(at.heads), FOREVER)
    some = np.flatnonzero(left > 0)[::-1]  # of each loan the first is written last
    out[at.of.take(some)] = at.rows.take(some)
    return out


def _rows_until(begin: Ints, reach: Ints) -> Ints:
    """Rows of loans that have any before ``reach``."""
    some = begin < reach
    return stretch(begin[some], reach[some]).rows


def _reversed(at: Stretch) -> Stretch:
    """The same rows, each loan's from its last to its first."""
    ends = np.append(at.heads[1:], len(at.rows))
    back = (at.heads + ends)[at.of] - 1 - np.arange(len(at.rows))
    return Stretch(at.rows[back], at.of, at.heads)
