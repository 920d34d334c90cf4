"""The rows that are next in many accounts, by themselves: what is read at once stands side by side."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from repayplan.basics.outcome import Ints
from repayplan.kernel.allocate import Part, some_of, stretch
from repayplan.kernel.books import Books
from repayplan.kernel.law import LEDGERS


@dataclass(frozen=True, slots=True, eq=False)
class Near:
    """Some rows of books, as books of their own for as long as nothing but them is looked at.

    They serve while days pass and money comes in. What the loans themselves are is the same in both.

    Attributes
    ----------
    books
        With those rows alone.
    whole
        Where they are from.
    rows
        int64; which rows of the whole they are.
    moves
        Whether what is asked for of one may move to another.
    """

    books: Books
    whole: Books
    rows: Ints
    moves: bool

    @classmethod
    def of(cls, whole: Books, loans: Ints, day: Ints, *, moves: bool) -> Near:
        """What some loans need until a day of each: what isn't done with by then, and one instalment more."""
        until = whole.first.copy()
        until[loans] = np.minimum(whole.following(loans, whole.fallen(loans, day)) + 1, whole.end[loans])
        many = until - whole.first
        end = np.cumsum(many)
        begin, some = end - many, np.flatnonzero(many)
        at = stretch(whole.first[some], until[some])
        rows, demands = at.rows, whole.demands
        ledgers = [i for i, part in enumerate(LEDGERS) if part in demands.parts]
        mine = replace(
            demands,
            of=some[at.of],
            due=demands.due.take(rows),
            charged=some_of(demands.charged, rows, demands.parts),
            left=some_of(demands.left, rows, demands.parts),
            rest=some_of(demands.rest, rows, ledgers),
            settled=some_of(demands.settled, rows, ledgers),
            late_fee=demands.late_fee.take(rows),
            joined=demands.joined[rows],
        )
        books = replace(
            whole,
            demands=mine,
            begin=begin,
            first=begin.copy(),
            reach=begin + whole.reach - whole.first,
            end=end,
            plain=whole.plain.take(rows),
            early=whole.early.take(rows),
            put_off=whole.put_off.take(rows),
            given=whole.given.take(rows),
            paid_on=whole.paid_on.take(rows),
        )
        if moves:
            books.rolled, books.within_on = whole.rolled.take(rows), whole.within_on.take(rows)
            books.carried = some_of(whole.carried, rows, demands.parts)
        return cls(books, whole, rows, moves)

    def put_back(self) -> None:
        """What has become of them stands in the whole books."""
        mine, whole, rows = self.books, self.whole, self.rows
        here, there, parts = mine.demands, whole.demands, mine.demands.parts
        ledgers = [i for i, part in enumerate(LEDGERS) if part in parts]
        asked = parts if self.moves else [part for part in (*LEDGERS, Part.FEES) if part in parts]
        tables: list[tuple[Ints, Ints, Iterable[int]]] = [
            (there.left, here.left, parts),
            (there.charged, here.charged, asked),
            (there.rest, here.rest, ledgers),
            (there.settled, here.settled, ledgers),
        ]
        there.late_fee[rows], whole.given[rows] = here.late_fee, mine.given
        whole.put_off[rows], whole.paid_on[rows] = mine.put_off, mine.paid_on
        if self.moves:
            whole.rolled[rows], whole.within_on[rows] = mine.rolled, mine.within_on
            tables.append((whole.carried, mine.carried, parts))
        for to, now, places in tables:
            for place in places:
                to[:, place][rows] = now[:, place]
        whole.reach = whole.first + mine.reach - mine.begin
        whole.first = whole.first + mine.first - mine.begin
