"""Whether every payment of a plan is within what can be paid: by bounds, or else by the final rows."""

from __future__ import annotations

import numpy as np

from repayplan.basics.outcome import Bools, Ints
from repayplan.kernel.amounts import opening_amount
from repayplan.kernel.leftover import above_by_rows, last_above
from repayplan.kernel.leftover import alone as one_level
from repayplan.kernel.proof import first_payment, interest_on_opening
from repayplan.kernel.work import Work
from repayplan.offers.balancebounds import last_range
from repayplan.offers.lengthbounds import NEAR
from repayplan.offers.measuring import Measurable
from repayplan.offers.paymentbounds import largest_before, surely_above
from repayplan.offers.room import Room
from repayplan.plans.laid import Laid


class Fitting(Measurable):
    """Plans, and whether every payment of theirs is within what can be paid."""

    def fits(self, length: Ints, room: Room) -> Bools:
        """Whether every payment of plans of these lengths (0: not asked) is within what can be paid."""
        out = np.zeros(self.size, np.bool_)
        for piece in self.pieces:
            asked = np.flatnonzero(length[piece.at] > 0)
            if len(asked):
                some = piece if len(asked) == len(piece.rows) else piece.take(asked)
                rows = some.at
                out[rows] = self._fits(some, length[rows], room.take(some.at))
        return out

    def settled(self, length: Ints, room: Room) -> tuple[Bools, Bools]:
        """Whether plans fit as :meth:`fits` says, of plans that are :attr:`alike`.

        And where all of their payments but the last are known to.
        """
        return self._tried(self.pieces[0], length, room) if self.size else (np.zeros(0, np.bool_),) * 2

    def _fits(self, piece: Laid, length: Ints, room: Room) -> Bools:
        """Whether every payment of plans of these lengths is within what can be paid."""
        return self._tried(piece, length, room)[0]

    def _tried(self, piece: Laid, length: Ints, room: Room, width: int = 1) -> tuple[Bools, Bools]:
        """The same, and of which it is known that all payments but the last are.

        The loans may come ``width`` times, with one length after the other: then no length is looked at
        twice of a loan that surely keeps a shorter one.
        """
        amount, low = None, np.zeros(len(length), np.bool_)
        if not self._known(piece):
            # Where the residue is placed a plan is written several times: not one that is surely too much.
            work, extra = piece.work.lasting(length[None, :]), self.extra[piece.at]
            most = room.most(length)
            unsure = ~surely_above(work, opening_amount(work), extra, most, self._residue(piece), even=False)
            fits = np.zeros(len(length), np.bool_)
        elif one_level(piece.work) and room.spread is None:
            fits, unsure, low = self._by_last(piece, length, room, width)
            unsure = self._unsettled(fits, unsure, width)
        else:
            fits, unsure, amount = self._by_bounds(piece, length, room)
            if room.spread is not None:  # payments that are fewer than it is spread over have more of it
                few = ~room.settled(length)
                fits, unsure = fits & ~few, unsure | (fits & few)
            unsure = self._unsettled(fits, unsure, width)
        rows = np.flatnonzero(unsure)
        if len(rows):
            some = piece if len(rows) == len(length) else piece.take(rows)
            known = None if amount is None else amount[rows]
            if room.constant:
                peak = self._measure(some, length[rows], known).peak
                fits[rows] = (peak >= 0) & (peak <= room.take(rows).at(0))
            else:
                fits[rows] = self._within(some, length[rows], room.take(rows), known)
        if self._asks(piece):
            kept = np.flatnonzero(fits)
            fits[kept] = self._repays(piece.take(kept), length[kept])
        return fits, low

    def _unsettled(self, fits: Bools, unsure: Bools, width: int) -> Bools:
        """Of which of the loans, given ``width`` times, it matters: no shorter plan of theirs surely fits."""
        if width == 1 or self.pace is not None or not fits.any():
            return unsure
        return unsure & ~np.logical_or.accumulate(fits.reshape(width, -1), axis=0).ravel()

    def _by_bounds(self, piece: Laid, length: Ints, room: Room) -> tuple[Bools, Bools, Ints]:
        """Which plans surely are within what can be paid, of which only rows can tell, and their ``A``."""
        fits, unsure = np.zeros(len(length), np.bool_), np.ones(len(length), np.bool_)
        amount = np.empty_like(length)
        work, extra = piece.work.lasting(length[None, :]), self.extra[piece.at]
        least, before = room.least(length), self._bottleneck(piece, length, length, room)
        last = room.in_row(length)
        for start in range(0, len(length), NEAR):
            here = slice(start, start + NEAR)
            near = work.take(here)
            amount[here] = opening_amount(near)
            near.knowing(amount[here])
            within = least[here], before[here], last[here]
            fits[here], unsure[here] = _decided(near, amount[here], extra[here], within)
        return fits, unsure, amount

    def _by_last(self, piece: Laid, length: Ints, room: Room, width: int) -> tuple[Bools, Bools, Bools]:
        """Which of level plans fit, of which only rows can tell, and whose payments but the last do.

        These are known, and mostly the last one's side of what can be paid.
        """
        work, extra = piece.work.lasting(length[None, :]), self.extra[piece.at]
        last = room.in_row(length)
        seen = last_above(work, last)
        amount, known, waits = seen.amount, seen.known, seen.rows > 0
        most = room.at(0)  # of what is known, all payments but the last are whole instalments
        if not room.constant:
            most = np.minimum(most, room.least(length - 1) + extra)
        within = first_payment(work, amount) + extra <= most
        fits, unsure = within & known & ~(seen.more | waits), np.zeros(len(length), np.bool_)
        left = np.flatnonzero(self._unsettled(fits, within & known & waits, width))
        if len(left):
            more, known[left] = above_by_rows(work.take(left), seen.take(left), last[left])
            fits[left] = ~more & known[left]
        rest = np.flatnonzero(~known)
        if len(rest):
            fits[rest], unsure[rest], _ = self._by_bounds(piece.take(rest), length[rest], room.take(rest))
        return fits, unsure, within & known


def _decided(work: Work, amount: Ints, extra: Ints, room: tuple[Ints, Ints, Ints]) -> tuple[Bools, Bools]:
    """Which plans of one stage surely are within what can be paid, and of which only their rows can tell.

    Parameters
    ----------
    room
        What can be paid in each of the periods, what the largest payment before the last can't be above, and
        what the last can't.
    """
    length, (each, before, end) = work.term, room
    least, most = last_range(work, amount)
    at_least, at_most = largest_before(work, amount, extra)
    fits = (at_most <= each) & (most <= each) & (length > 1)
    unsure = (at_least <= before) & ~fits & ((least <= end) | (length == 1))
    if work.rules[0].net and (unsure & np.isinf(most)).any():
        # An instalment below the first interest can't be kept, however long the plan.
        interest = interest_on_opening(work, work.first)
        unsure &= (amount >= interest) | (length == 1)
    return np.asarray(fits, np.bool_), np.asarray(unsure, np.bool_)
