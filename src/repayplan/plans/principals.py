"""The largest principal that a plan repays, and what is put aside for it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any, overload

import numpy as np

from repayplan.basics.money import MAX_UNITS, Minor
from repayplan.basics.outcome import Bools, Ints, Outcome
from repayplan.plans.answers import Call, given_field, numbered_against
from repayplan.plans.loan import Loan, Loans
from repayplan.plans.parameters import aside_of
from repayplan.plans.search import farthest, find_edge, scan
from repayplan.plans.stage import Plan
from repayplan.plans.trial import Trial
from repayplan.plans.unknown import UNKNOWN, Blank, no_blank, refusal, solvable

TRIED = 2**21
"""So many rows at most have all principals below a proven bound that are tried one by one."""


@overload
def solve_principal(loans: Loan, plan: Plan, *, instalment: Any = None, workers: int = 1) -> Decimal: ...


@overload
def solve_principal(
    loans: Loans, plan: Plan, *, instalment: Any = None, workers: int = 1
) -> Outcome[Ints]: ...


def solve_principal(
    loans: Loan | Loans, plan: Plan, *, instalment: Any = None, workers: int = 1
) -> Decimal | Outcome[Ints]:
    """The largest principal that the plan repays.

    Parameters
    ----------
    loans
        One loan, or a batch; their ``principal`` isn't looked at, what else is owed is.
    plan
        With an instalment given in its last stage, ``equal_instalment(24, instalment="500")``: the last
        payment is no larger than it. Or a solved plan, held against ``instalment``.
    instalment
        Of a solved plan: what no regular payment may be above.
    workers
        Threads; the result doesn't depend on it.

    Returns
    -------
    Decimal in currency units; of a batch an Outcome of int64 minor units of the currency.

    Raises
    ------
    InputError
        ``out_of_range``: even one unit asks for more (``limit``: how much); ``never_paid_off``, of a given
        instalment; ``unknown_value``, ``missing``. In a batch a loan's fault is an entry of the failures.

    Notes
    -----
    Proven maximal where one level instalment is solved, whatever it is rounded to and wherever its residue
    is placed, or given, and nothing else is solved: from a proven bound down, every principal is tried, or
    every instalment where values with the same one differ in nothing but the last payment. That is as many as
    have some two million rows (of instalments 65,536), which leaves out next to nothing but plans whose
    instalments hardly cover the interest, or are rounded to more than they are. Of other plans (equal
    principal, instalments solved anew or twice, graduated or seasonal ones, a residue that is placed beside
    a balloon) rounding makes payments uneven: the answer does, one unit more doesn't, and none of the next
    ``4 n`` units does.

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
    >>> solve_principal(loan, equal_instalment(24, instalment="500"))
    Decimal('10621.67')
    >>> solve_principal(loan, equal_instalment(24), instalment="500")
    Decimal('10621.79')
    """
    plan = solvable(plan)
    no_blank(plan)
    call = Call.of(loans, owing=False)
    limit = numbered_against(call, plan, instalment)
    mine = given_field(plan.stages[-1]) if limit is None else "instalment"

    def work(part: Call, some: slice) -> None:
        for group in part.groups():
            trial, got, found, low = _largest(group, plan, None if limit is None else limit[some], None)
            part.settle(trial, got, found, low, mine)

    call.part_by_part(plan, work, workers)
    return call.money(fine=False)  # type: ignore[no-any-return]


def _largest(
    group: Loans, plan: Plan, limit: Ints | None, high: Ints | None
) -> tuple[Trial, Ints, Bools, Ints]:
    """The trial, the largest principals, where there are any, and the least that were looked at.

    Principals are in the currency's units, int64 of the good loans of the group; ``limit`` and ``high``, what
    they may be at most, of all.
    """
    one, aside = np.ones(len(group), np.int64), aside_of(group, plan)
    # Something must be left to repay beside what is put aside.
    more = aside - group.overdue_principal
    least = np.where(more < 0, 0, more // group.finer + 1)
    trial = Trial(group, plan, Blank("principal"), np.maximum(least, 1), limit=limit)
    rows = trial.rows
    low = least[rows]
    most = MAX_UNITS // group.finer[rows]
    paid, length = trial.paid(rows) if limit is None else limit[rows], trial.length(rows)
    near = _proportional(trial, low, np.minimum(paid, most // length) * length // group.finer[rows])
    most = most if high is None else np.minimum(most, high[rows])
    trial.lacking = _left(trial)
    got, found = low - 1, np.zeros(len(rows), np.bool_)
    if trial.placed() and trial.lacking is None:
        got = _largest_placed(trial, low, most, near)
        found = got >= low
    left = np.flatnonzero(~found)
    if len(left):
        some = (rows[left], low[left], most[left], near[left], length[left])
        got[left], found[left] = farthest(trial, *some, sign=1, scale=one)
    if trial.lacking is not None:  # what passed for one that does may be too small
        trial.lacking = None
        found[found] = trial.over(rows[found], got[found]) <= 0
    return trial, got, found, low


@overload
def solve_forbear(loans: Loan, plan: Plan, *, instalment: Any = None, workers: int = 1) -> Decimal: ...


@overload
def solve_forbear(loans: Loans, plan: Plan, *, instalment: Any = None, workers: int = 1) -> Outcome[Ints]: ...


def solve_forbear(
    loans: Loan | Loans, plan: Plan, *, instalment: Any = None, workers: int = 1
) -> Decimal | Outcome[Ints]:
    """The least principal that has to be put aside for the plan to repay the rest.

    Parameters
    ----------
    loans
        One loan, or a batch; both run the same code.
    plan
        One of its parts is ``forbear(UNKNOWN)``; the others as for :func:`solve_principal`. A fee that it
        finances is no share of the principal.
    instalment
        As for :func:`solve_principal`.
    workers
        Threads; the result doesn't depend on it.

    Returns
    -------
    Decimal in currency units, 0 where nothing has to be; of a batch an Outcome of int64 minor units of the
    currency.

    Raises
    ------
    InputError
        As of :func:`solve_principal`: not even one unit that is left can be repaid. ``unknown_value``:
        another plan. In a batch a loan's fault is an entry of the failures instead.

    Notes
    -----
    The rows of a plan that puts ``F`` aside are those of a plan for ``F`` less. So the answer is what is owed
    less the largest principal that the plan repays, of those up to it; proven as that one is. What is put
    aside isn't counted in the last payment.

    Examples
    --------
    >>> from repayplan.plans.annuity import equal_instalment
    >>> from repayplan.plans.beside import forbear
    >>> from repayplan.plans.unknown import UNKNOWN
    >>> loan = Loan(
    ...     principal="12000",
    ...     annual_rate="0.12",
    ...     original_term=24,
    ...     elapsed=0,
    ...     unpaid=24,
    ...     next_due="2026-01-31",
    ... )
    >>> solve_forbear(loan, forbear(UNKNOWN) + equal_instalment(24), instalment="500")
    Decimal('1378.21')
    """
    asked = [part for part in plan.beside if part.name == "forbear" and part.amount is UNKNOWN]
    if len(asked) != 1:
        raise refusal(plan, "what is put aside is UNKNOWN, once: forbear(UNKNOWN)")
    rest = solvable(Plan(plan.stages, tuple(part for part in plan.beside if part is not asked[0])))
    no_blank(rest)
    if any(part.levy is not None and part.levy.financed and part.amount is None for part in rest.beside):
        raise refusal(plan, "a fee that is a share of the principal, what is put aside too, isn't financed")
    call = Call.of(loans)
    limit = numbered_against(call, rest, instalment)
    mine = given_field(rest.stages[-1]) if limit is None else "instalment"

    def work(part: Call, some: slice) -> None:
        for group in part.groups():
            owed = group.balance // group.finer
            alone = group.replace(principal=group.balance, overdue_principal=np.zeros(len(group), np.int64))
            trial, got, found, low = _largest(alone, rest, None if limit is None else limit[some], owed)
            part.settle(trial, np.where(found, owed[trial.rows] - got, 0), found, low, mine)

    call.part_by_part(rest, work, workers)
    return call.money(fine=False)  # type: ignore[no-any-return]


def _largest_placed(trial: Trial, low: Ints, most: Ints, near: Ints) -> Ints:
    """The largest principal of a plan whose residue is placed elsewhere than last; ``low - 1``: not known.

    None of its payments but the last is above the limit. So its last payment is no less than where each of
    them is the limit, which rises with the principal; and no more above the limit than the limit itself, or
    than roundings can leave, because the residue is placed where that brings the last payment nearer to the
    others. The largest principal with such a last payment is a bound: from there on down, each is tried.
    """
    rows, limit = trial.rows, np.asarray(trial.limit)
    stages, finer = trial.plan.stages, trial.loans.finer
    plan = Plan((*stages[:-1], replace(stages[-1], amount=Minor(limit // finer))), trial.plan.beside)
    twin = Trial(trial.loans, plan, trial.blank, trial.base)

    def highest(above: Ints) -> Ints:
        """The largest principal whose last payment is no more than so much above the limit."""

        def may(which: Ints, values: Ints) -> Bools:
            return twin.over(which, values) <= above[np.searchsorted(rows, which)]

        return find_edge(may, rows, low, most, near, above)

    high = highest(limit[rows])
    # Of this principal it is known whether roundings leave less, and then it is of all larger ones.
    middle = low + np.maximum(near - low, 0) // 2
    left = trial.residue(rows, middle)
    less = np.minimum(left, limit[rows]).astype(np.int64) + 1
    high = np.where(left < limit[rows], np.maximum(highest(less), np.minimum(middle, high)), high)
    begin = np.maximum(high - TRIED // trial.length(rows), low)
    return scan(trial.each, rows, high, begin, -1, low - 1, together=trial.several())


def _left(trial: Trial) -> Ints | None:
    """What is owed at least where a plan leaves its balloons and pays what it gives; None: it leaves none."""
    if trial.limit is None or all(stage.balloon is None for stage in trial.plan.stages):
        return None
    least = np.zeros(len(trial.loans), np.int64)
    for _, piece in trial.laid(trial.rows, trial.base[trial.rows]):
        work = piece.work
        given = np.maximum(work.amounts, 0) * work.lengths
        least[piece.rows] = (np.maximum(work.balloons, 0) + given).sum(axis=0)
    return least


def _proportional(trial: Trial, low: Ints, bearing: Ints) -> Ints:
    """A principal at which the instalment is about what is given; it grows with what bears interest."""
    rows, under = trial.rows, np.maximum(low - 1, 0)
    out: Ints = np.minimum(bearing, MAX_UNITS - np.minimum(under, MAX_UNITS)) + under
    twin, given = trial, trial.paid(rows) if trial.limit is None else trial.limit[rows]
    stages = trial.plan.stages
    if trial.limit is None and stages[-1].name != "equal_instalment":
        return out
    if trial.limit is None:
        plan = Plan((*stages[:-1], replace(stages[-1], amount=None)), trial.plan.beside)
        twin = Trial(trial.loans, plan, trial.blank, trial.base, limit=np.zeros(len(trial.loans), np.int64))
    for _ in range(3):
        asked = twin.asked(rows, out)
        usable = asked > 0
        scaled = under + (out - under).astype(np.float64) * given / np.where(usable, asked, 1)
        out = np.where(usable, np.clip(scaled, np.maximum(low, 1), MAX_UNITS), out).astype(np.int64)
    return out
