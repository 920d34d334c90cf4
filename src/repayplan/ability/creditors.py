"""One amount for several creditors: those with priority first, the others in proportion."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, overload

import numpy as np

from repayplan.ability.ragged import added, rows_of
from repayplan.basics.columns import Screen, money_of
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import MAX_DECIMALS, to_decimal
from repayplan.basics.outcome import Bools, Ints, Outcome
from repayplan.kernel.accrue import MAX_DENOMINATOR, divide_product

MAX_PRIORITY = 100


@overload
def share_out(
    amount: Any, claims: Any, *, debtor: None = None, priority: Any = 0, decimals: Any = 2
) -> tuple[Decimal, ...]: ...
@overload
def share_out(
    amount: Any, claims: Any, *, debtor: Ints | list[int], priority: Any = 0, decimals: Any = 2
) -> Outcome[Ints]: ...
def share_out(
    amount: Any, claims: Any, *, debtor: Any = None, priority: Any = 0, decimals: Any = 2
) -> tuple[Decimal, ...] | Outcome[Ints]:
    """Shares an amount out among creditors in proportion to their claims, exactly to the smallest unit.

    Claims of a higher priority are served in full before any of a lower one. Where the amount runs out, its
    rest is shared pro rata: each creditor gets its exact share rounded down, and the units that are left go
    one each to the largest remainders, of equal ones to the earlier claim. Nobody gets more than its claim;
    of an amount larger than all claims the rest isn't shared out.

    Parameters
    ----------
    amount
        Currency units; in a batch one for each debtor.
    claims
        Currency units of each creditor: balances, or instalments, or arrears, whatever the rule says.
    debtor
        In a batch: the row number of the debtor of each claim, counted from 0.
    priority
        Whole numbers from 0 to 100, for all or one for each claim; ``True`` stands before ``False``.
    decimals
        Of the currency; in a batch, for all or one for each debtor.

    Returns
    -------
    A Decimal for each claim; of a batch, an Outcome of int64 minor units, its rows those of the claims. All
    claims of a debtor have a code where its amount or one of its claims has, and where the claims of one
    priority together are 2**56 minor units or more.

    Raises
    ------
    InputError
        For one debtor, a fault of the figures; a debtor that there is none of.
    TypeError
        Columns of different lengths.

    Examples
    --------
    >>> [str(part) for part in share_out("100", ["500", "1000", "233", "200"])]
    ['25.87', '51.73', '12.05', '10.35']
    >>> [str(part) for part in share_out("100", ["500", "80", "200"], priority=[False, True, False])]
    ['14.29', '80.00', '5.71']
    """
    if debtor is None:
        of = np.zeros(max(rows_of(claims), 0), np.int64)
        one = np.array([amount], np.object_)
        units = share_out(one, claims, debtor=of, priority=priority, decimals=decimals).single()
        places = Screen(1).count("decimals", decimals, 0, MAX_DECIMALS)[0]
        return tuple(to_decimal(int(part), int(places)) for part in units)
    payers = Screen(max(rows_of(amount), 0))
    d = payers.count("decimals", decimals, 0, MAX_DECIMALS)
    given = payers.money("amount", amount, d)
    screen = Screen(max(rows_of(debtor), 0))
    of = screen.count("debtor", debtor, 0, 2**40)
    for failure in screen.failures():
        raise failure.error()
    if len(of) and of.max() >= payers.size:
        raise InputError(Code.OUT_OF_RANGE, "debtor", int(of.max()), limit=f"0 to {payers.size - 1}")
    screen.adopt(payers.failures().copied(of))
    owed = screen.money("claims", claims, d[of])
    rank = _ranks(screen, priority)
    _all_of_a_debtor(screen, of)
    shares, beyond = _shared(given, np.where(screen.good, owed, 0), of, rank)
    most = money_of(np.full(screen.size, MAX_DENOMINATOR - 1), d[of])
    screen.fault(beyond, Code.BEYOND_DOMAIN, "claims", money_of(owed, d[of]), most)
    _all_of_a_debtor(screen, of)
    row = np.flatnonzero(screen.good)
    return Outcome(shares[row], row, screen.failures())


def _ranks(screen: Screen, priority: Any) -> Ints:
    """Priorities as numbers, true or false too."""
    given = np.asarray(priority)
    number = given.astype(np.int64) if given.dtype.kind == "b" else priority
    return screen.count("priority", number, 0, MAX_PRIORITY)


def _all_of_a_debtor(screen: Screen, of: Ints) -> None:
    """Where one claim of a debtor has a code, all have it: no share can be known."""
    failures = screen.failures()
    first = np.full(int(of.max(initial=-1)) + 1, -1)
    first[of[failures.row[::-1]]] = failures.row[::-1]
    rows = np.flatnonzero(first[of] >= 0)
    screen.adopt(failures.copied(first[of[rows]]).moved(rows))


def _shared(amount: Ints, claims: Ints, of: Ints, rank: Ints) -> tuple[Ints, Bools]:
    """The share of each claim, and where the claims of its tier together are beyond the domain."""
    order = np.lexsort((-rank, of))
    whose, ranked = of[order], rank[order]
    new = np.ones(len(order), np.bool_)
    new[1:] = (whose[1:] != whose[:-1]) | (ranked[1:] != ranked[:-1])
    tier = np.empty(len(order), np.int64)
    tier[order] = np.cumsum(new) - 1
    tiers = int(new.sum())
    total, beyond = added(claims, tier, tiers, MAX_DENOMINATOR - 1)
    left = _left_for(amount, total, whose[new])
    whole, rest = divide_product(left[tier], claims, np.maximum(total, 1)[tier])
    paid, _ = added(whole, tier, tiers, MAX_DENOMINATOR)
    # Units that are left go to the largest remainders, in the order of the claims among equal ones.
    by_rest = np.lexsort((-rest, tier))
    start = np.searchsorted(tier[by_rest], np.arange(tiers))
    place = np.empty(len(order), np.int64)
    place[by_rest] = np.arange(len(order)) - start[tier[by_rest]]
    return whole + (place < (left - paid)[tier]), beyond[tier]


def _left_for(amount: Ints, total: Ints, whose: Ints) -> Ints:
    """What of each debtor's amount each of its tiers gets, tiers in order: at most its total."""
    first = np.unique(whose, return_index=True)[1]
    number = np.arange(len(whose)) - np.repeat(first, np.diff(np.append(first, len(whose))))
    left, out = amount.copy(), np.zeros(len(whose), np.int64)
    for k in range(int(number.max(initial=-1)) + 1):  # over tiers, of which there are few
        at = np.flatnonzero(number == k)
        out[at] = np.minimum(left[whose[at]], total[at])
        left[whose[at]] -= out[at]
    return out
