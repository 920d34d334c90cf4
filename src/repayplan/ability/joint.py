"""Several households behind one loan: co-borrowers, a spouse's share, guarantors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from repayplan.ability.path import PayablePath
from repayplan.ability.ragged import added
from repayplan.basics.columns import RATE_DECIMALS, Screen, money_of
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import MAX_TOTAL
from repayplan.basics.outcome import Ints, Outcome
from repayplan.kernel.accrue import divide_product

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
    """

    guaranteed: Ints


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
    household that is short of its own allowance adds nothing, and its shortage is nobody else's.

    Parameters
    ----------
    paths
        Outcome of :func:`capacity_path` on all the households.
    loan
        The row number of the loan, counted from 0, of every household that there was.
    role
        One of :data:`ROLES`, for all or one a household.
    share
        What part of its capacity a household gives to this loan, 0 to 1 (a spouse's half, say); rounded down.
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
    sums: tuple[list[Ints], list[Ints]] = ([], [])
    for row in path.payable:
        given, _ = divide_product(row[column[mine]], part[mine], 10**RATE_DECIMALS)
        for kept, which in zip(sums, (given, np.where(guarantor[mine], given, 0)), strict=True):
            total, beyond = added(which, whose, loans, MAX_TOTAL)
            screen.fault(beyond, Code.BEYOND_DOMAIN, "payable", "", most)
            kept.append(total)
    good = np.flatnonzero(screen.good)
    payable, guaranteed = (np.stack(each)[:, good] for each in sums)
    made = JointPath(begin=path.begin, payable=payable, guaranteed=guaranteed, decimals=decimals[good])
    return Outcome(made, good, screen.failures())
