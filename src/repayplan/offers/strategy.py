"""Which of the plans that a policy allows is offered, and how finely they are looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from repayplan.ability.figures import one_of, whole
from repayplan.basics.errors import Code, InputError
from repayplan.kernel.rules import MAX_PERIODS

Aim = Literal["in_order", "least_lender_cost", "least_borrower_cost", "shortest"]
MOST_POINTS = 1_000_000
"""No lattice of a loan has more points, whatever bound it is given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lattice:
    """A finite lattice of the plans that a policy allows for a loan: how fine it is.

    Its points are all combinations of a method of the policy, a number of instalments, and a degree of each
    other step of the policy's concessions, but for those whose holiday and interest-only periods leave no
    instalment. Of each figure, the least and the most are always among the points.

    Parameters
    ----------
    lengths
        Instalments, rows of pauses among them: from the shortest plan on, each so many more, and the longest
        that the limit allows. Without the step ``extend``, the shortest alone.
    pauses
        Periods of a ``holiday`` or of ``interest_only``: none, each so many more, and the most.
    points
        Degrees of ``cut_rate``, ``forbear``, ``forgive`` and ``waive``, whose most is ``top`` with the
        degrees of the steps before: so many, ``k * top // (points - 1)`` for k from 0 on; all where there are
        no more than that. ``"all"``: always all.
    most
        A loan with more combinations than this is refused: ``out_of_range`` of the field ``lattice``.

    Raises
    ------
    InputError
        A number that isn't whole or is out of range.

    Notes
    -----
    Points stand in the order of the policy's methods; of one method by their instalments; of one length by
    the degree of the last step, then of the one before it, and so on: the first gives up least of what the
    policy gives up last.

    Examples
    --------
    >>> Lattice(lengths=12).points
    3
    """

    lengths: int = 6
    pauses: int = 1
    points: int | Literal["all"] = 3
    most: int = 20_000

    def __post_init__(self) -> None:
        whole("lattice.lengths", self.lengths, 1, MAX_PERIODS, "instalments")
        whole("lattice.pauses", self.pauses, 1, MAX_PERIODS, "periods")
        if self.points != "all":
            whole("lattice.points", self.points, 2, MOST_POINTS, "degrees")
        whole("lattice.most", self.most, 1, MOST_POINTS, "points")


@dataclass(frozen=True, slots=True, kw_only=True)
class Strategy:
    """Which affordable plan is offered.

    Parameters
    ----------
    aim
        ``"in_order"``: the one that the concessions come to, each in its turn and to the least degree. Of
        the points of the lattice and that plan, the one with the ``"least_lender_cost"`` (what is owed less
        what the plan is worth at the contract's own rate), with the ``"least_borrower_cost"`` (all that is
        paid), or the ``"shortest"``; of equal ones the one with the fewest instalments, then the first of the
        lattice, where the plan in order comes last.
    lattice
        How fine it is; None: every number of instalments and of periods, five degrees of each other step. Of
        ``in_order`` there is none.

    Raises
    ------
    InputError
        An aim that isn't known; something else than a lattice, or one that isn't looked at.

    Notes
    -----
    Whoever is offered a plan in order is offered one by every aim, and by its aim it is no worse.

    Examples
    --------
    >>> Strategy(aim="shortest").grid.lengths
    1
    """

    aim: Aim = "in_order"
    lattice: Lattice | None = None

    def __post_init__(self) -> None:
        one_of("strategy.aim", self.aim, get_args(Aim))
        if self.lattice is not None and not isinstance(self.lattice, Lattice):
            raise InputError(Code.UNKNOWN_VALUE, "strategy.lattice", self.lattice, "a Lattice is needed here")
        if self.lattice is not None and self.aim == "in_order":
            rule = "none: in_order looks at no lattice"
            raise InputError(Code.UNKNOWN_VALUE, "strategy.lattice", self.lattice, rule)

    @property
    def grid(self) -> Lattice:
        """The lattice that is looked at."""
        return _FINE if self.lattice is None else self.lattice


_FINE = Lattice(lengths=1, points=5)
IN_ORDER = Strategy()
"""As the policy's concessions say."""
