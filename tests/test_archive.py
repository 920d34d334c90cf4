"""An archive of a case: reads back equal, finds whatever was changed, and follows from its inputs."""

import csv
import hashlib
import io
import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp
from casefiles import ASKED, HOME, LOAN, POLICY, full, small
from examples import examples
from repayplan.basics.daycount import DayCount
from repayplan.edges import archivechecking, archiving
from repayplan.edges.archivemanifest import MANIFEST, ArchivedFile, ArchiveError
from repayplan.edges.casedata import MOST_BYTES, as_data, from_data, from_json, to_json
from repayplan.edges.caseresults import statement_of
from repayplan.edges.cli import main
from repayplan.edges.folder import FolderError
from repayplan.edges.textdiff import differences

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The full case, archived once."""
    out = tmp_path_factory.mktemp("archive") / "A-17"
    rp.archive(full(), out)
    return out


@pytest.fixture
def out(whole, tmp_path):
    """A copy of it to spoil."""
    return copied(whole, tmp_path / "A-17")


@pytest.fixture
def little(tmp_path):
    rp.archive(small(), tmp_path / "B-1")
    return tmp_path / "B-1"


def copied(folder, target):
    for path in files_of(folder):
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        (target / path).write_bytes((folder / path).read_bytes())
    return target


def files_of(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def remade(out, **change):
    """Makes the manifest agree with the files again, as somebody would who changes an archive."""
    files = {
        name: ArchivedFile(bytes=len(raw), sha256=hashlib.sha256(raw).hexdigest())
        for name in files_of(out)
        if name != MANIFEST
        for raw in [(out / name).read_bytes()]
    }
    data = json.loads((out / MANIFEST).read_bytes())
    retention = rp.Retention(
        **{key: value for key, value in data["retention"].items() if key != "counted_from"},
        counted_from=data["retention"].get("counted_from"),
    )
    made = {
        "format": data["format"],
        "case": data["case"],
        "retention": retention,
        "versions": data["versions"],
        "files": files,
    }
    manifest = rp.ArchiveManifest(**made | change)
    (out / MANIFEST).write_bytes(manifest.text.encode())
    return manifest


def without_work(monkeypatch, case):
    """What follows from the inputs isn't worked out again: only bytes are looked at."""
    results = archivechecking.results_of(case)
    monkeypatch.setattr(archivechecking, "case_from", lambda *_: case)
    monkeypatch.setattr(archivechecking, "results_of", lambda _: results)


# What is written and read back


def test_everything_reads_back_equal_and_follows_from_the_inputs(whole):
    found = rp.verify(whole)
    assert (found.ok, found.faults, found.rows) == (True, (), {})
    assert found.parts == len(files_of(whole))
    assert str(found) == "all 28 files are as they were written, and everything follows from the inputs"
    assert found.text("zh") == "全部28个文件均与写入时一致，各项结果均可由输入重新得出"
    assert rp.read_archive(whole) == full()


def test_results_are_the_figures_of_the_values(whole):
    case = full()
    results = {name: (whole / "results" / name).read_bytes() for name in names_in(whole / "results")}
    offer, rows = (
        json.loads(results["offer.json"]),
        list(csv.DictReader(io.StringIO(results["plan.csv"].decode()))),
    )
    for name in ("method", "instalments", "extension_months"):
        assert offer[name] == getattr(case.offer, name)
    for name in ("instalment_after", "total_interest", "annual_rate", "waived"):
        assert Decimal(offer[name]) == getattr(case.offer, name)
    assert [Decimal(row["payment"]) for row in rows] == [row.payment for row in case.offer.schedule.rows]
    assert [row["due_date"] for row in rows] == [str(row.due_date) for row in case.offer.schedule.rows]
    assert rp.Signed.from_json(results["agreement.json"].decode()) == case.signed
    now = rp.replay(case.signed.agreement.account(LOAN), case.account_events, as_of="2026-06-15")
    stated = json.loads(results["statement.json"])
    assert (Decimal(stated["payoff"]), stated["days_past_due"]) == (now.payoff, now.days_past_due)
    assert {name: Decimal(each) for name, each in stated["owed"].items()} == now.owed
    kept = list(csv.DictReader(io.StringIO(results["statement-rows.csv"].decode())))
    assert [Decimal(row["owed_interest"]) for row in kept] == [row.owed["interest"] for row in now.rows]
    assert json.loads(results["case.json"])["stage"]["name"] == "completed"
    assert [each["step"] for each in json.loads(results["decisions.json"])] == [
        "review",
        "review",
        "opinion",
        "decision",
    ]
    assert results["letter.zh.txt"].decode() == rp.explain(case.record, "zh")
    assert results["agreement.en.md"].decode() == rp.agreement_document(case.signed).markdown("en")


