"""Partial success as a value: the good rows beside the failures, both by the caller's row number.

What arrays of rows need stands here too, and makes it long: failures are such arrays, told apart by it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as its
from functools import reduce
from typing import Any, Generic, TypeVar, overload

import numpy as np
import numpy.typing as npt

from repayplan.basics.errors import Code, InputError, Language
from repayplan.basics.reason import called
from repayplan.basics.visible import shortened

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.str_]
T = TypeVar("T")

CODES: tuple[Code, ...] = tuple(Code)
"""Codes in the order in which arrays of failures number them."""
_INDEX = {code: index for index, code in enumerate(CODES)}


def any_of(mask: npt.NDArray[Any]) -> bool:
    """Whether any is True. To count takes numpy a quarter of the time of ``mask.any()``; one is looked at."""
    return bool(mask.item() if mask.size == 1 else np.count_nonzero(mask))


def all_of(mask: npt.NDArray[Any]) -> bool:
    """Whether all are True (or not 0), as :func:`any_of`."""
    return bool(mask.item()) if mask.size == 1 else int(np.count_nonzero(mask)) == mask.size


def largest(column: npt.NDArray[Any]) -> Any:
    """The largest value, as a Python number. Of one loan, to look for its place takes a quarter of ``max()``.

    Examples
    --------
    >>> largest(np.array([[3, 7], [5, 1]]))
    7
    """
    return column.item(column.argmax())


def repeated(value: int, *shape: int) -> Ints:
    """One value repeated, which takes no memory and can't be written to.

    Examples
    --------
    >>> repeated(-1, 2, 3).tolist()
    [[-1, -1, -1], [-1, -1, -1]]
    """
    one = value.to_bytes(8, sys.byteorder, signed=True)
    return np.ndarray(shape, np.int64, one, 0, (0,) * len(shape))


def added(*columns: Ints) -> Ints:
    """Their sum; one that is 0, :func:`repeated` for all rows, takes no time: it may be the other one itself.

    Examples
    --------
    >>> added(np.array([3, 4]), repeated(0, 2)), added(np.array([3, 4]), np.array([1, 0]))
    (array([3, 4]), array([4, 4]))
    """
    some = [each for each in columns if each.strides[-1] or any_of(each[:1])]
    return reduce(np.add, some) if some else columns[0]


MOST_KEPT = 262_144
"""So many numbers are kept (:func:`counted`)."""
_kept = [np.arange(0)]
"""The whole numbers from 0 on: those of a batch are a view of these, by which they are known."""


def counted(begin: int, end: int) -> Ints:
    """int64, the numbers from ``begin`` to before ``end``: read-only, but of a batch that is huge.

    :func:`span` knows them without a look at each.

    Examples
    --------
    >>> counted(2, 5)
    array([2, 3, 4])
    """
    if end > MOST_KEPT:
        return np.arange(begin, end)
    numbers = _kept[0]
    if end > len(numbers):
        numbers = np.arange(min(2 * end, MOST_KEPT))
        numbers.flags.writeable = False
        _kept[0] = numbers  # threads that do so at once each have their own
    return numbers[begin:end]


def places(mask: Bools) -> Ints:
    """Where a mask is True, as int64 that :func:`counted` gives where it is everywhere.

    Examples
    --------
    >>> places(np.array([True, False, True])), places(np.array([True, True]))
    (array([0, 2]), array([0, 1]))
    """
    return counted(0, len(mask)) if all_of(mask) else mask.nonzero()[0]


def span(rows: Ints) -> Ints | slice:
    """The same rows as a slice where they follow one another: picking them copies nothing then.

    Examples
    --------
    >>> span(np.array([3, 4, 5])), span(np.array([3, 5]))
    (slice(3, 6, None), array([3, 5]))
    """
    count = len(rows)
    if count and getattr(rows, "base", None) is _kept[0] and rows.strides == _kept[0].strides:
        return slice(int(rows[0]), int(rows[-1]) + 1)
    if count and (count == 1 or (rows[-1] - rows[0] == count - 1 and all_of(rows[1:] > rows[:-1]))):
        return slice(int(rows[0]), int(rows[-1]) + 1)
    return rows


def brief(column: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """A column as its first value alone, where all rows have the same one.

    Examples
    --------
    >>> brief(np.array([3, 3, 3])), brief(np.array([3, 4]))
    (array([3]), array([3, 4]))
    """
    return column[:1] if all_of(column == column[:1]) else column


def in_order(key: Ints) -> Ints:
    """Where values stand as they rise, equal ones in the order that they have.

    A stable ``argsort``, several times as fast: values are sorted with their places in their last bits.

    Examples
    --------
    >>> in_order(np.array([7, 5, 7, 5])).tolist()
    [1, 3, 0, 2]
    """
    bits = len(key).bit_length()
    if len(key) and int(key.min()) >= 0 and int(key.max()) < 2 ** (63 - bits):
        return np.sort((key << bits) | np.arange(len(key))) & ((1 << bits) - 1)
    return np.argsort(key, kind="stable")


FEW_KEYS = 65_536
"""Keys that may always be counted, however few rows there are."""


def alike(*columns: Ints) -> tuple[Ints, Ints]:
    """Classes of rows that are alike in all columns.

    Returns
    -------
    first, of
        int64; the first row of each class, and the class of each row, in the order of the columns' values.

    Examples
    --------
    >>> first, of = alike(np.array([5, 5, 7, 5]), np.array([1, 2, 1, 1]))
    >>> first.tolist(), of.tolist()
    ([0, 1, 2], [0, 1, 2, 0])
    """
    rows = len(columns[0])
    if rows == 1:
        return np.zeros(1, np.int64), np.zeros(1, np.int64)
    most = max(4 * rows, FEW_KEYS)
    key, size = np.zeros(rows, np.int64), 1
    for column in columns:
        low, high = (int(column.min()), int(column.max())) if rows else (0, 0)
        width = high - low + 1
        if width == 1:
            continue
        if width > most:
            values, place = np.unique(column, return_inverse=True)
            width = len(values)
        else:
            place = column - low
        if size > most or size * width > 2**62:
            values, key = np.unique(key, return_inverse=True)
            size = len(values)
        key, size = (key * width + place, size * width) if size > 1 else (place, width)
    if size > most:
        _, first, of = np.unique(key, return_index=True, return_inverse=True)
        return first, of
    # Few enough to count, which is far cheaper than to sort.
    place = np.cumsum(np.bincount(key, minlength=1) > 0) - 1
    of = place[key]
    first = np.zeros(int(place[-1]) + 1 if rows else 0, np.int64)
    first[of[::-1]] = np.arange(rows)[::-1]
    return first, of


def pick(column: Ints, rows: Ints | slice) -> Ints:
    """Some loans of a column (the last axis): of one value repeated for all, nothing is copied.

    Examples
    --------
    >>> pick(repeated(7, 1_000_000), np.array([3, 5])).tolist()
    [7, 7]
    """
    if isinstance(rows, slice):
        return column[..., rows]
    if column.strides[-1] == 0 and len(rows) <= column.shape[-1]:
        return column[..., : len(rows)]
    return column.take(rows, axis=-1)


def spread(values: Ints, of: Ints) -> Ints:
    """What each loan has of the values of a few classes: of one class, the value repeated without a copy.

    Examples
    --------
    >>> spread(np.array([7, 8]), np.array([1, 0, 1])).tolist()
    [8, 7, 8]
    """
    return repeated(int(values[0]), len(of)) if len(values) == 1 else values.take(of)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why one row has no numbers: the caller's row number, the code, the field and what was given.

    ``limit`` is what the value was held against, ``""`` where the code says it all: bounds (``"0 to 1"``,
    ``"> 2026-01-31"``), the values allowed, or a figure. ``names``: what people call names among these, in
    English and Chinese, as of a :class:`~repayplan.Reason`.
    """

    row: int
    code: Code
    field: str
    value: str
    limit: str = ""
    names: Mapping[str, tuple[str, str]] = its(default_factory=dict, repr=False, compare=False)

    def text(self, language: Language = "en") -> str:
        """The sentence for a person.

        Examples
        --------
        >>> Failure(3, Code.OUT_OF_RANGE, "unpaid", "5000", "0 to 3660").text()
        'unpaid is out of range (5000); it must be 0 to 3660'
        """
        value, limit = (called(each, self.names, language) for each in (self.value, self.limit))
        return self.code.text(language, field=shortened(self.field), value=shortened(value), limit=limit)

    def error(self) -> InputError:
        """The exception that the same fault raises in a call for one loan."""
        return InputError(self.code, self.field, self.value, limit=self.limit or None)


