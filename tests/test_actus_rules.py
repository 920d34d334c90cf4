"""The adapter of ACTUS contracts against the standard's own rules, over contracts drawn at random."""

from datetime import date
from random import Random

import pytest
from dateutil.relativedelta import relativedelta

from actus import Reason, UnsayableError, _end, cases, expected, scheduled
from actus_engine import Engine

CASES = cases()
TOLERANCE = 1e-6
KINDS = ("pam", "lam", "nam", "ann", "lax")


def by_the_rules(case):
    """Rows as the engine has them."""
    rows, horizon = Engine(case, _end(case["kind"], case["terms"])).rows(), case["horizon"]
    return {day: row for day, row in rows.items() if horizon is None or day.isoformat() <= horizon}


def apart(got, want):
    """Where two sets of rows differ."""
    found = [(day, "only in one") for day in got.keys() ^ want.keys()]
    for day in got.keys() & want.keys():
        names = [
            name for name in want[day] if abs(float(got[day][name]) - float(want[day][name])) > TOLERANCE
        ]
        found += [(day, name, float(got[day][name]), float(want[day][name])) for name in names]
    return sorted(found, key=str)


@pytest.mark.parametrize("name", sorted(CASES))
def test_the_rules_make_every_case(name):
    assert apart(by_the_rules(CASES[name]), expected(CASES[name])) == []


def drawn(kind, seed):
    """A contract at random: dates, day count, business days, rates, amounts, capitalisation, base."""
    random = Random(f"{kind} {seed}")  # noqa: S311
    start = date(2026, random.randrange(1, 13), random.choice([1, 15, 28]))
    every = random.choice([1, 1, 2, 3])
    n = random.randrange(4, 14)

    def on(k, days=0):
        return (start + relativedelta(months=every * k, days=days)).isoformat()

    cycle = {"months": every, "final_stub": random.choice(["short", "long"])}
    terms = {
        "drawdown_date": start.isoformat(),
        "maturity_date": on(n, random.choice([0, 0, 5])),
        "principal": str(random.randrange(500, 9000)),
        "annual_rate": f"0.{random.randrange(1, 200):03}",
        "day_count": random.choice(["30e/360", "act/360", "act/365f", "act/act-isda"]),
        "first_interest_date": on(1),
        "interest_cycle": cycle,
    }
    if random.random() < 0.4:
        count, rule = (
            random.choice(["adjusted", "unadjusted"]),
            random.choice(["following", "modified_preceding"]),
        )
        terms |= {"calendar": "monday_to_friday", "business_day": f"{count}_{rule}"}
    if kind != "lax" and random.random() < 0.4:
        terms["capitalisation_end_date"] = on(random.randrange(1, n - 1), random.choice([0, 0, 7]))
    if kind in ("lam", "nam", "ann"):
        late = terms.get("capitalisation_end_date", "")
        waits = [k for k in range(1, n) if kind == "lam" or on(k) > late]
        terms |= {"first_principal_date": on(random.choice(waits[:3])), "principal_cycle": cycle}
    if kind == "lam" and random.random() < 0.6:
        terms["instalment_amount"] = str(random.randrange(20, 400))
    if kind == "lam" and random.random() < 0.2:
        terms["first_interest_date"] = on(2)
        terms["interest_cycle"] = cycle | {"months": 2 * every}
    if kind == "lam" and random.random() < 0.3:
        terms["interest_base"] = "at_start"
    if kind == "nam":
        terms["instalment_amount"] = str(random.randrange(5, 900))
    if kind == "lax":
        # A payment on the day of drawdown isn't moved to a day before it.
        first = int("business_day" in terms)
        cuts = sorted(random.sample(range(first, n), random.randrange(1, 4)))
        terms |= {
            "step_principal_dates": [on(k, random.choice([0, 0, 9])) for k in cuts],
            "step_principal_cycles": [cycle | {"months": every * random.choice([1, 2])} for _ in cuts],
            "step_instalment_amounts": [str(random.randrange(10, 900)) for _ in cuts],
            "step_directions": [random.choice(["INC", "DEC", "DEC"]) for _ in cuts],
            "step_interest_dates": [on(random.choice([1, 2]))],
            "step_interest_cycles": [cycle | {"months": every * random.choice([1, 2, 3])}],
        }
    resets = sorted(random.sample(range(1, n), random.choice([0, 0, 1, 2])))
    steps = [
        {"date": on(k, random.choice([0, 11])), "rate": f"0.{random.randrange(1, 200):03}"} for k in resets
    ]
    return {"kind": kind, "terms": terms, "rate_steps": steps, "horizon": None, "instalments": []}


@pytest.mark.parametrize("kind", KINDS)
def test_contracts_drawn_at_random_come_out_by_the_rules(kind):
    unsaid = []
    for seed in range(120):
        case = drawn(kind, seed)
        try:
            got = scheduled(case)
        except UnsayableError as error:
            unsaid.append(error.reasons)
            continue
        assert apart(got, by_the_rules(case)) == [], seed
    assert unsaid == [{Reason.INTEREST_BASE}] * len(unsaid)
    assert len(unsaid) < (40 if kind == "lam" else 1)
