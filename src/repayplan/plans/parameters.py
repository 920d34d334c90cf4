"""What stages take from the loans: the numbers of their parameters, loan by loan."""

from __future__ import annotations

from typing import Any

import numpy as np

from repayplan.basics.columns import Screen, money_of
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import MAX_DECIMALS
from repayplan.basics.outcome import Ints, any_of, repeated
from repayplan.kernel.rules import MAX_PERIODS
from repayplan.kernel.work import rows_of
from repayplan.plans.arguments import REST
from repayplan.plans.aside import asked_aside
from repayplan.plans.column import Column, as_rate
from repayplan.plans.loan import Loans
from repayplan.plans.moves import NAT
from repayplan.plans.stage import Plan, Stage


def finest(loans: Loans) -> Loans:
    """Loans whose rounding is ``none`` restated at 8 decimals; the others as they are."""
    if not any(law.unrounded for law in loans.rounding):
        return loans
    free = np.array([law.unrounded for law in loans.rounding])[loans.rounding_index]
    if not any_of(free):
        return loans
    scale = np.where(free, 10 ** (MAX_DECIMALS - loans.decimals), 1)
    fields = ("principal", "overdue_principal", "overdue_interest", "penalty", "fees", "accrued_interest")
    screen = Screen(len(loans))
    screen.adopt(loans.failures)
    money = {}
    for name in (*fields, "instalment"):
        column = getattr(loans, name)
        fits = column <= 2**61 // scale
        given, most = (money_of(units, loans.decimals) for units in (column, 2**61 // scale))
        screen.fault(~fits, Code.BEYOND_DOMAIN, name, given, most)
        money[name] = np.where(fits, column, 0) * scale
    decimals = np.where(free, MAX_DECIMALS, loans.decimals)
    return loans.replace(
        **money, decimals=decimals, finer=loans.finer * scale, good=screen.good, failures=screen.failures()
    )


def parameters(loans: Loans, plan: Plan, rows: Ints, screen: Screen) -> tuple[Ints, Ints, Ints, Ints]:
    """Lengths, given amounts, balloons and own rates of a plan's stages for all loans, (stages, loans).

    Only ``rows`` are looked at; others hold zeros. Faults go to ``screen``.
    """
    size = len(loans)
    inner = Screen(size, rows)
    shape = (len(plan.stages), size)
    lengths, none = np.zeros(shape, np.int64), repeated(-1, *shape)
    paid = any(stage.amount is not None or stage.name == "fixed_payment" for stage in plan.stages)
    amounts = none.copy() if paid else none
    balloons = none.copy() if any(_leaves(stage) for stage in plan.stages) else none
    rates = none.copy() if any(stage.rate is not None for stage in plan.stages) else none
    for s, stage in enumerate(plan.stages):
        if stage.rate is not None:
            given, name = resolve(loans, stage.rate), f"{stage.name}.rate"
            rates[s] = inner.rate(name, as_rate(name, stage.rate, given))
        last = s == len(plan.stages) - 1
        if stage.name == "fixed_payment":
            given = resolve(loans, stage.amount)
            amounts[s] = inner.money("fixed_payment.amount", given, loans.decimals, minimum=1)
            continue
        if stage.until is not None:
            lengths[s] = _rows_until(loans, stage, lengths[:s].sum(axis=0), inner)
            continue
        least = 1 if last else 0
        lengths[s] = inner.count(f"{stage.name}.n", resolve(loans, stage.length), least, MAX_PERIODS)
        if stage.amount is not None:
            given = resolve(loans, stage.amount)
            what = "principal" if stage.name == "equal_principal" else "instalment"
            amounts[s] = inner.money(f"{stage.name}.{what}", given, loans.decimals, minimum=1)
        if _leaves(stage):
            given = resolve(loans, stage.balloon)
            balloons[s] = inner.money(f"{stage.name}.balloon", given, loans.decimals)
    total = rows_of(lengths)
    inner.fault(total > MAX_PERIODS, Code.OUT_OF_RANGE, "plan", total, f"1 to {MAX_PERIODS}")
    screen.adopt(inner.failures())
    return lengths, amounts, balloons, rates


def _rows_until(loans: Loans, stage: Stage, begin: Ints, screen: Screen) -> Ints:
    """How many rows of a stage that begins with row ``begin`` fall due up to its date."""
    field = f"{stage.name}.until"
    until = screen.date(field, resolve(loans, stage.until), default=NAT)
    ends = ~np.isnat(until) & screen.good
    count = np.where(ends, loans.due_by(np.where(ends, until, loans.next_due)) - begin, 0)
    screen.fault(count > MAX_PERIODS, Code.OUT_OF_RANGE, field, until, f"at most {MAX_PERIODS} periods ahead")
    return np.clip(count, 0, MAX_PERIODS)


def _leaves(stage: Stage) -> bool:
    """Whether a solved stage leaves a balloon of a given size."""
    return stage.balloon is not None and not (isinstance(stage.balloon, str) and stage.balloon == REST)


def resolve(loans: Loans, value: Any) -> Any:
    """A parameter of a stage as it is given for these loans: that of a column, or itself."""
    if isinstance(value, Column):
        try:
            return loans.column(value.name)
        except KeyError as error:
            raise InputError(Code.UNKNOWN_VALUE, "col", value.name, str(error.args[0])) from None
    return loans.restated(value)


def aside_of(loans: Loans, plan: Plan) -> Ints:
    """int64 of all loans; what the plan puts aside of good ones, at their finest unit, whatever they owe."""
    rows = np.flatnonzero(loans.good)
    return asked_aside(loans, rows, plan, lambda value: resolve(loans, value), Screen(len(loans)))
