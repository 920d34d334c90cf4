"""Which lines and branches of the package the tests reach: the whole suite under coverage, slice by slice.

    python tests/deep/covered.py                          # about half an hour of a processor
    python tests/deep/covered.py --tests tests/test_rate.py tests/test_money.py

The test files run in slices of a few, and what each slice reached is kept in `.cache/covered`, under a
fingerprint of all that is tested and all that tests it: a run that was ended goes on after its last whole
slice. `--anew` begins from nothing. The result is `covered.md` beside this file, with day and versions: lines
and branches apart, by floor, and what isn't reached of each module of which less than 97 % is. It ends with 1
where a test fails, or where less than 97 % of all lines or of all branches is reached.

`--tests` runs these files alone and says what they reach; nothing is written or demanded. It needs `.[test]`.
What needs Spark or Dask isn't reached where they aren't installed.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from versions import ROOT, fingerprint, say

RESULTS = Path(__file__).parent / "covered.md"
CACHE = ROOT / ".cache" / "covered"
SLICE = 6
"""Test files in a slice: about a minute."""
LEAST = 97
HEAD = """# What the tests reach

Written by `python tests/deep/covered.py`: the whole suite under coverage, the examples in the docstrings too.
What needs Spark or Dask isn't reached where they aren't installed.
"""
KINDS = {"lines": ("covered_lines", "num_statements"), "branches": ("covered_branches", "num_branches")}


def slices(files):
    """Names and what pytest is given: the docstrings of the source, then the tests, a few files at a time."""
    parts = [files[i : i + SLICE] for i in range(0, len(files), SLICE)]
    return {f"{part[0].stem}-{part[-1].stem}": part for part in parts}


def coverage(*command, **options):
    """Coverage's own command line; what came of it."""
    told = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    told.setdefault("REPAYPLAN_HYPOTHESIS", "few")
    full = [sys.executable, "-m", "coverage", *map(str, command)]
    return subprocess.run(full, capture_output=True, text=True, check=False, cwd=ROOT, env=told, **options)


def reached(name, tests, folder):
    """Whether a slice passes; what it reached is then in the folder, under its name."""
    place = folder / name
    if place.exists():
        say(f"{name}: known")
        return True
    start = time.perf_counter()
    # Processes that tests start count too: each writes a file of its own, joined when the slice is over.
    scratch = folder / f".{name}"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    runner = ("-m", "pytest", "-q", "-p", "no:cacheprovider")
    made = coverage("run", "--branch", "--parallel-mode", f"--data-file={scratch / name}", *runner, *tests)
    if made.returncode == 0:
        joined = coverage("combine", f"--data-file={place}", scratch)
        if joined.returncode:
            raise SystemExit(joined.stdout + joined.stderr)
    shutil.rmtree(scratch)
    lines = made.stdout.strip().splitlines() or [made.stderr.strip()[-400:]]
    if made.returncode:
        say("\n".join(lines[-40:]))
    say(f"{name}: {lines[-1].strip('= ')}, {time.perf_counter() - start:.0f} s")
    return made.returncode == 0


def read(folder, names):
    """What coverage says of each module, of all slices together."""
    with tempfile.TemporaryDirectory() as scratch:
        every, report = Path(scratch) / "data", Path(scratch) / "report.json"
        for command in (
            ("combine", "--keep", f"--data-file={every}", *(folder / name for name in names)),
            ("json", f"--data-file={every}", "-q", "-o", report),
        ):
            made = coverage(*command)
            if made.returncode:
                raise SystemExit(made.stdout + made.stderr)
        return json.loads(report.read_text(encoding="utf-8"))["files"]


def share(summaries, kind):
    """How much of some modules is reached: the percentage, and of how many."""
    got, of = (sum(each[name] for each in summaries) for name in KINDS[kind])
    return (100 * got / of if of else 100.0), of


def shown(summaries):
    """Cells of a table, of lines and of branches."""
    return " | ".join("{:.1f} % of {:,}".format(*share(summaries, kind)) for kind in KINDS)


def missing(module):
    """Lines that nothing reaches, and branches, from a line to a line, that nothing takes."""
    runs, lines = [], module["missing_lines"]
    for line in lines:
        if runs and line == runs[-1][1] + 1:
            runs[-1][1] = line
        else:
            runs.append([line, line])
    told = [str(low) if low == high else f"{low}-{high}" for low, high in runs]
    branches = [
        f"{start} to {end if end > 0 else 'the end'}"
        for start, end in module["missing_branches"]
        if start not in lines and end not in lines
    ]
    return ", ".join(told + branches)


def page(files, source):
    """The result as a page, and whether it is enough."""
    names = {Path(name).relative_to("src/repayplan"): name for name in files}
    floors = defaultdict(list)
    for where, name in names.items():
        floors[where.parts[0] if len(where.parts) > 1 else "repayplan"].append(files[name]["summary"])
    every = [each["summary"] for each in files.values()]
    by = ", ".join(f"{name} {version(name)}" for name in ("coverage", "pytest", "hypothesis", "numpy"))
    lines = [
        HEAD,
        f"{datetime.now(UTC):%Y-%m-%d} (UTC), source {source}, Python {platform.python_version()}, {by}.\n",
        "| floor | lines | branches |\n| --- | --- | --- |",
        f"| **all** | {shown(every)} |",
        *(f"| {floor} | {shown(summaries)} |" for floor, summaries in sorted(floors.items())),
        f"\nModules of which less than {LEAST} % is reached, of lines or of branches:\n",
        "| module | lines | branches | not reached |\n| --- | --- | --- | --- |",
    ]
    for where, name in sorted(names.items()):
        module = [files[name]["summary"]]
        if min(share(module, kind)[0] for kind in KINDS) < LEAST:
            lines.append(f"| {where.with_suffix('').as_posix()} | {shown(module)} | {missing(files[name])} |")
    return "\n".join(lines) + "\n", all(share(every, kind)[0] >= LEAST for kind in KINDS)


def main():
    """All slices; 1 where a test fails or too little is reached."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tests", nargs="+", type=Path, help="these alone; nothing is written or demanded")
    parser.add_argument("--anew", action="store_true", help="forget what was found")
    asked = parser.parse_args()
    source = fingerprint()
    folder = CACHE / source
    if asked.anew:
        shutil.rmtree(folder, ignore_errors=True)
    for other in CACHE.glob("*") if CACHE.exists() else ():
        if other != folder:
            shutil.rmtree(other)
    parts = {"docstrings": [ROOT / "src"]} | slices(sorted((ROOT / "tests").glob("test_*.py")))
    if asked.tests:
        parts = {"these": asked.tests}
        (folder / "these").unlink(missing_ok=True)
    passed = [reached(name, tests, folder) for name, tests in parts.items()]
    if not all(passed):
        return 1
    text, enough = page(read(folder, parts), source)
    if asked.tests:
        say(text)
        return 0
    RESULTS.write_text(text, encoding="utf-8")
    say(text.partition("\nModules")[0])
    return int(not enough)


if __name__ == "__main__":
    sys.exit(main())
