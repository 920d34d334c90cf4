"""What a verb says doesn't depend on how many threads work on it: 1, 2 and 3, of every verb that has them."""

import dataclasses
import inspect

import numpy as np
import pytest

import repayplan as rp
from repayplan.accounts import replaying
from repayplan.basics import blocks
from repayplan.offers import lattice as lattices
from repayplan.offers import proposing
from repayplan.plans import answers, cashflows, layout
from repayplan.programmes import stress, sweeping

SIZE = 24
RANDOM = np.random.default_rng(17)
TERM = RANDOM.integers(6, 48, SIZE)
PRINCIPAL = RANDOM.integers(40_000, 3_000_000, SIZE)
RATE = RANDOM.integers(0, 2_500, SIZE) / 10_000
PAID = PRINCIPAL // TERM + RANDOM.integers(-200, 60_000, SIZE)
WRONG = (2, 19)
LOANS = rp.Loans.from_columns(
    principal=rp.minor(np.where(np.isin(np.arange(SIZE), WRONG), -1, PRINCIPAL)),
    annual_rate=RATE,
    original_term=TERM + 6,
    elapsed=6,
    unpaid=TERM,
    next_due=np.datetime64("2026-01-15") + RANDOM.integers(0, 28, SIZE),
    day_count=np.array(["periods", "ACT/365F", "30/360"])[RANDOM.integers(0, 3, SIZE)],
    columns={"n": TERM},
)
HOMES = rp.Households.from_columns(
    net_income=rp.minor(RANDOM.integers(100_000, 700_000, SIZE)),
    adults=RANDOM.integers(1, 3, SIZE),
    costs={"rent": rp.minor(RANDOM.integers(0, 90_000, SIZE))},
)
FEW, FEW_HOMES = (whole.take(np.arange(10, 22)) for whole in (LOANS, HOMES))
POLICY = rp.Policy.example("consumer")
LEVEL = rp.equal_instalment(24)
MOST = rp.minor(np.maximum(PAID, 1))
PLANS = [
    rp.equal_instalment(rp.col("n")),
    rp.equal_principal(12),
    rp.interest_only(3) + rp.equal_instalment(9),
]
MADE = rp.schedule(LOANS, PLANS, template=np.arange(SIZE) % 3).value


def flows():
    """Ragged flows: what each loan lends and then gets back, some of which have no rate."""
    paid, offsets = [], [0]
    for i in range(SIZE):
        paid += [-int(PRINCIPAL[i]), *([int(PAID[i])] * int(TERM[i]))]
        offsets.append(len(paid))
    return {"flows": rp.minor(np.array(paid)), "offsets": np.array(offsets)}


def times():
    """The days of the same flows."""
    day = [np.datetime64("2025-12-31") + 30 * np.arange(n + 1) for n in TERM.tolist()]
    return {**flows(), "times": np.concatenate(day)}


def book():
    """Accounts and what was paid of them."""
    penalty = rp.OverdueLedger(on=("principal",), rate=rp.OverdueRate(multiplier="1.5"))
    rule = rp.OverdueRule(
        penalty=penalty, day_count="ACT/360", first_day="due_date", rounded="end", mode="half_up"
    )
    order = rp.AllocationRule(
        order=("penalty", "compound", "costs", "fees", "interest", "principal"),
        by="component",
        in_advance="hold",
        source="test",
    )
    accounts = rp.Accounts.of(MADE, rp.AccountTerms(overdue=rule, allocation=order))
    row = RANDOM.integers(0, len(accounts), 300)
    events = rp.Events.from_columns(
        account=row,
        kind="payment",
        value_date=np.datetime64("2026-01-20") + RANDOM.integers(0, 500, 300),
        amount=rp.minor(RANDOM.integers(100, 90_000, 300)),
        reference=np.arange(300),
    )
    return accounts, events


