"""What stages pay: their amounts, when they are solved, and the principal that moves beside them."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt

from repayplan.basics.outcome import Bools, Ints, all_of, any_of, largest, span
from repayplan.kernel import solve, uneven
from repayplan.kernel.accrue import Numbers, divide_product, settle
from repayplan.kernel.courses import Course, Pays
from repayplan.kernel.moving import moved_in, rounded_interest
from repayplan.kernel.rules import Amount, Change
from repayplan.kernel.work import Work


def opening_amount(work: Work) -> Ints:
    """``A`` of the first stage alone, without writing the schedule."""
    begins = np.zeros_like(work.lengths)
    return amount_of(work, 0, 0, slice(None), work.opening, begins)


def added_on(work: Work, s: int, t: int, pos: Ints | slice, balance: Ints) -> tuple[Ints, Ints]:
    """Interest of each row of a stage that begins at period ``t``, and of its last one.

    That of all its rows on the balance at its start, rounded once and divided among them, rounded; the last
    takes the rest. Each is rounded down where the rest would be below zero.
    """
    length, num, units = work.lengths[s, pos], work.num[pos], units_of(work, pos, None)
    every = slice(None)
    rows = range(int(length.max(initial=0)))
    inside = [np.where(k < length, balance, 0) for k in rows]
    total = rounded_interest(
        work, [(part, num * units(t + k, every)) for k, part in zip(rows, inside, strict=True)]
    )
    size, sign, multiple = np.abs(total), np.sign(total), work.interest_multiple
    quotient, rest = np.divmod(size, length)
    each = settle(quotient, rest, length, work.interest_mode, multiple)
    each = np.where(each * (length - 1) > size, quotient // multiple * multiple, each)
    return sign * each, sign * (size - each * (length - 1))


def paid_with(work: Work, principal: Ints, interest: Ints) -> Ints:
    """The principal of a row that pays it and its interest as one instalment, rounded."""
    one = np.ones_like(principal)
    paid = settle(principal + interest, one - 1, one, work.instalment_mode, work.instalment_multiple)
    return paid - interest


def stage_begins(lengths: Ints) -> Ints:
    """int64 (stages, loans); the period in which each stage begins."""
    begins = np.zeros(lengths.shape, np.int64)
    for s in range(1, len(lengths)):
        np.add(begins[s - 1], lengths[s - 1], out=begins[s])
    return begins


def stage_starts(begins: Ints, lengths: Ints) -> dict[int, list[tuple[int, Ints | slice]]]:
    """For each period, the stages that begin in it, and for which loans."""
    edges: dict[int, list[tuple[int, Ints | slice]]] = {}
    for s in range(len(begins)):
        live = lengths[s] > 0
        if not any_of(live):
            continue
        if all_of(live) and all_of(begins[s] == begins[s, :1]):
            edges.setdefault(int(begins[s, 0]), []).append((s, slice(None)))
            continue
        loans = np.flatnonzero(live)
        begin = begins[s, loans].astype(np.int16)
        order, count = loans[np.argsort(begin, kind="stable")], np.bincount(begin)
        starts = np.flatnonzero(count)
        for t, pos in zip(starts.tolist(), np.split(order, np.cumsum(count[starts])[:-1]), strict=True):
            edges.setdefault(t, []).append((s, pos))
    return edges


def solved_anew(work: Work, begins: Ints) -> dict[int, list[tuple[int, Ints | slice]]]:
    """For each period, the stages whose instalment is solved anew within them, and for which loans."""
    out: dict[int, list[tuple[int, Ints | slice]]] = {}
    ends = np.minimum(begins + work.lengths, work.term)
    for move in work.moves:
        for t in np.unique(move.anew[move.anew >= 0]).tolist():
            for s, rule in enumerate(work.rules):
                inside = (begins[s] < t) & (t < ends[s]) & (work.amounts[s] < 0)
                mine = np.flatnonzero(inside & (move.anew == t))
                if rule.solved and len(mine):
                    out.setdefault(t, []).append((s, mine))
    if work.resets is None:
        return out
    changed = work.resets.changed
    for s, rule in enumerate(work.rules):
        if rule.amount is not Amount.LEVEL or rule.change is not Change.RESOLVE:
            continue
        solved = np.flatnonzero((work.amounts[s] < 0) & (work.lengths[s] > 1))
        end = ends[s, solved]
        for t in np.flatnonzero(changed.any(axis=1)).tolist():
            mine = changed[t, work.calendar[solved]] & (begins[s, solved] < t) & (t < end)
            if mine.any():
                out.setdefault(t, []).append((s, span(solved[mine])))
    return out


def raise_amounts(work: Work, course: Course, t: int, a: Numbers, ceiling: int) -> None:
    """Raises the amounts that grow before row ``t``, in place."""
    growth, step = course.growth[t, : len(a)], course.step[t, : len(a)]
    pos = np.flatnonzero((growth != 0) & (a > 0))
    if len(pos):
        whole = a[pos].astype(np.int64)
        grown = divide_product(whole, solve.GROWTH_ONE + growth[pos], solve.GROWTH_ONE)
        a[pos] = np.minimum(
            settle(*grown, solve.GROWTH_ONE, work.instalment_mode, work.instalment_multiple), ceiling
        )
    a += step
    np.minimum(a, ceiling, out=a)


def amount_of(work: Work, s: int, t: int, pos: Ints | slice, balance: Numbers, begins: Ints) -> Ints:
    """``A`` of stage s for the loans in which it begins, or is solved anew, at period t."""
    if t == 0 and work.solved is not None:
        return work.solved[pos]
    amount = _solved(work, s, t, pos, balance, begins)
    agreed = None if work.agreed is None else work.agreed.amounts.get((s, t))
    if work.agreed is not None and agreed is not None:
        amount = np.where(work.agreed.whose[pos], agreed[pos], amount)
    if work.floors is None or not work.rules[s].solved:
        return amount
    floor = work.floors[s, pos]
    return np.where(floor > 0, np.maximum(amount, floor), amount)


def _solved(work: Work, s: int, t: int, pos: Ints | slice, balance: Numbers, begins: Ints) -> Ints:
    """The same without regard to what it may not be below."""
    rule, given = work.rules[s], work.amounts[s, pos]
    if rule.amount is Amount.NONE:
        return np.zeros_like(given)
    some_given = work.given
    if rule.amount is Amount.GIVEN or (some_given and all_of(given >= 0)):
        return given
    later = [r for r in range(s, len(work.rules)) if work.rules[r].amortises]
    rows = [work.lengths[r, pos] for r in later]
    gone = t - begins[s, pos]  # rows of the stage that are written already
    count: Ints = reduce(np.add, rows) - gone
    b = np.asarray(balance[pos], np.int64)
    mode, multiple = work.instalment_mode, 1 if rule.added_on else work.instalment_multiple
    left = work.balloons[s, pos]
    some_leave = work.leaves and any_of(left >= 0)
    if some_leave:
        count = np.where(left >= 0, work.lengths[s, pos] - gone, count)
        left = _at_most_owed(work, t, pos, b, left)
    if work.course is not None or any((move.period[pos] == t).any() for move in work.moves):
        return amount_on_course(work, s, t, pos, (b, np.maximum(left, 0)), begins)
    if rule.amount is Amount.SHARE:
        solved = solve.share(b - np.maximum(left, 0), count, mode, multiple)
        return np.where(given >= 0, given, solved) if some_given else solved
    num = work.num[pos]
    known = rule.change is not Change.FORESEE
    if work.later is None and not some_leave:
        regular = num * work.regular[pos]
        first = num * work.first[pos] if t == 0 else regular
        whole = t == 0 and len(work.rules) == 1 and isinstance(pos, slice) and work.stop is None
        grown = work.grown() if whole else None
        solved = solve.level_regular(b, first, regular, work.den, count, mode, multiple, grown)
    elif work.resets is not None and work.resets.even and known and not some_leave:
        unit, rate = work.resets.units[min(1, len(work.resets.units) - 1)], work.resets.known(t, rule.change)
        regular = (unit * rate)[work.calendar[pos]]
        kept = rule.change is Change.KEEP
        first = (work.resets.units[t] * rate)[work.calendar[pos]] if kept else work.units(t, pos)
        solved = solve.level_regular(b, first, regular, work.den, count, mode, multiple)
    else:
        # A stage that leaves a balloon is solved over its own rows alone.
        spans = [
            (
                begins[r, pos],
                begins[r, pos] + (np.where(left >= 0, 0, own) if some_leave and r > s else own),
            )
            for r, own in zip(later, rows, strict=True)
        ]
        units = units_of(work, pos, t if known else None, rule.change)

        def factors(k: int | slice, loans: Ints | slice) -> tuple[Ints, Bools]:
            at = t + k if isinstance(k, int) else np.arange(t + k.start, t + k.stop)[:, None]
            pays = np.zeros(np.broadcast_shapes(np.shape(at), b[loans].shape), np.bool_)
            for begin, end in spans:
                pays |= (begin[loans] <= at) & (at < end[loans])
            return num[loans] * np.where(pays, units(at, loans), 0), pays

        last = int(max(largest(end) for _, end in spans)) - t
        rest = np.maximum(left, 0) if some_leave else None
        by = None
        if work.later is not None and _follow_on(spans):
            ahead, calendar = _ahead(work, pos, t, last, rule.change)
            by = uneven.annuity(num / work.den, units(t, slice(None)), ahead, calendar, count)
        solved = uneven.level_uneven(b, factors, last, work.den, count, mode, multiple, rest, by)
    return np.where(given >= 0, given, solved) if some_given else solved


def _at_most_owed(work: Work, t: int, pos: Ints | slice, balance: Ints, left: Ints) -> Ints:
    """What a stage leaves: no more than is owed, where that was prepaid, or all of it was paid before."""
    owed = balance + sum(amount for amount, _ in moved_in(work, t, pos, balance, anew=True))
    prepaid = [
        (move.period[pos] >= 0) & (move.period[pos] <= t) & (move.amount[pos] < 0) for move in work.moves
    ]
    less = np.any(prepaid, axis=0) if prepaid else False
    return np.where((left >= 0) & (less | (owed == 0)), np.minimum(left, owed), left)


def _follow_on(spans: list[tuple[Ints, Ints]]) -> bool:
    """Whether every row up to the end of a loan's last span lies in one of its spans; the first has begun."""
    until = spans[0][1]
    for begin, end in spans[1:]:
        if any_of((begin > until) & (end > begin)):
            return False
        until = np.maximum(until, end)
    return True


