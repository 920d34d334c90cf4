"""Plans as points of a finite lattice, and what each of them comes to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import TypeVar

import numpy as np

from repayplan.basics.dates import Days
from repayplan.basics.outcome import Bools, Ints

CELLS = 500_000
"""Rows of plans written at once."""
BEYOND = 2**62
"""Above every figure."""
T = TypeVar("T", "Points", "Valued")


def _taken(columns: T, keep: Ints) -> T:
    """Some rows of all columns, whose last axis they are."""
    return type(columns)(**{each.name: getattr(columns, each.name)[..., keep] for each in fields(columns)})


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Plans for some loans of a batch, each loan's together.

    Attributes
    ----------
    loan, method, length
        int64; the number of each one's loan, of its method, and its rows, those of a pause too.
    degree
        int64 (steps, points): of each concession.
    """

    loan: Ints
    method: Ints
    length: Ints
    degree: Ints

    def __len__(self) -> int:
        return len(self.loan)

    def take(self, keep: Ints) -> Points:
        """Some of them."""
        return _taken(self, keep)

    @classmethod
    def joined(cls, parts: Sequence[Points]) -> Points:
        """Several one after the other."""
        names = (each.name for each in fields(cls))
        return cls(*(np.concatenate([getattr(part, name) for part in parts], axis=-1) for name in names))

    def and_then(self, other: Points) -> Points:
        """Those of each loan, and after them its others."""
        both = Points.joined((self, other))
        return both.take(np.argsort(both.loan, kind="stable"))

    def blocks(self) -> Iterator[Ints]:
        """The points, as many at once as have few enough rows."""
        ends = np.cumsum(self.length)
        rows = int(ends[-1]) if len(ends) else 0
        cuts = np.searchsorted(ends, np.arange(CELLS, rows, CELLS))
        for part in np.split(np.arange(len(self)), np.unique(cuts)):
            if len(part):
                yield part


@dataclass(frozen=True, slots=True, eq=False)
class Valued:
    """What plans come to; int64 minor units of their loans.

    Attributes
    ----------
    written
        bool; the plan has rows: it stays within the domain.
    affordable
        bool; it may be offered (:func:`allowed`), and its flows have a worth where that is asked for.
    instalment, least
        The largest payment; the lowest one from the first to the last but one
        (:data:`BEYOND` where there is none).
    paid
        All payments, and what is put aside until the end.
    first, last
        datetime64[D]; when anything is paid for the first time, and the last due date.
    worth
        What is paid is worth on the day that interest runs from; 0 where it isn't affordable.
    """

    written: Bools
    affordable: Bools
    instalment: Ints
    least: Ints
    paid: Ints
    first: Days
    last: Days
    worth: Ints

    @classmethod
    def of_none(cls, size: int) -> Valued:
        """Of plans that aren't looked at yet."""

        def none() -> Ints:
            return np.zeros(size, np.int64)

        def never() -> Days:
            return np.full(size, np.datetime64("NaT", "D"))

        flags = np.zeros((2, size), np.bool_)
        return cls(flags[0], flags[1], none(), none(), none(), never(), never(), none())

    def take(self, keep: Ints) -> Valued:
        """Of some of the plans."""
        return _taken(self, keep)

    def put(self, rows: Ints, other: Valued) -> None:
        """Takes over what other plans come to."""
        for each in fields(self):
            getattr(self, each.name)[rows] = getattr(other, each.name)
