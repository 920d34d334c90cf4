"""Amounts that several parties hold together, in proportion to the unit while they rise and fall."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from repayplan.basics.outcome import Bools, Ints, all_of, any_of
from repayplan.kernel.accrue import divide_product


@dataclass(frozen=True, slots=True)
class Parties:
    """Who has part in which whole, with what weight; those of one whole stand together.

    Attributes
    ----------
    start
        int64; the first party of each whole, rising: each has at least one.
    of
        int64; the whole of each party.
    weight
        int64, none below 0.
    total
        int64; the weights of each whole together, below
        :data:`~repayplan.kernel.accrue.MAX_DENOMINATOR`.
    """

    start: Ints
    of: Ints
    weight: Ints
    total: Ints

    @classmethod
    def of_weights(cls, start: Ints, weight: Ints) -> Parties:
        """Parties of these weights, whose sums are below the bound."""
        many = np.diff(np.append(start, len(weight)))
        total = np.add.reduceat(weight, start) if len(start) else np.zeros(0, np.int64)
        return cls(start, np.repeat(np.arange(len(start)), many), weight, total)

    def first(self, wholes: int) -> Parties:
        """Of the first wholes alone; nothing is copied."""
        if wholes >= len(self.start):
            return self
        end = int(self.start[wholes])
        return Parties(self.start[:wholes], self.of[:end], self.weight[:end], self.total[:wholes])

    def settled(self, held: Ints, target: Ints) -> Ints:
        """What each party holds once those of each whole hold ``target`` together.

        The units that are to come go one at a time to the party that is farthest below its exact part
        ``target * weight / total``; those that are to go are taken from the one that is farthest above. Of
        equal ones the earlier party is served. So no party gives where the whole gets, nor gets where it
        gives; whoever gets ends less than a unit above its exact part, and whoever gives less than a unit
        below it.

        Parameters
        ----------
        held, target
            int64, none below 0: of each party, and of each whole.

        Examples
        --------
        >>> three = Parties.of_weights(np.array([0]), np.array([600, 300, 100]))
        >>> first = three.settled(np.array([600, 300, 100]), np.array([995]))
        >>> first.tolist(), three.settled(first, np.array([992])).tolist(), three.settled(first, [0]).tolist()
        ([597, 298, 100], [595, 298, 99], [0, 0, 0])
        """
        target = np.asarray(target, np.int64)
        if not len(self.start):
            return held
        change = target - np.add.reduceat(held, self.start)
        if not any_of(change):
            return held
        divisor = np.maximum(self.total, 1)[self.of]
        exact, rest = divide_product(self.weight, target[self.of], divisor)
        # How far each is behind in the direction of the change: whole units, and a part of one.
        down = change[self.of] < 0
        behind = np.where(down, held - exact - (rest > 0), exact - held)
        part = np.where(down & (rest > 0), divisor - rest, rest)
        units = self._served(np.abs(change), behind, part)
        return np.where(down, held - units, held + units)

    def _served(self, amount: Ints, behind: Ints, part: Ints) -> Ints:
        """Units for each party, ``amount`` for each whole, the farthest behind first."""
        units = np.where(amount[self.of] > 0, np.maximum(behind, 0), 0)
        left = amount - np.add.reduceat(units, self.start)
        some, place = self._of_some(left > 0)
        count, key = left[left > 0], np.where(behind >= 0, part, -1)[place]
        while len(count):  # fewer units are left than there are parties with a part of a unit
            chosen = some._outermost(key == np.maximum.reduceat(key, some.start)[some.of], last=False)
            units[place[chosen]] += 1
            key[chosen], count = -1, count - 1
            more = count > 0
            some, keep = some._of_some(more)
            place, key, count = place[keep], key[keep], count[more]
        some, place = self._of_some(left < 0)
        count, key = -left[left < 0], part[place]
        spared = np.zeros_like(key)
        while len(count):  # who was ahead before leaves less for the others: their last units wait
            turn = some._lowest(spared, units[place] > 0)
            chosen = some._outermost(some._lowest(key, turn), last=True)
            units[place[chosen]] -= 1
            spared[chosen] += 1
            count = count - 1
            more = count > 0
            some, keep = some._of_some(more)
            place, key, spared, count = place[keep], key[keep], spared[keep], count[more]
        return units

    def _of_some(self, wholes: Bools) -> tuple[Parties, Ints]:
        """The parties of some of the wholes, and where these stand."""
        if all_of(wholes):
            return self, np.arange(len(self.of))
        many = np.diff(np.append(self.start, len(self.of)))[wholes]
        keep = np.flatnonzero(wholes[self.of])
        of = np.repeat(np.arange(len(many)), many)
        return Parties(np.cumsum(many) - many, of, self.weight[keep], self.total[wholes]), keep

    def _lowest(self, values: Ints, mask: Bools) -> Bools:
        """Those of the mask that have the lowest value in their whole."""
        shown = np.where(mask, values, np.iinfo(np.int64).max)
        return np.asarray(mask & (shown == np.minimum.reduceat(shown, self.start)[self.of]), np.bool_)

    def _outermost(self, mask: Bools, *, last: bool) -> Ints:
        """The first party of the mask in each whole, which has one, or the last."""
        place = np.flatnonzero(mask)
        of = self.of[place]
        ends = np.ones(len(of), np.bool_)
        np.not_equal(of[1:], of[:-1], out=ends[:-1] if last else ends[1:])
        return place[ends]
