"""The least of a lever where less can be paid as less is owed, as creditors share by what is owed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from repayplan.basics.outcome import Bools, Ints
from repayplan.kernel.rules import MAX_PERIODS
from repayplan.offers.leastvalue import first_that_does, smaller
from repayplan.offers.lengthbounds import NEVER
from repayplan.offers.levers import Owing
from repayplan.offers.leversatmost import AtMost
from repayplan.offers.onefigure import NONE

PARTS, LEAST_PARTS = 16, 2
"""Into so many parts what is left open is divided, where there is little of it and where there is much."""
MOST_LEFT = 4_096
"""No more parts are looked at of one loan."""


@dataclass(frozen=True, slots=True)
class LessOwed:
    """Refused loans, all lowering steps at their most, after each way to put payments off.

    What can be paid never rises as less is owed.
    """

    ways: Sequence[AtMost]
    methods: Sequence[str]
    owing: Owing

    def least(
        self,
        found: Ints,
        high: Ints,
        of_case: Callable[[AtMost, str], Ints],
        does: Callable[[Ints, Ints], Bools],
    ) -> Ints:
        """The least amounts that do, up to ``high``; -1 where none does, or none is found.

        No amount from some place on does that is below the least with what can be paid at that place; where
        the two are the same, it does. So what is open is divided, and each part loses its begin or the whole,
        until the least of all is left. Where more than :data:`MOST_LEFT` parts are looked at, the least of
        those found is lowered to where one unit less doesn't do.

        Parameters
        ----------
        found
            int64; the least with what can be paid now, -1 where there is none: none does at all.
        of_case
            The least with what can be paid in a case, by a method.
        does
            Whether some loans are offered a plan once amounts are taken off.
        """
        best, tried = np.full(len(found), NEVER), np.zeros(len(found), np.int64)
        whose = np.flatnonzero(found != NONE)
        begin, end = found[whose], high[whose] + 1
        while len(whose):
            tried += np.bincount(whose, minlength=len(found))
            again = self._least(whose, begin, of_case)
            fits = (again != NONE) & (again <= begin)
            np.minimum.at(best, whose[fits], begin[fits])
            begin, end = np.maximum(again, begin), np.minimum(end, best[whose])
            left = np.flatnonzero((again != NONE) & (begin < end) & (tried[whose] <= MOST_LEFT))
            whose, begin, gap = whose[left], begin[left], (end - begin)[left]
            parts = int(np.clip(4 * PARTS // max(len(left), 1), LEAST_PARTS, PARTS))
            edges = begin[:, None] + gap[:, None] * np.arange(parts + 1) // parts
            whose = np.repeat(whose, parts)
            begin, end = edges[:, :-1].ravel(), edges[:, 1:].ravel()
            some = np.flatnonzero(begin < end)
            whose, begin, end = whose[some], begin[some], end[some]
        out = np.where(best == NEVER, NONE, best)
        rest = np.flatnonzero((tried > MOST_LEFT) & (out != NONE))
        out[rest] = first_that_does(does, rest, found[rest] - 1, out[rest])
        return out

    def _least(self, rows: Ints, amounts: Ints, of_case: Callable[[AtMost, str], Ints]) -> Ints:
        """The least amounts of some loans with what can be paid once amounts are taken off."""
        out, room = np.full(len(rows), NONE), self.owing(rows, amounts)
        can = room.most(np.full(len(rows), MAX_PERIODS)) > 0
        for way in self.ways:
            case = replace(way.take(rows, room), payable=way.payable[rows] & can)
            for name in self.methods:
                out = smaller(out, of_case(case, name))
        return out
