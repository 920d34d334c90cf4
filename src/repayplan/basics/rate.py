"""A rate of interest that says its period and how it compounds."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal, get_args

import numpy as np

from repayplan.basics.arguments import one_number
from repayplan.basics.columns import RATE_DECIMALS
from repayplan.basics.conversion import (
    FINE_DECIMALS,
    MAX_RATE,
    PERIODS,
    Compounding,
    Period,
    YearDays,
    against,
    annual_nominal,
    compounded,
)
from repayplan.basics.dates import FREQUENCIES, FREQUENCY_INDEX, FREQUENCY_NAMES
from repayplan.basics.errors import Code, InputError, Language, which
from repayplan.basics.money import to_plain
from repayplan.basics.ratetext import EN_PERIODS, RATE_TEXT, UNITS, ZH_KINDS, ZH_NAMES, ZH_PERIODS, digits_of

Number = Decimal | str | int | float
ONE, FINE = 10**RATE_DECIMALS, 10**FINE_DECIMALS
MOST_A_YEAR = 100
"""No loan's annual nominal rate is above it (10,000 %), written as a :class:`Rate`."""


def one_of(name: str, value: object, allowed: Sequence[object]) -> None:
    """InputError unless the value is one of those allowed."""
    if not isinstance(value, type(allowed[0])) or value not in allowed:
        raise InputError(Code.UNKNOWN_VALUE, name, value, f"one of {', '.join(map(str, allowed))}")


