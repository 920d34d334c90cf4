"""How accounts are followed: held against a replay of every day."""

from bisect import bisect_left
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp
from account_cases import events_of_many
from examples import examples
from repayplan.basics.errors import Code
from test_every_error import check_text
from test_renewal import START, TERMS, account, event, paid, total

RULE = rp.TrackingRule(
    broken_after_missed=2,
    broken_after_days=45,
    consequence="acceleration",
    remind_before=(7, 1),
    remind_after=(1, 7, 15),
)


def terms(rule=RULE, grace=0):
    return replace(TERMS, tracking=rule, overdue=replace(TERMS.overdue, grace_days=grace))


@st.composite
def late_payers(draw):
    """The first instalments, each paid whole some days late or early, in part, or not at all."""
    events, owed = [], Decimal("1066.19")
    for k, due in enumerate(("2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30")):
        late = draw(st.sampled_from([0, 1, 3, 20, 44, 45, 46, 70, -20, None]))
        if late is not None:
            day = date.fromisoformat(due) + timedelta(days=late)
            events.append(paid(day, draw(st.sampled_from([owed, owed + 40, Decimal(500)])), f"p{k}"))
    return events


@examples(12)
@given(late_payers(), st.integers(0, 3), st.sampled_from([1, 2, 3, None]), st.sampled_from([30, 45, None]))
def test_a_plan_is_broken_on_the_first_day_on_which_it_is(events, grace, missed, days):
    if missed is None and days is None:
        days = 30
    rule = replace(RULE, broken_after_missed=missed, broken_after_days=days)
    mine, end = account(terms=terms(rule, grace)), date(2026, 6, 20)
    first = None
    for k in range(1, (end - START).days + 1):
        day = START + timedelta(days=k)
        then = rp.replay(mine, [each for each in events if each.value_date < day], as_of=day)
        # What is overdue when the day begins, days of grace over: the day itself is no day of grace.
        over = [
            row
            for row in then.rows
            if row.fallen_due and sum(row.owed[name] for name in ("principal", "interest"))
        ]
        count = sum((day - row.due_date).days > grace for row in over)
        today = rp.replay(mine, events, as_of=day)
        if missed is not None and count >= missed:
            first = day
        if days is not None and today.days_past_due >= days:
            first = day
        if first:
            break
    now = rp.replay(mine, events, as_of=end)
    found = rp.track(now)
    assert (found.broken and found.broken.limit) == first
    assert found.consequence == ("acceleration" if first else None)


SMALL = (500, 8, 500, 500)
SMALL_DUE = [date(2026, m, 10) for m in (2, 3, 4, 5)]


@st.composite
def nearly_payers(draw):
    """Three instalments of 500.00 and one of 8.00: what is paid leaves so much, if any is."""
    events = []
    for k, (due, owed) in enumerate(zip(SMALL_DUE, SMALL, strict=True)):
        day, left = due, owed
        for rest in draw(st.sampled_from(((0,), (5,), (5,), (5, 0), (10,), (10, 0), (11,), (11, 5), ()))):
            day += timedelta(days=draw(st.sampled_from((0, 0, 0, 2, 4, 6, 10))))
            if rest < left:
                events.append(paid(day, left - rest, f"p{k}{rest}"))
                left = rest
    return events


def slowly_broken(events, days, grace, tolerance):
    """Day after day, the oldest first: the first on which too much is missing of an instalment, or None."""
    left, held = list(SMALL), 0
    for k in range(130):
        day = SMALL_DUE[0] + timedelta(days=k)
        fallen = [i for i, due in enumerate(SMALL_DUE) if due <= day]
        for came in (None, *(each.amount for each in events if each.value_date == day)):
            held += came or 0
            for i in fallen:
                held, left[i] = max(held - left[i], 0), max(left[i] - held, 0)
            for i in fallen if came is None else ():
                over = SMALL_DUE[i] + timedelta(days=grace + 1) == day
                if over and left[i] <= tolerance and len(fallen) < len(SMALL):
                    left[len(fallen)] += left[i]
                    left[i] = 0
        late = {i: (day - SMALL_DUE[i]).days for i in fallen}
        if any(n >= days and left[i] > (tolerance if n <= grace else 0) for i, n in late.items()):
            return day
    return None


