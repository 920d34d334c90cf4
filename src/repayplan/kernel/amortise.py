"""The recurrence that writes schedules: one loop over periods, all loans of a block at a time.

Within a period a loan's principal is ``A - k * interest``; ``A`` and ``k`` change only where one of
its stages begins. Loans are sorted by term, so that those that have finished fall off the end of
every array, and rows are stored period by period.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from repayplan.basics.outcome import Bools, Ints, pick
from repayplan.basics.rounding import Mode
from repayplan.kernel import accrue, solve
from repayplan.kernel.accrue import Floats, Numbers

MAX_PERIODS = 3660
BLOCK = 65_536
"""Loans per block: large enough that the calls themselves cost little, small enough for the cache."""

FEW_CELLS = 65_536
"""Cells of a table of periods that are laid out for a block at once."""
NARROW = 2.0**31 - 1
SMALL = 4_096
"""Up to so many loans, one pass with every check costs less than two without some of them."""


class Amount(IntEnum):
    """Where a stage's ``A`` comes from."""

    NONE = 0
    LEVEL = 1
    SHARE = 2
    GIVEN = 3


class Interest(IntEnum):
    """What becomes of the interest of a stage's rows (a plan's last row always pays it)."""

    PAID = 0
    CAPITALISED = 1
    DEFERRED = 2
    WAIVED = 3


@dataclass(frozen=True, slots=True)
class Rule:
    """How the rows of one stage move: principal = ``A - interest`` (``net``) or ``A``.

    ``adds``: where the amount doesn't cover the interest, the rest is capitalised.
    """

    amount: Amount = Amount.NONE
    net: bool = False
    interest: Interest = Interest.PAID
    on_start: bool = False
    pays: bool = True
    adds: bool = False

    @property
    def grows(self) -> bool:
        """Whether the balance may rise."""
        return self.adds or self.interest is Interest.CAPITALISED

    @property
    def amortises(self) -> bool:
        """Whether the stage repays principal by its rule."""
        return self.amount is not Amount.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Loans that share a template of stages and all conventions.

    Attributes
    ----------
    rules
        The stages.
    lengths
        int64 (stages, loans); rows of each stage.
    amounts
        int64 (stages, loans); the amount given, or -1 where it is solved.
    balloons
        int64 (stages, loans); what a solved stage leaves at its end, or -1: it repays with the later ones.
    opening
        int64; balance at the start, minor units.
    num, den
        Interest of a period is ``balance * num * units / den``.
    first, regular
        int64; units of the first period and of every later one. Unused where ``table`` is given.
    table, calendar
        Units of period t are ``table[t, calendar]``, where periods differ; without a table ``calendar``
        isn't looked at.
    extra_first, extra_every
        int64; added to ``A`` in the first row, or every row, of the last amortising stage.
    """

    rules: tuple[Rule, ...]
    lengths: Ints
    amounts: Ints
    balloons: Ints
    opening: Ints
    num: Ints
    den: int
    first: Ints
    regular: Ints
    table: npt.NDArray[np.int32 | np.int64] | None
    calendar: Ints
    interest_mode: Mode = "half_up"
    interest_multiple: int = 1
    instalment_mode: Mode = "half_up"
    instalment_multiple: int = 1
    extra_first: Ints | None = None
    extra_every: Ints | None = None

    @property
    def term(self) -> Ints:
        """Rows of each loan."""
        return self.lengths[0] if len(self.lengths) == 1 else np.asarray(self.lengths.sum(axis=0), np.int64)

    def take(self, rows: Ints) -> Work:
        """The same work for some of the loans."""
        first = pick(self.first, rows)
        extra_first, extra_every = self.extra_first, self.extra_every
        return replace(
            self,
            lengths=pick(self.lengths, rows),
            amounts=pick(self.amounts, rows),
            balloons=pick(self.balloons, rows),
            opening=pick(self.opening, rows),
            num=pick(self.num, rows),
            first=first,
            regular=first if self.regular is self.first else pick(self.regular, rows),
            calendar=pick(self.calendar, rows),
            extra_first=None if extra_first is None else pick(extra_first, rows),
            extra_every=None if extra_every is None else pick(extra_every, rows),
        )

    @property
    def given(self) -> bool:
        """Whether any amount is given instead of solved."""
        return _any(self.amounts)

    @property
    def leaves(self) -> bool:
        """Whether any stage leaves a balloon."""
        return _any(self.balloons)

    def largest_units(self) -> Ints:
        """The most units any period of each loan counts."""
        if self.table is None:
            return self.first if self.first is self.regular else np.maximum(self.first, self.regular)
        return np.asarray(self.table.max(axis=0)[self.calendar], np.int64)

    def smallest_units(self) -> Ints:
        """The fewest units any period of each loan counts."""
        if self.table is None:
            return self.first if self.first is self.regular else np.minimum(self.first, self.regular)
        return np.asarray(self.table.min(axis=0)[self.calendar], np.int64)


def _any(given: Ints) -> bool:
    """Whether any figure isn't -1, of a column that may be one value repeated."""
    return bool(((given[:, :1] if given.strides[-1] == 0 else given) >= 0).any())


