"""Roll rates: from which range of days past due accounts come into which, month by month."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from repayplan.ability.figures import one_rule
from repayplan.accounts.lateness import Buckets
from repayplan.accounts.statement import Statements, day_of
from repayplan.basics.arguments import one_date
from repayplan.basics.dates import Days
from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Ints
from repayplan.programmes.proportions import Floats, Intervals, wilson
from repayplan.programmes.standing import ENDS, Standings, money_by


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RollRates:
    """How many accounts, and how much, went from each range to each other one.

    Attributes
    ----------
    states
        Names of the ranges, and then how an account may have ended: nothing comes back from there.
    days
        datetime64[D]; the days that were compared, each with the one before.
    count
        int64 (steps, states, states); accounts, by where they were and where they came.
    balance
        int64 minor units, of the same shape; what was outstanding before.
    unseen
        int64 (steps,); accounts that were there before and weren't looked at afterwards.
    """

    states: tuple[str, ...]
    days: Days
    count: Ints
    balance: Ints
    unseen: Ints

    @property
    def n(self) -> Ints:
        """int64 (states,); of how many steps of accounts each row of :attr:`rate` is."""
        many: Ints = self.count.sum(axis=(0, 2))
        return many

    @property
    def rate(self) -> Floats:
        """float64 (states, states); shares of all steps together, NaN in rows where nobody was."""
        return _shares(self.count.sum(axis=0))

    @property
    def rate_by_balance(self) -> Floats:
        """The same of what was outstanding."""
        return _shares(self.balance.sum(axis=0))

    def intervals(self, *, confidence: Any = "0.95") -> Intervals:
        """The rates with Wilson's intervals, as if each step of an account were an account of its own."""
        together = self.count.sum(axis=0)
        return wilson(together, np.broadcast_to(self.n[:, None], together.shape), confidence=confidence)


def roll_rates(statements: Statements, buckets: Buckets, *, days: Any) -> RollRates:
    """From which range of days past due accounts come into which, from one day to the next.

    Parameters
    ----------
    statements
        Replayed with ``history=True``.
    buckets
        The ranges.
    days
        Two days or more, rising; by custom the last of each month (:func:`month_ends`).

    Returns
    -------
    :class:`RollRates`. An account that begins between two days isn't in the first step.

    Raises
    ------
    InputError
        The statements have no history; days that don't rise, or aren't two; a range has the name of an end.

    Examples
    --------
    Of the instalments of January and February none is paid:

    >>> import repayplan as rp
    >>> loan = rp.Loan(
    ...     principal="900", annual_rate="0", original_term=3, elapsed=0, unpaid=3, next_due="2026-01-31"
    ... )
    >>> late = rp.OverdueRule(
    ...     penalty=rp.OverdueLedger(on=("principal",), rate=rp.OverdueRate(rate="0.05")),
    ...     day_count="ACT/365F",
    ...     first_day="due_date",
    ...     rounded="end",
    ...     mode="half_up",
    ... )
    >>> terms = rp.AccountTerms(overdue=late, allocation=rp.AllocationRule.example("civil-code-561"))
    >>> account = rp.Account.of(loan, rp.schedule(loan, rp.equal_instalment(3)), terms)
    >>> then = rp.replay(account, [], as_of="2026-03-31", history=True).batch
    >>> ends = ["2026-01-31", "2026-02-28", "2026-03-31"]
    >>> rolls = roll_rates(then, rp.Buckets.example("months"), days=ends)
    >>> [(rolls.states[i], rolls.states[j]) for _, i, j in zip(*rolls.count.nonzero(), strict=True)]
    [('M0', 'M1'), ('M1', 'M2')]
    """
    one_rule("statements", statements, Statements)
    one_rule("buckets", buckets, Buckets)
    given = np.asarray(days)
    if given.ndim != 1:
        raise InputError(Code.UNKNOWN_VALUE, "days", days, "two days or more, rising")
    when = np.array([one_date("days", day) for day in given.tolist()], "datetime64[D]")
    if len(when) < 2 or not (when[1:] > when[:-1]).all():
        raise InputError(Code.DATES_OUT_OF_ORDER, "days", days, "two days or more, rising")
    again = sorted(set(buckets.names) & set(ENDS))
    if again:
        raise InputError(Code.DUPLICATE, "buckets.names", ", ".join(again), "no name of an end")
    states = (*buckets.names, *ENDS)
    many, counts, balances, unseen = len(states), [], [], []
    for step in steps(statements, buckets, when):
        place = step.came_from * many + step.came_to
        counts.append(np.bincount(place, minlength=many * many).reshape(many, many))
        balances.append(money_by(place, step.balance, many * many).reshape(many, many))
        unseen.append(step.unseen)
    return RollRates(
        states=states,
        days=when,
        count=np.array(counts, np.int64),
        balance=np.array(balances, np.int64),
        unseen=np.array(unseen, np.int64),
    )


class RollStep(NamedTuple):
    """Accounts that were there on a day and on the one before.

    Attributes
    ----------
    day
        The later one.
    account
        int64; which they are, counted among the statements.
    came_from, came_to
        int64; places among the states of :class:`RollRates`.
    balance
        int64 minor units; what was outstanding on the earlier day.
    unseen
        How many were there on the earlier day and weren't looked at on the later.
    """

    day: np.datetime64
    account: Ints
    came_from: Ints
    came_to: Ints
    balance: Ints
    unseen: int


def steps(statements: Statements, buckets: Buckets, days: Days) -> Iterator[RollStep]:
    """From each of some days to the next: from which range each account came into which."""
    standings = Standings.of(statements)
    how, ended = standings.ended()
    over = np.where(how < 0, np.iinfo(np.int64).max, day_of(ended))

    def look(day: Any) -> tuple[Any, Ints, Ints]:
        then = standings.on(day)
        state = np.where(day_of(day) >= over, len(buckets.names) + how, buckets.place(then.days))
        return then.seen, state, then.outstanding

    before = look(days[0])
    for day in days[1:]:
        now = look(day)
        there = np.flatnonzero(before[0] & now[0])
        gone = int(np.count_nonzero(before[0] & ~now[0]))
        yield RollStep(day, there, before[1][there], now[1][there], before[2][there], gone)
        before = now


def _shares(table: Ints) -> Floats:
    whole = table.sum(axis=1, keepdims=True)
    shares = table / np.where(whole > 0, whole, 1)
    return np.where(whole > 0, shares, np.nan)
