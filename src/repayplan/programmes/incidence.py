"""How many had something happen to them by each month, where something else may happen first.

Reckoned here, in a few lines of numpy, and not by a library: lifelines and statsmodels bring pandas and scipy
to every run, and lifelines moves events of one month apart at random, so that no figure would be repeatable.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from repayplan.ability.figures import each_once, texts
from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Ints, any_of
from repayplan.programmes.proportions import Floats, quantile

MOST_MONTHS = 1_200


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Incidence:
    """Cumulative incidence by month of causes that compete, group by group.

    Of each group and month, the incidences and the survival are 1 together. Where nobody is left to look at
    although something could still happen, they aren't known: NaN.

    Attributes
    ----------
    causes
        What can happen.
    at_risk
        int64 (groups, months); to how many it could still happen when the month began. Month 1 stands first.
    events
        int64 (groups, months, causes); to how many it happened in the month.
    censored
        int64 (groups, months); how many were looked at last when the month ended.
    survival
        float64 (groups, months); the share to which nothing happened by the month's end.
    incidence, error, low, high
        float64 (groups, months, causes); the share to which it happened by then, its standard error, and its
        interval, which is NaN where the incidence is 0 or 1.
    """

    causes: tuple[str, ...]
    at_risk: Ints
    events: Ints
    censored: Ints
    survival: Floats
    incidence: Floats
    error: Floats
    low: Floats
    high: Floats


def cumulative_incidence(
    month: Any,
    cause: Any,
    *,
    causes: Sequence[str],
    group: Any = None,
    groups: int = 1,
    confidence: Any = "0.95",
) -> Incidence:
    """Cumulative incidence where causes compete (Aalen and Johansen's estimator).

    In each month, to the share that is left happens what happened to those who were looked at. An account
    that was paid off can't default any more: to count it as if it were only out of sight (1 less the
    estimator of Kaplan and Meier) would say too much.

    With ``n`` at risk in month ``j``, ``d_k`` events of cause ``k``, ``d`` of any, and ``S`` the survival,
    the incidence is ``F_k(t) = sum S(j-1) d_k / n``, and its variance, by the delta method, ``sum (F_k(t) -
    F_k(j))² d / (n (n - d)) + sum S(j-1)² d_k (n - d_k) / n³ - 2 sum (F_k(t) - F_k(j)) S(j-1) d_k / n²`` over
    the months ``j`` up to ``t`` (O. O. Aalen and S. Johansen, Scandinavian Journal of Statistics 5, 1978,
    141-150; E. Marubini and M. G. Valsecchi, Analysing survival data, 1995, chapter 10; V. Coviello and
    M. Boggess, Stata Journal 4, 2004, 103-112). The interval is that of ``log(-log F)``, which stays in 0
    to 1.

    Parameters
    ----------
    month
        int64; the month, from 1 on, in which something happened to each account; or how many whole months it
        was looked at, from 0 on, where nothing did.
    cause
        int64; index into the causes, -1 where nothing happened.
    causes
        What can happen: names.
    group, groups
        int64, the group of each account; and how many groups there are.
    confidence
        Of the interval.

    Raises
    ------
    InputError
        A month, cause or group that can't be, columns that aren't of one length.

    Examples
    --------
    Of four accounts one defaults in month 1, one is paid off in month 2; the others are seen for 2 months.

    >>> found = cumulative_incidence([1, 2, 2, 2], [0, 1, -1, -1], causes=("default", "paid_off"))
    >>> found.incidence[0].tolist()
    [[0.25, 0.0], [0.25, 0.25]]
    >>> found.survival[0].tolist()
    [0.75, 0.5]
    """
    z = quantile(confidence)
    names = texts("causes", tuple(causes))
    each_once("causes", names, "each cause once")
    many = len(names)
    when, what = _whole("month", month), _whole("cause", cause)
    of = np.zeros(len(when), np.int64) if group is None else _whole("group", group)
    if not len(when) == len(what) == len(of):
        raise InputError(Code.OUT_OF_RANGE, "cause", len(what), f"{len(when)}: one for each month")
    _within("cause", what, -1, many - 1)
    _within("group", of, 0, groups - 1)
    _within("month", when, 0, MOST_MONTHS)
    if any_of((when < 1) & (what >= 0)):
        raise InputError(Code.OUT_OF_RANGE, "month", 0, f"1 to {MOST_MONTHS}, where something happened")
    length = int(when.max(initial=0))
    # Month by month and group by group: how many of each cause, the last place for those that are censored.
    place = (of * (length + 1) + when) * (many + 1) + np.where(what < 0, many, what)
    shape = groups, length + 1, many + 1
    counts: Ints = np.bincount(place, minlength=math.prod(shape)).reshape(shape).astype(np.int64)
    gone = counts.sum(axis=2)
    at_risk = gone[:, ::-1].cumsum(axis=1)[:, ::-1][:, 1:]
    events, censored = counts[:, 1:, :many], counts[:, 1:, many]
    return _estimated(names, at_risk, events, censored, z)


def _estimated(causes: tuple[str, ...], at_risk: Ints, events: Ints, censored: Ints, z: float) -> Incidence:
    n = at_risk.astype(np.float64)
    seen = np.maximum(n, 1)
    happened = events.sum(axis=2)
    survival = np.cumprod(1 - happened / seen, axis=1)
    before = np.concatenate((np.ones((len(n), 1)), survival[:, :-1]), axis=1)
    hazard = events / seen[:, :, None]
    incidence = np.cumsum(before[:, :, None] * hazard, axis=1)
    left = n - happened
    # Where nobody is left, the incidence doesn't move any more, and the first sum has nothing to add.
    of_any = np.where(left > 0, happened / (seen * np.where(left > 0, left, 1)), 0)[:, :, None]
    own = (before[:, :, None] ** 2) * hazard * (1 - hazard) / seen[:, :, None]
    cross = before[:, :, None] * hazard / seen[:, :, None]
    variance = (
        incidence**2 * np.cumsum(of_any, axis=1)
        - 2 * incidence * np.cumsum(of_any * incidence + cross, axis=1)
        + np.cumsum(of_any * incidence**2 + own + 2 * cross * incidence, axis=1)
    )
    error = np.sqrt(np.maximum(variance, 0))
    unknown = (at_risk == 0) & (before > 0)
    survival, incidence = (
        np.where(unknown, np.nan, survival),
        np.where(unknown[:, :, None], np.nan, incidence),
    )
    error = np.where(unknown[:, :, None], np.nan, error)
    inside = (incidence > 0) & (incidence < 1)
    share = np.where(inside, incidence, 0.5)
    turned = np.log(-np.log(share))
    reach = z * np.where(inside, error, 0) / (share * -np.log(share))
    with np.errstate(over="ignore"):  # of a few accounts the bounds are 0 and 1
        low, high = (np.exp(-np.exp(turned + side)) for side in (reach, -reach))
    return Incidence(
        causes=causes,
        at_risk=at_risk,
        events=events,
        censored=censored,
        survival=survival,
        incidence=incidence,
        error=error,
        low=np.where(inside, low, np.nan),
        high=np.where(inside, high, np.nan),
    )


def _whole(name: str, given: Any) -> Ints:
    column = np.asarray(given)
    if column.size and column.dtype.kind not in "iu":
        raise InputError(Code.NOT_A_NUMBER, name, given, "whole numbers")
    if column.ndim != 1:
        raise InputError(Code.OUT_OF_RANGE, name, column.ndim, "a column")
    return column.astype(np.int64)


def _within(name: str, column: Ints, low: int, high: int) -> None:
    wrong = column[(column < low) | (column > high)]
    if len(wrong):
        raise InputError(Code.OUT_OF_RANGE, name, int(wrong[0]), f"{low} to {high}")
