"""What is owed, by component: one loan, or a batch of them as columns.

Each of the two classes makes the other (a loan is a batch of one), so both stay in one module.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np
import numpy.typing as npt

from repayplan.basics.arguments import ONE_VALUE, one_value, rows_given
from repayplan.basics.columns import NO_SPREAD, RATE_DECIMALS, Screen
from repayplan.basics.dates import (
    FREQUENCIES,
    Days,
)
from repayplan.basics.daycount import DAY_COUNTS, DayCount
from repayplan.basics.duedates import DueDates
from repayplan.basics.given import Coded, Fixed
from repayplan.basics.money import (
    Minor,
    to_decimal,
    to_plain,
)
from repayplan.basics.outcome import Bools, Failures, Ints, added, alike, all_of, any_of, pick, span
from repayplan.basics.rate import Rate
from repayplan.basics.ratepath import RatePath
from repayplan.basics.rounding import Rounding
from repayplan.plans.loandates import LoanDates
from repayplan.plans.loanreading import COMPONENTS, STUBS, columns_of_loans

_NOT_GIVEN = ("cls", "rounding", "due_dates", "rate_paths", "columns")


@dataclass(frozen=True, eq=False, kw_only=True)
class Loans(LoanDates):
    """A batch of loans as columns; made by :meth:`from_columns`.

    Rows with a fault stay in their place, without numbers, so that the caller's row number is the
    index everywhere; :attr:`failures` says what is wrong with them, and every verb passes them on.

    Attributes
    ----------
    principal, overdue_principal, overdue_interest, penalty, fees, accrued_interest
        int64 minor units: principal not yet due; principal and interest due and unpaid; penalty;
        fees; interest since the last due date up to the plan's start.
    annual_rate
        int64 multiples of 1e-10 (0.12 is 1,200,000,000); of a path, the rate on the first day.
    rate_paths, rate_index
        Rates that change over time, and which of them each row has (int64; -1: its annual rate throughout).
    spread, rate_anchor
        int64 multiples of 1e-10, and datetime64[D]: what a row brings to a path linked to an index.
    original_term, elapsed, unpaid
        int64 instalments: of the original contract; whose due dates have passed (past maturity it goes on
        counting); not yet paid.
    months_extended
        int64; months of extension already used.
    next_due, start, original_maturity
        datetime64[D]: first due date of a new plan; the date from which its interest runs; the
        contract's original last due date (NaT where not given).
    last_due, final_stub
        datetime64[D]: when the last instalment of a plan falls due, where that isn't a due date of the
        frequency (NaT otherwise). int64 index into :data:`STUBS`.
    due_dates, due_index
        The rules for due dates, and which of them each row has.
    instalment
        int64 minor units; the present contractual instalment, 0 where not given.
    frequency, day_count, stub, rounding_index
        int64 indices of the conventions.
    whole, late
        bool: the first period is a whole one. int64: 1 where a long first stub moves the first due
        date on by a period, else 0.
    decimals
        int64; decimals of each row's minor unit: the currency's, or 8 where a schedule isn't rounded.
    finer
        int64; how many of them make one minor unit of the currency (1 where it is the same unit).
    set_aside
        int64 minor units; what a waterfall has taken off the balance that stays owed until the end (0 of
        loans as they are given).
    """

    principal: Ints
    overdue_principal: Ints
    overdue_interest: Ints
    penalty: Ints
    fees: Ints
    accrued_interest: Ints
    annual_rate: Ints
    rate_paths: tuple[RatePath, ...]
    rate_index: Ints
    spread: Ints
    rate_anchor: Days
    original_term: Ints
    elapsed: Ints
    unpaid: Ints
    months_extended: Ints
    next_due: Days
    start: Days
    original_maturity: Days
    last_due: Days
    final_stub: Ints
    due_dates: tuple[DueDates, ...]
    due_index: Ints
    instalment: Ints
    frequency: Ints
    day_count: Ints
    day_counts: tuple[DayCount, ...]
    stub: Ints
    whole: Bools
    late: Ints
    rounding_index: Ints
    decimals: Ints
    finer: Ints
    set_aside: Ints
    rounding: tuple[Rounding, ...]
    extra: Mapping[str, Any]
    good: Bools
    failures: Failures

    @classmethod
    def from_columns(
        cls,
        *,
        principal: Any,
        annual_rate: Any,
        original_term: Any,
        elapsed: Any,
        unpaid: Any,
        next_due: Any,
        frequency: Any = "monthly",
        day_count: Any = "periods",
        currency: Any = None,
        decimals: Any = None,
        overdue_principal: Any = 0,
        overdue_interest: Any = 0,
        penalty: Any = 0,
        fees: Any = 0,
        accrued_interest: Any = 0,
        months_extended: Any = 0,
        start: Any = None,
        original_maturity: Any = None,
        instalment: Any = None,
        first_stub: Any = "short",
        last_due: Any = None,
        final_stub: Any = "short",
        due_dates: DueDates | tuple[DueDates, ...] = DueDates(),
        due_index: Any = 0,
        rounding: Rounding | tuple[Rounding, ...] = Rounding(),
        rounding_index: Any = 0,
        rate_paths: tuple[RatePath, ...] = (),
        rate_index: Any = -1,
        spread: Any = None,
        rate_anchor: Any = None,
        columns: Mapping[str, Any] | None = None,
    ) -> Loans:
        """Reads columns of any dtype, a list, or one value for all rows.

        Parameters
        ----------
        principal, overdue_principal, overdue_interest, penalty, fees, accrued_interest, instalment
            Currency units (or :func:`repayplan.minor` units).
        annual_rate
            Rate a year as a fraction: 0.12 is 12 %; 0 to 1, multiples of 1e-10. Or a nominal
            :class:`~repayplan.Rate` (up to 100 a year: above 1 it is kept as a
            :class:`~repayplan.FixedRate`), or one that changes over time (:class:`~repayplan.SteppedRate`
            and its like), the same for all rows.
        original_term, elapsed, unpaid, months_extended
            Counts.
        next_due, start, original_maturity, last_due
            Dates. ``start`` is one period before ``next_due`` unless given (where interest is counted to
            business days, the one that this date is moved to, which must not be after ``next_due``); where it
            is ``next_due`` itself, the first payment bears no interest. ``last_due`` moves a plan's last due
            date off the frequency's; ``col("periods_left")`` counts the instalments up to it.
        frequency, day_count, first_stub
            Names, see :data:`FREQUENCIES` and :data:`DAY_COUNTS`; a day count may also be a
            :class:`~repayplan.DayCount` of one's own for all rows. ``first_stub="long"`` moves the first
            due date a period on where the first period is shorter than a whole one.
        final_stub
            Where ``last_due`` lies between two due dates: ``"short"`` keeps the one before it, ``"long"``
            leaves that out.
        due_dates, due_index
            One rule for month ends and business days for all, or several and which applies to a row.
        currency
            Codes of ISO 4217, three capital letters (empty: not known); kept as an extra column.
        decimals
            Decimals of the amounts, 0 to 8; where none are given, those of the row's currency in ISO 4217 (0
            of JPY, 3 of KWD), and 2 without a currency.
        rounding, rounding_index
            One rule for all, or several and which of them applies to a row.
        rate_paths, rate_index
            Rates that change over time, and which of them each row has: -1 for its own ``annual_rate``.
        spread, rate_anchor
            What a row brings to a :class:`~repayplan.LinkedRate` that leaves them to the loan.
        columns
            Further columns that :func:`col` can name.

        Raises
        ------
        InputError
            ``due_dates`` or ``rounding`` that are no such rules.
        TypeError
            A column of the wrong length, or of a dtype that can't be read.

        Examples
        --------
        >>> loans = Loans.from_columns(
        ...     principal=["12000.00", "-1"],
        ...     annual_rate=0.12,
        ...     original_term=36,
        ...     elapsed=10,
        ...     unpaid=26,
        ...     next_due="2026-01-31",
        ... )
        >>> loans.principal, loans.failures
        (array([1200000,       0]), Failures(1: row 1: negative (principal)))
        """
        given = dict(locals())
        for name in _NOT_GIVEN:
            del given[name]
        return _made(
            columns_of_loans(
                given, due_dates=due_dates, rounding=rounding, rate_paths=rate_paths, columns=columns
            )
        )

    @classmethod
    def from_frame(
        cls,
        frame: Any,
        *,
        columns: Mapping[str, str] | None = None,
        further: Iterable[str] = (),
        extra: Literal["refuse", "ignore"] = "refuse",
        **given: Any,
    ) -> Loans:
        """Reads a frame of pandas, polars (lazy too), Arrow or DuckDB, or anything with an Arrow capsule.

        A column is taken for the field of its name, as :meth:`from_columns` calls it; ``status`` and
        ``currency`` are kept beside. Columns of the loans' households, and ``id``, may be there too.

        Parameters
        ----------
        frame
            A row a loan.
        columns
            Field to column, where that is called otherwise.
        further
            Columns that are no field and are kept all the same, for :func:`col` or a policy's rules.
        extra
            Columns that nobody has named are refused, as a misspelt one must not pass for one that isn't
            there; ``"ignore"`` leaves them out.
        given
            Fields of one value for all rows, and the options ``rounding``, ``due_dates`` and ``rate_paths``
            of :meth:`from_columns`.

        Raises
        ------
        FrameError
            A column is missing, is nobody's, is there twice, or can't be its field (true and false for an
            amount, say; times of a time zone for a date). What is wrong with a cell is its row's failure.
        ImportError
            narwhals (extra ``frames``) or pyarrow (extra ``arrow``) isn't installed.

        Examples
        --------
        >>> import polars
        >>> frame = polars.DataFrame(
        ...     {
        ...         "outstanding": ["12000.00", "-1"],
        ...         "annual_rate": [0.12, 0.10],
        ...         "original_term": [36, 36],
        ...         "elapsed": [10, 10],
        ...         "next_due": [date(2026, 1, 31), date(2026, 1, 31)],
        ...     }
        ... )
        >>> loans = Loans.from_frame(frame, columns={"principal": "outstanding"}, unpaid=26)
        >>> loans.principal, loans.failures
        (array([1200000,       0]), Failures(1: row 1: negative (principal)))
        """
        from repayplan.edges.framefields import loans_from

        return loans_from(frame, columns=columns, further=further, extra=extra, **given)

    def __len__(self) -> int:
        return len(self.principal)

    @property
    def balance(self) -> Ints:
        """int64; what bears interest: principal, due or not."""
        return added(self.principal, self.overdue_principal)

    @property
    def carried(self) -> Ints:
        """int64; interest owed that bears none: overdue, and accrued since the last due date."""
        return added(self.overdue_interest, self.accrued_interest)

    @property
    def charges(self) -> Ints:
        """int64; fees and penalty owed."""
        return added(self.fees, self.penalty)

    @property
    def owed(self) -> Ints:
        """int64; all of it: the balance, interest that bears none, fees and penalty."""
        return added(self.balance, self.carried, self.charges)

    @cached_property
    def beside(self) -> npt.NDArray[np.float64]:
        """All that is owed beside the balance: a float, which sums don't leave, for bounds."""
        total = np.zeros(len(self))
        for part in (self.overdue_interest, self.accrued_interest, self.fees, self.penalty):
            total = total + part if any_of(part) else total
        return total

    @cached_property
    def dating(self) -> Ints:
        """int64; the same number where plans of one length have the same dates."""
        if len(self) == 1:
            return np.zeros(1, np.int64)
        first, *others = self.due_columns(slice(None))
        start = np.where(np.isnat(self.start), 0, self.start.astype(np.int64))
        return alike(first, first - start, *others)[1]

    def column(self, name: str) -> Any:
        """A numeric field or an extra column, as :func:`col` names it.

        Raises
        ------
        KeyError
            There is no such column.
        """
        if name in self.extra:
            return self.restated(self.extra[name])
        if name in _MONEY:
            return Minor(getattr(self, name))
        if name in _RATES:
            return _fractions(getattr(self, name), self.spread == NO_SPREAD if name == "spread" else None)
        if name in OWN_COLUMNS:
            return getattr(self, name)
        msg = f"no column {name!r}; there are {', '.join(sorted(self.extra)) or 'no extra columns'}"
        raise KeyError(msg)

    def restated(self, value: Any) -> Any:
        """The caller's :func:`~repayplan.minor` units in this batch's own; anything else as it is."""
        if not isinstance(value, Minor) or value.units.shape not in ((), (len(self),)):
            return value  # a wrong shape is refused where the column is read
        whole = np.iinfo(np.int64).max
        least, most = value.units.min(initial=0), value.units.max(initial=0)
        if -whole < least and most < whole and all_of(self.finer == 1):
            return value
        bound = whole // self.finer
        units = np.clip(value.units, -bound, bound) * self.finer
        return Minor(np.where(np.abs(units // self.finer) < bound, units, whole))

    def replace(self, **changes: Any) -> Loans:
        """A copy with whole columns exchanged (already in this class's units)."""
        own = vars(self)  # with what has been worked out, which isn't copied
        return _made({name: own[name] for name in _KEPT if name in own} | changes)

    def take(self, rows: Ints) -> Loans:
        """Some good rows, as a batch of their own. Of a column they are picked when it is looked at first."""
        own = vars(self)
        kept = {name: own[name] for name in _NOT_PICKED}
        extra = {name: _some_rows(values, rows) for name, values in self.extra.items()}
        return _made({**kept, "extra": extra, "failures": Failures.none(), _PICKED: (self, span(rows))})

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """A column of the batch that these rows were taken from, when it is asked for first."""
            if name not in _COLUMNS or _PICKED not in vars(self):
                msg = f"{type(self).__name__!r} object has no attribute {name!r}"
                raise AttributeError(msg)
            loans, rows = vars(self)[_PICKED]
            column = pick(getattr(loans, name), rows)
            vars(self)[name] = column
            return column

    def __getstate__(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in _FIELDS}

    def _day_count(self, row: int) -> str | DayCount:
        count = self.day_counts[int(self.day_count[row])]
        return count.name if self.day_counts is DAY_COUNTS else count

    def one(self, row: int) -> Loan:
        """Row ``row`` as a :class:`Loan`, its currency and columns too; raises its failure if it has one."""
        if not self.good[row]:
            raise next(f for f in self.failures if f.row == row).error()
        d = int(self.decimals[row])
        money: dict[str, Any] = {name: to_decimal(int(getattr(self, name)[row]), d) for name in _MONEY}
        maturity, anchor = self.original_maturity[row], self.rate_anchor[row]
        path, spread = int(self.rate_index[row]), int(self.spread[row])
        further = {name: self._cell(values, row) for name, values in self.extra.items()}
        currency = str(Screen(1).text([further.pop("currency", None)])[0])
        rate = to_plain(int(self.annual_rate[row]), RATE_DECIMALS)
        return Loan(
            **(money | {"instalment": money["instalment"] or None}),
            annual_rate=self.rate_paths[path] if path >= 0 else rate,
            spread=None if spread == NO_SPREAD else to_plain(spread, RATE_DECIMALS),
            rate_anchor=None if np.isnat(anchor) else anchor.item(),
            original_term=int(self.original_term[row]),
            elapsed=int(self.elapsed[row]),
            unpaid=int(self.unpaid[row]),
            months_extended=int(self.months_extended[row]),
            next_due=self.next_due[row].item(),
            start=None if self.whole[row] else self.start[row].item(),
            original_maturity=None if np.isnat(maturity) else maturity.item(),
            frequency=FREQUENCIES[int(self.frequency[row])].name,
            day_count=self._day_count(row),
            first_stub=STUBS[int(self.stub[row])],
            last_due=None if np.isnat(self.last_due[row]) else self.last_due[row].item(),
            final_stub=STUBS[int(self.final_stub[row])],
            due_dates=self.due_dates[int(self.due_index[row])],
            rounding=self.rounding[int(self.rounding_index[row])],
            currency=currency or None,
            columns=further or None,
            decimals=d,
        )

    def _cell(self, values: Any, row: int) -> Any:
        """What a further column holds in a row: a plain value, an amount in currency units."""
        some = _some_rows(values, np.array([row]))
        if isinstance(some, Minor):
            return to_decimal(int(some.units.flat[0]) * int(self.finer[row]), int(self.decimals[row]))
        cell = some if rows_given(some) < 0 else some[0]
        if cell is np.ma.masked:
            return None
        dated = isinstance(cell, np.datetime64)  # a moment of nanoseconds has no plain value
        return cell.item() if isinstance(cell, np.generic) and not dated else cell


_MONEY = (*COMPONENTS, "instalment")
_RATES = ("annual_rate", "spread")
_FIELDS = tuple(f.name for f in fields(Loans))
_NOT_COLUMNS = ("rounding", "rate_paths", "due_dates", "day_counts", "extra", "good", "failures")
_COLUMNS = frozenset(("good", *(name for name in _FIELDS if name not in _NOT_COLUMNS)))
_NOT_PICKED = tuple(name for name in _NOT_COLUMNS if name not in ("extra", "good", "failures"))
_PICKED = "_picked"
"""Where a batch keeps which rows of which other batch it has, whose columns it doesn't have yet."""
_KEPT = (*_FIELDS, _PICKED)
OWN_COLUMNS = frozenset((*_COLUMNS, "periods_left")) - {"good"}
"""What :meth:`Loans.column` knows of every batch."""


def _fractions(units: Ints, missing: Bools | None) -> Any:
    """Rates as they are given: each the nearest double, which is read as the same units again.

    As objects where some are missing.
    """
    given = units / 10**RATE_DECIMALS
    if missing is None or not any_of(missing):
        return given
    return np.where(missing, None, given.astype(np.object_))


def _made(columns: dict[str, Any]) -> Loans:
    """A batch with what it keeps; columns may be missing where it has been taken from another."""
    loans = object.__new__(Loans)
    vars(loans).update(columns)
    return loans


def _some_rows(values: Any, rows: Ints) -> Any:
    """Some rows of a column as the caller gave it; one value for all rows stays as it is."""
    if rows_given(values) < 0:
        return values
    if isinstance(values, Minor):
        return Minor(values.units[rows])
    if isinstance(values, (list, tuple)):
        return [values[row] for row in rows.tolist()]
    if isinstance(values, (Coded, Fixed)):
        return values.take(rows)
    # Of a masked array a plain one would forget the gaps.
    return values[rows] if isinstance(values, np.ma.MaskedArray) else np.asarray(values)[rows]


def _cells(columns: Any) -> Any:
    """One loan's further values as columns of one row; what isn't that as it is, for the batch to refuse."""
    return {name: [value] for name, value in columns.items()} if isinstance(columns, Mapping) else columns


@dataclass(frozen=True, slots=True, kw_only=True)
class Loan:
    """One loan: what is owed, and the contract that it is owed under.

    See :meth:`Loans.from_columns` for the fields not listed here.

    Parameters
    ----------
    principal, overdue_principal, overdue_interest, penalty, fees, accrued_interest, instalment
        Currency units, as text, int or Decimal (a float only where it is a whole number of cents).
    annual_rate
        A fraction: ``"0.12"`` is 12 % a year; a nominal :class:`~repayplan.Rate`, which alone may be above 1
        a year; or a rate that changes over time.
    spread, rate_anchor
        For a :class:`~repayplan.LinkedRate` that leaves them to the loan.
    original_term, elapsed, unpaid
        Instalments of the original contract, those whose due date has passed, those unpaid.
    next_due, start
        First due date of a new plan, and the date from which its interest runs (:attr:`interest_from`);
        None: one period before.

    Raises
    ------
    InputError
        Naming the field, the value and the rule.

    Examples
    --------
    >>> loan = Loan(
    ...     principal="12000.00",
    ...     annual_rate="0.12",
    ...     original_term=36,
    ...     elapsed=10,
    ...     unpaid=26,
    ...     next_due="2026-01-31",
    ...     day_count="30E/360",
    ... )
    >>> loan.principal, loan.interest_from
    (Decimal('12000.00'), datetime.date(2025, 12, 31))
    """

    principal: Decimal | str | int | float
    annual_rate: Decimal | str | int | float | Rate | RatePath
    original_term: int
    elapsed: int
    unpaid: int
    next_due: date | str
    frequency: str = "monthly"
    day_count: str | DayCount = "periods"
    currency: str | None = None
    decimals: int = cast("int", None)
    overdue_principal: Decimal | str | int | float = 0
    overdue_interest: Decimal | str | int | float = 0
    penalty: Decimal | str | int | float = 0
    fees: Decimal | str | int | float = 0
    accrued_interest: Decimal | str | int | float = 0
    months_extended: int = 0
    start: date | str | None = None
    original_maturity: date | str | None = None
    instalment: Decimal | str | int | float | None = None
    first_stub: str = "short"
    last_due: date | str | None = None
    final_stub: str = "short"
    due_dates: DueDates = DueDates()
    rounding: Rounding = Rounding()
    spread: Decimal | str | int | float | None = None
    rate_anchor: date | str | None = None
    columns: Mapping[str, Any] | None = None
    batch: Loans = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        given = {name: getattr(self, name) for name in _GIVEN}
        for name, value in given.items():
            if type(value) not in ONE_VALUE:
                one_value(name, value, "one value: many loans are a Loans")
        batch = Loans.from_columns(**given, columns=_cells(self.columns))
        if len(batch.failures):
            raise batch.failures[0].error()
        object.__setattr__(self, "batch", batch)
        d = batch.decimals.item()
        for name in COMPONENTS:
            object.__setattr__(self, name, to_decimal(getattr(batch, name).item(), d))
        if self.instalment is not None:
            units = batch.instalment.item()
            object.__setattr__(self, "instalment", to_decimal(units, d) if units else None)
        if batch.rate_paths:
            object.__setattr__(self, "annual_rate", batch.rate_paths[0])
        else:
            rate = to_plain(batch.annual_rate.item(), RATE_DECIMALS)
            object.__setattr__(self, "annual_rate", rate)
        if self.spread is not None:
            object.__setattr__(self, "spread", to_plain(batch.spread.item(), RATE_DECIMALS))
        for name in ("original_term", "elapsed", "unpaid", "months_extended", "decimals"):
            object.__setattr__(self, name, getattr(batch, name).item())
        object.__setattr__(self, "frequency", FREQUENCIES[batch.frequency.item()].name)
        object.__setattr__(self, "day_count", batch._day_count(0))
        for name, column in (("first_stub", batch.stub), ("final_stub", batch.final_stub)):
            object.__setattr__(self, name, STUBS[column.item()])
        object.__setattr__(self, "next_due", batch.next_due.item())
        # What isn't given stays so, and follows the other dates where a variant is made of this loan.
        for name in ("start", "original_maturity", "last_due", "rate_anchor"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, getattr(batch, name).item())

    @property
    def interest_from(self) -> date:
        """The date from which a new plan's interest runs."""
        day: date = self.batch.start[0].item()
        return day


_GIVEN = tuple(f.name for f in fields(Loan) if f.name not in ("batch", "columns"))
