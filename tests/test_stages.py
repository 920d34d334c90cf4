"""Stages: what can't be meant is refused when it is written; balloons and negative amortisation by name."""

import math
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

import repayplan as rp

TERMS = {
    "principal": "10000",
    "annual_rate": "0.12",
    "original_term": 24,
    "elapsed": 0,
    "unpaid": 24,
    "next_due": "2026-01-31",
}
LOAN = rp.Loan(**TERMS)


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: rp.equal_instalment(-1), "equal_instalment.n"),
        (lambda: rp.holiday(True, interest="waive"), "holiday.n"),
        (lambda: rp.bullet(3, interest="daily"), "bullet.interest"),
        (lambda: rp.holiday(3, interest="forgive"), "holiday.interest"),
        (lambda: rp.holiday(3, interest="defer", repay="never"), "holiday.repay"),
        (lambda: rp.holiday(3, interest="capitalise", repay="last"), "holiday.repay"),
        (lambda: rp.holiday(3, interest="waive", repay="first"), "holiday.repay"),
        (lambda: rp.equal_instalment(12, balloon="rest"), "equal_instalment.balloon"),
        (lambda: rp.equal_instalment(12, instalment="500", balloon="100"), "equal_instalment.balloon"),
        (lambda: rp.equal_principal(12, balloon="rest"), "equal_principal.balloon"),
        (lambda: rp.flat(12, balloon="rest"), "flat.balloon"),
        (lambda: rp.equal_instalment(12, shortfall="capitalise"), "equal_instalment.shortfall"),
        (lambda: rp.equal_instalment(12, instalment="5", shortfall="add"), "equal_instalment.shortfall"),
        (lambda: rp.bullet(3) + rp.flat(3), "plan"),
        (lambda: rp.fixed_payment("5") + rp.flat(3), "plan"),
        (lambda: rp.equal_principal(3) + rp.fixed_payment("5"), "plan"),
        (lambda: rp.holiday(3, interest="waive").check(), "plan"),
    ],
)
def test_what_cannot_be_meant_is_refused_when_it_is_written(make, field):
    with pytest.raises(rp.InputError) as error:
        make()
    assert error.value.field == field


@pytest.mark.parametrize(
    ("plan", "field"),
    [
        (rp.equal_instalment(12, balloon="-1"), "equal_instalment.balloon"),
        (rp.equal_principal(12, principal="x"), "equal_principal.principal"),
        (rp.equal_instalment(12, instalment="0"), "equal_instalment.instalment"),
        (rp.equal_instalment(3661), "equal_instalment.n"),
        (rp.equal_instalment(rp.col("nowhere")), "col"),
    ],
)
def test_what_a_loan_makes_of_it_is_refused_with_its_field(plan, field):
    with pytest.raises(rp.InputError) as error:
        rp.schedule(LOAN, plan)
    assert error.value.field == field


@pytest.mark.parametrize("field", ["due_dates", "rounding"])
@pytest.mark.parametrize("given", ["weekends", None, 5, ()], ids=repr)
def test_a_rule_of_a_loan_is_one_of_its_kind(field, given):
    for make in (rp.Loan, rp.Loans.from_columns):
        with pytest.raises(rp.InputError) as error:
            make(**TERMS | {field: given})
        assert error.value.field == field


def level(balance, rate, n, balloon):
    growth = (1 + rate) ** n
    return (balance * growth - balloon) * rate / (growth - 1)


def test_a_balloon_is_left_for_the_last_payment():
    rows = rp.schedule(LOAN, rp.equal_instalment(24, balloon="5000")).rows
    exact = level(Fraction(10000), Fraction(1, 100), 24, Fraction(5000))
    assert rows[0].payment == round(Decimal(exact.numerator) / Decimal(exact.denominator), 2)
    assert {row.payment for row in rows[:-1]} == {rows[0].payment}
    assert abs(rows[-1].payment - rows[0].payment - 5000) < Decimal("0.30")
    assert rows[-1].closing == 0


def test_a_balloon_is_left_for_the_next_stage():
    rows = rp.schedule(LOAN, rp.equal_instalment(12, balloon="6000") + rp.equal_principal(12)).rows
    assert abs(rows[11].closing - 6000) < Decimal("0.15")
    assert rows[12].principal == round(rows[11].closing / 12, 2)
    falling = rp.schedule(LOAN, rp.equal_principal(10, balloon="4000") + rp.flat(4)).rows
    assert falling[9].closing == 4000
    assert [row.principal for row in falling[10:]] == [1000] * 4


def test_a_balloon_of_more_than_is_owed_is_refused():
    for plan in (rp.equal_instalment(12, balloon="12000"), rp.flat(12, balloon="10001")):
        with pytest.raises(rp.InputError) as error:
            rp.schedule(LOAN, plan)
        assert error.value.code is rp.Code.NEGATIVE_AMORTISATION


