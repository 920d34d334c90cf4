"""What a household's items come to in a month: one figure of income, of costs by category, of other debts."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from repayplan.ability.beside import IN_FULL, CreditorRule
from repayplan.ability.counted import Sort
from repayplan.ability.figures import share_of
from repayplan.ability.households import Households, Item
from repayplan.ability.income import IncomeRule
from repayplan.ability.itemkinds import COST, DEBT, DEDUCTION, GROSS, NET
from repayplan.ability.items import ALL_YEAR, Items
from repayplan.ability.month import MAX_MONTHLY, month_of
from repayplan.ability.ragged import added
from repayplan.basics.columns import Screen, money_of
from repayplan.basics.errors import Code
from repayplan.basics.outcome import Bools, Ints, any_of


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

    Parameters
    ----------
    screen, month
        See :meth:`Counting.in_month`.
    income, creditors
        See :meth:`Counting.read`.
    """
    if homes.items is None:
        return _alone(homes, creditors)
    counting = Counting.read(homes, income, creditors)
    return counting.in_month(screen, replace(homes, items=None), month)


@dataclass(frozen=True, slots=True, eq=False)
class Counting:
    """What the items of households count for, sorted once for all months.

    Attributes
    ----------
    kinds
        By number of the kind: net and gross income, deductions, debts that are paid in full.
    costs
        By category.
    earned
        Gross incomes and deductions, whose declared amounts are what they count for; None: there are none.
    claims
        Debts that share with this loan what is left, by the rule; None: none does.
    unknown
        bool; whose claims aren't known.
    refused
        Households that have a code whatever the month, with it and its field.
    """

    income: IncomeRule
    kinds: dict[int, Sort]
    costs: dict[str, Sort]
    earned: Items | None
    claims: Sort | None
    unknown: Bools
    refused: tuple[tuple[Bools, Code, str], ...]

    @classmethod
    def read(cls, homes: Households, income: IncomeRule, creditors: CreditorRule = IN_FULL) -> Counting:
        """Of households that have items.

        Parameters
        ----------
        creditors
            Which debts are paid in full; of the others the claims are added up.
        """
        items, size = homes.items, len(homes)
        if items is None:
            msg = "households without items"
            raise TypeError(msg)
        amount, refused = _amounts(items, size, income)
        dated, spent, is_debt = items.dated, items.kind == COST, items.kind == DEBT
        in_full, claims, unknown = is_debt, None, np.zeros(size, np.bool_)
        if creditors.pro_rata is not None and homes.own_claim is not None:
            shared, claim = is_debt & ~items.priority, amount
            if creditors.pro_rata == "balance":
                unknown[items.of[shared & ~items.owing]] = True
                claim = items.balance
            in_full, claims = is_debt & ~shared, Sort.read(items, claim, shared, dated, size)
        kinds = {
            kind: Sort.read(items, amount, which, dated, size)
            for kind, which in (
                *((kind, items.kind == kind) for kind in (NET, GROSS, DEDUCTION)),
                (DEBT, in_full),
            )
        }
        costs = {
            items.names[code]: Sort.read(items, amount, spent & (items.category == code), dated, size)
            for code in np.unique(items.category[spent]).tolist()
        }
        some = np.flatnonzero((items.kind == GROSS) | (items.kind == DEDUCTION))
        earned = replace(items, declared=amount).only(some) if len(some) else None
        return cls(income, kinds, costs, earned, claims, unknown, refused)

    def in_month(
        self, screen: Screen, homes: Households, month: Ints, rows: Ints | None = None
    ) -> Households:
        """Households with what their items come to in a month in their figures.

        Net income is what is net, and gross income less deductions; without any deduction, gross income
        counts by the policy's rule. Where there are both, the lesser counts: nothing shows that the
        deductions that are stated are all there are, of every gross income. In a month in which no gross
        income counts, no deduction does, as there is nothing that it could be taken from. All of that is so
        earner by earner, where it is said whose an item is.

        Parameters
        ----------
        screen
            Gets codes: evidence that the policy needs or says nothing about, deductions above gross income,
            gross income without a rule, and sums beyond the domain.
        homes
            Without items.
        month
            int64; months since 1970-01, one for each of ``homes``.
        rows
            int64; which of the households that were read each of ``homes`` is. None: all, in order.
        """
        size = len(homes)
        own: Ints | slice = slice(None) if rows is None else rows
        most = money_of(np.full(size, MAX_MONTHLY), homes.decimals)
        for mask, code, field in self.refused:
            screen.fault(mask[own], code, field)

        def with_items(field: str, base: Ints, sort: Sort) -> Ints:
            total = sort.counted(month, rows)
            beyond = total > MAX_MONTHLY - base
            screen.fault(beyond, Code.BEYOND_DOMAIN, field, "", most)
            return np.where(beyond, 0, base + total)

        of_net, of_gross = self.kinds[NET], self.kinds[GROSS]
        has_net, has_gross = of_net.owned(rows), of_gross.owned(rows)
        net, gross, nothing = homes.net_income, homes.gross_income, np.zeros(size, np.int64)
        static = gross.given & ~net.given
        with_items("gross_income", np.where(static, gross.amount, 0), of_gross)
        with_items("deductions", nothing, self.kinds[DEDUCTION])
        kept = self._after_deductions(screen, homes, month, rows)
        all_gross = ~has_net & (gross.given | ~net.given) & (gross.given | has_gross)
        claims = None
        if self.claims is not None:
            screen.fault(self.unknown[own], Code.MISSING, "items.balance")
            claims = with_items("claims", nothing, self.claims)
        costs = dict(homes.costs)
        for name, spent in self.costs.items():
            base = costs.get(name, Item(nothing, np.zeros(size, np.bool_)))
            costs[name] = Item(
                with_items(f"costs.{name}", base.amount, spent), base.given | spent.owned(rows)
            )
        return replace(
            homes,
            net_income=Item(
                with_items("net_income", np.where(net.given, net.amount, 0) + kept, of_net),
                net.given | static | has_gross | has_net,
            ),
            gross_income=Item(
                with_items("gross_income", np.where(gross.given, gross.amount, 0), of_gross), all_gross
            ),
            costs=costs,
            other_debts=with_items("other_debts", homes.other_debts, self.kinds[DEBT]),
            other_claims=claims,
        )

    def _after_deductions(self, screen: Screen, homes: Households, month: Ints, rows: Ints | None) -> Ints:
        """What is left of the gross income of each household."""
        net, gross = homes.net_income, homes.gross_income
        if self.earned is not None:
            items = self.earned if rows is None else self.earned.take(rows)
            there = items.counts_in(month[items.of])
            amount = np.where(there, items.declared, 0)
            return _after_deductions(screen, homes, items, amount, there, self.income)
        static = gross.given & ~net.given
        before = np.where(static, gross.amount, 0)
        if self.income.net_of_gross is None:
            screen.fault(static, Code.GROSS_WITHOUT_RULE, "gross_income")
            return before
        return np.minimum(share_of(before, self.income.net_of_gross, up=False), before)


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


