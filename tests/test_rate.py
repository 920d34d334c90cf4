"""Rates against fractions and whole-number roots, an index against a list, paths against a walk by days."""

import pickle
import sys
from bisect import bisect_right
from collections import Counter
from dataclasses import FrozenInstanceError, replace
from datetime import date, timedelta
from decimal import Decimal, Inexact, localcontext
from fractions import Fraction
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import assume, given
from hypothesis import strategies as st

import repayplan as rp
from repayplan.basics import conversion, ratepath
from repayplan.basics.annualrate import annual_units
from repayplan.basics.conversion import PERIODS, annual_nominal
from repayplan.basics.dates import FREQUENCIES, FREQUENCY_INDEX
from repayplan.basics.errors import Code, InputError
from repayplan.basics.fixedrates import FixedRate, PromotionalRate, SteppedRate
from repayplan.basics.index import Index
from repayplan.basics.linkedrate import LinkedRate
from repayplan.basics.rate import Rate
from repayplan.basics.ratepath import pieces

FINE = 10**12
# The one-year loan prime rate as published by the National Interbank Funding Center for the People's Bank of
# China, on the day of each change (the first of them: the first publication after the reform of August 2019).
LPR = {
    "2019-08-20": "0.0425",
    "2019-09-20": "0.0420",
    "2019-11-20": "0.0415",
    "2020-02-20": "0.0405",
    "2020-04-20": "0.0385",
    "2021-12-20": "0.0380",
    "2022-01-20": "0.0370",
    "2022-08-22": "0.0365",
    "2023-06-20": "0.0355",
    "2023-08-21": "0.0345",
    "2024-07-22": "0.0335",
    "2024-10-21": "0.0310",
    "2025-05-20": "0.0300",
}


def lpr():
    return Index("LPR 1Y", list(LPR), list(LPR.values()), "National Interbank Funding Center")


def fails(work, code, field):
    with pytest.raises(InputError) as caught:
        work()
    assert (caught.value.code, caught.value.field) == (code, field)
    return caught.value


# Conversions: the oracle is a root in whole numbers with 40 guard digits.


