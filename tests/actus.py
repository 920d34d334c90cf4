"""ACTUS reference contracts as loans and plans, and their cash flows against a schedule's rows.

Conventions: ACTUS technical specifications, contract types PAM, LAM, NAM, ANN and LAX
(https://www.actusfrf.org); the cases, their source and licence are in tests/data/actus.
"""

import json
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import reduce
from itertools import groupby
from math import ceil
from operator import add
from pathlib import Path

from dateutil.relativedelta import relativedelta

import repayplan as rp
from repayplan.basics.daycount import year_fraction

FOLDER = Path(__file__).parent / "data" / "actus"
TOLERANCE = Decimal("1e-6")
UNROUNDED = rp.Rounding(instalment="none", interest="none")
AMOUNT, RATE = Decimal("1e-8"), Decimal("1e-10")
"""The finest amount and rate that the library states."""
END_OF_DAY = time(23, 59, 59)
NOT_CASH = {"RR", "RRF", "PRF", "IPCB", "SC"}
"""Events that fix a rate or an amount; nothing is paid, and a schedule has no row for them."""
CALENDARS = {"monday_to_friday": rp.WEEKENDS}


class Reason(StrEnum):
    """Why a contract can't be said as a loan and a plan."""

    INSTALMENT_BESIDE = "an instalment is paid on a date on which its interest is capitalised"
    INTEREST_BASE = "interest is on a base that isn't that of a flat stage"


class UnsayableError(Exception):
    """The contract can't be said; ``reasons`` are all of why."""

    def __init__(self, reasons):
        super().__init__("; ".join(sorted(reasons)))
        self.reasons = frozenset(reasons)


@dataclass(frozen=True)
class Contract:
    """A case as the library takes it, and what the day of drawdown holds (the schedule begins after it).

    ``kinds`` say of each row what happens in it: ``"capitalise"``, ``"interest"`` or ``"repay"``.
    ``paid_on`` has the date of payment of what moves beside the stages, by the day that it counts from.
    """

    loan: rp.Loan
    plan: rp.Plan
    kinds: tuple[str, ...]
    paid_on: dict[date, date]
    drawn_on: date
    drawn: Decimal
    repaid_at_once: Decimal


def cases():
    """The project's cases by id."""
    return {case["id"]: case for case in json.loads((FOLDER / "cases.json").read_text("utf-8"))["cases"]}


# Moments: dates, or their last second


def _moment(terms, name):
    if terms.get(name) is None:
        return None
    at = END_OF_DAY if name in terms.get("end_of_day_terms", ()) else time()
    return datetime.combine(date.fromisoformat(terms[name]), at)


def _day(moment):
    """The day that a moment counts as: its last second is the next day."""
    return moment.date() + timedelta(days=moment.time() == END_OF_DAY)


def _apart(cycle):
    """Months and days of a cycle; one of them is 0."""
    months = cycle.get("months", 0) + 12 * cycle.get("years", 0)
    return months, cycle.get("days", 0) + 7 * cycle.get("weeks", 0)


def _step(terms, anchor, cycle, k):
    """The ``k``-th date after the anchor."""
    months, days = _apart(cycle)
    last = anchor.day == monthrange(anchor.year, anchor.month)[1]
    to_end = months and last and terms.get("end_of_month") == "end_of_month"
    return anchor + relativedelta(months=months * k, days=days * k, day=31 if to_end else None)


def _grid(terms, anchor, cycle, end):
    """Dates of a cycle from its anchor on and before an end."""
    if cycle is None:
        return [anchor] if anchor and anchor < end else []
    if anchor is None:
        anchor = _step(terms, _moment(terms, "drawdown_date"), cycle, 1)
    made, moment = [], anchor
    while moment < end:
        made.append(moment)
        moment = _step(terms, anchor, cycle, len(made))
    if moment != end and cycle.get("final_stub") == "long" and len(made) > 1:
        made.pop()
    return made


