"""Hostile input: a clear error, soon, in little memory; and nothing of it is ever run."""

import ast
import json
import re
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import agreements
import hostile
import repayplan as rp
from examples import examples
from extras import needs
from repayplan import Code
from repayplan.basics import sizes
from repayplan.basics.arguments import one_number
from repayplan.basics.columns import Screen
from repayplan.basics.errors import RepayplanError
from repayplan.basics.remedies import EXCEPTIONS, GROUPS, REMEDIES
from repayplan.basics.visible import shortened, visible
from repayplan.edges import archivemanifest, files, folder, framekind
from repayplan.edges.filenames import is_file_name
from repayplan.edges.planfile import PlanFile
from repayplan.edges.sources import find

HERE = Path(__file__).parent
SOURCE = Path(rp.__file__).parent
SOON = 1.0
"""Seconds of the processor: ten times what is promised, since other tests run beside it."""
DEEP = 100_000
LOADERS = {
    "policy": rp.Policy.loads,
    "programme": rp.Programme.loads,
    "case rule": rp.CaseRule.loads,
    "allowance": rp.loads_allowance,
    "terms": rp.AgreementTerms.loads,
    "plan file": PlanFile.loads,
}
BOMBS = {
    "lists in lists": "a = " + "[" * DEEP,
    "tables in tables": "a = " + "{a=" * DEEP,
    "a name of many keys": "a." * DEEP + "a = 1",
    "a header of many keys": "[" + "a." * DEEP + "a]",
    "a name of many quoted keys": '"a".' * 1_000 + "a = 1",
    "names of many keys": "\n".join(f"{'a.' * 200}a{i} = 1" for i in range(500)),
    "too long": "#" * (sizes.MAX_RULES + 1),
    "a long name": "a" * 100_000 + " = 1",
    "a number of many digits": "decimals = " + "1" * 100_000,
    "an exponent of many digits": "decimals = 1e" + "9" * 100_000,
    "an open text": 'name = "' + "a" * 100_000,
    "many keys": "\n".join(f"a{i} = 1" for i in range(5_000)),
    "nothing": None,
    "a number": 5,
    "bytes": b"name = 'a'",
}


@pytest.mark.parametrize("loads", LOADERS.values(), ids=LOADERS)
@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS)
def test_a_bomb_of_toml_is_refused_soon(loads, text):
    target = hostile.Target(loads, st.nothing())
    outcome = hostile.refusal(target, text)
    assert outcome.message
    assert outcome.seconds < SOON


RECORDS = {
    "lists in lists": "[" * DEEP,
    "objects in objects": '{"a":' * DEEP,
    "too long": " " * (sizes.MAX_RECORD + 1),
    "many keys": f"{{{', '.join(f'{json.dumps(str(i))}: 1' for i in range(20_000))}}}",
    "a key twice among many": f'{{{"".join(f"{json.dumps(str(i))}: 1, " for i in range(20_000))}"7": 1}}',
    "a number of many digits": f'{{"a": {"1" * 100_000}}}',
    "no UTF-8": b"\xff\xfe",
    "nothing": None,
    "a table": {},
}


@pytest.mark.parametrize("loads", [rp.Agreement.from_json, rp.Signed.from_json])
@pytest.mark.parametrize("text", RECORDS.values(), ids=RECORDS)
def test_a_bomb_of_json_is_refused_soon(loads, text):
    outcome = hostile.refusal(hostile.Target(loads, st.nothing()), text)
    assert outcome.message
    assert outcome.seconds < SOON


PLANS = {
    "10^9 instalments": ("equal_instalment(1000000000)", Code.OUT_OF_RANGE),
    "10^999 instalments": ("equal_instalment(1e999)", Code.OUT_OF_RANGE),
    "no payment": ("fixed_payment(None)", Code.MISSING),
    "an exponent": ("fixed_payment(1e999999999)", Code.UNKNOWN_VALUE),
    "brackets": ("(" * 9_999, Code.UNKNOWN_VALUE),
    "10^6 stages": ("+".join(["flat(1)"] * 10**6), Code.UNKNOWN_VALUE),
    "too many stages": ("+".join(["interest_only(9)"] * 500) + "+flat(1)", Code.OUT_OF_RANGE),
    "full-width digits": ("flat(１２)", Code.UNKNOWN_VALUE),
    "a text that turns": ("flat(\u202e3)", Code.UNKNOWN_VALUE),
    "half a character": ('holiday(3, interest="\ud800") + flat(1)', Code.UNKNOWN_VALUE),
}


