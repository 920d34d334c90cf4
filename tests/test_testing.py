"""The checker sees every cell that is a unit off, and none in what is right; strategies reach everything."""

import subprocess
import sys
from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction
from inspect import signature
from itertools import pairwise
from typing import get_args, get_type_hints

import numpy as np
import pytest
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st

import fineract
import repayplan as rp
from extras import needs
from repayplan.basics.businessdays import BusinessDay
from repayplan.basics.daycount import DAY_COUNTS
from repayplan.basics.daycount import year_fraction as fraction_of_year
from repayplan.basics.rounding import Mode, Residue
from repayplan.plans.rows import COLUMNS, MONEY
from repayplan.plans.stagenames import STAGES
from repayplan.testing.case_strategies import cases, portfolios
from repayplan.testing.checker import batch_violations, check_outcome, check_schedule, violations
from repayplan.testing.finding import IDENTITIES, DifferenceError, InvariantError, Violations
from repayplan.testing.loan_strategies import loans, rate_paths
from repayplan.testing.plan_strategies import _arguments, _Size, plans
from repayplan.testing.sameness import assert_same_schedule, differences

LOAN = rp.Loan(
    principal="12000.00",
    annual_rate="0.12",
    original_term=36,
    elapsed=10,
    unpaid=26,
    next_due="2026-01-31",
    day_count="30E/360",
)
PLAN = rp.holiday(2, interest="defer") + rp.equal_instalment(6)
SCHEDULE = rp.schedule(LOAN, PLAN)
FEW = settings(max_examples=20)
SOME = settings(max_examples=40)
ONE = {"interest": ["1.00"], "principal": ["99.00"], "payment": ["100.00"], "closing": ["0.00"]}


def text(schedule):
    """Columns of a schedule as text."""
    out = {"period": schedule.columns["period"], "due_date": schedule.columns["due_date"].astype(str)}
    out["days"] = schedule.columns["days"]
    rows = schedule.rows
    return out | {name: [f"{getattr(row, name):f}" for row in rows] for name in MONEY}


def with_cell(schedule, name, row, change):
    """The schedule with one cell a few units off."""
    column = schedule.columns[name].copy()
    column[row] += change
    return replace(schedule, columns={**schedule.columns, name: column})


# What is right is left alone


@given(cases())
def test_every_schedule_that_the_library_makes_keeps_the_identities(case):
    loan, plan = case
    check_schedule(rp.schedule(loan, plan), loan=loan, plan=plan)


@FEW
@given(cases(loans(last_due=None), longest=12))
def test_a_schedule_is_the_same_as_rows_as_text_and_as_minor_units(case):
    loan, plan = case
    schedule = rp.schedule(loan, plan)
    if schedule.decimals == loan.decimals:
        check_schedule(schedule.rows, loan=loan, plan=plan)
        check_schedule(text(schedule), loan=loan, plan=plan)
        cells = zip(*text(schedule).values(), strict=True)
        check_schedule([dict(zip(COLUMNS, row, strict=True)) for row in cells], loan=loan, plan=plan)
    check_schedule(dict(schedule.columns), loan=loan, plan=plan, minor=True)
    assert_same_schedule(schedule, text(schedule), decimals=schedule.decimals)


@needs("pandas", "polars", "pyarrow")
@pytest.mark.parametrize("kind", ["pandas", "polars", "arrow"])
def test_frames_of_each_kind_are_read(kind):
    frame = SCHEDULE.to_frame(kind)
    check_schedule(frame, loan=LOAN)
    assert_same_schedule(SCHEDULE, frame)
    wrong = with_cell(SCHEDULE, "fee", 3, 1).to_frame(kind)
    assert [(each.identity, each.row) for each in violations(wrong, principal=12000)] == [("payment", 3)]


@needs("pandas")
def test_gaps_and_floats_of_a_frame_are_read_exactly():
    import pandas as pd

    frame = pd.DataFrame({"interest": [10.07, 5.0], "principal": [500.1, 499.9], "payment": [510.17, 504.9]})
    frame["closing"], frame["fee"] = [499.9, 0.0], pd.array([None, "0"], "string")
    check_schedule(frame, principal="1000")
    frame.loc[0, "interest"] = 10.075
    with pytest.raises(rp.InputError) as error:
        check_schedule(frame, principal="1000")
    assert (error.value.code, error.value.field) == (rp.Code.NOT_WHOLE_UNITS, "interest[0]")


@FEW
@given(portfolios(most=4))
def test_every_outcome_of_a_portfolio_keeps_the_identities(portfolio):
    check_outcome(rp.schedule(portfolio.loans, portfolio.plans, template=portfolio.template))


THEIRS = {"payment": "due", "closing": "balance", "fee": "fees", "days": None}


