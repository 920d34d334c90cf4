"""Cash received against cash due: which money is in the measure, and which accounts."""

import re
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
    overdue_from_days=1,
    default_from_days=60,
    cured_after=2,
    window_months=3,
    buckets=rp.Buckets.example("months"),
)


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


OLD_DAYS = [f"2026-{m:02}-28" for m in range(1, 13)]
NEW_DAYS = [f"2026-{m:02}-10" for m in range(4, 13)]


def programme(first=(), second=(), known=None, *, before=None, until="2026-08-31", size=4):
    """The three batches of twelve instalments and nine after 10 March."""
    old, new = accounts(size, "2025-12-31", "100", OLD_DAYS), accounts(size, "2026-03-10", "100", NEW_DAYS)
    known = [*first, *second] if known is None else known
    then = at(old if before is None else before, events(first), "2026-03-09")
    return then, at(new, events(second), until), at(old, events(known), until)


def judged(first=(), second=(), known=None, **more):
    then, after, contract = programme(first, second, known, **more)
    return rp.evaluate(then, after, contract=contract, rule=RULE)


def refused(make):
    with pytest.raises(InputError) as caught:
        make()
    return caught.value.code, caught.value.field


def test_a_contract_without_payments_from_before_is_refused():
    first = [(i, day, "100") for i in range(4) for day in OLD_DAYS[:2]]
    second = [(i, day, "100") for i in range(2) for day in OLD_DAYS[2:8]]
    assert judged(first, second).figure("overdue.count.contract.after").value == Decimal("0.5")
    assert refused(lambda: judged(first, second, second)) == (Code.OUT_OF_RANGE, "contract[0]")
    gone = [each for each in (*first, *second) if each != (2, OLD_DAYS[1], "100")]
    assert refused(lambda: judged(first, second, gone)) == (Code.OUT_OF_RANGE, "contract[2]")
    # What was booked after the first look is known today.
    assert judged(first[:3], second, [*first, *second]).accounts == 4


@pytest.mark.parametrize(
    "other",
    [
        accounts(4, "2025-12-31", "999", OLD_DAYS),
        accounts(4, "2025-12-31", "100", [*OLD_DAYS[:-1], "2026-12-29"]),
        accounts(4, "2025-12-31", "100", [*OLD_DAYS, "2027-01-28"]),
    ],
)
def test_other_accounts_before_are_refused(other):
    assert refused(lambda: judged(before=other)) == (Code.UNKNOWN_VALUE, "before[0]")
    mixed = accounts(4, "2025-12-31", "100", OLD_DAYS)
    mixed.principal[3 * 12 + 7] += 1
    assert refused(lambda: judged(before=mixed)) == (Code.UNKNOWN_VALUE, "before[3]")
    assert judged(before=accounts(4, "2025-12-31", "100", OLD_DAYS)).accounts == 4


def test_what_came_in_before_the_plan_began_is_recovered_too():
    down, second = (
        [(0, "2026-03-09", "10"), (0, "2026-03-10", "80")],
        [(i, NEW_DAYS[0], "100") for i in range(3)],
    )
    old, new = accounts(4, "2025-12-31", "100", OLD_DAYS), accounts(4, "2026-04-01", "100", NEW_DAYS)
    found = rp.evaluate(
        at(old, events([]), "2026-03-09"),
        at(new, events(second), "2026-05-31"),
        contract=at(old, events([*down, *second]), "2026-05-31"),
        rule=RULE,
        budget=rp.Budget(lines=(rp.BudgetLine(name="staff", plan="200", actual="190"),)),
    )
    total = found.figure("recovered.total")
    assert (total.amount, total.n) == (380, 3)
    assert found.rows("recovered.total").columns["part"].tolist() == [8000, 10000, 10000, 10000]
    gap = found.figure("recovered.part", "before_plan")
    assert (gap.amount, gap.n, len(found.rows(gap.name, gap.group))) == (80, 1, 1)
    parts = [each.amount for each in found.figures if each.name == "recovered.part"]
    assert sum(parts) == total.amount
    # Two instalments of 100 were missing of each.
    assert found.figure("recovered.of_overdue").amount == 180 + 100 + 100
    assert found.figure("budget.return").value == 1


@pytest.mark.parametrize("kind", ["early_repayment", "payment", "settlement"])
def test_whoever_has_paid_ahead_or_has_ended_is_not_overdue_by_cash(kind):
    """Everything on 15 April; by October the window has nothing but what was paid before it."""
    old, size = OLD_DAYS, 2
    plan = accounts(size, "2026-03-10", "100", [*NEW_DAYS, "2027-01-10", "2027-02-10", "2027-03-10"])
    batch = accounts(size, "2025-12-31", "100", old)
    paid = events([(i, "2026-04-15", None if kind == "settlement" else "1200") for i in range(size)], kind)
    for day, n in (("2026-05-31", 2), ("2026-10-31", 2 * (kind == "payment"))):
        found = rp.evaluate(
            at(batch, events([]), "2026-03-09"), at(plan, paid, day), contract=at(batch, paid, day), rule=RULE
        )
        figure = found.figure("overdue.count.cash.after")
        # Up to the settlement in April nothing was paid of what had fallen due.
        assert (figure.n, figure.count) == (n, n * (kind == "settlement"))
        assert (found.figure("overdue.balance.cash.after").amount or 0) == n * 100 * (kind == "settlement")
        month = found.figure("overdue.count.cash.month", day)
        assert (month.n, month.count) == (figure.n, figure.count)


