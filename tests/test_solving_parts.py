"""A large batch is solved in parts: every loan gets what it gets in a batch that isn't cut."""

import numpy as np
import pytest

from repayplan import UNKNOWN, Loans, col, equal_instalment, minor, solve_length, solve_rate
from repayplan.plans import answers

SIZE, PART = 11, 4
OWED = 1_000_000 + 54_321 * np.arange(SIZE)
TERM = 12 + 6 * np.arange(SIZE) % 30
PAID = minor(OWED // TERM + 1_000 * (np.arange(SIZE) - 1))  # less than without interest, too
BALLOON = minor(1_000 * np.arange(SIZE))
SOLVED = {
    "rate": lambda loans: solve_rate(loans, equal_instalment(col("unpaid")), instalment=PAID),
    "rate, one instalment for all": lambda loans: solve_rate(
        loans, equal_instalment(col("unpaid")), instalment="900"
    ),
    "rate, a column of the caller's": lambda loans: solve_rate(
        loans, equal_instalment(col("own")), instalment=PAID
    ),
    "rate, one balloon a loan": lambda loans: solve_rate(
        loans, equal_instalment(col("unpaid"), balloon=BALLOON), instalment=PAID
    ),
    "rate of a given instalment": lambda loans: solve_rate(
        loans, equal_instalment(col("unpaid"), instalment="900")
    ),
    "length": lambda loans: solve_length(loans, equal_instalment(UNKNOWN), instalment=PAID),
    "length of a given instalment": lambda loans: solve_length(
        loans, equal_instalment(UNKNOWN, instalment="900")
    ),
}


def said(outcome):
    failures = [(f.row, f.code, f.field, f.value, f.limit) for f in outcome.failures]
    return outcome.row.tolist(), outcome.value.tolist(), failures


@pytest.mark.parametrize("name", SOLVED)
def test_a_batch_in_parts_says_what_it_says_at_once(name, monkeypatch):
    owed = np.where(np.arange(SIZE) % 5 == 3, -1, OWED)
    loans = Loans.from_columns(
        principal=minor(owed),
        annual_rate="0.05",
        original_term=TERM,
        elapsed=0,
        unpaid=TERM,
        next_due="2026-01-31",
        columns={"own": TERM},
    )
    whole = said(SOLVED[name](loans))
    assert whole[0]
    assert {3, 8} <= {failure[0] for failure in whole[2]}
    monkeypatch.setattr(answers, "PART", PART)
    assert said(SOLVED[name](loans)) == whole
