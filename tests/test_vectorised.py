"""No Python loop over loans: the number of Python-level calls doesn't grow with their number."""

import ast
import sys
from collections import Counter
from pathlib import Path
from types import FrameType

import numpy as np
import pytest

import repayplan as rp

SOURCE = Path(rp.__file__).parent
# Plans as people write and read them: no loans there.
WRITTEN = {"spelling.py", "stage.py", "text.py", "beside.py"}
LOOPS = {"map", "frompyfunc", "vectorize", "apply", "apply_along_axis", "fromiter"}


def batch(size: int, day_count: str, *, stub: bool = False) -> rp.Loans:
    rng = np.random.default_rng(7)
    more = {"start": np.datetime64("2025-12-31") - rng.integers(0, 9, size)} if stub else {}
    return rp.Loans.from_columns(
        principal=rp.minor(rng.integers(10**5, 10**7, size)),
        annual_rate=rng.integers(100, 3600, size) / 1e4,
        original_term=60,
        elapsed=10,
        unpaid=rng.integers(6, 25, size),
        next_due=np.datetime64("2026-01-01") + rng.integers(0, 27, size),
        day_count=day_count,
        columns={"pause": rng.integers(0, 3, size)},
        **more,
    )


def calls(work: object) -> Counter[str]:
    """Python-level calls made inside the package, by function."""
    seen: Counter[str] = Counter()

    def trace(frame: FrameType, event: str, arg: object) -> None:
        if event in ("call", "c_call") and frame.f_code.co_filename.startswith(str(SOURCE)):
            name = frame.f_code.co_qualname if event == "call" else getattr(arg, "__name__", "?")
            seen[f"{event}:{name}"] += 1

    sys.setprofile(trace)
    try:
        work()  # type: ignore[operator]
    finally:
        sys.setprofile(None)
    return seen


PLANS = {
    "level": rp.equal_instalment(rp.col("unpaid")),
    "holiday": rp.holiday(rp.col("pause"), interest="capitalise") + rp.equal_principal(rp.col("unpaid")),
    "deferred": rp.holiday(3, interest="defer", repay="spread") + rp.equal_instalment(rp.col("unpaid")),
}


@pytest.mark.parametrize("day_count", ["periods", "ACT/365F"])
@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS.keys())
def test_calls_per_block_do_not_grow_with_the_number_of_loans(plan: rp.Plan, day_count: str) -> None:
    # A hundred thousand loans are two blocks, in at most two ways of computing; dated ones a few pieces more.
    small, large = batch(1_000, day_count), batch(100_000, day_count)
    few = sum(calls(lambda: rp.schedule(small, plan)).values())
    many = sum(calls(lambda: rp.schedule(large, plan)).values())
    assert many <= 4 * few + 500


def test_calls_of_proposals_do_not_grow_with_the_number_of_loans() -> None:
    part = rp.ArrearsPart(treatment="capitalise")
    policy = rp.Policy(
        name="test",
        currency="EUR",
        methods=("equal_instalment", "equal_principal"),
        allowance=rp.Allowance(by_persons=("1000",), further_person="500", covers=(), source="test"),
        limit=rp.ExtensionLimit(percent="50", reading="beyond_original_maturity"),
        contingency=rp.Contingency(share="0"),
        rounding=rp.Rounding(),
        arrears=rp.ArrearsRule(overdue_interest=part, accrued_interest=part, penalty=part, fees=part),
    )

    def traced(size: int) -> int:
        loans = batch(size, "periods")
        income = 100_000 + np.random.default_rng(3).integers(0, 300_000, size)
        homes = rp.Households.from_columns(net_income=rp.minor(income))
        return sum(calls(lambda: rp.propose(loans, homes, policy)).values())

    # The search goes on a length at a time for the few that are left: a handful of rounds more.
    assert traced(100_000) <= 6 * traced(1_000)


def test_calls_of_what_plans_cost_do_not_grow_with_the_number_of_loans() -> None:
    rule = rp.ModificationRule(year="365 days", diminished_above="0.01", substantial_from="0.1")

    def traced(size: int) -> int:
        loans = batch(size, "periods")
        before, after = (rp.schedule(loans, plan).value for plan in (PLANS["level"], rp.equal_instalment(30)))

        def work() -> None:
            rate = before.effective_rate(year="365 days")
            rp.lender_cost(before, after, rule, rate=rate)
            rp.expected_value(
                before,
                after,
                rate=rate,
                year="365 days",
                success=np.linspace(0, 1, size).round(10),
                paid_before_default=6,
                recovery_after_default="0.3",
                months_after_default=18,
                recovery_without="0.4",
                months_without=12,
            )

        return sum(calls(work).values())

    # Flows are worked on 65,536 at once: 30,000 of them, then 300,000.
    assert traced(10_000) <= 4 * traced(1_000)


