"""In what two files of one kind differ, figure by figure: JSON, CSV, and lines of text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any

from repayplan.basics.errors import PolicyError
from repayplan.edges.casedata import from_json

Difference = tuple[str, Any, Any]
"""Where; what the first file has there, and what the second: ``-`` where there is nothing."""
NOTHING = "-"


def differences(name: str, one: bytes, other: bytes, *, more: bool = False) -> Iterator[Difference]:
    r"""Everywhere that two files differ, whose bytes do; the name says of which kind they are.

    Parameters
    ----------
    name
        Of a file of JSON, CSV, or text.
    one, other
        Their bytes.
    more
        Whether the second may say more: keys and columns that the first doesn't have.

    Examples
    --------
    >>> list(differences("a.json", b'{"a": {"b": [1, 2]}}', b'{"a": {"b": [1]}}'))
    [('a.b[1]', 2, '-')]
    >>> list(differences("a.csv", b"due,pay\n1,5.00\n", b"due,pay\n1,5.01\n"))
    [('pay[0]', '5.00', '5.01')]
    >>> list(differences("a.txt", b"Dear Sir\nA\n", b"Dear Sir\nB\n"))
    [('line 2', 'A', 'B')]
    """
    found = False
    for each in _apart(name, one, other, more):
        found = True
        yield each
    if not found and not more:  # the same figures, written in another way
        yield "bytes", len(one), len(other)


def _apart(name: str, one: bytes, other: bytes, more: bool) -> Iterator[Difference]:  # noqa: FBT001
    if name.endswith(".json"):
        try:
            yield from _values("", from_json(one, name), from_json(other, name), more)
        except PolicyError as error:
            yield "", str(error.rule), NOTHING
        return
    texts = (one.decode(errors="replace"), other.decode(errors="replace"))
    if name.endswith(".csv"):
        try:
            mine, its = (list(csv.reader(io.StringIO(text))) for text in texts)
        except csv.Error as error:
            yield "", f"not CSV: {error}", NOTHING
            return
        yield from _rows(mine, its, more)
        return
    lines = (text.split("\n") for text in texts)
    for i, (now, then) in enumerate(zip_longest(*lines, fillvalue=NOTHING), 1):
        if now != then:
            yield f"line {i}", now, then


def _values(path: str, one: Any, other: Any, more: bool) -> Iterator[Difference]:  # noqa: FBT001
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted(one if more else {*one, *other}):
            below = f"{path}.{key}" if path else key
            yield from _values(below, one.get(key, NOTHING), other.get(key, NOTHING), more)
    elif isinstance(one, list) and isinstance(other, list):
        for i, (mine, its) in enumerate(zip_longest(one, other, fillvalue=NOTHING)):
            yield from _values(f"{path}[{i}]", mine, its, more)
    elif type(one) is not type(other) or one != other:
        yield path, one, other


def _rows(one: Sequence[Sequence[str]], other: Sequence[Sequence[str]], more: bool) -> Iterator[Difference]:  # noqa: FBT001
    """Column by column, by the names in the headers; rows by their place."""
    mine, its = ({name: k for k, name in enumerate(rows[0] if rows else ())} for rows in (one, other))
    for name in mine if more else {**mine, **its}:
        if name not in mine or name not in its:
            yield "header", name if name in mine else NOTHING, name if name in its else NOTHING
            continue
        for i, (row, new) in enumerate(zip_longest(one[1:], other[1:], fillvalue=())):
            a, b = _cell(row, mine[name]), _cell(new, its[name])
            if a != b:
                yield f"{name}[{i}]", a, b
    for i, row in enumerate(one):
        if len(row) != len(mine):
            yield f"cells[{i - 1}]" if i else "header", len(row), len(mine)


def _cell(row: Sequence[str], place: int) -> str:
    return row[place] if place < len(row) else NOTHING
