"""Concessions in order, each to the least degree that makes every payment of a plan affordable."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from itertools import product

import numpy as np

from repayplan.basics.columns import RATE_DECIMALS, Screen, money_of
from repayplan.basics.dates import whole_periods
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import MAX_UNITS
from repayplan.basics.outcome import Bools, Ints, any_of, span
from repayplan.kernel.accrue import divide_product
from repayplan.offers.amortisation import Amortisation
from repayplan.offers.arrears import JOINED, joined_columns
from repayplan.offers.concession import PROPERTY_VALUE, Concession, Step
from repayplan.offers.pauses import Pause
from repayplan.offers.policy import Policy
from repayplan.offers.room import Room
from repayplan.offers.trying import NONE, Figure, Plans
from repayplan.plans.beside import HolidayInterest
from repayplan.plans.loan import Loans

NONE_NEEDED = -1
UNKNOWN = -1
"""In place of a property's value."""
ANY_DEGREE = 2**62
"""No step has as many degrees."""


@dataclass(frozen=True, slots=True, eq=False)
class Granted:
    """What is granted to loans, and how long their plans are.

    Attributes
    ----------
    length
        int64 rows of the plan, those of pauses too; 0 where nothing that the steps can do makes one
        affordable.
    degree
        int64 (steps, loans): instalments more than without concession, steps of the rate, multiples of an
        amount, or periods put off.
    last
        int64; the number of the last step that is used, the one that was enough; -1 where none was needed,
        and of all steps where none did.
    method
        int64; the number of the plan's method.
    held_back
        bool; a step that lowers payments, before the last, stays below its most, as more wouldn't serve.
    broken
        bool; the longest plan leaves the domain.
    """

    length: Ints
    degree: Ints
    last: Ints
    method: Ints
    held_back: Bools
    broken: Bools

    def put(self, rows: Ints, other: Granted) -> None:
        """Takes over what another, of these rows alone, grants to them."""
        at = span(rows)
        for name in ("length", "last", "method", "held_back", "broken"):
            getattr(self, name)[at] = getattr(other, name)
        self.degree[:, at] = other.degree

    @classmethod
    def nothing(cls, steps: int, loans: int) -> Granted:
        """Of loans that aren't looked at yet."""
        length, method = (np.zeros(loans, np.int64) for _ in range(2))
        held, broken = (np.zeros(loans, np.bool_) for _ in range(2))
        return cls(length, np.zeros((steps, loans), np.int64), np.full(loans, steps), method, held, broken)

    def take(self, rows: Ints) -> Granted:
        """To some of the loans."""
        columns = {each.name: getattr(self, each.name)[..., rows] for each in fields(self)}
        return Granted(**columns)

    def less_than(self, other: Granted) -> Bools:
        """Where less is granted than by another, as steps in order count.

        By how far down the last step lies that is used, then by its degree, then by those of the others.
        """
        out, same = np.zeros(len(self.last), np.bool_), np.ones(len(self.last), np.bool_)
        for mine, theirs in ((self.last, other.last), (self._of_last, other._of_last)):
            out, same = out | (same & (mine < theirs)), same & (mine == theirs)
        for mine, theirs in zip(self.degree, other.degree, strict=True):
            out, same = out | (same & (mine < theirs)), same & (mine == theirs)
        return out

    @property
    def _of_last(self) -> Ints:
        """The degree of the last step that is used; 0 where there is none."""
        used = np.flatnonzero((self.last >= 0) & (self.last < len(self.degree)))
        out = np.zeros(len(self.last), np.int64)
        out[used] = self.degree[self.last[used], used]
        return out


@dataclass(frozen=True, slots=True)
class _Lowering:
    """A step that changes a figure of the loan: how far it may go, and the loans changed so far."""

    top: Callable[[Concession, Loans], Ints]
    changed: Callable[[Concession, Loans, Ints], Loans]
    low: int


