"""The payoff of a day, paid on it as an early repayment, ends the account: whatever it is kept by."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import account_oracle as slow
import repayplan as rp
import test_on_balance as balance
from account_cases import (
    TEMPLATES,
    allocation_rules,
    cases,
    events_of,
    fast_of,
    figures,
    orders,
    overdue_rules,
    signed_cases,
    signed_plans,
)
from examples import examples
from repayplan.testing.account_examples import example_account

DAY = timedelta(days=1)
ADVANCES = st.sampled_from(("hold", "next", "last", "lower", "shorter"))
CIVIL = rp.AllocationRule.example("civil-code-561")
NOTHING = ("overdue", "accrued_interest", "not_due", "held", "payoff", "next_amount", "next_payment")


def event(kind, day, amount=None, reference="1", **more):
    return rp.Event(kind=kind, value_date=day, amount=amount, reference=reference, **more)


def payoff_paid(case, known=None, more=0):
    """The events, and the payoff of the day (and more) as the last of them; None where nothing is owed."""
    plan, terms, events, as_of = case[:4]
    found = fast_of(plan, terms, events, as_of, known)
    amount = 0 if found is None or not found.payoff else found.payoff + Decimal(more) / 100
    if not amount:
        return None
    booked = known or as_of + 60 * DAY  # after every other of its day
    return [*events, event("early_repayment", as_of, amount, "early", booked=booked)]


def until(events, day):
    """Those of the days up to one, and the reversals of these, whenever they are of."""
    found = [each for each in events if each.value_date <= day or each.kind == "reversal"]
    while True:
        names = {each.reference for each in found}
        fewer = [each for each in found if each.reverses is None or each.reverses in names]
        if len(fewer) == len(found):
            return found
        found = fewer


def is_nothing(now):
    assert [getattr(now, name) for name in NOTHING] == [0] * len(NOTHING)
    assert (now.days_past_due, now.instalments_left, now.next_due, now.oldest_due) == (0, 0, None, None)
    assert not any(now.owed.values())


def ends_it(case, known, later):
    """On the day, and on any after it on which nothing else is charged."""
    plan, terms, events, as_of = case[:4]
    # A write-off of the day comes after it: what is written off then is nothing.
    assume(not any(each.kind == "write_off" and each.value_date == as_of for each in events))
    done = payoff_paid(case, known)
    assume(done is not None)
    done = until(done, as_of)  # what comes later may be charged
    before = fast_of(plan, terms, done[:-1], as_of, known)
    for day in (as_of, as_of + later * DAY):
        now = fast_of(plan, terms, done, day, known)
        is_nothing(now)
        assert "early" not in {each.field for each in now.short}
        if before.closed is None:
            assert now.closed == now.repaid_early == as_of
        else:
            assert (now.closed, now.repaid_early) == (before.closed, before.repaid_early)


later_days = st.sampled_from((1, 40, 100))


@given(cases(most=4), later_days)
@examples(20)
def test_the_payoff_ends_any_account_for_good(case, later):
    ends_it(case, case[4], later)


@given(signed_cases(most=4), later_days)
@examples(12)
def test_the_payoff_ends_any_account_whose_plan_was_changed(case, later):
    ends_it(case, None, later)


@st.composite
def on_the_balance(draw):
    template = draw(st.sampled_from([each for each in TEMPLATES if not balance.puts_off(each)]))
    plan, terms = draw(signed_plans(template)), draw(balance.all_terms())
    as_of = plan.start + timedelta(days=draw(st.integers(0, 230)))
    return plan, terms, draw(events_of(plan, most=3)), as_of


@given(on_the_balance(), later_days)
@examples(12)
def test_the_payoff_ends_any_account_whose_interest_is_on_the_balance(case, later):
    ends_it(case, None, later)


@st.composite
def rebated(draw):
    """Accounts that give interest back by other rules; the plan's interest was added at the start."""
    loan = rp.Loan(
        principal=draw(st.sampled_from(("1200", "4321.99"))),
        annual_rate=draw(st.sampled_from(("0.08", "0.3"))),
        original_term=6,
        elapsed=0,
        unpaid=6,
        next_due="2024-02-29",
    )
    terms = rp.AccountTerms(
        overdue=draw(overdue_rules()),
        allocation=draw(allocation_rules(ADVANCES, st.none() | orders)),
        rebate=draw(st.sampled_from(("rule_of_78", "implied_rate"))),
    )
    account = rp.Account.of(loan, rp.schedule(loan, rp.flat(6)), terms)
    days = draw(st.lists(st.integers(0, 200), max_size=3))
    paid = [
        event("payment", date(2024, 1, 31) + n * DAY, draw(st.sampled_from(("208", "99.99"))), f"P{k}")
        for k, n in enumerate(days)
    ]
    return account, paid, date(2024, 1, 31) + draw(st.integers(0, 250)) * DAY


