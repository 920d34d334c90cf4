"""Gates: whether a loan that was restructured before may be again, and whose consent a longer term needs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from repayplan.ability.figures import each_once, texts, whole
from repayplan.basics.columns import Screen, beside
from repayplan.basics.dates import FREQUENCY_INDEX, Days, civil, shift
from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Bools, Ints
from repayplan.basics.reason import Reason
from repayplan.offers.hardship import said
from repayplan.offers.lengths import column_of
from repayplan.plans.loan import Loans

PAYMENTS, COUNT = "consecutive_payments", "restructures"
"""Columns of the loans: payments made without a gap up to now, and earlier restructures in all."""
MOST_COUNTED, MOST_YEARS = 3660, 100
CONSENT_STATES = ("not_needed", "given", "missing")
"""What a column of consents says of each loan."""
_MONTHLY = FREQUENCY_INDEX["monthly"]
_NAT = np.datetime64("NaT", "D")


@dataclass(frozen=True, eq=False)
class Gate:
    """What a gate found of each loan: int64 ``value``, held against ``limit``, and where it is closed.

    ``value`` is the figure that the rule would have to have at most (of a least number) or at least (of a
    most) to let the loan pass.
    """

    code: Code
    field: str
    value: Ints
    limit: int
    least: bool

    @cached_property
    def closed(self) -> Bools:
        """bool; which loans it refuses."""
        closed = self.value < self.limit if self.least else self.value > self.limit
        return np.asarray(closed, np.bool_)

    def reason(self, i: int) -> Reason:
        """Why loan ``i`` is refused, with both figures."""
        return Reason(self.code, self.field, int(self.value[i]), self.limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierRestructures:
    """When a loan may be restructured again; every rule that is given must let it pass.

    The new restructure is dated by the loan's ``start``.

    Parameters
    ----------
    least_payments
        Consecutive payments made since (column ``consecutive_payments``).
    least_months_between
        Whole months from the last restructure.
    most, within_years
        Restructures in any so many years, the new one among them: both or neither.
    most_ever
        Restructures of a loan's whole life, the new one among them (column ``restructures``: the earlier
        ones).
    dates
        Columns with the dates of the latest earlier restructures, one each, in any order; an empty cell is
        none. ``most`` can be told from as many columns at least.

    Raises
    ------
    InputError
        No rule is given, a number is out of its range, one of ``most`` and ``within_years`` is missing, or
        the columns are too few.

    Examples
    --------
    Three payments, once in a year, twice in five years:

    >>> rule = EarlierRestructures(
    ...     least_payments=3,
    ...     least_months_between=12,
    ...     most=2,
    ...     within_years=5,
    ...     dates=("last_restructure", "one_before"),
    ... )
    >>> rule.columns
    ('consecutive_payments', 'last_restructure', 'one_before')
    """

    least_payments: int | None = None
    least_months_between: int | None = None
    most: int | None = None
    within_years: int | None = None
    most_ever: int | None = None
    dates: tuple[str, ...] = ("restructured_on",)

    def __post_init__(self) -> None:
        name = "limit.earlier"
        bounds = {
            "least_payments": (0, MOST_COUNTED, "payments"),
            "least_months_between": (0, 12 * MOST_YEARS, "months"),
            "most": (1, MOST_COUNTED, "restructures"),
            "within_years": (1, MOST_YEARS, "years"),
            "most_ever": (1, MOST_COUNTED, "restructures"),
        }
        given = [key for key in bounds if getattr(self, key) is not None]
        for key in given:
            whole(f"{name}.{key}", getattr(self, key), *bounds[key])
        if not given:
            raise InputError(Code.MISSING, name, None, "at least one rule")
        if (self.most is None) != (self.within_years is None):
            key = "most" if self.most is None else "within_years"
            raise InputError(Code.MISSING, f"{name}.{key}", None, "most and within_years go together")
        object.__setattr__(self, "dates", texts(f"{name}.dates", self.dates))
        each_once(f"{name}.dates", self.dates, "each column once")
        least = max(self.most or 0, int(self.least_months_between is not None))
        if len(self.dates) < least:
            rule = f"the dates of the latest {least} restructures, a column each"
            raise InputError(Code.MISSING, f"{name}.dates", self.dates, rule)

    @property
    def _dated(self) -> tuple[str, ...]:
        return () if self.least_months_between is None and self.most is None else self.dates

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the loans that it looks at."""
        payments = () if self.least_payments is None else (PAYMENTS,)
        return (*payments, *self._dated, *(() if self.most_ever is None else (COUNT,)))

    def read(self, loans: Loans, screen: Screen) -> dict[str, Any]:
        """The columns as numbers and dates; a row whose figures don't agree has a fault."""
        counts = [name for name in (PAYMENTS, COUNT) if name in self.columns]
        out: dict[str, Any] = {
            name: screen.count(name, column_of(loans, name), 0, MOST_COUNTED) for name in counts
        }
        on = {name: screen.date(name, column_of(loans, name), default=_NAT) for name in self._dated}
        for name, day in on.items():
            screen.fault(day > loans.start, Code.DATES_OUT_OF_ORDER, name, day, beside("<=", loans.start))
        if COUNT in out and on:
            # Of more restructures than dates nothing could be told of the others.
            dated = np.sum([~np.isnat(day) for day in on.values()], axis=0)
            screen.fault(dated < np.minimum(out[COUNT], len(on)), Code.MISSING, self.dates[0])
            most = beside(">=", dated)
            screen.fault(dated > out[COUNT], Code.OUT_OF_RANGE, COUNT, out[COUNT], most)
        return out | on

    def gates(self, loans: Loans) -> list[Gate]:
        """What each rule finds, of loans whose columns are read."""
        out, days = [], [loans.extra[name] for name in self._dated]
        if self.least_payments is not None:
            payments = loans.extra[PAYMENTS]
            out.append(Gate(Code.GATE_PAYMENTS, PAYMENTS, payments, self.least_payments, least=True))
        if self.least_months_between is not None:
            last = np.fmax.reduce(days)
            never = np.isnat(last)
            since = _months_since(np.where(never, loans.start, last), loans.start)
            months = np.where(never, self.least_months_between, since)
            out.append(Gate(Code.GATE_SPACING, "months", months, self.least_months_between, least=True))
        if self.most is not None:
            # One that is exactly so many years ago doesn't count any more.
            window = 12 * (self.within_years or 0)
            recent = [shift(day, _MONTHLY, window) > loans.start for day in days]
            count = np.asarray(np.sum(recent, axis=0) + 1, np.int64)
            out.append(Gate(Code.GATE_WINDOW, COUNT, count, self.most, least=False))
        if self.most_ever is not None:
            out.append(Gate(Code.GATE_COUNT, COUNT, loans.extra[COUNT] + 1, self.most_ever, least=False))
        return out


def _months_since(day: Days, until: Days) -> Ints:
    """Whole months from one day to another."""
    months = civil(until)[0] - civil(day)[0]
    return months - (shift(day, _MONTHLY, months) > until)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentTitle:
    """What a consent is called where people read of it.

    Parameters
    ----------
    consent
        The column of the loans.
    en, zh
        Its title.

    Raises
    ------
    InputError
        One of these says nothing.

    Examples
    --------
    >>> ConsentTitle(consent="guarantor", en="the guarantor", zh="保证人").zh
    '保证人'
    """

    consent: str
    en: str
    zh: str

    def __post_init__(self) -> None:
        for key in ("consent", "en", "zh"):
            said(f"limit.consent_titles.{key}", getattr(self, key))


def read_consents(names: tuple[str, ...], loans: Loans, screen: Screen) -> dict[str, Any]:
    """Columns of consents as indices into :data:`CONSENT_STATES`."""
    return {name: screen.choice(name, column_of(loans, name), CONSENT_STATES) for name in names}


def consent_missing(loans: Loans, name: str) -> Bools:
    """bool; where a longer term still waits for a consent, of loans whose columns are read."""
    return np.asarray(loans.extra[name] == CONSENT_STATES.index("missing"), np.bool_)
