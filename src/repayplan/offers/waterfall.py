"""Concessions in order, each to the least degree that makes every payment of a plan affordable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from repayplan.basics.outcome import Bools, Ints, any_of, span
from repayplan.offers.concession import Concession
from repayplan.offers.granted import NONE_NEEDED, Granted, Left
from repayplan.offers.lowering import LOWERING
from repayplan.offers.onefigure import NONE, Plans
from repayplan.offers.pauses import Pause
from repayplan.offers.postponing import Way, may_put_off, ways_to_put_off
from repayplan.offers.trying import Figure
from repayplan.plans.loan import Loans

ANY_DEGREE = 2**62
"""No step has as many degrees."""


def in_order(
    left: Left,
    steps: Sequence[Concession],
    longest: Ints,
    fixed: frozenset[int] = frozenset(),
    most: Granted | None = None,
) -> Granted:
    """What has to be granted to some loans, at least and in order, for an affordable plan of their method.

    Of a step that lowers payments, the least degree is looked for with all lowering steps before it at their
    most, and those that put payments off as serves it best; where several serve as well, the first of these
    puts off the fewest periods, then the second. One that puts payments off is itself tried with fewer
    periods first. What isn't enough at its most stays there if it lowers payments; if it puts them off, it
    goes back to nothing, to be taken up again where it serves a later step.

    Parameters
    ----------
    left
        The loans; ``length`` are the rows of the plan without any concession.
    steps
        In order.
    longest
        int64; the most rows that the limit allows.
    fixed
        Numbers of steps that are granted already, and stay as they are.
    most
        What of is only worth knowing whether something less is granted.

    Returns
    -------
    Of the loans of ``left`` alone.
    """
    left = replace(left, rows=np.arange(len(left)))
    out = Granted.nothing(len(steps), len(left))
    open_ = [number for number in range(len(steps)) if number not in fixed]
    if not open_ or steps[open_[0]].step != "extend":  # which looks at the shortest plan as well
        found, broken = left.fits(Pause())
        out.broken[left.rows[broken]] = True
        _keep(left, out, found, NONE_NEEDED, {})
        left = left.take(np.flatnonzero(~found))
    shifts: dict[int, Concession] = {}
    for number in open_:
        step, up_to = steps[number], None
        if most is not None:
            left = left.take(np.flatnonzero(most.last[left.rows] >= number))
            # As large a last step may still be less by the others; but not where these are all the same.
            alike = not (shifts or left.minimums.any)
            here = most.last[left.rows] == number
            up_to = np.where(here, most.degree[number, left.rows] - alike, ANY_DEGREE)
        if step.shifting:
            left = _put_off(left, out, number, {number: step, **shifts}, up_to)
            shifts[number] = step
        elif step.step == "extend":
            left = _extended(left, out, number, longest[left.rows], shifts, up_to, first=number == open_[0])
        else:
            left = _lowered(left, out, number, step, shifts, up_to)
    return out


def _keep(left: Left, out: Granted, found: Bools, step: int | Ints, taken: dict[int, int]) -> None:
    """Keeps the plans that a step makes affordable for some of them, so many periods put off."""
    at = span(left.rows)  # numpy chooses between two values several times as fast as it picks by a mask
    kept = [(out.length, left.length), (out.last, step)]
    kept += [(out.degree[number], periods) for number, periods in taken.items()]
    for column, value in kept:
        column[at] = np.where(found, value, column[at])


def _put_off(
    left: Left, out: Granted, number: int, shifts: dict[int, Concession], up_to: Ints | None
) -> Left:
    """Puts payments off by a step, the first of ``shifts``, and by those that come before it."""
    may_by = np.full(len(out.last), ANY_DEGREE)
    if up_to is not None:
        may_by[left.rows] = up_to
    for way in ways_to_put_off(left.loans, shifts):
        if len(left) and way.taken[number] and way.pause.rows < left.length.max():
            found = may_put_off(left.loans, shifts, way.taken) & left.fits(way.pause)[0]
            found &= way.taken[number] <= may_by[left.rows]
            _keep(left, out, found, number, way.taken)
            left = left.take(np.flatnonzero(~found))
    return left


def _extended(
    left: Left,
    out: Granted,
    number: int,
    longest: Ints,
    shifts: dict[int, Concession],
    up_to: Ints | None,
    *,
    first: bool,
) -> Left:
    """The shortest of the longer plans, whatever is put off; else the longest.

    As the ``first`` of all steps it looks at the plan without any concession too.
    """
    begin, ways = left.length, ways_to_put_off(left.loans, shifts)
    shortest = begin if first else begin + 1
    end = longest if up_to is None else np.minimum(longest, begin + np.minimum(up_to, longest))
    length = _shortest(left, out, shortest, end, ways[0])
    chosen = np.zeros(len(left) if len(ways) > 1 else 1, np.int64)
    for index, way in enumerate(ways[1:], 1):
        may = may_put_off(left.loans, shifts, way.taken)
        most = np.where(may, np.where(length > 0, length - 1, end), 0)
        shorter = _shortest(left, out, shortest, most, way)
        length, chosen = np.where(shorter > 0, shorter, length), np.where(shorter > 0, index, chosen)
    found = length > 0
    length = np.where(found, length, _most_extended(left, begin, longest))
    more = length - begin
    out.degree[number, span(left.rows)] = more
    step = np.where(more == 0, NONE_NEEDED, number) if first else number
    return _keep_all(replace(left, length=length), out, found, step, chosen, ways)


def _most_extended(left: Left, begin: Ints, longest: Ints) -> Ints:
    """The longest plans within the limit that repay fast enough, no shorter than they are."""
    end = np.maximum(longest, begin)
    if not left.minimums.any:
        return end
    plans = Plans(left.loans, left.method, begin, end, left.room, left.rows >= 0, minimums=left.minimums)
    made = plans.candidates(left.loans, end, np.arange(len(left)))
    return made.slowest(begin, end)


def _shortest(left: Left, out: Granted, first: Ints, longest: Ints, way: Way) -> Ints:
    """Rows of each loan's shortest affordable plan, from so many to so many; 0 where there is none."""
    rows = way.pause.rows
    first = np.maximum(first, rows + 1) if rows else first
    some = np.flatnonzero(first <= longest)
    out_rows = np.zeros(len(left), np.int64)
    if not len(some):
        return out_rows
    at = span(some)
    here, begin, end = left.take(some), first[at], longest[at]
    room = here.room.delayed(way.pause.idle)
    plans = Plans(here.loans, left.method, begin, end, room, some >= 0, way.pause, left.minimums)
    made = plans.candidates(here.loans, end - rows, np.arange(len(some)))
    out.broken[here.rows[made.failures.row]] = True
    least = made.least(begin - rows, end - rows, plans.later)
    out_rows[at] = np.where(least > 0, least + rows, 0) if rows else least
    return out_rows