def test_files_are_in_open_formats_and_one_form(whole):
    for name in files_of(whole):
        raw = (whole / name).read_bytes()
        if name.startswith("documents/"):
            continue
        assert b"\r" not in raw
        assert raw.endswith(b"\n")
        raw.decode()
        if name.endswith(".json"):
            assert to_json(json.loads(raw)) == raw
    assert (whole / "documents" / "审核意见.txt").read_bytes() == "意见\r\n".encode()


ELSEWHERE = """
import os, sys, time
os.umask(0o077)
time.tzset()
import repayplan as rp
from repayplan.edges.caseinputs import inputs_of
from repayplan.edges.folder import whole_folder
from pathlib import Path
case = rp.read_archive({whole!r}, sha256={sha256!r})
with whole_folder(Path("again")) as folder:
    for name, raw in inputs_of(case).items():
        (folder / name).write_bytes(raw)
"""


@pytest.mark.skipif(not hasattr(__import__("time"), "tzset"), reason="the system has no tzset")
def test_another_machine_works_out_and_writes_the_same_bytes(whole, tmp_path):
    text = ELSEWHERE.format(whole=str(whole), sha256=rp.ArchiveManifest.read(whole).sha256)
    there = {"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "PYTHONHASHSEED": "7"}
    there |= {"PYTHONPATH": str(Path(rp.__file__).parent.parent), "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [sys.executable, "-c", text], cwd=tmp_path, env=there, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    # What is in results/ was worked out there to the byte, or the archive wouldn't have been read.
    assert names_in(tmp_path / "again") == names_in(whole / "inputs")
    for name in names_in(whole / "inputs"):
        assert (tmp_path / "again" / name).read_bytes() == (whole / "inputs" / name).read_bytes()


# What was changed is found


def test_one_byte_of_any_file_is_found(out, monkeypatch):
    without_work(monkeypatch, full())
    assert rp.verify(out).ok
    for name in files_of(out):
        path = out / name
        raw = path.read_bytes()
        place = len(raw) // 2
        path.write_bytes(raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :])
        found = rp.verify(out).faults
        code = rp.Code.DAMAGED if name == MANIFEST else rp.Code.CHANGED
        assert (code, name) in [(fault.code, fault.file) for fault in found], name
        path.write_bytes(raw)
    assert rp.verify(out).ok


def test_what_is_missing_foreign_or_a_link_is_found(out, monkeypatch, tmp_path):
    without_work(monkeypatch, full())
    (out / "documents" / "scan.pdf").unlink()
    (out / "documents" / "more.txt").write_text("x")
    (out / "results" / ".hidden").write_text("x")
    (out / "theirs").mkdir()
    found = {(fault.file, fault.code.value) for fault in rp.verify(out).faults}
    assert found == {
        ("documents/scan.pdf", "missing"),
        ("documents/more.txt", "foreign"),
        ("results/.hidden", "foreign"),
        ("theirs", "foreign"),
    }
    assert rp.verify(out).faults[0].text("zh").endswith("不属于此目录")
    away = copied(out, tmp_path / "away")
    (out / "inputs" / "loan.json").unlink()
    (out / "inputs" / "loan.json").symlink_to(away / "inputs" / "loan.json")
    assert ("inputs/loan.json", "unreadable") in {
        (fault.file, fault.code.value) for fault in rp.verify(out).faults
    }


def test_a_folder_that_is_a_link_is_no_part_of_an_archive(little, tmp_path):
    away = copied(little, tmp_path / "away")
    for name in ("case.json", "calendar.json", "loan.json", "household.json"):
        (little / "inputs" / name).unlink()
    (little / "inputs").rmdir()
    (little / "inputs").symlink_to(away / "inputs")
    found = [(fault.file, fault.code.value) for fault in rp.verify(little).faults]
    assert ("inputs", "foreign") in found
    assert ("inputs/loan.json", "unreadable") in found


def changed(out, name, old, new):
    path = out / name
    text = path.read_text(encoding="utf-8")
    assert text.count(old) >= 1, (name, old)
    path.write_text(text.replace(old, new, 1), encoding="utf-8", newline="\n")


def test_changed_figures_with_hashes_made_anew_are_found_by_working_them_out(out):
    before = rp.ArchiveManifest.read(out).sha256
    changed(out, "results/offer.json", '"instalments": 26', '"instalments": 27')
    changed(out, "results/plan.csv", "1493.11", "1493.12")
    changed(out, "results/decisions.json", '"result": "needs_evidence"', '"result": "approved"')
    changed(out, "results/statement.json", '"days_past_due": 46', '"days_past_due": 16')
    changed(out, "results/case.json", '"late_by": 77', '"late_by": 7')
    changed(out, "results/letter.en.txt", "approved", "declined")
    changed(out, "results/agreement.json", '"reference": "L-1"', '"reference": "L-2"')
    changed(out, "results/agreement.zh.md", "L-1", "L-2")
    (out / "results" / "opinion.en.txt").unlink()
    (out / "results" / "more.csv").write_bytes(b"a\n")
    remade(out)
    found = rp.verify(out, sha256=before).faults
    told = {(fault.file.partition("/")[2], fault.field, fault.written, fault.found) for fault in found}
    assert told >= {
        ("offer.json", "instalments", 27, 26),
        ("plan.csv", "payment[0]", "1493.12", "1493.11"),
        ("decisions.json", "[0].result", "approved", "needs_evidence"),
        ("statement.json", "days_past_due", 16, 46),
        ("case.json", "late_by", 7, 77),
        ("agreement.json", "agreement.reference", "L-2", "L-1"),
    }
    assert {fault.file.partition("/")[2] for fault in found if fault.code == "differs"} == {
        *("offer.json", "plan.csv", "decisions.json", "statement.json", "case.json"),
        *("letter.en.txt", "agreement.json", "agreement.zh.md"),
    }
    codes = {fault.file: fault.code.value for fault in found}
    assert codes["results/opinion.en.txt"] == "missing"
    assert codes["results/more.csv"] == "foreign"
    assert (found[0].file, found[0].code, found[0].field) == (MANIFEST, "changed", "sha256")
    worded = next(fault for fault in found if fault.field == "instalments")
    assert worded.text() == (
        "results/offer.json, instalments: archived is 27; worked out again from the inputs it is 26"
    )
    assert worded.text("zh") == "results/offer.json，instalments：存档为27；按输入重新计算为26"
    with pytest.raises(ArchiveError, match="worked out again") as caught:
        rp.read_archive(out)
    assert caught.value.code is rp.Code.DIFFERS


def test_a_file_in_the_place_of_another_is_told_in_a_few_words(out, monkeypatch):
    without_work(monkeypatch, full())
    (out / "results" / "decisions.json").replace(out / "results" / "offer.json")
    faults = rp.verify(out).faults
    whole = next(each for each in faults if (each.file, each.code) == ("results/offer.json", "differs"))
    assert isinstance(whole.written, list)
    for language in ("en", "zh"):
        assert max(len(each.text(language)) for each in faults) < 1_000


def test_changed_inputs_with_hashes_made_anew_give_other_results(out):
    changed(out, "inputs/account-events.json", '"amount": "500"', '"amount": "600"')
    changed(out, "inputs/case-events.json", '"kind": "completed"', '"kind": "closed"')
    remade(out)
    found = rp.verify(out).faults
    files = {fault.file for fault in found}
    assert files == {"results/statement.json", "results/statement-rows.csv", "results/case.json"}
    told = {fault.field: (fault.written, fault.found) for fault in found}
    assert told["allocations[1].amount"] == ("500.00", "600.00")


def test_a_signature_under_another_text_is_found(out):
    changed(out, "inputs/agreement.json", "上海市示例路2号", "上海市示例路3号")
    remade(out)
    [fault] = rp.verify(out).faults
    assert (fault.file, fault.code.value) == ("inputs/signatures.json", "unreadable")
    assert fault.field == "signatures[0].fingerprint"


@pytest.mark.parametrize("version", [rp.__version__, "0.0.9"])
def test_results_that_are_gone_are_missed_whatever_version_is_claimed(out, version):
    gone = ["decisions.json", "offer.json", "plan.csv", "statement.json"]
    for name in gone:
        (out / "results" / name).unlink()
    remade(out, versions={"repayplan": version, "numpy": "2", "python": "3"})
    faults = [(fault.file, fault.code) for fault in rp.verify(out).faults]
    assert faults == [(f"results/{name}", "missing") for name in gone]


@pytest.mark.skipif(os.name == "nt", reason="file names are always Unicode there")
def test_a_name_that_the_system_has_no_letters_for_is_refused_by_name(tmp_path):
    program = r"""
import sys, repayplan as rp
kept = rp.Retention(until="2030-01-01", source="own")
folder = sys.argv[1]
for documents, name in (({"\u6c11.txt": b"a"}, "case"), ({}, "\u6848\u4ef6")):
    case = rp.CaseFile(id="A-1", as_of="2026-03-05", retention=kept, documents=documents)
    try:
        rp.archive(case, f"{folder}/{name}")
    except rp.InputError as error:
        print(error.code, error.field, ascii(error.rule))
"""
    there = {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONIOENCODING": "utf-8"}
    there |= {"PYTHONPATH": str(Path(rp.__file__).parent.parent)}
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        env={**os.environ, **there},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    said = [line.split(" ", 2) for line in done.stdout.splitlines()]
    assert [line[:2] for line in said] == [["unknown_value", "documents"], ["unknown_value", "out"]]
    assert all("UTF-8" in line[2] for line in said)
    assert list(tmp_path.iterdir()) == []


def test_the_manifest_belongs_to_the_case(little):
    remade(little, case="B-2")
    [fault] = rp.verify(little).faults
    assert (fault.file, fault.field, fault.written, fault.found) == (MANIFEST, "case", "B-2", "B-1")
    remade(little, case="B-1", retention=rp.Retention(until="2026-12-31", source="own"))
    [fault] = rp.verify(little).faults
    assert (fault.field, fault.written) == ("retention.until", date(2026, 12, 31))


# What is no archive


MALFORMED = {
    "no JSON": (b"{", "", "not JSON"),
    "a key twice": (b'{"@is": "Loan", "@is": "Loan"}', "", "twice"),
    "no text": (b"\xff\xfe", "", "not JSON"),
    "too deep": (b'{"a":' * 90 + b"1" + b"}" * 90, "", "too deep"),
    "far too deep": (b"[" * 100_000 + b"]" * 100_000, "", "too deep"),
    "no number": (b'{"@is": "Loan", "principal": NaN}', "", "NaN"),
    "digits without end": (b'{"@is": "Loan", "principal": ' + b"9" * 5000 + b"}", "", "not JSON"),
    "another kind": (to_json(as_data(HOME, "home")), "", "Loan is needed"),
    "an unknown kind": (b'{"@is": "os.system", "command": "true"}', "@is", "one of Loan"),
    "a list": (b"[]", "", "Loan is needed"),
    "nothing": (b"null", "", "Loan is needed"),
    "a field too many": (b'{"@is": "Loan", "colour": 1}', "colour", "one of principal"),
    "a field too few": (b'{"@is": "Loan", "principal": "1"}', "annual_rate", "needed"),
    "an unknown mark": (b'{"@is": "Loan", "principal": {"@file": "/etc/passwd"}}', "principal.@file", "mark"),
    "a large number": (
        b'{"@is": "Loan", "columns": {"a": {"@number": "1e999999999"}}}',
        "columns.a.@number",
        "mark",
    ),
    "an amount that can't be": (
        to_json(as_data(LOAN, "loan")).replace(b'"30000.00"', b'"30000.001"'),
        "principal",
        "smallest",
    ),
    "a kind of value that can't be": (
        to_json(as_data(LOAN, "loan")).replace(b'"2026-03-31"', b"[[1, 2]]"),
        "next_due",
        "",
    ),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_inputs_that_are_none_are_refused_by_file_and_field(little, name):
    raw, field, words = MALFORMED[name]
    (little / "inputs" / "loan.json").write_bytes(raw)
    remade(little)
    [fault] = rp.verify(little).faults
    assert (fault.file, fault.code.value) == ("inputs/loan.json", "unreadable")
    assert fault.field == field
    assert words in fault.found
    with pytest.raises(ArchiveError, match=r"inputs/loan\.json"):
        rp.read_archive(little)


def test_a_file_that_is_too_long_is_not_read(little):
    with (little / "inputs" / "loan.json").open("r+b") as file:
        file.truncate(MOST_BYTES + 1)
    codes = {(fault.file, fault.code.value) for fault in rp.verify(little).faults}
    assert ("inputs/loan.json", "unreadable") in codes


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_what_is_no_plain_file_is_not_waited_for(little):
    (little / "documents" / "note.txt").unlink()
    os.mkfifo(little / "documents" / "note.txt")
    [fault] = rp.verify(little).faults
    assert (fault.file, fault.code.value) == ("documents/note.txt", "unreadable")


@pytest.mark.parametrize(
    ("name", "text", "field"),
    [
        ("case.json", '{"as_of": "2026-03-05"}', "id"),
        ("case.json", '{"id": "B-1", "as_of": "2026-03-05", "retention": {"until": 1}}', "retention.source"),
        ("calendar.json", "null", "calendar"),
        ("calendar.json", '{"@calendar": "lunar"}', "@calendar"),
        ("policy.toml", "name = 1\n", "currency"),
        ("policy.toml", "x" * 10 + " = \n", ""),
        ("record.json", '{"steps": [{"reviewed_on": "2026-03-05"}]}', "steps[0].reviews"),
        ("record.json", '{"steps": []}', "entries"),
        ("record.json", '{"steps": [{"opinion": "approve"}]}', "steps[0].role"),
        ("reviews.json", '[{"loan": null}]', "[0]"),
        ("reviews.json", "{}", ""),
        ("agreement.json", "{}", "parties"),
        ("account-events.json", '[{"@is": "Event", "kind": "gift"}]', "[0].value_date"),
        ("case-rule.toml", "source = 1\n", "stages"),
    ],
)
def test_further_inputs_that_are_none(little, name, text, field):
    (little / "inputs" / name).write_text(text, encoding="utf-8")
    remade(little)
    found = rp.verify(little).faults[0]
    assert (found.file, found.code.value) == (f"inputs/{name}", "unreadable")
    assert field in found.field or (not found.field and not field)


def test_inputs_that_nothing_is_made_of_are_foreign(little):
    (little / "inputs" / "signatures.json").write_bytes(b"{}\n")
    remade(little)
    assert [(each.file, each.code.value) for each in rp.verify(little).faults] == [
        ("inputs/signatures.json", "foreign")
    ]


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text[:-2],
        lambda text: text + " ",
        lambda text: text.replace('"case": "B-1"', '"case":  "B-1"'),
        lambda text: text.replace("repayplan.archive/1", "repayplan.archive/9"),
        lambda text: text.replace('"documents/note.txt"', '"documents/../../note.txt"'),
        lambda text: text.replace('"documents/note.txt"', '"/etc/passwd"'),
        lambda text: text.replace('"inputs/loan.json"', '"inputs/own.json"'),
        lambda text: text.replace('"retention"', '"retained"'),
        lambda text: text.replace('"B-1"', '"\\ud800"'),
        lambda _: "[]",
        lambda _: "[" * 5000,
    ],
)
def test_a_manifest_that_is_none(little, change, tmp_path, capsys):
    path = little / MANIFEST
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
    [fault] = rp.verify(little).faults
    assert (fault.file, fault.code.value) == (MANIFEST, "damaged")
    with pytest.raises(FolderError) as caught:
        rp.expired(little, "2026-03-05")
    assert caught.value.code is rp.Code.DAMAGED
    assert main(["verify", str(little)]) == 1
    assert MANIFEST in capsys.readouterr().err


def test_no_folder_and_no_manifest(tmp_path, little):
    with pytest.raises(FolderError, match="no such folder"):
        rp.read_archive(tmp_path / "none")
    (little / MANIFEST).unlink()
    with pytest.raises(FolderError, match="no archive was written there"):
        rp.verify(little)


def test_the_command_verifies_archives_in_both_languages(little, capsys):
    sha256 = rp.ArchiveManifest.read(little).sha256
    assert main(["verify", str(little), "--sha256", sha256]) == 0
    assert capsys.readouterr().out.startswith("all 6 files are as they were written")
    assert main(["verify", str(little), "--sha256", "0", "--language", "zh"]) == 1
    assert "已被改动" in capsys.readouterr().err
    with pytest.raises(rp.InputError, match="of an archive only"):
        rp.verify(little.parent, sha256="0")


# What can't be archived


def test_nothing_is_written_over_and_nothing_is_left_behind(tmp_path, little, monkeypatch):
    with pytest.raises(FolderError, match="written over nothing"):
        rp.archive(small(), little)
    (tmp_path / "empty").mkdir()
    rp.archive(small(), tmp_path / "empty")
    monkeypatch.setattr(archiving, "to_disk", lambda _: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
        rp.archive(small(), tmp_path / "C-1")
    assert names_in(tmp_path) == ["B-1", "empty"]
    with pytest.raises(rp.InputError, match="a CaseFile"):
        rp.archive(LOAN, tmp_path / "C-1")


def test_what_does_not_follow_from_the_inputs_is_not_archived(tmp_path):
    policy = rp.Policy.example("consumer")
    offer = rp.propose(LOAN, rp.Household(net_income="5000", costs={"rent": "1500"}), policy)
    case = small(policy=policy, offer=offer)
    with pytest.raises(ArchiveError) as caught:
        rp.archive(case, tmp_path / "out")
    fault = caught.value.fault
    assert (fault.file, fault.code, fault.field) == ("results/offer.json", "differs", "capacity")
    assert fault.written == str(offer.capacity)
    assert names_in(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "a file's name"),
        (".", "a file's name"),
        ("..", "a file's name"),
        ("../policy.toml", "a file's name"),
        ("/etc/passwd", "a file's name"),
        ("a/b.txt", "a file's name"),
        ("a\\b.txt", "a file's name"),
        ("C:note.txt", "a file's name"),
        ("nul", "a file's name"),
        ("COM1.txt", "a file's name"),
        ("CONIN$", "a file's name"),
        ("conout$.txt", "a file's name"),
        ("a.txt.", "a file's name"),
        (" a.txt", "a file's name"),
        ("a\x00.txt", "a file's name"),
        ("a\n.txt", "a file's name"),
        ("a\u202etxt.exe", "a file's name"),
        ("a\ud800.txt", "a file's name"),
        ("e\u0301.txt", "a file's name"),
        ("意" * 70, "a file's name"),
        (7, "a file's name"),
    ],
)
def test_names_of_documents_that_leave_the_folder_or_are_odd(name, reason):
    with pytest.raises(rp.InputError, match=reason) as caught:
        small(documents={name: b"x"})
    assert (caught.value.field, caught.value.value) == ("documents", name)


