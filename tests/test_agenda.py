"""What is to come of an account, and the same as a calendar file."""

import re
import sys
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp
from examples import examples
from extras import needs
from repayplan import Code, Reason
from test_every_error import check_text

LATE = rp.OverdueRule(
    penalty=rp.OverdueLedger(on=("principal",), rate=rp.OverdueRate(rate="0")),
    day_count="ACT/360",
    first_day="due_date",
    rounded="end",
    mode="half_up",
)
CIVIL = rp.AllocationRule.example("civil-code-561")
FOLLOWED = rp.TrackingRule(
    broken_after_missed=2, consequence="review", remind_before=(7, 1), remind_after=(1, 15), review_months=2
)
LOAN = rp.Loan(
    principal="600.00", annual_rate="0", original_term=6, elapsed=0, unpaid=6, next_due="2026-01-31"
)
DUES = ("2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31", "2026-06-30")
WEEK = timedelta(days=7)
ICAL = needs("icalendar")


def account(tracking=FOLLOWED):
    terms = rp.AccountTerms(overdue=LATE, allocation=CIVIL, tracking=tracking)
    return rp.Account.of(LOAN, rp.schedule(LOAN, rp.equal_instalment(6)), terms)


def paid(day, amount, reference="p"):
    return rp.Event(kind="payment", value_date=day, amount=amount, reference=reference)


def to_come(events, as_of, tracking=FOLLOWED):
    return rp.agenda(rp.replay(account(tracking), events, as_of=as_of))


def short(entries):
    return [(str(each.day), each.kind, each.reason.value) for each in entries]


def test_what_is_late_and_what_is_to_come():
    found = to_come([paid("2026-02-10", "30")], "2026-05-01")
    late = Decimal("370.00")  # since 31 January; the reminders of all but the last one are over
    assert short(found) == [
        ("2026-05-01", "reminder", late),
        ("2026-05-15", "reminder", late),
        ("2026-05-24", "reminder", Decimal("100.00")),
        ("2026-05-30", "reminder", Decimal("100.00")),
        ("2026-05-31", "due", Decimal("100.00")),
        ("2026-06-23", "reminder", Decimal("100.00")),
        ("2026-06-29", "reminder", Decimal("100.00")),
        ("2026-06-30", "review", date(2026, 6, 30)),
        ("2026-06-30", "due", Decimal("100.00")),
    ]
    again = to_come([paid("2026-02-10", "30")], "2026-02-15")[0]
    assert (str(again.day), again.kind) == ("2026-02-15", "reminder")
    assert again.reason == Reason(Code.PAYMENT_OVERDUE, "payment", Decimal("70.00"), date(2026, 1, 31))
    assert late == rp.replay(account(), [paid("2026-02-10", "30")], as_of="2026-05-01").overdue


def test_money_that_is_kept_pays_what_comes_next():
    found = to_come([paid("2026-02-01", "330")], "2026-02-02", tracking=None)
    assert short(found) == [
        ("2026-04-30", "due", Decimal("70.00")),
        ("2026-05-31", "due", Decimal("100.00")),
        ("2026-06-30", "due", Decimal("100.00")),
    ]


def test_nothing_of_an_account_that_is_closed_or_paid_off():
    closed = rp.Event(kind="settlement", value_date="2026-02-10", reference="s")
    assert to_come([closed], "2026-02-11") == ()
    assert to_come([paid("2026-01-10", "600")], "2026-01-11") == ()


@given(st.integers(0, 250), st.lists(st.integers(1, 20_000), max_size=3))
@examples(40)
def test_each_entry_is_what_track_says_on_its_day(k, amounts):
    day = date(2026, 1, 1) + timedelta(days=k)
    events = [paid(day, Decimal(cents) / 100, f"p{i}") for i, cents in enumerate(amounts)]
    now = rp.replay(account(), events, as_of=day)
    found = rp.agenda(now)
    assert [each.day for each in found] == sorted(each.day for each in found)
    assert all(each.day >= day for each in found)
    todo = rp.track(now)
    if now.payoff and not now.held:
        later = [each.day for each in found if each.kind == "reminder" and each.day > day]
        if todo.next_reminder is not None:
            assert min(later) == todo.next_reminder
        assert sum(each.kind == "due" for each in found) == sum(
            row.due_date >= day and sum(row.owed.values()) > 0 for row in now.rows
        )
        reviews = [each.day for each in found if each.kind == "review" and each.day > day]
        if reviews:
            assert reviews[0] == todo.next_review


