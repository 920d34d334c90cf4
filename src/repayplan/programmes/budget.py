"""The budget of a programme, line by line: planned, spent, and what it will come to at the end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from repayplan.ability.figures import day, decimal, each_once, one_currency, one_of, values
from repayplan.basics.money import EXACT, exact_sum
from repayplan.offers.hardship import said
from repayplan.programmes.figure import Figure, not_given, rounded

Category = Literal["promotion", "staff", "office", "other"]
CATEGORIES: dict[str, tuple[str, str]] = {
    "promotion": ("Promotion", "宣传费用"),
    "staff": ("Staff", "人员费用"),
    "office": ("Office", "办公费用"),
    "other": ("Other", "其他费用"),
}
"""What money is spent for, and what people call it in English and Chinese."""
_AMOUNTS = ("plan", "planned_so_far", "actual", "forecast")


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetLine:
    """One line; amounts in currency units, None where one isn't known.

    Parameters
    ----------
    name
        What it is called by, once in the budget.
    plan
        Of all months.
    planned_so_far
        Of the months that have begun.
    actual
        Spent so far. Where it isn't known, the sum isn't either.
    forecast
        What it will come to at the end.
    category
        One of :data:`CATEGORIES`.
    en, zh
        What people call it; None: its name.

    Raises
    ------
    InputError
        A text that says nothing, another category, an amount that is none.

    Examples
    --------
    >>> BudgetLine(name="staff", plan="900", actual="700", forecast="950").over
    Decimal('50')
    """

    name: str
    plan: Decimal
    planned_so_far: Decimal | None = None
    actual: Decimal | None = None
    forecast: Decimal | None = None
    category: Category | None = None
    en: str | None = None
    zh: str | None = None

    def __post_init__(self) -> None:
        said("budget.name", self.name)
        for key in ("en", "zh"):
            if getattr(self, key) is not None:
                said(f"budget.{self.name}.{key}", getattr(self, key))
        if self.category is not None:
            one_of(f"budget.{self.name}.category", self.category, CATEGORIES)
        for key in _AMOUNTS:
            given = getattr(self, key)
            if given is not None or key == "plan":
                object.__setattr__(self, key, decimal(f"budget.{self.name}.{key}", given))

    @property
    def over(self) -> Decimal | None:
        """By how much more than planned it will come to: negative where money is left."""
        return None if self.forecast is None else EXACT.subtract(self.forecast, self.plan)

    @property
    def names(self) -> tuple[str, str]:
        """What people call it, in English and Chinese."""
        return self.en or self.name, self.zh or self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """All lines of a programme.

    Parameters
    ----------
    lines
        In the order in which they are shown.
    as_of
        The day up to which money was spent; None: that isn't said.
    currency
        Of all amounts, by its code in ISO 4217; None: it isn't known.

    Raises
    ------
    InputError
        No line; a name that is there twice; no date; no code of a currency.

    Examples
    --------
    >>> budget = Budget(
    ...     lines=(BudgetLine(name="staff", plan="900", actual="950"), BudgetLine(name="office", plan="100"))
    ... )
    >>> budget.plan, budget.actual
    (Decimal('1000'), None)
    """

    lines: tuple[BudgetLine, ...]
    as_of: date | None = None
    currency: str | None = None

    def __post_init__(self) -> None:
        lines = values("budget.lines", self.lines, BudgetLine, "a BudgetLine")
        each_once("budget.lines", [line.name for line in lines], "each name once", ".name")
        object.__setattr__(self, "lines", lines)
        if self.as_of is not None:
            object.__setattr__(self, "as_of", day("budget.as_of", self.as_of))
        if self.currency is not None:
            one_currency("budget.currency", self.currency)

    @property
    def plan(self) -> Decimal:
        """What is planned in all."""
        return exact_sum(line.plan for line in self.lines)

    @property
    def planned_so_far(self) -> Decimal | None:
        """What was planned in all up to now; None where that of a line isn't known."""
        return _sum([line.planned_so_far for line in self.lines])

    @property
    def actual(self) -> Decimal | None:
        """What was spent in all; None where that of a line isn't known."""
        return _sum([line.actual for line in self.lines])

    @property
    def forecast(self) -> Decimal | None:
        """What all will come to at the end; None where that of a line isn't known."""
        return _sum([line.forecast for line in self.lines])

    @property
    def over(self) -> Decimal | None:
        """By how much more than planned all will come to."""
        forecast = self.forecast
        return None if forecast is None else EXACT.subtract(forecast, self.plan)

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
        ahead = any(line.forecast is not None for line in self.lines)
        for line in self.lines:
            found.append(Figure(name="budget.plan", group=line.name, n=1, amount=line.plan))
            found.append(_of_plan("budget.actual", line.actual, line.plan, n=1, group=line.name))
            if ahead:
                found.append(_of_plan("budget.forecast", line.forecast, line.plan, n=1, group=line.name))
        spent = self.actual
        each = None if spent is None or not cured else _over(spent, Decimal(cured))
        back = None if not spent else _over(EXACT.subtract(recovered, spent), spent)
        last = "budget.total_forecast"
        return (
            *found,
            Figure(name="budget.total_plan", n=many, amount=self.plan),
            _of_plan("budget.total_actual", spent, self.plan, n=many),
            _of_plan(last, self.forecast, self.plan, n=many) if ahead else not_given(last),
            Figure(name="budget.cost_per_cured", n=cured, value=each),
            Figure(name="budget.return", n=many, value=back),
        )


def _sum(amounts: list[Decimal | None]) -> Decimal | None:
    """None where one of them isn't known."""
    known = [each for each in amounts if each is not None]
    return exact_sum(known) if len(known) == len(amounts) else None


def _of_plan(name: str, amount: Decimal | None, plan: Decimal, *, n: int, group: str = "") -> Figure:
    """An amount, and how much of what was planned it is."""
    share = None if amount is None or not plan else _over(amount, plan)
    return Figure(name=name, group=group, n=n, amount=amount, value=share)


def _over(amount: Decimal, other: Decimal) -> Decimal | None:
    """One amount over another, whatever the ambient context."""
    return rounded(float(Fraction(amount) / Fraction(other)))
