"""The households that are liable for the loans of a batch, each with its own allowance.

One class that reads, picks and adds up the same few columns, so it stays whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np

from repayplan.ability.capacities import AMOUNTS, Capacities
from repayplan.ability.guideline import Group
from repayplan.ability.household import Household
from repayplan.ability.households import Households
from repayplan.ability.joint import ROLES, JointPath
from repayplan.ability.obligor import GUARANTOR, WHOLE, Obligor
from repayplan.ability.path import PayablePath, part_of
from repayplan.ability.ragged import gather
from repayplan.ability.stacking import stacked
from repayplan.basics.columns import Screen
from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Bools, Failures, Ints, Outcome

MOST_BEHIND = 50
"""Households behind one loan."""
MOST_TOGETHER = 2.0**60
"""What the figures of the households behind a loan may come to, in minor units."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Obligors:
    """The households behind each loan of a batch; made by :meth:`from_columns`.

    It stands wherever one household a loan does: row ``i`` is what is behind loan ``i``. Each of them can be
    asked for the whole (joint liability), so that what they can give is added up. Each has its own allowance:
    one that is short of it gives nothing, and its shortage is nobody else's. Guarantors count where the
    policy says so; where they don't, they aren't looked at, faults of theirs included.

    Attributes
    ----------
    households
        All of them, those of a loan one after the other.
    of
        int64, ascending; the row number of the loan of each.
    role
        int64; into ``borrower``, ``co_borrower``, ``spouse``, ``guarantor``.
    share
        int64, 1e-10; what part of its capacity each gives.
    size
        How many loans there are.
    """

    households: Households
    of: Ints
    role: Ints
    share: Ints
    size: int

    @classmethod
    def from_columns(
        cls,
        households: Households,
        *,
        loan: Any,
        role: Any = "borrower",
        share: Any = 1,
        size: int | None = None,
    ) -> Obligors:
        """Says which household is liable for which loan.

        Parameters
        ----------
        households
            Every household behind any of the loans; one that is behind several loans stands there for each.
        loan
            The row number of the loan, counted from 0, of each.
        role, share
            See :class:`Obligor`: for all or one each.
        size
            How many loans there are; None: as many as the highest row number says.

        Raises
        ------
        InputError
            A row number that is none of a loan.

        Examples
        --------
        >>> homes = Households.from_columns(net_income=["1500", "1100", "2000"])
        >>> both = Obligors.from_columns(homes, loan=[0, 0, 1], role=["borrower", "guarantor", "borrower"])
        >>> len(both), both.of.tolist()
        (2, [0, 0, 1])
        """
        screen = Screen(len(households))
        of = screen.count("loan", loan, 0, 2**40)
        for failure in screen.failures():
            raise failure.error()
        loans = int(of.max(initial=-1)) + 1 if size is None else size
        if len(of) and of.max() >= loans:
            raise InputError(Code.OUT_OF_RANGE, "loan", int(of.max()), limit=f"0 to {loans - 1}")
        as_what, part = screen.choice("role", role, ROLES), screen.rate("share", share)
        part = np.broadcast_to(part, len(of))
        screen.fault(part > WHOLE, Code.OUT_OF_RANGE, "share", "", "0 to 1")
        failures = households.failures.and_then(screen.failures())
        order, place = np.argsort(of, kind="stable"), np.empty(len(of), np.int64)
        place[order] = np.arange(len(of))
        homes = replace(
            households.take(order),
            good=~failures.mask(len(of))[order],
            failures=failures.moved(place),
        )
        return cls(households=homes, of=of[order], role=as_what[order], share=part[order], size=loans)

    @classmethod
    def of_one(cls, given: Sequence[Any]) -> Obligors:
        """The households behind one loan.

        Raises
        ------
        InputError
            None, something else, or a role or a share that is none.
        """
        rule = "the households behind the loan, as Obligor(household=...)"
        if not len(given):
            raise InputError(Code.NO_HOUSEHOLD, "loan", "0")
        for i, each in enumerate(given):
            if not (isinstance(each, Obligor) and isinstance(each.household, Household)):
                raise InputError(Code.UNKNOWN_VALUE, f"obligors[{i}]", each, rule)
        made = cls.from_columns(
            stacked([each.household.batch for each in given]),
            loan=[0] * len(given),
            role=[each.role for each in given],
            share=[each.share for each in given],
            size=1,
        )
        for failure in made.households.failures:
            raise failure.error()
        return made

    def __len__(self) -> int:
        return self.size

    @cached_property
    def failures(self) -> Failures:
        """By loan: of its households, or that it has none."""
        screen = Screen(self.size)
        screen.adopt(self.households.failures.moved(self.of))
        count = self.count
        screen.fault(count == 0, Code.NO_HOUSEHOLD, "loan", np.arange(self.size))
        screen.fault(count > MOST_BEHIND, Code.OUT_OF_RANGE, "obligors", count, f"1 to {MOST_BEHIND}")
        other = np.zeros(self.size, np.bool_)
        other[self.of[self.households.decimals != self.decimals[self.of]]] = True
        screen.fault(other, Code.UNKNOWN_VALUE, "decimals")
        return screen.failures()

    @property
    def good(self) -> Bools:
        """Loans without a code."""
        return np.asarray(~self.failures.mask(self.size), np.bool_)

    @property
    def count(self) -> Ints:
        """How many households are behind each loan."""
        return np.bincount(self.of, minlength=self.size).astype(np.int64, copy=False)

    @property
    def decimals(self) -> Ints:
        """int64, by loan: those of its first household."""
        out = np.full(self.size, 2)
        out[self.of[::-1]] = self.households.decimals[::-1]
        return out

    @property
    def several(self) -> Bools:
        """Loans behind which there isn't just one household that gives all it can."""
        out = np.asarray(self.count != 1, np.bool_)
        out[self.of[self.share != WHOLE]] = True
        return out

    @property
    def dated(self) -> Bools:
        """Loans whose means differ from month to month, or are put together from several."""
        out = self.several
        out[self.of[self.households.dated]] = True
        return out

    @cached_property
    def bearer(self) -> Ints:
        """int64, by loan: the first borrower of the households, else the first that is no guarantor; -1."""
        out = np.full(self.size, -1)
        order = np.lexsort((np.arange(len(self.of)), self.role))[::-1]
        order = order[self.role[order] != GUARANTOR]
        out[self.of[order]] = order
        return out

    @property
    def first(self) -> Ints:
        """int64, by loan: the same, or its first household; of a loan with none, any."""
        some = np.minimum(np.searchsorted(self.of, np.arange(self.size)), max(len(self.of) - 1, 0))
        return np.where(self.bearer >= 0, self.bearer, some)

    @property
    def bears(self) -> Bools:
        """Of each household, whether it is the first of its loan's borrowers."""
        return np.asarray(self.bearer[self.of] == np.arange(len(self.of)), np.bool_)

    def take(self, rows: Ints) -> Obligors:
        """Of some of the loans, all of which are good."""
        entry, new = gather(self.of, rows)
        return Obligors(
            households=self.households.take(entry),
            of=new,
            role=self.role[entry],
            share=self.share[entry],
            size=len(rows),
        )

    def counting(self, *, guarantors: bool) -> Obligors:
        """Those that count by the policy."""
        if guarantors:
            return self
        kept = np.flatnonzero(self.role != GUARANTOR)
        place = np.full(len(self.of), -1)
        place[kept] = np.arange(len(kept))
        mask = self.households.failures.mask(len(self.of))
        failed = self.households.failures.copied(kept)
        homes = replace(self.households.take(kept), good=~mask[kept], failures=failed)
        return Obligors(
            households=homes,
            of=self.of[kept],
            role=self.role[kept],
            share=self.share[kept],
            size=self.size,
        )

    def parts(self, surplus: Ints) -> Ints:
        """What each household's surplus, signed, is worth for its loan: its share, rounded down."""
        if (self.share == WHOLE).all():
            return surplus
        return part_of(surplus, self.share, np.full(len(self.share), WHOLE))

    def together(self, parts: Ints) -> Ints:
        """What the households of each loan can give; where none can, what the first borrower is short by."""
        given = self.added(np.maximum(parts, 0))
        short = np.where(self.bearer >= 0, np.minimum(parts[self.bearer], 0) if len(parts) else 0, 0)
        return np.asarray(np.where(given > 0, given, short), np.int64)

    def added(self, amount: Ints) -> Ints:
        """Sums by loan of what each household has."""
        out = np.zeros(self.size, np.int64)
        np.add.at(out, self.of, amount)
        return out

    def path(
        self, begin: date, surplus: Ints, scale: Ints, turn: int, *, since: Ints, begun: bool
    ) -> JointPath:
        """What can be paid month by month.

        Parameters
        ----------
        begin
            The first month.
        surplus
            int64 (months, households), signed; what each has left.
        scale
            int64, of each; how many units of the result make one of its own.
        turn
            How many of the last months come round.
        since, begun
            Of the households, int64 each; see :class:`~repayplan.ability.path.PayablePath`.
        """
        parts = np.stack([self.parts(month) for month in surplus]) * scale
        given, guarantor = np.maximum(parts, 0), self.role == GUARANTOR
        return JointPath(
            begin=begin,
            payable=np.stack([self.added(month) for month in given]),
            guaranteed=np.stack([self.added(np.where(guarantor, month, 0)) for month in given]),
            decimals=self.decimals,
            turn=turn,
            begun=begun,
            members=PayablePath(
                begin=begin,
                payable=given,
                surplus=parts,
                decimals=self.households.decimals,
                turn=turn,
                since=since,
                begun=begun,
            ),
            of=self.of,
        )

    def capacities(self, can: Outcome[Capacities]) -> Outcome[Capacities]:
        """What the households of each loan have and can pay together, a month.

        Parameters
        ----------
        can
            Of all the households.

        Returns
        -------
        Outcome by loan: sums; ``reserved`` is what of all that is left can't be paid, as it isn't given or as
        others are short. Spending beside a guideline is that of households that are above it.
        """
        screen, size = Screen(self.size), len(self.of)
        screen.adopt(self.failures)
        screen.adopt(can.failures.moved(self.of))

        def spread(column: Ints) -> Ints:
            out = np.zeros(size, np.int64)
            out[can.row] = column
            return out

        value = can.value
        large = np.zeros(self.size)
        np.add.at(large, self.of[can.row], value.largest.astype(np.float64))
        screen.fault(large > MOST_TOGETHER, Code.BEYOND_DOMAIN, "net_income")
        sums = {name: self.added(spread(getattr(value, name))) for name in AMOUNTS}
        left = self.added(spread(value.surplus)) + sums["reserved"]
        payable = self.together(self.parts(spread(value.surplus)))
        sums["reserved"] = left - payable
        sums["beyond_target"] = self.together(self.parts(spread(value.left))) - payable
        groups = tuple(
            Group(
                group.guideline,
                *(
                    self.added(spread(np.where(group.questioned, each, 0)))
                    for each in (group.declared, group.figure)
                ),
            )
            for group in value.groups
        )
        row = np.flatnonzero(screen.good)
        made = Capacities(**sums, decimals=self.decimals, groups=groups)
        return Outcome(made.take(row), row, screen.failures())


def behind_some(homes: Households | Obligors, rows: Ints) -> tuple[Households, Ints, Ints, Obligors | None]:
    """The households of some rows.

    Returns
    -------
    households, mine, of, several
        A batch; int64, which of it they are, and of which of ``rows``; and the obligors, None where there is
        one household in each row.
    """
    if isinstance(homes, Obligors):
        some = homes.take(rows)
        return some.households, np.arange(len(some.of)), some.of, some
    return homes, rows, np.arange(len(rows)), None
