"""The block function: the same answers whatever the blocks, of one schema, picklable, its own errors."""

import pickle
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import programme
from examples import examples
from extras import needs
from portfolios import as_arrow, rows
from repayplan import (
    UNKNOWN,
    WEEKENDS,
    Code,
    DueDates,
    Holidays,
    Households,
    InputError,
    Loans,
    Policy,
    Rounding,
    Work,
    col,
    equal_instalment,
    fixed_payment,
    propose,
    schedule,
)
from repayplan.basics.sizes import MAX_CELL
from repayplan.edges.blockcolumns import dates_as_data, readable
from repayplan.edges.framekind import FrameError

pytestmark = needs("pyarrow")

POLICY = Policy.example("consumer")
PLAN = equal_instalment(col("unpaid"))
CELLS = rows(120)
WORKS = {
    "offers": Work(policy=POLICY, keep=("id",)),
    "offers and rows": Work(policy=POLICY, schedules=True, explained=False, keep=("id",)),
    "a plan": Work(plan=PLAN, schedules=True, extra="ignore"),
    "two plans": Work(plan={"long": PLAN, "short": equal_instalment(6)}, schedules=True),
}


def table(size=120, at=slice(None)):
    cells = {name: column[:size] for name, column in CELLS.items()}
    return as_arrow(cells, at)


def of(name, at=slice(None)):
    if name != "two plans":
        return table(at=at)
    import pyarrow as pa

    plans = [("long", "short", "other")[n % 3] for n in range(120)]
    return table(at=at).append_column("plan", pa.array(plans[at], pa.string()))


@pytest.mark.parametrize("name", WORKS)
@given(borders=st.lists(st.integers(0, 120), max_size=6))
@examples(8)
def test_the_answers_do_not_depend_on_the_borders_of_blocks(name, borders):
    import pyarrow as pa

    work = WORKS[name]
    whole = work(of(name))
    ends = sorted({0, 120, *borders})
    parts = [work(of(name, slice(a, b)), first=a) for a, b in pairwise(ends)]
    assert tuple(whole) == work.outputs
    for output in work.outputs:
        assert all(part[output].schema == work.schemas[output] for part in parts)
        assert pa.concat_tables([part[output] for part in parts]).equals(whole[output])


def test_the_answers_are_those_of_the_verbs():
    made = WORKS["offers and rows"](table())
    loans = Loans.from_frame(table())
    out = propose(loans, Households.from_frame(table(), extra="ignore"), POLICY)
    frame = out.value.to_frame("arrow")
    for name in made["decisions"].column_names:
        if name != "id":
            assert made["decisions"][name].to_pylist() == frame[name].to_pylist(), name
    assert made["decisions"]["id"].to_pylist() == [f"L-{row}" for row in out.row]
    rows_ = out.value.schedules.to_frame("arrow")
    for name in ("row", "due_date", "payment", "closing"):
        assert made["schedules"][name].to_pylist() == rows_[name].to_pylist(), name
    failed = out.failures.to_frame("arrow")
    assert made["failures"].drop(["id"]).to_pylist() == failed.to_pylist()
    assert len(set(made["failures"]["code"].to_pylist())) >= 4
    assert set(made["decisions"]["decision"].to_pylist()) == {"offer", "infeasible"}


@pytest.mark.parametrize(
    "name", ["budget-plan", "consumer-review", "lending-club-demo", "mortgage-waterfall"]
)
def test_schemas_are_known_before_there_is_a_row(name):
    work = Work(policy=Policy.example(name), schedules=True)
    assert set(work.schemas) == {"decisions", "failures", "schedules"}


def test_a_policy_for_statuses_needs_the_column():
    import pyarrow as pa

    policy = Policy.loads(programme.POLICY)
    work = Work(policy=policy, given={"adults": 1}, extra="ignore")
    assert work.schemas["decisions"].names
    lines = [*programme.applicants()]
    read = pa.table({name: pa.array([line.get(name) for line in lines], pa.string()) for name in lines[0]})
    made = Work(policy=policy, keep=("id",), extra="ignore")(read)
    assert made["decisions"].num_rows + made["failures"].num_rows == len(lines)
    with pytest.raises(InputError, match="status"):
        Work(policy=policy, extra="ignore")(read.drop(["status"]))


