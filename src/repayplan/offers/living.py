"""What households have left to live on in each period of a plan, beside what they need."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np

from repayplan.ability.capacities import Capacities
from repayplan.ability.households import Households
from repayplan.ability.month import month_of
from repayplan.basics.columns import Screen
from repayplan.basics.dates import PERIOD_MONTHS_DEN, PERIOD_MONTHS_NUM, Days, a_month
from repayplan.basics.money import to_decimal
from repayplan.basics.outcome import Bools, Ints, span
from repayplan.offers.policy import Policy
from repayplan.offers.wayahead import way_ahead
from repayplan.plans.rows import Columns

CELLS = 2_000_000
"""Figures of months of households that are kept at once."""
FIGURES = 4
"""Of a month: see :func:`_figures`."""
_MONEY = ("payment", "left", "needed", "allowance", "above", "put_aside")


@dataclass(frozen=True, slots=True, kw_only=True)
class LivingPeriod:
    """What a household has left in one period of a plan; amounts a month but for the payment.

    Attributes
    ----------
    due_date, payment
        Of the row; what is put aside and due with the last isn't in it, as it isn't paid from income.
    left
        Net income less other debts and the payment: what there is to live on.
    needed
        What the policy leaves the household: its living costs, which are the allowance at least, and what is
        kept back for contingencies.
    allowance
        The policy's minimum for what the allowance covers; part of ``needed``.
    above
        ``left - needed``; below 0 where that isn't enough.
    put_aside
        What was forborne or carried and is due with the row, beside the payment: ``left`` isn't less by it,
        and the borrower must find it otherwise. 0 but in the last row.
    """

    due_date: date
    payment: Decimal
    left: Decimal
    needed: Decimal
    allowance: Decimal
    above: Decimal
    put_aside: Decimal

    @property
    def missing(self) -> Decimal:
        """What is missing a month."""
        return max(-self.above, 0 * self.above)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Living:
    """The same of many loans: ragged columns with a value for each row of each plan.

    Attributes
    ----------
    row, decimals
        int64, of each loan: the caller's row number, and the decimals of the minor units here.
    offsets
        int64; rows of loan ``i`` are ``offsets[i]:offsets[i + 1]``.
    due_date
        datetime64[D].
    payment, left, needed, allowance, above, put_aside
        int64 minor units; see :class:`LivingPeriod`.
    income
        int64 minor units; the net income of the period's months, by the month and rounded down.
    """

    row: Ints
    decimals: Ints
    offsets: Ints
    due_date: Days
    payment: Ints
    left: Ints
    needed: Ints
    allowance: Ints
    above: Ints
    put_aside: Ints
    income: Ints

    def __len__(self) -> int:
        return len(self.row)

    @property
    def missing(self) -> Ints:
        """int64; what is missing a month in each row."""
        return np.maximum(-self.above, 0)

    @property
    def breached(self) -> Bools:
        """bool, of each loan: whether any payment leaves the household less than it needs.

        Rows without a payment take nothing from it.
        """
        return np.asarray(self._over(np.logical_or, (self.payment > 0) & (self.above < 0)), np.bool_)

    @property
    def least(self) -> Ints:
        """int64, of each loan: the least that is left in any row."""
        return np.asarray(self._over(np.minimum, self.left), np.int64)

    @property
    def most_missing(self) -> Ints:
        """int64, of each loan: the most that is missing in any row."""
        return np.asarray(self._over(np.maximum, self.missing), np.int64)

    def _over(self, fold: np.ufunc, values: Any) -> Any:
        return fold.reduceat(values, self.offsets[:-1]) if len(self) else values[:0]

    def one(self, i: int) -> tuple[LivingPeriod, ...]:
        """The rows of loan ``i``, for a person."""
        rows, places = slice(int(self.offsets[i]), int(self.offsets[i + 1])), int(self.decimals[i])
        money = [[to_decimal(v, places) for v in getattr(self, name)[rows].tolist()] for name in _MONEY]
        return tuple(
            LivingPeriod(due_date=day, **dict(zip(_MONEY, amounts, strict=True)))
            for day, *amounts in zip(self.due_date[rows].tolist(), *money, strict=True)
        )

    def to_frame(self, kind: str = "pandas") -> Any:
        """All rows as a frame: ``"pandas"``, ``"polars"`` or ``"arrow"`` (each an extra).

        Raises
        ------
        InputError
            ``kind`` isn't one of the three.
        ImportError
            The library isn't installed; the message names the extra.
        """
        from repayplan.edges.frames import to_frame

        count = np.diff(self.offsets)
        columns = {"row": np.repeat(self.row, count), "due_date": self.due_date}
        columns |= {name: getattr(self, name) for name in _MONEY}
        return to_frame(columns, kind, np.repeat(self.decimals, count))


def left_by_row(
    rows: Columns,
    offsets: Ints,
    *,
    row: Ints,
    policy: Policy,
    households: Households,
    dated: Bools,
    capacities: Capacities | None,
    decimals: Ints,
    frequency: Ints,
    finer: Ints,
) -> Living:
    """What is left in each row of schedules.

    Recounted from the rows as they are written and the households' own figures, month by month.

    Parameters
    ----------
    rows, offsets
        Due dates and payments as ``Schedules.by_loan()`` gives them, of some loans of a batch; ``agreed``:
        the due dates before a business day moves any, whose months are the periods'; and what is put aside
        until each row, which isn't in its payment.
    row
        int64; their numbers in the batch, ascending.
    households
        Of all loans of the batch.
    dated
        bool, of each of the loans: whether its household's months differ.
    capacities
        Of each scheduled loan's household as it is assessed, in the units of the payments; None: the
        months of all differ.
    decimals
        int64, of each of the loans; of the units of the payments.
    frequency, finer
        int64, of each of the loans; how many of its units make one of its household's.

    Notes
    -----
    A period takes the months up to that of its due date, and of the month before them (of a week, of the due
    date's own) its share; of one that had begun before the household was assessed, the months from then on
    (:func:`~repayplan.offers.wayahead.looked_at_from`). Of these months together, what the household needs a
    month is rounded up to the unit and what it has above that, after the payment, down; ``left`` is the sum
    of the two. So ``above`` is below 0 only where the payment is larger than what can be paid in the period.
    """
    count, due, payment = np.diff(offsets), rows["agreed"], rows["payment"]
    above, needed, allowance, income = (np.zeros(len(due), np.int64) for _ in range(FIGURES))

    def put(loans: Ints, table: Ints, first: int, since: Ints | None = None) -> None:
        """Writes the figures of some loans, whose months (months, figures, loans) begin with one."""
        which = span(loans)
        at: Ints | slice = slice(int(offsets[loans[0]]), int(offsets[loans[-1] + 1]))
        if not isinstance(which, slice):
            at = np.flatnonzero(np.repeat(np.isin(np.arange(len(row)), loans), count))
        column = np.repeat(np.arange(len(loans)), count[which])
        counted = None if since is None else since[column]
        months = PeriodMonths(month_of(due[at]) - first, frequency[which][column], counted)
        above[at] = _a_month(table[:, 0], column, months, payment[at])
        needed[at] = _a_month(table[:, 1], column, months)
        allowance[at] = _a_month(table[:, 2], column, months)
        income[at] = _a_month(table[:, 3], column, months, np.zeros_like(column))

    usual = np.flatnonzero(~dated)
    if len(usual) and capacities is not None:
        put(usual, _figures(capacities.take(usual))[None], 0)
    several = np.flatnonzero(dated)
    ends = offsets[1:] - 1
    for some in _blocks(several, due[offsets[:-1][several]], due[ends[several]]):
        own = row[some]
        way = way_ahead(households, policy, own, frequency[some], due[offsets[:-1][some]], due[ends[some]])
        table = way.table(Screen(len(own)), way.months, _figures)
        put(some, table * finer[some], way.first, way.since if way.begun else None)
    return Living(
        row=row,
        decimals=decimals,
        offsets=offsets,
        due_date=rows["due_date"],
        payment=payment,
        left=needed + above,
        needed=needed,
        allowance=allowance,
        above=above,
        put_aside=rows["put_aside"],
        income=income,
    )


def _figures(can: Capacities) -> Ints:
    """What is left of a month, what is needed in it, the allowance, and net income."""
    return np.stack([can.left, can.disposable - can.left, can.allowance, can.net_income])


def _blocks(loans: Ints, first: Days, last: Days) -> list[Ints]:
    """Loans, some at once, so that the table of their months isn't too large."""
    if not len(loans):
        return []
    months = int(month_of(last).max() - month_of(first).min()) + 1
    return np.array_split(loans, -(-len(loans) * months * FIGURES // CELLS))


@dataclass(frozen=True, slots=True, eq=False)
class PeriodMonths:
    """The months of periods.

    Attributes
    ----------
    last, often
        int64, of each period: the month of its due date, counted from the first; its frequency.
    since
        int64, of each: the first month that counts of a period that reaches it; None: all do.
    """

    last: Ints
    often: Ints
    since: Ints | None = None

    @property
    def den(self) -> Ints:
        """Parts of a month in which what counts of it is said."""
        return PERIOD_MONTHS_DEN[self.often]

    @property
    def num(self) -> Ints:
        """How many of these parts each period has."""
        if self.since is None:
            return PERIOD_MONTHS_NUM[self.often]
        return np.asarray(sum(weight for _, weight in self.weights()), np.int64)

    def weights(self) -> Iterator[tuple[int, Ints]]:
        """By how many months before that of the due date: how many parts of that month count."""
        whole, rest = np.divmod(PERIOD_MONTHS_NUM[self.often], self.den)
        for back in range(int(whole.max(initial=0)) + 1):
            weight = np.where(back < whole, self.den, np.where(back == whole, rest, 0))
            if self.since is not None:
                weight[(self.last >= self.since) & (self.last - back < self.since)] = 0
            yield back, weight


def _a_month(table: Ints, column: Ints, months: PeriodMonths, paid: Ints | None = None) -> Ints:
    """What periods have of their months by the month, rounded up; less what is paid, rounded down.

    Parameters
    ----------
    table
        int64 (months, loans); the last row holds for every later month.
    column, months, paid
        Of each period: whose, its months, counted from the first of the table, and what is paid in it.
    """
    if len(table) == 1 and months.since is None:
        month = table[0, column]
        return month if paid is None else np.asarray(month - a_month(paid, months.often), np.int64)
    num, den = months.num, months.den
    # Each amount as a multiple of num and a remainder: no sum is larger than what it is the mean of.
    parts, remainder = np.divmod(np.zeros_like(num) if paid is None else paid, num)
    out, left = -den * parts, -den * remainder
    for back, weight in months.weights():
        month = np.clip(months.last - back, 0, len(table) - 1)
        parts, remainder = np.divmod(table[month, column], num)
        out, left = out + weight * parts, left + weight * remainder
    return np.asarray(out - (-left // num) if paid is None else out + left // num, np.int64)
