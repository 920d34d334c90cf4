"""How fast a plan must repay principal at least, and the check of its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from repayplan.ability.figures import decimal, each_once, whole
from repayplan.basics.dates import begun_periods, whole_periods
from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Bools, Ints
from repayplan.basics.ruleshape import check_kinds
from repayplan.kernel.accrue import divide_product
from repayplan.kernel.block import Block
from repayplan.offers.lengths import MOST_MONTHS
from repayplan.plans.loan import Loans

PERCENT_PLACES = 4
PERCENT = 100 * 10**PERCENT_PLACES
"""The whole, in 0.0001 percent."""
UNBOUNDED = 2**31
"""More rows than any plan has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepaidBy:
    """So much of the principal is repaid when so many months are over.

    Parameters
    ----------
    months
        In whole periods from the plan's start, a begun one counted whole: 12 of a quarterly loan are 4
        instalments, 10 too.
    percent
        Percent of the principal, what is forborne among it (``"10"``).

    Raises
    ------
    InputError
        Figures out of range; nothing has to be repaid.

    Examples
    --------
    >>> RepaidBy(months=12, percent="7.5").percent
    Decimal('7.5')
    """

    months: int
    percent: Decimal

    def __post_init__(self) -> None:
        whole("repaid_by.months", self.months, 1, MOST_MONTHS, "months")
        part = decimal("repaid_by.percent", self.percent, most=100, places=PERCENT_PLACES)
        if not part:
            raise InputError(Code.OUT_OF_RANGE, "repaid_by.percent", self.percent, "more than 0")
        object.__setattr__(self, "percent", part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Amortisation:
    """Minimums of paying off gradually, which every plan that is offered keeps.

    Parameters
    ----------
    repaid_by
        What must be repaid when; a plan that ends before has repaid all. Interest that is capitalised counts
        against it: what has been repaid is the principal at the start less what is owed of it.
    longest_without_principal
        The most months in succession, in whole periods, whose instalments repay no principal: rests and
        interest only among them, the last instalment not.
    largest_balloon
        The most, in percent of the principal, that a plan of several instalments leaves until its last due
        date on purpose: what is forborne; of interest only, everything.

    Raises
    ------
    InputError
        Figures out of range, or two shares for the same month.

    Examples
    --------
    >>> minimums = Amortisation(
    ...     repaid_by=(RepaidBy(months=12, percent="5"),), longest_without_principal=6, largest_balloon="30"
    ... )
    >>> minimums.any, Amortisation().any
    (True, False)
    """

    repaid_by: tuple[RepaidBy, ...] = ()
    longest_without_principal: int | None = None
    largest_balloon: Decimal | None = None

    def __post_init__(self) -> None:
        if self.largest_balloon is not None:
            name = "amortisation.largest_balloon"
            part = decimal(name, self.largest_balloon, most=100, places=PERCENT_PLACES)
            object.__setattr__(self, "largest_balloon", part)
        check_kinds(self, "amortisation.")
        months = [each.months for each in self.repaid_by]
        each_once("amortisation.repaid_by", months, "one share for a month", ".months")
        if self.longest_without_principal is not None:
            name = "amortisation.longest_without_principal"
            whole(name, self.longest_without_principal, 0, MOST_MONTHS, "months")

    @property
    def any(self) -> bool:
        """Whether it asks for anything."""
        return self != ANY

    @property
    def spreads(self) -> bool:
        """Whether a plan may not leave everything until its last due date."""
        return self.largest_balloon is not None and self.largest_balloon < 100

    def pace(self, loans: Loans) -> Pace | None:
        """What it asks of the rows of plans for loans, as the plans take them over; None: nothing."""
        if not self.repaid_by and self.longest_without_principal is None:
            return None
        size = len(loans)
        by, left = (np.zeros((len(self.repaid_by), size), np.int64) for _ in range(2))
        principal = loans.balance + loans.set_aside
        for i, each in enumerate(self.repaid_by):
            by[i] = begun_periods(np.full(size, each.months), loans.frequency)
            part = np.full(size, int(each.percent * 10**PERCENT_PLACES))
            repaid, rest = divide_product(principal, part, PERCENT)
            left[i] = loans.balance - repaid - (rest > 0)  # beside what is set aside, which is owed still
        run = np.full(size, UNBOUNDED)
        if self.longest_without_principal is not None:
            run = whole_periods(np.full(size, self.longest_without_principal), loans.frequency)
        return Pace(by, left, run)


ANY = Amortisation()
"""Any plan will do."""


@dataclass(frozen=True, slots=True, eq=False)
class Pace:
    """What plans for some loans must have repaid, row by row.

    Attributes
    ----------
    by, left
        int64 (rules, loans); after this row, no more than this may be left of the balance, unless the plan
        ends there. Rows are counted from 1.
    run
        int64; the most rows in succession that repay no principal, but for the last row.
    begun
        Rows without principal before the first.
    """

    by: Ints
    left: Ints
    run: Ints
    begun: int = 0

    def take(self, rows: Ints) -> Pace:
        """Of some of the loans."""
        return replace(self, by=self.by[:, rows], left=self.left[:, rows], run=self.run[rows])

    def after(self, periods: int) -> tuple[Pace, Bools]:
        """The same counted from where so many rows without principal end, and who may have these."""
        may = (self.run >= self.begun + periods) & (self.by > periods).all(axis=0)
        return replace(self, by=self.by - periods, begun=self.begun + periods), may

    def kept(self, blocks: Sequence[Block], terms: Ints) -> Bools:
        """Whether the rows of plans, with so many rows each, keep to it; plans that can't be kept don't."""
        out = np.ones(len(terms), np.bool_)
        for block in blocks:
            out[block.rows] &= ~block.negative
            if (self.run[block.rows] < terms[block.rows]).any():
                out[block.rows] &= self._keeps_on(block, terms[block.rows])
        return out & (self.lacking(blocks, terms) <= 0).all(axis=0)

    def _keeps_on(self, block: Block, terms: Ints) -> Bools:
        """Whether no more rows of a block's plans than allowed follow each other without principal."""
        most, keeps = self.run[block.rows], np.ones(len(block.rows), np.bool_)
        idle = np.full(len(block.rows), self.begun)
        for t in range(int(terms.max()) - 1):
            here = int(block.active[t])
            opening, _, closing = block.period(t)
            idle[:here] = np.where((closing >= opening) & (opening > 0), idle[:here] + 1, 0)
            keeps[:here] &= (idle[:here] <= most[:here]) | (t + 1 == terms[:here])
        return keeps

    def lacking(self, blocks: Sequence[Block], terms: Ints) -> Ints:
        """int64 (rules, loans): how much more than allowed is left where each share is due; 0 or less: none.

        Nothing where the plan ends before.
        """
        out = np.zeros_like(self.left)
        for block in blocks:
            rows = block.rows
            for rule, (by, left) in enumerate(zip(self.by[:, rows], self.left[:, rows], strict=True)):
                some = np.flatnonzero(by < terms[rows])
                if len(some):
                    _, _, closing = block.cells(some, by[some] - 1)
                    out[rule, rows[some]] = closing - left[some]
        return out