def test_money_in_advance_is_used_up():
    """Four instalments at once, and nothing after: arrears from before don't count."""
    first = [
        (0, "2026-01-28", "400"),
        (1, "2026-01-28", "100"),
        (2, "2026-02-15", "200"),
        (3, "2026-01-28", "350"),
    ]
    found = judged(first, until="2026-06-30")
    rows = found.rows("overdue.balance.cash.after")
    assert rows.columns["row"].tolist() == [0, 1, 2, 3]
    # April to June: of the first, 100 were ahead on 31 March; of the last, 50.
    assert rows.columns["part"].tolist() == [20_000, 30_000, 30_000, 25_000]
    assert found.figure("cash.received.after").amount == 0


def test_a_loss_stays_in_the_measure_of_cash():
    lost = events([(i, "2026-04-15", None) for i in range(4)], "write_off")
    then, _, _ = programme()
    plan, batch = accounts(4, "2026-03-10", "100", NEW_DAYS), accounts(4, "2025-12-31", "100", OLD_DAYS)
    found = rp.evaluate(then, at(plan, lost, "2026-10-31"), contract=at(batch, lost, "2026-10-31"), rule=RULE)
    figure = found.figure("overdue.count.cash.after")
    assert (figure.n, figure.count) == (4, 4)


def beside(currency="CNY", size=12, amount="50"):
    """Others on the days of :func:`compared`, of which every second pays once."""
    loans = rp.Loans.from_columns(
        principal=["1200"] * size,
        annual_rate="0",
        original_term=12,
        elapsed=0,
        unpaid=12,
        next_due="2026-01-31",
        currency=currency,
    )
    batch = rp.Accounts.of(rp.schedule(loans, rp.equal_instalment(12)).value, TERMS)
    paid = events([(i, "2026-05-28", amount) for i in range(0, size, 2)])
    return batch, at(batch, events([]), "2026-04-29"), at(batch, paid, "2026-06-30")


def compared(others, then, **more):
    _, first, last = beside(amount="60")
    plan = accounts(12, "2026-04-30", "50", [f"2026-{month:02}-28" for month in range(5, 13)])
    after = at(plan, events([(i, "2026-05-28", "60") for i in range(0, 12, 2)]), "2026-06-30")
    comparison = rp.Comparison(before=others, after=then)
    return rp.evaluate(first, after, contract=last, rule=RULE, comparison=comparison, **more)


def test_others_in_another_currency_are_refused():
    for currency, field in (("JPY", "comparison.decimals"), ("USD", "comparison.currency")):
        assert refused(lambda of=currency: compared(*beside(of)[1:])) == (Code.UNKNOWN_VALUE, field)


@pytest.mark.parametrize(("size", "small"), [(1, True), (9, True), (10, False)])
def test_a_comparison_is_as_small_as_its_smaller_group(size, small):
    found = compared(*beside(size=size)[1:])
    for name in ("did.effect", "did.cash"):
        figure = found.figure(name)
        assert (figure.n, "small" in figure.flags) == (12 + size, small)


def test_a_programme_is_not_compared_with_itself():
    batch, first, last = beside(amount="60")
    again = at(batch, last.events, "2026-06-30")
    for then in (last, again):
        assert refused(lambda of=then: compared(first, of)) == (Code.UNKNOWN_VALUE, "comparison")
    nobody = rp.replay(batch, events([]), as_of="2026-06-30").value
    assert compared(first, nobody).figure("did.cash").value == 30


@pytest.mark.parametrize(
    ("currency", "amount", "shown"),
    [("KWD", "60.005", ("360.030", "33.333")), ("JPY", "60", ("360", "33"))],
)
def test_the_summing_up_has_money_to_the_currencys_unit(currency, amount, shown):
    """A goal that is missed by the smallest unit is seen to be missed."""
    least = "0.001" if currency == "KWD" else "1"
    total, cost = shown
    batch, first, last = beside(currency, amount=amount)
    _, others, then = beside(currency, size=6, amount=least)
    missed = Decimal(total) + Decimal(1).scaleb(Decimal(total).as_tuple().exponent)
    found = rp.evaluate(
        first,
        at(batch, events([(i, "2026-05-28", amount) for i in range(0, 12, 2)]), "2026-06-30"),
        contract=last,
        rule=RULE,
        comparison=rp.Comparison(before=others, after=then),
        budget=rp.Budget(lines=(rp.BudgetLine(name="staff", plan="100", actual="100"),)),
        goals=[
            rp.Goal(figure="recovered.total", at_least=missed),
            rp.Goal(figure="budget.cost_per_cured", at_most="40"),
        ],
    )
    cured = replace(found.figure("budget.cost_per_cured"), value=Decimal("33.333333"))
    assert found.figure("did.cash").value == (Decimal(amount) - Decimal(least)) / 2
    figures = tuple(cured if each.name == cured.name else each for each in found.figures)
    goals = (found.goals[0], replace(found.goals[1], reached=cured.value))
    made = rp.summing_up(replace(found, figures=figures, goals=goals), programme="x", currency=currency)
    for language in ("en", "zh"):
        lines = made.markdown(language).splitlines()
        assert sum(f"| {total} |" in line for line in lines) >= 2  # the goal, and the figure
        assert not any(re.search(rf"\| {total}0|\| {cost}\.?3", line) for line in lines)
        assert sum(f"| {cost} |" in line for line in lines) == 2
