"""``repayplan schedule``: loans and plans in, every row out, and what can't be read said before the work."""

import csv
from decimal import Decimal

import pytest

import repayplan as rp
from extras import needs
from repayplan.edges.cli import main
from repayplan.edges.planfile import PlanFile

LOANS = """id,principal,annual_rate,original_term,elapsed,unpaid,next_due,plan,wait
a,12000.00,0.12,36,10,26,2026-01-31,standard,3
b,5000,0.08,24,4,20,2026-02-15,relief,2
c,5000,0.08,24,4,20,2026-02-15,no such plan,2
d,-1,0.08,24,4,20,2026-02-15,relief,2
e,700.10,0.30,12,0,12,2026-02-15,relief,0
"""
PLANS = """
[plans]
standard = 'equal_instalment(col("unpaid"))'
relief = 'holiday(col("wait"), interest="capitalise") + equal_principal(col("unpaid"))'
[rounding]
instalment = "up"
"""
MONEY = ("opening", "drawn", "interest", "interest_paid", "capitalised", "deferred", "waived", "principal")
MONEY += ("fee", "payment", "closing")


def load(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "loans.csv").write_text(LOANS, encoding="utf-8")
    (tmp_path / "plans.toml").write_text(PLANS, encoding="utf-8")
    (tmp_path / "dated.toml").write_text(f"{PLANS}[due_dates]\nday = 31\n", encoding="utf-8")
    return tmp_path


def run(*more, plan="plans.toml", out="out"):
    return main(["schedule", "loans.csv", "--plan", plan, "--out", out, *more])


def alone(line):
    """The schedule of a line of the file, by the library."""
    fields = ("principal", "annual_rate", "original_term", "elapsed", "unpaid", "next_due")
    given = {name: line[name] for name in fields}
    for name in ("original_term", "elapsed", "unpaid"):
        given[name] = int(given[name])
    loan = rp.Loan(**given, rounding=rp.Rounding(instalment="up"))
    plan = rp.equal_instalment(int(line["unpaid"]))
    if line["plan"] == "relief":
        plan = rp.holiday(int(line["wait"]), interest="capitalise") + rp.equal_principal(int(line["unpaid"]))
    return rp.schedule(loan, plan)


def test_every_row_is_that_of_the_library(here, capsys):
    assert run() == 0
    lines = {line["id"]: line for line in csv.DictReader(LOANS.splitlines())}
    summed = load(here / "out" / "loans.csv")
    assert [line["id"] for line in summed] == ["a", "b", "e"]
    rows = load(here / "out" / "schedules.csv")
    for got in summed:
        made = alone(lines[got["id"]])
        mine = [row for row in rows if row["id"] == got["id"]]
        assert [tuple(Decimal(row[name]) for name in MONEY) for row in mine] == [
            tuple(getattr(row, name) for name in MONEY) for row in made.rows
        ]
        assert [row["due_date"] for row in mine] == [row.due_date.isoformat() for row in made.rows]
        assert got["plan"] == lines[got["id"]]["plan"]
        assert int(got["instalments"]) == len(made.rows)
        assert (got["first_due"], got["last_due"]) == (mine[0]["due_date"], mine[-1]["due_date"])
        payments = [row.payment for row in made.rows]
        assert Decimal(got["largest_payment"]) == max(payments)
        assert Decimal(got["last_payment"]) == payments[-1]
        assert Decimal(got["total_payment"]) == sum(payments)
        assert Decimal(got["total_interest_paid"]) == sum(row.interest_paid for row in made.rows)
    rejected = load(here / "out" / "rejected.csv")
    assert [(line["id"], line["code"], line["field"]) for line in rejected] == [
        ("c", "unknown_value", "plan"),
        ("d", "negative", "principal"),
    ]
    assert rejected[0]["limit"] == "standard, relief"
    said = capsys.readouterr().out
    assert "Rows of schedules" in said
    assert f"{sum(Decimal(line['total_payment']) for line in summed):,}" in said


def test_a_plan_as_text_is_that_of_all_loans(here, capsys):
    assert run("--ignore", "*", "--language", "zh", plan='等额本息（col("unpaid")）') == 0
    assert {line["plan"] for line in load(here / "out" / "loans.csv")} == {"plan"}
    assert "还款计划行数" in capsys.readouterr().out


def test_a_column_of_a_plan_may_have_another_name_or_be_set(here):
    plan = 'interest_only(col("grace")) + equal_instalment(12)'
    assert run("--map", "grace=wait", "--ignore", "plan", plan=plan) == 0
    assert [line["instalments"] for line in load(here / "out" / "loans.csv")] == ["15", "14", "14", "12"]
    assert run("--set", "grace=1", "--ignore", "*", plan=plan, out="other") == 0
    assert {line["instalments"] for line in load(here / "other" / "loans.csv")} == {"13"}


