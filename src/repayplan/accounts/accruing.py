"""What counts towards an all-in rate beside the cost of being late: interest as it accrues, fees charged."""

from __future__ import annotations

import numpy as np

from repayplan.basics.outcome import Ints
from repayplan.kernel.allocate import Part
from repayplan.kernel.bookrows import Course, accrued
from repayplan.kernel.books import Books


class ContractInterest:
    """What has accrued of the contract's interest of the accounts of a block.

    Parameters
    ----------
    books
        The accounts; of those with a new plan, or called in, what had accrued then as it was asked for, and
        what has of the new plan since.
    """

    def __init__(self, books: Books) -> None:
        self.books = books
        self._read()

    def _read(self) -> None:
        books = self.books
        self.seen, self.changed = books.demands, books.changed
        plain = np.flatnonzero(books.plain)
        self.of = self.seen.of[plain]
        self.due, self.start = self.seen.due[plain], books.start[plain]
        self.course = books.course[plain]
        self.interest = self.course[:, Course.ACCRUES] - self.course[:, Course.READY]
        self.before = np.cumsum(self.interest) - self.interest
        self.span = int(self.due.max(initial=0)) + 1
        self.key = self.of * self.span + self.due
        self.head = np.searchsorted(self.of, np.arange(len(books.first)))

    def until(self, loans: Ints, day: Ints) -> Ints:
        """What has accrued when a day begins, never less; int64 of each loan."""
        if self.seen is not self.books.demands or self.changed != self.books.changed:
            self._read()
        at = np.searchsorted(self.key, loans * self.span + np.minimum(day, self.span - 1), side="right")
        head = self.head[loans]
        at = np.maximum(at, head)
        last = np.minimum(at, len(self.key) - 1)
        running = (at < len(self.key)) & (self.of[last] == loans)
        whole = np.where(at > head, self.before[at - 1] + self.interest[at - 1] - self.before[head], 0)
        part = accrued(self.course[last], self.start[last], self.due[last], day, "up")
        part = np.maximum(part - self.course[last, Course.READY], 0)
        return np.asarray(whole + np.where(running, part, 0), np.int64)


class ChargedFees:
    """Fees that events have charged the accounts of a block.

    Parameters
    ----------
    books
        The accounts as they begin.
    """

    def __init__(self, books: Books) -> None:
        rows = np.flatnonzero(~books.plain & (books.demands.charged[:, Part.FEES] > 0))
        of, due = books.demands.of[rows], books.demands.due[rows]
        self.span = int(due.max(initial=0)) + 1
        self.key = of * self.span + due
        self.head = np.searchsorted(of, np.arange(len(books.first)))
        self.sum = np.append(0, np.cumsum(books.demands.charged[rows, Part.FEES]))

    def until(self, loans: Ints, day: Ints) -> Ints:
        """What has been charged when a day begins, with that of the day itself; int64 of each loan."""
        at = np.searchsorted(self.key, loans * self.span + np.minimum(day, self.span - 1), side="right")
        return np.asarray(self.sum[at] - self.sum[self.head[loans]], np.int64)
