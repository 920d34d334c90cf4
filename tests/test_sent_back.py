"""Money that was paid in advance and comes back: allocations say no more than what was paid."""

from collections import Counter
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given

import repayplan as rp
from account_cases import fast_of, signed_cases
from examples import examples

MONEY = ("payment", "guarantor_payment", "goodwill", "early_repayment")
LOAN = rp.Loan(
    principal="12000.00", annual_rate="0.12", original_term=12, elapsed=0, unpaid=12, next_due="2026-01-31"
)
RULE = rp.OverdueRule(
    penalty=rp.OverdueLedger(on=("principal",), rate=rp.OverdueRate(multiplier="1.5")),
    day_count="ACT/360",
    first_day="due_date",
    rounded="end",
    mode="half_up",
)
CHANGES = {
    "re_amortise": {"first_due": "2026-03-01"},
    "drawdown": {"amount": "1000", "first_due": "2026-03-01"},
    "rate_change": {"rate": "0.06"},
    "acceleration": {},
    "settlement": {},
    "write_off": {},
    "early_repayment": {"amount": "100"},
}


def of_money(now):
    """Allocations of money, not of what was given up."""
    return [each for each in now.allocations if each.kind in MONEY]


def as_rows_say(now):
    """By row and component, what allocations say is what rows say."""
    said, paid = Counter(), Counter()
    for each in of_money(now):
        for place, amounts in each.lines:
            said.update({(place, part): amount for part, amount in amounts.items()})
    for place, row in enumerate(now.rows):
        paid.update({(place, part): amount for part, amount in row.paid.items()})
    return {key: v for key, v in said.items() if v} == {key: v for key, v in paid.items() if v}


@pytest.mark.parametrize("in_advance", ["next", "last"])
@pytest.mark.parametrize("kind", list(CHANGES))
def test_interest_that_was_paid_in_advance_and_comes_back_is_taken_off(kind, in_advance):
    civil = replace(rp.AllocationRule.example("civil-code-561"), in_advance=in_advance)
    account = rp.Account.of(
        LOAN,
        rp.schedule(LOAN, rp.equal_instalment(12)),
        rp.AccountTerms(overdue=RULE, allocation=civil),
    )
    events = [
        rp.Event(kind="payment", value_date="2026-01-20", amount="12500", reference="P"),
        rp.Event(kind=kind, value_date="2026-02-08", reference="X", **CHANGES[kind]),
    ]
    before, now = (rp.replay(account, events[:n], as_of="2026-02-08") for n in (1, 2))
    money = Decimal(12500) + (Decimal(100) if kind == "early_repayment" else 0)
    assert as_rows_say(before)
    assert as_rows_say(now)
    assert sum(sum(each.to.values()) for each in of_money(now)) + now.held == money
    (kept,) = [each for each in now.allocations if not each.reference]
    assert kept.to["interest"] < 0
    assert kept.amount == sum(kept.to.values())


@given(signed_cases())
@examples(25)
def test_allocations_are_what_rows_say_was_paid(case):
    now = fast_of(*case)
    if now is None:
        return
    assert as_rows_say(now)
    events = case[2]
    money = sum((events[k].amount for k in now.batch.holding.tolist() if events[k].kind in MONEY), Decimal(0))
    assert sum(sum(each.to.values()) for each in of_money(now)) + now.held == money
