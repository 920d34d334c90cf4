"""The least number of instalments that a household can pay: proven bound first, then the final rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from repayplan.basics.columns import Screen
from repayplan.basics.outcome import Bools, Ints, span
from repayplan.kernel.accrue import Floats
from repayplan.kernel.amortise import BLOCK, Amount, Work, last_payment_range, opening_amount, run
from repayplan.plans.layout import Laid, lay_out
from repayplan.plans.loan import MAX_PERIODS, Loans
from repayplan.plans.residue import place_residue
from repayplan.plans.stage import Plan, equal_instalment, equal_principal, flat, interest_only

WIDEST = 16
"""Lengths tried at once for a loan."""
METHODS: dict[str, Callable[[Ints], Plan]] = {
    "equal_instalment": equal_instalment,
    "equal_principal": equal_principal,
    "flat": flat,
    "interest_only": interest_only,
}
"""Plans of one stage whose length is what is looked for."""


@dataclass(slots=True)
class Measured:
    """What a plan of a given length asks of each loan: int64 minor units, -1 where it can't be kept.

    ``peak`` is the largest payment, arrears paid with the first included; ``interest`` all interest paid,
    arrears included.
    """

    peak: Ints
    interest: Ints

    @classmethod
    def empty(cls, size: int) -> Measured:
        """Nothing measured yet."""
        return cls(np.full(size, -1), np.full(size, -1))

    def put(self, rows: Ints, other: Measured) -> None:
        """Takes over another's figures for some rows."""
        self.peak[rows], self.interest[rows] = other.peak, other.interest


