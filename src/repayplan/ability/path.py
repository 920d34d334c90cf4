"""What can be paid month by month, and in the periods of a loan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np

from repayplan.ability.capacities import Capacities, Capacity, read_frequency
from repayplan.ability.month import month_number, month_of
from repayplan.basics.columns import Screen, money_of
from repayplan.basics.dates import PERIOD_MONTHS_DEN, PERIOD_MONTHS_NUM, Days, a_period
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import MAX_TOTAL
from repayplan.basics.outcome import Bools, Ints, Outcome, all_of, any_of, brief, span
from repayplan.kernel.accrue import divide_product

MOST_TURN = 24
"""Periods a year of those that take half months or more: sooner or never, they come round."""
_LOW = 31
_MASK = 2**_LOW - 1


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PayablePath:
    """What can be paid in each month, from one on.

    Attributes
    ----------
    begin
        The first month, as its first day.
    payable
        int64 minor units, month-major (months, columns), a column for each good household or loan. The last
        row holds for every later month: the least that can be paid in any of them. Where several rows come
        round, they hold month by month.
    decimals
        int64, of each column.
    surplus
        The same before what is less than nothing counts as nothing; None: nothing ever is. What a month falls
        short by is taken from the other months of its period.
    turn
        How many of the last rows come round, again and again, in all later months.
    since
        int64, of each column; the first month that is looked at, counted from ``begin``: what the rows before
        say means nothing. None: all are.
    begun
        Whether the first period of some column may have begun before that: of one that reaches it only the
        months from it on count.
    """

    begin: date
    payable: Ints
    decimals: Ints
    surplus: Ints | None = None
    turn: int = 1
    since: Ints | None = None
    begun: bool = False

    def __len__(self) -> int:
        return len(self.decimals)

    def take(self, columns: Ints) -> PayablePath:
        """Some of the columns."""
        mine = span(columns)
        return PayablePath(
            begin=self.begin,
            payable=self.payable[:, mine],
            decimals=self.decimals[mine],
            surplus=None if self.surplus is None else self.surplus[:, mine],
            turn=self.turn,
            since=None if self.since is None else self.since[mine],
            begun=self.begun,
        )

    def least(self, frequency: Ints) -> Ints:
        """What can be paid in a period of each column at least: the share of the leanest month, down."""
        payable = self.payable
        if self.since is not None and self.since.any():
            month = np.arange(len(payable))[:, None]
            within = month >= np.minimum(self.since, len(payable) - 1)
            payable = np.where(within, payable, np.iinfo(np.int64).max)
        return a_period(payable.min(axis=0), frequency)

    def per_period(self, frequency: Any, due: Any, calendar: Ints | None = None) -> Outcome[Ints]:
        """What can be paid in each period of each loan.

        A period takes so many months, the last of them that of its due date: what can be paid in the whole
        ones counts in full, and of the month before them (of a week, of the due date's own) its share,
        rounded down; a whole month that was an earlier period's isn't counted again. What some of them fall
        short by is taken from the others. Where nothing changes, that is :meth:`Capacities.per_period`.

        Parameters
        ----------
        frequency
            As :meth:`Capacities.per_period` takes it.
        due
            datetime64[D], period-major (periods, columns); NaT where a loan has no such period, which is
            worth nothing.
        calendar
            int64, of each column: which of the due dates' columns is its own, where several have the same.

        Returns
        -------
        Outcome of int64 minor units (periods, good rows). A row has a code where its frequency is unknown, a
        due date lies before the first month, or a period is worth more than 2**62 minor units. Months before
        the first, of a period that begins earlier, count as the first.

        Raises
        ------
        TypeError
            Due dates of another type or shape.

        Examples
        --------
        >>> from repayplan import Allowance, Household, Income, capacity_path
        >>> home = Household(items=[Income("pay", "1000"), Income("benefit", "300", until="2026-02-28")])
        >>> rule = Allowance(adult_first="700", adult_further="0", child="0", covers=(), source="own")
        >>> path = capacity_path(home, rule, begin="2026-01-01", months=12)
        >>> due = np.array([["2026-03-31"], ["2026-06-30"]], "datetime64[D]")
        >>> path.per_period("quarterly", due).value
        array([[150000],
               [ 90000]])
        """
        due = due_days(due, len(self) if calendar is None else np.asarray(due).shape[-1])
        screen = Screen(len(self))
        # One value for all columns where they are alike.
        often = brief(read_frequency(screen, frequency))
        den, first = PERIOD_MONTHS_DEN[often], month_number(self.begin)
        months, rest = np.divmod(PERIOD_MONTHS_NUM[often], den)
        most = money_of(np.full(len(self), MAX_TOTAL), self.decimals)
        summed = _Summed(self.payable if self.surplus is None else self.surplus, self.turn)
        out = np.zeros((len(due), len(self)), np.int64)
        known = ~np.isnat(due)
        month = month_of(np.where(known, due, np.datetime64(self.begin, "D"))) - first
        own = slice(None) if calendar is None else brief(calendar)
        whole, before = (months > 0) & (rest == 0), None
        for k, days in enumerate(due):
            there, last = known[k, own], month[k, own]
            if (month[k] < 0).any():
                early = np.broadcast_to(last < 0, len(self))
                screen.fault(early, Code.OUT_OF_RANGE, "due", days[own], f">= {self.begin}")
            # No month counts for two periods, where dates that are listed fall into one.
            begin = last - months
            if before is not None and any_of(whole & (begin < before)):
                begin = np.where(whole, np.clip(before, begin, last), begin)
            before = last
            behind = np.zeros(1, np.bool_)
            if self.begun and self.since is not None and any_of(last - months < self.since):
                # A period that ended by then isn't cut: what was to be paid of it lies behind as well.
                reached = last >= self.since
                behind = reached & (last - months < self.since)
                begin = np.where(reached, np.maximum(begin, self.since - 1), begin)
            amount, beyond = summed.between(begin, last)
            if rest.any():
                amount = amount + np.where(behind, 0, part_of(summed.at(last - months), rest, den))
                beyond = beyond | (amount > MAX_TOTAL)
            np.maximum(amount, 0, out=out[k])
            wrong = there & beyond
            if any_of(wrong):
                screen.fault(np.broadcast_to(wrong, len(self)), Code.BEYOND_DOMAIN, "payable", "", most)
            if any_of(wrong) or not all_of(there):
                out[k][np.broadcast_to(wrong | ~there, len(self))] = 0
        row = np.flatnonzero(screen.good)
        return Outcome(out[:, span(row)], row, screen.failures())

    def recurring(self, due: Days, months: Ints, whole: Bools) -> tuple[int, int]:
        """From which of the due dates on what can be paid comes round, and in how many periods.

        Parameters
        ----------
        due
            datetime64[D], period-major (periods, calendars).
        months, whole
            int64; how many months a period of each calendar touches. bool; whether these are all its own.

        Returns
        -------
        The number of the period, from 0, and how many come round: 0 where nothing does so far.
        """
        known, first = ~np.isnat(due), len(self.payable) - self.turn
        last = month_of(np.where(known, due, np.datetime64(self.begin, "D"))) - month_number(self.begin)
        open_ = (known & (last - months < first)).any(axis=1)
        start = max(int(np.flatnonzero(open_).max(initial=-1)) + 1, int(self.begun))
        place = np.where(known, (last - first) % self.turn, -1)[start:]
        if ((np.diff(last, axis=0)[start:] < months) & known[start + 1 :] & whole).any():
            return start, 0  # dates that are listed: a month is of one period only
        for turn in range(1, min(len(place), MOST_TURN + 1)):
            if np.array_equal(place[turn:], place[:-turn]):
                return start, turn
        return start, 0


def due_days(due: Any, columns: int) -> Days:
    """Due dates, period-major; a TypeError where they are of another type or shape."""
    days = np.asarray(due)
    if days.dtype != np.dtype("datetime64[D]") or days.ndim != 2 or days.shape[1] != columns:
        needed = f"datetime64[D] of shape (periods, {columns})"
        msg = f"due dates of {days.dtype}, shape {days.shape}, where {needed} is needed"
        raise TypeError(msg)
    return days


def part_of(amount: Ints, num: Ints, den: Ints) -> Ints:
    """``num / den`` of amounts of any sign, rounded down."""
    whole, left = divide_product(np.abs(amount), num, den)
    return np.where(amount < 0, -whole - (left > 0), whole)


@dataclass(frozen=True, eq=False)
class _Summed:
    """Amounts by month and column, the last of which go on, and what several months come to."""

    table: Ints
    turn: int

    @cached_property
    def _limbs(self) -> list[tuple[Ints, Ints]]:
        """The amounts in two limbs, whose sums int64 holds, each with its sums from the first month on."""
        zero = np.zeros((1, self.table.shape[1]), np.int64)
        parts = (self.table >> _LOW, self.table & _MASK)
        return [(part, np.concatenate([zero, np.cumsum(part, axis=0)])) for part in parts]

    def at(self, month: Ints) -> Ints:
        """Of each column the amount of a month, own or one for all; months before the first count as it."""
        rows = len(self.table)
        row = np.where(month < rows, np.maximum(month, 0), rows - self.turn + (month - rows) % self.turn)
        if len(row) and all_of(row == row[0]):
            return np.asarray(self.table[row[0]], np.int64)
        return np.asarray(self.table[row, np.arange(self.table.shape[1])], np.int64)

    def between(self, before: Ints, last: Ints) -> tuple[Ints, Bools]:
        """What the months after one up to another come to, of each column; and where that is too much."""
        if all_of(last - before == 1):
            return self.at(last), np.zeros(len(last), np.bool_)
        rows, column = len(self.table), np.arange(self.table.shape[1])

        def upto(month: Ints, part: Ints, sums: Ints) -> Ints:
            inside = sums[np.clip(month + 1, 0, rows), column]
            early, late = np.minimum(month + 1, 0), np.maximum(month + 1 - rows, 0)
            turns, more = np.divmod(late, self.turn)
            before = sums[rows - self.turn]
            after = turns * (sums[rows] - before) + sums[rows - self.turn + more, column] - before
            return np.asarray(inside + early * part[0] + after, np.int64)

        high, low = (upto(last, *limb) - upto(before, *limb) for limb in self._limbs)
        high, low = high + (low >> _LOW), low & _MASK
        high = np.maximum(high, -(MAX_TOTAL >> _LOW))  # so short that no share of a month can help
        beyond = (high > MAX_TOTAL >> _LOW) | ((high == MAX_TOTAL >> _LOW) & (low > MAX_TOTAL & _MASK))
        return (np.where(beyond, 0, high) << _LOW) | low, np.asarray(beyond, np.bool_)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class CapacityPath(PayablePath):
    """What households can pay in each month, and how it comes about.

    Attributes
    ----------
    begin, payable, decimals, surplus
        See :class:`PayablePath`.
    months
        How many months were looked at one by one.
    """

    months: int
    work: Callable[[Screen, int], Capacities] = field(repr=False)

    def capacities(self, month: int) -> Capacities:
        """Every part of the capacities in a month, counted from 0.

        Raises
        ------
        InputError
            The month isn't one of those that were looked at.
        """
        if not 0 <= month < self.months:
            raise InputError(Code.OUT_OF_RANGE, "month", month, limit=f"0 to {self.months - 1}")
        return self.work(Screen(len(self)), month)

    def one(self, i: int) -> tuple[Capacity, ...]:
        """Household ``i`` month by month, for a person."""
        return tuple(self.capacities(month).one(i) for month in range(self.months))
