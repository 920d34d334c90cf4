"""A plan with an unknown, what is asked of it, and what is known of its plans beforehand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from repayplan.basics.money import MAX_TOTAL
from repayplan.basics.outcome import Bools, Ints, span
from repayplan.kernel.amortise import run
from repayplan.kernel.block import Block
from repayplan.kernel.courses import Bound
from repayplan.kernel.proof import bound
from repayplan.kernel.rules import MAX_PERIODS, Amount, Change
from repayplan.kernel.work import Work
from repayplan.plans.course import patterned
from repayplan.plans.domain import within
from repayplan.plans.filling import Filling
from repayplan.plans.laid import Laid
from repayplan.plans.loan import Loans
from repayplan.plans.stage import Plan
from repayplan.plans.unknown import Blank, solved

HIGH = 2**62
"""More than any amount: of a plan that can't be kept."""


class Question(Filling):
    """A plan for a batch, what is asked of its unknown, and what is known of it beforehand.

    Parameters
    ----------
    loans, plan, blank, base
        As for :class:`Filling`.
    limit
        int64 of all loans; what no regular payment may be above. None: the plan's last stage gives its
        instalment, and the last payment may not be above that.
    periods
        int64 of all loans; rows that the plan may have at most.
    own
        Of a last stage whose level instalment is solved once: that alone is held against the limit, whatever
        the other stages pay.
    """

    def __init__(
        self,
        loans: Loans,
        plan: Plan,
        blank: Blank,
        base: Ints,
        *,
        limit: Ints | None = None,
        periods: Ints | None = None,
        own: bool = False,
    ) -> None:
        super().__init__(loans, plan, blank, base)
        self.limit, self.periods, self.own, self.refused = limit, periods, own, HIGH
        # Of all loans: below it a balance is too small for the plan, not too large.
        self.lacking: Ints | None = None

    def drifts(self) -> bool:
        """Whether the rate may change within the last stage; one of its own doesn't."""
        return self.paths and self.plan.stages[-1].rate is None

    def once(self) -> bool:
        """Whether the last stage's instalment is solved once, for all of its rows."""
        rule = self.plan.stages[-1].rule
        level = rule.amount is Amount.LEVEL and self.plan.stages[-1].name == "equal_instalment"
        return level and (not self.drifts() or rule.change is not Change.RESOLVE)

    def exact(self) -> bool:
        """Whether the last stage has one instalment, which is solved at the rates of all of its rows."""
        return self.once() and (not self.drifts() or self.plan.stages[-1].rule.change is Change.FORESEE)

    def steady(self) -> bool:
        """Whether what is asked surely stops being met once, and for good, as the value rises (or falls).

        A balance ``b`` becomes ``b + round(b f) - A``, which never falls when ``b`` or ``f`` rises, and a
        level instalment is its exact value rounded once: so does each figure that is compared. What is
        solved in between, or placed by a search, breaks the chain.
        """
        before, last = self.plan.stages[:-1], self.plan.stages[-1]
        if any(solved(stage) for stage in before):
            return False
        beside = self.moves() or self.floored() or patterned(self.plan)
        if self.blank.figure == "length":
            if beside or last.name == "fixed_payment" or not self._length_only():
                return False
        elif self.limit is None:
            return not self._cut_short()
        return self.limit is None or not (
            beside or not self.once() or any(r.residue != "last" for r in self.laws)
        )

    def placed(self) -> bool:
        """Whether one level instalment is solved, once, and its residue is placed elsewhere than last."""
        alone = (
            self.once()
            and solved(self.plan.stages[-1])
            and not any(solved(stage) for stage in self.plan.stages[:-1])
        )
        beside = self.moves() or self.floored() or patterned(self.plan)
        elsewhere = all(law.residue != "last" for law in self.laws)
        return alone and not beside and elsewhere and self.limit is not None

    def by_amount(self) -> bool:
        """Whether values that give the same instalment differ in nothing but what is left to the last row.

        Then they pay the same in every other row, and the less the value, the less is left: of all of them
        the least does if any does. And the instalment never falls as the value rises (a balloon: falls).
        """
        before, rule = self.plan.stages[:-1], self.plan.stages[-1].rule
        alone = solved(self.plan.stages[-1]) and not any(solved(stage) for stage in before)
        if not alone or self.moves() or self.floored() or rule.added_on or self.blank.figure == "length":
            return False
        once = not self.drifts() or rule.change is not Change.RESOLVE
        return once and self.limit is not None and all(law.residue == "last" for law in self.laws)

    def _cut_short(self) -> bool:
        """Whether a plan that ends when all is repaid goes on for what is still to be drawn."""
        options = [part.option for part in self.plan.beside if part.on is not None]
        return "shorten" in options and None in options

    def _length_only(self) -> bool:
        """Whether a stage's length moves nothing but where that stage ends."""
        if any(count.on_grid for count in self.counts) or self.ends or self.shifts_later():
            return False
        if self.blank.stage == len(self.plan.stages) - 1:
            return True
        return self.alike() and bool(self.loans.whole[self.rows].all())

    def simple(self) -> bool:
        """Whether the first solved amount is a payment of its own that tells what no plan can be below."""
        alone = len(self.plan.stages) == 1 and solved(self.plan.stages[0]) and not patterned(self.plan)
        beside = self.moves() or self.floored() or self.plan.stages[0].rule.added_on
        return alone and not beside and all(law.residue == "last" for law in self.laws)

    def inside(self, piece: Laid) -> Bools:
        """Where nothing that is added up can leave the domain."""
        return self._within(piece, bound(piece.work))

    def _within(self, piece: Laid, limits: Bound) -> Bools:
        total = within(limits, piece) + self.loans.beside[span(piece.rows)]
        return np.asarray((total < MAX_TOTAL) & (piece.work.term <= MAX_PERIODS), np.bool_)

    def length(self, rows: Ints, values: Ints | None = None) -> Ints:
        """Rows of the plan with these values, or with the first ones."""
        out = np.ones(len(rows), np.int64)
        for at, piece in self.laid(rows, self.base[rows] if values is None else values):
            out[at] = piece.work.term
        return out

    def paid(self, rows: Ints) -> Ints:
        """The instalment that the last stage gives, for its last row."""
        out = np.zeros(len(rows), np.int64)
        for at, piece in self.laid(rows, self.base[rows]):
            for block in run(piece.work, store=False):
                out[at[block.rows]] = self._last_given(piece.work, block)
        return out

    def _last_given(self, work: Work, block: Block) -> Ints:
        """What the last stage gives for the last row, or for its first where the plan ends before it."""
        return np.where(work.begun[block.rows], block.regular, work.amounts[-1][block.rows])

    def floor(self, rows: Ints) -> Ints:
        """What the last stage's instalment isn't below; 0 where there is no such amount."""
        out = np.zeros(len(rows), np.int64)
        for at, piece in self.laid(rows, self.base[rows]):
            if piece.work.floors is not None:
                out[at] = piece.work.floors[-1]
        return out

    def multiple(self, rows: Ints) -> Ints:
        """What solved instalments are rounded to."""
        out = np.ones(len(rows), np.int64)
        for at, piece in self.laid(rows, self.base[rows]):
            out[at] = piece.work.instalment_multiple
        return out

    def before(self, rows: Ints, values: Ints | None = None) -> Ints:
        """The largest payment of the stages before the last, 0 where none pays.

        With these values, or with the first ones.
        """
        out = np.zeros(len(rows), np.int64)
        for at, piece in self.laid(rows, self.base[rows] if values is None else values):
            work = piece.work
            keep = np.flatnonzero(work.lengths[:-1].sum(axis=0) > 0)
            some = work.take(keep)
            ahead = replace(
                some,
                rules=some.rules[:-1],
                lengths=some.lengths[:-1],
                amounts=some.amounts[:-1],
                balloons=some.balloons[:-1],
                floors=None if some.floors is None else some.floors[:-1],
            )
            for block in run(ahead, store=False, settle=False) if len(keep) else ():
                out[at[keep[block.rows]]] = block.peak
        return out

    def final(self, rows: Ints, values: Ints) -> Ints:
        """The last payment."""
        out = np.zeros(len(rows), np.int64)
        for at, piece in self.laid(rows, values):
            for block in run(piece.work, store=False):
                out[at[block.rows]] = block.last
        return out

    def short(self, rows: Ints, values: Ints) -> tuple[Bools, Bools, Ints]:
        """Where an instalment doesn't cover a row's interest, and both (2, rows); where one is below 0."""
        refused, sunk = np.zeros((2, len(rows)), np.bool_)
        figures = np.zeros((2, len(rows)), np.int64)
        for at, piece in self.laid(rows, values):
            for block in run(piece.work, store=False):
                refused[at[block.rows]], figures[:, at[block.rows]] = block.negative, block.short
                sunk[at[block.rows]] = block.sunk
        return refused, sunk, figures
