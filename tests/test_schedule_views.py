"""One schedule seen as columns, as rows for people, loan by loan, period by period, and summed."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise
from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp
from examples import examples
from repayplan.plans import batch, loanmajor, rows
from repayplan.plans.moves import Moved
from strategies import batch_of, cases, loan_of, money, plan_of

AMOUNTS = (
    *("opening", "interest", "interest_paid", "capitalised", "deferred", "waived", "principal", "fee"),
    *("payment", "closing"),
)
COLUMNS = ("period", "due_date", "days", *AMOUNTS)


def schedules(every):
    loans, plans, template = batch_of(every)
    return rp.schedule(loans, plans, template=template)


@given(st.lists(cases(wide=False), min_size=1, max_size=6))
def test_every_view_of_a_batch_shows_the_same_rows(every):
    outcome = schedules(every)
    value = outcome.value
    columns, offsets = value.by_loan()
    assert len(value) == len(outcome.row) == len(offsets) - 1

    by_period = value.by_period()
    back = np.lexsort((by_period["period"], by_period["row"]))
    for name in (*COLUMNS, "row"):
        np.testing.assert_array_equal(by_period[name][back], columns[name], err_msg=name)
    np.testing.assert_array_equal(outcome.row[by_period["loan"]], by_period["row"])

    for i, (a, b) in enumerate(pairwise(offsets)):
        one = value.one(i).columns
        assert (columns["row"][a:b] == outcome.row[i]).all()
        for name in COLUMNS:
            np.testing.assert_array_equal(one[name], columns[name][a:b], err_msg=name)

    totals = value.totals()
    for name in ("interest", "interest_paid", "capitalised", "waived", "principal", "fee", "payment"):
        sums = [columns[name][a:b].sum() for a, b in pairwise(offsets)]
        np.testing.assert_array_equal(totals[name], sums, err_msg=name)


EVERY = ("loan", "row", *rows.COLUMNS)


@examples(40)
@given(st.lists(cases(wide=False), min_size=1, max_size=6), st.sets(st.sampled_from(EVERY), min_size=1))
def test_columns_that_are_named_are_those_of_all(every, names):
    value = schedules(every).value
    columns, offsets = value.by_loan()
    by_period = value.by_period()
    with mock.patch.object(loanmajor, "FEWEST", 0), mock.patch.object(loanmajor, "CELLS", 40):
        for some in (names, loanmajor.PLAIN):
            made, ends = value.by_loan(columns=some)
            np.testing.assert_array_equal(ends, offsets)
            assert made.keys() == some
            assert value.by_period(columns=some).keys() == some
            for name in some:
                np.testing.assert_array_equal(made[name], columns[name], err_msg=name)
        for name, column in value.by_period(columns=names).items():
            np.testing.assert_array_equal(column, by_period[name], err_msg=name)


@pytest.mark.parametrize("order", ["as they come", "by term"])
@pytest.mark.parametrize("day_count", ["periods", "ACT/365F"])
def test_amounts_of_plain_loans_alone_are_those_of_all_columns(order, day_count, monkeypatch):
    random = np.random.default_rng(8)
    term = random.integers(1, 30, 300)
    term = np.sort(term) if order == "by term" else term
    owed = random.integers(-1_000, 3_000_000, 300)
    owed[:3] = -1  # they fail
    loans = rp.Loans.from_columns(
        principal=rp.minor(owed),
        annual_rate=random.integers(0, 3_000, 300) / 10_000,
        original_term=term,
        elapsed=0,
        unpaid=term,
        next_due="2026-01-31",
        day_count=day_count,
    )
    value, used, real = rp.schedule(loans, rp.equal_instalment(rp.col("unpaid"))).value, [], batch.plain_rows
    monkeypatch.setattr(batch, "plain_rows", lambda *given: used.append(given) or real(*given))
    monkeypatch.setattr(loanmajor, "CELLS", 600)
    for workers in (1, 2):
        made, _ = value.by_loan(columns=loanmajor.PLAIN, workers=workers)
        for name, column in value.by_loan()[0].items():
            assert name not in made or (made[name] == column).all(), name
    assert used


def test_what_is_not_asked_for_is_not_worked_out():
    value = rp.schedule(
        rp.Loans.from_columns(
            principal=["100", "200"],
            annual_rate="0.1",
            original_term=3,
            elapsed=0,
            unpaid=3,
            next_due="2026-01-31",
            fees=["1", "0"],
        ),
        rp.equal_instalment(3),
    ).value
    with (
        mock.patch.object(rows, "_due_dates", side_effect=AssertionError),
        mock.patch.object(rows, "_days", side_effect=AssertionError),
    ):
        assert value.by_loan(columns="fee")[0]["fee"].tolist() == [100, 0, 0, 0, 0, 0]
        with mock.patch.object(rows, "_amounts", side_effect=AssertionError):
            assert value.by_period(columns=["period"])["period"].tolist() == [1, 1, 2, 2, 3, 3]


@pytest.mark.parametrize("names", ["colour", ("interest", "colour"), (3,)])
def test_a_column_that_there_is_not_is_refused_by_name(names):
    loan = rp.Loans.from_columns(
        principal="1", annual_rate=0, original_term=1, elapsed=0, unpaid=1, next_due="2026-01-31"
    )
    value = rp.schedule(loan, rp.equal_instalment(1)).value
    for read in (value.by_loan, value.by_period):
        with pytest.raises(rp.InputError, match="one of loan, row, period, due_date") as caught:
            read(columns=names)
        assert (caught.value.code, caught.value.field) == (rp.Code.UNKNOWN_VALUE, "columns")


@examples(60)
@given(st.lists(cases(wide=False), min_size=1, max_size=4))
def test_schedules_are_equal_where_they_say_the_same(every):
    value, again = schedules(every).value, schedules(every).value
    for i, row in enumerate(value.row):
        terms, stages = every[row]
        alone = rp.schedule(loan_of(terms), plan_of(stages, terms["decimals"]))
        assert value.one(i) == again.one(i) == alone
        assert hash(value.one(i)) == hash(again.one(i)) == hash(alone)
        for k in range(i):
            one, other = value.one(i), value.one(k)
            says = [(x.rows, x.totals, x.instalment, x.decimals, x.interest_from) for x in (one, other)]
            assert one != other or says[0] == says[1]
    # Any figure that differs makes another schedule of it.
    for name in COLUMNS if len(value) else ():
        made = value.one(0)
        other = replace(made, columns={**made.columns, name: made.columns[name] + 1})
        assert made != other
    for made in (value.one(i) for i in range(len(value))):
        changes = {
            "decimals": made.decimals + 1,
            "instalment": made.instalment + 1,
            "beside": made.beside + 1,
        }
        changes |= {"interest_from": date(1949, 1, 1), "paid_off_early": not made.paid_off_early}
        changes |= {"on_balance": not made.on_balance, "rates": np.full(len(made), -1)}
        changes |= {"agreed": np.full(len(made) + 1, np.datetime64("1949-01-01"))}
        day, one = np.array(["1949-01-01"], "datetime64[D]"), np.array([1])
        changes["moved"] = Moved(one, one, day, one, np.array([True]), np.array([True]))
        assert [name for name, value in changes.items() if made == replace(made, **{name: value})] == []
        assert replace(made, loan=None) == made != made.rows  # whose it is, is no part of it


def test_what_moved_on_another_day_makes_another_schedule():
    loan = rp.Loan(
        principal="900", annual_rate="0", original_term=9, elapsed=0, unpaid=9, next_due="2026-01-31"
    )
    early, again, late = (
        rp.schedule(loan, rp.prepayment("90", on=on) + rp.equal_principal(9))
        for on in ("2026-02-02", "2026-02-02", "2026-02-03")
    )
    assert early.moved == again.moved != late.moved != 0
    assert hash(early.moved) == hash(again.moved)
    assert early == again != late
    assert {early, again, late} == {early, late}


@given(cases(wide=False))
def test_rows_for_people_are_the_columns(case):
    terms, stages = case
    try:
        made = rp.schedule(loan_of(terms), plan_of(stages, terms["decimals"]))
    except rp.InputError:
        return
    assert len(made.rows) == len(made.columns["period"])
    for name in COLUMNS:
        shown = [getattr(row, name) for row in made.rows]
        units = made.columns[name].tolist()
        assert shown == ([money(u, made.decimals) for u in units] if name in AMOUNTS else units)


def test_totals_of_one_schedule_are_sums_of_its_rows():
    loan = rp.Loan(
        principal="1000",
        annual_rate="0.12",
        original_term=6,
        elapsed=0,
        unpaid=6,
        next_due="2026-01-31",
        fees="3",
    )
    made = rp.schedule(loan, rp.holiday(2, interest="waive") + rp.equal_principal(4))
    for name in ("interest", "interest_paid", "waived", "principal", "fee", "payment"):
        assert made.totals[name] == sum(getattr(row, name) for row in made.rows)


def test_what_is_shown_can_be_added_up_again():
    loan = rp.Loan(
        principal="12000",
        overdue_interest="55",
        annual_rate="0.12",
        original_term=36,
        elapsed=10,
        unpaid=26,
        next_due="2026-01-31",
    )
    made = rp.schedule(loan, rp.holiday(1, interest="capitalise") + rp.equal_instalment(3))
    head, *lines = repr(made).splitlines()
    assert "interest paid" in head
    assert "capitalised" in head
    assert "waived" not in head
    names = [name.replace(" ", "_") for name in head.split("  ") if name.strip()]
    for line, row in zip(lines[:-1], made.rows, strict=True):
        cells = dict(zip((n.strip() for n in names), line.split(), strict=True))
        shown = {name: rp_money(cells[name]) for name in ("opening", "interest_paid", "capitalised")}
        assert shown == {name: getattr(row, name) for name in shown}
        assert row.payment == row.principal + shown["interest_paid"] + row.fee
        assert row.closing == shown["opening"] + shown["capitalised"] - row.principal


def rp_money(text):
    return Decimal(text.replace(",", ""))


def test_loans_of_different_decimals_share_a_column_with_the_most_of_them():
    pytest.importorskip("pyarrow")
    given = {"annual_rate": "0", "original_term": 2, "elapsed": 0, "unpaid": 2, "next_due": "2026-01-31"}
    loans = rp.Loans.from_columns(principal=["10", "10"], decimals=[0, 2], **given)
    made = rp.schedule(loans, rp.equal_principal(2)).value
    frame = made.to_frame("arrow")
    assert frame["payment"].to_pylist() == [Decimal(5)] * 4
    assert frame["payment"].type.scale == 2


@pytest.mark.parametrize("places", [7, 8])
def test_amounts_of_many_decimals_are_printed_plain(places):
    loan = rp.Loan(
        principal="3",
        annual_rate="0",
        original_term=3,
        elapsed=0,
        unpaid=3,
        next_due="2026-01-31",
        decimals=places,
    )
    made = rp.schedule(loan, rp.equal_principal(3))
    for shown in (repr(made), made._repr_html_()):
        assert "0E" not in shown
        assert f"0.{'0' * places}" in shown
    assert repr(made).endswith(f"of which interest 0.{'0' * places}")


def test_the_last_line_can_be_added_up_again():
    loan = rp.Loan(
        principal="1200", annual_rate="0.12", original_term=4, elapsed=0, unpaid=4, next_due="2026-01-31"
    )
    made = rp.schedule(loan, rp.holiday(1, interest="capitalise") + rp.equal_instalment(3))
    cost = made.total_cost()
    assert made.totals["payment"] - 1200 == cost == Decimal("36.32")
    assert repr(made).endswith("paid 1,236.32 of which interest 36.32 (12.00 of it capitalised)")
    assert "Paid 1,236.32, of which interest 36.32 (12.00 of it capitalised)." in made._repr_html_()
