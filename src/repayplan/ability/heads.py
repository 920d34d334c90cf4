"""Amounts by the head: how many persons of each kind there are, and one rounding for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import lcm
from typing import Any

import numpy as np

from repayplan.ability.figures import decimal, rising, values
from repayplan.ability.households import MAX_AGE, Households
from repayplan.basics.columns import Screen
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import MAX_DECIMALS
from repayplan.basics.outcome import Bools, Ints, Texts

MOST = 2**50
"""No figure may be larger, in units of the common denominator of all: times 300 persons it fits int64."""
Counted = tuple[Ints, Decimal]
"""How many of something each household has, and the figure for each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeBand:
    """Children up to an age, and the figure for each of them.

    Parameters
    ----------
    under
        Years: children younger than this whom no band before holds; None: all others, however old.
    each
        Currency units a month, or a share, for each.

    Raises
    ------
    InputError
        An age that isn't 1 to 150, or a figure that isn't a number from 0.

    Examples
    --------
    >>> AgeBand(under=14, each="0.3").each
    Decimal('0.3')
    """

    under: int | None = None
    each: Decimal

    def __post_init__(self) -> None:
        fits = isinstance(self.under, int) and not isinstance(self.under, bool)
        if self.under is not None and not (fits and 0 < self.under <= MAX_AGE):
            raise InputError(Code.OUT_OF_RANGE, "allowance.under", self.under, f"1 to {MAX_AGE} years")
        object.__setattr__(self, "each", decimal("allowance.each", self.each))


def age_bands(name: str, given: Any) -> tuple[AgeBand, ...]:
    """Bands from the youngest to the oldest; InputError where they aren't."""
    rule = "age bands, each older than the one before"
    bands = values(name, given, AgeBand, rule)
    rising(name, [MAX_AGE + 1 if band.under is None else band.under for band in bands], rule, ".under")
    return bands


def children_by(screen: Screen, homes: Households, bands: Sequence[AgeBand]) -> list[Counted]:
    """How many children of each band; codes where ages aren't known or a child is in no band."""
    years, known = homes.ages.years, homes.ages.count(len(homes))
    screen.fault(known != homes.children, Code.MISSING, "ages")
    out, low = [], 0
    for band in bands:
        top = MAX_AGE + 1 if band.under is None else band.under
        out.append((homes.ages.count(len(homes), (years >= low) & (years < top)), band.each))
        low = top
    older = homes.ages.count(len(homes), years >= low)
    screen.fault(older > 0, Code.OUT_OF_RANGE, "ages", older, f"under {low}")
    return out


def dependants_by(screen: Screen, homes: Households, figure: Decimal | None) -> list[Counted]:
    """Dependants with their figure; a code where there are some and the rule has none for them."""
    if figure is None:
        screen.fault(homes.dependants > 0, Code.MISSING, "allowance.dependant")
        return []
    return [(homes.dependants, figure)]


def by_decimals(decimals: Ints) -> Iterator[tuple[int, Bools]]:
    """Each number of decimals that there is, with the rows that have it."""
    for d in np.flatnonzero(np.bincount(decimals)).tolist():
        yield d, decimals == d


def most_figure(figures: Sequence[Decimal], times: Fraction) -> Callable[[Ints], Texts]:
    """How large a figure may be, in currency units, to be worked out at so many decimals."""
    scales = [times * 10**d for d in range(MAX_DECIMALS + 1)]
    steps = [lcm(*((Fraction(f) * scale).denominator for f in figures)) for scale in scales]
    most = [MOST / (step * scale) if scale else MOST for step, scale in zip(steps, scales, strict=True)]
    text = np.array([str(int(each)) for each in most])
    return lambda decimals: text[decimals]


def rounded_up_once(
    screen: Screen,
    homes: Households,
    table: Sequence[Decimal],
    place: Ints,
    further: Sequence[Counted],
    times: Fraction,
) -> Ints:
    """``(table[place] + sum of count * figure) * times`` in minor units, rounded up once.

    Parameters
    ----------
    screen
        Gets ``beyond_domain`` for rows whose figures can't be worked out in int64.
    table, place
        Figures in currency units, and which of them each household has.
    further
        Figures by the head.
    times
        All multipliers together.
    """
    figures = [*table, *(figure for _, figure in further)]
    out, beyond = np.zeros(len(homes), np.int64), np.zeros(len(homes), np.bool_)
    for d, mine in by_decimals(homes.decimals):
        exact = [Fraction(figure) * times * 10**d for figure in figures]
        common = lcm(*(e.denominator for e in exact))
        whole = [int(e * common) for e in exact]
        if max(whole) > MOST:
            beyond |= mine
            continue
        total = np.array(whole[: len(table)], np.int64)[place]
        for (count, _), units in zip(further, whole[len(table) :], strict=True):
            if units and count.any():
                total += count * units
        monthly = total if common == 1 else -(-total // common)
        out = monthly if mine.all() else np.where(mine, monthly, out)
    if beyond.any():
        most, largest = most_figure(figures, times), f"{max(figures):f}"
        screen.fault(beyond, Code.BEYOND_DOMAIN, "allowance", largest, lambda row: most(homes.decimals[row]))
    return out
