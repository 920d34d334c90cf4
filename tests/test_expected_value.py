"""What a plan is worth if it may fail, against a slow reference."""

from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import floor

import numpy as np
import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

import programme
import repayplan as rp
from examples import examples
from repayplan import Code, ExpectedValue, ExpectedValues, InputError, expected_value, schedule
from sides import CENT, CONTRACT, PLANS, batches, both, flows_of, rates, reordered, worth
from test_summary import LINES, decide

STEP = Fraction(1, 10**10)
shares = st.integers(0, 100).map(lambda percent: Decimal(percent) / 100) | st.integers(0, 10**10).map(
    lambda k: Decimal(k).scaleb(-10)
)
months = st.integers(0, 60)
OUTLOOKS = st.fixed_dictionaries(
    {
        "success": shares,
        "paid_before_default": st.integers(0, 60),
        "recovery_after_default": shares,
        "months_after_default": months,
        "recovery_without": shares,
        "months_without": months,
    }
)
OUTLOOK = {
    "success": "0.6",
    "paid_before_default": 3,
    "recovery_after_default": "0.3",
    "months_after_default": 18,
    "recovery_without": "0.7",
    "months_without": 6,
}


def later(day, count, meant):
    """So many months later, of a date of a plan that is due on a day of the month where there is one."""
    return day + relativedelta(
        months=count, **({"day": meant} if day + relativedelta(day=meant) == day else {})
    )


def down(amount, part):
    """A part of an amount, whole cents of it."""
    return Fraction(floor(Fraction(amount) * Fraction(part) / CENT)) * CENT


def by_hand(after, owed, rate, on, o):
    kept, meant = worth(flows_of(after), on, rate), after.loan.next_due[0].item().day
    rows = after.rows[: o["paid_before_default"]]
    left, day = (rows[-1].closing, rows[-1].due_date) if rows else (after.rows[0].opening, on)
    # Interest put aside, overdue interest among it, is repaid in rows to come.
    aside = -sum((row.deferred for row in after.rows[len(rows) :]), Decimal(0))
    rest = down(left + aside, o["recovery_after_default"])
    end = (later(day, o["months_after_default"], meant), rest)
    broken = worth([*flows_of(after, len(rows)), end], on, rate)
    without = (later(on, o["months_without"], meant), down(owed, o["recovery_without"]))
    return kept, broken, worth([without], on, rate)


def chances(figures, success):
    """The plan's value at a probability, exactly."""
    return Fraction(figures.broken) + Fraction(success) * Fraction(figures.kept - figures.broken)


def no_more(outlook, after):
    """No more instalments are paid before a default than each plan has."""
    rows = [len(after.one(i).rows) for i in range(len(after))]
    return outlook | {"paid_before_default": np.minimum(outlook["paid_before_default"], rows)}


DEFERRED = rp.holiday(rp.col("pause"), interest="defer", repay="spread") + rp.equal_instalment(
    rp.col("months")
)


@examples(30)
@given(batches(), st.sampled_from([*PLANS, DEFERRED]), rates, OUTLOOKS)
def test_every_figure_of_every_loan_is_the_one_by_hand(loans, plan, rate, outlook):
    before, after = both(loans, plan)
    got = expected_value(before, after, rate=rate, year="365 days", **no_more(outlook, after))
    assert (got.row.tolist(), len(got.failures)) == (list(range(len(loans))), 0)
    for i in range(len(loans)):
        one, other, figures = before.one(i), after.one(i), got.value.one(i)
        own = outlook | {"paid_before_default": min(outlook["paid_before_default"], len(other.rows))}
        values = by_hand(other, one.rows[0].opening, rate, loans.start[i].item(), own)
        assert (figures.kept, figures.broken, figures.no_deal) == values
        exact = chances(figures, outlook["success"])
        assert figures.expected == Decimal(round(exact / CENT)).scaleb(-2)
        assert figures.gain == figures.expected - figures.no_deal
        assert expected_value(one, other, rate=rate, year="365 days", **own) == figures


@examples(60)
@given(batches(most=1), st.sampled_from(PLANS), rates, OUTLOOKS)
def test_break_even_is_the_least_probability_that_is_enough(loans, plan, rate, outlook):
    before, after = (each.one(0) for each in both(loans, plan))
    outlook |= {"paid_before_default": min(outlook["paid_before_default"], len(after.rows))}
    got = expected_value(before, after, rate=rate, year="365 days", **outlook)
    if got.break_even is None:
        assert max(got.kept, got.broken) < got.no_deal
        return
    assert 0 <= got.break_even <= 1
    at = expected_value(before, after, rate=rate, year="365 days", **outlook | {"success": got.break_even})
    assert at.gain >= 0
    if got.break_even:
        assert chances(got, Fraction(got.break_even) - STEP) < Fraction(got.no_deal)


