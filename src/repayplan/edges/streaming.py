"""Portfolios of any size from files to files: part by part, in constant memory, resumable at any moment."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from repayplan.basics.blocks import asked, processors, threads
from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Failures
from repayplan.edges.blockwork import FAILURES, SCHEDULES, Work
from repayplan.edges.files import TableError
from repayplan.edges.folder import FolderError, path_of, to_disk
from repayplan.edges.framekind import FrameError, is_whole
from repayplan.edges.frames import need
from repayplan.edges.journal import (
    FORMAT,
    JOURNAL,
    MANIFEST,
    OUTPUTS,
    Journal,
    Manifest,
    PartDone,
    clear,
    differences,
    foreign,
    locked,
    read_journal,
)
from repayplan.edges.partfiles import CODECS, PartFiles
from repayplan.edges.portions import Block, Indexed, Part, index, parts_of, read
from repayplan.edges.sources import Source, find
from repayplan.edges.verifying import part_faults, verify_stream

PART_ROWS = 131_072
BLOCK_ROWS, BLOCK_ROWS_WRITTEN = 32_768, 8_192
"""Rows worked on at once; fewer where every row of every schedule is made of them."""
WATCH = 0.2
"""Seconds between two looks at how far the threads are."""
_PLACED = ("file", "line")
"""Where a row that failed was read."""


@dataclass(frozen=True, slots=True)
class StreamProgress:
    """How far a stream is.

    Attributes
    ----------
    done, total
        Rows of the source; those that an earlier run has done count too.
    rate
        Rows a second of this run.
    left
        Seconds that it will take at this rate; None while there is none.
    """

    done: int
    total: int
    rate: float
    left: float | None


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
    folder = _checked(target)
    if progress is not None and not callable(progress):
        raise InputError(Code.UNKNOWN_VALUE, "progress", repr(progress), "a function is needed")
    usual = BLOCK_ROWS_WRITTEN if work.schedules else BLOCK_ROWS
    size = usual if block_rows is None else block_rows
    many = asked(processors() if workers is None else workers)
    for name, count in (("part_rows", part_rows), ("block_rows", size)):
        if not is_whole(count) or count < 1:
            raise InputError(Code.OUT_OF_RANGE, name, str(count), "a whole number: 1 or more")
    files = [index(found, int(part_rows)) for found in find(source, filesystem, apart=folder)]
    _check_files(files, work)
    settings = {"kind": kind, "codec": codec, "part_rows": int(part_rows), "block_rows": int(size)}
    run = _Run(folder, files, work, settings)
    if not folder.exists():
        folder.mkdir()
        to_disk(folder.absolute().parent)
    with locked(folder):
        return run.go(many, _Meter(progress, sum(file.rows for file in files)), overwrite=overwrite)


class _Meter:
    """Counts rows, on any thread, and tells how far it is, on one."""

    def __init__(self, told: Callable[[StreamProgress], object] | None, total: int) -> None:
        self._told, self._total = told, total
        self._lock, self._begun = threading.Lock(), time.monotonic()
        self._before = self._done = self._last = 0

    def begin(self, before: int) -> None:
        """So many rows were done by an earlier run."""
        self._before = self._done = before
        self._begun, self._last = time.monotonic(), -1

    def add(self, rows: int) -> None:
        """So many more are done."""
        with self._lock:
            self._done += rows

    def tell(self) -> None:
        """Tells whoever wants to know, if there is news."""
        if self._told is None or self._done == self._last:
            return
        done = self._last = self._done
        rate = (done - self._before) / max(time.monotonic() - self._begun, 1e-9)
        left = (self._total - done) / rate if rate else None
        self._told(StreamProgress(done, self._total, rate, left))


class _Run:
    """One run: what it depends on, and the parts that it consists of."""

    def __init__(
        self, folder: Path, files: Sequence[Indexed], work: Work, settings: Mapping[str, Any]
    ) -> None:
        pa = need("pyarrow", "arrow")
        from repayplan import __version__

        self.folder, self.files, self.work, self.settings = folder, files, work, settings
        self.schemas = {name: _placed_schema(pa, name, schema) for name, schema in work.schemas.items()}
        self.head: dict[str, Any] = {
            "format": FORMAT,
            "versions": {"repayplan": __version__, "numpy": np.__version__, "pyarrow": pa.__version__},
            "work": work.settings,
            "settings": dict(settings),
            "inputs": [file.said for file in files],
            "columns": {
                name: {each.name: str(each.type) for each in schema} for name, schema in self.schemas.items()
            },
        }
        self.parts = parts_of(files)
        self.stopped = threading.Event()
        one_each = frozenset((*work.keep, "row", "line"))
        self.plain = {name: frozenset() if name == SCHEDULES else one_each for name in work.outputs}

    def go(self, workers: int, meter: _Meter, *, overwrite: bool) -> Manifest:
        """Does what isn't done."""
        done, finished = self._kept(overwrite=overwrite)
        if finished:
            meter.begin(sum(part.rows for part in done.values()))
            meter.tell()
            (self.folder / JOURNAL).unlink(missing_ok=True)
            return Manifest(self.head, tuple(done.values()))
        journal = Journal(self.folder, self.head, list(done.values()))
        try:
            (self.folder / MANIFEST).unlink(missing_ok=True)  # the journal has taken over
            clear(
                self.folder, frozenset(each.file for part in done.values() for each in part.outputs.values())
            )
            for name in self.work.outputs:
                (self.folder / name).mkdir(exist_ok=True)
            to_disk(self.folder)
            meter.begin(sum(part.rows for part in done.values()))
            meter.tell()
            left = [part for part in self.parts if part.number not in done]
            for made in self._work_through(left, workers, meter):
                journal.add(made)
                done[made.part] = made
            for file in self.files:
                file.unchanged()
        finally:
            journal.close()
        manifest = Manifest(self.head, tuple(done[part.number] for part in self.parts))
        manifest.write(self.folder)
        (self.folder / JOURNAL).unlink()
        to_disk(self.folder)
        return manifest

    def _kept(self, *, overwrite: bool) -> tuple[dict[int, PartDone], bool]:
        """Parts of an earlier run that are as they were written, and whether they are all there is."""
        strange = foreign(self.folder)
        if strange:
            rule = f"holds {strange[0]}, which is no result of this program: not replaced"
            raise FolderError(Code.DUPLICATE, self.folder, rule)
        if overwrite:
            return {}, False
        journal = read_journal(self.folder)
        manifest = Manifest.read(self.folder) if (self.folder / MANIFEST).exists() else None
        # Where both are there, the run has ended and was killed before the journal was dropped; or another
        # one had begun to overwrite it.
        earlier = journal
        if manifest is not None and (journal is None or journal.head == manifest.head):
            earlier = manifest
        if earlier is None:
            if any((self.folder / name).exists() for name in OUTPUTS):
                rule = "is not empty, and nothing says what of it is whole; begin anew with overwrite"
                raise FolderError(Code.DUPLICATE, self.folder, rule)
            return {}, False
        differ = differences(earlier.head, self.head)
        if differ:
            rule = f"holds the results of another run: {'; '.join(differ)}; begin anew with overwrite"
            raise FolderError(Code.DUPLICATE, self.folder, rule)
        if earlier is manifest and verify_stream(self.folder).ok:
            return {part.part: part for part in earlier.parts}, True
        kind = self.settings["kind"]
        return {
            part.part: part
            for part in earlier.parts
            if not part_faults(self.folder, part, self.schemas, kind, again=False)
        }, False

    def _work_through(self, parts: Sequence[Part], workers: int, meter: _Meter) -> Iterator[PartDone]:
        """Parts as they are done: one after the other, or on threads, no more of which are read than work."""
        blocks = read(self.files, parts, self.work.reads)
        if workers == 1:
            for block in blocks:
                yield self._part(block, meter, meter.tell)
            return
        with threads(workers) as pool, self._ended():
            pending: set[Future[PartDone]] = set()
            for block in blocks:
                pending.add(pool.submit(self._part, block, meter))
                del block  # it is the thread's: when that is done, nobody holds it
                while len(pending) > workers:
                    yield from _finished(pending, meter)
            while pending:
                yield from _finished(pending, meter)

    @contextmanager
    def _ended(self) -> Iterator[None]:
        """Makes the threads stop at their next block where anything goes wrong."""
        try:
            yield
        except BaseException:
            self.stopped.set()
            raise

    def _part(self, block: Block, meter: _Meter, told: Callable[[], None] = lambda: None) -> PartDone:
        part, rows = block.part, self.settings["block_rows"]
        name = self.files[part.file].found.name
        files = PartFiles(
            self.folder,
            part.number,
            kind=self.settings["kind"],
            codec=self.settings["codec"],
            schemas=self.schemas,
            plain=self.plain,
        )
        try:
            for at in range(0, part.rows, rows):
                if self.stopped.is_set():
                    raise InterruptedError
                some = block.table.slice(at, rows)
                with _named(name, f"rows {part.first + at + 1} to {part.first + at + some.num_rows}: "):
                    made = self.work(
                        some, first=part.start + at, unread=_between(block.failures, at, at + some.num_rows)
                    )
                made[FAILURES] = _placed(made[FAILURES], self.schemas[FAILURES], name, block)
                files.write(made)
                meter.add(some.num_rows)
                told()
            return PartDone(part.number, name, part.first, part.rows, files.commit())
        finally:
            files.abort()


