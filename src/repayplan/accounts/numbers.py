"""The rules of accounts as the kernel takes them: numbers, one for each account of a block."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from repayplan.ability.figures import units_of
from repayplan.accounts.account import Accounts
from repayplan.accounts.allocationrule import MONEY_IN, AllocationRule, PaymentOrder
from repayplan.accounts.balancerule import OnBalance
from repayplan.accounts.component import COMPONENTS, Component
from repayplan.accounts.event import Events
from repayplan.accounts.eventkinds import EVENT_KINDS
from repayplan.accounts.latefee import LateFee
from repayplan.accounts.overduerate import OVERDUE_DECIMALS, OverdueRate
from repayplan.accounts.overduerule import OverdueRule
from repayplan.basics.columns import RATE_DECIMALS, Screen
from repayplan.basics.dates import Days
from repayplan.basics.daycount import DAY_COUNT_INDEX, DAY_COUNTS, DayCount
from repayplan.basics.errors import Code
from repayplan.basics.outcome import Bools, Ints
from repayplan.kernel.accrue import divide_product, settle
from repayplan.kernel.allocate import Part
from repayplan.kernel.bookrules import Advance, Order
from repayplan.kernel.pace import Pace, Rounded

_ONE = 10**OVERDUE_DECIMALS
_ADVANCE = {each.name.lower(): each for each in Advance}


def parts_of(names: tuple[Component, ...]) -> tuple[Part, ...]:
    """The kernel's places of components.

    Examples
    --------
    >>> parts_of(("interest", "principal"))
    (<Part.INTEREST: 4>, <Part.PRINCIPAL: 5>)
    """
    return tuple(Part(COMPONENTS.index(name)) for name in names)


def on_day(days: Ints) -> Days:
    """Day numbers as dates."""
    return days.view("datetime64[D]")


class Rates:
    """The rates of what is late, by ledger, and the day count that they are over.

    Attributes
    ----------
    den
        What the product of a rate and a number of days is over.
    """

    def __init__(self, rule: OverdueRule, contract: Ints, more: Ints) -> None:
        self.contract = np.concatenate((contract, more))
        self.count: DayCount = DAY_COUNTS[DAY_COUNT_INDEX[rule.day_count]]
        self.rates = [(each.in_term or each.rate, each.rate) for _, each in rule.ledgers]
        every = {id(rate): rate for pair in self.rates for rate in pair}.values()
        units = [self._all_units(rate) for rate in every]
        step = int(np.gcd.reduce(np.concatenate([*units, [_ONE]])))
        self.step = max(step, 1)
        self.den = _ONE // self.step * self.count.denominator()
        self.indexed = [rate.index for rate in every if rate.index is not None]

    def _all_units(self, rate: OverdueRate) -> Ints:
        """Every rate that can be met, for their common step."""
        if rate.index is not None:
            days = rate.index.days
            return rate.units(np.zeros(len(days), np.int64), days)[0]
        if rate.rate is not None:
            return rate.units(np.zeros(1, np.int64), np.zeros(1, "datetime64[D]"))[0]
        distinct = np.unique(self.contract)
        return rate.units(distinct, np.zeros(len(distinct), "datetime64[D]"))[0]

    def on(self, contract: Ints, days: Ints, over: Bools) -> Ints:
        """int64 (accounts, 2): rates from a day on; ``over``: the last due date has passed."""
        out = np.zeros((len(contract), 2), np.int64)
        for i, (in_term, after) in enumerate(self.rates):
            units, _ = after.units(contract, on_day(days))
            if in_term is not after:
                before, _ = in_term.units(contract, on_day(days))
                units = np.where(over, units, before)
            out[:, i] = units // self.step
        return out

    def units(self, start: Ints, end: Ints) -> Ints:
        """Days counted, over the day count's year."""
        return _counted(self.count, start, end)


def _counted(count: DayCount, start: Ints, end: Ints) -> Ints:
    if count.numerator is None and count.days.__name__ == "actual":
        return end - start
    return np.asarray(count.units(on_day(start), on_day(end)), np.int64)


def pace_of(rule: OnBalance, rates: Ints | None) -> Pace:
    """How interest accrues on a balance, at some of these rates, multiples of 1e-10; None: at any."""
    count, one = DAY_COUNTS[DAY_COUNT_INDEX[rule.day_count]], 10**RATE_DECIMALS
    step = 1 if rates is None else int(np.gcd.reduce(np.append(rates, one)))
    return Pace(
        step=step,
        units=lambda start, end: _counted(count, start, end),
        den=one // step * count.denominator(),
        of_period=rule.parts == "of_period",
        rounded=Rounded[rule.rounded.upper()],
        mode=rule.mode,
    )


