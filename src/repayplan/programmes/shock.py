"""What may happen to households while they pay: every chance and every amount is the user's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from repayplan.ability.figures import SHARE_PLACES, decimal, values, whole
from repayplan.basics.arguments import one_date
from repayplan.basics.dates import FIRST_YEAR
from repayplan.basics.errors import Code, InputError
from repayplan.basics.index import Index
from repayplan.plans.column import Column

FIRST_DAY = date(FIRST_YEAR, 1, 1)
PUT_BY_PLACES = 4
MOST_MONTHS, MOST_MISSED = 600, 120


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomeLoss:
    """Income that falls away for a while.

    Parameters
    ----------
    chance
        That it begins in a month in which it doesn't run, 0 to 1.
    share
        Of the net income foreseen in each month (of a plan's longer periods, by the month), 0 to 1, rounded
        up to the minor unit. A job that ends takes nothing with it later, and a season's pay only in its
        season.
    recovery
        The chance, in each later month, that it is over: it lasts ``1 / recovery`` months on average, one
        month where this is 1, and for good where it is 0.

    Raises
    ------
    InputError
        A figure that isn't 0 to 1, or has more than 12 decimals.
    """

    chance: Decimal
    share: Decimal
    recovery: Decimal

    def __post_init__(self) -> None:
        for name in ("chance", "share", "recovery"):
            figure = decimal(f"income_loss.{name}", getattr(self, name), most=1, places=SHARE_PLACES)
            object.__setattr__(self, name, figure)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendingShock:
    """Spending beside what the household was assessed with: a repair, a bill of a hospital, dearer food.

    Parameters
    ----------
    chance
        That it begins in a month in which it doesn't run, 0 to 1.
    amount
        Currency units a month while it lasts.
    recovery
        The chance, in each later month, that it is over; 1: it is spent once.

    Raises
    ------
    InputError
        A chance that isn't 0 to 1, or an amount that isn't a number from 0 on.
    """

    chance: Decimal
    amount: Decimal
    recovery: Decimal = Decimal(1)

    def __post_init__(self) -> None:
        for name in ("chance", "recovery"):
            figure = decimal(f"spending_shock.{name}", getattr(self, name), most=1, places=SHARE_PLACES)
            object.__setattr__(self, name, figure)
        object.__setattr__(self, "amount", decimal("spending_shock.amount", self.amount))


@dataclass(frozen=True, slots=True, kw_only=True)
class RateRise:
    """Rates that rise on dates, for all loans of a path alike.

    Parameters
    ----------
    chance
        Of this rise, 0 to 1; of several at most one happens, and their chances are 1 together at most.
    steps
        Pairs of a date and by how much all annual rates are above the agreed ones from then on, as fractions
        (``("2027-01-01", "0.01")``), in order.

    Raises
    ------
    InputError
        A chance that isn't 0 to 1, no step, a rise that isn't 0 to 1, or dates out of order.
    """

    chance: Decimal
    steps: tuple[tuple[date, Decimal], ...]

    def __post_init__(self) -> None:
        chance = decimal("rate_rise.chance", self.chance, most=1, places=SHARE_PLACES)
        object.__setattr__(self, "chance", chance)
        steps = values("rate_rise.steps", self.steps, tuple, "pairs of a date and a rise")
        read = []
        for i, step in enumerate(steps):
            if len(step) != 2:
                raise InputError(Code.UNKNOWN_VALUE, f"rate_rise.steps[{i}]", step, "a date and a rise")
            when, rise = one_date(f"rate_rise.steps[{i}]", step[0]), step[1]
            read.append((when, decimal(f"rate_rise.steps[{i}]", rise, most=1, places=10)))
            if i and read[i - 1][0] >= when:
                rule = f"> {read[i - 1][0]}"
                raise InputError(Code.DATES_OUT_OF_ORDER, f"rate_rise.steps[{i}]", when, rule)
        object.__setattr__(self, "steps", tuple(read))

    @property
    def index(self) -> Index:
        """By how much rates are above the agreed ones: nothing before the first step."""
        steps = self.steps
        if steps[0][0] > FIRST_DAY:
            steps = ((FIRST_DAY, Decimal(0)), *steps)
        days, rises = zip(*steps, strict=True)
        return Index("rise", days, rises, "assumed")

    def __str__(self) -> str:
        return ", ".join(f"+{rise:f} from {when}" for when, rise in self.steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Buffer:
    """What a household has put by, and goes on putting by.

    Parameters
    ----------
    opening
        Currency units there are at first: a number for all, or ``col`` of the loans.
    puts_by
        The share, 0 to 1 (of at most four decimals), of what is left above the need that is put by.
    most
        Currency units; more isn't kept. None: no bound.

    Raises
    ------
    InputError
        A share that isn't 0 to 1, or an amount that isn't a number from 0 on.
    """

    opening: Decimal | Column = Decimal(0)
    puts_by: Decimal = Decimal(0)
    most: Decimal | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.opening, Column):
            object.__setattr__(self, "opening", decimal("buffer.opening", self.opening))
        puts_by = decimal("buffer.puts_by", self.puts_by, most=1, places=PUT_BY_PLACES)
        object.__setattr__(self, "puts_by", puts_by)
        if self.most is not None:
            object.__setattr__(self, "most", decimal("buffer.most", self.most))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shocks:
    """What may happen, and what breaks a plan. Nothing has a chance or an amount of its own accord.

    Parameters
    ----------
    income, spending
        Each has random numbers of its own, and they may run at the same time; a household loses no more
        income together than it has in that month.
    rates
        At most one happens on a path.
    buffer
        None: nothing is put by.
    missed
        So many instalments missed one after the other break a plan: months in which none is due leave the
        count as it is, and of several in a month each counts that isn't paid in full.

    Raises
    ------
    InputError
        Another kind of value, no number of instalments, or chances of rises above 1 together.

    Examples
    --------
    >>> loss = IncomeLoss(chance="0.02", share="0.6", recovery="0.25")
    >>> Shocks(income=(loss,), missed=2).income[0].chance
    Decimal('0.02')
    """

    income: tuple[IncomeLoss, ...] = ()
    spending: tuple[SpendingShock, ...] = ()
    rates: tuple[RateRise, ...] = ()
    buffer: Buffer | None = None
    missed: int

    def __post_init__(self) -> None:
        for name, kind in (("income", IncomeLoss), ("spending", SpendingShock), ("rates", RateRise)):
            given = values(
                f"shocks.{name}", getattr(self, name), kind, f"a list of {kind.__name__}", some=False
            )
            object.__setattr__(self, name, given)
        if not isinstance(self.buffer, Buffer | None):
            raise InputError(Code.UNKNOWN_VALUE, "shocks.buffer", self.buffer, "a Buffer, or None")
        whole("shocks.missed", self.missed, 1, MOST_MISSED, "instalments")
        together = sum((rise.chance for rise in self.rates), Decimal(0))
        if together > 1:
            raise InputError(Code.OUT_OF_RANGE, "shocks.rates", together, "chances of at most 1 together")


def months_in_order(name: str, given: Any) -> tuple[int, ...]:
    """Whole months, each more than the one before; InputError where they aren't."""
    months = values(name, given, int, "a list of months")
    for i, each in enumerate(months):
        whole(f"{name}[{i}]", each, 1, MOST_MONTHS, "months")
        if i and months[i - 1] >= each:
            raise InputError(Code.UNKNOWN_VALUE, f"{name}[{i}]", each, "more than the one before")
    return months
