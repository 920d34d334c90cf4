"""The longest holiday, or stretch of interest only, that a plan can begin with."""

from __future__ import annotations

from typing import Any, overload

import numpy as np

from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Ints, Outcome, repeated
from repayplan.kernel.rules import MAX_PERIODS
from repayplan.plans.answers import Call, at_most, given_field, held_against
from repayplan.plans.column import Column
from repayplan.plans.loan import Loan, Loans
from repayplan.plans.search import find_edge, scan
from repayplan.plans.stage import Plan
from repayplan.plans.trial import Trial
from repayplan.plans.unknown import Blank, refusal, solvable, the_blank


@overload
def solve_holiday(
    loans: Loan, plan: Plan, *, longest: int, instalment: Any = None, periods: Any = None, workers: int = 1
) -> int: ...
@overload
def solve_holiday(
    loans: Loans, plan: Plan, *, longest: int, instalment: Any = None, periods: Any = None, workers: int = 1
) -> Outcome[Ints]: ...
def solve_holiday(
    loans: Loan | Loans,
    plan: Plan,
    *,
    longest: int,
    instalment: Any = None,
    periods: Any = None,
    workers: int = 1,
) -> int | Outcome[Ints]:
    """The longest holiday, or stretch of interest only, that a plan can begin with.

    Parameters
    ----------
    loans
        One loan, or a batch; both run the same code.
    plan
        The number of a ``holiday`` or ``interest_only`` before the last stage is :data:`UNKNOWN`. Where the
        last stage gives its instalment, its last payment may be no larger; a ``fixed_payment`` takes as many
        payments as it needs, and ``periods`` bounds them.
    longest
        Periods of the holiday at most.
    instalment
        Of a solved plan: what no regular payment may be above.
    periods
        Of the whole plan at most: an int, ``col``, or one per loan.
    workers
        Threads; the result doesn't depend on it.

    Returns
    -------
    int, 0 to ``longest``, and no longer than the due dates, listed or on a calendar, go on; of a batch an
    Outcome of int64.

    Raises
    ------
    InputError
        ``out_of_range``: without a holiday it is more already (``limit``: how much); ``never_paid_off``, of
        a given instalment; ``unknown_value``: another plan; ``missing``: nothing that limits it. In a
        batch a loan's fault is an entry of the failures instead.

    Notes
    -----
    Proven maximal: where days are counted, or rates change, a longer holiday may have a smaller instalment
    than a shorter one, so every length from ``longest`` down is tried.

    Examples
    --------
    >>> from repayplan.plans.annuity import equal_instalment
    >>> from repayplan.plans.methods import fixed_payment
    >>> from repayplan.plans.beside import holiday
    >>> from repayplan.plans.unknown import UNKNOWN
    >>> loan = Loan(
    ...     principal="12000",
    ...     annual_rate="0.12",
    ...     original_term=24,
    ...     elapsed=0,
    ...     unpaid=24,
    ...     next_due="2026-01-31",
    ... )
    >>> pause = holiday(UNKNOWN, interest="capitalise")
    >>> solve_holiday(loan, pause + equal_instalment(24), instalment="600", longest=12)
    6
    >>> solve_holiday(loan, pause + fixed_payment("600"), periods=30, longest=12)
    6
    """
    plan = solvable(plan)
    blank = the_blank(
        plan, "length", "the number of one holiday or interest_only is UNKNOWN, and nothing else"
    )
    if blank.stage == len(plan.stages) - 1 or plan.stages[blank.stage].rule.amortises:
        raise refusal(
            plan, "the number that is looked for is that of a holiday or interest_only, not the last"
        )
    call = Call.of(loans)
    limit = held_against(call, plan, instalment, needed=periods is None)
    if periods is None and plan.stages[-1].name == "fixed_payment":
        rule = "a payment until all is paid off bears any holiday: say how long the plan may be"
        raise InputError(Code.MISSING, "periods", None, rule)
    at_most(longest, 0)
    terms = None
    if periods is not None:
        given = call.loans.column(periods.name) if isinstance(periods, Column) else periods
        terms = call.screen.count("periods", given, 1, MAX_PERIODS)

    def work(part: Call, some: slice) -> None:
        limits = None if limit is None else limit[some]
        _holidays(part, plan, blank, limits, None if terms is None else terms[some], int(longest))

    call.part_by_part(plan, work, workers)
    return call.whole()  # type: ignore[no-any-return]


def _holidays(
    call: Call, plan: Plan, blank: Blank, limit: Ints | None, terms: Ints | None, longest: int
) -> None:
    """Puts the longest holidays into the call."""
    for group in call.groups():
        none = np.zeros(len(group), np.int64)
        trial = Trial(group, plan, blank, none, limit=limit, periods=terms)
        rows = trial.rows
        zero, most = repeated(0, len(rows)), repeated(longest, len(rows))
        if trial.steady():
            most = find_edge(trial.nearly, rows, zero, most, zero, zero + 1)
        got = scan(trial.each, rows, most, zero, -1, zero - 1, together=trial.several())
        mine = given_field(plan.stages[-1]) if limit is None else "instalment"
        call.settle(trial, got, got >= 0, zero, mine)
