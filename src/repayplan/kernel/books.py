"""Accounts while they are replayed: their rows, how far each has come, and what was paid."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from repayplan.basics.outcome import Bools, Ints, all_of, any_of
from repayplan.kernel.accrue import divide_product, settle
from repayplan.kernel.allocate import Part, Stretch, stretch, there
from repayplan.kernel.bookrows import Course, Follower, NewRows, accrued, some_rows
from repayplan.kernel.demands import Demands
from repayplan.kernel.impliedrate import worth
from repayplan.kernel.law import FOREVER


@dataclass(slots=True, kw_only=True, eq=False)
class Books:
    """Accounts while they are replayed.

    Attributes
    ----------
    demands
        The rows, each loan's together, by the days on which they fall due.
    start
        int64 (rows,); the first day of a row's period.
    plain
        bool (rows,): an instalment of the plan; else something charged beside it.
    course
        int64 (rows, 4); see :class:`Course`.
    matures, instalment
        int64 (loans,); the plan's last due date, and its largest instalment without fees, but for the last.
    by_digits, planned
        Whether an early end gives back interest by the rule of 78; int64 (loans, 2): the plan's interest in
        all, and its periods.
    implied
        int64 (loans,); the rate that each plan's payments imply, in 1e-10, by which an early end gives
        interest back; None: it doesn't by that.
    begin
        int64 (loans,); where each loan's rows begin.
    first, reach, end
        int64 (loans,); rows before ``first`` are done with; none from ``reach`` on has fallen due; a loan has
        none from ``end`` on.
    last
        int64 (loans,); everything is as it is on this day.
    frozen
        int64 (loans,); how many freezes hold.
    held
        int64 (loans,); paid, and kept for what falls due.
    waived
        int64 (rows, PARTS); what was given up.
    given
        bool (rows,); of what is asked for without charges for being late, something was given up, paid by
        the lender out of goodwill, or taken over by a new plan.
    gift
        bool (loans,); some of what is held came from the lender.
    rolled
        int64 (rows,); what of a row fell due with the next instalment only.
    carried
        int64 (rows, PARTS); what of other rows falls due with a row.
    called, closed, repaid
        int64 (loans,); the day on which all of it fell due, on which it was settled, written off or repaid
        early, and on which it was repaid early; :data:`FOREVER` where that didn't happen.
    written_off
        int64 (loans, PARTS); what was owed when it was.
    renewed, renewed_on
        int64 (loans,); how often events brought a new plan, and the day of the last (0 where none did).
    replaced
        bool (rows,); a new plan took their place: what they still ask for is what was paid of them before.
    early
        bool (rows,); called in before they fell due by the plan: no instalments that were missed.
    put_off
        bool (rows,); late since a day of a freeze: their late fee waits for its end.
    paid_on
        int64 (rows,); the day from which nothing of a row is missing, :data:`FOREVER` while something is.
    within_on
        int64 (rows,); the last day on which money left no more of a row than its tolerance, having found
        more; :data:`FOREVER` where none has.
    paid
        int64 (events, PARTS); what payments and waivers went to on their day.
    over
        int64 (events,); what was neither: kept, or waived in vain.
    short
        int64 (events,); what early repayments lacked of what would have ended their account.
    changed
        How often interest of rows that hadn't fallen due was changed: it was asked for as it had accrued.
    lines
        What each went to row by row: events (-1: money that was kept), rows and int64 (lines, PARTS); None:
        that isn't kept.
    follower
        What reckons interest on the balance; None: the plan's is fixed.
    """

    demands: Demands
    start: Ints
    plain: Bools
    course: Ints
    matures: Ints
    instalment: Ints
    by_digits: bool
    planned: Ints
    implied: Ints | None
    begin: Ints
    first: Ints
    reach: Ints
    end: Ints
    last: Ints
    frozen: Ints
    held: Ints
    waived: Ints
    given: Bools
    gift: Bools
    rolled: Ints
    carried: Ints
    called: Ints
    closed: Ints
    repaid: Ints
    written_off: Ints
    renewed: Ints
    renewed_on: Ints
    replaced: Bools
    early: Bools
    put_off: Bools
    paid_on: Ints
    within_on: Ints
    paid: Ints
    over: Ints
    short: Ints
    changed: int = 0
    lines: list[tuple[Ints, Ints, Ints]] | None = None
    follower: Follower | None = None

    def demanded(self, loans: Ints) -> tuple[Stretch, Ints]:
        """Rows of some loans that have fallen due and aren't done with, and the loans that have any."""
        first, reach = self.first[loans], self.reach[loans]
        some = first < reach
        if not all_of(some):
            loans, first, reach = loans[some], first[some], reach[some]
        at = stretch(first, reach)
        # After a loan was called in, what was charged beside it later stands among rows that have fallen due.
        if not any_of(self.called[loans] < FOREVER):
            return at, loans
        return some_rows(at, loans, self.demands.due[at.rows] <= self.last[loans][at.of])

    def ahead(self, loans: Ints) -> tuple[Stretch, Ints]:
        """The same of instalments that haven't fallen due."""
        first, end = self.first[loans], self.end[loans]
        some = first < end
        at, loans = stretch(first[some], end[some]), loans[some]
        waiting = self.plain[at.rows] & (self.demands.due[at.rows] > self.last[loans][at.of])
        return some_rows(at, loans, waiting)

    def fallen(self, loans: Ints, day: Ints) -> Ints:
        """The first row of each that hasn't fallen due when a day has come."""
        reach, end, due = self.reach[loans], self.end[loans], self.demands.due
        if not len(due):
            return reach
        going = np.flatnonzero((due.take(reach, mode="clip") <= day) & (reach < end))
        while len(going):
            row, until = reach[going] + 1, end[going]
            reach[going] = row
            going = going[(due.take(row, mode="clip") <= day[going]) & (row < until)]
        return reach

    def put_aside(self, loans: Ints) -> Ints:
        """Interest that was put aside so far and hasn't been asked for."""
        out = np.zeros(len(loans), np.int64)
        if any_of(self.course[:, Course.ASIDE] != 0):
            some = np.flatnonzero(self.begin[loans] < self.reach[loans])
            if len(some):
                at = stretch(self.begin[loans[some]], self.reach[loans[some]])
                out[some] = np.add.reduceat(self.course[at.rows, Course.ASIDE], at.heads)
        return out

    def next_due(self, loans: Ints) -> Ints:
        """When the next row of each falls due, :data:`FOREVER` where none does."""
        row = self.reach[loans]
        due = self.demands.due[np.minimum(row, len(self.demands.due) - 1)]
        return np.where(row < self.end[loans], due, FOREVER)

    def following(self, loans: Ints, reach: Ints | None = None) -> Ints:
        """The next instalment of each that falls due; the end of its rows where there is none.

        ``reach``: the first rows that haven't fallen due, where that isn't as it is now.
        """
        row, end = self.reach[loans] if reach is None else reach, self.end[loans]
        going = np.flatnonzero(row < end)
        while True:
            going = going[~self.plain[row[going]]]
            row[going] += 1
            going = going[row[going] < end[going]]
            if not len(going):
                return row

    def so_far(self, rows: Ints, day: Ints, part: Part) -> Ints:
        """Interest or fees of instalments that haven't fallen due, as if they did on a day.

        Interest accrues, but for what was given up of it; fees are asked for once the period has begun. What
        rolled over from earlier rows is owed whole.
        """
        if part == Part.INTEREST and self.follower is not None:
            return self.follower.so_far(rows)
        carried, start = self.carried[:, part].take(rows), self.start.take(rows)
        if part == Part.INTEREST and self.by_digits:
            return self._by_digits(rows, day)
        if part == Part.INTEREST and self.implied is not None:
            return self._by_implied_rate(rows, day, self.implied)
        if part == Part.INTEREST:
            own = np.minimum(self.waived[:, part].take(rows), self.course[:, Course.ACCRUES].take(rows))
            begun = np.flatnonzero(start <= day)
            course, due = self.course[rows[begun]], self.demands.due[rows[begun]]
            course[:, Course.ACCRUES] -= own[begun]
            own[begun] += accrued(course, start[begun], due, day[begun])
        else:
            own = np.where(start < day, self.demands.charged[:, part].take(rows) - carried, 0)
        return np.asarray(carried + own, np.int64)

    def _by_digits(self, rows: Ints, day: Ints) -> Ints:
        """Interest of all rows that haven't fallen due, less what the rule of 78 gives back of it.

        Of the plan's interest it is ``U(U + 1) / (T(T + 1))`` where ``U`` of ``T`` periods haven't begun. It
        stands with each loan's first row.
        """
        demands, size = self.demands, len(self.first)
        coming = np.flatnonzero(self.plain[rows] & (demands.due[rows] > day))
        out = np.zeros(len(rows), np.int64)
        mine = rows[coming]
        of, left = demands.of[mine], np.zeros(size, np.int64)
        np.add.at(left, of, demands.charged[mine, Part.INTEREST])
        unbegun = np.bincount(of[self.start[mine] >= day[coming]], minlength=size)
        quotient, rest = divide_product(self.planned[:, 0], unbegun * (unbegun + 1), self._digits)
        back = settle(quotient, rest, self._digits, "half_up", 1)
        loans, first = np.unique(of, return_index=True)
        out[coming[first]] = np.maximum(left - back, 0)[loans]
        return out

    def _by_implied_rate(self, rows: Ints, day: Ints, rates: Ints) -> Ints:
        """Interest of all rows that haven't fallen due, so that with principal they are worth what they ask.

        At the rate that the plan implies: with what rolled over to them and what had accrued before the plan,
        which are owed whole. It stands with each loan's first row.
        """
        demands, size = self.demands, len(self.first)
        coming = np.flatnonzero(self.plain[rows] & (demands.due[rows] > day))
        out = np.zeros(len(rows), np.int64)
        mine = rows[coming]
        of, ready = demands.of[mine], self.course[mine, Course.READY]
        carried = self.carried[mine]
        principal = demands.charged[mine, Part.PRINCIPAL] - carried[:, Part.PRINCIPAL]
        interest = demands.charged[mine, Part.INTEREST] - carried[:, Part.INTEREST] - ready
        now = worth(of, demands.due[mine] - day[coming], principal + interest, rates)
        whole = np.zeros(size, np.int64)
        np.add.at(whole, of, principal - self.course[mine, Course.GROWS])
        owned = np.zeros(size, np.int64)
        np.add.at(owned, of, carried[:, Part.INTEREST] + ready)
        loans, first = np.unique(of, return_index=True)
        asked = np.maximum(now - whole, 0)[loans] + owned[loans] - self.put_aside(loans)
        out[coming[first]] = np.maximum(asked, 0)
        return out

    @property
    def _digits(self) -> Ints:
        periods = np.maximum(self.planned[:, 1], 1)
        return np.asarray(periods * (periods + 1), np.int64)

    def add(self, new: NewRows) -> None:
        """Rows of new plans come in among the others, by the days on which they fall due."""
        demands, more = self.demands, len(new.of)
        of = np.concatenate((demands.of, new.of))
        due = np.concatenate((demands.due, new.due))
        plain = np.concatenate((self.plain, np.ones(more, np.bool_)))
        order = np.lexsort((~plain, due, of))
        put = np.empty_like(order)
        put[order] = np.arange(len(order))

        def joined(old: npt.NDArray[Any], fresh: npt.ArrayLike) -> npt.NDArray[Any]:
            new_ones = np.broadcast_to(np.asarray(fresh, old.dtype), (more, *old.shape[1:]))
            both = np.concatenate((old, new_ones))
            return both[order] if both.ndim == 1 else np.asfortranarray(both[order])

        self.demands = replace(
            demands,
            of=of[order],
            due=due[order],
            charged=joined(demands.charged, new.asked),
            left=joined(demands.left, new.asked),
            rest=joined(demands.rest, 0),
            settled=joined(demands.settled, 0),
            late_fee=joined(demands.late_fee, 0),
            joined=joined(demands.joined, 0),
            parts=there(new.asked, *demands.parts),
        )
        self.start, self.plain = joined(self.start, new.start), joined(self.plain, True)
        self.course = joined(self.course, new.course)
        self.waived, self.rolled = joined(self.waived, 0), joined(self.rolled, 0)
        self.replaced, self.given = joined(self.replaced, False), joined(self.given, False)
        self.early, self.put_off = joined(self.early, False), joined(self.put_off, False)
        carried = np.zeros_like(new.asked)
        carried[:, Part.FEES] = new.begun
        self.carried, self.paid_on = joined(self.carried, carried), joined(self.paid_on, FOREVER)
        self.within_on = joined(self.within_on, FOREVER)
        many = np.bincount(self.demands.of, minlength=len(self.first))
        ends = np.cumsum(many)
        # Accounts without new rows stand where they stood; of the others it is looked for anew.
        fallen = self.demands.due <= self.last[self.demands.of]
        come = np.bincount(self.demands.of[fallen], minlength=len(self.first))
        done, reach = self.first - self.begin, self.reach - self.begin
        done[new.of], reach[new.of] = 0, come[new.of]
        self.end, self.begin = ends, ends - many
        self.first, self.reach = self.begin + done, self.begin + reach
        if self.lines is not None:
            self.lines = [(event, put[row], paid) for event, row, paid in self.lines]
        if self.follower is not None:
            self.follower.join(order, put, new)
