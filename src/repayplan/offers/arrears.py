"""How arrears enter a plan, so that nothing owed is lost: capitalised, paid first, or waived in part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from repayplan.basics.outcome import Ints
from repayplan.kernel.accrue import divide_product
from repayplan.offers.policy import ArrearsRule
from repayplan.plans.loan import Loans

COMPONENTS = ("overdue_interest", "accrued_interest", "penalty", "fees")


@dataclass(frozen=True, slots=True)
class Placed:
    """Loans as the plan takes them over, and what became of their arrears (int64 minor units)."""

    loans: Loans
    capitalised: Ints
    paid_first: Ints
    waived: Ints


def place_arrears(loans: Loans, rule: ArrearsRule) -> Placed:
    """Applies the policy's rule to each component that isn't principal.

    Overdue principal always joins the balance. A waived share is rounded down to the unit, so that
    no more is given up than the policy says. What is owed equals the new balance + what is paid first
    + what is waived.
    """
    zero = np.zeros(len(loans), np.int64)
    capitalised, paid_first, waived = zero, zero, zero
    changes: dict[str, Ints] = {}
    for name in COMPONENTS:
        owed, part = getattr(loans, name), getattr(rule, name)
        if not owed.any():
            continue
        given_up = zero
        if part.waive_percent:
            given_up, _ = divide_product(owed, np.full(len(owed), int(part.waive_percent * 10**4)), 10**6)
        left = owed - given_up
        waived = waived + given_up
        if part.treatment == "capitalise":
            capitalised = capitalised + left
            changes[name] = zero
        else:
            paid_first = paid_first + left
            changes[name] = left
    return Placed(
        loans.replace(principal=loans.principal + capitalised, **changes), capitalised, paid_first, waived
    )