@pytest.mark.parametrize(("text", "code"), PLANS.values(), ids=PLANS)
def test_a_hostile_plan_is_refused_soon(text, code):
    found = []

    def use(text):
        try:
            hostile.use_plan(text)
        except rp.InputError as error:
            found.append(error.code)
            raise

    outcome = hostile.refusal(hostile.Target(use, st.nothing()), text)
    assert found == [code]
    assert outcome.seconds < SOON


@pytest.mark.parametrize("name", [name for name, target in hostile.TARGETS.items() if target.there])
def test_every_loader_gives_a_result_or_a_clear_error(name):
    target = hostile.TARGETS[name]
    few = (
        5 if name in ("stream", "archive", "page", "template", "propose", "pandas", "polars", "arrow") else 20
    )

    @examples(few)
    @given(target.given)
    def tried(value):
        hostile.refusal(target, value)

    tried()


def test_every_promise_of_the_page_on_security_has_its_test():
    page = (HERE.parent / "docs" / "security.md").read_text(encoding="utf-8")
    promised = re.findall(r"`tests/(test_[a-z_]+\.py)::(test_[a-z_]+)`", page)
    assert len(promised) > 15
    for file, name in promised:
        assert f"\ndef {name}(" in (HERE / file).read_text(encoding="utf-8"), (file, name)
    table = page.partition("## What is promised")[2].partition("## ")[0]
    rows = [line for line in table.splitlines() if line.startswith("| **")]
    assert all("::test_" in line for line in rows)


# Bounds


def test_a_cell_too_long_harms_its_own_row_alone():
    long = "1" * 10**6
    loans = rp.Loans.from_columns(**hostile.OWED | {"principal": ["5", long, "7"]})
    (failure,) = loans.failures
    assert (failure.row, failure.code, failure.field) == (1, Code.NOT_A_NUMBER, "principal")
    assert failure.value == "1" * (sizes.MAX_SHOWN - 1) + "…"
    assert loans.principal[[0, 2]].tolist() == [500, 700]


def test_a_long_cell_takes_no_memory_of_the_other_rows():
    # As an array of text it would take 40 GB.
    cells = ["1.00"] * 10_000
    cells[5_000] = "9" * 10**6
    screen = Screen(len(cells))
    assert screen.money("amount", cells, 2).sum() == 100 * 9_999
    assert [failure.row for failure in screen.failures()] == [5_000]
    with pytest.raises(rp.InputError) as caught:
        screen.text(cells)
    assert caught.value.code is Code.OUT_OF_RANGE


@pytest.mark.parametrize("digits", [sizes.MAX_NUMBER - 2, sizes.MAX_NUMBER - 1])
def test_a_number_may_have_so_many_characters(digits):
    text = "1." + "0" * digits
    if len(text) <= sizes.MAX_NUMBER:
        assert one_number("share", text, 2, 0, 9) == 100
    else:
        with pytest.raises(rp.InputError) as caught:
            one_number("share", text, 2, 0, 9)
        assert caught.value.code is Code.NOT_A_NUMBER


TABLES = {
    "columns": (",".join(f"c{i}" for i in range(sizes.MAX_COLUMNS + 1)) + "\n1", "columns"),
    "columns of one name": (",".join("a" * 5_000), "called"),
    "a long cell": ("a\n" + "x" * (sizes.MAX_CELL + 1), "characters"),
    "an open quotation mark": ('a\n"' + "x\n" * 9_999, "line"),
    "NUL": ("a\n1\0", "NUL"),
}


@pytest.mark.parametrize(("text", "says"), TABLES.values(), ids=TABLES)
def test_a_hostile_table_is_refused_soon(text, says):
    outcome = hostile.refusal(hostile.Target(hostile.read_file, st.nothing()), text.encode())
    assert says in outcome.message
    assert outcome.seconds < SOON


def test_a_small_file_of_too_many_cells_is_refused(monkeypatch):
    # One short line for each row, but a cell for each column of it.
    text = ",".join(f"c{i}" for i in range(100)) + "\n1" * 100
    monkeypatch.setattr(files, "MAX_CELLS", 9_999)
    with pytest.raises(files.TableError, match="9999 cells at most"):
        hostile.read_file(text.encode())
    monkeypatch.setattr(files, "MAX_CELLS", 10_000)
    hostile.read_file(text.encode())


