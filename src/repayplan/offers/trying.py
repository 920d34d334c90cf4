"""The most of one figure, a rate or an amount, with which a plan is still affordable."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from repayplan.basics.outcome import Bools, Ints
from repayplan.offers.crossing import last
from repayplan.offers.onefigure import NONE, ChangedFigure, numbers_of
from repayplan.offers.pairing import Pairs, wider
from repayplan.offers.paymentbounds import FIRST_COMPARED


@dataclass(frozen=True, slots=True)
class Figure(ChangedFigure):
    """The same, and the most of the figure with which one of the plans is affordable."""

    def most(self, high: Ints, near: Ints, *, above: Ints | None = None) -> Ints:
        """The most, up to ``high``, that is affordable; -1 where nothing is, or nothing above ``above``.

        Rounding makes affordability uneven: a higher figure may do although a lower one doesn't. So for each
        length, from the longest down, everything above the most that is found already is excluded by a
        proven bound, or tried.

        ``near`` is where to look first.
        """
        out = np.full(len(high), NONE)
        rows = np.flatnonzero(self.plans.payable & (high >= self.low))
        if not len(rows):
            return out
        plans = self.plans if len(rows) == len(high) else self.plans.take(rows)
        some, high, near = replace(self, plans=plans), high[rows], near[rows]
        # Laid out once, with the highest figures; of each other value no more than the figures changes.
        object.__setattr__(some, "like", plans.unpaused(self.change(plans.loans, high)))
        below = np.full(len(rows), self.low - 1)
        if above is not None:
            below = np.maximum(below, above[rows])
        if self.plans.name == "interest_only":
            # Its payments never fall when the balance or the rate rises.
            found = last(some._some_length, below, high, near)
        else:
            found = some._most(below, high, near)
        out[rows] = np.where(found > below, found, NONE)
        return out

    def _most(self, below: Ints, high: Ints, near: Ints) -> Ints:
        """The same by methods of which no longer plan is above a shorter one's floor."""
        shortest, longest = self.plans.shortest, self.plans.longest
        best, open_, length = below.copy(), np.ones(len(high), np.bool_), longest.copy()
        left, width = np.arange(len(high)), 1
        while len(left):
            # Several lengths at once, where many are to be looked at.
            lengths = length[left][:, None] - np.arange(width)
            within = lengths >= np.maximum(shortest[left], FIRST_COMPARED)[:, None]
            pairs = Pairs(self, np.repeat(left, width)[within.ravel()], lengths[within])
            # A shorter plan's floor is no lower: where it is above all that can be paid, so are those after.
            closed = pairs.improve(best, high, near)
            open_[pairs.loan[closed]] = False
            length[left] -= width
            left = left[within[:, -1] & open_[left]]
            left = left[length[left] >= np.maximum(shortest[left], FIRST_COMPARED)]
            width = wider(width, len(left))
        for few in range(1, FIRST_COMPARED):
            some = np.flatnonzero((shortest <= few) & (longest >= few))
            if not len(some):
                continue
            Pairs(self, some, np.full(len(some), few)).improve(best, high, near)
        return best

    def _some_length(self, values: Ints) -> Bools:
        """Whether some plan within the limit is affordable with these values."""
        plans = self.plans
        loans = self.change(plans.loans, np.maximum(values, self.low))
        made = plans.candidates(loans, plans.longest, numbers_of(loans), self.like)
        return made.least(plans.shortest, plans.longest, plans.later) > 0
