"""Plans that end where all is paid, or on a date, on due dates that end."""

import pytest

import repayplan as rp


def until_paid_like_given(terms, payment, longest):
    """A payment until paid off is that payment given in as many rows as it takes, or refused as they are."""
    loan = rp.Loan(**terms)
    known, fault = [], None
    for n in range(1, longest + 1):
        try:
            rows = rp.schedule(loan, rp.equal_instalment(n, instalment=payment)).rows
        except rp.InputError as error:
            if error.code is rp.Code.BALLOON:  # too few
                continue
            fault = error
            break
        if rows[-1].payment <= payment:
            known = [rows]
            break
    if not known:
        with pytest.raises(rp.InputError) as refused:
            rp.schedule(loan, rp.fixed_payment(payment))
        same = ("code", "value", "limit")
        assert all(getattr(refused.value, name) == getattr(fault, name) for name in same)
        return None
    got = rp.schedule(loan, rp.fixed_payment(payment)).rows
    assert [got] == known
    assert rp.paid_off(loan, rp.fixed_payment(payment)).n == len(got)
    assert rp.solve_length(loan, rp.equal_instalment(rp.UNKNOWN, instalment=payment)) == len(got)
    return len(got)


@pytest.mark.parametrize("payment", [1300, 420, 215, 95])
@pytest.mark.parametrize("count", ["periods", "ACT/365F"])
@pytest.mark.parametrize("adjusted", [False, True])
@pytest.mark.parametrize("last", ["2026-02-05", "2026-06-30", "2026-12-31"])
def test_a_payment_until_paid_off_asks_for_the_dates_that_it_comes_to(payment, count, adjusted, last):
    # 1,200 at 12 % and 1,300, 420, 215 or 95 a month: 1, 3, 6 and 14 payments.
    calendar = rp.Holidays(["2026-01-01"], name="c", source="s", first="2025-01-01", last=last)
    law = rp.DueDates(business_day="following", calendar=calendar, adjusted=adjusted)
    terms = {"principal": 1200, "annual_rate": "0.12", "original_term": 24, "elapsed": 0, "unpaid": 24}
    terms |= {"next_due": "2026-01-31", "day_count": count, "due_dates": law}
    until_paid_like_given(terms, payment, 20)
    listed = rp.DueDates(given=("2026-01-31", "2026-02-20", "2026-04-01", "2027-06-30"))
    until_paid_like_given(terms | {"due_dates": listed}, payment, 20)


def test_dates_out_of_order_that_a_payment_does_not_come_to_are_nobody_s():
    # Weeks that two holidays of more than a week move to one day, in May.
    days = [f"2026-05-{day:02d}" for day in range(1, 13)]
    calendar = rp.Holidays(days, name="c", source="s", first="2025-01-01", last="2027-12-31")
    law = rp.DueDates(business_day="following", calendar=calendar, adjusted=True)
    terms = {"principal": 1200, "annual_rate": "0.12", "original_term": 24, "elapsed": 0, "unpaid": 24}
    terms |= {"next_due": "2026-03-06", "day_count": "ACT/365F", "due_dates": law, "frequency": "weekly"}
    assert until_paid_like_given(terms, 300, 30) == 5
    assert until_paid_like_given(terms, 60, 30) is None


def test_a_holiday_before_a_payment_until_paid_off_ends_with_the_dates():
    dates = tuple(f"2026-{month:02d}-28" for month in range(1, 13))
    terms = {"principal": 1200, "annual_rate": "0.12", "original_term": 24, "elapsed": 0, "unpaid": 24}
    loan = rp.Loan(**terms, next_due="2026-01-28", due_dates=rp.DueDates(given=dates))
    pause = rp.holiday(rp.UNKNOWN, interest="waive") + rp.fixed_payment("450")
    assert rp.solve_holiday(loan, pause, periods=12, longest=20) == 9
    assert rp.solve_holiday(loan, pause, periods=20, longest=20) == 9


def test_a_number_of_given_payments_asks_for_the_dates_that_it_comes_to():
    calendar = rp.Holidays(["2026-01-01"], name="c", source="s", first="2025-01-01", last="2026-12-31")
    law = rp.DueDates(business_day="following", calendar=calendar)
    terms = {"principal": 1200, "annual_rate": "0.12", "original_term": 24, "elapsed": 0, "unpaid": 24}
    loan = rp.Loan(**terms, next_due="2026-01-31", due_dates=law)
    before = rp.interest_only(2)
    assert rp.solve_length(loan, before + rp.equal_principal(rp.UNKNOWN, principal="300")) == 4
    assert rp.solve_length(loan, before + rp.equal_principal(rp.UNKNOWN), instalment="312") == 4
    for plan, instalment in (
        (rp.equal_principal(rp.UNKNOWN, principal="90"), None),
        (rp.equal_instalment(rp.UNKNOWN), "100"),
        (before + rp.graduated(rp.UNKNOWN, step="1"), "90"),
    ):
        with pytest.raises(rp.InputError) as error:
            rp.solve_length(loan, plan, instalment=instalment)
        assert error.value.code is rp.Code.BEYOND_CALENDAR


def test_rows_of_other_stages_count_though_a_prepayment_would_end_the_plan_before_them():
    before = rp.equal_instalment(3, instalment="400")
    for beside in (
        rp.prepayment("1000", on="2026-01-15", then="shorten"),
        rp.prepayment("1000", on="2026-07-15", then="shorten"),
    ):
        plan = beside + before + rp.equal_principal(rp.UNKNOWN, principal="300")
        loan = rp.Loan(
            principal=1200,
            annual_rate="0.12",
            original_term=24,
            elapsed=0,
            unpaid=24,
            next_due="2026-01-31",
        )
        got = rp.solve_length(loan, plan)
        assert got == (1 if "2026-01-15" in repr(beside) else 4)