def broken_as_of(events, days, tolerance, looks):
    """When it was broken, as several days see it; ten days of grace."""
    tracked = replace(RULE, broken_after_missed=None, broken_after_days=days)
    free = rp.OverdueLedger(on=("principal",), rate=rp.OverdueRate(rate="0"))
    overdue = replace(TERMS.overdue, penalty=free, compound=None, grace_days=10, tolerance=tolerance)
    rows = np.arange(4 * len(looks))
    many = rp.Accounts.from_columns(
        rp.AccountTerms(overdue=overdue, allocation=TERMS.allocation, tracking=tracked),
        rate=["0"] * len(looks),
        start="2026-01-10",
        account=rows // 4,
        due_date=[SMALL_DUE[k] for k in rows % 4],
        principal=[SMALL[k] for k in rows % 4],
        interest=[0] * len(rows),
    )
    now = rp.replay(many, events_of_many([events] * len(looks)), as_of=looks).value
    return now.columns.broken_on.tolist()


@examples(60)
@given(nearly_payers(), st.sampled_from((3, 5, 10, 11, 14)), st.sampled_from((0, 10)))
def test_in_days_of_grace_a_little_that_is_missing_breaks_no_plan(events, days, tolerance):
    """What was broken on a day stays so, and nothing else becomes so, however much later it is looked at."""
    looks = [SMALL_DUE[0] + timedelta(days=k) for k in range(0, 130, 3)]
    first = slowly_broken(events, days, 10, tolerance)
    wanted = [first if first and first <= day else None for day in looks]
    assert broken_as_of(events, days, tolerance, looks) == wanted


def test_five_of_which_ten_may_be_missing_break_a_plan_only_where_they_cannot_move_on():
    """Broken after three days; ten of grace. The second instalment is 8.00 and 5.00 of the first."""
    first = [paid(SMALL_DUE[0], 495, "1")]
    looks = [SMALL_DUE[0] + timedelta(days=k) for k in (3, 10, 11, 31, 40)]
    assert broken_as_of(first, 3, 0, looks) == [looks[0]] * 5
    assert broken_as_of(first, 3, 10, looks) == [None, None, None, looks[3], looks[3]]
    all_but = [*first, paid(SMALL_DUE[1], 13, "2"), *(paid(day, 500, day) for day in SMALL_DUE[2:3])]
    last = [*all_but, paid(SMALL_DUE[3], 495, "4")]
    looks = [SMALL_DUE[3] + timedelta(days=k) for k in (3, 10, 11, 40)]
    assert broken_as_of(last, 3, 10, looks) == [None, None, looks[2], looks[2]]
    in_time = [*last, paid(looks[1], 5, "5")]
    assert broken_as_of(in_time, 3, 10, looks) == [None] * 4


@given(st.lists(st.tuples(st.integers(-30, 150), st.integers(1, 400_000)), max_size=8), st.integers(0, 3))
def test_money_in_advance_pays_each_instalment_on_its_day(payments, grace):
    free = replace(TERMS.overdue, penalty=rp.OverdueLedger(on=("principal",), rate=rp.OverdueRate(rate="0")))
    by_row = replace(TERMS.allocation, by="instalment")
    overdue = replace(free, compound=None, grace_days=grace, grace_reaches_back=True)
    mine, end = account(terms=rp.AccountTerms(overdue=overdue, allocation=by_row)), date(2026, 7, 15)
    first = date(2026, 1, 31)
    given_ones = sorted((first + timedelta(days=k), Decimal(cents) / 100) for k, cents in payments)
    events = [paid(day, amount, f"p{k}") for k, (day, amount) in enumerate(given_ones)]
    now, asked = rp.replay(mine, events, as_of=end), Decimal(0)
    for row in now.rows[:6]:
        asked += total(row.asked)
        came = [
            day for day, _ in given_ones if sum(amount for on, amount in given_ones if on <= day) >= asked
        ]
        assert row.paid_on == (max(row.due_date, came[0]) if came else None)


