"""Pictures of plans and offers by matplotlib (extra ``plot``), in English or Chinese, legible in grey.

Each draws one value on the axes that it is given and returns them. Without ``ax`` it makes a figure by
``matplotlib.pyplot``, which is yours to show, save and close. No setting of matplotlib is changed, and titles
are left to you.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from repayplan.ability.figures import whole
from repayplan.basics.errors import Code, InputError, Language
from repayplan.edges.documents import Words
from repayplan.edges.plotparts import (
    HATCH,
    INK,
    LIGHT,
    MARKS,
    MIDDLE,
    PALE,
    SECOND,
    SIDES,
    Axes,
    Canvas,
    Floats,
    Font,
    amounts,
    bars,
    days,
    periods,
)
from repayplan.edges.sheetparts import METHODS
from repayplan.offers.alternatives import Alternative
from repayplan.offers.menus import Menu
from repayplan.offers.offer import Offer
from repayplan.plans.single import Schedule

_SCHEDULE = {
    "due_date": Words("due date", "到期日"),
    "payment": Words("payment", "还款额"),
    "principal": Words("principal", "本金"),
    "interest_paid": Words("interest", "利息"),
    "fee": Words("fees", "费用"),
}
_BALANCE = {
    "date": Words("date", "日期"),
    "balance": Words("balance", "未还余额"),
    "plan": Words("by the plan", "按新方案"),
    "contract": Words("by the contract", "按原合同"),
}
_LIVING = {
    "due_date": Words("due date", "到期日"),
    "amount": Words("amount a month", "每月金额"),
    "left": Words("left to live on", "可用于生活的金额"),
    "needed": Words("needed", "所需金额"),
    "allowance": Words("allowance", "生活费标准"),
}
_MENU = {
    "total_cost": Words("total cost to the borrower", "借款人总成本"),
    "instalment": Words("largest payment", "最高一期还款"),
    "front": Words("none is better in both", "两项上无更优者"),
    "chosen": Words("chosen", "已选"),
} | METHODS
_APART = (1.6, 1.4)
"""Numbers closer than so many times the size of their letters, in width and height, would overlap."""


def plot_schedule(
    schedule: Schedule | Offer,
    *,
    ax: Axes | None = None,
    language: Language = "en",
    currency: str | None = None,
    font: Font | None = None,
) -> Axes:
    """What is paid on each due date: principal, interest and fees, one on the other.

    Parameters
    ----------
    schedule
        Of a loan, or of an offer.
    ax
        matplotlib's Axes to draw on. None: those of a new figure, made by ``matplotlib.pyplot`` with a
        constrained layout.
    language
        Of the labels.
    currency
        That amounts are in; None: as the loan or the policy says, "currency units" where none does.
    font
        A TrueType or OpenType file for the words. None: matplotlib's own font; where that lacks characters
        (it has no Chinese ones), the first that has them of some fonts that systems come with.

    Returns
    -------
    matplotlib's Axes: ``ax``, or the new ones. A bar ends on the row's due date, as it is before a business
    day moves it, and begins after the one before.

    Raises
    ------
    InputError
        A language that there are no labels in; a font that can't be read or lacks characters; none has them.
    ImportError
        matplotlib isn't installed: the extra ``plot``.

    Examples
    --------
    >>> import repayplan as rp
    >>> from matplotlib.figure import Figure
    >>> loan = rp.Loan(
    ...     principal="1200.00",
    ...     annual_rate="0.12",
    ...     original_term=12,
    ...     elapsed=9,
    ...     unpaid=3,
    ...     next_due="2026-01-31",
    ...     currency="CNY",
    ... )
    >>> ax = rp.plot_schedule(rp.schedule(loan, rp.equal_instalment(3)), ax=Figure().subplots())
    >>> ax.get_ylabel(), [text.get_text() for text in ax.get_legend().get_texts()]
    ('payment (CNY)', ['principal', 'interest'])
    """
    its = _schedule_of(schedule)
    currency = currency or _currency(schedule)
    canvas = Canvas.on(ax, _SCHEDULE, language=language, currency=currency, font=font)
    stack = {name: amounts(its.columns[name], its.decimals) for name in ("principal", "interest_paid", "fee")}
    styles = {
        "principal": {"facecolor": INK},
        "interest_paid": {"facecolor": MIDDLE},
        "fee": {"facecolor": LIGHT, "edgecolor": INK, "hatch": HATCH},
    }
    bars(canvas, _periods(its), {n: v for n, v in stack.items() if n == "principal" or v.any()}, styles)
    canvas.date_axis("due_date")
    canvas.legend(floor=0)
    canvas.money_axis("y", "payment", its.decimals)
    return canvas.axes


def plot_balance(
    plan: Schedule | Offer,
    contract: Schedule | None = None,
    *,
    ax: Axes | None = None,
    language: Language = "en",
    currency: str | None = None,
    font: Font | None = None,
) -> Axes:
    """What is still owed from day to day by a plan, and without it: by the contract as it stands.

    Parameters
    ----------
    plan
        A schedule or an offer.
    contract
        The remaining schedule of the contract, as for :func:`~repayplan.lender_cost`; None: it isn't drawn.
    ax, language, currency, font
        As of :func:`plot_schedule`.

    Returns
    -------
    matplotlib's Axes. Each line is the balance after what is paid on a day, from the first day of interest
    on; arrears that stand beside it aren't in it. The plan's is drawn first.

    Raises
    ------
    InputError, ImportError
        As of :func:`plot_schedule`.

    Examples
    --------
    >>> import repayplan as rp
    >>> from matplotlib.figure import Figure
    >>> loan = rp.Loan(
    ...     principal="1200", annual_rate="0", original_term=12, elapsed=9, unpaid=3, next_due="2026-01-31"
    ... )
    >>> plan, contract = (rp.schedule(loan, rp.equal_principal(n)) for n in (6, 3))
    >>> ax = rp.plot_balance(plan, contract, ax=Figure().subplots(), currency="EUR")
    >>> [line.get_ydata().tolist() for line in ax.lines]
    [[1200.0, 1000.0, 800.0, 600.0, 400.0, 200.0, 0.0], [1200.0, 800.0, 400.0, 0.0]]
    """
    its = _schedule_of(plan)
    for each in (plan, contract):
        currency = currency or (None if each is None else _currency(each))
    canvas = Canvas.on(ax, _BALANCE, language=language, currency=currency, font=font)
    day, balance = _balances(its)
    style: dict[str, Any] = {"where": "post", "linewidth": 2}
    label = "" if contract is None else canvas.said("plan")  # alone it needs no name
    canvas.axes.fill_between(day, balance, step="post", color=PALE, linewidth=0)
    canvas.axes.step(day, balance, **style, color=INK, label=label)
    if contract is not None:
        day, balance = _balances(contract)
        label = canvas.said("contract")
        canvas.axes.step(day, balance, **style, color=SECOND, linestyle=(0, (4, 1.5)), label=label)
    canvas.date_axis("date")
    canvas.legend(floor=0)
    canvas.money_axis("y", "balance", its.decimals)
    return canvas.axes


def plot_living(
    offer: Offer,
    *,
    ax: Axes | None = None,
    language: Language = "en",
    currency: str | None = None,
    font: Font | None = None,
) -> Axes:
    """What the household has left to live on a month in each period of an offer, against what it needs.

    Parameters
    ----------
    offer
        Its :attr:`~repayplan.Offer.living` is drawn.
    ax, language, currency, font
        As of :func:`plot_schedule`.

    Returns
    -------
    matplotlib's Axes: an area for what is left, a broken line for what the policy leaves the household, and
    a dotted one for the allowance within it; each period ends on its due date.

    Raises
    ------
    InputError, ImportError
        As of :func:`plot_schedule`.
    """
    its = offer.schedule
    currency = currency or _currency(offer)
    canvas = Canvas.on(ax, _LIVING, language=language, currency=currency, font=font)
    left, needed, allowance = (
        np.array([float(getattr(each, name)) for each in offer.living])
        for name in ("left", "needed", "allowance")
    )
    edges = _periods(its)
    axes = canvas.axes
    axes.stairs(left, edges, fill=True, facecolor=PALE, linewidth=0, label=canvas.said("left"))
    for values, name, color, line in (
        (needed, "needed", INK, (0, (5, 1.5))),
        (allowance, "allowance", SECOND, (0, (1, 1))),
    ):
        axes.stairs(
            values, edges, baseline=None, color=color, linestyle=line, linewidth=2.2, label=canvas.said(name)
        )
    canvas.date_axis("due_date")
    canvas.legend(floor=0)
    canvas.money_axis("y", "amount", its.decimals)
    return canvas.axes


def plot_menu(
    menu: Menu,
    *,
    chosen: int | None = None,
    ax: Axes | None = None,
    language: Language = "en",
    currency: str | None = None,
    font: Font | None = None,
) -> Axes:
    """The plans of a menu: the largest payment of each against what it costs the borrower in all.

    Parameters
    ----------
    menu
        What can be chosen from.
    chosen
        The plan to mark, by the number that :meth:`~repayplan.Menu.offer` takes, from 0; None: no one is.
    ax, language, currency, font
        As of :func:`plot_schedule`.

    Returns
    -------
    matplotlib's Axes: a mark for each plan, by its method of repayment, with its number on the
    :func:`~repayplan.menu_sheet`, from 1 on, unless others are in the way. The marks of plans are full, and
    joined, that no other is better than in both figures, or in one and as good in the other; those that are
    on the menu for what else they offer are hollow.

    Raises
    ------
    InputError
        As of :func:`plot_schedule`; there is nothing to choose from, or no plan of that number.
    ImportError
        As of :func:`plot_schedule`.
    """
    plans = menu.alternatives
    if not plans:
        raise InputError(Code.MISSING, "menu", 0, "an alternative: the menu's reasons say why there is none")
    if chosen is not None:
        whole("chosen", chosen, 0, len(plans) - 1, "alternatives")
    proposals = menu._menus.proposals
    currency = currency or proposals.policy.currency
    canvas = Canvas.on(ax, _MENU, language=language, currency=currency, font=font)
    axes = canvas.axes
    cost, most = (
        np.array([float(getattr(each, name)) for each in plans]) for name in ("total_cost", "instalment")
    )
    front = _undominated(plans)
    joined = sorted(np.flatnonzero(front).tolist(), key=lambda k: (cost[k], most[k]))
    axes.plot(cost[joined], most[joined], color=MIDDLE, linewidth=1.5, zorder=1, label=canvas.said("front"))
    methods = list(dict.fromkeys(each.method for each in plans))
    for method, marker in zip(methods, MARKS, strict=False):
        mine = np.array([each.method == method for each in plans])
        axes.scatter(
            cost[mine],
            most[mine],
            s=42,
            marker=marker,
            facecolors=[INK if full else LIGHT for full in front[mine]],
            edgecolors=INK,
            zorder=2,
            label=canvas.said(method),
        )
    if chosen is not None:
        axes.scatter(
            cost[chosen],
            most[chosen],
            s=130,
            facecolors="none",
            edgecolors=INK,
            linewidths=1.6,
            label=canvas.said("chosen"),
        )
    first = [] if chosen is None else [chosen]
    for k in _legible(canvas, cost, most, [*first, *joined, *range(len(plans))]):
        canvas.note(str(k + 1), (cost[k], most[k]))
    axes.margins(x=0.06)
    canvas.legend()
    decimals = int(proposals.decimals[menu._row])
    canvas.money_axis("x", "total_cost", decimals)
    canvas.money_axis("y", "instalment", decimals)
    return axes


def _schedule_of(plan: Schedule | Offer) -> Schedule:
    return plan.schedule if isinstance(plan, Offer) else plan


def _currency(plan: Schedule | Offer) -> str | None:
    """What amounts are in: of an offer as the policy says, of a schedule as its loan does."""
    if isinstance(plan, Offer):
        return plan.case.policy.currency
    return None if plan.loan is None else plan.loan.one(0).currency


def _periods(schedule: Schedule) -> Floats:
    """The day that interest runs from, and the due dates as agreed: each later than the one before."""
    if schedule.agreed is not None:
        return periods(schedule.agreed[:1], schedule.agreed[1:])
    return periods(np.array([schedule.interest_from], "datetime64[D]"), schedule.columns["due_date"])


def _balances(schedule: Schedule) -> tuple[Floats, Floats]:
    """Days, and what is owed from each on."""
    columns = schedule.columns
    start = np.array([schedule.interest_from], "datetime64[D]")
    units = np.concatenate((columns["opening"][:1], columns["closing"]))
    return days(np.concatenate((start, columns["due_date"]))), amounts(units, schedule.decimals)


def _undominated(plans: tuple[Alternative, ...]) -> npt.NDArray[np.bool_]:
    """Whether no other plan is as good in both figures, and better in one."""
    pairs = [(each.total_cost, each.instalment) for each in plans]
    return np.array(
        [not any(o != p and o[0] <= p[0] and o[1] <= p[1] for o in pairs) for p in pairs], np.bool_
    )


def _legible(canvas: Canvas, x: Floats, y: Floats, order: list[int]) -> list[int]:
    """Points whose numbers can be read, the first in order before the others."""
    wide, high = (
        apart * canvas.size / canvas.points(side) * (float(np.ptp(values)) or 1.0)
        for apart, side, values in zip(_APART, SIDES, (x, y), strict=True)
    )
    shown: list[int] = []
    for k in dict.fromkeys(order):
        if all(abs(x[k] - x[j]) > wide or abs(y[k] - y[j]) > high for j in shown):
            shown.append(k)
    return shown
