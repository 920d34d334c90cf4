"""Hypothesis strategies for accounts: plans, rules and events, and the library beside the slow account."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

import account_oracle as slow
import repayplan as rp

PARTS = slow.PARTS
LPR = rp.Index("LPR 1Y", ["2019-08-20", "2024-02-10", "2024-03-01"], ["0.0425", "0.0385", "0.03"], "the PBOC")
FIXED = ("ACT/360", "ACT/364", "ACT/365F")
rates = st.sampled_from(("0", "0.05508", "0.12", "0.24", "0.0333333333", "3"))


@st.composite
def overdue_rates(draw):
    which = draw(st.sampled_from(("contract", "contract", "own", "index")))
    return rp.OverdueRate(
        multiplier=draw(st.sampled_from(("1", "1.5", "1.3333"))),
        uplift=draw(st.sampled_from(("0", "0", "0.03"))),
        rate=draw(rates) if which == "own" else None,
        index=LPR if which == "index" else None,
    )


@st.composite
def ledgers(draw, parts, *, settled):
    return rp.OverdueLedger(
        on=parts,
        rate=draw(overdue_rates()),
        in_term=draw(st.none() | overdue_rates()),
        settled=draw(settled),
        settlement_day=draw(st.sampled_from((20, 1, 28, 31))),
    )


SETTLED = st.sampled_from(("daily", "daily", "monthly", "quarterly"))
bearing = st.sampled_from(("penalty", "penalty", "compound"))
perhaps = st.sampled_from(("", "", "penalty", "compound"))


@st.composite
def overdue_rules(draw, *, caps=True):
    where = draw(st.fixed_dictionaries({part: bearing if part == "principal" else perhaps for part in PARTS}))
    on = {name: tuple(part for part in PARTS if where[part] == name) for name in slow.LEDGERS}
    if not on["compound"]:  # there is no such ledger
        on["penalty"] = tuple(part for part in on["penalty"] if part != "compound")
    if not on["penalty"]:
        on["penalty"], on["compound"] = ("principal",), tuple(p for p in on["compound"] if p != "principal")
        on["compound"] = on["compound"] or ("interest",)
    named = on["penalty"] + on["compound"]
    made = {
        name: draw(ledgers(parts, settled=SETTLED if name in named else st.just("never") | SETTLED))
        for name, parts in on.items()
        if parts
    }
    rounded = draw(st.sampled_from(("day", "month", "end")))
    bounds = draw(all_caps()) if caps and draw(st.booleans()) else None
    fixed = rounded == "day" or (bounds is not None and bounds.per_day is not None)
    counts = FIXED if fixed else (*FIXED, "ACT/ACT ISDA", "NL/365", "30E/360")
    return rp.OverdueRule(
        **made,
        day_count=draw(st.sampled_from(counts)),
        first_day=draw(st.sampled_from(("due_date", "next_day"))),
        grace_days=draw(st.sampled_from((0, 0, 1, 3, 5, 40))),
        grace_reaches_back=draw(st.booleans()),
        tolerance=draw(st.sampled_from(("0", "0", "10", "500"))),
        rounded=rounded,
        mode=draw(st.sampled_from(("half_up", "half_even", "up", "down"))),
        late_fee=draw(st.none() | late_fees()),
        caps=bounds,
    )


@st.composite
def late_fees(draw):
    return rp.LateFee(
        amount=draw(st.sampled_from(("10", "2.505"))),
        share=draw(st.sampled_from(("0", "0.05", "0.003333"))),
        minimum=draw(st.sampled_from(("0", "5"))),
        maximum=draw(st.sampled_from((None, "12", "30"))),
    )


@st.composite
def all_caps(draw):
    which = draw(st.sets(st.sampled_from(("per_day", "of_instalment", "of_principal", "all_in")), min_size=1))
    index = "all_in" in which and draw(st.booleans())
    return rp.OverdueCaps(
        per_day=draw(st.sampled_from(("0.5", "0.105", "3"))) if "per_day" in which else None,
        of_instalment=draw(st.sampled_from(("0.001", "0.05", "1"))) if "of_instalment" in which else None,
        of_principal=draw(st.sampled_from(("0.001", "0.05", "0.3333333333")))
        if "of_principal" in which
        else None,
        all_in=draw(st.sampled_from(("0.12", "0.24", "0.36"))) if "all_in" in which and not index else None,
        all_in_index=LPR if index else None,
        all_in_multiplier="4" if index else "1",
        source="a test",
    )


orders = st.permutations(PARTS).map(tuple)
ways = st.sampled_from(("instalment", "component"))
advances = st.sampled_from(("hold", "next", "last"))
no_other = st.none()


@st.composite
def allocation_rules(draw, advances=advances, ahead=no_other):
    days = sorted(draw(st.sets(st.sampled_from((1, 10, 40, 91)), max_size=2)))
    kinds = draw(st.sets(st.sampled_from((*slow.MONEY_IN, "early_repayment")), max_size=2))
    return rp.AllocationRule(
        order=draw(orders),
        by=draw(ways),
        ahead=draw(ahead),
        late=[rp.LateOrder(from_days=n, order=draw(orders), by=draw(ways), ahead=draw(ahead)) for n in days],
        kinds=[
            rp.KindOrder(
                kind=k, order=draw(orders), by=draw(ways), ahead=draw(ahead), in_advance=draw(advances)
            )
            for k in sorted(kinds)
        ],
        in_advance=draw(advances),
        source="a test",
    )


@st.composite
def plans(draw):
    """In minor units, as the oracle takes them."""
    start = draw(st.sampled_from((date(2023, 11, 20), date(2024, 1, 31), date(2024, 2, 10))))
    gaps = draw(st.lists(st.sampled_from((1, 7, 28, 30, 31, 60)), min_size=1, max_size=3))
    amounts = st.sampled_from((0, 1, 7, 999, 100_000, 123_456)) | st.integers(0, 300_000)
    rows, due = [], start
    for gap in gaps:
        due += timedelta(days=gap)
        rows.append((due, draw(amounts), draw(amounts), draw(st.just(0) | amounts)))
    lent = draw(st.sampled_from((sum(row[1] for row in rows), 500_000)))
    rate = Fraction(draw(rates))
    return slow.Plan(rate, start, rows, lent)


# ---- plans with a contract's terms, which can be changed


def stage(kind, n, **more):
    return {"kind": kind, "n": n} | more


TEMPLATES = {
    rp.equal_instalment(1): [stage("equal_instalment", 1)],
    rp.equal_instalment(3): [stage("equal_instalment", 3)],
    rp.equal_principal(4): [stage("equal_principal", 4)],
    rp.holiday(2, interest="capitalise") + rp.equal_instalment(2): [
        stage("holiday", 2, interest="capitalise"),
        stage("equal_instalment", 2),
    ],
    rp.holiday(2, interest="defer") + rp.equal_principal(2): [
        stage("holiday", 2, interest="defer", repay="first"),
        stage("equal_principal", 2),
    ],
    rp.interest_only(2) + rp.equal_instalment(1): [stage("interest_only", 2), stage("equal_instalment", 1)],
    rp.fee("25", when="upfront") + rp.equal_instalment(2): [
        {"kind": "fee", "amount": 2500, "of": "principal", "when": "upfront", "financed": False},
        stage("equal_instalment", 2),
    ],
}
"""Plans, and the same for the slow schedules."""
CONTRACT = dict.fromkeys(
    ("overdue_principal", "overdue_interest", "accrued_interest", "penalty", "fees"), 0
) | {
    "frequency": "monthly",
    "day_count": "periods",
    "first_stub": "short",
    "instalment_mode": "half_up",
    "interest_mode": "half_up",
    "instalment_multiple": 1,
    "interest_multiple": 1,
    "residue": "last",
}


@dataclass
class Signed(slow.Plan):
    """A plan of the library: the loan and its schedule."""

    loan: rp.Loan = field(default=None, repr=False)
    made: rp.Schedule = field(default=None, repr=False)

    def __repr__(self):
        return f"Signed({self.start}, {self.rate}, {self.instalments})"


@st.composite
def signed_plans(draw, template=None):
    template = draw(st.sampled_from(list(TEMPLATES))) if template is None else template
    rate = draw(st.sampled_from(("0.12", "0.24", "0.0333333333", "0")))
    first = draw(st.sampled_from((date(2024, 2, 29), date(2024, 2, 10), date(2023, 12, 31))))
    loan = rp.Loan(
        principal=draw(st.sampled_from(("1200", "10", "4321.99"))),
        annual_rate=rate,
        original_term=4,
        elapsed=0,
        unpaid=4,
        next_due=first,
    )
    made = rp.schedule(loan, template)
    names = ("due_date", "principal", "interest_paid", "fee", "capitalised", "deferred")
    rows = list(zip(*(made.columns[name].tolist() for name in names), strict=True))
    lent = int(loan.principal * 100)
    contract, rate = CONTRACT, Fraction(rate)
    return Signed(
        rate,
        made.interest_from,
        rows,
        lent,
        contract=contract,
        anchor=first,
        stages=TEMPLATES,
        loan=loan,
        made=made,
    )


@st.composite
def changes(draw, kind, day):
    """What else a new plan is."""
    plan = draw(st.sampled_from(list(TEMPLATES)))
    first = day + timedelta(days=draw(st.integers(1, 40)))
    plan = draw(st.none() | st.just(plan)) if kind == "re_amortise" else plan
    often = st.sampled_from((None, None, "weekly", "fortnightly", "monthly", "quarterly", "semi-monthly"))
    return {
        "plan": plan,
        "frequency": None if plan is None else draw(often),
        "first_due": draw(st.sampled_from((first, first, None))),
        "rate": draw(st.sampled_from((None, None, Decimal("0.06"), Decimal(0)))),
        "joins": tuple(part for part in PARTS if draw(st.booleans())),
        "correction": not draw(st.integers(0, 3)),
    }


@st.composite
def more_lent(draw, kind, day):
    """Another rate, or more that is lent."""
    if kind == "rate_change":
        more = {"rate": draw(st.sampled_from((Decimal("0.06"), Decimal(0), Decimal("0.3"))))}
    else:
        first = day + timedelta(days=draw(st.integers(1, 40)))
        more = {
            "amount": Decimal(draw(st.sampled_from((1, 70_000, 12_345)))) / 100,
            "first_due": draw(st.sampled_from((first, None, None))),
        }
    return more | {"keeps": draw(st.sampled_from(("dates", "dates", "instalment")))}


ENDS = ("settlement", "write_off")
KINDS_OF_SIGNED = (
    *("payment",) * 5,
    *slow.NEW_PLANS,
    *("rate_change", "drawdown", "drawdown"),
    *ENDS,
    *("guarantor_payment", "fee", "waiver", "freeze", "freeze", "acceleration", "reversal"),
    *("early_repayment",) * 2,
)


KINDS = (
    *("payment",) * 5,
    *("guarantor_payment", "goodwill", "payment_failed", "fee", "cost", "waiver", "freeze", "acceleration"),
    *("reversal", "early_repayment"),
)


@st.composite
def events_of(draw, plan, *, most=7, kinds=None):
    last = (plan.instalments[-1][0] - plan.start).days + 80
    found = []
    kinds = kinds or KINDS
    for i in range(draw(st.integers(0, most))):
        kind = draw(st.sampled_from(kinds))
        due = draw(st.sampled_from(plan.instalments))[0]
        day = draw(
            st.sampled_from((due, due + timedelta(days=1), due + timedelta(days=4)))
            | st.integers(0, last).map(lambda n: plan.start + timedelta(days=n))
        )
        more = {}
        if kind == "reversal":
            if not found:
                continue
            target = draw(st.sampled_from(found))
            more["reverses"] = target.reference
            more["booked"] = target.booked + timedelta(days=draw(st.integers(0, 20)))
            if draw(st.integers(0, 5)):  # else perhaps before what it reverses: both refuse that
                day = max(day, target.value_date)
        elif draw(st.booleans()):
            more["booked"] = day + timedelta(days=draw(st.integers(0, 30)))
        if kind == "freeze" and draw(st.integers(0, 4)):
            more["until"] = day + timedelta(days=draw(st.integers(0, 20)))
        if kind == "freeze" and plan.contract is not None and draw(st.booleans()):
            more["interest"] = "stops"
        if kind == "freeze":
            more["reason"] = draw(st.none() | st.sampled_from(rp.HALT_REASONS))
        if kind == "waiver":
            more["component"] = draw(st.sampled_from(PARTS))
        if kind in (*slow.MONEY_IN, "payment_failed", "fee", "cost"):
            cents = draw(st.sampled_from((1, 999, 1000, 50_000)) | st.integers(1, 400_000))
            more["amount"] = Decimal(cents) / 100
        if kind == "early_repayment":
            cents = draw(st.sampled_from((1, 999, 100_000, 5_000_000, 5_000_000)))
            more["amount"] = Decimal(cents) / 100
        if kind == "waiver":
            more["amount"] = Decimal(draw(st.sampled_from((1, 2, 100, 2_000)))) / 100
        if kind in slow.NEW_PLANS:
            more |= draw(changes(kind, day))
        if kind in ("rate_change", "drawdown"):
            more |= draw(more_lent(kind, day))
        found.append(rp.Event(kind=kind, value_date=day, reference=f"E{draw(st.integers(0, 9))}{i}", **more))
    return found


def accounts_of(plans, terms):
    """Accounts of slow plans."""
    lines = [(i, *row) for i, plan in enumerate(plans) for row in plan.instalments]
    scale = [10 ** plans[line[0]].decimals for line in lines]
    money = [[str(Decimal(line[n]) / by) for line, by in zip(lines, scale, strict=True)] for n in (2, 3, 4)]
    own = [rate for plan in plans for rate in plan.rates or [plan.rate] * len(plan.instalments)]
    return rp.Accounts.from_columns(
        terms,
        rate=[_written(plan.rate) for plan in plans],
        row_rates=[_written(rate) for rate in own] if any(plan.rates for plan in plans) else None,
        start=[plan.start for plan in plans],
        account=[line[0] for line in lines],
        due_date=[line[1] for line in lines],
        principal=money[0],
        interest=money[1],
        fees=money[2],
        lent=[str(Decimal(plan.lent).scaleb(-plan.decimals)) for plan in plans],
        decimals=[plan.decimals for plan in plans],
    )


def _written(rate):
    return str(Decimal(int(rate * 10**10)).scaleb(-10))


def account_of(plan, terms):
    if isinstance(plan, Signed):
        return rp.Account.of(plan.loan, plan.made, terms)
    return rp.Account(accounts_of([plan], terms))


def events_of_many(lists):
    """Events of a batch, from a list for each account."""
    flat = [(i, event) for i, events in enumerate(lists) for event in events]
    names = ("kind", "value_date", "booked", "amount", "reference", "component", "until", "reverses")
    names += ("interest", "reason")
    return rp.Events.from_columns(
        account=np.array([i for i, _ in flat], np.int64),
        **{name: [getattr(event, name) for _, event in flat] for name in names},
    )


def figures(one, decimals=2):
    """A statement's figures in minor units."""

    def units(amount):
        return int(amount.scaleb(decimals))

    def by_part(amounts):
        return {part: units(amounts[part]) for part in PARTS}

    return {
        "owed": by_part(one.owed),
        "overdue": units(one.overdue),
        "accrued_interest": units(one.accrued_interest),
        "not_due": units(one.not_due),
        "held": units(one.held),
        "payoff": units(one.payoff),
        "days_past_due": one.days_past_due,
        "called": one.called,
        "closed": one.closed,
        "repaid_early": one.repaid_early,
        "short": {each.field: units(each.limit) for each in one.short},
        "restructures": one.restructures,
        "written_off": by_part(one.written_off),
        "next": (one.next_due, units(one.next_amount)),
        "instalments_overdue": one.instalments_overdue,
        "oldest_due": one.oldest_due,
        "rows": [
            {
                "due": row.due_date,
                "plain": row.plain,
                "fallen_due": row.fallen_due,
                "asked": by_part(row.asked),
                "paid": by_part(row.paid),
                "waived": by_part(row.waived),
                "owed": by_part(row.owed),
                "rolled": units(row.rolled),
            }
            for row in one.rows
        ],
        "allocations": sorted(
            (each.reference, row, part, units(amount))
            for each in one.allocations
            for row, amounts in each.lines
            for part, amount in amounts.items()
            if amount
        ),
    }


