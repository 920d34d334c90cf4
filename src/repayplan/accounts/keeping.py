"""How well accounts kept to their plans, from the days on which instalments were paid."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from repayplan.accounts.terms import AccountTerms
from repayplan.basics.outcome import Bools, Ints, all_of, any_of
from repayplan.kernel.allocate import sums, totals
from repayplan.kernel.books import Books
from repayplan.kernel.law import FOREVER

_FEW = 3  # instalments that are held against as many before them

Reached = Callable[[Ints, Ints, int], Ints]


class Kept(NamedTuple):
    """Of each account: int64, and bool ``by_missed``.

    An instalment of which something was given up, or paid by the lender out of goodwill, isn't paid in time,
    and is late only where its days of grace had gone by before. It neither goes on with instalments paid in
    time one after the other nor ends them.

    Attributes
    ----------
    paid_in_time
        The last instalments since the plan was signed or changed that were paid within the days of grace, one
        after the other.
    longest_in_time
        The most of them that were ever paid so, one after the other, whatever came after.
    all_in_time, all_late
        How many instalments since the plan was signed, those before it was changed among them, were paid
        within the days of grace, and how many weren't, though these are over; none that fell due only because
        the account was written off.
    paid_later
        By how many days in all the last three that were paid were paid later than the three before; 0 where
        there are fewer, or they weren't.
    broken_on, by_missed
        The day on which the plan was broken, :data:`~repayplan.kernel.law.FOREVER` where it wasn't, and
        whether by how many were missed.
    """

    paid_in_time: Ints
    longest_in_time: Ints
    all_in_time: Ints
    all_late: Ints
    paid_later: Ints
    broken_on: Ints
    by_missed: Bools


def keeping(
    books: Books, end: Ints, terms: AccountTerms, tolerance: Ints, reached: Reached | None = None
) -> Kept:
    """How well accounts kept to their plans up to a day; ``tolerance``: what may be missing of a row.

    ``reached``: the day on which accounts are so many days past due since a day of each; None: every day
    counts.
    """
    demands, size, of = books.demands, len(end), books.demands.of
    grace = terms.overdue.grace_days
    asked = books.plain & (demands.due <= end[of]) & ~books.replaced  # money in advance is no instalment
    asked &= sums(demands.charged, demands.plain) + demands.joined[:, 1] > 0
    rows = np.flatnonzero(asked)
    rows, paid, nearly, given = _called_as_one(books, rows, tolerance)
    due, of = demands.due[rows], of[rows]
    in_time = (paid <= due + grace) & ~given
    late = (paid > due + grace) & (due + grace < end[of])
    # What writing an account off called in before it was due was nobody's to pay in time.
    lost = books.early[rows] & (due == books.closed[of]) & (books.written_off.sum(axis=1)[of] > 0)
    all_in_time, all_late = (np.bincount(of[some], minlength=size) for some in (in_time, late & ~lost))
    fresh = due > books.renewed_on[of]  # since the plan was changed
    if not all_of(fresh):
        due, of, paid, nearly = (each[fresh] for each in (due, of, paid, nearly))
        in_time, late = in_time[fresh], late[fresh]
    every = np.arange(len(due))
    many = np.bincount(of, minlength=size)
    last = np.cumsum(many)
    first = last - many
    latest = np.full(size, -1)
    latest[of[late]] = every[late]  # of each account the last is written last
    count = np.bincount(of[in_time & (every > latest[of])], minlength=size)
    begins = np.flatnonzero(late | np.append(True, of[1:] != of[:-1])[: len(of)])  # of each run
    longest = np.zeros(size, np.int64)
    if len(begins):
        np.maximum.at(longest, of[begins], totals(in_time.astype(np.int64), begins))
    broken, by_missed = _broken(terms, due, paid, nearly, of, first, end, reached)
    later = _later(due, paid, of, first, last)
    return Kept(count, longest, all_in_time, all_late, later, broken, by_missed)


def _called_as_one(books: Books, rows: Ints, tolerance: Ints) -> tuple[Ints, Ints, Ints, Bools]:
    """What was called in together is one instalment; the rows, and when each was paid.

    All of it, and since when no more than the tolerance is missing of it; and whether anything of it was
    given up, or paid by the lender.
    """
    early, due, of = books.early[rows], books.demands.due[rows], books.demands.of[rows]
    paid, within = books.paid_on[rows], books.within_on[rows]
    # What little was missing moved on after the days of grace: it counts as paid since no more than that was.
    little = (books.rolled[rows] > 0) & (paid < FOREVER)
    paid = np.where(little, np.where(within < FOREVER, within, due), paid)
    small = books.demands.asked(rows) + books.rolled[rows] <= tolerance[of]
    nearly = np.minimum(np.where(small, due, within), paid)
    same = early[1:] & early[:-1] & (due[1:] == due[:-1]) & (of[1:] == of[:-1])
    given = books.given[rows]
    if not any_of(same):
        return rows, paid, nearly, given
    heads = np.flatnonzero(np.append(True, ~same))
    paid, nearly = (np.maximum.reduceat(days, heads) for days in (paid, nearly))
    return rows[heads], paid, nearly, np.logical_or.reduceat(given, heads)


def _later(due: Ints, paid: Ints, of: Ints, first: Ints, last: Ints) -> Ints:
    """How much later the last few payments came than those before."""
    done = paid < FOREVER
    delay = np.concatenate(([0], np.cumsum(np.where(done, np.maximum(paid - due, 0), 0))))
    end = last - np.bincount(of[~done], minlength=len(first))  # the oldest are paid first
    some = end - first >= 2 * _FEW
    now = delay[end] - delay[np.where(some, end - _FEW, end)]
    then = delay[np.where(some, end - _FEW, end)] - delay[np.where(some, end - 2 * _FEW, end)]
    return np.where(some, np.maximum(now - then, 0), 0)


def _broken(
    terms: AccountTerms,
    due: Ints,
    paid: Ints,
    nearly: Ints,
    of: Ints,
    first: Ints,
    end: Ints,
    reached: Reached | None,
) -> tuple[Ints, Bools]:
    """When plans were first broken, and whether by how many instalments were missed."""
    size, rule, grace = len(end), terms.tracking, terms.overdue.grace_days
    by_days, by_count = np.full(size, FOREVER), np.full(size, FOREVER)
    if rule is None:
        return by_days, np.zeros(size, np.bool_)
    if rule.broken_after_days is not None:
        days = rule.broken_after_days
        when = due + days if reached is None else reached(of, due, days)
        breaks = paid > when
        soft = when <= due + grace
        if any_of(soft):
            # In days of grace a little may be missing; what still is and can't move on breaks it after them.
            at_once, over = nearly > when, due + grace + 1
            breaks = np.where(soft, at_once | (paid >= over), breaks)
            when = np.where(soft & ~at_once, over, when)
        there = breaks & (when <= end[of])
        np.minimum.at(by_days, of[there], when[there])
    if rule.broken_after_missed is not None:
        # With this one so many are overdue at once, if the first of them still is when its grace is over.
        before = np.arange(len(due)) - (rule.broken_after_missed - 1)
        when = due + grace + 1
        known = before >= first[of]
        there = known & (paid[np.maximum(before, 0)] >= when) & (paid >= when) & (when <= end[of])
        np.minimum.at(by_count, of[there], when[there])
    return np.minimum(by_days, by_count), by_count < by_days
