"""Whether what was written is still what it was: the results of a stream, or an archive."""

from __future__ import annotations

import os

from repayplan.basics.errors import Code, InputError
from repayplan.edges.archiving import is_archive, verify_archive
from repayplan.edges.folder import path_of
from repayplan.edges.verifying import Verification, verify_stream


def verify(
    target: str | os.PathLike[str], *, sha256: str | None = None, workers: int | None = None
) -> Verification:
    """Reads everything again that :func:`~repayplan.stream` or :func:`~repayplan.archive` wrote to a folder.

    Of a stream: hashes, rows, sums, files that are missing or foreign. Of an archive: hashes, files that are
    missing or foreign, and every figure worked out again from the inputs
    (:func:`~repayplan.edges.archiving.verify_archive`).

    Parameters
    ----------
    target
        The folder.
    sha256
        Of an archive's manifest, where it was kept elsewhere.
    workers
        Of a stream: threads; None: as many as this process has processors.

    Raises
    ------
    FolderError
        There is no such folder, nor can there be one, or neither a manifest nor a journal is in it.
    InputError
        A target that is no path; a ``sha256`` of something else than an archive.
    ImportError
        Of a stream: pyarrow isn't installed (extra ``arrow``).
    """
    if is_archive(path_of("target", target)):
        return verify_archive(target, sha256=sha256)
    if sha256 is not None:
        raise InputError(Code.UNKNOWN_VALUE, "sha256", sha256, "of an archive only: there is none")
    return verify_stream(target, workers=workers)
