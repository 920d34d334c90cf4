"""Offers to households whose means change from month to month, against every length and every payment."""

from dataclasses import fields, replace
from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import repayplan as rp
from examples import examples
from months import payable

PART = rp.ArrearsPart(treatment="pay_first")
POLICY = rp.Policy(
    name="test",
    currency="EUR",
    methods=("equal_instalment", "equal_principal"),
    allowance=rp.Allowance(by_persons=("700", "900"), further_person="100", covers=(), source="test"),
    limit=rp.ExtensionLimit(max_extension_months=12),
    contingency=rp.Contingency(share="0.1", at_most="20"),
    rounding=rp.Rounding(),
    arrears=rp.ArrearsRule(overdue_interest=PART, accrued_interest=PART, penalty=PART, fees=PART),
)
AMOUNTS = st.integers(0, 600)
PARTS = st.one_of(
    st.just(PART),
    st.just(rp.ArrearsPart(treatment="carry")),
    st.integers(1, 12).map(lambda k: rp.ArrearsPart(treatment="first_instalments", instalments=k)),
)


@st.composite
def cases(draw):
    """A loan, and a household with pay, a benefit that ends, a season, a debt that is paid off."""
    term = draw(st.integers(2, 8))
    loan = rp.Loan(
        principal=draw(st.integers(300, 3_000)),
        annual_rate=draw(st.sampled_from(["0", "0.06", "0.24"])),
        original_term=term,
        elapsed=0,
        unpaid=term,
        next_due=draw(st.sampled_from(["2026-01-31", "2026-03-05"])),
        frequency=draw(st.sampled_from(["monthly", "monthly", "fortnightly", "quarterly"])),
        day_count=draw(st.sampled_from(["periods", "ACT/365F"])),
        fees=draw(st.integers(0, 40)),
        overdue_interest=draw(st.integers(0, 90)),
    )
    arrears = replace(POLICY.arrears, fees=draw(PARTS), overdue_interest=draw(PARTS))
    items = [rp.Income("pay", str(700 + draw(AMOUNTS)))]
    if draw(st.booleans()):
        items.append(rp.Income("benefit", str(draw(AMOUNTS)), until=draw(st.sampled_from(ENDS))))
    if draw(st.booleans()):
        months = tuple(draw(st.sets(st.integers(1, 12), min_size=1, max_size=6)))
        items.append(rp.Income("harvest", str(draw(AMOUNTS)), months=months))
    if draw(st.booleans()):
        items.append(rp.Debt("card", str(draw(st.integers(0, 200))), until=draw(st.sampled_from(ENDS))))
    outlook = draw(
        st.sampled_from(
            [
                rp.Outlook(),
                rp.Outlook(stress="0.1"),
                rp.Outlook(uprating="0.03", uprated_from="2026-04-06"),
            ]
        )
    )
    rules = replace(POLICY, outlook=outlook, arrears=arrears)
    return loan, rp.Household(items=items, assessed="2026-01-10"), rules


ENDS = ["2026-02-28", "2026-05-31", "2026-09-15"]


def within(loan, home, policy, plan):
    """Whether every payment of a plan, but what is carried, is within what can be paid in its period."""
    carried = 0
    for name in ("fees", "overdue_interest"):
        part = getattr(policy.arrears, name)
        if part.treatment == "carry":
            plan, carried = rp.arrears(name, repay="last") + plan, carried + getattr(loan, name)
        else:
            plan = rp.arrears(name, over=part.instalments or 1) + plan
    rows = rp.schedule(replace(loan, rounding=policy.rounding), plan).rows
    paid = [*(row.payment for row in rows[:-1]), rows[-1].payment - carried]
    path = rp.capacity_path(
        home,
        policy.allowance,
        begin="2024-10-01",
        months=92,
        income=policy.income,
        contingency=policy.contingency,
        outlook=policy.outlook,
    )
    can = np.array(payable(path, loan.frequency, [row.due_date for row in rows], home.assessed))
    fits = all(each <= Decimal(int(most)) / 100 for each, most in zip(paid, can, strict=True))
    return fits, can, rows, max(paid)