@dataclass(slots=True)
class Block:
    """Rows of some loans, period by period: row of loan ``i`` in period ``t`` at ``offset[t] + i``.

    Kept for each row are the closing balance and the interest that accrued, integers with ``shift`` added;
    :meth:`cells` reads them. Where every row's principal is its stage's amount less its interest, the
    interest isn't kept (None), because it follows, and balances below 2**31 take 4 bytes. In a tally
    nothing is kept but each loan's first, largest and last payment and its total interest.
    """

    rows: Ints
    active: Ints
    offset: Ints
    shift: int
    opening: Ints
    ends: Ints
    interest: Ints | None
    closing: npt.NDArray[np.int64 | np.int32]
    amount: Ints
    negative: Bools
    early: Bools
    begin: Ints
    peak: Ints
    last: Ints
    total: Ints

    def cells(self, loan: Ints, period: Ints) -> tuple[Ints, Ints, Ints]:
        """Opening balance, interest and closing balance of loans of the block in periods."""
        cell = self.offset[period] + loan
        before = self.offset[np.maximum(period - 1, 0)] + loan
        opening = np.where(period > 0, self.closing.take(before) - self.shift, self.opening[loan])
        closing = self.closing.take(cell).astype(np.int64) - self.shift
        if self.interest is not None:
            return opening, self.interest.take(cell) - self.shift, closing
        stage = 0 if len(self.ends) == 1 else (period >= self.ends[:, loan]).sum(axis=0)
        final = period == self.ends[-1, loan] - 1
        paid = np.where(final, self.last[loan], self.amount[np.where(final, 0, stage), loan])
        return opening, paid - (opening - closing), closing

    def period(self, t: int) -> tuple[Ints, Ints, Ints]:
        """The same of every loan that has a row in period ``t``, without a lookup for each."""
        here, there = int(self.active[t]), int(self.active[t + 1])
        start, before = int(self.offset[t]), int(self.offset[max(t - 1, 0)])
        opening = self.opening[:here]
        if t:
            opening = self.closing[before : before + here].astype(np.int64) - self.shift
        closing = self.closing[start : start + here].astype(np.int64) - self.shift
        if self.interest is not None:
            return opening, self.interest[start : start + here] - self.shift, closing
        paid = self.amount[0, :here]
        if len(self.ends) > 1:
            stage = np.minimum((t >= self.ends[:, :here]).sum(axis=0), len(self.ends) - 1)
            paid = self.amount[stage, np.arange(here)]
        paid = np.concatenate((paid[:there], self.last[there:here]))
        return opening, paid - (opening - closing), closing

    def final(self, term: Ints) -> tuple[Ints, Ints, Ints]:
        """Opening balance, interest and closing balance of each loan's row number ``term`` (from 1)."""
        return self.cells(np.arange(len(self.rows)), term[self.rows] - 1)


