"""A source cut into parts: rows of one file that follow one another, the same ones whoever reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np

from repayplan.basics.errors import Code
from repayplan.basics.outcome import Failures, Ints
from repayplan.edges.csvcuts import Cut, Cutter, pieces, read_cut
from repayplan.edges.files import TableError, check_names
from repayplan.edges.frames import need
from repayplan.edges.sealed import SealedFile, Seals
from repayplan.edges.sources import Found, said

if TYPE_CHECKING:
    from types import ModuleType

PIECE = 4 * 2**20
"""Bytes that are looked at at once."""
BATCH = 65_536
"""Rows that are decoded at once."""
Reads = Callable[[Sequence[str]], list[str]]


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of one file that follow one another: its number, the file's, and which rows of that and of all."""

    number: int
    file: int
    first: int
    start: int
    cut: Cut

    @property
    def rows(self) -> int:
        """How many."""
        return self.cut.rows


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A part that was read: its rows, those that can't be, and the line of the file on which each ends."""

    part: Part
    table: Any
    failures: Failures
    line: Ints


@dataclass(frozen=True, slots=True)
class Indexed:
    """A file as it was when it was looked through: its columns, rows, hashes, and where its parts are."""

    found: Found
    kind: str
    schema: Any
    rows: int
    seals: Seals
    stamp: tuple[int, int | None]
    cuts: tuple[Cut, ...]

    @property
    def said(self) -> dict[str, Any]:
        """By what it is known again."""
        size, digest = self.seals.size, self.seals.sha256
        return {"name": self.found.name, "rows": self.rows, "bytes": size, "sha256": digest}

    def unchanged(self) -> None:
        """TableError where the file isn't any more what it was."""
        if _stamp(self.found) != self.stamp:
            raise TableError(Code.OUT_OF_RANGE, self.found.name, "has changed while it was read; begin anew")


def index(found: Found, rows: int) -> Indexed:
    """Looks through a file once: what it is, its SHA-256, and where its parts of so many rows are.

    Raises
    ------
    TableError
        It can't be read, is no Parquet file that can be, has no header, or a quotation mark stays open.
    """
    pa = need("pyarrow", "arrow")
    stamp, seals = _stamp(found), Seals()
    cutter: Cutter | None = None
    with _told(pa, found.name), found.filesystem.open_input_stream(found.path, compression=None) as stream:
        for piece in pieces(stream, PIECE):
            if not seals.size:
                cutter = None if piece.startswith(b"PAR1") else Cutter(found.name, rows)
            seals.feed(piece)
            if cutter is not None:
                cutter.feed(piece)
    seals.done()
    if not seals.size:
        raise TableError(Code.MISSING, found.name, "the file is empty")
    if cutter is not None:
        cuts = cutter.cuts()
        schema, kind = pa.schema([(name, pa.string()) for name in cutter.header]), "csv"
    else:
        with _opened(pa, found, seals) as file:
            schema, count, kind = file.schema_arrow, file.metadata.num_rows, "parquet"
            names = list(schema.names)  # which are decoded only now
        check_names(found.name, names)
        cuts = tuple(
            Cut(min(rows, count - begin), begin, min(begin + rows, count), begin + 1)
            for begin in range(0, count, rows)
        )
    total = sum(cut.rows for cut in cuts)
    return Indexed(found, kind, schema, total, seals, stamp, cuts)


def names_of(found: Found) -> list[str]:
    """The names of a file's columns.

    Raises
    ------
    TableError
        As of :func:`index`.
    """
    pa, cutter = need("pyarrow", "arrow"), Cutter(found.name, 1)
    with _told(pa, found.name), found.filesystem.open_input_stream(found.path, compression=None) as stream:
        for piece in pieces(stream, PIECE):
            if piece.startswith(b"PAR1"):
                with _opened(pa, found) as file:
                    return list(file.schema_arrow.names)
            cutter.feed(piece)
            if cutter.header:
                return cutter.header
    cutter.cuts()
    return cutter.header


def parts_of(files: Sequence[Indexed]) -> list[Part]:
    """All parts, numbered through."""
    parts: list[Part] = []
    start = 0
    for at, file in enumerate(files):
        first = 0
        for cut in file.cuts:
            parts.append(Part(len(parts), at, first, start, cut))
            first, start = first + cut.rows, start + cut.rows
    return parts