def test_an_instalment_below_the_interest_adds_to_the_balance_only_where_that_is_asked_for():
    with pytest.raises(rp.InputError) as error:
        rp.schedule(LOAN, rp.equal_instalment(6, instalment="60"))
    assert error.value.code is rp.Code.NEGATIVE_AMORTISATION
    named = rp.equal_instalment(6, instalment="60", shortfall="capitalise", balloon="rest")
    rows = rp.schedule(LOAN, named).rows
    assert (rows[0].interest, rows[0].payment, rows[0].capitalised) == (100, 60, 40)
    assert (rows[0].principal, rows[0].closing) == (0, 10040)
    assert rows[-1].payment == rows[-1].opening + rows[-1].interest
    totals = rp.schedule(LOAN.batch, named).value.totals()
    for name in ("interest", "interest_paid", "capitalised", "principal", "payment"):
        assert totals[name][0] == sum(int(getattr(row, name) * 100) for row in rows)


def test_a_last_payment_of_any_size_is_taken_by_name_only():
    with pytest.raises(rp.InputError) as error:
        rp.schedule(LOAN, rp.equal_instalment(12, instalment="300"))
    assert error.value.code is rp.Code.BALLOON
    rows = rp.schedule(LOAN, rp.equal_instalment(12, instalment="300", balloon="rest")).rows
    assert {row.payment for row in rows[:-1]} == {300}
    assert rows[-1].closing == 0


def test_principal_may_be_given():
    rows = rp.schedule(LOAN, rp.equal_principal(5, principal="1500") + rp.interest_only(2)).rows
    assert [row.principal for row in rows] == [1500] * 5 + [0, 2500]


def test_a_variant_of_a_loan_is_the_loan_with_that_field():
    given = {"principal": "12000", "annual_rate": "0.12", "original_term": 36, "elapsed": 10, "unpaid": 26}
    loan = rp.Loan(**given, next_due="2026-01-31", columns={"status": "Late"})
    later = replace(loan, next_due="2026-04-30")
    assert later.interest_from == date(2026, 3, 30)
    assert rp.schedule(later, rp.interest_only(2)).rows[0].interest == 120
    weekly = replace(loan, frequency="weekly")
    assert weekly.interest_from == date(2026, 1, 24)
    assert later.columns == {"status": "Late"}
    assert later.batch.extra["status"] == ["Late"]
    kept = replace(rp.Loan(**given, next_due="2026-01-31", start="2026-01-01"), next_due="2026-02-28")
    assert kept.interest_from == date(2026, 1, 1)


# What moves beside the instalments


@pytest.mark.parametrize(
    ("part", "code", "field"),
    [
        (lambda: rp.drawdown("300", on="2025-12-30"), "dates_out_of_order", "drawdown.on"),
        (lambda: rp.drawdown("300", on="2026-12-31"), "out_of_range", "drawdown.on"),
        (lambda: rp.prepayment("300", on="2027-01-01"), "out_of_range", "prepayment.on"),
        (lambda: rp.prepayment("300", on="soon"), "not_a_date", "prepayment.on"),
        (lambda: rp.prepayment("-1", on="2026-03-01"), "negative", "prepayment.amount"),
        (lambda: rp.prepayment("1", on="2026-03-01", then="wait"), "unknown_value", "prepayment.then"),
    ],
)
def test_a_move_that_cannot_be_meant_is_refused(part, code, field):
    loan = rp.Loan(
        principal="1200", annual_rate="0.12", original_term=12, elapsed=0, unpaid=12, next_due="2026-01-31"
    )
    with pytest.raises(rp.InputError) as caught:
        rp.schedule(loan, part() + rp.equal_instalment(12))
    assert (caught.value.code.value, caught.value.field) == (code, field)


def test_a_plan_of_nothing_but_a_drawdown_is_refused():
    loan = rp.Loan(
        principal="1200", annual_rate="0.12", original_term=12, elapsed=0, unpaid=12, next_due="2026-01-31"
    )
    with pytest.raises(rp.InputError) as caught:
        rp.schedule(loan, rp.drawdown("300", on="2026-03-10"))
    assert (caught.value.code.value, caught.value.field) == ("missing", "plan")


def test_what_moves_within_a_period_follows_its_days_in_whatever_order_it_is_written():
    loan = rp.Loan(
        principal="1200", annual_rate="0.12", original_term=12, elapsed=0, unpaid=12, next_due="2026-01-31"
    )
    all_of_it, more = rp.prepayment("5000", on="2026-05-05"), rp.drawdown("300", on="2026-05-20")
    one, other = (
        rp.schedule(loan, part + rp.equal_instalment(12)) for part in (all_of_it + more, more + all_of_it)
    )
    assert one.rows == other.rows
    assert one.moved.amount.tolist() == [-int(100 * one.rows[3].closing), 300_00]


def test_payments_until_paid_off_wait_for_what_is_still_to_be_drawn():
    loan = rp.Loan(
        principal="100", annual_rate="0.12", original_term=6, elapsed=0, unpaid=6, next_due="2026-01-31"
    )
    plan = rp.drawdown("50", on="2026-05-15") + rp.fixed_payment("200")
    rows = rp.schedule(loan, plan).rows
    assert [(row.drawn, row.closing) for row in rows] == [(0, 0)] * 4 + [(50, 0)]
    assert rows[-1].principal == 50


