"""What may stand in a rule's fields, as the type hints of its dataclass say."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from repayplan.basics.errors import Code, PolicyError
from repayplan.basics.tomlkeys import Path, dotted

LEAVES: dict[type, str] = {
    bool: "true or false",
    int: "a whole number",
    Decimal: "a number",
    date: "a date, YYYY-MM-DD",
    str: "text",
}
"""Kinds of single values, and what to call one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What one type hint allows.

    Attributes
    ----------
    optional
        Whether the value may be None, which no text has: its key is left out.
    leaves
        Kinds of single values, of :data:`LEAVES`.
    words
        The values of a ``Literal``.
    forms
        Dataclasses, of which the keys of a table choose one: of the hint, or derived from a class in it.
    items, repeated
        Hints of what stands in a tuple, where it may be one; whether the only one is for any number of them.
    entries
        The hint of a mapping's values, where it may be one with keys of text.
    """

    optional: bool
    leaves: tuple[type, ...]
    words: tuple[Any, ...]
    forms: tuple[type[Any], ...]
    items: tuple[Any, ...] | None
    repeated: bool
    entries: Any

    @property
    def needed(self) -> str:
        """In words."""
        words = [f"one of {', '.join(map(str, self.words))}"] if self.words else []
        single = [LEAVES[leaf] for leaf in self.leaves]
        several = (
            ["a list"] if self.repeated else [] if self.items is None else [f"{len(self.items)} in a list"]
        )
        tables = ["a table"] if self.forms or self.entries is not None else []
        return " or ".join([*words, *single, *several, *tables])

    def items_of(self, count: int) -> tuple[Any, ...] | None:
        """A hint for each of so many items of a tuple; None: there can't be so many."""
        if self.items is not None and self.repeated:
            return self.items * count
        return self.items if self.items is not None and len(self.items) == count else None

    def takes(self, value: Any) -> bool:
        """Whether a single value fits as it is."""
        kind = kind_of(value)
        if any(kind is kind_of(word) and value == word for word in self.words):
            return True
        return kind in self.leaves and (kind is not Decimal or value.is_finite())


def kind_of(value: Any) -> type | None:
    """The kind of a single value; True is no number, and a day with a time is no date.

    Examples
    --------
    >>> kind_of(True), kind_of(1), kind_of(0.5)
    (<class 'bool'>, <class 'int'>, None)
    """
    if (kind := type(value)) in LEAVES:
        return kind
    if isinstance(value, datetime):
        return None
    return next((leaf for leaf in LEAVES if isinstance(value, leaf)), None)


@cache
def shape(hint: Any) -> Shape:
    """A type hint taken apart.

    Raises
    ------
    TypeError
        What the hint allows has no form in a text, or two that can't be told apart: a float, two kinds of
        tuples, a mapping beside a dataclass.

    Examples
    --------
    >>> shape(Decimal | Literal["none"] | None).needed
    'one of none or a number'
    """
    options = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    of = {option: get_origin(option) for option in options}
    words = [option for option in options if of[option] is Literal]
    forms = {option: found for option in options if isinstance(option, type) and (found := _forms(option))}
    tuples = [get_args(option) for option in options if of[option] is tuple]
    tables = [get_args(option) for option in options if of[option] is Mapping]
    leaves = [option for option in options if option in LEAVES]
    known = len(words) + len(forms) + len(tuples) + len(tables) + len(leaves) + (NoneType in options)
    if known < len(options) or len(tuples) > 1 or len(tables) + bool(forms) > 1:
        msg = f"a rule's text can't say what may be {hint}"
        raise TypeError(msg)
    if tables and tables[0][0] is not str:
        msg = f"keys of a table are text, not {tables[0][0]}"
        raise TypeError(msg)
    items = tuples[0] if tuples else None
    repeated = items is not None and items[-1:] == (...,)
    return Shape(
        optional=NoneType in options,
        leaves=tuple(leaves),
        words=tuple(word for option in words for word in get_args(option)),
        forms=tuple(form for found in forms.values() for form in found),
        items=items[:1] if items is not None and repeated else items,
        repeated=repeated,
        entries=tables[0][1] if tables else None,
    )