def reminders(now):
    return [(each.day, each.reason) for each in rp.agenda(now) if each.kind == "reminder"]


def holds(statement, todo):
    """What is to be done today and next is what the agenda has, and nothing else."""
    found = reminders(statement)
    assert todo.reminder == next((why for day, why in found if day == statement.as_of), None)
    assert todo.next_reminder == min((day for day, _ in found if day > statement.as_of), default=None)


def weekly(tracking, frequency="weekly", next_due="2026-01-30"):
    loan = rp.Loan(
        principal="1200.00",
        annual_rate="0",
        original_term=12,
        elapsed=0,
        unpaid=12,
        next_due=next_due,
        frequency=frequency,
    )
    terms = rp.AccountTerms(overdue=LATE, allocation=CIVIL, tracking=tracking)
    return rp.Account.of(loan, rp.schedule(loan, rp.equal_instalment(12)), terms)


@st.composite
def months_of_payers(draw):
    """An account by the week or month, reminders, pauses, money that comes early, in time or not at all."""
    rule = replace(
        FOLLOWED,
        remind_before=tuple(draw(st.sets(st.sampled_from((0, 1, 7, 10, 30, 45)), max_size=3))),
        remind_after=draw(st.sampled_from([(), (1, 15)])),
        pauses=("moratorium",),
    )
    frequency = draw(st.sampled_from(["weekly", "monthly"]))
    events = [
        paid(date(2026, 1, 25) + timedelta(days=draw(st.integers(0, 90))), draw(st.integers(1, 300)), f"p{k}")
        for k in range(draw(st.integers(0, 4)))
    ]
    for k in range(draw(st.integers(0, 2))):
        begins = date(2026, 1, 25) + timedelta(days=draw(st.integers(0, 60)))
        until = draw(st.none() | st.integers(0, 50).map(lambda days, begins=begins: begins + timedelta(days)))
        why = {"reason": "moratorium", "until": until}
        events.append(rp.Event(kind="freeze", value_date=begins, reference=f"f{k}", **why))
    if draw(st.booleans()):
        events.append(rp.Event(kind="acceleration", value_date="2026-03-05", reference="a"))
    return weekly(rule, frequency), events


@given(months_of_payers(), st.lists(st.integers(0, 120), min_size=1, max_size=4))
@examples(30)
def test_what_is_tracked_is_what_is_on_the_agenda(payer, days):
    """Of one account, and of the same one in a batch on several days."""
    mine, events = payer
    when = [date(2026, 1, 25) + timedelta(days=k) for k in days]
    for day in when[:1]:
        now = rp.replay(mine, events, as_of=day)
        holds(now, rp.track(now))
    lines = [(i, each) for i in range(len(when)) for each in events]
    columns = {
        name: [getattr(each, name) for _, each in lines]
        for name in ("kind", "value_date", "amount", "reference", "until", "reason")
    }
    events_of_all = rp.Events.from_columns(account=[i for i, _ in lines], **columns)
    many = rp.replay(mine.accounts.take(np.zeros(len(when), np.int64)), events_of_all, as_of=when).value
    tracks = rp.track(many)
    for i in range(len(when)):
        holds(many.one(i), tracks.one(i))


def test_reminders_come_earlier_than_the_instalment_before():
    """Ten days before, where one falls due every week; and thirty, where February comes between."""
    mine = weekly(replace(FOLLOWED, remind_before=(10,)))
    when = [date(2026, 1, 24) + timedelta(days=k) for k in range(90)]
    events = [paid(day, 100, str(day)) for day in (date(2026, 1, 30) + n * WEEK for n in range(12))]
    columns = {
        name: [getattr(each, name) for each in events] * len(when)
        for name in ("kind", "value_date", "amount", "reference")
    }
    which = [i for i in range(len(when)) for _ in events]
    same = mine.accounts.take(np.zeros(len(when), np.int64))
    tracks = rp.track(rp.replay(same, rp.Events.from_columns(account=which, **columns), as_of=when).value)
    assert np.count_nonzero(tracks.due_today) == 11  # the first one's day was before
    for day in when[3:5]:
        now = rp.replay(mine, events, as_of=day)
        holds(now, rp.track(now))
    mine = weekly(replace(FOLLOWED, remind_before=(30,)), "monthly", "2028-01-31")
    todo = rp.track(rp.replay(mine, [], as_of="2028-01-30"))
    assert (todo.reminder.limit, todo.reminder.value) == (date(2028, 2, 29), Decimal("100.00"))


