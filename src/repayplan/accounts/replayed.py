"""A block of accounts after its replay."""

from __future__ import annotations

from typing import NamedTuple

from repayplan.accounts.history import History
from repayplan.accounts.lateinstalments import LateInstalments
from repayplan.accounts.position import Columns
from repayplan.accounts.statementrows import Lines
from repayplan.basics.outcome import Failures, Ints


class Found(NamedTuple):
    """A block after its replay.

    Attributes
    ----------
    columns, late
        Of its accounts, and their instalments that are late.
    event, paid, kept, short
        Places of its events, what each went to, what of it was kept, and what early repayments lacked.
    lines
        Rows and what went to them, where they were asked for.
    history
        What they were on every day, where it was asked for.
    failures
        By account, among those that were replayed.
    """

    columns: Columns
    late: LateInstalments
    event: Ints
    paid: Ints
    kept: Ints
    short: Ints
    lines: Lines | None
    history: History | None
    failures: Failures