def test_a_prepayment_on_a_short_month_s_due_date_leaves_the_interest_of_its_period_alone():
    loan = rp.Loan(
        principal="12000", annual_rate="0.12", original_term=6, elapsed=0, unpaid=6, next_due="2026-01-31"
    )
    made = rp.schedule(loan, rp.prepayment("5000", on="2026-02-28") + rp.equal_instalment(6)).rows
    assert made[1].interest == rp.schedule(loan, rp.equal_instalment(6)).rows[1].interest


def test_what_is_prepaid_with_the_last_payment_is_no_part_of_it():
    # 1,010.00 are owed at the end of a year of nothing but 10.00: 1,000.00 of them are prepaid that day.
    loan = rp.Loan(
        principal="1000", annual_rate="0.12", original_term=3, elapsed=0, unpaid=3, next_due="2026-01-31"
    )
    given = rp.equal_instalment(3, instalment="10")
    rows = rp.schedule(loan, rp.prepayment("1000", on="2026-03-31") + given).rows
    assert [row.payment for row in rows] == [10, 10, 1010]
    for more in (rp.prepayment("900", on="2026-03-31"), rp.drawdown("15", on="2026-03-30")):
        with pytest.raises(rp.InputError) as error:
            rp.schedule(loan, more + given)
        assert error.value.code is rp.Code.BALLOON


def test_a_plan_that_solves_before_a_fixed_payment_is_refused_however_it_is_made():
    with pytest.raises(rp.InputError) as error:
        rp.Plan(rp.equal_instalment(3).stages + rp.fixed_payment("500").stages).check()
    assert (error.value.code, error.value.field) == (rp.Code.UNKNOWN_VALUE, "plan")


def test_a_prepayment_shortens_the_plan_or_lowers_the_instalments():
    """12,000 at 1 % a month over 12, of which 5,000 are prepaid with the fourth instalment: by hand.

    After four payments of 1066.19 and 5,000 are left 3158.09 (8158.09 - 5000). Lowered: over 8 months
    3158.09 * 0.01 / (1 - 1.01 ** -8) = 412.73. Kept: 1066.19 three times, and 23.12 + 0.23 of interest.
    """
    loan = rp.Loan(
        principal="12000", annual_rate="0.12", original_term=12, elapsed=0, unpaid=12, next_due="2026-01-31"
    )
    lower, shorter = (
        rp.schedule(loan, rp.prepayment("5000", on="2026-04-30", then=then) + rp.equal_instalment(12)).rows
        for then in ("lower", "shorten")
    )
    assert [str(row.payment) for row in lower][2:6] == ["1066.19", "6066.19", "412.73", "412.73"]
    assert (len(lower), len(shorter)) == (12, 8)
    assert [str(row.payment) for row in shorter][4:] == ["1066.19", "1066.19", "1066.19", "23.35"]


def test_a_stage_s_own_rate_is_not_cut_where_the_loan_s_changes():
    # 1,004.00 at 3.65 %: 0.1004 a day, 3.1124 in January; 15 and 16 days apart would be 1.51 + 1.61.
    loan = rp.Loan(
        principal="1004",
        annual_rate=rp.SteppedRate(
            (("2025-01-01", "0.02"), ("2026-01-15", "0.03"), ("2026-02-11", "0.0365"))
        ),
        original_term=3,
        elapsed=0,
        unpaid=3,
        start="2025-12-31",
        next_due="2026-01-31",
        day_count="ACT/365F",
        rounding=rp.Rounding(interest_per="piece"),
    )
    rows = rp.schedule(loan, rp.interest_only(1, rate="0.0365") + rp.interest_only(2)).rows
    # February at the loan's: 11 days at 3 % (0.9077...) and 17 at 3.65 % (1.7068): 0.91 + 1.71, not 2.61.
    assert [str(row.interest) for row in rows[:2]] == ["3.11", "2.62"]


# What a prepayment leaves alone (each figure by PMT at 1 % a month, worked out beside)


def paid(plan, **terms):
    loan = {
        "principal": "12000",
        "annual_rate": "0.12",
        "original_term": 12,
        "elapsed": 0,
        "unpaid": 12,
        "next_due": "2026-01-31",
    }
    return [str(row.payment) for row in rp.schedule(rp.Loan(**(loan | terms)), rp.parse_plan(plan)).rows]


def test_what_is_prepaid_with_an_instalment_lowers_the_next_ones_not_that_one():
    # PMT(1 %, 6, 12000) = 2070.58; 12000 - 1950.58 - 6000 = 4049.42, PMT(1 %, 5) = 834.34.
    first = paid('prepayment("6000", on="2026-01-31") + equal_instalment(6)')
    assert first == ["8070.58", *["834.34"] * 4, "834.35"]
    # In the row after one: 7079.33 are left of the third's, PMT(1 %, 4, 7079.33) = 1814.30.
    third = paid(
        'prepayment("1000", on="2026-02-28") + prepayment("1000", on="2026-03-31") + equal_instalment(6)'
    )
    assert third[:3] == ["2070.58", "3070.58", "2814.30"]
    assert paid('prepayment("6000", on="2026-01-31") + equal_principal(6)')[0] == "8120.00"


