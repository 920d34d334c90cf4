"""Reviews worked out by hand: one case at a time, in fractions, dates and plain text.

A case is a dict: what the application says by the names of its columns (None: nothing), `evidence` by kind as
`(date, number)`, `loan` and `home` as few figures in cents. `facts_by_hand` and `review_by_hand` are the
reference; `applications_of`, `loans_of` and `homes_of` make the package's batches of the same cases.
"""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil

import numpy as np
from hypothesis import strategies as st

import repayplan as rp

ON = date(2026, 3, 5)
POLICY = rp.Policy.example("consumer-review")
RULES = POLICY.review
COLUMNS = (
    *("hardship", "applied_on", "declared_income", "evidenced_income", "requested_instalment"),
    *("requested_months", "requested_start", "days_past_due", "earlier_plans", "broken_plans"),
    *("last_plan", "last_plan_ended", "willing"),
)
PARTS = ("overdue_principal", "overdue_interest", "penalty", "accrued_interest")
DATED = ("original_maturity", "last_due")
SAID = ("frequency", "day_count", "first_stub", "final_stub")
AMOUNTS = ("declared_income", "evidenced_income", "requested_instalment")
KINDS = tuple(kind.code for kind in RULES.evidence)
HARDSHIPS = tuple(reason.code for reason in RULES.hardships)

cents = st.one_of(st.integers(0, 500_000), st.sampled_from((0, 100_000, 200_000, 220_000)))
days = st.integers(0, 400).map(lambda n: ON - timedelta(days=n))


def maybe(strategy):
    return st.one_of(st.none(), strategy)


def of_one_history(case):
    """What is said of earlier plans, so that it doesn't contradict itself."""
    last, earlier, broken = (case[name] for name in ("last_plan", "earlier_plans", "broken_plans"))
    if broken is not None and last == "broken":
        broken = max(broken, 1)
    if earlier is not None:
        earlier = max(earlier, (broken or 0) + int(last == "completed"), int(last is not None))
    ended = None if last is None else case["last_plan_ended"]
    return {"earlier_plans": earlier, "broken_plans": broken, "last_plan_ended": ended}


CASE = st.fixed_dictionaries(
    {
        "hardship": st.sampled_from(HARDSHIPS),
        "applied_on": days,
        "declared_income": maybe(cents),
        "evidenced_income": maybe(cents),
        "requested_instalment": maybe(cents),
        "requested_months": maybe(st.integers(0, 60)),
        "requested_start": maybe(days),
        "days_past_due": maybe(st.sampled_from((0, 1, 90, 91, 360, 361))),
        "earlier_plans": maybe(st.integers(0, 3)),
        "broken_plans": maybe(st.integers(0, 3)),
        "last_plan": maybe(st.sampled_from(("broken", "completed"))),
        "last_plan_ended": maybe(days),
        "willing": maybe(st.booleans()),
        "channel": maybe(st.sampled_from(("branch", "app"))),
        "score": maybe(st.integers(-3 * 10**6, 3 * 10**6)),  # in millionths
        "evidence": st.dictionaries(
            st.sampled_from(KINDS), st.tuples(days, st.sampled_from(("", "D-1", "D-2", "D-3")))
        ),
        "loan": st.fixed_dictionaries(
            {
                "principal": st.integers(1, 10**7),
                "fees": st.integers(0, 10**5),
                "instalment": maybe(st.integers(1, 300_000)),
                "elapsed": st.integers(0, 40),
                "annual_rate": st.integers(0, 4_000),  # in ten-thousandths
                **{name: st.integers(0, 10**5) for name in PARTS},
                "months_extended": st.integers(0, 12),
                "original_maturity": maybe(days),
                "last_due": maybe(st.just(date(2028, 3, 31))),
                "frequency": st.sampled_from(("monthly", "quarterly")),
                "day_count": st.sampled_from(("periods", "30E/360")),
                "first_stub": st.sampled_from(("short", "long")),
                "final_stub": st.sampled_from(("short", "long")),
                "status": st.sampled_from(("", "overdue", "current")),
            }
        ),
        "home": st.fixed_dictionaries(
            {
                "net_income": cents,
                "other_debts": st.integers(0, 50_000),
                "food": maybe(cents),
                "rent": cents,
                "adults": st.integers(1, 2),
                "ages": st.lists(st.sampled_from((0, 5, 6, 17)), max_size=3).map(tuple),
                "dependants": st.integers(0, 2),
                "region": st.sampled_from(("", "north", "south")),
                "tenure": st.sampled_from(("", "owner", "tenant")),
                "assessed": maybe(days),
                "gross_income": maybe(cents),
            }
        ),
    }
).map(lambda case: case | of_one_history(case))


