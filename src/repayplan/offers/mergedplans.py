"""Plans of merged loans as their rows, and what offers of them give up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np

from repayplan.basics.outcome import Bools, Ints
from repayplan.kernel.discount import ragged_rows
from repayplan.offers.arrearsrule import ArrearsRule
from repayplan.offers.audit import StepTaken
from repayplan.offers.lowering import amount_of, conceded
from repayplan.offers.offer import Offer
from repayplan.offers.proposal import Proposals
from repayplan.plans.batch import Schedules
from repayplan.plans.moves import NOTHING_MOVED, Moved
from repayplan.plans.rows import COLUMNS, Columns
from repayplan.plans.single import Schedule


@dataclass(frozen=True, slots=True)
class Written:
    """Plans of merged loans as their rows, and what an offer gives up or puts aside.

    ``row`` are rows of the merged loans; ``forgiven`` and ``forborne`` minor units of the plan, one a plan,
    and so is what concessions waive of a component of the arrears, in ``waived``.
    """

    columns: Columns
    offsets: Ints
    row: Ints
    decimals: Ints
    early: Bools
    moved: Moved
    arrears: ArrearsRule | None
    forgiven: Ints
    forborne: Ints
    waived: dict[str, Ints] = field(default_factory=dict)

    @classmethod
    def of(cls, plan: Schedules | Proposals | Schedule | Offer, arrears: ArrearsRule | None) -> Written:
        """Of schedules, or of the offers among proposals; ``arrears``: the rule of a single offer."""
        if isinstance(plan, (Schedule, Offer)):
            one = plan.schedule if isinstance(plan, Offer) else plan
            offered = (plan.forgiven, plan.forborne) if isinstance(plan, Offer) else (0, 0)
            gone, aside = (np.array([int(Fraction(each) * 10**one.decimals)]) for each in offered)
            ends, early = np.array([0, len(one)]), np.array([one.paid_off_early])
            first, places = np.zeros(1, np.int64), np.array([one.decimals])
            waived = _waived_step_by_step(plan.concessions, one.decimals) if isinstance(plan, Offer) else {}
            return cls(dict(one.columns), ends, first, places, early, one.moved, arrears, gone, aside, waived)
        many = plan.schedules if isinstance(plan, Proposals) else plan
        columns, offsets = many.by_loan()
        own = (columns, offsets, many.row, many.decimals, many.paid_off_early, many._moved())
        if isinstance(plan, Proposals):
            whose = plan.offered
            rule, gone, aside = plan.policy.arrears, plan.forgiven[whose], plan.forborne[whose]
            return cls(*own, rule, gone, aside, _waived(plan))
        nothing = np.zeros(len(many), np.int64)
        return cls(*own, None, nothing, nothing)

    @property
    def terms(self) -> Ints:
        """int64; rows of each plan."""
        return np.diff(self.offsets)

    def summed(self, name: str) -> Ints:
        """A column's sum of each plan."""
        return np.add.reduceat(self.columns[name], self.offsets[:-1]) if len(self.row) else self.row

    def take(self, plans: Ints) -> Written:
        """Some of the plans, in that order."""
        if len(plans) == len(self.row) and (plans[1:] > plans[:-1]).all():
            return self
        index, offsets = ragged_rows(self.offsets, plans)
        columns = {name: self.columns[name][index] for name in COLUMNS}
        own = ("row", "decimals", "early", "forgiven", "forborne")
        each = {name: getattr(self, name)[plans] for name in own}
        waived = {name: amount[plans] for name, amount in self.waived.items()}
        return replace(self, columns=columns, offsets=offsets, moved=NOTHING_MOVED, waived=waived, **each)


def _waived(plan: Proposals) -> dict[str, Ints]:
    """What concessions waive of each component, of the plans offered."""
    rows, out = np.flatnonzero(plan.offered), {}
    loans = plan._some(plan.row[rows])
    for step, granted in zip(plan.policy.steps, plan.degree[rows].T, strict=True):
        if step.component is not None:
            out[str(step.component)] = amount_of(step, loans, granted)
        loans = conceded(loans, (step,), granted[None])
    return out


def _waived_step_by_step(steps: Sequence[StepTaken], decimals: int) -> dict[str, Ints]:
    """The same of one offer."""
    taken = [step for step in steps if step.step == "waive"]
    return {
        step.figure.partition(" ")[0]: np.array([int(Fraction(step.after) * 10**decimals)]) for step in taken
    }
