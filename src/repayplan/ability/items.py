"""What households earn, spend and owe, item by item: one by one for a person, a long table for a batch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from repayplan.ability.itemkinds import DEBT, DEDUCTION, GROSS, KINDS, NET, Cost
from repayplan.ability.month import MAX_MONTHLY, monthly, months_within
from repayplan.ability.ragged import gather, rows_of
from repayplan.basics.columns import Screen, beside, money_of
from repayplan.basics.dates import (
    FREQUENCY_INDEX,
    FREQUENCY_NAMES,
    PERIOD_MONTHS_DEN,
    PERIOD_MONTHS_NUM,
    Days,
)
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import MAX_DECIMALS
from repayplan.basics.outcome import Bools, Failures, Ints

ALL_YEAR = 2**12 - 1
_TRUE = {"True": 1, "true": 1, "yes": 1, "1": 1, "False": 0, "false": 0, "no": 0, "0": 0}
_NAT = np.datetime64("NaT", "D")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Items:
    """A long table of items, each of one household; made by :meth:`from_columns`.

    Attributes
    ----------
    of
        int64; the household's row number, in ascending order.
    kind, category
        int64; into :data:`KINDS`, and into ``names``.
    declared, verified, checked
        int64 minor units a month, income rounded down and the others up; whether there is evidence.
    first, last, season
        int64; the months (since 1970-01) from and to which it counts, and the months of the year, January
        in the lowest of twelve bits.
    balance, arrears, priority
        Of debts: int64 minor units, and whether they come first.
    owing
        bool; whether the balance is known.
    earner
        int64; whose income or deduction it is, numbered in any order; 0: nobody said.
    failures
        By household.
    """

    of: Ints
    kind: Ints
    category: Ints
    names: tuple[str, ...]
    declared: Ints
    verified: Ints
    checked: Bools
    first: Ints
    last: Ints
    season: Ints
    balance: Ints
    arrears: Ints
    priority: Bools
    owing: Bools
    earner: Ints
    decimals: Ints
    failures: Failures

    @classmethod
    def from_columns(
        cls,
        *,
        household: Any,
        kind: Any,
        amount: Any,
        category: Any = None,
        frequency: Any = "monthly",
        verified: Any = None,
        start: Any = None,
        until: Any = None,
        months: Any = "",
        balance: Any = None,
        arrears: Any = None,
        priority: Any = False,
        earner: Any = "",
        decimals: Any = 2,
        ids: Any = None,
        where: Any = None,
    ) -> Items:
        """Reads columns of any dtype, a list, or one value for all items.

        Parameters
        ----------
        household
            Whose it is: the row number, counted from 0; with ``ids``, one of these.
        kind
            One of :data:`KINDS`.
        amount, verified, balance, arrears
            Currency units; where there is a balance, arrears are at most as much.
        category
            See :class:`Cost`; None: none of the items has one. A column has one for each.
        frequency, start, until, priority, earner
            See :class:`Cost`, :class:`Debt` and :class:`Income`; of a debt it must be known whether it comes
            first.
        months
            Text: ``"5-9"``, ``"11-2"``, ``"3 6 9"``; empty: all.
        decimals
            Of the household's currency.
        ids
            The households, in the order of their rows.
        where
            Text of each item: where it was read, added to the fields of its faults.

        Raises
        ------
        InputError
            A household that there is none of: no household could be given the code.
        TypeError
            Columns of different lengths.

        Examples
        --------
        >>> items = Items.from_columns(household=[1, 0, 1], kind="cost", amount=["1", "2", "3"])
        >>> items.of, items.declared
        (array([0, 1, 1]), array([200, 100, 300]))
        """
        every = (household, kind, amount, category, frequency, verified, start, until, months)
        screen = Screen(max(1, *(rows_of(v) for v in every)) if rows_of(household) else 0)
        of = _whose(screen, household, ids)
        d = screen.count("items.decimals", decimals, 0, MAX_DECIMALS)
        what = screen.choice("items.kind", kind, KINDS)
        often = screen.choice("items.frequency", frequency, FREQUENCY_INDEX, known=FREQUENCY_NAMES)
        earned = (what == NET) | (what == GROSS)
        unchecked = np.ones(screen.size, np.bool_) if verified is None else screen.missing(verified)
        declared, seen = (
            _by_month(
                screen,
                f"items.{name}",
                screen.money(f"items.{name}", given, d, default=default),
                often,
                d,
                earned,
            )
            for name, given, default in (("amount", amount, None), ("verified", verified, 0))
        )
        began, ended = (screen.date(f"items.{n}", v, _NAT) for n, v in (("start", start), ("until", until)))
        screen.fault(ended < began, Code.DATES_OUT_OF_ORDER, "items.until", ended, beside(">=", began))
        season = _season(screen, months)
        long = (season < ALL_YEAR) & (PERIOD_MONTHS_NUM[often] > PERIOD_MONTHS_DEN[often])
        screen.fault(long, Code.UNKNOWN_VALUE, "items.frequency", "", "a month or shorter, beside months")
        whole = [earned | _with_gross(of, what, day) for day in (began, ended)]
        first, last = months_within(began, ended, *whole)
        owed, late = (
            screen.money(f"items.{n}", v, d, default=0)
            for n, v in (("balance", balance), ("arrears", arrears))
        )
        known = np.zeros(screen.size, np.bool_) if balance is None else ~screen.missing(balance)
        bound = beside("<=", money_of(owed, d))
        screen.fault(known & (late > owed), Code.OUT_OF_RANGE, "items.arrears", money_of(late, d), bound)
        ranked = screen.choice("items.priority", priority, _TRUE, default="False")
        screen.fault((what == DEBT) & screen.missing(priority), Code.MISSING, "items.priority")
        called = np.broadcast_to(screen.text("" if category is None else category), screen.size)
        if category is not None:
            screen.fault(np.char.strip(called) == "", Code.MISSING, "items.category")
        names, group = np.unique(called, return_inverse=True)
        people = np.append("", np.broadcast_to(screen.text(earner), screen.size))
        person = np.unique(people, return_inverse=True)[1].reshape(-1)[1:]  # no name is the first of them
        order = np.argsort(of, kind="stable")
        failures = screen.failures()
        if where is not None:
            failures = failures.placed(np.broadcast_to(screen.text(where), screen.size))
        return cls(
            of=of[order],
            kind=what[order],
            category=group.reshape(-1)[order],
            names=tuple(names.tolist()),
            declared=declared[order],
            verified=seen[order],
            checked=~unchecked[order],
            first=first[order],
            last=last[order],
            season=season[order],
            balance=owed[order],
            arrears=late[order],
            priority=(ranked == 1)[order],
            owing=known[order],
            earner=person[order],
            decimals=d[order],
            failures=failures.moved(of),
        )

    @classmethod
    def of_one(cls, items: Sequence[Any], decimals: int) -> Items:
        """The items of one household."""
        for i, item in enumerate(items):
            if not isinstance(item, Cost):
                kinds = "Income, Deduction, Cost or Debt"
                raise InputError(Code.UNKNOWN_VALUE, f"items[{i}]", item, kinds)
        names = ("category", "amount", "frequency", "verified", "start", "until")
        columns = {name: [getattr(item, name) for item in items] for name in names}
        debts = {name: [getattr(item, name, None) for item in items] for name in ("balance", "arrears")}
        return cls.from_columns(
            household=np.zeros(len(items), np.int64),
            kind=["gross_income" if getattr(item, "gross", False) else item.kind for item in items],
            months=[_of_year(i, item.months) for i, item in enumerate(items)],
            priority=[str(getattr(item, "priority", False)) for item in items],
            earner=[getattr(item, "earner", "") for item in items],
            decimals=decimals,
            **columns,
            **debts,
        )

    def __len__(self) -> int:
        return len(self.of)

    @property
    def dated(self) -> Bools:
        """Which of them don't count in every month."""
        lasting = (self.first < -(2**30)) & (self.last > 2**30)
        return np.asarray(~lasting | (self.season < ALL_YEAR), np.bool_)

    def counts_in(self, month: Ints) -> Bools:
        """Which of them count in a month, given for each item."""
        there = (self.first <= month) & (month <= self.last)
        return np.asarray(there & ((self.season >> (month % 12)) & 1).astype(np.bool_), np.bool_)

    def take(self, rows: Ints) -> Items:
        """Of some of the households."""
        entry, new = gather(self.of, rows)
        return replace(self.only(entry), of=new)

    def beside(self, more: Items) -> Items:
        """These and others, of the same households and with the same names."""
        order = np.argsort(np.concatenate([self.of, more.of]), kind="stable")
        kept = {f.name: getattr(self, f.name) for f in fields(self)}
        columns = {
            name: np.concatenate([v, getattr(more, name)])[order]
            for name, v in kept.items()
            if isinstance(v, np.ndarray)
        }
        return Items(**(kept | columns))

    def only(self, entries: Ints) -> Items:
        """Some of them, of the same households."""
        kept = {f.name: getattr(self, f.name) for f in fields(self)}
        columns = {name: v[entries] for name, v in kept.items() if isinstance(v, np.ndarray)}
        return Items(**(kept | columns | {"failures": Failures.none()}))


