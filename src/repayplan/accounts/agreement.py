"""An agreement: an accepted offer, with the parties, their rights and duties, and what a breach costs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

from repayplan.ability.figures import day, decimal, whole
from repayplan.accounts.account import Account
from repayplan.accounts.agreedplan import (
    DebtBefore,
    Instalment,
    LateFigure,
    account_of,
    exact_sum,
    instalments_of,
    late_figure,
)
from repayplan.accounts.agreementterms import AgreementTerms
from repayplan.accounts.clauses import one_line
from repayplan.accounts.parties import Parties
from repayplan.accounts.terms import AccountTerms
from repayplan.basics.calendars import WEEKENDS, Calendar
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import EXACT, MAX_DECIMALS, MAX_TOTAL, to_decimal
from repayplan.basics.ruleshape import check_kinds
from repayplan.basics.ruletext import as_record, read_record
from repayplan.offers.arrangements import EarnedWaiver
from repayplan.offers.case import loan_fingerprint
from repayplan.offers.deadlines import judge_acceptance
from repayplan.offers.laidout import METHODS as PLANS
from repayplan.offers.methods import METHODS
from repayplan.offers.offer import Offer
from repayplan.plans.loan import COMPONENTS, Loan
from repayplan.plans.stage import col
from repayplan.reviews.approval import check_approved
from repayplan.reviews.record import Record

FORMAT = "repayplan.agreement/1"
_SUMMED = ("payment", "principal", "interest", "fee", "added")


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """A written consent that the plan waited for.

    Parameters
    ----------
    code
        Which, as the offer's ``pending`` calls it.
    person
        Who gave it.
    on
        When.

    Raises
    ------
    InputError
        A text that isn't a line, or a day that isn't known.
    """

    code: str
    person: str
    on: date

    def __post_init__(self) -> None:
        for name in ("code", "person"):
            one_line(f"consent.{name}", getattr(self, name))
        object.__setattr__(self, "on", day("consent.on", self.on))


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What both sides sign: made by :func:`draw_up`, or read from JSON.

    Attributes
    ----------
    reference
        The number under which the lender keeps the loan.
    dated
        The day of the agreement.
    issued, accepted_on
        The day of the offer, and of its acceptance.
    currency, decimals
        Of all amounts.
    parties, terms, consents
        Who, and the lender's terms; written consents that the plan waited for.
    debt
        What was owed, by component, and what became of it.
    method, annual_rate, interest_from
        How it is repaid, at which annual rate (a fraction), from when interest runs.
    opening
        The balance that the plan starts from, what is forborne among it.
    lent
        Principal at the start of the contract, for bounds on what being late costs.
    contracted
        The day of the contract, for a bound by that; None: that from which the plan's interest runs.
    instalments
        The plan.
    late
        A worked figure: the first instalment of principal or interest, paid late.
    earned_waiver
        What of a waiver has to be earned; None: it is given at once.
    policy, loan
        SHA-256 of the rules by which the offer was made, and of the loan that it was made on.

    Raises
    ------
    InputError
        A figure that is missing, or rows that don't add up.

    Notes
    -----
    The fingerprint is the SHA-256 of :attr:`canonical`: the agreement's data as JSON by RFC 8785 (keys in
    order, no blanks, UTF-8), as they stand under ``agreement`` in :meth:`to_json`. It covers every figure,
    name, date and clause, in both languages; it doesn't cover the labels and headings, or the template, that
    a page is made with.
    """

    reference: str
    dated: date
    issued: date
    accepted_on: date
    currency: str
    decimals: int
    parties: Parties
    terms: AgreementTerms
    consents: tuple[Consent, ...] = ()
    debt: DebtBefore
    method: str
    annual_rate: Decimal
    interest_from: date
    opening: Decimal
    lent: Decimal
    contracted: date | None = None
    instalments: tuple[Instalment, ...]
    late: LateFigure
    earned_waiver: EarnedWaiver | None = None
    policy: str
    loan: str

    def __post_init__(self) -> None:
        for name in ("dated", "issued", "accepted_on", "interest_from"):
            object.__setattr__(self, name, day(name, getattr(self, name)))
        if self.contracted is not None:
            object.__setattr__(self, "contracted", day("contracted", self.contracted))
            _not_after("contracted", self.contracted, self.interest_from)
        for name in ("reference", "currency", "policy", "loan"):
            one_line(name, getattr(self, name))
        check_kinds(self)
        whole("decimals", self.decimals, 0, MAX_DECIMALS, "places")
        if self.method not in METHODS:
            raise InputError(Code.UNKNOWN_VALUE, "method", self.method, f"one of {', '.join(METHODS)}")
        decimal("annual_rate", self.annual_rate, most=1)
        if not self.instalments:
            raise InputError(Code.MISSING, "instalments", (), "at least one")
        for name in ("opening", "lent"):
            object.__setattr__(self, name, self._money(name, getattr(self, name)))
        for name, value in (("debt", self.debt), ("late", self.late)):
            object.__setattr__(self, name, self._exact(name, value))
        rows = (self._exact(f"instalments[{i}]", row) for i, row in enumerate(self.instalments))
        object.__setattr__(self, "instalments", tuple(rows))
        order = ("issued", "accepted_on", "dated")
        for earlier, later in pairwise(order):
            _not_before(later, getattr(self, later), getattr(self, earlier))
        _not_before("instalments[0].due_date", self.first_due, self.dated)
        for i, consent in enumerate(self.consents):
            _not_after(f"consents[{i}].on", consent.on, self.dated)
        self._adds_up()

    def _money(self, name: str, value: Decimal) -> Decimal:
        """An amount with the places of the currency; only what is put aside may be below 0."""
        if name.endswith(".put_aside") and value < 0:
            return self._money(name, value.copy_negate()).copy_negate()
        amount = decimal(name, value, most=MAX_TOTAL)
        units = amount.scaleb(self.decimals, EXACT)
        if units != units.to_integral_value():
            rule = f"a whole number of units of {to_decimal(1, self.decimals)}"
            raise InputError(Code.NOT_WHOLE_UNITS, name, value, rule)
        return to_decimal(int(units), self.decimals)

    def _exact(self, name: str, value: Any) -> Any:
        """The same record, each amount in it with the places of the currency."""
        given = {each.name: getattr(value, each.name) for each in fields(value)}
        amounts = {
            key: self._money(f"{name}.{key}", item)
            for key, item in given.items()
            if isinstance(item, Decimal)
        }
        return type(value)(**given | amounts)

    def _adds_up(self) -> None:
        """InputError where the rows aren't a plan that repays the opening balance."""
        left, before = self.opening, self.interest_from
        for i, row in enumerate(self.instalments):
            where = f"instalments[{i}]"
            if row.number != i + 1:
                raise InputError(Code.UNKNOWN_VALUE, f"{where}.number", row.number, f"{i + 1}")
            _not_before(f"{where}.due_date", row.due_date, before)
            if i and row.due_date == before:
                raise InputError(Code.DUPLICATE, f"{where}.due_date", before, "a day of its own")
            before, left = row.due_date, exact_sum((left, row.added, row.principal.copy_negate()))
            for name, added in (
                ("payment", exact_sum((row.principal, row.interest, row.fee))),
                ("balance", left),
            ):
                if (found := getattr(row, name)) != added:
                    raise InputError(Code.UNKNOWN_VALUE, f"{where}.{name}", found, f"adds up to {added}")
        if left:
            raise InputError(Code.UNKNOWN_VALUE, "instalments", left, "the plan leaves nothing owed")

    @property
    def first_due(self) -> date:
        """When the first instalment is due."""
        return self.instalments[0].due_date

    @property
    def owed(self) -> Decimal:
        """Everything that was owed before."""
        return self.debt.owed

    @property
    def interest_runs(self) -> bool:
        """Whether interest runs under the plan."""
        return bool(self.annual_rate)

    def account(self, loan: Loan | None = None) -> Account:
        """The account that it is kept by: :func:`~repayplan.replay` takes it.

        Parameters
        ----------
        loan
            The loan that the offer was made on, whose other terms new plans keep; None: there are none.

        Raises
        ------
        InputError
            ``other_agreement``: it is another loan.
        """
        if loan is not None and (found := loan_fingerprint(loan.batch)) != self.loan:
            raise InputError(Code.OTHER_AGREEMENT, "loan", found, limit=self.loan)
        return account_of(
            self.instalments,
            account_terms(self.terms, self.method),
            rate=self.annual_rate,
            interest_from=self.interest_from,
            lent=self.lent,
            decimals=self.decimals,
            loan=loan,
            contracted=self.contracted,
        )

    @property
    def copies(self) -> tuple[str, ...]:
        """Who holds a copy: each party one, all of the same fingerprint."""
        return tuple(self.parties.by_role)

    @property
    def total(self) -> dict[str, Decimal]:
        """Sums of the rows: ``payment``, ``principal``, ``interest``, ``fee``, ``added``."""
        return {name: exact_sum(getattr(row, name) for row in self.instalments) for name in _SUMMED}

    def as_dict(self) -> dict[str, Any]:
        """All of it as JSON has it: amounts as text with the currency's places, dates as text."""
        record = as_record(self)
        # A number has no places of its own; an amount has those of its currency.
        record |= {name: f"{getattr(self, name):f}" for name in ("opening", "lent")}
        for of, value in ((record["debt"], self.debt), (record["late"], self.late)):
            _write_money(of, value)
        for of, row in zip(record["instalments"], self.instalments, strict=True):
            _write_money(of, row)
        return record

    @property
    def canonical(self) -> str:
        """What the fingerprint is taken of: one line of JSON, by RFC 8785."""
        return json.dumps(self.as_dict(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))

    @property
    def fingerprint(self) -> str:
        """SHA-256 over :attr:`canonical` in UTF-8, as hexadecimal text."""
        return hashlib.sha256(self.canonical.encode()).hexdigest()

    def to_json(self, *, indent: int | None = 2) -> str:
        """JSON for machines: the format, the fingerprint and the data."""
        record = {"format": FORMAT, "fingerprint": self.fingerprint, "agreement": self.as_dict()}
        return json.dumps(record, ensure_ascii=False, indent=indent)

    @classmethod
    def from_json(cls, text: str, *, source: str = "agreement") -> Agreement:
        """What :meth:`to_json` wrote, in whatever order and with whatever blanks.

        Raises
        ------
        PolicyError
            The text isn't that of an agreement; it names the source and the key.
        InputError
            ``other_agreement``: the fingerprint isn't that of the data.
        """
        return read_record(_Sealed, text, source=source).agreement


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sealed:
    """The file of an agreement."""

    format: str
    fingerprint: str
    agreement: Agreement

    def __post_init__(self) -> None:
        check_kinds(self)
        of_format("format", self.format, FORMAT)
        same_text("fingerprint", self.fingerprint, self.agreement.fingerprint)


