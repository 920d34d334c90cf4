"""Which plans of a finite lattice a policy allows."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from repayplan.basics.columns import Screen
from repayplan.basics.dates import whole_periods
from repayplan.basics.errors import Code
from repayplan.basics.outcome import Ints
from repayplan.offers.concession import Concession
from repayplan.offers.lowering import LOWERING
from repayplan.offers.points import Points
from repayplan.offers.policy import Policy
from repayplan.offers.postponing import put_off
from repayplan.offers.strategy import Lattice
from repayplan.plans.loan import Loans

POINTS = 1_000_000
"""Points listed at once, where every loan has as many as it may."""


def _top(step: Concession, loans: Loans) -> Ints:
    """The most degrees of a step that isn't more time."""
    if step.step in LOWERING:
        return LOWERING[step.step].top(step, loans)
    return whole_periods(np.full(len(loans), step.months), loans.frequency)


def _count(step: Concession, lattice: Lattice, top: Ints) -> Ints:
    """How many degrees up to its most a step has on the lattice."""
    if step.shifting:
        return -(-top // lattice.pauses) + 1
    return top + 1 if lattice.points == "all" else np.minimum(top + 1, lattice.points)


def _degrees(step: Concession, lattice: Lattice, top: Ints, count: Ints, k: Ints) -> Ints:
    """The degree of number ``k`` of ``count``, from 0."""
    if step.shifting:
        return np.minimum(k * lattice.pauses, top)
    whole, rest = np.divmod(top, np.maximum(count - 1, 1))  # k * top may leave int64
    return np.asarray(whole * k + rest * k // np.maximum(count - 1, 1))


def _numbered(count: Ints) -> tuple[Ints, Ints]:
    """``(i, k)``: every k below ``count[i]`` of each i."""
    at = np.repeat(np.arange(len(count)), count)
    return at, np.arange(len(at)) - np.repeat(np.cumsum(count) - count, count)


def points_of(
    loans: Loans,
    rows: Ints,
    policy: Policy,
    lattice: Lattice,
    shortest: Ints,
    longest: Ints,
) -> tuple[Points, Ints]:
    """The points of some loans, in the order of the lattice.

    Parameters
    ----------
    loans
        At their finest unit, arrears placed.
    rows
        Which of them.
    policy
        Its methods and concessions.
    shortest, longest
        int64 of all loans; rows of the plan without any concession, and the most that the limit allows.

    Returns
    -------
    The points; and the rows that have too many, of which there are none.
    """
    steps, methods = policy.steps, len(policy.methods)
    most, crowded = lattice.most, np.zeros(len(loans), np.bool_)
    loan, degree, some = rows, np.zeros((len(steps), len(rows)), np.int64), loans.take(rows)
    for number, step in enumerate(steps):
        if step.step == "extend":
            continue
        top = _top(step, some)
        count = _count(step, lattice, top)
        each = np.zeros(len(loans), np.int64)
        np.add.at(each, loan, np.minimum(count, most + 1))
        crowded |= each > most
        at, k = _numbered(np.where(crowded[loan], 0, count))
        loan, degree, some = loan[at], degree[:, at], some.take(at)
        degree[number] = _degrees(step, lattice, top[at], count[at], k)
        if step.step in LOWERING:
            some = LOWERING[step.step].changed(step, some, degree[number])
    begin, end = shortest[loan], longest[loan]
    if all(step.step != "extend" for step in steps):
        end = np.minimum(begin, end)
    count = np.maximum(-(-(end - begin) // lattice.lengths) + 1, 0)
    idle, only, _ = put_off(steps, degree)
    pause = idle + only
    # Lengths that leave an instalment after the pause.
    short = np.where(pause >= end, count, (np.maximum(pause - begin, -1)) // lattice.lengths + 1)
    left = np.maximum(count - np.maximum(short, 0), 0)
    each = np.zeros(len(loans), np.int64)
    np.add.at(each, loan, np.minimum(count, most + 1) * methods)
    crowded |= each > most
    at, k = _numbered(np.where(crowded[loan], 0, left))
    length = np.minimum(begin[at] + (count[at] - left[at] + k) * lattice.lengths, end[at])
    size = len(at)
    found = Points(
        np.tile(loan[at], methods),
        np.repeat(np.arange(methods), size),
        np.tile(length, methods),
        np.tile(degree[:, at], methods),
    )
    for number, step in enumerate(steps):
        if step.step == "extend":
            found.degree[number] = found.length - shortest[found.loan]
    order = np.lexsort((*found.degree, found.length, found.method, found.loan))
    return found.take(order), np.flatnonzero(crowded)


def blocks_of(rows: Ints, lattice: Lattice) -> Iterator[Ints]:
    """The loans, as many at once as can't have too many points together."""
    size = max(POINTS // lattice.most, 1)
    return (rows[start : start + size] for start in range(0, len(rows), size))


def crowd_out(screen: Screen, rows: Ints, lattice: Lattice) -> None:
    """Faults of the loans that have too many points."""
    mask = np.zeros(screen.size, np.bool_)
    mask[rows] = True
    screen.fault(mask, Code.OUT_OF_RANGE, "lattice", f"> {lattice.most}", f"<= {lattice.most}")
