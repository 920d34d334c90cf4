"""Accounts whose plans change: another rate, more lent, errors put right, and what a change leaves alone."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp
from account_cases import KINDS_OF_SIGNED, events_of, fast_of, signed_cases, signed_plans
from examples import examples

HALF = rp.OverdueRate(multiplier="1.5")
RULE = rp.OverdueRule(
    penalty=rp.OverdueLedger(on=("principal",), rate=HALF),
    day_count="ACT/360",
    first_day="due_date",
    rounded="end",
    mode="half_up",
)
CIVIL = rp.AllocationRule.example("civil-code-561")
LOAN = rp.Loan(
    principal="12000.00", annual_rate="0.12", original_term=12, elapsed=0, unpaid=12, next_due="2026-01-31"
)
DEFERRED = rp.holiday(3, interest="defer") + rp.equal_instalment(9)


def terms(in_advance="hold", **more):
    return rp.AccountTerms(overdue=replace(RULE, **more), allocation=replace(CIVIL, in_advance=in_advance))


def account(plan=None, kept=None, loan=LOAN):
    return rp.Account.of(loan, rp.schedule(loan, plan or rp.equal_instalment(12)), kept or terms())


def event(kind, day, reference="x", **more):
    return rp.Event(kind=kind, value_date=day, reference=reference, **more)


def paid(day, amount, reference="p"):
    return event("payment", day, reference, amount=amount)


def total(amounts):
    return sum(amounts.values(), Decimal(0))


def to_come(now):
    return [row for row in now.rows if not row.fallen_due]


# Another rate


@pytest.mark.parametrize("rate", ["0.06", "0", "0.2"])
def test_after_a_change_of_rate_the_instalments_left_are_those_of_a_schedule(rate):
    first = paid("2026-01-31", "1066.19")
    change = event("rate_change", "2026-01-31", "r", rate=rate)
    now = rp.replay(account(), [first, change], as_of="2026-02-10")
    loan = rp.Loan(
        principal="11053.81", annual_rate=rate, original_term=11, elapsed=0, unpaid=11, next_due="2026-02-28"
    )
    expected = rp.schedule(replace(loan, due_dates=rp.DueDates(day=31)), rp.equal_instalment(11))
    assert [(row.asked["principal"], row.asked["interest"]) for row in to_come(now)] == [
        (row.principal, row.interest) for row in expected.rows
    ]
    assert (now.restructures, now.days_past_due) == (0, 0)


def test_a_change_of_rate_within_a_period_keeps_what_had_accrued():
    before = rp.replay(account(), [], as_of="2026-01-16")
    change = event("rate_change", "2026-01-16", rate="0.06")
    now = rp.replay(account(), [change], as_of="2026-01-16")
    assert (now.payoff, now.accrued_interest, now.not_due) == (
        before.payoff,
        before.accrued_interest,
        before.not_due,
    )
    # 16 of 31 days at 12 % of 12,000 (61.94); then 30E/360 counts 14 to the 30th at 6 %: 28.00.
    assert to_come(now)[0].asked["interest"] == Decimal("61.94") + Decimal("28.00")


def test_a_lower_rate_that_keeps_the_instalment_ends_earlier_and_a_higher_one_with_a_larger_last():
    first = paid("2026-01-31", "1066.19")
    for rate, longer in (("0.01", False), ("0.2", True)):
        change = event("rate_change", "2026-01-31", "r", rate=rate, keeps="instalment")
        rows = to_come(rp.replay(account(), [first, change], as_of="2026-01-31"))
        asked = [total(row.asked) for row in rows if total(row.asked)]
        assert set(asked[:-1]) == {Decimal("1066.19")}
        assert (len(asked) == 11, asked[-1] > Decimal("1066.19")) == (True, longer)


def test_an_instalment_below_the_interest_at_the_new_rate_is_refused():
    change = event("rate_change", "2026-01-31", rate="2", keeps="instalment")
    with pytest.raises(rp.InputError) as error:
        rp.replay(account(), [change], as_of="2026-02-10")
    assert (error.value.code, "event 0" in error.value.field) == ("negative_amortisation", True)


def test_a_rate_changed_after_the_balance_was_called_in_is_that_of_penalties_from_then_on():
    events = [event("acceleration", "2026-02-01", "a"), event("rate_change", "2026-03-01", "r", rate="0.06")]
    now = rp.replay(account(), events, as_of="2026-03-31")
    assert now.called == date(2026, 2, 1)
    # The first instalment bears 1 more day; then 28 days at 18 % and 30 at 9 %, row by row.
    days = Decimal(12000) * (28 * Decimal("0.18") + 30 * Decimal("0.09")) / 360
    first = Decimal("946.19") * Decimal("0.18") / 360
    assert abs(now.owed["penalty"] - days - first) <= Decimal("0.06")


# More that is lent


@given(st.integers(1, 10**6), st.integers(0, 330), st.sampled_from(["dates", "instalment"]))
@examples(25)
def test_what_is_lent_joins_the_principal_and_nothing_else(cents, days, keeps):
    day, amount = date(2025, 12, 31) + timedelta(days=days), Decimal(cents) / 100
    before = rp.replay(account(), [], as_of=day)
    lent = event("drawdown", day, amount=amount, keeps=keeps)
    now = rp.replay(account(), [lent], as_of=day)
    assert now.not_due == before.not_due + amount
    assert (now.owed, now.accrued_interest) == (before.owed, before.accrued_interest)
    assert now.payoff == before.payoff + amount
    assert [row.due_date for row in to_come(now) if total(row.asked)][-1] == date(2026, 12, 31)


def test_what_is_lent_after_the_plan_needs_a_date():
    lent = {"kind": "drawdown", "day": "2027-02-01", "amount": "500"}
    with pytest.raises(rp.InputError) as error:
        rp.replay(account(), [event(**lent)], as_of="2027-02-02")
    assert (error.value.code, error.value.field) == ("missing", "first_due (event 0)")
    now = rp.replay(account(), [event(**lent, first_due="2027-02-28")], as_of="2027-02-02")
    assert (now.not_due, now.next_due) == (Decimal("500.00"), date(2027, 2, 28))


# Due dates stay


LAWS = (
    rp.DueDates(),
    rp.DueDates(month_end=True),
    rp.DueDates(day=30),
    rp.DueDates(business_day="following", calendar=rp.WEEKENDS),
    rp.DueDates(business_day="modified_following", calendar=rp.WEEKENDS, adjusted=True),
    rp.DueDates(business_day="preceding", calendar=rp.WEEKENDS),
)


@given(
    st.sampled_from(LAWS),
    st.sampled_from(["monthly", "weekly", "quarterly", "semi-monthly"]),
    st.dates(date(2026, 1, 1), date(2026, 3, 1)),
    st.lists(st.integers(1, 200), min_size=1, max_size=3),
    st.sampled_from(["re_amortise", "rate_change", "drawdown", "payment"]),
)
@examples(25)
def test_what_is_planned_anew_falls_due_when_the_old_plan_would_have(law, frequency, first, days, kind):
    if law.day is not None:  # due dates are that day of the month
        first, frequency = date(2026, 1, law.day), "monthly"
    loan = replace(LOAN, next_due=first, due_dates=law, frequency=frequency)
    mine = account(loan=loan, kept=terms("lower"))
    more = {
        "rate_change": {"rate": "0.06"},
        "drawdown": {"amount": "5"},
        "payment": {"amount": "1"},
        "re_amortise": {},
    }
    start = rp.schedule(loan, rp.equal_instalment(12)).interest_from
    events = [
        event(kind, start + timedelta(days=n), str(i), **more[kind]) for i, n in enumerate(sorted(set(days)))
    ]
    day = max(each.value_date for each in events)
    due = [row.due_date for row in to_come(rp.replay(mine, [], as_of=day))]
    if due:
        now = rp.replay(mine, events, as_of=day)
        assert [row.due_date for row in to_come(now)] == due
        again = rp.as_loans(now)
        coming = rp.schedule(again, rp.equal_instalment(len(due)))
        assert [row.due_date for row in coming.rows] == due


# What is no restructure


def test_an_error_of_the_lenders_put_right_is_no_restructure():
    wrong = event("re_age", "2026-02-10", "w", plan=rp.equal_instalment(6), first_due="2026-03-10")
    right = event(
        "re_age", "2026-02-20", "r", plan=rp.equal_instalment(12), first_due="2026-03-10", correction=True
    )
    counted = rp.replay(account(), [wrong], as_of="2026-02-25")
    mended = rp.replay(
        account(), [event("reversal", "2026-02-20", "u", reverses="w"), wrong, right], as_of="2026-02-25"
    )
    assert (counted.restructures, mended.restructures) == (1, 0)
    bureau = rp.BureauRule.example("china")
    assert [rp.bureau_rows(now, bureau).special for now in (counted, mended)] == ["new_plan", None]
    stages, watched = rp.CreditStageRule.example("eu-retail"), rp.WatchRule.example("china-2023")
    for flag in (False, True):
        history = rp.replay(account(), [replace(wrong, correction=flag)], as_of="2026-02-25", history=True)
        stage = rp.credit_stage(history, stages, forborne=False, at_signing=0, arrears="0")
        assert (stage.status == "performing") == flag
        assert rp.watch(history, watched, restructures=0).restructures == (not flag)
    assert rp.as_loans(mended.batch).value.extra["restructures"].tolist() == [1]  # the signed plan


@given(signed_plans(), st.data())
@examples(20)
def test_a_correction_is_the_same_plan(plan, data):
    events = data.draw(events_of(plan, most=5, kinds=KINDS_OF_SIGNED))
    day = plan.start + timedelta(days=data.draw(st.integers(0, 200)))
    found = [
        fast_of(
            plan, terms(), [replace(each, correction=flag) if each.plan else each for each in events], day
        )
        for flag in (False, True)
    ]
    assert (found[0] is None) == (found[1] is None)
    if found[0] is not None:
        assert [row.asked for row in found[0].rows] == [row.asked for row in found[1].rows]
        assert found[1].restructures <= found[0].restructures


@given(signed_cases(), st.randoms(use_true_random=False), st.data())
@examples(20)
def test_changed_accounts_do_not_depend_on_the_order_of_entry_and_are_undone_exactly(case, random, data):
    plan, kept, events, as_of = case
    shuffled = random.sample(events, len(events))
    now = fast_of(*case)
    assert now == fast_of(plan, kept, shuffled, as_of)
    about = {each.reverses for each in events}
    free = [each for each in events if each.reference not in about and each.kind != "reversal"]
    if free:
        gone = data.draw(st.sampled_from(free))
        undo = event("reversal", as_of + timedelta(days=400), "undo", reverses=gone.reference)
        without = [each for each in events if each is not gone]
        assert fast_of(plan, kept, [*events, undo], as_of) == fast_of(plan, kept, without, as_of)


@given(signed_cases())
@examples(25)
def test_every_cent_that_came_in_is_there_and_nothing_is_below_zero(case):
    events = case[2]
    now = fast_of(*case)
    if now is None:
        return
    holds = now.batch.holding.tolist()
    money = sum((events[k].amount for k in holds if events[k].kind.endswith("payment")), Decimal(0))
    assert sum((total(row.paid) for row in now.rows), now.held) == money
    for row in now.rows:
        for amounts in (row.asked, row.paid, row.waived, row.owed):
            assert min(amounts.values()) >= 0


# A batch is one after the other, whoever else is in it


@given(st.lists(st.tuples(st.integers(100, 10**6), st.integers(0, 2**32)), min_size=1, max_size=4), st.data())
@examples(15)
def test_a_batch_of_changed_accounts_is_one_after_the_other(amounts, data):
    plan = data.draw(signed_plans())
    kept = data.draw(signed_cases())[1]
    many = len(amounts)
    loans = rp.Loans.from_columns(
        principal=[str(Decimal(cents) / 100) for cents, _ in amounts],
        annual_rate=str(plan.loan.annual_rate),
        original_term=4,
        elapsed=0,
        unpaid=4,
        next_due=plan.loan.next_due,
    )
    template = data.draw(st.sampled_from(list(plan.stages)))
    made = rp.schedule(loans, template)
    rows = made.row.tolist()
    accounts = rp.Accounts.of(made.value, kept)
    lists = [data.draw(events_of(plan, most=4, kinds=KINDS_OF_SIGNED)) for _ in rows]
    flat = [(i, each) for i, mine in enumerate(lists) for each in mine]
    columns = rp.Events.of([each for _, each in flat])
    events = replace(columns, account=np.array([i for i, _ in flat], np.int64))
    as_of = plan.start + timedelta(days=data.draw(st.integers(0, 200)))
    out = rp.replay(accounts, events, as_of=as_of)
    found = dict(zip(out.row.tolist(), range(many), strict=False))
    for i, mine in enumerate(lists):
        alone = rp.replay(accounts.take(np.array([i])), rp.Events.of(mine), as_of=as_of)
        assert len(alone.row) == (i in found)
        if i in found:
            for name in type(alone.value.columns).__slots__:
                one, other = getattr(alone.value.columns, name)[0], getattr(out.value.columns, name)[found[i]]
                assert np.array_equal(one, other, equal_nan=one.dtype.kind == "M"), name


def test_what_an_all_in_rate_leaves_one_account_does_not_depend_on_a_change_of_another():
    """After it was called in, an account's interest is what was asked for, whatever happens beside it."""
    caps = rp.OverdueCaps(all_in="0.13", source="a test")
    kept = terms(caps=caps)
    loans = rp.Loans.from_columns(
        principal=["12000"] * 2,
        annual_rate="0.12",
        original_term=12,
        elapsed=0,
        unpaid=12,
        next_due="2026-01-31",
    )
    accounts = rp.Accounts.of(rp.schedule(loans, rp.equal_instalment(12)).value, kept)
    called = [event("acceleration", "2026-02-10", "a")]
    change = event("re_age", "2026-02-12", "b", plan=rp.equal_instalment(3), first_due="2026-03-12")
    alone = rp.replay(accounts.take(np.array([0])), rp.Events.of(called), as_of="2026-06-30")
    events = replace(rp.Events.of([*called, change]), account=np.array([0, 1]))
    both = rp.replay(accounts, events, as_of="2026-06-30")
    assert alone.value.columns.owed[0].tolist() == both.value.columns.owed[0].tolist()
    assert alone.value.columns.owed[0][2] > 0


