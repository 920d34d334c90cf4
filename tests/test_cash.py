"""Cash received against cash due: which money is in the measure, and which accounts."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest

import repayplan as rp
from repayplan import Code, InputError
from repayplan.programmes.cash import fell_due, window_begin
from test_history import CIVIL, LATE

TERMS = rp.AccountTerms(overdue=replace(LATE, tolerance="0"), allocation=CIVIL)
RULE = rp.EvaluationRule(
    overdue_from_days=1, default_from_days=60, cured_after=2, window_months=3, buckets=rp.Buckets.example("months")
)  # fmt: skip


def accounts(size, start, amount, days):
    """Accounts without interest, of the same instalments each."""
    return rp.Accounts.from_columns(
        TERMS,
        rate=["0"] * size,
        start=[start] * size,
        account=[i for i in range(size) for _ in days],
        due_date=days * size,
        principal=[amount] * (size * len(days)),
        interest=["0"] * (size * len(days)),
    )


def events(rows, kind="payment"):
    """Of rows of account, day and amount."""
    return rp.Events.from_columns(
        account=np.array([row[0] for row in rows], np.int64),
        kind=kind,
        value_date=[row[1] for row in rows],
        amount=[row[2] for row in rows],
        reference=[str(k) for k in range(len(rows))],
    )


def at(batch, paid, day):
    return rp.replay(batch, paid, as_of=day, history=True).value


def monthly(first, months, day):
    """The due dates of a number of months, on a day of the month or its last."""
    found = []
    for k in range(months):
        year, month = divmod(first.year * 12 + first.month - 1 + k, 12)
        head = date(year, month + 1, 1)
        last = (head + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        found.append(min(head + timedelta(days=day - 1), last).isoformat())
    return found


@pytest.mark.parametrize("months", [1, 3, 12])
def test_a_window_of_so_many_months_holds_so_many_instalments(months):
    ends = rp.month_ends("2027-01-01", "2028-12-31")
    for day in (1, 15, 28, 29, 30, 31):
        batch = accounts(len(ends), "2025-11-30", "1", monthly(date(2025, 12, 1), 48, day))
        held = at(batch, events([]), "2025-12-01")
        due = fell_due(held, window_begin(ends, months), ends)
        assert due.tolist() == [100 * months] * len(ends)
    mid = np.array(["2026-05-15"], "M8[D]")
    assert window_begin(mid, 3).tolist() == [date(2026, 2, 15)]
