"""What an offer sheet says that the offer doesn't."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from itertools import pairwise
from typing import Literal

from repayplan.ability.figures import day, whole
from repayplan.accounts.agreementterms import MOST_DAYS_LATE
from repayplan.accounts.overduerule import OverdueRule
from repayplan.basics.errors import Code, InputError
from repayplan.edges.sheetparts import name_text
from repayplan.edges.words import Words
from repayplan.plans.single import Schedule

AnnualRate = Literal["effective", "apr_eu", "apr_us"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetTerms:
    """What a sheet says that the offer doesn't.

    Parameters
    ----------
    lender, programme
        Its name, and that of its programme if it is to be there, as they are to be read: text, or
        :class:`~repayplan.Words` where the two languages have different ones.
    issued, accept_by, expires
        The day of the offer; the last day on which it can be accepted; the day on which it lapses. None of
        the last two: as the offer's policy says.
    late, days_late
        What being late costs, as it will be agreed, and how late the payment of the worked figure is.
    credit_record
        What the plan does to the credit record.
    notes
        Further sentences: rights, whom to ask.
    annual_rate
        Which annual rate of all payments is shown of the contract and of the plan: ``"effective"`` (of 365
        days), ``"apr_eu"``, ``"apr_us"``, or none.

    Raises
    ------
    InputError
        Dates out of order or one of the last two alone, a rate that isn't known, no rule of what being late
        costs, days that aren't from 0 to 3,660, or what isn't text.

    Examples
    --------
    >>> from repayplan import OverdueLedger, OverdueRate
    >>> half = OverdueRate(multiplier="1.5")
    >>> rule = OverdueRule(
    ...     penalty=OverdueLedger(on=("principal",), rate=half),
    ...     compound=OverdueLedger(on=("interest", "compound"), rate=half, settled="daily"),
    ...     day_count="ACT/360",
    ...     first_day="due_date",
    ...     rounded="end",
    ...     mode="half_up",
    ... )
    >>> terms = SheetTerms(
    ...     lender="Example Bank",
    ...     issued="2026-01-05",
    ...     accept_by="2026-01-19",
    ...     expires="2026-01-20",
    ...     late=rule,
    ...     days_late=30,
    ...     credit_record=Words("Reported as restructured.", "将报送为重组贷款。"),
    ... )
    >>> terms.accept_by
    datetime.date(2026, 1, 19)
    """

    lender: str | Words
    programme: str | Words | None = None
    issued: date
    accept_by: date | None = None
    expires: date | None = None
    late: OverdueRule
    days_late: int
    credit_record: Words
    notes: tuple[Words, ...] = ()
    annual_rate: AnnualRate | None = "effective"

    def __post_init__(self) -> None:
        name_text("lender", self.lender)
        if self.programme is not None:
            name_text("programme", self.programme)
        names = ["issued"]
        if self.accept_by is not None or self.expires is not None:
            names += ["accept_by", "expires"]
        for name in names:
            object.__setattr__(self, name, day(name, getattr(self, name)))
        for earlier, later in pairwise(names):
            if getattr(self, later) < getattr(self, earlier):
                limit = f">= {getattr(self, earlier)}"
                raise InputError(Code.DATES_OUT_OF_ORDER, later, getattr(self, later), limit=limit)
        if self.annual_rate is not None and self.annual_rate not in RATES:
            rule = f"one of {', '.join(RATES)}, or none"
            raise InputError(Code.UNKNOWN_VALUE, "annual_rate", self.annual_rate, rule)
        late: object = self.late
        if not isinstance(late, OverdueRule):
            code = Code.MISSING if late is None else Code.UNKNOWN_VALUE
            raise InputError(code, "late", late, "OverdueRule: what being late costs")
        whole("days_late", self.days_late, 1, MOST_DAYS_LATE, "days")
        object.__setattr__(self, "notes", tuple(self.notes))
        for name, given in (("credit_record", self.credit_record), *(("notes", n) for n in self.notes)):
            if not isinstance(given, Words):
                raise InputError(Code.UNKNOWN_VALUE, name, given, "Words in English and in Chinese")


RATES: dict[AnnualRate, Callable[..., Decimal]] = {
    "effective": partial(Schedule.effective_rate, year="365 days"),
    "apr_eu": Schedule.apr_eu,
    "apr_us": Schedule.apr_us,
}
