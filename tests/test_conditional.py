"""Deals on trial: what is paid first, what stands then, and whether the conditions were kept."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil

import numpy as np
import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given, settings
from hypothesis import strategies as st

import repayplan as rp
from examples import examples
from repayplan import (
    Code,
    Conditional,
    Household,
    Households,
    Infeasible,
    InputError,
    Loan,
    Loans,
    Offer,
    Trial,
    conditional,
    fulfilment,
    propose,
)
from repayplan.offers.arrangements import ORDER

PART = rp.ArrearsPart(treatment="capitalise")
POLICY = rp.Policy(
    name="test",
    currency="EUR",
    methods=("equal_instalment", "equal_principal"),
    allowance=rp.FixedAllowance(amount="700", frequency="monthly", covers=(), source="test"),
    limit=rp.ExtensionLimit(max_new_plan_months=48),
    contingency=rp.Contingency(share="0"),
    rounding=rp.Rounding(),
    arrears=rp.ArrearsRule(
        overdue_interest=PART,
        accrued_interest=PART,
        penalty=rp.ArrearsPart(treatment="capitalise", waive_percent="100"),
        fees=rp.ArrearsPart(treatment="pay_first"),
    ),
    concessions=(
        rp.Concession(step="cut_rate", by="0.01", floor="0.02"),
        rp.Concession(step="extend"),
        rp.Concession(step="forgive", percent="20"),
        rp.Concession(step="holiday", months=2, interest="capitalise"),
    ),
)
COMPONENTS = ("principal", "overdue_principal", "overdue_interest", "penalty", "fees", "accrued_interest")
START = date(2025, 12, 31)
DUE = date(2026, 1, 31)


def one_loan(**changes):
    given = {
        "principal": "12000.00",
        "annual_rate": "0.12",
        "original_term": 36,
        "elapsed": 10,
        "unpaid": 26,
        "next_due": DUE,
    }
    return Loan(**(given | changes))


def owed(loan):
    return sum(getattr(loan, name) for name in COMPONENTS)


def policy_of(**rule):
    return replace(POLICY, trial=Trial(**rule))


def paid_to(amount, parts, order):
    """What a payment leaves of each part, in order."""
    parts = dict(parts)
    for name in order:
        paid = min(amount, parts[name])
        parts[name] -= paid
        amount -= paid
    return parts


def due_date(k):
    return DUE + relativedelta(months=k)


AMOUNTS = st.integers(0, 20_000).map(lambda cents: Decimal(cents).scaleb(-2))


@st.composite
def loans(draw):
    return one_loan(
        principal=draw(st.integers(1, 10**6).map(lambda cents: Decimal(cents).scaleb(-2))),
        **{name: draw(st.just(0) | AMOUNTS) for name in COMPONENTS[1:]},
        annual_rate=draw(st.sampled_from(["0", "0.06", "0.2399"])),
        unpaid=draw(st.integers(1, 30)),
        day_count="ACT/365F",
    )


@st.composite
def trials(draw):
    kind = draw(st.sampled_from(["none", "amount", "percent"]))
    order = draw(st.permutations(ORDER))
    return Trial(
        instalments=draw(st.integers(1, 4)),
        down_amount=draw(AMOUNTS) if kind == "amount" else None,
        down_percent=draw(st.integers(0, 500).map(lambda tenths: Decimal(tenths) / 10))
        if kind == "percent"
        else None,
        down_days=draw(st.integers(0, 40)),
        **draw(st.just({"in_time": "month_end"}) | st.fixed_dictionaries({"grace_days": st.integers(0, 20)})),
        order=tuple(order[: draw(st.integers(1, len(order)))]),
    )


@examples(15)
@given(loans(), st.integers(0, 900), trials())
def test_the_deal_is_the_one_by_hand(loan, can, trial):
    policy, home = replace(POLICY, trial=trial), Household(net_income=str(700 + can))
    parts = {name: getattr(loan, name) for name in COMPONENTS}
    total, down = owed(loan), Decimal(0)
    if trial.down_amount is not None:
        down = min(trial.down_amount, total)
    if trial.down_percent is not None:
        down = Decimal(ceil(Fraction(total) * Fraction(trial.down_percent))).scaleb(-2)
    after = paid_to(down, parts, [name for name in trial.order if name != "interest"])
    down = total - sum(after.values())
    if not sum(after.values()):
        with pytest.raises(InputError) as caught:
            conditional(loan, home, policy)
        assert caught.value.code is Code.NOTHING_OWED
        return
    got, today = conditional(loan, home, policy), propose(replace(loan, **after), home, policy)
    if isinstance(today, Infeasible):
        assert got == today
        return
    assert isinstance(got, Conditional)
    assert got.today == today
    assert got.down_payment == down
    on = min(START + timedelta(trial.down_days), DUE)
    assert got.down_payment_by == (on if down else None)
    # The plan's first payments, by the contract's terms.
    payments = [row.payment for row in today.schedule.rows]
    (idle,) = [int(step.after) for step in today.concessions if step.step == "holiday"]
    count = min(idle + trial.instalments, len(payments) - 1)
    assert len(got.rows) == count
    before = parts["principal"] + parts["overdue_principal"]
    unpaid, left = Decimal(0), dict(after)
    missed = [(0, down, on, total)] if down else []
    for k, row in enumerate(got.rows):
        balance = left["principal"] + left["overdue_principal"]
        begin = START if k == 0 else due_date(k - 1)
        days = (due_date(k) - begin).days
        exact = Fraction(balance) * days
        if k == 0:
            exact += Fraction(before - balance) * (on - START).days
        exact *= Fraction(loan.annual_rate) / 365 * 100
        interest = Decimal(int(exact + Fraction(1, 2))).scaleb(-2)
        left = paid_to(
            min(payments[k], sum((left | {"interest": unpaid + interest})[name] for name in trial.order)),
            left | {"interest": unpaid + interest},
            trial.order,
        )
        unpaid = left.pop("interest")
        assert (row.due_date, row.interest) == (due_date(k), interest)
        assert (row.unpaid_interest, row.owed) == (unpaid, sum(left.values()) + unpaid)
        assert row.opening + row.interest == row.payment + row.owed
        if row.payment:
            missed.append((k + 1, row.payment, row.due_date, row.owed + row.payment))
    assert [(c.number, c.amount, c.due_date, c.owed_if_missed) for c in got.conditions] == missed
    last = relativedelta(day=31) if trial.in_time == "month_end" else timedelta(trial.grace_days)
    assert [c.in_time_until for c in got.conditions] == [c.due_date + last for c in got.conditions]
    left["overdue_interest"] += unpaid
    assert got.components == left
    assert got.owed_then == sum(left.values())
    then = replace(loan, **left, elapsed=10 + count, next_due=due_date(count), due_dates=rp.DueDates(day=31))
    assert got.effective_on == then.interest_from == (due_date(count - 1) if count else START)
    want = propose(then, home, policy)
    assert got.offer == want


def test_a_trial_as_hamp_had_it():
    """200,000 at 7.5 %, 4,000 of gross income a month, 31 % of it: 6.25 % and 1231.43, three times on trial.

    The monthly payment at 7.5 % would be 1398.43, of which 1250.00 are interest: what a trial payment leaves
    of it, 18.57 each month, is overdue then and joins the balance when the modification takes effect.
    """
    policy = rp.Policy.example("mortgage-waterfall")
    loan = Loan(
        principal="200000",
        annual_rate="0.075",
        original_term=360,
        elapsed=0,
        unpaid=360,
        next_due="2015-02-01",
        penalty="75.00",
    )
    got = conditional(loan, Household(gross_income="4000"), policy)
    assert (str(got.today.schedule.rows[0].payment), str(got.today.annual_rate)) == ("1231.43", "0.0625")
    assert [str(row.payment) for row in got.rows] == ["1231.43"] * 3
    assert [str(row.interest) for row in got.rows] == ["1250.00", "1250.00", "1250.00"]
    # Late charges are paid first by the order of the rule, and waived when the concession takes effect.
    assert [str(row.paid["penalty"]) for row in got.rows] == ["75.00", "0.00", "0.00"]
    assert (str(got.loan.overdue_interest), str(got.owed_then)) == ("130.71", "200130.71")
    assert isinstance(got.offer, Offer)
    assert (str(got.offer.opening_balance), str(got.offer.waived)) == ("200130.71", "0.00")
    assert [str(c.in_time_until) for c in got.conditions] == ["2015-02-28", "2015-03-31", "2015-04-30"]
    assert (str(got.effective_on), str(got.offer.schedule.rows[0].due_date)) == ("2015-04-01", "2015-05-01")
    # Not paid at all: the contract, with a month's interest.
    assert str(got.conditions[0].owed_if_missed) == "201325.00"


def test_the_words_of_conditions():
    policy = policy_of(instalments=1, down_percent="10", down_days=7, grace_days=3)
    got = conditional(one_loan(), Household(net_income="1300"), policy)
    assert [c.text() for c in got.conditions] == [
        "down payment: 1200.00, in by 2026-01-10",
        f"trial payment 1: {got.rows[0].payment}, in by 2026-02-03",
    ]
    assert [c.text("zh") for c in got.conditions] == [
        "首付款：1200.00，最迟于2026-01-10到账",
        f"第1期试还款：{got.rows[0].payment}，最迟于2026-02-03到账",
    ]
    assert [c.code for c in got.conditions] == [Code.DEAL_DOWN_PAYMENT, Code.DEAL_TRIAL_PAYMENT]


def test_rows_that_pay_nothing_come_beside_the_trial_payments():
    """A benefit begins in March: the plan pays nothing before it, and so does the trial."""
    policy = replace(
        policy_of(instalments=2),
        concessions=(rp.Concession(step="extend"), rp.Concession(step="holiday", months=2, interest="defer")),
    )
    items = [rp.Income("pay", "700"), rp.Income("benefit", "700", start="2026-03-01")]
    got = conditional(one_loan(), Household(items=items, assessed="2026-01-05"), policy)
    assert got.today.schedule.rows[0].payment == 0
    assert [bool(row.payment) for row in got.rows] == [False, False, True, True]
    assert [c.number for c in got.conditions] == [3, 4]
    judged = fulfilment(got, [got.rows[2].payment], ["2026-03-31"], on="2026-03-31")
    assert [c.code for c in judged.conditions] == [Code.DEAL_MET, Code.DEAL_OPEN]


def test_a_plan_of_one_instalment_needs_no_trial():
    got = conditional(
        one_loan(principal="100", unpaid=1), Household(net_income="1300"), policy_of(instalments=3)
    )
    assert (got.rows, got.conditions, got.effective_on) == ((), (), START)
    assert got.offer.schedule.rows == got.today.schedule.rows
    assert fulfilment(got, [], [], on="2026-01-01").code is Code.DEAL_MET


def test_a_policy_that_does_not_round_asks_for_whole_cents():
    policy = replace(policy_of(instalments=2), rounding=rp.Rounding(instalment="none", interest="none"))
    got = conditional(one_loan(), Household(net_income="1300"), policy)
    exact = got.today.schedule.rows[0].payment
    assert exact != exact.quantize(Decimal("0.01"))
    assert got.rows[0].payment == got.conditions[0].amount == Decimal(ceil(exact * 100)).scaleb(-2)


def test_a_deal_whose_loan_is_offered_nothing_then():
    """At 24 % meanwhile, more is left than one instalment by April can be: the deal says so beforehand."""
    policy = replace(
        policy_of(instalments=3),
        limit=rp.ExtensionLimit(last_date="2026-04-30"),
        concessions=(rp.Concession(step="cut_rate", by="0.01", floor="0.02"),),
    )
    short = {"principal": "800", "annual_rate": "0.24", "elapsed": 32, "unpaid": 4}
    got = conditional(one_loan(**short), Household(net_income="901"), policy)
    assert isinstance(got.today, Offer)
    assert isinstance(got.offer, Infeasible)
    assert [reason.code for reason in got.offer.reasons] == [Code.OVER_CAPACITY]
    many = conditional(
        Loans.from_columns(**columns_of([one_loan(**short)])),
        Households.from_columns(net_income=["901"]),
        policy,
    ).value
    assert (many.agreed.tolist(), many.stands.tolist()) == ([True], [False])


def columns_of(several):
    names = (*COMPONENTS, "annual_rate", "original_term", "elapsed", "unpaid", "next_due", "day_count")
    return {name: [getattr(loan, name) for loan in several] for name in names}


@settings(max_examples=8)
@given(st.lists(st.tuples(loans(), st.integers(0, 900)), min_size=1, max_size=4), trials(), st.randoms())
def test_a_batch_is_its_loans_one_by_one_in_any_order(several, trial, random):
    policy = replace(POLICY, trial=trial)
    random.shuffle(several)
    many = conditional(
        Loans.from_columns(**columns_of([loan for loan, _ in several])),
        Households.from_columns(net_income=[str(700 + can) for _, can in several]),
        policy,
    )
    place = {row: i for i, row in enumerate(many.row.tolist())}
    failed = {f.row: f.code for f in many.failures}
    for row, (loan, can) in enumerate(several):
        home = Household(net_income=str(700 + can))
        if row in failed:
            with pytest.raises(InputError) as caught:
                conditional(loan, home, policy)
            assert caught.value.code is failed[row]
            continue
        want = conditional(loan, home, policy)
        assert many.value.one(place[row]) == want
        assert many.value.agreed[place[row]] == isinstance(want, Conditional)
        if isinstance(want, Infeasible):
            assert many.value.loans.one(row) == loan


def test_a_bad_row_has_a_code_and_no_other_changes():
    policy = policy_of(instalments=2, down_amount="500")
    columns = columns_of([one_loan(), one_loan(), one_loan()])
    homes = Households.from_columns(net_income=["1300"] * 3)
    good = conditional(Loans.from_columns(**columns), homes, policy)
    assert len(good.failures) == 0
    for change, code, field in (
        ({"principal": ["12000", "-1", "12000"]}, Code.NEGATIVE, "principal"),
        ({"principal": ["12000", "400", "12000"]}, Code.NOTHING_OWED, "principal"),
        ({"elapsed": [10, 3659, 10]}, Code.OUT_OF_RANGE, "elapsed"),
    ):
        limit = rp.ExtensionLimit(max_new_plan_months=48)
        bad = conditional(Loans.from_columns(**(columns | change)), homes, replace(policy, limit=limit))
        assert [(f.row, f.code, f.field) for f in bad.failures] == [(1, code, field)]
        assert bad.row.tolist() == [0, 2]
        assert all(got == good.value.one(0) for got in bad.value)
        paid = fulfilment(bad.value, ["500"], ["2025-12-31"], on="2025-12-31", row=[2])
        assert paid.row.tolist() == [0, 2]
        assert [each.conditions[0].code for each in paid.value] == [Code.DEAL_OPEN, Code.DEAL_MET]


def test_nothing_can_be_read_from_a_policy_without_the_section():
    with pytest.raises(InputError) as caught:
        conditional(one_loan(), Household(net_income="1300"), POLICY)
    assert (caught.value.code, caught.value.field) == (Code.MISSING, "trial")
    with pytest.raises(TypeError, match="one loan with one household"):
        conditional(one_loan(), Households.from_columns(net_income=["1"]), policy_of(instalments=1))


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"instalments": 0}, Code.OUT_OF_RANGE, "trial.instalments"),
        ({"down_amount": "-1"}, Code.OUT_OF_RANGE, "trial.down_amount"),
        ({"down_percent": "101"}, Code.OUT_OF_RANGE, "trial.down_percent"),
        ({"down_amount": "1", "down_percent": "1"}, Code.UNKNOWN_VALUE, "trial.down_percent"),
        ({"down_days": -1}, Code.OUT_OF_RANGE, "trial.down_days"),
        ({"grace_days": 367}, Code.OUT_OF_RANGE, "trial.grace_days"),
        ({"in_time": "some_day"}, Code.UNKNOWN_VALUE, "trial.in_time"),
        ({"in_time": "month_end", "grace_days": 1}, Code.UNKNOWN_VALUE, "trial.grace_days"),
        ({"order": ("tips",)}, Code.UNKNOWN_VALUE, "trial.order[0]"),
    ],
)
def test_a_rule_that_cannot_be_meant(change, code, field):
    with pytest.raises(InputError) as caught:
        Trial(**({"instalments": 3} | change))
    assert (caught.value.code, caught.value.field) == (code, field)


# What came in


def judged_by_hand(conditions, payments, on):
    """(code, received, met on) of each condition, condition by condition and payment by payment."""
    out, before = [], Decimal(0)
    for condition in conditions:
        upto = before + condition.amount
        last = min(condition.in_time_until, on)
        came, met_on = Decimal(0), None
        for day, amount in sorted(payments):
            if day <= last:
                came += amount
                if came >= upto and met_on is None:
                    met_on = day
        received = min(max(came - before, Decimal(0)), condition.amount)
        state = (
            Code.DEAL_MET
            if came >= upto
            else Code.DEAL_BROKEN
            if on > condition.in_time_until
            else Code.DEAL_OPEN
        )
        out.append((state, received, condition.amount - received, met_on))
        before = upto
    return out


PAYMENTS = st.lists(
    st.tuples(
        st.dates(date(2025, 12, 25), date(2026, 5, 10)),
        st.integers(0, 1500).map(lambda n: Decimal(n * 50) / 100),
    ),
    max_size=8,
)
DEALS = [
    conditional(
        one_loan(principal=principal),
        Household(net_income="1500"),
        policy_of(instalments=3, down_amount=down, down_days=5, grace_days=grace),
    )
    for principal, down, grace in (("12000", "250", 10), ("9000", None, 0), ("5000", "100", 40))
]


@given(st.sampled_from(DEALS), PAYMENTS, st.dates(date(2025, 12, 25), date(2026, 6, 1)))
def test_a_deal_is_judged_as_by_hand(deal, payments, on):
    got = fulfilment(deal, [amount for _, amount in payments], [day for day, _ in payments], on=on)
    want = judged_by_hand(deal.conditions, payments, on)
    assert [(s.code, s.received, s.missing, s.met_on) for s in got.conditions] == want
    assert [s.condition for s in got.conditions] == list(deal.conditions)
    states = [state for state, *_ in want]
    worst = next((c for c in (Code.DEAL_BROKEN, Code.DEAL_OPEN) if c in states), Code.DEAL_MET)
    assert got.code is worst
    owed_then = [
        c.owed_if_missed for c, s in zip(deal.conditions, states, strict=True) if s is Code.DEAL_BROKEN
    ]
    assert got.owed_if_broken == (owed_then[0] if owed_then else None)


MANY = conditional(
    Loans.from_columns(**columns_of([one_loan()] * 4) | {"principal": ["12000", "9000000", "5000", "-1"]}),
    Households.from_columns(net_income=["1500"] * 4),
    policy_of(instalments=3, down_amount="100", down_days=5, grace_days=7),
)


@given(
    st.lists(st.tuples(st.integers(-1, 5), PAYMENTS), max_size=6),
    st.dates(date(2025, 12, 25), date(2026, 6, 1)),
    st.randoms(),
)
def test_many_deals_are_judged_as_one_by_one_whatever_the_order_of_payments(listed, on, random):
    """Row 1 has no deal, row 3 is bad; payments for them, and for rows that aren't there, are nobody's."""
    lines = [(row, day, amount) for row, payments in listed for day, amount in payments]
    random.shuffle(lines)
    got = fulfilment(
        MANY.value,
        [amount for *_, amount in lines],
        np.array([day for _, day, _ in lines], "datetime64[D]"),
        on=on,
        row=[row for row, *_ in lines],
    )
    assert (got.row.tolist(), len(got.failures), len(got.value)) == ([0, 2], 0, 2)
    for i, row in enumerate((0, 2)):
        mine = [(day, amount) for of, day, amount in lines if of == row]
        deal = MANY.value.one(int(np.flatnonzero(MANY.row == row)[0]))
        want = fulfilment(deal, [amount for _, amount in mine], [day for day, _ in mine], on=on)
        assert got.value.one(i) == want


def test_a_payment_that_cannot_be_read_is_a_failure_of_its_deal():
    got = fulfilment(
        MANY.value,
        ["100", "-5", "1e999"],
        ["2025-12-31", "2026-01-02", "2026-01-02"],
        on="2026-01-03",
        row=[0, 2, 9],
    )
    assert [(f.row, f.code, f.field, f.value) for f in got.failures] == [(2, Code.NEGATIVE, "amount", "-5")]
    assert got.row.tolist() == [0]
    with pytest.raises(InputError) as caught:
        fulfilment(DEALS[0], ["100"], ["soon"], on="2026-01-03")
    assert (caught.value.code, caught.value.field) == (Code.NOT_A_DATE, "day")
    with pytest.raises(InputError) as caught:
        fulfilment(DEALS[0], ["100"], ["2026-01-01"], on="soon")
    assert (caught.value.code, caught.value.field) == (Code.NOT_A_DATE, "on")
    with pytest.raises(TypeError, match="`row` says which loan"):
        fulfilment(MANY.value, ["100"], ["2026-01-01"], on="2026-01-03")
    with pytest.raises(TypeError):
        fulfilment(MANY.value, ["100", "100"], ["2026-01-01"], on="2026-01-03", row=[0, 0])


@pytest.mark.parametrize("principal", [[], ["-1"], ["-1", "9000000"]])
def test_batches_without_a_deal(principal):
    count = len(principal)
    columns = columns_of([one_loan()] * count) | {"principal": principal}
    homes = Households.from_columns(net_income=["900"] * count)
    got = conditional(Loans.from_columns(**columns), homes, policy_of(instalments=2, down_amount="5")).value
    assert (got.agreed.sum(), got.stands.sum()) == (0, 0)
    assert got.down_payment.tolist() == [0] * len(got)
    assert [type(each) for each in got] == [Infeasible] * len(got)
    judged = fulfilment(got, ["5"], ["2026-01-01"], on="2026-01-01", row=[1])
    assert (len(judged.value), len(judged.failures)) == (0, 0)
