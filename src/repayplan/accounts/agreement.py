"""An agreement: an accepted offer, with the parties, their rights and duties, and what a breach costs."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

from repayplan.ability.figures import day, decimal, whole
from repayplan.accounts.account import Account
from repayplan.accounts.agreedplan import DebtBefore, Instalment, LateFigure, account_of
from repayplan.accounts.agreementterms import AgreementTerms
from repayplan.accounts.clauses import one_line
from repayplan.accounts.consent import Consent
from repayplan.accounts.parties import Parties
from repayplan.accounts.terms import AccountTerms
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import EXACT, MAX_DECIMALS, MAX_TOTAL, exact_sum, to_decimal
from repayplan.basics.ruleshape import check_kinds
from repayplan.basics.ruletext import read_record
from repayplan.basics.rulewriting import as_record
from repayplan.offers.arrangements import EarnedWaiver
from repayplan.offers.case import loan_fingerprint
from repayplan.offers.laidout import METHODS as PLANS
from repayplan.offers.methods import METHODS
from repayplan.plans.column import col
from repayplan.plans.loan import Loan

FORMAT = "repayplan.agreement/1"
_SUMMED = ("payment", "principal", "interest", "fee", "added")


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
            not_after("contracted", self.contracted, self.interest_from)
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
            not_before(later, getattr(self, later), getattr(self, earlier))
        not_before("instalments[0].due_date", self.first_due, self.dated)
        for i, consent in enumerate(self.consents):
            not_after(f"consents[{i}].on", consent.on, self.dated)
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
            not_before(f"{where}.due_date", row.due_date, before)
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


def not_before(name: str, found: date, least: date) -> None:
    """InputError where a date is earlier than another."""
    if found < least:
        raise InputError(Code.DATES_OUT_OF_ORDER, name, found, limit=f">= {least}")


def not_after(name: str, found: date, most: date) -> None:
    """InputError where a date is later than another."""
    if found > most:
        raise InputError(Code.DATES_OUT_OF_ORDER, name, found, limit=f"<= {most}")


def account_terms(terms: AgreementTerms, method: str) -> AccountTerms:
    """The rules of the account; a plan that is reckoned anew is repaid as before."""
    recast = PLANS[method](col("rows_left"))
    rules = {name: getattr(terms, name) for name in ("overdue", "allocation", "tracking", "rebate")}
    return AccountTerms(**rules, recast=recast)
