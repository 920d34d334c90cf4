"""Day counts: every one through the same laws and an oracle, then the cases that tell them apart."""

from bisect import bisect_right
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import lcm

import numpy as np
import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from repayplan import InputError, Loan, equal_principal, schedule
from repayplan.basics.dates import FREQUENCIES, FREQUENCY_INDEX
from repayplan.basics.daycount import DAY_COUNT_INDEX, DAY_COUNTS, DayCount, year_fraction
from repayplan.basics.grid import Grid
from year_fractions import last_of_february, regular
from year_fractions import year_fraction_of as oracle

COUNTS = [pytest.param(each, id=each.name) for each in DAY_COUNTS]
FRACTIONS = [each for each in COUNTS if each.id != "periods"]
DAYS = [each for i, each in enumerate(COUNTS) if DAY_COUNTS[i].days not in [c.days for c in DAY_COUNTS[:i]]]
"""One for each way of counting days; by ACT and by periods they are counted alike."""
ENDS = [date(2024, 1, 31), date(2024, 2, 28), date(2024, 2, 29), date(2025, 2, 28), date(2025, 3, 30)]
DATES = st.one_of(st.sampled_from(ENDS), st.dates(date(1950, 1, 1), date(2150, 12, 31)))
NEAR = st.one_of(st.sampled_from(ENDS), st.dates(date(2022, 1, 1), date(2026, 12, 31)))
SORTED = st.lists(st.one_of(NEAR, DATES), min_size=3, max_size=3).map(sorted)
OFTEN = ["monthly", "bimonthly", "quarterly", "5-monthly", "semi-annual", "annual", "2-yearly"]
OFTEN += ["weekly", "fortnightly", "10-daily", "semi-monthly"]
ONE_GRID = {"anchor": "2026-01-31", "frequency": "monthly"}
FEW = settings(max_examples=25)

ADD_UP = {"30E/360", "ACT/360", "ACT/364", "ACT/365F", "ACT/ACT ISDA", "ACT/ACT ICMA", "NL/365"}
"""Where two periods that follow each other always add up to both together."""


def grids(anchors=DATES, maturity=st.none() | DATES):  # noqa: B008 - strategies are values
    often = st.sampled_from(OFTEN)
    return st.builds(Grid.of, anchors, often, month_end=st.booleans(), maturity=maturity)


def column(days):
    return np.array(days, "datetime64[D]")


def days(count, start, end):
    return int(count.days(column([start]), column([end]))[0])


def fraction(count, start, end, grid):
    """One year fraction from the batch; unlike `year_fraction`, of dates in any order."""
    units = count.units(column([start]), column([end]), grid)
    assert units.dtype == np.dtype(np.int64)
    return Fraction(int(units[0]), count.denominator(grid))


def named(name):
    return DAY_COUNTS[DAY_COUNT_INDEX[name]]


@pytest.mark.parametrize("count", FRACTIONS)
@FEW
@given(
    dates=st.lists(NEAR, min_size=2, max_size=2).map(sorted),
    anchor=NEAR,
    frequency=st.sampled_from(OFTEN),
    month_end=st.booleans(),
    matures=st.booleans(),
)
def test_a_year_fraction_is_that_of_the_oracle(count, dates, anchor, frequency, month_end, matures):
    start, end = dates
    assume(not (matures and start == end))
    grid = {"anchor": anchor, "frequency": frequency, "month_end": month_end}
    grid["maturity"] = end if matures else None
    assert year_fraction(start, end, count, grid=Grid.of(**grid)) == oracle(count.name, start, end, **grid)


# Laws of year fractions


@pytest.mark.parametrize("count", FRACTIONS)
@FEW
@given(day=DATES, grid=grids(), matures=st.booleans())
def test_from_a_day_to_itself_no_part_of_a_year_passes(count, day, grid, matures):
    if matures:
        grid = Grid(grid.anchor, grid.frequency, maturity=column([day]))
    assert year_fraction(day, day, count, grid=grid) == 0


@pytest.mark.parametrize("count", FRACTIONS)
@FEW
@given(dates=SORTED, grid=grids())
def test_a_longer_period_is_never_a_smaller_part_of_a_year(count, dates, grid):
    first, middle, last = dates
    if count.name == "ACT/365L":  # beyond a year one more day can make the year longer for all of them
        last = min(last, first + timedelta(days=366))
        middle = min(middle, last)
    whole = year_fraction(first, last, count, grid=grid)
    assert 0 <= year_fraction(first, middle, count, grid=grid) <= whole
    assert 0 <= year_fraction(middle, last, count, grid=grid) <= whole