# What a change leaves alone


def test_a_new_plan_is_the_one_that_was_given_where_money_in_advance_shortens():
    change = event("re_age", "2026-02-10", plan=rp.equal_principal(4), first_due="2026-03-10")
    rows = [
        [row.asked for row in to_come(rp.replay(account(kept=terms(way)), [change], as_of="2026-02-10"))]
        for way in ("shorter", "hold")
    ]
    assert rows[0] == rows[1]
    assert len(rows[0]) == 4


def test_charges_of_days_of_grace_do_not_join_a_new_plan():
    kept = terms(grace_days=5, grace_reaches_back=True)
    change = event(
        "re_age",
        "2026-02-03",
        plan=rp.equal_instalment(12),
        first_due="2026-03-03",
        joins=("principal", "interest", "penalty"),
    )
    now = rp.replay(account(kept=kept), [change], as_of="2026-02-03")
    assert now.not_due == Decimal("12000.00") + Decimal("120.00")


def test_interest_that_is_owed_without_principal_falls_due_as_it_is():
    allocation = replace(
        CIVIL, in_advance="lower", ahead=("principal", "interest", "fees", "costs", "penalty", "compound")
    )
    mine = rp.Account.of(
        LOAN, rp.schedule(LOAN, rp.equal_instalment(12)), replace(terms(), allocation=allocation)
    )
    now = rp.replay(mine, [paid("2026-01-16", "12000.00")], as_of="2026-01-16")
    assert (now.payoff, now.next_due, now.next_amount) == (
        Decimal("61.94"),
        date(2026, 1, 31),
        Decimal("61.94"),
    )