def _whose(screen: Screen, household: Any, ids: Any) -> Ints:
    """Row numbers of the households; each item has one, or the call is wrong."""
    if ids is None:
        of = screen.count("items.household", household, 0, 2**40)
    else:
        known = Screen(len(ids)).text(ids)
        order = np.argsort(known, kind="stable")
        wanted = screen.text(household)
        at = np.minimum(np.searchsorted(known, wanted, sorter=order), max(len(known) - 1, 0))
        of = order[at] if len(known) else np.zeros(screen.size, np.int64)
        none = known[of] != wanted if len(known) else np.ones(screen.size, np.bool_)
        screen.fault(none, Code.NO_HOUSEHOLD, "id", wanted)
    for failure in screen.failures():
        raise failure.error()
    return of


def _by_month(screen: Screen, field: str, amount: Ints, often: Ints, d: Ints, earned: Bools) -> Ints:
    """Amounts by the month, each rounded once: income down, the others up."""
    num, den = PERIOD_MONTHS_NUM[often], PERIOD_MONTHS_DEN[often]
    most = MAX_MONTHLY // den * num
    screen.fault(amount > most, Code.BEYOND_DOMAIN, field, money_of(amount, d), money_of(most, d))
    fits = np.where(amount > most, 0, amount)
    return np.where(earned, monthly(fits, often, up=False), monthly(fits, often, up=True))