@pytest.mark.parametrize("count", [each for each in FRACTIONS if each.id in ADD_UP])
@FEW
@given(dates=SORTED, grid=grids())
def test_periods_that_follow_each_other_add_up(count, dates, grid):
    first, middle, last = dates
    parts = year_fraction(first, middle, count, grid=grid) + year_fraction(middle, last, count, grid=grid)
    assert parts == year_fraction(first, last, count, grid=grid)


@FEW
@given(dates=SORTED)
def test_by_30e_360_isda_periods_add_up_to_the_maturity(dates):
    first, middle, last = dates
    grid, count = Grid.of(first, "monthly", maturity=last), named("30E/360 ISDA")
    parts = year_fraction(first, middle, count, grid=grid) + year_fraction(middle, last, count, grid=grid)
    assert parts == year_fraction(first, last, count, grid=grid)


@pytest.mark.parametrize(
    ("name", "dates"),
    [
        ("30/360", ["2026-01-15", "2026-01-31", "2026-02-15"]),
        ("30U/360", ["2026-01-15", "2026-02-28", "2026-03-15"]),
        ("ACT/365L", ["2023-12-15", "2023-12-31", "2024-01-15"]),
        ("ACT/ACT AFB", ["2023-12-15", "2024-01-15", "2024-03-15"]),
    ],
)
def test_by_the_others_they_may_not(name, dates):
    first, middle, last = dates
    grid = Grid.of(**ONE_GRID)
    parts = year_fraction(first, middle, name, grid=grid) + year_fraction(middle, last, name, grid=grid)
    assert parts != year_fraction(first, last, name, grid=grid)
    assert {each.id for each in FRACTIONS} - ADD_UP == {
        *("30/360", "30U/360", "30E/360 ISDA", "ACT/365L", "ACT/ACT AFB"),
    }


@pytest.mark.parametrize("count", FRACTIONS)
@FEW
@given(day=DATES, grid=grids())
def test_half_a_year_is_about_a_half(count, day, grid):
    # The exact half for months; 184 days of 360, and a half-month cut to 28 February, lie furthest off.
    half = year_fraction(day, day + relativedelta(months=6), count, grid=grid)
    assert abs(half - Fraction(1, 2)) < Fraction(2, 100)


@pytest.mark.parametrize("count", FRACTIONS)
@FEW
@given(
    rows=st.lists(st.tuples(DATES, DATES, DATES, st.none() | DATES), min_size=1, max_size=10),
    frequency=st.sampled_from(OFTEN),
    month_end=st.booleans(),
)
def test_a_batch_is_its_rows(count, rows, frequency, month_end):
    rows = [(*sorted(pair), anchor, maturity) for *pair, anchor, maturity in rows]
    start, end, anchor, maturity = zip(*rows, strict=True)
    often = np.full(len(rows), FREQUENCY_INDEX[frequency])
    grid = Grid(column(anchor), often, month_end, column([m or "NaT" for m in maturity]))
    units = count.units(column(start), column(end), grid)
    assert units.dtype == np.dtype(np.int64)
    assert [Fraction(n, count.denominator(grid)) for n in units.tolist()] == [
        year_fraction(s, e, count, grid=Grid.of(a, frequency, month_end=month_end, maturity=m))
        for s, e, a, m in rows
    ]


@pytest.mark.parametrize("count", FRACTIONS)
def test_a_table_of_periods_is_broadcast_against_its_loans(count):
    anchor = column(["2024-01-31", "2024-02-15", "2024-02-29"])
    grid = Grid(anchor, np.zeros(3, np.int64), maturity=column(["2025-02-28", "NaT", "NaT"]))
    due = grid.due(np.arange(14)[:, None])
    table = count.units(due[:-1], due[1:], grid)
    assert table.shape == (13, 3)
    for loan in range(3):
        alone = Grid(anchor[loan], np.int64(0), maturity=grid.maturity[loan])
        assert table[:, loan].tolist() == count.units(due[:-1, loan], due[1:, loan], alone).tolist()


@pytest.mark.parametrize("count", FRACTIONS)
def test_rows_without_a_date_count_nothing_and_disturb_no_other(count):
    start, end = column(["NaT", "2024-01-31", "2024-01-31", "NaT"]), column(["2024-03-31", "NaT"] * 2)
    start[2], end[2] = np.datetime64("2024-01-31"), np.datetime64("2024-03-31")
    grid = Grid(column(["2024-01-31"] * 4), np.zeros(4, np.int64))
    alone = count.units(start[2:3], end[2:3], grid)
    assert count.units(start, end, grid).tolist() == [0, 0, alone[0], 0]


