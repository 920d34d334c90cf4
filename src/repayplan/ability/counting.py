"""What a household's items come to in a month: one figure of income, of costs by category, of other debts."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from repayplan.ability.figures import share_of
from repayplan.ability.household import Households, Item
from repayplan.ability.income import IncomeRule
from repayplan.ability.items import ALL_YEAR, COST, DEBT, DEDUCTION, GROSS, NET, Items
from repayplan.ability.month import MAX_MONTHLY, month_of
from repayplan.ability.ragged import added
from repayplan.basics.columns import Screen, money_of
from repayplan.basics.errors import Code
from repayplan.basics.outcome import Bools, Ints, any_of, span


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

    Parameters
    ----------
    screen, month
        See :meth:`Counting.in_month`.
    """
    if homes.items is None:
        return homes
    return Counting.read(homes, income).in_month(screen, replace(homes, items=None), month)


@dataclass(frozen=True, slots=True, eq=False)
class _Sort:
    """Items of one sort: what counts in every month as one amount a household, the others one by one.

    Attributes
    ----------
    has, always
        bool; which households have any of them, and any that always counts. One value for all where nobody
        has any.
    lasting
        int64; what always counts, one more than may be where it is more; likewise.
    begin
        int64 (households + 1); where the others of each household begin.
    of, amount, first, last, season
        The others.
    """

    has: Bools
    always: Bools
    lasting: Ints
    begin: Ints
    of: Ints
    amount: Ints
    first: Ints
    last: Ints
    season: Ints

    @classmethod
    def read(cls, items: Items, amount: Ints, which: Bools, dated: Bools, size: int) -> _Sort:
        """Of the items of a mask, which count for these amounts; ``dated``: not all in every month."""
        if not any_of(which):
            size = 1
        has, always, begin = np.zeros(size, np.bool_), np.zeros(size, np.bool_), np.zeros(size + 1, np.int64)
        lasts, some = np.flatnonzero(which & ~dated), np.flatnonzero(which & dated)
        has[items.of[lasts]] = always[items.of[lasts]] = True
        has[items.of[some]] = True
        begin[1:] = np.cumsum(np.bincount(items.of[some], minlength=size))
        lasting = _at_most(*added(amount[lasts], items.of[lasts], size, MAX_MONTHLY))
        columns = (items.of, amount, items.first, items.last, items.season)
        return cls(has, always, lasting, begin, *(column[some] for column in columns))

    def owned(self, rows: Ints | None) -> Bools:
        """Which of some of the households (None: all) have any."""
        return self.has if rows is None or len(self.has) == 1 else self.has[rows]

    def counted(self, month: Ints, rows: Ints | None) -> tuple[Ints, Bools]:
        """What they come to in months of some of the households, and where any counts.

        One more than may be where it is more.
        """
        if not len(self.of):
            few = rows is None or len(self.has) == 1
            return (self.lasting, self.always) if few else (self.lasting[rows], self.always[rows])
        at = slice(0, len(self.has)) if rows is None else span(rows)
        total, there = self.lasting[at], self.always[at].copy()
        entry: Ints | slice
        if isinstance(at, slice):
            entry = slice(int(self.begin[at.start]), int(self.begin[at.stop]))
            new = self.of[entry] - at.start
        else:
            first, many = self.begin[at], self.begin[1:][at] - self.begin[at]
            new = np.repeat(np.arange(len(at)), many)
            entry = np.repeat(first - (np.cumsum(many) - many), many) + np.arange(len(new))
        now, season = month[new], self.season[entry]
        counts = (self.first[entry] <= now) & (now <= self.last[entry])
        some = np.flatnonzero(season < ALL_YEAR)
        counts[some] &= (season[some] >> now[some] % 12) & 1 == 1
        counted = np.flatnonzero(counts)
        new, amount = new[counted], self.amount[entry][counted]
        there[new] = True
        return np.minimum(total + _at_most(*added(amount, new, len(month), MAX_MONTHLY)), _BEYOND), there


_BEYOND = MAX_MONTHLY + 1


def _at_most(total: Ints, beyond: Bools) -> Ints:
    return np.where(beyond, _BEYOND, total)


