"""Overdue accounts at two looks, by three measures; ranges of days past due, recovery, cure, punctuality."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from repayplan.accounts.component import COMPONENTS
from repayplan.accounts.lateness import Buckets
from repayplan.accounts.statement import Statements
from repayplan.basics.dates import Days
from repayplan.basics.money import to_decimal
from repayplan.basics.outcome import Bools, Ints
from repayplan.kernel.allocate import Part
from repayplan.programmes.cash import (
    ended_on,
    fell_due,
    forgiven,
    in_advance,
    payments,
    received,
    window_begin,
)
from repayplan.programmes.figure import Figure, of_interval, of_share
from repayplan.programmes.proportions import paired_difference, wilson
from repayplan.programmes.ratios import change_of_share, share_of_money
from repayplan.programmes.standing import money

BEFORE_PLAN = "before_plan"
"""What came in since the first look and before the plan began, among what money went to."""


class Look(NamedTuple):
    """Accounts at one look.

    Attributes
    ----------
    overdue
        bool; whether each is overdue.
    part, whole
        int64 minor units: what of each account's money that is, and all of it.
    some
        bool; accounts of which the question can be asked.
    """

    overdue: Bools
    part: Ints
    whole: Ints
    some: Bools


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Looks:
    """The same accounts before and after, on the original contract and on the plan.

    Attributes
    ----------
    before, contract, after
        By the original contract before the programme; by it on the day of the evaluation; by the plan then.
    overdue_from_days
        Days past due from which an account is overdue.
    window_months
        How long money is held against what fell due, up to each look.
    decimals
        Of all amounts.
    confidence
        Of the intervals.
    """

    before: Statements
    contract: Statements
    after: Statements
    overdue_from_days: int
    window_months: int
    decimals: int
    confidence: Any

    def by_days(self, statements: Statements) -> Look:
        """By days past due; the money is the balance, all of an overdue account's."""
        balance = statements.columns.not_due + statements.columns.owed[:, Part.PRINCIPAL]
        overdue = statements.columns.days_past_due >= self.overdue_from_days
        return Look(overdue, np.where(overdue, balance, 0), balance, np.ones(len(overdue), np.bool_))

    def by_cash(self, statements: Statements, until: Days | None = None) -> Look:
        """By money received against money that fell due by the original contract, up to a look or a day.

        An account is overdue where less came in than fell due; the money is what was short of it. What was
        paid in advance before the window pays what falls due in it.
        """
        since, until = self._window(statements, until)
        due, came = self._of_window(statements, since, until)
        short = np.maximum(due - came - in_advance(statements, since), 0)
        return Look((short > 0) & (due > 0), short, due, due > 0)

    def look(self, basis: str, when: str) -> Look:
        """The accounts by one of the three measures, ``before`` or ``after``."""
        if basis == "cash":
            return self.by_cash(self.before if when == "before" else self.contract)
        if when == "before":
            return self.by_days(self.before)
        return self.by_days(self.contract if basis == "contract" else self.after)

    def overdue(self) -> tuple[Figure, ...]:
        """The overdue rate before and after and its change, by count and by money, by all three measures."""
        found = []
        for basis in ("contract", "plan", "cash"):
            found += self._both(basis, self.look(basis, "before"), self.look(basis, "after"))
        return (*found, *self._collected())

    def _both(self, basis: str, first: Look, second: Look) -> list[Figure]:
        level = self.confidence
        found = []
        for when, look in (("before", first), ("after", second)):
            many, count = np.count_nonzero(look.some), np.count_nonzero(look.overdue & look.some)
            rate = wilson(count, many, confidence=level)
            found.append(of_interval(f"overdue.count.{basis}.{when}", rate, count=int(count)))
        pair = first.some & second.some
        cells = [
            np.count_nonzero(pair & (second.overdue == now) & (first.overdue == then))
            for now, then in ((True, True), (True, False), (False, True), (False, False))
        ]
        change = paired_difference(*cells, confidence=level)
        found.append(of_interval(f"overdue.count.{basis}.change", change))
        for when, look in (("before", first), ("after", second)):
            share = share_of_money(look.part, look.whole, confidence=level)
            amount = to_decimal(share.part, self.decimals)
            found.append(of_share(f"overdue.balance.{basis}.{when}", share, amount=amount))
        moved = change_of_share(first.part, first.whole, second.part, second.whole, confidence=level)
        found.append(of_share(f"overdue.balance.{basis}.change", moved))
        return found

    def _collected(self) -> list[Figure]:
        found = []
        for when in ("before", "after"):
            due, came = self.cash(when)
            share = share_of_money(came, due, confidence=self.confidence)
            amount = to_decimal(share.part, self.decimals)
            found.append(of_share(f"cash.received.{when}", share, amount=amount))
        return found

    def cash(self, when: str) -> tuple[Ints, Ints]:
        """What fell due by the contract, and what came in, in the months up to a look."""
        statements = self.before if when == "before" else self.contract
        return self._of_window(statements, *self._window(statements, None))

    def _window(self, statements: Statements, until: Days | None) -> tuple[Days, Days]:
        """The months up to a day, by default that of the look."""
        until = statements.as_of if until is None else until
        return window_begin(until, self.window_months), until

    def _of_window(self, statements: Statements, since: Days, until: Days) -> tuple[Ints, Ints]:
        """What fell due and what came in; of an account that has ended nothing falls due any more."""
        ended = ended_on(statements)
        if statements is self.contract:
            ended = np.fmin(ended, ended_on(self.after))
        last = np.fmin(until, ended)
        return fell_due(statements, since, last), received(statements, since, until)

    @property
    def dated(self) -> dict[str, Statements]:
        """The statements, as figures by days past due name them."""
        return {
            "contract.before": self.before,
            "contract.after": self.contract,
            "plan.after": self.after,
        }

    def ranges(self, buckets: Buckets) -> tuple[Figure, ...]:
        """How many accounts, and how much of the balance, is in each range of days past due."""
        found = []
        for name, statements in self.dated.items():
            place = buckets.place(statements.columns.days_past_due)
            balance = self.by_days(statements).whole
            for k, bucket in enumerate(buckets.names):
                mine = place == k
                count = int(np.count_nonzero(mine))
                share = wilson(count, len(place), confidence=self.confidence)
                figure = of_interval(f"days.{name}", share, group=bucket, count=count)
                found.append(replace(figure, amount=to_decimal(money(balance[mine]), self.decimals)))
        return tuple(found)

    def recovered(self) -> tuple[Figure, ...]:
        """What came in since the first look, what it went to, and how much of what was overdue that is.

        It is what the original contracts know: plans don't have what came in before they began. What that
        went to isn't said by component, as no plan was there.
        """
        since, until = self.before.as_of, self.after.as_of
        which, of = payments(self.after, since, until)
        came, many = self.came, len(np.unique(of))
        total, n = money(came), int(np.count_nonzero(came))
        found = [Figure(name="recovered.total", n=n, amount=to_decimal(total, self.decimals))]
        for k, component in enumerate(COMPONENTS):
            amount = to_decimal(money(self.after.paid[which, k]), self.decimals)
            found.append(Figure(name="recovered.part", group=component, n=many, amount=amount))
        kept = to_decimal(money(self.after.kept[which]), self.decimals)
        found.append(Figure(name="recovered.part", group="held", n=many, amount=kept))
        gap = self.before_plan
        amount, n = to_decimal(money(gap), self.decimals), int(np.count_nonzero(gap))
        found.append(Figure(name="recovered.part", group=BEFORE_PLAN, n=n, amount=amount))
        late = self.before.columns.missing
        share = share_of_money(np.minimum(came, late), late, confidence=self.confidence)
        amount = to_decimal(share.part, self.decimals)
        return (*found, of_share("recovered.of_overdue", share, amount=amount))

    @property
    def came(self) -> Ints:
        """int64 minor units; what came in for each account since the first look."""
        return received(self.contract, self.before.as_of, self.after.as_of)

    @property
    def before_plan(self) -> Ints:
        """int64 minor units; what of it came in before the plan began, so that the plan doesn't have it."""
        return self.came - received(self.after, self.before.as_of, self.after.as_of)

    def cured(self, cured_after: int) -> tuple[Figure, ...]:
        """Of accounts that were overdue, how many aren't any more, by the contract and by the plan."""
        late = self.by_days(self.before).overdue
        found = []
        for basis in ("contract", "plan"):
            count = int(np.count_nonzero(late & self.well(basis, cured_after)))
            share = wilson(count, np.count_nonzero(late), confidence=self.confidence)
            found.append(of_interval(f"cured.{basis}", share, count=count))
        return tuple(found)

    def well(self, basis: str, cured_after: int) -> Bools:
        """Which accounts, whether they were overdue or not, are what is called cured."""
        columns = (self.contract if basis == "contract" else self.after).columns
        stands = np.isnat(columns.closed) | ~np.isnat(columns.repaid_early)
        well: Bools = ~self.look(basis, "after").overdue & stands
        if basis == "plan":
            over = (columns.payoff == 0) & (columns.instalments_left == 0) & ~forgiven(self.after)
            well &= (columns.paid_in_time >= cured_after) | over
        return well

    def punctual(self) -> tuple[Figure, ...]:
        """Of the plan's instalments that were paid, or whose grace is over, how many were paid in time.

        Of those of which something was waived, settled or paid by goodwill only the late ones count.

        The interval is that of a ratio over accounts: what one pays in time says something about its next
        instalment.
        """
        share = share_of_money(self.after.columns.all_in_time, self.counted, confidence=self.confidence)
        return (replace(of_share("on_time", share), n=share.whole, count=share.part),)

    @property
    def counted(self) -> Ints:
        """int64; how many of each account's instalments were paid, or have no grace left."""
        return self.after.columns.all_in_time + self.after.columns.all_late
