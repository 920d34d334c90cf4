"""Levers that would make a plan affordable, and loans with the figure changed that a lever changes."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

import numpy as np

from repayplan.ability.allowance import ShareOf
from repayplan.basics.columns import RATE_DECIMALS
from repayplan.basics.errors import Code
from repayplan.basics.money import to_decimal, to_plain
from repayplan.basics.outcome import Ints
from repayplan.offers.arrears import COMPONENTS, joined_columns
from repayplan.offers.onefigure import NONE
from repayplan.offers.room import Room
from repayplan.plans.loan import Loans

LEVERS = ("months", "rate", "income", "principal_reduction", "down_payment")
INCOMES: dict[str, ShareOf] = {"income": "net_income", "gross_income": "gross_income"}
"""Levers by the income that they are of; the second is there where the policy has a target of that."""
RATE_STEP = 10**6
"""The rate is tried in steps of 0.01 %, in units of 1e-10."""
JOINED_PARTS = joined_columns(COMPONENTS)
MOST_STEPS = 10**RATE_DECIMALS // RATE_STEP + 1
"""A rate of more than 100 % isn't tried."""
MOST_INCOME = 2**61
"""Minor units a month: no household can be said to have more."""


class Ahead(Protocol):
    """What can be paid where months differ; nothing from a month with a fault on."""

    def __call__(
        self, rows: Ints, longest: Ints, more: Ints | None = None, of: ShareOf = "net_income"
    ) -> Room:
        """Of some of the loans, in each period of plans of these lengths, with so much more income."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Levers:
    """The least relaxation per lever, for the rows ``index``; -1 where the lever alone can't help.

    ``months`` by which every rule of the limit is raised; ``rate`` the highest annual rate that fits (1e-10);
    ``income``, ``gross_income``, ``principal_reduction`` and ``down_payment`` in minor units.

    ``rules``: what the rules of the limit would have to say, together, to allow the shortest plan beyond it
    that is affordable; see :func:`~repayplan.offers.raising.needed`.
    """

    index: Ints
    values: dict[str, Ints]
    rules: dict[Code, Ints]

    def columns(self, size: int) -> dict[str, Ints]:
        """As columns of ``size`` rows."""
        return {name: self._spread(values, size) for name, values in self.values.items()}

    def rules_of(self, i: int) -> dict[Code, int]:
        """The rules of one row."""
        at = int(np.flatnonzero(self.index == i)[0])
        return {code: int(values[at]) for code, values in self.rules.items()}

    def rule_columns(self, size: int) -> dict[Code, Ints]:
        """The rules as columns of ``size`` rows."""
        return {code: self._spread(values, size) for code, values in self.rules.items()}

    def _spread(self, values: Ints, size: int) -> Ints:
        out = np.full(size, NONE)
        out[self.index] = values
        return out

    def one(self, i: int, decimals: int) -> dict[str, Decimal | int | None]:
        """The levers of one row, for a person."""
        at = int(np.flatnonzero(self.index == i)[0])
        shown: dict[str, Decimal | int | None] = {}
        for name, values in self.values.items():
            value = int(values[at])
            if value == NONE:
                shown[name] = None
            elif name == "months":
                shown[name] = value
            elif name == "rate":
                shown[name] = to_plain(value, RATE_DECIMALS)
            else:
                shown[name] = to_decimal(value, decimals)
        return shown


def at_rate(loans: Loans, rate: Ints) -> Loans:
    """Of a loan whose rate changes over time: a fixed one instead."""
    return loans.replace(annual_rate=rate * RATE_STEP, rate_index=np.full_like(rate, -1))


def owing_less(loans: Loans, left: Ints) -> Loans:
    """Loans that owe so much in all: less of the balance only when all that is paid first is paid.

    What may be waived is paid last of the latter; and of the balance first.
    """
    principal = np.minimum(left, loans.balance)
    beside, kept = left - principal, {}
    for name in ("overdue_interest", "accrued_interest", "penalty", "fees"):
        kept[name] = np.minimum(getattr(loans, name), beside)
        beside = beside - kept[name]
    extra = {
        name: np.maximum(column - (loans.balance - principal), 0) if name in JOINED_PARTS else column
        for name, column in loans.extra.items()
    }
    return loans.replace(principal=principal, overdue_principal=np.zeros_like(left), extra=extra, **kept)
