"""New plans for accounts, whatever they come from, by the same schedules as any other plan."""

from __future__ import annotations

import numpy as np

from repayplan.accounts.account import Accounts
from repayplan.accounts.balancerule import ON_THE_BALANCE, beside_the_balance
from repayplan.accounts.event import Events
from repayplan.accounts.eventkinds import KIND_INDEX
from repayplan.accounts.numbers import on_day
from repayplan.accounts.timeline import day_number
from repayplan.basics.columns import Screen
from repayplan.basics.dates import MONTHS_OF, Days
from repayplan.basics.errors import Code
from repayplan.basics.money import Minor
from repayplan.basics.outcome import Bools, Failures, Ints
from repayplan.kernel.allocate import PARTS, Part, stretch
from repayplan.kernel.bookrows import Course, NewRows
from repayplan.kernel.bookrules import Renewal
from repayplan.kernel.impliedrate import implied_rates
from repayplan.kernel.law import FOREVER
from repayplan.plans.annuity import equal_instalment
from repayplan.plans.column import col
from repayplan.plans.loan import Loans
from repayplan.plans.loanreading import COMPONENTS
from repayplan.plans.schedule import schedule
from repayplan.plans.stage import Plan
from repayplan.plans.standing import beginning, on_grid, same_days

_KEPT = equal_instalment(col("rows_left"), instalment=col("largest"), balloon="rest")
"""The instalments that there were, for as long as something is owed; the last one takes the rest."""