@examples(12)
@given(cases())
def test_the_least_length_whose_payments_fit_their_months(case):
    loan, home, policy = case
    got = rp.propose(loan, home, policy)
    found = None
    for n in range(loan.unpaid, policy.limit.longest(loan).longest + 1):
        for method in policy.methods:
            if not found and within(loan, home, policy, getattr(rp, method)(n))[0]:
                found = (method, n)
    if found is None:
        assert isinstance(got, rp.Infeasible)
        return
    assert isinstance(got, rp.Offer)
    assert (got.method, got.instalments) == found
    fits, can, rows, largest = within(loan, home, policy, getattr(rp, got.method)(got.instalments))
    assert fits
    assert got.capacity == Decimal(int(can.min())) / 100
    assert got.schedule.rows == rows
    assert got.instalment_after == largest
    assert got.total_interest == sum(row.interest_paid for row in rows)
    by = {name: Decimal(0) for name in ("pay_first", "first_instalments", "carry")}
    for name in ("fees", "overdue_interest"):
        by[getattr(policy.arrears, name).treatment] += getattr(loan, name)
    assert (got.paid_first, got.spread, got.carried) == tuple(by.values())
    owed = loan.principal + loan.fees + loan.overdue_interest
    assert got.opening_balance == got.schedule.rows[0].opening + sum(by.values()) == owed


@examples(5)
@given(st.lists(cases(), min_size=1, max_size=4))
def test_a_batch_is_its_loans_one_by_one(several):
    policy = several[0][2]
    loans, homes = [loan for loan, _, _ in several], [home for _, home, _ in several]
    items = [(row, item) for row, home in enumerate(homes) for item in home.items]
    table = rp.Items.from_columns(
        household=[row for row, _ in items],
        kind=[item.kind for _, item in items],
        category=[item.category for _, item in items],
        amount=[item.amount for _, item in items],
        start=[item.start for _, item in items],
        until=[item.until for _, item in items],
        months=[" ".join(map(str, item.months)) for _, item in items],
    )
    batch = rp.Households.from_columns(items=table, assessed="2026-01-10", size=len(homes))
    names = ("principal", "annual_rate", "original_term", "elapsed", "unpaid", "next_due", "frequency")
    names = (*names, "day_count", "fees", "overdue_interest")
    columns = {name: [getattr(loan, name) for loan in loans] for name in names}
    many = rp.propose(rp.Loans.from_columns(**columns), batch, policy)
    assert not len(many.failures)
    for i, (loan, home) in enumerate(zip(loans, homes, strict=True)):
        one, of_many = rp.propose(loan, home, policy), many.value.one(i)
        for each in fields(one):
            assert getattr(one, each.name) == getattr(of_many, each.name), each.name


def offered_beside(other, home, **terms):
    """Whether a loan is offered a plan alone, and beside one that falls due on another day."""
    base = {"annual_rate": "0", "elapsed": 0} | terms
    items = rp.Items.from_columns(
        household=[row for row in (0, 1) for _ in home],
        kind=[item.kind for item in home] * 2,
        category=[item.category for item in home] * 2,
        amount=[item.amount for item in home] * 2,
        months=[" ".join(map(str, item.months)) for item in home] * 2,
    )
    homes = rp.Households.from_columns(items=items, assessed="2026-01-10", size=2)
    both = [base.pop("next_due"), other]
    many = rp.propose(rp.Loans.from_columns(next_due=both, **base), homes, POLICY).value
    one = rp.propose(
        rp.Loan(next_due=both[0], **base), rp.Household(items=home, assessed="2026-01-10"), POLICY
    )
    return isinstance(one, rp.Offer), bool(many.offered[0]), one.capacity, many.capacity[0]


