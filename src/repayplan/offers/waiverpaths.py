"""What of a waiver is earned with each payment, of one plan and of a batch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np

from repayplan.basics.dates import Days
from repayplan.basics.money import to_decimal
from repayplan.basics.outcome import Ints

PERCENT = 10**6
"""A percentage of four places is a whole number of parts of this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EarnedRow:
    """A waiver after one row of the plan (0: before any).

    Attributes
    ----------
    earned, conditional
        Of the waiver: what is earned (by ``claw_back="all"`` a breach takes it back all the same), and what
        isn't.
    closing, beside
        The balance, principal put aside included, and what is owed beside it: arrears that are paid with the
        first payment, interest that waits.
    clawed_back
        What a breach now would take back of the waiver.
    owed_if_breached
        Everything owed then: ``closing + beside + clawed_back``.
    """

    period: int
    due_date: date
    earned: Decimal
    conditional: Decimal
    closing: Decimal
    beside: Decimal
    clawed_back: Decimal
    owed_if_breached: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverPath:
    """How a waiver is earned.

    Attributes
    ----------
    waiver
        All that has to be earned.
    rows
        Before the plan's first row, and after each.
    """

    waiver: Decimal
    rows: tuple[EarnedRow, ...]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class WaiverPaths:
    """The same of many plans, as flat columns: rows of plan ``i`` are ``offsets[i]:offsets[i + 1]``.

    Attributes
    ----------
    decimals, waiver
        int64, one a plan: decimals of its minor unit, and all that has to be earned.
    period, due_date, earned, closing, beside, clawed_back
        int64 minor units (``due_date`` datetime64[D]), one a row; see :class:`EarnedRow`.
    """

    decimals: Ints
    waiver: Ints
    offsets: Ints
    period: Ints
    due_date: Days
    earned: Ints
    closing: Ints
    beside: Ints
    clawed_back: Ints

    def __len__(self) -> int:
        return len(self.waiver)

    def __iter__(self) -> Iterator[WaiverPath]:
        return (self.one(i) for i in range(len(self)))

    @property
    def conditional(self) -> Ints:
        """What of the waiver isn't earned."""
        return np.repeat(self.waiver, np.diff(self.offsets)) - self.earned

    @property
    def owed_if_breached(self) -> Ints:
        """Everything owed if the plan is breached after the row."""
        return self.closing + self.beside + self.clawed_back

    def one(self, i: int) -> WaiverPath:
        """Plan ``i`` for a person."""
        d, rows = int(self.decimals[i]), slice(int(self.offsets[i]), int(self.offsets[i + 1]))
        days, periods = self.due_date[rows].tolist(), self.period[rows].tolist()
        names = ("earned", "conditional", "closing", "beside", "clawed_back", "owed_if_breached")
        money = [[to_decimal(v, d) for v in getattr(self, name)[rows].tolist()] for name in names]
        return WaiverPath(
            waiver=to_decimal(int(self.waiver[i]), d),
            rows=tuple(
                EarnedRow(period=period, due_date=day, **dict(zip(names, figures, strict=True)))
                for period, day, *figures in zip(periods, days, *money, strict=True)
            ),
        )


def in_parts(amount: Ints, count: int, part: Ints) -> Ints:
    """What the first ``part`` of ``count`` equal parts of amounts come to, in whole units.

    By largest remainders, which are alike, so that the first parts are a unit larger.

    Examples
    --------
    >>> [int(in_parts(np.array([1000]), 3, np.array([k]))[0]) for k in range(4)]
    [0, 334, 667, 1000]
    """
    each, rest = np.divmod(amount, count)
    return np.asarray(each * part + np.minimum(rest, part), np.int64)
