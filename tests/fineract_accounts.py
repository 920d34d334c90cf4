"""Loans of Apache Fineract's tests as accounts: what was paid, what is owed, and how late it is.

What a loan's rows are at first is said by tests/fineract.py; this module follows what happens to them since.
Rules of the system: tests/data/fineract/README.md.
"""

import json
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

import fineract
import repayplan as rp
from fineract import FOLDER, UnsayableError

FREE = rp.OverdueRule(
    penalty=rp.OverdueLedger(on=("principal",), rate=rp.OverdueRate(rate="0")),
    day_count="ACT/365F",
    first_day="due_date",
    rounded="end",
    mode="half_even",
)
"""Being late costs nothing: what it costs there is charged by events."""
PARTS = {"PENALTY": ("penalty", "compound"), "FEE": ("costs", "fees")}
PARTS |= {"INTEREST": ("interest",), "PRINCIPAL": ("principal",)}
WORDS = PARTS | {"PENALTIES": PARTS["PENALTY"], "FEES": PARTS["FEE"]}
BY_RULES = "PENALTY_FEE_PRINCIPAL_INTEREST"
"""The order of products whose order is said component by component."""
IN_ADVANCE = {"NEXT_INSTALLMENT": "next", "LAST_INSTALLMENT": "last"}
RECAST = {"REDUCE_EMI_AMOUNT": "lower", "REDUCE_NUMBER_OF_INSTALLMENTS": "shorter"}
TILL_REST = "TILL_REST_FREQUENCY_DATE"
IN_TURN = ("PENALTY", "FEE", "INTEREST", "PRINCIPAL")
KINDS = {"GOODWILL_CREDIT": "goodwill"}
"""Kinds of payment that have a word here; all others are plain payments."""
PAID = ("repayment", "transaction")
BY_COMPONENT = ("pay_principal", "pay_interest")
"""What tests of the instalment's formula call a payment: it says what it pays."""
CHANGES = ("reage", "reamortise")
NOTHING = Decimal(0)


class Reason(StrEnum):
    """Why a case can't be said as an account, beyond why its schedule can't be."""

    RULE_BY_KIND = "kinds of payment that are one here have different rules"
    LENT_LATER = "more is lent, or due dates move, after something was paid"
    UNPAID_DOWN_PAYMENT = "the plan changes of a loan whose down payment wasn't paid on its day"


def cases():
    """Cases of payments and of delinquency, by id."""
    found = json.loads((FOLDER / "accounts.json").read_text("utf-8"))["cases"]
    return {case["id"]: case for case in found}


# What happens


def _pauses(events):
    """Pauses of delinquency as (first day, end); one that is resumed ends then."""
    found = []
    for day, event in events:
        if event["type"] == "delinquency_pause":
            found.append((date.fromisoformat(event["start"]), date.fromisoformat(event["end"])))
        elif event["type"] == "delinquency_resume":
            start, end = found[-1]
            found[-1] = start, min(end, day)
    return found


def _freeze(name, start, end):
    """The end of a pause counts there; here a freeze has its last day."""
    if start == end:
        return []
    return [rp.Event(kind="freeze", value_date=start, until=end - timedelta(1), reference=name)]


def _payment(nr, day, event, amount):
    kind = KINDS.get(event.get("kind"), "payment")
    return rp.Event(kind=kind, value_date=day, amount=amount, reference=f"{nr:03}")


# The account


@dataclass
class Kept:
    """An account as the case has it: what it begins with, and what has happened.

    ``before`` are rows that were paid at once, which the account hasn't; ``happened`` are events by their
    place in the case.
    """

    case: dict
    accounts: rp.Accounts | None
    draws: list
    before: list
    happened: list
    dates: tuple = ()

    def balance(self, day, repaid):
        """Principal on a day."""
        return sum((d.amount for d in self.draws if d.day <= day), NOTHING) - repaid

    def counted(self, day):
        """The first day from a day on from which all payments count."""
        return max((day, *(event.value_date for _, event in self.happened if event.kind == "payment")))

    def statement(self, day, upto=None):
        """Where it stands on a day, by events before a place in the case."""
        events = [event for at, event in self.happened if upto is None or at <= upto]
        if self.accounts is None:
            return None
        outcome = rp.replay(self.accounts, rp.Events.of(events), as_of=day)
        return outcome.single().one(0)