def _ahead(
    work: Work, pos: Ints | slice, t: int, last: int, change: Change
) -> tuple[Ints | npt.NDArray[np.int32], Ints]:
    """Units of the ``last - 1`` periods after ``t``, and which calendar of them each loan has.

    Where rates change, at the rate known in ``t``, unless the amount foresees them.
    """
    calendar, every = work.calendar[pos], np.asarray(work.later)
    used: Ints | slice = slice(None)
    if len(calendar) < every.shape[1]:  # few of many: what nobody here has isn't worked out
        used, calendar = np.unique(calendar, return_inverse=True)
    if change is not Change.FORESEE and work.resets is not None:
        return work.resets.units[t + 1 : t + last, used] * work.resets.known(t, change)[used], calendar
    return every[t : t + last - 1, used], calendar


def amount_on_course(
    work: Work, s: int, t: int, pos: Ints | slice, owed: tuple[Ints, Ints], begins: Ints
) -> Ints:
    """:func:`amount_of` where single rows pay something else, or principal moves within the first of them.

    ``owed``: the balance, and what is to be left.
    """
    course, rule, (b, rest) = work.course, work.rules[s], owed
    given, num, leaves = work.amounts[s, pos], work.num[pos], work.balloons[s, pos] >= 0
    later = [r for r in range(s, len(work.rules)) if work.rules[r].amortises]
    spans = [
        (begins[r, pos], begins[r, pos] + np.where(leaves & (r > s), 0, work.lengths[r, pos])) for r in later
    ]
    units = units_of(work, pos, t if rule.change is not Change.FORESEE else None, rule.change)

    def rows(k: int, loans: Ints | slice) -> tuple[Ints, Bools, Ints, Ints]:
        at, zero = t + k, np.zeros_like(b[loans])
        inside = zero.astype(np.bool_)
        for begin, end in spans:
            inside |= (begin[loans] <= at) & (at < end[loans])
        own = course is not None and at < len(course)
        kind = course.pays[at, pos][loans] if course is not None and own else zero
        growth = course.growth[at, pos][loans] if course is not None and own else zero
        step = course.step[at, pos][loans] if course is not None and own else zero
        bears = inside & (kind != Pays.INTEREST)
        number = num[loans] * np.where(bears, units(at, loans), 0)
        return number, inside & (kind == Pays.RULE), np.where(inside, growth, 0), np.where(inside, step, 0)

    last = int(max((int(end.max(initial=0)) for _, end in spans), default=0)) - t
    moved = moved_in(work, t, pos, b, anew=True, kept=rule.change is Change.KEEP)
    count = np.zeros_like(b)
    for k in range(last):
        count += rows(k, slice(None))[1]
    mode, multiple = work.instalment_mode, 1 if rule.added_on else work.instalment_multiple
    if rule.amount is Amount.SHARE:
        b = b + sum(amount for amount, _ in moved)
        solved = solve.share(b - rest, np.maximum(count, 1), mode, multiple)
    else:
        idle = course is not None and t < len(course)
        pays_interest = course.pays[t, pos] == Pays.INTEREST if course is not None and idle else False
        moved = [(amount, np.where(pays_interest, 0, rest_of)) for amount, rest_of in moved]
        never = count == 0

        def payers(k: int, loans: Ints | slice) -> tuple[Ints, Bools, Ints, Ints]:
            number, pays, growth, step = rows(k, loans)
            return number, pays | never[loans], growth, step

        # Where no row is left that pays it, the amount doesn't matter: the plan's last row pays the rest.
        solved = solve.level_varying(b, payers, last, work.den, mode, multiple, rest, moved)
        # Nor is there anything to pay, by instalments that rise to nothing.
        still = b + sum(amount for amount, _ in moved)
        solved = np.where(never | (still == 0), 0, solved)
    return np.where(given >= 0, given, solved)


def units_of(
    work: Work, pos: Ints | slice, known: int | None, change: Change = Change.RESOLVE
) -> Callable[[Any, Ints | slice], Ints]:
    """Units of periods for some loans: ``units(t, loans)``.

    ``known``: the period at whose end the rate is taken for all later ones, where rates change; where the
    amount is kept, the one at whose beginning it is taken for all, that one too.
    """
    place, resets = np.arange(len(work.opening))[pos], work.resets

    def units(at: Any, loans: Ints | slice) -> Ints:
        own = work.units(at, place[loans])
        if resets is None or known is None:
            return own
        calendar = work.calendar[place[loans]]
        counted = resets.units[at, calendar] * resets.known(known, change)[calendar]
        return counted if change is Change.KEEP else np.where(np.asarray(at) == known, own, counted)

    return units
