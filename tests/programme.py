"""A small programme for the tests of what stands around the package: a policy, and loans as a file has them.

`by_hand` works out, in whole cents and with `oracle`, what the programme decides on one line of the file.
"""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

import oracle

POLICY = """
name = "Spring"
currency = "EUR"
methods = ["equal_principal", "equal_instalment"]
statuses = ["Current", "Late"]

[allowance]
adult_first = "900"
adult_further = "500"
child = "250"
covers = ["food"]
source = "own"

[limit]
percent = "50"
reading = "beyond_original_maturity"

[contingency]
share = "0.1"
at_most = "20"

[rounding]
instalment = "half_up"

[arrears]
overdue_interest = { treatment = "capitalise" }
accrued_interest = { treatment = "pay_first" }
penalty = { treatment = "pay_first", waive_percent = "50" }
fees = { treatment = "pay_first" }

[[assumptions]]
en = "Rent is as stated."
zh = "房租以申报为准。"
"""
LOAN = {
    "id": "plain",
    "principal": "6000.00",
    "annual_rate": "0.12",
    "original_term": "36",
    "elapsed": "10",
    "unpaid": "26",
    "next_due": "2026-01-31",
    "start": "",
    "frequency": "monthly",
    "day_count": "periods",
    "first_stub": "short",
    "overdue_principal": "0",
    "overdue_interest": "0",
    "accrued_interest": "0",
    "penalty": "0",
    "fees": "0",
    "instalment": "",
    "status": "Current",
}
HOME = {
    "adults": "1",
    "children": "0",
    "net_income": "1500.00",
    "other_debts": "0",
    "cost_food": "",
    "cost_rent": "300.00",
}
ARREARS = {
    "overdue_principal": "200.00",
    "overdue_interest": "50.00",
    "accrued_interest": "3.21",
    "penalty": "20.01",
    "fees": "10.00",
}
LATE = {"status": "Late"}
ROWS = [
    {},
    {"id": 'longer, "much" 长', "instalment": "300.00", **ARREARS, **LATE, "net_income": "1524.00"},
    {"id": "principal first", "net_income": "1600.00", "cost_food": "950.00", "cost_rent": "300"},
    {"id": "closed", "status": "Fully Paid"},
    {"id": "weekly", "principal": "3000.00", "annual_rate": "0.0825", "original_term": "104"}
    | {"elapsed": "20", "unpaid": "84", "next_due": "2026-02-02", "frequency": "weekly", "fees": "5.55"}
    | {"adults": "2", "children": "1", "net_income": "2100.00", "other_debts": "45.10", "cost_rent": "203.3"},
    {"id": "quarterly", "original_term": "16", "elapsed": "4", "unpaid": "12", "frequency": "quarterly"}
    | {"day_count": "ACT/365F", "next_due": "2026-11-30", "net_income": "1381.00"},
    {"id": "below", "net_income": "850.00", "cost_rent": "0", **LATE},
    {"id": "stub", "start": "2026-01-12", "first_stub": "long", "day_count": "30E/360", **LATE},
    {"id": "level", "net_income": "1420.00", **ARREARS, "fees": "0"},
    {"id": "no interest", "annual_rate": "0", "net_income": "1420"},
    {"id": "a little too much", "principal": "10000.00"},
    {"id": "too much", "principal": "60000.00", **LATE},
    {"id": "nothing left", "net_income": "1200.00", **LATE},
    {"id": "used up", "elapsed": "60", "unpaid": "10", **LATE},
]
"""Lines that are decided on, as changes of `LOAN` and `HOME`."""
REJECTED = [
    ({"id": "rate in percent", "annual_rate": "12"}, "out_of_range", "annual_rate", "12"),
    ({"id": "half a cent", "principal": "6000.005"}, "not_whole_units", "principal", "6000.005"),
    ({"id": "twice"}, "duplicate", "id", "twice"),
    ({"id": "twice", "principal": "7000"}, "duplicate", "id", "twice"),
    ({"id": "no income", "net_income": ""}, "missing", "net_income", ""),
    ({"id": "no loan", "principal": "0.00"}, "nothing_owed", "principal", "0"),
    ({"id": "a day that isn't", "next_due": "2026-02-30"}, "not_a_date", "next_due", "2026-02-30"),
    ({"id": ""}, "missing", "id", ""),
]
"""Lines that can't be decided on: code, field and value that say why."""


def applicants():
    """Every line of the file, the bad ones among the good."""
    good = [LOAN | HOME | row for row in ROWS]
    bad = [LOAN | HOME | row for row, *_ in REJECTED]
    return [*good[:5], *bad[:3], *good[5:], *bad[3:]]


