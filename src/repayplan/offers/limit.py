"""How far a term may be extended: a share of the original term in a named reading, and absolute caps."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal, get_args

import numpy as np

from repayplan.ability.figures import decimal
from repayplan.basics.dates import whole_periods
from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Ints
from repayplan.kernel.work import MAX_PERIODS

Reading = Literal["beyond_original_maturity", "total_term", "new_plan"]
LIMITS: tuple[Code, ...] = (
    Code.LIMIT_SHARE,
    Code.LIMIT_EXTENSION_MONTHS,
    Code.LIMIT_TOTAL_MONTHS,
    Code.LIMIT_NEW_PLAN_MONTHS,
    Code.LIMIT_DOMAIN,
)
"""The rules that can bind, as arrays number them; of equal ones the first is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionLimit:
    """The longest plan that may be agreed; every given rule holds, and the tightest binds.

    Periods are whole and rounded down; the months of a holiday count like others.

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
        longest = np.full(len(original_term), np.iinfo(np.int64).max)
        rule = np.zeros(len(original_term), np.int64)
        for index in sorted(most):
            tighter = most[index] < longest
            longest, rule = np.where(tighter, most[index], longest), np.where(tighter, index, rule)
        return longest, rule
