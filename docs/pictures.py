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

    figure, (payments, left) = plt.subplots(
        2, 1, figsize=(9, 5), layout="constrained", sharex=True, height_ratios=(2, 1)
    )
    payments.bar(month, principal, color=PRINCIPAL, label="principal")
    light = {"color": INTEREST, "hatch": "///", "edgecolor": "white"}
    payments.bar(month, interest, bottom=principal, label="interest", **light)
    payments.set(ylabel="paid in the month", xlim=(0.2, len(rows) + 0.8))
    payments.legend(loc="upper left", bbox_to_anchor=(0, 0.86), frameon=True, edgecolor="white")
    left.fill_between(month, balance, color="#dddddd")
    left.plot(month, balance, color=BALANCE, marker="o", markersize=3)
    left.set(ylabel="still owed", xlabel="month of the new plan", ylim=(0, 1.1 * max(balance)))
    left.set_xticks([1, *range(3, len(rows) + 1, 3)])

    top = 1.24 * max(float(row.payment) for row in rows)
    payments.set_ylim(0, top)
    stages = ((1, 3, "holiday\n(3)"), (4, 9, "interest_only\n(6)"), (10, 33, "equal_instalment\n(24)"))
    words = {"ha": "center", "va": "top", "family": "monospace", "fontsize": 9}
    for first, last, what in stages:
        payments.text((first + last) / 2, 0.985 * top, what, **words)
        for axis in (payments, left) if first > 1 else ():
            axis.axvline(first - 0.5, color="#777777", linewidth=0.8, linestyle=":")
    for axis in (payments, left):
        axis.yaxis.set_major_formatter(mpl.ticker.StrMethodFormatter("{x:,.0f}"))
        axis.spines[["top", "right"]].set_visible(False)
    figure.align_ylabels()
    figure.savefig(target, metadata={"Date": None})
    plt.close(figure)
    print(f"wrote {target.relative_to(HERE.parent)}")


if __name__ == "__main__":
    mpl.use("svg")
    mpl.rcParams.update({"svg.hashsalt": "repayplan", "font.size": 11, "legend.framealpha": 1.0})
    (HERE / "pictures").mkdir(exist_ok=True)
    plan_picture(HERE / "pictures" / "plan.svg")