class Candidates:
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
    """

    def __init__(self, loans: Loans, rows: Ints, method: str, longest: Ints) -> None:
        self.size = len(loans)
        screen = Screen(self.size)
        screen.good[:] = False
        screen.good[rows] = True
        every = np.zeros(self.size, np.int64)
        plan = METHODS[method](np.where(screen.good, 1, 0))
        self.pieces = list(lay_out(loans, (plan,), every, screen, longest=longest))
        self.failures = screen.failures()
        self.extra = loans.carried + loans.charges
        self.carried = loans.carried
        self.residue = [r.residue for r in loans.rounding]
        self.rounding_index = loans.rounding_index

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

    def amounts(self, length: Ints) -> Ints:
        """The instalment (or principal share) of plans of these lengths alone, -1 where there is none."""
        out = np.full(self.size, -1)
        for piece in self.pieces:
            work = replace(piece.work, lengths=length[None, piece.rows])
            out[piece.rows] = opening_amount(work)
        return out

    def least(self, shortest: Ints, longest: Ints, capacity: Ints) -> Ints:
        """The shortest plan, from ``shortest`` to ``longest``, with every payment within ``capacity``.

        No shorter plan than the one that :func:`_necessary` allows can be affordable; from there on,
        length by length, the final rows decide, so that no rounding is taken for granted, or the
        instalment alone where no rounding could matter.

        Returns
        -------
        int64 of all loans; 0 where there is none.
        """
        found = np.zeros(self.size, np.int64)
        for piece in self.pieces:
            rows = piece.rows
            # A correction of the first payment may leave room there for what is paid with it.
            corrected = self.residue[int(self.rounding_index[rows[0]])] == "first"
            least = _necessary(piece.work, capacity[rows], self.extra[rows], corrected=corrected)
            length = np.maximum(shortest[rows], least)
            left, width = np.flatnonzero(length <= longest[rows]), 1
            while len(left):
                tried = length[left][:, None] + np.arange(width)
                lengths = np.minimum(tried, longest[rows[left]][:, None])
                alike = width == 1 and len(left) == len(rows)
                part = piece if alike else piece.take(np.repeat(left, width))
                fits = self._fits(part, lengths.ravel(), capacity[part.rows]).reshape(lengths.shape)
                hit = fits.any(axis=1)
                found[rows[left[hit]]] = lengths[hit, fits[hit].argmax(axis=1)]
                left = left[~hit]
                length[left] += width
                # The few that are left try several lengths at once.
                width = min(2 * width, WIDEST, max(BLOCK // max(len(left), 1), 1))
                left = left[length[left] <= longest[rows[left]]]
        return found

    def _fits(self, piece: Laid, length: Ints, capacity: Ints) -> Bools:
        """Whether every payment of plans of these lengths is within capacity."""
        work = replace(piece.work, lengths=length[None, :])
        residue = self.residue[int(self.rounding_index[piece.rows[0]])]
        fits, unsure = np.zeros(len(length), np.bool_), np.ones(len(length), np.bool_)
        if work.table is None and work.rules[0].amount is Amount.LEVEL and residue == "last":
            first = opening_amount(work)
            least, most = last_payment_range(work, first)
            first += self.extra[span(piece.rows)]
            fits = (first <= capacity) & (most <= capacity) & (length > 1)
            unsure = ((first <= capacity) & (least <= capacity) & ~fits) | (length == 1)
        rows = np.flatnonzero(unsure)
        if len(rows):
            some = piece if len(rows) == len(length) else piece.take(rows)
            peak = self._measure(some, length[rows]).peak
            fits[rows] = (peak >= 0) & (peak <= capacity[rows])
        return fits

    def _measure(self, piece: Laid, length: Ints) -> Measured:
        work = replace(piece.work, lengths=length[None, :])
        residue = self.residue[int(self.rounding_index[piece.rows[0]])]
        if residue != "last":
            work = place_residue(work, residue)
        out = Measured.empty(len(length))
        first, refused = np.empty(len(length), np.int64), np.zeros(len(length), np.bool_)
        for block in run(work, store=False):
            out.peak[block.rows] = block.peak
            out.interest[block.rows] = block.total
            first[block.rows] = block.begin
            if block.negative.any():
                refused[block.rows[block.negative]] = True
        mine = span(piece.rows)
        out.peak = np.where(refused, -1, np.maximum(out.peak, first + self.extra[mine]))
        out.interest += self.carried[mine]
        return out


def _necessary(work: Work, capacity: Ints, extra: Ints, *, corrected: bool) -> Ints:
    """A length below which no plan keeps within ``capacity``; beyond the domain: none does.

    For a level instalment: its exact value with the shortest period's factor after the first may not
    exceed the room by more than rounding. For a principal share: the first payment may not. ``extra``
    is paid with the first; where that one is ``corrected``, only the later ones are looked at.
    """
    room = capacity if corrected else capacity - extra
    balance, slack = work.opening.astype(np.float64), float(work.instalment_multiple + work.interest_multiple)
    shortest, first = _factors(work)
    amount = work.rules[0].amount
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if amount is Amount.LEVEL:
            most = room + slack
            start = balance * (1 + first) / (1 + shortest)
            growth = 1 - start * shortest / most
            length = np.where(shortest > 0, -np.log(growth) / np.log1p(shortest), start / most)
            impossible = (most <= 0) | (growth <= 0)
        elif amount is Amount.SHARE:
            most = room + slack
            if not corrected:
                most = most - np.floor(balance * first * (1 - 1e-12))
            length, impossible = balance / most, most <= 0
        else:
            return np.where(work.opening > capacity, MAX_PERIODS + 1, 1)
        length = np.where(impossible, np.inf, np.ceil(length * (1 - 1e-9) - 1e-6))
    return np.clip(length, 1, MAX_PERIODS + 1).astype(np.int64)


def _factors(work: Work) -> tuple[Floats, Floats]:
    """The smallest regular factor of each loan, and its first period's."""
    rate = work.num / work.den
    if work.table is None:
        return rate * work.regular, rate * work.first
    table = work.table if len(work.table) == 1 else work.table[1:]
    return rate * table.min(axis=0)[work.calendar], rate * work.table[0, work.calendar]
