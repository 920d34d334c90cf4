"""A condition on a fact, as a policy writes it: field, comparison, value; compared exactly."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from math import ceil, floor
from typing import Any, Literal, get_args

import numpy as np

from repayplan.ability.figures import day, one_text
from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Bools, Ints, brief
from repayplan.offers.facts import FACTS, GIVEN_KINDS, NUMBER_DECIMALS, NUMBERS, Column, Kind

Comparison = Literal["=", "!=", "<", "<=", ">", ">=", "in", "not_in", "between", "is_missing"]
_SEVERAL = ("in", "not_in", "between")
_ORDERED = ("<", "<=", ">", ">=", "between")
_LONGEST = 100  # characters of a number
_MOST = np.iinfo(np.int64).max  # no cell is as large


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One comparison of a fact with a value, or with several.

    Parameters
    ----------
    field
        A fact of :data:`~repayplan.offers.facts.FACTS`, or a column of the user's own.
    comparison
        ``=``, ``!=``, ``<``, ``<=``, ``>``, ``>=``; ``in`` and ``not_in`` a list; ``between`` two values,
        both included; ``is_missing``. Text and flags have no order.
    value, values
        What it is compared with: one value, or those of ``in``, ``not_in`` and ``between``. Text, a whole
        number, a Decimal or a date; kept as text. Money in currency units.
    kind
        What a column of the user's own holds: one of :data:`~repayplan.offers.facts.GIVEN_KINDS`; where it
        isn't given, what the value is.

    Raises
    ------
    InputError
        Naming the key, the value and the rule.

    Examples
    --------
    >>> late = Condition(field="days_past_due", comparison=">", value=90)
    >>> late.kind, late.value
    ('count', '90')
    >>> days = Column.count(np.array([90, 91, 0]), np.array([True, True, False]))
    >>> [mask.tolist() for mask in late.holds(days)]
    [[False, True, False], [True, True, False]]
    """

    field: str
    comparison: Comparison
    value: str = ""
    values: tuple[str, ...] = ()
    kind: Kind | None = None

    def __post_init__(self) -> None:
        one_text("condition.field", self.field)
        if self.comparison not in get_args(Comparison):
            rule = f"one of {', '.join(get_args(Comparison))}"
            raise InputError(Code.UNKNOWN_VALUE, "condition.comparison", self.comparison, rule)
        given = self._given()
        kind = self._kind(given)
        if kind in ("text", "flag") and self.comparison in _ORDERED:
            rule = f"{self.field} is {kind}, which has no order"
            raise InputError(Code.UNKNOWN_VALUE, "condition.comparison", self.comparison, rule)
        name = "condition.values" if self.comparison in _SEVERAL else "condition.value"
        plain = tuple(_plain(name, kind, value) for value in given)
        object.__setattr__(self, "kind", kind)
        object.__setattr__(self, "values", plain if self.comparison in _SEVERAL else ())
        object.__setattr__(self, "value", "" if self.comparison in _SEVERAL else "".join(plain))
        if self.comparison == "between" and _number(kind, plain[0]) > _number(kind, plain[1]):
            rule = "the smaller first"
            raise InputError(Code.OUT_OF_RANGE, "condition.values", ", ".join(plain), rule)

    def _given(self) -> tuple[Any, ...]:
        """The values that the comparison needs, as they were written."""
        one: Any = self.value
        several: Any = self.values
        if not isinstance(several, (tuple, list)):
            raise InputError(Code.UNKNOWN_VALUE, "condition.values", several, "a list")
        count = 2 if self.comparison == "between" else len(several) or 1
        wanted = {"is_missing": 0, **dict.fromkeys(_SEVERAL, count)}.get(self.comparison, 1)
        lists = self.comparison in _SEVERAL
        none = one is None or (isinstance(one, str) and not one.strip())
        if none and wanted and not lists:
            raise InputError(Code.MISSING, "condition.value", None, "what it is compared with")
        if not none and (lists or not wanted):
            raise InputError(Code.UNKNOWN_VALUE, "condition.value", one, f"{self.comparison} takes none")
        if lists and not several:
            raise InputError(Code.MISSING, "condition.values", None, "what it is compared with")
        if len(several) != (wanted if lists else 0):
            rule = f"{self.comparison} takes {wanted if lists else 'none'}"
            raise InputError(Code.UNKNOWN_VALUE, "condition.values", list(several), rule)
        return tuple(several) if lists else (one,) if wanted else ()

    def _kind(self, given: tuple[Any, ...]) -> Kind:
        """Of a known fact its own kind, of another column the one given, else what the values are."""
        if self.field in FACTS:
            own = FACTS[self.field].kind
            if self.kind not in (None, own):
                raise InputError(Code.UNKNOWN_VALUE, "condition.kind", self.kind, f"{self.field} is {own}")
            return own
        if self.kind is not None:
            if self.kind not in GIVEN_KINDS:
                rule = f"one of {', '.join(GIVEN_KINDS)}"
                raise InputError(Code.UNKNOWN_VALUE, "condition.kind", self.kind, rule)
            return self.kind
        kinds: set[Kind] = {_kind_of(value) for value in given}
        if len(kinds) > 1:
            raise InputError(Code.UNKNOWN_VALUE, "condition.values", list(given), "values of one kind")
        return kinds.pop() if kinds else "text"

    @property
    def needs_value(self) -> bool:
        """Whether it can only be judged where the fact is known."""
        return self.comparison != "is_missing"

    @property
    def limit(self) -> str:
        """What the fact is held against, in text."""
        if self.comparison == "between":
            return f"{self.values[0]} to {self.values[1]}"
        return ", ".join(self.values) or self.value

    def holds(self, column: Column) -> tuple[Bools, Bools]:
        """Where the condition holds, and where the fact is known at all; it holds nowhere else.

        Raises
        ------
        TypeError
            The column is of another kind.
        """
        if column.kind != self.kind:
            msg = f"{self.field} is {self.kind}, the column {column.kind}"
            raise TypeError(msg)
        if self.comparison == "is_missing":
            return ~column.given, np.ones(len(column.given), np.bool_)
        return self._compared(column) & column.given, column.given

    def _compared(self, column: Column) -> Bools:
        x, kind = column.cells, column.kind
        if self.comparison in ("!=", "not_in"):
            return ~self._found(column)
        if self.comparison in ("=", "in"):
            return self._found(column)
        if self.comparison == "between":
            low, high = (_units(_number(kind, value), column.scale) for value in self.values)
            return np.asarray((x >= low[1]) & (x <= high[0]))
        below, above = _units(_number(kind, self.value), column.scale)
        if self.comparison == "<":
            return np.asarray(x < above)
        if self.comparison == "<=":
            return np.asarray(x <= below)
        return np.asarray(x > below if self.comparison == ">" else x >= above)

    def _found(self, column: Column) -> Bools:
        """Where the column has one of the values."""
        wanted = self.values or (self.value,)
        if column.kind == "text":
            return np.isin(column.cells, wanted)
        found = np.zeros(len(column.cells), np.bool_)
        for value in wanted:
            below, above = _units(_number(column.kind, value), column.scale)
            found |= (below == above) & (column.cells == below)
        return found


