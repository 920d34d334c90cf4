"""New plans of accounts, their ends, what they are as loans again, and what lateness is called."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp
from examples import examples
from repayplan import equal_instalment, equal_principal, holiday
from repayplan.edges.results import statement_rows

HALF = rp.OverdueRate(multiplier="1.5")
RULE = rp.OverdueRule(
    penalty=rp.OverdueLedger(on=("principal",), rate=HALF),
    compound=rp.OverdueLedger(on=("interest",), rate=HALF),
    day_count="ACT/360",
    first_day="due_date",
    rounded="end",
    mode="half_up",
)
ALLOCATION = rp.AllocationRule.example("civil-code-561")
TERMS = rp.AccountTerms(overdue=RULE, allocation=ALLOCATION)
LOAN = rp.Loan(
    principal="12000.00", annual_rate="0.12", original_term=12, elapsed=0, unpaid=12, next_due="2026-01-31"
)
PLANS = (
    equal_instalment(12),
    equal_principal(12),
    holiday(3, interest="capitalise") + equal_instalment(9),
    holiday(3, interest="defer") + equal_instalment(9),
    rp.interest_only(4) + equal_instalment(8),
)
START = date(2025, 12, 31)


def account(plan=PLANS[0], terms=TERMS, loan=LOAN):
    return rp.Account.of(loan, rp.schedule(loan, plan), terms)


def event(kind, day, reference="x", **more):
    return rp.Event(kind=kind, value_date=day, reference=reference, **more)


def paid(day, amount, reference="p", **more):
    return event("payment", day, reference, amount=amount, **more)


def total(amounts):
    return sum(amounts.values(), Decimal(0))


@st.composite
def histories(draw):
    """Payments of some instalments, in part, in full, late, or more than is due."""
    events = []
    for k in range(draw(st.integers(0, 5))):
        day = START + timedelta(days=draw(st.integers(1, 200)))
        amount = Decimal(draw(st.integers(1, 200_000))) / 100
        events.append(paid(day, amount, f"p{k}"))
    return events


days = st.integers(1, 330).map(lambda k: START + timedelta(days=k))


# New plans


WEEKLY = {"plan": equal_instalment(20), "frequency": "weekly", "joins": ("principal",)}


def plan_dates(now):
    return [row.due_date for row in now.rows if row.plain and row.due_date > now.as_of]


def test_a_new_plan_falls_due_as_often_as_it_says_and_so_do_those_after_it():
    first = date(2026, 4, 10)
    change = event("reschedule", "2026-04-02", first_due=first, **WEEKLY)
    now = rp.replay(account(), [change], as_of="2026-04-02")
    assert plan_dates(now) == [first + timedelta(weeks=k) for k in range(20)]
    assert now.not_due == 12_000
    # One more week from the first due date on; a period of interest is a week's of a year of 52 of them.
    owed = rp.schedule(
        rp.Loan(
            principal=12_000,
            annual_rate="0.12",
            original_term=20,
            elapsed=0,
            unpaid=20,
            next_due=first,
            start="2026-04-02",
            frequency="weekly",
        ),
        equal_instalment(20),
    )
    assert [sum(row.asked.values()) - row.asked["fees"] for row in now.rows if row.due_date > now.as_of][
        1:
    ] == [row.payment for row in owed.rows[1:]]
    cheaper = event("rate_change", "2026-05-01", "r", rate="0.06")
    later = rp.replay(account(), [change, cheaper], as_of="2026-05-01")
    assert plan_dates(later) == [first + timedelta(weeks=k) for k in range(4, 20)]
    monthly = event("re_amortise", "2026-05-02", "m", plan=equal_instalment(3), frequency="monthly")
    back = rp.replay(account(), [change, monthly], as_of="2026-05-02")
    assert plan_dates(back) == [date(2026, 5, 8), date(2026, 6, 8), date(2026, 7, 8)]


def test_accounts_whose_frequency_changes_are_each_by_itself():
    same = event("reschedule", "2026-04-02", first_due="2026-04-10", plan=WEEKLY["plan"], frequency="monthly")
    changes = [event("reschedule", "2026-04-02", first_due="2026-04-10", **WEEKLY), same]
    accounts = rp.Accounts.of(rp.schedule(LOAN.batch.take(np.zeros(3, np.int64)), PLANS[0]).value, TERMS)
    events = rp.Events.from_columns(
        account=[0, 1],
        plans=[WEEKLY["plan"]],
        plan=[0, 0],
        amount=None,
        joins=np.array([[each in one.joins for each in rp.accounts.component.COMPONENTS] for one in changes]),
        **{name: [getattr(one, name) for one in changes] for name in ("kind", "value_date", "reference")},
        **{name: [getattr(one, name) for one in changes] for name in ("first_due", "frequency")},
    )
    batch = rp.replay(accounts, events, as_of="2026-06-01").value
    alone = [rp.replay(account(), [one], as_of="2026-06-01") for one in changes]
    assert [batch.one(k) for k in range(3)] == [*alone, rp.replay(account(), [], as_of="2026-06-01")]
    assert statement_rows(batch)["frequency"].values.tolist() == ["weekly", "monthly", "monthly"]


def test_a_loan_after_a_change_of_frequency_keeps_its_original_maturity():
    change = event("reschedule", "2026-04-02", first_due="2026-04-10", **WEEKLY)
    loan = rp.as_loans(rp.replay(account(), [change], as_of="2026-05-01"))
    assert (loan.frequency, loan.original_maturity) == ("weekly", date(2026, 12, 31))
    assert (loan.original_term, loan.unpaid, loan.next_due) == (
        52,
        20 + 3,
        date(2026, 5, 8),
    )  # three are late
    assert loan.batch.to_original_maturity[0] == (date(2026, 12, 31) - loan.next_due).days // 7 + 1


@pytest.mark.parametrize(
    ("rule", "frequency"),
    [
        (rp.DueDates(given=[date(2026, k, 28) for k in range(1, 13)]), "quarterly"),
        (rp.DueDates(day=28), "weekly"),
    ],
)
def test_due_dates_that_are_fixed_cannot_come_more_or_less_often(rule, frequency):
    loan = replace(LOAN, next_due="2026-01-28", due_dates=rule)
    change = event("reschedule", "2026-04-02", plan=equal_instalment(4), frequency=frequency)
    with pytest.raises(rp.InputError) as caught:
        rp.replay(account(loan=loan), [change], as_of="2026-05-01")
    assert (caught.value.code, caught.value.field) == (rp.Code.UNKNOWN_VALUE, "frequency (event 0)")


@given(st.sampled_from(PLANS), histories(), days, st.sampled_from(["re_age", "re_amortise", "reschedule"]))
def test_a_new_plan_neither_adds_to_what_is_owed_nor_takes_from_it(plan, events, day, kind):
    mine = account(plan)
    more = (
        {} if kind == "re_amortise" else {"plan": equal_instalment(18), "first_due": day + timedelta(days=20)}
    )
    joins = ("principal", "interest", "penalty", "compound")
    before = rp.replay(mine, events, as_of=day)
    after = rp.replay(mine, [*events, event(kind, day, joins=joins, **more)], as_of=day)
    if kind == "re_amortise" and before.next_due is None:
        return
    assert after.payoff == before.payoff
    assert total(after.owed) == sum(before.owed[name] for name in ("costs", "fees"))
    assert after.days_past_due == 0
    assert after.not_due == before.not_due + sum(before.owed[name] for name in joins)
    assert after.accrued_interest == before.accrued_interest


@given(histories(), days)
def test_what_does_not_join_stays_due_as_it_is(events, day):
    before = rp.replay(account(), events, as_of=day)
    change = event("re_age", day, plan=equal_instalment(10), first_due=day + timedelta(days=31))
    after = rp.replay(account(), [*events, change], as_of=day)
    assert after.owed == before.owed
    assert after.days_past_due == before.days_past_due


@given(st.sampled_from(PLANS), histories(), days, st.integers(0, 400))
def test_what_pays_an_account_off_leaves_nothing(plan, events, day, later):
    mine = account(plan)
    change = event("reschedule", day, plan=PLANS[2], first_due=day + timedelta(days=30), joins=("interest",))
    end = max([day, *(each.value_date for each in events)]) + timedelta(days=later)
    payoff = rp.replay(mine, [*events, change], as_of=end).payoff
    last = [] if not payoff else [paid(end, payoff, "last")]
    closed = replace(TERMS, allocation=replace(ALLOCATION, in_advance="lower"))
    mine = account(plan, closed)
    payoff = rp.replay(mine, [*events, change], as_of=end).payoff
    last = [paid(end, payoff, "last")] if payoff else []
    gone = rp.replay(mine, [*events, change, *last], as_of=end)
    assert gone.payoff == 0
    assert total(gone.owed) == gone.not_due == gone.accrued_interest == 0


def test_the_rows_of_a_new_plan_are_those_of_a_schedule_of_what_is_owed():
    events = [paid("2026-01-31", "1066.19")]
    change = event(
        "re_age",
        "2026-03-15",
        plan=equal_instalment(15),
        first_due="2026-04-15",
        rate="0.06",
        joins=("principal",),
    )
    before = rp.replay(account(), events, as_of="2026-03-15")
    after = rp.replay(account(), [*events, change], as_of="2026-03-15")
    owed = before.not_due + before.owed["principal"]
    loan = rp.Loan(
        principal=owed, annual_rate="0.06", original_term=15, elapsed=0, unpaid=15, next_due="2026-04-15"
    )
    plan = rp.schedule(loan, equal_instalment(15))
    rows = [row for row in after.rows if not row.fallen_due]
    assert [row.asked["principal"] for row in rows] == [row.principal for row in plan.rows]
    assert rows[0].asked["interest"] == plan.rows[0].interest + before.accrued_interest
    assert [row.asked["interest"] for row in rows[1:]] == [row.interest for row in plan.rows[1:]]


def test_a_first_period_that_is_not_whole_bears_interest_for_its_own_days():
    # 11,053.81 at 12 % from 15 March to 31 March: 16 days of 30E/360 (31 becomes 30: 15).
    change = event("re_amortise", "2026-03-15", joins=("principal",))
    after = rp.replay(account(), [paid("2026-01-31", "1066.19"), change], as_of="2026-03-15")
    row = next(row for row in after.rows if not row.fallen_due)
    assert row.asked["interest"] - after.accrued_interest == Decimal("55.27")


def test_penalty_follows_the_new_rate():
    change = event("reschedule", "2026-02-10", plan=equal_instalment(12), first_due="2026-03-10", rate="0.06")
    late = rp.replay(account(), [paid("2026-01-31", "1066.19"), change], as_of="2026-04-09")
    row = next(row for row in late.rows if row.fallen_due and total(row.owed))
    expected = row.asked["principal"] * Decimal("0.09") * 30 / 360
    assert abs(row.owed["penalty"] - expected) <= Decimal("0.005")


def test_reversing_a_change_restores_the_plan_exactly():
    events = [paid("2026-01-31", "1066.19"), paid("2026-03-05", "800", "q")]
    change = event("re_age", "2026-03-15", "c", plan=equal_instalment(20), first_due="2026-04-15")
    undone = event("reversal", "2026-05-01", "u", reverses="c")
    plain = rp.replay(account(), events, as_of="2026-06-10")
    assert rp.replay(account(), [*events, change, undone], as_of="2026-06-10") == plain
    assert rp.replay(account(), [*events, change], as_of="2026-06-10") != plain


def test_a_plan_that_cannot_be_is_refused_and_harms_nobody():
    bad = event("re_age", "2026-03-15", plan=equal_instalment(3, instalment="10"), first_due="2026-04-15")
    with pytest.raises(rp.InputError) as error:
        rp.replay(account(), [bad], as_of="2026-05-01")
    assert error.value.code == "negative_amortisation"
    assert "event 0" in error.value.field


def test_re_amortising_what_is_past_its_last_due_date_needs_a_date():
    change = event("re_amortise", "2027-03-15", joins=("principal",))
    with pytest.raises(rp.InputError) as error:
        rp.replay(account(), [change], as_of="2027-05-01")
    assert (error.value.code, error.value.field) == ("missing", "first_due (event 0)")


def test_accounts_without_terms_take_no_new_plan():
    mine = rp.Accounts.from_columns(
        TERMS,
        rate=["0.12"],
        start="2025-12-31",
        account=[0, 0],
        due_date=["2026-01-31", "2026-02-28"],
        principal=["100", "100"],
        interest=["2", "1"],
    )
    events = rp.Events.from_columns(
        account=[0],
        kind="re_amortise",
        value_date="2026-02-10",
        amount=[None],
        reference=["c"],
        joins=("principal",),
    )
    failure = rp.replay(mine, events, as_of="2026-03-01").failures[0]
    assert (failure.code, failure.field) == ("missing", "loans (event 0)")
    assert (
        rp.as_loans(
            rp.replay(
                mine, events.take(np.array([], np.int64), np.array([], np.int64)), as_of="2026-03-01"
            ).value
        )
        .failures[0]
        .code
        == "missing"
    )


# Money in advance


@pytest.mark.parametrize("way", ["lower", "shorter"])
@given(extra=st.integers(100, 900_000), day=st.integers(2, 28))
def test_money_in_advance_repays_principal_after_interest_to_the_day(way, extra, day):
    terms = replace(TERMS, allocation=replace(ALLOCATION, in_advance=way))
    first, then = paid("2026-01-31", "1066.19"), date(2026, 1, 31) + timedelta(days=day - 1)
    amount = Decimal(extra) / 100
    before = rp.replay(account(terms=terms), [first], as_of=then)
    after = rp.replay(account(terms=terms), [first, paid(then, amount, "early")], as_of=then)
    assert after.payoff == before.payoff - amount
    interest = min(before.accrued_interest, amount)
    to = next(each for each in after.allocations if each.reference == "early").to
    assert (to["interest"], to["principal"]) == (interest, amount - interest)
    rows = [total(row.asked) for row in after.rows if not row.fallen_due and total(row.asked)]
    if way == "lower":
        assert len(rows) == 11
        assert max(rows[1:]) <= Decimal("1066.19")
    else:
        assert len(rows) <= 11
        assert all(each == Decimal("1066.19") for each in rows[1:-1])


# Ends


@given(st.sampled_from(PLANS), histories(), days)
def test_an_acceleration_asks_for_what_pays_the_account_off(plan, events, day):
    before = rp.replay(account(plan), events, as_of=day)
    after = rp.replay(account(plan), [*events, event("acceleration", day)], as_of=day)
    assert after.payoff == before.payoff == max(total(after.owed) - after.held, 0)
    assert after.called == day
    assert after.not_due == after.accrued_interest == 0


@given(histories(), days)
def test_a_settlement_gives_up_the_rest_and_no_more(events, day):
    before = rp.replay(account(), events, as_of=day)
    after = rp.replay(account(), [*events, event("settlement", day)], as_of=day + timedelta(days=90))
    assert total(after.owed) == after.not_due == after.payoff == 0
    assert after.closed == day
    assert sum((total(row.waived) for row in after.rows), Decimal(0)) == before.payoff


def test_what_is_written_off_stays_owed_and_is_not_charged_for():
    gone = [event("write_off", "2026-06-10")]
    then, later = (rp.replay(account(), gone, as_of=day) for day in ("2026-06-10", "2027-06-10"))
    assert then.written_off == then.owed == later.owed
    some = rp.replay(account(), [*gone, paid("2026-07-01", "500")], as_of="2027-06-10")
    assert total(some.owed) == total(then.owed) - 500
    assert some.written_off == then.written_off


def test_a_new_plan_takes_the_place_of_a_balance_that_was_called_in():
    in_term = replace(RULE, penalty=replace(RULE.penalty, in_term=rp.OverdueRate(multiplier="1")))
    mine = account(terms=replace(TERMS, overdue=in_term))
    call = event("acceleration", "2026-04-10", "a")
    joins = ("principal", "interest", "penalty", "compound")
    again = event("re_age", "2026-05-10", "b", plan=equal_instalment(12), first_due="2026-06-10", joins=joins)
    before = rp.replay(mine, [call], as_of="2026-05-10")
    after = rp.replay(mine, [call, again], as_of="2026-05-10")
    assert (before.called, after.called) == (date(2026, 4, 10), None)
    assert (after.payoff, after.days_past_due, total(after.owed)) == (before.payoff, 0, 0)
    late = rp.replay(mine, [call, again], as_of="2026-07-10")
    first = next(row for row in late.rows if row.due_date == date(2026, 6, 10))
    expected = first.asked["principal"] * Decimal("0.12") * 30 / 360
    assert abs(first.asked["penalty"] - expected) <= Decimal("0.005")


# As loans again


@given(st.sampled_from(PLANS), histories(), days)
def test_a_loan_again_owes_what_the_account_does(plan, events, day):
    now = rp.replay(account(plan), events, as_of=day)
    owed = now.payoff
    if not owed:
        with pytest.raises(rp.InputError):
            rp.as_loans(now)
        return
    loan = rp.as_loans(now)
    arrears = (
        loan.overdue_principal + loan.overdue_interest + loan.penalty + loan.fees + loan.accrued_interest
    )
    assert loan.principal + arrears == owed
    assert loan.original_term == 12
    assert loan.annual_rate == Decimal("0.12")
    assert loan.months_extended == 0
    assert loan.next_due > day or now.next_due is None


@pytest.mark.parametrize(
    ("order", "amount", "interest", "principal"),
    [
        ("civil-code-561", "50", "46.77", "12000.00"),
        ("civil-code-561", "5000", "0.00", "7096.77"),
        ("card-china", "5000", "0.00", "7096.77"),
    ],
)
def test_money_that_is_held_is_taken_off_what_a_loan_again_owes(order, amount, interest, principal):
    mine = account(terms=replace(TERMS, allocation=rp.AllocationRule.example(order)))
    now = rp.replay(mine, [paid("2026-01-10", amount)], as_of="2026-01-25")
    loan = rp.as_loans(now)
    assert (now.held, now.accrued_interest) == (Decimal(amount), Decimal("96.77"))
    assert (loan.accrued_interest, loan.principal) == (Decimal(interest), Decimal(principal))
    assert loan.principal + loan.accrued_interest == now.payoff


def test_fees_of_the_running_period_are_fees_of_a_loan_again():
    now = rp.replay(account(rp.fee("10", when="each") + equal_instalment(12)), [], as_of="2026-01-25")
    loan = rp.as_loans(now)
    assert loan.principal + loan.accrued_interest + loan.fees == now.payoff
    assert loan.fees == Decimal("10.00")


@given(st.lists(histories(), min_size=1, max_size=4), days)
def test_loans_again_of_a_batch_owe_what_each_pays_off(cases, day):
    size, lines = len(cases), [(i, each) for i, events in enumerate(cases) for each in events]
    accounts = rp.Accounts.of(rp.schedule(LOAN.batch.take(np.zeros(size, np.int64)), PLANS[0]).value, TERMS)
    events = rp.Events.from_columns(
        account=[i for i, _ in lines],
        kind="payment",
        value_date=[each.value_date for _, each in lines],
        amount=[each.amount for _, each in lines],
        reference=[each.reference for _, each in lines],
    )
    now = rp.replay(accounts, events, as_of=day).value
    found = rp.as_loans(now)
    assert found.value.owed.tolist() == now.columns.payoff[found.row].tolist()
    assert (now.columns.payoff[found.failures.row] == 0).all()


def test_the_original_term_and_what_was_used_of_an_extension_go_on():
    change = event(
        "re_age", "2026-06-10", plan=equal_instalment(20), first_due="2026-07-15", joins=("principal",)
    )
    loan = rp.as_loans(rp.replay(account(), [change], as_of="2026-06-20"))
    # The last of 20 is due on 15 February 2028: more than 13 months after the twelfth, 31 December 2026.
    assert (loan.original_term, loan.elapsed, loan.months_extended) == (12, 5, 14)
    assert loan.original_maturity == date(2026, 12, 31)


@pytest.mark.parametrize(
    ("first", "many", "used", "maturity"),
    [
        ("2026-02-28", 12, 1, date(2026, 12, 31)),  # matures on 28 January 2027
        ("2026-02-28", 11, 0, date(2026, 12, 31)),
        ("2026-01-31", 13, 1, None),  # the contract's own due dates
        ("2026-01-31", 12, 0, None),
    ],
)
def test_a_begun_month_of_extension_is_used(first, many, used, maturity):
    change = event("re_age", "2026-01-10", plan=equal_instalment(many), first_due=first, joins=("principal",))
    loan = rp.as_loans(rp.replay(account(), [change], as_of="2026-01-12"))
    assert (loan.months_extended, loan.original_maturity) == (used, maturity)
    matures = loan.batch.due_by(np.array(["2026-12-31"], "M8[D]"))[0]
    assert loan.batch.to_original_maturity[0] == matures
    assert loan.batch.to_present_maturity[0] == matures + used >= many


def test_earlier_restructures_are_known_to_the_next_policy():
    change = event(
        "re_age", "2026-06-10", plan=equal_instalment(20), first_due="2026-07-15", joins=("principal",)
    )
    events = [
        change,
        paid("2026-07-15", "700"),
        paid("2026-08-20", "700", "q"),
        paid("2026-09-14", "700", "r"),
    ]
    now = rp.replay(account(), events, as_of="2026-09-20")
    batch = rp.as_loans(now.batch).value
    columns = {
        name: batch.extra[name][0] for name in ("restructures", "restructured_on", "consecutive_payments")
    }
    assert columns["restructures"] == 2
    assert columns["restructured_on"] == np.datetime64("2026-06-10")
    assert columns["consecutive_payments"] == now.paid_in_time


# What lateness is called


@given(st.integers(0, 1000), st.integers(0, 1000), st.integers(0, 4))
def test_later_is_never_called_better(first, more, changes):
    five, months = rp.RiskClasses.example("china-2023"), rp.Buckets.example("months")
    late = np.array([first, first + more])
    for places in (months.place(late), five.place(late, np.array([changes, changes]))):
        assert places[0] <= places[1]
    assert five.place(late, np.array([changes] * 2))[0] <= five.place(late, np.array([changes + 1] * 2))[0]


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: rp.Buckets(from_days=(1, 1), names=("a", "b", "c")), "buckets.from_days[1]"),
        (lambda: rp.Buckets(from_days=(0,), names=("a", "b")), "buckets.from_days[0]"),
        (lambda: rp.Buckets(from_days=(1,), names=("a",)), "buckets.names"),
        (lambda: rp.Buckets(from_days=(1,), names=("a", "a")), "buckets.names"),
        (lambda: rp.Buckets.example("weeks"), "name"),
        (lambda: rp.RiskClasses.example("mars"), "name"),
        (
            lambda: rp.RiskClasses(from_days=(1,), names=("a", "b"), once="b", again="a", source="x"),
            "classes.again",
        ),
        (lambda: rp.RiskClasses(from_days=(1,), names=("a", "b"), once="c", source="x"), "classes.once"),
        (
            lambda: rp.RiskClasses(from_days=(1,), names=("a", "b"), technical_days=-1, source="x"),
            "classes.technical_days",
        ),
    ],
)
def test_ranges_and_classes_that_cannot_be_are_refused(make, field):
    with pytest.raises(rp.InputError) as error:
        make()
    assert error.value.field == field


# Interest given back at an early end


def test_the_rule_of_78_gives_back_the_sum_of_the_digits():
    # 100 of interest over 12 periods, 9 not begun: 57.69 comes back (the published example of the rule).
    loan = rp.Loan(
        principal="1200.00",
        annual_rate="0.0833333333",
        original_term=12,
        elapsed=0,
        unpaid=12,
        next_due="2026-01-31",
    )
    plan = rp.schedule(loan, rp.flat(12))
    assert plan.totals["interest"] == Decimal("100.00") or abs(plan.totals["interest"] - 100) < Decimal("0.1")
    terms = replace(TERMS, rebate="rule_of_78")
    mine = rp.Account.of(loan, plan, terms)
    events = [
        paid(day, row.payment, str(day))
        for day, row in zip(("2026-01-31", "2026-02-28", "2026-03-31"), plan.rows, strict=False)
    ]
    now = rp.replay(mine, events, as_of="2026-03-31")
    total_interest = plan.totals["interest"]
    back = (total_interest * 9 * 10 / (12 * 13)).quantize(Decimal("0.01"))
    assert abs(back - Decimal("57.69")) <= Decimal("0.03")
    unpaid = sum(row.payment for row in plan.rows[3:])
    assert now.payoff == unpaid - back
    done = rp.replay(mine, [*events, event("acceleration", "2026-03-31")], as_of="2026-03-31")
    assert total(done.owed) == now.payoff


@given(histories(), days)
def test_an_early_end_by_digits_never_asks_for_more_than_all_interest(events, day):
    loan = replace(LOAN, annual_rate="0.06")
    plan = rp.schedule(loan, rp.flat(12))
    rest = {}
    for rebate in ("actuarial", "rule_of_78", "implied_rate"):
        mine = rp.Account.of(loan, plan, replace(TERMS, rebate=rebate))
        now = rp.replay(mine, events, as_of=day)
        called = rp.replay(mine, [*events, event("acceleration", day)], as_of=day)
        assert called.payoff == now.payoff
        rest[rebate] = now.payoff
    assert rest["actuarial"] <= rest["rule_of_78"]


def worth_of(payments, rate, day):
    """What payments to come are worth on a day at an effective annual rate, to 30 digits."""
    with localcontext() as context:
        context.prec = 30
        daily = (1 + rate) ** (-Decimal(1) / 365)
        return sum(amount * daily ** (due - day).days for due, amount in payments if due > day)


def apr_of(lent, payments, start):
    """The effective annual rate at which payments are worth what was lent, by halving; rounded to 1e-10."""
    low, high = Decimal(0), Decimal(100)
    for _ in range(60):
        rate = (low + high) / 2
        low, high = (rate, high) if worth_of(payments, rate, start) > lent else (low, rate)
    return low.quantize(Decimal("1e-10"), ROUND_HALF_UP)


def settlement_of(lent, payments, start, day):
    """Regulation 4 of SI 2004/1483: ``sum A (1 + r)^a - sum B (1 + r)^b``, of repayments made when due."""
    rate = apr_of(lent, payments, start)
    with localcontext() as context:
        context.prec = 30
        daily = (1 + rate) ** (Decimal(1) / 365)
        grown = lent * daily ** (day - start).days
        return grown - sum(amount * daily ** (day - due).days for due, amount in payments if due <= day)


FLAT = replace(LOAN, annual_rate="0.08")


@pytest.mark.parametrize("day", ["2026-01-15", "2026-03-31", "2026-07-08", "2026-12-30"])
def test_an_early_end_at_the_implied_rate_costs_what_the_formula_of_the_regulations_says(day):
    """12,000 over 12 months with 8 % of it added: 960 of interest, at 15.5 % APR."""
    plan = rp.schedule(FLAT, rp.flat(12))
    lent, start, day = Decimal(12_000), START, date.fromisoformat(day)
    payments = [(row.due_date, row.payment) for row in plan.rows]
    assert sum(amount for _, amount in payments) == 12_960
    rate = apr_of(lent, payments, start)
    flows = ([-lent, *(amount for _, amount in payments)], [start, *(due for due, _ in payments)])
    assert rate == rp.apr_eu(*flows, year="365 days") == Decimal("0.1551798307")
    mine = account(rp.flat(12), replace(TERMS, rebate="implied_rate"), FLAT)
    made = [paid(due, amount, str(due)) for due, amount in payments if due <= day]
    now = rp.replay(mine, made, as_of=day)
    wanted = settlement_of(lent, payments, start, day)
    # The rate is rounded to 1e-10, and each side discounts another way: they meet within that of a cent.
    assert abs(now.payoff - wanted) <= Decimal("0.00501")
    rebate = sum(amount for due, amount in payments if due > day) - now.payoff
    assert 0 < rebate < 960
    paid_off = rp.replay(mine, [*made, paid(day, now.payoff, "last"), event("settlement", day)], as_of=day)
    assert paid_off.payoff == 0
    assert total(paid_off.owed) == 0
    assert all(sum(row.waived.values()) == 0 for row in paid_off.rows)


@given(
    st.integers(1, 12),
    st.decimals("0", "1", places=3),
    st.integers(0, 800),
    st.sampled_from(["monthly", "weekly"]),
)
@examples(60)
def test_the_implied_rate_is_that_of_the_plan_and_what_is_left_is_worth_what_it_says(n, rate, days, often):
    loan = replace(LOAN, annual_rate=rate, original_term=n, unpaid=n, frequency=often, next_due="2026-01-31")
    plan = rp.schedule(loan, rp.flat(n))
    mine = account(rp.flat(n), replace(TERMS, rebate="implied_rate"), loan)
    day = plan.interest_from + timedelta(days=min(days, (plan.rows[-1].due_date - plan.interest_from).days))
    payments = [(row.due_date, row.payment) for row in plan.rows]
    rate = apr_of(Decimal(12_000), payments, plan.interest_from)
    now = rp.replay(mine, [], as_of=day)
    left = worth_of(payments, rate, day)
    assert abs(now.accrued_interest + now.not_due - left) <= Decimal("0.00501")
    assert now.payoff == now.overdue + now.accrued_interest + now.not_due


def test_a_new_plan_implies_its_own_rate():
    mine = account(rp.flat(12), replace(TERMS, rebate="implied_rate"), FLAT)
    since, day = date(2026, 4, 2), date(2026, 6, 20)
    change = event("reschedule", since, plan=rp.flat(6), first_due="2026-05-02", rate="0.24")
    signed = rp.replay(mine, [change], as_of=since)
    ready = signed.accrued_interest  # what had accrued by the old plan is owed whole, whenever
    assert ready > 0
    payments = [(row.due_date, sum(row.asked.values())) for row in signed.rows if row.due_date > since]
    payments[0] = (payments[0][0], payments[0][1] - ready)
    rate = apr_of(signed.not_due, payments, since)
    left = worth_of(payments, rate, day)
    later = rp.replay(mine, [change], as_of=day)
    assert abs(later.accrued_interest + later.not_due - left) <= Decimal("0.00501")


def test_what_an_early_end_asks_for_is_exact_where_no_float_is():
    """Without interest it is the principal, whose parts a float can't add up."""
    due = ("2026-01-31", "2026-02-28", "2026-03-31")
    mine = rp.Accounts.from_columns(
        replace(TERMS, rebate="implied_rate"),
        rate=["0"],
        start=[START],
        account=[0, 0, 0],
        due_date=due,
        principal=rp.minor(np.array([2**53, 1, 1])),
        interest=rp.minor(np.array([0, 0, 0])),
        lent=rp.minor(np.array([2**53 + 2])),
    )
    assert rp.replay(rp.Account(mine), [], as_of="2026-01-10").payoff == Decimal(2**53 + 2) / 100


