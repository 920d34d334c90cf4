"""Plans from the command line or a TOML file: one for all loans, or several by name, and their due dates."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from repayplan.basics.calendars import WEEKENDS, Calendar, Holidays
from repayplan.basics.duedates import DueDates
from repayplan.basics.errors import Code, InputError, PolicyError
from repayplan.basics.rounding import Rounding
from repayplan.basics.rulefile import text_of
from repayplan.basics.ruletext import read_tables
from repayplan.basics.tomlkeys import key_text
from repayplan.basics.visible import shortened
from repayplan.edges.calendars import public_holidays
from repayplan.plans.text import parse_plan
from repayplan.plans.unknown import known

if TYPE_CHECKING:
    from collections.abc import Mapping

    from repayplan.plans.stage import Plan

SUFFIX = ".toml"
KEYS = ("plan", "plans", "rounding", "due_dates")
_OF_DATES = tuple(each.name for each in fields(DueDates))
_CALENDARS = 'the text "weekends", or a table: country and years, or dates, name, source, first and last'


@dataclass(frozen=True, slots=True)
class PlanFile:
    """Plans by name, how their amounts are rounded, and how due dates are set.

    Parameters
    ----------
    plans
        At least one. Where there are several, a loan says which it has.
    rounding, due_dates
        For all of them.

    Examples
    --------
    >>> PlanFile.loads('plan = "equal_instalment(24)"').plans
    {'plan': equal_instalment(24)}
    >>> made = PlanFile.loads('''
    ... [plans]
    ... standard = "equal_instalment(24)"
    ... relief = "holiday(3, interest='capitalise') + equal_instalment(24)"
    ... [rounding]
    ... instalment = "up"
    ... [due_dates]
    ... business_day = "following"
    ... calendar = "weekends"
    ... ''')
    >>> list(made.plans), made.rounding.instalment, made.due_dates.business_day
    (['standard', 'relief'], 'up', 'following')
    """

    plans: Mapping[str, Plan]
    rounding: Rounding = Rounding()
    due_dates: DueDates = DueDates()

    @classmethod
    def read(cls, given: str) -> PlanFile:
        """A plan's text, or the name of a TOML file (one that ends with ``.toml``).

        Raises
        ------
        InputError
            The text is no plan, or one with something UNKNOWN; or the file can't be read, or says something
            else.
        """
        if not given.lower().endswith(SUFFIX):
            plan = parse_plan(given)
            plan.check()
            known(plan)
            return cls({"plan": plan})
        try:
            text = text_of(given)
        except PolicyError as error:
            raise InputError(error.code, "plan", given, error.rule) from None
        return cls.loads(text, source=given)

    @classmethod
    def loads(cls, text: str, *, source: str = "plans") -> PlanFile:
        """Reads TOML text: ``plan``, or a table ``plans`` of several, ``rounding`` and ``due_dates``.

        ``due_dates`` has the fields of :class:`~repayplan.DueDates`. Its ``calendar`` is ``"weekends"``, or a
        table: ``country`` and ``years`` (and ``subdivision``) as of
        :func:`~repayplan.edges.calendars.public_holidays`, or what :class:`~repayplan.Holidays` takes.

        Parameters
        ----------
        source
            Names the text in errors.

        Raises
        ------
        InputError
            Not TOML, an unknown key, no plan, or both ``plan`` and ``plans``; a text that is no plan; a
            rounding or a rule for due dates that isn't one.
        """
        data = read_tables(text, source=source)
        for key in data:
            if key not in KEYS:
                raise InputError(
                    Code.UNKNOWN_VALUE, key_text(key), None, f"{source}: one of {', '.join(KEYS)}"
                )
        if ("plan" in data) == ("plans" in data):
            raise InputError(Code.MISSING, "plan", None, f"{source}: plan, or a table plans, is needed")
        several = data.get("plans", {"plan": data.get("plan")})
        if not isinstance(several, dict) or not several:
            raise InputError(Code.UNKNOWN_VALUE, "plans", None, f"{source}: a table of plans by name")
        return cls(
            {name: _plan(name, each, source) for name, each in several.items()},
            _rounding(data, source),
            read_due_dates(data.get("due_dates", {}), source),
        )

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the plans take values from."""
        return tuple(dict.fromkeys(name for plan in self.plans.values() for name in plan.columns))


def _plan(name: str, text: Any, source: str) -> Plan:
    where = name if name == "plan" else f"plans.{name}"
    if not isinstance(text, str):
        raise InputError(Code.UNKNOWN_VALUE, where, text, f"{source}: the text of a plan")
    try:
        plan = parse_plan(text)
        plan.check()
        known(plan)
    except InputError as error:
        field = where if error.field == "plan" else f"{where}.{error.field}"
        raise InputError(error.code, field, error.value, f"{source}: {error.rule}") from None
    return plan


def _rounding(data: Mapping[str, Any], source: str) -> Rounding:
    given = data.get("rounding", {})
    if not isinstance(given, dict):
        raise InputError(Code.UNKNOWN_VALUE, "rounding", given, f"{source}: a table")
    try:
        return Rounding(**given)
    except InputError as error:
        raise InputError(error.code, error.field, error.value, f"{source}: {error.rule}") from None
    except TypeError as error:
        raise InputError(Code.UNKNOWN_VALUE, "rounding", None, f"{source}: {shortened(error)}") from None


def read_due_dates(given: Any, source: str) -> DueDates:
    """The rule for due dates that a table says.

    Raises
    ------
    InputError
        Not a table, a key or a calendar that isn't known, or what :class:`~repayplan.DueDates` refuses.
    """
    if not isinstance(given, dict):
        raise InputError(Code.UNKNOWN_VALUE, "due_dates", given, f"{source}: a table")
    for key in given:
        if key not in _OF_DATES:
            raise InputError(
                Code.UNKNOWN_VALUE,
                f"due_dates.{key_text(key)}",
                None,
                f"{source}: one of {', '.join(_OF_DATES)}",
            )
    try:
        calendar = {"calendar": _calendar(given["calendar"])} if "calendar" in given else {}
        return DueDates(**given | calendar)
    except InputError as error:
        raise InputError(error.code, error.field, error.value, f"{source}: {error.rule}") from None


def _calendar(given: Any) -> Calendar:
    if given == WEEKENDS.name:
        return WEEKENDS
    field = "due_dates.calendar"
    if not isinstance(given, dict):
        raise InputError(Code.UNKNOWN_VALUE, field, given, _CALENDARS)
    try:
        return public_holidays(**given) if "country" in given else Holidays(**given)
    except InputError as error:
        raise InputError(error.code, f"{field}.{error.field}", error.value, error.rule) from None
    except TypeError as error:
        raise InputError(Code.UNKNOWN_VALUE, field, None, f"{_CALENDARS}; {shortened(error)}") from None


def dates_said(pairs: Mapping[str, str]) -> DueDates:
    """The rule for due dates that KEY=VALUE pairs of the command line say.

    Examples
    --------
    >>> dates_said(
    ...     {"business_day": "modified_following", "adjusted": "true", "calendar": "weekends"}
    ... ).adjusted
    True
    """
    read = {"true": True, "false": False}
    table: dict[str, Any] = {}
    for name, text in pairs.items():
        value: Any = read.get(text, text)
        if name == "day" and text.isdecimal():
            value = int(text)
        if name == "given":
            value = tuple(each.strip() for each in text.split(","))
        table[name] = value
    return read_due_dates(table, "--due-dates")
