"""`repayplan review` and `repayplan menu`: what is decided in Python, from files and in print."""

import csv
import json
from datetime import date

import pytest

import repayplan as rp
from extras import needs
from repayplan.edges.cli import main

LOANS = """\
id,principal,annual_rate,original_term,elapsed,unpaid,next_due,instalment,net_income,cost_rent,cost_food,region
A-17,9000.00,0.10,24,6,18,2026-03-31,550.00,2600,400,1200,north
A-18,30000,0.12,36,12,24,2026-03-31,,3600,500,,south
A-19,-1,0.12,36,12,24,2026-03-31,,3600,500,,south
A-20,9000.00,0.10,24,6,18,2026-03-31,550.00,2600,400,1200,south
"""
ASKED = """\
id,hardship,applied_on,days_past_due,broken_plans,willing,declared_income,evidenced_income,\
evidence_identity_card,evidence_bank_statement,document_bank_statement,evidence_dismissal_notice,score
A-20,death,2026-03-02,40,0,true,,,2019-05-01,2026-02-01,B-9931,,7
A-17,unemployment,2026-03-02,400,0,true,3300,2600,2019-05-01,2025-11-30,B-9931,2026-01-15,3
A-99,unemployment,2026-03-02,400,0,true,3300,2600,2019-05-01,2025-11-30,B-9931,2026-01-15,3
A-19,unemployment,2026-03-02,400,0,true,3300,2600,2019-05-01,2025-11-30,B-9931,2026-01-15,3
"""
BARGAIN = ["menu", "loans.csv", "--policy", "policy.toml", "--id", "A-18", "--lengths", "12", "--points", "2"]
REVIEW = ["review", "loans.csv", "--policy", "policy.toml", "--applications", "asked.csv"]
REVIEW += ["--on", "2026-03-05", "--out", "out"]


@pytest.fixture
def here(tmp_path, monkeypatch):
    """The current folder: loans, applications and a policy whose rules ask for a column of one's own too."""
    monkeypatch.chdir(tmp_path)
    policy = rp.Policy.example("consumer-review").dumps()
    policy += """
[[review.rules]]
field = "score"
comparison = "<"
value = 5
kind = "number"
reason = "low_score"
effect = "needs_person"

[[review.rules]]
field = "region"
comparison = "in"
value = ["south", "east"]
reason = "low_score"
effect = "needs_person"

[[review.reasons]]
code = "low_score"
en = "{value}, not {limit}"
zh = "{value}，而非{limit}"
"""
    (tmp_path / "policy.toml").write_text(policy, encoding="utf-8")
    (tmp_path / "loans.csv").write_text(LOANS, encoding="utf-8")
    (tmp_path / "asked.csv").write_text(ASKED, encoding="utf-8")
    return tmp_path


def lines(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def by_hand(policy):
    """The two applications that can be reviewed, one by one."""
    home = rp.Household(net_income="2600", costs={"rent": "400", "food": "1200"}, region="north")
    loan = rp.Loan(
        principal="9000.00", annual_rate="0.10", original_term=24, elapsed=6, unpaid=18,
        next_due="2026-03-31", instalment="550.00",
    )  # fmt: skip
    asked = rp.Application(
        id="A-17", hardship="unemployment", applied_on="2026-03-02", days_past_due=400, broken_plans=0,
        willing=True, declared_income="3300", evidenced_income="2600", columns={"score": 3},
        evidence={"identity_card": "2019-05-01", "bank_statement": ("2025-11-30", "B-9931"),
                  "dismissal_notice": "2026-01-15"},
    )  # fmt: skip
    return rp.review(asked, loan, home, policy, on="2026-03-05")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_file_of_applications_is_reviewed_as_one_by_one(here, capsys, language):
    assert main([*REVIEW, "--language", language]) == 0
    policy = rp.Policy.load("policy.toml")
    seen = by_hand(policy)
    reviewed = {line["id"]: line for line in lines(here / "out/reviews.csv")}
    assert list(reviewed) == ["A-17", "A-20"]
    assert reviewed["A-17"]["result"] == seen.result == "declined"
    assert "low_score" in reviewed["A-20"]["reasons"]
    found = [line for line in lines(here / "out/findings.csv") if line["id"] == "A-17"]
    # The document is in four applications here, and the one by itself shares it with nobody.
    found = [line for line in found if line["code"] != "document_used_twice"]
    assert [
        (line["effect"], line["code"], line["field"], line["limit"], line["text"], line["told"])
        for line in found
    ] == [
        (f.effect, f.code, f.field, f.limit, f.text(language), "false" if f.internal else "true")
        for f in seen.findings
    ]
    rejected = [(line["id"], line["code"], line["field"]) for line in lines(here / "out/rejected.csv")]
    assert rejected == [
        ("A-18", "missing", "application"),
        ("A-19", "negative", "principal"),
        ("A-99", "unknown_value", "id"),
    ]
    said = capsys.readouterr().out
    assert policy.called(language) in said
    assert [int(each.split()[-1]) for each in said.splitlines()[2:8]] == [
        2, 0, 1, sum(line["result"] == "needs_evidence" for line in reviewed.values()),
        sum(line["result"] == "needs_person" for line in reviewed.values()), 3,
    ]  # fmt: skip


def test_two_applications_for_a_loan_are_neither_reviewed(here):
    first, *rest = ASKED.splitlines()
    (here / "asked.csv").write_text("\n".join([first, rest[1], *rest[:2]]) + "\n", encoding="utf-8")
    assert main(REVIEW) == 0
    assert [line["id"] for line in lines(here / "out/reviews.csv")] == ["A-20"]
    rejected = {line["id"]: (line["code"], line["field"]) for line in lines(here / "out/rejected.csv")}
    assert rejected["A-17"] == ("duplicate", "application id")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("willing", "wiling", "column wiling: nothing asks for it (is willing meant?)"),
        ("hardship", "reason", "there is no column hardship"),
        ("evidence_dismissal_notice", "evidence_dismissal", "is evidence_dismissal_notice or"),
        (",B-9931,2026-01-15,3", ",B-9931", "line 3"),
        (",score", ",points", "nothing asks for it"),
    ],
)
def test_a_file_of_applications_that_cannot_be_meant(here, capsys, old, new, said):
    (here / "asked.csv").write_text(ASKED.replace(old, new, 1), encoding="utf-8")
    assert main(REVIEW) == 2
    assert said in capsys.readouterr().err
    assert not (here / "out").exists()


