"""The words of an offer sheet, in English and Chinese."""

from __future__ import annotations

from repayplan.edges.sheetparts import worded

WORDS = worded(
    {
        "title": ("Offer of a repayment plan", "还款方案告知书"),
        "plan": ("The plan", "方案"),
        "waits": (
            "The plan takes effect only with every written consent below.",
            "下列书面同意齐备后，本方案方可生效。",
        ),
        "under_deal": (
            "Under a deal: the plan takes effect when its down payment and trial payments are paid in time.",
            "本方案附生效条件：首付款与试还款均按时到账后方可生效。",
        ),
        "deal_note": (
            "The new plan with the down payment and the trial payments.",
            "新方案的数字包含首付款和试还款。",
        ),
        "lender": ("Lender", "贷款人"),
        "issued": ("Date of the offer", "出具日期"),
        "opening_balance": ("Debt that the plan starts from", "方案起始欠款"),
        "capitalised": ("of it, arrears added to the balance", "其中：转入本金的拖欠款"),
        "paid_first": ("of it, arrears paid with the first instalment", "其中：随第一期偿还的拖欠款"),
        "spread": ("of it, arrears spread over the first instalments", "其中：分摊至前几期偿还的拖欠款"),
        "carried": (
            "of it, arrears put aside until the last instalment, without interest",
            "其中：挂账的拖欠款（不计息，随最后一期偿还）",
        ),
        "forborne": (
            "of it, put aside until the last instalment, without interest",
            "其中：挂账本金（不计息，随最后一期偿还）",
        ),
        "forgiven": ("of it, principal given up by the lender", "其中：减免的本金"),
        "waived": ("Arrears given up by the lender", "减免的欠款"),
        "waived_interest": ("Interest of the plan that is never charged", "方案期间免收的利息"),
        "to_be_earned": (
            "Of what is given up, to be earned by keeping the plan",
            "减免中须履行本方案方可兑现的金额",
        ),
        "earned_on": (
            "Earned in full when the last payment is made, due on",
            "全部兑现的时点（最后一期到期日）",
        ),
        "comparison": ("Before and after", "调整前后对比"),
        "what": ("Figure", "项目"),
        "contract": ("Present contract", "现合同"),
        "new_plan": ("New plan", "新方案"),
        "instalment": ("Instalment (largest of the new plan)", "每期还款（新方案为最高一期）"),
        "instalments": ("Instalments still to be paid", "剩余期数"),
        "last_due": ("Last payment due", "最后到期日"),
        "total_paid": ("All payments together", "还款总额"),
        "total_cost": (
            "Total cost to you (payments less what is owed)",
            "借款人总成本（还款总额减全部欠款）",
        ),
        "effective": ("Effective annual rate of all payments", "全部还款的实际年利率"),
        "apr_eu": ("Annual percentage rate of charge", "年化费用率（欧盟口径）"),
        "apr_us": ("Annual percentage rate", "年化百分率（美国口径）"),
        "no_rate": ("none", "无"),
        "living": ("What is left to live on", "还款后的生活费"),
        "living_note": (
            "A month, after other debts and the payment, in the period in which that is least.",
            "按月计算，已扣除其他债务及本方案还款，取最少的一期。",
        ),
        "left_to_live_on": ("Left to live on", "可用于生活的金额"),
        "least_on": ("in the period of the payment due", "所在还款期的到期日"),
        "needed_to_live_on": ("what the lender leaves you at least", "贷款人保留的最低生活费"),
        "capitalised_interest": ("Interest added to the balance", "转入本金的利息"),
        "due_at_end": ("Due with the last payment, beside it", "最后一期另须偿还的挂账款"),
        "at_end_note": (
            "What is put aside falls due with the last payment. It isn't taken off what is left to live on.",
            "挂账款随最后一期到期，未从生活费中扣除。",
        ),
        "balance": ("Balance of the present contract", "现合同本金余额"),
        "owed": ("Everything owed now, arrears included", "目前全部欠款（含拖欠款）"),
        "late": ("What a late payment costs", "逾期还款的费用"),
        "late_note": (
            "An example: the first instalment of the plan, paid late.",
            "示例：方案的第一期逾期支付。",
        ),
        "contract_rate": ("Rate of the plan, a year", "计划年利率"),
        "credit_record": ("Your credit record", "对征信记录的影响"),
        "acceptance": ("Acceptance", "接受期限"),
        "accept_by": ("Last day to accept", "最后接受日"),
        "expires": ("The offer lapses on", "失效日期"),
        "schedule": ("Every instalment", "还款计划表"),
        "period": ("No.", "期次"),
        "due_date": ("Due", "到期日"),
        "principal": ("Principal", "本金"),
        "interest_paid": ("Interest", "利息"),
        "fee": ("Fees", "费用"),
        "payment": ("Payment", "应还金额"),
        "closing": ("Balance left", "剩余本金"),
    }
)
