"""Hostile input: what a person of ill will, or a broken program, may hand to each parser and loader.

A :class:`Target` is one of them with a strategy of what it gets: mostly something good with one thing in it
changed, since of rubbish a parser sees no more than the first character. :func:`refusal` hands it over.
"""

import contextlib
import copy
import csv
import hashlib
import importlib.util
import io
import json
import tempfile
import time
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st

import agreements
import casefiles
import portfolios
import repayplan as rp
from repayplan.basics.rounding import Rounding
from repayplan.basics.ruletext import read_rules
from repayplan.basics.sizes import MAX_RULE, MAX_SHOWN
from repayplan.basics.tomlkeys import key_text, quoted
from repayplan.edges.archivemanifest import MANIFEST, ArchivedFile
from repayplan.edges.cli import main
from repayplan.edges.files import read_table
from repayplan.edges.planfile import PlanFile

LONGEST = MAX_RULE + 3 * MAX_SHOWN
"""Characters that a message may have: field, value and place are shortened, a rule may list what there is."""

DATA = json.loads((Path(__file__).parent / "data" / "hostile.json").read_text(encoding="utf-8"))
TEXTS = (*DATA["texts"], "0." + "1" * 300, "9" * 5_000, "a" * 20_000, "(" * 300, "[" * 300)
NUMBERS = (
    *(0, -1, 2**31, 2**53 + 1, 2**63, -(2**63) - 1, 2**64, 10**9, 10**18, 10**30, True, False),
    *(0.1, -0.0, 1e308, 5e-324, float("nan"), float("inf"), -float("inf")),
)
OBJECTS = (
    *(
        None,
        [],
        [1, 2],
        {},
        {"a": 1},
        (1,),
        {1},
        b"\xff",
        object(),
        1 + 1j,
        10**5_000,
        date(1, 1, 1),
        date.max,
    ),
    *(Decimal("1e999999999"), Decimal("-1e-999999999"), Decimal("sNaN"), Decimal("NaN"), Decimal("-0")),
    *(
        np.datetime64("NaT", "D"),
        np.datetime64(2**62, "D"),
        np.timedelta64(1, "D"),
        np.float16(0.1),
        np.int8(-1),
    ),
)
CELLS = (*TEXTS, *NUMBERS, *OBJECTS)

ANY_TEXT = st.one_of(st.sampled_from(TEXTS), st.text(max_size=12), st.from_regex(r"\A[-+0-9.eE_]{0,12}\Z"))
ANY_CELL = st.one_of(st.sampled_from(CELLS), ANY_TEXT, st.integers(-(2**70), 2**70), st.floats())


class Raw(str):
    """What stands in a TOML text as it is, without quotes."""

    __slots__ = ()


RAW = tuple(map(Raw, (*DATA["toml"], "9" * 400, "9" * 5_000, "[" * 100 + "]" * 100)))
ANY_TOML = st.one_of(st.sampled_from(RAW), ANY_TEXT.filter(lambda text: "\ud800" not in text))
JSON = (
    *TEXTS,
    *(each for each in NUMBERS if each == each and abs(each) != float("inf")),
    None,
    [],
    {},
    [[]],
    {"a": 1},
)


@dataclass(frozen=True)
class Target:
    """A parser or loader, what it is handed, and what it may raise beside an InputError."""

    call: Callable[[Any], object]
    given: st.SearchStrategy
    may: tuple[type[Exception], ...] = ()
    needs: tuple[str, ...] = ()

    @property
    def there(self):
        """Whether the optional libraries that it needs are."""
        return all(importlib.util.find_spec(name) is not None for name in self.needs)


@dataclass(frozen=True)
class Outcome:
    """What became of a case: "" or the error's message, and the seconds that it took."""

    message: str
    seconds: float


