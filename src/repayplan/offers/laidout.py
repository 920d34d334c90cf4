"""Plans of one method for a batch, laid out once, whose length is what is looked for."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import replace
from typing import Any, Self

import numpy as np

from repayplan.basics.columns import Screen
from repayplan.basics.outcome import Bools, Ints, added, all_of, repeated, span
from repayplan.basics.rounding import Residue
from repayplan.kernel.amounts import opening_amount
from repayplan.kernel.leftover import alone as one_level
from repayplan.kernel.rules import Amount
from repayplan.kernel.work import Work
from repayplan.offers.amortisation import ANY, Amortisation
from repayplan.offers.pauses import Pause, paused
from repayplan.offers.room import Room, Spread
from repayplan.plans.annuity import equal_instalment
from repayplan.plans.laid import Laid
from repayplan.plans.layout import lay_out
from repayplan.plans.loan import Loans
from repayplan.plans.methods import equal_principal, flat, interest_only
from repayplan.plans.residue import place_residue
from repayplan.plans.stage import Plan

METHODS: dict[str, Callable[[Any], Plan]] = {
    "equal_instalment": equal_instalment,
    "equal_principal": equal_principal,
    "flat": flat,
    "interest_only": interest_only,
}
"""Plans of one stage whose length is what is looked for."""


class LaidOut:
    """One method's plans for a batch; their lengths aren't chosen yet."""

    def __init__(
        self,
        loans: Loans,
        rows: Ints,
        method: str,
        longest: Ints,
        minimums: Amortisation = ANY,
        spread: Spread | None = None,
    ) -> None:
        self.size = len(loans)
        screen = Screen(self.size, rows)
        every = np.zeros(self.size, np.int64)
        plan = METHODS[method](1)
        # Their lengths aren't chosen yet: one value repeated is picked for nothing.
        self.pieces = [
            replace(piece, work=piece.work.lasting(repeated(1, 1, len(piece.rows))))
            for piece in lay_out(loans, (plan,), every, screen, longest=longest)
        ]
        self.failures = screen.failures()
        self.extra = added(loans.carried, loans.charges)
        self.carried = loans.carried
        self.residue = [r.residue for r in loans.rounding]
        self.rounding_index, self.minimums, self.annual_rate = (
            loans.rounding_index,
            minimums,
            loans.annual_rate,
        )
        self.pace, self.spreads = minimums.pace(loans), minimums.spreads
        self.refused, self.spread = np.zeros(self.size, np.bool_), spread
        # Of the rows of interest only: what they pay, and what could be paid beside it.
        self.before = self.slack = np.zeros((0, self.size), np.int64)

    def exchanged(self, loans: Loans, whose: Ints, spread: Spread | None) -> Self | None:
        """The same method's plans for loans that are those of these numbers, but for what they owe and pay.

        Neither balances nor rates may be higher. None where plans aren't what they were but for these.

        Parameters
        ----------
        loans
            Of as many rows as ``whose``.
        spread
            Of these loans, as the room has it.
        """
        if len(self.failures):
            return None
        rate, every = loans.annual_rate, np.arange(len(whose))
        stays = all_of(rate == self.annual_rate.take(whose))
        made = copy(self)
        made.size, made.pieces = len(whose), []
        for piece in self.pieces:
            rows, keep = every, whose
            if len(self.pieces) > 1:
                place = np.full(self.size, -1)
                place[piece.rows] = np.arange(len(piece.rows))
                keep = place.take(whose)
                rows = np.flatnonzero(keep >= 0)
                keep = keep[rows]
            if not len(rows):
                continue
            other = None if stays else (self.annual_rate[piece.at], rate[span(rows)])
            laid = piece.exchanged(keep, rows, loans.balance[span(rows)], other)
            if laid is None:
                return None
            made.pieces.append(laid)
        made.extra, made.carried = added(loans.carried, loans.charges), loans.carried
        made.rounding_index, made.annual_rate = loans.rounding_index, rate
        made.pace, made.spread = self.minimums.pace(loans), spread
        made.refused = np.zeros(made.size, np.bool_)
        made.before = made.slack = np.zeros((0, made.size), np.int64)
        return made

    def after(self, pause: Pause, room: Room, longest: Ints) -> Self:
        """The same plans beginning after a pause; their lengths are counted from there.

        Refused are those whose pause asks for more than can be paid.

        Parameters
        ----------
        room
            What can be paid in each period, the pause's first; of what is spread, none before its payments.
        longest
            int64 of all loans; the most rows with those of the pause, as the plans were laid out for.
        """
        if not pause.rows:
            return self
        made = copy(self)
        made.pieces, made.refused = [], longest <= pause.rows
        made.extra = self.extra.copy()
        made.before, made.slack = np.zeros((2, pause.only, self.size), np.int64)
        if self.pace is not None:
            made.pace, may = self.pace.after(pause.rows)
            made.refused |= ~may
        for piece in self.pieces:
            some = piece.take(np.flatnonzero(~made.refused[piece.rows]))
            if len(some.rows):
                at = some.rows
                later, made.extra[at], paid = paused(some, pause, self.extra[at])
                can = room.take(at)
                for row, each in enumerate(paid):
                    made.before[row, at], made.slack[row, at] = each, can.at(pause.idle + row) - each
                fits = np.asarray((made.slack[:, at] >= 0).all(axis=0), np.bool_)
                made.refused[at] = ~fits
                if fits.any():
                    made.pieces.append(later if fits.all() else later.take(np.flatnonzero(fits)))
        return made

    @property
    def begin(self) -> Ints:
        """The most that the rows of a pause ask, without what is spread; 0: nothing."""
        return np.asarray(self.before.max(axis=0, initial=0), np.int64)

    @property
    def opening(self) -> Ints:
        """What each loan's instalments repay; 0 of those that were refused."""
        out = np.zeros(self.size, np.int64)
        for piece in self.pieces:
            out[piece.rows] = piece.work.opening
        return out

    def amounts(self, length: Ints) -> Ints:
        """The instalment (or principal share) of plans of these lengths alone, -1 where there is none."""
        out = np.full(self.size, -1)
        for piece in self.pieces:
            work = piece.work.lasting(length[None, piece.rows])
            out[piece.rows] = opening_amount(work)
        return out

    @property
    def alike(self) -> Work | None:
        """The work, where all loans are in one, of level instalments over periods that are alike."""
        if len(self.pieces) != 1 or len(self.pieces[0].rows) < self.size or len(self.before):
            return None
        work = self.pieces[0].work
        known = self._known(self.pieces[0]) and work.rules[0].amount is Amount.LEVEL
        return work if known and work.later is None and work.first is work.regular else None

    @property
    def in_proportion(self) -> bool:
        """Whether longer plans, and at higher rates, repay smaller shares in a time, but for rounding."""
        shares = all(piece.work.rules[0].amount is Amount.SHARE for piece in self.pieces)
        return self.alike is not None or shares

    @property
    def quick(self) -> bool:
        """Whether payments are mostly told without rows, so that no bound spares anything."""
        work = self.alike
        return work is not None and one_level(work)

    def steps(self) -> Ints:
        """What the instalments are multiples of."""
        out = np.ones(self.size, np.int64)
        for piece in self.pieces:
            out[piece.rows] = piece.work.instalment_multiple
        return out

    def bounded(self) -> Bools:
        """For which loans :meth:`above` knows anything: not those whose rates change."""
        out = np.zeros(self.size, np.bool_)
        for piece in self.pieces:
            out[piece.rows] = piece.work.resets is None
        return out

    def _known(self, piece: Laid) -> bool:
        """Whether the largest payment but for the last is known, and the last within bounds."""
        work = piece.work
        if work.resets is not None or self._residue(piece) != "last":
            return False
        rule = work.rules[0]
        return rule.amount is Amount.LEVEL or (
            rule.amount is Amount.SHARE and (work.later is None or rule.on_start)
        )

    def _residue(self, piece: Laid) -> Residue:
        return self.residue[int(self.rounding_index[piece.rows[0]])]

    def _final(self, piece: Laid, length: Ints, amount: Ints | None) -> Work:
        """Plans of these lengths, residue placed; ``amount``: what the instalments are, where it is known."""
        work = piece.work.lasting(length[None, :])
        if amount is not None:
            work.knowing(amount)
        return work if self._residue(piece) == "last" else place_residue(work, self._residue(piece))
