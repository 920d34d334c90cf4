"""Lengths and largest payments that plans of one method can't be below."""

from __future__ import annotations

import numpy as np

from repayplan.basics.outcome import Bools, Ints
from repayplan.kernel.amounts import opening_amount
from repayplan.kernel.proof import bound, interest_on_opening
from repayplan.kernel.rules import Amount
from repayplan.kernel.work import Work
from repayplan.offers.bounds import last_beyond, necessary, share_in_row, surely_beyond
from repayplan.offers.laidout import LaidOut
from repayplan.offers.paymentbounds import (
    FIRST_COMPARED,
    SPREAD,
    least_corrected,
    least_first,
    least_of_two,
    surely_above,
)
from repayplan.offers.room import Room
from repayplan.plans.laid import Laid

NEVER = 2**62
"""More than can be paid by anybody."""
NEAR = 32_768
"""Loans whose bounds are worked out at once: what they need stays in the cache."""


class Bounded(LaidOut):
    """Plans, and what their payments can't be below, and how long they must be."""

    def _bottleneck(
        self, piece: Laid, shortest: Ints, longest: Ints, room: Room, some: Ints | None = None
    ) -> Ints:
        """What the largest payment of a plan of some length from ``shortest`` on can't be above.

        Of all loans of the piece, or some.
        """
        if some is not None and len(some) < len(piece.rows):
            shortest, longest, room = shortest[some], longest[some], room.take(some)
            piece = piece if room.constant else piece.take(some)
        if room.constant:
            return room.at(0)
        if self._known(piece) and piece.work.rules[0].amount is Amount.LEVEL:
            # The same is paid in every period but the last, and with the first what is paid with it.
            whole = self._whole_rows(piece, np.minimum(shortest, longest))
            return np.asarray(np.minimum(room.at(0), room.least(whole) + self.extra[piece.at]), np.int64)
        return room.most(longest)

    def _whole_rows(self, piece: Laid, length: Ints) -> Ints:
        """How many rows of level plans, of these lengths or longer, surely pay the whole instalment.

        All but the last, unless roundings come to so much that the loan is repaid before.
        """
        work, rows = piece.work, length - 1
        step = work.instalment_multiple + work.interest_multiple
        with np.errstate(over="ignore"):
            growth = np.exp((length + 1) * np.log1p(np.abs(bound(work).factor)))
            # The balance before the last row, unrounded, against what roundings take off until then.
            taken = 1.0 * length * length * step * growth * np.where(work.num < 0, growth, 1)
        some = np.flatnonzero(work.opening <= taken)
        if len(some):
            few = work.take(some).lasting(np.maximum(length[some], 1)[None, :])
            amount = np.maximum(opening_amount(few), 1)
            rows[some] = np.minimum(rows[some], work.opening[some] // amount)
        return rows

    def _necessary(self, piece: Laid, capacity: Ints) -> Ints:
        """A length below which no plan can be affordable."""
        residue, work = self._residue(piece), piece.work
        corrected = residue == "first"
        steps = SPREAD if residue in ("spread", "shared") else 1.0
        slack = steps * (work.instalment_multiple + work.interest_multiple)
        last = corrected or work.rules[0].amount is Amount.NONE  # what is paid first may not be with it
        room = capacity if last else capacity - self.extra[piece.at]
        if len(room) <= NEAR:
            return necessary(work, room, slack, corrected=corrected)
        out = np.empty_like(room)
        if work.alike and work.rules[0].amount is Amount.LEVEL:
            work.step()  # of all, before they are taken apart: the same whatever the length
        for start in range(0, len(room), NEAR):
            here = slice(start, start + NEAR)
            out[here] = necessary(work.take(here), room[here], slack, corrected=corrected)
        return out

    def _skip(self, piece: Laid, some: Ints, begin: Ints, end: Ints, capacity: Ints) -> Ints:
        """Of some of the loans, the first length from ``begin`` to ``end`` whose floor isn't above capacity.

        One beyond ``end`` where there is none: the floor never rises with the length.
        """
        low, high, step = begin - 1, end + 1, 1  # above capacity at low (or before begin), not at high
        open_ = np.arange(len(some))
        while len(open_):
            # In steps that double until one is found; from there on in halves.
            near, far = low[open_], high[open_]
            probe = np.where(far > end[open_], np.minimum(near + step, far - 1), (near + far) // 2)
            part = piece.take(some[open_])
            work = part.work.lasting(probe[None, :])
            holds = self._floor(part, work, opening_amount(work)) <= capacity[open_]
            high[open_], low[open_] = np.where(holds, probe, far), np.where(holds, near, probe)
            open_ = open_[high[open_] - low[open_] > 1]
            step *= 2
        return high

    def floor(self, length: Ints) -> Ints:
        """What the largest payment of plans of these lengths can't be below, arrears included.

        It never falls when the balance or the rate rises, and never rises with the length from
        :data:`~repayplan.offers.paymentbounds.FIRST_COMPARED` on.
        """
        out = np.where(self.refused, NEVER, -1)
        for piece in self.pieces:
            rows = piece.at
            work = piece.work.lasting(length[None, rows])
            out[rows] = self._floor(piece, work, opening_amount(work))
        return out

    def bottleneck(self, length: Ints, room: Room) -> Ints:
        """What the largest payment of plans of these lengths can't be above to be affordable."""
        out = np.zeros(self.size, np.int64)
        for piece in self.pieces:
            own = length[piece.at]
            out[piece.rows] = self._bottleneck(piece, own, own, room.take(piece.at))
        return out

    def above(self, length: Ints, room: Room, *, even: bool) -> Bools:
        """Where plans of these lengths surely have a payment too large, without writing their rows.

        With ``even`` only by :func:`~repayplan.offers.paymentbounds.surely_above`'s bounds of that name.
        """
        out, most = np.zeros(self.size, np.bool_), room.most(length)
        for piece in self.pieces:
            rows = piece.at
            work = piece.work.lasting(length[None, rows])
            out[rows] = surely_above(
                work, opening_amount(work), self.extra[rows], most[rows], self._residue(piece), even=even
            )
        return out

    def beyond(self, length: Ints, room: Room) -> Bools:
        """Where plans of these lengths, and of any balance above, surely aren't affordable.

        Unlike :meth:`floor` it says nothing of other lengths.
        """
        out, most, end = np.zeros(self.size, np.bool_), room.most(length), room.in_row(length)
        for piece in self.pieces:
            rows = piece.at
            work = piece.work.lasting(length[None, rows])
            out[rows] = surely_beyond(work, most[rows], self._residue(piece))
            if self._known(piece) and work.rules[0].amount is Amount.LEVEL and not room.constant:
                out[rows] |= last_beyond(work, end[rows])
        return out

    def over_in_a_row(self, length: Ints, room: Room) -> Bools:
        """Where plans of these lengths, and of any balance or rate above, surely ask too much in some row.

        Of equal principal and flat plans, whose rows aren't alike: in the rows from which on less can be paid
        than before.
        """
        out = np.zeros(self.size, np.bool_)
        if room.constant:
            return out
        rows = room.lower_from
        for piece in self.pieces:
            if piece.work.rules[0].amount is Amount.SHARE and piece.work.resets is None:
                at = piece.at
                work, can = piece.work.lasting(length[None, at]), room.take(piece.at)
                for row in rows[rows < int(work.term.max(initial=0))].tolist():
                    out[at] |= share_in_row(work, row, self._residue(piece)) > np.maximum(can.at(row), 0)
        return out

    def _floor(self, piece: Laid, work: Work, amount: Ints) -> Ints:
        residue, length, kind = self._residue(piece), work.term, work.rules[0].amount
        if residue == "last" or kind is Amount.NONE:
            most = least_of_two(work, amount, self.extra[piece.at])
            if kind is Amount.NONE:  # the last payment: principal, and the interest of a period
                units = np.where(length > 1, work.smallest_later(), 0)
                most = np.maximum(most, work.opening + interest_on_opening(work, units))
            return most
        # The first pays its interest at least, and what is paid with it.
        extra = self.extra[piece.at]
        begin = interest_on_opening(work, work.first) + extra
        # All of them together pay the balance and that.
        most = np.maximum(begin, work.opening // length + begin // length)
        least = np.maximum(least_corrected(work, amount, residue), most)
        if work.resets is None:
            first = least_first(work, amount, residue)
            least = np.maximum(least, first + (begin if kind is Amount.SHARE else extra))
        return np.asarray(np.where(length >= FIRST_COMPARED, least, most), np.int64)
