"""Concessions that change a figure of the loan: how far each may go, and the loans changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from repayplan.basics.columns import RATE_DECIMALS, Screen, money_of
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import MAX_UNITS
from repayplan.basics.outcome import Ints, repeated
from repayplan.kernel.accrue import divide_product
from repayplan.offers.arrears import JOINED, joined_columns
from repayplan.offers.concession import PROPERTY_VALUE, Concession, Step
from repayplan.offers.policy import Policy
from repayplan.plans.loan import Loans

UNKNOWN = -1
"""In place of a property's value."""


@dataclass(frozen=True, slots=True)
class _Lowering:
    """A step that changes a figure of the loan: how far it may go, and the loans changed so far."""

    top: Callable[[Concession, Loans], Ints]
    changed: Callable[[Concession, Loans, Ints], Loans]
    low: int


def _cuts(step: Concession, loans: Loans) -> Ints:
    by, floor = _rate_units(step)
    cuts = (np.maximum(loans.annual_rate - floor, 0) + (by - 1)) // by
    if not loans.rate_paths:
        return cuts
    return np.where(loans.rate_index >= 0, 0, cuts)  # a fixed rate may be no cut of one that changes


def _cut(step: Concession, loans: Loans, degree: Ints) -> Loans:
    by, floor = _rate_units(step)
    less = np.maximum(degree, 0) * by
    return loans.replace(
        annual_rate=np.maximum(loans.annual_rate - less, np.minimum(floor, loans.annual_rate))
    )


def _rate_units(step: Concession) -> tuple[int, int]:
    by, floor = (int(Fraction(figure or 0) * 10**RATE_DECIMALS) for figure in (step.by, step.floor))
    return by, floor


