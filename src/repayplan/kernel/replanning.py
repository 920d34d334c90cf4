"""Plans that end before their time: replaced by new ones, called in, settled, written off."""

from __future__ import annotations

import numpy as np

from repayplan.basics.outcome import Ints, any_of
from repayplan.kernel.allocate import (
    PARTS,
    Part,
    Stretch,
    allocate,
    stretch,
    sums,
    totals_by_part,
)
from repayplan.kernel.bookrows import Course, some_rows
from repayplan.kernel.bookrules import Renewal
from repayplan.kernel.demands import OpenRows
from repayplan.kernel.law import FOREVER
from repayplan.kernel.passing import Passing
from repayplan.kernel.payoff import owed_by
from repayplan.kernel.ticks import Now


class Replanning(Passing):
    """What ends the plan of an account, or puts another in its place."""

    def renew(self, now: Now) -> None:
        """A new plan takes the place of what hasn't fallen due, and of arrears that join its principal."""
        books, demands, rules = self.books, self.books.demands, self.rules
        size, loans = len(books.first), now.loans
        counted = rules.counts[now.which]
        if any_of(counted):
            rules.ends(loans[counted])
        joining, event = np.zeros(size, np.int64), np.full(size, -1)
        event[loans], joining[loans] = now.which, rules.lends[now.which]
        at, _ = books.demanded(loans)
        if len(at.rows):
            owed = (
                owed_by(books, rules.law, at.rows, books.last[demands.of[at.rows]])
                * rules.joins[event[demands.of[at.rows]]]
            )
            np.add.at(joining, demands.of[at.rows], sums(owed))
            demands.take_over(rules.law, at.rows, owed)
            books.given[at.rows] |= sums(owed, demands.plain) > 0
            self._done_with(at.rows)
        at, who = books.ahead(loans)
        if rules.on_balance is not None:  # interest alone stays with its row
            at, who = some_rows(at, who, (rules.on_balance.pots.coming + joining)[who][at.of] > 0)
        self.as_of_today(at, who)
        self.replan(now, at, who, joining)
        books.renewed[loans[counted]] += 1
        books.renewed_on[loans[counted]] = now.day[counted]

    def replan(self, now: Now, at: Stretch, who: Ints, joining: Ints, since: Ints | None = None) -> None:
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
        self.put_back()
        self.hand = None  # rows stand elsewhere from now on, those of other loans too
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
        self.move_on(loans)
        self.use_held(loans)

    def _done_with(self, rows: Ints) -> None:
        """Rows of which a new plan leaves nothing are paid today."""
        books = self.books
        done = rows[(books.demands.missing(rows) == 0) & (books.paid_on[rows] == FOREVER)]
        books.paid_on[done] = books.last[books.demands.of[done]]

    def call_in(self, now: Now) -> None:
        """The whole balance falls due, with the interest of the days that have passed of the period."""
        books, demands = self.books, self.books.demands
        at, who = self._ask_today(now.loans)
        rows = at.rows
        books.called[now.loans] = np.minimum(books.called[now.loans], now.day)
        if len(who):
            self._done_with(rows)
            books.reach[who] = np.maximum(books.reach[who], np.maximum.reduceat(rows + 1, at.heads))
        demands.rate[now.loans] = self.rules.rates(now.loans, now.day)
        self.use_held(now.loans)

    def _ask_today(self, loans: Ints) -> tuple[Stretch, Ints]:
        """What hasn't fallen due does so today, and was never missed: its rows, and the loans of them."""
        books, demands = self.books, self.books.demands
        at, who = books.ahead(loans)
        self.as_of_today(at, who)
        rows = at.rows
        demands.due[rows] = books.last[who][at.of]
        books.early[rows] = True
        books.course[rows, Course.GROWS] = books.course[rows, Course.ASIDE] = 0
        return at, who

    def pay_off(self, now: Now, owes: Ints) -> None:
        """What is owed today of accounts is paid: money that was kept comes first, then ``owes`` of events.

        What else events bring is kept.
        """
        books, demands, loans = self.books, self.books.demands, now.loans
        at, who = self._ask_today(loans)
        self._clear_all(loans, at, who, np.full(len(loans), -1))
        kept, books.held[loans] = books.held[loans], owes
        self._clear_all(loans, at, who, now.which)
        # Where interest is on the balance, no fee is owed of a period in which nothing else is.
        demands.charged[at.rows] -= demands.left[at.rows]
        demands.left[at.rows] = 0
        self._done_with(at.rows)
        books.over[now.which] = self.amount[now.which] - owes + books.held[loans]
        books.held[loans] = kept + books.over[now.which]
        new = books.closed[loans] == FOREVER
        books.closed[loans[new]] = books.repaid[loans[new]] = now.day[new]
        self.move_on(loans)

    def _clear_all(self, loans: Ints, at: Stretch, who: Ints, which: Ints) -> None:
        """What is held of loans pays what has fallen due, then rows that ask for what is owed today."""
        for rows in (self.taken(*self.books.demanded(loans)), self.taken(at, who)):
            self.clear(rows, loans, self.rules.orders[0], which, ahead=True)

    def settle_account(self, now: Now) -> None:
        """What was paid is enough: the rest is given up."""
        books, demands = self.books, self.books.demands
        at, who = books.ahead(now.loans)
        self.as_of_today(at, who)
        if len(who):  # money that was kept comes first
            nobody = np.full(len(now.loans), -1)
            rows = self.taken(at, who)
            self.clear(rows, now.loans, self.rules.orders[0], nobody, ahead=True)
        for mine, whose in (books.demanded(now.loans), (at, who)):
            if len(whose):
                self._give_up(mine.rows)
                self._done_with(mine.rows)
        books.course[at.rows, Course.GROWS] = books.course[at.rows, Course.ASIDE] = 0
        demands.due[at.rows] = books.last[who][at.of]
        books.closed[now.loans] = now.day
        self.move_on(now.loans)

    def _give_up(self, rows: Ints) -> None:
        books, demands, law = self.books, self.books.demands, self.rules.law
        demands.forget(law, rows[demands.firm(rows) > books.last[demands.of[rows]]])
        some = OpenRows(demands, rows)
        some.round_off(law)
        some.put_back()
        books.waived[rows] += demands.left[rows]
        books.given[rows] |= demands.missing(rows) > 0
        demands.left[rows] = demands.settled[rows] = 0

    def write_off(self, now: Now) -> None:
        """The lender takes the loss: what is owed stays owed, and isn't charged for any more."""
        books = self.books
        self.call_in(now)
        at, who = books.demanded(now.loans)
        if len(who):
            owed = owed_by(books, self.rules.law, at.rows, books.last[who][at.of])
            books.written_off[who] = totals_by_part(owed, at.heads)
        books.frozen[now.loans] += 1
        books.closed[now.loans] = now.day

    def as_of_today(self, at: Stretch, who: Ints) -> None:
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
        went = None if books.lines is None else demands.charged[rows] - demands.left[rows]
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
        back = backwards(at)
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
        if books.lines is not None and went is not None:  # part goes to principal, or is kept again
            moved = demands.charged[rows] - demands.left[rows] - went
            some = np.flatnonzero(moved.any(axis=1))
            books.lines.append((np.full(len(some), -1), rows[some], moved[some]))


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


def _rows_until(begin: Ints, reach: Ints) -> Ints:
    """Rows of loans that have any before ``reach``."""
    some = begin < reach
    return stretch(begin[some], reach[some]).rows


def backwards(at: Stretch) -> Stretch:
    """The same rows, each loan's from its last to its first."""
    ends = np.append(at.heads[1:], len(at.rows))
    back = (at.heads + ends)[at.of] - 1 - np.arange(len(at.rows))
    return Stretch(at.rows[back], at.of, at.heads)
