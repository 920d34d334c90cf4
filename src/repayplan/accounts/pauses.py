"""Days of accounts in which time doesn't count: how many came before a day, and when it counts on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from repayplan.accounts.event import HALT_REASONS, KIND_INDEX, HaltReason
from repayplan.accounts.statement import Statements, day_of
from repayplan.basics.outcome import Ints

_SPAN = 1 << 24
"""More days than there are between any two dates."""


class PausedDays:
    """Freezes of accounts that hold, as days that don't count. One that overlaps another counts once.

    Parameters
    ----------
    statements
        The accounts; they are counted among these.
    reasons
        Only freezes for one of these; None: all.
    beside
        More statements of the same accounts, in the same order, of which freezes count as well.
    """

    def __init__(
        self,
        statements: Statements,
        reasons: Sequence[HaltReason] | None = None,
        beside: Sequence[Statements] = (),
    ) -> None:
        found = [_freezes(each, reasons) for each in (statements, *beside)]
        account, begin, stop = (np.concatenate(column) for column in zip(*found, strict=True))
        order = np.lexsort((begin, account))
        self._account, begin, stop = account[order], begin[order], stop[order]
        # In one row of days, an account's after the other's; each begins where those before it have ended.
        first = self._account * _SPAN + _SPAN // 2
        reached = np.maximum.accumulate(np.concatenate(([0], first + stop)))
        self._start = np.maximum(first + begin, reached[:-1])
        self._length = np.maximum(first + stop - self._start, 0)
        self._sums = np.concatenate(([0], np.cumsum(self._length)))

    def before(self, accounts: Ints, days: Ints) -> Ints:
        """How many days of pauses each account had before a day, both int64."""
        if not len(self._start):
            return np.zeros(len(accounts), np.int64)
        here = accounts * _SPAN + _SPAN // 2 + days
        head = np.searchsorted(self._account, accounts)
        at = np.maximum(np.searchsorted(self._start, here, side="right"), head)
        last = np.maximum(at - 1, 0)
        running = np.where(at > head, np.minimum(here - self._start[last], self._length[last]), 0)
        return np.asarray(self._sums[np.maximum(at - 1, head)] - self._sums[head] + running, np.int64)

    def counting(self, accounts: Ints, days: Ints) -> Ints:
        """Numbers of days among those that count: a day of a pause has that of the day after it."""
        return np.asarray(days - self.before(accounts, days), np.int64)

    def day(self, accounts: Ints, counting: Ints) -> Ints:
        """The first day that has a number among those that count."""
        if not len(self._start):
            return counting
        head = np.searchsorted(self._account, accounts)
        # The pauses of an account begin on rising numbers; those before the wanted one put it off.
        numbers = self._start - (self._sums[:-1] - self._sums[np.searchsorted(self._account, self._account)])
        at = np.searchsorted(numbers, accounts * _SPAN + _SPAN // 2 + counting, side="left")
        at = np.maximum(np.minimum(at, np.searchsorted(self._account, accounts, side="right")), head)
        return np.asarray(counting + self._sums[at] - self._sums[head], np.int64)


def _freezes(statements: Statements, reasons: Sequence[HaltReason] | None) -> tuple[Ints, Ints, Ints]:
    """Of each freeze the account, its first day, and the first after it."""
    events, which = statements.events, statements.holding
    which = which[events.kind[which] == KIND_INDEX["freeze"]]
    if reasons is not None:
        which = which[np.isin(events.reason[which], [HALT_REASONS.index(each) for each in reasons])]
    until = events.until[which]
    stop = np.where(np.isnat(until), _SPAN // 2 - 1, day_of(until) + 1)
    return np.searchsorted(statements.row, events.account[which]), day_of(events.value_date[which]), stop
