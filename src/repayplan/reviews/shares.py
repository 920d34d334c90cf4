"""Shares of amounts, exact in every comparison."""

from __future__ import annotations

import numpy as np

from repayplan.basics.outcome import Bools, Ints
from repayplan.kernel.accrue import divide_product
from repayplan.offers.factcolumn import NUMBER_DECIMALS, Column

MOST_SHARE = 10**6
"""A share of a million or more counts as a million."""


def a_share(part: Ints, whole: Ints, given: Bools) -> Column:
    """Shares of amounts, not negative: exact in every comparison with up to 6 decimals; unknown of nothing.

    Examples
    --------
    >>> share = a_share(np.array([1, 0]), np.array([3, 0]), np.array([True, True]))
    >>> share.shown(0), share.shown(1)
    (Decimal('0.333333'), None)
    """
    known = given & (whole > 0)
    divisor = np.where(known, whole, 1)
    large = known & (part // divisor >= MOST_SHARE)
    one = np.full(len(part), 10**NUMBER_DECIMALS)
    floor, rest = divide_product(np.where(known & ~large, part, 0), one, divisor)
    return Column.share(np.where(large, MOST_SHARE * 10**NUMBER_DECIMALS, floor), rest > 0, known)
