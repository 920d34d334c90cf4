"""The least instalment that repays a loan."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import overload

import numpy as np

from repayplan.basics.money import MAX_UNITS
from repayplan.basics.outcome import Bools, Ints, Outcome, repeated, span
from repayplan.kernel.amortise import run
from repayplan.kernel.leftover import alone as one_level
from repayplan.kernel.leftover import leaves_more
from repayplan.kernel.rules import Amount
from repayplan.plans.answers import Call, closed, given_field
from repayplan.plans.course import patterned
from repayplan.plans.filling import SOLVED
from repayplan.plans.loan import Loan, Loans
from repayplan.plans.search import farthest
from repayplan.plans.stage import Plan
from repayplan.plans.trial import Trial
from repayplan.plans.unknown import UNKNOWN, Blank, blanks_of, gives, refusal, solvable, solved


@overload
def solve_instalment(loans: Loan, plan: Plan, *, workers: int = 1) -> Decimal: ...


@overload
def solve_instalment(loans: Loans, plan: Plan, *, workers: int = 1) -> Outcome[Ints]: ...


def solve_instalment(loans: Loan | Loans, plan: Plan, *, workers: int = 1) -> Decimal | Outcome[Ints]:
    """The least instalment that repays a loan in the plan's periods without a larger last payment.

    What :func:`~repayplan.schedule` shows of a plan is the exact instalment, rounded by the loan's rule: its
    last payment may be a little larger or smaller. This one is given: with it the last payment is no larger,
    and with one unit less (one multiple, where the rounding has one) it is.

    Parameters
    ----------
    loans
        One loan, or a batch; both run the same code.
    plan
        Its last stage is an ``equal_instalment`` (or ``graduated``, ``seasonal``) whose instalment is solved,
        or written as :data:`UNKNOWN`; or an ``equal_principal`` whose principal is. What is compared is the
        last payment, less the balloon, with what its row would pay: of instalments that grow, the first is
        found; of equal principal, the principal of each. Where the last stage's payments are given, the
        instalment of an earlier one may be :data:`UNKNOWN`. What is drawn or prepaid changes balances,
        not the instalment; with ``at_least`` it isn't below that.
    workers
        Threads; the result doesn't depend on it.

    Returns
    -------
    Decimal in currency units; of a batch an Outcome of int64 minor units.

    Raises
    ------
    InputError
        ``unknown_value``: another plan; ``nothing_owed``, or whatever makes the plan impossible. In a
        batch a loan's fault is an entry of the failures instead.

    Notes
    -----
    Proven minimal: each balance falls when the instalment rises, so that the instalments which do are all
    those from the answer on, whatever the rounding. What is owed beside the balance isn't counted.

    Examples
    --------
    >>> from repayplan.plans.annuity import equal_instalment
    >>> loan = Loan(
    ...     principal="12000",
    ...     annual_rate="0.12",
    ...     original_term=24,
    ...     elapsed=0,
    ...     unpaid=24,
    ...     next_due="2026-01-31",
    ... )
    >>> solve_instalment(loan, equal_instalment(24))
    Decimal('564.89')
    """
    plan = solvable(plan)
    last, blanks = len(plan.stages) - 1, blanks_of(plan)
    blank = blanks[0] if blanks else Blank("amount", last)
    stage, ends = plan.stages[blank.stage], plan.stages[-1]
    fits = stage.amount is UNKNOWN or (stage.amount is None and stage.rule.amount is Amount.LEVEL)
    if blank.stage != last:  # then what the last stage pays is given, for a number of periods
        if solved(ends) and stage.amount is UNKNOWN:
            rule = "the last stage's amount is solved: whatever others pay it repays, so none is the least"
            raise refusal(plan, rule)
        fits &= gives(ends) and ends.name != "fixed_payment"
    if not fits or blank.figure != "amount" or not stage.rule.solved or len(blanks) > 1:
        rule = "the last stage repays by an instalment that isn't given, or gives it, and another is UNKNOWN"
        raise refusal(plan, f"{rule}; nothing else is")
    closed(plan)
    call = Call.of(loans)
    call.part_by_part(plan, lambda part, _: _instalments(part, plan, blank), workers)
    return call.money()  # type: ignore[no-any-return]


def _instalments(call: Call, plan: Plan, blank: Blank) -> None:
    """Puts the least instalments into the call."""
    for group in call.groups():
        trial = Trial(group, plan, blank, group.finer)
        near, sure = _level(trial)
        at = (~sure).nonzero()[0]
        if len(at):
            most, one = np.full(len(at), 2**61), np.ones(len(at), np.int64)
            scale = np.ones(len(group), np.int64)
            near[at], sure[at] = farthest(
                trial, trial.rows[at], one, most, near[at], one, sign=-1, scale=scale
            )
        if any(law.instalment_multiple is not None for law in trial.laws):
            multiple = trial.multiple(trial.rows)
            near = -(-near // multiple) * multiple
        if trial.floored() and blank.stage == len(plan.stages) - 1:
            near = np.maximum(near, trial.floor(trial.rows))
        field = given_field(plan.stages[blank.stage])
        call.settle(trial, near, sure, repeated(MAX_UNITS // 2, len(trial.rows)), field)


def _level(trial: Trial) -> tuple[Ints, Bools]:
    """The least instalment of each loan, or one near it, and where it is the least for sure.

    With the exact instalment ``A*``, and ``S`` what one paid in every row has grown to by the last, the last
    payment of an instalment ``X`` is ``X + (A* - X) S + e``, where ``e`` is what roundings of interest have
    grown to: as each is at most half a unit, ``e`` is at most ``S / 2``, and above ``-S / 2`` where halves
    are rounded up. So ``A*`` rounded to the unit, or one more, is the least; its own rows tell which.
    """
    near, sure = np.ones(len(trial.rows), np.int64), np.zeros(len(trial.rows), np.bool_)
    if trial.blank.stage != len(trial.plan.stages) - 1:
        return near, sure
    alone = not any(solved(stage) for stage in trial.plan.stages[:-1]) and not patterned(trial.plan)
    alone &= trial.exact() and not (trial.moves() or trial.floored())
    for at, piece in trial.laid(trial.rows, repeated(SOLVED, len(trial.rows))):
        work, inside = piece.work, trial.inside(piece)
        if alone and (work.instalment_mode, work.instalment_multiple) != ("half_up", 1):
            work = replace(work, instalment_mode="half_up", instalment_multiple=1)
        if alone and one_level(work):
            amount, more, known = leaves_more(work)
            known &= inside & (amount > 0)
            near[span(at)], sure[span(at)] = amount + more, known
            rest = (~known).nonzero()[0]
            if not len(rest):
                continue
            at, work, inside = at[rest], work.take(rest), inside[rest]  # noqa: PLW2901
        proven = alone and work.interest_mode == "half_up" and work.interest_multiple == 1
        for block in run(work, store=False):
            here, amount = at[block.rows], block.amount[-1]
            more = block.last - np.maximum(work.balloons[-1][block.rows], 0) > amount
            near[here] = np.maximum(amount + more, 1)
            sure[here] = proven & ~block.negative & ~block.early & inside[block.rows] & (amount > 0)
    return near, sure
