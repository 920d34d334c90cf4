"""``verify`` finds whatever isn't as it was written, and only that; and so does the command."""

import json
import shutil

import pytest

from extras import needs
from portfolios import RUN, as_csv, rows
from repayplan import Code, Policy, Work, stream, verify
from repayplan.edges.cli import main
from repayplan.edges.folder import FolderError
from repayplan.edges.journal import JOURNAL, MANIFEST, Journal
from repayplan.edges.partfiles import UNFINISHED
from repayplan.edges.progress import ProgressLine
from repayplan.edges.streamcommand import _span

pytestmark = needs("pyarrow")

POLICY = Policy.example("consumer")
WORK = Work(policy=POLICY, keep=("id",), explained=False)
FIRST = "decisions/part-000000"


@pytest.fixture(scope="module", params=["parquet", "csv"])
def made(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    (folder / "loans.csv").write_bytes(as_csv(rows(90)))
    stream(folder / "loans.csv", folder / "out", WORK, kind=request.param, workers=1, **RUN)
    return folder / "out"


@pytest.fixture
def out(made, tmp_path):
    return shutil.copytree(made, tmp_path / "out")


def kind(out):
    return json.loads((out / MANIFEST).read_text())["settings"]["kind"]


def bytes_changed(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def journal_left(out):
    (out / MANIFEST).unlink()
    Journal(out, {"format": 1, "columns": {}, "settings": {"kind": "csv"}}).close()


CHANGES = [
    ("missing", FIRST, lambda path: path.unlink()),
    ("changed", FIRST, bytes_changed),
    ("changed", FIRST, lambda path: path.write_bytes(path.read_bytes()[:-1])),
    ("foreign", FIRST, lambda path: shutil.copy(path, path.with_name(f"part-000009{path.suffix}"))),
    ("foreign", FIRST, lambda path: path.with_name(UNFINISHED + path.name).write_text("x")),
    ("foreign", "theirs", lambda path: path.write_text("x")),
    ("damaged", None, lambda path: path.write_text("{}")),
    ("damaged", None, bytes_changed),
]


@pytest.mark.parametrize(("code", "name", "change"), CHANGES)
def test_whatever_is_not_as_it_was_written_is_found(out, capsys, code, name, change):
    change(out / (MANIFEST if name is None else f"{name}.{kind(out)}"))
    found = verify(out)
    assert not found.ok
    assert [fault.code for fault in found.faults] == [code]
    assert main(["verify", str(out)]) == 1
    assert capsys.readouterr().err.strip() == str(found)
    assert str(found).endswith(f"[{code}]")
    assert any("\u4e00" <= char <= "\u9fff" for char in found.text("zh"))


def rewritten(out, change):
    """Change the manifest, and make it agree with itself again."""
    from repayplan.edges.journal import Manifest, PartDone

    data = Manifest.read(out).as_dict()
    change(data["parts"][0]["outputs"]["decisions"])
    head = {name: each for name, each in data.items() if name not in ("parts", "rows", "sums", "sha256")}
    Manifest(head, tuple(PartDone.of(part) for part in data["parts"])).write(out)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda each: each.update(rows=each["rows"] + 1), "rows"),
        (lambda each: each["sums"].update(capacity=each["sums"]["capacity"] + 1), "sums"),
    ],
)
def test_rows_and_sums_are_counted_again(out, change, code):
    rewritten(out, change)
    found = verify(out)
    assert [(fault.file, fault.code) for fault in found.faults] == [(f"{FIRST}.{kind(out)}", code)]


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_what_is_found_does_not_depend_on_the_number_of_threads(out, workers):
    min(out.glob("decisions/*")).unlink()
    (out / "stranger").write_text("x", encoding="utf-8")
    found = verify(out, workers=workers)
    assert found == verify(out)
    assert len(found.faults) == 2


def test_a_run_that_is_not_finished_does_not_pass(out):
    journal_left(out)
    found = verify(out)
    assert found.faults[0].code == "unfinished"
    assert found.faults[0].file == JOURNAL
    assert {fault.code for fault in found.faults[1:]} == {"foreign"}


def test_what_no_stream_has_written_is_no_result(tmp_path, capsys):
    with pytest.raises(FolderError, match="no stream has written there") as caught:
        verify(tmp_path)
    assert caught.value.code is Code.MISSING
    with pytest.raises(FolderError, match="there is no such folder"):
        verify(tmp_path / "none")
    assert main(["verify", str(tmp_path)]) == 2
    assert "no stream has written there" in capsys.readouterr().err


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "loans.csv").write_bytes(as_csv(rows(90)))
    POLICY.save(tmp_path / "policy.toml")
    return tmp_path


