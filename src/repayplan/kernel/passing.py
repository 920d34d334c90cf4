"""Days pass: rows fall due, what is late is charged, days of grace end."""

from __future__ import annotations

import numpy as np

from repayplan.basics.outcome import Bools, Ints, all_of, any_of
from repayplan.kernel.allocate import Part, Stretch, before, stretch
from repayplan.kernel.bookrows import places_of, some_rows
from repayplan.kernel.bookrules import Rules
from repayplan.kernel.books import Books
from repayplan.kernel.charges import charge
from repayplan.kernel.clearing import Clearing
from repayplan.kernel.demands import OpenRows
from repayplan.kernel.law import FOREVER
from repayplan.kernel.ticks import Now, day_keys
from repayplan.kernel.trail import Trail


class Passing(Clearing):
    """What the calendar does to accounts.

    Parameters
    ----------
    books, rules, amount, trail
        As of :func:`~repayplan.kernel.replay.replay`.
    freezes
        The loans and days on which freezes begin, as :func:`~repayplan.kernel.ticks.freezes` finds them.
    """

    def __init__(self, books: Books, rules: Rules, amount: Ints, trail: Trail | None, freezes: Ints) -> None:
        super().__init__(books, rules, amount, trail)
        self.freezes = freezes

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
            np.minimum.at(now, of, books.demands.firm(row))
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
            ends = books.demands.firm(row) == now[of]
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
        firm, of = books.demands.firm(at.rows), some[at.of]
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
        rows, at, who, _ = hand = self.demanded(loans)
        if len(who):
            place = places_of(loans, who)
            since, day = since[place], day[place]
            until = np.where(books.frozen[who] > 0, since, day)
            begins = books.demands.due.take(at.rows) + books.demands.begins_after
            start = np.maximum(since.take(at.of), begins)
            charge(self.rules.law, rows, at, who, start, until.take(at.of))
            self.hand = hand

    def round_off(self, now: Now) -> None:
        """A month is over: charges so far are what they round to."""
        rows = self.demanded(now.loans).rows
        rows.round_off(self.rules.law)
        rows.put_back()

    def settle_penalty(self, now: Now) -> None:
        """Penalty interest bears interest from now on."""
        self._settle(0, now)

    def settle_compound(self, now: Now) -> None:
        """Interest on interest bears interest from now on."""
        self._settle(1, now)

    def _settle(self, i: int, now: Now) -> None:
        rows = self.demanded(now.loans).rows
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
        today, came = books.last[loans[some]][at.of], due > since[some][at.of]
        for days in (books.paid_on, books.within_on):
            now = (days[at.rows] == today) & came
            days[at.rows[now]] = due[now]

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
            self.clear(self.taken(at, who), loans, order._replace(by_row=True), nobody, morning=True)
            return
        turn = np.cumsum(another)
        turn -= turn[at.heads][at.of]
        for k in range(int(turn.max()) + 1):
            now = self.taken(*some_rows(at, who, turn == k))
            self.clear(now, loans, order, nobody, ahead=True, morning=True)
        self.move_on(who)

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
        self.move_on(_each(loan[kept]))
        loans = _each(loan)
        self.use_held(loans)
        if rules.on_balance is not None:
            rules.on_balance.look(loans)

    def _is_frozen(self, loans: Ints) -> Bools:
        """Whether nothing is charged today: of one day, a freeze comes before the end of days of grace."""
        begins = np.isin(day_keys(loans, self.books.last[loans]), self.freezes)
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


def _each(loans: Ints) -> Ints:
    """Loans that rise, each once."""
    return np.asarray(loans[np.append(True, loans[1:] != loans[:-1])[: len(loans)]], np.int64)
