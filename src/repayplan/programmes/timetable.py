"""When the phases of a programme begin and end, who sees to them, and what of their checklists is done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from repayplan.ability.figures import day, one_rule
from repayplan.basics.calendars import Calendar
from repayplan.basics.errors import Language, which
from repayplan.programmes.phases import PHASES, TaskSort
from repayplan.programmes.programme import Programme

PhaseStatus = Literal["to_come", "running", "over"]
TaskStatus = Literal["open", "late", "done", "done_late"]
STATUS_NAMES: dict[str, tuple[str, str]] = {
    "to_come": ("to come", "未开始"),
    "running": ("running", "进行中"),
    "over": ("over", "已结束"),
    "open": ("open", "待办"),
    "late": ("late", "逾期未办"),
    "done": ("done", "已完成"),
    "done_late": ("done late", "逾期完成"),
}
SORT_NAMES: dict[str, tuple[str, str]] = {
    "material": ("material", "物料"),
    "training": ("training", "培训"),
    "task": ("task", "事项"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseLine:
    """One phase by its dates.

    Attributes
    ----------
    name, owners
        Which, and who sees to it, in English and Chinese.
    begins, ends
        Its first and last day.
    status
        On the day of the timetable.
    tasks, done
        How many lines its checklist has, and how many of them are done.
    """

    name: str
    owners: tuple[str, str]
    begins: date
    ends: date
    status: PhaseStatus
    tasks: int
    done: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskLine:
    """One line of a checklist by its dates.

    Attributes
    ----------
    name, phase, sort, en, zh
        As the programme says.
    owners
        Who sees to it, in English and Chinese.
    due
        By when.
    done
        When it was done; None: it isn't.
    status
        On the day of the timetable; on its last day it isn't late yet.
    """

    name: str
    phase: str
    sort: TaskSort
    owners: tuple[str, str]
    en: str
    zh: str
    due: date
    done: date | None
    status: TaskStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """A programme by its dates.

    Attributes
    ----------
    programme
        Which.
    as_of
        The day on which it is looked at.
    phases
        In the programme's order.
    tasks
        By the day on which they are due, then by name.
    """

    programme: Programme
    as_of: date
    phases: tuple[PhaseLine, ...]
    tasks: tuple[TaskLine, ...]

    def table(self, language: Language = "en") -> dict[str, npt.NDArray[Any]]:
        """The phases as columns: ``phase``, ``owner``, ``status`` (text), ``begins``, ``ends``, ``tasks``,
        ``done``.
        """
        place = which(language)
        return {
            "phase": np.array([PHASES[each.name][place] for each in self.phases], np.str_),
            "owner": np.array([each.owners[place] for each in self.phases], np.str_),
            "begins": np.array([each.begins for each in self.phases], "datetime64[D]"),
            "ends": np.array([each.ends for each in self.phases], "datetime64[D]"),
            "status": np.array([STATUS_NAMES[each.status][place] for each in self.phases], np.str_),
            "tasks": np.array([each.tasks for each in self.phases], np.int64),
            "done": np.array([each.done for each in self.phases], np.int64),
        }

    def to_frame(self, kind: Any = "pandas", *, language: Language = "en") -> Any:
        """:meth:`table` as a frame: ``"pandas"``, ``"polars"`` or ``"arrow"`` (each an extra).

        Raises
        ------
        InputError
            ``kind`` or ``language`` isn't known.
        ImportError
            The library isn't installed; the message names the extra.
        """
        from repayplan.edges.frames import figured, frame_of

        return frame_of(figured(self.table(language), 0), kind)


def timetable(programme: Programme, calendar: Calendar, *, as_of: Any) -> Timetable:
    """When phases and tasks of a programme are, and where they stand on a day.

    Parameters
    ----------
    programme
        Phases by their offsets.
    calendar
        Whose working days count.
    as_of
        The day: what was done later isn't done yet.

    Raises
    ------
    InputError
        A day that isn't one, or that the calendar doesn't cover.

    Examples
    --------
    >>> from repayplan.basics.calendars import WEEKENDS
    >>> programme = Programme.example("negotiated-repayment").done("policy", "2026-03-05")
    >>> plan = timetable(programme, WEEKENDS, as_of="2026-03-12")
    >>> for line in plan.tasks[:3]:
    ...     print(line.due, line.name, line.status)
    2026-03-11 training_intake late
    2026-03-13 forms open
    2026-03-13 policy done
    """
    one_rule("programme", programme, Programme)
    one_rule("calendar", calendar, Calendar)
    today = day("as_of", as_of)
    phases, tasks = [], []
    for phase in programme.phases:
        begins, ends = programme.days(phase, calendar)
        mine = []
        for task in phase.tasks:
            due = ends if task.due is None else programme.day(task.due, phase.counted, calendar)
            done = task.done if task.done is not None and task.done <= today else None
            status: TaskStatus = "late" if due < today else "open"
            if done is not None:
                status = "done" if done <= due else "done_late"
            mine.append(
                TaskLine(
                    name=task.name,
                    phase=phase.name,
                    sort=task.sort,
                    owners=task.owners,
                    en=task.en,
                    zh=task.zh,
                    due=due,
                    done=done,
                    status=status,
                )
            )
        tasks += mine
        phases.append(
            PhaseLine(
                name=phase.name,
                owners=phase.owners,
                begins=begins,
                ends=ends,
                status="to_come" if today < begins else "running" if today <= ends else "over",
                tasks=len(mine),
                done=sum(each.done is not None for each in mine),
            )
        )
    return Timetable(
        programme=programme,
        as_of=today,
        phases=tuple(phases),
        tasks=tuple(sorted(tasks, key=lambda each: (each.due, each.name))),
    )