def test_documents_are_bytes_or_text_by_names_that_differ():
    with pytest.raises(rp.InputError) as caught:
        small(documents={"Note.txt": "a", "note.TXT": "b"})
    assert caught.value.code is rp.Code.DUPLICATE
    with pytest.raises(rp.InputError, match="bytes or text"):
        small(documents={"note.txt": 1})
    with pytest.raises(rp.InputError, match="bytes or text by name"):
        small(documents=["note.txt"])


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"offer": "offer", "policy": POLICY}, "offer"),
        ({"loan": HOME}, "loan"),
        ({"household": [1]}, "household"),
        ({"reviews": ASKED}, "reviews"),
        ({"reviews": [HOME]}, "reviews[0]"),
        ({"case_events": full().case_events}, "case_rule"),
        ({"account_events": full().account_events}, "signed"),
        ({"account_events": [HOME]}, "account_events[0]"),
        ({"accept_by": "2026-03-05"}, "signed"),
        ({"choice": rp.MenuChoice(number=0)}, "offer"),
        ({"record": full().record, "policy": POLICY}, "reviews"),
        ({"record": full().record, "policy": POLICY, "reviews": [ASKED]}, "reviews"),
        ({"offer": full().offer}, "policy"),
        ({"id": " "}, "id"),
        ({"id": "a\nb"}, "id"),
        ({"as_of": "soon"}, "as_of"),
        ({"retention": None}, "retention"),
        ({"calendar": 7}, "calendar"),
    ],
)
def test_a_case_file_names_what_is_missing_or_something_else(change, field):
    with pytest.raises(rp.InputError) as caught:
        small(**change)
    assert caught.value.field == field


