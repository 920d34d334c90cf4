"""A rate that is linked to an index."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass, field
from datetime import date
from typing import Any, Literal

import numpy as np

from repayplan.basics.arguments import one_date, one_number
from repayplan.basics.columns import NO_SPREAD, RATE_DECIMALS, beside
from repayplan.basics.dates import MOST_MONTHS, Days, civil, shift
from repayplan.basics.errors import Code, InputError
from repayplan.basics.index import Index
from repayplan.basics.money import to_plain
from repayplan.basics.outcome import Ints
from repayplan.basics.rate import Number
from repayplan.basics.ratepath import NAT, ONE, PathLoans, RatePath


@dataclass(frozen=True, slots=True)
class LinkedRate(RatePath):
    """An index plus a spread, fixed anew at each reset.

    Parameters
    ----------
    index
        The :class:`Index`. After its last date its last rate stays: a path knows no forecast.
    spread
        Added to it, -1 to 1 in multiples of 1e-10 (0.002 is 20 basis points); None: each loan brings its own.
    reset
        Months from one reset to the next (1 to 120), counted from the anchor as due dates are; or
        ``"publication"``: whenever the index is published.
    anchor
        Date of the first fixing, needed where resets are months apart or have a ``step_cap``; None: each
        loan brings its own. There is no rate before it: see :class:`PromotionalRate`.
    floor, cap
        Bounds of the rate after the spread, 0 to 1 (-1 to 1 where it may be negative).
    step_cap
        The most that one reset may move the rate, up or down, from what it was; counted from the anchor.
    negative
        As in :class:`FixedRate`: a rate below zero is a fault of the loan otherwise.

    Raises
    ------
    InputError
        A figure that can't be meant; a floor above the cap; an anchor that nothing is counted from.

    Notes
    -----
    At each reset ``rate = min(cap, max(floor, rate before ± step_cap, index + spread))``: the step is cut
    first, then floor and cap hold. The repricing day and the spread in basis points are terms of the
    contract (the People's Bank of China, Announcement No. 15 of 2019 and No. 16 of 2019, for the loan
    prime rate); periodic and lifetime caps as in the adjustable rates of Regulation Z, 12 CFR 1026.37(j).

    Examples
    --------
    >>> days, rates = ["2024-07-22", "2024-10-21", "2025-05-20"], ["0.0335", "0.031", "0.03"]
    >>> lpr = Index("LPR 1Y", days, rates, "the PBOC")
    >>> path = LinkedRate(lpr, "0.005", reset=12, anchor="2024-08-15")
    >>> path.segments("2024-08-15", "2026-08-15")
    (array(['2025-08-15'], dtype='datetime64[D]'), array([385000000, 350000000]))
    """

    index: Index
    spread: Number | None
    _: KW_ONLY
    reset: int | Literal["publication"]
    anchor: date | str | None = None
    floor: Number | None = None
    cap: Number | None = None
    step_cap: Number | None = None
    negative: bool = False
    _units: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        index: Any = self.index
        if not isinstance(index, Index):
            raise InputError(Code.UNKNOWN_VALUE, "linked.index", index, "an Index: dates and their rates")
        months = (
            isinstance(self.reset, int)
            and not isinstance(self.reset, bool)
            and 1 <= self.reset <= MOST_MONTHS
        )
        if not months and self.reset != "publication":
            rule = f"months from 1 to {MOST_MONTHS}, or 'publication'"
            raise InputError(Code.UNKNOWN_VALUE, "linked.reset", self.reset, rule)
        units = {}
        least = -1 if self.negative else 0
        for name, low in (("spread", -1), ("floor", least), ("cap", least), ("step_cap", 0)):
            given = getattr(self, name)
            if given is not None:
                units[name] = one_number(f"linked.{name}", given, RATE_DECIMALS, low, 1)
                object.__setattr__(self, name, to_plain(units[name], RATE_DECIMALS))
        object.__setattr__(self, "_units", units)
        if units.get("floor", -ONE) > units.get("cap", ONE):
            raise InputError(Code.OUT_OF_RANGE, "linked.floor", self.floor, f"at most the cap, {self.cap}")
        if units.get("step_cap") == 0:
            raise InputError(Code.OUT_OF_RANGE, "linked.step_cap", self.step_cap, "more than 0, at most 1")
        if self.anchor is not None:
            if not self._counts:
                rule = "nothing is counted from it: the rate resets on publication, by any step"
                raise InputError(Code.UNKNOWN_VALUE, "linked.anchor", self.anchor, rule)
            object.__setattr__(self, "anchor", one_date("linked.anchor", self.anchor))

    @property
    def _counts(self) -> bool:
        """Whether something is counted from an anchor."""
        return self.reset != "publication" or self.step_cap is not None

    def _moved(self, rate: Ints | None, wanted: Ints) -> Ints:
        """The rate after a reset to the wanted one; None where there was none before."""
        step = self._units.get("step_cap")
        if rate is not None and step is not None:
            wanted = np.clip(wanted, rate - step, rate + step)
        if "floor" in self._units:
            wanted = np.maximum(wanted, self._units["floor"])
        return np.minimum(wanted, self._units["cap"]) if "cap" in self._units else wanted

    def _own(self, loans: PathLoans) -> tuple[Ints, Days]:
        """The spread of each row, and the date from which its resets count."""
        spread = np.full(len(loans.start), self._units.get("spread", 0), np.int64)
        if self.spread is None:
            own = np.full(len(spread), NO_SPREAD) if loans.spread is None else loans.spread
            loans.fault(own == NO_SPREAD, Code.MISSING, "spread")
            spread = np.where(own == NO_SPREAD, 0, own)
        if not self._counts:
            return spread, loans.start
        given = self.anchor if self.anchor is not None else loans.anchor
        anchor = np.broadcast_to(np.asarray(NAT if given is None else given, "datetime64[D]"), len(spread))
        loans.fault(np.isnat(anchor), Code.MISSING, "anchor")
        late = anchor > loans.start
        loans.fault(late, Code.DATES_OUT_OF_ORDER, "anchor", anchor, beside("<=", loans.start))
        return spread, np.where(anchor <= loans.start, anchor, loans.start)

    @property
    def _most(self) -> int:
        return 1

    def _events(self, loans: PathLoans) -> Iterator[tuple[Days, Ints]]:
        spread, origin = self._own(loans)
        published, last = self.index.days, len(self.index.days) - 1
        first = np.searchsorted(published, origin, side="right") - 1

        def fixing(k: Ints) -> tuple[Days, Ints]:
            """Date of reset k (0 is at the origin), NaT where there is none, and index plus spread then."""
            if self.reset != "publication":
                day = shift(origin, 0, self.reset * k)
                return day, self.index.at(day)[0] + spread
            place = np.clip(first + k, 0, last)
            day = np.where(first + k > last, NAT, published[place])
            return np.where(k == 0, origin, day), self.index.units[place] + spread

        k = np.zeros(len(origin), np.int64)
        if self.reset != "publication" and self.step_cap is None:
            k = (civil(loans.start)[0] - civil(origin)[0]) // self.reset
            k -= shift(origin, 0, self.reset * k) > loans.start
        day, wanted = fixing(k)
        loans.fault(day < published[0], Code.OUT_OF_RANGE, "index", day, f">= {published[0]}")
        rate = self._moved(None, wanted)
        while self.step_cap is not None:  # the rate at the start depends on every reset before it
            day, wanted = fixing(k + 1)
            due = day <= loans.start
            if not due.any():
                break
            rate, k = np.where(due, self._moved(rate, wanted), rate), k + due
        yield loans.start, rate
        while True:
            k = k + 1
            day, wanted = fixing(k)
            due = day < loans.end
            if not due.any():
                return
            rate = np.where(due, self._moved(rate, wanted), rate)
            yield np.where(due, day, NAT), rate
