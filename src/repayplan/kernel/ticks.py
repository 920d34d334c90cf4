"""What happens to accounts, turn by turn: to each its first, then to each its second, and so on."""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from repayplan.basics.outcome import Ints, any_of


class Tick(IntEnum):
    """What happens to an account; of one day, in this order."""

    ROUND = 0
    SETTLE_PENALTY = 1
    SETTLE_COMPOUND = 2
    RATE = 3
    FREEZE = 4
    THAW = 5
    WAIVE = 6
    PAY = 7
    RENEW = 8
    CALL = 9
    REPAY = 10
    SETTLE = 11
    WRITE_OFF = 12
    END = 13


MOVES = (Tick.WAIVE, Tick.PAY, Tick.RENEW, Tick.CALL, Tick.REPAY, Tick.SETTLE, Tick.WRITE_OFF)
"""Before these, what accrues without a row to fall due is asked for."""
_LOOKS_FAR = np.isin(np.arange(len(Tick)), (Tick.WAIVE, *MOVES[2:]))
"""What looks at rows that aren't next."""
NEAR_TURNS, NEAR_FROM = 8, 256
"""Of so many loans and more, so many turns are taken together: fewer aren't worth the copies."""


class Ticks(NamedTuple):
    """What happens: of each loan its first, then of each its second, and so on.

    Attributes
    ----------
    turns
        int64; where the first ones begin, the second ones, and so on, and where the last ones end.
    loans
        int64; whose it is: in each turn they rise, and there are no others than in the turn before.
    day
        int64; day numbers, which don't fall from turn to turn.
    what
        int64; a :class:`Tick`.
    which
        int64; the event that it is about, -1 where it is about none.
    """

    turns: Ints
    loans: Ints
    day: Ints
    what: Ints
    which: Ints


class Now(NamedTuple):
    """What happens to some loans at once: to each one thing of the same kind, on its day."""

    loans: Ints
    day: Ints
    which: Ints


def together(ticks: Ticks, *, near: bool) -> Iterator[range]:
    """Turns one after the other, several together where only rows that are near are looked at in them."""
    turns, many = ticks.turns.tolist(), len(ticks.turns) - 1
    far = [near and any_of(_LOOKS_FAR[ticks.what[low:high]]) for low, high in pairwise(turns)]
    k = 0
    while k < many:
        upto = k + 1
        if near and turns[k + 1] - turns[k] >= NEAR_FROM:
            while upto < min(k + NEAR_TURNS, many) and not any(far[k : upto + 1]):
                upto += 1
        yield range(k, upto)
        k = upto


def freezes(ticks: Ticks) -> Ints:
    """The loans and days on which freezes begin."""
    begins = np.flatnonzero(ticks.what == Tick.FREEZE)
    return day_keys(ticks.loans[begins], ticks.day[begins])


def day_keys(loans: Ints, days: Ints) -> Ints:
    """Loans and days as one number each."""
    return np.asarray((loans << 32) + days, np.int64)