def test_rows_in_no_order_pass_without_a_warning():
    ahead, behind = column(["2024-03-31", "1950-02-28"]), column(["2023-02-28", "1904-02-29"])
    for count in DAY_COUNTS[1:]:
        assert (count.units(ahead, behind, Grid.of(**ONE_GRID)) < 0).all()


# Laws of single day counts


@given(first=st.integers(1950, 2100), years=st.integers(0, 50))
def test_calendar_years_are_one_each_by_act_act(first, years):
    start, end = date(first, 1, 1), date(first + years, 1, 1)
    grid = Grid.of(start, "annual")
    for name in ("ACT/ACT ISDA", "ACT/ACT AFB", "ACT/ACT ICMA"):
        assert year_fraction(start, end, name, grid=grid) == years


@given(anchor=DATES, k=st.integers(-30, 30), frequency=st.sampled_from(OFTEN), month_end=st.booleans())
def test_regular_periods_are_all_the_same_by_icma(anchor, k, frequency, month_end):
    grid = Grid.of(anchor, frequency, month_end=month_end)
    start, end = grid.due(np.array([k, k + 1]))
    many = FREQUENCIES[FREQUENCY_INDEX[frequency]]
    assert year_fraction(start, end, "ACT/ACT ICMA", grid=grid) == many.year_share


@pytest.mark.parametrize("month_end", [False, True])
@pytest.mark.parametrize("day", [1, 14, 15, 16, 28, 30, 31])
@pytest.mark.parametrize("frequency", ["semi-monthly", "monthly", "semi-annual"])
def test_every_day_is_its_share_of_the_regular_period_that_it_lies_in_by_icma(frequency, day, month_end):
    anchor, every = date(2024, 1, day), np.arange("2023-01-01", "2025-03-02", dtype="datetime64[D]")
    grid = Grid.of(anchor, frequency, month_end=month_end)
    due = [regular(anchor, frequency, month_end, k) for k in range(-30, 60)]
    share = FREQUENCIES[FREQUENCY_INDEX[frequency]].year_share
    lengths = [(due[k] - due[k - 1]).days for k in (bisect_right(due, d) for d in every[:-1].tolist())]
    units = named("ACT/ACT ICMA").units(every[:-1], every[1:], grid)
    year = named("ACT/ACT ICMA").denominator(grid)
    assert units.tolist() == [share * year / length for length in lengths]


@given(end=DATES, rest=st.integers(0, 364), years=st.integers(1, 30))
def test_whole_years_back_from_the_end_are_one_each_by_afb(end, rest, years):
    assume((end.month, end.day) != (2, 28))
    start = end - timedelta(days=rest)
    earlier = year_fraction(start - relativedelta(years=years), end, "ACT/ACT AFB")
    assert years <= earlier <= years + 1


@given(start=DATES, end=DATES)
def test_without_leap_days_whole_years_have_365(start, end):
    start, end = sorted((start, end))
    twice = [year_fraction(day, day + relativedelta(years=7), "NL/365") for day in (start, end)]
    assert twice == [7, 7]


