"""The files of one part of the results: written whole under another name, then put in their place."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from repayplan.basics.money import EXACT
from repayplan.edges.cells import FORMULA, NUMBER, RATE_DECIMALS, harmless_names
from repayplan.edges.folder import to_disk
from repayplan.edges.frames import need

CODECS = ("zstd", "snappy", "lz4", "gzip", "none")
UNFINISHED = ".unfinished-"
"""How the name of a file begins that isn't in its place yet."""
PIECE = 2**20


@dataclass(frozen=True, slots=True)
class Written:
    """What is known of a file that was written.

    Attributes
    ----------
    file
        Its name below the target.
    rows, bytes, sha256
        How many rows and bytes it has, and its hash.
    sums
        What each column of amounts adds up to, in minor units of the result's decimals.
    """

    file: str
    rows: int
    bytes: int
    sha256: str
    sums: Mapping[str, int]

    def as_dict(self) -> dict[str, Any]:
        """As data."""
        return asdict(self)

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Written:
        """From data as :meth:`as_dict` gives it; ValueError, TypeError or LookupError where it isn't that."""
        made = cls(**data)
        texts, counts = (made.file, made.sha256), (made.rows, made.bytes, *made.sums.values())
        if not all(isinstance(each, str) for each in texts) or any(type(each) is not int for each in counts):
            raise ValueError("no file of a stream")
        return made


def part_name(output: str, number: int, kind: str) -> str:
    """Where a part's file of a result is, below the target.

    Examples
    --------
    >>> part_name("decisions", 7, "csv")
    'decisions/part-000007.csv'
    """
    return f"{output}/part-{number:06}.{kind}"


class PartFiles:
    """The files of one part, one for each result: in their place after :meth:`commit`, or not at all.

    Parameters
    ----------
    folder
        The target, with a folder for each result in it.
    number
        The part's.
    kind, codec
        ``"parquet"`` or ``"csv"``; how Parquet is compressed.
    schemas
        Of each result.
    plain
        Of each result the columns whose values differ from row to row, which no dictionary makes smaller.
    """

    def __init__(
        self,
        folder: Path,
        number: int,
        *,
        kind: str,
        codec: str,
        schemas: Mapping[str, Any],
        plain: Mapping[str, frozenset[str]],
    ) -> None:
        self._folder, self._number, self._kind, self._schemas = folder, number, kind, schemas
        self._open: dict[str, Any] = {}
        self._rows = dict.fromkeys(schemas, 0)
        self._sums = {name: dict.fromkeys(amounts(schema), 0) for name, schema in schemas.items()}
        try:
            for name, schema in schemas.items():
                self._open[name] = _writer(self._path(name), schema, kind, codec, plain[name])
        except BaseException:
            self.abort()
            raise

    def write(self, tables: Mapping[str, Any]) -> None:
        """The results of a block, behind those before it."""
        for name, table in tables.items():
            self._rows[name] += table.num_rows
            for column, units in sums(table).items():
                self._sums[name][column] += units
            if self._kind == "csv":
                self._open[name].write_table(harmless(table))
            elif table.num_rows:
                self._open[name].write_table(table, row_group_size=table.num_rows)

    def commit(self) -> dict[str, Written]:
        """Writes everything through to the disk, and gives the files their names."""
        made = {}
        for name in self._schemas:
            self._open.pop(name).close()
            path = self._path(name)
            to_disk(path)
            size, digest = hashed(path)
            file = part_name(name, self._number, self._kind)
            made[name] = Written(file, self._rows[name], size, digest, self._sums[name])
        for name, each in made.items():
            self._path(name).replace(self._folder / each.file)
        for name in made:
            to_disk(self._folder / name)
        return made

    def abort(self) -> None:
        """Removes what was written."""
        for writer in self._open.values():
            with suppress(OSError, need("pyarrow", "arrow").ArrowException):
                writer.close()
        self._open.clear()
        for name in self._schemas:
            self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        file = self._folder / part_name(name, self._number, self._kind)
        return file.with_name(UNFINISHED + file.name)