def _forms(kind: type[Any]) -> list[type[Any]]:
    """A dataclass; of a class that only dataclasses are derived from, all of those that are known."""
    if is_dataclass(kind):
        # What a class with slots was made from isn't in its module.
        return [kind] if getattr(sys.modules.get(kind.__module__), kind.__name__, kind) is kind else []
    if kind.__module__ == "builtins":
        return []
    return [form for derived in kind.__subclasses__() for form in _forms(derived)]


@cache
def _fields(rule: Any) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    hints, given = get_type_hints(rule), [each for each in fields(rule) if each.init]
    needed = (each for each in given if each.default is MISSING and each.default_factory is MISSING)
    return {each.name: hints[each.name] for each in given}, tuple(each.name for each in needed)


def hints_of(rule: Any) -> Mapping[str, Any]:
    """The type hint of each field of a dataclass that is given when it is made, in order."""
    return _fields(rule)[0]


def needed_by(rule: Any) -> tuple[str, ...]:
    """The fields of a dataclass that have no default."""
    return _fields(rule)[1]


def rules_in(rule: type[Any]) -> tuple[type[Any], ...]:
    """A dataclass and all that may stand in it, at any depth, each once."""
    found: dict[type[Any], None] = {}
    left: list[Any] = [rule]
    while left:
        of = shape(left.pop())
        left += [*(of.items or ()), *([] if of.entries is None else [of.entries])]
        for form in of.forms:
            if form not in found:
                found[form] = None
                left += hints_of(form).values()
    return tuple(found)


def misfits(hint: Any, value: Any, path: Path = ()) -> Iterator[tuple[Path, Any, str]]:
    """What doesn't fit its hint: where, what stands there, and what is needed.

    What is inside a dataclass has been looked at when that was made.

    Examples
    --------
    >>> list(misfits(tuple[int, ...], (1, True, 2)))
    [((1,), True, 'a whole number')]
    """
    of = shape(hint)
    if isinstance(value, tuple):
        hints = of.items_of(len(value))
        inside = None if hints is None else dict(enumerate(zip(hints, value, strict=True)))
    elif isinstance(value, Mapping):
        fits = of.entries is not None and all(isinstance(key, str) for key in value)
        inside = {key: (of.entries, item) for key, item in value.items()} if fits else None
    else:
        fits = of.optional if value is None else isinstance(value, of.forms) or of.takes(value)
        inside = {} if fits else None
    if inside is None:
        yield path, value, of.needed
    else:
        for key, (each, item) in inside.items():
            yield from misfits(each, item, (*path, key))


def check_kinds(rule: Any, where: str = "") -> None:
    """PolicyError unless each field of a dataclass holds what its type hint says; lists become tuples first.

    Parameters
    ----------
    rule
        For its ``__post_init__``; what is inside other dataclasses has been looked at when they were made.
    where
        What stands before the field's name in the error (``"arrears."``).

    Examples
    --------
    >>> @dataclass(frozen=True, kw_only=True)
    ... class Cap:
    ...     months: int
    ...
    ...     def __post_init__(self):
    ...         check_kinds(self, "cap.")
    >>> Cap(months=6.0)
    Traceback (most recent call last):
    repayplan.basics.errors.PolicyError: cap.months=6.0: a whole number is needed here [unknown_value]
    """
    for name, hint in hints_of(type(rule)).items():
        given = _frozen(getattr(rule, name))
        object.__setattr__(rule, name, given)
        for path, value, needed in misfits(hint, given, (name,)):
            code = Code.MISSING if value is None else Code.UNKNOWN_VALUE
            raise PolicyError(code, f"{where}{dotted(path)}", value, f"{needed} is needed here")


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list | tuple) else value