EMPTY = {
    "loan": {
        **dict.fromkeys(("principal", "fees", *PARTS), 1), "instalment": None, "annual_rate": 0, "elapsed": 0,
        "months_extended": 0, "original_maturity": None, "last_due": None, "frequency": "monthly",
        "day_count": "periods", "first_stub": "short", "final_stub": "short", "status": "",
    },
    "home": {
        "adults": 1, "ages": (), "dependants": 0, "region": "", "tenure": "", "assessed": None,
        "net_income": 0, "gross_income": None, "other_debts": 0, "food": None, "rent": 0,
    },
}  # fmt: skip
"""A loan and a household of which nothing is known that needn't be."""


def text(units, decimals):
    """A number in units of so many decimals; what isn't known is empty."""
    return "" if units is None else str(Decimal(units).scaleb(-decimals))


def money(units):
    """An amount in cents as text."""
    return text(units, 2)


def applications_of(cases, **more):
    def column(name):
        values = [case[name] for case in cases]
        return [money(v) for v in values] if name in AMOUNTS else ["" if v is None else v for v in values]

    kinds = dict.fromkeys(kind for case in cases for kind in case["evidence"])
    given = {
        kind: tuple([case["evidence"].get(kind, ("", ""))[i] for case in cases] for i in (0, 1))
        for kind in kinds
    }
    columns = {
        "channel": [case["channel"] for case in cases],
        "score": [text(case["score"], 6) for case in cases],
    }
    ids = [f"A-{i}" for i in range(len(cases))]
    told = {name: column(name) for name in COLUMNS}
    return rp.Applications.from_columns(**{"id": ids, "evidence": given, "columns": columns} | told | more)


def loan_columns(loan):
    """What a loan of the package is told of one of a case."""
    return {
        **{name: money(loan[name]) for name in ("principal", "fees", *PARTS)},
        "instalment": money(loan["instalment"]) or None,
        "annual_rate": text(loan["annual_rate"], 4),
        **{name: loan[name] for name in ("elapsed", "months_extended", *DATED, *SAID)},
    }


def home_columns(home):
    """The same of a household; of the children how many."""
    return {
        **{name: home[name] for name in ("adults", "dependants", "region", "tenure", "assessed")},
        "net_income": money(home["net_income"]),
        "other_debts": money(home["other_debts"]),
        "gross_income": money(home["gross_income"]),
    }


def columns_of(rows):
    return {name: [row[name] for row in rows] for name in rows[0]} if rows else {}


def loans_of(cases):
    if not cases:
        return loans_of([EMPTY]).take(np.zeros(0, np.int64))
    return rp.Loans.from_columns(
        **columns_of([loan_columns(case["loan"]) for case in cases]),
        original_term=36,
        unpaid=20,
        next_due="2026-03-31",
        currency="CNY",
        columns={"status": [case["loan"]["status"] for case in cases]},
    )


def homes_of(cases):
    homes = [case["home"] for case in cases]
    if not homes:
        return homes_of([EMPTY]).take(np.zeros(0, np.int64))
    years = [(i, age) for i, home in enumerate(homes) for age in home["ages"]]
    return rp.Households.from_columns(
        **columns_of([home_columns(home) for home in homes]),
        children=[len(home["ages"]) for home in homes],
        ages=([i for i, _ in years], [age for _, age in years]),
        costs={name: [money(home[name]) for home in homes] for name in ("food", "rent")},
    )