@pytest.mark.parametrize("name", ["LoanRepayment-025-01", "LoanRepayment-029-01"])
def test_published_schedules_of_another_system_keep_the_identities(name):
    # Apache Fineract's own tests: source and licence in tests/data/fineract/README.md.
    case = fineract.cases()[name]
    terms = {"principal": case["terms"]["principal"], "columns": THEIRS}
    terms |= {"annual_rate": "0.12", "day_count": "periods", "rounding": rp.Rounding(interest="half_even")}
    check_schedule(case["expect"]["rows"], **terms)
    row = case["expect"]["rows"][7]
    row["interest"] = str(Decimal(row["interest"]) + Decimal("0.01"))
    found = violations(case["expect"]["rows"], **terms)
    assert [(each.identity, each.row, each.difference) for each in found] == [
        ("payment", 7, Decimal("-0.01")),
        ("accrual", 7, Decimal("0.01")),
    ]


# What is wrong is seen


@SOME
@given(st.data())
def test_a_cell_that_is_one_unit_off_is_seen_in_its_row(data):
    loan, plan = data.draw(cases(longest=12))
    schedule = rp.schedule(loan, plan)
    name = data.draw(st.sampled_from(COLUMNS))
    row = data.draw(st.integers(0, len(schedule) - 1))
    wrong = with_cell(schedule, name, row, data.draw(st.sampled_from((-1, 1))))
    assert row in [each.row for each in violations(wrong, loan=loan, plan=plan)]


@SOME
@given(st.data())
def test_a_cell_that_is_off_is_seen_by_the_identities_alone(data):
    loan, plan = data.draw(cases(longest=12))
    schedule = rp.schedule(loan, plan)
    name = data.draw(st.sampled_from(MONEY))
    row = data.draw(st.integers(0, len(schedule) - 1))
    change = data.draw(st.one_of(st.sampled_from((-1, 1)), st.integers(-(10**9), 10**9).filter(bool)))
    assert row in [each.row for each in violations(with_cell(schedule, name, row, change))]


def changed(**changes):
    """Text columns of the schedule, with other cells."""
    columns = text(SCHEDULE)
    for name, cells in changes.items():
        columns[name] = [cells.get(row, cell) for row, cell in enumerate(columns[name])]
    return columns


@pytest.mark.parametrize(
    ("table", "terms", "seen"),
    [
        (changed(period={3: 5}), {}, {("period", 3)}),
        (changed(due_date={3: "2026-03-31"}), {}, {("order", 3)}),
        (changed(due_date={3: "2026-05-01"}), {"loan": LOAN}, {("due_date", 3)}),
        (changed(days={3: 31}), {"loan": LOAN}, {("days", 3)}),
        (changed(fee={3: "1.00"}), {"loan": LOAN}, {("payment", 3), ("fees", None)}),
        (changed(waived={0: "1.00"}, deferred={0: "119.00"}), {}, {("deferred", None)}),
        (text(SCHEDULE), {"principal": "12000.01"}, {("opening", 0), ("repaid", None)}),
        (text(SCHEDULE), {"carried": "0.01"}, {("deferred", None)}),
        (text(SCHEDULE), {"charges": "0.01"}, {("fees", None)}),
        (text(SCHEDULE), {"left": "0.01"}, {("end", 7), ("repaid", None)}),
        (
            text(SCHEDULE),
            {"loan": replace(LOAN, annual_rate="0.1201")},
            {("accrual", row) for row in range(8)},
        ),
        (
            {"interest": [0, 0], "principal": [9, -4], "payment": [9, -4], "closing": [-4, 0]},
            {"principal": 5},
            {("balance", 0)},
        ),
    ],
)
def test_each_identity_is_named_where_it_is_not_kept(table, terms, seen):
    assert {(each.identity, each.row) for each in violations(table, **terms)} == seen


def test_what_is_drawn_and_forgiven_on_the_way_counts():
    table = {
        "interest": [10, 15, 4],
        "principal": [400, 600, 400],
        "drawn": [900, 0, 0],
        "forgiven": [0, 100, 0],
    }
    table |= {"payment": [410, 615, 404], "closing": [1500, 800, 400]}
    check_schedule(table, principal=1000, left=400)
    table["forgiven"][1] = 99
    assert {(each.identity, each.row) for each in violations(table, principal=1000, left=400)} == {
        ("closing", 1),
        ("repaid", None),
    }


def test_interest_that_every_identity_but_its_own_keeps_is_seen():
    table = text(SCHEDULE)
    for name in ("interest", "interest_paid", "payment"):
        table[name][2] = str(Decimal(table[name][2]) + Decimal("0.01"))
    assert not violations(table)
    assert [(each.identity, each.row) for each in violations(table, loan=LOAN)] == [("accrual", 2)]
    assert not violations(table, loan=LOAN, interest=False)


def test_a_plan_says_which_stage_has_its_own_rate_or_counts_on_its_start():
    for plan in (rp.interest_only(2, rate="0.06") + rp.flat(4), rp.flat(3) + rp.equal_instalment(3)):
        schedule = rp.schedule(LOAN, plan)
        check_schedule(schedule, loan=LOAN, plan=plan)
        assert {each.identity for each in violations(schedule, loan=LOAN)} == {"accrual"}


STEPPED = rp.SteppedRate((("2025-12-31", "0.12"), ("2026-02-10", "0.05"), ("2026-04-03", "0.2")))
BY_PIECE = rp.Rounding(interest_per="piece")


