"""Interest on the balance: what a slow account says, day by day, and what must hold of any account."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import account_cases as some
import account_oracle
import balance_oracle as slow
import repayplan as rp
from examples import examples
from test_history import same_every_day

PARTS = account_oracle.PARTS
ADVANCES = st.sampled_from(("hold", "next", "next", "last", "shorter"))


@st.composite
def rules(draw):
    counts = (*some.FIXED, "ACT/ACT ISDA", "NL/365", "30E/360")
    rounded = draw(st.sampled_from(("day", "stretch", "instalment")))
    parts = "days" if rounded == "day" else draw(st.sampled_from(("days", "of_period")))
    if rounded == "day":
        counts = some.FIXED
    if parts == "of_period":
        counts = tuple(name for name in counts if name != "ACT/ACT ISDA")
    return rp.OnBalance(
        day_count=draw(st.sampled_from(counts)),
        parts=parts,
        on_overdue=draw(st.sampled_from(((), ("principal",), ("principal",), ("interest", "principal")))),
        rounded=rounded,
        mode=draw(st.sampled_from(("half_up", "half_even", "up", "down"))),
        fixed=draw(st.sampled_from(("instalment", "instalment", "principal"))),
        split=draw(st.sampled_from(("due_date", "payment"))),
    )


@st.composite
def allocations(draw):
    made = draw(some.allocation_rules())
    ahead = st.none() | some.orders
    kinds = [
        rp.KindOrder(kind=k.kind, order=k.order, by=k.by, ahead=draw(ahead), in_advance=draw(ADVANCES))
        for k in made.kinds
    ]
    late = [rp.LateOrder(from_days=k.from_days, order=k.order, by=k.by, ahead=draw(ahead)) for k in made.late]
    return rp.AllocationRule(
        order=made.order,
        by=made.by,
        ahead=draw(ahead),
        late=late,
        kinds=kinds,
        in_advance=draw(ADVANCES),
        source="a test",
    )


@st.composite
def all_terms(draw):
    overdue = draw(some.overdue_rules())
    if overdue.caps is not None and (overdue.caps.all_in or overdue.caps.all_in_index):
        overdue = replace(overdue, caps=None)
    if overdue.rounded == "month" and overdue.mode == "half_even":  # even: of the month, or of all so far
        overdue = replace(overdue, mode="half_up")
    return rp.AccountTerms(overdue=overdue, allocation=draw(allocations()), on_balance=draw(rules()))


@st.composite
def even_plans(draw):
    """Instalments of one size, and interest that isn't far from what accrues."""
    start = draw(st.sampled_from((date(2023, 11, 20), date(2024, 1, 31), date(2024, 2, 10))))
    level = draw(st.integers(500, 100_000))
    rows, due = [], start
    for gap in draw(st.lists(st.sampled_from((28, 30, 31)), min_size=2, max_size=5)):
        due += timedelta(days=gap)
        principal = draw(st.sampled_from((level, level * 9 // 10, level * 4 // 5, 0)))
        rows.append((due, principal, level - principal, draw(st.sampled_from((0, 0, 300)))))
    rate = Fraction(draw(st.sampled_from(("0.05508", "0.12", "0.24"))))
    own = draw(st.none() | st.lists(st.sampled_from((rate, rate / 2, 0)), min_size=5, max_size=5))
    rates = own and [Fraction(each) for each in own[: len(rows)]]
    return account_oracle.Plan(rate, start, rows, max(sum(row[1] for row in rows), 1), rates=rates)


@st.composite
def payments(draw, plan):
    """Of an instalment, or several, or a part of one, on any day."""
    level = sum(plan.instalments[0][1:3])
    last = (plan.instalments[-1][0] - plan.start).days + 40
    sizes = st.sampled_from((level, level, 2 * level, 3 * level, max(level // 2, 1), 7))
    return [
        rp.Event(
            kind=draw(st.sampled_from(("payment", "payment", "guarantor_payment"))),
            value_date=plan.start + timedelta(days=draw(st.integers(0, last))),
            amount=Decimal(draw(sizes)) / 100,
            reference=f"P{nr}",
        )
        for nr in range(draw(st.integers(1, 5)))
    ]


@st.composite
def cases(draw, *, most=6):
    """What `slow_of` takes."""
    even = draw(st.booleans())
    plan, terms = draw(even_plans() if even else some.plans()), draw(all_terms())
    last = (plan.instalments[-1][0] - plan.start).days + 60
    as_of, known = (plan.start + timedelta(days=draw(st.integers(0, last))) for _ in range(2))
    events = draw(payments(plan)) if even else []
    events += draw(some.events_of(plan, most=2 if even else most))
    return plan, terms, events, as_of, draw(st.none() | st.just(known))


def slow_of(plan, terms, events, as_of, known=None):
    try:
        return slow.BalanceOracle(
            plan, terms.overdue, terms.allocation, terms.on_balance, events, as_of, known
        )
    except slow.RefusedError:
        return None


@given(cases())
def test_every_figure_is_that_of_the_slow_account(case):
    oracle, found = slow_of(*case), some.fast_of(*case)
    assume(oracle is None or not (oracle.called and oracle.held))  # money that a called account keeps waits
    assert (oracle is None) == (found is None)
    if oracle is not None:
        assert some.figures(found) == some.slow_figures(oracle)


@st.composite
def changed_cases(draw):
    """The same of signed plans whose rate changes, of which more is lent, or whose interest stops."""
    template = draw(st.sampled_from([each for each in some.TEMPLATES if not puts_off(each)]))
    plan, terms = draw(some.signed_plans(template)), draw(all_terms())
    kinds = ("payment",) * 4 + ("rate_change", "drawdown", "freeze", "freeze", "fee", "acceleration")
    kinds += (*account_oracle.NEW_PLANS, "reversal", "waiver")
    as_of = plan.start + timedelta(days=draw(st.integers(0, 230)))
    return plan, terms, draw(some.events_of(plan, most=4, kinds=kinds)), as_of


def puts_off(template):
    return any(stage["kind"] == "holiday" for stage in some.TEMPLATES[template])


@given(changed_cases())
def test_changed_accounts_are_those_of_the_slow_account(case):
    oracle, found = slow_of(*case), some.fast_of(*case)
    assert (oracle is None) == (found is None)
    if oracle is not None:
        assert some.figures(found) == some.slow_figures(oracle)


@pytest.mark.parametrize("interest", ["capitalise", "defer"])
def test_a_new_plan_whose_interest_waits_is_refused(interest):
    plan = rp.holiday(2, interest=interest) + rp.equal_instalment(2)
    change = rp.Event(
        kind="reschedule", value_date="2026-02-10", reference="c", plan=plan, first_due="2026-03-10"
    )
    with pytest.raises(rp.InputError) as caught:
        rp.replay(account(kept_by()), [change], as_of="2026-03-01")
    assert (caught.value.code, caught.value.field) == (rp.Code.UNKNOWN_VALUE, "plan (event 0)")


# ---- a batch is its accounts one by one


@st.composite
def batches(draw):
    terms, made = draw(all_terms()), []
    for _ in range(draw(st.integers(2, 4))):
        plan = draw(even_plans())
        made.append((plan, draw(payments(plan)) + draw(some.events_of(plan, most=2))))
    return terms, made, made[0][0].start + timedelta(days=draw(st.integers(60, 200)))


@given(batches(), st.randoms(use_true_random=False))
@examples(12)
def test_a_batch_is_its_accounts_one_by_one_in_any_order_of_entry(batch, chance):
    terms, made, as_of = batch
    accounts = some.accounts_of([plan for plan, _ in made], terms)
    lists = [chance.sample(events, len(events)) for _, events in made]
    found = rp.replay(accounts, some.events_of_many(lists), as_of=as_of)
    alone = [some.fast_of(plan, terms, events, as_of) for plan, events in made]
    assert found.row.tolist() == [i for i, one in enumerate(alone) if one is not None]
    for i, at in enumerate(found.row.tolist()):
        batch_of, one = found.value.columns, alone[at].batch.columns
        for name in one.__slots__:
            assert str(getattr(batch_of, name)[i]) == str(getattr(one, name)[0]), name
        assert some.figures(found.value.one(i)) == some.figures(alone[at])


CALM = ("payment", "fee", "cost", "waiver", "freeze", "reversal")


@given(even_plans(), all_terms(), st.data())
@examples(30)
def test_the_history_says_every_day_until_the_last_due_date(plan, terms, data):
    events = data.draw(payments(plan)) + data.draw(some.events_of(plan, most=2, kinds=CALM))
    end = plan.instalments[-1][0] - timedelta(days=1)
    accounts, events = some.accounts_of([plan], terms), [e for e in events if e.value_date <= end]
    many = some.events_of_many([events])
    if len(rp.replay(accounts, many, as_of=end).value):
        same_every_day(accounts, many, plan.start, end)


# ---- accounts of schedules

FREE = rp.OverdueRule(
    penalty=rp.OverdueLedger(on=("principal",), rate=rp.OverdueRate(rate="0")),
    day_count="ACT/365F",
    first_day="due_date",
    rounded="end",
    mode="half_even",
)
INTEREST_FIRST = ("costs", "fees", "penalty", "compound", "interest", "principal")
PRINCIPAL_FIRST = (*INTEREST_FIRST[:4], "principal", "interest")
SIMPLE = rp.OnBalance(day_count="ACT/365F", on_overdue=("principal",), rounded="instalment", mode="half_up")
LOAN = rp.Loan(
    principal="12000.00",
    annual_rate="0.12",
    original_term=12,
    elapsed=0,
    unpaid=12,
    start="2026-01-01",
    next_due="2026-02-01",
)


def kept_by(rule=SIMPLE, *, in_advance="next", ahead=None, overdue=FREE, by="instalment", **more):
    order = rp.AllocationRule(
        order=INTEREST_FIRST, by=by, ahead=ahead, in_advance=in_advance, source="a test"
    )
    return rp.AccountTerms(overdue=overdue, allocation=order, on_balance=rule, **more)


def account(terms, loan=LOAN, plan=None):
    return rp.Account.of(loan, rp.schedule(loan, plan or rp.equal_instalment(12)), terms)


def paid(day, amount, reference="P"):
    return rp.Event(kind="payment", value_date=day, amount=amount, reference=f"{reference}{day}")


def event(kind, day, **more):
    return rp.Event(kind=kind, value_date=day, reference=f"{kind} {day}", **more)


def interest_of(row):
    return row.asked["interest"]


def test_interest_is_the_balances_day_by_day():
    """31 days of 12,000.00 at 12 % of 365 days; then 28 of what is left, and ten of what is late."""
    now = rp.replay(account(kept_by()), [paid("2026-02-01", "1066.19")], as_of="2026-03-11")
    first, second = now.rows[:2]
    assert (str(interest_of(first)), str(first.asked["principal"])) == ("122.30", "943.89")
    left = 12000 - Decimal("943.89")
    assert interest_of(second) == round(left * Decimal("0.12") * 28 / 365, 2)
    assert sum(second.asked.values()) == Decimal("1066.19")
    late = second.asked["principal"]
    assert now.not_due == left - late
    running = round(now.not_due * Decimal("0.12") * 10 / 365, 2) + round(late * Decimal("0.12") * 10 / 365, 2)
    assert now.accrued_interest == running
    assert now.payoff == left + interest_of(second) + running


WAYS = [("next", None), ("next", PRINCIPAL_FIRST), ("last", None), ("shorter", None), ("lower", None)]
WAYS += [("shorter", PRINCIPAL_FIRST), ("lower", PRINCIPAL_FIRST), ("hold", None)]
RULES = st.sampled_from(
    [
        SIMPLE,
        replace(SIMPLE, split="payment"),
        replace(SIMPLE, rounded="day", mode="half_even"),
        replace(SIMPLE, rounded="stretch", on_overdue=()),
        replace(SIMPLE, on_overdue=("interest", "principal"), day_count="ACT/360"),
        replace(SIMPLE, lowered="following", day_count="ACT/ACT ISDA"),
        replace(SIMPLE, parts="of_period", day_count="30E/360", rounded="stretch"),
    ]
)
AMOUNTS = st.sampled_from(("1066.19", "1066.19", "1066.19", "1.00", "500.00", "3000.00", "11000.00"))
DAYS = st.integers(0, 400).map(lambda n: date(2026, 1, 1) + timedelta(days=n))
CHANGES = (
    event("re_amortise", "2026-05-20"),
    event("re_amortise", "2026-05-20", joins=("interest", "principal"), rate="0.06"),
    event(
        "reschedule", "2026-07-01", plan=rp.equal_instalment(18), joins=("principal",), first_due="2026-08-15"
    ),
    event("re_age", "2026-03-31", plan=rp.interest_only(3) + rp.equal_instalment(9), joins=("interest",)),
    event("waiver", "2026-04-10", amount="1.00", component="principal"),
    event("freeze", "2026-02-10", until="2026-05-10"),
    event("fee", "2026-03-10", amount="25.00"),
    event("acceleration", "2026-06-10"),
)


@st.composite
def lives(draw):
    """What happens to the loan above: payments on different days, and perhaps a change."""
    in_advance, ahead = draw(st.sampled_from(WAYS))
    terms = kept_by(draw(RULES), in_advance=in_advance, ahead=ahead)
    days = sorted(draw(st.sets(DAYS, max_size=8)))
    events = [paid(day, draw(AMOUNTS)) for day in days]
    events += draw(st.lists(st.sampled_from(CHANGES), max_size=2, unique_by=lambda e: e.reference))
    return terms, events, draw(DAYS)


def replayed(terms, events, as_of):
    try:
        return rp.replay(account(terms), events, as_of=as_of)
    except rp.InputError:  # more waived than is owed, and such
        return None


@given(lives())
@examples(80)
def test_money_is_conserved_in_every_row(life):
    terms, events, as_of = life
    now = replayed(terms, events, as_of)
    assume(now is not None)
    for row in now.rows:
        for part in row.asked:
            assert row.asked[part] == row.paid[part] + row.waived[part] + row.owed[part]
            assert min(row.asked[part], row.paid[part], row.waived[part], row.owed[part]) >= 0
    money = sum(e.amount for e in events if e.kind == "payment" and e.value_date <= as_of)
    assert money == sum(sum(row.paid.values()) for row in now.rows) + now.held
    principal = sum(row.asked["principal"] for row in now.rows)
    joined = any(e.kind in ("re_amortise", "reschedule", "re_age") for e in events)
    if not joined:
        assert principal == 12000
        assert now.not_due == sum(row.owed["principal"] for row in now.rows if not row.fallen_due)
    assert now.accrued_interest >= 0
    if now.next_due is not None and terms.overdue.late_fee is None:
        first = next(row for row in now.rows if row.due_date == now.next_due and sum(row.owed.values()))
        assert now.next_amount == max(sum(first.owed.values()) - now.held, 0)


@given(lives(), st.integers(0, 90))
@examples(40)
def test_the_payoff_ends_the_account_for_good(life, later):
    terms, events, as_of = life
    now = replayed(terms, events, as_of)
    assume(now is not None and now.payoff > 0)
    done = [*events, event("acceleration", as_of), paid(as_of, now.payoff, "Z")]
    done = [e for e in done if e.value_date <= as_of]
    for day in (as_of, as_of + timedelta(days=later)):
        end = rp.replay(account(terms), done, as_of=day)
        assert (end.payoff, end.overdue, end.not_due, end.accrued_interest, end.held) == (0, 0, 0, 0, 0)


@given(lives())
@examples(30)
def test_where_money_is_not_kept_the_payoff_alone_ends_it(life):
    terms, events, as_of = life
    assume(terms.allocation.in_advance != "hold")
    now = replayed(terms, events, as_of)
    assume(now is not None and now.payoff > 0)
    done = [e for e in events if e.value_date <= as_of]
    end = rp.replay(account(terms), [*done, paid(as_of, now.payoff, "Z")], as_of=as_of + timedelta(days=400))
    assert (end.payoff, end.overdue, end.not_due, end.accrued_interest, end.held) == (0, 0, 0, 0, 0)


# ---- what interest on a balance is


def balances(terms, events, until):
    """Principal at the end of each day, all days at once."""
    days = [LOAN.start + timedelta(days=n) for n in range((until - LOAN.start).days)]
    same = ("principal", "annual_rate", "original_term", "elapsed", "unpaid", "start", "next_due")
    loans = rp.Loans.from_columns(**{name: [getattr(LOAN, name)] * len(days) for name in same})
    accounts = rp.Accounts.of(rp.schedule(loans, rp.equal_instalment(12)).value, terms)
    found = rp.replay(accounts, some.events_of_many([events] * len(days)), as_of=days).value.columns
    return found.not_due + found.owed[:, PARTS.index("principal")]


def all_interest(now):
    return (
        sum(row.asked["interest"] for row in now.rows if row.fallen_due)
        + now.accrued_interest
        + sum(row.paid["interest"] for row in now.rows if not row.fallen_due)
    )


@given(st.lists(st.tuples(st.integers(0, 130), AMOUNTS), min_size=1, max_size=4), st.sampled_from(WAYS))
@examples(10)
def test_all_interest_is_that_of_the_principal_of_each_day(payments, way):
    """Two roundings a period, of what has fallen due and of what hasn't."""
    in_advance, ahead = way
    terms = kept_by(in_advance=in_advance, ahead=ahead)
    events = [paid(LOAN.start + timedelta(days=n), amount, nr) for nr, (n, amount) in enumerate(payments)]
    end = LOAN.start + timedelta(days=140)
    found = all_interest(rp.replay(account(terms), events, as_of=end))
    exact = Fraction(int(balances(terms, events, end).sum()), 100) * Fraction(12, 100) / 365
    assert abs(Fraction(found) - exact) <= Fraction(1, 100) * (5 + len(events))


@given(lives(), st.integers(1, 60), st.integers(0, 7))
@examples(40)
def test_earlier_money_never_costs_more_interest(life, days, which):
    """But for roundings: of each period, and where a payment cuts one.

    With ``split="payment"`` it may: before the last due date all interest that has accrued comes first, after
    it each instalment's own.
    """
    terms, events, _ = life
    on_balance = replace(terms.on_balance, on_overdue=("principal",), rounded="instalment", split="due_date")
    terms = replace(terms, on_balance=on_balance)
    events = [e for e in events if e.kind == "payment"]
    assume(events)
    moved = events[which % len(events)]
    sooner = max(moved.value_date - timedelta(days=days), date(2026, 1, 1))
    others = [replace(moved, value_date=sooner, booked=None), *(e for e in events if e is not moved)]
    late, early = (rp.replay(account(terms), each, as_of="2027-06-30") for each in (events, others))
    cents = len(late.rows) + 2 * len(events)
    assert early.payoff - late.payoff <= Decimal(cents) / 100


@given(lives(), st.sampled_from(("1.00", "60.00", "500.00")))
@examples(20)
def test_by_the_us_rule_interest_as_of_the_day_comes_first(life, amount):
    terms, events, as_of = life
    on_balance = replace(terms.on_balance, split="payment")
    terms = replace(kept_by(on_balance, by="component", in_advance="next"), overdue=terms.overdue)
    then = replayed(terms, events, as_of)
    assume(then is not None and then.next_due is not None and then.overdue > Decimal(amount))
    now = rp.replay(
        account(terms), [*(e for e in events if e.value_date <= as_of), paid(as_of, amount, "Z")], as_of=as_of
    )
    before = then.owed["interest"] + then.accrued_interest
    charges = sum(then.owed[part] for part in ("costs", "fees"))
    left = max(before - max(Decimal(amount) - charges, 0), 0)
    assert now.owed["interest"] + now.accrued_interest == left
    assert now.payoff == then.payoff - Decimal(amount)


def test_a_payment_ten_days_late_by_either_split():
    """By both it costs ten days more; what was paid late is all the instalment, and the next one stays."""
    for split in ("due_date", "payment"):
        terms = kept_by(replace(SIMPLE, split=split))
        now = rp.replay(account(terms), [paid("2026-02-11", "1066.19")], as_of="2026-02-11")
        assert (now.overdue, now.next_amount) == (0, Decimal("1066.19"))
        whole = round(12000 * Decimal("0.12") * 31 / 365, 2)
        ten = round(Decimal("11056.11") * Decimal("0.12") * 10 / 365, 2) + Decimal("3.10")
        if split == "due_date":
            assert (interest_of(now.rows[0]), now.accrued_interest) == (whole, ten)
        else:
            assert (interest_of(now.rows[0]), now.accrued_interest) == (whole + ten, 0)
        assert now.payoff == 12000 + whole + ten - Decimal("1066.19")


# ---- plans that change


@given(st.integers(32, 58), st.sampled_from(("2000.00", "700.00")), st.integers(60, 380))
@examples(20)
def test_lowered_instalments_are_those_of_a_loan_of_what_is_left(day, amount, later):
    terms = kept_by(in_advance="lower")
    when, as_of = (LOAN.start + timedelta(days=n) for n in (day, later))
    events = [paid("2026-02-01", "1066.19"), paid(when, amount)]
    left = rp.replay(account(terms), events, as_of=when).not_due
    anew = replace(LOAN, principal=left, start=when, next_due="2026-03-01", unpaid=11, original_term=11)
    fresh = rp.replay(account(terms, anew, rp.equal_instalment(11)), [], as_of=max(as_of, when))
    now = rp.replay(account(terms), events, as_of=max(as_of, when))
    same = ("overdue", "not_due", "accrued_interest", "payoff", "next_due", "next_amount", "instalments_left")
    assert [getattr(now, name) for name in same] == [getattr(fresh, name) for name in same]
    assert [r.asked for r in now.rows[-11:]] == [r.asked for r in fresh.rows]


@given(st.sampled_from((None, "0.06", "0")), st.integers(31, 400))
@examples(20)
def test_a_new_plan_is_an_account_of_what_is_left_and_accrued_interest_falls_due_with_it(rate, later):
    plan = rp.interest_only(2) + rp.equal_instalment(10)
    event_of = rp.Event(
        kind="reschedule",
        value_date="2026-02-11",
        plan=plan,
        first_due="2026-03-15",
        joins=("principal",),
        rate=rate,
        reference="R",
    )
    terms, when = kept_by(), date(2026, 2, 11)
    as_of = LOAN.start + timedelta(days=max(later, 41))
    then = rp.replay(account(terms), [], as_of=when)
    now = rp.replay(account(terms), [event_of], as_of=as_of)
    anew = replace(LOAN, start=when, next_due="2026-03-15", annual_rate=rate or "0.12")
    fresh = rp.replay(account(terms, anew, plan), [], as_of=as_of)
    first, other = (next(r for r in each.rows if r.due_date == date(2026, 3, 15)) for each in (now, fresh))
    assert interest_of(first) - interest_of(other) == then.accrued_interest
    assert now.payoff == fresh.payoff + then.owed["interest"] + then.accrued_interest
    assert (now.not_due, now.owed["principal"]) == (fresh.not_due, fresh.owed["principal"])


def test_the_running_instalment_may_ask_for_its_interest_alone():
    terms = kept_by(replace(SIMPLE, lowered="following"), in_advance="lower", ahead=PRINCIPAL_FIRST)
    now = rp.replay(account(terms), [paid("2026-01-20", "3000.00")], as_of="2026-01-20")
    running = next(row for row in now.rows if row.due_date == date(2026, 2, 1))
    interest = round((12000 * 19 + 9000 * 12) * Decimal("0.12") / 365, 2)
    assert running.owed == dict.fromkeys(running.owed, 0) | {"interest": interest}
    anew = replace(
        LOAN, principal="9000", start="2026-02-01", next_due="2026-03-01", unpaid=11, original_term=11
    )
    assert now.batch.columns.instalment[0] == rp.schedule(anew, rp.equal_instalment(11)).instalment
    alone = kept_by(terms.on_balance, in_advance="lower")
    last = rp.replay(
        account(alone, replace(LOAN, unpaid=1), rp.equal_instalment(1)),
        [paid("2026-01-20", "300")],
        as_of="2026-01-20",
    )
    assert last.next_due == date(2026, 2, 1)
    assert last.not_due == 12000 - (300 - round(12000 * Decimal("0.12") * 19 / 365, 2))


def test_principal_that_is_fixed_stays_and_interest_follows():
    terms = kept_by(replace(SIMPLE, fixed="principal"))
    made = account(terms, plan=rp.equal_principal(12))
    now = rp.replay(made, [paid("2026-01-11", "1000.00")], as_of="2026-02-01")
    assert [row.asked["principal"] for row in now.rows] == [1000] * 12
    ten = round(12000 * Decimal("0.12") * 10 / 365, 2)
    whole = round((12000 * 10 + (11000 + ten) * 21) * Decimal("0.12") / 365, 2)
    assert (interest_of(now.rows[0]), now.owed["interest"]) == (whole, whole - ten)
    assert now.owed["principal"] == ten


def test_rows_that_repay_nothing_ask_for_interest_alone():
    made = account(kept_by(), plan=rp.interest_only(2) + rp.equal_instalment(10))
    now = rp.replay(made, [], as_of="2026-01-01")
    assert [row.asked["principal"] for row in now.rows[:2]] == [0, 0]
    assert [str(interest_of(row)) for row in now.rows[:2]] == ["122.30", "110.47"]


STAGED = rp.equal_instalment(2, rate="0.06") + rp.equal_instalment(10)


def by_rates(rows, rates, balance):
    """Interest of rows one after the other, each of its days at its rate."""
    for before, row, rate in zip([LOAN.start, *(row.due_date for row in rows)], rows, rates, strict=False):
        yield round(balance * Decimal(rate) * (row.due_date - before).days / 365, 2)
        balance -= row.asked["principal"]


def test_a_stage_may_have_a_rate_of_its_own():
    rates = ("0.06", "0.06", *["0.12"] * 10)
    now = rp.replay(account(kept_by(), plan=STAGED), [], as_of="2026-01-01")
    assert [interest_of(row) for row in now.rows] == list(by_rates(now.rows, rates, Decimal(12000)))
    late = rp.replay(account(kept_by(), plan=STAGED), [], as_of="2026-03-11")
    assert late.rows[1].asked == now.rows[1].asked | {
        "interest": interest_of(now.rows[1])
        + round(now.rows[0].asked["principal"] * 28 * Decimal("0.06") / 365, 2),
        "principal": late.rows[1].asked["principal"],
    }
    again = rp.replay(account(kept_by()), [event("re_amortise", LOAN.start, plan=STAGED)], as_of="2026-01-01")
    assert [row.asked for row in again.rows[-12:]] == [row.asked for row in now.rows]


def test_a_stages_rate_may_be_a_column():
    loans = rp.Loans.from_columns(
        principal=["12000.00"] * 2,
        annual_rate="0.12",
        original_term=12,
        elapsed=0,
        unpaid=12,
        start="2026-01-01",
        next_due="2026-02-01",
        columns={"low": ["0.06", "0.03"]},
    )
    plan = rp.equal_instalment(2, rate=rp.col("low")) + rp.equal_instalment(10)
    accounts = rp.Accounts.of(rp.schedule(loans, plan).value, kept_by())
    found = rp.replay(accounts, rp.Events.of([]), as_of="2026-01-01").value
    for i, low in enumerate(("0.06", "0.03")):
        rows = found.one(i).rows
        assert [interest_of(row) for row in rows[:3]] == list(
            by_rates(rows, (low, low, "0.12"), Decimal(12000))
        )


def test_rates_of_rows_are_given_one_by_one_and_a_wrong_one_is_its_accounts_fault():
    accounts = rp.Accounts.from_columns(
        kept_by(),
        rate=["0.12", "0.12"],
        start="2026-01-01",
        account=[0, 0, 1],
        due_date=["2026-02-01", "2026-03-01", "2026-02-01"],
        principal=["500", "500", "500"],
        interest=["10", "5", "5"],
        row_rates=["0.06", "0", "-0.1"],
    )
    assert [(f.row, f.field, f.code) for f in accounts.failures] == [(1, "row_rates", rp.Code.NEGATIVE)]
    found = rp.replay(accounts, rp.Events.of([]), as_of="2026-01-01")
    assert [str(interest_of(row)) for row in found.value.one(0).rows] == ["5.10", "0.00"]


def test_a_freeze_stops_what_is_overdue_and_nothing_else():
    frozen = event("freeze", "2026-02-01", until="2026-02-28")
    plain, paused = (rp.replay(account(kept_by()), each, as_of="2026-03-01") for each in ([], [frozen]))
    late = plain.rows[0].asked["principal"]
    assert interest_of(plain.rows[1]) - interest_of(paused.rows[1]) == round(
        late * Decimal("0.12") * 28 / 365, 2
    )


def test_after_the_last_due_date_interest_joins_the_last_instalment():
    terms = kept_by()
    made = account(terms, replace(LOAN, unpaid=1, original_term=1), rp.equal_instalment(1))
    month = round(12000 * Decimal("0.12") * 31 / 365, 2)
    for days in (0, 1, 100):
        now = rp.replay(made, [], as_of=date(2026, 2, 1) + timedelta(days=days))
        assert now.overdue == now.payoff == 12000 + month + round(12000 * Decimal("0.12") * days / 365, 2)
    end = [paid("2026-05-12", now.payoff)]
    for day in ("2026-05-12", "2026-09-01"):
        assert rp.replay(made, end, as_of=day).payoff == 0
    gone = rp.replay(made, [event("write_off", "2026-05-12")], as_of="2026-09-01")
    assert gone.payoff == now.payoff == sum(gone.written_off.values())
    settled = [paid("2026-05-12", "5000"), event("settlement", "2026-05-12")]
    assert rp.replay(made, settled, as_of="2026-09-01").payoff == 0


def test_interest_that_is_left_when_principal_is_paid_stays_due_with_its_row():
    terms = kept_by(in_advance="shorter", ahead=PRINCIPAL_FIRST)
    events = [paid("2026-01-11", "12000.00"), event("re_amortise", "2026-01-12")]
    ten = round(12000 * Decimal("0.12") * 10 / 365, 2)
    for many in (1, 2):
        now = rp.replay(account(terms), events[:many], as_of="2026-01-20")
        assert (now.payoff, now.accrued_interest, now.not_due) == (ten, ten, 0)
        assert (now.next_due, now.next_amount) == (date(2026, 2, 1), ten)
        assert rp.replay(account(terms), events[:many], as_of="2026-06-20").overdue == ten


def test_an_account_is_a_loan_again_with_what_has_accrued():
    now = rp.replay(account(kept_by()), [paid("2026-02-20", "500.00")], as_of="2026-03-11")
    again = rp.as_loans(now)
    owed = again.principal + again.overdue_principal + again.overdue_interest + again.accrued_interest
    assert (owed, again.accrued_interest) == (now.payoff, now.accrued_interest)


def test_an_instalment_that_was_paid_before_is_paid_in_time():
    made = account(kept_by())
    now = rp.replay(made, [paid("2026-01-11", "2132.38")], as_of="2026-03-01")
    assert [str(row.paid_on) for row in now.rows[:2]] == ["2026-01-11"] * 2
    assert (now.paid_in_time, now.days_past_due, now.instalments_left) == (2, 0, 10)
    part = rp.replay(made, [paid("2026-01-11", "1000.00")], as_of="2026-03-01")
    assert (part.rows[0].paid_on, part.paid_in_time, part.days_past_due) == (None, 0, 28)


def test_where_principal_comes_first_the_next_instalments_ask_for_so_much_less_of_it():
    terms = kept_by(ahead=PRINCIPAL_FIRST)
    now = rp.replay(account(terms), [paid("2026-02-01", "3000.00")], as_of="2026-02-01")
    level, early = Decimal("1066.19"), 3000 - Decimal("1066.19")
    rates, owes = list(by_rates(now.rows, [0, *["0.12"] * 11], 12000 - early)), early
    for row, interest in zip(now.rows[1:4], rates[1:4], strict=True):
        before = min(owes, level - interest)
        owes -= before
        assert (interest_of(row), row.asked["principal"]) == (interest, level - interest - before)
    assert (owes, sum(now.rows[4].asked.values())) == (0, level)
    assert now.rows[-1].paid["principal"] == early


def test_a_row_whose_interest_was_paid_is_not_paid():
    now = rp.replay(account(kept_by(in_advance="shorter")), [paid("2026-01-11", "3000")], as_of="2026-01-11")
    assert now.rows[0].paid["interest"] > 0
    assert now.rows[0].paid_on is None


def test_a_last_row_that_was_paid_is_not_any_more_when_interest_joins_it():
    rule = replace(SIMPLE, on_overdue=("interest", "principal"))
    made = account(kept_by(rule, in_advance="last"), replace(LOAN, unpaid=2), rp.equal_instalment(2))
    then, now = (
        rp.replay(made, [paid("2026-01-11", "12000")], as_of=day) for day in ("2026-02-20", "2026-06-01")
    )
    assert (str(then.rows[1].paid_on), now.rows[1].paid_on) == ("2026-01-11", None)
    joined = round(now.rows[0].owed["interest"] * Decimal("0.12") * 28 / 365, 2)
    joined += round(now.rows[0].owed["interest"] * Decimal("0.12") * 92 / 365, 2)
    assert now.rows[1].owed["interest"] == joined


def test_what_little_is_missing_is_asked_for_with_the_next_instalment():
    """Its principal bears interest on, and is no more overdue."""
    terms = kept_by(overdue=replace(FREE, tolerance="10"))
    now = rp.replay(account(terms), [paid("2026-02-01", "1060.00")], as_of="2026-02-11")
    short, left = Decimal("6.19"), 12000 - Decimal("943.89") + Decimal("6.19")
    assert (now.overdue, now.next_amount, now.not_due) == (0, Decimal("1066.19") + short, left)
    assert abs(now.accrued_interest - left * 10 * Decimal("0.12") / 365) <= Decimal("0.01")


def test_a_settlement_gives_up_what_is_not_due_and_what_has_accrued():
    events = [paid("2026-02-01", "1066.19"), event("settlement", "2026-02-11")]
    for day in ("2026-02-11", "2026-06-01"):
        now = rp.replay(account(kept_by()), events, as_of=day)
        assert (now.payoff, now.overdue, now.not_due, now.accrued_interest) == (0, 0, 0, 0)
    given_up = sum(sum(row.waived.values()) for row in now.rows)
    left = 12000 - Decimal("943.89")
    assert given_up == left + round(left * Decimal("0.12") * 10 / 365, 2)


def test_more_interest_than_has_accrued_is_not_waived():
    waived = event("waiver", "2026-01-11", amount="39.45", component="interest")
    assert rp.replay(account(kept_by()), [waived], as_of="2026-01-11").payoff == 12000
    with pytest.raises(rp.InputError, match="out of range"):
        rp.replay(account(kept_by()), [replace(waived, amount="39.46")], as_of="2026-01-11")


# ---- what can't be


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"day_count": "periods"}, "on_balance.day_count"),
        ({"parts": "weeks"}, "on_balance.parts"),
        ({"on_overdue": ("fees",)}, "on_balance.on_overdue[0]"),
        ({"on_overdue": ("interest", "interest")}, "on_balance.on_overdue[1]"),
        ({"rounded": "month"}, "on_balance.rounded"),
        ({"rounded": "day", "day_count": "30E/360"}, "on_balance.rounded"),
        ({"rounded": "day", "parts": "of_period"}, "on_balance.rounded"),
        ({"parts": "of_period", "day_count": "ACT/ACT ISDA"}, "on_balance.day_count"),
        ({"mode": "none"}, "on_balance.mode"),
        ({"fixed": "nothing"}, "on_balance.fixed"),
        ({"split": "never"}, "on_balance.split"),
        ({"lowered": "last"}, "on_balance.lowered"),
    ],
)
def test_a_rule_that_cannot_be_names_its_field(wrong, field):
    with pytest.raises(rp.InputError) as caught:
        replace(SIMPLE, **wrong)
    assert caught.value.field == field


CAPPED = rp.OverdueCaps(all_in="0.24", source="a test")


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"rule": "daily"}, "on_balance"),
        ({"rebate": "rule_of_78"}, "rebate"),
        ({"overdue": replace(FREE, caps=CAPPED)}, "overdue.caps.all_in"),
    ],
)
def test_terms_that_need_interest_before_it_accrues_are_refused(more, field):
    with pytest.raises(rp.InputError) as caught:
        kept_by(**more)
    assert caught.value.field == field


