"""The rows of a statement: what is asked and paid, and what each event went to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np

from repayplan.accounts.component import Component
from repayplan.accounts.position import days_from
from repayplan.basics.outcome import Ints
from repayplan.kernel.allocate import PARTS, Part
from repayplan.kernel.books import Books
from repayplan.kernel.law import Law


class Lines(NamedTuple):
    """Rows of one account, and what events went to row by row.

    Attributes
    ----------
    books
        The account as it was replayed.
    total
        int64 (rows, PARTS); asked for, charges rounded.
    event, row, paid
        Of each line: the event's place (-1: money that was kept), the row, and int64 (lines, PARTS).
    """

    books: Books
    total: Ints
    event: Ints
    row: Ints
    paid: Ints

    @classmethod
    def of(cls, books: Books, event: Ints, law: Law) -> Lines:
        """The lines of a block."""
        kept = books.lines or []
        none = np.zeros(0, np.int64)
        which = np.concatenate([none, *(line[0] for line in kept)])
        row = np.concatenate([none, *(line[1] for line in kept)])
        paid = np.concatenate([np.zeros((0, PARTS), np.int64), *(line[2] for line in kept)])
        demands = books.demands
        every = np.arange(len(demands.due))
        total = demands.owed(law, every) + demands.charged - demands.left
        where = np.append(event, -1)[which]
        return cls(books, total, where, row, paid)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRow:
    """One instalment, or a fee or cost charged beside, for a person.

    ``asked = paid + waived + owed``, by component and together.

    Attributes
    ----------
    due_date
        When it fell or falls due; of an account that was called in, that day.
    plain
        An instalment of the plan.
    fallen_due
        Whether that day has come.
    asked, paid, waived, owed
        By component; charges for being late only after the days of grace.
    rolled
        What of it fell due with the next row instead.
    paid_on
        The day from which nothing of it is missing, but for charges for being late; None: something is.
    """

    due_date: date
    plain: bool
    fallen_due: bool
    asked: Mapping[Component, Decimal]
    paid: Mapping[Component, Decimal]
    waived: Mapping[Component, Decimal]
    owed: Mapping[Component, Decimal]
    rolled: Decimal
    paid_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """What one event's money went to.

    All of an account's allocations of payments add up to what its rows say was paid, and with what is held to
    what came in.

    Attributes
    ----------
    reference, kind, value_date
        The event's; ``""`` of money that was kept and paid something later. Where a plan ends or is replaced
        before its time, interest that was paid in advance and hasn't accrued goes to principal, or is kept
        again: those amounts are in this one too, below 0 where money came back.
    amount
        Its amount; of ``""`` what it paid, less what came back.
    to
        By component.
    lines
        The same by row: the row's place, and its amounts.
    """

    reference: str
    kind: str
    value_date: date | None
    amount: Decimal
    to: Mapping[Component, Decimal]
    lines: tuple[tuple[int, Mapping[Component, Decimal]], ...]


def rows_of(lines: Lines, end: int, parts: Any, money: Any) -> list[StatementRow]:
    """The rows of one account on its day."""
    demands, waived = lines.books.demands, lines.books.waived
    cleared = demands.charged - demands.left
    asked = lines.total.copy()
    soft = demands.due + demands.firm_after > end
    asked[soft, Part.PENALTY] = asked[soft, Part.COMPOUND] = 0
    due = demands.due.view("datetime64[D]").tolist()
    paid_on = days_from(lines.books.paid_on).tolist()
    return [
        StatementRow(
            due_date=due[k],
            plain=bool(lines.books.plain[k]),
            fallen_due=bool(demands.due[k] <= end),
            asked=parts(asked[k]),
            paid=parts(cleared[k] - waived[k]),
            waived=parts(waived[k]),
            owed=parts(asked[k] - cleared[k]),
            rolled=money(lines.books.rolled[k]),
            paid_on=paid_on[k],
        )
        for k in range(len(due))
    ]
