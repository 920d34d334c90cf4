"""Rows that fall due, and what is charged where they are late: the state of accounts, exact at every day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from repayplan.basics.outcome import Bools, Ints, any_of
from repayplan.basics.rounding import Mode
from repayplan.kernel.accrue import divide_product, settle
from repayplan.kernel.allocate import Part, Stretch, before

LEDGERS = (Part.PENALTY, Part.COMPOUND)
CLEAR = 2
"""Units by which a bound that isn't looked at each day must be clear of what it bounds."""
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
        int64 (rows,); the most that being late costs of a row.
    room
        ``room(loans, day)``: the most that being late may have cost each of the loans when the day (int64,
        one for each loan) begins; None: whatever it costs.
    """

    on: tuple[tuple[int, ...], ...]
    daily: tuple[bool, ...]
    den: int
    units: Callable[[Ints, Ints], Ints]
    by_day: bool
    mode: Mode
    per_day: Ints | None = None
    of_row: Ints | None = None
    room: Callable[[Ints, Ints], Ints] | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class Demands:
    """Rows of some accounts and where they stand; what :meth:`charge` and payments change.

    Attributes
    ----------
    of
        int64 (rows,); whose they are, rising.
    due
        int64 (rows,); day numbers.
    begins
        int64 (rows,); the first day that is charged for.
    firm
        int64 (rows,); the day from which what was charged is owed: days of grace are over.
    charged
        int64 (:data:`PARTS`, rows); what was asked for so far, charges rounded down.
    rest
        int64 (2, rows); what charges are above that, over the law's ``den``.
    cleared
        int64 (:data:`PARTS`, rows); what of it was paid or given up.
    settled
        int64 (2, rows); what of the charges bears interest itself, as far as it is still owed.
    demanded
        bool (rows,); has fallen due.
    rate
        int64 (2, loans); of each ledger, over the law's ``den`` a day.
    levied
        int64 (loans,); what being late has cost so far: charges, rounded, and late fees.
    late_fee
        int64 (rows,); what of the fees that is.
    """

    of: Ints
    due: Ints
    begins: Ints
    firm: Ints
    charged: Ints
    rest: Ints
    cleared: Ints
    settled: Ints
    demanded: Bools
    rate: Ints
    levied: Ints
    late_fee: Ints

    def total(self, law: Law, rows: Ints) -> Ints:
        """int64 (PARTS, rows): what was asked for, charges rounded; paid or not."""
        asked = self.charged[:, rows]
        for i, part in enumerate(LEDGERS):
            rest = self.rest[i, rows]
            if any_of(rest > 0):
                asked[part] = settle(asked[part], rest, law.den, law.mode, 1)
        return asked

    def owed(self, law: Law, rows: Ints) -> Ints:
        """int64 (PARTS, rows): the same less what was paid or given up."""
        return self.total(law, rows) - self.cleared[:, rows]

    def missing(self, rows: Ints) -> Ints:
        """What is owed of the rows without charges for days of being late."""
        plain = [part for part in Part if part not in LEDGERS]
        owed = sum(self.charged[part, rows] - self.cleared[part, rows] for part in plain)
        return np.asarray(owed, np.int64)

    def move(self, rows: Ints) -> None:
        """What is missing of the rows is asked for with the next one."""
        for part in Part:
            if part not in LEDGERS:
                left = self.charged[part, rows] - self.cleared[part, rows]
                self.charged[part, rows] -= left
                # Of rows one after the other, the earlier ones come first: each moves its own once.
                np.add.at(self.charged[part], rows + 1, left)

    def forget(self, law: Law, rows: Ints) -> None:
        """Charges of days of grace in which all was paid: there were none."""
        for i, part in enumerate(LEDGERS):
            np.subtract.at(self.levied, self.of[rows], self.total(law, rows)[part])
            self.charged[part, rows] = self.rest[i, rows] = self.settled[i, rows] = 0

    def settle_ledger(self, law: Law, i: int, rows: Ints) -> None:
        """What ledger ``i`` has charged of the rows, as it is owed, bears interest from now on."""
        part = LEDGERS[i]
        self.settled[i, rows] = self.owed(law, rows)[part]

    def round_off(self, law: Law, rows: Ints) -> None:
        """Charges so far are what they round to."""
        for i, part in enumerate(LEDGERS):
            self.charged[part, rows] = settle(
                self.charged[part, rows], self.rest[i, rows], law.den, law.mode, 1
            )
            self.rest[i, rows] = 0

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

        Charges and bounds both grow by the same each day, but for roundings of less than a unit each: what is
        :data:`CLEAR` of a bound on the first and on the last day is below it in between.
        """
        rows = at.rows
        kept = self.charged[:, rows], self.rest[:, rows]
        was = self.cost(law, rows)
        self._step(law, rows, start, end)
        now = self.cost(law, rows)
        near = np.zeros(len(at.heads), np.bool_)
        if law.of_row is not None:
            np.logical_or.at(near, at.of, now > law.of_row[rows] - CLEAR)
        if law.room is not None:
            loans = self.of[rows[at.heads]]
            for late, days in (
                (was, np.minimum.reduceat(start, at.heads)),
                (now, np.maximum.reduceat(end, at.heads)),
            ):
                cost = self.levied[loans] + np.add.reduceat(late - was, at.heads)
                near |= cost > law.room(loans, days) - CLEAR
        if any_of(near):
            back = near[at.of]
            self.charged[:, rows[back]], self.rest[:, rows[back]] = kept[0][:, back], kept[1][:, back]
            self._day_by_day(law, among(at, near), start[back], end[back])
        calm = ~near[at.of]
        np.add.at(self.levied, self.of[rows[calm]], (now - was)[calm])

    def cost(self, law: Law, rows: Ints) -> Ints:
        """What being late has cost of each row."""
        total = self.total(law, rows)
        return np.asarray(total[Part.PENALTY] + total[Part.COMPOUND] + self.late_fee[rows], np.int64)

    def _base(self, law: Law, i: int, rows: Ints) -> Ints:
        """What ledger ``i`` is charged on."""
        base = np.zeros(len(rows), np.int64)
        for place in law.on[i]:
            if place in LEDGERS:
                k = LEDGERS.index(Part(place))
                asked = settle(self.charged[place, rows], self.rest[k, rows], law.den, law.mode, 1)
                base += np.minimum(self.settled[k, rows], asked - self.cleared[place, rows])
            else:
                base += self.charged[place, rows] - self.cleared[place, rows]
        return base

    def _step(self, law: Law, rows: Ints, start: Ints, end: Ints) -> None:
        """Charges for days on which nothing changes what is charged on, or the rate."""
        days = law.units(start, end)
        whose = self.of[rows]
        bases = [self._base(law, i, rows) for i in range(len(law.on))]
        for i, base in enumerate(bases):
            part, rate = LEDGERS[i], self.rate[i, whose]
            if law.by_day:
                each, rest = divide_product(base, rate, law.den)
                each = settle(each, rest, law.den, law.mode, 1)
                if law.per_day is not None:
                    each = np.minimum(each, law.per_day[whose])
                self.charged[part, rows] += each * days
                continue
            more, rest = divide_product(base, rate * days, law.den)
            if law.per_day is not None:
                most = law.per_day[whose]
                whole, left = divide_product(base, rate, law.den)
                above = (whole > most) | ((whole == most) & (left > 0))
                more, rest = np.where(above, most * (end - start), more), np.where(above, 0, rest)
            rest = rest + self.rest[i, rows]
            carry = rest >= law.den
            self.charged[part, rows] += more + carry
            self.rest[i, rows] = rest - carry * law.den

    def _day_by_day(self, law: Law, at: Stretch, start: Ints, end: Ints) -> None:
        """The same, one day after another: what is charged bears interest, or bounds are near."""
        for day in range(int(start.min(initial=FOREVER)), int(end.max(initial=0))):
            now = (start <= day) & (day < end)
            if not any_of(now):
                continue
            rows = at.rows[now]
            was, kept = self.cost(law, rows), self.total(law, rows)
            self._step(law, rows, np.full(len(rows), day), np.full(len(rows), day + 1))
            held = self.cost(law, rows) - was
            if law.of_row is not None:
                held = np.minimum(held, np.maximum(law.of_row[rows] - was, 0))
            if law.room is not None:
                loans, of = np.unique(at.of[now], return_inverse=True)
                some = Stretch(rows, of, np.searchsorted(of, np.arange(len(loans))))
                whose = self.of[rows[some.heads]]
                left = law.room(whose, np.full(len(whose), day + 1)) - self.levied[whose]
                held = np.clip(np.maximum(left, 0)[of] - before(held, some), 0, held)
            self._hold(law, rows, kept, was, held)
            np.add.at(self.levied, self.of[rows], self.cost(law, rows) - was)
            for i, daily in enumerate(law.daily):
                if daily:
                    self.settle_ledger(law, i, rows)

    def _hold(self, law: Law, rows: Ints, kept: Ints, was: Ints, held: Ints) -> None:
        """Charges of a day are no more than ``held``, the first ledger's before the second's."""
        over = np.flatnonzero(self.cost(law, rows) - was > held)
        if not len(over):
            return
        mine = rows[over]
        total, left = self.total(law, mine), held[over]
        for i, part in enumerate(LEDGERS):
            more = np.minimum(total[part] - kept[part][over], left)
            self.charged[part, mine] = kept[part][over] + more
            self.rest[i, mine] = 0
            left = left - more


def among(at: Stretch, loans: Bools) -> Stretch:
    """The rows of some of the loans."""
    some = loans[at.of]
    many = np.bincount(at.of, minlength=len(loans))[loans]
    ends = np.cumsum(many)
    return Stretch(at.rows[some], np.repeat(np.arange(len(many)), many), ends - many)
