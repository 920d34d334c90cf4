"""The affordable plans that a negotiation can choose from, and what each of the borrower's wishes costs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args, overload

import numpy as np

from repayplan.ability.figures import one_of
from repayplan.basics.blocks import run_blocks
from repayplan.basics.columns import Screen
from repayplan.basics.outcome import Outcome
from repayplan.offers.behind import OfLoan, OfLoans, batches
from repayplan.offers.comparing import ComparedPlans, compared
from repayplan.offers.lattice import blocks_of, crowd_out
from repayplan.offers.menus import Menu, Menus
from repayplan.offers.policy import Policy
from repayplan.offers.proposing import propose
from repayplan.offers.sides import read_rates
from repayplan.offers.strategy import Lattice
from repayplan.offers.valuing import YEAR, own_rates
from repayplan.offers.wishes import Wishes
from repayplan.plans.loan import Loan, Loans
from repayplan.plans.yearly import Year

NO_WISHES, USUAL = Wishes(), Lattice()


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
        lambda rows: compared(p.take(rows), rates[p.row[rows]], wishes, lattice, year),
        jobs or [np.arange(0)],
        len,
        workers=workers,
    )
    every = ComparedPlans.joined(parts)
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
