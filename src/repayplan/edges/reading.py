"""Which column of a file is which field, by name or as it is said."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from repayplan.edges.itemfile import OBLIGOR

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LOAN_FIELDS = (
    "principal", "annual_rate", "original_term", "elapsed", "unpaid", "next_due", "frequency", "day_count",
    "currency", "decimals", "overdue_principal", "overdue_interest", "penalty", "fees", "accrued_interest",
    "start", "original_maturity", "months_extended", "instalment", "first_stub",
)  # fmt: skip
HOUSEHOLD_FIELDS = (
    "adults", "children", "net_income", "net_income_frequency", "gross_income", "gross_income_frequency",
    "other_debts", "other_debts_frequency", "tenure", "dependants", "region", "assessed",
    "ages",
)  # fmt: skip
MEMBER_FIELDS = ("role", "share", OBLIGOR)
"""In what way, and with what part of its capacity, one of several households is liable for a loan; and what
it is called among them, so that it can be told whose an item is."""
PLAN = "plan"
"""Which plan a loan has, by name."""
DERIVED = ("periods_left",)
"""Columns that plans may name and every loan has."""
STATUS = "status"
"""The loan's status, by which a policy may say to whom the programme is open."""
NEEDED = ("principal", "annual_rate", "original_term", "elapsed", "unpaid", "next_due")
AGES = "ages"
"""The children's ages, in one cell: ``3 7 12``."""
COST = "cost_"
"""A column ``cost_rent`` is the household's spending in the category ``rent``."""
FREQUENCY = "_frequency"
EVERYTHING = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How the columns of a file become fields.

    Parameters
    ----------
    mapping
        Field to column name, for columns that aren't called as their field.
    constants
        Field to a value for all rows, for fields that the file doesn't have.
    ignored
        Columns that are nobody's field and may be left out; ``*`` for all such.
    further
        Columns that are no field of a loan, and are wanted all the same: those that a plan or a policy names.
    beside
        Columns that may be there, and are then kept beside the loans: those that rules ask for.
    """

    mapping: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    ignored: Iterable[str] = ()
    further: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()

    def is_field(self, name: str) -> bool:
        """Whether a column of that name is a field, or one of the further ones."""
        return name in self.further or name in self.beside or is_field(name)

    def uses(self, name: str) -> bool:
        """Whether a column of that name, of a file, is worked with."""
        of_its_own = name not in self.mapping and name not in self.ignored and self.is_field(name)
        return of_its_own or name in self.mapping.values()


def is_field(name: str) -> bool:
    """Whether a column of that name is a field of a loan or a household, or the ``id``.

    Examples
    --------
    >>> is_field("principal"), is_field("cost_rent"), is_field("colour")
    (True, True, False)
    """
    cost = name.startswith(COST) and len(name.removesuffix(FREQUENCY)) > len(COST)
    return name in ("id", STATUS) or name in (*LOAN_FIELDS, *HOUSEHOLD_FIELDS, *MEMBER_FIELDS) or cost


def like(name: str, names: Iterable[str] = (*LOAN_FIELDS, *HOUSEHOLD_FIELDS)) -> str:
    """Which of the names may have been meant, in words; empty where none is like it, or it is one of them."""
    known = list(names)
    close = [] if name in known else difflib.get_close_matches(name, known, 1)
    return f" (is {close[0]} meant?)" if close else ""