def test_a_loan_that_cannot_keep_the_plan_is_rejected(here):
    assert run("--ignore", "*", plan='fixed_payment("10")') == 0
    rejected = load(here / "out" / "rejected.csv")
    assert [(line["id"], line["code"]) for line in rejected] == [
        *((name, "negative_amortisation") for name in "abc"),
        ("d", "negative"),
        ("e", "negative_amortisation"),
    ]
    assert load(here / "out" / "loans.csv") == []


GIVEN = ("2026-01-31", "2026-02-20", "2026-03-31")
DATES = 'month_end = true\nbusiness_day = "following"\nadjusted = true\ncalendar = "weekends"'


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (DATES, {"month_end": True, "business_day": "following", "adjusted": True, "calendar": rp.WEEKENDS}),
        ("day = 30", {"day": 30}),
        ("given = [2026-01-31, 2026-02-20, 2026-03-31]", {"given": GIVEN}),
    ],
)
def test_due_dates_are_set_by_a_file_of_plans_or_by_options(here, text, rule):
    fields = {"next_due": "2026-01-31", "frequency": "monthly", "day_count": "ACT/365F"}
    if "day" in rule:
        fields["next_due"] = "2026-02-28"
    more = ["--ignore", "*", *(part for each in fields.items() for part in ("--set", "=".join(each)))]
    terms = {"principal": "900", "annual_rate": "0.12", "original_term": 9, "elapsed": 0, "unpaid": 9}
    lines = [["id", *terms], ["a", *map(str, terms.values())]]
    (here / "rows.csv").write_text("\n".join(map(",".join, lines)), encoding="utf-8")
    plan = "equal_instalment(3)"
    (here / "dated.toml").write_text(f"plan = '{plan}'\n[due_dates]\n{text}\n", encoding="utf-8")
    plain = text.translate(str.maketrans("", "", ' "[]')).split("\n")
    pairs = [part for each in plain for part in ("--due-dates", each)]
    assert main(["schedule", "rows.csv", "--plan", "dated.toml", "--out", "one", *more]) == 0
    assert main(["schedule", "rows.csv", "--plan", plan, "--out", "two", *more, *pairs]) == 0
    made = rp.schedule(rp.Loan(**terms, **fields, due_dates=rp.DueDates(**rule)), rp.equal_instalment(3))
    for out in ("one", "two"):
        rows = load(here / out / "schedules.csv")
        assert [row["due_date"] for row in rows] == [row.due_date.isoformat() for row in made.rows]
        assert [Decimal(row["interest"]) for row in rows] == [row.interest for row in made.rows]


@needs("holidays")
def test_a_calendar_is_a_country_s_or_one_s_own():
    text = 'plan = "flat(3)"\n[due_dates]\nbusiness_day = "following"\n'
    made = PlanFile.loads(text + 'calendar = { country = "CN", years = [2025, 2026] }')
    assert made.due_dates.calendar.name == "CN"
    own = 'dates = ["2026-01-01"], name = "own", source = "notice", first = "2026-01-01", last = "2026-12-31"'
    made = PlanFile.loads(f"{text}calendar = {{ {own} }}")
    assert [str(day) for day in made.due_dates.calendar.dates] == ["2026-01-01"]


@needs("pyarrow")
def test_parquet_is_a_table_too(here):
    import pyarrow.parquet as pq

    assert run("--format", "parquet") == 0
    assert pq.read_table(here / "out" / "schedules.parquet").num_rows == len(alone_rows())


def alone_rows():
    lines = [line for line in csv.DictReader(LOANS.splitlines()) if line["id"] in "abe"]
    return [row for line in lines for row in alone(line).rows]


def test_threads_change_nothing(here):
    assert run() == run("--workers", "2", out="two") == 0
    for name in ("loans.csv", "schedules.csv", "rejected.csv"):
        assert (here / "out" / name).read_bytes() == (here / "two" / name).read_bytes()


@pytest.mark.parametrize(
    ("more", "plan", "said"),
    [
        ([], "equal(3)", "expected a stage"),
        ([], "holiday(3, interest='waive')", "a plan ends with a stage that repays"),
        ([], "none.toml", "can't be read"),
        ([], "equal_instalment(UNKNOWN)", "nothing in it is UNKNOWN"),
        ([], "forbear(UNKNOWN) + equal_instalment(3)", "nothing in it is UNKNOWN"),
        ([], "custom((5, UNKNOWN))", "nothing in it is UNKNOWN"),
        ([], "fee(share=UNKNOWN) + flat(3)", "nothing in it is UNKNOWN"),
        (["--ignore", "*"], 'equal_instalment(col("n"))', "there is no column n, which is named by a plan"),
        (["--ignore", "plan"], "plans.toml", "there is no column plan, which says which plan each loan has"),
        ([], "equal_instalment(12)", "column plan: plan is no field"),
        (["--map", "grace=wait"], "plans.toml", "grace is no field"),
        (["--due-dates", "day=40"], "plans.toml", "--due-dates: a day of the month, 1 to 31"),
        (["--due-dates", "weekly=true"], "plans.toml", "one of month_end, day"),
        (["--due-dates", "day=1", "--due-dates", "day=2"], "plans.toml", "day is given more than once"),
        (["--due-dates", "day=1"], "dated.toml", "dated.toml says it already"),
    ],
)
def test_what_cannot_be_meant_is_said_and_nothing_is_written(here, capsys, more, plan, said):
    assert run(*more, plan=plan) == 2
    assert said in capsys.readouterr().err
    assert not (here / "out").exists()