def cents(text):
    """Whole cents of an amount in a cell."""
    units = Fraction(text or 0) * 100
    assert units.denominator == 1
    return units.numerator


def money(units, decimals=2):
    """The text of minor units in a cell."""
    return format(Decimal(units).scaleb(-decimals), "f")


def terms_of(line, **changes):
    """A line as the oracle's terms."""
    start, due = (date.fromisoformat(line[name]) if line[name] else None for name in ("start", "next_due"))
    terms = {name: cents(line[name]) for name in oracle.MONEY}
    terms |= {name: line[name] for name in ("frequency", "day_count", "first_stub")}
    terms |= {"annual_rate": int(Fraction(line["annual_rate"]) * 10**10), "decimals": 2, "residue": "last"}
    for what in ("instalment", "interest"):
        terms |= {f"{what}_mode": "half_up", f"{what}_multiple": 1}
    return terms | {"next_due": due, "start": start} | changes


def by_hand(line):
    """What the programme decides on a line that is eligible, and the rows of the plan, whole cents."""
    months = Fraction(12, 52) if line["frequency"] == "weekly" else oracle.apart(line["frequency"])[0]
    # What the household can pay.
    allowance = 900_00 + 500_00 * (int(line["adults"]) - 1) + 250_00 * int(line["children"])
    income, debts = cents(line["net_income"]), cents(line["other_debts"])
    before = income - max(allowance, cents(line["cost_food"])) - cents(line["cost_rent"]) - debts
    surplus = before - min(20_00, ceil(Fraction(max(before, 0), 10)))
    capacity = floor(max(surplus, 0) * months)
    # What is owed, and how it enters the plan.
    owed = terms_of(line)
    waived = owed["penalty"] // 2
    placed = {"principal": owed["principal"] + owed["overdue_interest"], "overdue_interest": 0}
    placed |= {"penalty": owed["penalty"] - waived}
    terms = owed | placed
    first = terms["accrued_interest"] + terms["penalty"] + terms["fees"]
    # How long it may take.
    # A long first period takes two of the contract's in one.
    left = int(line["original_term"]) - int(line["elapsed"]) - (line["first_stub"] == "long")
    shortest, longest = max(left, 1), left + int(line["original_term"]) // 2

    def rows(method, n):
        return oracle.oracle_schedule(terms, [{"kind": method, "n": n}])

    def most(method, n):
        return max(row["payment"] for row in rows(method, n))

    methods = ("equal_principal", "equal_instalment")
    # The least extension of all methods; of equal ones the policy's first.
    tried = ((method, n) for n in range(shortest, longest + 1) for method in methods)
    found = next((plan for plan in tried if most(*plan) <= capacity), None)
    said = {
        "binding_limit": "limit_share",
        "below_allowance": "true" if before < 0 else "false",
        "capacity": money(capacity),
        "surplus": money(surplus),
        "instalment_before": line["instalment"] or money(level(owed, int(line["unpaid"]))),
    }
    said |= {"longest": str(longest)} if longest >= shortest else {}
    if found is None:
        return said | {"decision": "infeasible"}, []
    made = rows(*found)
    after = max(row["payment"] for row in made)
    said |= {
        "decision": "offer",
        "method": found[0],
        "instalments": str(found[1]),
        "extension_months": str(ceil((found[1] - left) * months)),
        "instalment_after": money(after),
        "left_to_live_on": money(income - debts - ceil(after / months)),
        "opening_balance": money(made[0]["opening"] + first),
        "capitalised": money(owed["overdue_interest"]),
        "paid_first": money(first),
        "waived": money(waived),
        "forborne": "0.00",
        "forgiven": "0.00",
        "due_at_end": "0.00",
        "annual_rate": line["annual_rate"],
        "total_interest": money(sum(row["interest_paid"] for row in made)),
    }
    lives = [income - debts - ceil(row["payment"] / months) for row in made]
    needed = {"put_aside": 0, "needed_to_live_on": income - debts - surplus}
    living = [{"left_to_live_on": left} | needed for left in lives]
    return said, [row | more for row, more in zip(made, living, strict=True)]


def level(terms, n):
    """The level instalment over n periods of what bears interest."""
    factors = [period[2] for period, _ in zip(oracle.timeline(terms), range(n), strict=False)]
    lent, paid, _ = oracle.growth(factors)
    return oracle.rounded((terms["principal"] + terms["overdue_principal"]) * lent, paid, "half_up")
