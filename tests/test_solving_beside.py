"""Unknowns of plans with fees, drawdowns and prepayments beside their stages, against plans tried out."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import repayplan as rp
from examples import examples
from repayplan import UNKNOWN

LOAN = {
    "principal": "1200.00",
    "annual_rate": "0.12",
    "original_term": 12,
    "elapsed": 0,
    "unpaid": 12,
    "next_due": "2026-01-31",
}
FEES = [
    rp.fee("5", when="each"),
    rp.fee(share="0.01", of="balance", when="each"),
    rp.fee("12.34", financed=True),
    rp.fee(share="0.03", financed=True),
]
PREPAID = {"2026-02-28": 100_00, "2026-03-10": 40_00}
"""Prepayments by their day, cents."""
MOVES = [
    rp.drawdown("300", on="2026-03-15"),
    rp.drawdown("77.77", on="2026-02-28"),
    *(
        rp.prepayment(Decimal(cents).scaleb(-2), on=day, then=then)
        for day, cents in PREPAID.items()
        for then in ("lower", "shorten")
    ),
]
ASIDE = [rp.forbear("200"), rp.forbear("150") + FEES[3], rp.forbear("150") + rp.forbear("50") + MOVES[3]]
BESIDE = [*FEES, *MOVES, MOVES[0] + FEES[3], MOVES[0] + MOVES[2], *ASIDE]
NEAR = 30
"""Values beyond an answer that are tried."""


def loan_of(**change):
    return rp.Loan(**(LOAN | change))


def cents(amount):
    return int(amount * 100)


def regular(loan, plan):
    """The largest payment but the last, and the last one, in cents, of a plan; None where it can't be kept.

    Without fees, and without what is prepaid, or put aside until the last.
    """
    try:
        rows = rp.schedule(loan, plan).rows
    except rp.InputError:
        return None
    paid = [cents(row.payment - row.fee) for row in rows]
    days = [row.due_date.isoformat() for row in rows]
    for part in plan.beside:
        if part.name == "prepayment":
            paid[next(i for i, day in enumerate(days) if part.on <= day)] -= cents(part.amount)
    return max(paid[:-1], default=0), paid[-1] - put_aside(plan)


def put_aside(plan):
    return sum(cents(Decimal(part.amount)) for part in plan.beside if part.name == "forbear")


def within(loan, plan, instalment):
    """Whether a solved plan's payments are: the last one only as far as it is like the others."""
    got = regular(loan, plan)
    return got is not None and got[0] <= instalment and got[1] <= 2 * max(got[0], 1)


def given_does(loan, plan, instalment):
    """Whether a given instalment repays it: the last payment is no larger."""
    got = regular(loan, plan)
    return got is not None and got[1] <= instalment


@pytest.mark.parametrize("more", BESIDE, ids=repr)
@pytest.mark.parametrize("amount", [110_00, 160_00])
@pytest.mark.parametrize("last", [rp.equal_instalment, rp.equal_principal])
def test_a_length_is_the_least(more, amount, last):
    instalment = Decimal(amount).scaleb(-2)
    n = rp.solve_length(loan_of(), more + last(UNKNOWN), instalment=instalment)
    assert within(loan_of(), more + last(n), amount)
    assert not any(within(loan_of(), more + last(k), amount) for k in range(2, n))


@pytest.mark.parametrize("more", BESIDE, ids=repr)
def test_payments_until_paid_off_are_those_of_the_schedule(more):
    plan = more + rp.fixed_payment("160")
    rows = rp.schedule(loan_of(), plan).rows
    got = rp.paid_off(loan_of(), plan)
    assert got.n == len(rows)
    last = regular(loan_of(), plan)[1]
    assert cents(got.last) == last + put_aside(plan)
    assert rp.solve_length(loan_of(), more + rp.equal_instalment(UNKNOWN, instalment="160")) == got.n


@pytest.mark.parametrize("more", BESIDE, ids=repr)
def test_a_principal_is_the_largest_near_it(more):
    for plan, does in (
        (more + rp.equal_instalment(12), within),
        (more + rp.equal_instalment(12, instalment="120"), given_does),
    ):
        solved = plan.stages[-1].amount is None
        got = rp.solve_principal(loan_of(), plan, instalment="120" if solved else None)
        assert does(loan_of(principal=got), plan, 120_00)
        for step in range(1, NEAR):
            assert not does(loan_of(principal=got + Decimal(step).scaleb(-2)), plan, 120_00)