def _orders(strategy):
    """The orders that a strategy's name says: of what is due, and of what is paid in advance."""
    if strategy in (None, "ADVANCED_PAYMENT_ALLOCATION"):
        strategy = BY_RULES
    due, _, ahead = strategy.removeprefix("DUE_").removesuffix("_ORDER").partition("_IN_ADVANCE_")
    orders = [[WORDS.get(word, (word,)) for word in name.split("_")] for name in (due, ahead or due)]
    if any(sorted(order) != sorted(PARTS.values()) for order in orders):
        raise UnsayableError({fineract.Reason.UNSTATED})
    due, ahead = (tuple(part for parts in order for part in parts) for order in orders)
    return {"order": due, "ahead": ahead, "by": "instalment"}


def _terms(terms, events, reasons):
    orders = _orders(terms.get("strategy"))
    recalculated = terms.get("interest_recalculation") or {}
    default = RECAST.get(recalculated.get("advance_payment"), "next")
    rules = dict(terms.get("future_installment_rule") or {})
    rules |= {e["kind"]: e["rule"] for _, e in events if e["type"] == "set_future_rule"}
    by_kind = defaultdict(set)
    for _, event in events:
        if event["type"] in PAID:
            kind = event.get("kind", "DEFAULT")
            rule = rules.get(kind, rules.get("DEFAULT", "NEXT_INSTALLMENT"))
            by_kind[KINDS.get(kind, "payment")].add(IN_ADVANCE.get(rule, rule))
    if any(len(found) > 1 or not found <= set(IN_ADVANCE.values()) for found in by_kind.values()):
        reasons.add(Reason.RULE_BY_KIND)
        by_kind.clear()
    kinds = tuple(
        rp.KindOrder(kind=kind, in_advance=min(found), **orders)
        for kind, found in by_kind.items()
        if not recalculated
    )
    source = f"Apache Fineract, {terms.get('strategy')}"
    allocation = rp.AllocationRule(kinds=kinds, in_advance=default, source=source, **orders)
    made = rp.AccountTerms(overdue=FREE, allocation=allocation)
    return _on_balance(made, terms) if _follows(terms, events) else made


def _follows(terms, events):
    """Whether interest is reckoned on the balance as it was paid, day by day."""
    by_component = any(e["type"] in BY_COMPONENT for _, e in events)
    return bool(Decimal(terms["annual_rate"])) and (bool(terms.get("interest_recalculation")) or by_component)


def _on_balance(made, terms):
    """Progressive: instalment by instalment, interest first, and nothing on what is overdue.

    Cumulative: money in advance is principal at once.
    """
    recalculated = terms.get("interest_recalculation") or {"compounding": "NONE"}
    more = ("interest",) if "INTEREST" in recalculated["compounding"] else ()
    count = {"day_count": "ACT/ACT ISDA", "on_overdue": (*more, "principal"), "lowered": "following"}
    turn = IN_TURN[:2] + IN_TURN[:1:-1]
    if fineract._progressive(terms):
        if (terms["days_in_year"], terms["days_in_month"]) != ("360", "30"):
            raise UnsayableError({fineract.Reason.UNSTATED})
        count, turn = {"day_count": "30E/360", "parts": "of_period", "on_overdue": ()}, IN_TURN
    ahead = tuple(part for name in turn for part in PARTS[name])
    allocation = replace(made.allocation, ahead=ahead, kinds=())
    mode = fineract.MODES[terms["rounding"]]
    rule = rp.OnBalance(rounded="stretch", mode=mode, **count)
    return replace(made, allocation=allocation, on_balance=rule)