def root(number, q):
    """The largest whole number whose q-th power is at most `number`, by Newton's rule."""
    if q == 1 or number < 2:
        return number
    guess = 1 << -(-number.bit_length() // q)
    while True:
        better = ((q - 1) * guess + number // guess ** (q - 1)) // q
        if better >= guess:
            return guess
        guess = better


def converted(units, exponent, times, decimals):
    """`times * ((1 + units / 1e12) ** exponent - 1)` in units of `10 ** -decimals`; whether that is exact."""
    p, q, guard = exponent.numerator, exponent.denominator, 10**40
    scaled = Fraction(FINE + units, FINE) ** p * guard**q
    low = root(scaled.numerator // scaled.denominator, q)
    exact = low**q == scaled
    bounds = [
        (Fraction(y, guard) - 1) * times * 10**decimals for y in ((low, low) if exact else (low, low + 1))
    ]
    rounded = {round(bound) for bound in bounds}  # a Fraction is rounded half to even
    assert len(rounded) == 1
    return rounded.pop(), exact and bounds[0].denominator == 1


@st.composite
def conventions(draw):
    per = draw(st.sampled_from(sorted(PERIODS)))
    return per, draw(st.sampled_from([360, 365])) if per == "day" else None


def periods(per, year_days):
    return PERIODS[per] or year_days


SIZES = st.one_of(
    st.integers(0, 10**12),
    st.integers(0, 3650).map(lambda n: n * 10**8),
    st.integers(0, 10**6).map(lambda n: n * 10**6),
    st.integers(0, 10**15),
)
KINDS = st.sampled_from(["nominal", "effective"])


def rate_of(units, convention, compounding="nominal"):
    per, year_days = convention
    return Rate(Decimal(units).scaleb(-12), per=per, compounding=compounding, year_days=year_days)


@given(SIZES, conventions(), conventions(), KINDS, KINDS)
def test_a_converted_rate_is_the_true_one_rounded_once(units, source, target, kind, to):
    given_ = rate_of(units, source, kind)
    ratio = Fraction(periods(*source), periods(*target))
    simple = kind == to == "nominal"
    exponent, times = (Fraction(1), ratio) if simple else (ratio, Fraction(1))
    convert = given_.nominal if to == "nominal" else given_.effective
    if exponent * Fraction(units, FINE) > 10_000:  # a power of that would fill the memory
        fails(lambda: convert(target[0], year_days=target[1]), Code.OUT_OF_RANGE, "rate.value")
        return
    want, exact = converted(units, exponent, times, 12)
    if want > 1000 * FINE:
        fails(lambda: convert(target[0], year_days=target[1]), Code.OUT_OF_RANGE, "rate.value")
        return
    got = convert(target[0], year_days=target[1])
    assert (got.units, got.exact) == (want, exact)
    assert (got.per, got.year_days, got.compounding) == (*target, to)


USUAL = ["weekly", "fortnightly", "monthly", "bimonthly", "5-monthly", "quarterly", "semi-annual", "annual"]


@given(
    SIZES, conventions(), st.one_of(st.sampled_from(USUAL), st.sampled_from(sorted(FREQUENCY_INDEX))), KINDS
)
def test_a_loans_annual_rate_is_the_true_one_rounded_once(units, source, frequency, kind):
    n, m = periods(*source), 1 / FREQUENCIES[FREQUENCY_INDEX[frequency]].year_share
    exponent, times = (Fraction(1), Fraction(n)) if kind == "nominal" else (n / m, m)
    assume(exponent * Fraction(units, FINE) < 100)
    assume(exponent.numerator < 10_000)
    given_ = rate_of(units, source, kind)
    for decimals in (12, 10):
        want, exact = converted(units, exponent, times, decimals)
        if want > 1000 * 10**decimals:
            fails(lambda: given_.as_annual_nominal(frequency), Code.OUT_OF_RANGE, "rate")
            continue
        got = given_.as_annual_nominal(frequency, decimals=decimals)
        assert (got.units, got.exact) == (want * 10 ** (12 - decimals), exact)
        assert (got.per, got.compounding) == ("year", "nominal")


@pytest.mark.parametrize("frequency", ["daily", "5-daily", "73-daily", "365-daily", "weekly", "364-daily"])
def test_an_effective_rate_is_what_the_periods_of_a_schedule_compound_to(frequency):
    """A period of k days counts k/365, of k weeks k/52: as many of these as a year has make 12 %."""
    often = FREQUENCIES[FREQUENCY_INDEX[frequency]]
    n = (364 if often.days % 7 == 0 else 365) // often.days
    rate = Rate("0.12", compounding="effective").as_annual_nominal(frequency, decimals=10)
    loan = rp.Loan(
        principal="1000000",
        annual_rate=rate,
        frequency=frequency,
        next_due="2026-01-31",
        original_term=n,
        elapsed=0,
        unpaid=n,
    )
    paid = rp.schedule(loan, rp.bullet(n, interest="compound")).rows[-1].payment
    # Each row's interest is rounded to a cent, and compounds at most to 12 % more; the rate to 1e-10.
    assert abs(paid - 1_120_000) <= Decimal("0.0056") * n + Decimal("0.0002")
    if n == 1:
        assert (rate.value, rate.exact, paid) == (Decimal("0.12"), True, 1_120_000)


@given(st.integers(0, len(FREQUENCIES) - 1))
def test_the_share_of_a_year_is_what_a_schedule_charges_for_a_period(index):
    frequency = FREQUENCIES[index]
    loan = rp.Loan(
        principal="1000000",
        annual_rate="0.12",
        frequency=frequency.name,
        next_due="2040-01-31",
        original_term=1,
        elapsed=0,
        unpaid=1,
    )
    [row] = rp.schedule(loan, rp.bullet(1)).rows
    assert abs(Fraction(row.interest) - 120_000 * frequency.year_share) <= Fraction(1, 200)


@pytest.mark.parametrize(
    ("given_", "as_", "want", "exact"),
    [
        # 1.5 ** 13 = 194.6195068359375: exactly between two multiples of 1e-12, and the even one is above.
        (Rate("0.5", per="week"), ("effective", "quarter"), "193.619506835938", False),
        # 2.5 ** 13 = 149011.6... is out of range; 1.5 ** 4 and 1.1 ** 12 come out.
        (Rate("0.5", per="quarter"), ("effective", "year"), "4.0625", True),
        (Rate("0.1", per="month"), ("effective", "year"), "2.138428376721", True),
        (Rate("0.21", compounding="effective"), ("effective", "half_year"), "0.1", True),
        # In proportion: a tie goes to the even neighbour, here below and above.
        (Rate("0.000000000001"), ("nominal", "half_year"), "0", False),
        (Rate("0.000000000003"), ("nominal", "half_year"), "0.000000000002", False),
        (Rate("0.06"), ("nominal", "month"), "0.005", True),
        (Rate("0.05"), ("nominal", "month"), "0.004166666667", False),
        # The usual textbook figures: 12 % a year charged monthly is 12.6825 %, and back.
        (Rate("0.01", per="month"), ("effective", "year"), "0.126825030132", False),
        (Rate("0.12", compounding="effective"), ("effective", "month"), "0.009488792935", False),
    ],
)
def test_known_conversions(given_, as_, want, exact):
    how, per = as_
    got = getattr(given_, how)(per)
    assert (got.value, got.exact) == (Decimal(want), exact)


@pytest.mark.parametrize(
    ("rate", "want"), [("0.000005", 200000), ("0.000015", 600004), ("0.000025", 1000012)]
)
def test_a_tie_of_a_power_goes_to_the_even_neighbour(rate, want):
    # 2 ((1 + r)**2 - 1) = 4 r + 2 r**2 ends in a half of 1e-10 for each of these.
    got = Rate(rate, per="quarter", compounding="effective").as_annual_nominal("semi-annual", decimals=10)
    assert got.units == want * 100
    assert not got.exact


@pytest.mark.parametrize("off", [-3, -1, 0, 1, 3])
def test_whole_numbers_decide_a_tie_from_any_guess(off):
    for units, want in ((5, 200000), (15, 600004), (35, 1400024)):
        growth = FINE + units * 10**6
        assert conversion.decided(growth, Fraction(2), Fraction(2), 10**10, want + off) == want
    want = 193619506835938
    assert conversion.decided(FINE * 3 // 2, Fraction(13), Fraction(1), FINE, want + off) == want


def test_day_rates_say_their_year():
    # 5.508 % x 1.5 = 8.262 % a year is 0.02295 % a day (willexcounselling.com, 2009: overdue interest).
    assert Rate("0.08262").nominal("day", year_days=360) == Rate("0.0002295", per="day", year_days=360)
    # The ceiling for card overdrafts, five in ten thousand a day (银发〔2016〕111号), by either year.
    by_360 = Rate("0.0005", per="day", year_days=360)
    assert by_360.nominal().value == Decimal("0.18")
    assert replace(by_360, year_days=365).nominal().value == Decimal("0.1825")
    assert by_360.nominal("day") == by_360
    assert by_360.nominal("day", year_days=365).value == Decimal("0.000493150685")


def test_the_annual_percentage_yield_of_regulation_dd():
    # 12 CFR 1030, appendix A, part I: 61.68 of interest on 1,000 in a year of 365 days is a yield of 6.17 %.
    # It is what 6 % a year earns that is credited every month.
    earned = Rate("0.06").nominal("month").effective()
    assert round(1000 * earned.value, 2) == Decimal("61.68")
    assert round(earned.value, 4) == Decimal("0.0617")


@given(SIZES, SIZES, conventions(), conventions())
def test_a_higher_rate_converts_to_one_no_lower(one, other, source, target):
    low, high = sorted((one // 10**3, other // 10**3))
    exponent = Fraction(periods(*source), periods(*target))
    assume(exponent * Fraction(high, FINE) < 5)
    for how in ("nominal", "effective"):
        less, more = (
            getattr(rate_of(units, source), how)(target[0], year_days=target[1]) for units in (low, high)
        )
        assert less.value <= more.value


@given(SIZES, conventions(), conventions())
def test_compounding_over_a_longer_period_never_gives_less_than_the_proportion(units, source, target):
    longer = periods(*target) <= periods(*source)
    ratio = Fraction(periods(*source), periods(*target))
    assume(ratio * Fraction(units, FINE) < 5)
    given_ = rate_of(units, source)
    nominal = given_.nominal(target[0], year_days=target[1]).value
    effective = given_.effective(target[0], year_days=target[1]).value
    assert effective >= nominal if longer else effective <= nominal


@given(st.integers(0, 10**11), conventions(), conventions(), KINDS)
def test_there_and_back_is_within_what_rounding_takes(units, source, target, kind):
    given_ = rate_of(units, source, kind)
    n, m = periods(*source), periods(*target)
    assume(n * units < 3 * m * FINE)
    how = "nominal" if kind == "nominal" else "effective"
    there = getattr(given_, how)(target[0], year_days=target[1])
    back = getattr(there, how)(source[0], year_days=source[1])
    # Half a unit there grows on the way back by at most the slope of that function; half one comes on top.
    slope = m / n * (1 if kind == "nominal" else max(1, 1 + float(there.value)) ** max(0, m / n - 1))
    assert abs(back.units - units) <= slope / 2 * (1 + 1e-9) + 0.5
    if there.exact and kind == "nominal":
        assert back.units == units


def test_a_rate_that_was_rounded_says_so_ever_after():
    month = Rate("0.05").nominal("month")
    assert not month.exact
    assert not month.nominal("quarter").exact
    assert month.nominal("quarter").value == Decimal("0.012500000001")
    assert Rate("0.05").nominal("quarter").exact
    assert month == Rate("0.004166666667", per="month")  # the same rate, whatever it came from


def test_the_ambient_decimal_context_has_no_part_in_it():
    free = [Rate("0.0123456789", per="month"), Rate("0.12", compounding="effective")]
    want = [(r.nominal("week"), r.effective("day", year_days=365), r.text(), r.text("zh")) for r in free]
    with localcontext(prec=1, Emax=2, Emin=-2) as context:
        context.traps[Inexact] = True
        made = [Rate("0.0123456789", per="month"), Rate("0.12", compounding="effective")]
        got = [(r.nominal("week"), r.effective("day", year_days=365), r.text(), r.text("zh")) for r in made]
        assert [Rate.parse(text) for *_, text in got] == made
        assert lpr().on("2025-01-01") == lpr().rates[11]
        assert (
            FixedRate(made[0].nominal().value).on("2026-01-01").as_tuple()
            == made[0].nominal().value.as_tuple()
        )
    assert got == want


def test_how_good_the_logarithm_is_has_no_part_in_it(monkeypatch):
    units = np.random.default_rng(5).integers(0, 10**11, 40)
    cases = [(Fraction(1, 12), Fraction(12)), (Fraction(52, 12), Fraction(12)), (Fraction(4), Fraction(1))]
    want = [conversion.compounded(units, *case, 12) for case in cases]
    assert want[0].tolist() == [converted(u, *cases[0], 12)[0] for u in units.tolist()]
    true = np.expm1
    for error in (1e-15, -3e-15, 2e-13, -1e-11, 1e-11):
        monkeypatch.setattr(conversion.np, "expm1", lambda x, e=error: true(x) * (1 + e) + e)
        assert all(
            (conversion.compounded(units, *c, 12) == w).all() for c, w in zip(cases, want, strict=True)
        )


# Columns


@given(
    st.lists(st.tuples(st.integers(0, 10**10), conventions(), KINDS, st.sampled_from(USUAL)), max_size=20),
    st.randoms(use_true_random=False),
)
def test_a_column_is_its_rows_in_any_order(rows, random):
    rows = [row for row in rows if periods(*row[1]) * row[0] < 2 * 10**10 or row[2] == "nominal"]
    shuffled = random.sample(rows, len(rows))
    columns = list(zip(*shuffled, strict=True)) or [(), (), (), ()]
    got, failures = annual_nominal(
        list(columns[0]),
        [per for per, _ in columns[1]],
        list(columns[2]),
        year_days=[days or 0 for _, days in columns[1]],
        frequency=[FREQUENCY_INDEX[name] for name in columns[3]],
    )
    assert got.dtype == np.int64
    for i, (units, convention, kind, frequency) in enumerate(shuffled):
        one = rate_of(units * 100, convention, kind)
        if i in failures.row:
            fails(lambda one=one, often=frequency: one.as_annual_nominal(often), Code.OUT_OF_RANGE, "rate")
        else:
            assert got[i] == one.as_annual_nominal(frequency).units


def test_one_name_serves_all_rows_and_a_column_may_be_empty():
    got, failures = annual_nominal([10**8, 2 * 10**8], "month", to=10)
    assert (got.tolist(), len(failures)) == ([12 * 10**8, 24 * 10**8], 0)
    got, failures = annual_nominal([], "month")
    assert (got.tolist(), len(failures)) == ([], 0)
    got, _ = annual_nominal(np.array([10**10]), "month", "effective", frequency="monthly", decimals=12)
    assert got.tolist() == [12 * 10**10]


@pytest.mark.parametrize(
    ("change", "code", "field", "value"),
    [
        ({"values": -1}, Code.NEGATIVE, "rate", "-1e-10"),
        ({"values": 1001 * 10**10}, Code.OUT_OF_RANGE, "rate", "1001.0"),
        ({"values": 900 * 10**10}, Code.OUT_OF_RANGE, "rate", "900.0"),  # a month; 10,800 a year
        (
            {"values": 9 * 10**10, "compounding": "effective", "frequency": "annual"},
            Code.OUT_OF_RANGE,
            "rate",
            "9.0",
        ),
        ({"per": "fortnight"}, Code.UNKNOWN_VALUE, "per", "fortnight"),
        ({"per": ""}, Code.MISSING, "per", ""),
        ({"compounding": "simple"}, Code.UNKNOWN_VALUE, "compounding", "simple"),
        ({"per": "day"}, Code.MISSING, "year_days", ""),
        ({"per": "day", "year_days": 364}, Code.UNKNOWN_VALUE, "year_days", "364"),
        ({"per": "day", "year_days": 366.5}, Code.NOT_WHOLE_UNITS, "year_days", "366.5"),
        ({"compounding": "effective"}, Code.MISSING, "frequency", ""),
        ({"compounding": "effective", "frequency": "hourly"}, Code.UNKNOWN_VALUE, "frequency", "hourly"),
    ],
)
def test_a_bad_row_has_a_code_and_its_neighbours_are_none_the_worse(change, code, field, value):
    good = {"values": 10**8, "per": "month", "compounding": "nominal", "year_days": 0, "frequency": ""}
    rows = [good, good | change, good]
    columns = {name: [row[name] for row in rows] for name in good}
    got, failures = annual_nominal(**columns)
    assert [(f.row, f.code, f.field, f.value) for f in failures] == [(1, code, field, value)]
    assert got.tolist() == [12 * 10**10, 0, 12 * 10**10]


def test_an_effective_column_without_frequency_is_refused_and_a_nominal_one_needs_none():
    got, failures = annual_nominal([10**8, 10**8], "month", ["effective", "nominal"])
    assert [(f.row, f.code, f.field) for f in failures] == [(0, Code.MISSING, "frequency")]
    assert got.tolist() == [0, 12 * 10**10]


@pytest.mark.parametrize("values", [[0.1], ["1"], [[1]], 5, [True]])
def test_a_column_that_is_no_column_of_integers_is_refused(values):
    with pytest.raises(TypeError):
        annual_nominal(values)


# One rate


@pytest.mark.parametrize(
    "value", ["0.049", Decimal("0.0490"), 0.049, "4.9e-2", np.float64(0.049), " 0.049 ", np.str_("0.049")]
)
def test_a_rate_may_be_given_in_any_exact_form(value):
    assert Rate(value) == Rate("0.049")
    assert str(Rate(value).value) == "0.049"
    assert hash(Rate(value)) == hash(Rate("0.049"))


def test_a_rate_keeps_its_digits_and_never_an_exponent():
    assert [str(Rate(v).value) for v in (0, 1, 1000, "0.000000000001")] == ["0", "1", "1000", "1E-12"]
    assert Rate("0.000000000001").text() == "0.0000000001% a year"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (None, Code.MISSING),
        ("", Code.MISSING),
        ("4.9%", Code.NOT_A_NUMBER),
        ([0.05], Code.NOT_A_NUMBER),
        ("nan", Code.NOT_FINITE),
        (float("inf"), Code.NOT_FINITE),
        (True, Code.BOOLEAN),
        ("-0.01", Code.NEGATIVE),
        ("1000.000000000001", Code.OUT_OF_RANGE),
        ("0.0000000000001", Code.NOT_WHOLE_UNITS),
        (0.1 + 0.2, Code.NOT_WHOLE_UNITS),
    ],
)
def test_what_is_no_rate_is_refused(value, code):
    fails(lambda: Rate(value), code, "rate.value")


@pytest.mark.parametrize(
    ("more", "code", "field"),
    [
        ({"per": "fortnight"}, Code.UNKNOWN_VALUE, "rate.per"),
        ({"per": None}, Code.UNKNOWN_VALUE, "rate.per"),
        ({"compounding": "simple"}, Code.UNKNOWN_VALUE, "rate.compounding"),
        ({"per": "day"}, Code.MISSING, "rate.year_days"),
        ({"per": "day", "year_days": 364}, Code.UNKNOWN_VALUE, "rate.year_days"),
        ({"per": "day", "year_days": 360.0}, Code.UNKNOWN_VALUE, "rate.year_days"),
        ({"per": "month", "year_days": 360}, Code.UNKNOWN_VALUE, "rate.year_days"),
    ],
)
def test_a_convention_that_is_none_is_refused(more, code, field):
    fails(lambda: Rate("0.05", **more), code, field)


def test_a_conversion_that_cannot_be_meant_is_refused():
    fails(lambda: Rate("0.05").nominal("day"), Code.MISSING, "rate.year_days")
    fails(lambda: Rate("0.05").effective("decade"), Code.UNKNOWN_VALUE, "rate.per")
    fails(lambda: Rate("0.05").as_annual_nominal("hourly"), Code.UNKNOWN_VALUE, "frequency")
    fails(lambda: Rate("0.05").as_annual_nominal("monthly", decimals=2), Code.UNKNOWN_VALUE, "decimals")
    fails(lambda: Rate(900, per="month").nominal(), Code.OUT_OF_RANGE, "rate.value")
    fails(lambda: Rate(1, per="day", year_days=365).effective(), Code.OUT_OF_RANGE, "rate.value")


def test_a_rate_is_a_value():
    made = Rate("0.05", per="month")
    with pytest.raises(FrozenInstanceError):
        made.per = "year"
    assert replace(made, per="quarter") == Rate("0.05", per="quarter")
    assert pickle.loads(pickle.dumps(made)) == made  # noqa: S301
    assert made != Rate("0.05", per="month", compounding="effective")


# Texts


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("4.9%", Rate("0.049")),
        ("0.049", Rate("0.049")),
        ("１２．５％", Rate("0.125")),
        ("12% effective", Rate("0.12", compounding="effective")),
        ("12 % a year nominal", Rate("0.12")),
        ("0.55% a month", Rate("0.0055", per="month")),
        ("0.55 % per month", Rate("0.0055", per="month")),
        ("5.5‰/month", Rate("0.0055", per="month")),
        ("4.9% p.a.", Rate("0.049")),
        ("4.9% per annum", Rate("0.049")),
        ("3% a half-year", Rate("0.03", per="half_year")),
        ("3% a half year effective", Rate("0.03", per="half_year", compounding="effective")),
        ("150bp", Rate("0.015")),
        ("5‱ a day of 365", Rate("0.0005", per="day", year_days=365)),
        ("月利率 5.5‰", Rate("0.0055", per="month")),
        ("月利率：5.5‰", Rate("0.0055", per="month")),
        ("月息千分之五点五", Rate("0.0055", per="month")),
        ("年利率4.9%", Rate("0.049")),
        ("年利率 百分之二十四", Rate("0.24")),
        ("年利率 百分之十五点四", Rate("0.154")),
        ("年利率 百分之零点三五", Rate("0.0035")),
        ("年利率 百分之一百零五", Rate("1.05")),
        ("年利率 千分之两百一十", Rate("0.21")),
        ("季利率 百分之3.5", Rate("0.035", per="quarter")),
        ("季度利率 3.5%", Rate("0.035", per="quarter")),
        ("半年利率 3%", Rate("0.03", per="half_year")),
        ("周利率 3‰", Rate("0.003", per="week")),
        ("有效年利率 12%", Rate("0.12", compounding="effective")),
        ("实际年利率 12%", Rate("0.12", compounding="effective")),
        ("名义年利率 12%", Rate("0.12")),
        ("日利率 万分之5（一年360天）", Rate("0.0005", per="day", year_days=360)),
        ("日利率 0.05% (365天)", Rate("0.0005", per="day", year_days=365)),
    ],
)
def test_a_rate_is_read_as_people_write_it(text, want):
    got = Rate.parse(text)
    assert (got, got.exact) == (want, True)


def test_a_daily_rate_is_told_its_year():
    want = Rate("0.0005", per="day", year_days=360)
    assert Rate.parse("日利率 万分之五", year_days=360) == want
    assert Rate.parse("0.05% a day of 360", year_days=360) == want
    fails(lambda: Rate.parse("日利率 万分之五"), Code.MISSING, "rate.year_days")
    fails(lambda: Rate.parse("0.05% a day of 364"), Code.UNKNOWN_VALUE, "rate.year_days")
    fails(lambda: Rate.parse("0.05% a day of 365", year_days=360), Code.UNKNOWN_VALUE, "rate.year_days")
    fails(lambda: Rate.parse("4.9%", year_days=360), Code.UNKNOWN_VALUE, "rate.year_days")


@pytest.mark.parametrize(
    ("per", "text"),
    [
        ("year", "年利率 0.3%"),
        ("half_year", "半年利率 0.3%"),
        ("quarter", "季利率 0.3%"),
        ("month", "月利率 3‰"),
        ("week", "周利率 3‰"),
        ("day", "日利率 万分之30（一年360天）"),
    ],
)
def test_each_period_has_its_unit_in_chinese(per, text):
    assert Rate("0.003", per=per, year_days=360 if per == "day" else None).text("zh") == text


def test_a_rounded_rate_is_marked_in_its_text():
    assert str(Rate("0.05").nominal("month")) == "≈0.4166666667% a month"
    for text in ("≈0.4166666667% a month", "月利率 ≈4.166666667‰", "月利率约4.166666667‰"):
        got = Rate.parse(text)
        assert (got, got.exact) == (Rate("0.05").nominal("month"), False)


@given(SIZES, conventions(), KINDS, st.booleans(), st.sampled_from(["en", "zh"]))
def test_what_is_printed_is_read_back(units, convention, kind, exact, language):
    made = replace(rate_of(units, convention, kind), exact=exact)
    text = made.text(language)
    assert (text == str(made)) == (language == "en")
    assert any("\u4e00" <= char <= "\u9fff" for char in text) == (language == "zh")
    if len(text) < 48:
        got = Rate.parse(text)
        assert (got, got.exact) == (made, exact)


@given(st.integers(0, 999), st.text("0123456789", max_size=3))
def test_every_chinese_numeral_is_read(whole, tail):
    han = "零一二三四五六七八九"
    hundreds, tens, ones = whole // 100, whole // 10 % 10, whole % 10
    text = f"{han[hundreds]}百" if hundreds else ""
    if tens:
        text += ("" if tens == 1 and not hundreds else han[tens]) + "十"
    elif hundreds and ones:
        text += "零"
    text += han[ones] if ones or not whole else ""
    text += "点" + "".join(han[int(digit)] for digit in tail) if tail else ""
    assert Rate.parse(f"年利率 万分之{text}").value == Decimal(f"{whole}.{tail}e-4")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", Code.NOT_A_NUMBER),
        ("abc", Code.NOT_A_NUMBER),
        (None, Code.NOT_A_NUMBER),
        (0.049, Code.NOT_A_NUMBER),
        ("4,9%", Code.NOT_A_NUMBER),
        ("4.9.1%", Code.NOT_A_NUMBER),
        ("nan%", Code.NOT_A_NUMBER),
        ("12% APR", Code.NOT_A_NUMBER),
        ("年化利率 12%", Code.NOT_A_NUMBER),
        ("月息 1 分", Code.NOT_A_NUMBER),
        ("百分之一百五", Code.NOT_A_NUMBER),
        ("百分之五六", Code.NOT_A_NUMBER),
        ("百分之", Code.NOT_A_NUMBER),
        ("月利率 5.5‰ a month", Code.DUPLICATE),
        ("月利率 5.5‰ p.a.", Code.DUPLICATE),
        ("有效年利率 12% effective", Code.DUPLICATE),
        ("日利率 5‱（360天） a day of 360", Code.DUPLICATE),
        ("-1%", Code.NEGATIVE),
        ("4.9", Code.OUT_OF_RANGE),
        ("100001%", Code.OUT_OF_RANGE),
        ("0.00000000001%", Code.NOT_WHOLE_UNITS),
    ],
)
def test_a_text_that_says_no_rate_or_two_is_refused(text, code):
    error = fails(lambda: Rate.parse(text), code, "rate")
    assert error.value == text


