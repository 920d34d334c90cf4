"""When households' months differ: where items begin to count or cease to, and which months are looked at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from repayplan.ability.items import ALL_YEAR, Items
from repayplan.basics.outcome import Ints

MAX_MONTHS = 3_660
YEAR = 12
"""Months in which seasons come round."""


def stacked_months(rows: list[Ints]) -> Ints:
    """Figures by month, of which the last hold for every later month."""
    while len(rows) > 1 and rows[-1] is rows[-2]:
        rows.pop()
    return without_repeats(np.stack(rows))


def without_repeats(table: Ints) -> Ints:
    """Rows, the last of which holds for every later one too, without those that say the same as it."""
    differs = np.flatnonzero((table != table[-1]).reshape(len(table), -1).any(axis=1))
    return table[: 2 + int(differs.max(initial=-1))]


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """Which months of each household are looked at, counted from the first of all: no other may do harm.

    Attributes
    ----------
    since, until
        int64; the first of them, and the one after the last.
    """

    since: Ints
    until: Ints

    def take(self, rows: Ints) -> Window:
        """Of some of the households."""
        return Window(self.since[rows], self.until[rows])


@dataclass(frozen=True, slots=True, eq=False)
class Turns:
    """Who may not be in a month as in the one before, because of when items begin to count or cease to.

    Attributes
    ----------
    begin
        The month from which on they are looked at.
    month, of
        int64; the months of that, counted from ``begin``, in order, and whose item it is.
    by_season
        By month of the year, January first: whose items begin to count or cease to with their season, and the
        first and the last month in which they do (int64).
    """

    begin: int

    month: Ints
    of: Ints
    by_season: tuple[tuple[Ints, Ints, Ints], ...]

    @classmethod
    def read(cls, items: Items, begin: int) -> Turns:
        """Of some items."""
        month, of = (
            np.concatenate([items.first, items.last + 1]) - begin,
            np.concatenate([items.of, items.of]),
        )
        some = np.flatnonzero((month > 0) & (month <= MAX_MONTHS))
        some = some[np.argsort(month[some].astype(np.int16), kind="stable")]
        seasonal = np.flatnonzero(items.season < ALL_YEAR)
        season = items.season[seasonal]
        turned = season ^ (
            season << 1 | season >> YEAR - 1
        )  # a bit each month, against that of the one before
        by_season = []
        for each in range(YEAR):
            mine = np.flatnonzero(turned >> each & 1)
            # Where it ends, it is the month before that it must have counted in.
            ends, entry = 1 - (season[mine] >> each & 1), seasonal[mine]
            by_season.append((items.of[entry], items.first[entry] + ends, items.last[entry] + ends))
        return cls(begin, month[some], of[some], tuple(by_season))

    def at(self, month: int) -> tuple[Ints, Ints]:
        """Households whose items may not count in a month, counted from ``begin``, as in the one before."""
        start, end = np.searchsorted(self.month, (month, month + 1))
        now = self.begin + month
        whose, first, last = self.by_season[now % YEAR]
        return self.of[start:end], whose[(first <= now) & (now <= last)]
