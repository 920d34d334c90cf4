"""What the annual rate of a loan is over time: fixed, in steps, promotional, or linked to an index."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import KW_ONLY, dataclass, field, replace
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from repayplan.basics.arguments import one_date, one_number
from repayplan.basics.columns import NO_SPREAD, RATE_DECIMALS, Screen, Shown, beside
from repayplan.basics.dates import MOST_MONTHS, Days, civil, shift
from repayplan.basics.errors import Code, InputError
from repayplan.basics.index import Index
from repayplan.basics.money import to_plain
from repayplan.basics.outcome import Bools, Failures, Ints, span
from repayplan.basics.rate import MOST_A_YEAR, Number, Rate, annual_shown, annual_units

_ONE = 10**RATE_DECIMALS
_NAT = np.datetime64("NaT", "D")


@dataclass(frozen=True, slots=True)
class _Loans:
    """The spans of the loans that share a path, what each brings, and where their faults go."""

    start: Days
    end: Days
    spread: Ints | None
    anchor: Days | None
    screen: Screen

    def fault(self, mask: Bools, code: Code, name: str, values: Shown = "", limit: Shown = "") -> None:
        """Marks rows whose span isn't empty: where another path rules all of it, this one isn't asked."""
        self.screen.fault(mask & (self.start < self.end), code, name, values, limit)


class Pieces(NamedTuple):
    """What :func:`pieces` returns.

    Attributes
    ----------
    cuts
        datetime64[D], shape (most, n): the dates on which the rate changes, NaT after the last.
    rates
        int64 multiples of 1e-10, shape (most + 1, n): the rate of each piece, the last one repeated.
    failures
        Rows without a rate: NaT and 0 in all of them.
    """

    cuts: Days
    rates: Ints
    failures: Failures


class RatePath(ABC):
    """What a loan's annual nominal rate is over time; made as one of the four kinds below."""

    __slots__ = ()
    negative: bool

    @property
    def _most(self) -> int:
        """What the rate isn't above: its own figures keep to more."""
        return MOST_A_YEAR

    @abstractmethod
    def _events(self, loans: _Loans) -> Iterator[tuple[Days, Ints]]:
        """Dates and rates from then on, row by row in order of date; first the rate at the start.

        A NaT, or a date from the end on, is no event of that row.
        """

    def segments(
        self,
        start: date | str,
        end: date | str,
        *,
        spread: Number | None = None,
        anchor: date | str | None = None,
    ) -> tuple[Days, Ints]:
        """The pieces of a span of time in each of which the rate stays the same.

        Parameters
        ----------
        start, end
            The span: from ``start``, to the day before ``end``.
        spread, anchor
            For a :class:`LinkedRate` path that leaves them to the loan.

        Returns
        -------
        tuple
            datetime64[D], shape (k,), the dates strictly inside on which the rate changes; and int64,
            shape (k + 1,), the rate of each piece in multiples of 1e-10.

        Raises
        ------
        InputError
            The span is empty, or the path has no rate for some of it that a loan can have (0 to 1).

        Examples
        --------
        >>> path = PromotionalRate("0.03", until="2026-07-01", then="0.06")
        >>> path.segments("2026-01-01", "2027-01-01")
        (array(['2026-07-01'], dtype='datetime64[D]'), array([300000000, 600000000]))
        """
        first, last = np.datetime64(one_date("start", start), "D"), np.datetime64(one_date("end", end), "D")
        got = pieces(
            (self,),
            np.zeros(1, np.int64),
            first,
            last,
            max(int((last - first).astype(np.int64)) - 1, 0),
            spread=None if spread is None else np.array([one_number("spread", spread, RATE_DECIMALS, -1, 1)]),
            anchor=None if anchor is None else np.array([one_date("anchor", anchor)], "datetime64[D]"),
        )
        for failure in got.failures:
            raise failure.error()
        count = int((~np.isnat(got.cuts)).sum())
        return got.cuts[:count, 0], got.rates[: count + 1, 0]

    def on(
        self, day: date | str, *, spread: Number | None = None, anchor: date | str | None = None
    ) -> Decimal:
        """The annual nominal rate on one day.

        Parameters
        ----------
        day
            The day.
        spread, anchor
            As in :meth:`segments`.

        Raises
        ------
        InputError
            As in :meth:`segments`.

        Examples
        --------
        >>> PromotionalRate("0.03", until="2026-07-01", then="0.06").on("2026-07-01")
        Decimal('0.06')
        """
        first = np.datetime64(one_date("day", day), "D")
        _, rates = self.segments(first.item(), (first + 1).item(), spread=spread, anchor=anchor)
        return to_plain(int(rates[0]), RATE_DECIMALS)


