"""An agreement as a document for people, in English and Chinese from the same data."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from repayplan.ability.figures import one_rule
from repayplan.accounts.agreement import Agreement
from repayplan.accounts.agreementterms import AgreementTerms
from repayplan.accounts.clauses import Clause
from repayplan.accounts.parties import Signatory
from repayplan.accounts.signing import Signed
from repayplan.accounts.trackingrule import TrackingRule
from repayplan.basics.money import EXACT
from repayplan.edges.agreementwords import WAYS, WORDS, breach_words, role_words
from repayplan.edges.documents import Document, Entry, Section, Table
from repayplan.edges.latewords import late_entries, late_rules
from repayplan.edges.orderwords import EARLY_END, payment_order
from repayplan.edges.sheetparts import METHODS, earned_words
from repayplan.edges.words import Figure, Unit, Words
from repayplan.offers.letterrules import Wording

_IF_ANY = ("fee", "added", "put_aside")
_AFTERWARDS = ("capitalised", "paid_first", "spread", "carried", "forborne", "forgiven", "waived")


def agreement_document(made: Agreement | Signed) -> Document:
    """What both sides sign, and keep a copy of.

    Parameters
    ----------
    made
        The agreement; of a signed one, the signatures and deliveries stand at the end.

    Returns
    -------
    :class:`~repayplan.Document`: ``.text("en" | "zh")``, ``.markdown(...)``, ``.html(...)`` and
    ``.as_dict(...)`` say the same. Every page of one agreement is the same, whoever's copy it is.
    """
    one_rule("made", made, Agreement, Signed)
    of = made.agreement if isinstance(made, Signed) else made
    sections = (
        _opening(of),
        _parties(of),
        _debt(of),
        _plan(of),
        _schedule(of),
        *(
            _clauses(name, getattr(of.terms.clauses, name))
            for name in ("lender_duties", "lender_rights", "borrower_duties", "borrower_rights")
        ),
        _late(of),
        _breach(of),
        Section(name="following", heading=WORDS["following"], notes=tuple(_followed(of.terms.tracking))),
        Section(name="payments", heading=WORDS["payments"], notes=_payments(of.terms)),
        _clauses("disputes", of.terms.disputes),
        _copies(of),
        *(_recorded(made) if isinstance(made, Signed) else ()),
    )
    return Document(name="agreement", title=WORDS["title"], currency=of.currency, sections=sections)


def _entry(name: str, value: Decimal | int | date | Words | str, unit: Unit) -> Entry:
    return Entry(name, WORDS[name], Figure(value, unit))


def _yes(name: str, given: bool) -> Entry:  # noqa: FBT001
    return _entry(name, WORDS["yes" if given else "no"], "text")


def _both(wording: Wording | Clause) -> Words:
    return Words(wording.en, wording.zh)


def _opening(of: Agreement) -> Section:
    entries = (
        _entry("reference", of.reference, "text"),
        *(_entry(name, getattr(of, name), "date") for name in ("dated", "issued", "accepted_on")),
        *(
            Entry(
                f"consent.{each.code}",
                Words(f"Consent ({each.code}) of {each.person}", f"{each.person}的书面同意（{each.code}）"),
                Figure(each.on, "date"),
            )
            for each in of.consents
        ),
    )
    return Section(name="agreement", heading=WORDS["agreement"], entries=entries)


def _parties(of: Agreement) -> Section:
    names = ("role", "name", "id_number", "address", "contact", "signs")
    rows = tuple(
        tuple(
            Figure(value, "text")
            for value in (
                role_words(role),
                party.name,
                party.id_number,
                party.address,
                party.contact or WORDS["none"],
                _list(_signer(each) for each in party.signatories) if party.signatories else WORDS["itself"],
            )
        )
        for role, party in of.parties.by_role.items()
    )
    table = Table(names, tuple(WORDS[name] for name in names), rows)
    return Section(name="parties", heading=WORDS["parties"], table=table)


def _signer(each: Signatory) -> Words:
    both = (f"{each.name}, {each.title} ({each.authority})", f"{each.name}，{each.title}（{each.authority}）")
    return Words(*both)


def _list(words: Iterable[Words]) -> Words:
    each = tuple(words)
    return Words("; ".join(one.en for one in each), "；".join(one.zh for one in each))


def _debt(of: Agreement) -> Section:
    """The balance and its structure, and what became of it: only what there is."""
    debt = of.debt
    structure = {
        "principal": EXACT.add(debt.principal, debt.overdue_principal),
        "interest": EXACT.add(debt.overdue_interest, debt.accrued_interest),
        "penalty": debt.penalty,
        "fees": debt.fees,
    }
    after = ((name, getattr(debt, name)) for name in _AFTERWARDS)
    entries = (
        _entry("currency", of.currency, "text"),
        _entry("owed", of.owed, "money"),
        *(_entry(f"owed_{name}", amount, "money") for name, amount in structure.items()),
        *(_entry(name, amount, "money") for name, amount in after if amount),
        _entry("opening", of.opening, "money"),
    )
    notes = (earned_words(of.earned_waiver),) if of.earned_waiver is not None else ()
    return Section(name="debt", heading=WORDS["debt"], notes=notes, entries=entries)


def _plan(of: Agreement) -> Section:
    total, rows = of.total, of.instalments
    entries = (
        _entry("method", METHODS[of.method], "text"),
        _entry("annual_rate", of.annual_rate, "percent"),
        _entry("interest_from", of.interest_from, "date"),
        _entry("instalments", len(rows), "instalments"),
        _entry("first_due", of.first_due, "date"),
        _entry("last_due", rows[-1].due_date, "date"),
        _entry("total_paid", total["payment"], "money"),
        _entry("total_interest", total["interest"], "money"),
        *((_entry("total_fees", total["fee"], "money"),) if total["fee"] else ()),
        _yes("interest_runs", of.interest_runs),
        _yes("fees_run", of.terms.fees_run),
        _entry("how_to_pay", _both(of.terms.how_to_pay), "text"),
    )
    return Section(name="plan", heading=WORDS["plan"], entries=entries)


def _schedule(of: Agreement) -> Section:
    """Every row; fees, and interest that isn't paid in its period, only where there are any."""
    there = {name for row in of.instalments for name in _IF_ANY if getattr(row, name)}
    columns = ("principal", "interest", "fee", "payment", "added", "put_aside", "balance")
    names = tuple(name for name in columns if name in there or name not in _IF_ANY)
    rows = tuple(
        (
            Figure(row.number, "number"),
            Figure(row.due_date, "date"),
            *(Figure(getattr(row, name), "money") for name in names),
        )
        for row in of.instalments
    )
    names = ("number", "due_date", *names)
    table = Table(names, tuple(WORDS[f"row_{name}"] for name in names), rows)
    return Section(name="schedule", heading=WORDS["schedule"], table=table)


