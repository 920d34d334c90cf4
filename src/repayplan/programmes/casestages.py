"""What a case rule is made of: kinds of events, names, stages, steps, needs and time allowed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

from repayplan.ability.figures import each_once, one_of, one_text, texts, whole
from repayplan.basics.errors import Code, InputError
from repayplan.offers.hardship import said

CaseKind = Literal[
    "received",
    "contact",
    "completed",
    "handed_over",
    "opinion",
    "returned",
    "approved",
    "refused",
    "offer_made",
    "offer_accepted",
    "offer_expired",
    "signed",
    "copy_delivered",
    "monthly_review",
    "closed",
    "reversal",
]
CASE_KINDS: tuple[CaseKind, ...] = get_args(CaseKind)
"""Kinds of events; columns hold the index. Of one day, without a time, they happen in this order."""
CASE_KIND_INDEX: dict[str, int] = {name: i for i, name in enumerate(CASE_KINDS)}
Counted = Literal["calendar_days", "working_days"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseName:
    """A name of a closed list, for people: a channel, a role.

    Parameters
    ----------
    name
        What events call it.
    en, zh
        What people call it.

    Raises
    ------
    InputError
        A text that says nothing.
    """

    name: str
    en: str
    zh: str

    def __post_init__(self) -> None:
        for key in ("name", "en", "zh"):
            said(f"cases.{key}", getattr(self, key))


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseItem:
    """Something that an event may bring: a document, what was explained, what was acknowledged.

    Parameters
    ----------
    name
        What events call it.
    brought_by
        Kinds of events that may bring it.
    en, zh
        What people call it.

    Raises
    ------
    InputError
        A text that says nothing, a kind that isn't known, none, or one twice.
    """

    name: str
    brought_by: tuple[CaseKind, ...]
    en: str
    zh: str

    def __post_init__(self) -> None:
        for key in ("name", "en", "zh"):
            said(f"cases.items.{key}", getattr(self, key))
        object.__setattr__(self, "brought_by", _kinds("cases.items.brought_by", self.brought_by))
        if not self.brought_by:
            raise InputError(Code.MISSING, "cases.items.brought_by", None, "at least one kind of event")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseStage:
    """Where a case may stand.

    Parameters
    ----------
    name
        What steps call it.
    en, zh
        What people call it.
    follows
        The kind of event that comes next in the ordinary course; None: nothing has to.

    Raises
    ------
    InputError
        A text that says nothing, a kind that isn't known.
    """

    name: str
    en: str
    zh: str
    follows: CaseKind | None = None

    def __post_init__(self) -> None:
        for key in ("name", "en", "zh"):
            said(f"cases.stages.{key}", getattr(self, key))
        if self.follows is not None:
            one_of("cases.stages.follows", self.follows, CASE_KINDS[:-1])


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseStep:
    """Which events may come in which stages, and where they lead.

    Parameters
    ----------
    kind
        Of the event.
    after
        Stages in which it may come; none: it begins a case.
    to
        The stage that it leads to; None: it changes no stage.

    Raises
    ------
    InputError
        A kind that isn't known, or a reversal; a stage twice; a case that begins and stands nowhere.
    """

    kind: CaseKind
    after: tuple[str, ...] = ()
    to: str | None = None

    def __post_init__(self) -> None:
        one_of("cases.steps.kind", self.kind, CASE_KINDS[:-1])
        after = texts("cases.steps.after", self.after)
        each_once("cases.steps.after", after, "each stage once")
        object.__setattr__(self, "after", after)
        if self.to is not None:
            one_text("cases.steps.to", self.to)
        elif not after:
            raise InputError(Code.MISSING, "cases.steps.to", None, "the stage in which a case begins")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseNeed:
    """What has to be there before a step is taken.

    A step that is taken without it is taken all the same: what is lacking is said of the case.

    Parameters
    ----------
    before
        The kind of event.
    items
        Names of :class:`CaseItem` s.
    steps
        Kinds of events.

    Raises
    ------
    InputError
        A kind that isn't known; something twice; nothing.
    """

    before: CaseKind
    items: tuple[str, ...] = ()
    steps: tuple[CaseKind, ...] = ()

    def __post_init__(self) -> None:
        one_of("cases.needs.before", self.before, CASE_KINDS[:-1])
        items = texts("cases.needs.items", self.items)
        each_once("cases.needs.items", items, "each item once")
        object.__setattr__(self, "items", items)
        object.__setattr__(self, "steps", _kinds("cases.needs.steps", self.steps))
        if not items and not self.steps:
            raise InputError(Code.MISSING, "cases.needs.items", None, "items or steps")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLevel:
    """How long a case may stand in a stage.

    Parameters
    ----------
    stage
        Which.
    days
        So many, counted from the day after it came there; the last of them is in time.
    counted
        ``"calendar_days"`` or ``"working_days"``.

    Raises
    ------
    InputError
        A number out of range, another way to count.
    """

    stage: str
    days: int
    counted: Counted = "working_days"

    def __post_init__(self) -> None:
        one_text("cases.levels.stage", self.stage)
        whole("cases.levels.days", self.days, 0, 366, "days")
        one_of("cases.levels.counted", self.counted, get_args(Counted))


def _kinds(name: str, given: Any) -> tuple[Any, ...]:
    """A list of kinds of events, each once."""
    kinds = texts(name, given)
    for kind in kinds:
        one_of(name, kind, CASE_KINDS[:-1])
    each_once(name, kinds, "each kind once")
    return kinds
