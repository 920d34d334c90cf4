"""What accounts were on every day is what a replay of each day says."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp
from account_cases import accounts_of, cases, events_of_many
from examples import examples
from repayplan import equal_instalment, holiday
from repayplan.accounts.component import COMPONENTS
from repayplan.kernel.allocate import Part

DAY = timedelta(days=1)
FALLEN = [Part.COSTS, Part.FEES, Part.INTEREST, Part.PRINCIPAL]
LATE = rp.OverdueRule(
    penalty=rp.OverdueLedger(on=("principal",), rate=rp.OverdueRate(multiplier="1.5")),
    day_count="ACT/360",
    first_day="due_date",
    grace_days=3,
    grace_reaches_back=True,
    tolerance="10",
    rounded="end",
    mode="half_up",
)
CIVIL = rp.AllocationRule.example("civil-code-561")
LOAN = rp.Loan(
    principal="1200.00", annual_rate="0.12", original_term=12, elapsed=0, unpaid=12, next_due="2026-01-31"
)
START = date(2025, 12, 31)


def on(statements, i, day):
    """What the history of account ``i`` says of a day: late, oldest, outstanding."""
    history = statements.history
    mine = np.flatnonzero((history.account == i) & (history.since <= np.datetime64(day, "D")))
    last = mine[-1]
    return int(history.late[last]), history.oldest[last].item(), int(history.outstanding[last])


def each_day(accounts, events, whole, start, days):
    """The account replayed to each of so many days: as many accounts, each looked at on its own."""
    rows = np.tile(np.arange(len(events)), days)
    many = replace(events.take(rows, whole._amount[rows]), account=np.repeat(np.arange(days), len(events)))
    when = np.datetime64(start, "D") + np.arange(days)
    return rp.replay(accounts.take(np.zeros(days, np.int64)), many, as_of=when).value


def same_every_day(accounts, events, start, end):
    whole = rp.replay(accounts, events, as_of=end, history=True).value
    days = (end - start).days + 1
    then = each_day(accounts, events, whole, start, days)
    columns = then.columns
    assert len(then) == days
    fallen = columns.not_due + columns.owed[:, FALLEN].sum(axis=1)
    for k in range(days):
        late, oldest, outstanding = on(whole, 0, start + k * DAY)
        assert (late, oldest) == (columns.missing[k], columns.oldest_due[k].item()), k
        # Interest that was paid before it accrued is taken off what isn't due there.
        assert outstanding >= fallen[k] if columns.accrued_interest[k] == 0 else outstanding == fallen[k]


@given(cases(most=5))
@examples(60)
def test_every_day_is_what_a_replay_of_it_says(case):
    plan, terms, events, as_of, _ = case
    accounts, many = accounts_of([plan], terms), events_of_many([events])
    if not len(rp.replay(accounts, many, as_of=as_of).value):
        return
    events = [each for each in events if each.value_date <= as_of]
    end = min(as_of, plan.start + timedelta(days=90))
    if len(rp.replay(accounts, many, as_of=end).value):
        same_every_day(accounts, many, plan.start, end)


@st.composite
def lives(draw):
    found = []
    for k in range(draw(st.integers(0, 6))):
        day = START + timedelta(days=draw(st.integers(1, 200)))
        kind = draw(
            st.sampled_from(("payment",) * 3 + ("re_age", "reschedule", "acceleration", "write_off", "fee"))
        )
        more = {}
        if kind in ("payment", "fee"):
            more["amount"] = Decimal(draw(st.integers(1, 30_000))) / 100
        if kind in ("re_age", "reschedule"):
            more["plan"] = draw(
                st.sampled_from(
                    (equal_instalment(4), holiday(2, interest="capitalise") + equal_instalment(3))
                )
            )
            more["first_due"] = day + timedelta(days=draw(st.integers(1, 40)))
            more["joins"] = draw(st.sampled_from(((), ("principal", "interest"))))
        found.append(rp.Event(kind=kind, value_date=day, reference=f"e{k}", **more))
    return found


@given(lives(), st.sampled_from(("hold", "next", "last", "lower", "shorter")))
@examples(60)
def test_new_plans_and_money_in_advance_too(events, ahead):
    terms = rp.AccountTerms(overdue=LATE, allocation=replace(CIVIL, in_advance=ahead))
    account = rp.Account.of(LOAN, rp.schedule(LOAN, equal_instalment(12)), terms)
    same_every_day(account.accounts, rp.Events.of(events), START, START + timedelta(days=130))


@given(st.lists(lives(), min_size=2, max_size=3))
@examples(40)
def test_one_account_is_a_batch_of_one(several):
    terms = rp.AccountTerms(overdue=LATE, allocation=CIVIL)
    account = rp.Account.of(LOAN, rp.schedule(LOAN, equal_instalment(12)), terms)
    many = rp.Accounts.of(
        rp.schedule(
            rp.Loans.from_columns(
                principal=["1200.00"] * len(several),
                annual_rate="0.12",
                original_term=12,
                elapsed=0,
                unpaid=12,
                next_due="2026-01-31",
            ),
            equal_instalment(12),
        ).value,
        terms,
    )
    flat = [(i, each) for i, events in enumerate(several) for each in events]
    plans = [each.plan for _, each in flat if each.plan is not None]
    place = iter(range(len(plans)))
    joins = np.array([[name in each.joins for name in COMPONENTS] for _, each in flat])
    names = ("kind", "value_date", "amount", "reference", "first_due")
    events = rp.Events.from_columns(
        account=np.array([i for i, _ in flat], np.int64),
        **{name: [getattr(each, name) for _, each in flat] for name in names},
        plans=plans,
        plan=[-1 if each.plan is None else next(place) for _, each in flat],
        joins=joins.reshape(len(flat), len(COMPONENTS)).astype(bool),
    )
    end = START + timedelta(days=220)
    found = rp.replay(many, events, as_of=end, history=True).value
    for k, i in enumerate(found.row.tolist()):
        alone = rp.replay(account, several[i], as_of=end, history=True).batch.history
        mine = found.history.account == k
        for name in ("since", "late", "oldest", "outstanding"):
            np.testing.assert_array_equal(getattr(found.history, name)[mine], getattr(alone, name))
        of = many_rows(found.history, events.account, i)
        np.testing.assert_array_equal(found.history.due[of], alone.due)
        np.testing.assert_array_equal(found.history.principal[of], alone.principal)


def many_rows(history, account, i):
    return account[history.event] == i


def test_nothing_is_kept_where_it_was_not_asked_for():
    account = rp.Account.of(
        LOAN, rp.schedule(LOAN, equal_instalment(12)), rp.AccountTerms(overdue=LATE, allocation=CIVIL)
    )
    assert rp.replay(account, [], as_of="2026-03-01").batch.history is None


def test_money_that_was_kept_pays_on_the_due_date():
    terms = rp.AccountTerms(
        overdue=LATE,
        allocation=CIVIL,
        tracking=rp.TrackingRule(broken_after_missed=2, consequence="review"),
    )
    account = rp.Account.of(LOAN, rp.schedule(LOAN, equal_instalment(12)), terms)
    paid = [rp.Event(kind="payment", value_date="2026-01-15", amount="500", reference="x")]
    now = rp.replay(account, paid, as_of="2026-05-20")
    assert [row.paid_on for row in now.rows[:5]] == [row.due_date for row in now.rows[:4]] + [None]
    assert now.paid_in_time == 4
    assert rp.track(now).broken is None
