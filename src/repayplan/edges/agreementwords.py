"""The words of an agreement, of who signs it, and of what is said where the plan is broken."""

from __future__ import annotations

from repayplan.accounts.agreementterms import AgreementTerms
from repayplan.accounts.eventkinds import HaltReason
from repayplan.accounts.signing import Way
from repayplan.accounts.trackingrule import Consequence, TrackingRule
from repayplan.edges.sheetparts import worded
from repayplan.edges.words import Words


def role_words(role: str) -> Words:
    """What a party is called: ``guarantor_2`` is the second guarantor."""
    name, _, number = role.partition("_")
    words = WORDS[name]
    return Words(f"{words.en} {number}", f"{words.zh}{number}") if number else words


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
WAYS: dict[Way, Words] = {
    "in_person": Words("in person", "当面交付"),
    "by_post": Words("by post", "邮寄"),
    "electronic": Words("electronically", "电子送达"),
}
WORDS = worded(
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