@dataclass(frozen=True, slots=True)
class FixedRate(RatePath):
    """The same rate throughout.

    Parameters
    ----------
    rate
        Annual nominal, as a fraction of 0 to 1 in multiples of 1e-10, or a nominal :class:`Rate`, of at most
        100 a year (10,000 %).
    negative
        Whether the rate may be below zero, down to -1; it is refused otherwise.

    Raises
    ------
    InputError
        Not such a rate.

    Examples
    --------
    >>> FixedRate(Rate.parse("月利率 5.5‰")).rate
    Decimal('0.066')
    """

    rate: Number | Rate
    negative: bool = False
    _rate: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        units = annual_units("fixed.rate", self.rate, negative=self.negative, most=MOST_A_YEAR)
        object.__setattr__(self, "_rate", units)
        object.__setattr__(self, "rate", annual_shown(units))

    def _events(self, loans: _Loans) -> Iterator[tuple[Days, Ints]]:
        yield loans.start, np.full(len(loans.start), self._rate, np.int64)


@dataclass(frozen=True, slots=True)
class SteppedRate(RatePath):
    """Rates each of which holds from its date on; before the first there is none.

    Parameters
    ----------
    steps
        Pairs of date and rate (as in :class:`FixedRate`), each date later than the one before.
    negative
        As in :class:`FixedRate`.

    Raises
    ------
    InputError
        No step, a date or rate that can't be read, or dates out of order.

    Examples
    --------
    >>> path = SteppedRate((("2026-01-01", "0.02"), ("2027-01-01", "0.03"), ("2028-01-01", "0.04")))
    >>> path.segments("2026-03-01", "2027-03-01")
    (array(['2027-01-01'], dtype='datetime64[D]'), array([200000000, 300000000]))
    """

    steps: tuple[tuple[date | str, Number | Rate], ...]
    negative: bool = False
    _days: Days = field(init=False, repr=False, compare=False)
    _rates: Ints = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.steps:
            raise InputError(Code.MISSING, "steps")
        days = [one_date("steps", when) for when, _ in self.steps]
        rates = [
            annual_units("steps", rate, negative=self.negative, most=MOST_A_YEAR) for _, rate in self.steps
        ]
        for before, after in pairwise(days):
            if after <= before:
                code = Code.DUPLICATE if after == before else Code.DATES_OUT_OF_ORDER
                raise InputError(code, "steps", str(after), limit=f"> {before}")
        shown = tuple((day, annual_shown(rate)) for day, rate in zip(days, rates, strict=True))
        object.__setattr__(self, "steps", shown)
        object.__setattr__(self, "_days", np.array(days, "datetime64[D]"))
        object.__setattr__(self, "_rates", np.array(rates, np.int64))

    def _events(self, loans: _Loans) -> Iterator[tuple[Days, Ints]]:
        place = np.searchsorted(self._days, loans.start, side="right") - 1
        loans.fault(place < 0, Code.OUT_OF_RANGE, "steps", loans.start, f">= {self._days[0]}")
        yield loans.start, self._rates[np.maximum(place, 0)]
        for day, rate in zip(self._days, self._rates, strict=True):
            yield np.where(loans.start < day, day, _NAT), np.broadcast_to(rate, loans.start.shape)


