"""When the instalments of loans fall due: by the rule of each, moved to business days or not."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from repayplan.basics.dates import DAYS_OF, MID, MONTHS_OF, Days, civil, whole_periods
from repayplan.basics.duedates import DueDates
from repayplan.basics.outcome import Bools, Ints, all_of, any_of


class LoanDates:
    """When the instalments of the loans of a batch fall due."""

    original_term: Ints
    elapsed: Ints
    months_extended: Ints
    next_due: Days
    start: Days
    original_maturity: Days
    last_due: Days
    final_stub: Ints
    due_dates: tuple[DueDates, ...]
    due_index: Ints
    frequency: Ints
    whole: Bools
    late: Ints

    def due_columns(self, rows: Ints | slice) -> list[Ints]:
        """Columns that are all equal where plans of one length have the same due dates."""
        days = (self.next_due[rows], self.last_due[rows])
        first, last = (np.where(np.isnat(day), 0, day.astype(np.int64)) for day in days)
        return [first, self.due_index[rows], self.frequency[rows], self.late[rows], last]

    def unshifted(self, rows: Ints, k: Ints) -> Days:
        """Due date of instalment ``k`` (0 is the first) of each of the rows before any shift."""
        index = self.due_index[rows]
        return on_grid(self.due_dates, index, self.next_due[rows], self.frequency[rows], k + self.late[rows])

    def agreed(self, rows: Ints, k: Ints, final: Bools) -> Days:
        """The same of a plan whose last due date may be another; ``final``: it is that one."""
        days = self.unshifted(rows, k)
        if all_of(np.isnat(self.last_due)):
            return days
        ends = self.last_due[rows]
        return np.where(final & ~np.isnat(ends), ends, days)

    def agreed_start(self, rows: Ints) -> Days:
        """When interest runs from, before any shift of a day one period before the first due date."""
        start, before = self.start[rows], self.unshifted(rows, np.full_like(rows, -1))
        moved = np.array([law.adjusted for law in self.due_dates])[self.due_index[rows]]
        return np.where(moved & self.whole[rows] & (self.late[rows] == 0) & ~np.isnat(before), before, start)

    def due_day(self, rows: Ints) -> Ints:
        """int64; on which day of the month payments fall due where it has that day, 31: on its last.

        Of two days a month the later. 0 where periods are counted in days, or dates are given one by one.
        """
        law, often = self.due_index[rows], self.frequency[rows]
        _, own, length = civil(self.next_due[rows])
        by_month, half = MONTHS_OF[often] > 0, (MONTHS_OF[often] == 0) & (DAYS_OF[often] == 0)
        ends = np.array([each.month_end for each in self.due_dates])[law]
        ends &= (own == length) | (half & (own == MID))
        day = np.maximum(own, np.array([each.day or 0 for each in self.due_dates])[law])
        day = np.where(half & (own <= MID), own + MID, day)
        listed = np.array([each.given is not None for each in self.due_dates])[law]
        return np.where((by_month | half) & ~listed, np.where(ends, 31, day), 0)

    def moved(self, rows: Ints) -> Bools:
        """Whether a due date may be moved to a business day."""
        return np.array([law.shifts for law in self.due_dates])[self.due_index[rows]]

    def due(self, rows: Ints, k: Ints, final: Bools) -> Days:
        """When instalment ``k`` of each of the rows falls due; ``final``: it is the plan's last."""
        days, _ = self._moved(rows, k, final, adjusted_only=False)
        return days

    def counted_to(self, rows: Ints, k: Ints, final: Bools) -> tuple[Days, Bools]:
        """Up to when period ``k`` counts interest, and where the calendar doesn't cover its due date."""
        return self._moved(rows, k, final, adjusted_only=True)

    def _moved(self, rows: Ints, k: Ints, final: Bools, *, adjusted_only: bool) -> tuple[Days, Bools]:
        days = self.agreed(rows, k, final)
        uncovered = np.zeros(days.shape, np.bool_)
        for i, law in enumerate(self.due_dates):
            if law.shifts:
                mine = np.broadcast_to(self.due_index[rows] == i, days.shape)
                moved, beyond = law.shifted(days[mine])
                uncovered[mine] = beyond
                if law.adjusted or not adjusted_only:
                    days[mine] = moved
        return days, uncovered

    def due_by(self, date: Days) -> Ints:
        """int64; how many instalments fall due on or before a date (negative: how many periods before)."""
        rows = np.arange(len(self.next_due))
        first = self.unshifted(rows, np.zeros_like(rows))
        months, days = civil(date)[0] - civil(first)[0], (date - first).astype(np.int64)
        apart, by_days = MONTHS_OF[self.frequency], DAYS_OF[self.frequency]
        by_months = np.where(apart > 0, months // np.maximum(apart, 1), 2 * months + 1)
        steps = np.where(by_days > 0, days // np.maximum(by_days, 1), by_months)
        for _ in range(3):  # half months may be three too many
            steps = steps - (self.unshifted(rows, steps) > date)
        for i, law in enumerate(self.due_dates):
            if law.given is not None:
                dates = np.array(law.given, "datetime64[D]")
                counted = np.searchsorted(dates, date, side="right") - np.searchsorted(dates, first)
                steps = np.where(self.due_index == i, counted - 1, steps)
        return steps + 1

    def most_rows(self, rows: Ints, most: int) -> Ints:
        """int64; how many rows a plan may have for its due dates, up to ``most``.

        They are listed, and covered by the calendar; the one before a ``last_due`` comes before it.
        """
        known, end, none = np.zeros_like(rows), np.full_like(rows, most), np.zeros(len(rows), np.bool_)
        dated = ~np.isnat(self.last_due[rows])
        if not any(law.shifts or law.given for law in self.due_dates) and not any_of(dated):
            return end
        while any_of(known < end):
            middle = (known + end + 1) // 2
            day, uncovered = self.counted_to(rows, middle - 1, dated)
            before, beyond = self.counted_to(rows, np.maximum(middle - 2, 0), none)
            there = ~(uncovered | np.isnat(day))
            there &= ~dated | (middle == 1) | (~beyond & (before < day))
            known, end = np.where(there, middle, known), np.where(there, end, middle - 1)
        return known

    @cached_property
    def to_original_maturity(self) -> Ints:
        """int64; instalments up to the *original* maturity: negative where it lies in the past.

        From its date where that is given, else the original term less the instalments whose due dates have
        passed.
        """
        dated = ~np.isnat(self.original_maturity)
        by_count = self.original_term - self.elapsed - self.late  # a long first period takes two in one
        if not any_of(dated):
            return by_count
        return np.where(dated, self.due_by(np.where(dated, self.original_maturity, self.next_due)), by_count)

    @property
    def to_present_maturity(self) -> Ints:
        """int64; the same up to the maturity with the extensions so far."""
        return self.to_original_maturity + whole_periods(self.months_extended, self.frequency)

    @property
    def periods_left(self) -> Ints:
        """int64; instalments up to ``last_due``, by the final stub; 0 where that isn't given."""
        dated = ~np.isnat(self.last_due)
        ends = np.where(dated, self.last_due, self.next_due)
        before = self.due_by((ends.astype(np.int64) - 1).astype("datetime64[D]"))
        on_grid = self.due_by(ends) > before
        stubbed = ~on_grid & (self.final_stub == 1)
        return np.where(dated, np.maximum(before + 1 - stubbed, 1), 0)


def on_grid(laws: tuple[DueDates, ...], index: Ints, anchor: Days, frequency: Ints, k: Ints) -> Days:
    """Due dates before any shift, each row by its own rule; broadcast."""
    if len(laws) == 1:
        return laws[0].unshifted(anchor, frequency, k)
    out = laws[0].unshifted(anchor, frequency, k)
    for i, law in enumerate(laws[1:], 1):
        out = np.where(index == i, law.unshifted(anchor, frequency, k), out)
    return out