def _amounts(items: Items, size: int, income: IncomeRule) -> tuple[Ints, tuple[tuple[Bools, Code, str], ...]]:
    """What each item counts for in the months in which it is there: by its evidence, less its haircut.

    And the households that are refused for their evidence.
    """

    def refused(which: Bools, code: Code, field: str) -> tuple[tuple[Bools, Code, str], ...]:
        if not any_of(which):
            return ()
        mask = np.zeros(size, np.bool_)
        mask[items.of[which]] = True
        return ((mask, code, field),)

    amount = items.declared
    faults: tuple[tuple[Bools, Code, str], ...] = ()
    if income.evidence is None:
        unlike = items.checked & (items.verified != items.declared)
        faults = refused(unlike, Code.MISSING, "income.evidence")
    elif income.evidence == "verified":
        faults = refused(~items.checked, Code.MISSING, "items.verified")
        amount = items.verified
    elif income.evidence == "lesser":
        amount = np.where(items.checked, np.minimum(items.declared, items.verified), items.declared)
    for haircut in income.haircuts:
        if haircut.category in items.names:
            code = items.names.index(haircut.category)
            cut = (items.category == code) & ((items.kind == NET) | (items.kind == GROSS))
            amount = np.where(cut, amount - share_of(amount, haircut.share, up=True), amount)
    return amount, faults
