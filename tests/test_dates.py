"""Due dates against python-dateutil, and the calendar beneath them against the standard library's."""

from calendar import monthrange
from datetime import date, timedelta
from fractions import Fraction

import numpy as np
import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import example, given
from hypothesis import strategies as st

from repayplan.basics.dates import (
    DAYS_OF,
    FREQUENCIES,
    FREQUENCY_INDEX,
    LOW,
    MONTHS_OF,
    PERIOD_MONTHS_DEN,
    PERIOD_MONTHS_NUM,
    civil,
    in_limbs,
    shift,
)

ENDS = [date(2025, 1, 31), date(2024, 2, 29), date(2026, 2, 28), date(2026, 4, 30), date(1900, 2, 28)]
DATES = st.one_of(st.sampled_from(ENDS), st.dates(date(1900, 1, 1), date(2200, 12, 31)))
NAMED = {"monthly": 1, "bimonthly": 2, "quarterly": 3, "semi-annual": 6, "annual": 12, "yearly": 12}
NAMED_DAYS = {"daily": 1, "weekly": 7, "fortnightly": 14}
UNITS = {"monthly": (1, 0), "yearly": (12, 0), "weekly": (0, 7), "daily": (0, 1)}


def apart(name):
    """(months, days) between two due dates; (0, 0) for half a month."""
    if name == "semi-monthly":
        return 0, 0
    if name in NAMED or name in NAMED_DAYS:
        return NAMED.get(name, 0), NAMED_DAYS.get(name, 0)
    number, _, unit = name.partition("-")
    return tuple(int(number) * each for each in UNITS[unit])


def after(anchor, name, k):
    months, days = apart(name)
    if months or days:
        return anchor + relativedelta(months=months * k) + timedelta(days=days * k)
    whole, odd = divmod(k, 2)
    if not odd:
        return anchor + relativedelta(months=whole)
    if anchor.day > 15:
        return anchor + relativedelta(months=whole + 1, day=anchor.day - 15)
    return anchor + relativedelta(months=whole, day=anchor.day + 15)


def array(dates):
    return np.array(dates, "datetime64[D]")


@given(DATES, st.sampled_from(sorted(FREQUENCY_INDEX)), st.integers(-10, 60))
def test_due_dates_are_those_of_dateutil(anchor, name, k):
    got = shift(array([anchor]), FREQUENCY_INDEX[name], np.array([k]))
    assert got.dtype == np.dtype("datetime64[D]")
    assert got[0].item() == after(anchor, name, k)


@given(
    st.lists(
        st.tuples(DATES, st.integers(0, len(FREQUENCIES) - 1), st.integers(-20, 60)), min_size=1, max_size=20
    )
)
def test_a_batch_is_its_rows(rows):
    anchors, often, k = zip(*rows, strict=True)
    got = shift(array(anchors), np.array(often), np.array(k)).tolist()
    assert got == [after(a, FREQUENCIES[f].name, n) for a, f, n in rows]


@pytest.mark.parametrize(
    ("anchor", "frequency", "dates"),
    [
        ("2025-01-31", "monthly", ["2025-02-28", "2025-03-31", "2025-04-30", "2025-05-31"]),
        ("2024-01-31", "monthly", ["2024-02-29", "2024-03-31", "2024-04-30", "2024-05-31"]),
        ("2024-01-30", "monthly", ["2024-02-29", "2024-03-30", "2024-04-30", "2024-05-30"]),
        ("2025-02-28", "monthly", ["2025-03-28", "2025-04-28", "2025-05-28", "2025-06-28"]),
        ("2024-02-29", "monthly", ["2024-03-29", "2024-04-29", "2024-05-29", "2024-06-29"]),
        ("2024-02-29", "annual", ["2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"]),
        ("2096-02-29", "annual", ["2097-02-28", "2098-02-28", "2099-02-28", "2100-02-28"]),
        ("2025-11-30", "quarterly", ["2026-02-28", "2026-05-30", "2026-08-30", "2026-11-30"]),
        ("2025-08-31", "semi-annual", ["2026-02-28", "2026-08-31", "2027-02-28", "2027-08-31"]),
        ("2024-02-26", "weekly", ["2024-03-04", "2024-03-11", "2024-03-18", "2024-03-25"]),
        ("2026-01-15", "semi-monthly", ["2026-01-30", "2026-02-15", "2026-02-28", "2026-03-15"]),
        ("2026-01-01", "semi-monthly", ["2026-01-16", "2026-02-01", "2026-02-16", "2026-03-01"]),
        ("2026-01-31", "semi-monthly", ["2026-02-16", "2026-02-28", "2026-03-16", "2026-03-31"]),
        ("2026-01-31", "10-daily", ["2026-02-10", "2026-02-20", "2026-03-02", "2026-03-12"]),
        ("2024-02-29", "2-yearly", ["2026-02-28", "2028-02-29", "2030-02-28", "2032-02-29"]),
        ("2025-12-24", "fortnightly", ["2026-01-07", "2026-01-21", "2026-02-04", "2026-02-18"]),
    ],
)
def test_dates_are_counted_from_the_anchor(anchor, frequency, dates):
    got = shift(array([anchor]), FREQUENCY_INDEX[frequency], np.arange(1, 5))
    assert got.astype(str).tolist() == dates