def _writer(path: Path, schema: Any, kind: str, codec: str, plain: frozenset[str]) -> Any:
    pa = need("pyarrow", "arrow")
    if kind == "csv":
        csv = need("pyarrow.csv", "arrow")
        headed = pa.schema(
            [each.with_name(name) for each, name in zip(schema, harmless_names(schema.names), strict=True)]
        )
        return csv.CSVWriter(str(path), headed, write_options=csv.WriteOptions(include_header=True))
    few = [each.name for each in schema if not pa.types.is_decimal(each.type) and each.name not in plain]
    parquet = need("pyarrow.parquet", "arrow")
    return parquet.ParquetWriter(str(path), schema, compression=codec, use_dictionary=few or False)


def amounts(schema: Any) -> list[str]:
    """The columns of a result that are amounts: decimals but for rates, which add up to nothing."""
    decimal = need("pyarrow", "arrow").types.is_decimal
    return [each.name for each in schema if decimal(each.type) and each.type.scale != RATE_DECIMALS]


def sums(table: Any) -> dict[str, int]:
    """What each column of amounts adds up to, in its smallest units."""
    compute, found = need("pyarrow.compute", "arrow"), {}
    for name in amounts(table.schema):
        total = compute.sum(table[name]).as_py()
        found[name] = 0 if total is None else int(total.scaleb(table.schema.field(name).type.scale, EXACT))
    return found


def harmless(table: Any) -> Any:
    """A table whose text no spreadsheet takes for a formula: an apostrophe is before such a cell or heading.

    Numbers stay as they are, with their sign.

    Examples
    --------
    >>> import pyarrow
    >>> harmless(pyarrow.table({"id": ["=1+1", "-5.00", "A-1", None]}))["id"].to_pylist()
    ["'=1+1", '-5.00', 'A-1', None]
    """
    pa, compute = need("pyarrow", "arrow"), need("pyarrow.compute", "arrow")
    for at, each in enumerate(table.schema):
        if pa.types.is_string(each.type):
            cells = table.column(at)
            like = compute.match_substring_regex(cells, f"^[{re.escape(FORMULA)}]")
            number = compute.match_substring_regex(cells, f"^{NUMBER}$")
            marked = compute.binary_join_element_wise("'", cells, "")
            cells = compute.if_else(compute.and_not(like, number), marked, cells)
            table = table.set_column(at, each, cells)
    return table.rename_columns(harmless_names(table.column_names))


def hashed(path: Path) -> tuple[int, str]:
    """A file's size and SHA-256, read a piece at a time."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
            size += len(piece)
    return size, digest.hexdigest()


def read_again(path: Path, schema: Any, kind: str) -> tuple[int, dict[str, int]]:
    """How many rows a file has, and what its amounts add up to, of what is there now.

    Raises
    ------
    OSError, ``pyarrow.ArrowException``
        It can't be read.
    """
    total, rows = dict.fromkeys(amounts(schema), 0), 0
    for table in _tables(path, schema, kind):
        rows += table.num_rows
        for name, units in sums(table).items():
            total[name] += units
    return rows, total


def _tables(path: Path, schema: Any, kind: str) -> Iterator[Any]:
    pa = need("pyarrow", "arrow")
    wanted = amounts(schema) or [schema.names[0]]
    if kind == "csv":
        wanted = harmless_names(wanted)
        csv = need("pyarrow.csv", "arrow")
        with csv.open_csv(
            str(path),
            read_options=csv.ReadOptions(use_threads=False, block_size=PIECE * 4),
            parse_options=csv.ParseOptions(newlines_in_values=True),
            convert_options=csv.ConvertOptions(
                include_columns=wanted,
                column_types={name: schema.field(name).type for name in amounts(schema)},
            ),
        ) as reader:
            yield from (pa.Table.from_batches([batch]) for batch in reader)
        return
    with need("pyarrow.parquet", "arrow").ParquetFile(str(path), pre_buffer=False, buffer_size=PIECE) as file:
        if not file.schema_arrow.equals(schema):
            raise pa.ArrowInvalid("its columns are others than those that were written")
        for batch in file.iter_batches(columns=wanted, use_threads=False):
            yield pa.Table.from_batches([batch])
