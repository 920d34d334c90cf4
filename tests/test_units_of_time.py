"""Dates and lengths of time name their unit: without one, numpy warns from 2.5 on, and later refuses.

numpy 2.5 needs Python 3.12, so that tests under an older one can't see it: here the source is read. What is
dated is known where it is plain: `datetime64(...)`, `.astype("datetime64[M]")`, what is annotated so, and
names, parts and sums of those.
"""

import ast
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ARRAY = r"Days|(npt\.NDArray\[)?np\.(datetime64|timedelta64)\]?"
DATED = re.compile(rf"({ARRAY})( \| None)?")
PERHAPS = re.compile(rf"({ARRAY}|date)( \| None)?")  # the columns of many, and a value of one
UNIT = re.compile(r"(M8|m8|datetime64|timedelta64)\[\w+\]")
LITERAL = re.compile(r"""datetime64\((?:["'](?:NaT)?["'])?\)|timedelta64\([^(),]*\)""")
CONSTANTS = re.compile(r"^([\w, ]+) = np\.(?:datetime64|timedelta64)", re.MULTILINE)
PARTS = re.compile(r"(?<=\n\n\n)")  # the formatter puts two blank lines around a class and a function
# Nothing to be found in a source without the first, or in a part of it without the second.
TIMES = re.compile(r"\b(?:Days|datetime64|timedelta64|M8)\b")
COUNTS = re.compile(r"[-+] (?:\d|[\w.]*\.\w*(?:days|months)\b)|(?<![\w.])\d+ [-+] ")