@given(DATES, st.integers(0, len(FREQUENCIES) - 1), st.integers(-20, 60))
def test_later_periods_are_later_and_none_is_the_anchor(anchor, frequency, k):
    got = shift(array([anchor]), frequency, np.array([0, k, k + 1]))
    assert got[0].item() == anchor
    assert got[1] < got[2]


@pytest.mark.parametrize(
    ("anchor", "frequency", "dates"),
    [
        ("2026-02-28", "monthly", ["2026-03-31", "2026-04-30", "2026-05-31", "2026-06-30"]),
        ("2026-04-30", "quarterly", ["2026-07-31", "2026-10-31", "2027-01-31", "2027-04-30"]),
        ("2024-02-29", "annual", ["2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"]),
        ("2026-04-29", "monthly", ["2026-05-29", "2026-06-29", "2026-07-29", "2026-08-29"]),
        ("2026-04-30", "10-daily", ["2026-05-10", "2026-05-20", "2026-05-30", "2026-06-09"]),
    ],
)
def test_month_ends_stay_month_ends_where_the_rule_says(anchor, frequency, dates):
    got = shift(array([anchor]), FREQUENCY_INDEX[frequency], np.arange(1, 5), month_end=True)
    assert got.astype(str).tolist() == dates


def test_shapes_are_broadcast():
    anchors = array(["2026-01-31", "2026-03-31"])
    got = shift(anchors, np.array([0, 2]), np.arange(3)[:, None])
    assert got.astype(str).tolist() == [
        ["2026-01-31", "2026-03-31"],
        ["2026-02-28", "2026-06-30"],
        ["2026-03-31", "2026-09-30"],
    ]


def test_no_date_stays_none():
    got = shift(array(["NaT", "2026-01-31"]), np.array([0, FREQUENCY_INDEX["weekly"]]), np.array([1, 1]))
    assert got.astype(str).tolist() == ["NaT", "2026-02-07"]


@given(st.lists(DATES, min_size=1, max_size=10))
def test_the_parts_of_a_date_are_those_of_the_calendar(dates):
    month, day, length = (part.tolist() for part in civil(array(dates)))
    assert month == [(d.year - 1970) * 12 + d.month - 1 for d in dates]
    assert day == [d.day for d in dates]
    assert length == [monthrange(d.year, d.month)[1] for d in dates]


def test_names_of_frequencies():
    for name, index in FREQUENCY_INDEX.items():
        assert (FREQUENCIES[index].months, FREQUENCIES[index].days) == apart(name)
    assert {*NAMED, *NAMED_DAYS, "semi-monthly", "120-monthly", "10-yearly", "366-daily"} <= set(
        FREQUENCY_INDEX
    )
    assert FREQUENCIES[0].name == "monthly"
    assert len({f.name for f in FREQUENCIES}) == len(FREQUENCIES)
    assert [FREQUENCY_INDEX[f.name] for f in FREQUENCIES] == list(range(len(FREQUENCIES)))


@pytest.mark.parametrize("index", range(len(FREQUENCIES)))
def test_a_year_is_twelve_months_or_52_weeks(index):
    frequency = FREQUENCIES[index]
    a_year = Fraction(12, frequency.months) if frequency.months else 24
    if frequency.days:
        a_year = Fraction(52 * 7, frequency.days)
    # The interest of days that make no whole weeks counts them over 365.
    counted = Fraction(365, frequency.days) if frequency.days % 7 else a_year
    assert frequency.year_share * counted == 1
    assert frequency.in_months * a_year == 12
    assert Fraction(int(PERIOD_MONTHS_NUM[index]), int(PERIOD_MONTHS_DEN[index])) == frequency.in_months
    assert (MONTHS_OF[index], DAYS_OF[index]) == (frequency.months, frequency.days)


@pytest.mark.parametrize(
    ("anchor", "expected"),
    [
        ("2026-01-15", ["01-15", "01-31", "02-15", "02-28", "03-15", "03-31"]),
        ("2026-02-28", ["02-28", "03-15", "03-31", "04-15", "04-30", "05-15"]),
        ("2026-01-20", ["01-20", "02-05", "02-20", "03-05", "03-20", "04-05"]),
    ],
)
def test_the_fifteenth_and_the_last_day(anchor, expected):
    start, k = np.array([anchor], "datetime64[D]"), np.arange(6)
    half = FREQUENCY_INDEX["semi-monthly"]
    assert [str(day)[5:] for day in shift(start, half, k, month_end=True)] == expected
    # Counted from any of its dates, the same dates: 2024 and 2028 are leap years.
    days = shift(np.array(["2024-01-15"], "datetime64[D]"), half, np.arange(120), month_end=True)
    for back in (1, 2, 50, 99):
        assert (shift(days[back:], half, -back, month_end=True) == days[: len(days) - back]).all()


SIGNED = st.integers(-(2**63), 2**63 - 1)


@given(st.lists(st.tuples(SIGNED, SIGNED), min_size=1, max_size=20))
@example([(-1, 0), (0, -1), (2**62, 2**62), (2**LOW, 2**LOW - 1)])
def test_limbs_order_as_their_amounts(rows):
    one, other = (in_limbs(np.array(column)) for column in zip(*rows, strict=True))
    assert one.above(other).tolist() == [a > b for a, b in rows]
    assert [one.whole(i) for i in range(len(rows))] == [a for a, _ in rows]