def _finished(pending: set[Future[PartDone]], meter: _Meter) -> Iterator[PartDone]:
    """Takes off what is done; comes back when something is."""
    over: set[Future[PartDone]] = set()
    while not over:
        over, _ = wait(pending, timeout=WATCH, return_when=FIRST_COMPLETED)
        meter.tell()
    pending -= over
    for each in sorted(over, key=lambda one: one.exception() is not None):  # what is whole is claimed first
        yield each.result()


def _placed_schema(pa: Any, name: str, schema: Any) -> Any:
    if name != FAILURES:
        return schema
    at = schema.get_field_index("row") + 1
    return schema.insert(at, pa.field("file", pa.string())).insert(at + 1, pa.field("line", pa.int64()))


def _placed(failed: Any, schema: Any, name: str, block: Block) -> Any:
    """Rows that failed, with the file and the line where each was read."""
    pa = need("pyarrow", "arrow")
    line = block.line[failed["row"].to_numpy() - block.part.start]
    more = {"file": pa.array(np.full(failed.num_rows, name), pa.string()), "line": pa.array(line, pa.int64())}
    columns = [more[each.name] if each.name in _PLACED else failed[each.name] for each in schema]
    return pa.Table.from_arrays(columns, schema=schema)


def _between(failures: Failures, first: int, end: int) -> Failures:
    """The failures of some of the rows, numbered from the first of these."""
    low, high = np.searchsorted(failures.row, (first, end)).tolist()
    if low == high:
        return Failures.none()
    some = failures[low:high]
    return some.moved(np.arange(end) - first)


