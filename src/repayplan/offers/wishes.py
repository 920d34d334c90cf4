"""What a borrower wishes of a plan: constraints that only ever leave plans out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal

import numpy as np

from repayplan.ability.figures import day, decimal, one_of, texts, units_of, whole
from repayplan.basics.dates import months_taken
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import MAX_DECIMALS, to_decimal
from repayplan.basics.outcome import Bools, Ints
from repayplan.offers.lengths import MOST_MONTHS
from repayplan.offers.methods import METHODS
from repayplan.offers.points import Points, Valued
from repayplan.plans.loan import Loans

WORDS = {
    "at_most": ("no payment above", "每期还款不超过"),
    "at_least": ("no payment below, but for the last", "每期还款（末期除外）不低于"),
    "total_at_most": ("all payments together at most", "还款总额不超过"),
    "start": ("no payment before", "首次还款不早于"),
    "until": ("last payment by", "最后还款不晚于"),
    "months": ("months at most", "最长月数"),
    "methods": ("method of repayment", "还款方式"),
}
"""What each wish is called in English and Chinese."""
MONEY = ("at_most", "at_least", "total_at_most")
Wish = Decimal | date | int | tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """A borrower's wishes, each of which may be left out.

    Parameters
    ----------
    at_most
        No payment above this amount; what is put aside until the end is no payment.
    at_least
        From the first payment to the last but one, none below this amount.
    total_at_most
        All payments together, with what is put aside until the end, come to this at most.
    start
        Nothing is paid before this day.
    until
        The last instalment falls due on this day at the latest.
    months
        The plan takes so many months at most, begun ones counted whole.
    methods
        One of these ways of repaying.

    Raises
    ------
    InputError
        An amount, date or number that isn't one, a method that isn't known, or none.

    Examples
    --------
    >>> Wishes(at_most="900", start="2026-03-01").named
    ('at_most', 'start')
    """

    at_most: Decimal | None = None
    at_least: Decimal | None = None
    total_at_most: Decimal | None = None
    start: date | None = None
    until: date | None = None
    months: int | None = None
    methods: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        for name in MONEY:
            if getattr(self, name) is not None:
                amount = decimal(f"wishes.{name}", getattr(self, name), places=MAX_DECIMALS)
                object.__setattr__(self, name, amount)
        for name in ("start", "until"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, day(f"wishes.{name}", getattr(self, name)))
        if self.months is not None:
            whole("wishes.months", self.months, 1, MOST_MONTHS, "months")
        if self.methods is not None:
            wanted = texts("wishes.methods", self.methods)
            if not wanted:
                raise InputError(Code.MISSING, "wishes.methods", wanted, "at least one method")
            for i, name in enumerate(wanted):
                one_of(f"wishes.methods[{i}]", name, METHODS)
            object.__setattr__(self, "methods", wanted)

    @property
    def named(self) -> tuple[str, ...]:
        """Which of them are given, in the order of the fields."""
        return tuple(each.name for each in fields(self) if getattr(self, each.name) is not None)


def measured(
    wishes: Wishes, name: str, loans: Loans, points: Points, found: Valued, methods: Sequence[str]
) -> tuple[Ints, Ints]:
    """What a wish looks at in each plan, and what it may come to at most: the less, the nearer.

    Parameters
    ----------
    loans
        A batch, at their finest unit.
    points, found
        Plans for them.
    methods
        Of the policy.
    """
    wish = getattr(wishes, name)
    if name in MONEY:
        bound = units_of(wish, up=name == "at_least")[loans.decimals[points.loan]]
        if name == "at_least":
            return -found.least, -bound
        return found.instalment if name == "at_most" else found.paid, bound
    if name == "methods":
        other = np.array([method not in wish for method in methods])
        return other[points.method].astype(np.int64), np.zeros(len(points), np.int64)
    if name == "months":
        return months_taken(points.length, loans.frequency[points.loan]), np.full(len(points), wish)
    last = np.full(len(points), int(np.datetime64(wish, "D").astype(np.int64)))
    if name == "until":
        return found.last.astype(np.int64), last
    return -found.first.astype(np.int64), -last


def shown(name: str, value: int, decimals: int, methods: Sequence[str]) -> Wish:
    """What :func:`measured` found for a person."""
    if name in MONEY:
        return to_decimal(-value if name == "at_least" else value, decimals)
    if name == "methods":
        return tuple(methods)
    if name == "months":
        return value
    on: date = np.datetime64(-value if name == "start" else value, "D").item()
    return on


def said(wish: Wish) -> object:
    """A wish in a sentence."""
    return ", ".join(wish) if isinstance(wish, tuple) else wish


def within_reach(loan: Ints, met: Ints, size: int, wishes: int) -> Bools:
    """Which sets of wishes some plan of each loan has together.

    Parameters
    ----------
    loan, met
        int64; whose each plan is, and the wishes that it has, a bit each.
    size, wishes
        How many loans and wishes there are.

    Returns
    -------
    bool (loans, sets): of the set whose bits make up the number.

    Examples
    --------
    >>> within_reach(np.array([0, 0]), np.array([0b01, 0b10]), 1, 2).tolist()
    [[True, True, True, False]]
    """
    out = np.zeros((size, 2**wishes), np.bool_)
    out[loan, met] = True
    for bit in range(wishes):
        low = np.flatnonzero(~np.arange(2**wishes) >> bit & 1)
        out[:, low] |= out[:, low | 1 << bit]
    return out


def smallest_conflicts(reach: Bools, names: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """The sets of wishes that no plan has together although any fewer of them do, the smallest first.

    Examples
    --------
    >>> smallest_conflicts(np.array([True, True, True, False]), ("at_most", "months"))
    (('at_most', 'months'),)
    """
    out = []
    for each in range(1, len(reach)):
        bits = [bit for bit in range(len(names)) if each >> bit & 1]
        if not reach[each] and all(reach[each & ~(1 << bit)] for bit in bits):
            out.append(tuple(names[bit] for bit in bits))
    return tuple(sorted(out, key=len))
