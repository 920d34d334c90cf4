"""The rules of ACTUS themselves, event after event, in exact fractions: a slow reference for the adapter.

It knows PAM, LAM, NAM, ANN and LAX as the technical specification (https://www.actusfrf.org) has them: a
state, what each event makes of it, and which events a contract's terms schedule. It takes the terms of
tests/data/actus and never imports repayplan.
"""

from datetime import date, datetime, time, timedelta
from fractions import Fraction
from itertools import pairwise

from dateutil.relativedelta import relativedelta

from oracle import business_day
from year_fractions import year_fraction_of

ORDER = ("PR", "PI", "IP", "IPCI", "MD")
"""What happens first of what falls on one date."""


class State:
    """What is owed (``owed``), what has accrued, and what the next instalment is."""

    def __init__(self, terms):
        self.owed = Fraction(terms["principal"])
        self.base = self.owed
        self.accrued = Fraction(0)
        self.instalment = terms.get("instalment_amount") and Fraction(terms["instalment_amount"])


def at(terms, name):
    """A term's moment; None where it has none."""
    late = name in terms.get("end_of_day_terms", ())
    return terms.get(name) and datetime.combine(date.fromisoformat(terms[name]), time(23 * late))


def times(terms, first, cycle, end):
    """``first``, a cycle later, and so on before ``end``."""
    if cycle is None:
        return [first] if first and first < end else []
    units = {unit: cycle[unit] for unit in ("days", "weeks", "months", "years") if unit in cycle}

    def later(start, k):
        to = start + relativedelta(**{unit: n * k for unit, n in units.items()})
        in_months = not {"days", "weeks"}.intersection(units)
        ends = in_months and terms.get("end_of_month") == "end_of_month"
        return to + relativedelta(day=31) if ends and (start + timedelta(days=1)).day == 1 else to

    start = first or later(at(terms, "drawdown_date"), 1)
    made = []
    while later(start, len(made)) < end:
        made.append(later(start, len(made)))
    if cycle["final_stub"] == "long" and len(made) > 1 and later(start, len(made)) != end:
        made.pop()
    return made


def steps(terms, what, end):
    """As ``times``, of cycles each of which ends where the next one begins: with the number of its cycle."""
    begins = [datetime.fromisoformat(day) for day in terms[f"step_{what}_dates"]]
    for i, (begin, until) in enumerate(pairwise([*begins, end])):
        for moment in times(terms, begin, terms[f"step_{what}_cycles"][i], min(until, end)):
            yield moment, i


def events(kind, terms, end):
    """Moments and what happens then: {moment: {event: amount or None}}."""
    found = {end: {"IP": None, "MD": None}}

    def put(event, moments, amount=None):
        for moment in moments:
            found.setdefault(moment, {})[event] = amount

    if kind == "lax":
        for moment, i in steps(terms, "principal", end):
            event = "PI" if terms["step_directions"][i] == "INC" else "PR"
            put(event, [moment], Fraction(terms["step_instalment_amounts"][i]))
        put("IP", [moment for moment, _ in steps(terms, "interest", end)])
    else:
        repaid = []
        if kind != "pam":
            repaid = times(terms, at(terms, "first_principal_date"), terms.get("principal_cycle"), end)
        put("PR", repaid)
        interest_ends = end if kind in ("pam", "lam") else min(repaid, default=end)
        put("IP", times(terms, at(terms, "first_interest_date"), terms.get("interest_cycle"), interest_ends))
        if kind in ("nam", "ann"):
            put("IP", repaid)
    last = at(terms, "capitalisation_end_date")
    if last:
        found.setdefault(last, {})["IP"] = None
        for moment, here in found.items():
            if moment <= last and "IP" in here:
                here["IPCI"] = here.pop("IP")
    return found


