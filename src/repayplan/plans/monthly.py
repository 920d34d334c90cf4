"""What many schedules pay in each calendar month, added up a few periods at once: no row is kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from repayplan.basics.columns import Screen
from repayplan.basics.dates import Days
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import MAX_TOTAL
from repayplan.basics.outcome import Ints, alike
from repayplan.plans.loan import Loans

PAID = ("principal", "interest_paid", "fee", "payment")
"""What is paid in a row."""
FLOWS = ("drawn", *PAID)
"""And what is lent anew."""
CURRENCY = "currency"
_LOW, _AT_ONCE = 26, 1 << 17
"""Amounts are added up as two numbers, of which the low one has so many bits, in floats that hold 53: of so
many rows at once both sums are whole numbers that a float holds, whatever the amounts."""
_MOST = MAX_TOTAL >> _LOW


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class MonthlyCash:
    """Cash flows of many loans by calendar month, the loans in groups that can be added up.

    Attributes
    ----------
    groups
        By name of what groups them: str, one a group. Loans with a currency are in groups of one.
    loans, decimals
        int64; how many each group has, and the decimals of its amounts.
    month
        datetime64[M]; consecutive.
    drawn, principal, interest_paid, fee, payment
        int64 minor units (groups, months); what is lent anew, and what is paid, of which the payment is all.

    Examples
    --------
    >>> import repayplan as rp
    >>> loans = rp.Loans.from_columns(
    ...     principal=["1200", "600"],
    ...     annual_rate="0.12",
    ...     original_term=12,
    ...     elapsed=9,
    ...     unpaid=3,
    ...     next_due=["2026-01-31", "2026-02-15"],
    ... )
    >>> cash = rp.schedule(loans, rp.equal_principal(2)).value.cash_by_month()
    >>> cash.month.tolist()
    [datetime.date(2026, 1, 1), datetime.date(2026, 2, 1), datetime.date(2026, 3, 1)]
    >>> cash.principal, cash.interest_paid
    (array([[60000, 90000, 30000]]), array([[1200, 1200,  300]]))
    """

    groups: Mapping[str, npt.NDArray[np.str_]]
    loans: Ints
    decimals: Ints
    month: npt.NDArray[np.datetime64]
    drawn: Ints
    principal: Ints
    interest_paid: Ints
    fee: Ints
    payment: Ints

    def __len__(self) -> int:
        """Groups."""
        return len(self.loans)

    def to_frame(self, kind: str = "pandas") -> Any:
        """A row for each group and month, which is given by its first day.

        Raises
        ------
        InputError
            ``kind`` is no kind of frame.
        ImportError
            The library isn't installed; the message names the extra.
        """
        from repayplan.edges.frames import to_frame

        size, months = len(self), len(self.month)
        columns: dict[str, Any] = {name: np.repeat(names, months) for name, names in self.groups.items()}
        columns["month"] = np.tile(self.month.astype("datetime64[D]"), size)
        columns |= {name: getattr(self, name).reshape(-1) for name in FLOWS}
        return to_frame(columns, kind, np.repeat(self.decimals, months))


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Which loans may be added up.

    Attributes
    ----------
    of
        int64; the group of each loan.
    names
        What each group is called, by the names of what groups them.
    decimals, scale
        int64; of each group; and what each loan's amounts are multiplied by to have as many.
    """

    of: Ints
    names: Mapping[str, npt.NDArray[np.str_]]
    decimals: Ints
    scale: Ints

    @classmethod
    def read(cls, loans: Loans, row: Ints, by: Iterable[str]) -> Groups:
        """Groups by currency, where there is one, and by further columns.

        Raises
        ------
        InputError
            A column isn't there, or the loans differ in decimals and have no currency.
        """
        wanted = dict.fromkeys((CURRENCY, *by) if CURRENCY in loans.extra else by)
        decimals = loans.decimals[row]
        stated = decimals - np.round(np.log10(loans.finer[row])).astype(np.int64)
        if CURRENCY not in wanted and len(row) and (stated != stated[0]).any():
            rule = "the loans differ in decimals: a column of this name says which may be added up"
            raise InputError(Code.MISSING, CURRENCY, None, rule)
        texts = {}
        for name in wanted:
            if name not in loans.extra:
                raise InputError(Code.MISSING, "by", name, f"the loans have no column {name!r}")
            texts[name] = Screen(len(loans)).text(loans.extra[name])[row]
        places = [np.unique(text, return_inverse=True)[1].reshape(-1) for text in texts.values()]
        first, of = alike(*places) if places else alike(np.zeros(len(row), np.int64))
        most = np.zeros(len(first), np.int64)
        np.maximum.at(most, of, decimals)
        names = {name: text[first] for name, text in texts.items()}
        return cls(of, names, most, 10 ** (most[of] - decimals))


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """Sums by group and month from some month on, as two numbers each.

    Attributes
    ----------
    begin
        The first month, counted from January 1970.
    high, low
        int64 (flows, groups, months).
    """

    begin: int
    high: Ints
    low: Ints

    @classmethod
    def of(cls, flows: Mapping[str, Ints], loan: Ints, days: Days, groups: Groups) -> Sums:
        """Of rows: an amount of some of :data:`FLOWS`, whose each is, and its day."""
        size, parts = len(groups.decimals), []
        for piece in (slice(at, at + _AT_ONCE) for at in range(0, len(loan), _AT_ONCE)):
            mine, month = loan[piece], days[piece].astype("datetime64[M]").astype(np.int64)
            begin = int(month.min())
            width = int(month.max()) - begin + 1
            place, scale = groups.of[mine] * width + (month - begin), groups.scale[mine]
            high, low = np.zeros((2, len(FLOWS), size, width), np.int64)
            for k, name in enumerate(FLOWS):
                if name not in flows:
                    continue
                values = flows[name][piece]
                if (np.abs(values) > MAX_TOTAL // scale).any():
                    raise _beyond(name)
                values = values * scale
                for sums, part in ((high, values >> _LOW), (low, values & ((1 << _LOW) - 1))):
                    added = np.bincount(place, part, size * width)
                    sums[k] = added.astype(np.int64).reshape(size, width)
            parts.append(cls(begin, high, low))
        return cls.together(parts, size)

    @classmethod
    def together(cls, parts: Sequence[Sums], groups: int) -> Sums:
        """Of several; their order makes no difference.

        Raises
        ------
        InputError
            A sum is beyond what int64 minor units hold.
        """
        some = [part for part in parts if part.months]
        begin = min((part.begin for part in some), default=0)
        end = max((part.begin + part.months for part in some), default=0)
        high, low = np.zeros((2, len(FLOWS), groups, end - begin), np.int64)
        for part in some:
            months = slice(part.begin - begin, part.begin - begin + part.months)
            high[..., months] += part.high
            low[..., months] += part.low
            high += low >> _LOW
            low &= (1 << _LOW) - 1
            for name, sums in zip(FLOWS, high, strict=True):
                if (np.abs(sums) >= _MOST).any():
                    raise _beyond(name)
        return cls(begin, high, low)

    @property
    def months(self) -> int:
        """How many months."""
        return int(self.high.shape[2])

    def cash(self, groups: Groups) -> MonthlyCash:
        """The sums by name."""
        flows = dict(zip(FLOWS, (self.high << _LOW) + self.low, strict=True))
        return MonthlyCash(
            groups=groups.names,
            loans=np.bincount(groups.of, minlength=len(groups.decimals)),
            decimals=groups.decimals,
            month=(self.begin + np.arange(self.months)).astype("datetime64[M]"),
            **flows,
        )


def _beyond(name: str) -> InputError:
    return InputError(Code.BEYOND_DOMAIN, name, None, limit=f"{MAX_TOTAL} minor units a month")
