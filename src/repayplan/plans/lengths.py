"""The least number of instalments that repay a loan."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, overload

import numpy as np

from repayplan.basics.outcome import Bools, Ints, Outcome, any_of, span
from repayplan.kernel.accrue import Floats
from repayplan.kernel.rules import MAX_PERIODS, Amount
from repayplan.kernel.solve import NEAR
from repayplan.kernel.work import Work
from repayplan.plans.answers import Call, at_most, given_field, held_against
from repayplan.plans.course import patterned
from repayplan.plans.loan import Loan, Loans
from repayplan.plans.methods import fixed_payment
from repayplan.plans.parameters import aside_of
from repayplan.plans.payoff import until_paid
from repayplan.plans.search import find_edge, scan
from repayplan.plans.stage import Plan
from repayplan.plans.trial import Trial
from repayplan.plans.unknown import Blank, blanks_of, refusal, solvable, solved, the_blank

ERROR = 2.0**-46
"""Relative error of a few operations on floats, with room to spare."""


@overload
def solve_length(
    loans: Loan, plan: Plan, *, instalment: Any = None, longest: int = MAX_PERIODS, workers: int = 1
) -> int: ...


@overload
def solve_length(
    loans: Loans, plan: Plan, *, instalment: Any = None, longest: int = MAX_PERIODS, workers: int = 1
) -> Outcome[Ints]: ...


def solve_length(
    loans: Loan | Loans,
    plan: Plan,
    *,
    instalment: Any = None,
    longest: int = MAX_PERIODS,
    workers: int = 1,
) -> int | Outcome[Ints]:
    """The least number of instalments of the plan's last stage.

    Parameters
    ----------
    loans
        One loan, or a batch; both run the same code.
    plan
        The last stage's number is :data:`UNKNOWN`: ``equal_instalment(UNKNOWN)`` (or that of an earlier one
        that repays, before a last stage of so many periods). Or its payments are
        given, ``equal_instalment(UNKNOWN, instalment="500")``, or it is a ``fixed_payment("500")``: then
        the answer is the number of payments until everything is paid off, as of :func:`~repayplan.paid_off`;
        the last one is no larger than what its row would pay.
    instalment
        Of a solved plan: what no regular payment may be above, in currency units (a number, text,
        Decimal, ``col``, or one per loan).
    longest
        Instalments at most.
    workers
        Threads; the result doesn't depend on it.

    Returns
    -------
    int; of a batch an Outcome of int64. At least 1 of the last stage, which has a row; of an earlier one 0
    where the plan does without it.

    Raises
    ------
    InputError
        ``never_paid_off``: not even with ``longest`` instalments; ``beyond_calendar``: not with as many as
        have due dates; ``unknown_value``: another plan; ``missing``: no instalment. In a batch a loan's
        fault is an entry of the failures instead.

    Notes
    -----
    Proven minimal. A level instalment falls with its number; of other plans every shorter one that its first
    payment doesn't rule out is tried. A regular payment is what a row pays without the residue or balloon
    that the last payment takes, and without what is owed beside the balance.

    Examples
    --------
    >>> from repayplan.plans.annuity import equal_instalment
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
    >>> solve_length(loan, equal_instalment(UNKNOWN), instalment="500")
    28
    >>> solve_length(loan, holiday(3, interest="capitalise") + equal_instalment(UNKNOWN), instalment="500")
    29
    """
    plan = solvable(plan)
    at_most(longest, 1)
    last = plan.stages[-1]
    if last.name == "fixed_payment" and not blanks_of(plan):
        call = Call.of(loans)
        call.part_by_part(plan, lambda part, _: until_paid(part, plan, longest), workers)
        return call.whole()  # type: ignore[no-any-return]
    blank = the_blank(plan, "length", "one stage's number is UNKNOWN, and nothing else is")
    earlier = blank.stage != len(plan.stages) - 1
    if not plan.stages[blank.stage].rule.amortises or (earlier and last.name == "fixed_payment"):
        rule = "the number that is looked for is that of a stage that repays"
        raise refusal(plan, f"{rule}, and what follows has a number of its own")
    call = Call.of(loans)
    limit = held_against(call, plan, instalment)
    before = earlier or any(solved(stage) for stage in plan.stages[:-1])
    same = limit is None and last.name == "equal_instalment" and not (last.rule.adds or before)
    ends = _ends(call.loans)
    same = same and not (patterned(plan) or ends.any())
    paid = plan
    if same:  # one payment until everything is paid off
        paid = Plan((*plan.stages[:-1], *fixed_payment(last.amount, rate=last.rate).stages), plan.beside)

    def work(part: Call, some: slice) -> None:
        if same:
            until_paid(part, paid, longest)
        _lengths(part, plan, blank, None if limit is None else limit[some], longest, same=same)

    call.part_by_part(plan, work, workers)
    return call.whole()  # type: ignore[no-any-return]


def _lengths(call: Call, plan: Plan, blank: Blank, limit: Ints | None, longest: int, *, same: bool) -> None:
    """Puts the least number of instalments into the call; ``same``: what one payment comes to is in it."""
    last = plan.stages[-1]
    earlier = blank.stage != len(plan.stages) - 1
    for group in call.groups():
        trial = Trial(group, plan, blank, np.ones(len(group), np.int64), limit=limit)
        rows = trial.rows
        if same and not (trial.counts[0].on_grid or trial.moves()):
            continue
        others = trial.others()
        most = np.minimum(longest, MAX_PERIODS - others)
        covered = np.minimum(most, group.most_rows(rows, MAX_PERIODS) - others)
        # Beyond the listed dates, or the calendar's, the dates are what is wrong of the longest plan.
        most = np.where(~np.isnat(group.last_due[rows]), np.maximum(covered, 1), most)
        if earlier:
            zero = np.zeros_like(most)
            got = scan(trial.each, rows, zero, covered, 1, zero - 1, together=trial.several())
            call.settle(trial, got, got >= 0, most, given_field(last) if limit is None else "instalment")
            continue
        if limit is None:
            # Where grids are looked at, the last date may count other days than one in between; and what is
            # prepaid falls due within the plan, though it may be paid off before.
            first = np.maximum(call.value[rows] - 1, 1)
            begin, end = (first, covered) if same else trial.spans(rows, covered)
            none = np.zeros_like(most)
            got = scan(trial.each, rows, begin, end, 1, none, together=trial.several())
            call.settle(trial, got, got > 0, most, given_field(last))
            continue
        got, found = _shortest(trial, covered)
        call.settle(trial, got, found, most, "instalment")


def _ends(loans: Loans) -> Bools:
    """Loans whose plans can't be longer than their due dates, listed or up to a last one, let them be."""
    listed = np.array([law.given is not None for law in loans.due_dates])
    return np.asarray(listed[loans.due_index] | ~np.isnat(loans.last_due), np.bool_)


