"""One method's plans, with one figure of the loans changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from repayplan.basics.outcome import Bools, Ints
from repayplan.offers.amortisation import ANY, Amortisation
from repayplan.offers.pauses import Pause
from repayplan.offers.room import Room
from repayplan.offers.search import Candidates
from repayplan.plans.loan import Loans

NO_PAUSE = Pause()
NONE = -1


@dataclass(frozen=True, slots=True)
class Plans:
    """Loans and one method's plans for them, of lengths from ``shortest`` to ``longest``.

    ``payable`` are those to be looked at. Where the plans begin after a pause, lengths are counted from then.
    """

    loans: Loans
    name: str
    shortest: Ints
    longest: Ints
    room: Room
    payable: Bools
    pause: Pause = NO_PAUSE
    minimums: Amortisation = ANY

    def take(self, rows: Ints) -> Plans:
        """Some of them."""
        columns = {name: getattr(self, name)[rows] for name in ("shortest", "longest", "payable")}
        return replace(self, loans=self.loans.take(rows), room=self.room.take(rows), **columns)

    def candidates(
        self, loans: Loans, length: Ints, whose: Ints, like: Candidates | None = None
    ) -> Candidates:
        """Plans of up to these lengths for loans that differ from those of these numbers in figures only.

        ``like`` are these loans' plans without a pause, of figures that are no lower.
        """
        rows = length + self.pause.rows
        spread = None if self.room.spread is None else self.room.take(whose).own_spread
        made = None if like is None else like.exchanged(loans, whose, spread)
        if made is None:
            made = Candidates(loans, np.arange(len(whose)), self.name, rows, self.minimums, spread)
        return made.after(self.pause, self.room.take(whose), rows) if self.pause.rows else made

    def unpaused(self, loans: Loans) -> Candidates:
        """Plans of all lengths for loans that differ in figures only, as they would be without the pause."""
        return replace(self, pause=NO_PAUSE).candidates(
            loans, self.longest + self.pause.rows, numbers_of(loans)
        )

    @property
    def later(self) -> Room:
        """What can be paid in each period after the pause."""
        return self.room.after(self.pause.rows)


@dataclass(frozen=True, slots=True)
class ChangedFigure:
    """One method's plans with one figure changed.

    Parameters
    ----------
    change
        Gives the loans with values of the figure.
    low
        The least value: 0 of a rate, 1 of an amount, of which many values have the same ``A`` and are taken
        together.
    """

    plans: Plans
    change: Callable[[Loans, Ints], Loans]
    low: int
    like: Candidates | None = field(default=None, init=False)


def numbers_of(loans: Loans) -> Ints:
    """Of each of the loans its number."""
    return np.arange(len(loans))
