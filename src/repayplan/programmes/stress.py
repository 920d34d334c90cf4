"""How many plans still stand after some months, were things to happen to the households that pay them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate, count, pairwise
from typing import Any, NamedTuple, overload

import numpy as np
import numpy.typing as npt

from repayplan.ability.figures import share_of, whole
from repayplan.ability.household import Household
from repayplan.ability.obligors import Obligors
from repayplan.basics.blocks import Progress, run_blocks
from repayplan.basics.columns import Screen, money_of
from repayplan.basics.dates import a_month
from repayplan.basics.errors import Code, InputError
from repayplan.basics.given import Coded, Fixed
from repayplan.basics.money import Minor, as_text
from repayplan.basics.outcome import Failures, Ints, Outcome, span
from repayplan.kernel.survival import BITS, LARGEST, PARTS, Hit, breaks
from repayplan.offers.behind import OfLoan, OfLoans, counted
from repayplan.offers.means import assessed
from repayplan.offers.offer import Offer
from repayplan.offers.proposal import Proposals
from repayplan.offers.proposing import propose
from repayplan.plans.layout import resolve
from repayplan.programmes.months import Ahead, by_month
from repayplan.programmes.shock import MOST_MONTHS, IncomeLoss, Shocks, SpendingShock, months_in_order
from repayplan.programmes.survivors import WHOLE, Groups, Stress

BLOCK = 8_192
"""Loans whose plans are written at once."""
CELLS = 262_144
"""Paths of loans that are followed at once."""
MOST_PATHS = 2**20
SPENDING = 2**16
"""From here on random numbers are those of spending: one more loss of income changes none of them."""
RATES = MOST_MONTHS
"""In place of a month: the random numbers that say on which paths rates rise."""
MOST_GROUPS = 10_000
_AT_A_TIME = 4  # random numbers that Philox makes


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
    money = _Money.of(some, shocks, screen)
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
    work = _Simulation(some, shocks, money, horizons, paths, seed, labels)
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


@dataclass(frozen=True, slots=True, eq=False)
class _Money:
    """The amounts of shocks in the units of each loan: int64, of each loan."""

    spending: tuple[Ints, ...]
    opening: Ints
    keeps: Ints

    @classmethod
    def of(cls, offers: Proposals, shocks: Shocks, screen: Screen) -> _Money:
        """Faults of the loans go to ``screen``."""
        inner, loans = Screen(len(offers.contracts), offers.row), offers.contracts
        finer = offers.loans.finer[offers.row]

        def read(name: str, amount: Any) -> Ints:
            units = inner.money(name, resolve(loans, amount), loans.decimals)[offers.row]
            fits = units < LARGEST // finer
            large = np.zeros(len(loans), np.bool_)
            large[offers.row[~fits]] = True
            most = money_of(np.full(len(loans), LARGEST), offers.loans.decimals)
            inner.fault(large, Code.BEYOND_DOMAIN, name, str(amount), most)
            return np.where(fits, units, 0) * finer

        buffer, size = shocks.buffer, len(offers)
        opening, keeps = np.zeros(size, np.int64), np.full(size, LARGEST * MOST_MONTHS)
        if buffer is not None:
            opening = read("buffer.opening", buffer.opening)
            keeps = keeps if buffer.most is None else read("buffer.most", buffer.most)
        made = cls(
            tuple(read("spending_shock.amount", each.amount) for each in shocks.spending),
            np.minimum(opening, keeps),
            keeps,
        )
        screen.adopt(inner.failures())
        return made

    def take(self, rows: Ints | slice) -> _Money:
        """Of some of the loans."""
        return _Money(tuple(each[rows] for each in self.spending), self.opening[rows], self.keeps[rows])


class _Part(NamedTuple):
    """Of some loans: on how many paths each stands, and how many of each group do on each path."""

    standing: Ints
    groups: dict[str, Ints]
    failures: Failures


@dataclass(frozen=True, slots=True, eq=False)
class _Simulation:
    """The months ahead of plans offered."""

    offers: Proposals
    shocks: Shocks
    money: _Money
    horizons: tuple[int, ...]
    paths: int
    seed: int
    labels: Mapping[str, tuple[npt.NDArray[np.str_], Ints]]

    @property
    def _stride(self) -> int:
        """Random numbers of a row: as many as paths, and a few so that they come in whole steps."""
        return -(-self.paths // _AT_A_TIME) * _AT_A_TIME

    def follow(self, block: Ints) -> _Part:
        """Some of the loans, on all paths."""
        some, screen = self.offers.take(block), Screen(len(self.offers.contracts))
        ahead, scenario = self._ahead(some, screen), self._scenario()
        good = screen.good[some.row]
        standing = np.zeros((len(block), len(self.horizons)), np.int64)
        groups = {
            name: np.zeros((len(every), len(self.horizons), self.paths), np.int64)
            for name, (every, _) in self.labels.items()
        }
        rows = max(CELLS // self._stride, 1)
        part = some.row // rows  # by the caller's rows, of which each has its random numbers
        for each in np.unique(part[good]).tolist():
            at = np.flatnonzero((part == each) & good)
            income, money = ahead.income[:, at], self.money.take(block[at])
            lost = [_share_of(income, loss.share) for loss in self.shocks.income]
            spent = [np.broadcast_to(each[:, None], income.shape) for each in money.spending]
            broken = breaks(
                ahead.above[:, at],
                ahead.asks[:, at],
                ahead.due[:, at],
                scenario,
                _hits(self.shocks.income, lost, 0),
                _hits(self.shocks.spending, spent, SPENDING),
                income,
                money.opening,
                int((self.shocks.buffer.puts_by if self.shocks.buffer else 0) * PARTS),
                money.keeps,
                self.shocks.missed,
                self._draw(some.row[at]),
            )
            for place, months in enumerate(self.horizons):
                stands = broken >= months
                standing[at, place] = stands.sum(axis=1)
                for name, (every, of) in self.labels.items():
                    for group in np.unique(of[block[at]]).tolist() if len(every) > 1 else [0]:
                        mine = stands if len(every) == 1 else stands[of[block[at]] == group]
                        groups[name][group, place] += mine.sum(axis=0)
        return _Part(standing, groups, screen.failures())

    def _ahead(self, offers: Proposals, screen: Screen) -> Ahead:
        """What is left in the first months, by scenario, the last of which is that nothing rises."""
        size, last = len(offers), max(self.horizons)
        often = offers.loans.frequency[offers.row]
        plain = by_month(offers.living, often, last)
        more = len(self.shocks.rates) + 1
        tables = Ahead(*(np.repeat(each[:, :, None], more, axis=2) for each in plain))
        for scenario, rise in enumerate(self.shocks.rates):
            living = offers.living_with(rise.index)
            place = np.searchsorted(offers.row, living.row)
            lost = np.ones(size, np.bool_)
            lost[place] = False
            for table, mine in zip(tables, by_month(living, often[place], last), strict=True):
                table[:, place, scenario] = mine
            gone = np.zeros(screen.size, np.bool_)
            gone[offers.row[lost]] = True
            rule = "a fixed rate, and a plan that can be kept when it rises"
            screen.fault(gone, Code.UNKNOWN_VALUE, "shocks.rates", str(rise), rule)
        most = money_of(np.full(screen.size, LARGEST), offers.loans.decimals)
        for name, table in (("net_income", tables.income), ("living.above", tables.above)):
            large = np.zeros(screen.size, np.bool_)
            large[offers.row[(np.abs(table) >= LARGEST).any(axis=(0, 2))]] = True
            screen.fault(large, Code.BEYOND_DOMAIN, name, "", most)
        return tables

    def _scenario(self) -> Ints:
        """Of each path which rise happens; their number where none does."""
        ends = [_below(each) for each in accumulate(rise.chance for rise in self.shocks.rates)]
        drawn, _ = _halves(self._raw(RATES, 0, 0, self.paths))
        return np.searchsorted(np.array(ends, np.int64), drawn, side="right")

    def _draw(self, rows: Ints) -> Callable[[int, int], tuple[Ints, Ints]]:
        """Random numbers of the caller's rows, by month and number."""
        begin, stride = int(rows[0]), self._stride
        size = int(rows[-1]) - begin + 1

        def draw(month: int, number: int) -> tuple[Ints, Ints]:
            raw = self._raw(month, number, begin * stride, size * stride)
            return _halves(raw.reshape(size, stride)[span(rows - begin), : self.paths])

        return draw

    def _raw(self, month: int, number: int, begin: int, count: int) -> npt.NDArray[np.uint64]:
        """Random numbers from the ``begin``-th on, a multiple of as many as are made at a time."""
        source = np.random.Philox(key=[self.seed, month << 20 | number])
        source.advance(begin // _AT_A_TIME)
        return np.asarray(source.random_raw(count), np.uint64)


def _hits(every: Iterable[IncomeLoss | SpendingShock], takes: Iterable[Ints], first: int) -> list[Hit]:
    """What may happen to some households, of one kind."""
    return [
        Hit(number, amount, _below(each.chance), _below(each.recovery))
        for number, each, amount in zip(count(first), every, takes, strict=False)
    ]


def _share_of(income: Ints, share: Decimal) -> Ints:
    """A share of all figures of a table, rounded up."""
    return share_of(income.ravel(), share, up=True).reshape(income.shape)


def _halves(raw: npt.NDArray[np.uint64]) -> tuple[Ints, Ints]:
    """The two numbers of :data:`BITS` bits in each of 64 bits."""
    return (raw >> np.uint64(BITS)).view(np.int64), (raw & np.uint64(2**BITS - 1)).view(np.int64)


def _below(chance: Decimal) -> int:
    """Below which of :data:`BITS` random bits what has this chance happens."""
    return int(Fraction(chance) * 2**BITS)
