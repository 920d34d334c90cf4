"""A policy's rules moved over a portfolio: what each variant comes to, and what the differences are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from math import isnan
from typing import Any, Literal

import numpy as np

from repayplan.ability.household import Households
from repayplan.ability.obligors import Obligors
from repayplan.basics.blocks import Progress, asked, block_rows, run_blocks
from repayplan.basics.columns import Screen
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import to_decimal
from repayplan.basics.outcome import Bools, Ints
from repayplan.basics.rulepath import value_at
from repayplan.basics.ruletext import inline
from repayplan.offers.behind import OfLoans
from repayplan.offers.policy import Policy
from repayplan.offers.proposing import propose
from repayplan.plans.loan import Loans
from repayplan.programmes.changed import Changed, changed, joined
from repayplan.programmes.lender import Lender, Worth
from repayplan.programmes.sharing import Block, Decided, alike, decide
from repayplan.programmes.tally import Amounts, Tally, metrics, tallied
from repayplan.programmes.variants import Axes, Variant, variants

BLOCK = 32_768
"""Loans on which all variants decide before the next are looked at."""
MOST_SEGMENTS = 1_000
"""More labels than these are no segments."""
BASELINE = -1
"""In the place of a variant's number: the policy as it is."""
Direction = Literal["most", "least"]
Figure = int | float | Decimal | None
"""A metric of one variant: a count, a share or mean, an amount; None where there is nothing to tell it by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What one axis alone does to a metric.

    Attributes
    ----------
    path
        The axis.
    low, high
        The metric at its least and at its most among the variants that differ from the baseline there alone,
        and the baseline.
    low_value, high_value
        What the policy says there then.
    baseline
        The metric of the baseline.
    """

    path: str
    low: Figure
    high: Figure
    low_value: Any
    high_value: Any
    baseline: Figure

    @property
    def spread(self) -> Any:
        """From the least to the most."""
        return None if self.low is None or self.high is None else self.high - self.low  # type: ignore[operator]


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Sweep:
    """What variants of a policy decide on a portfolio, one after the other.

    Attributes
    ----------
    policy
        The baseline.
    paths
        The axes.
    variants
        In order: values by path, and the policy with its fingerprint.
    by, segments
        The column that segments are told by, and their labels; one without a label where none was asked for.
    loans
        How many were decided on by each.
    """

    policy: Policy
    paths: tuple[str, ...]
    variants: tuple[Variant, ...]
    by: str | None
    segments: tuple[str, ...]
    loans: int
    _tallies: list[list[Tally]] = field(repr=False)
    _valued: bool = field(repr=False)
    _kept: list[tuple[Ints, list[Decided]]] | None = field(repr=False)

    def __len__(self) -> int:
        return len(self.variants)

    def __repr__(self) -> str:
        return f"Sweep({len(self)} variants of {self.policy.name!r}, {self.loans} loans)"

    @property
    def columns(self) -> dict[str, Any]:
        """The metrics, a value for each variant: int64 counts, float64 shares, Decimal amounts (object).

        Shares are percent: of loans, of those eligible; of offers, of those offered. NaN, or None of an
        amount, where there is nothing to tell it by; None too of a total beyond int64 minor units.
        """
        return {name: _plain(each) for name, each in self._told.items()}

    @property
    def baseline(self) -> dict[str, Figure]:
        """The same of the policy as it is."""
        return {name: self._figure(each, 0) for name, each in self._metrics(self._whole[-1:]).items()}

    def metric(self, name: str) -> list[Figure]:
        """One metric of each variant.

        Raises
        ------
        InputError
            No metric has this name; or a total of it leaves int64 (in the table it is missing).
        """
        found = self._told
        if name not in found:
            raise InputError(Code.UNKNOWN_VALUE, "metric", name, f"one of {', '.join(found)}")
        if isinstance(found[name], Amounts) and found[name].beyond.any():
            which = int(np.flatnonzero(found[name].beyond)[0])
            raise InputError(Code.BEYOND_DOMAIN, name, f"variant {which}", "a total within int64 minor units")
        return [self._figure(found[name], i) for i in range(len(self))]

    def to_frame(self, kind: Any = "pandas", *, by_segment: bool = False) -> Any:
        """A row for each variant, its number, values and fingerprint before the metrics.

        Parameters
        ----------
        kind
            As of :meth:`repayplan.plans.schedule.Schedules.to_frame`.
        by_segment
            A row for each variant and segment instead.

        Raises
        ------
        InputError
            ``kind`` is no kind of frame.
        ImportError
            The library isn't installed; the message names the extra.
        """
        from repayplan.edges.cells import Column, column
        from repayplan.edges.frames import frame_of

        count = len(self.segments) if by_segment else 1
        number = np.repeat(np.arange(len(self)), count)
        table: dict[str, Any] = {"variant": column(number)}
        for path in self.paths:
            table[path] = column(_shown([each.values[path] for each in self.variants])[number])
        table["fingerprint"] = column(np.array([each.fingerprint for each in self.variants])[number])
        tallies = self._whole[:-1]
        if by_segment:
            tallies = [each for variant in self._tallies[:-1] for each in variant]
            table[self.by or "segment"] = column(np.tile(np.array(self.segments), len(self)))
        for name, each in self._metrics(tallies).items():
            if isinstance(each, Amounts):
                table[name] = Column(
                    kind="money", values=each.units, decimals=each.places, missing=each.missing
                )
            else:
                table[name] = column(each)
        return frame_of(table, kind)

    def changed(self, before: int, after: int) -> Changed:
        """On which loans two variants decide otherwise, by the caller's row number.

        Parameters
        ----------
        before, after
            Numbers of variants, counted from 0; -1 is the baseline.

        Raises
        ------
        InputError
            The sweep kept no decisions (``keep=True``), or there is no such variant.
        """
        if self._kept is None:
            raise InputError(
                Code.MISSING, "keep", None, "sweep(..., keep=True) keeps what each variant decides"
            )
        for name, number in (("before", before), ("after", after)):
            if type(number) is not int or not BASELINE <= number < len(self):
                rule = f"-1 (the baseline) to {len(self) - 1}"
                raise InputError(Code.OUT_OF_RANGE, name, number, rule)
        found = joined([changed(rows, made[before], made[after]) for rows, made in self._kept])
        order = np.argsort(found.row, kind="stable")
        return found.take(order)

    def pareto(self, objectives: Mapping[str, Direction]) -> tuple[int, ...]:
        """The variants that none beats: none is as good by all metrics and better by one.

        Parameters
        ----------
        objectives
            Metrics, and whether ``"most"`` or ``"least"`` of each is best. Variants without one of them (no
            offers: no mean) are left out; of equal ones all stay.

        Raises
        ------
        InputError
            No metric is named, one isn't known, or another direction.
        """
        if not objectives:
            raise InputError(Code.MISSING, "objectives", objectives, "at least one metric")
        values = []
        for name, direction in objectives.items():
            if direction not in ("most", "least"):
                raise InputError(Code.UNKNOWN_VALUE, f"objectives.{name}", direction, "most or least")
            values.append([_signed(each, direction) for each in self.metric(name)])
        points = list(zip(*values, strict=True))
        known = [i for i, point in enumerate(points) if None not in point]

        def beaten(i: int) -> bool:
            mine = points[i]
            return any(
                points[j] != mine and all(a <= b for a, b in zip(points[j], mine, strict=True)) for j in known
            )

        return tuple(i for i in known if not beaten(i))

    def sensitivity(self, metric: str) -> tuple[Effect, ...]:
        """What each axis does to a metric while the others stay as the baseline says; the most first.

        Told by the variants that differ from the baseline at one path alone: of all combinations, those
        with the baseline's values of the other axes; ``one_at_a_time=True`` makes just these.

        Raises
        ------
        InputError
            No metric has this name; or no variant differs at one of the paths alone.
        """
        values, out = self.metric(metric), []
        base = self.baseline.get(metric)
        for path in self.paths:
            alone = [i for i, each in enumerate(self.variants) if each.changed == (path,)]
            if not alone:
                rule = "no variant differs from the baseline there alone: one_at_a_time=True makes them"
                raise InputError(Code.MISSING, path, None, rule)
            held = value_at(self.policy, path)
            known = [(values[i], self.variants[i].values[path]) for i in alone] + [(base, held)]
            known = [each for each in known if each[0] is not None]
            low = min(known, key=_first, default=(None, None))
            high = max(known, key=_first, default=(None, None))
            out.append(
                Effect(
                    path=path,
                    low=low[0],
                    high=high[0],
                    low_value=low[1],
                    high_value=high[1],
                    baseline=base,
                )
            )
        return tuple(sorted(out, key=lambda each: -float(each.spread or 0)))

    @cached_property
    def _told(self) -> dict[str, Any]:
        """The metrics of the variants."""
        return self._metrics(self._whole[:-1])

    @cached_property
    def _whole(self) -> list[Tally]:
        """Of all segments together: the variants, then the baseline."""
        out = []
        for each in self._tallies:
            whole = Tally()
            for tally in each:
                whole.add(tally)
            out.append(whole)
        return out

    def _metrics(self, tallies: list[Tally]) -> dict[str, Any]:
        return metrics(tallies, valued=self._valued, decimals=self.policy.decimals)

    @staticmethod
    def _figure(column: Any, i: int) -> Figure:
        if isinstance(column, Amounts):
            return None if column.missing[i] else to_decimal(int(column.units[i]), column.places)
        value: Figure = column[i].item()
        return None if isinstance(value, float) and isnan(value) else value


