"""The monthly row of a credit bureau, and its corrections."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp
from repayplan import equal_instalment
from test_renewal import START, TERMS, account, event, histories, paid

CHINA = rp.BureauRule.example("china")


@given(histories(), st.integers(1, 700))
def test_a_row_is_what_the_statement_says(events, k):
    now = rp.replay(account(), events, as_of=START + timedelta(days=k))
    row = rp.bureau_rows(now, CHINA)
    assert row.days_past_due == now.days_past_due
    assert row.instalments_overdue == now.instalments_overdue
    late = [each for each in now.rows if each.plain and each.due_date < now.as_of]
    plain = ("costs", "fees", "interest", "principal")
    assert row.overdue == sum(each.owed[name] for each in late for name in plain)
    assert row.balance == now.not_due + now.owed["principal"]
    ages = [0, 0, 0, 0]
    for each in now.rows:
        days = (now.as_of - each.due_date).days
        if each.plain and days > 0:
            place = sum(days >= first for first in (31, 61, 91, 181)) - 1
            if place >= 0:
                ages[place] += each.owed["principal"]
    assert list(row.by_age) == ages
    if any(sum(each.owed.values()) for each in now.rows):
        expected = "N" if not now.days_past_due else str(min((now.days_past_due - 1) // 30 + 1, 7))
        assert row.status == expected
    else:
        assert row.status == "C"


@pytest.mark.parametrize(
    ("kind", "status", "special"),
    [
        ("early_repayment", "C", "repaid_early"),
        ("settlement", "G", "settled"),
        ("write_off", "G", "written_off"),
        ("acceleration", "2", "called_in"),
        ("re_amortise", "N", "new_plan"),
    ],
)
def test_special_transactions_are_named_in_their_month(kind, status, special):
    more = {
        "re_amortise": {"joins": ("principal", "interest")},
        "early_repayment": {"amount": "13000"},
    }.get(kind, {})
    what = event(kind, "2026-03-20", **more)
    row = rp.bureau_rows(rp.replay(account(), [what], as_of="2026-03-31"), CHINA)
    assert row.special == special
    if kind != "acceleration":
        assert row.status == status
    after = rp.bureau_rows(rp.replay(account(), [what], as_of="2026-04-30"), CHINA)
    assert after.special is None


def test_less_than_the_payoff_is_no_special_transaction_and_a_settlement_after_it_is():
    less = event("early_repayment", "2026-03-20", amount="9000")
    row = rp.bureau_rows(rp.replay(account(), [less], as_of="2026-03-31"), CHINA)
    assert (row.status, row.special) == ("N", None)
    settled = rp.Event(kind="settlement", value_date="2026-03-25", reference="s")
    row = rp.bureau_rows(rp.replay(account(), [less, settled], as_of="2026-03-31"), CHINA)
    assert (row.status, row.special) == ("G", "settled")


def test_an_account_whose_rest_is_held_goes_on_until_that_has_fallen_due():
    free = rp.Loan(
        principal="300.00", annual_rate="0", original_term=3, elapsed=0, unpaid=3, next_due="2026-01-31"
    )
    mine = account(equal_instalment(3), loan=free)
    found = []
    for day in ("2026-01-31", "2026-03-30", "2026-03-31"):
        now = rp.replay(mine, [paid("2026-01-15", "300")], as_of=day)
        row = rp.bureau_rows(now, CHINA)
        found.append((row.status, row.balance, now.payoff))
    assert found == [("N", 200, 0), ("N", 100, 0), ("C", 0, 0)]


def test_a_guarantor_that_pays_is_named():
    what = rp.Event(kind="guarantor_payment", value_date="2026-02-20", amount="1066.19", reference="g")
    row = rp.bureau_rows(rp.replay(account(), [what], as_of="2026-02-28"), CHINA)
    assert (row.status, row.special) == ("D", "guarantor_paid")


@pytest.mark.parametrize(
    ("kind", "status", "special"),
    [
        ("acceleration", "D", "called_in"),
        ("re_amortise", "D", "guarantor_paid"),
        ("settlement", "G", "settled"),
        ("write_off", "G", "written_off"),
    ],
)
def test_a_guarantor_that_pays_has_the_status_of_the_month_whatever_else_happens(kind, status, special):
    pays = event("guarantor_payment", "2026-03-10", "g", amount="50")
    more = event(kind, "2026-03-05", "m")
    if kind in ("settlement", "write_off"):
        more = replace(more, value_date="2026-03-20", booked="2026-03-20")
    for events in ([pays, more], [more, pays]):
        row = rp.bureau_rows(rp.replay(account(), events, as_of="2026-03-31"), CHINA)
        assert (row.status, row.special) == (status, special)


def test_what_is_reported_may_be_other_days_than_the_plans():
    now = rp.replay(account(), [paid("2026-01-31", "1066.19")], as_of="2026-02-15")
    assert rp.bureau_rows(now, CHINA, reported=62).status == "3"


@pytest.mark.parametrize(
    ("reported", "code"),
    [("x", "not_a_number"), (-1, "negative"), (1.5, "not_whole_units"), (10**12, "out_of_range")],
)
def test_days_that_cannot_be_are_not_reported(reported, code):
    now = rp.replay(account(), [], as_of="2026-02-15")
    for either, days in ((now, reported), (now.batch, [reported])):
        with pytest.raises(rp.InputError) as error:
            rp.bureau_rows(either, CHINA, reported=days)
        assert (error.value.code, error.value.field) == (code, "reported")


def test_rows_are_corrected_where_more_is_known_now():
    size = 3
    loans = rp.Loans.from_columns(
        principal=["12000.00"] * size,
        annual_rate="0.12",
        original_term=12,
        elapsed=0,
        unpaid=12,
        next_due="2026-01-31",
    )
    accounts = rp.Accounts.of(rp.schedule(loans, equal_instalment(12)).value, TERMS)
    events = rp.Events.from_columns(
        account=[0, 1, 2],
        kind="payment",
        value_date="2026-01-31",
        booked=["2026-01-31", "2026-03-05", "2026-01-31"],
        amount="1066.19",
        reference=["a", "b", "c"],
    )
    sent, true = (
        rp.bureau_rows(rp.replay(accounts, events, as_of="2026-02-15", known_on=known).value, CHINA)
        for known in ("2026-02-15", None)
    )
    assert sent.differs(true).tolist() == [1]
    assert (sent.one(1).status, true.one(1).status) == ("1", "N")
    assert sent.differs(sent).tolist() == []
    with pytest.raises(rp.InputError) as error:
        sent.differs(rp.bureau_rows(rp.replay(accounts, events, as_of="2026-02-16").value, CHINA))
    assert error.value.field == "other"


@given(st.lists(histories(), min_size=1, max_size=4), st.integers(1, 400))
def test_many_are_as_one_by_one(cases, k):
    day = START + timedelta(days=k)
    lines = [(i, each) for i, events in enumerate(cases) for each in events]
    size = len(cases)
    loans = rp.Loans.from_columns(
        principal=["12000.00"] * size,
        annual_rate="0.12",
        original_term=12,
        elapsed=0,
        unpaid=12,
        next_due="2026-01-31",
    )
    accounts = rp.Accounts.of(rp.schedule(loans, equal_instalment(12)).value, TERMS)
    events = rp.Events.from_columns(
        account=[i for i, _ in lines],
        kind="payment",
        value_date=[each.value_date for _, each in lines],
        amount=[each.amount for _, each in lines],
        reference=[each.reference for _, each in lines],
    )
    found = rp.bureau_rows(rp.replay(accounts, events, as_of=day).value, CHINA)
    assert [found.one(i) for i in range(size)] == [
        rp.bureau_rows(rp.replay(account(), mine, as_of=day), CHINA) for mine in cases
    ]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"from_days": (1, 1)}, "bureau.from_days[1]"),
        ({"age_from": (0,)}, "bureau.age_from[0]"),
        ({"codes": ("N",)}, "bureau.codes"),
        ({"paid_off": None}, "bureau.paid_off"),
    ],
)
def test_rules_that_cannot_be_are_refused(given, field):
    with pytest.raises(rp.InputError) as error:
        replace(CHINA, **given)
    assert error.value.field == field


def test_only_codes_that_there_are_have_a_name():
    with pytest.raises(rp.InputError) as error:
        rp.BureauRule.example("mars")
    assert error.value.field == "name"
