"""What a household must be left to live on, and the other rules between income and capacity."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import lcm
from typing import Literal, get_args

import numpy as np

from repayplan.ability.figures import SHARE_PLACES, day, decimal, one_text, share_of, texts, units_of
from repayplan.ability.household import Households
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import MAX_DECIMALS
from repayplan.basics.outcome import Bools, Ints, Texts

ShareOf = Literal["net_income", "gross_income"]
_MOST = 2**50
"""No figure may be larger, in units of the common denominator of all: times 200 persons it fits int64."""


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
            raise InputError(Code.UNKNOWN_VALUE if table else Code.MISSING, "allowance", None, rule)
        needed = ("further_person",) if table else heads
        one_text("allowance.source", self.source)
        for name in (*needed, "multiplier"):
            object.__setattr__(self, name, decimal(f"allowance.{name}", getattr(self, name)))
        if table:
            if not isinstance(self.by_persons, (tuple, list)) or not self.by_persons:
                code = Code.UNKNOWN_VALUE if self.by_persons else Code.MISSING
                rule = "an amount for 1, 2, ... persons"
                raise InputError(code, "allowance.by_persons", self.by_persons, rule)
            amounts = tuple(decimal("allowance.by_persons", a) for a in self.by_persons)
            object.__setattr__(self, "by_persons", amounts)
        object.__setattr__(self, "covers", texts("allowance.covers", self.covers))
        if self.effective is not None:
            object.__setattr__(self, "effective", day("allowance.effective", self.effective))

    def monthly(self, households: Households) -> Ints:
        """int64 minor units a month of each household, rounded up once.

        Raises
        ------
        InputError
            A household's currency has so many decimals that the figures can't be worked out in int64;
            :func:`capacity` gives such rows a code.
        """
        amounts, beyond = self.screened(households)
        if beyond.any():
            limit = str(self.most(households.decimals[beyond])[0])
            raise InputError(Code.BEYOND_DOMAIN, "allowance", self.largest, limit=limit)
        return amounts

    @property
    def _figures(self) -> list[Decimal]:
        heads = (self.further_person, self.adult_first, self.adult_further, self.child)
        return [amount for amount in (*(self.by_persons or ()), *heads) if amount is not None]

    @property
    def largest(self) -> str:
        """The largest figure, in currency units."""
        return f"{max(self._figures):f}"

    def most(self, decimals: Ints) -> Texts:
        """How large a figure may be, in currency units, to be worked out at so many decimals."""
        times = [Fraction(self.multiplier) * 10**d for d in range(MAX_DECIMALS + 1)]
        steps = [lcm(*((Fraction(amount) * each).denominator for amount in self._figures)) for each in times]
        most = [_MOST / (step * each) if each else _MOST for step, each in zip(steps, times, strict=True)]
        return np.array([str(int(each)) for each in most])[decimals]

    def screened(self, households: Households) -> tuple[Ints, Bools]:
        """As :meth:`monthly`, with a mask of the rows that can't be worked out (0 there)."""
        adults, children = households.adults, households.children
        # An amount for 0, 1, ... persons of a table, and counts of others with an amount each.
        if self.by_persons is not None:
            table, persons = (Decimal(0), *self.by_persons), adults + children
            base = np.minimum(persons, len(table) - 1)
            further = [(persons - base, self.further_person or Decimal(0))]
        else:
            table, base = (Decimal(0), self.adult_first or Decimal(0)), np.minimum(adults, 1)
            further = [
                (adults - base, self.adult_further or Decimal(0)),
                (children, self.child or Decimal(0)),
            ]
        out, beyond = np.zeros(len(households), np.int64), np.zeros(len(households), np.bool_)
        for d in np.flatnonzero(np.bincount(households.decimals)):
            scale = Fraction(self.multiplier) * 10 ** int(d)
            exact = [Fraction(amount) * scale for amount in (*table, *(amount for _, amount in further))]
            common = lcm(*(e.denominator for e in exact))
            whole = [int(e * common) for e in exact]
            mine = households.decimals == d
            if max(whole) > _MOST:
                beyond |= mine
                continue
            total = np.array(whole[: len(table)])[base]
            for (count, _), units in zip(further, whole[len(table) :], strict=True):
                if units and count.any():
                    total += count * units
            monthly = total if common == 1 else -(-total // common)
            out = monthly if mine.all() else np.where(mine, monthly, out)
        return out, beyond


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
        return np.asarray(np.minimum(kept, units_of(self.at_most, up=False)[decimals]), np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class AssumedCost:
    """A cost that the data lack, assumed where the household's own isn't known.

    Parameters
    ----------
    category
        Of spending.
    share, of
        The share, and of which income. A share of gross income needs gross income: a household
        without it is refused, its net income doesn't stand in.
    at_least
        Currency units a month; with a share of 0 the cost is this amount.
    tenure
        For homes held in one of these ways only; None: for all. Of several rules for a category the
        last that applies counts. Where none applies, the household is refused; a cost that is really
        nothing is a rule with a share of 0.

    Raises
    ------
    InputError
        A share that isn't 0 to 1, a negative amount, or an income that isn't known.
    """

    category: str
    share: Decimal
    of: ShareOf = "gross_income"
    at_least: Decimal | None = None
    tenure: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        one_text("assumed.category", self.category)
        if self.at_least is not None:
            object.__setattr__(self, "at_least", decimal("assumed.at_least", self.at_least))
        share = decimal("assumed.share", self.share, most=1, places=SHARE_PLACES)
        object.__setattr__(self, "share", share)
        if self.of not in get_args(ShareOf):
            raise InputError(
                Code.UNKNOWN_VALUE, "assumed.of", self.of, f"one of {', '.join(get_args(ShareOf))}"
            )
        if self.tenure is not None:
            object.__setattr__(self, "tenure", texts("assumed.tenure", self.tenure))

    @property
    def needs_gross(self) -> bool:
        """Whether gross income must be known to work it out."""
        return self.of == "gross_income" and self.share > 0

    @property
    def follows_net_income(self) -> bool:
        """Whether it is more where net income is."""
        return self.of == "net_income" and self.share > 0

    def monthly(self, income: Ints, decimals: Ints) -> Ints:
        """int64 minor units a month for the income that it is a share of, rounded up.

        Examples
        --------
        >>> rent = AssumedCost(category="rent", share="0.30", at_least="500")
        >>> rent.monthly(np.array([200001, 100000]), np.array([2, 2]))
        array([60001, 50000])
        """
        cost = share_of(income, self.share, up=True)
        if self.at_least is None:
            return cost
        return np.asarray(np.maximum(cost, units_of(self.at_least, up=True)[decimals]), np.int64)
