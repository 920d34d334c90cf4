"""Rows of any kind, period by period: one loop over periods, all loans of a block at a time.

Within a period a loan's principal is ``A - k * interest``; ``A`` and ``k`` change where one of its stages
begins, where a changed rate has ``A`` solved anew, or in single rows that do something of their own. The loop
stays whole: its steps share two dozen arrays.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

import numpy as np
import numpy.typing as npt

from repayplan.basics.outcome import Bools, Ints, any_of
from repayplan.kernel import accrue
from repayplan.kernel.accrue import Numbers
from repayplan.kernel.amounts import added_on, amount_of, paid_with, raise_amounts, solved_anew
from repayplan.kernel.block import Block
from repayplan.kernel.courses import Agreed, Pays
from repayplan.kernel.moving import moved_with_interest
from repayplan.kernel.periodic import accrual, last_amortising, rows_by_period, stages_of_work
from repayplan.kernel.rules import Amount, Interest
from repayplan.kernel.straight import straight_rows
from repayplan.kernel.work import Work


def _lowered(work: Work, t: int, here: int) -> Bools:
    """Of which of the first loans something is prepaid in period t that lowers its instalment."""
    every = [
        (move.anew[:here] == t) & (move.period[:here] == t) & (move.amount[:here] < 0) for move in work.moves
    ]
    return np.asarray(np.any(every, axis=0), np.bool_)


class Heed(Enum):
    """When a plan that is paid off before its last row, or whose instalment is too small, is seen."""

    NOTHING = auto()
    AFTERWARDS = auto()
    EVERY_ROW = auto()


@dataclass(frozen=True, slots=True)
class Part:
    """Loans that are computed in the same number type."""

    store: bool
    settle: bool
    heed: Heed
    floats: bool
    wide: bool
    solved: tuple[Agreed, Ints] | None = None

    @property
    def watch(self) -> bool:
        """Whether a plan that is paid off early, or whose instalment is too small, is seen in its row."""
        return self.heed is Heed.EVERY_ROW

    def straight(self, work: Work) -> bool:
        """Whether every row's principal is its stage's amount less its interest, and nobody is watched."""
        beside = work.course is not None or bool(work.moves)
        moving = beside or work.resets is not None or work.extra_first is not None
        return not self.watch and all(rule.net for rule in work.rules) and not moving

    def run(self, work: Work, rows: Ints, room: npt.NDArray[np.int64 | np.int32]) -> tuple[Block, Bools]:
        """Writes the rows of one block into ``room``: closing balance, and interest unless they are straight.

        Returns
        -------
        The block, and which of its loans it is right for: all, but for those that are heeded afterwards.
        They are right where no principal is negative and something is left for the last row to repay: a
        balance at or below 0 never comes back but by a negative amount.
        """
        if len(room) > 1:
            return self._by_row(work, rows, room)
        afterwards = self.heed is Heed.AFTERWARDS
        return straight_rows(work, rows, room, store=self.store, settle=self.settle, afterwards=afterwards)

    def _by_row(self, work: Work, rows: Ints, room: npt.NDArray[np.int64 | np.int32]) -> tuple[Block, Bools]:
        """Rows of any kind: closing balance and interest of each are kept."""
        n, term, rules = len(rows), work.term, work.rules
        dtype: type[np.float64 | np.int64] = np.float64 if self.floats else np.int64
        shift: float | int = accrue.SHIFT if self.floats else 0
        left, offset = rows_by_period(term)
        active, at = left.tolist(), offset.tolist()
        narrow, watch, store = room.dtype == np.int32, self.watch, self.store
        kept: npt.NDArray[Any] = room if narrow else room.view(dtype)
        closing = kept[0]
        balance: Numbers = work.opening.astype(dtype)
        a: Numbers = np.zeros(n, dtype)
        u, p = np.empty(n, dtype), np.empty(n, dtype)
        aside = np.empty(n if narrow else 0, dtype)
        mixed = len({r.net for r in rules}) > 1
        k = np.zeros(n, dtype)
        flat = any(r.on_start for r in rules)
        on_start, base = np.zeros(n, np.bool_), np.zeros(n, dtype)
        adds_on = any(r.added_on for r in rules)
        joins = any(r.interest is Interest.JOINED for r in rules)
        joining, joined = np.zeros(n, np.bool_), np.zeros(n, dtype)
        added, ending, each, rest = (np.zeros(n, np.int64) for _ in range(4))
        capitals = any(r.grows for r in rules)
        capital, growing = np.zeros(n, np.bool_), False
        unpaid = any(r.interest in (Interest.DEFERRED, Interest.WAIVED) for r in rules)
        due = np.ones(n, dtype)
        amount = np.zeros((len(rules), n), np.int64)
        ceiling = 2**51 if self.floats else 2**61  # more than any payment: what it pays off, it pays off
        negative, early, waived = (np.zeros(n, np.bool_) for _ in range(3))
        afterwards, sound = self.heed is Heed.AFTERWARDS, np.ones(n, np.bool_)
        wrong = np.zeros(n, dtype)  # the most that any principal is on the other side of 0
        regular, begin, peak, last, total = (np.zeros(n, np.int64) for _ in range(5))
        short = np.zeros((2, n), np.int64)
        accruing = accrual(work, floats=self.floats, wide=self.wide)
        begins, edges = stages_of_work(work)
        anew = solved_anew(work, begins)
        course, moves, waiting = work.course, work.moves, np.zeros(n, dtype)
        solved = np.zeros(n, np.bool_)
        steps = course is not None and any_of(course.step != 0)
        stepped, idle, sunk = (np.zeros(n, np.bool_) for _ in range(3))
        undo: list[tuple[Ints | slice, Numbers]] = []
        for t in range(len(active) - 1):
            here, there = active[t], active[t + 1]
            for s, pos in edges.get(t, ()):
                rule = rules[s]
                amount[s, pos] = amount_of(work, s, t, pos, balance, begins)
                self._keep(s, t, rows, pos, amount)
                a[pos] = amount[s, pos]
                if moves:
                    solved[pos] = (rule.amount is Amount.LEVEL) & (work.amounts[s, pos] < 0)
                if course is not None and steps:
                    stepped[pos] = course.stepped(t, pos, work.lengths[s, pos])
                    idle[pos] = (work.amounts[s, pos] < 0) & (amount[s, pos] == 0)
                if adds_on or joins:
                    added[pos], ending[pos] = rule.added_on, begins[s, pos] + work.lengths[s, pos] - 1
                    joining[pos], joined[pos] = rule.interest is Interest.JOINED, 0
                if rule.added_on:
                    each[pos], rest[pos] = added_on(work, s, t, pos, np.asarray(balance[pos], np.int64))
                    amount[s, pos] = paid_with(work, amount[s, pos], each[pos])
                    a[pos] = amount[s, pos]
                if s == last_amortising(rules):
                    if work.extra_every is not None:
                        a[pos] += work.extra_every[pos]
                        amount[s, pos] += work.extra_every[pos]
                    if work.extra_first is not None:
                        a[pos] += work.extra_first[pos]
                        undo.append((pos, work.extra_first[pos]))
                if mixed or course is not None:
                    k[pos] = rule.net
                if flat:
                    on_start[pos], base[pos] = rule.on_start, balance[pos]
                if capitals:
                    capital[pos] = rule.grows
                    growing = any_of(capital)
                if unpaid:
                    due[pos] = rule.interest not in (Interest.DEFERRED, Interest.WAIVED)
                    waived[pos] = rule.interest is Interest.WAIVED
            if course is not None and t < len(course):
                raise_amounts(work, course, t, a, ceiling)
            for s, pos in anew.get(t, ()):
                amount[s, pos] = amount_of(work, s, t, pos, balance, begins)
                self._keep(s, t, rows, pos, amount)
                if s == last_amortising(rules) and work.extra_every is not None:
                    amount[s, pos] += work.extra_every[pos]
                a[pos] = amount[s, pos]
                idle[pos] = amount[s, pos] == 0
            cells = slice(at[t], at[t + 1])
            b, pp = balance, p
            ii = aside[:here] if narrow else kept[1, cells] if store else u
            # Flat interest is on the balance at the stage's start, until nothing is left.
            accruing(t, here, np.where(on_start[:here] & (b > 0), base[:here], b) if flat else b, ii, pp)
            if moves:
                pos, moved, interest = moved_with_interest(
                    work, t, b, base[:here] if flat else None, on_start[:here]
                )
                ii[pos] = interest[pos] + shift
                b += moved
                base[:here] += moved
            if adds_on:
                own = np.where((t == ending[:here]) & self.settle, rest[:here], each[:here])
                np.copyto(ii, own, where=(added[:here] != 0) & (b > 0))
            i = np.subtract(ii, shift, out=u) if self.floats else ii
            if store and narrow:
                kept[1, cells] = i
            regular[there:here] = a[there:here]
            asked = a
            if course is not None and t < len(course):
                own = np.where(course.given[t, :here] >= 0, course.given[t, :here], a)
                if steps:  # where nothing was owed when it was solved, nothing falls
                    own = np.where(idle[:here] & (own < 0), 0, own)
                regular[there:here] = own[there:]
                asked = own
                pays = course.pays[t, :here]
                net = np.where(pays == Pays.NOTHING, 1, k[:here])
                pp[...] = np.where(pays == Pays.RULE, own, 0) - np.where(pays == Pays.INTEREST, 0, net) * i
            elif mixed or course is not None:
                np.multiply(k[:here], i, out=pp)
                np.subtract(a, pp, out=pp)
            elif rules[0].net:
                np.subtract(a, i, out=pp)
            else:
                pp[...] = a
            if watch:
                np.minimum(pp, b, out=pp)
            elif afterwards:
                up = pp[:there]
                if growing:
                    up = np.where(capital[:there] & (a[:there] >= 0), 0, up)
                np.minimum(wrong[:there], up, out=wrong[:there])
                sound[there:here] = b[there:] > 0
            if self.settle and there < here:
                pp[there:] = b[there:]
            if watch:
                if steps:
                    under = stepped[:here] & (asked < 0) & ~negative[:here]
                    short[0, :here][under] = asked[under]
                    sunk[:here] |= under
                    negative[:here] |= under
                below = pp < 0
                if course is not None and t < len(course):
                    below &= course.pays[t, :here] != Pays.NOTHING
                if moves and below.any():
                    # What is prepaid lowers the instalment more than the interest of its own row, which
                    # is paid then.
                    eased = below & solved[:here] & (asked >= 0) & _lowered(work, t, here)
                    pp[eased] = 0
                    below &= ~eased
                if growing:
                    below &= ~capital[:here] | (asked < 0)  # nobody is paid an instalment
                if any_of(below):
                    new = np.flatnonzero(below & ~negative[:here])
                    short[:, new] = (i + pp)[new], i[new]
                    negative[:here] |= below
                    pp[below] = 0  # such a plan is refused; its balance must not run away meanwhile
            if joins:
                np.add(joined[:here], i, out=joined[:here], where=joining[:here])
                joined_now = joining[:here] & (t == ending[:here])
                if self.settle:  # a plan's last row pays it
                    joined_now[there:] = False
                pp[joined_now] = -joined[:here][joined_now]
            np.subtract(b, pp, out=b)
            if watch:
                np.equal(b[:there], 0, out=early[:there])  # of what is drawn later, the last row is seen
            if store and narrow:
                closing[cells] = b
            elif store:
                np.add(b, shift, out=closing[cells])
            else:
                if unpaid:
                    due[there:here] = ~waived[there:here]
                    i *= due[:here]
                if joins:  # it is counted where it joins the balance, or is paid
                    paid = joined_now | (np.arange(here) >= there)
                    np.copyto(i, np.where(paid, joined[:here], 0), where=joining[:here])
                if course is not None:
                    i += waiting[:here]
                    waits = np.zeros(here, np.bool_)  # the last row pays whatever waits
                    if t < len(course):
                        waits[:there] = course.waits[t, :there]
                    waiting[:here] = np.where(waits, i, 0)
                    i[waits] = 0
                last[there:here] = i[there:] + pp[there:]
                if t == 0:
                    begin[:] = i + pp
                total[:here] += i.astype(np.int64)
                np.maximum(peak[:here], (i + pp).astype(np.int64), out=peak[:here])
            while undo:
                pos, value = undo.pop()
                a[pos] -= value
            if there < here:
                a, balance, u, p = a[:there], balance[:there], u[:there], p[:there]
        block = Block(
            rows,
            left,
            offset,
            accrue.SHIFT_BITS if self.floats and not narrow else 0,
            work.opening,
            begins + work.lengths,
            room[1],
            room[0],
            amount,
            negative,
            sunk,
            early,
            regular,
            begin,
            peak,
            last,
            total,
            short,
        )
        return block, sound & (wrong == 0)

    def _keep(self, s: int, t: int, rows: Ints, pos: Ints | slice, amount: Ints) -> None:
        """Keeps what stage s solves at period t for loans of the work, where that is asked for."""
        if self.solved is not None:
            made, place = self.solved
            kept = made.amounts.setdefault((s, t), np.zeros(len(made.whose), np.int64))
            kept[place[rows[pos]]] = amount[s, pos]
