"""Several households behind one loan: co-borrowers, a spouse's share, guarantors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from repayplan.ability.capacities import read_frequency
from repayplan.ability.path import PayablePath, due_days, part_of
from repayplan.ability.ragged import added, gather
from repayplan.basics.columns import RATE_DECIMALS, Screen, money_of
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import MAX_TOTAL
from repayplan.basics.outcome import Ints, Outcome, span

ROLES = ("borrower", "co_borrower", "spouse", "guarantor")
"""In what way a household is liable for a loan."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class JointPath(PayablePath):
    """What the households behind each loan can pay together in each month.

    Attributes
    ----------
    begin, payable, decimals
        See :class:`PayablePath`; a column for each good loan.
    guaranteed
        int64, as ``payable``: what of it guarantors could pay; nothing where they don't count.
    members
        What each household that counts gives, a column for each of them; its shortages are in ``surplus``.
    of
        int64; the column of the loan of each of the members.
    """

    guaranteed: Ints
    members: PayablePath
    of: Ints

    def take(self, columns: Ints) -> JointPath:
        """Some of the loans."""
        order = np.argsort(self.of, kind="stable")
        entry, of = gather(self.of[order], columns)
        mine = span(columns)
        return JointPath(
            begin=self.begin,
            payable=self.payable[:, mine],
            decimals=self.decimals[mine],
            turn=self.turn,
            begun=self.begun,
            guaranteed=self.guaranteed[:, mine],
            members=self.members.take(order[entry]),
            of=of,
        )

    def least(self, frequency: Ints) -> Ints:
        """What can be paid in a period of each loan at least: each household in its leanest month."""
        each = self.members.least(frequency[self.of])
        return added(each, self.of, len(self), MAX_TOTAL)[0]

    def per_period(self, frequency: Any, due: Any, calendar: Ints | None = None) -> Outcome[Ints]:
        """What can be paid in each period of each loan.

        What each household can give in the period, as :meth:`PayablePath.per_period` works it out, added up.
        What a household falls short by in a month is taken from its own other months of the period, never
        from what another household can pay: each has its own allowance.

        Parameters
        ----------
        frequency, due, calendar
            As :meth:`PayablePath.per_period` takes them, for each loan.

        Returns
        -------
        As :meth:`PayablePath.per_period`.

        Raises
        ------
        TypeError
            Due dates of another type or shape.
        """
        days = due_days(due, len(self) if calendar is None else np.asarray(due).shape[-1])
        own = self.of if calendar is None else calendar[self.of]
        screen = Screen(len(self))
        often = read_frequency(screen, frequency)
        each = self.members.per_period(often[self.of], days, own)
        screen.adopt(each.failures.moved(self.of))
        whose = self.of[each.row]
        most = money_of(np.full(len(self), MAX_TOTAL), self.decimals)
        out = np.zeros((len(days), len(self)), np.int64)
        for k, amounts in enumerate(each.value):
            out[k], beyond = added(amounts, whose, len(self), MAX_TOTAL)
            screen.fault(beyond, Code.BEYOND_DOMAIN, "payable", "", most)
        row = np.flatnonzero(screen.good)
        return Outcome(out[:, span(row)], row, screen.failures())