@dataclass(frozen=True, slots=True)
class Bound:
    """What no balance, factor or total of a loan can exceed (floats, rounded well upwards)."""

    balance: Floats
    factor: Floats
    total: Floats


def bound(work: Work) -> Bound:
    """Bounds before anything is computed, from capitalising rows and the longest period."""
    factor = work.num * 1.0 * work.largest_units() / work.den
    capitalising = [length for rule, length in zip(work.rules, work.lengths, strict=True) if rule.grows]
    with np.errstate(over="ignore"):
        balance = work.opening + 1.0
        if capitalising:
            grows = np.sum(capitalising, axis=0)
            balance += grows * work.interest_multiple
            balance *= np.exp(grows * np.log1p(factor)) * 1.001
        total = balance + work.term * (balance * factor + work.interest_multiple + work.instalment_multiple)
        if work.given:
            total += np.maximum(work.amounts, 0).sum(axis=0)
    return Bound(*(np.asarray(x, np.float64) for x in (balance, factor, total)))


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
    limits = bound(work)
    exact = _by_float(work, limits)
    calm = exact & _calm(work, limits)
    if len(calm) <= SMALL and not calm.all():
        calm[:] = False
    wide = ~exact & (limits.balance * work.num * work.largest_units() > 2.0**61)
    parts = [
        _Part(store, settle, watch=False, floats=True, wide=False),
        _Part(store, settle, watch=True, floats=True, wide=False),
        _Part(store, settle, watch=True, floats=False, wide=False),
        _Part(store, settle, watch=True, floats=False, wide=True),
    ]
    masks = [calm, exact & ~calm, ~exact & ~wide, wide]
    blocks = []
    term = work.term
    for part, mask in zip(parts, masks, strict=True):
        rows = np.flatnonzero(mask)
        rows = rows[np.argsort(-term[rows].astype(np.int16), kind="stable")]
        # One allocation for all blocks: large ones come as large pages, far cheaper to touch first.
        ends = np.concatenate(([0], np.cumsum(term[rows])))
        straight = part.straight(work)
        narrow = straight and float(limits.balance[rows].max(initial=0)) < NARROW
        shape = (1 if straight else 2, int(ends[-1]) if store else 0)
        room = np.empty(shape, np.int32 if narrow else np.int64)
        for start in range(0, len(rows), BLOCK):
            chosen = rows[start : start + BLOCK]
            mine = room[:, ends[start] : ends[start + len(chosen)]]
            blocks.append(part.run(work.take(chosen), chosen, mine))
    return blocks


def _by_float(work: Work, limits: Bound) -> Bools:
    """Loans whose interest is provably right as a float product in every row."""
    fits = limits.total < 2.0**51
    if work.table is not None:
        units = work.largest_units()
        return fits & accrue.float_provable(limits.balance, limits.factor, work.num, work.den, units)
    one = np.ones_like(work.num)
    first, regular = work.num * work.first, work.num * work.regular
    ok = fits & accrue.float_provable(limits.balance, limits.factor, regular, work.den, one)
    if work.first is not work.regular:
        ok &= accrue.float_provable(limits.balance, limits.factor, first, work.den, one)
    return ok


def _calm(work: Work, limits: Bound) -> Bools:
    """Loans that surely neither pay off early nor pay less than a period's interest.

    Early: what rounding adds up to must be below what the last row has to repay. Too little: the longest
    period's interest must be below the least that a level instalment can be. A plan whose last stage
    isn't solved may be paid off long before it.
    """
    solved = work.rules[-1].amount in (Amount.LEVEL, Amount.SHARE)
    corrected = work.extra_first is not None or work.extra_every is not None
    if not solved or corrected or work.given or work.leaves:
        return np.zeros(len(work.opening), np.bool_)
    steps = 2.0 * (work.instalment_multiple + work.interest_multiple)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        level = _least_level(work)
        last = level if len(work.rules) == 1 and work.rules[0].net else work.opening / work.term
        calm = _noise(work, limits.factor) * (1 + limits.factor) < last - steps
        if any(rule.net and rule.amortises for rule in work.rules):
            calm &= level - work.opening * limits.factor > steps
    return np.asarray(calm, np.bool_)


