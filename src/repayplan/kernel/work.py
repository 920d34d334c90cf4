"""What the kernel works on: loans that share their stages and conventions, and the rows written for them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from repayplan.basics.outcome import Bools, Ints, any_of, pick
from repayplan.basics.rounding import Mode

MAX_PERIODS = 3660


class Amount(IntEnum):
    """Where a stage's ``A`` comes from."""

    NONE = 0
    LEVEL = 1
    SHARE = 2
    GIVEN = 3


class Interest(IntEnum):
    """What becomes of the interest of a stage's rows (a plan's last row always pays it).

    ``JOINED``: it bears none while the stage lasts, and is capitalised in one sum by the stage's last row.
    """

    PAID = 0
    CAPITALISED = 1
    DEFERRED = 2
    WAIVED = 3
    JOINED = 4


class Change(IntEnum):
    """What a solved instalment does where the rate changes."""

    RESOLVE = 0
    KEEP = 1
    FORESEE = 2


@dataclass(frozen=True, slots=True)
class Rule:
    """How the rows of one stage move: principal = ``A - interest`` (``net``) or ``A``.

    ``added_on``: the interest of all its rows is rounded as one amount, and divided among them. ``adds``:
    where the amount doesn't cover the interest, the rest is capitalised. ``change``: an amount that is solved
    takes the rate known then for all later periods, and is solved anew or kept where another follows; or it
    takes each period's own.
    """

    amount: Amount = Amount.NONE
    net: bool = False
    interest: Interest = Interest.PAID
    on_start: bool = False
    added_on: bool = False
    pays: bool = True
    adds: bool = False
    change: Change = Change.RESOLVE

    @property
    def grows(self) -> bool:
        """Whether the balance may rise."""
        return self.adds or self.interest in (Interest.CAPITALISED, Interest.JOINED)

    @property
    def solved(self) -> bool:
        """Whether the stage's amount is solved where it isn't given."""
        return self.amount in (Amount.LEVEL, Amount.SHARE)

    @property
    def amortises(self) -> bool:
        """Whether the stage repays principal by its rule."""
        return self.amount is not Amount.NONE


@dataclass(frozen=True, slots=True)
class Resets:
    """Rates that change over time, by period and calendar.

    Attributes
    ----------
    units
        int64 (periods, calendars); what each period would count at a rate of 1.
    start, rate
        int64 (periods, calendars); the rate at the beginning and at the end of each period. At the rate known
        at the end of period t, period k counts ``units[k] * rate[t]``.
    changed
        bool (periods, calendars); another rate than at the end of the period before.
    even
        Whether all periods after the first count the same units, calendar by calendar, and no rate is
        negative.
    """

    units: Ints
    start: Ints
    rate: Ints
    changed: Bools
    even: bool

    def known(self, t: int, change: Change) -> Ints:
        """int64 (calendars); the rate that an amount solved in period t takes for all later periods.

        One that is kept is agreed before anything changes within the period.
        """
        return np.asarray((self.start if change is Change.KEEP else self.rate)[t], np.int64)

    def since(self, period: int) -> Resets:
        """The same from a period on."""
        rest = slice(period, None)
        return Resets(self.units[rest], self.start[rest], self.rate[rest], self.changed[rest], self.even)


@dataclass(frozen=True, slots=True)
class Bound:
    """What no balance, factor or total of a loan can exceed (floats, rounded well upwards).

    ``units`` (int64) are the most that any of its periods counts.
    """

    balance: npt.NDArray[np.float64]
    factor: npt.NDArray[np.float64]
    total: npt.NDArray[np.float64]
    units: Ints

    def take(self, rows: slice) -> Bound:
        """The same for some of the loans."""
        return Bound(self.balance[rows], self.factor[rows], self.total[rows], self.units[rows])


class Pays(IntEnum):
    """What a single row of a stage pays."""

    RULE = 0
    INTEREST = 1
    NOTHING = 2


@dataclass(frozen=True, slots=True)
class Course:
    """What single rows do beside the rule of their stage, by period and loan; rows beyond it do nothing else.

    Attributes
    ----------
    pays
        int8 (periods, loans); a :class:`Pays`.
    waits
        bool (periods, loans); the row's interest waits, bearing none, for the next row that pays it.
    growth, step
        int64 (periods, loans); before the row the amount grows by ``growth`` parts in 10**10 of itself,
        rounded as an instalment, and by ``step`` minor units.
    given
        int64 (periods, loans); the row's own amount, minor units, -1 where it has none.
    """

    pays: npt.NDArray[np.int8]
    waits: Bools
    growth: Ints
    step: Ints
    given: Ints

    def __len__(self) -> int:
        return len(self.pays)

    def take(self, rows: Ints | slice) -> Course:
        """The same for some of the loans."""
        return Course(
            self.pays[:, rows],
            self.waits[:, rows],
            self.growth[:, rows],
            self.step[:, rows],
            self.given[:, rows],
        )

    def stepped(self, t: int, pos: Ints | slice, length: Ints) -> Bools:
        """Whether the amount of some loans' stage, which begins at period ``t``, rises or falls by steps."""
        steps = self.step[t:, pos]
        inside = np.arange(len(steps))[:, None] < length
        return np.asarray(((steps != 0) & inside).any(axis=0), np.bool_)

    @property
    def rises(self) -> bool:
        """Whether any amount grows."""
        return bool(self.growth.any() or self.step.any())