def _cuts(step: Concession, loans: Loans) -> Ints:
    by, floor = _rate_units(step)
    cuts = -(-np.maximum(loans.annual_rate - floor, 0) // by)
    return np.where(loans.rate_index >= 0, 0, cuts)  # a fixed rate may be no cut of one that changes


def _cut(step: Concession, loans: Loans, degree: Ints) -> Loans:
    by, floor = _rate_units(step)
    rate = np.maximum(loans.annual_rate - degree * by, np.minimum(floor, loans.annual_rate))
    return loans.replace(annual_rate=np.where(degree > 0, rate, loans.annual_rate))


def _rate_units(step: Concession) -> tuple[int, int]:
    by, floor = (int(Fraction(figure or 0) * 10**RATE_DECIMALS) for figure in (step.by, step.floor))
    return by, floor


def _multiple(step: Concession, loans: Loans) -> Ints:
    """Minor units of one degree: a multiple that isn't whole minor units is rounded up to them."""
    if step.multiple is None:
        return np.ones(len(loans), np.int64)
    exact = [Fraction(step.multiple) * 10**d for d in range(int(loans.decimals.max(initial=0)) + 1)]
    return np.array([min(-(-e.numerator // e.denominator), 2**61) for e in exact])[loans.decimals]


def cap(step: Concession, loans: Loans) -> Ints:
    """The most that is forborne, forgiven or waived, minor units: something must be left to repay."""
    percent, balance = int(Fraction(step.percent or 0) * 10**4), loans.balance
    of = balance if step.component is None else _component(step.component, loans)
    most, _ = divide_product(of, np.full(len(loans), percent), 10**6)
    if step.loan_to_value is not None:
        most = np.maximum(most, above_value(step, loans))
    if step.component is not None and JOINED.format(step.component) not in loans.extra:
        return most
    return np.minimum(most, np.maximum(balance - 1, 0))


def above_value(step: Concession, loans: Loans) -> Ints:
    """What of each balance is above so much of the property's value; 0 where that isn't known."""
    value, part = loans.extra[PROPERTY_VALUE], int(Fraction(step.loan_to_value or 0) * 10**4)
    kept, _ = divide_product(np.maximum(value, 0), np.full(len(loans), part), 10**6)
    return np.where(value == UNKNOWN, 0, np.maximum(loans.balance - kept, 0))


def looked_at(policy: Policy) -> tuple[str, ...]:
    """Columns of loans, read and arrears placed, that the policy's concessions look at."""
    return (*joined_columns(policy.joined), *((PROPERTY_VALUE,) if policy.looks_at_value else ()))


def read_values(policy: Policy, loans: Loans, finer: Ints, screen: Screen) -> dict[str, Ints]:
    """The columns that concessions look at, in units of which so many make a minor unit of the loans.

    Raises
    ------
    InputError
        The loans lack such a column.
    """
    if not policy.looks_at_value:
        return {}
    if PROPERTY_VALUE not in loans.extra:
        rule = f"the policy's concessions look at it: no column {PROPERTY_VALUE!r}"
        raise InputError(Code.MISSING, PROPERTY_VALUE, None, rule)
    given = loans.extra[PROPERTY_VALUE]
    value = screen.money(PROPERTY_VALUE, given, loans.decimals, default=0)
    most = MAX_UNITS // finer
    shown = (money_of(units, loans.decimals) for units in (value, most))
    screen.fault(value > most, Code.BEYOND_DOMAIN, PROPERTY_VALUE, *shown)
    return {PROPERTY_VALUE: np.where(screen.missing(given), UNKNOWN, np.minimum(value, most) * finer)}


def _component(name: str, loans: Loans) -> Ints:
    """What is owed of a component of the arrears, as a part of the balance or beside it."""
    joined = loans.extra.get(JOINED.format(name))
    return np.asarray(getattr(loans, name) if joined is None else joined, np.int64)


def _parts(step: Concession, loans: Loans) -> Ints:
    return -(-cap(step, loans) // _multiple(step, loans))


def amount_of(step: Concession, loans: Loans, degree: Ints) -> Ints:
    """int64 minor units that a step of this degree forbears, forgives or waives: multiples, or all it may."""
    return np.asarray(np.minimum(degree * _multiple(step, loans), cap(step, loans)), np.int64)


def of_balance(loans: Loans, kept: Ints) -> Loans:
    """The loans with this balance."""
    return loans.replace(principal=kept, overdue_principal=np.zeros_like(kept))


def _less(step: Concession, loans: Loans, degree: Ints) -> Loans:
    return of_balance(loans, loans.balance - amount_of(step, loans, degree))


def _aside(step: Concession, loans: Loans, degree: Ints) -> Loans:
    less = _less(step, loans, degree)
    return less.replace(set_aside=loans.set_aside + loans.balance - less.balance)


def _waive(step: Concession, loans: Loans, degree: Ints) -> Loans:
    name, amount = str(step.component), amount_of(step, loans, degree)
    left, column = _component(name, loans) - amount, JOINED.format(name)
    if column in loans.extra:
        return loans.replace(principal=loans.principal - amount, extra={**loans.extra, column: left})
    return loans.replace(**{name: left})


LOWERING = {
    "cut_rate": _Lowering(_cuts, _cut, 0),
    "forbear": _Lowering(_parts, _aside, 1),
    "forgive": _Lowering(_parts, _less, 1),
    "waive": _Lowering(_parts, _waive, 1),
}
"""Steps that change a figure of the loan, by name."""


@dataclass(frozen=True, slots=True)
class Way:
    """How many periods each step puts off, by its number."""

    taken: dict[int, int]
    pause: Pause


@dataclass(frozen=True, slots=True)
class Left:
    """Loans for which no plan is affordable yet, with all lowering steps so far as they are granted.

    ``length`` are the rows of their plans, of ``method``; ``rows`` their numbers in what is granted.
    """

    method: str
    loans: Loans
    rows: Ints
    length: Ints
    room: Room
    minimums: Amortisation

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, keep: Ints) -> Left:
        """Some of them, each once, in their order."""
        return self if len(keep) == len(self) else self.each(keep)

    def each(self, whose: Ints) -> Left:
        """Some of them, perhaps several times."""
        return replace(
            self,
            loans=self.loans.take(whose),
            rows=self.rows[whose],
            length=self.length[whose],
            room=self.room.take(whose),
        )

    def plans(self, pause: Pause) -> Plans:
        """Their plans after a pause, of those whose plan is longer than that."""
        tail = np.maximum(self.length - pause.rows, 1)
        payable = self.length > pause.rows
        room = self.room.delayed(pause.idle)
        return Plans(self.loans, self.method, tail, tail, room, payable, pause, self.minimums)

    def fits(self, pause: Pause) -> tuple[Bools, Ints]:
        """Whether every payment of these plans is within what can be paid, and which leave the domain."""
        plans = self.plans(pause)
        made = plans.candidates(self.loans, plans.longest, np.arange(len(self)))
        fits = made.fits(plans.longest, plans.later) & plans.payable
        return np.asarray(fits, np.bool_), made.failures.row


def may_put_off(loans: Loans, shifts: dict[int, Concession], taken: dict[int, int]) -> Bools:
    """For which loans the steps may put off so many periods, by number."""
    may = np.ones(len(loans), np.bool_)
    for number, periods in taken.items():
        may &= periods <= most_put_off(shifts[number], loans)
    return may


def ways_to_put_off(loans: Loans, shifts: dict[int, Concession]) -> list[Way]:
    """All ways to put payments off that any of the loans may have, fewest periods of the first step first."""
    counts = (range(int(most_put_off(step, loans).max(initial=0)) + 1) for step in shifts.values())
    out = []
    for periods in product(*counts):
        pause, taken = Pause(), dict(zip(shifts, periods, strict=True))
        for number, count in taken.items():
            interest = shifts[number].interest
            if interest is None:
                pause = replace(pause, only=count)
            else:
                pause = replace(pause, idle=count, interest=interest)
        out.append(Way(taken, pause))
    return out


def most_put_off(step: Concession, loans: Loans) -> Ints:
    """int64; the whole periods within the months that a step may put off."""
    return whole_periods(np.full(len(loans), step.months), loans.frequency)


def in_order(
    left: Left,
    steps: Sequence[Concession],
    longest: Ints,
    fixed: frozenset[int] = frozenset(),
    most: Granted | None = None,
) -> Granted:
    """What has to be granted to some loans, at least and in order, for an affordable plan of their method.

    Of a step that lowers payments, the least degree is looked for with all lowering steps before it at their
    most, and those that put payments off as serves it best; where several serve as well, the first of these
    puts off the fewest periods, then the second. One that puts payments off is itself tried with fewer
    periods first. What isn't enough at its most stays there if it lowers payments; if it puts them off, it
    goes back to nothing, to be taken up again where it serves a later step.

    Parameters
    ----------
    left
        The loans; ``length`` are the rows of the plan without any concession.
    steps
        In order.
    longest
        int64; the most rows that the limit allows.
    fixed
        Numbers of steps that are granted already, and stay as they are.
    most
        What of is only worth knowing whether something less is granted.

    Returns
    -------
    Of the loans of ``left`` alone.
    """
    left = replace(left, rows=np.arange(len(left)))
    out = Granted.nothing(len(steps), len(left))
    open_ = [number for number in range(len(steps)) if number not in fixed]
    if not open_ or steps[open_[0]].step != "extend":  # which looks at the shortest plan as well
        found, broken = left.fits(Pause())
        out.broken[left.rows[broken]] = True
        _keep(left, out, found, NONE_NEEDED, {})
        left = left.take(np.flatnonzero(~found))
    shifts: dict[int, Concession] = {}
    for number in open_:
        step, up_to = steps[number], None
        if most is not None:
            left = left.take(np.flatnonzero(most.last[left.rows] >= number))
            # As large a last step may still be less by the others; but not where these are all the same.
            alike = not (shifts or left.minimums.any)
            here = most.last[left.rows] == number
            up_to = np.where(here, most.degree[number, left.rows] - alike, ANY_DEGREE)
        if step.shifting:
            left = _put_off(left, out, number, {number: step, **shifts}, up_to)
            shifts[number] = step
        elif step.step == "extend":
            left = _extended(left, out, number, longest[left.rows], shifts, up_to, first=number == open_[0])
        else:
            left = _lowered(left, out, number, step, shifts, up_to)
    return out


def conceded(loans: Loans, steps: Sequence[Concession], degree: Ints) -> Loans:
    """The loans with the figures that concessions of these degrees give them."""
    for step, granted in zip(steps, degree, strict=True):
        if step.step in LOWERING and granted.any():
            loans = LOWERING[step.step].changed(step, loans, granted)
    return loans


def given_up(loans: Loans, steps: Sequence[Concession], degree: Ints) -> dict[Step, Ints]:
    """int64 minor units that concessions of these degrees (steps, loans) forbear and forgive."""
    out: dict[Step, Ints] = {}
    for step, granted in zip(steps, degree, strict=True):
        if step.step in ("forbear", "forgive"):
            out[step.step] = amount_of(step, loans, granted)
        loans = conceded(loans, (step,), granted[None])
    return out


def waived(loans: Loans, steps: Sequence[Concession], degree: Ints) -> tuple[Ints, Ints]:
    """int64 minor units that concessions of these degrees waive of what is capitalised, and of what isn't."""
    of_balance, beside = np.zeros(len(loans), np.int64), np.zeros(len(loans), np.int64)
    for step, granted in zip(steps, degree, strict=True):
        if step.component is not None:
            joined = JOINED.format(step.component) in loans.extra
            (of_balance if joined else beside)[:] += amount_of(step, loans, granted)
        loans = conceded(loans, (step,), granted[None])
    return of_balance, beside


def exhausted(loans: Loans, steps: Sequence[Concession]) -> Loans:
    """The loans with the figures that all steps at their most give them."""
    for step in steps:
        if step.step in LOWERING:
            kind = LOWERING[step.step]
            loans = kind.changed(step, loans, kind.top(step, loans))
    return loans


def put_off(steps: Sequence[Concession], degree: Ints) -> tuple[Ints, Ints, HolidayInterest]:
    """What concessions of these degrees (steps, loans) put before the instalments.

    Returns
    -------
    int64 rows without payment, int64 rows of interest only, and what becomes of the former's interest.
    """
    idle, only = (np.zeros(degree.shape[-1], np.int64) for _ in range(2))
    interest: HolidayInterest = "capitalise"
    for step, granted in zip(steps, degree, strict=True):
        if step.step == "holiday":
            idle, interest = granted, step.interest or interest
        elif step.step == "interest_only":
            only = granted
    return idle, only, interest


def _keep(left: Left, out: Granted, found: Bools, step: int, taken: dict[int, int]) -> None:
    """Keeps the plans that a step makes affordable for some of them, so many periods put off."""
    rows = left.rows[found]
    out.length[rows], out.last[rows] = left.length[found], step
    for number, periods in taken.items():
        out.degree[number, rows] = periods


def _put_off(
    left: Left, out: Granted, number: int, shifts: dict[int, Concession], up_to: Ints | None
) -> Left:
    """Puts payments off by a step, the first of ``shifts``, and by those that come before it."""
    may_by = np.full(len(out.last), ANY_DEGREE)
    if up_to is not None:
        may_by[left.rows] = up_to
    for way in ways_to_put_off(left.loans, shifts):
        if len(left) and way.taken[number] and way.pause.rows < left.length.max():
            found = may_put_off(left.loans, shifts, way.taken) & left.fits(way.pause)[0]
            found &= way.taken[number] <= may_by[left.rows]
            _keep(left, out, found, number, way.taken)
            left = left.take(np.flatnonzero(~found))
    return left


def _extended(
    left: Left,
    out: Granted,
    number: int,
    longest: Ints,
    shifts: dict[int, Concession],
    up_to: Ints | None,
    *,
    first: bool,
) -> Left:
    """The shortest of the longer plans, whatever is put off; else the longest.

    As the ``first`` of all steps it looks at the plan without any concession too.
    """
    begin, ways = left.length, ways_to_put_off(left.loans, shifts)
    shortest = begin if first else begin + 1
    end = longest if up_to is None else np.minimum(longest, begin + np.minimum(up_to, longest))
    length = _shortest(left, out, shortest, end, ways[0])
    chosen = np.zeros(len(left) if len(ways) > 1 else 1, np.int64)
    for index, way in enumerate(ways[1:], 1):
        may = may_put_off(left.loans, shifts, way.taken)
        most = np.where(may, np.where(length > 0, length - 1, end), 0)
        shorter = _shortest(left, out, shortest, most, way)
        length, chosen = np.where(shorter > 0, shorter, length), np.where(shorter > 0, index, chosen)
    found = length > 0
    length = np.where(found, length, _most_extended(left, begin, longest))
    more = length - begin
    out.degree[number, span(left.rows)] = more
    if first:
        none = left.rows[found & (more == 0)]
    left = _keep_all(replace(left, length=length), out, found, number, chosen, ways)
    if first:
        out.last[none] = NONE_NEEDED
    return left


def _most_extended(left: Left, begin: Ints, longest: Ints) -> Ints:
    """The longest plans within the limit that repay fast enough, no shorter than they are."""
    end = np.maximum(longest, begin)
    if not left.minimums.any:
        return end
    plans = Plans(left.loans, left.method, begin, end, left.room, left.rows >= 0, minimums=left.minimums)
    made = plans.candidates(left.loans, end, np.arange(len(left)))
    return made.slowest(begin, end)


def _shortest(left: Left, out: Granted, first: Ints, longest: Ints, way: Way) -> Ints:
    """Rows of each loan's shortest affordable plan, from so many to so many; 0 where there is none."""
    rows = way.pause.rows
    first = np.maximum(first, rows + 1) if rows else first
    some = np.flatnonzero(first <= longest)
    out_rows = np.zeros(len(left), np.int64)
    if not len(some):
        return out_rows
    at = span(some)
    here, begin, end = left.take(some), first[at], longest[at]
    room = here.room.delayed(way.pause.idle)
    plans = Plans(here.loans, left.method, begin, end, room, some >= 0, way.pause, left.minimums)
    made = plans.candidates(here.loans, end - rows, np.arange(len(some)))
    out.broken[here.rows[made.failures.row]] = True
    least = made.least(begin - rows, end - rows, plans.later)
    out_rows[at] = np.where(least > 0, least + rows, 0) if rows else least
    return out_rows


def _lowered(
    left: Left,
    out: Granted,
    number: int,
    step: Concession,
    shifts: dict[int, Concession],
    up_to: Ints | None,
) -> Left:
    """The least degree of a step that changes a figure, whatever is put off; else the most."""
    kind, ways = LOWERING[step.step], ways_to_put_off(left.loans, shifts)
    top = kind.top(step, left.loans)
    degree, chosen = least_degree(left, step, shifts, np.ones_like(top), up_to)
    found = degree <= top
    degree = np.minimum(degree, top)
    out.degree[number, left.rows] = degree
    left = replace(left, loans=kind.changed(step, left.loans, degree))
    return _keep_all(left, out, found, number, chosen, ways)


def least_degree(
    left: Left, step: Concession, shifts: dict[int, Concession], from_: Ints, up_to: Ints | None = None
) -> tuple[Ints, Ints]:
    """The least degree of a step that changes a figure, whatever is put off, with which plans are affordable.

    Parameters
    ----------
    from_, up_to
        int64; degrees among which it is looked for.

    Returns
    -------
    int64, one more than the step has where there is none; and the number of the way to put payments off.
    """
    kind, size, ways = LOWERING[step.step], len(left), ways_to_put_off(left.loans, shifts)
    top = kind.top(step, left.loans)
    # What is kept of the figure: the more, the less is given up; of all, nothing.
    best, chosen = np.full(size, kind.low - 1), np.zeros(size, np.int64)
    if up_to is not None:
        best = np.maximum(best, top + kind.low - np.minimum(up_to, top) - 1)
    nothing = best.copy()

    def change(loans: Loans, kept: Ints) -> Loans:
        return kind.changed(step, loans, kind.top(step, loans) + kind.low - kept)

    for index, way in enumerate(ways):
        if way.pause.rows >= left.length.max(initial=0):
            continue
        plans = left.plans(way.pause)
        plans = replace(plans, payable=plans.payable & may_put_off(left.loans, shifts, way.taken))
        high = top + kind.low - from_
        kept = Figure(plans, change, kind.low).most(high, high, above=best)
        hit = kept != NONE
        best[hit], chosen[hit] = kept[hit], index
    return np.where(best > nothing, top + kind.low - best, top + 1), chosen


def _keep_all(left: Left, out: Granted, found: Bools, number: int, chosen: Ints, ways: list[Way]) -> Left:
    """Keeps what is found, each put off in the way that was chosen for it; returns the others."""
    for index, way in enumerate(ways):
        mine = found & (chosen == index) if len(ways) > 1 else found
        if any_of(mine):
            _keep(left, out, mine, number, way.taken)
    return left.take(np.flatnonzero(~found))
