"""What is no household, policy, payment or evidence at all: an InputError that names it, one by one."""

from dataclasses import replace

import pytest

import repayplan as rp
from repayplan import Code, InputError

LOAN = rp.Loan(
    principal="9000", annual_rate="0.1", original_term=24, elapsed=6, unpaid=18, next_due="2026-03-31"
)
HOME = rp.Household(net_income="2900", costs={"rent": "400", "food": "100"})
POLICY = rp.Policy.example("consumer")
ASKED = {"id": "a", "hardship": "death", "applied_on": "2026-03-01"}


def deal():
    return rp.conditional(LOAN, HOME, replace(POLICY, trial=rp.Trial(instalments=3)))


@pytest.mark.parametrize(
    ("make", "code", "field"),
    [
        (lambda: rp.Household(net_income="1", costs=[1]), Code.UNKNOWN_VALUE, "costs"),
        (lambda: rp.Household(net_income=("1", "weekly", "x")), Code.UNKNOWN_VALUE, "net_income"),
        (lambda: rp.Household(other_debts=("1", "2", "3")), Code.UNKNOWN_VALUE, "other_debts"),
        (lambda: rp.propose(LOAN, HOME, "consumer"), Code.UNKNOWN_VALUE, "policy"),
        (lambda: rp.menu(LOAN, HOME, "consumer"), Code.UNKNOWN_VALUE, "policy"),
        (lambda: rp.interim(LOAN, HOME, "consumer"), Code.UNKNOWN_VALUE, "policy"),
        (lambda: rp.conditional(LOAN, HOME, "consumer"), Code.UNKNOWN_VALUE, "policy"),
        (
            lambda: rp.review(rp.Application(**ASKED), LOAN, HOME, "consumer", on="2026-03-05"),
            Code.UNKNOWN_VALUE,
            "policy",
        ),
        (lambda: rp.Application(**ASKED, evidence=["payslip"]), Code.UNKNOWN_VALUE, "evidence"),
        (lambda: rp.fulfilment(deal(), ["1"], [], on="2026-03-31"), Code.MISSING, "day"),
        (lambda: rp.fulfilment(deal(), [], ["2026-03-31"], on="2026-03-31"), Code.UNKNOWN_VALUE, "day"),
    ],
)
def test_what_is_wrong_is_named(make, code, field):
    with pytest.raises(InputError) as caught:
        make()
    assert (caught.value.code, caught.value.field) == (code, field)
