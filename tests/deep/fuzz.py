"""Every parser and loader handed hostile input for as long as one likes, by hypothesis.

    python tests/deep/fuzz.py --seconds 15

Each target of `tests/hostile.py` gets so many seconds, in rounds of 100 cases each with a seed of its own.
What became of it is a line of `fuzz.md` beside this file, with date and versions; a target that has a line of
these versions, and without a crash, isn't tried again, so that a run that was ended goes on. `--anew` begins
from nothing, best with another `--seed` than the last time. A crash is anything but a result or an error;
its case is printed, cut down, with the seed that finds it again. The process may take 4 GiB of memory and a
case 10 seconds of the processor, or 100 by the clock where other work goes on beside it. It needs `.[test]`.
"""

import argparse
import platform
import resource
import signal
import sys
import time
import traceback
import warnings
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded

sys.path.insert(0, str(Path(__file__).parent.parent))

import hostile

HEAD = """# Hostile input for every parser and loader

Written by `python tests/deep/fuzz.py`: a line for each target of `tests/hostile.py`. A crash is anything but
a result or an `InputError` whose message is short and can be written; the slowest case is in seconds of the
processor.

| day (UTC) | target | seconds | cases | cases a second | slowest case | crashes | versions |
| --- | --- | --- | --- | --- | --- | --- | --- |
"""
RESULTS = Path(__file__).parent / "fuzz.md"
ROUND = 100
MEMORY = 4 * 2**30
LONGEST = 10
"""Seconds of the processor that a case may take; by the clock, ten times as many."""


class TooLong(BaseException):
    """A case went on for too long."""


def say(text):
    """For whoever watches."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def interrupt(*_):
    """Ends the case in hand."""
    raise TooLong


def versions():
    """Of what takes part."""
    names = ("numpy", "pyarrow", "pandas", "polars", "Jinja2", "hypothesis")
    listed = ", ".join(f"{name} {version(name)}" for name in names)
    return f"repayplan {version('repayplan')}, Python {platform.python_version()}, {listed}"


class Tried:
    """What became of one target."""

    def __init__(self, target):
        self.target = target
        self.cases, self.slowest, self.crashes = 0, 0.0, 0

    def one(self, value):
        """Hands one case over."""
        self.cases += 1
        signal.setitimer(signal.ITIMER_PROF, LONGEST)
        signal.alarm(10 * LONGEST)
        try:
            self.slowest = max(self.slowest, hostile.refusal(self.target, value).seconds)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.alarm(0)

    def round(self, seed):
        """Some cases, of which each seed has its own."""
        usual = settings(
            max_examples=ROUND,
            database=None,
            deadline=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )
        try:
            seeded(seed)(usual(given(self.target.given)(self.one)))()
        except Exception as error:  # noqa: BLE001 - to find these is what it is for
            self.crashes += 1
            say(f"seed {seed}: {type(error).__name__}: {str(error)[:300]}")
            say("".join(getattr(error, "__notes__", []))[:1_000])
            say("".join(traceback.format_tb(error.__traceback__)[-3:]))
        except TooLong:
            self.crashes += 1
            say(f"seed {seed}: a case went on for more than {LONGEST} seconds")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=15, help="for each target (default: 15)")
    parser.add_argument("--seed", type=int, default=0, help="of the first round (default: 0)")
    parser.add_argument("--anew", action="store_true", help="forget what was done")
    parser.add_argument("--only", nargs="*", help="these targets alone")
    options = parser.parse_args()
    warnings.simplefilter("error")
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.signal(signal.SIGPROF, interrupt)
    signal.signal(signal.SIGALRM, interrupt)
    by, found = versions(), {}
    lines = RESULTS.read_text(encoding="utf-8").splitlines() if RESULTS.exists() and not options.anew else []
    for line in lines:
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| 2") and cells[-1] == by and cells[-2] == "0":
            found[cells[1]] = line
    crashes = 0
    for name, target in hostile.TARGETS.items():
        if name in found or not target.there or (options.only and name not in options.only):
            continue
        tried, began, seed = Tried(target), time.monotonic(), options.seed
        while time.monotonic() - began < options.seconds and tried.crashes < 3:
            tried.round(seed)
            seed += 1
        seconds = time.monotonic() - began
        figures = (
            f"{seconds:.0f}",
            f"{tried.cases:,}",
            f"{tried.cases / seconds:.0f}",
            f"{tried.slowest:.2f}",
        )
        cells = (f"{datetime.now(UTC):%Y-%m-%d}", name, *figures, str(tried.crashes), by)
        found[name] = f"| {' | '.join(cells)} |"
        say(found[name])
        crashes += tried.crashes
        made = [found[each] for each in hostile.TARGETS if each in found]
        RESULTS.write_text(HEAD + "\n".join(made) + "\n", encoding="utf-8")
    return bool(crashes)


if __name__ == "__main__":
    sys.exit(main())
