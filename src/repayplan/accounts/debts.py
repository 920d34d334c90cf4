"""One payment for several debts of a borrower: which of them it goes to."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, overload

import numpy as np

from repayplan.ability.creditors import MAX_PRIORITY, share_out
from repayplan.ability.ragged import rows_of
from repayplan.basics.arguments import row_numbers, same_length
from repayplan.basics.columns import Screen
from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Bools, Ints, Outcome

MOST_RATE, MOST_RANK = 10, 10_000


@overload
def pay_debts(
    amount: Any,
    claims: Any,
    *,
    debtor: None = None,
    due: Any,
    security: Any,
    rate: Any,
    due_date: Any,
    designated: Any = None,
    decimals: Any = 2,
) -> tuple[Decimal, ...]: ...
@overload
def pay_debts(
    amount: Any,
    claims: Any,
    *,
    debtor: Ints | list[int],
    due: Any,
    security: Any,
    rate: Any,
    due_date: Any,
    designated: Any = None,
    decimals: Any = 2,
) -> Outcome[Ints]: ...
def pay_debts(
    amount: Any,
    claims: Any,
    *,
    debtor: Any = None,
    due: Any,
    security: Any,
    rate: Any,
    due_date: Any,
    designated: Any = None,
    decimals: Any = 2,
) -> tuple[Decimal, ...] | Outcome[Ints]:
    """Shares a payment out among several debts of one kind to one creditor, in the order of article 560.

    The debts that the borrower designates come first, in the order designated. Of the others: what is due
    before what isn't; of that the debt with no security or the least; of equally secured ones the heaviest
    burden, that with the highest rate; of equal burdens the one that fell due first; of those that are alike
    in all of this each its part in proportion, exactly to the smallest unit (see
    :func:`~repayplan.share_out`). Each is paid in full before the next.

    Parameters
    ----------
    amount
        Currency units; in a batch one for each borrower.
    claims
        Currency units owed of each debt; what has fallen due of one and what hasn't are two claims.
    debtor
        In a batch: the row number of the borrower of each claim, counted from 0.
    due
        bool; whether each claim has fallen due.
    security
        How well each is secured, a whole number: 0 is not at all.
    rate
        The annual rate that each bears, 0 to 10.
    due_date
        When each fell or falls due.
    designated
        The rank that the borrower gives each (1 first), 0 or nothing where none was given.
    decimals
        Of the currency; in a batch, for all or one for each borrower.

    Returns
    -------
    A Decimal for each claim; of a batch, an Outcome of int64 minor units, its rows those of the claims. All
    claims of a borrower have a code where one of its figures can't be.

    Raises
    ------
    InputError
        For one borrower, a fault of the figures; debts in more than 101 ranks; a ``debtor`` that is no row
        number, or that there is no amount of; ``due`` that isn't bool; a column of another length.

    Notes
    -----
    Civil Code of the People's Republic of China, article 560. Within each debt costs, interest and principal
    follow article 561 (:class:`~repayplan.AllocationRule`).

    Examples
    --------
    500 for three debts that are due: the one without security first, then that with the higher rate.

    >>> pay_debts(
    ...     "500",
    ...     ["300", "400", "100"],
    ...     due=True,
    ...     security=[1, 1, 0],
    ...     rate=["0.06", "0.12", "0.03"],
    ...     due_date="2026-01-31",
    ... )
    (Decimal('0.00'), Decimal('400.00'), Decimal('100.00'))
    """
    size = rows_of(claims)
    if size < 0:
        raise InputError(Code.UNKNOWN_VALUE, "claims", claims, "a column, one for each debt")
    columns = {"debtor": debtor, "due": due, "security": security, "rate": rate, "due_date": due_date}
    same_length(size, claims=claims, **columns, designated=designated)
    screen = Screen(size)
    of = np.zeros(size, np.int64) if debtor is None else row_numbers("debtor", debtor)
    if len(of) != size:
        raise InputError(Code.OUT_OF_RANGE, "debtor", f"{len(of)} rows", f"{size} rows")
    fallen = _flags(due, size)
    keys = (
        screen.date("due_date", due_date),
        -screen.rate("rate", rate, maximum=MOST_RATE),
        screen.count("security", security, 0, MOST_RANK),
        ~fallen,
        _last(screen.count("designated", 0 if designated is None else designated, 0, MOST_RANK, default=0)),
    )
    faults = screen.failures()
    if debtor is None:
        for failure in faults:
            raise failure.error()
    priority = MAX_PRIORITY - _ranks(keys, of)
    if (priority < 0).any():
        raise InputError(Code.OUT_OF_RANGE, "claims", size, f"in at most {MAX_PRIORITY + 1} ranks")
    if debtor is None:
        return share_out(amount, claims, priority=priority, decimals=decimals)
    shared = share_out(amount, claims, debtor=of, priority=priority, decimals=decimals)
    if not len(faults):
        return shared
    # A claim that can't be ranked leaves none of its borrower's with a figure.
    first = np.full(int(of.max(initial=0)) + 1, -1)
    first[of[faults.row][::-1]] = faults.row[::-1]
    whose = np.where(first[of] >= 0, first[of], np.arange(size))
    good = first[of[shared.row]] < 0
    return Outcome(shared.value[good], shared.row[good], faults.copied(whose).and_then(shared.failures))


def _flags(due: Any, size: int) -> Bools:
    """Checked flags, for all or one each."""
    flags = np.asarray(due)
    if flags.dtype != np.bool_:
        raise InputError(Code.UNKNOWN_VALUE, "due", str(due)[:40], "true or false")
    return np.broadcast_to(flags, size)


def _last(rank: Ints) -> Ints:
    """Ranks with those that weren't given after all others."""
    return np.where(rank == 0, MOST_RANK + 1, rank)


def _ranks(keys: tuple[Any, ...], of: Ints) -> Ints:
    """The place of each claim among those of its borrower, from 0 on; alike ones share one."""
    order = np.lexsort((*keys, of))
    apart = np.zeros(len(of), np.bool_)
    for key in keys:
        ordered = np.asarray(key)[order]
        apart[1:] |= ordered[1:] != ordered[:-1]
    starts = np.ones(len(of), np.bool_)
    starts[1:] = of[order][1:] != of[order][:-1]
    steps = np.cumsum(apart | starts)
    heads = np.maximum.accumulate(np.where(starts, steps, 0))
    out = np.empty(len(of), np.int64)
    out[order] = steps - heads
    return out
