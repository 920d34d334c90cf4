"""Decisions on a batch of loans, as columns: what was found, granted and given up."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Self

import numpy as np

from repayplan.ability.capacities import Capacities
from repayplan.basics.dates import Days, a_month, months_taken
from repayplan.basics.outcome import Bools, Ints
from repayplan.basics.reason import Reason
from repayplan.offers.audit import StepTaken, audit
from repayplan.offers.behind import OfLoans, present_instalment
from repayplan.offers.concession import Step
from repayplan.offers.earlier import Gate
from repayplan.offers.lowering import conceded, given_up, looked_at
from repayplan.offers.means import Means, dated
from repayplan.offers.policy import Policy
from repayplan.offers.postponing import put_off
from repayplan.plans.loan import Loans


@dataclass(frozen=True, eq=False)
class Decisions:
    """Decisions on a batch, as they were found, and what the steps that are granted give up and put off."""

    policy: Policy
    contracts: Loans
    loans: Loans
    households: OfLoans
    means: Means
    capacities: Capacities
    row: Ints
    decimals: Ints
    eligible: Bools
    offered: Bools
    method: Ints
    instalments: Ints
    contract: Ints
    capacity: Ints
    opening_balance: Ints
    capitalised: Ints
    paid_first: Ints
    spread: Ints
    carried: Ints
    waived: Ints
    shortest: Ints
    longest: Ints
    binding_limit: Ints
    degree: Ints
    last_step: Ints
    held_back: Bools

    @property
    def extension(self) -> Ints:
        """Instalments of the plans offered beyond the contract's present maturity."""
        return np.where(self.offered, np.maximum(self.instalments - self.contract, 0), 0)

    @property
    def _extended(self) -> Bools:
        """Of every row of the batch, whether its plan goes beyond the present maturity."""
        extended = np.zeros(len(self.loans), np.bool_)
        extended[self.row] = self.extension > 0
        return extended

    @cached_property
    def reversible_until(self) -> Days:
        """datetime64[D]; until when the extension can be undone, NaT where there is none or it can't."""
        return self.policy.limit.reversible_until(self.loans, self._extended)[self.row]

    @cached_property
    def pending(self) -> dict[str, Bools]:
        """Bool by consent that the limit names: whose extension still waits for it."""
        missing = self.policy.limit.pending(self.loans, self._extended)
        return {name: column[self.row] for name, column in missing.items()}

    @cached_property
    def _gates(self) -> tuple[Gate, ...]:
        """What the gates of the limit find, of every row of the batch."""
        return self.policy.limit.gates(self.loans)

    @property
    def extension_months(self) -> Ints:
        """The same in months, rounded up."""
        return months_taken(self.extension, self.loans.frequency[self.row])

    @property
    def annual_rate(self) -> Ints:
        """The plans' annual rates (1e-10)."""
        return self._conceded.annual_rate[self.row]

    @property
    def forborne(self) -> Ints:
        """Principal put aside, bearing no interest; due with the last instalment, whatever can be paid."""
        return self._given_up.get("forbear", np.zeros(len(self), np.int64))

    @property
    def put_aside(self) -> Ints:
        """Principal and arrears due with the last instalment of plans, whatever can be paid then."""
        return self._conceded.set_aside[self.row] + self.carried

    @property
    def due_at_end(self) -> Ints:
        """What plans offered put aside: due with the last payment beside it, whatever is left then."""
        return np.where(self.offered, self.put_aside, 0)

    @property
    def forgiven(self) -> Ints:
        """Principal given up."""
        return self._given_up.get("forgive", np.zeros(len(self), np.int64))

    @cached_property
    def _given_up(self) -> dict[Step, Ints]:
        every = given_up(self.loans.take(self.row), self.policy.steps, self.degree.T)
        return {step: np.where(self.offered, amount, 0) for step, amount in every.items()}

    def concessions(self, i: int) -> tuple[StepTaken, ...]:
        """What became of each step of the policy's waterfall for row ``i``; empty where it isn't eligible."""
        if not self.eligible[i]:
            return ()
        loan = self.loans.take(self.row[i : i + 1])
        last, shortest = int(self.last_step[i]), int(self.shortest[i])
        most = int(self.longest[i]) if self.held_back[i] else None
        return tuple(audit(loan, self.policy.steps, self.degree[i], last, shortest, most))

    @property
    def put_off(self) -> Ints:
        """Rows at the beginning of the plans offered that pay nothing, or interest only."""
        idle, only, _ = put_off(self.policy.steps, self.degree.T)
        return idle + only

    @property
    def surplus(self) -> Ints:
        """Signed; what the household has left a month, by a target alone what that lets be paid."""
        return self.capacities.left

    @property
    def below_allowance(self) -> Bools:
        """Households short of their living costs before they pay anything on this loan."""
        return self.capacities.below_allowance

    @cached_property
    def instalment_before(self) -> Ints:
        """The contract's present instalment: as given, else the level one over what is unpaid."""
        return present_instalment(self.contracts)[self.row] * self.loans.finer[self.row]

    @property
    def dated(self) -> Bools:
        """Whose households' months, or their first period, may differ."""
        return dated(self.loans, self.households, self.policy)[self.row]

    def _a_month(self, instalment: Ints) -> Ints:
        """Instalments by the month, rounded up; those that int64 doesn't hold are failures of the batch."""
        return a_month(instalment, self.loans.frequency[self.row])

    def _taken(self, keep: Ints) -> Self:
        """Some of the decisions."""
        columns: dict[str, Any] = {f.name: getattr(self, f.name) for f in fields(self)}
        kept = {name: column[keep] for name, column in columns.items() if isinstance(column, np.ndarray)}
        return type(self)(**(columns | kept | {"capacities": self.capacities.take(keep)}))

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods that the policy tries, in order."""
        return self.policy.methods

    def __len__(self) -> int:
        return len(self.row)

    @cached_property
    def _degree(self) -> Ints:
        """int64 (steps, loans), of all loans."""
        out = np.zeros((len(self.policy.steps), len(self.loans)), np.int64)
        out[:, self.row] = self.degree.T
        return out

    @cached_property
    def _conceded(self) -> Loans:
        """All loans with the figures that the concessions give them, without what these put aside."""
        return conceded(self.loans, self.policy.steps, self._degree)

    def _some(self, rows: Ints) -> Loans:
        """Some of all loans, with the columns that the search looks at."""
        return self.policy.limit.some(self.loans, rows, looked_at(self.policy))

    def questions(self, i: int) -> tuple[Reason, ...]:
        """What of row ``i``'s declared spending a person should ask about, with the guidelines' figures.

        By the day of assessment, offered or not; ``questioned`` says of whom anything is.
        """
        d, groups = int(self.decimals[i]), self.capacities.groups
        return tuple(reason for group in groups if (reason := group.reason(i, d)) is not None)

    @property
    def questioned(self) -> Bools:
        """Whose declared spending a person should ask about."""
        out = np.zeros(len(self), np.bool_)
        for group in self.capacities.groups:
            out |= group.questioned
        return out
