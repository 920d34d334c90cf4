"""A programme by its dates, its checklists and its budget, against days that are walked one by one."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp
from examples import examples
from extras import needs
from repayplan import Code, Programme, Spent
from repayplan.basics.calendars import WEEKENDS, Holidays
from repayplan.programmes.budget import CATEGORIES
from repayplan.programmes.phases import PHASES

EXAMPLE = Programme.example("negotiated-repayment")
DAY = timedelta(days=1)
FEW = Holidays(
    ["2026-04-06", "2026-05-01", "2026-05-04", "2026-05-05"],
    working=["2026-05-09"],
    name="few",
    source="own",
    first="2026-01-01",
    last="2026-12-31",
)


def open_on(calendar, day):
    if calendar is WEEKENDS:
        return day.weekday() < 5
    return day in calendar.working or (day.weekday() < 5 and day not in calendar.dates)


@examples(200)
@given(st.dates(date(2026, 3, 1), date(2026, 6, 1)), st.integers(-30, 60), st.sampled_from([WEEKENDS, FEW]))
def test_the_day_of_an_offset_is_reached_by_walking(start, offset, calendar):
    programme = replace(EXAMPLE, start=start)
    at = start
    while not open_on(calendar, at):
        at += DAY
    for _ in range(abs(offset)):
        at += DAY if offset > 0 else -DAY
        while not open_on(calendar, at):
            at += DAY if offset > 0 else -DAY
    assert programme.day(offset, "working_days", calendar) == at
    assert programme.day(offset, "calendar_days", calendar) == start + offset * DAY


def test_an_offset_beyond_the_calendar_is_refused():
    for offset in (-60, 300):
        with pytest.raises(rp.InputError) as error:
            EXAMPLE.day(offset, "working_days", FEW)
        assert (error.value.code, error.value.field) == (Code.OUT_OF_RANGE, "phases")
    with pytest.raises(rp.InputError, match="covers"):
        replace(EXAMPLE, start="2027-02-01").day(0, "working_days", FEW)


def test_phases_and_tasks_on_a_day():
    # The Monday before the start is a holiday of nobody; 6 April is one.
    programme = EXAMPLE.done("policy", "2026-03-05").done("forms", "2026-03-20")
    plan = rp.timetable(programme, FEW, as_of="2026-03-30")
    assert [(line.name, line.status) for line in plan.phases] == [
        ("preparation", "over"),
        ("promotion", "running"),
        ("intake", "running"),
        *((name, "to_come") for name in list(PHASES)[3:]),
    ]
    assert (plan.phases[2].begins, plan.phases[2].ends) == (date(2026, 3, 30), date(2026, 4, 27))
    assert {line.name: line.status for line in plan.tasks} == {
        "training_intake": "late",
        "forms": "done_late",
        "policy": "done",
        "leaflets": "late",
        "training_negotiation": "open",
        "report": "open",
    }
    assert (plan.phases[0].tasks, plan.phases[0].done) == (3, 2)
    # What was done later wasn't done then.
    before = rp.timetable(programme, FEW, as_of="2026-03-13")
    assert {line.name: line.status for line in before.tasks}["forms"] == "open"
    assert [line.due for line in plan.tasks] == sorted(line.due for line in plan.tasks)


def test_intake_is_the_window_of_the_register():
    rule = EXAMPLE.case_rule(rp.CaseRule.example("negotiated-repayment"), WEEKENDS)
    assert (rule.opens, rule.closes) == (date(2026, 3, 30), date(2026, 4, 24))
    for day, stage in (("2026-04-24", "received"), ("2026-04-25", "refused")):
        came = rp.CaseEvent(kind="received", at=day, reference="1", channel="app")
        state = rp.case_register("A", [came], rule, as_of="2026-04-30", calendar=WEEKENDS)
        assert state.stage.name == stage
    with pytest.raises(rp.InputError) as error:
        replace(EXAMPLE, phases=EXAMPLE.phases[:2]).window(WEEKENDS)
    assert error.value.field == "phase"


amounts = st.integers(1, 10**6).map(lambda units: Decimal(units) / 100)


@st.composite
def budgets(draw):
    lines = tuple(
        rp.PlannedCost(
            name=f"line {k}",
            category=draw(st.sampled_from(list(CATEGORIES))),
            by_month=tuple(draw(st.lists(amounts, min_size=1, max_size=5))),
            en="line",
            zh="项目",
        )
        for k in range(draw(st.integers(1, 3)))
    )
    days = st.integers(-40, 200).map(lambda k: EXAMPLE.start + k * DAY)
    names = st.sampled_from([line.name for line in lines])
    spent = draw(st.lists(st.builds(Spent, line=names, on=days, amount=amounts), max_size=12))
    return replace(EXAMPLE, budget=lines), spent, draw(days)


def month(day):
    """Which month of the programme, found by going through them."""
    k = 0
    while date(2026, 3 + k + 1, 16) <= day:
        k += 1
    return k if day >= EXAMPLE.start else -1


@examples(200)
@given(budgets(), st.randoms(use_true_random=False))
def test_the_forecast_follows_its_rule(given, random):
    programme, spent, today = given
    found = rp.programme_budget(programme, spent, as_of=today)
    for state, planned in zip(found.lines, programme.budget, strict=True):
        mine = [each for each in spent if each.line == state.name and each.on <= today]
        actual = sum((each.amount for each in mine), Decimal(0))
        coming = Decimal(0)
        for k, plan in enumerate(planned.by_month):
            # Before the start the first month is the one that comes; what is spent ahead is of it.
            here = sum((each.amount for each in mine if max(month(each.on), 0) == k), Decimal(0))
            if k > max(month(today), 0):
                coming += plan
            elif k == max(month(today), 0):
                coming += max(plan - here, 0)
        assert state.actual == actual
        assert state.forecast == actual + coming
        assert state.planned_so_far == sum(planned.by_month[: month(today) + 1])
        assert (state.plan, state.over) == (planned.plan, state.forecast - planned.plan)
    for name in ("plan", "planned_so_far", "actual", "forecast", "over"):
        assert getattr(found, name) == sum(getattr(state, name) for state in found.lines)
    random.shuffle(spent)
    assert rp.programme_budget(programme, spent, as_of=today) == found


def test_a_programme_that_spends_as_planned_is_forecast_as_planned():
    spent = [
        Spent(line=line.name, on=date(2026, 3 + k, 20), amount=amount)
        for line in EXAMPLE.budget
        for k, amount in enumerate(line.by_month)
    ]
    for day in ("2026-03-01", "2026-03-20", "2026-04-20", "2026-05-20", "2026-12-31"):
        total = rp.programme_budget(EXAMPLE, spent, as_of=day)
        assert total.forecast == total.plan == Decimal(166000)


@pytest.mark.parametrize(("wrong", "code"), [(None, rp.Code.MISSING), (3, rp.Code.UNKNOWN_VALUE)])
def test_what_is_no_programme_calendar_or_spending_is_refused(wrong, code):
    for call, field in (
        (lambda: rp.timetable(wrong, WEEKENDS, as_of="2026-04-10"), "programme"),
        (lambda: rp.timetable(EXAMPLE, wrong, as_of="2026-04-10"), "calendar"),
        (lambda: rp.programme_budget(wrong, [], as_of="2026-04-10"), "programme"),
        (lambda: rp.programme_budget(EXAMPLE, wrong, as_of="2026-04-10"), "spent"),
    ):
        with pytest.raises(rp.InputError) as error:
            call()
        assert (error.value.code, error.value.field) == (code, field)


def test_the_document_says_the_same_in_both_languages():
    spent = [Spent(line="overtime", on="2026-04-10", amount="34000.50")]
    plan = rp.timetable(EXAMPLE.done("policy", "2026-03-05"), WEEKENDS, as_of="2026-04-10")
    made = rp.programme_document(plan, rp.programme_budget(EXAMPLE, spent, as_of="2026-04-10"))
    en, zh = made.markdown("en"), made.markdown("zh")
    assert "| Intake | 2026-03-30 | 2026-04-24 | branches | running |  |" in en
    assert "| 受理阶段 | 2026年3月30日 | 2026年4月24日 | 各网点 | 进行中 |  |" in zh
    assert "| 加班 | 人员费用 | 90,000.00 | 30,000.00 | 34,000.50 | 94,000.50 | 4,000.50 |" in zh
    assert "## 经费预算（CNY）" in zh
    assert "- 逾期账户占比，按实收对应收，目前: 不高于10%" in zh
    assert "- Instalments of the plan paid in time: at least 85 %" in en
    rows = made.as_dict("zh")["sections"][0]["rows"]
    assert [row["begins"]["value"] for row in rows] == [str(line.begins) for line in plan.phases]
    latin = [char for char in zh.replace("CNY", "") if char.isascii() and char.isalpha()]
    assert latin == []
    assert "<table>" in made.html("zh")
    goal = rp.Goal(figure="budget.actual", group="overtime", at_most="94500")
    dear = rp.timetable(replace(EXAMPLE, goals=(goal,)), WEEKENDS, as_of="2026-04-10")
    assert "- 支出：加班: 不高于94,500" in rp.programme_document(dear).markdown("zh")
    bare = replace(EXAMPLE, goals=(), phases=EXAMPLE.phases[2:4])
    few = rp.programme_document(rp.timetable(bare, WEEKENDS, as_of="2026-04-10"))
    assert [section.name for section in few.sections] == ["timetable"]


@needs("pyarrow")
def test_the_timetable_as_a_frame():
    plan = rp.timetable(EXAMPLE, WEEKENDS, as_of="2026-04-10")
    table = plan.to_frame("arrow", language="zh")
    assert table["phase"].to_pylist() == [zh for _, zh in PHASES.values()]
    assert table["begins"].to_pylist() == [line.begins for line in plan.phases]
    assert table["tasks"].to_pylist() == [3, 1, 0, 0, 1, 0, 1]


@pytest.mark.parametrize("language", ["en", "zh"])
@needs("icalendar")
def test_other_programs_read_the_calendar(language):
    import icalendar

    plan = rp.timetable(EXAMPLE.done("policy", "2026-03-05"), WEEKENDS, as_of="2026-03-12")
    made = rp.programme_calendar(plan, reference="P-1", sequence=3, language=language)
    found = list(icalendar.Calendar.from_ical(made).walk("VEVENT"))
    assert len(found) == len(plan.phases) + len(plan.tasks) - 1
    place = 0 if language == "en" else 1
    for event, line in zip(found, plan.phases, strict=False):
        assert (event.decoded("dtstart"), event.decoded("dtend") - DAY) == (line.begins, line.ends)
        assert str(event["summary"]).startswith(PHASES[line.name][place])
        assert str(event["uid"]) == f"phase-{line.name}-P-1@repayplan"
    tasks = {str(event["uid"]): event for event in found[len(plan.phases) :]}
    assert "task-policy-P-1@repayplan" not in tasks
    assert tasks["task-forms-P-1@repayplan"].decoded("dtstart") == date(2026, 3, 13)
    assert len({str(event["uid"]) for event in found}) == len(found)
    assert all(len(line) <= 75 for line in made.split(b"\r\n"))
    with pytest.raises(rp.InputError):
        rp.programme_calendar(plan, reference=" ")


def test_the_text_of_a_programme_is_read_as_it_was_written(tmp_path):
    assert Programme.loads(EXAMPLE.dumps()) == EXAMPLE
    done = EXAMPLE.done("report", "2027-04-01")
    file = tmp_path / "programme.toml"
    file.write_text(done.dumps(), encoding="utf-8")
    assert Programme.load(file) == done
    with pytest.raises(rp.PolicyError) as error:
        Programme.loads(EXAMPLE.dumps().replace('name = "intake"', 'name = "harvest"'), source="p.toml")
    assert (error.value.code, error.value.source) == (Code.UNKNOWN_VALUE, "p.toml")
    assert error.value.line is not None
    with pytest.raises(rp.PolicyError, match="can't be read"):
        Programme.load(tmp_path / "none.toml")


def test_what_was_spent_and_is_not_known_makes_no_sum():
    spent = [
        Spent(line="overtime", on="2026-04-10", amount="100"),
        Spent(line="overtime", on="2026-04-11", amount=None),
        Spent(line="reserve", on="2026-04-12", amount="7"),
    ]
    found = rp.programme_budget(EXAMPLE, spent, as_of="2026-04-30")
    lines = {line.name: line for line in found.lines}
    assert (lines["overtime"].actual, lines["overtime"].forecast, lines["overtime"].over) == (None,) * 3
    assert lines["reserve"].actual == 7
    assert (found.actual, found.forecast, found.over) == (None, None, None)
    assert found.plan == 166000
    # It was spent later than that day.
    assert rp.programme_budget(EXAMPLE, spent, as_of="2026-04-10").actual == 100
    plan = rp.timetable(EXAMPLE, WEEKENDS, as_of="2026-04-30")
    row = "| overtime | Staff | 90,000.00 | 60,000.00 | not known | not known | not known |"
    assert row in rp.programme_document(plan, found).markdown("en")


def test_the_goals_of_a_programme_are_those_of_its_evaluation():
    assert [(goal.figure, goal.group) for goal in EXAMPLE.goals] == [
        ("on_time", ""),
        ("overdue.count.cash.after", ""),
    ]
    most, least = (rp.Goal(figure="on_time", **bound) for bound in ({"at_most": "0.1"}, {"at_least": "0.1"}))
    shares = (Decimal("0.09"), Decimal("0.1"), Decimal("0.11"))
    assert [most.reached_by(share) for share in shares] == [True, True, False]
    assert [least.reached_by(share) for share in shares] == [False, True, True]
    with pytest.raises(rp.PolicyError) as error:
        Programme.loads(EXAMPLE.dumps().replace('"on_time"', '"punctual"'), source="p.toml")
    assert (error.value.code, error.value.source) == (Code.UNKNOWN_VALUE, "p.toml")
    assert "figure" in str(error.value)
    assert error.value.line is not None


TASK = {"name": "a", "sort": "task", "owner": "b", "en": "a", "zh": "甲"}
PHASE = {"name": "intake", "begins": 0, "ends": 1, "owner": "b"}
COST = {"name": "a", "category": "staff", "by_month": ("1",), "en": "a", "zh": "甲"}
TWICE = rp.ProgrammePhase(**PHASE, tasks=(rp.ProgrammeTask(**TASK), rp.ProgrammeTask(**TASK)))
LINE = rp.PlannedCost(**COST)
WRONG = [
    (lambda: rp.ProgrammeTask(**TASK | {"owner": ""}), Code.MISSING, "phases.tasks.owner"),
    (lambda: rp.ProgrammeTask(**TASK, owner_zh=" "), Code.MISSING, "phases.tasks.owner_zh"),
    (lambda: rp.ProgrammeTask(**TASK | {"sort": "x"}), Code.UNKNOWN_VALUE, "phases.tasks.sort"),
    (lambda: rp.ProgrammeTask(**TASK, due=751), Code.OUT_OF_RANGE, "phases.tasks.due"),
    (lambda: rp.ProgrammeTask(**TASK, done="x"), Code.NOT_A_DATE, "phases.tasks.done"),
    (lambda: rp.ProgrammePhase(**PHASE | {"name": "x"}), Code.UNKNOWN_VALUE, "phases.name"),
    (lambda: rp.ProgrammePhase(**PHASE | {"owner": ""}), Code.MISSING, "phases.owner"),
    (lambda: rp.ProgrammePhase(**PHASE, owner_zh=""), Code.MISSING, "phases.owner_zh"),
    (lambda: rp.ProgrammePhase(**PHASE, counted="x"), Code.UNKNOWN_VALUE, "phases.counted"),
    (lambda: rp.ProgrammePhase(**PHASE | {"ends": -1}), Code.OUT_OF_RANGE, "phases.ends"),
    (lambda: rp.ProgrammePhase(**PHASE | {"begins": -751}), Code.OUT_OF_RANGE, "phases.begins"),
    (lambda: rp.PlannedCost(**COST | {"category": "x"}), Code.UNKNOWN_VALUE, "budget.category"),
    (lambda: rp.PlannedCost(**COST | {"by_month": ()}), Code.OUT_OF_RANGE, "budget.by_month"),
    (lambda: rp.PlannedCost(**COST | {"by_month": ("1", "-1")}), Code.OUT_OF_RANGE, "budget.by_month[1]"),
    (lambda: replace(EXAMPLE, name=""), Code.MISSING, "name"),
    (lambda: replace(EXAMPLE, start="soon"), Code.NOT_A_DATE, "start"),
    (lambda: replace(EXAMPLE, phases=()), Code.MISSING, "phases"),
    (lambda: replace(EXAMPLE, phases=EXAMPLE.phases[:1] * 2), Code.DUPLICATE, "phases[1].name"),
    (lambda: replace(EXAMPLE, phases=(TWICE,)), Code.DUPLICATE, "phases.tasks[1].name"),
    (lambda: replace(EXAMPLE, budget=(LINE, LINE)), Code.DUPLICATE, "budget[1].name"),
    (lambda: replace(EXAMPLE, goals=EXAMPLE.goals[:1] * 2), Code.DUPLICATE, "goals[1]"),
    (lambda: replace(EXAMPLE, decimals=9), Code.OUT_OF_RANGE, "decimals"),
    (
        lambda: replace(EXAMPLE, budget=(replace(LINE, by_month=("0.001",)),)),
        Code.OUT_OF_RANGE,
        "budget.by_month[0]",
    ),
    (lambda: EXAMPLE.done("nothing", "2026-01-01"), Code.UNKNOWN_VALUE, "task"),
    (lambda: Programme.example("none"), Code.UNKNOWN_VALUE, "name"),
    (lambda: Spent(line="a", on="2026-01-01", amount="0"), Code.OUT_OF_RANGE, "spent.amount"),
    (lambda: Spent(line="a", on="x", amount="1"), Code.NOT_A_DATE, "spent.on"),
    (lambda: Spent(line="a", on="2026-01-01", amount="1", note=1), Code.UNKNOWN_VALUE, "spent.note"),
    (
        lambda: rp.programme_budget(replace(EXAMPLE, budget=()), [], as_of="2026-01-01"),
        Code.MISSING,
        "budget.lines",
    ),
    (
        lambda: rp.programme_budget(
            EXAMPLE, [Spent(line="a", on="2026-01-01", amount="1")], as_of="2026-01-01"
        ),
        Code.UNKNOWN_VALUE,
        "spent.line",
    ),
    (
        lambda: rp.programme_budget(
            EXAMPLE, [Spent(line="reserve", on="2026-01-01", amount="0.001")], as_of="2026-01-01"
        ),
        Code.OUT_OF_RANGE,
        "spent.amount",
    ),
]


@pytest.mark.parametrize(("call", "code", "field"), WRONG)
def test_what_cannot_be_is_refused(call, code, field):
    with pytest.raises(rp.InputError) as error:
        call()
    assert (error.value.code, error.value.field) == (code, field)