def test_a_plan_that_is_shortened_keeps_the_instalments_that_it_would_have():
    for day in ("2026-01-15", "2026-01-31"):
        plan = f'prepayment("6000", on="{day}", then="shorten") + equal_instalment(6)'
        assert paid(plan)[:2] == ["8070.58", "2070.58"]
    later = paid(
        'prepayment("4000", on="2026-02-28", then="shorten") + equal_instalment(2) + equal_instalment(4)'
    )
    assert later[:3] == ["2070.58", "6070.58", "2070.58"]
    # A higher rate is a higher instalment, by as much as without the prepayment.
    steps = rp.SteppedRate((("2020-01-01", "0.12"), ("2026-03-31", "0.13")))
    plain = paid("equal_instalment(12)", annual_rate=steps)
    made = paid(
        'prepayment("6000", on="2026-02-28", then="shorten") + equal_instalment(12)', annual_rate=steps
    )
    assert made[2:-1] == plain[2 : len(made) - 1]
    assert len(made) < len(plain)


def test_a_rate_that_changes_and_returns_within_a_period_has_the_instalment_solved_anew():
    back, nearly = (
        paid(
            "equal_instalment(6)",
            day_count="30E/360",
            annual_rate=rp.SteppedRate(
                (("2020-01-01", "0.12"), ("2026-03-05", "0.24"), ("2026-03-20", last))
            ),
        )
        for last in ("0.12", "0.1200000001")
    )
    assert back == nearly
    assert back[2] > back[1]


def test_a_small_last_payment_is_merged_though_the_rate_changes_within_its_period():
    steps = rp.SteppedRate((("2020-01-01", "0.12"), ("2026-04-10", "0.24")))
    for per in ("period", "piece"):
        rounding = rp.Rounding(interest_per=per)
        made = paid('fixed_payment("4005", merge_below="500")', annual_rate=steps, rounding=rounding)
        assert made == ["4005.00", "4005.00", "4233.06"]


def test_the_residue_is_placed_though_the_rate_changes_within_a_period():
    steps = rp.SteppedRate((("2020-01-01", "0.12"), ("2026-02-10", "0.24")))
    for residue in ("first", "spread"):
        made = [
            paid(
                'equal_instalment(12, rate_change="keep")',
                annual_rate=steps,
                rounding=rp.Rounding(interest_per=per, residue=residue),
            )
            for per in ("period", "piece")
        ]
        assert abs(Decimal(made[1][-1]) - Decimal(made[1][-2])) < 1
        assert abs(Decimal(made[0][-1]) - Decimal(made[1][-1])) < 1


def test_what_a_holiday_waives_is_not_charged_where_all_is_repaid_in_it():
    for then in ("shorten", "lower"):
        plan = f'prepayment("12000", on="2026-02-28", then="{then}") + holiday(3, interest="waive")'
        assert paid(plan + " + equal_instalment(6)")[1] == "12000.00"


def test_act_365l_is_that_of_the_whole_period_wherever_the_rate_changes():
    # ICMA Rule 251.1(i)(2): 366 in all of a period that holds 29 February, 1,000,000 * 12 %.
    year = {
        "principal": "1000000",
        "next_due": "2025-01-15",
        "start": "2024-01-15",
        "frequency": "annual",
        "day_count": "ACT/365L",
    }
    steps = rp.SteppedRate((("2020-01-01", "0.12"), ("2024-06-01", "0.1200000001")))
    assert paid("interest_only(1)", **year) == ["1120000.00"]
    assert paid("interest_only(1)", annual_rate=steps, **year) == ["1120000.00"]
    # 228 of the 366 days on what is drawn: 1,000,000 * 0.12 * 228 / 366 = 74,754.10.
    assert paid('drawdown("1000000", on="2024-06-01") + interest_only(1)', **year) == ["2194754.10"]


def test_a_payment_of_a_list_may_be_a_column():
    loans = rp.Loans.from_columns(
        principal=["1200", "300"],
        annual_rate="0",
        original_term=2,
        elapsed=0,
        unpaid=2,
        next_due="2026-01-31",
        columns={"promised": rp.minor(np.array([500_00, 200_00]))},
    )
    rows = rp.schedule(loans, rp.custom((rp.col("promised"), "700"))).value.by_loan()[0]
    assert rows["payment"].tolist() == [500_00, 700_00, 200_00, 100_00]


def test_no_fee_is_charged_with_a_promise_of_nothing():
    plan = 'fee("2", when="each") + custom(("400", "0", "12000"), shortfall="capitalise")'
    assert paid(plan, annual_rate="0")[:2] == ["402.00", "0.00"]