@pytest.mark.parametrize(
    "loan",
    [
        LOAN,
        replace(LOAN, day_count="ACT/365F", rounding=BY_PIECE),
        replace(LOAN, day_count="ACT/ACT ISDA", rounding=BY_PIECE, annual_rate=STEPPED),
    ],
)
@pytest.mark.parametrize(
    "plan",
    [
        rp.equal_principal(3),
        rp.drawdown("1", on="2026-03-15") + rp.equal_principal(3),
        rp.prepayment("5000", on="2026-02-12") + rp.drawdown("900", on="2026-02-20") + rp.flat(4),
        rp.prepayment("100", on="2026-01-31", then="shorten") + rp.equal_instalment(8),
        rp.prepayment("9", on="2029-01-31") + rp.drawdown("100", on="2026-03-31") + rp.fixed_payment("3000"),
        rp.fee("10", financed=True) + rp.fee(share="0.0123", financed=True) + rp.equal_principal(3),
        rp.fee("10", financed=True) + rp.flat(3, interest="total"),
    ],
)
def test_interest_is_derived_where_principal_moves(loan, plan):
    schedule = rp.schedule(loan, plan)
    check_schedule(schedule, loan=loan, plan=plan)
    for row in range(len(schedule)):
        wrong = schedule
        for name in ("interest", "interest_paid", "payment"):
            wrong = with_cell(wrong, name, row, 1)
        found = violations(wrong, loan=loan, plan=plan)
        assert [(each.identity, each.row, each.difference) for each in found] == [
            ("accrual", row, Decimal("0.01"))
        ]


def test_a_fee_that_is_financed_and_a_prepayment_are_what_the_plan_says():
    plan = rp.prepayment("100", on="2026-02-10") + rp.fee("10", financed=True) + rp.equal_principal(3)
    schedule = rp.schedule(LOAN, plan)
    for other in (
        rp.prepayment("200", on="2026-02-10") + rp.fee("10", financed=True) + rp.equal_principal(3),
        rp.prepayment("100", on="2026-02-20") + rp.fee("10", financed=True) + rp.equal_principal(3),
        rp.prepayment("100", on="2026-02-10") + rp.fee("20", financed=True) + rp.equal_principal(3),
    ):
        assert "accrual" in {each.identity for each in violations(schedule, loan=LOAN, plan=other)}


def test_a_plan_without_a_last_row_known_beforehand_has_no_maturity():
    loan = replace(LOAN, day_count="30E/360 ISDA", next_due="2025-12-31", principal="1000")
    plan = rp.fixed_payment("400")
    schedule = rp.schedule(loan, plan)
    assert str(schedule.rows[-1].due_date) == "2026-02-28"
    check_schedule(schedule, loan=loan, plan=plan)


def test_pieces_of_given_terms_are_rounded_by_themselves():
    loan = replace(LOAN, day_count="ACT/365F", rounding=BY_PIECE, annual_rate=STEPPED)
    schedule = rp.schedule(loan, rp.equal_principal(6))
    terms = {"annual_rate": STEPPED, "day_count": "ACT/365F", "rounding": BY_PIECE}
    check_schedule(schedule, start=loan.interest_from, **terms)


def test_a_message_has_the_first_violations_and_how_many_more():
    wrong = text(SCHEDULE) | {"fee": ["1.00"] * 8, "waived": ["1.00"] * 8}
    with pytest.raises(AssertionError) as error:
        check_schedule(wrong)
    lines = str(error.value).splitlines()
    assert isinstance(error.value, InvariantError)
    assert (lines[0], len(lines), lines[-1]) == ("16 violations", 12, "and 6 more")
    figures = "120.00 against 121.00, difference -1.00"
    assert lines[1] == f"row 0: interest = interest_paid + capitalised + deferred + waived: {figures}"
    assert len(error.value.violations) == 16
    assert [each.row for each in error.value.violations[:4]] == [0, 0, 1, 1]


def test_a_difference_is_exact_in_any_decimal_context():
    rows = {"interest": ["0"], "principal": ["123456789012.34"], "payment": ["0"], "closing": ["0"]}
    with localcontext(prec=3):
        found = violations(rows, principal="123456789012.34")
        assert [each.difference for each in found] == [Decimal("-123456789012.34")]


# Interest, by another way


WITHOUT_ROWS = {"arrears", "drawdown", "fee", "forbear", "prepayment"}
ON_THE_BALANCE = ["arrears", "forbear", *sorted(set(STAGES) - WITHOUT_ROWS - {"flat"})]
DAY_COUNTED = loans(
    start=None,
    first_stub="short",
    last_due=None,
    due_dates=rp.DueDates(),
    decimals=2,
    annual_rate=st.sampled_from(("0.0375", "0.12", "1")),
    day_counts=[count.name for count in DAY_COUNTS if count.year is not None and not count.on_grid],
    rounding=st.sampled_from(("half_up", "half_even", "up", "down")).map(lambda m: rp.Rounding(interest=m)),
)


