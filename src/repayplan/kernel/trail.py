"""What accounts were on every day of their replay: what was past due, since when, what was outstanding."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from repayplan.basics.outcome import Ints
from repayplan.kernel.allocate import Part, stretch
from repayplan.kernel.bookrows import Course, NewRows
from repayplan.kernel.books import Books
from repayplan.kernel.law import FOREVER


class Look(NamedTuple):
    """Some loans at the end of a day, each of its own: int64, one value each.

    Attributes
    ----------
    loans, day
        Which, and the day number.
    late, oldest
        What is missing of instalments that fell due before the day, and when the oldest did
        (:data:`~repayplan.kernel.law.FOREVER` where none did).
    late_next, oldest_next
        The same a day later, if nothing happens.
    outstanding
        Principal, and what else has fallen due, without charges for days of being late.
    """

    loans: Ints
    day: Ints
    late: Ints
    oldest: Ints
    late_next: Ints
    oldest_next: Ints
    outstanding: Ints


class Planned(NamedTuple):
    """Rows of new plans: the events that brought them, their days, and the principal that they ask for."""

    event: Ints
    due: Ints
    start: Ints
    principal: Ints


@dataclass(slots=True, eq=False)
class Trail:
    """What a replay leaves behind.

    Attributes
    ----------
    looks
        In the order of time of each loan; of one day the last counts.
    planned
        New plans as they came.
    """

    looks: list[Look] = field(default_factory=list)
    planned: list[Planned] = field(default_factory=list)

    def look(self, books: Books, loans: Ints) -> None:
        """Write down where some loans are on their days."""
        size, day = len(loans), books.last[loans]
        first, end = books.first[loans], books.end[loans]
        some = np.flatnonzero(first < end)
        late, late_next, outstanding = (np.zeros(size, np.int64) for _ in range(3))
        oldest, oldest_next = np.full(size, FOREVER), np.full(size, FOREVER)
        if len(some):
            at = stretch(first[some], end[some])
            demands, rows, when = books.demands, at.rows, day[some][at.of]
            due, plain, missing = demands.due[rows], books.plain[rows], demands.missing(rows)
            principal = demands.left[rows, Part.PRINCIPAL]
            missing_of = np.where(plain, missing, 0)
            for before, amount, since in ((when, late, oldest), (when + 1, late_next, oldest_next)):
                counted = np.where(due < before, missing_of, 0)
                amount[some] = np.add.reduceat(counted, at.heads)
                since[some] = np.minimum.reduceat(np.where(counted > 0, due, FOREVER), at.heads)
            # What is to join the principal later isn't owed yet.
            ahead = principal - np.where(plain, books.course[rows, Course.GROWS], 0)
            if books.follower is not None:  # what rows to come ask for is known when they fall due
                ahead = np.zeros(len(rows), np.int64)
                outstanding[some] = books.follower.coming(loans[some])
            outstanding[some] += np.add.reduceat(np.where(due <= when, missing, ahead), at.heads)
        self.looks.append(Look(loans, day, late, oldest, late_next, oldest_next, outstanding))

    def plan(self, loans: Ints, events: Ints, new: NewRows, size: int) -> None:
        """Write down what new plans ask for, of ``size`` loans some, by the events that brought them."""
        event = np.full(size, -1)
        event[loans] = events
        self.planned.append(Planned(event[new.of], new.due, new.start, new.asked[:, Part.PRINCIPAL]))
