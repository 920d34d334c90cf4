"""Items of households from a file: the command line decides as the library does, and names what is wrong."""

import csv
from dataclasses import replace

import pytest

import repayplan as rp
from extras import needs
from repayplan import Code
from repayplan.edges.cli import main
from repayplan.edges.itemfile import ITEM_FIELDS, read_items
from repayplan.edges.tables import read_applicants
from test_means import POLICY

LOANS = """id,principal,annual_rate,original_term,elapsed,unpaid,next_due,assessed,adults
a,600,0,6,0,6,2026-01-31,2026-01-10,1
b,600,0,6,0,6,2026-01-31,2026-01-10,1
c,600,0,6,0,6,,2026-01-10,1
d,600,0,6,0,6,2026-01-31,2026-01-10,2
"""
ITEMS = """id,kind,category,amount,frequency,verified,start,until,months,balance,arrears,priority
d,net_income,pay,"1100",,,,,,,,
a,net_income,pay,900,monthly,,,,,,,
a,net_income,benefit,150,,,,2026-03-31,,,,
c,net_income,pay,900,,,,,,,,
b,net_income,season,390,weekly,,,,2-11,,,
a,debt,card,20,monthly,20,,,,300,0,yes
d,cost,heating,80,,,,,11-2,,,
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "loans.csv").write_text(LOANS, encoding="utf-8")
    (tmp_path / "items.csv").write_text(ITEMS, encoding="utf-8")
    replace(POLICY, income=rp.IncomeRule(evidence="declared")).save(tmp_path / "policy.toml")
    return tmp_path


ASKED = ["propose", "loans.csv", "--items", "items.csv", "--policy", "policy.toml", "--out", "out"]


def load(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


HOMES = {
    "a": [
        rp.Income("pay", "900"),
        rp.Income("benefit", "150", until="2026-03-31"),
        rp.Debt("card", "20", verified="20", balance="300", priority=True),
    ],
    "b": [rp.Income("season", "390", "weekly", months=tuple(range(2, 12)))],
    "d": [rp.Income("pay", "1100"), rp.Cost("heating", "80", months=(11, 12, 1, 2))],
}


def test_the_command_line_decides_as_the_library_does(folder):
    assert main(ASKED) == 0
    decided = {row["id"]: row for row in load(folder / "out" / "decisions.csv")}
    rows = load(folder / "out" / "schedules.csv")
    policy = rp.Policy.load("policy.toml")
    loan = rp.Loan(
        principal=600, annual_rate="0", original_term=6, elapsed=0, unpaid=6, next_due="2026-01-31"
    )
    kinds = set()
    for name, items in HOMES.items():
        home = rp.Household(items=items, assessed="2026-01-10", adults=2 if name == "d" else 1)
        got = rp.propose(loan, home, policy)
        kinds.add(type(got))
        if isinstance(got, rp.Offer):
            assert decided[name]["instalments"] == str(got.instalments)
            assert decided[name]["left_to_live_on"] == str(got.left_to_live_on)
            left = [row["left_to_live_on"] for row in rows if row["id"] == name]
            assert left == [str(row.left) for row in got.living]
        else:
            assert decided[name]["shortfall"] == str(got.shortfall)
            income = got.relaxations["income"]
            assert decided[name]["relax_income"] == ("" if income is None else str(income))
    assert kinds == {rp.Offer, rp.Infeasible}
    (rejected,) = load(folder / "out" / "rejected.csv")
    assert (rejected["id"], rejected["field"]) == ("c", "next_due")


FAULTS = [
    ("a,cost,rent,12x,,,,,,,,", Code.NOT_A_NUMBER, "items.amount (items.csv, line 3)", "12x"),
    ("a,rent,rent,12,,,,,,,,", Code.UNKNOWN_VALUE, "items.kind (items.csv, line 3)", "rent"),
    ("a,cost,rent,,,,,,,,,", Code.MISSING, "items.amount (items.csv, line 3)", ""),
    ("a,cost,rent,1,often,,,,,,,", Code.UNKNOWN_VALUE, "items.frequency (items.csv, line 3)", "often"),
    (
        "a,cost,rent,1,,,2026-02-01,2026-01-01,,,,",
        Code.DATES_OUT_OF_ORDER,
        "items.until (items.csv, line 3)",
        "2026-01-01",
    ),
    ("a,cost,rent,1,,,,,13,,,", Code.UNKNOWN_VALUE, "items.months (items.csv, line 3)", "13"),
    ("a,debt,card,1,,,,,,,-1,", Code.NEGATIVE, "items.arrears (items.csv, line 3)", "-1"),
]


@pytest.mark.parametrize(("line", "code", "field", "value"), FAULTS)
def test_a_fault_of_an_item_names_file_line_and_column_and_is_no_other_households(
    folder, line, code, field, value
):
    head, first, *rest = ITEMS.splitlines()
    (folder / "items.csv").write_text("\n".join([head, first, line, *rest]), encoding="utf-8")
    assert main(ASKED) == 0
    rejected = {row["id"]: row for row in load(folder / "out" / "rejected.csv")}
    found = tuple(rejected["a"][name] for name in ("code", "field", "value"))
    assert found == (code.value, field, value)
    assert field in rejected["a"]["text"]
    assert list(rejected) == ["a", "c"]
    assert [row["id"] for row in load(folder / "out" / "decisions.csv")] == ["b", "d"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ITEMS + "e,cost,rent,1,,,,,,,,\n", "items.csv: line 9, column id: e is the id of no loan"),
        (ITEMS + ",cost,rent,1,,,,,,,,\n", "items.csv: line 9, column id: it is empty"),
        (ITEMS + "\n\na,cost\n", "items.csv: line 11, column all: 2 cells, the header has 12"),
        (ITEMS.replace("id,kind", "who,kind"), "items.csv: column who is no field of an item"),
        (ITEMS.replace("kind,", "id2,", 1), "items.csv: column id2 is no field of an item"),
        ("id,amount\na,1\n", "items.csv: there is no column kind"),
    ],
)
def test_a_file_that_is_wrong_ends_the_run(folder, capsys, text, said):
    (folder / "items.csv").write_text(text, encoding="utf-8")
    assert main(ASKED) == 2
    assert said in capsys.readouterr().err
    assert not (folder / "out").exists()


def test_a_file_of_loans_needs_ids(folder, capsys):
    (folder / "loans.csv").write_text(LOANS.replace("id,", "number,", 1), encoding="utf-8")
    assert main([*ASKED, "--ignore", "number"]) == 2
    assert "no column id to join loans and items by" in capsys.readouterr().err


def test_columns_that_are_no_field_may_be_left_out(folder):
    lines = [f"{line},{k or 'note'}" for k, line in enumerate(ITEMS.splitlines())]
    (folder / "items.csv").write_text("\n".join(lines), encoding="utf-8")
    assert main(ASKED) == 2
    assert main([*ASKED, "--ignore", "note"]) == 0
    assert len(ITEM_FIELDS) == 14


def test_the_order_of_items_is_irrelevant(folder):
    plain = read_applicants(folder / "loans.csv", items=folder / "items.csv").households
    head, *rest = ITEMS.splitlines()
    (folder / "items.csv").write_text("\n".join([head, *rest[::-1]]), encoding="utf-8")
    mixed = read_applicants(folder / "loans.csv", items=folder / "items.csv").households
    for rule in (rp.IncomeRule(), rp.IncomeRule(evidence="lesser")):
        each = [rp.capacity(homes, POLICY.allowance, income=rule).value for homes in (plain, mixed)]
        assert each[0].payable.tolist() == each[1].payable.tolist()


@needs("pyarrow")
def test_parquet_counts_rows(folder):
    import pyarrow as pa
    from pyarrow import parquet

    columns = {"id": ["a", "b"], "kind": ["cost", "net_income"], "amount": ["1", "x"]}
    parquet.write_table(pa.table(columns), folder / "items.parquet")
    read = read_applicants(folder / "loans.csv", items=folder / "items.parquet")
    faults = [(f.row, f.code, f.field) for f in read.households.failures]
    assert (1, Code.NOT_A_NUMBER, "items.amount (items.parquet, row 2)") in faults


def test_items_of_rows_that_were_not_read_are_not_looked_at(folder):
    import numpy as np

    ids, row = np.array(["a", "b", "c", "d"]), np.array([1, 3])
    items = read_items(folder / "items.csv", ids=ids, row=row, decimals=np.array([2, 0]))
    assert items.of.tolist() == [0, 1, 1]
    assert items.declared.tolist() == [390_00 * 52 // 12, 1100, 80]


TOGETHER = """id,obligor,role,share,assessed,cost_rent
d,Wu,borrower,,2026-01-10,0
a,second,co_borrower,0.5,2026-01-10,0
a,first,,,2026-01-10,40
b,,,,2026-01-10,0
c,x,,,2026-01-10,0
z,x,,,2026-01-10,0
"""
WHOSE = """id,obligor,kind,category,amount,frequency,until,months
a,first,net_income,pay,760,,,
a,second,net_income,pay,900,,,
d,Wu,net_income,pay,1100,,,
a,first,net_income,benefit,60,,2026-03-31,
a,second,debt,card,20,,,
b,,net_income,season,390,weekly,,2-11
c,x,net_income,pay,900,,,
"""
MEMBERS = {
    "a": [
        rp.Obligor(
            household=rp.Household(
                items=[rp.Income("pay", "760"), rp.Income("benefit", "60", until="2026-03-31")],
                costs={"rent": "40"},
                assessed="2026-01-10",
            )
        ),
        rp.Obligor(
            household=rp.Household(
                items=[rp.Income("pay", "900"), rp.Debt("card", "20")], assessed="2026-01-10"
            ),
            role="co_borrower",
            share="0.5",
        ),
    ],
    "b": [rp.Obligor(household=rp.Household(items=HOMES["b"], assessed="2026-01-10"))],
    "d": [rp.Obligor(household=rp.Household(items=[rp.Income("pay", "1100")], assessed="2026-01-10"))],
}
BOTH = [*ASKED, "--households", "homes.csv"]


@pytest.fixture
def several(folder):
    loans = [line.split(",")[:7] for line in LOANS.splitlines()]
    for name, text in (
        ("loans", "\n".join(",".join(line) for line in loans)),
        ("homes", TOGETHER),
        ("items", WHOSE),
    ):
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def shuffled(text):
    head, *rest = text.splitlines()
    return "\n".join([head, *rest[::-1]])


@pytest.mark.parametrize("changed", [{}, {"homes": shuffled(TOGETHER)}, {"items": shuffled(WHOSE)}])
def test_items_of_several_households_of_a_loan_are_each_its_own(several, changed):
    for name, text in changed.items():
        (several / f"{name}.csv").write_text(text, encoding="utf-8")
    assert main(BOTH) == 0
    decided = {row["id"]: row for row in load(several / "out" / "decisions.csv")}
    policy = rp.Policy.load("policy.toml")
    loan = rp.Loan(
        principal=600, annual_rate="0", original_term=6, elapsed=0, unpaid=6, next_due="2026-01-31"
    )
    assert list(decided) == ["a", "b", "d"]
    for name, members in MEMBERS.items():
        got = rp.propose(loan, members, policy)
        assert decided[name]["decision"] == ("offer" if isinstance(got, rp.Offer) else "infeasible")
        assert decided[name]["capacity"] == str(got.capacity)
        if isinstance(got, rp.Offer):
            assert decided[name]["instalments"] == str(got.instalments)
            assert decided[name]["left_to_live_on"] == str(got.left_to_live_on)
    assert {row["decision"] for row in decided.values()} == {"offer", "infeasible"}
    assert [row["id"] for row in load(several / "out" / "rejected.csv")] == ["c"]
    # Whose an item is matters: given to the other household, the same items come to something else.
    other = (several / "items.csv").read_text(encoding="utf-8").replace("a,second,debt", "a,first,debt")
    (several / "items.csv").write_text(other, encoding="utf-8")
    assert main([*BOTH, "--overwrite"]) == 0
    again = {row["id"]: row for row in load(several / "out" / "decisions.csv")}
    assert again["a"]["capacity"] != decided["a"]["capacity"]
    assert again["d"] == decided["d"]


def test_households_are_told_apart_by_their_names_alone(several):
    text = "\n".join(",".join(line.split(",")[:2] + line.split(",")[4:]) for line in TOGETHER.splitlines())
    (several / "homes.csv").write_text(text, encoding="utf-8")
    read = read_applicants(
        several / "loans.csv", households=several / "homes.csv", items=several / "items.csv"
    )
    assert isinstance(read.households, rp.Obligors)
    assert len(read.households) == 4
    assert read.households.of.tolist().count(0) == 2


@pytest.mark.parametrize(
    ("homes", "items", "said"),
    [
        (TOGETHER, WHOSE.replace("a,second,debt", "a,third,debt"),
         "items.csv: line 6, column obligor: no households of loan a have the name 'third'"),
        (TOGETHER, WHOSE.replace("d,Wu", "d,first"), "no households of loan d have the name 'first'"),
        (TOGETHER.replace("a,second", "a,first"), WHOSE, "2 households of loan a have the name 'first'"),
        (TOGETHER, WHOSE.replace("d,Wu", "e,Wu"), "line 4, column id: e is the id of no loan"),
        (TOGETHER.replace("id,obligor", "id,region"), WHOSE, "homes.csv: there is no column obligor"),
        (TOGETHER, WHOSE.replace("id,obligor", "id,earner"), "items.csv: there is no column obligor"),
    ],
)  # fmt: skip
def test_an_item_whose_household_cannot_be_told_ends_the_run(several, capsys, homes, items, said):
    (several / "homes.csv").write_text(homes, encoding="utf-8")
    (several / "items.csv").write_text(items, encoding="utf-8")
    assert main(BOTH) == 2
    assert said in capsys.readouterr().err
    assert not (several / "out").exists()


def test_the_items_of_one_household_name_no_obligor(folder, capsys):
    (folder / "items.csv").write_text(WHOSE, encoding="utf-8")
    assert main(ASKED) == 2
    assert "items.csv: column obligor: the households have no column of that name" in capsys.readouterr().err
    (folder / "loans.csv").write_text(LOANS.replace("adults", "obligor"), encoding="utf-8")
    assert main(ASKED) == 2
    assert "obligor is a column of a file of households" in capsys.readouterr().err


def test_a_fault_of_an_item_rejects_its_loan_alone_among_several_households(several):
    (several / "items.csv").write_text(WHOSE.replace("card,20", "card,2x"), encoding="utf-8")
    assert main(BOTH) == 0
    rejected = {row["id"]: row for row in load(several / "out" / "rejected.csv")}
    assert rejected["a"]["field"].endswith("items.amount (items.csv, line 6)")
    assert [row["id"] for row in load(several / "out" / "decisions.csv")] == ["b", "d"]
