"""How far a term may be extended: rules on its length, gates before it, and what comes with it.

One class, as the limit is one table of a policy, read, checked and written whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, overload

import numpy as np

from repayplan.ability.figures import day, decimal, each_once, one_of, texts, whole
from repayplan.basics.columns import Screen
from repayplan.basics.dates import FREQUENCY_INDEX, Days, shift
from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Bools, Failures, Ints, Outcome, any_of
from repayplan.kernel.rules import MAX_PERIODS
from repayplan.offers.earlier import ConsentTitle, EarlierRestructures, Gate, consent_missing, read_consents
from repayplan.offers.hardship import tuple_of
from repayplan.offers.lengths import (
    MOST_MONTHS,
    MOST_PERCENT,
    PERCENT_PLACES,
    ByOriginalTerm,
    ExtensionTier,
    LengthRule,
    Months,
    Reading,
    RegulatorCap,
    Share,
    check_reading,
    in_order,
)
from repayplan.offers.maturity import AgeAtMaturity, LastDate
from repayplan.offers.permits import LIMITS, Ceiling, Ceilings, Permit, Permits
from repayplan.plans.loan import Loan, Loans
from repayplan.plans.schedule import schedule
from repayplan.plans.stage import Plan

_CAPS: tuple[tuple[str, Reading, Code], ...] = (
    ("max_extension_months", "beyond_original_maturity", Code.LIMIT_EXTENSION_MONTHS),
    ("max_total_months", "total_term", Code.LIMIT_TOTAL_MONTHS),
    ("max_new_plan_months", "new_plan", Code.LIMIT_NEW_PLAN_MONTHS),
)
_PARTS = {"regulator": RegulatorCap, "age": AgeAtMaturity, "earlier": EarlierRestructures}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionLimit:
    """The longest plan that may be agreed; every given rule holds, and the tightest binds.

    Periods are whole and rounded down; the months of a holiday count like others (:meth:`permits`).

    Parameters
    ----------
    percent
        Percent of the original term (``"50"``).
    reading
        What may be at most that part: ``"beyond_original_maturity"``: the periods from the original
        maturity to the new one, earlier extensions among them; ``"total_term"``: the original term
        and all extension together (at least 100); ``"new_plan"``: the new plan's own length.
    max_extension_months, max_total_months, max_new_plan_months
        Caps on the same three lengths, in months.
    by_original_term
        The extension, all earlier ones among it, by tiers of the original term: the last tier is for all
        longer terms.
    regulator
        A cap on the new plan's months that isn't the lender's own.
    last_date
        No instalment falls due after this day.
    age
        The borrower's age when the last instalment falls due.
    earlier
        When a loan that was restructured before may be again; it says nothing of the length.
    consents
        Columns of the loans that say whether a written consent to an extension is ``given``, ``missing`` or
        ``not_needed`` (a guarantor's, of a loan without one). An offer says which it waits for.
    consent_titles
        What these are called where people read of them; a consent without a title by its column.
    reversible_months
        For so many months from the plan's start the borrower may go back to the term before. An offer
        says until when.

    Raises
    ------
    InputError
        No rule on the length is given, a percentage without a reading, a total below 100 %, or a figure out
        of its range.

    Examples
    --------
    Half of 36 months may be added: with 26 to go to the original maturity, 44 at most; but not after 2029.

    >>> limit = ExtensionLimit(percent="50", reading="beyond_original_maturity", last_date="2029-06-30")
    >>> loan = Loan(
    ...     principal="9000",
    ...     annual_rate="0.12",
    ...     original_term=36,
    ...     elapsed=10,
    ...     unpaid=26,
    ...     next_due="2026-01-31",
    ... )
    >>> most = limit.longest(loan)
    >>> most.longest, most.binding_limit.value, most.by_rule[Code.LIMIT_SHARE]
    (42, 'limit_last_date', 44)
    """

    percent: Decimal | None = None
    reading: Reading | None = None
    max_extension_months: int | None = None
    max_total_months: int | None = None
    max_new_plan_months: int | None = None
    by_original_term: tuple[ExtensionTier, ...] = ()
    regulator: RegulatorCap | None = None
    last_date: date | None = None
    age: AgeAtMaturity | None = None
    earlier: EarlierRestructures | None = None
    consents: tuple[str, ...] = ()
    consent_titles: tuple[ConsentTitle, ...] = ()
    reversible_months: int | None = None

    def __post_init__(self) -> None:
        if (self.percent is None) != (self.reading is None):
            raise InputError(Code.MISSING, "limit.reading", self.reading, "percent and reading go together")
        if self.percent is not None:
            percent = decimal("limit.percent", self.percent, most=MOST_PERCENT, places=PERCENT_PLACES)
            object.__setattr__(self, "percent", percent)
            check_reading(self.reading)
            if self.reading == "total_term" and percent < 100:
                rule = "original term and extension together are at least 100 % of the original term"
                raise InputError(Code.OUT_OF_RANGE, "limit.percent", self.percent, rule)
        for name in (*(name for name, _, _ in _CAPS), "reversible_months"):
            if getattr(self, name) is not None:
                whole(f"limit.{name}", getattr(self, name), 0, MOST_MONTHS, "months")
        object.__setattr__(self, "by_original_term", in_order(self.by_original_term))
        if self.last_date is not None:
            object.__setattr__(self, "last_date", day("limit.last_date", self.last_date))
        for name, kind in _PARTS.items():
            value = getattr(self, name)
            if value is not None and not isinstance(value, kind):
                rule = f"{kind.__name__} is needed here"
                raise InputError(Code.UNKNOWN_VALUE, f"limit.{name}", value, rule)
        object.__setattr__(self, "consents", texts("limit.consents", self.consents))
        self._check_titles()
        columns = self.columns
        for name in columns:
            if columns.count(name) > 1:
                raise InputError(Code.DUPLICATE, "limit", name, "each column of the loans says one thing")
        if not self.rules:
            raise InputError(Code.MISSING, "limit", None, "at least one rule on the length of a plan")

    def _check_titles(self) -> None:
        """InputError where a title is of no consent, or a second one."""
        field = "limit.consent_titles"
        object.__setattr__(self, "consent_titles", tuple_of(field, self.consent_titles, ConsentTitle))
        named = [title.consent for title in self.consent_titles]
        for i, name in enumerate(named):
            one_of(f"{field}[{i}].consent", name, self.consents)
        each_once(field, named, "each consent once", ".consent")

    @property
    def titles(self) -> dict[str, tuple[str, str]]:
        """What consents are called in English and Chinese, by column."""
        return {title.consent: (title.en, title.zh) for title in self.consent_titles}

    @property
    def rules(self) -> tuple[LengthRule, ...]:
        """What is given, as rules on the length, in the order of :data:`LIMITS`."""
        out: list[LengthRule] = []
        if self.percent is not None and self.reading is not None:
            out.append(Share(percent=self.percent, reading=self.reading))
        for name, reading, code in _CAPS:
            if getattr(self, name) is not None:
                out.append(Months(months=getattr(self, name), reading=reading, code=code))
        if self.by_original_term:
            out.append(ByOriginalTerm(self.by_original_term))
        if self.regulator is not None:
            cap = Months(months=self.regulator.months, reading="new_plan", code=Code.LIMIT_REGULATOR)
            out.append(cap)
        if self.last_date is not None:
            out.append(LastDate(self.last_date))
        if self.age is not None:
            out.append(self.age)
        return tuple(out)

    @property
    def columns(self) -> tuple[str, ...]:
        """Further columns of the loans that the rules look at."""
        born = () if self.age is None else self.age.born
        before = () if self.earlier is None else self.earlier.columns
        return (*born, *before, *self.consents)

    def read(self, loans: Loans, screen: Screen) -> Loans:
        """The loans with the columns that the rules look at checked, and in types of their own.

        Faults of rows go to ``screen``.

        Raises
        ------
        InputError
            The loans lack such a column.
        """
        if not self.columns:
            return loans
        found: dict[str, Any] = read_consents(self.consents, loans, screen)
        for rule in (self.age, self.earlier):
            if rule is not None:
                found |= rule.read(loans, screen)
        return loans.replace(extra={**loans.extra, **found})

    def some(self, loans: Loans, rows: Ints, also: Sequence[str] = ()) -> Loans:
        """Some loans, read already, with the columns that the rules look at and these others, but no more."""
        extra = {name: loans.extra[name] for name in (*self.columns, *also)}
        return loans.replace(extra=extra).take(rows)

    def tightest(self, loans: Loans) -> tuple[Ints, Ints]:
        """The most instalments, and which rule says so, of loans that are read already and all good."""
        first, *others = self.rules
        longest, binding = first.longest(loans), np.full(len(loans), LIMITS.index(first.code))
        most: list[tuple[Code, Ints | int]] = [(rule.code, rule.longest(loans)) for rule in others]
        for code, each in (*most, (Code.LIMIT_DOMAIN, MAX_PERIODS)):
            tighter = np.asarray(each < longest, np.bool_)
            if any_of(tighter):
                longest = np.where(tighter, each, longest)
                binding = np.where(tighter, LIMITS.index(code), binding)
        return longest, binding

    @overload
    def longest(self, loans: Loan) -> Ceiling: ...
    @overload
    def longest(self, loans: Loans) -> Outcome[Ceilings]: ...
    def longest(self, loans: Loan | Loans) -> Ceiling | Outcome[Ceilings]:
        """The most instalments of a new plan, and of each rule by itself.

        Extension is measured from the *original* maturity, so that it is cumulative over all earlier ones.

        Parameters
        ----------
        loans
            One loan, or a batch, with the :attr:`columns` that the rules look at.

        Returns
        -------
        :class:`Ceiling` for one loan; for a batch an Outcome of :class:`Ceilings`.

        Raises
        ------
        InputError
            The loans lack a column. For one loan: a fault of its figures.
        """
        if isinstance(loans, Loan):
            return self.longest(loans.batch).single().one(0)
        good, row, failures = self._screened(loans)
        found = Ceilings(*self.tightest(good), {rule.code: rule.longest(good) for rule in self.rules})
        return Outcome(found, row, failures)

    def _screened(self, loans: Loans) -> tuple[Loans, Ints, Failures]:
        """The good loans, read; their rows; and the others' failures."""
        screen = Screen(len(loans))
        screen.adopt(loans.failures)
        read = self.read(loans, screen)
        row = np.flatnonzero(screen.good)
        return self.some(read, row), row, screen.failures()

    def gates(self, loans: Loans) -> tuple[Gate, ...]:
        """What the rules on earlier restructures find, of loans read already."""
        return () if self.earlier is None else tuple(self.earlier.gates(loans))

    def pending(self, loans: Loans, extended: Bools) -> dict[str, Bools]:
        """Bool by consent: which loans, read already, lack it; ``extended``: whose plan needs consents."""
        return {name: extended & consent_missing(loans, name) for name in self.consents}

    def reversible_until(self, loans: Loans, extended: Bools) -> Days:
        """Until when an extension can be undone; NaT where there is none, or it can't."""
        if self.reversible_months is None:
            return np.full(len(loans), np.datetime64("NaT", "D"))
        until = shift(loans.start, FREQUENCY_INDEX["monthly"], self.reversible_months)
        return np.where(extended, until, np.datetime64("NaT", "D"))

    @overload
    def permits(self, loans: Loan, plan: Plan, *, template: None = None) -> Permit: ...
    @overload
    def permits(
        self, loans: Loans, plan: Plan | Sequence[Plan], *, template: Any = None
    ) -> Outcome[Permits]: ...
    def permits(
        self, loans: Loan | Loans, plan: Plan | Sequence[Plan], *, template: Any = None
    ) -> Permit | Outcome[Permits]:
        """Whether a plan is no longer than the limit allows, every row counted: those of holidays too.

        Parameters
        ----------
        loans
            One loan, or a batch; both run the same code.
        plan, template
            As for :func:`~repayplan.schedule`: any plan, or several of which ``template`` chooses.

        Returns
        -------
        :class:`Permit` for one loan; for a batch an Outcome of :class:`Permits`.

        Raises
        ------
        InputError
            One loan's plan can't be kept, so that it has no length; in a batch that is an entry of the
            failures. Or the loans lack a column that the limit looks at.

        Examples
        --------
        18 of 24 months are left, and 12 may be added: a holiday of 6 leaves 24 to repay in.

        >>> from repayplan.plans.annuity import equal_instalment
        >>> from repayplan.plans.beside import holiday
        >>> limit = ExtensionLimit(percent="50", reading="beyond_original_maturity")
        >>> loan = Loan(
        ...     principal="9000",
        ...     annual_rate="0.12",
        ...     original_term=24,
        ...     elapsed=6,
        ...     unpaid=18,
        ...     next_due="2026-01-31",
        ... )
        >>> pause = holiday(6, interest="capitalise")
        >>> limit.permits(loan, pause + equal_instalment(24)).allowed
        True
        >>> refused = limit.permits(loan, pause + equal_instalment(30))
        >>> refused.allowed, refused.instalments, refused.longest
        (False, 36, 30)
        >>> refused.reason.text()
        'the share of the original term limits the plan to 30 instalments'
        """
        if isinstance(loans, Loan):
            if not isinstance(plan, Plan):
                msg = "one loan takes one plan"
                raise TypeError(msg)
            return self.permits(loans.batch, plan).single().one(0)
        made = schedule(loans, plan, template=template)
        good, row, failures = self._screened(loans)
        both, of_plan, of_loan = np.intersect1d(made.row, row, assume_unique=True, return_indices=True)
        length, good = made.value.instalments[of_plan], self.some(good, of_loan)
        found = Permits(
            length,
            *self.tightest(good),
            self.gates(good),
            self.pending(good, length > good.to_present_maturity),
            self.titles,
        )
        return Outcome(found, both, made.failures.and_then(failures))
