"""Loans and a plan become schedules: of one loan, or of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

import numpy as np

from repayplan.basics.blocks import Progress, run_blocks
from repayplan.basics.columns import Screen
from repayplan.basics.errors import Code
from repayplan.basics.outcome import Failures, Ints, Outcome
from repayplan.plans.batch import Schedules
from repayplan.plans.layout import lay_out
from repayplan.plans.loan import Loan, Loans
from repayplan.plans.parameters import finest
from repayplan.plans.single import Schedule
from repayplan.plans.stage import Plan
from repayplan.plans.written import write


@overload
def schedule(
    loans: Loan, plan: Plan, *, template: None = None, workers: int = 1, progress: Progress | None = None
) -> Schedule: ...


@overload
def schedule(
    loans: Loans,
    plan: Plan | Sequence[Plan],
    *,
    template: Any = None,
    workers: int = 1,
    progress: Progress | None = None,
) -> Outcome[Schedules]: ...


def schedule(
    loans: Loan | Loans,
    plan: Plan | Sequence[Plan],
    *,
    template: Any = None,
    workers: int = 1,
    progress: Progress | None = None,
) -> Schedule | Outcome[Schedules]:
    """The schedule of a loan, or of every loan of a batch, under a plan.

    Parameters
    ----------
    loans
        One loan, or a batch; both run the same code.
    plan
        The plan, or several templates of which ``template`` chooses.
    template
        Index of each loan's plan.
    workers
        Threads; the result doesn't depend on it.
    progress
        Called with loans done and loans in all.

    Returns
    -------
    :class:`Schedule` for one loan; for a batch an Outcome of :class:`Schedules`.

    Raises
    ------
    InputError
        One loan's plan can't be kept (its instalment is below the interest, say), or the plan itself
        can't repay. In a batch a loan's fault is an entry of the failures instead.

    Examples
    --------
    >>> loan = Loan(
    ...     principal="1200.00",
    ...     annual_rate="0.12",
    ...     original_term=12,
    ...     elapsed=9,
    ...     unpaid=3,
    ...     next_due="2026-01-31",
    ... )
    >>> from repayplan.plans.annuity import equal_instalment
    >>> schedule(loan, equal_instalment(3))
    period    due date   opening  interest  principal   fee  payment  closing
         1  2026-01-31  1,200.00     12.00     396.03  0.00   408.03   803.97
         2  2026-02-28    803.97      8.04     399.99  0.00   408.03   403.98
         3  2026-03-31    403.98      4.04     403.98  0.00   408.02     0.00
    3 rows; paid 1,224.08 of which interest 24.08
    """
    if isinstance(loans, Loan):
        if not isinstance(plan, Plan):
            msg = "one loan takes one plan"
            raise TypeError(msg)
        return schedule(loans.batch, plan).single().one(0)
    fine, plans, index, screen = asked(loans, plan, template)
    schedules, failures = build(fine, plans, index, screen, workers=workers, progress=progress)
    return Outcome(schedules, schedules.row, failures)


def asked(
    loans: Loans, plan: Plan | Sequence[Plan], template: Any
) -> tuple[Loans, tuple[Plan, ...], Ints, Screen]:
    """The loans at their finest unit, the plans, which of them each loan has, and which loans are sound."""
    plans = (plan,) if isinstance(plan, Plan) else tuple(plan)
    for each in plans:
        each.check()
    fine = finest(loans)
    screen = Screen(len(fine))
    screen.adopt(fine.failures)
    if template is None and len(plans) != 1:
        msg = f"{len(plans)} plans: `template` says which of them each loan has"
        raise TypeError(msg)
    index = np.zeros(len(fine), np.int64)
    if template is not None:
        index = screen.count("template", template, 0, len(plans) - 1)
    owed = fine.owed
    screen.fault(owed == 0, Code.NOTHING_OWED, "principal", "0")
    return fine, plans, index, screen


def build(
    loans: Loans,
    plans: Sequence[Plan],
    template: Ints,
    screen: Screen,
    *,
    workers: int = 1,
    progress: Progress | None = None,
) -> tuple[Schedules, Failures]:
    """Schedules of the rows that ``screen`` still holds good, and all failures.

    Parameters
    ----------
    loans
        At their finest unit (:func:`~repayplan.plans.parameters.finest`).
    plans, template
        The templates, and which of them each loan has.
    """
    done = run_blocks(
        lambda piece: write(loans, piece),
        lay_out(loans, plans, template, screen),
        lambda piece: len(piece.rows),
        workers=workers,
        progress=progress,
    )
    stored = [part for parts, _ in done for part in parts]
    failures = screen.failures().and_then(*(failed for _, failed in done))
    row = (screen.good & ~failures.mask(len(loans))).nonzero()[0]
    return Schedules(loans, stored, row), failures
