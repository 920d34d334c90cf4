"""Day counts: every one through the same laws, then the cases that tell them apart."""

from datetime import date

import numpy as np
import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from repayplan import InputError, Loan, equal_principal, schedule
from repayplan.basics.daycount import DAY_COUNT_INDEX, DAY_COUNTS

COUNTS = [pytest.param(each, id=each.name) for each in DAY_COUNTS]
ENDS = [date(2024, 1, 31), date(2024, 2, 28), date(2024, 2, 29), date(2025, 2, 28), date(2025, 3, 30)]
DATES = st.one_of(st.sampled_from(ENDS), st.dates(date(1950, 1, 1), date(2150, 12, 31)))


def days(count, start, end):
    return int(count.days(*(np.array([d], "datetime64[D]") for d in (start, end)))[0])


# Laws


@pytest.mark.parametrize("count", COUNTS)
@given(day=DATES)
def test_from_a_day_to_itself_nothing_counts(count, day):
    assert days(count, day, day) == 0


@pytest.mark.parametrize("count", COUNTS)
@given(dates=st.lists(DATES, min_size=3, max_size=3).map(sorted))
def test_a_later_end_or_an_earlier_start_never_counts_less(count, dates):
    first, middle, last = dates
    assert 0 <= days(count, first, middle) <= days(count, first, last)
    assert days(count, middle, last) <= days(count, first, last)


@pytest.mark.parametrize("count", COUNTS)
@given(dates=st.lists(DATES.filter(lambda d: d.day < 31), min_size=3, max_size=3))
def test_parts_add_up_where_no_date_is_a_31st(count, dates):
    first, middle, last = dates
    assert days(count, first, middle) + days(count, middle, last) == days(count, first, last)


@pytest.mark.parametrize("count", [c for c in COUNTS if c.id != "30/360"])
@given(dates=st.lists(DATES, min_size=3, max_size=3))
def test_parts_always_add_up_but_for_the_bond_basis(count, dates):
    first, middle, last = dates
    assert days(count, first, middle) + days(count, middle, last) == days(count, first, last)


def test_on_the_bond_basis_the_parts_may_not_add_up():
    bond = DAY_COUNTS[DAY_COUNT_INDEX["30/360"]]
    first, middle, last = date(2026, 1, 15), date(2026, 1, 31), date(2026, 2, 15)
    assert (days(bond, first, middle), days(bond, middle, last), days(bond, first, last)) == (16, 15, 30)


@pytest.mark.parametrize("count", COUNTS)
@given(day=DATES)
def test_half_a_year_is_about_a_half(count, day):
    half = days(count, day, day + relativedelta(months=6)) / (count.year or 360)
    assert abs(half - 0.5) < 0.012


@pytest.mark.parametrize("count", [c for c in COUNTS if c.id in ("periods", "30/360", "30E/360")])
@given(day=DATES.filter(lambda d: d.day <= 28), months=st.integers(0, 600))
def test_whole_months_are_thirty_days_each(count, day, months):
    assert days(count, day, day + relativedelta(months=months)) == 30 * months


@pytest.mark.parametrize("count", [c for c in COUNTS if c.id.startswith("ACT")])
@given(start=DATES, end=DATES)
def test_actual_days_are_those_of_the_calendar(count, start, end):
    assert days(count, start, end) == (end - start).days


@pytest.mark.parametrize("count", COUNTS)
@given(pairs=st.lists(st.tuples(DATES, DATES), min_size=1, max_size=10))
def test_an_array_is_its_pairs(count, pairs):
    start, end = (np.array(column, "datetime64[D]") for column in zip(*pairs, strict=True))
    got = count.days(start, end)
    assert got.dtype == np.dtype(np.int64)
    assert got.tolist() == [days(count, *pair) for pair in pairs]


# Cases that tell them apart


@pytest.mark.parametrize(
    ("start", "end", "bond", "eurobond", "actual"),
    [
        ("2006-01-31", "2006-02-28", 28, 28, 28),
        ("2006-02-28", "2006-03-03", 5, 5, 3),
        ("2008-02-28", "2008-08-31", 183, 182, 185),
        ("2007-01-15", "2007-01-30", 15, 15, 15),
        ("2007-01-15", "2007-01-31", 16, 15, 16),
        ("2007-01-15", "2007-02-15", 30, 30, 31),
        ("2007-01-30", "2007-01-31", 0, 0, 1),
        ("2007-01-31", "2007-02-01", 1, 1, 1),
        ("2007-01-31", "2007-03-31", 60, 60, 59),
        ("2007-09-30", "2007-10-31", 30, 30, 31),
        ("2007-09-30", "2008-03-31", 180, 180, 183),
        ("2007-09-30", "2008-09-30", 360, 360, 366),
        ("2007-02-28", "2007-03-31", 33, 32, 31),
        ("2007-02-28", "2007-08-31", 183, 182, 184),
        ("2006-08-31", "2007-02-28", 178, 178, 181),
        ("2007-02-26", "2008-02-29", 363, 363, 368),
        ("2008-02-29", "2009-02-28", 359, 359, 365),
        ("2008-02-29", "2008-03-30", 31, 31, 30),
        ("2008-02-29", "2008-03-31", 32, 31, 31),
        ("2008-02-29", "2008-08-31", 182, 181, 184),
        ("2007-08-31", "2008-02-29", 179, 179, 182),
        ("2007-12-31", "2008-01-01", 1, 1, 1),
        ("2008-02-28", "2008-03-01", 3, 3, 2),
    ],
)
def test_cases(start, end, bond, eurobond, actual):
    start, end = date.fromisoformat(start), date.fromisoformat(end)
    got = {count.name: days(count, start, end) for count in DAY_COUNTS}
    assert got == {
        "periods": eurobond,
        "30/360": bond,
        "30E/360": eurobond,
        "ACT/360": actual,
        "ACT/365F": actual,
    }


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


def test_a_name_says_the_year_and_everything_is_written_somewhere():
    assert [count.name for count in DAY_COUNTS] == list(DAY_COUNT_INDEX)
    years = {name: DAY_COUNTS[index].year for name, index in DAY_COUNT_INDEX.items()}
    assert years == {"periods": None, "30/360": 360, "30E/360": 360, "ACT/360": 360, "ACT/365F": 365}
    assert [count.name for count in DAY_COUNTS if not (count.text and count.source)] == []


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
