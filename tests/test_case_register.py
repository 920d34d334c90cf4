"""The register of cases, against plain Python that takes one case after the other, and day after day."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp
from examples import examples
from extras import needs
from repayplan import CaseEvent, CaseEvents, CaseRule, Cases, Code, case_register
from repayplan.basics.calendars import Holidays
from repayplan.programmes.casestages import CASE_KINDS
from test_every_error import check_text
from test_vectorised import calls

START = date(2026, 1, 1)
DAY = timedelta(days=1)
CALENDAR = Holidays(
    ["2026-01-01", "2026-01-28", "2026-01-29", "2026-02-02"],
    working=["2026-01-31"],
    name="test",
    source="own",
    first="2025-12-20",
    last="2026-06-30",
)
RULE = CaseRule.example("negotiated-repayment").within("2026-01-03", "2026-01-20")
NAMES = [item.name for item in RULE.items]
PATH = [
    *("received", "completed", "handed_over", "opinion", "approved", "offer_made", "offer_accepted"),
    *("signed", "copy_delivered", "monthly_review", "closed"),
]
FIELDS = (
    *("case", "kind", "at", "clock", "booked", "reference", "channel", "role", "items", "until"),
    "reverses",
)


def day(k):
    return START + k * DAY


LATER = day(60)
DAYS = [START + k * DAY for k in range(-12, 180)]
OPEN = dict(zip(DAYS, CALENDAR.business(np.array(DAYS, "datetime64[D]")).tolist(), strict=True))


def register(cases, events, rule=RULE, as_of=LATER, known_on=None):
    columns = {name: [event[name] for event in events] for name in FIELDS}
    columns["items"] = [",".join(each) for each in columns["items"]]
    columns["case"] = np.array(columns["case"], np.int64)
    columns["clock"] = np.array(columns["clock"], np.int64)
    given = CaseEvents.from_columns(**columns)
    batch = Cases.from_columns(
        id=[case[0] for case in cases],
        applicant=[case[1] for case in cases],
        contract=[case[2] for case in cases],
    )
    return case_register(batch, given, rule, as_of=as_of, calendar=CALENDAR, known_on=known_on)


def event(kind, at, reference, case=0, **more):
    usual = {
        "channel": "branch" if kind in ("received", "contact") else "",
        "booked": day(at),
        "clock": -1,
        "role": "",
        "items": (),
        "until": None,
        "reverses": "",
    }
    return {"case": case, "kind": kind, "at": day(at), "reference": str(reference)} | usual | more


# The plain way


def fault(event, rule):
    kind = event["kind"]
    if kind in ("received", "contact") and not event["channel"]:
        return Code.MISSING
    if (kind == "reversal") != bool(event["reverses"]):
        return Code.MISSING if kind == "reversal" else Code.UNKNOWN_VALUE
    if event["until"] is not None and kind != "offer_made":
        return Code.UNKNOWN_VALUE
    if event["until"] is not None and event["until"] < event["at"]:
        return Code.DATES_OUT_OF_ORDER
    for name, known in (("channel", rule.channels), ("role", rule.roles)):
        if event[name] and event[name] not in [each.name for each in known]:
            return Code.UNKNOWN_VALUE
    brought = {item.name: item.brought_by for item in rule.items}
    if any(kind not in brought.get(item, ()) for item in event["items"]):
        return Code.UNKNOWN_VALUE
    return None


def place(event):
    return (
        event["at"],
        event["clock"],
        CASE_KINDS.index(event["kind"]),
        event["reference"],
        event["booked"],
        event["reverses"],
        event["until"] or date.max,
        *(event[name] for name in ("channel", "role")),
        ",".join(event["items"]),
    )


def holding(mine, faults):
    """Of one case's events (row, event) in order: those that hold."""
    stands = {}
    for row, each in sorted(mine, key=lambda pair: (pair[1]["booked"], mine.index(pair))):
        if each["reference"] in stands:
            faults[row] = Code.DUPLICATE
        else:
            stands[each["reference"]] = row
    events = {row: each for row, each in mine if row not in faults}
    target = {}
    for row, each in events.items():
        if each["kind"] == "reversal":
            other = stands.get(each["reverses"])
            if other is None:
                faults[row] = Code.UNKNOWN_VALUE
            elif events[other]["booked"] > each["booked"] or events[other]["at"] > each["at"]:
                faults[row] = Code.DATES_OUT_OF_ORDER
            else:
                target[row] = other
    for row in list(target):
        seen, at = set(), row
        while at in target and at not in seen:
            seen.add(at)
            at = target[at]
        if at in target:
            faults[row] = Code.UNKNOWN_VALUE
    target = {row: other for row, other in target.items() if row not in faults}

    def holds(row):
        return not any(other == row and holds(by) for by, other in target.items())

    return [(row, each) for row, each in mine if row in events and each["kind"] != "reversal" and holds(row)]


def months_after(start, k):
    year, month = divmod(start.month - 1 + k, 12)
    for last in (start.day, 30, 29, 28):
        try:
            return date(start.year + year, month + 1, last)
        except ValueError:
            continue
    raise AssertionError


