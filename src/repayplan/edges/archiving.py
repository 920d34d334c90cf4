"""A case in a folder of open formats: written whole, read back, and worked out again from its inputs."""

from __future__ import annotations

import hashlib
import os
import platform
import stat
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path

import numpy as np

from repayplan.accounts.clauses import one_line
from repayplan.basics.errors import Code, InputError, PolicyError
from repayplan.basics.ruleshape import check_kinds
from repayplan.basics.ruletext import read_record
from repayplan.basics.rulewriting import as_record
from repayplan.edges.casedata import MOST_BYTES, from_json, refused, to_json
from repayplan.edges.casefile import CaseFile, Retention, is_file_name
from repayplan.edges.caseinputs import CASE, INPUTS, case_from, inputs_of
from repayplan.edges.caseresults import results_of
from repayplan.edges.folder import FolderError, to_disk, whole_folder, write_pieces
from repayplan.edges.partfiles import hashed
from repayplan.edges.textdiff import differences
from repayplan.edges.verifying import Fault, Verification, changed

FORMAT = "repayplan.archive/1"
MANIFEST = "manifest.json"
GIVEN, FOUND, DOCUMENTS = "inputs", "results", "documents"
MOST_FAULTS = 1_000
"""So many differences of a file are listed."""
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
        digest = _digest(to_json({k: v for k, v in as_record(self).items() if k != "sha256"}))
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
            raw = _bytes_of(folder / MANIFEST)
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