def test_fees_of_a_period_that_has_begun_are_owed_after_a_change():
    fees = rp.equal_instalment(12) + rp.fee("6", when="each")
    change = event("re_amortise", "2026-02-10")
    before, after = (rp.replay(account(fees), mine, as_of="2026-02-10") for mine in ([], [change]))
    assert before.payoff == after.payoff


@pytest.mark.parametrize("later", ["2026-03-31", "2026-04-20", "2026-11-01"])
def test_what_was_kept_pays_each_instalment_on_its_own_day(later):
    now = rp.replay(account(), [paid("2026-01-10", "12000")], as_of=later)
    fallen = [row for row in now.rows if row.fallen_due]
    assert [row.paid_on for row in fallen] == [row.due_date for row in fallen]
    assert now.paid_in_time == len(fallen)


def test_what_was_kept_after_all_was_called_in_pays_what_is_charged_later():
    events = [
        event("acceleration", "2026-02-10", "a"),
        paid("2026-02-10", "13000"),
        event("fee", "2026-05-02", "f", amount="9.00"),
    ]
    now = rp.replay(account(), events, as_of="2026-05-20")
    assert now.overdue == 0
    fee = next(row for row in now.rows if not row.plain)
    assert (fee.paid["fees"], fee.paid_on) == (Decimal("9.00"), date(2026, 5, 2))