def read(files: Sequence[Indexed], parts: Sequence[Part], reads: Reads) -> Iterator[Block]:
    """Reads parts one after the other, no more of a file than is needed for them.

    Parameters
    ----------
    reads
        Which columns of a file are wanted, of the names of all.

    Raises
    ------
    TableError
        Naming the file, and the rows that can't be read; or it isn't what it was when it was indexed.
    """
    for at, mine in groupby(parts, lambda part: part.file):
        file = files[at]
        wanted = reads(file.schema.names)
        if file.kind == "csv":
            yield from _csv(file, list(mine), wanted)
        else:
            yield from _parquet(file, list(mine), wanted)


def _csv(file: Indexed, parts: Sequence[Part], wanted: list[str]) -> Iterator[Block]:
    pa, name = need("pyarrow", "arrow"), file.found.name
    with _told(pa, name), file.found.filesystem.open_input_file(file.found.path) as stream:
        sealed = SealedFile(name, stream, file.seals)
        for part in parts:
            sealed.seek(part.cut.begin)
            piece = sealed.read(part.cut.end - part.cut.begin)
            table, failures, line = read_cut(name, piece, part.cut, list(file.schema.names))
            yield Block(part, table.select(wanted), failures, line)


def _parquet(file: Indexed, parts: Sequence[Part], wanted: list[str]) -> Iterator[Block]:
    pa = need("pyarrow", "arrow")
    with _opened(pa, file.found, file.seals) as source:
        meta = source.metadata
        ends = np.cumsum([meta.row_group(at).num_rows for at in range(meta.num_row_groups)])
        # Parts that follow one another are read in one go, in which no row is decoded twice.
        for _, run in groupby(enumerate(parts), lambda each: each[1].number - each[0]):
            some = [part for _, part in run]
            groups = range(
                int(np.searchsorted(ends, some[0].cut.begin, side="right")),
                int(np.searchsorted(ends, some[-1].cut.end, side="left")) + 1,
            )
            skip = some[0].cut.begin - (int(ends[groups[0] - 1]) if groups[0] else 0)
            batches = source.iter_batches(
                batch_size=BATCH,
                row_groups=list(groups),
                # By its path a column with a point in its name would be taken for one within another.
                columns=None if any("." in name for name in wanted) else wanted,
                use_threads=False,
            )
            for part, table in _cut(pa, file.found.name, batches, some, skip):
                with _told(pa, file.found.name, part):
                    table.validate(full=True)
                rows = part.first + 1 + np.arange(part.rows)
                yield Block(part, table.select(wanted), Failures.none(), rows)


def _cut(
    pa: ModuleType, name: str, batches: Iterator[Any], parts: Sequence[Part], skip: int
) -> Iterator[tuple[Part, Any]]:
    """Batches as parts, without the rows before the first."""
    held: list[Any] = []
    for part in parts:
        lacking, taken = part.rows, []
        while lacking:
            if not held:
                with _told(pa, name, part):
                    held.append(next(batches, None))
            batch = held.pop()
            if batch is None:
                rule = f"{_rows(part)}: can't be read: there are fewer rows than the file says"
                raise TableError(Code.UNKNOWN_VALUE, name, rule)
            if skip:
                gone = min(skip, batch.num_rows)
                skip, batch = skip - gone, batch.slice(gone)
            if batch.num_rows > lacking:
                held.append(batch.slice(lacking))
                batch = batch.slice(0, lacking)
            if batch.num_rows:
                taken.append(batch)
                lacking -= batch.num_rows
        yield part, pa.Table.from_batches(taken)


def _stamp(found: Found) -> tuple[int, int | None]:
    info = found.filesystem.get_file_info(found.path)
    return info.size, info.mtime_ns


@contextmanager
def _opened(pa: ModuleType, found: Found, seals: Seals | None = None) -> Iterator[Any]:
    parquet = need("pyarrow.parquet", "arrow")
    with _told(pa, found.name), found.filesystem.open_input_file(found.path) as stream:
        # Pages are read as they are needed: not whole columns of a row group, which may be any size.
        file = stream if seals is None else SealedFile(found.name, stream, seals)
        yield parquet.ParquetFile(file, pre_buffer=False, buffer_size=PIECE // 4)


@contextmanager
def _told(pa: ModuleType, name: str, part: Part | None = None) -> Iterator[None]:
    """What another library finds wrong, as our own error that names the file and the rows."""
    try:
        yield
    except (pa.ArrowException, OSError, UnicodeError) as error:
        where = "" if part is None else f"{_rows(part)}: "
        raise TableError(Code.UNKNOWN_VALUE, name, f"{where}can't be read: {said(error)}") from None


def _rows(part: Part) -> str:
    return f"rows {part.first + 1} to {part.first + part.rows}"
