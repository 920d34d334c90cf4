"""The highest rate that a plan bears, and all rates that an instalment tells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any, NamedTuple, overload

import numpy as np

from repayplan.basics.arguments import one_number
from repayplan.basics.columns import RATE_DECIMALS
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import as_text, to_plain
from repayplan.basics.outcome import Bools, Ints, Outcome, repeated, span
from repayplan.kernel.accrue import Floats
from repayplan.kernel.levelrate import largest_rounded, rate_of
from repayplan.plans.answers import Call, given_field, numbered_against
from repayplan.plans.filling import ONE
from repayplan.plans.loan import Loan, Loans
from repayplan.plans.question import HIGH
from repayplan.plans.search import farthest, find_edge
from repayplan.plans.stage import Plan
from repayplan.plans.trial import Trial
from repayplan.plans.unknown import Blank, blanks_of, no_blank, refusal, solvable, the_blank


class Rates(NamedTuple):
    """All rates from ``low`` to ``high`` give the same instalment; of a batch, int64 multiples of 1e-10."""

    low: Any
    high: Any


@overload
def solve_rate(
    loans: Loan, plan: Plan, *, instalment: Any = None, step: Any = "0.0000000001", workers: int = 1
) -> Decimal: ...
@overload
def solve_rate(
    loans: Loans, plan: Plan, *, instalment: Any = None, step: Any = "0.0000000001", workers: int = 1
) -> Outcome[Ints]: ...
def solve_rate(
    loans: Loan | Loans,
    plan: Plan,
    *,
    instalment: Any = None,
    step: Any = "0.0000000001",
    workers: int = 1,
) -> Decimal | Outcome[Ints]:
    """The highest annual rate, from 0 to 1, at which the plan repays.

    Parameters
    ----------
    loans
        One loan, or a batch; their rate isn't looked at. One that changes over time becomes a fixed one.
    plan
        As in :func:`~repayplan.solve_principal`. Where a stage's own rate is :data:`UNKNOWN`, that one is
        looked for, and the loan's rate stays.
    instalment
        Of a solved plan: what no regular payment may be above.
    step
        The rate is a whole multiple of this, 1e-10 to 1.
    workers
        Threads; the result doesn't depend on it.

    Returns
    -------
    Decimal, a fraction; of a batch an Outcome of int64 multiples of 1e-10.

    Raises
    ------
    InputError
        ``out_of_range``: even at 0 it is more (``limit``: how much), or, of the rate, it is not too much at
        1 either, and no higher one is looked for; ``never_paid_off``, of a given instalment;
        ``unknown_value``, ``missing``. In a batch a loan's fault is an entry of the failures.

    Notes
    -----
    Proven as in :func:`~repayplan.solve_principal`, with steps of the rate instead of units.

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
    >>> solve_rate(loan, equal_instalment(24, instalment="550"), step="0.0001")
    Decimal('0.0932')
    """
    plan = solvable(plan)
    call = Call.of(loans)
    limit = numbered_against(call, plan, instalment)
    units = one_number("step", step, RATE_DECIMALS, 0, 1)
    if not units:
        raise InputError(Code.OUT_OF_RANGE, "step", step, "a rate from 1e-10 to 1")
    mine = given_field(plan.stages[-1]) if limit is None else "instalment"

    def work(part: Call, some: slice) -> None:
        for trial, got, found in _rates(part, plan, None if limit is None else limit[some], units):
            part.settle(trial, got, found, repeated(0, len(trial.rows)), mine)
            end = ONE // units * units
            more, stage = _beyond(trial, got, found, units), trial.blank.stage
            field = "annual_rate" if stage < 0 else f"{plan.stages[stage].name}.rate"
            shown = f"> {to_plain(end, RATE_DECIMALS):f}"
            part.refuse(trial.rows, more, Code.OUT_OF_RANGE, field, shown, "0 to 1")

    call.part_by_part(plan, work, workers)
    return call.rate()  # type: ignore[no-any-return]


def _rates(
    call: Call, plan: Plan, limit: Ints | None, step: int, *, own: bool = False
) -> Iterator[tuple[Trial, Ints, Bools]]:
    """The highest rate of the loans of each group; ``own``: of the level instalment alone."""
    if blanks_of(plan):
        blank = the_blank(plan, "rate", "the loan's rate or one stage's is looked for, and nothing else")
    else:
        blank = Blank("annual_rate")
    for group in call.groups():
        trial = Trial(group, plan, blank, repeated(1, len(group)), limit=limit, own=own)
        scale, most = repeated(step, len(group)), ONE // step
        zero, high, near, reach = (repeated(x, len(trial.rows)) for x in (0, most, most // 8, most // 32))
        known = _edge(trial, step, high)
        got, found = farthest(
            trial, trial.rows, zero, high, near, reach, sign=1, scale=scale, loose=own, known=known
        )
        yield trial, got, found


def _beyond(trial: Trial, got: Ints, found: Bools, step: int) -> Bools:
    """Where the highest rate lies above those that are looked for: the next step does as well.

    A stage has no rate above 1 of its own to try: there the last one that is tried is taken for too low.
    """
    out = np.asarray(found & (got == ONE // step * step), np.bool_)
    at = np.flatnonzero(out)
    if len(at) and trial.blank.figure == "annual_rate":
        out[at] = trial.each(trial.rows[at], got[at] + step)
    return out


def _edge(trial: Trial, step: int, high: Ints) -> tuple[Ints, Bools, Floats]:
    """A rate, in steps, at which a level instalment is surely within the limit, and where it is the last one.

    Two steps on it surely isn't. -1 where no such rate is known. And no less than 1 grows by at any rate at
    which it is: as an instalment ``A`` of a balance ``B`` repays in ``n`` periods of a factor ``f``,
    ``(1 + f)**n`` is ``A / (A - B f)``.
    """
    edge, sure = np.full(len(trial.rows), -1), np.zeros(len(trial.rows), np.bool_)
    grown = np.full(len(trial.rows), np.inf)
    alone = trial.simple() and trial.once() and trial.limit is not None
    if not alone or trial.moving() or trial.plan.stages[-1].balloon is not None:
        return edge, sure, grown
    for places, piece in trial.laid(trial.rows, trial.base[trial.at]):
        at = span(places)
        work = piece.work
        limit = np.asarray(trial.limit)[span(piece.rows)]
        target = largest_rounded(limit, work.instalment_mode, work.instalment_multiple)
        low, beyond = rate_of(work, target)
        with np.errstate(all="ignore"):  # NaN where nothing is known
            most = high[at]
            first, last = (np.minimum(np.floor(rate / step), most) for rate in (low, beyond))
            known = (low >= 0) & (last <= first + 1)
            interest = work.opening * (beyond * work.regular / work.den)
            rest = target - interest
            unfit = (~(rest > target * 1e-6)).nonzero()[0]
            interest /= rest
            interest *= 1 + 1e-6
        interest[unfit] = np.inf
        grown[at], sure[at] = interest, known & (first == last)
        first[(~known).nonzero()[0]] = -1
        edge[at] = first
    return edge, sure, grown


def _floors(call: Call, plan: Plan, limit: Ints) -> Ints:
    """What each loan's instalment isn't below; one that is given below it is a fault."""
    floor = np.zeros(len(call.loans), np.int64)
    if plan.stages[-1].at_least is None:
        return floor
    for group in call.groups():
        trial = Trial(group, plan, Blank("annual_rate"), np.ones(len(group), np.int64), limit=limit)
        floor[trial.rows] = trial.floor(trial.rows)
    rows = np.flatnonzero(call.screen.good)
    given, least = (as_text(figures[rows], call.loans.decimals[rows]) for figures in (limit, floor))
    under = limit[rows] < floor[rows]
    call.refuse(rows, under, Code.OUT_OF_RANGE, "instalment", given, np.char.add(">= ", least))
    return floor


@overload
def implied_rates(loans: Loan, plan: Plan, *, instalment: Any, workers: int = 1) -> Rates: ...
@overload
def implied_rates(loans: Loans, plan: Plan, *, instalment: Any, workers: int = 1) -> Outcome[Rates]: ...
def implied_rates(
    loans: Loan | Loans, plan: Plan, *, instalment: Any, workers: int = 1
) -> Rates | Outcome[Rates]:
    """The annual rates at which a plan's instalment is exactly a given one.

    An instalment is rounded, so that it doesn't tell one rate but an interval: every rate in it gives the
    instalment to the unit, and no other from 0 to 1 does.

    Parameters
    ----------
    loans
        One loan, or a batch; their rate isn't looked at.
    plan
        Solved: one level instalment, after holidays or interest-only periods perhaps.
    instalment
        The instalment, in currency units (a number, text, Decimal, ``col``, or one per loan).
    workers
        Threads; the result doesn't depend on it.

    Returns
    -------
    Rates: two Decimals; of a batch an Outcome of one with int64 multiples of 1e-10.

    Raises
    ------
    InputError
        ``out_of_range``: it is less at 0, or more at 1; ``no_rate``: none gives just this one (it isn't a
        multiple that instalments are rounded to, say); ``unknown_value``: another plan, or a rounding that
        doesn't leave the residue last. In a batch a loan's fault is an entry of the failures instead.

    Examples
    --------
    >>> from repayplan.plans.annuity import equal_instalment
    >>> loan = Loan(
    ...     principal="12000",
    ...     annual_rate="0",
    ...     original_term=24,
    ...     elapsed=0,
    ...     unpaid=24,
    ...     next_due="2026-01-31",
    ... )
    >>> implied_rates(loan, equal_instalment(24), instalment="564.88")
    Rates(low=Decimal('0.1199881035'), high=Decimal('0.1200059481'))
    """
    plan = solvable(plan)
    no_blank(plan)
    names = sorted({part.name for part in plan.beside if part.on is not None})
    if names:
        rule = f"an instalment that nothing changes on the way: with {', '.join(names)} there are several"
        raise refusal(plan, rule)
    call = Call.of(loans)
    limit = numbered_against(call, plan, instalment)
    if limit is None:
        raise refusal(plan, "the plan solves its instalment: it isn't given there")
    residue = np.array([law.residue for law in call.loans.rounding])[call.loans.rounding_index]
    elsewhere = np.asarray(residue != "last", np.bool_)  # then no instalment is the one that is solved
    call.screen.fault(elsewhere, Code.UNKNOWN_VALUE, "rounding.residue", residue, "last")
    low = np.zeros(len(call.loans), np.int64)
    call.part_by_part(plan, lambda part, some: _implied(part, plan, limit[some], low[some]), workers)
    got = call.outcome()
    if not call.alone:
        return Outcome(Rates(low[got.row], got.value), got.row, got.failures)
    high = got.single()
    return Rates(*(to_plain(int(each[0]), RATE_DECIMALS) for each in (low, high)))


def _implied(call: Call, plan: Plan, limit: Ints, low: Ints) -> None:
    """Puts the highest rates into the call, and the lowest into ``low``."""
    floor = _floors(call, plan, limit)
    free = plan
    if plan.stages[-1].at_least is not None:
        free = Plan((*plan.stages[:-1], replace(plan.stages[-1], at_least=None)), plan.beside)
    for trial, below, some in _rates(call, free, limit - 1, 1, own=True):
        if not trial.steady():
            rule = "one level instalment that is solved once: of others rounding leaves no interval"
            raise refusal(plan, rule)
        # What is solved at any lower rate is raised to the floor.
        low[trial.rows] = np.where(some & (limit > floor)[trial.rows], below + 1, 0)
    for of, high, found in _rates(call, free, limit, 1, own=True):
        trial = Trial(of.loans, plan, of.blank, of.base, limit=limit, own=True) if free is not plan else of
        rows, places = trial.rows, call.loans.decimals[trial.rows]
        mild = np.maximum(high, 0)
        kept = trial.kept(rows, mild)
        # Of the rates with one instalment, those from somewhere on may have more interest than it covers.
        part = np.flatnonzero(found & ~kept & (low[rows] <= high))
        begin, end = low[rows[part]], high[part]
        high[part] = find_edge(trial.kept, rows[part], begin, end, end, np.ones_like(end))
        kept[part] = high[part] >= begin
        call.settle(trial, high, found & kept, mild, "instalment")

        more = np.flatnonzero(low[rows] > ONE)
        asked = limit[rows[more]] + trial.over(rows[more], mild[more], strict=False)
        shown, most = (
            as_text(figures, places[more]) for figures in (limit[rows[more]], np.minimum(asked, HIGH))
        )
        every = np.ones(len(more), np.bool_)
        call.refuse(rows[more], every, Code.OUT_OF_RANGE, "instalment", shown, np.char.add("<= ", most))
        paid = as_text(limit[rows], places)
        call.refuse(rows, low[rows] > high, Code.NO_RATE, "annual_rate", paid, "0 to 1")
