"""Accounts from one credit status to another, stretch of days after stretch."""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from repayplan.accounts.creditdays import Stretches
from repayplan.accounts.creditstagerule import CreditStageRule
from repayplan.basics.dates import FREQUENCY_INDEX, civil, shift
from repayplan.basics.outcome import Bools, Ints

_MONTHLY = FREQUENCY_INDEX["monthly"]
NO_DAY = np.iinfo(np.int64).min
"""A day that there isn't, in columns of day numbers."""


class Status(IntEnum):
    """Where an exposure stands; columns hold the number."""

    PERFORMING = 0
    PROBATION = 1
    NON_PERFORMING = 2
    CURE = 3
    CLOSED = 4


class Cause(IntEnum):
    """Why an exposure became non-performing."""

    NONE = 0
    SIGNED_LATE = 1
    JUDGED = 2
    PAST_DUE = 3
    RELAPSED = 4
    FORBORNE_AGAIN = 5


def months_later(days: Ints, months: Ints | int) -> Ints:
    """Day numbers so many months later, by the calendar."""
    return shift(days.view("datetime64[D]"), _MONTHLY, months).view(np.int64)


def months_between(since: Ints, day: Ints) -> Ints:
    """Whole months from one day to another."""
    months = civil(day.view("datetime64[D]"))[0] - civil(since.view("datetime64[D]"))[0]
    return np.asarray(months - (months_later(since, months) > day), np.int64)


