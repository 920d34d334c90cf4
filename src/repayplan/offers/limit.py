"""How far a term may be extended: a share of the original term in a named reading, and absolute caps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal, get_args, overload

import numpy as np

from repayplan.ability.figures import decimal
from repayplan.basics.dates import months_taken, whole_periods
from repayplan.basics.errors import Code, InputError, Reason
from repayplan.basics.outcome import Bools, Ints, Outcome
from repayplan.kernel.work import MAX_PERIODS
from repayplan.plans.loan import Loan, Loans
from repayplan.plans.schedule import schedule
from repayplan.plans.stage import Plan

Reading = Literal["beyond_original_maturity", "total_term", "new_plan"]
LIMITS: tuple[Code, ...] = (
    Code.LIMIT_SHARE,
    Code.LIMIT_EXTENSION_MONTHS,
    Code.LIMIT_TOTAL_MONTHS,
    Code.LIMIT_NEW_PLAN_MONTHS,
    Code.LIMIT_DOMAIN,
)
"""The rules that can bind, as arrays number them; of equal ones the first is named."""


@dataclass(frozen=True, slots=True)
class Permit:
    """Whether a limit allows a loan's plan.

    Attributes
    ----------
    allowed
        Whether it does.
    instalments
        Rows of the plan, those of holidays too.
    longest
        The most that the limit allows; 0 or less where nothing is left of it.
    reason
        The rule that binds, whether or not the plan breaks it, with both figures.
    """

    allowed: bool
    instalments: int
    longest: int
    reason: Reason


@dataclass(frozen=True, slots=True, eq=False)
class Permits:
    """The same of a batch: columns of one value per good row, in the caller's order.

    Attributes
    ----------
    instalments, longest
        int64, as of :class:`Permit`.
    binding_limit
        int64; indexes :data:`LIMITS`.
    """

    instalments: Ints
    longest: Ints
    binding_limit: Ints

    @property
    def allowed(self) -> Bools:
        """bool; which plans the limit allows."""
        return np.asarray(self.instalments <= self.longest, np.bool_)

    def __len__(self) -> int:
        return len(self.instalments)

    def __iter__(self) -> Iterator[Permit]:
        return (self.one(i) for i in range(len(self)))

    def one(self, i: int) -> Permit:
        """Row ``i`` for a person."""
        asked, longest = int(self.instalments[i]), int(self.longest[i])
        reason = Reason(LIMITS[int(self.binding_limit[i])], "instalments", asked, max(longest, 0))
        return Permit(asked <= longest, asked, longest, reason)


def remaining(loans: Loans) -> Ints:
    """Instalments up to the *original* maturity: negative where it lies in the past.

    From the date of the original maturity where it is given, else the original term less the
    instalments whose due dates have passed.
    """
    dated = ~np.isnat(loans.original_maturity)
    by_count = loans.original_term - loans.elapsed - loans.late  # a long first period takes two in one
    if not dated.any():
        return by_count
    return np.where(dated, loans.due_by(np.where(dated, loans.original_maturity, loans.next_due)), by_count)


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

    Raises
    ------
    InputError
        No rule is given, a percentage without a reading, or a total below 100 %.

    Examples
    --------
    Half of 36 months may be added: with 26 to go to the original maturity, 44 at most.

    >>> limit = ExtensionLimit(percent="50", reading="beyond_original_maturity")
    >>> one = np.array([1])
    >>> longest, rule = limit.longest(original_term=36 * one, remaining=26 * one, frequency=0 * one)
    >>> int(longest[0]), LIMITS[rule[0]].value
    (44, 'limit_share')
    """

    percent: Decimal | None = None
    reading: Reading | None = None
    max_extension_months: int | None = None
    max_total_months: int | None = None
    max_new_plan_months: int | None = None

    def __post_init__(self) -> None:
        months = ("max_extension_months", "max_total_months", "max_new_plan_months")
        if self.percent is None and all(getattr(self, m) is None for m in months):
            raise InputError(Code.MISSING, "limit", None, "at least one rule")
        if (self.percent is None) != (self.reading is None):
            raise InputError(Code.MISSING, "limit.reading", self.reading, "percent and reading go together")
        if self.percent is not None:
            object.__setattr__(self, "percent", decimal("limit.percent", self.percent, most=10_000, places=4))
            if self.reading not in get_args(Reading):
                rule = f"one of {', '.join(get_args(Reading))}"
                raise InputError(Code.UNKNOWN_VALUE, "limit.reading", self.reading, rule)
            if self.reading == "total_term" and self.percent < 100:
                rule = "original term and extension together are at least 100 % of the original term"
                raise InputError(Code.OUT_OF_RANGE, "limit.percent", self.percent, rule)
        for name in months:
            value = getattr(self, name)
            whole = isinstance(value, int) and not isinstance(value, bool)
            if value is not None and not (whole and 0 <= value <= 12 * MAX_PERIODS):
                raise InputError(
                    Code.OUT_OF_RANGE,
                    f"limit.{name}",
                    value,
                    f"a whole number of months, 0 to {12 * MAX_PERIODS}",
                )

    def longest(self, *, original_term: Ints, remaining: Ints, frequency: Ints) -> tuple[Ints, Ints]:
        """The most instalments of a new plan, and which rule says so.

        Parameters
        ----------
        original_term
            int64 instalments of the original contract.
        remaining
            Instalments from the new plan's first due date to the *original* maturity; 0 or less where
            it has passed. Measured from there, extension is cumulative over all earlier ones.
        frequency
            Index of the frequency, to turn months into periods.

        Returns
        -------
        (longest, rule): int64; 0 or less where nothing is left; ``rule`` indexes :data:`LIMITS`.
        """

        def periods(months: int) -> Ints:
            return whole_periods(np.full(len(frequency), months), frequency)

        most: dict[int, Ints | int] = {len(LIMITS) - 1: MAX_PERIODS}
        if self.percent is not None:
            top, bottom = (Fraction(self.percent) / 100).as_integer_ratio()
            share = original_term * top // bottom  # at most 3660 x 10**8
            most[0] = {
                "beyond_original_maturity": share + remaining,
                "total_term": share - original_term + remaining,
                "new_plan": share,
            }[str(self.reading)]
        if self.max_extension_months is not None:
            most[1] = periods(self.max_extension_months) + remaining
        if self.max_total_months is not None:
            most[2] = periods(self.max_total_months) - original_term + remaining
        if self.max_new_plan_months is not None:
            most[3] = periods(self.max_new_plan_months)
        first, *others = sorted(most)
        longest, rule = np.asarray(most[first]), np.full(len(original_term), first)
        for index in others:
            tighter = most[index] < longest
            if tighter.any():
                longest, rule = np.where(tighter, most[index], longest), np.where(tighter, index, rule)
        return longest, rule

    def lacking(self, length: Ints, *, original_term: Ints, remaining: Ints, frequency: Ints) -> Ints:
        """By how many months every rule would have to be raised at least to allow plans of this length.

        Parameters
        ----------
        length
            int64 instalments.
        original_term, remaining, frequency
            As in :meth:`longest`.

        Returns
        -------
        int64, 0 where the limit allows it. A rule in months is raised to as many as the plan takes; one in
        percent, of which whole periods are allowed, by as many months as the periods beyond take.

        Examples
        --------
        Six quarters are 18 months.

        >>> limit, one = ExtensionLimit(max_new_plan_months=17), np.array([1])
        >>> limit.lacking(6 * one, original_term=4 * one, remaining=4 * one, frequency=2 * one)
        array([1])
        """
        lacks = np.zeros(len(length), np.int64)
        if self.percent is not None:
            share, _ = ExtensionLimit(percent=self.percent, reading=self.reading).longest(
                original_term=original_term, remaining=remaining, frequency=frequency
            )
            lacks = np.maximum(lacks, months_taken(length - share, frequency))
        for cap, rest in (
            (self.max_extension_months, remaining),
            (self.max_total_months, remaining - original_term),
            (self.max_new_plan_months, np.zeros_like(remaining)),
        ):
            if cap is not None:
                lacks = np.maximum(lacks, months_taken(length - rest, frequency) - cap)
        return lacks

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
            failures.

        Examples
        --------
        18 of 24 months are left, and 12 may be added: a holiday of 6 leaves 24 to repay in.

        >>> from repayplan.plans.stage import equal_instalment, holiday
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
        good = loans.take(made.row)
        longest, binding = self.longest(
            original_term=good.original_term, remaining=remaining(good), frequency=good.frequency
        )
        return Outcome(Permits(made.value.instalments, longest, binding), made.row, made.failures)
