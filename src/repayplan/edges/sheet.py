"""The offer sheet: what a borrower reads before signing, in English and Chinese from the same figures."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np

from repayplan.ability.figures import day, decimal
from repayplan.accounts.agreedplan import late_cost
from repayplan.basics.calendars import WEEKENDS, Calendar
from repayplan.basics.columns import Screen
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import MAX_TOTAL, to_decimal
from repayplan.edges.dealparts import condition_section, paid_in_all
from repayplan.edges.documents import Document, Entry, Section, Table
from repayplan.edges.latewords import late_entries, late_rules
from repayplan.edges.sheetparts import METHODS, earned_words, opening
from repayplan.edges.sheetterms import RATES, AnnualRate, SheetTerms
from repayplan.edges.sheetwords import WORDS
from repayplan.edges.words import Figure, Unit, Words
from repayplan.offers.behind import present_instalment
from repayplan.offers.conditional import Conditional
from repayplan.offers.deadlines import Deadline, deadlines
from repayplan.offers.earned import earned_waiver
from repayplan.offers.offer import Offer
from repayplan.offers.sides import other_loan
from repayplan.plans.loan import Loan
from repayplan.plans.single import Schedule


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
        Section(name="credit_record", heading=WORDS["credit_record"], notes=(terms.credit_record,)),
        Section(
            name="acceptance",
            heading=WORDS["acceptance"],
            notes=terms.notes,
            entries=tuple(_entry(name, getattr(until, name), "date") for name in ("accept_by", "expires")),
        ),
        _instalments(plan.schedule),
    )
    return Document(name="offer_sheet", title=WORDS["title"], currency=currency, sections=sections)


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
    return Entry(name, WORDS[name], Figure(value, unit))


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
    notes += (WORDS["waits"], *waits) if waits else ()
    notes += (WORDS["under_deal"],) if alone and offer.case.under is not None else ()
    return Section(name="plan", heading=WORDS["plan"], notes=notes, entries=entries)


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
        (Figure(WORDS[name], "text"), *(Figure(value, unit) for value in values))
        for name, unit, values in pairs
    )
    head = (WORDS["what"], WORDS["contract"], WORDS["new_plan"])
    table = Table(("what", "contract", "new_plan"), head, rows)
    entries = (_entry("balance", drawn, "money"), _entry("owed", all_owed, "money"))
    notes = () if deal is None else (WORDS["deal_note"],)
    return Section(name="comparison", heading=WORDS["comparison"], notes=notes, entries=entries, table=table)


def _annual(rate: AnnualRate, made: Schedule, drawn: Decimal) -> Decimal | Words:
    """The annual rate of a schedule's payments for what is lent."""
    try:
        return RATES[rate](made, drawn=drawn, places=4)
    except InputError:
        return WORDS["no_rate"]


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
    at_end = (WORDS["at_end_note"],) if offer.due_at_end else ()
    asked = (Words(reason.text("en"), reason.text("zh")) for reason in offer.questions)
    notes = (WORDS["living_note"], *at_end, *asked)
    return Section(name="living", heading=WORDS["living"], notes=notes, entries=entries)


def _late(offer: Offer, terms: SheetTerms, lent: Decimal | None, contracted: date | None) -> Section:
    """What being late costs by the rule, and the figure that the agreement will state."""
    contract, plan = offer.annual_rate, offer.schedule
    base = to_decimal(int(plan.columns["opening"][0]), plan.decimals) if lent is None else lent
    figure = late_cost(
        plan, terms.late, rate=contract, days=terms.days_late, lent=base, contracted=contracted
    )
    entries = (_entry("contract_rate", contract, "percent"), *late_entries(figure))
    notes = (*late_rules(terms.late, contract, base, contracted), WORDS["late_note"])
    return Section(name="late", heading=WORDS["late"], notes=notes, entries=entries)


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
    head = tuple(WORDS["capitalised_interest" if name == "capitalised" else name] for name in columns)
    table = Table(columns, head, rows)
    return Section(name="schedule", heading=WORDS["schedule"], table=table)
