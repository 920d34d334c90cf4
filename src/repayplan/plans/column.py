"""What a plan takes from a column of the batch, and rates as plans write them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import Minor


@dataclass(frozen=True, slots=True)
class Column:
    """A parameter that each loan has its own value of, in the column of this name."""

    name: str

    def __repr__(self) -> str:
        return f"col({self.name!r})"


def col(name: str) -> Column:
    """A parameter taken per loan from the column ``name`` of the batch.

    Any numeric field of :class:`~repayplan.Loans` or any of its extra columns.

    Examples
    --------
    >>> from repayplan import equal_instalment
    >>> equal_instalment(col("unpaid"))
    equal_instalment(col('unpaid'))
    """
    return Column(name)


def as_rate(field: str, asked: Any, found: Any) -> Any:
    """What was found of a rate; InputError where it is a column of amounts."""
    if isinstance(asked, Column) and isinstance(found, Minor):
        rule = "a column of rates: this one is of amounts"
        raise InputError(Code.UNKNOWN_VALUE, field, repr(asked), limit=rule)
    return found
