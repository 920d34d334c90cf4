"""What departs from a stage's rule: rows of their own, principal that moves, what is bounded or agreed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from repayplan.basics.outcome import Bools, Ints, pick


@dataclass(frozen=True, slots=True)
class Bound:
    """What no balance, factor or total of a loan can exceed (floats, rounded well upwards).

    ``units`` (int64) are the most that any of its periods counts.
    """

    balance: npt.NDArray[np.float64]
    factor: npt.NDArray[np.float64]
    total: npt.NDArray[np.float64]
    units: Ints

    def take(self, rows: slice) -> Bound:
        """The same for some of the loans."""
        return Bound(self.balance[rows], self.factor[rows], self.total[rows], self.units[rows])


class Pays(IntEnum):
    """What a single row of a stage pays."""

    RULE = 0
    INTEREST = 1
    NOTHING = 2


@dataclass(frozen=True, slots=True)
class Course:
    """What single rows do beside the rule of their stage, by period and loan; rows beyond it do nothing else.

    Attributes
    ----------
    pays
        int8 (periods, loans); a :class:`Pays`.
    waits
        bool (periods, loans); the row's interest waits, bearing none, for the next row that pays it.
    growth, step
        int64 (periods, loans); before the row the amount grows by ``growth`` parts in 10**10 of itself,
        rounded as an instalment, and by ``step`` minor units.
    given
        int64 (periods, loans); the row's own amount, minor units, -1 where it has none.
    """

    pays: npt.NDArray[np.int8]
    waits: Bools
    growth: Ints
    step: Ints
    given: Ints

    def __len__(self) -> int:
        return len(self.pays)

    def take(self, rows: Ints | slice) -> Course:
        """The same for some of the loans."""
        return Course(
            self.pays[:, rows],
            self.waits[:, rows],
            self.growth[:, rows],
            self.step[:, rows],
            self.given[:, rows],
        )

    def stepped(self, t: int, pos: Ints | slice, length: Ints) -> Bools:
        """Whether the amount of some loans' stage, which begins at period ``t``, rises or falls by steps."""
        steps = self.step[t:, pos]
        inside = np.arange(len(steps))[:, None] < length
        return np.asarray(((steps != 0) & inside).any(axis=0), np.bool_)

    @property
    def rises(self) -> bool:
        """Whether any amount grows."""
        return bool(self.growth.any() or self.step.any())


@dataclass(frozen=True, slots=True)
class Move:
    """Principal that moves beside the instalments, once a loan.

    Attributes
    ----------
    period
        int64 (loans); the period in which it moves, -1 for loans in which it doesn't.
    amount
        int64 minor units: drawn, or below 0 repaid (at most what is owed then).
    num
        int64; the numerator of the rest of that period: its interest is ``amount * num / den``.
    kept
        int64; the same if the rate at the period's beginning stayed.
    anew
        int64; the period from which instalments are solved anew, -1: they stay.
    shortens
        bool; the plan ends when everything is repaid, its instalments those that it would have without
        the move.
    """

    period: Ints
    amount: Ints
    num: Ints
    kept: Ints
    anew: Ints
    shortens: Bools

    def take(self, rows: Ints | slice) -> Move:
        """The same for some of the loans."""
        columns = (self.period, self.amount, self.num, self.kept, self.anew)
        period, amount, num, kept, anew = (pick(column, rows) for column in columns)
        return Move(period, amount, num, kept, anew, self.shortens[rows])


@dataclass(frozen=True, slots=True)
class Agreed:
    """Solved amounts as they would be if nothing had shortened the plan.

    Attributes
    ----------
    whose
        bool (loans); the loans that have them.
    amounts
        By stage and period in which it is solved: int64 (loans).
    """

    whose: Bools
    amounts: dict[tuple[int, int], Ints]

    def take(self, rows: Ints | slice) -> Agreed:
        """The same for some of the loans."""
        return Agreed(self.whose[rows], {when: amount[rows] for when, amount in self.amounts.items()})