def work(since, until):
    return sum(OPEN[since + k * DAY] for k in range(1, (until - since).days + 1))


def reference(cases, events, rule, as_of, known_on):
    """States as dicts, and faults by row."""
    faults = {row: found for row, each in enumerate(events) if (found := fault(each, rule))}
    states = []
    for number in range(len(cases)):
        mine = [
            (row, each) for row, each in enumerate(events) if each["case"] == number and row not in faults
        ]
        mine = [pair for pair in mine if known_on is None or pair[1]["booked"] <= known_on]
        mine.sort(key=lambda pair: place(pair[1]))
        happened = [pair for pair in holding(mine, faults) if pair[1]["at"] <= as_of]
        states.append(one(happened, faults, rule, as_of))
    for i, state in enumerate(states):
        state["duplicate_of"] = None
        if state["received"] is None or state["outside"] or "" in cases[i][1:]:
            continue
        alike = [
            (other["received"], cases[k][0])
            for k, other in enumerate(states)
            if cases[k][1:] == cases[i][1:] and other["received"] and not other["outside"]
        ]
        if min(alike)[1] != cases[i][0]:
            state["duplicate_of"] = min(alike)[1]
    return states, faults


def one(happened, faults, rule, as_of):
    steps = {}
    for step in rule.steps:
        for stage in step.after or (None,):
            steps[stage, step.kind] = step.to or stage
    stage = since = deadline = expired = None
    outside, taken, visits = False, [], []

    def move(to, when):
        nonlocal stage, since, deadline
        if to != stage:
            if stage is not None:
                visits.append((stage, since, when))
            stage, since = to, when
        if (stage, "offer_expired") not in steps:
            deadline = None

    def lapse(today):
        nonlocal expired, deadline
        if deadline is not None and deadline < today:
            expired, deadline = deadline + DAY, None
            move(steps[stage, "offer_expired"], expired)

    for row, each in happened:
        lapse(each["at"])
        if (stage, each["kind"]) not in steps:
            faults[row] = Code.OUT_OF_TURN
            continue
        taken.append((row, each))
        if each["kind"] in ("offer_accepted", "signed"):
            expired = None
        if each["kind"] == "offer_made":
            deadline = each["until"]
        move(steps[stage, each["kind"]], each["at"])
        early = rule.opens is not None and each["at"] < rule.opens
        late = rule.closes is not None and each["at"] > rule.closes
        if each["kind"] == "received" and (early or late):
            outside = True
            move(steps[stage, "refused"], each["at"])
    lapse(as_of)
    if stage is not None:
        visits.append((stage, since, as_of))
    names = [each.name for each in rule.stages]
    levels = {level.stage: level for level in rule.levels}
    due = None
    late_by = 0
    if stage in levels:
        level = levels[stage]
        count = work if level.counted == "working_days" else lambda a, b: (b - a).days
        due = since
        while count(since, due) < level.days:
            due += DAY
        late_by = max(count(since, as_of) - level.days, 0)

    def first(kind):
        return next((each["at"] for _, each in taken if each["kind"] == kind), None)

    signed, closed = first("signed"), first("closed")
    held = [each["at"] for _, each in taken if each["kind"] == "monthly_review"]
    missed = []
    while signed is not None and months_after(signed, len(missed) + 1) < (closed or as_of):
        missed.append((months_after(signed, len(missed)), months_after(signed, len(missed) + 1)))
    follows = next((each.follows for each in rule.stages if each.name == stage), None)
    kinds = {each["kind"] for _, each in taken}
    brought = {item for _, each in taken for item in each["items"]}
    lacks_items, lacks_steps = set(), set()
    for need in rule.needs:
        if need.before in kinds or need.before == follows:
            lacks_items |= set(need.items) - brought
            lacks_steps |= set(need.steps) - kinds
    contact = [each for _, each in taken if each["kind"] == "contact"][-1:]
    return {
        "stage": stage,
        "since": since,
        "days": {name: sum((b - a).days for s, a, b in visits if s == name) for name in names},
        "working_days": {name: sum(work(a, b) for s, a, b in visits if s == name) for name in names},
        "due_by": due,
        "late_by": late_by,
        "received": first("received"),
        "signed": signed,
        "closed": closed,
        "next_step": follows,
        "lacks_items": tuple(item.name for item in rule.items if item.name in lacks_items),
        "lacks_steps": tuple(kind for kind in CASE_KINDS if kind in lacks_steps),
        "offer_open_until": deadline,
        "reviews": len(held),
        "missed_reviews": tuple(
            a + DAY for a, b in missed if not any(a < d <= b or d == a == signed for d in held)
        ),
        "last_contact": contact[0]["at"] if contact else None,
        "last_channel": contact[0]["channel"] if contact else None,
        "last_role": contact[0]["role"] or None if contact else None,
        "outside": outside,
        "expired": expired,
        "last": taken[-1][0] if taken else None,
    }


