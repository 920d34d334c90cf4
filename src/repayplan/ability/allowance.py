"""What a household must be left to live on, and the other rules between income and capacity."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal, get_args

import numpy as np

from repayplan.ability.figures import (
    SHARE_PLACES,
    decimal,
    one_text,
    share_of,
    texts,
    units_of,
)
from repayplan.ability.heads import AgeBand, age_bands, children_by, dependants_by, rounded_up_once
from repayplan.ability.households import Households
from repayplan.ability.rule import ONCE, AllowanceRule, check_texts
from repayplan.basics.columns import Screen
from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Ints

ShareOf = Literal["net_income", "gross_income"]
REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance(AllowanceRule):
    """The minimum living allowance by household, a month.

    Either ``by_persons`` with ``further_person``, or ``adult_first``, ``adult_further`` and a figure for
    children. Other rules are put together from it, or stand beside it: see :class:`AllowanceRule`.

    Parameters
    ----------
    by_persons
        Amounts for 1, 2, ... persons, in currency units; dependants are persons too.
    further_person
        For each person more than the table has; ``"refused"``: a larger household has a code.
    adult_first, adult_further
        For the first adult, each further one.
    child, child_by_age
        For each child: the same for all, or by age. Ages must be known then.
    dependant
        For each other dependant; without it a household that has some has a code.
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
    further_person: Decimal | Literal["refused"] | None = None
    adult_first: Decimal | None = None
    adult_further: Decimal | None = None
    child: Decimal | None = None
    child_by_age: tuple[AgeBand, ...] | None = None
    dependant: Decimal | None = None
    multiplier: Decimal = Decimal(1)
    covers: tuple[str, ...]
    source: str
    effective: date | None = None

    def __post_init__(self) -> None:
        heads = ("adult_first", "adult_further", "child", "child_by_age", "dependant")
        table = self.by_persons is not None or self.further_person is not None
        if table == any(getattr(self, name) is not None for name in heads):
            rule = "either by_persons with further_person, or adult_first, adult_further and child"
            raise InputError(Code.UNKNOWN_VALUE if table else Code.MISSING, "allowance", None, rule)
        by_age = self.child_by_age is not None
        if by_age and self.child is not None:
            rule = "either child or child_by_age"
            raise InputError(Code.UNKNOWN_VALUE, "allowance.child", self.child, rule)
        check_texts(self)
        needed = ("adult_first", "adult_further", *(() if by_age else ("child",)))
        if table:
            needed = () if self.further_person == REFUSED else ("further_person",)
        for name in (*needed, "multiplier", *(() if self.dependant is None else ("dependant",))):
            object.__setattr__(self, name, decimal(f"allowance.{name}", getattr(self, name)))
        if by_age:
            bands = age_bands("allowance.child_by_age", self.child_by_age)
            object.__setattr__(self, "child_by_age", bands)
        if table:
            if not isinstance(self.by_persons, (tuple, list)) or not self.by_persons:
                code = Code.UNKNOWN_VALUE if self.by_persons else Code.MISSING
                rule = "an amount for 1, 2, ... persons"
                raise InputError(code, "allowance.by_persons", self.by_persons, rule)
            amounts = tuple(
                decimal(f"allowance.by_persons[{i}]", each) for i, each in enumerate(self.by_persons)
            )
            object.__setattr__(self, "by_persons", amounts)

    @classmethod
    def per_person(
        cls,
        amount: Decimal | str,
        *,
        times: Decimal | str = Decimal(1),
        covers: tuple[str, ...],
        source: str,
        effective: date | str | None = None,
    ) -> Allowance:
        """The same for every person, so many times over: a local subsistence standard (低保), say.

        Parameters
        ----------
        amount
            Currency units a month for one person, as the place publishes it.
        times
            The multiplier of the programme.
        covers, source, effective
            See :class:`Allowance`.

        Examples
        --------
        >>> from repayplan import Household
        >>> rule = Allowance.per_person("1510", times="1.5", covers=("food",), source="民政局")
        >>> rule.monthly(Household(adults=2, children=(4,), net_income="1"))
        Decimal('6795.00')
        """
        given: Any = {"adult_first": amount, "multiplier": times, "effective": effective}
        heads: Any = dict.fromkeys(("adult_further", "child", "dependant"), amount)
        return cls(**given, **heads, covers=covers, source=source)

    @property
    def largest(self) -> str:
        """The largest figure, in currency units."""
        heads = (self.further_person, self.adult_first, self.adult_further, self.child, self.dependant)
        bands = [band.each for band in self.child_by_age or ()]
        figures = [f for f in (*(self.by_persons or ()), *heads, *bands) if isinstance(f, Decimal)]
        return f"{max(figures):f}"

    def screened(self, screen: Screen, homes: Households, times: Fraction = ONCE) -> Ints:
        """See :meth:`AllowanceRule.screened`."""
        adults, children = homes.adults, homes.children
        # An amount for 0, 1, ... persons of a table, and counts of others with an amount each.
        if self.by_persons is not None:
            table, persons = (Decimal(0), *self.by_persons), adults + children + homes.dependants
            base = np.minimum(persons, len(table) - 1)
            further = []
            if isinstance(self.further_person, Decimal):
                further = [(persons - base, self.further_person)]
            else:
                most = f"1 to {len(self.by_persons)}"
                screen.fault(persons > base, Code.OUT_OF_RANGE, "persons", persons, most)
        else:
            table, base = (Decimal(0), self.adult_first or Decimal(0)), np.minimum(adults, 1)
            further = [(adults - base, self.adult_further or Decimal(0))]
            if self.child_by_age is None:
                further.append((children, self.child or Decimal(0)))
            else:
                further += children_by(screen, homes, self.child_by_age)
            further += dependants_by(screen, homes, self.dependant)
        return rounded_up_once(screen, homes, table, base, further, Fraction(self.multiplier) * times)


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
