"""What the rules allow this borrower: the least extension that is affordable, or why there is none."""

from __future__ import annotations

from typing import Any, overload

import numpy as np

from repayplan.basics.blocks import Progress, asked, block_rows, run_blocks
from repayplan.basics.columns import Screen, money_of
from repayplan.basics.errors import Code
from repayplan.basics.money import MAX_TOTAL, as_text
from repayplan.basics.outcome import Failures, Ints, Outcome, span
from repayplan.offers.arrears import place_arrears, spread_of
from repayplan.offers.behind import OfLoan, OfLoans, batches, counted, most_of_present
from repayplan.offers.lattice import crowd_out
from repayplan.offers.leastplans import LeastPlans, least_plans, of_status
from repayplan.offers.lowering import looked_at, read_values, waived
from repayplan.offers.means import Means, assessed, dated, months_ahead
from repayplan.offers.offer import Infeasible, Offer
from repayplan.offers.policy import Policy
from repayplan.offers.proposal import CHUNK, Proposals
from repayplan.offers.terms import contract_terms
from repayplan.plans.loan import Loan, Loans
from repayplan.plans.parameters import finest

LATTICES = 1_024
"""Loans searched at once where every plan of a lattice is written."""


@overload
def propose(
    loans: Loan,
    households: OfLoan,
    policy: Policy,
    *,
    workers: int = 1,
    progress: Progress | None = None,
) -> Offer | Infeasible: ...


@overload
def propose(
    loans: Loans,
    households: OfLoans,
    policy: Policy,
    *,
    workers: int = 1,
    progress: Progress | None = None,
) -> Outcome[Proposals]: ...


