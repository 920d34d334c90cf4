"""Rows that fall due, and what is charged where they are late: the state of accounts, exact at every day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from repayplan.basics.outcome import Bools, Ints, all_of, any_of
from repayplan.basics.rounding import Mode
from repayplan.kernel.accrue import divide_product, rounds_up, settle
from repayplan.kernel.allocate import Part, Stretch, before, some_of, sums, totals

LEDGERS = (Part.PENALTY, Part.COMPOUND)
CLEAR = 2
"""Units by which a bound that isn't looked at each day must be clear of what it bounds."""
MOST = 2**60
"""What a ledger may charge a row; three times as much of each and their sums fit int64."""
_FAR = 2.0**36  # of steps that charge less than MOST / 2**24, nobody lives to see enough
FOREVER = np.iinfo(np.int64).max // 4
"""A bound that binds nothing; a day that doesn't come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """A rule of what being late costs, in numbers.

    Attributes
    ----------
    on
        Of each ledger, the parts that it is charged on.
    daily
        Of each ledger, whether what was charged bears interest from the next day on, where it bears any.
    den
        What the product of a rate and a number of days is over.
    units
        ``units(start, end)`` over int64 day numbers: the days counted.
    by_day
        Whether each day's charge is rounded by itself.
    mode
        How charges are rounded.
    per_day
        int64 (loans,); the most that a ledger charges a row a day.
    of_row
        The most that being late costs of a row, as a share of what was asked for: numerator and denominator.
    room
        ``room(loans, day)``: the most that being late may have cost each of the loans when the day (int64,
        one for each loan) begins; None: whatever it costs.
    bend
        ``bend(loans, first, last)``: how far the room may be below the straight line from one day to another
        between two due dates; None: the room doesn't grow.
    """

    on: tuple[tuple[Part, ...], ...]
    daily: tuple[bool, ...]
    den: int
    units: Callable[[Ints, Ints], Ints]
    by_day: bool
    mode: Mode
    per_day: Ints | None = None
    of_row: tuple[int, int] | None = None
    room: Callable[[Ints, Ints], Ints] | None = None
    bend: Callable[[Ints, Ints, Ints], Ints] | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class Demands:
    """Rows of some accounts and where they stand; what :meth:`charge` and payments change.

    Attributes
    ----------
    of
        int64 (rows,); whose they are.
    due
        int64 (rows,); day numbers.
    begins
        int64 (rows,); the first day that is charged for.
    firm
        int64 (rows,); the day from which what was charged is owed: days of grace are over.
    charged
        int64 (rows, :data:`~repayplan.kernel.allocate.PARTS`); what was asked for so far, charges for being
        late rounded down.
    left
        The same less what was paid or given up.
    rest
        int64 (rows, 2); what charges are above that, over the law's ``den``.
    settled
        int64 (rows, 2); what of the charges bears interest itself, as far as it is still owed.
    rate
        int64 (loans, 2); of each ledger, over the law's ``den`` a day.
    levied
        int64 (loans,); what being late has cost so far, where there is a bound: charges and late fees.
    late_fee
        int64 (rows,); what of the fees that is.
    joined
        int64 (rows, 2); what a new plan asks for instead: charges for being late, and everything else.
    beyond
        bool (loans,); of which a ledger would have charged more than :data:`MOST`: their figures are none.
    parts
        Those of which something is, or may be, asked for: of no row there is anything of others.
    """

    of: Ints
    due: Ints
    begins: Ints
    firm: Ints
    charged: Ints
    left: Ints
    rest: Ints
    settled: Ints
    rate: Ints
    levied: Ints
    late_fee: Ints
    joined: Ints
    beyond: Bools
    parts: tuple[Part, ...]

    def _above(self, law: Law, i: int, rows: Ints) -> Bools | int:
        """By what rounding makes more of what ledger ``i`` has charged of each row: 0 or 1."""
        rest = self.rest[:, i].take(rows)
        if not any_of(rest):
            return 0
        return rounds_up(self.charged[:, LEDGERS[i]].take(rows), rest, law.den, law.mode)

    def owed(self, law: Law, rows: Ints) -> Ints:
        """int64 (rows, PARTS): what was asked for and isn't paid or given up, charges rounded."""
        left = some_of(self.left, rows, self.parts)
        for i, part in enumerate(LEDGERS[: len(law.on)]):
            left[:, part] += self._above(law, i, rows)
        return left

    def late(self, law: Law, i: int, rows: Ints) -> Ints:
        """What ledger ``i`` has charged of each row, rounded."""
        return np.asarray(self.charged[:, LEDGERS[i]].take(rows) + self._above(law, i, rows), np.int64)

    def cost(self, law: Law, rows: Ints) -> Ints:
        """What being late has cost of each row."""
        charges = sum(self.late(law, i, rows) for i in range(len(law.on)))
        return np.asarray(charges + self.late_fee[rows] + self.joined[rows, 0], np.int64)

    def most(self, share: tuple[int, int], rows: Ints) -> Ints:
        """A share of what was due of the rows without what being late cost, rounded down."""
        asked = self.asked(rows) - self.late_fee[rows] + self.joined[rows, 1]
        return divide_product(asked, np.full(len(rows), share[0]), share[1])[0]

    def asked(self, rows: Ints) -> Ints:
        """What was asked for of the rows without charges for days of being late."""
        return self._plain(self.charged, rows)

    def missing(self, rows: Ints) -> Ints:
        """What is owed of the rows without charges for days of being late."""
        return self._plain(self.left, rows)

    @property
    def plain(self) -> tuple[Part, ...]:
        """The parts but for charges for days of being late."""
        return tuple(part for part in self.parts if part not in LEDGERS)

    def _plain(self, amounts: Ints, rows: Ints) -> Ints:
        return sums(some_of(amounts, rows, self.plain), self.plain)

    def move(self, rows: Ints, to: Ints) -> Ints:
        """What is missing of the rows is asked for with others, no two with the same: int64 (rows, PARTS)."""
        moved = self.left[rows]
        moved[:, LEDGERS] = 0
        for column in (self.charged, self.left):
            column[rows] -= moved
            column[to] += moved
        return moved

    def clear(self, rows: Ints, amounts: Ints) -> None:
        """What is paid or given up; of charges first what bears interest itself."""
        for part in self.parts:
            some = np.flatnonzero(amounts[:, part])
            if not len(some):
                continue
            mine, gone, left = rows[some], amounts[:, part][some], self.left[:, part]
            left[mine] -= gone
            if part in LEDGERS:
                settled = self.settled[:, LEDGERS.index(part)]
                settled[mine] = np.maximum(settled[mine] - gone, 0)

    def take_over(self, rows: Ints, amounts: Ints) -> None:
        """What a new plan asks for isn't asked for any more; what is above charges goes with it."""
        self.charged[rows] -= amounts
        self.clear(rows, amounts)
        self.joined[rows, 0] += sums(amounts, LEDGERS)
        self.joined[rows, 1] += sums(amounts, self.plain)
        for i, part in enumerate(LEDGERS):
            gone = rows[amounts[:, part] > 0]
            rest = self.rest[gone, i]
            self.rest[gone, i] = np.where(self.left[gone, part] <= 0, 0, rest)
            # Where charges were rounded up, the unit that wasn't whole yet was asked for as well.
            short = np.minimum(self.left[gone, part], 0)
            self.charged[gone, part] -= short
            self.left[gone, part] -= short

    def forget(self, law: Law, rows: Ints) -> None:
        """Charges of days of grace in which all was paid: there were none."""
        late = self.cost(law, rows) - self.late_fee[rows] - self.joined[rows, 0]
        np.subtract.at(self.levied, self.of[rows], late)
        for i, part in enumerate(LEDGERS):
            self.charged[rows, part] = self.left[rows, part] = 0
            self.rest[rows, i] = self.settled[rows, i] = 0

    def settle_ledger(self, law: Law, i: int, rows: Ints) -> None:
        """What ledger ``i`` has charged of the rows, as it is owed, bears interest from now on."""
        self.settled[rows, i] = self._owed_late(law, i, rows)

    def _owed_late(self, law: Law, i: int, rows: Ints) -> Ints:
        return np.asarray(self.left[:, LEDGERS[i]].take(rows) + self._above(law, i, rows), np.int64)

    def _levy(self, i: int, rows: Ints, more: Ints | Bools | int) -> None:
        for amounts in (self.charged, self.left):
            column = amounts[:, LEDGERS[i]]
            column[rows] += more

    def round_off(self, law: Law, rows: Ints) -> None:
        """Charges so far are what they round to."""
        for i in range(len(law.on)):
            self._levy(i, rows, self._above(law, i, rows))
            self.rest[rows, i] = 0

    def charge(self, law: Law, at: Stretch, start: Ints, end: Ints) -> None:
        """Charges the rows for the days from ``start`` up to ``end``, the last not counted.

        Parameters
        ----------
        law
            The rule.
        at
            The rows, and whose they are.
        start, end
            int64; day numbers of each row. Within them nothing else happens to a row. Where the first isn't
            before the last, there are no days.
        """
        some = start < end
        if not any_of(some):
            return
        rows, start, end = at.rows[some], start[some], end[some]
        if any(law.daily):
            self._day_by_day(law, among_rows(at, some), start, end)
        elif law.room is None and law.of_row is None:
            self._step(law, rows, start, end)
        else:
            self._bounded(law, among_rows(at, some), start, end)

    def _bounded(self, law: Law, at: Stretch, start: Ints, end: Ints) -> None:
        """The same in one step for loans that stay clear of every bound, day by day for the others.

        Charges and bounds both grow by the same each day, but for roundings of less than a unit each and for
        what the law says that a bound bends: what is as far from it on the first and on the last day, and
        :data:`CLEAR` for each row, is below it in between.
        """
        rows = at.rows
        charges, wild = self._charges(law, rows, start, end)
        was, grown = [], np.zeros(len(rows), np.int64)
        for i, (more, rest) in enumerate(charges):
            charged = self.charged[:, LEDGERS[i]].take(rows)
            now = charged + more
            was.append(charged + rounds_up(charged, self.rest[:, i].take(rows), law.den, law.mode))
            grown += now + rounds_up(now, rest, law.den, law.mode) - was[i]
        # Without the bound, charges may leave the domain; with it they may not.
        close = np.zeros(len(rows), np.bool_)
        close[wild] = True
        if law.of_row is not None:
            cost = sum(was, grown + self.late_fee.take(rows) + self.joined[rows, 0])
            close |= cost > self.most(law.of_row, rows) - CLEAR
        loans, grown = self.of.take(rows[at.heads]), totals(grown, at.heads)
        near = np.zeros(len(loans), np.bool_)
        near[at.of[close]] = True
        if law.room is not None:
            first, last = start[at.heads], end[at.heads]
            clear = CLEAR * (1 + np.bincount(at.of))
            cost = self.levied[loans]
            if law.bend is not None:
                first, last = np.minimum.reduceat(start, at.heads), np.maximum.reduceat(end, at.heads)
                clear += law.bend(loans, first, last)
                near |= cost > law.room(loans, first) - clear
            near |= cost + grown > law.room(loans, last) - clear
        if any_of(near):
            back = near[at.of]
            calm = ~back
            charges = [(each[calm], rest[calm]) for each, rest in charges]
            self._day_by_day(law, among(at, near), start[back], end[back])
            rows, loans, grown = rows[calm], loans[~near], grown[~near]
        self._enter(rows, charges)
        self.levied[loans] += grown

    def _base(self, law: Law, i: int, rows: Ints) -> Ints:
        """What ledger ``i`` is charged on."""
        columns = [
            self.settled[:, LEDGERS.index(part)] if part in LEDGERS else self.left[:, part]
            for part in law.on[i]
        ]
        return np.asarray(sum(column.take(rows) for column in columns), np.int64)

    def _step(self, law: Law, rows: Ints, start: Ints, end: Ints) -> None:
        """Charges for days on which nothing changes what is charged on, or the rate."""
        charges, wild = self._charges(law, rows, start, end)
        self.beyond[self.of[rows[wild]]] = True
        self._enter(rows, charges)

    def _enter(self, rows: Ints, charges: list[tuple[Ints, Ints]]) -> None:
        """The rows are charged; nothing where charges would leave the domain."""
        for i, (more, rest) in enumerate(charges):
            self._levy(i, rows, more)
            self.rest[rows, i] = rest

    def _charges(self, law: Law, rows: Ints, start: Ints, end: Ints) -> tuple[list[tuple[Ints, Ints]], Ints]:
        """What each ledger charges for such days, with what is above it then; rows where that is too much."""
        days, whose = law.units(start, end), self.of.take(rows)
        found, wild = [], np.zeros(0, np.int64)
        for i in range(len(law.on)):
            base, rate, beyond = self._within(law, i, rows, whose, days)
            wild = np.append(wild, beyond)
            before_it = self.rest[:, i].take(rows)
            if law.by_day:
                each, rest = divide_product(base, rate, law.den)
                each = settle(each, rest, law.den, law.mode, 1)
                if law.per_day is not None:
                    each = np.minimum(each, law.per_day[whose])
                found.append((each * days, before_it))
                continue
            more, rest = divide_product(base, rate * days, law.den)
            if law.per_day is not None:
                most = law.per_day[whose]
                whole, left = divide_product(base, rate, law.den)
                above = (whole > most) | ((whole == most) & (left > 0))
                more, rest = np.where(above, most * (end - start), more), np.where(above, 0, rest)
            rest += before_it
            carry = rest >= law.den
            found.append((more + carry, rest - carry * law.den))
        return found, wild

    def _within(self, law: Law, i: int, rows: Ints, whose: Ints, days: Ints) -> tuple[Ints, Ints, Ints]:
        """What ledger ``i`` is charged on and its rate: both 0 where charges would leave the domain."""
        base, rate = self._base(law, i, rows), self.rate[:, i].take(whose)
        spans = float(rate.max(initial=0)) * float(days.max(initial=0))
        if spans < MOST and float(base.max(initial=0)) * spans < _FAR * law.den:
            return base, rate, np.zeros(0, np.int64)
        span = rate.astype(np.float64) * days
        charged = self.charged[rows, LEDGERS[i]] + base * (span / law.den)
        wild = (span >= MOST) | (charged >= MOST)
        if law.per_day is not None:
            # Far below a day's charge, the bound is what is charged: as well of a unit more at a rate of 1.
            most = law.per_day[whose]
            bound = wild & (base * (rate / law.den) > 2.0 * (most + 1)) & (law.den * days < MOST)
            bound &= self.charged[rows, LEDGERS[i]] + (most + 1.0) * days < MOST
            base, rate = np.where(bound, most + 1, base), np.where(bound, law.den, rate)
            wild &= ~bound
        return np.where(wild, 0, base), np.where(wild, 0, rate), np.flatnonzero(wild)

    def _day_by_day(self, law: Law, at: Stretch, start: Ints, end: Ints) -> None:
        """The same, one day after another: what is charged bears interest, or bounds are near."""
        bounded = law.room is not None or law.of_row is not None
        for day in range(int(start.min(initial=FOREVER)), int(end.max(initial=0))):
            now = (start <= day) & (day < end)
            if not any_of(now):
                continue
            rows = at.rows[now]
            was = [self.late(law, i, rows) for i in range(len(law.on))]
            self._step(law, rows, np.full(len(rows), day), np.full(len(rows), day + 1))
            if bounded:
                self._hold(law, among_rows(at, now), was, day)
            for i, daily in enumerate(law.daily):
                if daily:
                    self.settle_ledger(law, i, rows)

    def _hold(self, law: Law, at: Stretch, was: list[Ints], day: int) -> None:
        """Charges of a day stay within the bounds: older rows come first, of each the first ledger."""
        rows = at.rows
        more = [self.late(law, i, rows) - before_it for i, before_it in enumerate(was)]
        asked = held = np.asarray(sum(more), np.int64)
        if law.of_row is not None:
            cost = np.asarray(sum(was), np.int64) + self.late_fee[rows] + self.joined[rows, 0]
            held = np.minimum(held, np.maximum(self.most(law.of_row, rows) - cost, 0))
        if law.room is not None:
            loans = self.of[rows[at.heads]]
            left = law.room(loans, np.full(len(loans), day + 1)) - self.levied[loans]
            held = np.clip(np.maximum(left, 0)[at.of] - before(held, at), 0, held)
        np.add.at(self.levied, self.of[rows], held)
        over = np.flatnonzero(asked > held)
        left = held[over]
        for i, (before_it, each) in enumerate(zip(was, more, strict=True)):
            mine = np.minimum(each[over], left)
            charged = self.charged[rows[over], LEDGERS[i]]
            self._levy(i, rows[over], before_it[over] + mine - charged)
            self.rest[rows[over], i] = 0
            left = left - mine


def among_rows(at: Stretch, rows: Bools) -> Stretch:
    """Some of the rows, with those of their loans that have any."""
    if all_of(rows):
        return at
    many = np.bincount(at.of[rows], minlength=len(at.heads))
    many = many[many > 0]
    ends = np.cumsum(many)
    return Stretch(at.rows[rows], np.repeat(np.arange(len(many)), many), ends - many)


def among(at: Stretch, loans: Bools) -> Stretch:
    """The rows of some of the loans."""
    return among_rows(at, loans[at.of])
