"""What the rows of a plan come to with a value in place of its unknown, against what is allowed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from repayplan.basics.money import MAX_TOTAL
from repayplan.basics.outcome import Bools, Ints, all_of, span
from repayplan.kernel.accrue import Floats
from repayplan.kernel.amortise import run
from repayplan.kernel.amounts import opening_amount, raise_amounts
from repayplan.kernel.courses import Bound
from repayplan.kernel.proof import bound, calm_loans, first_payment, interest_on_opening, residue_bound
from repayplan.kernel.rules import Amount, Interest
from repayplan.kernel.work import Work
from repayplan.plans.laid import Laid
from repayplan.plans.moves import moved_within
from repayplan.plans.question import HIGH, Question
from repayplan.plans.residue import place_residue
from repayplan.plans.unknown import solved

FIRST_LOOK = 120
"""Periods in which most given payments have repaid a loan."""
LOOK_CELLS = 4_000_000
"""Rows that are looked at, at once, for where a plan might end."""


class Trial(Question):
    """A plan for a batch, tried with values of its unknown; made as :class:`Question` is."""

    def over(self, rows: Ints, values: Ints, *, strict: bool = True) -> Ints:
        """By how much the rows with these values are above what is allowed: 0 or less where they do.

        :data:`HIGH` where there is no plan with this value; if ``strict``, where its last payment is more
        than twice the largest other one (and a balloon that is named), too: not what an instalment is.
        """
        out = np.full(len(rows), HIGH)
        for at, piece in self.laid(rows, values):
            inside = self.inside(piece)
            if not inside.all():
                keep = np.flatnonzero(inside)
                at, piece = at[keep], piece.take(keep)  # noqa: PLW2901
            if not len(at):
                continue
            if self.limit is None:
                out[at] = self._left_over(piece.work)
            else:
                most = self._regular(piece, strict=strict)
                out[at] = np.where(np.abs(most) == HIGH, most, most - self.limit[piece.rows])
            if self.lacking is not None:
                small = (out[at] == HIGH) & (piece.work.opening < self.lacking[piece.rows])
                out[at] = np.where(small, -HIGH, out[at])
            if self.periods is not None:
                long = piece.work.term > self.periods[piece.rows]
                out[at] = np.where(long, HIGH, out[at])
        return out

    def does(self, rows: Ints, values: Ints) -> Bools:
        """Whether the rows with these values do what is asked."""
        return self.over(rows, values) <= 0

    def each(self, rows: Ints, values: Ints) -> Bools:
        """:meth:`does`, where a loan may stand more than once (rows ascend where none does), if it may."""
        trial, rows = self._apart(rows)
        return trial.does(rows, values)

    def _apart(self, rows: Ints) -> tuple[Trial, Ints]:
        """A trial to ask for these rows, though a loan may stand there more than once; and the rows."""
        if self.movable() or all_of(rows[1:] > rows[:-1]):
            return self, rows
        limit, periods = (None if col is None else col[rows] for col in (self.limit, self.periods))
        more = {"limit": limit, "periods": periods}
        trial = Trial(self.loans.take(rows), self.plan, self.blank, self.base[rows], **more, own=self.own)
        trial.refused = self.refused
        trial.lacking = None if self.lacking is None else self.lacking[rows]
        return trial, np.arange(len(rows))

    def amount(self, rows: Ints, values: Ints) -> Ints:
        """What the last stage's amount is with these values; :data:`HIGH` where there is no such plan."""
        trial, rows = self._apart(rows)
        out = np.full(len(rows), HIGH)
        for at, piece in trial.laid(rows, values):
            keep = np.flatnonzero(trial.inside(piece))
            part = piece.work.take(keep)
            for block in run(part, store=False) if len(keep) else ():
                out[at[keep[block.rows]]] = block.amount[-1]
        return out

    def covers(self, rows: Ints, values: Ints) -> Bools:
        """Whether instalments cover the interest, up to what rounding them and it may change."""
        out = np.zeros(len(rows), np.bool_)
        for at, piece in self.laid(rows, values):
            keep = np.flatnonzero(self.inside(piece))
            part = piece.work.take(keep)
            for block in run(part, store=False) if len(keep) else ():
                paid, interest = block.short
                lacks = block.negative & (interest - paid > 2 * part.instalment_multiple)
                out[at[keep[block.rows]]] = ~lacks
        return out

    def several(self) -> bool:
        """Whether several values of a loan may be tried at once: the plan says the same of any loan."""
        return self.movable() or not self.plan.by_loan(self.loans.extra)

    def nearly(self, rows: Ints, values: Ints) -> Bools:
        """The same whatever the last payment: of a :meth:`steady` trial what changes once and for good."""
        return self.over(rows, values, strict=False) <= 0

    def might(self, rows: Ints, values: Ints) -> Bools:
        """False where they surely don't, of a :meth:`simple` plan."""
        return self.quick(rows, values) <= 0

    def quick(self, rows: Ints, values: Ints) -> Ints:
        """As :meth:`over` of a :meth:`simple` plan without its rows: never more than that."""
        out = np.full(len(rows), HIGH)
        for at, piece in self.laid(rows, values):
            amount = opening_amount(piece.work)
            if piece.work.rules[0].amount is not Amount.LEVEL:
                begins, opening = first_payment(piece.work, amount), piece.work.opening
                # A single payment takes everything: as a regular one it counts its share.
                amount = begins - np.where(piece.work.term > 1, 0, opening - np.minimum(amount, opening))
            out[at] = amount - (0 if self.limit is None else self.limit[piece.rows])
        return out

    def _regular(self, piece: Laid, *, strict: bool) -> Ints:
        """The largest payment of each loan, the last one's residue aside."""
        work = piece.work
        out = np.full(len(work.opening), HIGH)
        rows = np.arange(len(out))
        if self.simple() and self.once():
            amount = opening_amount(work)
            if work.later is not None:
                work.knowing(amount)
            calm = self._calm(work, bound(work))
            out = np.where(calm, amount, out)
            rows = np.flatnonzero(~calm)
            if strict:
                stalled = self._stalled(work.take(rows), amount[rows])
                out[rows[stalled]] = HIGH
                rows = rows[~stalled]
            if not len(rows):
                return out
            work = work.take(rows)
        residue = self.loans.rounding[int(self.loans.rounding_index[piece.rows[0]])].residue
        if residue != "last":
            work = place_residue(work, residue)
        repays, level = work.rules[-1].amortises, work.rules[-1].amount is Amount.LEVEL
        # Whether the interest is covered is asked below: an amount that isn't clipped changes steadily.
        *before, last = work.rules
        free = replace(work, rules=(*before, replace(last, adds=True))) if level else work
        safe = bound(free).total < MAX_TOTAL
        for some, part in ((np.flatnonzero(safe), free), (np.flatnonzero(~safe), work)):
            chosen = part.take(some)
            aside = None
            if len(some) and work.rules[-1].interest is Interest.DEFERRED:  # all that waits is paid with it
                aside = _put_aside(chosen)
            for block in run(chosen, store=False, settle=not repays) if len(some) else ():
                most = block.peak
                if self.own:
                    most = block.amount[-1]
                elif repays and block.interest is None:  # each row pays its stage's amount, the last the rest
                    most = block.amount.max(axis=0)
                elif level and work.floors is None:  # of what is raised no more is paid than is owed
                    most = np.maximum(most, block.amount[-1])
                if aside is not None:
                    most = most + aside[block.rows]
                out[rows[some[block.rows]]] = np.where(block.negative, self.refused, most)
        if repays and strict:
            for block in run(work, store=False):
                here = rows[block.rows]
                least = block.last - np.maximum(work.balloons[-1][block.rows], 0)
                unlike = (np.abs(out[here]) < HIGH) & (least > 2 * np.maximum(out[here], 0))
                out[here] = np.where(block.negative, self.refused, np.where(unlike, HIGH, out[here]))
        return out

    def _stalled(self, work: Work, amount: Ints) -> Bools:
        """Where the first row repays nothing, and so none does: the last owes all, more than it may."""
        if work.later is not None or work.first is not work.regular or work.leaves:
            return np.zeros(len(work.opening), np.bool_)
        return (work.term > 1) & (interest_on_opening(work, work.regular) >= amount)

    def _left_over(self, work: Work) -> Ints:
        """By how much the last payment is above what is given for its row (and the balloon that is left).

        Of a stage that gives its principal: the last principal.
        """
        out, net = np.full(len(work.opening), HIGH), work.rules[-1].net
        for block in run(work, store=not net):
            paid = block.last
            if not net:
                opening, _, closing = block.final(work.term)
                paid = opening - closing + moved_within(work, block.rows, work.term[block.rows] - 1, opening)
            over = paid - self._last_given(work, block) - np.maximum(work.balloons[-1][block.rows], 0)
            # Where all is repaid before the stage begins nothing is left that could be too much.
            over = np.where(work.begun[block.rows], over, 0)
            out[block.rows] = np.where(block.negative, self.refused, over)
        return out

    def stands(self, rows: Ints, values: Ints, grown: Floats | None = None) -> Bools:
        """Where a plan whose instalment :meth:`quick` finds within the limit can surely be kept.

        ``grown``: no less than 1 grows by in each plan's rows.
        """
        out = np.zeros(len(rows), np.bool_)
        for at, piece in self.laid(rows, values):
            limits = bound(piece.work)
            own = None if grown is None else grown[span(at)]
            out[span(at)] = self._calm(piece.work, limits, own) & self._within(piece, limits)
        return out

    def kept(self, rows: Ints, values: Ints) -> Bools:
        """Where there is a plan with these values, whose instalments cover the interest."""
        out = self.stands(rows, values)
        rest = np.flatnonzero(~out)
        rest = rest[self.over(rows[rest], values[rest], strict=False) < HIGH]
        out[rest] = ~self.short(rows[rest], values[rest])[0]
        return out

    def _calm(self, work: Work, limits: Bound, grown: Floats | None = None) -> Bools:
        """Loans whose plan can surely be kept: rounding adds up to less than an instalment."""
        if work.later is not None or work.first is not work.regular:
            grown = None
        calm = calm_loans(work, limits, grown)
        uneven = work.later is not None and work.solved is None
        if not (uneven or grown is not None):
            return calm
        left = np.flatnonzero(~calm)  # what is known of instalment and growth says too little of it
        if len(left):
            part = work.take(left)
            calm[left] = calm_loans(part.knowing(opening_amount(part)) if uneven else part, bound(part))
        return calm

    def tails(self, rows: Ints, shortest: Ints, longest: Ints) -> Ints:
        """The least length between the two that does, of a level plan whose instalment is the same in both.

        Such plans differ in their last row only, and the longest has all the others' rows: the first balance
        from the shortest's last row on that twice the instalment repays with its interest ends the least.
        0 where there is none.
        """
        out = np.zeros(len(rows), np.int64)
        for at, piece in self.laid(rows, longest):
            keep = np.flatnonzero(self.inside(piece))
            at, piece = at[keep], piece.take(keep)  # noqa: PLW2901
            for block in run(piece.work) if len(at) else ():
                here = at[block.rows]
                amount, begin = block.amount[-1], shortest[here] - 1
                open_ = np.ones(len(here), np.bool_)
                for t in range(len(block.active) - 1):
                    count = int(block.active[t])
                    opening, interest, _ = block.period(t)
                    hit = open_[:count] & (t >= begin[:count]) & (opening + interest <= 2 * amount[:count])
                    out[here[:count][hit]] = t + 1
                    open_[:count] &= ~hit & (amount[:count] >= interest)
                    if not open_.any():
                        break
        return out

    def spans(self, rows: Ints, most: Ints) -> tuple[Ints, Ints]:
        """Between which two lengths the least one lies that does, of a last stage whose payments are given.

        Longer plans have all rows of the shorter ones but their last: so the least that does isn't below the
        first row that pays as much as is owed at its start and not prepaid in it, nor, where nothing is drawn
        later, more than one above the first that leaves nothing. The second is 0 where there is none up to
        ``most``.
        """
        low, high = np.ones(len(rows), np.int64), most.copy()
        before = any(solved(stage) for stage in self.plan.stages[:-1])  # longer plans solve other amounts
        if before or (self.moves() and self.ends):  # what moves up to a last due date is in the last row
            return low, high
        left, horizon = np.arange(len(rows)), FIRST_LOOK
        while len(left):
            longest = np.minimum(horizon, most[left])
            for some in np.array_split(left, -(-len(left) * horizon // LOOK_CELLS)):
                low[some], high[some] = self._spans(rows[some], np.minimum(horizon, most[some]))
            open_ = (high[left] == 0) & (longest < most[left])
            left, horizon = left[open_], 4 * horizon
        if self.moves():
            high = np.where(high > 0, most, 0)
        return low, np.where((low > 0) & (high == 0), most, np.minimum(high, most))

    def _spans(self, rows: Ints, most: Ints) -> tuple[Ints, Ints]:
        low, high = np.zeros((2, len(rows)), np.int64)
        for at, piece in self.laid(rows, most):
            begin, keep = piece.work.lengths[:-1].sum(axis=0), np.flatnonzero(self.inside(piece))
            part = piece.work.take(keep)
            for block in run(part) if len(keep) else ():
                work, here, begins = part.take(block.rows), at[keep[block.rows]], begin[keep[block.rows]]
                own, before = work.amounts[-1].copy(), here[~work.begun]
                low[before] = high[before] = 1  # all is repaid before the stage begins
                for t in range(len(block.active) - 1):
                    n = int(block.active[t])
                    opening, _, closing = block.period(t)
                    inside = t >= begins[:n]
                    if work.course is not None and t < len(work.course):
                        raised = own[:n].copy()
                        raise_amounts(work, work.course, t, raised, HIGH)
                        own[:n] = np.where(inside, raised, own[:n])
                    row = t + 1 - begins[:n]
                    owed = opening + moved_within(work, np.arange(n), np.full(n, t), opening)
                    first = inside & (low[here[:n]] == 0) & (owed <= own[:n])
                    low[here[:n][first]] = row[first]
                    nothing = inside & (high[here[:n]] == 0) & (closing == 0)
                    high[here[:n][nothing]] = row[nothing] + 1
        return low, high

    def stuck(self, rows: Ints, limit: Ints) -> Bools:
        """Where periods are alike, and what a regular payment may be at most never repays anything."""
        out = np.zeros(len(rows), np.bool_)
        for at, piece in self.laid(rows, self.base[rows]):
            if piece.work.later is None and not piece.work.leaves:
                out[at] = interest_on_opening(piece.work, piece.work.regular) >= limit[at]
        return out

    def asked(self, rows: Ints, values: Ints) -> Floats:
        """About what the instalment is with these values: to look near the right place first."""
        over = self.quick(rows, values) if self.simple() else self.over(rows, values)
        return np.where(np.abs(over) < HIGH, over, 0) + np.asarray(self.limit, np.float64)[rows]

    def residue(self, rows: Ints, values: Ints) -> Floats:
        """What the last payment can't differ by from a solved instalment, before a residue is placed."""
        out = np.full(len(rows), np.inf)
        for at, piece in self.laid(rows, values):
            level = opening_amount(piece.work) if len(piece.work.rules) == 1 else None
            out[at] = residue_bound(piece.work, level)
        return out


def _put_aside(work: Work) -> Ints:
    """Interest that waits in the last stage's rows before its last."""
    out, begin = np.zeros(len(work.opening), np.int64), work.lengths[:-1].sum(axis=0)
    for block in run(work):
        for t in range(len(block.active) - 2):
            _, interest, _ = block.period(t)
            waiting = block.rows[: int(block.active[t + 1])]
            out[waiting] += np.where(t >= begin[waiting], interest[: len(waiting)], 0)
    return out
