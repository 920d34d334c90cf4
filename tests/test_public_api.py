"""The public names are those of `data/public_api.txt`, each with its parameters.

What differs is a change that users meet: a name that goes, or a parameter that moves, breaks their programs.
After a change that is meant, `python tests/test_public_api.py` writes the list anew; the changelog says what
changed.
"""

import enum
import inspect
import re
import types
from pathlib import Path

import pytest

import repayplan as rp

LIST = Path(__file__).parent / "data" / "public_api.txt"


def call(what):
    """How it's called; of a default that has no name only that there is one."""
    try:
        signature = str(inspect.signature(what))
    except ValueError:  # made by the interpreter
        return "(...)"
    return re.sub(r"<[^<>]*(?:<[^<>]*>[^<>]*)*>", "...", signature)


def members(kind):
    """A line for each public member that a class of ours adds to those of Python's own classes."""
    seen = {}
    for each in reversed(kind.__mro__):
        if each.__module__.startswith("repayplan"):
            seen |= vars(each)
    for name, value in sorted(seen.items()):
        if name.startswith("_"):
            continue
        if isinstance(value, classmethod | staticmethod):
            yield f".{name}{call(getattr(kind, name))}"
        elif isinstance(value, types.FunctionType):
            yield f".{name}{call(value)}"
        elif not isinstance(value, types.MemberDescriptorType):
            yield f".{name}"


def lines():
    """Every public name, then what it has."""
    for name in sorted(rp.__all__):
        value = getattr(rp, name)
        if isinstance(value, type) and issubclass(value, enum.Enum):
            yield f"{name}: {', '.join(each.name for each in value)}"
        elif isinstance(value, type):
            yield f"{name}{'' if issubclass(value, Exception) else call(value)}"
            yield from (f"    {each}" for each in members(value))
        elif callable(value):
            yield f"{name}{call(value)}"
        else:
            yield name


def test_the_public_names_are_those_listed():
    assert list(lines()) == LIST.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("holiday", None),  # is gone
        ("holiday", rp.equal_instalment),  # takes something else
        ("Code", enum.Enum("Code", "MISSING EMPTY")),
    ],
)
def test_what_goes_or_moves_is_noticed(name, other, monkeypatch):
    before = LIST.read_text(encoding="utf-8").splitlines()
    if other is None:
        monkeypatch.setattr(rp, "__all__", [each for each in rp.__all__ if each != name])
    else:
        monkeypatch.setattr(rp, name, other)
    now = set(lines())
    gone = [line for line in before if line not in now]
    assert [line.partition("(")[0].partition(":")[0] for line in gone if line[0] != " "] == [name]


def test_all_that_is_listed_is_there_once():
    assert len(set(rp.__all__)) == len(rp.__all__)
    assert {name for name in vars(rp) if not name.startswith("_")} - set(rp.__all__) <= {
        name for name, value in vars(rp).items() if isinstance(value, types.ModuleType)
    }


if __name__ == "__main__":
    LIST.write_text("".join(f"{line}\n" for line in lines()), encoding="utf-8")
