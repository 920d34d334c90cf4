"""Columns of Arrow as they are: numbers and dates without a copy where that can be, decimals exact."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from repayplan.basics.errors import Code
from repayplan.basics.given import MOST_PLACES, Coded, Fixed
from repayplan.basics.outcome import Failures
from repayplan.basics.sizes import MAX_CELL
from repayplan.edges.framekind import FrameError
from repayplan.edges.frames import need

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

    import numpy.typing as npt

    from repayplan.basics.outcome import Ints

Sort = Literal["number", "decimal", "text", "date", "flag", "objects", "nothing", "list", "zoned", "other"]
"""What a column holds. ``objects``: Python objects, cell by cell; ``nothing``: no cell has a value;
``zoned``: times of a time zone; ``list``: several values a row."""

_ALL_READ = Failures.none()


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """A column of a frame.

    Attributes
    ----------
    sort, dtype
        What it holds, and what its library calls that.
    values
        A column that a :class:`~repayplan.basics.columns.Screen` reads; of lists ``(row, values)``, int64 and
        a column, one entry for each value; None of what can't be read.
    unread
        Rows whose cell is no data, and is empty in ``values``; see :func:`coded`.
    """

    sort: Sort
    dtype: str
    values: Any
    unread: Failures = _ALL_READ


def nothing(size: int, dtype: str) -> Held:
    """A column without any value."""
    return Held("nothing", dtype, Coded(of=np.full(size, -1), names=np.zeros(0, "U1")))


def coded(column: str, dtype: str, of: npt.ArrayLike, names: Sequence[Any]) -> Held:
    """Texts by their number. One that is no cell but a document, or holds a NUL, fails its rows.

    Examples
    --------
    >>> found = coded("note", "str", [0, 1, 0], ["a", "b" * 1001])
    >>> found.values.texts().tolist(), found.unread.row.tolist(), found.unread[0].text()
    (['a', '', 'a'], [1], 'note is out of range (bbbbbbbbbbbbbbbbbbbb...); it must be 0 to 1000 characters')
    """
    place = np.asarray(of, np.int64)
    bad = np.array([*map(is_strange, names), False])
    if not bad.any():
        return Held("text", dtype, Coded(of=place, names=np.array(names, np.str_)))
    rows = np.flatnonzero(bad[place])  # of a row without text the last one
    unread = strange(column, [names[at] for at in place[rows].tolist()], rows)
    names = ["" if wrong else name for name, wrong in zip(names, bad.tolist(), strict=False)]
    return Held("text", dtype, Coded(of=place, names=np.array(names, np.str_)), unread)


def is_strange(text: str) -> bool:
    """Whether a text is no cell but a document, or holds a NUL, which arrays of text lose."""
    return len(text) > MAX_CELL or "\0" in text


def strange(column: str, texts: Sequence[str], rows: Ints) -> Failures:
    """That the cells of these rows are such texts."""
    nul = np.array(["\0" in text for text in texts], np.bool_)
    shown = np.array([f"{text[:20]}..." for text in texts], np.str_)
    return Failures.at(rows[nul], Code.UNKNOWN_VALUE, column, "\\0").and_then(
        Failures.at(rows[~nul], Code.OUT_OF_RANGE, column, shown[~nul], f"0 to {MAX_CELL} characters")
    )


def held(pa: ModuleType, name: str, column: Any) -> Held:
    """A column of Arrow, in chunks or whole.

    Examples
    --------
    >>> import pyarrow
    >>> held(pyarrow, "day", pyarrow.array([1, None], "date32")).values.tolist()
    [datetime.date(1970, 1, 2), None]
    """
    types, compute = pa.types, need("pyarrow.compute", "arrow")
    array, dtype = _whole(pa, column), str(column.type)
    if types.is_run_end_encoded(array.type):
        array = compute.run_end_decode(array)
    kind = array.type
    if types.is_dictionary(kind):
        if is_text(types, kind.value_type):
            number = array.indices.cast(pa.int64()).fill_null(-1)
            names = _decoded(pa, name, number.to_numpy(), array.dictionary)
            if None in names:
                return held(pa, name, array.dictionary_decode())
            return coded(name, dtype, number.to_numpy(), names)
        inner = held(pa, name, array.dictionary_decode())
        return Held(inner.sort, dtype, inner.values, inner.unread)
    if types.is_null(kind):
        return nothing(len(array), dtype)
    if types.is_boolean(kind):
        return Held("flag", dtype, array.to_numpy(zero_copy_only=False))
    if types.is_integer(kind) or types.is_floating(kind):
        return Held("number", dtype, _numbers(array))
    if types.is_decimal(kind):
        return Held("decimal", dtype, _decimals(pa, name, array))
    if types.is_date32(kind):
        return Held("date", dtype, array.to_numpy(zero_copy_only=False))
    if types.is_date64(kind):  # milliseconds, which aren't whole days in every file
        return Held("date", dtype, array.cast(pa.timestamp("ms")).to_numpy(zero_copy_only=False))
    if types.is_timestamp(kind):
        if kind.tz is not None:
            return Held("zoned", dtype, None)
        return Held("date", dtype, array.to_numpy(zero_copy_only=False))
    if is_text(types, kind):
        return _texts(pa, name, array, dtype)
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        of = compute.list_parent_indices(array).to_numpy()
        inner = held(pa, name, compute.list_flatten(array))
        if len(inner.unread):
            raise FrameError(Code.UNKNOWN_VALUE, name, inner.unread[0].text(), column=name, dtype=dtype)
        if inner.values is not None and inner.sort != "list":
            return Held("list", dtype, (of, inner.values))
    return Held("other", dtype, None)


def _whole(pa: ModuleType, column: Any) -> Any:
    """The column as one array."""
    if not isinstance(column, pa.ChunkedArray):
        return column
    if column.num_chunks == 1:
        return column.chunk(0)
    if pa.types.is_dictionary(column.type):
        column = column.unify_dictionaries()
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)


def is_text(types: Any, kind: Any) -> bool:
    """Whether a type of Arrow is one of its types of text, of any size of offsets."""
    view = getattr(types, "is_string_view", None)
    return types.is_string(kind) or types.is_large_string(kind) or (view is not None and view(kind))


def _gaps(array: Any) -> npt.NDArray[np.bool_] | None:
    return array.is_null().to_numpy(zero_copy_only=False) if array.null_count else None


def _numbers(array: Any) -> npt.NDArray[Any]:
    gaps = _gaps(array)
    if gaps is None:
        plain: npt.NDArray[Any] = array.to_numpy(zero_copy_only=False)
        return plain
    if str(array.type) == "halffloat":  # whose gaps pyarrow doesn't fill, but makes NaN
        return np.ma.MaskedArray(np.where(gaps, 0, array.to_numpy(zero_copy_only=False)), gaps)
    return np.ma.MaskedArray(array.fill_null(0).to_numpy(zero_copy_only=False), gaps)


def _texts(pa: ModuleType, name: str, array: Any, dtype: str) -> Held:
    if not pa.types.is_large_string(array.type):
        array = array.cast(pa.large_string())
    encoded = array.dictionary_encode()
    number = encoded.indices.fill_null(-1).to_numpy()
    return coded(name, dtype, number, _decoded(pa, name, number, encoded.dictionary))


def _decoded(pa: ModuleType, column: str, of: npt.NDArray[Any], names: Any) -> list[str | None]:
    """Texts of Arrow, which nobody may have looked at before.

    Raises
    ------
    FrameError
        One is not UTF-8, by its first row.
    """
    try:
        made: list[str | None] = names.to_pylist()
    except UnicodeDecodeError:
        for at, name in enumerate(names.cast(pa.large_binary()).to_pylist()):
            if name is not None and not _utf8(name):
                row = int(np.argmax(of == at))
                rule = f"row {row}: the text is not UTF-8"
                raise FrameError(Code.UNKNOWN_VALUE, column, rule, column=column) from None
        raise
    return made


def _utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _decimals(pa: ModuleType, name: str, array: Any) -> Fixed | Coded:
    """The integers behind decimals, whose 16 bytes hold one each; as text where int64 has no room for one."""
    scale, kind = array.type.scale, array.type
    if 0 <= scale <= MOST_PLACES:
        try:
            wide = array if pa.types.is_decimal128(kind) else array.cast(pa.decimal128(38, scale))
        except pa.ArrowInvalid:  # more digits than any amount has
            return _digits(pa, name, array)
        gaps, data = _gaps(wide), wide.buffers()[1]
        words = np.zeros((0, 2), np.int64)
        if len(wide):
            begin = 2 * wide.offset
            words = np.frombuffer(data, np.int64)[begin : begin + 2 * len(wide)].reshape(-1, 2)
        units, high = words[:, 0], words[:, 1]
        fits = high == units >> 63
        if (fits if gaps is None else fits | gaps).all():
            return Fixed(units=np.ascontiguousarray(units), places=scale, missing=gaps)
    return _digits(pa, name, array)


def _digits(pa: ModuleType, name: str, array: Any) -> Coded:
    """Decimals as text."""
    made: Coded = _texts(pa, name, array.cast(pa.string()), "string").values
    return made