def test_a_first_quarter_is_worth_its_own_months():
    home = [rp.Income("pay", "900"), rp.Income("harvest", "600", months=(3,))]
    alone, beside, can, can_too = offered_beside(
        "2025-12-31",
        home,
        principal="1500",
        original_term=1,
        unpaid=1,
        next_due="2026-03-31",
        frequency="quarterly",
    )
    assert alone is beside
    assert int(can * 100) == can_too


def test_a_first_due_date_may_be_moved_into_the_month_before():
    # 1 February 2026 is a Sunday: due on Friday, 30 January.
    home = [rp.Income("pay", "1300"), rp.Income("bonus", "500", months=(1, 2))]
    alone, beside, can, can_too = offered_beside(
        "2026-01-15",
        home,
        principal="3000",
        original_term=12,
        unpaid=12,
        next_due="2026-02-01",
        due_dates=rp.DueDates(business_day="preceding", calendar=rp.WEEKENDS),
    )
    assert alone
    assert beside
    assert int(can * 100) == can_too > 0


# Levers

EXTEND = rp.Concession(step="extend")
CUT = rp.Concession(step="cut_rate", by="0.02", floor="0.04")
PUT_OFF = rp.Concession(step="holiday", months=2, interest="capitalise")
FORBEAR = rp.Concession(step="forbear", percent="20", multiple="50")
WATERFALLS = (
    (EXTEND,),
    (CUT, EXTEND),
    (PUT_OFF, EXTEND),
    (EXTEND, CUT),
    (EXTEND, FORBEAR),
    (EXTEND, PUT_OFF),
)
MINIMUMS = (
    rp.Amortisation(),
    rp.Amortisation(),
    rp.Amortisation(repaid_by=(rp.RepaidBy(months=6, percent="30"),)),
)


def with_lever(case, lever, value):
    """What is decided where a lever has a value, and no other figure changes."""
    loan, home, policy = case
    if lever == "months":
        most = policy.limit.max_extension_months + value
        policy = replace(policy, limit=replace(policy.limit, max_extension_months=most))
    elif lever == "income":
        home = replace(home, items=(*home.items, rp.Income("more", str(value))))
    elif lever == "rate":
        loan = replace(loan, annual_rate=value)
    elif lever == "principal_reduction":
        loan = replace(loan, principal=loan.principal - value)
    else:
        for name in ("fees", "overdue_interest"):  # what is spread or carried isn't paid down
            if getattr(policy.arrears, name).treatment == "pay_first":
                first = min(value, getattr(loan, name))
                loan, value = replace(loan, **{name: getattr(loan, name) - first}), value - first
        loan = replace(loan, principal=loan.principal - value)
    return bool(rp.propose(loan.batch, home.batch, policy).value.offered[0])


@pytest.mark.slow
@examples(12)
@given(cases(), st.sampled_from(WATERFALLS), st.sampled_from([0, 1, 4]), st.sampled_from(MINIMUMS))
def test_the_levers_of_refused_households_whose_months_differ(case, steps, most, minimums):
    # In whole units: fewer amounts to try.
    loan, home = replace(case[0], decimals=0, overdue_interest=0), replace(case[1], decimals=0)
    policy = replace(case[2], arrears=POLICY.arrears)
    limit = replace(policy.limit, max_extension_months=most)
    policy = replace(policy, limit=limit, concessions=steps, amortisation=minimums, decimals=0)
    case = loan, home, policy
    found = rp.propose(loan.batch, home.batch, case[2]).value
    assume(not found.offered[0])
    got = rp.propose(*case)
    levers = dict(got.relaxations)
    if minimums.any and {CUT, FORBEAR} & set(steps):
        assert levers.pop("months") is None or not found.dated[0]
    for name, value in levers.items():
        if value is None:
            continue
        one = {"rate": Decimal("-0.0001")}.get(name, 1)
        assert with_lever(case, name, value), name
        assert not with_lever(case, name, value - one) or value == one, name
    if levers.get("months"):
        (code,) = got.rules_needed
        assert got.rules_needed[code] == most + levers["months"]
    # Some income is always enough, unless no plan is within the limit.
    assert levers["income"] is not None or got.longest < loan.unpaid


