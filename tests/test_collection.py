"""The next step of collection, against days that are tried one after the other."""

from dataclasses import replace
from datetime import UTC, date, time, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp
from examples import examples
from repayplan import Code, CollectionRule, CollectionStep, Contact, ContactLimit, Contacts
from repayplan.accounts.collectionrule import WEEKDAYS
from repayplan.basics.ruletext import read_rules
from repayplan.basics.rulewriting import write_rules
from test_every_error import check_text

START = date(2026, 1, 1)
DAY = timedelta(days=1)
LATE = rp.OverdueRule(
    penalty=rp.OverdueLedger(on=("principal",), rate=rp.OverdueRate(rate="0")),
    day_count="ACT/365F",
    first_day="due_date",
    rounded="end",
    mode="half_up",
)
TERMS = rp.AccountTerms(overdue=LATE, allocation=rp.AllocationRule.example("us-rule"))
US = CollectionRule.example("us-regulation-f")
NAMES = ("first", "second", "third")
CHANNELS = ("call", "letter", "call")


def day(k):
    return START + timedelta(days=k)


def accounts(dues):
    """Accounts of instalments of 100 without interest, due on days after the start."""
    lines = [(i, day(k)) for i, each in enumerate(dues) for k in each]
    return rp.Accounts.from_columns(
        TERMS,
        rate=["0"] * len(dues),
        start=[START] * len(dues),
        account=[i for i, _ in lines],
        due_date=[due for _, due in lines],
        principal=["100.00"] * len(lines),
        interest=["0"] * len(lines),
    )


def events(of):
    """Payments as (day, amount) and freezes as (day, length or None) of each account."""
    lines = []
    for i, (paid, frozen) in enumerate(of):
        lines += [(i, "payment", day(k), str(amount), None) for k, amount in paid]
        for k, length in frozen:
            lines.append((i, "freeze", day(k), None, None if length is None else day(k + length - 1)))
    return rp.Events.from_columns(
        account=[line[0] for line in lines],
        kind=[line[1] for line in lines],
        value_date=[line[2] for line in lines],
        amount=[line[3] for line in lines],
        until=[line[4] for line in lines],
        reference=[f"E{n}" for n in range(len(lines))],
    )


def contacts(of):
    lines = [(i, each) for i, made in enumerate(of) for each in made]
    return Contacts.from_columns(
        account=[i for i, _ in lines],
        day=[each.day for _, each in lines],
        channel=[each.channel for _, each in lines],
        step=[each.step or "" for _, each in lines],
        conversation=np.array([each.conversation for _, each in lines], np.bool_),
    )


# Days tried one after the other


def slow(now, frozen, made, rule, at):
    """Step, its turn, and the first day on which nothing speaks against it."""
    made = [each for each in made if each.day <= now.as_of]
    if not now.days_past_due or now.closed:
        return None, None, None
    since = now.oldest_due
    reached = [each for each in rule.steps if now.days_past_due >= each.from_days]
    if not reached:
        step, due = rule.steps[0], since + rule.steps[0].from_days * DAY
    else:
        step, due = reached[-1], since + reached[-1].from_days * DAY
        taken = [each.day for each in made if each.step == step.name and each.day > since]
        if taken:
            after = [each for each in rule.steps if each.from_days > step.from_days]
            ways = [(since + after[0].from_days * DAY, 0, after[0])] if after else []
            ways += [(max(taken) + step.repeat_days * DAY, 1, step)] if step.repeat_days else []
            if not ways:
                return None, None, None
            due, _, step = min(ways, key=lambda each: each[:2])
    holds = [(k, length) for k, length in frozen if day(k) <= now.as_of]

    def allowed(when):
        if when < due or when in rule.quiet_dates or WEEKDAYS[when.weekday()] in rule.quiet_weekdays:
            return False
        if when == now.as_of and at is not None and at > time.fromisoformat(rule.latest):
            return False
        for k, length in holds:
            if day(k) <= when and (length is None or when < day(k + length)):
                return False
        for limit in rule.limits:
            if step.channel not in limit.channels:
                continue
            these = [each for each in made if each.channel in limit.channels]
            if (
                limit.at_most
                and sum(each.day > when - limit.in_days * DAY for each in these) >= limit.at_most
            ):
                return False
            n = limit.after_conversation
            if n and any(each.conversation and each.day > when - n * DAY for each in these):
                return False
        return True

    if any(length is None for _, length in holds):
        return step, due, None
    when = now.as_of
    while not allowed(when):
        when += DAY
    return step, due, when