class Renewing:
    """What makes new plans of the accounts of a block.

    Parameters
    ----------
    accounts, events
        Of all blocks.
    mine
        int64; the account of each loan of the kernel.
    event, shorter
        int64; the place of each event of the block. bool; whether it keeps the instalment.

    Attributes
    ----------
    rate
        int64 (loans,); the contract's rate of each as it is now.
    frequency
        int64 (loans,); the frequency of each as it is now, -1 where the contract's terms aren't known.
    implied
        int64 (loans,); the rate that each plan's instalments imply, in 1e-10; None where none is needed.
    """

    def __init__(self, accounts: Accounts, events: Events, mine: Ints, event: Ints, shorter: Bools) -> None:
        self.accounts, self.events, self.mine, self.event = accounts, events, mine, event
        self.shorter = shorter
        self.rate = accounts.rate[mine].copy()
        self.implied: Ints | None = None
        self._halts = np.zeros(len(mine), np.int64)  # in which interest stops
        self._fixed = np.zeros(len(mine), np.bool_)  # an event has said the rate
        self._anchor = np.zeros(0, "datetime64[D]")  # what due dates are counted from
        self.frequency = np.full(len(mine), -1)
        if accounts.loans is not None:
            self.frequency = accounts.loans.frequency[mine]
            self._anchor = accounts.loans.unshifted(mine, np.zeros_like(mine))
        self._failures = Failures.none()

    def failures(self) -> Failures:
        """Of accounts whose new plan can't be."""
        return self._failures

    def rows(self, asked: Renewal) -> NewRows:
        """The rows of new plans; an account whose plan can't be has none and a failure."""
        event, account = self.event[asked.events], self.mine[asked.loans]
        screen = Screen(len(event))
        first = day_number(self.events.first_due[event])
        first = np.where(np.isnat(self.events.first_due[event]), asked.next_due, first)
        owes = asked.principal > 0
        rest = asked.interest + asked.fees > 0
        screen.fault((owes | rest) & (first == FOREVER), Code.MISSING, "first_due")
        if self.accounts.loans is None:
            screen.fault(
                owes, Code.MISSING, "loans", "", "the contract's terms, as accounts of schedules have"
            )
        rates = self.events.rate[event]
        self.rate[asked.loans] = np.where(rates >= 0, rates, self.rate[asked.loans])
        self._fixed[asked.loans] |= rates >= 0
        halt = self.events.kind[event] == KIND_INDEX["freeze"]
        begins = asked.day == day_number(self.events.value_date[event])
        self._halts[asked.loans] += np.where(halt, np.where(begins, 1, -1), 0)
        found = [_as_it_is(asked, np.flatnonzero(screen.good & rest & ~owes), first, self.rate)]
        some = np.flatnonzero(screen.good & owes)
        if len(some) and self.accounts.loans is not None:
            loans = self._loans(self.accounts.loans, asked, some, account[some], on_day(first[some]), screen)
            plans = np.where(self.shorter[asked.events[some]], -2, self.events.plan[event[some]])
            on_balance = self.accounts.terms.on_balance is not None
            for each in np.unique(plans).tolist():
                mine = np.flatnonzero(plans == each)
                if each >= 0:
                    plan = self.events.plans[each]
                else:
                    plan = _KEPT if each == -2 else self.accounts.terms.recast
                made = _made(loans.take(mine), plan, asked, some[mine], screen, on_balance=on_balance)
                found.append(made)
        failures = screen.failures()
        where = np.char.add("event ", event.astype(np.str_))
        self._failures = self._failures.and_then(failures.placed(where).moved(account))
        made = NewRows(*(np.concatenate(columns) for columns in zip(*found, strict=True)))
        if self.implied is not None:
            self.imply(made)
        return made

    def imply(self, new: NewRows) -> None:
        """Works out the rates that new plans imply; a plan that implies none is a failure of its account."""
        loans, of = np.unique(new.of, return_inverse=True)
        if self.implied is None or not len(loans):
            return
        order = np.lexsort((new.due, of))
        of = of[order]
        heads = np.searchsorted(of, np.arange(len(loans)))
        principal, interest = new.asked[order, Part.PRINCIPAL], new.asked[order, Part.INTEREST]
        lent = np.add.reduceat(principal - new.course[order, Course.GROWS], heads)
        days = new.due[order] - new.start[order][heads][of]
        asked = principal + interest - new.course[order, Course.READY]
        self.implied[loans], none = implied_rates(of, days, asked, lent)
        screen = Screen(len(loans))
        screen.fault(none, Code.NO_RATE, "rebate", limit="0 % to 1,000,000 %")
        self._failures = self._failures.and_then(screen.failures().moved(self.mine[loans]))

    def _loans(
        self, terms: Loans, asked: Renewal, some: Ints, account: Ints, first: Days, screen: Screen
    ) -> Loans:
        """What is to be repaid, by the contract's other terms.

        Due dates stay on their days of the month, also where a short month has moved the next; those of a
        plan with a first due date or a frequency of its own are counted from its first.
        """
        base = terms.take(account)
        mine, events = asked.loans[some], self.event[asked.events[some]]
        own = ~np.isnat(self.events.first_due[events])
        self._anchor[mine[own]] = first[own]
        zero = np.zeros(len(some), np.int64)
        base = base.replace(next_due=self._anchor[mine], frequency=self.frequency[mine], late=zero)
        known, first = on_grid(base, first)
        often = self.events.frequency[events]
        other = (often >= 0) & (often != self.frequency[mine])
        screen.adopt(_refused(base, other, often).moved(some))
        self.frequency[mine[other]], self._anchor[mine[other]] = often[other], first[other]
        base = base.replace(next_due=self._anchor[mine], frequency=self.frequency[mine])
        inner = Screen(len(some))
        laws, which = same_days(base, np.flatnonzero(known & ~own & ~other), first, inner)
        screen.adopt(inner.failures().moved(some))
        base = base.replace(due_dates=laws, due_index=which)
        halted = self._halts[mine] > 0
        begun = beginning(base, first, on_day(asked.day[some]))
        return begun.replace(
            **dict.fromkeys(COMPONENTS, zero) | {"principal": asked.principal[some]},
            annual_rate=np.where(halted, 0, self.rate[mine]),
            rate_index=np.where(halted | self._fixed[mine], -1, base.rate_index),
            unpaid=np.maximum(asked.rows[some], 1),
            instalment=zero,
            set_aside=zero,
            extra={
                **base.extra,
                "rows_left": np.maximum(asked.rows[some], 1),
                "largest": Minor(asked.instalment[some]),
            },
        )


