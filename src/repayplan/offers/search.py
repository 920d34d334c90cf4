"""The least number of instalments that a household can pay: proven bound first, then the final rows."""

from __future__ import annotations

import numpy as np

from repayplan.basics.outcome import Ints
from repayplan.kernel.amortise import BLOCK, run
from repayplan.kernel.amounts import opening_amount
from repayplan.kernel.rules import MAX_PERIODS, Amount
from repayplan.offers.fitting import Fitting
from repayplan.offers.paymentbounds import (
    FIRST_COMPARED,
)
from repayplan.offers.room import Room
from repayplan.plans.laid import Laid

ROUNDS = 4
"""After so many rounds it is worth looking whether the instalments of what is left differ at all."""


class Candidates(Fitting):
    """One method's plans for a batch, laid out once up to each loan's longest length.

    Parameters
    ----------
    loans
        At their finest unit, arrears already placed.
    rows
        The loans looked at.
    method
        Name in :data:`METHODS`.
    longest
        int64 of all loans; the most instalments a plan may have, at least 1 in ``rows``.
    minimums
        How fast principal must be repaid; a plan that isn't as fast can't be kept.
    spread
        What is spread over the first payments, as the room has it that plans are held against.
    """

    def least(self, shortest: Ints, longest: Ints, room: Room) -> Ints:
        """The shortest plan, from ``shortest`` to ``longest``, with every payment within what can be paid.

        No shorter plan than the one that :func:`~repayplan.offers.bounds.necessary` allows can be
        affordable, nor one whose payments surely aren't; from there on, length by length, the final rows
        decide, so that no rounding is taken for granted, or the instalment alone where no rounding could
        matter.

        Returns
        -------
        int64 of all loans; 0 where there is none.
        """
        found = np.zeros(self.size, np.int64)
        for piece in self.pieces:
            at = piece.at
            rows, end, can = piece.rows, longest[at], room.take(piece.at)
            length = self._begin(piece, shortest[at], end, can)
            end = self._fast_enough(piece, length, end)
            left, width, rounds = np.flatnonzero(length <= end), 1, 0
            skipped = np.zeros(len(rows), np.bool_)
            while len(left):
                tried, part = length[left], piece
                if width > 1:
                    tried = np.minimum(tried + np.arange(width)[:, None], end[left])
                if width > 1 or len(left) < len(rows):
                    part = piece.take(np.tile(left, width) if width > 1 else left)
                fits, low = self._tried(part, tried.ravel(), room.take(part.at), width)
                hit = fits if width == 1 else fits.reshape(width, -1).any(axis=0)
                best = (
                    tried if width == 1 else np.where(fits.reshape(width, -1), tried, MAX_PERIODS).min(axis=0)
                )
                got = np.flatnonzero(hit)  # numpy picks by number several times as fast as by a mask
                found[rows.take(left.take(got))] = best.take(got)
                # Of plans whose payments but the last are low enough, no longer one's are too high.
                low = low.reshape(width, -1)[-1] & room.constant & (length[left] >= FIRST_COMPARED) & ~hit
                skipped[left.take(np.flatnonzero(low))] = True
                left = left.take(np.flatnonzero(~hit))
                length[left] += width
                left = left[length[left] <= end[left]]
                skip = left[~skipped[left] & (length[left] >= FIRST_COMPARED)]
                # Where the same can be paid in all periods, no more than roundings is in the way so far.
                if len(skip) and (rounds or not room.constant):
                    most = self._bottleneck(piece, length, end, can, skip)
                    length[skip] = self._skip(piece, skip, length[skip], end[skip], most)
                    skipped[skip] = True
                    left = left[length[left] <= end[left]]
                # The few that are left try several lengths at once.
                width, rounds = min(4 * width, max(BLOCK // max(len(left), 1), 1)), rounds + 1
                if len(left) and rounds >= ROUNDS and self.pace is None:
                    left = self._tails(piece, left, length, end, can, found)
        return found

    def _begin(self, piece: Laid, shortest: Ints, longest: Ints, room: Room) -> Ints:
        """A length below which no plan can be affordable; beyond the longest, none is."""
        every = np.arange(len(shortest))
        length = np.maximum(
            shortest, self._necessary(piece, self._bottleneck(piece, shortest, longest, room, every))
        )
        # A longer plan has its instalments in more periods, in one of which less can be paid.
        left = every[:0] if room.constant else np.flatnonzero((length > shortest) & (length <= longest))
        while len(left):
            most = self._bottleneck(piece, length, longest, room, left)
            least = self._necessary(piece if len(left) == len(length) else piece.take(left), most)
            longer = least > length[left]
            left, least = left[longer], least[longer]
            length[left] = least
            left = left[least <= longest[left]]
        return length

    def _tails(self, piece: Laid, left: Ints, length: Ints, end: Ints, room: Room, found: Ints) -> Ints:
        """Settles those of the loans whose instalment is the same for all lengths that are left to try.

        Plans of one instalment differ in their last row only, and the longest of them has all the others'
        rows: the first balance that can be paid with its interest is the last row of the least.

        Returns
        -------
        The other loans; what is found goes to ``found``.
        """
        if not self._known(piece) or piece.work.rules[0].amount is not Amount.LEVEL:
            return left
        part = piece.take(left)
        shorter, longer = (part.work.lasting(each[None, left]) for each in (length, end))
        same = opening_amount(shorter) == opening_amount(longer)
        if room.spread is not None:
            same &= room.take(left).settled(length[left])
        some = np.flatnonzero(same)
        mine = left[some]
        for block in run(longer.take(some)):
            loans = mine[block.rows]
            rows, begin, can = piece.rows[loans], length[loans] - 1, room.take(loans)
            open_, paid = np.ones(len(loans), np.bool_), block.amount[0] + self.extra[rows]
            for t in range(len(block.active) - 1):
                here, most = int(block.active[t]), can.at(t)
                opening, interest, _ = block.period(t)
                hit = open_[:here] & (t >= begin[:here]) & (opening + interest <= most[:here])
                found[rows[:here][hit]] = t + 1
                open_[:here] &= ~hit & (block.amount[0, :here] >= interest) & (paid <= most)[:here]
                paid = block.amount[0]
                if not open_.any():
                    break
        return np.asarray(left[~same], np.int64)
