"""How long the contract still runs, and between which lengths a new plan may lie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from repayplan.basics.dates import whole_periods
from repayplan.basics.outcome import Ints
from repayplan.offers.limit import ExtensionLimit, remaining
from repayplan.plans.loan import Loans


@dataclass(frozen=True, slots=True)
class Terms:
    """Lengths in instalments, counted from the new plan's first due date (int64).

    ``contract`` runs to the present maturity (0 or less: it has passed); a plan of ``shortest`` needs no
    extension, and isn't shorter than what is unpaid; ``longest`` is what the limit allows, by its rule
    number ``binding``.
    """

    contract: Ints
    shortest: Ints
    longest: Ints
    binding: Ints


def contract_terms(loans: Loans, limit: ExtensionLimit) -> Terms:
    """Between which lengths a new plan of each loan may lie under a limit."""
    left = remaining(loans)
    contract = left + whole_periods(loans.months_extended, loans.frequency)
    shortest = np.maximum(np.minimum(contract, loans.unpaid), 1)
    longest, binding = limit.longest(
        original_term=loans.original_term, remaining=left, frequency=loans.frequency
    )
    return Terms(contract, shortest, longest, binding)