@given(rebated(), later_days)
@examples(12)
def test_what_an_early_end_gives_back_is_not_owed(case, later):
    account, paid, day = case
    paid = [each for each in paid if each.value_date <= day]
    now = rp.replay(account, paid, as_of=day)
    assume(now.payoff)
    done = [*paid, event("early_repayment", day, now.payoff, "early")]
    for when in (day, day + later * DAY):
        is_nothing(rp.replay(account, done, as_of=when))
    asked = sum(sum(row.asked.values()) for row in rp.replay(account, done, as_of=day).rows)
    assert asked == sum(each.amount for each in done)


@given(cases(most=3), st.integers(1, 100_000))
@examples(12)
def test_a_cent_less_ends_nothing_and_what_is_more_is_kept(case, cents):
    plan, terms, _, as_of, known = case
    done = payoff_paid(case, known, more=cents)
    less = payoff_paid(case, known, more=-1)
    assume(less is not None)
    now = fast_of(plan, terms, done, as_of, known)
    assert (now.held, now.payoff, now.overdue, now.not_due) == (Decimal(cents) / 100, 0, 0, 0)
    now = fast_of(plan, terms, less, as_of, known)
    (reason,) = [each for each in now.short if each.field == "early"]
    assert (reason.value, reason.limit, now.payoff) == (less[-1].amount, Decimal("0.01"), Decimal("0.01"))
    assert now.repaid_early is None


@given(cases(kinds=("payment", "goodwill", "fee", "freeze"), most=3), st.sampled_from((1, 700, 20_000)))
@examples(12)
def test_less_than_the_payoff_is_a_payment_as_any_other(case, cents):
    plan, terms, events, as_of, known = case
    kinds = tuple(each for each in terms.allocation.kinds if each.kind != "early_repayment")
    terms = replace(terms, allocation=replace(terms.allocation, kinds=kinds))
    # Of one day it comes after the payments.
    events = [each for each in events if each.value_date != as_of or each.kind not in slow.MONEY_IN]
    before = fast_of(plan, terms, events, as_of, known)
    assume(before is not None and before.payoff * 100 > cents)
    found = []
    for kind in ("early_repayment", "payment"):
        more = event(kind, as_of, Decimal(cents) / 100, "R", booked=known)
        found.append(fast_of(plan, terms, [*events, more], as_of + 9 * DAY, known))
    one, other = (figures(each) for each in found)
    assert one.pop("short") == {"R": int(before.payoff * 100) - cents}
    assert other.pop("short") == {}
    assert one == other


# ---- 12,000.00 at 12 % in twelve instalments of 1,066.19, the first of which was paid


FIRST = event("payment", "2026-01-31", "1066.19", "T-1")
EARLY = event("early_repayment", "2026-02-14", "11109.08", "T-2")


def replayed(events, day, **more):
    accounts = example_account(principal="12000.00", annual_rate="0.12").accounts
    kept = rp.Account(replace(accounts, terms=replace(accounts.terms, **more)))
    return rp.replay(kept, events, as_of=day)


