"""The day of the month on which payments fall due, though the next due date is in a month without it."""

from datetime import date

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp

MONTHS = {"monthly": 1, "bimonthly": 2, "quarterly": 3, "semi-annual": 6, "annual": 12}


def loan_of(**given_):
    plain = {"principal": "1200", "annual_rate": "0.06", "original_term": 24, "elapsed": 0, "unpaid": 24}
    return rp.Loan(**plain | given_)


@given(
    st.integers(1, 31),
    st.dates(date(1990, 1, 1), date(2090, 12, 31)),
    st.sampled_from(sorted(MONTHS)),
    st.sampled_from(["periods", "30E/360", "ACT/365F", "ACT/ACT ICMA"]),
)
def test_every_due_date_falls_on_the_day_or_the_last_of_its_month(day, near, frequency, day_count):
    first = near + relativedelta(day=day)
    loan = loan_of(next_due=first, frequency=frequency, day_count=day_count, due_dates=rp.DueDates(day=day))
    rows = rp.schedule(loan, rp.equal_principal(14)).rows
    months = MONTHS[frequency]
    assert [row.due_date for row in rows] == [
        first + relativedelta(months=months * k, day=day) for k in range(14)
    ]
    assert loan.start is None
    assert rp.schedule(loan, rp.equal_principal(1)).interest_from == first + relativedelta(
        months=-months, day=day
    )


def test_a_regular_period_counts_as_a_whole_one_from_day_to_day():
    # By ACT/ACT ICMA each regular month is a twelfth, whatever its days.
    rows = rp.schedule(
        loan_of(next_due="2026-02-28", day_count="ACT/ACT ICMA", due_dates=rp.DueDates(day=30)),
        rp.interest_only(4),
    ).rows
    assert {row.interest for row in rows} == {6}


def test_a_rule_for_some_loans_only():
    loans = rp.Loans.from_columns(
        principal="1200",
        annual_rate="0.06",
        original_term=24,
        elapsed=0,
        unpaid=24,
        next_due=["2026-02-28", "2026-02-28", "2026-03-15"],
        due_dates=(rp.DueDates(), rp.DueDates(day=30)),
        due_index=[0, 1, 1],
    )
    made = rp.schedule(loans, rp.equal_principal(2))
    assert [made.value.one(i).rows[1].due_date.isoformat() for i in (0, 1)] == ["2026-03-28", "2026-03-30"]
    (failure,) = made.failures
    assert (failure.row, failure.code, failure.field) == (2, rp.Code.UNKNOWN_VALUE, "next_due")
    assert (failure.value, failure.limit) == ("2026-03-15", "day 30 of a month")


@pytest.mark.parametrize("frequency", ["weekly", "semi-monthly", "10-daily"])
def test_periods_that_are_no_months_have_no_day_of_the_month(frequency):
    with pytest.raises(rp.InputError) as caught:
        rp.schedule(
            loan_of(next_due="2026-03-30", frequency=frequency, due_dates=rp.DueDates(day=30)), rp.flat(3)
        )
    assert (caught.value.code, caught.value.field) == (rp.Code.UNKNOWN_VALUE, "next_due")


@pytest.mark.parametrize(
    ("given_", "code"),
    [
        ({"day": 0}, rp.Code.OUT_OF_RANGE),
        ({"day": 32}, rp.Code.OUT_OF_RANGE),
        ({"day": True}, rp.Code.OUT_OF_RANGE),
        ({"day": 30, "month_end": True}, rp.Code.UNKNOWN_VALUE),
        ({"day": 30, "given": ("2026-01-30",)}, rp.Code.UNKNOWN_VALUE),
    ],
)
def test_a_day_that_cannot_be_meant_is_refused(given_, code):
    with pytest.raises(rp.InputError) as caught:
        rp.DueDates(**given_)
    assert (caught.value.code, caught.value.field) == (code, "due_dates.day")