def test_a_plan_that_is_paid_ahead_is_not_broken():
    mine = account(terms=terms(replace(RULE, broken_after_missed=None, broken_after_days=10)))
    now = rp.replay(mine, [paid(date(2026, m, 20), "1066.19", str(m)) for m in (1, 2)], as_of="2026-02-21")
    assert (now.rows[0].paid_on, now.paid_in_time) == (date(2026, 1, 31), 1)
    assert rp.track(now).broken is None


def plain(row):
    """What is missing of a row without charges for being late."""
    return sum(row.owed[name] for name in ("costs", "fees", "interest", "principal"))


def days_of(due):
    return [due + timedelta(days=k) for k in RULE.remind_after]


def test_a_reminder_comes_after_the_due_date_of_each_instalment_that_is_not_paid():
    mine = account(terms=terms())
    todo = rp.track(
        rp.replay(mine, [], as_of="2026-03-01")
    )  # the second one's first day, the first one's 29th
    assert todo.reminder.code == Code.PAYMENT_OVERDUE
    assert str(todo.next_reminder) == "2026-03-07"
    late = [
        str(each.day)
        for each in rp.agenda(rp.replay(mine, [], as_of="2026-03-02"))
        if each.reason.code == Code.PAYMENT_OVERDUE
    ]
    assert late == ["2026-03-07", "2026-03-15"]


@given(late_payers(), st.integers(1, 170))
def test_reminders_come_on_their_days_and_no_others(events, k):
    day = START + timedelta(days=k)
    now = rp.replay(account(terms=terms()), events, as_of=day)
    found = rp.track(now)
    overdue = [row.due_date for row in now.rows if row.due_date < day and row.plain and plain(row)]
    late, coming = any((day - due).days in RULE.remind_after for due in overdue), None
    held, first = now.held, None
    for row in now.rows:
        if not row.fallen_due and first is None:
            missing = total(row.owed) - held
            held = max(-missing, 0)
            first = (row.due_date, missing) if missing > 0 else None
    assert (now.next_payment_due, now.next_payment) == (first or (None, 0))
    if first:
        coming = (first[0] - day).days in RULE.remind_before
    assert (found.reminder is not None) == bool(late or coming)
    if late:
        assert (found.reminder.code, found.reminder.value) == (Code.PAYMENT_OVERDUE, total(now.owed))
    elif coming:
        assert (found.reminder.code, found.reminder.value) == (Code.PAYMENT_DUE, first[1])
        assert found.reminder.limit == first[0]
    whens = [due + timedelta(days=k) for due in overdue for k in RULE.remind_after]
    if first:
        whens += [first[0] - timedelta(days=k) for k in RULE.remind_before]
    assert found.next_reminder == min((when for when in whens if when > day), default=None)
    ahead = {each.day for each in rp.agenda(now) if each.reason.code == Code.PAYMENT_OVERDUE}
    assert ahead - {each for due in overdue for each in days_of(due)} == set()
    assert {each for due in overdue for each in days_of(due) if each >= day} - {
        each.day for each in rp.agenda(now) if each.kind == "reminder"
    } == set()
    assert day < found.next_review <= day + timedelta(days=31)


def test_on_the_due_day_itself_the_borrower_is_reminded_where_the_rule_says_so():
    """As the reminder was announced the day before: of what is missing; nobody who has paid."""
    mine = account(terms=terms(replace(RULE, remind_before=(0, 28), remind_after=(1,))))
    before, now, partly, after = (
        rp.track(rp.replay(mine, events, as_of=day))
        for events, day in (
            ([], "2026-01-30"),
            ([], "2026-01-31"),
            ([paid("2026-01-31", "1000", "p")], "2026-01-31"),
            ([paid("2026-01-31", "1066.19", "p")], "2026-01-31"),
        )
    )
    today = date(2026, 1, 31)
    assert (before.reminder, before.next_reminder) == (None, today)
    assert (now.reminder.code, now.reminder.value, now.reminder.limit) == (
        Code.PAYMENT_DUE,
        Decimal("1066.19"),
        today,
    )
    assert (partly.reminder.value, partly.reminder.limit) == (Decimal("66.19"), today)
    assert after.reminder.limit == date(2026, 2, 28)  # in 28 days
    dues = [each.day for each in rp.agenda(rp.replay(mine, [], as_of=today)) if each.kind == "reminder"]
    assert dues[0] == today


