"""Shares of amounts in steps of 1e-10, exact however large the amounts are."""

from __future__ import annotations

from typing import Literal

import numpy as np

from repayplan.basics.outcome import Ints
from repayplan.kernel.presentvalue import ONE


def ratio(num: Ints, den: Ints, mode: Literal["half_even", "up"]) -> Ints:
    """``num / den`` in 1e-10, rounded once: half to even, or up to the next step away from 0.

    Long division, a binary digit of 1e10 at a time: nothing it holds reaches 2**64.

    Parameters
    ----------
    num
        int64, signed; above ``-2**63``.
    den
        int64, above 0. The result must fit int64.
    mode
        ``"half_even"`` or ``"up"``.

    Examples
    --------
    >>> ratio(np.array([1, -2, 2**61]), np.array([3, 3, 2**61 + 1]), "half_even")
    array([ 3333333333, -6666666667, 10000000000])
    >>> ratio(np.array([1, 2]), np.array([3, 2]), "up")
    array([ 3333333334, 10000000000])
    """
    below = num < 0
    size, by = np.abs(num).astype(np.uint64), den.astype(np.uint64)
    whole, size = np.divmod(size, by)
    quotient, rest = np.zeros_like(by), np.zeros_like(by)
    for digit in f"{ONE:b}":
        quotient, rest = quotient << np.uint64(1), rest << np.uint64(1)
        over = rest >= by
        quotient, rest = quotient + over, rest - over * by
        if digit == "1":
            rest = rest + size
            over = rest >= by
            quotient, rest = quotient + over, rest - over * by
    if mode == "up":
        bump = rest > 0
    else:
        twice = rest << np.uint64(1)
        bump = (twice > by) | ((twice == by) & (quotient % np.uint64(2) == 1))
    steps = (whole * np.uint64(ONE) + quotient + bump).astype(np.int64)
    return np.where(below, -steps, steps)