def shown(states, i):
    """What the register says of a case, as the reference does."""
    state = states.one(i)
    found = {name: getattr(state, name) for name in type(state).__slots__}
    found["stage"] = None if state.stage is None else state.stage.name
    found["outside"] = bool(states.outside_window[i])
    found["expired"] = states.expired_on[i].item()
    found["last"] = None if states.last_event[i] < 0 else int(states.last_event[i])
    return {name: value for name, value in found.items() if name not in ("reasons", "refused_events")}


# Random cases: most go along the usual way, with a step too many, too few or out of turn


@st.composite
def histories(draw):
    cases = [
        (f"c{k}", draw(st.sampled_from(["Li", "Wu", ""])), draw(st.sampled_from("LM"))) for k in range(3)
    ]
    events, number = [], 0
    for case in range(3):
        kinds = PATH[: draw(st.integers(0, len(PATH)))]
        for _ in range(draw(st.integers(0, 5))):
            kinds.insert(draw(st.integers(0, len(kinds))), draw(st.sampled_from(CASE_KINDS)))
        at = draw(st.integers(0, 12))
        for kind in kinds:
            at += draw(st.sampled_from([0, 0, 1, 2, 3, 20]))
            number += 1
            more = {"clock": draw(st.sampled_from([-1, -1, -1, 100, 200]))}
            more["booked"] = day(at + draw(st.sampled_from([0, 0, 0, 1, 4])))
            if draw(st.integers(0, 3)) == 0:
                more["items"] = tuple(draw(st.permutations(NAMES)))[: draw(st.integers(0, 3))]
            allowed = {item.name for item in RULE.items if kind in item.brought_by}
            if draw(st.integers(0, 9)):
                more["items"] = tuple(item for item in more.get("items", ()) if item in allowed)
            if kind == "offer_made" and draw(st.booleans()):
                more["until"] = day(at + draw(st.sampled_from([0, 1, 3, 10, -1])))
            if kind == "contact":
                more["channel"] = draw(st.sampled_from(["telephone", "letter", "pigeon"]))
                more["role"] = draw(st.sampled_from(["", "negotiator"]))
            if kind == "reversal" or draw(st.integers(0, 40)) == 0:
                more["reverses"] = str(draw(st.integers(max(number - 6, 1), number + 2)))
            name = number if draw(st.integers(0, 12)) else draw(st.integers(1, number))
            events.append(event(kind, at, name, case, **more))
    return cases, draw(st.permutations(events))


def rules(draw):
    rule = draw(st.sampled_from([RULE, RULE.within(None, None), RULE.within("2026-01-06", None)]))
    levels = [
        rp.ServiceLevel(
            stage=stage.name,
            days=draw(st.integers(0, 12)),
            counted=draw(st.sampled_from(["working_days", "calendar_days"])),
        )
        for stage in rule.stages[:12]
    ]
    return replace(rule, levels=tuple(draw(st.sets(st.sampled_from(levels), max_size=12))))


@examples(120)
@given(histories(), st.data())
def test_the_register_is_what_plain_python_finds(history, data):
    cases, events = history
    rule = rules(data.draw)
    as_of = day(data.draw(st.integers(0, 100)))
    known_on = data.draw(st.sampled_from([None, None, as_of, day(20)]))
    states = register(cases, events, rule, as_of, known_on)
    wanted, faults = reference(cases, events, rule, as_of, known_on)
    assert [(each.row, each.code) for each in states.refused_events] == sorted(faults.items())
    assert [shown(states, i) for i in range(len(cases))] == wanted


@examples(30)
@given(histories(), st.randoms(use_true_random=False))
def test_neither_the_order_of_events_nor_that_of_cases_matters(history, random):
    cases, events = history
    states = register(cases, events)
    where = list(range(len(cases)))
    random.shuffle(where)
    mixed = [{**each, "case": where.index(each["case"])} for each in events]
    order = list(range(len(events)))
    random.shuffle(order)
    other = register([cases[k] for k in where], [mixed[k] for k in order])

    def without_place(states, i):
        return {k: v for k, v in shown(states, i).items() if k != "last"}

    assert [without_place(other, i) for i in range(3)] == [without_place(states, k) for k in where]
    # Of events that are alike in everything one is as good as the other.
    said = [
        sorted((str(events_[f.row] | {"case": 0}), f.code, f.limit) for f in found.refused_events)
        for events_, found in (
            (events, states),
            ([mixed[k] for k in order], other),
        )
    ]
    assert said[0] == said[1]


def named_wrongly(event):
    """Whether an event is wrong by the rule's lists alone."""
    bare = {**event, "items": (), "role": "", "channel": event["channel"] and "branch"}
    return fault(bare, RULE) is None


@examples(30)
@given(histories())
def test_one_case_is_a_batch_of_one(history):
    cases, events = history
    states = register([(each[0], "", "") for each in cases], events)
    for number in range(3):
        mine = [row for row, each in enumerate(events) if each["case"] == number]
        made, rows = [], []
        for row in mine:
            given = {name: value for name, value in events[row].items() if value not in ("", None)}
            del given["case"], given["clock"]
            if events[row]["clock"] >= 0:
                at = datetime.fromisoformat(f"{given['at']}T00:00:00+08:00")
                given["at"] = at + timedelta(seconds=events[row]["clock"])
            if fault(events[row], RULE) and not named_wrongly(events[row]):
                with pytest.raises(rp.InputError) as error:  # what can't be is refused at once
                    CaseEvent(**given)
                assert error.value.code == fault(events[row], RULE)
            else:
                made.append(CaseEvent(**given))
                rows.append(row)
        alone = case_register(cases[number][0], made, RULE, as_of=day(60), calendar=CALENDAR)
        assert replace(alone, refused_events=()) == states.one(number)
        codes = {each.row: each.code for each in states.refused_events}
        expected = [(k, codes[row]) for k, row in enumerate(rows) if row in codes]
        assert [(each.row, each.code) for each in alone.refused_events] == expected


