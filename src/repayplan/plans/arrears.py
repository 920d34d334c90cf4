"""How a plan repays what is owed beside the balance: with its first payments, or with the last."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from repayplan.basics.columns import Screen
from repayplan.basics.outcome import Ints
from repayplan.kernel.rules import MAX_PERIODS
from repayplan.plans.loan import Loans
from repayplan.plans.stage import Plan


@dataclass(frozen=True, slots=True)
class Repaid:
    """How a component of the arrears is repaid, read for some loans.

    Attributes
    ----------
    of
        The component.
    over
        int64; over how many of the first payments, one a loan; None: with the last.
    """

    of: str
    over: Ints | None

    def take(self, keep: Ints) -> Repaid:
        """The same for some of the loans."""
        return self if self.over is None else replace(self, over=self.over[keep])


def read_arrears(
    loans: Loans, rows: Ints, plan: Plan, read: Callable[[Any], Any], screen: Screen
) -> tuple[Repaid, ...]:
    """How a plan repays the arrears of the loans ``rows``; faults go to ``screen``, of the whole batch."""
    if not plan.beside:
        return ()
    inner, out = Screen(len(loans), rows), []
    for part in plan.beside:
        if part.name == "arrears":
            over = None
            if part.repay == "first":
                over = inner.count("arrears.over", read(part.length), 1, MAX_PERIODS)[rows]
            out.append(Repaid(str(part.option), over))
    screen.adopt(inner.failures())
    return tuple(out)


def share_of(amount: Ints, over: Ints | int, number: Ints | int, payments: Ints | None = None) -> Ints:
    """What of an amount that is spread over the first payments is paid with one of them.

    As even as whole units allow, the earlier payments the one unit more.

    Parameters
    ----------
    amount, over
        At least 0; at least 1.
    number
        Which payment, from 0.
    payments
        How many there are; None: enough.

    Examples
    --------
    >>> [int(share_of(np.int64(11), 3, number)) for number in range(4)]
    [4, 4, 3, 0]
    """
    parts = over if payments is None else np.minimum(over, payments)
    return np.asarray(np.where(number < parts, -((number - amount) // parts), 0), np.int64)
