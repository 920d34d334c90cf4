"""The whole programme of 500 applicants: every test of `tests/test_whole_programme.py`, with a line for each.

    python tests/deep/programme.py

Of each test there is a line in `programme.md` beside this file, with date and versions. A test that passed
with these versions and as many applicants isn't run again, so that a run that was ended goes on; `--anew`
begins from nothing. It takes some minutes of one processor and needs `.[test]`.
"""

import argparse
import os
import platform
import sys
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import pytest

HERE = Path(__file__).parent
HEAD = """# The whole programme, with 500 applicants

Written by `python tests/deep/programme.py`: a line for each test of `tests/test_whole_programme.py`, which
for each change goes through 40 applicants. Seconds are of the processor; a test makes what it is the first to
look at.

| day (UTC) | applicants | test | seconds | result | versions |
| --- | --- | --- | --- | --- | --- |
"""
RESULTS = HERE / "programme.md"


def versions():
    """Of what takes part."""
    return f"repayplan {version('repayplan')}, Python {platform.python_version()}, numpy {version('numpy')}"


class Kept:
    """Writes a line for each test that ends; leaves out those that have one."""

    def __init__(self, applicants, lines):
        self.applicants, self.lines, self.began = applicants, lines, 0.0

    def pytest_collection_modifyitems(self, config, items):
        done = [each for each in items if self.name(each.nodeid) in self.lines]
        items[:] = [each for each in items if each not in done]
        config.hook.pytest_deselected(items=done)

    def pytest_runtest_setup(self):
        self.began = time.process_time()

    def pytest_runtest_logreport(self, report):
        if report.when == "call" or report.outcome != "passed":
            seconds = f"{time.process_time() - self.began:.1f}"
            cells = (f"{datetime.now(UTC):%Y-%m-%d}", f"{self.applicants:,}", self.name(report.nodeid))
            self.put(cells[2], " | ".join((*cells, seconds, report.outcome, versions())))

    @staticmethod
    def name(nodeid):
        """What a test does, in words."""
        return nodeid.partition("::test_")[2].replace("_", " ")

    def put(self, name, line):
        """Adds a line, and writes all of them."""
        self.lines[name] = f"| {line} |"
        RESULTS.write_text(HEAD + "\n".join(self.lines.values()) + "\n", encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--applicants", type=int, default=500, help="how many (default: 500)")
    parser.add_argument("--anew", action="store_true", help="forget what was done")
    options = parser.parse_args()
    found = RESULTS.read_text(encoding="utf-8").splitlines() if RESULTS.exists() and not options.anew else []
    lines = {}
    for line in found:
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if (
            line.startswith("| 2")
            and cells[1] == f"{options.applicants:,}"
            and cells[-2:] == ["passed", versions()]
        ):
            lines[cells[2]] = line
    os.environ["REPAYPLAN_APPLICANTS"] = str(options.applicants)
    test = HERE.parent / "test_whole_programme.py"
    return pytest.main(["-q", "-p", "no:cacheprovider", str(test)], plugins=[Kept(options.applicants, lines)])


if __name__ == "__main__":
    sys.exit(main())
