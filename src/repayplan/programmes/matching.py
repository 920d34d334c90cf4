"""A comparison group that is like the programme's accounts, found in the same way every time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from math import isfinite
from typing import Any

import numpy as np
import numpy.typing as npt

from repayplan.ability.figures import decimal, one_rule, one_text, texts
from repayplan.basics.errors import Code, InputError
from repayplan.basics.gaps import as_held
from repayplan.basics.outcome import Ints, alike
from repayplan.programmes.proportions import MOST, Floats, within_reach

AT_ONCE = 1 << 22
"""Distances that are held at once."""
_STEP = 1e-9
"""Distances are compared in such steps: what differs only by how floats were added up is the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchRule:
    """Which accounts count as alike.

    Parameters
    ----------
    exact
        Columns that have to be the same.
    coarsened
        Columns of numbers that have to be in the same range, and the first value of each range after the
        first (coarsened exact matching: S. M. Iacus, G. King and G. Porro, Political Analysis 20, 2012,
        1-24).
    nearest
        Columns of numbers: of those that are alike so far, the nearest are taken, by the sum of squared
        differences, each in standard deviations of the programme's accounts. An account may be taken for
        several; of accounts at the same distance, all count, in equal parts (A. Abadie and G. W. Imbens,
        Econometrica 74, 2006, 235-267, match with replacement in this way). None: all that are alike count.
    caliper
        The largest distance, in standard deviations; None: any.

    Raises
    ------
    InputError
        No column at all, one twice, cut points that don't rise, a caliper that isn't above 0 or is said where
        nothing is the nearest.
    """

    exact: tuple[str, ...] = ()
    coarsened: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    nearest: tuple[str, ...] = ()
    caliper: Decimal | None = None

    def __post_init__(self) -> None:
        for name in ("exact", "nearest"):
            given = getattr(self, name)
            object.__setattr__(self, name, texts(f"match.{name}", given) if given else ())
        given = self.coarsened
        if not isinstance(given, Mapping):
            raise InputError(Code.UNKNOWN_VALUE, "match.coarsened", given, "cut points by column")
        cuts = {}
        for name, points in given.items():
            one_text("match.coarsened", name)
            cuts[name] = _cut_points(f"match.coarsened.{name}", points)
        object.__setattr__(self, "coarsened", cuts)
        every = self.columns
        if not every:
            raise InputError(Code.MISSING, "match", None, "a column to match on")
        if len(set(every)) < len(every):
            raise InputError(Code.DUPLICATE, "match", ", ".join(every), "each column once")
        if self.caliper is not None:
            caliper = decimal("match.caliper", self.caliper)
            if not caliper or not self.nearest:
                raise InputError(Code.OUT_OF_RANGE, "match.caliper", self.caliper, "above 0, with nearest")
            object.__setattr__(self, "caliper", caliper)

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is looked at."""
        return (*self.exact, *self.coarsened, *self.nearest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """How alike the groups are in one column, or in one value of a column of texts.

    Attributes
    ----------
    column, value
        Which; the value is ``""`` for a column of numbers.
    treated, pool, matched_treated, matched
        Means: of all accounts of each group, and of those that were matched, weighted.
    before, after
        Standardised mean differences: that of the means over ``sqrt((s² + s²) / 2)`` of all accounts (P. C.
        Austin, Statistics in Medicine 28, 2009, 3083-3107, who calls 0.1 and less balanced); None where
        nothing varies.
    """

    column: str
    value: str
    treated: float
    pool: float
    matched_treated: float | None
    matched: float | None
    before: float | None
    after: float | None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Matched:
    """A comparison group.

    Attributes
    ----------
    rule
        By which.
    treated
        float64; 1 for the programme's accounts that have a match, 0 for the others.
    pool
        float64; the weight of each other account. They are as many in sum as the accounts that were matched.
    balance
        Column by column.
    """

    rule: MatchRule
    treated: Floats
    pool: Floats
    balance: tuple[Balance, ...]

    @property
    def unmatched(self) -> int:
        """How many of the programme's accounts have no match, and are left out of the comparison."""
        return int(np.count_nonzero(self.treated == 0))


def _cut_points(name: str, given: Any) -> tuple[float, ...]:
    """Numbers that rise, none of them infinite or no number."""
    try:
        points = () if isinstance(given, (str, bytes)) else tuple(float(each) for each in given)
    except (TypeError, ValueError):
        points = ()
    rise = all(low < high for low, high in pairwise(points))
    if not points or not rise or not all(isfinite(each) for each in points):
        raise InputError(Code.OUT_OF_RANGE, name, given, "rising numbers")
    return points