def _clauses(name: str, clauses: tuple[Clause, ...]) -> Section:
    return Section(name=name, heading=WORDS[name], notes=tuple(_both(clause) for clause in clauses))


def _payments(terms: AgreementTerms) -> tuple[Words, ...]:
    """What payments go to, and what is owed where everything is paid before its time."""
    return (*payment_order(terms.allocation), EARLY_END[terms.rebate])


def _late(of: Agreement) -> Section:
    """What follows from a late payment, and the worked figure of what it costs."""
    terms = of.terms
    notes = (
        *(_both(clause) for clause in terms.clauses.late),
        *late_rules(terms.overdue, of.annual_rate, of.lent, of.contracted),
        _both(terms.credit_record),
        WORDS["late_note"],
    )
    return Section(name="late", heading=WORDS["late"], notes=notes, entries=late_entries(of.late))


def _breach(of: Agreement) -> Section:
    """When the plan is broken, and what follows."""
    return Section(name="breach", heading=WORDS["breach"], notes=breach_words(of.terms))


def _followed(rule: TrackingRule) -> Iterable[Words]:
    """When the borrower is reminded, and the account looked at."""
    for days, en, zh in (
        (rule.remind_before, "before an instalment is due", "到期日前"),
        (rule.remind_after, "after its due date, where it isn't paid", "逾期后第"),
    ):
        if days:
            listed = [str(each) for each in days]
            yield Words(
                f"The lender reminds the borrower {', '.join(listed)} days {en}.",
                f"贷款人于{zh}{'、'.join(listed)}天提醒借款人。",
            )
    n = rule.review_months
    yield Words(
        f"The lender looks at how the plan is kept every {n} months." if n > 1 else _MONTHLY[0],
        f"贷款人每{n}个月检查一次计划履行情况。" if n > 1 else _MONTHLY[1],
    )


_MONTHLY = ("The lender looks at how the plan is kept every month.", "贷款人每月检查一次计划履行情况。")


def _copies(of: Agreement) -> Section:
    count = len(of.copies)
    notes = (
        Words(
            f"This agreement is made in {count} identical copies, one for each party. It is in force from the"
            " day on which the last party signs.",
            f"本协议一式{count}份，内容相同，各方各执一份，自最后一方签署之日起生效。",
        ),
        WORDS["fingerprint_note"],
    )
    entries = (_entry("fingerprint", of.fingerprint, "text"),)
    return Section(name="copies", heading=WORDS["copies"], notes=notes, entries=entries)


def _recorded(made: Signed) -> tuple[Section, ...]:
    """Who signed, by what authority, and who has a copy."""
    sections = []
    if made.signatures:
        names = ("role", "person", "authority", "signed_on")
        signed = tuple(
            (
                Figure(role_words(each.party), "text"),
                Figure(each.person, "text"),
                Figure(_by(made.authority(each.party)), "text"),
                Figure(each.on, "date"),
            )
            for each in made.signatures
        )
        table = Table(names, tuple(WORDS[name] for name in names), signed)
        sections.append(Section(name="signatures", heading=WORDS["signatures"], table=table))
    if made.deliveries:
        names = ("role", "received_by", "way", "delivered_on")
        delivered = tuple(
            (
                Figure(role_words(each.party), "text"),
                Figure(each.person, "text"),
                Figure(WAYS[each.way], "text"),
                Figure(each.on, "date"),
            )
            for each in made.deliveries
        )
        table = Table(names, tuple(WORDS[name] for name in names), delivered)
        sections.append(Section(name="deliveries", heading=WORDS["deliveries"], table=table))
    return tuple(sections)


def _by(signatory: Signatory | None) -> Words:
    if signatory is None:
        return WORDS["itself"]
    return Words(f"{signatory.title}: {signatory.authority}", f"{signatory.title}：{signatory.authority}")