def test_interest_is_paid_to_the_day_and_all_principal():
    """11,053.81 were left; of February's 110.54 of interest 14 of 28 days have passed."""
    before, after = (replayed(events, "2026-02-14") for events in ([FIRST], [FIRST, EARLY]))
    assert before.payoff == Decimal("11109.08") == Decimal("11053.81") + Decimal("55.27")
    paid = after.allocations[1]
    went = {name: amount for name, amount in paid.to.items() if amount}
    assert (paid.kind, went) == (
        "early_repayment",
        {"interest": Decimal("55.27"), "principal": Decimal("11053.81")},
    )
    is_nothing(after)
    assert (after.closed, after.repaid_early, after.called) == (date(2026, 2, 14), date(2026, 2, 14), None)
    # What was called in before its day counts as one instalment.
    assert (after.paid_in_time, after.instalments_overdue) == (2, 0)


def test_money_that_was_kept_pays_first():
    kept = event("payment", "2026-02-01", "500", "K")
    before = replayed([FIRST, kept], "2026-02-14")
    assert (before.held, before.payoff) == (500, Decimal("10609.08"))
    now = replayed([FIRST, kept, EARLY], "2026-02-14")
    is_nothing(replayed([FIRST, kept, replace(EARLY, amount=before.payoff)], "2026-02-14"))
    assert (now.held, sum(now.allocations[-1].to.values())) == (500, before.payoff)


def test_what_is_booked_later_can_make_it_too_little_and_its_reversal_makes_it_enough_again():
    fee = event("fee", "2026-02-10", "15.00", "F", booked="2026-02-20")
    undo = event("reversal", "2026-02-21", None, "U", reverses="F")
    short = replayed([FIRST, EARLY, fee], "2026-02-28")
    assert (short.closed, short.repaid_early) == (None, None)
    (reason,) = short.short
    assert reason.code is rp.Code.SHORT_OF_PAYOFF
    assert reason.text() == (
        "early repayment T-2 of 11109.08 is 15.00 less than the payoff of its day: an ordinary payment"
    )
    assert reason.text("zh") == "提前结清款T-2（11109.08）比当日应付的结清金额少15.00，按普通还款处理"
    assert short.batch.short.tolist() == [0, 1500, 0]
    again = replayed([FIRST, EARLY, fee, undo], "2026-02-28")
    assert figures(again) == figures(replayed([FIRST, EARLY], "2026-02-28"))
    more = replayed([FIRST, replace(EARLY, amount="11124.08"), fee], "2026-02-28")
    is_nothing(more)  # a charge for repaying early is a fee of the day


@pytest.mark.parametrize("advance", ["hold", "next", "last", "lower", "shorter"])
def test_with_too_little_the_rule_of_money_in_advance_decides(advance):
    less = replace(EARLY, amount="2000.00")
    same = rp.Event(kind="payment", value_date="2026-02-14", amount="2000.00", reference="T-2")
    own = rp.KindOrder(kind="early_repayment", order=CIVIL.order, by="component", in_advance=advance)
    kind = replace(CIVIL, in_advance="hold", kinds=(own,))
    usual = rp.KindOrder(kind="payment", order=CIVIL.order, by="component", in_advance=advance)
    ways = [(less, replace(CIVIL, in_advance=advance)), (less, kind), (less, replace(CIVIL, kinds=(usual,)))]
    wanted = figures(replayed([FIRST, same], "2026-03-10", allocation=replace(CIVIL, in_advance=advance)))
    for what, rule in ways:
        found = figures(replayed([FIRST, what], "2026-03-10", allocation=rule))
        assert found.pop("short") == {"T-2": 910_908}
        assert found == {name: figure for name, figure in wanted.items() if name != "short"}


def test_an_account_that_has_ended_keeps_what_comes_after_and_stays_closed_on_its_day():
    again = event("early_repayment", "2026-02-20", "40.00", "T-3")
    now = replayed([FIRST, EARLY, again], "2026-03-31")
    assert (now.held, now.payoff, now.closed) == (40, 0, date(2026, 2, 14))
    off = event("write_off", "2026-02-10", None, "W")
    paid = replayed([FIRST, off, replace(EARLY, amount="12000")], "2026-03-31")
    assert (paid.payoff, paid.overdue, paid.closed, paid.repaid_early) == (0, 0, date(2026, 2, 10), None)


