"""Where accounts stood on any day of their history, how they ended, and sums of money that can't overflow."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple

import numpy as np

from repayplan.accounts.history import History, last_days
from repayplan.accounts.lateinstalments import LateInstalments
from repayplan.accounts.position import Columns
from repayplan.accounts.statement import Statements, day_of
from repayplan.basics.arguments import one_date
from repayplan.basics.dates import FREQUENCY_INDEX, Days, civil, in_limbs, month_heads, shift
from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Bools, Ints

ENDS = ("paid_off", "settled", "written_off")
"""How an account ends."""
_SPAN = 1 << 24
"""More days than there are between any two dates."""
MONTHLY = FREQUENCY_INDEX["monthly"]
NEVER = np.datetime64("NaT", "D")


class Standing(NamedTuple):
    """Where accounts stood at the end of a day.

    Attributes
    ----------
    seen
        bool; the account had begun by then, and its statement is of that day or a later one. Where it hadn't,
        the figures are 0.
    days
        int64; days past due.
    late, outstanding
        int64 minor units; as of :class:`~repayplan.accounts.history.History`.
    """

    seen: Bools
    days: Ints
    late: Ints
    outstanding: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Standings:
    """Accounts on any day up to that of their statements.

    Attributes
    ----------
    statements, history
        Of these accounts.
    """

    statements: Statements
    history: History

    @classmethod
    def of(cls, statements: Statements) -> Standings:
        """Of accounts that were replayed with their history.

        Raises
        ------
        InputError
            They weren't.
        """
        if statements.history is None:
            raise InputError(Code.MISSING, "history", None, "replay(..., history=True)")
        return cls(statements, statements.history)

    def on(self, day: Any) -> Standing:
        """Where they stood: ``day`` datetime64[D], one for all or one each."""
        history = self.history
        size = len(self.statements)
        when = np.broadcast_to(day_of(day), size)
        every = np.arange(size)
        key = history.account * _SPAN + _SPAN // 2 + day_of(history.since)
        at = np.searchsorted(key, every * _SPAN + _SPAN // 2 + when, side="right") - 1
        place = np.maximum(at, 0)
        seen = (at >= 0) & (when <= day_of(self.statements.as_of))
        if not len(history.account):
            return Standing(np.zeros(size, np.bool_), *np.zeros((3, size), np.int64))
        seen &= history.account[place] == every
        late = seen & ~np.isnat(history.oldest[place])
        return Standing(
            seen=seen,
            days=np.where(late, when - day_of(history.oldest[place]), 0),
            late=np.where(seen, history.late[place], 0),
            outstanding=np.where(seen, history.outstanding[place], 0),
        )

    def first_past_due(self, days: int, since: Days) -> Days:
        """The first day, from one of each account on, on which it was so many days past due; NaT: never."""
        history = self.history
        account, begins = history.account, day_of(history.since)
        last = last_days(account, begins, day_of(self.statements.as_of))
        late = np.flatnonzero(~np.isnat(history.oldest))
        account = account[late]
        reached = np.maximum(begins[late], day_of(history.oldest[late]) + days)
        reached = np.maximum(reached, day_of(since)[account])
        there = reached <= last[late]
        found = np.full(len(self.statements), _SPAN)
        np.minimum.at(found, account[there], reached[there])
        return _dated(found)

    def ended(self) -> tuple[Ints, Days]:
        """How each account ended, int64 index into :data:`ENDS`, -1 where it hasn't; and on which day."""
        statements, columns, history = self.statements, self.statements.columns, self.history
        closed = ~np.isnat(columns.closed)
        loss = closed & (columns.written_off.sum(axis=1) > 0)
        over = ~closed & (columns.payoff == 0) & (columns.instalments_left == 0) & np.isnat(columns.next_due)
        how = np.where(loss, ENDS.index("written_off"), np.where(closed, ENDS.index("settled"), -1))
        repaid = ~np.isnat(columns.repaid_early) & ~loss
        how[over | repaid] = ENDS.index("paid_off")
        # Since when nothing is outstanding: from the stretch after the last in which something was.
        account, begins = history.account, day_of(history.since)
        until = last_days(account, begins, day_of(statements.as_of))
        owing = history.outstanding > 0
        last = day_of(statements.accounts.start[statements.row]) - 1
        last = np.minimum(last, day_of(statements.as_of) - 1)
        np.maximum.at(last, account[owing], until[owing])
        paid = np.minimum(last + 1, day_of(statements.as_of))
        when = np.where(over, paid, np.where(closed, day_of(columns.closed), _SPAN))
        when[repaid] = day_of(columns.repaid_early)[repaid]
        return how, _dated(when)