def _least_level(work: Work) -> Floats:
    """No level instalment over all rows is below ``B f / (1 - (1 + f)**-n)`` with the shortest period's f."""
    least = work.num * 1.0 * work.smallest_units() / work.den
    share = np.where(least > 0, least / -np.expm1(-work.term * np.log1p(least)), 1 / work.term)
    return np.asarray(work.opening * share * (1 - 1e-9), np.float64)


def _noise(work: Work, factor: Floats) -> Floats:
    """More than rounding can add up to by the last row: each row's, grown to the end."""
    step = sum(
        multiple * (1.0 if mode in ("up", "down") else 0.5)
        for mode, multiple in (
            (work.instalment_mode, work.instalment_multiple),
            (work.interest_mode, work.interest_multiple),
        )
    )
    growth = np.expm1(work.term * np.log1p(factor)) * 1.001
    if len(work.rules) > 1:  # a later stage's instalment can be smaller by as much again
        return np.asarray(2 * step * work.term * (1 + growth) ** 2, np.float64)
    return np.asarray(step * np.where(factor > 1e-9, growth / factor, work.term * (1 + growth)), np.float64)


def first_payment(work: Work, amount: Ints) -> Ints:
    """The first payment of a plan of one stage with this ``A``, without writing its rows."""
    several = work.term > 1
    net = work.rules[0].net
    if net and several.all():
        return amount
    units = work.first if work.table is None else work.table[0, work.calendar].astype(np.int64)
    interest = interest_on_opening(work, units)
    of_several = amount if net else np.minimum(amount, work.opening) + interest
    return np.where(several, of_several, work.opening + interest)


def interest_on_opening(work: Work, units: Ints) -> Ints:
    """Rounded interest on the opening balance for so many counted units."""
    interest = np.empty_like(work.opening)
    accruing = accrue.by_integer(work.den, work.interest_mode, work.interest_multiple, wide=True)
    accruing(work.opening, work.num * units, interest)
    return interest


def last_payment_range(work: Work, amount: Ints) -> tuple[Floats, Floats]:
    """Between which amounts the last payment of a plan surely lies, without writing its rows.

    Of a level plan the instalment's own rounding is known and grows to the end; of each row's interest
    only the most that rounding can change is. Of equal principal the last share is known, and its
    interest but for rounding. Without bounds (``-inf``, ``inf``) where neither is proven.

    Parameters
    ----------
    work
        One solved stage over periods that are alike after the first.
    amount
        Its ``A`` (:func:`opening_amount`).
    """
    rule, term = work.rules[0], work.term
    regular = work.num * 1.0 * work.regular / work.den
    first = regular if work.first is work.regular else work.num * 1.0 * work.first / work.den
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        if rule.amount is Amount.SHARE:
            left = np.maximum(work.opening - amount * (term - 1), 0)
            base = np.where(left > 0, work.opening, 0) if rule.on_start else left
            middle = left + base * np.where(term > 1, regular, first)
            reach = work.interest_multiple + middle * solve.FLOAT_ERROR + 1.0
            return middle - reach, middle + reach
        limits = bound(work)
        half = 1.0 if work.interest_mode in ("up", "down") else 0.5
        unrounded = solve.level_estimate(work.opening, first, regular, term)
        grown = np.where(regular > 0, np.expm1(term * np.log1p(regular)) / regular, term)
        middle = amount + (unrounded - amount) * grown
        reach = (half * work.interest_multiple + unrounded * solve.FLOAT_ERROR) * grown * 1.001 + 1.0
        calm = _calm(work, limits)
        return np.where(calm, middle - reach, -np.inf), np.where(calm, middle + reach, np.inf)


