"""Mutants that no test kills, as mypy sees them."""

import os
import shutil
import subprocess
import sys

from mutating import ROOT

FOLDER = ROOT / ".cache" / "mutants" / "types"


def refused(mutants):
    """What mypy says against each of some mutants, of a module one at most: its first error, "" for none."""
    source = FOLDER / "src"
    shutil.rmtree(source, ignore_errors=True)
    shutil.copytree(ROOT / "src", source, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", FOLDER)
    paths = {mutant.key: f"src/repayplan/{mutant.module}.py" for mutant in mutants}
    for mutant in mutants:
        (FOLDER / paths[mutant.key]).write_text(mutant.text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--cache-dir", ".mypy", "src"],
        cwd=FOLDER,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode > 1:
        raise RuntimeError((done.stdout + done.stderr)[-1_000:])
    errors = [line.split(":", 2) for line in done.stdout.splitlines() if ": error: " in line]
    theirs = {path: text.removeprefix(" error: ") for path, _, text in reversed(errors)}
    strange = set(theirs) - set(paths.values())
    if strange:
        raise RuntimeError(f"errors in modules that are as they were: {', '.join(sorted(strange))}")
    return {key: theirs.get(path, "") for key, path in paths.items()}