def test_a_long_cell_in_many_rows_is_refused(monkeypatch):
    text = "a\n" + "1\n" * 99 + "x" * 100
    monkeypatch.setattr(files, "MAX_COLUMN_BYTES", 4 * 100 * 100 - 1)
    with pytest.raises(files.TableError, match="a cell of a has 100 characters"):
        hostile.read_file(text.encode())
    monkeypatch.setattr(files, "MAX_COLUMN_BYTES", 4 * 100 * 100)
    hostile.read_file(text.encode())


@needs("pyarrow")
def test_a_parquet_file_of_too_many_cells_is_refused_before_it_is_read(monkeypatch):
    monkeypatch.setattr(files, "MAX_CELLS", 10)
    with pytest.raises(files.TableError, match="10 cells at most"):
        hostile.read_file(hostile.parquet())


@pytest.mark.parametrize("workers", [0, -1, sizes.MAX_WORKERS + 1, 1.5, "2", None, Decimal("sNaN")])
def test_workers_are_a_number_of_threads(workers):
    with pytest.raises(rp.InputError) as caught:
        rp.npv(["1000", "-1010"], "0.01", workers=workers)
    assert (caught.value.code, caught.value.field) == (Code.OUT_OF_RANGE, "workers")


WRONG_KINDS = {
    "columns": lambda: rp.Loans.from_columns(**hostile.OWED, columns="status"),
    "costs": lambda: rp.Households.from_columns(net_income="1", costs=["rent"]),
    "items": lambda: rp.Households.from_columns(net_income="1", items=[]),
    "ages": lambda: rp.Households.from_columns(net_income="1", ages="5"),
    "account": lambda: rp.Events.from_columns(**hostile.EVENT | {"account": "a" * 10**6}),
    "applied_on": lambda: rp.Applications.from_columns(id=["a"], hardship="illness", applied_on=None),
    "index.dates": lambda: rp.Index("LPR", "2026-01-01", ["0.03"], "own"),
    "index.name": lambda: rp.Index(10**5_000, ["2026-01-01"], ["0.03"], "own"),
    "dates": lambda: rp.Holidays("1" * 10**6, name="a", source="b", first="2026-01-01", last="2026-01-01"),
    "flows": lambda: rp.npv("1" * 10**6, "0.01"),
}


@pytest.mark.parametrize("field", WRONG_KINDS)
def test_what_is_no_column_at_all_is_refused_by_its_name(field):
    with pytest.raises(rp.InputError) as caught:
        WRONG_KINDS[field]()
    assert caught.value.field == field


# Nothing is run


RUNS = {"eval", "exec", "compile", "__import__", "breakpoint"}
UNSAFE = {"pickle", "cPickle", "dill", "cloudpickle", "marshal", "shelve", "yaml", "subprocess", "ctypes"}
SHELLS = {"system", "popen", "execv", "execve", "spawnv", "spawnl"}