def refusal(target, value):
    """Hand a value to a target; anything but a good result or a clear error is raised, or asserted."""
    began, raised = time.process_time(), None
    try:
        target.call(value)
    except (rp.InputError, *target.may) as error:
        raised = error
    message = "" if raised is None else str(raised)
    assert len(message) <= LONGEST, message[:LONGEST]
    message.encode()
    if isinstance(raised, rp.InputError):
        assert isinstance(raised.code, rp.Code)
        assert raised.field
    return Outcome(message, time.process_time() - began)


# TOML: a good text in which one value is another


def toml(table):
    """A table as TOML, all of its tables inline."""
    return "\n".join(f"{key_text(key)} = {inline(value)}" for key, value in table.items())


def inline(value):
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key_text(key)} = {inline(item)}' for key, item in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(inline, value))}]"
    return quoted(value) if isinstance(value, str) else str(value)


def places(value, path=()):
    """The path of everything in tables and lists."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in pairs:
        yield (*path, key)
        yield from places(item, (*path, key))


@st.composite
def changed(draw, goods, values):
    """One of several tables with another value at one of its places, or a key that it shouldn't have."""
    made = copy.deepcopy(draw(st.sampled_from(goods)))
    *above, last = draw(st.sampled_from(list(places(made))))
    inner = made
    for key in above:
        inner = inner[key]
    if draw(st.integers(0, 9)):
        inner[last] = draw(values)
    elif isinstance(inner, dict):
        inner[draw(ANY_TEXT.filter(lambda text: "\ud800" not in text))] = inner.pop(last)
    else:
        inner.extend([inner[last]] * draw(st.integers(1, 300)))
    return made


@st.composite
def spoiled(draw, goods, pieces):
    """One of several texts, in which some characters are gone, doubled or others."""
    made = draw(st.sampled_from(goods))
    for _ in range(draw(st.integers(1, 3))):
        at, length = draw(st.integers(0, len(made))), draw(st.integers(0, 8))
        piece = draw(st.sampled_from(pieces)) if draw(st.booleans()) else made[at : at + length] * 2
        made = made[:at] + piece + made[at + length :]
    return made


def shipped(folder=""):
    """The TOML texts that the package has."""
    where = files("repayplan.data").joinpath(folder) if folder else files("repayplan.data")
    found = sorted((each.name, each) for each in where.iterdir() if each.name.endswith(".toml"))
    return {name: each.read_text(encoding="utf-8") for name, each in found}


def of_texts(name, loads, texts):
    """Targets of a loader of TOML: tables with another value, and spoiled text."""
    tables = [tomllib.loads(text, parse_float=Raw) for text in texts]
    pieces = [*"=[]{}\"'.,#\n\r\\ \0", "[[", '"""', "a.b", "1e9", "\ufeff", "\u202e", "\ud800", "_" * 3]
    return {
        name: Target(loads, changed(tables, ANY_TOML).map(toml)),
        f"{name}, spoiled": Target(loads, spoiled([text[:600] for text in texts], pieces)),
    }


PLANS = """
[plans]
standard = "equal_instalment(24)"
relief = "holiday(3, interest='capitalise') + equal_instalment(24)"
[rounding]
instalment = "up"
instalment_multiple = "0.05"
[due_dates]
business_day = "following"
day = 3
[due_dates.calendar]
dates = ["2026-01-01", "2026-02-01"]
name = "own"
source = "own"
first = "2026-01-01"
last = "2027-01-01"
"""

# Plans and rates as text

WORDS = (*DATA["words"], "9" * 101)
GOOD_PLANS = (
    'holiday(3, interest="capitalise") + equal_instalment(24, rate="0.05")',
    'interest_only(6) + graduated(24, growth="0.02", every=12)',
    'seasonal(12, months=(5, 6), between="none") + fixed_payment("500.00")',
    'custom(amounts=("100", "200")) + bullet(6, interest="compound") + flat(3, balloon=minor(5))',
)
LOAN = rp.Loan(**agreements.LOAN)


def use_plan(text):
    """Reads a plan, writes it, reads that, and makes a schedule."""
    plan = rp.parse_plan(text)
    assert rp.parse_plan(repr(plan)) == plan
    rp.schedule(LOAN, plan)


# JSON


