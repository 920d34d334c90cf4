"""What a lender's letters and forms have in common: to whom, by whom, where to ask, who signs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from decimal import Decimal
from typing import get_args

from repayplan.accounts.agreement import Agreement
from repayplan.accounts.parties import Party
from repayplan.accounts.signing import Signed
from repayplan.basics.errors import Code, InputError, Language
from repayplan.basics.reason import Reason
from repayplan.edges.documents import Entry, Section, Table
from repayplan.edges.sheetparts import worded
from repayplan.edges.words import BLANK, Figure, Unit, Words

_LANGUAGES: tuple[Language, ...] = get_args(Language)


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterTerms:
    """What all letters of a lender say beside their figures.

    Parameters
    ----------
    contact
        Whom to ask, and how: a telephone number, an address, hours.
    help
        Where a borrower who can't pay gets help, and how to apply for a plan or for another one.

    Raises
    ------
    InputError
        One of them isn't there in both languages.

    Examples
    --------
    >>> terms = LetterTerms(
    ...     contact=Words("Telephone 021-1, Monday to Friday.", "电话021-1，周一至周五。"),
    ...     help=Words("Ask us for a repayment plan at any branch.", "可到任一网点申请协商还款。"),
    ... )
    >>> terms.contact.said("zh")
    '电话021-1，周一至周五。'
    """

    contact: Words
    help: Words

    def __post_init__(self) -> None:
        for each in fields(self):
            both_languages(f"terms.{each.name}", getattr(self, each.name))


def both_languages(name: str, value: object) -> None:
    """InputError unless a text is there in English and Chinese."""
    if value is None:
        raise InputError(Code.MISSING, name, None, "Words in English and in Chinese")
    if not isinstance(value, Words):
        raise InputError(Code.UNKNOWN_VALUE, name, value, "Words in English and in Chinese")


def entry(name: str, value: Decimal | int | date | Words | str, unit: Unit) -> Entry:
    """A labelled figure under one of the names below."""
    return Entry(name, _W[name], Figure(value, unit))


def addressed(agreement: Agreement, as_of: date) -> Section:
    """To whom and by whom a letter about an agreement is written, and on which day."""
    parties = agreement.parties
    entries = (
        entry("lender", parties.lender.name, "text"),
        entry("borrower", parties.borrower.name, "text"),
        entry("address", parties.borrower.address, "text"),
        entry("reference", agreement.reference, "text"),
        entry("as_of", as_of, "date"),
    )
    return Section(name="letter", heading=_W["letter"], entries=entries)


def agreement_of(made: Agreement | Signed) -> Agreement:
    """The agreement itself.

    Raises
    ------
    InputError
        It is none.
    """
    of = made.agreement if isinstance(made, Signed) else made
    if not isinstance(of, Agreement):
        raise InputError(Code.MISSING, "agreement", type(of).__name__, "an Agreement, or a signed one")
    return of


def to_party(party: Party) -> tuple[Entry, ...]:
    """A person as a form or a letter names them.

    Raises
    ------
    InputError
        There is no way to reach them.
    """
    if party.contact is None:
        raise InputError(Code.MISSING, "applicant.contact", None, "telephone or electronic mail")
    return tuple(entry(name, getattr(party, name), "text") for name in OF_PARTY)


OF_PARTY = ("name", "id_number", "address", "contact")
"""What is said of a person."""


def help_section(terms: LetterTerms) -> Section:
    """Where to get help, and whom to ask."""
    if not isinstance(terms, LetterTerms):
        raise InputError(Code.MISSING, "terms", terms, "LetterTerms")
    return Section(name="help", heading=_W["help"], notes=(terms.help, terms.contact))


def signing(rows: Iterable[tuple[Words, str | None]]) -> Section:
    """Places to sign: who, by name where it is known; the signature and the day are left to be filled in."""
    names = ("role", "person", "signature", "signed_on")
    lines = tuple(
        (Figure(role, "text"), BLANK if name is None else Figure(name, "text"), BLANK, BLANK)
        for role, name in rows
    )
    return Section(
        name="signatures",
        heading=_W["signatures"],
        table=Table(names, tuple(_W[name] for name in names), lines),
    )


def reason_words(reason: Reason) -> Words:
    """A reason of the package in words, its days written as all days of a document are.

    Examples
    --------
    >>> from repayplan import Code
    >>> reason_words(Reason(Code.HALTED_UNTIL, "account", date(2026, 8, 31))).zh
    '至2026年8月31日止'
    """
    texts = []
    for language in _LANGUAGES:
        value, limit = (
            Figure(each, "date").said(language) if isinstance(each, date) else each
            for each in (reason.value, reason.limit)
        )
        texts.append(replace(reason, value=value, limit=limit).text(language))
    return Words(*texts)


def moment(at: datetime) -> Figure:
    """A time with its offset from UTC.

    Examples
    --------
    >>> moment(datetime.fromisoformat("2026-03-05T10:00:00+08:00")).said("zh")
    '2026年3月5日10:00（UTC+08:00）'
    """
    day, clock, offset = Figure(at.date(), "date"), f"{at:%H:%M}", at.isoformat()[-6:]
    words = Words(f"{day.said('en')} {clock} (UTC{offset})", f"{day.said('zh')}{clock}（UTC{offset}）")
    return Figure(words, "text")


_W = worded(
    {
        "letter": ("This letter", "基本信息"),
        "lender": ("Lender", "贷款人"),
        "borrower": ("Borrower", "借款人"),
        "name": ("Name", "姓名"),
        "id_number": ("Identity number", "证件号码"),
        "address": ("Address", "地址"),
        "contact": ("Telephone or e-mail", "联系方式"),
        "as_of": ("Date", "日期"),
        "help": ("Help, and whom to ask", "帮助与联系方式"),
        "signatures": ("Signatures", "签字栏"),
        "role": ("Who", "身份"),
        "person": ("Name", "姓名"),
        "signature": ("Signature", "签字"),
        "signed_on": ("Date", "日期"),
    }
)
