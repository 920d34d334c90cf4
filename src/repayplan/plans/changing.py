"""Factors of periods in which the rate changes: split on the day, once for all loans that share them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from repayplan.basics.columns import RATE_DECIMALS
from repayplan.basics.dates import Days
from repayplan.basics.daycount import DayCount
from repayplan.basics.errors import Code, InputError
from repayplan.basics.grid import Grid
from repayplan.basics.outcome import Failures, Ints, alike, span
from repayplan.basics.ratepath import Pieces, pieces
from repayplan.kernel.exact import shared_by
from repayplan.kernel.rules import Resets
from repayplan.plans.loan import Loans
from repayplan.plans.timeline import Timeline

FEW_CUTS = 16
"""Changes of rate that room is made for at first; where a loan has more, for four times as many."""
Units = Callable[[Days, Days, Ints, Ints], Ints]
"""``units(start, end, period, calendar)`` of parts of periods."""


@dataclass(frozen=True, slots=True)
class Changing:
    """Factors of some loans.

    ``table[t, calendar] / den`` is period t's, ``resets`` says what is known of it when; ``failures`` are
    loans (by their place among those asked for) whose path has no rate for them. ``late`` are numerators
    of the rest of a period from a date on, by calendar: by its rates, and by the one that it begins with.
    """

    calendar: Ints
    table: Ints
    den: int
    resets: Resets
    late: tuple[tuple[Ints, Ints], ...]
    failures: Failures


def classes(loans: Loans, rows: Ints, line: Timeline, more: Sequence[Ints]) -> Timeline:
    """The timeline with a calendar for each combination of dates, rates and whatever ``more`` tells apart."""
    loan, calendar = alike(line.opening, *rating(loans, rows), *more)
    return replace(line, ends=line.ends[:, line.calendar[loan]], calendar=calendar, loan=loan)


def rating(loans: Loans, rows: Ints) -> list[Ints]:
    """What makes the rates of loans: columns that are equal where the rates on every day are."""
    at = span(rows)
    path, anchor = loans.rate_index[at], loans.rate_anchor[at]
    fixed = path < 0
    return [
        path,
        np.where(fixed, loans.annual_rate[at], 0),
        np.where(fixed, 0, loans.spread[at]),
        np.where(fixed | np.isnat(anchor), 0, anchor.astype(np.int64)),
    ]


def changing(
    loans: Loans,
    rows: Ints,
    line: Timeline,
    term: Ints,
    units: Ints,
    year: int,
    part: Units,
    stage_rate: Ints,
    dates: Sequence[tuple[Ints, Days]] = (),
) -> Changing:
    """The factors of loans whose rates change.

    Parameters
    ----------
    loans, rows
        The batch, and the loans looked at.
    line
        Their dates (:func:`classes`).
    term
        int64; rows of each loan's plan.
    units, year
        int64 (periods, calendars) and what a year counts: units of whole periods.
    part
        Units of parts of periods.
    stage_rate
        int64 (periods, calendars); the rate that a stage has of its own, -1 where it has none.
    dates
        By calendar, a period (-1: none) and a date in it.
    """
    who = rows[line.loan]
    longest = np.zeros(len(who), np.int64)
    np.maximum.at(longest, line.calendar, term)
    starts, ends = line.dates[:-1], line.ends
    begin, last = starts[0], ends[longest - 1, np.arange(len(who))]
    end = np.where(last > begin, last, begin + np.timedelta64(1, "D"))
    got, one = rate_pieces(loans, who, begin, end), 10**RATE_DECIMALS
    common = _common(one, stage_rate[stage_rate >= 0], got.rates)
    got, one = got._replace(rates=got.rates // common), one // common
    before, by_end = _cuts_before(got.cuts, starts), _cuts_before(got.cuts, ends - np.timedelta64(1, "D"))
    own = stage_rate >= 0
    split_t, split_c = np.nonzero((by_end > before) & ~own)
    split = (split_t, split_c)
    counted, place = _split(got, before[split], by_end[split], (starts[split], ends[split]), part, split)
    rests = [_rest(got, period, day, ends, part) for period, day in dates]
    shared = _common(year, units, counted, *(rest for rest, _ in rests))
    units, counted, year = units // shared, counted // shared, year // shared
    column = np.arange(len(who))
    first, rate = (np.where(own, stage_rate // common, got.rates[at, column]) for at in (before, by_end))
    most = float(units.max()) * float(max(np.abs(first).max(), np.abs(got.rates).max()))
    if most >= 2.0**62:
        raise InputError(Code.BEYOND_DOMAIN, "annual_rate", f"{most:.4g}", limit=f"{2.0**62:.4g}")
    table = units * first
    table[split] = (counted * got.rates[place, split[1]]).sum(axis=0)
    late = []
    for (rest, at), (period, _) in zip(rests, dates, strict=True):
        which_rate = got.rates[np.minimum(at, len(got.rates) - 1), column]
        own_then = own[period, column]
        which_rate = np.where(own_then, stage_rate[period, column] // common, which_rate)
        own_units = rest // shared
        late += [(own_units * which_rate).sum(axis=0), own_units.sum(axis=0) * first[period, column]]
    inside = (got.rates[place, split[1]] != first[split]).any(axis=0)  # and back within the period, maybe
    table, units, (first, rate), den, late = _reduced(table, units, (first, rate), year * one, late)
    changed = np.zeros(rate.shape, np.bool_)
    changed[1:] = rate[1:] != rate[:-1]
    changed[split] |= inside
    even = bool((units[1:] == units[1:2]).all()) and int(min(table.min(), first.min(), rate.min())) >= 0
    failures = got.failures.copied(line.calendar)
    resets = Resets(units, first, rate, changed, even)
    pairs = tuple(zip(late[::2], late[1::2], strict=True))
    return Changing(line.calendar, table, den, resets, pairs, failures)


def _common(start: int, *columns: Ints) -> int:
    """What a number, which int64 needn't hold, and all numbers of some columns are multiples of."""
    for column in columns:
        start = shared_by(column, start)
    return start


