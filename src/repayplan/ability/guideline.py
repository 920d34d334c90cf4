"""Guideline figures for groups of spending, and what becomes of spending above or below them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from repayplan.ability.figures import one_of
from repayplan.ability.rule import AllowanceRule, a_rule
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import to_decimal
from repayplan.basics.outcome import Bools, Ints
from repayplan.basics.reason import Reason

Above = Literal["allow", "cap", "question"]
Below = Literal["declared", "guideline"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Guideline:
    """What households usually spend on a group of categories, as in the Standard Financial Statement.

    Parameters
    ----------
    allowance
        The figure, by any rule; what it covers is the group.
    above
        Declared spending that is more: ``"allow"`` counts it, ``"cap"`` counts the guideline, ``"question"``
        counts it and states it as a reason (``above_guideline``) for a person to ask about.
    below
        Declared spending that is less, or isn't known: ``"declared"`` counts it, and what isn't known is
        refused; ``"guideline"`` counts the guideline.

    Raises
    ------
    InputError
        No allowance, or an unknown word.

    Examples
    --------
    >>> from repayplan import Allowance, FixedAllowance, Household, capacity
    >>> rule = Allowance(adult_first="0", adult_further="0", child="0", covers=(), source="own")
    >>> phones = FixedAllowance(amount="50", frequency="monthly", covers=("phone", "internet"), source="own")
    >>> home = Household(net_income="1000", costs={"phone": "45", "internet": "30"})
    >>> for above in ("allow", "cap", "question"):
    ...     asked = Guideline(allowance=phones, above=above, below="declared")
    ...     can = capacity(home, rule, guidelines=(asked,))
    ...     print(can.payable, [reason.text() for reason in can.reasons])
    925.00 []
    950.00 []
    925.00 ['75.00 a month is spent on phone, internet, the guideline is 50.00']
    """

    allowance: AllowanceRule
    above: Above
    below: Below

    def __post_init__(self) -> None:
        a_rule("guideline.allowance", self.allowance)
        one_of("guideline.above", self.above, get_args(Above))
        one_of("guideline.below", self.below, get_args(Below))

    def counted(self, declared: Ints, figure: Ints) -> Ints:
        """What counts of declared spending, in the same units as the figure."""
        least = np.maximum(declared, figure) if self.below == "guideline" else declared
        return np.asarray(np.minimum(least, figure) if self.above == "cap" else least, np.int64)


def check_groups(allowance: AllowanceRule, guidelines: tuple[Guideline, ...]) -> None:
    """InputError where a category is covered more than once."""
    seen = set(allowance.covers)
    for i, guideline in enumerate(guidelines):
        for category in guideline.allowance.covers:
            if category in seen:
                rule = "a category is covered by the allowance or by one guideline"
                raise InputError(Code.DUPLICATE, f"guidelines[{i}].covers", category, rule)
            seen.add(category)


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Spending of households on what a guideline covers.

    Attributes
    ----------
    guideline
        The guideline.
    declared, figure
        int64 minor units a month: what is spent, and the guideline's figure.
    """

    guideline: Guideline
    declared: Ints
    figure: Ints

    @property
    def questioned(self) -> Bools:
        """Whose spending a person should ask about."""
        above = self.declared > self.figure
        return above if self.guideline.above == "question" else np.zeros_like(above)

    def take(self, rows: Ints | slice) -> Group:
        """Of some of the households."""
        return replace(self, declared=self.declared[rows], figure=self.figure[rows])

    def scaled(self, scale: Ints) -> Group:
        """In finer units."""
        return replace(self, declared=self.declared * scale, figure=self.figure * scale)

    def reason(self, i: int, decimals: int) -> Reason | None:
        """Why a person should ask about household ``i``, with both figures; None where nobody need."""
        if not self.questioned[i]:
            return None
        spent, usual = (to_decimal(int(x[i]), decimals) for x in (self.declared, self.figure))
        return Reason(Code.ABOVE_GUIDELINE, ", ".join(self.guideline.allowance.covers), spent, usual)
