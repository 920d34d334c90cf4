"""Plans with one unknown: the figure at which the final, rounded rows just do what is asked of them.

A bracket comes from the present figures, is narrowed for all loans at once, and ends where the kernel's own
rows decide: the answer does what is asked, and one step further doesn't.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal, NamedTuple, TypeVar, overload

import numpy as np

from repayplan.basics.columns import RATE_DECIMALS, Screen, one_number
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import MAX_TOTAL, MAX_UNITS, Minor, as_text, to_decimal, to_plain
from repayplan.basics.outcome import Bools, Failures, Ints, Outcome, span
from repayplan.kernel.accrue import Floats
from repayplan.kernel.amortise import opening_amount, run
from repayplan.kernel.proof import bound, calm_loans, first_payment, interest_on_opening
from repayplan.kernel.work import MAX_PERIODS, Amount, Change, Work
from repayplan.plans.layout import BESIDE, Laid, finest, lay_out
from repayplan.plans.loan import Loan, Loans
from repayplan.plans.residue import place_residue
from repayplan.plans.stage import REST, Column, Plan, Stage, fixed_payment

HIGH = 2**62
"""More than any amount: of a plan that can't be kept."""
WINDOW = 4
"""Where rounding makes figures uneven, so many values for each row are tried beyond the edge."""
ONE = 10**RATE_DECIMALS
Figure = Literal["principal", "annual_rate", "length", "amount", "balloon", "rate"]
T = TypeVar("T")
Test = Callable[[Ints, Ints], Bools]
"""``test(rows, values)``: whether a value does for each of some loans."""


