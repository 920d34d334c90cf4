"""Plans that are looked at once at the end have the rows of plans that are watched row by row."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples import examples
from repayplan import (
    Code,
    Loan,
    Loans,
    Rounding,
    SteppedRate,
    bullet,
    equal_instalment,
    equal_principal,
    flat,
    holiday,
    interest_only,
    minor,
    schedule,
)
from repayplan.kernel import amortise, byrow, periodic, uneven
from repayplan.plans import layout
from repayplan.plans.periodcounts import TooFineError

PLANS = (
    equal_instalment(20),
    equal_principal(20),
    flat(20),
    bullet(6, interest="compound"),
    holiday(3, interest="capitalise") + equal_instalment(30),
    holiday(3, interest="capitalise_at_end") + equal_instalment(30),
    interest_only(3) + equal_principal(9),
    equal_principal(4) + equal_instalment(150),
    equal_instalment(5) + holiday(2, interest="defer", repay="last") + equal_instalment(40),
)
PATH = SteppedRate((("2020-01-01", "0.05"), ("2026-09-11", "0.5"), ("2027-03-01", "0.01")))


def rows(loans, plan):
    made = schedule(loans, plan)
    columns, _ = made.value.by_loan()
    failures = [(f.row, f.code, f.field, f.value, f.limit) for f in made.failures]
    return made.row.tolist(), {name: column.tolist() for name, column in columns.items()}, failures


@examples(60)
@given(
    owed=st.lists(st.integers(1, 3_000), min_size=1, max_size=8),
    plan=st.sampled_from(PLANS),
    rate=st.sampled_from(["0", "0.05", "0.6", "1"]),
    multiple=st.sampled_from(["0.01", "0.10", "1", "5"]),
    mode=st.sampled_from(["half_up", "up", "down"]),
    residue=st.sampled_from(["last", "first", "spread"]),
    changes=st.booleans(),
    day_count=st.sampled_from(["periods", "ACT/365F"]),
)
def test_rows_are_the_same_whenever_they_are_looked_at(
    owed, plan, rate, multiple, mode, residue, changes, day_count
):
    loans = Loans.from_columns(
        principal=minor(np.array(owed)),
        annual_rate=rate,
        original_term=20,
        elapsed=0,
        unpaid=20,
        next_due="2026-01-31",
        day_count=day_count,
        rounding=Rounding(instalment=mode, instalment_multiple=multiple, residue=residue),
        rate_paths=(PATH,),
        rate_index=0 if changes else -1,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(amortise, "_may_be_calm", lambda _: False)
        watched = rows(loans, plan)
    assert rows(loans, plan) == watched


def test_few_loans_over_uneven_periods_are_discounted_as_many_are(monkeypatch):
    later = np.tile([[31], [28], [31], [30]], (15, 1))
    given = (np.array([3e-4, 1e-4, 0.0]), np.array([20, 31, 0]), later, np.zeros(3, np.int64))
    count = np.array([60, 1, 17])
    few = uneven.annuity(*given, count)
    monkeypatch.setattr(uneven, "FEW_CELLS", 0)
    many = uneven.annuity(*given, count)
    np.testing.assert_allclose(few.worth, many.worth, rtol=1e-13)
    np.testing.assert_allclose(few.last, many.last, rtol=1e-13)
    assert few.free.tolist() == many.free.tolist() == [False, False, True]


def test_only_the_loans_that_are_wrong_are_written_again(monkeypatch):
    seen, run = [], byrow.Part.run

    def noted(part, work, chosen, room):
        made = run(part, work, chosen, room)
        seen.append((part.heed, len(chosen), int(made[1].sum())))
        return made

    monkeypatch.setattr(byrow.Part, "run", noted)
    loans = Loans.from_columns(
        principal=minor(np.array([30, 1_200_000, 2_400_000])),
        annual_rate="0.12",
        original_term=36,
        elapsed=0,
        unpaid=36,
        next_due="2026-01-31",
    )
    assert schedule(loans, equal_instalment(36)).row.tolist() == [0, 1, 2]
    heed = byrow.Heed
    assert seen == [(heed.AFTERWARDS, 3, 2), (heed.AFTERWARDS, 2, 2), (heed.EVERY_ROW, 1, 1)]
    seen.clear()  # the last row of three cents in three rows repays one
    terms = {"original_term": 3, "elapsed": 0, "unpaid": 3, "next_due": "2026-01-31"}
    free = Loan(principal="0.03", annual_rate="0", **terms)
    assert [row.principal for row in schedule(free, equal_instalment(3)).rows] == [Decimal("0.01")] * 3
    assert seen == [(heed.AFTERWARDS, 1, 1)]


@pytest.mark.parametrize("kinds", [8, 0])
def test_loans_of_one_calendar_share_its_factors(kinds, monkeypatch):
    """Many loans with the same due dates: a factor for each length of a period, or for each unit."""
    size, rng = 12, np.random.default_rng(3)
    loans = Loans.from_columns(
        principal=minor(rng.integers(10**5, 10**8, size)),
        annual_rate=rng.integers(100, 3_600, size) / 10_000,
        original_term=30,
        elapsed=0,
        unpaid=30,
        next_due="2026-01-31",
        day_count="ACT/365F",
    )
    plan, seen = equal_instalment(30), []
    alone = [schedule(loans.one(i), plan).columns for i in range(size)]
    unique = np.unique
    monkeypatch.setattr(periodic, "FEW_CELLS", 0)
    monkeypatch.setattr(periodic, "SMALL", 0)
    monkeypatch.setattr(periodic, "FEW_KINDS", kinds)
    monkeypatch.setattr(periodic.np, "unique", lambda *args, **more: seen.append(1) or unique(*args, **more))
    columns, offsets = schedule(loans, plan).value.by_loan()
    assert seen
    for i, own in enumerate(alone):
        for name in ("interest", "principal", "payment", "closing"):
            assert columns[name][offsets[i] : offsets[i + 1]].tolist() == own[name].tolist()


@pytest.mark.parametrize("taken_apart", ["by cells", "by denominator"])
def test_loans_that_are_laid_out_in_pieces_are_each_as_alone(taken_apart, monkeypatch):
    """Days of 365 and 366: in pieces where a table would be large, or where no denominator is common."""
    size, rng = 9, np.random.default_rng(5)
    loans = Loans.from_columns(
        principal=minor(rng.integers(10**5, 10**8, size)),
        annual_rate=rng.integers(100, 3_600, size) / 10_000,
        original_term=30,
        elapsed=0,
        unpaid=30,
        next_due=np.datetime64("2027-12-01") + rng.integers(0, 27, size),
        day_count="ACT/ACT ISDA",
    )
    plan, pieces, factors = equal_instalment(30), [], layout.factors
    alone = [schedule(loans.one(i), plan).columns for i in range(size)]

    def noted(loans, plan, some, *args):
        if taken_apart == "by denominator" and len(some) > 2:
            raise TooFineError("3e9", "2e9")
        pieces.append(len(some))
        return factors(loans, plan, some, *args)

    monkeypatch.setattr(layout, "factors", noted)
    if taken_apart == "by cells":
        monkeypatch.setattr(layout, "CELLS", 90)
    made = schedule(loans, plan)
    assert made.row.tolist() == list(range(size))
    assert sum(pieces) == size
    assert max(pieces) <= 3
    columns, offsets = made.value.by_loan()
    for i, own in enumerate(alone):
        for name in ("interest", "principal", "payment", "closing"):
            assert columns[name][offsets[i] : offsets[i + 1]].tolist() == own[name].tolist()


def test_a_loan_that_is_too_fine_by_itself_is_refused_and_no_other(monkeypatch):
    loans = Loans.from_columns(
        principal=["1000", "2000", "3000", "4000", "5000"],
        annual_rate="0.12",
        original_term=12,
        elapsed=0,
        unpaid=12,
        next_due="2026-01-31",
        day_count="ACT/365F",
    )
    plan, factors = equal_instalment(12), layout.factors
    alone = [schedule(loans.one(i), plan).columns["payment"].tolist() for i in range(5)]

    def fine(loans, plan, some, *args):
        if 3 in some:
            raise TooFineError("3e9", "2e9")
        return factors(loans, plan, some, *args)

    monkeypatch.setattr(layout, "factors", fine)
    made = schedule(loans, plan)
    assert [(f.row, f.code, f.field, f.limit) for f in made.failures] == [
        (3, Code.BEYOND_DOMAIN, "annual_rate", "2e9")
    ]
    assert made.row.tolist() == [0, 1, 2, 4]
    columns, offsets = made.value.by_loan()
    for k, i in enumerate(made.row.tolist()):
        assert columns["payment"][offsets[k] : offsets[k + 1]].tolist() == alone[i]