@examples(30)
@given(batches(), rates, OUTLOOKS, st.randoms(use_true_random=False))
def test_the_order_of_loans_is_irrelevant(loans, rate, outlook, random):
    order = list(range(len(loans)))
    random.shuffle(order)
    success = np.linspace(0, 1, len(loans)).round(10)
    sides = both(loans, PLANS[0])
    paid = no_more(outlook, sides[1])["paid_before_default"]
    options = {"rate": rate, "year": "365 days"} | outlook | {"paid_before_default": paid}
    got = expected_value(*sides, **options | {"success": success}).value
    other = both(reordered(loans, order), PLANS[0])
    mixed = expected_value(
        *other, **options | {"success": success[order], "paid_before_default": paid[order]}
    ).value
    assert [mixed.one(i) for i in range(len(order))] == [got.one(k) for k in order]


@examples(30)
@given(batches(most=1), rates, OUTLOOKS)
def test_a_likelier_plan_and_a_better_recovery_are_worth_more(loans, rate, outlook):
    before, after = both(loans, PLANS[0])
    outlook, column = no_more(outlook, after), np.linspace(0, 1, 5)

    def along(name):
        every = [
            expected_value(before, after, rate=rate, year="365 days", **outlook | {name: value}).value
            for value in column
        ]
        return {
            key: np.array([getattr(each, key)[0] for each in every])
            for key in ("kept", "broken", "no_deal", "expected")
        }

    by_chance = along("success")
    rises = np.diff(by_chance["expected"])
    assert (rises >= 0).all() if by_chance["kept"][0] >= by_chance["broken"][0] else (rises <= 0).all()
    assert by_chance["expected"][[0, -1]].tolist() == [by_chance["broken"][0], by_chance["kept"][0]]
    assert (np.diff(along("recovery_after_default")["broken"]) >= 0).all()
    assert (np.diff(along("recovery_without")["no_deal"]) >= 0).all()


@pytest.mark.parametrize("count", [1, 2, 3])
def test_months_are_counted_as_the_plan_s_due_dates_go_on(count):
    """A month's end is not a day of its own: recovered as late, as much is worth as much."""

    def broken(due, **rule):
        terms = {"annual_rate": "0.12", "original_term": 12, "elapsed": 0, "unpaid": 12}
        loan = rp.Loan(principal=12_000, next_due=due, due_dates=rp.DueDates(**rule), **terms)
        before, after = (schedule(loan, rp.equal_instalment(n)) for n in (12, 24))
        options = {"rate": "0.1268", "year": "12 months"} | OUTLOOK | {"paid_before_default": count}
        return expected_value(before, after, **options).broken

    assert broken("2026-01-31") == broken("2026-01-31", month_end=True) == broken("2026-01-15")
    assert broken("2026-02-28", day=31) == broken("2026-02-28", month_end=True) == broken("2026-02-15")


@pytest.mark.parametrize("months", [0, 1, 3, 13, 2000])
def test_months_from_a_month_s_end_to_one_are_whole(months):
    def without(start):
        terms = {"annual_rate": "0.12", "original_term": 12, "elapsed": 0, "unpaid": 12}
        due = {"2026-01-15": "2026-02-15", "2026-01-31": "2026-02-28"}[start]
        loan = rp.Loan(
            principal=12_000, start=start, next_due=due, due_dates=rp.DueDates(day=int(start[-2:])), **terms
        )
        made = schedule(loan, rp.equal_instalment(12))
        options = {"rate": "0.12", "year": "12 months"} | OUTLOOK | {"months_without": months}
        return expected_value(made, made, **options).no_deal

    exact = Decimal(8400) / Decimal("1.12") ** (Decimal(months) / 12)
    assert without("2026-01-31") == without("2026-01-15") == round(exact, 2)


