"""The rules that a stage follows: its amount, its interest, and what a changed rate does to it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from repayplan.basics.outcome import Bools, Ints

MAX_PERIODS = 3660


class Amount(IntEnum):
    """Where a stage's ``A`` comes from."""

    NONE = 0
    LEVEL = 1
    SHARE = 2
    GIVEN = 3


class Interest(IntEnum):
    """What becomes of the interest of a stage's rows (a plan's last row always pays it).

    ``JOINED``: it bears none while the stage lasts, and is capitalised in one sum by the stage's last row.
    """

    PAID = 0
    CAPITALISED = 1
    DEFERRED = 2
    WAIVED = 3
    JOINED = 4


class Change(IntEnum):
    """What a solved instalment does where the rate changes."""

    RESOLVE = 0
    KEEP = 1
    FORESEE = 2


@dataclass(frozen=True, slots=True)
class Rule:
    """How the rows of one stage move: principal = ``A - interest`` (``net``) or ``A``.

    ``added_on``: the interest of all its rows is rounded as one amount, and divided among them. ``adds``:
    where the amount doesn't cover the interest, the rest is capitalised. ``change``: an amount that is solved
    takes the rate known then for all later periods, and is solved anew or kept where another follows; or it
    takes each period's own.
    """

    amount: Amount = Amount.NONE
    net: bool = False
    interest: Interest = Interest.PAID
    on_start: bool = False
    added_on: bool = False
    pays: bool = True
    adds: bool = False
    change: Change = Change.RESOLVE

    @property
    def grows(self) -> bool:
        """Whether the balance may rise."""
        return self.adds or self.interest in (Interest.CAPITALISED, Interest.JOINED)

    @property
    def solved(self) -> bool:
        """Whether the stage's amount is solved where it isn't given."""
        return self.amount in (Amount.LEVEL, Amount.SHARE)

    @property
    def amortises(self) -> bool:
        """Whether the stage repays principal by its rule."""
        return self.amount is not Amount.NONE


@dataclass(frozen=True, slots=True)
class Resets:
    """Rates that change over time, by period and calendar.

    Attributes
    ----------
    units
        int64 (periods, calendars); what each period would count at a rate of 1.
    start, rate
        int64 (periods, calendars); the rate at the beginning and at the end of each period. At the rate known
        at the end of period t, period k counts ``units[k] * rate[t]``.
    changed
        bool (periods, calendars); another rate than at the end of the period before.
    even
        Whether all periods after the first count the same units, calendar by calendar, and no rate is
        negative.
    """

    units: Ints
    start: Ints
    rate: Ints
    changed: Bools
    even: bool

    def known(self, t: int, change: Change) -> Ints:
        """int64 (calendars); the rate that an amount solved in period t takes for all later periods.

        One that is kept is agreed before anything changes within the period.
        """
        return np.asarray((self.start if change is Change.KEEP else self.rate)[t], np.int64)

    def since(self, period: int) -> Resets:
        """The same from a period on."""
        rest = slice(period, None)
        return Resets(self.units[rest], self.start[rest], self.rate[rest], self.changed[rest], self.even)
