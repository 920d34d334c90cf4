"""What being late costs, in numbers: what is charged, on what, and how much at most."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from repayplan.basics.outcome import Ints
from repayplan.basics.rounding import Mode
from repayplan.kernel.allocate import Part

LEDGERS = (Part.PENALTY, Part.COMPOUND)
MOST = 2**60
"""What a ledger may charge a row; three times as much of each and their sums fit int64."""
FOREVER = np.iinfo(np.int64).max // 4
"""A bound that binds nothing; a day that doesn't come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """A rule of what being late costs, in numbers.

    Attributes
    ----------
    on
        Of each ledger, the parts that it is charged on.
    daily
        Of each ledger, whether what was charged bears interest from the next day on, where it bears any.
    den
        What the product of a rate and a number of days is over.
    units
        ``units(start, end)`` over int64 day numbers: the days counted.
    by_day
        Whether each day's charge is rounded by itself.
    mode
        How charges are rounded.
    per_day
        int64 (loans,); the most that a ledger charges a row a day.
    of_row
        The most that being late costs of a row, as a share of what was asked for: numerator and denominator.
    room
        ``room(loans, day)``: the most that being late may have cost each of the loans when the day (int64,
        one for each loan) begins; None: whatever it costs.
    bend
        ``bend(loans, first, last)``: how far the room may be below the straight line from one day to another
        between two due dates; None: the room doesn't grow.
    """

    on: tuple[tuple[Part, ...], ...]
    daily: tuple[bool, ...]
    den: int
    units: Callable[[Ints, Ints], Ints]
    by_day: bool
    mode: Mode
    per_day: Ints | None = None
    of_row: tuple[int, int] | None = None
    room: Callable[[Ints, Ints], Ints] | None = None
    bend: Callable[[Ints, Ints, Ints], Ints] | None = None

    def bears(self, part: Part) -> bool:
        """Whether what was charged to a ledger bears interest itself."""
        return any(part in parts for parts in self.on)
