"""From loans and plans to the kernel's work: rows grouped by convention, lengths and factors as integers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from repayplan.basics.calendars import coverage
from repayplan.basics.columns import RATE_DECIMALS, Screen, money_of
from repayplan.basics.dates import DAYS_OF, FREQUENCIES, PERIOD_MONTHS_DEN, PERIOD_MONTHS_NUM, Days
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import MAX_DECIMALS, MAX_TOTAL, as_text
from repayplan.basics.outcome import (
    Bools,
    Failures,
    Ints,
    alike,
    all_of,
    any_of,
    brief,
    largest,
    pick,
    repeated,
    span,
)
from repayplan.kernel.amortise import rows_until_paid
from repayplan.kernel.exact import shared_by
from repayplan.kernel.proof import bound
from repayplan.kernel.work import MAX_PERIODS, Bound, Pays, Work, rows_of
from repayplan.plans.arguments import REST
from repayplan.plans.arrears import Repaid, read_arrears
from repayplan.plans.aside import asked_aside, put_aside
from repayplan.plans.changing import rate_pieces, rating
from repayplan.plans.column import Column, as_rate
from repayplan.plans.course import course, patterned
from repayplan.plans.ends import ended, read_ends
from repayplan.plans.factors import Counted, Rest, TooFineError, factors, rate_changes, rates
from repayplan.plans.fees import Fee, financed, most, read_fees
from repayplan.plans.loan import Loans
from repayplan.plans.moves import NAT, On, asked, moves, rows_written
from repayplan.plans.stage import Plan, Stage
from repayplan.plans.timeline import first_fault

GROUP = 262_144
"""Loans laid out at once."""
BEYOND = np.timedelta64(62, "D")
"""No due date is moved that far to a business day."""
_MOST_MONTHS = -(-PERIOD_MONTHS_NUM // PERIOD_MONTHS_DEN)
LAST_DATE = np.datetime64("9999-12-31")
"""No due date lies beyond."""
_LAST_DAY = int(LAST_DATE.astype(np.int64))
CELLS = 4_000_000
"""Cells of a table of uneven periods that may be laid out at once."""


@dataclass(frozen=True, slots=True)
class Laid:
    """One piece of work: which of the caller's rows, their plan, and the days that are counted.

    ``unit`` days are one counted unit; where periods differ, ``days`` are theirs.
    ``sound`` are so many due dates of a payment until paid off, from the first on; None: all that may be.
    ``dues`` are the due dates by period and calendar (days since 1970), None where they aren't known yet.
    ``moved_on`` says when each of the work's moves moves.
    ``arrears`` says how what is owed beside the balance is repaid, where not with the first payment.
    ``aside`` is principal that isn't in the work, because it bears no interest; the last row repays it.
    """

    rows: Ints
    plan: Plan
    work: Work
    unit: int
    days: Counted | None
    fees: tuple[Fee, ...] = ()
    merges: Ints | None = None
    moved_on: tuple[On, ...] = ()
    dues: npt.NDArray[np.int32] | None = None
    sound: Ints | None = None
    aside: Ints | None = None
    arrears: tuple[Repaid, ...] = ()

    def take(self, keep: Ints) -> Laid:
        """The same for some of the loans."""
        fees = tuple(fee.take(keep) for fee in self.fees)
        merges = None if self.merges is None else self.merges[:, keep]
        return replace(
            self,
            rows=self.rows[keep],
            work=self.work.take(keep),
            days=None if self.days is None else self.days.take(keep),
            fees=fees,
            merges=merges,
            moved_on=tuple(on.take(keep) for on in self.moved_on),
            sound=None if self.sound is None else self.sound[keep],
            aside=None if self.aside is None else self.aside[keep],
            arrears=tuple(each.take(keep) for each in self.arrears),
        )

    def exchanged(self, keep: Ints, rows: Ints, opening: Ints, rate: tuple[Ints, Ints] | None) -> Laid | None:
        """The same of some of the loans, perhaps several times, that owe other balances at other rates.

        Parameters
        ----------
        rows
            Their numbers from now on.
        opening
            int64 minor units; no more than they owed.
        rate
            int64 annual rates (1e-10) that the work was laid out for, all of them, and those of ``keep`` from
            now on; None: they stay.

        Returns
        -------
        None where more of the work than that follows from them.
        """
        work, one = self.work, 10**RATE_DECIMALS
        beside = self.fees or self.moved_on or self.arrears or (self.days is not None and rate is not None)
        if beside or self.merges is not None or self.aside is not None or work.resets is not None:
            return None
        changed: dict[str, Any] = {"opening": opening}
        if rate is not None:
            before, after = rate
            # Of a year there are as many units as before.
            num, den = rates(after)
            changed |= {"num": num, "den": work.den * shared_by(before, one) // one * den}
        sound = None if self.sound is None else self.sound[keep]
        return replace(self, rows=rows, work=work.taking(keep, **changed), days=None, dues=None, sound=sound)


def finest(loans: Loans) -> Loans:
    """Loans whose rounding is ``none`` restated at 8 decimals; the others as they are."""
    if not any(law.unrounded for law in loans.rounding):
        return loans
    free = np.array([law.unrounded for law in loans.rounding])[loans.rounding_index]
    if not any_of(free):
        return loans
    scale = np.where(free, 10 ** (MAX_DECIMALS - loans.decimals), 1)
    fields = ("principal", "overdue_principal", "overdue_interest", "penalty", "fees", "accrued_interest")
    screen = Screen(len(loans))
    screen.adopt(loans.failures)
    money = {}
    for name in (*fields, "instalment"):
        column = getattr(loans, name)
        fits = column <= 2**61 // scale
        given, most = (money_of(units, loans.decimals) for units in (column, 2**61 // scale))
        screen.fault(~fits, Code.BEYOND_DOMAIN, name, given, most)
        money[name] = np.where(fits, column, 0) * scale
    decimals = np.where(free, MAX_DECIMALS, loans.decimals)
    return loans.replace(
        **money, decimals=decimals, finer=loans.finer * scale, good=screen.good, failures=screen.failures()
    )


def parameters(loans: Loans, plan: Plan, rows: Ints, screen: Screen) -> tuple[Ints, Ints, Ints, Ints]:
    """Lengths, given amounts, balloons and own rates of a plan's stages for all loans, (stages, loans).

    Only ``rows`` are looked at; others hold zeros. Faults go to ``screen``.
    """
    size = len(loans)
    inner = Screen(size, rows)
    shape = (len(plan.stages), size)
    lengths, none = np.zeros(shape, np.int64), repeated(-1, *shape)
    paid = any(stage.amount is not None or stage.name == "fixed_payment" for stage in plan.stages)
    amounts = none.copy() if paid else none
    balloons = none.copy() if any(_leaves(stage) for stage in plan.stages) else none
    rates = none.copy() if any(stage.rate is not None for stage in plan.stages) else none
    for s, stage in enumerate(plan.stages):
        if stage.rate is not None:
            given, name = resolve(loans, stage.rate), f"{stage.name}.rate"
            rates[s] = inner.rate(name, as_rate(name, stage.rate, given))
        last = s == len(plan.stages) - 1
        if stage.name == "fixed_payment":
            given = resolve(loans, stage.amount)
            amounts[s] = inner.money("fixed_payment.amount", given, loans.decimals, minimum=1)
            continue
        if stage.until is not None:
            lengths[s] = _rows_until(loans, stage, lengths[:s].sum(axis=0), inner)
            continue
        least = 1 if last else 0
        lengths[s] = inner.count(f"{stage.name}.n", resolve(loans, stage.length), least, MAX_PERIODS)
        if stage.amount is not None:
            given = resolve(loans, stage.amount)
            what = "principal" if stage.name == "equal_principal" else "instalment"
            amounts[s] = inner.money(f"{stage.name}.{what}", given, loans.decimals, minimum=1)
        if _leaves(stage):
            given = resolve(loans, stage.balloon)
            balloons[s] = inner.money(f"{stage.name}.balloon", given, loans.decimals)
    total = rows_of(lengths)
    inner.fault(total > MAX_PERIODS, Code.OUT_OF_RANGE, "plan", total, f"1 to {MAX_PERIODS}")
    screen.adopt(inner.failures())
    return lengths, amounts, balloons, rates


def _rows_until(loans: Loans, stage: Stage, begin: Ints, screen: Screen) -> Ints:
    """How many rows of a stage that begins with row ``begin`` fall due up to its date."""
    field = f"{stage.name}.until"
    until = screen.date(field, resolve(loans, stage.until), default=NAT)
    ends = ~np.isnat(until) & screen.good
    count = np.where(ends, loans.due_by(np.where(ends, until, loans.next_due)) - begin, 0)
    screen.fault(count > MAX_PERIODS, Code.OUT_OF_RANGE, field, until, f"at most {MAX_PERIODS} periods ahead")
    return np.clip(count, 0, MAX_PERIODS)


def _leaves(stage: Stage) -> bool:
    """Whether a solved stage leaves a balloon of a given size."""
    return stage.balloon is not None and not (isinstance(stage.balloon, str) and stage.balloon == REST)


def resolve(loans: Loans, value: Any) -> Any:
    """A parameter of a stage as it is given for these loans: that of a column, or itself."""
    if isinstance(value, Column):
        try:
            return loans.column(value.name)
        except KeyError as error:
            raise InputError(Code.UNKNOWN_VALUE, "col", value.name, str(error.args[0])) from None
    return loans.restated(value)


def aside_of(loans: Loans, plan: Plan) -> Ints:
    """int64 of all loans; what the plan puts aside of good ones, at their finest unit, whatever they owe."""
    rows = np.flatnonzero(loans.good)
    return asked_aside(loans, rows, plan, lambda value: resolve(loans, value), Screen(len(loans)))


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
        mine = ((template == index) & screen.good).nonzero()[0]
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
            _fault(screen, group[dated], Code.UNKNOWN_VALUE, "last_due", ends, "None (fixed_payment)")
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
            yield from _within(loans, laid, screen, longest)


def _within(loans: Loans, laid: Laid, screen: Screen, longest: Ints | None) -> Iterator[Laid]:
    """The work without the loans that leave the domain."""
    decimals = int(loans.decimals[laid.rows[0]]) if len(laid.rows) else 0
    if laid.plan.stages[-1].name == "fixed_payment":
        laid = _until_paid(loans, laid, screen, decimals)
    work = laid.work if longest is None else _stretched(laid.work, longest[laid.rows])
    limits = bound(work)
    total = within(limits, laid)
    inside = total + loans.beside[span(laid.rows)] < MAX_TOTAL
    if not all_of(inside):
        total = total + loans.beside[span(laid.rows)]
        _fault_of_size(screen, laid.rows[~inside], total[~inside], decimals)
        laid = laid.take(np.flatnonzero(inside))
    if laid.work.moves or laid.work.floors is not None or laid.merges is not None:
        laid = replace(laid, work=ended(laid.work, laid.merges))
    if longest is None:
        laid = _within_dates(loans, laid, screen)
    if len(laid.rows):
        yield laid


def within(limits: Bound, laid: Laid) -> npt.NDArray[np.float64]:
    """What all that is paid under a plan can't exceed, without what the loans owe beside their balance."""
    total, balance = limits.total, limits.balance
    if laid.aside is not None:
        total, balance = total + laid.aside, balance + laid.aside
    return total + most(laid.fees, balance, laid.work.term) if laid.fees else total