def orders(accounts: Accounts) -> tuple[list[Order], Ints, Ints, Ints, Ints]:
    """Orders of payment as numbers.

    Returns
    -------
    tuple
        The orders; by kind of event, its own (-1: by how late the account is); the days from which each
        order by lateness holds, and which that is; by kind of event, its :class:`Advance`.
    """
    rule = accounts.terms.allocation
    found = [_order(rule)]
    days, late = [], []
    for turn in rule.late:
        days.append(turn.from_days)
        late.append(len(found))
        found.append(_order(turn))
    own = np.full(len(EVENT_KINDS), -1)
    advance = np.full(len(EVENT_KINDS), int(Advance.HOLD))
    advance[[EVENT_KINDS.index(name) for name in MONEY_IN]] = int(_ADVANCE[rule.in_advance])
    for kind in rule.kinds:
        place = EVENT_KINDS.index(kind.kind)
        own[place], advance[place] = len(found), int(_ADVANCE[kind.in_advance])
        found.append(_order(kind))
    early, usual = EVENT_KINDS.index("early_repayment"), EVENT_KINDS.index("payment")
    if all(kind.kind != "early_repayment" for kind in rule.kinds):  # as any payment, where it ends nothing
        own[early], advance[early] = own[usual], advance[usual]
    return found, own, np.array(days, np.int64), np.array([0, *late], np.int64), advance


def _order(rule: AllocationRule | PaymentOrder) -> Order:
    return Order(parts_of(rule.order), rule.by == "instalment", parts_of(rule.ahead or ()))


class LateFees:
    """The fees of late instalments."""

    def __init__(self, fee: LateFee) -> None:
        self.share, self.over = Fraction(fee.share).as_integer_ratio()
        self.flat, self.least = (units_of(each, up=False) for each in (fee.amount, fee.minimum))
        self.most = None if fee.maximum is None else units_of(fee.maximum, up=False)

    def of(self, decimals: Ints, missing: Ints) -> Ints:
        """The fee of each, int64 minor units."""
        quotient, rest = divide_product(missing, np.full(len(missing), self.share), self.over)
        fee = self.flat[decimals] + settle(quotient, rest, self.over, "half_up", 1)
        fee = np.maximum(fee, self.least[decimals])
        return np.asarray(fee if self.most is None else np.minimum(fee, self.most[decimals]), np.int64)


def all_in_rates(rule: OverdueRule, contracted: Days) -> Ints | None:
    """The all-in rate that binds each account, int64 multiples of 1e-10 (rounded down); None: none does."""
    caps = rule.caps
    if caps is None or (caps.all_in is None and caps.all_in_index is None):
        return None
    if caps.all_in_index is None:
        return np.full(len(contracted), int(Fraction(caps.all_in or 0) * 10**RATE_DECIMALS))
    units, _ = caps.all_in_index.at(contracted)
    return np.asarray(units * int(caps.all_in_multiplier * 10**4) // 10**4, np.int64)


def without_rate(accounts: Accounts, events: Events, holding: Ints, end: Days, screen: Screen) -> None:
    """Faults of accounts for whose days an index has no rate yet; ``holding``: places of events that hold."""
    rule = accounts.terms.overdue
    caps = rule.caps
    if caps is not None and caps.all_in_index is not None:
        index = caps.all_in_index
        days, limit = accounts.contracted, f">= {index.dates[0]}"
        early, same = index.at(days)[1], days == accounts.start
        screen.fault(early & same, Code.OUT_OF_RANGE, "start", days, limit)
        screen.fault(early & ~same, Code.OUT_OF_RANGE, "contracted", days, limit)
    rates = [rate for _, ledger in rule.ledgers for rate in (ledger.in_term, ledger.rate) if rate is not None]
    for index in {id(rate.index): rate.index for rate in rates if rate.index is not None}.values():
        some = np.flatnonzero(np.diff(accounts.offsets) > 0)
        first = np.full(len(accounts), np.datetime64("NaT", "D"))
        first[some] = accounts.due[accounts.offsets[some]]
        calls = holding[events.kind[holding] == EVENT_KINDS.index("acceleration")]
        np.minimum.at(first, events.account[calls], events.value_date[calls])
        anew = holding[~np.isnat(events.first_due[holding])]
        np.minimum.at(first, events.account[anew], events.first_due[anew])
        early = (end > first) & index.at(first)[1]
        screen.fault(early, Code.OUT_OF_RANGE, "due_date", first, f">= {index.dates[0]}")
