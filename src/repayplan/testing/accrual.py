"""Interest, due dates and counted days by a loan's terms, in exact fractions and without the kernel."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
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
from repayplan.plans.layout import lay_out
from repayplan.plans.loan import Loan, Loans
from repayplan.plans.loanreading import COMPONENTS
from repayplan.plans.methods import interest_only
from repayplan.plans.moves import NAT
from repayplan.plans.parameters import parameters, resolve
from repayplan.plans.stage import Plan, Stage
from repayplan.testing.finding import Finding
from repayplan.testing.identities import Rows
from repayplan.testing.terms import Terms


def of_loan(rows: Rows, batch: Loans, plan: Plan | None, aside: Ints, *, interest: bool) -> Iterator[Finding]:
    """What holds of a schedule of this loan, by this plan, with so much that bears no interest."""
    c, size = rows.columns, int(rows.offsets[-1])
    t = np.arange(size)
    runs = laid = [_Run(size)]
    beside: tuple[Stage, ...] = ()
    agreed = size
    if plan is not None:
        # A plan that ends before its stages do never comes to its last due date.
        agreed = max(size, sum(run.length for run in _runs(batch, plan, None)))
        longest = max(agreed, _reached(batch, plan, size))
        runs, laid, beside = _runs(batch, plan, size), _runs(batch, plan, longest), plan.beside
    if "due_date" in c:
        due = batch.due(np.zeros_like(t), t, t == agreed - 1)
        found = c["due_date"]
        yield rows.finding("due_date", found != due, found.astype(np.int64), due.astype(np.int64))
    periods = _periods(batch, laid, beside)
    days = periods.days[:size]
    if "days" in c:
        yield rows.finding("days", c["days"] != days, c["days"], days)
    if interest:
        rounding = batch.rounding[int(batch.rounding_index[0])]
        opening = c["opening"] - aside
        opening[0] += _financed(batch, beside, rounding)  # drawn in the first row, and bears its interest
        yield _accrual(rows, opening, runs, periods, rounding)


def of_terms(rows: Rows, terms: Terms, aside: Ints) -> Iterator[Finding]:
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
    rounding = terms.get("rounding") or Rounding()
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
        rounding=rounding,
    )
    runs = [_Run(len(due))]
    yield _accrual(rows, rows.columns["opening"] - aside, runs, _periods(loan.batch, runs), rounding)


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


def _reached(batch: Loans, plan: Plan, size: int) -> int:
    """How many rows a plan is laid out over that goes on until everything is paid; 0 for others.

    More than it has: its last row isn't a maturity known beforehand, and moves may be dated after it.
    """
    if plan.stages[-1].name != "fixed_payment":
        return 0
    screen, rows = Screen(1), size + 1
    for part in plan.beside:
        if part.on is not None:
            on = screen.date(f"{part.name}.on", resolve(batch, part.on), default=NAT)
            rows = max(rows, int(batch.due_by(on)[0]) + 2) if not np.isnat(on[0]) else rows
    for failure in screen.failures():
        raise failure.error()
    return int(batch.most_rows(np.zeros(1, np.int64), rows)[0])


class _Periods(NamedTuple):
    """What the periods of a schedule bear.

    ``factors``: interest on a unit of what bears it. ``moves``: of each period what moves within it, in the
    order of days, and the interest on a unit from then to its end; 0 moves where a piece that is rounded
    by itself begins.
    """

    factors: list[Fraction]
    days: Ints
    moves: list[list[tuple[int, Fraction]]]


def _periods(batch: Loans, runs: Sequence[_Run], beside: Sequence[Stage] = ()) -> _Periods:
    """The periods of these stages, with what is drawn and prepaid beside them."""
    size = sum(run.length for run in runs)
    plan = reduce(add, [interest_only(run.length, rate=_rate(run.rate)) for run in runs])
    # When the plan ends is for its rows to say: nothing here shortens it.
    moving = tuple(replace(part, option="lower") for part in beside if part.on is not None)
    plan = replace(plan, beside=moving)
    # One unit of balance: what is owed takes no part in these figures, nor can leave the domain.
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
    den = int(work.den)
    moves: list[list[tuple[int, Fraction]]] = [[] for _ in range(size)]
    for move in work.moves:
        if move.period[0] >= 0:
            moves[int(move.period[0])].append((int(move.amount[0]), Fraction(int(move.num[0]), den)))
    return _Periods([Fraction(int(work.num[0]) * unit, den) for unit in units.tolist()], days, moves)


def _rate(units: int) -> Decimal | None:
    return None if units < 0 else to_plain(units, RATE_DECIMALS)


def _financed(batch: Loans, beside: Sequence[Stage], rounding: Rounding) -> int:
    """What fees add to the balance at the start."""
    screen, total = Screen(1), 0
    multiple = rounding.multiple("fee", int(batch.decimals[0]))
    for part in beside:
        if part.levy is None or not part.levy.financed:
            continue
        if part.amount is not None:
            total += int(screen.money("fee.amount", resolve(batch, part.amount), batch.decimals)[0])
        else:
            share = screen.rate("fee.share", resolve(batch, part.levy.share))
            exact = Fraction(int(batch.balance[0]) * int(share[0]), 10**RATE_DECIMALS)
            total += _rounded(exact, rounding.fee, multiple)
    for failure in screen.failures():
        raise failure.error()
    return total


def _pieces(opening: Sequence[int], runs: Sequence[_Run], periods: _Periods) -> Iterator[list[Fraction]]:
    """The exact interest of each row, piece by piece between what moves in it."""
    t = 0
    for run in runs:
        at_start = opening[t]
        for owed in opening[t : t + run.length]:
            base, balance = at_start if run.on_start and owed > 0 else owed, owed
            rest, pieces = periods.factors[t], []
            for amount, after in periods.moves[t]:
                moved = max(amount, -balance)  # at most what is owed is prepaid
                pieces.append(base * (rest - after))
                base, balance, at_start, rest = base + moved, balance + moved, at_start + moved, after
            yield [*pieces, base * rest]
            t += 1


def _accrual(
    rows: Rows, opening: Ints, runs: Sequence[_Run], periods: _Periods, rounding: Rounding
) -> Finding:
    c = rows.columns
    mode, multiple = rounding.interest, rounding.multiple("interest", int(rows.decimals[0]))
    exact = _pieces(opening.tolist(), runs, periods)
    if rounding.interest_per != "piece":
        exact = ([sum(pieces, Fraction(0))] for pieces in exact)
    expected: list[int] = [sum(_rounded(piece, mode, multiple) for piece in pieces) for pieces in exact]
    begin = 0
    for run in runs:
        end = begin + run.length
        if run.added_on:
            whole = int(opening[begin]) * sum(periods.factors[begin:end], Fraction(0))
            each, last = _added_on(whole, run.length, mode, multiple)
            once = [each] * (run.length - 1) + [last]
            owing = (opening[begin:end] > 0).tolist()
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
