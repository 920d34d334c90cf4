"""What each debt's lender sees of a merged plan: its own rows, and what became of its arrears."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from repayplan.basics.dates import Days
from repayplan.basics.money import to_decimal
from repayplan.basics.outcome import Bools, Ints, Outcome
from repayplan.plans.measures import Measured
from repayplan.plans.moves import NOTHING_MOVED
from repayplan.plans.paid import Paid
from repayplan.plans.rows import COLUMNS, TOTALS, Columns
from repayplan.plans.single import Schedule

_FIGURES = ("capitalised", "paid_first", "spread", "carried", "waived", "forborne", "forgiven")


@dataclass(frozen=True, slots=True, kw_only=True)
class DebtShare:
    """What a merged plan means for one of the debts.

    Attributes
    ----------
    opening_balance, capitalised, paid_first, spread, carried, waived, forborne, forgiven
        As of :class:`~repayplan.Offer`: ``opening_balance + waived`` is all that was owed on the common day.
    due_day
        As of :class:`Apportioned`.
    schedule
        Its rows.
    """

    opening_balance: Decimal
    capitalised: Decimal
    paid_first: Decimal
    spread: Decimal
    carried: Decimal
    waived: Decimal
    forborne: Decimal
    forgiven: Decimal
    due_day: int
    schedule: Schedule = field(repr=False)


@dataclass(frozen=True, eq=False, kw_only=True)
class Apportioned(Measured[Outcome[Ints]]):
    """The rows of merged plans debt by debt, in the caller's order of the debts.

    Amounts are int64 minor units of each debt's ``decimals`` (those of the plan). In each row, what is said
    of the debts of a borrower adds up to what is said of the plan; each debt's rows are a schedule of its
    own, that ends with nothing owed.

    Attributes
    ----------
    row, borrower
        int64; the caller's row of each debt, and the row in the merged loans.
    offsets
        int64; rows of debt i are ``offsets[i]:offsets[i + 1]``.
    start
        datetime64[D]; the day that interest runs from.
    balance
        With which the rows begin: arrears that are paid first aren't in it, what is forborne is.
    capitalised, paid_first, spread, carried, waived, forborne, forgiven
        As of :class:`DebtShare`.
    due_day
        int64; the day of the month on which the plan's payments fall due where it has that day, 31: on its
        last; 0: on none, by days or on dates given one by one.
    paid_off_early
        bool; as of the plan.
    """

    row: Ints
    borrower: Ints
    decimals: Ints
    offsets: Ints
    start: Days
    due_day: Ints
    balance: Ints
    capitalised: Ints
    paid_first: Ints
    spread: Ints
    carried: Ints
    waived: Ints
    forborne: Ints
    forgiven: Ints
    paid_off_early: Bools
    _parts: Columns
    _when: Columns
    """The plans' own period, due date and days, and where each debt's first row has them.

    And ``agreed``, due dates before any is moved to a business day, with the days that interest runs from in
    ``_agreed_start``; neither where none is.
    """
    _agreed_start: Days | None = None

    def __len__(self) -> int:
        return len(self.row)

    def __repr__(self) -> str:
        return f"Apportioned({len(self)} debts, {int(self.offsets[-1])} rows)"

    def __iter__(self) -> Iterator[DebtShare]:
        return (self.one(i) for i in range(len(self)))

    @property
    def beside(self) -> Ints:
        """int64; arrears that the rows pay beside the balance that they begin with."""
        return self.paid_first + self.spread + self.carried

    @property
    def opening_balance(self) -> Ints:
        """As of :class:`DebtShare`."""
        return self.balance + self.beside + self.forgiven

    @cached_property
    def _place(self) -> Ints:
        """Where each row has its due date among the plans'."""
        many = np.diff(self.offsets)
        return np.repeat(self._when["first"] - self.offsets[:-1], many) + np.arange(self.offsets[-1])

    def _column(self, name: str) -> npt.NDArray[Any]:
        """A column of all rows."""
        if name in ("period", "due_date", "days", "agreed"):
            return np.asarray(self._when[name][self._place])
        if name in self._parts:
            return np.asarray(self._parts[name])
        sums: dict[str, tuple[str, ...]] = {
            "interest": ("interest_paid", "capitalised", "deferred", "waived"),
            "payment": ("principal", "interest_paid", "fee"),
        }
        if name in sums:
            return np.asarray(np.sum([self._column(part) for part in sums[name]], axis=0))
        if name == "opening":
            raised = self._column("capitalised") + self._column("drawn")
            return np.asarray(self._column("closing") + self._column("principal") - raised)
        return np.zeros(int(self.offsets[-1]), np.int64)

    def by_debt(self) -> tuple[Columns, Ints]:
        """All rows, each debt's together.

        Returns
        -------
        (columns, offsets): rows of debt ``i`` are ``offsets[i]:offsets[i + 1]`` of every column; those are
        the columns of a schedule, and ``row``, the caller's row of the debt.
        """
        columns = {name: self._column(name) for name in COLUMNS}
        return {"row": np.repeat(self.row, np.diff(self.offsets)), **columns}, self.offsets

    def totals(self) -> dict[str, Ints]:
        """Sums per debt of the columns that can be summed, int64 minor units."""
        if not len(self):
            return {name: np.zeros(0, np.int64) for name in TOTALS}
        return {name: np.add.reduceat(self._column(name), self.offsets[:-1]) for name in TOTALS}

    def _paid(self, column: str) -> Paid:
        return Paid(
            self._column(column),
            self._column("period"),
            self._column("due_date"),
            offsets=self.offsets,
            balance=self.balance,
            start=self.start,
            decimals=self.decimals,
            moved=NOTHING_MOVED,
            row=self.row,
            beside=self.beside,
            agreed=None if self._agreed_start is None else (self._column("agreed"), self._agreed_start),
        )

    def one(self, i: int) -> DebtShare:
        """Debt ``i`` for a person."""
        begin, end = int(self.offsets[i]), int(self.offsets[i + 1])
        some = Apportioned(
            **{name: getattr(self, name)[i : i + 1] for name in _EACH},
            offsets=np.array([0, end - begin]),
            _parts={name: column[begin:end] for name, column in self._parts.items()},
            _when=self._when | {"first": self._when["first"][i : i + 1]},
            _agreed_start=None if self._agreed_start is None else self._agreed_start[i : i + 1],
        )
        columns, _ = some.by_debt()
        del columns["row"]
        d = int(self.decimals[i])
        agreed = None
        if some._agreed_start is not None:
            agreed = np.concatenate((some._agreed_start, some._column("agreed")))
        made = Schedule(
            columns,
            d,
            0,
            bool(self.paid_off_early[i]),
            self.start[i].item(),
            beside=int(self.beside[i]),
            agreed=agreed,
            on_balance=False,  # its share of the interest on all
        )
        figures = {
            name: to_decimal(int(getattr(self, name)[i]), d) for name in ("opening_balance", *_FIGURES)
        }
        return DebtShare(**figures, due_day=int(self.due_day[i]), schedule=made)


_EACH = ("row", "borrower", "decimals", "start", "due_day", "balance", "paid_off_early", *_FIGURES)
