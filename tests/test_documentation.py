"""Every Python block of README and docs runs, in the order of its page, and prints what the page promises."""

import contextlib
import io
import re
from pathlib import Path

import pytest

from extras import no_pango

HERE = Path(__file__).parent.parent
PAGES = [HERE / "README.md", *sorted((HERE / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)


def fences(text):
    """Yield (first word after the fence, body, line) of each fenced block."""
    for found in FENCE.finditer(text):
        yield found["info"].split(" ")[0], found["body"], text.count("\n", 0, found.start()) + 2


def run(text, name):
    """Run a page's blocks in one namespace; yield (line, printed, promised) where a `text` block follows."""
    space, printed = {"__name__": "page"}, None
    for language, body, line in fences(text):
        if language == "python":
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                # Blank lines before it make a traceback's line the line of the page.
                exec(compile("\n" * (line - 1) + body, name, "exec"), space)  # noqa: S102
            printed = out.getvalue()
        elif language == "text" and printed:
            yield line, printed, body
            printed = None
        else:
            printed = None


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(HERE).as_posix())
def test_a_page_does_what_it_says(page, tmp_path, monkeypatch):
    text = page.read_text(encoding="utf-8")
    if "_pdf(" in text and (why := no_pango()):
        pytest.skip(why)
    monkeypatch.chdir(tmp_path)
    results = list(run(text, str(page)))
    assert [printed for _, printed, _ in results] == [promised for _, _, promised in results]


def test_the_reader_sees_a_wrong_promise():
    page = "```python\nprint(1 + 1)\n```\n\n```text\n3\n```\n"
    assert list(run(page, "page")) == [(6, "2\n", "3\n")]


def test_readme_has_one_command_under_each_heading():
    text = (HERE / "README.md").read_text(encoding="utf-8")
    for heading in ("Run it", "Test it"):
        section = text.split(f"\n## {heading}\n")[1].split("\n## ")[0]
        commands = [body for language, body, _ in fences(section) if language == "sh"]
        assert len(commands) == 1
        assert commands[0].count("\n") == 1
    assert len([None for language, _, _ in fences(text) if language == "sh"]) == 2


def test_the_version_is_the_same_everywhere():
    import repayplan

    changes = (HERE / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## \[(\d[^\]]*)\] - (\S+)$", changes, re.MULTILINE)
    citation = (HERE / "CITATION.cff").read_text(encoding="utf-8")
    assert newest[1] == repayplan.__version__
    assert f"\nversion: {repayplan.__version__}\n" in citation
    assert f'\ndate-released: "{newest[2]}"\n' in citation
