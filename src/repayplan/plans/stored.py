"""What the kernel keeps of rows, and what is known of a block of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from repayplan.basics.dates import Days
from repayplan.basics.outcome import Ints
from repayplan.kernel.block import Block
from repayplan.plans.laid import Laid
from repayplan.plans.loan import Loans


@dataclass(frozen=True, slots=True)
class Stored:
    """One block of rows and what its columns are derived from."""

    laid: Laid
    block: Block

    @property
    def rows(self) -> Ints:
        """The caller's rows, in the block's order."""
        return self.laid.rows[self.block.rows]


def last_amount(block: Block) -> Ints:
    """The amount of the last stage that has one."""
    out = np.zeros(len(block.rows), np.int64)
    for amount in block.amount:
        np.copyto(out, amount, where=amount > 0)
    return out


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a block once for all of its rows.

    Attributes
    ----------
    beside
        Whether anything is owed beside the balance.
    dues, calendar
        Due dates ``dues[period, calendar[loan]]`` by the few calendars that the loans share; None where they
        are laid out already, or dates are given, or a loan's last date is its own, or calendars aren't few.
    """

    beside: bool
    dues: Days | None
    calendar: Ints | None

    @classmethod
    def of(cls, loans: Loans, part: Stored) -> Known:
        """Looks at the loans of a block."""
        rows, periods = part.rows, len(part.block.active) - 1
        beside = bool(loans.beside[rows].any())
        given = any(law.given is not None for law in loans.due_dates)
        if part.laid.dues is not None or given or not len(rows) or not np.isnat(loans.last_due[rows]).all():
            return cls(beside, None, None)
        key = loans.next_due[rows].astype(np.int64)
        for column in (loans.frequency, loans.due_index, loans.late):
            each = column[rows]
            low = int(each.min())
            key = key * (int(each.max()) - low + 1) + (each - low)
        _, first, calendar = np.unique(key, return_index=True, return_inverse=True)
        if len(first) * periods * 4 > int(part.block.active.sum()):
            return cls(beside, None, None)
        t = np.repeat(np.arange(periods), len(first))
        dues = loans.due(np.tile(rows[first], periods), t, np.zeros(len(t), np.bool_))
        return cls(beside, dues.reshape(periods, len(first)), calendar.reshape(-1))
