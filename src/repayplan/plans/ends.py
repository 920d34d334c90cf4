"""Where a plan ends before its stages do: nothing is owed any more, or the last payment is too small."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from repayplan.basics.columns import Screen
from repayplan.basics.money import MAX_TOTAL
from repayplan.basics.outcome import Bools, Ints
from repayplan.kernel.amortise import run
from repayplan.kernel.work import Work
from repayplan.plans.loan import Loans
from repayplan.plans.moves import rows_written
from repayplan.plans.stage import Plan


def read_ends(
    loans: Loans, rows: Ints, plan: Plan, read: Callable[[Any], Any], screen: Screen
) -> tuple[Ints | None, Ints | None]:
    """What no solved instalment may be below, and no last payment, of the loans ``rows``.

    Returns
    -------
    int64 minor units (stages, len(rows)), 0 where there is no such amount; None where the plan has none.
    Faults go to ``screen``, of the whole batch.
    """
    found: list[Ints | None] = []
    for name in ("at_least", "merge_below"):
        if all(getattr(stage, name) is None for stage in plan.stages):
            found.append(None)
            continue
        inner = Screen(len(loans), rows)
        each = np.zeros((len(plan.stages), len(rows)), np.int64)
        for s, stage in enumerate(plan.stages):
            given = getattr(stage, name)
            if given is not None:
                each[s] = inner.money(f"{stage.name}.{name}", read(given), loans.decimals)[rows]
        screen.adopt(inner.failures())
        found.append(each)
    return found[0], found[1]


def ended(work: Work, merges: Ints | None) -> Work:
    """The work with the rows that are written.

    Parameters
    ----------
    work
        Loans that share a plan.
    merges
        int64 minor units (stages, loans); what no last payment may be below.
    """
    stops = _stops(work, merges)
    if stops.any():
        rows = rows_written(work)
        work = replace(work, stop=np.where(stops & (rows > 0), rows, work.term))
    return work if merges is None else _merged(work, merges)


def _stops(work: Work, merges: Ints | None) -> Bools:
    """Of which loans the plan ends when nothing is owed any more."""
    out = np.zeros(len(work.opening), np.bool_)
    for move in work.moves:
        out |= move.shortens & (move.period >= 0)
    solved = np.array([rule.solved for rule in work.rules])[:, None] & (work.lengths > 0)
    for amounts in (work.floors, merges):
        if amounts is not None:
            out |= (solved & (amounts > 0)).any(axis=0)
    return out


def _merged(work: Work, merges: Ints) -> Work:
    """The work in which a last payment that is too small is paid with the one before it in its stage."""
    last, ends = work.term - 1, np.cumsum(work.lengths, axis=0)
    inside = (ends - work.lengths < last) & (last < ends)
    least = np.where(inside, merges, 0).sum(axis=0)
    for move in work.moves:  # nothing is repaid before it is drawn
        least = np.where((move.period == last) & (move.amount != 0), 0, least)
    asked = np.flatnonzero(least > 0)
    if not len(asked):
        return work
    part, paid = work.take(asked), np.zeros(len(asked), np.int64)
    for block in run(part):
        opening, interest, _ = block.final(part.term)
        # What can't be kept is refused as it is, not for what would become of it.
        paid[block.rows] = np.where(block.negative, MAX_TOTAL, opening + interest)
    stop = work.term.copy()
    stop[asked] -= paid < least[asked]
    return replace(work, stop=stop)
