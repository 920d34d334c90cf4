"""Where one value is needed, a column is none: it is refused by name, not read as its first value."""

import numpy as np
import pytest

import repayplan as rp
from extras import needs

LOAN = {"principal": "12000", "annual_rate": "0.12", "original_term": 12, "elapsed": 0, "unpaid": 12}
LOAN |= {"next_due": "2026-01-31"}
ASKED = {"id": "a", "hardship": "illness", "applied_on": "2026-03-02"}
PAID = {"kind": "payment", "value_date": "2026-02-03", "amount": "500", "reference": "T1"}
FIELDS = (
    (
        rp.Loan,
        LOAN,
        "principal annual_rate unpaid next_due fees frequency day_count currency decimals spread",
    ),
    (rp.Household, {"net_income": "1"}, "adults net_income other_debts region tenure assessed decimals"),
    (rp.Application, ASKED, "id hardship applied_on declared_income requested_months willing last_plan"),
    (rp.Event, PAID, "kind reference component interest reason reverses frequency keeps correction"),
)
COLUMNS = (range(5, 8), rp.minor([500000, 900000]), np.array(["5", "6"]), np.array([[5]]), ["5", "6"], [], {})


@pytest.mark.parametrize(("made", "given", "field"), [(m, g, f) for m, g, fs in FIELDS for f in fs.split()])
def test_a_column_is_refused_by_its_name(made, given, field):
    for column in COLUMNS:
        if field in ("net_income", "other_debts") and isinstance(column, dict):
            continue  # several sources by name, of which there are none
        with pytest.raises(rp.InputError, match="one value: many") as caught:
            made(**given | {field: column})
        assert (caught.value.field, caught.value.code) == (field, rp.Code.UNKNOWN_VALUE)


@needs("pandas")
def test_a_series_is_refused_and_one_of_a_single_row_is_its_value():
    import pandas as pd

    for field, cells in {
        "principal": ["5000", "9000"],
        "next_due": ["2026-01-31"] * 2,
        "unpaid": [3, 4],
    }.items():
        with pytest.raises(rp.InputError, match="one value: many loans"):
            rp.Loan(**LOAN | {field: pd.Series(cells)})
    assert rp.Loan(**LOAN | {"principal": pd.Series(["5000"])}).principal == 5000


def test_a_column_among_the_parts_of_a_figure_is_refused_by_the_parts_name():
    for field, given in {
        "costs.rent": {"costs": {"rent": (["900", "800"], "monthly")}},
        "net_income": {"net_income": (range(2), "weekly")},
        "net_income.shop": {"net_income": {"shop": ["1", "2"]}},
    }.items():
        with pytest.raises(rp.InputError, match="one value: many") as caught:
            rp.Household(**{"net_income": "1"} | given)
        assert caught.value.field == field
    with pytest.raises(rp.InputError, match="one value: many") as caught:
        rp.Application(**ASKED, evidence={"medical_certificate": ("2026-02-20", ["M-1", "M-2"])})
    assert caught.value.field == "evidence.medical_certificate"


@pytest.mark.parametrize("columns", [[1], "x", 3, {1: 2}])
def test_further_columns_that_have_no_names_are_refused_as_a_batchs_are(columns):
    for made in (rp.Loan, rp.Loans.from_columns):
        with pytest.raises(rp.InputError, match="columns by their names") as caught:
            made(**LOAN, columns=columns)
        assert (caught.value.field, caught.value.code) == ("columns", rp.Code.UNKNOWN_VALUE)
    assert rp.Loan(**LOAN, columns=None).columns is rp.Loan(**LOAN).columns is None