@pytest.mark.parametrize(
    ("frequency", "denominator"),
    [
        ("monthly", lcm(28, 29, 30, 31) * 12),
        ("bimonthly", lcm(59, 60, 61, 62) * 6),
        ("quarterly", lcm(89, 90, 91, 92) * 4),
        ("semi-annual", lcm(181, 182, 183, 184) * 2),
        ("annual", 365 * 366),
        ("2-yearly", 730 * 731 // 2),
        ("semi-monthly", lcm(12, 13, 14, 15, 16) * 24),
        ("weekly", 7 * 52),
        ("fortnightly", 14 * 26),
        ("10-daily", 365),
    ],
)
def test_one_denominator_holds_every_length_of_a_regular_period(frequency, denominator):
    assert named("ACT/ACT ICMA").denominator(Grid.of("2026-01-31", frequency)) == denominator


@pytest.mark.parametrize(
    ("name", "denominator"),
    [
        ("30/360", 360),
        ("30U/360", 360),
        ("30E/360", 360),
        ("30E/360 ISDA", 360),
        ("ACT/360", 360),
        ("ACT/364", 364),
        ("ACT/365F", 365),
        ("ACT/365L", 365 * 366),
        ("ACT/ACT ISDA", 365 * 366),
        ("ACT/ACT AFB", 365 * 366),
        ("NL/365", 365),
    ],
)
def test_the_others_have_one_whatever_the_grid(name, denominator):
    assert {named(name).denominator(grid) for grid in (None, Grid.of(**ONE_GRID))} == {denominator}


# Laws of the days counted


@pytest.mark.parametrize("count", DAYS)
@FEW
@given(day=DATES)
def test_from_a_day_to_itself_nothing_counts(count, day):
    assert days(count, day, day) == 0


@pytest.mark.parametrize("count", DAYS)
@FEW
@given(dates=SORTED)
def test_a_later_end_or_an_earlier_start_never_counts_less(count, dates):
    first, middle, last = dates
    assert 0 <= days(count, first, middle) <= days(count, first, last)
    assert days(count, middle, last) <= days(count, first, last)


@pytest.mark.parametrize("count", DAYS)
@FEW
@given(dates=st.lists(DATES.filter(lambda d: d.day < 31 and not last_of_february(d)), min_size=3, max_size=3))
def test_parts_add_up_where_no_date_is_a_31st_or_the_last_of_february(count, dates):
    first, middle, last = dates
    assert days(count, first, middle) + days(count, middle, last) == days(count, first, last)


@given(dates=st.lists(DATES.filter(lambda d: d.day < 31), min_size=3, max_size=3))
def test_on_the_bond_basis_parts_add_up_where_no_date_is_a_31st(dates):
    first, middle, last = dates
    bond = named("30/360")
    assert days(bond, first, middle) + days(bond, middle, last) == days(bond, first, last)


@pytest.mark.parametrize("count", [c for c in DAYS if c.id not in ("30/360", "30U/360")])
@FEW
@given(dates=st.lists(DATES, min_size=3, max_size=3))
def test_parts_always_add_up_but_for_the_two_american_ones(count, dates):
    first, middle, last = dates
    assert days(count, first, middle) + days(count, middle, last) == days(count, first, last)


def test_on_the_bond_basis_the_parts_may_not_add_up():
    bond = named("30/360")
    first, middle, last = date(2026, 1, 15), date(2026, 1, 31), date(2026, 2, 15)
    assert (days(bond, first, middle), days(bond, middle, last), days(bond, first, last)) == (16, 15, 30)


@pytest.mark.parametrize("count", [c for c in DAYS if c.id == "periods" or c.id.startswith("30")])
@FEW
@given(day=DATES.filter(lambda d: d.day <= 27), months=st.integers(0, 600))
def test_whole_months_are_thirty_days_each(count, day, months):
    assert days(count, day, day + relativedelta(months=months)) == 30 * months


@given(start=DATES, end=DATES)
def test_actual_days_are_those_of_the_calendar(start, end):
    counted = {days(each, start, end) for each in DAY_COUNTS if each.name.startswith("ACT")}
    assert counted == {(end - start).days}


@pytest.mark.parametrize("count", DAYS)
@FEW
@given(pairs=st.lists(st.tuples(DATES, DATES), min_size=1, max_size=10))
def test_an_array_is_its_pairs(count, pairs):
    start, end = (column(each) for each in zip(*pairs, strict=True))
    got = count.days(start, end)
    assert got.dtype == np.dtype(np.int64)
    assert got.tolist() == [days(count, *pair) for pair in pairs]


@given(dates=SORTED)
def test_units_are_the_days_where_the_year_is_fixed(dates):
    start, _, end = dates
    grid = Grid.of(start, "monthly")
    for count in (each for each in DAY_COUNTS if each.year):
        assert year_fraction(start, end, count, grid=grid) == Fraction(days(count, start, end), count.year)


# Cases that tell them apart


@pytest.mark.parametrize(
    ("start", "end", "bond", "us", "eurobond", "german", "actual", "no_leap"),
    [
        # ISDA, 30/360 day count conventions (2008), a workbook: bond basis, 30E/360, 30E/360 ISDA, actual.
        ("2006-01-31", "2006-02-28", 28, 28, 28, 30, 28, 28),
        ("2006-01-30", "2006-02-28", 28, 28, 28, 30, 29, 29),
        ("2006-02-28", "2006-03-03", 5, 3, 5, 3, 3, 3),
        ("2006-02-14", "2006-02-28", 14, 14, 14, 16, 14, 14),
        ("2006-09-30", "2006-10-31", 30, 30, 30, 30, 31, 31),
        ("2006-10-31", "2006-11-28", 28, 28, 28, 28, 28, 28),
        ("2007-08-31", "2008-02-28", 178, 178, 178, 178, 181, 181),
        ("2008-02-28", "2008-08-28", 180, 180, 180, 180, 182, 181),
        ("2008-02-28", "2008-08-30", 182, 182, 182, 182, 184, 183),
        ("2008-02-28", "2008-08-31", 183, 183, 182, 182, 185, 184),
        ("2007-02-26", "2008-02-28", 362, 362, 362, 362, 367, 367),
        ("2008-02-29", "2009-02-28", 359, 360, 359, 360, 365, 365),
        ("2008-02-28", "2008-03-30", 32, 32, 32, 32, 31, 30),
        ("2008-02-28", "2008-03-31", 33, 33, 32, 32, 32, 31),
        # The rest by hand.
        ("2007-01-15", "2007-01-30", 15, 15, 15, 15, 15, 15),
        ("2007-01-15", "2007-01-31", 16, 16, 15, 15, 16, 16),
        ("2007-01-15", "2007-02-15", 30, 30, 30, 30, 31, 31),
        ("2007-01-30", "2007-01-31", 0, 0, 0, 0, 1, 1),
        ("2007-01-31", "2007-02-01", 1, 1, 1, 1, 1, 1),
        ("2007-01-31", "2007-03-31", 60, 60, 60, 60, 59, 59),
        ("2007-09-30", "2007-10-31", 30, 30, 30, 30, 31, 31),
        ("2007-09-30", "2008-03-31", 180, 180, 180, 180, 183, 182),
        ("2007-09-30", "2008-09-30", 360, 360, 360, 360, 366, 365),
        ("2007-02-28", "2007-03-31", 33, 30, 32, 30, 31, 31),
        ("2007-02-28", "2007-08-31", 183, 180, 182, 180, 184, 184),
        ("2006-08-31", "2007-02-28", 178, 178, 178, 180, 181, 181),
        ("2007-02-26", "2008-02-29", 363, 363, 363, 364, 368, 367),
        ("2007-02-28", "2008-02-29", 361, 360, 361, 360, 366, 365),
        ("2008-02-29", "2008-03-30", 31, 30, 31, 30, 30, 30),
        ("2008-02-29", "2008-03-31", 32, 30, 31, 30, 31, 31),
        ("2008-02-29", "2008-08-31", 182, 180, 181, 180, 184, 184),
        ("2007-08-31", "2008-02-29", 179, 179, 179, 180, 182, 181),
        ("2007-12-31", "2008-01-01", 1, 1, 1, 1, 1, 1),
        ("2008-02-28", "2008-02-29", 1, 1, 1, 2, 1, 0),
        ("2008-02-28", "2008-03-01", 3, 3, 3, 3, 2, 1),
    ],
)
def test_cases(start, end, bond, us, eurobond, german, actual, no_leap):
    start, end = date.fromisoformat(start), date.fromisoformat(end)
    got = {count.name: days(count, start, end) for count in DAY_COUNTS}
    assert got == {
        "periods": eurobond,
        "30/360": bond,
        "30U/360": us,
        "30E/360": eurobond,
        "30E/360 ISDA": german,
        **{name: actual for name in DAY_COUNT_INDEX if name.startswith("ACT")},
        "NL/365": no_leap,
    }


@pytest.mark.parametrize(
    ("start", "end", "counted"),
    [
        # ISDA's workbook again, with the termination date at the end.
        ("2011-08-31", "2012-02-29", 179),
        ("2007-02-26", "2008-02-29", 363),
        # By hand.
        ("2006-08-31", "2007-02-28", 178),
        ("2007-07-31", "2007-08-31", 30),
        ("2007-02-28", "2008-02-29", 359),
    ],
)
def test_a_maturity_at_the_end_of_february_keeps_its_day(start, end, counted):
    grid = Grid.of(end, "semi-annual", maturity=end)
    assert year_fraction(start, end, "30E/360 ISDA", grid=grid) * 360 == counted


# The examples of ACT/ACT in ISDA, EMU and Market Conventions: Recent Developments (1998). Published figures
# are exact to ten places; the last by ACT/ACT ISDA is the rule's own, 32/365 + 120/366.
HALF = {"anchor": "2004-05-01", "frequency": "semi-annual"}
SHORT_FIRST = {"anchor": "1999-07-01", "frequency": "annual"}
LONG_FIRST = {"anchor": "2003-07-15", "frequency": "semi-annual"}
SHORT_FINAL = {"anchor": "1999-07-30", "frequency": "semi-annual"}
LONG_FINAL = {"anchor": "1999-11-30", "frequency": "quarterly", "month_end": True}


@pytest.mark.parametrize(
    ("start", "end", "grid", "isda", "icma", "afb"),
    [
        ("2003-11-01", "2004-05-01", HALF, "0.497724380567", "0.5", "0.497267759563"),
        ("1999-02-01", "1999-07-01", SHORT_FIRST, "0.410958904110", "0.410958904110", "0.410958904110"),
        ("1999-07-01", "2000-07-01", SHORT_FIRST, "1.001377348600", "1", "1"),
        ("2002-08-15", "2003-07-15", LONG_FIRST, "0.915068493151", "0.915760869565", "0.915068493151"),
        ("2003-07-15", "2004-01-15", LONG_FIRST, "0.504004790778", "0.5", "0.504109589041"),
        ("1999-07-30", "2000-01-30", SHORT_FINAL, "0.503892506924", "0.5", "0.504109589041"),
        ("2000-01-30", "2000-06-30", SHORT_FINAL, "0.415300546448", "0.417582417582", "0.415300546448"),
        ("1999-11-30", "2000-04-30", LONG_FINAL, "0.415540085336", "0.415760869565", "0.415300546448"),
    ],
)
def test_the_three_actual_actuals_in_the_memo(start, end, grid, isda, icma, afb):
    known = {"ACT/ACT ISDA": isda, "ACT/ACT ICMA": icma, "ACT/ACT AFB": afb}
    dates = (date.fromisoformat(start), date.fromisoformat(end))
    exact = {name: year_fraction(*dates, name, grid=Grid.of(**grid)) for name in known}
    assert {name: round(Decimal(n.numerator) / n.denominator, 10) for name, n in exact.items()} == {
        name: round(Decimal(value), 10) for name, value in known.items()
    }
    grid = grid | {"anchor": date.fromisoformat(grid["anchor"])}
    assert {name: oracle(name, *dates, **grid) for name in known} == exact


@pytest.mark.parametrize(
    ("start", "end", "frequency", "expected"),
    [
        # ICMA Rule 251.1(i)(2): by the end of a period that isn't annual, by its 29 February otherwise.
        ("2023-12-01", "2023-12-31", "monthly", Fraction(30, 365)),
        ("2023-12-01", "2024-01-01", "monthly", Fraction(31, 366)),
        ("2024-12-01", "2025-01-01", "monthly", Fraction(31, 365)),
        ("2023-12-01", "2024-02-28", "annual", Fraction(89, 365)),
        ("2023-12-01", "2024-02-29", "annual", Fraction(90, 366)),
        ("2024-02-29", "2025-02-28", "annual", Fraction(365, 365)),
        ("2024-02-28", "2025-02-28", "annual", Fraction(366, 366)),
        ("2024-03-01", "2024-12-31", "annual", Fraction(305, 365)),
        ("2024-03-01", "2024-12-31", "semi-annual", Fraction(305, 366)),
    ],
)
def test_the_year_of_act_365l(start, end, frequency, expected):
    assert year_fraction(start, end, "ACT/365L", grid=Grid.of(end, frequency)) == expected


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        # A 29 February counts from the start on, before the end.
        ("2004-02-28", "2004-02-29", Fraction(1, 365)),
        ("2004-02-29", "2004-03-01", Fraction(1, 366)),
        ("2003-03-01", "2004-02-29", 1),
        # Back from 28 February 2005 to 29 February 2004, not to the 28th.
        ("2004-02-29", "2005-02-28", 1),
        ("2004-02-28", "2005-02-28", 1 + Fraction(1, 365)),
        ("2000-02-28", "2004-02-28", 4 + Fraction(1, 365)),
        ("1996-01-01", "2001-07-01", 5 + Fraction(182, 366)),
    ],
)
def test_whole_years_of_afb_are_counted_back_from_the_end(start, end, expected):
    assert year_fraction(start, end, "ACT/ACT AFB") == expected


