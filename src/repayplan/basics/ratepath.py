"""What the annual rate of a loan is over time, in pieces of constant rate."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from repayplan.basics.arguments import one_date, one_number
from repayplan.basics.columns import NO_SPREAD, RATE_DECIMALS, Screen, Shown, beside
from repayplan.basics.dates import Days
from repayplan.basics.errors import Code
from repayplan.basics.money import to_plain
from repayplan.basics.outcome import Bools, Failures, Ints, span
from repayplan.basics.rate import MOST_A_YEAR, Number

ONE = 10**RATE_DECIMALS
NAT = np.datetime64("NaT", "D")


@dataclass(frozen=True, slots=True)
class PathLoans:
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
    """What a loan's annual nominal rate is over time; made as one of its four kinds."""

    __slots__ = ()
    negative: bool

    @property
    def _most(self) -> int:
        """What the rate isn't above: its own figures keep to more."""
        return MOST_A_YEAR

    @abstractmethod
    def _events(self, loans: PathLoans) -> Iterator[tuple[Days, Ints]]:
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
        >>> from repayplan import PromotionalRate
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
        >>> from repayplan import PromotionalRate
        >>> PromotionalRate("0.03", until="2026-07-01", then="0.06").on("2026-07-01")
        Decimal('0.06')
        """
        first = np.datetime64(one_date("day", day), "D")
        _, rates = self.segments(
            first.item(), (first + np.timedelta64(1, "D")).item(), spread=spread, anchor=anchor
        )
        return to_plain(int(rates[0]), RATE_DECIMALS)


def _cut(path: RatePath, loans: PathLoans, most: int) -> tuple[Days, Ints]:
    """The cuts and rates of rows that share a path."""
    n = len(loans.start)
    cuts, rates = np.full((most, n), NAT), np.zeros((most + 1, n), np.int64)
    count = np.full(n, -1, np.int64)
    current = np.zeros(n, np.int64)
    least, most_rate = -ONE if path.negative else 0, path._most * ONE
    for day, rate in path._events(loans):
        inside = (day > loans.start) & (day < loans.end)
        changed = (count < 0) | (inside & (rate != current))
        current, count = np.where(changed, rate, current), count + changed
        at = np.flatnonzero(changed & (count <= most))
        rates[count[at], at] = rate[at]
        later = at[count[at] > 0]
        cuts[count[later] - 1, later] = day[later]
        if (changed & ((rate < least) | (rate > most_rate))).any():
            allowed = f"{least // ONE} to {path._most}"
            code = Code.OUT_OF_RANGE if least else Code.NEGATIVE
            loans.fault(changed & (rate < least), code, "rate", rate / ONE, allowed)
            loans.fault(changed & (rate > most_rate), Code.OUT_OF_RANGE, "rate", rate / ONE, allowed)
    loans.fault(count > most, Code.BEYOND_DOMAIN, "most", count, str(most))
    for j in range(1 + int(count.min(initial=most)), most + 1):
        rates[j] = np.where(count < j, current, rates[j])
    bad = np.flatnonzero(~loans.screen.good)
    cuts[:, bad], rates[:, bad] = NAT, 0
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
    >>> from repayplan import FixedRate, PromotionalRate
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
        outside = (np.abs(spreads) > ONE) & (spreads != NO_SPREAD)
        screen.fault(outside, Code.OUT_OF_RANGE, "spread", spreads / ONE, "-1 to 1")
    cuts, rates = np.full((most, n), NAT), np.zeros((most + 1, n), np.int64)
    for j, path in enumerate(paths):
        rows = np.flatnonzero((which_path == j) & screen.good)
        if not len(rows):
            continue
        at = span(rows)
        own = PathLoans(
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
    >>> from repayplan import PromotionalRate
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