def _within_dates(loans: Loans, laid: Laid, screen: Screen) -> Laid:
    """The work without the loans whose last due date has no year that is written in four digits."""
    if not len(laid.rows):
        return laid
    rows = span(laid.rows)
    months = largest(laid.work.term) * largest(_MOST_MONTHS[brief(loans.frequency[rows])])
    if largest(loans.next_due[rows].view(np.int64)) + 31 * (months + 2) < _LAST_DAY:
        return laid
    last = laid.work.term - 1
    due = loans.due(laid.rows, last, np.ones(len(last), np.bool_))
    late = due > LAST_DATE
    if late.any():
        shown = due[late].astype(np.str_)
        _fault(screen, laid.rows[late], Code.OUT_OF_RANGE, "plan", shown, f"until {LAST_DATE}")
        laid = laid.take(np.flatnonzero(~late))
    return laid


def _stretched(work: Work, longest: Ints) -> Work:
    lengths = work.lengths.copy()
    lengths[-1] = np.maximum(longest - lengths[:-1].sum(axis=0), 1)
    return replace(work, lengths=lengths)


def _fault(
    screen: Screen, rows: Ints, code: Code, field: str, value: npt.ArrayLike, limit: npt.ArrayLike = ""
) -> None:
    """Value and limit: for all of the rows, or one each."""
    screen.adopt(Failures.at(rows, code, field, value, limit))


