"""What accounts were on every day up to that of their statements: past due, since when, and outstanding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from repayplan.basics.dates import Days
from repayplan.basics.outcome import Bools, Ints
from repayplan.kernel.law import FOREVER
from repayplan.kernel.trail import Trail

_NEVER = np.datetime64("NaT", "D")
_COLUMNS = ("since", "late", "oldest", "outstanding")
_OF_PLANS = ("event", "due", "begins", "principal")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class History:
    """Days of accounts on which nothing changes, one stretch after the other; each day at its end.

    Attributes
    ----------
    account
        int64, rising; whose, counted among those of the statements.
    since
        datetime64[D], rising within an account; the first day of the stretch. It lasts until the next one
        begins, the last one until the day of the statement.
    late
        int64 minor units; what is missing of instalments that fell due before, without charges for being
        late. Interest on the balance that accrues after the last due date counts from the next payment on.
    oldest
        datetime64[D]; when the oldest of them fell due, NaT where none did.
    outstanding
        int64 minor units; principal, fallen due or not, and interest, fees and costs that have fallen due.
    event, due, begins, principal
        Of each row that an event's new plan asked for: int64, the place of the event; the row's due date and
        the first day of its period, datetime64[D]; its principal, int64 minor units.
    """

    account: Ints
    since: Days
    late: Ints
    oldest: Days
    outstanding: Ints
    event: Ints
    due: Days
    begins: Days
    principal: Ints

    @classmethod
    def of(cls, trail: Trail, account: Ints, end: Ints, events: Ints) -> History:
        """Of one block: the account of each loan, the day that each account is looked at, its events."""
        looks = [np.concatenate(column) for column in zip(*trail.looks, strict=True)]
        loans, day, *figures, outstanding = looks
        of = account[loans]
        order = np.lexsort((np.arange(len(of)), day, of))
        of, day = of[order], day[order]
        last = np.append((of[1:] != of[:-1]) | (day[1:] != day[:-1]), True)  # of one day the last look counts
        of, day = of[last], day[last]
        late, oldest, late_next, oldest_next = (each[order][last] for each in figures)
        outstanding = outstanding[order][last]
        until = np.append(np.where(of[1:] == of[:-1], day[1:], end[of[:-1]] + 1), end[of[-1:]] + 1)
        # What falls due on a day is past due from the next one on.
        both = np.repeat(np.arange(len(of)), 2)
        since = np.stack((day, day + 1), axis=1).reshape(-1)
        amount = np.stack((late, late_next), axis=1).reshape(-1)
        begun = np.stack((oldest, oldest_next), axis=1).reshape(-1)
        keep = since < until[both]
        planned = [
            np.concatenate([np.zeros(0, np.int64), *(each[k] for each in trail.planned)]) for k in range(4)
        ]
        return cls(
            account=of[both][keep],
            since=_days(since[keep]),
            late=amount[keep],
            oldest=_days(begun[keep]),
            outstanding=outstanding[both][keep],
            event=events[planned[0]],
            due=_days(planned[1]),
            begins=_days(planned[2]),
            principal=planned[3],
        )

    def cut(self, end: Ints, days: Sequence[Ints]) -> tuple[Ints, Ints, Ints]:
        """The stretches in smaller ones: which each is of, its first and its last day, day numbers.

        Parameters
        ----------
        end
            int64 (accounts,); the day of each statement.
        days
            int64 (stretches,) each; where each is cut: a new one begins, if the day is in it.
        """
        since = self.since.view(np.int64)
        until = last_days(self.account, since, end)
        low = int(since.min(initial=FOREVER)) if len(since) else 0
        every = np.arange(len(since)) << 32
        keys = [every + (since - low)]
        for day in days:
            cut = np.flatnonzero((day > since) & (day <= until))
            keys.append(every[cut] + (day[cut] - low))
        key = np.sort(np.concatenate(keys))
        key = key[np.append(True, key[1:] != key[:-1])] if len(key) else key
        piece, begins = key >> 32, (key & ((1 << 32) - 1)) + low
        return piece, begins, last_days(self.account[piece], begins, end)

    @classmethod
    def joined(cls, blocks: Sequence[History], sizes: Sequence[int], good: Bools) -> History:
        """Of all blocks together, each of so many accounts; those of accounts that are good."""
        before = np.cumsum([0, *sizes])[:-1].tolist()
        account = _together([each.account + low for each, low in zip(blocks, before, strict=True)], np.int64)
        keep, place = good[account], np.cumsum(good) - 1
        dtypes = {"since": "datetime64[D]", "oldest": "datetime64[D]"}
        days = {
            name: _together([getattr(each, name) for each in blocks], dtypes.get(name, np.int64))[keep]
            for name in _COLUMNS
        }
        dtypes = {"due": "datetime64[D]", "begins": "datetime64[D]"}
        plans = {
            name: _together([getattr(each, name) for each in blocks], dtypes.get(name, np.int64))
            for name in _OF_PLANS
        }
        return cls(account=place[account[keep]], **days, **plans)


def last_days(of: Ints, since: Ints, end: Ints) -> Ints:
    """The last day of each of stretches that follow one another: ``of`` whose, ``end`` of each account."""
    last = np.append(of[1:] != of[:-1], True) if len(of) else np.zeros(0, np.bool_)
    following = np.append(since[1:], 0) if len(of) else since
    return np.where(last, end[of], following - 1)


def _together(columns: Sequence[npt.NDArray[Any]], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    return np.concatenate([np.zeros(0, dtype), *columns])


def _days(numbers: Ints) -> Days:
    days = np.where(numbers < FOREVER, numbers, 0).view("datetime64[D]")
    return np.where(numbers < FOREVER, days, _NEVER)