@st.composite
def rests(draw):
    """Freezes, some for a reason that pauses, that overlap or go on."""
    found = []
    for k in range(draw(st.integers(1, 3))):
        begins, long = draw(st.integers(0, 140)), draw(st.none() | st.integers(0, 50))
        until = None if long is None else START + timedelta(days=begins + long)
        why = draw(st.sampled_from(["moratorium", "moratorium", "court", None]))
        found.append(event("freeze", START + timedelta(days=begins), f"r{k}", until=until, reason=why))
    return found


def days_that_count(freezes):
    """All days on which no moratorium holds, one after the other."""
    every = [START + timedelta(days=k) for k in range(450)]
    rest = [each for each in freezes if each.reason == "moratorium"]
    return [day for day in every if not any(e.value_date <= day <= (e.until or day) for e in rest)]


def counted(due, day, counting):
    """How many of them there are from one day up to another."""
    return max(bisect_left(counting, day) - bisect_left(counting, due), 0)


@examples(12)
@given(late_payers(), rests(), st.integers(0, 150), st.sampled_from([0, 3]), st.sampled_from([2, 30, 45]))
def test_days_of_freezes_for_some_reasons_break_no_plan_and_nobody_is_reminded_on_them(
    events, freezes, k, grace, days
):
    """Held against a replay of every day; reminders against the days that count, one by one."""
    rule = replace(RULE, broken_after_missed=None, broken_after_days=days, pauses=("moratorium",))
    mine, today = account(terms=terms(rule, grace)), START + timedelta(days=k)
    every = [START + timedelta(days=n) for n in range(k + 1)]
    many = rp.replay(
        mine.accounts.take(np.zeros(len(every), np.int64)),
        events_of_many([[*events, *freezes]] * len(every)),
        as_of=every,
    ).value
    first, counting = None, days_that_count([each for each in freezes if each.value_date <= today])
    for day, since in zip(every, many.columns.oldest_due.tolist(), strict=True):
        if since is not None and counted(since, day, counting) >= days:
            first = day
            break
    now = rp.replay(mine, [*events, *freezes], as_of=today)
    found = rp.track(now)
    assert (found.broken and found.broken.limit) == first
    dues = now.batch.late.due.tolist()
    whens = {
        day
        for day in counting
        if day >= today
        and (
            any(due <= day and counted(due, day, counting) in RULE.remind_after for due in dues)
            or now.next_payment_due in [day + timedelta(days=n) for n in RULE.remind_before]
        )
    }
    assert (found.reminder is not None) == (today in whens)
    assert found.next_reminder == min(whens - {today}, default=None)
    told = {each.day for each in rp.agenda(now) if each.kind == "reminder"}
    assert {day for day in whens if day <= today + timedelta(days=15)} <= told
    assert told <= set(counting)


@pytest.mark.parametrize("pauses", [("rain",), ("court", "court"), "court"])
def test_days_are_paused_for_reasons_that_are_known(pauses):
    with pytest.raises(rp.InputError, match=r"tracking\.pauses"):
        replace(RULE, pauses=pauses)


def test_of_what_held_money_covers_nobody_is_reminded():
    mine = account(terms=terms())
    for amount, due, left, next_amount, reminded in (
        ("5000", date(2026, 5, 31), "330.95", "0.00", False),
        ("1066.19", date(2026, 2, 28), "1066.19", "0.00", False),
        ("66.19", date(2026, 1, 31), "1000.00", "1000.00", True),
    ):
        now = rp.replay(mine, [paid("2026-01-10", amount)], as_of="2026-01-24")
        assert (now.next_due, now.next_amount) == (date(2026, 1, 31), Decimal(next_amount))
        assert (now.next_payment_due, now.next_payment) == (due, Decimal(left))
        found = rp.track(now)
        assert (found.reminder is not None) == reminded
        if reminded:
            assert (found.reminder.value, found.reminder.limit) == (Decimal(left), due)
        assert found.next_reminder == due - timedelta(days=1 if reminded else 7)
        assert next(each for each in rp.agenda(now) if each.kind == "due").reason.value == Decimal(left)