def test_there_are_two_languages():
    fails(lambda: Rate("0.05").text("fr"), Code.UNKNOWN_VALUE, "language")


# An index

DAY = date(2020, 1, 1)
DAYS = st.integers(0, 700).map(lambda n: DAY + timedelta(days=n))
ANCHORS = st.integers(0, 150).map(lambda n: DAY + timedelta(days=n))


def array(days):
    return np.array(days, "datetime64[D]")


@given(
    st.dictionaries(DAYS, st.integers(-(10**10), 10**10), min_size=1, max_size=10),
    st.lists(DAYS, max_size=10),
)
def test_the_rate_in_force_is_the_last_published(series, asked):
    dates = sorted(series)
    index = Index("x", dates, [Decimal(series[day]).scaleb(-10) for day in dates], "made up")
    rates, early = index.at(array(asked))
    for day, got, none in zip(asked, rates.tolist(), early.tolist(), strict=True):
        place = bisect_right(dates, day)
        assert none == (place == 0)
        assert got == (series[dates[place - 1]] if place else 0)
        if place:
            assert index.on(day) == Fraction(got, 10**10)
        else:
            fails(lambda day=day: index.on(day), Code.OUT_OF_RANGE, "day")


def test_the_loan_prime_rate():
    index = lpr()
    asked = ["2019-08-20", "2019-09-19", "2020-08-20", "2022-01-19", "2024-10-20", "2025-05-20", "2026-01-01"]
    # The cap for private lending of August 2020 was four times the 3.85 % then in force, 15.4 %.
    assert [str(index.on(day)) for day in asked] == [
        *("0.0425", "0.0425", "0.0385", "0.038", "0.0335", "0.03", "0.03"),
    ]
    assert 4 * index.on("2020-08-20") == Decimal("0.154")
    error = fails(lambda: index.on("2019-08-19"), Code.OUT_OF_RANGE, "day")
    assert "LPR 1Y has no rate before 2019-08-20" in str(error)
    assert repr(index) == "Index('LPR 1Y', 13 rates, 2019-08-20 to 2025-05-20)"