def _first(pair: tuple[Any, Any]) -> Any:
    return pair[0]


def _signed(value: Any, direction: Direction) -> Any:
    """Less is better."""
    return value if value is None or direction == "least" else -value


def _plain(column: Any) -> Any:
    if not isinstance(column, Amounts):
        return column
    units, places, missing, _ = column
    amounts = [
        None if gone else to_decimal(int(each), places) for each, gone in zip(units, missing, strict=True)
    ]
    out = np.empty(len(amounts), np.object_)
    out[:] = amounts
    return out


def _shown(values: list[Any]) -> Any:
    """An axis's values as a column: whole numbers, numbers, or text as the policy's text has it."""
    if all(type(each) is int for each in values):
        return np.array(values, np.int64)
    if all(isinstance(each, (int, Decimal)) and not isinstance(each, bool) for each in values):
        return np.array([float(each) for each in values])
    return np.array([as_written(each) for each in values], np.str_)


def as_written(value: Any) -> str:
    """A value of a rule as the policy's text has it, without quotes around it; nothing of None.

    Examples
    --------
    >>> as_written(Decimal("0.50")), as_written(("a", "b")), as_written(None)
    ('0.5', '["a", "b"]', '')
    """
    return "" if value is None else inline(value).strip('"')


def sweep(
    loans: Loans,
    households: OfLoans,
    policy: Policy,
    axes: Axes,
    *,
    one_at_a_time: bool = False,
    by: str | None = None,
    lender: Lender | None = None,
    keep: bool = False,
    workers: int = 1,
    progress: Progress | None = None,
) -> Sweep:
    """What a policy would decide on a portfolio if some of its rules said something else.

    Every figure is that of a separate :func:`~repayplan.propose` by each variant. What variants agree on is
    worked out once: where only the limit moves, each loan is searched under the longest plans allowed, and
    again only where what was found doesn't settle the others.

    Parameters
    ----------
    loans, households
        Batches, as of :func:`~repayplan.propose`.
    policy
        The baseline; it stays as it is, and is decided by as well.
    axes
        The values of some rules, by dotted path as in the policy's text: ``{"limit.percent": ["20", "50"],
        "concessions.cut_rate.floor": ["0.02", "0.03"]}``; all combinations, the last axis fastest. Or a list
        of the combinations themselves.
    one_at_a_time
        Each value beside the baseline's of the other axes, instead of all combinations.
    by
        A column of the loans, or ``region`` or ``tenure`` of the households, by whose values the metrics
        are told apart as well.
    lender
        How contracts and plans are valued; None: nothing is said of the lender's loss.
    keep
        Whether :meth:`Sweep.changed` can be asked: 12 bytes a loan and variant are kept, and about 300 bytes
        a decision that differs.
    workers
        Threads, over blocks of loans; the result doesn't depend on it.
    progress
        Called with decisions made and decisions in all.

    Raises
    ------
    InputError
        Before anything is decided: a path that the policy doesn't have, or a value that it refuses, named
        with the path; a column that a variant looks at and the loans lack; an unknown column ``by``; no
        lender.
    TypeError
        The batches differ in length, or are no batches.

    Examples
    --------
    >>> from repayplan import Households, Loans
    >>> loans = Loans.from_columns(
    ...     principal=["12000", "9000", "20000"],
    ...     annual_rate="0.12",
    ...     original_term=36,
    ...     elapsed=10,
    ...     unpaid=26,
    ...     next_due="2026-01-31",
    ... )
    >>> homes = Households.from_columns(net_income=["2500", "2400", "2600"])
    >>> made = sweep(loans, homes, Policy.example("consumer"), {"limit.percent": ["0", "50", "100"]})
    >>> made.metric("offered"), made.metric("extension_mean")
    ([0, 2, 3], [None, 4.5, 10.0])
    """
    chosen = variants(policy, axes, one_at_a_time=one_at_a_time)
    _check_batches(loans, households)
    if not isinstance(lender, Lender | None):
        raise InputError(Code.UNKNOWN_VALUE, "lender", lender, "a Lender, or None")
    policies = [*(each.policy for each in chosen), policy]
    groups = alike(policies)
    none = np.zeros(0, np.int64)
    for group in groups:  # what is wrong with the whole of a call is said of no loans too
        propose(loans.take(none), households.take(none), policies[group[0]])
    segment, labels = _segments(loans, households, by)
    bad = loans.failures.mask(len(loans)) | households.failures.mask(len(loans))
    good = np.flatnonzero(~bad)
    rates = None if lender is None else lender.rates(len(loans))
    step = block_rows(len(good), BLOCK, asked(workers))
    parts = [good[start : start + step] for start in range(0, len(good), step)] or [good]

    def work(rows: Ints) -> tuple[list[list[Tally]], list[Decided]]:
        some = loans if len(rows) == len(loans) else loans.take(rows)
        homes = households if len(rows) == len(loans) else households.take(rows)
        worth = None
        if lender is not None and rates is not None:
            worth = Worth.of(lender, some, rates[0][rows], rates[1][rows])
        block, mine = Block.of(some, homes, worth), segment[rows]
        found: list[list[Tally]] = [[] for _ in policies]
        kept: list[Any] = [None] * len(policies)
        # What the ends of an axis are known by tells most of what lies between.
        for group in (*groups[:1], *groups[:0:-1][:1], *groups[1:-1]):
            for number, made in zip(group, decide(block, [policies[n] for n in group]), strict=True):
                found[number] = tallied(made, some.frequency, mine, len(labels))
                if keep:
                    kept[number] = made.small()
        return found, kept

    every = len(policies)
    made = run_blocks(work, parts, lambda rows: len(rows) * every, workers=workers, progress=progress)
    totals = [[_failed(segment, bad, number) for number in range(len(labels))] for _ in policies]
    for found, _ in made:
        for total, one in zip(totals, found, strict=True):
            for whole, each in zip(total, one, strict=True):
                whole.add(each)
    return Sweep(
        policy=policy,
        paths=tuple(chosen[0].values),
        variants=chosen,
        by=by,
        segments=labels,
        loans=len(loans),
        _tallies=totals,
        _valued=lender is not None,
        _kept=[(rows, kept) for rows, (_, kept) in zip(parts, made, strict=True)] if keep else None,
    )