SEASON = rp.Income("season", "50", months=tuple(range(2, 12)))
INTEREST_FREE = rp.Loan(
    principal=600, annual_rate="0", original_term=2, elapsed=0, unpaid=2, next_due="2026-02-28"
)


def test_a_plan_beyond_the_limit_may_have_to_end_before_the_winter():
    # 63 a month from February to November, 18 in December and January.
    home = rp.Household(items=[rp.Income("pay", "720"), SEASON], assessed="2026-01-10")
    policy = replace(POLICY, limit=rp.ExtensionLimit(max_extension_months=2))
    for principal, rows in ((600, 10), (630, 10), (631, 36)):
        got = rp.propose(replace(INTEREST_FREE, principal=principal), home, policy)
        assert got.relaxations["months"] == rows - 4
        assert got.rules_needed == {rp.Code.LIMIT_EXTENSION_MONTHS: rows - 2}
        assert [r.code for r in got.reasons] == [rp.Code.OVER_CAPACITY, rp.Code.LIMIT_EXTENSION_MONTHS]


def test_longer_plans_are_looked_for_as_far_as_it_takes():
    home = rp.Household(
        items=[rp.Income("pay", "730"), rp.Income("season", "5", months=(6,))], assessed="2026-01-10"
    )
    got = rp.propose(replace(INTEREST_FREE, principal=3000), home, POLICY)
    assert got.relaxations["months"] == 112 - 14
    nothing = replace(home, items=(rp.Income("pay", "700"), *home.items[1:]))
    assert rp.propose(INTEREST_FREE, nothing, POLICY).relaxations["months"] is None


def test_a_month_with_a_fault_is_in_no_longer_plan():
    # After 2027 there is a deduction, and too little that it could be taken from.
    pay = [rp.Income("pay", "900", gross=True, until="2027-12-31"), rp.Income("side", "100", gross=True)]
    items = [*pay, rp.Deduction("tax", "280")]
    home = rp.Household(items=items, assessed="2026-01-10")
    for principal, months in ((18 * 20, 6), (18 * 22, 8), (18 * 24, None)):
        got = rp.propose(replace(INTEREST_FREE, principal=principal), home, POLICY)
        assert got.relaxations["months"] == months


# What other loans of the batch reach


def two_homes(items, assessed="2026-03-10"):
    """Two households with the same items."""
    table = rp.Items.from_columns(
        household=[row for row in (0, 1) for _ in items],
        kind=["gross_income" if getattr(item, "gross", False) else item.kind for item in items] * 2,
        category=[item.category for item in items] * 2,
        amount=[item.amount for item in items] * 2,
        start=[item.start for item in items] * 2,
        until=[item.until for item in items] * 2,
    )
    return rp.Households.from_columns(items=table, assessed=assessed, size=2)


def same_alone(loans, home, policy, batch):
    """The decisions on a batch, after each was compared with that of the loan alone."""
    many = rp.propose(loans, batch, policy)
    for failure in many.failures:
        with pytest.raises(rp.InputError) as caught:
            rp.propose(loans.one(failure.row), home, policy)
        assert (failure.code, failure.field) == (caught.value.code, caught.value.field)
    for place, i in enumerate(many.row.tolist()):
        one, other = rp.propose(loans.one(i), home, policy), many.value.one(place)
        assert type(other) is type(one)
        assert other.capacity == one.capacity
    return many


def test_an_uprating_beyond_the_domain_is_a_fault_of_the_loan_that_reaches_it_only():
    policy = replace(POLICY, outlook=rp.Outlook(uprating="1", uprated_from="2027-01-01"))
    loans = rp.Loans.from_columns(
        principal="600",
        annual_rate="0",
        original_term=[6, 600],
        elapsed=0,
        unpaid=[6, 600],
        next_due="2026-01-31",
    )
    items = [rp.Income("pay", "1000")]
    home = rp.Household(items=items, assessed="2026-03-10")
    got = same_alone(loans, home, policy, two_homes(items))
    assert [(f.row, f.code, f.field) for f in got.failures] == [(1, rp.Code.BEYOND_DOMAIN, "allowance")]
    assert got.value.offered.tolist() == [True]


