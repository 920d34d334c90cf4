"""Large batches take several turns over the rows that are next: each account is still the slow one's."""

import random
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

import account_oracle as slow
import repayplan as rp
from account_cases import PARTS, accounts_of, events_of_many, slow_figures, slow_of
from repayplan.accounts import bookkeeping
from repayplan.kernel import ticks
from repayplan.kernel.near import Near

START, ROWS = date(2024, 1, 10), 5
STANDS = ("first", "reach", "held", "rolled", "carried", "put_off", "paid_on", "within_on", "paid", "over")
"""What books say after a replay."""
PENALTY = rp.OverdueLedger(on=("principal",), rate=rp.OverdueRate(multiplier="1.5"))
COMPOUND = rp.OverdueLedger(
    on=("interest",), rate=rp.OverdueRate(multiplier="1.5"), settled="monthly", settlement_day=20
)
RULES = {
    "two ledgers, a fee": {
        "penalty": PENALTY,
        "compound": COMPOUND,
        "grace_days": 1,
        "late_fee": rp.LateFee(amount="10", share="0.05"),
    },
    "from the due date": {"penalty": PENALTY, "grace_days": 5, "grace_reaches_back": True},
}
PRINCIPAL_FIRST = rp.AllocationRule(
    order=("principal", "interest", "penalty", "compound", "fees", "costs"),
    by="component",
    in_advance="hold",
    source="a test",
)
ORDERS = dict(zip(RULES, (rp.AllocationRule.example("civil-code-561"), PRINCIPAL_FIRST), strict=True))


def happened(draw, plan):
    """Payments about the due dates: in full, a little short, a part, too much; fees, a freeze, a reversal."""
    found = []
    for due, principal, interest, _ in plan.instalments:
        for _ in range(draw.choice((0, 1, 1, 1, 2, 3))):
            day = due + timedelta(draw.choice((-2, 0, 1, 2, 4, 6, 30)))
            whole = principal + interest
            units = draw.choice((whole, whole, whole - 900, whole - 100, whole // 2, 2 * whole, 17))
            kind = draw.choice(
                ("payment", "payment", "payment", "goodwill", "fee", "payment_failed", "reversal")
            )
            more = {"amount": Decimal(units if kind != "fee" else 1_250) / 100}
            paid = [each.reference for each in found if each.kind == "payment" and each.value_date <= day]
            if kind == "reversal" and paid:
                more = {"reverses": draw.choice(paid)}
            elif kind == "reversal":
                kind, more = "freeze", {"until": day + timedelta(5)}
            found.append(rp.Event(kind=kind, value_date=day, reference=f"E{len(found)}", **more))
    return found


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("tolerance", ["0", "10"])
def test_accounts_of_a_large_batch_are_the_slow_accounts(rule, tolerance, monkeypatch):
    usual = {"day_count": "ACT/360", "first_day": "due_date", "rounded": "end", "mode": "half_up"}
    overdue = rp.OverdueRule(**usual | RULES[rule], tolerance=tolerance)
    terms = rp.AccountTerms(overdue=overdue, allocation=ORDERS[rule])
    draw = random.Random(f"{rule} {tolerance}")  # noqa: S311 - no secret
    dues = [START + timedelta(30 * n) for n in range(1, ROWS + 1)]
    lent = [draw.choice((100_000, 60_000, 12_345)) for _ in range(9)]
    plans = [
        slow.Plan(Fraction(12, 100), START, [(due, each // ROWS, each // 100, 0) for due in dues], each)
        for each in lent
    ]
    events = [happened(draw, plan) for plan in plans]
    as_of = [START + timedelta(draw.randint(40, 200)) for _ in plans]
    accounts, happens = accounts_of(plans, terms), events_of_many(events)
    kept, used, replay, of = [], [], bookkeeping.replay, Near.of
    monkeypatch.setattr(
        bookkeeping, "replay", lambda books, *args: kept.append(books) or replay(books, *args)
    )
    plain = rp.replay(accounts, happens, as_of=as_of).value
    monkeypatch.setattr(ticks, "NEAR_FROM", 1)
    monkeypatch.setattr(Near, "of", lambda *args, **more: used.append(of(*args, **more)) or used[-1])
    out = rp.replay(accounts, happens, as_of=as_of)
    many = np.array([len(each.rows) for each in used])
    assert (many > len(plans)).any()  # rows were looked at by themselves, several of an account
    assert {each.moves for each in used} == {tolerance != "0"}
    assert out.row.tolist() == list(range(len(plans)))
    for name in ("paid", "kept"):
        assert np.array_equal(getattr(out.value, name), getattr(plain, name))
    one, other = kept
    for name in STANDS:
        assert np.array_equal(getattr(one, name), getattr(other, name)), name
    for name in ("left", "charged", "rest", "settled", "late_fee"):
        assert np.array_equal(getattr(one.demands, name), getattr(other.demands, name)), name
    # `one(i)` would replay the account by itself: the batch's own columns count here.
    columns = out.value.columns
    for name in type(columns).__slots__:
        mine, others = getattr(columns, name), getattr(plain.columns, name)
        assert np.array_equal(mine, others, equal_nan=mine.dtype.kind == "M"), name
    for i, plan in enumerate(plans):
        units = slow_figures(slow_of(plan, terms, events[i], as_of[i]))
        assert dict(zip(PARTS, columns.owed[i].tolist(), strict=True)) == units["owed"]
        assert (columns.next_due[i].tolist(), int(columns.next_amount[i])) == units["next"]
        for name in ("accrued_interest", "not_due", "held", "payoff", "days_past_due", "instalments_overdue"):
            assert getattr(columns, name)[i] == units[name], name