@dataclass(frozen=True, slots=True)
class PromotionalRate(RatePath):
    """One rate before a date, and another path from that date on.

    Parameters
    ----------
    rate
        As in :class:`FixedRate`.
    until
        The first day on which it no longer holds.
    then
        What holds from that day on: another path, or a rate.
    negative
        As in :class:`FixedRate`; another path that follows says so itself.

    Raises
    ------
    InputError
        A rate or date that can't be read, or what follows ends earlier.

    Examples
    --------
    >>> PromotionalRate("0.0199", "2026-07-01", then=SteppedRate((("2026-07-01", "0.05"),))).on("2026-06-30")
    Decimal('0.0199')
    """

    rate: Number | Rate
    until: date | str
    then: RatePath | Number | Rate
    negative: bool = False
    _rate: int = field(init=False, repr=False, compare=False)
    _then: RatePath = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        until = one_date("promotional.until", self.until)
        then = self.then if isinstance(self.then, RatePath) else FixedRate(self.then, self.negative)
        if isinstance(then, PromotionalRate) and np.datetime64(then.until) <= np.datetime64(until):
            raise InputError(
                Code.DATES_OUT_OF_ORDER, "promotional.until", str(then.until), limit=f"> {until}"
            )
        units = annual_units("promotional.rate", self.rate, negative=self.negative, most=MOST_A_YEAR)
        object.__setattr__(self, "_rate", units)
        object.__setattr__(self, "rate", annual_shown(units))
        object.__setattr__(self, "until", until)
        object.__setattr__(self, "then", then)
        object.__setattr__(self, "_then", then)
        object.__setattr__(self, "negative", self.negative or then.negative)

    @property
    def _most(self) -> int:
        return MOST_A_YEAR if self._rate > _ONE else self._then._most

    def _events(self, loans: _Loans) -> Iterator[tuple[Days, Ints]]:
        until = np.datetime64(self.until, "D")
        before = loans.start < until
        events = self._then._events(replace(loans, start=np.maximum(loans.start, until)))
        _, rate = next(events)
        yield loans.start, np.where(before, self._rate, rate)
        yield np.where(before, until, _NAT), rate
        yield from events


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
        if units.get("floor", -_ONE) > units.get("cap", _ONE):
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

    def _own(self, loans: _Loans) -> tuple[Ints, Days]:
        """The spread of each row, and the date from which its resets count."""
        spread = np.full(len(loans.start), self._units.get("spread", 0), np.int64)
        if self.spread is None:
            own = np.full(len(spread), NO_SPREAD) if loans.spread is None else loans.spread
            loans.fault(own == NO_SPREAD, Code.MISSING, "spread")
            spread = np.where(own == NO_SPREAD, 0, own)
        if not self._counts:
            return spread, loans.start
        given = self.anchor if self.anchor is not None else loans.anchor
        anchor = np.broadcast_to(np.asarray(_NAT if given is None else given, "datetime64[D]"), len(spread))
        loans.fault(np.isnat(anchor), Code.MISSING, "anchor")
        late = anchor > loans.start
        loans.fault(late, Code.DATES_OUT_OF_ORDER, "anchor", anchor, beside("<=", loans.start))
        return spread, np.where(anchor <= loans.start, anchor, loans.start)

    @property
    def _most(self) -> int:
        return 1

    def _events(self, loans: _Loans) -> Iterator[tuple[Days, Ints]]:
        spread, origin = self._own(loans)
        published, last = self.index.days, len(self.index.days) - 1
        first = np.searchsorted(published, origin, side="right") - 1

        def fixing(k: Ints) -> tuple[Days, Ints]:
            """Date of reset k (0 is at the origin), NaT where there is none, and index plus spread then."""
            if self.reset != "publication":
                day = shift(origin, 0, self.reset * k)
                return day, self.index.at(day)[0] + spread
            place = np.clip(first + k, 0, last)
            day = np.where(first + k > last, _NAT, published[place])
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
            yield np.where(due, day, _NAT), rate


def _cut(path: RatePath, loans: _Loans, most: int) -> tuple[Days, Ints]:
    """The cuts and rates of rows that share a path."""
    n = len(loans.start)
    cuts, rates = np.full((most, n), _NAT), np.zeros((most + 1, n), np.int64)
    count = np.full(n, -1, np.int64)
    current = np.zeros(n, np.int64)
    least, most_rate = -_ONE if path.negative else 0, path._most * _ONE
    for day, rate in path._events(loans):
        inside = (day > loans.start) & (day < loans.end)
        changed = (count < 0) | (inside & (rate != current))
        current, count = np.where(changed, rate, current), count + changed
        at = np.flatnonzero(changed & (count <= most))
        rates[count[at], at] = rate[at]
        later = at[count[at] > 0]
        cuts[count[later] - 1, later] = day[later]
        if (changed & ((rate < least) | (rate > most_rate))).any():
            allowed = f"{least // _ONE} to {path._most}"
            code = Code.OUT_OF_RANGE if least else Code.NEGATIVE
            loans.fault(changed & (rate < least), code, "rate", rate / _ONE, allowed)
            loans.fault(changed & (rate > most_rate), Code.OUT_OF_RANGE, "rate", rate / _ONE, allowed)
    loans.fault(count > most, Code.BEYOND_DOMAIN, "most", count, str(most))
    for j in range(1 + int(count.min(initial=most)), most + 1):
        rates[j] = np.where(count < j, current, rates[j])
    bad = np.flatnonzero(~loans.screen.good)
    cuts[:, bad], rates[:, bad] = _NAT, 0
    return cuts, rates