def opening_amount(work: Work) -> Ints:
    """``A`` of the first stage alone, without writing the schedule."""
    begins = np.zeros_like(work.lengths)
    return _amount(work, 0, 0, slice(None), work.opening, begins)


@dataclass(frozen=True, slots=True)
class _Part:
    """Loans that are computed in the same number type."""

    store: bool
    settle: bool
    watch: bool
    floats: bool
    wide: bool

    def straight(self, work: Work) -> bool:
        """Whether every row's principal is the amount less its interest, and nobody needs watching."""
        return not self.watch and all(rule.net for rule in work.rules)

    def run(self, work: Work, rows: Ints, room: npt.NDArray[np.int64 | np.int32]) -> Block:
        """Writes the rows of one block into ``room``: closing balance, and interest where that is kept."""
        n, term, rules = len(rows), work.term, work.rules
        periods = int(term[0])
        dtype: type[np.float64 | np.int64] = np.float64 if self.floats else np.int64
        shift: float | int = accrue.SHIFT if self.floats else 0
        left = n - np.cumsum(np.bincount(term, minlength=periods + 1))  # loans with more than t rows
        offset = np.concatenate(([0], np.cumsum(left)))
        active, at = left.tolist(), offset.tolist()
        narrow = room.dtype == np.int32
        kept: npt.NDArray[Any] = room if narrow else room.view(dtype)
        balance: Numbers = work.opening.astype(dtype)
        a: Numbers = np.zeros(n, dtype)
        u, p = np.empty_like(a), np.empty_like(a)
        straight = self.straight(work)
        mixed = len({r.net for r in rules}) > 1
        k = np.zeros_like(a)
        flat = any(r.on_start for r in rules)
        on_start, base = np.zeros(n, np.bool_), np.zeros_like(a)
        capitals = any(r.grows for r in rules)
        capital = np.zeros(n, np.bool_)
        unpaid = any(r.interest in (Interest.DEFERRED, Interest.WAIVED) for r in rules)
        due = np.ones_like(a)
        amount = np.zeros((len(rules), n), np.int64)
        negative, early = np.zeros(n, np.bool_), np.zeros(n, np.bool_)
        begin, peak, last, total = (np.zeros(n, np.int64) for _ in range(4))
        plain = straight and len(rules) == 1 and rules[0].amount is Amount.LEVEL
        accruing = self._accrual(work)
        begins = np.cumsum(work.lengths, axis=0) - work.lengths
        edges = _edges(begins, work.lengths)
        undo: list[tuple[Ints | slice, Numbers]] = []
        for t in range(periods):
            here, there = active[t], active[t + 1]
            for pos, value in undo:
                a[pos] -= value
            undo = []
            for s, pos in edges.get(t, ()):
                rule = rules[s]
                amount[s, pos] = _amount(work, s, t, pos, balance, begins)
                a[pos] = amount[s, pos]
                if straight:
                    a[pos] += shift
                if s == _last_amortising(rules):
                    if work.extra_every is not None:
                        a[pos] += work.extra_every[pos]
                        amount[s, pos] += work.extra_every[pos]
                    if work.extra_first is not None:
                        a[pos] += work.extra_first[pos]
                        undo.append((pos, work.extra_first[pos]))
                if len(rules) > 1 or flat or unpaid or capitals:
                    k[pos] = rule.net
                    on_start[pos] = rule.on_start
                    base[pos] = balance[pos]
                    capital[pos] = rule.grows
                    due[pos] = rule.interest in (Interest.PAID, Interest.CAPITALISED)
            cells = slice(at[t], at[t + 1])
            b, pp = balance[:here], p[:here]
            ii = kept[1, cells] if self.store and not straight else u[:here]
            # Flat interest is on the balance at the stage's start, until nothing is left.
            accruing(t, here, np.where(on_start[:here] & (b > 0), base[:here], b) if flat else b, ii)
            if straight:
                np.subtract(ii, a[:here], out=pp)
                np.add(b, pp, out=b)
                last[there:here] = b[there:] + (a[there:here] - shift)
                if self.settle:
                    b[there:] = 0
            else:
                i = np.subtract(ii, shift, out=u[:here]) if self.floats else ii
                if mixed:
                    np.multiply(k[:here], i, out=pp)
                    np.subtract(a[:here], pp, out=pp)
                elif rules[0].net:
                    np.subtract(a[:here], i, out=pp)
                else:
                    pp[...] = a[:here]
                if self.watch:
                    np.minimum(pp, b, out=pp)
                if self.settle:
                    pp[there:] = b[there:]
                if self.watch:
                    below = pp < 0
                    if capitals:
                        below &= ~capital[:here]
                    if below.any():
                        negative[:here] |= below
                        pp[below] = 0  # such a plan is refused; its balance must not run away meanwhile
                np.subtract(b, pp, out=b)
                if self.watch:
                    early[:there] |= b[:there] == 0
            if self.store and narrow:
                np.copyto(kept[0, cells], b, casting="unsafe")
            elif self.store:
                np.add(b, shift, out=kept[0, cells])
            elif not plain:
                if straight:
                    i = np.subtract(ii, shift, out=u[:here])
                    np.subtract(a[:here] - shift, i, out=pp)
                    pp[there:] = last[there:here] - i[there:]
                if unpaid:
                    due[there:here] = 1
                    i *= due[:here]
                last[there:here] = i[there:] + pp[there:]
                if t == 0:
                    begin[:] = i + pp
                total[:here] += i.astype(np.int64)
                np.maximum(peak[:here], (i + pp).astype(np.int64), out=peak[:here])
            elif t == 0:
                begin[:] = np.where(term > 1, amount[0], last)
        if not self.store and plain:
            peak = np.where(term > 1, np.maximum(amount[0], last), last)
            total = amount[0] * (term - 1) + last - work.opening
        return Block(
            rows,
            left,
            offset,
            accrue.SHIFT_BITS if self.floats and not narrow else 0,
            work.opening,
            begins + work.lengths,
            None if straight else room[1],
            room[0],
            amount,
            negative,
            early,
            begin,
            peak,
            last,
            total,
        )

    def _accrual(self, work: Work) -> Callable[[int, int, Numbers, Numbers], None]:
        """Interest of period t for the first n loans of the block, written to ``out``."""
        mode, multiple, den = work.interest_mode, work.interest_multiple, work.den
        rounded = (
            accrue.by_float(mode, multiple)
            if self.floats
            else accrue.by_integer(den, mode, multiple, wide=self.wide)
        )
        if work.table is None:
            first, regular = work.num * work.first, work.num * work.regular
            f0: Numbers = accrue.float_factor(first, den, mode, multiple) if self.floats else first
            f: Numbers = accrue.float_factor(regular, den, mode, multiple) if self.floats else regular

            def periodic(t: int, n: int, balance: Numbers, out: Numbers) -> None:
                rounded(balance, (f if t else f0)[:n], out)

            return periodic
        table, calendar, num = work.table, work.calendar, work.num
        per_unit = accrue.float_factor(num, den, mode, multiple) if self.floats else num
        few = len(calendar) * len(table) <= FEW_CELLS
        gathered = table[:, calendar] if few else None

        def dated(t: int, n: int, balance: Numbers, out: Numbers) -> None:
            units = table[t][calendar[:n]] if gathered is None else gathered[t, :n]
            if self.floats:
                rounded(balance * units, per_unit[:n], out)
            else:
                rounded(balance, np.asarray(per_unit[:n] * units, np.int64), out)

        return dated


