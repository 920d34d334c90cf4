"""Where accounts stood, how they rolled and defaulted again, against a replay of every single day."""

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
from repayplan import Code, InputError, equal_instalment
from repayplan.programmes.redefault import CAUSES, plan_outcomes, redefault
from repayplan.programmes.rolls import roll_rates
from repayplan.programmes.standing import (
    ENDS,
    Standings,
    money_by,
    month_ends,
    months_begun,
    months_over,
    planned_since,
)
from test_history import CIVIL, LATE, LOAN, START, each_day, lives

MONTHS = rp.Buckets.example("months")
SHORT = rp.Buckets(from_days=(1, 31), names=("none", "late", "very late"))
TERMS = rp.AccountTerms(overdue=LATE, allocation=replace(CIVIL, in_advance="lower"))
DAY = timedelta(days=1)
LAST = START + timedelta(days=150)


def account(terms=TERMS):
    return rp.Account.of(LOAN, rp.schedule(LOAN, equal_instalment(12)), terms)


@st.composite
def ways(draw):
    """Events of an account, some of which end it."""
    events = draw(lives())
    end = draw(st.sampled_from(("", "settlement", "write_off", "payment", "early_repayment")))
    day = START + timedelta(days=draw(st.integers(20, 140)))
    if end:
        more = {"amount": Decimal(2000)} if end in ("payment", "early_repayment") else {}
        events = [*events, rp.Event(kind=end, value_date=day, reference="end", **more)]
    return events


def state(columns, k):
    """How an account stands in a replay of a day: a word, and days past due."""
    if not np.isnat(columns.closed[k]):
        if columns.written_off[k].sum():
            return "written_off"
        return "settled" if np.isnat(columns.repaid_early[k]) else "paid_off"
    if not columns.payoff[k] and not columns.instalments_left[k] and np.isnat(columns.next_due[k]):
        return "paid_off"
    return None


@given(ways(), st.sampled_from((1, 15, 45)))
@examples(25)
def test_every_day_and_the_first_default_are_those_of_replays(events, far):
    mine = account()
    try:
        whole = rp.replay(mine, events, as_of=LAST, history=True).batch
    except InputError:
        return
    standings = Standings.of(whole)
    then = each_day(mine.accounts, rp.Events.of(events), whole, START, (LAST - START).days + 1).columns
    size = len(then.payoff)
    since = planned_since(whole)[0].item()
    for k in range(size):
        now = standings.on(np.datetime64(START + k * DAY))
        assert now.seen[0]
        assert (now.days[0], now.late[0]) == (then.days_past_due[k], then.missing[k])
    late = [START + k * DAY for k in range(size) if then.days_past_due[k] >= far and START + k * DAY >= since]
    assert standings.first_past_due(far, planned_since(whole))[0].item() == (late[0] if late else None)
    how, ended = standings.ended()
    final = state(then, size - 1)
    assert (None if how[0] < 0 else ENDS[how[0]]) == final
    if final == "paid_off":
        k = size - 1
        while k >= 0 and state(then, k) == "paid_off":
            k -= 1
        # An account that owes nothing but has an instalment of nothing to come counts from that day on.
        assert ended[0].item() <= START + (k + 1) * DAY
        assert then.payoff[(ended[0].item() - START).days] == 0
    elif final:
        assert ended[0].item() == then.closed[size - 1].item()


@given(st.lists(ways(), min_size=1, max_size=5), st.randoms())
@examples(20)
def test_rolls_and_outcomes_are_those_of_each_account_alone(several, chance):
    plain = [[each for each in events if each.plan is None] for events in several]
    alone = [rp.replay(account(), events, as_of=LAST, history=True).batch for events in plain]
    ends = month_ends(START, LAST)
    each = [roll_rates(one, MONTHS, days=ends) for one in alone]

    def together(order):
        many = account().accounts.take(np.zeros(len(order), np.int64))
        events = events_of_many([plain[k] for k in order])
        return rp.replay(many, events, as_of=LAST, history=True).value

    order = list(range(len(plain)))
    chance.shuffle(order)
    whole = together(order)
    found = roll_rates(whole, MONTHS, days=ends)
    assert np.array_equal(found.count, sum(one.count for one in each))
    assert np.array_equal(found.balance, sum(one.balance for one in each))
    assert not found.unseen.any()
    assert (found.count.sum(axis=(1, 2)) == len(plain)).all()
    outcomes = plan_outcomes(whole, default_from_days=30)
    for place, k in enumerate(order):
        own = plan_outcomes(alone[k], default_from_days=30)
        assert (outcomes.month[place], outcomes.cause[place]) == (own.month[0], own.cause[0])
    incidence = redefault(whole, default_from_days=30)
    assert incidence.at_risk[0, :1].tolist() in ([], [len(plain)])
    assert np.allclose(incidence.incidence.sum(axis=2) + incidence.survival, 1, equal_nan=True)


