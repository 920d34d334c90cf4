"""An archive held against its manifest, and against what its inputs give now."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path

from repayplan.basics.errors import Code, InputError, PolicyError
from repayplan.edges.archivemanifest import (
    DOCUMENTS,
    FOLDERS,
    FOUND,
    GIVEN,
    MANIFEST,
    ArchivedFile,
    ArchiveManifest,
    bytes_of,
    digest_of,
    own_version,
)
from repayplan.edges.casedata import refused
from repayplan.edges.casefile import CaseFile
from repayplan.edges.caseinputs import inputs_of
from repayplan.edges.casereading import case_from
from repayplan.edges.caseresults import results_of
from repayplan.edges.folder import FolderError
from repayplan.edges.partfiles import hashed
from repayplan.edges.textdiff import differences
from repayplan.edges.verifying import Fault, changed

MOST_FAULTS = 1_000
"""So many differences of a file are listed."""


def checked(
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
    later = manifest.versions.get("repayplan") != own_version()
    apart = apart_from(stored, made, more=later)
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
            raw = bytes_of(path)
            size, digest = len(raw), digest_of(raw)
        elif found.st_size != written.bytes:
            return None, changed(name, (found.st_size, "-"), (written.bytes, written.sha256))
        elif keep:
            raw = path.read_bytes()
            size, digest = len(raw), digest_of(raw)
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


def apart_from(stored: Mapping[str, bytes], made: Mapping[str, bytes], *, more: bool) -> Iterator[Fault]:
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