def test_a_bound_of_an_instalment_counts_what_joined_a_new_plan():
    kept = terms(caps=rp.OverdueCaps(of_instalment="0.01", source="a test"))
    change = event(
        "re_age",
        "2026-06-10",
        plan=rp.equal_instalment(6),
        first_due="2026-07-10",
        joins=("penalty", "interest"),
    )
    now = rp.replay(account(kept=kept), [change], as_of="2027-06-10")
    for row in now.rows[:4]:
        assert row.owed["penalty"] == 0


def test_a_rate_of_an_index_before_the_old_plans_first_day_is_that_of_its_day():
    index = rp.Index("a test", ["2025-01-01", "2026-01-20"], ["0.06", "0.12"], "a test")
    kept = terms(penalty=rp.OverdueLedger(on=("principal",), rate=rp.OverdueRate(index=index)))
    change = event("re_age", "2026-01-05", plan=rp.equal_principal(1), first_due="2026-01-10")
    now = rp.replay(account(kept=kept), [change], as_of="2026-01-30")
    # 12,000 for 10 days at 6 % and 10 at 12 %.
    assert now.owed["penalty"] == Decimal("60.00")


def test_a_rate_of_an_index_is_that_of_its_day_after_money_in_advance():
    index = rp.Index("a test", ["2025-01-01", "2026-01-31"], ["0.06", "0.12"], "a test")
    kept = terms("lower", penalty=rp.OverdueLedger(on=("principal",), rate=rp.OverdueRate(index=index)))
    now = rp.replay(account(kept=kept), [paid("2026-01-10", "500.00")], as_of="2026-02-25")
    row = next(row for row in now.rows if row.fallen_due and row.owed["principal"])
    expected = row.asked["principal"] * Decimal("0.12") * 25 / 360
    assert abs(row.owed["penalty"] - expected) <= Decimal("0.005")