@FEW
@given(cases(DAY_COUNTED, stages=ON_THE_BALANCE, options={"rate": None}, longest=12))
def test_interest_is_the_balance_times_the_rate_times_the_part_of_the_year(case):
    loan, plan = case
    schedule = rp.schedule(loan, plan)
    terms = {"annual_rate": loan.annual_rate, "day_count": loan.day_count, "rounding": loan.rounding}
    terms |= {"start": loan.interest_from, "frequency": loan.frequency}
    terms |= {"carried": loan.overdue_interest + loan.accrued_interest}
    aside = sum((part.amount for part in plan.beside if part.name == "forbear"), Decimal(0))
    check_schedule(schedule, **terms, forborne=aside)
    dates = [loan.interest_from, *(row.due_date for row in schedule.rows)]
    for (start, end), row in zip(pairwise(dates), schedule.rows, strict=True):
        exact = (
            Fraction(row.opening - aside)
            * Fraction(loan.annual_rate)
            * fraction_of_year(start, end, loan.day_count)
            * 100
        )
        off = Fraction(row.interest) * 100 - exact
        mode = loan.rounding.interest
        assert {"up": 0 <= off < 1, "down": -1 < off <= 0}.get(mode, abs(off) <= Fraction(1, 2))


@pytest.mark.parametrize(
    ("mode", "interest"), [("half_up", "0.13"), ("half_even", "0.12"), ("up", "0.13"), ("down", "0.12")]
)
def test_half_a_cent_of_interest_is_rounded_by_the_mode(mode, interest):
    # 12.50 at 12 % for a month: 0.125.
    owed = Decimal("12.50")
    row = {"due_date": "2026-01-31", "interest": interest, "principal": owed, "closing": 0}
    row["payment"] = owed + Decimal(interest)
    terms = {"principal": owed, "annual_rate": "0.12", "day_count": "periods"}
    check_schedule([row], **terms, rounding=rp.Rounding(interest=mode))


# Batches


class Tampered:
    """Schedules of which one cell is a unit off."""

    def __init__(self, schedules, name, at, change):
        self.columns, self.offsets = schedules.by_loan()
        self.columns[name] = self.columns[name].copy()
        self.columns[name][at] += change
        self.row, self._loans, self.totals = schedules.row, schedules._loans, schedules.totals
        self._stored = schedules._stored

    def by_loan(self):
        return self.columns, self.offsets


@FEW
@given(st.data())
def test_a_batch_has_the_violations_of_each_of_its_loans(data):
    portfolio = data.draw(portfolios(most=3))
    out = rp.schedule(portfolio.loans, portfolio.plans, template=portfolio.template)
    if not len(out.value):
        return
    name = data.draw(st.sampled_from([name for name in COLUMNS if name != "days"]))
    at = data.draw(st.integers(0, int(out.value.instalments.sum()) - 1))
    tampered = Tampered(out.value, name, at, data.draw(st.sampled_from((-1, 1))))
    every = defaultdict(list)
    for each in batch_violations(tampered):
        if not each.identity.startswith("total_"):
            every[each.loan].append((each.identity, each.row, each.found, each.expected))
    loans_ = out.value._loans
    for i, row in enumerate(out.value.row.tolist()):
        span = slice(tampered.offsets[i], tampered.offsets[i + 1])
        columns = {name: column[span] for name, column in tampered.columns.items() if name in COLUMNS}
        schedule = replace(out.value.one(i), columns=columns)
        units = {"principal": loans_.balance, "carried": loans_.carried, "charges": loans_.charges}
        if any(part.levy is not None for plan in portfolio.plans for part in plan.beside):
            units["charges"] = None  # fees of the plan are beside those owed
        units = {name: column for name, column in units.items() if column is not None}
        terms = {name: Decimal(int(column[row])).scaleb(-schedule.decimals) for name, column in units.items()}
        alone = violations(schedule, **terms)
        assert every.pop(row, []) == [(each.identity, each.row, each.found, each.expected) for each in alone]
        assert name == "due_date" or not span.start <= at < span.stop or alone
    assert not every


def an_outcome():
    given = {"annual_rate": "0.12", "original_term": 3, "elapsed": 0, "unpaid": 3, "next_due": "2026-01-31"}
    return rp.schedule(rp.Loans.from_columns(principal=["100", "-1", "300"], **given), rp.equal_instalment(3))


def test_the_calls_that_a_check_takes_do_not_grow_with_the_number_of_loans():
    def calls(size):
        given = {"annual_rate": "0.12", "original_term": 9, "elapsed": 0, "next_due": "2026-01-31"}
        unpaid = np.arange(size) % 8 + 2
        out = rp.schedule(
            rp.Loans.from_columns(principal=["100"] * size, unpaid=unpaid, **given),
            rp.equal_instalment(rp.col("unpaid")),
        )
        count = 0

        def trace(frame, event, arg):
            nonlocal count
            count += event in ("call", "c_call")

        sys.setprofile(trace)
        try:
            check_outcome(out)
        finally:
            sys.setprofile(None)
        return count

    assert calls(400) <= calls(40) + 5


def test_a_loan_that_is_lost_or_there_twice_is_seen():
    out = an_outcome()
    check_outcome(out)
    found = batch_violations(replace(out, failures=rp.Failures.none()))
    assert [(each.identity, each.loan, each.found) for each in found] == [("accounted", 1, 0)]
    twice = rp.Failures.at(np.array([1, 2]), rp.Code.MISSING, "x", "")
    with pytest.raises(
        InvariantError, match=r"loan 2, all rows: each loan has .*: 2 against 1, difference 1"
    ):
        check_outcome(replace(out, failures=twice))