@dataclass(frozen=True, slots=True, init=False)
class Rate:
    """A rate of interest that says its period and how it compounds.

    Parameters
    ----------
    value
        The rate of one period as a fraction (``"0.049"`` is 4.9 %), 0 to 1000, a multiple of 1e-12; text,
        int, Decimal, or a float that is the nearest double to such a multiple.
    per
        The period: ``year``, ``half_year``, ``quarter``, ``month``, ``week`` or ``day``. A year is 12 months,
        52 weeks, or as many days as ``year_days`` says.
    compounding
        ``"nominal"``: the rate of a year is that of a period times the periods. ``"effective"``: the rate
        of a year is that of a period compounded, ``(1 + r)**periods - 1``.
    year_days
        365 or 360, for a rate per day and for no other; there is no default.
    exact
        False where the value was rounded to 1e-12 by a conversion. Says so, and isn't compared.

    Raises
    ------
    InputError
        A value that isn't such a number, a name that isn't known, a rate per day without ``year_days``.

    Notes
    -----
    Nominal as in Regulation Z, 12 CFR 1026.14(b): the periodic rate times the number of periods in a year.
    Effective as the annual percentage yield of Regulation DD, 12 CFR 1030, appendix A.

    Examples
    --------
    >>> month = Rate("0.01", per="month")
    >>> print(month.nominal(), "|", month.effective())
    12% a year | ≈12.6825030132% a year effective
    """

    value: Decimal
    per: Period
    compounding: Compounding
    year_days: YearDays | None
    exact: bool = field(compare=False)

    def __init__(
        self,
        value: Number,
        *,
        per: Period = "year",
        compounding: Compounding = "nominal",
        year_days: YearDays | None = None,
        exact: bool = True,
    ) -> None:
        one_of("rate.per", per, tuple(PERIODS))
        one_of("rate.compounding", compounding, get_args(Compounding))
        if per != "day" and year_days is not None:
            rule = "only a rate per day has a year of days"
            raise InputError(Code.UNKNOWN_VALUE, "rate.year_days", year_days, rule)
        if per == "day":
            if year_days is None:
                rule = "a rate per day says how many days make a year: 360 or 365"
                raise InputError(Code.MISSING, "rate.year_days", None, rule)
            one_of("rate.year_days", year_days, get_args(YearDays))
        units = one_number("rate.value", value, FINE_DECIMALS, 0, MAX_RATE)
        object.__setattr__(self, "value", to_plain(units, FINE_DECIMALS))
        object.__setattr__(self, "per", per)
        object.__setattr__(self, "compounding", compounding)
        object.__setattr__(self, "year_days", year_days)
        object.__setattr__(self, "exact", exact)

    @property
    def units(self) -> int:
        """The value as a whole number of 1e-12."""
        return int(Fraction(self.value) * FINE)

    @property
    def periods(self) -> int:
        """How many of its periods make a year."""
        return PERIODS[self.per] or int(self.year_days or 0)

    def nominal(self, per: Period = "year", *, year_days: YearDays | None = None) -> Rate:
        """The nominal rate of another period.

        Of a nominal rate: in proportion, ``r n / n'`` with n and n' periods a year. Of an effective one:
        the rate that compounds to it once every such period, ``(1 + r)**(n / n') - 1``; for the annual
        rate of a loan with due dates every month, see :meth:`as_annual_nominal`.

        Parameters
        ----------
        per
            The period.
        year_days
            For a rate per day; as this one's unless given.

        Raises
        ------
        InputError
            The period isn't known, lacks its ``year_days``, or its rate is above 1000.

        Examples
        --------
        >>> Rate("0.066").nominal("month"), Rate("0.05").nominal("month").exact
        (Rate(value=Decimal('0.0055'), per='month', compounding='nominal', year_days=None, exact=True), False)
        """
        return self._converted("nominal", per, year_days)

    def effective(self, per: Period = "year", *, year_days: YearDays | None = None) -> Rate:
        """The rate that compounds over another period, ``(1 + r)**(n / n') - 1``.

        A nominal rate compounds once every one of its own periods. So 12 % a year that is charged every
        month is first turned into the rate of a month.

        Parameters
        ----------
        per, year_days
            As in :meth:`nominal`.

        Raises
        ------
        InputError
            As in :meth:`nominal`.

        Examples
        --------
        >>> print(Rate("0.12").nominal("month").effective("year"))
        ≈12.6825030132% a year effective
        >>> print(Rate("0.21", compounding="effective").effective("half_year"))
        10% a half-year effective
        """
        return self._converted("effective", per, year_days)

    def _converted(self, compounding: Compounding, per: Period, year_days: YearDays | None) -> Rate:
        if per == "day" and year_days is None:
            year_days = self.year_days
        target = Rate(0, per=per, compounding=compounding, year_days=year_days)
        ratio = Fraction(self.periods, target.periods)
        simple = compounding == self.compounding == "nominal"
        exponent, times = (Fraction(1), ratio) if simple else (ratio, Fraction(1))
        units = int(compounded(np.array([self.units]), exponent, times, FINE_DECIMALS)[0])
        return self._restated(target, units, FINE_DECIMALS, exponent, times)

    def as_annual_nominal(self, frequency: str, *, decimals: Literal[10, 12] = 12) -> Rate:
        """The annual nominal rate, as a loan states it, that comes to this one at the loan's due dates.

        Of a nominal rate ``n r``, whatever the frequency. Of an effective one ``m ((1 + r)**(n / m) - 1)``
        with m due dates a year, a week being 1/52 of one and a day 1/365. Rounded once, half to even.

        Parameters
        ----------
        frequency
            Of the due dates, as in a loan.
        decimals
            12, or the 10 that a loan's ``annual_rate`` has.

        Raises
        ------
        InputError
            The frequency isn't known, or the rate comes out above 1000.

        Examples
        --------
        >>> year = Rate("0.12", compounding="effective")
        >>> print(year.as_annual_nominal("monthly"), "|", year.as_annual_nominal("monthly", decimals=10))
        ≈11.3865515215% a year | ≈11.38655152% a year
        """
        one_of("decimals", decimals, (10, 12))
        if frequency not in tuple(FREQUENCY_INDEX):
            raise InputError(Code.UNKNOWN_VALUE, "frequency", frequency, limit=FREQUENCY_NAMES)
        out, failures = annual_nominal(
            np.array([self.units]),
            self.per,
            self.compounding,
            year_days=self.year_days,
            frequency=frequency,
            decimals=12,
            to=decimals,
        )
        for failure in failures:
            raise failure.error()
        exponent, times = Fraction(1), Fraction(self.periods)
        if self.compounding == "effective":
            times = 1 / FREQUENCIES[FREQUENCY_INDEX[frequency]].year_share
            exponent = self.periods / times
        return self._restated(Rate(0), int(out[0]), decimals, exponent, times)

    def _restated(self, target: Rate, units: int, decimals: int, exponent: Fraction, times: Fraction) -> Rate:
        """The target with its value, and whether that is the very number."""
        if units > MAX_RATE * 10**decimals:
            rule = f"converted, no rate is above {MAX_RATE}"
            raise InputError(Code.OUT_OF_RANGE, "rate.value", self.value, rule)
        # Only of a perfect power is the root rational; no multiple of 1e-12 up to 1001 but 1 is one above 12.
        same = not self.units or (
            exponent.denominator <= FINE_DECIMALS
            and not against(FINE + self.units, exponent, times, 10**decimals, 2 * units)
        )
        return replace(target, value=to_plain(units, decimals), exact=self.exact and same)

    @classmethod
    def parse(cls, text: str, *, year_days: YearDays | None = None) -> Rate:
        """A rate as people write it, in English or Chinese.

        Parameters
        ----------
        text
            A number with ``%``, ``‰``, ``‱`` or ``bp``, or 百分之, 千分之 or 万分之 before digits or a
            Chinese numeral; without any of them a fraction, at most 1. The period stands before it
            (月利率) or after it (``a month``, ``per month``, ``/month``, ``p.a.``), and is a year where
            none is named. ``effective`` after it, or 有效 or 实际 before it, says that it compounds;
            ``≈`` or 约 that it is rounded.
        year_days
            For a rate per day whose text doesn't say it (``a day of 360``, 一年360天).

        Raises
        ------
        InputError
            The text isn't such a rate. What can mean two things is refused: 年化利率 and APR (simple in one
            place, compounded in another), 分 (a tenth as a year's rate, a hundredth as a month's), 厘, and
            万分之 without a period (a day's rate as lenders say it, a year's by the rule above).

        Examples
        --------
        >>> print(Rate.parse("月利率 5.5‰"), "|", Rate.parse("12% effective"))
        0.55% a month | 12% a year effective
        >>> print(Rate.parse("日利率 万分之五", year_days=360).nominal("year"))
        18% a year
        """
        given: Any = text
        plain = unicodedata.normalize("NFKC", given).strip().lower() if isinstance(given, str) else ""
        found = RATE_TEXT.fullmatch(plain)
        number = None if found is None else found["number"] or digits_of(found["parts"])
        if found is None or number is None:
            rule = "a rate such as '4.9%', '0.55% a month', '12% effective', '月利率 5.5‰', '日利率 万分之五'"
            raise InputError(Code.NOT_A_NUMBER, "rate", text, rule)
        if found["part"] == "万" and not (found["zh_per"] or found["per"] or found["pa"]):
            # In lending it is mostly a day's rate; read as a year's it would be a 365th of what is meant.
            rule = "万分之 needs its period, a day's or a year's: '日利率 万分之五', '年利率 万分之五'"
            raise InputError(Code.NOT_A_NUMBER, "rate", text, rule)
        for one, *others in (("zh_per", "per", "pa"), ("zh_kind", "kind"), ("zh_days", "days")):
            if found[one] and any(found[other] for other in others):
                rule = "the period, the year of days and whether it is nominal are each said once"
                raise InputError(Code.DUPLICATE, "rate", text, rule)
        said = found["zh_days"] or found["days"]
        if said and year_days is not None and int(said) != year_days:
            raise InputError(Code.UNKNOWN_VALUE, "rate.year_days", year_days, f"the text says {said}")
        places = UNITS.get(found["part"] or found["unit"], 0)
        per: Any = ZH_PERIODS.get(found["zh_per"], EN_PERIODS.get(found["per"], "year"))
        kind: Any = ZH_KINDS.get(found["zh_kind"], found["kind"] or "nominal")
        days: Any = int(said) if said else year_days
        try:
            made = cls(
                f"{number}e-{places}",
                per=per,
                compounding=kind,
                year_days=days,
                exact=not found["about"],
            )
        except InputError as error:
            if error.field != "rate.value":
                raise
            raise InputError(error.code, "rate", text, limit=error.limit) from None
        if not places and made.value > 1:
            raise InputError(Code.OUT_OF_RANGE, "rate", text, "a bare number is a fraction: 4.9% is 0.049")
        return made

    def text(self, language: Language = "en") -> str:
        """The rate for a person, as :meth:`parse` reads it.

        Parameters
        ----------
        language
            ``"en"`` or ``"zh"``. In Chinese a monthly or weekly rate is in ‰ and a daily one in 万分之.

        Examples
        --------
        >>> Rate("0.0055", per="month").text("zh"), Rate("0.0005", per="day", year_days=360).text("zh")
        ('月利率 5.5‰', '日利率 万分之5（一年360天）')
        """
        about = "" if self.exact else "≈"
        if which(language) == 0:
            days = f" of {self.year_days}" if self.year_days else ""
            kind = " effective" if self.compounding == "effective" else ""
            name = self.per.replace("_", "-")
            return f"{about}{to_plain(self.units, FINE_DECIMALS - 2):f}% a {name}{days}{kind}"
        kind = "有效" if self.compounding == "effective" else ""
        places = {"month": 3, "week": 3, "day": 4}.get(self.per, 2)
        number = f"{to_plain(self.units, FINE_DECIMALS - places):f}"
        number = f"万分之{number}" if places == 4 else f"{number}{'%' if places == 2 else '‰'}"
        days = f"（一年{self.year_days}天）" if self.year_days else ""
        return f"{kind}{ZH_NAMES[self.per]}利率 {about}{number}{days}"

    def __str__(self) -> str:
        return self.text()
