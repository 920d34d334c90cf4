"""What interest is counted by: factors of the periods of loans that share a plan and conventions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from repayplan.basics.columns import RATE_DECIMALS
from repayplan.basics.dates import DAYS_OF, MONTHS_OF, Days
from repayplan.basics.daycount import DayCount
from repayplan.basics.errors import Code, InputError
from repayplan.basics.grid import Grid
from repayplan.basics.outcome import (
    Bools,
    Failures,
    Ints,
    all_of,
    any_of,
    brief,
    largest,
    repeated,
    span,
    spread,
)
from repayplan.kernel.accrue import MAX_DENOMINATOR
from repayplan.kernel.exact import shared_by
from repayplan.plans.changing import (
    Changing,
    changing,
    classes,
    counted_parts,
    own_rate,
    stages_apart,
    whole_parts,
)
from repayplan.plans.loan import Loans
from repayplan.plans.periodcounts import Counted, Factors, Rest, TooFineError
from repayplan.plans.stage import Plan
from repayplan.plans.timeline import Timeline, timeline, unmoved


def factors(
    loans: Loans,
    plan: Plan,
    rows: Ints,
    lengths: Ints,
    own_rates: Ints,
    term: Ints,
    dates: Sequence[tuple[Days, bool]] = (),
) -> Factors:
    """Factors of loans that share a plan and conventions.

    Parameters
    ----------
    loans, plan, rows
        The batch, the plan, and the loans looked at.
    lengths, own_rates
        int64 (stages, len(rows)); rows of each stage, and its own rate, -1 where it has none.
    term
        int64; periods to prepare for each loan.
    dates
        Dates, one a loan (NaT: none), whose periods are asked for; whether a due date begins the period that
        it is asked for (or ends it).

    Raises
    ------
    TooFineError
        No common denominator fits.
    InputError
        The day count doesn't go with the frequency.
    """
    at = span(rows)
    count = loans.day_counts[int(loans.day_count[rows[0]])]
    alike = repeated(0, len(rows))
    changes = rate_changes(loans, plan, rows) or bool(dates)
    if count.year is None and not changes and not _irregular(loans, rows):
        return _even(loans, rows, count)
    line = timeline(loans, rows, term, by_term=count.on_grid)
    if changes:
        made = _changing(loans, rows, line, (lengths, own_rates, term), count, dates, by_term=False)
        if len(made[2].failures):  # what is wrong of a longer plan isn't of this one
            made = _changing(loans, rows, line, (lengths, own_rates, term), count, dates, by_term=True)
        line, days, change, periods = made
        num, of = repeated(1, len(rows)), line.calendar
        found = Factors(
            num,
            change.den,
            spread(change.table[0], line.calendar),
            alike,
            Counted.of_all(alike, change.table[1:]).later,
            line.calendar,
            change.resets,
            1,
            days,
            line,
            tuple(
                Rest(period[of], rest[of], kept[of], due[of], opens[of])
                for (period, due, opens), (rest, kept) in zip(periods, change.late, strict=True)
            ),
            change.failures,
        )
    else:
        num, den = rates(loans.annual_rate[at])
        units, year, days, _ = _counted(loans, rows, line, term, count)
        if count.year is None:
            den *= year
        else:
            units, num, den = _reduced(units, num, year, den)
        found = Factors(
            num, den, units.first, alike, units.later, line.calendar, None, 1, days, line, (), Failures.none()
        )
    if found.later is not None:
        most_units = float(max(largest(np.abs(found.first)), largest(np.abs(found.later))))
        for size, most in (
            (float(found.den), float(MAX_DENOMINATOR)),
            (float(largest(np.abs(found.num))) * most_units, 2.0**62),
        ):
            if size >= most:
                raise TooFineError(f"{size:.4g}", f"{most:.4g}")
    return found


def rate_changes(loans: Loans, plan: Plan, rows: Ints) -> bool:
    """Whether the rate changes over time: loans of one group all have a path, or none has."""
    return bool(loans.rate_index[rows[0]] >= 0) or any(stage.rate is not None for stage in plan.stages)


def rates(rate: Ints) -> tuple[Ints, int]:
    """Rates as numerators over a common denominator."""
    one = 10**RATE_DECIMALS
    shared = shared_by(rate, one)
    return rate // shared, one // shared


def _even(loans: Loans, rows: Ints, count: DayCount) -> Factors:
    """Where all periods but the first are alike, and no date is looked at."""
    num, den = rates(loans.annual_rate[span(rows)])
    year, first, regular = _whole_periods(loans, rows, count)
    even = first is regular
    unit = year if even else int(np.gcd.reduce(first, initial=year))
    alike = regular.strides[0] == 0
    unit = int(np.gcd.reduce(regular[:1] if alike else regular, initial=unit))
    regular = repeated(int(regular[0]) // unit, len(rows)) if alike else regular // unit
    den *= year // unit
    first = regular if even else first // unit
    calendar = repeated(0, len(rows))
    return Factors(num, den, first, regular, None, calendar, None, unit, None, None, (), Failures.none())


def _counted(
    loans: Loans, rows: Ints, line: Timeline, term: Ints, count: DayCount
) -> tuple[Counted, int, Counted, Grid | None]:
    """Units of periods, of a year, days of periods, and the grid that each calendar's lie among."""
    if count.year is None:
        year, first, regular = _whole_periods(loans, rows, count)
        whole = _stubbed(loans, rows, term, line, count, first, regular)
        return whole, year, whole, None
    own, grid = (
        _grid(loans, rows, term, line, some) if count.on_grid else None for some in (line.opener, line.loan)
    )
    starts, ends = line.ends[:-1], line.ends[1:]
    openings = _between(count, line.start, line.ends[0, line.calendar[line.opener]], own)
    first, days = (spread(each, line.opening) for each in openings)
    later, later_days = _between(count, starts, ends, grid) if len(ends) else (starts.astype(np.int64),) * 2
    units, days_ = Counted.of_all(first, later), Counted.of_all(days, later_days.astype(np.int32))
    return units, count.denominator(grid), days_, grid


