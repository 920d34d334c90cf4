"""Strategies of loans over the domain, and of rates that change over time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import cycle
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from repayplan.basics.businessdays import BusinessDay
from repayplan.basics.calendars import WEEKENDS
from repayplan.basics.dates import DAYS_OF, FREQUENCY_INDEX, MONTHS_OF, shift
from repayplan.basics.daycount import DAY_COUNT_INDEX
from repayplan.basics.duedates import DueDates
from repayplan.basics.fixedrates import FixedRate, PromotionalRate, SteppedRate
from repayplan.basics.index import Index
from repayplan.basics.linkedrate import LinkedRate
from repayplan.basics.money import to_decimal, to_plain
from repayplan.basics.ratepath import RatePath
from repayplan.basics.rounding import Mode, Per, Residue, Rounding
from repayplan.plans.loan import Loan
from repayplan.plans.loanreading import COMPONENTS, STUBS
from repayplan.testing.draw import drawn, rates, strategy

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

_LATEST = 24
_LISTED = 72


FREQUENT = (
    *("monthly", "weekly", "quarterly", "fortnightly", "semi-monthly", "bimonthly", "semi-annual"),
    *("annual", "4-monthly", "10-daily", "2-yearly"),
)
"""Frequencies that :func:`loans` draws, unless others are given: each kind of them."""
PATHS = ("fixed", "stepped", "promotional", "linked")
"""Kinds of rates that :func:`rate_paths` draws."""


def rate_paths(
    first: date | str = "2000-01-01",
    *,
    kinds: Sequence[str] = PATHS,
    negative: bool = False,
) -> SearchStrategy[RatePath]:
    """Rates that change over time, from a first day on.

    Parameters
    ----------
    first
        Each path has a rate on this day and on every later one.
    kinds
        Which kinds of path, of :data:`PATHS`.
    negative
        Whether rates may be below zero, down to -5 %.

    Raises
    ------
    ImportError
        hypothesis isn't installed; the message names the extra.

    Examples
    --------
    >>> from hypothesis import given
    >>> @given(rate_paths("2026-01-01", kinds=("stepped", "linked")))
    ... def test_a_path_has_a_rate_on_its_first_day(path):
    ...     assert 0 <= path.on("2026-01-01") <= 1
    >>> test_a_path_has_a_rate_on_its_first_day()
    """
    begin = date.fromisoformat(first) if isinstance(first, str) else first
    return strategy(lambda draw: path(draw, begin, kinds, negative=negative))


def path(draw: DrawFn, first: date, kinds: Sequence[str], *, negative: bool) -> RatePath:
    """A path of one of the kinds."""
    from hypothesis import strategies as st

    kind, least = draw(st.sampled_from(kinds)), -5 * 10**8 if negative else 0
    every = rates(least=least)
    later = [first + timedelta(days) for days in sorted(draw(st.sets(st.integers(1, 2000), max_size=4)))]
    if kind == "fixed":
        return FixedRate(draw(every), negative=negative)
    if kind == "linked":
        days = [first, *later]
        index = Index("index", days, [draw(rates(3 * 10**9, least)) for _ in days], "drawn")
        months: tuple[int | Literal["publication"], ...] = (12, 3, 1, 6, "publication")
        reset = draw(st.sampled_from(months))
        step = draw(st.sampled_from((None, "0.0025", "0.02")))
        counted = reset != "publication" or step is not None
        return LinkedRate(
            index,
            draw(st.sampled_from(("0", "0.005", "-0.01"))),
            reset=reset,
            anchor=first if counted else None,
            floor=None if negative else "0",
            cap=draw(st.sampled_from((None, "0.12"))),
            step_cap=step,
            negative=negative,
        )
    steps = SteppedRate(tuple((day, draw(every)) for day in (first, *later)), negative=negative)
    if kind == "stepped":
        return steps
    until = first + timedelta(draw(st.integers(1, 1000)))
    then = steps if draw(st.booleans()) else draw(every)
    return PromotionalRate(draw(every), until, then=then, negative=negative)


def loans(
    *,
    frequencies: Sequence[str] = FREQUENT,
    day_counts: Sequence[str] = tuple(DAY_COUNT_INDEX),
    **given: Any,
) -> SearchStrategy[Loan]:
    """Loans over the domain: amounts, rates, stubs, conventions, rules for due dates and rounding.

    Parameters
    ----------
    frequencies, day_counts
        Those to draw from.
    given
        Any field of :class:`~repayplan.Loan`: a value, or a strategy of values, instead of what is drawn.
        Where an amount is given, the currency has two decimals unless ``decimals`` is given too.

    Raises
    ------
    TypeError
        There is no such field.
    ImportError
        hypothesis isn't installed; the message names the extra.

    Notes
    -----
    What isn't given shrinks to a monthly loan of one minor unit at 0 %, due on 2000-01-01.

    Examples
    --------
    >>> from hypothesis import given
    >>> @given(loans(principal="1000.00", day_counts=("30E/360",)))
    ... def test_what_is_given_isnt_drawn(loan):
    ...     assert (str(loan.principal), loan.day_count) == ("1000.00", "30E/360")
    >>> test_what_is_given_isnt_drawn()
    >>> loans(principle="1000.00")
    Traceback (most recent call last):
    TypeError: a loan has no principle
    """
    unknown = set(given) - {f.name for f in fields(Loan) if f.init}
    if unknown:
        msg = f"a loan has no {', '.join(sorted(unknown))}"
        raise TypeError(msg)
    return strategy(lambda draw: _loan(draw, frequencies, day_counts, given))


def _loan(
    draw: DrawFn, frequencies: Sequence[str], day_counts: Sequence[str], given: Mapping[str, Any]
) -> Loan:
    from hypothesis import strategies as st

    out: dict[str, Any] = {}

    def one(name: str, otherwise: Callable[[], Any]) -> Any:
        out[name] = drawn(draw, given[name]) if name in given else otherwise()
        return out[name]

    def amount(*ends: int) -> Decimal:
        # Of a wide range nearly all that is drawn is small: so first which part of it.
        part = draw(st.integers(1, len(ends) - 1))
        least, end = (min(each, most) for each in ends[part - 1 : part + 1])
        return to_decimal(draw(st.integers(least, end)), decimals)

    def rarely() -> bool:
        return draw(st.integers(0, 3)) == 3

    priced = any(name in given for name in (*COMPONENTS, "instalment"))
    decimals = one("decimals", lambda: 2 if priced else draw(st.sampled_from((2, 0, 3, 8))))
    rounding = one("rounding", lambda: _rounding(draw, decimals))
    # A schedule that isn't rounded is stated in 8 decimals: they take their part of the domain.
    most = 10 ** (8 + decimals) if rounding.unrounded else 10**15
    one("principal", lambda: amount(1, 10**4, 10**8, 10**12, 10**15))
    owes = draw(st.booleans())
    for name in COMPONENTS[1:]:
        one(name, lambda: amount(0, 10**5) if owes else 0)
    frequency = one("frequency", lambda: draw(st.sampled_from(frequencies)))
    one("day_count", lambda: draw(st.sampled_from(day_counts)))
    due = _as_date(one("next_due", lambda: draw(st.dates(date(1950, 1, 1), date(2150, 12, 31)))))
    before = st.one_of(st.integers(0, 45), st.integers(0, 800))
    one("start", lambda: due - timedelta(draw(before)) if rarely() else None)
    one("first_stub", lambda: draw(st.sampled_from(STUBS)))
    one("last_due", lambda: _last_due(draw, due, frequency) if rarely() else None)
    one("final_stub", lambda: draw(st.sampled_from(STUBS)) if out["last_due"] is not None else STUBS[0])
    rule = one(
        "due_dates", lambda: _due_dates(draw, due, frequency, out["last_due"]) if rarely() else DueDates()
    )
    if "due_dates" not in given and out["start"] is None and _within_a_weekend(rule, due, frequency):
        out["due_dates"] = replace(rule, adjusted=False)
    first = due - timedelta(800)
    one("annual_rate", lambda: path(draw, first, PATHS, negative=False) if rarely() else draw(rates()))
    term = one("original_term", lambda: draw(st.integers(1, 480)))
    one("elapsed", lambda: draw(st.integers(0, term)))
    one("unpaid", lambda: draw(st.integers(1, term)))
    one("months_extended", lambda: draw(st.integers(0, 12)))
    one("instalment", lambda: amount(1, 10**6) if rarely() else None)
    return Loan(**out, **{name: drawn(draw, value) for name, value in given.items() if name not in out})


def _as_date(value: date | str) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _last_due(draw: DrawFn, due: date, frequency: str) -> date:
    """A plan's last due date, on the frequency's or beside it."""
    from hypothesis import strategies as st

    k, days = draw(st.integers(0, _LATEST)), draw(st.one_of(st.just(0), st.integers(0, 27)))
    whole: date = shift(np.array([due], "datetime64[D]"), FREQUENCY_INDEX[frequency], k)[0].item()
    return whole + timedelta(days)


def _due_dates(draw: DrawFn, due: date, frequency: str, last_due: date | None) -> DueDates:
    """A rule that the first due date keeps: of month ends, of a day of the month, or dates one by one."""
    from hypothesis import strategies as st

    convention, adjusted = draw(st.sampled_from(get_args(BusinessDay))), draw(st.booleans())
    rule = DueDates(business_day=convention, adjusted=adjusted and convention != "none", calendar=WEEKENDS)
    kinds = ["month_end"]
    if MONTHS_OF[FREQUENCY_INDEX[frequency]]:
        kinds.append("day")
    if last_due is None:
        kinds.append("given")
    kind = draw(st.sampled_from(kinds))
    if kind == "day":
        ends = (due + timedelta(1)).day == 1
        return replace(rule, day=draw(st.integers(due.day, 31)) if ends else due.day)
    if kind == "given":
        return replace(rule, given=tuple(_one_by_one(draw, due)))
    return replace(rule, month_end=draw(st.booleans()))


def _within_a_weekend(rule: DueDates, due: date, frequency: str) -> bool:
    """Whether a Sunday's period may begin on the Saturday: both can be moved to the same Monday."""
    listed = rule.given is not None and due - timedelta(1) in rule.given
    return due.weekday() == 6 and (listed or DAYS_OF[FREQUENCY_INDEX[frequency]] == 1)


