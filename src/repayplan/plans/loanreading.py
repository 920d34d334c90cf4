"""The columns of a batch of loans, read from what the caller gives and checked."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import Any

import numpy as np

from repayplan.basics.annualrate import annual_units
from repayplan.basics.arguments import ONE_VALUE, by_name, rows_given
from repayplan.basics.columns import NO_DAY, NO_SPREAD, RATE_DECIMALS, Screen, beside, money_of
from repayplan.basics.dates import FREQUENCY_INDEX, FREQUENCY_NAMES, Days, shift
from repayplan.basics.daycount import DAY_COUNT_INDEX, DAY_COUNTS, DayCount
from repayplan.basics.duedates import DueDates
from repayplan.basics.errors import Code, InputError
from repayplan.basics.fixedrates import FixedRate
from repayplan.basics.linkedrate import LinkedRate
from repayplan.basics.money import (
    MAX_DECIMALS,
    USUAL_DECIMALS,
    as_text,
    decimals_of,
    is_currency,
    to_plain,
)
from repayplan.basics.outcome import Bools, Ints, all_of, any_of
from repayplan.basics.rate import MOST_A_YEAR, Rate
from repayplan.basics.ratepath import RatePath, rates_on
from repayplan.basics.rounding import Rounding
from repayplan.kernel.rules import MAX_PERIODS
from repayplan.plans.loandates import on_grid

MAX_STUB_DAYS = 16_000
_MAX_STUB = np.array(MAX_STUB_DAYS, "timedelta64[D]")
STUBS = ("short", "long")
COMPONENTS = ("principal", "overdue_principal", "overdue_interest", "penalty", "fees", "accrued_interest")
"""What can be owed, in the order in which it is stated."""


def columns_of_loans(
    given: dict[str, Any],
    *,
    due_dates: DueDates | tuple[DueDates, ...],
    rounding: Rounding | tuple[Rounding, ...],
    rate_paths: tuple[RatePath, ...],
    columns: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """The columns of :class:`~repayplan.plans.loan.Loans`, of what its ``from_columns`` was given."""
    annual_rate, rate_index = given["annual_rate"], given["rate_index"]
    _all_are("due_dates", due_dates, DueDates, "a DueDates, or several and due_index")
    _all_are("rounding", rounding, Rounding, "a Rounding, or several and rounding_index")
    extra = by_name("columns", columns)
    every = (*given.values(), *extra.values())
    size = max((rows_given(v) for v in every if type(v) not in ONE_VALUE), default=-1)
    screen = Screen(1 if size < 0 else size)
    d = _places(screen, given["decimals"], given["currency"])
    places = d.item(0) if len(d) == 1 or (len(d) and all_of(d == d[:1])) else d
    money = {name: screen.money(name, given[name], places) for name in COMPONENTS}
    owed = reduce(np.add, money.values())  # six times 10**18 at most
    most = beside("<", lambda row: as_text(2**61, d[row]))
    screen.fault(owed >= 2**61, Code.OUT_OF_RANGE, "principal", money_of(owed, d), most)
    paths = rate_paths
    if isinstance(annual_rate, Rate):
        units = annual_units("annual_rate", annual_rate, most=MOST_A_YEAR)
        # What no bare number says is a path: above 1 that is more likely a percentage.
        high = units > 10**RATE_DECIMALS
        annual_rate = FixedRate(annual_rate) if high else to_plain(units, RATE_DECIMALS)
    if isinstance(annual_rate, RatePath):
        paths, annual_rate, rate_index = (annual_rate,), 0, 0
    rate = screen.rate("annual_rate", annual_rate, default=0 if paths else None)
    which_path = screen.count("rate_index", rate_index, -1, len(paths) - 1)
    if paths:  # the path says it
        screen.fault((which_path < 0) & screen.missing(annual_rate), Code.MISSING, "annual_rate")
    above = screen.spread("spread", given["spread"])
    if given["spread"] is not None:
        # What nothing is added to must not look as if it were.
        linked = [isinstance(path, LinkedRate) and path.spread is None for path in (*paths, None)]
        idle = ~np.array(linked)[which_path] & (above != NO_SPREAD) & (above != 0)
        shown = np.where(above == NO_SPREAD, 0, above) / 10**RATE_DECIMALS
        screen.fault(idle, Code.UNKNOWN_VALUE, "spread", shown, "0: no rate leaves it to the loan")
    fixed_on = screen.date("rate_anchor", given["rate_anchor"], default=NO_DAY)
    counts = {
        "original_term": screen.count("original_term", given["original_term"], 1, MAX_PERIODS),
        "elapsed": screen.count("elapsed", given["elapsed"], 0, MAX_PERIODS),
        "unpaid": screen.count("unpaid", given["unpaid"], 0, MAX_PERIODS),
        "months_extended": screen.count("months_extended", given["months_extended"], 0, 12 * MAX_PERIODS),
    }
    often = screen.choice("frequency", given["frequency"], FREQUENCY_INDEX, known=FREQUENCY_NAMES)
    next_ = screen.date("next_due", given["next_due"])
    laws = tuple(due_dates) if isinstance(due_dates, (tuple, list)) else (due_dates,)
    law = screen.count("due_index", given["due_index"], 0, len(laws) - 1)
    for i, rule in enumerate(laws):
        wanted = f"day {rule.day} of a month" if rule.given is None else "the due dates given"
        if rule.day is not None or rule.given is not None:
            wrong = (law == i) & ~rule.fits(next_, often)
            screen.fault(wrong, Code.UNKNOWN_VALUE, "next_due", next_, wanted)
    conventions, names, counted = DAY_COUNTS, DAY_COUNT_INDEX, given["day_count"]
    if isinstance(given["day_count"], DayCount):
        conventions, names, counted = (
            (given["day_count"],),
            {given["day_count"].name: 0},
            given["day_count"].name,
        )
    counts_by = screen.choice("day_count", counted, names)
    default_start = on_grid(laws, law, next_, often, np.array(-1))
    if any_of(np.isnat(default_start)):
        default_start = np.where(np.isnat(default_start), shift(next_, often, -1), default_start)
    counted_from = default_start
    if any(rule.adjusted for rule in laws):
        counted_from, uncovered = _interest_to(laws, law, default_start)
        unknown = uncovered if given["start"] is None else uncovered & screen.missing(given["start"])
        screen.fault(unknown, Code.BEYOND_CALENDAR, "start", default_start)
        # What is moved beyond the next due date collides with it: no interest can run from there. Whole
        # periods are counted wherever they are moved.
        by_periods = np.array([count.year is None for count in conventions])[counts_by]
        counted_from = np.where(by_periods & (counted_from > next_), default_start, counted_from)
    begins = (
        counted_from if given["start"] is None else screen.date("start", given["start"], default=counted_from)
    )
    maturity = screen.date("original_maturity", given["original_maturity"], default=NO_DAY)
    ends = screen.date("last_due", given["last_due"], default=NO_DAY)
    screen.fault(ends < next_, Code.DATES_OUT_OF_ORDER, "last_due", ends, beside(">=", next_))
    screen.fault(~(begins <= next_), Code.DATES_OUT_OF_ORDER, "start", begins, beside("<=", next_))
    earliest = next_ - _MAX_STUB
    screen.fault(begins < earliest, Code.OUT_OF_RANGE, "start", begins, beside(">=", earliest))
    moves = screen.good & (which_path >= 0) if paths else None
    if moves is not None and any_of(moves):
        first, faults = rates_on(paths, which_path, begins, moves, spread=above, anchor=fixed_on)
        rate = np.where(moves, first, rate)
        screen.adopt(faults)
    stub = screen.choice("first_stub", given["first_stub"], STUBS)
    # One that begins where none would by default isn't whole: its start is said.
    whole, late = ~np.isnat(begins), np.zeros(len(d), np.int64)
    if begins is not counted_from:
        whole = ((begins == default_start) & (counted_from <= next_)) | (begins == counted_from)
        late = ((stub == 1) & (begins > counted_from)).astype(np.int64)
    rules = tuple(rounding) if isinstance(rounding, (tuple, list)) else (rounding,)
    return dict(
        **money,
        annual_rate=rate,
        rate_paths=paths,
        rate_index=which_path,
        spread=above,
        rate_anchor=fixed_on,
        **counts,
        next_due=next_,
        start=begins,
        original_maturity=maturity,
        last_due=ends,
        final_stub=screen.choice("final_stub", given["final_stub"], STUBS),
        due_dates=laws,
        due_index=law,
        instalment=screen.money("instalment", given["instalment"], places, default=0),
        frequency=often,
        day_count=counts_by,
        day_counts=conventions,
        stub=stub,
        whole=whole,
        late=late,
        rounding_index=screen.count("rounding_index", given["rounding_index"], 0, len(rules) - 1),
        decimals=d,
        finer=np.ones(len(d), np.int64),
        set_aside=np.zeros(len(d), np.int64),
        rounding=rules,
        extra=extra if given["currency"] is None else {"currency": given["currency"], **extra},
        good=screen.good,
        failures=screen.failures(),
    )


def _interest_to(laws: tuple[DueDates, ...], index: Ints, dues: Days) -> tuple[Days, Bools]:
    """The dates to which interest is counted that is due on these, and which of them no calendar covers."""
    uncovered = np.zeros(np.shape(dues), np.bool_)
    for i, law in enumerate(laws):
        if law.adjusted:
            moved, beyond = law.shifted(dues)
            dues = np.where(index == i, moved, dues)
            uncovered |= (index == i) & beyond
    return dues, uncovered


def _all_are(field: str, given: Any, kind: type, rule: str) -> None:
    """Raises where a rule, or one of several, is something else."""
    several = given if isinstance(given, (tuple, list)) else (given,)
    if not several:
        raise InputError(Code.MISSING, field, None, rule)
    for each in several:
        if not isinstance(each, kind):
            raise InputError(Code.UNKNOWN_VALUE, field, each, rule)


def _places(screen: Screen, decimals: Any, currency: Any) -> Ints:
    """Decimals of each row's amounts: given, else those of its currency, else those of most currencies."""
    if currency is None:
        return screen.count("decimals", USUAL_DECIMALS if decimals is None else decimals, 0, MAX_DECIMALS)
    names, of = screen.distinct(currency)
    wrong = np.array([name != "" and not is_currency(str(name)) for name in names], np.bool_)
    screen.fault(
        wrong[of], Code.UNKNOWN_VALUE, "currency", lambda row: names[of[row]], "CNY, EUR, ... (ISO 4217)"
    )
    usual = np.array([decimals_of(str(name)) for name in names], np.int64)[of]
    if decimals is not None:  # a cell may be empty where the currency says it
        screen.fault(screen.missing(decimals) & (names == "")[of], Code.MISSING, "decimals")
    return screen.count("decimals", decimals, 0, MAX_DECIMALS, default=usual)
