"""Loans, households, applications and events as JSON data, and back without loss."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

import numpy as np

from repayplan.ability.household import Household
from repayplan.ability.itemkinds import Cost, Debt, Deduction, Income
from repayplan.ability.obligor import Obligor
from repayplan.accounts.event import Event
from repayplan.basics.calendars import NO_CALENDAR, WEEKENDS, Holidays
from repayplan.basics.duedates import DueDates
from repayplan.basics.errors import Code, InputError, PolicyError
from repayplan.basics.fixedrates import FixedRate, PromotionalRate, SteppedRate
from repayplan.basics.index import Index
from repayplan.basics.linkedrate import LinkedRate
from repayplan.basics.rate import Rate
from repayplan.basics.rounding import Rounding
from repayplan.basics.ruleshape import needed_by
from repayplan.basics.ruletext import each_key_once
from repayplan.basics.rulewriting import by_default
from repayplan.plans.loan import Loan
from repayplan.plans.stage import Plan
from repayplan.plans.text import parse_plan
from repayplan.programmes.caseevent import CaseEvent
from repayplan.reviews.application import Application

T = TypeVar("T")
MOST_BYTES = 16 * 2**20
"""No file of data that is read is larger."""
MOST_DEEP = 60
"""Values stand inside one another this deep at most."""
_ITEMS = (Cost, Deduction, Income, Debt)
_KINDS: dict[str, type[Any]] = {
    kind.__name__: kind
    for kind in (
        *(Loan, Household, Obligor, *_ITEMS, Application, Event, CaseEvent),
        *(Rate, FixedRate, SteppedRate, PromotionalRate, LinkedRate, Index, DueDates, Rounding, Holidays),
    )
}
_AS_GIVEN: dict[type[Any], tuple[str, ...]] = {
    Household: ("net_income", "gross_income", "costs", "other_debts"),
    Obligor: ("share",),
    Application: ("evidence", "columns"),
    Loan: ("columns",),
    **dict.fromkeys(_ITEMS, ("amount", "verified", "start", "until", "balance", "arrears")),
}
"""Fields that keep what they were given: there a number isn't its text. All others read text as a value."""
_SEVERAL = ("tuple", "Sequence", "Mapping", "Any")
"""In the type hint of a field that takes more than one value."""
_CALENDARS = {calendar.name: calendar for calendar in (NO_CALENDAR, WEEKENDS)}
_NUMBER = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?")


def to_json(data: Any) -> bytes:
    """JSON in one form only: keys in order, UTF-8, line feeds, an indent of two.

    Raises
    ------
    InputError
        Half of a surrogate pair in a text.

    Examples
    --------
    >>> print(to_json({"b": "元", "a": [1]}).decode(), end="")
    {
      "a": [
        1
      ],
      "b": "元"
    }
    """
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, indent=2, allow_nan=False)
    try:
        return f"{text}\n".encode()
    except UnicodeEncodeError as error:
        half = error.object[error.start : error.end]
        raise InputError(Code.UNKNOWN_VALUE, "text", half, "text that UTF-8 can say") from None


def from_json(raw: bytes, source: str) -> Any:
    """JSON data; each key once, not too deep, not too long.

    Raises
    ------
    PolicyError
        It isn't that; ``source`` names it.
    """
    if len(raw) > MOST_BYTES:
        raise _fault(source, "", Code.OUT_OF_RANGE, f"at most {MOST_BYTES} bytes are read")
    try:
        data = json.loads(raw.decode(), object_pairs_hook=each_key_once, parse_constant=_no_constant)
        _not_too_deep(data)
        if b"\\u" in raw:  # half of a surrogate pair is no text
            json.dumps(data, ensure_ascii=False).encode()
    except RecursionError:
        raise _fault(source, "", Code.OUT_OF_RANGE, "values stand too deep inside one another") from None
    except ValueError as error:
        raise _fault(source, "", Code.UNKNOWN_VALUE, f"not JSON: {error}") from None
    return data


def _no_constant(name: str) -> Any:
    msg = f"{name} is no number"
    raise ValueError(msg)


def _not_too_deep(data: Any) -> None:
    level = [data]
    for _ in range(MOST_DEEP):
        inside = [each for each in level if isinstance(each, (dict, list))]
        level = [item for each in inside for item in (each.values() if isinstance(each, dict) else each)]
        if not level:
            return
    raise RecursionError


def _fault(source: str, field: str, code: Code, rule: str, value: object = None) -> PolicyError:
    return PolicyError(code, field or source, value, rule, source=source)


def as_data(value: Any, name: str) -> Any:
    """One of our values, or a tuple of them, as what JSON has; ``name`` is its field in errors.

    A dataclass is an object that says in ``@is`` which; what is as it would be without being said isn't said,
    so that a later version with more fields reads the same. Amounts, rates and dates are text; where a number
    or a date was given to a field that keeps what it is given, ``{"@number": "1500"}`` and ``{"@date":
    "2026-03-02"}`` tell it from text. A plan is the text that it prints.

    Raises
    ------
    InputError
        Something that data can't say: a function, such as a day count or a calendar of one's own, or a value
        that isn't one of text, numbers and dates.

    Examples
    --------
    >>> as_data(Cost("rent", Decimal("900")), "cost")["amount"]
    {'@number': '900'}
    """
    return _data(value, name, given=True)


