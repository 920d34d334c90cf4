"""Every test claims something: read from the tests by `ast`, helpers and all.

A claim is an `assert` that can fail, an error or a warning that pytest waits for, a call of something named
`assert...`, or a call of a function of the tests that makes one.
"""

import ast
import gc
from functools import cache, lru_cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
AWAITS = {"raises", "warns", "deprecated_call", "fail"}
CHECKS = {"check_schedule", "check_outcome"}
"""What the package itself has for tests: these raise where an identity does not hold."""
FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def tree_of(module):
    """What stands in a file that tests import; empty for what is none of theirs."""
    path = TESTS / f"{module}.py"
    return ast.parse(path.read_text(encoding="utf-8") if path.exists() else "")


@lru_cache(8)
def defined(tree):
    """Functions and classes of a file, by name."""
    return {node.name: node for node in tree.body if isinstance(node, FUNCTION | ast.ClassDef)}


def imported(nodes):
    """What names mean that are imported: the file and the name there, None for the file itself."""
    met = {}
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            met |= {each.asname or each.name: (node.module, each.name) for each in node.names}
        elif isinstance(node, ast.Import):
            met |= {each.asname or each.name: (each.name, None) for each in node.names}
    return met


def can_fail(claim):
    """Whether an assert depends on anything."""
    return any(isinstance(node, ast.Name | ast.Call) for node in ast.walk(claim.test))


@lru_cache(256)
def claims_itself(node):
    """Whether a claim stands in a function or class itself."""
    for each in ast.walk(node):
        if isinstance(each, ast.Assert) and can_fail(each):
            return True
        if isinstance(each, ast.Call):
            name = getattr(each.func, "attr", getattr(each.func, "id", ""))
            of = getattr(getattr(each.func, "value", None), "id", "")
            if name.startswith("assert") or name in CHECKS or (of == "pytest" and name in AWAITS):
                return True
    return False


def called(node, tree):
    """Functions of the tests that it calls, with the file where each stands."""
    met = imported([*tree.body, *ast.walk(node)])
    for call in (each.func for each in ast.walk(node) if isinstance(each, ast.Call)):
        if isinstance(call, ast.Name):
            module, name = met.get(call.id, ("", call.id))
        elif isinstance(call, ast.Attribute) and isinstance(call.value, ast.Name):
            module, name = met.get(call.value.id, ("", ""))[0], call.attr
        else:
            continue
        where = tree_of(module) if module else tree
        if name in defined(where) and (module or isinstance(call, ast.Name)):
            yield defined(where)[name], where


def claims(node, tree):
    """Whether a function or class makes a claim, itself or by what it calls."""
    seen, left = {node}, [(node, tree)]
    while left:
        one, where = left.pop()
        if claims_itself(one):
            return True
        more = [each for each in called(one, where) if each[0] not in seen]
        seen |= {each for each, _ in more}
        left += more
    return False


def each_test(tree):
    """Name and what stands there, of all that pytest runs."""
    for node in tree.body:
        if isinstance(node, FUNCTION) and node.name.startswith("test"):
            yield node.name, node
        elif isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            for each in node.body:
                if isinstance(each, FUNCTION) and each.name.startswith("test"):
                    yield f"{node.name}.{each.name}", each
        elif isinstance(node, ast.Assign) and getattr(node.value, "attr", "") == "TestCase":
            # A machine of hypothesis: its steps are its test.
            yield getattr(node.targets[0], "id", ""), defined(tree)[node.value.value.id]


def silent(tree):
    """Tests that claim nothing."""
    return [name for name, node in each_test(tree) if not claims(node, tree)]


@pytest.fixture
def uncollected():
    """The nodes of a tree are many, and none is garbage: the collector would look at them again and again."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("uncollected")
@pytest.mark.parametrize("part", range(3))
def test_every_test_claims_something(part):
    found, count = set(), 0
    for path in sorted(TESTS.glob("test_*.py"))[part::3]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        count += len(list(each_test(tree)))
        found |= {f"{path.stem}.{name}" for name in silent(tree)}
    assert count > 500
    assert found == set()


@pytest.mark.parametrize(
    "source",
    [
        "def test(): run()",
        "def test():\n    assert True",
        "def test():\n    assert (1, 'it is so')",
        "def helper(): run()\ndef test(): helper()",
        "def helper(): helper()\ndef test(): helper()",
        "def other():\n    assert x\ndef test(): run()",
        "from oracle import Schedule\ndef test(): Missing()",
        "class TestIt:\n    def test(self): run()",
        "class Machine:\n    def step(self): run()\nTestMachine = Machine.TestCase",
    ],
)
def test_the_reader_sees_a_test_without_a_claim(source):
    assert len(silent(ast.parse(source))) == 1


@pytest.mark.parametrize(
    "source",
    [
        "def test():\n    assert f(1) == 2",
        "def test():\n    with pytest.raises(ValueError): f()",
        "def test(): np.testing.assert_array_equal(f(), g())",
        "def helper():\n    assert f()\ndef more(): helper()\ndef test(): more()",
        "from test_claims import test_every_test_claims_something as it\ndef test(): it()",
        "import test_claims\ndef test(): test_claims.test_every_test_claims_something()",
        "class Machine:\n    def step(self):\n        assert f()\nTestMachine = Machine.TestCase",
    ],
)
def test_the_reader_sees_a_claim(source):
    assert silent(ast.parse(source)) == []
