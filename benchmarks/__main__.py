"""Measure: ``python -m benchmarks AREA``; README.md in this folder says how to run and read it."""

import argparse
import importlib
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks import guard, machine, report
from benchmarks.result import Result
from benchmarks.size import Size

ROOT = Path(__file__).parent.parent
# Of each area: loans (accounts, cases) and rounds, in full and quick.
AREAS = {
    "rows": (Size(1_000_000, 5), Size(10_000, 2, quick=True)),
    "shapes": (Size(200_000, 3), Size(5_000, 2, quick=True)),
    "offers": (Size(200_000, 3), Size(5_000, 2, quick=True)),
    "accounts": (Size(30_000, 3), Size(1_000, 2, quick=True)),
    "cases": (Size(50_000, 3), Size(1_000, 2, quick=True)),
    "frames": (Size(300_000, 3), Size(5_000, 2, quick=True)),
    "sweep": (Size(10_000, 3), Size(1_000, 2, quick=True)),
    "scaling": (Size(1_000_000, 3), Size(10_000, 2, quick=True)),
    "streaming": (Size(500_000, 1), Size(10_000, 1, quick=True)),
}


def measured(area: str, size: Size) -> Result:
    """One area, in this process."""
    begun = time.perf_counter()
    made: Result = importlib.import_module(f"benchmarks.{area}").measure(size)
    return replace(made, seconds=round(time.perf_counter() - begun, 1), quick=size.quick)


def sizes(area: str, given: argparse.Namespace) -> Size:
    """How much of an area is measured, by the command line."""
    full, quick = AREAS[area]
    usual = quick if given.quick else full
    return Size(given.loans or usual.loans, given.rounds or usual.rounds, load=given.load, quick=usual.quick)


def every(given: argparse.Namespace) -> int:
    """Each area in a process of its own, so that none inherits the memory of another; then the report."""
    before = machine.load() if given.load is None else given.load
    where = given.out or (None if given.quick else report.RESULTS)
    failed = []
    for area in AREAS:
        command = [sys.executable, "-m", "benchmarks", area]
        command += ["--quick"] if given.quick else []
        command += ["--out", str(where.resolve())] if where else []
        command += [] if before is None else ["--load", str(before)]
        command += ["--loans", str(given.loans)] if given.loans else []
        command += ["--rounds", str(given.rounds)] if given.rounds else []
        begun = time.perf_counter()
        if subprocess.run(command, check=False, cwd=ROOT).returncode:
            failed.append(area)
        print(f"-- {area}: {time.perf_counter() - begun:.0f} s", flush=True)
    if where:
        publish(where)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def publish(folder: Path) -> None:
    """Pages and pictures of what stands in a folder; of the committed results, those of the documentation."""
    own = folder.resolve() == report.RESULTS
    page, pictures = (report.PAGE, report.PICTURES) if own else (folder / "benchmarks.md", folder)
    for path in report.write(folder, page, pictures):
        print(f"wrote {path}")
    if own:
        print(f"wrote {report.write_missed(folder, report.README)}")


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=f"Areas: {', '.join(AREAS)}. `all`: every one, and without --quick or --out it rewrites "
        "the committed results and the page of the documentation. `report`: that page and its pictures from "
        "the results as they are. `guard`: ratios beside the committed ones; it fails where one is worse by "
        "a quarter. `clusters`: Spark and Dask, not in `all`.",
    )
    made.add_argument("area", choices=[*AREAS, "all", "report", "guard", "clusters"])
    made.add_argument("--quick", action="store_true", help="small sizes, to see that all works")
    made.add_argument("--out", type=Path, metavar="DIR", help="write results, page and pictures there")
    made.add_argument("--loans", type=int, help="loans, accounts or cases")
    made.add_argument("--rounds", type=int, help="interleaved rounds")
    made.add_argument("--update", action="store_true", help="of guard: commit to what is found now")
    made.add_argument("--load", type=float, help=argparse.SUPPRESS)
    return made


def main(words: Sequence[str] | None = None) -> int:
    """Do what the command line says."""
    words = sys.argv[1:] if words is None else words
    if words[:1] == ["clusters"]:
        importlib.import_module("benchmarks.clusters").main(words[1:])
        return 0
    given = parser().parse_args(words)
    if given.area == "all":
        return every(given)
    if given.area == "report":
        publish(given.out or report.RESULTS)
        return 0
    if given.area == "guard":
        return guard.run(update=given.update, quick=given.quick, rounds=given.rounds)
    made = measured(given.area, sizes(given.area, given))
    print(machine.line(made.machine) + "\n" + machine.busy_line(made.machine) + made.text(), flush=True)
    if given.out:
        made.write(given.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
