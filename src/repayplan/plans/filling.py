"""A plan for a batch, laid out with values put in for its unknown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from repayplan.basics.columns import RATE_DECIMALS, Screen
from repayplan.basics.money import Minor
from repayplan.basics.outcome import Ints, all_of, brief, places, repeated, span
from repayplan.kernel.work import Work
from repayplan.plans.course import patterned
from repayplan.plans.ends import ended
from repayplan.plans.laid import Laid
from repayplan.plans.layout import lay_out
from repayplan.plans.loan import Loans
from repayplan.plans.parameters import parameters
from repayplan.plans.stage import Plan
from repayplan.plans.unknown import Blank

ONE = 10**RATE_DECIMALS
SOLVED = -1
"""In the place of an amount: one that the kernel solves."""
T = TypeVar("T")


def _used(every: tuple[T, ...], index: Ints) -> list[T]:
    """Those of some rules that a row of the batch has."""
    return [every[i] for i in np.flatnonzero(np.bincount(brief(index), minlength=len(every))).tolist()]


def _one(values: Ints) -> int | None:
    """The value of a column that is one value repeated; None of any other."""
    return int(values[0]) if len(values) and values.strides == (0,) else None


class Filling:
    """A plan for a batch, with values put in for its unknown.

    Parameters
    ----------
    loans
        At their finest unit; those that are good share what decides how they are looked at.
    base
        int64 of all loans; a value that the plan can be laid out with.
    """

    def __init__(self, loans: Loans, plan: Plan, blank: Blank, base: Ints) -> None:
        self.loans, self.plan, self.blank, self.base = loans, plan, blank, base
        self.rows = places(loans.good)
        self.at = at = span(self.rows)
        self.laws = _used(loans.rounding, loans.rounding_index[at])
        self.counts = _used(loans.day_counts, loans.day_count[at])
        self.dates = _used(loans.due_dates, loans.due_index[at])
        self.ends = not np.isnat(loans.last_due[at]).all()
        self.paths = blank.figure != "annual_rate" and bool((loans.rate_index[at] >= 0).any())
        self._kept: list[tuple[Ints, Laid]] | None = None

    # What is known of it

    def moving(self) -> bool:
        """Whether any rate changes over time."""
        return self.paths or any(stage.rate is not None for stage in self.plan.stages)

    def moves(self) -> bool:
        """Whether principal moves beside the stages."""
        return any(part.on is not None for part in self.plan.beside)

    def floored(self) -> bool:
        """Whether a solved amount isn't below another."""
        return any(stage.at_least is not None for stage in self.plan.stages)

    def lends_fees(self) -> bool:
        """Whether a fee is added to the balance."""
        return any(part.levy is not None and part.levy.financed for part in self.plan.beside)

    def alike(self) -> bool:
        """Whether all periods after the first are alike."""
        even = all(count.year is None for count in self.counts) and not self.ends
        return even and not any(law.shifts or law.given for law in self.dates) and not self.moving()

    def others(self) -> Ints:
        """Rows of the stages whose number isn't looked for, of a plan with the first value."""
        loans, plan = self._with(self.base)
        lengths = parameters(loans, plan, self.rows, Screen(len(loans)))[0][:, self.rows]
        return np.asarray(lengths.sum(axis=0) - lengths[self.blank.stage], np.int64)

    def shifts_later(self) -> bool:
        """Whether a later stage, which ends on a date, becomes shorter as the unknown length grows."""
        later = self.plan.stages[self.blank.stage + 1 :]
        return self.blank.figure == "length" and any(stage.until is not None for stage in later)

    # Its rows

    def laid(self, rows: Ints, values: Ints, screen: Screen | None = None) -> Iterator[tuple[Ints, Laid]]:
        """The work of some loans with these values: places among ``rows``, and the piece.

        Loans whose plan can't be laid out are left out; faults go to ``screen`` (of the whole batch).
        """
        if screen is None and self.movable():
            yield from self._moved(rows, values)
            return
        at = self.at if rows is self.rows else span(rows)
        one = _one(values)
        if one is not None:  # of those that aren't looked at it doesn't matter
            every = repeated(one, len(self.loans))
        else:
            every = self.base.copy()
            every[at] = values
        loans, plan = self._with(every)
        inner = Screen(len(loans)) if screen is None else screen
        inner.good[:] = False
        inner.good[at] = True
        place = None
        if not isinstance(at, slice):
            place = np.zeros(len(loans), np.int64)
            place[rows] = np.arange(len(rows))
        for piece in lay_out(loans, (plan,), repeated(0, len(loans)), inner):
            if place is not None:
                yield place[piece.rows], piece
            else:
                yield piece.rows - rows[0] if rows[0] else piece.rows, piece

    def _with(self, values: Ints) -> tuple[Loans, Plan]:
        """Loans and plan with a value for every loan."""
        figure, s = self.blank.figure, self.blank.stage
        if figure == "principal":
            return self.loans.replace(principal=values * self.loans.finer), self.plan
        if figure == "annual_rate":
            # Of a loan whose rate changes over time: a fixed one instead.
            fixed = repeated(-1, len(values))
            return self.loans.replace(annual_rate=values, rate_index=fixed), self.plan
        put: Any
        loans = self.loans
        if figure == "length":
            put = int(values[0]) if len(values) and (values == values[0]).all() else values
        elif figure == "rate":
            put = values / ONE
        elif figure == "amount" and _one(values) == SOLVED:
            put = None
        else:  # in the unit that a caller gives it in, and that a first value is whole in
            put = Minor(values // loans.finer)
        stages = list(self.plan.stages)
        stages[s] = replace(stages[s], **{figure: put})
        return loans, Plan(tuple(stages), self.plan.beside)

    def movable(self) -> bool:
        """Whether values can be put into work that is laid out once."""
        if self.blank.figure == "rate" or self.plan.stages[-1].name == "fixed_payment":
            return False
        if self.blank.figure == "annual_rate" and self.moving():
            return False
        if self.blank.figure == "principal" and self.lends_fees():
            return False
        if self.moves() and self.blank.figure in ("annual_rate", "length"):  # which rows there are, and rates
            return False
        fixed = not patterned(self.plan) and not self.shifts_later()
        return self.blank.figure != "length" or (self.alike() and fixed)

    def _moved(self, rows: Ints, values: Ints) -> Iterator[tuple[Ints, Laid]]:
        first = self.base[self.at]
        if self.blank.figure == "amount":  # what is solved has nothing to be read
            first = repeated(SOLVED, len(self.rows))
        if self._kept is None:
            self._kept = list(self.laid(self.rows, first, Screen(len(self.loans))))
        every = rows is self.rows or (len(rows) == len(self.rows) and all_of(rows == self.rows))
        same = every and _one(values) is not None and _one(values) == _one(first)
        for own, piece in self._kept:
            if same:
                yield own, piece
                continue
            at, part = own, piece
            if not every:
                place = np.minimum(np.searchsorted(piece.rows, rows), len(piece.rows) - 1)
                at = np.flatnonzero(piece.rows[place] == rows)
                part = piece.take(place[at])
            if len(at):
                work = self._put(part, values[span(at)])
                if work.moves or work.floors is not None:  # where it ends may be another row
                    work = ended(replace(work, stop=None), part.merges)
                yield at, replace(part, work=work)

    def _put(self, piece: Laid, values: Ints) -> Work:
        work, s, figure = piece.work, self.blank.stage, self.blank.figure
        if figure == "annual_rate":  # laid out with the least rate, which has no denominator of its own
            return replace(work, num=values)
        if figure == "principal":
            at = span(piece.rows)
            fine = values * self.loans.finer[at]
            aside = 0 if piece.aside is None else piece.aside
            return replace(work, opening=fine + self.loans.overdue_principal[at] - aside)
        name = {"length": "lengths", "amount": "amounts", "balloon": "balloons"}[figure]
        column = values[None, :]
        if len(piece.plan.stages) > 1:
            column = getattr(work, name).copy()
            column[s] = values
        changed: dict[str, Any] = {name: column}
        return replace(work, **changed)