@examples(30)
@given(histories(), st.data())
def test_a_reversal_leaves_everything_as_it_was_before(history, data):
    cases, events = history
    before = register(cases, events)
    at = data.draw(st.integers(0, 50))
    extra = event(
        data.draw(st.sampled_from(CASE_KINDS[:-1])), at, "x", data.draw(st.integers(0, 2)), booked=day(55)
    )
    undone = event(
        "reversal", at + data.draw(st.integers(0, 40)), "y", extra["case"], reverses="x", booked=day(56)
    )
    after = register(cases, [*events, extra, undone])
    assert [shown(after, i) for i in range(3)] == [shown(before, i) for i in range(3)]
    assert list(after.refused_events) == list(before.refused_events)
    # Of what was known before the reversal, the event is there.
    known = register(cases, [*events, extra, undone], known_on=day(55))
    assert [shown(known, i) for i in range(3)] == [
        shown(register(cases, [*events, extra], known_on=day(55)), i) for i in range(3)
    ]


# By hand


def story(*more):
    """A case up to its offer."""
    brought = ("application_form", "identity", "income_proof")
    return [
        event("received", 5, 1, items=brought),
        event("completed", 6, 2),
        event("handed_over", 6, 3),
        event("opinion", 8, 4),
        event("approved", 9, 5),
        event("offer_made", 10, 6, until=day(16)),
        *more,
    ]


CASE = [("A-1", "Li", "L-1")]


def test_an_offer_expires_on_its_own_the_day_after_its_last():
    assert register(CASE, story(), as_of=day(16)).one(0).stage.name == "offered"
    found = register(CASE, story(), as_of=day(17)).one(0)
    assert (found.stage.name, found.since) == ("expired", day(17))
    late = register(CASE, story(event("offer_accepted", 17, 7)), as_of=day(20))
    assert [(f.row, f.code, f.limit) for f in late.refused_events] == [
        (6, Code.OUT_OF_TURN, "contact, offer_made, closed")
    ]
    in_time = register(CASE, story(event("offer_accepted", 16, 7)), as_of=day(20)).one(0)
    assert (in_time.stage.name, in_time.offer_open_until) == ("accepted", None)


def test_time_in_a_stage_and_what_is_late():
    # Completed on Wednesday the 7th and handed over the same day; the opinion came on Friday the 9th.
    found = register(CASE, story()[:3], as_of=day(14)).one(0)
    assert (found.stage.name, found.since, found.due_by, found.late_by) == ("handed_over", day(6), day(13), 1)
    assert (found.days["handed_over"], found.working_days["handed_over"]) == (8, 6)
    assert (found.days["completed"], found.days["received"]) == (0, 1)
    (late,) = (reason for reason in found.reasons if reason.value == 1)
    assert late.code == Code.CASE_LATE_WORKING_DAYS
    assert late.text() == "the stage (under review) was to end by 2026-01-14; working days too late: 1"
    assert late.text("zh") == "该环节（审核中）应于2026-01-14前办结，已超期1个工作日"
    plain = replace(RULE, levels=tuple(replace(each, counted="calendar_days") for each in RULE.levels))
    found = register(CASE, story()[:3], plain, as_of=day(14)).one(0)
    (late,) = (reason for reason in found.reasons if reason.code == Code.CASE_LATE)
    assert (late.value, late.limit) == (found.late_by, found.due_by)
    assert late.text().endswith(f"; days too late: {found.late_by}")


def test_an_application_outside_the_window_is_refused_on_its_day():
    states = register(CASE, [event("received", 25, 1), event("completed", 26, 2)], as_of=day(30))
    found = states.one(0)
    assert (found.stage.name, found.since) == ("refused", day(25))
    assert [reason.code for reason in found.reasons][:1] == [Code.CASE_OUTSIDE_WINDOW]
    assert found.reasons[0].text("zh") == "申请于2026-01-26收到，不在受理期内（2026-01-03至2026-01-20）"
    assert [f.code for f in states.refused_events] == [Code.OUT_OF_TURN]


def test_of_two_applications_for_one_contract_the_later_is_a_duplicate():
    cases = [("B", "Li", "L-1"), ("A", "Li", "L-1"), ("C", "Li", "L-2"), ("D", "Li", "L-1")]
    events = [event("received", at, 1, case) for case, at in enumerate((5, 5, 5, 1))]
    states = register(cases, events, as_of=day(9))
    # D came before the window opened.
    assert [states.one(i).duplicate_of for i in range(4)] == ["A", None, None, None]
    assert states.one(0).reasons[0].text() == (
        "the same applicant has applied for the same contract before: case A"
    )


