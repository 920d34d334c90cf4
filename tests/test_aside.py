"""Principal put aside: worked examples, what goes with it, and faults.

Every plan has it in `test_kernel_against_oracle`.
"""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import repayplan as rp
from repayplan.testing.case_strategies import cases
from repayplan.testing.checker import check_outcome, check_schedule

LOAN = {
    "principal": "1200.00",
    "annual_rate": "0.12",
    "original_term": 12,
    "elapsed": 8,
    "unpaid": 4,
    "next_due": "2026-01-31",
}
LEVEL = rp.equal_instalment(4)


def made(plan, **change):
    loan = rp.Loan(**(LOAN | change))
    out = rp.schedule(loan, plan)
    check_schedule(out, loan=loan, plan=plan)
    return out


def column(schedule, name):
    return [getattr(row, name) for row in schedule.rows]


def test_the_rows_are_those_of_the_rest_and_the_last_repays_what_is_put_aside():
    # An ordinary loan of 1,000.00 over four months at 1 % a month pays 256.28, 256.28, 256.28, 256.29.
    aside, bare = made(rp.forbear("200") + LEVEL), made(LEVEL, principal="1000")
    assert column(aside, "payment") == [Decimal(x) for x in ("256.28", "256.28", "256.28", "456.29")]
    assert column(aside, "interest") == column(bare, "interest")
    assert column(aside, "opening") == [opening + 200 for opening in column(bare, "opening")]
    assert column(aside, "closing") == [closing + 200 for closing in column(bare, "closing")[:3]] + [0]
    assert aside.instalment == bare.instalment
    assert aside.totals["principal"] == 1200


def test_overdue_principal_is_put_aside_like_any():
    split = made(rp.forbear("200") + LEVEL, principal="900", overdue_principal="300")
    assert column(split, "payment") == column(made(rp.forbear("200") + LEVEL), "payment")


def test_several_add_up_and_nothing_is_nothing():
    once = made(rp.forbear("200") + LEVEL)
    assert column(made(rp.forbear("150") + LEVEL + rp.forbear("50")), "payment") == column(once, "payment")
    assert column(made(rp.forbear(0) + LEVEL), "payment") == column(made(LEVEL), "payment")
    # Where only fees are owed there is nothing to put aside.
    assert column(made(rp.forbear(0) + LEVEL, principal=0, fees="30"), "payment")[0] == 30


def test_figures_see_it_where_it_is_repaid():
    aside = made(rp.forbear("200") + LEVEL)
    flows = [-1200, *column(aside, "payment")]
    assert aside.total_cost() == sum(flows)
    assert aside.irr() == rp.irr(flows)
    assert aside.present_value("0.01") == rp.present_value(flows[1:], [1, 2, 3, 4], "0.01")
    assert aside.duration("0.01") == rp.duration(flows[1:], [1, 2, 3, 4], "0.01")
    assert aside.weighted_average_life() == rp.weighted_average_life(column(aside, "principal"), [1, 2, 3, 4])
    # It costs less than the same debt that all bears interest, and is repaid later.
    bearing = made(LEVEL)
    assert aside.irr() < bearing.irr()
    assert aside.apr_eu() < bearing.apr_eu()
    assert aside.weighted_average_life() > bearing.weighted_average_life()


def test_a_prepayment_repays_what_bears_interest():
    for then in ("lower", "shorten"):
        plan = rp.forbear("200") + rp.prepayment("5000", on="2026-02-28", then=then) + LEVEL
        out = made(plan)
        assert out.rows[1].closing == (200 if then == "lower" else 0)
        assert out.rows[-1].payment - (0 if then == "lower" else out.rows[1].payment) == (
            200 if then == "lower" else 0
        )
        assert len(out) == (4 if then == "lower" else 2)
        days, paid = ["2025-12-31", "2026-01-31", "2026-02-28"], column(out, "payment")
        days, paid = days + ["2026-03-31", "2026-04-30"][: len(out) - 2], [-1200, *paid]
        assert out.effective_rate(year="365 days") == rp.effective_rate(paid, days, year="365 days")


def test_a_drawdown_is_not_put_aside():
    drawing = rp.drawdown("500", on="2026-02-15")
    with_it, bare = made(rp.forbear("200") + drawing + LEVEL), made(drawing + LEVEL, principal="1000")
    assert column(with_it, "interest") == column(bare, "interest")


def test_it_outlasts_a_plan_that_ends_sooner():
    assert made(rp.forbear("200") + rp.fixed_payment("600")).rows[-1].closing == 0
    ends = made(rp.forbear("200") + rp.equal_instalment(4, at_least="600"))
    assert [len(ends), ends.rows[-1].principal > 200] == [2, True]
    # Where rounding up leaves nothing for the last row, that row still repays it.
    tiny = made(
        rp.forbear("200") + rp.equal_instalment(4),
        principal="200.02",
        annual_rate=0,
        rounding=rp.Rounding(instalment="up"),
    )
    assert tiny.paid_off_early
    assert column(tiny, "principal") == [Decimal("0.01"), Decimal("0.01"), 0, 200]


