"""The marks, numbers and words that the text of a plan is made of."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

from repayplan.plans.unknown import UNKNOWN

TOKEN = re.compile(
    r"""
    \s* (?:
        (?P<number> (?: [0-9]+ (?: \.[0-9]* )? | \.[0-9]+ ) (?: [eE][+-]?[0-9]{1,3} )? )
      | (?P<word> [^\W\d]\w* )
      | (?P<column> <column\ of\ [0-9]+> )
      | (?P<quote> ["'“‘] )
      | (?P<mark> [-()\[\]+,=－（）［］＋，＝] )
      | (?P<end> \Z )
    )
    """,
    re.VERBOSE,
)
PLAIN = str.maketrans("－（）［］＋，＝", "-()[]+,=")
CLOSING = {'"': '"', "'": "'", "“": "”", "‘": "’"}
QUOTED = {
    closing: re.compile(rf"((?:[^\\{closing}]|\\.)*){closing}", re.DOTALL) for closing in CLOSING.values()
}
KEYWORD = re.compile(r"\s*[=＝]")
ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))", re.DOTALL)
ESCAPED = {"\\": "\\", "'": "'", '"': '"', "n": "\n", "r": "\r", "t": "\t"}
WORDS = {"True": True, "False": False, "None": None, "UNKNOWN": UNKNOWN}
BEFORE, _SHOWN = 50, 80


@dataclass(frozen=True, slots=True)
class Token:
    """One word, number, quoted text or mark; where it begins and ends."""

    kind: str
    value: str
    at: int
    end: int

    def marks(self, *marks: str) -> bool:
        """Whether it is one of these marks."""
        return self.kind == "mark" and self.value in marks


def number_of(text: str) -> int | Decimal:
    """Exact: a Decimal made from its text, sign and all, is rounded by no context."""
    return Decimal(text) if any(char in text for char in ".eE") else int(text)


def named_mark(char: str) -> str:
    """A character between quotes, or its number where it can't be seen."""
    return repr(char) if char.isprintable() else f"U+{ord(char):04X}"


def pointed(text: str, at: int) -> tuple[str, str]:
    """What stands around a character, on one line, and a line with a caret under the character."""
    start = max(0, min(at - BEFORE, len(text) - _SHOWN))
    end = start + _SHOWN
    shown = "".join(c if c.isprintable() else " " if c.isspace() else "?" for c in text[start:end])
    before = ("…" if start else "") + shown[: at - start]
    after = shown[at - start :] + ("…" if end < len(text) else "")
    # Chinese characters are two columns wide on a terminal, combining marks none.
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in before)
    none = sum(unicodedata.combining(c) > 0 for c in before)
    return before + after, " " * (len(before) + wide - none) + "^"
