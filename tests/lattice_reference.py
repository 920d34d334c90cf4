"""Every plan of a lattice, the slow way: one loan, one plan at a time, by the public calls for one loan."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import get_args

from hypothesis import strategies as st

import repayplan as rp
from months import payable
from repayplan.offers.amortisation import ANY, Amortisation, RepaidBy
from repayplan.plans.beside import HolidayInterest

IN_MONTHS = {"monthly": Fraction(1), "quarterly": Fraction(3), "fortnightly": Fraction(6, 13)}
WAIVED = rp.ArrearsPart(treatment="pay_first", waive_percent="50")
JOINS = rp.ArrearsPart(treatment="capitalise")
CARRIED = rp.ArrearsPart(treatment="carry", waive_percent="50")
SPREAD = rp.ArrearsPart(treatment="first_instalments", instalments=2, waive_percent="50")
POLICY = rp.Policy(
    name="test",
    currency="EUR",
    methods=("equal_instalment", "equal_principal"),
    allowance=rp.Allowance(by_persons=("700", "900"), further_person="100", covers=(), source="test"),
    limit=rp.ExtensionLimit(max_extension_months=6),
    contingency=rp.Contingency(share="0.1", at_most="20"),
    rounding=rp.Rounding(),
    arrears=rp.ArrearsRule(overdue_interest=JOINS, accrued_interest=JOINS, penalty=WAIVED, fees=WAIVED),
)
STEPS = {
    "extend": [{}],
    "cut_rate": [{"by": "0.01", "floor": "0.02"}, {"by": "0.07", "floor": "0"}],
    "forbear": [{"percent": "30"}, {"percent": "60", "multiple": "50"}],
    "forgive": [{"percent": "20", "multiple": "10"}],
    "waive": [
        {"component": "fees", "percent": "60"},
        {"component": "overdue_interest", "percent": "100", "multiple": "5"},
    ],
    "holiday": [{"months": 2, "interest": how} for how in get_args(HolidayInterest)],
    "interest_only": [{"months": 2}],
}
ENDS = ["2026-02-28", "2026-05-31", "2026-09-15"]


@st.composite
def policies(draw, most_steps=3):
    """A policy with steps in any order, a cut of the rate perhaps twice."""
    names = draw(st.lists(st.sampled_from(sorted(STEPS)), unique=True, max_size=most_steps))
    steps = [rp.Concession(step=name, **draw(st.sampled_from(STEPS[name]))) for name in names]
    if any(step.floor for step in steps) and draw(st.booleans()):
        steps.append(rp.Concession(step="cut_rate", by="0.03", floor="0.01"))
    methods = draw(
        st.lists(
            st.sampled_from(["equal_instalment", "equal_principal", "flat", "interest_only"]),
            unique=True,
            min_size=1,
            max_size=2,
        )
    )
    minimums = draw(st.just(ANY) | amortisations())
    if minimums.largest_balloon is not None:
        steps.sort(key=lambda step: step.step == "forbear")
    later = [] if any(step.component == "fees" for step in steps) else [CARRIED, SPREAD]
    arrears = replace(POLICY.arrears, fees=draw(st.sampled_from([WAIVED, WAIVED, *later])))
    return replace(
        POLICY,
        concessions=tuple(steps),
        methods=tuple(methods),
        amortisation=minimums,
        arrears=arrears,
    )


@st.composite
def amortisations(draw):
    """Shares that bind now and then, runs without principal, balloons."""
    shares = draw(st.dictionaries(st.integers(1, 5), st.sampled_from(["1", "15", "33.3333"]), max_size=2))
    return Amortisation(
        repaid_by=tuple(RepaidBy(months=month, percent=part) for month, part in shares.items()),
        longest_without_principal=draw(st.sampled_from([None, None, 0, 1, 2])),
        largest_balloon=draw(st.sampled_from([None, None, "0", "25"])),
    )


@st.composite
def loans(draw, frequencies=("monthly", "monthly", "fortnightly", "quarterly")):
    """A loan of few instalments."""
    term = draw(st.integers(1, 6))
    return rp.Loan(
        principal=draw(st.integers(200, 2_500)),
        annual_rate=draw(st.sampled_from(["0", "0.06", "0.24"])),
        original_term=term,
        elapsed=0,
        unpaid=term,
        next_due=draw(st.sampled_from(["2026-01-31", "2026-03-05"])),
        frequency=draw(st.sampled_from(frequencies)),
        day_count=draw(st.sampled_from(["periods", "ACT/365F"])),
        fees=draw(st.sampled_from([0, 15])),
        overdue_principal=draw(st.sampled_from([0, 60])),
        overdue_interest=draw(st.sampled_from([0, 20])),
    )


@st.composite
def homes(draw):
    """Pay, and perhaps a benefit that ends, a season, a debt that is paid off."""
    amounts = st.integers(0, 600)
    items = [rp.Income("pay", str(700 + draw(amounts)))]
    if draw(st.booleans()):
        items.append(rp.Income("benefit", str(draw(amounts)), until=draw(st.sampled_from(ENDS))))
    if draw(st.booleans()):
        months = tuple(draw(st.sets(st.integers(1, 12), min_size=1, max_size=6)))
        items.append(rp.Income("harvest", str(draw(amounts)), months=months))
    if draw(st.booleans()):
        items.append(rp.Debt("card", str(draw(st.integers(0, 200))), until=draw(st.sampled_from(ENDS))))
    return rp.Household(items=items, assessed="2026-01-10")


lattices = st.builds(
    rp.Lattice,
    lengths=st.integers(1, 4),
    pauses=st.integers(1, 2),
    points=st.sampled_from([2, 2, 3]),
)


@st.composite
def wishes(draw):
    """Some wishes, which can or can't be had."""
    every = {
        "at_most": st.integers(50, 900),
        "at_least": st.integers(10, 200),
        "total_at_most": st.integers(200, 3_000),
        "start": st.sampled_from(["2026-01-31", "2026-02-15", "2026-03-31", "2026-12-31"]),
        "until": st.sampled_from(["2026-04-30", "2026-07-31", "2027-06-30"]),
        "months": st.integers(1, 10),
        "methods": st.sampled_from([("equal_principal",), ("flat", "equal_instalment")]),
    }
    names = draw(st.lists(st.sampled_from(sorted(every)), unique=True, max_size=3))
    return rp.Wishes(**{name: draw(every[name]) for name in names})


