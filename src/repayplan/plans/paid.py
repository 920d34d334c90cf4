"""What a schedule's rows pay, with what the loans start from, as flows for a figure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from repayplan.basics.columns import Screen
from repayplan.basics.dates import Days
from repayplan.basics.errors import Code
from repayplan.basics.money import Minor
from repayplan.basics.outcome import Ints, Outcome
from repayplan.plans.moves import Moved


@dataclass(frozen=True, slots=True)
class Paid:
    """A column of one schedule, or of many with each loan's rows together, and what the loans start from.

    Attributes
    ----------
    amount, period, due
        int64 minor units; int64, 1 for the first row of a loan; datetime64[D]: one a row.
    offsets
        int64; rows of loan i are ``offsets[i]:offsets[i + 1]``.
    balance, start, decimals
        int64 minor units; datetime64[D]; int64: one a loan.
    beside
        int64 minor units, one a loan; what is owed at the start beside the balance, and paid in the rows.
    moved
        Principal that moved beside the instalments; what was prepaid is in the column.
    row
        int64; the caller's number of each loan; None where the schedule is one loan's.
    agreed
        Where business days move dates: ``due`` and ``start`` as they are agreed, before any is moved.
    """

    amount: Ints
    period: Ints
    due: Days
    offsets: Ints
    balance: Ints
    start: Days
    decimals: Ints
    moved: Moved
    row: Ints | None
    beside: Ints
    agreed: tuple[Days, Days] | None = None

    @property
    def owed(self) -> Ints:
        """All that is owed at the start and paid in the rows: the balance, and what is beside it."""
        return self.balance + self.beside

    def on_its_days(self, *, drawn: bool) -> Paid:
        """The same, with what moved on the day that it did; ``drawn``: what was drawn as well.

        The number of a row says nothing then. What business days move before the day that interest runs from
        is paid on that day: nothing was lent before.
        """
        count, dues = np.diff(self.offsets), self.due
        if self.agreed is not None:
            dues = np.maximum(dues, np.repeat(self.start, count))
        between = self.moved.where(self.moved.between)
        if not len(between.loan):
            return replace(self, due=dues)
        size = len(self.balance)
        amount = self.amount.copy()
        prepaid = between.where(between.amount < 0)
        np.add.at(amount, self.offsets[prepaid.loan] + prepaid.period, prepaid.amount)
        more = between if drawn else prepaid
        loan = np.concatenate((np.repeat(np.arange(size), count), more.loan))
        due = np.concatenate((dues, more.day))
        order = np.lexsort((due, loan))
        agreed = self.agreed
        if agreed is not None:
            agreed = np.concatenate((agreed[0], more.day))[order], agreed[1]
        return replace(
            self,
            agreed=agreed,
            amount=np.concatenate((amount, -more.amount))[order],
            period=np.concatenate((self.period, more.period + 1))[order],
            due=due[order],
            offsets=np.concatenate(([0], np.cumsum(np.bincount(loan, minlength=size)))),
        )

    def by_number(self, screen: Screen, *, drawn: bool) -> Paid:
        """The same, with what moved on a due date, or on the first day, in a row of its period's number.

        ``drawn``: what was drawn as well. Faults of loans whose money moves between due dates: no number of
        periods says when that was.
        """
        where = np.zeros(screen.size, np.bool_)
        where[self.moved.loan[self.moved.between & ~self.moved.opens]] = True
        asked, known = "money that moves between due dates", "figures by dates (year='365 days')"
        screen.fault(where, Code.UNKNOWN_VALUE, "plan", asked, known)
        early = self.moved.where(self.moved.between & self.moved.opens)
        prepaid = early.where(early.amount < 0)
        more = early if drawn else prepaid
        if not len(more.loan):
            return self
        amount, size = self.amount.copy(), len(self.balance)
        np.add.at(amount, self.offsets[prepaid.loan] + prepaid.period, prepaid.amount)
        loan = np.concatenate((np.repeat(np.arange(size), np.diff(self.offsets)), more.loan))
        period = np.concatenate((self.period, more.period))
        order = np.lexsort((period, loan))
        return replace(
            self,
            agreed=None,
            amount=np.concatenate((amount, -more.amount))[order],
            period=period[order],
            due=np.concatenate((self.due, more.day))[order],
            offsets=np.concatenate(([0], np.cumsum(np.bincount(loan, minlength=size)))),
        )

    def figure(
        self, verb: Callable[..., Any], screen: Screen, flows: Ints, *more: Any, offsets: Ints, **options: Any
    ) -> Any:
        """What the verb says of the flows; faults of the screen come before its own."""
        if self.row is None:
            for failure in screen.failures():
                raise failure.error()
            return verb(Minor(flows), *more, decimals=int(self.decimals[0]), **options)
        found = verb(flows, *more, offsets=offsets, **options)
        kept = screen.good[found.row]
        failures = screen.failures().and_then(found.failures)
        return Outcome(found.value[kept], self.row[found.row[kept]], failures.moved(self.row))
