"""The calculation engine for hardship and negotiated repayment: exact to the cent, one loan or millions."""

from repayplan.basics.errors import Code, InputError, PolicyError, Reason, RepayplanError
from repayplan.basics.money import minor
from repayplan.basics.outcome import Failure, Failures, Outcome
from repayplan.basics.rounding import Rounding
from repayplan.plans.loan import Loan, Loans
from repayplan.plans.schedule import Row, Schedule, Schedules, schedule
from repayplan.plans.stage import (
    Plan,
    bullet,
    col,
    equal_instalment,
    equal_principal,
    fixed_payment,
    flat,
    holiday,
    interest_only,
)

__version__ = "0.1.0"
__all__ = [
    "Code",
    "Failure",
    "Failures",
    "InputError",
    "Loan",
    "Loans",
    "Outcome",
    "Plan",
    "PolicyError",
    "Reason",
    "RepayplanError",
    "Rounding",
    "Row",
    "Schedule",
    "Schedules",
    "bullet",
    "col",
    "equal_instalment",
    "equal_principal",
    "fixed_payment",
    "flat",
    "holiday",
    "interest_only",
    "minor",
    "schedule",
]
