"""What brought each code and exception about, and what to do: in English and Chinese, for people.

One table of texts, grouped as the page is that is made from it: nothing in it can stand without the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from repayplan.basics.errors import Code, Language, which

Pair = tuple[str, str]
"""The same in English and in Chinese."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """The cause of a code, and its cure.

    Examples
    --------
    >>> REMEDIES[Code.NOT_A_DATE].cure[which("en")]
    'Write it YYYY-MM-DD.'
    """

    cause: Pair
    cure: Pair

    def text(self, language: Language = "en") -> str:
        """Both, as one text.

        Examples
        --------
        >>> REMEDIES[Code.NOT_A_DATE].text("zh")
        '不是日期，或带有时刻。请写成YYYY-MM-DD。'
        """
        place = which(language)
        return (" ", "")[place].join((self.cause[place], self.cure[place]))


_NOTHING = ("Nothing to mend: it says how the decision came about.", "无需处理：仅说明结论的由来。")
_LIMITED = (
    "A longer plan needs another rule: rules_needed says which would do.",
    "如需更长期限，须调整规则：rules_needed给出所需的规则。",
)
_HALTED = (
    "Ask nothing of the borrower until the halt has ended; record its end as an event.",
    "中止期间不向借款人要求还款；中止结束时登记结束事件。",
)
_WAIT = ("Wait until the day that is named.", "待至所示日期。")
_STAGE = ("Report the exposure in this stage from that day on.", "自该日起按此分类报送。")
_SERVED = ("Nothing to mend: ask again on or after that day.", "无需处理：该日或之后再行判断。")

Entries = Mapping[Code, tuple[Pair, Pair]]
GROUPS: tuple[tuple[Pair, Entries], ...] = (
    (
        ("What is wrong with an input", "输入有误"),
        {
            Code.MISSING: (
                (
                    "A value, a key, a column or a file that is needed isn't there.",
                    "缺少必需的值、键、列或文件。",
                ),
                (
                    "Fill it in; leave out the whole column where the field has a default.",
                    "请补齐；字段有默认值时可省略整列。",
                ),
            ),
            Code.NOT_A_NUMBER: (
                (
                    "The text is no number: separators, a per cent sign, a unit.",
                    "文本不是数字：含有分隔符、百分号或单位。",
                ),
                (
                    "Write plain digits with a point; a rate as a fraction (0.12).",
                    "请写普通数字和小数点；利率写成小数（0.12）。",
                ),
            ),
            Code.NOT_FINITE: (
                ("NaN or infinity.", "非数（NaN）或无穷大。"),
                (
                    "Find out where the figure was made, and mend it there.",
                    "请查明该数值的来源并在源头更正。",
                ),
            ),
            Code.BOOLEAN: (
                ("True or false where a number is needed.", "应为数字，却给了真/假值。"),
                ("Look whether two columns were mixed up.", "请检查是否弄混了两列。"),
            ),
            Code.NOT_WHOLE_UNITS: (
                (
                    "Finer than the smallest unit: a tenth of a cent, part of a month.",
                    "比最小单位更细：如0.1分、零点几个月。",
                ),
                (
                    "Round it by your own rule, or give the right number of decimals.",
                    "请按自己的规则取整，或指定正确的小数位数。",
                ),
            ),
            Code.NEGATIVE: (
                ("An amount or a count is below zero.", "金额或数量为负。"),
                ("Check the sign; a balance in credit is no debt.", "请检查正负号；贷方余额不是欠款。"),
            ),
            Code.OUT_OF_RANGE: (
                (
                    "Outside of the bounds that the message names, or larger than is read at all.",
                    "超出提示所示范围，或大到不予读取。",
                ),
                (
                    "Check the unit: rates are fractions, amounts in units of the currency.",
                    "请检查单位：利率为小数，金额以货币单位计。",
                ),
            ),
            Code.NOT_A_DATE: (
                ("No date, or one with a time of day.", "不是日期，或带有时刻。"),
                ("Write it YYYY-MM-DD.", "请写成YYYY-MM-DD。"),
            ),
            Code.UNKNOWN_VALUE: (
                (
                    "A name that isn't in its list, or text that can't be read as what it should be.",
                    "名称不在列表中，或文本无法按要求读取。",
                ),
                ("Compare with what the message says is known or expected.", "请对照提示所列的取值或写法。"),
            ),
            Code.GROSS_WITHOUT_RULE: (
                (
                    "Only gross income is known, and the policy has no rule from gross to net.",
                    "只知道税前收入，而政策没有税前到税后的规则。",
                ),
                (
                    "Give net income, or the policy a net_of_gross.",
                    "请提供税后收入，或在政策中规定net_of_gross。",
                ),
            ),
            Code.NOTHING_OWED: (
                ("Every part of the debt is zero.", "各项欠款均为零。"),
                ("Take the loan out of the batch.", "请将该贷款从批次中去掉。"),
            ),
            Code.BEYOND_DOMAIN: (
                ("An amount could grow beyond what is computed exactly.", "金额可能超出可精确计算的范围。"),
                (
                    "Check amount, rate and term; real loans stay far below.",
                    "请检查金额、利率和期限；实际贷款远低于此。",
                ),
            ),
            Code.OTHER_CURRENCY: (
                ("The loan isn't in the policy's currency.", "贷款币种与政策币种不同。"),
                ("Use the policy of that currency: nothing is converted.", "请使用该币种的政策：不作换算。"),
            ),
            Code.BEYOND_CALENDAR: (
                (
                    "A date lies where the calendar, or the list of due dates, has ended.",
                    "日期超出日历或到期日清单的范围。",
                ),
                ("Use a calendar or a list that covers the whole plan.", "请使用涵盖整个计划的日历或清单。"),
            ),
            Code.DATES_OUT_OF_ORDER: (
                ("Two dates aren't in the order that they must have.", "两个日期的先后不符合要求。"),
                ("Check both; the limit names the other one.", "请核对两个日期；限值给出另一个日期。"),
            ),
            Code.DUPLICATE: (
                ("Something is there twice that may be there once.", "只能出现一次的内容重复出现。"),
                ("Keep one of them.", "请只保留一项。"),
            ),
            Code.WRONG_CELLS: (
                ("The row has another number of cells than the header.", "该行单元格数与表头不符。"),
                ("Put a cell with a comma in quotes.", "含逗号的单元格请加引号。"),
            ),
            Code.NO_HOUSEHOLD: (
                ("No household has the id of the loan.", "没有与贷款编号对应的家庭。"),
                ("Add it, or compare how the ids are written.", "请补充，或核对编号的写法。"),
            ),
            Code.DEBTS_DIFFER: (
                (
                    "The debts to be merged differ in what they must agree in.",
                    "拟合并的债务在必须一致的项目上不同。",
                ),
                (
                    "Merge those that agree, or let the rule give the value.",
                    "请只合并一致的债务，或由规则给定该值。",
                ),
            ),
        },
    ),
    (
        ("What is wrong with a plan for this loan", "方案对该贷款不可行"),
        {
            Code.NEVER_PAID_OFF: (
                ("The payment would take longer than any plan may.", "按此还款额所需期数超过上限。"),
                ("Pay more a period.", "请提高每期还款额。"),
            ),
            Code.NEGATIVE_AMORTISATION: (
                ("A payment doesn't cover the interest of its period.", "某期还款额不足以支付当期利息。"),
                (
                    "Pay more, or say what becomes of the interest: holiday(n, interest=...).",
                    "请提高还款额，或用holiday(n, interest=...)说明利息如何处理。",
                ),
            ),
            Code.INSTALMENT_BELOW_ZERO: (
                ("The steps lower a payment below 0.", "每期递减使某期还款额低于0。"),
                (
                    "Take smaller steps, fewer payments, or steps that rise.",
                    "请减小每期递减额、减少期数或改为递增。",
                ),
            ),
            Code.BALLOON: (
                (
                    "The last payment would be more than twice the given instalment.",
                    "末期还款额将超过给定还款额的两倍。",
                ),
                ("Pay more a period, or in more periods.", "请提高每期还款额或增加期数。"),
            ),
        },
    ),
    (
        ("What is wrong with flows of money", "现金流有误"),
        {
            Code.NO_RATE: (
                (
                    "Nothing is advanced, nothing is paid, or the two never balance.",
                    "没有放款或没有还款，或两者始终不能相抵。",
                ),
                ("Check the signs of the flows.", "请检查现金流的正负号。"),
            ),
            Code.SEVERAL_RATES: (
                (
                    "The flows change sign more than once, and several rates fit.",
                    "现金流正负多次变化，有多个利率相符。",
                ),
                ("State their present value at a given rate instead.", "请改用给定利率下的现值。"),
            ),
        },
    ),
    (
        ("Why no plan is offered, or not a longer one", "不能提供方案或更长期限的原因"),
        {
            Code.NOT_ELIGIBLE: (
                ("The policy isn't open to such a loan.", "政策不适用于此类贷款。"),
                ("Use another programme; nothing is wrong with the data.", "请改用其他办法；数据无误。"),
            ),
            Code.BELOW_ALLOWANCE: (
                (
                    "Income is below the living allowance before anything is paid.",
                    "还款之前收入已低于最低生活保障。",
                ),
                (
                    "No plan is right: look at income, other debts and relief without payment.",
                    "任何方案都不合适：请查看收入、其他债务和免还款的救济。",
                ),
            ),
            Code.NO_CAPACITY: (
                ("Living costs and other debts take all the income.", "生活费用和其他债务已用尽收入。"),
                ("Look at costs, income and other debts.", "请核对支出、收入和其他债务。"),
            ),
            Code.ABOVE_TARGET: (
                (
                    "Costs take the whole share of income that may be paid.",
                    "支出已用尽收入中可用于还款的部分。",
                ),
                ("Look at these costs, and at the policy's target.", "请核对这些支出和政策的目标。"),
            ),
            Code.OVER_CAPACITY: (
                (
                    "The lowest instalment allowed is more than the household can pay.",
                    "允许的最低还款额超过家庭承受能力。",
                ),
                ("relaxations says the least change that would do.", "relaxations给出所需的最小调整。"),
            ),
            Code.OVER_TARGET: (
                (
                    "The lowest instalment allowed is more than the policy lets be paid.",
                    "允许的最低还款额超过政策规定的还款上限。",
                ),
                ("relaxations says the least change that would do.", "relaxations给出所需的最小调整。"),
            ),
            Code.NO_PLAN: (
                (
                    "By the policy's methods and roundings no plan repays the loan.",
                    "按政策的方式和取整规则无法还清。",
                ),
                (
                    "Look at the policy's roundings, multiples and minimums.",
                    "请查看政策的取整、倍数和最低额规定。",
                ),
            ),
            Code.TOO_LITTLE_REPAID: (
                (
                    "The affordable plans repay less principal by then than the policy asks for.",
                    "可承受的方案届时偿还的本金少于政策要求。",
                ),
                (
                    "Another method or a shorter holiday; or the policy's minimum.",
                    "请改用其他方式或缩短宽限；或调整政策的最低要求。",
                ),
            ),
            Code.NO_PRINCIPAL: (
                (
                    "The affordable plans repay no principal for longer than is allowed.",
                    "可承受的方案不还本金的时间超过允许。",
                ),
                (
                    "Shorten the months without principal, or change the policy's bound.",
                    "请缩短不还本金的月数，或调整政策上限。",
                ),
            ),
            Code.LARGE_BALLOON: (
                (
                    "The affordable plans leave too much principal for the end.",
                    "可承受的方案留到最后的本金过多。",
                ),
                ("A longer plan, or another bound in the policy.", "请延长期限，或调整政策上限。"),
            ),
            Code.ABOVE_GUIDELINE: (
                ("More is spent on something than the policy's guideline.", "某项支出高于政策的参考标准。"),
                ("It counts as declared: ask what it is for.", "按申报计算：请询问用途。"),
            ),
            Code.LIMIT_EXHAUSTED: (
                ("Not even the plan without extension fits into the limit.", "即使不展期也超出限额。"),
                ("Only a wider limit, or a write-off, makes room.", "只有放宽限额或减免才有余地。"),
            ),
            Code.LIMIT_SHARE: (("The share of the original term binds.", "受原期限比例限制。"), _LIMITED),
            Code.LIMIT_EXTENSION_MONTHS: (
                ("The cap on months of extension binds.", "受展期月数上限限制。"),
                _LIMITED,
            ),
            Code.LIMIT_TOTAL_MONTHS: (("The cap on the total term binds.", "受总期限上限限制。"), _LIMITED),
            Code.LIMIT_NEW_PLAN_MONTHS: (
                ("The cap on the new plan's months binds.", "受新计划月数上限限制。"),
                _LIMITED,
            ),
            Code.LIMIT_ORIGINAL_TERM: (
                ("The extension allowed for the original term binds.", "受按原期限分档的展期上限限制。"),
                _LIMITED,
            ),
            Code.LIMIT_REGULATOR: (
                ("The regulator's cap binds.", "受监管规定的上限限制。"),
                ("It isn't the lender's to raise.", "放款机构无权放宽。"),
            ),
            Code.LIMIT_LAST_DATE: (("The last date allowed binds.", "受最后还款日限制。"), _LIMITED),
            Code.LIMIT_AGE: (
                ("The borrower's age at the last due date binds.", "受到期时年龄限制。"),
                (
                    "Another borrower's age may count, if the policy says so.",
                    "如政策允许，可按其他借款人的年龄计算。",
                ),
            ),
            Code.LIMIT_DOMAIN: (
                (
                    "No rule of the policy is tighter than the longest plan there is.",
                    "政策的规则均不严于最长期限。",
                ),
                ("Look whether the policy's limit is meant like that.", "请确认政策的限额是否如此。"),
            ),
            Code.GATE_PAYMENTS: (
                ("Too few payments were made in succession.", "连续还款期数不足。"),
                ("Wait for them, or make an interim arrangement.", "请待还款期数足够，或先作临时安排。"),
            ),
            Code.GATE_SPACING: (
                ("The last restructure was too short a time ago.", "距上次重组时间过短。"),
                ("Wait.", "请等待。"),
            ),
            Code.GATE_WINDOW: (
                ("Too many restructures within the policy's years.", "政策规定年限内重组次数过多。"),
                ("Wait until the oldest of them no longer counts.", "请待最早一次不再计入。"),
            ),
            Code.GATE_COUNT: (
                ("Too many restructures in the loan's life.", "该贷款重组次数已达上限。"),
                ("Use another programme.", "请改用其他办法。"),
            ),
            Code.CONSENT_MISSING: (
                ("A written consent to the plan isn't there.", "尚无对方案的书面同意。"),
                ("Get it before the plan is signed.", "请在签署前取得。"),
            ),
        },
    ),
    (
        ("What became of a step of a waterfall", "让步措施的结果"),
        {
            Code.CONCESSION_ENOUGH: (
                ("With this step every payment is affordable.", "采取该措施后每期还款均可承受。"),
                _NOTHING,
            ),
            Code.CONCESSION_EXHAUSTED: (
                ("The step was used to its bound and isn't enough.", "该措施已用至上限，仍不足。"),
                _NOTHING,
            ),
            Code.CONCESSION_HELD_BACK: (
                ("More of the step would not serve beside a later one.", "配合后续措施，再多反而无益。"),
                _NOTHING,
            ),
            Code.CONCESSION_BESIDE: (
                ("The step is used so that a later one is enough.", "使用该措施以使后续措施足够。"),
                _NOTHING,
            ),
            Code.CONCESSION_SET_BACK: (
                ("To put payments off was not enough and was taken back.", "延后还款仍不足，已恢复原状。"),
                _NOTHING,
            ),
            Code.CONCESSION_NOT_NEEDED: (("Earlier steps were enough.", "前面的措施已足够。"), _NOTHING),
            Code.CONCESSION_NO_PERIOD: (
                ("The months allowed hold no whole period of the loan.", "所允许的月数不足一个还款周期。"),
                ("Allow at least the months of a period.", "请至少允许一个周期的月数。"),
            ),
            Code.CONCESSION_BY_BALANCE: (
                ("The share of the balance bounds what is put aside.", "挂账受余额比例限制。"),
                _NOTHING,
            ),
            Code.CONCESSION_BY_VALUE: (
                ("The property's value bounds what is put aside.", "挂账受抵押物价值限制。"),
                _NOTHING,
            ),
            Code.CONCESSION_CHOSEN: (
                ("The step is part of the plan that was chosen.", "该措施属于所选方案。"),
                _NOTHING,
            ),
            Code.CONCESSION_NOT_TAKEN: (
                ("The step is no part of the plan that was chosen.", "所选方案未采用该措施。"),
                _NOTHING,
            ),
        },
    ),
    (
        ("What is said of an acceptance and of conditions", "接受方案与条件"),
        {
            Code.OFFER_ACCEPTED: (
                ("It was accepted by the last day to accept.", "在最后接受日之前接受。"),
                ("Sign it.", "请签署。"),
            ),
            Code.OFFER_TOO_LATE: (
                ("It was accepted after the last day to accept.", "在最后接受日之后接受。"),
                ("The lender may let it stand, or propose again.", "放款机构可予认可，或重新提出方案。"),
            ),
            Code.OFFER_LAPSED: (
                ("It was accepted when it had lapsed.", "接受时方案已失效。"),
                ("Propose again: the figures have changed.", "请重新提出方案：数据已变化。"),
            ),
            Code.DEAL_DOWN_PAYMENT: (
                ("A down payment is a condition.", "首付款为条件之一。"),
                ("Tell the borrower amount and day.", "请告知借款人金额和日期。"),
            ),
            Code.DEAL_TRIAL_PAYMENT: (
                ("A trial payment is a condition.", "试还款为条件之一。"),
                ("Tell the borrower amount and day.", "请告知借款人金额和日期。"),
            ),
            Code.DEAL_MET: (("All of it came in, in time.", "已按时足额到账。"), _NOTHING),
            Code.DEAL_OPEN: (
                ("Not all of it has come in, and there is time.", "尚未足额到账，仍在期限内。"),
                ("Wait.", "请等待。"),
            ),
            Code.DEAL_BROKEN: (
                ("The last day has passed without all of it.", "期限已过，未足额到账。"),
                (
                    "The contract holds again: owed_if_broken says what is owed.",
                    "恢复原合同：owed_if_broken给出欠款。",
                ),
            ),
        },
    ),
    (
        ("What is said of an account that is followed", "账户跟踪"),
        {
            Code.PAYMENT_DUE: (
                ("An instalment will fall due.", "有款项即将到期。"),
                ("Remind the borrower.", "请提醒借款人。"),
            ),
            Code.PAYMENT_OVERDUE: (
                ("An instalment wasn't paid in time.", "有款项未按时归还。"),
                ("Ask for it, by the policy's steps.", "请按政策步骤催收。"),
            ),
            Code.PAID_IN_PART: (
                ("Less came in than was due.", "到账少于应还。"),
                ("Ask for the rest.", "请催收差额。"),
            ),
            Code.PAID_LATER: (
                ("Payments come later than they did.", "还款比以前更迟。"),
                ("Speak to the borrower before it breaks.", "请在违约前与借款人沟通。"),
            ),
            Code.BROKEN_BY_MISSED: (
                ("As many instalments were missed as break the plan.", "未按时归还的期数已达违约标准。"),
                ("Decide by the agreement: end it, or make a new plan.", "请按协议处理：终止或另订计划。"),
            ),
            Code.BROKEN_BY_DAYS: (
                ("An instalment was so many days past due as break the plan.", "逾期天数已达违约标准。"),
                ("Decide by the agreement: end it, or make a new plan.", "请按协议处理：终止或另订计划。"),
            ),
            Code.INCOME_FELL: (
                ("Net income fell between two reviews.", "两次复核之间净收入下降。"),
                ("Review what the household can pay.", "请重新评估家庭还款能力。"),
            ),
            Code.REVIEW_DUE: (
                ("A review falls due.", "到了复核日。"),
                ("Hold it on that day.", "请在该日复核。"),
            ),
            Code.SHORT_OF_PAYOFF: (
                (
                    "The amount is less than what ended the account on that day.",
                    "还款金额低于当日的结清金额。",
                ),
                (
                    "Pay what is lacking by another early_repayment, at the payoff of its own day.",
                    "请按付款当日的结清金额另行补足。",
                ),
            ),
            Code.HALTED: (("The account is halted.", "账户已中止。"), _HALTED),
            Code.HALTED_DEATH: (("The borrower has died.", "借款人死亡。"), _HALTED),
            Code.HALTED_INSOLVENCY: (("Insolvency proceedings are open.", "借款人进入破产程序。"), _HALTED),
            Code.HALTED_COURT: (("A court has ordered it.", "法院裁定。"), _HALTED),
            Code.HALTED_DISPUTE: (("The debt is in dispute.", "债务存在争议。"), _HALTED),
            Code.HALTED_MORATORIUM: (("A law lets payments rest.", "依法延期还款。"), _HALTED),
            Code.HALTED_UNTIL: (("The halt has a last day.", "中止有截止日。"), _WAIT),
            Code.HALTED_INTEREST: (
                ("Interest is stopped while the halt lasts.", "中止期间停止计息。"),
                _NOTHING,
            ),
        },
    ),
    (
        ("Why nothing is done about what is past due, or not yet", "暂不催收的原因"),
        {
            Code.COLLECT_NOTHING_LATE: (
                ("Nothing is past due.", "没有逾期款项。"),
                ("Nothing to do.", "无需处理。"),
            ),
            Code.COLLECT_NO_STEP: (
                ("Every step was taken.", "各步骤均已完成。"),
                ("Decide what follows by hand.", "请人工决定后续。"),
            ),
            Code.COLLECT_TURN: (("The next step's turn hasn't come.", "下一步骤尚未到时。"), _WAIT),
            Code.COLLECT_FROZEN: (("A freeze holds.", "处于冻结期。"), _WAIT),
            Code.COLLECT_STOPPED: (
                ("A freeze without an end holds.", "处于无结束日期的冻结期。"),
                ("Contact nobody until it is lifted.", "解除前不得联系。"),
            ),
            Code.COLLECT_OFTEN: (("Contacts have reached the number allowed.", "联系次数已达上限。"), _WAIT),
            Code.COLLECT_SPOKEN: (("The borrower was spoken to.", "已与借款人通话。"), _WAIT),
            Code.COLLECT_QUIET: (
                ("Nobody is contacted on such days or at such hours.", "当日或此时段不得联系。"),
                _WAIT,
            ),
        },
    ),
    (
        ("Why an exposure stands where it does", "风险分类的依据"),
        {
            Code.STAGE_SIGNED_LATE: (("Too many days past due at signing.", "签订时逾期天数过多。"), _STAGE),
            Code.STAGE_JUDGED: (("Judged unlikely to be paid in full.", "判断可能无法足额偿还。"), _STAGE),
            Code.STAGE_DEFAULT: (
                ("A material amount is too many days past due.", "重大金额逾期天数过多。"),
                _STAGE,
            ),
            Code.STAGE_RELAPSED: (("Too many days past due on probation.", "观察期内逾期天数过多。"), _STAGE),
            Code.STAGE_FORBORNE_AGAIN: (("A new plan on probation.", "观察期内再次重组。"), _STAGE),
            Code.STAGE_FORBORNE: (("The exposure was forborne.", "该敞口已重组。"), _STAGE),
            Code.STAGE_MATERIAL_DAYS: (
                ("A material amount is past due.", "重大金额逾期。"),
                ("Collect it; no cure begins before.", "请催收；之前不能开始治愈。"),
            ),
            Code.STAGE_DAYS: (
                ("Payments are past due.", "款项逾期。"),
                ("Collect them; no cure begins before.", "请催收；之前不能开始治愈。"),
            ),
            Code.STAGE_RETURN: (("The days to serve aren't over.", "所需天数未满。"), _SERVED),
            Code.STAGE_CURE_ENDS: (("The cure period isn't over.", "治愈期未满。"), _SERVED),
            Code.STAGE_PROBATION_ENDS: (("Probation isn't over.", "观察期未满。"), _SERVED),
            Code.STAGE_PAST_DUE: (("Something is past due.", "有款项逾期。"), ("Collect it.", "请催收。")),
            Code.STAGE_REPAID: (
                ("Not enough was repaid for a cure.", "治愈期偿还不足。"),
                ("Wait for further payments.", "请待后续还款。"),
            ),
            Code.STAGE_MONTHS_PAID: (
                ("Not enough months have a payment.", "有还款的时段不足。"),
                ("Wait for further payments.", "请待后续还款。"),
            ),
        },
    ),
    (
        ("What is said of a case of a programme", "项目案件"),
        {
            Code.CASE_OUTSIDE_WINDOW: (
                ("It came when no applications were taken.", "收到时不在受理期。"),
                ("Tell the applicant when they are.", "请告知申请人受理期。"),
            ),
            Code.CASE_DUPLICATE: (
                ("The same was asked for before.", "此前已有相同申请。"),
                ("Go on with the earlier case.", "请继续办理原案件。"),
            ),
            Code.CASE_OFFER_EXPIRED: (
                ("Nobody accepted the offer in time.", "方案未在期限内接受。"),
                ("Make another offer, or close the case.", "请另提方案或结案。"),
            ),
            Code.CASE_LATE: (
                ("The case stands in a stage for too long.", "案件在该环节停留过久。"),
                ("Take the step that ends the stage.", "请完成该环节。"),
            ),
            Code.CASE_LATE_WORKING_DAYS: (
                ("The same, where the rule counts working days.", "同上，规则按工作日计算。"),
                ("Take the step that ends the stage.", "请完成该环节。"),
            ),
            Code.CASE_ITEM_MISSING: (
                ("Something that a step wants isn't there.", "缺少步骤所需材料。"),
                ("Get it.", "请补齐。"),
            ),
            Code.CASE_STEP_MISSING: (
                ("A step that another wants wasn't taken.", "前置步骤未完成。"),
                ("Take it.", "请完成该步骤。"),
            ),
            Code.CASE_REVIEW_MISSED: (
                ("No review was held in a month.", "某月未进行回访。"),
                ("Hold the next one in time.", "请按时进行下一次回访。"),
            ),
        },
    ),
    (
        ("Why a borrower's wishes can't be met", "借款人的愿望不能满足的原因"),
        {
            Code.WISH_NOT_ALLOWED: (
                ("The policy allows no such plan.", "政策不允许此类方案。"),
                ("Take the nearest, which is named.", "可采用所示最接近的方案。"),
            ),
            Code.WISH_NOT_AFFORDABLE: (
                ("No affordable plan is like that.", "没有可承受的此类方案。"),
                ("Take the nearest, which is named.", "可采用所示最接近的方案。"),
            ),
            Code.WISHES_TOGETHER: (
                ("Each can be met, but not all at once.", "各自可满足，但不能同时满足。"),
                ("Drop one of them.", "请放弃其中一项。"),
            ),
        },
    ),
    (
        ("Applications, decisions and agreements", "申请、审批与协议"),
        {
            Code.EVIDENCE_MISSING: (
                ("No evidence was received for it.", "未收到证明材料。"),
                ("Ask for any of the kinds that are named.", "请要求提供所列材料之一。"),
            ),
            Code.EVIDENCE_OUTDATED: (
                ("All evidence for it is too old.", "证明材料均已过期。"),
                ("Ask for a newer document.", "请要求提供较新的材料。"),
            ),
            Code.OUT_OF_TURN: (
                ("This isn't the next step.", "不是下一步骤。"),
                ("Take the step that the limit names first.", "请先完成所示步骤。"),
            ),
            Code.SAME_PERSON: (
                ("One person would act for two.", "同一人不得兼任两方。"),
                ("Another person acts.", "请由他人办理。"),
            ),
            Code.NO_AUTHORITY: (
                ("The person's authority ends below this.", "该人员权限不足。"),
                ("Ask somebody whose authority reaches it.", "请由有权限的人员办理。"),
            ),
            Code.REASON_NEEDED: (
                ("A decision against the review gives no reason.", "与审查结果不同的决定未注明理由。"),
                ("Give one of the policy's reasons.", "请注明政策规定的理由。"),
            ),
            Code.OTHER_POLICY: (
                ("The rules have changed since.", "规则已变更。"),
                ("Review it again.", "请重新审查。"),
            ),
            Code.OTHER_CASE: (
                ("It isn't of the case that was reviewed.", "不属于所审查的案件。"),
                ("Review the case as it is now.", "请按现状重新审查。"),
            ),
            Code.OTHER_PLAN: (
                ("It isn't what was approved.", "与所批准的不一致。"),
                ("Ask for an opinion and a decision on it.", "请就其重新审查和审批。"),
            ),
            Code.OTHER_AGREEMENT: (
                ("It isn't of this agreement.", "与本协议不符。"),
                ("Find out what was changed.", "请查明改动。"),
            ),
        },
    ),
    (
        ("What is wrong with files that are read again", "重新读取的文件有误"),
        {
            Code.CHANGED: (
                ("The file has other bytes than were written.", "文件内容与写入时不同。"),
                ("Take it from a copy, or make it again.", "请从副本恢复或重新生成。"),
            ),
            Code.FOREIGN: (
                (
                    "The file is none of those that were written, or a link.",
                    "该文件不是写入的文件，或是链接。",
                ),
                ("Remove it from the folder.", "请将其移出该文件夹。"),
            ),
            Code.ROWS: (
                ("The file has other rows than were written.", "文件行数与写入时不同。"),
                ("Take it from a copy, or make it again.", "请从副本恢复或重新生成。"),
            ),
            Code.SUMS: (
                ("Its amounts add up to something else.", "金额合计与写入时不同。"),
                ("Take it from a copy, or make it again.", "请从副本恢复或重新生成。"),
            ),
            Code.UNREADABLE: (
                ("The file can't be read.", "文件无法读取。"),
                ("Check the disk; take it from a copy.", "请检查磁盘，并从副本恢复。"),
            ),
            Code.UNFINISHED: (
                ("The run hasn't come to its end.", "任务尚未完成。"),
                ("Give the same command again: it goes on.", "请再次执行同一命令以继续。"),
            ),
            Code.DAMAGED: (
                ("The list of what was written isn't whole.", "写入清单不完整。"),
                ("Take the folder from a copy, or make it anew.", "请从副本恢复或重新生成。"),
            ),
            Code.DIFFERS: (
                ("From the same inputs something else comes out now.", "按相同输入重新计算，结果不同。"),
                ("Compare versions and inputs.", "请核对版本和输入。"),
            ),
        },
    ),
)
"""Every code once, by what it is about."""

REMEDIES: Mapping[Code, Remedy] = MappingProxyType(
    {code: Remedy(*texts) for _, entries in GROUPS for code, texts in entries.items()}
)
"""Cause and cure of every code."""

EXCEPTIONS: Mapping[str, Remedy] = MappingProxyType(
    {
        "RepayplanError": Remedy(
            ("The base of all others; it isn't raised itself.", "其他异常的基类，本身不抛出。"),
            ("Catch it to catch all of them; it is a ValueError.", "捕获它即可捕获全部；它是ValueError。"),
        ),
        "InputError": Remedy(
            (
                "An argument, a loan, a household or a plan isn't acceptable.",
                "参数、贷款、家庭或方案不可接受。",
            ),
            (
                "Read code, field, value and rule, and mend the field.",
                "请查看code、field、value和rule，并更正该字段。",
            ),
        ),
        "PolicyError": Remedy(
            ("TOML or JSON of rules says something that can't be meant.", "规则的TOML或JSON内容有误。"),
            ("Mend the key at source and line.", "请更正source和line所示的键。"),
        ),
        "TableError": Remedy(
            ("A file can't be read as the table it should be.", "文件无法按表格读取。"),
            (
                "Mend the file that is named: its header, its quotes, its encoding.",
                "请更正所示文件的表头、引号或编码。",
            ),
        ),
        "FrameError": Remedy(
            ("A data frame's columns can't be read as fields.", "数据框的列无法读作字段。"),
            ("Rename, convert or leave out the column that is named.", "请重命名、转换或去掉所示的列。"),
        ),
        "ArchiveError": Remedy(
            ("A case's archive can't be written or read.", "案件存档无法写入或读取。"),
            ("Mend the file or folder that is named.", "请更正所示的文件或文件夹。"),
        ),
        "FolderError": Remedy(
            ("A folder can't be written to, or holds something else.", "文件夹不可写，或含有其他内容。"),
            ("Name a new folder, or empty this one.", "请指定新文件夹，或清空该文件夹。"),
        ),
    }
)
"""Cause and cure of every exception class, by its name."""