BOOK = book()
SHOCK = rp.Shocks(income=(rp.IncomeLoss(chance="0.05", share="0.6", recovery="0.25"),), missed=2)
RATES, DAY = {"rate": "0.08"}, "2025-12-31"
WHOLE = rp.equal_instalment(rp.UNKNOWN)
# Each verb with threads, by the name that it is public by; and what is asked of it.
ASKED = {
    "schedule": lambda **more: rp.schedule(LOANS, PLANS, template=np.arange(SIZE) % 3, **more),
    "Schedules.by_loan": MADE.by_loan,
    "Schedules.by_period": MADE.by_period,
    "Schedules.totals": MADE.totals,
    "plan_totals": lambda **more: rp.plan_totals(LOANS, PLANS, template=np.arange(SIZE) % 3, **more),
    "Schedules.cash_by_month": MADE.cash_by_month,
    "propose": lambda **more: rp.propose(LOANS, HOMES, POLICY, **more),
    "Proposals.write_schedules": lambda **more: (
        rp.propose(LOANS, HOMES, POLICY).value.write_schedules(**more).by_loan()
    ),
    "menu": lambda **more: rp.menu(FEW, FEW_HOMES, POLICY, lattice=rp.Lattice(lengths=3), **more),
    "sweep": lambda **more: rp.sweep(FEW, FEW_HOMES, POLICY, {"limit.percent": ["80"]}, **more).columns,
    "stress": lambda **more: rp.stress(
        rp.propose(LOANS, HOMES, POLICY).value, HOMES, SHOCK, paths=8, seed=1, horizons=(6, 12), **more
    ),
    "replay": lambda **more: rp.replay(*BOOK, as_of="2027-06-30", **more),
    "solve_instalment": lambda **more: rp.solve_instalment(LOANS, LEVEL, **more),
    "solve_length": lambda **more: rp.solve_length(LOANS, WHOLE, instalment=MOST, **more),
    "solve_rate": lambda **more: rp.solve_rate(LOANS, LEVEL, instalment=MOST, **more),
    "solve_principal": lambda **more: rp.solve_principal(LOANS, LEVEL, instalment=MOST, **more),
    "solve_forbear": lambda **more: rp.solve_forbear(
        LOANS, rp.forbear(rp.UNKNOWN) + LEVEL, instalment=MOST, **more
    ),
    "solve_balloon": lambda **more: rp.solve_balloon(
        LOANS, rp.equal_instalment(24, balloon=rp.UNKNOWN), instalment=MOST, **more
    ),
    "solve_holiday": lambda **more: rp.solve_holiday(
        LOANS,
        rp.holiday(rp.UNKNOWN, interest="capitalise") + rp.equal_instalment(48),
        instalment=MOST,
        longest=9,
        **more,
    ),
    "implied_rates": lambda **more: rp.implied_rates(LOANS, LEVEL, instalment=MOST, **more),
    "paid_off": lambda **more: rp.paid_off(LOANS, rp.fixed_payment("450"), **more),
    "present_value": lambda **more: rp.present_value(**times(), **RATES, year="365 days", **more),
    "npv": lambda **more: rp.npv(**flows(), **RATES, **more),
    "total_cost": lambda **more: rp.total_cost(**flows(), **more),
    "irr": lambda **more: rp.irr(**flows(), **more),
    "effective_rate": lambda **more: rp.effective_rate(**times(), year="365 days", **more),
    "apr_eu": lambda **more: rp.apr_eu(**times(), year="365 days", **more),
    "apr_us": lambda **more: rp.apr_us(**times(), unit_period="month", **more),
    "weighted_average_life": lambda **more: rp.weighted_average_life(
        np.abs(flows()["flows"].units),
        times()["times"],
        year="365 days",
        on=DAY,
        offsets=flows()["offsets"],
        **more,
    ),
    "conditional": lambda **more: rp.conditional(
        LOANS,
        HOMES,
        dataclasses.replace(
            POLICY, trial=rp.Trial(instalments=3, grace_days=5, order=("interest", "principal"))
        ),
        **more,
    ),
    "duration": lambda **more: rp.duration(**times(), **RATES, year="365 days", on=DAY, **more),
}
ELSEWHERE = {"stream", "verify"}
"""They have a folder of files: tests/test_streaming.py and tests/test_verifying.py."""


def plain(made):
    """All that a result says, as lists that can be compared."""
    if isinstance(made, np.ndarray):
        return [made.dtype.kind, made.astype(np.str_).tolist()]
    if isinstance(made, rp.Outcome):
        return [plain(made.value), plain(made.row), [str(each) for each in made.failures]]
    if isinstance(made, dict):
        return {name: plain(each) for name, each in made.items()}
    if isinstance(made, tuple | list):
        return [plain(each) for each in made]
    if isinstance(made, rp.Schedules):
        return plain(made.by_loan())
    if isinstance(made, rp.Statements):
        return plain([made.columns, made.paid, made.kept, made.late])
    if dataclasses.is_dataclass(made):
        return {
            each.name: plain(getattr(made, each.name)) for each in dataclasses.fields(made) if each.compare
        }
    return repr(made)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    """Blocks of a few rows, so that there are many for so few loans."""
    monkeypatch.setattr(blocks, "FEWEST", 1)
    for module, name, rows in (
        *((layout, "GROUP", 7), (answers, "PART", 9), (proposing, "CHUNK", 8), (proposing, "LATTICES", 8)),
        *((lattices, "POINTS", 40), (cashflows, "CHUNK", 64), (stress, "BLOCK", 5), (sweeping, "BLOCK", 11)),
        (replaying, "BLOCK", 3),
    ):
        assert hasattr(module, name)
        monkeypatch.setattr(module, name, rows)


@pytest.mark.parametrize("verb", ASKED)
def test_the_number_of_threads_does_not_matter(verb, monkeypatch):
    ask, started = ASKED[verb], []
    real = blocks.threads
    monkeypatch.setattr(blocks, "threads", lambda workers: started.append(workers) or real(workers))
    one = plain(ask())
    assert started == []
    for workers in (2, 3):
        assert plain(ask(workers=workers)) == one
    assert set(started) == {2, 3}


def verbs():
    """The public functions, and methods of public classes, that take ``workers``."""
    for name in rp.__all__:
        value = getattr(rp, name)
        if inspect.isfunction(value):
            yield name, value
        elif inspect.isclass(value) and value.__module__.startswith("repayplan"):
            for member, method in inspect.getmembers(value, inspect.isfunction):
                if not member.startswith("_"):
                    yield f"{name}.{member}", method


def test_every_verb_that_has_threads_is_asked():
    having = {name for name, verb in verbs() if "workers" in inspect.signature(verb).parameters}
    assert having == {*ASKED, *ELSEWHERE}


def test_every_verb_has_them_by_one_rule():
    """One unless asked for more; of what reads and writes files, as many as there are processors."""
    for name, verb in verbs():
        given = inspect.signature(verb).parameters.get("workers")
        if given is not None:
            assert given.kind is inspect.Parameter.KEYWORD_ONLY, name
            assert given.default == (None if name in ELSEWHERE else 1), name


@pytest.mark.parametrize("verb", ["schedule", "propose", "solve_rate", "replay", "npv", "menu"])
@pytest.mark.parametrize("workers", [0, 1.5])
def test_what_is_no_number_of_threads_is_refused(verb, workers):
    with pytest.raises(rp.InputError) as refused:
        ASKED[verb](workers=workers)
    assert (refused.value.code, refused.value.field) == (rp.Code.OUT_OF_RANGE, "workers")
