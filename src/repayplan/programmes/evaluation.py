"""What a programme achieved: one table of figures, each with its n, and the goals held against them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from repayplan.ability.figures import whole
from repayplan.accounts.lateness import MOST_DAYS, Buckets
from repayplan.basics.errors import Code, InputError
from repayplan.programmes.budget import Budget
from repayplan.programmes.comparison import Compared
from repayplan.programmes.figure import Figure
from repayplan.programmes.goal import Met
from repayplan.programmes.incidence import Incidence
from repayplan.programmes.proportions import quantile
from repayplan.programmes.rolls import RollRates
from repayplan.programmes.tracing import FigureRows, Trail


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationRule:
    """What is called overdue, default and cure.

    Parameters
    ----------
    overdue_from_days, default_from_days
        Days past due from which an account is overdue, and from which a plan has defaulted, which
        are as many or more.
    cured_after
        How many instalments of the plan have to be paid in time, the last ones, until an account that was
        overdue is cured by the plan.
    window_months
        How many months, up to each look, money received is held against money that fell due. Where a look is
        on the last day of a month, they begin after the last day of one.
    buckets
        Ranges of days past due.
    small_cell
        A figure of fewer is flagged.
    confidence
        Of all intervals.

    Raises
    ------
    InputError
        A number that can't be.
    """

    overdue_from_days: int
    default_from_days: int
    cured_after: int
    window_months: int
    buckets: Buckets
    small_cell: int = 10
    confidence: Decimal = Decimal("0.95")

    def __post_init__(self) -> None:
        whole("evaluation.overdue_from_days", self.overdue_from_days, 1, MOST_DAYS, "days")
        whole("evaluation.default_from_days", self.default_from_days, 1, MOST_DAYS, "days")
        if self.default_from_days < self.overdue_from_days:
            rule = f"{self.overdue_from_days} or more: what has defaulted is overdue"
            raise InputError(Code.OUT_OF_RANGE, "evaluation.default_from_days", self.default_from_days, rule)
        whole("evaluation.cured_after", self.cured_after, 1, 120, "instalments")
        whole("evaluation.window_months", self.window_months, 1, 120, "months")
        whole("evaluation.small_cell", self.small_cell, 1, 1_000_000, "accounts")
        ranges: object = self.buckets
        if not isinstance(ranges, Buckets):
            code = Code.MISSING if ranges is None else Code.UNKNOWN_VALUE
            raise InputError(code, "evaluation.buckets", ranges, "Buckets")
        quantile(self.confidence)
        object.__setattr__(self, "confidence", Decimal(self.confidence))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evaluation:
    """What a programme achieved.

    Attributes
    ----------
    rule
        By which.
    accounts, excluded
        How many accounts it is about, and how many couldn't be replayed at one of the looks and are in none
        of the figures.
    figures
        Every figure; what wasn't given is there too, and says so.
    goals
        What became of them.
    compared
        Groups, weights, balance and assumptions of the comparison; None: there is none.
    before_on, began, as_of
        The last day of the first look; the first day of the first plan; the last day of the second look.
    currency
        Of all amounts, where the accounts or the budget know it; None: nobody said.
    redefault
        Default by month on book.
    rolls
        Roll rates by the measure (``"contract"``, ``"plan"``), where there is a history of two month ends.
    budget
        As it was given.
    trail
        What :meth:`rows` are read from: the statements, and whatever else was given.
    """

    rule: EvaluationRule
    accounts: int
    excluded: int
    figures: tuple[Figure, ...]
    goals: tuple[Met, ...]
    compared: Compared | None
    before_on: date
    began: date
    as_of: date
    currency: str | None
    redefault: Incidence
    rolls: Mapping[str, RollRates]
    budget: Budget | None
    trail: Trail = field(repr=False)

    def figure(self, name: str, group: str = "") -> Figure:
        """One of the figures.

        Raises
        ------
        InputError
            There is none of that name and group.
        """
        for each in self.figures:
            if (each.name, each.group) == (name, group):
                return each
        raise InputError(
            Code.UNKNOWN_VALUE, "figure", f"{name} {group}".strip(), "a figure of the evaluation"
        )

    def rows(self, name: str, group: str = "") -> FigureRows:
        """The rows that a figure is reckoned from: which accounts it is of, and which of them it counts.

        With them a figure can be reckoned again. ``n`` is how many rows there are; of money, how many have a
        ``whole`` of more than 0; of payments, of how many accounts they are; of ``on_time``, which is of
        instalments, ``n`` is the sum of ``whole`` and ``count`` that of ``part``. ``count`` is how many rows
        are ``counted``, ``amount`` the sum of ``part``, and a share is ``counted`` of all, or ``part`` of
        ``whole``. A change is that of the two looks. Default again by
        month rests on the rows of the months before too, what a cured account cost on
        ``budget.total_actual``, and the return on ``recovered.total``.

        Parameters
        ----------
        name, group
            As of :meth:`figure`.

        Returns
        -------
        :class:`~repayplan.FigureRows`; without rows where what the figure needs wasn't given.

        Raises
        ------
        InputError
            There is no figure of that name and group.
        """
        return self.trail.rows(self.figure(name, group))

    @property
    def data(self) -> dict[str, Any]:
        """Everything for JSON: numbers of money and derived ones as exact text."""
        assumptions = () if self.compared is None else self.compared.differences.assumptions
        return {
            "rule": {
                "overdue_from_days": self.rule.overdue_from_days,
                "default_from_days": self.rule.default_from_days,
                "cured_after": self.rule.cured_after,
                "window_months": self.rule.window_months,
                "buckets": {
                    "from_days": list(self.rule.buckets.from_days),
                    "names": list(self.rule.buckets.names),
                },
                "small_cell": self.rule.small_cell,
                "confidence": f"{self.rule.confidence:f}",
            },
            "accounts": self.accounts,
            "excluded": self.excluded,
            "currency": self.currency,
            "figures": [each.data for each in self.figures],
            "goals": [each.data for each in self.goals],
            "assumptions": [{"name": name, "en": en, "zh": zh} for name, en, zh in assumptions],
        }

    def to_json(self) -> str:
        """The same as text."""
        return json.dumps(self.data, ensure_ascii=False, indent=1)

    def to_frame(self, kind: Any = "pandas") -> Any:
        """The figures as a frame, a row each: name, label, group, n, count, value, interval, amount, flags.

        Parameters
        ----------
        kind
            As of :meth:`repayplan.plans.batch.Schedules.to_frame`.

        Raises
        ------
        InputError
            ``kind`` is no kind of frame.
        ImportError
            The library isn't installed; the message names the extra.
        """
        from repayplan.edges.frames import frame_of
        from repayplan.edges.results import evaluation_rows

        return frame_of(evaluation_rows(self), kind)
