"""The facts of a batch of cases: from applications, loans and households, and what follows from them.

A fact may be made of others: the class and the table of how each is made name each other, and stand together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np

from repayplan.ability.capacities import Capacities
from repayplan.ability.counting import as_assessed
from repayplan.ability.households import Households
from repayplan.ability.income import IncomeRule
from repayplan.ability.itemkinds import GROSS
from repayplan.ability.month import month_of
from repayplan.ability.obligors import Obligors
from repayplan.ability.ragged import added
from repayplan.basics.columns import NO_SPREAD, Screen, money_of
from repayplan.basics.dates import DAY, FREQUENCIES, a_month
from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Bools, Ints, any_of
from repayplan.kernel.accrue import MAX_DENOMINATOR
from repayplan.offers.condition import Condition
from repayplan.offers.factcolumn import Column
from repayplan.offers.facts import APPLIED, CHILDREN_AGED, COST_OF, DATE_OF_EVIDENCE, Kind, close_to
from repayplan.plans.loan import Loans
from repayplan.plans.loanreading import STUBS
from repayplan.reviews.application import Applications
from repayplan.reviews.documents import repeated_documents, shared_documents
from repayplan.reviews.shares import a_share

MOST_COMPARED = MAX_DENOMINATOR - 1
"""No amount may exceed this many minor units where it is divided or brought to the month."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Cases:
    """Applications with their loans and households, row by row, and the facts about them.

    Attributes
    ----------
    able, capacities
        int64; the rows whose household's capacity is known, and these.
    least
        int64, of the same rows; what is left in the leanest month that a plan may reach, signed.
    covers
        Categories of spending that the allowance stands for.
    income
        How income and evidence count.
    on
        The day of the review.
    screen
        Takes the faults of what is read.
    """

    applications: Applications
    loans: Loans
    households: Households | Obligors
    able: Ints
    capacities: Capacities
    least: Ints
    covers: tuple[str, ...]
    income: IncomeRule
    on: date
    screen: Screen
    _read: dict[tuple[str, Kind | None], Column] = field(default_factory=dict, init=False)

    def fact(self, condition: Condition) -> Column:
        """The column that a condition asks for; cells that can't be read are faults of their rows.

        Raises
        ------
        InputError
            There is no such column, or there are two.
        """
        key = (condition.field, condition.kind)
        if key not in self._read:
            made = MADE.get(condition.field) or _of_family(condition.field)
            if made and condition.field in self.loans.extra and condition.field not in BESIDE_LOANS:
                rule = "a column beside the loans has the name of this fact"
                raise InputError(Code.DUPLICATE, condition.field, None, rule)
            self._read[key] = made(self) if made else self._given(condition)
        return self._read[key]

    def _given(self, condition: Condition) -> Column:
        """What the application says, or a column beside it or beside the loan."""
        name, kind, said = condition.field, condition.kind, self.applications.facts
        beside = [extra[name] for extra in (self.applications.extra, self.loans.extra) if name in extra]
        if len(beside) + (name in said) > 1:
            rule = "this column is there twice: with the applications and with the loans"
            raise InputError(Code.DUPLICATE, name, None, rule)
        if name in said:
            return said[name]
        if beside:
            return Column.read(self.screen, name, kind or "text", beside[0], self.loans.decimals)
        if name in APPLIED:
            return Column.read(self.screen, name, APPLIED[name].kind, "", self.loans.decimals)
        rule = "the policy's rules ask for this column: give it with the applications or with the loans"
        close = close_to(name, (*self.applications.extra, *self.loans.extra))
        meant = f" (is {' or '.join(close)} meant?)" if close else ""
        raise InputError(Code.MISSING, name, None, f"{rule}{meant}")

    def compared(self, name: str, amount: Ints) -> Ints:
        """Amounts that can be divided and brought to the month; larger ones are faults of their rows."""
        beyond = np.abs(amount) > MOST_COMPARED
        if any_of(beyond):
            decimals = self.loans.decimals
            most = money_of(np.full(len(amount), MOST_COMPARED), decimals)
            self.screen.fault(beyond, Code.BEYOND_DOMAIN, name, money_of(amount, decimals), most)
        return np.where(beyond, 0, amount)

    def of_capacity(self, name: str) -> tuple[Ints, Bools]:
        """A figure of the capacities, and where it is known."""
        amount, known = np.zeros(len(self.loans), np.int64), np.zeros(len(self.loans), np.bool_)
        amount[self.able], known[self.able] = getattr(self.capacities, name), True
        return amount, known

    @property
    def members(self) -> tuple[Households, Ints]:
        """Every household behind the loans, and the row number of the loan of each."""
        behind = self.households
        if isinstance(behind, Obligors):
            return behind.households, behind.of
        return behind, np.arange(len(behind))

    @cached_property
    def as_assessed(self) -> Households:
        """The households, their items among their figures; faults of these have gone where capacities are."""
        homes, _ = self.members
        return as_assessed(Screen(len(homes)), homes, self.income)

    def together(self, amount: Ints) -> Ints:
        """Sums by loan of what each household has."""
        return self.households.added(amount) if isinstance(self.households, Obligors) else amount

    def of_all(self, holds: Bools) -> Bools:
        """By loan, whether something holds of all its households."""
        return np.asarray(self.together((~holds).astype(np.int64)) == 0, np.bool_)

    def of_first(self, column: Any) -> Any:
        """By loan, what its first borrower has in a column of the households."""
        behind = self.households
        if not isinstance(behind, Obligors):
            return column
        return column[behind.first] if len(column) else np.full(len(behind), column.dtype.type())

    def evidence_difference(self) -> Column:
        """By how much what is evidenced of incomes differs from what is declared, item by item.

        Of the incomes that count in the month of assessment and have evidence: their differences together, as
        a share of the larger of the two figures of each. One that is too high makes up for none too low.
        """
        (homes, loan), size = self.members, len(self.loans)
        items = homes.items
        part, whole = np.zeros((2, size), np.int64)
        given = np.zeros(size, np.bool_)
        if items is not None:
            day = homes.assessed
            month = month_of(np.where(np.isnat(day), np.datetime64(0, "D"), day))
            seen = (items.kind <= GROSS) & items.checked & items.counts_in(month[items.of])
            of, declared, verified = loan[items.of[seen]], items.declared[seen], items.verified[seen]
            given[of] = True
            larger = np.maximum(declared, verified)
            whole, beyond = added(larger, of, size, MOST_COMPARED)
            part, _ = added(np.where(beyond[of], 0, np.abs(declared - verified)), of, size, MOST_COMPARED)
            most = money_of(np.full(size, MOST_COMPARED), self.loans.decimals)
            self.screen.fault(beyond, Code.BEYOND_DOMAIN, "items.verified", "", most)
            whole = np.where(beyond, 0, whole)
        return a_share(part, np.maximum(whole, 1), given)

    @property
    def surplus(self) -> tuple[Ints, Bools]:
        """What is left a month in the leanest that a plan may reach, signed, and where it is known."""
        amount, known = np.zeros(len(self.loans), np.int64), np.zeros(len(self.loans), np.bool_)
        amount[self.able], known[self.able] = self.least, True
        return amount, known

    def beside(self, name: str) -> Column:
        """Text beside the loans."""
        return Column.read(self.screen, name, "text", self.loans.extra.get(name, ""), self.loans.decimals)

    def cost(self, category: str) -> Column:
        """Declared spending a month in a category, items among it."""
        item = self.as_assessed.costs.get(category)
        if item is None:
            none = np.zeros(len(self.loans), np.int64)
            return Column.money(none, none > 0, self.loans.decimals)
        return Column.money(self.together(item.amount), self.of_all(item.given), self.loans.decimals)

    def children_aged(self, first: int, last: int) -> Column:
        """How many children are of these years, the last included; known where the age of each child is."""
        homes, _ = self.members
        aged = homes.ages.count(len(homes), (homes.ages.years >= first) & (homes.ages.years <= last))
        known = np.asarray(homes.ages.count(len(homes)) == homes.children, np.bool_)
        return Column.count(self.together(aged), self.of_all(known))

    def evidence(self, kind: str) -> Column:
        """The date of the document of a kind."""
        received = self.applications.evidence.get(kind)
        if received is None:
            return Column.day(np.full(len(self.loans), np.datetime64("NaT", "D"), DAY))
        return Column.day(received.dated)

    def spending(self, categories: Any = None) -> tuple[Ints, Bools]:
        """Declared spending a month, items among it, in some categories or all; and where any is declared."""
        amount, known = np.zeros(len(self.loans), np.int64), np.zeros(len(self.loans), np.bool_)
        for name, item in self.as_assessed.costs.items():
            if categories is None or name in categories:
                each = self.together(item.amount)
                amount = self.compared("spending", amount + self.compared(f"costs.{name}", each))
                known |= self.together(item.given.astype(np.int64)) > 0
        return amount, known


