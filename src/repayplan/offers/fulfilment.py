"""How far the conditions of deals are fulfilled by the payments that have come in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, overload

import numpy as np

from repayplan.basics.arguments import one_date
from repayplan.basics.columns import Screen
from repayplan.basics.dates import Days
from repayplan.basics.errors import Code, InputError, Language
from repayplan.basics.money import to_decimal
from repayplan.basics.outcome import Ints, Outcome
from repayplan.offers.conditional import Conditional, Conditionals
from repayplan.offers.dealconditions import Asked, DealCondition

MET, OPEN, BROKEN = range(3)
STATES = (Code.DEAL_MET, Code.DEAL_OPEN, Code.DEAL_BROKEN)
"""How a condition may stand; arrays hold the index."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionState:
    """How one condition stands.

    Attributes
    ----------
    condition
        What it asks for.
    code
        ``deal_met``, ``deal_open`` or ``deal_broken``.
    received
        What came in for it, in time.
    missing
        What didn't, so far.
    met_on
        The day on which the last of it came in; None: not in time, or not yet.
    """

    condition: DealCondition
    code: Code
    received: Decimal
    missing: Decimal
    met_on: date | None

    def text(self, language: Language = "en") -> str:
        """The sentence for a person."""
        said = self.code.text(language, value=self.received, limit=self.condition.amount)
        return f"{self.condition.text(language)}; {said}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fulfilment:
    """How a deal stands.

    Attributes
    ----------
    code
        ``deal_met``: the concession takes effect; ``deal_broken``: the contract holds again; ``deal_open``.
    conditions
        How each of them stands.
    owed_if_broken
        What is owed by the contract on the due date of the first condition that is broken; None: none is.
    """

    code: Code
    conditions: tuple[ConditionState, ...]
    owed_if_broken: Decimal | None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Fulfilments:
    """The same of many deals.

    Attributes
    ----------
    asked
        The conditions.
    state
        int64 (conditions, rows), index into :data:`STATES`; met where there is no such condition.
    received, missing
        int64 minor units (conditions, rows).
    met_on
        datetime64[D] (conditions, rows).
    """

    asked: Asked
    state: Ints
    received: Ints
    missing: Ints
    met_on: Days

    def __len__(self) -> int:
        return len(self.asked.decimals)

    def __iter__(self) -> Iterator[Fulfilment]:
        return (self.one(i) for i in range(len(self)))

    @property
    def overall(self) -> Ints:
        """int64 (rows), index into :data:`STATES`: broken where any condition is, met where all are."""
        return np.asarray(self.state.max(axis=0), np.int64)

    @property
    def owed_if_broken(self) -> Ints:
        """int64 minor units; owed on the due date of the first condition that is broken, -1 where none is."""
        broken, every = self.state == BROKEN, np.arange(len(self))
        first = broken.argmax(axis=0)
        return np.where(broken[first, every], self.asked.owed_if_missed[first, every], -1)

    def one(self, i: int) -> Fulfilment:
        """Row ``i`` for a person."""
        d, owed = int(self.asked.decimals[i]), int(self.owed_if_broken[i])
        return Fulfilment(
            code=STATES[int(self.overall[i])],
            conditions=tuple(
                ConditionState(
                    condition=condition,
                    code=STATES[int(self.state[condition.number, i])],
                    received=to_decimal(int(self.received[condition.number, i]), d),
                    missing=to_decimal(int(self.missing[condition.number, i]), d),
                    met_on=self.met_on[condition.number, i].item(),
                )
                for condition in self.asked.conditions(i)
            ),
            owed_if_broken=None if owed < 0 else to_decimal(owed, d),
        )