def _refused(base: Loans, other: Bools, often: Ints) -> Failures:
    """Where due dates can't be those of another frequency."""
    listed = np.array([law.given is not None for law in base.due_dates])[base.due_index]
    fixed = np.array([law.day is not None for law in base.due_dates])[base.due_index]
    screen = Screen(len(other))
    for wrong, rule in (
        (listed, "none: the contract lists its due dates"),
        (fixed & (MONTHS_OF[np.maximum(often, 0)] == 0), "months: the contract fixes the day of the month"),
    ):
        screen.fault(other & wrong, Code.UNKNOWN_VALUE, "frequency", "", rule)
    return screen.failures()


def _as_it_is(asked: Renewal, some: Ints, first: Ints, rate: Ints) -> NewRows:
    """Where no principal is left to be planned: what else is owed falls due in one row."""
    money = np.zeros((len(some), PARTS), np.int64)
    money[:, Part.INTEREST], money[:, Part.FEES] = asked.interest[some], asked.fees[some]
    course = np.zeros((len(some), len(Course)), np.int64)
    course[:, Course.ACCRUES] = course[:, Course.READY] = asked.interest[some]
    loans = asked.loans[some]
    return NewRows(loans, first[some], asked.day[some], money, course, rate[loans], asked.fees[some])


def _made(
    loans: Loans, plan: Plan, asked: Renewal, some: Ints, screen: Screen, *, on_balance: bool
) -> NewRows:
    """The rows of one template's plans."""
    outcome = schedule(loans, plan)
    screen.adopt(outcome.failures.moved(some))
    if not len(outcome.row):
        return _as_it_is(asked, outcome.row, outcome.row, outcome.row)
    rows, offsets = outcome.value.by_loan()
    which = some[outcome.row]
    if on_balance:
        other = np.zeros(screen.size, np.bool_)
        other[which] = beside_the_balance(rows, offsets) | ~outcome.value.on_balance
        screen.fault(other, Code.UNKNOWN_VALUE, "plan", "", ON_THE_BALANCE)
    at = stretch(offsets[:-1], offsets[1:])
    due = day_number(rows["due_date"])
    start = np.empty_like(due)
    start[1:] = due[:-1]
    start[at.heads] = asked.day[which]
    money = np.zeros((len(due), PARTS), np.int64)
    money[:, Part.PRINCIPAL], money[:, Part.INTEREST] = rows["principal"], rows["interest_paid"]
    money[:, Part.FEES] = rows["fee"]
    money[at.heads, Part.INTEREST] += asked.interest[which]
    money[at.heads, Part.FEES] += asked.fees[which]
    begun = np.zeros(len(due), np.int64)
    begun[at.heads] = asked.fees[which]
    course = np.zeros((len(due), len(Course)), np.int64)
    course[:, Course.GROWS], course[:, Course.ASIDE] = rows["capitalised"], rows["deferred"]
    course[:, Course.ACCRUES] = money[:, Part.INTEREST] + course[:, Course.GROWS] + course[:, Course.ASIDE]
    course[at.heads, Course.READY] = asked.interest[which]
    rate = outcome.value.rates()
    if rate is None:
        rate = loans.annual_rate[outcome.row][at.of]
    rows_of = NewRows(asked.loans[which][at.of], due, start, money, course, rate, begun)
    if plan is not _KEPT:
        return rows_of
    some = np.flatnonzero(money.any(axis=1) | course.any(axis=1))  # it ends when all is repaid
    return NewRows(*(column[some] for column in rows_of))