@contextmanager
def _named(name: str, where: str) -> Iterator[None]:
    """What is wrong with a column, as an error that names the file too."""
    try:
        yield
    except InputError as error:
        raise TableError(error.code, name, f"{where}{error.args[0]}") from None


def _check_files(files: Sequence[Indexed], work: Work) -> None:
    """TableError where there are no rows, or a file's columns aren't what they must be."""
    if not any(file.rows for file in files):
        raise TableError(Code.MISSING, files[0].found.name, "there are no rows")
    for file in files:
        with _named(file.found.name, ""):
            for name in set(_PLACED).intersection(work.keep):
                rule = "failures have a column of that name: where a row was read"
                raise FrameError(Code.DUPLICATE, "keep", rule, column=name)
            work(file.schema.empty_table().select(work.reads(file.schema.names)))


def _checked(target: Any) -> Path:
    """The folder of the results; FolderError where it can't be that."""
    folder = path_of("target", target)
    try:
        str(folder).encode()
    except UnicodeEncodeError:
        raise FolderError(
            Code.UNKNOWN_VALUE, folder, "its name is not UTF-8: nothing can be written"
        ) from None
    if not folder.absolute().parent.is_dir():
        raise FolderError(Code.MISSING, folder, f"there is no folder {folder.absolute().parent}")
    if (folder.exists() or folder.is_symlink()) and not folder.is_dir():
        raise FolderError(Code.DUPLICATE, folder, "is there already and is no folder")
    if folder.exists() and folder.samefile("."):
        raise FolderError(Code.DUPLICATE, folder, "is the current folder; name a new one in it")
    return folder