@dataclass(frozen=True, slots=True, eq=False)
class Counting:
    """What the items of households count for, sorted once for all months.

    Attributes
    ----------
    kinds
        By number of the kind; costs aside.
    costs
        By category.
    refused
        Households that have a code whatever the month, with it and its field.
    """

    income: IncomeRule
    kinds: dict[int, _Sort]
    costs: dict[str, _Sort]
    refused: tuple[tuple[Bools, Code, str], ...]

    @classmethod
    def read(cls, homes: Households, income: IncomeRule) -> Counting:
        """Of households that have items."""
        items, size = homes.items, len(homes)
        if items is None:
            msg = "households without items"
            raise TypeError(msg)
        amount, refused = _amounts(items, size, income)
        dated, spent = items.dated, items.kind == COST
        kinds = {
            kind: _Sort.read(items, amount, items.kind == kind, dated, size)
            for kind in (NET, GROSS, DEDUCTION, DEBT)
        }
        costs = {
            items.names[code]: _Sort.read(items, amount, spent & (items.category == code), dated, size)
            for code in np.unique(items.category[spent]).tolist()
        }
        return cls(income, kinds, costs, refused)

    def in_month(
        self, screen: Screen, homes: Households, month: Ints, rows: Ints | None = None
    ) -> Households:
        """Households with what their items come to in a month in their figures.

        Net income is what is net, and gross income less deductions; without any deduction, gross income
        counts by the policy's rule. Where there are both, the lesser counts: nothing shows that the
        deductions that are stated are all there are, of every gross income. In a month in which no gross
        income counts, no deduction does, as there is nothing that it could be taken from.

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
        size, income = len(homes), self.income
        own: Ints | slice = slice(None) if rows is None else rows
        most = money_of(np.full(size, MAX_MONTHLY), homes.decimals)
        for mask, code, field in self.refused:
            screen.fault(mask[own], code, field)

        def with_items(field: str, base: Ints, total: Ints) -> Ints:
            beyond = total > MAX_MONTHLY - base
            screen.fault(beyond, Code.BEYOND_DOMAIN, field, "", most)
            return np.where(beyond, 0, base + total)

        (of_net, _), (of_gross, there), (deducted, _), (owed, _) = (
            self.kinds[kind].counted(month, rows) for kind in (NET, GROSS, DEDUCTION, DEBT)
        )
        has_net, has_gross, taken = (self.kinds[kind].owned(rows) for kind in (NET, GROSS, DEDUCTION))
        net, gross = homes.net_income, homes.gross_income
        before = np.where(net.given, 0, gross.amount)  # gross income that no static net income stands for
        before = with_items("gross_income", before, of_gross)
        resting = has_gross & ~there & ~(gross.given & ~net.given)
        deducted = with_items("deductions", np.zeros(size, np.int64), deducted)
        deducted = np.where(resting, 0, deducted)
        ruled = (gross.given & ~net.given) | has_gross
        shown, bound = money_of(deducted, homes.decimals), money_of(before, homes.decimals)
        screen.fault(taken & (deducted > before), Code.OUT_OF_RANGE, "deductions", shown, bound)
        if income.net_of_gross is None:
            screen.fault(ruled & ~taken, Code.GROSS_WITHOUT_RULE, "gross_income")
            after = before
        else:
            after = share_of(before, income.net_of_gross, up=False)
        kept = np.maximum(np.minimum(after, before - deducted), 0)
        all_gross = ~has_net & (gross.given | ~net.given) & (gross.given | has_gross)
        costs = dict(homes.costs)
        for name, spent in self.costs.items():
            none = Item(np.zeros(size, np.int64), np.zeros(size, np.bool_))
            base = costs.get(name, none)
            total, _ = spent.counted(month, rows)
            costs[name] = Item(
                with_items(f"costs.{name}", base.amount, total), base.given | spent.owned(rows)
            )
        return replace(
            homes,
            net_income=Item(
                with_items("net_income", np.where(net.given, net.amount, 0) + kept, of_net),
                net.given | ruled | has_net,
            ),
            gross_income=Item(
                with_items("gross_income", np.where(gross.given, gross.amount, 0), of_gross), all_gross
            ),
            costs=costs,
            other_debts=with_items("other_debts", homes.other_debts, owed),
        )


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
