"""Portfolios of any size from files to files: part by part, in constant memory, resumable at any moment."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal, get_args

from repayplan.basics.blocks import asked, processors
from repayplan.basics.errors import Code, InputError
from repayplan.edges.blockwork import Work
from repayplan.edges.files import TableError
from repayplan.edges.folder import FolderError, to_disk
from repayplan.edges.framekind import FrameError, is_whole
from repayplan.edges.frames import need
from repayplan.edges.journal import (
    Manifest,
    locked,
)
from repayplan.edges.partfiles import CODECS
from repayplan.edges.portions import Indexed, index
from repayplan.edges.sources import Source, find
from repayplan.edges.streamprogress import Meter, StreamProgress
from repayplan.edges.streamrun import PLACED, StreamRun, naming

PART_ROWS = 131_072
BLOCK_ROWS, BLOCK_ROWS_WRITTEN = 32_768, 8_192
"""Rows worked on at once; fewer where every row of every schedule is made of them."""


def stream(
    source: Source,
    target: str | os.PathLike[str],
    work: Work,
    *,
    kind: Literal["parquet", "csv"] = "parquet",
    codec: str = "zstd",
    part_rows: int = PART_ROWS,
    block_rows: int | None = None,
    workers: int | None = None,
    overwrite: bool = False,
    progress: Callable[[StreamProgress], object] | None = None,
    filesystem: Any = None,
) -> Manifest:
    r"""Works through files of any size, and writes what comes of them part by part.

    A part is whole in the target or not there. A run that was ended, by whatever, goes on where it was when
    it is called again with the same arguments; a run that has come to its end is verified, and nothing is
    done. The files are the same bytes in every case, and whatever the number of workers.

    Parameters
    ----------
    source
        Parquet or CSV: a file, a folder, a pattern such as ``loans/*.parquet``, several of these, or a URI of
        an object store (``s3://...``) that pyarrow knows.
    target
        A local folder, made if it isn't there: a folder for each result, and ``manifest.json``.
    work
        What is worked out; see :class:`~repayplan.Work`.
    kind, codec
        ``"parquet"``, compressed by ``zstd``, ``snappy``, ``lz4``, ``gzip`` or ``none``; or ``"csv"``, in
        which no text begins a formula.
    part_rows, block_rows
        Rows of the source in a part, and how many of them are worked on at once. By default 32,768, with
        schedules 8,192.
    workers
        Threads, one for each part that is worked on; None: as many as this process has processors.
    overwrite
        Begin anew, and drop what an earlier run left in the target.
    progress
        Called with a :class:`StreamProgress`.
    filesystem
        A ``pyarrow.fs.FileSystem`` that the source's paths are in.

    Returns
    -------
    What is in ``manifest.json``: inputs, rules, rows and sums.

    Raises
    ------
    TableError
        A file can't be found or read, or a column isn't what it must be; naming the file and the rows.
    FolderError
        The target holds files of somebody's, or an earlier run's of other inputs, rules, settings or versions
        (named); or another run is writing there.
    InputError
        A setting that there isn't.
    ImportError
        pyarrow isn't installed (extra ``arrow``).

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from repayplan import equal_instalment
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> text = "principal,annual_rate,original_term,elapsed,unpaid,next_due\n" + 5 * (
    ...     "300.00,0,3,0,3,2026-01-31\n"
    ... )
    >>> _ = (folder / "loans.csv").write_text(text)
    >>> made = stream(folder / "loans.csv", folder / "out", Work(plan=equal_instalment(3)), part_rows=2)
    >>> made.rows, made.sums["loans"]["total_payment"]
    ({'read': 5, 'loans': 5, 'failures': 0}, 150000)
    """
    need("pyarrow", "arrow")
    if kind not in get_args(Literal["parquet", "csv"]):
        raise InputError(Code.UNKNOWN_VALUE, "kind", kind, "parquet or csv")
    if codec not in CODECS:
        raise InputError(Code.UNKNOWN_VALUE, "codec", codec, f"one of {', '.join(CODECS)}")
    if not isinstance(work, Work):
        raise InputError(Code.UNKNOWN_VALUE, "work", repr(work), "a Work is needed")
    if not isinstance(target, (str, os.PathLike)):
        raise InputError(Code.UNKNOWN_VALUE, "target", repr(target), "the path of a folder is needed")
    usual = BLOCK_ROWS_WRITTEN if work.schedules else BLOCK_ROWS
    size = usual if block_rows is None else block_rows
    many = asked(processors() if workers is None else workers)
    for name, count in (("part_rows", part_rows), ("block_rows", size)):
        if not is_whole(count) or count < 1:
            raise InputError(Code.OUT_OF_RANGE, name, str(count), "a whole number: 1 or more")
    folder = Path(target)
    _check_folder(folder)
    files = [index(found, int(part_rows)) for found in find(source, filesystem, apart=folder)]
    _check_files(files, work)
    settings = {"kind": kind, "codec": codec, "part_rows": int(part_rows), "block_rows": int(size)}
    run = StreamRun(folder, files, work, settings)
    if not folder.exists():
        folder.mkdir()
        to_disk(folder.absolute().parent)
    with locked(folder):
        return run.go(many, Meter(progress, sum(file.rows for file in files)), overwrite=overwrite)


def _check_files(files: Sequence[Indexed], work: Work) -> None:
    """TableError where there are no rows, or a file's columns aren't what they must be."""
    if not any(file.rows for file in files):
        raise TableError(Code.MISSING, files[0].found.name, "there are no rows")
    for file in files:
        with naming(file.found.name, ""):
            for name in set(PLACED).intersection(work.keep):
                rule = "failures have a column of that name: where a row was read"
                raise FrameError(Code.DUPLICATE, "keep", rule, column=name)
            work(file.schema.empty_table().select(work.reads(file.schema.names)))


def _check_folder(folder: Path) -> None:
    if not folder.absolute().parent.is_dir():
        raise FolderError(Code.MISSING, folder, f"there is no folder {folder.absolute().parent}")
    if (folder.exists() or folder.is_symlink()) and not folder.is_dir():
        raise FolderError(Code.DUPLICATE, folder, "is there already and is no folder")
    if folder.exists() and folder.samefile("."):
        raise FolderError(Code.DUPLICATE, folder, "is the current folder; name a new one in it")