def test_an_index_is_a_value_that_nobody_can_change():
    dates, rates = array(list(LPR)), np.array(list(LPR.values()))
    index = Index("LPR 1Y", dates, rates, "National Interbank Funding Center")
    dates[0] = "2000-01-01"
    assert index == lpr()
    assert hash(index) == hash(lpr())
    assert pickle.loads(pickle.dumps(index)) == index  # noqa: S301
    with pytest.raises(ValueError, match="read-only"):
        index.units[0] = 0
    with pytest.raises(ValueError, match="read-only"):
        index.days[0] = "2000-01-01"
    assert replace(index, source="elsewhere") != index


def test_any_shape_may_be_asked_and_no_date_has_no_rate():
    rates, early = lpr().at(array([["2020-01-01", "NaT"], ["2019-01-01", "2025-06-01"]]))
    assert rates.tolist() == [[415_000_000, 0], [0, 300_000_000]]
    assert early.tolist() == [[False, True], [True, False]]


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"name": ""}, Code.MISSING, "index.name"),
        ({"source": " "}, Code.MISSING, "index.source"),
        ({"source": None}, Code.MISSING, "index.source"),
        ({"dates": [], "rates": []}, Code.MISSING, "index.dates"),
        ({"dates": ["2020-01-01", ""]}, Code.MISSING, "index.dates"),
        ({"dates": ["2020-01-01", "2020-02-30"]}, Code.NOT_A_DATE, "index.dates"),
        ({"dates": ["2020-01-01", "2020-01-01"]}, Code.DUPLICATE, "index.dates"),
        ({"dates": ["2020-01-02", "2020-01-01"]}, Code.DATES_OUT_OF_ORDER, "index.dates"),
        ({"rates": ["0.05", "x"]}, Code.NOT_A_NUMBER, "index.rates"),
        ({"rates": ["0.05", "4.25"]}, Code.OUT_OF_RANGE, "index.rates"),
        ({"rates": ["0.05", "-1.01"]}, Code.OUT_OF_RANGE, "index.rates"),
        ({"rates": ["0.05", "0.00000000001"]}, Code.NOT_WHOLE_UNITS, "index.rates"),
    ],
)
def test_an_index_that_is_none_is_refused(change, code, field):
    good = {"name": "x", "dates": ["2020-01-01", "2020-02-01"], "rates": ["0.05", "0.06"], "source": "y"}
    fails(lambda: Index(**(good | change)), code, field)


