"""What the steps of a waterfall grant, and the loans that nothing serves yet."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from repayplan.basics.outcome import Bools, Ints, span
from repayplan.offers.amortisation import Amortisation
from repayplan.offers.onefigure import Plans
from repayplan.offers.pauses import Pause
from repayplan.offers.room import Room
from repayplan.plans.loan import Loans

NONE_NEEDED = -1


@dataclass(frozen=True, slots=True, eq=False)
class Granted:
    """What is granted to loans, and how long their plans are.

    Attributes
    ----------
    length
        int64 rows of the plan, those of pauses too; 0 where nothing that the steps can do makes one
        affordable.
    degree
        int64 (steps, loans): instalments more than without concession, steps of the rate, multiples of an
        amount, or periods put off.
    last
        int64; the number of the last step that is used, the one that was enough; -1 where none was needed,
        and of all steps where none did.
    method
        int64; the number of the plan's method.
    held_back
        bool; a step that lowers payments, before the last, stays below its most, as more wouldn't serve.
    broken
        bool; the longest plan leaves the domain.
    """

    length: Ints
    degree: Ints
    last: Ints
    method: Ints
    held_back: Bools
    broken: Bools

    def put(self, rows: Ints, other: Granted) -> None:
        """Takes over what another, of these rows alone, grants to them."""
        at = span(rows)
        for name in ("length", "last", "method", "held_back", "broken"):
            getattr(self, name)[at] = getattr(other, name)
        self.degree[:, at] = other.degree

    @classmethod
    def nothing(cls, steps: int, loans: int) -> Granted:
        """Of loans that aren't looked at yet."""
        length, method = (np.zeros(loans, np.int64) for _ in range(2))
        held, broken = (np.zeros(loans, np.bool_) for _ in range(2))
        return cls(length, np.zeros((steps, loans), np.int64), np.full(loans, steps), method, held, broken)

    def take(self, rows: Ints) -> Granted:
        """To some of the loans."""
        columns = {each.name: getattr(self, each.name)[..., rows] for each in fields(self)}
        return Granted(**columns)

    def less_than(self, other: Granted) -> Bools:
        """Where less is granted than by another, as steps in order count.

        By how far down the last step lies that is used, then by its degree, then by those of the others.
        """
        out, same = np.zeros(len(self.last), np.bool_), np.ones(len(self.last), np.bool_)
        for mine, theirs in ((self.last, other.last), (self._of_last, other._of_last)):
            out, same = out | (same & (mine < theirs)), same & (mine == theirs)
        for mine, theirs in zip(self.degree, other.degree, strict=True):
            out, same = out | (same & (mine < theirs)), same & (mine == theirs)
        return out

    @property
    def _of_last(self) -> Ints:
        """The degree of the last step that is used; 0 where there is none."""
        used = np.flatnonzero((self.last >= 0) & (self.last < len(self.degree)))
        out = np.zeros(len(self.last), np.int64)
        out[used] = self.degree[self.last[used], used]
        return out


@dataclass(frozen=True, slots=True)
class Left:
    """Loans for which no plan is affordable yet, with all lowering steps so far as they are granted.

    ``length`` are the rows of their plans, of ``method``; ``rows`` their numbers in what is granted.
    """

    method: str
    loans: Loans
    rows: Ints
    length: Ints
    room: Room
    minimums: Amortisation

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, keep: Ints) -> Left:
        """Some of them, each once, in their order."""
        return self if len(keep) == len(self) else self.each(keep)

    def each(self, whose: Ints) -> Left:
        """Some of them, perhaps several times."""
        return replace(
            self,
            loans=self.loans.take(whose),
            rows=self.rows[whose],
            length=self.length[whose],
            room=self.room.take(whose),
        )

    def plans(self, pause: Pause) -> Plans:
        """Their plans after a pause, of those whose plan is longer than that."""
        tail = np.maximum(self.length - pause.rows, 1)
        payable = self.length > pause.rows
        room = self.room.delayed(pause.idle)
        return Plans(self.loans, self.method, tail, tail, room, payable, pause, self.minimums)

    def fits(self, pause: Pause) -> tuple[Bools, Ints]:
        """Whether every payment of these plans is within what can be paid, and which leave the domain."""
        plans = self.plans(pause)
        made = plans.candidates(self.loans, plans.longest, np.arange(len(self)))
        fits = made.fits(plans.longest, plans.later) & plans.payable
        return np.asarray(fits, np.bool_), made.failures.row
