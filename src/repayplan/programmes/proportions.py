"""Proportions with their intervals: one, the difference of two groups, and of one group seen twice."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt

from repayplan.ability.figures import decimal
from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Ints, any_of

Floats = npt.NDArray[np.float64]
MOST = 2**53
"""Counts up to here are exact as floats."""
FARTHEST = np.float64(1e100)
"""Numbers up to here, above and below 0, can be multiplied and their squares added up."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Intervals:
    """Estimates with their bounds; NaN where there is nothing to estimate from.

    Attributes
    ----------
    estimate, low, high
        float64, of one shape.
    n
        int64; of how many each is.
    """

    estimate: Floats
    low: Floats
    high: Floats
    n: Ints


def within_reach(name: str, column: npt.NDArray[Any]) -> None:
    """InputError where a number of a column is too far from 0 to be reckoned with.

    Examples
    --------
    >>> within_reach("days", np.array([40, 1e300]))
    Traceback (most recent call last):
    repayplan.basics.errors.InputError: days=1e+300: between -1e+100 and 1e+100 [out_of_range]
    """
    far = (column > FARTHEST) | (column < -FARTHEST)
    if far.any():
        rule = f"between {-FARTHEST:g} and {FARTHEST:g}"
        raise InputError(Code.OUT_OF_RANGE, name, float(f"{column[far][0]:g}"), rule)


def quantile(confidence: Any) -> float:
    """How many standard errors an interval of a confidence reaches to each side.

    Raises
    ------
    InputError
        The confidence isn't above 0 and below 1.

    Examples
    --------
    >>> round(quantile("0.95"), 6)
    1.959964
    """
    level = decimal("confidence", confidence, most=1)
    if not 0 < level < 1:
        raise InputError(Code.OUT_OF_RANGE, "confidence", confidence, "above 0, below 1")
    return NormalDist().inv_cdf(0.5 + float(level) / 2)


def wilson(count: Any, of: Any, *, confidence: Any = "0.95") -> Intervals:
    """Proportions with Wilson's score interval.

    It holds the proportion's true value about as often as it says even of few accounts and near 0 or 1, where
    the usual interval (plus and minus so many standard errors) leaves 0 to 1 or has no width (E. B. Wilson,
    Probable inference, Journal of the American Statistical Association 22, 1927, 209-212; R. G. Newcombe,
    Statistics in Medicine 17, 1998, 857-872, method 3).

    Parameters
    ----------
    count, of
        int64, whole numbers of one shape: how many have it, of how many.
    confidence
        Of the interval.

    Raises
    ------
    InputError
        Numbers that can't be: below 0, no whole ones, more than there are.

    Examples
    --------
    >>> found = wilson(15, 148)
    >>> round(float(found.low), 4), round(float(found.high), 4)
    (0.0624, 0.1605)
    """
    z = quantile(confidence)
    having, n = _counts(count=count, of=of)
    _at_most("count", having, n)
    return _wilson(having, n, z)


def _wilson(count: Ints, n: Ints, z: float) -> Intervals:
    some = n > 0
    size = np.where(some, n, 1).astype(np.float64)
    share = count / size
    middle, width = count + z * z / 2, z * np.sqrt(z * z / 4 + count * (1 - share))
    # Where none or all have it, one bound is exactly 0 or 1, which floats only come near.
    low = np.where(count == 0, 0.0, (middle - width) / (size + z * z))
    high = np.where(count == n, 1.0, (middle + width) / (size + z * z))
    return Intervals(
        estimate=np.where(some, share, np.nan),
        low=np.where(some, np.minimum(low, share), np.nan),
        high=np.where(some, np.maximum(high, share), np.nan),
        n=n,
    )