def _steps(terms, what, end):
    """Dates of cycles that follow each other, and which of them each is of."""
    anchors = [datetime.fromisoformat(d) for d in terms.get(f"step_{what}_dates", ())]
    cycles = terms.get(f"step_{what}_cycles") or [None] * len(anchors)
    made = {}
    for i, (anchor, cycle) in enumerate(zip(anchors, cycles, strict=True)):
        until = min(end, anchors[i + 1]) if i + 1 < len(anchors) else end
        made |= dict.fromkeys(_grid(terms, anchor, cycle, until), i)
    return made


# What falls due when


def _day_count(terms):
    return terms["day_count"].upper().replace("-", " ")


def _step_amounts(terms):
    """What each cycle of stepwise amounts repays; below 0 what it lends."""
    pairs = zip(terms["step_instalment_amounts"], terms["step_directions"], strict=True)
    return [-Decimal(amount) if direction == "INC" else Decimal(amount) for amount, direction in pairs]


def _derived_end(kind, terms):
    """When a contract without an end has repaid everything by its given amount."""
    owed = Decimal(terms["principal"])
    if kind == "lax":
        amounts = _step_amounts(terms)
        anchors = [datetime.fromisoformat(d) for d in terms["step_principal_dates"]]
        for i, cycle in enumerate(terms["step_principal_cycles"]):
            k = 0
            while i + 1 == len(anchors) or _step(terms, anchors[i], cycle, k) < anchors[i + 1]:
                owed -= amounts[i]
                if owed <= 0:
                    return _step(terms, anchors[i], cycle, k)
                k += 1
    cycle, first = terms["principal_cycle"], _moment(terms, "first_principal_date")
    amount = Decimal(terms["instalment_amount"])
    if kind in ("ann", "nam"):
        span = (_step(terms, first, cycle, -1).date(), first.date())
        part = year_fraction(*span, _day_count(terms))
        amount -= owed * Decimal(terms["annual_rate"]) * part.numerator / part.denominator
    return _step(terms, first, cycle, ceil(owed / amount) - 1)


def _end(kind, terms):
    return (
        _moment(terms, "maturity_date")
        or _moment(terms, "amortisation_end_date")
        or _derived_end(kind, terms)
    )


def _falling_due(kind, terms, end):
    """Dates of interest, and those of principal with the amount of each (None: to be solved)."""
    if kind == "lax":
        amounts = _step_amounts(terms)
        principal = {m: amounts[i] for m, i in _steps(terms, "principal", end).items()}
        return [*_steps(terms, "interest", end)], principal
    first_interest, cycle = _moment(terms, "first_interest_date"), terms.get("interest_cycle")
    if kind == "pam":
        return _grid(terms, first_interest, cycle, end), {}
    given = terms.get("instalment_amount")
    amount = None if given is None else Decimal(given)
    first = _moment(terms, "first_principal_date")
    principal = dict.fromkeys(_grid(terms, first, terms.get("principal_cycle"), end), amount)
    if kind == "lam":
        principal |= {end: amount}
        fixed_before = terms.get("capitalisation_end_date") or _moment(terms, "drawdown_date") in principal
        if amount is None and fixed_before:
            # The share is of what is lent; a stage's is of the balance that it begins with.
            principal = dict.fromkeys(principal, Decimal(terms["principal"]) / len(principal))
        return _grid(terms, first_interest, cycle, end), principal
    # An instalment pays interest on each of its dates; before the first of them the interest's own dates do.
    lead = _grid(terms, first_interest, cycle, min(principal, default=end))
    return [*lead, *principal], principal | {end: amount}


def _rates(case, end):
    """The rate from each date on, up to the end."""
    drawn_on = _day(_moment(case["terms"], "drawdown_date"))
    rates = {drawn_on: Decimal(case["terms"]["annual_rate"])}
    for step in case["rate_steps"]:
        day = date.fromisoformat(step["date"])
        if day < _day(end):
            rates[max(day, drawn_on)] = Decimal(step["rate"])
    return rates


# The library's words for it


