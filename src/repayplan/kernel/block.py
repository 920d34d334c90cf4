"""The rows of a block of loans as the kernel keeps them, period by period."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from repayplan.basics.outcome import Bools, Ints


@dataclass(slots=True)
class Block:
    """Rows of some loans, period by period: row of loan ``i`` in period ``t`` at ``offset[t] + i``.

    Kept for each row are the closing balance and the interest that accrued, integers with ``shift`` added;
    :meth:`cells` reads them. Where every row's principal is its stage's amount less its interest, the
    interest isn't kept (None), because it follows. Where all figures are below 2**31 they take 4 bytes. In a
    tally nothing is kept but each loan's first, largest and last payment and its total interest. ``short``
    is the first payment of each ``negative`` loan that doesn't cover its interest, and that interest; of
    those of them that are ``sunk``, the first planned payment that steps have brought below 0, and 0.
    """

    rows: Ints
    active: Ints
    offset: Ints
    shift: int
    opening: Ints
    ends: Ints
    interest: npt.NDArray[np.int64 | np.int32] | None
    closing: npt.NDArray[np.int64 | np.int32]
    amount: Ints
    negative: Bools
    sunk: Bools
    early: Bools
    regular: Ints
    begin: Ints
    peak: Ints
    last: Ints
    total: Ints
    short: Ints

    def cells(self, loan: Ints, period: Ints) -> tuple[Ints, Ints, Ints]:
        """Opening balance, interest and closing balance of loans of the block in periods."""
        cell = self.offset[period] + loan
        before = self.offset[np.maximum(period - 1, 0)] + loan
        opening = np.where(period > 0, self.closing.take(before) - self.shift, self.opening[loan])
        closing = self.closing.take(cell).astype(np.int64) - self.shift
        if self.interest is not None:
            return opening, self.interest.take(cell).astype(np.int64) - self.shift, closing
        final = period == self.ends[-1].take(loan) - 1
        amount = self.amount[0].take(loan)
        if len(self.ends) > 1:
            stage = (period >= self.ends[:, loan]).sum(axis=0)
            amount = self.amount[stage, loan]
        paid = np.where(final, self.last.take(loan), amount)
        return opening, paid - (opening - closing), closing

    def period(self, t: int) -> tuple[Ints, Ints, Ints]:
        """The same of every loan that has a row in period ``t``, without a lookup for each."""
        here, there = int(self.active[t]), int(self.active[t + 1])
        start, before = int(self.offset[t]), int(self.offset[max(t - 1, 0)])
        opening = self.opening[:here]
        if t:
            opening = self.closing[before : before + here].astype(np.int64) - self.shift
        closing = self.closing[start : start + here].astype(np.int64) - self.shift
        if self.interest is not None:
            interest = self.interest[start : start + here].astype(np.int64) - self.shift
            return opening, interest, closing
        paid = self.amount[0, :here]
        if len(self.ends) > 1:
            stage = (t >= self.ends[:, :here]).sum(axis=0)
            paid = self.amount[stage, np.arange(here)]
        paid = np.concatenate((paid[:there], self.last[there:here]))
        return opening, paid - (opening - closing), closing

    def final(self, term: Ints) -> tuple[Ints, Ints, Ints]:
        """Opening balance, interest and closing balance of each loan's row number ``term`` (from 1)."""
        return self.cells(np.arange(len(self.rows)), term[self.rows] - 1)
