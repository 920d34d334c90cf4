"""Stages and their algebra: a plan is a sequence of stages and is read aloud like one."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any, Literal

from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import Minor
from repayplan.kernel.rules import Change, Rule
from repayplan.plans.column import Column
from repayplan.plans.pattern import Levy, Pattern
from repayplan.plans.spelling import spelt, spelt_levy, spelt_pattern

Repay = Literal["first", "spread", "last"]


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """One stretch of a plan; made by the functions that name a way to pay, not directly."""

    name: str
    rule: Rule
    length: Any = 0
    amount: Any = None
    repay: Repay | None = None
    option: str | None = None
    balloon: Any = None
    rate: Any = None
    pattern: Pattern | None = None
    on: Any = None
    levy: Levy | None = None
    until: Any = None
    at_least: Any = None
    merge_below: Any = None

    def __repr__(self) -> str:
        if self.levy is not None:
            return f"{self.name}({', '.join(spelt_levy(self.amount, self.levy))})"
        if self.name == "forbear":
            return f"{self.name}({spelt(self.amount)})"
        if self.name == "arrears":
            how = ', repay="last"' if self.repay == "last" else f", over={spelt(self.length)}"
            return f'{self.name}("{self.option}"{how})'
        if self.on is not None:
            then = "" if self.option is None else f', then="{self.option}"'
            return f"{self.name}({spelt(self.amount)}, on={spelt(self.on)}{then})"
        parts = [] if self.name in ("fixed_payment", "custom") else [spelt(self.length)]
        if self.until is not None:
            parts = [f"until={spelt(self.until)}"]
        if self.pattern is not None:
            parts += spelt_pattern(self.name, self.pattern)
        if self.name == "fixed_payment":
            parts.append(spelt(self.amount))
        elif self.amount is not None:
            what = "principal" if self.name == "equal_principal" else "instalment"
            parts.append(f"{what}={spelt(self.amount)}")
        if self.balloon is not None:
            parts.append(f"balloon={spelt(self.balloon)}")
        for name in ("at_least", "merge_below"):
            if getattr(self, name) is not None:
                parts.append(f"{name}={spelt(getattr(self, name))}")
        if self.rule.adds:
            parts.append('shortfall="capitalise"')
        if self.option is not None:
            parts.append(f'interest="{self.option}"')
        if self.name == "holiday" and self.option == "defer":
            parts.append(f'repay="{self.repay}"')
        if self.rate is not None:
            parts.append(f"rate={spelt(self.rate)}")
        if self.rule.change is not Change.RESOLVE:
            parts.append(f'rate_change="{self.rule.change.name.lower()}"')
        return f"{self.name}({', '.join(parts)})"


def _meant(value: Any) -> Any:
    """A part of a plan as what it means: numbers, dates and columns are the same however they are written."""
    if isinstance(value, (Column, bool, Enum)) or value is None:
        return value
    if isinstance(value, (int, float, Decimal, str)):
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            return value
        return number if number.is_finite() else str(value)
    if isinstance(value, date):
        return value.isoformat()
    if is_dataclass(value):
        return (type(value).__name__, *(_meant(getattr(value, each.name)) for each in fields(value)))
    if hasattr(value, "tolist"):  # numpy's
        return _meant(value.tolist())
    return tuple(map(_meant, value)) if hasattr(value, "__len__") else value


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """Stages in order; ``+`` joins plans.

    Two plans are equal where they say the same, however their numbers and dates are written: 500 and
    ``"500.00"`` are the same amount. Columns are compared by name, or value by value where they are given.

    Examples
    --------
    >>> from repayplan import equal_instalment, holiday
    >>> holiday(3, interest="capitalise") + equal_instalment(24)
    holiday(3, interest="capitalise") + equal_instalment(24)
    >>> equal_instalment(24, instalment=500) == equal_instalment(24, instalment="500.00")
    True
    """

    stages: tuple[Stage, ...]
    beside: tuple[Stage, ...] = ()
    """What has no rows of its own, such as a drawdown or a fee: its place among the stages doesn't matter."""

    def __add__(self, other: Plan) -> Plan:
        if not isinstance(other, Plan):
            return NotImplemented
        beside = self.beside + other.beside
        _arrears_once(beside)
        if not (self.stages and other.stages):
            return Plan(self.stages + other.stages, beside)
        ends = self.stages[-1].name
        if ends in ("bullet", "fixed_payment"):
            rule = "bullet and fixed_payment repay everything: nothing can follow them"
            raise InputError(Code.UNKNOWN_VALUE, "plan", ends, rule)
        stages = self.stages + other.stages
        _known_before_fixed(stages)
        return Plan(stages, beside)

    def __repr__(self) -> str:
        return " + ".join(map(repr, (*self.beside, *self.stages)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Plan):
            return NotImplemented
        return self is other or bool(
            _meant((self.stages, self.beside)) == _meant((other.stages, other.beside))
        )

    def __hash__(self) -> int:
        return hash(_meant((self.stages, self.beside)))

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the plan takes values from, by name, each once.

        Examples
        --------
        >>> from repayplan import col, equal_instalment, interest_only
        >>> (interest_only(col("wait")) + equal_instalment(col("unpaid"))).columns
        ('wait', 'unpaid')
        """
        return tuple(dict.fromkeys(_named([*self.beside, *self.stages])))

    @property
    def on_balance(self) -> bool:
        """Whether each period's interest is on its balance and falls due with it."""
        return all(each.name not in ("flat", "bullet") for each in self.stages)

    @property
    def own_rates(self) -> bool:
        """Whether a stage has a rate of its own."""
        return any(each.rate is not None for each in self.stages)

    def by_loan(self, columns: Container[str]) -> bool:
        """Whether any parameter is one a loan, or taken from one of these columns."""
        every = [*self.beside, *self.stages]
        return any(name in columns for name in _named(every)) or _by_loan(every)

    def check(self) -> None:
        """Raises :class:`InputError` where the plan can't be laid out.

        It has no stage, ends with a holiday, solves an instalment before a ``fixed_payment``, or moves
        principal beside interest that is added on.
        """
        if not self.stages:
            raise InputError(Code.MISSING, "plan", rule="a plan has a stage that repays what is owed")
        if self.stages[-1].name == "holiday":
            rule = "a plan ends with a stage that repays what is owed, not with a holiday"
            raise InputError(Code.UNKNOWN_VALUE, "plan", repr(self), rule)
        _known_before_fixed(self.stages)
        moved = [part.name for part in self.beside if part.on is not None]
        if moved and any(stage.rule.added_on for stage in self.stages):
            rule = "interest that is worked out once for all periods: nothing is drawn or prepaid beside it"
            raise InputError(Code.UNKNOWN_VALUE, "flat.interest", moved[0], rule)


def _arrears_once(beside: tuple[Stage, ...]) -> None:
    """Raises where the arrears of one component are repaid in two ways."""
    said = [part.option for part in beside if part.name == "arrears"]
    for name in said:
        if said.count(name) > 1:
            rule = "of each component it is said once how it is repaid"
            raise InputError(Code.DUPLICATE, "arrears.of", name, rule)


def _known_before_fixed(stages: tuple[Stage, ...]) -> None:
    """Raises where a stage is solved before one that goes on until everything is paid off."""
    solved = [s.name for s in stages if s.rule.solved and s.amount is None]
    if solved and stages[-1].name == "fixed_payment":
        # Each would depend on the other: how much is left, and how many rows that takes.
        rule = "before fixed_payment nothing is solved: give the instalment"
        raise InputError(Code.UNKNOWN_VALUE, "plan", solved[0], rule)


def _named(part: Any) -> Iterator[str]:
    """The names of the columns in a parameter, or in the parts that it has."""
    if isinstance(part, Column):
        yield part.name
    elif isinstance(part, (list, tuple)):
        for each in part:
            yield from _named(each)
    elif isinstance(part, (Stage, Pattern, Levy)):
        yield from _named([getattr(part, f.name) for f in fields(part)])


def _by_loan(part: Any) -> bool:
    """Whether a parameter, or a part of one, holds a value for each loan."""
    if isinstance(part, (Stage, Pattern, Levy)):
        return any(_by_loan(getattr(part, f.name)) for f in fields(part))
    if isinstance(part, (list, tuple)):
        return any(isinstance(each, (list, tuple)) or _by_loan(each) for each in part)
    if isinstance(part, Minor):
        return bool(part.units.ndim)
    return hasattr(part, "__len__") and not isinstance(part, str)
