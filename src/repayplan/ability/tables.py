"""Allowances as TOML tables, told apart by their keys; and those that ship with the package."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from decimal import Decimal
from functools import partial
from importlib.resources import files
from typing import Any

from repayplan.ability.allowance import Allowance
from repayplan.ability.heads import AgeBand
from repayplan.ability.norms import Band, EquivalenceScale, FixedAllowance, IncomeBands
from repayplan.ability.rule import AllowanceRule, GreaterOf, LesserOf, Multiple, SumOf
from repayplan.ability.selection import ByDate, ByRegion, Regional
from repayplan.basics.errors import Code, InputError, PolicyError

KEYS: dict[str, type[AllowanceRule]] = {
    **dict.fromkeys(("by_persons", "further_person"), Allowance),
    **dict.fromkeys(("adult_first", "adult_further", "child", "child_by_age", "dependant"), Allowance),
    "amount": FixedAllowance,
    **dict.fromkeys(("base", "adult_share", "child_shares"), EquivalenceScale),
    "bands": IncomeBands,
    "multiple_of": Multiple,
    "sum_of": SumOf,
    "greater_of": GreaterOf,
    "lesser_of": LesserOf,
    "by_region": ByRegion,
    "by_date": ByDate,
}
"""By which of its keys a table is which rule."""
_PARTS = {"child_by_age": AgeBand, "child_shares": AgeBand, "bands": Band, "by_region": Regional}
_RULE = ("multiple_of", "allowance")
_RULES = ("sum_of", "greater_of", "lesser_of", "by_date")
_FOLDER = "allowances"


def allowance_of(table: Any, *, source: str, path: str = "allowance") -> AllowanceRule:
    """The allowance that a TOML table says; which rule it is follows from its keys.

    Parameters
    ----------
    table
        As :mod:`tomllib` reads it; numbers as text, int or Decimal.
    source, path
        Name the file and the table in errors.

    Raises
    ------
    PolicyError
        Naming the file, the dotted key, the value and the rule.

    Examples
    --------
    >>> text = '''
    ... greater_of = [
    ...   { amount = "900", frequency = "monthly", covers = [], source = "own" },
    ...   { by_persons = ["800", "1000"], further_person = "100", covers = [], source = "own" },
    ... ]
    ... '''
    >>> from repayplan import Household
    >>> allowance_of(tomllib.loads(text), source="text").monthly(Household(adults=2, net_income="1"))
    Decimal('1000.00')
    """
    if not isinstance(table, Mapping):
        raise PolicyError(Code.UNKNOWN_VALUE, path, table, f"{source}: a table is needed here")
    for key, kind in KEYS.items():
        if key in table:
            made: AllowanceRule = _made(kind, source, table, path)
            return made
    rule = f"{source}: one of the keys {', '.join(KEYS)} says which rule it is"
    raise PolicyError(Code.MISSING, path, None, rule)


def _one(source: str, table: Mapping[str, Any], path: str) -> AllowanceRule:
    return allowance_of(table, source=source, path=path)


def _made(kind: type[Any], source: str, table: Mapping[str, Any], path: str) -> Any:
    """A value of a class from a table."""
    known = {f.name: f for f in fields(kind)}
    given: dict[str, Any] = {}
    for key, value in table.items():
        where = f"{path}.{key}"
        if key not in known:
            rule = f"{source}: no such key; there are {', '.join(known)}"
            raise PolicyError(Code.UNKNOWN_VALUE, where, value, rule)
        if key in _RULE:
            given[key] = allowance_of(value, source=source, path=where)
        elif key in _RULES:
            given[key] = _each(value, source, where, partial(_one, source))
        elif key in _PARTS:
            given[key] = _each(value, source, where, partial(_made, _PARTS[key], source))
        else:
            given[key] = tuple(value) if isinstance(value, list) else value
    for name, f in known.items():
        if name not in given and f.default is MISSING:
            raise PolicyError(Code.MISSING, f"{path}.{name}", None, f"{source}: this key is needed")
    try:
        return kind(**given)
    except InputError as error:
        # A value names its own field below "allowance"; here that is the table at this path.
        where = path + error.field.removeprefix("allowance")
        raise PolicyError(error.code, where, error.value, f"{source}: {error.rule}") from None


def _each(
    value: Any, source: str, path: str, make: Callable[[Mapping[str, Any], str], Any]
) -> tuple[Any, ...]:
    """What is made of each table of a list."""
    if not isinstance(value, list) or not all(isinstance(table, Mapping) for table in value):
        raise PolicyError(Code.UNKNOWN_VALUE, path, value, f"{source}: a list of tables is needed here")
    return tuple(make(table, f"{path}[{i}]") for i, table in enumerate(value))


def loads_allowance(text: str, *, source: str = "allowance") -> AllowanceRule:
    """An allowance from TOML text; ``source`` names it in errors.

    Raises
    ------
    PolicyError
        The text isn't TOML, or says no allowance.
    """
    try:
        table = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(Code.UNKNOWN_VALUE, source, None, f"not TOML: {error}") from None
    return allowance_of(table, source=source)


def allowance_example(name: str) -> AllowanceRule:
    """A published allowance that ships with the package, with its source and date.

    Examples
    --------
    >>> from repayplan import Household
    >>> allowance_example("us-irs-2025").monthly(Household(adults=2, children=(4,), net_income="1"))
    Decimal('1753.00')
    """
    resource = files("repayplan.data").joinpath(_FOLDER, f"{name}.toml")
    if not resource.is_file():
        known = ", ".join(allowance_examples())
        raise PolicyError(Code.UNKNOWN_VALUE, "example", name, f"one of {known}")
    return loads_allowance(resource.read_text(encoding="utf-8"), source=f"{name}.toml")


def allowance_examples() -> tuple[str, ...]:
    """Names of the allowances that ship with the package.

    Examples
    --------
    >>> allowance_examples()
    ('ie-2013', 'ie-2013-car', 'us-irs-2025', 'us-irs-2025-by-category', 'za-regulation-23a')
    """
    found = (entry.name for entry in files("repayplan.data").joinpath(_FOLDER).iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in found))