def test_rates_of_a_row_are_one_and_an_empty_row_is_not_known():
    now = rp.replay(account(), [], as_of="2026-05-31", history=True).batch
    found = roll_rates(now, SHORT, days=month_ends("2025-12-31", "2026-05-31"))
    assert found.states == ("none", "late", "very late", "paid_off", "settled", "written_off")
    assert found.count.sum(axis=0)[:3, :3].tolist() == [[1, 1, 0], [0, 0, 1], [0, 0, 2]]
    assert found.rate[0].tolist() == [0.5, 0.5, 0, 0, 0, 0]
    assert found.rate_by_balance[2].tolist() == [0, 0, 1, 0, 0, 0]
    assert np.isnan(found.rate[3:]).all()
    assert found.n.tolist() == [2, 1, 2, 0, 0, 0]
    bounds = found.intervals()
    assert bounds.low[0, 0] < 0.5 < bounds.high[0, 0]
    assert np.isnan(bounds.low[4, 4])


def test_an_account_has_ended_on_the_day_of_its_end():
    end = rp.Event(kind="settlement", value_date="2026-02-28", reference="end")
    now = rp.replay(account(), [end], as_of="2026-03-31", history=True).batch
    found = roll_rates(now, MONTHS, days=["2026-01-31", "2026-02-28", "2026-03-31"])
    steps = [(found.states[i], found.states[j]) for _, i, j in zip(*found.count.nonzero(), strict=True)]
    assert steps == [("M0", "settled"), ("settled", "settled")]


def test_an_account_that_has_not_begun_or_is_not_seen_any_more_is_in_no_step():
    now = rp.replay(account(), [], as_of="2026-02-10", history=True).batch
    found = roll_rates(now, MONTHS, days=["2025-11-30", "2025-12-31", "2026-01-31", "2026-02-28"])
    assert found.count.sum(axis=(1, 2)).tolist() == [0, 1, 0]
    assert found.unseen.tolist() == [0, 0, 1]


# Instalments of 106.62 fall due on the last of each month from January on; the plan begins on 31 December.
@pytest.mark.parametrize(
    ("events", "as_of", "month", "cause"),
    [
        # 31 January is 30 days past due on 2 March, in the third month, which is over on 31 March.
        ([], "2026-03-31", 3, "default"),
        ([], "2026-03-30", 2, None),
        ([("write_off", "2026-02-10", None)], "2026-12-31", 2, "default"),
        ([("settlement", "2026-02-10", None)], "2026-12-31", 2, "settled"),
        # The month's last day is in the month.
        ([("settlement", "2026-01-31", None)], "2026-12-31", 1, "settled"),
        ([("settlement", "2026-02-01", None)], "2026-12-31", 2, "settled"),
        ([("payment", "2026-01-15", "1207")], "2026-06-30", 1, "paid_off"),
        ([("early_repayment", "2026-02-10", "1300")], "2026-12-31", 2, "paid_off"),
        (
            [("early_repayment", "2026-02-10", "1300"), ("fee", "2026-03-10", "9")],
            "2026-04-30",
            2,
            "paid_off",
        ),
        ([("payment", "2026-01-31", "106.62")], "2026-02-28", 2, None),
    ],
)
def test_months_on_book(events, as_of, month, cause):
    made = [
        rp.Event(
            kind=kind, value_date=day, reference=f"{k}", **({} if amount is None else {"amount": amount})
        )
        for k, (kind, day, amount) in enumerate(events)
    ]
    if made and made[0].kind == "payment" and cause == "paid_off":
        acceleration = rp.Event(kind="acceleration", value_date="2026-01-15", reference="all")
        made.append(acceleration)
    now = rp.replay(account(), made, as_of=as_of, history=True).batch
    found = plan_outcomes(now, default_from_days=30)
    assert found.month[0] == month
    assert (None if found.cause[0] < 0 else CAUSES[found.cause[0]]) == cause


def test_a_plan_that_was_changed_is_counted_from_its_change_on():
    change = rp.Event(
        kind="re_age",
        value_date="2026-04-10",
        reference="new",
        plan=equal_instalment(12),
        first_due="2026-05-10",
        joins=("principal", "interest", "penalty", "compound"),
    )
    now = rp.replay(account(), [change], as_of="2026-08-31", history=True).batch
    assert planned_since(now)[0].item() == date(2026, 4, 10)
    # 10 May is 30 days past due on 9 June; the second month is over on 10 June.
    found = plan_outcomes(now, default_from_days=30)
    assert (found.month[0], CAUSES[found.cause[0]]) == (2, "default")