def test_months_before_a_loan_begins_do_it_no_harm():
    # In January and February there is a deduction, and too little yet that it could be taken from.
    pay = [rp.Income("pay", "1900", gross=True, start="2026-03-01"), rp.Income("side", "100", gross=True)]
    items = [*pay, rp.Deduction("tax", "1000")]
    loans = rp.Loans.from_columns(
        principal="600",
        annual_rate="0",
        original_term=6,
        elapsed=0,
        unpaid=6,
        next_due=["2026-03-31", "2026-01-31"],
    )
    home = rp.Household(items=items, assessed="2026-03-10")
    got = same_alone(loans, home, POLICY, two_homes(items))
    assert [(f.row, f.code, f.field) for f in got.failures] == [(1, rp.Code.OUT_OF_RANGE, "deductions")]
    assert got.value.offered.tolist() == [True]


def test_a_first_period_of_weeks_is_worth_its_own_months():
    # 10 weeks to 31 March: March, February and 4/13 of January, each as a household assessed before has it.
    items = [rp.Income("pay", "900"), rp.Income("card", "300", until="2026-01-31")]
    loans = rp.Loans.from_columns(
        principal="100",
        annual_rate="0",
        original_term=1,
        elapsed=0,
        unpaid=1,
        next_due=["2026-03-31", "2026-06-30"],
        frequency="10-weekly",
    )
    policy = replace(POLICY, limit=rp.ExtensionLimit(max_extension_months=0))
    home = rp.Household(items=items, assessed="2026-01-10")
    got = same_alone(loans, home, policy, two_homes(items, "2026-01-10")).value
    assert got.capacity[0] == 2 * 180_00 + 480_00 * 4 // 13
    # Of one that is assessed in March what it had in January and February may be spent.
    for day, most in (("2026-02-28", 2 * 180_00), ("2026-03-01", 180_00), ("2026-03-31", 180_00)):
        home = rp.Household(items=items, assessed=day)
        got = same_alone(loans, home, policy, two_homes(items, day)).value
        assert got.capacity[0] == most


def test_more_time_is_held_back_where_it_would_reach_leaner_months():
    # 105 a month until the year's end, 10 from then on: 30 instalments are out of reach, 8 aren't.
    rules = replace(
        POLICY,
        allowance=rp.Allowance(by_persons=("0",), further_person="0", covers=(), source="test"),
        contingency=rp.Contingency(share="0"),
        limit=rp.ExtensionLimit(max_extension_months=24),
        concessions=(EXTEND, rp.Concession(step="forgive", percent="30")),
    )
    home = rp.Household(
        items=[rp.Income("pay", "10"), rp.Income("work", "95", until="2026-12-31")], assessed="2026-01-10"
    )
    loan = replace(INTEREST_FREE, principal=1_350, next_due="2026-01-31")
    got = rp.propose(loan, home, rules)
    assert (got.instalments, got.forgiven) == (9, 405)
    assert [step.code for step in got.concessions] == [
        rp.Code.CONCESSION_HELD_BACK,
        rp.Code.CONCESSION_ENOUGH,
    ]
    assert rp.propose(loan.batch, home.batch, rules).value.held_back.tolist() == [True]


# Due dates that business days move, and such as are listed

PLAIN = replace(
    POLICY,
    methods=("equal_instalment",),
    allowance=rp.Allowance(by_persons=("1000",), further_person="0", covers=(), source="test"),
    limit=rp.ExtensionLimit(max_extension_months=0),
    contingency=rp.Contingency(share="0"),
)