def kept(case):
    """The account of a case.

    Raises
    ------
    UnsayableError
        With all reasons.
    """
    terms, events = case["terms"], fineract._in_force(case["events"])
    reasons = set()
    changed = any(e["type"] in CHANGES for _, e in events)
    said = fineract._read(case)
    reasons |= said.reasons - {
        fineract.Reason.INTEREST_RECALCULATED,
        fineract.Reason.PAYMENTS_ALLOCATED,
    }
    rules = _terms(terms, events, reasons)
    drawn = [at for at, (_, e) in enumerate(events) if e["type"] == "disburse"]
    if not drawn:
        return Kept(case, None, [], [], [])
    money = [at for at, (_, e) in enumerate(events) if e["type"] in fineract.PAYMENTS]
    moved = [at for at, (_, e) in enumerate(events) if e["type"] in ("disburse", "reschedule")]
    if money and max(moved) > min(money):
        reasons.add(Reason.LENT_LATER)
    if reasons:
        raise UnsayableError(reasons)
    entries = fineract._rows(said)
    auto = bool(terms.get("auto_down_payment"))
    before = [e for e in entries if not e.days and auto]
    rows = [e for e in entries if e.days or not auto]
    if (changed or rules.allocation.in_advance != "next") and any(not e.days for e in rows):
        raise UnsayableError({Reason.UNPAID_DOWN_PAYMENT})
    if changed or rules.allocation.in_advance != "next" or rules.on_balance:
        accounts = _of_a_loan(said, rows, rules)
    else:
        accounts = _of_rows(said, rows, rules)
    made = Kept(case, accounts, said.draws, before, [], tuple(said.dates))
    _follow(made, events)
    return made


def _of_rows(said, rows, rules):
    return rp.Accounts.from_columns(
        rules,
        rate=[said.rates_of(0)[said.start] / 100],
        start=[said.start],
        account=[0] * len(rows),
        due_date=[e.due_date for e in rows],
        principal=[e.principal for e in rows],
        interest=[e.interest for e in rows],
        decimals=said.terms["currency_digits"],
    )


def _of_a_loan(said, rows, rules):
    """An account whose plan can be changed; a new plan keeps the contract's due dates, so all are listed."""
    if said.anew != {0} or said.within:
        raise UnsayableError({fineract.Reason.UNSTATED})
    owed = sum((e.principal for e in rows), NOTHING)
    loan, plan = fineract._part(said, 0, owed, NOTHING, [])
    if rules.on_balance and not fineract._progressive(said.terms):
        # Only what instalments are solved by: months of 30 of 365 days.
        even = fineract._periods(fineract.DAYS_OF["months"] * said.terms["repay_every"], 365)
        loan, plan = replace(loan, day_count=even), rp.equal_instalment(len(rows))
    aged = [e["data"] for _, e in said.later if e["type"] == "reage"]
    if aged:
        dates = {day for data in aged for day in fineract._aged_dates(data)}
        loan = replace(loan, due_dates=rp.DueDates(given=(*said.dates, *sorted(dates - set(said.dates)))))
    recast = rp.equal_instalment(rp.col("rows_left"))
    return rp.Account.of(loan, rp.schedule(loan, plan), replace(rules, recast=recast)).accounts


def _follow(made, events):
    """Payments and changes as events; what depends on where the account stands by then is looked up."""
    if made.accounts is not None and made.accounts.terms.on_balance:
        _freeze_what_is_over(made, _today(events))
    for at, (day, event) in enumerate(events):
        if event["type"] in PAID:
            made.happened.append((at, _payment(at, day, event, event["amount"])))
        elif event["type"] == "payoff":
            made.happened.append((at, _payoff(made, at, day, event)))
        elif event["type"] in BY_COMPONENT:
            made.happened += _paid_by_then(made, at, day, event)
        elif event["type"] == "reage":
            made.happened.append((at, _reage(made, at, day, event["data"])))
        elif event["type"] == "reamortise":
            made.happened.append((at, _reamortise(made, at, day)))
        elif event["type"] == "delinquency_pause":
            start, end = _pauses(events[: at + 1])[-1]
            made.happened += [(at, each) for each in _freeze(f"{at:03}", start, end)]
        elif event["type"] == "delinquency_resume":
            made.happened += [(at, each) for each in _resumed(made, at, day, _pauses(events[: at + 1])[-1])]


def _payoff(made, at, day, event):
    """What pays it off; where that counts from the end of the period only, money is booked before."""
    rest = made.case["terms"].get("interest_recalculation") or {}
    counts = min(due for due in made.dates if due >= day) if rest.get("pre_closure") == TILL_REST else day
    amount = made.statement(counts, at).payoff
    return replace(_payment(at, day, event, amount), value_date=counts, booked=day)


def _paid_by_then(made, at, day, event):
    """A part of an instalment is paid; earlier ones that no event pays were paid on their days."""
    if not any(e.kind == "payment" for _, e in made.happened):
        first = date.fromisoformat(made.case["events"][1]["period_due"])
        for row in made.statement(made.dates[-1]).rows:
            if row.due_date < first:
                paid = rp.Event(
                    kind="payment",
                    value_date=row.due_date,
                    amount=sum(row.asked.values()),
                    reference=row.due_date.isoformat(),
                )
                yield 0, paid
    yield at, _payment(at, day, event, event["amount"])


