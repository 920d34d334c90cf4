"""Accounts of Apache Fineract's tests: what can be said comes out, to the cent; the rest is named."""

from collections import Counter
from copy import deepcopy
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

import fineract
import fineract_accounts as accounts
import repayplan as rp
from fineract import UnsayableError
from fineract_accounts import Reason, delinquency, differences, kept
from repayplan.accounts.allocationrule import ALLOCATION_EXAMPLES

CASES = fineract.cases() | accounts.cases()
NAMED = {
    "reschedule": {
        "Loan-089-03": {Reason.LENT_LATER},
        "Loan-089-05": {Reason.LENT_LATER},
    },
}
"""Cases that can't be said, and why."""
REPRODUCED = {
    "delinquency": 29,
    "interest_with_payments": 14,
    "plain_interest": 13,
    "reage_reamortise": 5,
    "reschedule": 7,
}
"""How many come out of each group."""
UNSAID = {name: reasons for group in NAMED.values() for name, reasons in group.items()}


@pytest.mark.parametrize("name", sorted(CASES.keys() - UNSAID.keys()))
def test_what_can_be_said_comes_out(name):
    assert differences(CASES[name]) == []


@pytest.mark.parametrize("name", sorted(UNSAID))
def test_what_cannot_be_said_has_its_reason(name):
    with pytest.raises(UnsayableError) as caught:
        differences(CASES[name])
    assert caught.value.reasons == UNSAID[name]


def test_so_many_cases_of_each_group_come_out():
    every = Counter(case["group"] for case in CASES.values())
    assert {group: many - len(NAMED.get(group, ())) for group, many in every.items()} == REPRODUCED
    assert sum(every.values()) == 70


# The comparison sees what it should


def changed(name, where, value, *path):
    case = deepcopy(CASES[name])
    place = case["expect"]
    for step in path:
        place = place[step]
    place[where] = value
    return differences(case)


@pytest.mark.parametrize("name", accounts.OF_ROWS)
def test_a_cent_of_a_row_is_a_difference(name):
    case = CASES["LoanRepayment-049-01"]
    more = str(Decimal(case["expect"]["rows"][1][name]) + Decimal("0.01"))
    (found,) = changed("LoanRepayment-049-01", name, more, "rows", 1)
    assert found.startswith(f"row 2: {name} ")


def test_the_day_of_a_payment_is_compared():
    (found,) = changed("LoanReAmortization-007-02", "paid_date", "2024-01-16", "rows", 1)
    assert found == "row 2: paid_date 2024-01-15, expected 2024-01-16"
    (found,) = changed("LoanReAmortization-007-02", "paid_date", None, "rows", 2)
    assert found == "row 3: paid_date 2024-02-01, expected None"


@pytest.mark.parametrize("name", accounts.OF_PAYMENTS)
def test_a_cent_of_a_payment_is_a_difference(name):
    (found,) = changed("LoanRepayment-064-01", name, "0.01", "transactions", 1)
    assert found.startswith(f"payment 1: {name} ")


def test_another_day_and_another_payment_are_differences():
    (found,) = changed("LoanRepayment-064-01", "Transaction date", "2023-02-02", "transactions", 1)
    assert found == "payment 1: Transaction date 2023-02-01, expected 2023-02-02"
    (found,) = changed("LoanRepayment-064-01", "Transaction Type", "Accrual", "transactions", 1)
    assert found == "1 of payment, expected 0"


def test_a_cent_of_a_total_is_a_difference():
    (found,) = changed("LoanRepayment-049-01", "outstanding", "2127.49", "total")
    assert found == "total 1: outstanding 2127.48, expected 2127.49"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("classification", "RANGE_1"),
        ("amount", "750.01"),
        ("date", "2023-10-05"),
        ("days", 30),
        ("past_due_days", 43),
    ],
)
def test_what_is_said_of_delinquency_is_compared(name, value):
    (found,) = changed("LoanDelinquency-028-04", name, value, "delinquency")
    assert found.startswith(f"{name} ")
    assert found.endswith(f", expected {value}")


def test_ranges_of_instalments_are_compared():
    want = [{"range": "RANGE_3", "amount": "500.00"}]
    (found,) = changed("LoanDelinquency-028-04", "installment_delinquency", want)
    assert found.startswith("ranges ")


def test_what_is_owed_and_whether_it_is_paid_off_are_compared():
    assert changed("Loan-045-01", "outstanding", "999.99") == ["outstanding 1000.00, expected 999.99"]
    (found,) = changed("Loan-046-02", "status", "ACTIVE")
    assert found == "outstanding 0.00, expected ACTIVE"


# Rescheduling as an event