def _count(name: str) -> Callable[[Cases], Column]:
    """A count of the loans."""
    return lambda cases: Column.count(getattr(cases.loans, name), cases.loans.good)


def _money(name: str) -> Callable[[Cases], Column]:
    """An amount of the loans."""
    return lambda cases: Column.money(getattr(cases.loans, name), cases.loans.good, cases.loans.decimals)


def _day(name: str) -> Callable[[Cases], Column]:
    """A date of the loans."""
    return lambda cases: Column.day(getattr(cases.loans, name))


def _heads(name: str) -> Callable[[Cases], Column]:
    """A count of the households."""
    return lambda cases: Column.count(cases.together(getattr(cases.members[0], name)), cases.households.good)


def _of_family(name: str) -> Callable[[Cases], Column] | None:
    """How a fact is made that is named by what it is about."""
    if parts := COST_OF.parts(name):
        return lambda cases: cases.cost(*parts)
    if parts := CHILDREN_AGED.parts(name):
        return lambda cases: cases.children_aged(*(int(years) for years in parts))
    if parts := DATE_OF_EVIDENCE.parts(name):
        return lambda cases: cases.evidence(*parts)
    return None


def _a_figure(name: str) -> Callable[[Cases], Column]:
    """A figure of the capacities."""
    return lambda cases: Column.money(*cases.of_capacity(name), cases.loans.decimals)