def _multiple(step: Concession, loans: Loans) -> Ints:
    """Minor units of one degree: a multiple that isn't whole minor units is rounded up to them."""
    if step.multiple is None:
        return np.ones(len(loans), np.int64)
    exact = [Fraction(step.multiple) * 10**d for d in range(int(loans.decimals.max(initial=0)) + 1)]
    return np.array([min(-(-e.numerator // e.denominator), 2**61) for e in exact])[loans.decimals]


def cap(step: Concession, loans: Loans) -> Ints:
    """The most that is forborne, forgiven or waived, minor units: something must be left to repay."""
    percent, balance = int(Fraction(step.percent or 0) * 10**4), loans.balance
    of = balance if step.component is None else _component(step.component, loans)
    most, _ = divide_product(of, np.full(len(loans), percent), 10**6)
    if step.loan_to_value is not None:
        most = np.maximum(most, above_value(step, loans))
    if step.component is not None and JOINED.format(step.component) not in loans.extra:
        return most
    return np.minimum(most, np.maximum(balance - 1, 0))


def above_value(step: Concession, loans: Loans) -> Ints:
    """What of each balance is above so much of the property's value; 0 where that isn't known."""
    value, part = loans.extra[PROPERTY_VALUE], int(Fraction(step.loan_to_value or 0) * 10**4)
    kept, _ = divide_product(np.maximum(value, 0), np.full(len(loans), part), 10**6)
    return np.where(value == UNKNOWN, 0, np.maximum(loans.balance - kept, 0))


def looked_at(policy: Policy) -> tuple[str, ...]:
    """Columns of loans, read and arrears placed, that the policy's concessions look at."""
    return (*joined_columns(policy.joined), *((PROPERTY_VALUE,) if policy.looks_at_value else ()))


def read_values(policy: Policy, loans: Loans, finer: Ints, screen: Screen) -> dict[str, Ints]:
    """The columns that concessions look at, in units of which so many make a minor unit of the loans.

    Raises
    ------
    InputError
        The loans lack such a column.
    """
    if not policy.looks_at_value:
        return {}
    if PROPERTY_VALUE not in loans.extra:
        rule = f"the policy's concessions look at it: no column {PROPERTY_VALUE!r}"
        raise InputError(Code.MISSING, PROPERTY_VALUE, None, rule)
    given = loans.extra[PROPERTY_VALUE]
    value = screen.money(PROPERTY_VALUE, given, loans.decimals, default=0)
    most = MAX_UNITS // finer
    shown = (money_of(units, loans.decimals) for units in (value, most))
    screen.fault(value > most, Code.BEYOND_DOMAIN, PROPERTY_VALUE, *shown)
    return {PROPERTY_VALUE: np.where(screen.missing(given), UNKNOWN, np.minimum(value, most) * finer)}


def _component(name: str, loans: Loans) -> Ints:
    """What is owed of a component of the arrears, as a part of the balance or beside it."""
    joined = loans.extra.get(JOINED.format(name))
    return np.asarray(getattr(loans, name) if joined is None else joined, np.int64)


def _parts(step: Concession, loans: Loans) -> Ints:
    return -(-cap(step, loans) // _multiple(step, loans))


def amount_of(step: Concession, loans: Loans, degree: Ints) -> Ints:
    """int64 minor units that a step of this degree forbears, forgives or waives: multiples, or all it may."""
    return np.asarray(np.minimum(degree * _multiple(step, loans), cap(step, loans)), np.int64)


def of_balance(loans: Loans, kept: Ints) -> Loans:
    """The loans with this balance."""
    return loans.replace(principal=kept, overdue_principal=repeated(0, len(kept)))


def _less(step: Concession, loans: Loans, degree: Ints) -> Loans:
    return of_balance(loans, loans.balance - amount_of(step, loans, degree))


def _aside(step: Concession, loans: Loans, degree: Ints) -> Loans:
    less = _less(step, loans, degree)
    return less.replace(set_aside=loans.set_aside + loans.balance - less.balance)


def _waive(step: Concession, loans: Loans, degree: Ints) -> Loans:
    name, amount = str(step.component), amount_of(step, loans, degree)
    left, column = _component(name, loans) - amount, JOINED.format(name)
    if column in loans.extra:
        return loans.replace(principal=loans.principal - amount, extra={**loans.extra, column: left})
    return loans.replace(**{name: left})


LOWERING = {
    "cut_rate": _Lowering(_cuts, _cut, 0),
    "forbear": _Lowering(_parts, _aside, 1),
    "forgive": _Lowering(_parts, _less, 1),
    "waive": _Lowering(_parts, _waive, 1),
}
"""Steps that change a figure of the loan, by name."""


def conceded(loans: Loans, steps: Sequence[Concession], degree: Ints) -> Loans:
    """The loans with the figures that concessions of these degrees give them."""
    for step, granted in zip(steps, degree, strict=True):
        if step.step in LOWERING and granted.any():
            loans = LOWERING[step.step].changed(step, loans, granted)
    return loans


def given_up(loans: Loans, steps: Sequence[Concession], degree: Ints) -> dict[Step, Ints]:
    """int64 minor units that concessions of these degrees (steps, loans) forbear and forgive."""
    out: dict[Step, Ints] = {}
    for step, granted in zip(steps, degree, strict=True):
        if step.step in ("forbear", "forgive"):
            out[step.step] = amount_of(step, loans, granted)
        loans = conceded(loans, (step,), granted[None])
    return out


def waived(loans: Loans, steps: Sequence[Concession], degree: Ints) -> tuple[Ints, Ints]:
    """int64 minor units that concessions of these degrees waive of what is capitalised, and of what isn't."""
    of_balance, beside = np.zeros(len(loans), np.int64), np.zeros(len(loans), np.int64)
    waives = [number for number, step in enumerate(steps) if step.component is not None]
    for number, (step, granted) in enumerate(zip(steps, degree, strict=True)):
        if number > max(waives, default=-1):
            break
        if step.component is not None:
            joined = JOINED.format(step.component) in loans.extra
            (of_balance if joined else beside)[:] += amount_of(step, loans, granted)
        loans = conceded(loans, (step,), granted[None])
    return of_balance, beside


def exhausted(loans: Loans, steps: Sequence[Concession]) -> Loans:
    """The loans with the figures that all steps at their most give them."""
    for step in steps:
        if step.step in LOWERING:
            kind = LOWERING[step.step]
            loans = kind.changed(step, loans, kind.top(step, loans))
    return loans