def test_the_next_reminder_is_of_whichever_instalment_it_is():
    """That of the next instalment is over, or a pause swallows it: it is the one after."""
    seven = replace(FOLLOWED, remind_before=(7,), remind_after=(), pauses=("moratorium",))
    mine = weekly(seven, "monthly", "2026-01-31")
    assert str(rp.track(rp.replay(mine, [], as_of="2026-01-26")).next_reminder) == "2026-02-21"
    rest = {"reason": "moratorium", "until": "2026-02-25"}
    pause = rp.Event(kind="freeze", value_date="2026-02-15", reference="f", **rest)
    now = rp.replay(mine, [paid("2026-01-31", 100), pause], as_of="2026-02-15")
    assert str(rp.track(now).next_reminder) == "2026-03-24"


# The calendar file, read by a few lines that know nothing of the library


def unfolded(raw):
    """Properties of each event, by RFC 5545, sections 3.1 and 3.3.11."""
    assert raw.endswith(b"\r\n")
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(len(line) for line in raw.split(b"\r\n")) <= 75
    lines = raw.replace(b"\r\n ", b"").decode("utf-8").split("\r\n")[:-1]
    assert (lines[0], lines[-1]) == ("BEGIN:VCALENDAR", "END:VCALENDAR")
    assert {"VERSION:2.0", "CALSCALE:GREGORIAN", "METHOD:PUBLISH"} <= set(lines)
    found, now = [], None
    for line in lines:
        if line == "BEGIN:VEVENT":
            now = {}
        elif line == "END:VEVENT":
            found.append(now)
            now = None
        elif now is not None:
            name, _, value = line.partition(":")
            now[name.partition(";")[0]] = re.sub(r"\\([,;\\])", r"\1", value)
    return found


@ICAL
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_file_says_what_the_agenda_says(language):
    entries = to_come([], "2026-02-02")
    raw = rp.agenda_calendar(
        entries,
        reference="借款合同, 2026; 第1号",
        as_of="2026-02-02",
        title="还款计划" * 12,
        language=language,
    )
    events = unfolded(raw)
    assert len(events) == len(entries) > 10
    for event, entry in zip(events, entries, strict=True):
        assert event["DTSTART"] == entry.day.strftime("%Y%m%d")
        assert event["SUMMARY"].endswith(entry.reason.text(language))
        assert event["DTSTAMP"] == "20260202T000000Z"
        assert (event["CLASS"], event["TRANSP"], event["SEQUENCE"]) == ("PRIVATE", "TRANSPARENT", "0")
    assert len({event["UID"] for event in events}) == len(events)


@ICAL
def test_a_newer_file_has_the_same_names():
    def names(as_of, events, **more):
        raw = rp.agenda_calendar(to_come(events, as_of), reference="A", as_of=as_of, **more)
        return {event["UID"]: event["SUMMARY"] for event in unfolded(raw)}

    before, after = names("2026-02-02", []), names("2026-02-25", [paid("2026-02-24", "150")], sequence=1)
    assert set(after) <= set(before)
    assert after["due-2026-02-28-2026-02-28-A@repayplan"] == "Instalment due: 50.00 falls due on 2026-02-28"
    assert names("2026-02-02", []) == before


@ICAL
def test_the_library_reads_it_again():
    import icalendar

    entries = to_come([], "2026-02-02")
    raw = rp.agenda_calendar(entries, reference="A", as_of="2026-02-02", language="zh")
    calendar = icalendar.Calendar.from_ical(raw)
    read = [(each["dtstart"].dt, str(each["summary"])) for each in calendar.walk("VEVENT")]
    assert [when for when, _ in read] == [each.day for each in entries]
    assert calendar["x-wr-calname"] == "A"


def test_it_says_which_extra_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "icalendar", None)
    with pytest.raises(ImportError, match=re.escape("pip install 'repayplan[ics]'")):
        rp.agenda_calendar((), reference="A", as_of="2026-02-02")


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"reference": ""}, "reference"),
        ({"reference": "A\r\nB"}, "reference"),
        ({"title": "A\nB"}, "title"),
        ({"as_of": "2026-02-30"}, "as_of"),
        ({"sequence": -1}, "sequence"),
        ({"sequence": True}, "sequence"),
        ({"language": "fr"}, "language"),
    ],
)
def test_what_cannot_be(more, field):
    with pytest.raises(rp.InputError) as caught:
        rp.agenda_calendar((), **{"reference": "A", "as_of": "2026-02-02"} | more)
    assert caught.value.field == field


def test_the_sentence_holds_its_figures():
    check_text(Code.REVIEW_DUE, field="account", value="2026-05-30", limit="")