def test_the_command_writes_what_the_library_writes(here, capsys):
    command = ["stream", "loans.csv", "--policy", "policy.toml", "--out", "out", "--part-rows", "40"]
    assert main([*command, "--block-rows", "15", "--workers", "2", "--no-reasons"]) == 0
    said = capsys.readouterr()
    stream("loans.csv", "ours", WORK, **RUN)
    for path in (here / "ours").rglob("*.*"):
        assert path.read_bytes() == (here / "out" / path.relative_to(here / "ours")).read_bytes()
    assert said.out.splitlines()[0].split() == ["Rows", "read", "90"]
    assert "Written to out/" in said.out
    assert said.err == ""
    assert main(["verify", "out"]) == 0
    assert capsys.readouterr().out.startswith("all 3 parts are as they were written: 90 read")
    assert main(["verify", "out", "--language", "zh"]) == 0
    assert capsys.readouterr().out.startswith("全部3个分段均与写入时一致：读取90行，决定")
    assert main([*command, "--no-reasons"]) == 2
    assert "settings.block_rows is 32768 and was 15" in capsys.readouterr().err
    assert main([*command, "--overwrite", "--language", "zh"]) == 0
    assert "读取行数" in capsys.readouterr().out


def test_the_command_schedules_by_plans(here, capsys):
    import pyarrow.parquet as pq

    dates = ["--due-dates", "business_day=following", "--due-dates", "calendar=weekends"]
    plan = ["--plan", 'equal_instalment(col("unpaid"))', "--schedules", *dates]
    assert main(["stream", "loans.csv", *plan, "--set", "elapsed=0", "--out", "out"]) == 2
    assert "elapsed is both a column and given" in capsys.readouterr().err
    assert main(["stream", "loans.csv", *plan, "--ignore", "id", "--keep", "id", "--out", "out"]) == 2
    assert "there is no column id" in capsys.readouterr().err
    assert main(["stream", "loans.csv", *plan, "--keep", "cost_rent", "--out", "out"]) == 0
    rows_ = pq.read_table(here / "out" / "schedules" / "part-000000.parquet")
    assert rows_.column_names[:3] == ["id", "cost_rent", "row"]
    assert rows_.num_rows > 90


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--policy", "none.toml"], "none.toml"),
        (["--policy", "policy.toml", "--due-dates", "day=31"], "due dates go with --plan"),
        (["--policy", "policy.toml", "--keep", "colour"], "there is no column colour"),
        (["--policy", "policy.toml", "--map", "colour=id"], "colour is no field"),
        (["--plan", "equal_instalment("], "plan"),
    ],
)
def test_a_wrong_call_is_said_in_a_line_and_nothing_is_written(here, capsys, more, words):
    assert main(["stream", "loans.csv", *more, "--out", "out"]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1
    assert not (here / "out").exists()


def test_an_interruption_says_how_to_go_on(here, capsys, monkeypatch):
    from repayplan.edges import streamrun

    add = streamrun.Journal.add

    def added(self, part):
        add(self, part)
        if part.part == 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(streamrun.Journal, "add", added)
    command = [
        "stream",
        "loans.csv",
        "--policy",
        "policy.toml",
        "--out",
        "out",
        "--part-rows",
        "40",
        "--no-reasons",
    ]
    assert main([*command, "--workers", "1"]) == 130
    assert "the same command goes on from there" in capsys.readouterr().err
    assert verify(here / "out").faults[0].found == 2
    monkeypatch.setattr(streamrun.Journal, "add", add)
    assert main(command) == 0
    assert verify(here / "out").ok


def test_the_line_of_progress_has_the_rate_and_the_time_left():
    import io

    class Screen(io.StringIO):
        def isatty(self):
            return True

    clock, screen = [0.0], Screen()
    with ProgressLine(screen, lambda: clock[0]) as progress:
        clock[0] = 5.0
        progress("working", 50, 100, ", 10 rows/s, 5 s left")
    assert "working: 50 of 100 (50 %), 10 rows/s, 5 s left" in screen.getvalue()
    assert [_span(seconds) for seconds in (0.4, 59.6, 3599, 7260)] == [
        "0 s",
        "1 min 0 s",
        "59 min 59 s",
        "2 h 1 min",
    ]
