"""A rule with other values at places named as its text names them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, TypeVar

import numpy as np

from repayplan.basics.errors import Code, InputError
from repayplan.basics.ruleshape import hints_of, misfits, shape
from repayplan.basics.ruletext import meant

T = TypeVar("T")
_PARTS = re.compile(r"\[([0-9]+)\]|([^.\[\]]+)")
_PATH = re.compile(r"[^.\[\]]+(\[[0-9]+\])*(\.[^.\[\]]+(\[[0-9]+\])*)*")


@dataclass(frozen=True, slots=True)
class _New:
    """A value that is put in a place, and the place as it was named."""

    path: str
    value: Any


def with_values(rule: T, values: Mapping[str, Any]) -> T:
    """A rule with some values in the place of its own; what holds them is checked once all are there.

    Parameters
    ----------
    rule
        A frozen dataclass; it stays as it is.
    values
        By place, as the rule's text and errors name it: ``"limit.percent"``, ``"concessions[1].floor"``. An
        item of a list may be named by what its first field says: ``"concessions.cut_rate.floor"``. Values
        are what Python takes there, or the text may say.

    Raises
    ------
    InputError
        Naming the place and the value: there is no such place, one lies within another, or the rule refuses
        the value.

    Examples
    --------
    >>> from repayplan.basics.rounding import Rounding
    >>> with_values(Rounding(), {"interest": "down", "fee_multiple": "0.05"}).fee_multiple
    Decimal('0.05')
    >>> with_values(Rounding(), {"interests": "down"})
    Traceback (most recent call last):
    repayplan.basics.errors.InputError: interests='down': no such key; there are instalment, interest,
    instalment_multiple, interest_multiple, fee, fee_multiple, interest_per, residue [unknown_value]
    """
    tree: dict[str, Any] = {}
    for path, value in values.items():
        if not _PATH.fullmatch(str(path)):
            raise InputError(Code.UNKNOWN_VALUE, "axes", path, "a dotted path, as limit.percent")
        new = _New(str(path), value.item() if isinstance(value, np.generic) else value)
        *above, last = (f"[{i}]" if i else name for i, name in _PARTS.findall(new.path))
        node = tree
        for part in above:
            node = node.setdefault(part, {})
            if isinstance(node, _New):
                raise _refused(new, Code.DUPLICATE, f"it lies within {node.path}")
        if last in node:
            raise _refused(new, Code.DUPLICATE, "another place lies within it, or is the same")
        node[last] = new
    made: T = _with(rule, type(rule), tree) if tree else rule
    return made


def value_at(rule: Any, path: str) -> Any:
    """What a rule says at a place.

    Examples
    --------
    >>> from repayplan.basics.rounding import Rounding
    >>> value_at(Rounding(), "interest")
    'half_up'
    """
    for i, name in _PARTS.findall(path):
        part = f"[{i}]" if i else name
        if is_dataclass(rule):
            rule = getattr(rule, part)
        elif isinstance(rule, Mapping):
            rule = rule[part]
        else:
            rule = rule[_place(rule, part, _New(path, None))]
    return rule


def _with(held: Any, hint: Any, new: Any) -> Any:
    """What is held in a place, with new values in it; or the new value itself."""
    if isinstance(new, _New):
        return _meant(hint, new)
    one = _first(new)
    if is_dataclass(held):
        hints = hints_of(type(held))
        for part, each in new.items():
            if part not in hints:
                rule = f"no such key; there are {', '.join(hints)}"
                raise _refused(_first(each), Code.UNKNOWN_VALUE, rule)
        inner = {part: _with(getattr(held, part), hints[part], each) for part, each in new.items()}
        return _made(held, hints, inner, new)
    if isinstance(held, tuple) and held:
        hints_in, items = shape(hint).items_of(len(held)), list(held)
        for part, each in new.items():
            at = _place(held, part, _first(each))
            items[at] = _with(held[at], None if hints_in is None else hints_in[at], each)
        return tuple(items)
    if isinstance(held, Mapping):
        of = shape(hint).entries
        for part, each in new.items():
            if part not in held:
                raise _refused(_first(each), Code.UNKNOWN_VALUE, f"no such key; there are {', '.join(held)}")
        return {**held, **{part: _with(held[part], of, each) for part, each in new.items()}}
    said = "nothing stands there" if held is None or held == () else "a single value stands there"
    raise _refused(one, Code.UNKNOWN_VALUE, f"{said}: give the whole of what it lies in")


def _place(items: tuple[Any, ...], part: str, new: _New) -> int:
    """The number of an item of a list."""
    if part.startswith("["):
        at = int(part[1:-1])
        if at < len(items):
            return at
        raise _refused(new, Code.OUT_OF_RANGE, f"there are {len(items)} in the list, counted from 0")
    names = [str(getattr(item, fields(item)[0].name)) if is_dataclass(item) else str(item) for item in items]
    if names.count(part) == 1:
        return names.index(part)
    said = "several have this name: by number" if part in names else f"there are {', '.join(names)}"
    raise _refused(new, Code.UNKNOWN_VALUE, said)


def _first(new: Any) -> _New:
    """The first of the values that are put in."""
    while not isinstance(new, _New):
        new = next(iter(new.values()))
    return new


def _meant(hint: Any, new: _New) -> Any:
    given = list(new.value) if isinstance(new.value, tuple) else new.value
    if hint is None:
        return given
    try:
        return meant(hint, given, source=new.path)
    except InputError as error:
        raise InputError(error.code, error.field, error.value, error.rule, limit=error.limit) from None


def _made(held: Any, hints: Mapping[str, Any], inner: dict[str, Any], new: Mapping[str, Any]) -> Any:
    """A dataclass with new values, all of them fit."""
    wrong = [(part, needed) for part, item in inner.items() for _, _, needed in misfits(hints[part], item)]
    # What the dataclass says of a value comes first: it has the same code as where it is made in Python.
    try:
        made = replace(held, **inner)
    except InputError as error:
        said = re.split(r"[.\[\]]+", error.field.rstrip("]"))
        blamed = next((part for part in new if part in said), next(iter(new)))
        raise _refused(_first(new[blamed]), error.code, error.rule, error.limit) from None
    except (TypeError, ValueError, AttributeError, ArithmeticError, LookupError):
        if not wrong:
            raise
    for part, needed in wrong:
        raise _refused(_first(new[part]), Code.UNKNOWN_VALUE, f"{needed} is needed here")
    return made


def _refused(new: _New, code: Code, rule: str, limit: object = None) -> InputError:
    return InputError(code, new.path, new.value, rule, limit=limit)