def test_one_review_a_month_from_signing_until_closing():
    signed = story(event("offer_accepted", 11, 7), event("signed", 12, 8), event("copy_delivered", 13, 9))
    held = [event("monthly_review", 30, 10), event("monthly_review", 75, 11)]
    found = register(CASE, [*signed, *held], as_of=date(2026, 5, 13)).one(0)
    # Months end on the 13th: in the first and in the third there was one, and the fourth isn't over.
    assert (found.reviews, found.missed_reviews) == (2, (date(2026, 2, 14),))
    found = register(CASE, [*signed, *held], as_of=date(2026, 5, 14)).one(0)
    assert found.missed_reviews == (date(2026, 2, 14), date(2026, 4, 14))
    closed = event("closed", 100, 12)
    found = register(CASE, [*signed, *held, closed], as_of=date(2026, 5, 13)).one(0)
    assert found.missed_reviews == (date(2026, 2, 14),)
    assert {"terms_explained", "terms_acknowledged"} < set(found.lacks_items)
    assert found.lacks_steps == ("contact",)


def test_the_time_of_day_orders_events_of_one_day():
    twice = [
        event("returned", 9, 7, clock=9 * 3600),
        event("completed", 9, 8, clock=10 * 3600),
        event("handed_over", 9, 9, clock=11 * 3600),
    ]
    timed = register(CASE, [*story()[:4], *twice], as_of=day(9))
    assert (timed.one(0).stage.name, len(timed.refused_events)) == ("handed_over", 0)
    plain = register(CASE, [*story()[:4], *({**each, "clock": -1} for each in twice)], as_of=day(9))
    assert (plain.one(0).stage.name, len(plain.refused_events)) == ("returned", 2)


@pytest.mark.parametrize(
    ("came", "done"),
    [
        ("2026-01-05T09:00:00+08:00", "2026-01-05T08:00:00+00:00"),
        ("2026-01-05T09:00:00.25+08:00", "2026-01-05T09:00:00.5+08:00"),
        ("2026-01-05T23:00:00+14:00", "2026-01-05T00:00:00-11:00"),
        ("2026-01-05T09:00:00+08:00:00.000002", "2026-01-05T09:00:00+08:00:00.000001"),
    ],
)
def test_events_of_one_day_come_as_they_happened_wherever_that_was(came, done):
    events = [
        CaseEvent(kind="received", at=came, reference="1", channel="branch"),
        CaseEvent(kind="completed", at=done, reference="2"),
    ]
    assert events[0].at == events[1].at
    for each in permutations(events):
        found = case_register("A", list(each), RULE, as_of="2026-01-05", calendar=CALENDAR)
        assert (found.stage.name, found.refused_events) == ("completed", ())
    columns = {
        "case": [0, 0],
        "kind": ["received", "completed"],
        "at": "2026-01-05",
        "reference": [1, 2],
        "channel": ["branch", ""],
        "clock": [each.clock for each in events],
    }
    batch = CaseEvents.from_columns(**columns, instant=[each.instant for each in events])
    cases = Cases.from_columns(id=["A"])
    states = case_register(cases, batch, RULE, as_of="2026-01-05", calendar=CALENDAR)
    assert states.one(0) == found
    # Backwards they are out of turn.
    events = [
        CaseEvent(kind="received", at=done, reference="1", channel="branch"),
        CaseEvent(kind="completed", at=came, reference="2"),
    ]
    found = case_register("A", events, RULE, as_of="2026-01-05", calendar=CALENDAR)
    assert (found.stage.name, len(found.refused_events)) == ("received", 1)


def test_an_instant_of_another_day_is_refused():
    given = [0, None, 10**30, 1767571200 * 10**6]
    events = CaseEvents.from_columns(
        case=[0] * 4, kind="completed", at="2026-01-05", reference=[1, 2, 3, 4], instant=given
    )
    faults = [(each.row, each.code, each.field) for each in events.failures]
    assert faults == [(0, Code.DATES_OUT_OF_ORDER, "instant"), (2, Code.OUT_OF_RANGE, "instant")]


@pytest.mark.parametrize("name", ["calendar", "rule"])
@pytest.mark.parametrize(("wrong", "code"), [(None, Code.MISSING), ("x", Code.UNKNOWN_VALUE)])
def test_a_register_without_its_calendar_or_rule_is_refused(name, wrong, code):
    given = {"calendar": CALENDAR, "rule": RULE} | {name: wrong}
    for cases, events in (("A", []), (Cases.from_columns(id=["A"]), CaseEvents.of([]))):
        with pytest.raises(rp.InputError) as error:
            case_register(cases, events, as_of=day(9), **given)
        assert (error.value.code, error.value.field) == (code, name)


def test_every_order_of_a_short_history_gives_the_same():
    events = [*story()[:2], event("reversal", 7, 9, reverses="2", booked=day(7)), event("completed", 7, 10)]
    found = {str(shown(register(CASE, list(each)), 0) | {"last": 0}) for each in permutations(events)}
    assert len(found) == 1