class OwnCalendar:
    name, first, last = "own", None, None

    def business(self, days):
        return np.ones(days.shape, np.bool_)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"calendar": OwnCalendar()}, "calendar"),
        (
            {"loan": replace(LOAN, day_count=DayCount("own", lambda a, b: (b - a).astype(int), 366, "", ""))},
            "loan.day_count",
        ),
        ({"loan": replace(LOAN, columns={"pay": rp.minor([5])})}, "loan.columns.pay"),
        ({"loan": replace(LOAN, columns={"pay": Decimal("1e50")})}, "loan.columns.pay"),
    ],
)
def test_what_is_no_data_is_refused_by_name(change, field):
    with pytest.raises(rp.InputError) as caught:
        small(**change)
    assert caught.value.field == field


# Other cases


def kept(case, tmp_path):
    rp.archive(case, tmp_path / "out")
    assert rp.read_archive(tmp_path / "out") == case
    return json.loads((tmp_path / "out" / "results" / "offer.json").read_bytes())


def test_a_refusal_with_its_grounds(tmp_path):
    poor = rp.Household(net_income="3000", costs={"rent": "1500", "food": "1200"})
    refusal = rp.propose(LOAN, poor, POLICY)
    record = (
        rp.Record((rp.review(ASKED, LOAN, poor, POLICY, on="2026-02-25"),))
        .opinion(
            "refuse",
            rp.Relief(owed="31448.70"),
            role="reviewer",
            person="Li",
            at="2026-02-26T10:00:00+08:00",
        )
        .decide(
            "refuse",
            role="committee",
            person="Wu",
            at="2026-02-27T16:00:00+08:00",
            policy=POLICY,
            infeasible=refusal,
        )
    )
    case = small(household=poor, policy=POLICY, offer=refusal, record=record, reviews=(ASKED,))
    stored = kept(case, tmp_path)
    assert [each["code"] for each in stored["reasons"]] == [each.code for each in refusal.reasons]
    assert "shortfall" in stored