@pytest.mark.parametrize(
    "change",
    [
        event("acceleration", "2026-01-05"),
        event("re_age", "2026-01-05", plan=rp.equal_principal(1), first_due="2026-01-10"),
    ],
)
def test_a_rate_of_an_index_that_is_not_there_yet_on_an_earlier_day_is_refused(change):
    index = rp.Index("a test", ["2026-01-20"], ["0.12"], "a test")
    kept = terms(penalty=rp.OverdueLedger(on=("principal",), rate=rp.OverdueRate(index=index)))
    assert rp.replay(account(kept=kept), [], as_of="2026-02-28").owed["penalty"] > 0
    with pytest.raises(rp.InputError) as error:
        rp.replay(account(kept=kept), [change], as_of="2026-02-28")
    assert (error.value.code, error.value.field) == ("out_of_range", "due_date")


# Halts in which interest stops


def halt(day, until=None, reference="h"):
    return event("freeze", day, reference, until=until, interest="stops")


def test_no_interest_of_the_days_of_a_halt_is_asked_for():
    first = paid("2026-01-31", "1066.19")
    now = rp.replay(account(), [first, halt("2026-02-16", "2026-03-15")], as_of="2026-04-01")
    rows = [row for row in now.rows if row.fallen_due and row.due_date > date(2026, 1, 31)]
    asked = {row.due_date: row.asked["interest"] for row in rows if total(row.asked)}
    # 16 of 28 days of 110.54 had accrued; then nothing; from 16 March 14 days of 30E/360 of what is left.
    assert asked[date(2026, 2, 28)] == Decimal("63.17")
    left = Decimal("11053.81") - next(
        r.asked["principal"] for r in rows if r.due_date == date(2026, 2, 28) and total(r.asked)
    )
    assert abs(asked[date(2026, 3, 31)] - left * Decimal("0.12") * 14 / 360) <= Decimal("0.01")
    assert now.restructures == 0


