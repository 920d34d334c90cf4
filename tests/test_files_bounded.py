"""Files that are read by name: only those that ship, none longer than its bound, and no path that is none."""

import os
import tracemalloc

import pytest

import repayplan as rp
from repayplan import Code
from repayplan.basics.sizes import MAX_RULES
from repayplan.edges.cli import main
from repayplan.edges.planfile import PlanFile

RULE = 'adult_first = "1"\nadult_further = "1"\nchild = "0"\ncovers = ["food"]\nsource = "own"\n'


@pytest.mark.parametrize("example", [rp.allowance_example, rp.Policy.example], ids=["allowance", "policy"])
@pytest.mark.parametrize(
    "name", ["{own}", "../consumer", "allowances/ie-2013", "..", "a" * 5_000, "a\0b", None, []]
)
def test_an_example_is_one_that_ships_and_no_other_file(tmp_path, example, name):
    (tmp_path / "own.toml").write_text(RULE)
    given = str(tmp_path / "own") if name == "{own}" else name
    with pytest.raises(rp.PolicyError, match="one of ") as caught:
        example(given)
    assert (caught.value.code, caught.value.field) == (Code.UNKNOWN_VALUE, "example")


LOADERS = {
    "policy": (rp.Policy.load, "big.toml"),
    "programme": (rp.Programme.load, "big.toml"),
    "allowance": (rp.load_allowance, "big.toml"),
    "allowances of regions": (rp.load_allowance, "big.csv"),
    "plans": (PlanFile.read, "big.toml"),
}


@pytest.mark.parametrize(("load", "name"), LOADERS.values(), ids=LOADERS)
def test_of_a_file_too_long_no_more_than_its_bound_is_read(tmp_path, load, name):
    path = tmp_path / name
    path.touch()
    os.truncate(path, 10**9)  # takes no room on the disk
    tracemalloc.start()
    try:
        with pytest.raises(rp.InputError, match="text of at most 1000000 characters") as caught:
            load(str(path))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert caught.value.code is Code.OUT_OF_RANGE
    assert most < 30 * MAX_RULES


def test_a_file_of_rules_may_have_as_many_characters_as_its_bound(tmp_path):
    path = tmp_path / "policy.toml"
    text = rp.Policy.example("consumer").dumps()
    path.write_text(text + "#" * (MAX_RULES - len(text)), encoding="utf-8-sig")
    assert rp.Policy.load(path) == rp.Policy.example("consumer")
    path.write_text(text + "#" * (MAX_RULES - len(text) + 1), encoding="utf-8-sig")
    with pytest.raises(rp.PolicyError, match="1000000 characters"):
        rp.Policy.load(path)


NO_PATHS = ["a\0b", "\ud800"]


@pytest.mark.parametrize(("load", "name"), LOADERS.values(), ids=LOADERS)
@pytest.mark.parametrize("stem", NO_PATHS)
def test_a_path_that_is_none_is_refused_by_its_name(load, name, stem):
    with pytest.raises(rp.InputError, match="is no path") as caught:
        load(f"{stem}{name}")
    assert caught.value.code is Code.UNKNOWN_VALUE


@pytest.mark.parametrize("stem", NO_PATHS)
def test_the_command_line_refuses_a_path_that_is_none(tmp_path, monkeypatch, capsys, stem):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "policy.toml").write_text(rp.Policy.example("consumer").dumps(), encoding="utf-8")
    (tmp_path / "loans.csv").write_text("id\nA\n", encoding="utf-8")
    path = f"{stem}.toml"
    for said in (
        ["propose", path, "--policy", "policy.toml", "--out", "out"],
        ["propose", "loans.csv", "--policy", path, "--out", "out"],
        ["menu", path, "--policy", "policy.toml", "--id", "A"],
        ["schedule", path, "--plan", "equal_instalment(12)", "--out", "out"],
        ["schedule", "loans.csv", "--plan", path, "--out", "out"],
    ):
        assert main(said) == 2, said
        assert "is no path" in capsys.readouterr().err