def _data(value: Any, name: str, *, given: bool) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, Decimal) and value.is_finite() and abs(value.adjusted()) < 40:
        text = f"{value:f}"
        if _NUMBER.fullmatch(text):
            return {"@number": text} if given else text
    if isinstance(value, datetime):
        return {"@time": value.isoformat()} if given else value.isoformat()
    if isinstance(value, date):
        return {"@date": value.isoformat()} if given else value.isoformat()
    if isinstance(value, (tuple, list)):
        return [_data(item, f"{name}[{i}]", given=given) for i, item in enumerate(value)]
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {_escaped(key): _data(item, f"{name}.{key}", given=given) for key, item in value.items()}
    if isinstance(value, Plan):
        return _plan(value, name)
    for called, calendar in _CALENDARS.items():
        if value is calendar:
            return {"@calendar": called}
    if is_dataclass(value) and _KINDS.get(type(value).__name__) is type(value):
        return _of_dataclass(value, name)
    rule = (
        f"text, numbers, dates and values of repayplan that are data can be kept, not {type(value).__name__}"
    )
    raise InputError(Code.UNKNOWN_VALUE, name, None, rule)


def _of_dataclass(value: Any, name: str) -> dict[str, Any]:
    kept = _AS_GIVEN.get(type(value), ())
    data = {
        each.name: _data(getattr(value, each.name), f"{name}.{each.name}", given=each.name in kept)
        for each in fields(value)
        if each.init and not by_default(each, getattr(value, each.name))
    }
    return {"@is": type(value).__name__, **data}


def _plan(plan: Plan, name: str) -> dict[str, Any]:
    text = repr(plan)
    try:
        same = parse_plan(text) == plan
    except InputError:
        same = False
    if not same:
        raise InputError(Code.UNKNOWN_VALUE, name, text, "a plan that its text says: no arrays in it")
    return {"@plan": text}


def _escaped(key: str) -> str:
    return f"@{key}" if key.startswith("@") else key


def from_data(data: Any, kind: type[T] | tuple[type[T], ...], source: str, field: str = "") -> T:
    """What :func:`as_data` wrote, of one kind or another of several.

    Raises
    ------
    PolicyError
        It isn't that, naming ``source`` and the field.

    Examples
    --------
    >>> from_data(as_data(Cost("rent", Decimal("900")), "cost"), Cost, "a.json").amount
    Decimal('900')
    """
    with refused(source, field):
        made = _value(data, source, field)
    if not isinstance(made, kind):
        kinds = kind if isinstance(kind, tuple) else (kind,)
        rule = f"{' or '.join(each.__name__ for each in kinds)} is needed here"
        raise _fault(source, field, Code.UNKNOWN_VALUE, rule)
    return made


@contextmanager
def refused(source: str, field: str = "") -> Iterator[None]:
    """Whatever a value refuses, as an error about the source that it was read from."""
    try:
        yield
    except PolicyError as error:
        if error.source is not None:
            raise
        named = f"{field}.{error.field}" if field else error.field
        raise PolicyError(error.code, named, error.value, error.rule, source=source) from None
    except InputError as error:
        named = f"{field}.{error.field}" if field else error.field
        raise PolicyError(
            error.code, named, error.value, error.rule, limit=error.limit, source=source
        ) from None
    except (TypeError, ValueError, AttributeError, ArithmeticError, LookupError, RecursionError) as error:
        said = " ".join(str(error).split()) or type(error).__name__
        raise _fault(source, field, Code.UNKNOWN_VALUE, f"can't be meant: {said}") from None


def _value(data: Any, source: str, field: str) -> Any:
    if isinstance(data, list):
        return tuple(_value(item, source, f"{field}[{i}]") for i, item in enumerate(data))
    if not isinstance(data, dict):
        return data
    marks = [key for key in data if key.startswith("@") and not key.startswith("@@")]
    if not marks:
        return {key.removeprefix("@"): _value(item, source, _below(field, key)) for key, item in data.items()}
    mark, said = marks[0], data[marks[0]]
    if mark == "@is" and len(marks) == 1:
        return _made(data, source, field)
    if len(data) == 1 and isinstance(said, str):
        if mark == "@number" and _NUMBER.fullmatch(said):
            return Decimal(said)
        if mark == "@date":
            return date.fromisoformat(said)
        if mark == "@time":
            return datetime.fromisoformat(said)
        if mark == "@plan":
            return parse_plan(said)
        if mark == "@calendar" and said in _CALENDARS:
            return _CALENDARS[said]
    raise _fault(source, _below(field, mark), Code.UNKNOWN_VALUE, "no such mark, or another value of it")


def _made(data: dict[str, Any], source: str, field: str) -> Any:
    kind = _KINDS.get(str(data["@is"]))
    if kind is None:
        rule = f"one of {', '.join(_KINDS)}"
        raise _fault(source, _below(field, "@is"), Code.UNKNOWN_VALUE, rule, str(data["@is"]))
    known = {each.name: str(each.type) for each in fields(kind) if each.init}
    for name, item in data.items():
        if name not in (*known, "@is"):
            raise _fault(source, _below(field, name), Code.UNKNOWN_VALUE, f"one of {', '.join(known)}")
        several = isinstance(item, list) or (
            isinstance(item, dict) and not any(key[:1] == "@" for key in item)
        )
        if several and not any(hint in known[name] for hint in _SEVERAL):
            raise _fault(source, _below(field, name), Code.UNKNOWN_VALUE, "one value is needed here")
    given = {name: _value(data[name], source, _below(field, name)) for name in known if name in data}
    for name in needed_by(kind):
        if name not in data:
            raise _fault(source, _below(field, name), Code.MISSING, "this field is needed")
    with refused(source, field):
        return kind(**given)


def _below(field: str, name: str) -> str:
    return f"{field}.{name}" if field else name
