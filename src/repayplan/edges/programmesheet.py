"""A programme for people: timetable, checklists, budget and goals, in English and Chinese."""

from __future__ import annotations

from decimal import Decimal

from repayplan.ability.figures import one_currency, one_rule
from repayplan.edges.documents import Document, Entry, Section, Table
from repayplan.edges.summingup import goal_bound, goal_words
from repayplan.edges.words import Figure, Words
from repayplan.programmes.budget import CATEGORIES, Budget
from repayplan.programmes.phases import PHASES
from repayplan.programmes.programme import Programme
from repayplan.programmes.timetable import SORT_NAMES, STATUS_NAMES, Timetable


def programme_document(timetable: Timetable, budget: Budget | None = None) -> Document:
    """What everybody in a programme reads.

    Parameters
    ----------
    timetable
        On a day.
    budget
        On a day, where it is to be there too.

    Returns
    -------
    :class:`~repayplan.Document`: ``.markdown("en" | "zh")``, ``.text(...)``, ``.html(...)`` and
    ``.as_dict(...)`` say the same.

    Raises
    ------
    InputError
        No timetable, or a budget that is none or is known to be in another currency than the programme's.

    Examples
    --------
    >>> from repayplan import Programme, timetable
    >>> from repayplan.basics.calendars import WEEKENDS
    >>> plan = timetable(Programme.example("negotiated-repayment"), WEEKENDS, as_of="2026-03-20")
    >>> print(programme_document(plan).markdown("zh").splitlines()[10])
    | 受理阶段 | 2026年3月30日 | 2026年4月24日 | 各网点 | 未开始 |  |
    """
    one_rule("timetable", timetable, Timetable)
    programme = timetable.programme
    sections = [_phases(timetable)]
    if timetable.tasks:
        sections.append(_tasks(timetable))
    if budget is not None:
        one_rule("budget", budget, Budget)
        if budget.currency is not None:
            one_currency("budget.currency", budget.currency, programme.currency)
        sections.append(_budget(budget, programme))
    if programme.goals:
        names = {line.name: (line.en, line.zh) for line in programme.budget}
        entries = tuple(
            Entry(
                f"{goal.figure} {goal.group}".strip(),
                goal_words(goal, names),
                Figure(goal_bound(goal), "text"),
            )
            for goal in programme.goals
        )
        sections.append(Section(name="goals", heading=Words("Goals", "目标"), entries=entries))
    return Document(
        title=Words(programme.name, programme.name_zh),
        currency=programme.currency,
        sections=tuple(sections),
    )


def _phases(timetable: Timetable) -> Section:
    rows = []
    for line in timetable.phases:
        done = f"{line.done} / {line.tasks}" if line.tasks else ""
        rows.append(
            (
                Figure(Words(*PHASES[line.name]), "text"),
                Figure(line.begins, "date"),
                Figure(line.ends, "date"),
                Figure(Words(*line.owners), "text"),
                Figure(Words(*STATUS_NAMES[line.status]), "text"),
                Figure(done, "text"),
            )
        )
    table = Table(
        ("phase", "begins", "ends", "owner", "status", "done"),
        (
            Words("Phase", "阶段"),
            Words("From", "开始"),
            Words("To", "结束"),
            Words("Owner", "责任人"),
            Words("Status", "状态"),
            Words("Checklist done", "清单完成"),
        ),
        tuple(rows),
    )
    on = Entry("as_of", Words("As of", "截至"), Figure(timetable.as_of, "date"))
    return Section(name="timetable", heading=Words("Timetable", "时间安排"), entries=(on,), table=table)


def _tasks(timetable: Timetable) -> Section:
    rows = [
        (
            Figure(line.due, "date"),
            Figure(Words(line.en, line.zh), "text"),
            Figure(Words(*SORT_NAMES[line.sort]), "text"),
            Figure(Words(*PHASES[line.phase]), "text"),
            Figure(Words(*line.owners), "text"),
            Figure(Words(*STATUS_NAMES[line.status]), "text"),
            Figure("" if line.done is None else line.done, "text" if line.done is None else "date"),
        )
        for line in timetable.tasks
    ]
    table = Table(
        ("due", "task", "sort", "phase", "owner", "status", "done"),
        (
            Words("By", "期限"),
            Words("What", "内容"),
            Words("Kind", "类别"),
            Words("Phase", "阶段"),
            Words("Owner", "责任人"),
            Words("Status", "状态"),
            Words("Done on", "完成日期"),
        ),
        tuple(rows),
    )
    return Section(name="checklist", heading=Words("Checklist", "工作清单"), table=table)


def _budget(budget: Budget, programme: Programme) -> Section:
    finest = Decimal(1).scaleb(-programme.decimals)
    not_known = Figure(Words("not known", "未知"), "text")

    def row(named: Words, category: Words | str, *amounts: Decimal | None) -> tuple[Figure, ...]:
        shown = (not_known if each is None else Figure(each.quantize(finest), "money") for each in amounts)
        return (Figure(named, "text"), Figure(category, "text"), *shown)

    rows = [
        row(
            Words(*each.names),
            "" if each.category is None else Words(*CATEGORIES[each.category]),
            *(each.plan, each.planned_so_far, each.actual, each.forecast, each.over),
        )
        for each in budget.lines
    ]
    total = (budget.plan, budget.planned_so_far, budget.actual, budget.forecast, budget.over)
    table = Table(
        ("line", "category", "plan", "planned_so_far", "actual", "forecast", "over"),
        (
            Words("For", "用途"),
            Words("Category", "类别"),
            Words("Planned", "预算"),
            Words("Planned so far", "截至当月预算"),
            Words("Spent", "已支出"),
            Words("Forecast at the end", "预计总支出"),
            Words("Over the plan", "预计超支"),
        ),
        (*rows, row(Words("Total", "合计"), "", *total)),
    )
    note = Words(
        "The forecast is what was spent, and what is planned for the months to come; of the month that is "
        "running, by how much its plan is more than what was spent in it.",
        "预计总支出＝已支出＋以后各月预算＋当月预算超出当月已支出的部分。",
    )
    heading = Words(f"Budget ({programme.currency})", f"经费预算（{programme.currency}）")
    return Section(name="budget", heading=heading, notes=(note,), table=table)
