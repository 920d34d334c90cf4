"""Every kind of event that brings money is one wherever kinds of payment are asked for."""

from datetime import date
from decimal import Decimal

import numpy as np
import pytest

import agreements as of
import repayplan as rp
from repayplan.accounts.allocationrule import BROUGHT_BY, MONEY_IN
from repayplan.accounts.eventkinds import EVENT_KINDS, WITH_AMOUNT
from repayplan.basics.outcome import any_of
from repayplan.programmes.cash import PAID_IN, received
from test_documents import TERMS, event, rows

DAY = date(2026, 4, 10)


def one_of(kind):
    """The account after an instalment that is missing and one event of a kind."""
    more = {"component": "principal"} if kind == "waiver" else {}
    account = of.agreement().account(rp.Loan(**of.LOAN))
    return rp.replay(account, [event(kind, "X", DAY, "500", **more)], as_of="2026-05-20")


@pytest.mark.parametrize("kind", WITH_AMOUNT)
def test_each_kind_brings_money_or_doesnt(kind):
    assert set(PAID_IN) < set(MONEY_IN) < set(WITH_AMOUNT) < set(EVENT_KINDS)
    statement = one_of(kind)
    batch = statement.batch
    paid = any_of(batch.paid != 0) or any_of(batch.kept != 0)
    assert paid == (kind in (*MONEY_IN, "waiver"))
    document = rp.account_statement(of.agreement(), statement, TERMS)
    (part,) = [each for each in document.sections if each.name == "payments"]
    shown = rows(document, "payments")[:-1] if part.table is not None else []
    assert [(line["reference"], line["amount"]) for line in shown] == [("X", Decimal(500))] * paid
    assert all(line["kind"].en and line["kind"].zh for line in shown)
    came = received(batch, np.array([DAY], "M8[D]") - 1, batch.as_of).tolist()
    assert came == [50000 * (BROUGHT_BY.get(kind, "lender") != "lender")]


def test_an_early_repayment_stands_among_the_payments_of_a_statement():
    account, first = of.agreement().account(), event("payment", "P", "2026-03-31", "1493.11")
    payoff = rp.replay(account, [first], as_of=DAY).payoff
    statement = rp.replay(account, [first, event("early_repayment", "E", DAY, payoff)], as_of="2026-05-20")
    last, together = rows(rp.account_statement(of.agreement(), statement, TERMS), "payments")[-2:]
    assert (last["reference"], last["amount"]) == ("E", payoff)
    assert together["amount"] == payoff + Decimal("1493.11")
