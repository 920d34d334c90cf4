"""The rate that a plan's own payments imply, and what is left of a plan at it: the actuarial rebate."""

from __future__ import annotations

import numpy as np

from repayplan.basics.columns import RATE_DECIMALS
from repayplan.basics.outcome import Bools, Ints
from repayplan.kernel.discount import Flows, tidy_flows
from repayplan.kernel.internalrate import Scale, find_rates
from repayplan.kernel.presentvalue import present_values

YEAR = 365
"""Days of a year, by which time is counted here."""


def implied_rates(of: Ints, days: Ints, asked: Ints, lent: Ints) -> tuple[Ints, Bools]:
    """Effective annual rates at which plans' payments are worth what was lent, in 1e-10, half up.

    Parameters
    ----------
    of, days, asked
        int64 (rows,), plan by plan: whose each payment is, how many days after its plan began, and how much.
    lent
        int64 (plans,), minor units.

    Returns
    -------
    int64 (plans,), and where there is none from 0 to 1,000,000 %: then it is 0. A plan that lends nothing, or
    asks for no more than that, has the rate 0.
    """
    size = len(lent)
    more = np.bincount(of, asked.astype(np.float64), size) > lent  # what is lent is far below 2**53
    some = np.flatnonzero(more & (lent > 0))
    out, none = np.zeros(size, np.int64), np.zeros(size, np.bool_)
    if not len(some):
        return out, none
    place = np.full(size, -1)
    place[some] = np.arange(len(some))
    mine = np.flatnonzero(place[of] >= 0)
    whose = np.concatenate((np.arange(len(some)), place[of[mine]]))
    order = np.argsort(whose, kind="stable")  # the advance first, on day 0
    flows = _flows(
        whose[order],
        np.concatenate((np.zeros(len(some), np.int64), days[mine]))[order],
        np.concatenate((-lent[some], asked[mine]))[order],
        len(some),
    )
    one = np.ones(len(some), np.int64)
    found, fault = find_rates(flows, Scale(one, one, RATE_DECIMALS), half_up=True)
    out[some], none[some] = np.maximum(found, 0), (fault > 0) | (found < 0)
    return out, none


def worth(of: Ints, days: Ints, asked: Ints, rates: Ints) -> Ints:
    """What payments to come are worth today, int64 minor units, one rounding a plan, half to even.

    Parameters
    ----------
    of, days, asked
        As of :func:`implied_rates`, ``days`` from today on.
    rates
        int64 (plans,), effective annual rates in 1e-10.
    """
    out = np.zeros(len(rates), np.int64)
    some, whose = np.unique(of, return_inverse=True)
    if len(some):
        out[some] = present_values(_flows(whose, days, asked, len(some)), rates[some])[0]
    return out


def _flows(of: Ints, days: Ints, amount: Ints, size: int) -> Flows:
    offsets = np.searchsorted(of, np.arange(size + 1))
    amounts, keys, offsets = tidy_flows(amount, days, offsets)
    return Flows(amounts, keys, offsets, np.full(size, YEAR))
