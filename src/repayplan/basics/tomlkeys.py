"""Where each key of a TOML text stands, which the parser of the standard library doesn't say."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from unicodedata import category

Path = tuple[str | int, ...]
"""Keys of tables and places in arrays, from the top of a text to a value."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SPACE = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_STRING = re.compile(
    r"""
      \"\"\" (?: \\. | [^\\] )*? \"\"\" "{0,2}   # up to two quotes more belong to the text
    | '''    .*?                 '''    '{0,2}
    | "      (?: \\. | [^"\\] )* "
    | '      [^']*               '
    """,
    re.VERBOSE | re.DOTALL,
)
_CLOSING = re.compile(r"\]+")
_OTHER = re.compile(r"[^,\]}#\n]*")
"""A number, a date (with a space before its time, perhaps), true or false."""


def key_text(key: str) -> str:
    """A key as TOML writes it: bare where it can be.

    Examples
    --------
    >>> print(key_text("max_total_months"), key_text("CN.SH"))
    max_total_months "CN.SH"
    """
    return key if _BARE.fullmatch(key) else quoted(key)


def quoted(text: str) -> str:
    r"""Text as a basic string of TOML; what can't be seen, or would end a line, is escaped.

    Examples
    --------
    >>> print(quoted('a "b" 中\n\u2028'))
    "a \"b\" 中\n\u2028"
    """
    # JSON escapes as TOML does, but leaves some that TOML wants escaped, or a reader would miss.
    written = json.dumps(text, ensure_ascii=False)
    hidden = {char for char in written if category(char) in ("Cc", "Cf", "Zl", "Zp")}
    for char in hidden:
        written = written.replace(
            char, f"\\u{ord(char):04x}" if char < "\U00010000" else f"\\U{ord(char):08x}"
        )
    return written


def dotted(path: Path) -> str:
    """A path as a person writes it.

    Examples
    --------
    >>> dotted(("assumed", 0, "share"))
    'assumed[0].share'
    """
    parts = (f"[{each}]" if isinstance(each, int) else f".{key_text(each)}" for each in path)
    return "".join(parts).removeprefix(".")


def line_of(path: Path, lines: dict[Path, int]) -> int:
    r"""The line of a path, or of the table that it should stand in, where it doesn't stand there.

    Examples
    --------
    >>> line_of(("limit", "percent"), key_lines("name = 'test'\n[limit]\n"))
    2
    """
    while path not in lines:
        path = path[:-1]
    return lines[path]


def key_lines(text: str) -> dict[Path, int]:
    r"""The line, counted from 1, of each table, key and item of an array.

    A table stands where its own header is, else where it is named first; an item where it begins.

    Parameters
    ----------
    text
        One that :func:`tomllib.loads` reads; of another, nothing is promised.

    Returns
    -------
    Lines by path; the whole text, ``()``, is in line 1.

    Examples
    --------
    >>> key_lines("a = 1\n[b]\nc = [\n  2,\n]\n")
    {(): 1, ('a',): 1, ('b',): 2, ('b', 'c'): 3, ('b', 'c', 0): 4}
    """
    return _Scanner(text).whole()


class _Scanner:
    """Reads a text once, from left to right, and keeps nothing of values but where they begin."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Path, int] = {(): 1}
        self.newest: dict[Path, int] = {}  # of each array of tables, the place of its last table
        self._line, self._counted = 1, 0

    def whole(self) -> dict[Path, int]:
        table: Path = ()
        while self._more():
            if self._accept("[["):
                *above, last = self._keys()
                array = (*self._within(above), last)
                self.newest[array] = self.newest.get(array, -1) + 1
                table = (*array, self.newest[array])
                self._mark(table)
            elif self._accept("["):
                table = self._within(self._keys())
                self._mark(table)
            else:
                self._pair(table)
                continue
            self._match(_CLOSING)
        return self.lines

    def _within(self, keys: list[str]) -> Path:
        """The path that the keys of a header name: of an array of tables they mean the last one."""
        path: Path = ()
        for key in keys:
            path = (*path, key)
            if path in self.newest:
                path = (*path, self.newest[path])
        return path

    def _pair(self, table: Path) -> None:
        path = (*table, *self._keys())
        self._mark(path)
        self._accept("=")
        self._value(path)

    def _value(self, path: Path) -> None:
        self._more()
        if self._accept("["):
            for i in self._until("]"):
                self._mark((*path, i))
                self._value((*path, i))
        elif self._accept("{"):
            for _ in self._until("}"):
                self._pair(path)
        elif not self._match(_STRING):
            self._match(_OTHER)

    def _until(self, closing: str) -> Iterator[int]:
        """Counts what stands between commas up to a closing bracket."""
        i = 0
        while self._more() and not self._accept(closing):
            yield i
            self._more()
            self._accept(",")
            i += 1

    def _keys(self) -> list[str]:
        """A key, or several with dots between them."""
        keys = []
        while True:
            self._more()
            quotes = self._match(_STRING)
            keys.append(tomllib.loads(f"key = {quotes}")["key"] if quotes else self._match(_BARE))
            self._more()
            if not self._accept("."):
                return keys

    def _more(self) -> bool:
        """Whether anything follows; the space and comments before it are passed over."""
        self._match(_SPACE)
        return self.at < len(self.text)

    def _accept(self, mark: str) -> bool:
        found = self.text.startswith(mark, self.at)
        self.at += len(mark) * found
        return found

    def _match(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return found[0] if found else ""

    def _mark(self, path: Path) -> None:
        """Notes the line at which the scan stands; tables above that have none yet get the same."""
        self._line += self.text.count("\n", self._counted, self.at)
        self._counted = self.at
        self.lines[path] = self._line
        for i in range(len(path) - 1, 0, -1):
            if path[:i] in self.lines:
                break
            self.lines[path[:i]] = self._line