def of_dates(principal, term, frequency="monthly", next_due="2026-01-31", **rule):
    return rp.Loan(
        principal=principal,
        annual_rate="0",
        original_term=term,
        elapsed=0,
        unpaid=term,
        next_due=next_due,
        frequency=frequency,
        due_dates=rp.DueDates(**rule),
    )


DAY = np.timedelta64(1, "D")


def richer(amount, start, until):
    """1,000 a month, and so much more in some of them."""
    items = [
        rp.Income("before", "1000", until=str(np.datetime64(start) - DAY)),
        rp.Income("then", str(1000 + amount), start=start, until=until),
        rp.Income("after", "1000", start=str(np.datetime64(until) + DAY)),
    ]
    return rp.Household(items=items, assessed="2026-01-01")


FOLLOWING = {"business_day": "following", "calendar": rp.WEEKENDS}


@pytest.mark.parametrize(
    ("loan", "home"),
    [
        # 2 February, 2 March and 31 March; only February and March have 100 more.
        (of_dates("290", 3, **FOLLOWING), richer(100, "2026-02-01", "2026-03-31")),
        # 2 February and 30 April; 300 more in February alone.
        (of_dates("580", 2, "quarterly", **FOLLOWING), richer(300, "2026-02-01", "2026-02-28")),
        # Two dates that are listed in one month.
        (
            of_dates("190", 2, next_due="2026-03-02", given=["2026-03-02", "2026-03-31"]),
            richer(100, "2026-03-01", "2026-03-31"),
        ),
    ],
)
def test_no_month_is_counted_for_two_payments(loan, home):
    assert isinstance(rp.propose(loan, home, PLAIN), rp.Infeasible)


def test_a_month_counts_for_its_own_payment_though_that_is_moved_into_the_next():
    home = rp.Household(
        items=[rp.Income("a", "1100", until="2026-02-28"), rp.Income("z", "1000", start="2026-03-01")],
        assessed="2026-01-01",
    )
    offer = rp.propose(of_dates("190", 2, **FOLLOWING), home, PLAIN)
    assert [(str(row.due_date), row.above) for row in offer.living] == [("2026-02-02", 5), ("2026-03-02", 5)]


@given(
    st.integers(100, 900),
    st.integers(1, 6),
    st.sampled_from(["monthly", "quarterly", "bimonthly", "fortnightly"]),
    st.sampled_from(["following", "preceding", "modified_following", "modified_preceding"]),
    st.booleans(),
    st.integers(10, 300),
    st.integers(1, 9),
    st.integers(0, 5),
)
def test_what_is_offered_does_not_change_with_the_days_that_payments_are_moved_to(
    principal, term, frequency, business_day, adjusted, amount, first, more
):
    start, end = (np.datetime64("2026-01") + np.timedelta64(n, "M") for n in (first, first + more + 1))
    home = richer(amount, str(start.astype("M8[D]")), str(end.astype("M8[D]") - DAY))
    both = [
        rp.propose(of_dates(str(principal), term, frequency, **rule), home, PLAIN)
        for rule in ({}, {"business_day": business_day, "adjusted": adjusted, "calendar": rp.WEEKENDS})
    ]
    assert type(both[0]) is type(both[1])
    if isinstance(both[0], rp.Offer):
        assert [row.payment for row in both[0].schedule.rows] == [
            row.payment for row in both[1].schedule.rows
        ]
        plain, moved = ([(row.left, row.above) for row in each.living] for each in both)
        assert plain == moved


# A first period that had begun before the household was assessed

DAYS = st.dates(date(2025, 9, 1), date(2026, 6, 30))
LONG = st.sampled_from(
    ["bimonthly", "quarterly", "6-weekly", "10-weekly", "semi-annual", "annual", "monthly"]
)


@st.composite
def begun(draw):
    """A loan whose periods take months, and a household that is assessed before, in or after the first."""
    loan, home, policy = draw(cases())
    loan = replace(loan, frequency=draw(LONG), unpaid=draw(st.integers(1, 3)))
    items = home.items if draw(st.booleans()) else (rp.Income("pay", str(700 + draw(AMOUNTS))),)
    return loan, replace(home, items=items, assessed=draw(DAYS)), policy