def unsafe(text):
    """Of a source, the lines that run, unpickle or hand to a shell what they are given."""
    for node in ast.walk(ast.parse(text)):
        found = False
        if isinstance(node, ast.Call):
            called = node.func
            found = isinstance(called, ast.Name) and called.id in RUNS
            if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name):
                found |= called.value.id == "os" and called.attr in SHELLS
            found |= any(each.arg in ("shell", "allow_pickle") for each in node.keywords)
        elif isinstance(node, ast.Import):
            found = any(each.name.partition(".")[0] in UNSAFE for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            found = (node.module or "").partition(".")[0] in UNSAFE and not node.level
        if found:
            yield node.lineno


def test_nothing_in_the_package_runs_or_unpickles_what_it_reads():
    # To parse all of the package takes long; a file without any of the words can't do it.
    runs, unsafe_ones, shells = map("|".join, (RUNS, UNSAFE, SHELLS))
    named = rf"\b(?:{runs})\s*\(|\b(?:{unsafe_ones})\b|\.(?:{shells})\b|\b(?:shell|allow_pickle)\s*="
    word = re.compile(named)
    texts = {path: path.read_text(encoding="utf-8") for path in sorted(SOURCE.rglob("*.py"))}
    assert len(texts) > 300
    # re.compile alone is none of them.
    some = {path: text for path, text in texts.items() if word.search(text.replace("re.compile", ""))}
    assert {path.name: [*unsafe(text)] for path, text in some.items() if [*unsafe(text)]} == {}


@pytest.mark.parametrize(
    "line",
    [
        "eval(text)",
        "exec(text)",
        "import pickle",
        "from marshal import loads",
        "import yaml.reader",
        "os.system(text)",
        "run(text, shell=True)",
        "np.load(path, allow_pickle=True)",
        "__import__(text)",
    ],
)
def test_the_reader_of_sources_sees_what_is_unsafe(line):
    assert [*unsafe(f"import os\n{line}\n")] == [2]
    assert not [*unsafe("import re\nre.compile(text)\nfrom .pickle import a\n")]


@needs("jinja2")
def test_a_name_in_an_agreement_is_never_a_template_nor_markup():
    hostile.page_of(("{{7*7}}<script>alert(1)</script>", "{% for a in b %}"))


@needs("jinja2")
@pytest.mark.parametrize(
    "template",
    [
        "{{ title.__class__.__mro__ }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ agreement.clear() }}",
        "{% include '../../etc/passwd' %}",
        "{{ range(999999999) }}",
        "{{ 1 / 0 }}",
        "{{ 1 + 'a' }}",
    ],
)
def test_a_template_reaches_nothing_but_what_it_is_given(template):
    with pytest.raises(rp.InputError):
        hostile.template_of(template)


@needs("jinja2")
def test_a_folder_of_templates_that_has_an_impossible_name_is_refused():
    with pytest.raises(rp.InputError):
        rp.agreement_html(agreements.agreement(), templates="a" * 10_000)


# Files that others name


@needs("pyarrow")
@pytest.mark.parametrize("file", ["../secret", "/dev/zero", "decisions/part-000001.parquet", "", 5, None])
def test_a_manifest_has_no_file_read_but_a_streams_own(file):
    made = json.loads(json.dumps(hostile.manifest()))
    (name, *_), part = made["parts"][0]["outputs"], made["parts"][0]
    part["outputs"][name]["file"] = file
    found = hostile.verify_manifest(made)
    assert [fault.code for fault in found.faults] == [Code.DAMAGED]


@needs("pyarrow")
def test_a_manifest_as_it_was_written_is_well():
    assert hostile.verify_manifest(json.loads(json.dumps(hostile.manifest()))).ok


@needs("pyarrow")
def test_a_link_among_results_is_not_followed(tmp_path):
    loans = tmp_path / "loans.csv"
    loans.write_bytes(hostile.csv_of(hostile.CASES))
    out = tmp_path / "out"
    hostile.command("stream", loans, "--plan", "equal_instalment(12)", "--out", out, "--workers", 1)
    part = next(out.rglob("part-*.parquet"))
    part.rename(tmp_path / "elsewhere")
    part.symlink_to(tmp_path / "elsewhere")
    name = part.relative_to(out).as_posix()
    assert (name, "foreign") in [(fault.file, fault.code) for fault in rp.verify(out).faults]


@needs("pyarrow")
def test_a_pattern_that_is_none_is_refused(tmp_path):
    with pytest.raises(rp.InputError, match="pattern"):
        find(tmp_path / "[z-a]*.csv")


# Errors one can act on


def test_every_code_has_a_cause_and_a_cure_in_both_languages():
    assert list(REMEDIES) == list({code: None for _, entries in GROUPS for code in entries})
    assert set(REMEDIES) == set(Code)
    assert sum(len(entries) for _, entries in GROUPS) == len(Code)
    for remedy in (*REMEDIES.values(), *EXCEPTIONS.values()):
        for english, chinese in (remedy.cause, remedy.cure):
            assert english.endswith(".")
            assert english.isascii()
            assert chinese.endswith("。")
            assert any("\u4e00" <= char <= "\u9fff" for char in chinese)


def test_every_exception_class_has_a_cause_and_a_cure():
    assert {archivemanifest.ArchiveError, files.TableError, folder.FolderError, framekind.FrameError} <= set(
        _below(rp.InputError)
    )
    ours = [each for each in _below(RepayplanError) if each.__module__.startswith("repayplan.")]
    assert {RepayplanError.__name__, *(each.__name__ for each in ours)} == set(EXCEPTIONS)


def _below(kind):
    for each in kind.__subclasses__():
        yield each
        yield from _below(each)


LOAN = dict(agreements.LOAN)
POLICY = rp.Policy.example("consumer").dumps()
SAMPLE = {
    "Loan": (lambda: rp.Loan(**LOAN | {"annual_rate": "12"}), "annual_rate", "12", "0 to 1"),
    "Household": (lambda: rp.Household(adults=0, net_income={"pay": "1"}), "adults", "0", "1 to 100"),
    "Rounding": (lambda: rp.Rounding(instalment="sideways"), "instalment", "sideways", "half_up"),
    "Rate": (lambda: rp.Rate.parse("lots"), "rate", "lots", ""),
    "parse_plan": (lambda: rp.parse_plan("flat(x)"), "plan", "flat(x)", "character 6"),
    "schedule": (
        lambda: rp.schedule(rp.Loan(**LOAN), rp.equal_instalment(10**9)),
        "equal_instalment.n",
        "1000000000",
        "1 to 3660",
    ),
    "Policy": (
        lambda: rp.Policy.loads(POLICY.replace("decimals = 2", "decimals = 99"), source="a.toml"),
        "decimals",
        "99",
        "a.toml:",
    ),
    "npv": (lambda: rp.npv(["x", "1"], "0.01"), "flows", "x", "number"),
    "month_ends": (lambda: rp.month_ends("soon", "2026-01-31"), "first", "soon", "date"),
    "Lattice": (lambda: rp.Lattice(lengths=0), "lengths", "0", "1"),
    "ExtensionLimit": (
        lambda: rp.ExtensionLimit(percent="-5", reading="of_original_term"),
        "percent",
        "-5",
        "0",
    ),
    "Holidays": (
        lambda: rp.Holidays([], name="a", source="b", first="soon", last="2026-01-31"),
        "first",
        "soon",
        "date",
    ),
}


@pytest.mark.parametrize("name", SAMPLE)
def test_a_message_names_field_value_and_rule(name):
    wrong, field, value, rule = SAMPLE[name]
    with pytest.raises(rp.InputError) as caught:
        wrong()
    message = str(caught.value)
    assert field in message
    assert value in message
    assert rule in message
    assert str(caught.value.code) in message


BATCHES = {
    "loans": lambda cells: rp.Loans.from_columns(**LOAN | {"principal": cells}).failures,
    "households": lambda cells: rp.Households.from_columns(net_income=cells).failures,
    "applications": lambda cells: (
        rp.Applications.from_columns(
            id=["a", "b", "c"], hardship="illness", applied_on="2026-03-05", declared_income=cells
        ).failures
    ),
    "schedule": lambda cells: (
        rp.schedule(
            rp.Loans.from_columns(**LOAN | {"original_term": [36] * 3}), rp.fixed_payment(np.array(cells))
        ).failures
    ),
}


@pytest.mark.parametrize("name", BATCHES)
def test_a_failure_of_a_batch_names_its_row(name):
    failures = BATCHES[name](["9000.00", "nine", "9000.00"])
    assert [(each.row, each.code, each.value) for each in failures] == [(1, Code.NOT_A_NUMBER, "nine")]
    for language in ("en", "zh"):
        assert "nine" in failures[0].text(language)
    assert "row 1" in repr(failures)


@given(
    st.one_of(st.text(max_size=300), st.integers(), st.lists(st.text(max_size=9)), st.binary(max_size=300))
)
@examples(100)
def test_what_is_shown_is_short_and_seen(value):
    shown = shortened(value)
    assert len(shown) <= sizes.MAX_SHOWN
    assert shown.isprintable()
    shown.encode()


@given(st.text(st.characters(exclude_categories=["C", "Z"]), max_size=20))
@examples(50)
def test_what_can_be_seen_is_shown_as_it_is(text):
    assert visible(text) == text
    assert str(rp.InputError(Code.MISSING, text or "a")).startswith(text or "a")


@pytest.mark.parametrize("make", [lambda n: dict.fromkeys(range(n)), lambda n: set(range(n)), frozenset])
def test_what_holds_much_is_shown_by_how_much(make):
    some = make(range(999)) if make is frozenset else make(999)
    assert shortened(some) == f"{type(some).__name__} of 999"
    few = make([7]) if make is frozenset else make(1)
    assert shortened(few) == str(few)


@pytest.mark.parametrize("name", ["a\u2028b.pdf", "a\u2029", "a\u0000b", "con", "a/b", "e\u0301.pdf", ""])
def test_names_that_not_every_system_takes_are_no_names_of_files(name):
    assert not is_file_name(name)
    assert is_file_name(f"{len(name)} 审核.pdf")