@overload
def fulfilment(deals: Conditional, amount: Iterable[Any], day: Iterable[Any], *, on: Any) -> Fulfilment: ...
@overload
def fulfilment(deals: Conditionals, amount: Any, day: Any, *, on: Any, row: Any) -> Outcome[Fulfilments]: ...
def fulfilment(
    deals: Conditional | Conditionals, amount: Any, day: Any, *, on: Any, row: Any = None
) -> Fulfilment | Outcome[Fulfilments]:
    """Judges the payments that came in against the conditions of deals.

    A condition is met where, up to the last day on which it is in time, everything came in that it and those
    before it ask for: a payment too large, or too early, counts for the next. It is broken where that day has
    passed without it, whatever came later; until then it is open.

    Parameters
    ----------
    deals
        One deal, or those of a batch.
    amount, day
        The payments: currency units (or :func:`~repayplan.minor` units of the loan's) and dates, in any
        order.
    on
        The day up to which they are known.
    row
        Of a batch: the caller's row number of the loan that each payment is for.

    Returns
    -------
    :class:`Fulfilment`; of a batch an Outcome of :class:`Fulfilments` of the loans that have a deal.

    Raises
    ------
    InputError
        Of one deal: an amount or a date that can't be read, is negative, or has none beside it. In a batch
        the loan that the payment is for has a failure.
    TypeError
        Columns of different lengths, or a batch without ``row``.

    Examples
    --------
    >>> from repayplan import Household, Loan, Policy, Trial, conditional
    >>> from dataclasses import replace
    >>> policy = replace(Policy.example("mortgage-waterfall"), trial=Trial(instalments=3, grace_days=14))
    >>> loan = Loan(
    ...     principal="200000",
    ...     annual_rate="0.075",
    ...     original_term=360,
    ...     elapsed=0,
    ...     unpaid=360,
    ...     next_due="2015-02-01",
    ... )
    >>> deal = conditional(loan, Household(gross_income="4000"), policy)
    >>> paid = fulfilment(deal, ["1231.43", "1000"], ["2015-02-10", "2015-03-16"], on="2015-03-16")
    >>> paid.code.value, paid.owed_if_broken
    ('deal_broken', Decimal('201268.57'))
    >>> print(paid.conditions[1].text())
    trial payment 2: 1231.43, in by 2015-03-15; broken: 0.00 of 1231.43 came in, in time
    """
    known_on = one_date("on", on)
    if isinstance(deals, Conditional):
        amount, day = list(amount), list(day)
        if len(amount) != len(day):
            code = Code.MISSING if len(day) < len(amount) else Code.UNKNOWN_VALUE
            raise InputError(code, "day", len(day), f"a date for each of {len(amount)} amounts")
        row = np.zeros(len(amount), np.int64)
        return _judged(Asked.by(deals.conditions), np.arange(1), amount, day, row, known_on).single().one(0)
    if row is None:
        msg = "of a batch, `row` says which loan each payment is for"
        raise TypeError(msg)
    agreed = np.flatnonzero(deals.agreed)
    return _judged(deals.asked.take(agreed), deals.row[agreed], amount, day, row, known_on)


def _judged(asked: Asked, known: Ints, amount: Any, day: Any, row: Any, on: date) -> Outcome[Fulfilments]:
    """The payments, each of the loan ``row`` among those that are ``known``, against what is asked for."""
    of, size = np.asarray(row, np.int64), len(known)
    place = np.searchsorted(known, of)
    there = np.append(known, -1)[place] == of
    lines, deals = Screen(len(of), np.flatnonzero(there)), Screen(size)
    units = lines.money("amount", amount, np.append(asked.decimals, 0)[place])
    days = lines.date("day", day)
    deals.adopt(lines.failures().moved(place))
    until = np.datetime64(on, "D")
    mine = np.flatnonzero(lines.good & (days <= until))
    mine = mine[np.lexsort((days[mine], place[mine]))]
    count = np.bincount(place[mine], minlength=size)
    begin = np.cumsum(count) - count
    upto, limit = np.cumsum(asked.required, axis=0), np.minimum(asked.in_time_until, until)
    total = asked.required.sum(axis=0)
    came, in_time = np.zeros(size, np.int64), np.zeros_like(asked.required)
    met_on = np.full(asked.required.shape, np.datetime64("NaT", "D"))
    for k in range(int(count.max(initial=0))):
        who = np.flatnonzero(count > k)
        line = mine[begin[who] + k]
        # More than all conditions ask for changes nothing: no sum leaves int64.
        came[who] = np.minimum(came[who] + np.minimum(units[line], total[who]), total[who])
        then = np.full(size, np.datetime64("NaT", "D"))
        then[who] = days[line]
        counts = then <= limit
        in_time = np.where(counts, came, in_time)
        met_on = np.where(counts & (came >= upto) & np.isnat(met_on), then, met_on)
    received = np.clip(in_time - (upto - asked.required), 0, asked.required)
    missing = asked.required - received
    state = np.where(missing == 0, MET, np.where(until > asked.in_time_until, BROKEN, OPEN))
    good = np.flatnonzero(deals.good)
    found = Fulfilments(
        asked=asked.take(good),
        state=state[:, good],
        received=received[:, good],
        missing=missing[:, good],
        met_on=np.where(asked.required > 0, met_on, np.datetime64("NaT", "D"))[:, good],
    )
    return Outcome(found, known[good], deals.failures().moved(known))
