"""Rows that fall due, and what is charged where they are late: the state of accounts, exact at every day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from repayplan.basics.outcome import Bools, Ints, any_of
from repayplan.basics.rounding import Mode
from repayplan.kernel.accrue import divide_product, settle
from repayplan.kernel.allocate import EVERY, Part, Stretch, before

LEDGERS = (Part.PENALTY, Part.COMPOUND)
PLAIN = [part for part in Part if part not in LEDGERS]
OF_PLAIN = np.array([part not in LEDGERS for part in Part], np.int64)
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

    def _rounded(self, law: Law, i: int, rows: Ints, units: Ints) -> Ints:
        """Units of ledger ``i``, rounded with what is above them."""
        rest = self.rest[rows, i]
        return settle(units, rest, law.den, law.mode, 1) if any_of(rest > 0) else units

    def owed(self, law: Law, rows: Ints) -> Ints:
        """int64 (rows, PARTS): what was asked for and isn't paid or given up, charges rounded."""
        left = self.left.take(rows, axis=0)
        for i, part in enumerate(LEDGERS):
            if any_of(self.rest[rows, i] > 0):
                charged = self.charged[rows, part]
                left[:, part] += self._rounded(law, i, rows, charged) - charged
        return left

    def late(self, law: Law, i: int, rows: Ints) -> Ints:
        """What ledger ``i`` has charged of each row, rounded."""
        return self._rounded(law, i, rows, self.charged[rows, LEDGERS[i]])

    def cost(self, law: Law, rows: Ints) -> Ints:
        """What being late has cost of each row."""
        charges = sum(self.late(law, i, rows) for i in range(len(law.on)))
        return np.asarray(charges + self.late_fee[rows] + self.joined[rows, 0], np.int64)

    def most(self, share: tuple[int, int], rows: Ints) -> Ints:
        """A share of what was due of the rows without what being late cost, rounded down."""
        asked = self.charged.take(rows, axis=0) @ OF_PLAIN - self.late_fee[rows] + self.joined[rows, 1]
        return divide_product(asked, np.full(len(rows), share[0]), share[1])[0]

    def missing(self, rows: Ints) -> Ints:
        """What is owed of the rows without charges for days of being late."""
        return np.asarray(self.left.take(rows, axis=0) @ OF_PLAIN, np.int64)

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
        self.left[rows] = self.left.take(rows, axis=0) - amounts
        for i, part in enumerate(LEDGERS):
            gone = amounts[:, part]
            if any_of(gone > 0):
                self.settled[rows, i] = np.maximum(self.settled[rows, i] - gone, 0)

    def take_over(self, rows: Ints, amounts: Ints) -> None:
        """What a new plan asks for isn't asked for any more; what is above charges goes with it."""
        self.charged[rows] -= amounts
        self.clear(rows, amounts)
        plain = amounts @ OF_PLAIN
        self.joined[rows, 0] += amounts @ EVERY - plain
        self.joined[rows, 1] += plain
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
        part = LEDGERS[i]
        charged = self.charged[rows, part]
        return np.asarray(self.left[rows, part] + self._rounded(law, i, rows, charged) - charged, np.int64)

    def _levy(self, i: int, rows: Ints, more: Ints) -> None:
        self.charged[rows, LEDGERS[i]] += more
        self.left[rows, LEDGERS[i]] += more

    def round_off(self, law: Law, rows: Ints) -> None:
        """Charges so far are what they round to."""
        for i, part in enumerate(LEDGERS):
            charged = self.charged[rows, part]
            self._levy(i, rows, self._rounded(law, i, rows, charged) - charged)
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
            int64; day numbers of each row. Within them nothing else happens to a row.
        """
        if any(law.daily):
            self._day_by_day(law, at, start, end)
        elif law.room is None and law.of_row is None:
            self._step(law, at.rows, start, end)
        else:
            self._bounded(law, at, start, end)

    def _bounded(self, law: Law, at: Stretch, start: Ints, end: Ints) -> None:
        """The same in one step for loans that stay clear of every bound, day by day for the others.

        Charges and bounds both grow by the same each day, but for roundings of less than a unit each and for
        what the law says that a bound bends: what is as far from it on the first and on the last day, and
        :data:`CLEAR` for each row, is below it in between.
        """
        rows = at.rows
        kept = [column.take(rows, axis=0) for column in (self.charged, self.left, self.rest)]
        was = self.cost(law, rows)
        beyond = self.beyond.copy()
        self._step(law, rows, start, end)
        now = self.cost(law, rows)
        # Without the bound, charges may leave the domain; with it they may not.
        near = (self.beyond & ~beyond)[self.of[rows[at.heads]]]
        self.beyond = beyond
        if law.of_row is not None:
            np.logical_or.at(near, at.of, now > self.most(law.of_row, rows) - CLEAR)
        if law.room is not None:
            loans = self.of[rows[at.heads]]
            first, last = np.minimum.reduceat(start, at.heads), np.maximum.reduceat(end, at.heads)
            clear = CLEAR * (1 + np.bincount(at.of))
            if law.bend is not None:
                clear += law.bend(loans, first, last)
            for late, day in ((was, first), (now, last)):
                cost = self.levied[loans] + np.add.reduceat(late - was, at.heads)
                near |= cost > law.room(loans, day) - clear
        if any_of(near):
            back = near[at.of]
            again = rows[back]
            self.charged[again], self.left[again], self.rest[again] = (each[back] for each in kept)
            self._day_by_day(law, among(at, near), start[back], end[back])
        calm = ~near[at.of]
        np.add.at(self.levied, self.of[rows[calm]], (now - was)[calm])

    def _base(self, law: Law, i: int, rows: Ints) -> Ints:
        """What ledger ``i`` is charged on."""
        base = np.zeros(len(rows), np.int64)
        for part in law.on[i]:
            if part in LEDGERS:
                k = LEDGERS.index(part)
                base += self.settled[rows, k]
            else:
                base += self.left[rows, part]
        return base

    def _step(self, law: Law, rows: Ints, start: Ints, end: Ints) -> None:
        """Charges for days on which nothing changes what is charged on, or the rate."""
        days = law.units(start, end)
        whose = self.of[rows]
        bases = [self._base(law, i, rows) for i in range(len(law.on))]
        for i, all_of_it in enumerate(bases):
            base, rate = self._within(law, i, rows, all_of_it, days)
            if law.by_day:
                each, rest = divide_product(base, rate, law.den)
                each = settle(each, rest, law.den, law.mode, 1)
                if law.per_day is not None:
                    each = np.minimum(each, law.per_day[whose])
                self._levy(i, rows, each * days)
                continue
            more, rest = divide_product(base, rate * days, law.den)
            if law.per_day is not None:
                most = law.per_day[whose]
                whole, left = divide_product(base, rate, law.den)
                above = (whole > most) | ((whole == most) & (left > 0))
                more, rest = np.where(above, most * (end - start), more), np.where(above, 0, rest)
            rest = rest + self.rest[rows, i]
            carry = rest >= law.den
            self._levy(i, rows, more + carry)
            self.rest[rows, i] = rest - carry * law.den

    def _within(self, law: Law, i: int, rows: Ints, base: Ints, days: Ints) -> tuple[Ints, Ints]:
        """What ledger ``i`` is charged on and its rate, both 0 where charges would leave the domain."""
        whose = self.of[rows]
        rate = self.rate[whose, i]
        spans = float(rate.max(initial=0)) * float(days.max(initial=0))
        if spans < MOST and float(base.max(initial=0)) * spans < _FAR * law.den:
            return base, rate
        span = rate.astype(np.float64) * days
        charged = self.charged[rows, LEDGERS[i]] + base * (span / law.den)
        wild = (span >= MOST) | (charged >= MOST)
        self.beyond[whose[wild]] = True
        return np.where(wild, 0, base), np.where(wild, 0, rate)

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
    many = np.bincount(at.of[rows], minlength=len(at.heads))
    many = many[many > 0]
    ends = np.cumsum(many)
    return Stretch(at.rows[rows], np.repeat(np.arange(len(many)), many), ends - many)


def among(at: Stretch, loans: Bools) -> Stretch:
    """The rows of some of the loans."""
    return among_rows(at, loans[at.of])