FLAT = "LoanReschedule-010-02"
"""A new plan's flat interest would be that of the balance, there it stays that of what was lent."""
RESCHEDULED = [name for name in CASES if CASES[name]["group"] == "reschedule" and name not in (*UNSAID, FLAT)]


@pytest.mark.parametrize("name", RESCHEDULED)
def test_a_rescheduling_is_an_event_too(name):
    case = CASES[name]
    names = ("due_date", "principal", "interest", "due", "balance")
    got = [tuple(row[each] for each in names) for row in accounts.by_event(case)]
    want = [accounts._read(row, names[1:], names[:1]) for row in case["expect"]["rows"]]
    assert got == [tuple(row[each] for each in names) for row in want]


# Small cases of its rules

DAYS = {
    "schedule_type": "progressive",
    "annual_rate": "0",
    "interest_method": "flat",
    "interest_calculation_period": "same_as_repayment",
    "amortization": "equal_installment",
    "principal": "400.00",
    "periods": 4,
    "repay_every": 1,
    "unit": "months",
    "days_in_year": "ACTUAL",
    "days_in_month": "ACTUAL",
    "installment_multiple_of": None,
    "currency_digits": 2,
    "rounding": "HALF_EVEN",
    "grace_principal": 0,
    "grace_interest_payment": 0,
    "interest_recalculation": None,
    "submitted_on": "2026-01-01",
    "strategy": "ADVANCED_PAYMENT_ALLOCATION",
    "grace_on_arrears_ageing": 3,
    "delinquency_ranges": [[1, 3], [4, 30], [31, None]],
}


def a_case(*events, **terms):
    """400 in four months from 1 January 2026, and what happens."""
    drawn = {"type": "disburse", "date": "2026-01-01", "amount": "400.00"}
    return {"terms": DAYS | terms, "events": [drawn, *events], "expect": {}}


def on(day, *kinds):
    return [{"type": "business_date", "date": day}, *({"type": kind} for kind in kinds)]


def paid(day, amount, **more):
    return {"type": "repayment", "date": day, "amount": amount} | more


def pause(start, end):
    return {"type": "delinquency_pause", "start": start, "end": end}


def test_the_class_is_that_of_the_last_end_of_day_and_the_days_are_todays():
    loan, ranges = delinquency(a_case(*on("2026-02-06", "end_of_day"), *on("2026-03-10")))
    assert loan == {
        "classification": "RANGE_1",
        "date": "2026-02-04",
        "amount": "200.00",
        "days": 34,
        "past_due_days": 37,
    }
    assert ranges == [{"range": "RANGE_3", "amount": "100.00"}]


def test_an_end_of_day_within_a_pause_classes_nothing_but_a_payment_does():
    within = [*on("2026-02-10"), pause("2026-02-10", "2026-03-31"), *on("2026-03-10", "end_of_day")]
    assert delinquency(a_case(*within))[0]["classification"] == "NO_DELINQUENCY"
    loan, ranges = delinquency(a_case(*within, paid("2026-03-10", "40.00")))
    assert (loan["classification"], loan["days"], loan["amount"]) == ("RANGE_3", 6, "160.00")
    assert ranges == [{"range": "RANGE_3", "amount": "60.00"}]


def test_a_pause_that_is_resumed_ends_that_day():
    paused = [*on("2026-02-10"), pause("2026-02-10", "2026-03-31"), *on("2026-02-20", "delinquency_resume")]
    assert delinquency(a_case(*paused, *on("2026-03-01")))[0]["days"] == 28 - 3 - 10
    again = [pause("2026-02-20", "2026-02-25")]
    assert delinquency(a_case(*paused, *again, *on("2026-03-01")))[0]["days"] == 28 - 3 - 15


def test_money_in_advance_pays_the_last_instalment_where_its_kind_does():
    rules = {"DEFAULT": "NEXT_INSTALLMENT", "GOODWILL_CREDIT": "LAST_INSTALLMENT"}
    goodwill = paid("2026-01-10", "150.00", type="transaction", kind="GOODWILL_CREDIT")
    case = a_case(goodwill, paid("2026-01-11", "30.00"), future_installment_rule=rules)
    rows = accounts.rows(kept(case), date(2026, 1, 11))
    assert [int(row["paid"]) for row in rows] == [30, 0, 50, 100]


def test_a_strategy_may_pay_in_advance_in_another_order():
    way = "DUE_PENALTY_FEE_INTEREST_PRINCIPAL_IN_ADVANCE_PRINCIPAL_PENALTY_FEE_INTEREST"
    case = a_case(paid("2026-02-01", "150.00"), strategy=way, annual_rate="12", schedule_type="cumulative")
    now = kept(case).statement(date(2026, 2, 1))
    # 104 is due; of 46 nothing pays the interest of 4 that falls due with the next one.
    assert [int(row.paid["interest"]) for row in now.rows] == [4, 0, 0, 0]
    assert [int(row.paid["principal"]) for row in now.rows] == [100, 46, 0, 0]
    with pytest.raises(UnsayableError):
        kept(a_case(strategy="SOMEBODYS_ORDER"))