def pieces(
    paths: Sequence[RatePath],
    index: npt.ArrayLike,
    start: npt.ArrayLike,
    end: npt.ArrayLike,
    most: int,
    *,
    spread: npt.ArrayLike | None = None,
    anchor: npt.ArrayLike | None = None,
) -> Pieces:
    """The pieces of constant rate of many loans that share a few paths; see :meth:`RatePath.segments`.

    Parameters
    ----------
    paths
        The distinct paths.
    index
        int64, shape (n,): which of them each loan has.
    start, end
        datetime64[D], shape (n,), or one for all: each loan's span.
    most
        Changes at most; a loan with more is refused.
    spread
        int64, shape (n,), multiples of 1e-10: of the loans whose :class:`LinkedRate` path leaves it to them;
        :data:`~repayplan.basics.columns.NO_SPREAD` where there is none.
    anchor
        datetime64[D], shape (n,): of the loans whose path leaves it to them.

    Returns
    -------
    Pieces
        ``(cuts, rates, failures)``: ``rates[j]`` holds from ``cuts[j - 1]`` (the start for 0) to the day
        before ``cuts[j]`` (before the end for the last).

    Raises
    ------
    TypeError
        A column of the wrong dtype or length, or an index of no path.

    Examples
    --------
    >>> paths = (FixedRate("0.12"), PromotionalRate("0.03", "2026-07-01", then="0.06"))
    >>> start, end = np.array(["2026-01-01", "2027-01-01"], "datetime64[D]")
    >>> cuts, rates, failures = pieces(paths, [1, 0], start, end, most=1)
    >>> cuts
    array([['2026-07-01', 'NaT']], dtype='datetime64[D]')
    >>> rates.tolist()
    [[300000000, 1200000000], [600000000, 1200000000]]
    """
    which_path = np.asarray(index)
    if which_path.ndim != 1 or (which_path.size and which_path.dtype.kind != "i"):
        msg = f"the index of the paths is a column of integers, not {which_path.dtype} of {which_path.shape}"
        raise TypeError(msg)
    n = len(which_path)
    if n and not (which_path.min() >= 0 and which_path.max() < len(paths)):
        msg = f"an index outside the {len(paths)} paths"
        raise TypeError(msg)
    screen = Screen(n)
    first, last = _column(start, "M", n), _column(end, "M", n)
    spreads = None if spread is None else _column(spread, "i", n).astype(np.int64)
    anchors = None if anchor is None else _column(anchor, "M", n)
    screen.fault(np.isnat(first), Code.MISSING, "start")
    screen.fault(np.isnat(last), Code.MISSING, "end")
    screen.fault(~(first < last), Code.DATES_OUT_OF_ORDER, "end", last, beside(">", first))
    if spreads is not None:
        outside = (np.abs(spreads) > _ONE) & (spreads != NO_SPREAD)
        screen.fault(outside, Code.OUT_OF_RANGE, "spread", spreads / _ONE, "-1 to 1")
    cuts, rates = np.full((most, n), _NAT), np.zeros((most + 1, n), np.int64)
    for j, path in enumerate(paths):
        rows = np.flatnonzero((which_path == j) & screen.good)
        if not len(rows):
            continue
        at = span(rows)
        own = _Loans(
            first[at],
            last[at],
            None if spreads is None else spreads[at],
            None if anchors is None else anchors[at],
            Screen(len(rows)),
        )
        cuts[:, at], rates[:, at] = _cut(path, own, most)
        screen.adopt(own.screen.failures().moved(rows))
    return Pieces(cuts, rates, screen.failures())


def rates_on(
    paths: Sequence[RatePath],
    index: Ints,
    day: Days,
    wanted: Bools,
    *,
    spread: Ints,
    anchor: Days,
) -> tuple[Ints, Failures]:
    """The rate of each of the ``wanted`` loans on its day; 0 for the others.

    Parameters
    ----------
    paths, index, spread, anchor
        As in :func:`pieces`.
    day
        datetime64[D], shape (n,).
    wanted
        bool, shape (n,).

    Returns
    -------
    tuple
        int64, shape (n,), multiples of 1e-10, and the rows without a rate.

    Examples
    --------
    >>> day = np.array(["2026-07-01"], "datetime64[D]")
    >>> path = PromotionalRate("0.03", "2026-07-01", then="0.06")
    >>> none, nat = np.array([NO_SPREAD]), np.array(["NaT"], "datetime64[D]")
    >>> rates_on((path,), np.array([0]), day, np.array([True]), spread=none, anchor=nat)
    (array([600000000]), Failures(0))
    """
    rates, rows = np.zeros(len(index), np.int64), np.flatnonzero(wanted)
    days = day[rows]
    got = pieces(
        paths, index[rows], days, days + np.timedelta64(1, "D"), 0, spread=spread[rows], anchor=anchor[rows]
    )
    rates[rows] = got.rates[0]
    return rates, got.failures.moved(rows)


def _column(values: npt.ArrayLike, kind: str, n: int) -> npt.NDArray[Any]:
    """A column of dates or integers of n rows, or one value for all."""
    array = np.asarray(values)
    if array.dtype.kind != kind or array.ndim > 1 or (array.ndim == 1 and len(array) != n):
        msg = f"a column of dtype {array.dtype} and shape {array.shape} where {n} rows are needed"
        raise TypeError(msg)
    return np.broadcast_to(array.astype("datetime64[D]") if kind == "M" else array, (n,))
