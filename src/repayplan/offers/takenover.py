"""What a merged plan takes over of each debt in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from repayplan.basics.outcome import Ints
from repayplan.kernel.prorata import Parties
from repayplan.kernel.rules import MAX_PERIODS
from repayplan.offers.arrears import COMPONENTS, place_arrears
from repayplan.offers.mergedplans import Written
from repayplan.plans.loan import Loans

_INTEREST = ("overdue_interest", "accrued_interest")
WITH_THE_LAST = MAX_PERIODS + 1


@dataclass(frozen=True, slots=True)
class TakenOver:
    """What a plan takes over of each debt; debts of one plan stand together, the largest first.

    ``of`` is the plan of each; ``interest`` and ``charges`` are arrears that are paid beside the balance, in
    the order in which they are: all with the first payment (0), over so many of the first, or with the last.
    """

    row: Ints
    of: Ints
    balance: Ints
    capitalised: Ints
    waived: Ints
    interest: dict[int, Ints]
    charges: dict[int, Ints]

    def parties(self, weight: Ints) -> Parties:
        """The debts with some weight."""
        return Parties.of_weights(np.unique(self.of, return_index=True)[1], weight)

    def beside(self, least: int, most: int) -> Ints:
        """What each debt has beside the balance that is paid over so many of the first payments."""
        out = np.zeros_like(self.balance)
        for part in (self.interest, self.charges):
            for over, amount in part.items():
                out = out + (amount if least <= over <= most else 0)
        return out

    def accounts(self, kind: Literal["interest", "charges"]) -> list[DebtAccount]:
        """The arrears of a kind, in the order in which they are paid."""
        every = [part for _, part in sorted(getattr(self, kind).items())]
        return [DebtAccount(of := self.parties(part), part, of.total) for part in every]

    def take(self, plans: Ints) -> TakenOver:
        """The debts of some of the plans, which rise."""
        number = np.full(int(self.of.max(initial=-1)) + 1, -1)
        number[plans] = np.arange(len(plans))
        keep = number[self.of] >= 0
        of, kept = number[self.of[keep]], (self.balance[keep], self.capitalised[keep], self.waived[keep])
        interest, charges = (
            {over: amount[keep] for over, amount in part.items()} for part in (self.interest, self.charges)
        )
        return TakenOver(self.row[keep], of, *kept, interest, charges)


def taken_over(loans: Loans, debts: Loans, borrower: Ints, accrued: Ints, made: Written) -> TakenOver:
    """Of each debt, as it stands on the common day, what the plan's rule for arrears makes of it.

    Each component's waiver is the plan's, shared out in proportion to what each debt has of the component.
    """
    place = np.full(len(loans), -1)
    place[made.row] = np.arange(len(made.row))
    mine = np.flatnonzero(place[borrower] >= 0)
    owed = (debts.balance + debts.carried + debts.charges + accrued)[mine]
    mine = mine[np.lexsort((-owed, place[borrower[mine]]))]
    of = place[borrower[mine]]
    finer = 10 ** (made.decimals - loans.decimals[made.row])
    nothing = np.zeros(len(mine), np.int64)
    arrears = {name: getattr(debts, name)[mine] * finer[of] for name in COMPONENTS}
    arrears["accrued_interest"] += accrued[mine] * finer[of]
    some, alone = loans.take(made.row), dict.fromkeys(COMPONENTS, np.zeros(len(made.row), np.int64))
    balance = debts.balance[mine] * finer[of]
    taken = TakenOver(mine, of, balance, nothing.copy(), nothing.copy(), {}, {})
    for name, own in arrears.items():
        left, over = own, 0
        if made.arrears is not None:
            part = getattr(made.arrears, name)
            over = WITH_THE_LAST if part.treatment == "carry" else part.instalments or 0
            placed = place_arrears(
                some.replace(**(alone | {name: getattr(some, name) * finer})), made.arrears
            )
            more = made.waived.get(name, np.zeros(len(made.row), np.int64))
            given_up = taken.parties(own).settled(nothing, placed.waived + more)
            joins = np.maximum(placed.capitalised - more, 0)
            added = taken.parties(own - given_up).settled(nothing, joins)
            left = own - given_up - added
            taken.waived[:] += given_up
            taken.capitalised[:] += added
            taken.balance[:] += added
        into = taken.interest if name in _INTEREST else taken.charges
        into[over] = into.get(over, nothing) + left
    return taken


class DebtAccount:
    """What the debts of each plan hold together of something that rises and falls."""

    def __init__(self, parties: Parties, held: Ints, total: Ints) -> None:
        self.parties, self.held, self.total = parties, held.copy(), total.copy()

    def move(self, change: Ints) -> Ints:
        """How much more each debt of the first plans holds, where all of a plan's hold so much more."""
        some = self.parties.first(len(change))
        self.total[: len(change)] += change
        held = self.held[: len(some.weight)]
        after = some.settled(held, self.total[: len(change)])
        moved = after - held
        held[:] = after
        return np.asarray(moved, np.int64)