def test_a_season_looks_at_the_last_due_date_as_it_is():
    # April and, instead of June, 20 July: both pay.
    made = paid(
        "seasonal(2, months=(4, 7))",
        next_due="2026-04-10",
        frequency="bimonthly",
        last_due="2026-07-20",
        annual_rate="0",
    )
    assert made == ["6000.00", "6000.00"]


def test_the_days_of_a_row_are_those_that_its_interest_counts():
    # 30E/360 ISDA: of a maturity at the end of February 28 days count, 333.34 * 36 % * 28 / 360.
    loan = rp.Loan(
        principal="1000",
        annual_rate="0.36",
        original_term=3,
        elapsed=0,
        unpaid=3,
        next_due="2025-12-31",
        day_count="30E/360 ISDA",
    )
    row = rp.schedule(loan, rp.equal_principal(3)).rows[-1]
    assert (row.days, str(row.interest)) == (28, "9.33")


def test_the_row_of_a_lowering_prepayment_pays_its_interest_whatever_is_capitalised():
    plan = 'prepayment("12000", on="2026-02-15") + graduated(5, growth="0.5", shortfall="capitalise")'
    loan = rp.Loan(
        principal="12000", annual_rate="0.12", original_term=5, elapsed=0, unpaid=5, next_due="2026-01-31"
    )
    row = rp.schedule(loan, rp.parse_plan(plan)).rows[1]
    assert (row.capitalised, row.interest_paid, row.closing) == (0, row.interest, 0)


@pytest.mark.parametrize(
    ("plan", "want"),
    [
        # 12,000 at 12 %: whatever is prepaid, no more is left than is owed.
        (
            'prepayment("50000", on="2026-02-10") + equal_instalment(4, balloon="5000")',
            ["0.00", "0.00"],
        ),
        ('prepayment("50000", on="2026-02-10") + flat(4, balloon="5000")', ["0.00", "0.00"]),
        ('prepayment("50000", on="2026-02-10") + graduated(4, step="200")', ["0.00", "0.00"]),
        # 5,000 of them are to be left, and 1,000 are owed: interest until then.
        ('prepayment("9250", on="2026-01-31") + equal_principal(4, balloon="5000")', ["10.00", "1010.00"]),
        # Paid off before the stage that is to leave something.
        ('custom(("7000", "7000")) + equal_instalment(2, balloon="1000")', ["0.00", "0.00"]),
    ],
)
def test_no_more_is_left_than_is_owed(plan, want):
    assert paid(plan)[-2:] == want


@pytest.mark.parametrize(
    ("principal", "plan", "value"),
    [
        ("12000", rp.graduated(12, step="-200"), "-57.52"),
        ("11000", rp.graduated(12, step="-200"), "-146.37"),
        ("10000", rp.graduated(12, step="-200"), "-35.22"),
        ("12000", rp.graduated(12, step="-200", instalment="2199.99"), "-0.01"),
        ("12000", rp.graduated(12, step="-200", instalment="1000", shortfall="capitalise"), "-200.00"),
        ("10000", rp.graduated(12, step="500", shortfall="capitalise"), "-1802.24"),
    ],
)
def test_no_planned_payment_is_below_zero(principal, plan, value):
    good = {"annual_rate": "0.12", "original_term": 12, "elapsed": 0, "unpaid": 12, "next_due": "2026-01-31"}
    with pytest.raises(rp.InputError, match="below 0") as caught:
        rp.schedule(rp.Loan(principal=principal, **good), plan)
    assert (caught.value.code, caught.value.field) == (rp.Code.INSTALMENT_BELOW_ZERO, "graduated.step")
    assert caught.value.value == value
    batch = rp.schedule(rp.Loans.from_columns(principal=[principal, "40000"], **good), plan)
    mine = [f for f in batch.failures if f.row == 0]
    assert [(f.code, f.field, f.value) for f in mine] == [(caught.value.code, "graduated.step", value)]


def test_steps_that_end_at_zero_are_kept_and_are_the_least():
    loan = rp.Loan(
        principal="12000", annual_rate="0.12", original_term=12, elapsed=0, unpaid=12, next_due="2026-01-31"
    )
    least = rp.solve_instalment(loan, rp.graduated(12, step="-200"))
    assert least == 2200
    assert rp.schedule(loan, rp.graduated(12, step="-200", instalment=least)).rows[-1].closing == 0


def test_where_all_was_prepaid_no_step_leads_below_zero():
    plan = 'prepayment("50000", on="2026-02-10") + graduated(4, step="-20")'
    assert paid(plan)[-2:] == ["0.00", "0.00"]


def test_more_left_than_is_owed_is_refused_where_nothing_was_prepaid():
    loan = rp.Loan(
        principal="1000", annual_rate="0.12", original_term=4, elapsed=0, unpaid=4, next_due="2026-01-31"
    )
    with pytest.raises(rp.InputError) as error:
        rp.schedule(loan, rp.equal_instalment(4, balloon="5000"))
    assert error.value.code is rp.Code.NEGATIVE_AMORTISATION