def test_reviews_are_on_the_days_of_the_start_every_month():
    mine = account(terms=terms())
    days = [
        rp.track(rp.replay(mine, [], as_of=day)).next_review
        for day in ("2026-01-30", "2026-01-31", "2026-02-28")
    ]
    assert [str(day) for day in days] == ["2026-01-31", "2026-02-28", "2026-03-31"]


def test_warnings_tell_of_parts_and_of_payments_that_come_later():
    dues = ("2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31", "2026-06-30")
    delays = (0, 1, 0, 3, 4, 5)
    events = [
        paid(date.fromisoformat(due) + timedelta(days=late), "1067.50", f"p{k}")
        for k, (due, late) in enumerate(zip(dues, delays, strict=True))
    ]
    found = rp.track(rp.replay(account(terms=terms()), events, as_of="2026-07-20"))
    assert [(each.code, each.value) for each in found.warnings] == [(Code.PAID_LATER, 11)]
    some = rp.track(rp.replay(account(terms=terms()), [paid("2026-02-03", "500")], as_of="2026-02-10"))
    assert [each.code for each in some.warnings] == [Code.PAID_IN_PART]
    for each in (*found.warnings, *some.warnings):
        check_text(each.code, field="payment", value=each.value, limit=each.limit or "")


def test_every_sentence_holds_its_figures():
    for code in (Code.PAYMENT_DUE, Code.PAYMENT_OVERDUE, Code.BROKEN_BY_MISSED, Code.BROKEN_BY_DAYS):
        check_text(code, field="payment", value="1066.19", limit="2026-01-31")


@given(st.lists(late_payers(), min_size=1, max_size=5), st.integers(1, 170), st.randoms())
def test_many_are_followed_as_one_by_one_in_any_order(histories, k, shuffle):
    day = START + timedelta(days=k)
    mine = terms()
    loans = rp.Loans.from_columns(
        principal=["12000.00"] * len(histories),
        annual_rate="0.12",
        original_term=12,
        elapsed=0,
        unpaid=12,
        next_due="2026-01-31",
    )
    accounts = rp.Accounts.of(rp.schedule(loans, rp.equal_instalment(12)).value, mine)
    lines = [(i, each) for i, events in enumerate(histories) for each in events]
    shuffle.shuffle(lines)
    events = rp.Events.from_columns(
        account=[i for i, _ in lines],
        kind="payment",
        value_date=[each.value_date for _, each in lines],
        amount=[each.amount for _, each in lines],
        reference=[each.reference for _, each in lines],
    )
    found = rp.track(rp.replay(accounts, events, as_of=day).value)
    one = [rp.track(rp.replay(account(terms=mine), events, as_of=day)) for events in histories]
    assert [found.one(i) for i in range(len(found))] == one


def test_an_account_that_is_done_with_is_left_alone():
    for kind in ("settlement", "write_off"):
        found = rp.track(rp.replay(account(terms=terms()), [event(kind, "2026-06-10")], as_of="2026-06-15"))
        assert (found.reminder, found.next_reminder, found.broken, found.warnings) == (None, None, None, ())


def test_terms_without_a_rule_are_not_followed():
    with pytest.raises(rp.InputError) as error:
        rp.track(rp.replay(account(), [], as_of="2026-02-01"))
    assert (error.value.code, error.value.field) == ("missing", "tracking")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"broken_after_missed": None, "broken_after_days": None}, "tracking.broken_after_missed"),
        ({"broken_after_missed": 0}, "tracking.broken_after_missed"),
        ({"broken_after_days": 0}, "tracking.broken_after_days"),
        ({"consequence": "jail"}, "tracking.consequence"),
        ({"remind_before": (1, 1)}, "tracking.remind_before[1]"),
        ({"remind_after": (0,)}, "tracking.remind_after[0]"),
        ({"review_months": 13}, "tracking.review_months"),
    ],
)
def test_rules_that_cannot_be_are_refused(given, field):
    with pytest.raises(rp.InputError) as error:
        replace(RULE, **given)
    assert error.value.field == field


