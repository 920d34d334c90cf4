"""What a programme's cases go through: stages, the steps between them, what each step wants, time allowed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from importlib.resources import files
from typing import Any

import numpy as np

from repayplan.ability.figures import each_once, one_of, values
from repayplan.basics.arguments import one_date
from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Ints
from repayplan.basics.ruletext import read_rules
from repayplan.basics.rulewriting import write_rules
from repayplan.offers.hardship import said
from repayplan.programmes.casestages import (
    CASE_KIND_INDEX,
    CASE_KINDS,
    CaseItem,
    CaseName,
    CaseNeed,
    CaseStage,
    CaseStep,
    ServiceLevel,
)

MOST_NAMES = 62
"""Names in a closed list: each has a bit of an integer."""
NOT_ALLOWED = -1


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
