"""Texts as a reader sees them: the same one however it is typed, and whether there is anything to be seen."""

from __future__ import annotations

from unicodedata import category, normalize

import numpy as np

from repayplan.basics.outcome import Texts

_FILLERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | {
    chr(c) for c in range(0xFE00, 0xFE10)
}
"""Characters of other categories that leave a place empty, or choose how the one before is drawn."""


def says_something(text: str) -> bool:
    r"""Whether a reader sees anything: not blanks, format and control characters, or marks on nothing alone.

    Examples
    --------
    >>> [says_something(text) for text in ("lost job", " \t", "\u200b\u2060", "\u3000", "\u3164")]
    [True, False, False, False, False]
    """
    return any(not (c.isspace() or _unseen(c) or category(c).startswith("M")) for c in text)


def as_read(text: str) -> str:
    r"""A text the same for any width and case of its letters, with single blanks, without what isn't seen.

    By Unicode's form NFKC and its case folding.

    Examples
    --------
    >>> as_read(" ＬＩ\tWei\u200b")
    'li wei'
    """
    return " ".join(_folded(text, blanks=True).split())


def numbers_as_read(numbers: Texts) -> Texts:
    r"""Numbers of documents the same however they are typed: as :func:`as_read`, without blanks and hyphens.

    Of one that has nothing else nothing is left.

    Examples
    --------
    >>> numbers_as_read(np.array(["b-1", "Ｂ－１", "B 1", "B\u200b–1", "B-11", "--"]))
    array(['b1', 'b1', 'b1', 'b1', 'b11', ''], dtype='<U3')
    """
    if not len(numbers):
        return numbers
    # All in one text: a line feed ends each, is kept by every step, and joins with nothing.
    lines = "\n".join(np.char.replace(numbers, "\n", "").tolist())
    folded = _folded(lines, blanks=False)
    return np.array(folded.split("\n"), np.str_)


def _folded(text: str, *, blanks: bool) -> str:
    """By NFKC and case folding, without what isn't seen; blanks and hyphens stay, or line feeds alone."""
    plain = normalize("NFKC", text).casefold()
    dropped = _unseen if blanks else _between
    seen = plain.translate({ord(c): None for c in set(plain) if dropped(c) and c != "\n"})
    return normalize("NFKC", seen)  # letters that folded, or now stand side by side


def _unseen(char: str) -> bool:
    return char in _FILLERS or (category(char) in ("Cc", "Cf") and not char.isspace())


def _between(char: str) -> bool:
    """Whether a number is the same without it."""
    return _unseen(char) or char.isspace() or category(char) == "Pd" or char == "\N{MINUS SIGN}"
