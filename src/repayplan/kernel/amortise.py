"""The recurrence that writes schedules: one loop over periods, all loans of a block at a time.

Within a period a loan's principal is ``A - k * interest``; ``A`` and ``k`` change where one of its stages
begins, where a changed rate has ``A`` solved anew, or in single rows that do something of their own. Loans
are sorted by term, so that those that have finished fall off the end of every array, and rows are stored
period by period.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from enum import Enum, auto
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from repayplan.basics.outcome import Bools, Ints, all_of, any_of, largest, span
from repayplan.kernel import accrue
from repayplan.kernel.accrue import Numbers
from repayplan.kernel.amounts import (
    added_on,
    amount_of,
    moved_in,
    paid_with,
    raise_amounts,
    rounded_interest,
    solved_anew,
    stage_begins,
    stage_starts,
)
from repayplan.kernel.proof import bound, by_float, calm_loans
from repayplan.kernel.work import MAX_PERIODS, Agreed, Amount, Block, Bound, Interest, Pays, Rule, Work

BLOCK = 65_536
"""Loans per block: large enough that the calls themselves cost little, small enough for the cache."""

FEW_CELLS = 65_536
"""Cells of a table of periods that are laid out for a block at once."""
EXACT = 2.0**53
"""Below it a whole number is a float."""
FEW_KINDS = 8
"""So many lengths of periods have a factor each, of every loan."""
NARROW = 2.0**31 - 1
SMALL = 4_096
"""Up to so many loans, one pass with every check costs less than two without some of them."""


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
        part = _Part(store, settle, heed, floats, is_wide, solved)
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
class _Part:
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
        return self._straight(work, rows, room) if len(room) == 1 else self._by_row(work, rows, room)

    def _straight(
        self, work: Work, rows: Ints, room: npt.NDArray[np.int64 | np.int32]
    ) -> tuple[Block, Bools]:
        """Rows whose principal is their stage's amount less their interest: floats, of loans not watched.

        Amounts and interest are held with ``SHIFT`` added.
        """
        n, term, rules, shift = len(rows), work.term, work.rules, accrue.SHIFT
        left, offset = _rows_by_period(term)
        active, at = left.tolist(), offset.tolist()
        store, narrow = self.store, room.dtype == np.int32
        closing = room[0] if narrow else room.view(np.float64)[0]
        balance, a = work.opening.astype(np.float64), np.zeros(n)
        u, p = np.empty(n), np.empty(n)
        amount, last = np.zeros((len(rules), n), np.int64), np.zeros(n, np.int64)
        capitals = any(rule.grows for rule in rules)
        capital, nobody = np.zeros(n, np.bool_), np.zeros(n, np.bool_)
        afterwards, sound = self.heed is Heed.AFTERWARDS, ~nobody
        wrong = np.zeros(n)  # the most that any principal is below 0
        plain = len(rules) == 1 and rules[0].amount is Amount.LEVEL
        tallied = not (store or plain)
        begin, peak, total = np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n, np.int64)
        accruing, add, subtract = self._accrual(work), np.add, np.subtract
        begins, edges = self._stages(work)
        for t, (here, there) in enumerate(pairwise(active)):
            for s, pos in edges.get(t, ()):
                amount[s, pos] = amount_of(work, s, t, pos, balance, begins)
                if work.extra_every is not None and s == _last_amortising(rules):
                    amount[s, pos] += work.extra_every[pos]
                a[pos] = amount[s, pos] + shift
                capital[pos] = rules[s].grows
            accruing(t, here, balance, u, p)
            subtract(u, a, p)
            if afterwards:
                down = p[:there]
                if capitals:  # what is capitalised aside; nobody is paid an instalment
                    down = np.where(capital[:there] & (a[:there] >= shift), 0, down)
                np.maximum(wrong[:there], down, out=wrong[:there])
                sound[there:here] = balance[there:] > 0
            # What was the balance has room for the next interest: nothing is written where it is read.
            add(balance, p, u)
            balance, u = u, balance
            if there < here:
                last[there:here] = balance[there:] + (a[there:] - shift)
                if self.settle:
                    balance[there:] = 0
            if store and narrow:
                closing[at[t] : at[t + 1]] = balance
            elif store:
                add(balance, shift, out=closing[at[t] : at[t + 1]])
            if tallied:
                paid = a - shift
                total[:here] += (p + paid).astype(np.int64)
                paid[there:] = last[there:here]
                np.maximum(peak[:here], paid.astype(np.int64), out=peak[:here])
                if t == 0:
                    begin[:] = paid
            if there < here:
                a, balance, u, p = a[:there], balance[:there], u[:there], p[:there]
        if plain and not store:
            begin = np.where(term > 1, amount[0], last)
            peak = np.where(term > 1, np.maximum(amount[0], last), last)
            total = amount[0] * (term - 1) + last - work.opening
        block = Block(
            rows,
            left,
            offset,
            0 if narrow else accrue.SHIFT_BITS,
            work.opening,
            begins + work.lengths,
            None,
            room[0],
            amount,
            nobody,
            nobody,
            nobody,
            amount[-1],
            begin,
            peak,
            last,
            total,
            np.zeros((2, n), np.int64),
        )
        return block, sound & (wrong == 0) if afterwards else sound

    def _stages(self, work: Work) -> tuple[Ints, dict[int, list[tuple[int, Ints | slice]]]]:
        """The period in which each stage of each loan begins; and for each period, what begins in it."""
        begins, lengths = stage_begins(work.lengths), work.lengths
        if work.stop is not None:  # a plan may end before its stages begin
            lengths = np.where(begins < work.term, lengths, 0)
        return begins, stage_starts(begins, lengths)

    def _by_row(self, work: Work, rows: Ints, room: npt.NDArray[np.int64 | np.int32]) -> tuple[Block, Bools]:
        """Rows of any kind: closing balance and interest of each are kept."""
        n, term, rules = len(rows), work.term, work.rules
        dtype: type[np.float64 | np.int64] = np.float64 if self.floats else np.int64
        shift: float | int = accrue.SHIFT if self.floats else 0
        left, offset = _rows_by_period(term)
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
        capital = np.zeros(n, np.bool_)
        unpaid = any(r.interest in (Interest.DEFERRED, Interest.WAIVED) for r in rules)
        due = np.ones(n, dtype)
        amount = np.zeros((len(rules), n), np.int64)
        ceiling = 2**51 if self.floats else 2**61  # more than any payment: what it pays off, it pays off
        negative, early, waived = (np.zeros(n, np.bool_) for _ in range(3))
        afterwards, sound = self.heed is Heed.AFTERWARDS, np.ones(n, np.bool_)
        wrong = np.zeros(n, dtype)  # the most that any principal is on the other side of 0
        regular, begin, peak, last, total = (np.zeros(n, np.int64) for _ in range(5))
        short = np.zeros((2, n), np.int64)
        accruing = self._accrual(work)
        begins, edges = self._stages(work)
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
                self._keep(s, t, rows[pos], amount[s, pos])
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
                if s == _last_amortising(rules):
                    if work.extra_every is not None:
                        a[pos] += work.extra_every[pos]
                        amount[s, pos] += work.extra_every[pos]
                    if work.extra_first is not None:
                        a[pos] += work.extra_first[pos]
                        undo.append((pos, work.extra_first[pos]))
                if len(rules) > 1 or flat or unpaid or capitals or course is not None:
                    k[pos] = rule.net
                    on_start[pos] = rule.on_start
                    base[pos] = balance[pos]
                    capital[pos] = rule.grows
                    due[pos] = rule.interest not in (Interest.DEFERRED, Interest.WAIVED)
                    waived[pos] = rule.interest is Interest.WAIVED
            if course is not None and t < len(course):
                raise_amounts(work, course, t, a, ceiling)
            for s, pos in anew.get(t, ()):
                amount[s, pos] = amount_of(work, s, t, pos, balance, begins)
                self._keep(s, t, rows[pos], amount[s, pos])
                if s == _last_amortising(rules) and work.extra_every is not None:
                    amount[s, pos] += work.extra_every[pos]
                a[pos] = amount[s, pos]
                idle[pos] = amount[s, pos] == 0
            cells = slice(at[t], at[t + 1])
            b, pp = balance, p
            ii = aside[:here] if narrow else kept[1, cells] if store else u
            # Flat interest is on the balance at the stage's start, until nothing is left.
            accruing(t, here, np.where(on_start[:here] & (b > 0), base[:here], b) if flat else b, ii, pp)
            if moves:
                pos, moved, interest = self._move(work, t, b, base[:here] if flat else None, on_start[:here])
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
                if capitals:
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
                if capitals:
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

    def _keep(self, s: int, t: int, rows: Ints, amount: Ints) -> None:
        """Keeps what stage s solves at period t for loans of the work, where that is asked for."""
        if self.solved is not None:
            made, place = self.solved
            kept = made.amounts.setdefault((s, t), np.zeros(len(made.whose), np.int64))
            kept[place[rows]] = amount

    def _move(
        self, work: Work, t: int, balance: Numbers, base: Numbers | None, on_start: Bools
    ) -> tuple[Ints, Ints, Ints]:
        """For which loans of period t principal moves; how much of each in all, and their interest then."""
        n, b = len(balance), np.asarray(balance, np.int64)
        moved = moved_in(work, t, slice(0, n), b)
        if not moved:
            nothing = np.zeros(n, np.int64)
            return nothing[:0], nothing, nothing
        units = work.units(t, slice(0, n))
        bears = b if base is None else np.where(on_start & (b > 0), np.asarray(base, np.int64), b)
        here = [inside for move in work.moves if (inside := move.period[:n] == t).any()]
        num = work.num[:n] * units
        if work.by_piece:
            interest = np.zeros(n, np.int64)
            for (amount, rest), inside in zip(moved, here, strict=True):
                after = np.where(inside, rest, num)
                interest += rounded_interest(work, [(bears, num - after)])
                bears, num = bears + amount, after
            interest += rounded_interest(work, [(bears, num)])
        else:
            interest = rounded_interest(work, [(bears, num), *moved])
        total: Ints = np.sum([amount for amount, _ in moved], axis=0, dtype=np.int64)
        return np.flatnonzero(np.any(here, axis=0)), total, interest

    def _accrual(self, work: Work) -> Callable[[int, int, Numbers, Numbers, Numbers], None]:
        """Interest of period t for the first n loans of the block; the rest as in ``Accrue``."""
        mode, multiple, den = work.interest_mode, work.interest_multiple, work.den
        rounded = (
            accrue.by_float(mode, multiple)
            if self.floats
            else accrue.by_integer(den, mode, multiple, wide=self.wide)
        )

        def factor(num: Ints) -> Numbers:
            return accrue.float_factor(num, den, mode, multiple) if self.floats else num

        if work.later is None:
            first = factor(work.num * work.first)
            regular = first if work.first is work.regular else factor(work.num * work.regular)

            def periodic(t: int, n: int, balance: Numbers, out: Numbers, spare: Numbers) -> None:
                rounded(balance, (regular if t else first)[:n], out, spare)

            return periodic
        table, calendar, num = work.later[: largest(work.term) - 1], work.calendar, work.num
        alone = table.shape[1] == 1
        if (1 + len(table)) * len(num) <= FEW_CELLS:
            units = np.empty((1 + len(table), len(num)), np.int64)
            units[0], units[1:] = work.first, table[:, calendar]
            cells = num * units
            if largest(np.abs(cells)) < EXACT:
                # A factor a row is as near to the truth as one a unit: what it is made of is exact too.
                every = factor(cells)

                def known(t: int, n: int, balance: Numbers, out: Numbers, spare: Numbers) -> None:
                    rounded(balance, every[t, :n], out, spare)

                return known

        def own(each: Numbers, t: int, n: int) -> Numbers:
            """What the first n loans have of a period after the first."""
            row: Numbers = each[t - 1]
            return row if alone else row.take(calendar[:n])

        first = factor(num * work.first)
        if work.resets is not None:  # the rates are in the table
            factors = factor(np.asarray(table, np.int64))

            def changing(t: int, n: int, balance: Numbers, out: Numbers, spare: Numbers) -> None:
                rounded(balance, own(factors, t, n) if t else first[:n], out, spare)

            return changing
        if alone and self.floats and len(num) > SMALL:
            # One calendar has few lengths of periods.
            kinds, kind = np.unique(np.asarray(table[:, 0], np.int64), return_inverse=True)
            if len(kinds) <= FEW_KINDS:
                each = [factor(num * units) for units in kinds]

                def shared(t: int, n: int, balance: Numbers, out: Numbers, spare: Numbers) -> None:
                    rounded(balance, (each[kind[t - 1]] if t else first)[:n], out, spare)

                return shared
        per_unit, begins = factor(num), work.first.astype(np.float64 if self.floats else np.int64)
        counted = table.astype(begins.dtype)

        def dated(t: int, n: int, balance: Numbers, out: Numbers, spare: Numbers) -> None:
            units = own(counted, t, n) if t else begins[:n]
            if self.floats:
                np.multiply(balance, units, out=out)
                rounded(out, per_unit[:n], out, spare)
            else:
                rounded(balance, np.asarray(per_unit[:n] * units, np.int64), out, spare)

        return dated


def _rows_by_period(term: Ints) -> tuple[Ints, Ints]:
    """How many loans, sorted by term, have more than t rows; and how many rows there are before period t."""
    left = len(term) - np.bincount(term).cumsum()
    offset = np.zeros(len(left) + 1, np.int64)
    left.cumsum(out=offset[1:])
    return left, offset


def _last_amortising(rules: tuple[Rule, ...]) -> int:
    return max((s for s, rule in enumerate(rules) if rule.amortises), default=-1)


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
