"""A condition on a fact, as a policy writes it: field, comparison, and a value or another field."""

from __future__ import annotations

import operator
from collections.abc import Callable
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
from repayplan.offers.factcolumn import GIVEN_KINDS, NUMBER_DECIMALS, Column
from repayplan.offers.facts import Kind, close_to, fact_of

Comparison = Literal["=", "!=", "<", "<=", ">", ">=", "in", "not_in", "between", "is_missing"]
Value = str | bool | int | Decimal | date
"""What a fact may be compared with, as TOML has it."""
_SEVERAL = ("in", "not_in", "between")
_ORDERED = ("<", "<=", ">", ">=", "between")
_WITH_OTHER = ("=", "!=", "<", "<=", ">", ">=")
_ENDS = 2
_LONGEST = 100  # characters of a number
_MOST = np.iinfo(np.int64).max  # no cell is as large


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One comparison of a fact with a value, with several, or with another fact.

    Parameters
    ----------
    field
        A fact of :data:`~repayplan.offers.facts.FACTS` or of one of the
        :data:`~repayplan.offers.facts.FAMILIES`, or a column of the user's own.
    comparison
        ``=``, ``!=``, ``<``, ``<=``, ``>``, ``>=``; ``in`` and ``not_in`` a list; ``between`` two values,
        both included; ``is_missing``. Text and flags have no order.
    value
        What it is compared with; of ``in``, ``not_in`` and ``between`` a list; of ``is_missing`` none. Text,
        True or False, a whole number, a Decimal or a date; a number and a date may also stand as text. Money
        in currency units. Kept the same for equal values: of a number an int where it is whole, else a
        Decimal without zeros at its end.
    kind
        What a column of the user's own holds: one of :data:`~repayplan.offers.factcolumn.GIVEN_KINDS`; needed
        there, so that a misspelt fact isn't taken for one.
    other
        Instead of a value: the fact or column, of the same kind, that it is compared with (``=`` to ``>=``).
        Shares are known to 6 decimals, and aren't compared with each other.

    Raises
    ------
    InputError
        Naming the key, the value and the rule.

    Examples
    --------
    >>> late = Condition(field="days_past_due", comparison=">", value="90")
    >>> late.kind, late.value
    ('count', 90)
    >>> days = Column.count(np.array([90, 91, 0]), np.array([True, True, False]))
    >>> [mask.tolist() for mask in late.holds(days)]
    [[False, True, False], [True, True, False]]
    >>> more = Condition(field="net_income", comparison=">", other="evidenced_income")
    >>> more.kind, [each.field for each in more.asked]
    ('money', ['net_income', 'evidenced_income'])
    >>> Condition(field="wiling", comparison="=", value=True)
    Traceback (most recent call last):
    repayplan.basics.errors.InputError: condition.field='wiling': no such fact (is willing meant?); a column
    of one's own needs a kind: text, number, count, money, date, flag [unknown_value]
    """

    field: str
    comparison: Comparison
    value: Value | tuple[Value, ...] | None = None
    kind: Kind | None = None
    other: str | None = None

    def __post_init__(self) -> None:
        one_text("condition.field", self.field)
        if self.comparison not in get_args(Comparison):
            rule = f"one of {', '.join(get_args(Comparison))}"
            raise InputError(Code.UNKNOWN_VALUE, "condition.comparison", self.comparison, rule)
        kind = self._kind()
        if self.other is not None:
            self._check_other(self.other, kind)
        if kind in ("text", "flag") and self.comparison in _ORDERED:
            rule = f"{self.field} is {kind}, which has no order"
            raise InputError(Code.UNKNOWN_VALUE, "condition.comparison", self.comparison, rule)
        plain = tuple(_plain(name, kind, value) for name, value in self._given())
        object.__setattr__(self, "kind", kind)
        object.__setattr__(self, "value", plain if self.comparison in _SEVERAL else next(iter(plain), None))
        if self.comparison == "between" and _number(plain[0]) > _number(plain[1]):
            said = [_text(value) for value in plain]
            raise InputError(Code.OUT_OF_RANGE, "condition.value", said, "the smaller first")

    def _given(self) -> list[tuple[str, Any]]:
        """The values that the comparison needs, as they were written, and what each is called."""
        name, value = "condition.value", self.value
        none = value is None or (isinstance(value, str) and not value.strip()) or value in ((), [])
        if self.comparison == "is_missing" or self.other is not None:
            if not none:
                who = self.comparison if self.other is None else "another field"
                raise InputError(Code.UNKNOWN_VALUE, name, value, f"{who} takes none")
            return []
        if none:
            raise InputError(Code.MISSING, name, None, "what it is compared with")
        several = isinstance(value, (tuple, list))
        if several is not (self.comparison in _SEVERAL):
            rule = f"{self.comparison} takes {'one value' if several else 'a list'}"
            raise InputError(Code.UNKNOWN_VALUE, name, value, rule)
        if not isinstance(value, (tuple, list)):
            return [(name, value)]
        if self.comparison == "between" and len(value) != _ENDS:
            raise InputError(Code.UNKNOWN_VALUE, name, list(value), f"between takes {_ENDS}")
        return [(f"{name}[{i}]", each) for i, each in enumerate(value)]

    def _kind(self) -> Kind:
        """Of a known fact its own kind, of another column the one given."""
        fact = fact_of(self.field)
        if fact is not None:
            if self.kind not in (None, fact.kind):
                rule = f"{self.field} is {fact.kind}"
                raise InputError(Code.UNKNOWN_VALUE, "condition.kind", self.kind, rule)
            return fact.kind
        if self.kind is None:
            close = close_to(self.field)
            meant = f" (is {' or '.join(close)} meant?)" if close else ""
            rule = f"no such fact{meant}; a column of one's own needs a kind: {', '.join(GIVEN_KINDS)}"
            raise InputError(Code.UNKNOWN_VALUE, "condition.field", self.field, rule)
        if self.kind not in GIVEN_KINDS:
            raise InputError(
                Code.UNKNOWN_VALUE, "condition.kind", self.kind, f"one of {', '.join(GIVEN_KINDS)}"
            )
        return self.kind

    def _check_other(self, name: str, kind: Kind) -> None:
        """InputError where it can't be compared with the other field."""
        one_text("condition.other", name)
        if self.comparison not in _WITH_OTHER:
            rule = f"with another field: one of {', '.join(_WITH_OTHER)}"
            raise InputError(Code.UNKNOWN_VALUE, "condition.comparison", self.comparison, rule)
        fact = fact_of(name)
        if fact is None and self.kind is None:
            close = close_to(name)
            meant = f" (is {' or '.join(close)} meant?)" if close else ""
            rule = f"no such fact{meant}; a column of one's own needs a kind: {', '.join(GIVEN_KINDS)}"
            raise InputError(Code.UNKNOWN_VALUE, "condition.other", name, rule)
        found = fact.kind if fact is not None else kind
        if found != kind or kind == "share" or (fact is None and kind not in GIVEN_KINDS):
            rule = f"of the same kind as {self.field}, which is {kind}, and no share"
            raise InputError(Code.UNKNOWN_VALUE, "condition.other", name, rule)

    @property
    def asked(self) -> tuple[Condition, ...]:
        """What it needs to know: itself, and one on the other field."""
        if self.other is None:
            return (self,)
        return (self, Condition(field=self.other, comparison="is_missing", kind=self.kind))

    @property
    def wanted(self) -> tuple[Value, ...]:
        """The value or the values, as a tuple."""
        if self.value is None:
            return ()
        return self.value if isinstance(self.value, tuple) else (self.value,)

    @property
    def needs_value(self) -> bool:
        """Whether it can only be judged where the fact is known."""
        return self.comparison != "is_missing"

    @property
    def limit(self) -> str:
        """What the fact is held against, in text."""
        between = " to " if self.comparison == "between" else ", "
        return between.join(_text(value) for value in self.wanted)

    def holds(self, column: Column, other: Column | None = None) -> tuple[Bools, Bools]:
        """Where the condition holds, and where all that it asks is known; it holds nowhere else.

        Parameters
        ----------
        column, other
            Of its field, and of the field that this is compared with.

        Raises
        ------
        TypeError
            A column is of another kind, or isn't there.
        """
        given = [column] if other is None else [column, other]
        if len(given) != len(self.asked):
            msg = f"{len(self.asked)} columns, not {len(given)}"
            raise TypeError(msg)
        for asked, each in zip(self.asked, given, strict=True):
            if each.kind != self.kind:
                msg = f"{asked.field} is {self.kind}, the column {each.kind}"
                raise TypeError(msg)
        if other is not None:
            known = column.given & other.given
            return _ORDER[self.comparison](column.cells, other.cells) & known, known
        if self.comparison == "is_missing":
            return ~column.given, np.ones(len(column.given), np.bool_)
        return self._compared(column) & column.given, column.given

    def _compared(self, column: Column) -> Bools:
        x = column.cells
        if self.comparison in ("!=", "not_in"):
            return ~self._found(column)
        if self.comparison in ("=", "in"):
            return self._found(column)
        if self.comparison == "between":
            low, high = (_units(_number(value), column.scale) for value in self.wanted)
            return np.asarray((x >= low[1]) & (x <= high[0]))
        below, above = _units(_number(self.wanted[0]), column.scale)
        if self.comparison == "<":
            return np.asarray(x < above)
        if self.comparison == "<=":
            return np.asarray(x <= below)
        return np.asarray(x > below if self.comparison == ">" else x >= above)

    def _found(self, column: Column) -> Bools:
        """Where the column has one of the values."""
        if column.kind == "text":
            return np.isin(column.cells, [str(value) for value in self.wanted])
        found = np.zeros(len(column.cells), np.bool_)
        for value in self.wanted:
            below, above = _units(_number(value), column.scale)
            found |= (below == above) & (column.cells == below)
        return found


