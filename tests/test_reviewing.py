"""Reviews of accounts keep the households they found: the latest that is known, and incomes that fell."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp
from examples import examples
from repayplan import Code, Household
from test_every_error import check_text

START = date(2025, 12, 31)
LATE = rp.OverdueRule(
    penalty=rp.OverdueLedger(on=("principal",), rate=rp.OverdueRate(rate="0")),
    day_count="ACT/360",
    first_day="due_date",
    rounded="end",
    mode="half_up",
)
FOLLOWED = rp.TrackingRule(broken_after_missed=3, consequence="review", income_drop="0.2")
TERMS = rp.AccountTerms(
    overdue=LATE, allocation=rp.AllocationRule.example("civil-code-561"), tracking=FOLLOWED
)
TERMS_OF_LOAN = {
    "annual_rate": "0.12",
    "original_term": 24,
    "elapsed": 0,
    "unpaid": 24,
    "next_due": "2026-01-31",
}
LOAN = rp.Loan(principal="6000.00", **TERMS_OF_LOAN)
PLAN = rp.equal_instalment(24)


def account(terms=TERMS):
    return rp.Account.of(LOAN, rp.schedule(LOAN, PLAN), terms)


def reviewed(day, income, reference, **more):
    return rp.Event(
        kind="review", value_date=day, reference=reference, household=Household(net_income=income), **more
    )


def day(k):
    return START + timedelta(days=k)


@st.composite
def lives(draw):
    found = []
    for k in range(draw(st.integers(0, 5))):
        when = day(draw(st.integers(0, 60)))
        booked = when + timedelta(days=draw(st.integers(0, 20)))
        if found and draw(st.integers(0, 3)) == 0:
            target = draw(st.sampled_from(found))
            more = {"reverses": target.reference, "booked": max(booked, target.booked)}
            later = max(when, target.value_date)
            found.append(rp.Event(kind="reversal", value_date=later, reference=f"r{k}", **more))
        else:
            found.append(
                reviewed(when, draw(st.sampled_from(("900", "1000", "2000"))), f"r{k}", booked=booked)
            )
    return found


def holds(event, events):
    return not any(each.reverses == event.reference and holds(each, events) for each in events)


def slow(events, as_of, known):
    seen = [each for each in events if known is None or each.booked <= known]
    seen = [each for each in seen if each.kind == "review" and holds(each, seen) and each.value_date <= as_of]
    seen.sort(key=lambda each: (each.value_date, each.booked, each.reference))
    last, before = ([None, None, *seen])[-1], ([None, None, *seen])[-2]
    return last, before


def several(lists):
    flat = [(i, each) for i, events in enumerate(lists) for each in events]
    homes = [each.household for _, each in flat if each.household is not None]
    row = iter(range(len(homes)))
    loans = rp.Loans.from_columns(principal=["6000.00"] * len(lists), **TERMS_OF_LOAN)
    names = ("kind", "value_date", "booked", "amount", "reference", "reverses")
    events = rp.Events.from_columns(
        account=np.array([i for i, _ in flat], np.int64),
        **{name: [getattr(each, name) for _, each in flat] for name in names},
        households=rp.Households.from_columns(net_income=[str(each.net_income) for each in homes]),
        household=[-1 if each.household is None else next(row) for _, each in flat],
    )
    return rp.Accounts.of(rp.schedule(loans, PLAN).value, TERMS), events


@given(st.lists(lives(), min_size=1, max_size=4), st.integers(0, 70), st.none() | st.integers(0, 70))
@examples(40)
def test_the_latest_that_is_known_and_was_not_reversed(several_ones, k, known):
    known = None if known is None else day(known)
    accounts, events = several(several_ones)
    now = rp.replay(accounts, events, as_of=day(k), known_on=known).value
    many, todo = rp.latest_review(now), rp.track(now)
    incomes = many.incomes()
    for place, i in enumerate(now.row.tolist()):
        last, before = slow(several_ones[i], day(k), known)
        alone = rp.replay(account(), several_ones[i], as_of=day(k), known_on=known)
        found = rp.latest_review(alone)
        assert found.on == (last and last.value_date) == many.one(place).on
        assert found.household == (last and last.household)
        assert found.before == (before and before.household)
        units = [-1 if each is None else int(each.household.net_income) * 100 for each in (last, before)]
        assert [int(each[place]) for each in incomes] == units
        fell = before is not None and units[0] * 5 <= units[1] * 4
        assert (Code.INCOME_FELL in [each.code for each in rp.track(alone).warnings]) == fell
        assert todo.one(place) == rp.track(alone)


def test_a_review_changes_nothing_else():
    paid = [rp.Event(kind="payment", value_date="2026-02-03", amount="100", reference="p")]
    events = [*paid, reviewed("2026-02-03", "900", "r")]
    one, other = (rp.replay(account(), each, as_of="2026-04-01") for each in (paid, events))
    assert replace(one, batch=None) == replace(other, batch=None)


def test_a_new_offer_is_for_the_household_that_was_found_last():
    events = [reviewed("2026-01-01", "3000", "a"), reviewed("2026-04-01", "2600", "b")]
    policy = rp.Policy.example("consumer")
    now = rp.replay(account(), events, as_of="2026-04-02")
    found = rp.latest_review(now)
    again = rp.propose(rp.as_loans(now), found.household, policy)
    wanted = rp.propose(rp.as_loans(now), Household(net_income="2600"), policy)
    assert str(again.schedule) == str(wanted.schedule)
    assert again.capacity == wanted.capacity
    accounts, many = several([events, []])
    batch = rp.replay(accounts, many, as_of="2026-04-02").value
    columns = rp.latest_review(batch)
    homes = columns.households.take(columns.row[:1])
    loans = rp.as_loans(batch).value.take(np.array([0]))
    assert rp.propose(loans, homes, policy).value.one(0).capacity == again.capacity


def test_the_warning_has_both_figures():
    events = [reviewed("2026-01-01", "2500", "a"), reviewed("2026-01-10", "2000", "b")]
    (warning,) = rp.track(rp.replay(account(), events, as_of="2026-01-20")).warnings
    assert (warning.code, warning.value, warning.limit) == (
        Code.INCOME_FELL,
        Decimal("2000.00"),
        Decimal("2500.00"),
    )
    check_text(Code.INCOME_FELL, field="net_income", value="2000.00", limit="2500.00")
    less = [events[0], reviewed("2026-01-10", "2000.01", "b")]
    assert rp.track(rp.replay(account(), less, as_of="2026-01-20")).warnings == ()
    calm = account(replace(TERMS, tracking=replace(FOLLOWED, income_drop=None)))
    assert rp.track(rp.replay(calm, events, as_of="2026-01-20")).warnings == ()
    # Of whom only gross income is known, nothing is said.
    gross = replace(events[1], household=Household(gross_income="1000"))
    assert rp.track(rp.replay(account(), [events[0], gross], as_of="2026-01-20")).warnings == ()


# What can't be


def test_a_household_that_cannot_be_spoils_its_account_only():
    loans = rp.Loans.from_columns(principal=["6000.00"] * 2, **TERMS_OF_LOAN)
    accounts = rp.Accounts.of(rp.schedule(loans, PLAN).value, TERMS)
    events = rp.Events.from_columns(
        account=[0, 1],
        kind="review",
        value_date="2026-01-10",
        amount=None,
        reference=["a", "b"],
        households=rp.Households.from_columns(net_income=["2000", "-1"]),
        household=[0, 1],
    )
    outcome = rp.replay(accounts, events, as_of="2026-02-01")
    assert outcome.row.tolist() == [0]
    assert [(f.row, f.code, f.field) for f in outcome.failures] == [
        (1, Code.NEGATIVE, "net_income (event 1)")
    ]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"kind": "review"}, Code.MISSING),
        ({"kind": "review", "household": "rich"}, Code.UNKNOWN_VALUE),
        ({"kind": "payment", "amount": "1", "household": Household(net_income="1")}, Code.UNKNOWN_VALUE),
    ],
)
def test_a_review_has_a_household_and_nothing_else_has(more, code):
    with pytest.raises(rp.InputError) as caught:
        rp.Event(value_date="2026-01-10", reference="a", **more)
    assert (caught.value.code, caught.value.field) == (code, "household")


@pytest.mark.parametrize("share", ["1.5", "-0.1", 0.2])
def test_a_share_that_cannot_be(share):
    with pytest.raises(rp.InputError) as caught:
        replace(FOLLOWED, income_drop=share)
    assert caught.value.field == "tracking.income_drop"
