"""Allowances of one figure: an amount for any household, an equivalence scale, bands by income."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import ceil, lcm
from typing import get_args

import numpy as np

from repayplan.ability.allowance import ShareOf
from repayplan.ability.figures import SHARE_PLACES, decimal, one_of, rising, values
from repayplan.ability.heads import (
    AgeBand,
    Counted,
    age_bands,
    by_decimals,
    children_by,
    dependants_by,
    rounded_up_once,
)
from repayplan.ability.households import Households
from repayplan.ability.month import MAX_MONTHLY
from repayplan.ability.rule import ONCE, AllowanceRule, check_texts
from repayplan.basics.columns import Screen, money_of
from repayplan.basics.dates import FREQUENCIES, FREQUENCY_INDEX, FREQUENCY_NAMES
from repayplan.basics.errors import Code
from repayplan.basics.outcome import Bools, Ints
from repayplan.kernel.accrue import MAX_DENOMINATOR, divide_product


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedAllowance(AllowanceRule):
    """The same amount for every household.

    Parameters
    ----------
    amount
        Currency units each period.
    frequency
        How often; a week is 12/52 of a month.
    covers, source, effective
        See :class:`AllowanceRule`.

    Raises
    ------
    InputError
        An amount that isn't a number from 0, or an unknown frequency.

    Examples
    --------
    >>> from repayplan import Household
    >>> rule = FixedAllowance(amount="217.50", frequency="weekly", covers=(), source="29 U.S.C. 206")
    >>> rule.monthly(Household(net_income="1"))
    Decimal('942.50')
    """

    amount: Decimal
    frequency: str
    covers: tuple[str, ...]
    source: str
    effective: date | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "amount", decimal("allowance.amount", self.amount))
        one_of("allowance.frequency", self.frequency, FREQUENCY_INDEX, FREQUENCY_NAMES)
        check_texts(self)

    def screened(self, screen: Screen, homes: Households, times: Fraction = ONCE) -> Ints:
        """See :meth:`AllowanceRule.screened`."""
        months = FREQUENCIES[FREQUENCY_INDEX[self.frequency]].in_months
        same = np.zeros(len(homes), np.int64)
        return rounded_up_once(screen, homes, (self.amount,), same, (), times / months)


@dataclass(frozen=True, slots=True, kw_only=True)
class EquivalenceScale(AllowanceRule):
    """An amount for one adult, times the adults that a household counts for.

    ``base * (1 + adult_share * further adults + the share of each child + dependant_share * dependants)``,
    rounded up once.

    Parameters
    ----------
    base
        Currency units a month for one adult.
    adult_share
        For each adult but the first.
    child_shares
        For each child, by age; ages must be known.
    dependant_share
        For each other dependant; without it a household that has some has a code.
    covers, source, effective
        See :class:`AllowanceRule`.

    Raises
    ------
    InputError
        A figure that isn't a number from 0, or bands that aren't in order.
    """

    base: Decimal
    adult_share: Decimal
    child_shares: tuple[AgeBand, ...]
    dependant_share: Decimal | None = None
    covers: tuple[str, ...]
    source: str
    effective: date | None = None

    def __post_init__(self) -> None:
        for name in ("base", "adult_share"):
            object.__setattr__(self, name, decimal(f"allowance.{name}", getattr(self, name)))
        if self.dependant_share is not None:
            share = decimal("allowance.dependant_share", self.dependant_share)
            object.__setattr__(self, "dependant_share", share)
        bands = age_bands("allowance.child_shares", self.child_shares)
        object.__setattr__(self, "child_shares", bands)
        check_texts(self)

    @classmethod
    def oecd_modified(
        cls,
        base: Decimal | str,
        *,
        covers: tuple[str, ...],
        source: str,
        effective: date | str | None = None,
    ) -> EquivalenceScale:
        """The OECD-modified scale: 1 for the first adult, 0.5 for others from 14 years on, 0.3 for children.

        Source: Hagenaars, de Vos and Zaidi (1994), as Eurostat uses it ("equivalised disposable income").

        Parameters
        ----------
        base
            Currency units a month for one adult.
        covers, source, effective
            Of the base; see :class:`AllowanceRule`.

        Examples
        --------
        Two adults, a child of 13 and one of 14: 1 + 0.5 + 0.3 + 0.5 = 2.3.

        >>> from repayplan import Household
        >>> rule = EquivalenceScale.oecd_modified("1000", covers=(), source="own")
        >>> rule.monthly(Household(adults=2, children=(13, 14), net_income="1"))
        Decimal('2300.00')
        """
        half, third = Decimal("0.5"), Decimal("0.3")
        return cls(
            base=base,  # type: ignore[arg-type]
            adult_share=half,
            child_shares=(AgeBand(under=14, each=third), AgeBand(each=half)),
            dependant_share=half,
            covers=covers,
            source=source,
            effective=effective,  # type: ignore[arg-type]
        )

    def screened(self, screen: Screen, homes: Households, times: Fraction = ONCE) -> Ints:
        """See :meth:`AllowanceRule.screened`."""
        further: list[Counted] = [(np.maximum(homes.adults - 1, 0), self.adult_share)]
        further += children_by(screen, homes, self.child_shares)
        further += dependants_by(screen, homes, self.dependant_share)
        one = np.zeros(len(homes), np.int64)
        return rounded_up_once(screen, homes, (Decimal(1),), one, further, times * Fraction(self.base))


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """What is left of an income from an amount up: ``base + share * (income - above)``.

    Parameters
    ----------
    above
        The income from which the band counts, in currency units a month.
    base
        Currency units a month.
    share
        Of what the income is above that, 0 to 1.

    Raises
    ------
    InputError
        A figure that isn't a number in its bounds.
    """

    above: Decimal
    base: Decimal
    share: Decimal

    def __post_init__(self) -> None:
        object.__setattr__(self, "above", decimal("allowance.above", self.above))
        object.__setattr__(self, "base", decimal("allowance.base", self.base))
        share = decimal("allowance.share", self.share, most=1, places=SHARE_PLACES)
        object.__setattr__(self, "share", share)


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomeBands(AllowanceRule):
    """An allowance that differs with income; one band with a share is a percentage that is protected.

    Parameters
    ----------
    of
        ``"net_income"`` or ``"gross_income"``; a household of which it isn't known has a code.
    bands
        From the lowest up. An income below the first has a code.
    covers, source, effective
        See :class:`AllowanceRule`.

    Raises
    ------
    InputError
        An income that isn't known, or bands that aren't in order.

    Examples
    --------
    Of 2,000 a month, three quarters are protected.

    >>> from repayplan import Household
    >>> kept = Band(above="0", base="0", share="0.75")
    >>> rule = IncomeBands(of="net_income", bands=(kept,), covers=(), source="own")
    >>> rule.monthly(Household(net_income="2000"))
    Decimal('1500.00')
    """

    of: ShareOf
    bands: tuple[Band, ...]
    covers: tuple[str, ...]
    source: str
    effective: date | None = None

    def __post_init__(self) -> None:
        one_of("allowance.of", self.of, get_args(ShareOf))
        rule = "bands, each from a larger income than the one before"
        object.__setattr__(self, "bands", values("allowance.bands", self.bands, Band, rule))
        rising("allowance.bands", [band.above for band in self.bands], rule, ".above")
        check_texts(self)

    @property
    def follows_net_income(self) -> bool:
        """Whether it is bands of net income."""
        return self.of == "net_income"

    @property
    def follows_gross_income(self) -> bool:
        """Whether it is bands of gross income."""
        return self.of == "gross_income"

    def screened(self, screen: Screen, homes: Households, times: Fraction = ONCE) -> Ints:
        """See :meth:`AllowanceRule.screened`."""
        income = homes.net_income if self.of == "net_income" else homes.gross_income
        screen.fault(~income.given, Code.MISSING, self.of)
        shown, most = (money_of(x, homes.decimals) for x in (income.amount, np.full(len(homes), MAX_MONTHLY)))
        first = f">= {self.bands[0].above:f}"
        out = np.zeros(len(homes), np.int64)
        for d, mine in by_decimals(homes.decimals):
            low = [min(ceil(Fraction(band.above) * 10**d), MAX_MONTHLY + 1) for band in self.bands]
            place = np.searchsorted(np.array(low, np.int64), income.amount, side="right") - 1
            screen.fault(mine & (place < 0), Code.OUT_OF_RANGE, self.of, shown, first)
            for i, band in enumerate(self.bands):
                rows = np.flatnonzero(mine & (place == i))
                amount, fits = _of_band(band, income.amount[rows], d, times)
                out[rows] = np.where(fits, amount, 0)
                beyond = np.zeros(len(homes), np.bool_)
                beyond[rows] = ~fits
                screen.fault(beyond, Code.BEYOND_DOMAIN, "allowance", shown, most)
        return out


def _of_band(band: Band, income: Ints, d: int, times: Fraction) -> tuple[Ints, Bools]:
    """What a band leaves of incomes in minor units, rounded up once, and where that is within the domain."""
    slope = times * Fraction(band.share)
    start = times * (Fraction(band.base) - Fraction(band.share) * Fraction(band.above)) * 10**d
    common = lcm(slope.denominator, start.denominator)
    a, b = int(start * common), int(slope * common)
    if common >= MAX_DENOMINATOR or abs(a) > 2**61 or b >= 2**62:
        return np.zeros_like(income), np.zeros(len(income), np.bool_)
    fits = income * float(slope) < float(MAX_MONTHLY)
    quotient, rest = divide_product(np.where(fits, income, 0), np.full(len(income), b), common)
    total = quotient - (-(rest + a) // common)
    return total, fits & (total <= MAX_MONTHLY)
