"""One loan's decision: the plan that is offered, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from repayplan.basics.errors import Code
from repayplan.basics.reason import Reason
from repayplan.offers.acceptance import Acceptance
from repayplan.offers.apart import ObligorPart
from repayplan.offers.audit import StepTaken
from repayplan.offers.case import Case
from repayplan.offers.lengths import Figure
from repayplan.offers.living import LivingPeriod
from repayplan.plans.single import Schedule


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
