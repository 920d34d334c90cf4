"""What the rules allow this borrower: the least extension that is affordable, or why there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, fields, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, overload

import numpy as np

from repayplan.ability.allowance import ShareOf
from repayplan.ability.capacity import NOTHING_LEFT, Capacities, with_more_income
from repayplan.ability.obligors import Obligors
from repayplan.basics.blocks import Progress, asked, block_rows, run_blocks
from repayplan.basics.columns import RATE_DECIMALS, Screen, money_of
from repayplan.basics.dates import (
    Days,
    a_month,
    a_month_in_limbs,
    a_period,
    in_limbs,
    months_taken,
)
from repayplan.basics.errors import Code, InputError, Reason
from repayplan.basics.index import Index
from repayplan.basics.money import MAX_TOTAL, as_text, to_decimal, to_plain
from repayplan.basics.outcome import Bools, Failures, Ints, Outcome, span
from repayplan.offers.acceptance import Acceptance
from repayplan.offers.amortisation import ANY
from repayplan.offers.apart import ObligorPart, Parted, parted
from repayplan.offers.arrears import first_paid, place_arrears, spread_of
from repayplan.offers.audit import CHOSEN, StepTaken, audit
from repayplan.offers.behind import (
    OfLoan,
    OfLoans,
    batches,
    counted,
    most_of_present,
    present_instalment,
)
from repayplan.offers.case import Case, case_of, plan_fingerprint
from repayplan.offers.concession import Step
from repayplan.offers.earlier import Gate
from repayplan.offers.facts import OF_STATUS
from repayplan.offers.granting import grant
from repayplan.offers.grounds import Grounds
from repayplan.offers.lattice import Points, chosen, crowd_out, write_plans
from repayplan.offers.lengths import Figure
from repayplan.offers.living import Living, LivingPeriod, left_by_row
from repayplan.offers.means import Means, assessed, dated, months_ahead, policy_rules
from repayplan.offers.permits import LIMITS, missing_consents
from repayplan.offers.policy import Policy
from repayplan.offers.raising import figures
from repayplan.offers.relaxation import INCOMES, Levers, longer_does, relaxations
from repayplan.offers.room import Room
from repayplan.offers.search import Candidates, Lowest
from repayplan.offers.shortcomings import Shortcoming, shortcomings
from repayplan.offers.strategy import IN_ORDER
from repayplan.offers.terms import contract_terms
from repayplan.offers.waterfall import conceded, given_up, looked_at, put_off, read_values, waived
from repayplan.plans.layout import finest
from repayplan.plans.loan import Loan, Loans
from repayplan.plans.rows import Columns
from repayplan.plans.schedule import Schedule, Schedules

CHUNK = 131_072
"""Loans searched at once."""
LATTICES = 1_024
"""Loans searched at once where every plan of a lattice is written."""
SAFE = 2**50
"""No payment on so many minor units, by the month, comes near the end of int64, whatever its first period."""

MOST_A_MONTH = 2**61
"""Beside what any household is short of in any month, no payment that is as large a month leaves int64."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A plan that this borrower can keep and the policy allows.

    Two offers are equal where all of this is, every row of the schedule too, but for ``case``.

    Attributes
    ----------
    method, instalments
        How it is repaid, and in how many instalments.
    extension, extension_months
        Instalments beyond the contract's present maturity, and the same in months (rounded up).
    instalment_before, instalment_after
        Present instalment, and the largest payment of the plan, without what is put aside until the last.
    capacity
        What the household can pay each instalment period: in the one in which that is least. No more than the
        targets of the policy let be paid.
    left_to_live_on
        What it has a month after other debts and the payment, in the period in which that is least.
    living
        The same of each row, beside what it needs.
    opening_balance, capitalised, paid_first, spread, carried, waived
        What the plan starts from; arrears added to the balance, paid with the first instalment, spread over
        several, due with the last, and given up. ``opening_balance + waived`` is everything that was owed.
        What is carried isn't held against what can be paid with the last instalment.
    total_interest
        All interest paid under the plan, capitalised interest among it, and what was overdue or accrued
        before and is paid first.
    interest_on_plan
        The same without what is paid first: what the plan itself costs.
    annual_rate
        The plan's, as a fraction.
    forborne, forgiven
        Principal put aside, bearing no interest, and principal given up. What is forborne is in the
        schedule's balances, and repaid with its last row; it isn't held against what can be paid then.
    concessions
        What became of each step of the policy's waterfall.
    longest, binding_limit
        The most instalments that the limit allows, and which of its rules says so.
    pending
        Written consents that the extension still waits for.
    questions
        Declared spending above a guideline that a person should ask about (``above_guideline``), with the
        categories, what is spent a month and the guideline. It counts as declared until then.
    apart
        Of several households behind the loan: what each pays of the plan, and has left.
    reversible_until
        Until when the borrower may go back to the term before; None: no longer, or nothing is extended.
    acceptance
        The policy's rule for accepting it; see :func:`~repayplan.deadlines`.
    schedule
        Every row.
    case
        Whose it is, and what is granted by it; no part of what makes two offers equal.
    """

    method: str
    instalments: int
    extension: int
    extension_months: int
    instalment_before: Decimal
    instalment_after: Decimal
    capacity: Decimal
    left_to_live_on: Decimal
    living: tuple[LivingPeriod, ...] = field(repr=False)
    opening_balance: Decimal
    capitalised: Decimal
    paid_first: Decimal
    spread: Decimal
    carried: Decimal
    waived: Decimal
    total_interest: Decimal
    interest_on_plan: Decimal
    annual_rate: Decimal
    forborne: Decimal
    forgiven: Decimal
    concessions: tuple[StepTaken, ...]
    longest: int
    binding_limit: Code
    pending: tuple[Reason, ...]
    questions: tuple[Reason, ...]
    reversible_until: date | None
    acceptance: Acceptance | None
    schedule: Schedule = field(repr=False)
    apart: tuple[ObligorPart, ...] = field(default=(), repr=False)
    case: Case = field(repr=False, compare=False)

    @property
    def due_at_end(self) -> Decimal:
        """What is carried and forborne: due with the last payment beside it, whatever is left then."""
        return self.carried + self.forborne

    @property
    def waived_interest(self) -> Decimal:
        """Interest that accrues under the plan and is never charged: of a holiday that waives it."""
        return self.schedule.totals["waived"]

    @property
    def never_paid(self) -> Decimal:
        """What the lender gives up: of the arrears, of the principal, and interest that isn't charged."""
        return self.waived + self.forgiven + self.waived_interest

    @property
    def owed(self) -> Decimal:
        """Everything that was owed before, arrears and what is given up of them among it."""
        return self.opening_balance + self.waived


