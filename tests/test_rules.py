"""What is refused says the rule it breaks: the bounds, the values allowed, or a figure it is held against."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import programme
from repayplan import (
    Allowance,
    AssumedCost,
    Code,
    Contingency,
    DayCount,
    DueDates,
    Failure,
    Failures,
    FixedRate,
    Household,
    Households,
    IncomeRule,
    InputError,
    LinkedRate,
    Loan,
    Loans,
    Policy,
    PolicyError,
    Rounding,
    SteppedRate,
    capacity,
    diminished_obligation,
    duration,
    equal_instalment,
    equal_principal,
    fixed_payment,
    holiday,
    interest_only,
    irr,
    minor,
    present_value,
    propose,
    schedule,
)
from repayplan.basics.arguments import one_date, one_number
from repayplan.basics.calendars import WEEKENDS, Holidays, coverage
from repayplan.basics.codetexts import RULE, TEXT
from repayplan.basics.columns import Screen
from repayplan.basics.conversion import annual_nominal
from repayplan.basics.dates import FREQUENCIES, FREQUENCY_INDEX, FREQUENCY_NAMES
from repayplan.basics.daycount import year_fraction
from repayplan.basics.grid import Grid
from repayplan.basics.index import Index
from repayplan.basics.jointcalendar import joint
from repayplan.basics.money import as_text, to_decimal
from repayplan.basics.rate import Rate
from repayplan.basics.ratepath import pieces
from repayplan.edges.cli import main
from repayplan.edges.files import TableError, read_table
from repayplan.edges.tables import read_applicants
from repayplan.offers.limit import ExtensionLimit
from repayplan.plans.apr import apr_us_units

LOAN = {
    "principal": "1000.00",
    "annual_rate": "0.12",
    "original_term": 36,
    "elapsed": 10,
    "unpaid": 26,
    "next_due": "2026-01-31",
}
MOST = "10000000000000000"
ALL = {"covers": ("food",), "source": "own"}


def caught(make):
    with pytest.raises(InputError) as error:
        make()
    return error.value


# Text

# What is short of a limit is the figure of the sentence, so that the limit itself would say nothing more.
SAID_WITHOUT_A_LIMIT = {Code.BELOW_ALLOWANCE, Code.ABOVE_TARGET}


@pytest.mark.parametrize("code", list(Code))
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_limit_is_said_in_both_languages_and_its_absence_not_at_all(code, language):
    plain = code.text(language, field="fees", value="7")
    assert code.text(language, field="fees", value="7", limit="") == plain or "{limit}" in TEXT[code][0]
    said = code.text(language, field="fees", value="7", limit="0 to 5")
    if code in SAID_WITHOUT_A_LIMIT:
        assert said == plain
    else:
        assert ("0至5" if language == "zh" else "0 to 5") in said
        assert said != plain


def test_what_is_no_bound_is_not_translated():
    assert Code.UNKNOWN_VALUE.text("zh", field="tenure", value="x", limit="rent to own").endswith(
        "rent to own"
    )
    assert Code.OUT_OF_RANGE.text("zh", field="x", value="9", limit="-1 to 1").endswith("应为-1至1")
    dates = Code.OUT_OF_RANGE.text("zh", field="x", value="9", limit="2026-01-31 to 2026-12-31")
    assert dates.endswith("应为2026-01-31至2026-12-31")
    assert Code.LIMIT_SHARE.text("zh", limit=44) == "原期限比例限制：最多44期"
    assert set(TEXT) == set(Code)
    assert set(RULE) <= set(Code)


def test_a_failure_is_said_as_the_error_that_it_raises():
    failure = Failure(3, Code.OUT_OF_RANGE, "unpaid", "5000", "0 to 3660")
    assert failure.text() == failure.error().rule == "unpaid is out of range (5000); it must be 0 to 3660"
    assert failure.text("zh") == "unpaid超出允许范围（5000）；应为0至3660"
    assert (failure.error().limit, Failure(3, Code.MISSING, "unpaid", "").error().limit) == (
        "0 to 3660",
        None,
    )
    error = InputError(Code.OUT_OF_RANGE, "unpaid", "5000", "in words", limit="0 to 3660")
    assert (error.rule, error.limit) == ("in words", "0 to 3660")


@given(st.lists(st.integers(-(2**62), 2**62), max_size=5), st.integers(0, 8))
def test_amounts_as_text_are_the_decimals(units, decimals):
    want = [format(to_decimal(unit, decimals), "f") for unit in units]
    assert as_text(np.array(units, np.int64), decimals).tolist() == want
    each = np.arange(len(units)) % 9
    want = [format(to_decimal(unit, d), "f") for unit, d in zip(units, each.tolist(), strict=True)]
    assert as_text(np.array(units, np.int64), each).tolist() == want


# Columns

COLUMNS = [
    (lambda s, v: s.money("x", v, 2), "1e30", Code.OUT_OF_RANGE, f"0 to {MOST}"),
    (lambda s, v: s.money("x", v, 2), MOST + ".01", Code.OUT_OF_RANGE, f"0 to {MOST}"),
    (lambda s, v: s.money("x", v, 2), -0.01, Code.NEGATIVE, f"0 to {MOST}"),
    (lambda s, v: s.money("x", v, 0), 10**18 + 1, Code.OUT_OF_RANGE, f"0 to {10**18}"),
    (lambda s, v: s.money("x", v, 2, minimum=None), "-1e30", Code.OUT_OF_RANGE, f"-{MOST} to {MOST}"),
    (lambda s, v: s.money("x", v, 2, minimum=None), f"-{MOST}.01", Code.OUT_OF_RANGE, f"-{MOST} to {MOST}"),
    (lambda s, v: s.money("x", v, 2, minimum=1), "0", Code.OUT_OF_RANGE, f"0.01 to {MOST}"),
    (lambda s, v: s.money("x", v, 8, minimum=1), "0", Code.OUT_OF_RANGE, "0.00000001 to 10000000000"),
    (lambda s, v: s.money("x", v, 2), "0.001", Code.NOT_WHOLE_UNITS, "0.01"),
    (lambda s, v: s.money("x", v, 0), 0.5, Code.NOT_WHOLE_UNITS, "1"),
    (lambda s, v: s.rate("x", v), "1.0000000001", Code.OUT_OF_RANGE, "0 to 1"),
    (lambda s, v: s.rate("x", v), 1.5, Code.OUT_OF_RANGE, "0 to 1"),
    (lambda s, v: s.rate("x", v), "-0.0000000001", Code.NEGATIVE, "0 to 1"),
    (lambda s, v: s.rate("x", v), "0.00000000001", Code.NOT_WHOLE_UNITS, "0.0000000001"),
    (lambda s, v: s.rate("x", v, maximum=2), "2.1", Code.OUT_OF_RANGE, "0 to 2"),
    (lambda s, v: s.count("x", v, 1, 3660), 5000, Code.OUT_OF_RANGE, "1 to 3660"),
    (lambda s, v: s.count("x", v, 1, 3660), 3661, Code.OUT_OF_RANGE, "1 to 3660"),
    (lambda s, v: s.count("x", v, 1, 3660), 0, Code.OUT_OF_RANGE, "1 to 3660"),
    (lambda s, v: s.count("x", v, 1, 3660), -1, Code.NEGATIVE, "1 to 3660"),
    (lambda s, v: s.count("x", v, -1, 1), -2, Code.OUT_OF_RANGE, "-1 to 1"),
    (lambda s, v: s.count("x", v, 1, 3660), "2.5", Code.NOT_WHOLE_UNITS, "1"),
    (lambda s, v: s.choice("x", v, ("short", "long")), "middle", Code.UNKNOWN_VALUE, "short, long"),
    (lambda s, v: s.choice("x", v, {"a": 0, "b": 1}), "c", Code.UNKNOWN_VALUE, "a, b"),
    (lambda s, v: s.choice("x", v, {"a": 0, "b": 1}, known="a ... b"), "c", Code.UNKNOWN_VALUE, "a ... b"),
    (lambda s, v: s.date("x", v), "1899-12-31", Code.OUT_OF_RANGE, "1900-01-01 to 2200-12-31"),
    (lambda s, v: s.date("x", v), "2201-01-01", Code.OUT_OF_RANGE, "1900-01-01 to 2200-12-31"),
    (lambda s, v: s.date("x", v), "31/01/2026", Code.NOT_A_DATE, "YYYY-MM-DD"),
    (lambda s, v: s.spread("x", v), "1.1", Code.OUT_OF_RANGE, "-1 to 1"),
    (lambda s, v: s.spread("x", v), 2, Code.OUT_OF_RANGE, "-1 to 1"),
    (lambda s, v: s.spread("x", v), "-1.1", Code.OUT_OF_RANGE, "-1 to 1"),
]


@pytest.mark.parametrize(("read", "value", "code", "limit"), COLUMNS)
def test_a_cell_is_refused_with_its_bounds_alone_and_in_a_column(read, value, code, limit):
    for size, given_ in ((1, value), (3, value), (3, [value] * 3)):
        screen = Screen(size)
        read(screen, given_)
        assert [(f.code, f.field, f.value, f.limit) for f in screen.failures()] == [
            (code, "x", str(value), limit)
        ] * size
    screen = Screen(3)
    screen.good[[0, 2]] = False  # what has failed before stays as it was
    read(screen, [value] * 3)
    assert [(f.row, f.limit) for f in screen.failures()] == [(1, limit)]


def test_each_row_has_the_bounds_of_its_own_decimals():
    screen = Screen(4)
    screen.money("x", ["1e20", "0.5", "-1", "0.001"], [2, 0, 8, 2])
    limits = [f"0 to {MOST}", "1", "0 to 10000000000", "0.01"]
    assert screen.failures().limit.tolist() == limits
    screen = Screen(2)
    screen.money("x", minor([-1, 10**18 + 1]), [2, 0])
    assert screen.failures().limit.tolist() == [f"0 to {10**18}"] * 2


def test_limits_stay_with_their_rows_however_failures_are_put_together():
    one = Failures.at(np.array([4, 2]), Code.OUT_OF_RANGE, "x", np.array([7, 8]), np.array(["> 1", "> 2"]))
    two = Failures.at(np.array([3, 2]), Code.NEGATIVE, "y", "-1", "0 to 1")
    both = one.and_then(two)
    assert [(f.row, f.limit) for f in both] == [(2, "> 2"), (3, "0 to 1"), (4, "> 1")]
    assert both.limit.tolist() == ["> 2", "0 to 1", "> 1"]
    assert both[1:].limit.tolist() == ["0 to 1", "> 1"]
    assert both.moved(np.array([9, 9, 1, 0, 5])).limit.tolist() == ["0 to 1", "> 2", "> 1"]
    assert both.and_then(Failures.at(np.array([0]), Code.MISSING, "z", "")).limit.tolist() == [
        "",
        "> 2",
        "0 to 1",
        "> 1",
    ]
    assert Failures.of(list(both)).limit.tolist() == both.limit.tolist()


@pytest.mark.parametrize(
    ("low", "high", "value", "code"),
    [
        (0, 1, "1.01", Code.OUT_OF_RANGE),
        (0, 1, "-0.01", Code.NEGATIVE),
        (-1, 1, "-1.01", Code.OUT_OF_RANGE),
        (0, 1, None, Code.MISSING),
        (0, 1, [1], Code.NOT_A_NUMBER),
    ],
)
def test_one_number_is_refused_with_its_bounds(low, high, value, code):
    error = caught(lambda: one_number("x", value, 2, low, high))
    assert (error.code, error.field) == (code, "x")
    assert error.limit == (f"{low} to {high}" if code in (Code.OUT_OF_RANGE, Code.NEGATIVE) else None)
    assert one_number("x", high, 2, low, high) == 100 * high
    assert one_number("x", low, 2, low, high) == 100 * low


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (5, Code.NOT_A_DATE),
        (["2026-01-31"], Code.NOT_A_DATE),
        ("", Code.MISSING),
        ("x", Code.NOT_A_DATE),
        ("1899-12-31", Code.OUT_OF_RANGE),
    ],
)
def test_one_date_is_refused(value, code):
    assert caught(lambda: one_date("day", value)).code is code


# Loans, plans, households, policies: what is made, the code, the field, the value and the limit.


def plan(plan_, **change):
    return lambda: schedule(Loan(**(LOAN | change)), plan_)


CLOSED = Holidays(["2026-05-04", "2026-05-05"], name="x", source="y", first="2026-01-01", last="2026-06-30")
FOLLOWING = DueDates(business_day="following", calendar=CLOSED)
COLLIDING = DueDates(business_day="following", calendar=CLOSED, adjusted=True)
LISTED = DueDates(given=("2026-01-31", "2026-02-28"))
FREE = Rounding(instalment="none", interest="none")
NAMES = FREQUENCY_NAMES

FIGURES = [
    (plan(equal_instalment(2), annual_rate=1.5), Code.OUT_OF_RANGE, "annual_rate", "1.5", "0 to 1"),
    (plan(equal_instalment(2), original_term=0), Code.OUT_OF_RANGE, "original_term", "0", "1 to 3660"),
    (plan(equal_instalment(2), original_term=3661), Code.OUT_OF_RANGE, "original_term", "3661", "1 to 3660"),
    (plan(equal_instalment(2), elapsed=-1), Code.NEGATIVE, "elapsed", "-1", "0 to 3660"),
    (plan(equal_instalment(2), elapsed=3661), Code.OUT_OF_RANGE, "elapsed", "3661", "0 to 3660"),
    (plan(equal_instalment(2), unpaid=-1), Code.NEGATIVE, "unpaid", "-1", "0 to 3660"),
    (plan(equal_instalment(2), unpaid=3661), Code.OUT_OF_RANGE, "unpaid", "3661", "0 to 3660"),
    (plan(equal_instalment(2), months_extended=-1), Code.NEGATIVE, "months_extended", "-1", "0 to 43920"),
    (
        plan(equal_instalment(2), months_extended=43921),
        Code.OUT_OF_RANGE,
        "months_extended",
        "43921",
        "0 to 43920",
    ),
    (plan(equal_instalment(2), decimals=9), Code.OUT_OF_RANGE, "decimals", "9", "0 to 8"),
    (plan(equal_instalment(2), decimals=-1), Code.NEGATIVE, "decimals", "-1", "0 to 8"),
    (plan(equal_instalment(2), frequency="daily-ish"), Code.UNKNOWN_VALUE, "frequency", "daily-ish", NAMES),
    (plan(equal_instalment(2), first_stub="mid"), Code.UNKNOWN_VALUE, "first_stub", "mid", "short, long"),
    (plan(equal_instalment(2), final_stub="mid"), Code.UNKNOWN_VALUE, "final_stub", "mid", "short, long"),
    (
        plan(equal_instalment(2), last_due="2026-01-30"),
        Code.DATES_OUT_OF_ORDER,
        "last_due",
        "2026-01-30",
        ">= 2026-01-31",
    ),
    (
        plan(equal_instalment(2), due_dates=DueDates(given=("2026-01-30", "2026-02-28"))),
        Code.UNKNOWN_VALUE,
        "next_due",
        "2026-01-31",
        "the due dates given",
    ),
    (
        plan(equal_instalment(2), start="1982-04-11"),
        Code.OUT_OF_RANGE,
        "start",
        "1982-04-11",
        ">= 1982-04-12",
    ),
    (
        plan(equal_instalment(2), overdue_principal="9e15", principal="9e15", fees="6e15"),
        Code.OUT_OF_RANGE,
        "principal",
        "24000000000000000.00",
        "< 23058430092136939.52",
    ),
    (plan(equal_instalment(5000)), Code.OUT_OF_RANGE, "equal_instalment.n", "5000", "1 to 3660"),
    (plan(equal_instalment(3661)), Code.OUT_OF_RANGE, "equal_instalment.n", "3661", "1 to 3660"),
    (plan(equal_instalment(0)), Code.OUT_OF_RANGE, "equal_instalment.n", "0", "1 to 3660"),
    (
        plan(interest_only(3661) + equal_instalment(1)),
        Code.OUT_OF_RANGE,
        "interest_only.n",
        "3661",
        "0 to 3660",
    ),
    (plan(interest_only(3660) + equal_instalment(1)), Code.OUT_OF_RANGE, "plan", "3661", "1 to 3660"),
    (
        plan(equal_instalment(3, instalment="0")),
        Code.OUT_OF_RANGE,
        "equal_instalment.instalment",
        "0",
        f"0.01 to {MOST}",
    ),
    (
        plan(equal_principal(3, principal="0")),
        Code.OUT_OF_RANGE,
        "equal_principal.principal",
        "0",
        f"0.01 to {MOST}",
    ),
    (plan(fixed_payment("0")), Code.OUT_OF_RANGE, "fixed_payment.amount", "0", f"0.01 to {MOST}"),
    (
        plan(equal_instalment(3, balloon="-1") + equal_instalment(3)),
        Code.NEGATIVE,
        "equal_instalment.balloon",
        "-1",
        f"0 to {MOST}",
    ),
    (plan(fixed_payment("10.00")), Code.NEVER_PAID_OFF, "fixed_payment.amount", "10.00", "3660"),
    (plan(fixed_payment("9.99")), Code.NEGATIVE_AMORTISATION, "plan", "9.99", "10.00"),
    (plan(equal_instalment(9, instalment="9.5")), Code.NEGATIVE_AMORTISATION, "plan", "9.50", "10.00"),
    # 1,000.00 grow to 1,030.30 in three months, and these bear 10.30.
    (
        plan(holiday(3, interest="capitalise") + equal_instalment(9, instalment="10.10")),
        Code.NEGATIVE_AMORTISATION,
        "plan",
        "10.10",
        "10.30",
    ),
    # 30.00 leave 795.93 after 11 of 12 months, of which the interest is 7.96.
    (
        plan(equal_instalment(12, instalment="30")),
        Code.BALLOON,
        "equal_instalment.instalment",
        "776.36",
        "60.00",
    ),
    (
        plan(fixed_payment("100"), last_due="2026-02-28"),
        Code.UNKNOWN_VALUE,
        "last_due",
        "2026-02-28",
        "None (fixed_payment)",
    ),
    (
        plan(equal_instalment(4), last_due="2026-02-28"),
        Code.DATES_OUT_OF_ORDER,
        "last_due",
        "2026-02-28",
        "> 2026-03-31",
    ),
    (
        plan(equal_instalment(4), next_due="2026-05-03", frequency="daily", due_dates=COLLIDING),
        Code.DATES_OUT_OF_ORDER,
        "due_dates",
        "2026-05-06",
        "> 2026-05-06",
    ),
    (
        plan(equal_instalment(9), due_dates=FOLLOWING),
        Code.BEYOND_CALENDAR,
        "due_dates",
        "2026-07-31",
        "2026-01-01 to 2026-06-30",
    ),
    (
        plan(equal_instalment(2), last_due="2026-07-01", due_dates=FOLLOWING),
        Code.BEYOND_CALENDAR,
        "due_dates",
        "2026-07-01",
        "2026-01-01 to 2026-06-30",
    ),
    (
        plan(equal_instalment(3), due_dates=LISTED),
        Code.BEYOND_CALENDAR,
        "due_dates",
        "#3",
        "2026-01-31 to 2026-02-28",
    ),
    (
        plan(holiday(3600, interest="capitalise") + fixed_payment("9e15"), principal="9e15", annual_rate=1),
        Code.BEYOND_DOMAIN,
        "principal",
        "",
        "46116860184273879.04",
    ),
    (
        plan(equal_instalment(3), principal="23058430092.14", rounding=FREE),
        Code.BEYOND_DOMAIN,
        "principal",
        "23058430092.14",
        "23058430092.13",
    ),
    (
        plan(equal_instalment(3), rounding=Rounding(interest_multiple="0.001")),
        Code.NOT_WHOLE_UNITS,
        "rounding.interest_multiple",
        "0.001",
        "0.01",
    ),
]


@pytest.mark.parametrize(("make", "code", "field", "value", "limit"), FIGURES)
def test_a_loan_or_a_plan_is_refused_with_the_figure_and_its_limit(make, code, field, value, limit):
    error = caught(make)
    assert (error.code, error.field, error.limit) == (code, field, limit)
    assert error.value == value or not value
    assert f"{error.value}" in str(error)
    assert limit in str(error)


def test_a_rate_that_a_day_count_cannot_hold_says_how_large_it_is():
    # Beyond 2**53 counted units a year no factor of a period is exact; nobody's calendar has as many.
    one = Loan(**(LOAN | {"frequency": "47-monthly", "day_count": "ACT/ACT ICMA"}))
    error = caught(lambda: schedule(one, equal_instalment(2)))
    assert (error.code, error.field, error.value) == (Code.BEYOND_DOMAIN, "day_count", "47-monthly")
    assert error.limit == "46-monthly"


def test_regular_periods_up_to_the_limit_have_a_denominator():
    ends = np.array(["2026-01-31", "2030-01-31"], "datetime64[D]")
    for months in range(1, 47):
        grid = Grid.of("2026-01-31", f"{months}-monthly")
        assert Fraction(
            year_fraction(str(ends[0]), str(grid.due(1)[0]), "ACT/ACT ICMA", grid=grid)
        ) == Fraction(months, 12)


# Of a batch, only the figures of the loans that failed


def test_failed_loans_of_a_batch_have_figures_of_their_own():
    size = 6
    loans = Loans.from_columns(**(LOAN | {"principal": [1000 * (i + 1) for i in range(size)]}))
    pay = np.array(["10.00", "19.99", "500", "39.00", "1000", "60.00"])
    got = schedule(loans, fixed_payment(pay))
    assert got.row.tolist() == [2, 4]
    assert [(f.row, f.code, f.value, f.limit) for f in got.failures] == [
        (0, Code.NEVER_PAID_OFF, "10.00", "3660"),
        (1, Code.NEGATIVE_AMORTISATION, "19.99", "20.00"),
        (3, Code.NEGATIVE_AMORTISATION, "39.00", "40.00"),
        (5, Code.NEVER_PAID_OFF, "60.00", "3660"),
    ]


def test_a_longer_plan_beyond_the_calendar_takes_no_shorter_one_with_it():
    # The two share their dates; only one goes on to where the calendar has ended.
    for lengths, failed in (([3, 10], [1]), ([10, 3], [0]), ([3, 3], []), ([10, 10], [0, 1])):
        loans = Loans.from_columns(**(LOAN | {"principal": [1000, 2000]}), due_dates=FOLLOWING)
        got = schedule(loans, equal_instalment(np.array(lengths)))
        assert got.failures.row.tolist() == failed
        alone = [schedule(loans.one(i), equal_instalment(3)).rows for i in got.row.tolist()]
        assert [made.rows for made in got.value] == alone


def test_the_first_date_that_is_not_covered_is_named_of_each_loan():
    due = [date(2026, 1, 31), date(2026, 5, 15), date(2026, 6, 30), date(2026, 3, 10)]
    loans = Loans.from_columns(**(LOAN | {"next_due": due}), due_dates=FOLLOWING)
    got = schedule(loans, equal_instalment(np.array([9, 9, 9, 2])))
    assert got.row.tolist() == [3]
    assert got.failures.value.tolist() == ["2026-07-31", "2026-07-15", "2026-07-30"]


@given(st.lists(st.integers(1, 12), min_size=1, max_size=6))
def test_a_loan_fails_for_its_dates_in_a_batch_as_it_does_alone(lengths):
    loans = Loans.from_columns(**(LOAN | {"principal": [1000] * len(lengths)}), due_dates=FOLLOWING)
    got = schedule(loans, equal_instalment(np.array(lengths)))
    assert got.failures.row.tolist() == [i for i, n in enumerate(lengths) if n > 6]
    assert set(got.failures.value.tolist()) <= {"2026-07-31"}


def test_what_a_calendar_covers_is_said_in_short():
    may = Holidays([], name="x", source="y", first="2026-05-01", last="2026-05-31")
    assert (coverage(may), coverage(WEEKENDS)) == ("2026-05-01 to 2026-05-31", "")
    assert coverage(joint(may, WEEKENDS)) == "2026-05-01 to 2026-05-31"

    class Open:
        name, first, last = "open", np.datetime64("2026-05-01", "D"), None

    class Ended:
        name, first, last = "ended", None, np.datetime64("2026-05-31", "D")

    assert (coverage(Open()), coverage(Ended())) == (">= 2026-05-01", "<= 2026-05-31")


# Equal loans


@pytest.mark.parametrize(
    "change",
    [
        {"original_term": "36"},
        {"elapsed": 10.0},
        {"unpaid": "26"},
        {"months_extended": "0"},
        {"decimals": "2"},
        {"principal": 1000},
        {"annual_rate": 0.12},
        {"frequency": "1-monthly"},
        {"first_stub": " short"},
        {"final_stub": "short "},
        {"day_count": "periods "},
        {"instalment": 0},
        {"instalment": ""},
        {"next_due": date(2026, 1, 31)},
    ],
)
def test_a_loan_is_the_same_however_its_figures_are_written(change):
    one, other = Loan(**LOAN), Loan(**(LOAN | change))
    assert one == other
    assert repr(one) == repr(other)
    assert other == other.batch.one(0)


def test_another_figure_is_another_loan():
    assert Loan(**LOAN) != Loan(**(LOAN | {"original_term": 37}))
    assert Loan(**(LOAN | {"instalment": "100"})).instalment == 100


def test_a_household_is_the_same_however_its_counts_are_written():
    one = Household(adults=2, children=(4,), net_income="1")
    other = Household(adults="2", children=["4"], net_income="1", decimals="2", tenure=" ")
    assert one == other
    assert (other.adults, other.children, other.decimals, other.tenure) == (2, (4,), 2, "")


# Households and capacity

HEADS = {"adult_first": "900", "adult_further": "500", "child": "250"}
RULE_OF_RENT = (
    AssumedCost(category="rent", share="0.3", of="net_income", tenure=("rent", "own")),
    AssumedCost(category="rent", share="0", tenure=("own", "mortgage")),
)


def can(home, assumed=(), **rule):
    return lambda: capacity(home, Allowance(**ALL, **(HEADS | rule)), assumed=assumed)


HOMES = [
    (lambda: Household(adults=0, net_income="1"), Code.OUT_OF_RANGE, "adults", "0", "1 to 100"),
    (lambda: Household(adults=101, net_income="1"), Code.OUT_OF_RANGE, "adults", "101", "1 to 100"),
    (lambda: Household(children=(-1,), net_income="1"), Code.NEGATIVE, "children", "-1", "0 to 150"),
    (lambda: Household(children=(151,), net_income="1"), Code.OUT_OF_RANGE, "children", "151", "0 to 150"),
    (
        lambda: Household(children=(1,) * 101, net_income="1"),
        Code.OUT_OF_RANGE,
        "children",
        "101",
        "0 to 100",
    ),
    (lambda: Household(decimals=9, net_income="1"), Code.OUT_OF_RANGE, "decimals", "9", "0 to 8"),
    (lambda: Household(decimals=-1, net_income="1"), Code.NEGATIVE, "decimals", "-1", "0 to 8"),
    (
        lambda: Household(net_income=("1", "often")),
        Code.UNKNOWN_VALUE,
        "net_income.frequency",
        "often",
        FREQUENCY_NAMES,
    ),
    (
        lambda: Household(net_income=("5e15", "weekly")),
        Code.BEYOND_DOMAIN,
        "net_income",
        "21666666666666666.66",
        "5764607523034234.88",
    ),
    # By the month 10**16 a day would not fit int64: what is shown is what a day may be at most.
    (
        lambda: Household(net_income=(MOST, "daily")),
        Code.BEYOND_DOMAIN,
        "net_income",
        f"{MOST}.00",
        "190042006253875.86",
    ),
    (
        can(Household(net_income="1", costs={"rent": ""}, tenure="boat"), RULE_OF_RENT),
        Code.UNKNOWN_VALUE,
        "tenure",
        "boat",
        "rent, own, mortgage",
    ),
    (
        can(Household(net_income="1", costs={"a": "5e15", "b": "5e15", "c": "5e15"})),
        Code.BEYOND_DOMAIN,
        "costs.c",
        "15000000000000000.00",
        "11529215046068469.76",
    ),
    (
        can(Household(net_income="1", decimals=8), adult_first="11258999.1"),
        Code.BEYOND_DOMAIN,
        "allowance",
        "11258999.1",
        "11258999",
    ),
]


@pytest.mark.parametrize(("make", "code", "field", "value", "limit"), HOMES)
def test_a_household_is_refused_with_the_figure_and_its_limit(make, code, field, value, limit):
    error = caught(make)
    assert (error.code, error.field, error.value, error.limit) == (code, field, value, limit)


def test_an_allowance_says_how_large_its_figures_may_be():
    homes = Households.from_columns(net_income=["1", "1"], decimals=[2, 8])
    for amount, fits in (("11258999.06842624", True), ("11258999.06842625", False)):
        rule = Allowance(**ALL, **(HEADS | {"child": amount}))
        outcome = capacity(homes, rule)
        assert outcome.row.tolist() == ([0, 1] if fits else [0])
        if not fits:
            assert [(f.row, f.value, f.limit) for f in outcome.failures] == [(1, amount, "11258999")]
            error = caught(lambda rule=rule: rule.monthly(homes))
            assert (error.code, error.value, error.limit) == (Code.BEYOND_DOMAIN, amount, "11258999")
    none = Allowance(**ALL, **(HEADS | {"multiplier": "0", "child": "1e17"}))
    assert none.monthly(homes).tolist() == [0, 0]
    table = Allowance(**ALL, by_persons=("1", "1e17"), further_person="3")
    assert (table.largest, caught(lambda: table.monthly(homes)).value) == ("1" + "0" * 17,) * 2


# Offers


def test_an_offer_is_refused_with_the_figure_and_its_limit():
    policy = Policy.loads(programme.POLICY)
    loans = Loans.from_columns(
        **(LOAN | {"principal": ["1000"] * 2}), currency=["EUR", "USD"], columns={"status": ["Current"] * 2}
    )
    homes = Households.from_columns(net_income=["1500"] * 2, costs={"rent": ["1"] * 2}, decimals=[3, 2])
    got = propose(loans, homes, policy)
    assert [(f.code, f.field, f.value, f.limit) for f in got.failures] == [
        (Code.UNKNOWN_VALUE, "decimals", "3", "2"),
        (Code.OTHER_CURRENCY, "currency", "USD", policy.currency),
    ]


LIMIT_RULES = [
    (lambda: ExtensionLimit(max_total_months=-1), "limit.max_total_months", "0 to 43920"),
    (lambda: ExtensionLimit(max_total_months=43921), "limit.max_total_months", "0 to 43920"),
    (lambda: ExtensionLimit(percent="10001", reading="new_plan"), "limit.percent", "0 to 10000"),
    (lambda: ExtensionLimit(percent="1.00001", reading="new_plan"), "limit.percent", "4 decimals"),
    (lambda: Allowance(**ALL, **(HEADS | {"child": "-1"})), "allowance.child", f"0 to {10**18}"),
    (lambda: Allowance(**ALL, **(HEADS | {"child": 10**18 + 1})), "allowance.child", f"0 to {10**18}"),
]


@pytest.mark.parametrize(("make", "field", "bounds"), LIMIT_RULES)
def test_a_rule_of_a_policy_is_refused_with_its_bounds_in_words(make, field, bounds):
    error = caught(make)
    assert (error.code, error.field) == (Code.OUT_OF_RANGE, field)
    assert bounds in error.rule


def test_what_a_policy_lacks_is_missing():
    policy = Policy.loads(programme.POLICY)
    kept = {name: getattr(policy, name) for name in policy.__slots__}
    for name in ("name", "currency", "allowance", "limit", "rounding", "arrears", "contingency"):
        with pytest.raises(PolicyError) as error:
            Policy(**(kept | {name: None}))
        assert (error.value.code, error.value.field) == (Code.MISSING, name)


# Rates and flows

OTHERS = [
    (
        lambda: year_fraction("2026-02-01", "2026-01-31", "ACT/360"),
        Code.DATES_OUT_OF_ORDER,
        "end",
        ">= 2026-02-01",
    ),
    (lambda: Grid.of("2026-02-01", "often"), Code.UNKNOWN_VALUE, "grid.frequency", FREQUENCY_NAMES),
    (
        lambda: Index("a", ["2026-02-01", "2026-01-31"], [0, 0], "b"),
        Code.DATES_OUT_OF_ORDER,
        "index.dates",
        "> 2026-02-01",
    ),
    (lambda: Index("a", ["2026-02-01"] * 2, [0, 0], "b"), Code.DUPLICATE, "index.dates", "> 2026-02-01"),
    (lambda: Index("a", ["2026-02-01"], ["1.1"], "b"), Code.OUT_OF_RANGE, "index.rates", "-1 to 1"),
    (lambda: Rate("1000.1"), Code.OUT_OF_RANGE, "rate.value", "0 to 1000"),
    (lambda: Rate.parse("100001%"), Code.OUT_OF_RANGE, "rate", "0 to 1000"),
    (
        lambda: Rate("0.1", compounding="effective").as_annual_nominal("often"),
        Code.UNKNOWN_VALUE,
        "frequency",
        FREQUENCY_NAMES,
    ),
    (lambda: present_value([1], [-1], 0, year=1), Code.NEGATIVE, "times", "0 to 3660"),
    (lambda: present_value([1], [3661], 0, year=1), Code.OUT_OF_RANGE, "times", "0 to 3660"),
    (lambda: irr([-1] * 3663), Code.OUT_OF_RANGE, "flows", "1 to 3661"),
    (lambda: present_value([1], [1], 10001, year=1), Code.OUT_OF_RANGE, "rate", "-0.9999 to 10000"),
    (lambda: present_value([1], [1], -1, year=1), Code.OUT_OF_RANGE, "rate", "-0.9999 to 10000"),
    (
        lambda: present_value([1], ["2026-01-01"], 0, year="365 days", on="2026-01-02"),
        Code.DATES_OUT_OF_ORDER,
        "times",
        ">= 2026-01-02",
    ),
    (lambda: duration([1, -1], None, 0), Code.NEGATIVE, "flows", ">= 0"),
    (lambda: diminished_obligation(-1, 1), Code.NEGATIVE, "npv0", "> 0"),
    (lambda: diminished_obligation("0.01", "101"), Code.OUT_OF_RANGE, "npv1", "-10000 to 10000 * npv0"),
]


@pytest.mark.parametrize(("make", "code", "field", "limit"), OTHERS)
def test_rates_and_flows_are_refused_with_their_limits(make, code, field, limit):
    error = caught(make)
    assert (error.code, error.field, error.limit) == (code, field, limit)


def test_rates_of_a_column_are_refused_with_their_bounds():
    _, failures = annual_nominal(
        [-1, 1001 * 10**10, 900 * 10**10, 1], ["year", "year", "month", "day"], year_days=[0, 0, 0, 364]
    )
    assert [(f.code, f.field, f.limit) for f in failures] == [
        (Code.NEGATIVE, "rate", "0 to 1000"),
        (Code.OUT_OF_RANGE, "rate", "0 to 1000"),
        (Code.OUT_OF_RANGE, "rate", "annual_nominal: 0 to 1000"),
        (Code.UNKNOWN_VALUE, "year_days", "360, 365"),
    ]
    _, failures = annual_nominal([1], compounding="effective", frequency="often")
    assert failures.limit.tolist() == [FREQUENCY_NAMES]


def test_every_name_of_a_frequency_is_among_those_that_are_said():
    said = FREQUENCY_NAMES.split(", ")
    listed = {name for name in said if " ... " not in name}
    for first, last in (name.split(" ... ") for name in said if " ... " in name):
        unit = last.partition("-")[2]
        assert first == f"1-{unit}"
        listed |= {f"{k}-{unit}" for k in range(1, int(last.partition("-")[0]) + 1)}
    assert listed == set(FREQUENCY_INDEX)
    assert {each.name for each in FREQUENCIES} <= listed


@given(st.sampled_from(sorted(FREQUENCY_INDEX)), st.integers(0, 10**18))
def test_an_income_of_any_frequency_is_exact_by_the_month_or_refused(frequency, units):
    income = Fraction(units, 100)
    exact = units / FREQUENCIES[FREQUENCY_INDEX[frequency]].in_months
    given_ = f"{units // 100}.{units % 100:02}"
    if exact < 2**59 + 1:
        home = Household(net_income=(given_, frequency))
        assert home.batch.net_income.amount.tolist() == [exact.__floor__()]
    else:
        error = caught(lambda: Household(net_income=(given_, frequency)))
        assert error.code is Code.BEYOND_DOMAIN
        assert Fraction(error.limit) < max(Fraction(error.value), income)


@pytest.mark.parametrize("last", [366, len(FREQUENCIES) - 1])
def test_conventions_of_a_column_of_rates_are_checked_up_to_their_last(last):
    name = "year_days" if last == 366 else "frequency"
    for value, code in ((0, None), (last, None), (last + 1, Code.OUT_OF_RANGE), (-1, Code.NEGATIVE)):
        _, failures = annual_nominal([1], "month", **{name: np.array([value])})
        assert [(f.code, f.field, f.limit) for f in failures] == (
            [(code, name, f"0 to {last}")] if code else []
        )


def test_a_table_is_no_column():
    with pytest.raises(TypeError, match=r"shape \(3, 1\)"):
        Screen(3).money("x", np.ones((3, 1)), 2)


# Each of these checks has a test of its own that only it can pass


def test_a_share_has_twelve_decimals():
    rules = [
        lambda share: IncomeRule(net_of_gross=share),
        lambda share: Contingency(share=share),
        lambda share: AssumedCost(category="rent", share=share),
    ]
    for rule in rules:
        rule("0." + "0" * 11 + "1")
        error = caught(lambda rule=rule: rule("0." + "0" * 12 + "1"))
        assert error.code is Code.OUT_OF_RANGE
        assert "12 decimals" in error.rule


@pytest.mark.parametrize(
    ("new", "field"),
    [
        ("assumed = 5", "assumed"),
        ("assumed = [5]", "assumed[0]"),
        ("decimals = true", "decimals"),
    ],
)
def test_what_a_policy_cannot_mean_is_named(new, field):
    with pytest.raises(PolicyError) as error:
        Policy.loads(f"{new}\n{programme.POLICY}")
    assert (error.value.code, error.value.field) == (Code.UNKNOWN_VALUE, field)


def test_a_policy_takes_no_truth_for_a_number():
    with pytest.raises(PolicyError) as error:
        replace(Policy.loads(programme.POLICY), decimals=True)
    assert (error.value.code, error.value.field) == (Code.UNKNOWN_VALUE, "decimals")


def offers_of(principals, **change):
    policy = replace(Policy.loads(programme.POLICY), statuses=None, **change)
    loans = Loans.from_columns(
        **(LOAN | {"principal": principals, "annual_rate": 1, "original_term": 360, "elapsed": 0})
    )
    homes = Households.from_columns(
        net_income=["1500"] * len(principals), costs={"rent": ["1"] * len(principals)}
    )
    return propose(loans, homes, policy)


def test_no_offer_where_the_amounts_are_too_large_without_rounding():
    got = offers_of(["23058430092.14", "1000"], rounding=FREE)
    assert got.row.tolist() == [1]
    assert [(f.code, f.field, f.value, f.limit) for f in got.failures] == [
        (Code.BEYOND_DOMAIN, "principal", "23058430092.14", "23058430092.13")
    ]


def test_no_offer_where_the_longest_plan_leaves_the_domain():
    got = offers_of(["9e15", "1000"])
    assert got.row.tolist() == [1]
    assert [(f.code, f.field, f.value, f.limit) for f in got.failures] == [
        (Code.BEYOND_DOMAIN, "principal", "9000000000000000.00", "46116860184273879.04")
    ]


def test_no_offer_where_an_income_is_too_large_without_rounding():
    policy = replace(Policy.loads(programme.POLICY), statuses=None, rounding=FREE)
    loans = Loans.from_columns(**(LOAN | {"principal": ["1000"] * 2}))
    homes = Households.from_columns(net_income=["1e15", "1500"], costs={"rent": ["1"] * 2})
    got = propose(loans, homes, policy)
    assert got.row.tolist() == [1]
    assert [(f.code, f.field, f.value, f.limit) for f in got.failures] == [
        (Code.BEYOND_DOMAIN, "net_income", "1000000000000000.00", "23058430092.13")
    ]


@pytest.mark.parametrize(
    ("name", "several"),
    [
        ("due_index", {"due_dates": (DueDates(), DueDates(month_end=True))}),
        ("rounding_index", {"rounding": (Rounding(), FREE)}),
    ],
)
def test_an_index_of_a_rule_is_one_of_those_given(name, several):
    loans = Loans.from_columns(**LOAN, **several, **{name: [-1, 0, 1, 2]})
    assert [(f.row, f.code, f.field, f.limit) for f in loans.failures] == [
        (0, Code.NEGATIVE, name, "0 to 1"),
        (3, Code.OUT_OF_RANGE, name, "0 to 1"),
    ]


def test_an_index_of_a_template_is_one_of_those_given():
    loans = Loans.from_columns(**(LOAN | {"principal": ["1000"] * 4}))
    got = schedule(loans, (equal_instalment(2), equal_instalment(3)), template=[-1, 0, 1, 2])
    assert got.row.tolist() == [1, 2]
    assert got.failures.limit.tolist() == ["0 to 1"] * 2


def test_a_path_of_rates_is_one_of_those_given():
    path = FixedRate("0.1")
    loans = Loans.from_columns(**LOAN, rate_paths=(path,), rate_index=[-2, -1, 0, 1])
    assert [(f.row, f.code, f.field, f.limit) for f in loans.failures] == [
        (0, Code.OUT_OF_RANGE, "rate_index", "-1 to 0"),
        (3, Code.OUT_OF_RANGE, "rate_index", "-1 to 0"),
    ]
    early = SteppedRate((("2027-01-01", "0.1"),))
    loans = Loans.from_columns(**LOAN, rate_paths=(early, path), rate_index=[0, 1])
    assert [(f.row, f.code, f.limit) for f in loans.failures] == [(0, Code.OUT_OF_RANGE, ">= 2027-01-01")]


def test_a_path_of_rates_needs_no_rate_beside_it():
    for rates in (["", "0.05", ""], None):
        loans = Loans.from_columns(
            **LOAN | {"annual_rate": rates}, rate_paths=(FixedRate("0.1"),), rate_index=[0, -1, -1]
        )
        assert loans.annual_rate[0] == 10**9
        assert [(f.row, f.code, f.field) for f in loans.failures] == [
            (row, Code.MISSING, "annual_rate") for row in ([2] if rates else [1, 2])
        ]


def test_a_bad_loan_is_no_loan_alone_either():
    loans = Loans.from_columns(**(LOAN | {"principal": ["1000", "-1"]}))
    error = caught(lambda: loans.one(1))
    assert (error.code, error.field, error.value) == (Code.NEGATIVE, "principal", "-1")


def test_a_bad_loan_stays_one_where_nothing_is_rounded():
    loans = Loans.from_columns(**(LOAN | {"principal": ["1000", "-1"]}), rounding=FREE)
    got = schedule(loans, equal_instalment(2))
    assert [(f.row, f.code, f.value) for f in got.failures] == [(1, Code.NEGATIVE, "-1")]


def test_one_loan_takes_one_plan():
    with pytest.raises(TypeError, match="one plan"):
        schedule(Loan(**LOAN), (equal_instalment(2),))


def test_a_day_count_of_ones_own_may_not_have_a_year_too_large():
    def days(start, end):
        return (end - start).astype(np.int64)

    fits = DayCount("large", days, 2**20, "a year of 2**20 days", "own")
    assert len(schedule(Loan(**(LOAN | {"day_count": fits})), equal_instalment(2)).rows) == 2
    own = DayCount("larger", days, 2**57 + 1, "a year of 2**57 + 1 days", "own")
    error = caught(lambda: schedule(Loan(**(LOAN | {"day_count": own})), equal_instalment(2)))
    assert (error.code, error.field, error.limit) == (Code.BEYOND_DOMAIN, "annual_rate", f"{2.0**56:.4g}")
    far = DayCount("far", lambda start, end: days(start, end) * 2**31, 365, "2**31 times", "own")
    change = {"annual_rate": "0.1234567891", "day_count": far}
    error = caught(lambda: schedule(Loan(**(LOAN | change)), equal_instalment(2)))
    assert error.code is Code.BEYOND_DOMAIN


FLOWS = [
    (lambda: present_value([1], [1], 0, year=1, decimals=True), InputError, "decimals"),
    (lambda: present_value([1], [1], 0, year=1, decimals="2"), InputError, "decimals"),
    (lambda: present_value([1], [1], 0, year=True), InputError, "year"),
    (lambda: irr([], []), InputError, "flows"),
    (lambda: irr([-1, 2], [0]), InputError, "times"),
    (lambda: irr(minor([-1, 2]), offsets=[]), TypeError, "offsets"),
    (lambda: irr(minor([-1, 2]), offsets=[1, 2]), TypeError, "offsets"),
    (lambda: irr(minor([[-1, 2]]), offsets=[0, 1]), TypeError, "shape"),
    (
        lambda: irr(minor([-1, 2]), np.array(["2026-01-01T12", "2026-02-01T00"], "M8[h]"), offsets=[0, 2]),
        TypeError,
        "whole day",
    ),
    (lambda: apr_us_units([-1, 2], None, [0, 1], per_year=12), TypeError, "full unit-periods"),
]


@pytest.mark.parametrize(("make", "kind", "said"), FLOWS)
def test_flows_that_cannot_be_read_say_why(make, kind, said):
    with pytest.raises(kind, match=said):
        make()


@pytest.mark.parametrize(
    ("flows", "times", "code", "field", "limit"),
    [
        ([1], [3661], Code.OUT_OF_RANGE, "times", "0 to 3660"),
        ([1], [-1], Code.NEGATIVE, "times", "0 to 3660"),
        ([10**18 + 1], [1], Code.OUT_OF_RANGE, "flows", f"{-(10**18)} to {10**18}"),
        ([-(2**63)], [1], Code.OUT_OF_RANGE, "flows", f"{-(10**18)} to {10**18}"),
    ],
)
def test_flows_of_a_batch_are_refused_with_their_bounds(flows, times, code, field, limit):
    got = present_value(minor([*flows, 100]), np.array([*times, 1]), 0, year=1, offsets=[0, 1, 2])
    assert [(f.row, f.code, f.field, f.limit) for f in got.failures] == [(0, code, field, limit)]
    assert got.value.tolist() == [100]


def test_values_before_and_after_are_refused_with_their_bounds():
    most = f"{-(10**18)} to {10**18}"
    got = diminished_obligation(
        np.array([10**18 + 1, 1, 1, 1, 100]), np.array([1, 10**18 + 1, 10_001, -10_002, 1])
    )
    assert [(f.row, f.field, f.limit) for f in got.failures] == [
        (0, "npv0", most),
        (1, "npv1", most),
        (2, "npv1", "-10000 to 10000 * npv0"),
        (3, "npv1", "-10000 to 10000 * npv0"),
    ]


def test_files_say_what_is_wrong_with_them(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"a,b\n1,x\0y\n")
    with pytest.raises(TableError, match=r"row \d+: .*NUL"):
        read_table(tmp_path / "a.csv")
    (tmp_path / "loans.csv").write_text("id,principal\n1,2\n")
    (tmp_path / "homes.csv").write_text("net_income\n2\n")
    with pytest.raises(TableError, match="no column id") as error:
        read_applicants(tmp_path / "loans.csv", households=tmp_path / "homes.csv")
    assert error.value.code is Code.MISSING


def test_a_loan_whose_household_s_line_is_broken_has_none(tmp_path):
    names, cells = ",".join(LOAN), ",".join(map(str, LOAN.values()))
    (tmp_path / "loans.csv").write_text(f"id,{names}\nb,{cells}\nc,{cells}\n")
    (tmp_path / "homes.csv").write_text("id,net_income,adults\nb,1,1\nc,5\n")
    got = read_applicants(tmp_path / "loans.csv", households=tmp_path / "homes.csv")
    assert [(f.row, f.code, f.field, f.value, f.limit) for f in got.failures] == [
        (1, Code.NO_HOUSEHOLD, "id", "c", ""),
    ]


def test_fewer_than_one_worker_is_refused(capsys):
    with pytest.raises(SystemExit):
        main(["propose", "loans.csv", "--policy", "p.toml", "--out", "x", "--workers", "-1"])
    assert "is not a whole number from 1" in capsys.readouterr().err


@pytest.mark.parametrize(
    "given_", [(), ("2026-01-31", "2026-01-31"), ("2026-02-28", "2026-01-31"), ("2026-01-31", "x"), 5]
)
def test_due_dates_that_are_given_follow_each_other(given_):
    error = caught(lambda: DueDates(given=given_))
    code = Code.NOT_A_DATE if given_ == 5 or "x" in given_ else Code.DATES_OUT_OF_ORDER
    assert (error.code, error.field) == (code, "due_dates.given")
    assert caught(lambda: DueDates(business_day="next")).field == "due_dates.business_day"


@pytest.mark.parametrize(
    ("options", "code", "name"),
    [
        ({"business_day": "following"}, Code.MISSING, "calendar"),
        ({"calendar": WEEKENDS, "adjusted": True}, Code.UNKNOWN_VALUE, "adjusted"),
        ({"adjusted": "no"}, Code.UNKNOWN_VALUE, "adjusted"),
        ({"month_end": "yes"}, Code.UNKNOWN_VALUE, "month_end"),
        ({"calendar": "CN"}, Code.UNKNOWN_VALUE, "calendar"),
    ],
)
def test_an_option_of_due_dates_that_would_do_nothing_is_refused(options, code, name):
    error = caught(lambda: DueDates(**options))
    assert (error.code, error.field) == (code, f"due_dates.{name}")


def test_a_spread_that_nothing_takes_is_refused():
    index = Index("a", ["2025-01-01"], ["0.03"], "own")
    terms = {
        "principal": "1000",
        "original_term": 12,
        "elapsed": 0,
        "unpaid": 12,
        "next_due": "2026-01-31",
        "spread": "0.01",
    }
    for rate in ("0.05", LinkedRate(index, "0.02", reset="publication")):
        error = caught(lambda rate=rate: Loan(annual_rate=rate, **terms))
        assert (error.code, error.field) == (Code.UNKNOWN_VALUE, "spread")


def test_a_cost_that_is_not_known_is_missing():
    home = Household(net_income="1", costs={"food": "", "rent": ""})
    error = caught(can(home))
    assert (error.code, error.field) == (Code.MISSING, "costs.rent")


def test_a_converted_rate_beyond_the_largest_is_refused():
    high = Rate("900", per="month")
    for make in (lambda: high.as_annual_nominal("monthly"), lambda: high.nominal("year")):
        error = caught(make)
        assert error.code is Code.OUT_OF_RANGE
        assert "1000" in error.rule
    assert caught(lambda: high.nominal("year")).rule.startswith("converted")
    error = caught(lambda: Rate("0.1").as_annual_nominal(0))
    assert (error.code, error.field) == (Code.UNKNOWN_VALUE, "frequency")
    assert "such as '4.9%'" in caught(lambda: Rate.parse("年利率 百分之五五")).rule


def test_a_table_of_dates_is_no_column_of_spans():
    days = np.array([["2026-01-01"]], "datetime64[D]")
    with pytest.raises(TypeError, match=r"shape \(1, 1\)"):
        pieces((FixedRate("0.1"),), [0], days, days + 1, 1)


def test_a_rate_that_leaves_its_bounds_during_a_plan_is_refused():
    index = Index("a", ["2025-01-01", "2026-03-01"], ["0.5", "0.9"], "own")
    path = LinkedRate(index, "0.2", reset="publication")
    loans = Loans.from_columns(**LOAN, rate_paths=(path,), rate_index=[0, -1])
    got = schedule(loans, equal_instalment(4))
    assert got.row.tolist() == [1]
    assert [(f.row, f.code, f.value, f.limit) for f in got.failures] == [
        (0, Code.OUT_OF_RANGE, "1.1", "0 to 1")
    ]


def test_a_changing_rate_and_a_day_count_may_not_be_too_large_together():
    own = DayCount("far", lambda s, e: (e - s).astype(np.int64) * 2**31, 365, "2**31 times", "own")
    path = SteppedRate((("2025-01-01", "0.1234567891"), ("2026-02-10", "0.2345678917")))
    error = caught(
        lambda: schedule(Loan(**(LOAN | {"annual_rate": path, "day_count": own})), equal_instalment(3))
    )
    assert error.code is Code.BEYOND_DOMAIN
