"""Loans of Apache Fineract's tests as loans and plans, and their expected schedules against the rows.

Rules of the system: tests/data/fineract/README.md, which has the cases too, their source and licence.
"""

import json
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from functools import reduce
from itertools import pairwise
from math import lcm
from operator import add
from pathlib import Path

import numpy as np
from dateutil.relativedelta import relativedelta

import repayplan as rp

FOLDER = Path(__file__).parent / "data" / "fineract"
NAMES = {"days": "daily", "weeks": "weekly", "months": "monthly", "years": "yearly"}
A_YEAR = {"days": 365, "weeks": 52, "months": 12, "years": 1}
"""Periods in a year where real days don't count."""
DAYS_OF = {"days": 1, "weeks": 7, "months": 30}
MODES = {"HALF_EVEN": "half_even", "HALF_UP": "half_up", "CEILING": "up", "FLOOR": "down"}
UNAFFECTED = {"approve", "business_date", "end_of_day", "set_future_rule", "charge_off"}
UNAFFECTED |= {"delinquency_pause", "delinquency_resume"}
"""Events that leave the rows as they are."""
PAYMENTS = {"repayment", "transaction", "pay_principal", "pay_interest", "payoff"}
ANEW = {"reage", "reamortise"}
RESCHEDULED = ("adjustedDueDate", "extraTerms", "graceOnPrincipal", "graceOnInterest")


class Reason(StrEnum):
    """Why a case can't be said as loans and plans."""

    DRAWN_WITHIN_A_PERIOD = "principal that bears interest is drawn down between two due dates"
    FLAT_ROUNDING = "flat: a rest of the total interest is paid last, of waiting rows or of changing rates"
    FLAT_BASE = "flat interest goes on being that of what was lent, though the plan begins anew"
    INTEREST_WAITS = "interest waits while principal is repaid"
    PAYMENTS_ALLOCATED = "rows hold what payments were allocated to them, or are solved anew by them"
    INTEREST_RECALCULATED = "interest follows what is paid, early or late"
    DOWN_PAYMENT_ROUNDED = "a down payment is a share of the amount that has to be rounded"
    FEES = "fees or penalties fall due"
    REAGED_WITH_INTEREST = "a loan that bears interest is re-aged or re-amortised"
    UNSTATED = "the system's rule for it isn't known"


class UnsayableError(Exception):
    """The case can't be said; ``reasons`` are all of why."""

    def __init__(self, reasons):
        super().__init__("; ".join(sorted(reasons)))
        self.reasons = frozenset(reasons)


@dataclass(frozen=True)
class Drawn:
    """A drawdown, and what of it is paid back on the same day."""

    day: date
    amount: Decimal
    down: Decimal


@dataclass(frozen=True)
class Entry:
    """A row as the system shows it; ``paid`` is what was paid of it, which isn't compared."""

    due_date: date
    days: int
    principal: Decimal
    interest: Decimal
    fees: Decimal
    due: Decimal
    balance: Decimal
    paid: Decimal = Decimal(0)


@dataclass
class Contract:
    """A case read: what is drawn down when, when rows fall due, and what holds from which row on.

    Of ``ends`` (how many rows there are), ``rates`` and ``graces`` (up to which row principal waits, and
    interest) the last one counts whose row isn't later. ``anew`` are the rows that a loan of what is then
    owed begins with; ``within`` is drawn down within a row that bears interest; ``changes`` are the days
    from which a progressive schedule has another rate; ``later`` is what changes rows that are there already.
    """

    terms: dict
    start: date
    dates: list[date]
    draws: list[Drawn] = field(default_factory=list)
    within: list[Drawn] = field(default_factory=list)
    ends: list[tuple[int, int]] = field(default_factory=list)
    rates: list[tuple[int, Decimal]] = field(default_factory=list)
    graces: list[tuple[int, int, int]] = field(default_factory=list)
    changes: list[tuple[date, Decimal]] = field(default_factory=list)
    anew: set[int] = field(default_factory=lambda: {0})
    later: list[tuple[date, dict]] = field(default_factory=list)
    reasons: set[Reason] = field(default_factory=set)

    def drawn_at(self, i):
        """Drawdowns before row ``i``, with which a loan begins; one on a due date comes after its row."""
        return [d for d in self.draws if bisect_right(self.dates, d.day) == i and d not in self.within]

    def before(self, i):
        """The day that row ``i`` counts from."""
        return self.dates[i - 1] if i else self.start

    def bears(self):
        """Whether there is interest at all."""
        return any(rate for _, rate in (*self.rates, *self.changes))

    def rates_of(self, i):
        """The rate at the start of row ``i``, and those that begin within it."""
        (_, rate), start = [one for one in self.rates if one[0] <= i][-1], self.before(i)
        found = {start: rate}
        for day, changed in sorted(self.changes, key=lambda change: change[0]):
            if day < self.dates[i]:
                found[max(day, start)] = changed
        return found


