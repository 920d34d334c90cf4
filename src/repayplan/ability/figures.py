"""Figures that a policy gives: read exactly, and applied to amounts with one rounding."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor
from typing import Any, TypeVar

import numpy as np

from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import MAX_DECIMALS, MAX_UNITS, is_currency
from repayplan.basics.outcome import Ints
from repayplan.kernel.accrue import divide_product

T = TypeVar("T")
SHARE_PLACES = 12
"""Decimals of a share; with 12 its product with any amount stays exact."""
_WIDEST = 100  # digits before or after the point; beyond it a power of ten would fill the memory


def decimal(name: str, value: Any, *, most: int = MAX_UNITS, places: int | None = None) -> Decimal:
    """A non-negative Decimal from text, int or Decimal; InputError for anything else, floats too.

    ``missing`` for None, ``out_of_range`` for the rest, with the rule in words.

    Examples
    --------
    >>> decimal("share", "0.25", most=1)
    Decimal('0.25')
    """
    rule = f"a number from 0 to {most}, of at most {places or _WIDEST} decimals, as text, int or Decimal"
    if value is None:
        raise InputError(Code.MISSING, name, None, rule)
    try:
        if isinstance(value, (bool, float)):
            raise InvalidOperation
        number = Decimal(value)
        if not number.is_finite() or number < 0 or number > most:
            raise InvalidOperation
        exponent = number.as_tuple().exponent
        if not isinstance(exponent, int) or abs(exponent) > _WIDEST:
            raise InvalidOperation
        if places is not None and (Fraction(number) * 10**places).denominator != 1:
            raise InvalidOperation
    except (InvalidOperation, TypeError, ValueError):
        raise InputError(Code.OUT_OF_RANGE, name, value, rule) from None
    return number


def whole(name: str, value: Any, least: int, most: int, of: str) -> None:
    """InputError unless the value is a whole number between two bounds; ``of`` says of what, in words.

    Examples
    --------
    >>> whole("term", 481, 0, 480, "months")
    Traceback (most recent call last):
    repayplan.basics.errors.InputError: term=481: a whole number of months, 0 to 480 [out_of_range]
    """
    if type(value) is not int or not least <= value <= most:
        raise InputError(Code.OUT_OF_RANGE, name, value, f"a whole number of {of}, {least} to {most}")


def one_rule(name: str, value: Any, *kinds: type[Any]) -> None:
    """InputError unless a rule is of its kind, or of one of several: missing where there is none.

    Examples
    --------
    >>> one_rule("rule", None, Fraction)
    Traceback (most recent call last):
    repayplan.basics.errors.InputError: rule: Fraction [missing]
    """
    if not isinstance(value, kinds):
        code = Code.MISSING if value is None else Code.UNKNOWN_VALUE
        raise InputError(code, name, value, " or ".join(kind.__name__ for kind in kinds))


def one_text(name: str, value: Any) -> None:
    """InputError unless the value is text."""
    if not isinstance(value, str):
        raise InputError(Code.MISSING if value is None else Code.UNKNOWN_VALUE, name, value, "text")


def one_currency(name: str, value: Any, known: str | None = None) -> None:
    """InputError unless the value is a code of ISO 4217, and the currency that is known where one is.

    Examples
    --------
    >>> one_currency("currency", "EUR", "JPY")
    Traceback (most recent call last):
    repayplan.basics.errors.InputError: currency='EUR': JPY, which the amounts are in [unknown_value]
    """
    one_text(name, value)
    if not is_currency(value):
        rule = "an ISO 4217 code: three capital letters, EUR say"
        raise InputError(Code.UNKNOWN_VALUE, name, value, rule)
    if known is not None and value != known:
        raise InputError(Code.UNKNOWN_VALUE, name, value, f"{known}, which the amounts are in")


def texts(name: str, values: Any) -> tuple[str, ...]:
    """A tuple of names from a list or tuple; InputError for anything else, one text too."""
    if values is None:
        raise InputError(Code.MISSING, name, None, "a list of names")
    if not isinstance(values, (tuple, list)):
        raise InputError(Code.UNKNOWN_VALUE, name, values, "a list of names")
    for i, each in enumerate(values):
        one_text(f"{name}[{i}]", each)
    return tuple(values)


def each_once(name: str, given: Sequence[Any], rule: str, key: str = "") -> None:
    """InputError where something is there twice, of the second of the two; ``key`` of what is in the list.

    Examples
    --------
    >>> each_once("tiers", [12, 24, 12], "each term once", ".months")
    Traceback (most recent call last):
    repayplan.basics.errors.InputError: tiers[2].months=12: each term once [duplicate]
    """
    for i, each in enumerate(given):
        if each in given[:i]:
            raise InputError(Code.DUPLICATE, f"{name}[{i}]{key}", each, rule)


def one_of(name: str, value: Any, known: Iterable[str], shown: str = "") -> None:
    """InputError unless the value is one of the names; ``shown`` says in short which there are."""
    if not isinstance(value, str) or value not in known:
        code = Code.MISSING if value is None else Code.UNKNOWN_VALUE
        raise InputError(code, name, value, f"one of {shown or ', '.join(known)}")


def values(name: str, given: Any, kind: type[T], rule: str, *, some: bool = True) -> tuple[T, ...]:
    """A tuple of values of a kind from a list or tuple; InputError for anything else, or for none."""
    if given is None or (some and isinstance(given, (tuple, list)) and not given):
        raise InputError(Code.MISSING, name, given, rule)
    if not isinstance(given, (tuple, list)):
        raise InputError(Code.UNKNOWN_VALUE, name, given, rule)
    for i, each in enumerate(given):
        if not isinstance(each, kind):
            raise InputError(Code.UNKNOWN_VALUE, f"{name}[{i}]", each, rule)
    return tuple(given)


def rising(name: str, given: Sequence[Any], rule: str, key: str = "") -> None:
    """InputError unless each is larger than the one before; of the one that isn't."""
    for i, (before, each) in enumerate(pairwise(given), 1):
        if before >= each:
            raise InputError(Code.UNKNOWN_VALUE, f"{name}[{i}]{key}", each, rule)


def day(name: str, value: Any) -> date:
    """A date from a date or ISO text."""
    if type(value) is date:
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise InputError(Code.NOT_A_DATE, name, value, "a date, YYYY-MM-DD") from None


def share_of(amount: Ints, share: Decimal, *, up: bool) -> Ints:
    """``amount * share`` in minor units, rounded once; nothing of a negative amount.

    Examples
    --------
    >>> share_of(np.array([1001]), Decimal("0.75"), up=False)
    array([750])
    """
    part = Fraction(share)
    if not part:
        return np.zeros(len(amount), np.int64)
    num = np.full(len(amount), part.numerator)
    quotient, rest = divide_product(np.maximum(amount, 0), num, part.denominator)
    return quotient + (rest > 0) if up else quotient


def units_of(amount: Decimal, *, up: bool) -> Ints:
    """An amount in minor units for 0, 1, ... 8 decimals, at most 2**61: above every figure a month.

    Examples
    --------
    >>> units_of(Decimal("20.005"), up=False)[:4]
    array([   20,   200,  2000, 20005])
    """
    exact = [Fraction(amount) * 10**d for d in range(MAX_DECIMALS + 1)]
    return np.array([min(ceil(e) if up else floor(e), 2**61) for e in exact], np.int64)
