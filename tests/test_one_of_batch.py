"""A loan that stands when an arrangement is over keeps its currency and columns, one by one as in a batch."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

import repayplan as rp
from repayplan import Code, InputError

POLICY = replace(
    rp.Policy.example("consumer"),
    interim=rp.InterimRule(amount="100", months=6, unpaid_interest="defer"),
    trial=rp.Trial(instalments=3, down_amount="500"),
    limit=rp.ExtensionLimit(max_extension_months=12, age=rp.AgeAtMaturity(years=70)),
)
TERMS = {
    "annual_rate": "0.10", "original_term": 24, "elapsed": 6, "unpaid": 18, "next_due": "2026-03-31",
}  # fmt: skip
HOME = rp.Household(net_income="2900", costs={"rent": "400", "food": "100"})
MINE = {"currency": "CNY", "columns": {"born": "1980-01-01", "note": "x"}}
LOAN = rp.Loan(principal="9000.00", **TERMS, **MINE)


def loans_of(count):
    return rp.Loans.from_columns(
        principal=["9000"] * count,
        **TERMS,
        currency=["CNY", *[""] * (count - 1)],
        columns={"born": np.array(["1980-01-01"] * count), "note": "x"},
    )


def homes_of(count):
    return rp.Households.from_columns(
        net_income=["2900"] * count, costs={"rent": ["400"] * count, "food": ["100"] * count}
    )


@pytest.mark.parametrize("ask", [rp.interim, rp.conditional])
def test_the_loan_that_stands_then_keeps_currency_and_columns(ask):
    found = ask(LOAN, HOME, POLICY).loan
    assert (found.currency, found.columns) == (MINE["currency"], MINE["columns"])
    many = ask(loans_of(2), homes_of(2), POLICY).value
    assert many.one(0).loan == found
    assert (many.one(1).loan.currency, many.one(1).loan.columns) == (None, MINE["columns"])
    # So the policy can be asked again: it looks at the column, and at the currency.
    assert isinstance(rp.propose(found, HOME, POLICY), rp.Offer)
    with pytest.raises(InputError) as caught:
        rp.propose(found, HOME, replace(POLICY, currency="GBP"))
    assert caught.value.code is Code.OTHER_CURRENCY


def test_what_a_column_holds_in_a_row():
    columns = {
        "limit": rp.minor(np.array([1050, 7])),
        "count": np.array([3, 4]),
        "score": np.ma.MaskedArray([1.5, 2.5], mask=[False, True]),
        "seen": np.array(["2026-01-05", "NaT"], "datetime64[D]"),
        "name": ["a", None],
        "same": "for all",
    }
    loans = rp.Loans.from_columns(principal=["1", "2"], **TERMS, decimals=2, columns=columns)
    one, other = (loans.one(i) for i in range(2))
    assert one.columns["limit"] == Decimal("10.50")
    assert other.columns["limit"] == Decimal("0.07")
    assert (one.columns["count"], one.columns["score"], other.columns["score"]) == (3, 1.5, None)
    assert (one.columns["name"], other.columns["name"], other.columns["same"]) == ("a", None, "for all")
    assert np.isnat(other.columns["seen"])
    assert one.currency is None
    assert one == one.batch.one(0)
    assert rp.Loans.from_columns(principal=["1"], **TERMS).one(0).columns is None
