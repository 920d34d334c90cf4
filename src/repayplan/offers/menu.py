"""The affordable plans that a negotiation can choose from, and what each of the borrower's wishes costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from datetime import date
from decimal import Decimal
from typing import Any, get_args, overload

import numpy as np

from repayplan.ability.figures import one_of
from repayplan.basics.blocks import run_blocks
from repayplan.basics.columns import RATE_DECIMALS, Screen
from repayplan.basics.dates import Days, months_taken
from repayplan.basics.errors import Code, InputError, Reason
from repayplan.basics.money import to_decimal, to_plain
from repayplan.basics.outcome import Bools, Ints, Outcome
from repayplan.offers.behind import OfLoan, OfLoans, batches
from repayplan.offers.choosing import undominated
from repayplan.offers.lattice import blocks_of, crowd_out, points_of
from repayplan.offers.lowering import conceded, given_up, looked_at
from repayplan.offers.offer import Offer
from repayplan.offers.points import BEYOND, Points, Valued
from repayplan.offers.policy import METHOD_WORDS, Policy
from repayplan.offers.postponing import put_off
from repayplan.offers.proposal import Proposals
from repayplan.offers.proposing import propose
from repayplan.offers.sides import read_rates
from repayplan.offers.strategy import Lattice
from repayplan.offers.valuing import YEAR, own_rates, valued
from repayplan.offers.wishes import WORDS, Wishes, measured, said, shown, smallest_conflicts, within_reach
from repayplan.plans.loan import Loan, Loans
from repayplan.plans.yearly import Year

_NAMES = {name: (name, zh) for name, (_, zh) in (WORDS | METHOD_WORDS).items()}
NO_WISHES, USUAL = Wishes(), Lattice()
FIGURES = ("instalments", "instalment", "total_cost", "lender_cost")
"""What alternatives are compared by, in the order in which they are sorted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """One plan of a menu.

    Attributes
    ----------
    method, instalments, months
        How it is repaid; its rows, those of a pause among them, and the months that they take (rounded up).
    instalment
        The largest payment; what is put aside until the end is held against nothing.
    total_cost
        The total cost to the borrower, as of a :class:`~repayplan.LenderCost`: all that is paid, put aside or
        not, less all that is owed now.
    lender_cost
        What is owed now less what the plan's payments are worth at the menu's rate; below 0 where they are
        worth more.
    annual_rate
        The plan's, as a fraction.
    holiday, interest_only
        Periods at its beginning without payment, and then with interest only.
    forborne, forgiven, waived
        Principal put aside until the last due date, and given up; and what is given up of the arrears.
    first_payment, last_due
        When anything is paid for the first time, and when the last instalment falls due.
    """

    method: str
    instalments: int
    months: int
    instalment: Decimal
    total_cost: Decimal
    lender_cost: Decimal
    annual_rate: Decimal
    holiday: int
    interest_only: int
    forborne: Decimal
    forgiven: Decimal
    waived: Decimal
    first_payment: date
    last_due: date