def test_a_pause_of_days_gone_by_classes_anew():
    late = on("2026-02-20", "end_of_day")
    assert delinquency(a_case(*late))[0]["classification"] == "RANGE_3"
    loan, ranges = delinquency(a_case(*late, pause("2026-02-05", "2026-03-10")))
    assert (loan["classification"], loan["days"], ranges[0]["range"]) == ("RANGE_1", 1, "RANGE_3")


def test_kinds_that_are_one_here_must_have_one_rule():
    rules = {"DEFAULT": "NEXT_INSTALLMENT", "PAYOUT_REFUND": "LAST_INSTALLMENT"}
    refund = paid("2026-01-10", "150.00", type="transaction", kind="PAYOUT_REFUND")
    kept(a_case(refund, future_installment_rule=rules))
    for events, given in (
        ([refund, paid("2026-01-11", "30.00")], rules),
        ([refund], {"DEFAULT": "REAMORTIZATION"}),
    ):
        with pytest.raises(UnsayableError) as caught:
            kept(a_case(*events, future_installment_rule=given))
        assert caught.value.reasons == {Reason.RULE_BY_KIND}


def test_a_down_payment_that_is_not_paid_is_a_row_of_its_own():
    case = a_case(paid("2026-02-01", "150.00"), down_payment_percent="25")
    rows = accounts.rows(kept(case), date(2026, 2, 1))
    assert [int(row["paid"]) for row in rows] == [100, 50, 0, 0, 0]
    assert [int(row["late"]) for row in rows] == [100, 0, 0, 0, 0]
    with pytest.raises(UnsayableError) as caught:
        kept(a_case(*on("2026-02-10", "reamortise"), down_payment_percent="25"))
    assert caught.value.reasons == {Reason.UNPAID_DOWN_PAYMENT}


def test_a_payment_that_is_undone_was_not_made():
    undone = {"type": "undo_repayment"}
    assert kept(a_case(paid("2026-01-10", "150.00"), undone)).happened == []


def test_every_reason_is_named_in_the_documentation():
    page = (Path(__file__).parents[1] / "docs" / "concepts" / "conformance.md").read_text("utf-8")
    assert all(f"| {reason.value} |" in page for reason in Reason)
    for group, many in REPRODUCED.items():
        everything = many + len(NAMED.get(group, ()))
        assert f"`{group}` {many} of {everything}" in page
    assert all(f"`{name}`" in page for name in UNSAID)


@pytest.mark.parametrize("name", [each for each in ALLOCATION_EXAMPLES if each.startswith("fineract")])
def test_an_order_that_ships_is_the_one_that_its_source_says(name):
    rule = rp.AllocationRule.example(name)
    strategy = rule.source.removeprefix("Apache Fineract, ")
    said = accounts._orders(strategy)
    assert strategy in {case["terms"].get("strategy") for case in CASES.values()}
    assert (rule.order, rule.ahead or rule.order, rule.by) == (said["order"], said["ahead"], said["by"])


def test_what_is_lent_later_is_spread_anew_whatever_was_paid_in_advance():
    """Why `Loan-089-03` can't be said: there 25.00 of what was paid stays with one of the rows to come."""
    loan = rp.Loan(
        principal="562.50", annual_rate="0", original_term=3, elapsed=0, unpaid=3, next_due="2023-05-31"
    )
    terms = rp.AccountTerms(overdue=accounts.FREE, allocation=rp.AllocationRule.example("fineract-standard"))
    account = rp.Account.of(loan, rp.schedule(loan, rp.equal_instalment(3)), terms)
    events = [
        rp.Event(kind="payment", value_date="2023-05-06", amount="212.50", reference="1"),
        rp.Event(kind="drawdown", value_date="2023-05-25", amount="250.00", reference="2"),
    ]
    before, now = (rp.replay(account, events[:n], as_of="2023-05-25") for n in (1, 2))
    assert [row.owed["principal"] for row in before.rows] == [Decimal(x) for x in ("0", "162.50", "187.50")]
    assert [row.owed["principal"] for row in now.rows if row.owed["principal"]] == [Decimal(200)] * 3
    with pytest.raises(rp.InputError) as caught:
        rp.Event(
            kind="reschedule",
            value_date="2023-05-25",
            first_due="2023-05-25",
            plan=rp.equal_instalment(3),
            reference="3",
        )
    assert caught.value.field == "first_due"