def test_explained_adds_reasons_and_what_would_help():
    named = set(WORKS["offers"](table())["decisions"].column_names)
    bare = set(WORKS["offers and rows"](table())["decisions"].column_names)
    assert {"reasons", "shortfall", "relax_months", "relax_rate", "relax_income"} <= named - bare
    assert bare < named


def test_schedules_of_a_plan_are_those_of_schedule():
    made = WORKS["a plan"](table())
    out = schedule(Loans.from_frame(table()), PLAN)
    assert made["loans"]["total_payment"].to_pylist() == [
        sum(each.to_frame("arrow")["payment"].to_pylist(), Decimal(0))
        for each in (out.value.one(at) for at in range(len(out.value)))
    ]
    assert made["schedules"].num_rows == int(out.value.instalments.sum())


def test_of_several_plans_each_loan_says_which():
    made = WORKS["two plans"](of("two plans"))
    assert set(made["loans"]["plan"].to_pylist()) == {"long", "short"}
    short = made["loans"].to_pandas().query("plan == 'short'")
    assert set(short["instalments"]) == {6}
    failed = made["failures"].to_pandas().query("field == 'plan'")
    assert set(failed["value"]) == {"other"}


def test_a_work_can_be_pickled_and_gives_the_same():
    work = WORKS["offers and rows"]
    again = pickle.loads(pickle.dumps(work))  # noqa: S301 - our own bytes
    assert again.settings == work.settings
    assert all(again(table())[name].equals(made) for name, made in work(table()).items())


def test_columns_of_other_names_and_values_for_all_rows():
    import pyarrow as pa

    given = (
        table()
        .drop(["adults"])
        .rename_columns(["id", "outstanding", *table().column_names[2:8], "pay", "cost_rent"])
        .append_column("colour", pa.array(["red"] * 120))
    )
    work = Work(
        policy=POLICY,
        columns={"principal": "outstanding", "net_income": "pay"},
        given={"adults": 1},
        keep=("id", "colour"),
    )
    made = work(given)
    alone = Work(policy=POLICY, keep=("id",))(table().set_column(8, "adults", pa.array(["1"] * 120)))
    assert made["decisions"]["colour"].to_pylist() == ["red"] * made["decisions"].num_rows
    assert made["decisions"].drop(["colour"]).equals(alone["decisions"])


def test_amounts_have_the_decimals_that_are_said_and_finer_currencies_fail():
    import pyarrow as pa

    decimals = pa.array([("2", "0", "3")[n % 3] for n in range(120)])
    whole = table()
    units = [cell.split(".")[0] for cell in CELLS["principal"]]
    names = ("overdue_interest", "net_income", "cost_rent")
    whole = whole.set_column(1, "principal", pa.array(units)).append_column("decimals", decimals)
    for name in names:
        at = whole.column_names.index(name)
        whole = whole.set_column(at, name, pa.array([cell.split(".")[0] for cell in CELLS[name]]))
    two, three = Work(policy=POLICY)(whole), Work(policy=POLICY, places=3)(whole)
    failed = two["failures"].to_pandas().query("field == 'decimals'")
    assert set(failed["value"]) == {"3"}
    assert set(failed["limit"]) == {"0 to 2"}
    assert str(three["decisions"].schema.field("capacity").type) == "decimal128(22, 3)"
    assert set(three["failures"]["field"].to_pylist()).isdisjoint({"decimals"})
    rows_ = set(two["decisions"]["row"].to_pylist())
    same = [row for row in three["decisions"].to_pylist() if row["row"] in rows_]
    assert same == two["decisions"].to_pylist()