def _fault_of_size(screen: Screen, rows: Ints, total: npt.NDArray[np.float64], decimals: int) -> None:
    shown, most = np.char.mod("%.4g", total / 10**decimals), as_text(MAX_TOTAL, decimals)
    _fault(screen, rows, Code.BEYOND_DOMAIN, "principal", shown, most)


def _until_paid(loans: Loans, laid: Laid, screen: Screen, decimals: int) -> Laid:
    """Fills in how many rows a payment until paid off needs."""
    work = laid.work
    total = bound(work).total
    safe = total < MAX_TOTAL
    if not safe.all():
        _fault_of_size(screen, laid.rows[~safe], total[~safe], decimals)
        laid = laid.take(np.flatnonzero(safe))
        work = laid.work
    if work.moves:
        every = work.lengths.copy()
        every[-1] = (MAX_PERIODS if laid.sound is None else laid.sound) - work.term
        written = rows_written(replace(work, lengths=every))
        count = np.where(written > 0, np.maximum(written - work.term, 1), 0)
    else:
        count = rows_until_paid(work)
    never, late = count == 0, np.zeros(len(count), np.bool_)
    if laid.sound is not None:  # what would come after the last of its due dates isn't known
        late = np.where(never, MAX_PERIODS, work.term + count) > laid.sound
        _fault_of_dates(loans, laid.rows[late], laid.sound[late] + 1, screen)
        never &= ~late
    if never.any():
        paid, most = as_text(work.amounts[-1][never], decimals), str(MAX_PERIODS)
        _fault(screen, laid.rows[never], Code.NEVER_PAID_OFF, "fixed_payment.amount", paid, most)
    lengths = work.lengths.copy()
    lengths[-1] = count
    keep = np.flatnonzero(~(never | late))
    return replace(laid, work=replace(work, lengths=lengths)).take(keep)


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
        _fault(screen, rows, error.code, field, str(error.value), str(error.limit or ""))
        return
    except TooFineError as error:
        if len(rows) == 1:
            _fault(screen, rows, Code.BEYOND_DOMAIN, "annual_rate", error.value, error.limit)
            return
        for half in np.array_split(np.arange(len(rows)), 2):
            part = (lengths[:, half], amounts[:, half], balloons[:, half], own_rates[:, half])
            yield from _work(loans, plan, rows[half], part, term[half], screen)
        return
    at = span(rows)
    lent = loans.principal[at] + loans.overdue_principal[at]
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
        _fault_of_dates(loans, rows[bad], needed[bad], screen)
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


