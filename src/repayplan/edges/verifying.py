"""Whether what a stream wrote is still what its manifest says."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from repayplan.basics.blocks import processors
from repayplan.basics.errors import Code
from repayplan.edges.folder import FolderError
from repayplan.edges.frames import need
from repayplan.edges.journal import (
    JOURNAL,
    KINDS,
    LOCK,
    MANIFEST,
    Manifest,
    PartDone,
    read_journal,
    schema_of,
)
from repayplan.edges.partfiles import UNFINISHED, hashed, read_again
from repayplan.edges.sources import said


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a file of a stream's results.

    Attributes
    ----------
    file
        Its name below the target.
    code
        ``missing``, ``foreign``, ``changed`` (other bytes), ``rows`` or ``sums`` (others than were written),
        ``unreadable``, ``unfinished`` (the run has not come to its end), ``damaged`` (the manifest itself).
    text
        In words.
    """

    file: str
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found when results were read again.

    Attributes
    ----------
    parts, rows
        How many parts there are, and rows of each result, by the manifest.
    faults
        Everything that is wrong.
    """

    parts: int
    rows: Mapping[str, int]
    faults: tuple[Fault, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults

    def __str__(self) -> str:
        if self.faults:
            return "\n".join(f"{fault.file}: {fault.text} [{fault.code}]" for fault in self.faults)
        rows = ", ".join(f"{count:,} {name}" for name, count in self.rows.items())
        return f"all {self.parts:,} parts are as they were written: {rows}"


def verify(target: str | os.PathLike[str]) -> Verification:
    """Reads everything again that a stream wrote: hashes, rows, sums, files that are missing or foreign.

    Parameters
    ----------
    target
        The folder that :func:`~repayplan.stream` wrote to.

    Raises
    ------
    FolderError
        There is no such folder, or neither a manifest nor a journal in it.
    ImportError
        pyarrow isn't installed (extra ``arrow``).
    """
    folder = Path(target)
    need("pyarrow", "arrow")
    if not folder.is_dir():
        raise FolderError(Code.MISSING, folder, "there is no such folder")
    faults: list[Fault] = []
    try:
        if (folder / MANIFEST).exists():
            found = Manifest.read(folder)
        else:
            begun = read_journal(folder)
            if begun is None:
                raise FolderError(
                    Code.MISSING, folder, f"there is no {MANIFEST}: no stream has written there"
                )
            found = begun
            text = f"the run has not come to its end; {len(found.parts)} parts are done"
            faults.append(Fault(JOURNAL, "unfinished", text))
        try:
            schemas = {name: schema_of(columns) for name, columns in found.head["columns"].items()}
            kind = found.head["settings"]["kind"]
            missing = [name for part in found.parts for name in part.outputs if name not in schemas]
            if missing or kind not in KINDS:
                raise ValueError("columns are missing")
        except (LookupError, TypeError, ValueError, AttributeError) as error:  # of pyarrow ValueErrors too
            rule = f"{MANIFEST} is damaged: what the results are can't be told"
            raise FolderError(Code.UNKNOWN_VALUE, folder, rule) from error
    except FolderError as error:
        if error.code is not Code.UNKNOWN_VALUE:
            raise
        return Verification(0, {}, (Fault(MANIFEST, "damaged", str(error.rule)),))
    with ThreadPoolExecutor(processors()) as pool:
        for some in pool.map(lambda part: part_faults(folder, part, schemas, kind), found.parts):
            faults += some
    known = {each.file for part in found.parts for each in part.outputs.values()}
    known |= {MANIFEST, JOURNAL, LOCK}  # the latter two stay behind where a run was killed
    for path in sorted(path for path in folder.rglob("*") if not path.is_dir() or path.is_symlink()):
        name = path.relative_to(folder).as_posix()
        if name not in known:
            what = "was not finished" if path.name.startswith(UNFINISHED) else "is no result of this stream"
            faults.append(Fault(name, "foreign", what))
    return Verification(len(found.parts), found.rows, tuple(faults))


def part_faults(
    folder: Path, part: PartDone, schemas: Mapping[str, Any], kind: str, *, again: bool = True
) -> list[Fault]:
    """What is wrong with the files of a part; ``again``: read them, and don't rely on the hash alone."""
    pa = need("pyarrow", "arrow")
    faults = []
    for name, each in part.outputs.items():
        path = folder / each.file
        if path.is_symlink() or (path.exists() and not path.is_file()):
            faults.append(Fault(each.file, "foreign", "is a link, or no plain file: not read"))
            continue
        try:
            size, digest = hashed(path)
            if (size, digest) != (each.bytes, each.sha256):
                text = f"has {size} bytes, SHA-256 {digest}; written were {each.bytes}, {each.sha256}"
                faults.append(Fault(each.file, "changed", text))
                continue
            if not again:
                continue
            rows, sums = read_again(path, schemas[name], kind)
        except FileNotFoundError:
            faults.append(Fault(each.file, "missing", "is not there"))
            continue
        except (OSError, pa.ArrowException) as error:
            faults.append(Fault(each.file, "unreadable", f"can't be read: {said(error)}"))
            continue
        if rows != each.rows:
            faults.append(Fault(each.file, "rows", f"has {rows} rows; written were {each.rows}"))
        faults += [
            Fault(each.file, "sums", f"{column} adds up to {sums.get(column)}; written were {units}")
            for column, units in each.sums.items()
            if sums.get(column) != units
        ]
    return faults
