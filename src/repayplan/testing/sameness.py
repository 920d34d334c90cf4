"""Whether two schedules are the same, row by row: for tests that two systems conform."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import numpy as np

from repayplan.basics.arguments import one_number
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import MAX_UNITS
from repayplan.basics.outcome import Ints
from repayplan.plans.single import Schedule
from repayplan.testing.finding import WHOLE, Difference, DifferenceError, Finding, Violations
from repayplan.testing.identities import Rows, bounded
from repayplan.testing.tables import AMOUNTS, READ, Table, read


def differences(
    ours: Table,
    theirs: Table,
    tolerance: Decimal | str | int = 0,
    *,
    decimals: int = 2,
    minor: bool = False,
    columns: Mapping[str, str | None] | None = None,
) -> Violations:
    """What :func:`assert_same_schedule` raises, as data: empty where nothing differs.

    Parameters
    ----------
    ours, theirs, tolerance, decimals, minor, columns
        As for :func:`assert_same_schedule`.

    Examples
    --------
    >>> for each in differences({"payment": ["5.00", "5.01"]}, {"payment": ["5.00", "5.00"]}):
    ...     print(each)
    row 1: payment: 5.01 against 5.00, difference 0.01
    """
    mine, places = read(ours, decimals, None, minor=minor and not isinstance(ours, Schedule))
    others, finer = read(theirs, decimals, columns, minor=minor)
    finest_unit = max(places, finer)
    within = one_number("tolerance", tolerance, finest_unit, 0, MAX_UNITS // 10**finest_unit)
    both = [name for name in READ if name in mine and name in others]
    if not set(both) & set(AMOUNTS):
        raise InputError(Code.MISSING, "columns", rule="the two schedules have no amount in common")
    sizes = [len(next(iter(each.values()))) for each in (mine, others)]
    size, findings = min(sizes), []
    rows = Rows({}, np.array([finest_unit]), np.array([0, size]))
    for name in both:
        left, right = (each[name][:size] for each in (mine, others))
        if name in AMOUNTS:
            left, right = _restated(left, finest_unit - places), _restated(right, finest_unit - finer)
            bounded(name, left, right)
        left, right = left.astype(np.int64), right.astype(np.int64)
        apart = np.abs(left - right) > (within if name in AMOUNTS else 0)
        findings.append(rows.finding(name, apart, left, right))
    if sizes[0] != sizes[1]:
        whole = np.zeros(1, np.int64)
        findings.append(Finding("rows", whole, whole + WHOLE, whole + sizes[0], whole + sizes[1]))
    return Violations(findings, rows.decimals, kind=Difference)


def _restated(units: Ints, places: int) -> Ints:
    """In a unit that has so many more decimals."""
    bounded("decimals", units * 10.0**places)
    return np.asarray(units * 10**places, np.int64)


def assert_same_schedule(
    ours: Table,
    theirs: Table,
    tolerance: Decimal | str | int = 0,
    *,
    decimals: int = 2,
    minor: bool = False,
    columns: Mapping[str, str | None] | None = None,
) -> None:
    """Raises an error where two schedules differ, row by row: for tests that two systems conform.

    Parameters
    ----------
    ours, theirs
        Each as in :func:`check_schedule`; the columns that both have are compared.
    tolerance
        Currency units by which amounts may differ; dates and counts may not.
    decimals, minor
        Of tables that don't say so themselves: decimals of the currency, and whether their amounts count
        minor units. Amounts of different units are compared in the finer one.
    columns
        Column of a schedule to the name that *theirs* has for it; None: not to be compared.

    Raises
    ------
    DifferenceError
        With every cell that differs, and the numbers of rows where these do.
    InputError
        A table can't be read, or the two have no amount in common.

    Examples
    --------
    >>> ours = {"payment": ["408.03", "408.03"], "closing": ["400.00", "0.00"]}
    >>> theirs = {"instalment": ["408.03", "408.05"], "closing": ["400.00", "0.00"]}
    >>> assert_same_schedule(ours, theirs, "0.02", columns={"payment": "instalment"})
    >>> assert_same_schedule(ours, theirs, columns={"payment": "instalment"})
    Traceback (most recent call last):
    repayplan.testing.finding.DifferenceError: 1 difference
    row 1: payment: 408.03 against 408.05, difference -0.02
    """
    found = differences(ours, theirs, tolerance, decimals=decimals, minor=minor, columns=columns)
    if found:
        raise DifferenceError(found)
