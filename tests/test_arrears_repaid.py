"""How a plan repays arrears: worked examples, and faults.

Every plan has them in `test_kernel_against_oracle`.
"""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp
from repayplan.plans.arrears import share_of
from repayplan.testing.checker import check_outcome, check_schedule

LOAN = {
    "principal": "1200.00",
    "annual_rate": "0.12",
    "original_term": 12,
    "elapsed": 8,
    "unpaid": 4,
    "next_due": "2026-01-31",
    "overdue_interest": "10.00",
    "accrued_interest": "2.00",
    "penalty": "0.50",
    "fees": "20.00",
}
LEVEL = rp.equal_instalment(4)


def made(plan, **change):
    loan = rp.Loan(**(LOAN | change))
    out = rp.schedule(loan, plan)
    check_schedule(out, loan=loan, plan=plan)
    return out


def beside(plan, **change):
    """What rows pay of arrears: interest and charges, cents."""
    out = made(plan, **change)
    interest = [int(100 * (row.interest_paid - row.interest)) for row in out.rows]
    return interest, [int(100 * row.fee) for row in out.rows]


def test_all_with_the_first_payment_unless_it_is_said():
    assert beside(LEVEL) == ([1200, 0, 0, 0], [2050, 0, 0, 0])
    assert beside(rp.arrears("fees") + LEVEL) == beside(rp.arrears("fees", over=1) + LEVEL) == beside(LEVEL)


def test_spread_over_the_first_payments_the_earlier_ones_a_cent_more():
    plan = rp.arrears("overdue_interest", over=3) + LEVEL
    assert beside(plan) == ([334 + 200, 333, 333, 0], [2050, 0, 0, 0])
    plan = rp.arrears("fees", over=3) + rp.arrears("penalty", over=2) + LEVEL
    assert beside(plan) == ([1200, 0, 0, 0], [667 + 25, 667 + 25, 666, 0])


def test_over_no_more_payments_than_there_are():
    assert beside(rp.arrears("fees", over=9) + LEVEL) == ([1200, 0, 0, 0], [550, 500, 500, 500])
    assert beside(rp.arrears("fees", over=9) + rp.fixed_payment("700")) == ([1200, 0], [1050, 1000])


def test_all_with_the_last():
    plan = rp.arrears("overdue_interest", repay="last") + rp.arrears("penalty", repay="last") + LEVEL
    assert beside(plan) == ([200, 0, 0, 1000], [2000, 0, 0, 50])
    ends = rp.prepayment("5000", on="2026-02-28", then="shorten")
    assert beside(rp.arrears("fees", repay="last") + ends + LEVEL) == ([1200, 0], [50, 2000])


def test_rows_that_pay_nothing_are_not_counted():
    later = rp.arrears("fees", over=2) + rp.holiday(1, interest="waive") + rp.interest_only(1) + LEVEL
    assert beside(later)[1] == [0, 1050, 1000, 0, 0, 0]
    season = rp.seasonal(4, months=(2, 4), between="nothing")
    assert beside(rp.arrears("fees", over=3) + season)[1] == [0, 1050, 0, 1000]


def test_they_bear_no_interest_and_change_no_instalment():
    spread = made(rp.arrears("overdue_interest", over=4) + LEVEL)
    assert spread.instalment == made(LEVEL).instalment
    assert [row.interest for row in spread.rows] == [row.interest for row in made(LEVEL).rows]
    # Paid later, they cost less.
    assert spread.irr() < made(LEVEL).irr()
    assert spread.total_cost() == made(LEVEL).total_cost()


def test_beside_what_is_put_aside():
    out = made(rp.forbear("200") + rp.arrears("fees", repay="last") + LEVEL)
    assert out.rows[-1].payment == Decimal("456.29") + 20


def test_each_loan_has_its_own_number():
    columns = {"over": ["1", "3", "", "0"]}
    loans = rp.Loans.from_columns(**(LOAN | {"principal": ["1200"] * 4}), columns=columns)
    plan = rp.arrears("fees", over=rp.col("over")) + LEVEL
    outcome = rp.schedule(loans, plan)
    check_outcome(outcome)
    assert [(each.row, each.code, each.field) for each in outcome.failures] == [
        (2, rp.Code.MISSING, "arrears.over"),
        (3, rp.Code.OUT_OF_RANGE, "arrears.over"),
    ]
    for place, row in enumerate(outcome.row.tolist()):
        alone = made(rp.arrears("fees", over=int(columns["over"][row])) + LEVEL)
        np.testing.assert_array_equal(outcome.value.one(place).columns["fee"], alone.columns["fee"])
    assert outcome.value.totals()["fee"].tolist() == [2050, 2050]


@pytest.mark.parametrize(
    ("make", "code", "field"),
    [
        (lambda: rp.arrears("principal"), rp.Code.UNKNOWN_VALUE, "arrears.of"),
        (lambda: rp.arrears("fees", repay="spread"), rp.Code.UNKNOWN_VALUE, "arrears.repay"),
        (lambda: rp.arrears("fees", repay="last", over=2), rp.Code.UNKNOWN_VALUE, "arrears.over"),
        (lambda: rp.arrears("fees", over=0), rp.Code.OUT_OF_RANGE, "arrears.over"),
        (lambda: rp.arrears("fees", over=True), rp.Code.OUT_OF_RANGE, "arrears.over"),
        (lambda: made(rp.arrears("fees", over=4000) + LEVEL), rp.Code.OUT_OF_RANGE, "arrears.over"),
        (lambda: rp.arrears("fees") + rp.arrears("fees", over=2), rp.Code.DUPLICATE, "arrears.of"),
    ],
)
def test_what_cannot_be_meant_is_refused(make, code, field):
    with pytest.raises(rp.InputError) as error:
        make()
    assert (error.value.code, error.value.field) == (code, field)


def test_its_text_is_read_back():
    for plan in (
        rp.arrears("fees", repay="last") + LEVEL,
        rp.arrears("penalty", over=3) + rp.arrears("fees", over=rp.col("k")) + LEVEL,
    ):
        assert rp.parse_plan(repr(plan)) == plan
    assert repr(rp.arrears("penalty")) == 'arrears("penalty", over=1)'
    assert (rp.arrears("fees", over=rp.col("k")) + LEVEL).columns == ("k",)


@given(st.integers(0, 10**18), st.integers(1, 40), st.integers(1, 40))
def test_shares_add_up_as_even_as_can_be_the_larger_first(amount, over, payments):
    shares = share_of(np.int64(amount), over, np.arange(60), np.int64(payments)).tolist()
    count = min(over, payments)
    assert sum(shares) == amount
    assert not any(shares[count:])
    assert shares == sorted(shares, reverse=True)
    assert max(shares[:count]) - min(shares[:count]) <= 1
