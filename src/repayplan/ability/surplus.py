"""The arithmetic of a month: what is earned, what is needed and spent, and what is left."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import NamedTuple

import numpy as np

from repayplan.ability.allowance import AssumedCost, Contingency
from repayplan.ability.beside import IN_FULL, CreditorRule
from repayplan.ability.figures import share_of
from repayplan.ability.guideline import Group, Guideline
from repayplan.ability.households import Households, Item
from repayplan.ability.income import IncomeRule
from repayplan.ability.month import MAX_MONTHLY
from repayplan.ability.rule import AllowanceRule
from repayplan.ability.target import PaymentTarget
from repayplan.basics.columns import Screen, money_of
from repayplan.basics.errors import Code
from repayplan.basics.outcome import Ints
from repayplan.kernel.accrue import MAX_DENOMINATOR, divide_product

MAX_COSTS = 2**60
"""No costs together may exceed this many minor units a month, so that no figure leaves int64."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The rules between what a household says and what it can pay.

    Attributes
    ----------
    allowance, income, contingency, assumed, guidelines, target, creditors
        As :func:`capacity` takes them.
    """

    allowance: AllowanceRule
    income: IncomeRule
    contingency: Contingency
    assumed: Sequence[AssumedCost] = ()
    guidelines: tuple[Guideline, ...] = ()
    target: PaymentTarget | None = None
    creditors: CreditorRule = IN_FULL

    def __post_init__(self) -> None:
        of_gross = self.target is not None and self.target.of == "gross_income"
        if self.alone and of_gross and self.income.net_of_gross is None:
            # Net income decides nothing: where it isn't known, gross income is shown in its place.
            object.__setattr__(self, "income", replace(self.income, net_of_gross=Decimal(1)))

    @property
    def rises_with_gross(self) -> bool:
        """Whether a target of gross income lets more be paid the more of it there is, whatever comes of it.

        Not where costs or an allowance are worked out from gross income, nor where the target pays costs that
        are assumed from net income: more income may then leave less to pay.
        """
        target, rules = self.target, (self.allowance, *(each.allowance for each in self.guidelines))
        if target is None or target.of != "gross_income":
            return False
        named = any(each.follows_net_income and each.category in target.less for each in self.assumed)
        of_gross = any(each.needs_gross for each in self.assumed)
        return not (named or of_gross or any(rule.follows_gross_income for rule in rules))

    @property
    def alone(self) -> bool:
        """Whether a target says what may be paid, whatever is left."""
        return self.target is not None and self.target.alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What has changed by a month that lies ahead.

    Attributes
    ----------
    stress
        The share by which income is less.
    uprating, times
        By what share guideline figures are raised, and how often they have been by then.
    """

    stress: Decimal = Decimal(0)
    uprating: Decimal = Decimal(0)
    times: int = 0

    def raised(self, screen: Screen, figure: Ints) -> Ints:
        """A guideline figure as it is by then, rounded up to the minor unit each time that it is raised."""
        for _ in range(self.times):
            figure = figure + share_of(np.minimum(figure, MAX_MONTHLY), self.uprating, up=True)
            beyond = figure > MAX_MONTHLY
            screen.fault(beyond, Code.BEYOND_DOMAIN, "allowance")
            figure = np.where(beyond, 0, figure)
        return figure


NOW = Changed()


class Parts(NamedTuple):
    """The figures of a month, int64 minor units; of rows with a code they mean nothing."""

    earned: Ints
    allowance: Ints
    covered: Ints
    others: Ints
    debts: Ints
    reserved: Ints
    beyond: Ints
    kept: Ints
    groups: tuple[Group, ...]


