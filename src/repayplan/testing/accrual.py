"""Interest, due dates and counted days by a loan's terms, in exact fractions and without the kernel."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import reduce
from operator import add
from typing import NamedTuple

import numpy as np

from repayplan.basics.columns import RATE_DECIMALS, Screen
from repayplan.basics.duedates import DueDates
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import to_plain
from repayplan.basics.outcome import Ints
from repayplan.basics.rounding import Mode, Rounding
from repayplan.plans.layout import lay_out, parameters
from repayplan.plans.loan import COMPONENTS, Loan, Loans
from repayplan.plans.stage import Plan, interest_only
from repayplan.testing.finding import Finding
from repayplan.testing.identities import Rows
from repayplan.testing.terms import Terms


def of_loan(rows: Rows, batch: Loans, plan: Plan | None, *, interest: bool) -> Iterator[Finding]:
    """What holds of a schedule of this loan, by this plan."""
    c, size = rows.columns, int(rows.offsets[-1])
    t = np.arange(size)
    runs = every = [_Run(size)]
    if plan is not None:
        runs, every = _runs(batch, plan, size), _runs(batch, plan, None)
    # A plan that ends before its stages do never comes to its last due date.
    agreed = max(size, sum(run.length for run in every))
    if "due_date" in c:
        due = batch.due(np.zeros_like(t), t, t == agreed - 1)
        found = c["due_date"]
        yield rows.finding("due_date", found != due, found.astype(np.int64), due.astype(np.int64))
    parts, days = _parts(batch, every if agreed > size else runs)
    parts, days = parts[:size], days[:size]
    if "days" in c:
        yield rows.finding("days", c["days"] != days, c["days"], days)
    if interest:
        yield _accrual(rows, runs, parts, batch.rounding[int(batch.rounding_index[0])])


def of_terms(rows: Rows, terms: Terms) -> Iterator[Finding]:
    """Interest by terms that are given without a loan, between the due dates of the table."""
    rate, count = terms.get("annual_rate"), terms.get("day_count")
    if rate is None and count is None:
        return
    if rate is None or count is None:
        missing = "annual_rate" if rate is None else "day_count"
        raise InputError(Code.MISSING, missing, rule="annual_rate and day_count are given together")
    if "due_date" not in rows.columns:
        raise InputError(Code.MISSING, "due_date", rule="interest is counted between due dates")
    due = rows.columns["due_date"]
    if (np.diff(due) <= np.timedelta64(0, "D")).any():
        return  # said already; interest between such dates has no meaning
    loan = Loan(
        principal=1,
        annual_rate=rate,
        day_count=count,
        original_term=1,
        elapsed=0,
        unpaid=1,
        start=terms.get("start"),
        next_due=due[0].item(),
        frequency=terms.get("frequency", "monthly"),
        due_dates=DueDates(given=tuple(due.tolist())),
        decimals=int(rows.decimals[0]),
    )
    parts, _ = _parts(loan.batch, [_Run(len(due))])
    yield _accrual(rows, [_Run(len(due))], parts, terms.get("rounding") or Rounding())


class _Run(NamedTuple):
    """Rows of one stage: how many, its own rate (-1: it has none), and whether its start bears interest.

    ``added_on``: that of all its rows is rounded as one amount.
    """

    length: int
    rate: int = -1
    on_start: bool = False
    added_on: bool = False


def _runs(batch: Loans, plan: Plan, size: int | None) -> list[_Run]:
    """The stages of a plan over so many rows; the last has what the others leave. None: all of them."""
    screen = Screen(1)
    lengths, _, _, own = parameters(batch, plan, np.zeros(1, np.int64), screen)
    for failure in screen.failures():
        raise failure.error()
    runs, left = [], int(lengths[:, 0].sum()) if size is None else size
    for stage, length, rate in zip(plan.stages, lengths[:, 0].tolist(), own[:, 0].tolist(), strict=True):
        n = left if stage is plan.stages[-1] else min(length, left)
        if n:
            runs.append(_Run(n, rate, stage.rule.on_start, stage.rule.added_on))
        left -= n
    return runs


def _bases(opening: Ints, runs: Sequence[_Run]) -> Ints:
    """What bears interest in each row."""
    lengths = np.array([run.length for run in runs])
    begin = np.repeat(np.cumsum(lengths) - lengths, lengths)
    on_start = np.repeat([run.on_start for run in runs], lengths) & (opening > 0)
    return np.where(on_start, opening[begin], opening)


def _parts(batch: Loans, runs: Sequence[_Run]) -> tuple[list[Fraction], Ints]:
    """What each period bears on a unit of what bears interest, and the days it counts."""
    size = sum(run.length for run in runs)
    plan = reduce(add, [interest_only(run.length, rate=_rate(run.rate)) for run in runs])
    # One unit of balance: no amount takes part in these figures, nor can leave the domain.
    alone = dict.fromkeys((*COMPONENTS, "instalment"), np.zeros(1, np.int64))
    batch = batch.replace(**(alone | {"principal": np.ones(1, np.int64)}))
    screen = Screen(1)
    laid = list(lay_out(batch, (plan,), np.zeros(1, np.int64), screen))
    for failure in screen.failures():
        raise failure.error()
    work = laid[0].work
    every, loan = np.arange(size), np.zeros(size, np.int64)
    units = work.units(every, loan)
    days = units * laid[0].unit if laid[0].days is None else laid[0].days.of(every, loan, work.calendar)
    parts = [Fraction(int(work.num[0]) * unit, int(work.den)) for unit in units.tolist()]
    return parts, days


def _rate(units: int) -> Decimal | None:
    return None if units < 0 else to_plain(units, RATE_DECIMALS)


def _accrual(rows: Rows, runs: Sequence[_Run], parts: Sequence[Fraction], rounding: Rounding) -> Finding:
    c = rows.columns
    mode, multiple = rounding.interest, rounding.multiple("interest", int(rows.decimals[0]))
    bases = _bases(c["opening"], runs).tolist()
    expected = [_rounded(o * p, mode, multiple) for o, p in zip(bases, parts, strict=True)]
    begin = 0
    for run in runs:
        end = begin + run.length
        if run.added_on:
            each, last = _added_on(bases[begin] * sum(parts[begin:end]), run.length, mode, multiple)
            owing = (o > 0 for o in bases[begin:end])
            once = [each] * (run.length - 1) + [last]
            expected[begin:end] = [amount * owes for amount, owes in zip(once, owing, strict=True)]
        begin = end
    if max(map(abs, expected)) >= 2**63:
        raise InputError(Code.BEYOND_DOMAIN, "accrual", max(map(abs, expected)), limit="2**63 minor units")
    interest = np.array(expected, np.int64)
    return rows.finding("accrual", c["interest"] != interest, c["interest"], interest)


def _added_on(exact: Fraction, rows: int, mode: Mode, multiple: int) -> tuple[int, int]:
    """The interest of all rows of a stage divided among them: of each, and of the last."""
    total = _rounded(exact, mode, multiple)
    each = _rounded(Fraction(total, rows), mode, multiple)
    if abs(each) * (rows - 1) > abs(total):
        each = _rounded(Fraction(total, rows), "down", multiple)
    return each, total - each * (rows - 1)


def _rounded(exact: Fraction, mode: Mode, multiple: int) -> int:
    """To a multiple; below zero as above it."""
    size = abs(exact) / multiple
    if mode == "half_up":
        whole = math.floor(size + Fraction(1, 2))
    elif mode in ("half_even", "none"):
        whole = round(size)
    else:
        whole = math.ceil(size) if mode == "up" else math.floor(size)
    return whole * multiple if exact >= 0 else -whole * multiple
