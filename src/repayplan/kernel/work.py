"""What the kernel works on: loans that share their stages and conventions."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from repayplan.basics.outcome import Bools, Ints, any_of, pick
from repayplan.basics.rounding import Mode
from repayplan.kernel.courses import Agreed, Bound, Course, Move
from repayplan.kernel.rules import Resets, Rule


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
    # What has been worked out; lost where anything is replaced that it depends on.
    _factor: npt.NDArray[np.float64] | None = field(default=None, init=False, repr=False, compare=False)
    _step: npt.NDArray[np.float64] | None = field(default=None, init=False, repr=False, compare=False)
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
        for name in ("_step", "_grown"):
            known = getattr(self, name)
            if known is not None:
                object.__setattr__(made, name, known[rows])
        if isinstance(rows, slice):  # of others these cost less than to pick them
            if self._factor is not None:
                object.__setattr__(made, "_factor", self._factor[rows])
            if self._bound is not None:
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

    def lasting(self, lengths: Ints) -> Work:
        """The same over so many rows of each stage, (stages, loans)."""
        made = replace(self, lengths=lengths)
        object.__setattr__(made, "_factor", self.factor)
        object.__setattr__(made, "_step", self._step)
        return made

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

    @property
    def factor(self) -> npt.NDArray[np.float64]:
        """Interest of the longest period on 1."""
        if self._factor is None:
            factor = np.asarray(self.num * 1.0 * self.largest_units() / self.den, np.float64)
            object.__setattr__(self, "_factor", factor)
        return self._factor  # type: ignore[return-value]

    @property
    def alike(self) -> bool:
        """Whether all periods of a loan are alike."""
        return self.later is None and self.first is self.regular

    def step(self) -> npt.NDArray[np.float64]:
        """``log(1 + f)`` of that factor ``f``."""
        if self._step is None:
            with np.errstate(invalid="ignore", divide="ignore"):
                object.__setattr__(self, "_step", np.log1p(self.factor))
        return self._step  # type: ignore[return-value]

    def grown(self) -> npt.NDArray[np.float64] | None:
        """``(1 + f)**n - 1`` over all rows; None where periods aren't alike.

        Solving, its bounds and those of what rounding does need the same powers: worked out once. ``step``:
        the logarithm of ``1 + f``, where it is known.
        """
        if self._grown is None and self.alike:
            with np.errstate(over="ignore", invalid="ignore"):
                power = np.expm1(self.term * self.step())
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
