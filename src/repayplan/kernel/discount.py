"""Flows of money in time, and what they are worth at a rate: sums in floats, with a bound on their error."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from repayplan.basics.outcome import Ints
from repayplan.kernel.accrue import Numbers

LOWEST, HIGHEST = Fraction(-9999, 10_000), Fraction(10_000)
"""Rates are looked for from -99.99 % to 1,000,000 %."""
CHUNK = 65_536
"""Rows worked on at once: their columns stay in the cache."""
Real = type[np.floating[Any]]
NO_RATE, SEVERAL, BEYOND, NEGATIVE, NOTHING = 1, 2, 3, 4, 5
"""What may be wrong with a loan's flows (0: nothing)."""


def ragged_rows(offsets: Ints, loans: Ints) -> tuple[Ints, Ints]:
    """Rows of some of the loans (one may be there twice), and their offsets."""
    count = (offsets[1:] - offsets[:-1])[loans]
    ends = np.concatenate(([0], np.cumsum(count)))
    return np.repeat(offsets[:-1][loans] - ends[:-1], count) + np.arange(ends[-1]), ends


@dataclass(frozen=True, slots=True)
class Flows:
    """Flows of some loans by rising time ``key / unit``, none of them zero unless a loan has no other.

    ``odd_simple``: whole units compound, the fraction of one bears simple interest (appendix J).
    """

    amount: Ints
    key: Ints
    offsets: Ints
    unit: Ints
    odd_simple: bool = False

    def __len__(self) -> int:
        return len(self.unit)

    def take(self, loans: Ints) -> Flows:
        """The flows of some of the loans."""
        index, offsets = ragged_rows(self.offsets, loans)
        return replace(
            self, amount=self.amount[index], key=self.key[index], offsets=offsets, unit=self.unit[loans]
        )

    def terms(self, dtype: npt.DTypeLike = np.float64) -> Terms:
        """The same as floats."""
        unit = np.repeat(self.unit, np.diff(self.offsets))
        amount, odd = self.amount.astype(dtype), None
        if self.odd_simple:
            whole, rest = np.divmod(self.key, unit)
            time, odd = whole.astype(dtype), rest.astype(dtype) / unit.astype(dtype)
        else:
            time = self.key.astype(dtype) / unit.astype(dtype)
        return Terms(amount, time, odd, self.offsets, time[self.offsets[1:] - 1])

    def one(self, i: int) -> tuple[list[int], list[int], int]:
        """Amounts, keys and unit of one loan."""
        rows = slice(int(self.offsets[i]), int(self.offsets[i + 1]))
        return self.amount[rows].tolist(), self.key[rows].tolist(), int(self.unit[i])


def tidy_flows(amount: Ints, key: Ints, offsets: Ints) -> tuple[Ints, Ints, Ints]:
    """Amounts by rising key, those of one key added up, zeros dropped (but one, where there is no other)."""
    rises = np.ones(len(key), np.bool_)
    rises[1:] = key[1:] > key[:-1]
    rises[offsets[:-1]] = True
    if not rises.all():
        loan = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
        order = np.lexsort((key, loan))
        amount, key = amount[order], key[order]
        new = np.ones(len(key), np.bool_)
        new[1:] = key[1:] > key[:-1]
        new[offsets[:-1]] = True
        begin = np.flatnonzero(new)
        amount, key = np.add.reduceat(amount, begin), key[begin]
        offsets = np.searchsorted(begin, offsets)
    keep = amount != 0
    if not keep.all():
        keep[offsets[:-1]] |= np.add.reduceat(keep.astype(np.int64), offsets[:-1]) == 0
        offsets = np.concatenate(([0], np.cumsum(keep)))[offsets]
        amount, key = amount[keep], key[keep]
    return amount, key, offsets


@dataclass(frozen=True, slots=True)
class Terms:
    """The same in floats; ``latest`` is the time of each loan's last flow."""

    amount: Numbers
    time: Numbers
    odd: Numbers | None
    offsets: Ints
    latest: Numbers

    def each(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """A value a loan as one a row."""
        return np.repeat(values, self.offsets[1:] - self.offsets[:-1])

    def sums(self, rows: Numbers) -> Numbers:
        """Rows summed by loan."""
        out: Numbers = np.add.reduceat(rows, self.offsets[:-1])
        return out

    def take(self, loans: Ints) -> Terms:
        """The terms of some of the loans."""
        index, offsets = ragged_rows(self.offsets, loans)
        odd = None if self.odd is None else self.odd[index]
        return Terms(self.amount[index], self.time[index], odd, offsets, self.latest[loans])

    def discounted(self, growth: Numbers, *, lifted: bool = True) -> tuple[Numbers, Numbers]:
        """Each flow's worth at ``growth`` = 1 + rate, and the time it was discounted over.

        ``lifted``: loans whose rate is negative are valued at their last flow instead of time 0. That
        changes no sign and no root, and nothing can overflow.
        """
        force, time = np.log(growth), self.time
        if lifted and (force < 0).any():
            time = time - self.each(np.where(force < 0, self.latest, 0))
        worth = np.exp(time * self.each(-force))
        worth *= self.amount
        if self.odd is not None:
            worth /= 1 + self.odd * self.each(growth - 1)
        return worth, time

    def value(self, growth: Numbers, *, lifted: bool = True) -> tuple[Numbers, Numbers, Numbers]:
        """Sum of the flows' worth, a bound on its error, and the sum of their sizes."""
        worth, _ = self.discounted(growth, lifted=lifted)
        size = self.sums(np.abs(worth))
        return self.sums(worth), size * self.slack(growth), size

    def slack(self, growth: Numbers) -> Numbers:
        """What the error is at most, as a part of the sum of sizes.

        With u the unit roundoff, k = 1 + |i| / (1 + i) and a term ``c exp(-t log(1 + i))``: growth is off by
        6 k u (its rate comes of five roundings), hence the term by 6 k t u; the logarithm, the quotient that
        t is and the product by 10 t |log(1 + i)| u; exp, c and the products by 12 u, and the odd part by
        (10 k + 2) u; the sum of n terms by n u. An elementary function is taken to be within 4 units in the
        last place, as the vector libraries say. The constants below are larger.
        """
        unit = np.finfo(growth.dtype).eps / 2
        strain = 1 + np.abs(growth - 1) / growth
        count = self.offsets[1:] - self.offsets[:-1]
        bound = 32 + count + strain * (16 + 8 * self.latest) + 16 * self.latest * np.abs(np.log(growth))
        return np.asarray(bound * unit)

    def slope(self, growth: Numbers) -> tuple[Numbers, Numbers]:
        """Value, and its derivative by ``log(growth)``."""
        worth, time = self.discounted(growth)
        value = self.sums(worth)
        if self.odd is not None:
            time = time + self.odd * self.each(growth) / (1 + self.odd * self.each(growth - 1))
        worth *= time
        return value, -self.sums(worth)
