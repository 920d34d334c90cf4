"""The months ahead of plans, drawn path by path."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate, count
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from repayplan.ability.figures import share_of
from repayplan.basics.columns import Screen, money_of
from repayplan.basics.errors import Code
from repayplan.basics.outcome import Failures, Ints, span
from repayplan.kernel.survival import BITS, LARGEST, PARTS, Hit, breaks
from repayplan.offers.proposal import Proposals
from repayplan.plans.parameters import resolve
from repayplan.programmes.months import Ahead, by_month
from repayplan.programmes.shock import MOST_MONTHS, IncomeLoss, Shocks, SpendingShock

CELLS = 262_144
"""Paths of loans that are followed at once."""
SPENDING = 2**16
"""From here on random numbers are those of spending: one more loss of income changes none of them."""
RATES = MOST_MONTHS
"""In place of a month: the random numbers that say on which paths rates rise."""
_AT_A_TIME = 4  # random numbers that Philox makes


@dataclass(frozen=True, slots=True, eq=False)
class ShockMoney:
    """The amounts of shocks in the units of each loan: int64, of each loan."""

    spending: tuple[Ints, ...]
    opening: Ints
    keeps: Ints

    @classmethod
    def of(cls, offers: Proposals, shocks: Shocks, screen: Screen) -> ShockMoney:
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

    def take(self, rows: Ints | slice) -> ShockMoney:
        """Of some of the loans."""
        return ShockMoney(tuple(each[rows] for each in self.spending), self.opening[rows], self.keeps[rows])


class _Part(NamedTuple):
    """Of some loans: on how many paths each stands, and how many of each group do on each path."""

    standing: Ints
    groups: dict[str, Ints]
    failures: Failures


@dataclass(frozen=True, slots=True, eq=False)
class Simulation:
    """The months ahead of plans offered."""

    offers: Proposals
    shocks: Shocks
    money: ShockMoney
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
