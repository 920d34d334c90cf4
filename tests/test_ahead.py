"""An order of payment of what hasn't fallen due, which may be another than that of what has."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp
from repayplan.edges.orderwords import payment_order

FREE = rp.OverdueRule(
    penalty=rp.OverdueLedger(on=("principal",), rate=rp.OverdueRate(rate="0")),
    day_count="ACT/365F",
    first_day="due_date",
    rounded="end",
    mode="half_up",
)
PARTS = ("costs", "fees", "penalty", "compound", "interest", "principal")
PRINCIPAL_FIRST = ("principal", *PARTS[:-1])
RULE = rp.AllocationRule(order=PARTS, by="instalment", in_advance="next", source="test")
DUES = ("2026-02-01", "2026-03-01", "2026-04-01")


def account(rule):
    """Three instalments of 100 principal, 10 interest and 5 fees."""
    return rp.Accounts.from_columns(
        rp.AccountTerms(overdue=FREE, allocation=rule),
        rate=["0.12"],
        start=["2026-01-01"],
        account=[0] * 3,
        due_date=list(DUES),
        principal=["100"] * 3,
        interest=["10"] * 3,
        fees=["5"] * 3,
    )


def paid(rule, *payments, as_of):
    events = [
        rp.Event(kind=kind, value_date=day, amount=str(amount), reference=f"{i}")
        for i, (kind, day, amount) in enumerate(payments)
    ]
    now = rp.replay(account(rule), rp.Events.of(events), as_of=as_of).single().one(0)
    return [{part: int(row.paid[part]) for part in PARTS if row.paid[part]} for row in now.rows]


def slow(rule, amount, day):
    """What a payment of a day goes to: what is due first, then what comes."""
    rows = [{"principal": 100, "interest": 10, "fees": 5} for _ in DUES]
    left = [dict(row) for row in rows]
    due = [k for k, when in enumerate(DUES) if when <= day]
    coming = [k for k in range(3) if k not in due]
    coming = coming[::-1] if rule.in_advance == "last" else coming
    ahead = rule.ahead or rule.order
    places = [(k, part) for k in due for part in rule.order]
    if rule.by == "component":
        places = [(k, part) for part in rule.order for k in due]
    for k, part in places + [(k, part) for k in coming for part in ahead]:
        pays = min(amount, left[k].get(part, 0))
        amount -= pays
        if pays:
            left[k][part] -= pays
    return [
        {part: row[part] - rest[part] for part in PARTS if part in row and row[part] != rest[part]}
        for row, rest in zip(rows, left, strict=True)
    ]


orders = st.permutations(PARTS).map(tuple)


@given(
    order=orders,
    ahead=st.none() | orders,
    by=st.sampled_from(("instalment", "component")),
    way=st.sampled_from(("next", "last")),
    amount=st.integers(1, 345),
    day=st.sampled_from(("2026-01-10", *DUES)),
)
def test_what_is_due_goes_by_one_order_and_what_comes_by_the_other(order, ahead, by, way, amount, day):
    rule = replace(RULE, order=order, ahead=ahead, by=by, in_advance=way)
    assert paid(rule, ("payment", day, amount), as_of=day) == slow(rule, amount, day)


def test_each_order_has_its_own():
    by_kind = rp.KindOrder(
        kind="goodwill", order=PARTS, ahead=PRINCIPAL_FIRST, by="instalment", in_advance="next"
    )
    late = rp.LateOrder(from_days=10, order=PARTS, ahead=PRINCIPAL_FIRST, by="instalment")
    rule = replace(RULE, kinds=(by_kind,), late=(late,))
    assert paid(rule, ("payment", "2026-01-10", 12), as_of="2026-01-10")[0] == {"fees": 5, "interest": 7}
    assert paid(rule, ("goodwill", "2026-01-10", 12), as_of="2026-01-10")[0] == {"principal": 12}
    found = paid(rule, ("payment", "2026-02-15", 120), as_of="2026-02-15")
    assert found[1] == {"principal": 5}


@pytest.mark.parametrize("ahead", [None, PRINCIPAL_FIRST])
def test_money_that_lowers_the_instalments_may_leave_interest_that_has_accrued(ahead):
    loan = rp.Loan(
        principal="2000", annual_rate="0.12", original_term=3, elapsed=0, unpaid=3, next_due="2026-02-01"
    )
    rule = replace(RULE, ahead=ahead, by="component", in_advance="lower")
    plan = rp.schedule(loan, rp.equal_instalment(3))
    opened = rp.Account.of(loan, plan, rp.AccountTerms(overdue=FREE, allocation=rule))
    payment = rp.Event(kind="payment", value_date="2026-01-16", amount="500", reference="1")
    now = rp.replay(opened, [payment], as_of="2026-01-16")
    accrued = rp.replay(opened, [], as_of="2026-01-16").accrued_interest
    assert now.allocations[0].to["interest"] == (accrued if ahead is None else 0)
    assert now.accrued_interest == (0 if ahead is None else accrued)
    assert sum(now.allocations[0].to.values()) == 500
    assert now.payoff == 2000 + accrued - 500


def test_it_is_said_in_both_languages():
    said = payment_order(replace(RULE, ahead=PRINCIPAL_FIRST))[0]
    assert said.en.endswith(
        "Of what isn't due yet each instalment is paid in this order: principal, costs of enforcement, fees, "
        "penalty interest, interest on interest, interest."
    )
    assert said.zh.endswith(
        "提前清偿未到期的各期时，每期内依次为本金、实现债权的费用、费用、罚息、复利、利息。"
    )
    assert said.en.startswith(payment_order(RULE)[0].en)


@pytest.mark.parametrize(
    ("made", "field"),
    [
        (lambda given: replace(RULE, ahead=given), "allocation.ahead"),
        (lambda given: rp.PaymentOrder(order=PARTS, by="instalment", ahead=given), "ahead"),
    ],
)
def test_it_names_every_component_once(made, field):
    for parts, code in ((PARTS[:5], rp.Code.MISSING), ((*PARTS, "fees"), rp.Code.DUPLICATE)):
        with pytest.raises(rp.InputError) as caught:
            made(parts)
        assert caught.value.code == code
        assert caught.value.field.startswith(field)
