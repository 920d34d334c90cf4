"""What a sweep found: a row a variant, what beats what, and what each rule alone does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import isnan
from typing import Any

import numpy as np

from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import to_decimal
from repayplan.basics.outcome import Ints
from repayplan.basics.rulepath import value_at
from repayplan.offers.policy import Policy
from repayplan.programmes.changed import Changed, changed, joined
from repayplan.programmes.decided import Decided
from repayplan.programmes.sweepvalues import Direction, Effect, Figure, as_column, plain, signed
from repayplan.programmes.tally import Amounts, Tally, metrics
from repayplan.programmes.variants import Variant

BASELINE = -1
"""In the place of a variant's number: the policy as it is."""


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
        return {name: plain(each) for name, each in self._told.items()}

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
            As of :meth:`repayplan.plans.batch.Schedules.to_frame`.
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
            table[path] = column(as_column([each.values[path] for each in self.variants])[number])
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
            values.append([signed(each, direction) for each in self.metric(name)])
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