def match(treated: Mapping[str, Any], pool: Mapping[str, Any], rule: MatchRule) -> Matched:
    """Of a pool of other accounts, those that are like the programme's.

    The result doesn't depend on the order of the accounts, and there is no chance in it.

    Parameters
    ----------
    treated, pool
        Columns of the programme's accounts and of the others: numbers, booleans, texts.
    rule
        Which columns count, and how.

    Returns
    -------
    :class:`Matched`.

    Raises
    ------
    InputError
        A column is missing, has another length or an empty cell, or isn't of numbers where these are needed.
        A number is beyond 1e100 or -1e100, as it is or in standard deviations; a whole number of a column
        that is to be the same is beyond 2**53 or -2**53 where the other column has floats.

    Examples
    --------
    >>> rule = MatchRule(exact=("branch",), nearest=("days",))
    >>> found = match({"branch": ["A", "B"], "days": [40, 5]}, {"branch": ["A", "A"], "days": [35, 90]}, rule)
    >>> found.treated.tolist(), found.pool.tolist(), found.unmatched
    ([1.0, 0.0], [1.0, 0.0], 1)
    """
    one_rule("treated", treated, Mapping)
    one_rule("pool", pool, Mapping)
    one_rule("rule", rule, MatchRule)
    mine = {name: _column("treated", treated, name, rule) for name in rule.columns}
    others = {name: _column("pool", pool, name, rule) for name in rule.columns}
    sizes = [_one_length(each) for each in (mine, others)]
    if not sizes[0]:
        raise InputError(Code.MISSING, "treated", 0, "an account or more")
    of = _strata(mine, others, rule, sizes[0] + sizes[1])
    here, there = of[: sizes[0]], of[sizes[0] :]
    if rule.nearest:
        spread = {name: _deviation(mine[name]) for name in rule.nearest}
        points = [
            np.column_stack([each[name].astype(np.float64) / spread[name] for name in rule.nearest])
            for each in (mine, others)
        ]
        for which, each in zip(("treated", "pool"), points, strict=True):
            for k, name in enumerate(rule.nearest):
                within_reach(f"{which}.{name}", each[:, k])
        kept, weight = _nearest(points[0], points[1], here, there, rule)
    else:
        many = int(of.max()) + 1
        of_mine, of_others = np.bincount(here, minlength=many), np.bincount(there, minlength=many)
        kept = (of_others[here] > 0).astype(np.float64)
        weight = of_mine[there] / of_others[there]
    return Matched(rule=rule, treated=kept, pool=weight, balance=_balances(mine, others, kept, weight))


def _column(which: str, given: Mapping[str, Any], name: str, rule: MatchRule) -> npt.NDArray[Any]:
    if name not in given:
        raise InputError(Code.MISSING, f"{which}.{name}", None, "a column to match on")
    column = as_held(f"{which}.{name}", np.asarray(given[name]))
    known = "biufU" if name in rule.exact else "biuf"
    if column.dtype.kind not in known or column.ndim != 1:
        wanted = "numbers or texts" if name in rule.exact else "numbers"
        raise InputError(Code.NOT_A_NUMBER, f"{which}.{name}", str(column.dtype), wanted)
    empty = column == "" if column.dtype.kind == "U" else ~np.isfinite(column)
    if empty.any():
        raise InputError(Code.MISSING, f"{which}.{name}", int(np.count_nonzero(empty)), "no empty cell")
    if column.dtype.kind in "iuf":
        within_reach(f"{which}.{name}", column)
    return column


def _one_length(columns: Mapping[str, npt.NDArray[Any]]) -> int:
    name, column = next(iter(columns.items()))
    for other, each in columns.items():
        if len(each) != len(column):
            raise InputError(Code.OUT_OF_RANGE, other, len(each), f"{len(column)}, as {name}")
    return len(column)


def _strata(
    mine: Mapping[str, npt.NDArray[Any]], others: Mapping[str, npt.NDArray[Any]], rule: MatchRule, size: int
) -> Ints:
    """Which accounts are alike: the class of each, the programme's first."""
    codes = [np.zeros(size, np.int64)]
    for name in rule.exact:
        if (mine[name].dtype.kind == "U") != (others[name].dtype.kind == "U"):
            raise InputError(Code.UNKNOWN_VALUE, f"pool.{name}", str(others[name].dtype), "the same kind")
        codes += [
            np.unique(each, return_inverse=True)[1].astype(np.int64)
            for each in _same_only(name, mine[name], others[name])
        ]
    for name, cuts in rule.coarsened.items():
        both = np.concatenate((mine[name], others[name]))
        codes.append(np.searchsorted(np.array(cuts), both, side="right").astype(np.int64))
    return alike(*codes)[1]