def _owed(cases: Cases) -> Column:
    loans = cases.loans
    return Column.money(loans.balance + loans.carried + loans.charges, loans.good, loans.decimals)


def _persons(cases: Cases) -> Column:
    homes, _ = cases.members
    heads = cases.together(homes.adults + homes.children + homes.dependants)
    return Column.count(heads, cases.households.good)


def _gross_income(cases: Cases) -> Column:
    """Where it is stated, items among it."""
    item = cases.as_assessed.gross_income
    return Column.money(cases.together(item.amount), cases.of_all(item.given), cases.loans.decimals)


def _spread(cases: Cases) -> Column:
    above = cases.loans.spread
    return Column.rate(above, above != NO_SPREAD)


def _frequency(cases: Cases) -> Column:
    return Column.text(np.array([each.name for each in FREQUENCIES])[cases.loans.frequency])


def _day_count(cases: Cases) -> Column:
    return Column.text(np.array([each.name for each in cases.loans.day_counts])[cases.loans.day_count])


def _instalment(cases: Cases) -> Column:
    return Column.money(cases.loans.instalment, cases.loans.instalment > 0, cases.loans.decimals)


def _instalment_gap(cases: Cases) -> Column:
    """What the present instalment takes a month, rounded up, above what can be paid."""
    surplus, known = cases.surplus
    payable = np.maximum(surplus, 0)
    given = known & (cases.loans.instalment > 0)
    monthly = a_month(cases.compared("instalment", cases.loans.instalment), cases.loans.frequency)
    return Column.money(np.where(given, monthly - payable, 0), given, cases.loans.decimals)


def _income_difference(cases: Cases) -> Column:
    """By how much declared and evidenced income differ; where both are nothing, they don't.

    The larger of what the application says and what the household's items do, where both are known.
    """
    declared, evidenced = (
        cases.fact(Condition(field=f"{how}_income", comparison="is_missing"))
        for how in ("declared", "evidenced")
    )
    one, other = (
        cases.compared(f"{how}_income", column.cells)
        for how, column in (("declared", declared), ("evidenced", evidenced))
    )
    given, larger = declared.given & evidenced.given, np.maximum(np.maximum(one, other), 1)
    stated, itemised = a_share(np.abs(one - other), larger, given), cases.evidence_difference()
    cells = (np.where(each.given, each.cells, 0) for each in (stated, itemised))
    return replace(stated, cells=np.maximum(*cells), given=stated.given | itemised.given)


def _income_used_difference(cases: Cases) -> Column:
    """By how much the net income that capacity is worked out from differs from what the application shows.

    Of several households, of their incomes together.
    """
    evidenced = cases.fact(Condition(field="evidenced_income", comparison="is_missing"))
    used, known = cases.of_capacity("net_income")
    one, other = cases.compared("net_income", used), cases.compared("evidenced_income", evidenced.cells)
    return a_share(np.abs(one - other), np.maximum(np.maximum(one, other), 1), known & evidenced.given)


