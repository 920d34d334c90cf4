"""Present values, rates of return, annual percentage rates and durations, against slow exact arithmetic."""

import calendar
import datetime as dt
import sys
from decimal import Decimal, getcontext, localcontext
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import assume, given
from hypothesis import strategies as st

import repayplan
from extras import needs
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import minor
from repayplan.kernel.discount import HIGHEST, LOWEST
from repayplan.kernel.exact import exact_sign
from repayplan.plans.apr import apr_eu, apr_us, apr_us_units
from repayplan.plans.durations import duration, weighted_average_life
from repayplan.plans.returns import effective_rate, irr
from repayplan.plans.worth import diminished_obligation, npv, present_value, total_cost
from repayplan.plans.yearly import full_months

SOURCE = str(Path(repayplan.__file__).parent)
STEP = Fraction(1, 10**10)
DAY = dt.timedelta(1)
MONTH = relativedelta(months=1)


# The oracle: plain Python


def worth(flows, times, rate):
    """Value at a rate: a fraction where the times are whole, else 80 digits."""
    if all(Fraction(t).denominator == 1 for t in times):
        return sum(Fraction(c) / (1 + rate) ** int(t) for c, t in zip(flows, times, strict=True))
    with localcontext(prec=80):
        force = (Decimal((1 + rate).numerator) / Decimal((1 + rate).denominator)).ln()
        terms = []
        for flow, t in zip(flows, times, strict=True):
            time = Decimal(Fraction(t).numerator) / Decimal(Fraction(t).denominator)
            terms.append(Decimal(int(flow)) * (-force * time).exp())
        return sum(terms)


def appendix_worth(flows, whole, odd, rate):
    return sum(
        Fraction(c) / ((1 + f * rate) * (1 + rate) ** t) for c, t, f in zip(flows, whole, odd, strict=True)
    )


def brackets(value_at, rate, step=STEP):
    """Whether the value changes sign between the half steps about a rate."""
    return value_at(rate - step / 2) * value_at(rate + step / 2) <= 0


def last_day(year, month):
    return calendar.monthrange(year, month)[1]


def nominal_days(first, later):
    """The day of the month that each date counts from."""
    most = max(d.day for d in later)
    if len(later) > 1 and first.day != most and all(d.day == last_day(d.year, d.month) for d in later):
        return [31] * len(later)
    if all(d.day == min(most, last_day(d.year, d.month)) for d in later):
        return [most] * len(later)
    return [d.day for d in later]


def months_back(first, later, day):
    """Full months back from a date, and the date that they lead to."""
    months, reached = 0, later
    while True:
        year, month = divmod(later.year * 12 + later.month - 1 - months - 1, 12)
        earlier = dt.date(year, month + 1, min(day, last_day(year, month + 1)))
        if earlier < first:
            return months, reached
        months, reached = months + 1, earlier


def rest_of_year(days, end):
    return Fraction(days, (end - (end - relativedelta(years=1))).days)


def years(first, dates, year):
    """Times of dates in years, by the wording of the rules."""
    later = [d for d in dates if d > first]
    if year == "365 days":
        return [Fraction((d - first).days, 365) for d in dates]
    back = dict(
        zip(
            later,
            (months_back(first, d, n) for d, n in zip(later, nominal_days(first, later), strict=True)),
            strict=True,
        )
    )
    rests = [(reached - first).days for _, reached in back.values()]
    gaps = [(d - first).days for d in later]
    weekly = year == "52 weeks"
    if year == "equal periods" and any(rests):
        apart = all((b - a) % 7 == 0 for a, b in pairwise(gaps))
        weekly = all(gap % 7 == 0 for gap in gaps) or (apart and len(set(rests)) > 1)
    out = []
    for d in dates:
        if d == first:
            out.append(Fraction(0))
        elif weekly:
            weeks, left = divmod((d - first).days, 7)
            out.append(Fraction(weeks, 52) + rest_of_year(left, first + left * DAY))
        else:
            months, reached = back[d]
            out.append(Fraction(months, 12) + rest_of_year((reached - first).days, reached))
    return out