def test_a_column_that_nothing_asks_for_can_be_left_out(here):
    (here / "asked.csv").write_text(
        ASKED.replace(",evidence_dismissal_notice,", ",note,", 1), encoding="utf-8"
    )
    assert main([*REVIEW, "--ignore", "note"]) == 0
    found = lines(here / "out/findings.csv")
    assert "evidence_missing" in {line["code"] for line in found if line["id"] == "A-17"}


def moved(here, *names, also=False):
    """The same files with some columns of the applications in the file of loans instead, or also there."""
    asked, loans = (list(csv.DictReader(each.splitlines())) for each in (ASKED, LOANS))
    of = {line["id"]: line for line in asked}
    for line in loans:
        line |= {name: of.get(line["id"], {}).get(name, "") for name in names}
    if not also:
        asked = [{name: cell for name, cell in line.items() if name not in names} for line in asked]
    for path, rows in ((here / "loans.csv", loans), (here / "asked.csv", asked)):
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


@pytest.mark.parametrize("names", [("score",), ("days_past_due",), ("score", "broken_plans", "willing")])
def test_a_column_that_a_rule_asks_for_may_stand_with_the_loans(here, names):
    assert main(REVIEW) == 0
    before = {path.name: path.read_bytes() for path in (here / "out").iterdir()}
    moved(here, *names)
    assert main([*REVIEW, "--overwrite"]) == 0
    assert {path.name: path.read_bytes() for path in (here / "out").iterdir()} == before
    assert b"low_score" in before["findings.csv"]


def test_a_column_with_the_loans_may_be_mapped_or_set_for_all(here):
    moved(here, "score")
    text = (here / "loans.csv").read_text(encoding="utf-8")
    (here / "loans.csv").write_text(text.replace("score", "Punkte", 1), encoding="utf-8")
    assert main([*REVIEW, "--map", "score=Punkte"]) == 0
    before = (here / "out/findings.csv").read_bytes()
    assert main([*REVIEW, "--overwrite", "--ignore", "Punkte", "--set", "score=3"]) == 0
    after = (here / "out/findings.csv").read_bytes()
    assert before.count(b",score,") == 1
    assert after.count(b",score,") == 2


@pytest.mark.parametrize("name", ["score", "days_past_due"])
def test_a_column_in_both_files_is_refused_naming_both(here, capsys, name):
    moved(here, name, also=True)
    assert main(REVIEW) == 2
    said = capsys.readouterr().err
    assert f"asked.csv: column {name}: it is in loans.csv as well" in said
    assert not (here / "out").exists()


def test_a_column_that_a_rule_compares_with_is_read(here):
    policy = (here / "policy.toml").read_text(encoding="utf-8")
    rule = '\n[[review.rules]]\nfield = "score"\ncomparison = "<"\nother = "bar"\nkind = "number"\n'
    (here / "policy.toml").write_text(
        policy + rule + 'reason = "low_score"\neffect = "decline"\n', encoding="utf-8"
    )
    moved(here, "score")
    head, *rest = (here / "asked.csv").read_text(encoding="utf-8").splitlines()
    text = "\n".join([f"{head},bar", *(f"{line},7.5" for line in rest)])
    (here / "asked.csv").write_text(text + "\n", encoding="utf-8")
    assert main(REVIEW) == 0
    found = [line for line in lines(here / "out/findings.csv") if line["limit"] == "7.5"]
    assert [(line["id"], line["value"]) for line in found] == [("A-17", "3"), ("A-20", "7")]