def test_cells_that_are_no_data_fail_their_row_and_no_other():
    import pyarrow as pa

    cells = {name: column[:4] for name, column in rows(4, seed=5).items()}
    cells["region"] = ["CN-11", "x" * (MAX_CELL + 1), "a\0b", None]
    whole = pa.table(cells)
    good, failures = readable(pa, whole)
    assert good["region"].to_pylist() == ["CN-11", None, None, None]
    assert [(each.row, each.code, each.field) for each in failures] == [
        (1, Code.OUT_OF_RANGE, "region"),
        (2, Code.UNKNOWN_VALUE, "region"),
    ]
    made = Work(policy=POLICY)(whole)
    assert {1, 2} <= set(made["failures"]["row"].to_pylist())
    assert {1, 2}.isdisjoint(made["decisions"]["row"].to_pylist())
    alone = Work(policy=POLICY)(pa.table({name: column[:1] for name, column in cells.items()}))
    assert made["decisions"].slice(0, 1).equals(alone["decisions"])


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({}, "policy"),
        ({"policy": POLICY, "plan": PLAN}, "policy"),
        ({"policy": POLICY, "rounding": Rounding(interest="up")}, "rounding"),
        ({"policy": POLICY, "due_dates": DueDates(day=30)}, "due_dates"),
        ({"plan": fixed_payment(UNKNOWN)}, "plan"),
        ({"policy": POLICY, "columns": {"colour": "x"}}, "field"),
        ({"plan": PLAN, "given": {"net_income": 1}}, "field"),
        ({"policy": POLICY, "columns": {"adults": "x"}, "given": {"adults": 1}}, "adults"),
        ({"policy": POLICY, "places": 9}, "places"),
        ({"policy": POLICY, "given": {"adults": [1, 2]}}, "adults"),
        ({"plan": PLAN, "places": 2, "rounding": Rounding(instalment="none", interest="none")}, "places"),
        ({"policy": POLICY, "given": {"decimals": "two"}}, "decimals"),
    ],
)
def test_what_can_be_known_to_be_wrong_is_said_at_once(options, field):
    with pytest.raises(InputError) as caught:
        Work(**options)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        (lambda t: t.drop(["principal"]), "principal", "there is no column principal"),
        (lambda t: t.append_column("colour", t["id"]), "colour", "no field"),
        (lambda t: t.drop(["id"]), "keep", "there is no column id"),
        (lambda t: t.rename_columns(["id", "id", *t.column_names[2:]]), "frame", "more than one"),
        (lambda t: t.set_column(6, "next_due", t["row"]), "next_due", "dates are needed"),
        (lambda t: t.set_column(0, "id", t["list"]), "keep", "only what can be written as text"),
    ],
)
def test_a_column_that_is_wrong_is_named(change, field, words):
    import pyarrow as pa

    class Given:
        """A table with columns to take from."""

        def __init__(self, plain):
            self.plain = plain

        def __getattr__(self, name):
            return getattr(self.plain, name)

        def __getitem__(self, name):
            spare = {"row": pa.array(range(120)), "list": pa.array([[1]] * 120)}
            return spare[name] if name in spare else self.plain[name]

    with pytest.raises(FrameError, match=words) as caught:
        Work(policy=POLICY, keep=("id",))(change(Given(table())))
    assert caught.value.field == field


def test_a_kept_column_may_not_hide_a_result():
    made = table().append_column("capacity", table()["id"])
    with pytest.raises(FrameError, match="results have a column") as caught:
        Work(policy=POLICY, keep=("capacity",))(made)
    assert caught.value.code is Code.DUPLICATE


def test_calendars_are_told_apart_by_their_days():
    def feast(day):
        dates = DueDates(
            business_day="following",
            calendar=Holidays(
                [day],
                name="a",
                source="test",
                first=np.datetime64("2026-01-01"),
                last=np.datetime64("2027-12-31"),
            ),
        )
        return Work(plan=PLAN, due_dates=dates).settings

    assert feast("2026-05-01") == feast("2026-05-01") != feast("2026-05-04")
    plain = Work(plan=PLAN, due_dates=DueDates(business_day="following", calendar=WEEKENDS))
    assert plain.settings["due_dates"]["calendar"][0] == WEEKENDS.name
    assert dates_as_data(DueDates(given=["2026-01-31"]))["given"] == ["2026-01-31"]