def _check_batches(loans: object, households: object) -> None:
    """TypeError unless both are batches of one length."""
    if not isinstance(loans, Loans) or not isinstance(households, (Households, Obligors)):
        msg = "a batch of loans with a batch of households or obligors"
        raise TypeError(msg)
    if len(loans) != len(households):
        msg = f"{len(loans)} loans, {len(households)} households"
        raise TypeError(msg)


def _segments(loans: Loans, households: OfLoans, by: str | None) -> tuple[Ints, tuple[str, ...]]:
    """The number of each loan's segment, and their labels in order."""
    if by is None:
        return np.zeros(len(loans), np.int64), ("",)
    if by in loans.extra:
        values = Screen(len(loans)).text(loans.extra[by])
    elif isinstance(households, Households) and by in ("region", "tenure"):
        values = getattr(households, by)
    else:
        known = ", ".join((*loans.extra, "region", "tenure"))
        raise InputError(Code.UNKNOWN_VALUE, "by", by, f"a column of the loans, or of households: {known}")
    labels, number = np.unique(np.asarray(values, np.str_), return_inverse=True)
    if len(labels) > MOST_SEGMENTS:
        rule = f"at most {MOST_SEGMENTS} different labels, not {len(labels)}"
        raise InputError(Code.OUT_OF_RANGE, "by", by, rule)
    return number.reshape(-1), tuple(labels.tolist()) or ("",)


def _failed(segment: Ints, bad: Bools, number: int) -> Tally:
    """The loans of a segment that can't be decided on by any policy."""
    tally, count = Tally(), int((bad & (segment == number)).sum())
    tally.counts.update({"loans": count, "failed": count})
    return tally
