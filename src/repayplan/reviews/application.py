"""Applications for relief: the reason, the evidence, the wishes and the credit history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np

from repayplan.basics.arguments import by_name, one_value
from repayplan.basics.columns import Screen
from repayplan.basics.dates import DAY, Days
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import MAX_DECIMALS
from repayplan.basics.outcome import Bools, Failures, Ints, Texts
from repayplan.offers.factcolumn import Column
from repayplan.offers.facts import APPLIED, fact_of
from repayplan.reviews.history import check_history

_NEEDED = ("hardship", "applied_on")
_ONE = "one value: many are Applications"


@dataclass(frozen=True, slots=True)
class Received:
    """One kind of evidence of every application: the date of the document (NaT: none), and its number."""

    dated: Days
    document: Texts

    @property
    def given(self) -> Bools:
        """Where there is a document."""
        return ~np.isnat(self.dated)

    def take(self, rows: Ints) -> Received:
        """Of some of the applications."""
        return Received(self.dated[rows], self.document[rows])


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Applications:
    """A batch of applications as columns; made by :meth:`from_columns`. Bad rows keep their place.

    Attributes
    ----------
    id
        Text.
    facts
        What they say, by the names of :data:`~repayplan.offers.facts.APPLIED`; those that were given.
    evidence
        By kind of evidence: what was received.
    extra
        Columns of the user's own, as they were given.
    decimals
        int64; of the currency.
    """

    id: Texts
    facts: Mapping[str, Column]
    evidence: Mapping[str, Received]
    extra: Mapping[str, Any]
    decimals: Ints
    good: Bools
    failures: Failures

    @classmethod
    def from_columns(
        cls,
        *,
        id: Any,  # noqa: A002  (what files call it)
        hardship: Any,
        applied_on: Any,
        evidence: Mapping[str, Any] | None = None,
        declared_income: Any = None,
        evidenced_income: Any = None,
        requested_instalment: Any = None,
        requested_months: Any = None,
        requested_start: Any = None,
        days_past_due: Any = None,
        earlier_plans: Any = None,
        broken_plans: Any = None,
        last_plan: Any = None,
        last_plan_ended: Any = None,
        willing: Any = None,
        decimals: Any = 2,
        columns: Mapping[str, Any] | None = None,
    ) -> Applications:
        """Reads columns of any dtype, a list, or one value for all rows; of ``id`` a list or a column.

        Parameters
        ----------
        id
            Of the application; each once.
        hardship
            Code of the reason for hardship.
        applied_on
            Date.
        evidence
            By kind: dates of the documents, or ``(dates, numbers)`` where documents have numbers by which
            one that is handed in twice is known, however they are typed. Empty: not received.
        declared_income, evidenced_income, requested_instalment
            Currency units (or :func:`repayplan.minor` units), from 0; incomes by the month.
        requested_months, days_past_due, earlier_plans, broken_plans
            Counts.
        requested_start, last_plan_ended
            Dates.
        last_plan
            How the last plan ended: ``broken``, ``completed`` or ``cancelled``. ``last_plan_ended`` needs it,
            and neither ``earlier_plans`` nor ``broken_plans`` may contradict it or one another.
        willing
            True or false.
        decimals
            Of the currency, 0 to 8.
        columns
            Further columns that rules ask for.

        Raises
        ------
        InputError
            A further column has the name of a fact.
        TypeError
            A column of another length.

        Examples
        --------
        >>> asked = Applications.from_columns(
        ...     id=["a", "b"],
        ...     hardship="illness",
        ...     applied_on="2026-03-02",
        ...     evidence={"medical_certificate": (["2026-02-20", ""], ["M-17", ""])},
        ...     days_past_due=[40, -1],
        ... )
        >>> asked.evidence["medical_certificate"].given.tolist(), asked.failures
        ([True, False], Failures(1: row 1: negative (days_past_due)))
        """
        given = {name: value for name, value in locals().items() if name in APPLIED and value is not None}
        if isinstance(id, (str, bytes)) or not hasattr(id, "__len__"):
            msg = "a column of ids is needed, one a row"
            raise TypeError(msg)
        for name in _NEEDED:
            if name not in given:
                raise InputError(Code.MISSING, name)
        size = len(id)
        screen = Screen(size)
        names = np.broadcast_to(screen.text(id), size)
        screen.fault(names == "", Code.MISSING, "id")
        _, of, count = np.unique(names, return_inverse=True, return_counts=True)
        screen.fault(count[of.reshape(-1)] > 1, Code.DUPLICATE, "id", names)
        d = screen.count("decimals", decimals, 0, MAX_DECIMALS)
        facts = {
            name: Column.read(screen, name, APPLIED[name].kind, value, d) for name, value in given.items()
        }
        check_history(screen, facts)
        for name in _NEEDED:
            screen.fault(~facts[name].given, Code.MISSING, name)
        received = {} if evidence is None else evidence
        if not isinstance(received, Mapping):
            raise InputError(
                Code.UNKNOWN_VALUE, "evidence", received, "dates of documents by kind of evidence"
            )
        extra = by_name("columns", columns)
        for name in extra:
            if fact_of(name) is not None:
                raise InputError(Code.DUPLICATE, name, None, "a further column can't have the name of a fact")
        return cls(
            id=names,
            facts=facts,
            evidence={name: _received(screen, name, value) for name, value in received.items()},
            extra=extra,
            decimals=d,
            good=screen.good,
            failures=screen.failures(),
        )

    def __len__(self) -> int:
        return len(self.id)


def _received(screen: Screen, name: str, given: Any) -> Received:
    """One kind of evidence, read: dates, or dates and the documents' numbers."""
    dates, numbers = given if isinstance(given, tuple) and len(given) == 2 else (given, "")
    dated = screen.date(f"evidence.{name}", dates, default=np.datetime64("NaT", "D"))
    document = np.broadcast_to(screen.text(numbers), screen.size)
    # A number without a date would be a document that is neither there nor missing.
    screen.fault(np.isnat(dated) & (document != ""), Code.MISSING, f"evidence.{name}")
    return Received(np.asarray(dated, DAY), np.where(np.isnat(dated), "", document))


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """One application.

    Parameters
    ----------
    evidence
        By kind: the date of the document, or ``(date, number)``.
    id, hardship, applied_on, declared_income, evidenced_income, requested_instalment, requested_months
        As of :meth:`Applications.from_columns`, one value each; None: not known.
    requested_start, days_past_due, earlier_plans, broken_plans, last_plan, last_plan_ended, willing
        Likewise.
    decimals, columns
        Likewise.

    Raises
    ------
    InputError
        Naming the field, the value and the rule.

    Examples
    --------
    >>> asked = Application(
    ...     id="a",
    ...     hardship="illness",
    ...     applied_on="2026-03-02",
    ...     evidence={"medical_certificate": ("2026-02-20", "M-17")},
    ...     declared_income="4200",
    ... )
    >>> asked.batch.facts["declared_income"].shown(0)
    Decimal('4200.00')
    """

    id: str
    hardship: str
    applied_on: date
    evidence: Mapping[str, Any] = field(default_factory=dict)
    declared_income: Decimal | None = None
    evidenced_income: Decimal | None = None
    requested_instalment: Decimal | None = None
    requested_months: int | None = None
    requested_start: date | None = None
    days_past_due: int | None = None
    earlier_plans: int | None = None
    broken_plans: int | None = None
    last_plan: str | None = None
    last_plan_ended: date | None = None
    willing: bool | None = None
    decimals: int = 2
    columns: Mapping[str, Any] = field(default_factory=dict)
    batch: Applications = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        given = {f.name: getattr(self, f.name) for f in fields(self) if f.init}
        for name, value in given.items():
            if name not in ("evidence", "columns"):
                one_value(name, value, _ONE, column=name != "id")
        received: Any = self.evidence
        for kind, document in received.items() if isinstance(received, Mapping) else ():
            for part in document if isinstance(document, tuple) else (document,):
                one_value(f"evidence.{kind}", part, _ONE)
        batch = Applications.from_columns(**given | {"id": [self.id]})
        for failure in batch.failures:
            raise failure.error()
        object.__setattr__(self, "id", str(batch.id[0]))
        for name, column in batch.facts.items():
            object.__setattr__(self, name, column.shown(0))
        object.__setattr__(self, "batch", batch)
