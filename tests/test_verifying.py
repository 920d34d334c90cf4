"""``verify`` finds whatever isn't as it was written, and only that; and so does the command."""

import json
import os
import shutil

import pytest

from extras import needs
from portfolios import RUN, as_csv, rows
from repayplan import Code, InputError, Policy, Work, stream, verify
from repayplan.edges.cli import main
from repayplan.edges.folder import FolderError
from repayplan.edges.journal import JOURNAL, MANIFEST, Journal, Manifest, PartDone
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


def test_an_id_that_one_of_several_files_lacks_is_missed_in_whatever_order(here, capsys):
    plan = ["--plan", 'equal_instalment(col("unpaid"))', "--out", "out"]
    (here / "none.csv").write_bytes(as_csv({name: cells for name, cells in rows(5).items() if name != "id"}))
    for files in (["loans.csv", "none.csv"], ["none.csv", "loans.csv"]):
        assert main(["stream", *files, *plan]) == 2
        assert capsys.readouterr().err == (
            "repayplan: error: none.csv: keep: column 'id': there is no column id [missing]\n"
        )
    assert main(["stream", *files, *plan, "--ignore", "id"]) == 0


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


NO_FOLDERS = ("o\0", "o\ud800", "a" * 300)


@pytest.mark.parametrize("name", NO_FOLDERS)
def test_a_name_that_no_folder_can_have_is_said_and_nothing_is_made(here, capsys, name):
    before = sorted(here.iterdir())
    for run in (
        lambda: stream("loans.csv", name, WORK, **RUN),
        lambda: verify(name),
    ):
        with pytest.raises(FolderError, match=r"is no path|can't be looked up"):
            run()
    policy = ["--policy", "policy.toml"]
    for command in (["stream", "loans.csv", *policy, "--out", name], ["verify", name]):
        assert main(command) == 2
        assert capsys.readouterr().err.count("\n") == 1
    assert sorted(here.iterdir()) == before


def test_a_name_that_is_not_utf8_is_refused_before_anything_is_made(here, capsys):
    before, name = sorted(here.iterdir()), os.fsdecode(b"out\xff")
    with pytest.raises(FolderError, match="not UTF-8"):
        stream("loans.csv", name, WORK, **RUN)
    assert main(["stream", "loans.csv", "--policy", "policy.toml", "--out", name]) == 2
    assert (
        capsys.readouterr().err
        == "repayplan: error: out\\udcff: its name is not UTF-8: nothing can be written\n"
    )
    assert sorted(here.iterdir()) == before


@pytest.mark.parametrize("option", [{"filesystem": "local"}, {"progress": 3}])
def test_what_is_no_file_system_and_no_function_is_refused(here, option):
    with pytest.raises(InputError) as caught:
        stream("loans.csv", "out", WORK, **option)
    assert caught.value.field == next(iter(option))
    assert not (here / "out").exists()


@pytest.mark.parametrize("target", [None, 3, b"out"])
def test_what_is_no_path_is_not_verified(target):
    with pytest.raises(InputError) as caught:
        verify(target)
    assert caught.value.field == "target"


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


@pytest.mark.parametrize(
    "change",
    [
        lambda head: head["columns"].pop("decisions"),
        lambda head: head["columns"]["decisions"].update(id="a type that there isn't"),
        lambda head: head["settings"].update(kind="xlsx"),
        lambda head: head["settings"].pop("kind"),
    ],
)
def test_a_manifest_that_does_not_say_what_the_results_are_is_damaged(out, change):
    read = Manifest.read(out)
    head = json.loads(json.dumps(read.head))
    change(head)
    Manifest(head, read.parts).write(out)
    found = verify(out)
    assert [(fault.file, fault.code) for fault in found.faults] == [(MANIFEST, Code.DAMAGED)]
    assert "can't be told" in str(found)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda part: part.update(rows=-1), "no part of a stream"),
        (lambda part: part.update(first=True), "no part of a stream"),
        (lambda part: part.update(file=5), "no part of a stream"),
        (lambda part: part["outputs"]["decisions"].update(file="../secret"), "no file of a stream"),
        (lambda part: part["outputs"].update(others=part["outputs"]["decisions"]), "no file of a stream"),
        (lambda part: part.update(part=part["part"] + 1), "no file of a stream"),
    ],
)
def test_a_part_names_no_file_but_those_that_a_stream_writes(out, change, rule):
    whole = Manifest.read(out).as_dict()["parts"][0]
    assert PartDone.of(whole).as_dict() == whole
    data = json.loads(json.dumps(whole))
    change(data)
    with pytest.raises(ValueError, match=rule):
        PartDone.of(data)
