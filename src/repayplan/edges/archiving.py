"""A case in a folder of open formats: written whole, read back, and worked out again from its inputs."""

from __future__ import annotations

import os
import platform
import sys
from datetime import date
from pathlib import Path

import numpy as np

from repayplan.basics.errors import Code, InputError
from repayplan.edges.archivechecking import apart_from, checked
from repayplan.edges.archivemanifest import (
    DOCUMENTS,
    FORMAT,
    FOUND,
    GIVEN,
    MANIFEST,
    ArchivedFile,
    ArchiveError,
    ArchiveManifest,
    bytes_of,
    digest_of,
    own_version,
)
from repayplan.edges.casefile import CaseFile
from repayplan.edges.caseinputs import CASE, inputs_of
from repayplan.edges.casereading import case_from
from repayplan.edges.caseresults import results_of
from repayplan.edges.folder import FolderError, to_disk, whole_folder, write_pieces
from repayplan.edges.verifying import Fault, Verification


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
    for fault in apart_from(found, results_of(case_from(given, case.documents, f"{GIVEN}/")), more=False):
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
            "repayplan": own_version(),
            "numpy": np.__version__,
            "python": platform.python_version(),
        },
        files={
            name: ArchivedFile(bytes=len(raw), sha256=digest_of(raw)) for name, raw in sorted(files.items())
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
    manifest, faults, case = checked(folder, sha256, documents=True)
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
    manifest, faults, _ = checked(Path(directory), sha256, documents=False)
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
    >>> from repayplan import Retention
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
        return FORMAT.encode() in bytes_of(folder / MANIFEST)
    except (OSError, InputError):
        return False