limits = st.builds(
    lambda channels, often, days, spoken: ContactLimit(
        channels=channels,
        at_most=often,
        in_days=days if often else None,
        after_conversation=spoken if often is None else None,
    ),
    st.sampled_from((("call",), ("letter",), ("call", "letter"))),
    st.none() | st.integers(1, 3),
    st.integers(1, 10),
    st.integers(1, 12),
)


@st.composite
def rules(draw):
    begins = sorted(draw(st.sets(st.integers(1, 40), min_size=1, max_size=3)))
    return CollectionRule(
        steps=tuple(
            CollectionStep(
                name=NAMES[k],
                from_days=n,
                channel=CHANNELS[k],
                repeat_days=draw(st.none() | st.integers(1, 12)),
                en="a",
                zh="一",
            )
            for k, n in enumerate(begins)
        ),
        limits=draw(st.lists(limits, max_size=3)),
        latest="20:00",
        quiet_weekdays=draw(st.sampled_from(((), ("sunday",), ("saturday", "sunday", "monday")))),
        quiet_dates=tuple(day(k) for k in draw(st.lists(st.integers(0, 90), max_size=3))),
        source="a test",
    )


made_ones = st.lists(
    st.builds(
        lambda k, channel, step, spoken: Contact(day=day(k), channel=channel, step=step, conversation=spoken),
        st.integers(0, 80),
        st.sampled_from(("call", "letter", "visit")),
        st.none() | st.just("first"),
        st.booleans(),
    ),
    max_size=6,
)
freezes = st.lists(st.tuples(st.integers(0, 80), st.none() | st.integers(1, 40)), max_size=2)
payments = st.lists(st.tuples(st.integers(1, 80), st.integers(20, 150)), max_size=2)
cases = st.tuples(
    st.lists(st.integers(1, 60), min_size=1, max_size=3, unique=True).map(sorted),
    payments,
    freezes,
    made_ones,
)
times = st.none() | st.sampled_from((time(12), time(21)))


def marked(made, rule):
    """Contacts that were the step which they can have been by their channel, where one has that name."""
    names = [each.name for each in rule.steps]
    out = []
    for k, each in enumerate(made):
        step = each.step and names[k % len(names)]
        out.append(replace(each, step=step))
    return out


@given(st.lists(cases, min_size=1, max_size=4), rules(), st.integers(0, 90), times)
@examples(100)
def test_it_is_what_days_tried_one_by_one_make_it(several, rule, k, at):
    now = rp.replay(
        accounts([each[0] for each in several]), events([each[1:3] for each in several]), as_of=day(k)
    ).value
    made = [marked(each[3], rule) for each in several]
    outcome = rp.next_contact(now, rule, contacts(made), at=at)
    assert len(outcome.value) == len(several)
    for i, each in enumerate(several):
        found = outcome.value.one(i)
        statement = now.one(i)
        wanted = slow(statement, each[2], made[i], rule, at)
        assert (found.step, found.due_on, found.may_be_on) == wanted
        assert found == rp.next_contact(statement, rule, made[i], at=at)
        today = found.may_be_on == day(k)
        assert bool(found.reasons) != today
        assert all(each.text("en") and each.text("zh") for each in found.reasons)
        assert (found.earliest is None) == (found.may_be_on is None)


# What it means


def one(made=(), k=20, rule=US, *, dues=(10,), paid=(), frozen=(), at=None):
    now = rp.replay(accounts([dues]), events([(paid, frozen)]), as_of=day(k)).value
    return rp.next_contact(now.one(0), rule, made, at=at)


def call(k, step="call", **more):
    return Contact(day=day(k), channel="call", step=step, **more)


def test_nothing_is_asked_for_while_the_plan_performs():
    found = one(k=10)
    assert (found.step, found.may_be_on) == (None, None)
    assert [each.code for each in found.reasons] == [Code.COLLECT_NOTHING_LATE]
    assert one(k=30, paid=[(25, 100)]).step is None
    assert one(k=11).step.name == "reminder"


