"""What schedules come to, loan by loan, without their rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from repayplan.basics.blocks import Progress, run_blocks
from repayplan.basics.outcome import Failures, Ints, Outcome
from repayplan.kernel.rules import Interest
from repayplan.plans.laid import Laid, first_paying
from repayplan.plans.layout import lay_out
from repayplan.plans.loan import Loans
from repayplan.plans.rows import Columns, derive, sums
from repayplan.plans.schedule import asked
from repayplan.plans.stage import Plan
from repayplan.plans.stored import Stored, last_amount
from repayplan.plans.written import write


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PlanTotals:
    """Sums of each loan's schedule, int64 minor units; a row a good loan.

    Attributes
    ----------
    row
        The caller's number of the loan.
    decimals
        Of the minor unit.
    instalments
        Rows of the schedule.
    instalment
        The amount of the last amortising stage.
    last_payment
        What the last row pays.
    interest, interest_paid, capitalised, waived, principal, fee, payment
        Sums of these columns of the schedule: :meth:`repayplan.Schedules.totals`.
    """

    row: Ints
    decimals: Ints
    instalments: Ints
    instalment: Ints
    last_payment: Ints
    interest: Ints
    interest_paid: Ints
    capitalised: Ints
    waived: Ints
    principal: Ints
    fee: Ints
    payment: Ints

    def __len__(self) -> int:
        return len(self.row)


_NAMES = tuple(each.name for each in fields(PlanTotals) if each.name not in ("row", "decimals"))


def plan_totals(
    loans: Loans,
    plan: Plan | Sequence[Plan],
    *,
    template: Any = None,
    workers: int = 1,
    progress: Progress | None = None,
) -> Outcome[PlanTotals]:
    """What each loan of a batch pays under a plan, all in all.

    The figures are those of the rows that :func:`~repayplan.schedule` writes, and the same loans fail; but no
    row is kept, so that memory doesn't grow with their number.

    Parameters
    ----------
    loans
        A batch.
    plan, template
        The plan, or several of which ``template`` chooses one for each loan.
    workers
        Threads; the result doesn't depend on it.
    progress
        Called with loans done and loans in all.

    Raises
    ------
    InputError
        The plan itself can't repay.

    Examples
    --------
    >>> from repayplan import Loans, equal_instalment
    >>> loans = Loans.from_columns(
    ...     principal=["1200.00", "-1"],
    ...     annual_rate="0.12",
    ...     original_term=12,
    ...     elapsed=9,
    ...     unpaid=3,
    ...     next_due="2026-01-31",
    ... )
    >>> found = plan_totals(loans, equal_instalment(3))
    >>> found.value.payment, found.value.last_payment, len(found.failures)
    (array([122408]), array([40802]), 1)
    """
    fine, plans, index, screen = asked(loans, plan, template)
    done = run_blocks(
        lambda piece: _tally(fine, piece),
        lay_out(fine, plans, index, screen),
        lambda piece: len(piece.rows),
        workers=workers,
        progress=progress,
    )
    failures = screen.failures().and_then(*(failed for _, failed in done))
    row = (screen.good & ~failures.mask(len(fine))).nonzero()[0]
    room = {name: np.zeros(len(fine), np.int64) for name in _NAMES}
    for parts, _ in done:
        for rows, columns in parts:
            for name, column in room.items():
                column[rows] = columns[name]
    if len(row) < len(fine):
        room = {name: column[row] for name, column in room.items()}
    made = PlanTotals(row=row, decimals=fine.decimals[row], **room)
    return Outcome(made, row, failures)


def _tally(loans: Loans, laid: Laid) -> tuple[list[tuple[Ints, Columns]], Failures]:
    """The caller's rows of one piece of work, what each comes to, and the loans whose plan can't be kept."""
    few = _adds_up(laid)
    parts, failures = write(loans, laid, store=not few)
    come_to = _of_tally if few else _of_rows
    return [(part.rows, come_to(loans, part)) for part in parts], failures


def _of_rows(loans: Loans, part: Stored) -> Columns:
    """What each loan of a block comes to, from its rows."""
    at, term = np.arange(len(part.rows)), part.laid.work.term[part.block.rows]
    last = derive(loans, part, at, term - 1)["payment"]
    return sums(loans, part) | {
        "instalments": term,
        "instalment": last_amount(part.block),
        "last_payment": last,
    }


def _of_tally(loans: Loans, part: Stored) -> Columns:
    """The same where no row was kept."""
    block, work, rows = part.block, part.laid.work, part.rows
    term, nothing = work.term[block.rows], np.zeros(len(rows), np.int64)
    aside = nothing if part.laid.aside is None else part.laid.aside[block.rows]
    carried, fee = loans.carried[rows], loans.charges[rows]
    principal, paid = block.opening + work.drawn[block.rows] + aside, block.total + carried
    once = first_paying(work)[block.rows] == term - 1  # what is owed beside the balance is paid first
    return {
        "instalments": term,
        "instalment": last_amount(block),
        "last_payment": block.last + aside + np.where(once, carried + fee, 0),
        "interest": block.total,
        "interest_paid": paid,
        "capitalised": nothing,
        "waived": nothing,
        "principal": principal,
        "fee": fee,
        "payment": principal + paid + fee,
    }


def _adds_up(laid: Laid) -> bool:
    """Whether all interest is paid in its row and nothing else moves: then a sum of it says everything."""
    work = laid.work
    solved = bool((work.amounts[-1] < 0).all()) and laid.plan.stages[-1].name != "custom"
    paid = all(rule.interest is Interest.PAID and not rule.adds for rule in work.rules)
    return solved and paid and work.course is None and not (work.moves or laid.fees or laid.arrears)
