"""Shares of sums of money, and how they changed: each account is one observation, large or small."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Ints
from repayplan.programmes.proportions import Floats, quantile
from repayplan.programmes.standing import money

NO_ERROR = 1e-12
"""An error of no more than this is what rounding leaves of none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A share of a sum of money.

    Attributes
    ----------
    estimate, error, low, high
        The share, its standard error and its interval; None where there is no sum, and the error and the
        interval too where there are fewer than two accounts, or all of them are alike, so that nothing says
        how much the share might vary (none is overdue, or all are).
    part, whole
        The two sums, minor units.
    n
        Accounts with something in the whole.
    """

    estimate: float | None
    error: float | None
    low: float | None
    high: float | None
    part: int
    whole: int
    n: int


def share_of_money(part: Ints, whole: Ints, *, confidence: Any = "0.95") -> Share:
    """A share of a sum over accounts, with the interval of a ratio of sums.

    Accounts differ in size, so a share of money isn't a proportion of independent units of money: what varies
    from account to account is linearised, ``u = (part - R whole) / sum(whole)``, and the error is ``sqrt(n /
    (n - 1) sum(u²))`` (W. G. Cochran, Sampling techniques, 3rd edition 1977, section 6.4, without a finite
    population's correction). The interval is cut to 0 to 1 where no part is more than its whole.

    Parameters
    ----------
    part, whole
        int64 minor units, of each account; from 0 on.
    confidence
        Of the interval.

    Raises
    ------
    InputError
        An amount is negative.

    Examples
    --------
    >>> found = share_of_money(np.array([0, 100, 0]), np.array([100, 100, 200]))
    >>> found.estimate, round(found.error, 4)
    (0.25, 0.2864)
    """
    z = quantile(confidence)
    total, number, parts = _checked(part, whole)
    if not total:
        return Share(estimate=None, error=None, low=None, high=None, part=parts, whole=0, n=number)
    estimate = parts / total
    error = _error(_linear(part, whole, estimate, total), number)
    if error is None:
        return Share(estimate=estimate, error=None, low=None, high=None, part=parts, whole=total, n=number)
    low, high = estimate - z * error, estimate + z * error
    if not (part > whole).any():
        low, high = max(low, 0.0), min(high, 1.0)
    return Share(estimate=estimate, error=error, low=low, high=high, part=parts, whole=total, n=number)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareChange:
    """How a share of a sum changed between two looks at the same accounts.

    Attributes
    ----------
    estimate, error, low, high
        The second share less the first; None as of a :class:`Share`.
    n
        Accounts with something in either whole; 0 where one of the wholes is nothing: there is no change.
    """

    estimate: float | None
    error: float | None
    low: float | None
    high: float | None
    n: int


def change_of_share(
    part: Ints, whole: Ints, then_part: Ints, then_whole: Ints, *, confidence: Any = "0.95"
) -> ShareChange:
    """The share at a second look less that at the first, of the same accounts, which the error allows for.

    Parameters
    ----------
    part, whole, then_part, then_whole
        int64 minor units, of each account at the first look and at the second.
    confidence
        Of the interval.

    Raises
    ------
    InputError
        An amount is negative.

    Examples
    --------
    >>> half, none = np.array([50, 50]), np.array([0, 0])
    >>> change_of_share(half, half * 2, none, half).estimate
    -0.5
    """
    z = quantile(confidence)
    total, _, parts = _checked(part, whole)
    then_total, _, then_parts = _checked(then_part, then_whole)
    number = int(np.count_nonzero((whole > 0) | (then_whole > 0)))
    if not total or not then_total:
        return ShareChange(estimate=None, error=None, low=None, high=None, n=0)
    first, second = parts / total, then_parts / then_total
    change = second - first
    moved = _linear(then_part, then_whole, second, then_total) - _linear(part, whole, first, total)
    error = _error(moved, number)
    if error is None:
        return ShareChange(estimate=change, error=None, low=None, high=None, n=number)
    return ShareChange(
        estimate=change, error=error, low=change - z * error, high=change + z * error, n=number
    )


def _checked(part: Ints, whole: Ints) -> tuple[int, int, int]:
    for name, column in (("part", part), ("whole", whole)):
        if (column < 0).any():
            raise InputError(Code.NEGATIVE, name, int(column.min()), "0 or more")
    return money(whole), int(np.count_nonzero(whole > 0)), money(part)


def _linear(part: Ints, whole: Ints, share: float, total: int) -> Floats:
    return (part.astype(np.float64) - share * whole.astype(np.float64)) / total


def _error(moved: Floats, number: int) -> float | None:
    """None where there is nothing to reckon it from: one account, or all alike but for rounding."""
    if number < 2:
        return None
    error = float(np.sqrt(number / (number - 1) * np.sum(moved**2)))
    return error if error > NO_ERROR else None
