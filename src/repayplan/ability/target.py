"""What may be paid as a share of income, beside what is left to live on, or in its place."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import get_args

from repayplan.ability.allowance import ShareOf
from repayplan.ability.figures import SHARE_PLACES, decimal, one_of, texts
from repayplan.basics.errors import Code, InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentTarget:
    """What may be paid as a share of income, less some costs.

    It is a second bound: no more is paid than is left after the living allowance, costs, other debts and what
    is kept back, and no more than the share. Only a target that stands ``alone`` takes the place of what is
    left. The share is rounded down.

    Parameters
    ----------
    share
        Of income, 0 to 1.
    of
        ``"gross_income"`` or ``"net_income"``; a household of which it isn't known is refused.
    less
        Categories of costs that are paid out of the share (property tax, insurance, association dues). Of
        each household all of them must be known, or assumed by the policy.
    alone
        The share may be paid whatever is left: then nothing else of the household changes it, neither net
        income (unless the share is of that), nor taxes, other debts or further costs, and none of them need
        be known. What is kept back for contingencies is kept back from the share.

    Raises
    ------
    InputError
        A share that isn't 0 to 1, an unknown income, no list of categories, or ``alone`` that is neither true
        nor false.

    Notes
    -----
    The Home Affordable Modification Program has a monthly mortgage payment ratio of 31 % of gross income, of
    which principal, interest, taxes, insurance and association dues are part (Handbook for Servicers of
    Non-GSE Mortgages, chapter II, 6.1 and 6.3). It stands alone.

    Examples
    --------
    >>> from repayplan import Allowance, Household, capacity
    >>> costs = {"escrow": "250", "car": "700"}
    >>> home = Household(gross_income="4000", net_income="3000", costs=costs, other_debts="400")
    >>> rule = Allowance(adult_first="800", adult_further="0", child="0", covers=(), source="own")
    >>> for alone in (False, True):
    ...     capacity(home, rule, target=PaymentTarget(share="0.31", less=("escrow",), alone=alone)).payable
    Decimal('850.00')
    Decimal('990.00')
    """

    share: Decimal
    of: ShareOf = "gross_income"
    less: tuple[str, ...] = ()
    alone: bool = False

    def __post_init__(self) -> None:
        share = decimal("target.share", self.share, most=1, places=SHARE_PLACES)
        object.__setattr__(self, "share", share)
        one_of("target.of", self.of, get_args(ShareOf))
        object.__setattr__(self, "less", texts("target.less", self.less))
        if not isinstance(self.alone, bool):
            raise InputError(Code.UNKNOWN_VALUE, "target.alone", self.alone, "true or false")
