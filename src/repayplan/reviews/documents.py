"""Documents that applications share, or that come twice in one."""

from __future__ import annotations

import numpy as np

from repayplan.basics.outcome import Ints
from repayplan.basics.writing import numbers_as_read
from repayplan.reviews.application import Applications


def shared_documents(applications: Applications) -> Ints:
    """How many other applications of the batch hold a document of the same number: the most for any of them.

    A document counts whatever kind it is handed in as, and whatever else is wrong with the application. Its
    number is the same however it is typed (:func:`~repayplan.basics.writing.numbers_as_read`).

    Examples
    --------
    >>> asked = Applications.from_columns(
    ...     id=["a", "b", "c"],
    ...     hardship="illness",
    ...     applied_on="2026-03-02",
    ...     evidence={"payslip": (["2026-02-01"] * 3, ["P-1", "ｐ 1", "P-2"])},
    ... )
    >>> shared_documents(asked)
    array([1, 1, 0])
    """
    size = len(applications)
    out = np.zeros(size, np.int64)
    row, of = _documents(applications)
    if len(row):
        # Twice in one application counts once: it is shared with nobody.
        holders = np.bincount(np.unique(of * size + row) // size)
        np.maximum.at(out, row, holders[of] - 1)
    return out


def repeated_documents(applications: Applications) -> Ints:
    """How many documents each application hands in more than once, as evidence of different kinds.

    Examples
    --------
    >>> asked = Applications.from_columns(
    ...     id=["a", "b"],
    ...     hardship="illness",
    ...     applied_on="2026-03-02",
    ...     evidence={
    ...         "payslip": ("2026-02-01", ["P-1", "P-2"]),
    ...         "bank_statement": ("2026-02-01", ["P-1", "P-1"]),
    ...     },
    ... )
    >>> repeated_documents(asked)
    array([1, 0])
    """
    out = np.zeros(len(applications), np.int64)
    row, of = _documents(applications)
    if len(row):
        _, first, times = np.unique(np.stack((of, row)), axis=1, return_index=True, return_counts=True)
        np.add.at(out, row[first[times > 1]], 1)
    return out


def _documents(applications: Applications) -> tuple[Ints, Ints]:
    """Of every document that has a number: the row of its application, and which number it is."""
    held = [(np.flatnonzero(each.document != ""), each.document) for each in applications.evidence.values()]
    row = np.concatenate([np.zeros(0, np.int64), *(rows for rows, _ in held)])
    typed = np.concatenate([np.zeros(0, np.str_), *(names[rows] for rows, names in held)])
    numbers = numbers_as_read(typed)
    some = numbers != ""  # hyphens alone say that there is none
    return row[some], np.unique(numbers[some], return_inverse=True)[1].reshape(-1)