def test_an_index_has_as_many_rates_as_dates():
    with pytest.raises(TypeError):
        Index("x", ["2020-01-01"], ["0.05", "0.06"], "y")


# Paths: the oracle walks over the days, in fractions and dateutil.


def fraction(value):
    return None if value is None else Fraction(value)


@cache
def resets(anchor, months):
    return [anchor + relativedelta(months=months * k) for k in range(1 + 48 // months)]


def last(dates, day):
    return max((d for d in dates if d <= day), default=None)


def on_day(path, day, spread=None, anchor=None):
    """The rate of a path on one day, None where there is none."""
    if isinstance(path, FixedRate):
        return Fraction(path.rate)
    if isinstance(path, SteppedRate):
        found = last([when for when, _ in path.steps], day)
        return None if found is None else Fraction(dict(path.steps)[found])
    if isinstance(path, PromotionalRate):
        return Fraction(path.rate) if day < path.until else on_day(path.then, day, spread, anchor)
    series = dict(zip(path.index.dates, map(Fraction, path.index.rates), strict=True))
    spread = fraction(path.spread) if path.spread is not None else spread
    anchor = path.anchor or anchor
    if path.reset == "publication" and path.step_cap is None:
        fixings = [last(series, day)]
    elif path.reset == "publication":
        fixings = [anchor, *(d for d in series if anchor < d <= day)]
    else:
        fixings = [d for d in resets(anchor, path.reset) if d <= day]
    if not fixings or fixings[0] is None or fixings[0] > day:
        return None
    rate = None
    for fixed in fixings if path.step_cap is not None else fixings[-1:]:
        published = last(series, fixed)
        if published is None:
            return None
        wanted = series[published] + spread
        if rate is not None and path.step_cap is not None:
            wanted = min(max(wanted, rate - fraction(path.step_cap)), rate + fraction(path.step_cap))
        wanted = wanted if path.floor is None else max(wanted, fraction(path.floor))
        rate = wanted if path.cap is None else min(wanted, fraction(path.cap))
    return rate


def expected(path, start, end, spread=None, anchor=None):
    """Cuts and rates by walking over every day; None where a day has no rate that a loan can have."""
    cuts, rates = [], []
    for n in range((end - start).days):
        rate = on_day(path, start + timedelta(days=n), spread, anchor)
        if rate is None or not 0 <= rate <= 1:
            return None
        if not rates or rate != rates[-1]:
            rates.append(rate)
            cuts.append(start + timedelta(days=n))
    return cuts[1:], rates


RATES = st.integers(0, 60).map(lambda n: Decimal(n) / 400)


@st.composite
def indexes(draw):
    series = draw(st.dictionaries(DAYS, st.integers(-4, 40), min_size=1, max_size=8))
    if draw(st.integers(0, 9)):  # else it begins too late for many a loan
        series[DAY] = draw(st.integers(0, 40))
    dates = sorted(series)
    return Index("x", dates, [Decimal(series[day]) / 400 for day in dates], "made up")


@st.composite
def linked(draw):
    floor = draw(st.one_of(st.none(), st.just(0), RATES))
    cap = draw(st.one_of(st.none(), RATES))
    if floor is not None and cap is not None:
        floor, cap = sorted((floor, cap))
    step = draw(st.one_of(st.none(), st.integers(1, 8).map(lambda n: Decimal(n) / 400)))
    reset = draw(st.one_of(st.just("publication"), st.sampled_from([1, 3, 6, 12])))
    counts = reset != "publication" or step is not None
    return LinkedRate(
        draw(indexes()),
        draw(st.one_of(st.none(), st.integers(-8, 20).map(lambda n: Decimal(n) / 400))),
        reset=reset,
        anchor=draw(st.one_of(st.none(), ANCHORS)) if counts else None,
        floor=floor,
        cap=cap,
        step_cap=step,
    )


@st.composite
def steps(draw):
    found = draw(st.dictionaries(DAYS, RATES, min_size=1, max_size=5))
    return SteppedRate(tuple(sorted(found.items())))


PLAIN = st.one_of(RATES.map(FixedRate), steps(), linked())
PATHS = st.one_of(PLAIN, st.builds(PromotionalRate, RATES, DAYS, PLAIN))
SPANS = st.tuples(DAYS, st.integers(1, 300)).map(lambda span: (span[0], span[0] + timedelta(days=span[1])))
SPREADS = st.integers(-8, 20).map(lambda n: Decimal(n) / 400)


def exact(rates):
    return [Fraction(rate, 10**10) for rate in rates.tolist()]


@given(PATHS, SPANS, SPREADS, ANCHORS)
def test_segments_are_those_of_a_walk_over_the_days(path, span, spread, anchor):
    want = expected(path, *span, Fraction(spread), anchor)
    if want is None:
        with pytest.raises(InputError) as caught:
            path.segments(*span, spread=spread, anchor=anchor)
        assert caught.value.code in {Code.OUT_OF_RANGE, Code.NEGATIVE, Code.DATES_OUT_OF_ORDER}
        return
    cuts, rates = path.segments(*span, spread=spread, anchor=anchor)
    assert (cuts.tolist(), exact(rates)) == want
    assert (cuts.dtype, rates.dtype) == (np.dtype("datetime64[D]"), np.dtype(np.int64))
    # They tile the span: strictly inside, in order, and no cut without a change.
    assert all(a < b for a, b in zip([span[0], *cuts.tolist()], [*cuts.tolist(), span[1]], strict=True))
    assert (np.diff(rates) != 0).all()
    assert path.on(span[0], spread=spread, anchor=anchor) == want[1][0]


def alone(path, span, spread, anchor):
    """Cuts and rates of one path, and the code where it is refused."""
    try:
        return *path.segments(*span, spread=spread, anchor=anchor), None
    except InputError as error:
        return array([]), np.zeros(1, np.int64), error.code


@given(st.lists(st.tuples(PATHS, SPANS, SPREADS, ANCHORS), min_size=1, max_size=8), st.integers(0, 12))
def test_many_loans_are_each_by_itself(rows, most):
    paths, spans, spreads, anchors = zip(*rows, strict=True)
    distinct = tuple(dict.fromkeys(paths))
    got = pieces(
        distinct,
        [distinct.index(path) for path in paths],
        array([start for start, _ in spans]),
        array([end for _, end in spans]),
        most,
        spread=np.array([int(spread * 10**10) for spread in spreads]),
        anchor=array(anchors),
    )
    assert (got.cuts.shape, got.rates.shape) == ((most, len(rows)), (most + 1, len(rows)))
    for i, (path, span, spread, anchor) in enumerate(rows):
        cuts, rates, code = alone(path, span, spread, anchor)
        if code is None and len(cuts) > most:
            cuts, rates, code = array([]), np.zeros(1, np.int64), Code.BEYOND_DOMAIN
        found = [f.code for f in got.failures if f.row == i]
        assert len(found) == (code is not None)
        assert not found or found[0] in {code, Code.BEYOND_DOMAIN}
        assert got.cuts[: len(cuts), i].tolist() == cuts.tolist()
        assert np.isnat(got.cuts[len(cuts) :, i]).all()
        assert got.rates[: len(rates), i].tolist() == rates.tolist()
        assert (got.rates[len(rates) :, i] == rates[-1]).all()


@given(PATHS, SPANS, st.integers(1, 299), SPREADS, ANCHORS)
def test_a_span_cut_in_two_has_the_same_pieces(path, span, cut, spread, anchor):
    middle = span[0] + timedelta(days=cut)
    assume(middle < span[1])
    cuts, rates, code = alone(path, span, spread, anchor)
    assume(code is None)
    one, two = (
        path.segments(*half, spread=spread, anchor=anchor) for half in ((span[0], middle), (middle, span[1]))
    )
    joined = [*one[0].tolist(), *([middle] if one[1][-1] != two[1][0] else []), *two[0].tolist()]
    assert joined == cuts.tolist()
    assert [
        *one[1].tolist(),
        *two[1].tolist()[len(joined) < len(one[0]) + 1 + len(two[0]) :],
    ] == rates.tolist()


@given(linked(), SPANS, SPREADS, ANCHORS)
def test_floor_cap_and_step_hold(path, span, spread, anchor):
    _, rates, code = alone(path, span, spread, anchor)
    assume(code is None)
    rates = exact(rates)
    assert path.floor is None or min(rates) >= fraction(path.floor)
    assert path.cap is None or max(rates) <= fraction(path.cap)
    if path.step_cap is not None:
        assert all(abs(b - a) <= fraction(path.step_cap) for a, b in pairwise(rates))


def test_a_mortgage_on_the_loan_prime_rate():
    # Repriced every year on the anniversary of the loan, the loan prime rate and 50 basis points.
    path = LinkedRate(lpr(), "0.005", reset=12, anchor="2021-03-15")
    cuts, rates = path.segments("2021-03-15", "2026-03-15")
    assert cuts.astype(str).tolist() == ["2022-03-15", "2023-03-15", "2024-03-15", "2025-03-15"]
    assert exact(rates) == [Fraction(n, 10_000) for n in (435, 420, 415, 395, 360)]
    # On publication each change counts at once.
    cuts, rates = replace(path, reset="publication", anchor=None).segments("2021-03-15", "2022-03-15")
    assert cuts.astype(str).tolist() == ["2021-12-20", "2022-01-20"]
    assert exact(rates) == [Fraction(n, 10_000) for n in (435, 430, 420)]


def test_resets_are_counted_from_the_anchor_and_never_chained():
    daily = Index(
        "x", [DAY + timedelta(days=n) for n in range(400)], [Decimal(n) / 10**4 for n in range(400)], "y"
    )
    cuts, _ = LinkedRate(daily, 0, reset=1, anchor="2020-01-31").segments("2020-01-31", "2020-06-01")
    assert cuts.astype(str).tolist() == ["2020-02-29", "2020-03-31", "2020-04-30", "2020-05-31"]


def test_a_step_cap_catches_up_reset_by_reset():
    index = Index("x", ["2020-01-01", "2020-06-01"], ["0.02", "0.10"], "made up")
    path = LinkedRate(index, "0.01", reset=12, anchor="2020-01-01", cap="0.09", step_cap="0.02")
    _, rates = path.segments("2020-01-01", "2026-01-01")
    assert exact(rates) == [Fraction(n, 100) for n in (3, 5, 7, 9)]
    # What it is later depends on the anchor, not on where the question begins.
    _, rates = path.segments("2021-06-01", "2022-06-01")
    assert exact(rates) == [Fraction(5, 100), Fraction(7, 100)]
    yearly = LinkedRate(index, "0.01", reset="publication", anchor="2020-01-01", step_cap="0.02")
    assert [str(yearly.on(day)) for day in ("2020-05-31", "2020-06-01", "2030-01-01")] == [
        "0.03",
        "0.05",
        "0.05",
    ]


def test_a_floor_of_zero_is_for_those_who_ask_for_it():
    index = Index("x", ["2020-01-01", "2020-06-01"], ["0.01", "-0.005"], "made up")
    error = fails(
        lambda: LinkedRate(index, 0, reset="publication").segments(DAY, "2021-01-01"), Code.NEGATIVE, "rate"
    )
    assert error.value == "-0.005"
    assert LinkedRate(index, 0, reset="publication").on("2020-05-31") == Decimal("0.01")
    assert LinkedRate(index, 0, reset="publication", floor=0).on("2020-06-01") == 0
    high = LinkedRate(index, "0.995", reset="publication")
    assert fails(lambda: high.on("2020-01-01"), Code.OUT_OF_RANGE, "rate").value == "1.005"
    assert high.on("2020-06-01") == Decimal("0.99")


def test_where_the_promotional_rate_rules_the_path_behind_it_is_not_asked():
    later = LinkedRate(lpr(), None, reset=12, anchor="2026-07-01")
    path = PromotionalRate("0.02", "2026-07-01", later)
    assert path.segments("2010-01-01", "2026-07-01")[1].tolist() == [200_000_000]
    fails(lambda: path.segments("2010-01-01", "2026-07-02"), Code.MISSING, "spread")
    early = PromotionalRate("0.02", "2018-01-01", replace(later, spread=0, anchor=None))
    fails(lambda: early.on("2018-01-01", anchor="2018-01-01"), Code.OUT_OF_RANGE, "index")
    twice = PromotionalRate(
        "0.02", "2026-07-01", PromotionalRate("0.03", "2026-09-01", then=Rate("0.004", per="month"))
    )
    assert exact(twice.segments("2026-06-01", "2027-06-01")[1]) == [Fraction(n, 1000) for n in (20, 30, 48)]


def test_steps_that_change_nothing_are_no_cuts():
    path = SteppedRate((("2020-01-01", "0.05"), ("2020-02-01", "0.05"), ("2020-03-01", "0.06")))
    cuts, rates = path.segments("2020-01-15", "2021-01-01")
    assert (cuts.astype(str).tolist(), rates.tolist()) == (["2020-03-01"], [500_000_000, 600_000_000])


def test_a_rate_is_refused_where_it_was_given():
    effective, fine = Rate("0.12", compounding="effective"), Rate("0.012345678912", per="month")
    loan = {"principal": 100, "original_term": 3, "elapsed": 0, "unpaid": 3, "next_due": "2026-01-31"}
    for rate, code in ((effective, Code.UNKNOWN_VALUE), (fine, Code.NOT_WHOLE_UNITS)):
        fails(lambda rate=rate: rp.Loan(**loan, annual_rate=rate), code, "annual_rate")
        fails(lambda rate=rate: rp.equal_instalment(3, rate=rate), code, "equal_instalment.rate")
        fails(lambda rate=rate: rp.bullet(3, rate=rate), code, "bullet.rate")


def test_a_path_takes_a_rate_that_says_its_period():
    assert FixedRate(Rate("0.0055", per="month")) == FixedRate("0.066")
    assert FixedRate(Rate("0.0005", per="day", year_days=360)).rate == Decimal("0.18")
    year = Rate("0.12", compounding="effective")
    assert fails(lambda: FixedRate(year), Code.UNKNOWN_VALUE, "fixed.rate").value == "12% a year effective"
    fails(lambda: FixedRate(year.as_annual_nominal("monthly")), Code.NOT_WHOLE_UNITS, "fixed.rate")
    assert FixedRate(year.as_annual_nominal("monthly", decimals=10)).rate == Decimal("0.1138655152")
    fails(lambda: FixedRate(Rate("8.4", per="month")), Code.OUT_OF_RANGE, "fixed.rate")


def test_above_1_a_year_only_a_rate_that_says_so_is_taken():
    high = Rate("4")
    for path in (
        FixedRate(Rate("1", per="quarter")),
        SteppedRate((("2020-01-01", high), ("2030-01-01", "0.5"))),
        PromotionalRate(high, "2027-01-01", then="0.5"),
        PromotionalRate("0.5", "2020-01-01", then=high),
    ):
        assert path.on("2026-01-01") == 4
        assert replace(path) == path  # what it shows is what it takes
    fails(lambda: FixedRate("4"), Code.OUT_OF_RANGE, "fixed.rate")
    terms = {"principal": "500", "original_term": 4, "elapsed": 0, "unpaid": 4, "next_due": "2026-01-31"}
    loan = rp.Loan(annual_rate=high, **terms)
    assert loan.annual_rate == FixedRate(high)
    assert rp.Loans.from_columns(annual_rate=high, **terms).one(0) == loan == replace(loan)
    assert rp.schedule(loan, rp.interest_only(4)).rows[0].interest == Decimal("166.67")
    fails(lambda: rp.Loan(annual_rate="4", **terms), Code.OUT_OF_RANGE, "annual_rate")
    fails(lambda: rp.Loan(annual_rate=Rate("100.1"), **terms), Code.OUT_OF_RANGE, "annual_rate")
    fails(lambda: rp.equal_instalment(4, rate=high), Code.OUT_OF_RANGE, "equal_instalment.rate")
    index = Index("x", ["2020-01-01"], ["0.9"], "made up")
    linked = LinkedRate(index, "0.2", reset=12, anchor="2020-01-01")
    path = PromotionalRate("0.1", "2021-01-01", then=linked)
    fails(lambda: path.segments("2026-01-01", "2027-01-01"), Code.OUT_OF_RANGE, "rate")


@pytest.mark.parametrize(
    ("make", "code", "field"),
    [
        (lambda: FixedRate("1.01"), Code.OUT_OF_RANGE, "fixed.rate"),
        (lambda: FixedRate("-0.01"), Code.NEGATIVE, "fixed.rate"),
        (lambda: FixedRate("0.00000000001"), Code.NOT_WHOLE_UNITS, "fixed.rate"),
        (lambda: FixedRate(None), Code.MISSING, "fixed.rate"),
        (lambda: SteppedRate(()), Code.MISSING, "steps"),
        (lambda: SteppedRate((("2020-01-01", "x"),)), Code.NOT_A_NUMBER, "steps"),
        (lambda: SteppedRate((("soon", "0.05"),)), Code.NOT_A_DATE, "steps"),
        (lambda: SteppedRate(((20200101, "0.05"),)), Code.NOT_A_DATE, "steps"),
        (lambda: SteppedRate((("2020-01-01", 0), ("2020-01-01", 0))), Code.DUPLICATE, "steps"),
        (lambda: SteppedRate((("2020-01-02", 0), ("2020-01-01", 0))), Code.DATES_OUT_OF_ORDER, "steps"),
        (lambda: PromotionalRate("x", "2020-01-01", 0), Code.NOT_A_NUMBER, "promotional.rate"),
        (lambda: PromotionalRate(0, None, 0), Code.MISSING, "promotional.until"),
        (lambda: PromotionalRate(0, "2020-01-01", "x"), Code.NOT_A_NUMBER, "fixed.rate"),
        (
            lambda: PromotionalRate(0, "2020-01-01", PromotionalRate(0, "2020-01-01", 0)),
            Code.DATES_OUT_OF_ORDER,
            "promotional.until",
        ),
        (lambda: LinkedRate(lpr(), "2", reset="publication"), Code.OUT_OF_RANGE, "linked.spread"),
        (lambda: LinkedRate(lpr(), 0, reset="yearly"), Code.UNKNOWN_VALUE, "linked.reset"),
        (lambda: LinkedRate(lpr(), 0, reset=0), Code.UNKNOWN_VALUE, "linked.reset"),
        (lambda: LinkedRate(lpr(), 0, reset=121), Code.UNKNOWN_VALUE, "linked.reset"),
        (lambda: LinkedRate(lpr(), 0, reset=True), Code.UNKNOWN_VALUE, "linked.reset"),
        (lambda: LinkedRate(lpr(), 0, reset=1, anchor="x"), Code.NOT_A_DATE, "linked.anchor"),
        (lambda: LinkedRate(lpr(), 0, reset="publication", anchor=DAY), Code.UNKNOWN_VALUE, "linked.anchor"),
        (lambda: LinkedRate(lpr(), 0, reset=1, floor="0.05", cap="0.04"), Code.OUT_OF_RANGE, "linked.floor"),
        (lambda: LinkedRate(lpr(), 0, reset=1, floor="-0.01"), Code.NEGATIVE, "linked.floor"),
        (lambda: LinkedRate(lpr(), 0, reset=1, cap="x"), Code.NOT_A_NUMBER, "linked.cap"),
        (lambda: LinkedRate(lpr(), 0, reset=1, step_cap=0), Code.OUT_OF_RANGE, "linked.step_cap"),
    ],
)
def test_a_path_that_cannot_be_meant_is_refused(make, code, field):
    fails(make, code, field)


YEARLY = LinkedRate(lpr(), None, reset=12)


@pytest.mark.parametrize(
    ("path", "ask", "code", "field"),
    [
        (FixedRate(0), {"end": "2020-01-01"}, Code.DATES_OUT_OF_ORDER, "end"),
        (FixedRate(0), {"end": "2019-01-01"}, Code.DATES_OUT_OF_ORDER, "end"),
        (FixedRate(0), {"end": "2020-02-30"}, Code.NOT_A_DATE, "end"),
        (FixedRate(0), {"start": ""}, Code.MISSING, "start"),
        (SteppedRate((("2020-01-02", 0),)), {}, Code.OUT_OF_RANGE, "steps"),
        (YEARLY, {"anchor": "2020-01-01"}, Code.MISSING, "spread"),
        (YEARLY, {"spread": 0}, Code.MISSING, "anchor"),
        (YEARLY, {"spread": 0, "anchor": "2020-01-02"}, Code.DATES_OUT_OF_ORDER, "anchor"),
        (YEARLY, {"spread": 0, "anchor": "2019-08-19"}, Code.OUT_OF_RANGE, "index"),
        (YEARLY, {"spread": "1.5", "anchor": "2020-01-01"}, Code.OUT_OF_RANGE, "spread"),
        (LinkedRate(lpr(), 0, reset="publication"), {"start": "2019-08-19"}, Code.OUT_OF_RANGE, "index"),
        (LinkedRate(lpr(), "-0.05", reset="publication"), {}, Code.NEGATIVE, "rate"),
        (LinkedRate(lpr(), "0.97", reset="publication"), {}, Code.OUT_OF_RANGE, "rate"),
    ],
)
def test_a_span_without_a_rate_is_refused(path, ask, code, field):
    ask = {"start": "2020-01-01", "end": "2021-01-01"} | ask
    fails(lambda: path.segments(**ask), code, field)


def test_a_loan_without_a_rate_leaves_its_neighbours_alone():
    paths = (FixedRate("0.05"), SteppedRate((("2020-06-01", "0.06"),)), YEARLY)
    start = array(["2020-01-01", "2020-01-01", "NaT", "2020-07-01", "2020-01-01", "2020-01-01", "2020-01-01"])
    end = array(["2021-01-01"] * 5 + ["NaT", "2021-01-01"])
    spread = np.array([0, 0, 0, 0, 3 * 10**10, 0, 10**8])
    anchor = array(["NaT"] * 6 + ["2019-12-01"])
    got = pieces(paths, [0, 1, 0, 1, 2, 0, 2], start, end, 2, spread=spread, anchor=anchor)
    assert [(f.row, f.code, f.field) for f in got.failures] == [
        (1, Code.OUT_OF_RANGE, "steps"),
        (2, Code.MISSING, "start"),
        (4, Code.OUT_OF_RANGE, "spread"),
        (5, Code.MISSING, "end"),
    ]
    assert got.rates[0].tolist() == [5 * 10**8, 0, 0, 6 * 10**8, 0, 0, 515_000_000]
    assert np.isnat(got.cuts[:, [1, 2, 4, 5]]).all()
    assert got.cuts[0, 6].item() == date(2020, 12, 1)


def test_columns_that_are_none_are_refused():
    one, other = np.datetime64("2020-01-01"), np.datetime64("2021-01-01")
    for index, start, more in (
        ([1], one, {}),
        ([-1], one, {}),
        ([0.0], one, {}),
        ([[0]], one, {}),
        ([0], "2020-01-01", {}),
        ([0], array(["2020-01-01"] * 2), {}),
        ([0], one, {"spread": [0.01]}),
        ([0], one, {"anchor": [5]}),
    ):
        with pytest.raises(TypeError):
            pieces((FixedRate(0),), index, start, other, 1, **more)
    got = pieces((), [], one, other, 1)
    assert (got.cuts.shape, got.rates.shape, len(got.failures)) == ((1, 0), (2, 0), 0)


def test_the_number_of_calls_does_not_grow_with_the_loans():
    paths = (
        FixedRate("0.05"),
        PromotionalRate(
            "0.02", "2022-01-01", LinkedRate(lpr(), "0.01", reset=6, anchor="2021-01-01", step_cap="0.001")
        ),
        LinkedRate(lpr(), None, reset=12),
    )

    def calls(n):
        seen = Counter()

        def trace(frame, event, arg):
            if event == "call" and frame.f_code.co_filename == ratepath.__file__:
                seen[frame.f_code.co_name] += 1

        rng = np.random.default_rng(3)
        start = np.datetime64("2021-03-01") + rng.integers(0, 300, n)
        columns = {"spread": rng.integers(0, 10**8, n), "anchor": start}
        values = rng.integers(0, 36 * 10**8, n)
        sys.setprofile(trace)
        try:
            pieces(paths, rng.integers(0, 3, n), start, start + np.timedelta64(1500, "D"), 20, **columns)
            annual_nominal(values, compounding="effective", frequency="monthly")
        finally:
            sys.setprofile(None)
        return sum(seen.values())

    assert calls(20_000) <= calls(200) + 5


def test_a_loan_and_a_stage_take_a_rate_of_any_period():
    monthly = rp.Rate("0.01", per="month")
    terms = {"principal": "12000", "original_term": 6, "elapsed": 0, "unpaid": 6, "next_due": "2026-01-31"}
    loan = rp.Loan(annual_rate=monthly, **terms)
    assert loan.annual_rate == Decimal("0.12")
    assert rp.Loans.from_columns(annual_rate=monthly, **terms).annual_rate.tolist() == [1_200_000_000]
    plan = rp.equal_instalment(6, rate=monthly)
    assert repr(plan) == 'equal_instalment(6, rate="0.12")'
    with pytest.raises(rp.InputError):
        rp.equal_instalment(6, rate=rp.Rate("0.12", compounding="annual"))


@pytest.mark.parametrize("text", ["万分之五", "万分之5", "约万分之五", "万分之五（一年360天）"])
def test_so_many_of_ten_thousand_without_a_period_can_mean_two_things(text):
    fails(lambda: Rate.parse(text), Code.NOT_A_NUMBER, "rate")


def test_so_many_of_ten_thousand_are_read_with_a_period():
    assert Rate.parse("年利率 万分之五") == Rate("0.0005")
    assert Rate.parse("万分之五 p.a.") == Rate("0.0005")
    assert Rate.parse("万分之五 a day of 360") == Rate("0.0005", per="day", year_days=360)
    assert Rate.parse("5‱") == Rate("0.0005")
    assert Rate.parse("千分之五") == Rate("0.005")


@pytest.mark.parametrize(("rate", "code"), [("1.5", "out_of_range"), ("0.000000000001", "not_whole_units")])
def test_an_annual_rate_that_is_refused_is_named_as_it_was_given(rate, code):
    with pytest.raises(InputError) as caught:
        annual_units("rate", Rate(rate))
    assert (caught.value.code, caught.value.field, caught.value.value) == (code, "rate", str(Rate(rate)))


def test_an_annual_rate_may_be_the_most():
    assert annual_units("rate", Rate("0.5", per="half_year")) == 10**10
    assert annual_units("rate", Rate("2", per="month"), most=24) == 24 * 10**10
