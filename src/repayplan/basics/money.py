"""Money: Decimal for people, int64 minor units in arrays, and nothing in between."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal
from functools import reduce

import numpy as np
import numpy.typing as npt

MAX_DECIMALS = 8
"""Currency decimals may be 0 to 8."""
MAX_UNITS = 10**18
"""No amount given may exceed this many minor units."""
MAX_TOTAL = 2**62
"""Nothing added up along one schedule may exceed this many minor units."""
USUAL_DECIMALS = 2
"""Decimals of most currencies."""
OTHER_DECIMALS = {
    code: decimals
    for decimals, codes in (
        (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
        (3, "BHD IQD JOD KWD LYD OMR TND"),
        (4, "CLF UYW"),
    )
    for code in codes.split()
}
"""Currencies whose minor unit has other decimals: ISO 4217, list one, column "Mnr unts" (kept by SIX)."""
_LETTERS = 3
"""Of a currency's code."""
EXACT = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN)
"""Whatever the ambient context, in it no number of decimal places is rounded."""


@dataclass(frozen=True, slots=True, eq=False)
class Minor:
    """An int64 column that already counts minor units (cents, say). Made by :func:`minor`."""

    units: npt.NDArray[np.int64]


def minor(units: npt.ArrayLike) -> Minor:
    """Marks integers as minor units, where a plain column would be read as whole currency units.

    Parameters
    ----------
    units
        Integers of any width; a float or an object column is refused.

    Raises
    ------
    TypeError
        The column is not an integer column.

    Examples
    --------
    >>> minor([1999, 250]).units
    array([1999,  250])
    """
    array = np.asarray(units)
    if not array.size:
        return Minor(array.astype(np.int64))
    if array.dtype.kind not in "iu" or (array.dtype == np.uint64 and (array > MAX_UNITS).any()):
        msg = f"minor() takes integers, not {array.dtype}"
        raise TypeError(msg)
    return Minor(array.astype(np.int64))


def is_currency(code: str) -> bool:
    """Whether it is written as a code of ISO 4217: three capital letters from A to Z.

    Which codes are in use changes from year to year: any three letters will do.

    Examples
    --------
    >>> is_currency("EUR"), is_currency("euro")
    (True, False)
    """
    return len(code) == _LETTERS and code.isascii() and code.isalpha() and code.isupper()


def decimals_of(currency: str) -> int:
    """Decimals of a currency's minor unit by ISO 4217; 2 of a code that isn't among :data:`OTHER_DECIMALS`.

    Examples
    --------
    >>> [decimals_of(code) for code in ("EUR", "JPY", "KWD", "CLF")]
    [2, 0, 3, 4]
    """
    return OTHER_DECIMALS.get(currency, USUAL_DECIMALS)


def to_decimal(units: int, decimals: int) -> Decimal:
    """Minor units as a Decimal with that many places, whatever the ambient decimal context.

    Examples
    --------
    >>> to_decimal(-5, 2)
    Decimal('-0.05')
    """
    return Decimal(int(units)).scaleb(-int(decimals), EXACT)


def as_text(units: npt.ArrayLike, decimals: npt.ArrayLike) -> npt.NDArray[np.str_]:
    """Columns of minor units and of their decimals as exact text, as :func:`to_decimal` writes them.

    Examples
    --------
    >>> as_text([-5, 1999], [2, 0]).tolist()
    ['-0.05', '1999']
    """
    given, places = np.broadcast_arrays(np.asarray(units, np.int64), np.asarray(decimals, np.int64))
    if not given.size:  # nothing to fill up with zeros, which numpy refuses
        return np.zeros(given.shape, "U1")
    whole, part = np.divmod(np.abs(given), 10**places)
    text, fraction = whole.astype(np.str_), np.char.zfill(part.astype(np.str_), places)
    text = np.where(places > 0, np.char.add(np.char.add(text, "."), fraction), text)
    return np.char.add(np.where(given < 0, "-", ""), text)


def to_plain(units: int, decimals: int) -> Decimal:
    """As :func:`to_decimal` without trailing zeros after the point.

    Examples
    --------
    >>> to_plain(1_250_000_000, 10)
    Decimal('0.125')
    """
    units = int(units)
    while decimals and units % 10 == 0:
        units, decimals = units // 10, decimals - 1
    return to_decimal(units, decimals)


def exact_sum(amounts: Iterable[Decimal]) -> Decimal:
    """Exactly, whatever the ambient context.

    Examples
    --------
    >>> exact_sum([Decimal("1234567.89"), Decimal("0.01")])
    Decimal('1234567.90')
    """
    return reduce(EXACT.add, amounts, Decimal(0))