def test_a_reversal_that_was_booked_before_what_it_reverses_does_nothing():
    undo = event("reversal", 7, 9, reverses="2", booked=day(5))
    states = register(CASE, [*story()[:2], undo], as_of=day(9))
    assert [(f.row, f.code, f.field) for f in states.refused_events] == [
        (2, Code.DATES_OUT_OF_ORDER, "reverses")
    ]
    assert states.one(0).stage.name == "completed"


def test_a_reversal_is_of_no_day_before_what_it_reverses():
    undo = event("reversal", 5, 9, reverses="2", booked=day(8))
    states = register(CASE, [*story()[:2], undo], as_of=day(9))
    assert [(f.row, f.code, f.field, f.limit) for f in states.refused_events] == [
        (2, Code.DATES_OUT_OF_ORDER, "at", ">= 2026-01-07")
    ]
    assert states.one(0).stage.name == "completed"


def test_of_two_with_one_reference_the_one_booked_first_is_reversed():
    # What was written down a second time, of an earlier day, is refused; the reversal is of the first.
    again = event("completed", 6, "r", booked=day(9))
    events = [event("received", 5, 1), event("completed", 7, "r", booked=day(8)), again]
    undo = event("reversal", 8, 9, reverses="r", booked=day(8))
    states = register(CASE, [*events, undo], as_of=day(10))
    assert [(f.row, f.code) for f in states.refused_events] == [(2, Code.DUPLICATE)]
    assert states.one(0).stage.name == "received"


def test_reversals_in_a_circle_are_refused_and_undo_nothing():
    circle = [event("reversal", 7, "a", reverses="b"), event("reversal", 7, "b", reverses="a")]
    further = event("reversal", 7, "c", reverses="a")
    states = register(CASE, [*story()[:2], *circle, further], as_of=day(9))
    assert [(f.row, f.code) for f in states.refused_events] == [(k, Code.UNKNOWN_VALUE) for k in (2, 3, 4)]
    assert states.one(0).stage.name == "completed"


def test_where_no_offer_can_expire_none_does():
    steps = tuple(step for step in RULE.steps if step.kind != "offer_expired")
    twice = story(event("offer_made", 11, 7, until=day(12)))
    found = register(CASE, twice, rule=replace(RULE, steps=steps), as_of=day(40)).one(0)
    assert (found.stage.name, found.offer_open_until) == ("offered", None)
    # Another offer takes the place of the one before, with its last day.
    again = story(event("offer_made", 12, 7, until=day(20)))
    assert register(CASE, again, as_of=day(20)).one(0).offer_open_until == day(20)
    assert register(CASE, again, as_of=day(21)).one(0).since == day(21)


@needs("pyarrow", "narwhals")
def test_frames_and_ids():
    import pyarrow as pa

    cases = Cases.from_columns(id=["A-1", "A-2"])
    frame = pa.table(
        {
            "case": ["A-2", "A-1", "A-2"],
            "kind": ["received", "received", "contact"],
            "day": [day(5), day(6), day(7)],
            "reference": [1, 2, 3],
            "channel": pa.array(["app", "branch", None]).dictionary_encode(),
        }
    )
    events = CaseEvents.from_frame(frame, columns={"at": "day"}, cases=cases)
    assert events.case.tolist() == [1, 0, 1]
    assert [(f.row, f.code, f.field) for f in events.failures] == [(2, Code.MISSING, "channel")]
    states = case_register(cases, events, RULE, as_of=day(8), calendar=CALENDAR)
    table = states.to_frame("arrow").to_pylist()
    assert [(row["case"], row["stage"], row["days_in_stage"]) for row in table] == [
        ("A-1", "received", 2),
        ("A-2", "received", 3),
    ]
    by_id = CaseEvents.from_columns(
        case=["A-2"], kind="received", at=day(5), reference="1", channel="app", cases=cases
    )
    assert by_id.case.tolist() == [1]
    with pytest.raises(rp.InputError, match="nobody"):
        CaseEvents.from_columns(case=["nobody"], kind="closed", at=day(5), reference="1", cases=cases)


@needs("pyarrow")
def test_no_cases_and_no_events():
    states = register([], [])
    assert (len(states), len(states.refused_events), states.to_frame("arrow").num_rows) == (0, 0, 0)
    found = register(CASE, []).one(0)
    assert (found.stage, found.since, found.next_step, found.reasons) == (None, None, None, ())


def test_rules_as_text():
    assert CaseRule.loads(RULE.dumps()) == RULE
    assert len(RULE.stages) == 13
    with pytest.raises(rp.InputError) as error:
        CaseRule.example("none")
    assert error.value.code is Code.UNKNOWN_VALUE