def taken(statements: Statements, at: Ints) -> Statements:
    """Some accounts of a batch, in their order; ``at``: which, rising, counted among the statements."""
    if len(at) == len(statements):
        return statements
    place = np.full(len(statements), -1)
    place[at] = np.arange(len(at))
    row, events, late, history = statements.row[at], statements.events, statements.late, statements.history
    columns = {each.name: getattr(statements.columns, each.name)[at] for each in fields(statements.columns)}
    mine = place[late.account] >= 0
    some = {each.name: getattr(late, each.name)[mine] for each in fields(late)}
    if history is not None:
        days = place[history.account] >= 0
        stretches = {
            name: getattr(history, name)[days] for name in ("since", "late", "oldest", "outstanding")
        }
        history = replace(history, account=place[history.account[days]], **stretches)
    return replace(
        statements,
        row=row,
        as_of=statements.as_of[at],
        columns=Columns(**columns),
        late=LateInstalments(**some | {"account": place[late.account[mine]]}),
        holding=statements.holding[np.isin(events.account[statements.holding], row)],
        history=history,
        _lines=None,
        _alone=lambda i: statements.one(int(at[i])),
    )


def planned_since(statements: Statements) -> Days:
    """The first day of each account's plan: its start, or the day on which the plan was last changed."""
    start, anew = statements.accounts.start[statements.row], statements.columns.restructured_on
    return np.where(np.isnat(anew), start, np.maximum(start, anew))


def months_begun(since: Days, day: Days) -> Ints:
    """In which month, counted from 1, a day lies: a month ends on the day of the month of ``since``.

    Examples
    --------
    >>> start = np.array(["2026-01-31"] * 3, "datetime64[D]")
    >>> months_begun(start, np.array(["2026-01-31", "2026-02-28", "2026-03-01"], "datetime64[D]"))
    array([1, 1, 2])
    """
    months = civil(day)[0] - civil(since)[0]
    return np.maximum(np.where(day > shift(since, MONTHLY, months), months + 1, months), 1)


def months_over(since: Days, day: Days) -> Ints:
    """How many of these months are over on a day.

    Examples
    --------
    >>> start = np.array(["2026-01-31"] * 3, "datetime64[D]")
    >>> months_over(start, np.array(["2026-02-27", "2026-02-28", "2026-03-30"], "datetime64[D]"))
    array([0, 1, 1])
    """
    months = civil(day)[0] - civil(since)[0]
    return np.maximum(np.where(shift(since, MONTHLY, months) > day, months - 1, months), 0)


def month_ends(first: Any, last: Any) -> Days:
    """The last days of calendar months from one day up to another.

    Examples
    --------
    >>> month_ends("2026-01-31", "2026-03-30")
    array(['2026-01-31', '2026-02-28'], dtype='datetime64[D]')
    """
    low, high = (
        np.array([one_date(name, day)], "datetime64[D]") for name, day in (("first", first), ("last", last))
    )
    month, end = int(civil(low)[0][0]), int(civil(high)[0][0])
    ends = month_heads(np.arange(month, end + 1) + 1) - 1
    found: Days = ends[(ends >= day_of(low)) & (ends <= day_of(high))].view("datetime64[D]")
    return found


def money(amounts: Ints) -> int:
    """The exact sum, which may be more than an int64 holds.

    Examples
    --------
    >>> money(np.array([2**62, 2**62, 2**62])) == 3 * 2**62
    True
    """
    limbs = in_limbs(amounts)
    return (int(limbs.high.sum()) << 35) + int(limbs.low.sum())


def money_by(place: Ints, amounts: Ints, size: int) -> Ints:
    """Sums of amounts of the same place.

    Raises
    ------
    InputError
        A sum is more than an int64 holds.

    Examples
    --------
    >>> money_by(np.array([0, 2, 0]), np.array([5, 7, 1]), 3)
    array([6, 0, 7])
    """
    limbs = in_limbs(amounts)
    high, low = np.zeros(size, np.int64), np.zeros(size, np.int64)
    np.add.at(high, place, limbs.high)
    np.add.at(low, place, limbs.low)
    if (np.abs(high) >= 2**26).any():
        raise InputError(Code.BEYOND_DOMAIN, "amount", "", "sums of less than 2**61 units")
    return (high << 35) + low


def _dated(numbers: Ints) -> Days:
    return np.where(numbers < _SPAN, np.where(numbers < _SPAN, numbers, 0).view("datetime64[D]"), NEVER)