def _fault_of_dates(loans: Loans, who: Ints, term: Ints, screen: Screen) -> None:
    """Faults of loans whose due dates aren't covered, or don't follow each other, with these dates."""
    if not len(who):
        return
    period, day, before, gone = first_fault(loans, who, term)
    law, ended = loans.due_index[who], np.isnat(day)
    listed = np.array([f"{r.given[0]} to {r.given[-1]}" if r.given else "" for r in loans.due_dates])[law]
    covered = np.where(ended, listed, np.array([coverage(r.calendar) for r in loans.due_dates])[law])
    shown = np.where(ended, np.char.add("#", (period + 1).astype(np.str_)), day.astype(np.str_))
    _fault(screen, who[gone], Code.BEYOND_CALENDAR, "due_dates", shown[gone], covered[gone])
    later = np.char.add("> ", before.astype(np.str_))
    last = loans.last_due[who] == day
    for field, mine in (("last_due", ~gone & last), ("due_dates", ~gone & ~last)):
        _fault(screen, who[mine], Code.DATES_OUT_OF_ORDER, field, day[mine], later[mine])


def first_paying(work: Work) -> Ints:
    """int64; the period of each loan's first row in which anything is paid."""
    if work.course is not None:
        return np.asarray(paying(work).argmax(axis=0), np.int64)
    begins = np.cumsum(work.lengths, axis=0) - work.lengths
    first = work.term - 1
    for s, rule in enumerate(work.rules):
        if rule.pays:
            first = np.where(work.lengths[s] > 0, np.minimum(first, begins[s]), first)
    return first


