"""Instalments of accounts that are to come, less what money that is kept will pay of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from repayplan.accounts.position import days_from
from repayplan.basics.dates import Days
from repayplan.basics.outcome import Ints
from repayplan.kernel.allocate import stretch
from repayplan.kernel.books import Books


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ComingInstalments:
    """Instalments that fall due on the day or later, of which something will be missing.

    Of one account that is replayed by itself all; of a batch so many as reminders before a due date can come
    next of, none where its tracking rule has no such reminders.

    Attributes
    ----------
    account
        int64, rising; each one's account, counted among those of the statements.
    due
        datetime64[D], rising within an account; what falls due on one day is one.
    amount
        int64 minor units; what is missing of it when what is held has paid what it can.
    """

    account: Ints
    due: Days
    amount: Ints

    @classmethod
    def of(cls, books: Books, end: Ints, until: Ints | None) -> ComingInstalments:
        """Of one block; ``until``: a day of each account after which one more is enough; None: all."""
        first, last = books.first, books.end
        some = np.flatnonzero(first < last)
        at = stretch(first[some], last[some])
        account, due = some[at.of], books.demands.due[at.rows]
        here = np.flatnonzero(books.plain[at.rows] & (due >= end[account]))
        account, due, missing = account[here], due[here], books.demands.missing(at.rows[here])
        # What is held pays what is to come in its order; so much is left of all up to each.
        asked = np.cumsum(missing)
        before = np.append(0, asked)[np.searchsorted(account, account)]
        amount = np.clip(asked - before - books.held[account], 0, missing)
        there = np.flatnonzero(amount)
        account, due, amount = account[there], due[there], amount[there]
        heads = np.flatnonzero(np.append(True, (account[1:] != account[:-1]) | (due[1:] != due[:-1])))
        heads = heads[: len(account)]
        amount = np.add.reduceat(amount, heads) if len(heads) else amount
        account, due = account[heads], due[heads]
        if until is not None:
            after = np.cumsum(due > until[account])
            earlier = np.append(0, after)[np.searchsorted(account, account)]
            keep = after - earlier <= 1
            account, due, amount = account[keep], due[keep], amount[keep]
        return cls(account=account, due=days_from(due), amount=amount)

    @classmethod
    def none(cls) -> ComingInstalments:
        """Of no account."""
        empty = np.zeros(0, np.int64)
        return cls(account=empty, due=empty.view("datetime64[D]"), amount=empty)