@cache
def sources():
    """Every module, and every Python block of a page, with the line before it."""
    found = []
    for folder in ("src", "tests", "docs", "benchmarks"):
        found += [
            (path, 0, path.read_text(encoding="utf-8")) for path in sorted((ROOT / folder).rglob("*.py"))
        ]
        for path in sorted((ROOT / folder).rglob("*.md")):
            text = path.read_text(encoding="utf-8")
            for block in re.finditer(r"^```python[^\n]*\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
                found.append((path, text[: block.start(1)].count("\n"), block[1]))
    return [each for each in found if each[0] != Path(__file__)]


def annotations():
    """Of attributes (`.start`) and functions (`shift()`), every annotation that one of the name has."""
    found = defaultdict(set)
    for path, _, text in sources():
        if ROOT / "src" in path.parents:
            for name, kind in re.findall(r"^    (\w+): ([^=\n]+?)(?: =.*)?$", text, re.MULTILINE):
                found[f".{name}"].add(kind)
            for name, kind in re.findall(
                r"^ *def (\w+)\((?:[^)]|\)(?! ->))*\) -> (.+):$", text, re.MULTILINE
            ):
                found[f"{name}()"].add(kind)
    return found


def called(node):
    """`shift` of `shift`, `dates.shift` and `self.shift`."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


class Reader(ast.NodeVisitor):
    """Lines of one source where a date or a length of time and a bare number are added."""

    def __init__(self, known, names):
        self.known, self.names, self.found = known, dict(names), []

    def annotated(self, name, pattern):
        return all(pattern.fullmatch(each) for each in self.known.get(name, ("",)))

    def dated(self, node):
        match node:
            case ast.Name():
                return self.names.get(node.id, False)
            case ast.Attribute():
                return self.annotated("." + node.attr, PERHAPS)
            case ast.Subscript():
                return self.dated(node.value)
            case ast.IfExp():
                return self.dated(node.body)
            case ast.BinOp(op=ast.Add() | ast.Sub()):
                return self.dated(node.left) or self.dated(node.right)
            case ast.Call():
                return self.made(called(node.func), node.args)
        return False

    def made(self, name, given):
        """Whether a function of this name makes dates of what it is given."""
        if name in ("astype", "view"):
            return isinstance(given[0], ast.Constant) and bool(UNIT.fullmatch(str(given[0].value)))
        if name in ("max", "maximum", "min", "minimum"):
            return any(self.dated(each) for each in given)
        return name in ("datetime64", "timedelta64") or self.annotated(f"{name}()", DATED)

    def whole(self, node):
        match node:
            case ast.Constant(value=value):
                return type(value) is int
            case ast.Attribute():
                return self.annotated("." + node.attr, re.compile("int"))
        return False

    def visit_FunctionDef(self, node):
        outside, self.names = self.names, dict(self.names)
        for each in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs):
            kind = ast.unparse(each.annotation) if each.annotation else ""
            self.names[each.arg] = bool(DATED.fullmatch(kind))
        self.generic_visit(node)
        self.names = outside

    def visit_Assign(self, node):
        self.generic_visit(node)
        for target in node.targets:
            pairs = [(target, node.value)]
            if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                pairs = zip(target.elts, node.value.elts, strict=False)
            self.names |= {name.id: self.dated(value) for name, value in pairs if isinstance(name, ast.Name)}

    def visit_BinOp(self, node):
        self.generic_visit(node)
        if isinstance(node.op, ast.Add | ast.Sub):
            sides = (node.left, node.right), (node.right, node.left)
            self.found += [node.lineno for one, other in sides if self.whole(other) and self.dated(one)]


def added(text, known):
    """Lines of a source; only what may have such a sum is parsed, one function or class after the other."""
    if not TIMES.search(text):
        return []
    constants = {name: True for names in CONSTANTS.findall(text) for name in names.split(", ")}
    found, line = [], 0
    for part in PARTS.split(text):
        if COUNTS.search(part):
            reader = Reader(known, constants)
            reader.visit(ast.parse(part))
            found += [line + each for each in reader.found]
        line += part.count("\n")
    return found


def test_no_date_and_no_length_of_time_is_written_without_a_unit():
    found = [
        f"{path.relative_to(ROOT)}:{before + text[: each.start()].count(chr(10)) + 1}"
        for path, before, text in sources()
        for each in LITERAL.finditer(text)
    ]
    assert found == []


def test_what_is_added_to_a_date_has_a_unit():
    known = annotations()
    found = [
        f"{path.relative_to(ROOT)}:{before + line}"
        for path, before, text in sources()
        for line in added(text, known)
    ]
    assert found == []


@pytest.mark.parametrize(
    "text",
    ['datetime64("NaT")', "datetime64()", "timedelta64(3)", "timedelta64('NaT')", "timedelta64(each.days)"],
)
def test_literals_without_a_unit_are_seen(text):
    assert LITERAL.search(f"np.{text} + due")


@pytest.mark.parametrize("text", ['datetime64("NaT", "D")', 'datetime64("2026-01")', 'timedelta64(3, "D")'])
def test_literals_with_a_unit_pass(text):
    assert not LITERAL.search(f"np.{text} + due")


KNOWN = {
    ".oldest_due": {"Days", "date | None"},
    ".grace_days": {"int"},
    ".first": {"Days", "int"},
    "shift()": {"Days"},
    "day_of()": {"Ints"},
}


@pytest.mark.parametrize(
    "line",
    [
        'np.datetime64("2026-01") + most - 1',
        'due.astype("datetime64[M]") + 1',
        "end + 1",
        "1 + end[some]",
        "columns.oldest_due[some] + rule.grace_days",
        "shift(end, MONTHLY, 1) + 1",
        "begin, count = end[0], 3; last = max(begin, FIRST); np.arange(begin, last + 1)",
    ],
)
def test_sums_without_a_unit_are_seen(line):
    assert added(f"def of(end: Days): {line}", KNOWN) == [1]


@pytest.mark.parametrize(
    "line",
    [
        'np.timedelta64(3, "D") + end',
        "end + np.arange(3) + size[1 + 1]",
        "day_of(end) + 1",
        "count + 1",
        "other.first + 1",
        "(end > begin) + 1",
    ],
)
def test_sums_with_a_unit_pass(line):
    assert added(f"def of(end: Days, count: Ints): {line}", KNOWN) == []
