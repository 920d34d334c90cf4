"""What being late has cost by a day: of one instalment that isn't paid, or of many."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from repayplan.accounts.account import Accounts
from repayplan.accounts.allocationrule import AllocationRule
from repayplan.accounts.event import Events
from repayplan.accounts.overduerule import OverdueRule
from repayplan.accounts.replaying import replay
from repayplan.accounts.terms import AccountTerms
from repayplan.basics.arguments import one_date, same_length
from repayplan.basics.columns import NO_DAY, Screen, beside
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import to_decimal
from repayplan.basics.outcome import Ints, Outcome
from repayplan.kernel.allocate import Part


@dataclass(frozen=True, slots=True, kw_only=True)
class OverdueDay:
    """One day of an instalment that is late.

    Attributes
    ----------
    day
        The day that is charged for.
    penalty, compound, late_fee
        What it adds; where charges are rounded at the end, the sums so far are rounded and this is what they
        differ by.
    total
        Everything up to this day, with it.
    """

    day: date
    penalty: Decimal
    compound: Decimal
    late_fee: Decimal
    total: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class OverdueInterest:
    """What being late has cost of one instalment.

    Attributes
    ----------
    penalty, compound, late_fee
        Penalty interest, interest on unpaid interest, and the fee.
    total
        Their sum.
    days
        Day by day, where that was asked for.
    """

    penalty: Decimal
    compound: Decimal
    late_fee: Decimal
    total: Decimal
    days: tuple[OverdueDay, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OverdueInterests:
    """The same of many instalments: int64 minor units, one value for each good one."""

    penalty: Ints
    compound: Ints
    late_fee: Ints
    decimals: Ints

    def __len__(self) -> int:
        return len(self.penalty)

    def one(self, i: int) -> OverdueInterest:
        """Of instalment ``i`` of the good ones."""
        names = ("penalty", "compound", "late_fee")
        units = {name: int(getattr(self, name)[i]) for name in names}
        places = int(self.decimals[i])
        money = {name: to_decimal(each, places) for name, each in units.items()}
        total = to_decimal(sum(units.values()), places)
        return OverdueInterest(
            penalty=money["penalty"], compound=money["compound"], late_fee=money["late_fee"], total=total
        )


@overload
def overdue_interest(
    rule: OverdueRule,
    *,
    principal: Decimal | str | int,
    interest: Decimal | str | int = 0,
    fees: Decimal | str | int = 0,
    due_date: date | str,
    as_of: date | str,
    rate: Any,
    lent: Any = None,
    start: Any = None,
    last_due: Any = None,
    decimals: int = 2,
    explain: bool = False,
) -> OverdueInterest: ...
@overload
def overdue_interest(
    rule: OverdueRule,
    *,
    principal: npt.NDArray[Any] | list[Any],
    interest: Any = 0,
    fees: Any = 0,
    due_date: Any,
    as_of: Any,
    rate: Any,
    lent: Any = None,
    start: Any = None,
    last_due: Any = None,
    decimals: Any = 2,
) -> Outcome[OverdueInterests]: ...
def overdue_interest(
    rule: OverdueRule,
    *,
    principal: Any,
    interest: Any = 0,
    fees: Any = 0,
    due_date: Any,
    as_of: Any,
    rate: Any,
    lent: Any = None,
    start: Any = None,
    last_due: Any = None,
    decimals: Any = 2,
    explain: bool = False,
) -> OverdueInterest | Outcome[OverdueInterests]:
    """What being late costs of instalments of which nothing is paid. Accounts are replayed for it.

    Parameters
    ----------
    rule
        What being late costs.
    principal, interest, fees
        Of the instalment, currency units.
    due_date, as_of
        When it fell due, and the day that is asked for: it isn't charged, as a payment on it would be in
        time for it.
    rate
        The contract's annual rate.
    lent, start
        Principal at the start of the contract and the day of it, for bounds; None: the instalment's, and its
        due date.
    last_due
        The plan's last due date, for rates that are others in the term; None, or its own due date: the
        instalment is the last.
    decimals
        Of the currency's unit.
    explain
        For one instalment: list the days.

    Returns
    -------
    :class:`OverdueInterest` where the principal is one amount; else an Outcome of :class:`OverdueInterests`.

    Raises
    ------
    InputError
        For one instalment, a figure that can't be; ``explain`` for many; a column of another length.

    Notes
    -----
    The example is a published one: principal of 1,200 and interest of 1,800, two days late at 5.508 % and
    half as much again over 360 days (willexcounselling.com, 2009, on PBOC 银发〔2003〕251号).

    Examples
    --------
    >>> from repayplan import OverdueLedger, OverdueRate
    >>> half = OverdueRate(multiplier="1.5")
    >>> rule = OverdueRule(
    ...     penalty=OverdueLedger(on=("principal",), rate=half),
    ...     compound=OverdueLedger(on=("interest", "compound"), rate=half, settled="daily"),
    ...     day_count="ACT/360",
    ...     first_day="due_date",
    ...     rounded="day",
    ...     mode="half_up",
    ... )
    >>> late = overdue_interest(
    ...     rule,
    ...     principal="1200",
    ...     interest="1800",
    ...     due_date="2009-03-20",
    ...     as_of="2009-03-22",
    ...     rate="0.05508",
    ...     decimals=4,
    ...     explain=True,
    ... )
    >>> late.penalty, [day.compound for day in late.days]
    (Decimal('0.5508'), [Decimal('0.4131'), Decimal('0.4132')])
    """
    beside = (lent, start, last_due, decimals)
    if np.ndim(principal) or hasattr(principal, "to_numpy"):
        if explain:
            raise InputError(Code.UNKNOWN_VALUE, "explain", explain, "false, for many")
        given = (principal, interest, fees, due_date, as_of, rate, *beside)
        return _late(_accounts(rule, len(principal), *given), as_of)
    first, last = one_date("due_date", due_date), one_date("as_of", as_of)
    days = max((last - first).days, 0) if explain else 0
    # One that is explained is as many, each looked at a day after the other.
    ends = [first + timedelta(k) for k in range(days)] + [last]
    many = days + 1
    money = [principal] * many, [interest] * many, [fees] * many
    found = _late(_accounts(rule, many, *money, first, ends, [rate] * many, *beside), ends).single()
    return replace(found.one(days), days=tuple(_day(found, k, first) for k in range(days)))


def _day(found: OverdueInterests, k: int, first: date) -> OverdueDay:
    before_it, after = found.one(k), found.one(k + 1)
    return OverdueDay(
        day=first + timedelta(k),
        penalty=after.penalty - before_it.penalty,
        compound=after.compound - before_it.compound,
        late_fee=after.late_fee - before_it.late_fee,
        total=after.total,
    )


def _accounts(
    rule: OverdueRule,
    size: int,
    principal: Any,
    interest: Any,
    fees: Any,
    due_date: Any,
    as_of: Any,
    rate: Any,
    lent: Any,
    start: Any,
    last_due: Any,
    decimals: Any,
) -> Accounts:
    """An account for each instalment; where the plan goes on, nothing falls due on its last due date."""
    # Nothing is paid, so that nothing is looked up in the order of payment.
    terms = AccountTerms(overdue=rule, allocation=AllocationRule.example("civil-code-561"))
    columns = {"principal": principal, "interest": interest, "fees": fees, "due_date": due_date}
    same_length(size, **columns, rate=rate, as_of=as_of, last_due=last_due)
    account, screen = np.arange(size), Screen(size)
    if last_due is not None:
        last = screen.date("last_due", last_due, default=NO_DAY)
        due = Screen(size).date("due_date", due_date)  # what is no date is said of the account
        screen.fault(last < due, Code.DATES_OUT_OF_ORDER, "last_due", last, beside(">=", due))
        ends = last[last > due]
        account = np.concatenate((account, account[last > due]))
        later: dict[str, list[Any]] = dict.fromkeys(columns, [0] * len(ends))
        later["due_date"] = ends.astype(np.str_).tolist()
        columns = {name: _listed(each, size) + later[name] for name, each in columns.items()}
    if start is None:
        dates = Screen(size)
        start = np.fmin(dates.date("due_date", due_date), dates.date("as_of", as_of))
    given = {"rate": _listed(rate, size), "start": start, "lent": lent, "decimals": decimals}
    made = Accounts.from_columns(terms, account=account, **given, **columns)
    screen.adopt(made.failures)
    return replace(made, failures=screen.failures())


def _listed(values: Any, size: int) -> list[Any]:
    """A value for each of so many."""
    if isinstance(values, (list, tuple)):
        return list(values)
    return list(np.broadcast_to(np.asarray(values, np.object_), size))


def _late(made: Accounts, as_of: Any) -> Outcome[OverdueInterests]:
    none = Events.from_columns(account=[], kind=[], value_date=[], amount=[], reference=[])
    found = replay(made, none, as_of=as_of)
    columns = found.value.columns
    fees = columns.owed[:, Part.FEES] - np.add.reduceat(made.fees, made.offsets[:-1])[found.row]
    late = OverdueInterests(
        penalty=columns.owed[:, Part.PENALTY],
        compound=columns.owed[:, Part.COMPOUND],
        late_fee=np.maximum(fees, 0),
        decimals=made.decimals[found.row],
    )
    return Outcome(late, found.row, found.failures)