def _between(count: DayCount, starts: Days, ends: Days, grid: Grid | None) -> tuple[Ints, Ints]:
    """Units and days of periods."""
    units = count.units(starts, ends, grid)
    # Where only the grid tells how many days there are (the maturity, say), they are what is counted.
    if count.numerator is None or (count.on_grid and count.year):
        return units, units
    missing, days = np.isnat(starts) | np.isnat(ends), count.days_between(starts, ends)
    return units, np.where(missing, 0, days) if any_of(missing) else days


def _changing(
    loans: Loans,
    rows: Ints,
    line: Timeline,
    shape: tuple[Ints, Ints, Ints],
    count: DayCount,
    dates: Sequence[tuple[Days, bool]],
    *,
    by_term: bool,
) -> tuple[Timeline, Counted, Changing, list[tuple[Ints, Bools, Bools]]]:
    """Dates, days and factors where rates change, and the periods of dates, by calendar.

    ``by_term``: only loans of one term share a calendar.
    """
    lengths, own_rates, term = shape
    apart = [*stages_apart(lengths, own_rates), *(day.astype(np.int64) for day, _ in dates)]
    line = classes(loans, rows, line, [*apart, *([term] if by_term else [])])
    own_units, year, days, grid = _counted(loans, rows, line, term, count)
    units = own_units.by_calendar(line.loan, len(line.ends))
    part = counted_parts(count, grid, units, line.dates)
    counted = line
    if count.year is None:
        # Whole periods are counted whatever day they are paid on: a rate splits them unmoved.
        counted = replace(line, ends=unmoved(loans, rows, term, line))
        by_days = bool(DAYS_OF[loans.frequency[rows[0]]])
        part = whole_parts(count, units, counted.dates, by_days=by_days)
    own = own_rate(line, lengths, own_rates, len(units))
    asked, found = [], []
    for day, begins in dates:
        each, ends = day[line.loan], counted.ends
        # Beyond a loan's last due date, which may be any, its dates are those of longer plans.
        past = (ends <= each) if begins else (ends < each)
        none = np.isnat(each) | (each < line.dates[0]) | past.all(axis=0)
        period = np.where(none, -1, past.argmin(axis=0))
        asked.append((period, each))
        mine = np.arange(len(each))
        on_end, on_start = ends[period, mine] == each, counted.dates[period, mine] == each
        found.append((period, np.asarray(on_end, np.bool_), np.asarray(on_start & (period >= 0), np.bool_)))
    try:
        made = changing(loans, rows, counted, term, units, year, part, own, asked)
    except InputError as error:
        if error.code is Code.BEYOND_DOMAIN:
            raise TooFineError(str(error.value), str(error.limit)) from None
        raise
    return line, days, made, found


