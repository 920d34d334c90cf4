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
WRITTEN = {"stage.py", "text.py"}
LOOPS = {"map", "frompyfunc", "vectorize", "apply", "apply_along_axis", "fromiter"}


def batch(size: int, day_count: str) -> rp.Loans:
    rng = np.random.default_rng(7)
    return rp.Loans.from_columns(
        principal=rp.minor(rng.integers(10**5, 10**7, size)),
        annual_rate=rng.integers(100, 3600, size) / 1e4,
        original_term=60,
        elapsed=10,
        unpaid=rng.integers(6, 25, size),
        next_due=np.datetime64("2026-01-01") + rng.integers(0, 27, size),
        day_count=day_count,
        columns={"pause": rng.integers(0, 3, size)},
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
    # Between one block and a hundred thousand loans the calls may grow with the blocks, not the loans.
    small, large = batch(1_000, day_count), batch(100_000, day_count)
    few = sum(calls(lambda: rp.schedule(small, plan)).values())
    many = sum(calls(lambda: rp.schedule(large, plan)).values())
    blocks = 3 * -(-100_000 // 16_384)
    assert many <= few * blocks
    assert many < 100_000 / 2


def test_the_tracer_sees_a_loop() -> None:
    loans = batch(200, "periods")
    assert sum(calls(lambda: [rp.schedule(loans.one(i), rp.flat(3)) for i in range(200)]).values()) > 200 * 10


def test_no_disguised_loops_in_the_computation() -> None:
    for folder in ("kernel", "plans", "ability", "offers"):
        for path in sorted((SOURCE / folder).glob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call):
                    name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                    assert name not in LOOPS or path.name in WRITTEN, f"{path.name}:{node.lineno}: {name}"