def test_seven_calls_in_seven_days_and_none_after_a_conversation():
    # 12 CFR 1006.14(b)(2): seven times in seven days; seven days from the day of a conversation on.
    seven = [call(k, None) for k in (14, 15, 16, 17, 18, 19, 20)]
    found = one(seven, k=20)
    assert found.may_be_on == day(21)
    assert [each.code for each in found.reasons] == [Code.COLLECT_OFTEN]
    assert one(seven[1:], k=20).may_be_on == day(20)
    spoken = one([call(18, None, conversation=True)], k=20)
    assert (spoken.may_be_on, spoken.reasons[0].code) == (day(25), Code.COLLECT_SPOKEN)
    letter = one([call(38, None, conversation=True)], k=40)
    assert (letter.step.name, letter.may_be_on) == ("letter", day(40))


def test_a_step_is_taken_once_or_again_until_the_next():
    assert one([call(18)], k=20).due_on == day(21)
    assert one([call(38)], k=39).step.name == "letter"
    letter = Contact(day=day(40), channel="letter", step="letter")
    assert (one([letter], k=50).step.name, one([letter], k=50).due_on) == ("review", day(70))
    last = one([call(75, "review")], k=80)
    assert (last.step, [each.code for each in last.reasons]) == (None, [Code.COLLECT_NO_STEP])
    # What was done on the due date itself was about something else.
    assert one([call(10)], k=20).due_on == day(15)
    # An instalment that fell due since is another story.
    again = one([call(15)], k=36, dues=(10, 30), paid=[(20, 100)])
    assert (again.step.name, again.due_on) == ("call", day(35))


def test_a_freeze_stops_it():
    found = one(k=20, frozen=[(15, 10)])
    assert (found.may_be_on, found.reasons[0].code) == (day(25), Code.COLLECT_FROZEN)
    assert one(k=20, frozen=[(15, 6)]).may_be_on == day(21)
    assert one(k=20, frozen=[(15, 5)]).may_be_on == day(20)
    ever = one(k=20, frozen=[(15, None)])
    assert (ever.step.name, ever.may_be_on, ever.earliest) == ("call", None, None)
    assert [each.code for each in ever.reasons] == [Code.COLLECT_STOPPED]


def test_quiet_days_and_hours():
    assert (one(k=20).earliest, one(k=20).latest) == (time(8), time(21))
    late = one(k=20, at=time(21, 30))
    assert (late.may_be_on, late.reasons[0].code) == (day(21), Code.COLLECT_QUIET)
    assert one(k=20, at=time(7)).may_be_on == day(20)
    sunday = replace(US, quiet_weekdays=("sunday",), quiet_dates=(day(18),))  # 18 January 2026 is one
    assert one(k=17, rule=replace(sunday, quiet_dates=(day(18),)), at=time(22)).may_be_on == day(18 + 1)


def test_bad_contacts_spoil_their_account_only():
    now = rp.replay(accounts([[10], [10], [10]]), events([((), ())] * 3), as_of=day(20)).value
    made = Contacts.from_columns(
        account=[0, 1, 2],
        day=["2026-01-18", "2026-01-40", "2026-01-18"],
        channel=["call", "call", "call"],
        step=["call", "", "cal"],
    )
    outcome = rp.next_contact(now, US, made)
    assert outcome.row.tolist() == [0]
    assert outcome.value.one(0) == one([call(17)], k=20)
    assert [(f.row, f.code, f.field) for f in outcome.failures] == [
        (1, Code.NOT_A_DATE, "day (contact 1)"),
        (2, Code.UNKNOWN_VALUE, "step (contact 2)"),
    ]


# What can't be