def test_calls_do_not_grow_with_the_number_of_cases():
    def replayed(size):
        kinds = ("received", "completed", "handed_over", "opinion", "approved", "offer_made", "signed")
        events = CaseEvents.from_columns(
            case=np.repeat(np.arange(size), len(kinds)),
            kind=np.tile(kinds, size),
            at=np.datetime64("2026-01-05") + np.tile(np.arange(len(kinds)), size),
            until=np.where(np.tile(kinds, size) == "offer_made", "2026-01-15", ""),
            reference=np.tile(np.arange(len(kinds)), size),
            channel="branch",
        )
        number = np.arange(size).astype(np.str_)
        cases = Cases.from_columns(id=number, applicant=np.repeat(number[::2], 2)[:size], contract="L")
        return lambda: case_register(cases, events, RULE, as_of=day(60), calendar=CALENDAR)

    few, many = (sum(calls(replayed(size)).values()) for size in (200, 20_000))
    assert many <= few + 10


STAGE = rp.CaseStage(name="a", en="a", zh="甲")
BEGINS = rp.CaseStep(kind="received", to="a")


NAME = {"name": "a", "en": "a", "zh": "甲"}
MOMENT = datetime.fromisoformat("2026-01-03T10:00:00+08:00")
LEVEL = rp.ServiceLevel(stage="x", days=1)
NEED = rp.CaseNeed(before="signed", items=("x",))


def made(*steps, stages=(STAGE,), **more):
    return CaseRule(stages=stages, steps=steps, source="own", **more)


def happened(kind, at=START, reference="1", **more):
    return CaseEvent(kind=kind, at=at, reference=reference, **more)


MANY = tuple(rp.CaseName(**NAME | {"name": f"{k}"}) for k in range(63))
WRONG = [
    (lambda: rp.CaseStage(**NAME | {"name": ""}), Code.MISSING, "cases.stages.name"),
    (lambda: rp.CaseStage(**NAME, follows="x"), Code.UNKNOWN_VALUE, "cases.stages.follows"),
    (lambda: rp.CaseName(**NAME | {"en": " "}), Code.MISSING, "cases.en"),
    (lambda: rp.CaseItem(**NAME, brought_by=()), Code.MISSING, "cases.items.brought_by"),
    (lambda: rp.CaseItem(**NAME, brought_by=("reversal",)), Code.UNKNOWN_VALUE, "cases.items.brought_by"),
    (lambda: rp.CaseStep(kind="reversal", to="a"), Code.UNKNOWN_VALUE, "cases.steps.kind"),
    (lambda: rp.CaseStep(kind="received"), Code.MISSING, "cases.steps.to"),
    (lambda: rp.CaseStep(kind="closed", after=("a", "a")), Code.DUPLICATE, "cases.steps.after[1]"),
    (lambda: rp.CaseNeed(before="signed"), Code.MISSING, "cases.needs.items"),
    (lambda: rp.CaseNeed(before="signed", items=("x", "x")), Code.DUPLICATE, "cases.needs.items[1]"),
    (lambda: rp.ServiceLevel(stage="a", days=-1), Code.OUT_OF_RANGE, "cases.levels.days"),
    (lambda: rp.ServiceLevel(stage="a", days=1, counted="w"), Code.UNKNOWN_VALUE, "cases.levels.counted"),
    (lambda: made(BEGINS, stages=()), Code.MISSING, "cases.stages"),
    (lambda: made(BEGINS, stages=(STAGE, STAGE)), Code.DUPLICATE, "cases.stages[1].name"),
    (lambda: made(BEGINS, BEGINS), Code.DUPLICATE, "cases.steps[1]"),
    (lambda: made(rp.CaseStep(kind="closed", after=("a",))), Code.MISSING, "cases.steps.after"),
    (lambda: made(rp.CaseStep(kind="received", to="b")), Code.UNKNOWN_VALUE, "cases.steps"),
    (lambda: made(BEGINS, opens="2026-01-01"), Code.MISSING, "cases.steps"),
    (lambda: made(BEGINS, levels=(LEVEL,)), Code.UNKNOWN_VALUE, "cases.levels.stage"),
    (lambda: made(BEGINS, needs=(NEED,)), Code.UNKNOWN_VALUE, "cases.needs.items"),
    (lambda: made(BEGINS, channels=MANY), Code.OUT_OF_RANGE, "cases.channels"),
    (lambda: RULE.within("2026-02-01", "2026-01-01"), Code.DATES_OUT_OF_ORDER, "cases.closes"),
    (lambda: replace(RULE, source=""), Code.MISSING, "cases.source"),
    (lambda: happened("contact"), Code.MISSING, "channel"),
    (lambda: happened("reversal"), Code.MISSING, "reverses"),
    (lambda: happened("closed", reverses="2"), Code.UNKNOWN_VALUE, "reverses"),
    (lambda: happened("closed", until=day(2)), Code.UNKNOWN_VALUE, "until"),
    (lambda: happened("offer_made", until=day(-1)), Code.DATES_OUT_OF_ORDER, "until"),
    (lambda: happened("closed", at="2026-01-02T10:00:00"), Code.NOT_A_DATE, "at"),
    (lambda: happened("closed", at="2026-01-02T99"), Code.NOT_A_DATE, "at"),
    (lambda: happened("closed", moment=MOMENT), Code.DATES_OUT_OF_ORDER, "moment"),
    (lambda: happened("closed", reference=""), Code.MISSING, "reference"),
    (lambda: Cases.from_columns(id="abc"), Code.UNKNOWN_VALUE, "id"),
    (lambda: Cases.from_columns(id=["a", "a"]), Code.DUPLICATE, "id[1]"),
    (lambda: Cases.from_columns(id=["a", ""]), Code.MISSING, "id[1]"),
    (lambda: register(CASE, story(), as_of="2026-07-01"), Code.OUT_OF_RANGE, "as_of"),
    (lambda: register(CASE, [event("received", 1, 1, 1)]), Code.OUT_OF_RANGE, "case"),
]


