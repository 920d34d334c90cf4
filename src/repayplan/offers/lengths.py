"""Rules that say how long a plan may be, each by itself, and those in shares and months."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, ClassVar, Literal, Protocol, get_args

import numpy as np

from repayplan.ability.figures import decimal, one_text, rising, values, whole
from repayplan.basics.dates import PERIOD_MONTHS_DEN, PERIOD_MONTHS_NUM, months_taken, whole_periods
from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Ints
from repayplan.kernel.rules import MAX_PERIODS
from repayplan.plans.loan import Loans

Reading = Literal["beyond_original_maturity", "total_term", "new_plan"]
Figure = Decimal | int | date
"""What a rule is set to: percent, months, a day, years."""
PERCENT_PLACES = 4
"""Decimals of a percentage."""
MOST_PERCENT, MOST_MONTHS = 10_000, 12 * MAX_PERIODS
_PERCENT = 100 * 10**PERCENT_PLACES


class LengthRule(Protocol):
    """What each rule says of good loans, as int64.

    ``most`` is the most that its figure can be, in its units.
    """

    most: ClassVar[int]

    @property
    def code(self) -> Code:
        """By which it is named where it binds."""

    def longest(self, loans: Loans) -> Ints:
        """The most instalments of a plan; 0 or less where nothing is left."""

    def months_short(self, loans: Loans, length: Ints) -> Ints:
        """How many months more it would have to give for plans of this length; 0 or less where none."""

    def needed(self, loans: Loans, length: Ints) -> Ints:
        """The least figure, in its units, that allows plans of this length."""

    def figure(self, units: int) -> Figure:
        """So many units for a person."""


def _beside(reading: Reading, loans: Loans) -> Ints:
    """What the length that a rule means has beside the instalments of the new plan."""
    if reading == "new_plan":
        return np.zeros_like(loans.original_term)
    left = loans.to_original_maturity
    return -left if reading == "beyond_original_maturity" else loans.original_term - left


def _share(percent: Decimal, term: Ints) -> Ints:
    """So many percent of a term in whole instalments, rounded down."""
    top, bottom = (Fraction(percent) / 100).as_integer_ratio()
    return term * top // bottom  # at most 3660 x 10**8


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A length is at most a part of the original term; its units are 0.0001 %."""

    percent: Decimal
    reading: Reading
    code: ClassVar[Code] = Code.LIMIT_SHARE
    most: ClassVar[int] = MOST_PERCENT * 10**PERCENT_PLACES

    def longest(self, loans: Loans) -> Ints:
        """As :meth:`LengthRule.longest`."""
        return _share(self.percent, loans.original_term) - _beside(self.reading, loans)

    def months_short(self, loans: Loans, length: Ints) -> Ints:
        """As many as the periods beyond take: of a share whole periods are allowed."""
        return months_taken(length - self.longest(loans), loans.frequency)

    def needed(self, loans: Loans, length: Ints) -> Ints:
        """As :meth:`LengthRule.needed`."""
        total = np.maximum(length + _beside(self.reading, loans), 0)
        return np.asarray(-(-total * _PERCENT // loans.original_term), np.int64)

    def figure(self, units: int) -> Decimal:
        """As :meth:`LengthRule.figure`."""
        return Decimal(units).scaleb(-PERCENT_PLACES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Months:
    """A length is at most so many months, in whole periods."""

    months: int
    reading: Reading
    code: Code
    most: ClassVar[int] = MOST_MONTHS

    def longest(self, loans: Loans) -> Ints:
        """As :meth:`LengthRule.longest`."""
        cap = whole_periods(np.full(len(loans), self.months), loans.frequency)
        return cap - _beside(self.reading, loans)

    def months_short(self, loans: Loans, length: Ints) -> Ints:
        """As :meth:`LengthRule.months_short`."""
        return self.needed(loans, length) - self.months

    def needed(self, loans: Loans, length: Ints) -> Ints:
        """As :meth:`LengthRule.needed`."""
        return months_taken(np.maximum(length + _beside(self.reading, loans), 0), loans.frequency)

    def figure(self, units: int) -> int:
        """As :meth:`LengthRule.figure`."""
        return units


@dataclass(frozen=True, slots=True, kw_only=True)
class RegulatorCap:
    """A cap on the new plan's length that isn't the lender's own.

    Parameters
    ----------
    months
        Most months of the new plan.
    source
        Where it is written.

    Raises
    ------
    InputError
        Not a whole number of months, or no source.

    Examples
    --------
    >>> RegulatorCap(months=60, source="own").months
    60
    """

    months: int
    source: str

    def __post_init__(self) -> None:
        whole("limit.regulator.months", self.months, 0, MOST_MONTHS, "months")
        one_text("limit.regulator.source", self.source)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionTier:
    """The most extension of loans of some original terms, all earlier extensions together.

    Parameters
    ----------
    up_to_months
        Longest original term that it is for, in months; None: every longer one.
    percent, max_months
        Of the original term, or months, beyond the original maturity: one of the two.

    Raises
    ------
    InputError
        Both or neither of the two is given, or a figure is out of its range.

    Examples
    --------
    Half of 36 months.

    >>> loans = Loans.from_columns(
    ...     principal=["900"], annual_rate=0, original_term=36, elapsed=0, unpaid=36, next_due="2026-01-31"
    ... )
    >>> ExtensionTier(up_to_months=60, percent="50").periods(loans)
    array([18])
    """

    up_to_months: int | None = None
    percent: Decimal | None = None
    max_months: int | None = None

    def __post_init__(self) -> None:
        if (self.percent is None) == (self.max_months is None):
            code = Code.MISSING if self.percent is None else Code.UNKNOWN_VALUE
            raise InputError(code, "limit.by_original_term", None, "percent or max_months, one of the two")
        if self.percent is not None:
            percent = decimal(
                "limit.by_original_term.percent", self.percent, most=MOST_PERCENT, places=PERCENT_PLACES
            )
            object.__setattr__(self, "percent", percent)
        for name in ("up_to_months", "max_months"):
            if getattr(self, name) is not None:
                whole(f"limit.by_original_term.{name}", getattr(self, name), 0, MOST_MONTHS, "months")

    def periods(self, loans: Loans) -> Ints:
        """Instalments beyond the original maturity, at most."""
        if self.percent is not None:
            return _share(self.percent, loans.original_term)
        return whole_periods(np.full(len(loans), self.max_months), loans.frequency)


def in_order(tiers: Any) -> tuple[ExtensionTier, ...]:
    """Tiers that every original term has one of, shortest first; InputError where they aren't."""
    field, last = "limit.by_original_term", "the last one is for all longer terms: no up_to_months"
    made = values(field, tiers, ExtensionTier, "a list of ExtensionTier", some=False)
    bounds = [tier.up_to_months for tier in made]
    if bounds and bounds[-1] is not None:
        raise InputError(Code.MISSING, f"{field}[{len(made) - 1}].up_to_months", bounds[-1], last)
    if None in bounds[:-1]:
        raise InputError(Code.UNKNOWN_VALUE, f"{field}[{bounds.index(None)}].up_to_months", None, last)
    rising(field, bounds[:-1], "up_to_months rises from tier to tier", ".up_to_months")
    return made


@dataclass(frozen=True, slots=True)
class ByOriginalTerm:
    """The extension, cumulative, is at most what the original term's tier says; its units are months."""

    tiers: tuple[ExtensionTier, ...]
    code: ClassVar[Code] = Code.LIMIT_ORIGINAL_TERM
    most: ClassVar[int] = MOST_MONTHS

    def longest(self, loans: Loans) -> Ints:
        """As :meth:`LengthRule.longest`."""
        return self._of_each([tier.periods(loans) for tier in self.tiers], loans) + loans.to_original_maturity

    def months_short(self, loans: Loans, length: Ints) -> Ints:
        """As of :class:`Months`, or of :class:`Share`, by the tier."""
        percent = months_taken(length - self.longest(loans), loans.frequency)
        needed = self.needed(loans, length)
        each = [percent if tier.max_months is None else needed - tier.max_months for tier in self.tiers]
        return self._of_each(each, loans)

    def needed(self, loans: Loans, length: Ints) -> Ints:
        """Months of extension that the tier would have to give."""
        return months_taken(np.maximum(length - loans.to_original_maturity, 0), loans.frequency)

    def figure(self, units: int) -> int:
        """As :meth:`LengthRule.figure`."""
        return units

    def _of_each(self, values: Sequence[Ints], loans: Loans) -> Ints:
        """Of one column for each tier, what belongs to each loan's tier."""
        num, den = PERIOD_MONTHS_NUM[loans.frequency], PERIOD_MONTHS_DEN[loans.frequency]
        out = values[-1]
        for tier, value in zip(self.tiers[-2::-1], values[-2::-1], strict=True):
            out = np.where(loans.original_term * num <= (tier.up_to_months or 0) * den, value, out)
        return out


def column_of(loans: Loans, name: str) -> Any:
    """A further column of the loans that a rule looks at.

    Raises
    ------
    InputError
        There is none.
    """
    if name not in loans.extra:
        raise InputError(Code.MISSING, name, None, f"the policy's limit looks at it: no column {name!r}")
    return loans.extra[name]


def check_reading(reading: Any) -> None:
    """InputError unless it is one of the readings."""
    if reading not in get_args(Reading):
        rule = f"one of {', '.join(get_args(Reading))}"
        raise InputError(Code.UNKNOWN_VALUE, "limit.reading", reading, rule)