@pytest.mark.parametrize(
    ("terms", "rule", "due", "until"),
    [
        ({"frequency": "semi-monthly", "next_due": "2026-02-15"}, {}, "2026-02-28", date(2026, 8, 30)),
        (
            {"frequency": "semi-monthly", "next_due": "2026-02-15"},
            {"month_end": True},
            "2026-02-28",
            date(2026, 8, 31),
        ),
        ({"frequency": "fortnightly", "next_due": "2026-02-14"}, {}, "2026-02-28", date(2026, 8, 28)),
        ({"next_due": "2026-01-30"}, {"month_end": True}, "2026-02-28", date(2026, 8, 30)),
        ({"next_due": "2026-01-31"}, {"business_day": "following"}, "2026-03-02", date(2026, 8, 31)),
        (
            {"next_due": "2026-01-31"},
            {"given": ("2026-01-31", "2026-02-28", "2026-05-05")},
            "2026-02-28",
            date(2026, 8, 28),
        ),
    ],
)
def test_which_day_comes_six_months_after_the_second_instalment(terms, rule, due, until):
    calendar = {"calendar": rp.WEEKENDS} if "business_day" in rule else {}
    terms = {"annual_rate": "0.12", "original_term": 3, "elapsed": 0, "unpaid": 3, "principal": 900} | terms
    plan = schedule(rp.Loan(**terms, due_dates=rp.DueDates(**rule, **calendar)), rp.equal_instalment(3))
    options = {"rate": "1", "year": "365 days"} | OUTLOOK
    got = expected_value(plan, plan, **options | {"paid_before_default": 2, "months_after_default": 6})
    part = down(plan.rows[1].closing, "0.3")
    assert got.broken == worth([*flows_of(plan, 2), (until, part)], plan.interest_from, "1")
    assert plan.rows[1].due_date.isoformat() == due


def test_a_share_of_a_merged_plan_counts_months_as_the_plan_does():
    terms = {"annual_rate": "0.12", "original_term": 12, "elapsed": 0, "unpaid": 12, "next_due": "2026-01-31"}
    loan = rp.Loan(principal=12_000, **terms)
    merged = rp.merge([loan])
    plan = schedule(merged.loan, rp.equal_instalment(24))
    (share,) = merged.apportioned(plan)
    before, options = schedule(loan, rp.equal_instalment(12)), {"rate": "0.1", "year": "12 months"} | OUTLOOK
    options |= {"paid_before_default": 2}
    assert expected_value(before, share, **options) == expected_value(before, plan, **options)


def test_a_plan_of_as_many_instalments_is_kept_and_one_of_fewer_refused():
    loan = rp.Loan(
        principal=1200, annual_rate="0.1", original_term=6, elapsed=0, unpaid=6, next_due="2026-01-31"
    )
    before, after = (schedule(loan, rp.equal_instalment(n)) for n in (6, 12))
    for paid, same in ((11, False), (12, True)):
        options = OUTLOOK | {"paid_before_default": paid}
        got = expected_value(before, after, rate="0.1", year="365 days", **options)
        assert (got.broken == got.kept) is same
    with pytest.raises(InputError) as caught:
        expected_value(before, after, rate="0.1", year="365 days", **OUTLOOK | {"paid_before_default": 13})
    assert (caught.value.field, caught.value.code) == ("paid_before_default", Code.OUT_OF_RANGE)
    assert "12" in str(caught.value)


def test_what_is_paid_between_due_dates_comes_before_a_default_of_its_row_or_not():
    terms = {"annual_rate": "0", "original_term": 4, "elapsed": 0, "unpaid": 4, "next_due": "2026-01-31"}
    loan = rp.Loan(principal=1000, **terms)
    plan = rp.equal_instalment(4) + rp.prepayment(100, on="2026-03-15", then="shorten")
    before, after = (schedule(loan, each) for each in (rp.equal_instalment(4), plan))
    options = {"rate": "0", "year": "365 days"} | OUTLOOK | {"recovery_after_default": "0"}
    paid = [expected_value(before, after, **options | {"paid_before_default": k}).broken for k in range(5)]
    assert paid == [0, 250, 500, 850, 1000]


def test_offers_of_a_portfolio_are_those_of_its_loans():
    decided = decide(LINES).value
    contracts = schedule(decided.contracts, CONTRACT)
    options = {"rate": "0.12", "year": "12 months"} | OUTLOOK
    got = expected_value(contracts.value, decided, **options)
    assert got.row.tolist() == decided.row[decided.offered].tolist()
    for place, row in enumerate(got.row.tolist()):
        before = contracts.value.one(contracts.row.tolist().index(row))
        offer = decided.one(decided.row.tolist().index(row))
        own = expected_value(before, offer, **options)
        assert got.value.one(place) == own
        owed = offer.opening_balance + offer.waived
        assert own == expected_value(before, offer.schedule, owed=owed, **options)
        assert own != expected_value(before, offer.schedule, owed=owed + 1, **options)


