"""Numbers and dates from their digits, exactly: a column of text at a time, or one value for all rows."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np
import numpy.typing as npt

from repayplan.basics.dates import Days
from repayplan.basics.errors import Code
from repayplan.basics.money import EXACT
from repayplan.basics.outcome import Bools, Ints, all_of
from repayplan.basics.sizes import MAX_NUMBER

_WIDTH = 48


def from_whole(shown: npt.NDArray[Any], decimals: Ints) -> tuple[Ints, Bools]:
    """Whole numbers as units, and which of them int64 can't hold."""
    if not len(shown) or ((decimals == decimals[0]).all() and decimals[0] == 0 and shown.dtype.kind == "i"):
        return shown.astype(np.int64), np.zeros(len(shown), np.bool_)
    scale = 10**decimals
    limit = np.asarray(np.iinfo(np.int64).max // scale)
    huge = (shown > limit) | (shown < -limit) if shown.dtype.kind == "i" else shown > limit
    return np.where(huge, 0, shown).astype(np.int64) * scale, np.asarray(huge, np.bool_)


def _codepoints(text: npt.NDArray[np.str_], width: int) -> npt.NDArray[np.uint32]:
    fixed = np.ascontiguousarray(text.astype(f"U{width}"))
    return fixed.view(np.uint32).reshape(len(text), width)


def parsed(text: npt.NDArray[np.str_], decimals: Ints) -> tuple[Ints, Bools, Bools, Bools]:
    """Plain decimal notation as integers of ``10**-decimals``, a column of characters at a time.

    Returns units and the masks malformed, inexact (digits finer than a unit), huge (beyond int64).
    """
    n = len(text)
    length = np.char.str_len(text).astype(np.int64)
    exponent = np.flatnonzero((np.char.find(np.char.lower(text), "e") >= 0) | (length > _WIDTH))
    width = min(max(int(length.max(initial=1)), 1), _WIDTH)
    chars = _codepoints(text, width)
    signed = (chars[:, 0] == ord("-")) | (chars[:, 0] == ord("+"))
    units, places = np.zeros(n, np.int64), np.zeros(n, np.int64)
    digits = np.zeros(n, np.int64)
    dotted, malformed, inexact, huge = (np.zeros(n, np.bool_) for _ in range(4))
    for j in range(width):
        c = chars[:, j].astype(np.int64)
        digit = (c >= 48) & (c <= 57)
        value = c - 48
        dot = c == ord(".")
        padding = (c == 0) & (j >= length)
        malformed |= (dot & dotted) | ~(digit | dot | padding | (signed if j == 0 else False))
        wanted = digit & (~dotted | (places < decimals))
        inexact |= digit & ~wanted & (value != 0)
        full = wanted & (units > (2**63 - 10) // 10)
        huge |= full
        units = np.where(wanted & ~full, units * 10 + value, units)
        places += wanted & dotted
        digits += digit
        dotted |= dot
    malformed |= digits == 0
    missing_places = 10 ** (decimals - places)
    huge |= units > (2**63 - 1) // missing_places
    units = np.where(huge | malformed, 0, units * missing_places)
    units = np.where(chars[:, 0] == ord("-"), -units, units)
    for i in exponent:  # 1E+3 and the like, or very long text: rare in any column of money
        exact = _exactly(str(text[i]), int(decimals[i]))
        malformed[i], inexact[i], huge[i] = (
            exact is None,
            exact is Code.NOT_WHOLE_UNITS,
            exact is Code.OUT_OF_RANGE,
        )
        units[i] = exact if isinstance(exact, int) else 0
    return units, malformed, inexact, huge


def written(cell: Any) -> str:
    """One cell as text, whatever it is."""
    try:
        return str(cell)
    except ValueError:  # an int of more digits than Python writes
        return "a number of thousands of digits"


def one_for_all(values: Any, decimals: Ints | int) -> int | None:
    """One value for all rows as an integer, read once; None where it isn't one, or isn't right."""
    if type(values) is int and isinstance(decimals, int):
        whole: int = values * 10**decimals
        return whole
    if not isinstance(values, (str, int, Decimal)) or isinstance(values, bool):
        return None
    if not isinstance(decimals, int):
        if not decimals.size or not all_of(decimals == decimals.flat[0]):
            return None
        decimals = int(decimals.flat[0])
    if type(values) is int:
        units: int = values * 10**decimals
        return units
    exact = _exactly(written(values).strip(), decimals)
    return exact if isinstance(exact, int) else None


def _exactly(text: str, decimals: int) -> int | Code | None:
    """One number in any decimal notation as an integer of ``10**-decimals``; what is wrong with it if not.

    None where it isn't a finite number. No ambient context rounds or traps.
    """
    if len(text) > MAX_NUMBER:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    if "_" in text or not text.isascii() or not value.is_finite():
        return None
    if not value:
        return 0
    places = value.adjusted() + 1 + decimals  # digits of the whole number
    if places > 19:
        return Code.OUT_OF_RANGE
    if places < 0:
        return Code.NOT_WHOLE_UNITS
    scaled = value.scaleb(decimals, EXACT)
    whole = int(scaled)
    if whole != scaled:
        return Code.NOT_WHOLE_UNITS
    return Code.OUT_OF_RANGE if abs(whole) >= 2**63 else whole


def iso_dates(text: npt.NDArray[np.str_]) -> tuple[Days, Bools]:
    """``YYYY-MM-DD`` (a midnight time may follow) as dates, and a mask of those that aren't."""
    n = len(text)
    chars = _codepoints(text, 19).astype(np.int64)
    value = chars[:, :10] - 48
    number = [0, 1, 2, 3, 5, 6, 8, 9]
    bad = ((value[:, number] < 0) | (value[:, number] > 9)).any(axis=1)
    bad |= (chars[:, 4] != ord("-")) | (chars[:, 7] != ord("-"))
    midnight = np.char.str_len(text) == 19
    rest = np.array([ord(c) for c in "00:00:00"])
    bad |= ~((np.char.str_len(text) == 10) | (midnight & (chars[:, 11:] == rest).all(axis=1)))
    year = value[:, 0] * 1000 + value[:, 1] * 100 + value[:, 2] * 10 + value[:, 3]
    month, day = value[:, 5] * 10 + value[:, 6], value[:, 8] * 10 + value[:, 9]
    bad |= (month < 1) | (month > 12) | (day < 1)
    months = np.where(bad, 0, (year - 1970) * 12 + month - 1).astype("datetime64[M]")
    first = months.astype("datetime64[D]")
    bad |= day > ((months + np.timedelta64(1, "M")).astype("datetime64[D]") - first).astype(np.int64)
    days = first + np.where(bad, 0, day - 1).astype("timedelta64[D]")
    return np.where(bad, np.full(n, np.datetime64("NaT", "D")), days), bad
