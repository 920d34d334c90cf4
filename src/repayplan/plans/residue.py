"""Where the residue goes that rounding leaves: by a bounded search, what it can't place stays last."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from repayplan.basics.outcome import Bools, Ints
from repayplan.basics.rounding import Residue
from repayplan.kernel.accrue import Floats, settle
from repayplan.kernel.amortise import run
from repayplan.kernel.rules import Amount
from repayplan.kernel.work import Work

STEPS = 4
"""Corrections tried at most."""


def place_residue(work: Work, residue: Residue) -> Work:
    """The work with the correction that brings each loan's last payment nearest to the others.

    The difference ``d`` of the last payment from the amount of the last stage, divided by what one
    unit more in the first row (or in every row) takes off the last, is the next correction.
    """
    rule = work.rules[-1]
    if rule.amount not in (Amount.LEVEL, Amount.SHARE) or work.course is not None or work.moved:
        return work
    if work.floors is not None:  # what the last payment differs by is no residue
        return work
    solved = work.amounts[-1] < 0
    if residue == "shared":
        return _shared(work, solved)
    zero = np.zeros(len(work.opening), np.int64)
    gain = _gain(work, residue)
    delta, best = zero, zero
    distance, ok = _distance(_with(work, residue, zero))
    nearest = np.where(ok, np.abs(distance), np.iinfo(np.int64).max)
    for _ in range(STEPS):
        m = work.instalment_multiple
        step = np.rint(distance / gain / m).astype(np.int64) * m
        step = np.where(solved, step, 0)
        if not step.any():
            break
        delta = delta + step
        distance, ok = _distance(_with(work, residue, delta))
        better = ok & (np.abs(distance) < nearest)
        best = np.where(better, delta, best)
        nearest = np.where(better, np.abs(distance), nearest)
    return _with(work, residue, best)


def _shared(work: Work, solved: Bools) -> Work:
    """The difference divided among the instalments, once, where that brings the last payment nearer.

    Source: the loan schedules of Apache Fineract (progressive), re-derived from its published test cases.
    """
    zero, count, m = np.zeros(len(work.opening), np.int64), work.lengths[-1], work.instalment_multiple
    distance, ok = _distance(_with(work, "spread", zero))
    asked = solved & (np.abs(distance) > count // 2)
    if not asked.any():
        return work
    share = np.where(asked, _divided(distance, count, m), 0)
    after, fine = _distance(_with(work, "spread", share))
    better = fine & ((np.abs(after) < np.abs(distance)) | ~ok)
    return _with(work, "spread", np.where(better, share, 0))


def _divided(amount: Ints, count: Ints, multiple: int) -> Ints:
    """An amount of either sign divided by a count, to the nearest multiple, halves to the even one."""
    quotient, rest = np.divmod(np.abs(amount), count)
    return np.sign(amount) * settle(quotient, rest, count, "half_even", multiple)


def _with(work: Work, residue: Residue, delta: Ints) -> Work:
    if residue == "first":
        return replace(work, extra_first=delta)
    return replace(work, extra_every=delta)


def _distance(work: Work) -> tuple[Ints, Bools]:
    """Last payment (equal principal: last principal) less the amount; and where no principal is negative."""
    distance, ok = np.zeros(len(work.opening), np.int64), np.ones(len(work.opening), np.bool_)
    for block in run(work):
        opening, interest, closing = block.final(work.term)
        last = opening - closing + (interest if work.rules[-1].net else 0)
        distance[block.rows] = last - block.amount[-1] - np.maximum(work.balloons[-1, block.rows], 0)
        ok[block.rows] = ~block.negative
    return distance, ok


def _gain(work: Work, residue: Residue) -> Floats:
    """What one unit more in the first row, or in every row, takes off the last payment."""
    rows, begin = work.lengths[-1], work.term - work.lengths[-1]
    if work.rules[-1].amount is Amount.SHARE:
        return np.ones(len(rows)) if residue == "first" else rows.astype(np.float64)
    growth, sums = np.ones(len(rows)), np.zeros(len(rows))
    for t in range(int(work.term.max())):
        inside = (t >= begin) & (t < work.term)
        step = np.where(inside & (t > begin), 1 + work.num * work.units(t) / work.den, 1.0)
        with np.errstate(over="ignore"):  # so much that no correction is needed
            growth *= step
            sums = np.where(inside, sums * step + 1, sums)
    return growth if residue == "first" else sums
