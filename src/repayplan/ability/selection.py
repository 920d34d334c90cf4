"""Allowances that differ by where a household lives, and by the day on which it is looked at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import numpy as np

from repayplan.ability.figures import texts, values
from repayplan.ability.households import Households
from repayplan.ability.rule import ONCE, AllowanceRule, Derived, a_rule, rules
from repayplan.basics.columns import Screen
from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Bools, Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Regional:
    """The allowance of some regions.

    Parameters
    ----------
    regions
        Their names, as households give them.
    allowance
        What holds there.
    """

    regions: tuple[str, ...]
    allowance: AllowanceRule

    def __post_init__(self) -> None:
        object.__setattr__(self, "regions", texts("allowance.regions", self.regions))
        if not self.regions:
            raise InputError(Code.MISSING, "allowance.regions", self.regions, "at least one region")
        a_rule("allowance.allowance", self.allowance)


@dataclass(frozen=True, slots=True, kw_only=True)
class ByRegion(Derived):
    """An allowance that differs by region; a household of another region, or of none, has a code.

    Parameters
    ----------
    by_region
        Regions with their allowances, each region once; all cover the same categories.

    Examples
    --------
    >>> from repayplan import Allowance
    >>> low, high = (
    ...     Allowance(adult_first=a, adult_further=a, child=a, covers=(), source="own")
    ...     for a in ("1000", "1510")
    ... )
    >>> rule = ByRegion(
    ...     by_region=(
    ...         Regional(regions=("CN-SH", "CN-BJ"), allowance=high),
    ...         Regional(regions=("CN-GZ",), allowance=low),
    ...     )
    ... )
    >>> rule.monthly(Households.from_columns(net_income="1", region=["CN-GZ", "CN-BJ"]))
    array([100000, 151000])
    """

    by_region: tuple[Regional, ...]

    def __post_init__(self) -> None:
        name, given = "allowance.by_region", self.by_region
        given = values(name, given, Regional, "a list of regions with their allowances")
        rules(name, [each.allowance for each in given], same_covers=True)
        seen: list[str] = []
        for i, each in enumerate(given):
            for k, region in enumerate(each.regions):
                if region in seen:
                    raise InputError(Code.DUPLICATE, f"{name}[{i}].regions[{k}]", region, "each region once")
                seen.append(region)
        object.__setattr__(self, "by_region", given)

    @property
    def parts(self) -> tuple[AllowanceRule, ...]:
        """The allowances of all regions."""
        return tuple(each.allowance for each in self.by_region)

    def screened(self, screen: Screen, homes: Households, times: Fraction = ONCE) -> Ints:
        """See :meth:`AllowanceRule.screened`."""
        known = [region for each in self.by_region for region in each.regions]
        screen.fault(homes.region == "", Code.MISSING, "region")
        other = ~np.isin(homes.region, known)
        screen.fault(other, Code.UNKNOWN_VALUE, "region", homes.region, ", ".join(known))
        out = np.zeros(len(homes), np.int64)
        for each in self.by_region:
            out = _for_some(screen, homes, np.isin(homes.region, each.regions), each.allowance, times, out)
        return out


@dataclass(frozen=True, slots=True, kw_only=True)
class ByDate(Derived):
    """An allowance over time: the figures that are in force on the day on which a household is looked at.

    A household without that day (``assessed``), or of a day before the first, has a code.

    Parameters
    ----------
    by_date
        Allowances that say from when they hold (``effective``), each later than the one before; all cover
        the same categories.

    Examples
    --------
    >>> from repayplan import Allowance
    >>> year = {"adult_further": "0", "child": "0", "covers": (), "source": "own"}
    >>> rule = ByDate(
    ...     by_date=(
    ...         Allowance(adult_first="1000", effective="2025-07-01", **year),
    ...         Allowance(adult_first="1040", effective="2026-07-01", **year),
    ...     )
    ... )
    >>> days = ["2025-07-01", "2026-06-30", "2026-07-01"]
    >>> rule.monthly(Households.from_columns(net_income="1", assessed=days))
    array([100000, 100000, 104000])
    """

    by_date: tuple[AllowanceRule, ...]

    def __post_init__(self) -> None:
        name = "allowance.by_date"
        object.__setattr__(self, "by_date", rules(name, self.by_date, same_covers=True))
        last = None
        for i, each in enumerate(self.by_date):
            where = f"{name}[{i}].effective"
            if each.effective is None:
                raise InputError(Code.MISSING, where, None, "from when the figures hold")
            if last is not None and each.effective <= last:
                raise InputError(Code.DATES_OUT_OF_ORDER, where, each.effective, f"later than {last}")
            last = each.effective

    @property
    def effective(self) -> date | None:
        """The first of its dates."""
        return self.by_date[0].effective

    @property
    def parts(self) -> tuple[AllowanceRule, ...]:
        """The allowances of all times."""
        return self.by_date

    def screened(self, screen: Screen, homes: Households, times: Fraction = ONCE) -> Ints:
        """See :meth:`AllowanceRule.screened`."""
        first = np.array([each.effective for each in self.by_date], "datetime64[D]")
        screen.fault(np.isnat(homes.assessed), Code.MISSING, "assessed")
        early = homes.assessed < first[0]
        screen.fault(early, Code.OUT_OF_RANGE, "assessed", homes.assessed, f">= {first[0]}")
        place = np.searchsorted(first, homes.assessed, side="right") - 1
        out = np.zeros(len(homes), np.int64)
        for i, each in enumerate(self.by_date):
            out = _for_some(screen, homes, place == i, each, times, out)
        return out


def _for_some(
    screen: Screen, homes: Households, mask: Bools, rule: AllowanceRule, times: Fraction, out: Ints
) -> Ints:
    """``out`` with the amounts of the households that a rule is for: what it needs, no other must have."""
    rows = np.flatnonzero(mask & screen.good)
    if not len(rows):
        return out
    inner = Screen(len(rows))
    out[rows] = rule.screened(inner, homes.take(rows), times)
    screen.adopt(inner.failures().moved(rows))
    return out