def joint_path(
    paths: Outcome[Any],
    *,
    loan: Any,
    role: Any = "borrower",
    share: Any = 1,
    guarantors: bool,
    size: int | None = None,
) -> Outcome[JointPath]:
    """What can be paid on each loan by the households that are liable for it, each with its own allowance.

    Each household can be asked for all of it (joint liability), so that what they can pay is added up. A
    household that is short of its own allowance adds nothing, and its shortage is nobody else's: within a
    period it is made up for by the household's own other months only.

    Parameters
    ----------
    paths
        Outcome of :func:`capacity_path` on all the households.
    loan
        The row number of the loan, counted from 0, of every household that there was.
    role
        One of :data:`ROLES`, for all or one a household.
    share
        What part of its capacity a household gives to this loan, 0 to 1 (a spouse's half, say); rounded
        down. It bears the same part of its shortages.
    guarantors
        Whether what guarantors can pay counts. Where it doesn't, they aren't looked at, faults of theirs
        included.
    size
        How many loans there are; None: as many as the highest row number says.

    Returns
    -------
    Outcome of :class:`JointPath`. A loan has a code where a household of it that counts has one, where none
    does, or where their decimals differ.

    Raises
    ------
    InputError
        A row number that is none of a loan.

    Examples
    --------
    >>> from repayplan import Allowance, Households, capacity_path
    >>> homes = Households.from_columns(net_income=["1500", "1100", "2000"])
    >>> rule = Allowance(adult_first="900", adult_further="0", child="0", covers=(), source="own")
    >>> paths = capacity_path(homes, rule, begin="2026-01-01", months=12)
    >>> roles = ["borrower", "spouse", "guarantor"]
    >>> for count in (False, True):
    ...     both = joint_path(paths, loan=[0] * 3, role=roles, share=["1", "0.5", "1"], guarantors=count)
    ...     print(both.value.payable, both.value.guaranteed)
    [[70000]] [[0]]
    [[180000]] [[110000]]
    """
    path: PayablePath = paths.value
    every = len(path) + len(paths.failures)
    inner = Screen(every)
    of = inner.count("loan", loan, 0, 2**40)
    for failure in inner.failures():
        raise failure.error()
    loans = int(of.max(initial=-1)) + 1 if size is None else size
    if every and of.max() >= loans:
        raise InputError(Code.OUT_OF_RANGE, "loan", int(of.max()), limit=f"0 to {loans - 1}")
    part = inner.rate("share", share)
    as_what = inner.choice("role", role, ROLES)
    inner.adopt(paths.failures)
    guarantor = as_what == ROLES.index("guarantor")
    asked = np.flatnonzero(~guarantor | bool(guarantors))
    screen = Screen(loans)
    screen.adopt(inner.failures().copied(asked).moved(of[asked]))
    column = np.full(every, -1)
    column[paths.row] = np.arange(len(path))
    mine = asked[inner.good[asked]]
    whose, decimals = of[mine], np.full(loans, -1)
    own = path.decimals[column[mine]]
    decimals[whose] = own
    screen.fault(decimals < 0, Code.NO_HOUSEHOLD, "loan", np.arange(loans))
    other = np.zeros(loans, np.bool_)
    other[whose[own != decimals[whose]]] = True
    screen.fault(other, Code.UNKNOWN_VALUE, "decimals")
    most = money_of(np.full(loans, MAX_TOTAL), np.maximum(decimals, 0))
    one = np.full(len(mine), 10**RATE_DECIMALS)
    sums: tuple[list[Ints], list[Ints]] = ([], [])
    signed = path.payable if path.surplus is None else path.surplus
    parts = np.stack([part_of(row[column[mine]], part[mine], one) for row in signed])
    for given in np.maximum(parts, 0):
        for kept, which in zip(sums, (given, np.where(guarantor[mine], given, 0)), strict=True):
            total, beyond = added(which, whose, loans, MAX_TOTAL)
            screen.fault(beyond, Code.BEYOND_DOMAIN, "payable", "", most)
            kept.append(total)
    good = np.flatnonzero(screen.good)
    payable, guaranteed = (np.stack(each)[:, good] for each in sums)
    asked = np.flatnonzero(screen.good[whose])
    place, own_parts = np.cumsum(screen.good) - 1, parts[:, span(asked)]
    made = JointPath(
        begin=path.begin,
        payable=payable,
        guaranteed=guaranteed,
        decimals=decimals[good],
        turn=path.turn,
        members=PayablePath(
            begin=path.begin,
            payable=np.maximum(own_parts, 0),
            surplus=own_parts,
            decimals=decimals[whose[asked]],
            turn=path.turn,
        ),
        of=place[whose[asked]],
    )
    return Outcome(made, good, screen.failures())
