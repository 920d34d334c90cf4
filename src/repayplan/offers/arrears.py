"""How arrears enter a plan, so that nothing owed is lost: capitalised, paid first, paid later, or waived."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from repayplan.basics.outcome import Bools, Ints, added, any_of, repeated
from repayplan.kernel.accrue import divide_product
from repayplan.offers.arrearsrule import ArrearsPart, ArrearsRule, Treatment
from repayplan.offers.room import Spread
from repayplan.plans.beside import Arrears, arrears
from repayplan.plans.loan import Loans
from repayplan.plans.stage import Plan

JOINED = "capitalised {}"
"""The column of loans, arrears placed, that says how much of the balance a component has become."""

COMPONENTS: tuple[Arrears, ...] = ("overdue_interest", "accrued_interest", "penalty", "fees")
LATER: tuple[Treatment, ...] = ("first_instalments", "carry")
"""Treatments of what isn't paid with the first instalment alone."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Loans as the plan takes them over, and what became of their arrears (int64 minor units)."""

    loans: Loans
    capitalised: Ints
    paid_first: Ints
    spread: Ints
    carried: Ints
    waived: Ints


def joined_columns(names: Sequence[str]) -> tuple[str, ...]:
    """The columns that say how much of the balance these components have become."""
    return tuple(JOINED.format(name) for name in names)


def place_arrears(loans: Loans, rule: ArrearsRule, joined: Sequence[str] = ()) -> Placed:
    """Applies the policy's rule to each component that isn't principal.

    Overdue principal always joins the balance. A waived share is rounded down to the unit, so that
    no more is given up than the policy says. What is owed equals the new balance + what is paid first, spread
    or carried + what is waived. How much of the balance the components ``joined`` have become, columns say
    (:data:`JOINED`).
    """
    zero = np.zeros(len(loans), np.int64)
    waived = zero
    placed: dict[Treatment, Ints] = dict.fromkeys(("capitalise", "pay_first", *LATER), zero)
    none = repeated(0, len(loans))
    changes: dict[str, Ints] = {} if any_of(loans.overdue_principal) else {"overdue_principal": none}
    columns = {JOINED.format(name): zero for name in joined}
    for name in COMPONENTS:
        owed, part = getattr(loans, name), getattr(rule, name)
        if not any_of(owed):
            changes[name] = none
            continue
        given_up = zero
        if part.waive_percent:
            given_up, _ = divide_product(owed, np.full(len(owed), int(part.waive_percent * 10**4)), 10**6)
        left = owed - given_up
        waived = waived + given_up
        placed[part.treatment] = placed[part.treatment] + left
        changes[name] = left
        if part.treatment == "capitalise":
            changes[name] = none
        if name in joined:
            columns[JOINED.format(name)] = left
    capitalised = placed["capitalise"]
    extra = {**loans.extra, **columns}
    return Placed(
        loans.replace(principal=loans.principal + capitalised, extra=extra, **changes),
        capitalised,
        placed["pay_first"],
        placed["first_instalments"],
        placed["carry"],
        waived,
    )


def _later(rule: ArrearsRule) -> dict[Arrears, ArrearsPart]:
    """The components that aren't paid with the first instalment alone, nor capitalised."""
    parts = {name: getattr(rule, name) for name in COMPONENTS}
    return {name: part for name, part in parts.items() if part.treatment in LATER}


def first_paid(loans: Loans, rule: ArrearsRule) -> Loans:
    """Loans, arrears placed, without those that aren't all paid with the first instalment."""
    later = _later(rule)
    return loans.replace(**dict.fromkeys(later, repeated(0, len(loans)))) if later else loans


def paid_at_once(loans: Loans, rule: ArrearsRule) -> Bools:
    """Of which loans, arrears placed, the first instalment pays everything: no other has a use."""
    later = added(*(getattr(loans, name) for name in _later(rule)), repeated(0, len(loans)))
    return np.asarray((loans.balance == 0) & (later == 0), np.bool_)


def spread_of(loans: Loans, rule: ArrearsRule) -> Spread:
    """What of loans, arrears placed, is spread over the first instalments."""
    parts = [(name, part.instalments) for name, part in _later(rule).items()]
    spread = [(getattr(loans, name), count) for name, count in parts if count is not None]
    amounts = np.stack([owed for owed, _ in spread]) if spread else np.zeros((0, len(loans)), np.int64)
    return Spread(amounts, tuple(count for _, count in spread))


def carried_of(loans: Loans, rule: ArrearsRule) -> Ints:
    """int64; what of loans, arrears placed, is carried until the last instalment."""
    parts = (getattr(loans, name) for name, part in _later(rule).items() if part.treatment == "carry")
    return sum(parts, np.zeros(len(loans), np.int64))


def later_paid(rule: ArrearsRule, plan: Plan) -> Plan:
    """A plan with how it repays the arrears that aren't all paid with the first instalment."""
    for name, part in _later(rule).items():
        last = part.treatment == "carry"
        plan = arrears(name, repay="last" if last else "first", over=part.instalments) + plan
    return plan
