"""Interest on the balance: it accrues on what is really owed, and what a row asks for is known on its day.

Each account has a pot of interest that has accrued and that nothing has asked for yet. The row that falls due
asks for all of it, and for as much principal as its instalment leaves room for; the last row takes the rest.

The class stays whole: every step of an account reads and writes the same pots and meters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from repayplan.basics.outcome import Bools, Ints
from repayplan.kernel.accrue import settle
from repayplan.kernel.allocate import Part, Stretch, before
from repayplan.kernel.bookrows import Course, NewRows, some_rows
from repayplan.kernel.books import Books
from repayplan.kernel.law import FOREVER
from repayplan.kernel.pace import Meter, Pace

SPLIT = [Part.INTEREST, Part.PRINCIPAL]
"""What of a row follows from what accrues."""


@dataclass(slots=True, kw_only=True, eq=False)
class _Pots:
    """What rows are asked from, of all loans: int64 (loans,).

    Attributes
    ----------
    coming
        Principal that no row has asked for yet.
    waiting
        Interest that accrued in periods that are over, less what was paid of any before a row asked for it.
    ahead
        Principal that was paid for the rows to come: so much less do they ask for.
    """

    coming: Ints
    waiting: Ints
    ahead: Ints

    def copy(self) -> _Pots:
        return _Pots(coming=self.coming.copy(), waiting=self.waiting.copy(), ahead=self.ahead.copy())


class BalanceInterest:
    """The accounts of a block while interest is on their balance.

    Parameters
    ----------
    books
        The accounts, as they begin; the schedule's split of their rows isn't looked at any more.
    pace, rate
        How interest accrues; int64 (rows,): the annual rate of each row's period.
    on_overdue
        The parts that bear it when they are overdue, too.
    fixed_principal
        Whether rows repay the principal that the schedule has, and not the rest of an instalment.
    when_paid
        Whether interest that has accrued since an instalment fell due joins it when something is paid, and
        takes the place of its principal.

    Attributes
    ----------
    level
        int64 (rows,); the instalment without fees, or the principal where ``even`` (bool).
    fees
        int64 (rows,); fees of the schedule.
    final
        bool (rows,); what the row asks for is known, or it isn't asked for any more.
    full
        bool (rows,); the instalment was paid before it fell due: it asks for no more.
    following
        int64 (loans,); the next row that falls due, the end of the loan's rows where there is none.
    latest
        int64 (loans,); the last row that has fallen due, -1 where none has.
    """

    def __init__(
        self,
        books: Books,
        pace: Pace,
        rate: Ints,
        on_overdue: tuple[Part, ...],
        *,
        fixed_principal: bool,
        when_paid: bool,
    ) -> None:
        self.books, self.pace, self.rate, self.on_overdue = books, pace, rate, list(on_overdue)
        self.fixed_principal, self.when_paid = fixed_principal, when_paid
        demands, size = books.demands, len(books.first)
        demands.parts = tuple(part for part in Part if part in demands.parts or part in SPLIT)
        self.level, self.even = self._levels(demands.charged, books.course)
        self.fees = demands.charged[:, Part.FEES].copy()
        self.final, self.full = ~books.plain, np.zeros(len(self.level), np.bool_)
        self.latest = np.full(size, -1)
        coming = np.zeros(size, np.int64)
        np.add.at(coming, demands.of[books.plain], demands.charged[books.plain, Part.PRINCIPAL])
        zero = np.zeros(size, np.int64)
        self.pots = _Pots(coming=coming, waiting=zero, ahead=zero.copy())
        self.balance, self.overdue = Meter.at(books.last), Meter.at(books.last)
        self.balance.base = coming.copy()
        self.now, self.open_row = zero.copy(), books.end.copy()
        self._point()

    def _levels(self, asked: Ints, course: Ints) -> tuple[Ints, Bools]:
        """What rows of a schedule keep: the instalment, or the principal: none where it has none."""
        principal = asked[:, Part.PRINCIPAL]
        even = (principal == 0) | self.fixed_principal
        interest = asked[:, Part.INTEREST] - course[:, Course.READY]
        return np.where(even, principal, principal + interest), even

    def _point(self) -> None:
        """Looks up which row of each loan falls due next."""
        books = self.books
        rows = np.flatnonzero(~self.final)
        self.following = books.end.copy()
        np.minimum.at(self.following, books.demands.of[rows], rows)

    def _period(self, loans: Ints) -> tuple[Ints, Ints]:
        """First day and due date of the running period; :data:`FOREVER` where none falls due any more."""
        row = self.following[loans]
        there = row < self.books.end[loans]
        row = np.where(there, row, 0)
        due = np.where(there, self.books.demands.due[row], FOREVER)
        return np.where(there, self.books.start[row], FOREVER), due

    def _rate(self, loans: Ints) -> Ints:
        """The rate of the running period, of the last one where all are over."""
        row = self.following[loans]
        row = np.where(row < self.books.end[loans], row, self.latest[loans])
        return np.where(row >= 0, self.rate[row], 0)

    def _so_far(self, meter: Meter, loans: Ints, day: Ints) -> Ints:
        """What a meter shows when a day begins, rounded."""
        whole, rest, found = meter.until(self.pace, self._rate(loans), loans, day, self._period(loans))
        self.books.demands.beyond[loans[found.wild]] = True
        return settle(whole, rest, found.den, self.pace.mode, 1)

    def _turn(self, meter: Meter, loans: Ints, day: Ints, base: Ints) -> None:
        """Another amount from a day on."""
        changed = np.flatnonzero(meter.base[loans] != base)
        some, when = loans[changed], day[changed]
        whole, rest, found = meter.until(self.pace, self._rate(some), some, when, self._period(some))
        self.books.demands.beyond[some[found.wild]] = True
        meter.whole[some], meter.rest[some] = whole, rest
        meter.base[some], meter.since[some] = base[changed], when

    def _gather(self, loans: Ints, day: Ints) -> None:
        """A period is over: what accrued in it waits for a row that asks for it."""
        for meter in (self.balance, self.overdue):
            self.pots.waiting[loans] += self._so_far(meter, loans, day)
            meter.whole[loans] = meter.rest[loans] = 0
            meter.since[loans] = day

    def look(self, loans: Ints) -> None:
        """From today on interest is on what is owed now."""
        books = self.books
        day = books.last[loans]
        self._turn(self.balance, loans, day, self.pots.coming[loans])
        late = np.zeros(len(books.first), np.int64)
        at, who = books.demanded(loans)
        if len(who) and self.on_overdue:
            owed = books.demands.left[at.rows][:, self.on_overdue].sum(axis=1)
            late[who] = np.add.reduceat(owed, at.heads)
        self._turn(self.overdue, loans, day, np.where(books.frozen[loans] > 0, 0, late[loans]))

    def accrued(self, loans: Ints) -> Ints:
        """Interest that nothing has asked for yet, as of today."""
        day = self.books.last[loans]
        running = self._so_far(self.balance, loans, day) + self._so_far(self.overdue, loans, day)
        return np.asarray(self.pots.waiting[loans] + running, np.int64)

    def fall_due(self, loans: Ints) -> None:
        """Rows that fall due today ask for the interest that has accrued, and for principal."""
        books = self.books
        row, day = self.following[loans], books.last[loans]
        some = np.flatnonzero(row < books.end[loans])
        some = some[books.demands.due[row[some]] <= day[some]]
        loans, row = loans[some], row[some]
        if not len(loans):
            return
        self._gather(loans, day[some])
        after = self._next_of(loans, row)
        self._ask(self.pots, loans, row, after == books.end[loans])
        missing = books.demands.missing(row)
        asked = (books.demands.charged[row][:, SPLIT] > 0).any(axis=1)
        done = (missing == 0) & asked & (books.paid_on[row] == FOREVER)
        books.paid_on[row[done]] = day[some][done]
        books.paid_on[row[missing > 0]] = FOREVER
        self.final[row] = True
        self.latest[loans], self.following[loans] = row, after

    def _next_of(self, loans: Ints, row: Ints) -> Ints:
        """The row after each that is still to be asked for; the end where there is none."""
        row, end = row + 1, self.books.end[loans]
        going = np.flatnonzero(row < end)
        while True:
            going = going[self.final[row[going]]]
            row[going] += 1
            going = going[row[going] < end[going]]
            if not len(going):
                return row

    def _ask(self, pots: _Pots, loans: Ints, row: Ints, last: Bools) -> None:
        """One row of each loan asks for what waits, and for principal; the last one for all of it.

        A row that is full asks for neither.
        """
        demands, full = self.books.demands, self.full[row]
        left = demands.left[row]
        cleared = demands.charged[row] - left
        waits = pots.waiting[loans]
        left_interest = np.where(full, 0, waits)
        interest = cleared[:, Part.INTEREST] + left_interest
        room = np.where(self.even[row], self.level[row], self.level[row] - interest)
        wants = np.where(full, 0, np.maximum(room - cleared[:, Part.PRINCIPAL], 0))
        paid_for = np.minimum(pots.ahead[loans], wants)
        owed = pots.coming[loans]
        asks = np.where(last, owed, np.minimum(wants - paid_for, owed))
        over = (owed == 0) & (waits == 0) & ~full  # nothing is owed any more: no fee is, either
        fees = np.maximum(np.where(over, 0, self.fees[row]), cleared[:, Part.FEES])
        pots.ahead[loans] -= np.where(last, 0, paid_for)
        pots.coming[loans] = owed - asks
        pots.waiting[loans] = waits - left_interest
        left[:, Part.INTEREST], left[:, Part.PRINCIPAL] = left_interest, asks
        left[:, Part.FEES] = fees - cleared[:, Part.FEES]
        demands.charged[row], demands.left[row] = cleared + left, left

    def share_anew(self, loans: Ints) -> None:
        """All interest as of today stands first in what is overdue; principal goes back to rows to come."""
        if not self.when_paid:
            return
        demands = self.books.demands
        at, who = self.books.demanded(loans[self._open(loans) < self.books.end[loans]])
        at, who = some_rows(at, who, self.books.plain[at.rows] & ~self.even[at.rows])
        if not len(who):
            return
        left = demands.left[at.rows]
        asked = left[:, SPLIT].sum(axis=1)
        interest = left[:, Part.INTEREST]
        every = np.add.reduceat(interest, at.heads) + self.accrued(who)
        more = np.clip(every[at.of] - before(asked, at), 0, asked) - interest
        for column in (demands.charged, demands.left):
            column[at.rows, Part.INTEREST] += more
            column[at.rows, Part.PRINCIPAL] -= more
        moved = np.add.reduceat(more, at.heads)
        self.pots.waiting[who] -= moved
        self.pots.coming[who] += moved

    def roll_over(self, rows: Ints, moved: Ints) -> None:
        """What was missing of other rows is asked for with these, one of a loan, beside their own."""
        loans, (interest, principal) = self.books.demands.of[rows], moved[:, SPLIT].T
        self.pots.waiting[loans] += interest
        self.pots.coming[loans] += principal
        self.level[rows] += principal + np.where(self.even[rows], 0, interest)
        self.fees[rows] += moved[:, Part.FEES]
        self.full[rows] = False

    def offer(self, at: Stretch, who: Ints, *, at_the_end: bool, begun: bool) -> Ints:
        """Rows that haven't fallen due ask for what may be paid of them today.

        The first that isn't full asks for the interest that has accrued; principal is that of the rows one
        after the other, each up to its instalment, the last one's all that is left; or ``at_the_end`` all of
        it is the last one's. Fees are asked for of rows that ask for something else, or of those that have
        ``begun``.

        Returns
        -------
        int64 (rows, PARTS); what they ask for.
        """
        books, demands, rows = self.books, self.books.demands, at.rows
        charged = demands.charged[rows]
        cleared = charged - demands.left[rows]
        left = np.zeros_like(cleared)
        last = np.append(at.heads[1:], len(rows)) - 1
        first = self._first_open(at)
        left[first, Part.INTEREST] = np.maximum(self.accrued(who), 0)
        level = self.level[rows] - np.where(self.even[rows], 0, cleared[:, SPLIT[0]] + left[:, SPLIT[0]])
        room = np.where(self.full[rows], 0, np.maximum(level - cleared[:, Part.PRINCIPAL], 0))
        if at_the_end:
            room[:] = 0
        coming = self.pots.coming[who]
        room[last] = 0
        principal = np.clip(coming[at.of] - before(room, at), 0, room)
        principal[last] = coming - np.add.reduceat(principal, at.heads)
        left[:, Part.PRINCIPAL] = principal
        asks = self.full[rows] | (left[:, SPLIT] > 0).any(axis=1)
        if begun:
            asks = books.start[rows] < books.last[who][at.of]
        fees = np.where(asks, self.fees[rows], books.carried[rows, Part.FEES])
        left[:, Part.FEES] = np.maximum(fees - cleared[:, Part.FEES], 0)
        demands.charged[rows], demands.left[rows] = cleared + left, left
        return left

    def _first_open(self, at: Stretch) -> Ints:
        """The place of each loan's first row that isn't full, its last one where all are."""
        last = np.append(at.heads[1:], len(at.rows)) - 1
        place = np.where(self.full[at.rows], len(at.rows), np.arange(len(at.rows)))
        return np.asarray(np.minimum(np.minimum.reduceat(place, at.heads), last), np.int64)

    def taken(self, at: Stretch, who: Ints, offered: Ints, *, for_the_next: bool = False) -> None:
        """What of an offer was paid or given up; ``for_the_next``: of rows to come so much less is asked."""
        books, demands, rows = self.books, self.books.demands, at.rows
        gone = offered - demands.left[rows]
        interest, principal = (np.add.reduceat(gone[:, part], at.heads) for part in SPLIT)
        self.pots.waiting[who] -= interest
        self.pots.coming[who] -= principal
        if for_the_next:
            self.pots.ahead[who] += principal
        left = demands.left[rows][:, SPLIT].sum(axis=1)
        cleared = (demands.charged[rows] - demands.left[rows])[:, SPLIT].sum(axis=1)
        full = (
            ~self.even[rows] & (left == 0) & (cleared >= self.level[rows]) & (gone[:, SPLIT].sum(axis=1) > 0)
        )
        self.full[rows[full]] = True
        owes = (self.pots.coming[who] > 0)[at.of]
        books.paid_on[rows[owes & ~self.full[rows]]] = FOREVER

    def hand_over(self, at: Stretch, who: Ints) -> None:
        """Rows that haven't fallen due ask for all that is owed today, and nothing else does."""
        self._gather(who, self.books.last[who])
        self.offer(at, who, at_the_end=False, begun=True)
        self.pots.waiting[who] = self.pots.coming[who] = self.pots.ahead[who] = 0
        self.final[at.rows] = True
        self.latest[who] = at.rows[np.append(at.heads[1:], len(at.rows)) - 1]
        self.following[who] = self.books.end[who]

    def keep_running(self, at: Stretch, who: Ints) -> Stretch:
        """The running row asks for its interest alone; the principal is that of the others, which are left.

        ``at``: rows of loans that have more than one; the return are those after the first.
        """
        demands = self.books.demands
        first = at.rows[at.heads]
        self.level[first], self.even[first], self.full[first] = 0, True, False
        keep = np.ones(len(at.rows), np.bool_)
        keep[at.heads] = False
        rows, of = at.rows[keep], at.of[keep]
        heads = at.heads - np.arange(len(at.heads))
        last = np.append(heads[1:], len(rows)) - 1
        cleared = demands.charged[rows] - demands.left[rows]
        left = np.zeros_like(cleared)
        left[last, Part.PRINCIPAL] = self.pots.coming[who]
        demands.charged[rows], demands.left[rows] = cleared + left, left
        self.pots.coming[who] = self.pots.ahead[who] = 0
        self.final[rows] = True
        return Stretch(rows, of, heads)

    def join(self, order: Ints, put: Ints, new: NewRows) -> None:
        """Rows of new plans came in: ``order`` of the old and the new ones, ``put`` its inverse."""
        none = np.zeros(len(new.of), np.bool_)
        level, even = self._levels(new.asked, new.course)

        def joined(old: npt.NDArray[Any], fresh: npt.NDArray[Any]) -> npt.NDArray[Any]:
            return np.concatenate((old, fresh))[order]

        self.level, self.even = joined(self.level, level), joined(self.even, even)
        self.fees, self.rate = joined(self.fees, new.asked[:, Part.FEES]), joined(self.rate, new.rate)
        self.final, self.full = joined(self.final, none), joined(self.full, none)
        self.latest = np.where(self.latest >= 0, put[self.latest], -1)
        np.add.at(self.pots.coming, new.of, new.asked[:, Part.PRINCIPAL])
        np.add.at(self.pots.waiting, new.of, new.course[:, Course.READY])
        self._point()

    def post(self, loans: Ints) -> None:
        """What accrues where no row falls due any more is asked for with the last one that has."""
        books, demands = self.books, self.books.demands
        loans = loans[(self._open(loans) == books.end[loans]) & (self.latest[loans] >= 0)]
        self._gather(loans, books.last[loans])
        amount = self.pots.waiting[loans]
        loans, amount = loans[amount > 0], amount[amount > 0]
        row = self.latest[loans]
        demands.charged[row, Part.INTEREST] += amount
        demands.left[row, Part.INTEREST] += amount
        books.paid_on[row] = FOREVER
        books.first[loans] = np.minimum(books.first[loans], row)
        self.pots.waiting[loans] = 0

    def _open(self, loans: Ints) -> Ints:
        """The next row of each that asks for something, the end where none does."""
        row, end = self.following[loans], self.books.end[loans]
        going = np.flatnonzero(row < end)
        while True:
            going = going[self.full[row[going]]]
            if not len(going):
                return row
            row[going] = self._next_of(loans[going], row[going])
            going = going[row[going] < end[going]]

    def foresee(self, loans: Ints) -> None:
        """Rows that haven't fallen due ask for what they will if all that is owed by now is paid today."""
        books, demands = self.books, self.books.demands
        self.post(loans)
        self.open_row[loans], self.now[loans] = self._open(loans), self.accrued(loans)
        pots = self.pots.copy()
        pots.waiting[loans] += self._so_far(self.overdue, loans, books.last[loans])
        row = self.following.copy()
        loans = loans[row[loans] < books.end[loans]]
        interest = self._so_far(self.balance, loans, self._period(loans)[1])
        while len(loans):
            pots.waiting[loans] += interest
            here = row[loans]
            after = self._next_of(loans, here)
            self._ask(pots, loans, here, after == books.end[loans])
            row[loans] = after
            loans = loans[after < books.end[loans]]
            here = row[loans]
            period = books.start[here], demands.due[here]
            found = self.pace.accrues(self.rate[here], pots.coming[loans], period, period)
            demands.beyond[loans[found.wild]] = True
            interest = settle(found.whole, found.rest, found.den, self.pace.mode, 1)

    def coming(self, loans: Ints) -> Ints:
        """Principal of each that no row has asked for yet."""
        return self.pots.coming[loans]

    def so_far(self, rows: Ints) -> Ints:
        """Interest of rows that haven't fallen due as if they did today, once :meth:`foresee` has looked."""
        demands = self.books.demands
        whose = demands.of[rows]
        cleared = demands.charged[rows, Part.INTEREST] - demands.left[rows, Part.INTEREST]
        return np.asarray(cleared + np.where(rows == self.open_row[whose], self.now[whose], 0), np.int64)