_ORDER: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _plain(name: str, kind: Kind, value: Any) -> Value:
    """A value of a kind, the same for equal values; InputError for what isn't one."""
    if kind == "text":
        one_text(name, value)
        return str(value).strip()
    if kind == "date":
        return day(name, value)
    if kind == "flag":
        text = str(value).lower()
        if text not in ("true", "false"):
            raise InputError(Code.UNKNOWN_VALUE, name, value, "true or false")
        return text == "true"
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
    whole, point, rest = f"{number:f}".partition(".")
    rest = rest.rstrip("0")
    return Decimal(f"{whole}{point}{rest}") if rest else int(whole)


def _text(value: Value) -> str:
    """A plain value as a policy has it, without quotes."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _number(value: Value) -> Fraction:
    """A plain value as a number: of a date its day since 1970-01-01, of a flag 1 or 0."""
    return Fraction((value - date(1970, 1, 1)).days) if isinstance(value, date) else Fraction(value)


def _units(value: Fraction, scale: Ints) -> tuple[Ints, Ints]:
    """The value in cells of each row's scale, rounded down and up."""
    few = brief(scale)
    distinct, place = np.unique(few, return_inverse=True)
    both = [
        np.array([min(max(to(value * int(s)), -_MOST), _MOST) for s in distinct], np.int64)
        for to in (floor, ceil)
    ]
    return both[0][place.reshape(-1)], both[1][place.reshape(-1)]