def test_what_moves_on_a_date_has_an_amount():
    loans = rp.Loans.from_columns(
        principal=["1200"] * 4,
        annual_rate="0.12",
        original_term=12,
        elapsed=8,
        unpaid=4,
        next_due="2026-01-31",
        columns={
            "extra": ["100", None, None, "50"],
            "on": ["2026-02-10", "2026-02-10", None, None],
        },
    )
    for part in (rp.prepayment, rp.drawdown):
        made = rp.schedule(loans, part(rp.col("extra"), on=rp.col("on")) + rp.equal_instalment(3))
        assert [(f.row, f.code, f.field) for f in made.failures] == [
            (1, rp.Code.MISSING, f"{part.__name__}.amount")
        ]
        with pytest.raises(rp.InputError) as error:
            part("100", on=None)
        assert (error.value.code, error.value.field) == (rp.Code.MISSING, f"{part.__name__}.on")


def test_of_several_plans_a_template_says_which():
    loans = rp.Loans.from_columns(
        principal=["1200"], annual_rate="0", original_term=12, elapsed=0, unpaid=12, next_due="2026-01-31"
    )
    plans = [rp.equal_instalment(3), rp.equal_instalment(4)]
    with pytest.raises(TypeError, match="2 plans: `template`"):
        rp.schedule(loans, plans)
    assert rp.schedule(loans, plans, template=1).value.instalments.tolist() == [4]


def test_a_date_before_those_that_are_given_is_before_all_of_them():
    given_ = rp.DueDates(given=("2026-01-31", "2026-03-12", "2026-04-21"))
    loans = rp.Loans.from_columns(
        principal=["1000"] * 2,
        annual_rate="0.12",
        original_term=12,
        elapsed=0,
        unpaid=12,
        next_due="2026-01-31",
        due_dates=(given_, rp.DueDates()),
        due_index=[0, 1],
    )
    plan = rp.holiday(until="2024-08-01", interest="waive") + rp.equal_instalment(3)
    assert rp.schedule(loans, plan).value.instalments.tolist() == [3, 3]


@pytest.mark.parametrize("n", [1, 2])
def test_a_start_that_is_moved_beyond_the_first_due_date_is_refused(n):
    """Saturday 30 May and Sunday 31 May are both moved to Monday 1 June: no day lies between them."""
    following = rp.DueDates(business_day="following", adjusted=True, calendar=rp.WEEKENDS)
    terms = {"principal": "1000000", "annual_rate": "0.365", "frequency": "daily", "next_due": "2026-05-31"}
    terms |= {"original_term": n, "elapsed": 0, "unpaid": n, "due_dates": following}
    with pytest.raises(rp.InputError) as caught:
        rp.Loan(**terms, day_count="ACT/365F")
    assert (caught.value.code, caught.value.field) == (rp.Code.DATES_OUT_OF_ORDER, "start")
    assert "2026-05-31" in str(caught.value)
    batch = rp.Loans.from_columns(
        **terms | {"next_due": ["2026-05-31", "2026-05-29"]},
        day_count="ACT/365F",
    )
    assert [(f.row, f.code) for f in batch.failures] == [(0, rp.Code.DATES_OUT_OF_ORDER)]
    # A whole period is counted wherever it is moved.
    [row] = rp.schedule(rp.Loan(**terms, day_count="periods"), rp.bullet(1)).rows
    assert (row.days, row.interest) == (1, 1000)


def test_a_start_that_is_said_is_kept_where_the_default_would_be_moved_too_far():
    following = rp.DueDates(business_day="following", adjusted=True, calendar=rp.WEEKENDS)
    terms = {"principal": "1000000", "annual_rate": "0.365", "frequency": "daily", "next_due": "2026-05-31"}
    terms |= {"original_term": 1, "elapsed": 0, "unpaid": 1, "due_dates": following, "day_count": "ACT/365F"}
    for start, days in (("2026-05-31", 1), ("2026-05-30", 2), ("2026-05-29", 3)):
        loan = rp.Loan(**terms, start=start)
        for each in (loan, loan.batch.one(0)):
            [row] = rp.schedule(each, rp.bullet(1)).rows
            assert (row.days, row.interest) == (days, 1000 * days)


@pytest.mark.parametrize("repay", ["first", "spread", "last"])
@pytest.mark.parametrize("after", [rp.custom(("50", "50", "50")), rp.equal_instalment(3)])
def test_what_a_holiday_defers_is_paid_where_a_prepayment_ends_the_plan_in_it(repay, after):
    """Whatever follows it: the plan's last row is then one of the holiday's own."""
    paid_off = rp.prepayment("1000", on="2026-02-28", then="shorten")
    plan = paid_off + rp.holiday(2, interest="defer", repay=repay) + after
    loan = rp.Loan(
        principal="100",
        annual_rate="0.12",
        original_term=5,
        elapsed=0,
        unpaid=5,
        next_due="2026-01-31",
    )
    rows = rp.schedule(loan, plan).rows
    assert [(str(row.interest_paid), str(row.deferred)) for row in rows] == [
        ("0.00", "1.00"),
        ("2.00", "-1.00"),
    ]
    assert [str(row.payment) for row in rows] == ["0.00", "102.00"]


