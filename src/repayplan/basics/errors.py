"""The closed list of codes, the exceptions that carry them, and their text in English and Chinese."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import field as its
from enum import StrEnum
from typing import Any, Literal, get_args

from repayplan.basics.sizes import MAX_RULE, MAX_SHOWN

Language = Literal["en", "zh"]
_BOUNDS = re.compile(r"(?<=[0-9]) to (?=-?[0-9])")


class Code(StrEnum):
    """Every reason for which a row is refused, or a decision is what it is.

    Examples
    --------
    >>> Code.OUT_OF_RANGE.text("en", field="annual_rate", value="1.5", limit="0 to 1")
    'annual_rate is out of range (1.5); it must be 0 to 1'
    """

    # What is wrong with an input.
    MISSING = "missing"
    NOT_A_NUMBER = "not_a_number"
    NOT_FINITE = "not_finite"
    BOOLEAN = "boolean"
    NOT_WHOLE_UNITS = "not_whole_units"
    NEGATIVE = "negative"
    OUT_OF_RANGE = "out_of_range"
    NOT_A_DATE = "not_a_date"
    UNKNOWN_VALUE = "unknown_value"
    GROSS_WITHOUT_RULE = "gross_without_rule"
    NOTHING_OWED = "nothing_owed"
    BEYOND_DOMAIN = "beyond_domain"
    OTHER_CURRENCY = "other_currency"
    BEYOND_CALENDAR = "beyond_calendar"
    DATES_OUT_OF_ORDER = "dates_out_of_order"
    DUPLICATE = "duplicate"
    WRONG_CELLS = "wrong_cells"
    NO_HOUSEHOLD = "no_household"
    DEBTS_DIFFER = "debts_differ"
    # What is wrong with a plan for this loan.
    NEVER_PAID_OFF = "never_paid_off"
    NEGATIVE_AMORTISATION = "negative_amortisation"
    INSTALMENT_BELOW_ZERO = "instalment_below_zero"
    BALLOON = "balloon"
    # What is wrong with flows of money.
    NO_RATE = "no_rate"
    SEVERAL_RATES = "several_rates"
    # Why a decision is what it is.
    NOT_ELIGIBLE = "not_eligible"
    BELOW_ALLOWANCE = "below_allowance"
    NO_CAPACITY = "no_capacity"
    ABOVE_TARGET = "above_target"
    OVER_CAPACITY = "over_capacity"
    OVER_TARGET = "over_target"
    NO_PLAN = "no_plan"
    TOO_LITTLE_REPAID = "too_little_repaid"
    NO_PRINCIPAL = "no_principal"
    LARGE_BALLOON = "large_balloon"
    ABOVE_GUIDELINE = "above_guideline"
    LIMIT_EXHAUSTED = "limit_exhausted"
    LIMIT_SHARE = "limit_share"
    LIMIT_EXTENSION_MONTHS = "limit_extension_months"
    LIMIT_TOTAL_MONTHS = "limit_total_months"
    LIMIT_NEW_PLAN_MONTHS = "limit_new_plan_months"
    LIMIT_ORIGINAL_TERM = "limit_original_term"
    LIMIT_REGULATOR = "limit_regulator"
    LIMIT_LAST_DATE = "limit_last_date"
    LIMIT_AGE = "limit_age"
    LIMIT_DOMAIN = "limit_domain"
    GATE_PAYMENTS = "gate_payments"
    GATE_SPACING = "gate_spacing"
    GATE_WINDOW = "gate_window"
    GATE_COUNT = "gate_count"
    CONSENT_MISSING = "consent_missing"
    # What became of a step of a waterfall.
    CONCESSION_ENOUGH = "concession_enough"
    CONCESSION_EXHAUSTED = "concession_exhausted"
    CONCESSION_HELD_BACK = "concession_held_back"
    CONCESSION_BESIDE = "concession_beside"
    CONCESSION_SET_BACK = "concession_set_back"
    CONCESSION_NOT_NEEDED = "concession_not_needed"
    CONCESSION_NO_PERIOD = "concession_no_period"
    CONCESSION_BY_BALANCE = "concession_by_balance"
    CONCESSION_BY_VALUE = "concession_by_value"
    # What is said of an acceptance.
    OFFER_ACCEPTED = "offer_accepted"
    OFFER_TOO_LATE = "offer_too_late"
    OFFER_LAPSED = "offer_lapsed"
    # What has to come in before a concession takes effect, and whether it did.
    DEAL_DOWN_PAYMENT = "deal_down_payment"
    DEAL_TRIAL_PAYMENT = "deal_trial_payment"
    DEAL_MET = "deal_met"
    DEAL_OPEN = "deal_open"
    DEAL_BROKEN = "deal_broken"
    CONCESSION_CHOSEN = "concession_chosen"
    CONCESSION_NOT_TAKEN = "concession_not_taken"
    # What is said of an account that is followed.
    PAYMENT_DUE = "payment_due"
    PAYMENT_OVERDUE = "payment_overdue"
    PAID_IN_PART = "paid_in_part"
    PAID_LATER = "paid_later"
    BROKEN_BY_MISSED = "broken_by_missed"
    BROKEN_BY_DAYS = "broken_by_days"
    INCOME_FELL = "income_fell"
    REVIEW_DUE = "review_due"
    SHORT_OF_PAYOFF = "short_of_payoff"
    # Why an account is halted, until when, and what of it is.
    HALTED = "halted"
    HALTED_DEATH = "halted_death"
    HALTED_INSOLVENCY = "halted_insolvency"
    HALTED_COURT = "halted_court"
    HALTED_DISPUTE = "halted_dispute"
    HALTED_MORATORIUM = "halted_moratorium"
    HALTED_UNTIL = "halted_until"
    HALTED_INTEREST = "halted_interest"
    # Why nothing is done about what is past due, or not yet.
    COLLECT_NOTHING_LATE = "collect_nothing_late"
    COLLECT_NO_STEP = "collect_no_step"
    COLLECT_TURN = "collect_turn"
    COLLECT_FROZEN = "collect_frozen"
    COLLECT_STOPPED = "collect_stopped"
    COLLECT_OFTEN = "collect_often"
    COLLECT_SPOKEN = "collect_spoken"
    COLLECT_QUIET = "collect_quiet"
    # Why an exposure stands where it does, and what its cure or probation waits for.
    STAGE_SIGNED_LATE = "stage_signed_late"
    STAGE_JUDGED = "stage_judged"
    STAGE_DEFAULT = "stage_default"
    STAGE_RELAPSED = "stage_relapsed"
    STAGE_FORBORNE_AGAIN = "stage_forborne_again"
    STAGE_FORBORNE = "stage_forborne"
    STAGE_MATERIAL_DAYS = "stage_material_days"
    STAGE_DAYS = "stage_days"
    STAGE_RETURN = "stage_return"
    STAGE_CURE_ENDS = "stage_cure_ends"
    STAGE_PROBATION_ENDS = "stage_probation_ends"
    STAGE_PAST_DUE = "stage_past_due"
    STAGE_REPAID = "stage_repaid"
    STAGE_MONTHS_PAID = "stage_months_paid"
    # What is said of a case of a programme.
    CASE_OUTSIDE_WINDOW = "case_outside_window"
    CASE_DUPLICATE = "case_duplicate"
    CASE_OFFER_EXPIRED = "case_offer_expired"
    CASE_LATE = "case_late"
    CASE_LATE_WORKING_DAYS = "case_late_working_days"
    CASE_ITEM_MISSING = "case_item_missing"
    CASE_STEP_MISSING = "case_step_missing"
    CASE_REVIEW_MISSED = "case_review_missed"
    # Why a borrower's wishes can't be met.
    WISH_NOT_ALLOWED = "wish_not_allowed"
    WISH_NOT_AFFORDABLE = "wish_not_affordable"
    WISHES_TOGETHER = "wishes_together"
    # What is lacking for a decision on an application.
    EVIDENCE_MISSING = "evidence_missing"
    EVIDENCE_OUTDATED = "evidence_outdated"
    # Why a step on an application is refused.
    OUT_OF_TURN = "out_of_turn"
    SAME_PERSON = "same_person"
    NO_AUTHORITY = "no_authority"
    REASON_NEEDED = "reason_needed"
    OTHER_POLICY = "other_policy"
    OTHER_CASE = "other_case"
    OTHER_PLAN = "other_plan"
    OTHER_AGREEMENT = "other_agreement"
    # What is wrong with files that are read again.
    CHANGED = "changed"
    FOREIGN = "foreign"
    ROWS = "rows"
    SUMS = "sums"
    UNREADABLE = "unreadable"
    UNFINISHED = "unfinished"
    DAMAGED = "damaged"
    DIFFERS = "differs"

    def text(
        self, language: Language = "en", *, field: str = "", value: object = None, limit: object = None
    ) -> str:
        """The sentence for a person, with the figures put in.

        Parameters
        ----------
        language
            ``"en"`` or ``"zh"``.
        field, value
            What the code is about; shown where the sentence has a place for it.
        limit
            What the value was held against: bounds (``"0 to 1"``, ``"> 2026-01-31"``), the values that are
            allowed, a figure. Where the sentence has no place for it, it says the rule at the end.
        """
        place = which(language)
        said = TEXT[self][place]
        if "{limit}" not in said and limit not in (None, ""):
            said += RULE.get(self, _RULE)[place]
        if language == "zh" and isinstance(limit, str):
            limit = _BOUNDS.sub("至", limit)
        return said.format(field=field, value=value, limit=limit)


def which(language: Language) -> int:
    """Place of a language in pairs of texts.

    Raises
    ------
    InputError
        A language that there are no texts in.
    """
    languages = get_args(Language)
    if language not in languages:
        raise InputError(Code.UNKNOWN_VALUE, "language", language, f"one of {', '.join(languages)}")
    return languages.index(language)


TEXT: dict[Code, tuple[str, str]] = {
    Code.MISSING: ("{field} is missing", "缺少{field}"),
    Code.NOT_A_NUMBER: ("{field} is not a number ({value})", "{field}不是数字（{value}）"),
    Code.NOT_FINITE: ("{field} is not a finite number ({value})", "{field}不是有限的数（{value}）"),
    Code.BOOLEAN: (
        "{field} is true/false where a number is needed ({value})",
        "{field}应为数字，却是真/假值（{value}）",
    ),
    Code.NOT_WHOLE_UNITS: (
        "{field} is not a whole number of the smallest units allowed ({value})",
        "{field}不是最小单位的整数倍（{value}）",
    ),
    Code.NEGATIVE: ("{field} is negative ({value})", "{field}为负数（{value}）"),
    Code.OUT_OF_RANGE: ("{field} is out of range ({value})", "{field}超出允许范围（{value}）"),
    Code.NOT_A_DATE: ("{field} is not a date ({value})", "{field}不是日期（{value}）"),
    Code.UNKNOWN_VALUE: (
        "{field} is not one of the known values ({value})",
        "{field}不是已知取值（{value}）",
    ),
    Code.GROSS_WITHOUT_RULE: (
        "only gross income is given, and the policy states no rule from gross to net",
        "只提供了税前收入，而政策没有规定税前到税后的折算办法",
    ),
    Code.NOTHING_OWED: ("nothing is owed", "没有欠款"),
    Code.BEYOND_DOMAIN: (
        "the amounts could grow beyond what can be computed exactly ({value})",
        "金额可能超出可精确计算的范围（{value}）",
    ),
    Code.OTHER_CURRENCY: (
        "the loan's currency ({value}) is not the policy's",
        "贷款币种（{value}）与政策币种不符",
    ),
    Code.BEYOND_CALENDAR: (
        "a due date lies where the calendar of business days, or the list of due dates, has ended",
        "有到期日超出工作日历或所给到期日清单的范围",
    ),
    Code.DATES_OUT_OF_ORDER: ("{field} is out of order ({value})", "{field}的日期先后有误（{value}）"),
    Code.DUPLICATE: ("{field} is there more than once ({value})", "{field}重复出现（{value}）"),
    Code.WRONG_CELLS: (
        "the row has {value} cells, the header another number",
        "该行有{value}个单元格，与表头列数不符",
    ),
    Code.NO_HOUSEHOLD: ("no household has this {field} ({value})", "没有{field}为{value}的家庭记录"),
    Code.DEBTS_DIFFER: (
        "the debts to be merged differ in {field} ({value})",
        "拟合并的各笔债务{field}不一致（{value}）",
    ),
    Code.NEVER_PAID_OFF: (
        "the payment never pays the loan off ({value})",
        "按此还款额永远无法还清（{value}）",
    ),
    Code.NEGATIVE_AMORTISATION: (
        "the instalment does not cover the interest of a period ({value})",
        "还款额不足以支付当期利息（{value}）",
    ),
    Code.INSTALMENT_BELOW_ZERO: (
        "the steps bring a planned payment below 0 ({value})",
        "按每期增减的金额，计划的还款额低于0（{value}）",
    ),
    Code.BALLOON: (
        "the given instalment leaves a last payment of more than twice itself ({value})",
        "按给定的还款额，最后一期将超过其两倍（{value}）",
    ),
    Code.NO_RATE: (
        "no {field} fits these payments",
        "没有与这些还款相符的利率",
    ),
    Code.SEVERAL_RATES: (
        "at more than one {field} the flows are worth nothing, so that none of them is theirs",
        "使现金流净现值为零的利率不止一个，因此无法确定",
    ),
    Code.NOT_ELIGIBLE: (
        "the programme is not open to this loan: {field} is {value}",
        "本贷款不符合办理条件：{field}为{value}",
    ),
    Code.BELOW_ALLOWANCE: (
        "the household is {value} a month short of its minimum living allowance before paying anything",
        "家庭收入在还款之前已低于最低生活保障，每月差额{value}",
    ),
    Code.NO_CAPACITY: (
        "nothing is left to pay with after living costs and other debts ({value} a month)",
        "扣除生活费用和其他债务后没有可用于还款的余额（每月{value}）",
    ),
    Code.ABOVE_TARGET: (
        "costs leave nothing of the share of income that may be paid: they are {value} a month above it",
        "应计支出已用尽收入中可用于还款的部分（每月超出{value}）",
    ),
    Code.OVER_CAPACITY: (
        "the lowest instalment allowed is {value}, the household can pay {limit}",
        "允许范围内最低的每期还款额为{value}，家庭可承受{limit}",
    ),
    Code.OVER_TARGET: (
        "the lowest instalment allowed is {value}, the policy lets no more than {limit} be paid",
        "允许范围内最低的每期还款额为{value}，按政策规定每期最多还款{limit}",
    ),
    Code.NO_PLAN: (
        "no plan of at most {limit} instalments by the policy's methods, rounding and minimums repays it",
        "按政策规定的还款方式、取整规则和最低还款要求，{limit}期以内没有能够还清的方案",
    ),
    Code.TOO_LITTLE_REPAID: (
        "an affordable plan repays {value} % of the principal in {field} months, at least {limit} % is asked",
        "可承受的方案在{field}个月内仅偿还本金的{value}%，最低要求为{limit}%",
    ),
    Code.NO_PRINCIPAL: (
        "an affordable plan repays no principal for {value} months in succession, {limit} are allowed",
        "可承受的方案连续{value}个月不还本金，最多允许{limit}个月",
    ),
    Code.LARGE_BALLOON: (
        "an affordable plan leaves {value} % of the principal until its last due date, {limit} % is allowed",
        "可承受的方案将本金的{value}%留至最后一期，上限为{limit}%",
    ),
    Code.ABOVE_GUIDELINE: (
        "{value} a month is spent on {field}, the guideline is {limit}",
        "{field}每月支出{value}，参考标准为{limit}",
    ),
    Code.LIMIT_EXHAUSTED: (
        "the extension limit is used up: at most {limit} instalments, at least {value} needed",
        "展期额度已用完：最多{limit}期，至少需要{value}期",
    ),
    Code.LIMIT_SHARE: (
        "the share of the original term limits the plan to {limit} instalments",
        "原期限比例限制：最多{limit}期",
    ),
    Code.LIMIT_EXTENSION_MONTHS: (
        "the cap on months of extension limits the plan to {limit} instalments",
        "展期月数上限：最多{limit}期",
    ),
    Code.LIMIT_TOTAL_MONTHS: (
        "the cap on the total term in months limits the plan to {limit} instalments",
        "总期限月数上限：最多{limit}期",
    ),
    Code.LIMIT_NEW_PLAN_MONTHS: (
        "the cap on the new plan's months limits it to {limit} instalments",
        "新计划月数上限：最多{limit}期",
    ),
    Code.LIMIT_ORIGINAL_TERM: (
        "the extension allowed for the original term limits the plan to {limit} instalments",
        "按原期限分档的展期上限：最多{limit}期",
    ),
    Code.LIMIT_REGULATOR: (
        "the regulator's cap limits the plan to {limit} instalments",
        "监管规定的期限上限：最多{limit}期",
    ),
    Code.LIMIT_LAST_DATE: (
        "the last date allowed limits the plan to {limit} instalments",
        "最后还款日限制：最多{limit}期",
    ),
    Code.LIMIT_AGE: (
        "the borrower's age at maturity limits the plan to {limit} instalments",
        "到期时年龄限制：最多{limit}期",
    ),
    Code.LIMIT_DOMAIN: (
        "a plan has at most {limit} instalments",
        "一个计划最多{limit}期",
    ),
    Code.GATE_PAYMENTS: (
        "{value} consecutive payments were made, at least {limit} are needed before a restructure",
        "已连续还款{value}期，重组前至少需要{limit}期",
    ),
    Code.GATE_SPACING: (
        "the last restructure was {value} months ago, at least {limit} must lie between two",
        "距上次重组{value}个月，两次重组至少间隔{limit}个月",
    ),
    Code.GATE_WINDOW: (
        "this would be restructure {value} within the policy's period, at most {limit} are allowed",
        "在政策规定的期间内，本次将为第{value}次重组，最多允许{limit}次",
    ),
    Code.GATE_COUNT: (
        "this would be restructure {value} of the loan, at most {limit} are allowed",
        "本次将为该贷款第{value}次重组，最多允许{limit}次",
    ),
    Code.CONSENT_MISSING: (
        "a written consent is missing: {field}",
        "缺少书面同意：{field}",
    ),
    Code.CONCESSION_ENOUGH: (
        "{field} from {limit} to {value}: with that, every payment is affordable",
        "{field}由{limit}调整为{value}：此后每期还款均可承受",
    ),
    Code.CONCESSION_EXHAUSTED: (
        "{field} from {limit} to {value}, the most that is allowed: not enough, so that the next step begins",
        "{field}由{limit}调整为{value}，已达上限，仍不足，进入下一步",
    ),
    Code.CONCESSION_HELD_BACK: (
        "{field} from {limit} to {value}, less than is allowed: more would not serve beside a later step",
        "{field}由{limit}调整为{value}，未用至上限：配合后续措施，再多反而无益",
    ),
    Code.CONCESSION_BESIDE: (
        "{field} from {limit} to {value}, so that a later step is enough",
        "{field}由{limit}调整为{value}，以配合后续措施",
    ),
    Code.CONCESSION_SET_BACK: (
        "{field} back to {limit}: to put payments off is not enough, and doesn't help a later step",
        "{field}恢复为{limit}：延后还款仍不足，对后续措施亦无帮助",
    ),
    Code.CONCESSION_NO_PERIOD: (
        "{field} stays {value}: the months allowed ({limit}) hold no whole period of the loan",
        "{field}仍为{value}：所允许的月数（{limit}个月）不足一个完整还款周期",
    ),
    Code.CONCESSION_BY_BALANCE: (
        "no more than {value} may be put aside: {limit} % of the balance",
        "挂账最多{value}：余额的{limit}%",
    ),
    Code.CONCESSION_BY_VALUE: (
        "no more than {value} may be put aside: what brings the balance to {limit} % of the property's value",
        "挂账最多{value}：使计息余额降至抵押物价值的{limit}%",
    ),
    Code.CONCESSION_NOT_NEEDED: ("{field} stays {limit}: not needed", "{field}仍为{limit}：无需调整"),
    Code.OFFER_ACCEPTED: (
        "accepted on {value}, in time (until {limit})",
        "于{value}接受，在接受期限（{limit}）内",
    ),
    Code.OFFER_TOO_LATE: (
        "accepted on {value}, after the last day to accept ({limit})",
        "于{value}接受，已超过最后接受日（{limit}）",
    ),
    Code.OFFER_LAPSED: (
        "accepted on {value}, but the offer lapsed on {limit}",
        "于{value}接受，方案已于{limit}失效",
    ),
    Code.DEAL_DOWN_PAYMENT: (
        "down payment: {value}, in by {limit}",
        "首付款：{value}，最迟于{limit}到账",
    ),
    Code.DEAL_TRIAL_PAYMENT: (
        "trial payment {field}: {value}, in by {limit}",
        "第{field}期试还款：{value}，最迟于{limit}到账",
    ),
    Code.DEAL_MET: ("met: {value} of {limit} came in, in time", "已满足：应还{limit}，已按时到账{value}"),
    Code.DEAL_OPEN: (
        "open: {value} of {limit} has come in so far, and there is still time",
        "待履行：应还{limit}，已到账{value}，尚在期限内",
    ),
    Code.DEAL_BROKEN: (
        "broken: {value} of {limit} came in, in time",
        "未满足：应还{limit}，按时到账{value}",
    ),
    Code.PAYMENT_DUE: ("{value} falls due on {limit}", "{value}将于{limit}到期"),
    Code.PAYMENT_OVERDUE: ("{value} has been overdue since {limit}", "{value}自{limit}起逾期未还"),
    Code.PAID_IN_PART: (
        "paid in part: {value} is missing of what fell due on {limit} or since",
        "部分还款：{limit}及其后到期的款项尚缺{value}",
    ),
    Code.PAID_LATER: (
        "the last three instalments were paid {value} days later in all than the three before",
        "最近三期合计比此前三期多迟延{value}天",
    ),
    Code.BROKEN_BY_MISSED: (
        "{value} instalments weren't paid in time: the plan is broken since {limit}",
        "{value}期未按时归还，计划自{limit}起视为违约",
    ),
    Code.BROKEN_BY_DAYS: (
        "an instalment was {value} days past due: the plan is broken since {limit}",
        "逾期达{value}天，计划自{limit}起视为违约",
    ),
    Code.INCOME_FELL: (
        "net income fell from {limit} to {value} a month between the last two reviews",
        "最近两次复核之间，月净收入由{limit}降至{value}",
    ),
    Code.REVIEW_DUE: ("the account is looked at on {value}", "将于{value}复核账户"),
    Code.SHORT_OF_PAYOFF: (
        "early repayment {field} of {value} is {limit} less than the payoff of its day: an ordinary payment",
        "提前结清款{field}（{value}）比当日应付的结清金额少{limit}，按普通还款处理",
    ),
    Code.HALTED: ("halted since {value}", "自{value}起中止"),
    Code.HALTED_DEATH: ("halted since {value}: the borrower has died", "自{value}起中止：借款人死亡"),
    Code.HALTED_INSOLVENCY: (
        "halted since {value}: insolvency proceedings",
        "自{value}起中止：借款人进入破产程序",
    ),
    Code.HALTED_COURT: ("halted since {value}: ordered by a court", "自{value}起中止：法院裁定"),
    Code.HALTED_DISPUTE: ("halted since {value}: the debt is in dispute", "自{value}起中止：债务存在争议"),
    Code.HALTED_MORATORIUM: (
        "halted since {value}: a law lets payments rest",
        "自{value}起中止：依法延期还款",
    ),
    Code.HALTED_UNTIL: ("until {value}", "至{value}止"),
    Code.HALTED_INTEREST: ("the contract's interest is stopped", "合同利息停止计算"),
    Code.COLLECT_NOTHING_LATE: (
        "nothing is asked for: nothing is past due",
        "没有逾期款项，不催收",
    ),
    Code.COLLECT_NO_STEP: ("every step was taken", "各催收步骤均已完成"),
    Code.COLLECT_TURN: ("its turn comes on {value}", "该步骤自{value}起进行"),
    Code.COLLECT_FROZEN: ("a freeze holds: not before {value}", "处于冻结期，{value}前不得催收"),
    Code.COLLECT_STOPPED: ("a freeze holds, without an end", "处于冻结期，且未定结束日期，不得催收"),
    Code.COLLECT_OFTEN: (
        "contacted as often as is allowed: not before {value}",
        "联系次数已达上限，{value}前不得联系",
    ),
    Code.COLLECT_SPOKEN: ("spoken to: not before {value}", "已与借款人通话，{value}前不得联系"),
    Code.COLLECT_QUIET: (
        "nobody is contacted on these days or at this hour: not before {value}",
        "当日或此时段不得联系，{value}前不得联系",
    ),
    Code.STAGE_SIGNED_LATE: (
        "non-performing since {value}: more than {limit} days past due when the plan was signed",
        "自{value}起为不良：签订计划时逾期已超过{limit}天",
    ),
    Code.STAGE_JUDGED: (
        "non-performing since {value}: judged unlikely to be paid in full",
        "自{value}起为不良：经判断可能无法足额偿还",
    ),
    Code.STAGE_DEFAULT: (
        "non-performing since {value}: more than {limit} days past due with a material amount",
        "自{value}起为不良：重大金额逾期超过{limit}天",
    ),
    Code.STAGE_RELAPSED: (
        "non-performing again since {value}: more than {limit} days past due on probation",
        "自{value}起再次为不良：观察期内逾期超过{limit}天",
    ),
    Code.STAGE_FORBORNE_AGAIN: (
        "non-performing again since {value}: a new plan on probation",
        "自{value}起再次为不良：观察期内再次重组",
    ),
    Code.STAGE_FORBORNE: ("forborne on {value}", "于{value}重组"),
    Code.STAGE_MATERIAL_DAYS: (
        "a material amount has been past due for {value} days, more than {limit}",
        "重大金额已逾期{value}天，超过{limit}天",
    ),
    Code.STAGE_DAYS: ("{value} days past due, more than {limit}", "逾期{value}天，超过{limit}天"),
    Code.STAGE_RETURN: (
        "performs again on {value} at the earliest: {limit} days have been served",
        "最早于{value}恢复正常，已满{limit}天",
    ),
    Code.STAGE_CURE_ENDS: (
        "the cure period ends on {value} at the earliest: {limit} days have been served",
        "治愈期最早于{value}结束，已满{limit}天",
    ),
    Code.STAGE_PROBATION_ENDS: (
        "probation ends on {value} at the earliest: {limit} days have been served",
        "观察期最早于{value}结束，已满{limit}天",
    ),
    Code.STAGE_PAST_DUE: ("{value} is past due: that ends no cure", "尚有{value}逾期未还，治愈期不能结束"),
    Code.STAGE_REPAID: (
        "{value} of the {limit} that a cure asks for was repaid in its time",
        "治愈期应偿还{limit}，已偿还{value}",
    ),
    Code.STAGE_MONTHS_PAID: (
        "payments were made in {value} of the {limit} stretches of months that probation asks for",
        "观察期要求{limit}个还款时段有还款，已有{value}个",
    ),
    Code.CONCESSION_CHOSEN: (
        "{field} from {limit} to {value}: part of the plan that was chosen",
        "{field}由{limit}调整为{value}：所选方案的一部分",
    ),
    Code.CONCESSION_NOT_TAKEN: (
        "{field} stays {limit}: not part of the plan that was chosen",
        "{field}仍为{limit}：所选方案未采用",
    ),
    Code.CASE_OUTSIDE_WINDOW: (
        "received on {value}, outside the time in which applications are taken ({limit})",
        "申请于{value}收到，不在受理期内（{limit}）",
    ),
    Code.CASE_DUPLICATE: (
        "the same applicant has applied for the same contract before: case {value}",
        "同一申请人已就同一合同提出申请：案件{value}",
    ),
    Code.CASE_OFFER_EXPIRED: (
        "the offer was not accepted in time and expired on {value}",
        "方案未在期限内接受，已于{value}失效",
    ),
    Code.CASE_LATE: (
        "the stage ({field}) was to end by {limit}; days too late: {value}",
        "该环节（{field}）应于{limit}前办结，已超期{value}天",
    ),
    Code.CASE_LATE_WORKING_DAYS: (
        "the stage ({field}) was to end by {limit}; working days too late: {value}",
        "该环节（{field}）应于{limit}前办结，已超期{value}个工作日",
    ),
    Code.CASE_ITEM_MISSING: ("still lacking: {field}", "尚缺：{field}"),
    Code.CASE_STEP_MISSING: ("a step that is wanted was not taken: {field}", "尚未完成的步骤：{field}"),
    Code.CASE_REVIEW_MISSED: (
        "no review was held in the month from {value} on",
        "自{value}起的一个月内未进行回访",
    ),
    Code.WISH_NOT_ALLOWED: (
        "{field} ({value}): no plan that the policy allows has it; the nearest is {limit}",
        "{field}（{value}）：政策允许的方案均无法满足，最接近的为{limit}",
    ),
    Code.WISH_NOT_AFFORDABLE: (
        "{field} ({value}): no affordable plan has it; the nearest is {limit}",
        "{field}（{value}）：可承受的方案均无法满足，最接近的为{limit}",
    ),
    Code.WISHES_TOGETHER: (
        "no affordable plan has all of these: {field} ({value})",
        "没有可承受的方案能同时满足：{field}（{value}）",
    ),
    Code.EVIDENCE_MISSING: ("evidence is missing: {field}", "缺少证明材料：{field}"),
    Code.EVIDENCE_OUTDATED: (
        "evidence is outdated: {field} of {value}; it must be dated {limit} or later",
        "证明材料已过期：{field}的日期为{value}，应不早于{limit}",
    ),
    Code.OUT_OF_TURN: ("{value} isn't the next step of this record", "当前不能进行此步骤（{value}）"),
    Code.SAME_PERSON: (
        "who gave the opinion can't decide on it ({value})",
        "出具审核意见的人员不能作出审批决定（{value}）",
    ),
    Code.NO_AUTHORITY: ("{value} has no authority for this {field}", "{value}对此{field}没有权限"),
    Code.REASON_NEEDED: (
        "the review came to {value}: this decision needs a reason of the policy",
        "审查结果为{value}，作出此决定须注明政策规定的理由",
    ),
    Code.OTHER_POLICY: (
        "the review was made by other rules ({value})",
        "审查所依据的规则与现行政策不同（{value}）",
    ),
    Code.OTHER_CASE: (
        "{field} isn't of the case that was reviewed ({value})",
        "{field}不属于所审查的案件（{value}）",
    ),
    Code.OTHER_PLAN: (
        "{field} isn't what was approved ({value})",
        "{field}与所批准的不一致（{value}）",
    ),
    Code.OTHER_AGREEMENT: (
        "{field} isn't that of this agreement ({value})",
        "{field}与本协议不符（{value}）",
    ),
    Code.CHANGED: (
        "{field} has changed: it is {value}; written was {limit}",
        "{field}已被改动：现为{value}；写入时为{limit}",
    ),
    Code.FOREIGN: ("{field} doesn't belong here", "{field}不属于此目录"),
    Code.ROWS: ("{field} has {value} rows; written were {limit}", "{field}有{value}行；写入时为{limit}行"),
    Code.SUMS: ("{field} adds up to {value}; written were {limit}", "{field}合计为{value}；写入时为{limit}"),
    Code.UNREADABLE: ("{field} can't be read: {value}", "{field}无法读取：{value}"),
    Code.UNFINISHED: (
        "{field}: the run has not come to its end; parts done: {value}",
        "{field}：任务尚未完成；已完成分段数：{value}",
    ),
    Code.DAMAGED: (
        "{field} is damaged: nothing in it can be relied on ({value})",
        "{field}已损坏，其内容均不可信（{value}）",
    ),
    Code.DIFFERS: (
        "{field}: archived is {limit}; worked out again from the inputs it is {value}",
        "{field}：存档为{limit}；按输入重新计算为{value}",
    ),
}


_RULE = ("; it must be {limit}", "；应为{limit}")
RULE: dict[Code, tuple[str, str]] = {
    Code.NOT_WHOLE_UNITS: ("; the smallest unit is {limit}", "；最小单位为{limit}"),
    Code.UNKNOWN_VALUE: ("; known: {limit}", "；已知取值：{limit}"),
    Code.NO_RATE: ("; looked for from {limit}", "；查找范围：{limit}"),
    Code.BEYOND_DOMAIN: ("; the most is {limit}", "；上限为{limit}"),
    Code.OTHER_CURRENCY: ("; that is {limit}", "；政策币种为{limit}"),
    Code.BEYOND_CALENDAR: (" ({value}); covered: {limit}", "（{value}）；所涵盖的是{limit}"),
    Code.WRONG_CELLS: (": {limit}", "：{limit}"),
    Code.NEVER_PAID_OFF: ("; the most is {limit} periods", "；最多{limit}期"),
    Code.NEGATIVE_AMORTISATION: ("; the interest is {limit}", "；利息为{limit}"),
    Code.NOT_ELIGIBLE: ("; it is to: {limit}", "；适用于：{limit}"),
    # Of what is missing, the sentence says all: a limit of 0 is no rule that anybody could keep to.
    Code.BELOW_ALLOWANCE: ("", ""),
    Code.ABOVE_TARGET: ("", ""),
    Code.NO_CAPACITY: ("; more than {limit} is needed", "；须高于{limit}"),
    Code.OUT_OF_TURN: ("; it is: {limit}", "；下一步应为{limit}"),
    Code.NO_AUTHORITY: ("; it goes up to {limit}", "；权限上限为{limit}"),
    Code.REASON_NEEDED: ("; one of {limit}", "；可选：{limit}"),
    Code.OTHER_POLICY: ("; those in force are {limit}", "；现行规则为{limit}"),
    Code.OTHER_PLAN: ("; approved: {limit}", "；所批准的为{limit}"),
    Code.OTHER_CASE: ("; the reviewed one has {limit}", "；所审查的为{limit}"),
    Code.OTHER_AGREEMENT: ("; this one has {limit}", "；本协议为{limit}"),
    Code.BALLOON: ("; twice the instalment is {limit}", "；还款额的两倍为{limit}"),
}
"""How a sentence goes on where the limit is known; ``it must be ...`` for codes that aren't here."""


