"""Phases of a programme, and the tasks in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from repayplan.ability.figures import day, one_of, values, whole
from repayplan.offers.hardship import said
from repayplan.programmes.casestages import Counted

PhaseName = Literal[
    "preparation", "promotion", "intake", "review", "negotiation_and_signing", "tracking", "summing_up"
]
PHASES: dict[str, tuple[str, str]] = {
    "preparation": ("Preparation", "准备阶段"),
    "promotion": ("Promotion", "宣传阶段"),
    "intake": ("Intake", "受理阶段"),
    "review": ("Review", "审核阶段"),
    "negotiation_and_signing": ("Negotiation and signing", "协商签约阶段"),
    "tracking": ("Tracking", "跟踪阶段"),
    "summing_up": ("Summing-up", "总结阶段"),
}
"""Phases, and what people call them in English and Chinese."""
TaskSort = Literal["material", "training", "task"]
MOST_OFFSET, MOST_MONTHS = 750, 120


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammeTask:
    """One line of a phase's checklist.

    Parameters
    ----------
    name
        What it is called by, once in the programme.
    sort
        ``"material"`` to be there, ``"training"`` to be held, or another ``"task"``.
    owner, owner_zh
        Who sees to it; None: called the same in Chinese.
    due
        By when, an offset as the phase counts; None: by the end of the phase.
    done
        When it was done; None: it isn't.
    en, zh
        What people call it.

    Raises
    ------
    InputError
        A text that says nothing, another sort, an offset out of range, no date.
    """

    name: str
    sort: TaskSort
    owner: str
    owner_zh: str | None = None
    due: int | None = None
    done: date | None = None
    en: str
    zh: str

    def __post_init__(self) -> None:
        for key in ("name", "owner", "en", "zh"):
            said(f"phases.tasks.{key}", getattr(self, key))
        if self.owner_zh is not None:
            said("phases.tasks.owner_zh", self.owner_zh)
        one_of("phases.tasks.sort", self.sort, get_args(TaskSort))
        if self.due is not None:
            whole("phases.tasks.due", self.due, -MOST_OFFSET, MOST_OFFSET, "days")
        if self.done is not None:
            object.__setattr__(self, "done", day("phases.tasks.done", self.done))

    @property
    def owners(self) -> tuple[str, str]:
        """Who sees to it, in English and Chinese."""
        return self.owner, self.owner_zh or self.owner


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammePhase:
    """One phase.

    Parameters
    ----------
    name
        One of :data:`PHASES`.
    begins, ends
        Its first and last day, as offsets from the start of the programme. A negative one is before it.
    counted
        ``"working_days"``: 0 is the start, or the first working day after it; ``"calendar_days"``.
    owner, owner_zh
        Who sees to it; None: called the same in Chinese.
    tasks
        Its checklist.

    Raises
    ------
    InputError
        Another phase, an owner that says nothing, an offset out of range, an end before its beginning.
    """

    name: PhaseName
    begins: int
    ends: int
    counted: Counted = "working_days"
    owner: str
    owner_zh: str | None = None
    tasks: tuple[ProgrammeTask, ...] = ()

    def __post_init__(self) -> None:
        one_of("phases.name", self.name, PHASES)
        said("phases.owner", self.owner)
        if self.owner_zh is not None:
            said("phases.owner_zh", self.owner_zh)
        one_of("phases.counted", self.counted, get_args(Counted))
        whole("phases.begins", self.begins, -MOST_OFFSET, MOST_OFFSET, "days")
        whole("phases.ends", self.ends, self.begins, MOST_OFFSET, "days")
        tasks = values("phases.tasks", self.tasks, ProgrammeTask, "ProgrammeTask s", some=False)
        object.__setattr__(self, "tasks", tasks)

    @property
    def owners(self) -> tuple[str, str]:
        """Who sees to it, in English and Chinese."""
        return self.owner, self.owner_zh or self.owner
