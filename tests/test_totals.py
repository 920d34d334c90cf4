"""What schedules come to without their rows is what their rows come to."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp
from repayplan.basics.errors import InputError
from strategies import batch_of, cases

SUMS = ("interest", "interest_paid", "capitalised", "waived", "principal", "fee", "payment")


def check(loans, plans, template, **options):
    rows = rp.schedule(loans, plans, template=template)
    found = rp.plan_totals(loans, plans, template=template, **options)
    value, wanted = found.value, rows.value
    assert [str(each) for each in found.failures] == [str(each) for each in rows.failures]
    np.testing.assert_array_equal(found.row, rows.row)
    np.testing.assert_array_equal(value.row, rows.row)
    np.testing.assert_array_equal(value.decimals, wanted.decimals)
    np.testing.assert_array_equal(value.instalments, wanted.instalments)
    np.testing.assert_array_equal(value.instalment, wanted.instalment)
    totals = wanted.totals()
    for name in SUMS:
        np.testing.assert_array_equal(getattr(value, name), totals[name], err_msg=name)
    columns, offsets = wanted.by_loan()
    np.testing.assert_array_equal(value.last_payment, columns["payment"][offsets[1:] - 1])
    assert len(value) == len(rows.row)
    return value


@given(st.lists(cases(wide=False), min_size=1, max_size=6))
def test_any_plans_come_to_what_their_rows_come_to(every):
    check(*batch_of(every))


@given(st.lists(cases(wide=True), min_size=1, max_size=3))
def test_so_do_plans_at_the_edges_of_the_domain(every):
    check(*batch_of(every))


PLAIN = {
    "level": rp.equal_instalment(24),
    "principal": rp.equal_principal(24),
    "flat": rp.flat(24),
    "interest first": rp.interest_only(6) + rp.equal_instalment(18),
    "balloon": rp.equal_instalment(24, balloon="250.00"),
    "forborne": rp.forbear("100.00") + rp.equal_instalment(24),
}


@pytest.mark.parametrize("name", PLAIN)
@pytest.mark.parametrize("residue", ["last", "first", "shared"])
def test_plain_plans_keep_no_row(name, residue, monkeypatch):
    from repayplan.plans import totals

    loans = rp.Loans.from_columns(
        principal=["1000.00", "0.01", "999999.99", "-1", "12345.67"],
        annual_rate=["0", "0.12", "0.36", "0.1", "0.0499"],
        original_term=36,
        elapsed=12,
        unpaid=24,
        next_due="2026-01-31",
        day_count=["periods", "ACT/365F", "30E/360", "periods", "ACT/ACT ISDA"],
        overdue_interest=["0", "1.00", "2.50", "0", "0.01"],
        penalty="0.33",
        rounding=rp.Rounding(residue=residue),
    )

    def none(*_):
        raise AssertionError

    check(loans, PLAIN[name], None)
    monkeypatch.setattr(totals, "_of_rows", none)
    value = check(loans, PLAIN[name], None)
    assert (value.payment == value.principal + value.interest_paid + value.fee).all()


def test_a_plan_that_ends_while_interest_is_waived_pays_none_of_it():
    loans = rp.Loans.from_columns(
        principal=["1000.00", "2500.00"],
        annual_rate="0.12",
        original_term=12,
        elapsed=0,
        unpaid=12,
        next_due="2026-01-31",
    )
    repaid = rp.prepayment("1000.00", on="2026-02-15", then="shorten")
    value = check(loans, repaid + rp.holiday(3, interest="waive") + rp.equal_instalment(9), None)
    assert value.instalments.tolist() == [2, 9]
    assert value.interest_paid[0] == 0
    assert value.waived[0] == 1_500
    assert value.last_payment[0] == 100_000


def test_progress_adds_up():
    loans, told = level_loans(), []
    check(loans, PLAIN["level"], None, progress=lambda *figures: told.append(figures))
    assert told[-1] == (len(loans), len(loans))


def level_loans():
    numbers = np.arange(1, 501)
    return rp.Loans.from_columns(
        principal=rp.minor(numbers * 7_919 + 50_000),
        annual_rate=numbers % 37 / 100,
        original_term=36,
        elapsed=12,
        unpaid=24,
        next_due="2026-01-31",
    )


def test_a_plan_that_cannot_repay_is_refused():
    with pytest.raises(InputError):
        rp.plan_totals(level_loans(), rp.holiday(3, interest="capitalise"))


def test_nobody_comes_to_nothing():
    nobody = level_loans().take(np.zeros(0, np.int64))
    assert len(rp.plan_totals(nobody, PLAIN["level"]).value) == 0


def test_a_given_payment_begins_with_what_one_row_before_it_left():
    """1,000.00 would be repaid by the first payment; with a month's interest it is 10.20 short."""
    loan = rp.Loan(
        principal="1000.00", annual_rate="0.12", original_term=9, elapsed=0, unpaid=9, next_due="2026-01-31"
    )
    made = rp.schedule(loan, rp.holiday(1, interest="capitalise") + rp.fixed_payment("1010.00"))
    assert [str(row.payment) for row in made.rows] == ["0.00", "1010.00", "10.20"]