def _shortest(trial: Trial, most: Ints) -> tuple[Ints, Bools]:
    """The least number of instalments of the last stage within the limit, and where there is one."""
    rows, limit = trial.rows, np.asarray(trial.limit)[span(trial.rows)]
    simple, steady = trial.simple(), trial.steady()
    grown = None
    least, one = np.ones((2, len(rows)), np.int64)
    open_ = np.arange(len(rows))
    if simple:
        wanted, sure, grown = _estimate(trial, limit)
        least = np.maximum(np.minimum(wanted, most), 1)
        unsure = np.flatnonzero(~(sure & (wanted <= most)))
        some, n = rows[unsure], least[unsure]
        fits = trial.might(some, n)
        open_ = unsure[~fits | ((n > 1) & trial.might(some, np.maximum(n - 1, 1)))]
    if len(open_) and (simple or steady):
        some = rows[open_]
        test = trial.might if simple else trial.nearly
        edge = find_edge(lambda r, n: test(r, -n), some, -most[open_], -one[open_], -least[open_], one[open_])
        least[open_] = -edge
    elif len(open_) and trial.plan.stages[-1].balloon is None and not (trial.moving() or trial.moves()):
        # Payments within the limit repay no more than their sum.
        sums = (trial.loans.balance - aside_of(trial.loans, trial.plan))[rows] // (
            limit + trial.multiple(rows)
        ) - trial.length(rows)
        least = np.maximum(sums, 1)
    out, open_ = np.zeros_like(least), np.flatnonzero(least <= most)
    if steady and simple:
        at = span(open_)
        stands = trial.stands(rows[at], least[at], None if grown is None else grown[at])
        out[at] = np.where(stands, least[at], 0)
        open_ = open_[~stands]
        open_ = open_[~trial.stuck(rows[open_], limit[open_])]
    start, end, none = least[open_], most[open_], out[open_]
    if steady and simple and trial.plan.stages[-1].balloon is None:
        out[open_] = _by_amount(trial, rows[open_], start, end)
    else:
        out[open_] = scan(trial.each, rows[open_], start, end, 1, none, together=trial.several())
    return out, out > 0