def test_a_total_that_is_not_that_of_the_rows_is_seen(monkeypatch):
    out = an_outcome()
    right = out.value.totals()
    monkeypatch.setattr(out.value, "totals", lambda: right | {"fee": right["fee"] + [0, 1]})
    found = batch_violations(out)
    assert [str(each) for each in found] == [
        "loan 2, all rows: fee in totals() = its sum over the rows: 0.01 against 0.00, difference 0.01"
    ]


def test_a_batch_without_any_good_loan_is_checked_too():
    loans_ = rp.Loans.from_columns(
        principal=["-1"], annual_rate="0.12", original_term=3, elapsed=0, unpaid=3, next_due="2026-01-31"
    )
    check_outcome(rp.schedule(loans_, rp.equal_instalment(3)))


# Two schedules


@SOME
@given(st.data())
def test_a_cell_that_differs_is_named(data):
    loan, plan = data.draw(cases(longest=8))
    schedule = rp.schedule(loan, plan)
    name = data.draw(st.sampled_from(COLUMNS))
    row = data.draw(st.integers(0, len(schedule) - 1))
    change = data.draw(st.integers(-500, 500).filter(bool))
    other = with_cell(schedule, name, row, change)
    found = differences(schedule, other)
    assert [(each.identity, each.row) for each in found] == [(name, row)]
    unit = Decimal(1).scaleb(-schedule.decimals) if name in MONEY else 1
    assert found[0].difference == -change * unit
    within = abs(change) * Decimal(1).scaleb(-schedule.decimals)
    assert len(differences(schedule, other, within)) == (name not in MONEY)
    assert [each.difference for each in differences(other, schedule)] == [-found[0].difference]


def test_schedules_of_different_units_and_lengths_are_compared_in_the_finer_unit():
    short = {"payment": ["5.00"]}
    found = differences(short, replace(SCHEDULE, columns={"payment": np.array([50001, 7])}, decimals=4))
    assert [str(each) for each in found] == [
        "row 0: payment: 5.0000 against 5.0001, difference -0.0001",
        "all rows: rows: 1 against 2, difference -1",
    ]


def test_a_report_of_differences_is_read_row_by_row():
    other = with_cell(with_cell(SCHEDULE, "payment", 4, 2), "due_date", 1, 3)
    with pytest.raises(DifferenceError) as error:
        assert_same_schedule(SCHEDULE, other, "0.01")
    assert len(error.value.differences) == 2
    assert str(error.value).splitlines() == [
        "2 differences",
        "row 1: due_date: 2026-02-28 against 2026-03-03, difference -3",
        "row 4: payment: 2071.95 against 2071.97, difference -0.02",
    ]
    assert_same_schedule(SCHEDULE, other, "0.02", columns={"due_date": None})


# What can't be read


@pytest.mark.parametrize(
    ("call", "code", "field"),
    [
        (lambda: check_schedule({"closing": []}), rp.Code.MISSING, "schedule"),
        (lambda: check_schedule([]), rp.Code.MISSING, "schedule"),
        (
            lambda: check_schedule(replace(SCHEDULE, columns={"closing": np.zeros(0)})),
            rp.Code.MISSING,
            "schedule",
        ),
        (lambda: check_schedule(replace(SCHEDULE, columns={})), rp.Code.MISSING, "schedule"),
        (lambda: check_schedule(ONE | {"payment": None}, principal=99), rp.Code.MISSING, "payment"),
        (lambda: check_schedule(ONE | {"interest": None}, principal=99), rp.Code.MISSING, "interest"),
        (lambda: check_schedule(ONE), rp.Code.MISSING, "opening"),
        (lambda: check_schedule(ONE | {"payment": ["x"]}, principal=99), rp.Code.NOT_A_NUMBER, "payment[0]"),
        (lambda: check_schedule(ONE | {"payment": ["0.001"]}), rp.Code.NOT_WHOLE_UNITS, "payment[0]"),
        (lambda: check_schedule(ONE | {"due_date": ["soon"]}), rp.Code.NOT_A_DATE, "due_date[0]"),
        (lambda: check_schedule(ONE, columns={"payment": "rate"}), rp.Code.MISSING, "payment"),
        (lambda: check_schedule(ONE, columns={"instalment": "payment"}), rp.Code.UNKNOWN_VALUE, "columns"),
        (lambda: check_schedule(ONE, principal="-1"), rp.Code.NEGATIVE, "principal"),
        (lambda: check_schedule(SCHEDULE, loan=LOAN, annual_rate="0.1"), rp.Code.DUPLICATE, "annual_rate"),
        (
            lambda: check_schedule(SCHEDULE, loan=LOAN, plan=rp.equal_instalment(8), forborne="1"),
            rp.Code.DUPLICATE,
            "forborne",
        ),
        (lambda: check_schedule(SCHEDULE, annual_rate="0.1"), rp.Code.MISSING, "day_count"),
        (lambda: check_schedule(SCHEDULE, day_count="ACT/360"), rp.Code.MISSING, "annual_rate"),
        (lambda: check_schedule(SCHEDULE, plan=PLAN), rp.Code.MISSING, "loan"),
        (
            lambda: check_schedule(ONE, principal=99, annual_rate="0.12", day_count="ACT/360"),
            rp.Code.MISSING,
            "due_date",
        ),
        (
            lambda: check_schedule(SCHEDULE, loan=replace(LOAN, decimals=3)),
            rp.Code.UNKNOWN_VALUE,
            "decimals",
        ),
        (
            lambda: check_schedule({name: [2**62] for name in ("opening", *ONE)}, minor=True),
            rp.Code.OUT_OF_RANGE,
            "opening[0]",
        ),
        (
            lambda: check_schedule(with_cell(SCHEDULE, "payment", 0, 2**63 - 1)),
            rp.Code.BEYOND_DOMAIN,
            "payment",
        ),
        (lambda: differences(ONE, {"fee": [0]}), rp.Code.MISSING, "columns"),
        (lambda: differences(ONE, ONE, "-1"), rp.Code.NEGATIVE, "tolerance"),
        (lambda: plans(stages=("annuity",)), rp.Code.UNKNOWN_VALUE, "stages"),
        (lambda: plans(stages=("holiday",)), rp.Code.UNKNOWN_VALUE, "stages"),
    ],
)
def test_what_cannot_be_read_is_an_error_with_its_place(call, code, field):
    with pytest.raises(rp.InputError) as error:
        call()
    assert (error.value.code, error.value.field) == (code, field)