@dataclass(frozen=True)
class Found:
    """One plan that can be written: where it stands on the lattice, and its figures."""

    method: int
    length: int
    degree: tuple
    affordable: bool
    instalments: int
    instalment: Decimal
    total_cost: Decimal
    lender_cost: Decimal
    paid: Decimal
    months: int
    first: date
    last: date
    middle: tuple
    own: bool = False

    @property
    def place(self):
        """What points are sorted by."""
        return (self.own, self.method, self.length, self.degree[::-1])

    @property
    def figures(self):
        return (self.instalments, self.instalment, self.total_cost, self.lender_cost)


def cents(amount):
    exact = Fraction(amount) * 100
    assert exact.denominator == 1
    return exact.numerator


def units(amount):
    return Decimal(amount) / 100


def evenly(top, points):
    """So many degrees from none to the most."""
    if points == "all" or top < points:
        return list(range(top + 1))
    return [k * top // (points - 1) for k in range(points)]


def every_so_many(first, last, step):
    return sorted({*range(first, last + 1, step), last})


def owed_by_plan(loan):
    """The balance that the plan starts from, what is paid with its first payment, and what is waived."""
    balance = cents(loan.principal) + cents(loan.overdue_principal) + cents(loan.overdue_interest)
    waived = cents(loan.fees) // 2 + cents(loan.penalty) // 2
    return balance, cents(loan.fees) + cents(loan.penalty) - waived, waived


def tops(step, loan, state):
    """The degrees that a step may have, with those of the steps before it."""
    if step.step in ("holiday", "interest_only"):
        return int(step.months / IN_MONTHS[loan.frequency])
    if step.step == "cut_rate":
        return max(ceil((state["rate"] - Fraction(step.floor)) / Fraction(step.by)), 0)
    return ceil(Fraction(most_less(step, state), int(Fraction(step.multiple or "0.01") * 100)))


def most_less(step, state):
    of = state["balance"] if step.component is None else state[step.component]
    most = int(of * Fraction(step.percent) / 100)
    return most if step.component == "fees" else min(most, state["balance"] - 1)


def combinations(loan, policy, lattice):
    """Degrees of all steps but more time, and what the loan is with them."""
    balance, first, _ = owed_by_plan(loan)
    start = {
        "balance": balance,
        "fees": first,
        "overdue_interest": cents(loan.overdue_interest),
        "rate": Fraction(loan.annual_rate),
        "holiday": 0,
        "interest_only": 0,
        "forbear": 0,
        "forgive": 0,
    }
    every = [((), start)]
    for step in policy.steps:
        following = []
        for degrees, state in every:
            if step.step == "extend":
                following.append(((*degrees, None), state))
                continue
            top = tops(step, loan, state)
            shifting = step.step in ("holiday", "interest_only")
            for d in every_so_many(0, top, lattice.pauses) if shifting else evenly(top, lattice.points):
                new = dict(state)
                if shifting:
                    new[step.step] = d
                elif step.step == "cut_rate":
                    low = min(Fraction(step.floor), state["rate"])
                    new["rate"] = max(state["rate"] - d * Fraction(step.by), low)
                else:
                    less = min(d * int(Fraction(step.multiple or "0.01") * 100), most_less(step, state))
                    if step.component is not None:
                        new[step.component] -= less
                    else:
                        new[step.step] = less
                    if step.component != "fees":
                        new["balance"] -= less
                following.append(((*degrees, d), new))
        every = following
    return every


def fast_enough(made, loan, state, minimums, method):
    """Whether a schedule repays principal as fast as it must; what is put aside isn't in it."""
    closing = [cents(row.closing) for row in made.rows]
    owed, rows, a_month = state["balance"] + state["forbear"], len(closing), IN_MONTHS[loan.frequency]
    for each in minimums.repaid_by:
        by = ceil(each.months / a_month)
        if by < rows and state["balance"] - closing[by - 1] < owed * Fraction(each.percent) / 100:
            return False
    run, before = 0, state["balance"]
    for after in closing[:-1]:
        run = run + 1 if after >= before > 0 else 0
        most = minimums.longest_without_principal
        if most is not None and run * a_month > most:
            return False
        before = after
    spreads = minimums.largest_balloon is not None and method == "interest_only"
    return not (spreads and rows - state["holiday"] - state["interest_only"] > 1)


def effective(loan):
    """The contract's rate, compounded at its due dates: a period's to 1e-12, a year's to 1e-10."""
    share = IN_MONTHS[loan.frequency] / 12
    period = Fraction(round(Fraction(loan.annual_rate) * share * 10**12), 10**12)
    return Decimal(round(((1 + period) ** int(1 / share) - 1) * 10**10)).scaleb(-10)


def can_pay(loan, home, policy, dues):
    path = rp.capacity_path(
        home,
        policy.allowance,
        begin="2025-10-01",
        months=80,
        income=policy.income,
        contingency=policy.contingency,
        outlook=policy.outlook,
    )
    return [units(most) for most in payable(path, loan.frequency, dues, home.assessed)]


def payments(made, aside):
    """Of a schedule, without what is put aside until its end."""
    pays = [row.payment for row in made.rows]
    return [*pays[:-1], pays[-1] - aside]


def figures_of(rows, pays, loan, aside, rate, year):
    """The figures of rows with these payments, and of what is put aside until their end."""
    _, first, waived = owed_by_plan(loan)
    balance = owed_by_plan(loan)[0]
    flows = [*pays[:-1], pays[-1] + aside]
    worth = rp.present_value(flows, [row.due_date for row in rows], rate, year=year, on=loan.interest_from)
    owed = units(balance + first + waived)
    paid = sum(flows)
    start = next((k for k, pay in enumerate(pays) if pay), len(pays) - 1)
    return {
        "instalments": len(rows),
        "instalment": max(pays),
        "total_cost": paid - owed,
        "lender_cost": owed - worth,
        "paid": paid,
        "months": ceil(len(rows) * IN_MONTHS[loan.frequency]),
        "first": rows[start].due_date,
        "last": rows[-1].due_date,
        "middle": tuple(pays[start:-1]),
    }


def every_plan(loan, home, policy, lattice, *, rate=None, year="equal periods"):
    """All plans of the lattice that can be written, in its order, and last the one that is proposed."""
    rate = effective(loan) if rate is None else rate
    shortest, longest = loan.unpaid, policy.limit.longest(loan).longest
    if all(step.step != "extend" for step in policy.concessions):
        longest = shortest
    can = can_pay(loan, home, policy, dues(loan, longest))
    found = []
    for method, name in enumerate(policy.methods):
        for degrees, state in combinations(loan, policy, lattice):
            for length in every_so_many(shortest, longest, lattice.lengths):
                idle, only = state["holiday"], state["interest_only"]
                if length <= idle + only:
                    continue
                plan = getattr(rp, name)(length - idle - only)
                if only:
                    plan = rp.interest_only(only) + plan
                if idle:
                    how = next(s.interest for s in policy.concessions if s.step == "holiday")
                    plan = rp.holiday(idle, interest=how) + plan
                carried = units(0)
                if policy.arrears.fees is CARRIED:
                    plan, carried = rp.arrears("fees", repay="last") + plan, units(state["fees"])
                elif policy.arrears.fees is SPREAD:
                    plan = rp.arrears("fees", repay="first", over=2) + plan
                changed = replace(
                    loan,
                    principal=units(state["balance"]),
                    overdue_principal=0,
                    overdue_interest=0,
                    penalty=0,
                    fees=units(state["fees"]),
                    annual_rate=Decimal(int(state["rate"] * 10**10)).scaleb(-10),
                    rounding=policy.rounding,
                )
                try:
                    made = rp.schedule(changed, plan)
                except rp.InputError:
                    continue
                found.append(
                    Found(
                        method=method,
                        length=length,
                        degree=tuple(length - shortest if d is None else d for d in degrees),
                        affordable=all(
                            pay <= most for pay, most in zip(payments(made, carried), can, strict=False)
                        )
                        and fast_enough(made, loan, state, policy.amortisation, name),
                        **figures_of(
                            made.rows,
                            payments(made, carried),
                            loan,
                            units(state["forbear"]) + carried,
                            rate,
                            year,
                        ),
                    )
                )
    found.sort(key=lambda each: each.place)
    offer = rp.propose(loan, home, replace(policy, strategy=rp.Strategy()))
    if isinstance(offer, rp.Offer):
        aside = offer.forborne + offer.carried
        pays = payments(offer.schedule, aside)
        batch = rp.propose(loan.batch, home.batch, replace(policy, strategy=rp.Strategy())).value
        found.append(
            Found(
                method=policy.methods.index(offer.method),
                length=offer.instalments,
                degree=tuple(batch.degree[0].tolist()),
                affordable=True,
                own=True,
                **figures_of(offer.schedule.rows, pays, loan, aside, rate, year),
            )
        )
    return found


def dues(loan, n):
    terms = {"annual_rate": "0", "original_term": 1, "elapsed": 0, "unpaid": 1, "principal": 100 * n}
    plain = rp.Loan(next_due=loan.next_due, frequency=loan.frequency, **terms)
    return [row.due_date for row in rp.schedule(plain, rp.equal_principal(n)).rows]


def dominates(one, other):
    pairs = list(zip(one.figures, other.figures, strict=True))
    return all(a <= b for a, b in pairs) and any(a < b for a, b in pairs)


def menu_of(found):
    """The affordable plans that none dominates, the first of equal ones, by their figures."""
    good = [each for each in found if each.affordable]
    kept = {}
    for each in good:
        if not any(dominates(other, each) for other in good):
            kept.setdefault(each.figures, each)
    return [kept[figures] for figures in sorted(kept)]


def has(wishes, name, each, methods):
    """Whether a plan has one of the wishes."""
    wish = getattr(wishes, name)
    return {
        "at_most": lambda: each.instalment <= wish,
        "at_least": lambda: all(pay >= wish for pay in each.middle),
        "total_at_most": lambda: each.paid <= wish,
        "start": lambda: each.first >= wish,
        "until": lambda: each.last <= wish,
        "months": lambda: each.months <= wish,
        "methods": lambda: methods[each.method] in wish,
    }[name]()