def parts(
    screen: Screen, households: Households, rules: Rules, asked: Collection[str], changed: Changed = NOW
) -> Parts:
    """Every figure of a month.

    Parameters
    ----------
    households
        Without items.
    asked
        Categories that every household was asked about: of these, what isn't given must not count as nothing.
    changed
        What is no more as it was.
    """
    size = len(households)
    earned = earned_by(screen, households, rules.income)
    earned = earned - share_of(earned, changed.stress, up=True)
    target, less = rules.target, np.zeros(size, np.int64)
    named = () if target is None else target.less
    covers = [rules.allowance.covers, *(g.allowance.covers for g in rules.guidelines)]
    needed = [False, *(g.below == "declared" for g in rules.guidelines)]
    # What is spent: on what the allowance covers, on the group of each guideline, on everything else.
    spent = [np.zeros(size, np.int64) for _ in (*covers, ())]
    most = money_of(np.full(size, MAX_COSTS), households.decimals)
    for category in dict.fromkeys((*households.costs, *(a.category for a in rules.assumed), *named)):
        place = next((i for i, group in enumerate(covers) if category in group), len(covers))
        # A target looks at the costs that it names, whatever stands for them; where it stands alone, others
        # needn't be known.
        must = category in named or (not rules.alone and category in asked and (*needed, True)[place])
        amount = _cost(
            screen,
            households,
            earned,
            rules.assumed,
            category,
            needed=must,
        )
        amount = np.minimum(amount, MAX_COSTS + 1)
        total = np.add.reduce([*spent, amount])
        big = total > MAX_COSTS
        shown = money_of(total, households.decimals)
        screen.fault(big, Code.BEYOND_DOMAIN, f"costs.{category}", shown, most)
        spent[place] = spent[place] + np.where(big, 0, amount)
        less = less + np.where(big, 0, amount) if category in named else less
    # A rule of net income looks at what counts as that.
    counted = replace(households, net_income=Item(earned, np.ones(size, np.bool_)))
    least, *usual = (
        changed.raised(screen, rule.screened(screen, counted))
        for rule in (rules.allowance, *(g.allowance for g in rules.guidelines))
    )
    groups = tuple(Group(*each) for each in zip(rules.guidelines, spent[1:-1], usual, strict=True))
    others = spent[-1]
    for group in groups:
        others = others + group.guideline.counted(group.declared, group.figure)
        shown = money_of(others, households.decimals)
        screen.fault(others > MAX_COSTS, Code.BEYOND_DOMAIN, "costs", shown, most)
        others = np.where(others > MAX_COSTS, 0, others)
    covered = np.maximum(spent[0], least)
    left, reserved = earned - covered - others - households.other_debts, np.zeros(size, np.int64)
    beyond = room = reserved
    if target is not None:
        room = _targeted(screen, households, earned, target, changed) - less
    if rules.alone:
        reserved, left = left - room, room
    kept = rules.contingency.monthly(left, households.decimals)
    shared = _to_others(screen, households, left - kept)
    if target is not None and not rules.alone:
        # The share is of this loan's payments: what is kept back and what others get is no part of it.
        beyond = reserved = np.maximum(left - kept - shared - room, 0)
    return Parts(
        earned, least, covered, others, households.other_debts + shared, reserved, beyond, kept, groups
    )


def _targeted(
    screen: Screen, households: Households, earned: Ints, target: PaymentTarget, changed: Changed
) -> Ints:
    """The share of income that may be paid, before any cost."""
    income, gross = earned, households.gross_income
    if target.of == "gross_income":
        screen.fault(~gross.given, Code.MISSING, "gross_income")
        income = gross.amount - share_of(gross.amount, changed.stress, up=True)
    return share_of(income, target.share, up=False)


def _to_others(screen: Screen, households: Households, left: Ints) -> Ints:
    """What of an amount goes to creditors that share it with this loan."""
    own, others = households.own_claim, households.other_claims
    if own is None or others is None:
        return np.zeros(len(households), np.int64)
    total, most = own + others, np.full(len(households), MAX_DENOMINATOR - 1)
    beyond = total > most
    figures = (money_of(units, households.decimals) for units in (total, most))
    screen.fault(beyond, Code.BEYOND_DOMAIN, "claims", *figures)
    some, shared = ~beyond & (total > 0), np.maximum(left, 0)
    mine, _ = divide_product(shared, np.where(some, own, 1), np.where(some, total, 1))
    return shared - mine


def earned_by(screen: Screen, households: Households, income: IncomeRule) -> Ints:
    """Net income a month, of those of whom only gross income is known by the rule for it."""
    net, gross = households.net_income, households.gross_income
    if income.net_of_gross is None:
        screen.fault(~net.given, Code.GROSS_WITHOUT_RULE, "gross_income")
        return net.amount
    return np.where(net.given, net.amount, share_of(gross.amount, income.net_of_gross, up=False))


def _cost(
    screen: Screen,
    households: Households,
    earned: Ints,
    assumed: Sequence[AssumedCost],
    category: str,
    *,
    needed: bool,
) -> Ints:
    """What is spent in a category, as given or as a rule assumes it."""
    size, gross = len(households), households.gross_income
    own = households.costs.get(category)
    given = np.zeros(size, np.bool_) if own is None else own.given
    amount = np.zeros(size, np.int64) if own is None else own.amount
    rules = [a for a in assumed if a.category == category]
    if not rules and needed:
        # What isn't known must not count as nothing; a covered cost is at least the allowance.
        screen.fault(~given, Code.MISSING, f"costs.{category}")
    ruled, lacking = given | (not rules), np.zeros(size, np.bool_)
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
    known = ", ".join(dict.fromkeys(name for rule in rules for name in rule.tenure or ()))
    screen.fault(~ruled, Code.UNKNOWN_VALUE, "tenure", households.tenure, known)
    return amount