def test_a_loan_at_fault_by_its_unit_is_an_error():
    loan = rp.Loan(
        principal="10000000000000.00",
        annual_rate=0,
        original_term=1,
        elapsed=0,
        unpaid=1,
        next_due="2026-01-31",
        rounding=rp.Rounding(instalment="none", interest="none"),
    )
    assert loan.batch.good.all()
    with pytest.raises(rp.InputError) as error:
        check_schedule(replace(SCHEDULE, decimals=8), loan=replace(loan, principal="100000000000.00"))
    assert error.value.code is rp.Code.BEYOND_DOMAIN


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: check_schedule(3), "not int"),
        (lambda: check_schedule("closing"), "not str"),
        (lambda: check_schedule(SCHEDULE, principle=3), "unknown: principle; there are loan, plan"),
        (lambda: loans(principle=3), "a loan has no principle"),
    ],
)
def test_what_is_no_schedule_or_no_term_is_a_type_error(call, said):
    with pytest.raises(TypeError, match=said):
        call()


# Strategies


def test_the_checker_needs_no_hypothesis():
    code = "import sys, repayplan.testing; print(any(n.startswith('hypothesis') for n in sys.modules))"
    made = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert made.stdout.strip() == "False"


@pytest.mark.parametrize("make", [loans, plans, cases, portfolios, rate_paths])
def test_without_hypothesis_the_extra_is_named(make, monkeypatch):
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    with pytest.raises(ImportError, match=r"hypothesis is needed for this: pip install 'repayplan\[test\]'"):
        make()


@FEW
@given(
    loans(principal="1000.00", day_counts=("30E/360",), frequencies=("weekly", "monthly"), fees=st.just(0))
)
def test_loans_are_narrowed_by_values_and_strategies(loan):
    assert (loan.principal, loan.day_count, loan.fees, loan.decimals) == (1000, "30E/360", 0, 2)
    assert loan.frequency in ("weekly", "monthly")


MANY = settings(max_examples=200, derandomize=True, database=None, suppress_health_check=list(HealthCheck))


@settings(MANY, max_examples=1_000)
@given(loans(frequency="daily", next_due=date(2026, 5, 31), day_count="ACT/365F"))
def test_loans_due_on_a_sunday_are_loans(loan):
    """The Saturday before it can be moved beyond it: a loan is refused whose interest runs from there."""
    assert loan.batch.start[0] <= np.datetime64("2026-05-31")


def test_loans_reach_every_corner():
    seen = set()

    @settings(MANY, max_examples=1_000)
    @given(loans())
    def look(loan):
        law, rounding = loan.due_dates, loan.rounding
        seen.update((type(loan.annual_rate).__name__, loan.decimals))
        seen.update((rounding.instalment, rounding.interest, rounding.residue, law.business_day))
        seen.add(rounding.interest_per)
        seen.update(
            name
            for name, reached in {
                "multiple": rounding.instalment_multiple is not None,
                "long first stub": loan.start is not None and loan.first_stub == "long",
                "long final stub": loan.last_due is not None and loan.final_stub == "long",
                "adjusted": law.adjusted and law.business_day != "none",
                "month end": law.month_end,
                "day": law.day is not None,
                "given": law.given is not None,
                "owes all": min(loan.fees, loan.penalty, loan.accrued_interest, loan.overdue_principal) > 0,
                "large": loan.batch.principal[0] > 10**12,
                "tiny": loan.batch.principal[0] < 10,
                "no rate": loan.annual_rate == 0,
            }.items()
            if reached
        )

    look()
    wanted = {"multiple", "long first stub", "long final stub", "adjusted", "month end", "owes all"}
    wanted |= {"large", "tiny", "no rate", "day", "given", "period", "piece", 0, 2, 3, 8}
    wanted |= {"Decimal", "FixedRate", "SteppedRate", "PromotionalRate", "LinkedRate"}
    wanted |= {*get_args(Mode), *get_args(Residue), *get_args(BusinessDay)}
    assert wanted <= seen