@pytest.mark.parametrize(
    ("name", "interest"),
    [
        # 36,500.00 at 36 % from 28 February to 31 March: 1/12, 33/360, 32/360, 31/360, 31/365 of a year.
        ("periods", "1095.00"),
        ("30/360", "1204.50"),
        ("30E/360", "1168.00"),
        ("ACT/360", "1131.50"),
        ("ACT/365F", "1116.00"),
    ],
)
def test_the_interest_of_a_first_period_by_each(name, interest):
    loan = Loan(
        principal="36500",
        annual_rate="0.36",
        original_term=12,
        elapsed=0,
        unpaid=12,
        next_due="2007-03-31",
        day_count=name,
    )
    assert str(schedule(loan, equal_principal(12)).rows[0].interest) == interest


# The table, and values beside it


def test_a_name_says_the_year_and_everything_is_written_somewhere():
    assert [count.name for count in DAY_COUNTS] == list(DAY_COUNT_INDEX)
    years = {name: DAY_COUNTS[index].year for name, index in DAY_COUNT_INDEX.items()}
    assert years == {
        "periods": None,
        "30/360": 360,
        "30E/360": 360,
        "ACT/360": 360,
        "ACT/365F": 365,
        "30U/360": 360,
        "30E/360 ISDA": 360,
        "ACT/364": 364,
        "ACT/365L": 0,
        "ACT/ACT ISDA": 0,
        "ACT/ACT AFB": 0,
        "ACT/ACT ICMA": 0,
        "NL/365": 365,
    }
    assert [count.name for count in DAY_COUNTS if not (count.text and count.source)] == []
    assert list(DAY_COUNT_INDEX)[:5] == ["periods", "30/360", "30E/360", "ACT/360", "ACT/365F"]


