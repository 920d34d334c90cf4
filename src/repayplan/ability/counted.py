"""Items of one sort, and what they come to in a month."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from repayplan.ability.items import ALL_YEAR, Items
from repayplan.ability.month import MAX_MONTHLY
from repayplan.ability.ragged import added
from repayplan.basics.outcome import Bools, Ints, any_of, span


@dataclass(frozen=True, slots=True, eq=False)
class Sort:
    """Items of one sort: what counts in every month as one amount a household, the others one by one.

    Attributes
    ----------
    has
        bool; which households have any of them. One value for all where nobody has any.
    lasting
        int64; what always counts, one more than may be where it is more; likewise.
    begin
        int64 (households + 1); where the others of each household begin.
    of, amount, first, last, season
        The others.
    """

    has: Bools
    lasting: Ints
    begin: Ints
    of: Ints
    amount: Ints
    first: Ints
    last: Ints
    season: Ints

    @classmethod
    def read(cls, items: Items, amount: Ints, which: Bools, dated: Bools, size: int) -> Sort:
        """Of the items of a mask, which count for these amounts; ``dated``: not all in every month."""
        if not any_of(which):
            size = 1
        has, begin = np.zeros(size, np.bool_), np.zeros(size + 1, np.int64)
        lasts, some = np.flatnonzero(which & ~dated), np.flatnonzero(which & dated)
        has[items.of[lasts]] = has[items.of[some]] = True
        begin[1:] = np.cumsum(np.bincount(items.of[some], minlength=size))
        lasting = _at_most(*added(amount[lasts], items.of[lasts], size, MAX_MONTHLY))
        columns = (items.of, amount, items.first, items.last, items.season)
        return cls(has, lasting, begin, *(column[some] for column in columns))

    def owned(self, rows: Ints | None) -> Bools:
        """Which of some of the households (None: all) have any."""
        return self.has if rows is None or len(self.has) == 1 else self.has[rows]

    def counted(self, month: Ints, rows: Ints | None) -> Ints:
        """What they come to in months of some of the households; one more than may be where it is more."""
        if not len(self.of):
            few = rows is None or len(self.has) == 1
            return self.lasting if few else self.lasting[rows]
        at = slice(0, len(self.has)) if rows is None else span(rows)
        total = self.lasting[at]
        entry: Ints | slice
        if isinstance(at, slice):
            entry = slice(int(self.begin[at.start]), int(self.begin[at.stop]))
            new = self.of[entry] - at.start
        else:
            first, many = self.begin[at], self.begin[1:][at] - self.begin[at]
            new = np.repeat(np.arange(len(at)), many)
            entry = np.repeat(first - (np.cumsum(many) - many), many) + np.arange(len(new))
        now, season = month[new], self.season[entry]
        counts = (self.first[entry] <= now) & (now <= self.last[entry])
        some = np.flatnonzero(season < ALL_YEAR)
        counts[some] &= (season[some] >> now[some] % 12) & 1 == 1
        counted = np.flatnonzero(counts)
        more = added(self.amount[entry][counted], new[counted], len(month), MAX_MONTHLY)
        return np.asarray(np.minimum(total + _at_most(*more), _BEYOND), np.int64)


_BEYOND = MAX_MONTHLY + 1


def _at_most(total: Ints, beyond: Bools) -> Ints:
    return np.where(beyond, _BEYOND, total)
