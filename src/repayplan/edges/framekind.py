"""What kind of frame somebody gave, told by its class, so that no library is imported to ask."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from repayplan.basics.errors import Code, InputError
from repayplan.basics.visible import shortened

KINDS = ("pandas", "polars", "polars-lazy", "arrow", "duckdb")
"""Kinds of frames that are made. Whatever else speaks the Arrow capsule protocol is answered as ``arrow``."""
_OF_CLASS = {
    ("pandas", "DataFrame"): "pandas",
    ("polars", "DataFrame"): "polars",
    ("polars", "LazyFrame"): "polars-lazy",
    ("duckdb", "DuckDBPyRelation"): "duckdb",
    ("_duckdb", "DuckDBPyRelation"): "duckdb",
}
_CAPSULES = ("__arrow_c_stream__", "__arrow_c_array__")


class FrameError(InputError):
    """A frame can't be read as the table that it should be.

    Attributes
    ----------
    column, dtype
        The column that it is about and what that holds; None where it is about no column.

    Examples
    --------
    >>> raise FrameError(Code.NOT_A_DATE, "next_due", "a date is needed", column="due", dtype="int64")
    Traceback (most recent call last):
    repayplan.edges.framekind.FrameError: next_due: column 'due' (int64): a date is needed [not_a_date]
    """

    def __init__(
        self, code: Code, field: str, rule: str, *, column: str | None = None, dtype: str | None = None
    ) -> None:
        super().__init__(code, field, column, rule)
        self.column, self.dtype = column, dtype
        holds = "" if dtype is None else f" ({dtype})"
        place = "" if column is None else f"column {shortened(column, write=repr)}{holds}: "
        self.args = (f"{shortened(field)}: {place}{self.rule} [{code}]",)


def named(field: str, given: Any) -> tuple[str, ...]:
    """Names of columns, each once: one, or several.

    Raises
    ------
    InputError
        ``unknown_value``: something else.

    Examples
    --------
    >>> named("keep", "id"), named("keep", ["id", "branch", "id"])
    (('id',), ('id', 'branch'))
    """
    names = (given,) if isinstance(given, str) else tuple(given) if isinstance(given, Iterable) else (given,)
    for name in names:
        if not isinstance(name, str) or not name:
            rule = "the names of columns are needed, which are text"
            raise InputError(Code.UNKNOWN_VALUE, field, repr(name), rule)
    return tuple(dict.fromkeys(names))


def mapped(field: str, given: Any) -> dict[str, Any]:
    """A mapping whose keys are text; none is an empty one.

    Raises
    ------
    InputError
        ``unknown_value``: something else.
    """
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        rule = "a mapping by the names of fields is needed"
        raise InputError(Code.UNKNOWN_VALUE, field, repr(given), rule)
    named(field, given)
    return dict(given)


def is_whole(given: Any) -> bool:
    """Whether something is a whole number, and neither text nor true or false."""
    return hasattr(given, "__index__") and not isinstance(given, bool)


def native(frame: Any) -> Any:
    """The frame behind one of narwhals; any other as it is."""
    behind = getattr(frame, "to_native", None)
    return behind() if behind is not None and type(frame).__module__.startswith("narwhals.") else frame


def kind_of(frame: Any) -> str:
    """Which of :data:`KINDS` a frame is, or the name of one.

    Raises
    ------
    InputError
        A name that is no kind.
    FrameError
        Something that is no frame.

    Examples
    --------
    >>> kind_of("polars")
    'polars'
    >>> import pandas
    >>> kind_of(pandas.DataFrame())
    'pandas'
    """
    if isinstance(frame, str):
        if frame not in KINDS:
            raise InputError(Code.UNKNOWN_VALUE, "kind", frame, f"one of {', '.join(KINDS)}")
        return frame
    frame = native(frame)
    for each in type(frame).__mro__:
        kind = _OF_CLASS.get((each.__module__.partition(".")[0], each.__name__))
        if kind is not None:
            return kind
    if any(hasattr(frame, name) for name in _CAPSULES) or type(frame).__module__.startswith("pyarrow."):
        return "arrow"
    rule = f"{type(frame).__name__} is no frame of pandas, polars, Arrow or DuckDB, and has no Arrow capsule"
    raise FrameError(Code.UNKNOWN_VALUE, "frame", rule)
