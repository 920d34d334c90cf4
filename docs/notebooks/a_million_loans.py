"""A million loans on a laptop: sweep, stress, choose."""

import marimo

app = marimo.App(app_title="A million loans on a laptop")


@app.cell
def _():
    import os
    import time

    import marimo as mo
    import matplotlib.pyplot as plt
    import numpy as np

    import repayplan as rp

    # The page in the documentation is built with fewer, so that it is built in seconds.
    size = int(os.environ.get("REPAYPLAN_NOTEBOOK_LOANS", "1000000"))
    return mo, np, plt, rp, size, time


@app.cell
def _(mo, size):
    mo.md(
        f"""
        # A million loans on a laptop

        A synthetic portfolio: **this page was made with {size:,} loans**. Run the notebook yourself and it is
        a million, or as many as `REPAYPLAN_NOTEBOOK_LOANS` says. First twelve variants of a policy on all of
        them; then, for each extension limit among these, what becomes of the plans of a sample when people
        lose their income; then what there is to choose from.
        """
    )
    return


@app.cell
def _(np, rp, size):
    random = np.random.default_rng(2026)
    owed = random.integers(100_000, 3_000_000, size)
    loans = rp.Loans.from_columns(
        principal=rp.minor(owed),
        annual_rate=random.choice(np.array([0.08, 0.12, 0.18]), size),
        original_term=60,
        elapsed=24,
        unpaid=36,
        next_due=np.datetime64("2026-01-01") + random.integers(0, 27, size),
    )
    earned = (random.uniform(0.012, 0.06, size) * owed).astype(np.int64) + 200_000
    homes = rp.Households.from_columns(net_income=rp.minor(earned))
    policy = rp.Policy.example("consumer")
    return homes, loans, policy


@app.cell
def _(homes, loans, mo, policy, rp, size, time):
    axes = {"limit.percent": ["0", "10", "25", "50"], "allowance.multiplier": ["1.8", "2", "2.2"]}
    started = time.perf_counter()
    made = rp.sweep(loans, homes, policy, axes, workers=2)
    took = time.perf_counter() - started
    mo.md(
        f"""
        ## Sweep

        {len(made)} variants and the policy as it is, on {size:,} loans, took **{took:.1f} s** here.
        """
    )
    return (made,)


@app.cell
def _(made, plt, rp):
    maps, both = plt.subplots(2, 1, figsize=(7.5, 6.5), layout="constrained")
    rp.plot_sweep(made, "offered_percent", ax=both[0])
    rp.plot_sweep(made, "extension_mean", ax=both[1])
    maps
    return


@app.cell
def _(homes, loans, made, np, rp, size, time):
    # The limit moves, the allowance stays as the policy has it.
    limits = [i for i, each in enumerate(made.variants) if "allowance.multiplier" not in each.changed]
    sample = np.sort(np.random.default_rng(7).choice(size, min(size, 10_000), replace=False))
    some, who = loans.take(sample), homes.take(sample)
    shocks = rp.Shocks(
        income=(rp.IncomeLoss(chance="0.02", share="0.25", recovery="0.25"),),
        buffer=rp.Buffer(puts_by="0.2"),
        missed=2,
    )
    paths, horizons = 40, (6, 12, 24)
    begun = time.perf_counter()
    found = {}
    for number in limits:
        offers = rp.propose(some, who, made.variants[number].policy).value
        found[number] = rp.stress(offers, who, shocks, paths=paths, seed=1, horizons=horizons).value
    stressed = time.perf_counter() - begun
    return found, horizons, limits, paths, sample, stressed


@app.cell
def _(limits, mo, paths, sample, size, stressed):
    mo.md(
        f"""
        ## Stress

        {len(limits)} variants, one for each limit, the allowance as the policy has it. Each month 2 % of
        incomes fall by a quarter, for four months on average; a fifth of what is left over is put by; two
        missed payments in a row break a plan. These chances are made up.

        Asked of a **random sample of {len(sample):,}** of the {size:,} loans, on **{paths} paths** of 24
        months; that took {stressed:.1f} s here. The same months hit the same borrowers under each limit.
        """
    )
    return


@app.cell
def _(found, horizons, limits, made, mo, np):
    def told(number):
        table, each = found[number].table(), found[number].chance
        row = {"limit": f"{made.variants[number].values['limit.percent']} %", "plans": len(found[number])}
        for k, months in enumerate(horizons):
            row[f"stand after {months} months"] = f"{100 * table['chance'][k]:.2f} %"
            row[f"± of the paths, {months}"] = f"{100 * table['standard_error'][k]:.2f}"
            row[f"± of the sample, {months}"] = f"{100 * each[:, k].std(ddof=1) / np.sqrt(len(each)):.2f}"
        return row

    mo.ui.table([told(number) for number in limits], selection=None)
    return


@app.cell
def _(mo):
    mo.md(
        """
        ± is one standard error, in percentage points: *of the paths*, how far more paths could move the
        figure; *of the sample*, how far another sample of as many loans could, the paths' share in it. A
        difference between two rows is to be read beside its own error, which is smaller, because the same
        happens to the same borrowers under both:
        """
    )
    return


@app.cell
def _(found, limits, made, mo):
    def apart(number):
        gap = found[number].difference(found[limits[0]])
        of, than = (f"{made.variants[i].values['limit.percent']} %" for i in (number, limits[0]))
        last = -1
        return {
            "limit": of,
            "than with": than,
            "more plans": int(gap["loans"][last] - gap["loans_of_other"][last]),
            "stand after 24 months, difference": f"{100 * gap['chance'][last]:+.2f}",
            "± of the paths": f"{100 * gap['standard_error'][last]:.2f}",
        }

    mo.ui.table([apart(number) for number in limits[1:]], selection=None)
    return


@app.cell
def _(mo):
    mo.md("## Choose")
    return


@app.cell
def _(made, plt, rp):
    front, place = plt.subplots(figsize=(7, 4.2), layout="constrained")
    best = {"offered_percent": "most", "left_least": "most"}
    rp.plot_pareto(made, "offered_percent", "left_least", best=best, ax=place)
    front
    return


@app.cell
def _(found, limits, made, mo):
    def choice(number):
        variant = made.variants[number]
        return {
            "limit": f"{variant.values['limit.percent']} %",
            "offered, % of those eligible": f"{made.metric('offered_percent')[number]:.1f}",
            "mean extension (months)": f"{made.metric('extension_mean')[number]:.1f}",
            "least left to live on": f"{made.metric('left_least')[number]:,}",
            "stand after 24 months, %": f"{100 * found[number].table()['chance'][-1]:.1f}",
        }

    mo.ui.table([choice(number) for number in limits], selection=None)
    return


@app.cell
def _(mo):
    mo.md(
        """
        A longer limit reaches more borrowers, and those it reaches are the ones with least to spare: the
        share of plans that stand is of another group under each limit. So read the share beside the number of
        plans. A larger allowance leaves more to live on, and fewer are offered a plan; the points of the
        front are the pairs of rules of which none is better in both.

        What the stress can't say is whether 2 % a month is the right chance to lose one's pay, nor what
        happens in other months than these. Which row is right isn't a matter of calculation: it is how many
        broken plans one would bear for another plan that holds.
        """
    )
    return


if __name__ == "__main__":
    app.run()