def facts_by_hand(case, cases):
    """Every fact of a case among others: numbers as fractions (money in currency units), None: unknown."""
    loan, home = case["loan"], case["home"]
    facts = {name: case[name] for name in COLUMNS}
    facts |= {name: None if case[name] is None else Fraction(case[name], 100) for name in AMOUNTS}
    facts |= {"channel": case["channel"]}
    facts |= {"score": None if case["score"] is None else Fraction(case["score"], 10**6)}
    heads = home["adults"] + len(home["ages"]) + home["dependants"]
    food, allowance = home["food"] or 0, 200_000 * heads  # 1000.00 a head, twice
    before = home["net_income"] - max(food, allowance) - home["rent"] - home["other_debts"]
    kept = min(ceil(Fraction(max(before, 0), 10)), 50_000)
    surplus, spending = before - kept, food + home["rent"]
    periods = 3 if loan["frequency"] == "quarterly" else 1
    paid = None if loan["instalment"] is None else ceil(Fraction(loan["instalment"], periods))
    parts = {name: Fraction(loan[name], 100) for name in ("principal", "fees", *PARTS)}
    facts |= parts | {name: loan[name] for name in (*DATED, *SAID)}
    facts |= {
        "balance": parts["principal"] + parts["overdue_principal"],
        "owed": sum(parts.values()),
        "annual_rate": Fraction(loan["annual_rate"], 10**4),
        "rate_changes": False,
        "spread": None,
        "rate_anchor": None,
        "original_term": 36,
        "elapsed": loan["elapsed"],
        "unpaid": 20,
        "months_extended": loan["months_extended"],
        "next_due": date(2026, 3, 31),
        "start": date(2026, 2, 28) if periods == 1 else date(2025, 12, 31),
        "instalment": None if paid is None else Fraction(loan["instalment"], 100),
        "currency": "CNY",
        "decimals": 2,
        "status": loan["status"] or None,
        "adults": home["adults"],
        "children": len(home["ages"]),
        "dependants": home["dependants"],
        "persons": heads,
        "region": home["region"] or None,
        "tenure": home["tenure"] or None,
        "assessed": home["assessed"],
        "gross_income": None if home["gross_income"] is None else Fraction(home["gross_income"], 100),
        "cost_food": None if home["food"] is None else Fraction(home["food"], 100),
        "cost_pets": None,
        "children_0_to_5": sum(age <= 5 for age in home["ages"]),
        "children_6_to_17": sum(6 <= age <= 17 for age in home["ages"]),
        "evidence_payslip": case["evidence"].get("payslip", (None,))[0],
        "net_income": Fraction(home["net_income"], 100),
        "allowance": Fraction(allowance, 100),
        "other_debts": Fraction(home["other_debts"], 100),
        "surplus": Fraction(surplus, 100),
        "spending": Fraction(spending, 100),
        "instalment_gap": None if paid is None else Fraction(paid - max(surplus, 0), 100),
        "spending_above_income": Fraction(spending + home["other_debts"] - home["net_income"], 100),
        "spending_to_allowance": None if home["food"] is None else Fraction(food, allowance),
    }
    one, other = case["declared_income"], case["evidenced_income"]
    known = one is not None and other is not None
    facts["income_difference"] = Fraction(abs(one - other), max(one, other, 1)) if known else None
    used = home["net_income"]
    facts["income_used_difference"] = (
        None if other is None else Fraction(abs(used - other), max(used, other, 1))
    )
    ended = case["last_plan_ended"]
    facts["days_since_plan"] = None if ended is None else (ON - ended).days
    mine = {number for _, number in case["evidence"].values() if number}
    numbers = [number for _, number in case["evidence"].values()]
    facts["repeated_documents"] = sum(numbers.count(number) > 1 for number in mine)
    held = [{number for _, number in other["evidence"].values()} for other in cases]
    facts["shared_documents"] = max((sum(n in theirs for theirs in held) - 1 for n in mine), default=0)
    return facts


def compared(condition, fact, other=None):
    """Whether a condition holds of a fact (and another): True, False, or None where that isn't known."""
    how = condition.comparison
    if condition.other is not None:
        if fact is None or other is None:
            return None
        return {
            "=": fact == other, "!=": fact != other, "<": fact < other,
            "<=": fact <= other, ">": fact > other, ">=": fact >= other,
        }[how]  # fmt: skip
    if how == "is_missing":
        return fact is None
    if fact is None:
        return None

    given = condition.value if isinstance(condition.value, tuple) else (condition.value,)
    values = [Fraction(value) if isinstance(value, Decimal) else value for value in given]
    if how in ("in", "not_in"):
        return (fact in values) is (how == "in")
    if how == "between":
        return values[0] <= fact <= values[1]
    one = values[0]
    if how in ("=", "!="):
        return (fact == one) is (how == "=")
    return {"<": fact < one, "<=": fact <= one, ">": fact > one, ">=": fact >= one}[how]


FURTHER = ("cost_food", "cost_pets", "children_0_to_5", "children_6_to_17", "evidence_payslip")
"""Some of the facts that are named by what they are about."""


def review_by_hand(case, cases, rules):
    """The result, and every `(code, effect, field)` found."""
    facts, found = facts_by_hand(case, cases), set()
    for rule in rules.rules:
        each = [compared(c, facts[c.field], facts.get(c.other)) for c in rule.conditions]
        names = [n for c in rule.conditions if c.comparison != "is_missing" for n in (c.field, c.other) if n]
        if False in each:
            continue
        if None not in each:
            found.add((rule.reason, rule.effect, rule.field))
        elif rule.when_missing != "passes":
            found |= {("missing", rule.when_missing, name) for name in names if facts[name] is None}
    needs = [*rules.needs, *next(h.needs for h in rules.hardships if h.code == case["hardship"])]
    valid = {kind.code: kind.valid_days for kind in rules.evidence}
    for need in needs:
        dates = {kind: case["evidence"][kind][0] for kind in need.any_of if kind in case["evidence"]}
        if not dates:
            found.add(("evidence_missing", "needs_evidence", f"evidence.{'|'.join(need.any_of)}"))
        elif not any(valid[kind] is None or (ON - day).days <= valid[kind] for kind, day in dates.items()):
            newest = max(dates, key=lambda kind: dates[kind])
            found.add(("evidence_outdated", "needs_evidence", f"evidence.{newest}"))
    effects = [effect for _, effect, _ in found]
    for effect, result in (
        ("decline", "declined"),
        ("needs_evidence", "needs_evidence"),
        ("needs_person", "needs_person"),
    ):
        if effect in effects:
            return result, found
    return "approved", found