class Unknown:
    """The type of :data:`UNKNOWN`."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = Unknown()
"""Stands in a plan for the figure that is looked for."""


class PaidOff(NamedTuple):
    """When a payment has paid a loan off; of a batch, columns (int64 periods and minor units).

    Attributes
    ----------
    n
        Payments of the plan's last stage.
    last
        The size of the last of them.
    """

    n: Any
    last: Any


class Rates(NamedTuple):
    """All rates from ``low`` to ``high`` give the same instalment; of a batch, int64 multiples of 1e-10."""

    low: Any
    high: Any


# The unknown


@dataclass(frozen=True, slots=True)
class _Blank:
    """Which figure is looked for: of the loan, or of a stage of the plan."""

    figure: Figure
    stage: int = -1


def _blanks(plan: Plan) -> list[_Blank]:
    """Every figure of the plan that is written as unknown."""
    return [
        _Blank(name, s)
        for s, stage in enumerate(plan.stages)
        for name in ("length", "amount", "balloon", "rate")
        if getattr(stage, name) is UNKNOWN
    ]


def _refuse(plan: Plan, rule: str) -> InputError:
    return InputError(Code.UNKNOWN_VALUE, "plan", repr(plan), rule)


def _the_blank(plan: Plan, figure: Figure, rule: str) -> _Blank:
    """The one unknown of a plan, which is such a figure."""
    blanks = _blanks(plan)
    if len(blanks) != 1 or blanks[0].figure != figure:
        raise _refuse(plan, rule)
    return blanks[0]


def _solved(stage: Stage) -> bool:
    return stage.rule.amortises and stage.amount is None


def _patterned(plan: Plan) -> bool:
    """Whether single rows of any stage do something beside its rule."""
    return any(getattr(stage, "pattern", None) is not None for stage in plan.stages)


def _used(every: tuple[T, ...], index: Ints) -> list[T]:
    """Those of some rules that a row of the batch has."""
    return [every[i] for i in np.flatnonzero(np.bincount(index, minlength=len(every))).tolist()]


class _Trial:
    """A plan for a batch, tried with values put in for its unknown.

    Parameters
    ----------
    loans
        At their finest unit; those that are good share what decides how they are looked at.
    base
        int64 of all loans; a value that the plan can be laid out with.
    limit
        int64 of all loans; what no regular payment may be above. None: the plan's last stage gives its
        instalment, and the last payment may not be above that.
    periods
        int64 of all loans; rows that the plan may have at most.
    """

    def __init__(
        self,
        loans: Loans,
        plan: Plan,
        blank: _Blank,
        base: Ints,
        *,
        limit: Ints | None = None,
        periods: Ints | None = None,
    ) -> None:
        self.loans, self.plan, self.blank, self.base = loans, plan, blank, base
        self.limit, self.periods, self.refused = limit, periods, HIGH
        self.rows = np.flatnonzero(loans.good)
        at = span(self.rows)
        self.laws = _used(loans.rounding, loans.rounding_index[at])
        self.counts = _used(loans.day_counts, loans.day_count[at])
        self.dates = _used(loans.due_dates, loans.due_index[at])
        self.ends = not np.isnat(loans.last_due[at]).all()
        self.paths = blank.figure != "annual_rate" and bool((loans.rate_index[at] >= 0).any())
        self._kept: list[tuple[Laid, Ints]] | None = None

    # What is known of it

    def moving(self) -> bool:
        """Whether any rate changes over time."""
        return self.paths or any(stage.rate is not None for stage in self.plan.stages)

    def once(self) -> bool:
        """Whether the last stage's instalment is solved once, for all of its rows."""
        rule = self.plan.stages[-1].rule
        level = rule.amount is Amount.LEVEL and self.plan.stages[-1].name == "equal_instalment"
        return level and (not self.moving() or rule.change is not Change.RESOLVE)

    def steady(self) -> bool:
        """Whether what is asked surely stops being met once, and for good, as the value rises (or falls).

        A balance ``b`` becomes ``b + round(b f) - A``, which never falls when ``b`` or ``f`` rises, and a
        level instalment is its exact value rounded once: so does each figure that is compared. What is
        solved in between, or placed by a search, breaks the chain.
        """
        before, last = self.plan.stages[:-1], self.plan.stages[-1]
        if _patterned(self.plan) or any(_solved(stage) for stage in before):
            return False
        if self.limit is not None and (not self.once() or any(r.residue != "last" for r in self.laws)):
            return False
        if self.blank.figure == "length":
            return self._length_only() and (last.name != "fixed_payment")
        return True

    def _length_only(self) -> bool:
        """Whether a stage's length moves nothing but where that stage ends."""
        if any(count.on_grid for count in self.counts) or self.ends:
            return False
        if self.blank.stage == len(self.plan.stages) - 1:
            return True
        return self._regular_periods() and bool(self.loans.whole[self.rows].all())

    def _regular_periods(self) -> bool:
        """Whether all periods after the first are alike."""
        even = all(count.year is None for count in self.counts) and not self.ends
        return even and not any(law.shifts or law.given for law in self.dates) and not self.moving()

    def simple(self) -> bool:
        """Whether the first solved amount is a payment of its own that tells what no plan can be below."""
        alone = len(self.plan.stages) == 1 and _solved(self.plan.stages[0]) and not _patterned(self.plan)
        return alone and all(law.residue == "last" for law in self.laws)

    # Its rows

    def laid(self, rows: Ints, values: Ints, screen: Screen | None = None) -> Iterator[tuple[Ints, Laid]]:
        """The work of some loans with these values: places among ``rows``, and the piece.

        Loans whose plan can't be laid out are left out; faults go to ``screen`` (of the whole batch).
        """
        if screen is None and self._movable():
            yield from self._moved(rows, values)
            return
        every = self.base.copy()
        every[rows] = values
        loans, plan = self._with(every)
        inner = Screen(len(loans)) if screen is None else screen
        inner.good[:] = False
        inner.good[rows] = True
        place = np.zeros(len(loans), np.int64)
        place[rows] = np.arange(len(rows))
        for piece in lay_out(loans, (plan,), np.zeros(len(loans), np.int64), inner):
            yield place[piece.rows], piece

    def _with(self, values: Ints) -> tuple[Loans, Plan]:
        """Loans and plan with a value for every loan."""
        figure, s = self.blank.figure, self.blank.stage
        if figure == "principal":
            return self.loans.replace(principal=values * self.loans.finer), self.plan
        if figure == "annual_rate":
            # Of a loan whose rate changes over time: a fixed one instead.
            fixed = np.full_like(values, -1)
            return self.loans.replace(annual_rate=values, rate_index=fixed), self.plan
        put: Any
        loans = self.loans
        if figure == "length":
            put = int(values[0]) if len(values) and (values == values[0]).all() else values
        elif figure == "rate":
            put = values / ONE
        else:  # in the unit that a caller gives it in, and that a first value is whole in
            put = Minor(values // loans.finer)
        stages = list(self.plan.stages)
        stages[s] = replace(stages[s], **{figure: put})
        return loans, Plan(tuple(stages))

    def _movable(self) -> bool:
        """Whether values can be put into work that is laid out once."""
        if self.blank.figure in ("annual_rate", "rate") or self.plan.stages[-1].name == "fixed_payment":
            return False
        return self.blank.figure != "length" or (self._regular_periods() and not _patterned(self.plan))

    def _moved(self, rows: Ints, values: Ints) -> Iterator[tuple[Ints, Laid]]:
        if self._kept is None:
            self._kept = []
            for _, piece in self.laid(self.rows, self.base[self.rows], Screen(len(self.loans))):
                place = np.full(len(self.loans), -1)
                place[piece.rows] = np.arange(len(piece.rows))
                self._kept.append((piece, place))
        for piece, place in self._kept:
            every = len(rows) == len(piece.rows) and bool((rows == piece.rows).all())
            at = np.arange(len(rows)) if every else np.flatnonzero(place[rows] >= 0)
            if len(at):
                part = piece if every else piece.take(place[rows[at]])
                yield at, replace(part, work=self._put(part, values[at]))

    def _put(self, piece: Laid, values: Ints) -> Work:
        work, s, figure = piece.work, self.blank.stage, self.blank.figure
        if figure == "principal":
            at = span(piece.rows)
            fine = values * self.loans.finer[at]
            return replace(work, opening=fine + self.loans.overdue_principal[at])
        name = {"length": "lengths", "amount": "amounts", "balloon": "balloons"}[figure]
        column = values[None, :]
        if len(piece.plan.stages) > 1:
            column = getattr(work, name).copy()
            column[s] = values
        changed: dict[str, Any] = {name: column}
        return replace(work, **changed)

    # What they come to

    def over(self, rows: Ints, values: Ints, *, strict: bool = True) -> Ints:
        """By how much the rows with these values are above what is allowed: 0 or less where they do.

        :data:`HIGH` where there is no plan with this value; if ``strict``, where its last payment is more
        than twice the largest other one (and a balloon that is named), too: not what an instalment is.
        """
        out = np.full(len(rows), HIGH)
        for at, piece in self.laid(rows, values):
            inside = self.inside(piece)
            if not inside.all():
                keep = np.flatnonzero(inside)
                at, piece = at[keep], piece.take(keep)  # noqa: PLW2901
            if not len(at):
                continue
            if self.limit is None:
                out[at] = self._left_over(piece.work)
            else:
                most = self._regular(piece, strict=strict)
                out[at] = np.where(np.abs(most) == HIGH, most, most - self.limit[piece.rows])
            if self.periods is not None:
                long = piece.work.term > self.periods[piece.rows]
                out[at] = np.where(long, HIGH, out[at])
        return out

    def does(self, rows: Ints, values: Ints) -> Bools:
        """Whether the rows with these values do what is asked."""
        return self.over(rows, values) <= 0

    def nearly(self, rows: Ints, values: Ints) -> Bools:
        """The same whatever the last payment: of a :meth:`steady` trial what changes once and for good."""
        return self.over(rows, values, strict=False) <= 0

    def might(self, rows: Ints, values: Ints) -> Bools:
        """False where they surely don't, of a :meth:`simple` plan."""
        return self.quick(rows, values) <= 0

    def quick(self, rows: Ints, values: Ints) -> Ints:
        """As :meth:`over` of a :meth:`simple` plan without its rows: never more than that."""
        out = np.full(len(rows), HIGH)
        for at, piece in self.laid(rows, values):
            amount = opening_amount(piece.work)
            if piece.work.rules[0].amount is not Amount.LEVEL:
                begins, opening = first_payment(piece.work, amount), piece.work.opening
                # A single payment takes everything: as a regular one it counts its share.
                amount = begins - np.where(piece.work.term > 1, 0, opening - np.minimum(amount, opening))
            out[at] = amount - (0 if self.limit is None else self.limit[piece.rows])
        return out

    def _regular(self, piece: Laid, *, strict: bool) -> Ints:
        """The largest payment of each loan, the last one's residue aside."""
        work = piece.work
        out = np.full(len(work.opening), HIGH)
        rows = np.arange(len(out))
        if self.simple() and self.once():
            calm = calm_loans(work, bound(work))  # rounding adds up to less than an instalment
            out = np.where(calm, opening_amount(work), out)
            rows = np.flatnonzero(~calm)
            if not len(rows):
                return out
            work = work.take(rows)
        residue = self.loans.rounding[int(self.loans.rounding_index[piece.rows[0]])].residue
        if residue != "last":
            work = place_residue(work, residue)
        repays, level = work.rules[-1].amortises, work.rules[-1].amount is Amount.LEVEL
        # Whether the interest is covered is asked below: an amount that isn't clipped changes steadily.
        *before, last = work.rules
        free = replace(work, rules=(*before, replace(last, adds=True))) if level else work
        safe = bound(free).total < MAX_TOTAL
        for some, part in ((np.flatnonzero(safe), free), (np.flatnonzero(~safe), work)):
            for block in run(part.take(some), store=False, settle=not repays) if len(some) else ():
                most = block.peak
                if repays and block.interest is None:  # each row pays its stage's amount, the last the rest
                    most = block.amount.max(axis=0)
                elif level:
                    most = np.maximum(most, block.amount[-1])
                out[rows[some[block.rows]]] = np.where(block.negative, self.refused, most)
        if repays and strict:
            for block in run(work, store=False):
                here = rows[block.rows]
                least = block.last - np.maximum(work.balloons[-1][block.rows], 0)
                unlike = (np.abs(out[here]) < HIGH) & (least > 2 * out[here])
                out[here] = np.where(block.negative, self.refused, np.where(unlike, HIGH, out[here]))
        return out

    def _left_over(self, work: Work) -> Ints:
        """By how much the last payment is above the given instalment (and the balloon that is left)."""
        out = np.full(len(work.opening), HIGH)
        for block in run(work, store=False):
            over = block.last - work.amounts[-1][block.rows] - np.maximum(work.balloons[-1][block.rows], 0)
            out[block.rows] = np.where(block.negative, self.refused, over)
        return out

    def stands(self, rows: Ints, values: Ints) -> Bools:
        """Where a plan whose instalment :meth:`quick` finds within the limit can surely be kept."""
        out = np.zeros(len(rows), np.bool_)
        for at, piece in self.laid(rows, values):
            out[at] = calm_loans(piece.work, bound(piece.work)) & self.inside(piece)
        return out

    def stuck(self, rows: Ints, limit: Ints) -> Bools:
        """Where periods are alike, and what a regular payment may be at most never repays anything."""
        out = np.zeros(len(rows), np.bool_)
        for at, piece in self.laid(rows, self.base[rows]):
            if piece.work.table is None:
                out[at] = interest_on_opening(piece.work, piece.work.regular) >= limit[at]
        return out

    def asked(self, rows: Ints, values: Ints) -> Floats:
        """About what the instalment is with these values: to look near the right place first."""
        over = self.quick(rows, values) if self.simple() else self.over(rows, values)
        return np.where(np.abs(over) < HIGH, over, 0) + np.asarray(self.limit, np.float64)[rows]

    def inside(self, piece: Laid) -> Bools:
        """Where nothing that is added up can leave the domain."""
        most = bound(piece.work).total
        for name in BESIDE:
            most += getattr(self.loans, name)[span(piece.rows)]
        return np.asarray((most < MAX_TOTAL) & (piece.work.term <= MAX_PERIODS), np.bool_)

    def length(self, rows: Ints, values: Ints | None = None) -> Ints:
        """Rows of the plan with these values, or with the first ones."""
        out = np.ones(len(rows), np.int64)
        for at, piece in self.laid(rows, self.base[rows] if values is None else values):
            out[at] = piece.work.term
        return out

    def paid(self, rows: Ints) -> Ints:
        """The instalment that the last stage gives."""
        out = np.zeros(len(rows), np.int64)
        for at, piece in self.laid(rows, self.base[rows]):
            out[at] = piece.work.amounts[-1]
        return out

    def multiple(self, rows: Ints) -> Ints:
        """What solved instalments are rounded to."""
        out = np.ones(len(rows), np.int64)
        for at, piece in self.laid(rows, self.base[rows]):
            out[at] = piece.work.instalment_multiple
        return out

    def final(self, rows: Ints, values: Ints) -> Ints:
        """The last payment."""
        out = np.zeros(len(rows), np.int64)
        for at, piece in self.laid(rows, values):
            for block in run(piece.work, store=False):
                out[at[block.rows]] = block.last
        return out

    def short(self, rows: Ints, values: Ints) -> tuple[Bools, Ints]:
        """Where an instalment doesn't cover a row's interest, and both (2, rows)."""
        refused, figures = np.zeros(len(rows), np.bool_), np.zeros((2, len(rows)), np.int64)
        for at, piece in self.laid(rows, values):
            for block in run(piece.work, store=False):
                refused[at[block.rows]], figures[:, at[block.rows]] = block.negative, block.short
        return refused, figures


# The search


def _edge(test: Test, rows: Ints, low: Ints, high: Ints, near: Ints, reach: Ints) -> Ints:
    """The last value from ``low`` to ``high`` for which a test holds that fails from somewhere on.

    ``low - 1`` where it holds for none. Looks around ``near`` first, ``reach`` away, then further.
    """
    inside, outside = low - 1, high + 1
    value, step = np.clip(near, low, high), np.maximum(reach, 1)
    held, failed = np.zeros(len(rows), np.bool_), np.zeros(len(rows), np.bool_)
    left = np.flatnonzero(outside - inside > 1)
    while len(left):
        tried = value[left]
        holds = test(rows[left], tried)
        inside[left] = np.where(holds, tried, inside[left])
        outside[left] = np.where(holds, outside[left], tried)
        held[left] |= holds
        failed[left] |= ~holds
        far = np.where(holds, tried + step[left], tried - step[left])
        middle = inside[left] + (outside[left] - inside[left]) // 2
        onwards = np.where(held[left] & failed[left], middle, far)
        value[left] = np.clip(onwards, inside[left] + 1, outside[left] - 1)
        step[left] = np.minimum(4 * step[left], 2**60)
        left = left[outside[left] - inside[left] > 1]
    return inside


def _scan(test: Test, rows: Ints, start: Ints, end: Ints, step: int, none: Ints) -> Ints:
    """The first value from ``start`` to ``end`` for which a test holds, one by one; else ``none``."""
    out, value = none.copy(), start.copy()
    left = np.flatnonzero((end - value) * step >= 0)
    while len(left):
        holds = test(rows[left], value[left])
        out[left[holds]] = value[left[holds]]
        left = left[~holds]
        value[left] += step
        left = left[(end[left] - value[left]) * step >= 0]
    return out


def _farthest(
    trial: _Trial,
    rows: Ints,
    low: Ints,
    high: Ints,
    near: Ints,
    reach: Ints,
    *,
    sign: int,
    scale: Ints,
    loose: bool = False,
) -> tuple[Ints, Bools]:
    """The most (``sign`` 1) or the least (-1), in steps of ``scale``, that does; and where there is one.

    Of a steady trial one step further surely doesn't do, nor does any other. Else what the first amount
    rules out is out, and where rounding leaves it open, a value that does and whose neighbour doesn't is
    looked for, and so many beyond it for one that does.

    ``loose``: whatever the last payment; only of a steady trial.
    """

    def does(which: Ints, values: Ints) -> Bools:
        return trial.does(which, sign * values * scale[which])

    def may(which: Ints, values: Ints) -> Bools:
        return test(which, sign * values * scale[which])

    low, high = (low, high) if sign > 0 else (-high, -low)
    near = np.clip(sign * near, low, high)
    out, open_ = low - 1, np.arange(len(rows))
    test = trial.might if trial.simple() and trial.limit is not None else trial.nearly
    window = WINDOW * trial.length(rows)
    if trial.steady() or test == trial.might:
        top = _edge(may, rows, low, high, near, reach)
        if trial.limit is None or loose:
            return sign * top * scale[rows], top >= low
        high = near = np.maximum(top - window, low - 1)
        out = _scan(does, rows, top, high + 1, -1, out)
        open_ = np.flatnonzero((out < low) & (high >= low))
    if len(open_):
        some, begin, end = rows[open_], low[open_], high[open_]
        edge = _edge(does, some, begin, end, near[open_], reach[open_])
        out[open_] = _scan(does, some, np.minimum(edge + window[open_], end), edge + 1, -1, edge)
    return sign * out * scale[rows], out >= low


# The calls


@dataclass(slots=True)
class _Call:
    """One call: the batch, what is wrong with its rows, and the answers."""

    alone: bool
    loans: Loans
    screen: Screen
    value: Ints

    @classmethod
    def of(cls, loans: Loan | Loans, plan: Plan, *, owing: bool = True) -> _Call:
        plan.check()
        alone = isinstance(loans, Loan)
        fine = finest(loans.batch if isinstance(loans, Loan) else loans)
        screen = Screen(len(fine))
        screen.adopt(fine.failures)
        if owing:
            screen.fault(fine.balance == 0, Code.NOTHING_OWED, "principal", "0")
        return cls(alone, fine, screen, np.zeros(len(fine), np.int64))

    def amount(self, name: str, given: Any) -> Ints:
        """An amount given beside the plan, of every loan."""
        if isinstance(given, Column):
            try:
                given = self.loans.column(given.name)
            except KeyError as error:
                raise InputError(Code.UNKNOWN_VALUE, "col", given.name, str(error.args[0])) from None
        return self.screen.money(name, self.loans.restated(given), self.loans.decimals, minimum=1)

    def groups(self) -> Iterator[Loans]:
        """The good rows by what decides how they are looked at, so that no neighbour changes that."""
        loans = self.loans
        laws = np.array([law.residue != "last" for law in loans.rounding])[loans.rounding_index]
        counts = np.array([count.on_grid + 2 * (count.year is not None) for count in loans.day_counts])
        moved = np.array([bool(law.shifts or law.given) for law in loans.due_dates])[loans.due_index]
        key = (counts[loans.day_count] * 2 + laws) * 2 + moved
        for flag in (loans.rate_index >= 0, ~np.isnat(loans.last_due), loans.whole):
            key = 2 * key + flag
        good = self.screen.good.copy()
        for one in np.flatnonzero(np.bincount(key[good])):
            yield loans.replace(good=good & (key == one))

    def settle(self, trial: _Trial, values: Ints, found: Bools, mild: Ints, field: str) -> None:
        """Takes over answers; of rows without one, says why not even a ``mild`` value does."""
        self.value[trial.rows] = np.where(found, values, 0)
        rows, mild = trial.rows[~found], mild[~found]
        if not len(rows):
            return
        inner = Screen(len(self.loans))
        for _ in trial.laid(rows, mild, inner):
            pass
        left = inner.good[rows]
        self.screen.adopt(inner.failures())
        rows, mild = rows[left], mild[left]
        refused, figures = trial.short(rows, mild)
        places = self.loans.decimals[rows]
        shown = as_text(figures, places)
        self.refuse(rows, refused, Code.NEGATIVE_AMORTISATION, "plan", shown[0], shown[1])
        over = trial.over(rows, mild, strict=False)
        unable = over >= HIGH
        last = trial.blank == _Blank("length", len(trial.plan.stages) - 1)
        if trial.limit is None or last:
            amount = trial.paid(rows) if trial.limit is None else trial.limit[rows]
            longest = trial.length(rows, mild).astype(np.str_)
            self.refuse(rows, ~unable, Code.NEVER_PAID_OFF, field, as_text(amount, places), longest)
        else:
            least = np.where(unable, 0, over) + trial.limit[rows]
            given, bounds = as_text(trial.limit[rows], places), np.char.add(">= ", as_text(least, places))
            self.refuse(rows, ~unable & (over > 0), Code.OUT_OF_RANGE, field, given, bounds)
            rest, twice = as_text(trial.final(rows, mild), places), as_text(2 * least, places)
            self.refuse(rows, ~unable, Code.BALLOON, field, rest, twice)
        owed, most = as_text(self.loans.balance[rows], places), as_text(_full(rows, MAX_TOTAL), places)
        self.refuse(rows, np.ones(len(rows), np.bool_), Code.BEYOND_DOMAIN, "principal", owed, most)

    def refuse(self, rows: Ints, mask: Bools, code: Code, field: str, value: Any, limit: Any) -> None:
        """Says what is wrong with some of the rows; value and limit are one each."""
        mask = mask & self.screen.good[rows]
        if mask.any():
            self.screen.adopt(Failures.at(rows[mask], code, field, value[mask], limit[mask]))

    def outcome(self) -> Outcome[Ints]:
        """The answers of the good rows."""
        row = np.flatnonzero(self.screen.good)
        return Outcome(self.value[row], row, self.screen.failures())

    def money(self, *, fine: bool = True) -> Any:
        """The answers as amounts, in the finest unit or the currency's: of one loan as a Decimal."""
        got = self.outcome()
        if not self.alone:
            return got
        finer = 1 if fine else int(self.loans.finer[0])
        places = int(self.loans.decimals[0]) - (len(str(finer)) - 1)
        return to_decimal(int(got.single()[0]), places)

    def whole(self) -> Any:
        """The answers as counts: of one loan as an int."""
        got = self.outcome()
        return int(got.single()[0]) if self.alone else got

    def rate(self) -> Any:
        """The answers as rates: of one loan as a Decimal."""
        got = self.outcome()
        return to_plain(int(got.single()[0]), RATE_DECIMALS) if self.alone else got


def _limit(call: _Call, plan: Plan, instalment: Any, *, needed: bool = True) -> Ints | None:
    """What no regular payment may be above; None where the plan's last stage gives its instalment."""
    last = plan.stages[-1]
    if last.name == "fixed_payment" or (last.amount is not None and last.name == "equal_instalment"):
        if instalment is not None:
            rule = "the plan gives it already"
            raise InputError(Code.UNKNOWN_VALUE, "instalment", instalment, rule)
        if _patterned(plan):
            raise _refuse(plan, "a given instalment is the same in every row: leave it to be solved")
        if isinstance(last.balloon, str) and last.balloon == REST:
            rule = f"a last payment of any size (balloon={REST!r}) leaves nothing to be solved"
            raise _refuse(plan, rule)
        return None
    if instalment is None:
        if needed:
            rule = "the plan solves its instalment: say what it may be at most"
            raise InputError(Code.MISSING, "instalment", None, rule)
        return np.full(len(call.loans), HIGH // 2)
    return call.amount("instalment", instalment)


def _full(rows: Ints, value: int) -> Ints:
    return np.full(len(rows), value)


@overload
def solve_instalment(loans: Loan, plan: Plan) -> Decimal: ...
@overload
def solve_instalment(loans: Loans, plan: Plan) -> Outcome[Ints]: ...
def solve_instalment(loans: Loan | Loans, plan: Plan) -> Decimal | Outcome[Ints]:
    """The least instalment that repays a loan in the plan's periods without a larger last payment.

    What :func:`~repayplan.schedule` shows of a plan is the exact instalment, rounded by the loan's rule: its
    last payment may be a little larger or smaller. This one is given: with it the last payment is no larger,
    and with one unit less (one multiple, where the rounding has one) it is.

    Parameters
    ----------
    loans
        One loan, or a batch; both run the same code.
    plan
        Its last stage is an ``equal_instalment`` whose instalment is solved, or written as
        :data:`UNKNOWN`. Of a stage with a balloon, the last payment less the balloon is compared.

    Returns
    -------
    Decimal in currency units; of a batch an Outcome of int64 minor units.

    Raises
    ------
    InputError
        ``unknown_value``: another plan; ``nothing_owed``, or whatever makes the plan impossible. In a
        batch a loan's fault is an entry of the failures instead.

    Notes
    -----
    Proven minimal: each balance falls when the instalment rises, so that the instalments which do are all
    those from the answer on, whatever the rounding. What is owed beside the balance isn't counted.

    Examples
    --------
    >>> from repayplan.plans.stage import equal_instalment
    >>> loan = Loan(
    ...     principal="12000",
    ...     annual_rate="0.12",
    ...     original_term=24,
    ...     elapsed=0,
    ...     unpaid=24,
    ...     next_due="2026-01-31",
    ... )
    >>> solve_instalment(loan, equal_instalment(24))
    Decimal('564.89')
    """
    last = plan.stages[-1]
    fits = last.name == "equal_instalment" and (last.amount is None or last.amount is UNKNOWN)
    if not fits or any(blank.figure != "amount" for blank in _blanks(plan)) or len(_blanks(plan)) > 1:
        rule = "the last stage is equal_instalment with an instalment that isn't given, and nothing else is"
        raise _refuse(plan, f"{rule} unknown")
    if _patterned(plan):
        raise _refuse(plan, "an instalment that is the same in every row")
    if isinstance(last.balloon, str) and last.balloon == REST:
        raise _refuse(plan, f"a last payment of any size (balloon={REST!r}) leaves nothing to be solved")
    blank = _Blank("amount", len(plan.stages) - 1)
    call = _Call.of(loans, plan)
    for group in call.groups():
        trial = _Trial(group, plan, blank, group.finer)
        near, sure = _level(trial)
        at = np.flatnonzero(~sure)
        most, one = np.full(len(at), 2**61), np.ones(len(at), np.int64)
        least, found = _farthest(
            trial, trial.rows[at], one, most, near[at], one, sign=-1, scale=np.ones(len(group), np.int64)
        )
        near[at], sure[at] = least, found
        multiple = trial.multiple(trial.rows)
        near = -(-near // multiple) * multiple
        call.settle(trial, near, sure, _full(trial.rows, MAX_UNITS // 2), f"{last.name}.instalment")
    return call.money()  # type: ignore[no-any-return]


def _level(trial: _Trial) -> tuple[Ints, Bools]:
    """The least instalment of each loan, or one near it, and where it is the least for sure.

    With the exact instalment ``A*``, and ``S`` what one paid in every row has grown to by the last, the last
    payment of an instalment ``X`` is ``X + (A* - X) S + e``, where ``e`` is what roundings of interest have
    grown to: as each is at most half a unit, ``e`` is at most ``S / 2``, and above ``-S / 2`` where halves
    are rounded up. So ``A*`` rounded to the unit, or one more, is the least; its own rows tell which.
    """
    near, sure = np.ones(len(trial.rows), np.int64), np.zeros(len(trial.rows), np.bool_)
    alone = not any(_solved(stage) for stage in trial.plan.stages[:-1]) and not _patterned(trial.plan)
    for at, piece in trial.laid(trial.rows, np.full(len(trial.rows), -1)):
        work = replace(piece.work, instalment_mode="half_up", instalment_multiple=1) if alone else piece.work
        inside = trial.inside(piece)
        proven = alone and trial.once() and work.interest_mode == "half_up" and work.interest_multiple == 1
        for block in run(work, store=False):
            here, amount = at[block.rows], block.amount[-1]
            more = block.last - np.maximum(work.balloons[-1][block.rows], 0) > amount
            near[here] = np.maximum(amount + more, 1)
            sure[here] = proven & ~block.negative & ~block.early & inside[block.rows] & (amount > 0)
    return near, sure


@overload
def solve_length(loans: Loan, plan: Plan, *, instalment: Any = None, longest: int = MAX_PERIODS) -> int: ...
@overload
def solve_length(
    loans: Loans, plan: Plan, *, instalment: Any = None, longest: int = MAX_PERIODS
) -> Outcome[Ints]: ...
def solve_length(
    loans: Loan | Loans, plan: Plan, *, instalment: Any = None, longest: int = MAX_PERIODS
) -> int | Outcome[Ints]:
    """The least number of instalments of the plan's last stage.

    Parameters
    ----------
    loans
        One loan, or a batch; both run the same code.
    plan
        The last stage's number is :data:`UNKNOWN`: ``equal_instalment(UNKNOWN)``. Or its instalment is
        given, ``equal_instalment(UNKNOWN, instalment="500")``, or it is a ``fixed_payment("500")``: then
        the answer is the number of payments until everything is paid off, as of :func:`paid_off`.
    instalment
        Of a solved plan: what no regular payment may be above, in currency units (a number, text,
        Decimal, ``col``, or one per loan).
    longest
        Instalments at most.

    Returns
    -------
    int; of a batch an Outcome of int64.

    Raises
    ------
    InputError
        ``never_paid_off``: not even with ``longest`` instalments; ``unknown_value``: another plan;
        ``missing``: no instalment. In a batch a loan's fault is an entry of the failures instead.

    Notes
    -----
    Proven minimal. A level instalment falls with its number; of other plans every shorter one that its first
    payment doesn't rule out is tried. A regular payment is what a row pays without the residue or balloon
    that the last payment takes, and without what is owed beside the balance.

    Examples
    --------
    >>> from repayplan.plans.stage import equal_instalment, holiday
    >>> loan = Loan(
    ...     principal="12000",
    ...     annual_rate="0.12",
    ...     original_term=24,
    ...     elapsed=0,
    ...     unpaid=24,
    ...     next_due="2026-01-31",
    ... )
    >>> solve_length(loan, equal_instalment(UNKNOWN), instalment="500")
    28
    >>> solve_length(loan, holiday(3, interest="capitalise") + equal_instalment(UNKNOWN), instalment="500")
    29
    """
    last = plan.stages[-1]
    if last.name == "fixed_payment" and not _blanks(plan):
        call = _Call.of(loans, plan)
        _until(call, plan, longest)
        return call.whole()  # type: ignore[no-any-return]
    blank = _the_blank(plan, "length", "the last stage's number is UNKNOWN, and nothing else is")
    if blank.stage != len(plan.stages) - 1 or not last.rule.amortises:
        raise _refuse(plan, "the number that is looked for is that of a last stage that repays")
    call = _Call.of(loans, plan)
    limit = _limit(call, plan, instalment)
    if limit is None:
        if last.rule.adds or _patterned(plan):
            raise _refuse(
                plan, "until it is paid off, a given payment stays the same and covers the interest"
            )
        end = fixed_payment(last.amount, rate=last.rate)
        _until(call, Plan(plan.stages[:-1]) + end if len(plan.stages) > 1 else end, longest)
    for group in call.groups():
        trial = _Trial(group, plan, blank, np.ones(len(group), np.int64), limit=limit)
        rows = trial.rows
        most = np.minimum(longest, MAX_PERIODS + 1 - trial.length(rows))
        if limit is None:
            if trial.counts[0].on_grid:  # the last date may count other days than one in between
                least = np.maximum(call.value[rows] - 1, 1)
                none = np.zeros_like(least)
                got = _scan(trial.does, rows, least, most, 1, none)
                call.settle(trial, got, got > 0, most, f"{last.name}.instalment")
            continue
        got, found = _shortest(trial, most)
        call.settle(trial, got, found, most, "instalment")
    return call.whole()  # type: ignore[no-any-return]


def _shortest(trial: _Trial, most: Ints) -> tuple[Ints, Bools]:
    """The least number of instalments of the last stage within the limit, and where there is one."""
    rows, limit = trial.rows, np.asarray(trial.limit)[trial.rows]
    one = np.ones_like(most)

    simple, steady = trial.simple(), trial.steady()
    least, open_ = one.copy(), np.arange(len(rows))
    if simple:
        least = np.maximum(np.minimum(_estimate(trial, limit), most), 1)
        fits = trial.might(rows, least)
        open_ = np.flatnonzero(~fits | ((least > 1) & trial.might(rows, np.maximum(least - 1, 1))))
    if len(open_) and (simple or steady):
        some = rows[open_]
        test = trial.might if simple else trial.nearly
        edge = _edge(lambda r, n: test(r, -n), some, -most[open_], -one[open_], -least[open_], one[open_])
        least[open_] = -edge
    elif len(open_) and trial.plan.stages[-1].balloon is None and not trial.moving():
        # Payments within the limit repay no more than their sum.
        sums = trial.loans.balance[rows] // (limit + trial.multiple(rows)) - trial.length(rows)
        least = np.maximum(sums, 1)
    out, open_ = np.zeros_like(least), np.flatnonzero(least <= most)
    if steady and simple:
        stands = trial.stands(rows[open_], least[open_])
        done = open_[stands]
        out[done], open_ = least[done], open_[~stands]
        open_ = open_[~trial.stuck(rows[open_], limit[open_])]
    out[open_] = _scan(trial.does, rows[open_], least[open_], most[open_], 1, out[open_])
    return out, out > 0


def _estimate(trial: _Trial, limit: Ints) -> Ints:
    """About how many instalments within a limit repay each loan, of a plan of one stage."""
    out = np.ones(len(trial.rows))
    for at, piece in trial.laid(trial.rows, np.ones(len(trial.rows), np.int64)):
        work, most = piece.work, limit[at] + 0.5
        even = work.table is None
        units: Any = work.regular
        if work.table is not None:
            units = work.table.mean(axis=0)[work.calendar]
        f = np.asarray(work.num * units / work.den, np.float64)
        b = work.opening.astype(np.float64)
        if even and work.first is not work.regular:
            b = b * (1 + work.num * work.first / work.den) / (1 + f)
        level = work.rules[0].amount is Amount.LEVEL
        n = _periods(b, f, most) if level else np.asarray(b / np.maximum(most - b * f, 1), np.float64)
        out[at] = np.ceil(np.minimum(n * (1 - 1e-12), MAX_PERIODS))
    return out.astype(np.int64)


def _periods(balance: Floats, factor: Floats, instalment: Any) -> Floats:
    """How many instalments repay a balance, as a real number: ``-log(1 - B f / A) / log(1 + f)``."""
    with np.errstate(divide="ignore", invalid="ignore"):
        n = -np.log1p(-np.minimum(balance * factor / instalment, 1)) / np.log1p(factor)
    return np.asarray(np.where(factor > 0, n, balance / instalment), np.float64)


@overload
def paid_off(loans: Loan, plan: Plan) -> PaidOff: ...
@overload
def paid_off(loans: Loans, plan: Plan) -> Outcome[PaidOff]: ...
def paid_off(loans: Loan | Loans, plan: Plan) -> PaidOff | Outcome[PaidOff]:
    """How many payments of a given size pay a loan off, and how large the last of them is.

    Parameters
    ----------
    loans
        One loan, or a batch; both run the same code.
    plan
        Its last stage is a ``fixed_payment``.

    Returns
    -------
    PaidOff: an int and a Decimal; of a batch an Outcome of one with int64 columns.

    Raises
    ------
    InputError
        ``never_paid_off``, ``negative_amortisation``: the payment doesn't cover the interest;
        ``unknown_value``: another plan. In a batch a loan's fault is an entry of the failures instead.

    Examples
    --------
    >>> from repayplan.plans.stage import fixed_payment
    >>> loan = Loan(
    ...     principal="12000",
    ...     annual_rate="0.12",
    ...     original_term=24,
    ...     elapsed=0,
    ...     unpaid=24,
    ...     next_due="2026-01-31",
    ... )
    >>> paid_off(loan, fixed_payment("500"))
    PaidOff(n=28, last=Decimal('290.94'))
    """
    if plan.stages[-1].name != "fixed_payment" or _blanks(plan):
        raise _refuse(plan, "the last stage is a fixed_payment, and nothing is unknown")
    call = _Call.of(loans, plan)
    last = _until(call, plan, MAX_PERIODS)
    got = call.outcome()
    if not call.alone:
        return Outcome(PaidOff(got.value, last[got.row]), got.row, got.failures)
    n = int(got.single()[0])
    return PaidOff(n, to_decimal(int(last[0]), int(call.loans.decimals[0])))


def _until(call: _Call, plan: Plan, longest: int) -> Ints:
    """Puts the number of payments until all is paid off into the call; the last payment of each loan."""
    loans, last = call.loans, np.zeros(len(call.loans), np.int64)
    every = np.zeros(len(loans), np.int64)
    for piece in lay_out(loans, (plan,), every, call.screen):
        places = loans.decimals[piece.rows]
        call.value[piece.rows] = piece.work.lengths[-1]
        for block in run(piece.work, store=False):
            rows = piece.rows[block.rows]
            last[rows] = block.last
            shown = as_text(block.short, places[block.rows])
            call.refuse(rows, block.negative, Code.NEGATIVE_AMORTISATION, "plan", shown[0], shown[1])
        most = np.full(len(places), str(longest))
        paid = as_text(piece.work.amounts[-1], places)
        long = piece.work.lengths[-1] > longest
        call.refuse(piece.rows, long, Code.NEVER_PAID_OFF, f"{plan.stages[-1].name}.amount", paid, most)
    return last


@overload
def solve_principal(loans: Loan, plan: Plan, *, instalment: Any = None) -> Decimal: ...
@overload
def solve_principal(loans: Loans, plan: Plan, *, instalment: Any = None) -> Outcome[Ints]: ...
def solve_principal(loans: Loan | Loans, plan: Plan, *, instalment: Any = None) -> Decimal | Outcome[Ints]:
    """The largest principal that the plan repays.

    Parameters
    ----------
    loans
        One loan, or a batch; their ``principal`` isn't looked at, what else is owed is.
    plan
        With an instalment given in its last stage, ``equal_instalment(24, instalment="500")``: the last
        payment is no larger than it. Or a solved plan, held against ``instalment``.
    instalment
        Of a solved plan: what no regular payment may be above.

    Returns
    -------
    Decimal in currency units; of a batch an Outcome of int64 minor units of the currency.

    Raises
    ------
    InputError
        ``out_of_range``: even one unit asks for more (``limit``: how much); ``never_paid_off``, of a given
        instalment; ``unknown_value``, ``missing``. In a batch a loan's fault is an entry of the failures.

    Notes
    -----
    Proven maximal where one level instalment is solved or given, and nothing else is solved. Of other plans
    (equal principal, instalments solved anew or twice, a residue placed elsewhere) rounding makes payments
    uneven: the answer does, one unit more doesn't, and none of the next ``4 n`` units does.

    Examples
    --------
    >>> from repayplan.plans.stage import equal_instalment
    >>> loan = Loan(
    ...     principal="12000",
    ...     annual_rate="0.12",
    ...     original_term=24,
    ...     elapsed=0,
    ...     unpaid=24,
    ...     next_due="2026-01-31",
    ... )
    >>> solve_principal(loan, equal_instalment(24, instalment="500"))
    Decimal('10621.67')
    >>> solve_principal(loan, equal_instalment(24), instalment="500")
    Decimal('10621.79')
    """
    _no_blank(plan)
    call = _Call.of(loans, plan, owing=False)
    limit = _given_or_limit(call, plan, instalment)
    for group in call.groups():
        base = np.ones(len(group), np.int64)
        trial = _Trial(group, plan, _Blank("principal"), base, limit=limit)
        rows = trial.rows
        low = np.where(group.overdue_principal[rows] > 0, 0, 1)
        near = _proportional(trial, np.maximum(group.principal // group.finer, 10_000)[rows])
        got, found = _farthest(
            trial, rows, low, MAX_UNITS // group.finer[rows], near, trial.length(rows), sign=1, scale=base
        )
        mine = plan.stages[-1].name + ".instalment" if limit is None else "instalment"
        call.settle(trial, got, found, low, mine)
    return call.money(fine=False)  # type: ignore[no-any-return]


def _proportional(trial: _Trial, principal: Ints) -> Ints:
    """A principal at which the instalment is about what is given: it nearly grows in proportion."""
    rows, out = trial.rows, principal.copy()
    twin, given = trial, trial.paid(rows) if trial.limit is None else trial.limit[rows]
    if trial.limit is None:
        stages = trial.plan.stages
        plan = Plan((*stages[:-1], replace(stages[-1], amount=None)))
        twin = _Trial(trial.loans, plan, trial.blank, trial.base, limit=np.zeros(len(trial.loans), np.int64))
    for _ in range(3):
        asked = twin.asked(rows, out)
        usable = asked > 0
        scaled = out.astype(np.float64) * given / np.where(usable, asked, 1)
        out = np.where(usable, np.clip(scaled, 1, MAX_UNITS), out).astype(np.int64)
    return out


def _no_blank(plan: Plan) -> None:
    if _blanks(plan):
        raise _refuse(plan, "what is looked for is the loan's: nothing in the plan is UNKNOWN")


def _given_or_limit(call: _Call, plan: Plan, instalment: Any) -> Ints | None:
    """As :func:`_limit`, of plans whose number of rows is known."""
    if plan.stages[-1].name == "fixed_payment":
        raise _refuse(plan, "a payment until all is paid off repays anything: give a number of instalments")
    return _limit(call, plan, instalment)


@overload
def solve_rate(loans: Loan, plan: Plan, *, instalment: Any = None, step: Any = "0.0000000001") -> Decimal: ...
@overload
def solve_rate(
    loans: Loans, plan: Plan, *, instalment: Any = None, step: Any = "0.0000000001"
) -> Outcome[Ints]: ...
def solve_rate(
    loans: Loan | Loans, plan: Plan, *, instalment: Any = None, step: Any = "0.0000000001"
) -> Decimal | Outcome[Ints]:
    """The highest annual rate, from 0 to 1, at which the plan repays.

    Parameters
    ----------
    loans
        One loan, or a batch; their rate isn't looked at. One that changes over time becomes a fixed one.
    plan
        As in :func:`solve_principal`. Where a stage's own rate is :data:`UNKNOWN`, that one is looked for,
        and the loan's rate stays.
    instalment
        Of a solved plan: what no regular payment may be above.
    step
        The rate is a whole multiple of this, 1e-10 to 1.

    Returns
    -------
    Decimal, a fraction; of a batch an Outcome of int64 multiples of 1e-10.

    Raises
    ------
    InputError
        ``out_of_range``: even at 0 it is more (``limit``: how much); ``never_paid_off``, of a given
        instalment; ``unknown_value``, ``missing``. In a batch a loan's fault is an entry of the failures.

    Notes
    -----
    Proven as in :func:`solve_principal`, with steps of the rate instead of units.

    Examples
    --------
    >>> from repayplan.plans.stage import equal_instalment
    >>> loan = Loan(
    ...     principal="12000",
    ...     annual_rate="0.12",
    ...     original_term=24,
    ...     elapsed=0,
    ...     unpaid=24,
    ...     next_due="2026-01-31",
    ... )
    >>> solve_rate(loan, equal_instalment(24, instalment="550"), step="0.0001")
    Decimal('0.0932')
    """
    call = _Call.of(loans, plan)
    limit = _given_or_limit(call, plan, instalment)
    units = one_number("step", step, RATE_DECIMALS, 0, 1)
    if not units:
        raise InputError(Code.OUT_OF_RANGE, "step", step, "a rate from 1e-10 to 1")
    for trial, got, found in _rates(call, plan, limit, units):
        mine = plan.stages[-1].name + ".instalment" if limit is None else "instalment"
        call.settle(trial, got, found, _full(trial.rows, 0), mine)
    return call.rate()  # type: ignore[no-any-return]


def _rates(
    call: _Call, plan: Plan, limit: Ints | None, step: int, *, loose: bool = False
) -> Iterator[tuple[_Trial, Ints, Bools]]:
    """The highest rate of the loans of each group."""
    if _blanks(plan):
        blank = _the_blank(plan, "rate", "the loan's rate or one stage's is looked for, and nothing else")
    else:
        blank = _Blank("annual_rate")
    for group in call.groups():
        trial = _Trial(group, plan, blank, np.zeros(len(group), np.int64), limit=limit)
        scale = np.full(len(group), step)
        high = _full(trial.rows, ONE // step)
        zero, near, reach = _full(trial.rows, 0), high // 8, high // 32
        got, found = _farthest(trial, trial.rows, zero, high, near, reach, sign=1, scale=scale, loose=loose)
        yield trial, got, found


@overload
def implied_rates(loans: Loan, plan: Plan, *, instalment: Any) -> Rates: ...
@overload
def implied_rates(loans: Loans, plan: Plan, *, instalment: Any) -> Outcome[Rates]: ...
def implied_rates(loans: Loan | Loans, plan: Plan, *, instalment: Any) -> Rates | Outcome[Rates]:
    """The annual rates at which a plan's instalment is exactly a given one.

    An instalment is rounded, so that it doesn't tell one rate but an interval: every rate in it gives the
    instalment to the unit, and no other from 0 to 1 does.

    Parameters
    ----------
    loans
        One loan, or a batch; their rate isn't looked at.
    plan
        Solved: one level instalment, after holidays or interest-only periods perhaps.
    instalment
        The instalment, in currency units (a number, text, Decimal, ``col``, or one per loan).

    Returns
    -------
    Rates: two Decimals; of a batch an Outcome of one with int64 multiples of 1e-10.

    Raises
    ------
    InputError
        ``out_of_range``: it is less at 0, or more at 1; ``no_rate``: none gives just this one (it isn't a
        multiple that instalments are rounded to, say); ``unknown_value``: another plan. In a batch a
        loan's fault is an entry of the failures instead.

    Examples
    --------
    >>> from repayplan.plans.stage import equal_instalment
    >>> loan = Loan(
    ...     principal="12000",
    ...     annual_rate="0",
    ...     original_term=24,
    ...     elapsed=0,
    ...     unpaid=24,
    ...     next_due="2026-01-31",
    ... )
    >>> implied_rates(loan, equal_instalment(24), instalment="564.88")
    Rates(low=Decimal('0.1199881035'), high=Decimal('0.1200059481'))
    """
    _no_blank(plan)
    call = _Call.of(loans, plan)
    limit = _given_or_limit(call, plan, instalment)
    if limit is None:
        raise _refuse(plan, "the plan solves its instalment: it isn't given there")
    low = np.zeros(len(call.loans), np.int64)
    for trial, below, some in _rates(call, plan, limit - 1, 1, loose=True):
        if not trial.steady():
            rule = "one level instalment that is solved once: of others rounding leaves no interval"
            raise _refuse(plan, rule)
        low[trial.rows] = np.where(some, below + 1, 0)
    for trial, high, found in _rates(call, plan, limit, 1, loose=True):
        rows, places = trial.rows, call.loans.decimals[trial.rows]
        mild = np.maximum(high, 0)
        call.settle(trial, high, found & ~trial.short(rows, mild)[0], mild, "instalment")
        asked = limit[rows] + trial.over(rows, mild, strict=False)
        shown = as_text(limit[rows], places)
        most = np.char.add("<= ", as_text(np.minimum(asked, HIGH), places))
        call.refuse(rows, low[rows] > ONE, Code.OUT_OF_RANGE, "instalment", shown, most)
        nothing = np.full(len(rows), "")
        call.refuse(rows, low[rows] > high, Code.NO_RATE, "annual_rate", nothing, nothing)
    got = call.outcome()
    if not call.alone:
        return Outcome(Rates(low[got.row], got.value), got.row, got.failures)
    high = got.single()
    return Rates(*(to_plain(int(each[0]), RATE_DECIMALS) for each in (low, high)))


@overload
def solve_holiday(
    loans: Loan, plan: Plan, *, longest: int, instalment: Any = None, periods: Any = None
) -> int: ...
@overload
def solve_holiday(
    loans: Loans, plan: Plan, *, longest: int, instalment: Any = None, periods: Any = None
) -> Outcome[Ints]: ...
def solve_holiday(
    loans: Loan | Loans, plan: Plan, *, longest: int, instalment: Any = None, periods: Any = None
) -> int | Outcome[Ints]:
    """The longest holiday, or stretch of interest only, that a plan can begin with.

    Parameters
    ----------
    loans
        One loan, or a batch; both run the same code.
    plan
        The number of a ``holiday`` or ``interest_only`` before the last stage is :data:`UNKNOWN`. Where the
        last stage gives its instalment, its last payment may be no larger; a ``fixed_payment`` takes as many
        payments as it needs, and ``periods`` bounds them.
    longest
        Periods of the holiday at most.
    instalment
        Of a solved plan: what no regular payment may be above.
    periods
        Of the whole plan at most: an int, ``col``, or one per loan.

    Returns
    -------
    int, 0 to ``longest``; of a batch an Outcome of int64.

    Raises
    ------
    InputError
        ``out_of_range``: without a holiday it is more already (``limit``: how much); ``never_paid_off``, of
        a given instalment; ``unknown_value``: another plan; ``missing``: nothing that limits it. In a
        batch a loan's fault is an entry of the failures instead.

    Notes
    -----
    Proven maximal: where days are counted, or rates change, a longer holiday may have a smaller instalment
    than a shorter one, so every length from ``longest`` down is tried.

    Examples
    --------
    >>> from repayplan.plans.stage import equal_instalment, fixed_payment, holiday
    >>> loan = Loan(
    ...     principal="12000",
    ...     annual_rate="0.12",
    ...     original_term=24,
    ...     elapsed=0,
    ...     unpaid=24,
    ...     next_due="2026-01-31",
    ... )
    >>> pause = holiday(UNKNOWN, interest="capitalise")
    >>> solve_holiday(loan, pause + equal_instalment(24), instalment="600", longest=12)
    6
    >>> solve_holiday(loan, pause + fixed_payment("600"), periods=30, longest=12)
    6
    """
    blank = _the_blank(
        plan, "length", "the number of one holiday or interest_only is UNKNOWN, and nothing else"
    )
    if blank.stage == len(plan.stages) - 1 or plan.stages[blank.stage].rule.amortises:
        raise _refuse(
            plan, "the number that is looked for is that of a holiday or interest_only, not the last"
        )
    call = _Call.of(loans, plan)
    limit = _limit(call, plan, instalment, needed=periods is None)
    if periods is None and plan.stages[-1].name == "fixed_payment":
        rule = "a payment until all is paid off bears any holiday: say how long the plan may be"
        raise InputError(Code.MISSING, "periods", None, rule)
    if isinstance(longest, bool) or not 0 <= longest <= MAX_PERIODS:
        raise InputError(Code.OUT_OF_RANGE, "longest", longest, f"0 to {MAX_PERIODS}")
    terms = None
    if periods is not None:
        given = call.loans.column(periods.name) if isinstance(periods, Column) else periods
        terms = call.screen.count("periods", given, 1, MAX_PERIODS)
    for group in call.groups():
        none = np.zeros(len(group), np.int64)
        trial = _Trial(group, plan, blank, none, limit=limit, periods=terms)
        rows = trial.rows
        zero, most = _full(trial.rows, 0), _full(trial.rows, longest)
        if trial.steady():
            most = _edge(trial.nearly, rows, zero, most, zero, zero + 1)
        got = _scan(trial.does, rows, most, zero, -1, zero - 1)
        mine = plan.stages[-1].name + ".instalment" if limit is None else "instalment"
        call.settle(trial, got, got >= 0, zero, mine)
    return call.whole()  # type: ignore[no-any-return]


@overload
def solve_balloon(loans: Loan, plan: Plan, *, instalment: Any) -> Decimal: ...
@overload
def solve_balloon(loans: Loans, plan: Plan, *, instalment: Any) -> Outcome[Ints]: ...
def solve_balloon(loans: Loan | Loans, plan: Plan, *, instalment: Any) -> Decimal | Outcome[Ints]:
    """The least balloon at the end of a plan with which its instalment is at most a given amount.

    Parameters
    ----------
    loans
        One loan, or a batch; both run the same code.
    plan
        The last stage's balloon is :data:`UNKNOWN`: ``equal_instalment(24, balloon=UNKNOWN)``.
    instalment
        What no regular payment may be above, in currency units (a number, text, Decimal, ``col``, or one
        per loan).

    Returns
    -------
    Decimal in currency units, 0 where none is needed; of a batch an Outcome of int64 minor units.

    Raises
    ------
    InputError
        ``negative_amortisation``: so small an instalment doesn't cover the interest, whatever the balloon;
        ``unknown_value``: another plan. In a batch a loan's fault is an entry of the failures instead.

    Notes
    -----
    Proven minimal as in :func:`solve_principal`.

    Examples
    --------
    >>> from repayplan.plans.stage import equal_instalment
    >>> loan = Loan(
    ...     principal="12000",
    ...     annual_rate="0.12",
    ...     original_term=24,
    ...     elapsed=0,
    ...     unpaid=24,
    ...     next_due="2026-01-31",
    ... )
    >>> solve_balloon(loan, equal_instalment(24, balloon=UNKNOWN), instalment="400")
    Decimal('4447.30')
    """
    blank = _the_blank(plan, "balloon", "the last stage's balloon is UNKNOWN, and nothing else is")
    if blank.stage != len(plan.stages) - 1:
        raise _refuse(plan, "the balloon that is looked for is that of the last stage")
    call = _Call.of(loans, plan)
    limit = call.amount("instalment", instalment)
    for group in call.groups():
        zero = np.zeros(len(group), np.int64)
        trial = _Trial(group, plan, blank, zero, limit=limit)
        rows = trial.rows
        reach, near = trial.length(rows), zero[rows]
        if trial.once():  # the instalment falls in proportion
            half = np.maximum(group.balance[rows] // 2, 1)
            none, some = (trial.asked(rows, value) for value in (near, half))
            slope = np.maximum(none - some, 1) / half
            near = np.clip((none - limit[rows]) / slope, 0, 2.0 * half).astype(np.int64)
        trial.refused = -HIGH  # beyond the balloon that is looked for, the interest isn't covered
        got, found = _farthest(
            trial, rows, zero[rows], _full(trial.rows, MAX_UNITS), near, reach, sign=-1, scale=zero + 1
        )
        trial.refused = HIGH
        found[found] = trial.over(rows[found], got[found]) <= 0
        call.settle(trial, got, found, np.maximum(got, 0), "instalment")
    return call.money()  # type: ignore[no-any-return]
