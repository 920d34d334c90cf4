"""What an account is kept by after a plan is signed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from repayplan.ability.figures import one_of
from repayplan.accounts.allocationrule import AllocationRule
from repayplan.accounts.balancerule import OnBalance
from repayplan.accounts.overduerule import OverdueRule
from repayplan.accounts.trackingrule import TrackingRule
from repayplan.basics.errors import Code, InputError
from repayplan.plans.annuity import equal_instalment
from repayplan.plans.column import col
from repayplan.plans.stage import Plan

Rebate = Literal["actuarial", "rule_of_78", "implied_rate"]
EQUAL_INSTALMENTS = equal_instalment(col("rows_left"))
"""Equal instalments on the due dates that are left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountTerms:
    """The rules of an account.

    Parameters
    ----------
    overdue
        What being late costs.
    allocation
        What payments go to.
    tracking
        How the account is followed, for :func:`~repayplan.track`; None: it isn't.
    rebate
        What of the interest that hasn't fallen due is owed at an early end: ``"actuarial"``, what has accrued
        of the running period by its days; or ``"rule_of_78"``, where all of a plan's interest was added at
        the start and is given back by the sum of the digits; or ``"implied_rate"``, where it is given back
        actuarially: what is owed of instalments to come is what they are worth on the day at the effective
        annual rate that the plan's own instalments imply, time in days over 365 (The Consumer Credit (Early
        Settlement) Regulations 2004, SI 2004/1483, regulation 4, of a plan paid as it says). The rate is
        rounded half up to 1e-10, what they are worth once, half to even. Fees count for neither.
    recast
        The plan where money in advance lowers the instalments, or one is re-amortised without a plan of its
        own: ``col("rows_left")`` is the number of instalments that are left.
    on_balance
        How interest follows what is really owed; None: each row's interest is the schedule's, whenever it is
        paid.

    Raises
    ------
    InputError
        Something else in place of a rule; interest on the balance beside a bound of all costs together or the
        rule of 78 or the implied rate, which need a row's interest before it falls due.
    """

    overdue: OverdueRule
    allocation: AllocationRule
    tracking: TrackingRule | None = None
    rebate: Rebate = "actuarial"
    recast: Plan = EQUAL_INSTALMENTS
    on_balance: OnBalance | None = None

    def __post_init__(self) -> None:
        for name, kind in (("overdue", OverdueRule), ("allocation", AllocationRule), ("recast", Plan)):
            value = getattr(self, name)
            if not isinstance(value, kind):
                code = Code.MISSING if value is None else Code.UNKNOWN_VALUE
                raise InputError(code, name, value, kind.__name__)
        one_of("rebate", self.rebate, get_args(Rebate))
        if self.tracking is not None and not isinstance(self.tracking, TrackingRule):
            raise InputError(Code.UNKNOWN_VALUE, "tracking", self.tracking, "TrackingRule")
        if self.on_balance is not None:
            self._refuse_beside(self.on_balance)

    def _refuse_beside(self, on_balance: object) -> None:
        if not isinstance(on_balance, OnBalance):
            raise InputError(Code.UNKNOWN_VALUE, "on_balance", on_balance, "OnBalance")
        caps = self.overdue.caps
        if self.rebate != "actuarial":
            raise InputError(Code.UNKNOWN_VALUE, "rebate", self.rebate, "actuarial, with on_balance")
        for name in ("all_in", "all_in_index"):
            value = None if caps is None else getattr(caps, name)
            if value is not None:
                raise InputError(Code.UNKNOWN_VALUE, f"overdue.caps.{name}", value, "none, with on_balance")
