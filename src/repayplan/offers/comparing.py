"""The plans of some loans compared for their menus."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from repayplan.basics.outcome import Bools, Ints
from repayplan.offers.alternatives import FIGURES, Alternatives
from repayplan.offers.choosing import undominated
from repayplan.offers.lattice import points_of
from repayplan.offers.lowering import conceded, given_up, looked_at
from repayplan.offers.points import BEYOND, Points, Valued
from repayplan.offers.policy import Policy
from repayplan.offers.postponing import put_off
from repayplan.offers.proposal import Proposals
from repayplan.offers.strategy import Lattice
from repayplan.offers.valuing import valued
from repayplan.offers.wishes import Wishes, measured, within_reach
from repayplan.plans.loan import Loans
from repayplan.plans.yearly import Year


@dataclass(frozen=True, slots=True, eq=False)
class ComparedPlans:
    """Menus of some loans: columns whose last axis is the loans, as in :class:`Menus`."""

    alternatives: Alternatives
    crowded: Bools
    plans: Ints
    affordable: Ints
    best: Ints
    reach: Bools
    nearest: Ints
    allowed: Bools

    @classmethod
    def joined(cls, parts: list[ComparedPlans]) -> ComparedPlans:
        """Those of one block after the other."""
        before = np.cumsum([0, *(len(part.plans) for part in parts)])
        moved = [
            replace(part.alternatives.points, loan=part.alternatives.points.loan + shift)
            for part, shift in zip(parts, before, strict=False)
        ]
        columns = {
            each.name: np.concatenate([getattr(part.alternatives, each.name) for part in parts])
            for each in fields(Alternatives)[1:]
        }
        return cls(
            Alternatives(points=Points.joined(moved), **columns),
            *(
                np.concatenate([getattr(part, each.name) for part in parts], axis=-1)
                for each in fields(cls)[1:]
            ),
        )


def compared(p: Proposals, rate: Ints, wishes: Wishes, lattice: Lattice, year: Year) -> ComparedPlans:
    """The menus of some loans, ``p`` their decisions."""
    size, policy, names = len(p), p.policy, wishes.named
    loans = policy.limit.some(p.loans, p.row, looked_at(policy))
    rows = np.flatnonzero(p.eligible & (p.longest >= p.shortest))
    grid, crowded = points_of(loans, rows, policy, lattice, p.shortest, p.longest)
    offered = np.setdiff1d(np.flatnonzero(p.offered), crowded)
    points = grid.and_then(Points(offered, p.method[offered], p.instalments[offered], p.degree[offered].T))
    found = valued(loans, points, policy, p.means.take(p.row).room(loans, p.longest), rate, year)
    owed = p.opening_balance + p.waived
    figures = (
        points.length,
        found.instalment,
        found.paid - owed[points.loan],
        owed[points.loan] - found.worth,
    )

    def least(values: Ints, of: Bools) -> Ints:
        """The least of each loan's, of some of its plans."""
        out, mine = np.full(size, BEYOND), np.flatnonzero(of)
        head = np.flatnonzero(np.diff(points.loan[mine], prepend=-1))
        if len(head):
            out[points.loan[mine[head]]] = np.minimum.reduceat(values[mine], head)
        return out

    met, every = np.zeros(len(points), np.int64), 2 ** len(names) - 1
    nearest, allowed = np.zeros((2, len(names), size), np.int64), np.zeros((len(names), size), np.bool_)
    for bit, name in enumerate(names):
        value, most = measured(wishes, name, loans, points, found, policy.methods)
        has = value <= most
        met |= has.astype(np.int64) << bit
        nearest[0, bit], nearest[1, bit] = least(value, found.written), least(value, found.affordable)
        allowed[bit, points.loan[found.written & has]] = True
    best = np.empty((1 + len(names), len(FIGURES), size), np.int64)
    for k, wanted in enumerate((every, *(every & ~(1 << bit) for bit in range(len(names))))):
        kept = found.affordable & (met & wanted == wanted)
        best[k] = [least(figure, kept) for figure in figures]
    good = np.flatnonzero(found.affordable)
    choice = good[met[good] == every]
    choice = choice[undominated(points.loan[choice], [figure[choice] for figure in figures])]
    full = np.zeros(size, np.bool_)
    full[crowded] = True
    # The plan in order is looked at once more where the lattice has it.
    own = points.loan
    again = p.offered[own] & (points.method == p.method[own]) & (points.length == p.instalments[own])
    again &= (points.degree == p.degree[own].T).all(axis=0)

    def counted(rows: Ints) -> Ints:
        """How many plans of each loan some are."""
        twice = np.maximum(np.bincount(own[rows][again[rows]], minlength=size) - 1, 0)
        return np.asarray(np.bincount(own[rows], minlength=size) - twice, np.int64)

    return ComparedPlans(
        _alternatives(loans, policy, owed, points.take(choice), found.take(choice), figures, choice),
        full,
        counted(np.arange(len(points))),
        counted(good),
        best,
        within_reach(points.loan[good], met[good], size, len(names)).T,
        nearest,
        allowed,
    )


def _alternatives(
    loans: Loans,
    policy: Policy,
    owed: Ints,
    points: Points,
    found: Valued,
    figures: tuple[Ints, ...],
    choice: Ints,
) -> Alternatives:
    """The columns of the plans that were chosen; ``owed``: what each loan owes in all."""
    own = loans.take(points.loan)
    given, less = conceded(own, policy.steps, points.degree), given_up(own, policy.steps, points.degree)
    idle, only, _ = put_off(policy.steps, points.degree)
    nothing = np.zeros(len(points), np.int64)
    forgiven = less.get("forgive", nothing)
    left = given.balance + given.set_aside + given.carried + given.charges
    return Alternatives(
        points=points,
        **{name: figure[choice] for name, figure in zip(FIGURES[1:], figures[1:], strict=True)},
        annual_rate=given.annual_rate,
        holiday=idle,
        interest_only=only,
        forborne=less.get("forbear", nothing),
        forgiven=forgiven,
        waived=owed[points.loan] - left - forgiven,
        first_payment=found.first,
        last_due=found.last,
    )