def test_what_is_found_shrinks_to_something_plain():
    loan = find(loans(), bool, settings=settings(max_examples=20))
    plain = {"frequency": "monthly", "day_count": "periods", "principal": Decimal("0.01"), "annual_rate": 0}
    assert {name: getattr(loan, name) for name in plain} == plain
    assert (loan.start, loan.last_due, loan.due_dates, loan.rounding) == (
        None,
        None,
        rp.DueDates(),
        rp.Rounding(),
    )


@pytest.mark.parametrize("name", sorted(STAGES))
def test_every_option_of_a_stage_has_values(name):
    hints, size = get_type_hints(STAGES[name]), _Size(10**5, 2, 6, date(2026, 1, 1), agreed=False)
    options = [each for each in signature(STAGES[name]).parameters if each != "n"]
    assert [each for each in options if _arguments(each, hints[each], 6, size) is None] == []


def test_a_stage_that_needs_what_nobody_says_is_left_out(monkeypatch):
    def barter(n, *, goods: object):
        return rp.interest_only(n) if goods == "grain" else None

    monkeypatch.setattr("repayplan.testing.plan_strategies.STAGES", {"flat": rp.flat, "barter": barter})
    assert repr(find(plans(), bool)) == "flat(1)"
    assert repr(find(plans(stages=("barter",), options={"goods": "grain"}), bool)) == "interest_only(1)"


@pytest.mark.slow
def test_every_stage_is_drawn_alone_and_beside_others():
    alone, beside, last, dated = set(), set(), set(), set()

    @settings(MANY, max_examples=1_000)
    @given(plans())
    def look(plan):
        names = [stage.name for stage in (*plan.stages, *plan.beside)]
        (alone if len(names) == 1 else beside).update(names)
        last.add(plan.stages[-1].name)
        dated.update(stage.name for stage in plan.stages if stage.until is not None)

    look()
    assert dated == {"holiday"}
    assert alone == last == set(STAGES) - {"holiday"} - WITHOUT_ROWS
    assert beside == set(STAGES)


@given(plans(stages=("holiday", "interest_only", "custom"), longest=9, most=2, options={"rate": None}))
def test_plans_are_narrowed(plan):
    plan.check()
    assert {stage.name for stage in plan.stages} <= {"holiday", "interest_only", "custom"}
    assert sum(stage.length for stage in plan.stages) <= 9
    assert len(plan.stages) <= 2
    assert all(stage.rate is None for stage in plan.stages)


TO_THE_END = {"then": "lower", "at_least": None, "merge_below": None}


@FEW
@given(
    cases(
        loans(last_due=st.just("2026-12-15"), next_due="2026-01-31", frequencies=("monthly",)),
        options=TO_THE_END,
    )
)
def test_a_plan_for_a_loan_with_a_last_due_date_ends_on_it(case):
    loan, plan = case
    assert len(rp.schedule(loan, plan)) == loan.batch.periods_left[0]


@given(rate_paths("2026-03-01", negative=True), st.integers(0, 4000))
def test_a_path_has_a_rate_from_its_first_day_on(path, days):
    day = np.datetime64("2026-03-01").item() + timedelta(days)
    assert -1 <= path.on(day) <= 1


def test_paths_may_be_below_zero_where_that_is_asked_for():
    found = find(rate_paths(negative=True), lambda path: path.on("2000-01-01") < 0)
    assert found.on("2000-01-01") < 0


