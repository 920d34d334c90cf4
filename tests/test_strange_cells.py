"""Cells that hold no value a field could have: a code for their row, or the field's own exception."""

import numpy as np
import pytest

import repayplan as rp

GOOD = {
    "principal": "100.00",
    "annual_rate": "0.1",
    "original_term": 12,
    "elapsed": 2,
    "unpaid": 10,
    "next_due": "2026-01-31",
    "frequency": "monthly",
    "first_stub": "short",
}
LONG = ["1" * 5000, 10**5000, "0." + "1" * 5000, "-" + "9" * 1001]
STRANGE = [[1], [1, 2], [], (1,), {}, {1}, np.array([1]), object(), 1 + 1j]


@pytest.mark.parametrize("field", sorted(GOOD))
@pytest.mark.parametrize("cell", [*LONG, *STRANGE], ids=lambda cell: str(type(cell).__name__))
def test_a_strange_cell_is_a_fault_of_its_row(field, cell):
    columns = {name: [value] * 3 for name, value in GOOD.items()}
    columns[field] = [GOOD[field], cell, GOOD[field]]
    loans = rp.Loans.from_columns(**columns)
    assert [failure.row for failure in loans.failures] == [1]
    assert next(iter(loans.failures)).field == field
    assert all(failure.text() for failure in loans.failures)
    assert loans.principal[[0, 2]].tolist() == [100_00, 100_00]


@pytest.mark.parametrize("field", sorted(GOOD))
@pytest.mark.parametrize("value", [*LONG, [], [1, 2], {}, {1}, 1 + 1j], ids=lambda cell: type(cell).__name__)
def test_of_one_loan_it_is_an_exception_with_the_field(field, value):
    with pytest.raises(rp.InputError) as caught:
        rp.Loan(**GOOD | {field: value})
    assert caught.value.field == field


def test_what_a_narrow_float_has_lost_is_shown():
    loans = rp.Loans.from_columns(**GOOD | {"principal": np.array([12000.1, 0.5], np.float32)})
    (failure,) = loans.failures
    assert (failure.row, failure.code, failure.value) == (0, rp.Code.NOT_WHOLE_UNITS, "12000.099609375")


def test_past_maturity_months_are_used_up_whichever_way_that_is_said():
    limit = rp.ExtensionLimit(percent="50", reading="beyond_original_maturity")
    plain = {"principal": "12000", "annual_rate": "0.12", "original_term": 24, "months_extended": 6}
    counted = rp.Loan(**plain, elapsed=30, unpaid=6, next_due="2026-01-31")
    dated = rp.Loan(**plain, elapsed=24, unpaid=6, next_due="2026-01-31", original_maturity="2025-06-30")
    for loan in (counted, dated):
        assert limit.permits(loan, rp.equal_instalment(6)).allowed
        assert not limit.permits(loan, rp.equal_instalment(7)).allowed


@pytest.mark.parametrize(
    "cells", [[np.float32(0.1), "5"], [np.float32(0.1), 5], [np.float32(0.1), np.float32(5)]]
)
def test_a_narrow_float_is_read_the_same_whatever_is_beside_it(cells):
    loans = rp.Loans.from_columns(**GOOD | {"principal": cells})
    assert [(f.row, f.code, f.value) for f in loans.failures] == [
        (0, rp.Code.NOT_WHOLE_UNITS, "0.10000000149011612")
    ]


def test_no_due_date_has_a_year_of_five_digits():
    years = {"principal": ["1000"] * 2, "frequency": ["10-yearly", "annual"]}
    got = rp.schedule(rp.Loans.from_columns(**GOOD | years), rp.equal_principal(1_000))
    assert [(f.row, f.code, f.field) for f in got.failures] == [(0, rp.Code.OUT_OF_RANGE, "plan")]
    assert got.value.one(0).rows[-1].due_date.year > 3000


def test_extreme_plans_give_no_warnings():
    # pytest makes errors of them: 2 to the power of 3,660 periods is more than a double holds.
    for frequency in ("quarterly", "annual"):
        for residue in ("last", "first", "spread"):
            rounding = rp.Rounding(instalment="up", residue=residue)
            some = {"principal": ["12000", "1200"], "annual_rate": ["0.12", "1"], "rounding": rounding}
            loans = rp.Loans.from_columns(**GOOD | some | {"frequency": frequency})
            got = rp.schedule(loans, rp.equal_instalment(np.array([12, 3_660])))
            assert len(got.value) == 2
