"""What plans of one method ask, by their final rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from repayplan.basics.outcome import Bools, Ints, all_of
from repayplan.kernel.amortise import BLOCK, run
from repayplan.kernel.amounts import opening_amount
from repayplan.kernel.work import Work
from repayplan.offers.pacing import Paced
from repayplan.offers.paymentbounds import FIRST_COMPARED
from repayplan.offers.room import Room
from repayplan.plans.laid import Laid


@dataclass(slots=True)
class Measured:
    """What a plan of a given length asks of each loan: int64 minor units, -1 where it can't be kept.

    ``peak`` is the largest payment, arrears paid with the first or spread over several included; ``interest``
    all interest paid, arrears included; ``length`` the plan's, 0 where none was measured.
    """

    peak: Ints
    interest: Ints
    length: Ints

    @classmethod
    def empty(cls, size: int) -> Measured:
        """Nothing measured yet."""
        return cls(np.full(size, -1), np.full(size, -1), np.zeros(size, np.int64))

    def take(self, some: Ints) -> Measured:
        """Some of the figures."""
        return Measured(self.peak[some], self.interest[some], self.length[some])

    def put(self, rows: Ints, other: Measured) -> None:
        """Takes over another's figures for some rows."""
        self.peak[rows], self.interest[rows] = other.peak, other.interest
        self.length[rows] = other.length


@dataclass(slots=True)
class Lowest(Measured):
    """The plans with the smallest largest payment of several methods; ``method`` is their number."""

    method: Ints

    @classmethod
    def none(cls, size: int) -> Lowest:
        """No plan yet."""
        zero = np.zeros(size, np.int64)
        return cls(np.full(size, -1), zero.copy(), zero.copy(), zero)

    def lowered(self, number: int, other: Measured) -> None:
        """Takes over those plans of a method that are lower, or the first."""
        lower = np.flatnonzero((other.peak >= 0) & ((self.peak < 0) | (other.peak < self.peak)))
        self.put(lower, other.take(lower))
        self.method[lower] = number


class Measurable(Paced):
    """Plans, and what their final rows ask."""

    def measure(self, length: Ints) -> Measured:
        """What plans of these lengths (all loans; 0 for those not asked) come to."""
        out = Measured.empty(self.size)
        for piece in self.pieces:
            rows = piece.rows
            asked = np.flatnonzero(length[rows] > 0)
            if len(asked):
                some = piece if len(asked) == len(rows) else piece.take(asked)
                out.put(some.rows, self._measure(some, length[some.rows]))
        return out

    def lowest(self, shortest: Ints, longest: Ints) -> Measured:
        """What the plan with the smallest largest payment comes to, of lengths between the two.

        Longer plans ask less but for rounding: from the longest on, shorter ones are looked at as long as
        what they can't be below is less than the least found. ``longest`` 0: not asked.
        """
        best = self.measure(longest)
        # A single period may be shorter than all others, and so ask less than any longer plan; and only
        # plans of more than two periods have a payment between the first and the last.
        for few in range(1, FIRST_COMPARED):
            asked = (shortest <= few) & (longest > few)
            tried = self.measure(np.where(asked, few, 0))
            better = (tried.peak >= 0) & ((best.peak < 0) | (tried.peak < best.peak))
            best.put(np.flatnonzero(better), tried.take(np.flatnonzero(better)))
        for piece in self.pieces:
            rows, length = piece.rows, longest[piece.rows]
            until = np.maximum(shortest[rows], FIRST_COMPARED)
            left, width = np.flatnonzero(length > until), 1
            while len(left):
                # Several lengths at once: each time, as many steps are taken as the plans have rows.
                lengths = length[left] - np.arange(1, width + 1)[:, None]
                each = np.tile(left, width)
                part, asks, found = piece.take(each), lengths.ravel(), best.peak[rows[each]]
                work = part.work.lasting(np.maximum(asks, 1)[None, :])
                might = (found < 0) | (self._floor(part, work, opening_amount(work)) < found)
                some = np.flatnonzero(might & (asks >= until[each]))
                if not len(some):
                    break
                measured = self._measure(part.take(some), asks[some])
                peak, before = measured.peak, found[some]
                less = np.flatnonzero((peak >= 0) & ((before < 0) | (peak < before)))
                # The least of each loan, of equal ones the longest, is put last.
                less = less[np.lexsort((asks[some[less]], -peak[less]))]
                best.put(part.rows[some[less]], measured.take(less))
                length[left] -= width
                left = left[might.reshape(lengths.shape)[-1] & (length[left] > until[left])]
                width = min(2 * width, max(BLOCK // max(len(left), 1), 1))
        return best

    def _within(self, piece: Laid, length: Ints, room: Room, amount: Ints | None) -> Bools:
        """Whether each of the final rows is within what can be paid in its period."""
        out, extra = np.zeros(len(length), np.bool_), self.extra[piece.rows]
        for block in run(self._final(piece, length, amount)):
            fits, can, more = ~block.negative, room.take(block.rows), extra[block.rows]
            rows = length[block.rows]
            few = can.spread is not None and not all_of(can.settled(rows))
            for number, slack in enumerate(self.slack[:, piece.rows[block.rows]] if few else ()):
                fits &= can.short(number - len(self.slack), rows) <= slack
            for t in range(len(block.active) - 1):
                here = int(block.active[t])
                opening, interest, closing = block.period(t)
                most = can.at(t) - can.short(t, rows) if few else can.at(t)
                fits[:here] &= opening - closing + interest + (more[:here] if t == 0 else 0) <= most[:here]
            out[block.rows] = fits
        return out

    def _measure(self, piece: Laid, length: Ints, amount: Ints | None = None) -> Measured:
        """What the final rows come to; ``amount``: what the instalments are, where that is known."""
        work = self._final(piece, length, amount)
        out = Measured.empty(len(length))
        out.length = length
        first, refused = np.empty(len(length), np.int64), np.zeros(len(length), np.bool_)
        for block in run(work, store=False):
            out.peak[block.rows] = block.peak
            out.interest[block.rows] = block.total
            first[block.rows] = block.begin
            if block.negative.any():
                refused[block.rows[block.negative]] = True
        if self._asks(piece):
            refused |= ~self._repays(piece, length)
        if self.spread is not None:
            out.peak = np.maximum(out.peak, self._largest(piece, work, length))
        mine = piece.at
        out.peak = np.where(refused, -1, np.maximum(out.peak, first + self.extra[mine]))
        out.interest += self.carried[mine]
        return out

    def _largest(self, piece: Laid, work: Work, length: Ints) -> Ints:
        """The largest payment of plans of these rows, those of a pause too, with what is spread over them."""
        out, before = np.zeros(len(length), np.int64), self.before[:, piece.rows]
        if self.spread is None:
            return out
        spread, payments, extra = self.spread.take(piece.rows), length + len(before), self.extra[piece.rows]
        for number, paid in enumerate(before):
            out = np.maximum(out, paid + spread.share(number, payments))
        for block in run(work):
            rows = block.rows
            own, count = spread.take(rows), payments[rows]
            for t in range(min(len(block.active) - 1, spread.most)):
                opening, interest, closing = block.period(t)
                here = rows[: len(opening)]
                paid = opening - closing + interest + (extra[here] if t == 0 else 0)
                paid = paid + own.share(t + len(before), count)[: len(here)]
                out[here] = np.maximum(out[here], paid)
        return out
