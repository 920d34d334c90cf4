"""Rows that fall due, and what is owed of them: the state of accounts, exact at every day."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from repayplan.basics.outcome import Bools, Ints, any_of
from repayplan.kernel.accrue import divide_product, rounds_up
from repayplan.kernel.allocate import Amounts, Part, some_of, sums
from repayplan.kernel.law import LEDGERS, Law

Table = Literal["left", "charged", "rest", "settled"]
"""What is kept of each row and part, or ledger: see :class:`Demands`."""


@dataclass(slots=True, kw_only=True, eq=False)
class Demands:
    """Rows of some accounts and where they stand; what charges and payments change.

    Attributes
    ----------
    of
        int64 (rows,); whose they are.
    due
        int64 (rows,); day numbers.
    begins_after, firm_after
        So many days after a row falls due begins the first day that is charged for, and what was charged is
        owed: its days of grace are over. They are reckoned from ``due`` where they are asked for, which is
        quicker than to read them from places that are far apart.
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
    has_joined
        Whether a new plan has ever asked for anything instead.
    """

    of: Ints
    due: Ints
    begins_after: int
    firm_after: int
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
    has_joined: bool = False

    def firm(self, rows: Ints) -> Ints:
        """The day from which what was charged of each row is owed."""
        return self.due.take(rows) + self.firm_after

    def owed(self, law: Law, rows: Ints) -> Ints:
        """int64 (rows, PARTS): what was asked for and isn't paid or given up, charges rounded."""
        left, some = some_of(self.left, rows, self.parts), OpenRows(self, rows)
        for i, part in enumerate(LEDGERS[: len(law.on)]):
            left[:, part] += some.above(law, i)
        return left

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
        out = np.zeros(len(rows), np.int64)
        for part in self.plain:
            out += amounts[:, part].take(rows)
        return out

    def move(self, rows: Ints, to: Ints) -> Ints:
        """What is missing of the rows is asked for with others, no two with the same: int64 (rows, PARTS)."""
        moved = self.left[rows]
        moved[:, LEDGERS] = 0
        for column in (self.charged, self.left):
            column[rows] -= moved
            column[to] += moved
        return moved

    def take_over(self, law: Law, rows: Ints, amounts: Ints) -> None:
        """What a new plan asks for isn't asked for any more; what is above charges goes with it."""
        self.charged[rows] -= amounts
        some = OpenRows(self, rows)
        some.clear(law, {part: amounts[:, part] for part in self.parts})
        some.put_back()
        self.has_joined = True
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
        some = OpenRows(self, rows)
        charges = sum(some.late(law, i) for i in range(len(law.on)))
        np.subtract.at(self.levied, self.of[rows], charges)
        for i, part in enumerate(LEDGERS):
            self.charged[rows, part] = self.left[rows, part] = 0
            self.rest[rows, i] = self.settled[rows, i] = 0


@dataclass(slots=True, eq=False)
class OpenRows:
    """Rows taken out of the books, each column when it is first asked for, to be charged and paid.

    Columns aren't written over but replaced, and stand in the books again after :meth:`put_back`.

    Attributes
    ----------
    demands, rows
        The books, and int64: which rows.
    columns, changed
        Those that were taken, and which of them are others now.
    """

    demands: Demands
    rows: Ints
    columns: dict[tuple[Table, int], Ints] = field(default_factory=dict)
    changed: set[tuple[Table, int]] = field(default_factory=set)

    def get(self, table: Table, place: int) -> Ints:
        """One column, of each row."""
        found = self.columns.get((table, place))
        if found is None:
            whole: Ints = getattr(self.demands, table)
            found = self.columns[table, place] = whole[:, place].take(self.rows)
        return found

    def set(self, table: Table, place: int, column: Ints) -> None:
        """Another column."""
        self.columns[table, place] = column
        self.changed.add((table, place))

    def put_back(self) -> None:
        """What is another now stands in the books."""
        for table, place in self.changed:
            whole: Ints = getattr(self.demands, table)
            whole[:, place][self.rows] = self.columns[table, place]
        self.changed.clear()

    def some(self, rows: Bools) -> OpenRows:
        """Some of the rows, as they are here."""
        columns = {key: column[rows] for key, column in self.columns.items()}
        return OpenRows(self.demands, self.rows[rows], columns)

    def adopt(self, rows: Bools, some: OpenRows) -> None:
        """What :meth:`some` of them have become."""
        for key in some.changed:
            column = self.get(*key).copy()
            column[rows] = some.columns[key]
            self.set(*key, column)

    def above(self, law: Law, i: int) -> Bools | int:
        """By what rounding makes more of what ledger ``i`` has charged of each row: 0 or 1."""
        rest = self.get("rest", i)
        if not any_of(rest):
            return 0
        return rounds_up(self.get("charged", LEDGERS[i]), rest, law.den, law.mode)

    def late(self, law: Law, i: int) -> Ints:
        """What ledger ``i`` has charged of each row, rounded."""
        return np.asarray(self.get("charged", LEDGERS[i]) + self.above(law, i), np.int64)

    def owed_late(self, law: Law, i: int) -> Ints:
        """What is owed of that."""
        return np.asarray(self.get("left", LEDGERS[i]) + self.above(law, i), np.int64)

    def owed(self, law: Law) -> Amounts:
        """What was asked for and isn't paid or given up, charges rounded."""
        found = {part: self.get("left", part) for part in self.demands.parts}
        for i, part in enumerate(LEDGERS[: len(law.on)]):
            found[part] = self.owed_late(law, i)
        return found

    def room(self, share: tuple[int, int], charges: Ints, enough: Ints | int) -> Ints:
        """How much more being late may cost of the rows, whose charges come to so much, but exactly only
        where it is less than ``enough``.

        It may cost a share, rounded down, of what was due of a row without what being late cost. That is no
        less than the principal alone.
        """
        cost = charges + self.demands.late_fee.take(self.rows)
        if self.demands.has_joined:
            cost += self.demands.joined[:, 0].take(self.rows)
        room = _share_of(self.get("charged", Part.PRINCIPAL), share) - cost
        close = np.flatnonzero(room < enough)
        if len(close):
            demands, rows = self.demands, self.rows[close]
            asked = demands.asked(rows) - demands.late_fee.take(rows) + demands.joined[:, 1].take(rows)
            room[close] = _share_of(asked, share) - cost[close]
        return room

    def levy(self, i: int, more: Ints | Bools | int) -> None:
        """Ledger ``i`` charges so much more."""
        for table in ("charged", "left"):
            self.set(table, LEDGERS[i], self.get(table, LEDGERS[i]) + more)

    def clear(self, law: Law, paid: Amounts) -> None:
        """What is paid or given up; of charges first what bears interest itself."""
        for part, gone in paid.items():
            self.set("left", part, self.get("left", part) - gone)
            if part in LEDGERS and law.bears(part):
                settled = self.get("settled", LEDGERS.index(part))
                self.set("settled", LEDGERS.index(part), np.maximum(settled - gone, 0))

    def settle_ledger(self, law: Law, i: int) -> None:
        """What ledger ``i`` has charged of the rows, as it is owed, bears interest from now on."""
        self.set("settled", i, self.owed_late(law, i))

    def round_off(self, law: Law) -> None:
        """Charges so far are what they round to."""
        for i in range(len(law.on)):
            self.levy(i, self.above(law, i))
            self.set("rest", i, np.zeros(len(self.rows), np.int64))


def _share_of(amount: Ints, share: tuple[int, int]) -> Ints:
    if share == (1, 1):
        return amount
    return divide_product(amount, np.full(len(amount), share[0]), share[1])[0]