def _with_gross(of: Ints, what: Ints, day: Days) -> Bools:
    """Deductions that begin, or end, on the day on which a gross income of the same household does."""
    known = np.where(np.isnat(day), 0, day.astype(np.int64))
    of_day, gross = of * 2**23 + known, (what == GROSS) & ~np.isnat(day)  # no date is 2**22 days from 1970
    matched = (what == DEDUCTION) & ~np.isnat(day) & np.isin(of_day, of_day[gross])
    return np.asarray(matched, np.bool_)


def _of_year(place: int, months: object) -> str:
    """The months of one item as a column has them: a list of numbers, not a text that is read by letters."""
    if isinstance(months, str | bytes) or not isinstance(months, Iterable):
        rule = "a list of the months of the year, as (11, 12, 1)"
        raise InputError(Code.UNKNOWN_VALUE, f"items[{place}].months", months, rule)
    return " ".join(str(month) for month in months)


def _season(screen: Screen, months: Any) -> Ints:
    """Months of the year as twelve bits; each distinct text is read once."""
    texts, place = np.unique(screen.text(months), return_inverse=True)
    bits = np.array([_bits(str(text)) for text in texts], np.int64)
    out = bits[place.reshape(-1)] if len(bits) else np.zeros(screen.size, np.int64)
    screen.fault(
        out == 0, Code.UNKNOWN_VALUE, "items.months", texts[place.reshape(-1)], "months 1 to 12: 5-9, 3 6 9"
    )
    return out


def _bits(text: str) -> int:
    """Months of the year that a text names, as bits; 0 where it names none."""
    if not text:
        return ALL_YEAR
    bits = 0
    for part in text.replace(",", " ").split():
        low, dash, high = part.partition("-")
        ends = [
            int(x) if x.isdecimal() and x.isascii() and len(x) < 3 else 0
            for x in (low, high if dash else low)
        ]
        if not all(1 <= end <= 12 for end in ends):
            return 0
        for k in range((ends[1] - ends[0]) % 12 + 1):
            bits |= 1 << (ends[0] - 1 + k) % 12
    return bits
