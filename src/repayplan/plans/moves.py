"""Principal that moves beside the instalments: drawdowns and prepayments, as the kernel wants them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from repayplan.basics.columns import Screen, beside
from repayplan.basics.dates import Days
from repayplan.basics.errors import Code
from repayplan.basics.outcome import Bools, Ints
from repayplan.kernel.amortise import run
from repayplan.kernel.block import Block
from repayplan.kernel.courses import Move
from repayplan.kernel.work import Work
from repayplan.plans.loan import Loans
from repayplan.plans.periodcounts import Rest
from repayplan.plans.stage import Plan, Stage

NAT = np.datetime64("NaT", "D")


@dataclass(frozen=True, slots=True, eq=False)
class Moved:
    """Principal that moved beside the instalments of some loans, a figure for each time it did.

    Two are equal where the same moved, at the same times.

    Attributes
    ----------
    loan, period
        int64; whose it is, and the row that it moved in, from 0.
    day
        datetime64[D].
    amount
        int64 minor units; drawn, or below 0 prepaid.
    between
        bool; on another day than the one that the row's interest is counted to, with whose instalment what is
        prepaid comes.
    opens
        bool; on the day that the row's interest is counted from: the row before it is as far from the start.
    """

    loan: Ints
    period: Ints
    day: Days
    amount: Ints
    between: Bools
    opens: Bools

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Moved):
            return NotImplemented
        return all(np.array_equal(getattr(self, name), getattr(other, name)) for name in _MOVED)

    def __hash__(self) -> int:
        return hash(tuple(self.amount.tolist()))

    def where(self, mask: Bools) -> Moved:
        """Some of them."""
        return Moved(*(getattr(self, name)[mask] for name in _MOVED))

    @classmethod
    def joined(cls, parts: Sequence[Moved]) -> Moved:
        """Those of several blocks."""
        if not parts:
            return NOTHING_MOVED
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in _MOVED))


_MOVED = ("loan", "period", "day", "amount", "between", "opens")
_NONE = np.zeros(0, np.int64)
_NO = _NONE.astype(np.bool_)
NOTHING_MOVED = Moved(_NONE, _NONE, _NONE.astype("datetime64[D]"), _NONE, _NO, _NO)


@dataclass(frozen=True, slots=True)
class On:
    """When one of the work's moves moves, one a loan.

    Attributes
    ----------
    day
        datetime64[D].
    due
        bool; the day that its row's interest is counted to.
    opens
        bool; the day that it is counted from.
    """

    day: Days
    due: Bools
    opens: Bools

    def take(self, keep: Ints) -> On:
        """The same for some of the loans."""
        return On(self.day[keep], self.due[keep], self.opens[keep])


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
    inner = Screen(len(loans), rows)
    out = []
    for part in parts:
        given = read(part.amount)
        amount = inner.money(f"{part.name}.amount", given, loans.decimals, default=0)
        on = inner.date(f"{part.name}.on", read(part.on), default=NAT)
        inner.fault(inner.missing(given) & ~np.isnat(on), Code.MISSING, f"{part.name}.amount")
        on = np.where(amount > 0, on, NAT)
        inner.fault(
            on < loans.start, Code.DATES_OUT_OF_ORDER, f"{part.name}.on", on, beside(">=", loans.start)
        )
        out.append(Asked(part, amount, on))
    screen.adopt(inner.failures())
    return out


def moves(
    every: list[Asked],
    rows: Ints,
    found: tuple[Rest, ...],
    term: Ints,
    screen: Screen,
    cuts: Sequence[Days] = (),
) -> tuple[tuple[Move, ...], tuple[On, ...]]:
    """What moves, for the kernel, and when: of every loan in the order of its days.

    Parameters
    ----------
    every, rows
        What is asked for, and the loans looked at.
    found
        Of each, what is left of its period (:func:`~repayplan.plans.factors.factors`); then those of
        ``cuts``.
    term
        int64; rows of each loan's plan.
    cuts
        Further days, one a loan, on which nothing moves, but a new piece of a period begins.
    """
    columns: dict[str, list[Any]] = {
        name: [] for name in ("period", "amount", "num", "kept", "anew", "shortens", "on", "due", "opens")
    }
    for each, (period, num, kept, due, opens) in zip(every, found[: len(every)], strict=True):
        on = each.on[rows]
        late = ~np.isnat(on) & ((period < 0) | (period >= term))
        where = np.zeros(screen.size, np.bool_)
        where[rows[late]] = True
        bound = "before the plan's last due date" if each.draws else "up to the plan's last due date"
        screen.fault(where, Code.OUT_OF_RANGE, f"{each.part.name}.on", each.on, bound)
        amount = each.amount[rows] if each.draws else -each.amount[rows]
        # A prepayment on a due date comes with that day's instalment; those after it are solved anew.
        anew = period if each.draws else period + due
        shortens = np.full(len(rows), each.part.option == "shorten")
        values = (
            np.where(late, -1, period),
            amount,
            num,
            kept,
            np.where((period < 0) | shortens, -1, anew),
            shortens,
        )
        for name, value in zip(columns, (*values, on, due, opens), strict=True):
            columns[name].append(value)
    nothing = np.zeros(len(rows), np.int64)
    for day, (period, num, kept, due, opens) in zip(cuts, found[len(every) :], strict=True):
        inside = np.where(period < term, period, -1)
        cut = (inside, nothing, num, kept, nothing - 1, nothing.astype(np.bool_), day, due, opens)
        for name, value in zip(columns, cut, strict=True):
            columns[name].append(value)
    # What is prepaid is at most what is owed on its day, whatever is written first.
    order = np.argsort(np.stack(columns["on"]), axis=0, kind="stable")
    sorted_ = {name: np.take_along_axis(np.stack(each), order, axis=0) for name, each in columns.items()}
    days = (sorted_.pop(name) for name in ("on", "due", "opens"))
    when = tuple(On(*each) for each in zip(*days, strict=True))
    made = tuple(Move(*(each[k] for each in sorted_.values())) for k in range(len(when)))
    return made, when


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


def moved(work: Work, when: Sequence[On], block: Block, at: Ints) -> Moved:
    """What moved in some loans of a block.

    Parameters
    ----------
    when
        Of each of the work's moves.
    at
        Places in the block; ``loan`` of the result is a place among them.
    """
    if not work.moves:
        return NOTHING_MOVED
    parts: list[Moved] = []
    order = block.rows[at]
    before = np.zeros((len(work.moves), len(at)), np.int64)
    for k, (move, on) in enumerate(zip(work.moves, when, strict=True)):
        here = np.flatnonzero((move.period[order] >= 0) & (move.period[order] < work.term[order]))
        loan = order[here]
        period = move.period[loan]
        opening, _, _ = block.cells(at[here], period)
        # At most what is owed then is prepaid: what moved before it in the same row counts.
        for j in range(k):
            opening = opening + np.where(work.moves[j].period[loan] == period, before[j, here], 0)
        amount = np.maximum(move.amount[loan], -opening)
        before[k, here] = amount
        made = Moved(here, period, on.day[loan], amount, ~on.due[loan], on.opens[loan])
        parts.append(made.where(amount != 0))
    return Moved.joined(parts)


def moved_within(work: Work, loan: Ints, period: Ints, opening: Ints) -> Ints:
    """What moved in all in rows of loans of the work; no more is prepaid than is owed then."""
    total = np.zeros_like(opening)
    for move in work.moves:
        here = move.period[loan] == period
        total = total + np.where(here, np.maximum(move.amount[loan], -(opening + total)), 0)
    return total