def _freeze_what_is_over(made, today):
    """What is overdue bears interest in the running period only, up to today or, by rests, to its end."""
    rest = (made.case["terms"].get("interest_recalculation") or {}).get("rest")
    start = made.accounts.start[0].item()
    running = max((day for day in (start, *made.dates) if day < today), default=start)
    if rest == "SAME_AS_REPAYMENT" and today not in made.dates:
        running = today + timedelta(1)
    made.happened += [(0, each) for each in _freeze("over", start, running)]


def _resumed(made, at, day, pause):
    """What ends early didn't last: it is reversed, and a freeze that ends sooner takes its place."""
    frozen = [e for _, e in made.happened if e.kind == "freeze"][-1]
    undone = rp.Event(kind="reversal", value_date=day, reference=f"{at:03}R", reverses=frozen.reference)
    return [undone, *_freeze(f"{at:03}", *pause)]


def _reage(made, at, day, data):
    return rp.Event(
        kind="re_age",
        value_date=day,
        reference=f"{at:03}",
        plan=rp.equal_instalment(int(data["numberOfInstallments"])),
        first_due=data["startDate"],
        joins=("principal", "interest"),
    )


def _reamortise(made, at, day):
    """What is overdue is spread over the rows to come beside what they hold, and rounded by itself."""
    now = made.statement(day, at)
    to_come = [row for row in now.rows if not row.fallen_due or row.due_date == day]
    overdue = sum(
        (row.owed["principal"] for row in now.rows if row.fallen_due and row.due_date < day), NOTHING
    )
    held = [row.owed["principal"] for row in to_come]
    more = fineract._spread(made.case["terms"], overdue, day, [row.due_date for row in to_come])
    instalment = held[0] + more[0].due if len(held) > 1 else None
    n = len(to_come)
    plan = rp.equal_instalment(n) if n == 1 else rp.equal_instalment(n, instalment=instalment, balloon="rest")
    return rp.Event(
        kind="re_amortise", value_date=day, reference=f"{at:03}", plan=plan, joins=("principal", "interest")
    )


def _today(events):
    return max(day for day, _ in events if day)


# Delinquency


def _rule(terms):
    """Its ranges by their names; instalments have no days of grace, and all pauses count for each."""
    ranges = terms["delinquency_ranges"]
    return rp.DelinquencyRule(
        buckets=rp.Buckets(
            from_days=tuple(first for first, _ in ranges),
            names=("NO_DELINQUENCY", *(f"RANGE_{max(first - 1, 1)}" for first, _ in ranges)),
        ),
        grace_days=terms["grace_on_arrears_ageing"] or 0,
        instalment_grace_days=0,
        pauses="all",
    )


def _classed(made, events):
    """The places of events by which the system classes a loan anew, and their days.

    It does so at the end of a day that isn't in a pause, its last day included, with each payment, and where
    a pause begins on a day gone by.
    """
    today = None
    for at, (day, event) in enumerate(events):
        kind = event["type"]
        if kind == "business_date":
            today = day
        backdated = kind == "delinquency_pause" and event["start"] < today.isoformat()
        if kind in PAID + CHANGES or backdated:
            yield at, today
        if kind == "end_of_day":
            pauses = _pauses(events[: at + 1])
            if not any(start <= today <= end for start, end in pauses):
                yield at, today


def delinquency(case):
    """What the system says of how late a loan is, in its words.

    Raises
    ------
    UnsayableError
        The case can't be said.
    """
    made, events = kept(case), fineract._in_force(case["events"])
    if made.accounts is None:
        nothing = {"classification": "NO_DELINQUENCY", "date": None}
        return nothing | {"amount": "0.00", "days": 0, "past_due_days": 0}, []
    rule = _rule(case["terms"])
    found = rule.of(made.statement(_today(events)))
    name, ranges = "NO_DELINQUENCY", []
    for at, day in _classed(made, events):
        then = rule.of(made.statement(day, at))
        name = then.bucket
        late = {
            each: amount
            for each, amount in then.by_bucket.items()
            if amount and each != rule.buckets.names[0]
        }
        ranges = [{"range": each, "amount": str(amount)} for each, amount in late.items()]
    loan = {
        "classification": name,
        "date": found.since and found.since.isoformat(),
        "amount": str(found.amount),
        "days": found.days,
        "past_due_days": found.days_past_due,
    }
    return loan, ranges