def _digest(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def _bytes_of(path: Path, most: int = MOST_BYTES) -> bytes:
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
    return path.read_bytes()


def archive(case: CaseFile, directory: str | os.PathLike[str]) -> ArchiveManifest:
    """Writes everything about a case into a new folder, whole or not at all.

    Before that everything is worked out again from what will be in ``inputs/``: where something else comes
    out, nothing is written. The same case gives the same bytes on any machine, but for the versions in the
    manifest.

    Parameters
    ----------
    case
        Everything about it.
    directory
        The folder, which isn't there yet or is empty; the folder above it is there.

    Returns
    -------
    ArchiveManifest
        What was written.

    Raises
    ------
    FolderError
        The folder isn't empty, or can't be made.
    InputError
        ``differs``: something doesn't follow from the inputs, naming file and field; something can't be
        written as data; a name that this system's encoding of file names has no letters for (it isn't UTF-8);
        the account can't be replayed.

    Examples
    --------
    >>> import tempfile, repayplan as rp
    >>> loan = rp.Loan(
    ...     principal="9000", annual_rate="0.1", original_term=24, elapsed=6, unpaid=18, next_due="2026-03-31"
    ... )
    >>> home, policy = rp.Household(net_income="3900"), rp.Policy.example("consumer")
    >>> case = rp.CaseFile(
    ...     id="A-17",
    ...     as_of="2026-03-05",
    ...     retention=rp.Retention.after("2028-03-31", years=5, source="the lender's rules on files"),
    ...     loan=loan,
    ...     household=home,
    ...     policy=policy,
    ...     offer=rp.propose(loan, home, policy),
    ... )
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     made = archive(case, f"{folder}/A-17")
    ...     same = rp.read_archive(f"{folder}/A-17") == case
    ...     print(rp.verify(f"{folder}/A-17"))
    all 8 files are as they were written, and everything follows from the inputs
    >>> same, made.retention.until
    (True, datetime.date(2033, 3, 31))
    """
    if not isinstance(case, CaseFile):
        raise InputError(Code.UNKNOWN_VALUE, "case", type(case).__name__, "a CaseFile")
    out = Path(directory)
    if out.is_dir() and any(out.iterdir()):
        raise FolderError(Code.DUPLICATE, out, "is not empty: an archive is written over nothing")
    for name, path in (("out", str(out)), *(("documents", each) for each in case.documents)):
        _refuse_unwritable(name, path)
    given, found = inputs_of(case), results_of(case)
    for fault in _apart(found, results_of(case_from(given, case.documents, f"{GIVEN}/")), more=False):
        raise ArchiveError(fault, out)
    files = {
        f"{folder}/{name}": raw
        for folder, some in ((GIVEN, given), (FOUND, found), (DOCUMENTS, case.documents))
        for name, raw in some.items()
    }
    manifest = ArchiveManifest(
        format=FORMAT,
        case=case.id,
        retention=case.retention,
        versions={
            "repayplan": _version(),
            "numpy": np.__version__,
            "python": platform.python_version(),
        },
        files={
            name: ArchivedFile(bytes=len(raw), sha256=_digest(raw)) for name, raw in sorted(files.items())
        },
    )
    with whole_folder(out) as new:
        for folder in {name.partition("/")[0] for name in files}:
            (new / folder).mkdir()
        for name, raw in {**files, MANIFEST: manifest.text.encode()}.items():
            write_pieces(new / name, [raw])
            to_disk(new / name)
    return manifest


def _refuse_unwritable(field: str, name: str) -> None:
    """Refuses a name that this process can't give to a file.

    Raises
    ------
    InputError
        Its encoding of file names hasn't these letters.
    """
    try:
        os.fsencode(name)
    except UnicodeEncodeError:
        encoding = sys.getfilesystemencoding()
        rule = f"a name that file names in {encoding} have letters for; set a UTF-8 locale, or PYTHONUTF8=1"
        raise InputError(Code.UNKNOWN_VALUE, field, name, rule) from None


def _version() -> str:
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


def read_archive(directory: str | os.PathLike[str], *, sha256: str | None = None) -> CaseFile:
    """The case that :func:`archive` wrote: an equal value, once everything has been verified.

    Parameters
    ----------
    directory
        The folder.
    sha256
        Of the manifest, where it was kept elsewhere.

    Raises
    ------
    FolderError
        There is no such folder, or no archive in it.
    ArchiveError
        What :func:`verify_archive` finds first.

    Examples
    --------
    See :func:`archive`.
    """
    folder = Path(directory)
    manifest, faults, case = _checked(folder, sha256, documents=True)
    for fault in faults:
        raise ArchiveError(fault, folder)
    if manifest is None or case is None:
        raise ArchiveError(Fault(f"{GIVEN}/{CASE}", Code.MISSING), folder)
    return case


def verify_archive(directory: str | os.PathLike[str], *, sha256: str | None = None) -> Verification:
    """Whether an archive is as it was written, and everything in it still follows from its inputs.

    Every file is hashed; then reviews, opinions and decisions, the offer and its plan, the agreement with its
    fingerprint, the account's statement and the stage of the case are worked out again from ``inputs/``
    alone, and every figure is held against ``results/``. Of an archive that another version of
    the package made, figures that this one knows besides aren't missed; files are, which the format names.

    Parameters
    ----------
    directory
        The folder that :func:`archive` wrote.
    sha256
        Of the manifest, where it was kept elsewhere: without it, an archive that somebody made anew, hashes
        and all, from other inputs can't be told from the first one.

    Returns
    -------
    Verification
        Every difference (of a file no more than :data:`MOST_FAULTS`): file, field, what was archived and what
        comes out now, with codes.

    Raises
    ------
    FolderError
        There is no such folder, or no archive in it.
    """
    manifest, faults, _ = _checked(Path(directory), sha256, documents=False)
    return Verification(0 if manifest is None else len(manifest.files) + 1, {}, tuple(faults))


def expired(kept: ArchiveManifest | str | os.PathLike[str], on: date | str) -> bool:
    """Whether an archive, given by its manifest or its folder, need no longer be kept on a day.

    Raises
    ------
    FolderError
        There is no such folder, no archive in it, or its manifest isn't what was written.
    InputError
        The day isn't one.

    Examples
    --------
    >>> kept = Retention(until="2036-12-31", source="the lender's rules on files")
    >>> manifest = ArchiveManifest(format=FORMAT, case="A-17", retention=kept, versions={}, files={})
    >>> expired(manifest, "2036-12-31"), expired(manifest, "2037-01-01")
    (False, True)
    """
    manifest = kept if isinstance(kept, ArchiveManifest) else ArchiveManifest.read(kept)
    return manifest.retention.expired(on)


def is_archive(folder: Path) -> bool:
    """Whether a folder looks like an archive, however damaged."""
    if (folder / GIVEN / CASE).is_file():
        return True
    try:
        return FORMAT.encode() in _bytes_of(folder / MANIFEST)
    except (OSError, InputError):
        return False


def _checked(
    folder: Path, sha256: str | None, *, documents: bool
) -> tuple[ArchiveManifest | None, list[Fault], CaseFile | None]:
    """The manifest, all faults, and the case worked out again from its inputs, where that can be."""
    try:
        manifest = ArchiveManifest.read(folder)
    except FolderError as error:
        if error.code is not Code.DAMAGED:
            raise
        return None, [Fault(MANIFEST, Code.DAMAGED, found=str(error.rule))], None
    faults = []
    if sha256 is not None and sha256 != manifest.sha256:
        faults.append(Fault(MANIFEST, Code.CHANGED, "sha256", manifest.sha256, sha256))
    faults += _foreign(folder, manifest)
    held: dict[str, bytes] = {}
    for name, written in manifest.files.items():
        raw, fault = _read(folder / name, name, written, keep=documents or not name.startswith(DOCUMENTS))
        faults += [] if fault is None else [fault]
        if raw is not None:
            held[name] = raw
    given, stored, handed = (
        {n.partition("/")[2]: raw for n, raw in held.items() if n.startswith(f"{f}/")} for f in FOLDERS
    )
    try:
        case = case_from(given, handed, f"{GIVEN}/")
        with refused(FOUND):
            made = results_of(case)
    except PolicyError as error:
        source = error.source or FOUND
        field = "" if error.field == source else error.field
        return manifest, [*faults, Fault(source, Code.UNREADABLE, field, found=error.rule)], None
    for name, now, then in (
        ("case", case.id, manifest.case),
        ("retention.until", case.retention.until, manifest.retention.until),
        ("retention", case.retention, manifest.retention),
    ):
        if now != then:
            faults.append(Fault(MANIFEST, Code.DIFFERS, name, found=now, written=then))
            break
    listed = {name.partition("/")[2] for name in manifest.files if name.startswith(f"{FOUND}/")}
    unread = listed - stored.keys()
    later = manifest.versions.get("repayplan") != _version()
    apart = _apart(stored, made, more=later)
    faults += [fault for fault in apart if fault.file.partition("/")[2] not in unread]
    unused = given.keys() - inputs_of(case).keys()
    faults += [Fault(f"{GIVEN}/{name}", Code.FOREIGN) for name in sorted(unused)]
    return manifest, faults, case


def _foreign(folder: Path, manifest: ArchiveManifest) -> Iterator[Fault]:
    """Whatever stands in the folder and not in the manifest; what links lead to isn't looked at."""
    with os.scandir(folder) as entries:
        top = sorted(entries, key=lambda entry: entry.name)
    for entry in top:
        if entry.name == MANIFEST:
            continue
        within = any(name.startswith(f"{entry.name}/") for name in manifest.files)
        if not within or not entry.is_dir(follow_symlinks=False):
            yield Fault(entry.name, Code.FOREIGN)
            continue
        with os.scandir(entry.path) as inside:
            names = sorted(f"{entry.name}/{each.name}" for each in inside)
        yield from (Fault(name, Code.FOREIGN) for name in names if name not in manifest.files)


def _read(path: Path, name: str, written: ArchivedFile, *, keep: bool) -> tuple[bytes | None, Fault | None]:
    """A file's bytes where it is to be kept, and what is wrong with it."""
    try:
        found = path.lstat()
        if path.parent.is_symlink() or not stat.S_ISREG(found.st_mode):
            return None, Fault(name, Code.UNREADABLE, found="it is no plain file of the archive")
        if keep and not (name.startswith(DOCUMENTS)):
            raw = _bytes_of(path)
            size, digest = len(raw), _digest(raw)
        elif found.st_size != written.bytes:
            return None, changed(name, (found.st_size, "-"), (written.bytes, written.sha256))
        elif keep:
            raw = path.read_bytes()
            size, digest = len(raw), _digest(raw)
        else:
            raw = b""
            size, digest = hashed(path)
    except FileNotFoundError:
        return None, Fault(name, Code.MISSING)
    except UnicodeError:
        return None, Fault(name, Code.UNREADABLE, found="this system's encoding has no such name")
    except (OSError, InputError) as error:
        said = str(error.value) if isinstance(error, InputError) else error.strerror
        return None, Fault(name, Code.UNREADABLE, found=said)
    if (size, digest) != (written.bytes, written.sha256):
        return raw, changed(name, (size, digest), (written.bytes, written.sha256))
    return raw, None


def _apart(stored: Mapping[str, bytes], made: Mapping[str, bytes], *, more: bool) -> Iterator[Fault]:
    """What of results isn't what comes out now; ``more``: figures that come out besides are none of that.

    Which files there are is the format's: no version that wrote this format left one out.
    """
    for name in sorted({*stored, *made}):
        file = f"{FOUND}/{name}"
        if name not in made:
            yield Fault(file, Code.FOREIGN)
        elif name not in stored:
            yield Fault(file, Code.MISSING)
        elif stored[name] != made[name]:
            apart = differences(name, stored[name], made[name], more=more)
            for field, then, now in islice(apart, MOST_FAULTS):
                yield Fault(file, Code.DIFFERS, field, found=now, written=then)
