"""What a sweep saves beside separate runs, by what moves: limits, the allowance, or all rows.

The loans are those of ``rows.py``. Separate runs are timed on a few of the variants, in turn with the sweep
of all, and scaled by their number; a separate run is `propose` and then, of its offers, the figures that the
sweep's table is made of, by the public API. That both say the same of these variants, loan by loan and in
every total, is looked at before any figure is printed.
"""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

import repayplan as rp
from benchmarks import machine, ours
from benchmarks.portfolio import synthetic
from benchmarks.result import AT_LEAST, Figure, Result, Table, checks
from benchmarks.size import Size

VARIANTS, QUICK_VARIANTS, ALONE = 100, 16, 3
"""Variants where limits move, and how many of them are run by themselves."""
EACH, SEPARATE = "the sweep", "separate runs with the same figures"
PROPOSED = "separate runs of propose alone"
LIMITS, ALLOWANCE = "limits move (at least)", "the allowance moves (at least)"
ROWS = "every axis touches the rows (at least)"
WATERFALL_LIMITS = "limits move, three steps (at least)"
BARS = {LIMITS: 10.0, WATERFALL_LIMITS: 10.0, ALLOWANCE: 2.0, ROWS: 1.0}
STEPS = (
    rp.Concession(step="extend"),
    rp.Concession(step="cut_rate", by="0.00125", floor="0.02"),
    rp.Concession(step="forbear", percent="30", multiple="100"),
)


@dataclass(frozen=True)
class Case:
    """A sweep, and how many of its variants are run by themselves."""

    policy: rp.Policy
    axes: dict[str, list[object]]


