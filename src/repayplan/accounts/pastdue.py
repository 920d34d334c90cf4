"""Days past due of three kinds: by the plan, by the original contract, and as they are reported."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, overload

import numpy as np

from repayplan.ability.figures import one_of, one_rule, whole
from repayplan.accounts.eventkinds import HaltReason, halt_reasons
from repayplan.accounts.pauses import PausedDays
from repayplan.accounts.statement import Statement, Statements, day_of
from repayplan.basics.columns import Screen
from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Ints
from repayplan.offers.hardship import said

Basis = Literal["plan", "contract", "held"]
_BASES = ("plan", "contract", "held")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportingRule:
    """Which days past due are reported after a plan was signed.

    Parameters
    ----------
    basis
        Those of the ``"plan"``; those of the original ``"contract"``, as if there were no plan; or those of
        the day on which the plan was signed, ``"held"`` until so many instalments were paid in time one after
        the other (or those of the plan, where they are more). Once they were, days are those of the plan,
        even if a later instalment is late; after a new plan they are held anew.
    cured_after
        How many, where they are held.
    pauses
        Freezes for one of these reasons pause the days that are reported: the days of such a freeze don't
        count, as where a law suspends what is to be repaid (EBA/GL/2016/07, paragraph 18). Those of a freeze
        for another reason, or for none that is said, do. By the contract, freezes of the plan's account count
        as those of the contract's do. What is held from the day of signing stays.
    source
        Where that is written.

    Raises
    ------
    InputError
        A basis that isn't known; a number that is missing, out of range, or said where nothing is held; a
        reason that isn't known or is there twice.
    """

    basis: Basis
    cured_after: int | None = None
    pauses: tuple[HaltReason, ...] = ()
    source: str

    def __post_init__(self) -> None:
        one_of("reporting.basis", self.basis, _BASES)
        said("reporting.source", self.source)
        if self.basis == "held":
            if self.cured_after is None:
                raise InputError(Code.MISSING, "reporting.cured_after", None, "how many instalments")
            whole("reporting.cured_after", self.cured_after, 1, 120, "instalments")
        elif self.cured_after is not None:
            rule = "only where days are held"
            raise InputError(Code.UNKNOWN_VALUE, "reporting.cured_after", self.cured_after, rule)
        object.__setattr__(self, "pauses", halt_reasons("reporting.pauses", self.pauses))


@dataclass(frozen=True, slots=True, kw_only=True)
class PastDue:
    """Days past due of one account.

    Attributes
    ----------
    plan, reported
        By the plan, and as they are reported: without days that the rule pauses.
    contract
        By the original contract; None where that wasn't given.
    """

    plan: int
    contract: int | None
    reported: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PastDues:
    """The same of many: int64, one value each; ``contract`` is None where it wasn't given.

    ``statements``: of which, those of the plans.
    """

    statements: Statements
    plan: Ints
    contract: Ints | None
    reported: Ints

    def __len__(self) -> int:
        return len(self.plan)

    def one(self, i: int) -> PastDue:
        """Of account ``i``."""
        contract = None if self.contract is None else int(self.contract[i])
        return PastDue(plan=int(self.plan[i]), contract=contract, reported=int(self.reported[i]))


@overload
def past_due(
    statements: Statement, rule: ReportingRule, *, at_signing: int = 0, contract: Statement | None = None
) -> PastDue: ...
@overload
def past_due(
    statements: Statements, rule: ReportingRule, *, at_signing: Any = 0, contract: Statements | None = None
) -> PastDues: ...
def past_due(
    statements: Statement | Statements,
    rule: ReportingRule,
    *,
    at_signing: Any = 0,
    contract: Statement | Statements | None = None,
) -> PastDue | PastDues:
    """Days past due by the plan, by the original contract, and as they are reported.

    Signing a plan never silently makes them zero: what is reported follows a rule that says so.

    Parameters
    ----------
    statements
        Of the accounts of the plan: one, or a batch.
    rule
        Which are reported.
    at_signing
        Days past due of the original contract on the day on which the plan was signed: one, or a column.
    contract
        Of accounts of the original contract, replayed on the same day with the same payments, in the same
        order; needed where these are reported.

    Returns
    -------
    :class:`PastDue`, or :class:`PastDues` of a batch.

    Raises
    ------
    InputError
        Days that can't be; no rule; the contract's statements are missing, or aren't of as many accounts and
        the same days.

    Examples
    --------
    A plan signed at 62 days past due is reported so until three instalments were paid in time:

    >>> import repayplan as rp
    >>> loan = rp.Loan(
    ...     principal="1200.00",
    ...     annual_rate="0",
    ...     original_term=12,
    ...     elapsed=0,
    ...     unpaid=12,
    ...     next_due="2026-01-31",
    ... )
    >>> rule = rp.OverdueRule(
    ...     penalty=rp.OverdueLedger(on=("principal",), rate=rp.OverdueRate(rate="0.1")),
    ...     day_count="ACT/360",
    ...     first_day="due_date",
    ...     rounded="end",
    ...     mode="half_up",
    ... )
    >>> terms = rp.AccountTerms(overdue=rule, allocation=rp.AllocationRule.example("civil-code-561"))
    >>> account = rp.Account.of(loan, rp.schedule(loan, rp.equal_instalment(12)), terms)
    >>> paid = [
    ...     rp.Event(kind="payment", value_date=day, amount="100", reference=day)
    ...     for day in ("2026-01-31", "2026-02-28", "2026-03-31")
    ... ]
    >>> held = rp.ReportingRule(basis="held", cured_after=3, source="own")
    >>> [
    ...     rp.past_due(rp.replay(account, paid, as_of=d), held, at_signing=62).reported
    ...     for d in ("2026-03-30", "2026-03-31")
    ... ]
    [62, 0]
    """
    one_rule("rule", rule, ReportingRule)
    if isinstance(statements, Statement):
        if contract is not None and not isinstance(contract, Statement):
            raise InputError(
                Code.UNKNOWN_VALUE, "contract", type(contract).__name__, "a Statement, as for one"
            )
        other = None if contract is None else contract.batch
        return past_due(statements.batch, rule, at_signing=[at_signing], contract=other).one(0)
    if isinstance(contract, Statement):
        raise InputError(Code.UNKNOWN_VALUE, "contract", "Statement", "Statements, as for a batch")
    screen = Screen(len(statements))
    before = screen.count("at_signing", at_signing, 0, 36_600)
    for failure in screen.failures():
        raise failure.error()
    if contract is not None and (
        len(contract) != len(statements) or (contract.as_of != statements.as_of).any()
    ):
        rule_text = "of as many accounts, on the same days"
        raise InputError(Code.OUT_OF_RANGE, "contract", len(contract), rule_text)
    plan = statements.columns.days_past_due
    original = None if contract is None else contract.columns.days_past_due
    counted = statements if rule.basis != "contract" else contract
    if counted is None:
        raise InputError(Code.MISSING, "contract", None, "the original contract's statements")
    beside = (statements,) if rule.basis == "contract" else ()
    reported = _counting(counted, rule, beside)
    if rule.basis == "held":
        held = statements.columns.longest_in_time < (rule.cured_after or 0)
        reported = np.where(held, np.maximum(reported, before), reported)
    return PastDues(statements=statements, plan=plan, contract=original, reported=reported)


def _counting(statements: Statements, rule: ReportingRule, beside: tuple[Statements, ...]) -> Ints:
    """Days past due without those that the rule pauses, whichever of the statements know of the freeze."""
    days = statements.columns.days_past_due
    if not rule.pauses:
        return days
    paused = PausedDays.of(statements, rule.pauses, beside)
    every, today = np.arange(len(days)), day_of(statements.as_of)
    return paused.counting(every, today) - paused.counting(every, today - days)
