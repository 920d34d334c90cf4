"""What was found: violations of identities, or cells that differ, kept as columns and said in a line each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal
from itertools import islice
from types import MappingProxyType
from typing import Any, NamedTuple, overload

import numpy as np
import numpy.typing as npt

from repayplan.basics.money import to_decimal
from repayplan.basics.outcome import Ints
from repayplan.plans.rows import TOTALS

IDENTITIES: Mapping[str, str] = MappingProxyType(
    {
        "period": "period = 1, 2, 3, ...",
        "order": "due_date > due_date of the row before (or the same business day that both are moved to)",
        "due_date": "due_date = the loan's",
        "days": "days = as the loan's day count counts them",
        "opening": "opening = closing of the row before (of the first: what was lent)",
        "interest": "interest = interest_paid + capitalised + deferred + waived",
        "accrual": "interest = opening * rate * part of the year, rounded once",
        "payment": "payment = principal + interest_paid + fee",
        "closing": "closing = opening + drawn + capitalised - principal - forgiven",
        "balance": "closing >= 0",
        "end": "closing of the last row = what is to be left",
        "repaid": "principal of all rows = lent + drawn + capitalised - forgiven - left",
        "deferred": "deferred of all rows = -(interest carried in)",
        "fees": "fee of all rows = fees owed at the start",
        "fee": "fee = the plan's own fees",
        "charged": "fee of all rows = fees owed at the start + the plan's own",
        "drawn": "drawn = what the plan draws in the period, or adds to the balance as a fee",
        "capitalised": "capitalised = the interest of rows whose stage adds it to the balance",
        "waived": "waived = the interest of rows whose stage waives it",
        **{f"total_{name}": f"{name} in totals() = its sum over the rows" for name in TOTALS},
        "accounted": "each loan has a schedule or a failure, and not both",
    }
)
"""What is checked, by name; :attr:`Violation.identity` is one of the names."""
SHOWN = 10
"""So many violations or differences stand in an error's message; all of them are in the error."""
_DATES, _COUNTS = ("order", "due_date"), ("period", "days", "accounted", "rows")
WHOLE = np.iinfo(np.int64).max
"""In a column of rows: the violation is of the schedule as a whole."""

Value = Decimal | date | int
_EXACT = Context(prec=50)
Columns = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Violation:
    """One identity that one row, or the schedule as a whole, doesn't keep.

    Attributes
    ----------
    identity
        A name of :data:`IDENTITIES`.
    loan
        The caller's row number of the loan in a batch; None for a single schedule.
    row
        Row of the schedule, from 0; None: the schedule as a whole.
    found, expected
        The left and the right side: money as Decimal, dates, counts.
    """

    identity: str
    loan: int | None
    row: int | None
    found: Value
    expected: Value

    @property
    def rule(self) -> str:
        """The identity as a formula."""
        return IDENTITIES[self.identity]

    @property
    def difference(self) -> Decimal | int:
        """``found - expected``; of dates, in days."""
        found, expected = self.found, self.expected
        if isinstance(found, date) and isinstance(expected, date):
            return (found - expected).days
        if isinstance(found, int) and isinstance(expected, int):
            return found - expected
        return _EXACT.subtract(found, expected)  # type: ignore[arg-type]  # two amounts

    def __str__(self) -> str:
        place = "" if self.loan is None else f"loan {self.loan}, "
        place += "all rows" if self.row is None else f"row {self.row}"
        return f"{place}: {self.rule}: {self.found} against {self.expected}, difference {self.difference}"


@dataclass(frozen=True, slots=True)
class Difference(Violation):
    """One cell of a schedule that isn't as another's: ``identity`` is the column (``rows``: their number)."""

    @property
    def rule(self) -> str:
        """The column."""
        return self.identity


class Violations(Sequence[Violation]):
    """Violations in order of loan and row, kept as columns; each is made when it is looked at.

    Attributes
    ----------
    loan, row
        int64; the caller's number of the loan (0 for a single schedule), and the row of its schedule
        (:data:`numpy.iinfo` maximum: the schedule as a whole).
    """

    __slots__ = (
        "_decimals",
        "_expected",
        "_found",
        "_identity",
        "_kind",
        "_names",
        "_of_batch",
        "loan",
        "row",
    )

    def __init__(
        self,
        findings: Sequence[Finding],
        decimals: Ints,
        *,
        of_batch: bool = False,
        kind: type[Violation] = Violation,
    ) -> None:
        self._names = tuple(f.identity for f in findings)
        sizes = np.array([len(f.row) for f in findings], np.int64)
        name = np.repeat(np.arange(len(findings)), sizes)
        loan, row, found, expected = (
            np.concatenate([np.zeros(0, np.int64), *(getattr(f, what) for f in findings)])
            for what in ("loan", "row", "found", "expected")
        )
        order = np.lexsort((name, row, loan))
        self._identity, self.row = name[order], row[order]
        self._found, self._expected = found[order], expected[order]
        self._decimals = decimals[loan[order]]
        self._of_batch, self._kind, self.loan = of_batch, kind, loan[order]

    def __len__(self) -> int:
        return len(self.row)

    @overload
    def __getitem__(self, index: int) -> Violation: ...
    @overload
    def __getitem__(self, index: slice) -> list[Violation]: ...
    def __getitem__(self, index: int | slice) -> Violation | list[Violation]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        name, row = self._names[self._identity[index]], int(self.row[index])
        sides = (self._value(name, int(side[index]), index) for side in (self._found, self._expected))
        loan = int(self.loan[index]) if self._of_batch else None
        return self._kind(name, loan, None if row == WHOLE else row, *sides)

    def __iter__(self) -> Iterator[Violation]:
        return (self[i] for i in range(len(self)))

    def _value(self, name: str, value: int, index: int) -> Value:
        if name in _DATES:
            day: date = np.datetime64(value, "D").item()
            return day
        return value if name in _COUNTS else to_decimal(value, int(self._decimals[index]))

    def __repr__(self) -> str:
        return f"Violations({len(self)})"


class InvariantError(AssertionError):
    """A schedule doesn't keep the identities; the message has the first of them.

    Attributes
    ----------
    violations
        All of them.
    """

    def __init__(self, violations: Violations) -> None:
        self.violations = violations
        super().__init__(_report(violations, "violation"))


class DifferenceError(AssertionError):
    """Two schedules aren't the same; the message has the first cells that differ.

    Attributes
    ----------
    differences
        All of them.
    """

    def __init__(self, differences: Violations) -> None:
        self.differences = differences
        super().__init__(_report(differences, "difference"))


def _report(found: Violations, what: str) -> str:
    lines = [f"{len(found)} {what}{'' if len(found) == 1 else 's'}", *map(str, islice(found, SHOWN))]
    if len(found) > SHOWN:
        lines.append(f"and {len(found) - SHOWN} more")
    return "\n".join(lines)


class Finding(NamedTuple):
    """Where one identity isn't kept, by number of the loan; int64 columns."""

    identity: str
    loan: Ints
    row: Ints
    found: Ints
    expected: Ints