def test_interest_in_a_holiday_is_that_of_the_rest():
    plan = rp.forbear("200") + rp.holiday(1, interest="capitalise") + rp.equal_principal(3)
    assert made(plan).rows[0].capitalised == 10


def test_a_share_as_fee_is_of_all_that_is_owed():
    of_principal = made(rp.forbear("200") + rp.fee(share="0.01") + LEVEL)
    assert of_principal.rows[0].fee == 12
    of_balance = made(rp.forbear("200") + rp.fee(share="0.01", of="balance", when="each") + LEVEL)
    assert [row.fee for row in of_balance.rows] == [
        (row.opening / 100).quantize(Decimal("0.01"), "ROUND_HALF_UP") for row in of_balance.rows
    ]
    lent = made(rp.forbear("200") + rp.fee(share="0.01", financed=True) + LEVEL)
    assert (lent.rows[0].drawn, lent.rows[0].interest) == (12, Decimal("10.12"))


@pytest.mark.parametrize("amount", ["1200", "1200.01", "99999"])
def test_something_must_be_left_to_repay(amount):
    with pytest.raises(rp.InputError) as error:
        made(rp.forbear(amount) + LEVEL)
    assert (error.value.code, error.value.field) == (rp.Code.OUT_OF_RANGE, "forbear.amount")
    assert error.value.limit == "< 1200.00"


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        (-1, rp.Code.NEGATIVE),
        ("x", rp.Code.NOT_A_NUMBER),
        ("0.001", rp.Code.NOT_WHOLE_UNITS),
        (None, rp.Code.MISSING),
        (rp.col("none"), rp.Code.UNKNOWN_VALUE),
    ],
)
def test_amounts_that_mean_nothing(amount, code):
    with pytest.raises(rp.InputError) as error:
        made(rp.forbear(amount) + LEVEL)
    assert error.value.code is code


def test_amounts_whose_sum_leaves_what_is_computed_are_too_much():
    plan = LEVEL
    for _ in range(20):
        plan = rp.forbear(rp.minor(10**18)) + plan
    with pytest.raises(rp.InputError) as error:
        made(plan)
    assert error.value.code is rp.Code.OUT_OF_RANGE


def test_each_loan_has_its_own():
    columns = {"aside": ["0", "200", "1200", "", "199.99"]}
    loans = rp.Loans.from_columns(**(LOAN | {"principal": ["1200"] * 5}), columns=columns)
    outcome = rp.schedule(loans, rp.forbear(rp.col("aside")) + LEVEL)
    check_outcome(outcome)
    assert [(each.row, each.code) for each in outcome.failures] == [
        (2, rp.Code.OUT_OF_RANGE),
        (3, rp.Code.MISSING),
    ]
    for place, row in enumerate(outcome.row.tolist()):
        alone = made(rp.forbear(columns["aside"][row]) + LEVEL)
        for name, values in outcome.value.one(place).columns.items():
            np.testing.assert_array_equal(values, alone.columns[name])
    assert outcome.value.totals()["principal"].tolist() == [120_000] * 3


def test_its_text_is_read_back():
    plan = rp.forbear("200") + LEVEL + rp.forbear(rp.col("aside"))
    assert repr(plan) == """forbear("200") + forbear(col('aside')) + equal_instalment(4)"""
    assert rp.parse_plan(repr(plan)) == plan
    assert plan.columns == ("aside",)


@given(cases(), st.integers(0, 10**6))
def test_what_is_put_aside_changes_nothing_but_what_it_says(case, part):
    loan, plan = case
    assume(plan.beside == () and loan.principal > 0)
    unit = Decimal(1).scaleb(-loan.decimals)
    more = (loan.principal * part / 10**6 // unit) * unit
    try:
        larger = replace(loan, principal=loan.principal + more)
        aside = rp.schedule(larger, rp.forbear(more) + plan)
    except rp.InputError as error:
        assert error.code in (rp.Code.OUT_OF_RANGE, rp.Code.BEYOND_DOMAIN)  # noqa: PT017
        return
    check_schedule(aside, loan=larger, plan=rp.forbear(more) + plan)
    bare = rp.schedule(loan, plan)
    put = int(more.scaleb(aside.decimals))
    for name, values in bare.columns.items():
        extra = np.zeros(len(bare), np.int64)
        if name in ("opening", "closing"):
            extra += put
        if name == "closing":
            extra[-1] = 0
        if name in ("principal", "payment"):
            extra[-1] = put
        if name == "due_date":
            extra = extra.astype("timedelta64[D]")
        np.testing.assert_array_equal(aside.columns[name], values + extra)