OTHER = (
    rp.flat(12),
    rp.bullet(12),
    rp.holiday(2, interest="capitalise") + rp.equal_instalment(10),
    rp.holiday(2, interest="waive") + rp.equal_instalment(10),
    rp.holiday(2, interest="defer") + rp.equal_instalment(10),
)


@pytest.mark.parametrize("plan", OTHER, ids=str)
def test_schedules_with_other_interest_are_refused_and_their_neighbours_are_not(plan):
    with pytest.raises(rp.InputError, match="plan"):
        account(kept_by(), plan=plan)
    loans = rp.Loans.from_columns(
        principal=["12000.00", "12000.00"],
        annual_rate="0.12",
        original_term=12,
        elapsed=0,
        unpaid=12,
        next_due="2026-02-01",
    )
    refused = rp.Accounts.of(rp.schedule(loans, plan).value, kept_by())
    assert [(f.row, f.field) for f in refused.failures] == [(0, "plan"), (1, "plan")]
    accounts = rp.Accounts.of(rp.schedule(loans, rp.equal_instalment(12)).value, kept_by())
    events = rp.Events.from_columns(
        account=[0, 1],
        kind="reschedule",
        value_date="2026-02-01",
        amount=None,
        reference=["a", "b"],
        plans=[plan, rp.equal_instalment(12)],
        plan=[0, 1],
    )
    found = rp.replay(accounts, events, as_of="2026-05-01")
    assert [(f.row, f.field.split(" ")[0]) for f in found.failures] == [(0, "plan")]
    assert found.row.tolist() == [1]


def test_rates_that_change_are_refused():
    moving = replace(LOAN, annual_rate=rp.SteppedRate([("2026-01-01", "0.12"), ("2026-06-01", "0.06")]))
    with pytest.raises(rp.InputError, match="plan"):
        account(kept_by(), moving)


def test_interest_beyond_the_domain_is_refused_by_itself():
    accounts = rp.Accounts.from_columns(
        kept_by(replace(SIMPLE, day_count="ACT/ACT ISDA")),
        rate=["10", "0.12"],
        start=["1950-01-01", "2026-01-01"],
        account=[0, 1],
        due_date=["2150-01-01", "2026-02-01"],
        principal=["9000000000000", "100"],
        interest=["0", "1"],
    )
    found = rp.replay(accounts, rp.Events.of([]), as_of="2149-12-31")
    assert [(f.row, f.code) for f in found.failures] == [(0, rp.Code.BEYOND_DOMAIN)]
    assert found.row.tolist() == [1]
