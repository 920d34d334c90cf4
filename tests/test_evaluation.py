"""An evaluation's figures against plain loops over accounts replayed one by one, and what it refuses."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from math import isclose

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp
from examples import examples
from extras import needs
from repayplan import Code, InputError, equal_instalment
from repayplan.accounts.component import COMPONENTS
from repayplan.accounts.eventkinds import EVENT_KINDS
from repayplan.programmes.budget import Budget, BudgetLine
from repayplan.programmes.comparison import Comparison
from repayplan.programmes.evaluating import evaluate
from repayplan.programmes.evaluation import EvaluationRule
from repayplan.programmes.figure import AMOUNTS
from repayplan.programmes.followup import CreditFollowUp
from repayplan.programmes.goal import Goal
from repayplan.programmes.labels import FLAGS, LABELS, SECTIONS, section_of
from repayplan.programmes.matching import MatchRule
from repayplan.programmes.proportions import paired_difference, wilson
from repayplan.programmes.standing import taken
from repayplan.programmes.survey import Survey
from test_history import CIVIL, LATE

TERMS = rp.AccountTerms(overdue=replace(LATE, tolerance="0"), allocation=CIVIL)
RULE = EvaluationRule(
    overdue_from_days=1,
    default_from_days=60,
    cured_after=3,
    window_months=3,
    buckets=rp.Buckets.example("months"),
)
BEFORE, NOW = date(2026, 4, 30), date(2026, 10, 31)
OLD_DUE = [date(2026, m, d) for m, d in ((1, 31), (2, 28), (3, 31), (4, 30))]
NEW_DUE = [date(2026, m, d) for m, d in ((5, 31), (6, 30), (7, 31), (8, 31), (9, 30), (10, 31))]


def loans_of(size, principal, months, first):
    return rp.Loans.from_columns(
        principal=[principal] * size,
        annual_rate="0.12",
        original_term=months,
        elapsed=0,
        unpaid=months,
        next_due=first,
    )


def accounts_of(size, principal, months, first):
    loans = loans_of(size, principal, months, first)
    return rp.Accounts.of(rp.schedule(loans, equal_instalment(months)).value, TERMS)


def payments_of(rng, size, days, amount, chance):
    """Payments of some instalments, some of them late, some in part: (account, day, amount)."""
    found = []
    for i in range(size):
        for day in days:
            if rng.random() < chance:
                late = np.timedelta64(int(rng.choice([0, 0, 0, 2, 20])), "D")
                part = Decimal(str(rng.choice(["1", "1", "1", "0.5", "2"])))
                found.append(
                    (i, (np.datetime64(day) + late).item(), (amount * part).quantize(Decimal("0.01")))
                )
    return [each for each in found if each[1] <= NOW]


def events_of(payments, ends=()):
    rows = [(i, "payment", day, amount) for i, day, amount in payments] + list(ends)
    return rp.Events.from_columns(
        account=np.array([each[0] for each in rows], np.int64),
        kind=[each[1] for each in rows],
        value_date=[each[2] for each in rows],
        amount=[each[3] for each in rows],
        reference=[str(k) for k in range(len(rows))],
    )


def made(seed, size=30, order=None):
    """The three batches of a programme, of accounts in an order."""
    rng = np.random.default_rng(seed)
    first = payments_of(rng, size, OLD_DUE, Decimal("1066.19"), 0.6)
    first = [each for each in first if each[1] <= BEFORE]
    second = payments_of(rng, size, NEW_DUE, Decimal(400), 0.75)
    ends = [(0, "settlement", NEW_DUE[2], None), (1, "write_off", NEW_DUE[3], None)]
    order = list(range(size)) if order is None else order
    place = {old: new for new, old in enumerate(order)}
    first, second, ends = ([(place[each[0]], *each[1:]) for each in rows] for rows in (first, second, ends))
    old = accounts_of(size, "12000", 12, "2026-01-31")
    new = accounts_of(size, "9000", 24, "2026-05-31")
    return (
        rp.replay(old, events_of(first), as_of=BEFORE, history=True).value,
        rp.replay(new, events_of(second, ends), as_of=NOW, history=True).value,
        rp.replay(old, events_of(first + second, ends), as_of=NOW, history=True).value,
    )


@cache
def programme():
    return made(5)


def result(seed=5, rule=RULE, **more):
    before, after, contract = programme() if seed == 5 else made(seed)
    return evaluate(before, after, contract=contract, rule=rule, **more)


def six(value):
    return None if np.isnan(value) else Decimal(round(float(value), 6)).quantize(Decimal("0.000001"))


def same(figure, interval, count=None):
    value, low, high = (float(each) for each in (interval.estimate, interval.low, interval.high))
    assert figure.n == interval.n
    for ours, theirs in ((figure.value, value), (figure.low, low), (figure.high, high)):
        assert (ours is None) == np.isnan(theirs)
        assert ours is None or isclose(ours, theirs, abs_tol=6e-7)
    if count is not None:
        assert figure.count == count


@given(st.integers(0, 10**6))
@examples(8)
def test_counts_are_those_of_accounts_one_by_one(seed):
    before, after, contract = made(seed, 9)
    found = evaluate(before, after, contract=contract, rule=RULE)
    size = 9
    old, new, now = ([each.one(i) for i in range(size)] for each in (before, contract, after))

    def overdue(statements):
        return [each.days_past_due >= 1 for each in statements]

    def balance(one):
        return one.not_due + one.owed["principal"]

    looks = {
        "contract": (overdue(old), overdue(new)),
        "plan": (overdue(old), overdue(now)),
    }
    for basis, (then, today) in looks.items():
        for when, flags in (("before", then), ("after", today)):
            same(found.figure(f"overdue.count.{basis}.{when}"), wilson(sum(flags), size), sum(flags))
        pairs = list(zip(today, then, strict=True))
        cells = [pairs.count(cell) for cell in ((True, True), (True, False), (False, True), (False, False))]
        same(found.figure(f"overdue.count.{basis}.change"), paired_difference(*cells))
    for basis, when, statements in (
        ("contract", "before", old),
        ("contract", "after", new),
        ("plan", "after", now),
    ):
        part = sum((balance(one) for one in statements if one.days_past_due), Decimal(0))
        whole = sum((balance(one) for one in statements), Decimal(0))
        figure = found.figure(f"overdue.balance.{basis}.{when}")
        assert figure.amount == part
        assert isclose(figure.value, part / whole, abs_tol=6e-7)
    # Late and cured, one after the other.
    late = [i for i in range(size) if old[i].days_past_due]
    by_contract = [i for i in late if not new[i].days_past_due and new[i].closed is None]
    same(found.figure("cured.contract"), wilson(len(by_contract), len(late)), len(by_contract))
    well = [i for i in late if not now[i].days_past_due and now[i].closed is None]
    for needed in range(1, 7):
        by_plan = [i for i in well if now[i].paid_in_time >= needed]
        other = evaluate(before, after, contract=contract, rule=replace(RULE, cured_after=needed))
        same(other.figure("cured.plan"), wilson(len(by_plan), len(late)), len(by_plan))
    for name, statements in (("contract.before", old), ("contract.after", new), ("plan.after", now)):
        names = [RULE.buckets.name(one.days_past_due) for one in statements]
        for bucket in RULE.buckets.names:
            figure = found.figure(f"days.{name}", bucket)
            same(figure, wilson(names.count(bucket), size), names.count(bucket))
            assert figure.amount == sum(
                (balance(one) for one, mine in zip(statements, names, strict=True) if mine == bucket),
                Decimal(0),
            )
    # Money in, and what it went to.
    paid = [Decimal(str(each)) for each in after.events.amount if each is not None]
    assert found.figure("recovered.total").amount == sum(paid, Decimal(0))
    came = [Decimal(0)] * size
    for i, amount in zip(after.events.account, after.events.amount, strict=True):
        came[i] += Decimal(str(amount or 0))
    missing = [Decimal(int(each)) / 100 for each in before.columns.missing]
    figure = found.figure("recovered.of_overdue")
    assert figure.amount == sum(map(min, came, missing))
    assert isclose(figure.value, figure.amount / sum(missing), abs_tol=6e-7)
    parts = [each for each in found.figures if each.name == "recovered.part"]
    assert sum(each.amount for each in parts) == found.figure("recovered.total").amount


def test_cash_is_what_came_in_of_what_fell_due():
    before, _, contract = programme()
    found, size = result(), len(before)
    events, accounts = contract.events, contract.accounts
    paid = [
        (int(events.account[k]), events.value_date[k].item(), Decimal(str(events.amount[k])))
        for k in range(len(events))
        if events.kind[k] == 0
    ]
    rows = [
        (i, accounts.due[r].item(), Decimal(int(accounts.principal[r] + accounts.interest[r])) / 100)
        for i in range(size)
        for r in range(accounts.offsets[i], accounts.offsets[i + 1])
    ]

    def sums(of, since, until):
        return [sum(amount for i, day, amount in of if i == k and since < day <= until) for k in range(size)]

    for when, until, since in (("before", BEFORE, date(2026, 1, 31)), ("after", NOW, date(2026, 7, 31))):
        came, due = sums(paid, since, until), sums(rows, since, until)
        ahead = zip(sums(paid, date.min, since), sums(rows, date.min, since), strict=True)
        if when == "after":  # the first was settled on 31 July
            due[0] = 0
        short = [
            max(d - c - max(more - less, 0), 0) for d, c, (more, less) in zip(due, came, ahead, strict=True)
        ]
        late, there = sum(each > 0 for each in short), sum(each > 0 for each in due)
        assert 0 < late < sum(d > c for d, c in zip(due, came, strict=True)) or when == "after"
        same(found.figure(f"overdue.count.cash.{when}"), wilson(late, there), late)
        figure = found.figure(f"overdue.balance.cash.{when}")
        assert figure.amount == sum(short)
        assert isclose(figure.value, sum(short) / sum(due), abs_tol=6e-7)
        figure = found.figure(f"cash.received.{when}")
        assert (figure.amount, figure.n) == (sum(came), there)


def test_in_time_is_a_share_of_instalments():
    _, after, _ = programme()
    found = result().figure("on_time")
    columns = after.columns
    # The share is a count of n, as everywhere: of the instalments that were due.
    assert found.n == (columns.all_in_time + columns.all_late).sum() > len(after)
    assert found.count == columns.all_in_time.sum()
    assert found.value == six(found.count / found.n)
    rows = result().rows("on_time").columns
    assert (rows["part"].sum(), rows["whole"].sum()) == (found.count, found.n)
    assert isclose(
        found.value, columns.all_in_time.sum() / (columns.all_in_time + columns.all_late).sum(), abs_tol=6e-7
    )


@pytest.mark.parametrize(
    ("kind", "more", "count"),
    [("payment", {}, 1), ("goodwill", {}, 0), ("waiver", {"component": ["principal"]}, 0)],
)
def test_all_that_is_given_up_cures_nobody(kind, more, count):
    old, new = (accounts_of(1, "900", 12, first) for first in ("2026-01-31", "2026-05-31"))
    none, terms = rp.Events.of([]), {"value_date": ["2026-04-30"], "reference": ["all"]}
    debt = rp.replay(new, none, as_of="2026-04-30").value.columns.payoff
    amount = [Decimal(int(debt[0])) / 100 if kind != "waiver" else "900"]
    ends = rp.Events.from_columns(account=[0], kind=[kind], amount=amount, **terms, **more)
    call = rp.Events.from_columns(
        account=[0, 0],
        kind=["acceleration", kind],
        amount=["", amount[0]],
        value_date=["2026-04-30"] * 2,
        reference=["call", "all"],
        **({"component": ["", "principal"]} if more else {}),
    )
    before = rp.replay(old, none, as_of=BEFORE).value
    contract = rp.replay(old, ends if kind == "payment" else none, as_of=NOW).value
    after = rp.replay(new, call, as_of=NOW, history=True).value
    found = evaluate(before, after, contract=contract, rule=replace(RULE, cured_after=2))
    assert (found.figure("cured.plan").n, found.figure("cured.plan").count) == (1, count)


def test_defaults_and_rolls_are_shares_of_what_was_there():
    found = result()
    months = [each for each in found.figures if each.name == "redefault.left"]
    assert [each.group for each in months] == ["1", "2", "3", "4", "5", "6"]
    for each in months:
        causes = [
            found.figure(f"redefault.{name}", each.group) for name in ("default", "paid_off", "settled")
        ]
        assert isclose(each.value + sum(cause.value for cause in causes), 1, abs_tol=3e-6)
    assert found.figure("redefault.default", "6").value > 0
    assert found.figure("redefault.settled", "6").value > 0
    for name in ("roll.plan", "roll.contract"):
        rows = {}
        for each in found.figures:
            if each.name == name:
                rows.setdefault(each.group.split(" > ")[0], []).append(each)
        assert rows
        for row in rows.values():
            assert sum(each.count for each in row) == row[0].n
            assert isclose(sum(each.value for each in row), 1, abs_tol=1e-5)
    assert [found.figure("ended", name).count for name in ("paid_off", "settled", "written_off")] == [0, 1, 1]


def test_the_overdue_rate_of_each_month_is_that_of_a_replay_to_its_end():
    _, after, contract = programme()
    found = result()
    for name, batch, first in (("contract", contract, "2025-12-31"), ("plan", after, "2026-04-30")):
        figures, money = (
            [each for each in found.figures if each.name == f"overdue.{unit}.{name}.month"]
            for unit in ("count", "balance")
        )
        assert [each.group for each in figures] == [str(day) for day in rp.month_ends(first, NOW)]
        for each, balance in zip(figures, money, strict=True):
            then = rp.replay(batch.accounts, until(batch.events, each.group), as_of=each.group).value
            late = int((then.columns.days_past_due > 0).sum())
            same(each, wilson(late, len(then)), late)
            columns = then.columns
            # Interest, fees and costs that fell due are in it, charges for being late aren't.
            parts = [COMPONENTS.index(part) for part in ("costs", "fees", "interest", "principal")]
            owed = columns.not_due + columns.owed[:, parts].sum(axis=1)
            assert balance.amount == Decimal(int(owed[columns.days_past_due > 0].sum())) / 100
            assert isclose(balance.value, balance.amount * 100 / int(owed.sum()), abs_tol=6e-7)


def test_cash_by_month_is_that_of_an_evaluation_on_its_last_day():
    before, after, contract = programme()
    found = result()
    assert found.figure("overdue.count.cash.month", str(NOW)) == replace(
        found.figure("overdue.count.cash.after"), name="overdue.count.cash.month", group=str(NOW)
    )
    for day in ("2026-05-31", "2026-08-31"):
        then = [
            rp.replay(each.accounts, until(each.events, day), as_of=day, history=True).value
            for each in (after, contract)
        ]
        alone = evaluate(before, then[0], contract=then[1], rule=RULE)
        for unit in ("count", "balance"):
            figure = found.figure(f"overdue.{unit}.cash.month", day)
            assert figure == replace(alone.figure(f"overdue.{unit}.cash.after"), name=figure.name, group=day)
    # Of January only the first instalment has fallen due, and of nobody before.
    assert found.figure("overdue.count.cash.month", "2026-01-31").n == 30
    assert found.figure("overdue.count.cash.month", "2025-12-31").flags == ("small", "missing")


def until(events, day):
    """Events up to a day: nothing that came later was known."""
    at = np.flatnonzero(events.value_date <= np.datetime64(day))
    return rp.Events.from_columns(
        account=events.account[at],
        kind=[EVENT_KINDS[k] for k in events.kind[at]],
        value_date=events.value_date[at],
        amount=[events.amount[k] for k in at],
        reference=events.reference[at],
    )


def test_records_that_are_better_than_the_contract_are_protected():
    _, after, contract = programme()
    held = rp.ReportingRule(basis="plan", source="own")
    found = result(reporting=held).figure("credit.protected")
    late = contract.columns.days_past_due
    better = (late > 0) & (after.columns.days_past_due < late)
    same(found, wilson(int(better.sum()), int((late > 0).sum())), int(better.sum()))
    assert (
        result(reporting=rp.ReportingRule(basis="contract", source="own")).figure("credit.protected").count
        == 0
    )
    assert result().figure("credit.protected").flags == ("not_given",)


@given(st.randoms())
@examples(10)
def test_the_order_of_accounts_does_not_matter(chance):
    order = list(range(30))
    chance.shuffle(order)
    before, after, contract = made(5, order=order)
    found = evaluate(before, after, contract=contract, rule=RULE)
    assert found.figures == result().figures


def test_intervals_hold_what_they_are_of():
    for each in result().figures:
        if each.low is not None:
            assert each.low <= each.value <= each.high
            if not each.name.endswith("change"):
                assert each.low >= 0
                assert each.high <= 1 or each.name.startswith("cash.received")


def test_what_is_not_given_says_so_and_is_no_zero():
    found = result()
    for name in ("credit.protected", "credit.known", "survey.response", "budget.total_actual", "did.effect"):
        figure = found.figure(name)
        assert figure.flags == ("not_given",)
        assert (figure.value, figure.amount, figure.n) == (None, None, 0)
    before, after, contract = programme()
    bare = evaluate(before, after, contract=replace(contract, history=None), rule=RULE)
    assert bare.figure("roll.contract").flags == ("not_given",)


def test_of_nothing_that_fell_due_nothing_is_known():
    before, after, contract = programme()
    # Half a year later; the contracts' last instalments fell due long ago.
    later = date(2027, 6, 30)
    now, old = (
        rp.replay(each.accounts, each.events, as_of=later, history=True).value for each in (after, contract)
    )
    found = evaluate(before, now, contract=old, rule=RULE)
    for unit in ("count", "balance"):
        assert found.figure(f"overdue.{unit}.cash.before").n == 30
        for when in ("after", "change"):
            figure = found.figure(f"overdue.{unit}.cash.{when}")
            assert (figure.n, figure.value, figure.amount) == (0, None, None)
            assert figure.flags == ("small", "missing")
            assert len(found.rows(figure.name)) == 0
    assert found.figure("overdue.balance.cash.month", str(later)).flags == ("small", "missing")
    # What came in where nothing fell due is still money.
    paid = [(i, date(2027, 5, 3), Decimal("10.00")) for i in range(2, 30)]
    now, old = (
        rp.replay(each.accounts, events_of(paid), as_of=later, history=True).value
        for each in (after, contract)
    )
    before = rp.replay(before.accounts, events_of([]), as_of=BEFORE, history=True).value
    found = evaluate(before, now, contract=old, rule=RULE)
    figure = found.figure("cash.received.after")
    assert (figure.n, figure.value, figure.amount, figure.flags) == (0, None, 280, ("small",))
    assert found.rows("cash.received.after").columns["part"].sum() == 28_000


def test_few_cases_are_flagged():
    found = result()
    for each in found.figures:
        if "not_given" not in each.flags:
            assert ("small" in each.flags) == (each.n < 10)
    # More instalments than 31, but of 30 people.
    few = result(rule=replace(RULE, small_cell=31)).figure("on_time")
    assert few.n > 31
    assert few.flags == ("small",)
    small = result(rule=replace(RULE, small_cell=31)).figure("overdue.count.contract.before")
    assert small.flags == ("small",)


def test_accounts_that_are_missing_at_one_look_are_in_none():
    before, after, contract = programme()
    size = len(before)
    # Of the first account a payment without an amount: it has no statement.
    broken = rp.replay(
        after.accounts,
        rp.Events.from_columns(
            account=[0], kind="payment", value_date=["2026-06-01"], amount=[""], reference=["x"]
        ),
        as_of=NOW,
        history=True,
    )
    assert len(broken.value) == size - 1
    # Its borrower is in none of the figures of credit either.
    later = CreditFollowUp(outcomes={6: ["obtained"] + ["refused"] * (size - 1)})
    found = evaluate(before, broken.value, contract=contract, rule=RULE, credit=later)
    assert (found.figure("credit.known", "6").n, found.figure("credit.obtained", "6").count) == (size - 1, 0)
    assert (found.accounts, found.excluded) == (size - 1, 1)
    assert found.figure("overdue.count.contract.before").n == size - 1
    kept = np.arange(1, size)
    late = before.columns.days_past_due[kept] > 0
    assert found.figure("overdue.count.contract.before").count == late.sum()
    assert found.figure("days.contract.after", "M0").count == np.sum(
        contract.columns.days_past_due[kept] == 0
    )
    rolled = [each for each in found.figures if each.name == "roll.contract"]
    ends = rp.month_ends(BEFORE, NOW)
    steps = rp.roll_rates(taken(contract, kept), RULE.buckets, days=ends).count[:, :8].sum()
    assert sum(each.count for each in rolled) == steps
    assert steps < rp.roll_rates(contract, RULE.buckets, days=ends).count[:, :8].sum()
    assert found.figure("overdue.count.cash.after").n == size - 1


SURVEY = Survey(
    invited=40, answers={"clear": [5, 4, 4, None, 2], "fair": [1, 3, 5, 5, 5]}, scale=(1, 5), satisfied_from=4
)
BUDGET = Budget(
    lines=(
        BudgetLine(name="staff", plan="3000", actual="3600"),
        BudgetLine(name="promotion", plan="1000", actual="400"),
    )
)


def test_survey_credit_and_budget():
    later = CreditFollowUp(outcomes={6: ["obtained"] * 6 + ["refused"] * 2 + [""] * 22, 12: [""] * 30})
    found = result(survey=SURVEY, credit=later, budget=BUDGET)
    same(found.figure("survey.response"), wilson(5, 40), 5)
    same(found.figure("survey.satisfied", "clear"), wilson(3, 4), 3)
    assert found.figure("survey.mean", "clear").value == Decimal("3.75")
    assert found.figure("survey.mean", "fair").value == Decimal("3.8")
    same(found.figure("survey.answered", "clear"), wilson(4, 5), 4)
    same(found.figure("credit.known", "6"), wilson(8, 30), 8)
    same(found.figure("credit.obtained", "6"), wilson(6, 8), 6)
    same(found.figure("credit.refused", "6"), wilson(2, 8), 2)
    unknown = found.figure("credit.obtained", "12")
    assert (unknown.value, unknown.flags) == (None, ("small", "missing"))
    assert found.figure("budget.actual", "staff").value == Decimal("1.2")
    assert found.figure("budget.total_plan").amount == 4000
    assert found.figure("budget.total_actual").amount == 4000
    cured = found.figure("cured.contract").count
    total = found.figure("recovered.total").amount
    each = found.figure("budget.cost_per_cured")
    assert each.value == (None if not cured else (Decimal(4000) / cured).quantize(Decimal("0.000001")))
    assert isclose(found.figure("budget.return").value, (total - 4000) / 4000, abs_tol=6e-7)
    assert found.figure("budget.plan", "staff").flags == ()


EMPTY = {
    "list": lambda cells: cells,
    "NaN": lambda cells: [float("nan") if each is None else each for each in cells],
    "floats": lambda cells: np.array([np.nan if each is None else each for each in cells]),
    "objects": lambda cells: np.array([np.nan if each is None else each for each in cells], object),
}


@pytest.mark.parametrize("name", EMPTY)
def test_an_empty_cell_is_no_answer_however_it_is_written(name):
    survey = replace(SURVEY, answers={"q": EMPTY[name]([5, 4, None, None, 2])})
    assert survey.points("q")[0].tolist() == [5, 4, 0, 0, 2]
    if name != "floats":
        later = CreditFollowUp(outcomes={6: EMPTY[name](["obtained", None, "refused"])})
        assert later.outcome(6).tolist() == [0, 3, 1]
    with pytest.raises(InputError) as caught:
        replace(SURVEY, answers={"q": EMPTY[name]([5, None, 1.5])})
    assert caught.value.field == "survey.answers.q"


@needs("pandas", "polars", "pyarrow")
def test_an_empty_cell_of_a_frame_is_no_answer():
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    cells = [5, None, 2]
    for column in (
        pd.Series(cells),
        pd.Series(cells, dtype="Int64"),
        pd.Series(cells, dtype=object),
        pl.Series(cells),
        pl.Series([5.0, float("nan"), 2.0]),
        pa.array(cells),
        pa.chunked_array([cells]),
    ):
        assert replace(SURVEY, answers={"q": column}).points("q")[0].tolist() == [5, 0, 2]
    for words in (pd.Series(["obtained", np.nan]), pl.Series(["obtained", None])):
        assert CreditFollowUp(outcomes={6: words}).outcome(6).tolist() == [0, 3]


def test_a_line_that_is_not_known_makes_no_sum():
    open_line = replace(BUDGET, lines=(*BUDGET.lines, BudgetLine(name="office", plan="5")))
    found = result(budget=open_line)
    assert found.figure("budget.total_actual").flags == ("missing",)
    assert found.figure("budget.actual", "office").flags == ("missing",)
    assert found.figure("budget.return").value is None
    assert found.figure("budget.cost_per_cured").value is None


def test_a_programmes_budget_is_that_of_its_evaluation():
    programme = rp.Programme.example("negotiated-repayment")
    spent = [rp.Spent(line="overtime", on="2026-04-10", amount="34000.50")]
    budget = rp.programme_budget(programme, spent, as_of="2026-04-30")
    found = result(budget=budget, goals=programme.goals)
    assert found.figure("budget.forecast", "overtime").amount == Decimal("94000.50")
    assert found.figure("budget.forecast", "overtime").value == Decimal("1.044450")
    assert found.figure("budget.total_forecast").amount == budget.forecast
    assert found.figure("budget.total_actual").amount == Decimal("34000.50")
    assert [each.goal for each in found.goals] == list(programme.goals)
    assert found.goals[0].reached == found.figure("on_time").value
    # A budget that says nothing of what is to come has no forecast.
    assert result(budget=BUDGET).figure("budget.total_forecast").flags == ("not_given",)


def test_goals_are_held_against_figures():
    rate = result().figure("overdue.count.plan.after").value
    found = result(
        goals=[
            Goal(figure="overdue.count.plan.after", at_most=rate),
            Goal(figure="overdue.count.plan.after", at_least="1"),
            Goal(figure="recovered.total", at_least="1"),
            Goal(figure="days.plan.after", group="M0", at_least="0.0001"),
            Goal(figure="did.effect", at_most="-0.1"),
            Goal(figure="survey.satisfied", group="clear", at_least="0.5"),
        ],
        survey=SURVEY,
    ).goals
    assert [each.met for each in found] == [True, False, True, True, None, True]
    assert [each.clear for each in found] == [False, True, None, True, None, False]
    assert found[0].reached == rate


def test_a_goal_of_money_is_held_against_money():
    budget = Budget(lines=(BudgetLine(name="s", plan="100000", actual="900000", forecast="950000"),))
    found = result(
        budget=budget,
        goals=[
            Goal(figure=f"budget.{name}", group=group, at_most=most)
            for name, group in (
                ("actual", "s"),
                ("total_actual", ""),
                ("forecast", "s"),
                ("total_forecast", ""),
            )
            for most in ("100000", "950000")
        ],
    ).goals
    assert [each.reached for each in found] == [Decimal(900000)] * 4 + [Decimal(950000)] * 4
    assert [each.met for each in found] == [False, True] * 4


@pytest.mark.parametrize(
    ("figure", "bound", "within"),
    [
        ("on_time", "85", "0 to 1"),
        ("on_time", "-0.01", "0 to 1"),
        ("cured.plan", "1.0001", "0 to 1"),
        ("overdue.count.cash.change", "-10", "-1 to 1"),
        ("did.effect", "-10", "-2 to 2"),
        ("did.matched", "90", "0 to 1"),
    ],
)
def test_a_goal_that_no_share_can_reach_is_refused(figure, bound, within):
    for name in ("at_least", "at_most"):
        with pytest.raises(InputError) as caught:
            Goal(figure=figure, **{name: bound})
        assert (caught.value.code, caught.value.field) == (Code.OUT_OF_RANGE, f"goals.{name}")
        assert caught.value.rule.startswith(f"{within}: {figure}")


def test_every_figure_is_where_a_goal_takes_it():
    for each in everything(reporting=rp.ReportingRule(basis="plan", source="own")).figures:
        reached = each.amount if each.name in AMOUNTS else each.value
        if reached is not None:
            goal = Goal(figure=each.name, group=each.group, at_least=reached)
            assert (goal.figure, goal.group, goal.at_least) == (each.name, each.group, reached)


@pytest.mark.parametrize(
    ("paid", "known"),
    [([], {"2": "0", "3": "1", "4": "1", "12": "1"}), (["2026-05-31"], {"2": "0", "3": "0.5", "4": None})],
)
def test_a_goal_of_a_month_after_the_last_account_is_as_its_last_month(paid, known):
    """Who pays nothing is 60 days past due in the third month; who pays the first is only in the fourth."""
    end = "2026-08-15"
    old, new = (accounts_of(2, "900", 12, first) for first in ("2026-01-31", "2026-05-31"))
    came = events_of([(0, date.fromisoformat(day), Decimal(200)) for day in paid])
    before = rp.replay(old, rp.Events.of([]), as_of=BEFORE).value
    contract, after = (rp.replay(each, came, as_of=end, history=True).value for each in (old, new))
    goals = [Goal(figure="redefault.default", group=month, at_most="0.6") for month in known]
    goals += [Goal(figure="redefault.left", group="12", at_least="0.1")]
    *months, left = evaluate(before, after, contract=contract, rule=RULE, goals=goals).goals
    assert [each.reached for each in months] == [
        None if share is None else Decimal(share) for share in known.values()
    ]
    assert [each.met for each in months] == [
        None if share is None else Decimal(share) <= Decimal("0.6") for share in known.values()
    ]
    assert (left.reached, left.met) == ((None, None) if paid else (0, False))


def test_a_goal_for_which_nothing_was_given_is_not_known():
    (met,) = result(goals=[Goal(figure="survey.satisfied", group="clear", at_least="0.5")]).goals
    assert (met.reached, met.met, met.clear) == (None, None, None)


@pytest.mark.parametrize(
    ("figure", "group", "reached", "met"),
    [
        ("redefault.default", "24", None, None),  # only six months are over
        ("redefault.left", "120", None, None),
        ("overdue.count.plan.month", "2027-02-28", None, None),
        ("overdue.balance.cash.month", "2028-02-29", None, None),
        ("credit.obtained", "12", None, None),
        ("roll.plan", "M0 > M4", 0, True),  # of those who were there, nobody
        ("roll.plan", "M6+ > M0", None, None),  # nobody was there
        ("redefault.default", "0", Code.UNKNOWN_VALUE, "a number of months"),
        ("redefault.default", "", Code.UNKNOWN_VALUE, "a number of months"),
        ("credit.obtained", "later", Code.UNKNOWN_VALUE, "a number of months"),
        ("overdue.count.plan.month", "2027-02-27", Code.UNKNOWN_VALUE, "the last day of a month"),
        ("overdue.count.plan.month", "soon", Code.UNKNOWN_VALUE, "the last day of a month"),
        ("roll.plan", "paid_off > M0", Code.UNKNOWN_VALUE, "A > B of M0, M1"),
        ("roll.contract", "M0", Code.UNKNOWN_VALUE, "A > B of M0, M1"),
        ("days.plan.after", "M9", Code.UNKNOWN_VALUE, "M0, M1"),
    ],
)
def test_a_goal_of_what_has_not_happened(figure, group, reached, met):
    later = CreditFollowUp(outcomes={6: ["obtained"] * 30})
    goal = Goal(figure=figure, group=group, at_most="0.9")
    if isinstance(reached, Code):
        with pytest.raises(InputError) as caught:
            result(goals=[goal], credit=later)
        assert (caught.value.code, caught.value.field) == (reached, "goals.group")
        assert met in caught.value.rule
        return
    evaluation = result(goals=[goal], credit=later)
    (found,) = evaluation.goals
    assert (found.reached, found.met, found.clear) == (reached, met, met)
    assert (figure, group) not in {(each.name, each.group) for each in evaluation.figures}


def others(size=40, seed=9):
    rng = np.random.default_rng(seed)
    old = accounts_of(size, "12000", 12, "2026-01-31")
    paid = payments_of(rng, size, OLD_DUE + NEW_DUE, Decimal("1066.19"), 0.5)
    first = [each for each in paid if each[1] <= BEFORE]
    return (
        rp.replay(old, events_of(first), as_of=BEFORE, history=True).value,
        rp.replay(old, events_of(paid), as_of=NOW, history=True).value,
    )


def test_the_programme_beside_others_that_are_like_it():
    first, then = others()
    before, _, contract = programme()
    branch = np.where(np.arange(30) % 3 == 0, "A", "B")
    other_branch = np.where(np.arange(40) % 2 == 0, "A", "B")
    comparison = Comparison(
        before=first,
        after=then,
        match=MatchRule(exact=("branch",)),
        treated={"branch": branch},
        pool={"branch": other_branch},
        earlier=["2026-02-28", "2026-03-31"],
    )
    found = result(comparison=comparison)
    mine = [(before.columns.days_past_due > 0).mean(), (contract.columns.days_past_due > 0).mean()]
    theirs = []
    for statements in (first, then):
        late = statements.columns.days_past_due > 0
        # Each branch counts as often as it is in the programme.
        theirs.append(late[other_branch == "A"].mean() / 3 + late[other_branch == "B"].mean() * 2 / 3)
    effect = (mine[1] - mine[0]) - (theirs[1] - theirs[0])
    assert isclose(found.figure("did.effect").value, effect, abs_tol=6e-7)
    assert found.figure("did.effect").low < found.figure("did.effect").value < found.figure("did.effect").high
    assert isclose(found.figure("did.comparison.before").value, theirs[0], abs_tol=6e-7)
    assert [each.group for each in found.figures if each.name == "did.trend"] == ["2026-02-28", "2026-03-31"]
    assert found.figure("did.balance.after", "branch: A").value == 0
    assert found.figure("did.balance.before", "branch: A").value != 0
    assert found.figure("did.matched").count == 30
    assert found.compared.excluded == 0
    assert len(found.data["assumptions"]) == 6
    # Cash an account in the three months before each look, in the same way.
    cash = []
    for of, since, until in (
        (contract, date(2026, 1, 31), BEFORE),
        (contract, date(2026, 7, 31), NOW),
        (then, date(2026, 1, 31), BEFORE),
        (then, date(2026, 7, 31), NOW),
    ):
        came = np.zeros(len(of))
        for i, day, amount in zip(of.events.account, of.events.value_date, of.events.amount, strict=True):
            if since < day.item() <= until and amount is not None:
                came[i] += float(amount)
        cash.append(came)
    other = [
        each[other_branch == "A"].mean() / 3 + each[other_branch == "B"].mean() * 2 / 3 for each in cash[2:]
    ]
    moved = cash[1].mean() - cash[0].mean() - other[1] + other[0]
    assert isclose(found.figure("did.cash").value, moved, abs_tol=1e-5)
    # Who has no match is left out of the programme's side too.
    apart = replace(comparison, pool={"branch": np.where(other_branch == "A", "A", "C")})
    half = result(comparison=apart)
    in_a = branch == "A"
    assert half.figure("did.matched").count == in_a.sum()
    assert isclose(
        half.figure("did.treated.before").value, (before.columns.days_past_due > 0)[in_a].mean(), abs_tol=6e-7
    )
    # One of the others has no statement on the second day.
    gone = taken(then, np.arange(1, len(then)))
    assert result(comparison=Comparison(before=first, after=gone)).compared.excluded == 1
    unmatched = result(comparison=Comparison(before=first, after=then))
    late = [(each.columns.days_past_due > 0).mean() for each in (first, then)]
    assert isclose(unmatched.figure("did.effect").value, mine[1] - mine[0] - late[1] + late[0], abs_tol=6e-7)


ELSEWHERE = ("redefault", "budget.cost_per_cured", "budget.return", "did")
"""Figures of which the value rests on more than sums of their own rows."""


def test_every_figure_can_be_reckoned_from_its_rows():
    found, kinds = everything(reporting=rp.ReportingRule(basis="plan", source="own")), set()
    for figure in found.figures:
        rows = found.rows(figure.name, figure.group)
        columns = {name: each.tolist() for name, each in rows.columns.items()}
        kinds.add(rows.of)
        assert len({len(each) for each in columns.values()}) == 1
        part, whole = sum(columns.get("part", [])), columns.get("whole")
        n = len(rows)
        if rows.of == "payments":
            n = len(set(columns["row"]))
        elif "whole_before" in columns:
            n = sum(now > 0 or then > 0 for now, then in zip(whole, columns["whole_before"], strict=True))
        elif figure.name == "on_time":
            n = sum(whole)
        elif whole is not None and rows.of == "accounts":
            n = sum(each > 0 for each in whole)
        if not figure.name.startswith(("did.balance", "budget.total_forecast")):
            assert n == figure.n, (figure, n)
        if figure.amount is not None:
            assert Decimal(part).scaleb(-rows.decimals) == figure.amount
        value = None
        if "counted" in columns:
            counted = sum(columns["counted"])
            assert figure.count is None or figure.count == counted
            value = (counted - sum(columns.get("counted_before", []))) / n if n else None
        elif figure.count is not None:
            assert figure.count == part
        if whole is not None and sum(whole):
            value = part / sum(whole)
        if "whole_before" in columns:
            value -= sum(columns["part_before"]) / sum(columns["whole_before"])
        if rows.of == "answers" and "part" in columns:
            value = part / n
        if figure.value is not None and not figure.name.startswith(ELSEWHERE):
            assert isclose(figure.value, value, abs_tol=6e-7), figure
    assert kinds == {"accounts", "payments", "steps", "answers", "lines"}


def test_rows_beside_a_comparison_group_have_its_weights():
    first, then = others()
    found = result(
        comparison=Comparison(
            before=first,
            after=then,
            match=MatchRule(exact=("branch",), nearest=("days",)),
            treated={"branch": ["A", "B"] * 15, "days": programme()[0].columns.days_past_due},
            pool={"branch": ["A", "B", "B", "A"] * 10, "days": first.columns.days_past_due},
            earlier=["2026-02-28", "2026-03-31"],
        )
    )
    for name, group in (("did.effect", ""), ("did.cash", ""), ("did.trend", "2026-03-31")):
        columns = found.rows(name, group).columns
        means = []
        for side in (True, False):
            mine = [k for k in range(len(columns["row"])) if columns["treated"][k] == side]
            moved = sum(columns["weight"][k] * (columns["after"][k] - columns["before"][k]) for k in mine)
            means.append(moved / sum(columns["weight"][k] for k in mine))
        assert isclose(found.figure(name, group).value, means[0] - means[1], abs_tol=6e-7)
    for side in ("treated", "comparison"):
        for when in ("before", "after"):
            columns = found.rows(f"did.{side}.{when}").columns
            mean = sum(columns["weight"] * columns["value"]) / sum(columns["weight"])
            assert isclose(found.figure(f"did.{side}.{when}").value, mean, abs_tol=6e-7)
            assert set(columns["treated"].tolist()) == {side == "treated"}
    for figure in found.figures:
        if figure.name == "did.balance.before":
            columns = found.rows(figure.name, figure.group).columns
            sides = [columns["value"][columns["treated"] == side] for side in (True, False)]
            spread = np.sqrt(sum(each.var(ddof=1) for each in sides) / 2)
            assert isclose(figure.value, (sides[0].mean() - sides[1].mean()) / spread, abs_tol=6e-7)


def test_rows_are_those_of_the_batch_that_was_given():
    before, after, contract = made(5, 12)
    left = taken(after, np.array([1, 3, 4, 8, 11]))
    rows = evaluate(before, left, contract=contract, rule=RULE).rows("overdue.count.plan.after")
    assert rows.columns["row"].tolist() == [1, 3, 4, 8, 11]
    late = [after.columns.days_past_due[i] >= 1 for i in (1, 3, 4, 8, 11)]
    assert rows.columns["counted"].tolist() == late


def test_what_was_not_given_has_no_rows():
    found = result()
    for figure in found.figures:
        if "not_given" in figure.flags:
            assert len(found.rows(figure.name)) == 0
    with pytest.raises(InputError) as caught:
        found.rows("overdue.count.plan.never")
    assert (caught.value.code, caught.value.field) == (Code.UNKNOWN_VALUE, "figure")


@needs("pandas")
def test_rows_are_a_frame():
    found = everything()
    frame = found.rows("recovered.total").to_frame("pandas")
    assert list(frame.columns) == ["row", "event", "day", "part"]
    assert sum(frame["part"]) == found.figure("recovered.total").amount
    assert list(found.rows("on_time").to_frame("pandas")["part"]) == list(
        found.rows("on_time").columns["part"]
    )
    weights = found.rows("did.effect").to_frame("pandas")["weight"]
    assert weights.tolist() == found.rows("did.effect").columns["weight"].tolist()


def test_one_currency_may_be_said_for_all_loans():
    loans = rp.Loans.from_columns(
        principal=["900"] * 2, annual_rate="0.12", original_term=3, elapsed=0, unpaid=3,
        next_due="2026-01-31", currency="CNY",
    )  # fmt: skip
    accounts = rp.Accounts.of(rp.schedule(loans, equal_instalment(3)).value, TERMS)
    before, after, contract = (
        rp.replay(accounts, rp.Events.of([]), as_of=day, history=True).value for day in (BEFORE, NOW, NOW)
    )
    assert evaluate(before, after, contract=contract, rule=RULE).accounts == 2


def test_every_figure_has_a_name_in_both_languages_and_a_section():
    first, then = others()
    found = result(
        comparison=Comparison(before=first, after=then, earlier=["2026-03-31"]),
        survey=SURVEY,
        budget=BUDGET,
        credit=CreditFollowUp(outcomes={6: ["obtained"] * 30}),
        reporting=rp.ReportingRule(basis="plan", source="own"),
    )
    names = {each.name for each in found.figures}
    assert names <= set(LABELS)
    assert {section_of(name) for name in LABELS} == {name for name, _, _ in SECTIONS}
    assert all(en and zh and en != zh for en, zh in LABELS.values())
    assert {flag for each in found.figures for flag in each.flags} <= set(FLAGS)
    assert len({(each.name, each.group) for each in found.figures}) == len(found.figures)


def test_data_is_json():
    found = result(survey=SURVEY, goals=[Goal(figure="on_time", at_least="0.5")])
    again = json.loads(found.to_json())
    assert again == found.data
    assert again["figures"][0] == found.figures[0].data
    assert again["goals"][0]["at_least"] == "0.5"


@needs("pandas", "polars", "pyarrow", "narwhals")
@pytest.mark.parametrize("kind", ["pandas", "polars", "arrow"])
def test_figures_are_a_frame(kind):
    found = result(budget=BUDGET)
    frame = found.to_frame(kind)
    rows = (
        frame.to_pylist()
        if kind == "arrow"
        else frame.to_dict("records")
        if kind == "pandas"
        else frame.to_dicts()
    )
    assert len(rows) == len(found.figures)
    for row, figure in zip(rows, found.figures, strict=True):
        assert (row["name"], row["group"], row["n"]) == (figure.name, figure.group, figure.n)
        for name in ("value", "low", "amount"):
            given = getattr(figure, name)
            if given is None:
                assert row[name] is None or row[name] != row[name]
            else:
                assert row[name] == given
        assert row["flags"] == ";".join(figure.flags)


@needs("pyarrow")
def test_figures_that_no_int64_holds_are_named():
    costly = replace(BUDGET, lines=(BudgetLine(name="staff", plan="1", actual="9000000000"),))
    found = result(budget=costly)
    table = found.to_frame("arrow")
    assert found.figure("budget.actual", "staff").value in table["value"].to_pylist()
    high = replace(BUDGET, lines=(BudgetLine(name="staff", plan="1", actual=10**13),))
    for budget, field in (
        (high, "budget.actual staff.value"),
        (
            replace(high, lines=(BudgetLine(name="staff", plan="0.1234", actual=10**16),)),
            "budget.actual staff",
        ),
    ):
        with pytest.raises(InputError) as caught:
            result(budget=budget).to_frame("arrow")
        assert caught.value.code == Code.BEYOND_DOMAIN
        assert caught.value.field.startswith(field)
    exact = result(budget=replace(high, lines=(BudgetLine(name="staff", plan="0", actual=10**17),)))
    with pytest.raises(InputError, match=r"budget\.actual staff\.amount"):
        exact.to_frame("arrow")


def test_one_account_is_enough_and_is_flagged():
    before, after, contract = made(3, 2)
    found = evaluate(before, after, contract=contract, rule=RULE)
    assert found.figure("overdue.count.plan.after").flags == ("small",)


def changed(batch, **changes):
    return replace(batch, **changes)


def other_sizes(before, after, contract):
    return {"before": made(1, 3)[0]}


def other_days(before, after, contract):
    return {"contract": before}


def wrong_order(before, after, contract):
    return {"before": contract}


def the_plan_itself(before, after, contract):
    return {"contract": after}


def the_plan_again(before, after, contract):
    return {"contract": rp.replay(after.accounts, after.events, as_of=NOW).value}


def without_the_payments(before, after, contract):
    """The original contracts as if nobody had paid since the plans began."""
    return {"contract": rp.replay(contract.accounts, before.events, as_of=NOW, history=True).value}


def no_history(before, after, contract):
    return {"after": replace(after, history=None)}


def other_units(before, after, contract):
    finer = replace(contract.accounts, decimals=contract.accounts.decimals + 1)
    return {"contract": replace(contract, accounts=finer)}


def goals(*given):
    return lambda **_: {"goals": given}


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        (other_sizes, Code.OUT_OF_RANGE, "before"),
        (other_days, Code.DATES_OUT_OF_ORDER, "contract"),
        (wrong_order, Code.DATES_OUT_OF_ORDER, "before"),
        (no_history, Code.MISSING, "history"),
        (the_plan_itself, Code.UNKNOWN_VALUE, "contract"),
        (the_plan_again, Code.UNKNOWN_VALUE, "contract"),
        (without_the_payments, Code.OUT_OF_RANGE, "contract[0]"),
        (other_units, Code.UNKNOWN_VALUE, "decimals"),
        (goals(Goal(figure="days.plan.after", group="M9", at_most="1")), Code.UNKNOWN_VALUE, "goals.group"),
        (goals(1), Code.UNKNOWN_VALUE, "goals[0]"),
        (
            lambda **_: {"credit": CreditFollowUp(outcomes={6: ["obtained"] * 29})},
            Code.OUT_OF_RANGE,
            "credit.outcomes",
        ),
    ],
)
def test_what_cannot_be_evaluated(change, code, field):
    given = dict(zip(("before", "after", "contract"), programme(), strict=True))
    given |= change(**given)
    with pytest.raises(InputError) as caught:
        evaluate(given.pop("before"), given.pop("after"), rule=RULE, **given)
    assert (caught.value.code, caught.value.field) == (code, field)


def test_a_contract_that_lacks_a_payment_of_its_plan_is_named():
    before, after, contract = programme()
    size = len(before)
    paid = [(7, date(2026, 8, 3), Decimal("120.00")), (7, date(2026, 8, 9), Decimal("30.50"))]
    plans, nothing = after.accounts, rp.Events.of([])
    before = rp.replay(contract.accounts, nothing, as_of=BEFORE, history=True).value
    one = rp.replay(plans, events_of(paid), as_of=NOW, history=True).value
    short = rp.replay(contract.accounts, events_of(paid[:1]), as_of=NOW, history=True).value
    with pytest.raises(InputError) as caught:
        evaluate(before, one, contract=short, rule=RULE)
    assert (caught.value.field, caught.value.value) == ("contract[7]", Decimal("120.00"))
    assert caught.value.rule.startswith("150.50 or more")
    # What came in before the plan began is known to the contract alone.
    both = rp.replay(contract.accounts, events_of(paid), as_of=NOW, history=True).value
    for known in (one, rp.replay(plans, nothing, as_of=NOW, history=True).value):
        assert evaluate(before, known, contract=both, rule=RULE).accounts == size


def test_a_figure_that_is_not_there():
    with pytest.raises(InputError) as caught:
        result().figure("nothing")
    assert (caught.value.code, caught.value.field) == (Code.UNKNOWN_VALUE, "figure")


def test_currencies_are_not_added_up():
    before, after, contract = programme()
    loans = replace(after.accounts.loans, extra={"currency": ["CNY"] * 29 + ["USD"]})
    mixed = replace(after, accounts=replace(after.accounts, loans=loans))
    with pytest.raises(InputError) as caught:
        evaluate(before, mixed, contract=contract, rule=RULE)
    assert (caught.value.code, caught.value.field) == (Code.UNKNOWN_VALUE, "currency")


BRANCH = MatchRule(exact=("branch",))


@pytest.mark.parametrize("wrong", ["x", {"a": 1}, 3, None], ids=repr)
def test_what_is_of_another_kind_is_named(wrong):
    given = dict(zip(("before", "after", "contract"), programme(), strict=True)) | {"rule": RULE}
    optional = ("reporting", "comparison", "credit", "survey", "budget")
    for name in (*given, *(() if wrong is None else (*optional, "goals"))):
        both = given | {name: wrong}
        with pytest.raises(InputError) as caught:
            evaluate(both.pop("before"), both.pop("after"), **both)
        assert caught.value.field.partition("[")[0] == name
        assert caught.value.code == (Code.MISSING if wrong is None else Code.UNKNOWN_VALUE)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        (lambda: {"after": None}, Code.MISSING, "comparison.after"),
        (lambda: {"before": 3}, Code.UNKNOWN_VALUE, "comparison.before"),
        (lambda: {"match": "x"}, Code.UNKNOWN_VALUE, "comparison.match"),
        (lambda: {"pool": None}, Code.UNKNOWN_VALUE, "comparison.pool"),
        (lambda: {"treated": ["A"]}, Code.UNKNOWN_VALUE, "comparison.treated"),
        (lambda: {"earlier": 3}, Code.UNKNOWN_VALUE, "comparison.earlier"),
        (
            lambda: {"match": BRANCH, "treated": {"branch": ["A"] * 30}, "pool": {"branch": None}},
            Code.UNKNOWN_VALUE,
            "comparison.pool.branch",
        ),
        (
            lambda: {"match": BRANCH, "treated": {"branch": "A"}},
            Code.UNKNOWN_VALUE,
            "comparison.treated.branch",
        ),
        (lambda: {"after": others(5)[1]}, Code.OUT_OF_RANGE, "comparison.after"),
        (lambda: {"after": others(6)[0]}, Code.DATES_OUT_OF_ORDER, "comparison.after"),
        (lambda: {"match": BRANCH}, Code.MISSING, "comparison.treated.branch"),
        (
            lambda: {"match": BRANCH, "treated": {"branch": ["A"]}},
            Code.OUT_OF_RANGE,
            "comparison.treated.branch",
        ),
        (
            lambda: {"match": BRANCH, "treated": {"branch": ["A"] * 30}, "pool": {"branch": ["B"] * 6}},
            Code.MISSING,
            "comparison.match",
        ),
        (lambda: {"earlier": ["2026-03-31", "2026-02-28"]}, Code.DATES_OUT_OF_ORDER, "comparison.earlier"),
        (lambda: {"earlier": ["2025-11-30"]}, Code.MISSING, "before"),
    ],
)
def test_what_cannot_be_compared(changes, code, field):
    first, then = others(6)
    with pytest.raises(InputError) as caught:
        result(comparison=Comparison(**{"before": first, "after": then} | changes()))
    assert (caught.value.code, caught.value.field) == (code, field)


@pytest.mark.parametrize(
    ("call", "code", "field"),
    [
        (lambda: replace(RULE, overdue_from_days=0), Code.OUT_OF_RANGE, "evaluation.overdue_from_days"),
        (
            lambda: replace(RULE, overdue_from_days=30, default_from_days=29),
            Code.OUT_OF_RANGE,
            "evaluation.default_from_days",
        ),
        (lambda: replace(RULE, buckets=None), Code.MISSING, "evaluation.buckets"),
        (lambda: replace(RULE, confidence="2"), Code.OUT_OF_RANGE, "confidence"),
        (lambda: Budget(lines=()), Code.MISSING, "budget.lines"),
        (lambda: Budget(lines=(BUDGET.lines[0],) * 2), Code.DUPLICATE, "budget.lines[1].name"),
        (lambda: BudgetLine(name="", plan="1"), Code.MISSING, "budget.name"),
        (lambda: BudgetLine(name="x", plan="-1"), Code.OUT_OF_RANGE, "budget.x.plan"),
        (lambda: BudgetLine(name="x", plan="1", actual="y"), Code.OUT_OF_RANGE, "budget.x.actual"),
        (lambda: BudgetLine(name="x", plan="1", category="y"), Code.UNKNOWN_VALUE, "budget.x.category"),
        (lambda: BudgetLine(name="x", plan="1", zh=" "), Code.MISSING, "budget.x.zh"),
        (lambda: replace(BUDGET, as_of="soon"), Code.NOT_A_DATE, "budget.as_of"),
        (lambda: Goal(figure="x", at_most="1"), Code.UNKNOWN_VALUE, "goals.figure"),
        (lambda: Goal(figure="on_time", group=1, at_most="1"), Code.UNKNOWN_VALUE, "goals.group"),
        (lambda: Goal(figure="on_time"), Code.MISSING, "goals.at_least"),
        (lambda: Goal(figure="on_time", at_least=1, at_most=1), Code.MISSING, "goals.at_least"),
        (lambda: Goal(figure="on_time", at_most="y"), Code.NOT_A_NUMBER, "goals.at_most"),
        (lambda: Goal(figure="on_time", at_most=0.5), Code.NOT_A_NUMBER, "goals.at_most"),
        (lambda: CreditFollowUp(outcomes={}), Code.MISSING, "credit.outcomes"),
        (lambda: CreditFollowUp(outcomes=5), Code.UNKNOWN_VALUE, "credit.outcomes"),
        (lambda: CreditFollowUp(outcomes={6: "obtained"}), Code.UNKNOWN_VALUE, "credit.outcomes.6"),
        (lambda: CreditFollowUp(outcomes={0: []}), Code.OUT_OF_RANGE, "credit.outcomes"),
        (
            lambda: CreditFollowUp(outcomes={6: ["", "refused"], 12: [""]}),
            Code.OUT_OF_RANGE,
            "credit.outcomes.12",
        ),
        (lambda: CreditFollowUp(outcomes={6: ["maybe"]}), Code.UNKNOWN_VALUE, "credit.outcomes.6"),
        (lambda: replace(SURVEY, invited=4), Code.OUT_OF_RANGE, "survey.invited"),
        (lambda: replace(SURVEY, scale=(5, 1)), Code.OUT_OF_RANGE, "survey.scale[1]"),
        (lambda: replace(SURVEY, scale=5), Code.UNKNOWN_VALUE, "survey.scale"),
        (lambda: replace(SURVEY, satisfied_from=6), Code.OUT_OF_RANGE, "survey.satisfied_from"),
        (lambda: replace(SURVEY, answers={}), Code.MISSING, "survey.answers"),
        (lambda: replace(SURVEY, answers=[1, 2]), Code.UNKNOWN_VALUE, "survey.answers"),
        (lambda: replace(SURVEY, answers={"q": 5}), Code.UNKNOWN_VALUE, "survey.answers.q"),
        (lambda: replace(SURVEY, answers={"q": "55"}), Code.UNKNOWN_VALUE, "survey.answers.q"),
        (lambda: replace(SURVEY, answers={"a": [6]}), Code.OUT_OF_RANGE, "survey.answers.a"),
        (lambda: replace(SURVEY, answers={"a": [1], "b": [1, 2]}), Code.OUT_OF_RANGE, "survey.answers.b"),
    ],
)
def test_what_cannot_be_given(call, code, field):
    with pytest.raises(InputError) as caught:
        call()
    assert (caught.value.code, caught.value.field) == (code, field)


def everything(**more):
    first, then = others()
    return result(
        **more,
        comparison=Comparison(
            before=first,
            after=then,
            match=MatchRule(exact=("branch",)),
            treated={"branch": ["A"] * 30},
            pool={"branch": ["A", "B"] * 20},
        ),
        survey=SURVEY,
        budget=BUDGET,
        credit=CreditFollowUp(outcomes={6: ["obtained"] * 30}),
        goals=[
            Goal(figure="overdue.count.contract.after", at_most="0.9"),
            Goal(figure="recovered.total", at_least="1000000"),
            Goal(figure="credit.protected", at_least="0.5"),
            Goal(figure="budget.total_actual", at_most="4000"),
        ],
    )


def test_the_summing_up_says_every_figure_in_both_languages():
    found = everything()
    made = rp.summing_up(found, programme=rp.Words("Spring", "春风行动"), currency="CNY")
    english, chinese = made.markdown("en"), made.markdown("zh")
    assert english.startswith("# Summing-up: Spring\n")
    assert chinese.startswith("# 总结报告：春风行动\n")
    for each in found.figures:
        assert f"| {LABELS[each.name][0]} |" in english
        assert f"| {LABELS[each.name][1]} |" in chinese
    rows = [each for each in made.as_dict()["sections"] if each["name"] not in ("about", "goals")]
    assert sum(len(each["rows"]) for each in rows) == len(found.figures)
    figure = found.figure("overdue.count.contract.before")
    shown = f"{(figure.value * 100).quantize(Decimal('0.1')).normalize():f} %"
    assert f"| {figure.n} | {figure.count} | {shown} |" in english
    assert "(few cases)" not in english
    assert "few cases" in english
    assert "样本过少" in chinese
    for _, en, zh in found.compared.differences.assumptions:
        assert en in english
        assert zh in chinese


def test_names_of_the_callers_own_are_called_what_the_caller_says():
    found = everything()
    named = {each.group for each in found.figures if each.name == "survey.mean"}
    words = {each: rp.Words(f"Q {each}", f"问题{k}") for k, each in enumerate(sorted(named))}
    made = rp.summing_up(found, programme="Spring", currency="CNY", words=words)
    for section in made.as_dict("zh")["sections"]:
        if section["name"] == "survey":
            groups = {row["group"]["text"] for row in section["rows"]}
            assert groups - {""} == {each.zh for each in words.values()}
    for wrong, field in (("clear", "words"), ({"clear": "讲解"}, "words.clear")):
        with pytest.raises(rp.InputError) as caught:
            rp.summing_up(found, programme="Spring", currency="CNY", words=wrong)
        assert caught.value.field == field


def test_intervals_and_what_rounds_to_nothing_have_no_sign_too_many():
    found = everything()
    lowered = replace(
        found.figure("did.effect"), value=Decimal("-0.0001"), low=Decimal("-0.02"), high=Decimal("-0.01")
    )
    made = rp.summing_up(replace(found, figures=(lowered,)), programme="Spring", currency="CNY")
    (row,) = made.as_dict("en")["sections"][-1]["rows"]
    assert (row["value"]["text"], row["interval"]["text"]) == ("0 %", "-2 % to -1 %")
    assert made.as_dict("zh")["sections"][-1]["rows"][0]["interval"]["text"] == "-2%至-1%"


def test_goals_of_the_summing_up():
    found = everything()
    made = rp.summing_up(found, programme="Spring", currency="CNY")
    (goals,) = [each for each in made.as_dict("en")["sections"] if each["name"] == "goals"]
    assert [row["bound"]["text"] for row in goals["rows"]] == [
        "at most 90 %",
        "at least 1,000,000",
        "at least 50 %",
        "at most 4,000",
    ]
    assert [row["met"]["text"] for row in goals["rows"]][1:] == ["no", "not known", "yes"]
    (goals,) = [each for each in made.as_dict("zh")["sections"] if each["name"] == "goals"]
    assert goals["rows"][2]["met"]["text"] == "无法判断"