def _stage(kind, what, n, amount, *, final):
    if what == "capitalise":
        return rp.holiday(n, interest="capitalise")
    if what == "interest":
        return rp.bullet(1) if final and n == 1 else rp.interest_only(n)
    level = kind in ("ann", "nam")
    if amount is None:
        return rp.equal_instalment(n) if level else rp.equal_principal(n)
    rest, amount = "rest" if final else None, amount.quantize(AMOUNT)
    if level:
        return rp.equal_instalment(n, instalment=amount, balloon=rest, shortfall="capitalise")
    return rp.equal_principal(n, principal=amount, balloon=rest)


def _on_cycles(moments, interest, principal, amount):
    """Equal principal on dates of its own, and interest on others."""
    numbers = [tuple(k for k, m in enumerate(moments, 1) if m in dates) for dates in (principal, interest)]
    given = {} if amount is None else {"principal": amount.quantize(AMOUNT), "balloon": "rest"}
    return rp.equal_principal(len(moments), principal_on=numbers[0], interest_on=numbers[1] or None, **given)


def _on_first_balance(amount, n, owed):
    """Equal principal, and interest on what was lent; what the amounts don't repay is paid last."""
    left = 0 if amount is None else owed - n * amount.quantize(AMOUNT)
    return rp.flat(n, balloon=left or None)


def _beside(moves, days):
    """What moves principal beside the stages, each on the day that it counts from."""
    given = [(days[m][0], amount.quantize(AMOUNT)) for m, amount in moves.items()]
    return [rp.prepayment(a, on=day) if a > 0 else rp.drawdown(-a, on=day) for day, a in given]


def _regular(terms, moments):
    """The cycle that all dates but the last are of, counted from the first; None where there is none."""
    cycles = [terms.get("principal_cycle"), terms.get("interest_cycle")]
    cycles += [*terms.get("step_principal_cycles", ()), *terms.get("step_interest_cycles", ())]
    for cycle in filter(None, cycles):
        own = [_step(terms, moments[0], cycle, k) for k in range(len(moments) - 1)]
        if own == moments[:-1] and END_OF_DAY not in [m.time() for m in own]:
            return cycle
    return None


def _business_days(terms):
    calendar = CALENDARS.get(terms.get("calendar", "none"))
    count, _, convention = terms.get("business_day", "none").partition("_")
    if calendar is None or not convention:
        return {}
    return {"business_day": convention, "adjusted": count == "adjusted", "calendar": calendar}


def _dated(terms, moments):
    """What the loan says of its due dates."""
    days, rule = [_day(m) for m in moments], _business_days(terms)
    cycle = _regular(terms, moments)
    if cycle is None:
        # The library counts due dates from the first of them, ACTUS from an anchor that may lie before it.
        return {"next_due": days[0], "due_dates": rp.DueDates(given=tuple(days), **rule)}
    months, apart = _apart(cycle)
    return {
        "next_due": days[0],
        "frequency": f"{months}-monthly" if months else f"{apart}-daily",
        "last_due": days[-1],
        "final_stub": cycle.get("final_stub", "short"),
        "due_dates": rp.DueDates(month_end=terms.get("end_of_month") == "end_of_month", **rule),
    }


def _reasons(kind, terms, due, capitalised):
    """Why the case can't be said."""
    interest, principal, end = due
    before = [m for m in principal if m < end]
    if kind in ("ann", "nam") and capitalised.intersection(before):
        yield Reason.INSTALMENT_BESIDE
    base = terms.get("interest_base", "balance")
    if base == "balance":
        return
    # A flat stage's interest is on what is owed when it begins; it repays as much principal in each row.
    first = min(before, default=end)
    each = {m for m in interest if first <= m < end} == {*before}
    at_once = _moment(terms, "drawdown_date") in principal
    too_much = sum(amount or 0 for amount in principal.values()) > Decimal(terms["principal"])
    if base != "at_start" or kind != "lam" or capitalised or at_once or too_much or not each:
        yield Reason.INTEREST_BASE


