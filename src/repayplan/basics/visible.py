"""Values as a message shows them: nothing in them hidden, and none of them long."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from repayplan.basics.sizes import MAX_SHOWN


def visible(text: str) -> str:
    r"""A text with what can't be seen written as escapes, so that it neither hides nor turns what follows.

    Examples
    --------
    >>> visible("1\u202e23\n")
    '1\\u202e23\\n'
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def shortened(value: object, most: int = MAX_SHOWN, write: Callable[[Any], str] = str) -> str:
    """A value as text of at most so many characters, however large it is.

    Examples
    --------
    >>> shortened("1234567890", 5), shortened(10**5000), shortened("ab", write=repr)
    ('1234…', 'a number of thousands of digits', "'ab'")
    """
    some: Any = value
    if isinstance(value, (str, bytes, list, tuple)) and len(value) > most:
        some = value[: most + 1]
    elif isinstance(value, (dict, set, frozenset)) and len(value) > most:
        some = f"{type(value).__name__} of {len(value)}"
    try:
        text = visible(write(some))
    except (ValueError, RecursionError):  # an int of more digits than Python writes, lists in lists
        return "a number of thousands of digits" if isinstance(value, int) else type(value).__name__
    return text if len(text) <= most else f"{text[: most - 1]}…"