def _last_amortising(rules: tuple[Rule, ...]) -> int:
    return max((s for s, rule in enumerate(rules) if rule.amortises), default=-1)


def _edges(begins: Ints, lengths: Ints) -> dict[int, list[tuple[int, Ints | slice]]]:
    """For each period, the stages that begin in it, and for which loans."""
    edges: dict[int, list[tuple[int, Ints | slice]]] = {}
    for s in range(len(begins)):
        live = lengths[s] > 0
        if not live.any():
            continue
        if live.all() and (begins[s] == begins[s, 0]).all():
            edges.setdefault(int(begins[s, 0]), []).append((s, slice(None)))
            continue
        loans = np.flatnonzero(live)
        order = loans[np.argsort(begins[s, loans], kind="stable")]
        starts, cuts = np.unique(begins[s, order], return_index=True)
        for t, pos in zip(starts.tolist(), np.split(order, cuts[1:]), strict=True):
            edges.setdefault(t, []).append((s, pos))
    return edges


def _amount(work: Work, s: int, t: int, pos: Ints | slice, balance: Numbers, begins: Ints) -> Ints:
    """``A`` of stage s for the loans in which it begins at period t."""
    rule, given = work.rules[s], work.amounts[s, pos]
    if rule.amount is Amount.NONE:
        return np.zeros_like(given)
    some_given = work.given
    if rule.amount is Amount.GIVEN or (some_given and (given >= 0).all()):
        return given
    later = [r for r in range(s, len(work.rules)) if work.rules[r].amortises]
    count = np.asarray(work.lengths[later][:, pos].sum(axis=0), np.int64)
    b = np.asarray(balance[pos], np.int64)
    mode, multiple = work.instalment_mode, work.instalment_multiple
    left = work.balloons[s, pos]
    some_leave = work.leaves and (left >= 0).any()
    if some_leave:
        count = np.where(left >= 0, work.lengths[s, pos], count)
    if rule.amount is Amount.SHARE:
        solved = solve.share(b - np.maximum(left, 0), count, mode, multiple)
        return np.where(given >= 0, given, solved) if some_given else solved
    num = work.num[pos]
    if work.table is None and not some_leave:
        regular = num * work.regular[pos]
        first = num * work.first[pos] if t == 0 else regular
        solved = solve.level_regular(b, first, regular, work.den, count, mode, multiple)
    else:
        # A stage that leaves a balloon is solved over its own rows alone.
        spans = [
            (begins[r, pos], begins[r, pos] + np.where((left >= 0) & (r > s), 0, work.lengths[r, pos]))
            for r in later
        ]
        units = _units(work, pos)

        def factors(k: int | slice, loans: Ints | slice) -> tuple[Ints, Bools]:
            at = t + k if isinstance(k, int) else np.arange(t + k.start, t + k.stop)[:, None]
            pays = np.zeros(np.broadcast_shapes(np.shape(at), b[loans].shape), np.bool_)
            for begin, end in spans:
                pays |= (begin[loans] <= at) & (at < end[loans])
            return num[loans] * np.where(pays, units(at, loans), 0), pays

        last = int(max(end.max() for _, end in spans)) - t
        rest = np.maximum(left, 0)
        solved = solve.level_uneven(b, factors, last, work.den, count, mode, multiple, rest)
    return np.where(given >= 0, given, solved) if some_given else solved


def _units(work: Work, pos: Ints | slice) -> Callable[[Any, Ints | slice], Ints]:
    """Units of periods for some loans: ``units(t, loans)``."""
    table, calendar = work.table, work.calendar[pos]
    first, regular = work.first[pos], work.regular[pos]

    def units(at: Any, loans: Ints | slice) -> Ints:
        if table is None:
            return np.where(np.asarray(at) == 0, first[loans], regular[loans])
        return np.asarray(table[at, calendar[loans]])

    return units


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
        if work.table is None:
            units = np.where(t == 0, work.first[left], work.regular[left])
        else:
            units = work.table[np.minimum(t, len(work.table) - 1), work.calendar[left]].astype(np.int64)
        interest = np.empty(len(left), np.int64)
        accrual(balance, work.num[left] * units, interest)
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
