"""What is owed, by component: one loan, or a batch of them as columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from functools import cached_property, reduce
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np
import numpy.typing as npt

from repayplan.basics.annualrate import annual_units
from repayplan.basics.arguments import by_name
from repayplan.basics.columns import NO_DAY, NO_SPREAD, RATE_DECIMALS, Screen, beside, money_of
from repayplan.basics.dates import (
    DAYS_OF,
    FREQUENCIES,
    FREQUENCY_INDEX,
    FREQUENCY_NAMES,
    MID,
    MONTHS_OF,
    Days,
    civil,
    shift,
    whole_periods,
)
from repayplan.basics.daycount import DAY_COUNT_INDEX, DAY_COUNTS, DayCount
from repayplan.basics.duedates import DueDates
from repayplan.basics.errors import Code, InputError
from repayplan.basics.fixedrates import FixedRate
from repayplan.basics.given import Coded, Fixed
from repayplan.basics.linkedrate import LinkedRate
from repayplan.basics.money import (
    MAX_DECIMALS,
    USUAL_DECIMALS,
    Minor,
    as_text,
    decimals_of,
    to_decimal,
    to_plain,
)
from repayplan.basics.outcome import Bools, Failures, Ints, alike, all_of, any_of, span
from repayplan.basics.rate import MOST_A_YEAR, Rate
from repayplan.basics.ratepath import RatePath, rates_on
from repayplan.basics.rounding import Rounding
from repayplan.kernel.work import MAX_PERIODS

MAX_STUB_DAYS = 16_000
_MAX_STUB = np.array(MAX_STUB_DAYS, "timedelta64[D]")
STUBS = ("short", "long")
_SEVERAL = (list, tuple, dict, set, complex, np.ndarray)
"""What isn't one value."""
_ONE = frozenset((str, int, float, Decimal, date, type(None)))
"""What is one value, most often."""
_NOT_GIVEN = ("cls", "rounding", "due_dates", "rate_paths", "columns")
COMPONENTS = ("principal", "overdue_principal", "overdue_interest", "penalty", "fees", "accrued_interest")
"""What can be owed, in the order in which it is stated."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Loans:
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
            Kept as an extra column.
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
        _all_are("due_dates", due_dates, DueDates, "a DueDates, or several and due_index")
        _all_are("rounding", rounding, Rounding, "a Rounding, or several and rounding_index")
        extra = by_name("columns", columns)
        every = (*given.values(), *extra.values())
        size = max((_rows(v) for v in every if type(v) not in _ONE), default=-1)
        screen = Screen(1 if size < 0 else size)
        d = _places(screen, decimals, currency)
        places = d.item(0) if len(d) and all_of(d == d[:1]) else d
        money = {name: screen.money(name, given[name], places) for name in COMPONENTS}
        owed = reduce(np.add, money.values())  # six times 10**18 at most
        most = beside("<", lambda row: as_text(2**61, d[row]))
        screen.fault(owed >= 2**61, Code.OUT_OF_RANGE, "principal", money_of(owed, d), most)
        paths = rate_paths
        if isinstance(annual_rate, Rate):
            units = annual_units("annual_rate", annual_rate, most=MOST_A_YEAR)
            # What no bare number says is a path: above 1 that is more likely a percentage.
            high = units > 10**RATE_DECIMALS
            annual_rate = FixedRate(annual_rate) if high else to_plain(units, RATE_DECIMALS)
        if isinstance(annual_rate, RatePath):
            paths, annual_rate, rate_index = (annual_rate,), 0, 0
        rate = screen.rate("annual_rate", annual_rate, default=0 if paths else None)
        which_path = screen.count("rate_index", rate_index, -1, len(paths) - 1)
        if paths:  # the path says it
            screen.fault((which_path < 0) & screen.missing(annual_rate), Code.MISSING, "annual_rate")
        above = screen.spread("spread", spread)
        if spread is not None:
            # What nothing is added to must not look as if it were.
            linked = [isinstance(path, LinkedRate) and path.spread is None for path in (*paths, None)]
            idle = ~np.array(linked)[which_path] & (above != NO_SPREAD) & (above != 0)
            shown = np.where(above == NO_SPREAD, 0, above) / 10**RATE_DECIMALS
            screen.fault(idle, Code.UNKNOWN_VALUE, "spread", shown, "0: no rate leaves it to the loan")
        fixed_on = screen.date("rate_anchor", rate_anchor, default=NO_DAY)
        counts = {
            "original_term": screen.count("original_term", original_term, 1, MAX_PERIODS),
            "elapsed": screen.count("elapsed", elapsed, 0, MAX_PERIODS),
            "unpaid": screen.count("unpaid", unpaid, 0, MAX_PERIODS),
            "months_extended": screen.count("months_extended", months_extended, 0, 12 * MAX_PERIODS),
        }
        often = screen.choice("frequency", frequency, FREQUENCY_INDEX, known=FREQUENCY_NAMES)
        next_ = screen.date("next_due", next_due)
        laws = tuple(due_dates) if isinstance(due_dates, (tuple, list)) else (due_dates,)
        law = screen.count("due_index", due_index, 0, len(laws) - 1)
        for i, rule in enumerate(laws):
            wanted = f"day {rule.day} of a month" if rule.given is None else "the due dates given"
            if rule.day is not None or rule.given is not None:
                wrong = (law == i) & ~rule.fits(next_, often)
                screen.fault(wrong, Code.UNKNOWN_VALUE, "next_due", next_, wanted)
        conventions, names, counted = DAY_COUNTS, DAY_COUNT_INDEX, day_count
        if isinstance(day_count, DayCount):
            conventions, names, counted = (day_count,), {day_count.name: 0}, day_count.name
        counts_by = screen.choice("day_count", counted, names)
        default_start = _on_grid(laws, law, next_, often, np.array(-1))
        if any_of(np.isnat(default_start)):
            default_start = np.where(np.isnat(default_start), shift(next_, often, -1), default_start)
        counted_from = default_start
        if any(rule.adjusted for rule in laws):
            counted_from, uncovered = _interest_to(laws, law, default_start)
            unknown = uncovered if start is None else uncovered & screen.missing(start)
            screen.fault(unknown, Code.BEYOND_CALENDAR, "start", default_start)
            # What is moved beyond the next due date collides with it: no interest can run from there. Whole
            # periods are counted wherever they are moved.
            by_periods = np.array([count.year is None for count in conventions])[counts_by]
            counted_from = np.where(by_periods & (counted_from > next_), default_start, counted_from)
        begins = counted_from if start is None else screen.date("start", start, default=counted_from)
        maturity = screen.date("original_maturity", original_maturity, default=NO_DAY)
        ends = screen.date("last_due", last_due, default=NO_DAY)
        screen.fault(ends < next_, Code.DATES_OUT_OF_ORDER, "last_due", ends, beside(">=", next_))
        screen.fault(~(begins <= next_), Code.DATES_OUT_OF_ORDER, "start", begins, beside("<=", next_))
        earliest = next_ - _MAX_STUB
        screen.fault(begins < earliest, Code.OUT_OF_RANGE, "start", begins, beside(">=", earliest))
        moves = screen.good & (which_path >= 0)
        if any_of(moves):
            first, faults = rates_on(paths, which_path, begins, moves, spread=above, anchor=fixed_on)
            rate = np.where(moves, first, rate)
            screen.adopt(faults)
        stub = screen.choice("first_stub", first_stub, STUBS)
        rules = tuple(rounding) if isinstance(rounding, (tuple, list)) else (rounding,)
        return cls(
            **money,
            annual_rate=rate,
            rate_paths=paths,
            rate_index=which_path,
            spread=above,
            rate_anchor=fixed_on,
            **counts,
            next_due=next_,
            start=begins,
            original_maturity=maturity,
            last_due=ends,
            final_stub=screen.choice("final_stub", final_stub, STUBS),
            due_dates=laws,
            due_index=law,
            instalment=screen.money("instalment", instalment, places, default=0),
            frequency=often,
            day_count=counts_by,
            day_counts=conventions,
            stub=stub,
            # One that begins where none would by default isn't: its start is said.
            whole=((begins == default_start) & (counted_from <= next_)) | (begins == counted_from),
            late=((stub == 1) & (begins > counted_from)).astype(np.int64),
            rounding_index=screen.count("rounding_index", rounding_index, 0, len(rules) - 1),
            decimals=d,
            finer=np.ones(len(d), np.int64),
            set_aside=np.zeros(len(d), np.int64),
            rounding=rules,
            extra=extra if currency is None else {"currency": currency, **extra},
            good=screen.good,
            failures=screen.failures(),
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
        return self.principal + self.overdue_principal

    @property
    def carried(self) -> Ints:
        """int64; interest owed that bears none: overdue, and accrued since the last due date."""
        return self.overdue_interest + self.accrued_interest

    @property
    def charges(self) -> Ints:
        """int64; fees and penalty owed."""
        return self.fees + self.penalty

    @property
    def owed(self) -> Ints:
        """int64; all of it: the balance, interest that bears none, fees and penalty."""
        return self.balance + self.carried + self.charges

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

    def due_columns(self, rows: Ints | slice) -> list[Ints]:
        """Columns that are all equal where plans of one length have the same due dates."""
        days = (self.next_due[rows], self.last_due[rows])
        first, last = (np.where(np.isnat(day), 0, day.astype(np.int64)) for day in days)
        return [first, self.due_index[rows], self.frequency[rows], self.late[rows], last]

    def unshifted(self, rows: Ints, k: Ints) -> Days:
        """Due date of instalment ``k`` (0 is the first) of each of the rows before any shift."""
        index = self.due_index[rows]
        return _on_grid(self.due_dates, index, self.next_due[rows], self.frequency[rows], k + self.late[rows])

    def agreed(self, rows: Ints, k: Ints, final: Bools) -> Days:
        """The same of a plan whose last due date may be another; ``final``: it is that one."""
        days = self.unshifted(rows, k)
        if all_of(np.isnat(self.last_due)):
            return days
        ends = self.last_due[rows]
        return np.where(final & ~np.isnat(ends), ends, days)

    def agreed_start(self, rows: Ints) -> Days:
        """When interest runs from, before any shift of a day one period before the first due date."""
        start, before = self.start[rows], self.unshifted(rows, np.full_like(rows, -1))
        moved = np.array([law.adjusted for law in self.due_dates])[self.due_index[rows]]
        return np.where(moved & self.whole[rows] & (self.late[rows] == 0) & ~np.isnat(before), before, start)

    def due_day(self, rows: Ints) -> Ints:
        """int64; on which day of the month payments fall due where it has that day, 31: on its last.

        Of two days a month the later. 0 where periods are counted in days, or dates are given one by one.
        """
        law, often = self.due_index[rows], self.frequency[rows]
        _, own, length = civil(self.next_due[rows])
        by_month, half = MONTHS_OF[often] > 0, (MONTHS_OF[often] == 0) & (DAYS_OF[often] == 0)
        ends = np.array([each.month_end for each in self.due_dates])[law]
        ends &= (own == length) | (half & (own == MID))
        day = np.maximum(own, np.array([each.day or 0 for each in self.due_dates])[law])
        day = np.where(half & (own <= MID), own + MID, day)
        listed = np.array([each.given is not None for each in self.due_dates])[law]
        return np.where((by_month | half) & ~listed, np.where(ends, 31, day), 0)

    def moved(self, rows: Ints) -> Bools:
        """Whether a due date may be moved to a business day."""
        return np.array([law.shifts for law in self.due_dates])[self.due_index[rows]]

    def due(self, rows: Ints, k: Ints, final: Bools) -> Days:
        """When instalment ``k`` of each of the rows falls due; ``final``: it is the plan's last."""
        days, _ = self._moved(rows, k, final, adjusted_only=False)
        return days

    def counted_to(self, rows: Ints, k: Ints, final: Bools) -> tuple[Days, Bools]:
        """Up to when period ``k`` counts interest, and where the calendar doesn't cover its due date."""
        return self._moved(rows, k, final, adjusted_only=True)

    def _moved(self, rows: Ints, k: Ints, final: Bools, *, adjusted_only: bool) -> tuple[Days, Bools]:
        days = self.agreed(rows, k, final)
        uncovered = np.zeros(days.shape, np.bool_)
        for i, law in enumerate(self.due_dates):
            if law.shifts:
                mine = np.broadcast_to(self.due_index[rows] == i, days.shape)
                moved, beyond = law.shifted(days[mine])
                uncovered[mine] = beyond
                if law.adjusted or not adjusted_only:
                    days[mine] = moved
        return days, uncovered

    def due_by(self, date: Days) -> Ints:
        """int64; how many instalments fall due on or before a date (negative: how many periods before)."""
        rows = np.arange(len(self))
        first = self.unshifted(rows, np.zeros_like(rows))
        months, days = civil(date)[0] - civil(first)[0], (date - first).astype(np.int64)
        apart, by_days = MONTHS_OF[self.frequency], DAYS_OF[self.frequency]
        by_months = np.where(apart > 0, months // np.maximum(apart, 1), 2 * months + 1)
        steps = np.where(by_days > 0, days // np.maximum(by_days, 1), by_months)
        for _ in range(3):  # half months may be three too many
            steps = steps - (self.unshifted(rows, steps) > date)
        for i, law in enumerate(self.due_dates):
            if law.given is not None:
                dates = np.array(law.given, "datetime64[D]")
                counted = np.searchsorted(dates, date, side="right") - np.searchsorted(dates, first)
                steps = np.where(self.due_index == i, counted - 1, steps)
        return steps + 1

    def most_rows(self, rows: Ints, most: int) -> Ints:
        """int64; how many rows a plan may have for its due dates, up to ``most``.

        They are listed, and covered by the calendar; the one before a ``last_due`` comes before it.
        """
        known, end, none = np.zeros_like(rows), np.full_like(rows, most), np.zeros(len(rows), np.bool_)
        dated = ~np.isnat(self.last_due[rows])
        if not any(law.shifts or law.given for law in self.due_dates) and not any_of(dated):
            return end
        while any_of(known < end):
            middle = (known + end + 1) // 2
            day, uncovered = self.counted_to(rows, middle - 1, dated)
            before, beyond = self.counted_to(rows, np.maximum(middle - 2, 0), none)
            there = ~(uncovered | np.isnat(day))
            there &= ~dated | (middle == 1) | (~beyond & (before < day))
            known, end = np.where(there, middle, known), np.where(there, end, middle - 1)
        return known

    @cached_property
    def to_original_maturity(self) -> Ints:
        """int64; instalments up to the *original* maturity: negative where it lies in the past.

        From its date where that is given, else the original term less the instalments whose due dates have
        passed.
        """
        dated = ~np.isnat(self.original_maturity)
        by_count = self.original_term - self.elapsed - self.late  # a long first period takes two in one
        if not any_of(dated):
            return by_count
        return np.where(dated, self.due_by(np.where(dated, self.original_maturity, self.next_due)), by_count)

    @property
    def to_present_maturity(self) -> Ints:
        """int64; the same up to the maturity with the extensions so far."""
        return self.to_original_maturity + whole_periods(self.months_extended, self.frequency)

    @property
    def periods_left(self) -> Ints:
        """int64; instalments up to ``last_due``, by the final stub; 0 where that isn't given."""
        dated = ~np.isnat(self.last_due)
        ends = np.where(dated, self.last_due, self.next_due)
        before = self.due_by((ends.astype(np.int64) - 1).astype("datetime64[D]"))
        on_grid = self.due_by(ends) > before
        stubbed = ~on_grid & (self.final_stub == 1)
        return np.where(dated, np.maximum(before + 1 - stubbed, 1), 0)

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
        most = whole // self.finer
        units = np.clip(value.units, -most, most) * self.finer
        return Minor(np.where(np.abs(units // self.finer) < most, units, whole))

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
            column = getattr(loans, name)
            column = column[rows] if isinstance(rows, slice) else column.take(rows)
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
        cell = some if _rows(some) < 0 else some[0]
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


def _on_grid(laws: tuple[DueDates, ...], index: Ints, anchor: Days, frequency: Ints, k: Ints) -> Days:
    """Due dates before any shift, each row by its own rule; broadcast."""
    if len(laws) == 1:
        return laws[0].unshifted(anchor, frequency, k)
    out = laws[0].unshifted(anchor, frequency, k)
    for i, law in enumerate(laws[1:], 1):
        out = np.where(index == i, law.unshifted(anchor, frequency, k), out)
    return out


def _interest_to(laws: tuple[DueDates, ...], index: Ints, dues: Days) -> tuple[Days, Bools]:
    """The dates to which interest is counted that is due on these, and which of them no calendar covers."""
    uncovered = np.zeros(np.shape(dues), np.bool_)
    for i, law in enumerate(laws):
        if law.adjusted:
            moved, beyond = law.shifted(dues)
            dues = np.where(index == i, moved, dues)
            uncovered |= (index == i) & beyond
    return dues, uncovered


def _fractions(units: Ints, missing: Bools | None) -> Any:
    """Rates as they are given: each the nearest double, which is read as the same units again.

    As objects where some are missing.
    """
    given = units / 10**RATE_DECIMALS
    if missing is None or not any_of(missing):
        return given
    return np.where(missing, None, given.astype(np.object_))


def _all_are(field: str, given: Any, kind: type, rule: str) -> None:
    """Raises where a rule, or one of several, is something else."""
    several = given if isinstance(given, (tuple, list)) else (given,)
    if not several:
        raise InputError(Code.MISSING, field, None, rule)
    for each in several:
        if not isinstance(each, kind):
            raise InputError(Code.UNKNOWN_VALUE, field, each, rule)


def _made(columns: dict[str, Any]) -> Loans:
    """A batch with what it keeps; columns may be missing where it has been taken from another."""
    loans = object.__new__(Loans)
    vars(loans).update(columns)
    return loans


def _some_rows(values: Any, rows: Ints) -> Any:
    """Some rows of a column as the caller gave it; one value for all rows stays as it is."""
    if _rows(values) < 0:
        return values
    if isinstance(values, Minor):
        return Minor(values.units[rows])
    if isinstance(values, (list, tuple)):
        return [values[row] for row in rows.tolist()]
    if isinstance(values, (Coded, Fixed)):
        return values.take(rows)
    # Of a masked array a plain one would forget the gaps.
    return values[rows] if isinstance(values, np.ma.MaskedArray) else np.asarray(values)[rows]


def _rows(value: Any) -> int:
    if isinstance(value, Minor):
        value = value.units
    if isinstance(value, (str, bytes)) or not hasattr(value, "__len__"):
        return -1
    return -1 if getattr(value, "shape", None) == () else len(value)


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
            if type(value) in _ONE or not isinstance(value, _SEVERAL):
                continue
            if isinstance(value, (dict, set, complex)) or _rows(value) not in (-1, 1):
                raise InputError(Code.UNKNOWN_VALUE, name, value, "one value: many loans are a Loans")
        batch = Loans.from_columns(**given, columns={k: [v] for k, v in (self.columns or {}).items()})
        for failure in batch.failures:
            raise failure.error()
        object.__setattr__(self, "batch", batch)
        d = int(batch.decimals[0])
        for name in COMPONENTS:
            object.__setattr__(self, name, to_decimal(int(getattr(batch, name)[0]), d))
        if self.instalment is not None:
            object.__setattr__(self, "instalment", to_decimal(int(batch.instalment[0]), d))
        if batch.rate_paths:
            object.__setattr__(self, "annual_rate", batch.rate_paths[0])
        else:
            rate = to_plain(int(batch.annual_rate[0]), RATE_DECIMALS)
            object.__setattr__(self, "annual_rate", rate)
        if self.spread is not None:
            object.__setattr__(self, "spread", to_plain(int(batch.spread[0]), RATE_DECIMALS))
        if not int(batch.instalment[0]):
            object.__setattr__(self, "instalment", None)
        for name in ("original_term", "elapsed", "unpaid", "months_extended", "decimals"):
            object.__setattr__(self, name, int(getattr(batch, name)[0]))
        object.__setattr__(self, "frequency", FREQUENCIES[int(batch.frequency[0])].name)
        object.__setattr__(self, "day_count", batch._day_count(0))
        for name, column in (("first_stub", batch.stub), ("final_stub", batch.final_stub)):
            object.__setattr__(self, name, STUBS[int(column[0])])
        object.__setattr__(self, "next_due", batch.next_due[0].item())
        # What isn't given stays so, and follows the other dates where a variant is made of this loan.
        for name in ("start", "original_maturity", "last_due", "rate_anchor"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, getattr(batch, name)[0].item())

    @property
    def interest_from(self) -> date:
        """The date from which a new plan's interest runs."""
        day: date = self.batch.start[0].item()
        return day


def _places(screen: Screen, decimals: Any, currency: Any) -> Ints:
    """Decimals of each row's amounts: given, else those of its currency, else those of most currencies."""
    if currency is None:
        return screen.count("decimals", USUAL_DECIMALS if decimals is None else decimals, 0, MAX_DECIMALS)
    names, of = screen.distinct(currency)
    usual = np.array([decimals_of(str(name)) for name in names], np.int64)[of]
    if decimals is not None:  # a cell may be empty where the currency says it
        screen.fault(screen.missing(decimals) & (names == "")[of], Code.MISSING, "decimals")
    return screen.count("decimals", decimals, 0, MAX_DECIMALS, default=usual)


_GIVEN = tuple(f.name for f in fields(Loan) if f.name not in ("batch", "columns"))