def test_it_comes_before_a_settlement_of_its_day_and_after_a_call_and_a_new_plan():
    others = [event(kind, "2026-02-14", None, kind) for kind in ("acceleration", "re_amortise", "settlement")]
    now = replayed([*others, EARLY, FIRST], "2026-02-14")
    assert (now.payoff, sum(sum(row.waived.values()) for row in now.rows)) == (0, 0)
    assert (now.called, now.closed, now.restructures) == (date(2026, 2, 14), date(2026, 2, 14), 1)


def test_currencies_side_by_side_each_have_their_own_units():
    """Yen, dollars and dinars: 100 of principal each, 1 % of interest that has half accrued."""
    accounts = rp.Accounts.from_columns(
        example_account().accounts.terms,
        rate=["0.12"] * 3,
        start="2026-01-01",
        account=[0, 1, 2],
        due_date="2026-01-31",
        principal="100",
        interest="1",
        decimals=[0, 2, 3],
    )
    payoffs = ["101", "100.50", "100.500"]  # a yen has no parts: half of one is one
    events = rp.Events.from_columns(
        account=[0, 1, 2, 2],
        kind=["early_repayment"] * 4,
        value_date=["2026-01-16"] * 3 + ["2026-01-15"],
        amount=[*payoffs, "100.466"],
        reference=["a", "b", "c", "d"],
    )
    now = rp.replay(accounts, events, as_of="2026-01-16").value
    assert now.columns.payoff.tolist() == [0, 0, 0]
    assert now.short.tolist() == [0, 0, 0, 1]
    assert now.columns.held.tolist() == [0, 0, 100_466]  # what the first left, the second ended


def test_a_cent_that_a_binary_float_would_lose_is_missed():
    """2**53 + 1 cents: the first whole number that no float of 64 bits holds."""
    accounts = rp.Accounts.from_columns(
        example_account().accounts.terms,
        rate=["0"] * 2,
        start="2026-01-01",
        account=[0, 1],
        due_date="2026-01-31",
        principal="90071992547409.93",
        interest="0",
        decimals=2,
    )
    events = rp.Events.from_columns(
        account=[0, 1],
        kind=["early_repayment"] * 2,
        value_date="2026-01-16",
        amount=["90071992547409.92", "90071992547409.93"],
        reference=["a", "b"],
    )
    now = rp.replay(accounts, events, as_of="2026-01-16").value
    assert (now.columns.payoff.tolist(), now.short.tolist()) == ([1, 0], [1, 0])


def test_an_early_repayment_has_an_amount():
    with pytest.raises(rp.InputError) as caught:
        rp.Event(kind="early_repayment", value_date="2026-02-14", reference="1")
    assert (caught.value.code, caught.value.field) == (rp.Code.MISSING, "amount")


def test_a_portfolio_is_its_accounts_one_by_one():
    accounts = example_account(principal="12000.00", annual_rate="0.12").accounts.take(np.arange(1).repeat(4))
    amounts = ["11109.08", "11109.07", "0.01", "99999.00"]
    events = rp.Events.from_columns(
        account=[0, 1, 2, 3] * 2,
        kind=["payment"] * 4 + ["early_repayment"] * 4,
        value_date=["2026-01-31"] * 4 + ["2026-02-14"] * 4,
        amount=["1066.19"] * 4 + amounts,
        reference=[f"{k}" for k in range(8)],
    )
    many = rp.replay(accounts, events, as_of="2026-03-10").value
    for i, amount in enumerate(amounts):
        mine = [replace(FIRST, reference=f"{i}"), replace(EARLY, amount=amount, reference=f"{i + 4}")]
        one = replayed(mine, "2026-03-10")
        assert figures(many.one(i)) == figures(one)
        assert many.columns.repaid_early[i].item() == one.repaid_early
    assert many.short.tolist() == [0] * 5 + [1, 1_110_907, 0]
