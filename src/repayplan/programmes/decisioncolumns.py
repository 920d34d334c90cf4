"""The columns of decisions that policies share."""

from __future__ import annotations

from typing import Any

import numpy as np

from repayplan.basics.dates import a_month, a_month_in_limbs, in_limbs
from repayplan.basics.outcome import Bools, Ints, any_of
from repayplan.offers.proposal import Proposals
from repayplan.programmes.known import OF_PLANS
from repayplan.programmes.lender import Worth

DECISIONS = (
    *("decimals", "eligible", "offered", "method", "instalments", "contract", "capacity"),
    *("opening_balance", "capitalised", "paid_first", "spread", "carried", "waived"),
    *("shortest", "degree", "last_step", "held_back"),
)
"""Columns of :class:`~repayplan.offers.proposal.Proposals` beside the limit's."""
FLAGS = ("eligible", "offered", "held_back")


def columns_of(made: Proposals, present: Ints, plans: dict[str, Any], worth: Worth | None) -> dict[str, Any]:
    """The columns of decisions, and the figures of the plans offered.

    Parameters
    ----------
    present
        int64; the contracts' present instalments, in the households' units.
    plans
        Figures of the plans offered.
    worth
        Whether what they are worth is among these.
    """
    out: dict[str, Any] = {name: getattr(made, name) for name in (*DECISIONS, "longest")}
    for name in FLAGS:
        out[name] = np.asarray(out[name], np.bool_)  # of no loans, all columns are whole numbers
    names = (*OF_PLANS, *(() if worth is None else worth.names))
    out |= {name: plans.get(name, np.zeros(len(made), np.int64)) for name in names}
    if worth is not None:
        out |= {name: np.asarray(out[name], np.bool_) for name in worth.flags}
    out["instalment_before"] = present * made.loans.finer[made.row]
    out["extension_months"] = made.extension_months
    out["left_to_live_on"], out["breached"] = made.capacities.disposable.copy(), ~np.ones(len(made), np.bool_)
    offered = np.flatnonzero(made.offered)
    if len(offered):
        left, over = _living(made.take(offered), out["instalment_after"][offered])
        out["left_to_live_on"][offered], out["breached"][offered] = left, over
    return out


def _living(offers: Proposals, after: Ints) -> tuple[Ints, Bools]:
    """The least that offers leave to live on in any row, and which ask too much of a month in any.

    Parameters
    ----------
    after
        int64; the largest payment of each, of its final rows.
    """
    often = offers.loans.frequency[offers.row]
    over = a_month_in_limbs(after, often).above(in_limbs(offers.surplus))
    left = offers.capacities.disposable - a_month(after, often)
    differs = offers.dated
    if any_of(differs):
        living = offers.take(np.flatnonzero(differs)).living
        left[differs], over[differs] = living.least, living.breached
    return left, over
