"""Applications for relief from a file of their own: one line for each loan, joined by its id."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from repayplan.basics.errors import Code
from repayplan.basics.outcome import Failures
from repayplan.edges.files import TableError, read_table
from repayplan.offers.facts import APPLIED, DATE_OF_EVIDENCE, close_to, fact_of
from repayplan.reviews.application import Applications

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import numpy.typing as npt

    from repayplan.basics.outcome import Ints
    from repayplan.offers.reviewrules import ReviewRules

EVIDENCE, DOCUMENT = "evidence_", "document_"
"""``evidence_payslip`` is the date of a payslip, ``document_payslip`` its number."""
EVERYTHING = "*"
_NEEDED = ("id", "hardship", "applied_on")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReadApplications:
    """What was read.

    Attributes
    ----------
    applications
        One for each of the loans, by place; empty where there is none.
    failures
        The loans for which there is none, or more than one.
    strays
        Ids in the file that no loan has.
    """

    applications: Applications
    failures: Failures
    strays: npt.NDArray[np.str_]


def asked_beside(rules: ReviewRules) -> tuple[str, ...]:
    """Columns that rules ask for and that may stand with the loans: one's own, and facts of applications.

    Examples
    --------
    >>> from repayplan import Policy
    >>> asked_beside(Policy.example("consumer-review").review)[:2]
    ('willing', 'days_past_due')
    """
    asked = [each.field for rule in rules.rules for c in rule.conditions for each in c.asked]
    return tuple(dict.fromkeys(name for name in asked if name in APPLIED or fact_of(name) is None))


def read_applications(
    path: Path,
    rules: ReviewRules,
    *,
    ids: npt.NDArray[np.str_],
    decimals: Ints,
    ignored: Iterable[str] = (),
    beside: Mapping[str, Path] | None = None,
) -> ReadApplications:
    """Applications for loans.

    Parameters
    ----------
    path
        CSV or Parquet: ``id``, the facts of :data:`~repayplan.offers.facts.APPLIED`, ``evidence_<kind>`` and
        ``document_<kind>``, and the columns that the rules ask for.
    rules
        What applications are reviewed by.
    ids, decimals
        Of the loans.
    ignored
        Columns to leave out; ``*``: all that nothing asks for.
    beside
        Columns that were read with the loans, each with its file.

    Raises
    ------
    TableError
        A needed column is missing, a column is unknown, or it was read with the loans as well.
    """
    own = set(asked_beside(rules)) - APPLIED.keys()
    kinds = {kind.code for kind in rules.evidence}
    known = {"id", *APPLIED, *own, *(f"{prefix}{kind}" for prefix in (EVIDENCE, DOCUMENT) for kind in kinds)}
    raw = read_table(path, known.__contains__)
    for failure in raw.failures:  # whose line it is isn't known
        where = f"{raw.lines} {int(raw.line[failure.row])}"
        raise TableError(failure.code, path, f"{where}: {failure.text()}")
    for name in _NEEDED:
        if name not in raw.columns:
            raise TableError(Code.MISSING, path, f"there is no column {name}")
    ignored = set(ignored)
    for name in raw.columns:
        if name not in known and not ignored & {name, EVERYTHING}:
            close = [each for each in close_to(name, known) if each in known]
            meant = f" (is {' or '.join(close)} meant?)" if close else ""
            rule = f"column {name}: nothing asks for it{meant}; leave it out (--ignore {name})"
            raise TableError(Code.UNKNOWN_VALUE, path, rule)
    for name, other in (beside or {}).items():
        if name in raw.columns and name in known:
            rule = f"column {name}: it is in {other.name} as well; leave it out of one of the two files"
            raise TableError(Code.DUPLICATE, path, rule)
    given = np.char.strip(raw.columns["id"].astype(np.str_))
    order = np.argsort(given, kind="stable")
    first, after = (np.searchsorted(given, ids, side=side, sorter=order) for side in ("left", "right"))
    none, many = np.flatnonzero(after == first), np.flatnonzero(after - first > 1)
    # An empty line stands for each loan that has none, or more than one: it isn't reviewed.
    at = np.where(after - first == 1, np.append(order, -1)[np.minimum(first, len(order))], len(given))

    def column(name: str) -> npt.NDArray[Any]:
        cells = raw.columns[name]
        empty = np.array([""], cells.dtype) if cells.dtype.kind == "U" else np.array([None], object)
        return np.concatenate([cells, empty])[at]

    names = [name for name in raw.columns if name in known]
    evidence = {
        kind: (column(name), column(DOCUMENT + kind) if DOCUMENT + kind in names else "")
        for name in names
        for kind in DATE_OF_EVIDENCE.parts(name)
    }
    applications = Applications.from_columns(
        id=ids,
        evidence=evidence,
        decimals=decimals,
        columns={name: column(name) for name in names if name in own},
        **{name: column(name) for name in names if name in APPLIED},
    )
    failures = Failures.at(none, Code.MISSING, "application", "").and_then(
        Failures.at(many, Code.DUPLICATE, "application id", ids[many])
    )
    strays = given[~np.isin(given, ids)]
    return ReadApplications(applications=applications, failures=failures, strays=strays)