def test_the_same_seed_draws_the_same():
    def drawn():
        out = []

        @settings(max_examples=5, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
        @given(cases())
        def test(case):
            out.append(repr(case))

        test()
        return out

    assert drawn() == drawn()


def test_every_identity_has_its_formula_and_violations_have_a_length():
    assert all(IDENTITIES.values())
    assert repr(violations(ONE, principal=99)) == "Violations(0)"
    assert isinstance(violations(ONE, principal=99), Violations)


@pytest.mark.parametrize(
    "plan",
    [
        rp.equal_instalment(7, at_least="5000"),
        rp.fee("2") + rp.equal_instalment(7, at_least="5000", merge_below="4000"),
        rp.prepayment("9000", on="2026-02-28", then="shorten") + rp.equal_instalment(7),
    ],
)
def test_a_plan_that_ends_early_has_not_come_to_its_last_due_date(plan):
    loan = rp.Loan(
        principal="12000",
        annual_rate="0.12",
        original_term=7,
        elapsed=0,
        unpaid=7,
        next_due="2026-01-31",
        last_due="2026-07-15",
    )
    made = rp.schedule(loan, plan)
    assert len(made.rows) < 7
    check_schedule(made, loan=loan, plan=plan)


def test_interest_is_checked_though_a_fee_is_charged():
    loan = rp.Loan(
        principal="12000", annual_rate="0.12", original_term=6, elapsed=0, unpaid=6, next_due="2026-01-31"
    )
    plan = rp.fee("2") + rp.equal_instalment(6)
    columns = {name: column.copy() for name, column in rp.schedule(loan, plan).columns.items()}
    for name in ("interest", "interest_paid", "payment"):
        columns[name][2] += 50_00
    found = violations(columns, loan=loan, plan=plan, minor=True)
    assert [each.identity for each in found] == ["accrual"]


def test_pieces_that_are_rounded_are_derived_by_themselves():
    loan = rp.Loan(
        principal="12345.67",
        annual_rate=rp.SteppedRate((("2025-01-01", "0.12"), ("2026-02-14", "0.07"))),
        original_term=6,
        elapsed=0,
        unpaid=6,
        next_due="2026-01-31",
        day_count="ACT/365F",
        rounding=rp.Rounding(interest_per="piece"),
    )
    check_schedule(rp.schedule(loan, rp.equal_principal(6)), loan=loan, plan=rp.equal_principal(6))


@pytest.mark.parametrize("rule", ["following", "preceding", "modified_following"])
def test_due_dates_that_business_days_bring_together_are_in_order(rule):
    terms = {"principal": "1000", "annual_rate": "0.1", "original_term": 9, "elapsed": 0, "unpaid": 9}
    law = rp.DueDates(business_day=rule, calendar=rp.WEEKENDS)
    loan = rp.Loan(**terms, next_due="2026-06-04", frequency="daily", day_count="ACT/365F", due_dates=law)
    plan = rp.equal_instalment(5)
    made = rp.schedule(loan, plan)
    assert len({row.due_date for row in made.rows}) == 3
    check_schedule(made)
    check_schedule(made.rows, loan=loan, plan=plan)
    check_outcome(rp.schedule(loan.batch, plan))
    # Of rows alone nobody knows that they were moved.
    assert {each.identity for each in violations(made.rows)} == {"order"}
    columns = dict(made.columns)
    columns["due_date"] = columns["due_date"][::-1]
    found = {each.identity for each in violations(replace(made, columns=columns), loan=loan)}
    assert found >= {"order", "due_date"}


STATED = {
    "fee of a plan": (rp.fee("25") + rp.equal_instalment(6), {"fee": 900, "payment": 900}, "fee"),
    "fee each time": (rp.fee("25", when="each") + rp.equal_instalment(6), {"fee": -1, "payment": -1}, "fee"),
    "drawn": (rp.equal_instalment(6), {"drawn": 500, "principal": 500, "payment": 500}, "drawn"),
    "drawn later": (
        rp.drawdown("100", on="2026-04-15") + rp.equal_instalment(6),
        {"drawn": 5, "principal": 5, "payment": 5},
        "drawn",
    ),
    "waived": (rp.equal_instalment(6), {"waived": 1, "interest_paid": -1, "payment": -1}, "waived"),
    "capitalised": (
        rp.equal_instalment(6),
        {"capitalised": 1, "interest_paid": -1, "principal": 1},
        "capitalised",
    ),
}


@pytest.mark.parametrize("name", STATED)
def test_what_a_plan_does_not_state_is_found(name):
    plan, changes, identity = STATED[name]
    loan = rp.Loan(
        principal="12000", annual_rate="0.12", original_term=6, elapsed=0, unpaid=6, next_due="2026-01-31"
    )
    made = rp.schedule(loan, plan)
    assert not violations(made, loan=loan, plan=plan)
    columns = {column: values.copy() for column, values in made.columns.items()}
    for column, units in changes.items():
        columns[column][2] += 100 * units
    found = violations(columns, loan=loan, plan=plan, minor=True)
    assert [(each.identity, each.row, each.difference) for each in found if each.identity == identity] == [
        (identity, 2, changes[identity])
    ]


def test_fees_of_a_plan_beside_fees_owed_are_found_in_all():
    loan = rp.Loan(
        principal="12000",
        annual_rate="0.12",
        original_term=6,
        elapsed=0,
        unpaid=6,
        next_due="2026-01-31",
        fees="40",
    )
    plan = (
        rp.fee(share="0.001", of="balance", when="each") + rp.arrears("fees", over=3) + rp.equal_instalment(6)
    )
    made = rp.schedule(loan, plan)
    assert not violations(made, loan=loan, plan=plan)
    columns = {column: values.copy() for column, values in made.columns.items()}
    columns["fee"][1] += 1
    columns["payment"][1] += 1
    assert [each.identity for each in violations(columns, loan=loan, plan=plan, minor=True)] == ["charged"]


@pytest.mark.parametrize(
    ("terms", "columns", "missing"),
    [
        ({"annual_rate": "0.12"}, None, "day_count"),
        ({"day_count": "30E/360"}, None, "annual_rate"),
        (
            {"annual_rate": "0.12", "day_count": "30E/360"},
            ("principal", "interest", "payment", "opening", "closing"),
            "due_date",
        ),
    ],
)
def test_terms_given_without_a_loan_are_given_whole(terms, columns, missing):
    table = {name: SCHEDULE.columns[name] for name in columns or SCHEDULE.columns}
    with pytest.raises(rp.InputError) as caught:
        check_schedule(table, minor=True, **terms)
    assert (caught.value.code, caught.value.field) == (rp.Code.MISSING, missing)