def _spending(cases: Cases) -> Column:
    return Column.money(*cases.spending(), cases.loans.decimals)


def _spending_above_income(cases: Cases) -> Column:
    spent, declared = cases.spending()
    earned, known = cases.of_capacity("net_income")
    above = spent + cases.together(cases.as_assessed.other_debts) - earned
    return Column.money(np.where(known, above, 0), known & declared, cases.loans.decimals)


def _spending_to_allowance(cases: Cases) -> Column:
    """Of the categories that the allowance stands for."""
    spent, declared = cases.spending(cases.covers)
    allowance, known = cases.of_capacity("allowance")
    return a_share(spent, cases.compared("allowance", allowance), known & declared)


def _shared_documents(cases: Cases) -> Column:
    return Column.count(shared_documents(cases.applications), np.ones(len(cases.loans), np.bool_))


def _repeated_documents(cases: Cases) -> Column:
    return Column.count(repeated_documents(cases.applications), np.ones(len(cases.loans), np.bool_))


def _days_since_plan(cases: Cases) -> Column:
    ended = cases.fact(Condition(field="last_plan_ended", comparison="is_missing"))
    days = int(np.datetime64(cases.on).astype(DAY).astype(np.int64)) - ended.cells
    cases.screen.fault(
        ended.given & (days < 0), Code.DATES_OUT_OF_ORDER, "last_plan_ended",
        lambda row: ended.cells[row].astype(DAY).astype(np.str_), f"<= {cases.on}",
    )  # fmt: skip
    return Column.count(np.where(ended.given, days, 0), ended.given)


BESIDE_LOANS = ("currency", "status")
"""Facts of the loan that stand in columns beside it."""
MADE: dict[str, Callable[[Cases], Column]] = {
    "principal": _money("principal"),
    "overdue_principal": _money("overdue_principal"),
    "overdue_interest": _money("overdue_interest"),
    "penalty": _money("penalty"),
    "fees": _money("fees"),
    "accrued_interest": _money("accrued_interest"),
    "balance": _money("balance"),
    "owed": _owed,
    "annual_rate": lambda cases: Column.rate(cases.loans.annual_rate, cases.loans.good),
    "rate_changes": lambda cases: Column.flag(cases.loans.rate_index >= 0, cases.loans.good),
    "spread": _spread,
    "rate_anchor": _day("rate_anchor"),
    "original_term": _count("original_term"),
    "elapsed": _count("elapsed"),
    "unpaid": _count("unpaid"),
    "months_extended": _count("months_extended"),
    "next_due": _day("next_due"),
    "start": _day("start"),
    "original_maturity": _day("original_maturity"),
    "last_due": _day("last_due"),
    "instalment": _instalment,
    "frequency": _frequency,
    "day_count": _day_count,
    "first_stub": lambda cases: Column.text(np.array(STUBS)[cases.loans.stub]),
    "final_stub": lambda cases: Column.text(np.array(STUBS)[cases.loans.final_stub]),
    "currency": lambda cases: cases.beside("currency"),
    "decimals": _count("decimals"),
    "status": lambda cases: cases.beside("status"),
    "adults": _heads("adults"),
    "children": _heads("children"),
    "dependants": _heads("dependants"),
    "persons": _persons,
    "region": lambda cases: Column.text(cases.of_first(cases.members[0].region)),
    "tenure": lambda cases: Column.text(cases.of_first(cases.members[0].tenure)),
    "assessed": lambda cases: Column.day(cases.of_first(cases.members[0].assessed)),
    "gross_income": _gross_income,
    "net_income": _a_figure("net_income"),
    "allowance": _a_figure("allowance"),
    "other_debts": _a_figure("other_debts"),
    "surplus": lambda cases: Column.money(*cases.surplus, cases.loans.decimals),
    "spending": _spending,
    "instalment_gap": _instalment_gap,
    "income_difference": _income_difference,
    "income_used_difference": _income_used_difference,
    "spending_above_income": _spending_above_income,
    "spending_to_allowance": _spending_to_allowance,
    "shared_documents": _shared_documents,
    "repeated_documents": _repeated_documents,
    "days_since_plan": _days_since_plan,
}
"""How the facts are made that aren't columns of an application."""