class Course:
    """Where accounts are as their days pass; each attribute has a value for each of them.

    Attributes
    ----------
    status, cause
        int64; see :class:`Status` and :class:`Cause`.
    since
        int64; the day on which it became non-performing, :data:`NO_DAY` where it isn't and wasn't.
    forborne_on
        int64; the day of the last new plan that is forbearance, :data:`NO_DAY` where there was none.
    base
        int64; the day from which the time of cure, or of return, counts.
    grace
        int64; when the last new plan's period of grace ends.
    to_repay, repaid
        int64 minor units; what is to be repaid before it is cured, and what was since ``base``.
    begun
        int64; the first day of probation.
    came_out
        bool; whether the running probation, where there is one, came after it was non-performing.
    months
        int64; in how many stretches of months payments were made while on probation.
    month, sum, counted
        int64, int64 and bool; the running one's number, what was paid in it, whether it counts already.
    """

    def __init__(self, rule: CreditStageRule, start: Ints, more_than: Ints) -> None:
        size = len(start)
        self.rule, self.more_than = rule, more_than
        self.status, self.cause = np.zeros(size, np.int64), np.zeros(size, np.int64)
        self.since, self.forborne_on = np.full(size, NO_DAY), np.full(size, NO_DAY)
        self.base, self.begun, self.grace = start.copy(), start.copy(), np.full(size, NO_DAY)
        self.to_repay, self.repaid = np.zeros(size, np.int64), np.zeros(size, np.int64)
        self.came_out = np.zeros(size, np.bool_)
        self.months, self.month, self.sum = (np.zeros(size, np.int64) for _ in range(3))
        self.counted = np.zeros(size, np.bool_)

    def sign(
        self, start: Ints, *, forborne: Bools, late_since: Ints, judged: Bools, arrears: Ints, grace: Ints
    ) -> None:
        """Plans are signed: for exposures in default or not, as forbearance or not.

        ``late_since``: the day on which those in default by days past due came to be, NO_DAY for the others.
        """
        late = late_since != NO_DAY
        bad = late | judged
        self.status = np.where(
            bad,
            np.where(forborne, Status.CURE, Status.NON_PERFORMING),
            np.where(forborne, Status.PROBATION, Status.PERFORMING),
        ).astype(np.int64)
        self.cause = np.where(late, Cause.SIGNED_LATE, np.where(judged, Cause.JUDGED, Cause.NONE)).astype(
            np.int64
        )
        self.since = np.where(late, late_since, np.where(judged, start, NO_DAY))
        self.forborne_on = np.where(forborne, start, NO_DAY)
        self.to_repay = np.where(forborne, arrears, 0)
        self.grace = np.where(forborne, grace, NO_DAY)
        self.base = np.where(forborne & bad, np.maximum(start, grace), start)

    def pass_over(self, table: Stretches) -> None:
        """All days of all accounts, in the order of time."""
        size = len(self.status)
        many = np.bincount(table.account, minlength=size)
        heads = np.cumsum(many) - many
        longest = np.argsort(-many, kind="stable")
        rounds = int(many.max(initial=0))
        alive = np.searchsorted(-many[longest], -np.arange(rounds), side="left")
        for k, going in enumerate(alive.tolist()):
            mine = longest[:going]
            at = heads[mine] + k
            self._step(mine, Stretches(*(column[at] for column in table)))

    def _step(self, i: Ints, now: Stretches) -> None:
        """One stretch of some accounts: payments, what makes an exposure worse, and what ends in time."""
        self._pay(i, now)
        status = self.status[i]
        bad = (status == Status.NON_PERFORMING) | (status == Status.CURE)
        again = (status == Status.PROBATION) & self.came_out[i]
        relapse, renewed = again & now.relapsing, again & now.forborne
        enters = ~bad & (now.defaulting | now.judged | relapse | renewed)
        forborne = now.forborne | (status == Status.PROBATION) | (status == Status.CURE)
        status = np.where(enters | bad, np.where(forborne, Status.CURE, Status.NON_PERFORMING), status)
        fresh = ~enters & ~bad & now.forborne
        status = np.where(fresh, Status.PROBATION, status).astype(np.int64)
        causes = [now.judged, now.defaulting, relapse, renewed]
        named = [Cause.JUDGED, Cause.PAST_DUE, Cause.RELAPSED, Cause.FORBORNE_AGAIN]
        self.cause[i] = np.where(enters, np.select(causes, named, Cause.NONE), self.cause[i])
        self.since[i] = np.where(enters, now.begins, self.since[i])
        self.forborne_on[i] = np.where(now.forborne, now.begins, self.forborne_on[i])
        self.to_repay[i] = np.where(now.forborne, now.to_repay, self.to_repay[i])
        self.grace[i] = np.where(now.forborne, now.grace_until, self.grace[i])
        self._restart(i[fresh], now.begins[fresh])
        self._hold(i, now, status, enters, bad)
        self.status[i] = status
        self._end(i, now)

    def _hold(self, i: Ints, now: Stretches, status: Ints, enters: Bools, bad: Bools) -> None:
        """From when the time of cure counts: it begins anew with each of these days."""
        base, in_cure = self.base[i], status == Status.CURE
        base = np.where(enters, now.begins, base)
        base = np.where(bad & now.forborne, np.maximum(base, now.begins), base)
        base = np.where(in_cure & (enters | now.forborne), np.maximum(base, self.grace[i]), base)
        # Days on which it is in default, or payments aren't regular, don't count; nor do those before.
        lasts = ((enters | bad) & (now.defaulting | now.judged)) | (in_cure & now.irregular)
        base = np.where(lasts, np.maximum(base, now.ends), base)
        self.repaid[i] = np.where(base != self.base[i], 0, self.repaid[i])
        self.base[i] = base

    def _end(self, i: Ints, now: Stretches) -> None:
        """Exposures that are cured, that perform again, and whose probation is over, in the stretch."""
        rule, begins = self.rule, now.begins
        status = self.status[i]
        out = np.maximum(begins, months_later(self.base[i], rule.return_months))
        clear = ~now.defaulting & ~now.beyond_default & (out <= now.ends)
        returns = (status == Status.NON_PERFORMING) & clear
        cured_on = np.maximum(begins, months_later(self.base[i], rule.cure_months))
        cured = (status == Status.CURE) & ~now.late & ~now.defaulting & (self.repaid[i] >= self.to_repay[i])
        cured &= cured_on <= now.ends
        self.status[i] = np.where(returns, Status.PERFORMING, np.where(cured, Status.PROBATION, status))
        self._restart(i[cured], cured_on[cured])
        self.came_out[i[cured]], self.to_repay[i[cured]] = True, 0
        over = np.maximum(
            np.maximum(begins, self.begun[i]), months_later(self.begun[i], rule.probation_months)
        )
        done = (self.status[i] == Status.PROBATION) & ~now.relapsing & (over <= now.ends)
        done &= self.months[i] >= rule.months_needed
        self.status[i[done]] = Status.PERFORMING
        self.came_out[i[done]] = False

    def _restart(self, i: Ints, day: Ints) -> None:
        """Probation begins."""
        self.begun[i] = day
        self.months[i] = self.month[i] = self.sum[i] = 0
        self.counted[i] = False

    def _pay(self, i: Ints, now: Stretches) -> None:
        """What was paid on the first day counts in the time that was running when it came."""
        some = np.flatnonzero(now.paid > 0)
        if not len(some):
            return
        paid, day, i = now.paid[some], now.begins[some], i[some]
        self.repaid[i] += np.where(day > self.base[i], paid, 0)
        mine = (self.status[i] == Status.PROBATION) & (day > self.begun[i])
        i, paid, day = i[mine], paid[mine], day[mine]
        month = months_between(self.begun[i], day) // self.rule.regular_months
        same = month == self.month[i]
        self.sum[i] = np.where(same, self.sum[i], 0) + paid
        counted = self.counted[i] & same
        more = ~counted & (self.sum[i] > self.more_than[i])
        self.months[i] += more
        self.month[i], self.counted[i] = month, counted | more