def cases():
    """The project's cases by id."""
    return {case["id"]: case for case in json.loads((FOLDER / "cases.json").read_text("utf-8"))["cases"]}


# What a case says


def _step(unit, every, anchor, k):
    return anchor + relativedelta(**{unit: every * k})


def _number(terms, name):
    return Decimal(terms.get(name) or 0)


def _flat(terms):
    return terms["interest_method"] == "flat"


def _progressive(terms):
    return terms["schedule_type"] == "progressive"


def _by_days(terms):
    """Whether interest looks at dates; a progressive schedule's always does."""
    return _progressive(terms) or terms["interest_calculation_period"] == "daily"


def _multiple(terms):
    given = terms.get("installment_multiple_of")
    return Decimal(given) if given else Decimal(1).scaleb(-terms["currency_digits"])


def _in_force(events):
    """The events without those that are undone, and the day of each."""
    kept, today = [], None
    for event in events:
        kind = event["type"]
        if kind == "business_date":
            today = date.fromisoformat(event["date"])
        if "undo" in kind:
            undone = kind.replace("undo", "").strip("_")
            last = max((i for i, (_, e) in enumerate(kept) if e["type"] == undone), default=None)
            if last is not None:
                del kept[last]
                continue
        day = event.get("date")
        kept.append((date.fromisoformat(day) if day else today, event))
    return kept


def _drawdowns(terms, events):
    """Date and amount of each; of a loan not yet drawn down those that were approved, or asked for."""
    drawn = [(day, Decimal(e["amount"])) for day, e in events if e["type"] == "disburse"]
    approved = [e for _, e in events if e["type"] == "approve"]
    if drawn or not approved:
        return drawn or [(date.fromisoformat(terms["submitted_on"]), Decimal(terms["principal"]))]
    last = approved[-1]
    day = last.get("expected_disbursement") or terms["submitted_on"]
    return [(date.fromisoformat(day), Decimal(last["amount"]))]


def _read(case):
    """The contract of a case, with the reasons why it can't be said."""
    terms, events = case["terms"], _in_force(case["events"])
    drawn = _drawdowns(terms, events)
    n, every, unit = terms["periods"], terms["repay_every"], terms["unit"]
    start = drawn[0][0]
    dates = [_step(unit, every, start, k) for k in range(1, n + 1)]
    if terms.get("due_periods"):
        start = date.fromisoformat(terms["due_periods"][0][0])
        dates = [date.fromisoformat(end) for _, end in terms["due_periods"]]
    said = Contract(terms, start, dates)
    said.ends.append((0, len(dates)))
    said.rates.append((0, _number(terms, "annual_rate")))
    said.graces.append((0, terms["grace_principal"], terms["grace_interest_payment"]))
    if terms.get("fixed_length_days") or unit not in NAMES or terms["rounding"] not in MODES:
        said.reasons.add(Reason.UNSTATED)
    anchor = (start, -1)
    for day, event in events:
        kind = event["type"]
        if kind == "reschedule":
            anchor = _reschedule(said, event.get("data", event), anchor)
        elif kind in ANEW:
            said.later.append((day, event))
        elif kind not in UNAFFECTED | PAYMENTS | {"disburse"}:
            said.reasons.add(Reason.FEES if "charge" in kind else Reason.UNSTATED)
        if said.later and kind in ("reschedule", "disburse"):
            said.reasons.add(Reason.UNSTATED)
    if said.later:  # what was paid by then stays in its rows
        kinds = ANEW | PAYMENTS
        said.later = sorted(((day, e) for day, e in events if e["type"] in kinds), key=lambda entry: entry[0])
    for day, _ in said.changes:
        _change(said, day)
    for day, amount in drawn:
        _draw(said, day, amount)
    said.reasons |= {*_reasons(said, events)}
    return said