def rate_pieces(loans: Loans, who: Ints, begin: Days, end: Days) -> Pieces:
    """Cuts and rates of some loans between two days; those without a path have one piece."""
    on_path = np.flatnonzero(loans.rate_index[who] >= 0)
    most = FEW_CUTS
    while True:
        anchor = loans.rate_anchor[who[on_path]]
        got = pieces(
            loans.rate_paths,
            loans.rate_index[who[on_path]],
            begin[on_path],
            end[on_path],
            most,
            spread=loans.spread[who[on_path]],
            anchor=anchor,
        )
        full = [f for f in got.failures if f.field == "most"]
        if not full:
            break
        most *= 4
    used = int((~np.isnat(got.cuts)).sum(axis=0).max(initial=0))
    cuts = np.full((used, len(who)), np.datetime64("NaT", "D"))
    rates = np.repeat(loans.annual_rate[who][None, :], used + 1, axis=0)
    cuts[:, on_path], rates[:, on_path] = got.cuts[:used], got.rates[: used + 1]
    return Pieces(cuts, rates, got.failures.moved(on_path))


def _cuts_before(cuts: Days, dates: Days) -> Ints:
    """How many changes of rate there are up to each date, that day included."""
    count = np.zeros(dates.shape, np.int64)
    for cut in cuts:
        count += cut <= dates
    return count


def _split(
    got: Pieces,
    low: Ints,
    high: Ints,
    periods: tuple[Days, Days],
    part: Units,
    at: tuple[Ints, Ints],
) -> tuple[Ints, Ints]:
    """Units of the parts of periods in which the rate changes, and the place of each part's rate.

    ``low`` and ``high``: places of the first and the last rate of each period; parts that a period
    doesn't have count nothing.
    """
    t, c = at
    j = np.arange(int((high - low).max(initial=-1)) + 1)[:, None]
    place = np.minimum(low + j, high)
    edges = np.vstack((got.cuts, np.full((1, got.cuts.shape[1]), np.datetime64("NaT", "D"))))
    begin = np.where(j == 0, periods[0], edges[np.maximum(place - 1, 0), c])
    end = np.where(place < high, edges[place, c], periods[1])
    if not begin.size:
        return np.zeros(begin.shape, np.int64), place
    extra = low + j > high
    begin = np.where(extra, end, begin)
    t, c = np.broadcast_to(t, begin.shape), np.broadcast_to(c, begin.shape)
    counted = part(begin.ravel(), end.ravel(), t.ravel(), c.ravel()).reshape(begin.shape)
    return np.where(extra, 0, counted), place