STEP = {"name": "a", "from_days": 1, "channel": "call", "en": "a", "zh": "一"}


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: CollectionStep(**STEP | {"name": ""}), "collection.steps.name"),
        (lambda: CollectionStep(**STEP | {"from_days": 0}), "collection.steps.from_days"),
        (lambda: CollectionStep(**STEP | {"repeat_days": 0}), "collection.steps.repeat_days"),
        (lambda: ContactLimit(channels=()), "collection.limits.channels"),
        (
            lambda: ContactLimit(channels=("call", "call"), after_conversation=1),
            "collection.limits.channels[1]",
        ),
        (lambda: ContactLimit(channels=("call",)), "collection.limits.at_most"),
        (lambda: ContactLimit(channels=("call",), at_most=1), "collection.limits.in_days"),
        (
            lambda: ContactLimit(channels=("call",), in_days=1, after_conversation=1),
            "collection.limits.at_most",
        ),
        (lambda: ContactLimit(channels=("call",), at_most=0, in_days=1), "collection.limits.at_most"),
        (lambda: replace(US, steps=()), "collection.steps"),
        (lambda: replace(US, steps=US.steps[::-1]), "collection.steps.from_days"),
        (lambda: replace(US, limits=("seven",)), "collection.limits[0]"),
        (
            lambda: replace(US, steps=(US.steps[0], replace(US.steps[0], from_days=9))),
            "collection.steps.name[1]",
        ),
        (lambda: replace(US, earliest="8:00"), "collection.earliest"),
        (lambda: replace(US, earliest=time(8)), "collection.earliest"),
        (lambda: replace(US, latest="24:00"), "collection.latest"),
        (lambda: replace(US, latest="08:00"), "collection.latest"),
        (lambda: replace(US, quiet_weekdays=("Sunday",)), "collection.quiet_weekdays"),
        (lambda: replace(US, quiet_weekdays=WEEKDAYS), "collection.quiet_weekdays"),
        (lambda: replace(US, quiet_dates=("2026-01-01",)), "collection.quiet_dates[0]"),
        (lambda: replace(US, source=""), "collection.source"),
        (lambda: CollectionRule.example("mars"), "name"),
        (lambda: Contact(day="2026-02-30", channel="call"), "contacts.day"),
        (lambda: Contact(day="2026-02-20", channel=""), "contacts.channel"),
        (lambda: Contact(day="2026-02-20", channel="zz"), "contacts.channel"),
        (
            lambda: ContactLimit(channels=("call", "zz"), after_conversation=1),
            "collection.limits.channels[1]",
        ),
        (lambda: CollectionStep(**STEP | {"channel": "zz"}), "collection.steps.channel"),
        (lambda: one([call(15, "cal")]), "step (contact 0)"),
        (lambda: one(["x"]), "contacts[0]"),
        (lambda: one(None), "contacts"),
        (lambda: one([call(15)], at="9:00"), "at"),
        (lambda: one([call(15)], at=time(9, tzinfo=UTC)), "at"),
        (lambda: Contact(day="2026-02-20", channel="call", conversation="no"), "contacts.conversation"),
        (lambda: Contact(day="2026-02-20", channel="call", conversation=1), "contacts.conversation"),
        (lambda: Contact(day="2026-02-20", channel="call", conversation=None), "contacts.conversation"),
        (lambda: Contact(day="2026-02-20", channel="call", step=1), "contacts.step"),
    ],
)
def test_what_cannot_be(make, field):
    with pytest.raises(rp.InputError) as caught:
        make()
    assert caught.value.field == field


def test_a_rule_is_read_from_text_as_it_is_written():
    rule = replace(US, quiet_weekdays=("sunday",), quiet_dates=(day(18),))
    assert read_rules(CollectionRule, write_rules(rule), source="a test") == rule


def test_contacts_are_of_accounts():
    now = rp.replay(accounts([[10]]), events([((), ())]), as_of=day(20)).value
    with pytest.raises(rp.InputError) as caught:
        rp.next_contact(now, US, contacts([[], [call(15)]]))
    assert caught.value.field == "account"
    with pytest.raises(rp.InputError) as caught:
        rp.next_contact(now, US, [call(15)])
    assert caught.value.field == "contacts"
    with pytest.raises(rp.InputError) as caught:
        Contacts.from_columns(account=[0], day="2026-01-01", channel="call", conversation=["yes"])
    assert caught.value.field == "conversation"


@pytest.mark.parametrize("name", ["day", "channel", "step", "conversation"])
def test_a_column_of_another_length_is_refused_by_its_name(name):
    columns = {"account": [0, 0], "day": "2026-01-01", "channel": "call", name: np.zeros(3, np.bool_)}
    with pytest.raises(rp.InputError, match="3 rows") as caught:
        Contacts.from_columns(**columns)
    assert caught.value.field == name


def test_a_contact_through_what_is_no_channel_is_coded():
    made = Contacts.from_columns(account=[0, 1], day="2026-01-01", channel=["call", "zz"])
    assert [(f.row, f.code.value, f.field) for f in made.failures] == [(1, "unknown_value", "channel")]


def test_every_sentence_holds_its_figures():
    for code in Code:
        if code.startswith("collect_"):
            check_text(code, field="account", value="2026-05-30", limit="")
