"""An agreement as a document for people, in English and Chinese from the same data."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from repayplan.accounts.agreement import Agreement
from repayplan.accounts.agreementterms import AgreementTerms
from repayplan.accounts.clauses import Clause
from repayplan.accounts.eventkinds import HaltReason
from repayplan.accounts.parties import Signatory
from repayplan.accounts.signing import Signed, Way
from repayplan.accounts.trackingrule import Consequence, TrackingRule
from repayplan.basics.money import EXACT
from repayplan.edges.documents import Document, Entry, Figure, Section, Table, Unit, Words
from repayplan.edges.latewords import EARLY_END, late_entries, late_rules, payment_order
from repayplan.edges.sheetparts import METHODS, earned_words, worded
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
        Section(name="following", heading=_W["following"], notes=tuple(_followed(of.terms.tracking))),
        Section(name="payments", heading=_W["payments"], notes=_payments(of.terms)),
        _clauses("disputes", of.terms.disputes),
        _copies(of),
        *(_recorded(made) if isinstance(made, Signed) else ()),
    )
    return Document(name="agreement", title=_W["title"], currency=of.currency, sections=sections)


def role_words(role: str) -> Words:
    """What a party is called: ``guarantor_2`` is the second guarantor."""
    name, _, number = role.partition("_")
    words = _W[name]
    return Words(f"{words.en} {number}", f"{words.zh}{number}") if number else words


def _entry(name: str, value: Decimal | int | date | Words | str, unit: Unit) -> Entry:
    return Entry(name, _W[name], Figure(value, unit))


def _yes(name: str, given: bool) -> Entry:  # noqa: FBT001
    return _entry(name, _W["yes" if given else "no"], "text")


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
    return Section(name="agreement", heading=_W["agreement"], entries=entries)


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
                party.contact or _W["none"],
                _list(_signer(each) for each in party.signatories) if party.signatories else _W["itself"],
            )
        )
        for role, party in of.parties.by_role.items()
    )
    table = Table(names, tuple(_W[name] for name in names), rows)
    return Section(name="parties", heading=_W["parties"], table=table)


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
    return Section(name="debt", heading=_W["debt"], notes=notes, entries=entries)


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
    return Section(name="plan", heading=_W["plan"], entries=entries)


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
    table = Table(names, tuple(_W[f"row_{name}"] for name in names), rows)
    return Section(name="schedule", heading=_W["schedule"], table=table)


def _clauses(name: str, clauses: tuple[Clause, ...]) -> Section:
    return Section(name=name, heading=_W[name], notes=tuple(_both(clause) for clause in clauses))


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
        _W["late_note"],
    )
    return Section(name="late", heading=_W["late"], notes=notes, entries=late_entries(of.late))


def _breach(of: Agreement) -> Section:
    """When the plan is broken, and what follows."""
    return Section(name="breach", heading=_W["breach"], notes=breach_words(of.terms))


def breach_words(terms: AgreementTerms) -> tuple[Words, ...]:
    """When a plan is broken, what notice is given, and what follows."""
    rule = terms.tracking
    return (_broken(rule), _notice(terms.notice_days), _CONSEQUENCES[rule.consequence])


def _broken(rule: TrackingRule) -> Words:
    ways, missed, days = [], rule.broken_after_missed, rule.broken_after_days
    if missed is not None:
        ways.append((f"{missed} instalments are overdue at once", f"同时有{missed}期逾期"))
    if days is not None:
        ways.append((f"an instalment is overdue by {days} days", f"任一期逾期满{days}天"))
    en, zh = zip(*ways, strict=True)
    said = Words(f"The plan is broken when {' or '.join(en)}.", f"{'或'.join(zh)}的，视为违反本计划。")
    if days is None or not rule.pauses:
        return said
    en, zh = zip(*(_HALTED[reason] for reason in rule.pauses), strict=True)
    return Words(
        f"{said.en} Days on which the account is halted for {' or '.join(en)} don't count.",
        f"{said.zh}账户因{'、'.join(zh)}而中止的日期不计入逾期天数。",
    )


_HALTED: dict[HaltReason, tuple[str, str]] = {
    "death": ("a death", "借款人死亡"),
    "insolvency": ("insolvency proceedings", "破产程序"),
    "court": ("an order of a court", "法院裁定"),
    "dispute": ("a dispute about the debt", "债务争议"),
    "moratorium": ("a moratorium by law", "法定延期"),
}


def _notice(days: int) -> Words:
    if not days:
        return Words("What follows needs no further notice.", "其后果无需另行通知。")
    return Words(
        f"The lender gives written notice of {days} days before anything follows.",
        f"贷款人采取下列措施前，应提前{days}天书面通知借款人。",
    )


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
        _W["fingerprint_note"],
    )
    entries = (_entry("fingerprint", of.fingerprint, "text"),)
    return Section(name="copies", heading=_W["copies"], notes=notes, entries=entries)


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
        table = Table(names, tuple(_W[name] for name in names), signed)
        sections.append(Section(name="signatures", heading=_W["signatures"], table=table))
    if made.deliveries:
        names = ("role", "received_by", "way", "delivered_on")
        delivered = tuple(
            (
                Figure(role_words(each.party), "text"),
                Figure(each.person, "text"),
                Figure(_WAYS[each.way], "text"),
                Figure(each.on, "date"),
            )
            for each in made.deliveries
        )
        table = Table(names, tuple(_W[name] for name in names), delivered)
        sections.append(Section(name="deliveries", heading=_W["deliveries"], table=table))
    return tuple(sections)


def _by(signatory: Signatory | None) -> Words:
    if signatory is None:
        return _W["itself"]
    return Words(f"{signatory.title}: {signatory.authority}", f"{signatory.title}：{signatory.authority}")


_CONSEQUENCES: dict[Consequence, Words] = {
    "acceleration": Words(
        "Then the lender may ask for everything that is still owed at once.",
        "届时贷款人可以宣布全部剩余欠款立即到期。",
    ),
    "concessions_end": Words(
        "Then what the lender conceded in this agreement ends.",
        "届时贷款人在本协议中作出的让步终止。",
    ),
    "review": Words(
        "Then the lender reviews the borrower's case.",
        "届时贷款人对借款人的情况重新审查。",
    ),
}
_WAYS: dict[Way, Words] = {
    "in_person": Words("in person", "当面交付"),
    "by_post": Words("by post", "邮寄"),
    "electronic": Words("electronically", "电子送达"),
}
_W = worded(
    {
        "title": ("Repayment agreement", "还款协议"),
        "agreement": ("The agreement", "协议信息"),
        "dated": ("Date of the agreement", "签订日期"),
        "issued": ("Date of the offer", "方案出具日期"),
        "accepted_on": ("Accepted on", "借款人接受日期"),
        "parties": ("The parties", "协议各方"),
        "role": ("Party", "身份"),
        "lender": ("Lender", "贷款人"),
        "borrower": ("Borrower", "借款人"),
        "guarantor": ("Guarantor", "保证人"),
        "name": ("Name", "姓名或名称"),
        "id_number": ("Identity or register number", "证件号码"),
        "address": ("Address", "地址"),
        "contact": ("Contact", "联系方式"),
        "signs": ("Who signs, by what authority", "签署人及授权依据"),
        "none": ("none", "无"),
        "itself": ("the party itself", "本人"),
        "debt": ("What is owed", "欠款情况"),
        "currency": ("Currency", "币种"),
        "owed": ("Everything owed before this agreement", "本协议签订前的全部欠款"),
        "owed_principal": ("of it, principal", "其中：本金"),
        "owed_interest": ("of it, interest", "其中：利息"),
        "owed_penalty": ("of it, penalty", "其中：罚息及违约金"),
        "owed_fees": ("of it, fees", "其中：费用"),
        "capitalised": ("Arrears added to the balance", "转入本金的拖欠款"),
        "paid_first": ("Arrears paid with the first instalment", "随第一期偿还的拖欠款"),
        "spread": ("Arrears spread over the first instalments", "分摊至前几期偿还的拖欠款"),
        "carried": (
            "Arrears due with the last instalment, without interest",
            "随最后一期偿还的拖欠款（不计息）",
        ),
        "forborne": (
            "Principal put aside until the last instalment, without interest",
            "挂账至最后一期的本金（不计息）",
        ),
        "forgiven": ("Principal given up by the lender", "减免的本金"),
        "waived": ("Arrears given up by the lender", "减免的拖欠款"),
        "opening": ("Balance that the plan starts from", "还款计划的起始本金"),
        "plan": ("The plan", "还款方案"),
        "annual_rate": ("Rate, a year", "年利率"),
        "interest_from": ("Interest runs from", "起息日"),
        "instalments": ("Instalments", "期数"),
        "first_due": ("First instalment due", "首期到期日"),
        "last_due": ("Last instalment due", "末期到期日"),
        "total_paid": ("All payments together", "还款总额"),
        "total_interest": ("of them, interest", "其中：利息"),
        "total_fees": ("of them, fees and penalty", "其中：费用及罚息"),
        "interest_runs": ("Interest runs during the plan", "方案期间是否计息"),
        "fees_run": ("New fees are charged during the plan", "方案期间是否新收费用"),
        "how_to_pay": ("How to pay", "还款途径"),
        "yes": ("yes", "是"),
        "no": ("no", "否"),
        "schedule": ("Every instalment", "还款计划表"),
        "row_number": ("No.", "期次"),
        "row_due_date": ("Due", "到期日"),
        "row_principal": ("Principal", "本金"),
        "row_interest": ("Interest", "利息"),
        "row_fee": ("Fees, penalty", "费用及罚息"),
        "row_payment": ("Payment", "应还金额"),
        "row_added": ("Interest added to the balance", "转入本金的利息"),
        "row_put_aside": ("Interest put aside", "暂缓支付的利息"),
        "row_balance": ("Balance left", "剩余本金"),
        "lender_duties": ("What the lender has to do", "贷款人的义务"),
        "lender_rights": ("What the lender may do", "贷款人的权利"),
        "borrower_duties": ("What the borrower has to do", "借款人的义务"),
        "borrower_rights": ("What the borrower may do", "借款人的权利"),
        "late": ("If a payment is late", "逾期的后果"),
        "late_note": (
            "An example of what that costs: one instalment of the plan, paid late.",
            "费用示例：计划中的一期逾期支付。",
        ),
        "following": ("How the plan is followed", "履行情况的跟踪"),
        "payments": ("What payments go to", "还款的抵充顺序"),
        "breach": ("If the plan is broken", "违反计划的后果"),
        "disputes": ("If there is a dispute", "争议解决"),
        "copies": ("Copies", "协议文本"),
        "fingerprint": ("Fingerprint (SHA-256)", "指纹（SHA-256）"),
        "fingerprint_note": (
            "All copies have the fingerprint below, which changes with any figure, name, date or clause.",
            "各份协议的指纹均如下；任何金额、姓名、日期或条款变动，指纹随之改变。",
        ),
        "signatures": ("Signatures", "签署记录"),
        "person": ("Signed by", "签署人"),
        "authority": ("Authority", "授权依据"),
        "signed_on": ("On", "签署日期"),
        "deliveries": ("Copies delivered", "送达记录"),
        "received_by": ("Received by", "签收人"),
        "way": ("How", "方式"),
        "delivered_on": ("On", "送达日期"),
    }
)
