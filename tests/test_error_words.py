"""What ``stream`` and ``verify`` say in Chinese: of every fault of files and folders, and without English."""

import ast
import re
from pathlib import Path

import pytest

from extras import needs
from portfolios import as_csv, rows
from repayplan import Code, InputError, Policy, verify
from repayplan.edges import errorwords
from repayplan.edges.cli import main
from repayplan.edges.errorwords import in_chinese, rule_in_chinese

EDGES = Path(errorwords.__file__).parent
MODULES = ("sources", "csvcuts", "sealed", "portions", "journal", "verifying", "streaming", "streamrun")
ENGLISH = re.compile("[A-Za-z]{2,} [A-Za-z]{2,}")
BY_OTHERS = ("is no path", "--overwrite replaces")
"""Rules of `folder` that other commands break; and what a library says of itself."""


def texts(node):
    """The texts that an expression may be, with a 1 for whatever is put in."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(part.value if isinstance(part, ast.Constant) else "1" for part in node.values)
    elif isinstance(node, ast.IfExp):
        yield from texts(node.body)
        yield from texts(node.orelse)


def rules(module):
    """The rules that a module names in its errors."""
    for node in ast.walk(ast.parse((EDGES / f"{module}.py").read_text("utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("FolderError", "TableError"):
            yield from texts(node.args[2])
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "_refuse":
            yield from texts(node.args[-1])
        elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "rule":
            yield from texts(node.value)


@pytest.mark.parametrize("module", [*MODULES, "folder"])
def test_every_rule_about_files_and_folders_has_its_chinese_words(module):
    found = [rule for rule in rules(module) if not any(words in rule for words in BY_OTHERS)]
    found = [rule for rule in found if "FileSystem" not in rule and "{" not in rule and " " in rule]
    assert found
    for rule in found:
        said = rule_in_chinese(re.sub("^1(: )?(?=can)", "", rule))  # the rows have a pattern of their own
        assert re.search("[\u4e00-\u9fff]", said), rule
        assert not ENGLISH.search(said), said


@needs("pyarrow")
@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("stream", "none.csv"), "none.csv：没有此文件或文件夹"),
        (("stream", "loans.csv", "--keep", "colour"), "loans.csv：keep：列'colour'：没有列colour"),
        (("stream", "loans.csv", "--ignore", "principal"), "没有列principal；请用--map指明该列"),
        (("stream", "loans.csv", "--map", "elapsed=unpaid", "--set", "elapsed=0"), "重复"),
        (("verify", "none"), "none：没有此文件夹"),
        (("verify", "."), ".：没有manifest.json：不是stream的结果"),
    ],
)
def test_errors_are_said_in_chinese_where_that_is_asked_for(tmp_path, capsys, monkeypatch, command, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "loans.csv").write_bytes(as_csv(rows(3)))
    Policy.example("consumer").save(tmp_path / "policy.toml")
    more = ["--policy", "policy.toml", "--out", "out"] if command[0] == "stream" else []
    assert main([*command, *more, "--language", "zh"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("repayplan：错误：")
    assert words in said
    assert not ENGLISH.search(said.replace("--", "")), said


@needs("pyarrow")
def test_what_verify_finds_is_said_in_chinese(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "loans.csv").write_bytes(as_csv(rows(3)))
    Policy.example("consumer").save(tmp_path / "policy.toml")
    assert main(["stream", "loans.csv", "--policy", "policy.toml", "--out", "out", "--no-reasons"]) == 0
    part = tmp_path / "out/decisions/part-000000.parquet"
    part.write_bytes(part.read_bytes() + b"x")
    (found,) = verify("out").faults
    assert re.fullmatch(
        "[^ ]+已被改动：现为[0-9]+字节，SHA-256为.{64}；写入时为[0-9]+字节，SHA-256为.{64}", found.text("zh")
    )
    (tmp_path / "out/manifest.json").write_text("{")
    (found,) = verify("out").faults
    assert found.code is Code.DAMAGED
    assert not ENGLISH.search(found.text("zh"))
    assert main(["stream", "loans.csv", "--policy", "policy.toml", "--out", "out", "--language", "zh"]) == 2
    assert capsys.readouterr().err.endswith("out：manifest.json已损坏，其内容均不可信\n")


def test_other_errors_are_said_by_their_code():
    assert in_chinese(InputError(Code.NEGATIVE, "fees", "-1")) == "fees为负数（-1）"
    assert (
        in_chinese(FileNotFoundError(2, "No such file or directory", "a.toml"))
        == "a.toml：没有此文件或文件夹"
    )
    assert in_chinese(ImportError("pyarrow")) == "pyarrow"
