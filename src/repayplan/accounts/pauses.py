"""Days of accounts in which time doesn't count: how many came before a day, and when it counts on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from repayplan.accounts.event import Events
from repayplan.accounts.eventkinds import HALT_REASONS, KIND_INDEX, HaltReason
from repayplan.accounts.statement import Statements, day_of
from repayplan.basics.outcome import Bools, Ints

_SPAN = 1 << 24
"""More days than there are between any two dates."""
NEVER = _SPAN // 2 - 1
"""The day number on which a pause that goes on ends."""


class PausedDays:
    """Freezes of accounts that hold, as days that don't count. One that overlaps another counts once.

    Parameters
    ----------
    account, begin, stop
        int64; of each freeze whose it is, its first day, and the first after it, both day numbers.
    """

    def __init__(self, account: Ints, begin: Ints, stop: Ints) -> None:
        order = np.lexsort((begin, account))
        self._account, begin, stop = account[order], begin[order], stop[order]
        # In one row of days, an account's after the other's; each begins where those before it have ended.
        first = self._account * _SPAN + _SPAN // 2
        reached = np.maximum.accumulate(np.concatenate(([0], first + stop)))
        self._start = np.maximum(first + begin, reached[:-1])
        self._length = np.maximum(first + stop - self._start, 0)
        self._sums = np.concatenate(([0], np.cumsum(self._length)))

    @classmethod
    def of(
        cls,
        statements: Statements,
        reasons: Sequence[HaltReason] | None = None,
        beside: Sequence[Statements] = (),
    ) -> PausedDays:
        """Those of statements' accounts, which are counted among these.

        ``reasons``: only freezes for one of these; None: all. ``beside``: more statements of the same
        accounts, in the same order, of which freezes count as well.
        """
        found = []
        for each in (statements, *beside):
            which, begin, stop = freezes(each.events, each.holding, reasons)
            found.append((np.searchsorted(each.row, each.events.account[which]), begin, stop))
        return cls(*(np.concatenate(column) for column in zip(*found, strict=True)))

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

    def rests(self, accounts: Ints, days: Ints) -> Bools:
        """Whether a pause holds on a day."""
        return np.asarray(self.before(accounts, days + 1) > self.before(accounts, days), np.bool_)

    def reached(self, accounts: Ints, since: Ints, count: int) -> Ints:
        """The first day before which so many days count, from others on: it may be the first of a pause."""
        return self.day(accounts, self.counting(accounts, since) + count)

    def counts_on(self, accounts: Ints, since: Ints, count: int) -> Ints:
        """The day that counts itself before which so many do, from others on: the last one, no pause's."""
        return self.reached(accounts, since, count + 1) - 1

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


def freezes(
    events: Events, which: Ints, reasons: Sequence[HaltReason] | None = None
) -> tuple[Ints, Ints, Ints]:
    """Which events are freezes, for one of the reasons; their first days, and the first after them."""
    which = which[events.kind[which] == KIND_INDEX["freeze"]]
    if reasons is not None:
        which = which[np.isin(events.reason[which], [HALT_REASONS.index(each) for each in reasons])]
    until = events.until[which]
    stop = np.where(np.isnat(until), NEVER, day_of(until) + 1)
    return which, day_of(events.value_date[which]), stop