def unit_times(first, dates, unit):
    """(t, f) of dates by appendix J, (b)(5); the dates fall on one day of the month."""
    kind, k = unit
    days_of = nominal_days(first, dates)
    out = []
    for d, day in zip(dates, days_of, strict=True):
        months, reached = months_back(first, d, day) if d > first else (0, d)
        rest = (reached - first).days
        if kind == "day":
            whole, odd = divmod((d - first).days, k)
            out.append((whole, Fraction(odd, k)))
        elif k == 12 and rest == 0:
            out.append((months // 12, Fraction(months % 12, 12)))
        elif k == 12:
            out.append((months // 12, Fraction((d - relativedelta(years=months // 12) - first).days, 365)))
        elif k == 1:
            out.append((months, Fraction(rest, 30)))
        else:
            span = 15 if kind == "semimonth" else 30 * k
            whole, odd = divmod(30 * months + rest, span)
            out.append((whole, Fraction(odd, span)))
    return out


# Flows to try


amounts = st.integers(-(10**6), 10**6)


@st.composite
def conventional(draw, most=10):
    """An advance and repayments: exactly one rate."""
    paid = draw(st.lists(st.integers(0, 10**6), min_size=1, max_size=most).filter(any))
    total = sum(paid)
    return [-draw(st.integers(max(1, total // 4), max(1, 2 * total))), *paid]


@st.composite
def date_lists(draw, size):
    first = draw(st.dates(dt.date(1950, 1, 1), dt.date(2100, 12, 31)))
    kind = draw(st.sampled_from(["months", "weeks", "days"]))
    start = first + draw(st.integers(1, 70)) * DAY
    if kind == "months":
        return [first, *(start + k * MONTH for k in range(size - 1))]
    if kind == "weeks":
        return [first, *(start + 7 * k * DAY for k in range(size - 1))]
    gaps = draw(st.lists(st.integers(1, 400), min_size=size - 2, max_size=size - 2))
    dates = [first, start]
    for gap in gaps:
        dates.append(dates[-1] + gap * DAY)
    return dates


def ragged(rows):
    return np.array([x for row in rows for x in row]), np.cumsum([0, *(len(row) for row in rows)])


def days(rows):
    return np.array([d for row in rows for d in row], "datetime64[D]")


def exactly(rate):
    return Fraction(rate)


# Internal rate of return


@given(conventional())
def test_the_value_changes_sign_at_the_neighbours_of_the_rate(flows):
    rate = exactly(irr(flows))
    assert brackets(lambda r: worth(flows, range(len(flows)), r), rate)


@given(conventional(), st.integers(0, 8))
def test_the_rate_is_rounded_once_to_the_places_asked_for(flows, places):
    rate = irr(flows, places=places)
    assert rate.as_tuple().exponent == -places
    low, high = (exactly(rate) + side * Fraction(1, 2 * 10**places) for side in (-1, 1))
    low, high = max(low, LOWEST), min(high, HIGHEST)
    assert worth(flows, range(len(flows)), low) >= 0 >= worth(flows, range(len(flows)), high)


@given(st.lists(conventional(), min_size=1, max_size=6))
def test_a_batch_is_its_loans_one_by_one(rows):
    flat, offsets = ragged(rows)
    got = irr(flat, offsets=offsets)
    assert got.value.dtype == np.int64
    assert got.row.tolist() == list(range(len(rows)))
    alone = [irr(minor(row)) for row in rows]
    assert [Decimal(k).scaleb(-10) for k in got.value.tolist()] == alone
    assert irr(flat, offsets=offsets, workers=2).value.tolist() == got.value.tolist()


@given(conventional(), st.integers(2, 10**6))
def test_the_rate_is_that_of_multiples_and_of_the_other_side(flows, k):
    rate = irr(flows)
    assert irr([k * c for c in flows]) == rate
    assert irr([-c for c in flows]) == rate


@given(conventional(), st.data())
def test_the_order_of_rows_is_irrelevant_and_flows_of_one_time_add_up(flows, data):
    times = list(range(len(flows)))
    rows = [*zip(flows, times, strict=True), (70, 0), (-70, 0), (0, 3)]
    mixed = data.draw(st.permutations(rows))
    assert irr(*zip(*mixed, strict=True)) == irr(flows)


@given(conventional(), st.data())
def test_a_higher_payment_is_a_higher_rate_and_a_later_one_a_lower(flows, data):
    paid = [i for i, c in enumerate(flows) if c > 0]
    i = data.draw(st.sampled_from(paid))
    more = [c + 1000 * (j == i) for j, c in enumerate(flows)]
    assert irr(more) > irr(flows)
    assume(irr(flows) > 0)
    later = [t + (t >= i) for t in range(len(flows))]
    assert irr(flows, later) < irr(flows)


@given(conventional())
def test_at_its_own_rate_a_loan_is_worth_about_nothing(flows):
    rate = irr(flows)
    assume(rate > 0)
    assert abs(npv(flows, rate)) <= Decimal("0.01") * len(flows)


@given(st.integers(1, 50), st.integers(10**6, 10**9), st.integers(0, 10**9))
def test_one_payment_after_n_periods_is_a_root(n, advanced, gain):
    rate = exactly(irr(minor([-advanced, advanced + gain]), [0, n]))
    low, high = (1 + rate + side * STEP / 2 for side in (-1, 1))
    assert low**n <= Fraction(advanced + gain, advanced) <= high**n


@pytest.mark.parametrize(("n", "up", "even"), [(1, 1, 0), (3, 2, 2), (5, 3, 2), (-1, 0, 0), (-3, -1, -2)])
def test_a_rate_just_between_two_steps_is_a_tie(n, up, even):
    flows, base = [-2 * 10**10, 2 * 10**10 + n], Decimal(1).scaleb(-10)
    assert irr(minor(flows)) == even * base
    assert apr_us_units(minor(flows), [0, 1], 0, per_year=1) == up * base


def test_a_tie_of_a_fractional_power_is_one_too():
    # 1.5 in a fifth of a year of 365 days is 1.5**5 - 1 = 6.59375 a year, just between two steps of 1e-4.
    first = dt.date(2026, 1, 1)
    flows, dates = [-100, 150], [first, first + 73 * DAY]
    assert effective_rate(flows, dates, year="365 days", places=4) == Decimal("6.5938")
    assert effective_rate(flows, dates, year="365 days", places=3) == Decimal("6.594")
    # 2.5**5 - 1 = 96.65625.
    assert effective_rate([-100, 250], dates, year="365 days", places=4) == Decimal("96.6562")
    assert apr_eu([-100, 250], dates, year="365 days", places=4) == Decimal("96.6563")


def test_rates_at_the_ends_of_the_domain():
    assert irr([-1, 10001]) == 10000
    assert irr([-10000, 1]) == Decimal("-0.9999")
    assert irr(minor([-(10**18), 10**14])) == Decimal("-0.9999")
    for beyond in ([-1, "10001.01"], ["-10000.01", 1], minor([-(10**18), 10**14 - 1])):
        with pytest.raises(InputError) as caught:
            irr(beyond)
        assert (caught.value.code, caught.value.field) == (Code.NO_RATE, "rate")


def test_a_sign_is_told_however_near_to_zero():
    # Convergents of the square root of 2, left and right of it, and with it exactly.
    p, q = 1, 1
    for _ in range(400):
        p, q = p + 2 * q, p + q
    assert len(str(p)) > 150
    side = 1 if p * p > 2 * q * q else -1
    assert exact_sign([p, -2 * q], [0, 1], 2, Fraction(2)) == side
    assert exact_sign([-p, 2 * q], [0, 1], 2, Fraction(2)) == -side
    assert exact_sign([3, -6], [0, 1], 2, Fraction(4)) == 0
    assert exact_sign([3, -6, 5, -10], [0, 3, 1, 4], 6, Fraction(4)) == 0
    assert exact_sign([2, -3, 0], [0, 146, 9], 730, Fraction(243, 32)) == 0


@pytest.mark.parametrize("n", [360, 3660])
def test_long_loans(n):
    payment = 5307
    flows = [-1_000_000_00 if n == 360 else -1_300_000, *[payment if n == 3660 else 530727] * n]
    rate = exactly(irr(minor(flows)))
    a, b = (
        sum(Fraction(c) for c in flows[:1]) + flows[1] * (1 - (1 + r) ** -n) / r
        for r in (rate - STEP / 2, rate + STEP / 2)
    )
    assert a > 0 > b


# Which rate: none, one, several


def with_roots(*growths):
    """Integer flows whose value is zero exactly at these growths (1 + rate)."""
    flows = [Fraction(1)]
    for growth in growths:
        v = 1 / Fraction(growth)
        flows = [a - b / v for a, b in zip([*flows, 0], [0, *flows], strict=True)]
    scale = np.lcm.reduce([f.denominator for f in flows])
    return [int(f * int(scale)) for f in flows]


@pytest.mark.parametrize(
    "growths",
    [
        ("1.1", "1.2"),
        ("0.9", "1.2"),
        ("1.05", "1.1", "1.2"),
        ("0.5", "1.0001", "3"),
        ("1.1", "1.1"),
        ("1.1", "1.1", "1.1"),
        ("1.01", "1.0101", "1.0102"),
        ("10001", "1.1"),
    ],
)
def test_several_rates_are_a_code(growths):
    with pytest.raises(InputError) as caught:
        irr(minor(with_roots(*growths)))
    assert (caught.value.code, caught.value.field) == (Code.SEVERAL_RATES, "rate")


@pytest.mark.parametrize(
    ("flows", "rate"),
    [
        (with_roots("1.1", "-3", "-2"), "0.1"),
        # (1 - 1.2 v)(1 - 1.4 v + 0.5 v^2): the second factor has no real root.
        ([-100, 260, -218, 60], "0.2"),
        # A second advance, and a fee paid back in the end: its other root is below -99.99 %.
        ([-1000, 100, -500, 900, 900], None),
        ([-10000_00, *[900_00] * 12, -1], None),
    ],
)
def test_one_rate_of_flows_that_change_sign_often_is_found(flows, rate):
    got = irr(minor(flows))
    assert brackets(lambda r: worth(flows, range(len(flows)), r), exactly(got))
    assert rate is None or got == Decimal(rate)


@pytest.mark.parametrize(
    "flows", [[-1, -2], [0, 0], [5], [0], [-100, 100, -100], [-1000, 500, -300, 500, -900]]
)
def test_no_rate_is_a_code(flows):
    with pytest.raises(InputError) as caught:
        irr(flows)
    assert (caught.value.code, caught.value.field, caught.value.value) == (Code.NO_RATE, "rate", "none")


@given(st.lists(st.lists(amounts, min_size=2, max_size=6), min_size=1, max_size=8))
def test_whatever_the_flows_a_rate_given_is_the_only_one(rows):
    flat, offsets = ragged(rows)
    got = irr(flat, offsets=offsets)
    assert sorted([*got.row.tolist(), *got.failures.row.tolist()]) == list(range(len(rows)))
    roots = [real_rates(row) for row in rows]
    for i, k in zip(got.row.tolist(), got.value.tolist(), strict=True):
        assert brackets(lambda r, row=rows[i]: worth(row, range(len(row)), r), k * STEP)
        assert len(roots[i]) == 1
    for failure in got.failures:
        found = len(roots[failure.row])
        assert found != 1
        assert (failure.code is Code.SEVERAL_RATES) == (found > 1)


def real_rates(flows):
    """Rates in the domain by numpy's roots of polynomials, a different way altogether."""
    roots = np.roots(np.trim_zeros(np.array(flows[::-1], float), "f")) if any(flows) else []
    growths = [1 / v.real for v in roots if v.real > 0 and abs(v.imag) < 1e-7 * abs(v)]
    return [g - 1 for g in growths if -0.9999 <= g - 1 <= 10_000]


def test_a_bad_loan_leaves_its_neighbours_alone():
    rows = [[-100, 110], [], [-100, 50, 60], [1, 2], [-100, 230, -132], [-(10**18), 2], [-100, 121]]
    flat, offsets = ragged([[int(x) for x in row] for row in rows])
    got = irr(flat, offsets=offsets)
    assert got.row.tolist() == [0, 2, 6]
    assert [(f.row, f.code, f.field) for f in got.failures] == [
        (1, Code.MISSING, "flows"),
        (3, Code.NO_RATE, "rate"),
        (4, Code.SEVERAL_RATES, "rate"),
        (5, Code.NO_RATE, "rate"),
    ]
    assert got.value.tolist() == [int(irr(rows[i]).scaleb(10)) for i in (0, 2, 6)]
    for failure in got.failures:
        with pytest.raises(InputError) as caught:
            irr(minor(rows[failure.row]) if rows[failure.row] else [])
        assert (caught.value.code, caught.value.field) == (failure.code, failure.field)


def test_many_loans_in_parts_on_threads():
    rng = np.random.default_rng(5)
    n, count = 3_000, rng.integers(2, 90, 3_000)
    offsets = np.concatenate(([0], np.cumsum(count)))
    flat = rng.integers(1, 10_000, offsets[-1])
    flat[offsets[:-1]] = -np.add.reduceat(flat, offsets[:-1]) // rng.integers(1, 3, n)
    got = irr(flat, offsets=offsets, workers=2)
    assert len(got.value) > n - 10
    for i in range(0, len(got.row), 250):
        rows = flat[offsets[got.row[i]] : offsets[got.row[i] + 1]]
        assert Decimal(int(got.value[i])).scaleb(-10) == irr(minor(rows))


def test_no_loop_over_loans():
    rng = np.random.default_rng(3)
    n = 20_000
    flows = np.repeat(rng.integers(10_000, 20_000, n), 13).reshape(n, 13)
    flows[:, 0] = -rng.integers(100_000, 120_000, n)
    start = np.datetime64("2026-01-01") + rng.integers(0, 27, n)
    dates = start[:, None] + 30 * np.arange(13)
    seen = []

    def trace(frame, event, _):
        if event == "call" and frame.f_code.co_filename.startswith(SOURCE):
            seen.append(frame.f_code.co_name)

    columns = {"offsets": np.arange(n + 1) * 13}
    for call in (
        lambda: irr(flows.ravel(), **columns),
        lambda: effective_rate(flows.ravel(), dates.ravel(), year="365 days", **columns),
        lambda: apr_eu(flows.ravel(), dates.ravel(), **columns),
        lambda: apr_us(flows.ravel(), dates.ravel(), **columns),
        lambda: present_value(flows.ravel(), None, "0.01", **columns),
        lambda: duration(np.abs(flows.ravel()), None, "0.01", **columns),
    ):
        seen.clear()
        sys.setprofile(trace)
        try:
            call()
        finally:
            sys.setprofile(None)
        assert 0 < len(seen) < n / 10


# Present values


@given(st.lists(amounts, min_size=1, max_size=8), st.integers(-9999, 30_000))
def test_present_value_is_the_fraction_rounded_half_to_even(flows, basis_points):
    rate = Fraction(basis_points, 10_000)
    assume(rate > Fraction(-9, 10))
    got = present_value(minor(flows), None, str(Decimal(basis_points) / 10_000))
    assert got == Decimal(round(worth(flows, range(len(flows)), rate))).scaleb(-2)


@given(st.lists(st.integers(-(10**16), 10**16), min_size=1, max_size=8), st.integers(1, 10**10))
def test_large_amounts_are_exact_too(flows, units):
    rate = Fraction(units, 10**10)
    got = present_value(minor(flows), None, minor([units]), offsets=[0, len(flows)]).value[0]
    assert got == round(worth(flows, range(len(flows)), rate))


def test_ties_of_present_values_go_to_even():
    assert [present_value(minor([c]), [1], 1) for c in (1, 3, 5, -1, -3)] == [
        Decimal(x).scaleb(-2) for x in (0, 2, 2, 0, -2)
    ]
    # At an effective 300 % half a year doubles: irrational in general, but not here.
    assert [present_value(minor([c]), [1], 3, year=2) for c in (1, 3, 5)] == [
        Decimal(x).scaleb(-2) for x in (0, 2, 2)
    ]


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=8), st.integers(0, 5000), st.integers(1, 5000))
def test_payments_are_worth_less_at_a_higher_rate(flows, low, more):
    values = [present_value(flows, range(1, len(flows) + 1), Decimal(r) / 10_000) for r in (low, low + more)]
    assert values[0] >= values[1] >= 0


@given(st.data(), st.integers(2, 6), st.sampled_from(["365 days", "12 months", "52 weeks", "equal periods"]))
def test_dated_values_and_rates_follow_the_wording_of_the_measure(data, size, year):
    flows = data.draw(conventional(size - 1).filter(lambda row: len(row) > 1))
    dates = data.draw(date_lists(len(flows)))
    times = years(dates[0], dates, year)
    got = present_value(flows, dates, "0.07", year=year)
    with localcontext(prec=60):
        exact = worth([100 * c for c in flows], times, Fraction(7, 100)) / 100
        assert got == Decimal(exact).quantize(Decimal("0.01"), "ROUND_HALF_EVEN")
    batch = effective_rate(ragged([flows])[0], days([dates]), year=year, offsets=[0, len(flows)])
    kept = [(c, d) for c, d in zip(flows, dates, strict=True) if c]
    if year in ("365 days", "12 months"):
        times = years(dates[0], [d for _, d in kept], year)
        for k in batch.value.tolist():
            assert brackets(lambda r: worth([c for c, _ in kept], times, r), k * STEP)
    order = data.draw(st.permutations(range(len(flows))))
    again = present_value([flows[i] for i in order], [dates[i] for i in order], "0.07", year=year)
    assert again == got


def test_a_day_of_valuation_before_the_flows():
    flows, dates = ["100", "100"], ["2027-01-01", "2028-01-01"]
    assert present_value(flows, dates, "0.1", year="365 days", on="2026-01-01") == Decimal("173.55")
    assert present_value(flows, dates, "0.1", year="365 days") == Decimal("190.91")
    batch = present_value(
        [10000, 10000], days([dates]), "0.1", year="365 days", on=["2026-01-01"], offsets=[0, 2]
    )
    assert batch.value.tolist() == [17355]


@pytest.mark.parametrize(
    ("first", "dates", "months", "rest"),
    [
        ("2026-01-15", ["2026-02-15", "2026-03-15"], [1, 2], 0),
        ("2026-01-31", ["2026-02-28", "2026-03-31"], [1, 2], 0),
        ("2025-12-30", ["2026-01-30", "2026-02-28", "2026-03-30"], [1, 2, 3], 0),
        ("2026-01-15", ["2026-02-28", "2026-03-31"], [1, 2], 16),
        ("2026-02-28", ["2026-03-31", "2026-04-30"], [1, 2], 0),
        ("2026-02-10", ["2026-04-01", "2026-05-01"], [1, 2], 19),
        ("2026-06-30", ["2026-09-30", "2026-12-30"], [3, 6], 0),
        ("2026-03-31", ["2026-06-30", "2026-09-30"], [3, 6], 0),
    ],
)
def test_full_months_are_counted_back_and_month_ends_are_a_series(first, dates, months, rest):
    every = np.array([first, *dates], "datetime64[D]").astype(np.int64)
    got = full_months(every, every[:1], np.array([0, len(every)]), every > every[0])
    assert (got[0].tolist(), set(got[1][1:].tolist())) == ([0, *months], {rest})


# Annual percentage rates


def monthly(first, n, k=1):
    return [first + k * i * MONTH for i in range(n)]


JAN = dt.date(1978, 1, 10)
# 12 CFR part 1026 (Regulation Z), appendix J, paragraph (c): cases, dates where it names them.
APPENDIX_J = {
    "24 months": ([-5000, *[230] * 24], [JAN, *monthly(JAN + MONTH, 24)], "0.0969"),
    "long first period": (
        [-6000, *[200] * 36],
        [dt.date(1978, 2, 10), *monthly(dt.date(1978, 4, 1), 36)],
        "0.1182",
    ),
    "half months": (
        [-5000, *["219.17"] * 24],
        [
            dt.date(1978, 2, 23),
            *sorted([*monthly(dt.date(1978, 3, 1), 12), *monthly(dt.date(1978, 3, 16), 12)]),
        ],
        "0.1034",
    ),
    "weeks": (
        [-500, *["17.60"] * 30],
        [dt.date(1978, 3, 20), *(dt.date(1978, 4, 21) + 7 * k * DAY for k in range(30))],
        "0.1496",
    ),
    "long first quarter": (
        [-10_000, *[385] * 40],
        [dt.date(1978, 5, 23), *(dt.date(1978, 10, 1) + 3 * k * MONTH for k in range(40))],
        "0.0897",
    ),
    "one payment, in days": ([-1000, 1080], [dt.date(1978, 1, 3), dt.date(1978, 9, 15)], "0.1145"),
    "odd final payment": ([-5000, *[230] * 23, 280], [JAN, *monthly(JAN + MONTH, 24)], "0.1050"),
}


@pytest.mark.parametrize("case", list(APPENDIX_J))
def test_examples_of_appendix_j(case):
    flows, dates, rate = APPENDIX_J[case]
    assert apr_us(flows, dates, places=4) == Decimal(rate)


@pytest.mark.parametrize(
    ("flows", "whole", "odd", "per_year", "rate"),
    [
        # The same cases by the t and f that the appendix states.
        ([-5000, *[230] * 24], [0, *range(1, 25)], 0, 12, "0.0969"),
        ([-6000, *[200] * 36], [0, *range(1, 37)], "19/30", 12, "0.1182"),
        ([-5000, *["219.17"] * 24], [0, *range(24)], "6/15", 24, "0.1034"),
        ([-10_000, *[385] * 40], [0, *range(1, 41)], "39/90", 4, "0.0897"),
        ([-1000, 1080], [0, 1], 0, "365/255", "0.1145"),
        ([-500, *["17.60"] * 30], [0, *range(4, 34)], "4/7", 52, "0.1496"),
        ([-5000, *[230] * 23, 280], [0, *range(1, 25)], 0, 12, "0.1050"),
    ],
)
def test_appendix_j_in_unit_periods(flows, whole, odd, per_year, rate):
    assert apr_us_units(flows, whole, odd, per_year=per_year, places=4) == Decimal(rate)


UNITS = {
    "week": (("day", 7), 52, 7 * DAY),
    "2 weeks": (("day", 14), 26, 14 * DAY),
    "month": (("month", 1), 12, MONTH),
    "2 months": (("month", 2), 6, 2 * MONTH),
    "3 months": (("month", 3), 4, 3 * MONTH),
    "year": (("month", 12), 1, 12 * MONTH),
}


@given(st.data(), st.sampled_from(list(UNITS)), st.integers(3, 8))
def test_the_unit_period_found_is_the_common_one_and_odd_days_are_fractions(data, name, n):
    unit, per_year, apart = UNITS[name]
    first = data.draw(st.dates(dt.date(1950, 1, 1), dt.date(2100, 1, 1)))
    start = first + data.draw(st.integers(1, 120)) * DAY
    dates = [start + k * apart for k in range(n)]
    paid = data.draw(st.integers(100, 10**5))
    flows = [-data.draw(st.integers(n * paid // 2, n * paid)), *[paid] * n]
    whole, odd = zip((0, Fraction(0)), *unit_times(first, dates, unit), strict=True)
    rate = exactly(apr_us(flows, [first, *dates]))
    assert brackets(lambda a: appendix_worth(flows, whole, odd, a / per_year), rate)
    assert apr_us_units(flows, whole, odd, per_year=per_year) == apr_us(flows, [first, *dates])
    assert apr_us(flows, [first, *dates], unit_period=name) == apr_us(flows, [first, *dates])


@given(st.integers(1, 1500), st.dates(dt.date(1950, 1, 1), dt.date(2100, 1, 1)), st.integers(1, 500))
def test_of_one_advance_and_one_payment_the_term_is_the_unit_period(gap, first, gain):
    end = first + gap * DAY
    months, reached = months_back(first, end, end.day)
    rate = apr_us([-1000, 1000 + gain], [first, end])
    if months >= 12:
        ((whole, odd),), per_year = unit_times(first, [end], ("month", 12)), Fraction(1)
    elif reached == first and months:
        whole, odd, per_year = 1, Fraction(0), Fraction(12, months)
    else:
        whole, odd, per_year = 1, Fraction(0), Fraction(365, gap)
    at = exactly(rate)
    assert brackets(lambda a: appendix_worth([-1000, 1000 + gain], [0, whole], [0, odd], a / per_year), at)


@pytest.mark.parametrize(
    ("gaps", "name"),
    [
        ([30, 61, 92], "month"),  # 2026-01-01: Jan 31, Mar 3, ...: no period twice, 30.67 days on average
        ([7, 15, 24], "week"),
        ([10, 20, 30], "day"),  # ten days are common, though no standard interval: checked below
        ([200, 601, 1300], "year"),
    ],
)
def test_where_no_period_is_common_the_average_decides(gaps, name):
    first = dt.date(2026, 1, 1)
    dates = [first, *(first + gap * DAY for gap in gaps)]
    flows = [-1000, 400, 400, 400]
    if name == "day":
        ten = apr_us_units(flows, [0, 1, 2, 3], 0, per_year=Fraction(365, 10))
        assert apr_us(flows, dates) == ten
    else:
        assert apr_us(flows, dates) == apr_us(flows, dates, unit_period=name)


def test_of_two_common_periods_the_shorter_is_the_unit_period():
    first = dt.date(2026, 1, 1)
    dates = [first, first + MONTH, first + 2 * MONTH, first + 5 * MONTH, first + 8 * MONTH]
    flows = [-1000, 300, 300, 300, 300]
    assert apr_us(flows, dates) == apr_us(flows, dates, unit_period="month")
    assert apr_us(flows, dates) != apr_us(flows, dates, unit_period="3 months")


def test_a_batch_of_annual_rates_is_its_loans_one_by_one():
    rows = [([Decimal(c) for c in flows], dates) for flows, dates, _ in APPENDIX_J.values()]
    cents = [[int(c * 100) for c in flows] for flows, _ in rows]
    flat, offsets = ragged(cents)
    when = days([dates for _, dates in rows])
    for rate in (apr_us, apr_eu):
        got = rate(flat, when, offsets=offsets)
        assert [Decimal(k).scaleb(-10) for k in got.value.tolist()] == [rate(*row) for row in rows]
    # Named they are the same; a single payment has the term as its unit-period, which has no name.
    names = {"half months": "semimonth", "weeks": "week", "long first quarter": "3 months"}
    cases = [case for case in APPENDIX_J if case != "one payment, in days"]
    flat, offsets = ragged([[int(Decimal(c) * 100) for c in APPENDIX_J[case][0]] for case in cases])
    when = days([APPENDIX_J[case][1] for case in cases])
    named = apr_us(flat, when, offsets=offsets, unit_period=[names.get(case, "month") for case in cases])
    assert named.value.tolist() == apr_us(flat, when, offsets=offsets).value.tolist()


def test_a_batch_in_unit_periods():
    got = apr_us_units(
        [-600000, *[20000] * 36, -50000, *[1760] * 30],
        np.array([0, *range(1, 37), 0, *range(4, 34)]),
        ([0, *[19] * 36, 0, *[4] * 30], [30, 7]),
        per_year=([12, 52], [1, 1]),
        offsets=[0, 37, 68],
        places=4,
    )
    assert got.value.tolist() == [1182 * 10**6, 1496 * 10**6]


# Worked examples of Directive 98/7/EC; the formula is that of 2008/48/EC, annex I.
def test_examples_of_the_european_directives():
    first = dt.date(1994, 1, 1)
    later = dt.date(1995, 7, 1)
    assert (later - first).days == 546
    assert apr_eu([-1000, 1200], [first, later], year="365 days", places=4) == Decimal("0.1296")
    two = [-1000, 600, 600]
    dates = [first, first + 12 * MONTH, first + 24 * MONTH]
    assert apr_eu(two, dates, places=4) == Decimal("0.1307")
    assert effective_rate(two, year=1, places=4) == Decimal("0.1307")


def test_equal_periods_are_months_or_weeks_as_the_loan_is():
    flows, first = [-1000, *[110] * 10], dt.date(2024, 1, 31)
    of_weeks = [first + 7 * k * DAY for k in range(11)]
    of_months = [first + k * MONTH for k in range(11)]
    assert apr_eu(flows, of_weeks) == apr_eu(flows, of_weeks, year="52 weeks")
    assert apr_eu(flows, of_weeks) != apr_eu(flows, of_weeks, year="12 months")
    assert apr_eu(flows, of_months) == apr_eu(flows, of_months, year="12 months")
    monthly_rate = irr(flows)
    twelve = (1 + monthly_rate) ** 12 - 1
    assert abs(apr_eu(flows, of_months) - twelve) < Decimal("1e-8")
    stub = [first, *(first + (3 + 7 * k) * DAY for k in range(10))]
    assert apr_eu(flows, stub) == apr_eu(flows, stub, year="52 weeks")


def test_odd_days_are_over_the_year_that_ends_where_they_end():
    # Ten days to 10 March 2024 (the year before has 366 days), and to 10 March 2023 (365).
    for year, length in ((2024, 366), (2023, 365)):
        first = dt.date(year, 2, last_day(year, 2))
        rate = exactly(apr_eu([-1000, 1002], [first, dt.date(year, 3, 10)]))
        rest = (dt.date(year, 3, 10) - first).days
        assert brackets(lambda r, t=Fraction(rest, length): worth([-1000, 1002], [0, t], r), rate)


# Other figures that are published


def test_documented_examples_of_numpy_financial():
    # numpy-financial, docstrings of `irr` and `npv`.
    assert irr([-100, 39, 59, 55, 20]) == Decimal("0.2809484212")
    assert irr([-100, 0, 0, 74], places=4) == Decimal("-0.0955")
    assert irr([-100, 100, 0, 7], places=5) == Decimal("0.06206")
    assert npv([-40000, 5000, 8000, 12000, 30000], "0.08", decimals=5) == Decimal("3065.22267")
    # Two more of them have several rates; the one shown there is the nearest to 0.
    for flows, shown in (([-100, 100, 0, -7], "-0.0833"), ([-5, "10.5", 1, -8, 1], "0.0886")):
        rates = real_rates([float(c) for c in flows])
        assert len(rates) > 1
        assert min(abs(r - float(shown)) for r in rates) < 1e-4
        with pytest.raises(InputError):
            irr(flows)


@needs("numpy_financial")
def test_numpy_financial_agrees():
    import numpy_financial as npf

    rng = np.random.default_rng(2)
    for _ in range(50):
        paid = rng.integers(1, 10**6, 24)
        flows = [-int(paid.sum() * rng.uniform(0.5, 0.95)), *paid.tolist()]
        assert abs(float(irr(flows)) - npf.irr(flows)) < 1e-9


def test_flat_interest_as_a_monthly_rate():
    # 等本等息: 12,000 over 12 months at 0.6 % of the whole a month.
    assert irr([-12000, *[1072] * 12], places=8) == Decimal("0.01086185")
    assert total_cost([-12000, *[1072] * 12]) == 864


def test_effective_rate_of_ifrs_9():
    # ICAEW, modification of a loan under IFRS 9: 5,000 less a fee of 100, 8 % for 4 years; then 11 %.
    rate = effective_rate([-4900, 400, 400, 400, 5400], year=1)
    assert round(rate, 4) == Decimal("0.0861")
    changed = 40 + present_value([550, 550, 550, 550, 5550], [1, 2, 3, 4, 5], rate)
    assert round(changed) == 5509
    carried = present_value([400, 400, 5400], [1, 2, 3], rate)
    assert round(changed / carried - 1, 4) == Decimal("0.1193")


def test_diminished_obligation_of_a_bullet_put_off():
    # Five years at 5 %, all flows two years later: 1 - 1.05**-2.
    rate = effective_rate([-100, 5, 5, 5, 5, 105], year=1)
    assert rate == Decimal("0.05")
    after = present_value([5, 5, 5, 5, 105], range(3, 8), rate, decimals=8)
    assert round(diminished_obligation(100, after, decimals=8), 5) == Decimal("0.09297")
    assert diminished_obligation(100, 100) == 0
    got = diminished_obligation(np.array([300, 0, -5, 100]), np.array([200, 1, 1, 110]))
    assert (got.value.tolist(), got.row.tolist()) == ([3333333333, -1000000000], [0, 3])
    assert [f.code for f in got.failures] == [Code.NOTHING_OWED, Code.NEGATIVE]


# Durations


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=8).filter(any), st.integers(-500, 20_000))
def test_duration_is_the_fraction_rounded(flows, basis_points):
    rate = Fraction(basis_points, 10_000)
    times = range(1, len(flows) + 1)
    exact = worth([c * t for c, t in zip(flows, times, strict=True)], times, rate) / worth(flows, times, rate)
    shown = Decimal(basis_points) / 10_000
    assert duration(flows, times, shown) == Decimal(round(exact / STEP)).scaleb(-10)
    modified = duration(flows, times, shown, modified=True)
    assert modified == Decimal(round(exact / (1 + rate) / STEP)).scaleb(-10)


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=8).filter(any), st.integers(0, 3000))
def test_duration_falls_with_the_rate_and_lies_between_first_and_last(flows, basis_points):
    times = range(1, len(flows) + 1)
    at = [duration(flows, times, Decimal(r) / 10_000) for r in (basis_points, basis_points + 100)]
    assert 1 <= at[1] <= at[0] <= len(flows)
    assert weighted_average_life(flows, times) >= at[0]
    assert weighted_average_life(flows, times) == duration(flows, times, 0)


def test_ties_of_mean_times_and_of_parts_go_to_even():
    for b, half_even in ((1, 0), (3, 2), (5, 2)):
        at = minor([2 * 10**10 - b, b])
        assert weighted_average_life(at, [0, 1]) == Decimal(half_even).scaleb(-10)
        before, after = np.array([2 * 10**10]), np.array([2 * 10**10 - b])
        assert diminished_obligation(before, after).value.tolist() == [half_even]


def test_duration_of_a_bond_at_par():
    # Of a bond at par the sum has a closed form: (1 + y) / y * (1 - (1 + y)**-n).
    exact = Fraction(105, 5) * (1 - Fraction(20, 21) ** 3)
    assert duration([5, 5, 105], [1, 2, 3], "0.05") == Decimal(round(exact / STEP)).scaleb(-10)


def test_average_life_in_years_of_dates_and_of_counts():
    assert weighted_average_life([100, 100, 200], [1, 2, 3], year=12) == Decimal("0.1875")
    dates = ["2027-01-01", "2028-01-01"]
    on = "2026-01-01"
    assert weighted_average_life([100, 300], dates, year="12 months", on=on) == Decimal("1.75")
    got = weighted_average_life(
        [100, 300, 5], days([[*dates, "2026-07-02"]]), year="365 days", on=on, offsets=[0, 2, 3]
    )
    assert got.value.tolist() == [17_500_000_000, round(Fraction(182, 365) / STEP)]


@given(st.lists(st.lists(amounts, min_size=1, max_size=5), min_size=1, max_size=5))
def test_total_cost_is_the_sum(rows):
    flat, offsets = ragged(rows)
    assert total_cost(flat, offsets=offsets).value.tolist() == [sum(row) for row in rows]
    assert total_cost(minor(rows[0])) == Decimal(sum(rows[0])).scaleb(-2)


# What is refused


@pytest.mark.parametrize(
    ("call", "code", "field"),
    [
        (lambda: irr([]), Code.MISSING, "flows"),
        (lambda: irr([-100, None]), Code.MISSING, "flows"),
        (lambda: irr([-100, "1e3x"]), Code.NOT_A_NUMBER, "flows"),
        (lambda: irr([-100, float("nan")]), Code.NOT_FINITE, "flows"),
        (lambda: irr([-100, True]), Code.BOOLEAN, "flows"),
        (lambda: irr([-100, "1.005"]), Code.NOT_WHOLE_UNITS, "flows"),
        (lambda: irr([-100, 110], [0, -1]), Code.NEGATIVE, "times"),
        (lambda: irr([-100, 110], [0, 3661]), Code.OUT_OF_RANGE, "times"),
        (lambda: irr([-100, 110], decimals=9), Code.OUT_OF_RANGE, "decimals"),
        (lambda: irr([-100, 110], places=11), Code.OUT_OF_RANGE, "places"),
        (lambda: irr(minor([-(10**18), *[10**18] * 6])), Code.BEYOND_DOMAIN, "flows"),
        (lambda: irr(minor([1] * 3662)), Code.OUT_OF_RANGE, "flows"),
        (lambda: apr_eu([-1, 2], ["2026-01-01", "2026-02-30"]), Code.NOT_A_DATE, "times"),
        (lambda: apr_eu([-1, 2], ["2026-01-01", None]), Code.MISSING, "times"),
        (lambda: apr_eu([-1, 2], ["2026-01-01", "2201-01-01"]), Code.OUT_OF_RANGE, "times"),
        (
            lambda: apr_eu([-1, 2], ["2026-01-01", "2026-02-01"], year="360 days"),
            Code.UNKNOWN_VALUE,
            "year",
        ),
        (
            lambda: apr_us([-1, 2], ["2026-01-01", "2026-02-01"], unit_period="decade"),
            Code.UNKNOWN_VALUE,
            "unit_period",
        ),
        (lambda: effective_rate([-1, 2], year=0), Code.UNKNOWN_VALUE, "year"),
        (lambda: effective_rate([-1, 2], year="365 days"), Code.UNKNOWN_VALUE, "year"),
        (lambda: npv([1], "-1"), Code.OUT_OF_RANGE, "rate"),
        (lambda: npv([1], "10000.1"), Code.OUT_OF_RANGE, "rate"),
        (lambda: npv([1], None), Code.MISSING, "rate"),
        (lambda: npv([1], "1e-11"), Code.NOT_WHOLE_UNITS, "rate"),
        (lambda: present_value([10**10], [3000], "-0.9"), Code.BEYOND_DOMAIN, "flows"),
        (
            lambda: present_value([1], ["2026-01-01"], 0, year="365 days", on="2026-01-02"),
            Code.DATES_OUT_OF_ORDER,
            "times",
        ),
        (lambda: duration([1], ["2026-01-01"], 0, year="365 days"), Code.MISSING, "on"),
        (lambda: duration([1, -1], None, 0), Code.NEGATIVE, "flows"),
        (lambda: duration([0], None, 0), Code.NOTHING_OWED, "flows"),
        (lambda: apr_us_units([-1, 2], [0, 1], "3/2", per_year=12), Code.OUT_OF_RANGE, "odd"),
        (lambda: apr_us_units([-1, 2], [0, 1], "x", per_year=12), Code.NOT_A_NUMBER, "odd"),
        (lambda: apr_us_units([-1, 2], [0, 1], "1/1000001", per_year=12), Code.OUT_OF_RANGE, "odd"),
        (lambda: apr_us_units([-1, 2], [0, 1], 0, per_year=0), Code.OUT_OF_RANGE, "per_year"),
        (lambda: apr_us_units([-1, 2], [0, 1], 0, per_year=0.5), Code.NOT_A_NUMBER, "per_year"),
        (lambda: diminished_obligation(0, 1), Code.NOTHING_OWED, "npv0"),
        (lambda: diminished_obligation(-1, 1), Code.NEGATIVE, "npv0"),
        (lambda: diminished_obligation("0.01", 10**6), Code.OUT_OF_RANGE, "npv1"),
    ],
)
def test_one_loan_raises_what_is_wrong(call, code, field):
    with pytest.raises(InputError) as caught:
        call()
    assert (caught.value.code, caught.value.field) == (code, field)


def test_rows_of_a_batch_fail_alone():
    first = np.array(["2026-01-01", "2027-01-01"], "datetime64[D]")
    bad = np.array(["NaT", "2027-01-01", "2026-01-01", "2300-01-01"], "datetime64[D]")
    dates = np.concatenate([first, bad, first])
    got = effective_rate([-100, 110] * 4, dates, year="365 days", offsets=[0, 2, 4, 6, 8])
    assert (got.row.tolist(), got.value.tolist()) == ([0, 3], [10**9, 10**9])
    assert [(f.row, f.code, f.field) for f in got.failures] == [
        (1, Code.MISSING, "times"),
        (2, Code.OUT_OF_RANGE, "times"),
    ]
    got = present_value([1, 2, 3], None, ["0.1", "x", "2e4"], offsets=[0, 1, 2, 3])
    assert (got.row.tolist(), got.value.tolist()) == ([0], [1])
    assert [f.code for f in got.failures] == [Code.NOT_A_NUMBER, Code.OUT_OF_RANGE]
    got = duration([1, -1, 0], [1, 1, 1], 0, offsets=[0, 1, 2, 3])
    assert (got.value.tolist(), [f.code for f in got.failures]) == (
        [10**10],
        [Code.NEGATIVE, Code.NOTHING_OWED],
    )


@pytest.mark.parametrize(
    "call",
    [
        lambda: irr([-1.0, 2.0], offsets=[0, 2]),
        lambda: irr([-1, 2], offsets=[0, 1]),
        lambda: irr([-1, 2], offsets=[0, 2, 1, 2]),
        lambda: irr([-1, 2], [0], offsets=[0, 2]),
        lambda: irr([-1, 2], [0.0, 1.0], offsets=[0, 2]),
        lambda: irr(np.array([1, 2**63], np.uint64), offsets=[0, 2]),
        lambda: irr([-1, 2], np.array(["2026-01-01", "2027-01-01"], "datetime64[D]"), offsets=[0, 2]),
        lambda: irr([-1, 2], np.array(["2026-01-01T01", "2027-01-01"], "datetime64[h]"), offsets=[0, 2]),
        lambda: apr_us([-1, 2], [0, 1]),
        lambda: apr_eu([-1, 2], [0, 1]),
        lambda: apr_us_units([-1, 2], [0, 1], ([0], [1]), per_year=1, offsets=[0, 2]),
        lambda: apr_us_units([-1, 2], ["2026-01-01", "2027-01-01"], 0, per_year=1),
        lambda: present_value([1], [1], 0, on="2026-01-01"),
        lambda: diminished_obligation(np.array([1]), np.array([1, 2])),
    ],
)
def test_columns_of_the_wrong_kind_are_a_programmers_error(call):
    with pytest.raises(TypeError):
        call()


def test_nothing_at_all_is_a_batch_too():
    empty = irr(np.zeros(0, np.int64), offsets=[0])
    assert (len(empty.value), len(empty.failures)) == (0, 0)


def test_the_ambient_decimal_context_changes_nothing():
    flows, dates = [-100, 150], [dt.date(2026, 1, 1), dt.date(2026, 3, 15)]
    usual = (effective_rate(flows, dates, year="365 days"), npv([-100, 150], "0.07"))
    with localcontext(prec=3):
        getcontext().rounding = "ROUND_UP"
        assert (effective_rate(flows, dates, year="365 days"), npv([-100, 150], "0.07")) == usual
