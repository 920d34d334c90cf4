"""The menu of a negotiation for people, in English and Chinese from the same figures."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from repayplan.basics.reason import Reason
from repayplan.edges.documents import Document, Entry, Section, Table
from repayplan.edges.sheetparts import METHODS, opening, worded
from repayplan.edges.words import Figure, Unit, Words
from repayplan.offers.alternatives import FIGURES, BestFigures
from repayplan.offers.menus import Menu
from repayplan.offers.methods import METHOD_WORDS
from repayplan.offers.wishes import WORDS
from repayplan.plans.loan import Loan

_UNITS: dict[str, Unit] = {
    "number": "number",
    "method": "text",
    "instalments": "number",
    "instalment": "money",
    "first_payment": "date",
    "last_due": "date",
    "holiday": "number",
    "interest_only": "number",
    "annual_rate": "percent",
    "forborne": "money",
    "forgiven": "money",
    "waived": "money",
    "total_cost": "money",
    "lender_cost": "money",
}
_IF_ANY = ("holiday", "interest_only", "forborne", "forgiven", "waived")


def menu_sheet(loan: Loan, menu: Menu, *, reference: str, programme: str | Words | None = None) -> Document:
    """What both sides of a negotiation read: the plans to choose from, and what each wish costs.

    Parameters
    ----------
    loan
        What is owed: its currency.
    menu
        The plans; they have the numbers that :meth:`~repayplan.Menu.offer` takes, from 1 on.
    reference
        The number under which the lender keeps the loan.
    programme
        What it is called, if it is to be there: text, or :class:`~repayplan.Words` where the two languages
        have different names.

    Returns
    -------
    :class:`~repayplan.Document`: ``.text("en" | "zh")``, ``.html(...)`` and ``.as_dict(...)`` say the same.

    Raises
    ------
    InputError
        The loan has no currency, or a name isn't text.
    """
    currency, begins = opening(loan, reference=reference, programme=programme)
    sections = [_alternatives(menu, begins)]
    if menu.wishes.named:
        sections += [_wishes(menu), _costs(menu)]
    return Document(name="menu_sheet", title=_W["title"], currency=currency, sections=tuple(sections))


def _alternatives(menu: Menu, begins: tuple[Entry, ...]) -> Section:
    """The plans, and why there are none."""
    entries = (*begins, Entry("rate", _W["rate"], Figure(menu.rate, "percent")))
    shown = [
        name
        for name in _UNITS
        if name not in _IF_ANY or any(getattr(each, name) for each in menu.alternatives)
    ]

    def figure(name: str, value: Decimal | date | int | str) -> Figure:
        return Figure(METHODS[value] if isinstance(value, str) else value, _UNITS[name])

    rows = tuple(
        tuple(figure(name, number if name == "number" else getattr(each, name)) for name in shown)
        for number, each in enumerate(menu.alternatives, 1)
    )
    notes = tuple(_sentence(reason) for reason in menu.reasons)
    if not rows and not notes:
        notes = (_W["none"],)
    table = Table(tuple(shown), tuple(_W[name] for name in shown), rows) if rows else None
    note = (_W["costs_note"],) if rows else ()
    return Section(
        name="alternatives", heading=_W["alternatives"], notes=(*note, *notes), entries=entries, table=table
    )


def _wishes(menu: Menu) -> Section:
    """What was wished, and what of it can't be had."""
    entries = []
    for name in menu.wishes.named:
        value = getattr(menu.wishes, name)
        if name == "methods":
            both = [METHODS[method] for method in value]
            value = Words(", ".join(words.en for words in both), "、".join(words.zh for words in both))
        entries.append(Entry(name, _WISHES[name], Figure(value, _WISHED.get(name, "money"))))
    notes = tuple(_sentence(replace(reason, names=_NAMES)) for reason in menu.unmet)
    return Section(name="wishes", heading=_W["wishes"], notes=notes, entries=tuple(entries))


def _costs(menu: Menu) -> Section:
    """The best of each figure with all wishes, and without each of them."""

    def row(label: Words, best: BestFigures | None) -> tuple[Figure, ...]:
        none = Figure(_W["not_possible"], "text")
        figures = (none if best is None else Figure(getattr(best, n), _UNITS[n]) for n in FIGURES)
        return (Figure(label, "text"), *figures)

    rows = [row(_W["all_wishes"], menu.costs[0].with_it)]
    for each in menu.costs:
        label = _WISHES[each.wish]
        rows.append(row(Words(f"without: {label.en}", f"不计：{label.zh}"), each.without_it))
    head = (_W["which"], *(_W[name] for name in FIGURES))
    table = Table(("which", *FIGURES), head, tuple(rows))
    return Section(name="costs", heading=_W["costs"], notes=(_W["best_note"],), table=table)


def _sentence(reason: Reason) -> Words:
    return Words(reason.text("en"), reason.text("zh"))


_NAMES = WORDS | METHOD_WORDS
_WISHED: dict[str, Unit] = {
    "start": "date",
    "until": "date",
    "months": "number",
    "methods": "text",
}
_WISHES = {name: Words(*both) for name, both in WORDS.items()}
_W = worded(
    {
        "title": ("Repayment plans to choose from", "可选还款方案"),
        "rate": ("Rate of the lender's cost, effective, a year", "贷款人成本所用的有效年利率"),
        "alternatives": ("The plans", "方案"),
        "none": ("No affordable plan has all of the wishes.", "没有可承受的方案能满足全部意愿。"),
        "costs_note": (
            "The household can make every payment of each plan. None is better than another in every figure.",
            "各方案的每期还款均在家庭可承受范围内；没有方案在各项数字上均优于另一方案。",
        ),
        "number": ("No.", "序号"),
        "instalments": ("Instalments", "期数"),
        "instalment": ("Largest payment", "最高一期还款"),
        "first_payment": ("First payment", "首次还款"),
        "last_due": ("Last payment", "最后还款"),
        "holiday": ("Periods without payment", "不还款期数"),
        "interest_only": ("Periods of interest only", "只还利息期数"),
        "annual_rate": ("Rate a year", "年利率"),
        "forborne": ("Put aside until the end", "挂账本金（到期支付）"),
        "forgiven": ("Principal given up", "减免的本金"),
        "waived": ("Arrears given up", "减免的拖欠款"),
        "total_cost": ("Total cost to the borrower", "借款人总成本"),
        "lender_cost": ("Cost to the lender", "贷款人成本"),
        "wishes": ("The borrower's wishes", "借款人的意愿"),
        "costs": ("What each wish costs", "各项意愿的代价"),
        "best_note": (
            "The least of each figure over all affordable plans, each perhaps of another plan.",
            "各项数字为可承受方案中的最低值，未必出自同一方案。",
        ),
        "which": ("Plans with", "方案范围"),
        "all_wishes": ("all wishes", "满足全部意愿"),
        "not_possible": ("no plan", "无方案"),
    }
)