@pytest.mark.parametrize("more", BESIDE, ids=repr)
def test_a_rate_is_the_highest_near_it(more):
    plan = more + rp.equal_instalment(12)
    try:
        got = rp.solve_rate(loan_of(), plan, instalment="125", step="0.0001")
    except rp.InputError as error:
        assert error.code is rp.Code.OUT_OF_RANGE  # noqa: PT017
        assert not within(loan_of(annual_rate="0"), plan, 125_00)
        return
    assert within(loan_of(annual_rate=got), plan, 125_00)
    for step in range(1, NEAR):
        higher = got + Decimal(step).scaleb(-4)
        assert higher > 1 or not within(loan_of(annual_rate=higher), plan, 125_00)


@pytest.mark.parametrize("more", BESIDE, ids=repr)
def test_a_holiday_is_the_longest(more):
    def plan(n):
        return more + rp.holiday(n, interest="capitalise") + rp.equal_instalment(12)

    got = rp.solve_holiday(loan_of(), plan(UNKNOWN), instalment="150", longest=8)
    assert within(loan_of(), plan(got), 150_00)
    assert not any(within(loan_of(), plan(n), 150_00) for n in range(got + 1, 9))


@pytest.mark.parametrize("more", [*FEES, *ASIDE[:2]], ids=repr)
def test_an_instalment_and_its_rates_are_those_with_the_fee(more):
    plan = more + rp.equal_instalment(12)
    least = cents(rp.solve_instalment(loan_of(), plan))
    for amount, does in ((least, True), (least - 1, False)):
        given = more + rp.equal_instalment(12, instalment=Decimal(amount).scaleb(-2))
        assert given_does(loan_of(), given, amount) is does
    shown = rp.schedule(loan_of(), plan)
    level = Decimal(shown.instalment).scaleb(-2)
    rates = rp.implied_rates(loan_of(), plan, instalment=level)
    assert rates.low <= Decimal("0.12") <= rates.high
    for rate in rates:
        assert rp.schedule(loan_of(annual_rate=rate), plan).instalment == shown.instalment
    for rate in (rates.low - Decimal("1e-10"), rates.high + Decimal("1e-10")):
        assert rp.schedule(loan_of(annual_rate=rate), plan).instalment != shown.instalment


@pytest.mark.parametrize(("overdue", "aside"), [("0", "300"), ("50", "300"), ("400", "300"), ("300", "300")])
@pytest.mark.parametrize("rounding", [rp.Rounding(), rp.Rounding(instalment="none", interest="none")])
def test_what_is_put_aside_may_be_overdue(overdue, aside, rounding):
    loan = loan_of(overdue_principal=overdue, rounding=rounding)
    bare = loan_of(rounding=rounding)
    plan = rp.equal_instalment(12)
    got = rp.solve_principal(loan, rp.forbear(aside) + plan, instalment="60")
    # The same bears interest as of a loan without either.
    assert got + Decimal(overdue) - Decimal(aside) == rp.solve_principal(bare, plan, instalment="60")


def test_a_principal_is_more_than_what_is_put_aside():
    plan = rp.forbear("200") + rp.equal_instalment(12)
    assert rp.solve_principal(loan_of(), plan, instalment="0.01") > 200
    with pytest.raises(rp.InputError) as error:
        rp.solve_instalment(loan_of(principal="200"), plan)
    assert (error.value.code, error.value.field) == (rp.Code.OUT_OF_RANGE, "forbear.amount")


def test_a_balloon_is_left_beside_what_is_put_aside():
    plan = rp.equal_instalment(12, balloon=UNKNOWN)
    got = rp.solve_balloon(loan_of(), rp.forbear("200") + plan, instalment="50")
    assert got == rp.solve_balloon(loan_of(principal="1000"), plan, instalment="50")


@examples(15)
@given(st.sampled_from(BESIDE), st.lists(st.integers(200_00, 3_000_00), min_size=1, max_size=5))
def test_a_batch_answers_as_each_loan_alone(more, principals):
    loans = rp.Loans.from_columns(**(LOAN | {"principal": rp.minor(np.array(principals))}))
    plan = more + rp.equal_instalment(UNKNOWN)
    got = rp.solve_length(loans, plan, instalment="150")
    assume(len(got.row))
    for i, row in enumerate(got.row):
        alone = loan_of(principal=Decimal(principals[row]).scaleb(-2))
        assert got.value[i] == rp.solve_length(alone, plan, instalment="150")
