"""What each field of a loan, a household or an event wants of a column."""

from __future__ import annotations

from typing import Literal

from repayplan.basics.errors import Code
from repayplan.edges.reading import (
    AGES,
    COST,
    FREQUENCY,
    HOUSEHOLD_FIELDS,
    LOAN_FIELDS,
    STATUS,
    is_field,
)

Want = Literal["number", "date", "name", "label", "ages"]
"""What a field takes. ``name``: one of a closed list; ``label``: any text, or whole numbers as text."""
Extra = Literal["refuse", "ignore"]
_NUMBERS = ("number", "decimal", "text", "objects", "nothing")
_WORDS = ("text", "objects", "nothing")
TAKES: dict[Want, tuple[tuple[str, ...], Code, str]] = {
    "number": (_NUMBERS, Code.NOT_A_NUMBER, "numbers are needed"),
    "date": (("date", *_WORDS), Code.NOT_A_DATE, "dates are needed"),
    "name": (_WORDS, Code.UNKNOWN_VALUE, "names are needed, which are text"),
    "label": (("number", *_WORDS), Code.UNKNOWN_VALUE, "text or whole numbers are needed"),
    "ages": (("list", *_WORDS), Code.UNKNOWN_VALUE, "lists of ages are needed, or text such as '3 7 12'"),
}
WHY = {
    ("number", "flag"): (Code.BOOLEAN, "; it holds true and false"),
    ("date", "zoned"): (
        Code.NOT_A_DATE,
        "; its times are of a time zone, in which alone they have a date: take off the zone first",
    ),
}
LOAN: dict[str, Want] = {
    **dict.fromkeys((*LOAN_FIELDS, "spread", "due_index", "rounding_index", "rate_index"), "number"),
    **dict.fromkeys(("next_due", "start", "original_maturity", "last_due", "rate_anchor"), "date"),
    **dict.fromkeys(("frequency", "day_count", "first_stub", "final_stub"), "name"),
    **dict.fromkeys(("currency", STATUS), "label"),
}
HOUSEHOLD: dict[str, Want] = {
    **dict.fromkeys((*HOUSEHOLD_FIELDS, "decimals"), "number"),
    **dict.fromkeys((name for name in HOUSEHOLD_FIELDS if name.endswith(FREQUENCY)), "name"),
    **dict.fromkeys(("tenure", "region"), "label"),
    "assessed": "date",
    AGES: "ages",
}
EVENT: dict[str, Want] = {
    **dict.fromkeys(("amount", "rate", "plan"), "number"),
    **dict.fromkeys(("value_date", "booked", "until", "first_due"), "date"),
    **dict.fromkeys(("kind", "component", "frequency", "reason"), "name"),
    **dict.fromkeys(("account", "reference", "reverses"), "label"),
}
CASE_EVENT: dict[str, Want] = {
    **dict.fromkeys(("clock", "instant"), "number"),
    **dict.fromkeys(("at", "booked", "until"), "date"),
    **dict.fromkeys(("kind", "channel", "role", "items"), "name"),
    **dict.fromkeys(("case", "reference", "reverses"), "label"),
}


def of_loan(name: str) -> Want | None:
    """What a loan's field of that name takes; None where there is none."""
    return LOAN.get(name)


def of_household(name: str) -> Want | None:
    """What a household's field of that name takes; None where there is none."""
    if name not in HOUSEHOLD and name.startswith(COST) and is_field(name):
        return "name" if name.endswith(FREQUENCY) else "number"
    return HOUSEHOLD.get(name)


def of_event(name: str) -> Want | None:
    """Fields of an event."""
    return EVENT.get(name)


def of_case_event(name: str) -> Want | None:
    """Fields of a case's event."""
    return CASE_EVENT.get(name)