def test_who_looks_at_the_grid_says_so_and_needs_it():
    need = set()
    for count in DAY_COUNTS[1:]:
        try:
            year_fraction("2026-01-31", "2026-02-28", count)
        except InputError as error:
            assert (error.code, error.field) == ("missing", "grid")  # noqa: PT017 - of some only
            need.add(count.name)
    assert need == {count.name for count in DAY_COUNTS if count.on_grid}
    assert need == {"30E/360 ISDA", "ACT/365L", "ACT/ACT ICMA"}


def test_anybodys_own_is_a_value_like_the_others():
    def actual(start, end):
        return (end - start).astype(np.int64)

    over_366 = DayCount("ACT/366", actual, 366, "Actual days over 366.", "the contract")
    assert year_fraction("2023-01-01", "2024-01-01", over_366) == Fraction(365, 366)
    over_365_25 = DayCount(
        "ACT/365.25",
        actual,
        0,
        "Actual days over 365.25.",
        "the contract",
        numerator=lambda start, end, _: 4 * actual(start, end),
        whole_year=lambda _: 1461,
    )
    assert year_fraction("2021-01-01", "2025-01-01", over_365_25) == 4
    a_day = replace(over_365_25, numerator=lambda start, end, _: actual(start, end), whole_year=lambda _: 1)
    assert year_fraction("2021-01-01", "2021-01-08", a_day) == 7


