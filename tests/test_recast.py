"""Money in advance: the instalment that a shorter plan keeps, and what of the old plan counts as paid."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp
from repayplan.kernel.replanning import largest_but_last

FREE = rp.OverdueRule(
    penalty=rp.OverdueLedger(on=("principal",), rate=rp.OverdueRate(rate="0")),
    day_count="ACT/365F",
    first_day="due_date",
    rounded="end",
    mode="half_up",
)


def terms(way):
    allocation = replace(rp.AllocationRule.example("us-rule"), in_advance=way)
    tracked = rp.TrackingRule(broken_after_missed=1, consequence="review")
    return rp.AccountTerms(overdue=FREE, allocation=allocation, tracking=tracked)


def loan(n=6, **given_ones):
    plain = {"principal": "5000", "annual_rate": "0.12", "next_due": "2026-02-01"}
    return rp.Loan(**plain | {"original_term": n, "elapsed": 0, "unpaid": n} | given_ones)


def opened(loan_of, plan, way="shorter"):
    return rp.Account.of(loan_of, rp.schedule(loan_of, plan), terms(way))


def paid(day, amount):
    return rp.Event(kind="payment", value_date=day, amount=amount, reference=day)


def to_come(account, events, day):
    now = rp.replay(account, events, as_of=day)
    return [
        (row.due_date.isoformat(), str(sum(row.asked.values())))
        for row in now.rows
        if row.due_date > date.fromisoformat(day)
    ]


def test_a_shorter_plan_keeps_the_instalment_though_the_last_one_was_larger():
    up = loan(rounding=rp.Rounding(instalment="down", instalment_multiple="10"))
    plan = rp.schedule(up, rp.equal_instalment(6))
    assert [str(row.payment) for row in plan.rows[-2:]] == ["860.00", "876.87"]
    rows = to_come(opened(up, rp.equal_instalment(6)), [paid("2026-02-01", "2860.00")], "2026-02-01")
    assert [amount for _, amount in rows] == ["860.00", "860.00", "510.47"]
    # Once more: it is still that one.
    twice = [paid("2026-02-01", "2860.00"), paid("2026-03-01", "960.00")]
    rows = to_come(opened(up, rp.equal_instalment(6)), twice, "2026-03-01")
    assert [amount for _, amount in rows] == ["860.00", "408.46"]


def test_a_balloon_stays_where_it_was():
    plan = rp.equal_instalment(6, instalment="300", balloon="rest")
    rows = to_come(opened(loan(), plan), [paid("2026-02-01", "1300.00")], "2026-02-01")
    assert [day for day, _ in rows] == ["2026-03-01", "2026-04-01", "2026-05-01", "2026-06-01", "2026-07-01"]
    assert [amount for _, amount in rows[:4]] == ["300.00"] * 4
    assert Decimal(rows[4][1]) > 2000


def test_a_loan_repaid_at_its_end_is_repaid_at_its_end():
    plan = rp.interest_only(5) + rp.equal_instalment(1)
    rows = to_come(opened(loan(), plan), [paid("2026-02-01", "1050.00")], "2026-02-01")
    assert [amount for _, amount in rows[:4]] == ["50.00"] * 4
    assert [day for day, _ in rows][-1] == "2026-07-01"


def test_interest_that_fell_due_with_a_new_plans_first_row_is_no_part_of_its_instalment():
    events = [
        rp.Event(
            kind="reschedule",
            value_date="2026-01-16",
            reference="R",
            plan=rp.equal_instalment(6),
            first_due="2026-02-01",
        ),
        paid("2026-02-01", "2000.00"),
    ]
    account = opened(loan(), rp.equal_instalment(6))
    first = rp.replay(account, events[:1], as_of="2026-01-16")
    level = [sum(row.asked.values()) for row in first.rows if row.due_date > date(2026, 1, 16)]
    assert level[0] > level[1]
    assert to_come(account, events, "2026-02-01")[0] == ("2026-03-01", str(level[1]))


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 9)), max_size=20))
def test_the_largest_but_the_last_of_each(rows):
    rows = sorted(rows, key=lambda row: row[0])
    of, amount = (np.array([row[k] for row in rows], np.int64) for k in (0, 1))
    found = largest_but_last(amount, of, 5)
    for each in range(5):
        mine = [a for o, a in rows if o == each]
        assert found[each] == (max(mine[:-1], default=0) or (mine[-1] if mine else 0))


# What of the old plan counts as paid


@pytest.mark.parametrize("way", ["lower", "shorter"])
def test_what_was_paid_in_advance_was_not_missed(way):
    account = opened(loan(), rp.equal_instalment(6), way)
    events = [paid("2026-02-01", "1100.00")]
    now = rp.replay(account, events, as_of="2026-02-20")
    assert all(row.paid_on == date(2026, 2, 1) for row in now.rows if row.fallen_due)
    assert now.paid_in_time == 1
    assert rp.track(now).broken is None


@pytest.mark.parametrize("way", ["lower", "shorter"])
def test_money_in_advance_is_no_instalment_that_was_paid_in_time(way):
    account = opened(loan(), rp.equal_instalment(6), way)
    little = [paid(f"2026-01-{day}", "20.00") for day in (10, 15, 20, 24)]
    assert rp.replay(account, little, as_of="2026-01-25").paid_in_time == 0


def test_a_row_that_joined_a_new_plan_is_paid_on_its_day():
    change = rp.Event(
        kind="re_age",
        value_date="2026-03-10",
        reference="R",
        plan=rp.equal_instalment(6),
        first_due="2026-04-01",
        joins=("principal", "interest"),
    )
    account = opened(loan(), rp.equal_instalment(6))
    now = rp.replay(account, [paid("2026-02-15", "100.00"), change], as_of="2026-03-20")
    assert [(row.due_date, row.paid_on) for row in now.rows[:2]] == [
        (date(2026, 2, 1), date(2026, 3, 10)),
        (date(2026, 3, 1), date(2026, 3, 10)),
    ]