def test_a_plan_chosen_from_a_menu(tmp_path):
    wishes, lattice = rp.Wishes(at_most="1600"), rp.Lattice(lengths=12)
    policy = rp.Policy.example("consumer")
    made = rp.menu(LOAN, HOME, policy, wishes=wishes, lattice=lattice)
    number = len(made.alternatives) - 1
    choice = rp.MenuChoice(number=number, wishes=wishes, lattice=lattice)
    stored = kept(small(policy=policy, offer=made.offer(number), choice=choice), tmp_path)
    assert stored["instalments"] == made.alternatives[number].instalments


def test_several_obligors(tmp_path):
    behind = [
        rp.Obligor(household=HOME),
        rp.Obligor(household=rp.Household(net_income="2600"), role="guarantor", share="0.5"),
    ]
    policy = rp.Policy.example("consumer")
    stored = kept(small(household=behind, policy=policy, offer=rp.propose(LOAN, behind, policy)), tmp_path)
    assert stored["instalments"] > 0


def test_an_agreement_that_nobody_has_signed_has_no_account_yet():
    unsigned = replace(full(), signed=full().signed.agreement, account_events=())
    assert unsigned.signed == rp.Signed(agreement=full().signed.agreement)
    assert statement_of(unsigned) is None
    assert statement_of(replace(full(), account_events=())).days_past_due == 76


