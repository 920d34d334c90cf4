"""Whom the programme is open to, and the least plan of each loan of a chunk."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from repayplan.basics.columns import Screen
from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Bools, Ints
from repayplan.offers.arrears import first_paid, spread_of
from repayplan.offers.audit import CHOSEN
from repayplan.offers.choosing import chosen
from repayplan.offers.granting import grant
from repayplan.offers.means import Means
from repayplan.offers.points import Points
from repayplan.offers.policy import Policy
from repayplan.offers.terms import contract_terms
from repayplan.plans.loan import Loans


def of_status(loans: Loans, policy: Policy) -> Bools:
    """Whether the programme is open to a loan of this status."""
    if policy.statuses is None:
        return np.ones(len(loans), np.bool_)
    if "status" not in loans.extra:
        rule = "the policy names statuses: the loans need a column 'status'"
        raise InputError(Code.MISSING, "status", None, rule)
    return np.isin(Screen(len(loans)).text(loans.extra["status"]), policy.statuses)


@dataclass(frozen=True, slots=True)
class LeastPlans:
    """Result of the search on one chunk."""

    length: Ints
    degree: Ints
    last: Ints
    method: Ints
    held_back: Bools
    capacity: Ints
    contract: Ints
    shortest: Ints
    longest: Ints
    binding: Ints
    broken: Ints
    crowded: Ints


def least_plans(loans: Loans, means: Means, eligible: Bools, policy: Policy) -> LeastPlans:
    """The least plan of each loan of a chunk, as the plan takes it."""
    terms, steps, minimums = contract_terms(loans, policy.limit), policy.steps, policy.amortisation
    longest = terms.longest
    if all(step.step != "extend" for step in steps):
        longest = np.minimum(longest, terms.shortest)
    size = len(loans)
    can = means.room(loans, longest)
    room, first = can.less(spread_of(loans, policy.arrears)), first_paid(loans, policy.arrears)
    open_ = eligible & (longest >= terms.shortest)
    out = grant(first, np.flatnonzero(open_), policy.methods, steps, terms.shortest, longest, room, minimums)
    crowded = np.zeros(size, np.int64)
    if policy.strategy.aim != "in_order":
        granted = np.flatnonzero(out.length > 0)
        plans = Points(granted, out.method[granted], out.length[granted], out.degree[:, granted])
        best, full = chosen(
            loans,
            np.flatnonzero(open_ & ~out.broken),
            policy,
            (terms.shortest, longest),
            can,
            plans,
        )
        for name in ("method", "length", "degree"):
            getattr(out, name)[..., best.loan] = getattr(best, name)
        out.last[best.loan], out.held_back[best.loan], crowded[full] = CHOSEN, False, 1
    least = can.at(0) if can.constant else can.least(np.where(out.length > 0, out.length, longest))
    return LeastPlans(
        out.length,
        out.degree.T,
        out.last,
        out.method,
        out.held_back,
        np.where(eligible, least, 0),
        terms.contract,
        terms.shortest,
        longest,
        terms.binding,
        out.broken.astype(np.int64),
        crowded,
    )
