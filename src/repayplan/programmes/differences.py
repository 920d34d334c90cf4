"""Difference in differences: what changed in a programme's accounts beyond what changed in others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Bools, Ints
from repayplan.programmes.proportions import Floats, quantile, within_reach
from repayplan.programmes.ratios import NO_ERROR

ASSUMPTIONS = (
    (
        "parallel_trends",
        "Without the programme both groups would have changed alike; earlier months speak for or against it.",
        "如果没有本项目，两组的变化应当相同；项目开始前各月的走势可以支持或反驳这一点。",
    ),
    (
        "no_anticipation",
        "Nobody paid otherwise before the programme because it was to come.",
        "项目开始之前，没有人因预期项目而改变还款行为。",
    ),
    (
        "no_spillover",
        "The programme changed nothing for accounts of the comparison group.",
        "项目没有影响对照组账户。",
    ),
    (
        "same_measure",
        "Overdue means the same in both groups and at both looks: by the original contract.",
        "两组、两个时点的逾期口径一致：均按原合同计算。",
    ),
    (
        "matched_on_what_is_seen",
        "Groups are alike in the columns named and may differ in what isn't seen.",
        "两组仅在所列变量上相似，未观察到的因素可能不同。",
    ),
    (
        "weights_taken_as_given",
        "The standard error takes the matched group as it is and leaves out how it was found.",
        "标准误将匹配结果视为给定，未计入匹配过程本身的不确定性。",
    ),
)
"""What a difference in differences rests on: a name, and the sentence in English and Chinese."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A difference in differences; error and interval are None where nothing says how it might vary.

    That is with one cluster or two accounts, and where all accounts of a group changed alike.
    """

    estimate: float
    error: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """What changed in one group beyond what changed in the other.

    Attributes
    ----------
    effect
        Change of the treated less change of the comparison group.
    treated, comparison
        Means before and after, weighted.
    treated_n, comparison_n
        Accounts with a weight.
    clusters
        How many observations the error is reckoned from.
    trend
        The same of earlier looks, each against the one before, from the first pair on: with parallel trends
        they are near 0.
    trend_means
        Means of the treated and of the comparison group at each earlier look.
    assumptions
        :data:`ASSUMPTIONS`.
    """

    effect: Difference
    treated: tuple[float, float]
    comparison: tuple[float, float]
    treated_n: int
    comparison_n: int
    clusters: int
    trend: tuple[Difference, ...]
    trend_means: tuple[tuple[float, float], ...]
    assumptions: tuple[tuple[str, str, str], ...] = ASSUMPTIONS


def difference_in_differences(
    before: Any,
    after: Any,
    treated: Any,
    *,
    weight: Any = None,
    cluster: Any = None,
    earlier: Any = None,
    confidence: Any = "0.95",
) -> Differences:
    """How much more one group changed than another, between two looks at the same accounts.

    Each account's own change counts once, so that what an account is like by itself drops out. The error is
    that of clusters (of accounts, or of what ``cluster`` says, such as branches): the linearised
    contributions are added up within each cluster ``c``, and ``error² = G / (G - 1) (N - 1) / (N - 2) sum_c
    (sum_i w e / W)²``, with ``N`` accounts in ``G`` clusters, the weights' sum ``W`` of an account's group,
    and ``e`` how far its change is from its group's. That is least squares of the changes on being treated
    with errors robust to clusters (K.-Y. Liang and S. L. Zeger, Biometrika 73, 1986, 13-22; M. Bertrand,
    E. Duflo and S. Mullainathan, Quarterly Journal of Economics 119, 2004, 249-275, who say why clusters
    must be as wide as what goes together). The interval is that of the normal distribution: with fewer than
    some forty clusters it is too short.

    Parameters
    ----------
    before, after
        Numbers or booleans, of each account at the two looks.
    treated
        bool; whether an account is in the programme.
    weight
        Of each account, 0 or more: as :func:`match` gives them; None: 1.
    cluster
        int64 or text; what each account goes together with; None: each stands alone.
    earlier
        (accounts, looks); the same figures at looks before, the earliest first; None: there are none. The
        last pair is the last of them against ``before``.
    confidence
        Of the intervals.

    Raises
    ------
    InputError
        A cell is missing, no number, or one beyond 1e100 or -1e100; columns aren't of one length, a group has
        no account.

    Examples
    --------
    Of four accounts in the programme two aren't overdue any more, of four others one:

    >>> found = difference_in_differences(
    ...     [1, 1, 1, 1, 1, 1, 1, 1], [0, 0, 1, 1, 0, 1, 1, 1], [True] * 4 + [False] * 4
    ... )
    >>> found.effect.estimate, found.treated, found.comparison
    (-0.25, (1.0, 0.5), (1.0, 0.75))
    """
    z = quantile(confidence)
    first, second = _numbers("before", before), _numbers("after", after)
    size = len(first)
    group = np.asarray(treated)
    if group.dtype != np.bool_:
        raise InputError(Code.UNKNOWN_VALUE, "treated", str(group.dtype), "bool")
    weights = np.ones(size) if weight is None else _numbers("weight", weight)
    of = np.arange(size) if cluster is None else _classes(cluster)
    looks = np.zeros((size, 0)) if earlier is None else _numbers("earlier", earlier, columns=2)
    for name, column in (("after", second), ("treated", group), ("weight", weights), ("earlier", looks)):
        _of_length(name, len(column), size)
    _of_length("cluster", len(of), size)
    if (weights < 0).any():
        raise InputError(Code.NEGATIVE, "weight", float(weights.min()), "0 or more")
    used = weights > 0
    group, weights, of = group[used], weights[used], np.unique(of[used], return_inverse=True)[1]
    for name, mine in (("treated", group), ("comparison", ~group)):
        if not mine.any():
            raise InputError(Code.MISSING, name, 0, "an account or more")
    first, second, looks = first[used], second[used], looks[used]
    series = np.column_stack((looks, first))
    pairs = zip(series.T[:-1], series.T[1:], strict=True)
    return Differences(
        effect=_between(second - first, group, weights, of, z),
        treated=(_mean(first, weights, group), _mean(second, weights, group)),
        comparison=(_mean(first, weights, ~group), _mean(second, weights, ~group)),
        treated_n=int(np.count_nonzero(group)),
        comparison_n=int(np.count_nonzero(~group)),
        clusters=int(of.max()) + 1,
        trend=tuple(_between(later - sooner, group, weights, of, z) for sooner, later in pairs),
        trend_means=tuple((_mean(each, weights, group), _mean(each, weights, ~group)) for each in looks.T),
    )


def _between(moved: Floats, group: Bools, weights: Floats, of: Ints, z: float) -> Difference:
    """By how much more one group moved, its error and interval."""
    mine, others = _mean(moved, weights, group), _mean(moved, weights, ~group)
    away = moved - np.where(group, mine, others)
    whole = np.where(group, weights[group].sum(), -weights[~group].sum())
    many, size = int(of.max()) + 1, len(moved)
    estimate = mine - others
    if many < 2 or size < 3:
        return Difference(estimate=estimate, error=None, low=None, high=None)
    parts = np.bincount(of, weights=weights * away / whole, minlength=many)
    error = float(np.sqrt(many / (many - 1) * (size - 1) / (size - 2) * np.sum(parts**2)))
    if error <= NO_ERROR:
        return Difference(estimate=estimate, error=None, low=None, high=None)
    return Difference(estimate=estimate, error=error, low=estimate - z * error, high=estimate + z * error)


def _mean(column: Floats, weights: Floats, some: Bools) -> float:
    return float(np.sum(column[some] * weights[some]) / np.sum(weights[some]))


def _numbers(name: str, given: Any, columns: int = 1) -> Floats:
    column = np.asarray(given)
    if column.dtype.kind not in "biuf":
        raise InputError(Code.NOT_A_NUMBER, name, str(column.dtype), "numbers")
    if column.ndim != columns:
        raise InputError(Code.OUT_OF_RANGE, name, column.ndim, f"{columns} dimensions")
    if np.isnan(column).any():
        raise InputError(Code.MISSING, name, int(np.isnan(column).sum()), "a number in every cell")
    if np.isinf(column).any():
        raise InputError(Code.NOT_FINITE, name, int(np.isinf(column).sum()), "finite numbers")
    within_reach(name, column)
    found: Floats = column.astype(np.float64)
    return found


def _classes(given: Any) -> Ints:
    column: npt.NDArray[Any] = np.asarray(given)
    if column.dtype.kind not in "iuU" or column.ndim != 1:
        raise InputError(Code.UNKNOWN_VALUE, "cluster", str(column.dtype), "whole numbers or texts")
    return np.unique(column, return_inverse=True)[1].astype(np.int64)


def _of_length(name: str, length: int, size: int) -> None:
    if length != size:
        raise InputError(Code.OUT_OF_RANGE, name, length, f"{size}: one for each account")
