"""Day counts, business days and due dates beside QuantLib, rates of return beside scipy's roots.

Both are heavy and stand in the extra `dev`: what they confirm is tested against dateutil, published figures
and slow references, too.
"""

from datetime import date, timedelta
from decimal import Decimal
from importlib import import_module

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from extras import needs
from repayplan import irr
from repayplan.basics.businessdays import adjust
from repayplan.basics.calendars import WEEKENDS
from repayplan.basics.dates import FREQUENCY_INDEX, shift
from repayplan.basics.daycount import year_fraction

ENDS = [date(2024, 2, 28), date(2024, 2, 29), date(2025, 2, 28), date(2025, 1, 31), date(2025, 4, 30)]
DAYS = st.one_of(st.sampled_from(ENDS), st.dates(date(1950, 1, 1), date(2150, 12, 31)))
THEIRS = {
    "30/360": lambda ql: ql.Thirty360(ql.Thirty360.BondBasis),
    "30U/360": lambda ql: ql.Thirty360(ql.Thirty360.USA),
    "30E/360": lambda ql: ql.Thirty360(ql.Thirty360.EurobondBasis),
    "ACT/360": lambda ql: ql.Actual360(),
    "ACT/364": lambda ql: ql.Actual364(),
    "ACT/365F": lambda ql: ql.Actual365Fixed(),
    "ACT/ACT ISDA": lambda ql: ql.ActualActual(ql.ActualActual.ISDA),
    "ACT/ACT AFB": lambda ql: ql.ActualActual(ql.ActualActual.Euro),
    "NL/365": lambda ql: ql.Actual365Fixed(ql.Actual365Fixed.NoLeap),
}
CONVENTIONS = {
    "following": "Following",
    "modified_following": "ModifiedFollowing",
    "preceding": "Preceding",
    "modified_preceding": "ModifiedPreceding",
}

PERIODS = {
    "monthly": (1, "Months"),
    "quarterly": (3, "Months"),
    "weekly": (1, "Weeks"),
    "fortnightly": (2, "Weeks"),
}


def of(day):
    """The same day in QuantLib."""
    ql = import_module("QuantLib")

    return ql.Date(day.day, day.month, day.year)


@needs("QuantLib")
@pytest.mark.parametrize("name", sorted(THEIRS))
@given(start=DAYS, days=st.integers(0, 1_500))
def test_parts_of_years_are_those_of_quantlib(name, start, days):
    ql = import_module("QuantLib")

    end = min(start + timedelta(days), date(2150, 12, 31))
    theirs = THEIRS[name](ql).yearFraction(of(start), of(end))
    assert float(year_fraction(start, end, name)) == pytest.approx(theirs, rel=1e-13, abs=1e-15)


@needs("QuantLib")
@given(day=DAYS, convention=st.sampled_from(sorted(CONVENTIONS)))
def test_business_days_are_those_of_quantlib(day, convention):
    ql = import_module("QuantLib")

    moved, beyond = adjust(np.array([day], "datetime64[D]"), convention, WEEKENDS)
    there = ql.WeekendsOnly().adjust(of(day), getattr(ql, CONVENTIONS[convention]))
    assert not beyond.any()
    assert of(moved[0].item()) == there


@needs("QuantLib")
@given(anchor=DAYS, name=st.sampled_from(sorted(PERIODS)), month_end=st.booleans())
def test_due_dates_are_those_of_quantlib(anchor, name, month_end):
    ql = import_module("QuantLib")

    count, unit = PERIODS[name]
    period, none = ql.Period(count, getattr(ql, unit)), ql.NullCalendar()
    first = np.array([anchor], "datetime64[D]")
    ours = shift(first, FREQUENCY_INDEX[name], np.arange(25), month_end=month_end and unit == "Months")
    last, plain = of(ours[-1].item()), ql.Unadjusted
    rule = ql.DateGeneration.Forward
    theirs = ql.Schedule(of(anchor), last, period, none, plain, plain, rule, month_end and unit == "Months")
    assert [of(day) for day in ours.tolist()] == list(theirs)


@needs("scipy")
@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=60), st.integers(50, 95))
def test_rates_of_return_are_roots_of_scipy(paid, percent):
    from scipy.optimize import brentq

    flows = [-max(sum(paid) * percent // 100, 1), *paid]
    k = np.arange(len(flows))

    def worth(rate):
        return float((np.array(flows, float) * (1 + rate) ** -k).sum())

    if worth(0.0) > 0 and worth(50.0) < 0:
        assert abs(irr(flows) - Decimal(brentq(worth, 0.0, 50.0, xtol=1e-14, rtol=1e-14))) < Decimal("1e-9")
