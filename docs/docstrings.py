"""Makes the reference read the package's docstrings as a person does; a griffe extension of mkdocstrings.

It turns Sphinx roles into code, gives each of several parameters that share a description its own line (and
so its own type and default), and takes what is said about a result, or after the parameters, as text.
"""

from __future__ import annotations

import re
from typing import Any

import griffe

ROLE = re.compile(r":(?:attr|class|data|func|meth|mod):`~?([^`]+)`")
HEAD = re.compile(r"^(\w[\w ]*)\n-{3,}\n", re.MULTILINE)
NAMES = re.compile(r"\w+(, (\w+|each of ``\w+``))*")


class Docstrings(griffe.Extension):
    """Rewrites the docstrings before they are parsed."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Rewrite one object's docstring."""
        if obj.docstring is not None:
            obj.docstring.value = readable(obj.docstring.value)


def readable(text: str) -> str:
    """Docstring text as griffe's numpy parser wants it."""
    text = ROLE.sub(lambda role: f"``{role[1].removeprefix('repayplan.')}``", text)
    first, *sections = HEAD.split(text)
    done = [first]
    for name, body in zip(sections[::2], sections[1::2], strict=True):
        if name in ("Parameters", "Attributes"):
            listed, after = entries(body)
            done += after
            body = listed  # noqa: PLW2901
        elif name == "Returns" and not re.match(r".+\n +", body):
            body = ":\n" + indented(body)  # noqa: PLW2901
        done.append(f"{name}\n{'-' * len(name)}\n{body}\n")
    return "\n".join(done)


def entries(body: str) -> tuple[str, list[str]]:
    """The entries of a section, one name each; and the paragraphs that aren't entries."""
    listed, after = [], []
    for entry in re.split(r"\n(?=\S)", body.strip("\n")):
        head, _, description = entry.partition("\n")
        if description.startswith(" ") and NAMES.fullmatch(head):
            names = [name for name in head.split(", ") if name.isidentifier()]
            listed += [f"{name}\n{description}" for name in names]
        elif after and not after[-1].endswith("\n"):
            after[-1] += f"\n{entry}"
        else:
            after.append(entry)
    return "\n".join(listed), [f"{paragraph}\n" for paragraph in after]


def indented(body: str) -> str:
    """Every line of a text four columns further in."""
    return "\n".join(f"    {line}" if line else "" for line in body.strip("\n").split("\n"))