def difference(
    count: Any, of: Any, other_count: Any, other_of: Any, *, confidence: Any = "0.95"
) -> Intervals:
    """Proportion of one group less that of another, with Newcombe's hybrid score interval.

    The distances of each group's proportion from the bounds of its Wilson interval, squared and added (R. G.
    Newcombe, Interval estimation for the difference between independent proportions, Statistics in Medicine
    17, 1998, 873-890, method 10).

    Parameters
    ----------
    count, of, other_count, other_of
        int64, of one shape: how many have it, of how many, in each group.
    confidence
        Of the interval.

    Returns
    -------
    :class:`Intervals`; ``n`` is that of both groups together.

    Raises
    ------
    InputError
        Numbers that can't be.

    Examples
    --------
    >>> found = difference(56, 70, 48, 80)
    >>> [round(float(each), 4) for each in (found.estimate, found.low, found.high)]
    [0.2, 0.0524, 0.3339]
    """
    z = quantile(confidence)
    a, m, b, n = _counts(count=count, of=of, other_count=other_count, other_of=other_of)
    _at_most("count", a, m)
    _at_most("other_count", b, n)
    return _apart(_wilson(a, m, z), _wilson(b, n, z), np.zeros(m.shape), m + n)


def paired_difference(
    both: Any, only_first: Any, only_second: Any, neither: Any, *, confidence: Any = "0.95"
) -> Intervals:
    """Proportion at the first look less that at the second, of the same accounts, with Newcombe's interval.

    As :func:`difference`, less what the two looks have in common: their correlation phi, with a correction
    for continuity where it is above 0 (R. G. Newcombe, Improved confidence intervals for the difference
    between binomial proportions based on paired data, Statistics in Medicine 17, 1998, 2635-2650, method 10).

    Parameters
    ----------
    both, only_first, only_second, neither
        int64, of one shape: accounts that had it at both looks, at one of them, at neither.
    confidence
        Of the interval.

    Raises
    ------
    InputError
        Numbers that can't be.

    Examples
    --------
    Of 16 accounts 12 were overdue, and 4 of these still are:

    >>> found = paired_difference(4, 8, 0, 4)
    >>> [round(float(each), 3) for each in (found.estimate, found.low, found.high)]
    [0.5, 0.184, 0.691]
    """
    z = quantile(confidence)
    a, b, c, d = _counts(both=both, only_first=only_first, only_second=only_second, neither=neither)
    n = a + b + c + d
    first, second = _wilson(a + b, n, z), _wilson(a + c, n, z)
    product = a.astype(np.float64) * d - b.astype(np.float64) * c
    product = np.where(product > 0, np.maximum(product - n / 2, 0), product)
    margins = [side.astype(np.float64) for side in (a + b, c + d, a + c, b + d)]
    root = np.sqrt(margins[0] * margins[1]) * np.sqrt(margins[2] * margins[3])
    phi = np.where(root > 0, product / np.where(root > 0, root, 1), 0.0)
    return _apart(first, second, phi, n)


def _apart(first: Intervals, second: Intervals, phi: Floats, n: Ints) -> Intervals:
    """The difference by squaring and adding; ``phi``: how the two go together."""
    down, up = first.estimate - first.low, first.high - first.estimate
    other_down, other_up = second.estimate - second.low, second.high - second.estimate
    between = first.estimate - second.estimate
    below = np.sqrt(np.maximum(down**2 - 2 * phi * down * other_up + other_up**2, 0))
    above = np.sqrt(np.maximum(up**2 - 2 * phi * up * other_down + other_down**2, 0))
    return Intervals(
        estimate=between, low=np.maximum(between - below, -1), high=np.minimum(between + above, 1), n=n
    )


def _counts(**given: Any) -> list[Ints]:
    """Whole numbers from 0 on, of one shape."""
    found = []
    for name, each in given.items():
        column = np.asarray(each)
        if column.dtype.kind not in "iu":
            raise InputError(Code.NOT_A_NUMBER, name, each, "whole numbers")
        if any_of((column < 0) | (column > MOST)):
            raise InputError(Code.OUT_OF_RANGE, name, int(column.min()), f"0 to {MOST}")
        found.append(column.astype(np.int64))
    shape = np.broadcast_shapes(*(each.shape for each in found))
    return [np.broadcast_to(each, shape) for each in found]


def _at_most(name: str, count: Ints, of: Ints) -> None:
    if any_of(count > of):
        raise InputError(Code.OUT_OF_RANGE, name, int(count.max()), "no more than there are")