# Of real dates a block is a thousand loans: their periods are laid out up to the longest plan there is.
@pytest.mark.parametrize(
    ("day_count", "few", "many", "methods"),
    [
        ("periods", 1_000, 10_000, ("equal_instalment", "equal_principal")),
        ("ACT/365F", 100, 1_000, ("equal_instalment", "equal_principal", "flat", "interest_only")),
    ],
)
def test_calls_of_the_levers_do_not_grow_with_the_number_of_loans(
    day_count: str, few: int, many: int, methods: tuple[str, ...]
) -> None:
    part = rp.ArrearsPart(treatment="pay_first")
    policy = rp.Policy(
        name="test",
        currency="EUR",
        methods=methods,
        allowance=rp.Allowance(by_persons=("1000",), further_person="500", covers=(), source="test"),
        limit=rp.ExtensionLimit(percent="50", reading="beyond_original_maturity"),
        contingency=rp.Contingency(share="0.1"),
        rounding=rp.Rounding(),
        arrears=rp.ArrearsRule(overdue_interest=part, accrued_interest=part, penalty=part, fees=part),
    )

    def traced(size: int) -> int:
        # The same hundred over and over: how many values are tried depends on the loans.
        loans = batch(100, day_count, stub=True).take(np.arange(size) % 100)
        homes = rp.Households.from_columns(net_income=rp.minor(100_000 + loans.principal // 80))
        refused = rp.propose(loans, homes, policy).value
        assert not refused.offered.any()
        seen = calls(lambda: refused.levers)
        assert (refused.levers.values["principal_reduction"] > 0).all()
        return sum(seen.values())

    # Ten times the loans: values are tried for many of them in several blocks instead of one.
    assert traced(many) <= 5 * traced(few)


def test_calls_of_a_review_do_not_grow_with_the_number_of_applications() -> None:
    policy = rp.Policy.example("consumer-review")

    def traced(size: int) -> int:
        rng = np.random.default_rng(11)
        numbers = rng.integers(0, size, size).astype(np.str_)
        asked = rp.Applications.from_columns(
            id=np.arange(size),
            hardship=rng.choice(["illness", "death"], size),
            applied_on="2026-03-02",
            evidence={"payslip": (np.datetime64("2026-03-01") - rng.integers(0, 200, size), numbers)},
            days_past_due=rng.integers(0, 400, size),
            willing=rng.random(size) < 0.9,
            broken_plans=0,
        )
        homes = rp.Households.from_columns(net_income=rp.minor(rng.integers(0, 500_000, size)))
        loans = batch(size, "periods")
        return sum(calls(lambda: rp.review(asked, loans, homes, policy, on="2026-03-05")).values())

    assert traced(20_000) <= traced(200) + 100


def test_calls_of_an_evaluation_do_not_grow_with_the_number_of_accounts() -> None:
    late = rp.OverdueRule(
        penalty=rp.OverdueLedger(on=("principal",), rate=rp.OverdueRate(rate="0.1")),
        day_count="ACT/360",
        first_day="due_date",
        rounded="end",
        mode="half_up",
    )
    terms = rp.AccountTerms(overdue=late, allocation=rp.AllocationRule.example("civil-code-561"))
    rule = rp.EvaluationRule(
        overdue_from_days=1,
        default_from_days=60,
        cured_after=3,
        window_months=3,
        buckets=rp.Buckets.example("months"),
    )

    def traced(size: int) -> int:
        rng = np.random.default_rng(5)
        accounts = rp.Accounts.of(
            rp.schedule(
                rp.Loans.from_columns(
                    principal=["1200"] * size,
                    annual_rate="0.12",
                    original_term=12,
                    elapsed=0,
                    unpaid=12,
                    next_due="2026-01-31",
                ),
                rp.equal_instalment(12),
            ).value,
            terms,
        )
        days = np.array(["2026-01-31", "2026-02-28", "2026-03-31"], "datetime64[D]")
        events = rp.Events.from_columns(
            account=np.repeat(np.arange(size), 3),
            kind="payment",
            value_date=np.tile(days, size) + rng.integers(0, 40, 3 * size),
            amount=rp.minor(rng.integers(1, 11_000, 3 * size)),
            reference=np.arange(3 * size),
        )
        first, then = (
            rp.replay(accounts, events, as_of=day, history=True).value for day in ("2026-03-01", "2026-06-30")
        )
        same = accounts.take(np.arange(size))
        contract = rp.replay(same, events, as_of="2026-06-30", history=True).value
        columns = {"branch": np.arange(size) % 5, "income": rng.integers(0, 9000, size)}
        half = rp.Events.from_columns(
            account=np.arange(size),
            kind="payment",
            value_date="2026-02-28",
            amount="50.00",
            reference=np.arange(size),
        )
        beside = rp.Comparison(
            before=rp.replay(accounts, half, as_of="2026-03-01", history=True).value,
            after=rp.replay(accounts, half, as_of="2026-06-30").value,
            match=rp.MatchRule(exact=("branch",), nearest=("income",)),
            treated=columns,
            pool=columns,
            earlier=["2026-01-31"],
        )
        return sum(
            calls(
                lambda: rp.evaluate(first, then, contract=contract, rule=rule, comparison=beside).figures
            ).values()
        )

    # Of more accounts there are a few more pairs of ranges from one into the other.
    assert traced(5_000) <= 1.5 * traced(500)


def test_the_tracer_sees_a_loop() -> None:
    loans = batch(200, "periods")
    assert sum(calls(lambda: [rp.schedule(loans.one(i), rp.flat(3)) for i in range(200)]).values()) > 200 * 10


def test_no_disguised_loops_in_the_computation() -> None:
    for folder in ("kernel", "plans", "ability", "offers", "reviews", "programmes"):
        for path in sorted((SOURCE / folder).glob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call):
                    name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                    assert name not in LOOPS or path.name in WRITTEN, f"{path.name}:{node.lineno}: {name}"
