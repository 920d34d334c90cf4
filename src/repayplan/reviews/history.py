"""What an application says of earlier plans, held against itself."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from repayplan.basics.columns import Screen
from repayplan.basics.errors import Code
from repayplan.offers.factcolumn import Column


def check_history(screen: Screen, facts: Mapping[str, Column]) -> None:
    """Codes for rows whose earlier plans contradict one another; what isn't known contradicts nothing.

    Parameters
    ----------
    screen
        Takes the faults.
    facts
        Those that were given, by name.

    Examples
    --------
    >>> screen = Screen(3)
    >>> known, numbers = np.ones(3, np.bool_), np.array([0, 1, 2])
    >>> earlier, broken = Column.count(numbers, known), Column.count(np.array([0, 2, 2]), known)
    >>> check_history(screen, {"earlier_plans": earlier, "broken_plans": broken})
    >>> screen.failures()
    Failures(1: row 1: out_of_range (broken_plans))
    """
    unknown = Column.text(np.full(screen.size, ""))
    none = Column.count(np.zeros(screen.size, np.int64), unknown.given)
    last, ended = facts.get("last_plan", unknown), facts.get("last_plan_ended", none)
    earlier, broken = facts.get("earlier_plans", none), facts.get("broken_plans", none)
    kept = last.given & (last.cells != "broken")
    screen.fault(ended.given & ~last.given, Code.MISSING, "last_plan")
    few = earlier.given & last.given & (earlier.cells == 0)
    screen.fault(few, Code.OUT_OF_RANGE, "earlier_plans", "0", "at least 1: last_plan says how it ended")
    most = earlier.cells - (kept & (earlier.cells > 0))
    many = earlier.given & broken.given & (broken.cells > most)
    screen.fault(many, Code.OUT_OF_RANGE, "broken_plans", broken.cells, "at most the earlier plans")
    none_broken = broken.given & (broken.cells == 0) & last.given & ~kept
    screen.fault(none_broken, Code.OUT_OF_RANGE, "broken_plans", "0", "at least 1: last_plan is broken")
