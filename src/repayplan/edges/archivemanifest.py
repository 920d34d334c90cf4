"""The manifest of an archive: which files it has, by which versions it was written, how long it is kept."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from repayplan.accounts.clauses import one_line
from repayplan.basics.errors import Code, InputError, PolicyError
from repayplan.basics.rulefile import beginning
from repayplan.basics.ruleshape import check_kinds
from repayplan.basics.ruletext import read_record
from repayplan.basics.rulewriting import as_record
from repayplan.edges.casedata import MOST_BYTES, from_json, to_json
from repayplan.edges.caseinputs import INPUTS
from repayplan.edges.filenames import is_file_name
from repayplan.edges.folder import FolderError
from repayplan.edges.retention import Retention
from repayplan.edges.verifying import Fault

FORMAT = "repayplan.archive/1"
MANIFEST = "manifest.json"
GIVEN, FOUND, DOCUMENTS = "inputs", "results", "documents"
FOLDERS = (GIVEN, FOUND, DOCUMENTS)
"""What was given, what follows from it, and files as they were handed in or over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedFile:
    """A file of an archive: its size and SHA-256."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveManifest:
    """What is in an archive.

    Attributes
    ----------
    format
        Of the archive: ``"repayplan.archive/1"``.
    case
        What the case is called.
    retention
        How long it is kept.
    versions
        Of ``repayplan``, ``numpy`` and ``python``, by which it was made: a record, which nothing is held
        against.
    files
        Every other file, by its name below the folder.
    sha256
        Over all of this. Whoever keeps it elsewhere can tell later that nobody has made the archive anew.
        Empty: it is worked out.

    Raises
    ------
    InputError
        Another format, a name that is no file's in an archive, or a ``sha256`` of something else.
    """

    format: str
    case: str
    retention: Retention
    versions: Mapping[str, str]
    files: Mapping[str, ArchivedFile]
    sha256: str = ""

    def __post_init__(self) -> None:
        check_kinds(self)
        if self.format != FORMAT:
            raise InputError(Code.UNKNOWN_VALUE, "format", self.format, f"{FORMAT} is read here")
        one_line("case", self.case)
        for name in self.files:
            if not _in_archive(name):
                rule = f"a file in {', '.join(FOLDERS)}, by a name on every system"
                raise InputError(Code.UNKNOWN_VALUE, "files", name, rule)
        digest = digest_of(to_json({k: v for k, v in as_record(self).items() if k != "sha256"}))
        if not self.sha256:
            object.__setattr__(self, "sha256", digest)
        elif self.sha256 != digest:
            raise InputError(Code.CHANGED, "sha256", digest, limit=self.sha256)

    @classmethod
    def read(cls, directory: str | os.PathLike[str]) -> ArchiveManifest:
        """That of an archive; what it says of files isn't held against them, as :func:`verify` does.

        Raises
        ------
        FolderError
            There is no such folder, or no manifest of an archive in it; or it isn't what was written.
        """
        folder = Path(directory)
        if not folder.is_dir():
            raise FolderError(Code.MISSING, folder, "there is no such folder")
        try:
            raw = bytes_of(folder / MANIFEST)
            from_json(raw, MANIFEST)
            made = read_record(cls, raw.decode(), source=MANIFEST)
            if made.text.encode() != raw:
                raise PolicyError(Code.CHANGED, MANIFEST, None, "is written in another way", source=MANIFEST)
        except FileNotFoundError:
            rule = f"there is no {MANIFEST}: no archive was written there"
            raise FolderError(Code.MISSING, folder, rule) from None
        except (OSError, ValueError, TypeError) as error:
            raise FolderError(Code.DAMAGED, folder, f"{MANIFEST} is damaged: {error}") from None
        return made

    @property
    def text(self) -> str:
        """The file."""
        return to_json(as_record(self)).decode()


def _in_archive(name: str) -> bool:
    folder, _, file = name.partition("/")
    return folder in FOLDERS and is_file_name(file) and (folder != GIVEN or file in INPUTS)


def digest_of(raw: bytes) -> str:
    """The SHA-256 of bytes, in hexadecimal digits."""
    return hashlib.sha256(raw).hexdigest()


def bytes_of(path: Path, most: int = MOST_BYTES) -> bytes:
    """A plain file, not through a link; what is too long isn't read.

    Raises
    ------
    OSError
        It can't be read.
    InputError
        It is something else, or too long.
    """
    found = path.lstat()
    if not stat.S_ISREG(found.st_mode):
        raise InputError(Code.UNREADABLE, path.name, "is no plain file")
    if found.st_size > most:
        raise InputError(Code.UNREADABLE, path.name, f"has {found.st_size} bytes, more than {most}")
    raw = beginning(path, most)
    if raw is None:  # it has grown
        raise InputError(Code.UNREADABLE, path.name, f"has more than {most} bytes")
    return raw


def own_version() -> str:
    """The version of this package."""
    from repayplan import __version__

    return __version__


class ArchiveError(InputError):
    """An archive isn't what its inputs give, or isn't as it was written.

    Attributes
    ----------
    fault
        The first thing that is wrong: the file, the field, and both figures.
    """

    def __init__(self, fault: Fault, folder: Path) -> None:
        super().__init__(fault.code, fault.field or fault.file, fault.found, limit=fault.written)
        self.fault = fault
        self.args = (f"{folder}: {fault.text()} [{fault.code}]",)
