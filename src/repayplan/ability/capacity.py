"""What can be paid: income less living costs, other debts and a contingency, every part shown."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, overload

import numpy as np

from repayplan.ability.allowance import AssumedCost, Contingency, ShareOf
from repayplan.ability.beside import IN_FULL, CreditorRule
from repayplan.ability.capacities import NOTHING_LEFT, Capacities, Capacity
from repayplan.ability.counting import as_assessed, with_arrears
from repayplan.ability.guideline import Guideline, check_groups
from repayplan.ability.household import Household
from repayplan.ability.households import Households, Item
from repayplan.ability.income import IncomeRule
from repayplan.ability.month import MAX_MONTHLY
from repayplan.ability.rule import AllowanceRule
from repayplan.ability.surplus import NOW, Changed, Rules, earned_by, parts
from repayplan.ability.target import PaymentTarget
from repayplan.basics.columns import Screen
from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Bools, Ints, Outcome

NET_ONLY = IncomeRule()
NOTHING_KEPT = Contingency(share=Decimal(0))


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
