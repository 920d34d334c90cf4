"""Every notebook runs from top to bottom, as a program."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("marimo", reason="needs the extra notebooks")
NOTEBOOKS = sorted((Path(__file__).parent.parent / "docs" / "notebooks").glob("*.py"))


@pytest.mark.slow
@pytest.mark.parametrize("notebook", [pytest.param(each, id=each.stem) for each in NOTEBOOKS])
def test_a_notebook_runs(notebook):
    command, surroundings = (
        [sys.executable, str(notebook)],
        os.environ
        | {"MPLBACKEND": "agg", "REPAYPLAN_NOTEBOOK_LOANS": "5000", "REPAYPLAN_NOTEBOOK_APPLICANTS": "60"},
    )
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=surroundings)
    assert done.returncode == 0, done.stderr
