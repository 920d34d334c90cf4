"""A stream as it runs: parts worked on by threads, written, and claimed in the journal."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from repayplan.basics.blocks import threads
from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Failures
from repayplan.edges.blockwork import FAILURES, SCHEDULES, Work
from repayplan.edges.files import TableError
from repayplan.edges.folder import FolderError, to_disk
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
    read_journal,
)
from repayplan.edges.partfiles import PartFiles
from repayplan.edges.portions import Block, Indexed, Part, parts_of, read
from repayplan.edges.streamprogress import Meter
from repayplan.edges.verifying import part_faults, verify_stream

WATCH = 0.2
"""Seconds between two looks at how far the threads are."""
PLACED = ("file", "line")
"""Where a row that failed was read."""


class StreamRun:
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

    def go(self, workers: int, meter: Meter, *, overwrite: bool) -> Manifest:
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

    def _work_through(self, parts: Sequence[Part], workers: int, meter: Meter) -> Iterator[PartDone]:
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

    def _part(self, block: Block, meter: Meter, told: Callable[[], None] = lambda: None) -> PartDone:
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
                with naming(name, f"rows {part.first + at + 1} to {part.first + at + some.num_rows}: "):
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


def _finished(pending: set[Future[PartDone]], meter: Meter) -> Iterator[PartDone]:
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
    columns = [more[each.name] if each.name in PLACED else failed[each.name] for each in schema]
    return pa.Table.from_arrays(columns, schema=schema)


def _between(failures: Failures, first: int, end: int) -> Failures:
    """The failures of some of the rows, numbered from the first of these."""
    low, high = np.searchsorted(failures.row, (first, end)).tolist()
    if low == high:
        return Failures.none()
    some = failures[low:high]
    return some.moved(np.arange(end) - first)


@contextmanager
def naming(name: str, where: str) -> Iterator[None]:
    """What is wrong with a column, as an error that names the file too."""
    try:
        yield
    except InputError as error:
        raise TableError(error.code, name, f"{where}{error.args[0]}") from None
