"""Who is liable for a loan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from repayplan.ability.household import Household
from repayplan.ability.joint import ROLES
from repayplan.basics.columns import RATE_DECIMALS

WHOLE = 10**RATE_DECIMALS
GUARANTOR = ROLES.index("guarantor")


@dataclass(frozen=True, slots=True, kw_only=True)
class Obligor:
    """A household that is liable for one loan.

    Parameters
    ----------
    household
        With its own income, needs and debts.
    role
        ``"borrower"``, ``"co_borrower"``, ``"spouse"`` or ``"guarantor"``.
    share
        What part of its capacity it gives to this loan, 0 to 1.

    Examples
    --------
    >>> from repayplan import Household
    >>> Obligor(household=Household(net_income="1500"), role="guarantor").share
    1
    """

    household: Household
    role: str = "borrower"
    share: Any = 1