# Payments


def rows(made, day):
    """Rows as the system shows them, from the account's statement."""
    statement, spans = made.statement(made.counted(day)), defaultdict(list)
    booked = {event.value_date: event.booked for _, event in made.happened}
    shown = [replace(row, paid_on=booked.get(row.paid_on, row.paid_on)) for row in statement.rows]
    lines = _lines(made, statement)
    if made.accounts.terms.on_balance and not fineract._progressive(made.case["terms"]):
        shown, lines = _brought_forward(made, shown, lines)
    for nr, row in enumerate(shown):
        spans[row.due_date].append((nr, row))
    pieces = defaultdict(lambda: {"in_advance": NOTHING, "late": NOTHING})
    for when, nr, parts in lines:
        due = shown[nr].due_date
        if when != due:
            pieces[due]["in_advance" if when < due else "late"] += sum(parts.values())
    out = [_paid_at_once(entry) for entry in made.before]
    out += [_shown(due, [row for _, row in group]) | pieces[due] for due, group in sorted(spans.items())]
    renewed = [e.value_date for _, e in made.happened if e.kind in ("re_age", "re_amortise", "reschedule")]
    out = [row for row in out if row["due"] or row["due_date"] not in renewed]
    repaid = NOTHING
    by_component = any(e["type"] in BY_COMPONENT for e in made.case["events"])
    for row in out:
        repaid += row["principal"]
        row["balance"] = made.balance(row["due_date"], repaid)
        if by_component:  # there it is what is owed on the day
            ahead = [
                parts["principal"]
                for when, nr, parts in lines
                if when <= row["due_date"] < shown[nr].due_date
            ]
            row["balance"] -= sum(ahead, NOTHING)
    return out


def _lines(made, statement):
    """What payments went to: the day, the row and the parts."""
    booked = {event.reference: event.booked for _, event in made.happened}
    return [
        (booked[allocation.reference], nr, parts)
        for allocation in statement.allocations
        for nr, parts in allocation.lines
    ]


def _brought_forward(made, rows, lines):
    """What was paid in advance stands in the row that falls due next, and rows of old plans aren't shown."""
    rows, lines, moved = list(rows), list(lines), []
    for when, nr, parts in lines:
        target = min((due for due in made.dates if due >= when), default=rows[nr].due_date)
        if rows[nr].due_date in made.dates and rows[nr].due_date <= target:
            moved.append((when, nr, parts))
            continue
        taken = {name: rows[nr].asked[name] - amount for name, amount in parts.items()}
        left = {name: rows[nr].paid[name] - amount for name, amount in parts.items()}
        rows[nr] = replace(rows[nr], asked=taken, paid=left)
        zero = dict.fromkeys(parts, NOTHING)
        extra = replace(rows[nr], due_date=target, asked=parts, paid=parts, owed=zero, paid_on=when)
        rows.append(extra)
        moved.append((when, len(rows) - 1, parts))
    keep = [nr for nr, row in enumerate(rows) if sum(row.asked.values())]
    place = {nr: i for i, nr in enumerate(keep)}
    return [rows[nr] for nr in keep], [(when, place[nr], parts) for when, nr, parts in moved]


def _paid_at_once(entry):
    return {
        "due_date": entry.due_date,
        "paid_date": entry.due_date,
        "principal": entry.principal,
        "interest": NOTHING,
        "due": entry.due,
        "paid": entry.due,
        "in_advance": NOTHING,
        "late": NOTHING,
        "outstanding": NOTHING,
    }


def _shown(due, group):
    """One row of all that falls due on a day."""
    asked, paid, owed = (
        {part: sum(getattr(row, name)[part] for row in group) for part in ("principal", "interest")}
        for name in ("asked", "paid", "owed")
    )
    done = [row.paid_on for row in group]
    return {
        "due_date": due,
        "paid_date": None if None in done else max(done),
        **asked,
        "due": sum(asked.values()),
        "paid": sum(paid.values()),
        "outstanding": sum(owed.values()),
    }


