"""The most that may be charged all in, by the kind of lender and the day of the contract."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from repayplan.ability.figures import decimal, each_once, one_of, rising, values
from repayplan.accounts.overduecaps import OverdueCaps
from repayplan.accounts.overduerate import MOST_TIMES
from repayplan.basics.arguments import one_date
from repayplan.basics.columns import RATE_DECIMALS
from repayplan.basics.errors import Code, InputError
from repayplan.basics.index import Index
from repayplan.basics.money import EXACT
from repayplan.offers.hardship import said

_ONE = Decimal(1).scaleb(-RATE_DECIMALS)


@dataclass(frozen=True, slots=True, kw_only=True)
class CapPeriod:
    """What bounds contracts from a day on: a fixed annual rate, or so many times a published one.

    Parameters
    ----------
    since
        The first day of contracts that it bounds.
    rate
        A fixed annual rate, up to 1.
    index, multiplier
        Or a published rate as it was on the day of the contract, and how many times that.

    Raises
    ------
    InputError
        Neither a rate nor an index, or both; a figure out of range; an index that isn't published by then.
    """

    since: date
    rate: Decimal | None = None
    index: Index | None = None
    multiplier: Decimal = Decimal(1)

    def __post_init__(self) -> None:
        object.__setattr__(self, "since", one_date("lender_cap.since", self.since))
        times = decimal("lender_cap.multiplier", self.multiplier, most=MOST_TIMES, places=4)
        object.__setattr__(self, "multiplier", times)
        index: object = self.index
        if index is not None and not isinstance(index, Index):
            raise InputError(Code.UNKNOWN_VALUE, "lender_cap.index", index, "an Index")
        if (self.rate is None) == (index is None):
            code = Code.MISSING if index is None else Code.UNKNOWN_VALUE
            raise InputError(code, "lender_cap.rate", self.rate, "a fixed rate or an index, one of them")
        if self.rate is not None:
            rate = decimal("lender_cap.rate", self.rate, most=1, places=RATE_DECIMALS)
            object.__setattr__(self, "rate", rate)
        elif self.index is not None:
            self.index.on(self.since)
            worst = max(self.index.rates) * times
            if worst > 1:
                raise InputError(
                    Code.OUT_OF_RANGE, "lender_cap.multiplier", times, "a rate of at most 1 a year"
                )

    def steps(self, until: date | None) -> list[tuple[date, Decimal]]:
        """The bounds from the first day on, before another day, each with the day from which it holds."""
        if self.index is None:
            return [(self.since, Decimal(self.rate or 0))]
        later = [day for day in self.index.dates if day > self.since and (until is None or day < until)]
        return [
            (day, EXACT.multiply(self.index.on(day), self.multiplier).quantize(_ONE, "ROUND_DOWN"))
            for day in (self.since, *later)
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class LenderCap:
    """The bounds of one kind of lender, period after period.

    Parameters
    ----------
    lender
        The kind, as the caller calls it: ``"private"``, ``"licensed"``.
    periods
        From the first to the last. Contracts before the first have no bound that is known: they are refused.
    source
        Where the bounds are written.

    Raises
    ------
    InputError
        No period, or periods out of order; no name or source.
    """

    lender: str
    periods: tuple[CapPeriod, ...]
    source: str

    def __post_init__(self) -> None:
        for name in ("lender", "source"):
            said(f"lender_cap.{name}", getattr(self, name))
        periods = values("lender_cap.periods", self.periods, CapPeriod, "CapPeriod s")
        rising("lender_cap.periods", [each.since for each in periods], "later than the one before", ".since")
        object.__setattr__(self, "periods", periods)

    @property
    def index(self) -> Index:
        """The bound as one published rate: that of a day is the bound of contracts of that day."""
        ends = [*(each.since for each in self.periods[1:]), None]
        steps = [step for each, until in zip(self.periods, ends, strict=True) for step in each.steps(until)]
        name = f"all-in cap ({self.lender})"
        return Index(name, [day for day, _ in steps], [rate for _, rate in steps], self.source)


@dataclass(frozen=True, slots=True, kw_only=True)
class LenderCaps:
    """The bounds of several kinds of lenders.

    Parameters
    ----------
    kinds
        Of each kind.

    Raises
    ------
    InputError
        None, or a kind twice.

    Examples
    --------
    China's private lending: 24 % before 20 August 2020, four times the one-year LPR of the contract's day
    since (法释〔2020〕6号, article 26); what licensed lenders charge is outside it, and held to 24 % here.

    >>> lpr = Index("LPR 1Y", ["2020-04-20", "2021-12-20"], ["0.0385", "0.038"], "NIFC")
    >>> caps = LenderCaps(
    ...     kinds=(
    ...         LenderCap(
    ...             lender="private",
    ...             periods=(
    ...                 CapPeriod(since="2015-09-01", rate="0.24"),
    ...                 CapPeriod(since="2020-08-20", index=lpr, multiplier="4"),
    ...             ),
    ...             source="法释〔2015〕18号; 法释〔2020〕6号",
    ...         ),
    ...         LenderCap(
    ...             lender="licensed",
    ...             periods=(CapPeriod(since="2015-09-01", rate="0.24"),),
    ...             source="法发〔2017〕22号",
    ...         ),
    ...     )
    ... )
    >>> for day in ("2020-08-19", "2020-08-20", "2022-01-05"):
    ...     print(caps.rate("private", day), caps.rate("licensed", day))
    0.24 0.24
    0.154 0.24
    0.152 0.24
    """

    kinds: tuple[LenderCap, ...]

    def __post_init__(self) -> None:
        kinds = values("lender_caps.kinds", self.kinds, LenderCap, "LenderCap s")
        each_once("lender_caps.kinds", [each.lender for each in kinds], "each kind once", ".lender")
        object.__setattr__(self, "kinds", kinds)

    def of(self, lender: str) -> LenderCap:
        """That of a kind of lender.

        Raises
        ------
        InputError
            There is none of that name.
        """
        known = {each.lender: each for each in self.kinds}
        one_of("lender", lender, known)
        return known[lender]

    def rate(self, lender: str, contract: date | str) -> Decimal:
        """The bound of a contract, a year.

        Raises
        ------
        InputError
            A kind of lender that isn't known, or a day before its first period.
        """
        return self.of(lender).index.on(one_date("contract", contract))

    def overdue(self, lender: str) -> OverdueCaps:
        """The same for an :class:`~repayplan.OverdueRule`: each account is bounded by its contract's day."""
        found = self.of(lender)
        return OverdueCaps(all_in_index=found.index, source=found.source)