@dataclass(frozen=True, slots=True)
class Move:
    """Principal that moves beside the instalments, once a loan.

    Attributes
    ----------
    period
        int64 (loans); the period in which it moves, -1 for loans in which it doesn't.
    amount
        int64 minor units: drawn, or below 0 repaid (at most what is owed then).
    num
        int64; the numerator of the rest of that period: its interest is ``amount * num / den``.
    kept
        int64; the same if the rate at the period's beginning stayed.
    anew
        int64; the period from which instalments are solved anew, -1: they stay.
    shortens
        bool; the plan ends when everything is repaid, its instalments those that it would have without
        the move.
    """

    period: Ints
    amount: Ints
    num: Ints
    kept: Ints
    anew: Ints
    shortens: Bools

    def take(self, rows: Ints | slice) -> Move:
        """The same for some of the loans."""
        columns = (self.period, self.amount, self.num, self.kept, self.anew)
        period, amount, num, kept, anew = (pick(column, rows) for column in columns)
        return Move(period, amount, num, kept, anew, self.shortens[rows])


@dataclass(frozen=True, slots=True)
class Agreed:
    """Solved amounts as they would be if nothing had shortened the plan.

    Attributes
    ----------
    whose
        bool (loans); the loans that have them.
    amounts
        By stage and period in which it is solved: int64 (loans).
    """

    whose: Bools
    amounts: dict[tuple[int, int], Ints]

    def take(self, rows: Ints | slice) -> Agreed:
        """The same for some of the loans."""
        return Agreed(self.whose[rows], {when: amount[rows] for when, amount in self.amounts.items()})


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Loans that share a template of stages and all conventions.

    Attributes
    ----------
    rules
        The stages.
    lengths
        int64 (stages, loans); rows of each stage.
    amounts
        int64 (stages, loans); the amount given, or -1 where it is solved.
    balloons
        int64 (stages, loans); what a solved stage leaves at its end, or -1: it repays with the later ones.
    opening
        int64; balance at the start, minor units.
    num, den
        Interest of a period is ``balance * num * units / den``.
    first, regular
        int64; units of the first period and, where ``later`` isn't given, of every later one.
    later, calendar
        Units of period t from the second on (t is 1) are ``later[t - 1, calendar]``, where those differ;
        at least one row, of zeros where no loan has a second period. Otherwise ``calendar`` isn't looked at.
    resets
        Where rates change: the units have them in them, and ``num`` is 1. Loans of one calendar have the
        same first period then.
    course
        Where single rows do something else than the rule of their stage.
    moves
        Principal that moves beside the instalments; of each loan in the order of its days.
    agreed
        What is solved without the moves that shorten the plan.
    by_piece
        Whether interest is rounded for each piece of a period between its moves.
    floors
        int64 (stages, loans); what a solved amount isn't below, 0 where there is no such amount.
    stop
        int64; rows that are written, where the plan ends before its stages do.
    extra_first, extra_every
        int64; added to ``A`` in the first row, or every row, of the last amortising stage.
    """

    rules: tuple[Rule, ...]
    lengths: Ints
    amounts: Ints
    balloons: Ints
    opening: Ints
    num: Ints
    den: int
    first: Ints
    regular: Ints
    later: npt.NDArray[np.int32 | np.int64] | None
    calendar: Ints
    interest_mode: Mode = "half_up"
    interest_multiple: int = 1
    instalment_mode: Mode = "half_up"
    instalment_multiple: int = 1
    extra_first: Ints | None = None
    extra_every: Ints | None = None
    resets: Resets | None = None
    course: Course | None = None
    moves: tuple[Move, ...] = ()
    agreed: Agreed | None = None
    by_piece: bool = False
    floors: Ints | None = None
    stop: Ints | None = None
    # What has been worked out; lost where anything is replaced.
    _grown: npt.NDArray[np.float64] | None = field(default=None, init=False, repr=False, compare=False)
    _solved: Ints | None = field(default=None, init=False, repr=False, compare=False)
    _bound: Bound | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def term(self) -> Ints:
        """Rows of each loan."""
        if self.stop is not None:
            return self.stop
        return rows_of(self.lengths)

    @property
    def begun(self) -> Bools:
        """Of which loans the last stage has a row; the plans of others end before it."""
        return np.asarray(self.term > self.lengths[:-1].sum(axis=0), np.bool_)

    def take(self, rows: Ints | slice) -> Work:
        """The same work for some of the loans."""
        made = self.taking(rows)
        if self._grown is not None:
            object.__setattr__(made, "_grown", self._grown[rows])
        if self._bound is not None and isinstance(rows, slice):  # costs nothing then
            made.bounded(self._bound.take(rows))
        return made if self._solved is None else made.knowing(self._solved[rows])

    def taking(
        self,
        rows: Ints | slice,
        *,
        opening: Ints | None = None,
        num: Ints | None = None,
        den: int | None = None,
    ) -> Work:
        """The same with other balances or rates, and without what has been worked out."""
        first = pick(self.first, rows)
        extra_first, extra_every = self.extra_first, self.extra_every
        return replace(
            self,
            lengths=pick(self.lengths, rows),
            amounts=pick(self.amounts, rows),
            balloons=pick(self.balloons, rows),
            opening=pick(self.opening, rows) if opening is None else opening,
            num=pick(self.num, rows) if num is None else num,
            den=self.den if den is None else den,
            first=first,
            regular=first if self.regular is self.first else pick(self.regular, rows),
            calendar=pick(self.calendar, rows),
            extra_first=None if extra_first is None else pick(extra_first, rows),
            extra_every=None if extra_every is None else pick(extra_every, rows),
            course=None if self.course is None else self.course.take(rows),
            moves=tuple(move.take(rows) for move in self.moves),
            agreed=None if self.agreed is None else self.agreed.take(rows),
            floors=None if self.floors is None else pick(self.floors, rows),
            stop=None if self.stop is None else pick(self.stop, rows),
        )

    def knowing(self, amount: Ints) -> Work:
        """Itself, of one stage whose ``A`` is solved already: nobody solves it again."""
        object.__setattr__(self, "_solved", amount)
        return self

    @property
    def solved(self) -> Ints | None:
        """``A`` of the only stage, where somebody has solved it; None: not yet."""
        return self._solved

    def bounded(self, bound: Bound) -> Bound:
        """Keeps the bounds that have been worked out (:func:`~repayplan.kernel.proof.bound`)."""
        object.__setattr__(self, "_bound", bound)
        return bound

    @property
    def bound(self) -> Bound | None:
        """The bounds, where they have been worked out; None: not yet."""
        return self._bound

    def grown(self) -> npt.NDArray[np.float64] | None:
        """``(1 + f)**n - 1`` over all rows; None where periods aren't alike.

        Solving, its bounds and those of what rounding does need the same powers: worked out once.
        """
        if self._grown is None and self.later is None and self.first is self.regular:
            known = self._bound
            factor = self.num * 1.0 * self.regular / self.den if known is None else known.factor
            with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
                power = np.expm1(self.term * np.log1p(factor))
            object.__setattr__(self, "_grown", power)
        return self._grown

    @property
    def given(self) -> bool:
        """Whether any amount is given instead of solved."""
        return _any(self.amounts)

    @property
    def leaves(self) -> bool:
        """Whether any stage leaves a balloon."""
        return _any(self.balloons)

    def common_units(self) -> Ints:
        """What the units of all periods of each loan are multiples of (at least 1)."""
        later = self.regular if self.later is None else np.gcd.reduce(self.later, axis=0)[self.calendar]
        return np.asarray(np.maximum(np.gcd(self.first, later), 1), np.int64)

    @property
    def moved(self) -> bool:
        """Whether any principal moves beside the instalments; a move of nothing only cuts a period."""
        return any(bool((move.amount != 0).any()) for move in self.moves)

    @property
    def drawn(self) -> Ints:
        """What is drawn beside the opening balance."""
        every = [np.maximum(move.amount, 0) * (move.period >= 0) for move in self.moves]
        return np.sum(every, axis=0, dtype=np.int64) if every else np.zeros_like(self.opening)

    def largest_units(self) -> Ints:
        """The most units any period of each loan counts, their sign aside."""
        if self.later is None:
            return self.first if self.first is self.regular else np.maximum(self.first, self.regular)
        first, later = (x if self.resets is None else np.abs(x) for x in (self.first, self.later))
        return np.asarray(np.maximum(first, later.max(axis=0)[self.calendar]), np.int64)

    def smallest_units(self) -> Ints:
        """The fewest units any period of each loan counts."""
        later = self.smallest_later()
        return self.first if self.first is later else np.minimum(self.first, later)

    def smallest_later(self) -> Ints:
        """The fewest units any period of each loan but the first counts."""
        if self.later is None:
            return self.regular
        return np.asarray(self.later.min(axis=0)[self.calendar], np.int64)

    def units(self, t: int | Ints, loans: Ints | slice = slice(None)) -> Ints:
        """Counted units of period ``t`` (one for all, or one each), of the last one known at most."""
        if isinstance(t, int):
            if t == 0 or self.later is None:
                return (self.regular if t else self.first)[loans]
            later = self.later[min(t, len(self.later)) - 1]
            return np.asarray(later.take(self.calendar[loans]), np.int64)
        if self.later is None:
            return np.where(t == 0, self.first[loans], self.regular[loans])
        row = np.clip(t - 1, 0, len(self.later) - 1)
        return np.where(t == 0, self.first[loans], self.later[row, self.calendar[loans]])


def rows_of(lengths: Ints) -> Ints:
    """Rows of each loan, of the rows of its stages (stages, loans)."""
    return lengths[0] if len(lengths) == 1 else np.asarray(lengths.sum(axis=0), np.int64)


def _any(given: Ints) -> bool:
    """Whether any figure isn't -1, of a column that may be one value repeated."""
    if given.strides[-1] == 0 and given.size:
        return bool(max(given[:, 0].tolist()) >= 0)
    return any_of(given >= 0)


