"""What a household can pay in each period of a plan."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from repayplan.basics.outcome import Ints, span


@dataclass(frozen=True, slots=True, eq=False)
class Room:
    """Amounts by period, of loans that look them up in a table.

    Parameters
    ----------
    table
        int64 minor units, period-major (periods, columns). Its last row holds for every later period: where
        the same can be paid in all of them, there is one row.
    column
        Which column is each loan's.

    Examples
    --------
    >>> room = Room.of(np.array([[500, 800], [300, 900]]))
    >>> room.at(0), room.at(7), room.least(np.array([1, 2])), room.most(np.array([2, 2]))
    (array([500, 800]), array([300, 900]), array([500, 800]), array([500, 900]))
    """

    table: Ints
    column: Ints | slice
    lowest: Ints
    highest: Ints

    @classmethod
    def of(cls, amounts: Ints) -> Room:
        """Of amounts that are the same in every period, or period-major (periods, loans)."""
        table = amounts if amounts.ndim == 2 else amounts[None]
        several = len(table) > 1
        lowest = np.minimum.accumulate(table, axis=0) if several else table
        highest = np.maximum.accumulate(table, axis=0) if several else table
        return cls(table, slice(None), lowest, highest)

    @property
    def constant(self) -> bool:
        """Whether the same can be paid in every period."""
        return len(self.table) == 1

    def take(self, rows: Ints) -> Room:
        """Of some of the loans."""
        if self.constant:
            return Room.of(self.table[0][self.column][span(rows)])
        column = rows if isinstance(self.column, slice) else self.column[rows]
        return Room(self.table, column, self.lowest, self.highest)

    def after(self, periods: int) -> Room:
        """The same from a later period on."""
        if self.constant or not periods:
            return self
        rest = Room.of(self.table[min(periods, len(self.table) - 1) :])
        return Room(rest.table, self.column, rest.lowest, rest.highest)

    def at(self, period: int) -> Ints:
        """What can be paid in a period, counted from 0."""
        row: Ints = self.table[min(period, len(self.table) - 1)]
        return row[self.column]

    def in_row(self, number: Ints) -> Ints:
        """What can be paid in each loan's row of this number, counted from 1."""
        return self._over(self.table, number)

    def least(self, periods: Ints) -> Ints:
        """The least of so many periods from the first, at least one."""
        return self._over(self.lowest, periods)

    def most(self, periods: Ints) -> Ints:
        """The most of so many periods from the first, at least one."""
        return self._over(self.highest, periods)

    def _over(self, running: Ints, periods: Ints) -> Ints:
        if self.constant:
            return self.at(0)
        column = np.arange(running.shape[1]) if isinstance(self.column, slice) else self.column
        return np.asarray(running[np.clip(periods, 1, len(running)) - 1, column], np.int64)