def slow_figures(oracle):
    """The same of the slow account."""
    day, late = oracle.as_of, oracle.late_instalments
    rows = [
        {
            "due": row.due,
            "plain": row.plain,
            "fallen_due": row.due <= day,
            "asked": {part: oracle.asked(row, part) for part in PARTS},
            "paid": dict(row.paid),
            "waived": dict(row.waived),
            "owed": {part: oracle.owed(row, part) for part in PARTS},
            "rolled": row.rolled,
        }
        for row in oracle.in_order()
    ]
    return {
        "owed": {part: oracle.total(part, day) for part in PARTS},
        "overdue": oracle.overdue,
        "accrued_interest": oracle.accrued_interest,
        "not_due": oracle.not_due,
        "held": oracle.held,
        "payoff": oracle.payoff,
        "days_past_due": oracle.days_past_due(day),
        "called": oracle.called,
        "closed": oracle.closed,
        "repaid_early": oracle.repaid,
        "short": oracle.short,
        "restructures": oracle.renewed,
        "written_off": oracle.written_off,
        "next": oracle.next_due,
        "instalments_overdue": sum(not row.early for row in late) + any(row.early for row in late),
        "oldest_due": late[0].due if late else None,
        "rows": rows,
        "allocations": sorted(
            (reference, [r is row for r in oracle.in_order()].index(True), part, amount)
            for reference, row, part, amount in oracle.lines
        ),
    }


