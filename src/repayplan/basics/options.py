"""Options: one word of a closed list, or True or False; an array, whose comparison is one too, is neither."""

from __future__ import annotations

from typing import Any, get_args

from repayplan.basics.errors import Code, InputError


def one_option(name: str, value: Any, words: Any) -> None:
    """InputError unless the value is one of the words of a ``Literal``.

    Examples
    --------
    >>> from typing import Literal
    >>> one_option("rounding.fee", "upp", Literal["up", "down"])
    Traceback (most recent call last):
    repayplan.basics.errors.InputError: rounding.fee='upp': one of up, down [unknown_value]
    """
    if not isinstance(value, str) or value not in get_args(words):
        raise InputError(Code.UNKNOWN_VALUE, name, value, f"one of {', '.join(get_args(words))}")


def one_flag(name: str, value: Any) -> None:
    """InputError unless the value is True or False: a 1 is no True.

    Examples
    --------
    >>> one_flag("fixed.negative", 1)
    Traceback (most recent call last):
    repayplan.basics.errors.InputError: fixed.negative=1: True or False [unknown_value]
    """
    if not isinstance(value, bool):
        raise InputError(Code.UNKNOWN_VALUE, name, value, "True or False")
