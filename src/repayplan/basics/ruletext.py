"""Rules from TOML and JSON: any frozen dataclass, by the type hints of its fields."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from repayplan.basics.errors import Code, InputError, PolicyError
from repayplan.basics.ruleshape import Shape, hints_of, kind_of, misfits, needed_by, shape
from repayplan.basics.sizes import MAX_KEYS, MAX_RECORD, MAX_RULES
from repayplan.basics.tomlkeys import Path, dotted, key_lines, line_of, quoted

T = TypeVar("T")
_NAMES = re.compile(
    rf"""(?<![\w"'-]) (?: (?: [\w-]++ | "[^"\n]*" | '[^'\n]*' ) [ \t]*\.[ \t]* ){{{MAX_KEYS}}}""", re.VERBOSE
)
"""Of a name with more keys the parser takes a time that grows with their square."""
_AT_LINE = re.compile(r"at line ([0-9]+)")
_PARTS = re.compile(r"\[([0-9]+)\]|([^.\[\]]+)")
"""Of a name as ``limit.tiers[2].percent``: the keys, and the places in lists."""


def read_rules(rule: type[T], text: str, *, source: str) -> T:
    r"""A rule from TOML text.

    A key is a field. A dataclass is a table; where several may stand, the one that has all keys of the table
    as fields, and all of whose needed fields are given. A tuple is a list, a mapping a table. A number may
    also stand in quotes, and so may a date, unless text may stand there. Nothing else is changed into
    another kind.

    Parameters
    ----------
    rule
        A dataclass whose fields have type hints of the kinds that :func:`~repayplan.basics.ruleshape.shape`
        takes, or a class that several are derived from.
    text
        TOML 1.0.
    source
        Names the text in errors: a file mostly.

    Raises
    ------
    PolicyError
        The text isn't TOML, a key isn't known or is missing, no form or more than one fits a table, or a
        value is refused, by its type hint or by the dataclass (with the code that it gives in Python too).
        It names source, line and key.

    Examples
    --------
    >>> from repayplan.basics.rounding import Rounding
    >>> read_rules(Rounding, 'fee_multiple = "0.05"', source="a.toml").fee_multiple
    Decimal('0.05')
    >>> read_rules(Rounding, 'fee = "up"\nfee_multiples = 1', source="a.toml")
    Traceback (most recent call last):
    repayplan.basics.errors.PolicyError: a.toml:2: fee_multiples = 1: no such key; there are instalment,
    interest, instalment_multiple, interest_multiple, fee, fee_multiple, interest_per, residue [unknown_value]
    """
    tables = read_tables(text, source=source)
    with _not_too_deep(source):
        return _Reader(tables, source, text).made(rule)


def read_record(record: type[T], text: str, *, source: str) -> T:
    """A value from JSON text, as of :func:`as_record`; what :func:`read_rules` takes, it takes as well.

    Raises
    ------
    PolicyError
        The text isn't one JSON object, or it says a key twice; and as of :func:`read_rules`, without lines.

    Examples
    --------
    >>> from repayplan.basics.rounding import Rounding
    >>> read_record(Rounding, '{"fee_multiple": "0.05"}', source="a.json").fee_multiple
    Decimal('0.05')
    """
    _check_text(text, source, "JSON", MAX_RECORD)
    with _not_too_deep(source):
        try:
            found = json.loads(text, parse_float=_number, object_pairs_hook=each_key_once)
        except ValueError as error:
            says = f"not JSON: {error}"
            raise PolicyError(Code.UNKNOWN_VALUE, source, None, says, source=source) from None
        if not isinstance(found, dict):
            says = "one object is needed"
            raise PolicyError(Code.UNKNOWN_VALUE, source, None, says, source=source)
        return _Reader(found, source).made(record)


def each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object from its pairs; ValueError where a key is there twice."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            msg = f"the key {quoted(key)} is there twice"
            raise ValueError(msg)
        found[key] = value
    return found


def _check_text(text: Any, source: str, kind: str, most: int) -> None:
    """PolicyError where it isn't text, or too much of it."""
    if not isinstance(text, str if kind == "TOML" else (str, bytes)):
        code = Code.MISSING if text is None else Code.UNKNOWN_VALUE
        raise PolicyError(code, source, text, f"{kind} text", source=source)
    if len(text) > most:
        rule = f"{kind} text of at most {most} characters, not {len(text)}"
        raise PolicyError(Code.OUT_OF_RANGE, source, None, rule, source=source)


@contextmanager
def _not_too_deep(source: str) -> Iterator[None]:
    try:
        yield
    except RecursionError:
        raise _too_deep(source) from None


def _too_deep(source: str) -> PolicyError:
    says = "tables or lists stand too deep inside one another"
    return PolicyError(Code.UNKNOWN_VALUE, source, None, says, source=source)


def read_tables(text: str, *, source: str) -> dict[str, Any]:
    """TOML text as tables; numbers with a point or an exponent are Decimal.

    Raises
    ------
    PolicyError
        It isn't text, or not TOML; it has more than :data:`~repayplan.basics.sizes.MAX_RULES` characters,
        more than :data:`~repayplan.basics.sizes.MAX_KEYS` keys in one name, or tables too deep inside one
        another.

    Examples
    --------
    >>> read_tables("share = 0.10", source="a.toml")
    {'share': Decimal('0.10')}
    """
    _check_text(text, source, "TOML", MAX_RULES)
    long = _NAMES.search(text)
    if long:
        where = text.count("\n", 0, long.start()) + 1
        says = f"a name of more than {MAX_KEYS} keys"
        raise PolicyError(Code.OUT_OF_RANGE, source, None, says, source=source, line=where)
    try:
        return tomllib.loads(text, parse_float=_number)
    except RecursionError:
        raise _too_deep(source) from None
    except ValueError as error:  # of a whole number with thousands of digits Python's own
        said = str(error)
        found = _AT_LINE.search(said)
        line = int(found[1]) if found else text.count("\n") + 1 if "end of document" in said else None
        said = f"not TOML: {said}"
        raise PolicyError(Code.UNKNOWN_VALUE, source, None, said, source=source, line=line) from None


def _number(text: str) -> Decimal:
    """Exact; where its exponent is beyond all that Decimal knows, infinite, which no rule takes."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal("inf")


def meant(hint: Any, given: Any, *, source: str) -> Any:
    """What a value means where a type hint says what may stand, as :func:`read_rules` takes it.

    Raises
    ------
    PolicyError
        A table in it is refused; ``source`` is the key that it names.

    Examples
    --------
    >>> meant(Decimal | None, "0.50", source="share"), meant(tuple[str, ...], ["a"], source="covers")
    (Decimal('0.50'), ('a',))
    """
    return _Reader({source: given}, source).value(hint, given, (source,))


class _Reader:
    """Tables as rules; the text that they are from has the lines for errors."""

    def __init__(self, tables: dict[str, Any], source: str, text: str | None = None) -> None:
        self.tables, self.source, self.text = tables, source, text

    def made(self, rule: type[T]) -> T:
        """What all of the tables say."""
        made: T = self.value(rule, self.tables, ())
        return made

    def rule(self, made: type[Any], path: Path = ()) -> Any:
        """A dataclass from the table at a path."""
        table = self._given(path)
        hints = hints_of(made)
        for key in table:
            if key not in hints:
                raise self.fault(
                    (*path, key), Code.UNKNOWN_VALUE, f"no such key; there are {', '.join(hints)}"
                )
        values = {key: self.value(hints[key], item, (*path, key)) for key, item in table.items()}
        for key in needed_by(made):
            if key not in values:
                raise self.fault((*path, key), Code.MISSING, "this key is needed")
        wrong = [each for key, item in values.items() for each in misfits(hints[key], item, (*path, key))]
        # What the dataclass says of a value comes first: it has the same code as in Python.
        try:
            value = made(**values)
        except InputError as error:
            raise self.refused(error, self._named(error.field, hints, path)) from None
        except (TypeError, ValueError, AttributeError, ArithmeticError, LookupError):
            if not wrong:
                raise
        for where, _, needed in wrong:
            raise self.fault(where, Code.UNKNOWN_VALUE, f"{needed} is needed here")
        return value

    def value(self, hint: Any, given: Any, path: Path) -> Any:
        """What a value of the text means; itself where it can't be meant, for the dataclass to refuse."""
        of = shape(hint)
        if isinstance(given, dict) and of.forms:
            return self.rule(self._form(of.forms, given, path), path)
        if isinstance(given, dict) and of.entries is not None:
            return {key: self.value(of.entries, item, (*path, key)) for key, item in given.items()}
        if isinstance(given, list):
            hints = of.items_of(len(given))
            if hints is None:
                return tuple(given)
            return tuple(
                self.value(*pair, (*path, i)) for i, pair in enumerate(zip(hints, given, strict=True))
            )
        return _meant(of, given)

    def _form(self, forms: tuple[type[Any], ...], table: Mapping[str, Any], path: Path) -> type[Any]:
        """The one of several dataclasses that a table's keys are of."""
        if len(forms) == 1:
            return forms[0]
        fit = [f for f in forms if set(needed_by(f)) <= table.keys() <= hints_of(f).keys()]
        if len(fit) == 1:
            return fit[0]
        # Where one is nearer than all others, it says what is wrong: a key too many, or one that is needed.
        known = [len(table.keys() & hints_of(form).keys()) for form in forms]
        if not fit and known.count(max(known)) == 1:
            return forms[known.index(max(known))]
        listed = "; or ".join(_keys(form) for form in fit or forms)
        for key in table:
            if not any(key in hints_of(form) for form in forms):
                raise self.fault((*path, key), Code.UNKNOWN_VALUE, f"no such key; there are {listed}")
        lacking = not fit and any(table.keys() <= hints_of(form).keys() for form in forms)
        says = "several forms have these keys" if fit else "no form has just these keys"
        raise self.fault(path, Code.MISSING if lacking else Code.UNKNOWN_VALUE, f"{says}; there are {listed}")

    def _named(self, field: str, hints: Mapping[str, Any], path: Path) -> Path:
        """Where a dataclass's own name of a field ("limit.percent") stands in the text, or should."""
        depth = len(path)
        below = [each for each in key_lines(self.text or "") if each[:depth] == path and len(each) > depth]
        found = [each for each in below if f".{field}".endswith(f".{dotted(each[depth:])}")]
        if found:
            return max(found, key=len)
        parts = tuple(int(i) if i else name for i, name in _PARTS.findall(field))
        named = (parts[i:] for i in range(len(parts)) if _is_field(parts[i:], hints))
        return (*path, *next(named, ()))

    def _given(self, path: Path) -> Any:
        """What the text has at a path; None: nothing."""
        value: Any = self.tables
        for key in path:
            try:
                value = value[key]
            except (LookupError, TypeError):
                return None
        return value

    def fault(self, path: Path, code: Code, rule: str) -> PolicyError:
        """The error about a key."""
        return self.refused(InputError(code, dotted(path), None, rule), path)

    def refused(self, error: InputError, path: Path) -> PolicyError:
        """What is said of a value in Python, as an error about its key with its line."""
        given = self._given(path)
        return PolicyError(
            error.code,
            dotted(path) or error.field or self.source,
            # As the text has it; a whole table isn't shown.
            None if isinstance(given, dict) else error.value if given is None else given,
            error.rule,
            limit=error.limit,
            source=self.source,
            line=None if self.text is None else line_of(path, key_lines(self.text)),
        )


def _is_field(parts: Path, hints: Mapping[str, Any]) -> bool:
    """Whether these are the names of a field, of one in its dataclass or in one of a list, and so on."""
    first, rest = parts[0], parts[1:]
    if first not in hints:
        return False
    of = shape(hints[str(first)])
    while rest and isinstance(rest[0], int):
        if not of.items:
            return False
        of, rest = shape(of.items[0]), rest[1:]
    return not rest or any(_is_field(rest, hints_of(form)) for form in of.forms)


def _meant(of: Shape, given: Any) -> Any:
    """A single value, changed where only a number or a date is meant by it, and the change loses nothing."""
    if of.takes(given) or kind_of(given) not in (str, int):
        return given
    if Decimal in of.leaves:
        try:
            return Decimal(given)
        except InvalidOperation:
            pass
    if date in of.leaves and isinstance(given, str):
        try:
            return date.fromisoformat(given)
        except ValueError:
            pass
    return given


def _keys(form: type[Any]) -> str:
    """The keys of a form, in brackets those that may be left out."""
    needed = needed_by(form)
    free = [key for key in hints_of(form) if key not in needed]
    return ", ".join([*needed, *([f"[{', '.join(free)}]"] if free else [])])
