"""What a household's items come to in a month: one figure of income, of costs by category, of other debts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from repayplan.ability.figures import share_of
from repayplan.ability.household import Households, Item
from repayplan.ability.income import IncomeRule
from repayplan.ability.items import COST, DEBT, DEDUCTION, GROSS, NET, Items
from repayplan.ability.month import MAX_MONTHLY, month_of
from repayplan.ability.ragged import added
from repayplan.basics.columns import Screen, money_of
from repayplan.basics.errors import Code
from repayplan.basics.outcome import Bools, Ints


def as_assessed(screen: Screen, homes: Households, income: IncomeRule) -> Households:
    """Every household by its month of assessment, which one whose items are dated must have."""
    if homes.items is None:
        return homes
    unknown = np.isnat(homes.assessed)
    screen.fault(homes.dated & unknown, Code.MISSING, "assessed")
    month = month_of(np.where(unknown, np.datetime64(0, "D"), homes.assessed))
    return in_month(screen, homes, month, income)


def in_month(screen: Screen, homes: Households, month: Ints, income: IncomeRule) -> Households:
    """The same households without items: what these come to is in their figures.

    Net income is what is net, and gross income less deductions; without any deduction, gross income counts by
    the policy's rule. Where there are both, the lesser counts: nothing shows that the deductions that are
    stated are all there are, of every gross income. In a month in which no gross income counts, no deduction
    does, as there is nothing that it could be taken from.

    Parameters
    ----------
    screen
        Gets codes: evidence that the policy needs or says nothing about, deductions above gross income, gross
        income without a rule, and sums beyond the domain.
    month
        int64; months since 1970-01, one for each household.
    """
    items = homes.items
    if items is None:
        return homes
    size = len(homes)
    there = items.counts_in(month[items.of])
    amount = np.where(there, _amounts(screen, homes, items, income), 0)
    most = money_of(np.full(size, MAX_MONTHLY), homes.decimals)

    def with_items(field: str, base: Ints, which: Bools) -> Ints:
        total, beyond = np.zeros(size, np.int64), base > MAX_MONTHLY
        if which.any():
            total, beyond = added(amount[which], items.of[which], size, MAX_MONTHLY)
            beyond |= total > MAX_MONTHLY - base
        screen.fault(beyond, Code.BEYOND_DOMAIN, field, "", most)
        return np.where(beyond, 0, base + total)

    def has(which: Bools) -> Bools:
        found = np.zeros(size, np.bool_)
        found[items.of[which]] = True
        return found

    is_net, is_gross, is_deduction = (items.kind == kind for kind in (NET, GROSS, DEDUCTION))
    net, gross = homes.net_income, homes.gross_income
    before = np.where(net.given, 0, gross.amount)  # gross income that no static net income stands for
    before = with_items("gross_income", before, is_gross)
    resting = has(is_gross) & ~has(is_gross & there) & ~(gross.given & ~net.given)
    deducted = with_items("deductions", np.zeros(size, np.int64), is_deduction)
    deducted = np.where(resting, 0, deducted)
    ruled = (gross.given & ~net.given) | has(is_gross)
    taken = has(is_deduction)
    shown, bound = money_of(deducted, homes.decimals), money_of(before, homes.decimals)
    screen.fault(taken & (deducted > before), Code.OUT_OF_RANGE, "deductions", shown, bound)
    if income.net_of_gross is None:
        screen.fault(ruled & ~taken, Code.GROSS_WITHOUT_RULE, "gross_income")
        after = before
    else:
        after = share_of(before, income.net_of_gross, up=False)
    kept = np.maximum(np.minimum(after, before - deducted), 0)
    all_gross = ~has(is_net) & (gross.given | ~net.given) & (gross.given | has(is_gross))
    costs = dict(homes.costs)
    for code in np.unique(items.category[items.kind == COST]).tolist():
        name, which = items.names[code], (items.kind == COST) & (items.category == code)
        none = Item(np.zeros(size, np.int64), np.zeros(size, np.bool_))
        own = costs.get(name, none)
        costs[name] = Item(with_items(f"costs.{name}", own.amount, which), own.given | has(which))
    return replace(
        homes,
        net_income=Item(
            with_items("net_income", np.where(net.given, net.amount, 0) + kept, is_net),
            net.given | ruled | has(is_net),
        ),
        gross_income=Item(
            with_items("gross_income", np.where(gross.given, gross.amount, 0), is_gross), all_gross
        ),
        costs=costs,
        other_debts=with_items("other_debts", homes.other_debts, items.kind == DEBT),
        items=None,
    )


def _amounts(screen: Screen, homes: Households, items: Items, income: IncomeRule) -> Ints:
    """What each item counts for in the months in which it is there: by its evidence, less its haircut."""

    def fault(which: Bools, code: Code, field: str) -> None:
        mask = np.zeros(len(homes), np.bool_)
        mask[items.of[which]] = True
        screen.fault(mask, code, field)

    amount = items.declared
    if income.evidence is None:
        fault(items.checked & (items.verified != items.declared), Code.MISSING, "income.evidence")
    elif income.evidence == "verified":
        fault(~items.checked, Code.MISSING, "items.verified")
        amount = items.verified
    elif income.evidence == "lesser":
        amount = np.where(items.checked, np.minimum(items.declared, items.verified), items.declared)
    for haircut in income.haircuts:
        if haircut.category in items.names:
            code = items.names.index(haircut.category)
            cut = (items.category == code) & ((items.kind == NET) | (items.kind == GROSS))
            amount = np.where(cut, amount - share_of(amount, haircut.share, up=True), amount)
    return amount
