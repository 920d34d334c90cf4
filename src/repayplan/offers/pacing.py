"""Whether plans of one method repay principal as fast as they must."""

from __future__ import annotations

import numpy as np

from repayplan.basics.outcome import Bools, Ints
from repayplan.kernel.accrue import Floats
from repayplan.kernel.amortise import run
from repayplan.kernel.proof import bound, calm_loans
from repayplan.kernel.rules import MAX_PERIODS, Amount
from repayplan.kernel.work import Work
from repayplan.offers.amortisation import Pace
from repayplan.offers.balancebounds import left_after, longest_leaving
from repayplan.offers.crossing import last
from repayplan.offers.lengthbounds import Bounded
from repayplan.plans.laid import Laid

WRITTEN = 1_024
"""Plans whose rows are written at once where several lengths of a loan are tried."""


class Paced(Bounded):
    """Plans, and whether they repay principal as fast as they must."""

    def _asks(self, piece: Laid) -> bool:
        """Whether plans must repay principal at some pace."""
        return self.pace is not None or (self.spreads and piece.work.rules[0].amount is Amount.NONE)

    def _repays(self, piece: Laid, length: Ints) -> Bools:
        """Whether plans of these lengths repay principal as fast as they must."""
        out = np.ones(len(length), np.bool_)
        if not len(length):
            return out
        if self.spreads and piece.work.rules[0].amount is Amount.NONE:
            out = length == 1
        if self.pace is None:
            return out
        unsure, pace = out.copy(), self.pace.take(piece.rows)
        calm = np.zeros(len(length), np.bool_)
        if self._residue(piece) == "last":
            # What is calm repays principal in every row; whether enough, a formula tells but for rounding.
            work, due = self._final(piece, length, None), pace.by < length
            (behind, error), calm = self._behind(piece, length), calm_loans(work, bound(work))
            out &= ~(due & (behind > error)).any(axis=0)
            unsure = out & ~(calm & (~due | (behind < -error)).all(axis=0))
        for mask in (unsure & calm, unsure & ~calm):
            rows = np.flatnonzero(mask)
            if len(rows):
                blocks, asked = run(self._final(piece.take(rows), length[rows], None)), pace.take(rows)
                if calm[rows[0]]:
                    out[rows] = (asked.lacking(blocks, length[rows]) <= 0).all(axis=0)
                else:
                    out[rows] = asked.kept(blocks, length[rows])
        return out

    def lacking(self, length: Ints) -> tuple[Floats, Floats]:
        """How far plans of these lengths are behind the shares to be repaid, and what rounding makes of it.

        Returns
        -------
        float (shares, loans), what is left more than is allowed if nothing is rounded, 0 where the plan ends
        before; and by how much it may differ from that (infinite where nothing is proven).
        """
        shares = 0 if self.pace is None else len(self.pace.by)
        out, error = np.zeros((shares, self.size)), np.full((shares, self.size), np.inf)
        for piece in self.pieces:
            if shares:
                rows = piece.rows
                out[:, rows], error[:, rows] = self._behind(piece, length[rows])
        return out, error

    def _behind(self, piece: Laid, length: Ints) -> tuple[Floats, Floats]:
        """The same of some of the loans."""
        pace = self.pace.take(piece.rows)  # type: ignore[union-attr]
        out, error = np.zeros(pace.by.shape), np.full(pace.by.shape, np.inf)
        work = piece.work.lasting(length[None, :])
        if self._told(piece):
            error = _rounded(work, pace)
            for rule, (by, left) in enumerate(zip(pace.by, pace.left, strict=True)):
                behind = left_after(work, np.minimum(by, length - 1)) - left
                out[rule] = np.where(by < length, behind, 0)
        return out, error

    def _told(self, piece: Laid) -> bool:
        """Whether a formula tells what plans leave after a row, but for rounding."""
        known = piece.work.resets is None and self._residue(piece) == "last"
        return known and piece.work.rules[0].amount is not Amount.NONE

    def slowest(self, shortest: Ints, longest: Ints) -> Ints:
        """The longest plans, of lengths between the two, that repay fast enough; else the shortest."""
        out = longest.copy()
        for piece in self.pieces:
            rows = piece.rows
            if self._asks(piece):
                out[rows] = self._fast_enough(piece, shortest[rows], longest[rows])
                left, width = np.flatnonzero(out[rows] > shortest[rows]), 1
                while len(left):
                    # Several lengths at once, where few loans are left.
                    at = rows[left]
                    tried = out[at][:, None] - np.arange(width)
                    within = tried > shortest[at][:, None]
                    each, kept = np.repeat(left, width)[within.ravel()], np.zeros(tried.shape, np.bool_)
                    kept[within] = self._repays(piece.take(each), tried[within])
                    hit = kept.any(axis=1)
                    out[at] -= np.where(hit, kept.argmax(axis=1), within.sum(axis=1))
                    left = left[~hit]
                    left = left[out[rows[left]] > shortest[rows[left]]]
                    width = min(4 * width, max(WRITTEN // max(len(left), 1), 1))
        return np.maximum(out, shortest)

    def _fast_enough(self, piece: Laid, shortest: Ints, longest: Ints) -> Ints:
        """The longest plan beyond which none repays fast enough.

        A longer plan has smaller instalments: where one is behind by more than rounding can make up for, all
        longer ones are.
        """
        if self.pace is None or not len(self.pace.by) or not self._told(piece):
            return longest
        pace, work, end = self.pace.take(piece.rows), piece.work, longest
        known = [
            longest_leaving(work, by, left + error)
            for by, left, error in zip(pace.by, pace.left, _rounded(work, pace), strict=True)
        ]
        least = np.minimum(shortest, longest + 1) - 1
        for by, most in zip(pace.by, known, strict=True):
            if most is None:
                break
            whole = np.floor(np.minimum(most * (1 + 1e-9) + 1e-6, MAX_PERIODS)).astype(np.int64)
            end = np.minimum(end, np.maximum(whole, by))
        else:
            return np.asarray(np.maximum(end, least), np.int64)

        def may(length: Ints) -> Bools:
            behind, error = self._behind(piece, np.maximum(length, 1))
            return np.asarray((behind <= error).all(axis=0), np.bool_)

        return last(may, least, longest, longest)


def _rounded(work: Work, pace: Pace) -> Floats:
    """By how much roundings may change what plans leave where their shares are due, (shares, loans)."""
    rows = pace.by + pace.begun
    step = work.instalment_multiple + work.interest_multiple + 1.0
    with np.errstate(over="ignore"):
        growth = np.exp(rows * np.log1p(np.abs(bound(work).factor)))
        return np.asarray((rows + 2) * step * growth * 1.01 + 1 + work.opening * growth * 1e-12, np.float64)