@examples(25)
@given(begun())
def test_only_months_from_the_assessment_on_can_be_paid_from(case):
    loan, home, policy = case
    got = rp.propose(loan, home, policy)
    found = None
    for n in range(loan.unpaid, policy.limit.longest(loan).longest + 1):
        for method in policy.methods:
            if not found and within(loan, home, policy, getattr(rp, method)(n))[0]:
                found = (method, n)
    if found is None:
        assert isinstance(got, rp.Infeasible)
        return
    assert (got.method, got.instalments) == found
    _, can, rows, _ = within(loan, home, policy, getattr(rp, got.method)(got.instalments))
    assert got.capacity == Decimal(int(can.min())) / 100
    # What is left is of the same months: below 0 only where more is asked than can be paid.
    carried = got.schedule.rows[-1].payment - got.living[-1].payment
    for row, living, most in zip(rows, got.living, can, strict=True):
        paid = row.payment - (carried if row is rows[-1] else 0)
        assert (living.payment, living.above >= 0) == (paid, paid <= Decimal(int(most)) / 100)


@examples(10)
@given(st.lists(begun(), min_size=1, max_size=3))
def test_loans_whose_first_period_had_begun_are_decided_one_by_one(several):
    policy = several[0][2]
    loans, homes = [loan for loan, _, _ in several], [home for _, home, _ in several]
    items = [(row, item) for row, home in enumerate(homes) for item in home.items]
    table = rp.Items.from_columns(
        household=[row for row, _ in items],
        kind=[item.kind for _, item in items],
        category=[item.category for _, item in items],
        amount=[item.amount for _, item in items],
        start=[item.start for _, item in items],
        until=[item.until for _, item in items],
        months=[" ".join(map(str, item.months)) for _, item in items],
    )
    assessed = [home.assessed for home in homes]
    batch = rp.Households.from_columns(items=table, assessed=assessed, size=len(homes))
    names = ("principal", "annual_rate", "original_term", "elapsed", "unpaid", "next_due", "frequency")
    names = (*names, "day_count", "fees", "overdue_interest")
    columns = {name: [getattr(loan, name) for loan in loans] for name in names}
    many = rp.propose(rp.Loans.from_columns(**columns), batch, policy)
    behind = rp.Obligors.from_columns(batch, loan=list(range(len(homes))))
    joint = rp.propose(rp.Loans.from_columns(**columns), behind, policy)
    for i, (loan, home) in enumerate(zip(loans, homes, strict=True)):
        one = rp.propose(loan.batch, home.batch, policy).value
        for other in (many.value, joint.value):
            for name in ("offered", "instalments", "method", "capacity", "left_to_live_on", "shortfall"):
                assert getattr(other, name)[i] == getattr(one, name)[0], name
        if one.offered[0]:
            assert many.value.one(i).living == joint.value.one(i).living == one.one(0).living