def _by_amount(trial: Trial, rows: Ints, least: Ints, most: Ints) -> Ints:
    """The least length that does, of level plans within the limit: all lengths of one instalment at once.

    0 where there is none.
    """
    out, begin, asked = np.zeros_like(least), least.copy(), np.zeros(len(trial.loans), np.int64)
    left = np.flatnonzero(begin <= most)
    while len(left):
        some, one = rows[left], np.ones(len(left), np.int64)
        asked[some] = trial.quick(some, begin[left])

        def alike(which: Ints, lengths: Ints) -> Bools:
            return trial.quick(which, lengths) >= asked[which]

        end = find_edge(alike, some, begin[left], most[left], begin[left], one)
        out[left] = trial.tails(some, begin[left], end)
        begin[left] = end + 1
        left = left[(out[left] == 0) & (begin[left] <= most[left])]
    return out


def _estimate(trial: Trial, limit: Ints) -> tuple[Ints, Bools, Floats]:
    """About how many instalments within a limit repay each loan, of a plan of one stage.

    And where that is surely the least number whose rounded instalment is within the limit: a level
    instalment is, where its exact value is at most what is still rounded down to it. And no less than 1 grows
    by in so many periods, surely or not.
    """
    out, doubt, grown = np.ones(len(trial.rows)), *np.full((2, len(trial.rows)), np.inf)
    for at, work in _blocks(trial):
        step = work.instalment_multiple
        given = limit[at] if step == 1 else limit[at] // step * step
        most = np.asarray(given + step * {"up": 0.0, "down": 1.0}.get(work.instalment_mode, 0.5), np.float64)
        even = work.later is None
        units: Any = work.regular
        if work.later is not None:
            counted = 1 + len(work.later) if work.later.any() else 1  # there may be no second period
            units = (work.first + work.later.sum(axis=0)[work.calendar]) / counted
        f = np.asarray(work.num * units / work.den, np.float64)
        b = work.opening.astype(np.float64)
        if even and work.first is not work.regular:
            b = b * (1 + work.num * work.first / work.den) / (1 + f)
        if work.rules[0].amount is not Amount.LEVEL:
            out[at] = b / np.maximum(most - b * f, 1)
        elif even and not work.leaves:
            out[at], doubt[at], grown[at] = _periods(b, f, most)
        else:
            out[at], *_ = _periods(b, f, most)
    out = np.minimum(out, MAX_PERIODS)
    sure = np.abs(out - np.rint(out)) > doubt
    return np.ceil(np.where(sure, out, out * (1 - 1e-12))).astype(np.int64), sure, grown


def _blocks(trial: Trial) -> Iterator[tuple[Ints | slice, Work]]:
    """The loans with their first value, in blocks that stay in the cache: their places, and the work."""
    for places, piece in trial.laid(trial.rows, trial.base[span(trial.rows)]):
        for start in range(0, len(places), NEAR):
            some = slice(start, start + NEAR)
            yield span(places[some]), piece.work.take(some)


def _periods(balance: Floats, factor: Floats, instalment: Floats) -> tuple[Floats, Floats, Floats]:
    """How many instalments repay a balance, as a real number: ``-log(1 - B f / A) / log(1 + f)``.

    And how far that may be from the true number (infinite or NaN: nobody knows): ``B f / A``, ``1 - B f / A``
    and ``1 + f`` are rounded a few times, which counts the more the less of an instalment repays, and the
    less a balance grows. And what 1 grows by at most in the least whole number that does: ``(1 + f) /
    (1 - B f / A) - 1``.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.minimum(balance * factor / instalment, 1)
        rest = 1 - share
        each = 1 / np.log(1 + factor)  # log1p takes twice as long
        n = -np.log(rest) * each
        doubt = ERROR * (n + (n + 1 / rest) * each)
        grown = np.where(rest > 1e-6, (factor + share) / rest * (1 + 1e-6), np.inf)
        free = factor <= 0
        if any_of(free):
            n = np.where(free, balance / instalment, n)
            doubt = np.where(free, ERROR * n, doubt)
    return n, doubt, grown
