"""What the programme cost, line by line, against what was planned."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from repayplan.ability.figures import decimal, each_once, values
from repayplan.offers.hardship import said
from repayplan.programmes.figure import Figure, rounded


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetLine:
    """One line.

    Parameters
    ----------
    name
        What for: promotion, staff, office.
    plan
        What was planned, currency units.
    actual
        What was spent; None: that isn't known, and neither is the sum then.

    Raises
    ------
    InputError
        No name; an amount that is none.
    """

    name: str
    plan: Decimal
    actual: Decimal | None = None

    def __post_init__(self) -> None:
        said("budget.name", self.name)
        object.__setattr__(self, "plan", decimal(f"budget.{self.name}.plan", self.plan))
        if self.actual is not None:
            object.__setattr__(self, "actual", decimal(f"budget.{self.name}.actual", self.actual))


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """All lines of a programme.

    Raises
    ------
    InputError
        No line; a name that is there twice.

    Examples
    --------
    >>> budget = Budget(
    ...     lines=(BudgetLine(name="staff", plan="900", actual="950"), BudgetLine(name="office", plan="100"))
    ... )
    >>> budget.plan, budget.actual
    (Decimal('1000'), None)
    """

    lines: tuple[BudgetLine, ...]

    def __post_init__(self) -> None:
        lines = values("budget.lines", self.lines, BudgetLine, "a BudgetLine")
        each_once("budget.lines", [line.name for line in lines], "each name once", ".name")
        object.__setattr__(self, "lines", lines)

    @property
    def plan(self) -> Decimal:
        """What was planned in all."""
        return sum((line.plan for line in self.lines), Decimal(0))

    @property
    def actual(self) -> Decimal | None:
        """What was spent in all; None where that of a line isn't known."""
        known = [line.actual for line in self.lines if line.actual is not None]
        return sum(known, Decimal(0)) if len(known) == len(self.lines) else None

    def figures(self, *, cured: int, recovered: Decimal) -> tuple[Figure, ...]:
        """Line by line and in all, and what a cured account cost.

        Parameters
        ----------
        cured
            How many accounts were cured by the original contract.
        recovered
            What was received since the programme began.
        """
        found, many = [], len(self.lines)
        for line in self.lines:
            found.append(Figure(name="budget.plan", group=line.name, n=1, amount=line.plan))
            spent = None if line.actual is None or not line.plan else rounded(float(line.actual / line.plan))
            found.append(Figure(name="budget.actual", group=line.name, n=1, amount=line.actual, value=spent))
        spent = self.actual
        used = None if spent is None or not self.plan else rounded(float(spent / self.plan))
        each = None if spent is None or not cured else spent / cured
        back = None if not spent else rounded(float((recovered - spent) / spent))
        return (
            *found,
            Figure(name="budget.total_plan", n=many, amount=self.plan),
            Figure(name="budget.total_actual", n=many, amount=spent, value=used),
            Figure(
                name="budget.cost_per_cured", n=cured, value=None if each is None else rounded(float(each))
            ),
            Figure(name="budget.return", n=many, value=back),
        )
