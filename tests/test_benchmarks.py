"""What the benchmarks compare, hold and report: the figures are made up here, and no time is looked at."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import __main__ as program
from benchmarks import guard, loops, machine, ours, report
from benchmarks.peers import PEERS, Peer
from benchmarks.portfolio import synthetic
from benchmarks.result import Figure, Result, Table, checks

HERE = Path(__file__).parent.parent
RATIO = st.floats(1e-3, 1e6)
QUIET = {
    "date": "2026-11-27",
    "processor": "P",
    "cores": 2,
    "memory_gb": 8.0,
    "system": "S",
    "python": "CPython 3",
    "repayplan": "0",
    "libraries": {"numpy": "2"},
    "compiler": "gcc",
    "load": 0.1,
    "quiet": True,
}


def result(area="offers", **more):
    figures = (
        Figure(name="a", median=10.0, low=9.0, high=12.0, of=5),
        Figure(name="b|c", median=25.0, low=25.0, high=25.0, of=5, note="unrounded"),
    )
    table = Table(title="all", unit="ns a row", figures=figures, yardstick="a", counted="rows")
    given = {"area": area, "about": "x", "size": "5 loans", "machine": QUIET, "tables": (table,)}
    return Result(**given | more)


# The guard


@given(st.dictionaries(st.sampled_from("abcdef"), st.tuples(RATIO, RATIO)))
def test_worse_is_above_what_is_committed_by_more_than_a_quarter(ratios):
    found, committed = ({name: pair[k] for name, pair in ratios.items()} for k in (0, 1))
    over = guard.worse(found, committed)
    assert {each.name for each in over} == {name for name, (now, was) in ratios.items() if now > was * 1.25}
    times = [each.found / each.committed for each in over]
    assert times == sorted(times, reverse=True)


def test_a_quarter_more_is_allowed_and_a_faster_one_is_no_failure():
    assert guard.worse({"a": 2.5, "b": 0.1}, {"a": 2.0, "b": 4.0}) == []
    (only,) = guard.worse({"a": 2.51}, {"a": 2.0})
    assert str(only) == "a: 2.51, committed 2 (+25%)"


def test_what_is_no_longer_measured_fails_and_what_is_new_does_not():
    (gone,) = guard.worse({"new": 99.0}, {"old": 1.0})
    assert str(gone) == "old: committed as 1, no longer measured"


def test_the_better_of_two_runs_counts():
    assert guard.best({"a": 2.0, "b": 1.0}, {"a": 1.5, "c": 3.0}) == {"a": 1.5, "b": 1.0, "c": 3.0}


def guarded(monkeypatch, tmp_path, runs, committed, stick=guard.TO_C):
    """The status of the guard whose runs find this."""
    path, left, asked = tmp_path / "ratios.json", list(runs), []
    guard.write({stick: committed}, QUIET, path)

    def once(loans, accounts, rounds):
        asked.append(rounds)
        return {stick: left.pop(0)}

    monkeypatch.setattr(guard, "once", once)
    monkeypatch.setattr(guard, "read", lambda: json.loads(path.read_text("utf-8")))
    return guard.run(rounds=3), asked


@pytest.mark.parametrize("stick", [guard.TO_C, guard.TO_INTEGERS])
def test_the_guard_is_content_with_what_is_committed(monkeypatch, tmp_path, stick):
    assert guarded(monkeypatch, tmp_path, [{"a": 1.2}], {"a": 1.0}, stick) == (0, [3])


def test_a_slow_moment_is_measured_again_with_twice_the_rounds_and_is_no_failure(monkeypatch, tmp_path):
    assert guarded(monkeypatch, tmp_path, [{"a": 1.9}, {"a": 1.1}], {"a": 1.0}) == (0, [3, 6])


def test_what_is_slow_twice_fails_and_is_named(monkeypatch, tmp_path, capsys):
    runs = [{"a": 1.9, "b": 1.0}, {"a": 1.4, "b": 2.0}]
    assert guarded(monkeypatch, tmp_path, runs, {"a": 1.0, "b": 1.0})[0] == 1
    said = capsys.readouterr().out
    assert "WORSE to the C loop: a: 1.4, committed 1 (+40%)" in said
    assert "WORSE to the C loop: b" not in said


def test_nothing_committed_to_is_a_failure(monkeypatch, tmp_path):
    assert guarded(monkeypatch, tmp_path, [{"a": 1.0}], {})[0] == 1


def test_committing_keeps_the_yardstick_that_was_not_there(tmp_path):
    path = tmp_path / "ratios.json"
    guard.write({guard.TO_C: {"a": 1.23456}, guard.TO_INTEGERS: {"a": 0.1}}, QUIET, path)
    guard.write({guard.TO_INTEGERS: {"a": 0.2}}, QUIET, path)
    assert guard.read(path)["ratios"] == {guard.TO_C: {"a": 1.23}, guard.TO_INTEGERS: {"a": 0.2}}


def test_what_is_guarded_is_committed_to_under_both_yardsticks():
    measured = set(guard.contenders(50, 5)) - {guard.TO_C, guard.TO_INTEGERS}
    committed = guard.read()["ratios"]
    assert {stick: set(ratios) for stick, ratios in committed.items()} == {
        guard.TO_C: measured,
        guard.TO_INTEGERS: measured,
    }


# The loops


def test_the_loops_find_what_repayplan_finds():
    some = synthetic(20)
    want = ours.columns(some)
    found = [loops.integer_loop(some), loops.decimal_loop(some)]
    fill = loops.compiled_loop()
    if fill is not None:
        found.append(loops.empty_columns(some.rows))
        fill(some, found[-1])
    for columns in found:
        assert all(np.array_equal(one, other) for one, other in zip(columns, want, strict=True))


def test_a_library_that_is_missing_or_fails_is_named_with_the_reason():
    def fails(_):
        msg = "no such thing\nmore"
        raise KeyError(msg)

    some = synthetic(1)
    gone = Peer(name="x", package="no-such-library", loans=1, what="", work=fails)
    broken = Peer(name="x", package="numpy", loans=1, what="", work=fails)
    well = Peer(name="x", package="numpy", loans=1, what="", work=lambda _: None)
    assert gone.missing(some) == "not installed (pip install no-such-library)"
    assert broken.missing(some).startswith("installed, but fails: KeyError")
    assert well.missing(some) is None
    assert well.rows(some) == some.rows


# Results and the page


def test_a_result_is_read_as_it_was_written(tmp_path):
    bars = checks({"a": 1.5, "b (at least)": 3.0}, {"a": 1.0, "b (at least)": 2.0, "c": 1.0})
    assert [(each.name, each.at_least, each.met) for each in bars] == [
        ("a", False, False),
        ("b", True, True),
    ]
    one = result(checks=bars, notes=("n",), left_out={"numba": "not installed"}, seconds=1.5)
    assert Result.read(one.write(tmp_path)) == one


@pytest.mark.parametrize(("found", "met"), [(1.99, False), (2.0, True), (3.0, True)])
def test_bars_that_are_lower_ones(found, met):
    (bar,) = checks({"b (at least)": found}, {"b (at least)": 2.0})
    assert (bar.name, bar.at_least, bar.met) == ("b", True, met)


def test_medians_and_spread():
    figure = Figure.among("x", [4.0, 1.0, 2.0, 3.0])
    assert (figure.median, figure.low, figure.high, figure.spread) == (2.5, 1.0, 4.0, 1.2)
    assert Figure.among("x", [5.0]).spread == 0


def test_a_table_in_markdown():
    (table,) = result().tables
    assert report.table_lines(table) == [
        "| all, ns a row | median | ± | to a | rows | note |",
        "| --- | ---: | ---: | ---: | ---: | --- |",
        "| a | 10.0 | 15% | 1.00 | 5 |  |",
        "| b\\|c | 25.0 | 0% | 2.50 | 5 | unrounded |",
    ]


def test_the_page_says_what_is_missed_who_was_left_out_and_whether_the_machine_was_busy():
    bars = checks({"a": 1.5, "b": 0.5}, {"a": 1.0, "b": 1.0})
    page = report.text_of([result(checks=bars, left_out={"numba": "not installed"})], [], HERE)
    assert "1 of 2 are met, 1 missed." in page
    assert "| offers | a | 1.50 | ≤ 1 | **missed** |" in page
    assert "- numba: not installed" in page
    assert "Nothing else ran (load 0.1 at the start)." in page
    busy = report.text_of([result(machine=QUIET | {"load": 3.0, "quiet": False})], [], HERE)
    assert "**Taken under load** (3.0 at the start)" in busy


def test_the_page_of_the_documentation_is_what_the_program_makes_of_the_results():
    found = report.results(report.RESULTS)
    assert {each.area for each in found} == set(program.AREAS) == set(report.ORDER)
    names = [report.BARS_PICTURE, *(name for name, _ in report.PICTURE_OF.values())]
    drawn = [report.PICTURES / name for name in names]
    assert [path for path in drawn if not path.exists()] == []
    assert report.PAGE.read_text("utf-8") == report.text_of(found, drawn, report.PAGE.parent)


def test_the_readme_says_which_bars_are_missed_as_the_results_do(tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{report.BEGIN}\n- something old\n{report.END}\nafter\n", "utf-8")
    bars = checks({"a": 2.0, "b": 1.0, "c": 3}, {"a": 1.5, "b": 1.5, "c (at least)": 4.0})
    result(checks=bars).write(tmp_path)
    report.write_missed(tmp_path, readme)
    date = QUIET["date"]
    assert readme.read_text("utf-8") == (
        f"before\n{report.BEGIN}\n\n- `offers`, {date}: a 2.00 (bar 1.5)\n\n{report.END}\nafter\n"
    )
    committed = report.README.read_text("utf-8")
    between = committed.split(report.BEGIN)[1].split(report.END)[0]
    assert between.strip().splitlines() == report.missed_lines(report.results(report.RESULTS))[1:-1]


def test_the_readme_names_every_area_and_every_library():
    readme = (HERE / "benchmarks/README.md").read_text("utf-8")
    areas = set(re.findall(r"^\| `(\w+)` \|", readme, flags=re.MULTILINE))
    assert areas == {*program.AREAS, "clusters"}
    assert all(peer.package in readme for peer in PEERS)


def test_the_program_measures_writes_and_says(tmp_path, capsys):
    words = ["offers", "--loans", "60", "--rounds", "1", "--out", str(tmp_path), "--load", "9.5"]
    assert program.main(words) == 0
    said = capsys.readouterr().out
    assert "Taken under load** (9.5 at the start)" in said
    made = Result.read(tmp_path / "offers.json")
    assert (made.area, made.machine["quiet"], made.machine["libraries"]["numpy"]) == (
        "offers",
        False,
        np.__version__,
    )
    assert all(figure.median > 0 for table in made.tables for figure in table.figures)
    assert len(made.checks) == 3
    assert machine.line(made.machine) in said


def test_an_unknown_area_is_refused(capsys):
    with pytest.raises(SystemExit):
        program.main(["nothing"])
    assert "invalid choice" in capsys.readouterr().err