@cache
def contracts():
    """An agreement and a signed one, as JSON holds them."""
    return tuple(json.loads(made.to_json()) for made in (agreements.agreement(), agreements.signed()))


def of_json(text):
    for made in (rp.Agreement, rp.Signed):
        with contextlib.suppress(rp.InputError):
            made.from_json(text)
    rp.Agreement.from_json(text)


# Columns

HOME = {
    "net_income": "5200",
    "adults": 2,
    "children": 1,
    "other_debts": "10",
    "region": "",
    "assessed": "2026-01-01",
}
ITEM = {"household": 0, "kind": "income", "amount": "10.00", "category": "food", "frequency": "monthly"}
ITEM |= {"start": "2026-01-01", "until": "2026-12-01", "months": "3", "priority": "False", "balance": ""}
EVENT = {"account": 0, "kind": "payment", "value_date": "2026-01-01", "amount": "10.00", "reference": "r"}
ASKED = {
    "id": "a",
    "hardship": "illness",
    "applied_on": "2026-03-05",
    "declared_income": "9",
    "willing": "True",
}
STEP = {
    "case": 0,
    "kind": "received",
    "at": "2026-01-01",
    "reference": "r",
    "channel": "post",
    "items": "a b",
}
CONTACT = {"account": 0, "day": "2026-01-01", "channel": "phone", "step": "call"}
OWED = dict(agreements.LOAN) | {"frequency": "monthly", "day_count": "ACT/365F", "spread": None}
FIGURES = {"flows": "100", "times": 1}


@st.composite
def columns(draw, good):
    """Three rows, one cell of which is hostile; or one hostile value for all of them."""
    name = draw(st.sampled_from(sorted(good)))
    given = {each: [value] * 3 for each, value in good.items()}
    cell = draw(ANY_CELL)
    if draw(st.integers(0, 3)):
        given[name][draw(st.integers(0, 2))] = cell
    else:
        given[name] = cell
    return given


def of_columns(made, good, use=lambda _: None):
    """A target of a batch: no fault spreads to other rows, and each has its sentences."""

    def call(given):
        batch = made(**given)
        failures = getattr(batch, "failures", ())
        for failure in failures:
            assert max(len(failure.text("en")), len(failure.text("zh"))) <= LONGEST
            failure.text("en").encode()
        use(batch)

    # A TypeError is for what is no column at all: of another length, or of things that are no values.
    return Target(call, columns(good), may=(TypeError,))


# Files


def csv_of(rows):
    """Cells as CSV, as bytes."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue().encode("utf-8", "surrogatepass")


@st.composite
def tables(draw, rows):
    """A table with some hostile cells, as bytes, some of which may be others."""
    made = [list(row) for row in rows]
    for _ in range(draw(st.integers(0, 3))):
        row = draw(st.sampled_from(made))
        row[draw(st.integers(0, len(row) - 1))] = draw(ANY_TEXT)
    data = csv_of(made)
    return (
        draw(spoiled([data], [b"", b'"', b",", b"\n", b"\r", b"\0", b"\xff\xfe", b"\xef\xbb\xbf"]))
        if draw(st.booleans())
        else data
    )


CASES = list(csv.reader(io.StringIO(portfolios.as_csv(portfolios.rows(3)).decode())))
TABLE = [
    ["region", "adult_first", "adult_further", "child", "covers", "source"],
    ["A", "1510", "9", "9", "food", "x"],
]


@contextlib.contextmanager
def put(data, name="given.csv"):
    """Bytes as a file in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        yield path


def command(*argv):
    """Runs the command line: one line of error and status 2, or a result."""
    said, told = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(told):
        try:
            status = main([str(each) for each in argv])
        except SystemExit as left:  # of a wrong call, by argparse
            status = left.code
    told.getvalue().encode("utf-8", "backslashreplace")
    if status == 2:
        assert "error" in told.getvalue()
        assert "Traceback" not in told.getvalue()
    return status, told.getvalue()


