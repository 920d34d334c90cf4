"""The least balloon that a plan needs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, overload

import numpy as np

from repayplan.basics.errors import Code
from repayplan.basics.money import MAX_UNITS, as_text
from repayplan.basics.outcome import Ints, Outcome, repeated
from repayplan.plans.answers import Call
from repayplan.plans.loan import Loan, Loans
from repayplan.plans.question import HIGH
from repayplan.plans.search import farthest
from repayplan.plans.stage import Plan
from repayplan.plans.trial import Trial
from repayplan.plans.unknown import Blank, refusal, solvable, solved, the_blank


@overload
def solve_balloon(loans: Loan, plan: Plan, *, instalment: Any, workers: int = 1) -> Decimal: ...


@overload
def solve_balloon(loans: Loans, plan: Plan, *, instalment: Any, workers: int = 1) -> Outcome[Ints]: ...


def solve_balloon(
    loans: Loan | Loans, plan: Plan, *, instalment: Any, workers: int = 1
) -> Decimal | Outcome[Ints]:
    """The least balloon at the end of a plan with which its instalment is at most a given amount.

    Parameters
    ----------
    loans
        One loan, or a batch; both run the same code.
    plan
        The last stage's balloon is :data:`UNKNOWN`: ``equal_instalment(24, balloon=UNKNOWN)``.
    instalment
        What no regular payment may be above, in currency units (a number, text, Decimal, ``col``, or one
        per loan).
    workers
        Threads; the result doesn't depend on it.

    Returns
    -------
    Decimal in currency units, 0 where none is needed; of a batch an Outcome of int64 minor units.

    Raises
    ------
    InputError
        ``negative_amortisation``: so small an instalment doesn't cover the interest, whatever the balloon;
        ``out_of_range``: a stage before the last pays more (``limit``: how much);
        ``unknown_value``: another plan. In a batch a loan's fault is an entry of the failures instead.

    Notes
    -----
    Proven minimal as a principal is maximal in :func:`solve_principal`.

    Examples
    --------
    >>> from repayplan.plans.annuity import equal_instalment
    >>> from repayplan.plans.unknown import UNKNOWN
    >>> loan = Loan(
    ...     principal="12000",
    ...     annual_rate="0.12",
    ...     original_term=24,
    ...     elapsed=0,
    ...     unpaid=24,
    ...     next_due="2026-01-31",
    ... )
    >>> solve_balloon(loan, equal_instalment(24, balloon=UNKNOWN), instalment="400")
    Decimal('4447.30')
    """
    plan = solvable(plan)
    blank = the_blank(plan, "balloon", "the last stage's balloon is UNKNOWN, and nothing else is")
    if blank.stage != len(plan.stages) - 1:
        raise refusal(plan, "the balloon that is looked for is that of the last stage")
    call = Call.of(loans)
    limit = call.amount("instalment", instalment)
    call.part_by_part(plan, lambda part, some: _balloons(part, plan, blank, limit[some]), workers)
    return call.money()  # type: ignore[no-any-return]


def _balloons(call: Call, plan: Plan, blank: Blank, limit: Ints) -> None:
    """Puts the least balloons into the call."""
    for group in call.groups():
        zero = np.zeros(len(group), np.int64)
        trial = Trial(group, plan, blank, zero, limit=limit)
        rows = trial.rows
        reach, near = trial.length(rows), zero[rows]
        if trial.once():  # the instalment falls in proportion
            half = np.maximum(group.balance[rows] // 2, 1)
            none, some = (trial.asked(rows, value) for value in (near, half))
            slope = np.maximum(none - some, 1) / half
            near = np.clip((none - limit[rows]) / slope, 0, 2.0 * half).astype(np.int64)
        trial.refused = -HIGH  # beyond the balloon that is looked for, the interest isn't covered
        most = repeated(MAX_UNITS, len(rows))
        got, found = farthest(trial, rows, zero[rows], most, near, reach, sign=-1, scale=zero + 1)
        trial.refused = HIGH
        found[found] = trial.over(rows[found], got[found]) <= 0
        mild = np.where(got <= MAX_UNITS, np.maximum(got, 0), 0)
        lost = rows[~found]
        if len(lost) and not any(solved(stage) for stage in plan.stages[:-1]):
            # What is given before the last stage may be above it, whatever the balloon.
            ahead, asked, places = trial.before(lost), limit[lost], group.decimals[lost]
            bounds = np.char.add(">= ", as_text(ahead, places))
            call.refuse(lost, ahead > asked, Code.OUT_OF_RANGE, "instalment", as_text(asked, places), bounds)
        call.settle(trial, got, found, mild, "instalment")