def transactions(made, day):
    """Payments as the system shows them: by component, and the principal that is left."""
    paid = [(e.due_date, e.due, e.principal, NOTHING) for e in made.before]
    booked = {event.reference: event.booked for _, event in made.happened}
    paid += [
        (booked[each.reference], each.amount, each.to["principal"], each.to["interest"])
        for each in made.statement(made.counted(day)).allocations
    ]
    out, repaid = [], NOTHING
    for when, amount, principal, interest in paid:
        repaid += principal
        figures = (when, amount, principal, interest, made.balance(when, repaid))
        out.append(dict(zip(("Transaction date", *OF_PAYMENTS), figures, strict=True)))
    return out


OF_ROWS = ("principal", "interest", "due", "balance", "paid", "in_advance", "late", "outstanding")
MONEY = ("Down Payment", "Repayment")
OF_PAYMENTS = ("Amount", "Principal", "Interest", "Loan Balance")


def _read(row, amounts, days):
    read = {name: Decimal(row[name]) for name in amounts if name in row}
    return read | {name: row[name] and date.fromisoformat(row[name]) for name in days if name in row}


def differences(case):
    """What differs between what a case expects and the account, in words; empty where it is reproduced.

    Raises
    ------
    UnsayableError
        The case can't be said.
    """
    expect, found = case["expect"], []
    if "delinquency" in expect or "delinquency_range" in expect or "installment_delinquency" in expect:
        loan, ranges = delinquency(case)
        for name, value in {**expect.get("delinquency_range", {}), **expect.get("delinquency", {})}.items():
            if loan[name] != value:
                found.append(f"{name} {loan[name]}, expected {value}")
        want = expect.get("installment_delinquency", ranges)
        if sorted(map(str, ranges)) != sorted(map(str, want)):
            found.append(f"ranges {ranges}, expected {want}")
    made, day = kept(case), _today(fineract._in_force(case["events"]))
    if made.accounts is None:
        return found
    got, want = (
        rows(made, day),
        [_read(r, OF_ROWS, ("due_date", "paid_date")) for r in expect.get("rows", ())],
    )
    outstanding = sum(row["outstanding"] for row in got)
    if "outstanding" in expect and outstanding != Decimal(expect["outstanding"]):
        found.append(f"outstanding {outstanding}, expected {expect['outstanding']}")
    if "status" in expect and (expect["status"] == "ACTIVE") != (outstanding > 0):
        found.append(f"outstanding {outstanding}, expected {expect['status']}")
    if want:
        found += _compared("row", got, want)
        total = _read(expect.get("total", {}), OF_ROWS, ())
        found += _compared("total", [{n: sum(row[n] for row in got) for n in total}], [total])
    if "transactions" in expect:
        payments = [t for t in expect["transactions"] if t["Transaction Type"] in MONEY]
        found += _compared(
            "payment",
            transactions(made, day),
            [_read(t, OF_PAYMENTS, ("Transaction date",)) for t in payments],
        )
    return found


def _compared(what, got, want):
    if len(got) != len(want):
        return [f"{len(got)} of {what}, expected {len(want)}"]
    pairs = [
        (nr, name, made[name], value)
        for nr, (made, row) in enumerate(zip(got, want, strict=True), 1)
        for name, value in row.items()
    ]
    return [f"{what} {nr}: {name} {a}, expected {b}" for nr, name, a, b in pairs if a != b]


# Rescheduling as an event


def by_event(case):
    """Rows of a loan whose rescheduling is an event of its account, from the period on that it changes."""
    events = [e for e in case["events"] if e["type"] != "reschedule"]
    plain = case | {"events": events}
    said = fineract._read(plain)
    (data,) = (e.get("data", e) for e in case["events"] if e["type"] == "reschedule")
    rules = _terms(case["terms"], fineract._in_force(events), set())
    entries = fineract._rows(said)
    down = [e for e in entries if not e.days]
    accounts = _of_a_loan(said, [e for e in entries if e.days], rules)
    at = said.dates.index(date.fromisoformat(data["rescheduleFromDate"]))
    n = len(said.dates) - at + int(data.get("extraTerms") or 0)
    event = rp.Event(
        kind="reschedule",
        value_date=said.before(at),
        reference="R",
        plan=rp.equal_instalment(n),
        first_due=data.get("adjustedDueDate") or data["rescheduleFromDate"],
    )
    return rows(Kept(plain, accounts, said.draws, down, [(0, event)]), said.before(at))