def _rest(got: Pieces, period: Ints, day: Days, ends: Days, part: Units) -> tuple[Ints, Ints]:
    """Units of the rest of a period from a day on, part by part, and the place of each part's rate."""
    column = np.arange(len(period))
    inside = period >= 0
    end = ends[period, column]
    begin = np.where(inside, day, end)
    low = _cuts_before(got.cuts, begin[None])[0]
    high = np.maximum(_cuts_before(got.cuts, (end - np.timedelta64(1, "D"))[None])[0], low)
    counted, place = _split(got, low, high, (begin, end), part, (np.maximum(period, 0), column))
    return np.where(inside, counted, 0), place


def _reduced(
    table: Ints, units: Ints, rates: tuple[Ints, Ints], den: int, late: list[Ints]
) -> tuple[Ints, Ints, tuple[Ints, Ints], int, list[Ints]]:
    """Products of rates and units over their common denominator, without what all of them share."""
    shared = _common(den, table, *late)
    by_rate = _common(shared, *rates)
    by_units = _common(shared // by_rate, units)
    both = by_rate * by_units
    first, rate = (each // by_rate for each in rates)
    late = [each // both for each in late]
    return table // both, units // by_units, (first, rate), den // both, late


def stages_apart(lengths: Ints, rates: Ints) -> list[Ints]:
    """What tells loans apart whose stages have rates of their own: where those begin, and the rates."""
    own = np.flatnonzero((rates >= 0).any(axis=1))
    if not len(own):
        return []
    last = len(lengths) - 1  # where the last stage ends matters to nobody
    return [*lengths[: min(int(own[-1]) + 1, last)], *rates[own]]


def own_rate(line: Timeline, lengths: Ints, rates: Ints, periods: int) -> Ints:
    """int64 (periods, calendars); the rate of the stage that each period belongs to, -1: the loan's."""
    out = np.full((periods, len(line.loan)), -1)
    k, begin = np.arange(periods)[:, None], np.zeros(len(line.loan), np.int64)
    for s in range(len(lengths)):
        end = begin + lengths[s, line.loan] if s < len(lengths) - 1 else periods
        out = np.where((begin <= k) & (k < end), rates[s, line.loan], out)
        begin = begin + lengths[s, line.loan]
    return out


def whole_parts(count: DayCount, units: Ints, starts: Days, *, by_days: bool) -> Units:
    """Parts of periods where whole periods are counted: days from the start, the last part takes the rest."""

    def since(t: Ints, c: Ints, day: Days) -> Ints:
        start = starts[t, c]
        days = (day - start).astype(np.int64) if by_days else count.days_between(start, day)
        return np.clip(days, 0, units[t, c])

    def part(start: Days, end: Days, t: Ints, c: Ints) -> Ints:
        last = end == starts[np.minimum(t + 1, len(starts) - 1), c]
        counted = np.where(last, units[t, c], since(t, c, end)) - since(t, c, start)
        return np.where(start == end, 0, counted)

    return part


def counted_parts(count: DayCount, grid: Grid | None, units: Ints, dates: Days) -> Units:
    """Parts of periods where days are counted: from the period's start, so that they add up to the whole.

    Counted each by itself they needn't: from 31 to 1 January is a day of 30/360, and from 1 to 31 January
    are 30. Or a part's days are part of the whole's (``undivided``).

    ``units``, ``dates``: those of whole periods, by period and calendar.
    """

    def since(t: Ints, c: Ints, day: Days) -> Ints:
        begin = dates[t, c]
        if grid is None:
            counted = count.units(begin, day)
        else:
            often = np.asarray(grid.frequency)
            ends = None if grid.maturity is None else grid.maturity[c]
            month_end = grid.month_end[c] if isinstance(grid.month_end, np.ndarray) else grid.month_end
            on = grid.day[c] if isinstance(grid.day, np.ndarray) else grid.day
            own = Grid(grid.anchor[c], often[c] if often.ndim else often, month_end, ends, on)
            counted = count.units(begin, day, own)
        whole = units[t, c]
        return np.where(day == dates[t + 1, c], whole, np.clip(counted, 0, whole))

    def part(start: Days, end: Days, t: Ints, c: Ints) -> Ints:
        if count.undivided:
            whole = np.maximum(count.days_between(dates[t, c], dates[t + 1, c]), 1)
            return count.days_between(start, end) * (units[t, c] // whole)
        return np.where(start == end, 0, since(t, c, end) - since(t, c, start))

    return part