def of_format(name: str, found: str, known: str) -> None:
    """InputError unless a file says that it is of the kind that is read."""
    if found != known:
        raise InputError(Code.UNKNOWN_VALUE, name, found, f"{known} is read here")


def same_text(name: str, fingerprint: str, own: str) -> None:
    """InputError unless a fingerprint is an agreement's own."""
    if fingerprint != own:
        raise InputError(Code.OTHER_AGREEMENT, name, fingerprint, limit=own)


def _write_money(record: dict[str, Any], value: Any) -> None:
    for each in fields(value):
        if isinstance(amount := getattr(value, each.name), Decimal):
            record[each.name] = f"{amount:f}"


def _not_before(name: str, found: date, least: date) -> None:
    if found < least:
        raise InputError(Code.DATES_OUT_OF_ORDER, name, found, limit=f">= {least}")


def _not_after(name: str, found: date, most: date) -> None:
    if found > most:
        raise InputError(Code.DATES_OUT_OF_ORDER, name, found, limit=f"<= {most}")


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
    _check_consents(offer, given)
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


def account_terms(terms: AgreementTerms, method: str) -> AccountTerms:
    """The rules of the account; a plan that is reckoned anew is repaid as before."""
    recast = PLANS[method](col("rows_left"))
    rules = {name: getattr(terms, name) for name in ("overdue", "allocation", "tracking", "rebate")}
    return AccountTerms(**rules, recast=recast)


def _in_time(offer: Offer, issued: date, on: date, accept_by: date | str | None, calendar: Calendar) -> None:
    """InputError unless an offer was accepted in time."""
    _not_before("accepted_on", on, issued)
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


def _check_consents(offer: Offer, given: tuple[Consent, ...]) -> None:
    """InputError unless each consent that an offer waits for is there."""
    codes = [consent.code for consent in given]
    for i, code in enumerate(codes):
        if code in codes[:i]:
            raise InputError(Code.DUPLICATE, f"consents[{i}].code", code, "each consent once")
    for reason in offer.pending:
        if reason.field not in codes:
            raise InputError(Code.CONSENT_MISSING, reason.field, None, reason.text())
