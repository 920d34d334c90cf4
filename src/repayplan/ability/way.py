"""Households on their way from month to month: only who changes is worked out anew."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from repayplan.ability.capacities import NOTHING_LEFT, Capacities
from repayplan.ability.capacity import richer, work_out
from repayplan.ability.counting import Counting, in_month
from repayplan.ability.households import Households
from repayplan.ability.items import ALL_YEAR
from repayplan.ability.month import EVER
from repayplan.ability.outlook import Outlook
from repayplan.ability.surplus import Rules
from repayplan.ability.turns import YEAR, Turns, Window, stacked_months
from repayplan.basics.columns import Screen
from repayplan.basics.outcome import Ints, all_of

AT_ONCE = 32_768
"""Households' months that are worked out together."""
NEAR = 32_768
"""Households of one month that are: what they need stays in the cache."""


@dataclass(frozen=True, eq=False)
class Way:
    """Households on their way from a month on (since 1970-01).

    Attributes
    ----------
    asked
        Categories that every household was asked about.
    window
        None: all months of all households are looked at.
    more
        int64; net income a month beside what they state.
    """

    households: Households
    rules: Rules
    first: int
    outlook: Outlook
    asked: Collection[str]
    window: Window | None = None
    more: Ints | None = None

    def take(self, rows: Ints) -> Way:
        """Some of the households."""
        window = None if self.window is None else self.window.take(rows)
        more = None if self.more is None else self.more[rows]
        return replace(self, households=self.households.take(rows), window=window, more=more)

    def table(self, screen: Screen, months: int, figures: Callable[[Capacities], Ints]) -> Ints:
        """Figures month by month, of which the last row holds for every later month.

        Parameters
        ----------
        screen
            The households; gets the codes of those that have one in any month that is looked at.
        months
            How many months are looked at one by one. What is known of later ones is in the last row: the
            figures of the month in which the first of them is least.
        figures
            int64 (figures, households) of a month's capacities.

        Returns
        -------
        int64 (months, figures, households). From the month on in which a household has a code, the first of
        its figures is :data:`NOTHING_LEFT`; other figures of it, and those of months outside the window, mean
        nothing.
        """
        rows = self._until(screen, min(self._periodic(months), months), figures)
        while len(rows) < months:
            rows.append(np.where(screen.good, rows[-YEAR], rows[-1]))
        rows.append(self._least_later(screen, rows[-1], months, figures))
        return stacked_months(rows)

    def recurring(
        self, screen: Screen, months: int, figures: Callable[[Capacities], Ints]
    ) -> tuple[Ints, int]:
        """The same, and how many of the last rows come round in all later months, as far as is known.

        That is a year from the month on after which only the seasons change; 1: the last row holds for
        every later month.
        """
        again = self._periodic(months)
        if again >= months:
            return self.table(screen, months, figures), 1
        rows = self._until(screen, again, figures)
        if not all_of(screen.good):  # where there is a code nothing comes back
            for _ in range(YEAR):
                rows.append(np.where(screen.good, rows[-YEAR], rows[-1]))
        if all(row is rows[-1] for row in rows[-YEAR:]):
            return stacked_months(rows), 1
        return np.stack(rows), YEAR

    def _until(self, screen: Screen, months: int, figures: Callable[[Capacities], Ints]) -> list[Ints]:
        """Figures of so many months, one by one."""
        start = np.zeros(len(self.households), np.int64) if self.window is None else self.window.since
        rows, by = [self._first(screen, figures, start)], self.outlook.by
        while len(rows) < months:
            # Months in which nothing more is raised are worked out together, as long as these aren't many.
            begin, changing = len(rows), [self._changing(len(rows))]
            while (month := begin + len(changing)) < months and sum(len(some) for some in changing) < AT_ONCE:
                if by(self.first + month) != by(self.first + begin):
                    break
                changing.append(self._changing(month))
            rows += self._together(screen, rows[-1], begin, changing, figures)
        return rows

    def _together(
        self,
        screen: Screen,
        before: Ints,
        begin: int,
        changing: list[Ints],
        figures: Callable[[Capacities], Ints],
    ) -> list[Ints]:
        """The figures of months from one on, given those of the one before it and who changes in each."""
        month = np.repeat(np.arange(len(changing)), [len(rows) for rows in changing])
        whose = np.concatenate(changing)
        if not all_of(screen.good):
            some = np.flatnonzero(screen.good[whose])
            month, whose = month[some], whose[some]
        if not len(whose):
            return [before] * len(changing)
        inner = Screen(len(whose))
        found = figures(self.work_out(inner, begin + month, begin, whose))
        # Whoever has a code has nothing left from then on: of several months it is the first's.
        until = None
        if not all_of(inner.good):
            failed, first = np.unique(whose[~inner.good], return_index=True)
            first = np.flatnonzero(~inner.good)[first]
            screen.adopt(inner.failures().copied(first).moved(failed))
            found[0] = np.where(inner.good, found[0], NOTHING_LEFT)
            until = np.full(len(self.households), len(changing))
            until[failed] = month[first]
        ends = np.searchsorted(month, np.arange(len(changing) + 1))
        out = []
        for number in range(len(changing)):
            here = slice(ends[number], ends[number + 1])
            rows, figure = whose[here], found[:, here]
            if until is not None:
                kept = until[rows] >= number
                rows, figure = rows[kept], figure[:, kept]
            if len(rows):
                before = before.copy()
                before[:, rows] = figure
            out.append(before)
        return out

    def work_out(
        self, screen: Screen, month: int | Ints, foreseen: int, rows: Ints | None = None
    ) -> Capacities:
        """Capacities in a month from the first, one for all or each its own; uprated as in another one.

        Of some of the households, in any order and more than once; None: of all.
        """
        plain, more, rules = self._bare, self.more, self.rules
        if rows is not None:
            plain, more = plain.take(rows), None if more is None else more[rows]
        number = np.full(len(plain), self.first + month)
        if self._counting is None:
            plain = in_month(screen, plain, number, rules.income, rules.creditors)
        else:
            plain = self._counting.in_month(screen, plain, number, rows)
        if more is not None:
            plain = richer(screen, plain, more, rules.income)
        return work_out(screen, plain, rules, self.asked, self.outlook.by(self.first + foreseen))

    @cached_property
    def _bare(self) -> Households:
        """The households without their items."""
        homes = self.households
        return homes if homes.items is None else replace(homes, items=None)

    @cached_property
    def _counting(self) -> Counting | None:
        """What their items count for."""
        homes, rules = self.households, self.rules
        return None if homes.items is None else Counting.read(homes, rules.income, rules.creditors)

    @cached_property
    def _turns(self) -> Turns | None:
        """When their items begin to count or cease to."""
        items = self.households.items
        return None if items is None else Turns.read(items, self.first)

    def _periodic(self, months: int) -> int:
        """The first month from which on every one is as the one a year before; ``months``: none is."""
        items = self.households.items
        if items is None or self.outlook.uprating:
            return months
        turns = np.concatenate([items.first, items.last + 1])
        known = turns[(turns > self.first) & (turns < EVER)]
        last = int(known.max(initial=self.first)) - self.first
        if self.window is not None:
            last = max(last, int(self.window.since.max(initial=0)))
        return last + YEAR

    def _first(self, screen: Screen, figures: Callable[[Capacities], Ints], since: Ints) -> Ints:
        """The figures of the first month, of the households that are looked at in it."""
        rows = np.flatnonzero(since <= 0)
        some = self._some(screen, rows, 0, figures, 0)
        if len(rows) == len(since):
            return some
        out = np.zeros((len(some), len(since)), np.int64)
        out[:, rows] = some
        return out

    def _some(
        self,
        screen: Screen,
        rows: Ints,
        month: int,
        figures: Callable[[Capacities], Ints],
        foreseen: int,
    ) -> Ints:
        """The figures of some households in a month, as many at once as stay in the cache."""
        out = []
        for start in range(0, max(len(rows), 1), NEAR):
            some = rows[start : start + NEAR]
            inner = Screen(len(some))
            found = figures(self.work_out(inner, month, foreseen, some))
            screen.adopt(inner.failures().moved(some))
            found[0] = np.where(inner.good, found[0], NOTHING_LEFT)
            out.append(found)
        return out[0] if len(out) == 1 else np.concatenate(out, axis=1)

    def _changing(self, month: int) -> Ints:
        """Households whose items don't count in a month as in the one before, or all if all are uprated."""
        turns, now, window = self._turns, self.first + month, self.window
        if self.outlook.by(now) != self.outlook.by(now - 1):
            if window is None:
                return np.arange(len(self.households))
            since, until = window.since, window.until
            return np.flatnonzero((since == month) | ((since < month) & (month < until)))
        who = np.concatenate(turns.at(month)) if turns is not None else np.zeros(0, np.int64)
        if window is not None:
            who = who[(window.since[who] < month) & (month < window.until[who])]
            begin, end = np.searchsorted(self._beginning[0], (month, month + 1))
            who = np.concatenate([who, self._beginning[1][begin:end]])
        changing = np.zeros(len(self.households), np.bool_)
        changing[who] = True
        return np.flatnonzero(changing)

    @cached_property
    def _beginning(self) -> tuple[Ints, Ints]:
        """The months from which on households are looked at, in order, and whose each is."""
        if self.window is None:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        order = np.argsort(self.window.since, kind="stable")
        return self.window.since[order], order

    def _following(
        self,
        screen: Screen,
        before: Ints,
        month: int,
        figures: Callable[[Capacities], Ints],
        foreseen: int,
    ) -> Ints:
        """The figures of a month, given those of the one before."""
        rows = self._changing(month)
        rows = rows[screen.good[rows]]
        if not len(rows):
            return before
        out = before.copy()
        out[:, rows] = self._some(screen, rows, month, figures, foreseen)
        return out

    def _least_later(
        self, screen: Screen, last: Ints, months: int, figures: Callable[[Capacities], Ints]
    ) -> Ints:
        """The figures of the least of all months from so many on, guideline figures as before them."""
        items = self.households.items
        if items is None:
            return last
        out = self._following(screen, last, months, figures, months - 1)
        start, several = self.first + months, items.season < ALL_YEAR
        turns = np.concatenate([items.first, items.last + 1])
        later = (turns > start) & (turns < EVER)
        rows = np.unique(np.concatenate([items.of, items.of])[later | np.tile(several, 2)])
        if self.window is not None:
            rows = rows[self.window.until[rows] > months]
        rows = rows[screen.good[rows]]
        if not len(rows):
            return out
        some, inner, least = self.take(rows), Screen(len(rows)), out[:, rows]
        marks = [start, *np.unique(turns[later]).tolist()]
        for turn, after in zip(marks, [*marks[1:], EVER], strict=True):
            # Between two turns only the seasons change, and a year holds all of them.
            for month in range(turn, min(after, turn + (YEAR if several.any() else 1))):
                found = figures(some.work_out(inner, month - self.first, months - 1))
                least = np.where(found[0] < least[0], found, least)
        screen.adopt(inner.failures().moved(rows))
        out = out.copy()
        out[:, rows] = least
        return out
