"""The least number of instalments that a household can pay: proven bound first, then the final rows."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from repayplan.basics.columns import Screen
from repayplan.basics.outcome import Bools, Ints, all_of, span
from repayplan.basics.rounding import Residue
from repayplan.kernel.accrue import Floats
from repayplan.kernel.amortise import BLOCK, run
from repayplan.kernel.amounts import opening_amount
from repayplan.kernel.leftover import above_by_rows, last_above
from repayplan.kernel.leftover import alone as one_level
from repayplan.kernel.proof import bound, calm_loans, first_payment, interest_on_opening
from repayplan.kernel.rules import MAX_PERIODS, Amount
from repayplan.kernel.work import Work
from repayplan.offers.amortisation import ANY, Amortisation, Pace
from repayplan.offers.bounds import (
    FIRST_COMPARED,
    SPREAD,
    largest_before,
    last_beyond,
    last_range,
    least_corrected,
    least_first,
    least_of_two,
    left_after,
    longest_leaving,
    necessary,
    share_in_row,
    surely_above,
    surely_beyond,
)
from repayplan.offers.pauses import Pause, paused
from repayplan.offers.room import Room, Spread
from repayplan.plans.annuity import equal_instalment
from repayplan.plans.laid import Laid
from repayplan.plans.layout import lay_out
from repayplan.plans.loan import Loans
from repayplan.plans.methods import equal_principal, flat, interest_only
from repayplan.plans.residue import place_residue
from repayplan.plans.stage import Plan

ROUNDS = 4
"""After so many rounds it is worth looking whether the instalments of what is left differ at all."""
BOTH_ENDS = 3
"""In so many rounds of a search both ends have been looked at."""
NEVER = 2**62
"""More than can be paid by anybody."""
WRITTEN = 1_024
"""Plans whose rows are written at once where several lengths of a loan are tried."""
NEAR = 32_768
"""Loans whose bounds are worked out at once: what they need stays in the cache."""
METHODS: dict[str, Callable[[Any], Plan]] = {
    "equal_instalment": equal_instalment,
    "equal_principal": equal_principal,
    "flat": flat,
    "interest_only": interest_only,
}
"""Plans of one stage whose length is what is looked for."""


@dataclass(slots=True)
class Measured:
    """What a plan of a given length asks of each loan: int64 minor units, -1 where it can't be kept.

    ``peak`` is the largest payment, arrears paid with the first or spread over several included; ``interest``
    all interest paid, arrears included; ``length`` the plan's, 0 where none was measured.
    """

    peak: Ints
    interest: Ints
    length: Ints

    @classmethod
    def empty(cls, size: int) -> Measured:
        """Nothing measured yet."""
        return cls(np.full(size, -1), np.full(size, -1), np.zeros(size, np.int64))

    def take(self, some: Ints) -> Measured:
        """Some of the figures."""
        return Measured(self.peak[some], self.interest[some], self.length[some])

    def put(self, rows: Ints, other: Measured) -> None:
        """Takes over another's figures for some rows."""
        self.peak[rows], self.interest[rows] = other.peak, other.interest
        self.length[rows] = other.length


@dataclass(slots=True)
class Lowest(Measured):
    """The plans with the smallest largest payment of several methods; ``method`` is their number."""

    method: Ints

    @classmethod
    def none(cls, size: int) -> Lowest:
        """No plan yet."""
        zero = np.zeros(size, np.int64)
        return cls(np.full(size, -1), zero.copy(), zero.copy(), zero)

    def lowered(self, number: int, other: Measured) -> None:
        """Takes over those plans of a method that are lower, or the first."""
        lower = np.flatnonzero((other.peak >= 0) & ((self.peak < 0) | (other.peak < self.peak)))
        self.put(lower, other.take(lower))
        self.method[lower] = number


