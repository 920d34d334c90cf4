"""What flows are worth at a rate, and their mean time, as whole units rounded once."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from repayplan.basics.columns import RATE_DECIMALS
from repayplan.basics.money import MAX_TOTAL
from repayplan.basics.outcome import Ints
from repayplan.kernel.accrue import Numbers
from repayplan.kernel.discount import BEYOND, NEGATIVE, NOTHING, Flows, Real
from repayplan.kernel.exact import exact_sign, nearest_unit, settled_exactly

ONE = 10**RATE_DECIMALS
"""A rate of 1 in the units of rates."""


def present_values(flows: Flows, rates: Ints) -> tuple[Ints, Ints]:
    """What each loan's flows are worth at its rate, in their own unit, half to even; and faults."""
    sizes = np.zeros(len(flows))

    def estimate(loans: Ints, dtype: Real) -> tuple[Numbers, Numbers]:
        part = flows if len(loans) == len(flows) else flows.take(loans)
        growth = 1 + rates[loans].astype(dtype) / dtype(ONE)
        value, error, sizes[loans] = part.terms(dtype).value(growth, lifted=False)
        return value, error

    def exact(i: int, guess: int) -> int:
        if not sizes[i] < MAX_TOTAL:
            return 0
        amounts, keys, unit = flows.one(i)
        growth = Fraction(int(rates[i]) + ONE, ONE)
        return nearest_unit(lambda b: exact_sign([*amounts, -b], [*keys, 0], unit, growth), guess)

    value = settled_exactly(len(flows), estimate, exact)
    return value, np.where(sizes < MAX_TOTAL, 0, BEYOND)


def mean_times(flows: Flows, rates: Ints, *, modified: bool) -> tuple[Ints, Ints]:
    """Mean time of each loan's flows by their worth at its rate, in 1e-10, half to even; and faults.

    ``modified``: over 1 + rate. The flows are 0 or more.
    """
    begin = flows.offsets[:-1]
    fault = np.where(np.minimum.reduceat(flows.amount, begin) < 0, NEGATIVE, 0)
    fault = np.where((fault == 0) & (np.maximum.reduceat(flows.amount, begin) == 0), NOTHING, fault)

    def estimate(loans: Ints, dtype: Real) -> tuple[Numbers, Numbers]:
        terms = (flows if len(loans) == len(flows) else flows.take(loans)).terms(dtype)
        growth = 1 + rates[loans].astype(dtype) / dtype(ONE)
        scale = dtype(ONE) / growth if modified else np.full(len(loans), dtype(ONE))
        worth, _ = terms.discounted(growth)
        mean = terms.sums(worth * terms.time) / terms.sums(worth)
        # Both sums are off by their slack, of terms no later than the last.
        return mean * scale, 2.5 * terms.latest * terms.slack(growth) * scale

    def exact(i: int, guess: int) -> int:
        if fault[i]:
            return 0
        amounts, keys, unit = flows.one(i)
        growth = Fraction(int(rates[i]) + ONE, ONE)
        scale = (growth if modified else 1) / Fraction(ONE)

        def above(b: Fraction) -> int:
            away = [a * (Fraction(key, unit) - b * scale) for a, key in zip(amounts, keys, strict=True)]
            return exact_sign(away, keys, unit, growth)

        return nearest_unit(above, guess)

    with np.errstate(divide="ignore", invalid="ignore"):
        return settled_exactly(len(flows), estimate, exact), fault
