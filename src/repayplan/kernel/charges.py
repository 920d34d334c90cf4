"""What days of being late cost: rows that are open are charged, each for its own days, exactly."""

from __future__ import annotations

import numpy as np

from repayplan.basics.outcome import Bools, Ints, any_of
from repayplan.kernel.accrue import divide_product, rounds_up, settle
from repayplan.kernel.allocate import Stretch, among, among_rows, before, totals
from repayplan.kernel.demands import OpenRows
from repayplan.kernel.law import FOREVER, LEDGERS, MOST, Law

CLEAR = 2
"""Units by which a bound that isn't looked at each day must be clear of what it bounds."""
_FAR = 2.0**36  # of steps that charge less than MOST / 2**24, nobody lives to see enough


def charge(law: Law, rows: OpenRows, at: Stretch, loans: Ints, start: Ints, end: Ints) -> None:
    """Charges rows for the days from ``start`` up to ``end``, the last not counted.

    Parameters
    ----------
    law
        The rule.
    rows
        What is charged.
    at, loans
        The same rows, and the loans that they are of.
    start, end
        int64; day numbers of each row. Within them nothing else happens to a row. Where the first isn't
        before the last, there are no days.
    """
    late = start < end
    if not any_of(late):
        return
    if any(law.daily):
        _day_by_day(law, rows, at, loans, start, end)
    elif law.room is None and law.of_row is None:
        _step(law, rows, at, loans, start, end)
    else:
        _bounded(law, rows, at, loans, start, end)


def _bounded(law: Law, rows: OpenRows, at: Stretch, loans: Ints, start: Ints, end: Ints) -> None:
    """The same in one step for loans that stay clear of every bound, day by day for the others.

    Charges and bounds both grow by the same each day, but for roundings of less than a unit each and for
    what the law says that a bound bends: what is as far from it on the first and on the last day, and
    :data:`CLEAR` for each row, is below it in between.
    """
    charges, wild = _charges(law, rows, at, loans, start, end)
    was, grown = [], np.zeros(len(rows.rows), np.int64)
    for i, (more, rest) in enumerate(charges):
        now = rows.get("charged", LEDGERS[i]) + more
        was.append(rows.late(law, i))
        grown += now + rounds_up(now, rest, law.den, law.mode) - was[i]
    # Without the bound, charges may leave the domain; with it they may not.
    close = np.zeros(len(rows.rows), np.bool_)
    close[wild] = True
    if law.of_row is not None:
        close |= rows.room(law.of_row, sum(was, grown), CLEAR) < CLEAR
    grown_of = totals(grown, at.heads)
    near = np.zeros(len(loans), np.bool_)
    near[at.of[close]] = True
    levied = rows.demands.levied
    if law.room is not None:
        first, last = start[at.heads], end[at.heads]
        clear = CLEAR * (1 + np.bincount(at.of))
        cost = levied[loans]
        if law.bend is not None:
            first, last = np.minimum.reduceat(start, at.heads), np.maximum.reduceat(end, at.heads)
            clear += law.bend(loans, first, last)
            near |= cost > law.room(loans, first) - clear
        near |= cost + grown_of > law.room(loans, last) - clear
    if any_of(near):
        back = near[at.of]
        some = rows.some(back)
        _day_by_day(law, some, among(at, near), loans[near], start[back], end[back])
        rows.adopt(back, some)
        calm = ~back
        some, charges = rows.some(calm), [(more[calm], rest[calm]) for more, rest in charges]
        _enter(some, charges)
        rows.adopt(calm, some)
        loans, grown_of = loans[~near], grown_of[~near]
    else:
        _enter(rows, charges)
    levied[loans] += grown_of


def _base(law: Law, i: int, rows: OpenRows) -> Ints:
    """What ledger ``i`` is charged on."""
    columns = [
        rows.get("settled", LEDGERS.index(part)) if part in LEDGERS else rows.get("left", part)
        for part in law.on[i]
    ]
    return np.asarray(sum(columns[1:], columns[0]), np.int64)


def _step(law: Law, rows: OpenRows, at: Stretch, loans: Ints, start: Ints, end: Ints) -> None:
    """Charges for days on which nothing changes what is charged on, or the rate."""
    charges, wild = _charges(law, rows, at, loans, start, end)
    rows.demands.beyond[loans[at.of[wild]]] = True
    _enter(rows, charges)


def _enter(rows: OpenRows, charges: list[tuple[Ints, Ints]]) -> None:
    """The rows are charged; nothing where charges would leave the domain."""
    for i, (more, rest) in enumerate(charges):
        rows.levy(i, more)
        rows.set("rest", i, rest)


