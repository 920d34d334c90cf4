"""Fees of a plan, instalment floors, merged last payments, holidays up to a date: one loan as in a batch."""

from decimal import Decimal

import pytest

import repayplan as rp

GIVEN = {"annual_rate": "0.12", "original_term": 12, "elapsed": 8, "unpaid": 4, "next_due": "2026-01-31"}
LOAN = rp.Loan(principal="1200", fees="3", **GIVEN)


def loans(**columns):
    return rp.Loans.from_columns(principal=["1200", "2400"], **GIVEN, columns=columns)


def made(plan, loan=LOAN):
    return rp.schedule(loan, plan)


def fees(plan, loan=LOAN):
    return [row.fee for row in made(plan, loan).rows]


# Fees


def test_a_fee_paid_upfront_comes_with_the_first_row_that_pays():
    assert fees(rp.fee("25") + rp.equal_instalment(3)) == [28, 0, 0]
    assert fees(rp.holiday(2, interest="waive") + rp.equal_instalment(2) + rp.fee("25")) == [0, 0, 28, 0]


def test_a_fee_of_each_instalment_is_not_charged_where_none_is_paid():
    plan = rp.interest_only(1) + rp.holiday(2, interest="capitalise") + rp.equal_instalment(2)
    assert fees(rp.fee("2.50", when="each") + plan) == [Decimal("5.5"), 0, 0, Decimal("2.5"), Decimal("2.5")]


def test_a_fee_is_not_charged_where_nothing_is_owed_any_more():
    plan = rp.equal_principal(6, principal="600") + rp.fee("2", when="each")
    assert fees(plan) == [5, 2, 0, 0, 0, 0]


def test_a_fee_changes_nothing_else():
    plan = rp.holiday(1, interest="defer", repay="spread") + rp.equal_instalment(3)
    alone, beside = made(plan).columns, made(rp.fee(share="0.01", when="each") + plan).columns
    for name in ("opening", "interest_paid", "principal", "closing"):
        assert (alone[name] == beside[name]).all()
    assert (beside["payment"] - alone["payment"] == beside["fee"] - alone["fee"]).all()


def test_a_share_of_the_balance_is_of_each_rows_opening():
    plan = rp.fee(share="0.001", of="balance", when="each") + rp.equal_principal(3)
    assert fees(plan) == [Decimal("4.20"), Decimal("0.80"), Decimal("0.40")]
    late = rp.holiday(1, interest="capitalise") + rp.equal_principal(2)
    assert fees(rp.fee(share="0.01", of="balance") + late) == [0, Decimal("15.12"), 0]


def test_a_financed_fee_is_lent_and_repaid_as_principal():
    schedule = made(rp.fee(share="0.01", financed=True) + rp.equal_instalment(3))
    first = schedule.rows[0]
    assert (first.opening, first.drawn, first.interest, first.fee) == (1200, 12, Decimal("12.12"), 3)
    assert schedule.totals["principal"] == 1212
    same = made(rp.equal_instalment(3), rp.Loan(principal="1212", fees="3", **GIVEN))
    assert [row.payment for row in schedule.rows] == [row.payment for row in same.rows]


@pytest.mark.parametrize(
    ("rule", "charged"),
    [
        ({}, "0.13"),
        ({"fee": "half_even"}, "0.12"),
        ({"fee": "down"}, "0.12"),
        ({"fee": "up"}, "0.13"),
        ({"fee": "up", "fee_multiple": "0.05"}, "0.15"),
        ({"instalment": "none", "interest": "none"}, "0.125"),
        ({"instalment": "none", "interest": "none", "fee_multiple": "0.01"}, "0.13"),
    ],
)
def test_each_fee_is_rounded_once_by_the_rule_for_fees(rule, charged):
    loan = rp.Loan(principal="125", rounding=rp.Rounding(**rule), **GIVEN)
    every = fees(rp.fee(share="0.001") + rp.fee(share="0.001") + rp.equal_instalment(2), loan)
    assert every[0] == 2 * Decimal(charged)


