"""What a household's items come to in a month: one figure of income, of costs by category, of other debts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from repayplan.ability.beside import IN_FULL, CreditorRule
from repayplan.ability.figures import share_of
from repayplan.ability.household import Households, Item
from repayplan.ability.income import IncomeRule
from repayplan.ability.items import ALL_YEAR, COST, DEBT, DEDUCTION, GROSS, NET, Items
from repayplan.ability.month import MAX_MONTHLY, month_of
from repayplan.ability.ragged import added
from repayplan.basics.columns import Screen, money_of
from repayplan.basics.errors import Code
from repayplan.basics.outcome import Bools, Ints


def with_arrears(homes: Households, rule: CreditorRule) -> Households:
    """The same households, arrears of debts with priority made up in months by the rule: as further debts.

    Households of which it can't be said get a code.
    """
    items = homes.items
    if items is None or not (items.priority & (items.arrears > 0) & (items.kind == DEBT)).any():
        return homes
    late = items.priority & (items.arrears > 0) & (items.kind == DEBT)
    screen, some = Screen(len(homes)), items.only(np.flatnonzero(late))
    screen.adopt(homes.failures)
    whose, large = np.zeros(len(homes), np.bool_), np.zeros(len(homes), np.bool_)
    whose[some.of] = True
    unknown, months = np.isnat(homes.assessed), rule.priority_arrears_months
    if months is None:
        screen.fault(whose, Code.MISSING, "creditors.priority_arrears_months")
        months = 1
    screen.fault(whose & unknown, Code.MISSING, "assessed")
    begin = month_of(np.where(unknown, np.datetime64(0, "D"), homes.assessed))[some.of]
    each = -(-some.arrears // months)
    large[some.of[each > MAX_MONTHLY]] = True
    screen.fault(large, Code.BEYOND_DOMAIN, "items.arrears")
    each = np.minimum(each, MAX_MONTHLY)
    nothing, sure = np.zeros_like(each), np.ones(len(each), np.bool_)
    parts = replace(
        some, declared=each, verified=each, checked=sure, first=begin, last=begin + months - 1,
        season=np.full_like(each, ALL_YEAR), balance=nothing, arrears=nothing,
    )  # fmt: skip
    rest = replace(items, arrears=np.where(late, 0, items.arrears))
    return replace(homes, items=rest.beside(parts), good=screen.good, failures=screen.failures())


def as_assessed(
    screen: Screen, homes: Households, income: IncomeRule, creditors: CreditorRule = IN_FULL
) -> Households:
    """Every household by its month of assessment, which one whose items are dated must have."""
    if homes.items is None:
        return _alone(homes, creditors)
    unknown = np.isnat(homes.assessed)
    screen.fault(homes.dated & unknown, Code.MISSING, "assessed")
    month = month_of(np.where(unknown, np.datetime64(0, "D"), homes.assessed))
    return in_month(screen, homes, month, income, creditors)


def _alone(homes: Households, creditors: CreditorRule) -> Households:
    """Households without items: nobody shares with this loan what is left."""
    if creditors.pro_rata is None or homes.own_claim is None:
        return homes
    return replace(homes, other_claims=np.zeros(len(homes), np.int64))


def in_month(
    screen: Screen, homes: Households, month: Ints, income: IncomeRule, creditors: CreditorRule = IN_FULL
) -> Households:
    """The same households without items: what these come to is in their figures.

    Net income is what is net, and gross income less deductions; without any deduction, gross income counts by
    the policy's rule. Where there are both, the lesser counts: nothing shows that the deductions that are
    stated are all there are, of every gross income. In a month in which no gross income counts, no deduction
    does, as there is nothing that it could be taken from. All of that is so earner by earner, where it is
    said whose an item is.

    Parameters
    ----------
    screen
        Gets codes: evidence that the policy needs or says nothing about, deductions above gross income, gross
        income without a rule, and sums beyond the domain.
    month
        int64; months since 1970-01, one for each household.
    creditors
        Which debts are paid in full; of the others the claims are added up.
    """
    items = homes.items
    if items is None:
        return _alone(homes, creditors)
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
    static = gross.given & ~net.given
    with_items("gross_income", np.where(static, gross.amount, 0), is_gross)
    with_items("deductions", np.zeros(size, np.int64), is_deduction)
    ruled, kept = static | has(is_gross), _after_deductions(screen, homes, items, amount, there, income)
    all_gross = ~has(is_net) & (gross.given | ~net.given) & (gross.given | has(is_gross))
    is_debt, claims = items.kind == DEBT, None
    shared = np.zeros(len(items), np.bool_)
    if creditors.pro_rata is not None and homes.own_claim is not None:
        shared = is_debt & ~items.priority
        if creditors.pro_rata == "balance":
            screen.fault(has(shared & ~items.owing), Code.MISSING, "items.balance")
            amount = np.where(shared & there, items.balance, amount)
        claims = with_items("claims", np.zeros(size, np.int64), shared)
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
        other_debts=with_items("other_debts", homes.other_debts, is_debt & ~shared),
        other_claims=claims,
        items=None,
    )


def _after_deductions(
    screen: Screen, homes: Households, items: Items, amount: Ints, there: Bools, income: IncomeRule
) -> Ints:
    """What is left of the gross income of each household, each earner's less that one's deductions.

    Where a sum leaves the domain the household has its code already, and the figure means nothing.
    """
    size, net, gross = len(homes), homes.net_income, homes.gross_income
    is_gross, is_deduction = items.kind == GROSS, items.kind == DEDUCTION
    # Groups, in order: of each household what nobody is said to have earned, then each of its earners.
    width = 1 + int(items.earner.max(initial=0))
    whose = np.concatenate([np.arange(size) * width, items.of * width + items.earner])
    groups, place = np.unique(whose, return_inverse=True)
    unnamed, of, home = place.reshape(-1)[:size], place.reshape(-1)[size:], groups // width

    def total(which: Bools) -> Ints:
        return added(amount[which], of[which], len(groups), MAX_MONTHLY)[0]

    def has(which: Bools) -> Bools:
        found = np.zeros(len(groups), np.bool_)
        found[of[which]] = True
        return found

    def fault(which: Bools, code: Code, field: str, value: Ints, limit: Ints) -> None:
        mask, shown, bound = np.zeros(size, np.bool_), np.zeros(size, np.int64), np.zeros(size, np.int64)
        mask[home[which]], shown[home[which]], bound[home[which]] = True, value[which], limit[which]
        screen.fault(mask, code, field, *(money_of(units, homes.decimals) for units in (shown, bound)))

    static = np.zeros(len(groups), np.bool_)
    static[unnamed] = gross.given & ~net.given  # gross income that no static net income stands for
    before = total(is_gross)
    before[unnamed] += np.where(static[unnamed], gross.amount, 0)
    resting = has(is_gross) & ~has(is_gross & there) & ~static
    deducted = np.where(resting, 0, total(is_deduction))
    taken, after = has(is_deduction), before
    fault(taken & (deducted > before), Code.OUT_OF_RANGE, "deductions", deducted, before)
    if income.net_of_gross is None:
        without = np.zeros(size, np.bool_)
        without[home[(static | has(is_gross)) & ~taken]] = True
        screen.fault(without, Code.GROSS_WITHOUT_RULE, "gross_income")
        sources = np.bincount(of[is_gross & there], minlength=len(groups)) + static
        # Of two adults nobody can tell whose deductions these are, and whether another's are missing.
        several = (homes.adults > 1) & taken[unnamed] & (sources[unnamed] > 1)
        screen.fault(several, Code.MISSING, "items.earner")
    else:
        after = share_of(before, income.net_of_gross, up=False)
    kept = np.maximum(np.minimum(after, before - deducted), 0)
    return added(kept, home, size, MAX_MONTHLY)[0]


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
