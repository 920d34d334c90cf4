"""An accepted offer drawn up as an agreement."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from repayplan.ability.figures import day, decimal
from repayplan.accounts.agreedplan import DebtBefore, account_of, instalments_of, late_figure
from repayplan.accounts.agreement import Agreement, account_terms, not_before
from repayplan.accounts.agreementterms import AgreementTerms
from repayplan.accounts.consent import Consent, check_consents
from repayplan.accounts.parties import Parties
from repayplan.basics.calendars import WEEKENDS, Calendar
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import MAX_TOTAL, to_decimal
from repayplan.offers.deadlines import judge_acceptance
from repayplan.offers.offer import Offer
from repayplan.plans.loanreading import COMPONENTS
from repayplan.reviews.approval import check_approved
from repayplan.reviews.record import Record


def draw_up(
    offer: Offer,
    parties: Parties,
    terms: AgreementTerms,
    *,
    reference: str,
    issued: date | str,
    accepted_on: date | str,
    dated: date | str,
    accept_by: date | str | None = None,
    lent: Decimal | str | int | None = None,
    contracted: date | str | None = None,
    consents: Iterable[Consent] = (),
    calendar: Calendar = WEEKENDS,
    record: Record | None = None,
) -> Agreement:
    """The agreement on an accepted offer.

    Its figures are the offer's own; only what an instalment costs that is paid late is worked out here, by
    the rule of the terms.

    Parameters
    ----------
    offer
        Accepted in time, with every written consent that it waits for.
    parties
        Who makes the agreement.
    terms
        The lender's.
    reference
        The number under which the lender keeps the loan.
    issued, accepted_on, dated
        The day of the offer, of its acceptance, and of the agreement.
    accept_by
        The last day to accept; None: as the offer's policy says.
    lent
        Principal at the start of the contract, for bounds on what being late costs; None: the balance that
        the plan starts from.
    contracted
        The day of the contract: a bound by the rate of that day (:class:`~repayplan.LenderCaps`) is looked up
        by it; None: that from which the plan's interest runs.
    consents
        Written consents that were given.
    calendar
        Which days are business days, where the policy says until when the offer can be accepted.
    record
        That approved the offer, by whoever has authority for it: needed where the policy has rules of review.
        What is signed is the plan that was approved, and by a bare :class:`~repayplan.Relief` none that
        concedes anything (:func:`~repayplan.reviews.approval.check_approved`).

    Raises
    ------
    InputError
        There is no offer; it wasn't approved (``out_of_turn``, ``other_case``, ``other_policy``), or another
        one was (``other_plan``); it was accepted too late (``offer_too_late``, ``offer_lapsed``), or nothing
        says until when it could be; a consent is missing (``consent_missing``); dates out of order, the first
        due date before the agreement among them; a term that is missing.

    Examples
    --------
    >>> import repayplan as rp
    >>> loan = rp.Loan(
    ...     principal="9000", annual_rate="0.12", original_term=12, elapsed=0, unpaid=12,
    ...     next_due="2026-03-31", currency="CNY",
    ... )  # fmt: skip
    >>> offer = rp.propose(loan, rp.Household(net_income="3000"), rp.Policy.example("consumer"))
    >>> head = rp.Signatory(name="Wang Fang", title="Head of branch", authority="Power of attorney 12/2026")
    >>> bank = rp.Party(name="Example Bank", id_number="91310000", address="Shanghai", signatories=(head,))
    >>> borrower = rp.Party(name="Li Wei", id_number="310101", address="Shanghai")
    >>> parties = rp.Parties(lender=bank, borrower=borrower)
    >>> half = rp.OverdueRate(multiplier="1.5")
    >>> terms = rp.AgreementTerms(
    ...     overdue=rp.OverdueRule(
    ...         penalty=rp.OverdueLedger(on=("principal",), rate=half),
    ...         day_count="ACT/360",
    ...         first_day="due_date",
    ...         rounded="end",
    ...         mode="half_up",
    ...     ),
    ...     allocation=rp.AllocationRule.example("civil-code-561"),
    ...     days_late=30,
    ...     fees_run=False,
    ...     how_to_pay=rp.Wording(en="By transfer to account ...", zh="转账至账户……"),
    ...     tracking=rp.TrackingRule(broken_after_missed=2, consequence="acceleration"),
    ...     notice_days=14,
    ...     credit_record=rp.Wording(en="Reported as restructured.", zh="按重组贷款报送。"),
    ...     clauses=rp.STANDARD_CLAUSES,
    ...     disputes=(rp.Clause(code="court", en="The court at ... decides.", zh="由……人民法院管辖。"),),
    ... )
    >>> agreement = draw_up(
    ...     offer, parties, terms, reference="L-1", issued="2026-03-02", accept_by="2026-03-16",
    ...     accepted_on="2026-03-05", dated="2026-03-06",
    ... )  # fmt: skip
    >>> agreement.instalments[0].payment == offer.schedule.rows[0].payment
    True
    >>> Agreement.from_json(agreement.to_json()) == agreement
    True
    """
    if not isinstance(offer, Offer):
        raise InputError(Code.UNKNOWN_VALUE, "offer", type(offer).__name__, "an offer, not a refusal")
    issued, accepted_on, dated = (
        day(name, value)
        for name, value in (("issued", issued), ("accepted_on", accepted_on), ("dated", dated))
    )
    if record is not None:
        check_approved(record, offer, on=dated)
    elif offer.case.policy.review is not None:
        rule = "the record that approved the offer: the policy has rules of review"
        raise InputError(Code.MISSING, "record", None, rule)
    _in_time(offer, issued, accepted_on, accept_by, calendar)
    given = tuple(consents)
    check_consents(offer, given)
    contract = offer.case.contract
    if contract is None:
        raise InputError(Code.MISSING, "offer.case.contract", None, "what the loan owes of each component")
    owed = {
        name: to_decimal(int(getattr(contract, name)[0]), int(contract.decimals[0])) for name in COMPONENTS
    }
    plan = offer.schedule
    beside = {name: getattr(offer, name) for name in _BESIDE}
    if not isinstance(terms, AgreementTerms):
        raise InputError(Code.MISSING, "terms", terms, "AgreementTerms")
    rows, opening = instalments_of(plan), to_decimal(int(plan.columns["opening"][0]), plan.decimals)
    first = opening if lent is None else decimal("lent", lent, most=MAX_TOTAL)
    began = None if contracted is None else day("contracted", contracted)
    account = account_of(
        rows,
        account_terms(terms, offer.method),
        rate=offer.annual_rate,
        interest_from=plan.interest_from,
        lent=first,
        decimals=plan.decimals,
        contracted=began,
    )
    return Agreement(
        reference=reference,
        dated=dated,
        issued=issued,
        accepted_on=accepted_on,
        currency=offer.case.policy.currency,
        decimals=plan.decimals,
        parties=parties,
        terms=terms,
        consents=given,
        debt=DebtBefore(**owed, **beside),
        method=offer.method,
        annual_rate=offer.annual_rate,
        interest_from=plan.interest_from,
        opening=opening,
        lent=first,
        contracted=began,
        instalments=rows,
        late=late_figure(rows, account, days=terms.days_late),
        earned_waiver=offer.case.policy.earned_waiver if offer.waived or offer.forgiven else None,
        policy=offer.case.policy.fingerprint,
        loan=offer.case.loan,
    )


_BESIDE = ("capitalised", "paid_first", "spread", "carried", "waived", "forborne", "forgiven")


def _in_time(offer: Offer, issued: date, on: date, accept_by: date | str | None, calendar: Calendar) -> None:
    """InputError unless an offer was accepted in time."""
    not_before("accepted_on", on, issued)
    if accept_by is not None:
        last = day("accept_by", accept_by)
        if on > last:
            raise InputError(Code.OFFER_TOO_LATE, "accepted_on", on, limit=last)
    else:
        if offer.acceptance is None:
            raise InputError(
                Code.MISSING, "accept_by", None, "the last day to accept: the policy has no rule"
            )
        reason = judge_acceptance(offer, issued=issued, on=on, calendar=calendar)
        if reason.code is not Code.OFFER_ACCEPTED:
            raise InputError(reason.code, "accepted_on", on, limit=reason.limit)
