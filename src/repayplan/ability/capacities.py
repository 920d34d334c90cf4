"""Capacities with every part shown: of one household, of a batch."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from repayplan.ability.guideline import Group
from repayplan.basics.columns import Screen, money_of
from repayplan.basics.dates import (
    FREQUENCIES,
    FREQUENCY_INDEX,
    FREQUENCY_NAMES,
    PERIOD_MONTHS_DEN,
    PERIOD_MONTHS_NUM,
    a_period,
)
from repayplan.basics.errors import Code
from repayplan.basics.money import MAX_TOTAL, to_decimal
from repayplan.basics.outcome import Bools, Ints, Outcome, brief, span
from repayplan.basics.reason import Reason

PARTS = (
    "net_income",
    "allowance",
    "covered_costs",
    "other_costs",
    "other_debts",
    "before_contingency",
    "contingency",
    "surplus",
)
"""The figures behind a capacity, in the order in which they are worked out."""
AMOUNTS = (
    "net_income",
    "allowance",
    "covered_costs",
    "other_costs",
    "other_debts",
    "contingency",
    "reserved",
    "beyond_target",
)
NOTHING_LEFT = -(2**62)
"""In place of a figure that isn't within the domain."""
MOST_PAYABLE = np.array(
    [
        min(((MAX_TOTAL + 1) * den - 1) // num, MAX_TOTAL)
        for num, den in zip(PERIOD_MONTHS_NUM.tolist(), PERIOD_MONTHS_DEN.tolist(), strict=True)
    ],
    np.int64,
)
"""By frequency: the most payable a month of which a period's share is within what a plan may add up to."""


@dataclass(frozen=True, slots=True)
class Capacity:
    """What one household can pay a month, and how it comes about (Decimal).

    ``surplus = net_income - covered_costs - other_costs - other_debts - reserved - contingency`` is signed;
    ``covered_costs`` is what is spent on what the allowance covers, or the allowance if that is more.
    ``other_debts`` is what other creditors get, their shares of what is left among it. ``reserved`` is what
    may not be paid although it is left, where the policy has a target; below 0 where more than that may, by
    a target that stands alone.
    ``reasons`` says what of the spending a person should ask about.
    """

    net_income: Decimal
    allowance: Decimal
    covered_costs: Decimal
    other_costs: Decimal
    other_debts: Decimal
    reserved: Decimal
    before_contingency: Decimal
    contingency: Decimal
    surplus: Decimal
    payable: Decimal
    below_allowance: bool
    reasons: tuple[Reason, ...] = ()

    @property
    def parts(self) -> dict[str, Decimal]:
        """The figures by name, in order; ``reserved`` only where something is."""
        names = PARTS if not self.reserved else (*PARTS[:5], "reserved", *PARTS[5:])
        return {name: getattr(self, name) for name in names}

    def per_period(self, frequency: str) -> Decimal:
        """What can be paid in a period of a loan of this frequency: the month's share, rounded down.

        Twelve months count as 52 weeks, so a week has 12/52 of what a month has, and a day a seventh of that.
        Amounts of weeks were rounded to the month before, income down and outgoings up: a week may have less
        than its own amounts would leave, by a quarter of a unit for each and the last rounding, never more.

        Parameters
        ----------
        frequency
            Name of a loan's frequency.

        Returns
        -------
        Decimal of as many places as ``payable``; all periods of a year together never ask for more than
        its months have.

        Raises
        ------
        InputError
            The frequency is unknown, or what is payable a month or a period is above 2**62 minor units.

        Examples
        --------
        >>> from repayplan import Household, capacity
        >>> home = Household(net_income={"pay": "2000"}, costs={"rent": "700"})
        >>> from repayplan import Allowance
        >>> rule = Allowance(adult_first="800", adult_further="500", child="300", covers=(), source="own")
        >>> can = capacity(home, rule)
        >>> can.payable, can.per_period("weekly"), can.per_period("quarterly")
        (Decimal('500.00'), Decimal('115.38'), Decimal('1500.00'))
        """
        decimals = max(-int(self.payable.as_tuple().exponent), 0)
        units = min(int(Fraction(self.payable) * 10**decimals), np.iinfo(np.int64).max)
        periods = _per_period(np.array([units], np.int64), np.array([decimals], np.int64), frequency)
        return to_decimal(int(periods.single()[0]), decimals)


@dataclass(frozen=True, slots=True, eq=False)
class Capacities:
    """What households can pay a month: int64 minor units, one per good row.

    Attributes
    ----------
    reserved
        Signed; what is left and may not be paid, by a target, or of several households behind one loan.
    beyond_target
        What of that a target holds back that stands beside what is left.
    groups
        Spending beside each guideline.
    """

    net_income: Ints
    allowance: Ints
    covered_costs: Ints
    other_costs: Ints
    other_debts: Ints
    contingency: Ints
    reserved: Ints
    beyond_target: Ints
    decimals: Ints
    groups: tuple[Group, ...] = ()

    @property
    def before_contingency(self) -> Ints:
        """Signed; what there is before anything is kept back for contingencies."""
        left = self.net_income - self.covered_costs - self.other_costs - self.other_debts
        return left - self.reserved

    @property
    def surplus(self) -> Ints:
        """Signed; what is left, or as much of it as a target lets be paid."""
        return self.before_contingency - self.contingency

    @property
    def left(self) -> Ints:
        """Signed; what is left, whatever a target beside it says."""
        return self.surplus + self.beyond_target

    @property
    def payable(self) -> Ints:
        """What can be paid: the surplus, or nothing."""
        return np.maximum(self.surplus, 0)

    @property
    def below_allowance(self) -> Bools:
        """Households short of their living costs before they pay anything on this loan."""
        return self.before_contingency + self.beyond_target < 0

    @property
    def disposable(self) -> Ints:
        """Net income less other debts: what there is to live on and to pay from."""
        return self.net_income - self.other_debts

    def per_period(self, frequency: Any) -> Outcome[Ints]:
        """What can be paid in a period of each loan's frequency: the month's share, rounded down.

        The rule of :meth:`Capacity.per_period`, row by row.

        Parameters
        ----------
        frequency
            One name for all rows, a column of names, or an int64 array of indices such as
            ``loans.frequency`` (into :data:`~repayplan.basics.dates.FREQUENCIES`).

        Returns
        -------
        Outcome of int64 minor units. A row has a code where its frequency is missing or unknown, or the
        share of a period is above 2**62 minor units.

        Raises
        ------
        TypeError
            The column has another length.

        Examples
        --------
        >>> from repayplan import Households, capacity
        >>> homes = Households.from_columns(net_income=["1300", "1300", "1300"])
        >>> from repayplan import Allowance
        >>> rule = Allowance(adult_first="800", adult_further="500", child="300", covers=(), source="own")
        >>> can = capacity(homes, rule).value
        >>> can.per_period("weekly").value, can.per_period(["monthly", "weekly", "annual"]).value
        (array([11538, 11538, 11538]), array([ 50000,  11538, 600000]))
        """
        return _per_period(self.payable, self.decimals, frequency)

    def __len__(self) -> int:
        return len(self.net_income)

    def take(self, rows: Ints) -> Capacities:
        """Some of the rows."""
        pick = span(rows)
        columns = {name: getattr(self, name)[pick] for name in (*AMOUNTS, "decimals")}
        return Capacities(**columns, groups=tuple(group.take(pick) for group in self.groups))

    def fits(self, scale: Ints) -> Bools:
        """Whether every amount stays within int64 in units so much finer."""
        return self.largest <= self.most(scale)

    @property
    def largest(self) -> Ints:
        """The largest of the amounts, signs aside."""
        amounts = [np.abs(getattr(self, name)) for name in AMOUNTS]
        largest: Ints = np.maximum.reduce(amounts)
        return largest

    @staticmethod
    def most(scale: Ints) -> Ints:
        """What an amount may be at most, to stay within int64 in units so much finer."""
        return np.iinfo(np.int64).max // 4 // scale

    def scaled(self, scale: Ints) -> Capacities:
        """The same amounts in finer units."""
        if (scale == 1).all():
            return self
        finer = {name: getattr(self, name) * scale for name in AMOUNTS}
        decimals = self.decimals + np.rint(np.log10(scale)).astype(np.int64)
        groups = tuple(group.scaled(scale) for group in self.groups)
        return Capacities(**finer, decimals=decimals, groups=groups)

    def one(self, i: int) -> Capacity:
        """Row ``i`` for a person."""
        d = int(self.decimals[i])
        money = {name: to_decimal(int(getattr(self, name)[i]), d) for name in (*PARTS, "reserved", "payable")}
        asked = (group.reason(i, d) for group in self.groups)
        return Capacity(
            **money,
            below_allowance=bool(self.below_allowance[i]),
            reasons=tuple(reason for reason in asked if reason is not None),
        )


def read_frequency(screen: Screen, frequency: Any) -> Ints:
    """Indices of frequencies, from names or indices."""
    if isinstance(frequency, np.ndarray) and frequency.dtype.kind in "iu":
        return screen.count("frequency", frequency, 0, len(FREQUENCIES) - 1)
    return screen.choice("frequency", frequency, FREQUENCY_INDEX, known=FREQUENCY_NAMES)


def _per_period(payable: Ints, decimals: Ints, frequency: Any) -> Outcome[Ints]:
    """Amounts a month, none negative, as amounts a period."""
    screen = Screen(len(payable))
    often = brief(read_frequency(screen, frequency))  # one for all where they are alike
    most = MOST_PAYABLE[often]
    figures = (money_of(np.broadcast_to(amounts, payable.shape), decimals) for amounts in (payable, most))
    screen.fault(payable > most, Code.BEYOND_DOMAIN, "payable", *figures)
    row = np.flatnonzero(screen.good)
    at = span(row)
    often = often if len(often) == 1 else often[at]
    return Outcome(a_period(payable[at], often), row, screen.failures())
