"""How long the contract still runs, and between which lengths a new plan may lie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from repayplan.basics.outcome import Ints
from repayplan.offers.limit import ExtensionLimit
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
    """Between which lengths a new plan of each loan may lie under a limit, whose columns are read."""
    contract = loans.to_present_maturity
    shortest = np.maximum(np.minimum(contract, loans.unpaid), 1)
    return Terms(contract, shortest, *limit.tightest(loans))