def test_dates_are_read_from_what_a_person_has():
    as_text = year_fraction("2026-01-31", "2026-02-28", "ACT/365F")
    for start in (date(2026, 1, 31), datetime(2026, 1, 31), np.datetime64("2026-01-31")):  # noqa: DTZ001
        assert year_fraction(start, "2026-02-28", "ACT/365F") == as_text == Fraction(28, 365)


# Errors


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"end": "2026-01-30"}, "dates_out_of_order", "end"),
        ({"start": None}, "missing", "start"),
        ({"end": ""}, "missing", "end"),
        ({"end": np.datetime64("NaT", "D")}, "missing", "end"),
        ({"end": "2026-02-30"}, "not_a_date", "end"),
        ({"end": "today"}, "not_a_date", "end"),
        ({"end": "2026-03"}, "not_a_date", "end"),
        ({"end": 20260331}, "not_a_date", "end"),
        ({"end": datetime(2026, 3, 31, 12)}, "not_a_date", "end"),  # noqa: DTZ001
        ({"end": "2201-01-01"}, "out_of_range", "end"),
        ({"start": "1899-12-31"}, "out_of_range", "start"),
        ({"day_count": "ACT/ACT"}, "unknown_value", "day_count"),
        ({"day_count": "periods"}, "unknown_value", "day_count"),
        ({"day_count": "ACT/ACT ICMA"}, "missing", "grid"),
    ],
)
def test_what_is_no_period_is_refused(given, code, field):
    asked = {"start": "2026-01-31", "end": "2026-03-31", "day_count": "ACT/360"} | given
    with pytest.raises(InputError) as caught:
        year_fraction(**asked)
    assert (caught.value.code, caught.value.field) == (code, field)


def test_one_period_has_one_grid():
    grid = Grid(column(["2026-01-31", "2026-01-30"]), np.zeros(2, np.int64))
    with pytest.raises(InputError) as caught:
        year_fraction("2026-01-31", "2026-02-28", "ACT/ACT ICMA", grid=grid)
    assert (caught.value.code, caught.value.field) == ("out_of_range", "grid")


def test_periods_are_no_days():
    for ask in (lambda c: c.denominator(), lambda c: c.units(column(["2026-01-31"]), column(["2026-02-28"]))):
        with pytest.raises(InputError) as caught:
            ask(named("periods"))
        assert (caught.value.code, caught.value.field) == ("unknown_value", "day_count")


