"""Fees that a plan charges beside its instalments: what they are of each loan, and in which rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from repayplan.basics.columns import RATE_DECIMALS, Screen
from repayplan.basics.money import MAX_TOTAL
from repayplan.basics.outcome import Bools, Ints
from repayplan.basics.rounding import FeeMode, Rounding
from repayplan.kernel.accrue import Floats, divide_product, settle
from repayplan.plans.column import as_rate
from repayplan.plans.loan import Loans
from repayplan.plans.stage import Plan, Stage

ONE = 10**RATE_DECIMALS


@dataclass(frozen=True, slots=True)
class Fee:
    """A plan's fee, read for some loans.

    Attributes
    ----------
    part
        The fee as it is written.
    amount
        int64 minor units each time that it is charged, a share of the principal among them; 0 where it is
        a share of the balance.
    share
        int64 multiples of 1e-10 of a row's opening balance.
    mode, multiple
        How a share is rounded; minor units.
    """

    part: Stage
    amount: Ints
    share: Ints
    mode: FeeMode
    multiple: int

    @property
    def financed(self) -> bool:
        """Whether it is added to the balance instead of paid."""
        return self.part.levy is not None and self.part.levy.financed

    @property
    def upfront(self) -> bool:
        """Whether it is charged once."""
        return self.part.levy is not None and self.part.levy.when == "upfront"

    def take(self, keep: Ints) -> Fee:
        """The same for some of the loans."""
        return replace(self, amount=self.amount[keep], share=self.share[keep])

    def of(self, order: Ints, opening: Ints) -> Ints:
        """What it is for loans whose row opens with these balances, int64 minor units."""
        return self.amount[order] + _share(opening, self.share[order], self.mode, self.multiple)


def read_fees(
    loans: Loans, rows: Ints, plan: Plan, read: Callable[[Any], Any], rounding: Rounding, screen: Screen
) -> tuple[Fee, ...]:
    """The fees of a plan for the loans ``rows``; faults go to ``screen``.

    Parameters
    ----------
    loans, rows, plan
        The batch, the loans looked at, which share decimals and rounding, and their plan.
    read
        Reads a parameter of a stage as a column of the whole batch.
    rounding
        The rule for all of these loans.
    screen
        Of the whole batch.

    Raises
    ------
    InputError
        The multiple isn't a whole number of minor units.
    """
    parts = [part for part in plan.beside if part.levy is not None]
    if not parts:
        return ()
    inner = Screen(len(loans), rows)
    multiple = rounding.multiple("fee", int(loans.decimals[rows[0]]))
    lent, zero, out = loans.balance[rows], np.zeros(len(rows), np.int64), []
    for part in parts:
        amount, share = zero, zero
        if part.amount is not None:
            amount = inner.money("fee.amount", read(part.amount), loans.decimals)[rows]
        elif part.levy is not None:
            given = as_rate("fee.share", part.levy.share, read(part.levy.share))
            share = inner.rate("fee.share", given)[rows]
            if part.levy.of == "principal":
                amount, share = _share(lent, share, rounding.fee, multiple), zero
        out.append(Fee(part, amount, share, rounding.fee, multiple))
    screen.adopt(inner.failures())
    return tuple(out)


def financed(fees: Sequence[Fee], lent: Ints) -> Ints:
    """int64; the balance with what is added to it; where that leaves the domain, what just does."""
    for fee in fees:
        if fee.financed:
            lent = np.minimum(lent + fee.amount, MAX_TOTAL)  # a sum of two such fits int64
    return lent


def charged(fees: Sequence[Fee], order: Ints, opening: Ints, pays: tuple[Bools, Bools]) -> Ints:
    """What is paid of fees in rows, int64 minor units.

    Parameters
    ----------
    order, opening
        int64; whose row each is, and its opening balance.
    pays
        Which rows are the loan's first that pays, and in which an instalment is paid.
    """
    first, instalment = pays
    out = np.zeros_like(opening)
    for fee in fees:
        if not fee.financed:
            out += np.where(first if fee.upfront else instalment, fee.of(order, opening), 0)
    return out


def most(fees: Sequence[Fee], balance: Floats, term: Ints) -> Floats:
    """More than all that is paid of fees, where no balance is above a bound."""
    out = np.zeros(len(term))
    for fee in fees:
        if not fee.financed:
            each = fee.amount + balance * (fee.share / ONE) * (1 + 1e-9) + fee.multiple
            out += each * (1 if fee.upfront else term)
    return out


def _share(base: Ints, share: Ints, mode: FeeMode, multiple: int) -> Ints:
    return settle(*divide_product(base, share, ONE), ONE, mode, multiple)
