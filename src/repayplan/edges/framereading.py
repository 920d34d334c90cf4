"""The columns of a frame by field, and whether each can be that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np

from repayplan.basics.columns import Screen
from repayplan.basics.errors import Code, InputError
from repayplan.basics.given import Coded, Fixed
from repayplan.basics.outcome import Failures
from repayplan.edges.arrowcolumns import Held
from repayplan.edges.fieldwants import CASE_EVENT, EVENT, HOUSEHOLD, LOAN, TAKES, WHY, Extra, Want
from repayplan.edges.framecolumns import opened
from repayplan.edges.framekind import FrameError, mapped, named
from repayplan.edges.reading import (
    like,
)


@dataclass(frozen=True, slots=True)
class Shape:
    """What a table has: its fields, those that it needs, whose other fields may be beside them."""

    field: Callable[[str], Want | None]
    needed: tuple[str, ...]
    beside: Callable[[str], Want | None] | None
    options: tuple[str, ...]

    def neighbour(self, name: str) -> bool:
        """Whether a column may be there though it is no field: one frame may hold loans and households."""
        return self.beside is not None and (name == "id" or self.beside(name) is not None)


@dataclass(frozen=True, slots=True)
class FrameRead:
    """What was read: columns by field and further ones, and what was given beside the frame."""

    size: int
    names: tuple[str, ...]
    mapped: Mapping[str, str]
    fields: dict[str, Any]
    further: dict[str, Any]
    options: dict[str, Any]
    unread: Failures

    def screen(self, failures: Failures) -> Screen:
        """In which rows that had a cell which is no data fail before these do."""
        screen = Screen(self.size)
        screen.adopt(self.unread)
        screen.adopt(failures)
        return screen

    def refuse(self) -> None:
        """FrameError where a row had a cell which is no data: of what happened, nothing may be left out."""
        for failure in self.unread:
            rule = f"row {failure.row}: {failure.text()}"
            raise FrameError(failure.code, failure.field, rule, column=failure.field)


def read_frame(
    frame: Any,
    shape: Shape,
    columns: Mapping[str, str] | None,
    further: tuple[str, ...],
    extra: str,
    given: Mapping[str, Any],
) -> FrameRead:
    """The columns of a frame that fields are read from, each held against what its field wants."""
    if extra not in get_args(Extra):
        raise InputError(Code.UNKNOWN_VALUE, "extra", extra, f"one of {', '.join(get_args(Extra))}")
    mapping, options = mapped("columns", columns), {n: v for n, v in given.items() if n in shape.options}
    named("columns", mapping.values())
    constants = {name: value for name, value in given.items() if name not in options}
    for name in (*mapping, *constants):
        if shape.field(name) is None:
            raise InputError(Code.UNKNOWN_VALUE, "field", name, f"{name} is no field{_meant(name, shape)}")
    source = opened(frame)
    placed = _mapped(source.names, shape, mapping, further, extra)
    for name in constants:
        if name in placed:
            rule = f"{name} is both a column and given for all rows"
            raise FrameError(Code.DUPLICATE, name, rule, column=placed[name])
    lacking = tuple(name for name in shape.needed if name not in placed and name not in constants)
    if lacking:
        raise lacking_error(lacking, "", source.names)
    if not placed:
        raise FrameError(Code.MISSING, "frame", "none of its columns is a field")
    wanted = dict.fromkeys((*placed.values(), *further))
    size, cells = source.read(tuple(wanted))
    fields = {
        name: _fitting(name, column, cells[column], want)
        for name, column in placed.items()
        if (want := shape.field(name)) is not None
    }
    kept = {name: _plain(name, cells[name]) for name in further}
    unread = Failures.none().and_then(*(cells[name].unread for name in wanted))
    return FrameRead(size, source.names, placed, {**fields, **constants}, kept, options, unread)


def _meant(name: str, shape: Shape) -> str:
    known = [each for each in (*LOAN, *HOUSEHOLD, *EVENT, *CASE_EVENT) if shape.field(each) is not None]
    return like(name, known)


def _mapped(
    names: tuple[str, ...],
    shape: Shape,
    mapping: Mapping[str, str],
    further: tuple[str, ...],
    extra: str,
) -> dict[str, str]:
    """The column of each field; an error for a column that is no field, or of which two are one."""
    for field, column in (*mapping.items(), *((name, name) for name in further)):
        if column not in names:
            rule = f"there is no column {column}{like(column, names)}"
            raise FrameError(Code.MISSING, field, rule)
    placed, used = dict(mapping), set(mapping.values())
    for name in names:
        if name in used or name in further or (shape.field(name) is None and shape.neighbour(name)):
            continue
        if shape.field(name) is not None and name not in mapping:
            placed[name] = name
        elif extra == "refuse":
            known = f"{name} is given by column {mapping[name]}" if name in mapping else f"{name} is no field"
            rule = f"{known}{_meant(name, shape)}; name it in columns= or further=, or say extra='ignore'"
            raise FrameError(Code.UNKNOWN_VALUE, name, rule, column=name)
    return placed


def lacking_error(fields: tuple[str, ...], more: str, names: tuple[str, ...]) -> FrameError:
    """An error that names fields without a column."""
    each = ", ".join(f"{field}{like(field, names)}" for field in fields)
    rule = f"there is no column {each}{more}; name it in columns=, or give one value for all rows"
    return FrameError(Code.MISSING, fields[0], rule)


def _fitting(field: str, column: str, cells: Held, want: Want) -> Any:
    """A column's values, where it holds what the field takes."""
    sorts, code, needed = TAKES[want]
    values = cells.values
    whole = want != "label" or cells.sort != "number" or _whole_or_gaps(values)
    if cells.sort not in sorts or not whole:
        code, why = WHY.get((want, cells.sort), (code, ""))
        raise FrameError(code, field, f"{needed}{why}", column=column, dtype=cells.dtype)
    if want == "label" and isinstance(values, np.ma.MaskedArray):
        values = as_text(values)
    return values


def _plain(name: str, cells: Held) -> Any:
    """A further column as a plain array, which anybody may pick rows of."""
    values = cells.values
    if cells.sort in ("list", "zoned", "other"):
        rule = "a column of loans holds numbers, dates, text or true and false"
        raise FrameError(Code.UNKNOWN_VALUE, name, rule, column=name, dtype=cells.dtype)
    if isinstance(values, (Fixed, Coded)):
        return values.texts()
    if isinstance(values, np.ma.MaskedArray):
        out = values.data.astype(np.object_)
        out[values.mask] = None
        return out
    return values


def _whole_or_gaps(values: Any) -> bool:
    return isinstance(values, Coded) or values.dtype.kind in "iu"


def whole_numbers(values: Any) -> bool:
    """Whether values are whole numbers, a value in each row."""
    plain = isinstance(values, np.ndarray) and not isinstance(values, np.ma.MaskedArray)
    return plain and values.dtype.kind in "iu"


def as_text(values: Any) -> Any:
    """Whole numbers as text, empty where there is none; text as it is."""
    if isinstance(values, np.ma.MaskedArray):
        return np.where(np.ma.getmaskarray(values), "", values.data.astype(np.str_))
    return values.astype(np.str_) if whole_numbers(values) else values