@pytest.mark.parametrize(
    "part",
    [
        {"treatment": "pay_first"},
        {"treatment": "first_instalments", "instalments": 3},
        {"treatment": "carry"},
    ],
)
def test_all_that_is_owed_at_default_is_what_a_part_of_is_recovered(part):
    policy = rp.Policy.loads(programme.POLICY)
    names = ("overdue_interest", "accrued_interest", "fees")
    arrears = rp.ArrearsRule(
        **{name: rp.ArrearsPart(**part) for name in names}, penalty=rp.ArrearsPart(treatment="capitalise")
    )
    steps = (
        rp.Concession(step="holiday", months=2, interest="defer"),
        rp.Concession(step="forbear", percent="50", multiple="100"),
    )
    policy = replace(policy, arrears=arrears, concessions=steps, statuses=None)
    loan = rp.Loan(
        principal=1200,
        annual_rate="0.12",
        original_term=12,
        elapsed=0,
        unpaid=12,
        next_due="2026-01-31",
        overdue_interest=7,
        fees=5,
    )
    pay = [rp.Income("pay", "900"), rp.Income("more", "150", start="2026-03-01")]
    home = rp.Household(items=pay, costs={"food": 0, "rent": 0}, assessed="2026-01-05")
    offer = rp.propose(loan, home, policy)
    rows = offer.schedule.rows
    assert (offer.forborne > 0, rows[0].payment, rows[0].deferred > 0) == (True, 0, True)
    owing = [offer.opening_balance]
    for row in rows[:4]:
        owing.append(owing[-1] - row.payment + row.interest)
    before = schedule(loan, rp.equal_instalment(12))
    options = {"rate": "0", "year": "365 days"} | OUTLOOK
    options |= {"recovery_after_default": "1", "months_after_default": 0}
    for k, owed in enumerate(owing):
        got = expected_value(before, offer, **options | {"paid_before_default": k})
        assert got.broken == sum((row.payment for row in rows[:k]), Decimal(0)) + owed


FAULTS = [
    ({"success": ["0.5", "1.1"]}, Code.OUT_OF_RANGE, "success"),
    ({"success": ["0.5", ""]}, Code.MISSING, "success"),
    ({"paid_before_default": [1, -1]}, Code.NEGATIVE, "paid_before_default"),
    ({"paid_before_default": [6, 7]}, Code.OUT_OF_RANGE, "paid_before_default"),
    ({"recovery_after_default": ["0", "-0.1"]}, Code.NEGATIVE, "recovery_after_default"),
    ({"months_after_default": [0, 3661]}, Code.OUT_OF_RANGE, "months_after_default"),
    ({"recovery_without": ["1", "1.0000000001"]}, Code.OUT_OF_RANGE, "recovery_without"),
    ({"months_without": ["12", "1.5"]}, Code.NOT_WHOLE_UNITS, "months_without"),
    ({"owed": ["1", "0.001"]}, Code.NOT_WHOLE_UNITS, "owed"),
    ({"rate": ["0.1", None]}, Code.MISSING, "rate"),
]


@pytest.mark.parametrize(("options", "code", "field"), FAULTS)
def test_a_fault_of_one_loan_is_no_others(options, code, field):
    terms = {"annual_rate": "0.1", "original_term": 6, "elapsed": 0, "unpaid": 6, "next_due": "2026-01-31"}
    loans = rp.Loans.from_columns(principal=["1000", "2000"], **terms)
    made = schedule(loans, rp.equal_instalment(6)).value
    plain = {"rate": "0.1", "year": "365 days"} | OUTLOOK
    got = expected_value(made, made, **plain | options)
    assert [(f.row, f.code, f.field) for f in got.failures] == [(1, code, field)]
    good, bad = ({name: value[i] for name, value in options.items()} for i in (0, 1))
    assert got.value.one(0) == expected_value(made.one(0), made.one(0), **plain | good)
    with pytest.raises(InputError) as error:
        expected_value(made.one(1), made.one(1), **plain | bad)
    assert (error.value.code, error.value.field) == (code, field)


def test_a_year_that_is_not_known():
    loan = rp.Loan(principal=1, annual_rate="0", original_term=1, elapsed=0, unpaid=1, next_due="2026-01-31")
    made = schedule(loan, rp.equal_instalment(1))
    with pytest.raises(InputError) as error:
        expected_value(made, made, rate="0.1", year="360 days", **OUTLOOK)
    assert (error.value.code, error.value.field) == (Code.UNKNOWN_VALUE, "year")


def test_columns_and_figures_have_the_same_names():
    of_many = [each.name for each in fields(ExpectedValues)]
    assert of_many == ["decimals", *(each.name for each in fields(ExpectedValue))]