def propose_file(data):
    with put(data) as path:
        policy = path.with_name("policy.toml")
        policy.write_text(rp.Policy.example("consumer").dumps(), encoding="utf-8")
        command("propose", path, "--policy", policy, "--out", path.with_name("out"))


def read_file(data):
    with put(data) as path:
        read_table(path)


def allowance_file(data):
    with put(data) as path:
        rp.load_allowance(path, covers=None, source=None)


def stream_file(data):
    with put(data) as path:
        command(
            "stream", path, "--plan", "equal_instalment(12)", "--out", path.with_name("out"), "--workers", 1
        )


@cache
def parquet():
    """A small portfolio as Parquet."""
    import pyarrow.parquet

    out = io.BytesIO()
    pyarrow.parquet.write_table(portfolios.as_arrow(portfolios.rows(3)), out)
    return out.getvalue()


ARGUMENTS = (*DATA["arguments"], "9" * 400, "(" * 99, "a" * 5_000)


# What a stream wrote


@cache
def streamed():
    """The files of a small stream, by name."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "loans.csv"
        path.write_bytes(csv_of(CASES))
        command("stream", path, "--plan", "equal_instalment(12)", "--out", path.with_name("out"))
        out = path.with_name("out")
        return {
            each.relative_to(out).as_posix(): each.read_bytes() for each in out.rglob("*") if each.is_file()
        }


@cache
def manifest():
    data = json.loads(streamed()["manifest.json"])
    del data["sha256"]
    return data


def verify_manifest(data):
    """A manifest that is consistent in itself, whatever it says."""
    said = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    whole = data | {"sha256": hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()}
    with tempfile.TemporaryDirectory() as folder:
        for name, content in streamed().items():
            path = Path(folder) / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
        (Path(folder) / "manifest.json").write_bytes(json.dumps(whole).encode())
        return rp.verify(folder)


# What an archive holds


@cache
def archived():
    """The files of two archives by name: of next to nothing, and of a case with everything in it."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for case in (casefiles.small(), casefiles.full()):
            out = Path(folder) / case.id
            rp.archive(case, out)
            paths = (path for path in sorted(out.rglob("*")) if path.is_file())
            found.append({path.relative_to(out).as_posix(): path.read_bytes() for path in paths})
    return found


def with_manifest(files, manifest):
    """The files of an archive with a manifest that agrees with them, as somebody would make it anew."""
    data = json.loads(manifest)
    made = rp.ArchiveManifest(
        format=data["format"],
        case=data["case"],
        retention=casefiles.KEPT,
        versions=data["versions"],
        files={
            name: ArchivedFile(bytes=len(raw), sha256=hashlib.sha256(raw).hexdigest())
            for name, raw in sorted(files.items())
            if name != MANIFEST
        },
    )
    return files | {MANIFEST: made.text.encode()}


NAMES = ("inputs/../x", "inputs/loan.json", "results/offer.json", "documents/意见.txt", "x", "results/a/b")
PIECES = (b"", b"\0", b"\xff\xfe", b'"', b"{", b"[", b"1e999", b"\r\n", b"[" * 5_000)


@st.composite
def tamperings(draw):
    """Which archive, what happens to its files one after the other, and whether its manifest is made anew."""
    full = not draw(st.integers(0, 9))  # to work all of a case out again takes longer
    names = st.sampled_from([*sorted(archived()[full]), *NAMES])
    share = st.floats(0, 1)
    ways = st.one_of(
        st.tuples(st.just("cell"), names, st.integers(0, 10**6), st.sampled_from(JSON)),
        st.tuples(st.just("text"), names, share, st.sampled_from(PIECES)),
        st.tuples(st.just("cut"), names, share, st.none()),
        st.tuples(st.just("gone"), names, st.none(), st.none()),
        st.tuples(st.sampled_from(("renamed", "swapped", "copied")), names, names, st.none()),
    )
    return full, draw(st.lists(ways, min_size=1, max_size=3)), draw(st.booleans())


