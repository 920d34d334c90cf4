"""The sentence of every code, in English and Chinese. One table, which is why it is long."""

from __future__ import annotations

TEXT: dict[str, tuple[str, str]] = {
    "missing": ("{field} is missing", "缺少{field}"),
    "not_a_number": ("{field} is not a number ({value})", "{field}不是数字（{value}）"),
    "not_finite": ("{field} is not a finite number ({value})", "{field}不是有限的数（{value}）"),
    "boolean": (
        "{field} is true/false where a number is needed ({value})",
        "{field}应为数字，却是真/假值（{value}）",
    ),
    "not_whole_units": (
        "{field} is not a whole number of the smallest units allowed ({value})",
        "{field}不是最小单位的整数倍（{value}）",
    ),
    "negative": ("{field} is negative ({value})", "{field}为负数（{value}）"),
    "out_of_range": ("{field} is out of range ({value})", "{field}超出允许范围（{value}）"),
    "not_a_date": ("{field} is not a date ({value})", "{field}不是日期（{value}）"),
    "unknown_value": (
        "{field} is not one of the known values ({value})",
        "{field}不是已知取值（{value}）",
    ),
    "gross_without_rule": (
        "only gross income is given, and the policy states no rule from gross to net",
        "只提供了税前收入，而政策没有规定税前到税后的折算办法",
    ),
    "nothing_owed": ("nothing is owed", "没有欠款"),
    "beyond_domain": (
        "the amounts could grow beyond what can be computed exactly ({value})",
        "金额可能超出可精确计算的范围（{value}）",
    ),
    "other_currency": (
        "the loan's currency ({value}) is not the policy's",
        "贷款币种（{value}）与政策币种不符",
    ),
    "beyond_calendar": (
        "a due date lies where the calendar of business days, or the list of due dates, has ended",
        "有到期日超出工作日历或所给到期日清单的范围",
    ),
    "dates_out_of_order": ("{field} is out of order ({value})", "{field}的日期先后有误（{value}）"),
    "duplicate": ("{field} is there more than once ({value})", "{field}重复出现（{value}）"),
    "wrong_cells": (
        "the row has {value} cells, the header another number",
        "该行有{value}个单元格，与表头列数不符",
    ),
    "no_household": ("no household has this {field} ({value})", "没有{field}为{value}的家庭记录"),
    "debts_differ": (
        "the debts to be merged differ in {field} ({value})",
        "拟合并的各笔债务{field}不一致（{value}）",
    ),
    "never_paid_off": (
        "the payment never pays the loan off ({value})",
        "按此还款额永远无法还清（{value}）",
    ),
    "negative_amortisation": (
        "the instalment does not cover the interest of a period ({value})",
        "还款额不足以支付当期利息（{value}）",
    ),
    "instalment_below_zero": (
        "the steps bring a planned payment below 0 ({value})",
        "按每期增减的金额，计划的还款额低于0（{value}）",
    ),
    "balloon": (
        "the given instalment leaves a last payment of more than twice itself ({value})",
        "按给定的还款额，最后一期将超过其两倍（{value}）",
    ),
    "no_rate": (
        "no {field} fits these payments",
        "没有与这些还款相符的利率",
    ),
    "several_rates": (
        "at more than one {field} the flows are worth nothing, so that none of them is theirs",
        "使现金流净现值为零的利率不止一个，因此无法确定",
    ),
    "not_eligible": (
        "the programme is not open to this loan: {field} is {value}",
        "本贷款不符合办理条件：{field}为{value}",
    ),
    "below_allowance": (
        "the household is {value} a month short of its minimum living allowance before paying anything",
        "家庭收入在还款之前已低于最低生活保障，每月差额{value}",
    ),
    "no_capacity": (
        "nothing is left to pay with after living costs and other debts ({value} a month)",
        "扣除生活费用和其他债务后没有可用于还款的余额（每月{value}）",
    ),
    "above_target": (
        "costs leave nothing of the share of income that may be paid: they are {value} a month above it",
        "应计支出已用尽收入中可用于还款的部分（每月超出{value}）",
    ),
    "over_capacity": (
        "the lowest instalment allowed is {value}, the household can pay {limit}",
        "允许范围内最低的每期还款额为{value}，家庭可承受{limit}",
    ),
    "over_target": (
        "the lowest instalment allowed is {value}, the policy lets no more than {limit} be paid",
        "允许范围内最低的每期还款额为{value}，按政策规定每期最多还款{limit}",
    ),
    "no_plan": (
        "no plan of at most {limit} instalments by the policy's methods, rounding and minimums repays it",
        "按政策规定的还款方式、取整规则和最低还款要求，{limit}期以内没有能够还清的方案",
    ),
    "too_little_repaid": (
        "an affordable plan repays {value} % of the principal in {field} months, at least {limit} % is asked",
        "可承受的方案在{field}个月内仅偿还本金的{value}%，最低要求为{limit}%",
    ),
    "no_principal": (
        "an affordable plan repays no principal for {value} months in succession, {limit} are allowed",
        "可承受的方案连续{value}个月不还本金，最多允许{limit}个月",
    ),
    "large_balloon": (
        "an affordable plan leaves {value} % of the principal until its last due date, {limit} % is allowed",
        "可承受的方案将本金的{value}%留至最后一期，上限为{limit}%",
    ),
    "above_guideline": (
        "{value} a month is spent on {field}, the guideline is {limit}",
        "{field}每月支出{value}，参考标准为{limit}",
    ),
    "limit_exhausted": (
        "the extension limit is used up: at most {limit} instalments, at least {value} needed",
        "展期额度已用完：最多{limit}期，至少需要{value}期",
    ),
    "limit_share": (
        "the share of the original term limits the plan to {limit} instalments",
        "原期限比例限制：最多{limit}期",
    ),
    "limit_extension_months": (
        "the cap on months of extension limits the plan to {limit} instalments",
        "展期月数上限：最多{limit}期",
    ),
    "limit_total_months": (
        "the cap on the total term in months limits the plan to {limit} instalments",
        "总期限月数上限：最多{limit}期",
    ),
    "limit_new_plan_months": (
        "the cap on the new plan's months limits it to {limit} instalments",
        "新计划月数上限：最多{limit}期",
    ),
    "limit_original_term": (
        "the extension allowed for the original term limits the plan to {limit} instalments",
        "按原期限分档的展期上限：最多{limit}期",
    ),
    "limit_regulator": (
        "the regulator's cap limits the plan to {limit} instalments",
        "监管规定的期限上限：最多{limit}期",
    ),
    "limit_last_date": (
        "the last date allowed limits the plan to {limit} instalments",
        "最后还款日限制：最多{limit}期",
    ),
    "limit_age": (
        "the borrower's age at maturity limits the plan to {limit} instalments",
        "到期时年龄限制：最多{limit}期",
    ),
    "limit_domain": (
        "a plan has at most {limit} instalments",
        "一个计划最多{limit}期",
    ),
    "gate_payments": (
        "{value} consecutive payments were made, at least {limit} are needed before a restructure",
        "已连续还款{value}期，重组前至少需要{limit}期",
    ),
    "gate_spacing": (
        "the last restructure was {value} months ago, at least {limit} must lie between two",
        "距上次重组{value}个月，两次重组至少间隔{limit}个月",
    ),
    "gate_window": (
        "this would be restructure {value} within the policy's period, at most {limit} are allowed",
        "在政策规定的期间内，本次将为第{value}次重组，最多允许{limit}次",
    ),
    "gate_count": (
        "this would be restructure {value} of the loan, at most {limit} are allowed",
        "本次将为该贷款第{value}次重组，最多允许{limit}次",
    ),
    "consent_missing": (
        "a written consent is missing: {field}",
        "缺少书面同意：{field}",
    ),
    "concession_enough": (
        "{field} from {limit} to {value}: with that, every payment is affordable",
        "{field}由{limit}调整为{value}：此后每期还款均可承受",
    ),
    "concession_exhausted": (
        "{field} from {limit} to {value}, the most that is allowed: not enough, so that the next step begins",
        "{field}由{limit}调整为{value}，已达上限，仍不足，进入下一步",
    ),
    "concession_held_back": (
        "{field} from {limit} to {value}, less than is allowed: more would not serve beside a later step",
        "{field}由{limit}调整为{value}，未用至上限：配合后续措施，再多反而无益",
    ),
    "concession_beside": (
        "{field} from {limit} to {value}, so that a later step is enough",
        "{field}由{limit}调整为{value}，以配合后续措施",
    ),
    "concession_set_back": (
        "{field} back to {limit}: to put payments off is not enough, and doesn't help a later step",
        "{field}恢复为{limit}：延后还款仍不足，对后续措施亦无帮助",
    ),
    "concession_no_period": (
        "{field} stays {value}: the months allowed ({limit}) hold no whole period of the loan",
        "{field}仍为{value}：所允许的月数（{limit}个月）不足一个完整还款周期",
    ),
    "concession_by_balance": (
        "no more than {value} may be put aside: {limit} % of the balance",
        "挂账最多{value}：余额的{limit}%",
    ),
    "concession_by_value": (
        "no more than {value} may be put aside: what brings the balance to {limit} % of the property's value",
        "挂账最多{value}：使计息余额降至抵押物价值的{limit}%",
    ),
    "concession_not_needed": ("{field} stays {limit}: not needed", "{field}仍为{limit}：无需调整"),
    "offer_accepted": (
        "accepted on {value}, in time (until {limit})",
        "于{value}接受，在接受期限（{limit}）内",
    ),
    "offer_too_late": (
        "accepted on {value}, after the last day to accept ({limit})",
        "于{value}接受，已超过最后接受日（{limit}）",
    ),
    "offer_lapsed": (
        "accepted on {value}, but the offer lapsed on {limit}",
        "于{value}接受，方案已于{limit}失效",
    ),
    "deal_down_payment": (
        "down payment: {value}, in by {limit}",
        "首付款：{value}，最迟于{limit}到账",
    ),
    "deal_trial_payment": (
        "trial payment {field}: {value}, in by {limit}",
        "第{field}期试还款：{value}，最迟于{limit}到账",
    ),
    "deal_met": ("met: {value} of {limit} came in, in time", "已满足：应还{limit}，已按时到账{value}"),
    "deal_open": (
        "open: {value} of {limit} has come in so far, and there is still time",
        "待履行：应还{limit}，已到账{value}，尚在期限内",
    ),
    "deal_broken": (
        "broken: {value} of {limit} came in, in time",
        "未满足：应还{limit}，按时到账{value}",
    ),
    "payment_due": ("{value} falls due on {limit}", "{value}将于{limit}到期"),
    "payment_overdue": ("{value} has been overdue since {limit}", "{value}自{limit}起逾期未还"),
    "paid_in_part": (
        "paid in part: {value} is missing of what fell due on {limit} or since",
        "部分还款：{limit}及其后到期的款项尚缺{value}",
    ),
    "paid_later": (
        "the last three instalments were paid {value} days later in all than the three before",
        "最近三期合计比此前三期多迟延{value}天",
    ),
    "broken_by_missed": (
        "{value} instalments weren't paid in time: the plan is broken since {limit}",
        "{value}期未按时归还，计划自{limit}起视为违约",
    ),
    "broken_by_days": (
        "an instalment was {value} days past due: the plan is broken since {limit}",
        "逾期达{value}天，计划自{limit}起视为违约",
    ),
    "income_fell": (
        "net income fell from {limit} to {value} a month between the last two reviews",
        "最近两次复核之间，月净收入由{limit}降至{value}",
    ),
    "review_due": ("the account is looked at on {value}", "将于{value}复核账户"),
    "short_of_payoff": (
        "early repayment {field} of {value} is {limit} less than the payoff of its day: an ordinary payment",
        "提前结清款{field}（{value}）比当日应付的结清金额少{limit}，按普通还款处理",
    ),
    "halted": ("halted since {value}", "自{value}起中止"),
    "halted_death": ("halted since {value}: the borrower has died", "自{value}起中止：借款人死亡"),
    "halted_insolvency": (
        "halted since {value}: insolvency proceedings",
        "自{value}起中止：借款人进入破产程序",
    ),
    "halted_court": ("halted since {value}: ordered by a court", "自{value}起中止：法院裁定"),
    "halted_dispute": ("halted since {value}: the debt is in dispute", "自{value}起中止：债务存在争议"),
    "halted_moratorium": (
        "halted since {value}: a law lets payments rest",
        "自{value}起中止：依法延期还款",
    ),
    "halted_until": ("until {value}", "至{value}止"),
    "halted_interest": ("the contract's interest is stopped", "合同利息停止计算"),
    "collect_nothing_late": (
        "nothing is asked for: nothing is past due",
        "没有逾期款项，不催收",
    ),
    "collect_no_step": ("every step was taken", "各催收步骤均已完成"),
    "collect_turn": ("its turn comes on {value}", "该步骤自{value}起进行"),
    "collect_frozen": ("a freeze holds: not before {value}", "处于冻结期，{value}前不得催收"),
    "collect_stopped": ("a freeze holds, without an end", "处于冻结期，且未定结束日期，不得催收"),
    "collect_often": (
        "contacted as often as is allowed: not before {value}",
        "联系次数已达上限，{value}前不得联系",
    ),
    "collect_spoken": ("spoken to: not before {value}", "已与借款人通话，{value}前不得联系"),
    "collect_quiet": (
        "nobody is contacted on these days or at this hour: not before {value}",
        "当日或此时段不得联系，{value}前不得联系",
    ),
    "stage_signed_late": (
        "non-performing since {value}: more than {limit} days past due when the plan was signed",
        "自{value}起为不良：签订计划时逾期已超过{limit}天",
    ),
    "stage_judged": (
        "non-performing since {value}: judged unlikely to be paid in full",
        "自{value}起为不良：经判断可能无法足额偿还",
    ),
    "stage_default": (
        "non-performing since {value}: more than {limit} days past due with a material amount",
        "自{value}起为不良：重大金额逾期超过{limit}天",
    ),
    "stage_relapsed": (
        "non-performing again since {value}: more than {limit} days past due on probation",
        "自{value}起再次为不良：观察期内逾期超过{limit}天",
    ),
    "stage_forborne_again": (
        "non-performing again since {value}: a new plan on probation",
        "自{value}起再次为不良：观察期内再次重组",
    ),
    "stage_forborne": ("forborne on {value}", "于{value}重组"),
    "stage_material_days": (
        "a material amount has been past due for {value} days, more than {limit}",
        "重大金额已逾期{value}天，超过{limit}天",
    ),
    "stage_days": ("{value} days past due, more than {limit}", "逾期{value}天，超过{limit}天"),
    "stage_return": (
        "performs again on {value} at the earliest: {limit} days have been served",
        "最早于{value}恢复正常，已满{limit}天",
    ),
    "stage_cure_ends": (
        "the cure period ends on {value} at the earliest: {limit} days have been served",
        "治愈期最早于{value}结束，已满{limit}天",
    ),
    "stage_probation_ends": (
        "probation ends on {value} at the earliest: {limit} days have been served",
        "观察期最早于{value}结束，已满{limit}天",
    ),
    "stage_past_due": ("{value} is past due: that ends no cure", "尚有{value}逾期未还，治愈期不能结束"),
    "stage_repaid": (
        "{value} of the {limit} that a cure asks for was repaid in its time",
        "治愈期应偿还{limit}，已偿还{value}",
    ),
    "stage_months_paid": (
        "payments were made in {value} of the {limit} stretches of months that probation asks for",
        "观察期要求{limit}个还款时段有还款，已有{value}个",
    ),
    "concession_chosen": (
        "{field} from {limit} to {value}: part of the plan that was chosen",
        "{field}由{limit}调整为{value}：所选方案的一部分",
    ),
    "concession_not_taken": (
        "{field} stays {limit}: not part of the plan that was chosen",
        "{field}仍为{limit}：所选方案未采用",
    ),
    "case_outside_window": (
        "received on {value}, outside the time in which applications are taken ({limit})",
        "申请于{value}收到，不在受理期内（{limit}）",
    ),
    "case_duplicate": (
        "the same applicant has applied for the same contract before: case {value}",
        "同一申请人已就同一合同提出申请：案件{value}",
    ),
    "case_offer_expired": (
        "the offer was not accepted in time and expired on {value}",
        "方案未在期限内接受，已于{value}失效",
    ),
    "case_late": (
        "the stage ({field}) was to end by {limit}; days too late: {value}",
        "该环节（{field}）应于{limit}前办结，已超期{value}天",
    ),
    "case_late_working_days": (
        "the stage ({field}) was to end by {limit}; working days too late: {value}",
        "该环节（{field}）应于{limit}前办结，已超期{value}个工作日",
    ),
    "case_item_missing": ("still lacking: {field}", "尚缺：{field}"),
    "case_step_missing": ("a step that is wanted was not taken: {field}", "尚未完成的步骤：{field}"),
    "case_review_missed": (
        "no review was held in the month from {value} on",
        "自{value}起的一个月内未进行回访",
    ),
    "wish_not_allowed": (
        "{field} ({value}): no plan that the policy allows has it; the nearest is {limit}",
        "{field}（{value}）：政策允许的方案均无法满足，最接近的为{limit}",
    ),
    "wish_not_affordable": (
        "{field} ({value}): no affordable plan has it; the nearest is {limit}",
        "{field}（{value}）：可承受的方案均无法满足，最接近的为{limit}",
    ),
    "wishes_together": (
        "no affordable plan has all of these: {field} ({value})",
        "没有可承受的方案能同时满足：{field}（{value}）",
    ),
    "evidence_missing": ("evidence is missing: {field}", "缺少证明材料：{field}"),
    "evidence_outdated": (
        "evidence is outdated: {field} of {value}; it must be dated {limit} or later",
        "证明材料已过期：{field}的日期为{value}，应不早于{limit}",
    ),
    "out_of_turn": ("{value} isn't the next step of this record", "当前不能进行此步骤（{value}）"),
    "same_person": (
        "who gave the opinion can't decide on it ({value})",
        "出具审核意见的人员不能作出审批决定（{value}）",
    ),
    "no_authority": ("{value} has no authority for this {field}", "{value}对此{field}没有权限"),
    "reason_needed": (
        "the review came to {value}: this decision needs a reason of the policy",
        "审查结果为{value}，作出此决定须注明政策规定的理由",
    ),
    "other_policy": (
        "the review was made by other rules ({value})",
        "审查所依据的规则与现行政策不同（{value}）",
    ),
    "other_case": (
        "{field} isn't of the case that was reviewed ({value})",
        "{field}不属于所审查的案件（{value}）",
    ),
    "other_plan": (
        "{field} isn't what was approved ({value})",
        "{field}与所批准的不一致（{value}）",
    ),
    "other_agreement": (
        "{field} isn't that of this agreement ({value})",
        "{field}与本协议不符（{value}）",
    ),
    "changed": (
        "{field} has changed: it is {value}; written was {limit}",
        "{field}已被改动：现为{value}；写入时为{limit}",
    ),
    "foreign": ("{field} doesn't belong here", "{field}不属于此目录"),
    "rows": ("{field} has {value} rows; written were {limit}", "{field}有{value}行；写入时为{limit}行"),
    "sums": ("{field} adds up to {value}; written were {limit}", "{field}合计为{value}；写入时为{limit}"),
    "unreadable": ("{field} can't be read: {value}", "{field}无法读取：{value}"),
    "unfinished": (
        "{field}: the run has not come to its end; parts done: {value}",
        "{field}：任务尚未完成；已完成分段数：{value}",
    ),
    "damaged": (
        "{field} is damaged: nothing in it can be relied on ({value})",
        "{field}已损坏，其内容均不可信（{value}）",
    ),
    "differs": (
        "{field}: archived is {limit}; worked out again from the inputs it is {value}",
        "{field}：存档为{limit}；按输入重新计算为{value}",
    ),
}
MUST_BE = ("; it must be {limit}", "；应为{limit}")
RULE: dict[str, tuple[str, str]] = {
    "not_whole_units": ("; the smallest unit is {limit}", "；最小单位为{limit}"),
    "unknown_value": ("; known: {limit}", "；已知取值：{limit}"),
    "no_rate": ("; looked for from {limit}", "；查找范围：{limit}"),
    "beyond_domain": ("; the most is {limit}", "；上限为{limit}"),
    "other_currency": ("; that is {limit}", "；政策币种为{limit}"),
    "beyond_calendar": (" ({value}); covered: {limit}", "（{value}）；所涵盖的是{limit}"),
    "wrong_cells": (": {limit}", "：{limit}"),
    "never_paid_off": ("; the most is {limit} periods", "；最多{limit}期"),
    "negative_amortisation": ("; the interest is {limit}", "；利息为{limit}"),
    "not_eligible": ("; it is to: {limit}", "；适用于：{limit}"),
    # Of what is missing, the sentence says all: a limit of 0 is no rule that anybody could keep to.
    "below_allowance": ("", ""),
    "above_target": ("", ""),
    "no_capacity": ("; more than {limit} is needed", "；须高于{limit}"),
    "out_of_turn": ("; it is: {limit}", "；下一步应为{limit}"),
    "no_authority": ("; it goes up to {limit}", "；权限上限为{limit}"),
    "reason_needed": ("; one of {limit}", "；可选：{limit}"),
    "other_policy": ("; those in force are {limit}", "；现行规则为{limit}"),
    "other_plan": ("; approved: {limit}", "；所批准的为{limit}"),
    "other_case": ("; the reviewed one has {limit}", "；所审查的为{limit}"),
    "other_agreement": ("; this one has {limit}", "；本协议为{limit}"),
    "balloon": ("; twice the instalment is {limit}", "；还款额的两倍为{limit}"),
}
"""How a sentence goes on where the limit is known; ``it must be ...`` for codes that aren't here."""
