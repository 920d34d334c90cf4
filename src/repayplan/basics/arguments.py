"""Arguments by what they must be: one number, one date, flags, who owns each row, columns by their names."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np

from repayplan.basics.columns import Screen
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import MAX_UNITS, Minor
from repayplan.basics.outcome import Bools, Ints


def one_number(name: str, value: Any, decimals: int, low: int, high: int) -> int:
    """One number as exact units of ``10**-decimals``, between two whole bounds.

    Raises
    ------
    InputError
        Naming the field, the value and the rule.

    Examples
    --------
    >>> one_number("share", "0.25", 4, 0, 1)
    2500
    """
    if value is not None and not isinstance(value, (str, int, float, Decimal, np.generic)):
        raise InputError(Code.NOT_A_NUMBER, name, value)
    screen, scale = Screen(1), 10**decimals
    units = screen._whole(name, value, np.array([decimals]), low * scale, high * scale, None)
    for failure in screen.failures():
        raise failure.error()
    return int(units[0])


def same_length(size: int, **columns: Any) -> None:
    """InputError, by its name, where a column has other rows than ``size``; one value for all has none.

    Examples
    --------
    >>> same_length(2, kind="payment", amount=["1.00", "2.00"])
    >>> same_length(2, amount=["1.00", "2.00", "3.00"])
    Traceback (most recent call last):
    repayplan.basics.errors.InputError: amount='3 rows': 2 rows, or one value for all [out_of_range]
    """
    for name, values in columns.items():
        column = values.units if isinstance(values, Minor) else values
        if isinstance(column, (str, bytes)) or not hasattr(column, "__len__"):
            continue
        axes = getattr(column, "ndim", 1)
        if axes == 1 and len(column) == size:
            continue
        if axes:
            shown = f"{len(column)} rows" if axes == 1 else f"{axes} axes"
            raise InputError(Code.OUT_OF_RANGE, name, shown, f"{size} rows, or one value for all")


def by_name(name: str, given: Any) -> dict[str, Any]:
    """Columns by their names; none of None.

    Raises
    ------
    InputError
        It is no mapping, or one of its names isn't text.

    Examples
    --------
    >>> by_name("costs", {"rent": ["900"]})
    {'rent': ['900']}
    """
    found = {} if given is None else given
    if not isinstance(found, Mapping) or not all(isinstance(key, str) for key in found):
        raise InputError(Code.UNKNOWN_VALUE, name, given, "columns by their names")
    return dict(found)


def row_numbers(name: str, values: Any) -> Ints:
    """Row numbers of other things, int64: who owns each row. Those that are nobody's are refused later.

    Raises
    ------
    InputError
        One that isn't a whole number: no row would have its code.

    Examples
    --------
    >>> row_numbers("account", ["1", 0])
    array([1, 0])
    """
    if isinstance(values, (str, bytes)) or not hasattr(values, "__len__"):
        raise InputError(Code.UNKNOWN_VALUE, name, values, "a column of row numbers")
    screen = Screen(len(values))
    found = screen.count(name, values, -MAX_UNITS, MAX_UNITS)
    for failure in screen.failures():
        raise InputError(failure.code, f"{name}[{failure.row}]", failure.value, "a row number")
    return found


def flags_of(name: str, given: Any, size: int) -> Bools:
    """True or False, one for all or one a row.

    Raises
    ------
    InputError
        Anything else: a 1 is no True.

    Examples
    --------
    >>> flags_of("correction", True, 2)
    array([ True,  True])
    """
    flags = np.asarray(given)
    if flags.dtype != np.bool_ and flags.size:
        raise InputError(Code.UNKNOWN_VALUE, name, given, "True or False")
    return np.broadcast_to(flags.astype(np.bool_), (size,))


def one_date(name: str, value: Any) -> date:
    """One date, from a date or ISO text; InputError for anything else."""
    if value is not None and not isinstance(value, (str, date, np.datetime64)):
        raise InputError(Code.NOT_A_DATE, name, value)
    screen = Screen(1)
    days = screen.date(name, value)
    for failure in screen.failures():
        raise failure.error()
    day: date = days[0].item()
    return day
