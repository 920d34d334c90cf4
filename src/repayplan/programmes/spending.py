"""What a programme has spent, and what it will have spent at the end, by the plan of each month."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np

from repayplan.ability.figures import day, decimal, one_of, one_rule, one_text, values
from repayplan.basics.dates import FREQUENCY_INDEX, civil, shift
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import EXACT, exact_sum
from repayplan.programmes.budget import Budget, BudgetLine
from repayplan.programmes.programme import Programme

_MONTHLY = FREQUENCY_INDEX["monthly"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Money that was spent.

    Parameters
    ----------
    line
        On which line of the budget.
    on
        When.
    amount
        Currency units; more than 0. None: it isn't known, and neither is what its line comes to then.
    note
        For people.

    Raises
    ------
    InputError
        No date, an amount that isn't above 0, a note that isn't text.
    """

    line: str
    on: date
    amount: Decimal | None
    note: str = ""

    def __post_init__(self) -> None:
        one_text("spent.line", self.line)
        one_text("spent.note", self.note)
        object.__setattr__(self, "on", day("spent.on", self.on))
        if self.amount is None:
            return
        amount = decimal("spent.amount", self.amount)
        if not amount:
            raise InputError(Code.OUT_OF_RANGE, "spent.amount", self.amount, "more than 0", limit="> 0")
        object.__setattr__(self, "amount", amount)


def programme_budget(programme: Programme, spent: Sequence[Spent], *, as_of: Any) -> Budget:
    """What was planned and spent, and what the programme will have cost at the end.

    The forecast is what was spent so far, and what is planned for the months to come; of the month that is
    running, by how much its plan is more than what was spent in it. So what was saved before isn't spent
    later, and what was overspent isn't saved. Months are counted from the start of the programme; what was
    spent before it counts as of the first month.

    Parameters
    ----------
    programme
        Its budget.
    spent
        In any order.
    as_of
        The day: what was spent later isn't looked at.

    Raises
    ------
    InputError
        A programme without a budget; a day that isn't one; money of no line, or finer than the currency.

    Examples
    --------
    >>> programme = Programme.example("negotiated-repayment")
    >>> spent = [
    ...     Spent(line="overtime", on="2026-04-10", amount="34000"),
    ...     Spent(line="overtime", on="2026-04-20", amount="5000"),
    ... ]
    >>> found = programme_budget(programme, spent, as_of="2026-05-01")
    >>> line = found.lines[2]
    >>> line.plan, line.planned_so_far, line.actual, line.forecast, line.over
    (Decimal('90000'), Decimal('60000'), Decimal('39000'), Decimal('94000'), Decimal('4000'))
    """
    one_rule("programme", programme, Programme)
    today = day("as_of", as_of)
    given: Any = spent
    given = list(given) if isinstance(given, Iterable) else given
    spent = values("spent", given, Spent, "Spent s", some=False)
    known = [line.name for line in programme.budget]
    for each in spent:
        one_of("spent.line", each.line, known)
        if each.amount is not None:
            decimal("spent.amount", each.amount, places=programme.decimals)
    running = _month(programme, today)
    lines = []
    for line in programme.budget:
        mine = [each for each in spent if each.line == line.name and each.on <= today]
        all_known = all(each.amount is not None for each in mine)
        actual = exact_sum(each.amount or Decimal(0) for each in mine)
        coming = exact_sum(line.by_month[max(running + 1, 0) :])
        if 0 <= running < len(line.by_month):
            now = [each for each in mine if max(_month(programme, each.on), 0) == running]
            here = exact_sum(each.amount or Decimal(0) for each in now)
            coming = EXACT.add(coming, max(EXACT.subtract(line.by_month[running], here), Decimal(0)))
        elif running < 0:
            # Nothing has begun: what was spent ahead is of the first month.
            coming = EXACT.subtract(coming, min(line.by_month[0], actual))
        lines.append(
            BudgetLine(
                name=line.name,
                plan=line.plan,
                planned_so_far=exact_sum(line.by_month[: max(running + 1, 0)]),
                actual=actual if all_known else None,
                forecast=EXACT.add(actual, coming) if all_known else None,
                category=line.category,
                en=line.en,
                zh=line.zh,
            )
        )
    return Budget(lines=tuple(lines), as_of=today, currency=programme.currency)


def _month(programme: Programme, when: date) -> int:
    """Which month of the programme a day is in, from 0 on; negative before the start."""
    start, at = (np.array([each], "datetime64[D]") for each in (programme.start, when))
    months = civil(at)[0] - civil(start)[0]
    return int((months - (shift(start, _MONTHLY, months) > at))[0])
