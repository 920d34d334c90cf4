"""Year fractions by every day count, each rule in its own words, a day or a step at a time.

Like the oracle that uses it, it never imports repayplan.
"""

from datetime import date, timedelta
from fractions import Fraction

from dateutil.relativedelta import relativedelta

MONTHS = {"monthly": 1, "bimonthly": 2, "quarterly": 3, "semi-annual": 6, "annual": 12}
DAYS = {"daily": 1, "weekly": 7, "fortnightly": 14}
SEMI_MONTHLY = "semi-monthly"


def apart(frequency):
    """(months, days) of a period; neither for half a month."""
    if frequency in (*MONTHS, *DAYS, SEMI_MONTHLY):
        return MONTHS.get(frequency, 0), DAYS.get(frequency, 0)
    number, _, unit = frequency.partition("-")
    months, days = {"monthly": (1, 0), "yearly": (12, 0), "weekly": (0, 7), "daily": (0, 1)}[unit]
    return int(number) * months, int(number) * days


def leap(year):
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def each_day(first, last):
    return (first + timedelta(days=n) for n in range((last - first).days))


def last_of_february(day):
    return day.month == 2 and (day + timedelta(days=1)).month == 3


def thirty(name, start, end, maturity):
    d1, d2 = start.day, end.day
    if name == "30/360":
        if d1 == 31:
            d1 = 30
        if d2 == 31 and d1 == 30:
            d2 = 30
    elif name == "30U/360":
        if last_of_february(start) and last_of_february(end):
            d2 = 30
        if last_of_february(start):
            d1 = 30
        if d2 == 31 and d1 in (30, 31):
            d2 = 30
        if d1 == 31:
            d1 = 30
    elif name == "30E/360":
        d1, d2 = min(d1, 30), min(d2, 30)
    else:
        if last_of_february(start) or d1 == 31:
            d1 = 30
        if (last_of_february(end) and end != maturity) or d2 == 31:
            d2 = 30
    return Fraction(360 * (end.year - start.year) + 30 * (end.month - start.month) + d2 - d1, 360)


def afb(start, end):
    years = 0
    while True:
        earlier = end - relativedelta(years=years + 1)
        if earlier.month == 2 and earlier.day == 28 and leap(earlier.year):
            earlier = earlier.replace(day=29)
        if earlier < start:
            break
        years += 1
        rest = earlier
    rest = rest if years else end
    long = any((day.month, day.day) == (2, 29) for day in each_day(start, rest))
    return years + Fraction((rest - start).days, 366 if long else 365)


def regular(anchor, frequency, month_end, k):
    months, length = apart(frequency)
    ends = (anchor + timedelta(days=1)).day == 1
    if frequency == SEMI_MONTHLY and month_end and (ends or anchor.day == 15):
        k += ends  # the 15th and the last, counted from the 15th
        return anchor + relativedelta(months=k // 2, day=31 if k % 2 else 15)
    if frequency == SEMI_MONTHLY:
        whole, odd = divmod(k, 2)
        late = anchor.day > 15
        other = anchor.day - 15 if late else anchor.day + 15
        return anchor + relativedelta(months=whole + (odd and late), day=other if odd else anchor.day)
    if length:
        return anchor + timedelta(days=length * k)
    due = anchor + relativedelta(months=months * k)
    if month_end and ends:
        due += relativedelta(day=31)
    return due


def icma(start, end, anchor, frequency, month_end):
    """Each day is a share of the regular period that it lies in."""
    months, length = apart(frequency)
    if length:
        return Fraction((end - start).days, 364 if length % 7 == 0 else 365)
    share = Fraction(months, 12) if months else Fraction(1, 24)
    k = int((start - anchor).days / 365.25 / share) - 3
    total = Fraction(0)
    while regular(anchor, frequency, month_end, k) < end:
        first, last = (regular(anchor, frequency, month_end, n) for n in (k, k + 1))
        inside = (min(last, end) - max(first, start)).days
        total += share * Fraction(max(inside, 0), (last - first).days)
        k += 1
    return total


def year_fraction_of(name, start, end, *, anchor=None, frequency=None, month_end=False, maturity=None):
    if name.startswith("30"):
        return thirty(name, start, end, maturity)
    if name in ("ACT/360", "ACT/364", "ACT/365F"):
        return Fraction((end - start).days, int(name[4:7]))
    if name == "NL/365":
        after = [day + timedelta(days=1) for day in each_day(start, end)]
        return Fraction(sum((day.month, day.day) != (2, 29) for day in after), 365)
    if name == "ACT/365L":
        after = [day + timedelta(days=1) for day in each_day(start, end)]
        has = any((day.month, day.day) == (2, 29) for day in after)
        long = has if frequency == "annual" else leap(end.year)
        return Fraction((end - start).days, 366 if long else 365)
    if name == "ACT/ACT ISDA":
        years = range(start.year, end.year + 1)
        parts = [
            (min(end, date(y + 1, 1, 1)) - max(start, date(y, 1, 1)), 366 if leap(y) else 365) for y in years
        ]
        return sum((Fraction(part.days, length) for part, length in parts), Fraction(0))
    if name == "ACT/ACT AFB":
        return afb(start, end)
    assert name == "ACT/ACT ICMA"
    return icma(start, end, anchor, frequency, month_end)