def _kind_of(value: Any) -> Kind:
    """What a value is that stands in a policy."""
    if isinstance(value, bool):
        return "flag"
    if isinstance(value, (int, Decimal)):
        return "number"
    return "date" if isinstance(value, date) else "text"


def _plain(name: str, kind: Kind, value: Any) -> str:
    """A value of a kind as text, the same for equal values; InputError for what isn't one."""
    if kind == "text":
        one_text(name, value)
        return str(value).strip()
    if kind == "date":
        return day(name, value).isoformat()
    if kind == "flag":
        text = str(value).lower()
        if text not in ("true", "false"):
            raise InputError(Code.UNKNOWN_VALUE, name, value, "true or false")
        return text
    try:
        if (
            not isinstance(value, (str, int, Decimal))
            or isinstance(value, bool)
            or len(str(value)) > _LONGEST
        ):
            raise InvalidOperation
        number = Decimal(value)
        if not number.is_finite() or abs(number.adjusted()) > _LONGEST:
            raise InvalidOperation
    except (InvalidOperation, ValueError):
        rule = "a number, as text, int or Decimal"
        raise InputError(Code.NOT_A_NUMBER, name, value, rule) from None
    if kind == "share" and (Fraction(number) * 10**NUMBER_DECIMALS).denominator != 1:
        rule = f"at most {NUMBER_DECIMALS} decimals"
        raise InputError(Code.NOT_WHOLE_UNITS, name, value, rule)
    text = f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def _number(kind: Kind, text: str) -> Fraction:
    """A plain value as a number: of a date its day since 1970-01-01, of a flag 1 or 0."""
    if kind in NUMBERS:
        return Fraction(text)
    if kind == "flag":
        return Fraction(text == "true")
    return Fraction((date.fromisoformat(text) - date(1970, 1, 1)).days)


def _units(value: Fraction, scale: Ints) -> tuple[Ints, Ints]:
    """The value in cells of each row's scale, rounded down and up."""
    few = brief(scale)
    distinct, place = np.unique(few, return_inverse=True)
    both = [
        np.array([min(max(to(value * int(s)), -_MOST), _MOST) for s in distinct], np.int64)
        for to in (floor, ceil)
    ]
    return both[0][place.reshape(-1)], both[1][place.reshape(-1)]