def test_the_effective_rate_counts_fees():
    plain = rp.Loan(principal="1200", **GIVEN)
    base = rp.equal_instalment(12)
    rates = [made(rp.fee("30", financed=financed) + base, plain).irr() for financed in (False, True)]
    assert all(rate > made(base, plain).irr() for rate in rates)


def test_each_loan_has_its_own_fee_and_its_own_fault():
    batch = loans(cost=["25", "0"], part=["0.01", "1.5"])
    totals = rp.schedule(batch, rp.fee(rp.col("cost")) + rp.equal_instalment(3)).value.totals()
    assert totals["fee"].tolist() == [2500, 0]
    parts = totals["principal"] + totals["interest_paid"] + totals["fee"]
    assert totals["payment"].tolist() == parts.tolist()
    failures = rp.schedule(batch, rp.fee(share=rp.col("part")) + rp.equal_instalment(3)).failures
    assert [(f.row, f.field, f.code, f.limit) for f in failures] == [
        (1, "fee.share", rp.Code.OUT_OF_RANGE, "0 to 1")
    ]


def test_fees_beyond_what_can_be_computed_are_refused():
    much = rp.fee(rp.minor(10**18), when="each")
    with pytest.raises(rp.InputError) as error:
        made(much + rp.equal_instalment(12))
    assert error.value.code is rp.Code.BEYOND_DOMAIN
    added = rp.fee(rp.minor(10**18), financed=True)
    with pytest.raises(rp.InputError) as error:
        made(added + added + added + added + added + rp.equal_instalment(12))
    assert error.value.code is rp.Code.BEYOND_DOMAIN


# Floors


def test_an_instalment_below_the_floor_is_raised_and_the_plan_ends_when_all_is_repaid():
    schedule = made(rp.equal_instalment(24, at_least="250"))
    assert [row.payment for row in schedule.rows][1:4] == [250] * 3
    assert len(schedule.rows) == 5
    assert not schedule.paid_off_early
    assert schedule.rows[-1].closing == 0
    plain, floored = (made(rp.equal_instalment(3, at_least=least)) for least in ("0", "250"))
    assert [row.payment for row in plain.rows] == [row.payment for row in floored.rows]


def test_each_loan_has_its_own_floor():
    batch = loans(least=["250", "100"])
    schedules = rp.schedule(batch, rp.equal_instalment(24, at_least=rp.col("least"))).value
    assert schedules.instalments.tolist() == [5, 24]
    failures = rp.schedule(loans(least=["x", "1"]), rp.equal_instalment(4, at_least=rp.col("least"))).failures
    assert [(f.row, f.field) for f in failures] == [(0, "equal_instalment.at_least")]


def test_a_small_last_payment_is_paid_with_the_one_before():
    alone = made(rp.fixed_payment("300")).rows
    merged = made(rp.fixed_payment("300", merge_below="100")).rows
    assert (len(alone), len(merged)) == (5, 4)
    assert alone[-1].principal + alone[-1].interest < 100
    assert merged[-1].payment == alone[3].payment + alone[4].principal
    kept = made(rp.fixed_payment("300", merge_below="5")).rows
    assert kept == alone
    floored = made(rp.equal_instalment(24, at_least="300", merge_below="100")).rows
    assert floored == merged


# Up to a date


def test_a_holiday_lasts_through_the_periods_that_fall_due_up_to_its_date():
    for until, n in (("2026-01-30", 0), ("2026-01-31", 1), ("2026-03-30", 2), ("2026-03-31", 3)):
        dated = rp.holiday(until=until, interest="capitalise") + rp.equal_instalment(4)
        assert made(dated).rows == made(rp.holiday(n, interest="capitalise") + rp.equal_instalment(4)).rows
    after = rp.interest_only(2) + rp.holiday(until="2026-04-30", interest="waive") + rp.equal_instalment(1)
    assert [row.waived > 0 for row in made(after).rows] == [False, False, True, True, False]