starts = st.dates(date(2020, 1, 1), date(2028, 12, 31))


@given(starts, st.integers(0, 800))
def test_months_are_those_that_a_person_counts(start, n):
    day = start + timedelta(days=n)

    def after(k):
        month = start.year * 12 + start.month - 1 + k
        first = date(month // 12, month % 12 + 1, 1)
        length = (date((month + 1) // 12, (month + 1) % 12 + 1, 1) - first).days
        return first.replace(day=min(start.day, length))

    begun = next(k for k in range(1, 40) if day <= after(k))
    over = next(k for k in range(40) if after(k + 1) > day)
    since, when = (np.array([each], "datetime64[D]") for each in (start, day))
    assert (months_begun(since, when)[0], months_over(since, when)[0]) == (begun, over)


def test_how_many_were_paid_in_time_and_how_many_were_not():
    events = [
        rp.Event(kind="payment", value_date=day, amount=amount, reference=day)
        for day, amount in (
            ("2026-01-31", "106.62"),
            ("2026-03-03", "106.62"),  # in the days of grace
            ("2026-04-10", "106.62"),  # not in them
        )
    ]
    columns = rp.replay(account(), events, as_of="2026-05-02").batch.columns
    assert (columns.all_in_time[0], columns.all_late[0]) == (2, 1)
    columns = rp.replay(account(), events, as_of="2026-05-04").batch.columns
    assert (columns.all_in_time[0], columns.all_late[0]) == (2, 2)


def in_time_and_late(events, as_of, terms=TERMS):
    """Of the account's instalments: in time and late, and the last in time one after the other."""
    made = [
        rp.Event(kind=kind, value_date=day, reference=f"{k}", **more)
        for k, (kind, day, more) in enumerate(events)
    ]
    columns = rp.replay(account(terms).accounts, rp.Events.of(made), as_of=as_of).value.columns
    alone = rp.replay(account(terms), made, as_of=as_of).batch.columns
    found = [int(getattr(columns, name)[0]) for name in ("all_in_time", "all_late", "paid_in_time")]
    assert found == [getattr(alone, name)[0] for name in ("all_in_time", "all_late", "paid_in_time")]
    assert columns.longest_in_time[0] >= columns.paid_in_time[0]
    return tuple(found)


def paid(day, amount="106.62", kind="payment"):
    return kind, day, {"amount": amount}


def waived(day, amount, component="principal"):
    return "waiver", day, {"amount": amount, "component": component}


def anew(day, first_due, joins=("principal", "interest", "penalty", "compound")):
    return "re_age", day, {"plan": equal_instalment(12), "first_due": first_due, "joins": joins}


HELD = replace(TERMS, allocation=CIVIL)


@pytest.mark.parametrize(
    ("events", "as_of", "found"),
    [
        # Given up on their due dates: nobody's; after the days of grace they were late already.
        ([waived("2026-01-31", "94.62"), waived("2026-01-31", "12", "interest")], "2026-02-27", (0, 0, 0)),
        ([waived("2026-02-05", "94.62"), waived("2026-02-05", "12", "interest")], "2026-02-27", (0, 1, 0)),
        ([waived("2026-01-31", "0.01"), paid("2026-02-01", "106.61")], "2026-02-27", (0, 0, 0)),
        ([waived("2026-01-15", "1"), paid("2026-01-31", "105.62")], "2026-02-27", (0, 0, 0)),
        ([paid("2026-01-31"), waived("2026-02-28", "1"), paid("2026-02-28", "105.62"), paid("2026-03-31")],
         "2026-04-01", (2, 0, 2)),
        # Goodwill, paid on the day, in part, in advance, and held for the instalments to come.
        ([paid("2026-01-31", kind="goodwill")], "2026-02-27", (0, 0, 0)),
        ([paid("2026-01-31", "1", "goodwill"), paid("2026-01-31", "105.62")], "2026-02-27", (0, 0, 0)),
        ([paid("2026-02-10", kind="goodwill")], "2026-02-27", (0, 1, 0)),
        ([paid("2026-01-20", "110", "goodwill"), paid("2026-02-28", "103.24"), paid("2026-03-31")],
         "2026-04-01", (1, 0, 1)),
        ([paid("2026-01-20", kind="goodwill"), paid("2026-02-28")], "2026-03-01", (1, 0, 1)),
        ([paid("2026-01-31"), paid("2026-02-28"), paid("2026-03-31", kind="guarantor_payment")],
         "2026-04-01", (3, 0, 3)),
        # What an end leaves: late is what was, and nothing that wasn't due yet.
        ([paid("2026-01-31"), ("settlement", "2026-02-15", {})], "2026-12-31", (1, 0, 1)),
        ([("settlement", "2026-02-15", {})], "2026-12-31", (0, 1, 0)),
        ([paid("2026-01-31"), ("write_off", "2026-02-15", {})], "2026-12-31", (1, 0, 0)),
        ([("write_off", "2026-02-15", {})], "2026-12-31", (0, 1, 0)),
        ([("acceleration", "2026-02-15", {})], "2026-12-31", (0, 2, 0)),
        # Before a change of the plan they were what they were; what it takes over nobody paid.
        ([anew("2026-04-10", "2026-05-10")], "2026-04-30", (0, 3, 0)),
        ([anew("2026-04-10", "2026-05-10", ())], "2026-04-30", (0, 3, 0)),
        ([anew("2026-04-10", "2026-05-10"), paid("2026-05-10", "200")], "2026-05-20", (1, 3, 1)),
        ([paid("2026-01-31"), anew("2026-02-15", "2026-03-15"), paid("2026-03-15", "200")],
         "2026-03-20", (2, 0, 1)),
        ([paid("2026-01-31"), anew("2026-03-02", "2026-04-02")], "2026-03-20", (1, 0, 0)),
        ([paid("2026-01-31"), paid("2026-02-28", "200", "goodwill"), anew("2026-03-02", "2026-04-02")],
         "2026-03-20", (1, 0, 0)),
    ],
)  # fmt: skip
def test_what_is_given_up_is_not_paid_in_time(events, as_of, found):
    assert in_time_and_late(events, as_of, HELD) == found


@given(lives())
@examples(30)
def test_in_time_and_late_are_the_rows_own_days(events):
    events = [each for each in events if each.kind in ("payment", "fee")]
    hold = rp.AccountTerms(overdue=replace(LATE, tolerance="0"), allocation=CIVIL)
    now = rp.replay(account(hold), events, as_of=LAST)
    rows = [row for row in now.rows if row.plain and row.due_date <= LAST and sum(row.asked.values())]
    grace = timedelta(days=3)
    in_time = sum(row.paid_on is not None and row.paid_on <= row.due_date + grace for row in rows)
    late = sum(
        row.due_date + grace < LAST and (row.paid_on is None or row.paid_on > row.due_date + grace)
        for row in rows
    )
    columns = now.batch.columns
    assert (columns.all_in_time[0], columns.all_late[0]) == (in_time, late)


@pytest.mark.parametrize(
    ("call", "code", "field"),
    [
        (lambda now: roll_rates(now, MONTHS, days=["2026-01-31"]), Code.DATES_OUT_OF_ORDER, "days"),
        (lambda now: roll_rates(now, MONTHS, days=["2026-01-31"] * 2), Code.DATES_OUT_OF_ORDER, "days"),
        (lambda now: roll_rates(now, MONTHS, days=["2026-01-41", "x"]), Code.NOT_A_DATE, "days"),
        (
            lambda now: roll_rates(
                now, rp.Buckets(from_days=(1,), names=("paid_off", "late")), days=["2026-01-31", "2026-02-28"]
            ),
            Code.DUPLICATE,
            "buckets.names",
        ),
        (lambda now: redefault(now, default_from_days=0), Code.OUT_OF_RANGE, "default_from_days"),
    ],
)
def test_what_cannot_be(call, code, field):
    now = rp.replay(account(), [], as_of="2026-02-28", history=True).batch
    with pytest.raises(InputError) as caught:
        call(now)
    assert (caught.value.code, caught.value.field) == (code, field)


def test_without_their_history_accounts_say_nothing():
    now = rp.replay(account(), [], as_of="2026-02-28").batch
    with pytest.raises(InputError) as caught:
        plan_outcomes(now, default_from_days=30)
    assert (caught.value.code, caught.value.field) == (Code.MISSING, "history")


def test_sums_of_money_beyond_an_int64_are_refused():
    place = np.zeros(3, np.int64)
    assert money_by(place, np.full(3, 2**58), 1).tolist() == [3 * 2**58]
    with pytest.raises(InputError) as caught:
        money_by(place, np.full(3, 2**61), 1)
    assert caught.value.code == Code.BEYOND_DOMAIN
