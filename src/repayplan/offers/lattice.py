"""Plans on a finite lattice: which a policy allows for a loan, whether they can be kept, what they cost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import TypeVar

import numpy as np

from repayplan.basics.blocks import Progress
from repayplan.basics.columns import Screen
from repayplan.basics.conversion import compounded, scaled
from repayplan.basics.dates import FREQUENCIES, Days, whole_periods
from repayplan.basics.errors import Code
from repayplan.basics.index import Index
from repayplan.basics.money import Minor
from repayplan.basics.outcome import Bools, Ints
from repayplan.basics.ratepath import LinkedRate
from repayplan.kernel.discount import ragged_rows
from repayplan.kernel.work import Amount
from repayplan.offers.amortisation import Amortisation
from repayplan.offers.arrears import carried_of, later_paid, spread_of
from repayplan.offers.concession import Concession
from repayplan.offers.laidout import METHODS
from repayplan.offers.pauses import begun
from repayplan.offers.policy import Policy
from repayplan.offers.room import Room
from repayplan.offers.strategy import Aim, Lattice
from repayplan.offers.waterfall import LOWERING, conceded, put_off
from repayplan.plans.loan import Loans
from repayplan.plans.measures import Paid
from repayplan.plans.schedule import Schedules, build
from repayplan.plans.stage import forbear
from repayplan.plans.worth import present_value
from repayplan.plans.yearly import Year

CELLS = 500_000
"""Rows of plans written at once."""
POINTS = 1_000_000
"""Points listed at once, where every loan has as many as it may."""
YEAR: Year = "equal periods"
"""How due dates become years, unless said otherwise: months are twelfths of one, weeks 52nds."""
BEYOND = 2**62
"""Above every figure."""
T = TypeVar("T", "Points", "Valued")


def _taken(columns: T, keep: Ints) -> T:
    """Some rows of all columns, whose last axis they are."""
    return type(columns)(**{each.name: getattr(columns, each.name)[..., keep] for each in fields(columns)})


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Plans for some loans of a batch, each loan's together.

    Attributes
    ----------
    loan, method, length
        int64; the number of each one's loan, of its method, and its rows, those of a pause too.
    degree
        int64 (steps, points): of each concession.
    """

    loan: Ints
    method: Ints
    length: Ints
    degree: Ints

    def __len__(self) -> int:
        return len(self.loan)

    def take(self, keep: Ints) -> Points:
        """Some of them."""
        return _taken(self, keep)

    @classmethod
    def joined(cls, parts: Sequence[Points]) -> Points:
        """Several one after the other."""
        names = (each.name for each in fields(cls))
        return cls(*(np.concatenate([getattr(part, name) for part in parts], axis=-1) for name in names))

    def and_then(self, other: Points) -> Points:
        """Those of each loan, and after them its others."""
        both = Points.joined((self, other))
        return both.take(np.argsort(both.loan, kind="stable"))

    def blocks(self) -> Iterator[Ints]:
        """The points, as many at once as have few enough rows."""
        ends = np.cumsum(self.length)
        rows = int(ends[-1]) if len(ends) else 0
        cuts = np.searchsorted(ends, np.arange(CELLS, rows, CELLS))
        for part in np.split(np.arange(len(self)), np.unique(cuts)):
            if len(part):
                yield part


def _top(step: Concession, loans: Loans) -> Ints:
    """The most degrees of a step that isn't more time."""
    if step.step in LOWERING:
        return LOWERING[step.step].top(step, loans)
    return whole_periods(np.full(len(loans), step.months), loans.frequency)