def test_each_loan_has_its_own_date_or_none():
    batch = loans(until=["2026-02-28", None])
    plan = rp.holiday(until=rp.col("until"), interest="waive") + rp.equal_instalment(4)
    assert rp.schedule(batch, plan).value.instalments.tolist() == [6, 4]
    failures = rp.schedule(loans(until=["soon", "2026-02-28"]), plan).failures
    assert [(f.row, f.field, f.code) for f in failures] == [(0, "holiday.until", rp.Code.NOT_A_DATE)]
    weekly = rp.Loan(principal="100", **GIVEN, frequency="weekly")
    with pytest.raises(rp.InputError) as error:
        made(rp.holiday(until="2126-01-01", interest="waive") + rp.equal_instalment(1), weekly)
    assert (error.value.field, error.value.code) == ("holiday.until", rp.Code.OUT_OF_RANGE)


# What can't be meant


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (rp.fee, "fee.amount"),
        (lambda: rp.fee("5", share="0.1"), "fee.amount"),
        (lambda: rp.fee("5", of="balance"), "fee.of"),
        (lambda: rp.fee(share="0.1", of="interest"), "fee.of"),
        (lambda: rp.fee("5", when="monthly"), "fee.when"),
        (lambda: rp.fee("5", financed="yes"), "fee.financed"),
        (lambda: rp.fee("5", when="each", financed=True), "fee.financed"),
        (lambda: rp.fee(share="0.1", of="balance", financed=True), "fee.financed"),
        (lambda: rp.equal_instalment(3, instalment="5", at_least="5"), "equal_instalment.at_least"),
        (lambda: rp.equal_instalment(3, merge_below="5"), "equal_instalment.merge_below"),
        (lambda: rp.holiday(interest="waive"), "holiday.n"),
        (lambda: rp.holiday(3, until="2026-01-31", interest="waive"), "holiday.n"),
        (lambda: made(rp.fee("5")), "plan"),
        (lambda: made(rp.fee("-5") + rp.equal_instalment(3)), "fee.amount"),
        (lambda: made(rp.fixed_payment("500", merge_below="-5")), "fixed_payment.merge_below"),
        (
            lambda: made(
                rp.fee(share="0.1") + rp.equal_instalment(3),
                rp.Loan(principal="1", rounding=rp.Rounding(fee_multiple="0.001"), **GIVEN),
            ),
            "rounding.fee_multiple",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(make, field):
    with pytest.raises(rp.InputError) as error:
        make()
    assert error.value.field == field


@pytest.mark.parametrize(
    "text",
    [
        'fee("25.00") + equal_instalment(24)',
        'fee(share="0.001", of="balance", when="each") + fee(col(\'cost\'), financed=True) + flat(3)',
        'equal_instalment(24, at_least="50", merge_below="10")',
        "fixed_payment(\"500\", merge_below=col('least'))",
        'holiday(until="2026-09-30", interest="capitalise") + equal_instalment(24)',
        'holiday(until=col(\'day\'), interest="defer", repay="last") + equal_instalment(24)',
    ],
)
def test_the_text_form_is_read_back(text):
    assert repr(rp.parse_plan(text)) == text


def test_a_share_of_the_balance_is_one_of_the_opening_balance_that_is_shown():
    loan = rp.Loan(
        principal="12000", annual_rate="0.12", original_term=2, elapsed=0, unpaid=2, next_due="2026-01-31"
    )
    plan = rp.fee("100", financed=True) + rp.fee(share="0.01", of="balance") + rp.equal_principal(2)
    row = rp.schedule(loan, plan).rows[0]
    assert (row.opening, row.drawn, row.fee) == (12000, 100, 120)