def _reschedule(said, data, anchor):
    """Moves dates and adds rows from a due date on; the anchor that dates are counted from from then on."""
    terms, dates = said.terms, said.dates
    day = date.fromisoformat(data["rescheduleFromDate"])
    if data.get("newInterestRate") and _progressive(terms):  # on any day, whatever else is asked for
        said.changes.append((day, Decimal(data["newInterestRate"])))
        data = {name: value for name, value in data.items() if name != "newInterestRate"}
        if not any(data.get(name) for name in RESCHEDULED):
            return anchor
    at = bisect_left(dates, day)
    if at == len(dates) or dates[at].isoformat() != data["rescheduleFromDate"]:
        said.reasons.add(Reason.UNSTATED)
        return anchor
    extra = int(data.get("extraTerms") or 0)
    waits = int(data.get("graceOnPrincipal") or 0)
    interest_waits = int(data.get("graceOnInterest") or 0)
    if data.get("adjustedDueDate"):
        anchor = (date.fromisoformat(data["adjustedDueDate"]), at)
        if anchor[0] <= said.before(at):
            said.reasons.add(Reason.UNSTATED)
    added = len(dates) + extra + waits
    kept = at if data.get("adjustedDueDate") else len(dates)
    later = [_step(terms["unit"], terms["repay_every"], anchor[0], k - anchor[1]) for k in range(kept, added)]
    said.dates[kept:] = later
    if waits or interest_waits:
        said.graces.append((at, at + waits, at + interest_waits))
    if extra or waits or interest_waits:
        said.ends.append((at, added))
        said.anew.add(at)
    if data.get("newInterestRate"):
        said.rates.append((at, Decimal(data["newInterestRate"])))
        # Flat interest goes on being that of what was lent: one loan, whose rate changes.
        said.anew |= set() if _flat(terms) else {at}
    return anchor


def _change(said, day):
    """The instalments from the row on that a rate changes in are solved anew."""
    at = bisect_right(said.dates, day)
    if at == len(said.dates) or day < said.start:
        said.reasons.add(Reason.UNSTATED)
    said.anew.add(min(at, len(said.dates) - 1))


def _draw(said, day, amount):
    multiple = _multiple(said.terms)
    down = amount * _number(said.terms, "down_payment_percent") / 100
    at = bisect_right(said.dates, day)
    if down % multiple:
        said.reasons.add(Reason.DOWN_PAYMENT_ROUNDED)
    if at == len(said.dates) or day < said.start:
        said.reasons.add(Reason.UNSTATED)
    said.draws.append(Drawn(day, amount, down))
    if day == said.before(at) or not said.bears():
        said.anew.add(at)
    elif _progressive(said.terms):
        said.within.append(said.draws[-1])
        said.anew.add(at)
    else:
        said.reasons.add(Reason.DRAWN_WITHIN_A_PERIOD)


def _reasons(said, events):
    """Why the contract can't be said, beyond what reading it has found."""
    terms, bears = said.terms, said.bears()
    if bears:
        if _flat(terms) and len(said.anew) > 1:
            yield Reason.FLAT_BASE
        if _flat(terms) and not (_added_on(said) or _flat_comes_out(said)):
            yield Reason.FLAT_ROUNDING
        if _flat(terms) and _by_days(terms):
            yield Reason.UNSTATED
        if any(interest > principal for _, principal, interest in said.graces):
            yield Reason.INTEREST_WAITS
        own = [_step(terms["unit"], terms["repay_every"], said.start, k + 1) for k in range(len(said.dates))]
        if not _by_days(terms) and said.dates != own and terms.get("allow_partial_period_interest"):
            yield Reason.UNSTATED
    paid = [e for _, e in events if e["type"] in PAYMENTS]
    overdue = any(e["type"] == "business_date" and day > said.dates[0] for day, e in events)
    follows = bears and bool(terms.get("interest_recalculation"))
    rules = _rules(terms, events, paid)
    if "REAMORTIZATION" in rules or (said.later and rules - {"NEXT_INSTALLMENT"}):
        yield Reason.PAYMENTS_ALLOCATED
    if said.later and any("amount" not in e for e in paid):
        yield Reason.UNSTATED
    if (follows and (paid or overdue)) or (bears and paid and _progressive(terms)):
        yield Reason.INTEREST_RECALCULATED
    if said.later and bears:
        yield Reason.REAGED_WITH_INTEREST


