"""Draw the pictures of the documentation from real schedules; needs matplotlib: `python docs/pictures.py`."""

from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Outline

import repayplan as rp

HERE = Path(__file__).parent
# Told apart without colour too: one dark, one light; the text reads at half the width of a page.
PRINCIPAL, INTEREST, BALANCE, AREA, QUIET = "#1f4e79", "#f0a840", "#333333", "#e3e8ee", "#666666"
STYLE = {
    # Text stays text, in whatever plain font the reader has; layout is measured in DejaVu Sans, a wide one.
    "svg.fonttype": "none",
    "svg.hashsalt": "repayplan",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial", "Helvetica"],
    "font.size": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": QUIET,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
}


def bars(
    axis: Axes, x: list[int], height: list[float], bottom: list[float], *, color: str, label: str
) -> None:
    """Draw bars as one shape, which takes far less of a file than a shape for each."""
    left, right = np.array(x) - 0.42, np.array(x) + 0.42
    low, high = np.array(bottom), np.array(bottom) + np.array(height)
    corners = np.array([[left, low], [right, low], [right, high], [left, high]]).transpose(2, 0, 1)
    drawn = Outline.make_compound_path_from_polys(corners[high > low])
    axis.add_patch(PathPatch(drawn, facecolor=color, linewidth=0, label=label))


def plan_picture(target: Path) -> None:
    """A holiday, interest only, then level instalments: what is paid each month and what is left."""
    loan = rp.Loan(
        principal="12000.00",
        annual_rate="0.12",
        original_term=36,
        elapsed=10,
        unpaid=26,
        next_due="2026-01-31",
    )
    plan = rp.holiday(3, interest="capitalise") + rp.interest_only(6) + rp.equal_instalment(24)
    rows = rp.schedule(loan, plan).rows
    month = [row.period for row in rows]
    principal = [float(row.principal) for row in rows]
    interest = [float(row.interest_paid) for row in rows]
    balance = [float(row.closing) for row in rows]

    figure, (paid, left) = plt.subplots(
        2, 1, figsize=(9, 5), layout="constrained", sharex=True, height_ratios=(5, 3)
    )
    bars(paid, month, principal, [0.0] * len(rows), color=PRINCIPAL, label="principal")
    bars(paid, month, interest, principal, color=INTEREST, label="interest")
    paid.set_title("Paid each month", loc="left", fontsize=11, weight="bold", pad=10)
    paid.legend(
        loc="lower right",
        bbox_to_anchor=(1, 1.0),
        ncols=2,
        frameon=False,
        borderaxespad=0.2,
        handlelength=1.0,
        handletextpad=0.5,
    )
    paid.set(xlim=(0.4, len(rows) + 0.6), ylim=(0, 700), yticks=range(0, 601, 200))
    stages = ((1, 3, "holiday"), (4, 9, "interest only"), (10, 33, "equal instalments"))
    for first, last, name in stages:
        paid.text((first + last) / 2, 655, name, ha="center", va="center", color=BALANCE)
        if first > 1:
            paid.axvline(first - 0.5, color=QUIET, linewidth=0.8, linestyle=(0, (1, 2)))

    # From what is owed today, so that the rise in the holiday shows.
    today = [float(rows[0].opening), *balance]
    left.fill_between([0.5, *month], today, color=AREA, linewidth=0)
    left.plot([0.5, *month], today, color=BALANCE, linewidth=1.8)
    left.set_title("Still owed", loc="left", fontsize=11, weight="bold", pad=8)
    left.text(
        0.7, 14_600, "the holiday's interest joins the balance", va="center", fontsize=10, color=BALANCE
    )
    left.set(xlabel="month of the new plan", ylim=(0, 17_000), yticks=range(0, 15_001, 5_000))
    left.set_xticks([1, *range(3, len(rows) + 1, 3)])
    for axis in (paid, left):
        axis.yaxis.set_major_formatter(mpl.ticker.StrMethodFormatter("{x:,.0f}"))
    figure.savefig(target, metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
    plt.close(figure)
    print(f"wrote {target.relative_to(HERE.parent)}")


if __name__ == "__main__":
    mpl.use("svg")
    mpl.rcParams.update(STYLE)
    (HERE / "pictures").mkdir(exist_ok=True)
    plan_picture(HERE / "pictures" / "plan.svg")