def tampered(files, way, name, where, piece):
    """The files after one thing was done to one of them; none is done to a file that isn't there."""
    if name not in files:
        return files
    raw, others = files[name], {each: raw for each, raw in files.items() if each != name}
    if way == "cell":
        try:
            table = json.loads(raw)
        except (ValueError, RecursionError):
            return files
        found = list(places(table))
        if not found:
            return files
        *above, last = found[where % len(found)]
        inner = table
        for key in above:
            inner = inner[key]
        inner[last] = piece
        return files | {name: json.dumps(table, ensure_ascii=False).encode("utf-8", "surrogatepass")}
    if way in ("text", "cut"):
        at = int(where * len(raw))
        return files | {name: raw[:at] + (b"" if way == "cut" else piece + raw[at + len(piece) % 9 :])}
    if way == "swapped":
        return files | {name: files.get(where, raw), where: raw}
    return (files if way == "copied" else others) | ({} if way == "gone" else {where: raw})


def verify_archive(given):
    """Whatever was changed is found, if need be by the manifest's own hash, which somebody kept elsewhere."""
    full, ways, anew = given
    whole = files = archived()[full]
    for each in ways:
        files = tampered(files, *each)
    if anew:
        with contextlib.suppress(rp.InputError):  # of names that no manifest may list
            files = with_manifest(files, whole[MANIFEST])
    kept = json.loads(whole[MANIFEST])["sha256"]
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "case"
        out.mkdir()
        for name, raw in files.items():
            path = out / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(raw)
        found = rp.verify(out, sha256=kept)
        assert found.ok == (files == whole), found.text()[:LONGEST]
        for fault in found.faults:
            assert max(len(fault.text("en")), len(fault.text("zh"))) <= 3 * LONGEST, fault.code
            fault.text("en").encode()
        with contextlib.suppress(rp.InputError):
            rp.read_archive(out)
        rp.expired(out, "2040-01-01")


# Frames


def of_frame(library):
    """A frame of a library with hostile cells."""

    def call(given):
        if library == "pyarrow":
            import pyarrow as pa

            frame = pa.table(given)
        elif library == "polars":
            import polars as pl

            frame = pl.DataFrame({name: pl.Series(cells, dtype=pl.Object) for name, cells in given.items()})
        else:
            import pandas as pd

            frame = pd.DataFrame({name: pd.Series(cells, dtype=object) for name, cells in given.items()})
        loans = rp.Loans.from_frame(frame)
        for failure in loans.failures:
            assert len(failure.text()) <= LONGEST

    cells = ANY_TEXT.filter(lambda text: "\ud800" not in text)
    good = {name: str(value) for name, value in OWED.items() if value is not None}
    wrong = st.fixed_dictionaries({}, optional=dict.fromkeys(good, cells))
    given = wrong.map(lambda made: {name: [good[name], made.get(name, good[name])] for name in good})
    return Target(call, given, needs=(library, "narwhals"))


# Pages


def page_of(texts):
    """Texts as the names of a party, on the page of the agreement: none of them becomes markup or is run."""
    name, address = texts
    borrower = rp.Party(name=name, id_number="1", address=address)
    parties = rp.Parties(lender=agreements.BANK, borrower=borrower, guarantors=(agreements.GUARANTOR,))
    page = rp.agreement_html(agreements.agreement(parties=parties))
    assert "<script>" not in page
    assert "{{7*7}}" not in name or "{{7*7}}" in page


def template_of(text):
    """Text as a lender's own template."""
    with put(text.encode("utf-8", "surrogatepass"), "agreement.en.html") as path:
        rp.agreement_html(agreements.agreement(), templates=path.parent)


TEMPLATES = tuple(DATA["templates"])

MISC = {
    "index": lambda cell: rp.Index("LPR", [cell, "2026-01-01"], ["0.03", cell], "own"),
    "holidays": lambda cell: rp.Holidays([cell], name="own", source="own", first="2026-01-01", last=cell),
    "due dates": lambda cell: rp.DueDates(day=cell, given=(cell,)),
    "household": lambda cell: rp.Household(adults=cell, net_income={"pay": cell}, costs={"rent": cell}),
    "own allowance": lambda cell: rp.Allowance(
        adult_first=cell, adult_further="1", child="1", covers=("a",), source="b"
    ),
    "npv": lambda cell: rp.npv(["1000", cell], cell),
    "lattice": lambda cell: rp.Lattice(lengths=cell),
    "rounding": lambda cell: Rounding(instalment_multiple=cell, interest=cell),
}