def propose(
    loans: Loan | Loans,
    households: OfLoan | OfLoans,
    policy: Policy,
    *,
    workers: int = 1,
    progress: Progress | None = None,
) -> Offer | Infeasible | Outcome[Proposals]:
    """The least extension whose every instalment the household can pay, within the policy.

    Of all methods of the policy the one is offered whose plan asks for the least concession
    (:func:`~repayplan.offers.granting.grant`), of equal ones the first: with ``extend`` alone, the plan with
    the least number of instalments. Nobody is refused for whom any plan within the policy is affordable. By
    another strategy of the policy, the plan of a finite lattice that serves its aim best is offered
    (:class:`~repayplan.Strategy`). Of everything owed, arrears enter the plan by the policy's rule.

    Parameters
    ----------
    loans, households
        One of each, or batches of as many rows: row i of the one belongs to row i of the other. Several
        households behind a loan, each liable for the whole, are a list of :class:`~repayplan.Obligor`; of a
        batch, :class:`~repayplan.Obligors`.
    policy
        The rules.
    workers
        Threads; the result doesn't depend on it.
    progress
        Called with loans done and loans in all.

    Returns
    -------
    :class:`Offer` or :class:`Infeasible`; for batches an Outcome of :class:`Proposals`.

    Raises
    ------
    InputError
        The policy names statuses, or a column, that the loans don't have. For one loan: a fault of its
        figures, nothing is owed, its currency isn't the policy's, or its shortfall leaves the domain.
    TypeError
        The batches differ in length.
    """
    every, behind, one = batches(loans, households)
    if one:
        return propose(every, behind, policy).single().one(0)
    loans, households = every, counted(every, behind, policy)
    screen = Screen(len(loans))
    screen.adopt(loans.failures)
    can = assessed(loans, households, policy, screen)
    read = policy.limit.read(loans, screen)
    eligible = of_status(loans, policy)
    for gate in policy.limit.gates(read):
        eligible = eligible & ~gate.closed
    owed = loans.owed
    screen.fault(eligible & (owed == 0), Code.NOTHING_OWED, "principal", "0")
    highest = most_of_present(loans, policy, screen, eligible)
    fine = finest(
        loans.replace(
            rounding=(policy.rounding,),
            rounding_index=np.zeros_like(loans.rounding_index),
            last_due=np.full(len(loans), np.datetime64("NaT", "D")),  # a new plan has an end of its own
        )
    )
    screen.adopt(fine.failures)
    if policy.rounding.unrounded:
        few = ~can.value.fits(fine.finer[can.row])
        if few.any():
            some, scale = can.value.take(np.flatnonzero(few)), fine.finer[can.row[few]]
            most = as_text(some.most(scale), some.decimals)
            largest = as_text(some.largest, some.decimals)
            screen.adopt(Failures.at(can.row[few], Code.BEYOND_DOMAIN, "net_income", largest, most))
    finer = can.value.scaled(fine.finer[can.row])
    affordable = finer.per_period(fine.frequency[can.row])
    screen.adopt(affordable.failures.moved(can.row))
    room = np.zeros(len(loans), np.int64)
    room[can.row[affordable.row]] = affordable.value
    extra = {**read.extra, **read_values(policy, loans, fine.finer, screen)}
    placed, also = place_arrears(fine.replace(extra=extra), policy.arrears, policy.joined), looked_at(policy)
    if highest is not None:
        highest = np.minimum(highest, MAX_TOTAL // fine.finer) * fine.finer
    means, periods = Means(np.where(eligible, room, 0), most=highest), 0
    if dated(loans, households, policy).any():
        longest = np.zeros(len(loans), np.int64)
        open_ = np.flatnonzero(screen.good & eligible)
        longest[open_] = contract_terms(policy.limit.some(placed.loans, open_), policy.limit).longest
        periods = max(int(longest.max(initial=0)), 1)
        means = months_ahead(placed.loans, households, policy, longest, means, screen)
    if placed.spread.any():
        periods = max(periods, spread_of(placed.loans, policy.arrears).most)
    row = np.flatnonzero(screen.good)
    where = np.full(len(loans), -1)
    where[can.row] = np.arange(len(can.row))
    pick = span(row)  # where no row is lost, nothing is copied
    capacities = finer.take(where[pick])
    step = CHUNK if policy.strategy.aim == "in_order" else LATTICES
    step = step if progress is None else max(step // 32, 1)  # whoever watches hears of it more often
    step = block_rows(len(row), means.at_once(periods, step), asked(workers))
    chunks = [slice(s, s + step) for s in range(0, len(row), step)]

    def work(chunk: slice) -> LeastPlans:
        mine = row[chunk]
        some = policy.limit.some(placed.loans, mine, also)
        return least_plans(some, means.take(mine), eligible[span(mine)], policy)

    found = run_blocks(work, chunks, lambda chunk: len(row[chunk]), workers=workers, progress=progress)
    parts = {name: _joined([getattr(f, name) for f in found]) for name in LeastPlans.__slots__}
    crowd_out(screen, row[parts.pop("crowded").astype(np.bool_)], policy.strategy.grid)
    broken = row[parts.pop("broken").astype(np.bool_)]
    mask = np.zeros(len(loans), np.bool_)
    mask[broken] = True
    shown = money_of(placed.loans.balance, fine.decimals)
    limit = money_of(np.full(len(loans), MAX_TOTAL), fine.decimals)
    screen.fault(mask, Code.BEYOND_DOMAIN, "principal", shown, limit)
    keep = span(np.flatnonzero(screen.good[pick]))
    offered, degree = parts["length"] > 0, parts["degree"].reshape(len(row), len(policy.concessions))
    of_balance, of_first = (each * offered for each in waived(placed.loans.take(row), policy.steps, degree.T))
    beside = placed.paid_first + placed.spread + placed.carried
    opening = (placed.loans.balance + beside)[pick]
    columns: dict[str, Any] = {
        "decimals": fine.decimals[pick],
        "eligible": eligible[pick],
        "offered": offered,
        "method": parts["method"],
        "instalments": parts["length"],
        "contract": parts["contract"],
        "capacity": parts["capacity"],
        "opening_balance": opening - of_balance - of_first,
        "capitalised": placed.capitalised[pick] - of_balance,
        "paid_first": placed.paid_first[pick] - of_first,
        "spread": placed.spread[pick],
        "carried": placed.carried[pick],
        "waived": placed.waived[pick] + of_balance + of_first,
        "shortest": parts["shortest"],
        "longest": parts["longest"],
        "binding_limit": parts["binding"],
        "degree": degree,
        "last_step": parts["last"],
        "held_back": parts["held_back"],
    }
    proposals = Proposals(
        policy=policy,
        contracts=loans,
        loans=placed.loans,
        households=households,
        means=means,
        capacities=capacities.take(np.flatnonzero(screen.good[pick])),
        row=row[keep],
        **{name: column[keep] for name, column in columns.items()},
    )._screened(screen)
    return Outcome(proposals, proposals.row, screen.failures())


def _joined(parts: list[Ints]) -> Ints:
    if len(parts) == 1:
        return parts[0]
    return np.concatenate(parts) if parts else np.zeros(0, np.int64)
