"""What a plan leaves open: figures written as ``UNKNOWN``, and the plans that can be solved for one."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Literal

from repayplan.basics.errors import Code, InputError
from repayplan.plans.stage import Plan, Stage

Figure = Literal["principal", "annual_rate", "length", "amount", "balloon", "rate"]


class Unknown:
    """The type of :data:`UNKNOWN`."""

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __reduce__(self) -> str:
        return "UNKNOWN"  # the same one when a plan is copied


UNKNOWN = Unknown()
"""Stands in a plan for the figure that is looked for."""


@dataclass(frozen=True, slots=True)
class Blank:
    """Which figure is looked for: of the loan, or of a stage of the plan."""

    figure: Figure
    stage: int = -1


def blanks_of(plan: Plan) -> list[Blank]:
    """Every figure of the plan that is written as unknown."""
    return [
        Blank(name, s)
        for s, stage in enumerate(plan.stages)
        for name in ("length", "amount", "balloon", "rate")
        if getattr(stage, name) is UNKNOWN
    ]


def known(plan: Plan) -> None:
    """Raises where anything of the plan is written as unknown, so that there is no schedule of it.

    Examples
    --------
    >>> from repayplan.plans.annuity import equal_instalment
    >>> known(equal_instalment(UNKNOWN))
    Traceback (most recent call last):
    repayplan.basics.errors.InputError: plan='equal_instalment(UNKNOWN)': nothing in it is UNKNOWN: what
    is looked for is solved by a call of its own [unknown_value]
    """
    for part in (*plan.beside, *plan.stages):
        figures = [getattr(part, each.name) for each in fields(part)]
        inner = [getattr(each, one.name) for each in figures if is_dataclass(each) for one in fields(each)]
        listed = [one for each in inner if isinstance(each, tuple) for one in each]
        if any(each is UNKNOWN for each in (*figures, *inner, *listed)):
            rule = "nothing in it is UNKNOWN: what is looked for is solved by a call of its own"
            raise refusal(plan, rule)


def refusal(plan: Plan, rule: str) -> InputError:
    """A plan that a call isn't for, and why."""
    return InputError(Code.UNKNOWN_VALUE, "plan", repr(plan), rule)


def the_blank(plan: Plan, figure: Figure, rule: str) -> Blank:
    """The one unknown of a plan, which is such a figure."""
    blanks = blanks_of(plan)
    if len(blanks) != 1 or blanks[0].figure != figure:
        raise refusal(plan, rule)
    return blanks[0]


def no_blank(plan: Plan) -> None:
    """Raises where a figure of the plan is written as unknown."""
    if blanks_of(plan):
        raise refusal(plan, "what is looked for is the loan's: nothing in the plan is UNKNOWN")


def solvable(plan: Plan) -> Plan:
    """The plan as an unknown is looked for in it; raises where it repays nothing.

    A small last payment of a solved stage is looked at as it is before it is paid with the one before it.
    """
    plan.check()
    stages = (replace(stage, merge_below=None) if solved(stage) else stage for stage in plan.stages)
    return Plan(tuple(stages), plan.beside)


def solved(stage: Stage) -> bool:
    """Whether the stage's amount is solved."""
    return stage.rule.solved and stage.amount is None


def gives(stage: Stage) -> bool:
    """Whether the stage repays by amounts that are given."""
    return stage.rule.amortises and not solved(stage)
