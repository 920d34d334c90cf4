"""Where a stream reads from: files, folders, patterns and object stores, as a list of files in one order."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from repayplan.basics.errors import Code, InputError
from repayplan.edges.files import TableError
from repayplan.edges.frames import need

if TYPE_CHECKING:
    from types import ModuleType

Source: TypeAlias = "str | os.PathLike[str] | Sequence[str | os.PathLike[str]]"
SUFFIXES = (".parquet", ".pq", ".csv")
"""What files in a folder must be called; those whose names begin with ``.`` or ``_`` are left alone."""
_PATTERN = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True)
class Found:
    """A file that is read: its name below what was given, and where it is."""

    name: str
    path: str
    filesystem: Any


def find(source: Source, filesystem: Any = None, *, apart: Path | None = None) -> tuple[Found, ...]:
    """The files of a source, in the order of their names.

    Parameters
    ----------
    source
        A file, a folder with everything below it, or a pattern (``*``, ``?``, ``[a-c]`` within a name,
        ``**`` for any folders) where there is no file or folder called so; with a scheme
        (``s3://bucket/loans/*.parquet``) in the object store that pyarrow knows by it. Or several of these,
        in the order given.
    filesystem
        A ``pyarrow.fs.FileSystem`` in which the paths are.
    apart
        A local folder whose files aren't read, by whatever path they are reached: that which results are
        written to.

    Raises
    ------
    TableError
        There is no such file, nothing matches, a pattern is none, a file in a folder is neither CSV nor
        Parquet, or one is given twice, or is in the folder that is apart.
    InputError
        A file system that is none of pyarrow's.
    """
    fs = need("pyarrow.fs", "arrow")
    if filesystem is not None and not isinstance(filesystem, fs.FileSystem):
        rule = "a pyarrow.fs.FileSystem is needed"
        raise InputError(Code.UNKNOWN_VALUE, "filesystem", repr(filesystem), rule)
    whole: Any = source
    one_path = isinstance(whole, (str, os.PathLike)) or not isinstance(whole, Iterable)
    each: tuple[Any, ...] = (whole,) if one_path else tuple(whole)
    for given in each:
        if not isinstance(given, (str, os.PathLike)) or not isinstance(os.fspath(given), str):
            raise TableError(Code.UNKNOWN_VALUE, "source", f"{given!r} is no path")
    found = [one for given in each for one in _found(fs, os.fspath(given), filesystem, apart)]
    if not found:
        raise TableError(Code.MISSING, "source", "no file is given")
    seen = set()
    for one in found:
        where = _real(fs, one.filesystem, one.path)
        if where in seen:
            raise TableError(Code.DUPLICATE, one.path, "is given twice")
        seen.add(where)
    names = [one.name for one in found]
    if len(set(names)) < len(names):  # of several folders: only their paths tell them apart
        return tuple(Found(one.path, one.path, one.filesystem) for one in found)
    return tuple(found)


def _found(fs: ModuleType, given: str, filesystem: Any, apart: Path | None) -> Iterable[Found]:
    where, pattern = given, None
    if not _PATTERN.search(given) or "://" in given or not _exists(fs, given, filesystem):
        where, pattern = _split(given)
    filesystem, base, info = _looked_up(fs, given, where, filesystem)
    own = None if apart is None else os.path.realpath(apart) + os.sep
    if info.type == fs.FileType.File and pattern is None:
        if own is not None and _local(fs, filesystem) and _real(fs, filesystem, base).startswith(own):
            raise TableError(Code.DUPLICATE, given, "is in the folder that results are written to")
        return [Found(info.base_name, base, filesystem)]
    if info.type != fs.FileType.Directory:
        raise TableError(Code.MISSING, given, "there is no such file or folder")
    try:
        below = filesystem.get_file_info(fs.FileSelector(base, recursive=True))
        named = {_below(one.path, base): one.path for one in below if one.type == fs.FileType.File}
    except UnicodeError:
        raise TableError(Code.UNKNOWN_VALUE, given, "a name in it is not UTF-8") from None
    except (OSError, need("pyarrow", "arrow").ArrowException) as error:
        raise TableError(Code.UNKNOWN_VALUE, given, f"can't be looked through: {said(error)}") from None
    if own is not None and _local(fs, filesystem):
        named = {
            name: path for name, path in named.items() if not _real(fs, filesystem, path).startswith(own)
        }
    if pattern is None:
        named = {name: path for name, path in named.items() if not _hidden(name)}
        for name in sorted(named):
            if not name.lower().endswith(SUFFIXES):
                rule = f"{name} in it is none of {', '.join(SUFFIXES)}; name the files by a pattern"
                raise TableError(Code.UNKNOWN_VALUE, given, rule)
    else:
        named = {name: path for name, path in named.items() if pattern.fullmatch(name)}
    if not named:
        raise TableError(Code.MISSING, given, "there is no file" if pattern is None else "no file matches")
    return [Found(name, named[name], filesystem) for name in sorted(named)]


def _looked_up(fs: ModuleType, given: str, where: str, filesystem: Any) -> tuple[Any, str, Any]:
    """The file system of a path, its path there, and what is there."""
    try:
        if filesystem is not None:
            base = where
        elif "://" in given:
            filesystem, base = fs.FileSystem.from_uri(where)
        else:
            filesystem, base = fs.LocalFileSystem(), Path(where or ".").absolute().as_posix()
        return filesystem, base, filesystem.get_file_info(base)
    except (OSError, ValueError, need("pyarrow", "arrow").ArrowException) as error:
        raise TableError(Code.MISSING, given, f"can't be looked up: {said(error)}") from None


def _exists(fs: ModuleType, given: str, filesystem: Any) -> bool:
    """Whether what looks like a pattern is the path of something."""
    return bool(_looked_up(fs, given, given, filesystem)[2].type != fs.FileType.NotFound)


def _real(fs: ModuleType, filesystem: Any, path: str) -> str:
    """Where a file is, whatever path leads to it: of local ones without links and ``..``."""
    if isinstance(filesystem, fs.SubTreeFileSystem):
        return _real(fs, filesystem.base_fs, f"{filesystem.base_path.rstrip('/')}/{path}")
    return os.path.realpath(path) if isinstance(filesystem, fs.LocalFileSystem) else path


def _local(fs: ModuleType, filesystem: Any) -> bool:
    """Whether its files are this machine's."""
    while isinstance(filesystem, fs.SubTreeFileSystem):
        filesystem = filesystem.base_fs
    return isinstance(filesystem, fs.LocalFileSystem)


def _split(given: str) -> tuple[str, re.Pattern[str] | None]:
    """The folder above the first name with a pattern, and that pattern."""
    plain = given if "://" in given else given.replace(os.sep, "/")
    scheme, mark, rest = plain.rpartition("://")
    parts = rest.split("/")
    at = next((place for place, part in enumerate(parts) if _PATTERN.search(part)), None)
    if at is None:
        return given, None
    above = scheme + mark + ("/".join(parts[:at]) or ("/" if rest.startswith("/") else ""))
    return above, _regex(given, parts[at:])


def _regex(given: str, parts: Sequence[str]) -> re.Pattern[str]:
    out = ""
    for place, part in enumerate(parts):
        last = place == len(parts) - 1
        if part == "**":
            out += "(?:[^/._][^/]*/)*" + ("[^/._][^/]*" if last else "")
            continue
        pieces = re.split(r"(\*|\?|\[[^\]]+\])", part)
        # A star doesn't match names that are hidden.
        out += "(?![._])" if part[0] in "*?[" else ""
        for piece in pieces:
            if piece in ("*", "?"):
                out += "[^/]*" if piece == "*" else "[^/]"
            elif piece.startswith("[") and piece.endswith("]"):
                out += _one_of(given, piece[1:-1])
            else:
                out += re.escape(piece)
        out += "" if last else "/"
    try:
        return re.compile(out)
    except re.error as error:
        raise TableError(Code.UNKNOWN_VALUE, "/".join(parts), f"no pattern of file names: {error}") from None


def _one_of(given: str, signs: str) -> str:
    """The signs between brackets as a regular expression: each by itself, or from one to another."""
    none, signs = signs.startswith("!"), signs.removeprefix("!")
    out, at = "", 0
    while at < len(signs):
        low, high = signs[at], signs[at + 2] if signs[at + 1 : at + 2] == "-" and at + 2 < len(signs) else ""
        if high and low > high:
            raise TableError(Code.UNKNOWN_VALUE, given, f"is no pattern: {low}-{high} is the wrong way round")
        if signs[at : at + 2] == "[:":
            raise TableError(
                Code.UNKNOWN_VALUE, given, "is no pattern: classes of signs ([:...:]) aren't known"
            )
        out += re.escape(low) + (f"-{re.escape(high)}" if high else "")
        at += 3 if high else 1
    if not out:
        raise TableError(Code.UNKNOWN_VALUE, given, "is no pattern: there is nothing between the brackets")
    return f"[{'^' if none else ''}{out}]"


def _below(path: str, base: str) -> str:
    return path[len(base) :].lstrip("/")


def _hidden(name: str) -> bool:
    return any(part.startswith((".", "_")) for part in name.split("/"))


def said(error: BaseException) -> str:
    """The first line of what another library says."""
    lines = str(error).splitlines()
    return lines[0] if lines else type(error).__name__