@given(st.integers(1, 200), st.integers(0, 60), st.integers(0, 90))
@examples(15)
def test_interest_stands_still_while_it_stops(days, long, later):
    start = date(2025, 12, 31) + timedelta(days=days)
    end = start + timedelta(days=long)
    when = min(start + timedelta(days=later), end)
    stands = [rp.replay(account(), [halt(start, end)], as_of=day) for day in (start, when)]
    interest = [now.owed["interest"] + now.accrued_interest for now in stands]
    assert interest[0] == interest[1]
    assert stands[0].owed["penalty"] == stands[1].owed["penalty"]
    assert [row.due_date for row in to_come(stands[0]) if total(row.asked)][-1] == date(2026, 12, 31)
    after = rp.replay(account(), [halt(start, end)], as_of=end + timedelta(days=40))
    assert after.owed["interest"] + after.accrued_interest > interest[0]


def test_a_halt_without_an_end_asks_for_no_interest_any_more():
    now = rp.replay(account(), [halt("2026-01-31")], as_of="2026-02-01")
    assert {row.asked["interest"] for row in to_come(now)} == {0}
    assert rp.as_loans(now).annual_rate == Decimal("0.12")


def test_the_rate_that_changes_in_a_halt_counts_after_it():
    events = [halt("2026-01-31", "2026-02-28"), event("rate_change", "2026-02-10", "r", rate="0.06")]
    during, after = (rp.replay(account(), events, as_of=day) for day in ("2026-02-15", "2026-03-01"))
    assert {row.asked["interest"] for row in to_come(during)} == {0}
    row = next(row for row in to_come(after) if total(row.asked))
    assert abs(row.asked["interest"] - after.not_due * Decimal("0.06") * 29 / 360) <= Decimal("0.01")


