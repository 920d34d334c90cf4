"""What a lender's agreements say beside the plan: what being late costs, what breaks a plan, the clauses."""

from __future__ import annotations

from dataclasses import dataclass

from repayplan.ability.figures import each_once, one_text, whole
from repayplan.accounts.allocationrule import AllocationRule
from repayplan.accounts.clauses import Clause, Clauses, one_line
from repayplan.accounts.overduerule import OverdueRule
from repayplan.accounts.terms import Rebate
from repayplan.accounts.trackingrule import TrackingRule
from repayplan.basics.errors import Code, InputError
from repayplan.basics.ruleshape import check_kinds
from repayplan.basics.ruletext import read_rules
from repayplan.basics.rulewriting import write_rules
from repayplan.offers.letterrules import Wording

MOST_NOTICE, MOST_DAYS_LATE = 366, 3_660


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementTerms:
    """A lender's terms for all agreements of a programme, as Python values or TOML.

    Parameters
    ----------
    overdue
        What being late costs.
    allocation
        What payments go to.
    days_late
        How late the payment of the worked figure is, 1 to 3,660 days.
    fees_run
        Whether new fees are charged while the plan is kept to; those of the plan itself stand in its rows.
    how_to_pay
        Where and how payments are made.
    tracking
        When the plan is broken, and what follows; when the borrower is reminded, and the account reviewed.
    notice_days
        The lender gives notice so many days before anything follows from a broken plan.
    credit_record
        What the plan, and a late payment, do to the credit record.
    clauses
        Both sides' rights and duties, and what is said of late payment.
    disputes
        How a dispute is resolved: at least one clause.
    rebate
        What of the interest that hasn't fallen due is owed at an early end, as of
        :class:`~repayplan.AccountTerms`: ``"actuarial"``, ``"rule_of_78"`` or ``"implied_rate"``.
    requires
        Codes of clauses that must be there: :data:`~repayplan.CARD_INSTALMENTS`, say.

    Raises
    ------
    InputError
        A term is missing, or isn't what it has to be.

    Examples
    --------
    >>> from repayplan import STANDARD_CLAUSES, OverdueLedger, OverdueRate
    >>> terms = AgreementTerms(
    ...     overdue=OverdueRule(
    ...         penalty=OverdueLedger(on=("principal",), rate=OverdueRate(multiplier="1.5")),
    ...         day_count="ACT/360",
    ...         first_day="due_date",
    ...         rounded="end",
    ...         mode="half_up",
    ...     ),
    ...     allocation=AllocationRule.example("civil-code-561"),
    ...     days_late=30,
    ...     fees_run=False,
    ...     how_to_pay=Wording(en="By transfer to account ...", zh="转账至账户……"),
    ...     tracking=TrackingRule(broken_after_missed=2, consequence="acceleration"),
    ...     notice_days=14,
    ...     credit_record=Wording(en="Reported as restructured.", zh="按重组贷款报送。"),
    ...     clauses=STANDARD_CLAUSES,
    ...     disputes=(Clause(code="court", en="The court at ... decides.", zh="由……人民法院管辖。"),),
    ...     requires=("collection_stops",),
    ... )
    >>> AgreementTerms.loads(terms.dumps()) == terms
    True
    """

    overdue: OverdueRule
    allocation: AllocationRule
    days_late: int
    fees_run: bool
    how_to_pay: Wording
    tracking: TrackingRule
    notice_days: int
    credit_record: Wording
    clauses: Clauses
    disputes: tuple[Clause, ...]
    rebate: Rebate = "actuarial"
    requires: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_kinds(self, "terms.")
        whole("terms.days_late", self.days_late, 1, MOST_DAYS_LATE, "days")
        whole("terms.notice_days", self.notice_days, 0, MOST_NOTICE, "days")
        for name in ("how_to_pay", "credit_record"):
            for language in ("en", "zh"):
                one_line(f"terms.{name}.{language}", getattr(getattr(self, name), language))
        if not self.disputes:
            raise InputError(Code.MISSING, "terms.disputes", (), "how a dispute is resolved")
        codes = (*self.clauses.codes, *(clause.code for clause in self.disputes))
        each_once("terms.codes", codes, "each code once")
        for i, code in enumerate(self.requires):
            one_text(f"terms.requires[{i}]", code)
            if code not in codes:
                raise InputError(Code.MISSING, f"terms.clauses.{code}", None, "a clause that is required")

    @classmethod
    def loads(cls, text: str, *, source: str = "terms") -> AgreementTerms:
        """From TOML; ``source`` names it in errors.

        Raises
        ------
        PolicyError
            Naming source, line and key.
        """
        return read_rules(cls, text, source=source)

    def dumps(self) -> str:
        """As TOML; :meth:`loads` gives it back."""
        return write_rules(self)
