"""Streams: the same files whatever happens on the way, nothing lost that is claimed, nothing mixed up."""

import csv
import json
import os
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

import programme
from extras import needs
from killing import WORK as KILLED
from portfolios import RUN, as_arrow, as_csv, rows, total
from repayplan import (
    Code,
    InputError,
    Manifest,
    Policy,
    Work,
    col,
    equal_instalment,
    stream,
    verify,
)
from repayplan.edges import portions, sealed, streaming, streamrun
from repayplan.edges.files import TableError
from repayplan.edges.folder import FolderError
from repayplan.edges.journal import JOURNAL, LOCK, MANIFEST, locked, read_journal
from repayplan.edges.partfiles import UNFINISHED

pytestmark = needs("pyarrow")

POLICY = Policy.example("consumer")
WORK = Work(policy=POLICY, keep=("id",), explained=False)
CELLS = rows(230)


def tree(folder):
    """Every file below a folder with its bytes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def tables(folder, output):
    from pyarrow import parquet

    return [parquet.read_table(path) for path in sorted((folder / output).iterdir())]


def parquet_file(path, cells=CELLS, at=slice(None), groups=33):
    from pyarrow import parquet

    path.parent.mkdir(exist_ok=True, parents=True)
    parquet.write_table(as_arrow(cells, at), path, row_group_size=groups)
    return path


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    """Two files in a folder, 130 rows and 100, and what an uninterrupted run gives."""
    folder = tmp_path_factory.mktemp("once")
    parquet_file(folder / "in" / "1.parquet", at=slice(130))
    parquet_file(folder / "in" / "2.parquet", at=slice(130, None))
    stream(folder / "in", folder / "whole", WORK, workers=1, **RUN)
    return folder


@pytest.fixture(scope="module")
def half(once):
    """What is there after three parts."""
    begun(once / "in", once / "half")
    return once / "half"


@pytest.fixture
def source(once, tmp_path):
    return shutil.copytree(once / "in", tmp_path / "in")


@pytest.fixture
def whole(once, tmp_path):
    return shutil.copytree(once / "whole", tmp_path / "whole")


def test_the_results_are_those_of_the_whole_portfolio_at_once(source, whole):
    import pyarrow as pa

    made = WORK(as_arrow(CELLS))
    assert pa.concat_tables(tables(whole, "decisions")).equals(made["decisions"])
    failures = pa.concat_tables(tables(whole, "failures"))
    assert failures.drop(["file", "line"]).equals(made["failures"])
    row = failures["row"].to_numpy()
    assert failures["file"].to_pylist() == [("1.parquet", "2.parquet")[at >= 130] for at in row.tolist()]
    assert failures["line"].to_pylist() == np.where(row < 130, row + 1, row - 129).tolist()
    assert len(tables(whole, "decisions")) == 4 + 3
    assert not (whole / JOURNAL).exists()
    assert not (whole / LOCK).exists()


def test_the_manifest_says_what_was_read_and_what_came_of_it(source, whole):
    said = json.loads((whole / MANIFEST).read_text())
    decisions = tables(whole, "decisions")
    assert said["rows"]["read"] == 230
    assert said["rows"]["decisions"] + said["rows"]["failures"] == 230
    assert said["work"]["policy"] == POLICY.fingerprint
    assert [each["rows"] for each in said["inputs"]] == [130, 100]
    for column in ("capacity", "instalment_after", "total_interest"):
        assert Decimal(said["sums"]["decisions"][column]).scaleb(-2) == total(decisions, column)
    assert "annual_rate" not in said["sums"]["decisions"]
    assert Manifest.read(whole).as_dict() == said
    verified = verify(whole)
    assert verified.ok
    assert verified.rows == said["rows"]
    assert str(verified).startswith("all 7 parts are as they were written: 230 read")


@pytest.mark.parametrize("workers", [2, 3, None])
def test_the_files_do_not_depend_on_the_number_of_threads(source, whole, tmp_path, workers):
    stream(source, tmp_path / "out", WORK, workers=workers, **RUN)
    assert tree(tmp_path / "out") == tree(whole)


def test_csv_gives_what_parquet_gives(tmp_path, whole):
    path = tmp_path / "loans.csv"
    path.write_bytes(as_csv(CELLS, end="\r\n"))
    stream(path, tmp_path / "out", WORK, **RUN)
    import pyarrow as pa

    for output in ("decisions", "failures"):
        ours, theirs = (pa.concat_tables(tables(out, output)) for out in (tmp_path / "out", whole))
        if output == "failures":
            assert ours["line"].to_pylist() == [row + 2 for row in ours["row"].to_pylist()]
            assert set(ours["file"].to_pylist()) == {"loans.csv"}
            ours, theirs = ours.drop(["file", "line"]), theirs.drop(["file", "line"])
        assert ours.equals(theirs)


def test_results_as_csv(source, whole, tmp_path):
    out = tmp_path / "out"
    stream(source, out, WORK, kind="csv", **RUN)
    want = [row for table in tables(whole, "decisions") for row in table.to_pylist()]
    found = []
    for path in sorted((out / "decisions").iterdir()):
        with path.open(newline="", encoding="utf-8") as file:
            found += list(csv.DictReader(file))
    assert len(found) == len(want)
    for ours, theirs in zip(found, want, strict=True):
        for name, value in theirs.items():
            said = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
            assert ours[name] == said, name
    sums = [json.loads((folder / MANIFEST).read_text())["sums"] for folder in (out, whole)]
    assert sums[0] == sums[1]
    assert verify(out).ok


def test_no_text_in_csv_is_a_formula(tmp_path):
    cells = {name: column[:12] for name, column in CELLS.items()}
    evil = [
        "=1+1",
        "+A1",
        "-2+3",
        "@SUM(A1)",
        "\t=1",
        "＝1",
        '=HYPERLINK("http://x","y")',
        "-5.00",
        "+1",
        "a=b",
    ]
    cells["id"] = [*evil, "x", "y"]
    cells["principal"] = ["=1+1"] * 12
    import pyarrow as pa

    path = parquet_file(tmp_path / "loans.parquet", cells)
    stream(path, tmp_path / "out", WORK, kind="csv")
    with (tmp_path / "out" / "failures" / "part-000000.csv").open(newline="", encoding="utf-8") as file:
        read = list(csv.DictReader(file))
    assert [row["id"] for row in read] == [*("'" + text for text in evil[:7]), *evil[7:], "x", "y"]
    assert {row["value"] for row in read} == {"'=1+1"}
    assert pa.__version__


def test_no_heading_in_csv_is_a_formula(tmp_path):
    evil = ("=1+1", "@x", "a=b", "-5")
    cells = {name: column[:12] for name, column in CELLS.items()} | {name: ["x"] * 12 for name in evil}
    path = parquet_file(tmp_path / "loans.parquet", cells)
    stream(path, tmp_path / "out", Work(policy=POLICY, keep=evil, extra="ignore"), kind="csv")
    for output in ("decisions", "failures"):
        text = (tmp_path / "out" / output / "part-000000.csv").read_text()
        assert next(csv.reader(text.splitlines()))[:4] == ["'=1+1", "'@x", "a=b", "-5"]
    assert verify(tmp_path / "out").ok


def test_rows_of_schedules_are_a_result_where_they_are_wanted(source, tmp_path):
    import pyarrow as pa

    for work in (
        Work(policy=POLICY, schedules=True, explained=False, keep=("id",)),
        Work(plan=equal_instalment(col("unpaid")), schedules=True, extra="ignore"),
    ):
        out = tmp_path / work.main
        made = stream(source, out, work, **RUN)
        want = work(as_arrow(CELLS))
        assert pa.concat_tables(tables(out, "schedules")).equals(want["schedules"])
        assert made.rows["schedules"] == want["schedules"].num_rows
        sums = made.sums["schedules"]
        assert sums["payment"] == sums["principal"] + sums["interest_paid"] + sums["fee"]
        assert verify(out).ok


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
@pytest.mark.parametrize(("how", "seed", "workers"), [("calls", 1, 1), ("time", 3, 2)])
def test_a_run_that_is_killed_goes_on_and_gives_the_same_bytes(source, tmp_path, how, seed, workers):
    whole, out, script = tmp_path / "undisturbed", tmp_path / "out", Path(__file__).with_name("killing.py")
    file = source / "2.parquet"
    stream(file, whole, KILLED, workers=1, **RUN)
    command = [sys.executable, str(script), str(file), str(out), str(seed), str(workers), how]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= (15 if how == "calls" else 0)
    assert tree(out) == tree(whole)
    assert verify(out).ok


class Stopped(Exception):  # noqa: N818 - it stands for a machine that goes off
    """The end of a run."""


def stop_after(parts, monkeypatch):
    """Let a run come to an end after so many parts are claimed."""
    add, left = streamrun.Journal.add, [parts]

    def added(self, part):
        if not left[0]:
            raise Stopped
        left[0] -= 1
        add(self, part)

    monkeypatch.setattr(streamrun.Journal, "add", added)


def begun(source, out, parts=3, work=WORK, **options):
    with pytest.MonkeyPatch.context() as patched:
        stop_after(parts, patched)
        with pytest.raises(Stopped):
            stream(source, out, work, workers=1, **RUN | options)


def worked(monkeypatch):
    """Note the rows that are worked on."""
    seen, call = [], Work.__call__

    def noted(self, batch, **options):
        seen.append(batch.num_rows)
        return call(self, batch, **options)

    monkeypatch.setattr(Work, "__call__", noted)
    return seen


def test_what_is_done_is_not_done_again(source, whole, tmp_path, monkeypatch):
    out = tmp_path / "out"
    begun(source, out)
    assert [part.part for part in read_journal(out).parts] == [0, 1, 2]
    seen = worked(monkeypatch)
    stream(source, out, WORK, **RUN)
    assert sum(seen) == 230 - 3 * 40
    assert tree(out) == tree(whole)


def test_a_part_that_is_no_longer_what_was_written_is_done_again(source, whole, tmp_path, monkeypatch):
    out = tmp_path / "out"
    begun(source, out)
    path = out / "decisions" / "part-000001.parquet"
    path.write_bytes(path.read_bytes()[:-1])
    (out / "failures" / "part-000002.parquet").unlink()
    seen = worked(monkeypatch)
    stream(source, out, WORK, **RUN)
    assert sum(seen) == 230 - 40
    assert tree(out) == tree(whole)


def test_a_run_that_is_finished_is_verified_and_nothing_is_done(source, whole, monkeypatch):
    before = {path: path.stat().st_mtime_ns for path in whole.rglob("*")}
    seen = worked(monkeypatch)
    told = []
    again = stream(source, whole, WORK, progress=told.append, **RUN)
    assert sum(seen) == 0
    assert {path: path.stat().st_mtime_ns for path in whole.rglob("*.*")}.items() <= before.items()
    assert again == Manifest.read(whole)
    assert [(each.done, each.total) for each in told] == [(230, 230)]


def test_a_finished_run_is_mended_where_a_file_was_changed(source, whole, monkeypatch):
    before = tree(whole)
    (whole / "decisions" / "part-000003.parquet").write_bytes(b"PAR1")
    seen = worked(monkeypatch)
    stream(source, whole, WORK, **RUN)
    assert sum(seen) == 10
    assert tree(whole) == before


@pytest.mark.parametrize("cut", [1, 5, 40])
def test_a_last_line_that_is_not_whole_claims_nothing(source, whole, tmp_path, cut, monkeypatch):
    out = tmp_path / "out"
    begun(source, out)
    journal = out / JOURNAL
    journal.write_bytes(journal.read_bytes()[:-cut])
    assert len(read_journal(out).parts) == 2
    seen = worked(monkeypatch)
    stream(source, out, WORK, **RUN)
    assert sum(seen) == 230 - 2 * 40
    assert tree(out) == tree(whole)


OTHERS = [
    (lambda _: {"work": Work(policy=Policy.example("budget-plan"), keep=("id",))}, "work.policy is"),
    (lambda _: {"work": Work(policy=POLICY, keep=("id",))}, "work.explained is True and was False"),
    (lambda _: {"work": Work(policy=POLICY, keep=("id",), given={"children": 1})}, "work.given is"),
    (lambda _: {"part_rows": 50}, "settings.part_rows is 50 and was 40"),
    (lambda _: {"block_rows": 10}, "settings.block_rows is 10 and was 15"),
    (lambda _: {"kind": "csv"}, "settings.kind is csv and was parquet"),
    (lambda _: {"codec": "snappy"}, "settings.codec is snappy and was zstd"),
    (lambda p: parquet_file(p / "2.parquet", at=slice(131, None)) and {}, "the input 2.parquet has changed"),
    (lambda p: parquet_file(p / "3.parquet") and {}, "the input 3.parquet is new"),
    (lambda p: (p / "2.parquet").rename(p.parent / "2.parquet") and {}, "the input 2.parquet is gone"),
]


@pytest.mark.parametrize("finished", [True, False])
@pytest.mark.parametrize(("change", "words"), OTHERS)
def test_a_run_of_something_else_is_refused_by_name(source, whole, half, tmp_path, change, words, finished):
    out = whole if finished else shutil.copytree(half, tmp_path / "half")
    before = tree(out)
    with pytest.raises(FolderError, match=words) as caught:
        stream(source, out, **{"work": WORK, **RUN, **change(source)})
    assert caught.value.code is Code.DUPLICATE
    assert tree(out) == before


@pytest.mark.parametrize("finished", [True, False])
def test_to_overwrite_begins_anew(source, whole, half, tmp_path, finished, monkeypatch):
    want = tree(whole)
    out = whole if finished else shutil.copytree(half, tmp_path / "half")
    (out / "schedules").mkdir()
    (out / "schedules" / "part-000000.csv").write_text("of another run")
    (out / "decisions" / f"{UNFINISHED}part-000009.parquet").write_text("killed")
    seen = worked(monkeypatch)
    stream(source, out, WORK, overwrite=True, **RUN)
    assert sum(seen) == 230
    assert tree(out) == want


def test_another_version_is_refused_by_name(source, half, tmp_path, monkeypatch):
    import repayplan

    out = shutil.copytree(half, tmp_path / "out")
    monkeypatch.setattr(repayplan, "__version__", "9.9")
    with pytest.raises(FolderError, match=r"versions\.repayplan is 9\.9 and was"):
        stream(source, out, WORK, **RUN)


def test_an_input_that_changes_on_the_way_is_noticed(source, tmp_path, monkeypatch):
    out, call = tmp_path / "out", Work.__call__

    def changed(self, batch, **options):
        parquet_file(source / "2.parquet", at=slice(100, None))
        return call(self, batch, **options)

    monkeypatch.setattr(Work, "__call__", changed)
    with pytest.raises(TableError, match=r"2\.parquet"):
        stream(source, out, WORK, **RUN)
    assert not (out / MANIFEST).exists()


@pytest.mark.parametrize(
    ("kind", "workers", "stamped"), [("csv", 1, False), ("csv", 2, True), ("parquet", 1, False)]
)
def test_nothing_counts_that_came_of_other_bytes(tmp_path, monkeypatch, kind, workers, stamped):
    def write(principal, rows=200):
        terms = {"annual_rate": 0, "original_term": 3, "elapsed": 0, "unpaid": 3, "next_due": "2026-01-31"}
        cells = {"id": [f"L-{at:04}" for at in range(rows)], "principal": [principal] * rows}
        cells |= {name: [str(value)] * rows for name, value in terms.items()}
        path.write_bytes(as_csv(cells)) if kind == "csv" else parquet_file(path, cells, groups=20)

    def changed(far):
        if far.done >= 100 and not told:
            told.append(far)
            write("9000.00")
            if not stamped:
                os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    monkeypatch.setattr(sealed, "SEAL", 512)  # what is read before the change is no more than it must be
    monkeypatch.setattr(portions, "BATCH", 20)
    monkeypatch.setattr(streamrun, "WATCH", 0.001)
    path, out, told = tmp_path / f"loans.{kind}", tmp_path / "out", []
    write("3000.00")
    before = path.stat()
    run = {"part_rows": 20, "workers": workers}
    work = Work(plan=equal_instalment(3), extra="ignore")
    with pytest.raises(TableError, match=rf"^loans\.{kind}: has changed while it was read"):
        stream(path, out, work, progress=changed, **run)
    assert not (out / MANIFEST).exists()
    write("3000.00")
    made = stream(path, out, work, **run)
    assert made.sums["loans"]["total_payment"] == 200 * 3000_00
    assert verify(out).ok


@pytest.mark.parametrize("name", ["theirs.txt", "decisions/theirs.parquet", "more/a.parquet"])
@pytest.mark.parametrize("overwrite", [True, False])
def test_files_of_somebodys_are_never_touched(source, whole, name, overwrite):
    path = whole / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("theirs")
    before = tree(whole)
    with pytest.raises(FolderError, match="which is no result of this program"):
        stream(source, whole, WORK, overwrite=overwrite, **RUN)
    assert tree(whole) == before


def linked(path):
    away = path.with_name("away")
    path.rename(away.parent.parent.parent / "away")
    path.symlink_to(away.parent.parent.parent / "away")


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("more", Path.mkdir),
        ("decisions/more", Path.mkdir),
        ("decisions/part-000001.parquet", linked),
        ("decisions", linked),
        ("more", lambda path: path.mkdir() or (path / "a").mkdir()),
    ],
)
def test_what_is_foreign_to_a_run_is_foreign_to_verify(source, whole, name, make):
    make(whole / name)
    with pytest.raises(FolderError, match=f"holds {name}"):
        stream(source, whole, WORK, **RUN)
    found = verify(whole)
    assert [fault.file for fault in found.faults if fault.code is Code.FOREIGN] == [name]


def test_results_that_nothing_claims_are_not_overwritten_unasked(source, whole):
    (whole / MANIFEST).unlink()
    before = tree(whole)
    with pytest.raises(FolderError, match="nothing says what of it is whole"):
        stream(source, whole, WORK, **RUN)
    assert tree(whole) == before
    stream(source, whole, WORK, overwrite=True, **RUN)
    assert verify(whole).ok


@pytest.mark.parametrize("name", [MANIFEST, JOURNAL])
def test_a_damaged_manifest_or_journal_is_not_relied_on(source, tmp_path, name):
    out = tmp_path / "out"
    if name == MANIFEST:
        stream(source, out, WORK, **RUN)
    else:
        begun(source, out)
    text = (out / name).read_text()
    (out / name).write_text(text.replace('"rows": 40', '"rows": 41', 1) if name == MANIFEST else text[5:])
    with pytest.raises(FolderError, match="damaged") as caught:
        stream(source, out, WORK, **RUN)
    assert caught.value.code is Code.UNKNOWN_VALUE


@pytest.mark.parametrize("text", [b"[" * 100_000, b'{"format":' * 100_000])
def test_a_manifest_or_journal_of_brackets_alone_is_damaged(source, whole, text):
    (whole / MANIFEST).write_bytes(text)
    assert [fault.code for fault in verify(whole).faults] == [Code.DAMAGED]
    with pytest.raises(FolderError, match="damaged"):
        stream(source, whole, WORK, **RUN)
    (whole / MANIFEST).unlink()
    (whole / JOURNAL).write_bytes(text + b"\n")
    assert [fault.code for fault in verify(whole).faults] == [Code.DAMAGED]
    with pytest.raises(FolderError, match="damaged"):
        stream(source, whole, WORK, **RUN)


def test_two_runs_do_not_write_at_once(source, tmp_path):
    pytest.importorskip("fcntl")
    out = tmp_path / "out"
    out.mkdir()
    with locked(out), pytest.raises(FolderError, match="another run is writing there"):
        stream(source, out, WORK, **RUN)
    stream(source, out, WORK, **RUN)


def test_progress_says_how_far_it_is(source, tmp_path):
    told = []
    stream(source, tmp_path / "out", WORK, workers=1, progress=told.append, **RUN)
    done = [each.done for each in told]
    assert done == sorted(set(done))
    assert (done[0], done[-1]) == (0, 230)
    assert {each.total for each in told} == {230}
    assert (told[0].rate, told[0].left) == (0, None)
    assert all(each.rate > 0 and each.left >= 0 for each in told[1:])
    begun(source, tmp_path / "more")
    told.clear()
    stream(source, tmp_path / "more", WORK, workers=2, progress=told.append, **RUN)
    assert (told[0].done, told[0].rate, told[-1].done) == (120, 0, 230)


def test_no_more_parts_are_read_than_are_worked_on(source, tmp_path, monkeypatch):
    read, open_ = streamrun.read, [0, 0]

    def counted(*args):
        for block in read(*args):
            open_[0] += 1
            open_[1] = max(open_)
            yield block

    call = streamrun.StreamRun._part

    def part(self, *args):
        made = call(self, *args)
        open_[0] -= 1
        return made

    monkeypatch.setattr(streamrun, "read", counted)
    monkeypatch.setattr(streamrun.StreamRun, "_part", part)
    stream(source, tmp_path / "out", WORK, workers=2, part_rows=10, block_rows=5)
    assert 2 <= open_[1] <= 3


def test_a_fault_in_one_thread_stops_the_others(source, tmp_path, monkeypatch):
    call, seen = Work.__call__, []

    def breaks(self, batch, **options):
        seen.append(options.get("first"))
        if options.get("first") == 15:
            raise ZeroDivisionError
        return call(self, batch, **options)

    monkeypatch.setattr(Work, "__call__", breaks)
    with pytest.raises(ZeroDivisionError):
        stream(source, tmp_path / "out", WORK, workers=2, part_rows=30, block_rows=15)
    assert not [name for name in tree(tmp_path / "out") if UNFINISHED in name]
    assert len(seen) < 230 / 15


@pytest.mark.parametrize(
    ("options", "field"),
    [({"kind": "xlsx"}, "kind"), ({"codec": "rar"}, "codec"), ({"part_rows": 0}, "part_rows"),
     ({"workers": 0}, "workers"), ({"block_rows": -1}, "block_rows")],
)  # fmt: skip
def test_a_setting_that_there_is_not_is_refused(source, tmp_path, options, field):
    with pytest.raises(InputError) as caught:
        stream(source, tmp_path / "out", WORK, **options)
    assert caught.value.field == field
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("make", [lambda p: p.write_text("x"), lambda p: p.parent.rmdir()])
def test_a_target_that_can_not_be_is_refused(source, tmp_path, make):
    out = tmp_path / "deep" / "out"
    out.parent.mkdir()
    make(out)
    with pytest.raises(FolderError):
        stream(source, out, WORK, **RUN)


def test_the_target_may_be_in_the_source(source, whole):
    out = source / "0-out"
    begun(source, out)
    stream(source, out, WORK, **RUN)
    assert tree(out) == tree(whole)


def test_a_column_that_the_policy_needs_is_named_with_the_file(source, tmp_path):
    work = Work(policy=Policy.loads(programme.POLICY), extra="ignore")
    with pytest.raises(TableError, match=r"^1\.parquet: .*status"):
        stream(source, tmp_path / "out", work, **RUN)


@pytest.mark.parametrize("name", ["row", "file", "line"])
def test_a_column_that_says_where_a_row_is_can_not_be_kept(tmp_path, name):
    path = parquet_file(tmp_path / "loans.parquet", CELLS | {name: ["theirs"] * 230})
    work = Work(policy=POLICY, keep=(name,), extra="ignore")
    with pytest.raises(TableError, match=f"keep: column '{name}'.*have a column of that name") as caught:
        stream(path, tmp_path / "out", work, **RUN)
    assert caught.value.code is Code.DUPLICATE
    assert not (tmp_path / "out").exists()


def test_the_current_folder_is_no_target(source, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FolderError, match="current folder"):
        stream(source, ".", WORK, **RUN)


def test_a_block_has_no_default_that_is_larger_than_a_part(source, tmp_path):
    made = stream(source, tmp_path / "out", WORK)
    assert made.head["settings"]["part_rows"] == streaming.PART_ROWS
    assert made.rows["read"] == 230
