"""Whether what a stream wrote is still what its manifest says."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from repayplan.basics.blocks import processors, run_blocks
from repayplan.basics.errors import Code, Language, which
from repayplan.basics.sizes import MAX_RULE, MAX_SHOWN
from repayplan.basics.visible import shortened
from repayplan.edges.errorwords import rule_in_chinese
from repayplan.edges.folder import FolderError
from repayplan.edges.frames import need
from repayplan.edges.journal import (
    JOURNAL,
    KINDS,
    LOCK,
    MANIFEST,
    Manifest,
    PartDone,
    foreign,
    read_journal,
    schema_of,
)
from repayplan.edges.partfiles import hashed, read_again
from repayplan.edges.sources import said


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a file that is read again.

    Attributes
    ----------
    file
        Its name below the folder.
    code
        ``missing``, ``foreign``, ``changed`` (other bytes), ``rows`` or ``sums`` (others than were written),
        ``unreadable``, ``unfinished`` (the run has not come to its end), ``damaged`` (the manifest itself),
        or ``differs`` (worked out again from an archive's inputs, something else comes out).
    field
        What in the file; empty: all of it.
    found, written
        What is there now, or comes out now, and what was written; None: the code says it all.

    Examples
    --------
    >>> fault = Fault("results/offer.json", Code.DIFFERS, "instalments", found=26, written=27)
    >>> fault.text()
    'results/offer.json, instalments: archived is 27; worked out again from the inputs it is 26'
    >>> fault.text("zh")
    'results/offer.json，instalments：存档为27；按输入重新计算为26'
    """

    file: str
    code: Code
    field: str = ""
    found: object = None
    written: object = None

    def text(self, language: Language = "en") -> str:
        """The sentence for a person; a long value, such as a list in the place of a figure, is cut off."""
        named = f"{self.file}{(', ', '，')[which(language)]}{self.field}" if self.field else self.file
        found, written = (
            rule_in_chinese(each) if isinstance(each, str) and language == "zh" else each
            for each in (self.found, self.written)
        )
        most = MAX_SHOWN if self.code is Code.DIFFERS else MAX_RULE
        found, written = (each if each is None else shortened(each, most) for each in (found, written))
        return self.code.text(language, field=shortened(named, most), value=found, limit=written)


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found when results were read again.

    Attributes
    ----------
    parts, rows
        How many parts there are, and rows of each result, by the manifest. Of an archive: how many files, and
        none.
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

    def text(self, language: Language = "en") -> str:
        """Everything that is wrong, a line each; or that nothing is."""
        if self.faults:
            return "\n".join(f"{fault.text(language)} [{fault.code}]" for fault in self.faults)
        place = which(language)
        if not self.rows:
            return _ARCHIVED[place].format(f"{self.parts:,}")
        each = (_RESULTS[name][place].format(f"{count:,}") for name, count in self.rows.items())
        return _WRITTEN[place].format(f"{self.parts:,}", (", ", "，")[place].join(each))

    def __str__(self) -> str:
        return self.text()


_WRITTEN = ("all {} parts are as they were written: {}", "全部{}个分段均与写入时一致：{}")
_ARCHIVED = (
    "all {} files are as they were written, and everything follows from the inputs",
    "全部{}个文件均与写入时一致，各项结果均可由输入重新得出",
)
_RESULTS = {
    "read": ("{} read", "读取{}行"),
    "decisions": ("{} decisions", "决定{}条"),
    "loans": ("{} loans", "贷款{}笔"),
    "schedules": ("{} schedules", "还款计划{}行"),
    "failures": ("{} failures", "未受理{}行"),
}


def verify_stream(target: str | os.PathLike[str], *, workers: int | None = None) -> Verification:
    """Reads everything again that a stream wrote: hashes, rows, sums, files that are missing or foreign.

    Parameters
    ----------
    target
        The folder that :func:`~repayplan.stream` wrote to.
    workers
        Threads; None: as many as this process has processors.

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
            faults.append(Fault(JOURNAL, Code.UNFINISHED, found=len(found.parts)))
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
        return Verification(0, {}, (Fault(MANIFEST, Code.DAMAGED, found=error.rule),))
    kind = found.head["settings"]["kind"]
    read = run_blocks(
        lambda part: part_faults(folder, part, schemas, kind),
        found.parts,
        lambda part: part.rows,
        workers=processors() if workers is None else workers,
    )
    faults += [fault for some in read for fault in some]
    known = {each.file for part in found.parts for each in part.outputs.values()}
    known |= {MANIFEST, JOURNAL, LOCK}  # the latter two stay behind where a run was killed
    strange = foreign(folder)  # a link in the place of a part is one, and so is a folder without files
    for path in sorted(path for path in folder.rglob("*") if not path.is_dir() or path.is_symlink()):
        name = path.relative_to(folder).as_posix()
        if name not in known:
            faults.append(Fault(name, Code.FOREIGN))
    told = [fault.file for fault in faults if fault.code is Code.FOREIGN]
    for name in strange:
        if not any(each == name or each.startswith(f"{name}/") for each in told):
            faults.append(Fault(name, Code.FOREIGN))
    return Verification(len(found.parts), found.rows, tuple(faults))


def changed(file: str, found: tuple[int, str], written: tuple[int, str]) -> Fault:
    """That a file has other bytes: how many, and their SHA-256."""
    now, then = (f"{size} bytes, SHA-256 {digest}" for size, digest in (found, written))
    return Fault(file, Code.CHANGED, found=now, written=then)


def part_faults(
    folder: Path, part: PartDone, schemas: Mapping[str, Any], kind: str, *, again: bool = True
) -> list[Fault]:
    """What is wrong with the files of a part; ``again``: read them, and don't rely on the hash alone."""
    pa = need("pyarrow", "arrow")
    faults = []
    for name, each in part.outputs.items():
        path = folder / each.file
        if path.is_symlink() or (path.exists() and not path.is_file()):
            faults.append(Fault(each.file, Code.FOREIGN))
            continue
        try:
            size, digest = hashed(path)
            if (size, digest) != (each.bytes, each.sha256):
                faults.append(changed(each.file, (size, digest), (each.bytes, each.sha256)))
                continue
            if not again:
                continue
            rows, sums = read_again(path, schemas[name], kind)
        except FileNotFoundError:
            faults.append(Fault(each.file, Code.MISSING))
            continue
        except (OSError, pa.ArrowException) as error:
            faults.append(Fault(each.file, Code.UNREADABLE, found=said(error)))
            continue
        if rows != each.rows:
            faults.append(Fault(each.file, Code.ROWS, found=rows, written=each.rows))
        faults += [
            Fault(each.file, Code.SUMS, column, found=sums.get(column), written=units)
            for column, units in each.sums.items()
            if sums.get(column) != units
        ]
    return faults
