"""A programme as it is planned: phases, owners, checklists, a budget by month, goals; read from TOML."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

import numpy as np

from repayplan.ability.figures import day, decimal, each_once, one_currency, one_of, values, whole
from repayplan.basics.businessdays import LOOK
from repayplan.basics.calendars import Calendar, coverage
from repayplan.basics.dates import DAY
from repayplan.basics.errors import Code, InputError, Language, which
from repayplan.basics.money import MAX_DECIMALS, USUAL_DECIMALS, decimals_of, exact_sum
from repayplan.basics.rulefile import text_of
from repayplan.basics.ruletext import read_rules
from repayplan.basics.rulewriting import UNSAID, write_rules
from repayplan.offers.hardship import said
from repayplan.programmes.budget import CATEGORIES, Category
from repayplan.programmes.caserule import CaseRule
from repayplan.programmes.casestages import Counted
from repayplan.programmes.goal import Goal
from repayplan.programmes.phases import MOST_MONTHS, PhaseName, ProgrammePhase


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCost:
    """One line of the budget.

    Parameters
    ----------
    name
        What it is called by, once in the programme.
    category
        One of :data:`CATEGORIES`.
    by_month
        What is planned for each month from the start on, currency units.
    en, zh
        What people call it.

    Raises
    ------
    InputError
        A text that says nothing, another category, no month or too many, an amount that is none.
    """

    name: str
    category: Category
    by_month: tuple[Decimal, ...]
    en: str
    zh: str

    def __post_init__(self) -> None:
        for key in ("name", "en", "zh"):
            said(f"budget.{key}", getattr(self, key))
        one_of("budget.category", self.category, CATEGORIES)
        given: Any = self.by_month
        if not isinstance(given, (tuple, list)) or not given or len(given) > MOST_MONTHS:
            raise InputError(Code.OUT_OF_RANGE, "budget.by_month", given, f"1 to {MOST_MONTHS} amounts")
        read = tuple(decimal(f"budget.by_month[{i}]", each) for i, each in enumerate(given))
        object.__setattr__(self, "by_month", read)

    @property
    def plan(self) -> Decimal:
        """Of all months."""
        return exact_sum(self.by_month)


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """A programme as it is planned, and what of it is done.

    Parameters
    ----------
    name, name_zh
        What people call it.
    start
        The day from which offsets count.
    phases
        Each at most once.
    budget
        Lines, by month.
    goals
        What is to be reached, set at the start.
    currency
        Of the budget, by its code in ISO 4217 (``"EUR"``).
    decimals
        Of the currency, 0 to 8; as it is, those of its minor unit in ISO 4217 (2 of EUR, 0 of JPY). Others
        are taken where they are said, as a policy takes them.

    Raises
    ------
    InputError
        A text that says nothing; something twice; no code of a currency, or amounts finer than it.

    Examples
    --------
    >>> from repayplan.basics.calendars import WEEKENDS
    >>> programme = Programme.example("negotiated-repayment")
    >>> [str(day) for day in programme.window(WEEKENDS)]
    ['2026-03-30', '2026-04-24']
    """

    name: str
    name_zh: str
    start: date
    phases: tuple[ProgrammePhase, ...]
    budget: tuple[PlannedCost, ...] = ()
    goals: tuple[Goal, ...] = ()
    currency: str
    decimals: int = field(default=cast("int", None), metadata={UNSAID: USUAL_DECIMALS})

    def __post_init__(self) -> None:
        for key in ("name", "name_zh"):
            said(key, getattr(self, key))
        one_currency("currency", self.currency)
        places: int | None = self.decimals
        if places is None:
            object.__setattr__(self, "decimals", decimals_of(self.currency))
        object.__setattr__(self, "start", day("start", self.start))
        whole("decimals", self.decimals, 0, MAX_DECIMALS, "decimals")
        for name, kind in (("phases", ProgrammePhase), ("budget", PlannedCost), ("goals", Goal)):
            given: tuple[Any, ...] = values(
                name, getattr(self, name), kind, f"{kind.__name__} s", some=name == "phases"
            )
            object.__setattr__(self, name, given)
        each_once("phases", [phase.name for phase in self.phases], "each phase once", ".name")
        tasks = [task.name for phase in self.phases for task in phase.tasks]
        each_once("phases.tasks", tasks, "each name once in a programme", ".name")
        each_once("budget", [line.name for line in self.budget], "each name once", ".name")
        each_once("goals", [(each.figure, each.group) for each in self.goals], "each figure once")
        for line in self.budget:
            for i, amount in enumerate(line.by_month):
                decimal(f"budget.by_month[{i}]", amount, places=self.decimals)

    def day(self, offset: int, counted: Counted, calendar: Calendar) -> date:
        """The day of an offset.

        Raises
        ------
        InputError
            The calendar doesn't cover it.
        """
        if counted == "calendar_days":
            return self.start + timedelta(days=offset)
        start, far = int(np.datetime64(self.start, "D").astype(np.int64)), (abs(offset) + 1) * (LOOK + 1)
        first, last = start - (far if offset < 0 else 0), start + far
        if calendar.first is not None:
            first = max(first, int(calendar.first.astype(np.int64)))
        if calendar.last is not None:
            last = min(last, int(calendar.last.astype(np.int64)))
        days = np.arange(first, last + 1).astype(DAY)
        open_ones = days[calendar.business(days)]
        place = int(np.searchsorted(open_ones, np.datetime64(self.start, "D"))) + offset
        if not first <= start <= last or not 0 <= place < len(open_ones):
            rule = f"within what the calendar {calendar.name} covers: {coverage(calendar)}"
            raise InputError(Code.OUT_OF_RANGE, "phases", f"{offset} working days from {self.start}", rule)
        reached: date = open_ones[place].item()
        return reached

    def phase(self, name: PhaseName) -> ProgrammePhase:
        """One of the phases.

        Raises
        ------
        InputError
            The programme doesn't have it.
        """
        known = {phase.name: phase for phase in self.phases}
        one_of("phase", name, known)
        return known[name]

    def days(self, phase: ProgrammePhase, calendar: Calendar) -> tuple[date, date]:
        """The first and the last day of a phase."""
        return self.day(phase.begins, phase.counted, calendar), self.day(phase.ends, phase.counted, calendar)

    def window(self, calendar: Calendar) -> tuple[date, date]:
        """The first and the last day of intake."""
        return self.days(self.phase("intake"), calendar)

    def case_rule(self, rule: CaseRule, calendar: Calendar) -> CaseRule:
        """A rule of cases that takes applications in the programme's intake only."""
        return rule.within(*self.window(calendar))

    def done(self, task: str, on: Any) -> Programme:
        """The same, with a task that was done on a day.

        Raises
        ------
        InputError
            There is no task of that name.
        """
        one_of("task", task, [each.name for phase in self.phases for each in phase.tasks])
        phases = tuple(
            replace(
                phase,
                tasks=tuple(replace(each, done=on) if each.name == task else each for each in phase.tasks),
            )
            for phase in self.phases
        )
        return replace(self, phases=phases)

    def title(self, language: Language) -> str:
        """What people of a language call it."""
        return (self.name, self.name_zh)[which(language)]

    @classmethod
    def loads(cls, text: str, *, source: str = "programme") -> Programme:
        """Reads TOML text; ``source`` names it in errors."""
        return read_rules(cls, text, source=source)

    @classmethod
    def load(cls, path: str | Path) -> Programme:
        """Reads a TOML file; what is wrong in it is named with the file, the line and the key."""
        return cls.loads(text_of(path), source=str(path))

    def dumps(self) -> str:
        """The programme as TOML; :meth:`loads` gives it back."""
        return write_rules(self)

    @classmethod
    def example(cls, name: str) -> Programme:
        """A programme that ships with the package: ``"negotiated-repayment"``.

        Raises
        ------
        InputError
            There is none of that name.
        """
        one_of("name", name, ("negotiated-repayment",))
        file = files("repayplan.data").joinpath("programmes", f"{name}.toml")
        return cls.loads(file.read_text(encoding="utf-8"), source=f"{name}.toml")