@pytest.mark.parametrize(("call", "code", "field"), WRONG)
def test_what_cannot_be_is_refused(call, code, field):
    with pytest.raises(rp.InputError) as error:
        call()
    assert (error.value.code, error.value.field) == (code, field)


def test_days_before_the_calendar_begins_are_refused():
    states = register(CASE, [event("received", -20, 1), event("received", 5, 2)], as_of=day(9))
    assert [(f.row, f.code, f.field) for f in states.refused_events] == [(0, Code.OUT_OF_RANGE, "at")]
    assert states.one(0).received == day(5)


def test_what_a_case_is_told_in_both_languages():
    cases = [("A", "Li", "L"), ("B", "Li", "L"), ("C", "Wu", "L")]
    events = [
        event("received", 5, 1, 0),
        event("received", 6, 1, 1),
        event("received", 30, 1, 2),
        *({**each, "case": 0, "reference": f"s{each['reference']}"} for each in story()[1:]),
    ]
    signed = story(event("offer_accepted", 11, 7), event("signed", 12, 8))
    plain = replace(RULE, levels=tuple(replace(each, counted="calendar_days") for each in RULE.levels))
    states = [
        register(cases, events, as_of=day(70)),
        register(CASE, signed, as_of=day(70)),
        register(CASE, story()[:3], plain, as_of=day(70)),
    ]
    told = [reason for found in states for i in range(len(found)) for reason in found.one(i).reasons]
    assert {each.code for each in told} == {code for code in Code if code.startswith("case_")}
    for each in told:
        limit = each.limit or ""
        check_text(each.code, field=each.field, value=each.value, limit=str(limit).replace(" to ", " - "))
        called = each.names.get(each.field, ("", ""))
        assert all(name in each.text(lang) for name, lang in zip(called, ("en", "zh"), strict=True))


def test_a_review_on_the_last_day_of_a_month_is_one_of_that_month():
    """Signed on 31 January, and each month's review on its last day."""
    kinds = ("received", "completed", "handed_over", "opinion", "approved", "offer_made", "offer_accepted")
    way = [
        event(kind, 25, k, **({"until": date(2026, 2, 5)} if kind == "offer_made" else {}))
        for k, kind in enumerate((*kinds, "signed", "copy_delivered"))
    ]
    for each in way:
        each["at"] = each["booked"] = date(2026, 1, 31)
    reviews = [event("monthly_review", 55 + k, 20 + k) for k in range(3)]
    for each, on in zip(reviews, (date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)), strict=True):
        each["at"] = each["booked"] = on
    rule = replace(RULE, opens=None, closes=None)
    for until in (date(2026, 4, 30), date(2026, 5, 1), date(2026, 5, 31)):
        assert register(CASE, [*way, *reviews], rule, as_of=until).one(0).missed_reviews == ()
    found = register(CASE, [*way, *reviews], rule, as_of=date(2026, 6, 1)).one(0)
    assert found.missed_reviews == (date(2026, 5, 1),)
    late = register(CASE, [*way, *reviews[1:]], rule, as_of=date(2026, 4, 30)).one(0)
    assert late.missed_reviews == (date(2026, 2, 1),)
    assert register(CASE, way, rule, as_of=date(2026, 2, 28)).one(0).missed_reviews == ()


def test_an_offer_that_expired_is_history_once_another_is_accepted():
    again = [
        event("offer_made", 18, 7, until=day(25)),
        event("offer_accepted", 19, 8),
        event("signed", 20, 9),
    ]
    codes = [
        [each.code for each in register(CASE, story(*again[:k]), as_of=day(20)).one(0).reasons]
        for k in range(4)
    ]
    expired = [Code.CASE_OFFER_EXPIRED in each for each in codes]
    assert expired == [True, True, False, False]


def test_what_is_out_of_turn_is_said_in_words():
    states = register(CASE, [event("received", 5, 1), event("approved", 6, 2)], as_of=day(9))
    (wrong,) = states.refused_events
    assert (wrong.value, wrong.limit) == ("approved", "contact, completed, refused, closed")
    zh = "当前不能进行此步骤（批准）；下一步应为联系、材料补齐、拒绝、结案"
    assert wrong.text("zh") == zh == states.refused_events.texts("zh")[0]
    assert "approved isn't the next step" in wrong.text() == states.refused_events.texts()[0]


def test_a_batch_takes_events_of_a_batch():
    with pytest.raises(rp.InputError) as caught:
        case_register(Cases.from_columns(id=["A"]), story(), RULE, as_of=day(14), calendar=CALENDAR)
    assert (caught.value.code, caught.value.field, caught.value.value) == (
        Code.UNKNOWN_VALUE,
        "events",
        "list",
    )