def _one_by_one(draw: DrawFn, due: date) -> Iterator[date]:
    """Due dates from a day on, or from one before it; enough for any plan of the usual length."""
    from hypothesis import strategies as st

    apart = draw(st.lists(st.integers(1, 70), min_size=1, max_size=3))
    if draw(st.booleans()):
        yield due - timedelta(apart[0])
    for days, _ in zip(cycle(apart), range(_LISTED), strict=False):
        yield due
        due += timedelta(days)


def _rounding(draw: DrawFn, decimals: int) -> Rounding:
    from hypothesis import strategies as st

    residue = draw(st.sampled_from(get_args(Residue)))
    modes = st.sampled_from([mode for mode in get_args(Mode) if mode != "none"])
    units = st.sampled_from((None, None, 1, 5, 100))
    multiples = [None if each is None else to_plain(each, decimals) for each in (draw(units), draw(units))]
    instalment, interest, per = draw(modes), draw(modes), draw(st.sampled_from(get_args(Per)))
    if draw(st.integers(0, 7)) == 7:  # last: what takes fewer draws would count as plainer
        return Rounding(instalment="none", interest="none", residue=residue, interest_per=per)
    return Rounding(
        instalment=instalment,
        interest=interest,
        instalment_multiple=multiples[0],
        interest_multiple=multiples[1],
        residue=residue,
        interest_per=per,
    )
