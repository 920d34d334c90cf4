"""The words of the application form, in English and Chinese."""

from __future__ import annotations

from repayplan.edges.sheetparts import worded
from repayplan.edges.words import Words

KINDS = {
    "net_income": Words("Net income", "净收入"),
    "gross_income": Words("Gross income", "税前收入"),
    "deduction": Words("Deduction from gross income", "税前扣除"),
    "cost": Words("Spending", "支出"),
    "debt": Words("Other debt", "其他债务"),
}
FORM_WORDS = worded(
    {
        "title": ("Application for a repayment plan", "协商还款申请表"),
        "about_part": ("This form", "填表说明"),
        "lender": ("Lender", "贷款人"),
        "applicant_part": ("The applicant", "申请人信息"),
        "name": ("Name", "姓名"),
        "id_number": ("Identity number", "证件号码"),
        "address": ("Address", "地址"),
        "contact": ("Telephone or e-mail", "联系方式"),
        "loan_part": ("The loan", "贷款信息"),
        "household_part": ("The household and its income", "家庭及收入情况"),
        "spending_part": ("Spending, and incomes and debts one by one, a month", "每月支出及收入、债务明细"),
        "kind": ("Kind", "类别"),
        "category": ("What for", "用途或来源"),
        "amount": ("Amount a month", "每月金额"),
        "no_spending": ("None is stated.", "未填报。"),
        "hardship_part": ("The hardship, and what is wished for", "困难原因与还款意愿"),
        "history_part": ("What was before", "以往情况"),
        "history_note": ("The lender may fill this in.", "本部分可由贷款人填写。"),
        "evidence_part": ("Evidence", "证明材料清单"),
        "evidence_note": (
            "One document of those named in each line is enough.",
            "每行所列材料提供其中一种即可。",
        ),
        "wanted_for": ("For", "适用情形"),
        "evidence": ("Evidence", "材料"),
        "handed_in": ("Handed in", "提交情况"),
        "everybody": ("every application", "所有申请"),
        "further": ("further", "其他"),
        "not_handed_in": ("not handed in", "未提交"),
        "not_stated": ("not stated", "未填报"),
        "as_listed": ("as listed below", "见下表"),
        "declarations_part": ("Declarations and consents, each to be ticked", "声明与授权（逐项勾选）"),
        "applicant_signs": ("Applicant", "申请人"),
        "received_by": ("Received by, for the lender", "贷款人受理人"),
        "office_part": ("For the lender", "贷款人填写"),
        "id": ("Number of the application", "申请编号"),
    }
)
