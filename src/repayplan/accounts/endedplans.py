"""Plans of accounts that later ones took the place of, and how late they were then."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from repayplan.accounts.position import days_from
from repayplan.basics.dates import Days
from repayplan.basics.outcome import Ints
from repayplan.kernel.allocate import stretch
from repayplan.kernel.books import Books
from repayplan.kernel.law import FOREVER


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class EndedPlans:
    """Plans that a re-age, a re-amortisation or a reschedule ended; one that only mends an error doesn't.

    Attributes
    ----------
    account
        int64, rising; each one's account, counted among those of the statements; its plans in their order.
    day
        datetime64[D]; when the later plan came.
    oldest
        datetime64[D]; when the oldest instalment had fallen due of which something was missing then, NaT
        where none was.
    """

    account: Ints
    day: Days
    oldest: Days


class EndingPlans:
    """Takes down how plans of a block stand when later ones take their place."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self._found: list[tuple[Ints, ...]] = []

    def end(self, loans: Ints) -> None:
        """The plans of some loans end, on the days on which these are."""
        books = self.books
        first, end, day = books.first[loans], books.end[loans], books.last[loans]
        oldest, some = np.full(len(loans), FOREVER), np.flatnonzero(first < end)
        if len(some):
            at = stretch(first[some], end[some])
            due, demands = books.demands.due[at.rows], books.demands
            late = books.plain[at.rows] & (due < day[some][at.of]) & (demands.missing(at.rows) > 0)
            oldest[some] = np.minimum.reduceat(np.where(late, due, FOREVER), at.heads)
        self._found.append((loans, day, oldest))

    def all(self) -> EndedPlans:
        """Of all accounts of the block."""
        none = (np.zeros(0, np.int64),) * 3
        of, day, oldest = (np.concatenate(each) for each in zip(none, *self._found, strict=True))
        order = np.argsort(of, kind="stable")  # those of each came in the order of time
        return EndedPlans(account=of[order], day=days_from(day[order]), oldest=days_from(oldest[order]))