def _grid(loans: Loans, rows: Ints, term: Ints, line: Timeline, some: Ints) -> Grid:
    """The regular due dates that the periods of some of the loans lie among."""
    who = rows[some]
    law = loans.due_index[who]
    month_end = np.array([rule.month_end for rule in loans.due_dates])[law]
    day = np.array([rule.day or 0 for rule in loans.due_dates])[law]
    last = line.ends[term[some] - 1, line.calendar[some]]
    return Grid(loans.next_due[who], loans.frequency[who], month_end, last, day)


def _reduced(units: Counted, num: Ints, year: int, den: int) -> tuple[Counted, Ints, int]:
    """Units of periods, numerators of rates, and their common denominator, without what they share."""
    shared = shared_by(units.later, shared_by(units.first, year))
    first, later = units.first, units.later
    if shared > 1:
        first, later, year = first // shared, later // shared, year // shared
    common = int(np.gcd.reduce(brief(num), initial=year))
    narrow = later.astype(np.int32) if largest(later) < 2**31 else later
    return Counted(first, narrow), num // common, den * (year // common)


def _irregular(loans: Loans, rows: Ints) -> bool:
    """Whether any due date can lie elsewhere than the frequency says."""
    at = span(rows)
    laws = np.flatnonzero(np.bincount(loans.due_index[at])).tolist() if len(loans.due_dates) > 1 else [0]
    moved = any(loans.due_dates[i].shifts or loans.due_dates[i].given for i in laws)
    return moved or not all_of(np.isnat(loans.last_due[at]))


def _whole_periods(loans: Loans, rows: Ints, count: DayCount) -> tuple[int, Ints, Ints]:
    """Days of the year, of the first period and of every later one, where whole periods are counted."""
    at = span(rows)
    frequency = loans.frequency[at]
    length = int(DAYS_OF[frequency[0]])
    frequency = frequency[:1] if all_of(frequency == frequency[0]) else frequency
    months = MONTHS_OF[frequency]
    days = DAYS_OF[frequency] if length else np.where(months > 0, 30 * months, 15)
    regular = np.broadcast_to(days, len(rows))
    # A week is 1/52 of a year; days that make no whole weeks are days of 365.
    year = 360 if not length else 364 if length % 7 == 0 else 365
    whole = loans.whole[at]
    if all_of(whole):
        return year, regular, regular
    due, start = loans.unshifted(rows, np.zeros_like(rows)), loans.start[at]
    return year, np.where(whole, regular, _stub_days(count, start, due, by_days=length > 0)), regular


def _stub_days(count: DayCount, start: Days, end: Days, *, by_days: bool) -> Ints:
    """Days of a period that isn't whole."""
    return (end - start).astype(np.int64) if by_days else count.days_between(start, end)


def _stubbed(
    loans: Loans, rows: Ints, term: Ints, line: Timeline, count: DayCount, first: Ints, regular: Ints
) -> Counted:
    """Days of each period where whole periods are counted, but for the first and the last."""
    by_days = bool(DAYS_OF[loans.frequency[rows[0]]])
    later = np.repeat(regular[line.loan][None, :], len(line.ends) - 1, axis=0)

    def stubs(some: Ints) -> tuple[Ints, Ints, Ints]:
        """Which of some loans end with a period that isn't whole, which period that is, and its days."""
        who, k = rows[some], term[some] - 1
        ends = loans.last_due[who]
        off = np.flatnonzero(~np.isnat(ends) & (ends != loans.unshifted(who, k)))
        who, k = who[off], k[off]
        before = np.where(k > 0, loans.unshifted(who, k - 1), loans.start[who])
        return off, k, _stub_days(count, before, ends[off], by_days=by_days)

    several, alone = line.loan[term[line.loan] > 1], np.flatnonzero(term == 1)
    off, k, days = stubs(several)
    later[k - 1, line.calendar[several[off]]] = days
    off, _, days = stubs(alone)
    if len(off):
        first = first.copy()
        first[alone[off]] = days
    return Counted.of_all(first, later.astype(np.int32))
