"""Principal that moves beside the instalments: drawdowns and prepayments, as the kernel wants them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from repayplan.basics.columns import Screen, beside
from repayplan.basics.dates import Days
from repayplan.basics.errors import Code
from repayplan.basics.outcome import Bools, Ints
from repayplan.kernel.amortise import run
from repayplan.kernel.work import Move, Work
from repayplan.plans.loan import Loans
from repayplan.plans.stage import Plan, Stage

NAT = np.datetime64("NaT", "D")


@dataclass(frozen=True, slots=True)
class Asked:
    """A plan's part that moves principal, read for all loans of a batch.

    Attributes
    ----------
    part
        The drawdown or prepayment.
    amount
        int64 minor units; 0 where nothing moves.
    on
        datetime64[D]; NaT where nothing moves.
    """

    part: Stage
    amount: Ints
    on: Days

    @property
    def draws(self) -> bool:
        """Whether more is lent, and not repaid."""
        return self.part.name == "drawdown"


def asked(loans: Loans, rows: Ints, plan: Plan, read: Callable[[Any], Any], screen: Screen) -> list[Asked]:
    """Amounts and dates of what moves under a plan; faults of the loans ``rows`` go to ``screen``."""
    parts = [part for part in plan.beside if part.on is not None]
    if not parts:
        return []
    inner = Screen(len(loans))
    inner.good[:] = False
    inner.good[rows] = True
    out = []
    for part in parts:
        amount = inner.money(f"{part.name}.amount", read(part.amount), loans.decimals, default=0)
        on = inner.date(f"{part.name}.on", read(part.on), default=NAT)
        on = np.where(amount > 0, on, NAT)
        inner.fault(
            on < loans.start, Code.DATES_OUT_OF_ORDER, f"{part.name}.on", on, beside(">=", loans.start)
        )
        out.append(Asked(part, amount, on))
    screen.adopt(inner.failures())
    return out


def moves(
    every: list[Asked], rows: Ints, found: tuple[tuple[Ints, Ints, Bools], ...], term: Ints, screen: Screen
) -> tuple[Move, ...]:
    """What moves, for the kernel.

    Parameters
    ----------
    every, rows
        What is asked for, and the loans looked at.
    found
        Of each, the period, the numerator of its rest, and whether it is a due date
        (:func:`~repayplan.plans.factors.factors`).
    term
        int64; rows of each loan's plan.
    """
    out = []
    for each, (period, num, due) in zip(every, found, strict=True):
        on = each.on[rows]
        late = ~np.isnat(on) & ((period < 0) | (period >= term))
        where = np.zeros(screen.size, np.bool_)
        where[rows[late]] = True
        screen.fault(
            where, Code.OUT_OF_RANGE, f"{each.part.name}.on", each.on, "up to the plan's last due date"
        )
        amount = each.amount[rows] if each.draws else -each.amount[rows]
        # A prepayment on a due date comes with that day's instalment; those after it are solved anew.
        anew = period if each.draws else period + due
        anew = np.where((period < 0) | (each.part.option == "shorten"), -1, anew)
        out.append(Move(np.where(late, -1, period), amount, num, anew))
    return tuple(out)


def rows_written(work: Work) -> Ints:
    """How many rows each plan takes until nothing is owed any more; 0 where it never comes to that."""
    until = np.ones(len(work.opening), np.int64)
    for move in work.moves:  # nothing is left out that is still to be drawn, though that row repays it
        until = np.maximum(until, np.where(move.amount > 0, move.period + 1, 1))
    for block in run(work, settle=False):
        for t in range(len(block.active) - 1):
            _, _, closing = block.period(t)
            owing = block.rows[: len(closing)][closing > 0]
            until[owing] = np.maximum(until[owing], t + 2)
        until[block.rows[block.negative]] = work.term[block.rows[block.negative]]  # a fault of its own
    return np.where(until > work.term, 0, until)


def moves_between(work: Work) -> Bools:
    """Bool (loans); whether principal moves on a day that no row falls due on."""
    every = [(m.period >= 0) & ((m.amount > 0) | (m.num != 0)) for m in work.moves]
    return np.any(every, axis=0) if every else np.zeros(len(work.opening), np.bool_)
