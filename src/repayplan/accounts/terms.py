"""What an account is kept by after a plan is signed."""

from __future__ import annotations

from dataclasses import dataclass

from repayplan.accounts.allocationrule import AllocationRule
from repayplan.accounts.overduerule import OverdueRule
from repayplan.basics.errors import Code, InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountTerms:
    """The rules of an account.

    Parameters
    ----------
    overdue
        What being late costs.
    allocation
        What payments go to.

    Raises
    ------
    InputError
        Something else in place of a rule.
    """

    overdue: OverdueRule
    allocation: AllocationRule

    def __post_init__(self) -> None:
        for name, kind in (("overdue", OverdueRule), ("allocation", AllocationRule)):
            value = getattr(self, name)
            if not isinstance(value, kind):
                code = Code.MISSING if value is None else Code.UNKNOWN_VALUE
                raise InputError(code, name, value, kind.__name__)
