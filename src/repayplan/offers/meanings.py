"""What each field of a policy means, in English and Chinese, and what its number counts."""

from __future__ import annotations

from repayplan.basics.rulewords import Meaning, Meanings
from repayplan.offers.abilitymeanings import ABILITY
from repayplan.offers.arrangementmeanings import ARRANGEMENTS
from repayplan.offers.limitmeanings import LIMIT
from repayplan.offers.reviewmeanings import REVIEW

_METHODS = (
    "equal_instalment（等额本息）、equal_principal（等额本金）、flat（等本等息）、interest_only（先息后本）"
)

MEANINGS: Meanings = {
    "Policy.name": Meaning("What the policy is called in results", "政策名称"),
    "Policy.name_zh": Meaning(
        "What it is called in Chinese; not set: the same", "中文名称；未设定即沿用上一名称"
    ),
    "Policy.currency": Meaning("Currency of its amounts", "金额所用的币种"),
    "Policy.decimals": Meaning("Smallest unit of the currency", "币种的最小单位", "places"),
    "Policy.methods": Meaning(
        "How plans are repaid, in the order in which it is tried", f"还款方式，按先后尝试：{_METHODS}"
    ),
    "Policy.statuses": Meaning(
        "Statuses of loans to which the programme is open; not set: all", "适用的贷款状态；未设定即全部适用"
    ),
    "Policy.allowance": Meaning("What a household needs at least to live on", "家庭最低生活费用"),
    "Policy.limit": Meaning(
        "How far a term may be extended; the tightest rule binds", "展期限制，以最严者为准"
    ),
    "Policy.income": Meaning(
        "How gross income counts where no net income is known", "只有税前收入时的计算办法"
    ),
    "Policy.contingency": Meaning(
        "What is kept back of a surplus for the unforeseen", "从结余中预留的备用金"
    ),
    "Policy.rounding": Meaning("How amounts of the new plan are rounded", "新计划金额的取整规则"),
    "Policy.arrears": Meaning("What becomes of what is owed besides principal", "本金以外的欠款如何处理"),
    "Policy.concessions": Meaning(
        "What is given up for a plan that is affordable, in this order, each as little as will do",
        "为使还款可承受而依次采取的措施，每项均取足够的最小幅度",
    ),
    "Policy.amortisation": Meaning(
        "How fast a plan must repay principal at least; not set: any plan will do",
        "计划偿还本金的最低要求；未设定即无要求",
    ),
    "Policy.merge": Meaning(
        "How several debts of one borrower become one; not set: nothing is said of it",
        "同一借款人的多笔债务如何合并；未设定即未作规定",
    ),
    "Policy.strategy": Meaning("Which of the affordable plans is offered", "在可承受的方案中选取哪一个"),
    "Policy.review": Meaning(
        "How applications are reviewed; not set: they aren't", "申请的审查；未设定即不审查"
    ),
    "Policy.assumed": Meaning(
        "A cost assumed where the household's own isn't known", "家庭未提供的支出，按此假定"
    ),
    "Policy.assumptions": Meaning("What the figures rest on", "数据所依据的假设"),
    "Policy.guidelines": Meaning(
        "What becomes of spending on groups of categories that differs from guideline figures",
        "各类支出与参考标准不同时的处理",
    ),
    "Policy.target": Meaning(
        "What may be paid as a share of income, at most; not set: what is left",
        "按收入的一定比例确定还款上限；未设定即按结余",
    ),
    "Policy.instalment_percent": Meaning(
        "No payment is more than this part of the present instalment; not set: nothing is said of it",
        "每期还款额不超过当前每期还款额的此比例；未设定即无要求",
        "percent",
    ),
    "Policy.creditors": Meaning(
        "How other creditors of a household count beside this loan", "家庭的其他债权人如何与本贷款一并考虑"
    ),
    "Policy.guarantors": Meaning("Whether what guarantors can pay counts", "是否计入保证人的还款能力"),
    "Policy.outlook": Meaning(
        "What is foreseen for all households in the months ahead", "对今后各月所有家庭的预计"
    ),
    "Policy.acceptance": Meaning(
        "How long an offer can be accepted, and when it lapses", "方案的接受期限与失效日期"
    ),
    "Acceptance.days": Meaning(
        "From the day of issue to the last day to accept", "自出具之日起至最后接受日的天数", "days"
    ),
    "Acceptance.lapses_after": Meaning(
        "From the day of issue to the day on which the offer lapses", "自出具之日起至方案失效的天数", "days"
    ),
    "Acceptance.business_day": Meaning(
        "Where such a day moves to that is no business day: none (nowhere), following, preceding, or either "
        "within its month (modified_...)",
        "期限日遇非工作日时：none（不调整）、following（顺延）、modified_following（顺延，但不跨月）、"
        "preceding（提前）或modified_preceding（提前，但不跨月）",
    ),
    **ABILITY,
    "Allowance.by_persons": Meaning(
        "For 1, 2, 3, ... persons", "1人、2人、3人……家庭的金额", "amount_monthly"
    ),
    "Allowance.further_person": Meaning(
        "For each person more than the list has; refused: there are none",
        "超出上列人数后每增加一人的金额；refused：不受理",
        "amount_monthly",
    ),
    "Allowance.adult_first": Meaning("For the first adult", "第一名成人的金额", "amount_monthly"),
    "Allowance.adult_further": Meaning("For each further adult", "其他每名成人的金额", "amount_monthly"),
    "Allowance.child": Meaning("For each child", "每名子女的金额", "amount_monthly"),
    "Allowance.multiplier": Meaning("The whole is taken so many times", "以上合计再乘以此倍数", "times"),
    "Allowance.covers": Meaning(
        "Spending that it stands for: the household is left what it declared or this, whichever is more",
        "所涵盖的支出类别：按申报额与此额两者中较高者保留",
    ),
    "Allowance.source": Meaning("Where the figures come from", "数据来源"),
    "Allowance.effective": Meaning("Date from which they hold", "数据起始日期"),
    "IncomeRule.net_of_gross": Meaning(
        "Part of gross income that counts as net; not set: such a household is refused",
        "税前收入中计为税后收入的比例；未设定则不受理只有税前收入的家庭",
        "fraction",
    ),
    "Contingency.share": Meaning("Part of the surplus kept back", "预留占结余的比例", "fraction"),
    "Contingency.at_most": Meaning("No more is kept back than this", "预留金额上限", "amount_monthly"),
    "AssumedCost.category": Meaning("Of spending", "支出类别"),
    "AssumedCost.share": Meaning("Part of the income", "占收入的比例", "fraction"),
    "AssumedCost.of": Meaning(
        "The income that it is a part of: net_income or gross_income",
        "所依据的收入：net_income（税后）或gross_income（税前）",
    ),
    "AssumedCost.at_least": Meaning("No less is assumed than this", "假定金额下限", "amount_monthly"),
    "AssumedCost.tenure": Meaning(
        "Ways to hold a home for which it is; not set: all", "适用的居住方式；未设定即全部适用"
    ),
    **LIMIT,
    "Concession.step": Meaning(
        "extend (more instalments), cut_rate (a lower rate), forbear (principal due at the end, bearing no "
        "interest), forgive (principal given up), waive (arrears given up), holiday (nothing is paid first) "
        "or interest_only (only interest is paid at first)",
        "extend（展期）、cut_rate（降息）、forbear（部分本金挂账，不计息，到期支付）、forgive（减免本金）、"
        "waive（减免欠款）、holiday（宽限期内不还款）或interest_only（先还利息）",
    ),
    "Amortisation.repaid_by": Meaning(
        "Shares of the principal that are repaid when so many months are over",
        "若干个月后至少应偿还的本金比例",
    ),
    "Amortisation.longest_without_principal": Meaning(
        "Most months in succession whose instalments repay no principal", "连续不还本金的最长月数", "months"
    ),
    "Amortisation.largest_balloon": Meaning(
        "Most of the principal that is left until the last due date on purpose: what is forborne; all of "
        "interest only",
        "留待最后一期偿还的本金占比上限：挂账的本金；先息后本则为全部本金",
        "percent",
    ),
    "RepaidBy.months": Meaning("From the plan's start", "自计划开始起的月数", "months"),
    "RepaidBy.percent": Meaning(
        "Of the principal, what is forborne among it", "占本金（含挂账部分）的比例", "percent"
    ),
    "Concession.by": Meaning("Each step by which the annual rate is cut", "每次下调的年利率", "fraction"),
    "Concession.floor": Meaning("Annual rate below which it isn't cut", "年利率下限", "fraction"),
    "Concession.component": Meaning(
        "Of waive: overdue_interest, accrued_interest, penalty or fees",
        "减免的欠款：overdue_interest（逾期利息）、accrued_interest（应计利息）、penalty（罚息）或fees（费用）",
    ),
    "Concession.percent": Meaning(
        "Most of the balance, or of the component, that is put aside or given up",
        "挂账或减免占本金余额（或该项欠款）的上限",
        "percent",
    ),
    "Concession.loan_to_value": Meaning(
        "Of forbear, where that is more: what brings the balance that bears interest down to this part of "
        "the property's value",
        "挂账上限亦可为：使计息余额降至抵押物价值的此比例所需的金额（取两者中较高者）",
        "percent",
    ),
    "Concession.multiple": Meaning(
        "It is a multiple of this, or all that is allowed; not set: the smallest unit",
        "金额为此数的整数倍，或为上限全额；未设定即最小货币单位",
        "amount",
    ),
    "Concession.months": Meaning("Most months that are put off", "最长月数", "months"),
    "Concession.interest": Meaning(
        "Interest of a holiday: capitalise (joins the balance period by period), capitalise_at_end (simple "
        "interest, joins the balance once, when the holiday ends), defer (is paid with the first payment) or "
        "waive (isn't charged)",
        "宽限期利息：capitalise（逐期计入本金）、capitalise_at_end（按单利计息，宽限期满一次计入本金）、"
        "defer（随首次还款支付）或waive（不计收）",
    ),
    "Strategy.aim": Meaning(
        "in_order (the concessions in their order, each as little as will do), least_lender_cost, "
        "least_borrower_cost or shortest (among the plans of the lattice)",
        "in_order（依次采取各项措施，每项取足够的最小幅度）、least_lender_cost（贷款人成本最低）、"
        "least_borrower_cost（借款人成本最低）或shortest（期限最短），后三者在所列方案中选取",
    ),
    "Strategy.lattice": Meaning(
        "Which plans are looked at; not set: all lengths and pauses, five degrees of each other concession",
        "所比较的方案；未设定即全部期数和宽限期，其他每项措施取五档",
    ),
    "Lattice.lengths": Meaning(
        "Plans of the shortest length, each so many instalments more, and the longest",
        "期数自最短起每次增加此数，并含最长",
        "payments",
    ),
    "Lattice.pauses": Meaning(
        "Pauses of no period, each so many more, and the longest",
        "宽限期数自零起每次增加此数，并含最长",
        "payments",
    ),
    "Lattice.points": Meaning(
        "So many evenly spread degrees of each other concession; all: every one",
        "其他每项措施均匀取此数目的幅度；all：全部",
        "degrees",
    ),
    "Lattice.most": Meaning(
        "A loan with more plans than this is refused", "方案数超过此数的贷款不予处理", "plans"
    ),
    "Rounding.instalment": Meaning(
        "Of the instalment, or of the principal in it: half_up, half_even, up, down or none",
        "每期还款额（等额本金则为每期本金）的取整：half_up（四舍五入）、half_even（四舍六入五成双）、up（进位）、"
        "down（舍去）或none（不取整）",
    ),
    "Rounding.interest": Meaning("Of each period's interest, likewise", "每期利息的取整，取值同上"),
    "Rounding.instalment_multiple": Meaning(
        "The instalment is a multiple of this; not set: the smallest unit",
        "还款额为此金额的整数倍；未设定即最小货币单位",
        "amount",
    ),
    "Rounding.interest_multiple": Meaning(
        "Interest is a multiple of this; not set: the smallest unit",
        "利息为此金额的整数倍；未设定即最小货币单位",
        "amount",
    ),
    "Rounding.fee": Meaning(
        "Of a fee that is a part of an amount: half_up, half_even, up or down",
        "按比例收取的费用的取整：half_up（四舍五入）、half_even（四舍六入五成双）、up（进位）或down（舍去）",
    ),
    "Rounding.fee_multiple": Meaning(
        "A fee is a multiple of this; not set: the smallest unit",
        "费用为此金额的整数倍；未设定即最小货币单位",
        "amount",
    ),
    "Rounding.interest_per": Meaning(
        "Interest is rounded once a period, or for each piece of it between changes of principal or rate",
        "利息按period（整期）取整一次，或在本金、利率变动处分段按piece（每段）取整",
    ),
    "Rounding.residue": Meaning(
        "What rounding leaves over goes to the last payment, the first, is spread over all or shared once",
        "取整余额归入last（末期）、first（首期）、spread（分摊至各期）或shared（一次均分）",
    ),
    "ArrearsRule.overdue_interest": Meaning("Interest that fell due and wasn't paid", "逾期利息"),
    "ArrearsRule.accrued_interest": Meaning("Interest that runs and isn't due yet", "应计未到期利息"),
    "ArrearsRule.penalty": Meaning("Penalty interest", "罚息"),
    "ArrearsRule.fees": Meaning("Fees owed", "欠付费用"),
    "ArrearsPart.treatment": Meaning(
        "capitalise: joins the balance and bears interest; the others bear none: pay_first is paid with the "
        "first instalment, first_instalments is spread over several, carry is due with the last",
        "capitalise：计入本金并计息；其余不计息：pay_first 随首期支付，first_instalments 分摊至前几期，"
        "carry 挂账，随最后一期支付",
    ),
    "ArrearsPart.instalments": Meaning(
        "Over how many of the first instalments, or all of a shorter plan",
        "分摊至前几期（计划较短时为全部各期）",
        "payments",
    ),
    "ArrearsPart.waive_percent": Meaning("Percent given up before that", "在此之前先减免的百分比", "percent"),
    "Assumption.en": Meaning("In English", "英文"),
    "Assumption.zh": Meaning("In Chinese", "中文"),
    "MergeRule.rate": Meaning(
        "Annual rate: weighted (the debts' average by what bears interest), lowest, highest, or a given one",
        "年利率：weighted（按计息余额加权平均）、lowest（取最低）、highest（取最高），或指定的利率",
        "fraction",
    ),
    "MergeRule.rate_rounding": Meaning(
        "Of a weighted average: half_up, half_even, up or down",
        "加权平均利率的取整：half_up（四舍五入）、half_even（四舍六入五成双）、up（进位）或down（舍去）",
    ),
    "MergeRule.rate_multiple": Meaning(
        "It is a multiple of this; not set: 0.0000000001",
        "加权平均利率为此数的整数倍；未设定即0.0000000001",
        "fraction",
    ),
    "MergeRule.original_term": Meaning(
        "Whose original term counts for limits: the shortest or the longest of the debts",
        "展期限制所依据的原期限：shortest（取最短）或longest（取最长）",
    ),
    "MergeRule.maturity": Meaning(
        "From which original maturity extension counts: the earliest or the latest of the debts",
        "展期自哪笔债务的原到期日起算：earliest（最早）或latest（最晚）",
    ),
    "MergeRule.due_day": Meaning(
        "When instalments fall due: as of the largest debt, of the one due earliest, or a day of the month",
        "还款日：largest（与金额最大的债务相同）、earliest（与最早到期的债务相同），或指定每月几日",
        "day_of_month",
    ),
    "MergeRule.frequency": Meaning(
        "How often they fall due; not set: as of the debts, which must agree",
        "还款频率；未设定即与各笔债务相同，各笔须一致",
    ),
    **ARRANGEMENTS,
    **REVIEW,
}
"""By the name of a dataclass and its field; :meth:`~repayplan.Policy.describe` says them."""
