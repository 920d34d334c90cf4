"""What ends accounts on a day: all that has fallen due, and what is owed by then of what hasn't."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from repayplan.basics.outcome import Bools, Ints
from repayplan.kernel.allocate import Part, Stretch, stretch, sums, totals
from repayplan.kernel.bookrows import Course
from repayplan.kernel.books import Books
from repayplan.kernel.law import LEDGERS, Law


class Coming(NamedTuple):
    """What is owed by now of instalments that haven't fallen due: int64, one value for each loan.

    Attributes
    ----------
    interest
        As it has accrued, with what was put aside; below 0 where more was paid than that.
    fees
        Of periods that have begun.
    principal
        Without interest that joins it later; below 0 where more was paid than that.
    """

    interest: Ints
    fees: Ints
    principal: Ints

    @property
    def total(self) -> Ints:
        """All of it: interest that was paid before it has accrued is principal that is paid."""
        return self.interest + self.fees + self.principal


def owed_by(books: Books, law: Law, rows: Ints, day: Ints) -> Ints:
    """int64 (rows, PARTS): what is owed of rows; charges for being late only after the days of grace."""
    owed = books.demands.owed(law, rows)
    soft = books.demands.firm(rows) > day
    for part in LEDGERS:
        owed[soft, part] = 0
    return owed


def coming_by(books: Books, at: Stretch, owed: Ints, day: Ints) -> Coming:
    """What is owed by a day of rows that haven't fallen due.

    Parameters
    ----------
    at
        All rows of loans that aren't done with.
    owed
        As of :func:`owed_by`.
    day
        int64 (rows,); what the books' ``last`` is of their loans.
    """
    demands, rows, heads = books.demands, at.rows, at.heads
    ahead = demands.due[rows] > day
    coming = ahead & books.plain[rows]
    interest, fees = (
        books.so_far(rows, day, part) - demands.charged[:, part].take(rows) + owed[:, part]
        for part in (Part.INTEREST, Part.FEES)
    )
    accrued = totals(np.where(coming, interest, 0), heads) + books.put_aside(demands.of[rows[heads]])
    grows = totals(np.where(coming, books.course[rows, Course.GROWS], 0), heads)
    principal = totals(np.where(ahead, owed[:, Part.PRINCIPAL], 0), heads)
    return Coming(accrued, totals(np.where(coming, np.maximum(fees, 0), 0), heads), principal - grows)


def to_end(books: Books, law: Law, loans: Ints) -> tuple[Ints, Bools]:
    """What ends each of some loans today, before what is held; and whether anything is left to be ended.

    What is below 0 was paid for what isn't owed.
    """
    total, there = np.zeros(len(loans), np.int64), np.zeros(len(loans), np.bool_)
    first, end = books.first[loans], books.end[loans]
    some = np.flatnonzero(first < end)
    if len(some):
        at = stretch(first[some], end[some])
        day, demands = books.last[loans[some]][at.of], books.demands
        owed = owed_by(books, law, at.rows, day)
        fallen = demands.due[at.rows] <= day
        asks = (fallen | books.plain[at.rows]) & (sums(owed) > 0)
        total[some] = totals(np.where(fallen, sums(owed), 0), at.heads)
        total[some] += coming_by(books, at, owed, day).total
        there[some] = np.logical_or.reduceat(asks, at.heads)
    return total, there