def _count(step: Concession, lattice: Lattice, top: Ints) -> Ints:
    """How many degrees up to its most a step has on the lattice."""
    if step.shifting:
        return -(-top // lattice.pauses) + 1
    return top + 1 if lattice.points == "all" else np.minimum(top + 1, lattice.points)


def _degrees(step: Concession, lattice: Lattice, top: Ints, count: Ints, k: Ints) -> Ints:
    """The degree of number ``k`` of ``count``, from 0."""
    if step.shifting:
        return np.minimum(k * lattice.pauses, top)
    whole, rest = np.divmod(top, np.maximum(count - 1, 1))  # k * top may leave int64
    return np.asarray(whole * k + rest * k // np.maximum(count - 1, 1))


def _numbered(count: Ints) -> tuple[Ints, Ints]:
    """``(i, k)``: every k below ``count[i]`` of each i."""
    at = np.repeat(np.arange(len(count)), count)
    return at, np.arange(len(at)) - np.repeat(np.cumsum(count) - count, count)


def points_of(
    loans: Loans,
    rows: Ints,
    policy: Policy,
    lattice: Lattice,
    shortest: Ints,
    longest: Ints,
) -> tuple[Points, Ints]:
    """The points of some loans, in the order of the lattice.

    Parameters
    ----------
    loans
        At their finest unit, arrears placed.
    rows
        Which of them.
    policy
        Its methods and concessions.
    shortest, longest
        int64 of all loans; rows of the plan without any concession, and the most that the limit allows.

    Returns
    -------
    The points; and the rows that have too many, of which there are none.
    """
    steps, methods = policy.steps, len(policy.methods)
    most, crowded = lattice.most, np.zeros(len(loans), np.bool_)
    loan, degree, some = rows, np.zeros((len(steps), len(rows)), np.int64), loans.take(rows)
    for number, step in enumerate(steps):
        if step.step == "extend":
            continue
        top = _top(step, some)
        count = _count(step, lattice, top)
        each = np.zeros(len(loans), np.int64)
        np.add.at(each, loan, np.minimum(count, most + 1))
        crowded |= each > most
        at, k = _numbered(np.where(crowded[loan], 0, count))
        loan, degree, some = loan[at], degree[:, at], some.take(at)
        degree[number] = _degrees(step, lattice, top[at], count[at], k)
        if step.step in LOWERING:
            some = LOWERING[step.step].changed(step, some, degree[number])
    begin, end = shortest[loan], longest[loan]
    if all(step.step != "extend" for step in steps):
        end = np.minimum(begin, end)
    count = np.maximum(-(-(end - begin) // lattice.lengths) + 1, 0)
    idle, only, _ = put_off(steps, degree)
    pause = idle + only
    # Lengths that leave an instalment after the pause.
    short = np.where(pause >= end, count, (np.maximum(pause - begin, -1)) // lattice.lengths + 1)
    left = np.maximum(count - np.maximum(short, 0), 0)
    each = np.zeros(len(loans), np.int64)
    np.add.at(each, loan, np.minimum(count, most + 1) * methods)
    crowded |= each > most
    at, k = _numbered(np.where(crowded[loan], 0, left))
    length = np.minimum(begin[at] + (count[at] - left[at] + k) * lattice.lengths, end[at])
    size = len(at)
    found = Points(
        np.tile(loan[at], methods),
        np.repeat(np.arange(methods), size),
        np.tile(length, methods),
        np.tile(degree[:, at], methods),
    )
    for number, step in enumerate(steps):
        if step.step == "extend":
            found.degree[number] = found.length - shortest[found.loan]
    order = np.lexsort((*found.degree, found.length, found.method, found.loan))
    return found.take(order), np.flatnonzero(crowded)


def write_plans(
    loans: Loans,
    points: Points,
    policy: Policy,
    screen: Screen,
    *,
    workers: int = 1,
    progress: Progress | None = None,
    rises: Index | None = None,
) -> Schedules:
    """The schedules of plans, one for each loan of a batch.

    Parameters
    ----------
    loans
        Without concessions.
    points
        One for each of the loans, in their order.
    policy
        Its methods and concessions.
    screen
        Only rows that it holds good are written.
    rises
        By how much rates that are fixed are above the plans' own, by date.
    """
    idle, only, interest = put_off(policy.steps, points.degree)
    rest = np.maximum(points.length - idle - only, 1)
    plans = [begun(idle, only, interest, METHODS[name](rest)) for name in policy.methods]
    beside = spread_of(loans, policy.arrears).amounts.sum(axis=0) + carried_of(loans, policy.arrears)
    if beside[screen.good].any():
        plans = [later_paid(policy.arrears, plan) for plan in plans]
    given, none = conceded(loans, policy.steps, points.degree), np.zeros(len(loans), np.int64)
    if rises is not None:
        path = LinkedRate(rises, None, reset="publication")  # each loan's rate is what is added to it
        given = given.replace(rate_paths=(path,), rate_index=none, spread=given.annual_rate)
    aside = given.set_aside
    if aside[screen.good].any():
        # In the loans' own unit, whatever the caller's is.
        whole = {"principal": given.principal + aside, "set_aside": none, "finer": none + 1}
        plans, given = [forbear(Minor(aside)) + plan for plan in plans], given.replace(**whole)
    made, _ = build(given, plans, points.method, screen, workers=workers, progress=progress)
    return made


def allowed(made: Schedules, flows: Paid, room: Room, loans: Loans, minimums: Amortisation) -> Bools:
    """Whether each of some plans may be offered by its rows: the one place where these are judged.

    Every payment is within what can be paid in its period, and principal is repaid as fast as it must be.
    What is put aside until the end is held against nothing.

    Parameters
    ----------
    made, flows
        The plans, and their payments without what is put aside.
    room
        What can be paid, of each plan's loan.
    loans
        A batch from which the plans were made, with the figures that concessions give them.
    minimums
        How fast principal must be repaid.
    """
    count = np.diff(flows.offsets)
    can = room.take(np.repeat(np.arange(len(made)), count)).in_row(flows.period)
    fits = np.ones(len(loans), np.bool_)
    fits[made.row] = np.logical_and.reduceat(flows.amount <= can, flows.offsets[:-1])
    pace = minimums.pace(loans)
    for rows, work, block in made.written():
        if minimums.spreads and work.rules[-1].amount is Amount.NONE:
            fits[rows[work.lengths[-1] > 1]] = False
        if pace is not None:
            kept = pace.take(rows).kept([block], work.term)
            fits[rows[block.rows]] &= kept[block.rows]
    return np.asarray(fits[made.row], np.bool_)


@dataclass(frozen=True, slots=True, eq=False)
class Valued:
    """What plans come to; int64 minor units of their loans.

    Attributes
    ----------
    written
        bool; the plan has rows: it stays within the domain.
    affordable
        bool; it may be offered (:func:`allowed`), and its flows have a worth where that is asked for.
    instalment, least
        The largest payment; the lowest one from the first to the last but one
        (:data:`BEYOND` where there is none).
    paid
        All payments, and what is put aside until the end.
    first, last
        datetime64[D]; when anything is paid for the first time, and the last due date.
    worth
        What is paid is worth on the day that interest runs from; 0 where it isn't affordable.
    """

    written: Bools
    affordable: Bools
    instalment: Ints
    least: Ints
    paid: Ints
    first: Days
    last: Days
    worth: Ints

    @classmethod
    def of_none(cls, size: int) -> Valued:
        """Of plans that aren't looked at yet."""

        def none() -> Ints:
            return np.zeros(size, np.int64)

        def never() -> Days:
            return np.full(size, np.datetime64("NaT", "D"))

        flags = np.zeros((2, size), np.bool_)
        return cls(flags[0], flags[1], none(), none(), none(), never(), never(), none())

    def take(self, keep: Ints) -> Valued:
        """Of some of the plans."""
        return _taken(self, keep)

    def put(self, rows: Ints, other: Valued) -> None:
        """Takes over what other plans come to."""
        for each in fields(self):
            getattr(self, each.name)[rows] = getattr(other, each.name)


def valued(
    loans: Loans,
    points: Points,
    policy: Policy,
    room: Room,
    rate: Ints | None,
    year: Year = YEAR,
) -> Valued:
    """What plans come to, from their final rows.

    Parameters
    ----------
    loans
        A batch, at their finest unit, arrears placed.
    points
        The plans.
    policy
        By which they are made and judged.
    room
        What can be paid in each period, of all loans.
    rate
        int64 effective annual rates (1e-10) at which flows are valued, of all loans; None: they aren't.
    year
        How due dates become years.
    """
    out = Valued.of_none(len(points))
    for rows in points.blocks():
        some = points.take(rows)
        own = loans.take(some.loan)
        made = write_plans(own, some, policy, Screen(len(rows)))
        if len(made):
            given = conceded(own, policy.steps, some.degree)
            mine, flows = some.loan[made.row], made._paid("payment")
            aside = (given.set_aside + carried_of(own, policy.arrears))[made.row]
            instalments = flows.amount.copy()
            instalments[flows.offsets[1:] - 1] -= aside
            without = replace(flows, amount=instalments)
            fits = allowed(made, without, room.take(mine), given, policy.amortisation)
            found = _summed(flows, without, fits)
            if rate is not None:
                _value(found, flows, rate[mine], year)
            out.put(rows[made.row], found)
    return out


def _summed(flows: Paid, without: Paid, fits: Bools) -> Valued:
    """Written plans, not valued yet, with and without what is put aside; ``fits``: which may be offered."""
    begin, end, amount = flows.offsets[:-1], flows.offsets[1:] - 1, without.amount
    paying = amount > 0
    at = np.arange(len(amount))
    first = np.minimum.reduceat(np.where(paying, at, len(at)), begin)
    first = np.where(first < len(at), first, end)  # all of it may be given up, or put aside
    within = at >= np.repeat(first, end - begin + 1)
    within[end] = False
    return Valued(
        written=np.ones(len(fits), np.bool_),
        affordable=fits,
        instalment=np.maximum.reduceat(amount, begin),
        least=np.minimum.reduceat(np.where(within, amount, BEYOND), begin),
        paid=np.add.reduceat(flows.amount, begin),
        first=flows.due[first],
        last=flows.due[end],
        worth=np.zeros(len(fits), np.int64),
    )


def _value(found: Valued, flows: Paid, rate: Ints, year: Year) -> None:
    """Values the affordable ones; whatever can't be valued isn't one of them any more."""
    keep = np.flatnonzero(found.affordable)
    if not len(keep):
        return
    index, offsets = ragged_rows(flows.offsets, keep)
    worth = present_value(
        flows.amount[index],
        flows.due[index],
        Minor(rate[keep]),
        year=year,
        on=flows.start[keep],
        offsets=offsets,
    )
    found.affordable[keep] = False
    found.affordable[keep[worth.row]] = True
    found.worth[keep[worth.row]] = worth.value


def own_rates(loans: Loans) -> Ints:
    """The contracts' annual rates (1e-10) turned effective: compounded at their due dates.

    As ``Rate(rate).nominal(period).effective()``: the rate of a period rounded to 1e-12, and what it
    compounds to in a year to 1e-10, each half to even; a week is 1/52 of a year, a day 1/365. Of a rate that
    changes over time, the one on the first day; one below 0 counts as 0.

    Examples
    --------
    >>> terms = {"original_term": 12, "elapsed": 0, "unpaid": 12, "next_due": "2026-01-31"}
    >>> own_rates(Loans.from_columns(principal=["100", "100"], annual_rate=["0.12", "0"], **terms)).tolist()
    [1268250301, 0]
    """
    out, units = np.zeros(len(loans), np.int64), 100 * np.maximum(loans.annual_rate, 0)
    for often in np.unique(loans.frequency).tolist():
        mine, share = np.flatnonzero(loans.frequency == often), FREQUENCIES[often].year_share
        out[mine] = compounded(scaled(units[mine], share), 1 / share, share / share, 10)
    return out


def best_of(points: Points, found: Valued, aim: Aim) -> Ints:
    """The point of each loan that serves an aim best among the affordable, of those that have one."""
    keep = np.flatnonzero(found.affordable)
    figure = {
        "least_lender_cost": -found.worth,  # what is owed is the same for all of a loan's
        "least_borrower_cost": found.paid,
        "shortest": points.length,
    }[aim]
    order = keep[np.lexsort((keep, points.length[keep], figure[keep], points.loan[keep]))]
    loan = points.loan[order]
    return order[np.flatnonzero(np.diff(loan, prepend=-1))]


def undominated(loan: Ints, figures: Sequence[Ints]) -> Ints:
    """The points that no other of the same loan is as good as in all figures, and better in one.

    Parameters
    ----------
    loan
        int64, rising; whose each is.
    figures
        int64; the less the better.

    Returns
    -------
    int64; each loan's together, by the figures in their order; of points with equal figures the first.

    Examples
    --------
    >>> undominated(np.array([0, 0, 0, 1]), [np.array([2, 1, 2, 5]), np.array([1, 2, 2, 5])]).tolist()
    [1, 0, 3]
    """
    left = np.lexsort((np.arange(len(loan)), *reversed(figures), loan))
    kept = []
    while len(left):
        # None is better than the first of each loan; whatever isn't better than it in some figure goes.
        mine = loan[left]
        head = np.flatnonzero(np.diff(mine, prepend=-1))
        kept.append(left[head])
        first = np.repeat(left[head], np.diff(head, append=len(left)))
        better = np.zeros(len(left), np.bool_)
        for figure in figures:
            better |= figure[left] < figure[first]
        left = left[better]
    every = np.concatenate(kept) if kept else left
    return every[np.argsort(loan[every], kind="stable")]


def blocks_of(rows: Ints, lattice: Lattice) -> Iterator[Ints]:
    """The loans, as many at once as can't have too many points together."""
    size = max(POINTS // lattice.most, 1)
    return (rows[start : start + size] for start in range(0, len(rows), size))


def crowd_out(screen: Screen, rows: Ints, lattice: Lattice) -> None:
    """Faults of the loans that have too many points."""
    mask = np.zeros(screen.size, np.bool_)
    mask[rows] = True
    screen.fault(mask, Code.OUT_OF_RANGE, "lattice", f"> {lattice.most}", f"<= {lattice.most}")


def chosen(
    loans: Loans,
    rows: Ints,
    policy: Policy,
    lengths: tuple[Ints, Ints],
    room: Room,
    in_order: Points,
) -> tuple[Points, Ints]:
    """The best plan of each loan by the aim of a policy's strategy.

    Parameters
    ----------
    lengths
        int64 of all loans: the shortest and the longest plan.
    in_order
        What the waterfall grants to those of the loans to which it grants anything.

    Returns
    -------
    The plans of loans for which one of the lattice is the best; and the rows that have too many points.
    """
    strategy = policy.strategy
    rate = own_rates(loans) if strategy.aim == "least_lender_cost" else None
    parts, crowded = [in_order.take(rows[:0])], [rows[:0]]
    for some in blocks_of(rows, strategy.grid):
        grid, beyond = points_of(loans, some, policy, strategy.grid, *lengths)
        mine = in_order.take(np.flatnonzero(np.isin(in_order.loan, np.setdiff1d(some, beyond))))
        if strategy.aim == "shortest":  # none that is longer than the waterfall's is better
            most = np.full(len(loans), BEYOND)
            most[mine.loan] = mine.length
            grid = grid.take(np.flatnonzero(grid.length <= most[grid.loan]))
        every = grid.and_then(mine)
        best = best_of(every, valued(loans, every, policy, room, rate), strategy.aim)
        # The waterfall's own stands last of its loan.
        ends = np.append(np.diff(every.loan), 1)[best] > 0
        parts.append(every.take(best[~(ends & np.isin(every.loan[best], mine.loan))]))
        crowded.append(beyond)
    return Points.joined(parts), np.concatenate(crowded)