def contract(case):
    """The loan and the plan that a case's terms say.

    Raises
    ------
    UnsayableError
        With all reasons.
    """
    kind, terms = case["kind"], _with_amount(case)
    drawn_on, end = _moment(terms, "drawdown_date"), _end(kind, terms)
    interest, principal = _falling_due(kind, terms, end)
    until = _moment(terms, "capitalisation_end_date")
    capitalised = {m for m in interest if m <= until} | {until} if until else set()
    reasons = [*_reasons(kind, terms, (interest, principal, end), capitalised)]
    if reasons:
        raise UnsayableError(reasons)

    owed, at_once = Decimal(terms["principal"]), Decimal(0)
    if principal.get(drawn_on) is not None:  # an amount given, paid on the day itself: so much less is lent
        at_once = min(principal[drawn_on], owed).quantize(AMOUNT)
    moves = _moves(kind, (drawn_on, end), interest, principal, capitalised)
    if moves:
        principal = {}
    # An amount given and paid on the day of drawdown is lent no more; one to be solved is the plan's first.
    first = {drawn_on} if principal.get(drawn_on, 0) is None else set()
    due = {*interest, *principal, *capitalised, end}
    moments = sorted(m for m in due if drawn_on < m <= end or m in first)
    ends = "repay" if principal else "interest"
    held = dict.fromkeys(moments, "interest") | dict.fromkeys(principal, "repay")
    held |= dict.fromkeys(capitalised, "capitalise") | {end: ends}
    kinds = tuple(held[m] for m in moments)
    last = next((principal[m] for m in reversed(moments) if m in principal), None)
    amounts = [principal.get(m, last) if k == "repay" else None for m, k in zip(moments, kinds, strict=True)]
    runs = [(what, amount, len([*run])) for (what, amount), run in groupby(zip(kinds, amounts, strict=True))]
    loan = _loan(case, moments, owed - at_once)
    at_start = terms.get("interest_base") == "at_start"
    if len(runs) == 1 and not at_start and _counts_itself(loan, moments):
        runs = [(*runs[0][:2], rp.col("periods_left"))]
    stages = [_stage(kind, what, n, a, final=i + 1 == len(runs)) for i, (what, a, n) in enumerate(runs)]
    if at_start:
        stages[-1] = _on_first_balance(last, runs[-1][2], owed)
    if kind == "lam" and not {*interest, *capitalised, end}.issuperset(principal):
        stages = [_on_cycles(moments, interest, principal, last)]
    days = _days(case, sorted({*moments, *moves}))
    plan = reduce(add, [*_beside(moves, days), *stages])
    drawn = -(owed + Decimal(terms.get("premium_discount", 0)))
    paid_on = {days[m][0]: days[m][1] for m in moves}
    return Contract(loan, plan, kinds, paid_on, _day(drawn_on), drawn, at_once)


def _moves(kind, between, interest, principal, capitalised):
    """Given principal by its date, where it isn't the stages that repay it.

    They do where each row of a stage repays as well as pays interest, or where equal principal has a cycle
    of its own.
    """
    drawn_on, end = between
    before = {m: amount for m, amount in principal.items() if drawn_on < m < end}
    alone = not before.keys() <= {*interest, *capitalised}
    lent = any(amount is not None and amount < 0 for amount in before.values())
    if lent or capitalised.intersection(before) or (alone and (kind == "lax" or capitalised)):
        return before
    return {}


def _counts_itself(loan, moments):
    """Whether the library counts the instalments, by its rule for stubs.

    Of only two dates ACTUS keeps both, whatever the stub; and the last second of a day is off the grid,
    though the next day isn't.
    """
    return loan.last_due is not None and len(moments) > 2 and moments[-1].time() != END_OF_DAY


def _loan(case, moments, owed):
    """The loan of what is owed, with its due dates."""
    terms = case["terms"]
    return rp.Loan(
        principal=owed,
        annual_rate=rp.SteppedRate(
            tuple((day, rate.quantize(RATE)) for day, rate in _rates(case, moments[-1]).items()),
            negative=True,
        ),
        original_term=len(moments),
        elapsed=0,
        unpaid=len(moments),
        start=_day(_moment(terms, "drawdown_date")),
        day_count=_day_count(terms),
        decimals=8,
        rounding=UNROUNDED,
        **_dated(terms, moments),
    )