def quarter(principal, term=1, **change):
    """Quarters to 31 March 2026, without interest: 100 a month can be paid of 800."""
    return rp.Loan(
        principal=principal, annual_rate="0", original_term=term, elapsed=0, unpaid=term,
        next_due="2026-03-31", frequency="quarterly", **change,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("assessed", "most"),
    [
        *((None, 300), ("2025-11-01", 300), ("2026-01-31", 300), ("2026-02-01", 200), ("2026-03-31", 100)),
        ("2026-04-01", 300),  # it had ended by then
    ],
)
def test_a_quarter_that_had_begun_is_worth_what_is_left_of_it(assessed, most):
    policy = replace(
        POLICY, contingency=rp.Contingency(share="0"), limit=rp.ExtensionLimit(max_extension_months=0)
    )
    homes = [
        rp.Household(net_income="800", assessed=assessed),
        rp.Household(items=[rp.Income("pay", "800")], assessed=assessed),
        [rp.Obligor(household=rp.Household(net_income="800", assessed=assessed))],
    ]
    for home in homes:
        got = rp.propose(quarter(most), home, policy)
        assert isinstance(got, rp.Offer)
        assert (got.capacity, got.living[0].above, got.left_to_live_on) == (most, 0, 700)
        more = rp.propose(quarter(most + 1), home, policy)
        assert more.reasons[0].code is rp.Code.OVER_CAPACITY
        assert more.capacity == most
        # A unit too much, by the month of those that are left of the quarter, rounded up.
        assert more.shortfall == (Decimal(100) / (most // 100)).to_integral_value("ROUND_UP") / 100
        income = more.relaxations["income"]
        assert income == more.shortfall
    # Later quarters are whole.
    two = rp.propose(quarter(2 * most, 2), homes[0], policy)
    assert [row.above for row in two.living] == [0, Decimal((300 - most) * 100 // 3) / 100]


def test_what_each_of_two_households_can_pay_of_a_quarter_is_from_its_own_assessment_on():
    policy = replace(
        POLICY, contingency=rp.Contingency(share="0"), limit=rp.ExtensionLimit(max_extension_months=0)
    )
    both = [
        rp.Obligor(household=rp.Household(net_income="800", assessed="2026-02-10")),
        rp.Obligor(
            household=rp.Household(net_income="900", assessed="2026-03-10"), role="spouse", share="0.5"
        ),
    ]
    got = rp.propose(quarter(300), both, policy)
    assert isinstance(got, rp.Offer)
    assert got.capacity == 300
    assert [each.living[0].payment for each in got.apart] == [200, 100]
    assert [each.living[0].above for each in got.apart] == [0, 100]
    assert isinstance(rp.propose(quarter("300.01"), both, policy), rp.Infeasible)
    one = rp.propose(quarter("240", 1), both, policy)
    # In proportion; of what is left 40 a month of the first, 20 of the spouse's half.
    assert [each.living[0].payment for each in one.apart] == [160, 80]
    assert one.living[0].above == 40 // 2 + 20


def test_a_month_with_a_fault_before_the_assessment_does_no_harm():
    # Until January there was a deduction, and too little that it could be taken from.
    items = [
        rp.Income("pay", "900", gross=True, start="2026-02-01"),
        rp.Income("side", "100", gross=True),
        rp.Deduction("tax", "150"),
    ]
    policy = replace(POLICY, limit=rp.ExtensionLimit(max_extension_months=0))
    home = rp.Household(items=items, assessed="2026-02-10")
    assert isinstance(rp.propose(quarter("200"), home, policy), rp.Offer)
    with pytest.raises(rp.InputError):
        rp.propose(quarter("200"), replace(home, assessed="2026-01-10"), policy)


def test_more_months_are_found_beside_a_loan_that_begins_earlier():
    # What is spread makes a table of the room; the months before a household's own first say nothing of it.
    arrears = replace(POLICY.arrears, fees=rp.ArrearsPart(treatment="first_instalments", instalments=4))
    policy = replace(POLICY, arrears=arrears)
    lasting, ending = [rp.Income("pay", "800")], [rp.Income("pay", "800", until="2026-09-15")]
    table = rp.Items.from_columns(
        household=[0, 1], kind="net_income", category="pay", amount="800", until=["", "2026-09-15"]
    )
    batch = rp.Households.from_columns(items=table, assessed="2026-01-10", size=2)
    loans = rp.Loans.from_columns(
        principal=["1708", "1205"],
        annual_rate=0,
        original_term=3,
        elapsed=0,
        unpaid=3,
        next_due="2026-03-05",
        frequency=["monthly", "quarterly"],
        fees=20,
    )
    many = rp.propose(loans, batch, policy).value
    for i, items in enumerate((lasting, ending)):
        alone = rp.propose(loans.one(i), rp.Household(items=items, assessed="2026-01-10"), policy)
        assert many.one(i).relaxations == alone.relaxations
    assert many.one(0).relaxations["months"] == 6