def _rules(terms, events, paid):
    """What payments do to the rows to come: pay the next, the last, or have them solved anew."""
    rules = dict(terms.get("future_installment_rule") or {})
    rules |= {e["kind"]: e["rule"] for _, e in events if e["type"] == "set_future_rule"}
    kinds = {e.get("kind", "DEFAULT").upper() for e in paid}
    return {rules.get(kind, rules.get("DEFAULT", "NEXT_INSTALLMENT")) for kind in kinds}


def _added_on(said):
    """Whether interest is worked out once, and for rows that all repay principal."""
    return len(said.rates) == 1 and not any(principal for _, principal, _ in said.graces)


def _flat_comes_out(said):
    """Whether rounding leaves nothing of the interest, and payments are what rounded principal makes them."""
    terms, n = said.terms, len(said.dates)
    lent = sum(d.amount - d.down for d in said.draws)
    cent = Decimal(1).scaleb(-terms["currency_digits"])
    every = [lent * rate / 100 * terms["repay_every"] / A_YEAR[terms["unit"]] for _, rate in said.rates]
    if any(interest % cent for interest in every):
        return False
    if terms["amortization"] == "equal_principal":
        return True
    share = lent / (n - said.graces[0][1])
    unit = _multiple(terms)
    amounts = [share, *(share + interest for interest in every)]
    first, *rounded = [(x / unit).quantize(Decimal(1), ROUND_HALF_EVEN) * unit for x in amounts]
    return all(first + interest == whole for interest, whole in zip(every, rounded, strict=True))


# The library's words for it


def _periods(every, a_year):
    """Every period so much of a year, whatever its days."""

    def units(start, end, _):
        return np.full(np.broadcast(start, end).shape, every, np.int64)

    return rp.DayCount(f"{every}/{a_year}", _actual, a_year, "", "", numerator=units)


def _actual(start, end):
    return (end - start).astype(np.int64)


def _year_days(year):
    return (_first(year + 1) - _first(year)).astype(np.int64)


def _first(year):
    return year.astype("datetime64[D]")


