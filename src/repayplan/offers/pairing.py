"""Loans with one length each, and the most of a figure that each of them can have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from repayplan.basics.outcome import Bools, Ints
from repayplan.kernel.accrue import Floats
from repayplan.kernel.proof import bound
from repayplan.kernel.solve import level_estimate
from repayplan.offers.balancebounds import about_factor
from repayplan.offers.crossing import last, last_within
from repayplan.offers.onefigure import NONE, ChangedFigure
from repayplan.offers.room import Room
from repayplan.offers.search import Candidates

MOST_TRIED = 65_536
"""Values of a lever that are tried one by one for a loan and a length."""
WIDE = 1_024
"""Where more values than this have the same ``A``, they are excluded together."""
AT_ONCE = 65_536
"""Values tried at once when few loans are left."""
FEW = 4_096
"""So many values take about as long as one."""
LEAST_WIDTH = 16
"""Values of a loan tried at once however many are left."""


@dataclass(frozen=True, slots=True)
class _Where:
    """Where the most affordable values of pairs are looked for: int64 columns, changed in place.

    ``found`` is what is found already, and nothing above ``end`` is affordable. Up to ``begin`` floors aren't
    above what can be paid; ``excess`` is by how much they are there (NaN: unknown).
    """

    found: Ints
    begin: Ints
    end: Ints
    near: Ints
    excess: Floats

    def begins(self, pairs: Ints, values: Ints) -> None:
        """Some of the floors aren't above what can be paid up to these values."""
        self.begin[pairs], self.near[pairs], self.excess[pairs] = values, values + 1, np.nan

    def span(self, pairs: Ints) -> tuple[Ints, Ints, Ints, Floats]:
        """The arguments of :func:`~repayplan.offers.crossing.last_within` for some of the pairs."""
        near = np.minimum(self.near, self.end)
        return self.begin[pairs], self.end[pairs], near[pairs], self.excess[pairs]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Loans of a trial, each with one length."""

    trial: ChangedFigure
    loan: Ints
    length: Ints

    @property
    def room(self) -> Room:
        """What can be paid in each period."""
        return self.trial.plans.later.take(self.loan)

    def take(self, pairs: Ints) -> Pairs:
        """Some of them."""
        return replace(self, loan=self.loan[pairs], length=self.length[pairs])

    def made(self, values: Ints) -> Candidates:
        """Their plans with these values."""
        trial, plans = self.trial, self.trial.plans
        loans = trial.change(plans.loans.take(self.loan), np.maximum(values, trial.low))
        return plans.candidates(loans, self.length, self.loan, trial.like)

    def improve(self, best: Ints, high: Ints, near: Ints) -> Ints:
        """Raises ``best`` of their loans to what is affordable up to ``high``.

        Returns the pairs of which shorter plans are hopeless too.
        """
        # What a plan can't be below never falls when the figure rises.
        below, top = best[self.loan], high[self.loan]
        least = self.made(below + 1)
        floor = least.floor(self.length)
        can = least.bottleneck(self.length, self.room)
        hopeful = (below < top) & (floor <= can) & ~least.over_in_a_row(self.length, self.room)
        rows = np.flatnonzero(hopeful)
        if len(rows):
            some, around = self.take(rows), np.minimum(near, high)[self.loan[rows]]
            low, end = some.fast_enough(below[rows], top[rows])
            excess = np.full(len(low), np.nan)
            if not self.trial.low:  # of a rate that is all there is to know of the least
                excess = (floor * 1.0 - can)[rows]
            where = _Where(low.copy(), low + (not self.trial.low), end, around, excess)
            some._look_close(where, least.extra[rows], can[rows])
            left = np.flatnonzero(where.end > where.found)
            few, found = some.take(left), where.found
            found[left] = few.most(low[left], last_within(few._excess, *where.span(left)))
            np.maximum.at(best, some.loan, np.where(found > low, found, NONE))
        # A shorter plan asks no less, but it may miss the periods in which less can be paid.
        return np.flatnonzero((below >= top) | (floor > self.room.most(self.length)))

    def _look_close(self, where: _Where, extra: Ints, can: Ints) -> None:
        """Looks where level instalments ask just what can be paid, if the same can in all periods.

        Most often that value does, and one more asks too much by a proven bound; else it is known better
        where to look.

        Parameters
        ----------
        extra, can
            int64; what is paid with the first instalment, and what can be paid with each.
        """
        like, room, trial = self.trial.like, self.room, self.trial
        work = None if like is None else like.alike
        if like is None or work is None or not room.constant or room.spread is not None:
            return
        if trial.plans.minimums.any:
            return
        work, end = work.taking(self.loan), where.end
        factor = bound(work).factor
        paid = np.asarray(can - extra + 0.5 * work.instalment_multiple, np.float64)
        loans = trial.change(trial.plans.loans.take(self.loan), np.maximum(end - 1, trial.low))
        with np.errstate(all="ignore"):  # what isn't a number says nothing
            if trial.low:
                less = 1 - paid / level_estimate(work.opening, factor, factor, self.length)
                step = 1 - loans.balance / work.opening
            else:
                less = 1 - about_factor(work.opening, self.length, paid) / factor
                step = 1 - loans.annual_rate / like.annual_rate.take(self.loan)
            down = np.ceil(less / step - 1e-6)  # what one value less takes off, each does
        known = np.isfinite(down) & (step > 0)
        value = end - np.where(known, np.clip(down, 0, 2.0**60), 0).astype(np.int64)
        value = np.clip(value, where.found + 1, end)
        more, over = np.flatnonzero(known & (value < end)), known.copy()
        over[more] = self._excess(value[more] + 1, more) > 0
        under = more[~over[more]]
        where.begins(under, value[under] + 1)
        some = np.flatnonzero(over)
        few, kept, low = self.take(some), np.zeros(len(over), np.bool_), np.zeros(len(over), np.bool_)
        kept[some], low[some] = few.made(value[some]).settled(few.length, few.room)
        where.found[kept] = where.end[kept] = value[kept]
        rest = np.flatnonzero(over & ~kept)
        where.end[rest] = value[rest] - 1
        # Where all payments but the last are low enough, no lower value's are too high.
        rest = rest[low[rest] | (where.begin[rest] > where.end[rest])]
        where.begins(rest, where.end[rest])

    def _excess(self, values: Ints, pairs: Ints) -> Floats:
        """By how much some plans' floors are above all that can be paid, with these values."""
        some = self if len(pairs) == len(self.loan) else self.take(pairs)
        plans, room = some.made(values), some.room
        more = plans.floor(some.length) * 1.0 - plans.bottleneck(some.length, room)
        beyond = plans.over_in_a_row(some.length, room)
        if self.trial.low:
            beyond |= plans.beyond(some.length, room)
        return np.asarray(np.where(beyond, np.inf, more), np.float64)

    def fast_enough(self, below: Ints, top: Ints) -> tuple[Ints, Ints]:
        """The values of ``(below, top]`` among which are all that repay fast enough, by a proven bound.

        Of an amount, what plans of one length leave is in proportion to their balance, but for rounding: from
        what the highest value leaves follows what all others do.
        """
        low, high = below.copy(), np.maximum(top, below)
        if not (self.trial.low and self.trial.plans.minimums.repaid_by):
            return low, high
        plans = self.made(top)
        behind, error = plans.lacking(self.length)
        for rule, slack in enumerate(2 * error + 4):

            def lags(values: Ints, rule: int = rule, slack: Floats = slack) -> Bools:
                """Whether more is left than rounding can make up for."""
                made = self.made(values)
                pace, own = made.pace, plans.pace
                if pace is None or own is None:
                    return np.zeros(len(values), np.bool_)
                left = behind[rule] + own.left[rule]
                share = left * (made.opening / np.maximum(plans.opening, 1))
                more = share - pace.left[rule] > slack + 1e-9 * np.abs(left)
                return np.asarray(more & (pace.by[rule] < self.length), np.bool_)

            def keeps(values: Ints, lags: Callable[[Ints], Bools] = lags) -> Bools:
                return ~lags(values)

            first, final = lags(low + 1), lags(high)
            # In proportion it lags everywhere, nowhere, from somewhere on, or up to somewhere.
            high = np.where(first & final, low, np.where(final, last(keeps, low, high, high), high))
            low = np.where(first & ~final, last(lags, low, high, low), low)
        return low, high

    def most(self, below: Ints, start: Ints) -> Ints:
        """The most affordable value from ``start`` down to one above ``below``; ``below`` where none is."""
        out, value = below.copy(), start.copy()
        left, width, looked = np.flatnonzero(start > below), 1, 0
        if not len(left):
            return out
        plans = self.made(start)
        known, alike = plans.bounded(), plans.steps() * self.length * self.trial.low
        aside, left = left[~known[left]], left[known[left]]
        while len(left) and looked < MOST_TRIED:
            wide = left[alike[left] > WIDE]
            if len(wide):
                value[wide] = self.take(wide)._jump(below[wide], value[wide], alike[wide])
                left = left[value[left] > below[left]]
            same = plans if looked == 0 and len(left) == len(self.loan) and not len(wide) else None
            left, looked = self._look(left, width, below, value, out, same), looked + width
            width = wider(width, len(left))
        left = np.concatenate((aside, left))
        if len(left):
            # Nothing is proven, or roundings decide everything: the last value that does, one more of which
            # doesn't, by bisection; and then as many above it as there is patience for.
            some = self.take(left)
            edge = last(some._fits, below[left], value[left], value[left])
            out[left], below = edge, below.copy()
            below[left] = edge
            value[left] = np.minimum(value[left], edge + MOST_TRIED)
            left, width = left[value[left] > edge], 1
            while len(left):
                left = self._look(left, width, below, value, out)
                width = wider(width, len(left))
        return out

    def _look(
        self, left: Ints, width: int, below: Ints, value: Ints, out: Ints, plans: Candidates | None = None
    ) -> Ints:
        """Tries so many values of the pairs ``left`` from ``value`` down; returns those still open.

        ``plans`` are theirs with these values, where they are made already.
        """
        tried = np.maximum(value[left][:, None] - np.arange(width), below[left][:, None] + 1)
        each = self.take(np.repeat(left, width))
        room = each.room
        plans = each.made(tried.ravel()) if plans is None else plans
        length = each.length
        if not (room.constant and plans.quick):
            length = np.where(plans.above(length, room, even=False), 0, length)
        fits = plans.fits(length, room).reshape(tried.shape)
        hit = fits.any(axis=1)
        out[left[hit]] = tried[hit, fits[hit].argmax(axis=1)]
        left = left[~hit]
        value[left] -= width
        return left[value[left] > below[left]]

    def _fits(self, values: Ints) -> Bools:
        return self.made(values).fits(self.length, self.room)

    def _jump(self, below: Ints, value: Ints, alike: Ints) -> Ints:
        """Past amounts that are surely too much: each time to the last that isn't, or has a smaller ``A``.

        No more than ``alike`` of them have the same ``A``.
        """
        value, left = value.copy(), np.arange(len(value))
        while len(left):
            some = self.take(left)
            plans = some.made(value[left])
            too = plans.above(some.length, some.room, even=True)
            left = left[too]
            if not len(left):
                break
            same = plans.amounts(some.length)[too]
            some = some.take(np.flatnonzero(too))

            def other(values: Ints, some: Pairs = some, same: Ints = same) -> Bools:
                tried = some.made(values)
                smaller = tried.amounts(some.length) < same
                return smaller | ~tried.above(some.length, some.room, even=True)

            least = np.maximum(below[left], value[left] - alike[left] - 1)
            value[left] = last(other, least, value[left], value[left])
            left = left[value[left] > below[left]]
        return value


def wider(width: int, left: int) -> int:
    """How many to try of each of those that are left: twice as many as before, while that isn't too much."""
    left = max(left, 1)
    return max(min(2 * width, max(AT_ONCE // left, LEAST_WIDTH)), min(FEW // left, LEAST_WIDTH))
