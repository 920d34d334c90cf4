"""Pictures of plans and offers by matplotlib (extra ``plot``), in English or Chinese, legible in grey.

Each draws one value on the axes that it is given and returns them. Without ``ax`` it makes a figure by
``matplotlib.pyplot``, which is yours to show, save and close. No setting of matplotlib is changed, and titles
are left to you.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from repayplan.ability.figures import one_rule
from repayplan.basics.errors import Language
from repayplan.edges.plotbars import amounts, bars, days, periods
from repayplan.edges.plotfonts import Font
from repayplan.edges.plotparts import Axes, Canvas, Floats
from repayplan.edges.plotstyle import HATCH, INK, LIGHT, MIDDLE, PALE, SECOND
from repayplan.edges.words import Words
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
    one_rule("schedule", schedule, Schedule, Offer)
    its = _schedule_of(schedule)
    currency = currency or currency_of(schedule)
    canvas = Canvas.on(ax, _SCHEDULE, language=language, currency=currency, font=font)
    stack = {name: amounts(its.columns[name], its.decimals) for name in ("principal", "interest_paid", "fee")}
    styles = {
        "principal": {"facecolor": INK},
        "interest_paid": {"facecolor": MIDDLE},
        "fee": {"facecolor": LIGHT, "edgecolor": INK, "hatch": HATCH},
    }
    bars(canvas, period_edges(its), {n: v for n, v in stack.items() if n == "principal" or v.any()}, styles)
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
    one_rule("plan", plan, Schedule, Offer)
    its = _schedule_of(plan)
    for each in (plan, contract):
        currency = currency or (None if each is None else currency_of(each))
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


def _schedule_of(plan: Schedule | Offer) -> Schedule:
    return plan.schedule if isinstance(plan, Offer) else plan


def currency_of(plan: Schedule | Offer) -> str | None:
    """What amounts are in: of an offer as the policy says, of a schedule as its loan does."""
    if isinstance(plan, Offer):
        return plan.case.policy.currency
    return None if plan.loan is None else plan.loan.one(0).currency


def period_edges(schedule: Schedule) -> Floats:
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