def test_a_folder_that_holds_the_plans_is_not_replaced(here, capsys):
    (here / "out").mkdir()
    (here / "plans.toml").rename(here / "out" / "plans.toml")
    assert run("--overwrite", plan="out/plans.toml") == 2
    assert "plans.toml" in capsys.readouterr().err
    assert (here / "out" / "plans.toml").exists()


NAMED = 'name = "a", source = "b", first = 2026-01-01, last = 2026-12-31'
WRONG_DAY = ("due_dates.calendar.dates", "date")


@pytest.mark.parametrize(
    ("text", "field", "said"),
    [
        ("plan = ", "plans", "not TOML"),
        ("", "plan", "is needed"),
        ('plan = "flat(3)"\n[plans]\na = "flat(3)"', "plan", "is needed"),
        ("[plans]\n", "plans", "a table of plans by name"),
        ('plans = "flat(3)"', "plans", "a table of plans by name"),
        ("plan = 3", "plan", "the text of a plan"),
        ('[plans]\na = "flat(3"', "plans.a", "expected"),
        ('[plans]\na = "flat(-3)"', "plans.a.flat.n", "a number of periods"),
        ('[plans]\na = "flat(3)"\nb = "flat(UNKNOWN)"', "plans.b", "nothing in it is UNKNOWN"),
        ('plan = "flat(3)"\nrounding = "up"', "rounding", "a table"),
        ('plan = "flat(3)"\n[rounding]\ninstalment = "sideways"', "rounding.instalment", "one of"),
        ('plan = "flat(3)"\n[rounding]\ncents = "up"', "rounding", "cents"),
        ('plan = "flat(3)"\ncurrency = "EUR"', "currency", "one of plan, plans, rounding, due_dates"),
        ('plan = "flat(3)"\ndue_dates = 3', "due_dates", "a table"),
        ('plan = "flat(3)"\n[due_dates]\nmonthly = true', "due_dates.monthly", "one of month_end"),
        ('plan = "flat(3)"\n[due_dates]\nbusiness_day = "later"', "due_dates.business_day", "one of"),
        ('plan = "flat(3)"\n[due_dates]\nbusiness_day = "following"', "due_dates.calendar", "business days"),
        ('plan = "flat(3)"\n[due_dates]\ncalendar = "CN"', "due_dates.calendar", "weekends"),
        ('plan = "flat(3)"\n[due_dates]\ncalendar = { dates = [] }', "due_dates.calendar", "name"),
        (f'plan = "flat(3)"\n[due_dates]\ncalendar = {{ dates = ["x"], {NAMED} }}', *WRONG_DAY),
    ],
)
def test_a_file_of_plans_that_says_something_else_is_refused_with_its_key(text, field, said):
    with pytest.raises(rp.InputError) as caught:
        PlanFile.loads(text)
    assert caught.value.field == field
    assert said in str(caught.value)


def test_a_file_that_is_no_text_is_refused(tmp_path):
    path = tmp_path / "plans.toml"
    path.write_bytes(b"plan = '\xff'")
    with pytest.raises(rp.InputError, match="not UTF-8"):
        PlanFile.read(str(path))


def test_a_plan_names_its_columns_wherever_they_are():
    plan = (
        rp.fee(share=rp.col("charge"))
        + rp.drawdown(rp.col("more"), on=rp.col("day"))
        + rp.holiday(until=rp.col("back"), interest="waive")
        + rp.graduated(rp.col("unpaid"), growth=rp.col("step"), every=12, balloon=rp.col("rest"))
        + rp.custom((rp.col("one"), rp.col("more")))
    )
    assert plan.columns == ("charge", "more", "day", "back", "unpaid", "rest", "step", "one")
    assert rp.equal_instalment(12).columns == ()


@pytest.mark.parametrize("further", ["", ",decimals"])
def test_sums_are_told_by_currency(here, capsys, further):
    lines = LOANS.splitlines()
    cells = [("CNY", "2"), ("JPY", "0"), ("EUR", "2"), ("EUR", "2"), ("CNY", "2")]
    more = [f",{code},{places}" if further else f",{code}" for code, places in cells]
    added = [line + cells for line, cells in zip(lines[1:], more, strict=True)]
    text = "\n".join([f"{lines[0]},currency{further}", *added]) + "\n"
    (here / "loans.csv").write_text(text, encoding="utf-8")
    assert run() == 0
    said = capsys.readouterr().out.splitlines()
    sums = {line.rsplit(maxsplit=1)[0]: line.split()[-1] for line in said if "Principal " in line}
    assert sums == {"Principal CNY": "12,700.10", "Principal JPY": "5,067"}