class Failures(Sequence[Failure]):
    """Failed rows, one entry per row (its first fault), in order of row.

    Attributes
    ----------
    row
        int64; the caller's row number of each.
    field, value
        Text; which field, and what was given for it.
    names
        What people call names among values and limits; see :class:`Failure`.

    Examples
    --------
    >>> failures = Failures.of([Failure(3, Code.MISSING, "principal", "")])
    >>> len(failures), failures[0].code.value, failures.row.tolist()
    (1, 'missing', [3])
    """

    # Of limits few are distinct and some are long: each is kept once, with its place for every row.
    __slots__ = ("_code", "_limit", "_limits", "field", "names", "row", "value")
    names: Mapping[str, tuple[str, str]]

    def __init__(self, row: Ints, code: Ints, field: Texts, value: Texts, limit: Ints, limits: Texts) -> None:
        order = np.argsort(row, kind="stable")
        keep = order[np.unique(row[order], return_index=True)[1]]
        self.row = row[keep]
        self._code, self.field, self.value = code[keep], field[keep], value[keep]
        self._limit, self._limits = limit[keep], limits
        self.names = {}

    @classmethod
    def of(cls, failures: Sequence[Failure]) -> Failures:
        """Failures from single entries; of several for one row the first is kept."""
        return cls(
            np.array([f.row for f in failures], np.int64),
            np.array([_INDEX[f.code] for f in failures], np.int64),
            np.array([f.field for f in failures], np.str_),
            np.array([f.value for f in failures], np.str_),
            *_distinct(np.array([f.limit for f in failures], np.str_)),
        )

    @classmethod
    def at(
        cls, row: Ints, code: Code, field: str, value: npt.ArrayLike, limit: npt.ArrayLike = ""
    ) -> Failures:
        """The same code and field for all of the rows given; value and limit for all, or one a row."""
        n = len(row)
        place, limits = _distinct(np.asarray(limit).astype(np.str_))
        return cls(
            np.asarray(row, np.int64),
            np.full(n, _INDEX[code], np.int64),
            np.full(n, field),
            np.broadcast_to(np.asarray(value).astype(np.str_), (n,)),
            np.broadcast_to(place, (n,)),
            limits,
        )

    @classmethod
    def none(cls) -> Failures:
        """No failure."""
        return _NONE

    def and_then(self, *others: Failures) -> Failures:
        """Failures of several steps together; where a row failed twice, the earlier step's entry stays."""
        every = [f for f in (self, *others) if len(f)]
        if len(every) < 2:
            return every[0] if every else self
        place, limits = _distinct(np.concatenate([f._limits for f in every]))
        before = np.cumsum([0, *(len(f._limits) for f in every)])
        return Failures(
            np.concatenate([f.row for f in every]),
            np.concatenate([f._code for f in every]),
            np.concatenate([f.field for f in every]),
            np.concatenate([f.value for f in every]),
            place[np.concatenate([f._limit + shift for f, shift in zip(every, before, strict=False)])],
            limits,
        )

    def moved(self, row: Ints) -> Failures:
        """The same failures where row ``i`` here is the caller's row ``row[i]``."""
        if not len(self):
            return self
        return Failures(row[self.row], self._code, self.field, self.value, self._limit, self._limits)

    def named(self, field: str) -> Failures:
        """The same failures, of another field."""
        fields = np.full(len(self), field)
        return Failures(self.row, self._code, fields, self.value, self._limit, self._limits)

    def placed(self, where: Texts) -> Failures:
        """The same failures, each field with where its row was read."""
        if not len(self):
            return self
        field = np.array([f"{name} ({where[at]})" for name, at in zip(self.field, self.row, strict=True)])
        return Failures(self.row, self._code, field, self.value, self._limit, self._limits)

    @property
    def limit(self) -> Texts:
        """What each value was held against, ``""`` where nothing; see :class:`Failure`."""
        return self._limits[self._limit]

    def copied(self, of: Ints) -> Failures:
        """The failures of rows ``i`` each of which fails as row ``of[i]`` does here."""
        place = np.full(1 + max(int(of.max(initial=-1)), int(self.row.max(initial=-1))), -1)
        place[self.row] = np.arange(len(self))
        row = np.flatnonzero(place[of] >= 0)
        at = place[of[row]]
        return Failures(row, self._code[at], self.field[at], self.value[at], self._limit[at], self._limits)

    def texts(self, language: Language = "en") -> Texts:
        """The sentence of each, as :meth:`Failure.text` says it; each sentence is made once for all values.

        Examples
        --------
        >>> Failures.at(np.array([0, 4]), Code.NEGATIVE, "fees", ["-1", "-2.50"]).texts().tolist()
        ['fees is negative (-1)', 'fees is negative (-2.50)']
        """
        out = np.full(len(self), "", np.object_)
        of = np.unique(self.field, return_inverse=True)[1]
        first, kind = alike(self._code, of.reshape(-1), self._limit)
        for k, at in enumerate(first.tolist()):
            mine = np.flatnonzero(kind == k)
            one = self[at]
            limit = called(one.limit, self.names, language)
            whole = one.code.text(language, field=shortened(one.field), value=_VALUE, limit=limit)
            said = whole.split(_VALUE)
            text = np.full(len(mine), said[0], np.object_)
            values = self.value[mine]
            if self.names:
                values = np.array([called(each, self.names, language) for each in values.tolist()], np.str_)
            for part in said[1:]:
                text = text + _seen(values) + part
            out[mine] = text
        return out.astype(np.str_)

    def to_frame(self, kind: Any = "pandas", *, keep: Iterable[str] = ()) -> Any:
        """The failed rows as a frame, a row each: ``row``, ``code``, ``field``, ``value``, ``limit``.

        And the sentence in each language, ``message_en`` and ``message_zh``.

        Parameters
        ----------
        kind, keep
            As of :meth:`repayplan.plans.batch.Schedules.to_frame`.

        Raises
        ------
        InputError
            ``kind`` is no kind of frame, or a frame that has no such rows.
        ImportError
            The library isn't installed; the message names the extra.

        Examples
        --------
        >>> Failures.at(np.array([4]), Code.NEGATIVE, "fees", "-1").to_frame("polars").row(0)
        (4, 'negative', 'fees', '-1', '', 'fees is negative (-1)', 'fees为负数（-1）')
        """
        from repayplan.edges.frames import Origin, frame_of
        from repayplan.edges.results import failed_rows

        return frame_of(failed_rows(self), kind, Origin(self.row, None, keep))

    def called(self, names: Mapping[str, tuple[str, str]]) -> Failures:
        """The same failures, which say these names as people call them."""
        same = self.take(np.arange(len(self)))
        same.names = names
        return same

    def take(self, entries: Ints) -> Failures:
        """Some of the entries, by their place here."""
        some = Failures(
            self.row[entries],
            self._code[entries],
            self.field[entries],
            self.value[entries],
            self._limit[entries],
            self._limits,
        )
        some.names = self.names
        return some

    @property
    def code(self) -> list[Code]:
        """The codes, in order of row."""
        return [CODES[c] for c in self._code]

    def mask(self, size: int) -> Bools:
        """bool[size], True where a row failed."""
        out = np.zeros(size, np.bool_)
        out[self.row] = True
        return out

    def __len__(self) -> int:
        return len(self.row)

    @overload
    def __getitem__(self, index: int) -> Failure: ...
    @overload
    def __getitem__(self, index: slice) -> Failures: ...
    def __getitem__(self, index: int | slice) -> Failure | Failures:
        if isinstance(index, slice):
            return self.take(np.arange(len(self))[index])
        return Failure(
            int(self.row[index]),
            CODES[self._code[index]],
            str(self.field[index]),
            str(self.value[index]),
            str(self._limits[self._limit[index]]),
            self.names,
        )

    def __iter__(self) -> Iterator[Failure]:
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        shown = ", ".join(f"row {f.row}: {f.code} ({f.field})" for f in self[:5])
        return f"Failures({len(self)}{': ' if shown else ''}{shown}{', ...' if len(self) > 5 else ''})"


_seen = np.frompyfunc(shortened, 1, 1)
"""Each value as a sentence shows it."""
_VALUE = "\ue000"
"""A character of nobody's, in the place of a value."""


def _distinct(limits: Texts) -> tuple[Ints, Texts]:
    """Texts as places in the distinct ones, and these."""
    texts, place = np.unique(limits, return_inverse=True)
    return place.reshape(-1).astype(np.int64), texts


_NONE = Failures.of([])


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """What a batch verb returns.

    Attributes
    ----------
    value
        The results, good rows only, in the caller's order.
    row
        int64; the caller's row number of each good row.
    failures
        The rows without a result, each with its code.
    """

    value: T
    row: Ints
    failures: Failures

    def single(self) -> T:
        """The value of a batch of one; raises the failure instead where there is one."""
        for failure in self.failures:
            raise failure.error()
        return self.value
