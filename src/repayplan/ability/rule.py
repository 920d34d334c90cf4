"""What every allowance can do, and how allowances are put together."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from repayplan.ability.figures import day, decimal, one_text, texts, values
from repayplan.ability.household import Household
from repayplan.ability.households import Households
from repayplan.ability.month import MAX_MONTHLY
from repayplan.basics.columns import Screen, money_of
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import to_decimal
from repayplan.basics.outcome import Ints
from repayplan.basics.writing import says_something

ONCE = Fraction(1)


class AllowanceRule:
    """What a household must be left to live on a month, by any rule.

    Rules are put together by ``+`` and ``*`` and by the other classes here. Each figure, times everything
    that multiplies it, is rounded up to the minor unit once; whole units are then added and compared.

    Attributes
    ----------
    covers
        Spending categories that it stands for: of these together the household is left what it declared or
        the allowance, whichever is more. Other categories count as declared.
    source
        Where the figures come from.
    effective
        From when they hold, None where nobody said; of several, the latest.
    """

    __slots__ = ()
    if TYPE_CHECKING:  # fields of some rules, derived by others: a property here would be a field's default

        @property
        def covers(self) -> tuple[str, ...]:
            """See above."""

        @property
        def source(self) -> str:
            """See above."""

        @property
        def effective(self) -> date | None:
            """See above."""

    @abstractmethod
    def screened(self, screen: Screen, homes: Households, times: Fraction = ONCE) -> Ints:
        """int64 minor units a month of each household, so many times over.

        A household that lacks what the rule needs gets a code from the screen; its figure means nothing.
        """

    @property
    def parts(self) -> tuple[AllowanceRule, ...]:
        """The rules that it is put together from."""
        return ()

    @property
    def follows_net_income(self) -> bool:
        """Whether it differs with net income."""
        return any(part.follows_net_income for part in self.parts)

    @property
    def follows_gross_income(self) -> bool:
        """Whether it differs with gross income."""
        return any(part.follows_gross_income for part in self.parts)

    @overload
    def monthly(self, households: Household) -> Decimal: ...
    @overload
    def monthly(self, households: Households) -> Ints: ...
    def monthly(self, households: Household | Households) -> Decimal | Ints:
        """What each household must be left a month.

        Returns
        -------
        int64 minor units; of one household, a Decimal.

        Raises
        ------
        InputError
            A household lacks what the rule needs, or has so many decimals that the figures can't be worked
            out in int64; :func:`capacity` gives such rows a code.
        """
        if isinstance(households, Household):
            units = self.monthly(households.batch)
            return to_decimal(int(units[0]), households.decimals)
        screen = Screen(len(households))
        screen.good = households.good.copy()  # rows that are bad already have their codes
        amounts = self.screened(screen, households)
        for failure in screen.failures():
            raise failure.error()
        return amounts

    def __add__(self, other: AllowanceRule) -> SumOf:
        if not isinstance(other, AllowanceRule):
            return NotImplemented
        mine, theirs = (rule.parts if isinstance(rule, SumOf) else (rule,) for rule in (self, other))
        return SumOf(sum_of=mine + theirs)

    def __mul__(self, times: Decimal | int | str) -> Multiple:
        return Multiple(multiple_of=self, times=times)  # type: ignore[arg-type]

    __rmul__ = __mul__


def rules(name: str, given: Any, *, same_covers: bool) -> tuple[AllowanceRule, ...]:
    """At least one rule; InputError for anything else, and where they must cover the same and don't."""
    every: tuple[Any, ...] = values(name, given, object, "a list of allowances")
    made: tuple[AllowanceRule, ...] = every
    for i, each in enumerate(made):
        a_rule(f"{name}[{i}]", each)
        if same_covers and set(each.covers) != set(made[0].covers):
            rule = f"the same categories as the first: {', '.join(made[0].covers)}"
            raise InputError(Code.UNKNOWN_VALUE, f"{name}[{i}].covers", each.covers, rule)
    return made


def a_rule(name: str, given: Any) -> None:
    """InputError unless it is an allowance."""
    if not isinstance(given, AllowanceRule):
        code = Code.MISSING if given is None else Code.UNKNOWN_VALUE
        raise InputError(code, name, given, "an allowance")


def check_texts(rule: AllowanceRule) -> None:
    """Checks what every figure says of itself: ``covers``, ``source`` and ``effective``."""
    one_text("allowance.source", rule.source)
    if not says_something(rule.source):
        raise InputError(
            Code.MISSING, "allowance.source", rule.source, "where the figures come from, in words"
        )
    object.__setattr__(rule, "covers", texts("allowance.covers", rule.covers))
    if rule.effective is not None:
        object.__setattr__(rule, "effective", day("allowance.effective", rule.effective))