ANCHOR = column(["2026-01-31", "2026-02-28"])


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"frequency": np.array([0, 5])}, "unknown_value", "grid.frequency"),
        ({"frequency": np.array([-1, -1])}, "unknown_value", "grid.frequency"),
        ({"frequency": np.array([len(FREQUENCIES)])}, "unknown_value", "grid.frequency"),
        ({"frequency": np.array([], np.int64)}, "missing", "grid.frequency"),
        ({"frequency": np.array(["monthly"])}, "missing", "grid.frequency"),
        ({"anchor": column(["2026-01-31", "NaT"])}, "missing", "grid.anchor"),
        ({"anchor": ANCHOR.astype("datetime64[s]")}, "not_a_date", "grid.anchor"),
        ({"maturity": np.array([20260131])}, "not_a_date", "grid.maturity"),
    ],
)
def test_what_is_no_grid_is_refused(given, code, field):
    with pytest.raises(InputError) as caught:
        Grid(**{"anchor": ANCHOR, "frequency": np.zeros(2, np.int64)} | given)
    assert (caught.value.code, caught.value.field) == (code, field)


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"frequency": "hourly"}, "unknown_value", "grid.frequency"),
        ({"anchor": "soon"}, "not_a_date", "grid.anchor"),
        ({"maturity": "later"}, "not_a_date", "grid.maturity"),
    ],
)
def test_a_person_is_told_what_is_wrong_with_a_grid(given, code, field):
    with pytest.raises(InputError) as caught:
        Grid.of(**ONE_GRID | given)
    assert (caught.value.code, caught.value.field) == (code, field)


def test_a_frequency_without_a_denominator_in_int64_is_refused():
    asked = {"start": "2026-01-31", "end": "2027-01-31", "day_count": "ACT/ACT ICMA"}
    with pytest.raises(InputError) as caught:
        year_fraction(**asked, grid=Grid.of("2026-01-31", "59-monthly"))
    assert (caught.value.code, caught.value.value) == ("beyond_domain", "59-monthly")
    assert year_fraction(**asked, grid=Grid.of("2026-01-31", "5-yearly")) == Fraction(365, 1826) * 5


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"year": -360}, "out_of_range", "year"),
        ({"year": 0}, "out_of_range", "year"),
        ({"year": 360, "whole_year": lambda _: 720}, "out_of_range", "year"),
        ({"year": 0, "whole_year": lambda _: 720}, "missing", "numerator"),
    ],
)
def test_a_day_count_that_has_no_year_is_refused(given, code, field):
    own = {"name": "own", "days": lambda start, end: end - start, "text": "", "source": ""}
    with pytest.raises(InputError) as caught:
        DayCount(**own | given)
    assert (caught.value.code, caught.value.field) == (code, field)


@pytest.mark.parametrize("name", ["30/360 US", "act/360", "ACT/ACT", "30e/360"])
def test_a_name_nearly_right_is_no_name(name):
    with pytest.raises(InputError, match="day_count"):
        Loan(
            principal=1,
            annual_rate=0,
            original_term=1,
            elapsed=0,
            unpaid=1,
            next_due="2026-01-31",
            day_count=name,
        )


@pytest.mark.parametrize(
    "days",
    [
        lambda start, end: end - start,
        lambda start, end: (end - start).astype(np.float64),
        lambda *_: None,
        lambda *_: 31,
        lambda *_: np.array([True]),
    ],
)
@pytest.mark.parametrize("place", ["days", "numerator"])
def test_a_count_of_one_s_own_that_gives_no_whole_numbers_is_refused(days, place):
    own = DayCount("own", days, 365, "", "")
    if place == "numerator":
        own = DayCount(
            "own", DAY_COUNTS[3].days, 365, "", "", numerator=lambda start, end, _: days(start, end)
        )
    given = {"original_term": 3, "elapsed": 0, "unpaid": 3, "next_due": "2026-01-31"}
    loan = Loan(principal="1200", annual_rate="0.12", day_count=own, **given)
    with pytest.raises(InputError, match="whole numbers") as caught:
        schedule(loan, equal_principal(3))
    assert (caught.value.field, caught.value.value) == ("day_count", "own")


def test_a_year_of_one_s_own_is_whole_days():
    for year in (365.25, "365", True):
        with pytest.raises(InputError) as caught:
            DayCount("own", DAY_COUNTS[3].days, year, "", "")
        assert (caught.value.code, caught.value.field) == ("unknown_value", "day_count")
    own = DayCount(
        "own",
        DAY_COUNTS[3].days,
        0,
        "",
        "",
        numerator=lambda start, end, _: (end - start).astype(np.int64),
        whole_year=lambda _: 365.25,
    )
    with pytest.raises(InputError, match="denominator") as caught:
        year_fraction("2026-01-31", "2026-02-28", own)
    assert caught.value.field == "day_count"
