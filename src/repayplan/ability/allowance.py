"""What a household must be left to live on, and the other rules between income and capacity."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from math import lcm
from typing import Any, Literal, get_args

import numpy as np

from repayplan.ability.household import Households
from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Ints
from repayplan.kernel.accrue import divide_product

ShareOf = Literal["net_income", "gross_income"]


SHARE_PLACES = 12
"""Decimals of a share; with 12 its product with any amount stays exact."""


def decimal(name: str, value: Any, *, most: int | None = None, places: int | None = None) -> Decimal:
    """A non-negative Decimal from text, int or Decimal; InputError for anything else, floats too."""
    try:
        if isinstance(value, (bool, float)):
            raise InvalidOperation
        number = Decimal(value)
        if not number.is_finite() or number < 0 or (most is not None and number > most):
            raise InvalidOperation
        if places is not None and (Fraction(number) * 10**places).denominator != 1:
            raise InvalidOperation
    except (InvalidOperation, TypeError, ValueError):
        bound = ("" if most is None else f", at most {most}") + (f", {places} decimals" if places else "")
        rule = f"a number of 0 or more{bound}, as text, int or Decimal"
        raise InputError(Code.OUT_OF_RANGE, name, value, rule) from None
    return number


def share_of(amount: Ints, share: Decimal, *, up: bool) -> Ints:
    """``amount * share`` in minor units, rounded once.

    Examples
    --------
    >>> share_of(np.array([1001]), Decimal("0.75"), up=False)
    array([750])
    """
    part = Fraction(share)
    if part.denominator >= 2**40 or part.numerator >= 2**60:
        raise InputError(Code.OUT_OF_RANGE, "share", share, "at most 12 decimals")
    num = np.full(len(amount), part.numerator)
    quotient, rest = divide_product(np.maximum(amount, 0), num, part.denominator)
    return quotient + (rest > 0) if up else quotient


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """The minimum living allowance by household, a month.

    Either ``by_persons`` with ``further_person``, or ``adult_first``, ``adult_further`` and ``child``.

    Parameters
    ----------
    by_persons
        Amounts for 1, 2, ... persons, in currency units.
    further_person
        For each person more than the table has.
    adult_first, adult_further, child
        For the first adult, each further one, each child.
    multiplier
        The whole times this (a multiple of the subsistence allowance, say).
    covers
        Spending categories that the allowance stands for: of these together the household is left
        what it declared or the allowance, whichever is more. Other categories count as declared.
    source, effective
        Where the figures come from and from when they hold.

    Raises
    ------
    InputError
        Neither of the two forms is complete, both are given, or a figure is negative.

    Examples
    --------
    IRS collection financial standards, national standards from 21 April 2025.

    >>> irs = Allowance(
    ...     by_persons=("839", "1481", "1753", "2129"),
    ...     further_person="394",
    ...     covers=("food", "clothing"),
    ...     source="IRS",
    ...     effective="2025-04-21",
    ... )
    >>> homes = Households.from_columns(adults=[1, 2], children=[0, 3], net_income=["1", "1"])
    >>> irs.monthly(homes)
    array([ 83900, 252300])
    """

    by_persons: tuple[Decimal, ...] | None = None
    further_person: Decimal | None = None
    adult_first: Decimal | None = None
    adult_further: Decimal | None = None
    child: Decimal | None = None
    multiplier: Decimal = Decimal(1)
    covers: tuple[str, ...]
    source: str
    effective: date | None = None

    def __post_init__(self) -> None:
        heads = ("adult_first", "adult_further", "child")
        table = self.by_persons is not None or self.further_person is not None
        if table == any(getattr(self, name) is not None for name in heads):
            rule = "either by_persons with further_person, or adult_first, adult_further and child"
            raise InputError(Code.UNKNOWN_VALUE, "allowance", None, rule)
        needed = ("further_person",) if table else heads
        for name in (*needed, "multiplier"):
            object.__setattr__(self, name, decimal(f"allowance.{name}", getattr(self, name)))
        if table:
            if not isinstance(self.by_persons, (tuple, list)) or not self.by_persons:
                raise InputError(
                    Code.MISSING, "allowance.by_persons", self.by_persons, "an amount per number of persons"
                )
            amounts = tuple(decimal("allowance.by_persons", a) for a in self.by_persons)
            object.__setattr__(self, "by_persons", amounts)
        object.__setattr__(self, "covers", texts("allowance.covers", self.covers))
        if self.effective is not None:
            object.__setattr__(self, "effective", _date("allowance.effective", self.effective))

    def monthly(self, households: Households) -> Ints:
        """int64 minor units a month of each household, rounded up once."""
        adults, children = households.adults, households.children
        if self.by_persons is not None:
            table = (Decimal(0), *self.by_persons)
            persons = adults + children
            base = np.minimum(persons, len(table) - 1)
            counts = [(np.where(base == i, 1, 0), table[i]) for i in range(len(table))]
            counts.append((persons - base, self.further_person or Decimal(0)))
        else:
            first = np.minimum(adults, 1)
            heads = (self.adult_first, self.adult_further, self.child)
            numbers = (first, adults - first, children)
            counts = [(n, amount or Decimal(0)) for n, amount in zip(numbers, heads, strict=True)]
        out = np.zeros(len(households), np.int64)
        for d in np.flatnonzero(np.bincount(households.decimals)):
            exact = [Fraction(amount) * Fraction(self.multiplier) * 10 ** int(d) for _, amount in counts]
            common = lcm(*(e.denominator for e in exact))
            if max(int(e * common) for e in exact) > 2**50:
                raise InputError(
                    Code.OUT_OF_RANGE, "allowance", self.multiplier, "figures too large or too fine"
                )
            total = sum((n * int(e * common) for (n, _), e in zip(counts, exact, strict=True)), np.int64(0))
            out = np.where(households.decimals == d, -(-total // common), out)
        return out


def texts(name: str, values: Any) -> tuple[str, ...]:
    """A tuple of names from a list or tuple; InputError for anything else, one text too."""
    if not isinstance(values, (tuple, list)) or not all(isinstance(v, str) for v in values):
        raise InputError(Code.UNKNOWN_VALUE, name, values, "a list of names")
    return tuple(values)


def _date(name: str, value: Any) -> date:
    if type(value) is date:
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise InputError(Code.NOT_A_DATE, name, value, "a date, YYYY-MM-DD") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomeRule:
    """How gross income counts where no net income is known.

    Parameters
    ----------
    net_of_gross
        The share of gross that counts as net (``"0.78"``); None: a household without net income is
        refused with ``gross_without_rule``.
    """

    net_of_gross: Decimal | None = None

    def __post_init__(self) -> None:
        if self.net_of_gross is not None:
            share = decimal("income.net_of_gross", self.net_of_gross, most=1, places=SHARE_PLACES)
            object.__setattr__(self, "net_of_gross", share)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contingency:
    """What is kept back for the unforeseen: a share of the surplus, at most an amount.

    Parameters
    ----------
    share
        Share of the surplus (``"0.10"``).
    at_most
        Currency units a month; None: no cap.

    Examples
    --------
    A surplus of 100 leaves 90 with 10 %, at most 20 (Standard Financial Statement).

    >>> kept = Contingency(share="0.10", at_most="20")
    >>> kept.monthly(np.array([10000, 90000, -500]), np.array([2, 2, 2]))
    array([1000, 2000,    0])
    """

    share: Decimal
    at_most: Decimal | None = None

    def __post_init__(self) -> None:
        share = decimal("contingency.share", self.share, most=1, places=SHARE_PLACES)
        object.__setattr__(self, "share", share)
        if self.at_most is not None:
            object.__setattr__(self, "at_most", decimal("contingency.at_most", self.at_most))

    def monthly(self, surplus: Ints, decimals: Ints) -> Ints:
        """int64 minor units kept back of a signed surplus, rounded up."""
        kept = share_of(surplus, self.share, up=True)
        if self.at_most is None:
            return kept
        exact = Fraction(self.at_most)
        cap = np.array([min(int(exact * 10**d), 2**62) for d in range(9)])[decimals]
        return np.asarray(np.minimum(kept, cap), np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class AssumedCost:
    """A cost that the data lack, assumed as a share of income where the household's own isn't known.

    Parameters
    ----------
    category
        Of spending.
    share, of
        The share, and of which income.
    tenure
        For homes held in one of these ways only; None: for all.
    """

    category: str
    share: Decimal
    of: ShareOf = "gross_income"
    tenure: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        share = decimal("assumed.share", self.share, most=1, places=SHARE_PLACES)
        object.__setattr__(self, "share", share)
        if self.of not in get_args(ShareOf):
            raise InputError(
                Code.UNKNOWN_VALUE, "assumed.of", self.of, f"one of {', '.join(get_args(ShareOf))}"
            )
        if self.tenure is not None:
            object.__setattr__(self, "tenure", texts("assumed.tenure", self.tenure))
