"""A payment that is a share of income, whatever else the household spends."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import get_args

from repayplan.ability.allowance import ShareOf
from repayplan.ability.figures import SHARE_PLACES, decimal, one_of, texts


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentTarget:
    """What may be paid as a share of income, less some costs: a ratio in place of what is left to live on.

    The share is rounded down. Nothing else of the household changes it: neither net income, nor taxes, other
    debts or further costs (or net income alone, where the share is of that).

    Parameters
    ----------
    share
        Of income, 0 to 1.
    of
        ``"gross_income"`` or ``"net_income"``; a household of which it isn't known is refused.
    less
        Categories of costs that are paid out of the share (property tax, insurance, association dues). Of
        each household all of them must be known, or assumed by the policy.

    Raises
    ------
    InputError
        A share that isn't 0 to 1, an unknown income, or no list of categories.

    Notes
    -----
    The Home Affordable Modification Program has a monthly mortgage payment ratio of 31 % of gross income, of
    which principal, interest, taxes, insurance and association dues are part (Handbook for Servicers of
    Non-GSE Mortgages, chapter II, 6.1 and 6.3).

    Examples
    --------
    >>> from repayplan import Allowance, Household, capacity
    >>> home = Household(gross_income="4000", costs={"escrow": "250", "car": "700"}, other_debts="900")
    >>> none = Allowance(adult_first="0", adult_further="0", child="0", covers=(), source="own")
    >>> capacity(home, none, target=PaymentTarget(share="0.31", less=("escrow",))).payable
    Decimal('990.00')
    """

    share: Decimal
    of: ShareOf = "gross_income"
    less: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        share = decimal("target.share", self.share, most=1, places=SHARE_PLACES)
        object.__setattr__(self, "share", share)
        one_of("target.of", self.of, get_args(ShareOf))
        object.__setattr__(self, "less", texts("target.less", self.less))
