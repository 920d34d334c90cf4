"""Plans from the command line or a TOML file: one for all loans, or several by name."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from repayplan.basics.errors import Code, InputError
from repayplan.basics.rounding import Rounding
from repayplan.plans.text import parse_plan

if TYPE_CHECKING:
    from collections.abc import Mapping

    from repayplan.plans.stage import Plan

SUFFIX = ".toml"
KEYS = ("plan", "plans", "rounding")


@dataclass(frozen=True, slots=True)
class PlanFile:
    """Plans by name, and how their amounts are rounded.

    Parameters
    ----------
    plans
        At least one. Where there are several, a loan says which it has.
    rounding
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
    ... ''')
    >>> list(made.plans), made.rounding.instalment
    (['standard', 'relief'], 'up')
    """

    plans: Mapping[str, Plan]
    rounding: Rounding

    @classmethod
    def read(cls, given: str) -> PlanFile:
        """A plan's text, or the name of a TOML file (one that ends with ``.toml``).

        Raises
        ------
        InputError
            The text is no plan, or the file can't be read, or says something else.
        """
        if not given.lower().endswith(SUFFIX):
            plan = parse_plan(given)
            plan.check()
            return cls({"plan": plan}, Rounding())
        try:
            text = Path(given).read_text(encoding="utf-8-sig")  # some editors put a mark first
        except OSError as error:
            raise InputError(Code.MISSING, "plan", given, f"can't be read: {error.strerror}") from None
        except UnicodeDecodeError as error:
            raise InputError(Code.UNKNOWN_VALUE, "plan", given, f"not UTF-8: {error}") from None
        return cls.loads(text, source=given)

    @classmethod
    def loads(cls, text: str, *, source: str = "plans") -> PlanFile:
        """Reads TOML text: ``plan``, or a table ``plans`` of several, and ``rounding``.

        Parameters
        ----------
        source
            Names the text in errors.

        Raises
        ------
        InputError
            Not TOML, an unknown key, no plan, or both ``plan`` and ``plans``; a text that is no plan; a
            rounding that isn't one.
        """
        try:
            data = tomllib.loads(text, parse_float=Decimal)
        except tomllib.TOMLDecodeError as error:
            raise InputError(Code.UNKNOWN_VALUE, source, None, f"not TOML: {error}") from None
        for key in data:
            if key not in KEYS:
                raise InputError(Code.UNKNOWN_VALUE, key, None, f"{source}: one of {', '.join(KEYS)}")
        if ("plan" in data) == ("plans" in data):
            raise InputError(Code.MISSING, "plan", None, f"{source}: plan, or a table plans, is needed")
        several = data.get("plans", {"plan": data.get("plan")})
        if not isinstance(several, dict) or not several:
            raise InputError(Code.UNKNOWN_VALUE, "plans", None, f"{source}: a table of plans by name")
        return cls(
            {name: _plan(name, each, source) for name, each in several.items()}, _rounding(data, source)
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
        raise InputError(Code.UNKNOWN_VALUE, "rounding", None, f"{source}: {error}") from None