class Candidates:
    """One method's plans for a batch, laid out once up to each loan's longest length.

    Parameters
    ----------
    loans
        At their finest unit, arrears already placed.
    rows
        The loans looked at.
    method
        Name in :data:`METHODS`.
    longest
        int64 of all loans; the most instalments a plan may have, at least 1 in ``rows``.
    minimums
        How fast principal must be repaid; a plan that isn't as fast can't be kept.
    spread
        What is spread over the first payments, as the room has it that plans are held against.
    """

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
        self.pieces = list(lay_out(loans, (plan,), every, screen, longest=longest))
        self.failures = screen.failures()
        self.extra = loans.carried + loans.charges
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

    def exchanged(self, loans: Loans, whose: Ints, spread: Spread | None) -> Candidates | None:
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
            other = None if stays else (self.annual_rate[span(piece.rows)], rate[span(rows)])
            laid = piece.exchanged(keep, rows, loans.balance[span(rows)], other)
            if laid is None:
                return None
            made.pieces.append(laid)
        made.extra, made.carried = loans.carried + loans.charges, loans.carried
        made.rounding_index, made.annual_rate = loans.rounding_index, rate
        made.pace, made.spread = self.minimums.pace(loans), spread
        made.refused = np.zeros(made.size, np.bool_)
        made.before = made.slack = np.zeros((0, made.size), np.int64)
        return made

    def after(self, pause: Pause, room: Room, longest: Ints) -> Candidates:
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

    def measure(self, length: Ints) -> Measured:
        """What plans of these lengths (all loans; 0 for those not asked) come to."""
        out = Measured.empty(self.size)
        for piece in self.pieces:
            rows = piece.rows
            asked = np.flatnonzero(length[rows] > 0)
            if len(asked):
                some = piece if len(asked) == len(rows) else piece.take(asked)
                out.put(some.rows, self._measure(some, length[some.rows]))
        return out

    def lowest(self, shortest: Ints, longest: Ints) -> Measured:
        """What the plan with the smallest largest payment comes to, of lengths between the two.

        Longer plans ask less but for rounding: from the longest on, shorter ones are looked at as long as
        what they can't be below is less than the least found. ``longest`` 0: not asked.
        """
        best = self.measure(longest)
        # A single period may be shorter than all others, and so ask less than any longer plan; and only
        # plans of more than two periods have a payment between the first and the last.
        for few in range(1, FIRST_COMPARED):
            asked = (shortest <= few) & (longest > few)
            tried = self.measure(np.where(asked, few, 0))
            better = (tried.peak >= 0) & ((best.peak < 0) | (tried.peak < best.peak))
            best.put(np.flatnonzero(better), tried.take(np.flatnonzero(better)))
        for piece in self.pieces:
            rows, length = piece.rows, longest[piece.rows]
            until = np.maximum(shortest[rows], FIRST_COMPARED)
            left, width = np.flatnonzero(length > until), 1
            while len(left):
                # Several lengths at once: each time, as many steps are taken as the plans have rows.
                lengths = length[left] - np.arange(1, width + 1)[:, None]
                each = np.tile(left, width)
                part, asks, found = piece.take(each), lengths.ravel(), best.peak[rows[each]]
                work = replace(part.work, lengths=np.maximum(asks, 1)[None, :])
                might = (found < 0) | (self._floor(part, work, opening_amount(work)) < found)
                some = np.flatnonzero(might & (asks >= until[each]))
                if not len(some):
                    break
                measured = self._measure(part.take(some), asks[some])
                peak, before = measured.peak, found[some]
                less = np.flatnonzero((peak >= 0) & ((before < 0) | (peak < before)))
                # The least of each loan, of equal ones the longest, is put last.
                less = less[np.lexsort((asks[some[less]], -peak[less]))]
                best.put(part.rows[some[less]], measured.take(less))
                length[left] -= width
                left = left[might.reshape(lengths.shape)[-1] & (length[left] > until[left])]
                width = min(2 * width, max(BLOCK // max(len(left), 1), 1))
        return best

    def amounts(self, length: Ints) -> Ints:
        """The instalment (or principal share) of plans of these lengths alone, -1 where there is none."""
        out = np.full(self.size, -1)
        for piece in self.pieces:
            work = replace(piece.work, lengths=length[None, piece.rows])
            out[piece.rows] = opening_amount(work)
        return out

    def least(self, shortest: Ints, longest: Ints, room: Room) -> Ints:
        """The shortest plan, from ``shortest`` to ``longest``, with every payment within what can be paid.

        No shorter plan than the one that :func:`~repayplan.offers.bounds.necessary` allows can be
        affordable, nor one whose payments surely aren't; from there on, length by length, the final rows
        decide, so that no rounding is taken for granted, or the instalment alone where no rounding could
        matter.

        Returns
        -------
        int64 of all loans; 0 where there is none.
        """
        found = np.zeros(self.size, np.int64)
        for piece in self.pieces:
            at = span(piece.rows)
            rows, end, can = piece.rows, longest[at], room.take(piece.rows)
            length = self._begin(piece, shortest[at], end, can)
            end = self._fast_enough(piece, length, end)
            left, width, rounds = np.flatnonzero(length <= end), 1, 0
            skipped = np.zeros(len(rows), np.bool_)
            while len(left):
                tried, part = length[left], piece
                if width > 1:
                    tried = np.minimum(tried + np.arange(width)[:, None], end[left])
                if width > 1 or len(left) < len(rows):
                    part = piece.take(np.tile(left, width) if width > 1 else left)
                fits, low = self._tried(part, tried.ravel(), room.take(part.rows), width)
                hit = fits if width == 1 else fits.reshape(width, -1).any(axis=0)
                best = (
                    tried if width == 1 else np.where(fits.reshape(width, -1), tried, MAX_PERIODS).min(axis=0)
                )
                got = np.flatnonzero(hit)  # numpy picks by number several times as fast as by a mask
                found[rows.take(left.take(got))] = best.take(got)
                # Of plans whose payments but the last are low enough, no longer one's are too high.
                low = low.reshape(width, -1)[-1] & room.constant & (length[left] >= FIRST_COMPARED) & ~hit
                skipped[left.take(np.flatnonzero(low))] = True
                left = left.take(np.flatnonzero(~hit))
                length[left] += width
                left = left[length[left] <= end[left]]
                skip = left[~skipped[left] & (length[left] >= FIRST_COMPARED)]
                # Where the same can be paid in all periods, no more than roundings is in the way so far.
                if len(skip) and (rounds or not room.constant):
                    most = self._bottleneck(piece, length, end, can, skip)
                    length[skip] = self._skip(piece, skip, length[skip], end[skip], most)
                    skipped[skip] = True
                    left = left[length[left] <= end[left]]
                # The few that are left try several lengths at once.
                width, rounds = min(4 * width, max(BLOCK // max(len(left), 1), 1)), rounds + 1
                if len(left) and rounds >= ROUNDS and self.pace is None:
                    left = self._tails(piece, left, length, end, can, found)
        return found

    def _begin(self, piece: Laid, shortest: Ints, longest: Ints, room: Room) -> Ints:
        """A length below which no plan can be affordable; beyond the longest, none is."""
        every = np.arange(len(shortest))
        length = np.maximum(
            shortest, self._necessary(piece, self._bottleneck(piece, shortest, longest, room, every))
        )
        # A longer plan has its instalments in more periods, in one of which less can be paid.
        left = every[:0] if room.constant else np.flatnonzero((length > shortest) & (length <= longest))
        while len(left):
            most = self._bottleneck(piece, length, longest, room, left)
            least = self._necessary(piece if len(left) == len(length) else piece.take(left), most)
            longer = least > length[left]
            left, least = left[longer], least[longer]
            length[left] = least
            left = left[least <= longest[left]]
        return length

    def _bottleneck(
        self, piece: Laid, shortest: Ints, longest: Ints, room: Room, some: Ints | None = None
    ) -> Ints:
        """What the largest payment of a plan of some length from ``shortest`` on can't be above.

        Of all loans of the piece, or some.
        """
        if some is not None and len(some) < len(piece.rows):
            shortest, longest, room = shortest[some], longest[some], room.take(some)
            piece = piece if room.constant else piece.take(some)
        if room.constant:
            return room.at(0)
        if self._known(piece) and piece.work.rules[0].amount is Amount.LEVEL:
            # The same is paid in every period but the last, and with the first what is paid with it.
            whole = self._whole_rows(piece, np.minimum(shortest, longest))
            return np.minimum(room.at(0), room.least(whole) + self.extra[span(piece.rows)])
        return room.most(longest)

    def _whole_rows(self, piece: Laid, length: Ints) -> Ints:
        """How many rows of level plans, of these lengths or longer, surely pay the whole instalment.

        All but the last, unless roundings come to so much that the loan is repaid before.
        """
        work, rows = piece.work, length - 1
        step = work.instalment_multiple + work.interest_multiple
        with np.errstate(over="ignore"):
            growth = np.exp((length + 1) * np.log1p(np.abs(bound(work).factor)))
            # The balance before the last row, unrounded, against what roundings take off until then.
            taken = 1.0 * length * length * step * growth * np.where(work.num < 0, growth, 1)
        some = np.flatnonzero(work.opening <= taken)
        if len(some):
            few = replace(work.take(some), lengths=np.maximum(length[some], 1)[None, :])
            amount = np.maximum(opening_amount(few), 1)
            rows[some] = np.minimum(rows[some], work.opening[some] // amount)
        return rows

    def _tails(self, piece: Laid, left: Ints, length: Ints, end: Ints, room: Room, found: Ints) -> Ints:
        """Settles those of the loans whose instalment is the same for all lengths that are left to try.

        Plans of one instalment differ in their last row only, and the longest of them has all the others'
        rows: the first balance that can be paid with its interest is the last row of the least.

        Returns
        -------
        The other loans; what is found goes to ``found``.
        """
        if not self._known(piece) or piece.work.rules[0].amount is not Amount.LEVEL:
            return left
        part = piece.take(left)
        shorter, longer = (replace(part.work, lengths=each[None, left]) for each in (length, end))
        same = opening_amount(shorter) == opening_amount(longer)
        if room.spread is not None:
            same &= room.take(left).settled(length[left])
        some = np.flatnonzero(same)
        mine = left[some]
        for block in run(longer.take(some)):
            loans = mine[block.rows]
            rows, begin, can = piece.rows[loans], length[loans] - 1, room.take(loans)
            open_, paid = np.ones(len(loans), np.bool_), block.amount[0] + self.extra[rows]
            for t in range(len(block.active) - 1):
                here, most = int(block.active[t]), can.at(t)
                opening, interest, _ = block.period(t)
                hit = open_[:here] & (t >= begin[:here]) & (opening + interest <= most[:here])
                found[rows[:here][hit]] = t + 1
                open_[:here] &= ~hit & (block.amount[0, :here] >= interest) & (paid <= most)[:here]
                paid = block.amount[0]
                if not open_.any():
                    break
        return np.asarray(left[~same], np.int64)

    def _necessary(self, piece: Laid, capacity: Ints) -> Ints:
        """A length below which no plan can be affordable."""
        residue, work = self._residue(piece), piece.work
        corrected = residue == "first"
        steps = SPREAD if residue in ("spread", "shared") else 1.0
        slack = steps * (work.instalment_multiple + work.interest_multiple)
        last = corrected or work.rules[0].amount is Amount.NONE  # what is paid first may not be with it
        room = capacity if last else capacity - self.extra[span(piece.rows)]
        if len(room) <= NEAR:
            return necessary(work, room, slack, corrected=corrected)
        out = np.empty_like(room)
        for start in range(0, len(room), NEAR):
            here = slice(start, start + NEAR)
            out[here] = necessary(work.take(here), room[here], slack, corrected=corrected)
        return out

    def _skip(self, piece: Laid, some: Ints, begin: Ints, end: Ints, capacity: Ints) -> Ints:
        """Of some of the loans, the first length from ``begin`` to ``end`` whose floor isn't above capacity.

        One beyond ``end`` where there is none: the floor never rises with the length.
        """
        low, high, step = begin - 1, end + 1, 1  # above capacity at low (or before begin), not at high
        open_ = np.arange(len(some))
        while len(open_):
            # In steps that double until one is found; from there on in halves.
            near, far = low[open_], high[open_]
            probe = np.where(far > end[open_], np.minimum(near + step, far - 1), (near + far) // 2)
            part = piece.take(some[open_])
            work = replace(part.work, lengths=probe[None, :])
            holds = self._floor(part, work, opening_amount(work)) <= capacity[open_]
            high[open_], low[open_] = np.where(holds, probe, far), np.where(holds, near, probe)
            open_ = open_[high[open_] - low[open_] > 1]
            step *= 2
        return high

    def floor(self, length: Ints) -> Ints:
        """What the largest payment of plans of these lengths can't be below, arrears included.

        It never falls when the balance or the rate rises, and never rises with the length from
        :data:`~repayplan.offers.bounds.FIRST_COMPARED` on.
        """
        out = np.where(self.refused, NEVER, -1)
        for piece in self.pieces:
            rows = span(piece.rows)
            work = replace(piece.work, lengths=length[None, rows])
            out[rows] = self._floor(piece, work, opening_amount(work))
        return out

    def fits(self, length: Ints, room: Room) -> Bools:
        """Whether every payment of plans of these lengths (0: not asked) is within what can be paid."""
        out = np.zeros(self.size, np.bool_)
        for piece in self.pieces:
            asked = np.flatnonzero(length[span(piece.rows)] > 0)
            if len(asked):
                some = piece if len(asked) == len(piece.rows) else piece.take(asked)
                rows = span(some.rows)
                out[rows] = self._fits(some, length[rows], room.take(some.rows))
        return out

    def bottleneck(self, length: Ints, room: Room) -> Ints:
        """What the largest payment of plans of these lengths can't be above to be affordable."""
        out = np.zeros(self.size, np.int64)
        for piece in self.pieces:
            own = length[span(piece.rows)]
            out[piece.rows] = self._bottleneck(piece, own, own, room.take(piece.rows))
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

    def settled(self, length: Ints, room: Room) -> tuple[Bools, Bools]:
        """Whether plans fit as :meth:`fits` says, of plans that are :attr:`alike`.

        And where all of their payments but the last are known to.
        """
        return self._tried(self.pieces[0], length, room) if self.size else (np.zeros(0, np.bool_),) * 2

    def above(self, length: Ints, room: Room, *, even: bool) -> Bools:
        """Where plans of these lengths surely have a payment too large, without writing their rows.

        With ``even`` only by :func:`~repayplan.offers.bounds.surely_above`'s bounds of that name.
        """
        out, most = np.zeros(self.size, np.bool_), room.most(length)
        for piece in self.pieces:
            rows = span(piece.rows)
            work = replace(piece.work, lengths=length[None, rows])
            out[rows] = surely_above(
                work, opening_amount(work), self.extra[rows], most[rows], self._residue(piece), even=even
            )
        return out

    def beyond(self, length: Ints, room: Room) -> Bools:
        """Where plans of these lengths, and of any balance above, surely aren't affordable.

        Unlike :meth:`floor` it says nothing of other lengths.
        """
        out, most, end = np.zeros(self.size, np.bool_), room.most(length), room.in_row(length)
        for piece in self.pieces:
            rows = span(piece.rows)
            work = replace(piece.work, lengths=length[None, rows])
            out[rows] = surely_beyond(work, most[rows], self._residue(piece))
            if self._known(piece) and work.rules[0].amount is Amount.LEVEL and not room.constant:
                out[rows] |= last_beyond(work, end[rows])
        return out

    def over_in_a_row(self, length: Ints, room: Room) -> Bools:
        """Where plans of these lengths, and of any balance or rate above, surely ask too much in some row.

        Of equal principal and flat plans, whose rows aren't alike: in the rows from which on less can be paid
        than before.
        """
        out = np.zeros(self.size, np.bool_)
        if room.constant:
            return out
        rows = room.lower_from
        for piece in self.pieces:
            if piece.work.rules[0].amount is Amount.SHARE and piece.work.resets is None:
                at = span(piece.rows)
                work, can = replace(piece.work, lengths=length[None, at]), room.take(piece.rows)
                for row in rows[rows < int(work.term.max(initial=0))].tolist():
                    out[at] |= share_in_row(work, row, self._residue(piece)) > np.maximum(can.at(row), 0)
        return out

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

    def _floor(self, piece: Laid, work: Work, amount: Ints) -> Ints:
        residue, length, kind = self._residue(piece), work.term, work.rules[0].amount
        if residue == "last" or kind is Amount.NONE:
            most = least_of_two(work, amount, self.extra[span(piece.rows)])
            if kind is Amount.NONE:  # the last payment: principal, and the interest of a period
                units = np.where(length > 1, work.smallest_later(), 0)
                most = np.maximum(most, work.opening + interest_on_opening(work, units))
            return most
        # The first pays its interest at least, and what is paid with it.
        extra = self.extra[span(piece.rows)]
        begin = interest_on_opening(work, work.first) + extra
        # All of them together pay the balance and that.
        most = np.maximum(begin, work.opening // length + begin // length)
        least = np.maximum(least_corrected(work, amount, residue), most)
        if work.resets is None:
            first = least_first(work, amount, residue)
            least = np.maximum(least, first + (begin if kind is Amount.SHARE else extra))
        return np.where(length >= FIRST_COMPARED, least, most)

    def _fits(self, piece: Laid, length: Ints, room: Room) -> Bools:
        """Whether every payment of plans of these lengths is within what can be paid."""
        return self._tried(piece, length, room)[0]

    def _tried(self, piece: Laid, length: Ints, room: Room, width: int = 1) -> tuple[Bools, Bools]:
        """The same, and of which it is known that all payments but the last are.

        The loans may come ``width`` times, with one length after the other: then no length is looked at
        twice of a loan that surely keeps a shorter one.
        """
        amount, low = None, np.zeros(len(length), np.bool_)
        if not self._known(piece):
            # Where the residue is placed a plan is written several times: not one that is surely too much.
            work, extra = replace(piece.work, lengths=length[None, :]), self.extra[span(piece.rows)]
            most = room.most(length)
            unsure = ~surely_above(work, opening_amount(work), extra, most, self._residue(piece), even=False)
            fits = np.zeros(len(length), np.bool_)
        elif one_level(piece.work) and room.spread is None:
            fits, unsure, low = self._by_last(piece, length, room, width)
            unsure = self._unsettled(fits, unsure, width)
        else:
            fits, unsure, amount = self._by_bounds(piece, length, room)
            if room.spread is not None:  # payments that are fewer than it is spread over have more of it
                few = ~room.settled(length)
                fits, unsure = fits & ~few, unsure | (fits & few)
            unsure = self._unsettled(fits, unsure, width)
        rows = np.flatnonzero(unsure)
        if len(rows):
            some = piece if len(rows) == len(length) else piece.take(rows)
            known = None if amount is None else amount[rows]
            if room.constant:
                peak = self._measure(some, length[rows], known).peak
                fits[rows] = (peak >= 0) & (peak <= room.take(rows).at(0))
            else:
                fits[rows] = self._within(some, length[rows], room.take(rows), known)
        if self._asks(piece):
            kept = np.flatnonzero(fits)
            fits[kept] = self._repays(piece.take(kept), length[kept])
        return fits, low

    def _unsettled(self, fits: Bools, unsure: Bools, width: int) -> Bools:
        """Of which of the loans, given ``width`` times, it matters: no shorter plan of theirs surely fits."""
        if width == 1 or self.pace is not None or not fits.any():
            return unsure
        return unsure & ~np.logical_or.accumulate(fits.reshape(width, -1), axis=0).ravel()

    def _by_bounds(self, piece: Laid, length: Ints, room: Room) -> tuple[Bools, Bools, Ints]:
        """Which plans surely are within what can be paid, of which only rows can tell, and their ``A``."""
        fits, unsure = np.zeros(len(length), np.bool_), np.ones(len(length), np.bool_)
        amount = np.empty_like(length)
        work, extra = replace(piece.work, lengths=length[None, :]), self.extra[span(piece.rows)]
        least, before = room.least(length), self._bottleneck(piece, length, length, room)
        last = room.in_row(length)
        for start in range(0, len(length), NEAR):
            here = slice(start, start + NEAR)
            near = work.take(here)
            amount[here] = opening_amount(near)
            near.knowing(amount[here])
            within = least[here], before[here], last[here]
            fits[here], unsure[here] = _decided(near, amount[here], extra[here], within)
        return fits, unsure, amount

    def _by_last(self, piece: Laid, length: Ints, room: Room, width: int) -> tuple[Bools, Bools, Bools]:
        """Which of level plans fit, of which only rows can tell, and whose payments but the last do.

        These are known, and mostly the last one's side of what can be paid.
        """
        work, extra = replace(piece.work, lengths=length[None, :]), self.extra[span(piece.rows)]
        last = room.in_row(length)
        amount, above, known, rows = last_above(work, last)
        most = room.at(0)  # of what is known, all payments but the last are whole instalments
        if not room.constant:
            most = np.minimum(most, room.least(length - 1) + extra)
        within = first_payment(work, amount) + extra <= most
        fits, unsure = within & known & ~above & (rows == 0), np.zeros(len(length), np.bool_)
        left = np.flatnonzero(self._unsettled(fits, within & known & (rows > 0), width))
        if len(left):
            more, known[left] = above_by_rows(work.take(left), amount[left], rows[left], last[left])
            fits[left] = ~more & known[left]
        rest = np.flatnonzero(~known)
        if len(rest):
            fits[rest], unsure[rest], _ = self._by_bounds(piece.take(rest), length[rest], room.take(rest))
        return fits, unsure, within & known

    def _asks(self, piece: Laid) -> bool:
        """Whether plans must repay principal at some pace."""
        return self.pace is not None or (self.spreads and piece.work.rules[0].amount is Amount.NONE)

    def _repays(self, piece: Laid, length: Ints) -> Bools:
        """Whether plans of these lengths repay principal as fast as they must."""
        out = np.ones(len(length), np.bool_)
        if not len(length):
            return out
        if self.spreads and piece.work.rules[0].amount is Amount.NONE:
            out = length == 1
        if self.pace is None:
            return out
        unsure, pace = out.copy(), self.pace.take(piece.rows)
        calm = np.zeros(len(length), np.bool_)
        if self._residue(piece) == "last":
            # What is calm repays principal in every row; whether enough, a formula tells but for rounding.
            work, due = self._final(piece, length, None), pace.by < length
            (behind, error), calm = self._behind(piece, length), calm_loans(work, bound(work))
            out &= ~(due & (behind > error)).any(axis=0)
            unsure = out & ~(calm & (~due | (behind < -error)).all(axis=0))
        for mask in (unsure & calm, unsure & ~calm):
            rows = np.flatnonzero(mask)
            if len(rows):
                blocks, asked = run(self._final(piece.take(rows), length[rows], None)), pace.take(rows)
                if calm[rows[0]]:
                    out[rows] = (asked.lacking(blocks, length[rows]) <= 0).all(axis=0)
                else:
                    out[rows] = asked.kept(blocks, length[rows])
        return out

    def lacking(self, length: Ints) -> tuple[Floats, Floats]:
        """How far plans of these lengths are behind the shares to be repaid, and what rounding makes of it.

        Returns
        -------
        float (shares, loans), what is left more than is allowed if nothing is rounded, 0 where the plan ends
        before; and by how much it may differ from that (infinite where nothing is proven).
        """
        shares = 0 if self.pace is None else len(self.pace.by)
        out, error = np.zeros((shares, self.size)), np.full((shares, self.size), np.inf)
        for piece in self.pieces:
            if shares:
                rows = piece.rows
                out[:, rows], error[:, rows] = self._behind(piece, length[rows])
        return out, error

    def _behind(self, piece: Laid, length: Ints) -> tuple[Floats, Floats]:
        """The same of some of the loans."""
        pace = self.pace.take(piece.rows)  # type: ignore[union-attr]
        out, error = np.zeros(pace.by.shape), np.full(pace.by.shape, np.inf)
        work = replace(piece.work, lengths=length[None, :])
        if self._told(piece):
            error = _rounded(work, pace)
            for rule, (by, left) in enumerate(zip(pace.by, pace.left, strict=True)):
                behind = left_after(work, np.minimum(by, length - 1)) - left
                out[rule] = np.where(by < length, behind, 0)
        return out, error

    def _told(self, piece: Laid) -> bool:
        """Whether a formula tells what plans leave after a row, but for rounding."""
        known = piece.work.resets is None and self._residue(piece) == "last"
        return known and piece.work.rules[0].amount is not Amount.NONE

    def slowest(self, shortest: Ints, longest: Ints) -> Ints:
        """The longest plans, of lengths between the two, that repay fast enough; else the shortest."""
        out = longest.copy()
        for piece in self.pieces:
            rows = piece.rows
            if self._asks(piece):
                out[rows] = self._fast_enough(piece, shortest[rows], longest[rows])
                left, width = np.flatnonzero(out[rows] > shortest[rows]), 1
                while len(left):
                    # Several lengths at once, where few loans are left.
                    at = rows[left]
                    tried = out[at][:, None] - np.arange(width)
                    within = tried > shortest[at][:, None]
                    each, kept = np.repeat(left, width)[within.ravel()], np.zeros(tried.shape, np.bool_)
                    kept[within] = self._repays(piece.take(each), tried[within])
                    hit = kept.any(axis=1)
                    out[at] -= np.where(hit, kept.argmax(axis=1), within.sum(axis=1))
                    left = left[~hit]
                    left = left[out[rows[left]] > shortest[rows[left]]]
                    width = min(4 * width, max(WRITTEN // max(len(left), 1), 1))
        return np.maximum(out, shortest)

    def _fast_enough(self, piece: Laid, shortest: Ints, longest: Ints) -> Ints:
        """The longest plan beyond which none repays fast enough.

        A longer plan has smaller instalments: where one is behind by more than rounding can make up for, all
        longer ones are.
        """
        if self.pace is None or not len(self.pace.by) or not self._told(piece):
            return longest
        pace, work, end = self.pace.take(piece.rows), piece.work, longest
        known = [
            longest_leaving(work, by, left + error)
            for by, left, error in zip(pace.by, pace.left, _rounded(work, pace), strict=True)
        ]
        least = np.minimum(shortest, longest + 1) - 1
        for by, most in zip(pace.by, known, strict=True):
            if most is None:
                break
            whole = np.floor(np.minimum(most * (1 + 1e-9) + 1e-6, MAX_PERIODS)).astype(np.int64)
            end = np.minimum(end, np.maximum(whole, by))
        else:
            return np.asarray(np.maximum(end, least), np.int64)

        def may(length: Ints) -> Bools:
            behind, error = self._behind(piece, np.maximum(length, 1))
            return np.asarray((behind <= error).all(axis=0), np.bool_)

        return last(may, least, longest, longest)

    def _within(self, piece: Laid, length: Ints, room: Room, amount: Ints | None) -> Bools:
        """Whether each of the final rows is within what can be paid in its period."""
        out, extra = np.zeros(len(length), np.bool_), self.extra[piece.rows]
        for block in run(self._final(piece, length, amount)):
            fits, can, more = ~block.negative, room.take(block.rows), extra[block.rows]
            rows = length[block.rows]
            few = can.spread is not None and not all_of(can.settled(rows))
            for number, slack in enumerate(self.slack[:, piece.rows[block.rows]] if few else ()):
                fits &= can.short(number - len(self.slack), rows) <= slack
            for t in range(len(block.active) - 1):
                here = int(block.active[t])
                opening, interest, closing = block.period(t)
                most = can.at(t) - can.short(t, rows) if few else can.at(t)
                fits[:here] &= opening - closing + interest + (more[:here] if t == 0 else 0) <= most[:here]
            out[block.rows] = fits
        return out

    def _final(self, piece: Laid, length: Ints, amount: Ints | None) -> Work:
        """Plans of these lengths, residue placed; ``amount``: what the instalments are, where it is known."""
        work = replace(piece.work, lengths=length[None, :])
        if amount is not None:
            work.knowing(amount)
        return work if self._residue(piece) == "last" else place_residue(work, self._residue(piece))

    def _measure(self, piece: Laid, length: Ints, amount: Ints | None = None) -> Measured:
        """What the final rows come to; ``amount``: what the instalments are, where that is known."""
        work = self._final(piece, length, amount)
        out = Measured.empty(len(length))
        out.length = length
        first, refused = np.empty(len(length), np.int64), np.zeros(len(length), np.bool_)
        for block in run(work, store=False):
            out.peak[block.rows] = block.peak
            out.interest[block.rows] = block.total
            first[block.rows] = block.begin
            if block.negative.any():
                refused[block.rows[block.negative]] = True
        if self._asks(piece):
            refused |= ~self._repays(piece, length)
        if self.spread is not None:
            out.peak = np.maximum(out.peak, self._largest(piece, work, length))
        mine = span(piece.rows)
        out.peak = np.where(refused, -1, np.maximum(out.peak, first + self.extra[mine]))
        out.interest += self.carried[mine]
        return out

    def _largest(self, piece: Laid, work: Work, length: Ints) -> Ints:
        """The largest payment of plans of these rows, those of a pause too, with what is spread over them."""
        out, before = np.zeros(len(length), np.int64), self.before[:, piece.rows]
        if self.spread is None:
            return out
        spread, payments, extra = self.spread.take(piece.rows), length + len(before), self.extra[piece.rows]
        for number, paid in enumerate(before):
            out = np.maximum(out, paid + spread.share(number, payments))
        for block in run(work):
            rows = block.rows
            own, count = spread.take(rows), payments[rows]
            for t in range(min(len(block.active) - 1, spread.most)):
                opening, interest, closing = block.period(t)
                here = rows[: len(opening)]
                paid = opening - closing + interest + (extra[here] if t == 0 else 0)
                paid = paid + own.share(t + len(before), count)[: len(here)]
                out[here] = np.maximum(out[here], paid)
        return out


def _rounded(work: Work, pace: Pace) -> Floats:
    """By how much roundings may change what plans leave where their shares are due, (shares, loans)."""
    rows = pace.by + pace.begun
    step = work.instalment_multiple + work.interest_multiple + 1.0
    with np.errstate(over="ignore"):
        growth = np.exp(rows * np.log1p(np.abs(bound(work).factor)))
        return np.asarray((rows + 2) * step * growth * 1.01 + 1 + work.opening * growth * 1e-12, np.float64)


def last(test: Callable[[Ints], Bools], low: Ints, high: Ints, near: Ints) -> Ints:
    """The last value of ``(low, high]`` for which a test holds that fails from somewhere on; else ``low``."""
    after = high + 1  # the test holds at low (or is taken to), and doesn't at after
    reach = 4
    for around in (near, near):
        below, above = np.clip(around - reach, low, high), np.clip(around + reach, low, high)
        for probe in (below, above):
            inside = (probe > low) & (probe < after)
            holds = test(probe)
            low, after = np.where(inside & holds, probe, low), np.where(inside & ~holds, probe, after)
        reach *= 1_000
    while (after - low > 1).any():
        middle = low + (after - low) // 2
        holds = test(middle)
        open_ = after - low > 1
        low, after = np.where(open_ & holds, middle, low), np.where(open_ & ~holds, middle, after)
    return low


def last_within(
    excess: Callable[[Ints, Ints], Floats], low: Ints, high: Ints, near: Ints, at_low: Floats
) -> Ints:
    """The last value of ``(low, high]`` at which a figure that never falls isn't above 0; else ``low``.

    It is looked for where the straight line through what is known on both sides crosses 0, first ``near``:
    few steps, where the figure is about in proportion.

    Parameters
    ----------
    excess
        The figure at values, of the rows of these numbers; infinite where how far it is above 0 isn't known.
    at_low
        The figure at ``low``; NaN where it isn't known.
    """
    low, after = low.copy(), high + 1  # not above 0 at low (or taken not to be), above 0 at after
    at_low, at_after = at_low.copy(), np.full(len(low), np.nan)
    probe, rounds, open_ = np.clip(near, low + 1, high), 0, np.flatnonzero(after - low > 1)
    while len(open_):
        values = probe[open_]
        found = excess(values, open_)
        holds = found <= 0
        kept, lost = open_[holds], open_[~holds]
        low[kept], at_low[kept] = values[holds], found[holds]
        after[lost], at_after[lost] = values[~holds], found[~holds]
        open_, rounds = open_[after[open_] - low[open_] > 1], rounds + 1
        begin, end, below, above = (each[open_] for each in (low, after, at_low, at_after))
        with np.errstate(invalid="ignore", divide="ignore"):
            part = below / (below - above)
        # A line may lie too low on one side over and over: every now and then the middle is looked at.
        part = np.where(np.isfinite(part) & (rounds % 4 > 0), part, 0.5)
        middle = begin + ((end - begin) * part).astype(np.int64)
        if rounds < BOTH_ENDS:
            middle = np.where(np.isnan(above), end - 1, np.where(np.isnan(below), begin + 1, middle))
        probe[open_] = np.clip(middle, begin + 1, end - 1)
    return low


def _decided(work: Work, amount: Ints, extra: Ints, room: tuple[Ints, Ints, Ints]) -> tuple[Bools, Bools]:
    """Which plans of one stage surely are within what can be paid, and of which only their rows can tell.

    Parameters
    ----------
    room
        What can be paid in each of the periods, what the largest payment before the last can't be above, and
        what the last can't.
    """
    length, (each, before, end) = work.term, room
    least, most = last_range(work, amount)
    at_least, at_most = largest_before(work, amount, extra)
    fits = (at_most <= each) & (most <= each) & (length > 1)
    unsure = (at_least <= before) & ~fits & ((least <= end) | (length == 1))
    if work.rules[0].net and (unsure & np.isinf(most)).any():
        # An instalment below the first interest can't be kept, however long the plan.
        interest = interest_on_opening(work, work.first)
        unsure &= (amount >= interest) | (length == 1)
    return np.asarray(fits, np.bool_), np.asarray(unsure, np.bool_)
