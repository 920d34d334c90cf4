"""Run the notebooks and put them into the site as pages: a hook of MkDocs.

A notebook that fails fails the build, so that none is shown that doesn't run.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files

SURROUNDINGS = {"MPLBACKEND": "agg", "REPAYPLAN_NOTEBOOK_LOANS": "50000"}
"""Of a build, which is to take seconds."""
NOTEBOOKS = Path(__file__).parent / "notebooks"


def exported(notebook: Path) -> str:
    """Run a notebook; hand back its page."""
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        command = [sys.executable, "-m", "marimo", "export", "html", str(notebook), "-o", str(page)]
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, env={**SURROUNDINGS, **os.environ}
        )
        if done.returncode or not page.exists():
            raise PluginError(f"{notebook.name} doesn't run:\n{done.stdout}{done.stderr}")
        return page.read_text(encoding="utf-8")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add a page for each notebook."""
    for notebook in sorted(NOTEBOOKS.glob("*.py")):
        name = f"notebooks/{notebook.stem}.html"
        files.append(File.generated(config, name, content=exported(notebook)))
    return files
