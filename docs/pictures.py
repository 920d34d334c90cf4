"""Draw the pictures of the documentation from real schedules; needs matplotlib: `python docs/pictures.py`."""

from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt

import repayplan as rp

HERE = Path(__file__).parent
# Told apart without colour: dark, light and a hatch; the text sizes read at half the width of a page.
PRINCIPAL, INTEREST, BALANCE = "#1f4e79", "#f2b66d", "#333333"


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
    rows = rp.schedule(
        loan, rp.holiday(3, interest="capitalise") + rp.interest_only(6) + rp.equal_instalment(24)
    ).rows
    month = [row.period for row in rows]
    principal = [float(row.principal) for row in rows]
    interest = [float(row.interest_paid) for row in rows]
    balance = [float(row.closing) for row in rows]

    figure, payments = plt.subplots(figsize=(9, 4.2), layout="constrained")
    payments.bar(month, principal, color=PRINCIPAL, label="principal")
    light = {"color": INTEREST, "hatch": "///", "edgecolor": "white"}
    payments.bar(month, interest, bottom=principal, label="interest", **light)
    payments.set(xlabel="month of the new plan", ylabel="paid in the month", xlim=(0.2, len(rows) + 0.8))
    top = 1.32 * max(float(row.payment) for row in rows)
    payments.set_ylim(0, top)
    left = payments.twinx()
    left.plot(month, balance, color=BALANCE, marker="o", markersize=3, label="still owed (right scale)")
    left.set(ylabel="still owed after it", ylim=(0, 1.32 * max(balance)))
    left.yaxis.set_major_formatter(mpl.ticker.StrMethodFormatter("{x:,.0f}"))

    stages = ((1, 3, "holiday(3)"), (4, 9, "interest_only(6)"), (10, 33, "equal_instalment(24)"))
    words = {"ha": "center", "va": "top", "family": "monospace", "fontsize": 9}
    for first, last, what in stages:
        payments.text((first + last) / 2, 0.965 * top, what, **words)
        if first > 1:
            payments.axvline(first - 0.5, color="#999999", linewidth=0.8, linestyle=":")
    handles = [*payments.get_legend_handles_labels()[0], *left.get_legend_handles_labels()[0]]
    payments.legend(handles=handles, loc="upper center", bbox_to_anchor=(0.5, 1.13), ncols=3)
    for axis in (payments, left):
        axis.spines["top"].set_visible(False)
    figure.savefig(target, metadata={"Date": None})
    plt.close(figure)
    print(f"wrote {target.relative_to(HERE.parent)}")


if __name__ == "__main__":
    mpl.use("svg")
    mpl.rcParams.update({"svg.hashsalt": "repayplan", "font.size": 11, "legend.frameon": False})
    (HERE / "pictures").mkdir(exist_ok=True)
    plan_picture(HERE / "pictures" / "plan.svg")