def test_terms_take_a_rule_and_nothing_else():
    with pytest.raises(rp.InputError) as error:
        replace(TERMS, tracking="monthly")
    assert error.value.field == "tracking"


LITTLE = replace(
    TERMS,
    overdue=replace(TERMS.overdue, tolerance=10, grace_days=3),
    tracking=replace(RULE, broken_after_missed=1),
)
FREE = rp.Loan(
    principal="1200", annual_rate="0", original_term=12, elapsed=0, unpaid=12, next_due="2026-01-31"
)


def free_account(terms=LITTLE):
    return account(terms=terms, loan=FREE)


def test_a_little_that_is_missing_counts_as_paid_when_no_more_was():
    mine = free_account()
    events = [
        paid("2026-01-31", "99.99", "1"),
        paid("2026-02-28", "100.01", "2"),
        paid("2026-03-31", "100", "3"),
    ]
    now = rp.replay(mine, events, as_of="2026-04-10")
    assert now.paid_in_time == 3
    assert rp.track(now).broken is None
    held = rp.ReportingRule(basis="held", cured_after=3, source="own")
    assert rp.past_due(now, held, at_signing=62).reported == 0
    assert list(rp.as_loans(now).batch.extra["consecutive_payments"]) == [3]
    # What was within it only after the days of grace is late; so is what is missing of more.
    for late, amount in (("2026-02-04", "90"), ("2026-01-31", "89.99")):
        now = rp.replay(mine, [paid(late, amount, "1")], as_of="2026-02-10")
        assert now.paid_in_time == 0
        assert rp.track(now).broken.limit == date(2026, 2, 4)
    # A part that leaves more, then one within the days of grace that doesn't.
    two = [paid("2026-01-31", "80", "1"), paid("2026-02-02", "10", "2")]
    now = rp.replay(mine, two, as_of="2026-02-10")
    assert (now.paid_in_time, rp.track(now).broken) == (1, None)


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 10)), min_size=6, max_size=6), st.integers(0, 3))
@examples(12)
def test_what_is_rolled_over_counts_from_its_payments_day(plays, grace):
    """Each payment is of all that was missing by then, but for a little: as if it had been all of it."""
    dues = [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)]
    dues += [date(2026, 5, 31), date(2026, 6, 30)]
    days_in_time = [(min(late, grace), little) for late, little in plays]
    events, whole, short = [], [], 0
    for k, (due, (late, little)) in enumerate(zip(dues, days_in_time, strict=True)):
        day = due + timedelta(days=late)
        events.append(paid(day, 100 + short - little, f"p{k}"))
        whole.append(paid(day, 100, f"p{k}"))
        short = little
    mine = free_account(replace(LITTLE, overdue=replace(LITTLE.overdue, grace_days=grace)))
    now, then = (rp.replay(mine, each, as_of="2026-07-20") for each in (events, whole))
    assert now.paid_in_time == then.paid_in_time == 6
    # A batch is replayed another way than one account with its rows.
    batch = rp.replay(mine.accounts, rp.Events.of(events), as_of="2026-07-20").value.columns
    assert (batch.paid_in_time[0], batch.paid_later[0]) == (6, now.batch.columns.paid_later[0])
    later, broken = (rp.track(now).warnings, rp.track(now).broken)
    assert ([each for each in later if each.code == Code.PAID_LATER], broken) == (
        [each for each in rp.track(then).warnings if each.code == Code.PAID_LATER],
        None,
    )


@pytest.mark.parametrize(
    "events",
    [
        [event("early_repayment", "2026-01-31", amount="20000")],
        [paid("2026-01-31", "20000")],
        [event("settlement", "2026-02-10")],
        [event("write_off", "2026-02-10")],
    ],
)
def test_nothing_is_to_be_done_about_an_account_that_is_closed_or_paid_off(events):
    statement = rp.replay(account(terms=terms()), events, as_of="2026-03-05")
    found = rp.track(statement)
    assert (found.next_review, found.next_reminder, found.reminder, found.broken) == (None,) * 4
    assert rp.agenda(statement) == ()
    assert np.isnat(rp.track(statement.batch).next_review[0])
    assert rp.track(rp.replay(account(terms=terms()), [], as_of="2026-03-05")).next_review is not None