def test_an_archive_of_an_earlier_version_is_read(tmp_path):
    # Its manifest says version 0.0.1, which there wasn't: whatever this version knows besides isn't missed.
    out = HERE / "data" / "archive-1"
    assert rp.verify(out).ok
    case = rp.read_archive(out)
    assert (case.id, case.offer.instalments, case.loan.principal) == ("A-1", 22, Decimal("9000.00"))
    copy = copied(out, tmp_path / "copy")
    changed(copy, "results/offer.json", '"instalments": 22', '"instalments": 24')
    remade(copy)
    assert [fault.field for fault in rp.verify(copy).faults] == ["instalments"]


def test_a_later_version_may_know_more_and_the_same_one_may_not(tmp_path):
    now, then = b'{"a": 1, "b": [{"c": 2, "d": 3}]}', b'{"a": 1, "b": [{"c": 2}]}'
    assert list(differences("x.json", then, now, more=True)) == []
    assert list(differences("x.json", then, now)) == [("b[0].d", "-", 3)]
    assert list(differences("x.json", now, then, more=True)) == [("b[0].d", 3, "-")]
    assert list(differences("x.csv", b"a\n1\n", b"a,b\n1,2\n", more=True)) == []
    assert list(differences("x.csv", b"a\n1\n", b"a,b\n1,2\n")) == [("header", "-", "b")]
    assert list(differences("x.csv", b"a,b\n1\n", b"a,b\n1,2\n")) == [("b[0]", "-", "2"), ("cells[0]", 1, 2)]
    assert list(differences("x.csv", b"a,a\n1,1\n", b"a\n1\n")) == [("header", 2, 1), ("cells[0]", 2, 1)]
    assert next(differences("x.csv", b'a\n"' + b"9" * 200_000, b"a\n1\n"))[1].startswith("not CSV")