def test_interest_is_counted_from_where_it_was_counted_to():
    # 1 February 2026 is a Sunday, 1 March too: carried on in March, no day is counted twice.
    law = rp.DueDates(business_day="following", calendar=rp.WEEKENDS, adjusted=True)

    def row(next_due, place):
        loan = rp.Loan(
            principal="100000",
            annual_rate="0.365",
            original_term=3,
            elapsed=0,
            unpaid=3,
            next_due=next_due,
            day_count="ACT/365F",
            due_dates=law,
        )
        return rp.schedule(loan, rp.interest_only(3)).rows[place]

    assert row("2026-02-01", 1).interest == row("2026-03-01", 0).interest == 2800
    assert row("2026-02-01", 1).days == row("2026-03-01", 0).days == 28


def test_a_calendar_that_does_not_cover_the_start_is_said():
    calendar = rp.Holidays(["2026-05-01"], name="c", source="s", first="2026-01-15", last="2027-12-31")
    terms = {
        "principal": "1000",
        "annual_rate": "0.12",
        "original_term": 3,
        "elapsed": 0,
        "unpaid": 3,
        "next_due": "2026-01-31",
        "due_dates": rp.DueDates(business_day="following", calendar=calendar, adjusted=True),
    }
    with pytest.raises(rp.InputError) as error:
        rp.Loan(**terms)
    assert (error.value.code, error.value.field) == (rp.Code.BEYOND_CALENDAR, "start")
    assert rp.Loan(**terms, start="2025-12-31").start.isoformat() == "2025-12-31"


def test_whole_numbers_may_be_those_of_numpy():
    one, three, seven = np.int64(1), np.int32(3), np.uint8(7)
    for made, same in (
        (rp.graduated(12, step="5", every=three), rp.graduated(12, step="5", every=3)),
        (rp.seasonal(12, months=(seven, one)), rp.seasonal(12, months=(1, 7))),
        (rp.seasonal(12, months=seven), rp.seasonal(12, months=7)),
        (rp.equal_principal(12, principal_on=three), rp.equal_principal(12, principal_on=3)),
        (rp.interest_only(12, interest_on=[three]), rp.interest_only(12, interest_on=(3,))),
    ):
        assert repr(made) == repr(same)
    for wrong in (np.float64(3), np.bool_(1), True, "3", 0, np.int64(-1), None):
        with pytest.raises(rp.InputError) as error:
            rp.graduated(12, step="5", every=wrong)
        assert (error.value.code, error.value.field) == (rp.Code.OUT_OF_RANGE, "graduated.every")


@pytest.mark.parametrize("count", [3661, 2**63, 10**30])
def test_a_cycle_longer_than_any_plan_is_refused_by_its_name(count):
    for text, field in (
        (f'graduated(6, step="10", every={count})', "graduated.every"),
        (f"equal_principal(6, principal_on={count})", "equal_principal.principal_on"),
        (f"interest_only(6, interest_on={count})", "interest_only.interest_on"),
        (f'arrears("penalty", over={count}) + equal_instalment(6)', "arrears.over"),
    ):
        with pytest.raises(rp.InputError, match="a number of periods, 1 to 3660") as error:
            rp.parse_plan(text)
        assert (error.value.code, error.value.field) == (rp.Code.OUT_OF_RANGE, field)
    assert rp.graduated(6, step="10", every=3660) == rp.parse_plan('graduated(6, step="10", every=3660)')


@pytest.mark.parametrize("amounts", [(("1", "2"), ("3",)), (("1", "2"), "3"), ["1", ["2"]], ((), ("1",))])
def test_payments_of_different_lengths_are_refused_by_name(amounts):
    with pytest.raises(rp.InputError) as error:
        rp.custom(amounts)
    assert (error.value.code, error.value.field) == (rp.Code.UNKNOWN_VALUE, "custom.amounts")


@pytest.mark.parametrize("then", ["lower", "shorten"])
@pytest.mark.parametrize("count", ["periods", "ACT/365F"])
def test_what_moves_before_a_last_due_date_is_in_its_row_whatever_other_plans_do(then, count):
    # Up to one last due date in one to seven rows: the last of each takes what is prepaid in it.
    terms = {"annual_rate": "0.12", "original_term": 24, "elapsed": 0, "unpaid": 24, "day_count": count}
    terms |= {"next_due": "2026-01-31", "last_due": "2026-08-15"}
    beside = rp.drawdown("50", on="2026-03-10") + rp.prepayment("200", on="2026-06-10", then=then)
    counts = list(range(1, 8))
    loans = rp.Loans.from_columns(**terms, principal=["10000"] * len(counts))
    made = rp.schedule(loans, beside + rp.equal_instalment(np.array(counts)))
    assert not len(made.failures)
    for n, got in zip(counts, made.value, strict=True):
        alone = rp.schedule(rp.Loan(**terms, principal="10000"), beside + rp.equal_instalment(n))
        assert alone.rows == got.rows


