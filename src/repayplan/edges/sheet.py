"""The offer sheet: what a borrower reads before signing, in English and Chinese from the same figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from itertools import pairwise
from typing import Literal

import numpy as np

from repayplan.ability.figures import day, decimal, whole
from repayplan.accounts.agreedplan import late_cost
from repayplan.accounts.agreementterms import MOST_DAYS_LATE
from repayplan.accounts.overduerule import OverdueRule
from repayplan.basics.calendars import WEEKENDS, Calendar
from repayplan.basics.columns import Screen
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import MAX_TOTAL, to_decimal
from repayplan.edges.dealparts import condition_section, paid_in_all
from repayplan.edges.documents import Document, Entry, Figure, Section, Table, Unit, Words
from repayplan.edges.latewords import late_entries, late_rules
from repayplan.edges.sheetparts import METHODS, earned_words, name_text, opening, worded
from repayplan.offers.behind import present_instalment
from repayplan.offers.conditional import Conditional
from repayplan.offers.deadlines import Deadline, deadlines
from repayplan.offers.earned import earned_waiver
from repayplan.offers.offer import Offer
from repayplan.offers.sides import other_loan
from repayplan.plans.loan import Loan
from repayplan.plans.single import Schedule

AnnualRate = Literal["effective", "apr_eu", "apr_us"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetTerms:
    """What a sheet says that the offer doesn't.

    Parameters
    ----------
    lender, programme
        Its name, and that of its programme if it is to be there, as they are to be read: text, or
        :class:`~repayplan.Words` where the two languages have different ones.
    issued, accept_by, expires
        The day of the offer; the last day on which it can be accepted; the day on which it lapses. None of
        the last two: as the offer's policy says.
    late, days_late
        What being late costs, as it will be agreed, and how late the payment of the worked figure is.
    credit_record
        What the plan does to the credit record.
    notes
        Further sentences: rights, whom to ask.
    annual_rate
        Which annual rate of all payments is shown of the contract and of the plan: ``"effective"`` (of 365
        days), ``"apr_eu"``, ``"apr_us"``, or none.

    Raises
    ------
    InputError
        Dates out of order or one of the last two alone, a rate that isn't known, no rule of what being late
        costs, days that aren't from 0 to 3,660, or what isn't text.

    Examples
    --------
    >>> from repayplan import OverdueLedger, OverdueRate
    >>> half = OverdueRate(multiplier="1.5")
    >>> rule = OverdueRule(
    ...     penalty=OverdueLedger(on=("principal",), rate=half),
    ...     compound=OverdueLedger(on=("interest", "compound"), rate=half, settled="daily"),
    ...     day_count="ACT/360",
    ...     first_day="due_date",
    ...     rounded="end",
    ...     mode="half_up",
    ... )
    >>> terms = SheetTerms(
    ...     lender="Example Bank",
    ...     issued="2026-01-05",
    ...     accept_by="2026-01-19",
    ...     expires="2026-01-20",
    ...     late=rule,
    ...     days_late=30,
    ...     credit_record=Words("Reported as restructured.", "将报送为重组贷款。"),
    ... )
    >>> terms.accept_by
    datetime.date(2026, 1, 19)
    """

    lender: str | Words
    programme: str | Words | None = None
    issued: date
    accept_by: date | None = None
    expires: date | None = None
    late: OverdueRule
    days_late: int
    credit_record: Words
    notes: tuple[Words, ...] = ()
    annual_rate: AnnualRate | None = "effective"

    def __post_init__(self) -> None:
        name_text("lender", self.lender)
        if self.programme is not None:
            name_text("programme", self.programme)
        names = ["issued"]
        if self.accept_by is not None or self.expires is not None:
            names += ["accept_by", "expires"]
        for name in names:
            object.__setattr__(self, name, day(name, getattr(self, name)))
        for earlier, later in pairwise(names):
            if getattr(self, later) < getattr(self, earlier):
                limit = f">= {getattr(self, earlier)}"
                raise InputError(Code.DATES_OUT_OF_ORDER, later, getattr(self, later), limit=limit)
        if self.annual_rate is not None and self.annual_rate not in _RATES:
            rule = f"one of {', '.join(_RATES)}, or none"
            raise InputError(Code.UNKNOWN_VALUE, "annual_rate", self.annual_rate, rule)
        late: object = self.late
        if not isinstance(late, OverdueRule):
            code = Code.MISSING if late is None else Code.UNKNOWN_VALUE
            raise InputError(code, "late", late, "OverdueRule: what being late costs")
        whole("days_late", self.days_late, 1, MOST_DAYS_LATE, "days")
        object.__setattr__(self, "notes", tuple(self.notes))
        for name, given in (("credit_record", self.credit_record), *(("notes", n) for n in self.notes)):
            if not isinstance(given, Words):
                raise InputError(Code.UNKNOWN_VALUE, name, given, "Words in English and in Chinese")


def offer_sheet(
    loan: Loan,
    before: Schedule,
    offer: Offer | Conditional,
    terms: SheetTerms,
    *,
    reference: str,
    calendar: Calendar = WEEKENDS,
    lent: Decimal | str | int | None = None,
    contracted: date | str | None = None,
) -> Document:
    """What a borrower reads before signing.

    Parameters
    ----------
    loan
        What is owed, in its currency.
    before
        What is still to be paid by the contract.
    offer
        The plan; or a conditional deal for the loan, of which the sheet says what has to be paid first, by
        when, and that the plan takes effect on that condition. Its figures count from today on, the down
        payment and the trial payments among them.
    terms
        What the lender adds.
    reference
        The number under which the lender keeps the loan.
    calendar
        Which days are business days, where the policy says until when the offer can be accepted.
    lent
        Principal at the start of the contract, for bounds on what being late costs; None: the balance that
        the plan starts from.
    contracted
        The day of the contract, as the agreement will state it; None: that from which the plan's interest
        runs.

    Returns
    -------
    :class:`~repayplan.Document`: ``.text("en" | "zh")``, ``.html(...)`` and ``.as_dict(...)`` say the same.

    Raises
    ------
    InputError
        There is no offer, or a deal leads to none; the loan has no currency; the offer can be accepted after
        its first payment is due; nothing says until when, neither the terms nor the policy; the loan owes
        something else than the offer starts from, or is another; the contract isn't the loan's, or its first
        due date isn't the offer's.

    Notes
    -----
    The total cost is that of :class:`~repayplan.LenderCost`: what is paid less everything that was owed,
    arrears among it, of the contract and of the plan alike (arrears that the contract's schedule doesn't pay
    aren't counted there). The annual rate is that of a loan of this amount, on the day that the interest of
    either runs from, to 0.01 %.
    The worked figure is what the account on the plan will charge (:func:`~repayplan.replay`), as the
    agreement states it by the same rule.
    """
    deal, plan = (offer, offer.offer) if isinstance(offer, Conditional) else (None, offer)
    if not isinstance(plan, Offer):
        raise InputError(Code.MISSING, "offer", type(plan).__name__, "an Offer: nothing else is signed")
    currency, begins = opening(loan, reference=reference, programme=terms.programme)
    today = plan if deal is None else deal.today
    _of_one_loan(loan, before, plan, deal)
    first = today.schedule.rows[0].due_date
    if deal is not None:
        first = min((first, *(each.due_date for each in deal.conditions)))
    first_lent = None if lent is None else decimal("lent", lent, most=MAX_TOTAL)
    began = None if contracted is None else day("contracted", contracted)
    if terms.accept_by is None or terms.expires is None:
        until = deadlines(today, issued=terms.issued, calendar=calendar)
    else:
        until = Deadline(issued=terms.issued, accept_by=terms.accept_by, expires=terms.expires)
    if until.accept_by > first:
        raise InputError(Code.DATES_OUT_OF_ORDER, "accept_by", until.accept_by, limit=f"<= {first}")
    sections = (
        _opening(loan if deal is None else deal.loan, plan, terms, begins, alone=deal is None),
        *((condition_section(deal),) if deal is not None and deal.conditions else ()),
        _comparison(loan, before, plan, deal, terms.annual_rate),
        _living(plan, deal),
        _late(plan, terms, first_lent, began),
        Section(name="credit_record", heading=_W["credit_record"], notes=(terms.credit_record,)),
        Section(
            name="acceptance",
            heading=_W["acceptance"],
            notes=terms.notes,
            entries=tuple(_entry(name, getattr(until, name), "date") for name in ("accept_by", "expires")),
        ),
        _instalments(plan.schedule),
    )
    return Document(name="offer_sheet", title=_W["title"], currency=currency, sections=sections)


def _of_one_loan(loan: Loan, before: Schedule, offer: Offer, deal: Conditional | None) -> None:
    """InputError where the contract, or the offer, isn't the loan's."""
    screen, every = Screen(1), np.ones(1, np.bool_)
    case, offered, today = offer.case, offer.owed, offer
    if deal is not None:
        case, today = case.under or case, deal.today
        offered = today.owed + deal.down_payment
    owed = to_decimal(int(loan.batch.owed[0]), loan.decimals)
    if offered != owed:
        raise InputError(Code.UNKNOWN_VALUE, "offer", offered, f"all that the loan owes: {owed}")
    if case.contract is not None:
        other_loan(screen, loan.batch, case.contract, "loan", where=every, without_arrears=False)
    if before.loan is not None:
        other_loan(screen, before.loan, loan.batch, "before", where=every)
    for failure in screen.failures():
        raise failure.error()
    first, due = (made.columns["due_date"][0].item() for made in (before, today.schedule))
    if first != due:
        raise InputError(Code.UNKNOWN_VALUE, "before", first, f"a contract next due when the offer is: {due}")


def _entry(name: str, value: Decimal | int | date | Words | str, unit: Unit) -> Entry:
    return Entry(name, _W[name], Figure(value, unit))


def _opening(
    loan: Loan, offer: Offer, terms: SheetTerms, begins: tuple[Entry, ...], *, alone: bool
) -> Section:
    """Who offers what; of arrears only what there is, and what of a waiver has to be earned.

    The offer of a deal that stands ``alone`` says so: what has to be paid first isn't on its sheet.
    """
    parts = (
        "capitalised",
        "paid_first",
        "spread",
        "carried",
        "forborne",
        "forgiven",
        "waived",
        "waived_interest",
    )
    entries = (
        _entry("lender", terms.lender, "text"),
        *begins,
        _entry("issued", terms.issued, "date"),
        _entry("method", METHODS[offer.method], "text"),
        _entry("opening_balance", offer.opening_balance, "money"),
        *(_entry(name, getattr(offer, name), "money") for name in parts if getattr(offer, name)),
    )
    rule = offer.case.policy.earned_waiver
    notes: tuple[Words, ...] = ()
    if rule is not None and (path := earned_waiver(loan, offer, offer.case.policy)).waiver:
        entries += (
            _entry("to_be_earned", path.waiver, "money"),
            _entry("earned_on", path.rows[-1].due_date, "date"),
        )
        notes = (earned_words(rule),)
    waits = tuple(Words(reason.text("en"), reason.text("zh")) for reason in offer.pending)
    notes += (_W["waits"], *waits) if waits else ()
    notes += (_W["under_deal"],) if alone and offer.case.under is not None else ()
    return Section(name="plan", heading=_W["plan"], notes=notes, entries=entries)


def _comparison(
    loan: Loan, before: Schedule, offer: Offer, deal: Conditional | None, rate: AnnualRate | None
) -> Section:
    """The contract beside the plan; of a deal, beside everything that is paid under it."""
    new, owes, all_owed, count = offer.schedule, offer.owed, offer.owed, len(offer.schedule)
    instalment, largest, paid = offer.instalment_before, offer.instalment_after, new.totals["payment"]
    if deal is not None:
        trial = [row.payment for row in deal.rows]
        new, owes = paid_in_all(deal, new)
        all_owed, count = deal.today.owed + deal.down_payment, count + len(trial)
        instalment = to_decimal(int(present_instalment(loan.batch)[0]), loan.decimals)
        largest, paid = max((largest, *trial)), sum((deal.down_payment, *trial), paid)
    drawn = to_decimal(int(before.columns["opening"][0]), before.decimals)
    last = [made.columns["due_date"][-1].item() for made in (before, new)]
    owed = (before.owed, owes)
    costs = tuple(made.total_cost(drawn=of) for made, of in zip((before, new), owed, strict=True))
    pairs: list[tuple[str, Unit, tuple[Decimal | int | date | Words, ...]]] = [
        ("instalment", "money", (instalment, largest)),
        ("instalments", "instalments", (len(before), count)),
        ("last_due", "date", (last[0], last[1])),
        ("total_paid", "money", (before.totals["payment"], paid)),
        ("total_cost", "money", costs),
    ]
    if rate is not None:
        annual = (_annual(rate, made, of) for made, of in zip((before, new), owed, strict=True))
        pairs.append((rate, "percent", tuple(annual)))
    rows = tuple(
        (Figure(_W[name], "text"), *(Figure(value, unit) for value in values)) for name, unit, values in pairs
    )
    head = (_W["what"], _W["contract"], _W["new_plan"])
    table = Table(("what", "contract", "new_plan"), head, rows)
    entries = (_entry("balance", drawn, "money"), _entry("owed", all_owed, "money"))
    notes = () if deal is None else (_W["deal_note"],)
    return Section(name="comparison", heading=_W["comparison"], notes=notes, entries=entries, table=table)


def _annual(rate: AnnualRate, made: Schedule, drawn: Decimal) -> Decimal | Words:
    """The annual rate of a schedule's payments for what is lent."""
    try:
        return _RATES[rate](made, drawn=drawn, places=4)
    except InputError:
        return _W["no_rate"]


def _living(offer: Offer, deal: Conditional | None) -> Section:
    """What is left to live on in the period in which that is least, and what spending is asked about.

    The trial payments of a deal are those of its plan of today, row by row.
    """
    trial = () if deal is None else deal.today.living[: len(deal.rows)]
    least = min((*trial, *offer.living), key=lambda row: row.left)
    entries = (
        _entry("left_to_live_on", least.left, "money"),
        _entry("least_on", least.due_date, "date"),
        _entry("needed_to_live_on", least.needed, "money"),
        *((_entry("due_at_end", offer.due_at_end, "money"),) if offer.due_at_end else ()),
    )
    at_end = (_W["at_end_note"],) if offer.due_at_end else ()
    asked = (Words(reason.text("en"), reason.text("zh")) for reason in offer.questions)
    notes = (_W["living_note"], *at_end, *asked)
    return Section(name="living", heading=_W["living"], notes=notes, entries=entries)


def _late(offer: Offer, terms: SheetTerms, lent: Decimal | None, contracted: date | None) -> Section:
    """What being late costs by the rule, and the figure that the agreement will state."""
    contract, plan = offer.annual_rate, offer.schedule
    base = to_decimal(int(plan.columns["opening"][0]), plan.decimals) if lent is None else lent
    figure = late_cost(
        plan, terms.late, rate=contract, days=terms.days_late, lent=base, contracted=contracted
    )
    entries = (_entry("contract_rate", contract, "percent"), *late_entries(figure))
    notes = (*late_rules(terms.late, contract, base, contracted), _W["late_note"])
    return Section(name="late", heading=_W["late"], notes=notes, entries=entries)


def _instalments(plan: Schedule) -> Section:
    """Every row; fees, and interest that is added to the balance, only where there are any."""
    fee, added = ((name,) if plan.columns[name].any() else () for name in ("fee", "capitalised"))
    names = ("principal", "interest_paid", *fee, "payment", *added, "closing")
    rows = tuple(
        (
            Figure(row.period, "number"),
            Figure(row.due_date, "date"),
            *(Figure(getattr(row, name), "money") for name in names),
        )
        for row in plan.rows
    )
    columns = ("period", "due_date", *names)
    head = tuple(_W["capitalised_interest" if name == "capitalised" else name] for name in columns)
    table = Table(columns, head, rows)
    return Section(name="schedule", heading=_W["schedule"], table=table)


_RATES: dict[AnnualRate, Callable[..., Decimal]] = {
    "effective": partial(Schedule.effective_rate, year="365 days"),
    "apr_eu": Schedule.apr_eu,
    "apr_us": Schedule.apr_us,
}
_W = worded(
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
