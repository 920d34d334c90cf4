"""What a household can pay in each period of a plan."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from repayplan.basics.outcome import Bools, Ints, pick
from repayplan.plans.arrears import share_of


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """Amounts that are spread over the first payments of plans.

    Attributes
    ----------
    amounts
        int64 minor units (parts, loans).
    over
        Over how many payments each part is spread, or over all of a shorter plan.
    """

    amounts: Ints
    over: tuple[int, ...]

    @property
    def most(self) -> int:
        """Payments after which nothing of it is left, however long the plan."""
        return max(self.over, default=0)

    def take(self, loans: Ints | slice) -> Spread:
        """Of some of the loans."""
        return Spread(self.amounts[:, loans], self.over)

    def share(self, number: int, payments: Ints | None = None) -> Ints:
        """What is paid with payment ``number``, from 0, of so many; None: of enough."""
        out = np.zeros(self.amounts.shape[1], np.int64)
        for amount, over in zip(self.amounts, self.over, strict=True) if number >= 0 else ():
            out += share_of(amount, over, number, payments)
        return out


@dataclass(frozen=True, eq=False)
class _Amounts:
    """Amounts period-major (periods, columns), and what they come to so far."""

    table: Ints

    @cached_property
    def lowest(self) -> Ints:
        """The least of the periods up to each."""
        return _running(np.minimum, self.table)

    @cached_property
    def lower_from(self) -> Ints:
        """The first row, and those in which some column has less than in all before."""
        return np.flatnonzero(np.r_[True, (self.lowest[1:] < self.lowest[:-1]).any(axis=1)])

    @cached_property
    def highest(self) -> Ints:
        """The most of the periods up to each."""
        return _running(np.maximum, self.table)


def _running(of_two: np.ufunc, table: Ints) -> Ints:
    """The least, or the most, of each column so far; row by row: faster than numpy accumulates."""
    out = table if len(table) == 1 else table.copy()
    for before, row in pairwise(out):
        of_two(before, row, out=row)
    return out


@dataclass(frozen=True, slots=True, eq=False)
class Room:
    """Amounts by period, of loans that look them up in a table.

    Parameters
    ----------
    amounts
        int64 minor units, period-major (periods, columns). The last rows come round again in all later
        periods: where the same can be paid in all of them, there is one row.
    column
        Which column is each loan's.
    spread
        What is spread over the first payments, column by column, and taken off already as far as of plans
        that have enough of them.
    number
        Which payment falls in the first period, from 0; below 0: it comes so many periods later.
    turn
        How many of the last rows come round; 1: the last holds for every later period.

    Examples
    --------
    >>> room = Room.of(np.array([[500, 800], [300, 900]]))
    >>> room.at(0), room.at(7), room.least(np.array([1, 2])), room.most(np.array([2, 2]))
    (array([500, 800]), array([300, 900]), array([500, 800]), array([500, 900]))
    """

    amounts: _Amounts
    column: Ints | slice
    spread: Spread | None = None
    number: int = 0
    turn: int = 1

    @classmethod
    def of(cls, amounts: Ints, turn: int = 1) -> Room:
        """Of amounts that are the same in every period, or period-major (periods, loans)."""
        return cls(_Amounts(amounts if amounts.ndim == 2 else amounts[None]), slice(None), turn=turn)

    @property
    def table(self) -> Ints:
        """int64 (periods, columns)."""
        return self.amounts.table

    @property
    def constant(self) -> bool:
        """Whether the same can be paid in every period."""
        return len(self.table) == 1

    @property
    def lower_from(self) -> Ints:
        """The numbers of the first period, and of those in which less can be paid than in any before."""
        return self.amounts.lower_from

    def take(self, rows: Ints | slice) -> Room:
        """Of some of the loans, by number or from one to another."""
        if self.constant:
            return Room.of(pick(self.table[0][self.column], rows))
        size = self.table.shape[1]
        if isinstance(self.column, slice) and isinstance(rows, slice):
            if rows.indices(size) == (0, size, 1):
                return self
            rows = np.arange(size)[rows]
        return replace(self, column=rows if isinstance(self.column, slice) else self.column[rows])

    def after(self, periods: int) -> Room:
        """The same from a later period on."""
        if self.constant or not periods:
            return self
        size = max(len(self.table) - periods, self.turn)
        rest = Room.of(self.table[self._row(periods + np.arange(size))], self.turn)
        return replace(rest, column=self.column, spread=self.spread, number=self.number + periods)

    def less(self, spread: Spread) -> Room:
        """What is left beside what is spread over the first payments."""
        if not spread.amounts.any():
            return self
        size = max(len(self.table), spread.most + self.turn)
        table = np.stack([self.at(period) - spread.share(period) for period in range(size)])
        return replace(Room.of(table, self.turn), spread=spread)

    def delayed(self, periods: int) -> Room:
        """The same where the first payment falls so many periods later."""
        spread, number = self.spread, self.number
        if spread is None or not periods:
            return self
        rows = []
        for period in range(max(len(self.table), spread.most - number + periods + self.turn)):
            plain = self.table[self._row(period)] + spread.share(period + number)
            rows.append(plain - spread.share(period + number - periods))
        return replace(
            Room.of(np.stack(rows), self.turn), column=self.column, spread=spread, number=number - periods
        )

    def again(self, amounts: Ints) -> Room:
        """The same amounts in every period instead, less what is spread."""
        own, room = self.own_spread, Room.of(amounts)
        return room if own is None else room.less(own)

    @property
    def own_spread(self) -> Spread | None:
        """What is spread, loan by loan."""
        return None if self.spread is None else self.spread.take(self.column)

    def settled(self, length: Ints) -> Bools:
        """Whether plans of so many rows from the first period on have enough payments for what is spread."""
        most = 0 if self.spread is None else self.spread.most
        return np.asarray(length + self.number >= most, np.bool_)

    def short(self, period: int, length: Ints) -> Ints:
        """What more is spread over a period of plans of so many rows than of plans that have enough."""
        own, number = self.own_spread, period + self.number
        if own is None:
            return np.zeros(len(length), np.int64)
        return own.share(number, length + self.number) - own.share(number)

    def at(self, period: int) -> Ints:
        """What can be paid in a period, counted from 0."""
        row: Ints = self.table[self._row(period)]
        return row[self.column]

    def in_row(self, number: Ints) -> Ints:
        """What can be paid in each loan's row of this number, counted from 1."""
        if self.constant:
            return self.at(0)
        return self._over(self.table, self._row(np.maximum(number, 1) - 1) + 1)

    def least(self, periods: Ints) -> Ints:
        """The least of so many periods from the first, at least one."""
        if self.constant:
            return self.at(0)
        return self._over(self.amounts.lowest, periods)

    def most(self, periods: Ints) -> Ints:
        """The most of so many periods from the first, at least one."""
        if self.constant:
            return self.at(0)
        return self._over(self.amounts.highest, periods)

    def total(self, periods: Ints) -> Ints:
        """All that can be paid in so many periods from the first, at least one."""
        last, out = int(periods.max(initial=0)), np.zeros(len(periods), np.int64)
        if self.constant:
            return np.asarray(
                np.minimum(np.maximum(self.at(0), 0), 2**62 // max(last, 1)) * periods, np.int64
            )
        most = 2**62 // max(last, 1)
        for period in range(last):
            out += np.where(period < periods, np.clip(self.at(period), 0, most), 0)
        return out

    def _row(self, period: Any) -> Any:
        """The rows of periods, counted from 0."""
        rows = len(self.table)
        if isinstance(period, int):
            return period if period < rows else rows - self.turn + (period - rows) % self.turn
        return np.where(period < rows, period, rows - self.turn + (period - rows) % self.turn)

    def _over(self, running: Ints, periods: Ints) -> Ints:
        column = np.arange(running.shape[1]) if isinstance(self.column, slice) else self.column
        return np.asarray(running[np.clip(periods, 1, len(running)) - 1, column], np.int64)
