"""Pictures of an account by matplotlib (extra ``plot``): what was paid of what fell due, days past due."""

from __future__ import annotations

import numpy as np

from repayplan.ability.figures import one_rule
from repayplan.accounts.history import last_days
from repayplan.accounts.statement import Statement, Statements, day_of
from repayplan.basics.errors import Code, InputError, Language
from repayplan.edges.plotbars import bars, days, periods
from repayplan.edges.plotfonts import Font
from repayplan.edges.plotparts import Axes, Canvas, Floats
from repayplan.edges.plotstyle import HATCH, INK, LIGHT, MIDDLE, PALE
from repayplan.edges.words import Words

_ACCOUNT = {
    "due_date": Words("due date", "到期日"),
    "asked": Words("due", "应还金额"),
    "paid": Words("paid", "已还"),
    "waived": Words("given up", "已减免"),
    "owed": Words("missing", "欠款"),
}
_DAYS = {
    "date": Words("date", "日期"),
    "days": Words("days past due", "逾期天数"),
}


def plot_account(
    statement: Statement,
    *,
    ax: Axes | None = None,
    language: Language = "en",
    currency: str | None = None,
    font: Font | None = None,
) -> Axes:
    """What fell due on each day up to that of a statement, and what of it is paid, given up and missing.

    Parameters
    ----------
    statement
        Of one account.
    currency
        That amounts are in; None: as the loan says, "currency units" where it doesn't.
    ax, language, font
        As of :func:`~repayplan.plot_schedule`.

    Returns
    -------
    matplotlib's Axes: a bar for each due date, fees and charges for being late among it.

    Raises
    ------
    InputError
        As of :func:`~repayplan.plot_schedule`; nothing has fallen due.
    ImportError
        As of :func:`~repayplan.plot_schedule`.
    """
    one_rule("statement", statement, Statement)
    rows = [row for row in statement.rows if row.fallen_due]
    if not rows:
        raise InputError(Code.MISSING, "statement", str(statement.as_of), "a row that has fallen due")
    batch = statement.batch
    decimals = int(batch.accounts.decimals[batch.row[0]])
    canvas = Canvas.on(ax, _ACCOUNT, language=language, currency=currency or _currency(batch), font=font)
    due = np.array([row.due_date for row in rows], "datetime64[D]")
    dates, place = np.unique(due, return_inverse=True)
    stack: dict[str, Floats] = {}
    for name in ("paid", "waived", "owed"):
        by_row = [float(sum(getattr(row, name).values())) for row in rows]
        stack[name] = np.bincount(place, by_row, len(dates)).astype(np.float64)
    styles = {
        "paid": {"facecolor": INK},
        "waived": {"facecolor": LIGHT, "edgecolor": INK, "hatch": HATCH},
        "owed": {"facecolor": MIDDLE},
    }
    edges = periods(batch.accounts.start[batch.row[:1]], dates)
    bars(canvas, edges, {n: v for n, v in stack.items() if n == "paid" or v.any()}, styles)
    canvas.date_axis("due_date")
    canvas.legend(floor=0)
    canvas.money_axis("y", "asked", decimals)
    return canvas.axes


def plot_days_past_due(
    statement: Statement, *, ax: Axes | None = None, language: Language = "en", font: Font | None = None
) -> Axes:
    """Days past due of an account on every day up to that of its statement.

    Parameters
    ----------
    statement
        Of one account, replayed with ``history=True``.
    ax, language, font
        As of :func:`~repayplan.plot_schedule`.

    Returns
    -------
    matplotlib's Axes: a line with the days since the oldest instalment fell due of which something is
    missing.

    Raises
    ------
    InputError
        As of :func:`~repayplan.plot_schedule`; the statement has no history.
    ImportError
        As of :func:`~repayplan.plot_schedule`.
    """
    one_rule("statement", statement, Statement)
    batch = statement.batch
    history = batch.history
    if history is None:
        raise InputError(Code.MISSING, "history", None, "a statement replayed with history=True")
    canvas = Canvas.on(ax, _DAYS, language=language, currency=None, font=font)
    since = day_of(history.since)
    until = last_days(history.account, since, day_of(batch.as_of))
    late = ~np.isnat(history.oldest)
    # Within a stretch it is the same instalment that is the oldest: each of its ends is a point of the line.
    day = np.stack((since, until), axis=1)
    past = np.where(late[:, None], day - day_of(history.oldest)[:, None], 0)
    x, y = days(day.reshape(-1).view("datetime64[D]")), past.reshape(-1).astype(np.float64)
    canvas.axes.fill_between(x, y, color=PALE, linewidth=0)
    canvas.axes.plot(x, y, color=INK, linewidth=1.8, label=canvas.said("days"))
    canvas.date_axis("date")
    canvas.count_axis("days")
    return canvas.axes


def _currency(statements: Statements) -> str | None:
    """As the loan says that the account is of; None where it doesn't, or isn't known."""
    loans = statements.accounts.loans
    return None if loans is None else loans.one(int(statements.row[0])).currency