class Engine:
    """One contract; ``end`` is when it matures."""

    def __init__(self, case, end):
        self.kind, self.terms = case["kind"], case["terms"]
        self.start, self.end = at(self.terms, "drawdown_date"), end
        self.events = {m: e for m, e in events(self.kind, self.terms, end).items() if self.start <= m <= end}
        self.rates = {date.min: Fraction(self.terms["annual_rate"])}
        self.rates |= {date.fromisoformat(s["date"]): Fraction(s["rate"]) for s in case["rate_steps"]}
        self.state = State(self.terms)

    # Dates and the interest between them

    def paid_on(self, moment):
        """The day on which what falls due at a moment is paid."""
        day = moment.date() + timedelta(days=moment.hour > 0)
        rule = self.terms.get("business_day", "none").partition("_")[2]
        return business_day(day, rule) if rule and self.terms.get("calendar", "none") != "none" else day

    def counted(self, moment):
        """The day up to which its interest counts."""
        adjusted = self.terms.get("business_day", "").startswith("adjusted")
        return self.paid_on(moment) if adjusted else moment.date() + timedelta(days=moment.hour > 0)

    def factor(self, first, last, known=date.max):
        """Interest on 1 between two days, by the rates that are known on a day."""
        cuts = [first, *(day for day in sorted(self.rates) if first < day < last and day <= known), last]
        name = self.terms["day_count"].upper().replace("-", " ")
        return sum(
            (self.rate_on(min(a, known)) * year_fraction_of(name, a, b) for a, b in pairwise(cuts)),
            Fraction(0),
        )

    def rate_on(self, day):
        return self.rates[max(d for d in self.rates if d <= day)]

    # What events do

    def solve(self, now, *, with_today):
        """ANN: the instalment that repays what is owed on the payment dates to come."""
        to = at(self.terms, "amortisation_end_date") or self.end
        cycle, first = self.terms.get("principal_cycle"), at(self.terms, "first_principal_date")
        dates = [*times(self.terms, first, cycle, to), to]
        dates = [day for day in map(self.counted, dates) if day > now - timedelta(days=with_today)]
        if not dates:
            return
        growth = [1 + self.factor(a, b, now) for a, b in pairwise(dates)]
        worth, lent = Fraction(1), self.state.owed
        lent += self.state.accrued + self.state.owed * self.factor(now, dates[0], now)
        for f in growth:
            worth, lent = worth * f + 1, lent * f
        self.state.instalment = lent / worth

    def repays(self, amount):
        """PR: what is repaid."""
        s = self.state
        if self.kind in ("nam", "ann"):
            return min(s.instalment - s.accrued, s.owed)
        if self.kind == "lam":
            dates = sum("PR" in e for e in self.events.values()) + 1
            amount = s.instalment or Fraction(self.terms["principal"]) / dates
        return min(amount, s.owed)

    def happens(self, event, amount, row):
        s = self.state
        if event == "PR":
            principal = self.repays(amount)
            row["principal"] += principal
            s.owed -= principal
        elif event == "PI":
            row["drawdown"] -= amount
            s.owed += amount
        elif event == "IP":
            row["interest"] += s.accrued
            s.accrued = Fraction(0)
        elif event == "IPCI":
            row["capitalised"] += s.accrued
            s.owed, s.accrued = s.owed + s.accrued, Fraction(0)
        elif event == "MD":
            row["principal"] += s.owed
            s.owed = Fraction(0)
        if self.terms.get("interest_base") != "at_start":
            s.base = s.owed

    def solved_on(self):
        """ANN: days on which the instalment is solved, and whether before what falls due on that day."""
        if self.kind != "ann" or self.state.instalment is not None:
            return []
        first = self.counted(min(m for m, e in self.events.items() if {"PR", "MD"}.intersection(e)))
        day = max(self.start.date(), first - timedelta(days=1))
        return [(day, -1 if day == first else 1), *((reset, 1) for reset in self.rates if reset > day)]

    def rows(self):
        """Amounts by the day of payment."""
        names = ("drawdown", "principal", "interest", "capitalised")
        lent = -self.state.owed - Fraction(self.terms.get("premium_discount", 0))
        now = self.start.date()  # not moved to a business day
        out = {now: dict.fromkeys(names, Fraction(0)) | {"drawdown": lent, "balance": self.state.owed}}
        queue = [(day, order, None) for day, order in self.solved_on()]
        queue += [(self.counted(moment), 0, moment) for moment in sorted(self.events)]
        for day, order, moment in sorted(queue, key=lambda entry: entry[:2]):
            self.state.accrued += self.state.base * self.factor(now, day)
            now = day
            if moment is None:
                self.solve(day, with_today=order < 0)
                continue
            row = out.setdefault(self.paid_on(moment), dict.fromkeys(names, Fraction(0)))
            for event in ORDER:
                if event in self.events[moment]:
                    self.happens(event, self.events[moment][event], row)
            row["balance"] = self.state.owed
        return out
