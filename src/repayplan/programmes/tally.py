"""What a policy's decisions on a portfolio come to: counts and exact sums, block by block."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from repayplan.basics.dates import LOW, a_month_in_limbs, in_limbs
from repayplan.basics.errors import Code
from repayplan.basics.outcome import Bools, Ints
from repayplan.offers.grounds import REASONS
from repayplan.offers.policy import Policy
from repayplan.programmes.decided import Decided
from repayplan.programmes.lender import VALUES

TOTALS = ("total_interest", "never_paid", "forborne")
"""Amounts of offers that are added up."""
FINEST = np.iinfo(np.int64).max


class Amounts(NamedTuple):
    """A metric's exact amounts.

    Attributes
    ----------
    units, places
        int64, and decimals of their minor unit.
    missing, beyond
        bool; where there is none, and where that is because a total leaves int64.
    """

    units: Ints
    places: int
    missing: Bools
    beyond: Bools


@dataclass(eq=False)
class Tally:
    """Counts and sums of decisions on some loans; two of different loans are added.

    Attributes
    ----------
    counts
        Of loans, by name.
    reasons, steps
        Refused loans by reason, of which one may have several; offers by the steps that they use.
    months
        int64; offers by whole months of extension, from none on.
    sums
        Exact, by name and the decimals of the minor unit.
    left
        The least that any offer leaves to live on a month, by decimals.
    """

    counts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[Code] = field(default_factory=Counter)
    steps: Counter[str] = field(default_factory=Counter)
    months: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    sums: Counter[tuple[str, int]] = field(default_factory=Counter)
    left: dict[int, int] = field(default_factory=dict)

    def add(self, other: Tally) -> None:
        """Takes over what another counts."""
        for name in ("counts", "reasons", "steps", "sums"):
            mine = getattr(self, name)
            for key, count in getattr(other, name).items():
                mine[key] += count
        longer, shorter = sorted((self.months, other.months), key=len, reverse=True)
        self.months = longer.copy()
        self.months[: len(shorter)] += shorter
        for places, least in other.left.items():
            self.left[places] = min(self.left.get(places, least), least)


def labels(policy: Policy) -> tuple[str, ...]:
    """What each step of a policy's waterfall is called: with its component, and its number if it is another.

    Examples
    --------
    >>> labels(Policy.example("consumer"))
    ('extend',)
    """
    names = [s.step if s.component is None else f"{s.step}_{s.component}" for s in policy.steps]
    before = (names[:i].count(name) for i, name in enumerate(names))
    return tuple(f"{name}_{k + 1}" if k else name for name, k in zip(names, before, strict=True))


def tallied(decided: Decided, frequency: Ints, segment: Ints, segments: int) -> list[Tally]:
    """The counts and sums of a policy's decisions on a block, one for each segment.

    Parameters
    ----------
    frequency
        int64, of each loan of the block.
    segment
        int64, of each loan: the number of its segment.
    """
    whose = segment[decided.row]
    offered, eligible = decided.column("offered"), decided.column("eligible")
    refused = np.flatnonzero(~offered)
    because = decided.reasons(refused)
    out = []
    for number in range(segments):
        mine = whose == number
        some = np.flatnonzero(offered & mine)
        tally = _of_offers(decided, some, frequency[decided.row[some]])
        tally.steps.update(dict.fromkeys(labels(decided.policy), 0))
        loans, good = int((segment == number).sum()), int(mine.sum())
        counts = {"loans": loans, "failed": loans - good, "offered": len(some)}
        tally.counts.update(counts | {"eligible": int((eligible & mine).sum())})
        judged = (eligible & mine)[refused]
        for code, mask in because.items():
            held = int((mask & judged).sum())
            if held:
                tally.reasons[code] += held
        out.append(tally)
    return out


def _of_offers(decided: Decided, some: Ints, frequency: Ints) -> Tally:
    """The figures of some of the decisions, all of them offers."""
    tally = Tally()
    if not len(some):
        return tally
    tally.months = np.bincount(decided.column("extension_months", some))
    degree = decided.pool.columns["degree"][decided.where[some]]
    for name, count in zip(labels(decided.policy), (degree > 0).sum(axis=0).tolist(), strict=True):
        tally.steps[name] += count
    tally.counts["breached"] = int(decided.column("breached", some).sum())
    tally.counts["extended"] = len(some) - int(tally.months[0])
    places = decided.column("decimals", some)
    for unit, mine in _by_unit(places):
        at = some if mine is None else some[mine]
        often = frequency if mine is None else frequency[mine]
        for name in ("instalment_before", "instalment_after"):
            tally.sums[name, unit] += month_total(decided.column(name, at), often)
        for name in TOTALS:
            tally.sums[name, unit] += exact_total(decided.column(name, at))
        tally.left[unit] = int(decided.column("left_to_live_on", at).min())
    if "lost" in decided.pool.columns:
        valued = some[decided.column("valued", some)]
        tally.counts["valued"] = len(valued)
        tally.counts["diminished"] = int(decided.column("diminished", valued).sum())
        for unit, mine in _by_unit(decided.column("value_decimals", valued)):
            at = valued if mine is None else valued[mine]
            for name in VALUES:
                tally.sums[name, unit] += exact_total(decided.column(name, at))
    return tally


def _by_unit(places: Ints) -> Iterable[tuple[int, Bools | None]]:
    """Rows by the decimals of their minor unit; None: all of them."""
    if not len(places):
        return []
    units = np.unique(places).tolist()
    return [(unit, None if len(units) == 1 else places == unit) for unit in units]


def exact_total(values: Ints) -> int:
    """The sum of int64 values, however large.

    Examples
    --------
    >>> exact_total(np.array([2**62, 2**62, 2**62])) == 3 * 2**62
    True
    """
    size = len(values)
    if not size or max(-int(values.min()), int(values.max())) <= FINEST // size:
        return int(values.sum())
    limbs = in_limbs(values)
    return (int(limbs.high.sum()) << LOW) + int(limbs.low.sum())


def month_total(instalments: Ints, frequency: Ints) -> int:
    """The sum of instalments by the month, each rounded up.

    Examples
    --------
    Of a week and of a month:

    >>> from repayplan.basics.dates import FREQUENCY_INDEX
    >>> month_total(np.array([300, 100]), np.array([FREQUENCY_INDEX["weekly"], FREQUENCY_INDEX["monthly"]]))
    1400
    """
    if not frequency.any():
        return exact_total(instalments)
    limbs = a_month_in_limbs(instalments, frequency)
    return (int(limbs.high.sum()) << LOW) + int(limbs.low.sum())


def percentile(counts: Ints, percent: int) -> float:
    """The least value that so many percent of those counted don't exceed (nearest rank); NaN of none.

    Examples
    --------
    >>> percentile(np.array([1, 2, 0, 7]), 50), percentile(np.array([1, 2, 0, 7]), 30)
    (3.0, 1.0)
    """
    total = int(counts.sum())
    if not total:
        return float("nan")
    rank = max(-(-percent * total // 100), 1)
    return float(np.searchsorted(np.cumsum(counts), rank))


_SUMS = {"before_a_month": "instalment_before", "after_a_month": "instalment_after"}


def metrics(tallies: list[Tally], *, valued: bool, decimals: int) -> dict[str, Any]:
    """Columns with a figure for each tally; which columns doesn't depend on what is counted.

    Parameters
    ----------
    valued
        Whether offers are valued.
    decimals
        Of amounts, at least.

    Returns
    -------
    By name int64 counts, float64 shares and means (NaN of nothing), and :class:`Amounts`.
    """
    counts = {
        name: _counted(tallies, name) for name in ("loans", "failed", "eligible", "offered", "extended")
    }
    out: dict[str, Any] = {name: counts[name] for name in ("loans", "failed")}
    out["not_eligible"] = counts["loans"] - counts["failed"] - counts["eligible"]
    out |= {"eligible": counts["eligible"], "offered": counts["offered"]}
    out["refused"] = counts["eligible"] - counts["offered"]
    out["offered_percent"] = share(counts["offered"], counts["eligible"])
    out["refused_percent"] = share(out["refused"], counts["eligible"])
    for code in REASONS:
        held = np.array([each.reasons[code] for each in tallies])
        out[f"refused_{code.value}_percent"] = share(held, counts["eligible"])
    out["extended_percent"] = share(counts["extended"], counts["offered"])
    days = np.array([int((each.months * np.arange(len(each.months))).sum()) for each in tallies])
    out["extension_mean"] = share(days, counts["offered"]) / 100
    for percent in (50, 90):
        out[f"extension_p{percent}"] = np.array([percentile(each.months, percent) for each in tallies])
    for name in ("before_a_month", "after_a_month"):
        out[name] = _amounts(decimals, [_exact(each, _SUMS[name]) for each in tallies])
    pairs = [[_exact(each, name) for name in _SUMS.values()] for each in tallies]
    out["change_percent"] = np.array([_change(*pair) for pair in pairs])
    out["left_least"] = _amounts(decimals, [_least(each) for each in tallies])
    for name in TOTALS:
        out[name] = _amounts(decimals, [_exact(each, name) for each in tallies])
    for label in dict.fromkeys(label for each in tallies for label in each.steps):
        used = np.array([float(each.steps[label]) if label in each.steps else np.nan for each in tallies])
        out[f"uses_{label}_percent"] = share(used, counts["offered"])
    out["breached"] = _counted(tallies, "breached")
    if valued:
        out["valued"], diminished = _counted(tallies, "valued"), _counted(tallies, "diminished")
        for name in VALUES:
            values = [_exact(each, name) if each.counts["valued"] else None for each in tallies]
            out[name] = _amounts(decimals, values)
        pairs = [[_exact(each, name) for name in ("value_before", "value_after")] for each in tallies]
        out["lost_percent"] = -np.array([_change(*pair) for pair in pairs])
        out["diminished_percent"] = share(diminished, out["valued"])
    return out


def share(part: Any, whole: Ints) -> Any:
    """Percent; NaN of nothing."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(whole > 0, 100.0 * part / np.maximum(whole, 1), np.nan)


