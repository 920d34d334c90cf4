"""Loans that policies are held against, and what is known of them from policies before."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from repayplan.basics.outcome import Bools, Failures, Ints
from repayplan.offers.behind import OfLoans, present_instalment
from repayplan.offers.grounds import Grounds
from repayplan.offers.policy import Policy
from repayplan.offers.proposal import Proposals
from repayplan.offers.proposing import propose
from repayplan.plans.loan import Loans
from repayplan.programmes.lender import Worth

OF_PLANS = ("instalment_after", "total_interest", "forborne", "forgiven", "never_paid", "annual_rate")
"""Figures that a loan's plan alone decides, whatever the household can pay."""
_PLAN_RULES = ("rounding", "arrears", "methods", "concessions", "amortisation", "decimals")
"""What of a policy decides what a plan asks, and which plans there are but for their length."""


@dataclass(slots=True, eq=False)
class Known:
    """What is known of loans from policies that have the same plans to offer.

    Attributes
    ----------
    plan
        int64 (method, rows and degrees, loans): the plan that the figures are of; -1: none.
    figures
        By name, of that plan.
    enough, too_little
        int64; the least that could be paid of which a plan of some length is known to be affordable, and the
        most of which none is.
    """

    plan: Ints
    figures: dict[str, Any]
    enough: Ints
    too_little: Ints

    @classmethod
    def nothing(cls, loans: int, steps: int) -> Known:
        """Of so many loans, and steps of the waterfall."""
        return cls(
            np.full((2 + steps, loans), -1),
            {},
            np.full(loans, np.iinfo(np.int64).max),
            np.full(loans, -1),
        )

    def longer(self, made: Proposals, rows: Ints) -> tuple[Bools, Bools]:
        """Of which decisions it is known whether a plan of some length is affordable, and whether one is.

        Who can pay at least as much in every period has all the plans to choose from that another has.
        """
        enough = made.capacity >= self.enough[rows]
        return enough | (made.capacity <= self.too_little[rows]), enough

    def learn(self, made: Proposals, rows: Ints, grounds: Grounds) -> None:
        """Takes over what refusals tell, of those whose months don't differ."""
        refused = made.eligible & ~made.offered & (made.longest >= made.shortest) & ~made.dated
        for mask, mine, fold in (
            (refused & grounds.longer, self.enough, np.minimum),
            (refused & ~grounds.longer, self.too_little, np.maximum),
        ):
            at = rows[mask]
            mine[at] = fold(mine[at], made.capacity[mask])

    def of_plans(self, made: Proposals, rows: Ints, worth: Worth | None) -> dict[str, Any]:
        """The figures of the plans offered; those of the same plans as before aren't worked out again."""
        plan = np.stack([made.method, made.instalments, *made.degree.T])
        same = (self.plan[:, rows] == plan).all(axis=0) if len(rows) else np.zeros(0, np.bool_)
        fresh = np.flatnonzero(made.offered & ~same)
        offers = made.take(fresh)
        found = {name: getattr(offers, name) for name in OF_PLANS} if len(fresh) else {}
        if worth is not None and len(fresh):
            found |= worth.columns(offers, rows[fresh])
        for name, values in found.items():
            if name not in self.figures:
                self.figures[name] = np.zeros(self.plan.shape[1], values.dtype)
            self.figures[name][rows[fresh]] = values
        self.plan[:, rows[fresh]] = plan[:, fresh]
        return {name: np.where(made.offered, values[rows], False) for name, values in self.figures.items()}


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Loans that policies are held against, and what of them no policy changes.

    Attributes
    ----------
    loans, households
        All good.
    present
        int64; the contracts' present instalments.
    worth
        What offers are worth beside the contracts; None: nobody asks.
    known
        What is known already, by what of a policy decides on plans.
    """

    loans: Loans
    households: OfLoans
    present: Ints
    worth: Worth | None = None
    known: dict[str, Known] = field(default_factory=dict)

    @classmethod
    def of(cls, loans: Loans, households: OfLoans, worth: Worth | None = None) -> Block:
        """Of good loans and who is behind them."""
        return cls(loans, households, present_instalment(loans), worth)

    def __len__(self) -> int:
        return len(self.loans)

    def known_of(self, policy: Policy) -> Known:
        """What is known from policies with the same plans to offer."""
        key = repr([getattr(policy, name) for name in _PLAN_RULES])
        return self.known.setdefault(key, Known.nothing(len(self), len(policy.steps)))

    def proposed(self, rows: Ints, policy: Policy) -> tuple[Proposals, Ints, Failures]:
        """Some of them decided by themselves: the decisions, whose these are, and the failures."""
        whole = len(rows) == len(self)
        loans = self.loans if whole else self.loans.take(rows)
        homes = self.households if whole else self.households.take(rows)
        out = propose(loans, homes, policy)
        return out.value, rows[out.row], out.failures.moved(rows)