def _counted(terms, bounds=()):
    """The system's count: 30 days, those of the month that a period begins in, or its own, over a year's.

    ``bounds``: where periods of which parts are looked at begin and end; a part has its days' share of one.
    """
    every, unit, year = terms["repay_every"], terms["unit"], terms["days_in_year"]
    own = [tuple(map(np.datetime64, pair)) for pair in terms.get("due_periods") or ()]
    gaps = any(start != end for (_, end), (start, _) in pairwise(own))
    starts, ends = np.array(own).T if gaps else (None, None)

    def length(start, end):
        if unit == "years":
            return every * _year_days(start.astype("datetime64[Y]"))
        if unit != "months":
            return np.full(np.broadcast(start, end).shape, every * DAYS_OF[unit], np.int64)
        if terms["days_in_month"] == "30":
            return np.full(np.broadcast(start, end).shape, 30 * every, np.int64)
        if not _progressive(terms):
            return _actual(start, end)
        month = start.astype("datetime64[M]")
        return every * (_first(month + np.timedelta64(1, "M")) - _first(month)).astype(np.int64)

    def reached(day):
        """A day's place in common and leap years, cut at 31 December; a year is 365 * 366 units."""
        day = day + np.timedelta64(1, "D")
        number = day.astype("datetime64[Y]")
        return number.astype(np.int64) * 365 * 366 + _actual(_first(number), day) * (731 - _year_days(number))

    def units(start, end, _):
        if gaps:
            start = starts[np.minimum(np.searchsorted(ends, end), len(ends) - 1)]
        days = length(start, end)
        if year != "ACTUAL":
            return days
        number = start.astype("datetime64[Y]")
        crosses = number != end.astype("datetime64[Y]")
        return np.where(crosses, reached(end) - reached(start), days * (731 - _year_days(number)))

    edges = np.array(bounds, "datetime64[D]")
    shared = lcm(*np.diff(edges).astype(int).tolist())

    def shares(start, end, grid):
        place = np.clip(np.searchsorted(edges, start, side="right"), 1, max(len(edges) - 1, 1))
        if not len(edges):
            return units(start, end, grid)
        first, last = edges[place - 1], edges[place]
        return (
            units(first, last, grid) * _actual(start, end) * (shared // np.maximum(_actual(first, last), 1))
        )

    one = 365 * 366 * shared
    over = {"year": int(year) * shared} if year != "ACTUAL" else {"year": 0, "whole_year": lambda _: one}
    return rp.DayCount("fineract", _actual, text="", source="", numerator=shares, **over)


def _rounding(terms):
    level = terms["amortization"] == "equal_installment"
    mode = MODES[terms["rounding"]]
    return rp.Rounding(
        instalment=mode,
        interest=mode,
        instalment_multiple=terms.get("installment_multiple_of") if level else None,
        interest_per="piece" if _progressive(terms) else "period",
        residue="shared" if level and _progressive(terms) else "last",
    )


def _dated(terms, dates):
    """Due dates as the frequency's where they are."""
    every, unit = terms["repay_every"], terms["unit"]
    regular = dates == [_step(unit, every, dates[0], k) for k in range(len(dates))]
    return {
        "next_due": dates[0],
        "frequency": f"{every}-{NAMES[unit]}",
        "due_dates": rp.DueDates() if regular else rp.DueDates(given=tuple(dates)),
    }


def _loan(terms, owed, rate, start, dates, bounds=(), **more):
    count = (
        _counted(terms, bounds) if _by_days(terms) else _periods(terms["repay_every"], A_YEAR[terms["unit"]])
    )
    plain = {"day_count": count, "rounding": _rounding(terms), "decimals": terms["currency_digits"]}
    n = len(dates)
    return rp.Loan(
        principal=owed,
        annual_rate=rate,
        original_term=n,
        elapsed=0,
        unpaid=n,
        start=start,
        **plain | _dated(terms, dates) | more,
    )


def _level(terms, loan, waits, n):
    """Equal instalments; of a cumulative schedule that counts days, solved as if months had 30 of 365."""
    if _progressive(terms) or not _by_days(terms):
        # A loan begins with the row that the rate changes in: its instalment knows both rates.
        return rp.equal_instalment(n, rate_change="foresee")
    even = _periods(DAYS_OF[terms["unit"]] * terms["repay_every"], 365)
    made = rp.schedule(replace(loan, day_count=even), rp.interest_only(waits) + rp.equal_instalment(n))
    amount = Decimal(made.instalment).scaleb(-made.decimals)
    return rp.equal_instalment(n, instalment=amount, balloon="rest")


def _part(said, i, owed, waiting, within):
    """The loan of what is owed before row ``i``, and its plan; ``within`` is drawn down within that row."""
    (_, end), (_, principal, interest) = (
        [one for one in changes if one[0] <= i][-1] for changes in (said.ends, said.graces)
    )
    terms, dates = said.terms, said.dates[i:end]
    waits = max(principal - i, 0)
    holiday = min(max(interest - i, 0), waits)
    bounds = (said.before(i), *dates) if said.within or said.changes else ()
    # A flat loan is one whose rate changes.
    rates = {said.before(at): rate for at, rate in said.rates} if _flat(terms) else said.rates_of(i)
    path = tuple((day, rate / 100) for day, rate in rates.items())
    rate = rp.SteppedRate(path) if len(path) > 1 else path[0][1]
    loan = _loan(terms, owed, rate, said.before(i), dates, bounds, accrued_interest=waiting)
    n = len(dates) - waits
    if _flat(terms):
        plan = rp.flat(n, interest="total" if _added_on(said) else "each")
    elif terms["amortization"] == "equal_principal":
        plan = rp.equal_principal(n)
    else:
        plan = _level(terms, loan, waits, n)
    lead = rp.holiday(holiday, interest="defer", repay="first") + rp.interest_only(waits - holiday)
    lead = (lead,) if waits else ()
    drawn = tuple(rp.drawdown(d.amount - d.down, on=d.day) for d in within)
    if within and terms["amortization"] != "equal_principal":
        plan = _drawn_within(loan, lead, drawn, n, sum((d.amount - d.down for d in within), Decimal(0)))
    return loan, reduce(add, (*drawn, *lead, plan))


def _drawn_within(loan, lead, drawn, n, amount):
    """Equal instalments where an amount is drawn within the first row: solved as if it were owed all of it.

    Its interest is that of its days nevertheless. What the last instalment then differs by is divided among
    them all, once, if that brings it nearer to the others.
    """
    whole = replace(loan, principal=loan.principal + amount, rounding=replace(loan.rounding, residue="last"))
    made = rp.schedule(whole, reduce(add, (*lead, rp.equal_instalment(n, rate_change="foresee"))))
    cent = Decimal(1).scaleb(-loan.decimals)
    multiple = loan.rounding.instalment_multiple or cent

    def said(level):
        return rp.equal_instalment(n, instalment=level, balloon="rest")

    def beside(level):
        return rp.schedule(loan, reduce(add, (*drawn, *lead, said(level)))).rows[-1].payment - level

    level = made.instalment * cent
    rest = beside(level)
    if abs(rest) / cent > n // 2:
        other = level + (rest / n / multiple).quantize(Decimal(1), ROUND_HALF_EVEN) * multiple
        if abs(beside(other)) < abs(rest):
            level = other
    return said(level)


# Rows


def _entry(row):
    return Entry(
        row.due_date,
        row.days,
        row.principal,
        row.interest_paid,
        row.fee,
        row.payment,
        row.closing,
    )


def _down(said, drawn, owed):
    """The row of a down payment, after which so much is owed."""
    zero = Decimal(0)
    paid = drawn.down if said.terms.get("auto_down_payment") else zero
    return Entry(drawn.day, 0, drawn.down, zero, zero, drawn.down, owed, paid)


def _rows(said):
    """The rows before any re-ageing: loan after loan, each of what is owed when it begins."""
    entries, owed, waiting = [], Decimal(0), Decimal(0)
    for i, end in pairwise([*sorted(said.anew), len(said.dates)]):
        for drawn in said.drawn_at(i):
            owed += drawn.amount
            if entries and entries[-1].days and entries[-1].due_date == drawn.day:
                entries[-1] = replace(entries[-1], balance=owed)
            if drawn.down:
                owed -= drawn.down
                entries.append(_down(said, drawn, owed))
        within = [d for d in said.within if bisect_right(said.dates, d.day) == i]
        loan, plan = _part(said, i, owed, waiting, within)
        rows = rp.schedule(loan, plan).rows[: end - i]
        for drawn in within:
            owed += drawn.amount - drawn.down
            if drawn.down:
                entries.append(_down(said, drawn, owed))
        entries += map(_entry, rows)
        owed, waiting = rows[-1].closing, sum((r.deferred for r in rows), waiting)
    return entries


def _unpaid(entries):
    return sum((e.principal - e.paid for e in entries), Decimal(0))


def _emptied(entries):
    """Rows that hold no more than what was paid of them."""
    return [replace(e, principal=e.paid, due=e.paid) for e in entries]


def _allocated(entries, amount):
    """Rows without interest after a payment: it pays the oldest first, and then those to come."""
    out = []
    for e in entries:
        pays = min(amount, e.principal - e.paid)
        amount -= pays
        out.append(replace(e, paid=e.paid + pays))
    if amount:
        raise UnsayableError({Reason.UNSTATED})
    return out


def _spread(terms, owed, start, dates):
    """Rows of an amount spread over some dates; the last one takes what rounding leaves."""
    rounding = replace(_rounding(terms), residue="last")
    loan = _loan(terms, owed, Decimal(0), start, dates, rounding=rounding)
    return [_entry(row) for row in rp.schedule(loan, rp.equal_instalment(len(dates))).rows]


def _aged_dates(data):
    """When rows of a re-aged loan fall due."""
    every, unit = int(data["frequencyNumber"]), data["frequencyType"].lower()
    first, n = date.fromisoformat(data["startDate"]), int(data["numberOfInstallments"])
    return [_step(unit, every, first, k) for k in range(n)]


def _reage(said, entries, data):
    every, unit = int(data["frequencyNumber"]), data["frequencyType"].lower()
    dates, before = _aged_dates(data), entries[-1].due_date
    if dates[0] <= before:
        raise UnsayableError({Reason.UNSTATED})
    terms = said.terms | {"repay_every": every, "unit": unit, "due_periods": None}
    return _emptied(entries) + _spread(terms, _unpaid(entries), before, dates)


def _reamortise(said, entries, day):
    gone = [e for e in entries if e.due_date < day]
    to_come = entries[len(gone) :]
    dates = [e.due_date for e in to_come]
    overdue = _unpaid(gone)
    if not overdue:
        return entries
    late = any(later <= earlier for earlier, later in pairwise(dates))
    if late or not dates or any(e.paid for e in to_come):
        raise UnsayableError({Reason.UNSTATED})
    more = _spread(said.terms, overdue, gone[-1].due_date, dates)
    names = ("principal", "due", "balance")
    both = [
        replace(a, **{name: getattr(a, name) + getattr(b, name) for name in names})
        for a, b in zip(to_come, more, strict=True)
    ]
    return _emptied(gone) + both


def _rebalanced(entries, draws):
    """Balances after rows whose principal is no longer due: what is drawn down less what falls due."""
    out = []
    for i, e in enumerate(entries):
        drawn = sum((d.amount for d in draws if d.day <= e.due_date), Decimal(0))
        out.append(replace(e, balance=drawn - sum((x.principal for x in entries[: i + 1]), Decimal(0))))
    return out


def contract(case):
    """What a case says.

    Raises
    ------
    UnsayableError
        With all reasons.
    """
    said = _read(case)
    if said.reasons:
        raise UnsayableError(said.reasons)
    return said


def scheduled(case):
    """Rows, as the library computes them."""
    said = contract(case)
    entries = _rows(said)
    for day, event in said.later:
        if event["type"] == "reage":
            entries = _reage(said, entries, event["data"])
        elif event["type"] == "reamortise":
            entries = _reamortise(said, entries, day)
        else:
            entries = _allocated(entries, Decimal(event["amount"]))
    return _rebalanced(entries, said.draws) if said.later else entries


def expected(case):
    """Rows, as the case says them, in the names of an :class:`Entry`."""
    rows = []
    for row in case["expect"]["rows"]:
        made = {name: Decimal(row[name]) for name in ("principal", "interest", "due", "balance")}
        made["fees"] = Decimal(row.get("fees", 0)) + Decimal(row.get("penalties", 0))
        made["due_date"] = date.fromisoformat(row["due_date"])
        rows.append(made | ({"days": row["days"]} if "days" in row else {}))
    return rows


def differences(case):
    """What differs between the two, in words; empty where the case is reproduced.

    Raises
    ------
    UnsayableError
        The case can't be said.
    """
    got, want = scheduled(case), expected(case)
    if len(got) != len(want):
        return [f"{len(got)} rows, expected {len(want)}"]
    # Rows of one day are in no order.
    got = sorted(got, key=lambda e: (e.due_date, e.days, e.due))
    want = sorted(want, key=lambda e: (e["due_date"], e.get("days", 0), e["due"]))
    found = []
    for nr, (entry, row) in enumerate(zip(got, want, strict=True), 1):
        pairs = [(name, getattr(entry, name), value) for name, value in row.items()]
        found += [f"row {nr}: {name} {a}, expected {b}" for name, a, b in pairs if a != b]
    total = case["expect"].get("total", {})
    for name in ("principal", "interest", "due"):
        made = sum((getattr(e, name) for e in got), Decimal(0))
        if name in total and made != Decimal(total[name]):
            found.append(f"total: {name} {made}, expected {total[name]}")
    return found
