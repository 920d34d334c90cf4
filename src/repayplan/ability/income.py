"""How income counts: gross income, evidence, income that varies."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, get_args

from repayplan.ability.figures import SHARE_PLACES, decimal, each_once, one_of, one_text, values

Evidence = Literal["declared", "verified", "lesser"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Haircut:
    """What is left out of incomes that vary: overtime, commission, a shop's takings.

    Parameters
    ----------
    category
        Of the income.
    share
        The share that doesn't count, 0 to 1; what is left out is rounded up.

    Raises
    ------
    InputError
        No category, or a share that isn't 0 to 1.
    """

    category: str
    share: Decimal

    def __post_init__(self) -> None:
        one_text("haircuts.category", self.category)
        share = decimal("haircuts.share", self.share, most=1, places=SHARE_PLACES)
        object.__setattr__(self, "share", share)


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomeRule:
    """How income counts: gross income where no net income is known, evidence, income that varies.

    Parameters
    ----------
    net_of_gross
        The share of gross that counts as net (``"0.78"``), at most: less counts where deductions that a
        household states leave less. None: deductions alone say what is net, so those of every gross income
        must be stated, and a household with neither net income nor deductions is refused with
        ``gross_without_rule``.
    evidence
        Which figure of an item counts, of a cost or a debt too: ``"declared"``; ``"verified"``, and an item
        without evidence is refused; ``"lesser"`` of the two where there is evidence. None: a household of
        which the two differ is refused.
    haircuts
        Of items by category.

    Raises
    ------
    InputError
        A share that isn't 0 to 1, an unknown word, or two haircuts for one category.
    """

    net_of_gross: Decimal | None = None
    evidence: Evidence | None = None
    haircuts: tuple[Haircut, ...] = ()

    def __post_init__(self) -> None:
        if self.net_of_gross is not None:
            share = decimal("income.net_of_gross", self.net_of_gross, most=1, places=SHARE_PLACES)
            object.__setattr__(self, "net_of_gross", share)
        if self.evidence is not None:
            one_of("income.evidence", self.evidence, get_args(Evidence))
        cuts = values("income.haircuts", self.haircuts, Haircut, "a list of haircuts", some=False)
        object.__setattr__(self, "haircuts", cuts)
        each_once("income.haircuts", [cut.category for cut in cuts], "each category once", ".category")
