"""What can be paid: income less living costs, other debts and a contingency, every part shown."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, overload

import numpy as np

from repayplan.ability.allowance import AssumedCost, Contingency, ShareOf
from repayplan.ability.beside import IN_FULL, CreditorRule
from repayplan.ability.counting import as_assessed, with_arrears
from repayplan.ability.guideline import Group, Guideline, check_groups
from repayplan.ability.household import Household, Households, Item
from repayplan.ability.income import IncomeRule
from repayplan.ability.month import MAX_MONTHLY
from repayplan.ability.rule import AllowanceRule
from repayplan.ability.surplus import NOW, Changed, Rules, earned_by, parts
from repayplan.ability.target import PaymentTarget
from repayplan.basics.columns import Screen, money_of
from repayplan.basics.dates import (
    FREQUENCIES,
    FREQUENCY_INDEX,
    FREQUENCY_NAMES,
    PERIOD_MONTHS_DEN,
    PERIOD_MONTHS_NUM,
    a_period,
)
from repayplan.basics.errors import Code, InputError
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
NET_ONLY = IncomeRule()
NOTHING_KEPT = Contingency(share=Decimal(0))


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


@overload
def capacity(
    households: Household,
    allowance: AllowanceRule,
    *,
    income: IncomeRule = ...,
    contingency: Contingency = ...,
    assumed: Sequence[AssumedCost] = ...,
    guidelines: Sequence[Guideline] = ...,
    target: PaymentTarget | None = ...,
    creditors: CreditorRule = ...,
    claim: Any = ...,
) -> Capacity: ...
@overload
def capacity(
    households: Households,
    allowance: AllowanceRule,
    *,
    income: IncomeRule = ...,
    contingency: Contingency = ...,
    assumed: Sequence[AssumedCost] = ...,
    guidelines: Sequence[Guideline] = ...,
    target: PaymentTarget | None = ...,
    creditors: CreditorRule = ...,
    claim: Any = ...,
) -> Outcome[Capacities]: ...
def capacity(
    households: Household | Households,
    allowance: AllowanceRule,
    *,
    income: IncomeRule = NET_ONLY,
    contingency: Contingency = NOTHING_KEPT,
    assumed: Sequence[AssumedCost] = (),
    guidelines: Sequence[Guideline] = (),
    target: PaymentTarget | None = None,
    creditors: CreditorRule = IN_FULL,
    claim: Any = None,
) -> Capacity | Outcome[Capacities]:
    """What a household can pay a month and still live on its allowance.

    ``net income - living costs - other debts - contingency``, signed. Categories that the allowance
    covers count together as what is declared or the allowance, whichever is more; the others as
    declared, or as assumed by the policy where nothing is.

    A batch's row has a code where only gross income is known and there is no rule for it, where a cost
    that the allowance doesn't cover isn't known and no rule assumes it, where a cost is to be assumed from
    an income or a tenure that isn't known, and beyond the domain (2**59 minor
    units a month for one figure, 2**60 for all costs).

    Parameters
    ----------
    households
        One, or a batch.
    allowance
        The minimum living allowance.
    income, contingency, assumed
        Rules for income, for what is kept back, and for costs that aren't known.
    guidelines
        What becomes of spending on other categories that differs from guideline figures; no category may be
        covered twice.
    target
        What may be paid as a share of income, at most, or in place of what is left.
    creditors, claim
        How other creditors count; where they share what is left, what is claimed on the loan that is looked
        at, in currency units: for all or one a household.

    Returns
    -------
    :class:`Capacity`, or an Outcome of :class:`Capacities`.

    Raises
    ------
    InputError
        One household: the same faults, raised. Creditors share, and there is no claim of this one.

    Examples
    --------
    >>> home = Household(adults=1, net_income={"pay": "2000"}, costs={"food": "300", "rent": "700"})
    >>> from repayplan import Allowance
    >>> rule = Allowance(adult_first="800", adult_further="500", child="300", covers=("food",), source="own")
    >>> can = capacity(home, rule)
    >>> can.covered_costs, can.other_costs, can.payable
    (Decimal('800.00'), Decimal('700.00'), Decimal('500.00'))
    """
    if isinstance(households, Household):
        return capacity(
            households.batch,
            allowance,
            income=income,
            contingency=contingency,
            assumed=assumed,
            guidelines=guidelines,
            target=target,
            creditors=creditors,
            claim=claim,
        ).single().one(0)  # fmt: skip
    screen = Screen(len(households))
    homes = beside_others(screen, households, creditors, claim)
    rules = Rules(
        allowance=allowance,
        income=income,
        contingency=contingency,
        assumed=assumed,
        guidelines=tuple(guidelines),
        target=target,
        creditors=creditors,
    )
    made = work_out(screen, as_assessed(screen, homes, rules.income, creditors), rules, homes.costs)
    row = np.flatnonzero(screen.good)
    return Outcome(made.take(row), row, screen.failures())


def beside_others(
    screen: Screen, households: Households, creditors: CreditorRule, claim: Any = None
) -> Households:
    """The households as the rule for other creditors has them; takes over their codes.

    Raises
    ------
    InputError
        Creditors share, and nobody said what is claimed on this loan.
    """
    homes = with_arrears(households, creditors)
    screen.adopt(homes.failures)
    if claim is not None:
        homes = replace(homes, own_claim=screen.money("claim", claim, homes.decimals))
    if creditors.pro_rata is not None and homes.own_claim is None:
        raise InputError(Code.MISSING, "claim", None, "what is claimed on this loan, beside other creditors")
    return homes


def work_out(
    screen: Screen, households: Households, rules: Rules, asked: Collection[str], changed: Changed = NOW
) -> Capacities:
    """What all the households can pay in a month; of rows with a code the figures mean nothing.

    Parameters
    ----------
    households, asked, changed
        See :func:`~repayplan.ability.surplus.parts`.
    """
    check_groups(rules.allowance, rules.guidelines)
    got = parts(screen, households, rules, asked, changed)
    return Capacities(
        got.earned,
        got.allowance,
        got.covered,
        got.others,
        got.debts,
        got.kept,
        got.reserved,
        got.beyond,
        households.decimals,
        got.groups,
    )


def with_more_income(households: Households, more: Ints, rules: Rules, of: ShareOf = "net_income") -> Ints:
    """What is left a month, signed, with so much more income.

    Costs that are assumed from net income rise with it. Gross income stays where there is more net income,
    and net income where there is more gross income and net income is known.

    Parameters
    ----------
    households
        All good.
    more
        int64 minor units a month, 0 or more.
    of
        Of which income.

    Returns
    -------
    int64; :data:`NOTHING_LEFT` where that leaves the domain.
    """
    screen, beyond = Screen(len(households)), np.zeros(len(households), np.bool_)
    if of == "gross_income":
        households, beyond = with_more_gross(households, more)
    assessed = as_assessed(screen, households, rules.income, rules.creditors)
    if of == "net_income":
        assessed = richer(screen, assessed, more, rules.income)
    can = work_out(screen, assessed, rules, households.costs)
    return np.where(screen.good & ~beyond, can.surplus, NOTHING_LEFT)


def with_more_gross(households: Households, more: Ints) -> tuple[Households, Bools]:
    """Households that state so much more gross income a month, and where that leaves the domain.

    It is beside what their items say, and there in every month.
    """
    gross = households.gross_income
    beyond = more > MAX_MONTHLY - gross.amount
    total = gross.amount + np.where(beyond, 0, more)
    return replace(households, gross_income=Item(total, gross.given | (more > 0))), beyond


def richer(screen: Screen, households: Households, more: Ints, income: IncomeRule) -> Households:
    """Households without items that have so much more net income a month; gross income stays."""
    earned = earned_by(screen, households, income)
    beyond = more > MAX_MONTHLY - earned
    screen.fault(beyond, Code.BEYOND_DOMAIN, "net_income")
    total = earned + np.where(beyond, 0, more)
    return replace(households, net_income=Item(total, np.ones(len(earned), np.bool_)))
