"""Whether anything has become slower: ratios to a plain loop beside the committed ones, never seconds.

The loop is the one in C or, without a compiler, the one of Python integers; both run in the same rounds. A
ratio that is worse than the committed one by more than a quarter is measured again, with twice the rounds: it
fails where it is worse again. So a slow moment of the machine is no failure. Another processor can move the
ratios for good: then commit to what it finds (``--update``).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import repayplan as rp
from benchmarks import accounts, loops, machine, offers, ours, shapes
from benchmarks.portfolio import synthetic
from benchmarks.timing import Contender, interleaved

RATIOS = Path(__file__).parent / "ratios.json"
TOLERANCE = 0.25
LOANS, ACCOUNTS, ROUNDS, FEW = 60_000, 10_000, 5, 1_000
TO_C, TO_INTEGERS = "to the C loop", "to Python integers"


@dataclass(frozen=True)
class Worse:
    """A ratio that is above what is committed by more than the tolerance; infinite where it is gone."""

    name: str
    found: float
    committed: float

    def __str__(self) -> str:
        """In a line."""
        if self.found == float("inf"):
            return f"{self.name}: committed as {self.committed:.3g}, no longer measured"
        more = self.found / self.committed - 1
        return f"{self.name}: {self.found:.3g}, committed {self.committed:.3g} ({more:+.0%})"


def worse(
    found: Mapping[str, float], committed: Mapping[str, float], tolerance: float = TOLERANCE
) -> list[Worse]:
    """The ratios that are worse than the committed ones by more than the tolerance, the worst first."""
    over = [
        Worse(name, found.get(name, float("inf")), was)
        for name, was in committed.items()
        if found.get(name, float("inf")) > was * (1 + tolerance)
    ]
    return sorted(over, key=lambda each: -each.found / each.committed)


def best(*runs: Mapping[str, float]) -> dict[str, float]:
    """The least ratio of each name among several runs: noise makes things slower, never faster."""
    names = {name for run in runs for name in run}
    return {name: min(run[name] for run in runs if name in run) for name in sorted(names)}


def contenders(loans: int, of_accounts: int) -> dict[str, Contender]:
    """What is guarded, and the loops that it is held against."""
    portfolio = synthetic(loans)
    few, read = portfolio.head(FEW), ours.read(portfolio)
    run: dict[str, Any] = {}

    def totals() -> object:
        return rp.schedule(read, ours.PLAN).value.totals()

    fill = loops.compiled_loop()
    if fill is not None:
        run[TO_C] = (lambda: fill(portfolio, loops.empty_columns(portfolio.rows)), portfolio.rows)
    run[TO_INTEGERS] = (lambda: loops.integer_loop(few), few.rows)
    run["reading columns, a loan"] = (lambda: ours.read(portfolio), loans)
    run[f"{ours.TOTALS}, a row"] = (totals, portfolio.rows)
    for name, work in {**shapes.works(portfolio), **offers.works(portfolio)}.items():
        run[f"{name}, a row"] = (work, portfolio.rows)
    for name, full in ((accounts.SIMPLE, False), (accounts.FULL, True)):
        book = accounts.book(of_accounts, full=full)
        run[f"replay, {name}, a payment"] = (
            lambda book=book: rp.replay(book.accounts, book.events, as_of=accounts.END),
            len(book.amount),
        )
    for name, work in ours.ones(36).items():
        run[f"{name}, 36 rows"] = (lambda work=work: [work() for _ in range(20)], 20)
    return {name: Contender(name, work, count) for name, (work, count) in run.items()}


def ratios(run: Mapping[str, Contender]) -> dict[str, dict[str, float]]:
    """Of each yardstick there is, how many times as long everything else takes, in its fastest round."""
    sticks = [name for name in (TO_C, TO_INTEGERS) if name in run]
    return {
        stick: {
            name: each.least / run[stick].least
            for name, each in run.items()
            if name not in (TO_C, TO_INTEGERS)
        }
        for stick in sticks
    }


def once(loans: int, of_accounts: int, rounds: int) -> dict[str, dict[str, float]]:
    """One interleaved run."""
    run = contenders(loans, of_accounts)
    interleaved(run.values(), rounds)
    return ratios(run)


def read(path: Path = RATIOS) -> dict[str, Any]:
    """What is committed."""
    return json.loads(path.read_text("utf-8"))


def write(found: Mapping[str, Mapping[str, float]], where: Mapping[str, Any], path: Path = RATIOS) -> None:
    """Commit to what was found, of the yardsticks that were there; the others stay as they are."""
    kept = read(path)["ratios"] if path.exists() else {}
    rounded = {
        stick: {name: float(f"{ratio:.3g}") for name, ratio in each.items()} for stick, each in found.items()
    }
    text = json.dumps({"machine": dict(where), "ratios": kept | rounded}, indent=1, ensure_ascii=False)
    path.write_text(text + "\n", "utf-8")


def run(*, update: bool = False, quick: bool = False, rounds: int | None = None) -> int:
    """Measure and compare; the status of the command: 0 where nothing is worse."""
    loans, of_accounts, usual = (5_000, 500, 2) if quick else (LOANS, ACCOUNTS, ROUNDS)
    where, rounds = machine.here(), rounds or usual
    print(machine.line(where) + "\n" + machine.busy_line(where), flush=True)
    found = once(loans, of_accounts, rounds)
    if update:
        write(found, where)
        print(f"committed to {RATIOS.name}: {sum(map(len, found.values()))} ratios")
        return 0
    stick, committed = next(iter(found)), read()
    if committed["machine"]["processor"] != where["processor"]:
        print(f"the committed ratios are of another processor: {committed['machine']['processor']}")
    wanted, now = committed["ratios"].get(stick, {}), found[stick]
    if worse(now, wanted):
        print(f"{len(worse(now, wanted))} ratios are worse; all are measured again", flush=True)
        now = best(now, once(loans, of_accounts, 2 * rounds)[stick])
    for name, ratio in now.items():
        was = f"{wanted[name]:10.3g} {ratio / wanted[name] - 1:+8.0%}" if name in wanted else f"{'new':>10}"
        print(f"{name:62}{ratio:10.3g}{was}")
    over = worse(now, wanted)
    for each in over:
        print(f"WORSE {stick}: {each}")
    if not wanted:
        print(f"nothing is committed {stick}: run with --update")
    return 1 if over or not wanted else 0
