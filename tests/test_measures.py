"""What schedules say of themselves: the figures of the functions, for one loan and for all of a batch."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp
from examples import examples
from strategies import batch_of, cases, loan_of, money, plan_of

FIGURES = {
    "irr": {},
    "effective_rate": {"year": "365 days"},
    "apr_eu": {},
    "apr_us": {"places": 6},
    "total_cost": {},
    "present_value": {"rate": "0.08", "year": "12 months"},
    "duration": {"rate": "0.01", "modified": True},
    "weighted_average_life": {"year": "equal periods"},
}
AMOUNTS = ("total_cost", "present_value")


def loan(**other):
    terms = {
        "principal": "12000",
        "annual_rate": "0.12",
        "original_term": 36,
        "elapsed": 10,
        "unpaid": 26,
        "next_due": "2026-01-31",
    }
    return rp.Loan(**(terms | other))


def told(schedule, name, **options):
    """The figure, or the code and field where there is none."""
    try:
        return getattr(schedule, name)(**options)
    except rp.InputError as error:
        return error.code, error.field


@examples(40)
@given(st.lists(cases(wide=False), min_size=1, max_size=4), st.sampled_from(sorted(FIGURES)))
def test_a_batch_says_what_each_of_its_schedules_says(every, name):
    loans, plans, template = batch_of(every)
    made = rp.schedule(loans, plans, template=template)
    options = FIGURES[name]
    got = getattr(made.value, name)(**options)
    assert sorted([*got.row.tolist(), *got.failures.row.tolist()]) == made.row.tolist()
    failed = {f.row: (f.code, f.field) for f in got.failures}
    found = dict(zip(got.row.tolist(), got.value.tolist(), strict=True))
    for row, decimals in zip(made.row.tolist(), made.value.decimals.tolist(), strict=True):
        terms, stages = every[row]
        alone = told(rp.schedule(loan_of(terms), plan_of(stages, terms["decimals"])), name, **options)
        if row in failed:
            assert alone == failed[row]
        else:
            assert alone == money(found[row], decimals if name in AMOUNTS else 10)


PLANS = {
    "level": rp.equal_instalment(24),
    "paused": rp.holiday(3, interest="capitalise") + rp.equal_instalment(12),
    "principal": rp.equal_principal(6),
}
OWED = loan(overdue_principal="500", overdue_interest="55", fees="20", start="2026-01-10")


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS.keys())
def test_a_method_is_its_function_of_the_rows(plan):
    made = rp.schedule(OWED, plan)
    paid, due = [row.payment for row in made.rows], [row.due_date for row in made.rows]
    flows, dates = [Decimal(-12500), *paid], [OWED.interest_from, *due]
    counts = range(1, len(paid) + 1)
    assert made.interest_from == OWED.interest_from
    assert made.irr() == rp.irr(flows)
    assert made.irr(drawn="12575", places=5) == rp.irr([-12575, *paid], places=5)
    for year in ("365 days", "12 months", "equal periods"):
        assert made.effective_rate(year=year) == rp.effective_rate(flows, dates, year=year)
        assert made.apr_eu(year=year, places=4) == rp.apr_eu(flows, dates, year=year, places=4)
    assert made.effective_rate(year=12) == rp.effective_rate(flows, year=12)
    assert made.apr_us() == rp.apr_us(flows, dates)
    assert made.apr_us(unit_period="week") == rp.apr_us(flows, dates, unit_period="week")
    moved = [np.datetime64("2025-12-01").item(), *due]
    assert made.apr_us(drawn="12000", drawn_on="2025-12-01") == rp.apr_us([-12000, *paid], moved)
    assert made.apr_eu(drawn_on="2025-12-01") == rp.apr_eu(flows, moved)
    assert made.effective_rate(year="365 days", drawn_on=moved[0]) == rp.effective_rate(
        flows, moved, year="365 days"
    )
    assert made.total_cost() == rp.total_cost(flows)
    assert made.total_cost(drawn=rp.minor(1257500)) == rp.total_cost([-12575, *paid])
    assert made.present_value("0.01") == rp.present_value(paid, counts, "0.01")
    assert made.present_value("0.1", year=12) == rp.present_value(paid, counts, "0.1", year=12)
    dated = {"year": "12 months", "on": OWED.interest_from}
    assert made.present_value("0.1", year="12 months") == rp.present_value(paid, due, "0.1", **dated)
    early = {"year": "12 months", "on": "2025-12-31"}
    assert made.present_value("0.1", **early) == rp.present_value(paid, due, "0.1", **early)
    for modified in (False, True):
        expected = rp.duration(paid, due, "0.1", **dated, modified=modified)
        assert made.duration("0.1", year="12 months", modified=modified) == expected
    repaid = [row.principal for row in made.rows]
    assert made.weighted_average_life() == rp.weighted_average_life(repaid, counts)
    assert made.weighted_average_life(year="12 months") == rp.weighted_average_life(repaid, due, **dated)


@given(cases(wide=False))
def test_the_total_cost_is_the_interest_paid_or_capitalised_and_the_fees(case):
    terms, stages = case
    try:
        made = rp.schedule(loan_of(terms), plan_of(stages, terms["decimals"]))
    except rp.InputError:
        return
    if any(stage["kind"] in ("drawdown", "prepayment") for stage in stages):
        return
    financed = Decimal(int(made.columns["drawn"].sum())).scaleb(-made.decimals)
    parts = sum(made.totals[name] for name in ("interest_paid", "capitalised", "fee"))
    assert made.total_cost() == parts + financed


@given(st.integers(1, 40), st.integers(100, 3000))
def test_the_rate_of_unrounded_rows_is_the_rate_of_the_loan(n, basis_points):
    rate = Decimal(basis_points) / 10_000
    free = rp.Rounding(instalment="none", interest="none")
    made = rp.schedule(loan(annual_rate=rate, original_term=60, rounding=free), rp.equal_instalment(n))
    assert abs(made.irr() - rate / 12) <= Decimal("2e-10")
    assert abs(made.apr_us() - rate) <= Decimal("2e-9")


@given(st.integers(1, 60))
def test_the_average_life_of_equal_principal_is_half_the_term_and_half_a_period(n):
    made = rp.schedule(loan(principal=100 * n), rp.equal_principal(n))
    assert Fraction(made.weighted_average_life()) == Fraction(n + 1, 2)


# A batch

COLUMNS = {
    "annual_rate": 0.12,
    "original_term": 36,
    "elapsed": 10,
    "unpaid": 26,
    "next_due": "2026-01-31",
}


def batch():
    """Four rows of which the second is no loan."""
    loans = rp.Loans.from_columns(principal=["12000", "-1", "6000", "900"], **COLUMNS)
    return rp.schedule(loans, rp.equal_instalment(12))


def test_a_figure_keeps_the_callers_row_numbers():
    made = batch()
    assert made.row.tolist() == [0, 2, 3]
    got = made.value.apr_eu(drawn=["11850", "x", "890"])
    assert got.row.tolist() == [0, 3]
    assert [(f.row, f.code, f.field) for f in got.failures] == [(2, rp.Code.NOT_A_NUMBER, "drawn")]
    alone = [made.value.one(0).apr_eu(drawn="11850"), made.value.one(2).apr_eu(drawn="890")]
    assert [Decimal(k).scaleb(-10) for k in got.value.tolist()] == alone
    got = made.value.irr(drawn=rp.minor([1, 600000, 90000]))
    assert got.row.tolist() == [2, 3]
    assert [(f.row, f.code) for f in got.failures] == [(0, rp.Code.NO_RATE)]


def test_options_may_be_columns():
    made = batch()
    on = np.array(["2025-12-31", "2025-11-30", "2026-01-01"], "datetime64[D]")
    got = made.value.present_value(["0.1", "0.2", "0"], year="365 days", on=on)
    for i, rate in enumerate(("0.1", "0.2", "0")):
        alone = made.value.one(i).present_value(rate, year="365 days", on=on[i].item())
        assert money(int(got.value[i]), 2) == alone
    got = made.value.apr_us(unit_period=["month", "week", "month"], drawn_on=on)
    for i, unit in enumerate(("month", "week", "month")):
        alone = made.value.one(i).apr_us(unit_period=unit, drawn_on=on[i].item())
        assert money(int(got.value[i]), 10) == alone


def test_columns_of_the_wrong_length_are_a_programmers_error():
    made = batch().value
    for call in (
        lambda: made.irr(drawn=["1", "2", "3", "4"]),
        lambda: made.apr_eu(drawn_on=["2026-01-01"] * 4),
        lambda: made.present_value(["0.1"] * 4),
    ):
        with pytest.raises(TypeError):
            call()


def test_no_schedule_has_no_figure():
    made = rp.schedule(rp.Loans.from_columns(principal=["-1"], **COLUMNS), rp.equal_instalment(12)).value
    for name, options in FIGURES.items():
        got = getattr(made, name)(**options)
        assert (got.value.tolist(), got.row.tolist(), len(got.failures)) == ([], [], 0)


def test_no_loop_over_loans():
    # The rows of a million loans are never walked in Python: no schedule is made of any single one.
    loans = rp.Loans.from_columns(principal=np.arange(1000, 21000), **COLUMNS)
    made = rp.schedule(loans, rp.equal_instalment(12)).value
    made.one = None
    assert len(made.irr(places=6).value) == 20_000


# What is refused


@pytest.mark.parametrize(
    ("call", "code", "field"),
    [
        (lambda made: made.irr(drawn="-1"), rp.Code.NEGATIVE, "drawn"),
        (lambda made: made.irr(drawn="0"), rp.Code.NO_RATE, "rate"),
        (lambda made: made.apr_eu(drawn_on="2026-02-30"), rp.Code.NOT_A_DATE, "drawn_on"),
        (lambda made: made.apr_us(unit_period="decade"), rp.Code.UNKNOWN_VALUE, "unit_period"),
        (lambda made: made.effective_rate(year="360 days"), rp.Code.UNKNOWN_VALUE, "year"),
        (lambda made: made.effective_rate(year=0), rp.Code.UNKNOWN_VALUE, "year"),
        (lambda made: made.irr(places=11), rp.Code.OUT_OF_RANGE, "places"),
        (lambda made: made.present_value("-1"), rp.Code.OUT_OF_RANGE, "rate"),
        (
            lambda made: made.present_value("0.1", year="365 days", on="2026-02-01"),
            rp.Code.DATES_OUT_OF_ORDER,
            "times",
        ),
        (lambda made: made.duration(None), rp.Code.MISSING, "rate"),
        (lambda made: made.weighted_average_life(year="decade"), rp.Code.UNKNOWN_VALUE, "year"),
    ],
)
def test_one_schedule_raises_what_is_wrong(call, code, field):
    with pytest.raises(rp.InputError) as caught:
        call(rp.schedule(loan(), rp.equal_instalment(12)))
    assert (caught.value.code, caught.value.field) == (code, field)


@pytest.mark.parametrize(
    "call",
    [
        lambda made: made.effective_rate(year=12, drawn_on="2026-01-01"),
        lambda made: made.present_value("0.1", on="2026-01-01"),
        lambda made: made.weighted_average_life(year=12, on="2026-01-01"),
    ],
)
def test_a_date_where_periods_are_counted_is_a_programmers_error(call):
    made = rp.schedule(loan(), rp.equal_instalment(12))
    with pytest.raises(TypeError):
        call(made)
    with pytest.raises(TypeError):
        call(batch().value)


# Unit-periods of dates that business days move

CODES = {"monthly": "month", "weekly": "week", "fortnightly": "2 weeks", "2-monthly": "2 months"}


@examples(60)
@given(
    st.sampled_from(sorted(CODES)),
    st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    st.integers(2, 14),
    st.sampled_from(["following", "modified_following", "preceding", "modified_preceding"]),
    st.booleans(),
    st.sampled_from([rp.equal_instalment, lambda n: rp.interest_only(1) + rp.equal_principal(n)]),
)
def test_the_unit_period_of_dates_that_are_moved_is_that_of_the_dates_agreed(often, day, n, rule, to, plan):
    law = rp.DueDates(business_day=rule, adjusted=to, calendar=rp.WEEKENDS)
    one = loan(next_due=day, frequency=often, due_dates=law)
    made = rp.schedule(one, plan(n))
    want = made.apr_us(unit_period=CODES[often], places=6)
    assert made.apr_us(places=6) == want
    plain = loan(next_due=day, frequency=often)
    batch = rp.schedule(rp.Loans.from_columns(**columns_of(one, plain)), plan(n)).value
    alone = rp.schedule(plain, plan(n)).apr_us(places=6)
    assert [Decimal(v) / 10**10 for v in batch.apr_us(places=6).value.tolist()] == [want, alone]


def columns_of(*loans):
    """Loans that differ in their due dates alone, as columns."""
    names = ("principal", "annual_rate", "original_term", "elapsed", "unpaid", "next_due", "frequency")
    same = {name: getattr(loans[0], name) for name in names}
    rules = tuple(each.due_dates for each in loans)
    return same | {"due_dates": rules, "due_index": list(range(len(rules)))}


def test_payments_every_third_month_have_that_unit_period_wherever_they_are_moved():
    law = rp.DueDates(business_day="following", calendar=rp.WEEKENDS)
    made = rp.schedule(
        loan(next_due="2026-01-31", due_dates=law), rp.equal_principal(12, principal_on=3, interest_on=3)
    )
    assert made.apr_us(places=6) == made.apr_us(unit_period="3 months", places=6)


def test_an_advance_and_one_payment_have_their_term_though_it_is_moved():
    law = rp.DueDates(business_day="following", calendar=rp.WEEKENDS)
    made = rp.schedule(loan(next_due="2026-01-31", due_dates=law), rp.equal_instalment(1))
    row, advance = made.rows[0], made.rows[0].opening
    assert (row.due_date, made.interest_from) == (date(2026, 2, 2), date(2025, 12, 31))
    assert made.apr_us(places=6) == rp.apr_us([-advance, row.payment], ["2025-12-31", row.due_date], places=6)


def test_what_moves_on_the_way_and_a_last_due_date_are_in_the_dates_agreed():
    law = rp.DueDates(business_day="following", adjusted=True, calendar=rp.WEEKENDS)
    one = loan(next_due="2026-01-31", due_dates=law, last_due="2026-08-16", day_count="ACT/365F")
    plan = (
        rp.drawdown("500", on="2026-03-11") + rp.prepayment("700", on="2026-04-09") + rp.equal_instalment(7)
    )
    made = rp.schedule(one, plan)
    assert made.agreed.tolist()[-2:] == [date(2026, 6, 30), date(2026, 8, 16)]
    assert made.agreed[0] == np.datetime64("2025-12-31")
    assert made.apr_us(places=6) == made.apr_us(unit_period="month", places=6)


@pytest.mark.parametrize("many", [False, True])
def test_a_payment_moved_before_the_day_that_interest_runs_from_counts_as_that_day(many):
    law = rp.DueDates(business_day="preceding", calendar=rp.WEEKENDS)
    one = loan(next_due="2028-02-20", frequency="daily", due_dates=law)
    made = rp.schedule(one, rp.equal_instalment(5))
    assert (made.rows[0].due_date, made.interest_from) == (date(2028, 2, 18), date(2028, 2, 19))
    flows = [-12000, *(row.payment for row in made.rows)]
    dates = [made.interest_from, *(max(row.due_date, made.interest_from) for row in made.rows)]
    repaid = [row.principal for row in made.rows]
    want = {
        "weighted_average_life": rp.weighted_average_life(repaid, dates[1:], year="365 days", on=dates[0]),
        "present_value": rp.present_value(flows[1:], dates[1:], "0.1", year="365 days", on=dates[0]),
        "effective_rate": rp.effective_rate(flows, dates, year="365 days"),
        "apr_eu": rp.apr_eu(flows, dates),
    }
    said = {
        "weighted_average_life": {"year": "365 days"},
        "present_value": {"rate": "0.1", "year": "365 days"},
    }
    said |= {"effective_rate": {"year": "365 days"}}
    for name, figure in want.items():
        if many:
            whole = getattr(rp.schedule(one.batch, rp.equal_instalment(5)).value, name)(**said.get(name, {}))
            assert whole.value.tolist() == [int(figure.scaleb(2 if name == "present_value" else 10))]
        else:
            assert getattr(made, name)(**said.get(name, {})) == figure
