"""Facts whose text can only be one of so many words, and whether a word is one of them."""

from __future__ import annotations

from collections.abc import Mapping

from repayplan.basics.dates import FREQUENCIES, FREQUENCY_INDEX, FREQUENCY_NAMES
from repayplan.basics.daycount import DAY_COUNTS
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import is_currency
from repayplan.offers.facts import WORDS

CLOSED: Mapping[str, tuple[str, ...]] = {
    **{name: tuple(WORDS[name]) for name in ("last_plan", "first_stub", "final_stub")},
    "day_count": tuple(count.name for count in DAY_COUNTS),
}
"""By fact, its words. Those of ``hardship`` are the policy's own. A day count of a user's own has a name that
no rule can have."""


def word_of(fact: str, name: str, value: str) -> str:
    """A word that a fact can have, as the fact has it; any text of a fact whose words aren't closed.

    Parameters
    ----------
    name
        Where the word is written.

    Raises
    ------
    InputError
        The fact can't be that.

    Examples
    --------
    >>> word_of("frequency", "value", "yearly"), word_of("region", "value", "north")
    ('annual', 'north')
    >>> word_of("last_plan", "value", "borken")
    Traceback (most recent call last):
    repayplan.basics.errors.InputError: value='borken': one of broken, completed, cancelled [unknown_value]
    """
    if fact == "frequency":
        if value not in FREQUENCY_INDEX:
            raise InputError(Code.UNKNOWN_VALUE, name, value, f"one of {FREQUENCY_NAMES}")
        return FREQUENCIES[FREQUENCY_INDEX[value]].name
    if fact == "currency" and not is_currency(value):
        raise InputError(Code.UNKNOWN_VALUE, name, value, "an ISO 4217 code: three capital letters")
    if fact in CLOSED and value not in CLOSED[fact]:
        raise InputError(Code.UNKNOWN_VALUE, name, value, f"one of {', '.join(CLOSED[fact])}")
    return value