def test_a_settlement_within_days_of_grace_gives_up_no_charges_that_never_were():
    kept = terms(grace_days=5, grace_reaches_back=True)
    done = event("settlement", "2026-02-03")
    for later in (0, 30):
        now = rp.replay(account(kept=kept), [done], as_of=date(2026, 2, 3) + timedelta(days=later))
        assert [row.waived["penalty"] for row in now.rows] == [0] * 12
        assert min(min(row.paid.values()) for row in now.rows) == 0
        assert all(row.paid_on == date(2026, 2, 3) for row in now.rows)


def test_a_settlement_gives_up_what_was_put_aside():
    events = [event("settlement", "2026-02-10", "s"), event("fee", "2026-03-01", "f", amount="5.00")]
    now = rp.replay(account(DEFERRED), events, as_of="2026-06-01")
    assert (now.payoff, now.accrued_interest, now.owed["fees"]) == (Decimal("5.00"), 0, Decimal("5.00"))


def test_what_is_written_off_is_what_is_owed_on_the_day():
    kept = terms(grace_days=5, grace_reaches_back=True)
    now = rp.replay(account(kept=kept), [event("write_off", "2026-02-03")], as_of="2026-02-03")
    assert now.written_off == now.owed


def test_what_is_above_both_interest_and_principal_is_kept():
    """Principal that isn't there yet, and interest that hasn't accrued, were both paid in advance."""
    capitalised = rp.holiday(2, interest="capitalise") + rp.equal_instalment(2)
    short = rp.Loan(
        principal="1200.00", annual_rate="0.24", original_term=4, elapsed=0, unpaid=4, next_due="2026-01-31"
    )
    whole = rp.schedule(short, capitalised).totals["payment"]
    mine = account(capitalised, terms("next"), short)
    now = rp.replay(
        mine, [paid("2026-01-10", whole), event("acceleration", "2026-01-10", "a")], as_of="2026-01-10"
    )
    assert now.overdue == 0
    before = rp.replay(mine, [], as_of="2026-01-10")
    assert now.held == whole - before.payoff


# What an event can't be


@pytest.mark.parametrize(
    ("given_ones", "code", "field"),
    [
        ({"kind": "rate_change"}, "missing", "rate"),
        ({"kind": "rate_change", "rate": "0.1", "plan": rp.equal_instalment(3)}, "unknown_value", "plan"),
        ({"kind": "rate_change", "rate": "0.1", "keeps": "all"}, "unknown_value", "keeps"),
        ({"kind": "re_amortise", "keeps": "instalment"}, "unknown_value", "keeps"),
        ({"kind": "re_amortise", "frequency": "weekly"}, "missing", "plan"),
        ({"kind": "re_amortise", "frequency": "now and then"}, "unknown_value", "frequency"),
        ({"kind": "rate_change", "rate": "0.1", "frequency": "weekly"}, "unknown_value", "frequency"),
        ({"kind": "drawdown"}, "missing", "amount"),
        ({"kind": "acceleration", "interest": "stops"}, "unknown_value", "interest"),
        ({"kind": "freeze", "interest": "waits"}, "unknown_value", "interest"),
        ({"kind": "freeze", "reason": "holidays"}, "unknown_value", "reason"),
        ({"kind": "acceleration", "reason": "death"}, "unknown_value", "reason"),
        ({"kind": "drawdown", "amount": "5", "rate": "0.1"}, "unknown_value", "rate"),
        ({"kind": "drawdown", "amount": "5", "correction": True}, "unknown_value", "correction"),
        ({"kind": "drawdown", "amount": "5", "first_due": "2026-01-01"}, "dates_out_of_order", "first_due"),
    ],
)
def test_a_change_that_cannot_be_is_refused(given_ones, code, field):
    with pytest.raises(rp.InputError) as error:
        event(day="2026-02-10", **given_ones)
    assert (error.value.code, error.value.field) == (code, field)