@dataclass(frozen=True, slots=True, kw_only=True)
class BestFigures:
    """The least of each figure over some affordable plans, each perhaps another plan's."""

    instalments: int
    instalment: Decimal
    total_cost: Decimal
    lender_cost: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class WishCost:
    """What one wish costs.

    Attributes
    ----------
    wish
        Its name.
    with_it, without_it
        The best of each figure with all wishes, and with all but this one; None: no plan has them.
    """

    wish: str
    with_it: BestFigures | None
    without_it: BestFigures | None

    @property
    def cost(self) -> dict[str, Decimal | int] | None:
        """By how much the best of each figure is more with it; None where either is."""
        if self.with_it is None or self.without_it is None:
            return None
        return {name: getattr(self.with_it, name) - getattr(self.without_it, name) for name in FIGURES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    """What a borrower and a lender can choose from.

    Attributes
    ----------
    alternatives
        The affordable plans that have all wishes, and that no other of these is as good as in all of
        instalments, largest payment, total cost and lender's cost, and better in one; in that order.
    wishes
        As they were given.
    costs
        What each of them costs.
    conflicts
        Wishes that no affordable plan has together although any fewer of them do; one that can't be had
        by itself stands alone.
    unmet
        The same as reasons: ``wish_not_allowed``, ``wish_not_affordable``, ``wishes_together``.
    reasons
        Why there is nothing to choose from, whatever is wished.
    rate
        The effective annual rate that the lender's cost is worked out at.
    plans, affordable
        How many plans were looked at, and how many of them can be offered.
    """

    alternatives: tuple[Alternative, ...]
    wishes: Wishes
    costs: tuple[WishCost, ...]
    conflicts: tuple[tuple[str, ...], ...]
    unmet: tuple[Reason, ...]
    reasons: tuple[Reason, ...]
    rate: Decimal
    plans: int
    affordable: int
    _menus: Menus = field(repr=False, compare=False)
    _row: int = field(repr=False, compare=False)

    def offer(self, number: int) -> Offer:
        """An alternative as an offer, with its schedule; numbered from 0.

        Raises
        ------
        InputError
            There is none of that number.
        """
        count = len(self.alternatives)
        given: object = number
        if not isinstance(given, (int, np.integer)) or not 0 <= given < count:
            raise InputError(Code.OUT_OF_RANGE, "number", number, f"an alternative from 0, of {count}")
        choice = np.full(len(self._menus), -1)
        choice[self._row] = number
        made = self._menus.offers(choice).one(self._row)
        assert isinstance(made, Offer)  # noqa: S101
        return made


@dataclass(frozen=True, slots=True, eq=False)
class Alternatives:
    """Alternatives of many menus: columns, int64 unless said otherwise, amounts in minor units.

    ``points`` are their places on the lattice, ``points.loan`` the number of the menu; ``first_payment`` and
    ``last_due`` are datetime64[D], ``annual_rate`` is in 1e-10.
    """

    points: Points
    instalment: Ints
    total_cost: Ints
    lender_cost: Ints
    annual_rate: Ints
    holiday: Ints
    interest_only: Ints
    forborne: Ints
    forgiven: Ints
    waived: Ints
    first_payment: Days
    last_due: Days

    def __len__(self) -> int:
        return len(self.points)


@dataclass(frozen=True, slots=True, eq=False)
class Menus:
    """Menus of a batch, one for each good row in the caller's order.

    Attributes
    ----------
    proposals
        What :func:`~repayplan.propose` says of the same rows.
    wishes
        Of all of them.
    rate
        int64, 1e-10; at which the lender's cost is worked out.
    plans, affordable
        int64; how many plans were looked at, and how many of them can be offered.
    alternatives, offsets
        Alternatives of menu ``i`` are ``offsets[i]:offsets[i + 1]`` of every column.
    best
        int64 (1 + wishes, figures, menus): the least of each of :data:`FIGURES` with all wishes, and without
        each of those that are given; :data:`~repayplan.offers.points.BEYOND` where no plan has them.
    reach
        bool (menus, sets of wishes): of the set whose bits make up the number, whether an affordable plan has
        them all.
    nearest
        int64 (2, wishes, menus): what comes nearest to each wish among the plans that the policy allows, and
        among the affordable.
    allowed
        bool (wishes, menus); whether a plan that the policy allows has the wish, affordable or not.
    """

    proposals: Proposals
    wishes: Wishes
    rate: Ints
    plans: Ints
    affordable: Ints
    alternatives: Alternatives
    offsets: Ints
    best: Ints
    reach: Bools
    nearest: Ints
    allowed: Bools

    @property
    def row(self) -> Ints:
        """int64; the caller's row number of each menu."""
        return self.proposals.row

    def __len__(self) -> int:
        return len(self.proposals)

    def __iter__(self) -> Iterator[Menu]:
        return (self.one(i) for i in range(len(self)))

    def __repr__(self) -> str:
        return f"Menus({len(self)} loans, {len(self.alternatives)} alternatives)"

    def offers(self, choice: Ints) -> Proposals:
        """Decisions with the alternatives that were chosen.

        Parameters
        ----------
        choice
            int64, one a menu: the number of the alternative from 0; -1: what ``propose`` says stays.

        Raises
        ------
        IndexError
            A menu has no alternative of that number.
        """
        if (choice < -1).any() or (choice >= np.diff(self.offsets)).any():
            msg = "choice: the number of an alternative of each menu, or -1"
            raise IndexError(msg)
        mine = np.flatnonzero(choice >= 0)
        return self.proposals.with_plans(self.alternatives.points.take(self.offsets[mine] + choice[mine]))

    def one(self, i: int) -> Menu:
        """Menu ``i`` for a person."""
        p, names = self.proposals, self.wishes.named
        conflicts = smallest_conflicts(self.reach[i], names) if self.affordable[i] else ()
        best = [self._best(i, k) for k in range(1 + len(names))]
        return Menu(
            alternatives=tuple(
                self._alternative(i, k) for k in range(int(self.offsets[i]), int(self.offsets[i + 1]))
            ),
            wishes=self.wishes,
            costs=tuple(
                WishCost(wish=name, with_it=best[0], without_it=without)
                for name, without in zip(names, best[1:], strict=True)
            ),
            conflicts=conflicts,
            unmet=tuple(self._unmet(i, names, each) for each in conflicts),
            reasons=() if self.affordable[i] else p.reasons(i),
            rate=to_plain(int(self.rate[i]), RATE_DECIMALS),
            plans=int(self.plans[i]),
            affordable=int(self.affordable[i]),
            _menus=self,
            _row=i,
        )

    def _alternative(self, i: int, k: int) -> Alternative:
        """Alternative ``k`` of all, of menu ``i``."""
        columns, p = self.alternatives, self.proposals
        d, length = int(p.decimals[i]), columns.points.length[k : k + 1]
        money = {
            name: to_decimal(int(getattr(columns, name)[k]), d)
            for name in ("instalment", "total_cost", "lender_cost", "forborne", "forgiven", "waived")
        }
        return Alternative(
            method=p.methods[int(columns.points.method[k])],
            instalments=int(length[0]),
            months=int(months_taken(length, p.loans.frequency[p.row[i : i + 1]])[0]),
            annual_rate=to_plain(int(columns.annual_rate[k]), RATE_DECIMALS),
            holiday=int(columns.holiday[k]),
            interest_only=int(columns.interest_only[k]),
            first_payment=columns.first_payment[k].item(),
            last_due=columns.last_due[k].item(),
            **money,
        )

    def _best(self, i: int, k: int) -> BestFigures | None:
        length, *amounts = (int(figure) for figure in self.best[k, :, i])
        if length == BEYOND:
            return None
        d = int(self.proposals.decimals[i])
        figures = dict(zip(FIGURES[1:], (to_decimal(units, d) for units in amounts), strict=True))
        return BestFigures(instalments=length, **figures)

    def _unmet(self, i: int, names: tuple[str, ...], together: tuple[str, ...]) -> Reason:
        """Why menu ``i`` has no plan with these wishes."""
        wanted = [said(getattr(self.wishes, name)) for name in together]
        if len(together) > 1:
            figures = ", ".join(str(each) for each in wanted)
            return Reason(Code.WISHES_TOGETHER, ", ".join(together), figures, names=_NAMES)
        at, p = names.index(together[0]), self.proposals
        allowed, affordable = (
            said(shown(together[0], int(value), int(p.decimals[i]), p.methods))
            for value in self.nearest[:, at, i]
        )
        if self.allowed[at, i]:
            return Reason(Code.WISH_NOT_AFFORDABLE, together[0], wanted[0], affordable, _NAMES)
        return Reason(Code.WISH_NOT_ALLOWED, together[0], wanted[0], allowed, _NAMES)


@overload
def menu(
    loans: Loan,
    households: OfLoan,
    policy: Policy,
    *,
    wishes: Wishes = ...,
    lattice: Lattice = ...,
    rate: Any = None,
    year: Year = ...,
    workers: int = 1,
) -> Menu: ...
@overload
def menu(
    loans: Loans,
    households: OfLoans,
    policy: Policy,
    *,
    wishes: Wishes = ...,
    lattice: Lattice = ...,
    rate: Any = None,
    year: Year = ...,
    workers: int = 1,
) -> Outcome[Menus]: ...
def menu(
    loans: Loan | Loans,
    households: OfLoan | OfLoans,
    policy: Policy,
    *,
    wishes: Wishes = NO_WISHES,
    lattice: Lattice = USUAL,
    rate: Any = None,
    year: Year = YEAR,
    workers: int = 1,
) -> Menu | Outcome[Menus]:
    """All affordable plans on a finite lattice that are worth choosing from, and what each wish costs.

    The plans that are looked at are the points of the lattice, and the one that :func:`~repayplan.propose`
    offers. Each is written, and held row by row against what can be paid in its period. Of those that have
    all wishes, the menu keeps the ones that no other is as good as in all of instalments, largest payment,
    the borrower's cost and the lender's, and better in one; of equal ones the first on the lattice.

    Parameters
    ----------
    loans, households, policy
        As for :func:`~repayplan.propose`.
    wishes
        The borrower's, of all rows. A wish never widens what the policy allows.
    lattice
        How finely the plans that the policy allows are looked at.
    rate
        The effective annual rate that the lender's cost is worked out at: text, Decimal, ``minor(units)`` of
        1e-10, one or one a loan, or the Outcome of ``effective_rate`` of the contracts as they were signed.
        None: each contract's own rate, compounded at its due dates
        (:func:`~repayplan.offers.valuing.own_rates`).
    year
        How due dates become years (see :func:`~repayplan.effective_rate`).
    workers
        Threads; the result doesn't depend on it.

    Returns
    -------
    :class:`Menu`; for batches an Outcome of :class:`Menus`. Where nothing is affordable it has no
    alternatives, and its reasons say why.

    Raises
    ------
    InputError
        As of :func:`~repayplan.propose`; a rate that isn't one; a year that isn't known. For one loan: more
        plans than the lattice may have; in a batch that is an entry of the failures.
    TypeError
        The batches differ in length.

    Notes
    -----
    The lender's cost is what is owed now (principal, interest, penalty and fees, before anything is given
    up) less the present value of all payments, on the day that the plan's interest runs from, rounded once,
    half to even. A plan whose due dates lie beyond those that can be valued isn't on the menu.

    Examples
    --------
    >>> from repayplan.ability.household import Household
    >>> loan = Loan(
    ...     principal="12000",
    ...     annual_rate="0.12",
    ...     original_term=36,
    ...     elapsed=12,
    ...     unpaid=24,
    ...     next_due="2026-01-31",
    ... )
    >>> home = Household(net_income="3000", costs={"rent": "500"})
    >>> made = menu(loan, home, Policy.example("consumer"), lattice=Lattice(lengths=12))
    >>> for each in made.alternatives:
    ...     print(each.method, each.instalments, each.instalment, each.total_cost, each.lender_cost)
    equal_instalment 32 440.05 2081.60 0.02
    equal_instalment 36 398.64 2348.59 0.00
    equal_instalment 42 351.31 2754.90 -0.01
    """
    given, behind, one = batches(loans, households)
    if one:
        alone = menu(given, behind, policy, wishes=wishes, lattice=lattice, rate=rate, year=year)
        return alone.single().one(0)
    loans = given
    one_of("year", year, get_args(Year))
    found = propose(loans, behind, policy, workers=workers)
    p, screen = found.value, Screen(len(loans))
    screen.adopt(found.failures)
    rates = own_rates(p.loans) if rate is None else read_rates(screen, rate, np.arange(len(loans)))
    p = p.take(np.flatnonzero(screen.good[p.row]))
    jobs = list(blocks_of(np.arange(len(p)), lattice))
    parts = run_blocks(
        lambda rows: _looked_at(p.take(rows), rates[p.row[rows]], wishes, lattice, year),
        jobs or [np.arange(0)],
        len,
        workers=workers,
    )
    every = _Part.joined(parts)
    crowd_out(screen, p.row[every.crowded], lattice)
    keep = np.flatnonzero(~every.crowded)
    number = np.cumsum(~every.crowded) - 1  # which have no alternatives
    columns, points = every.alternatives, every.alternatives.points
    made = Menus(
        proposals=p.take(keep),
        wishes=wishes,
        rate=rates[p.row[keep]],
        plans=every.plans[keep],
        affordable=every.affordable[keep],
        alternatives=replace(columns, points=replace(points, loan=number[points.loan])),
        offsets=np.concatenate(([0], np.cumsum(np.bincount(points.loan, minlength=len(p))[keep]))),
        best=every.best[..., keep],
        reach=every.reach[:, keep].T,
        nearest=every.nearest[..., keep],
        allowed=every.allowed[:, keep],
    )
    return Outcome(made, made.row, screen.failures())


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
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
    def joined(cls, parts: list[_Part]) -> _Part:
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


def _looked_at(p: Proposals, rate: Ints, wishes: Wishes, lattice: Lattice, year: Year) -> _Part:
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

    return _Part(
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
