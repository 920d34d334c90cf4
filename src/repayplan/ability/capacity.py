"""What can be paid: income less living costs, other debts and a contingency, every part shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import overload

import numpy as np

from repayplan.ability.allowance import Allowance, AssumedCost, Contingency, IncomeRule
from repayplan.ability.figures import share_of
from repayplan.ability.household import Household, Households
from repayplan.basics.columns import Screen
from repayplan.basics.errors import Code
from repayplan.basics.money import to_decimal
from repayplan.basics.outcome import Bools, Ints, Outcome, span

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


MAX_COSTS = 2**60
"""No costs together may exceed this many minor units a month, so that no figure leaves int64."""
NET_ONLY = IncomeRule()
NOTHING_KEPT = Contingency(share=Decimal(0))


@dataclass(frozen=True, slots=True)
class Capacity:
    """What one household can pay a month, and how it comes about (Decimal).

    ``surplus = net_income - covered_costs - other_costs - other_debts - contingency`` is signed;
    ``covered_costs`` is what is spent on what the allowance covers, or the allowance if that is more.
    """

    net_income: Decimal
    allowance: Decimal
    covered_costs: Decimal
    other_costs: Decimal
    other_debts: Decimal
    before_contingency: Decimal
    contingency: Decimal
    surplus: Decimal
    payable: Decimal
    below_allowance: bool

    @property
    def parts(self) -> dict[str, Decimal]:
        """The figures by name, in order."""
        return {name: getattr(self, name) for name in PARTS}


@dataclass(frozen=True, slots=True, eq=False)
class Capacities:
    """What households can pay a month: int64 minor units, one per good row."""

    net_income: Ints
    allowance: Ints
    covered_costs: Ints
    other_costs: Ints
    other_debts: Ints
    contingency: Ints
    decimals: Ints

    @property
    def before_contingency(self) -> Ints:
        """Signed; what is left before anything is kept back."""
        return self.net_income - self.covered_costs - self.other_costs - self.other_debts

    @property
    def surplus(self) -> Ints:
        """Signed; what is left."""
        return self.before_contingency - self.contingency

    @property
    def payable(self) -> Ints:
        """What can be paid: the surplus, or nothing."""
        return np.maximum(self.surplus, 0)

    @property
    def below_allowance(self) -> Bools:
        """Households short of their living costs before they pay anything on this loan."""
        return self.before_contingency < 0

    @property
    def disposable(self) -> Ints:
        """Net income less other debts: what there is to live on and to pay from."""
        return self.net_income - self.other_debts

    def __len__(self) -> int:
        return len(self.net_income)

    def take(self, rows: Ints) -> Capacities:
        """Some of the rows."""
        pick = span(rows)
        return Capacities(*(getattr(self, f.name)[pick] for f in fields(self)))

    def fits(self, scale: Ints) -> Bools:
        """Whether every amount stays within int64 in units so much finer."""
        most = np.iinfo(np.int64).max // 4 // scale
        sizes = (np.abs(getattr(self, f.name)) for f in fields(self) if f.name != "decimals")
        inside: Bools = np.logical_and.reduce([size <= most for size in sizes])
        return inside

    def scaled(self, scale: Ints) -> Capacities:
        """The same amounts in finer units."""
        if (scale == 1).all():
            return self
        finer = {f.name: getattr(self, f.name) * scale for f in fields(self)}
        finer["decimals"] = self.decimals + np.rint(np.log10(scale)).astype(np.int64)
        return Capacities(**finer)

    def one(self, i: int) -> Capacity:
        """Row ``i`` for a person."""
        d = int(self.decimals[i])
        money = {name: to_decimal(int(getattr(self, name)[i]), d) for name in (*PARTS, "payable")}
        return Capacity(**money, below_allowance=bool(self.below_allowance[i]))


@overload
def capacity(
    households: Household,
    allowance: Allowance,
    *,
    income: IncomeRule = ...,
    contingency: Contingency = ...,
    assumed: Sequence[AssumedCost] = ...,
) -> Capacity: ...
@overload
def capacity(
    households: Households,
    allowance: Allowance,
    *,
    income: IncomeRule = ...,
    contingency: Contingency = ...,
    assumed: Sequence[AssumedCost] = ...,
) -> Outcome[Capacities]: ...
def capacity(
    households: Household | Households,
    allowance: Allowance,
    *,
    income: IncomeRule = NET_ONLY,
    contingency: Contingency = NOTHING_KEPT,
    assumed: Sequence[AssumedCost] = (),
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
        Rules for gross income, for what is kept back, and for costs that aren't known.

    Returns
    -------
    :class:`Capacity`, or an Outcome of :class:`Capacities`.

    Raises
    ------
    InputError
        One household: the same faults, raised.

    Examples
    --------
    >>> home = Household(adults=1, net_income={"pay": "2000"}, costs={"food": "300", "rent": "700"})
    >>> rule = Allowance(adult_first="800", adult_further="500", child="300", covers=("food",), source="own")
    >>> can = capacity(home, rule)
    >>> can.covered_costs, can.other_costs, can.payable
    (Decimal('800.00'), Decimal('700.00'), Decimal('500.00'))
    """
    if isinstance(households, Household):
        batch = households.batch
        return capacity(
            batch, allowance, income=income, contingency=contingency, assumed=assumed
        ).single().one(0)  # fmt: skip
    screen = Screen(len(households))
    screen.adopt(households.failures)
    net, gross = households.net_income, households.gross_income
    if income.net_of_gross is None:
        screen.fault(~net.given, Code.GROSS_WITHOUT_RULE, "gross_income")
        earned = net.amount
    else:
        earned = np.where(net.given, net.amount, share_of(gross.amount, income.net_of_gross, up=False))
    covered, others = np.zeros(len(households), np.int64), np.zeros(len(households), np.int64)
    categories = dict.fromkeys((*households.costs, *(a.category for a in assumed)))
    for category in categories:
        own = households.costs.get(category)
        given = np.zeros(len(households), np.bool_) if own is None else own.given
        amount = np.zeros(len(households), np.int64) if own is None else own.amount
        rules = [a for a in assumed if a.category == category]
        if not rules and category not in allowance.covers:
            # What isn't known must not count as nothing; a covered cost is at least the allowance.
            screen.fault(~given, Code.MISSING, f"costs.{category}")
        ruled, lacking = given | (not rules), np.zeros(len(households), np.bool_)
        for rule in rules:
            applies = ~given
            if rule.tenure is not None:
                applies &= np.isin(households.tenure, rule.tenure)
            lacking = np.where(applies, rule.needs_gross & ~gross.given, lacking)
            base = earned if rule.of == "net_income" else gross.amount
            amount = np.where(applies, rule.monthly(base, households.decimals), amount)
            ruled |= applies
        screen.fault(lacking, Code.MISSING, "gross_income")
        # A tenure that the policy doesn't know must not pass as a cost of nothing.
        screen.fault(~ruled & (households.tenure == ""), Code.MISSING, "tenure")
        screen.fault(~ruled, Code.UNKNOWN_VALUE, "tenure", households.tenure)
        amount = np.minimum(amount, MAX_COSTS + 1)
        big = covered + others + amount > MAX_COSTS
        screen.fault(big, Code.BEYOND_DOMAIN, f"costs.{category}", "total a month")
        amount = np.where(big, 0, amount)
        if category in allowance.covers:
            covered = covered + amount
        else:
            others = others + amount
    least, beyond = allowance.screened(households)
    screen.fault(beyond, Code.BEYOND_DOMAIN, "allowance", households.decimals)
    before = earned - np.maximum(covered, least) - others - households.other_debts
    kept = contingency.monthly(before, households.decimals)
    row = np.flatnonzero(screen.good)
    columns = (earned, least, np.maximum(covered, least), others, households.other_debts, kept)
    made = Capacities(*columns, households.decimals).take(row)
    return Outcome(made, row, screen.failures())