def test_a_row_of_a_new_plan_has_no_settled_charges():
    """Of 1.20 at 300 % a year it is a cent a day; of a settled cent, three quarters of one in 89 days."""
    ledger = rp.OverdueLedger(
        on=("principal", "penalty"), rate=rp.OverdueRate(rate="3"), settled="quarterly", settlement_day=20
    )
    terms = replace(TERMS, overdue=replace(RULE, penalty=ledger, compound=None))
    loan = replace(LOAN, principal="1.20", annual_rate="0", original_term=1, unpaid=1, next_due="2026-06-30")
    mine = account(equal_instalment(1), terms, loan)
    change = event("reschedule", date(2026, 6, 21), plan=equal_instalment(1), first_due="2026-06-22")
    late = rp.replay(mine, [change], as_of=date(2026, 9, 19))
    assert (late.owed["principal"], late.owed["penalty"]) == (Decimal("1.20"), Decimal("0.89"))


def test_a_plan_that_implies_no_rate_is_refused_and_its_neighbours_are_not():
    kept = replace(TERMS, rebate="implied_rate")
    accounts = rp.Accounts.from_columns(
        kept,
        rate=["0.1"] * 3,
        start="2026-01-01",
        account=[0, 1, 2],
        due_date="2026-01-02",
        principal=["100", "100", "100"],
        interest=["1", "50", "0"],
    )
    none = rp.Events.of([])
    out = rp.replay(accounts, none, as_of="2026-01-01")
    assert [(f.row, f.code.value, f.field) for f in out.failures] == [(1, "no_rate", "rebate")]
    assert out.value.columns.payoff.tolist() == [10_000, 10_000]
    assert rp.replay(accounts, none, as_of="2026-01-02").value.columns.payoff.tolist() == [10_100, 10_000]


def test_a_rebate_that_is_not_known_is_refused():
    with pytest.raises(rp.InputError) as error:
        replace(TERMS, rebate="none")
    assert error.value.field == "rebate"