def test_a_rate_of_the_loans_is_the_same_rate_as_a_parameter():
    rates = ["0", "0.12", "0.0000000001", "0.1234567891", "0.3333333333", "0.9999999999", "1"]
    loans = rp.Loans.from_columns(**TERMS | {"annual_rate": rates})
    own = rp.schedule(loans, rp.equal_instalment(3) + rp.flat(2)).value
    rate = rp.col("annual_rate")
    said = rp.schedule(loans, rp.equal_instalment(3, rate=rate) + rp.flat(2, rate=rate))
    assert not said.failures
    for name, column in own.by_loan()[0].items():
        assert (said.value.by_loan()[0][name] == column).all(), name
    fees = rp.schedule(loans, rp.fee(share=rate) + rp.equal_instalment(3)).value.by_loan()[0]["fee"]
    assert fees[::3].tolist() == [round(Decimal(r) * 1_000_000) for r in rates]
    one = rp.schedule(LOAN, rp.equal_instalment(3, rate=rate))
    assert one.rows == rp.schedule(LOAN, rp.equal_instalment(3)).rows


def test_the_spread_of_a_loan_is_a_parameter_where_it_has_one():
    index = rp.Index("LPR", ["2025-01-01"], ["0.03"], "test")
    path = rp.LinkedRate(index, None, reset=12)
    spreads = {"spread": ["0.0123456789", "-0.2", None], "rate_anchor": "2025-06-01"}
    loans = rp.Loans.from_columns(**TERMS | spreads | {"annual_rate": path})
    made = rp.schedule(loans, rp.fee(share=rp.col("spread")) + rp.equal_instalment(3))
    codes = [(failure.row, failure.code) for failure in made.failures]
    assert codes == [(1, rp.Code.NEGATIVE), (2, rp.Code.MISSING)]
    assert made.value.by_loan()[0]["fee"].tolist() == [12346, 0, 0]


@pytest.mark.parametrize(
    ("plan", "field", "value"),
    [
        (rp.equal_principal(6, principal_on=(2, 9)), "equal_principal.principal_on", "(2, 9)"),
        (rp.equal_principal(6, interest_on=(7,)), "equal_principal.interest_on", "(7,)"),
        (rp.interest_only(6, interest_on=(8,)) + rp.equal_principal(2), "interest_only.interest_on", "(8,)"),
    ],
)
def test_a_number_of_no_period_of_the_stage_is_refused(plan, field, value):
    loan = rp.Loan(
        principal="12000", annual_rate="0.12", original_term=12, elapsed=0, unpaid=12, next_due="2026-01-31"
    )
    with pytest.raises(rp.InputError) as caught:
        rp.schedule(loan, plan)
    found = caught.value
    assert found.code == rp.Code.OUT_OF_RANGE
    assert (found.field, found.value, found.limit) == (field, value, "1 to 6")


def test_the_periods_of_a_stage_that_a_loan_does_not_have_are_not_missed():
    good = {"annual_rate": "0.12", "original_term": 12, "elapsed": 0, "unpaid": 12, "next_due": "2026-01-31"}
    loans = rp.Loans.from_columns(principal=["12000"] * 3, columns={"n": [0, 2, 3]}, **good)
    found = rp.schedule(loans, rp.interest_only(rp.col("n"), interest_on=(3,)) + rp.equal_principal(6))
    assert [(f.row, f.field) for f in found.failures] == [(1, "interest_only.interest_on")]


@pytest.mark.parametrize(("mode", "multiple"), [("half_up", None), ("down", "100"), ("up", "100")])
@pytest.mark.parametrize("after", [rp.bullet(2), rp.interest_only(2), rp.equal_instalment(4)])
def test_a_stage_with_a_balloon_leaves_it_and_what_rounding_leaves_over(mode, multiple, after):
    rounding = rp.Rounding(instalment=mode, instalment_multiple=multiple)
    terms = {"annual_rate": "0.12", "original_term": 36, "elapsed": 0, "unpaid": 36}
    loan = rp.Loan(principal="50000", next_due="2026-01-31", rounding=rounding, **terms)
    growth, step = Fraction(101, 100), 100 if multiple else Fraction(1, 100)
    exact = (50000 * growth**36 - 6000) / sum(growth**k for k in range(36))
    round_ = {"half_up": lambda x: math.floor(x + Fraction(1, 2)), "down": math.floor, "up": math.ceil}[mode]
    instalment, left = round_(exact / step) * step, Fraction(50000)
    for _ in range(36):
        interest = Fraction(math.floor(left + Fraction(1, 2)), 100)  # 1 % of it, to the cent
        left -= instalment - interest
    rows = rp.schedule(loan, rp.equal_instalment(36, balloon="6000") + after).rows
    assert {Fraction(row.payment) for row in rows[:36]} == {instalment}
    assert Fraction(rows[35].closing) == left != 6000
    assert sum(row.principal for row in rows[36:]) == rows[35].closing