def paying(work: Work) -> Bools:
    """Bool (periods, loans); rows in which anything is paid, where single rows may do as they will."""
    t, begins = np.arange(int(work.term.max()))[:, None], np.cumsum(work.lengths, axis=0) - work.lengths
    out = np.zeros((len(t), len(work.term)), np.bool_)
    for s, rule in enumerate(work.rules):
        inside = (t >= begins[s]) & (t < begins[s] + work.lengths[s])
        pays = np.full(out.shape, rule.pays)
        if work.course is not None:
            kind, waits = work.course.pays[: len(t)], work.course.waits[: len(t)]
            nothing = (
                (kind == Pays.NOTHING)
                | (work.course.given[: len(t)] == 0)
                | (waits & ((kind == Pays.INTEREST) | (not rule.amortises)))
            )
            pays[: len(kind)] &= ~nothing
        out |= inside & pays
    return np.asarray((out & (t < work.term)) | (t == work.term - 1), np.bool_)


def pays_at(work: Work, order: Ints, t: Ints) -> Bools:
    """Whether anything is paid in rows: of loan ``order`` in period ``t``."""
    if work.course is not None:
        return np.asarray(paying(work)[t, order], np.bool_)
    final = t == work.term[order] - 1
    stage = (t >= np.cumsum(work.lengths, axis=0)[:, order]).sum(axis=0)
    pays = np.array([rule.pays for rule in work.rules])
    return np.asarray(final | pays[np.where(final, 0, stage)], np.bool_)


def payment_number(work: Work, order: Ints, t: Ints) -> tuple[Ints, Ints]:
    """How many rows before these pay anything, of loan ``order`` in period ``t``; and how many do in all."""
    if work.course is not None:
        every = paying(work)
        before = every.cumsum(axis=0) - every
        return np.asarray(before[t, order], np.int64), every.sum(axis=0)[order]
    begins, last = np.cumsum(work.lengths, axis=0) - work.lengths, work.term - 1
    number, count = np.zeros(len(order), np.int64), np.ones(len(last), np.int64)  # the last row always pays
    for begin, length, rule in zip(begins, work.lengths, work.rules, strict=True):
        if rule.pays:
            number += np.clip(t - begin[order], 0, length[order])
            count += np.clip(last - begin, 0, length)
    return number, count[order]
