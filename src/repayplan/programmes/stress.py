"""How many plans still stand after some months, were things to happen to the households that pay them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from repayplan.ability.figures import whole
from repayplan.ability.household import Household
from repayplan.ability.obligors import Obligors
from repayplan.basics.blocks import Progress, run_blocks
from repayplan.basics.columns import Screen
from repayplan.basics.dates import a_month
from repayplan.basics.errors import Code, InputError
from repayplan.basics.given import Coded, Fixed
from repayplan.basics.money import Minor, as_text
from repayplan.basics.outcome import Failures, Ints, Outcome
from repayplan.offers.behind import OfLoan, OfLoans, counted
from repayplan.offers.means import assessed
from repayplan.offers.offer import Offer
from repayplan.offers.proposal import Proposals
from repayplan.offers.proposing import propose
from repayplan.programmes.shock import Shocks, months_in_order
from repayplan.programmes.simulation import ShockMoney, Simulation
from repayplan.programmes.survivors import WHOLE, Groups, Stress

BLOCK = 8_192
"""Loans whose plans are written at once."""
MOST_PATHS = 2**20
MOST_GROUPS = 10_000


@overload
def stress(
    offers: Offer,
    households: OfLoan,
    shocks: Shocks,
    *,
    paths: int,
    seed: int,
    horizons: Iterable[int] = ...,
    by: str | Iterable[str] = ...,
    bands: Iterable[int] = ...,
    workers: int = ...,
    progress: Progress | None = ...,
) -> Stress: ...
@overload
def stress(
    offers: Proposals,
    households: OfLoans,
    shocks: Shocks,
    *,
    paths: int,
    seed: int,
    horizons: Iterable[int] = ...,
    by: str | Iterable[str] = ...,
    bands: Iterable[int] = ...,
    workers: int = ...,
    progress: Progress | None = ...,
) -> Outcome[Stress]: ...
def stress(
    offers: Offer | Proposals,
    households: OfLoan | OfLoans,
    shocks: Shocks,
    *,
    paths: int,
    seed: int,
    horizons: Iterable[int] = (3, 6, 12, 24),
    by: str | Iterable[str] = (),
    bands: Iterable[int] = (1, 2, 3),
    workers: int = 1,
    progress: Progress | None = None,
) -> Stress | Outcome[Stress]:
    """The chance that plans survive, by simulation of the months ahead.

    Parameters
    ----------
    offers
        One offer, or the proposals for a batch: those offered are looked at.
    households
        Who pays: of one offer the very household (or obligors) that it was made to; of a batch as many rows
        as it has loans, assessed by the policy of the offers: they may be known better by now.
    shocks
        What may happen, and what breaks a plan.
    paths
        How many times the months ahead are drawn; at least 2 tell how far off chances may be.
    seed
        What random numbers begin from, 0 or more.
    horizons
        Months after which it is asked, counted from the first month of a plan's first period.
    by
        ``"concession"`` (the steps that an offer uses), ``"buffer"`` (for how many months what is put by at
        first is enough, see ``bands``) or columns of the loans: chances are told by each.
    bands
        Where bands of the buffer end and the next begin: months that it pays the plan's largest payment (of
        weeks, what it comes to a month). ``(1, 3)`` makes the groups ``"<1"``, ``"1-<3"`` and ``"3+"``.
    workers
        Threads; the result doesn't depend on it.
    progress
        Called with loans done and loans in all.

    Returns
    -------
    :class:`Stress`; of a batch an Outcome of it, without the loans that aren't offered a plan.

    Raises
    ------
    InputError
        Another kind of value; a figure that isn't what it must be; no column of a name, or no buffer to tell
        plans by; of one offer a fault of its household, or another household than the offer was made to.

    Notes
    -----
    Each month a household has above its need what the plan's own figures leave it (:attr:`Offer.living`):
    income as it changes, less other debts, what it needs to live on and what the payment comes to a month.
    Less what shocks take in that month, the rest is put by in the share that :class:`Buffer` says, and what
    is short is taken from there. Where that isn't enough, something is lacking of what the month was to lay
    aside for the payment, for nobody is to pay from what he needs to live on. Until the payment is due, what
    is above the need makes that up first. On a month's payments goes what was laid aside, in their order: one
    that isn't paid in full is missed, and the part that was paid is the lender's. What is lacking isn't made
    up later; ``shocks.missed`` payments missed one after the other break the plan. Months in which none is
    due change nothing of that; of several in one month, each counts.

    A random number is that of a seed, a path, a month, a shock and the caller's row of a loan, and of nothing
    else: 32 bits of Philox4x64 (Salmon et al., Parallel random numbers: as easy as 1, 2, 3, 2011), to a
    multiple of which chances are rounded down. So the same happens to a row under every policy, whatever
    other rows, workers or horizons there are, and differences between policies aren't blurred by chance.

    Examples
    --------
    >>> from repayplan import Household, Loan, Policy
    >>> from repayplan.programmes.shock import IncomeLoss
    >>> loan = Loan(
    ...     principal="9000", annual_rate="0.1", original_term=36, elapsed=6, unpaid=30, next_due="2026-03-31"
    ... )
    >>> home = Household(net_income="3500")
    >>> offer = propose(loan, home, Policy.example("consumer"))
    >>> loss = IncomeLoss(chance="0.02", share="0.6", recovery="0.25")
    >>> found = stress(offer, home, Shocks(income=(loss,), missed=2), paths=1000, seed=1)
    >>> found.table()["chance"].tolist()
    [0.973, 0.931, 0.855, 0.708]
    """
    whole("paths", paths, 1, MOST_PATHS, "paths")
    whole("seed", seed, 0, 2**64 - 1, "numbers")
    months, edges = (
        months_in_order(name, tuple(each)) for name, each in (("horizons", horizons), ("bands", bands))
    )
    names = tuple(dict.fromkeys((by,) if isinstance(by, str) else by))
    _check(offers, shocks)
    if "buffer" in names and shocks.buffer is None:
        raise InputError(Code.MISSING, "shocks.buffer", None, "plans are told by it")
    if isinstance(offers, Offer):
        made = _again(offers, households)
        found = _follow(made, made.households, shocks, paths, seed, months, names, edges, workers, progress)
        return found.single()
    return _follow(offers, households, shocks, paths, seed, months, names, edges, workers, progress)


def _check(offers: object, shocks: object) -> None:
    """InputError unless both are what they should be."""
    if not isinstance(offers, Offer | Proposals):
        rule = "an Offer, or the Proposals for a batch"
        raise InputError(Code.UNKNOWN_VALUE, "offers", type(offers).__name__, rule)
    if not isinstance(shocks, Shocks):
        raise InputError(Code.UNKNOWN_VALUE, "shocks", shocks, "a Shocks")


def _again(offer: Offer, household: Any) -> Proposals:
    """The offer as a batch of one."""
    contract = offer.case.contract
    if contract is None:
        raise InputError(Code.MISSING, "offer.case", None, "an offer as it was proposed")
    behind = Obligors.of_one(household) if isinstance(household, (tuple, list)) else household
    behind = behind.batch if isinstance(behind, Household) else behind
    made = propose(contract, behind, offer.case.policy)
    again = made.value.one(0) if len(made.value) else None
    same = isinstance(again, Offer) and (again.case, again.case.plan) == (offer.case, offer.case.plan)
    if not same:
        raise InputError(Code.UNKNOWN_VALUE, "households", household, "the one that the offer was made to")
    return made.value


def _follow(
    offers: Proposals,
    households: Any,
    shocks: Shocks,
    paths: int,
    seed: int,
    horizons: tuple[int, ...],
    by: tuple[str, ...],
    bands: tuple[int, ...],
    workers: int,
    progress: Progress | None,
) -> Outcome[Stress]:
    """:func:`stress` of a batch."""
    screen = Screen(len(offers.contracts))
    some = _held_by(offers, households, screen)
    money = ShockMoney.of(some, shocks, screen)
    keep = np.flatnonzero(screen.good[some.row])
    some, money = some.take(keep), money.take(keep)
    labels = {
        name: _banded(some, money.opening, bands)
        if name == "buffer"
        else np.unique(_labels(some, name), return_inverse=True)
        for name in (WHOLE, *by)
    }
    for name, (every, _) in labels.items():
        if len(every) > MOST_GROUPS:
            raise InputError(Code.OUT_OF_RANGE, "by", name, f"at most {MOST_GROUPS} groups")
    work = Simulation(some, shocks, money, horizons, paths, seed, labels)
    blocks = [np.arange(start, min(start + BLOCK, len(some))) for start in range(0, len(some), BLOCK)]
    parts = run_blocks(work.follow, blocks, len, workers=workers, progress=progress)
    screen.adopt(Failures.none().and_then(*(part.failures for part in parts)))
    good = screen.good[some.row]
    standing = np.concatenate([np.zeros((0, len(horizons)), np.int64), *(part.standing for part in parts)])
    groups = {}
    for name, (every, of) in labels.items():
        count = np.bincount(of[good], minlength=len(every))
        there = np.flatnonzero(count)
        total = np.zeros((len(every), len(horizons), paths), np.int64)
        for part in parts:
            total += part.groups[name]
        groups[name] = Groups(tuple(every[there].tolist()), count[there], total[there])
    row = some.row[good]
    found = Stress(row=row, horizons=horizons, paths=paths, seed=seed, standing=standing[good], groups=groups)
    return Outcome(found, row, screen.failures())


def _held_by(offers: Proposals, households: Any, screen: Screen) -> Proposals:
    """Those offered a plan, beside the households that pay it, as the policy counts and assesses them."""
    behind = counted(offers.contracts, households, offers.policy)
    screen.adopt(offers.contracts.failures)
    can = assessed(offers.contracts, behind, offers.policy, screen)
    where = np.full(len(offers.contracts), -1)
    where[can.row] = np.arange(len(can.row))
    some = offers.take(np.flatnonzero(offers.offered & screen.good[offers.row]))
    capacities, finer = can.value.take(where[some.row]), offers.loans.finer[some.row]
    fits = capacities.fits(finer)
    if not fits.all():
        large, most = capacities.largest[~fits], capacities.most(finer)[~fits]
        shown, limit = (as_text(units, capacities.decimals[~fits]) for units in (large, most))
        screen.adopt(Failures.at(some.row[~fits], Code.BEYOND_DOMAIN, "net_income", shown, limit))
        keep = np.flatnonzero(fits)
        some, capacities, finer = some.take(keep), capacities.take(keep), finer[keep]
    return replace(some, households=behind, capacities=capacities.scaled(finer))


def _labels(offers: Proposals, by: str) -> npt.NDArray[np.str_]:
    """To which group each of some loans belongs."""
    if by == WHOLE:
        return np.full(len(offers), WHOLE)
    if by == "concession":
        names = [step.step for step in offers.policy.steps]
        which, of = np.unique(offers.degree > 0, axis=0, return_inverse=True)
        used = [" + ".join(n for n, there in zip(names, each, strict=True) if there) for each in which]
        return np.array([each or "none" for each in used], np.str_)[of.reshape(-1)]
    if by not in offers.contracts.extra:
        known = ", ".join(("concession", "buffer", *sorted(offers.contracts.extra)))
        raise InputError(Code.UNKNOWN_VALUE, "by", by, f"one of {known}")
    column = offers.contracts.take(offers.row).extra[by]
    if isinstance(column, (Coded, Fixed)):
        return column.texts()
    if isinstance(column, Minor):
        return as_text(np.broadcast_to(column.units, len(offers)), offers.contracts.decimals[offers.row])
    return np.broadcast_to(np.asarray(column), len(offers)).astype(np.str_)


def _banded(offers: Proposals, opening: Ints, edges: tuple[int, ...]) -> tuple[npt.NDArray[np.str_], Ints]:
    """Bands of how many months what is put by at first pays plans, and to which each loan belongs."""
    monthly = a_month(offers.instalment_after, offers.loans.frequency[offers.row])
    between = [f"{low}-<{high}" for low, high in pairwise(edges)]
    names = np.array([f"<{edges[0]}", *between, f"{edges[-1]}+"], np.str_)
    return names, np.asarray(sum(opening >= edge * monthly for edge in edges), np.int64)
