"""The rate of overdue amounts, and what it is charged on."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal, get_args

import numpy as np

from repayplan.ability.figures import decimal, one_of, whole
from repayplan.accounts.component import Component, components
from repayplan.basics.columns import RATE_DECIMALS
from repayplan.basics.dates import Days
from repayplan.basics.errors import Code, InputError
from repayplan.basics.index import Index
from repayplan.basics.outcome import Bools, Ints

Settled = Literal["never", "daily", "monthly", "quarterly"]
MOST_TIMES, MOST_RATE = 100, 10
OVERDUE_DECIMALS = 11
"""A rate of overdue amounts is reckoned in units of 1e-11."""
_FINE = 10 ** (OVERDUE_DECIMALS - RATE_DECIMALS)


@dataclass(frozen=True, slots=True, kw_only=True)
class OverdueRate:
    """A rate of overdue amounts: ``multiplier`` times the contract's rate, a fixed one or an index, + uplift.

    Parameters
    ----------
    multiplier
        How many times: ``"1.5"`` is half as much again.
    uplift
        Added to it, a year.
    rate
        A fixed annual rate, a fraction. Neither this nor an index: the contract's rate.
    index
        A published rate over time; each day bears the one in force on it.

    Raises
    ------
    InputError
        Both a rate and an index; a figure out of range.

    Examples
    --------
    The contract's rate and half as much again (PBOC 银发〔2003〕251号: 30 % to 50 % more):

    >>> OverdueRate(multiplier="1.5").on("0.05508")
    Fraction(4131, 50000)
    """

    multiplier: Decimal = Decimal(1)
    uplift: Decimal = Decimal(0)
    rate: Decimal | None = None
    index: Index | None = None

    def __post_init__(self) -> None:
        times = decimal("multiplier", self.multiplier, most=MOST_TIMES, places=4)
        object.__setattr__(self, "multiplier", times)
        uplift = decimal("uplift", self.uplift, most=MOST_RATE, places=RATE_DECIMALS)
        object.__setattr__(self, "uplift", uplift)
        if self.rate is not None:
            rate = decimal("rate", self.rate, most=MOST_RATE, places=RATE_DECIMALS)
            object.__setattr__(self, "rate", rate)
            if self.index is not None:
                rule = "a fixed rate or an index, not both"
                raise InputError(Code.UNKNOWN_VALUE, "index", self.index.name, rule)
        if self.index is not None and not isinstance(self.index, Index):
            raise InputError(Code.UNKNOWN_VALUE, "index", self.index, "an Index")

    def on(self, contract: Decimal | str | int, day: object = None) -> Fraction:
        """The annual rate, exactly; ``day`` is needed where there is an index.

        Raises
        ------
        InputError
            A contract's rate that isn't from 0 to 10, or a day before the first rate of the index.
        """
        if self.index is not None:
            base = self.index.on(day)  # type: ignore[arg-type]
        else:
            base = self.rate if self.rate is not None else decimal("rate", contract, most=MOST_RATE)
        return Fraction(base) * Fraction(self.multiplier) + Fraction(self.uplift)

    def units(self, contract: Ints, days: Days) -> tuple[Ints, Bools]:
        """Rates in units of 1e-11, rounded down to one, and where an index has none yet.

        Parameters
        ----------
        contract
            int64 multiples of 1e-10.
        days
            datetime64[D]; one for each.
        """
        early = np.zeros(len(contract), np.bool_)
        if self.index is not None:
            base, early = self.index.at(days)
        elif self.rate is not None:
            base = np.full(len(contract), int(self.rate * 10**RATE_DECIMALS))
        else:
            base = contract
        times = int(self.multiplier * 10**4)  # of at most 1e11 units: int64 holds ten of the products
        return base * times * _FINE // 10**4 + int(self.uplift * 10**RATE_DECIMALS) * _FINE, early


@dataclass(frozen=True, slots=True, kw_only=True)
class OverdueLedger:
    """One ledger of what is charged: on what, at which rate, and when what was charged bears interest itself.

    Parameters
    ----------
    on
        Components of an overdue instalment that it is charged on. One that names ``penalty`` or ``compound``
        is charged on what was settled of them: interest on penalty interest, which is contested, is asked for
        by naming it.
    rate
        After the last due date of the plan, and from the day on which all of it is called in; before it too,
        where there is no other.
    in_term
        Up to the last due date.
    settled
        When what was charged joins what is charged on, where a ledger names it: ``"never"``, at the end of
        each day, or of the settlement day of each month or quarter (March, June, September, December). What
        joins is what is owed of it then, rounded; a payment of the ledger goes to it first.
    settlement_day
        Of the month; the last day of one that is shorter.

    Raises
    ------
    InputError
        No component; something else in place of a rate; a settlement day that isn't from 1 to 31.
    """

    on: tuple[Component, ...]
    rate: OverdueRate
    in_term: OverdueRate | None = None
    settled: Settled = "never"
    settlement_day: int = 20

    def __post_init__(self) -> None:
        object.__setattr__(self, "on", components("on", self.on, all_of_them=False))
        for name in ("rate", "in_term"):
            value = getattr(self, name)
            if not isinstance(value, OverdueRate) and (value is not None or name == "rate"):
                code = Code.MISSING if value is None else Code.UNKNOWN_VALUE
                raise InputError(code, name, value, "OverdueRate")
        one_of("settled", self.settled, get_args(Settled))
        whole("settlement_day", self.settlement_day, 1, 31, "day of the month")
