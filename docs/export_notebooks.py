"""Run the notebooks and put them into the site as pages: a hook of MkDocs.

A notebook that fails fails the build, so that none is shown that doesn't run. marimo's pages load its
frontend from a public network; here they load it from the site, so that they show without that network.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import marimo
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files

SURROUNDINGS = {"MPLBACKEND": "agg", "REPAYPLAN_NOTEBOOK_LOANS": "50000"}
"""Of a build, which is to take seconds."""
NOTEBOOKS = Path(__file__).parent / "notebooks"
ELSEWHERE = re.compile(r"https://cdn\.jsdelivr\.net/npm/@marimo-team/frontend@[^/\"]+/dist(?=[/\"])")
"""Where marimo's pages look for its frontend, which its package also holds."""
FRONTEND = "frontend"
"""The folder of the site, beside the pages, that it's copied to."""


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
        content, times = ELSEWHERE.subn(FRONTEND, page.read_text(encoding="utf-8"))
        if not times:
            raise PluginError(f"{notebook.name}: marimo's page loads its frontend from an unknown place")
        return content


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add a page for each notebook."""
    for notebook in sorted(NOTEBOOKS.glob("*.py")):
        name = f"notebooks/{notebook.stem}.html"
        files.append(File.generated(config, name, content=exported(notebook)))
    return files


def on_post_build(config: MkDocsConfig) -> None:
    """Put the frontend beside the pages."""
    source = Path(marimo.__file__).parent / "_static"
    target = Path(config.site_dir) / "notebooks" / FRONTEND
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("*.md", "index.html"), dirs_exist_ok=True)