def _lowered(
    left: Left,
    out: Granted,
    number: int,
    step: Concession,
    shifts: dict[int, Concession],
    up_to: Ints | None,
) -> Left:
    """The least degree of a step that changes a figure, whatever is put off; else the most."""
    kind, ways = LOWERING[step.step], ways_to_put_off(left.loans, shifts)
    top = kind.top(step, left.loans)
    degree, chosen = least_degree(left, step, shifts, np.ones_like(top), up_to)
    found = degree <= top
    degree = np.minimum(degree, top)
    out.degree[number, left.rows] = degree
    left = replace(left, loans=kind.changed(step, left.loans, degree))
    return _keep_all(left, out, found, number, chosen, ways)


def least_degree(
    left: Left, step: Concession, shifts: dict[int, Concession], from_: Ints, up_to: Ints | None = None
) -> tuple[Ints, Ints]:
    """The least degree of a step that changes a figure, whatever is put off, with which plans are affordable.

    Parameters
    ----------
    from_, up_to
        int64; degrees among which it is looked for.

    Returns
    -------
    int64, one more than the step has where there is none; and the number of the way to put payments off.
    """
    kind, size, ways = LOWERING[step.step], len(left), ways_to_put_off(left.loans, shifts)
    top = kind.top(step, left.loans)
    # What is kept of the figure: the more, the less is given up; of all, nothing.
    best, chosen = np.full(size, kind.low - 1), np.zeros(size, np.int64)
    if up_to is not None:
        best = np.maximum(best, top + kind.low - np.minimum(up_to, top) - 1)
    nothing = best.copy()

    def change(loans: Loans, kept: Ints) -> Loans:
        return kind.changed(step, loans, kind.top(step, loans) + kind.low - kept)

    for index, way in enumerate(ways):
        if way.pause.rows >= left.length.max(initial=0):
            continue
        plans = left.plans(way.pause)
        plans = replace(plans, payable=plans.payable & may_put_off(left.loans, shifts, way.taken))
        high = top + kind.low - from_
        kept = Figure(plans, change, kind.low).most(high, high, above=best)
        hit = kept != NONE
        best[hit], chosen[hit] = kept[hit], index
    return np.where(best > nothing, top + kind.low - best, top + 1), chosen


def _keep_all(
    left: Left, out: Granted, found: Bools, step: int | Ints, chosen: Ints, ways: list[Way]
) -> Left:
    """Keeps what a step finds, each put off in the way that was chosen for it; returns the others."""
    for index, way in enumerate(ways):
        mine = found & (chosen == index) if len(ways) > 1 else found
        if any_of(mine):
            _keep(left, out, mine, step, way.taken)
    return left.take(np.flatnonzero(~found))
