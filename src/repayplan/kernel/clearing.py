"""Money that clears what is owed of rows, and rows that are done with."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from repayplan.basics.outcome import Bools, Ints, all_of, any_of
from repayplan.kernel.allocate import Stretch, allocate, among_rows, nothing, sums
from repayplan.kernel.bookrows import places_of
from repayplan.kernel.bookrules import Order, Rules
from repayplan.kernel.books import Books
from repayplan.kernel.demands import OpenRows
from repayplan.kernel.law import FOREVER, LEDGERS
from repayplan.kernel.trail import Trail


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


class Clearing:
    """Books, what they are kept by, and the rows of them that are at hand.

    Parameters
    ----------
    books, rules, amount, trail
        As of :func:`~repayplan.kernel.replay.replay`.
    """

    def __init__(self, books: Books, rules: Rules, amount: Ints, trail: Trail | None) -> None:
        self.books, self.rules, self.amount, self.trail = books, rules, amount, trail
        self.hand: Hand | None = None

    def put_back(self) -> None:
        """What days cost is in the books."""
        if self.hand is not None:
            self.hand.rows.put_back()

    def demanded(self, loans: Ints) -> Hand:
        """Rows of some loans that have fallen due and aren't done with, as they are by now."""
        if self.hand is not None:
            return self.hand.some(loans, len(self.books.first))
        at, who = self.books.demanded(loans)
        return self.taken(at, who)._replace(among=loans)

    def taken(self, at: Stretch, loans: Ints) -> Hand:
        """Rows as they stand in the books."""
        return Hand(OpenRows(self.books.demands, at.rows), at, loans, loans)

    def clear(
        self,
        hand: Hand,
        loans: Ints,
        order: Order,
        which: Ints,
        *,
        waived: Ints | None = None,
        ahead: bool = False,
        morning: bool = False,
    ) -> Ints:
        """What is held of some loans clears rows of theirs, by events (-1: money that was kept).

        ``waived``: what is given up instead; the return is what is left of it. ``ahead``: the rows haven't
        fallen due. ``morning``: days of grace that end today haven't yet, and what was paid in them may still
        be charged for days that cost nothing.
        """
        rows, at, who, _ = hand
        books, demands = self.books, self.books.demands
        money = books.held[loans] if waived is None else waived
        if not len(who):
            return money
        place = places_of(loans, who)
        owed = asked = rows.owed(self.rules.law)
        if self.rules.grace:
            soft = demands.firm(at.rows) > books.last[who].take(at.of) - morning
            if any_of(soft):
                asked = owed | {part: np.where(soft, 0, owed[part]) for part in LEDGERS if part in owed}
        paid, of_loan = allocate(money[place], asked, at, order.parts, by_row=order.by_row)
        rows.clear(self.rules.law, paid)
        rows.put_back()
        left = {part: owed[part] - paid[part] if part in paid else owed[part] for part in owed}
        plain = demands.plain
        gone, missing = (
            sum_of([each[part] for part in plain if part in each], len(at.rows)) for each in (paid, left)
        )
        done = np.flatnonzero((gone > 0) & (missing == 0))
        if len(done):
            books.paid_on[at.rows[done]] = books.last[who[at.of[done]]]
        if any_of(self.rules.tolerance != 0):
            little = self.rules.tolerance[who[at.of]]
            near = np.flatnonzero((gone + missing > little) & (missing <= little))
            books.within_on[at.rows[near]] = books.last[who[at.of[near]]]
        event = which[place]
        self._mark(at, who, gone > 0, event if waived is None else None)
        if waived is not None:
            for part in paid:
                books.waived[:, part][at.rows] += paid[part]
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
        rest[place] -= sum_of(list(of_loan.values()), len(who))
        if waived is None:
            books.held[loans] = rest
            if event[0] < 0 and self.rules.gift is not None:
                books.gift[loans] &= rest > 0
        if not ahead:
            charges = (left[part] for part in LEDGERS if part in left)
            self.advance(who, first_open(at, sum(charges, missing)))
        return rest

    def _mark(self, at: Stretch, who: Ints, some: Bools, event: Ints | None) -> None:
        """Rows that somebody else than the borrower cleared some of; ``event`` of each loan, None: a waiver.

        While something of what is held came from the lender, all that it clears counts as the lender's.
        """
        books, gift = self.books, self.rules.gift
        if event is not None:
            if gift is None:
                return
            lender = gift[event] if event[0] >= 0 else books.gift[who]
            some = some & lender[at.of]
        books.given[at.rows[some]] = True

    def advance(self, loans: Ints, open_row: Ints) -> None:
        """Rows before the first that isn't done with are done with; what hasn't fallen due isn't."""
        books = self.books
        first = np.maximum(books.first[loans], np.minimum(open_row, books.reach[loans]))
        calm = books.called[loans] == FOREVER
        if not all_of(calm):
            loans, first = loans[calm], first[calm]
        books.first[loans] = first

    def move_on(self, loans: Ints) -> None:
        """Rows of which nothing is owed are done with."""
        at, who = self.books.demanded(loans)
        if len(who):
            owed = self.books.demands.owed(self.rules.law, at.rows)
            self.advance(who, first_open(at, sums(owed, self.books.demands.parts)))

    def use_held(self, loans: Ints) -> None:
        """Money that was kept pays what has fallen due, as it would if it came in today."""
        rich = loans[self.books.held[loans] > 0]
        if len(rich):
            rows = self.taken(*self.books.demanded(rich))
            self.clear(rows, rich, self.rules.orders[0], np.full(len(rich), -1))


def sum_of(columns: list[Ints], size: int) -> Ints:
    """What columns of so many rows add up to."""
    return sum(columns[1:], columns[0]) if columns else np.zeros(size, np.int64)


def first_open(at: Stretch, left: Ints) -> Ints:
    """The first row of each loan of which something is left, :data:`FOREVER` where none is."""
    if at.alone:
        return np.where(left > 0, at.rows, FOREVER)
    out = np.full(len(at.heads), FOREVER)
    some = np.flatnonzero(left > 0)[::-1]  # of each loan the first is written last
    out[at.of.take(some)] = at.rows.take(some)
    return out
