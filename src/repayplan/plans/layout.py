"""From loans and plans to the kernel's work: rows grouped by convention, lengths and factors as integers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from repayplan.basics.columns import Screen
from repayplan.basics.dates import DAYS_OF, FREQUENCIES, Days
from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import (
    Ints,
    added,
    alike,
    all_of,
    any_of,
    brief,
    largest,
    pick,
    places,
    repeated,
    span,
)
from repayplan.kernel.rules import MAX_PERIODS
from repayplan.kernel.work import Work, rows_of
from repayplan.plans.arrears import read_arrears
from repayplan.plans.aside import put_aside
from repayplan.plans.changing import rate_pieces, rating
from repayplan.plans.course import course, patterned
from repayplan.plans.domain import add_fault, fault_of_dates, only_within
from repayplan.plans.ends import read_ends
from repayplan.plans.factors import factors, rate_changes
from repayplan.plans.fees import financed, read_fees
from repayplan.plans.laid import Laid
from repayplan.plans.loan import Loans
from repayplan.plans.moves import On, asked, moves
from repayplan.plans.parameters import parameters, resolve
from repayplan.plans.periodcounts import Rest, TooFineError
from repayplan.plans.stage import Plan

GROUP = 262_144
"""Loans laid out at once."""
BEYOND = np.timedelta64(62, "D")
"""No due date is moved that far to a business day."""
CELLS = 4_000_000
"""Cells of a table of uneven periods that may be laid out at once."""


def lay_out(
    loans: Loans,
    plans: Sequence[Plan],
    template: Ints,
    screen: Screen,
    *,
    longest: Ints | None = None,
) -> Iterator[Laid]:
    """The kernel's work for all good rows, grouped by template and conventions.

    Parameters
    ----------
    loans
        The batch, already at its finest unit (:func:`finest`).
    plans, template
        The templates, and which of them each loan has.
    screen
        Faults of rows that can't be laid out go here.
    longest
        Periods to prepare for each loan where the plan's own length may still change.
    """
    keys = _conventions(loans)
    for index, plan in enumerate(plans):
        mine = places((template == index) & screen.good)
        if not len(mine):
            continue
        given = parameters(loans, plan, mine, screen)
        good = screen.good[span(mine)]
        mine = mine if all_of(good) else mine[good]
        for group in _groups(mine, pick(keys, span(mine))) if len(mine) else ():
            yield from _cut(loans, plan, group, given, screen, longest)


def _groups(rows: Ints, keys: Ints) -> list[Ints]:
    """The rows of each key."""
    if all_of(keys == keys[:1]):
        return [rows]
    first, of = alike(keys)
    return [rows[of == k] for k in range(len(first))]


def _conventions(loans: Loans) -> Ints:
    """A number for each loan, the same for loans that can be laid out together."""
    keys = np.zeros(1, np.int64)
    if len(loans) == 1:
        return keys
    if len(loans.rounding) > 1:
        keys = brief(loans.rounding_index)
    if len(loans.day_counts) > 1:
        keys = keys * len(loans.day_counts) + brief(loans.day_count)
    if any_of(loans.decimals != loans.decimals[:1]):
        keys = keys * 16 + loans.decimals
    if any_of(loans.frequency != loans.frequency[:1]):
        days = DAYS_OF[loans.frequency]
        keys = keys * 4 + np.where(days == 0, 0, np.where(days % 7 == 0, 1, 2))
        # Where the grid of due dates is looked at, it has one frequency.
        on_grid = np.array([count.on_grid for count in loans.day_counts])[loans.day_count]
        keys = keys * len(FREQUENCIES) + np.where(on_grid, loans.frequency, 0)
    if loans.rate_paths:
        keys = 2 * keys + (loans.rate_index >= 0)
    return repeated(int(keys[0]), len(loans)) if len(keys) == 1 else keys


def _cut(
    loans: Loans,
    plan: Plan,
    group: Ints,
    given: tuple[Ints, Ints, Ints, Ints],
    screen: Screen,
    longest: Ints | None,
) -> Iterator[Laid]:
    """One group in pieces that fit in memory, without the loans that leave the domain."""
    until = plan.stages[-1].name == "fixed_payment"
    if until:
        dated = ~np.isnat(loans.last_due[group])
        if dated.any():  # it ends where it has paid everything
            ends = loans.last_due[group[dated]]
            add_fault(screen, group[dated], Code.UNKNOWN_VALUE, "last_due", ends, "None (fixed_payment)")
            group = group[~dated]
    if not len(group):
        return
    at = span(group)  # a view where all loans are alike
    lengths, amounts, balloons, rates = (pick(column, at) for column in given)
    term = rows_of(lengths) if longest is None else longest[group]
    if until:  # as many as have a due date, with a payment at least
        term = np.maximum(loans.most_rows(group, MAX_PERIODS), term + 1)
    step, most = GROUP, max(1, CELLS // largest(term))
    changes = rate_changes(loans, plan, group)
    uneven = changes or loans.day_counts[int(loans.day_count[group[0]])].year is not None
    if plan.beside or patterned(plan) or any(stage.rate is not None for stage in plan.stages):
        step = most
    elif uneven and len(group) > most:
        # A table has a column for all loans of the same dates and rates, or due dates where rates stay.
        apart, _ = alike(loans.dating[group], *(rating(loans, group) if changes else []))
        if not changes:
            apart, _ = alike(*loans.due_columns(group[apart]))
        step = GROUP if len(apart) <= most else most
    step = -(-len(group) // -(-len(group) // min(step, GROUP)))  # pieces of about one size
    for start in range(0, len(group), step):
        piece = slice(start, start + step)
        own = (lengths[:, piece], amounts[:, piece], balloons[:, piece], rates[:, piece])
        for laid in _work(loans, plan, group[piece], own, term[piece], screen):
            yield from only_within(loans, laid, screen, longest)


def _work(
    loans: Loans,
    plan: Plan,
    rows: Ints,
    given: tuple[Ints, Ints, Ints, Ints],
    term: Ints,
    screen: Screen,
) -> Iterator[Laid]:
    """The work of loans that share a plan and conventions; ``given``: see :func:`parameters`.

    Loans that have no common denominator are taken apart.
    """
    rounding = loans.rounding[int(loans.rounding_index[rows[0]])]
    decimals = int(loans.decimals[rows[0]])
    lengths, amounts, balloons, own_rates = given
    try:
        interest_multiple = rounding.multiple("interest", decimals)
        instalment_multiple = rounding.multiple("instalment", decimals)
        aside = put_aside(loans, rows, plan, lambda value: resolve(loans, value), screen)
        owed = read_arrears(loans, rows, plan, lambda value: resolve(loans, value), screen)
        every = asked(loans, rows, plan, lambda value: resolve(loans, value), screen)
        fees = read_fees(loans, rows, plan, lambda value: resolve(loans, value), rounding, screen)
        floors, merges = read_ends(loans, rows, plan, lambda value: resolve(loans, value), screen)
        cuts = _cuts(loans, rows, term) if rounding.interest_per == "piece" else []
        dates = [(each.on[rows], each.draws) for each in every] + [(day, True) for day in cuts]
        found = factors(loans, plan, rows, lengths, own_rates, term, dates)
    except InputError as error:
        # What the grid of due dates can't say is a matter of the day count that looks at it.
        field = "day_count" if error.field.startswith("grid") else error.field
        add_fault(screen, rows, error.code, field, str(error.value), str(error.limit or ""))
        return
    except TooFineError as error:
        if len(rows) == 1:
            add_fault(screen, rows, Code.BEYOND_DOMAIN, "annual_rate", error.value, error.limit)
            return
        for half in np.array_split(np.arange(len(rows)), 2):
            part = (lengths[:, half], amounts[:, half], balloons[:, half], own_rates[:, half])
            yield from _work(loans, plan, rows[half], part, term[half], screen)
        return
    at = span(rows)
    lent = added(pick(loans.principal, at), pick(loans.overdue_principal, at))
    work = Work(
        rules=tuple(stage.rule for stage in plan.stages),
        lengths=lengths,
        amounts=amounts,
        balloons=balloons,
        opening=financed(fees, lent if aside is None else lent - aside),
        num=found.num,
        den=found.den,
        first=found.first,
        regular=found.regular,
        later=found.later,
        calendar=found.calendar,
        interest_mode=rounding.interest,
        interest_multiple=interest_multiple,
        instalment_mode=rounding.instalment,
        instalment_multiple=instalment_multiple,
        resets=found.resets,
        floors=floors,
    )
    if patterned(plan):
        single = course(loans, rows, plan, lengths, lambda value: resolve(loans, value), screen)
        work = replace(work, course=single)
    when: tuple[On, ...] = ()
    if dates:
        moved = (
            *found.moved[: len(every)],
            *_at_the_loan_s_rate(found.moved[len(every) :], lengths, own_rates),
        )
        made, when = moves(every, rows, moved, term, screen, cuts)
        work = replace(work, moves=made, by_piece=rounding.interest_per == "piece")
    dues = None
    shifts = any(law.shifts for law in loans.due_dates)
    # Of loans that share few dates; where nearly each has its own they aren't worth keeping.
    if found.line is not None and not shifts and found.line.ends.size <= 2 * int(term.sum()):
        dues = found.line.ends.view(np.int64).astype(np.int32)
    until = plan.stages[-1].name == "fixed_payment"
    sound = found.line.sound if until and found.line is not None else None
    laid = Laid(rows, plan, work, found.unit, found.days, fees, merges, when, dues, sound, aside, owed)
    read = bool(fees or owed) or any(given is not None for given in (floors, merges, aside))
    if found.line is None and work.course is None and not read:
        yield laid
        return
    screen.adopt(found.failures.moved(rows))
    if found.line is not None:
        needed = rows_of(lengths) + 1 if until else term  # where all is paid it ends, maybe in its first row
        bad = (found.line.sound < needed).nonzero()[0]
        fault_of_dates(loans, rows[bad], needed[bad], screen)
    good = screen.good[rows]
    yield laid if all_of(good) else laid.take(np.flatnonzero(good))


def _cuts(loans: Loans, rows: Ints, term: Ints) -> list[Days]:
    """Days on which a new piece of interest begins because the rate changes, one a loan each."""
    if not (loans.rate_index[rows] >= 0).any():
        return []
    # Up to the last due date, wherever that is moved to: what comes after it is nobody's piece.
    begin, ends = loans.start[rows], loans.unshifted(rows, term - 1)
    ends = np.where(np.isnat(loans.last_due[rows]), ends, loans.last_due[rows])
    after = np.asarray(np.where(ends > begin, ends, begin) + BEYOND, "datetime64[D]")
    found = rate_pieces(loans, rows, begin, after).cuts
    return list(found)


def _at_the_loan_s_rate(cuts: Sequence[Rest], lengths: Ints, own_rates: Ints) -> Iterator[Rest]:
    """The cuts, but for those in a stage with a rate of its own: that one doesn't change."""
    ends, every = np.cumsum(lengths, axis=0)[:-1], np.arange(lengths.shape[1])
    for cut in cuts:
        stage = (cut.period >= ends).sum(axis=0)
        yield cut._replace(period=np.where(own_rates[stage, every] < 0, cut.period, -1))