class Derived(AllowanceRule):
    """A rule that is put together from others, which say what it covers and where it comes from."""

    __slots__ = ()

    @property
    def covers(self) -> tuple[str, ...]:
        """Of its parts: all categories, each once."""
        return tuple(dict.fromkeys(name for part in self.parts for name in part.covers))

    @property
    def source(self) -> str:
        """Of its parts, each once."""
        return "; ".join(dict.fromkeys(part.source for part in self.parts if part.source))

    @property
    def effective(self) -> date | None:
        """The latest of its parts'."""
        return max((part.effective for part in self.parts if part.effective is not None), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Multiple(Derived):
    """An allowance so many times over; ``2 * rule`` makes it.

    Parameters
    ----------
    multiple_of
        The allowance.
    times
        How many times: a number from 0.

    Examples
    --------
    Rounded up once, after the multiplication: 3 x 100.005 is 300.015.

    >>> from repayplan import FixedAllowance
    >>> week = FixedAllowance(amount="100.005", frequency="monthly", covers=(), source="own")
    >>> (3 * week).monthly(Household(net_income="1")), week.monthly(Household(net_income="1"))
    (Decimal('300.02'), Decimal('100.01'))
    """

    multiple_of: AllowanceRule
    times: Decimal

    def __post_init__(self) -> None:
        a_rule("allowance.multiple_of", self.multiple_of)
        object.__setattr__(self, "times", decimal("allowance.times", self.times))

    @property
    def parts(self) -> tuple[AllowanceRule, ...]:
        """The one rule."""
        return (self.multiple_of,)

    def screened(self, screen: Screen, homes: Households, times: Fraction = ONCE) -> Ints:
        """See :meth:`AllowanceRule.screened`."""
        return self.multiple_of.screened(screen, homes, times * Fraction(self.times))


@dataclass(frozen=True, slots=True, kw_only=True)
class SumOf(Derived):
    """Several allowances together; ``a + b`` makes it.

    Parameters
    ----------
    sum_of
        At least one allowance. It covers what any of them covers.
    """

    sum_of: tuple[AllowanceRule, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "sum_of", rules("allowance.sum_of", self.sum_of, same_covers=False))

    @property
    def parts(self) -> tuple[AllowanceRule, ...]:
        """All of them."""
        return self.sum_of

    def screened(self, screen: Screen, homes: Households, times: Fraction = ONCE) -> Ints:
        """See :meth:`AllowanceRule.screened`."""
        total = np.zeros(len(homes), np.int64)
        most = money_of(np.full(len(homes), MAX_MONTHLY), homes.decimals)
        for part in self.parts:
            total = total + np.minimum(part.screened(screen, homes, times), MAX_MONTHLY + 1)
            shown = money_of(total, homes.decimals)
            screen.fault(total > MAX_MONTHLY, Code.BEYOND_DOMAIN, "allowance", shown, most)
            total = np.where(total > MAX_MONTHLY, 0, total)
        return total


@dataclass(frozen=True, slots=True, kw_only=True)
class GreaterOf(Derived):
    """Of several allowances the greatest, household by household; :func:`greater_of` makes it.

    Parameters
    ----------
    greater_of
        At least one; all cover the same categories.
    """

    greater_of: tuple[AllowanceRule, ...]

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "greater_of", rules("allowance.greater_of", self.greater_of, same_covers=True)
        )

    @property
    def parts(self) -> tuple[AllowanceRule, ...]:
        """All of them."""
        return self.greater_of

    def screened(self, screen: Screen, homes: Households, times: Fraction = ONCE) -> Ints:
        """See :meth:`AllowanceRule.screened`."""
        every = [part.screened(screen, homes, times) for part in self.parts]
        return np.asarray(np.maximum.reduce(every), np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class LesserOf(Derived):
    """Of several allowances the least, household by household; :func:`lesser_of` makes it.

    Parameters
    ----------
    lesser_of
        At least one; all cover the same categories.
    """

    lesser_of: tuple[AllowanceRule, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "lesser_of", rules("allowance.lesser_of", self.lesser_of, same_covers=True))

    @property
    def parts(self) -> tuple[AllowanceRule, ...]:
        """All of them."""
        return self.lesser_of

    def screened(self, screen: Screen, homes: Households, times: Fraction = ONCE) -> Ints:
        """See :meth:`AllowanceRule.screened`."""
        every = [part.screened(screen, homes, times) for part in self.parts]
        return np.asarray(np.minimum.reduce(every), np.int64)


def greater_of(*rules: AllowanceRule) -> GreaterOf:
    """The greatest of some allowances.

    Notes
    -----
    A household's figures are by the month, in whole minor units. Where a rule of law counts in weeks, and its
    figures must come out to the unit, all of them (income, costs, debts, the allowance) are given by the week
    as if a month were one, and ``payable`` is by the week. Brought to the month and back, what can be paid is
    never more than the law's figure, and a unit less at most: of 500 a week, 124.99 in place of 125.00, as
    2,166.66 a month is two thirds of a cent less than 52/12 of 500.

    Examples
    --------
    Title III of the Consumer Credit Protection Act (15 U.S.C. 1673): of disposable earnings at least 75 %
    are protected, and at least 30 times the minimum wage; of 500 a week at 8.23 an hour, 125 can be paid. All
    figures here are by the week.

    >>> from repayplan import Band, FixedAllowance, IncomeBands, capacity
    >>> most = Band(above="0", base="0", share="0.75")
    >>> law = {"covers": (), "source": "15 U.S.C. 1673"}
    >>> protected = greater_of(
    ...     IncomeBands(of="net_income", bands=(most,), **law),
    ...     FixedAllowance(amount="246.90", frequency="monthly", **law),
    ... )
    >>> capacity(Household(net_income="500"), protected).payable
    Decimal('125.00')
    """
    return GreaterOf(greater_of=rules)


def lesser_of(*rules: AllowanceRule) -> LesserOf:
    """The least of some allowances; see :func:`greater_of`."""
    return LesserOf(lesser_of=rules)
