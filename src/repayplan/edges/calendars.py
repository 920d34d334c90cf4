"""Public holidays of a country as a calendar, from the PyPI package ``holidays`` (extra ``calendar``)."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable
from datetime import date, timedelta
from operator import index
from typing import Any

from repayplan.basics.calendars import Holidays
from repayplan.basics.dates import FIRST_YEAR, LAST_YEAR
from repayplan.basics.errors import Code, InputError
from repayplan.edges.frames import need

OLDEST = "0.109"
"""The oldest release taken: before 0.92 China's days off round 1 May 2019 are those of the first notice and
not of the one that changed it, before 0.109 holidays by the Islamic calendar end silently with 2077."""
_CODE = re.compile(r"[A-Z]{2}")


def public_holidays(country: str, *, years: int | Iterable[int], subdivision: str | None = None) -> Holidays:
    """The business days of a country: public holidays, weekend, and working days made up for (China's 调休).

    Parameters
    ----------
    country
        ISO 3166-1 code of two letters: ``"CN"``.
    years
        A year, or several: the calendar covers everything from 1 January of the first to 31 December of
        the last.
    subdivision
        A state or province as the package knows it (mostly ISO 3166-2 without the country); None: what
        holds in all of the country.

    Returns
    -------
    Holidays
        Named by the country and the subdivision (``"DE-BY"``); the source says which release of the
        package it is from.

    Raises
    ------
    InputError
        ``unknown_value``: a country or subdivision that the package doesn't know, or years that aren't whole
        numbers; ``missing``: no year;
        ``out_of_range``: a year that the package doesn't cover (see the notes).
    ImportError
        The package isn't installed, or older than :data:`OLDEST`; the message names the extra to install.

    Notes
    -----
    The package answers for any year and doesn't say where it stops knowing, so these are refused here:

    - a year outside the ``start_year`` to ``end_year`` of its class for the country;
    - in a country that moves working days by decree (China, Hungary, Russia, Taiwan, Vietnam, ...), a
      year before the first or after the last for which a moved day is in its tables. In China these days
      are in the yearly notice of the State Council's General Office, without which the package gives the
      statutory days alone: neither the bridging days off nor the working days that make up for them;
    - a year in which it marks a holiday as estimated (by the Islamic calendar, say), or warns that it
      doesn't have its holidays (India after 2035).

    What can't be told from the package: the last days of the last year may still change, since the notice
    for a year can move days of the December before, as that for 2019 did with 29 and 31 December 2018; make
    the calendar anew when it is out, from a newer release. A day off decreed without one made up for it (a
    funeral, the bridging days of Argentina and Thailand) is missing from years not reached by its decree.

    Source of the dates: https://github.com/vacanza/holidays, whose class for each country lists its own;
    for China the notices from 2001 on as published by gov.cn.

    Examples
    --------
    >>> china = public_holidays("CN", years=[2025, 2026])
    >>> str(china.first), str(china.last)
    ('2025-01-01', '2026-12-31')
    >>> date(2026, 10, 7) in china.dates, date(2026, 10, 10) in china.working
    (True, True)
    """
    package = need("holidays", "calendar")
    if _release(package.__version__) < _release(OLDEST):
        msg = f"holidays {OLDEST} or newer is needed for this: pip install 'repayplan[calendar]'"
        raise ImportError(msg)
    asked = _asked(years)
    if not asked:
        raise InputError(Code.MISSING, "years")
    span = range(min(asked), max(asked) + 1)
    rules = _rules(package, country, subdivision, span)
    _check_years(rules, span)
    first, last = date(span[0], 1, 1), date(span[-1], 12, 31)
    weekend = set(rules.weekend)
    dates, working = [], []
    for each in (first + timedelta(n) for n in range((last - first).days + 1)):
        # As the package sees each day, so that a weekend that was another one in earlier years comes out.
        if rules.is_working_day(each):
            if each.weekday() in weekend:
                working.append(each)
        elif each in rules or each.weekday() not in weekend:
            dates.append(each)
    name = country if subdivision is None else f"{country}-{subdivision}"
    return Holidays(
        dates,
        working=working,
        weekend=weekend,
        name=name,
        source=f"public holidays of {name}, PyPI package holidays {package.__version__}",
        first=first,
        last=last,
    )


def _asked(years: Any) -> set[int]:
    several = isinstance(years, Iterable) and not isinstance(years, (str, bytes))
    try:
        return {index(year) for year in (years if several else (years,))}
    except TypeError:
        rule = "a year as a whole number, or several of them"
        raise InputError(Code.UNKNOWN_VALUE, "years", years, rule) from None


def _release(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:2])


def _rules(package: Any, country: str, subdivision: str | None, span: range) -> Any:
    """The package's own object for these years."""
    rule = "a country of the package holidays, by its ISO code of two letters"
    unknown = InputError(Code.UNKNOWN_VALUE, "country", country, rule)
    # By code only: the package would take the name of any of its classes.
    if not _CODE.fullmatch(country):
        raise unknown
    try:
        rules = package.country_holidays(country)
    except NotImplementedError:  # the package's way to say that it has no such country
        raise unknown from None
    first, last = max(rules.start_year, FIRST_YEAR), min(rules.end_year, LAST_YEAR)
    for year in (span[0], span[-1]):
        if not first <= year <= last:
            rule = f"{country} is covered from {first} to {last}"
            raise InputError(Code.OUT_OF_RANGE, "years", year, rule)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)
            return package.country_holidays(country, subdiv=subdivision, years=span)
    except UserWarning as told:
        rule = f"the package holidays says: {told}"
        raise InputError(Code.OUT_OF_RANGE, "years", f"{span[0]} to {span[-1]}", rule) from None
    except NotImplementedError:
        rule = f"a subdivision of {country}: {', '.join(rules.subdivisions) or 'it has none'}"
        raise InputError(Code.UNKNOWN_VALUE, "subdivision", subdivision, rule) from None


def _check_years(rules: Any, span: range) -> None:
    """Refuses a year for which the package knows less than all."""
    if getattr(rules, "has_substituted_holidays", False):
        # A moved day has its origin beside it: (month, day, month, day) and perhaps the year of that. A
        # year whose only entry is a holiday decreed ahead of the notice isn't known by that.
        tables = rules.special_public_holidays.items()
        known = [year for year, days in tables if any(len(day) > 3 for day in _several(days))]
        for year in span:
            if not min(known) <= year <= max(known):
                rule = f"working days are moved by decree, which is known from {min(known)} to {max(known)}"
                raise InputError(Code.OUT_OF_RANGE, "years", year, rule)
    label = getattr(rules, "estimated_label", None)
    if label is not None:
        # The mark of an estimate, in the language of the names: "%s (estimated)" leaves "estimated".
        mark = rules.tr(label).strip("%s ()（）")
        for day, text in sorted(rules.items()):
            if mark in text:
                rule = f"the package holidays only estimates {text} of that year"
                raise InputError(Code.OUT_OF_RANGE, "years", day.year, rule)


def _several(days: tuple[Any, ...]) -> tuple[Any, ...]:
    """Entries of a year; the package writes a single one without a tuple around it."""
    return days if not days or isinstance(days[0], tuple) else (days,)