# How long it is kept


@given(st.dates(date(1990, 1, 1), date(2100, 12, 31)), st.integers(0, 50), st.integers(-3, 3))
@examples(30)
def test_an_archive_is_kept_so_many_years(since, years, shift):
    kept = rp.Retention.after(since, years=years, source="own")
    month, day = since.month, since.day
    leap = (since.year + years) % 4 == 0 and ((since.year + years) % 100 or (since.year + years) % 400 == 0)
    wanted = date(since.year + years, month, 28 if (month, day) == (2, 29) and not leap else day)
    assert kept.until == wanted
    assert kept.expired(date.fromordinal(wanted.toordinal() + shift)) == (shift > 0)


def test_an_archive_says_when_it_has_expired(little):
    assert not rp.expired(little, "2038-03-31")
    assert rp.expired(rp.ArchiveManifest.read(little), "2038-04-01")
    for given_, field in (
        ({"until": "2030-01-01", "source": " "}, "retention.source"),
        ({"until": "2030-01-01", "source": "own", "years": 3}, "retention.counted_from"),
        (
            {"until": "2030-01-01", "source": "own", "years": 3, "counted_from": "2026-01-01"},
            "retention.until",
        ),
        ({"until": "later", "source": "own"}, "retention.until"),
    ):
        with pytest.raises(rp.InputError) as caught:
            rp.Retention(**given_)
        assert caught.value.field == field
    with pytest.raises(rp.InputError, match="a whole number of years"):
        rp.Retention.after("2026-01-01", years=-1, source="own")


# Values as data

