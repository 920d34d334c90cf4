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

    # These pages are built with fewer, so that they are built in seconds.
    size = int(os.environ.get("REPAYPLAN_NOTEBOOK_LOANS", "1000000"))
    return mo, np, plt, rp, size, time


@app.cell
def _(mo, size):
    mo.md(
        f"""
        # A million loans on a laptop

        A synthetic portfolio of **{size:,} loans**; run it yourself and it is a million. Twelve variants of a
        policy, then what becomes of the plans of three of them when people lose their income.
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
    earned = (random.uniform(0.03, 0.09, size) * owed).astype(np.int64) + 200_000
    homes = rp.Households.from_columns(net_income=rp.minor(earned))
    policy = rp.Policy.example("consumer")
    return homes, loans, policy


@app.cell
def _(homes, loans, mo, policy, rp, size, time):
    axes = {"limit.percent": ["10", "25", "50", "100"], "allowance.multiplier": ["1.8", "2", "2.2"]}
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
def _(mo):
    mo.md(
        """
        ## Stress

        The same months hit the same borrowers under each policy: 2 % of incomes fall away by 60 % each month,
        for four months on average; two missed payments in a row break a plan. These chances are made up.
        """
    )
    return


@app.cell
def _(homes, loans, made, mo, np, rp):
    rows = np.arange(min(len(loans), 20_000))
    shocks = rp.Shocks(
        income=(rp.IncomeLoss(chance="0.02", share="0.6", recovery="0.25"),),
        buffer=rp.Buffer(puts_by="0.2"),
        missed=2,
    )
    told = []
    for variant in made.variants[:3]:
        offers = rp.propose(loans.take(rows), homes.take(rows), variant.policy).value
        found = rp.stress(offers, homes.take(rows), shocks, paths=40, seed=1).value
        chances = dict(zip(found.horizons, found.table()["chance"].tolist(), strict=True))
        named = {path: str(value) for path, value in variant.values.items()}
        told.append({**named, "plans": len(found), **{f"{m} months": c for m, c in chances.items()}})
    mo.ui.table(told, selection=None)
    return


@app.cell
def _(made, plt, rp):
    front, place = plt.subplots(figsize=(7, 4.2), layout="constrained")
    best = {"offered_percent": "most", "left_least": "most"}
    rp.plot_pareto(made, "offered_percent", "left_least", best=best, ax=place)
    front
    return


@app.cell
def _(mo):
    mo.md(
        """
        ## Choose

        A larger allowance leaves more to live on, and fewer are offered a plan. Read the chances beside the
        number of plans: each policy offers them to another group, and losing 60 % of an income is more than
        any of these allowances makes up for. Which point of the front is right isn't a matter of calculation.
        """
    )
    return


if __name__ == "__main__":
    app.run()