def _charges(
    law: Law, rows: OpenRows, at: Stretch, loans: Ints, start: Ints, end: Ints
) -> tuple[list[tuple[Ints, Ints]], Ints]:
    """What each ledger charges for such days, with what is above it then; rows where that is too much."""
    late = start < end
    days = law.units(start, end) * late
    found, wild = [], np.zeros(0, np.int64)
    for i in range(len(law.on)):
        base, rate, beyond = _within(law, i, rows, at, loans, days)
        wild = np.append(wild, beyond)
        before_it = rows.get("rest", i)
        if law.by_day:
            each, rest = divide_product(base, rate, law.den)
            each = settle(each, rest, law.den, law.mode, 1)
            if law.per_day is not None:
                each = np.minimum(each, law.per_day[loans][at.of])
            found.append((each * days, before_it))
            continue
        more, rest = divide_product(base, rate * days, law.den)
        if law.per_day is not None:
            most = law.per_day[loans][at.of]
            whole, left = divide_product(base, rate, law.den)
            above = (whole > most) | ((whole == most) & (left > 0))
            more, rest = np.where(above, most * (end - start) * late, more), np.where(above, 0, rest)
        rest += before_it
        carry = rest >= law.den
        found.append((more + carry, rest - carry * law.den))
    return found, wild


def _within(
    law: Law, i: int, rows: OpenRows, at: Stretch, loans: Ints, days: Ints
) -> tuple[Ints, Ints, Ints]:
    """What ledger ``i`` is charged on and its rate: both 0 where charges would leave the domain."""
    base, rate_of = _base(law, i, rows), rows.demands.rate[loans, i]
    rate = rate_of.take(at.of)
    spans = float(rate_of.max(initial=0)) * float(days.max(initial=0))
    if spans < MOST and float(base.max(initial=0)) * spans < _FAR * law.den:
        return base, rate, np.zeros(0, np.int64)
    span = rate.astype(np.float64) * days
    was = rows.get("charged", LEDGERS[i])
    charged = was + base * (span / law.den)
    wild = (span >= MOST) | (charged >= MOST)
    if law.per_day is not None:
        # Far below a day's charge, the bound is what is charged: as well of a unit more at a rate of 1.
        most = law.per_day[loans][at.of]
        bound = wild & (base * (rate / law.den) > 2.0 * (most + 1)) & (law.den * days < MOST)
        bound &= was + (most + 1.0) * days < MOST
        base, rate = np.where(bound, most + 1, base), np.where(bound, law.den, rate)
        wild &= ~bound
    return np.where(wild, 0, base), np.where(wild, 0, rate), np.flatnonzero(wild)


def _day_by_day(law: Law, rows: OpenRows, at: Stretch, loans: Ints, start: Ints, end: Ints) -> None:
    """The same, one day after another: what is charged bears interest, or bounds are near."""
    bounded = law.room is not None or law.of_row is not None
    for day in range(int(start.min(initial=FOREVER)), int(end.max(initial=0))):
        now: Bools = (start <= day) & (day < end)
        if not any_of(now):
            continue
        some, here = rows.some(now), among_rows(at, now)
        whose = loans[at.of[now][here.heads]]
        was = [some.late(law, i) for i in range(len(law.on))]
        today = np.full(len(some.rows), day)
        _step(law, some, here, whose, today, today + 1)
        if bounded:
            _hold(law, some, here, whose, was, day)
        for i, daily in enumerate(law.daily):
            if daily:
                some.settle_ledger(law, i)
        rows.adopt(now, some)


def _hold(law: Law, rows: OpenRows, at: Stretch, loans: Ints, was: list[Ints], day: int) -> None:
    """Charges of a day stay within the bounds: older rows come first, of each the first ledger."""
    more = [rows.late(law, i) - before_it for i, before_it in enumerate(was)]
    asked = held = np.asarray(sum(more), np.int64)
    if law.of_row is not None:
        charges = np.asarray(sum(was), np.int64)
        held = np.minimum(held, np.maximum(rows.room(law.of_row, charges, held), 0))
    levied = rows.demands.levied
    if law.room is not None:
        left = law.room(loans, np.full(len(loans), day + 1)) - levied[loans]
        held = np.clip(np.maximum(left, 0)[at.of] - before(held, at), 0, held)
    levied[loans] += totals(held, at.heads)
    over = asked > held
    if any_of(over):
        some, left = rows.some(over), held[over]
        for i, (before_it, each) in enumerate(zip(was, more, strict=True)):
            mine = np.minimum(each[over], left)
            some.levy(i, before_it[over] + mine - some.get("charged", LEDGERS[i]))
            some.set("rest", i, np.zeros(len(left), np.int64))
            left = left - mine
        rows.adopt(over, some)