def days_paid(one):
    """When each row that asks for something was paid."""
    return [row.paid_on for row in one.rows if sum(row.asked.values())]


def slow_days_paid(oracle):
    """The same of the slow account."""
    return [row.paid_on for row in oracle.in_order() if sum(oracle.asked(row, part) for part in PARTS)]


@st.composite
def cases(draw, *, caps=True, most=6, kinds=None):
    """What `both` takes."""
    plan = draw(plans())
    allocation = draw(st.just(rp.AllocationRule.example("civil-code-561")) | allocation_rules())
    terms = rp.AccountTerms(overdue=draw(overdue_rules(caps=caps)), allocation=allocation)
    last = (plan.instalments[-1][0] - plan.start).days + 60
    as_of, known = (plan.start + timedelta(days=draw(st.integers(0, last))) for _ in range(2))
    return plan, terms, draw(events_of(plan, most=most, kinds=kinds)), as_of, draw(st.none() | st.just(known))


@st.composite
def signed_cases(draw, *, most=5, kinds=KINDS_OF_SIGNED):
    """The same of accounts whose plans are changed."""
    plan = draw(signed_plans())
    rules = allocation_rules(
        st.sampled_from(("hold", "next", "last", "lower", "shorter")), st.none() | orders
    )
    allocation = draw(st.just(rp.AllocationRule.example("civil-code-561")) | rules)
    terms = rp.AccountTerms(overdue=draw(overdue_rules()), allocation=allocation)
    as_of = plan.start + timedelta(days=draw(st.integers(0, 230)))
    return plan, terms, draw(events_of(plan, most=most, kinds=kinds)), as_of


def slow_of(plan, terms, events, as_of, known=None):
    """The slow account; None where it can't be replayed."""
    try:
        return slow.Oracle(plan, terms.overdue, terms.allocation, events, as_of, known)
    except slow.RefusedError:
        return None


def fast_of(plan, terms, events, as_of, known=None):
    """The library's statement; None where it refuses."""
    try:
        return rp.replay(account_of(plan, terms), events, as_of=as_of, known_on=known)
    except rp.InputError:
        return None