def _days(case, moments):
    """Of each moment the day up to which its interest counts, and that on which it is paid."""
    loan = _loan(case, moments, Decimal(1))
    paid = [row.due_date for row in rp.schedule(loan, rp.interest_only(len(moments))).rows]
    counted = paid if loan.due_dates.adjusted else [_day(m) for m in moments]
    return {m: days for m, *days in zip(moments, counted, paid, strict=True)}


def _with_amount(case):
    """The terms with the instalment that they imply where it isn't solved up to the contract's own end.

    An annuity may be solved up to an amortisation end, and end on another date with the rest.
    """
    terms = case["terms"]
    solved_to, ends = terms.get("amortisation_end_date"), terms.get("maturity_date")
    if case["kind"] != "ann" or terms.get("instalment_amount") or None in (solved_to, ends):
        return terms
    if solved_to == ends:
        return terms
    at_end_of_day = "amortisation_end_date" in terms.get("end_of_day_terms", ())
    solved = {"maturity_date": solved_to, "end_of_day_terms": ["maturity_date"] * at_end_of_day}
    whole = contract(case | {"terms": terms | solved})
    made = rp.schedule(whole.loan, whole.plan)
    amount = Decimal(made.instalment).scaleb(-made.decimals)
    return terms | {"instalment_amount": str(amount)}


# Rows


def _moved(said, made):
    """Day of payment and amount of what moved beside the stages in each row: drawn, or below 0 repaid."""
    moved = made.moved
    out = [[] for _ in made.rows]
    for k, day, units in zip(moved.period, moved.day.tolist(), moved.amount.tolist(), strict=True):
        out[k].append((said.paid_on[day], Decimal(units).scaleb(-made.decimals)))
    return out


def scheduled(case):
    """Amounts by date, as the library computes them."""
    said = contract(case)
    zero = Decimal(0)
    rows = {}

    def add_to(day, balance, **amounts):
        names = ("drawdown", "principal", "interest", "capitalised")
        row = rows.setdefault(day, dict.fromkeys(names, zero))  # two dates may be moved to one business day
        for name, amount in amounts.items():
            row[name] += amount
        row["balance"] = balance

    repaid, lent = max(said.repaid_at_once, zero), min(said.repaid_at_once, zero)
    add_to(said.drawn_on, said.loan.principal, drawdown=said.drawn + lent, principal=repaid)
    made = rp.schedule(said.loan, said.plan)
    for row, kind, moved in zip(made.rows, said.kinds, _moved(said, made), strict=True):
        balance, principal = row.opening, row.principal
        for day, amount in moved:
            balance += amount
            principal += min(amount, zero)
            add_to(day, balance, drawdown=-max(amount, zero), principal=-min(amount, zero))
        # What an instalment is short of the interest is principal below zero in ACTUS, not capitalised.
        short = row.capitalised if kind == "repay" else zero
        add_to(
            row.due_date,
            row.closing,
            principal=principal - short,
            interest=row.interest_paid + short,
            capitalised=row.capitalised - short,
        )
    for day in {*said.paid_on.values()} - rows.keys():  # nothing moved: nothing was owed
        add_to(day, zero)
    horizon = case["horizon"]
    return {day: row for day, row in rows.items() if horizon is None or day.isoformat() <= horizon}


def expected(case):
    """Amounts by date, as the case says them."""
    names = ("drawdown", "principal", "interest", "capitalised", "balance")
    rows = {}
    for entry in case["instalments"]:
        if not NOT_CASH.issuperset(entry["types"]):
            day = date.fromisoformat(entry["date"]) + timedelta(days=entry.get("end_of_day", False))
            rows[day] = {name: Decimal(entry.get(name, 0)) for name in names}
    return rows


def differences(case):
    """What differs between the two, in words; empty where the case is reproduced.

    Raises
    ------
    UnsayableError
        The case can't be said.
    """
    got, want = scheduled(case), expected(case)
    found = [f"{day}: a row that isn't expected" for day in sorted(got.keys() - want.keys())]
    found += [f"{day}: no row" for day in sorted(want.keys() - got.keys())]
    for day in sorted(got.keys() & want.keys()):
        for name, value in want[day].items():
            if abs(got[day][name] - value) > TOLERANCE:
                found.append(f"{day}: {name} {got[day][name]}, expected {value}")
    return found
