"""Pictures of offers by matplotlib (extra ``plot``): what they leave to live on, and a menu of them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from repayplan.ability.figures import one_rule, whole
from repayplan.basics.errors import Code, InputError, Language
from repayplan.edges.plotfonts import Font
from repayplan.edges.plotparts import SIDES, Axes, Canvas, Floats
from repayplan.edges.plots import currency_of, period_edges
from repayplan.edges.plotstyle import INK, LIGHT, MARKS, MIDDLE, PALE, SECOND
from repayplan.edges.sheetparts import METHODS
from repayplan.edges.words import Words
from repayplan.offers.alternatives import Alternative
from repayplan.offers.menus import Menu
from repayplan.offers.offer import Offer

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
    one_rule("offer", offer, Offer)
    its = offer.schedule
    currency = currency or currency_of(offer)
    canvas = Canvas.on(ax, _LIVING, language=language, currency=currency, font=font)
    left, needed, allowance = (
        np.array([float(getattr(each, name)) for each in offer.living])
        for name in ("left", "needed", "allowance")
    )
    edges = period_edges(its)
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
    one_rule("menu", menu, Menu)
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
