"""A folder of results that appears whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from repayplan.basics.errors import Code, InputError
from repayplan.basics.rulefile import NO_PATH
from repayplan.basics.visible import visible

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator


class FolderError(InputError):
    """A folder can't be written to; says which and why."""

    def __init__(self, code: Code, path: Path, rule: str) -> None:
        super().__init__(code, "out", str(path), rule)
        self.args = (f"{visible(str(path))}: {self.rule}",)


def path_of(field: str, given: Any) -> Path:
    """What is given as a folder, as a path that there can be.

    Raises
    ------
    InputError
        It is no text and no path.
    FolderError
        The system can't look it up: a NUL, a name that is too long, a folder above that can't be read.

    Examples
    --------
    >>> path_of("target", "out").name
    'out'
    >>> path_of("target", None)
    Traceback (most recent call last):
    repayplan.basics.errors.InputError: target='None': the path of a folder is needed [unknown_value]
    """
    if not isinstance(given, (str, os.PathLike)) or not isinstance(os.fspath(given), str):
        raise InputError(Code.UNKNOWN_VALUE, field, repr(given), "the path of a folder is needed")
    path = Path(given)
    try:
        with suppress(FileNotFoundError, NotADirectoryError):
            path.lstat()
    except ValueError:  # of NULs and of halves of surrogate pairs
        raise FolderError(Code.UNKNOWN_VALUE, path, NO_PATH) from None
    except OSError as error:
        raise FolderError(Code.UNKNOWN_VALUE, path, f"can't be looked up: {error.strerror}") from None
    return path


def check_target(out: Path, *, overwrite: bool, ours: Collection[str]) -> None:
    """Refuses a target that would lose somebody's files.

    Parameters
    ----------
    out
        The folder to be made.
    overwrite
        Whether an earlier result there may be replaced.
    ours
        Names of files that results consist of: a folder with anything else in it is never replaced.

    Raises
    ------
    FolderError
        The target is a file, isn't empty (without ``overwrite``), holds a file that isn't ours, or
        its parent folder isn't there; or there can be no such path.
    """
    path_of("out", out)
    if not out.absolute().parent.is_dir():
        raise FolderError(Code.MISSING, out, f"there is no folder {out.absolute().parent}")
    if not out.exists() and not out.is_symlink():
        return
    if not out.is_dir():
        raise FolderError(Code.DUPLICATE, out, "is there already and is no folder")
    if out.samefile("."):
        raise FolderError(Code.DUPLICATE, out, "is the current folder; name a new one in it")
    names = sorted(p.name for p in out.iterdir())
    if names and not overwrite:
        raise FolderError(Code.DUPLICATE, out, "is not empty; --overwrite replaces an earlier result")
    foreign = [name for name in names if name not in ours or not (out / name).is_file()]
    if foreign:
        rule = f"holds {foreign[0]}, which is no result of this program: not replaced"
        raise FolderError(Code.DUPLICATE, out, rule)


@contextmanager
def whole_folder(out: Path, *, overwrite: bool = False, ours: Collection[str] = ()) -> Iterator[Path]:
    """A new folder beside ``out`` to write into; it takes the place of ``out`` when the block ends well.

    On any error, and on an interruption, the new folder is removed and ``out`` is as it was.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> out = pathlib.Path(tempfile.mkdtemp()) / "result"
    >>> with whole_folder(out) as folder:
    ...     _ = (folder / "a.txt").write_text("whole")
    >>> (out / "a.txt").read_text()
    'whole'
    """
    check_target(out, overwrite=overwrite, ours=ours)
    out = out.resolve()
    mark = secrets.token_hex(4)
    new, old = (out.with_name(f".{out.name}.{mark}.{which}") for which in ("part", "old"))
    new.mkdir()
    try:
        yield new
        for path in new.iterdir():
            to_disk(path)
        to_disk(new)
        # Somebody may have written there meanwhile.
        check_target(out, overwrite=overwrite, ours=ours)
        if out.exists():
            out.replace(old)
        new.replace(out)
        to_disk(out.parent)
    finally:
        if old.exists() and not out.exists():
            old.replace(out)
        for left in (new, old):
            if left.exists():
                shutil.rmtree(left)


def to_disk(path: Path) -> None:
    """Asks the system to write a file or folder through; a folder only where the system can."""
    folder = path.is_dir()
    if folder and os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY if folder else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_pieces(path: Path, pieces: Iterable[bytes]) -> None:
    """Bytes into a new file, piece by piece."""
    with path.open("xb") as file:
        for piece in pieces:
            file.write(piece)
