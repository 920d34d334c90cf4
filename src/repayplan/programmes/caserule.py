"""What a programme's cases go through: stages, the steps between them, what each step wants, time allowed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from importlib.resources import files
from typing import Any, Literal, get_args

import numpy as np

from repayplan.ability.figures import each_once, one_of, one_text, texts, values, whole
from repayplan.basics.arguments import one_date
from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Ints
from repayplan.basics.ruletext import read_rules
from repayplan.basics.rulewriting import write_rules
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
MOST_NAMES = 62
"""Names in a closed list: each has a bit of an integer."""
NOT_ALLOWED = -1


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


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRule:
    """What the cases of a programme go through, as data.

    Parameters
    ----------
    stages
        Where a case may stand.
    steps
        Which events may come in which stage, and where they lead; an event that isn't among them is out of
        turn. Where ``offer_expired`` may come, an offer expires by itself the day after its last day.
    levels
        How long cases may stand in stages; of each stage at most one.
    needs
        What has to be there before steps are taken.
    items, channels, roles
        Closed lists of what events say; a list without a name takes none.
    opens, closes
        The first and the last day on which applications are taken; None: without end. One that is received
        on another day is refused by itself, on that day.
    source
        Where that is written.

    Raises
    ------
    InputError
        A name twice or unknown, no beginning, two ways from one stage by one kind, a window that ends before
        it begins, or a window where what was received can't be refused.

    Examples
    --------
    >>> rule = CaseRule.example("negotiated-repayment")
    >>> [stage.name for stage in rule.stages][:3], rule.channels[0].zh
    (['received', 'completed', 'handed_over'], '网点')
    """

    stages: tuple[CaseStage, ...]
    steps: tuple[CaseStep, ...]
    levels: tuple[ServiceLevel, ...] = ()
    needs: tuple[CaseNeed, ...] = ()
    items: tuple[CaseItem, ...] = ()
    channels: tuple[CaseName, ...] = ()
    roles: tuple[CaseName, ...] = ()
    opens: date | None = None
    closes: date | None = None
    source: str

    def __post_init__(self) -> None:
        for name, kind, some in (
            ("stages", CaseStage, True),
            ("steps", CaseStep, True),
            ("levels", ServiceLevel, False),
            ("needs", CaseNeed, False),
            ("items", CaseItem, False),
            ("channels", CaseName, False),
            ("roles", CaseName, False),
        ):
            given: tuple[Any, ...] = values(
                f"cases.{name}", getattr(self, name), kind, f"{kind.__name__} s", some=some
            )
            object.__setattr__(self, name, given)
            if len(given) > MOST_NAMES and name != "steps":
                raise InputError(Code.OUT_OF_RANGE, f"cases.{name}", len(given), f"at most {MOST_NAMES}")
        for name, key in (("stages", "name"), ("items", "name"), ("channels", "name"), ("roles", "name")):
            each_once(f"cases.{name}", [each.name for each in getattr(self, name)], "each once", f".{key}")
        each_once("cases.levels", [level.stage for level in self.levels], "each stage once", ".stage")
        each_once("cases.needs", [need.before for need in self.needs], "each kind once", ".before")
        said("cases.source", self.source)
        stages, items = [each.name for each in self.stages], [each.name for each in self.items]
        for level in self.levels:
            one_of("cases.levels.stage", level.stage, stages)
        for need in self.needs:
            for item in need.items:
                one_of("cases.needs.items", item, items)
        for step in self.steps:
            for stage in (*step.after, *(() if step.to is None else (step.to,))):
                one_of("cases.steps", stage, stages)
        self._check_steps()
        self._check_window()

    def _check_steps(self) -> None:
        taken: list[tuple[str | None, str]] = []
        for i, step in enumerate(self.steps):
            for stage in step.after or (None,):
                if (stage, step.kind) in taken:
                    rule = f"one way from {stage or 'the beginning'} by {step.kind}"
                    raise InputError(Code.DUPLICATE, f"cases.steps[{i}]", step.kind, rule)
                taken.append((stage, step.kind))
        if all(step.after for step in self.steps):
            raise InputError(Code.MISSING, "cases.steps.after", None, "a step that begins a case: after none")

    def _check_window(self) -> None:
        for name in ("opens", "closes"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, one_date(f"cases.{name}", getattr(self, name)))
        if self.opens is None and self.closes is None:
            return
        if self.opens is not None and self.closes is not None and self.closes < self.opens:
            raise InputError(Code.DATES_OUT_OF_ORDER, "cases.closes", self.closes, f">= {self.opens}")
        table = self.table
        led_to = table[:, CASE_KIND_INDEX["received"]]
        if (table[led_to[led_to >= 0], CASE_KIND_INDEX["refused"]] < 0).any():
            rule = "refused may follow received, where applications have a window"
            raise InputError(Code.MISSING, "cases.steps", "refused", rule)

    @property
    def table(self) -> Ints:
        """int64 (stages + 1, kinds): the stage that a kind leads to; -1: it may not come.

        Stage 0 is that of a case that hasn't begun, stage ``i`` the rule's ``i - 1``.
        """
        place = {stage.name: i for i, stage in enumerate(self.stages, 1)}
        table = np.full((len(self.stages) + 1, len(CASE_KINDS)), NOT_ALLOWED)
        for step in self.steps:
            kind = CASE_KIND_INDEX[step.kind]
            for at in [place[name] for name in step.after] or [0]:
                table[at, kind] = at if step.to is None else place[step.to]
        return table

    @property
    def window(self) -> str:
        """The days on which applications are taken, as text; empty: all."""
        if self.opens is not None and self.closes is not None:
            return f"{self.opens} to {self.closes}"
        bounds = ((">=", self.opens), ("<=", self.closes))
        return "".join(f"{sign} {day}" for sign, day in bounds if day is not None)

    def within(self, opens: Any, closes: Any) -> CaseRule:
        """The same for applications of a window, such as a programme's intake."""
        return replace(self, opens=opens, closes=closes)

    @classmethod
    def loads(cls, text: str, *, source: str = "cases") -> CaseRule:
        """Reads TOML text; ``source`` names it in errors."""
        return read_rules(cls, text, source=source)

    def dumps(self) -> str:
        """The rule as TOML; :meth:`loads` gives it back."""
        return write_rules(self)

    @classmethod
    def example(cls, name: str) -> CaseRule:
        """A rule that ships with the package: ``"negotiated-repayment"``.

        Raises
        ------
        InputError
            There is none of that name.
        """
        one_of("name", name, ("negotiated-repayment",))
        file = f"{name}-cases.toml"
        text = files("repayplan.data").joinpath("programmes", file).read_text(encoding="utf-8")
        return cls.loads(text, source=file)


def _kinds(name: str, given: Any) -> tuple[Any, ...]:
    """A list of kinds of events, each once."""
    kinds = texts(name, given)
    for kind in kinds:
        one_of(name, kind, CASE_KINDS[:-1])
    each_once(name, kinds, "each kind once")
    return kinds
