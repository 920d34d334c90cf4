"""What a stream has done so far, line by line as it is done, and the manifest when it is whole."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from repayplan.basics.errors import Code
from repayplan.edges.folder import FolderError, to_disk
from repayplan.edges.frames import need
from repayplan.edges.partfiles import UNFINISHED, Written, part_name

FORMAT = 1
MANIFEST, JOURNAL, LOCK = "manifest.json", "journal.jsonl", ".lock"
OUTPUTS = ("decisions", "loans", "failures", "schedules")
"""Every result that there may be, and its folder."""
KINDS = ("parquet", "csv")
"""In which its files may be."""
_PART = re.compile(rf"({re.escape(UNFINISHED)})?part-\d{{6,}}\.(parquet|csv)")
_DECIMAL = re.compile(r"decimal128\((\d+), (\d+)\)")


@dataclass(frozen=True, slots=True)
class PartDone:
    """A part that is whole on disk: which rows of which file, and the file of each result.

    Attributes
    ----------
    part
        Its number.
    file, first, rows
        The file of the source, its row (from 0) with which the part begins, and how many they are.
    outputs
        By result what was written.
    """

    part: int
    file: str
    first: int
    rows: int
    outputs: Mapping[str, Written]

    def as_dict(self) -> dict[str, Any]:
        """As data."""
        made = {name: each.as_dict() for name, each in self.outputs.items()}
        return {"part": self.part, "file": self.file, "first": self.first, "rows": self.rows, "outputs": made}

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> PartDone:
        """From data as :meth:`as_dict` gives it.

        Raises
        ------
        ValueError, TypeError, LookupError, AttributeError
            It isn't that: no file is read because a manifest names it, but those that a stream writes.
        """
        outputs = {name: Written.of(each) for name, each in data["outputs"].items()}
        made = cls(data["part"], data["file"], data["first"], data["rows"], outputs)
        counts = (made.part, made.first, made.rows)
        if type(made.file) is not str or any(type(each) is not int or each < 0 for each in counts):
            raise ValueError("no part of a stream")
        for name, each in outputs.items():
            if name not in OUTPUTS or each.file not in {part_name(name, made.part, kind) for kind in KINDS}:
                raise ValueError("no file of a stream")
        return made


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a stream read, by which rules, and what it wrote.

    Attributes
    ----------
    head
        What the results depend on, as data: ``inputs`` (name, rows, bytes and SHA-256 of each file), ``work``
        (of a policy its fingerprint), ``settings``, ``versions``, and the ``columns`` of each result.
    parts
        In their order.
    """

    head: Mapping[str, Any]
    parts: tuple[PartDone, ...]

    @property
    def rows(self) -> dict[str, int]:
        """Rows that were read, and of each result."""
        made = {name: sum(part.outputs[name].rows for part in self.parts) for name in self.head["columns"]}
        return {"read": sum(part.rows for part in self.parts), **made}

    @property
    def sums(self) -> dict[str, dict[str, int]]:
        """What each column of amounts adds up to, by result, in units of ``work.places`` decimals."""
        made: dict[str, dict[str, int]] = {}
        for name in self.head["columns"]:
            made[name] = {}
            for part in self.parts:
                for column, units in part.outputs[name].sums.items():
                    made[name][column] = made[name].get(column, 0) + units
        return made

    def as_dict(self) -> dict[str, Any]:
        """As data; its own SHA-256, over everything else, is the last entry."""
        parts = [part.as_dict() for part in self.parts]
        whole = {**self.head, "rows": self.rows, "sums": self.sums, "parts": parts}
        return whole | {"sha256": _digest(whole)}

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """The manifest in a folder.

        Raises
        ------
        FolderError
            It can't be read, isn't whole, or isn't what it was.
        """
        try:
            data = json.loads((folder / MANIFEST).read_bytes())
            digest = data.pop("sha256")
            if data["format"] != FORMAT:
                rule = f"{MANIFEST} is of format {data['format']}, which this version doesn't read"
                raise FolderError(Code.UNKNOWN_VALUE, folder, rule)
            parts = tuple(PartDone.of(each) for each in data.pop("parts"))
            rows, sums = data.pop("rows"), data.pop("sums")
            made = cls(data, parts)
            if (made.rows, made.sums, made.as_dict()["sha256"]) != (rows, sums, digest):
                raise ValueError("other figures")
        except (OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
            if isinstance(error, FolderError):
                raise
            rule = f"{MANIFEST} is damaged: nothing in it can be relied on"
            raise FolderError(Code.UNKNOWN_VALUE, folder, rule) from None
        return made

    def write(self, folder: Path) -> None:
        """Puts it into a folder, whole or not at all."""
        _put(folder / MANIFEST, json.dumps(self.as_dict(), indent=1, ensure_ascii=False) + "\n")


class Journal:
    """A file with what the run is in its first line and a line for every part that is done.

    A line is there when :meth:`add` comes back, whatever happens to the machine afterwards.
    """

    def __init__(self, folder: Path, head: Mapping[str, Any], parts: Sequence[PartDone] = ()) -> None:
        lines = [dict(head), *(part.as_dict() for part in parts)]
        _put(folder / JOURNAL, "".join(_line(each) for each in lines))
        self._file = os.open(folder / JOURNAL, os.O_WRONLY | os.O_APPEND)

    def add(self, part: PartDone) -> None:
        """Claims a part."""
        left = _line(part.as_dict()).encode()
        while left:
            left = left[os.write(self._file, left) :]
        os.fsync(self._file)

    def close(self) -> None:
        """Lets go of the file."""
        os.close(self._file)


def read_journal(folder: Path) -> Manifest | None:
    """What a journal claims, up to the first line that isn't whole; None where there is none."""
    try:
        lines = (folder / JOURNAL).read_bytes().split(b"\n")[:-1]
    except FileNotFoundError:
        return None
    whole: list[Any] = []
    for line in lines:
        try:
            data = json.loads(line)
            if data.pop("sha256") != _digest(data):
                break
            whole.append(PartDone.of(data) if whole else data)
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
            break
    if not whole or whole[0].get("format") != FORMAT:
        rule = f"{JOURNAL} is damaged: what was done so far can't be told"
        raise FolderError(Code.UNKNOWN_VALUE, folder, rule)
    last = {part.part: part for part in whole[1:]}
    return Manifest(whole[0], tuple(last[number] for number in sorted(last)))


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """In what two heads differ, each said in words.

    Examples
    --------
    >>> file = {"name": "a.csv", "sha256": "1"}
    >>> old = {"settings": {"part_rows": 5}, "inputs": [file]}
    >>> differences(old, {"settings": {"part_rows": 6}, "inputs": [file | {"sha256": "2"}]})
    ['settings.part_rows is 6 and was 5', 'the input a.csv has changed']
    """
    found = []
    for group in sorted({*old, *new} - {"inputs", "columns"}):
        before, now = old.get(group), new.get(group)
        if not (isinstance(before, Mapping) and isinstance(now, Mapping)):
            found += [] if before == now else [f"{group} is {now} and was {before}"]
            continue
        for name in sorted({*before, *now}):
            if before.get(name) != now.get(name):
                found.append(f"{group}.{name} is {now.get(name)} and was {before.get(name)}")
    before, now = ({each["name"]: each for each in head["inputs"]} for head in (old, new))
    found += [f"the input {name} is new" for name in now if name not in before]
    found += [f"the input {name} is gone" for name in before if name not in now]
    found += [f"the input {name} has changed" for name in now if name in before and now[name] != before[name]]
    if not found and old != new:
        found.append("the inputs are in another order, or results have other columns")
    return found


def schema_of(columns: Mapping[str, str]) -> Any:
    """A schema from the names of its types, as the head says them."""
    pa = need("pyarrow", "arrow")
    made = []
    for name, kind in columns.items():
        digits = _DECIMAL.fullmatch(kind)
        made.append((name, pa.decimal128(*map(int, digits.groups())) if digits else pa.type_for_alias(kind)))
    return pa.schema(made)


def foreign(folder: Path) -> list[str]:
    """Files and folders that no stream has written there."""
    found = []
    for path in sorted(folder.iterdir()):
        if path.name in OUTPUTS and path.is_dir() and not path.is_symlink():
            inner = sorted(path.iterdir())
            found += [f"{path.name}/{each.name}" for each in inner if not _is_part(each)]
        elif path.name.removeprefix(UNFINISHED) not in (MANIFEST, JOURNAL, LOCK) or not path.is_file():
            found.append(path.name)
    return found


def clear(folder: Path, keep: frozenset[str] = frozenset()) -> None:
    """Removes results that aren't among those to be kept, and everything unfinished."""
    for name in OUTPUTS:
        inner = folder / name
        if inner.is_dir():
            for path in inner.iterdir():
                if _is_part(path) and f"{name}/{path.name}" not in keep:
                    path.unlink()
            if not any(inner.iterdir()):
                inner.rmdir()
    for name in (MANIFEST, JOURNAL):
        (folder / (UNFINISHED + name)).unlink(missing_ok=True)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keeps other processes from writing to a folder, where the system has locks; a killed one lets go of it.

    Raises
    ------
    FolderError
        Another process is writing there.
    """
    path = folder / LOCK
    try:
        import fcntl
    except ImportError:  # nothing of what two runs do at once is lost there: one of them fails
        yield
        return
    while True:
        handle = os.open(path, os.O_CREAT | os.O_RDWR)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            raise FolderError(Code.DUPLICATE, folder, "another run is writing there") from None
        with_name = path.exists() and os.path.samestat(path.stat(), os.fstat(handle))
        if with_name:
            break
        os.close(handle)  # whoever had it has just removed it
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(handle)


def _is_part(path: Path) -> bool:
    return _PART.fullmatch(path.name) is not None and path.is_file() and not path.is_symlink()


def _line(data: Mapping[str, Any]) -> str:
    return json.dumps({**data, "sha256": _digest(data)}, ensure_ascii=False) + "\n"


def _digest(data: Mapping[str, Any]) -> str:
    said = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(said.encode()).hexdigest()


def _put(path: Path, text: str) -> None:
    """A small file, whole or not at all."""
    unfinished = path.with_name(UNFINISHED + path.name)
    unfinished.write_text(text, encoding="utf-8", newline="\n")
    to_disk(unfinished)
    unfinished.replace(path)
    to_disk(path.parent)