@dataclass(frozen=True, slots=True, kw_only=True)
class Infeasible:
    """Why no plan within the policy is affordable, and what would change that.

    Two refusals are equal where all of this is, but for ``case``.

    Attributes
    ----------
    reasons
        Codes with figures; ``.text("en" | "zh")`` makes the sentence.
    shortfall
        What is missing a month for the lowest instalment that the limit allows: the most of ``shortfalls``. 0
        where that is there, and a target of the policy doesn't let it be paid.
    shortfalls
        What is missing a month in each row of the plan with that instalment; empty where there is none.
    relaxations
        For each lever alone, the least change that would make a plan affordable (of amounts, where the rate
        changes over time or more than 65,536 values are left open: one unit less of which wouldn't), or
        None: ``months`` by which every rule of the limit would be raised, ``rate`` (the new annual rate),
        ``income`` (more net income in every month; of several households, of the first borrower),
        ``principal_reduction`` and ``down_payment`` (amounts); of
        households whose items don't all count in every month, of several households behind a loan, or with an
        outlook, ``months`` for plans of up to 600 months, and not where steps that lower a figure stand
        beside minimums of paying off. The steps of the waterfall are taken to whatever degree serves.
        Where steps that lower a figure stand beside minimums of paying off, an amount that is None isn't
        proven: all of it but one unit and halves of it were tried, and where the steps have no more than
        65,536 degrees together, all but a few units or instalments.
        Under a target of gross income there is ``gross_income`` too: so much more in what is stated as
        ``gross_income``, in every month, of the same household. Net income that is known stays as it is.
        It isn't looked for, and None, where costs or an allowance are worked out from gross income, or the
        target pays costs that are assumed from net income: more may then leave less to pay.
    concessions
        What became of each of these steps.
    rules_needed
        What the rules of the limit that hold the plan back would have to say, all of them together, and
        one unit less of any wouldn't do: 0.0001 of a percentage, a month (of extension, of the tiers by
        original term), a day, a year of age. Empty where no longer plan is affordable.
    questions
        As of an :class:`Offer`: spending that was counted as declared, and that a person should ask about.
    case
        As of an :class:`Offer`: whose it is, and why it is refused.
    """

    reasons: tuple[Reason, ...]
    capacity: Decimal
    shortfall: Decimal
    shortfalls: tuple[Decimal, ...]
    longest: int
    binding_limit: Code
    relaxations: dict[str, Decimal | int | None]
    concessions: tuple[StepTaken, ...]
    rules_needed: dict[Code, Figure]
    questions: tuple[Reason, ...] = ()
    case: Case = field(repr=False, compare=False)