PROGRAMMES = shipped("programmes")
TARGETS = {
    **of_texts("policy", rp.Policy.loads, shipped().values()),
    **of_texts("programme", rp.Programme.loads, [PROGRAMMES["negotiated-repayment.toml"]]),
    **of_texts("cases", rp.CaseRule.loads, [PROGRAMMES["negotiated-repayment-cases.toml"]]),
    **of_texts("allowance", rp.loads_allowance, shipped("allowances").values()),
    **of_texts("terms", rp.AgreementTerms.loads, [agreements.TERMS.dumps()]),
    **of_texts("plan file", PlanFile.loads, [PLANS]),
    "rules": Target(lambda text: read_rules(Rounding, text, source="a.toml"), st.text(max_size=40)),
    "plan": Target(use_plan, st.lists(st.sampled_from(WORDS), max_size=14).map("".join)),
    "plan, spoiled": Target(use_plan, spoiled(GOOD_PLANS, WORDS)),
    "rate": Target(
        rp.Rate.parse, st.one_of(ANY_TEXT, spoiled(["5.2% p.a. compounded monthly", "年利率5.2%"], WORDS))
    ),
    "contract": Target(
        lambda made: of_json(json.dumps(made)),
        st.deferred(lambda: changed(contracts(), st.sampled_from(JSON))),
    ),
    "contract, spoiled": Target(
        of_json,
        st.deferred(
            lambda: spoiled(
                [json.dumps(each)[:900] for each in contracts()], [*'[]{}",:\\0', "NaN", "1e9999"]
            )
        ),
    ),
    "loans": of_columns(
        rp.Loans.from_columns, OWED, lambda batch: rp.schedule(batch, rp.equal_instalment(12))
    ),
    "households": of_columns(rp.Households.from_columns, HOME),
    "items": of_columns(rp.Items.from_columns, ITEM),
    "events": of_columns(rp.Events.from_columns, EVENT),
    "applications": of_columns(rp.Applications.from_columns, ASKED),
    "case events": of_columns(rp.CaseEvents.from_columns, STEP),
    "contacts": of_columns(rp.Contacts.from_columns, CONTACT),
    "flows": of_columns(rp.irr, FIGURES),
    **{name: Target(call, ANY_CELL, may=(TypeError,)) for name, call in MISC.items()},
    "table": Target(read_file, tables(CASES)),
    "propose": Target(propose_file, tables(CASES)),
    "allowance table": Target(allowance_file, tables(TABLE)),
    "stream": Target(stream_file, tables(CASES), needs=("pyarrow",)),
    "parquet": Target(
        read_file,
        st.deferred(lambda: spoiled([parquet()], [b"", b"\0", b"\xff" * 8])),
        may=(OSError,),
        needs=("pyarrow",),
    ),
    "manifest": Target(
        verify_manifest, st.deferred(lambda: changed([manifest()], st.sampled_from(JSON))), needs=("pyarrow",)
    ),
    "archive": Target(verify_archive, st.deferred(tamperings)),
    "command": Target(lambda argv: command(*argv), st.lists(st.sampled_from(ARGUMENTS), max_size=7)),
    "pandas": of_frame("pandas"),
    "polars": of_frame("polars"),
    "arrow": of_frame("pyarrow"),
    "page": Target(page_of, st.tuples(ANY_TEXT, ANY_TEXT), needs=("jinja2",)),
    "template": Target(
        template_of,
        st.one_of(st.sampled_from(TEMPLATES), spoiled(TEMPLATES, ["{{", "}}", "{%", "%}", "|", "("])),
        needs=("jinja2",),
    ),
}
