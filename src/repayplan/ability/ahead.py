"""The months that lie ahead: seasons, benefits that end, a return to work, stress, uprating."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, overload

import numpy as np

from repayplan.ability.allowance import AssumedCost, Contingency
from repayplan.ability.beside import IN_FULL, CreditorRule
from repayplan.ability.capacities import Capacities
from repayplan.ability.capacity import NET_ONLY, NOTHING_KEPT, beside_others
from repayplan.ability.guideline import Guideline
from repayplan.ability.household import Household
from repayplan.ability.households import Households
from repayplan.ability.income import IncomeRule
from repayplan.ability.month import month_number
from repayplan.ability.outlook import AS_IT_IS, Outlook
from repayplan.ability.path import CapacityPath
from repayplan.ability.rule import AllowanceRule
from repayplan.ability.surplus import Rules
from repayplan.ability.target import PaymentTarget
from repayplan.ability.turns import MAX_MONTHS, without_repeats
from repayplan.ability.way import Way
from repayplan.basics.arguments import one_date, one_number
from repayplan.basics.columns import Screen
from repayplan.basics.outcome import Ints, Outcome, span


@overload
def capacity_path(
    households: Household,
    allowance: AllowanceRule,
    *,
    begin: date | str,
    months: int,
    income: IncomeRule = ...,
    contingency: Contingency = ...,
    assumed: Sequence[AssumedCost] = ...,
    guidelines: Sequence[Guideline] = ...,
    outlook: Outlook = ...,
    target: PaymentTarget | None = ...,
    creditors: CreditorRule = ...,
    claim: Any = ...,
) -> CapacityPath: ...


@overload
def capacity_path(
    households: Households,
    allowance: AllowanceRule,
    *,
    begin: date | str,
    months: int,
    income: IncomeRule = ...,
    contingency: Contingency = ...,
    assumed: Sequence[AssumedCost] = ...,
    guidelines: Sequence[Guideline] = ...,
    outlook: Outlook = ...,
    target: PaymentTarget | None = ...,
    creditors: CreditorRule = ...,
    claim: Any = ...,
) -> Outcome[CapacityPath]: ...


def capacity_path(
    households: Household | Households,
    allowance: AllowanceRule,
    *,
    begin: date | str,
    months: int,
    income: IncomeRule = NET_ONLY,
    contingency: Contingency = NOTHING_KEPT,
    assumed: Sequence[AssumedCost] = (),
    guidelines: Sequence[Guideline] = (),
    outlook: Outlook = AS_IT_IS,
    target: PaymentTarget | None = None,
    creditors: CreditorRule = IN_FULL,
    claim: Any = None,
) -> CapacityPath | Outcome[CapacityPath]:
    """What households can pay in each month from one on, by the rules of :func:`capacity`.

    Income counts in the months of the calendar that it covers wholly, costs and debts in every month that
    they touch. Where nothing is dated, there is one row, that of :func:`capacity`. An allowance by date has
    the figures of the day of assessment in every month; those that follow are what ``outlook`` foresees.

    Parameters
    ----------
    households
        One, or a batch.
    allowance, income, contingency, assumed, guidelines, target, creditors, claim
        As :func:`capacity` takes them; the claim is the same in all months.
    begin
        A day of the first month.
    months
        How many months are looked at one by one, 1 to 3,660. What is known of later ones is in the last row,
        the least that can be paid in any of them, except that guideline figures are raised within ``months``
        only: let these reach to the end of the plan.
    outlook
        Stress on income, and the uprating of guideline figures.

    Returns
    -------
    :class:`CapacityPath`; of a batch, an Outcome of it. A household that has a code in any month has no
    column.

    Raises
    ------
    InputError
        A first month that is no date, or months out of range; for one household, its faults too.

    Examples
    --------
    A benefit ends in February, and a better job begins in the middle of April.

    >>> from repayplan import Allowance, Income
    >>> pay = [
    ...     Income("pay", "1000", until="2026-04-30"),
    ...     Income("benefit", "300", until="2026-02-28"),
    ...     Income("new job", "1500", start="2026-04-15"),
    ... ]
    >>> rule = Allowance(adult_first="700", adult_further="0", child="0", covers=(), source="own")
    >>> path = capacity_path(Household(items=pay), rule, begin="2026-01-01", months=12)
    >>> path.payable.ravel()
    array([60000, 60000, 30000, 30000, 80000])
    """
    if isinstance(households, Household):
        return capacity_path(
            households.batch,
            allowance,
            begin=begin,
            months=months,
            income=income,
            contingency=contingency,
            assumed=assumed,
            guidelines=guidelines,
            outlook=outlook,
            target=target,
            creditors=creditors,
            claim=claim,
        ).single()  # fmt: skip
    many = one_number("months", months, 0, 1, MAX_MONTHS)
    rules = Rules(
        allowance=allowance,
        income=income,
        contingency=contingency,
        assumed=assumed,
        guidelines=tuple(guidelines),
        target=target,
        creditors=creditors,
    )
    first = one_date("begin", begin).replace(day=1)
    screen = Screen(len(households))
    homes = beside_others(screen, households, creditors, claim)
    way = Way(homes, rules, month_number(first), outlook, homes.costs)
    table = way.table(screen, many, _surplus)[:, 0]
    good = np.flatnonzero(screen.good)
    surplus = without_repeats(table[:, span(good)])
    some = way.take(good)
    path = CapacityPath(
        begin=first,
        payable=np.maximum(surplus, 0),
        surplus=surplus,
        months=many,
        decimals=households.decimals[good],
        work=lambda inner, month: some.work_out(inner, month, month),
    )
    return Outcome(path, good, screen.failures())


def _surplus(can: Capacities) -> Ints:
    return can.surplus[None].copy()
