"""The words of opinions and refusals, in English and Chinese."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import get_args

from repayplan.basics.errors import Language
from repayplan.edges.documents import Entry
from repayplan.edges.sheetparts import worded
from repayplan.edges.words import Figure, Unit, Words
from repayplan.offers.reviewrules import Effect
from repayplan.reviews.assessment import Review

LANGUAGES: tuple[Language, ...] = get_args(Language)


def entry_of(name: str, value: Decimal | int | date | Words | str, unit: Unit) -> Entry:
    """A labelled figure, by the name of its label."""
    return Entry(name, WORDS[name], Figure(value, unit))


def application_entries(review: Review) -> tuple[Entry, ...]:
    """Which application it is, and to which programme."""
    called = Words(review.policy.called("en"), review.policy.called("zh"))
    return (entry_of("application", review.application, "text"), entry_of("programme", called, "text"))


RESULTS = {
    "approved": Words("approved", "通过"),
    "declined": Words("declined", "不通过"),
    "needs_evidence": Words("needs evidence", "需补充材料"),
    "needs_person": Words("needs a person", "需人工审查"),
}
EFFECTS: dict[Effect, Words] = {
    "decline": Words("declines it", "不通过"),
    "needs_evidence": Words("needs evidence", "需补充材料"),
    "needs_person": Words("needs a person", "需人工审查"),
}
VERDICTS = {
    "approve": Words("approve", "同意"),
    "return": Words("return, for what is lacking", "退回补充"),
    "refuse": Words("refuse", "不同意"),
}
ASKED = {
    "owed": Words("Everything owed", "欠款总额"),
    "given_up": Words("Given up", "减免"),
    "forborne": Words("Put aside without interest", "免息暂缓"),
    "extension_months": Words("Extension", "展期"),
    "rate_cut": Words("Annual rate lowered by", "年利率下调"),
}
WORDS = worded(
    {
        "opinion_title": ("Opinion on an application", "审核意见"),
        "refusal_title": ("Decision on your application", "申请结果通知书"),
        "letter": ("This letter", "基本信息"),
        "lender": ("Lender", "贷款人"),
        "name": ("Name", "姓名"),
        "address": ("Address", "地址"),
        "application": ("Application", "申请编号"),
        "decided_on": ("Date of the decision", "决定日期"),
        "refused": (
            "We can't offer you a plan on this application. The reasons are below, and what you can do.",
            "本次申请未获批准。原因及您可以采取的做法如下。",
        ),
        "why": ("The reasons", "原因"),
        "also": ("Also found", "另有发现"),
        "rights": ("Your rights", "您的权利"),
        "again": ("Appeal, or apply again", "申诉与再次申请"),
        "apply_again": ("You may apply again from", "可再次申请的日期"),
        "case": ("The case", "申请概况"),
        "reviewed_on": ("Reviewed on", "审查日期"),
        "result": ("Result of the review", "审查结果"),
        "owed": ("Everything owed", "欠款总额"),
        "rules": ("Fingerprint of the rules (SHA-256)", "所依据规则的指纹（SHA-256）"),
        "findings": ("Findings", "审查发现"),
        "effect": ("Effect", "结论"),
        "finding": ("Finding", "发现"),
        "figure": ("Figure", "数值"),
        "limit": ("Held against", "标准"),
        "told": ("Told to the applicant", "是否告知申请人"),
        "yes": ("yes", "是"),
        "no": ("no", "否"),
        "none": ("none", "无"),
        "nothing_found": ("Nothing speaks against it.", "未发现不利情况。"),
        "facts": ("Facts", "依据的数据"),
        "no_facts": ("None was asked for.", "无。"),
        "plan": ("The plan", "还款方案"),
        "annual_rate": ("Rate, a year", "年利率"),
        "instalments": ("Instalments", "期数"),
        "instalment_before": ("Present instalment", "现每期还款"),
        "instalment_after": ("Largest instalment of the plan", "方案每期还款（最高一期）"),
        "first_due": ("First instalment due", "首期到期日"),
        "last_due": ("Last instalment due", "末期到期日"),
        "capacity": ("What the household can pay each period, at least", "家庭每期可承受的最低金额"),
        "left_to_live_on": ("Left to live on, a month, at least", "每月可用于生活的最低金额"),
        "total_paid": ("All payments together", "还款总额"),
        "opinion": ("Opinion", "审核意见"),
        "decision": ("Decision", "审批决定"),
        "opinion_verdict": ("The reviewer would", "审核意见"),
        "decision_verdict": ("Decided to", "审批决定"),
        "role": ("Role", "岗位"),
        "person": ("Name", "姓名"),
        "at": ("When", "时间"),
        "reason": ("Reason", "理由"),
        "note": ("Note", "备注"),
        "against": ("Against the result of the review.", "与审查结果不一致。"),
        "overruled": ("Against the reviewer's opinion.", "与审核意见不一致。"),
        "authority": ("What is asked for, and who may decide on it", "申请内容与审批权限"),
        "conceded": ("What", "项目"),
        "asked": ("Asked for", "申请"),
        "no_bound": ("no bound", "不限"),
        "nobody": ("Nobody of the policy may decide on it.", "超出全部审批岗位的权限。"),
        "conditions": ("Conditions", "附加条件"),
        "no_conditions": ("There are none.", "无。"),
        "deal": (
            "It takes effect when the down payment and the trial payments of the deal are paid in time.",
            "须按时付清首付款及试行期各期款项后方可生效。",
        ),
        "decides": ("Decides", "审批人"),
    }
)