def _same_only(name: str, mine: npt.NDArray[Any], others: npt.NDArray[Any]) -> list[npt.NDArray[Any]]:
    """Both columns as one or two, in which rows are the same where their values are, and nowhere else."""
    sides = (mine, others)
    kinds = {each.dtype.kind for each in sides}
    if kinds == {"i", "u"}:
        # No type holds both: numpy would round them to floats.
        return [
            np.concatenate([each.astype(np.uint64) for each in sides]),
            np.concatenate([each < 0 for each in sides]),
        ]
    if "f" in kinds:
        for which, each in (("treated", mine), ("pool", others)):
            beyond = (each > MOST) | (each < -MOST) if each.dtype.kind in "iu" else np.zeros(0, np.bool_)
            if beyond.any():
                rule = f"between {-MOST} and {MOST} where the other column has floats"
                raise InputError(Code.OUT_OF_RANGE, f"{which}.{name}", int(each[beyond][0]), rule)
    return [np.concatenate(sides)]


def _nearest(
    points: Floats, others: Floats, here: Ints, there: Ints, rule: MatchRule
) -> tuple[Floats, Floats]:
    """Whom each account is nearest to among those of its class: which have one, and how much each counts."""
    kept, weight = np.zeros(len(points)), np.zeros(len(others))
    most = np.inf if rule.caliper is None else float(rule.caliper)
    order, pool_order = np.argsort(here, kind="stable"), np.argsort(there, kind="stable")
    classes = np.unique(here)
    bounds = np.searchsorted(here[order], classes), np.searchsorted(here[order], classes, side="right")
    pools = (
        np.searchsorted(there[pool_order], classes),
        np.searchsorted(there[pool_order], classes, side="right"),
    )
    for low, high, first, last in zip(*bounds, *pools, strict=True):
        if first == last:
            continue
        theirs = pool_order[first:last]
        width = max(AT_ONCE // len(theirs), 1)
        for begin in range(int(low), int(high), width):
            some = order[begin : min(begin + width, int(high))]
            far = np.zeros((len(some), len(theirs)))
            for k in range(points.shape[1]):
                far += (points[some, k][:, None] - others[theirs, k][None, :]) ** 2
            far = np.rint(np.sqrt(far) / _STEP)
            best = far.min(axis=1)
            near = best * _STEP <= most
            tied = (far == best[:, None]) & near[:, None]
            kept[some[near]] = 1
            weight[theirs] += (tied / np.maximum(tied.sum(axis=1), 1)[:, None]).sum(axis=0)
    return kept, weight


def _balances(
    mine: Mapping[str, npt.NDArray[Any]],
    others: Mapping[str, npt.NDArray[Any]],
    kept: Floats,
    weight: Floats,
) -> tuple[Balance, ...]:
    found = []
    for name, column in mine.items():
        if column.dtype.kind == "U":
            found += [
                _balance(name, value, column == value, others[name] == value, kept, weight)
                for value in np.union1d(column, others[name]).tolist()
            ]
        else:
            found.append(_balance(name, "", column, others[name], kept, weight))
    return tuple(found)


def _balance(
    name: str,
    value: str,
    column: npt.NDArray[Any],
    other: npt.NDArray[Any],
    kept: Floats,
    weight: Floats,
) -> Balance:
    a, b = column.astype(np.float64), other.astype(np.float64)
    own = float(a.mean())
    theirs = float(b.mean()) if len(b) else float("nan")
    spread = float(np.sqrt((_variance(a) + _variance(b)) / 2))
    some = kept.sum() > 0
    left = float(np.sum(a * kept) / kept.sum()) if some else None
    like = float(np.sum(b * weight) / weight.sum()) if some else None
    after = None if left is None or like is None or not spread else (left - like) / spread
    return Balance(
        column=name,
        value=value,
        treated=own,
        pool=theirs,
        matched_treated=left,
        matched=like,
        before=(own - theirs) / spread if spread and len(b) else None,
        after=after,
    )


def _variance(column: Floats) -> float:
    return float(column.var(ddof=1)) if len(column) > 1 else 0.0


def _deviation(column: npt.NDArray[Any]) -> float:
    return float(np.sqrt(_variance(column.astype(np.float64)))) or 1.0