def cases(variants: int) -> dict[str, Case]:
    """What is measured, by name; each with about so many variants."""
    rules, side = ours.policy(), max(round(variants**0.5), 1)
    limits = {
        "limit.percent": [str(5 * k) for k in range(1, side + 1)],
        "limit.max_new_plan_months": [18 + 12 * k for k in range(side)],
    }
    few = max(variants // 8, 2)
    return {
        LIMITS: Case(rules, limits),
        WATERFALL_LIMITS: Case(replace(rules, concessions=STEPS), limits),
        ALLOWANCE: Case(
            rules, {"allowance.multiplier": [str(Decimal(100 + k - few // 2) / 100) for k in range(few)]}
        ),
        ROWS: Case(
            rules,
            {
                "rounding.instalment_multiple": [str(Decimal(1 + k) / 100) for k in range(max(few // 4, 1))],
                "methods": [["equal_instalment"], ["equal_principal"]],
                "contingency.share": ["0", "0.02"],
            },
        ),
    }


def figures(loans: rp.Loans, homes: rp.Households, policy: rp.Policy) -> dict[str, object]:
    """What a separate run says: the counts, the reasons and the sums of its offers."""
    p = rp.propose(loans, homes, policy).value
    some, refused = p.offered, p.eligible & ~p.offered
    months = p.extension_months[some]
    out: dict[str, object] = {
        "offered": int(some.sum()),
        "eligible": int(p.eligible.sum()),
        "before_a_month": int(p.instalment_before[some].sum()),
        "after_a_month": int(p.instalment_after[some].sum()),
        "total_interest": int(p.total_interest[some].sum()),
        "never_paid": int(p.never_paid[some].sum()),
        "left_least": int(p.left_to_live_on[some].min()),
        "breached": int((p.instalment_after[some] > p.surplus[some]).sum()),
        "extension_mean": float(months.mean()),
        "extension_p90": float(np.sort(months)[-(-90 * len(months) // 100) - 1]),
        "uses": [float((p.degree[some, k] > 0).mean()) for k in range(len(policy.steps))],
        "reasons": Counter(
            {code.value: int((mask & refused).sum()) for code, mask in p.reasons_hold.items()}
        ),
    }
    return out


def same(sweep: rp.Sweep, i: int, alone: dict[str, object]) -> None:
    """Hold a variant of the sweep against its separate run."""
    wanted = {name: alone[name] for name in ("offered", "eligible", "breached")}
    for name in ("before_a_month", "after_a_month", "total_interest", "never_paid", "left_least"):
        wanted[name] = Decimal(alone[name]).scaleb(-2)
    for name in ("extension_mean", "extension_p90"):
        wanted[name] = alone[name]
    for code, count in alone["reasons"].items():
        if count:
            wanted[f"refused_{code}_percent"] = 100 * count / alone["eligible"]
    for name, value in wanted.items():
        if abs(sweep.metric(name)[i] - value) > (1e-9 if isinstance(value, float) else 0):
            msg = f"{name} of variant {i}: {sweep.metric(name)[i]}, by itself {value}"
            raise SystemExit(msg)


def same_decisions(sweep: rp.Sweep, i: int, loans: rp.Loans, homes: rp.Households) -> None:
    """Hold what the sweep kept of a variant against the separate run's columns, loan by loan."""
    p = rp.propose(loans, homes, sweep.variants[i].policy).value
    columns = ("method", "instalments", "degree", "capacity", "longest", "binding_limit", "last_step")
    for rows, made in sweep._kept:  # noqa: SLF001
        for name in columns:
            if not np.array_equal(made[i].column(name), getattr(p, name)[rows]):
                msg = f"{name} of variant {i} isn't what it is by itself"
                raise SystemExit(msg)


def timed(work: Callable[[], object]) -> tuple[float, object]:
    """Processor seconds of one call, and what it made."""
    start = time.process_time()
    made = work()
    return time.process_time() - start, made


def rounds_of(
    case: Case, loans: rp.Loans, homes: rp.Households, size: Size
) -> tuple[int, dict[str, list[float]]]:
    """The variants, and of each round: ns a loan and variant, and how many times that separate runs take."""
    kept = rp.sweep(loans, homes, case.policy, case.axes, keep=True)
    which = np.unique(np.linspace(0, len(kept) - 1, ALONE).astype(int)).tolist()
    for i in which:
        same(kept, i, figures(loans, homes, kept.variants[i].policy))
        same_decisions(kept, i, loans, homes)
    found: dict[str, list[float]] = {EACH: [], SEPARATE: [], PROPOSED: []}
    for _ in range(size.rounds):
        together, made = timed(lambda: rp.sweep(loans, homes, case.policy, case.axes))
        alone = only = 0.0
        for i in which:
            policy = made.variants[i].policy
            alone += timed(lambda p=policy: figures(loans, homes, p))[0]
            only += timed(lambda p=policy: rp.propose(loans, homes, p))[0]
        # The sweep decides by the baseline as well.
        scale = (len(made) + 1) / len(which)
        found[EACH].append(together / (len(made) + 1) / len(loans) * 1e9)
        found[SEPARATE].append(alone * scale / together)
        found[PROPOSED].append(only * scale / together)
    return len(kept), found


def measure(size: Size) -> Result:
    """All of it; of each case a sweep and separate runs in turn."""
    where, portfolio = machine.here(size.load), synthetic(size.loans)
    loans, homes = ours.read(portfolio), ours.households(portfolio)
    tables: dict[str, list[Figure]] = {EACH: [], SEPARATE: [], PROPOSED: []}
    found = {}
    for name, case in cases(QUICK_VARIANTS if size.quick else VARIANTS).items():
        variants, each = rounds_of(case, loans, homes, size)
        for what, values in each.items():
            named = name.removesuffix(AT_LEAST)
            tables[what].append(Figure.among(named, values, of=variants))
        found[name] = tables[SEPARATE][-1].median
    units = {EACH: "ns a loan and variant", SEPARATE: "times the sweep", PROPOSED: "times the sweep"}
    return Result(
        area="sweep",
        about="a sweep of policies beside separate runs",
        size=f"{len(loans):,} loans; one thread, processor time; {size.rounds} rounds; {ALONE} alone",
        machine=where,
        tables=tuple(
            Table(title=what, unit=units[what], figures=tuple(rows), counted="variants")
            for what, rows in tables.items()
        ),
        checks=checks(found, BARS),
    )