LPR = rp.Index("LPR 1Y", ["2019-08-20", "2026-01-20"], ["0.0425", "0.042"], "the PBOC")
AUTUMN = rp.Holidays(
    ["2026-10-01"], working=["2026-10-10"], name="autumn", source="x", first="2026-01-01", last="2026-12-31"
)
amount = st.one_of(
    st.integers(1, 10**6),
    st.decimals("0.01", "99999.99", places=2),
    st.decimals("0.01", "99999.99", places=2).map(str),
)
rate = st.sampled_from(
    [
        "0.12",
        rp.Rate("0.01", per="month"),
        rp.FixedRate("0.1"),
        rp.SteppedRate((("2026-01-01", "0.02"), ("2027-01-01", "0.03"))),
        rp.PromotionalRate("0.0199", "2026-07-01", then="0.05"),
        rp.LinkedRate(LPR, "0.005", reset=12, anchor="2026-02-01"),
    ]
)
cell = st.one_of(amount, st.text(max_size=5), st.booleans(), st.floats(-1e9, 1e9), st.dates())
LOANS = st.builds(
    lambda principal, annual_rate, columns, more: rp.Loan(
        principal=principal,
        annual_rate=annual_rate,
        original_term=24,
        elapsed=6,
        unpaid=18,
        next_due="2026-03-31",
        columns=columns,
        **more,
    ),
    amount,
    rate,
    st.dictionaries(st.sampled_from(["a", "@b", "@@c", "@is", "@number"]), cell, max_size=3),
    st.sampled_from(
        [
            {},
            {"due_dates": rp.DueDates(business_day="following", calendar=AUTUMN)},
            {"due_dates": rp.DueDates(month_end=True), "rounding": rp.Rounding(fee_multiple="0.05")},
            {"day_count": "ACT/365F", "frequency": "weekly", "currency": "CNY", "instalment": "12.50"},
        ]
    ),
)
HOMES = st.builds(
    lambda income, often, rent, ages, more: rp.Household(
        net_income={"@job": (income, often)}, costs={"number": rent}, children=ages, **more
    ),
    amount,
    st.sampled_from(["weekly", "monthly"]),
    amount,
    st.lists(st.integers(0, 17), max_size=3),
    st.sampled_from(
        [
            {},
            {"assessed": "2026-01-01", "region": "north", "other_debts": Decimal("0.00")},
            {"items": [rp.Cost("heating", Decimal(80), months=(11, 12)), rp.Debt("x", 5, balance="9")]},
            {"items": (rp.Income("pay", "1500", until=date(2026, 8, 31), earner="she"),)},
        ]
    ),
)


@given(st.one_of(LOANS, HOMES))
@examples(100)
def test_values_are_read_back_from_their_data(value):
    raw = to_json(as_data(value, "value"))
    back = from_data(from_json(raw, "file"), type(value), "file")
    assert back == value
    assert to_json(as_data(back, "value")) == raw


PLANS = [
    rp.equal_instalment(12),
    rp.holiday(3, interest="capitalise") + rp.equal_instalment(24, instalment="500.00"),
    rp.fixed_payment(rp.col("pay")),
]


@pytest.mark.parametrize("plan", PLANS)
def test_events_with_plans_are_read_back(plan):
    event = rp.Event(kind="reschedule", value_date="2026-02-03", reference="7", plan=plan)
    assert from_data(as_data((event,), "events"), tuple, "file") == (event,)


def test_what_json_has_no_form_for_is_no_data():
    for value in (float("inf"), float("nan"), {1: 2}, object(), Decimal("NaN")):
        with pytest.raises(rp.InputError, match="can be kept"):
            as_data(value, "value")
    with pytest.raises(rp.InputError, match="UTF-8"):
        to_json(as_data("a\ud800", "value"))
    with pytest.raises(rp.InputError, match="no arrays"):
        as_data(rp.equal_instalment(np.array([12])), "plan")


TREES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.text("ab", max_size=2)),
    lambda below: st.one_of(
        st.lists(below, max_size=3), st.dictionaries(st.sampled_from("abc"), below, max_size=3)
    ),
    max_leaves=8,
)


@given(TREES, TREES)
@examples(60)
def test_two_files_differ_where_their_data_do(one, other):
    found = list(differences("x.json", to_json(one), to_json(other)))
    mirrored = list(differences("x.json", to_json(other), to_json(one)))
    assert found == [(field, a, b) for field, b, a in mirrored] or found[0][0] == "bytes"
    same = to_json(one) == to_json(other)
    assert same == (found[:1] == [("bytes", len(to_json(one)), len(to_json(other)))])


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: rp.Retention.after("9999-12-31", years=10, source="own"), "retention.counted_from"),
        (lambda: rp.Retention.after("1899-12-31", years=10, source="own"), "retention.counted_from"),
        (lambda: rp.Retention(until="2401-01-01", source="own"), "retention.until"),
        (lambda: rp.Retention(until="1899-12-31", source="own"), "retention.until"),
    ],
)
def test_a_day_of_a_retention_is_within_its_years(make, field):
    with pytest.raises(rp.InputError, match="a year from 1900 to") as caught:
        make()
    assert (caught.value.code, caught.value.field) == (rp.Code.OUT_OF_RANGE, field)
    assert rp.Retention.after("2200-12-31", years=200, source="own").until == date(2400, 12, 31)