@dataclass(frozen=True, eq=False)
class Proposals:
    """Decisions on a batch; columns of one value per good row, in the caller's order.

    Amounts are int64 minor units of each row's ``decimals``. ``method`` indexes ``methods``,
    ``binding_limit`` indexes :data:`~repayplan.offers.limit.LIMITS`. Rows that aren't offered have 0
    instalments. Figures that only the final rows tell are worked out when they are asked for.

    Attributes
    ----------
    contracts, loans
        All loans as they were given, and as the plans take them over: arrears placed, the policy's
        rounding, the columns that the limit looks at read.
    households
        All of them, as the policy counts them.
    held_back
        bool; steps that lower payments are granted to less than they may be, as more wouldn't serve.
    """

    policy: Policy
    contracts: Loans
    loans: Loans
    households: OfLoans
    means: Means
    capacities: Capacities
    row: Ints
    decimals: Ints
    eligible: Bools
    offered: Bools
    method: Ints
    instalments: Ints
    contract: Ints
    capacity: Ints
    opening_balance: Ints
    capitalised: Ints
    paid_first: Ints
    spread: Ints
    carried: Ints
    waived: Ints
    shortest: Ints
    longest: Ints
    binding_limit: Ints
    degree: Ints
    last_step: Ints
    held_back: Bools

    @property
    def extension(self) -> Ints:
        """Instalments of the plans offered beyond the contract's present maturity."""
        return np.where(self.offered, np.maximum(self.instalments - self.contract, 0), 0)

    @property
    def _extended(self) -> Bools:
        """Of every row of the batch, whether its plan goes beyond the present maturity."""
        extended = np.zeros(len(self.loans), np.bool_)
        extended[self.row] = self.extension > 0
        return extended

    @cached_property
    def reversible_until(self) -> Days:
        """datetime64[D]; until when the extension can be undone, NaT where there is none or it can't."""
        return self.policy.limit.reversible_until(self.loans, self._extended)[self.row]

    @cached_property
    def pending(self) -> dict[str, Bools]:
        """Bool by consent that the limit names: whose extension still waits for it."""
        missing = self.policy.limit.pending(self.loans, self._extended)
        return {name: column[self.row] for name, column in missing.items()}

    @cached_property
    def _gates(self) -> tuple[Gate, ...]:
        """What the gates of the limit find, of every row of the batch."""
        return self.policy.limit.gates(self.loans)

    @property
    def extension_months(self) -> Ints:
        """The same in months, rounded up."""
        return months_taken(self.extension, self.loans.frequency[self.row])

    @property
    def annual_rate(self) -> Ints:
        """The plans' annual rates (1e-10)."""
        return self._conceded.annual_rate[self.row]

    @property
    def forborne(self) -> Ints:
        """Principal put aside, bearing no interest; due with the last instalment, whatever can be paid."""
        return self._given_up.get("forbear", np.zeros(len(self), np.int64))

    @property
    def put_aside(self) -> Ints:
        """Principal and arrears due with the last instalment of plans, whatever can be paid then."""
        return self._conceded.set_aside[self.row] + self.carried

    @property
    def due_at_end(self) -> Ints:
        """What plans offered put aside: due with the last payment beside it, whatever is left then."""
        return np.where(self.offered, self.put_aside, 0)

    @property
    def forgiven(self) -> Ints:
        """Principal given up."""
        return self._given_up.get("forgive", np.zeros(len(self), np.int64))

    @cached_property
    def waived_interest(self) -> Ints:
        """Interest that accrues under the plan offered and is never charged: of a holiday that waives it."""
        idle, _, interest = put_off(self.policy.steps, self.degree.T)
        out = np.zeros(len(self), np.int64)
        waives = self.offered & (idle > 0) & (interest == "waive")
        if waives.any():
            out[waives] = self._write(waives, 1, None).totals()["waived"]
        return out

    @property
    def never_paid(self) -> Ints:
        """What the lender gives up by the plan offered: arrears, principal, and interest not charged."""
        return np.where(self.offered, self.waived + self.forgiven + self.waived_interest, 0)

    @cached_property
    def _given_up(self) -> dict[Step, Ints]:
        every = given_up(self.loans.take(self.row), self.policy.steps, self.degree.T)
        return {step: np.where(self.offered, amount, 0) for step, amount in every.items()}

    def concessions(self, i: int) -> tuple[StepTaken, ...]:
        """What became of each step of the policy's waterfall for row ``i``; empty where it isn't eligible."""
        if not self.eligible[i]:
            return ()
        loan = self.loans.take(self.row[i : i + 1])
        last, shortest = int(self.last_step[i]), int(self.shortest[i])
        most = int(self.longest[i]) if self.held_back[i] else None
        return tuple(audit(loan, self.policy.steps, self.degree[i], last, shortest, most))

    @property
    def put_off(self) -> Ints:
        """Rows at the beginning of the plans offered that pay nothing, or interest only."""
        idle, only, _ = put_off(self.policy.steps, self.degree.T)
        return idle + only

    @property
    def surplus(self) -> Ints:
        """Signed; what the household has left a month, by a target alone what that lets be paid."""
        return self.capacities.left

    @property
    def below_allowance(self) -> Bools:
        """Households short of their living costs before they pay anything on this loan."""
        return self.capacities.below_allowance

    @cached_property
    def instalment_before(self) -> Ints:
        """The contract's present instalment: as given, else the level one over what is unpaid."""
        return present_instalment(self.contracts)[self.row] * self.loans.finer[self.row]

    @property
    def instalment_after(self) -> Ints:
        """The largest payment of the plan offered, else the lowest that the limit allows (-1: none)."""
        return self._final.peak[self.row]

    @property
    def total_interest(self) -> Ints:
        """All interest paid under the plan offered, overdue interest that is paid first among it."""
        return np.where(self.offered, self._final.interest[self.row], 0)

    @property
    def interest_on_plan(self) -> Ints:
        """The same without what is paid first."""
        return np.where(self.offered, self.total_interest - self._conceded.carried[self.row], 0)

    @cached_property
    def left_to_live_on(self) -> Ints:
        """What the household has a month after other debts and the payment, in the row where that is least.

        Where no plan is offered, as it is assessed and before any payment.
        """
        left = self.capacities.disposable - np.where(self.offered, self._a_month(self.instalment_after), 0)
        differs = self.offered & self.dated
        if differs.any():
            left[differs] = self._living(differs).least
        return left

    @cached_property
    def living(self) -> Living:
        """What households have left to live on, by row of the plans offered."""
        return self._living(self.offered)

    @cached_property
    def shortfalls(self) -> Living:
        """The same, of those refused, by row of the plan with the lowest instalment that the limit allows.

        ``shortfalls.missing`` is what is missing a month; loans without such a plan aren't in it.
        """
        return self._living(self._refused)

    @property
    def dated(self) -> Bools:
        """Whose households' months, or their first period, may differ."""
        return dated(self.loans, self.households, self.policy)[self.row]

    def recounted(self, rows: Columns, offsets: Ints) -> Living:
        """What households have left to live on, by rows of the plans offered as they are written.

        Parameters
        ----------
        rows, offsets
            ``proposals.schedules.by_loan()``.
        """
        return self._left(rows, offsets, np.flatnonzero(self.offered))

    @property
    def _refused(self) -> Bools:
        """Rows without an offer that have a plan with a lowest instalment."""
        return self.eligible & ~self.offered & (self.instalment_after >= 0)

    def living_with(self, rises: Index) -> Living:
        """The same were rates, by date, so much above the plans': of loans whose rate is a fixed one.

        Loans whose plans can't be kept at such rates aren't in it.
        """
        fixed = (self.loans.rate_index < 0)[self.row]
        return self._living(self.offered & fixed, rises)

    def _living(self, wanted: Bools, rises: Index | None = None) -> Living:
        made = self._write(wanted, 1, None, rises)
        return self._left(*made.by_loan(), np.searchsorted(self.row, made.row))

    def _left(self, rows: Columns, offsets: Ints, of: Ints) -> Living:
        row, asked = self.row[of], self._asked(rows, offsets, of)
        if isinstance(self.households, Obligors):
            return self._parted(asked, offsets, of).together
        return left_by_row(
            asked,
            offsets,
            row=row,
            policy=self.policy,
            households=self.households,
            dated=self.dated[of],
            capacities=self.capacities.take(of),
            decimals=self.decimals[of],
            frequency=self.loans.frequency[row],
            finer=self.loans.finer[row],
        )

    def _asked(self, rows: Columns, offsets: Ints, of: Ints) -> Columns:
        """When and what some loans' rows ask to be paid from income, and what was put aside until them."""
        aside, last = np.zeros_like(rows["payment"]), np.zeros(len(rows["payment"]), np.bool_)
        aside[offsets[1:] - 1], last[offsets[1:] - 1] = self.put_aside[of], True
        agreed = rows["due_date"]
        if self.loans.moved(self.row[of]).any():
            loans = np.repeat(self.row[of], np.diff(offsets))
            agreed = self.loans.agreed(loans, rows["period"] - 1, last)
        payment = rows["payment"] - aside
        return {"due_date": rows["due_date"], "agreed": agreed, "payment": payment, "put_aside": aside}

    def _parted(self, rows: Columns, offsets: Ints, of: Ints) -> Parted:
        """The same of several households behind each of some loans, each apart."""
        behind, row = self.households, self.row[of]
        if not isinstance(behind, Obligors):
            msg = "one household is behind each loan"
            raise TypeError(msg)
        return parted(
            rows,
            offsets,
            row=row,
            policy=self.policy,
            behind=behind.take(row),
            decimals=self.decimals[of],
            frequency=self.loans.frequency[row],
            finer=self.loans.finer[row],
        )

    @cached_property
    def apart(self) -> Parted:
        """What each of several households behind the loans offered pays, and has left to live on.

        Raises
        ------
        TypeError
            The loans were given with one household each: :attr:`living` says it.
        """
        return self._apart(self.offered)

    def _apart(self, wanted: Bools) -> Parted:
        made = self._write(wanted, 1, None)
        rows, offsets = made.by_loan()
        of = np.searchsorted(self.row, made.row)
        return self._parted(self._asked(rows, offsets, of), offsets, of)

    @cached_property
    def shortfall(self) -> Ints:
        """What is missing a month for the lowest instalment that the limit allows; 0 where offered.

        Where months differ, in the period in which most is. A household that is short before it pays anything
        lacks that as well.
        """
        refused = self._refused
        missing = np.where(refused, np.maximum(self._a_month(self.instalment_after) - self.surplus, 0), 0)
        differs = refused & self.dated
        if differs.any():
            missing[differs] = self._living(differs).most_missing
        return missing

    def _a_month(self, instalment: Ints) -> Ints:
        """Instalments by the month, rounded up; those that int64 doesn't hold are failures of the batch."""
        return a_month(instalment, self.loans.frequency[self.row])

    def _screened(self, screen: Screen) -> Proposals:
        """Without the loans, refused, whose shortfall a month leaves int64."""
        large = self.eligible & ~self.offered & (self.opening_balance > SAFE)
        if not large.any():
            return self
        often = self.loans.frequency[self.row]
        most = np.iinfo(np.int64).max + np.minimum(self.surplus, 0)
        most = np.where(self.dated, np.minimum(most, MOST_A_MONTH), most)
        large &= a_month_in_limbs(self.instalment_after, often).above(in_limbs(most))
        bad = np.flatnonzero(large)
        lowest, limit = (
            as_text(units[bad], self.decimals[bad])
            for units in (self.instalment_after, a_period(most, often))
        )
        screen.adopt(Failures.at(self.row[bad], Code.BEYOND_DOMAIN, "instalment", lowest, limit))
        return self.take(np.flatnonzero(~large))

    def take(self, keep: Ints) -> Proposals:
        """Some of the decisions."""
        columns: dict[str, Any] = {f.name: getattr(self, f.name) for f in fields(self)}
        kept = {name: column[keep] for name, column in columns.items() if isinstance(column, np.ndarray)}
        return Proposals(**(columns | kept | {"capacities": self.capacities.take(keep)}))

    def with_plans(self, points: Points) -> Proposals:
        """The decisions with plans that were chosen for some of them, by ``points.loan``."""
        at, capacity = points.loan, self.capacity.copy()
        size = self.means.at_once(int(self.longest[at].max(initial=1)), CHUNK)
        for start in range(0, len(at), size):
            some = at[start : start + size]
            mine = self.row[some]
            room = self.means.take(mine).room(self.loans.take(mine), self.longest[some])
            capacity[some] = room.least(points.length[start : start + size])
        own, steps = self.loans.take(self.row[at]), self.policy.steps
        before = waived(own, steps, np.where(self.offered[at], self.degree[at].T, 0))
        of_balance, of_first = (
            new - old for new, old in zip(waived(own, steps, points.degree), before, strict=True)
        )
        columns = {
            "offered": np.ones(len(points), np.bool_),
            "method": points.method,
            "instalments": points.length,
            "degree": points.degree.T,
            "last_step": np.full(len(points), CHOSEN),
            "held_back": np.zeros(len(points), np.bool_),
            "opening_balance": self.opening_balance[at] - of_balance - of_first,
            "capitalised": self.capitalised[at] - of_balance,
            "paid_first": self.paid_first[at] - of_first,
            "waived": self.waived[at] + of_balance + of_first,
        }
        changed: dict[str, Any] = {name: getattr(self, name).copy() for name in columns}
        for name, values in columns.items():
            changed[name][at] = values
        return replace(self, capacity=capacity, **changed)

    @cached_property
    def _final(self) -> Lowest:
        """From the final rows of the plans offered, and of the lowest plan of any method for the others."""
        size = len(self.loans)
        found = Lowest.none(size)
        searched = self.eligible & ~self.offered & (self.longest >= self.shortest)
        waits = self.offered & ((self.put_off > 0) | (self.spread > 0))
        if waits.any():
            made = self._write(waits, 1, None)
            columns, offsets = made.by_loan()
            paid, place = columns["payment"], np.full(size, -1)
            place[self.row] = np.arange(len(self))
            paid[offsets[1:] - 1] -= self.put_aside[place[made.row]]
            found.peak[made.row] = np.maximum.reduceat(paid, offsets[:-1])
            totals = made.totals()
            found.interest[made.row] = totals["interest_paid"] + totals["capitalised"]
        first = first_paid(self._conceded, self.policy.arrears)
        spread = spread_of(self._conceded, self.policy.arrears)
        later = self._conceded.carried - first.carried
        for index, name in enumerate(self.methods):
            chosen = self.offered & (self.method == index) & ~waits
            shortest, longest = np.ones(size, np.int64), np.zeros(size, np.int64)
            longest[self.row] = np.where(chosen, self.instalments, np.where(searched, self.longest, 0))
            shortest[self.row] = np.where(chosen, self.instalments, self.shortest)
            rows = np.flatnonzero(longest)
            some = spread if spread.amounts.any() else None
            plans = Candidates(first, rows, name, longest, self.policy.amortisation, some)
            measured = plans.lowest(shortest, longest)
            found.lowered(index, replace(measured, interest=measured.interest + later))
        return found

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods that the policy tries, in order."""
        return self.policy.methods

    def __len__(self) -> int:
        return len(self.row)

    def __repr__(self) -> str:
        return f"Proposals({len(self)} loans, {int(self.offered.sum())} offered)"

    def __iter__(self) -> Iterator[Offer | Infeasible]:
        return (self.one(i) for i in range(len(self)))

    def to_frame(self, kind: Any = "pandas", *, keep: Iterable[str] = ()) -> Any:
        """The decisions as a frame, a row each: the columns of the command line's decisions.

        Amounts have the decimals of the currency that has most of them. What a row has no value of (no offer:
        no instalment) is missing there.

        Parameters
        ----------
        kind, keep
            As of :meth:`repayplan.plans.schedule.Schedules.to_frame`.

        Raises
        ------
        InputError
            ``kind`` is no kind of frame, or a frame of other rows than were read.
        ImportError
            The library isn't installed; the message names the extra.
        """
        from repayplan.edges.decisiontables import decisions
        from repayplan.edges.frames import Origin, frame_of

        return frame_of(decisions(self.row, self), kind, Origin(self.row, len(self.contracts), keep))

    @cached_property
    def schedules(self) -> Schedules:
        """Schedules of the offered rows; ``schedules.row`` holds the caller's row numbers."""
        return self.write_schedules()

    def write_schedules(self, *, workers: int = 1, progress: Progress | None = None) -> Schedules:
        """The schedules of the offered rows, anew."""
        return self._write(self.offered, workers, progress)

    def _write(
        self, wanted: Bools, workers: int, progress: Progress | None, rises: Index | None = None
    ) -> Schedules:
        size = len(self.loans)
        screen = Screen(size, self.row[wanted])
        length, method = np.ones(size, np.int64), np.zeros(size, np.int64)
        length[self.row], method[self.row] = self.instalments, self.method
        refused = self.row[wanted & ~self.offered]
        if len(refused):
            length[refused], method[refused] = self._final.length[refused], self._final.method[refused]
        points = Points(np.arange(size), method, length, self._degree)
        return write_plans(
            self.loans, points, self.policy, screen, workers=workers, progress=progress, rises=rises
        )

    @cached_property
    def _degree(self) -> Ints:
        """int64 (steps, loans), of all loans."""
        out = np.zeros((len(self.policy.steps), len(self.loans)), np.int64)
        out[:, self.row] = self.degree.T
        return out

    @cached_property
    def _conceded(self) -> Loans:
        """All loans with the figures that the concessions give them, without what these put aside."""
        return conceded(self.loans, self.policy.steps, self._degree)

    def _some(self, rows: Ints) -> Loans:
        """Some of all loans, with the columns that the search looks at."""
        return self.policy.limit.some(self.loans, rows, looked_at(self.policy))

    @cached_property
    def levers(self) -> Levers:
        """For every row that is eligible and not offered, what each lever alone would have to give."""
        rows = np.flatnonzero(self.eligible & ~self.offered)
        mine, rule = self.row[rows], self.policy.arrears
        loans = self._some(mine)
        looked_for = ("net_income", "gross_income")[: 1 + policy_rules(self.policy).rises_with_gross]
        return relaxations(
            first_paid(loans, rule),
            self.policy,
            index=rows,
            room=self.means.take(mine).room(loans, self.longest[rows]).less(spread_of(loans, rule)),
            earning={name: self._earning(rows, of) for name, of in INCOMES.items() if of in looked_for},
            dated=self.dated[rows],
            ahead=lambda some, longest, more=None, of="net_income": self._ahead(
                rows[some], longest, more, of
            ),
            shortest=self.shortest[rows],
            longest=self.longest[rows],
            most=self.means.bounded(np.full(len(self.loans), np.iinfo(np.int64).max))[mine],
        )

    def _ahead(self, rows: Ints, longest: Ints, more: Ints | None, of: ShareOf) -> Room:
        """What some can pay in each period of such long plans; nothing from a month with a fault on."""
        mine = self.row[rows]
        loans, homes = self.loans.take(mine), self.households.take(mine)
        extra = None if more is None else more // loans.finer
        usual = Means(np.zeros(len(mine), np.int64), most=self.means.take(mine).most)
        means = months_ahead(loans, homes, self.policy, longest, usual, None, more=extra, of_income=of)
        return means.room(loans, longest).less(spread_of(loans, self.policy.arrears))

    def _earning(self, rows: Ints, of: ShareOf) -> Callable[[Ints], Ints]:
        """What some of the households have left a month with so much more income, signed.

        In the units of the loans; of the income in the household's own, as it is stated.
        """
        policy, mine = self.policy, self.row[rows]
        scale, decimals = self.loans.finer[mine], self.households.decimals[mine]
        before, rules = self.capacities.before_contingency[rows] // scale, policy_rules(policy)
        follows = policy.allowance.follows_net_income
        follows |= any(rule.follows_net_income for rule in policy.assumed)
        follows |= policy.target is not None or policy.creditors.pro_rata is not None
        follows |= of == "gross_income"
        behind = self.households
        if isinstance(behind, Obligors):
            some = behind.take(mine)

            def of_several(more: Ints) -> Ints:
                own = np.where(some.bears, (more // scale)[some.of], 0)
                left = with_more_income(some.households, own, rules, of)
                gone = some.added((left == NOTHING_LEFT).astype(np.int64)) > 0
                together = some.together(some.parts(np.where(left == NOTHING_LEFT, 0, left)))
                return np.where(gone, NOTHING_LEFT, np.where(gone, 0, together) * scale)

            return of_several
        homes = behind.take(mine) if follows else None

        def earning(more: Ints) -> Ints:
            if homes is None:
                left = before + more // scale
                left = left - policy.contingency.monthly(left, decimals)
            else:
                left = with_more_income(homes, more // scale, rules, of)
            out = left == NOTHING_LEFT
            return np.where(out, NOTHING_LEFT, np.where(out, 0, left) * scale)

        return earning

    def relaxations(self) -> dict[str, Ints]:
        """The levers as columns over all rows of the batch; -1 where none helps or none is needed."""
        return self.levers.columns(len(self))

    def rules_needed(self) -> dict[Code, Ints]:
        """What the rules of the limit would have to say, as columns over all rows of the batch.

        See :func:`~repayplan.offers.raising.needed`; -1 where a rule isn't in the way, or nothing helps.
        """
        return self.levers.rule_columns(len(self))

    @cached_property
    def reasons_hold(self) -> dict[Code, Bools]:
        """For each reason against an offer, in the order in which they are stated: whose it is (bool)."""
        return self._reasons(self._rests_on(self.instalment_after >= 0, self.relaxations()["months"] >= 0))

    def _reasons(self, grounds: Grounds) -> dict[Code, Bools]:
        terms = self.shortest, self.longest, self.binding_limit, self.capacity
        return grounds.reasons(self.eligible & ~self.offered, *terms)

    def _rests_on(self, lowest: Bools, longer: Bools) -> Grounds:
        most, count = self.means.most, len(self)
        return Grounds(
            closed={
                Code.NOT_ELIGIBLE: ~of_status(self.contracts, self.policy)[self.row],
                **{gate.code: gate.closed[self.row] for gate in self._gates},
            },
            below=self.below_allowance,
            alone=policy_rules(self.policy).alone,
            payable=np.ones(count, np.bool_) if most is None else most[self.row] > 0,
            by_target=self._by_target,
            lowest=lowest,
            longer=longer,
            slow=self._too_slow,
        )

    def grounds(self, known: tuple[Bools, Bools] | None = None) -> Grounds:
        """What the reasons rest on, worked out without the levers and the lowest plans where it can be.

        Every plan without an extension that can be kept is one within the limit; and whether a longer plan is
        affordable is known before the least extension is. Of those refused alone.

        Parameters
        ----------
        known
            bool; of which rows it is known already whether a longer plan is affordable, and whether one is.
        """
        lowest, longer = np.zeros(len(self), np.bool_), np.zeros(len(self), np.bool_)
        refused = self.eligible & ~self.offered & (self.longest >= self.shortest)
        whole = refused & (self.dated | self.policy.amortisation.any)
        quick = np.flatnonzero(refused & ~whole)
        if len(quick):
            lowest[quick] = self.keepable(quick)
            open_ = quick
            if known is not None:
                longer[quick] = known[1][quick]
                open_ = quick[~known[0][quick]]
            if len(open_):
                longer[open_] = self._longer(open_)
        for rows in (np.flatnonzero(whole), quick[~lowest[quick]]):
            if len(rows):
                lowest[rows] = self.take(rows).instalment_after >= 0
        rows = np.flatnonzero(whole)
        if len(rows):
            longer[rows] = self.take(rows).relaxations()["months"] >= 0
        return self._rests_on(lowest, longer)

    def _longer(self, some: Ints) -> Bools:
        """Which of some rows, whose months don't differ, have an affordable plan beyond the limit."""
        mine, rule = self.row[some], self.policy.arrears
        loans, terms = self._some(mine), (self.shortest[some], self.longest[some])
        room = self.means.take(mine).room(loans, terms[1]).less(spread_of(loans, rule))
        return longer_does(first_paid(loans, rule), self.policy, room, *terms)

    def keepable(self, some: Ints) -> Bools:
        """Of which of some rows a plan without an extension can be kept, with the steps as they stand."""
        loans, rows = first_paid(self._conceded, self.policy.arrears), self.row[some]
        length, out = np.zeros(len(self.loans), np.int64), np.zeros(len(some), np.bool_)
        length[rows] = self.shortest[some]
        spread = spread_of(self._conceded, self.policy.arrears)
        for name in self.methods:
            own = spread if spread.amounts.any() else None
            plans = Candidates(loans, rows, name, length, self.policy.amortisation, own)
            out |= plans.measure(length).peak[rows] >= 0
        return out

    @cached_property
    def _by_target(self) -> Bools:
        """Of those refused: who could pay more in the leanest period, but for the policy's targets."""
        out, target = np.zeros(len(self), np.bool_), self.policy.target
        rows = np.flatnonzero(self.eligible & ~self.offered)
        if target is not None and target.alone:
            out[rows] = True
        elif (target is not None or self.means.most is not None) and len(rows):
            mine, longest, free = self.row[rows], self.longest[rows], replace(self.policy, target=None)
            loans, homes = self.loans.take(mine), self.households.take(mine)
            usual = Means(np.zeros(len(mine), np.int64))
            left = months_ahead(loans, homes, free, longest, usual, None).room(loans, longest)
            out[rows] = left.least(longest) > self.capacity[rows]
        return out

    def questions(self, i: int) -> tuple[Reason, ...]:
        """What of row ``i``'s declared spending a person should ask about, with the guidelines' figures.

        By the day of assessment, offered or not; ``questioned`` says of whom anything is.
        """
        d, groups = int(self.decimals[i]), self.capacities.groups
        return tuple(reason for group in groups if (reason := group.reason(i, d)) is not None)

    @property
    def questioned(self) -> Bools:
        """Whose declared spending a person should ask about."""
        out = np.zeros(len(self), np.bool_)
        for group in self.capacities.groups:
            out |= group.questioned
        return out

    @cached_property
    def _too_slow(self) -> dict[Code, Bools]:
        """By minimum of paying off: for whom there is an affordable plan that misses it."""
        out: dict[Code, Bools] = {}
        for each in self._missed:
            out[each.code] = out.get(each.code, np.zeros(len(self), np.bool_)) | each.who
        return out

    @cached_property
    def _missed(self) -> tuple[Shortcoming, ...]:
        """What the plans of those that are refused would miss if there were no minimums of paying off."""
        rows = np.flatnonzero(self.eligible & ~self.offered & (self.longest >= self.shortest))
        if not (self.policy.amortisation.any and len(rows)):
            return ()
        free = replace(self.policy, amortisation=ANY, strategy=IN_ORDER)
        mine = self.row[rows]
        some = self._some(mine)
        found = _search(some, self.means.take(mine), np.ones(len(rows), np.bool_), free)
        columns: dict[str, Any] = {each.name: getattr(self, each.name) for each in fields(self)}
        for name, column in (
            ("offered", found.length > 0),
            ("instalments", found.length),
            ("method", found.method),
            ("degree", found.degree),
        ):
            columns[name] = np.zeros_like(columns[name])
            columns[name][rows] = column
        other = Proposals(**(columns | {"policy": free}))
        made = other.schedules
        place = np.full(len(self.loans), -1)
        place[self.row] = np.arange(len(self))
        mine = place[made.row]
        kind = np.array([name == "interest_only" for name in self.methods])[other.method[mine]]
        whole = kind & (other.instalments[mine] - other.put_off[mine] > 1)
        often, minimums = self.loans.frequency[made.row], self.policy.amortisation
        missed = shortcomings(made, often, minimums, other.forborne[mine], whole)
        return tuple(each.spread(mine, len(self)) for each in missed)

    def reasons(self, i: int) -> tuple[Reason, ...]:
        """Why row ``i`` isn't offered a plan; empty where it is."""
        return tuple(self._reason(code, i) for code, whose in self.reasons_hold.items() if whose[i])

    def _reason(self, code: Code, i: int) -> Reason:
        """A reason of row ``i`` with its figures."""
        d = int(self.decimals[i])
        zero, longest = to_decimal(0, d), int(self.longest[i])
        if code is Code.NOT_ELIGIBLE:
            status = Screen(len(self.loans)).text(self.contracts.extra["status"])[self.row[i]]
            return Reason(code, "status", str(status), ", ".join(self.policy.statuses or ()), OF_STATUS)
        if code is Code.BELOW_ALLOWANCE:
            return Reason(code, "surplus", to_decimal(-int(self.surplus[i]), d), zero)
        if code is Code.ABOVE_TARGET:
            above = max(-int(self.capacities.surplus[i]), 0)
            return Reason(code, "surplus", to_decimal(above, d), zero)
        if code is Code.NO_CAPACITY:
            # In the period in which the least can be paid, where months differ.
            differs = bool(self.dated[i])
            left = min(int(self.surplus[i]), 0) if differs else int(self.surplus[i])
            return Reason(code, "surplus", to_decimal(left, d), zero)
        if code in (Code.OVER_CAPACITY, Code.OVER_TARGET):
            lowest, can = (int(x[i]) for x in (self.instalment_after, self.capacity))
            return Reason(code, "instalment", to_decimal(lowest, d), to_decimal(can, d))
        for gate in self._gates:
            if code is gate.code:
                return gate.reason(int(self.row[i]))
        for each in self._missed:
            if code is each.code and each.who[i]:
                return Reason(code, each.field, each.figure(i), each.least)
        shortest = int(self.shortest[i])
        needed = shortest if code is Code.LIMIT_EXHAUSTED else longest
        return Reason(code, "instalments", needed, max(longest, 0))

    def one(self, i: int) -> Offer | Infeasible:
        """Row ``i`` for a person: an :class:`Offer`, or why there is none."""
        d = int(self.decimals[i])

        def money(name: str) -> Decimal:
            return to_decimal(int(getattr(self, name)[i]), d)

        limit, only = LIMITS[int(self.binding_limit[i])], np.arange(len(self)) == i
        case = case_of(self.contracts, self.households, self.policy, int(self.row[i]))
        if not self.offered[i]:
            judged = bool(self.eligible[i])
            levers = self.levers.one(i, d) if judged else {}
            living = self._living(only).one(0) if self._refused[i] else ()
            needed = figures(self.policy.limit, self.levers.rules_of(i) if judged else {})
            reasons = self.reasons(i)
            return Infeasible(
                reasons=reasons,
                capacity=money("capacity"),
                shortfall=money("shortfall"),
                shortfalls=tuple(row.missing for row in living),
                longest=int(self.longest[i]),
                binding_limit=limit,
                relaxations=levers,
                concessions=self.concessions(i),
                rules_needed=needed,
                questions=self.questions(i),
                case=replace(case, refused=reasons),
            )
        cut = int(self.loans.annual_rate[self.row[i]] - self.annual_rate[i])
        granted: dict[str, Decimal | int] = {
            "owed": money("opening_balance") + money("waived"),
            "given_up": money("never_paid"),
            "extension_months": int(self.extension_months[i]),
            "forborne": money("forborne") + money("carried"),
            "rate_cut": to_plain(cut, RATE_DECIMALS),
        }
        made = self._write(only, 1, None)
        apart = self._apart(only) if isinstance(self.households, Obligors) else None
        living = (self._living(only) if apart is None else apart.together).one(0)
        method, rate = self.methods[int(self.method[i])], to_plain(int(self.annual_rate[i]), RATE_DECIMALS)
        plan = made.one(0)
        return Offer(
            method=method,
            instalments=int(self.instalments[i]),
            extension=int(self.extension[i]),
            extension_months=int(self.extension_months[i]),
            instalment_before=money("instalment_before"),
            instalment_after=money("instalment_after"),
            capacity=money("capacity"),
            left_to_live_on=min(row.left for row in living),
            living=living,
            opening_balance=money("opening_balance"),
            capitalised=money("capitalised"),
            paid_first=money("paid_first"),
            spread=money("spread"),
            carried=money("carried"),
            waived=money("waived"),
            total_interest=money("total_interest"),
            interest_on_plan=money("interest_on_plan"),
            annual_rate=rate,
            forborne=money("forborne"),
            forgiven=money("forgiven"),
            concessions=self.concessions(i),
            longest=int(self.longest[i]),
            binding_limit=limit,
            pending=missing_consents(self.pending, i, self.policy.limit.titles),
            questions=self.questions(i),
            reversible_until=self.reversible_until[i].item(),
            acceptance=self.policy.acceptance,
            schedule=plan,
            apart=() if apart is None else apart.one(0),
            case=replace(case, granted=granted, plan=plan_fingerprint(plan, method, rate)),
        )


@overload
def propose(
    loans: Loan,
    households: OfLoan,
    policy: Policy,
    *,
    workers: int = 1,
    progress: Progress | None = None,
) -> Offer | Infeasible: ...
@overload
def propose(
    loans: Loans,
    households: OfLoans,
    policy: Policy,
    *,
    workers: int = 1,
    progress: Progress | None = None,
) -> Outcome[Proposals]: ...
def propose(
    loans: Loan | Loans,
    households: OfLoan | OfLoans,
    policy: Policy,
    *,
    workers: int = 1,
    progress: Progress | None = None,
) -> Offer | Infeasible | Outcome[Proposals]:
    """The least extension whose every instalment the household can pay, within the policy.

    Of all methods of the policy the one is offered whose plan asks for the least concession
    (:func:`~repayplan.offers.granting.grant`), of equal ones the first: with ``extend`` alone, the plan with
    the least number of instalments. Nobody is refused for whom any plan within the policy is affordable. By
    another strategy of the policy, the plan of a finite lattice that serves its aim best is offered
    (:class:`~repayplan.Strategy`). Of everything owed, arrears enter the plan by the policy's rule.

    Parameters
    ----------
    loans, households
        One of each, or batches of as many rows: row i of the one belongs to row i of the other. Several
        households behind a loan, each liable for the whole, are a list of :class:`~repayplan.Obligor`; of a
        batch, :class:`~repayplan.Obligors`.
    policy
        The rules.
    workers
        Threads; the result doesn't depend on it.
    progress
        Called with loans done and loans in all.

    Returns
    -------
    :class:`Offer` or :class:`Infeasible`; for batches an Outcome of :class:`Proposals`.

    Raises
    ------
    InputError
        The policy names statuses, or a column, that the loans don't have. For one loan: a fault of its
        figures, nothing is owed, its currency isn't the policy's, or its shortfall leaves the domain.
    TypeError
        The batches differ in length.
    """
    every, behind, one = batches(loans, households)
    if one:
        return propose(every, behind, policy).single().one(0)
    loans, households = every, counted(every, behind, policy)
    screen = Screen(len(loans))
    screen.adopt(loans.failures)
    can = assessed(loans, households, policy, screen)
    read = policy.limit.read(loans, screen)
    eligible = of_status(loans, policy)
    for gate in policy.limit.gates(read):
        eligible = eligible & ~gate.closed
    owed = loans.owed
    screen.fault(eligible & (owed == 0), Code.NOTHING_OWED, "principal", "0")
    highest = most_of_present(loans, policy, screen, eligible)
    fine = finest(
        loans.replace(
            rounding=(policy.rounding,),
            rounding_index=np.zeros_like(loans.rounding_index),
            last_due=np.full(len(loans), np.datetime64("NaT", "D")),  # a new plan has an end of its own
        )
    )
    screen.adopt(fine.failures)
    if policy.rounding.unrounded:
        few = ~can.value.fits(fine.finer[can.row])
        if few.any():
            some, scale = can.value.take(np.flatnonzero(few)), fine.finer[can.row[few]]
            most = as_text(some.most(scale), some.decimals)
            largest = as_text(some.largest, some.decimals)
            screen.adopt(Failures.at(can.row[few], Code.BEYOND_DOMAIN, "net_income", largest, most))
    finer = can.value.scaled(fine.finer[can.row])
    affordable = finer.per_period(fine.frequency[can.row])
    screen.adopt(affordable.failures.moved(can.row))
    room = np.zeros(len(loans), np.int64)
    room[can.row[affordable.row]] = affordable.value
    extra = {**read.extra, **read_values(policy, loans, fine.finer, screen)}
    placed, also = place_arrears(fine.replace(extra=extra), policy.arrears, policy.joined), looked_at(policy)
    if highest is not None:
        highest = np.minimum(highest, MAX_TOTAL // fine.finer) * fine.finer
    means, periods = Means(np.where(eligible, room, 0), most=highest), 0
    if dated(loans, households, policy).any():
        longest = np.zeros(len(loans), np.int64)
        open_ = np.flatnonzero(screen.good & eligible)
        longest[open_] = contract_terms(policy.limit.some(placed.loans, open_), policy.limit).longest
        periods = max(int(longest.max(initial=0)), 1)
        means = months_ahead(placed.loans, households, policy, longest, means, screen)
    if placed.spread.any():
        periods = max(periods, spread_of(placed.loans, policy.arrears).most)
    row = np.flatnonzero(screen.good)
    where = np.full(len(loans), -1)
    where[can.row] = np.arange(len(can.row))
    pick = span(row)  # where no row is lost, nothing is copied
    capacities = finer.take(where[pick])
    step = CHUNK if policy.strategy.aim == "in_order" else LATTICES
    step = step if progress is None else max(step // 16, 1)  # whoever watches hears of it more often
    step = block_rows(len(row), means.at_once(periods, step), asked(workers))
    chunks = [slice(s, s + step) for s in range(0, len(row), step)]

    def work(chunk: slice) -> _Searched:
        mine = row[chunk]
        some = policy.limit.some(placed.loans, mine, also)
        return _search(some, means.take(mine), eligible[span(mine)], policy)

    found = run_blocks(work, chunks, lambda chunk: len(row[chunk]), workers=workers, progress=progress)
    parts = {name: _joined([getattr(f, name) for f in found]) for name in _Searched.__slots__}
    crowd_out(screen, row[parts.pop("crowded").astype(np.bool_)], policy.strategy.grid)
    broken = row[parts.pop("broken").astype(np.bool_)]
    mask = np.zeros(len(loans), np.bool_)
    mask[broken] = True
    shown = money_of(placed.loans.balance, fine.decimals)
    limit = money_of(np.full(len(loans), MAX_TOTAL), fine.decimals)
    screen.fault(mask, Code.BEYOND_DOMAIN, "principal", shown, limit)
    keep = span(np.flatnonzero(screen.good[pick]))
    offered, degree = parts["length"] > 0, parts["degree"].reshape(len(row), len(policy.concessions))
    of_balance, of_first = (each * offered for each in waived(placed.loans.take(row), policy.steps, degree.T))
    beside = placed.paid_first + placed.spread + placed.carried
    opening = (placed.loans.balance + beside)[pick]
    columns: dict[str, Any] = {
        "decimals": fine.decimals[pick],
        "eligible": eligible[pick],
        "offered": offered,
        "method": parts["method"],
        "instalments": parts["length"],
        "contract": parts["contract"],
        "capacity": parts["capacity"],
        "opening_balance": opening - of_balance - of_first,
        "capitalised": placed.capitalised[pick] - of_balance,
        "paid_first": placed.paid_first[pick] - of_first,
        "spread": placed.spread[pick],
        "carried": placed.carried[pick],
        "waived": placed.waived[pick] + of_balance + of_first,
        "shortest": parts["shortest"],
        "longest": parts["longest"],
        "binding_limit": parts["binding"],
        "degree": degree,
        "last_step": parts["last"],
        "held_back": parts["held_back"],
    }
    proposals = Proposals(
        policy=policy,
        contracts=loans,
        loans=placed.loans,
        households=households,
        means=means,
        capacities=capacities.take(np.flatnonzero(screen.good[pick])),
        row=row[keep],
        **{name: column[keep] for name, column in columns.items()},
    )._screened(screen)
    return Outcome(proposals, proposals.row, screen.failures())


def of_status(loans: Loans, policy: Policy) -> Bools:
    """Whether the programme is open to a loan of this status."""
    if policy.statuses is None:
        return np.ones(len(loans), np.bool_)
    if "status" not in loans.extra:
        rule = "the policy names statuses: the loans need a column 'status'"
        raise InputError(Code.MISSING, "status", None, rule)
    return np.isin(Screen(len(loans)).text(loans.extra["status"]), policy.statuses)


@dataclass(frozen=True, slots=True)
class _Searched:
    """Result of the search on one chunk."""

    length: Ints
    degree: Ints
    last: Ints
    method: Ints
    held_back: Bools
    capacity: Ints
    contract: Ints
    shortest: Ints
    longest: Ints
    binding: Ints
    broken: Ints
    crowded: Ints


def _search(loans: Loans, means: Means, eligible: Bools, policy: Policy) -> _Searched:
    """The least plan of each loan of a chunk, as the plan takes it."""
    terms, steps, minimums = contract_terms(loans, policy.limit), policy.steps, policy.amortisation
    longest = terms.longest
    if all(step.step != "extend" for step in steps):
        longest = np.minimum(longest, terms.shortest)
    size = len(loans)
    can = means.room(loans, longest)
    room, first = can.less(spread_of(loans, policy.arrears)), first_paid(loans, policy.arrears)
    open_ = eligible & (longest >= terms.shortest)
    out = grant(first, np.flatnonzero(open_), policy.methods, steps, terms.shortest, longest, room, minimums)
    crowded = np.zeros(size, np.int64)
    if policy.strategy.aim != "in_order":
        granted = np.flatnonzero(out.length > 0)
        plans = Points(granted, out.method[granted], out.length[granted], out.degree[:, granted])
        best, full = chosen(
            loans,
            np.flatnonzero(open_ & ~out.broken),
            policy,
            (terms.shortest, longest),
            can,
            plans,
        )
        for name in ("method", "length", "degree"):
            getattr(out, name)[..., best.loan] = getattr(best, name)
        out.last[best.loan], out.held_back[best.loan], crowded[full] = CHOSEN, False, 1
    least = can.at(0) if can.constant else can.least(np.where(out.length > 0, out.length, longest))
    return _Searched(
        out.length,
        out.degree.T,
        out.last,
        out.method,
        out.held_back,
        np.where(eligible, least, 0),
        terms.contract,
        terms.shortest,
        longest,
        terms.binding,
        out.broken.astype(np.int64),
        crowded,
    )


def _joined(parts: list[Ints]) -> Ints:
    if len(parts) == 1:
        return parts[0]
    return np.concatenate(parts) if parts else np.zeros(0, np.int64)