def test_a_column_with_several_households_of_a_loan_is_refused(here, capsys):
    text = "id,role,net_income,cost_rent,cost_food,region,score\n"
    text += "A-17,borrower,2600,400,1200,north,3\nA-17,co_borrower,900,,,north,4\n"
    (here / "homes.csv").write_text(text, encoding="utf-8")
    loans = [line.split(",") for line in LOANS.splitlines()]
    (here / "loans.csv").write_text("\n".join(",".join(line[:8]) for line in loans) + "\n", encoding="utf-8")
    assert main([*REVIEW, "--households", "homes.csv"]) == 2
    said = capsys.readouterr().err
    assert "homes.csv: column score: several households may be behind a loan" in said


def test_a_policy_without_a_review(here, capsys):
    rp.Policy.example("consumer").save("policy.toml")
    assert main(REVIEW) == 2
    assert "no section [review]" in capsys.readouterr().err


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_menu_is_printed_as_its_sheet(here, capsys, language):
    wishes = ["--at-most", "900", "--start", "2026-04-01", "--months", "48", "--method", "equal_instalment"]
    assert main([*BARGAIN, *wishes, "--language", language]) == 0
    policy = rp.Policy.load("policy.toml")
    loan = rp.Loan(
        principal="30000", annual_rate="0.12", original_term=36, elapsed=12, unpaid=24, next_due="2026-03-31",
        currency="CNY",
    )  # fmt: skip
    made = rp.menu(
        loan, rp.Household(net_income="3600", costs={"rent": "500"}), policy,
        wishes=rp.Wishes(at_most="900", start="2026-04-01", months=48, methods=("equal_instalment",)),
        lattice=rp.Lattice(lengths=12, points=2),
    )  # fmt: skip
    name = rp.Words(policy.name, policy.name_zh)
    sheet = rp.menu_sheet(loan, made, reference="A-18", programme=name)
    assert capsys.readouterr().out == sheet.text(language) + "\n"
    assert policy.called(language) in sheet.text(language)
    assert main([*BARGAIN, *wishes, "--language", language, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == sheet.as_dict(language)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (["--id", "A-77"], "no loan has it; there are A-17, A-18, A-19, A-20"),
        (["--id", "A-19"], "principal='-1'"),
        (["--method", "balloon"], "wishes.methods[0]='balloon'"),
        (["--at-most", "much"], "wishes.at_most='much'"),
    ],
)
def test_a_menu_that_cannot_be_made(here, capsys, change, said):
    assert main([*BARGAIN, *change]) == 2
    assert said in capsys.readouterr().err


def test_a_loan_alone_in_its_file_needs_no_id(here, capsys):
    without = [each for each in BARGAIN if each not in ("--id", "A-18")]
    assert main(without) == 2
    assert "which of the loans: A-17" in capsys.readouterr().err
    head, _, mine, *_ = LOANS.splitlines()
    (here / "loans.csv").write_text(f"{head}\n{mine}\n", encoding="utf-8")
    assert main(without) == 0
    assert "A-18" in capsys.readouterr().out


def test_an_application_for_a_row_that_cannot_be_read_is_no_stray(here):
    twice = LOANS + LOANS.splitlines()[4] + "\n"
    (here / "loans.csv").write_text(twice, encoding="utf-8")
    assert main(REVIEW) == 0
    assert [line["id"] for line in lines(here / "out/reviews.csv")] == ["A-17"]
    rejected = [(line["id"], line["code"]) for line in lines(here / "out/rejected.csv")]
    assert rejected.count(("A-20", "duplicate")) == 2
    assert [pair for pair in rejected if pair[1] == "unknown_value"] == [("A-99", "unknown_value")]


@needs("pyarrow")
def test_applications_from_parquet_are_the_same(here):
    import pyarrow as pa
    import pyarrow.parquet as pq

    assert main(REVIEW) == 0
    before = (here / "out/findings.csv").read_bytes()
    asked = list(csv.DictReader(ASKED.splitlines()))
    day = ("applied_on", *(name for name in asked[0] if name.startswith("evidence_")))

    def cell(name, value):
        if name in day:
            return date.fromisoformat(value) if value else None
        if name in ("days_past_due", "broken_plans"):
            return int(value)
        return value == "true" if name == "willing" else value

    table = {name: [cell(name, row[name]) for row in asked] for name in asked[0]}
    pq.write_table(pa.table(table), here / "asked.parquet")
    again = [each.replace("asked.csv", "asked.parquet") for each in REVIEW]
    assert main([*again, "--overwrite"]) == 0
    assert (here / "out/findings.csv").read_bytes() == before
