"""Unit-periods of Regulation Z, appendix J: which a loan has, and its dates counted in them."""

from __future__ import annotations

import numpy as np

from repayplan.basics.outcome import Bools, Ints
from repayplan.plans.yearly import civil_of, full_months, year_before

# A code orders periods by length: twice the days; twice the days of average months and 1; SEMIMONTH between
# 15 and 16 days.

SEMIMONTH = 31
_MONTH_CODES = [2 * round(365.25 / 12 * k) + 1 for k in range(13)]
_TOP = 2**20 - 1
_MONTHS_OF = np.zeros(_MONTH_CODES[12] + 1, np.int64)
_MONTHS_OF[_MONTH_CODES] = np.arange(13)
UNIT_PERIODS: dict[str, int] = {
    "day": 2,
    "week": 14,
    **{f"{k} weeks": 14 * k for k in range(2, 53)},
    "semimonth": SEMIMONTH,
    "month": _MONTH_CODES[1],
    **{f"{k} months": _MONTH_CODES[k] for k in range(2, 12)},
    "year": _MONTH_CODES[12],
}
"""Standard intervals by name."""
_STANDARD = {
    **{7 * k: 14 * k for k in range(1, 53)},
    1: 2,
    15: SEMIMONTH,
    **{30 * k: _MONTH_CODES[k] for k in range(1, 12)},
    365: _MONTH_CODES[12],
}
_LENGTHS = np.array(sorted(_STANDARD))
_LENGTH_CODES = np.array([_STANDARD[days] for days in sorted(_STANDARD)])


def _months_apart(earlier: Ints, later: Ints) -> Ints:
    """Whole months between two days, 0 where there is no whole number of them."""
    from_month, from_day, from_length = civil_of(earlier)
    month, day, length = civil_of(later)
    same = (day == np.minimum(from_day, length)) | (from_day == np.minimum(day, from_length))
    return np.where(same, month - from_month, 0)


def _common_periods(dates: Ints, pays: Bools, offsets: Ints) -> Ints:
    """Codes of the unit-periods of loans with more than an advance and a payment (paragraph (b)(4)(i))."""
    count, begin = np.diff(offsets), offsets[:-1]
    loan = np.repeat(np.arange(len(count)), count)
    kind = 2 * loan + pays
    order = np.argsort(kind, kind="stable")
    kind, day = kind[order], dates[order]
    start = np.repeat(dates[begin], count)
    before, second = start.copy(), start.copy()
    follows, third = np.zeros(len(day), np.bool_), np.zeros(len(day), np.bool_)
    follows[1:], third[2:] = kind[1:] == kind[:-1], kind[2:] == kind[:-2]
    before[1:] = np.where(follows[1:], day[:-1], before[1:])
    second[2:] = np.where(third[2:], day[:-2], second[2:])
    days = day - before
    months = _months_apart(before, day)
    code = np.where(months > 0, 2 * np.rint(365.25 / 12 * months).astype(np.int64) + 1, 2 * days)
    inner, third = follows & (kind % 2 == 1), third & (kind % 2 == 1)
    twice = np.logical_and.reduceat(~third | (_months_apart(second, day) == 1), begin)
    twice &= (np.add.reduceat(third.astype(np.int64), begin) > 0) & ~np.logical_and.reduceat(
        ~inner | (days == 14), begin
    )
    code = np.where(inner & np.repeat(twice, count), SEMIMONTH, code)
    period = days > 0
    pairs, often = np.unique(loan[period] * (_TOP + 1) + np.minimum(code[period], _TOP), return_counts=True)
    pair_loan, pair_code = np.divmod(pairs, _TOP + 1)
    score = np.where(
        (often > 1) & (pair_code <= _MONTH_CODES[12]), often * (_TOP + 1) + (_TOP - pair_code), -1
    )
    best = np.full(len(count), -1)
    np.maximum.at(best, pair_loan, score)
    total = np.add.reduceat(days, begin)
    number = np.maximum(np.add.reduceat(period.astype(np.int64), begin), 1)
    nearest = np.searchsorted((_LENGTHS[1:] + _LENGTHS[:-1]) / 2, total / number)
    return np.where(best >= 0, _TOP - best % (_TOP + 1), _LENGTH_CODES[nearest])


def common_periods(amount: Ints, days: Ints, offsets: Ints) -> Ints:
    """The unit-period of each loan by the periods between its tidied flows.

    -1 of one advance and one payment, which have their term.
    """
    pays = _pays(amount, offsets)
    return np.where(_single(pays, offsets), -1, _common_periods(days, pays, offsets))


def _pays(amount: Ints, offsets: Ints) -> Bools:
    """Which flows don't have the sign of their loan's first one, an advance."""
    sign = np.sign(amount)
    return np.asarray(sign != np.repeat(sign[offsets[:-1]], np.diff(offsets)), np.bool_)


def _single(pays: Bools, offsets: Ints) -> Bools:
    """Loans of one advance and one payment."""
    payments = np.add.reduceat(pays.astype(np.int64), offsets[:-1])
    return np.asarray((np.diff(offsets) == 2) & (payments == 1), np.bool_)


def appendix_j(amount: Ints, days: Ints, offsets: Ints, code: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """Times of tidied flows in unit-periods: keys, units, and unit-periods a year as two columns.

    ``code`` is the unit-period of each loan, or -1 where it is to be found.
    """
    count, begin = np.diff(offsets), offsets[:-1]
    first = days[begin]
    pays = _pays(amount, offsets)
    months, rest, _ = full_months(days, first, offsets, pays)
    passed = days - np.repeat(first, count)
    single = _single(pays, offsets) & (code < 0)
    if (code < 0).any():
        end = offsets[1:] - 1
        by_month = np.array(_MONTH_CODES)[np.minimum(months[end], 12)]
        alone = np.where((rest[end] == 0) | (months[end] >= 12), by_month, 2 * passed[end])
        found = np.where(single, alone, _common_periods(days, pays, offsets))
        code = np.where(code < 0, found, code)
    k = np.where(code % 2 == 1, _MONTHS_OF[np.minimum(code, len(_MONTHS_OF) - 1)], 0)
    half, span = code == SEMIMONTH, code // 2
    weekly = (span % 7 == 0) & ~single
    per_num = np.where(k > 0, 12, np.where(half, 24, np.where(weekly, 52, 365)))
    per_den = np.where(k > 0, k, np.where(half, 1, np.where(weekly, span // 7, span)))
    unit = np.where(k == 12, 12 * 365, np.where(k > 0, 30 * k, np.where(half, 15, span)))
    by_day = np.repeat((k == 0) & ~half, count)
    key = np.where(by_day, passed, 30 * months + rest)
    yearly = np.flatnonzero(np.repeat(k == 12, count))
    if len(yearly):
        years = months[yearly] // 12
        left = np.maximum(year_before(days[yearly], years) - np.repeat(first, count)[yearly], 0)
        key[yearly] = np.where(rest[yearly] == 0, months[yearly] * 365, years * 12 * 365 + left * 12)
    return key, unit, per_num, per_den
