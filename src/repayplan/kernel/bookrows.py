"""Rows that stand in books: their columns, rows that come in, and what accrued in them."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple, Protocol

import numpy as np

from repayplan.basics.outcome import Bools, Ints, all_of
from repayplan.basics.rounding import Mode
from repayplan.kernel.accrue import divide_product, settle
from repayplan.kernel.allocate import Stretch, among_rows


class Course(IntEnum):
    """What else a row's period does to the balance; its place in the last axis of arrays.

    Interest that accrues in it (and isn't given up); what of it joins the principal when the row falls due;
    what is put aside then, below 0 where that is asked for; what had accrued when the period began.
    """

    ACCRUES = 0
    GROWS = 1
    ASIDE = 2
    READY = 3


class NewRows(NamedTuple):
    """Rows of new plans: whose they are, the days on which they fall due and begin, and what is asked for.

    Attributes
    ----------
    of, due, start
        int64 (rows,).
    asked
        int64 (rows, PARTS).
    course
        int64 (rows, 4); see :class:`Course`.
    rate
        int64 (rows,); the annual rate of their periods, multiples of 1e-10.
    begun
        int64 (rows,); fees among what is asked for that were owed before the row's period.
    """

    of: Ints
    due: Ints
    start: Ints
    asked: Ints
    course: Ints
    rate: Ints
    begun: Ints


class Follower(Protocol):
    """What follows the rows of accounts whose interest is on the balance."""

    def so_far(self, rows: Ints) -> Ints:
        """Interest of rows that haven't fallen due, as if they did today."""

    def coming(self, loans: Ints) -> Ints:
        """Principal of each that no row has asked for yet."""

    def join(self, order: Ints, put: Ints, new: NewRows) -> None:
        """Rows of new plans came in: ``order`` of the old and the new ones, ``put`` its inverse."""


def some_rows(at: Stretch, loans: Ints, rows: Bools) -> tuple[Stretch, Ints]:
    """Some of the rows of loans, and the loans that they are of."""
    if all_of(rows):
        return at, loans
    return among_rows(at, rows), loans[np.bincount(at.of[rows], minlength=len(loans)) > 0]


def places_of(loans: Ints, some: Ints) -> Ints | slice:
    """Where some of the loans, which rise, stand among all."""
    return slice(None) if len(some) == len(loans) else np.searchsorted(loans, some)


def accrued(course: Ints, start: Ints, due: Ints, day: Ints, mode: Mode = "half_up") -> Ints:
    """What of each row's interest has accrued when a day begins, 0 before its period.

    In proportion to its days, rounded; what had accrued when the period began is there from then on.
    """
    length = np.maximum(due - start, 1)
    before_it = course[:, Course.READY]
    more = np.maximum(course[:, Course.ACCRUES] - before_it, 0)
    quotient, rest = divide_product(more, np.clip(day - start, 0, length), length)
    found = before_it + settle(quotient, rest, length, mode, 1)
    return np.where(start <= day, found, 0)