@dataclass(slots=True)
class Block:
    """Rows of some loans, period by period: row of loan ``i`` in period ``t`` at ``offset[t] + i``.

    Kept for each row are the closing balance and the interest that accrued, integers with ``shift`` added;
    :meth:`cells` reads them. Where every row's principal is its stage's amount less its interest, the
    interest isn't kept (None), because it follows. Where all figures are below 2**31 they take 4 bytes. In a
    tally nothing is kept but each loan's first, largest and last payment and its total interest. ``short``
    is the first payment of each ``negative`` loan that doesn't cover its interest, and that interest; of
    those of them that are ``sunk``, the first planned payment that steps have brought below 0, and 0.
    """

    rows: Ints
    active: Ints
    offset: Ints
    shift: int
    opening: Ints
    ends: Ints
    interest: npt.NDArray[np.int64 | np.int32] | None
    closing: npt.NDArray[np.int64 | np.int32]
    amount: Ints
    negative: Bools
    sunk: Bools
    early: Bools
    regular: Ints
    begin: Ints
    peak: Ints
    last: Ints
    total: Ints
    short: Ints

    def cells(self, loan: Ints, period: Ints) -> tuple[Ints, Ints, Ints]:
        """Opening balance, interest and closing balance of loans of the block in periods."""
        cell = self.offset[period] + loan
        before = self.offset[np.maximum(period - 1, 0)] + loan
        opening = np.where(period > 0, self.closing.take(before) - self.shift, self.opening[loan])
        closing = self.closing.take(cell).astype(np.int64) - self.shift
        if self.interest is not None:
            return opening, self.interest.take(cell).astype(np.int64) - self.shift, closing
        final = period == self.ends[-1].take(loan) - 1
        amount = self.amount[0].take(loan)
        if len(self.ends) > 1:
            stage = (period >= self.ends[:, loan]).sum(axis=0)
            amount = self.amount[np.where(final, 0, stage), loan]
        paid = np.where(final, self.last.take(loan), amount)
        return opening, paid - (opening - closing), closing

    def period(self, t: int) -> tuple[Ints, Ints, Ints]:
        """The same of every loan that has a row in period ``t``, without a lookup for each."""
        here, there = int(self.active[t]), int(self.active[t + 1])
        start, before = int(self.offset[t]), int(self.offset[max(t - 1, 0)])
        opening = self.opening[:here]
        if t:
            opening = self.closing[before : before + here].astype(np.int64) - self.shift
        closing = self.closing[start : start + here].astype(np.int64) - self.shift
        if self.interest is not None:
            interest = self.interest[start : start + here].astype(np.int64) - self.shift
            return opening, interest, closing
        paid = self.amount[0, :here]
        if len(self.ends) > 1:
            stage = np.minimum((t >= self.ends[:, :here]).sum(axis=0), len(self.ends) - 1)
            paid = self.amount[stage, np.arange(here)]
        paid = np.concatenate((paid[:there], self.last[there:here]))
        return opening, paid - (opening - closing), closing

    def final(self, term: Ints) -> tuple[Ints, Ints, Ints]:
        """Opening balance, interest and closing balance of each loan's row number ``term`` (from 1)."""
        return self.cells(np.arange(len(self.rows)), term[self.rows] - 1)
