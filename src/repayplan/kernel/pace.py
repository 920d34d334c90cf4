"""How interest accrues on an amount that changes: by which days, rounded for what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from repayplan.basics.outcome import Bools, Ints
from repayplan.basics.rounding import Mode
from repayplan.kernel.accrue import MAX_DENOMINATOR, divide_product, settle
from repayplan.kernel.law import FOREVER, MOST

_WIDE = 2.0**62


class Rounded(IntEnum):
    """What interest is rounded for: a stretch in which nothing changes, a day, or a period."""

    STRETCH = 0
    DAY = 1
    INSTALMENT = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How interest accrues.

    Attributes
    ----------
    step
        So many units of annual rates are one here; all are multiples of it.
    units, den
        ``units(start, end)`` over int64 day numbers: the days counted; a rate's product with them is over
        ``den``.
    of_period
        Whether a part of a period counts as its days' share of what the period counts.
    rounded, mode
        How interest is rounded.
    """

    step: int
    units: Callable[[Ints, Ints], Ints]
    den: int
    of_period: bool
    rounded: Rounded
    mode: Mode

    def accrues(
        self, rate: Ints, base: Ints, span: tuple[Ints, Ints], period: tuple[Ints, Ints]
    ) -> Stretched:
        """What a stretch of days brings on an amount; ``period``: the one that it is in."""
        (start, end), (begins, ends) = span, period
        days = np.maximum(end - start, 0)
        rate = rate // self.step
        den = np.full(len(rate), self.den)
        if self.rounded == Rounded.DAY:
            count = np.ones(len(rate), np.int64)
        else:
            count = np.where(days > 0, self.units(start, start + days), 0)
        if self.of_period:
            within = (ends < FOREVER) & (begins < ends)
            begins, ends = np.where(within, begins, start), np.where(within, ends, start + 1)
            count = np.where(within, self.units(begins, ends) * days, count)
            den = np.where(within, den * (ends - begins), den)
        span_of = rate.astype(np.float64) * count
        each = days if self.rounded == Rounded.DAY else 1
        wild = (span_of >= _WIDE) | (den >= MAX_DENOMINATOR) | (base * (span_of / den) * each >= MOST)
        base, count, den = np.where(wild, 0, base), np.where(wild, 0, count), np.where(wild, 1, den)
        whole, rest = divide_product(base, rate * count, den)
        if self.rounded != Rounded.INSTALMENT:
            whole, rest = settle(whole, rest, den, self.mode, 1), np.zeros(len(rate), np.int64)
        if self.rounded == Rounded.DAY:
            whole = whole * days
        return Stretched(whole, rest, den, wild)


@dataclass(frozen=True, slots=True)
class Stretched:
    """What a stretch brings: whole units, what is above them over ``den``, and where it leaves the domain."""

    whole: Ints
    rest: Ints
    den: Ints
    wild: Bools


@dataclass(slots=True, kw_only=True, eq=False)
class Meter:
    """Interest on an amount that changes, since the running period began.

    Attributes
    ----------
    base, since
        int64 (loans,); the amount, and the day from which it has been that.
    whole, rest
        int64 (loans,); what accrued in the period before that day, and what is above it.
    """

    base: Ints
    since: Ints
    whole: Ints
    rest: Ints

    @classmethod
    def at(cls, since: Ints) -> Meter:
        """Of nothing, from a day on."""
        zero = np.zeros(len(since), np.int64)
        return cls(base=zero, since=since.copy(), whole=zero.copy(), rest=zero.copy())

    def until(
        self, pace: Pace, rate: Ints, loans: Ints, day: Ints, period: tuple[Ints, Ints]
    ) -> tuple[Ints, Ints, Stretched]:
        """What has accrued in the period when a day begins, not rounded yet."""
        found = pace.accrues(rate, self.base[loans], (self.since[loans], day), period)
        rest = self.rest[loans] + found.rest
        carry = rest >= found.den
        return self.whole[loans] + found.whole + carry, rest - carry * found.den, found
