"""Long tables whose rows belong to households: some have none, some have many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from repayplan.basics.columns import Screen
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import Minor
from repayplan.basics.outcome import Bools, Ints

_LOW = 31
_MASK = 2**_LOW - 1
_EXACT = 2**53
"""Floats add up whole numbers exactly below it."""


def gather(of: Ints, rows: Ints) -> tuple[Ints, Ints]:
    """Which entries of a long table belong to some of the households, and to which of these.

    Parameters
    ----------
    of
        int64; the household of each entry, in ascending order.
    rows
        int64; the households wanted, in any order, some more than once perhaps.

    Examples
    --------
    >>> gather(np.array([0, 0, 2]), np.array([2, 1, 0]))
    (array([2, 0, 1]), array([0, 2, 2]))
    """
    first, after = np.searchsorted(of, rows), np.searchsorted(of, rows, side="right")
    many = after - first
    new = np.repeat(np.arange(len(rows)), many)
    start = np.repeat(first - (np.cumsum(many) - many), many)
    return start + np.arange(len(new)), new


def rows_of(value: Any) -> int:
    """How many rows a column has; -1 of one value for all."""
    if isinstance(value, Minor):
        value = value.units
    if isinstance(value, (str, bytes)) or not hasattr(value, "__len__"):
        return -1
    return -1 if getattr(value, "shape", None) == () else len(value)


def added(amount: Ints, of: Ints, size: int, most: int) -> tuple[Ints, Bools]:
    """Sum of the entries of each household, and where it is above what it may be (0 there).

    Parameters
    ----------
    amount
        int64, none negative.
    of
        int64; whose each entry is.
    size, most
        How many households there are, and the most that a sum may be.

    Examples
    --------
    >>> added(np.array([5, 7, 9]), np.array([0, 2, 2]), 3, 10)
    (array([5, 0, 0]), array([False, False,  True]))
    """
    if len(of) and int(amount.max()) * len(of) < _EXACT:
        total = np.bincount(of, amount, size).astype(np.int64)
        return np.where(total > most, 0, total), total > most
    high, low = np.zeros(size, np.int64), np.zeros(size, np.int64)
    np.add.at(high, of, amount >> _LOW)  # of both limbs 2**31 entries leave room
    np.add.at(low, of, amount & _MASK)
    high += low >> _LOW
    beyond = (high > most >> _LOW) | ((high == most >> _LOW) & ((low & _MASK) > most & _MASK))
    return np.where(beyond, 0, (high << _LOW) | (low & _MASK)), np.asarray(beyond, np.bool_)


@dataclass(frozen=True, slots=True, eq=False)
class Ages:
    """Ages of the children of a batch of households, as a long table.

    Attributes
    ----------
    of
        int64; the household of each, in ascending order.
    years
        int64.

    Examples
    --------
    >>> Ages(np.array([0, 0, 2]), np.array([4, 15, 9])).count(3, np.array([True, False, True]))
    array([1, 0, 1])
    """

    of: Ints
    years: Ints

    @classmethod
    def none(cls) -> Ages:
        """Of children whose ages nobody said."""
        return cls(np.zeros(0, np.int64), np.zeros(0, np.int64))

    @classmethod
    def read(cls, given: Any, screen: Screen, children: Ints, oldest: int) -> Ages:
        """From ``(household, age)``, two columns of one length; a household with a wrong one has a code.

        Raises
        ------
        TypeError
            The columns differ in length.
        """
        if given is None:
            return cls.none()
        pair = isinstance(given, (tuple, list)) and len(given) == 2
        if not pair or min(rows_of(each) for each in given) < 0:
            raise InputError(Code.UNKNOWN_VALUE, "ages", given, "two columns: whose, and how old")
        rows, ages = given
        inner = Screen(len(rows))
        of = inner.count("ages.household", rows, 0, max(screen.size - 1, 0))
        years = inner.count("ages", ages, 0, oldest)
        for failure in inner.failures():
            if failure.field == "ages.household":  # whose it is isn't known: no household could have the code
                raise failure.error()
        screen.adopt(inner.failures().moved(of))
        order = np.argsort(of, kind="stable")
        made = cls(of[order], years[order])
        count = made.count(screen.size)
        screen.fault((count > 0) & (count != children), Code.UNKNOWN_VALUE, "ages", count, children)
        return made

    def count(self, size: int, mask: Bools | None = None) -> Ints:
        """int64[size]; how many each household has, of those of a mask."""
        of = self.of if mask is None else self.of[mask]
        return np.bincount(of, minlength=size).astype(np.int64, copy=False)

    def take(self, rows: Ints) -> Ages:
        """Of some of the households."""
        if not len(self.of):
            return self
        entry, new = gather(self.of, rows)
        return Ages(new, self.years[entry])