_LONGEST = 80
"""Characters of a value of a policy that a message shows: beside it stand a file and a rule."""


def visible(text: str) -> str:
    r"""A text with what can't be seen written as escapes, so that it neither hides nor turns what follows.

    Examples
    --------
    >>> visible("1\u202e23\n")
    '1\\u202e23\\n'
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def shortened(value: object, most: int = MAX_SHOWN, write: Callable[[Any], str] = str) -> str:
    """A value as text of at most so many characters, however large it is.

    Examples
    --------
    >>> shortened("1234567890", 5), shortened(10**5000), shortened("ab", write=repr)
    ('1234…', 'a number of thousands of digits', "'ab'")
    """
    some: Any = value
    if isinstance(value, (str, bytes, list, tuple)) and len(value) > most:
        some = value[: most + 1]
    elif isinstance(value, (dict, set, frozenset)) and len(value) > most:
        some = f"{type(value).__name__} of {len(value)}"
    try:
        text = visible(write(some))
    except (ValueError, RecursionError):  # an int of more digits than Python writes, lists in lists
        return "a number of thousands of digits" if isinstance(value, int) else type(value).__name__
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _as_in_file(value: object) -> str:
    """A value about as its file has it: text in quotes."""
    plain = isinstance(value, str | list | tuple | bool)
    return json.dumps(value, ensure_ascii=False, default=str) if plain else str(value)


class RepayplanError(ValueError):
    """Base of every exception raised by repayplan."""


class InputError(RepayplanError):
    """One input is not acceptable.

    Attributes
    ----------
    code
        The machine-readable :class:`Code`.
    field, value
        Which field, and what was given for it.
    rule
        The rule that it breaks, in words.
    limit
        The bounds or values allowed, where they are data beside the words; see :meth:`Code.text`.

    Examples
    --------
    >>> raise InputError(Code.NEGATIVE, "fees", "-1")
    Traceback (most recent call last):
    repayplan.basics.errors.InputError: fees='-1': fees is negative (-1) [negative]
    """

    def __init__(
        self,
        code: Code,
        field: str,
        value: object = None,
        rule: str | None = None,
        *,
        limit: object = None,
    ) -> None:
        self.code = code
        self.field = field
        self.value = value
        self.limit = limit
        name = shortened(field)
        said = rule if rule is not None else code.text(field=name, value=shortened(value), limit=limit)
        # A rule may have lines, as one that points at a place in a text, and names that the text has.
        lines = said if said.isprintable() else "\n".join(map(visible, said.split("\n")))
        self.rule = lines if len(lines) <= MAX_RULE else f"{lines[: MAX_RULE - 1]}…"
        given = "" if value is None else f"={shortened(value, write=repr)}"
        super().__init__(f"{name}{given}: {self.rule} [{code}]")


class PolicyError(InputError):
    """A policy (or a part of one) says something that cannot be meant.

    Attributes
    ----------
    source, line
        The text that says it, a file mostly, and the line of the key, counted from 1; None where it was said
        in Python, or where no line can be named.

    Examples
    --------
    >>> raise PolicyError(Code.OUT_OF_RANGE, "limit.percent", "-5", "0 or more", source="a.toml", line=14)
    Traceback (most recent call last):
    repayplan.basics.errors.PolicyError: a.toml:14: limit.percent = "-5": 0 or more [out_of_range]
    """

    def __init__(
        self,
        code: Code,
        field: str,
        value: object = None,
        rule: str | None = None,
        *,
        limit: object = None,
        source: str | None = None,
        line: int | None = None,
    ) -> None:
        super().__init__(code, field, value, rule, limit=limit)
        self.source, self.line = source, line
        if source is not None:
            place = source if line is None else f"{source}:{line}"
            name, given = shortened(field), shortened(value, _LONGEST, _as_in_file)
            key = "" if field == source else f"{name}: " if value is None else f"{name} = {given}: "
            self.args = (f"{place}: {key}{self.rule} [{code}]",)


@dataclass(frozen=True, slots=True)
class Reason:
    """One machine-readable reason with the figures behind it.

    Parameters
    ----------
    code
        Why.
    field
        What it is about.
    value, limit
        The figure found, and the one it was held against (money as Decimal).
    names
        What names among these are called by people, in English and Chinese; no part of what makes two reasons
        equal.

    Examples
    --------
    >>> Reason(Code.LIMIT_EXTENSION_MONTHS, "instalments", value=40, limit=36).text()
    'the cap on months of extension limits the plan to 36 instalments'
    >>> called = {"guarantor": ("the guarantor's", "保证人")}
    >>> Reason(Code.CONSENT_MISSING, "guarantor", names=called).text("zh")
    '缺少书面同意：保证人'
    """

    code: Code
    field: str
    value: object = None
    limit: object = None
    names: Mapping[str, tuple[str, str]] = its(default_factory=dict, repr=False, compare=False)

    def text(self, language: Language = "en") -> str:
        """The sentence for a person."""
        called = (self._called(each, language) for each in (self.field, self.value, self.limit))
        name, value, limit = (visible(each) if isinstance(each, str) else each for each in called)
        return self.code.text(language, field=str(name), value=value, limit=limit)

    def _called(self, figure: object, language: Language) -> object:
        """A figure, or a list of names, with these as people call them."""
        if not self.names or not isinstance(figure, str):
            return figure
        place = which(language)
        each = [self.names[part][place] if part in self.names else part for part in figure.split(", ")]
        return (", ", "、")[place].join(each)
