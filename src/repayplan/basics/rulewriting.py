"""Rules as TOML and JSON: the way out, by the type hints of their fields."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from repayplan.basics.ruleshape import hints_of, kind_of, shape
from repayplan.basics.tomlkeys import key_text, quoted

UNSAID = "unsaid"
"""In a field's metadata: the value that a rule's canonical form leaves out, where it isn't the default."""


def write_rules(rule: Any) -> str:
    """A rule as TOML text, from which :func:`read_rules` makes an equal one.

    Every field is written but those that are None, or empty by default.

    Raises
    ------
    TypeError
        A value that no text has, as a float, or None where None isn't the default.

    Examples
    --------
    >>> from repayplan.basics.rounding import Rounding
    >>> print(write_rules(Rounding(interest="down")), end="")
    instalment = "half_up"
    interest = "down"
    fee = "half_up"
    interest_per = "period"
    residue = "last"
    """
    return "\n".join(_lines(_table(rule), "")).strip() + "\n"


def canonical(rule: Any) -> str:
    """A rule as one line of JSON: equal for equal rules, however they were written, and for no others.

    What is as it would be without being said isn't said: a rule stays the same where a later version knows
    more fields.
    """
    # A number and its text are two values where both may stand.
    return json.dumps(
        _table(rule, whole=False),
        sort_keys=True,
        ensure_ascii=False,
        default=lambda bare: {"bare": _bare(bare)},
    )


def as_record(value: Any) -> dict[str, Any]:
    """A dataclass as what JSON has: numbers with a point and dates as text, nothing that is as by default.

    Raises
    ------
    TypeError
        A number or a date where text may stand too, which couldn't be told from it.

    Examples
    --------
    >>> from repayplan.basics.rounding import Rounding
    >>> as_record(Rounding(interest="down", fee_multiple="0.10"))
    {'interest': 'down', 'fee_multiple': '0.1'}
    """
    record: dict[str, Any] = json.loads(json.dumps(_table(value, whole=False)))
    return record


def inline(value: Any) -> str:
    """Any value of a rule on one line, as TOML has it.

    Examples
    --------
    >>> inline(("a", Decimal("0.50"), {"b": True}))
    '["a", "0.5", {b = true}]'
    """
    return _inline(_plain(value, None))


def _table(rule: Any, *, whole: bool = True) -> dict[str, Any]:
    """A dataclass as a table of what TOML knows; unless ``whole``, without what is as by default."""
    out, hints = {}, hints_of(type(rule))
    for each in fields(rule):
        item = getattr(rule, each.name)
        if each.name not in hints or (item, each.default) == ((), ()):
            continue
        if not whole and by_default(each, item):
            continue
        if item is not None:
            out[each.name] = _plain(item, hints[each.name], whole=whole)
        elif each.default is not None:
            msg = f"{type(rule).__name__}.{each.name}: no text says None, since it isn't the default"
            raise TypeError(msg)
    return out


def by_default(field: Field[Any], item: Any) -> bool:
    """Whether a field of a dataclass is as it would be if it weren't given."""
    if UNSAID in field.metadata:
        return bool(item == field.metadata[UNSAID])
    if field.default_factory is not MISSING:
        return bool(item == field.default_factory())
    return field.default is not MISSING and bool(item == field.default)


_AS_THEY_ARE = (str, int, bool)
"""What TOML knows itself, and most values are."""


def _plain(value: Any, hint: Any, *, whole: bool = True) -> Any:
    """Values as TOML knows them. Decimal and date are text, unless the text would stay text when read."""
    if type(value) in _AS_THEY_ARE:
        return value
    of = None if hint is None else shape(hint)
    if is_dataclass(value) and not isinstance(value, type):
        return _table(value, whole=whole)
    if isinstance(value, Mapping):
        return {key: _plain(item, of and of.entries, whole=whole) for key, item in value.items()}
    if isinstance(value, tuple | list):
        hints = (of and of.items_of(len(value))) or (None,) * len(value)
        return [_plain(item, each, whole=whole) for item, each in zip(value, hints, strict=True)]
    if kind_of(value) in (Decimal, date):
        text = _bare(value)
        return value if of is not None and of.takes(text) else text
    if kind_of(value) is not None:
        return value
    msg = f"no text says {value!r}"
    raise TypeError(msg)


def _bare(value: Decimal | date) -> str:
    if isinstance(value, date):
        return value.isoformat()
    text = f"{value:f}" if value else "0"  # normalize() would round to the ambient context
    return text.rstrip("0").rstrip(".") if "." in text else text


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key_text(key)} = {_inline(item)}' for key, item in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_inline, value))}]"
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, Decimal):
        text = _bare(value)
        return text if "." in text else f"{text}.0"  # a whole number is another kind
    return str(value).lower() if isinstance(value, bool) else str(value)


def _lines(table: Mapping[str, Any], path: str) -> list[str]:
    """TOML lines of a table: its own keys first, then tables below it."""
    own, below = [], []
    for key, value in table.items():
        name = key_text(key)
        if isinstance(value, dict):
            below += ["", f"[{path}{name}]", *_lines(value, f"{path}{name}.")]
        elif isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            for item in value:
                below += ["", f"[[{path}{name}]]", *_lines(item, f"{path}{name}.")]
        else:
            own.append(f"{name} = {_inline(value)}")
    return own + below
