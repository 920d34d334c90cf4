"""The recurrence that writes schedules: loans in blocks, each in the fastest loop that is right for it.

Loans are sorted by term, so that those that have finished fall off the end of every array, and rows are
stored period by period.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace

import numpy as np

from repayplan.basics.outcome import Ints, all_of, any_of, largest, span
from repayplan.kernel import accrue
from repayplan.kernel.block import Block
from repayplan.kernel.byrow import Heed, Part
from repayplan.kernel.courses import Agreed, Bound
from repayplan.kernel.periodic import SMALL
from repayplan.kernel.proof import bound, by_float, calm_loans
from repayplan.kernel.rules import MAX_PERIODS
from repayplan.kernel.work import Work

BLOCK = 65_536
"""Loans per block: large enough that the calls themselves cost little, small enough for the cache."""
NARROW = 2.0**31 - 1


def run(work: Work, *, store: bool = True, settle: bool = True) -> list[Block]:
    """Schedules of all loans of the work.

    Parameters
    ----------
    work
        The loans; every one within the domain (see :func:`bound`), term at least 1.
    store
        Keep every row; otherwise only each loan's largest and last payment and total interest.
    settle
        The last row pays what is left. False leaves the balance (to look at a plan midway).
    """
    if work.agreed is None and any(any_of(move.shortens & (move.period >= 0)) for move in work.moves):
        work = replace(work, agreed=_agreed(work))
    return _run(work, store=store, settle=settle)


def _agreed(work: Work) -> Agreed:
    """What is solved in a work's loans without the moves that shorten their plans."""
    whose = np.zeros(len(work.opening), np.bool_)
    moves = []
    for move in work.moves:
        whose |= move.shortens & (move.period >= 0)
        none = np.where(move.shortens, -1, move.period)
        moves.append(replace(move, period=none, shortens=np.zeros_like(move.shortens)))
    rows, made = whose.nonzero()[0], Agreed(whose, {})
    _run(
        replace(work, moves=tuple(moves), stop=None).take(rows), store=False, settle=True, solved=(made, rows)
    )
    return made


def _run(work: Work, *, store: bool, settle: bool, solved: tuple[Agreed, Ints] | None = None) -> list[Block]:
    """The same; what is solved is kept in ``solved``, whose rows are those of the work."""
    limits = bound(work)
    exact = by_float(work, limits)
    if any(rule.added_on for rule in work.rules):
        exact[:] = False
    calm = exact & calm_loans(work, limits)
    if len(calm) <= SMALL and not all_of(calm):
        calm[:] = False
    rest, nobody = exact & ~calm, np.zeros(len(calm), np.bool_)
    hopeful, watched = (rest, nobody) if _may_be_calm(work) else (nobody, rest)
    wide = ~exact
    if any_of(wide):
        wide &= limits.balance * work.num * work.largest_units() > 2.0**61
    parts = (
        (Heed.NOTHING, True, False, calm),
        (Heed.AFTERWARDS, True, False, hopeful),
        (Heed.EVERY_ROW, True, False, watched),
        (Heed.EVERY_ROW, False, False, ~(exact | wide)),
        (Heed.EVERY_ROW, False, True, wide),
    )
    blocks = []
    term = work.term
    for heed, floats, is_wide, mask in parts:
        rows = mask.nonzero()[0]
        if not len(rows):
            continue
        part = Part(store, settle, heed, floats, is_wide, solved)
        if len(rows) > 1:
            rows = rows[np.argsort(-term[rows].astype(np.int16), kind="stable")]
        # One allocation for all blocks: large ones come as large pages, far cheaper to touch first.
        ends = np.zeros(len(rows) + 1, np.int64)
        ends[1:] = term[rows].cumsum()
        straight = part.straight(work)
        narrow = floats and _narrow(work, limits, rows, interest=not straight)
        shape = (1 if straight else 2, int(ends[-1]) if store else 0)
        room = np.empty(shape, np.int32 if narrow else np.int64)
        for start in range(0, len(rows), BLOCK):
            chosen = rows[start : start + BLOCK]
            mine = room[:, ends[start] : ends[start + len(chosen)]]
            # Balances may run away of loans that are written anew below.
            afterwards = part.heed is Heed.AFTERWARDS
            with np.errstate(over="ignore", invalid="ignore") if afterwards else nullcontext():
                block, sound = part.run(_some(work, chosen), chosen, mine)
            if not all_of(sound):  # the few others anew, row by row
                watched[chosen[~sound]] = True
                chosen = chosen[sound]
                if not len(chosen):
                    continue
                mine = np.empty_like(mine[:, : term[chosen].sum()])
                block, _ = part.run(work.take(chosen), chosen, mine)
            blocks.append(block)
    return blocks


def _narrow(work: Work, limits: Bound, rows: Ints, *, interest: bool) -> bool:
    """Whether balances, and interest if that is kept, fit into half the room."""
    most = limits.balance[rows]
    if interest:
        accrued = 2 * np.abs(limits.factor[rows]) * most  # more than rounding its pieces can make of it
        most = np.maximum(most, accrued + work.interest_multiple * (1 + len(work.moves)))
    return bool(largest(most) < NARROW)


def _some(work: Work, rows: Ints) -> Work:
    """Some loans of the work: itself where it is all of them, in order."""
    at = span(rows)
    return work if isinstance(at, slice) and len(rows) == len(work.opening) else work.take(rows)


def _may_be_calm(work: Work) -> bool:
    """Whether loans for which nothing is proven most likely pay neither too much nor too little either."""
    beside = work.course is not None or bool(work.moves) or work.floors is not None
    return not beside and not work.given


def rows_until_paid(work: Work) -> Ints:
    """How many rows the last stage, a given payment until paid off, needs: 0 where it never ends.

    Parameters
    ----------
    work
        Loans whose last rule is ``GIVEN`` with a length of 0 so far.
    """
    done = np.zeros(len(work.opening), np.int64)
    before = work.term
    ready = work.opening.copy()
    if len(work.rules) > 1 and (before > 0).any():
        started = np.flatnonzero(before > 0)
        for block in run(work.take(started), settle=False):
            _, _, closing = block.final(before[started])
            ready[started[block.rows]] = closing
    payment = work.amounts[-1]
    left = np.arange(len(ready))
    balance, t = ready, before.copy()
    accrual = accrue.by_integer(work.den, work.interest_mode, work.interest_multiple, wide=True)
    interest = np.empty(len(ready), np.int64)
    rows = 0
    while len(left) and rows < MAX_PERIODS:
        rows += 1
        interest = np.empty(len(left), np.int64)
        accrual(balance, work.num[left] * work.units(t, left), interest, interest)
        principal = payment[left] - interest
        paid = principal >= balance
        done[left[paid]] = rows
        # A payment below the interest is a fault of its own, found when the rows are written.
        stuck = principal < 0
        done[left[stuck]] = rows + 1
        balance = balance - principal
        going = ~paid & ~stuck
        left, balance, t = left[going], balance[going], t[going] + 1
    return np.where(before + done > MAX_PERIODS, 0, done)