def _counted(tallies: list[Tally], name: str) -> Ints:
    return np.array([each.counts[name] for each in tallies], np.int64)


def _exact(tally: Tally, name: str) -> Mapping[int, int]:
    return {places: total for (each, places), total in tally.sums.items() if each == name}


def _least(tally: Tally) -> Mapping[int, int] | None:
    """The least of what is left, in its unit; None where nothing is offered."""
    if not tally.left:
        return None
    finest = max(tally.left)
    return {finest: min(least * 10 ** (finest - places) for places, least in tally.left.items())}


def _in_unit(amount: Mapping[int, int], places: int) -> int:
    return sum(units * 10 ** (places - own) for own, units in amount.items())


def _change(before: Mapping[int, int], after: Mapping[int, int]) -> float:
    """By how much percent one amount is above another; NaN of nothing."""
    finest = max((*before, *after), default=0)
    one, other = _in_unit(before, finest), _in_unit(after, finest)
    return 100 * (other - one) / one if one else float("nan")


def _amounts(decimals: int, amounts: list[Mapping[int, int] | None]) -> Amounts:
    """Amounts in the finest of their units."""
    finest = max((decimals, *(places for each in amounts if each for places in each)))
    totals = [0 if each is None else _in_unit(each, finest) for each in amounts]
    beyond = np.array([abs(each) > FINEST for each in totals], np.bool_)
    missing = np.array([each is None for each in amounts], np.bool_) | beyond
    units = np.array([0 if gone else each for gone, each in zip(missing, totals, strict=True)], np.int64)
    return Amounts(units, finest, missing, beyond)
