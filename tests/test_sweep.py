"""Sweeps: metrics against separate runs summed up by hand, who changed, fronts, and whatever is refused."""

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from math import ceil, isclose, isnan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp
from examples import examples
from extras import needs
from repayplan import Code, InputError
from repayplan.edges.summary import breached
from repayplan.programmes import lender, sweeping
from repayplan.programmes.sweepvalues import as_column
from repayplan.programmes.tally import exact_total, labels, percentile
from repayplan.programmes.variants import variants

PART = rp.ArrearsPart(treatment="pay_first")
STEPS = (
    rp.Concession(step="extend"),
    rp.Concession(step="cut_rate", by="0.01", floor="0.06"),
    rp.Concession(step="cut_rate", by="0.01", floor="0.02"),
    rp.Concession(step="waive", component="fees", percent="60"),
    rp.Concession(step="forbear", percent="20", multiple="500"),
)
POLICY = replace(
    rp.Policy.example("consumer"),
    concessions=STEPS,
    statuses=("open", "late"),
    arrears=rp.ArrearsRule(overdue_interest=PART, accrued_interest=PART, penalty=PART, fees=PART),
    limit=rp.ExtensionLimit(percent="50", reading="beyond_original_maturity"),
)
LENDER = rp.Lender(
    contract=rp.equal_instalment(rp.col("unpaid")),
    rule=rp.ModificationRule(year="12 months", diminished_above="0.01", substantial_from="0.1"),
    rate="0.13",
)
AXES = {"limit.percent": ["0", "50", 120], "allowance.multiplier": ["1", "2", "2.6"]}


def portfolio(count=60, seed=3, *, bad=True):
    """Loans, some of them closed, some weekly, a few of them bad, of two regions."""
    random = np.random.default_rng(seed)
    principal = [str(p) for p in random.integers(2_000, 25_000, count)]
    if bad:
        principal[5], principal[40] = "-1", "x"
    loans = rp.Loans.from_columns(
        principal=principal,
        annual_rate=[("0.12", "0.05", "0.24")[k] for k in random.integers(0, 3, count)],
        original_term=36,
        elapsed=10,
        unpaid=26,
        next_due="2026-01-31",
        frequency=[("monthly", "monthly", "weekly")[k] for k in random.integers(0, 3, count)],
        fees=[("0", "35.50")[k] for k in random.integers(0, 2, count)],
        columns={
            "status": [("open", "late", "closed")[k] for k in random.integers(0, 3, count)],
            "branch": [("north", "south")[k] for k in random.integers(0, 2, count)],
        },
    )
    incomes = [str(i) for i in random.integers(1_500, 4_500, count)]
    if bad:
        incomes[7] = "-3"
    return loans, rp.Households.from_columns(net_income=incomes)


LOANS, HOMES = portfolio()


@pytest.fixture(scope="module")
def made():
    return rp.sweep(LOANS, HOMES, POLICY, AXES, by="branch", lender=LENDER, keep=True)


def by_hand(policy, rows=None):
    """The metrics of one policy, from its own run and its own schedules, loan by loan."""
    out = rp.propose(LOANS, HOMES, policy)
    p = out.value
    keep = [i for i, row in enumerate(p.row.tolist()) if rows is None or row in rows]
    offered = [i for i in keep if p.offered[i]]
    eligible = [i for i in keep if p.eligible[i]]
    weekly = (LOANS.frequency != 0)[p.row]

    def month(units, i):
        return -(-int(units) * 52 // 12) if weekly[i] else int(units)

    def cents(total):
        return Decimal(total).scaleb(-2)

    asked = LOANS.__len__() if rows is None else len(rows)
    failed = asked - len(keep)
    found = {"loans": asked, "failed": failed, "not_eligible": len(keep) - len(eligible)}
    found |= {"eligible": len(eligible), "offered": len(offered), "refused": len(eligible) - len(offered)}
    reasons = Counter()
    for code, whose in p.reasons_hold.items():
        reasons[code] = sum(bool(whose[i]) for i in eligible)
    closed = int(p.reasons_hold[Code.NOT_ELIGIBLE][keep].sum())
    found["closed_not_eligible_percent"] = 100 * closed / len(keep)
    for code, count in reasons.items():
        if count:
            found[f"refused_{code.value}_percent"] = 100 * count / len(eligible)
    months = sorted(int(p.extension_months[i]) for i in offered)
    found["extension_mean"] = sum(months) / len(months)
    for percent in (50, 90):
        found[f"extension_p{percent}"] = months[max(ceil(percent * len(months) / 100), 1) - 1]
    before = sum(month(p.instalment_before[i], i) for i in offered)
    after = sum(month(p.instalment_after[i], i) for i in offered)
    found |= {"before_a_month": cents(before), "after_a_month": cents(after)}
    found["change_percent"] = 100 * (after - before) / before
    found["left_least"] = cents(min(int(p.left_to_live_on[i]) for i in offered))
    for name in ("total_interest", "never_paid", "forborne"):
        found[name] = cents(sum(int(getattr(p, name)[i]) for i in offered))
    for k, label in enumerate(("extend", "cut_rate", "cut_rate_2", "waive_fees", "forbear")):
        found[f"uses_{label}_percent"] = 100 * sum(p.degree[i, k] > 0 for i in offered) / len(offered)
    over = dict(zip(p.row[p.offered].tolist(), breached(p, *p.schedules.by_loan()), strict=True))
    found["breached"] = sum(bool(over[int(p.row[i])]) for i in offered)
    contract = rp.schedule(LOANS, LENDER.contract).value
    cost = rp.lender_cost(contract, p, LENDER.rule, rate=LENDER.rate)
    mine = [k for k, row in enumerate(cost.row.tolist()) if rows is None or row in rows]
    found["valued"] = len(mine)
    for name in ("value_before", "value_after", "lost"):
        found[name] = cents(sum(int(getattr(cost.value, name)[k]) for k in mine))
    found["diminished_percent"] = 100 * sum(bool(cost.value.diminished[k]) for k in mine) / len(mine)
    return found


def alike(got, wanted):
    """Hold counts and amounts to be equal, shares and means but for the last bits of a float."""
    for name, each in wanted.items():
        assert isclose(got[name], each, rel_tol=1e-12) if isinstance(each, float) else got[name] == each, name


def test_metrics_are_those_of_separate_runs(made):
    assert len(made) == 9
    for i, variant in enumerate(made.variants):
        wanted = by_hand(variant.policy)
        assert wanted["breached"] == 0
        alike({name: made.metric(name)[i] for name in wanted}, wanted)
        said = {n for n in made.columns if n.startswith("refused_") and made.metric(n)[i]}
        assert said - {"refused_percent"} == {n for n in wanted if n.startswith("refused_")}
    base = by_hand(POLICY)
    alike({name: made.baseline[name] for name in base}, base)


def test_loans_behind_a_gate_have_a_reason():
    earlier = rp.EarlierRestructures(most=1, within_years=5, least_months_between=3)
    policy = replace(rp.Policy.example("consumer"), limit=replace(POLICY.limit, earlier=earlier))
    few = LOANS.take(np.array([0, 1, 2, 3]))
    days = np.array(["2025-01-01", "2025-12-20", "NaT", "2010-01-01"], "M8[D]")
    loans, homes = few.replace(extra={"restructured_on": days}), HOMES.take(np.array([0, 1, 2, 3]))
    got = rp.sweep(loans, homes, policy, {"limit.earlier.within_years": [5, 30]})
    assert got.metric("not_eligible") == [2, 3]
    assert got.metric("closed_gate_window_percent") == [50, 75]
    assert got.metric("closed_gate_spacing_percent") == [25, 25]
    assert got.metric("closed_gate_count_percent") == got.metric("closed_not_eligible_percent") == [0, 0]
    for i, variant in enumerate(got.variants):
        hold = rp.propose(loans, homes, variant.policy).value.reasons_hold
        for code in (Code.GATE_WINDOW, Code.GATE_SPACING):
            assert got.metric(f"closed_{code.value}_percent")[i] == 25 * hold[code].sum()


@needs("polars")
def test_segments_are_the_same_metrics_of_fewer_loans(made):
    assert made.segments == ("north", "south")
    frame = made.to_frame("polars", by_segment=True)
    assert frame.height == 18
    branch = np.asarray(LOANS.extra["branch"])
    for label in made.segments:
        rows = set(np.flatnonzero(branch == label).tolist())
        wanted = by_hand(made.variants[4].policy, rows)
        got = frame.filter((frame["variant"] == 4) & (frame["branch"] == label)).to_dicts()[0]
        alike({name: got[name] for name in wanted}, wanted)
    whole = made.to_frame("polars").filter(frame["variant"].unique(maintain_order=True) == 4).to_dicts()[0]
    parts = frame.filter(frame["variant"] == 4)
    for name in ("loans", "failed", "eligible", "offered", "total_interest", "lost"):
        assert parts[name].sum() == whole[name]


def test_it_says_what_it_is_in_a_line(made):
    assert repr(made) == "Sweep(9 variants of 'Example: consumer loans, China', 60 loans)"


def test_the_order_of_variants_and_what_each_says(made):
    assert made.paths == ("limit.percent", "allowance.multiplier")
    said = [tuple(each.values.values()) for each in made.variants]
    assert said == [(Decimal(p), Decimal(m)) for p in (0, 50, 120) for m in ("1", "2", "2.6")]
    assert made.variants[4].changed == ()
    assert made.variants[4].policy == POLICY
    assert made.variants[4].fingerprint == POLICY.fingerprint
    assert {each.changed for each in made.variants} >= {
        ("limit.percent",),
        ("limit.percent", "allowance.multiplier"),
    }
    assert POLICY.limit.percent == 50


def test_who_changed(made):
    for before, after in ((0, 8), (4, 3), (5, 5), (-1, 2), (1, 4)):
        policies = [POLICY if k < 0 else made.variants[k].policy for k in (before, after)]
        found = [{}, {}]
        for side, policy in zip(found, policies, strict=True):
            out = rp.propose(LOANS, HOMES, policy)
            for i, row in enumerate(out.row.tolist()):
                p = out.value
                if p.offered[i]:
                    terms = [int(p.method[i]), *p.degree[i].tolist()]
                    side[row] = (
                        int(p.instalments[i]),
                        int(p.instalment_after[i]),
                        int(p.total_interest[i]),
                        terms,
                    )
                else:
                    side[row] = "refused" if p.eligible[i] else "not_eligible"
        rows = [row for row in range(len(LOANS)) if found[0].get(row) != found[1].get(row)]
        got = made.changed(before, after)
        assert got.row.tolist() == rows
        for k, row in enumerate(rows):
            for side, state, when in zip(found, (got.before, got.after), ("before", "after"), strict=True):
                one = side[row]
                assert state[k] == (one if isinstance(one, str) else "offered")
                if not isinstance(one, str):
                    names = ("instalments", "payment", "total_interest")
                    assert tuple(got.figures[f"{name}_{when}"][k] for name in names) == one[:3]
        counts = got.counts()
        assert sum(counts.values()) == len(rows) == len(got)
        assert counts["gained"] == sum(
            isinstance(found[0].get(r), str) and isinstance(found[1][r], tuple) for r in rows
        )
    assert len(made.changed(5, 5)) == 0


@needs("polars")
def test_changed_as_a_frame(made):
    got = made.changed(0, 8)
    frame = got.to_frame("polars")
    assert frame["row"].to_list() == got.row.tolist()
    gained = frame.filter(frame["before"] == "refused")
    assert gained["payment_before"].null_count() == gained.height > 0
    assert gained["payment_after"].null_count() == 0
    offered = got.after == "offered"
    units = got.figures["payment_after"][offered].tolist()
    assert frame["payment_after"].drop_nulls().to_list() == [Decimal(each).scaleb(-2) for each in units]


@pytest.mark.parametrize(("block", "workers"), [(13, 1), (33, 3)])
def test_blocks_and_workers_do_not_matter(made, monkeypatch, block, workers):
    monkeypatch.setattr(sweeping, "BLOCK", block)
    axes = {"limit.percent": ["0", "120"], "allowance.multiplier": ["1", "2.6"]}
    seen = []
    got = rp.sweep(
        LOANS, HOMES, POLICY, axes, by="branch", workers=workers, keep=True,
        progress=lambda done, every: seen.append((done, every)),
    )  # fmt: skip
    which = [0, 2, 6, 8]
    for name, values in got.columns.items():
        assert np.array_equal(values, made.columns[name][which], equal_nan=values.dtype.kind == "f"), name
    one, other = got.changed(0, 3), made.changed(0, 8)
    assert one.row.tolist() == other.row.tolist()
    assert one.before.tolist() == other.before.tolist()
    good = len(LOANS) - 3
    assert seen[-1] == (5 * good, 5 * good)
    assert seen == sorted(seen)


@examples(5)
@given(st.randoms(use_true_random=False))
def test_the_order_of_loans_does_not_matter(random):
    order = list(range(len(LOANS)))
    random.shuffle(order)
    good = [i for i in order if i not in (5, 7, 40)]
    rows = np.array(good)
    some = [
        rp.sweep(LOANS.take(r), HOMES.take(r), POLICY, {"limit.percent": ["0", "80"]})
        for r in (rows, np.sort(rows))
    ]
    for name, values in some[0].columns.items():
        assert np.array_equal(values, some[1].columns[name], equal_nan=values.dtype.kind == "f")


def test_given_combinations_and_one_at_a_time():
    both = [{"limit.percent": "20"}, {"limit.percent": "80", "allowance.multiplier": "1"}]
    got = rp.sweep(LOANS, HOMES, POLICY, both)
    assert [each.values for each in got.variants] == [
        {"limit.percent": Decimal(20), "allowance.multiplier": Decimal(2)},
        {"limit.percent": Decimal(80), "allowance.multiplier": Decimal(1)},
    ]
    alone = rp.sweep(LOANS, HOMES, POLICY, AXES, one_at_a_time=True)
    assert [each.changed for each in alone.variants] == [
        ("limit.percent",), (), ("limit.percent",), ("allowance.multiplier",), (), ("allowance.multiplier",),
    ]  # fmt: skip


def test_sensitivity(made):
    effects = made.sensitivity("offered")
    wanted = {}
    for path, base, at in (("limit.percent", 4, (1, 4, 7)), ("allowance.multiplier", 4, (3, 4, 5))):
        values = [made.metric("offered")[k] for k in at]
        wanted[path] = (min(values), max(values), made.metric("offered")[base])
    assert {each.path: (each.low, each.high, each.baseline) for each in effects} == wanted
    assert [each.spread for each in effects] == sorted((each.spread for each in effects), reverse=True)
    assert {each.path: (each.low_value, each.high_value) for each in effects}["allowance.multiplier"][1] == 1
    with pytest.raises(InputError) as caught:
        rp.sweep(LOANS, HOMES, POLICY, [{"limit.percent": "1", "decimals": 3}]).sensitivity("offered")
    assert (caught.value.code, caught.value.field) == (Code.MISSING, "limit.percent")


def test_pareto(made):
    front = made.pareto({"offered_percent": "most", "lost": "least"})
    points = list(zip(made.metric("offered_percent"), made.metric("lost"), strict=True))
    for i, (most, least) in enumerate(points):
        beaten = any(a >= most and b <= least and (a, b) != (most, least) for a, b in points)
        assert (i in front) is not beaten
    assert made.pareto({"offered": "most"}) == tuple(
        i for i, n in enumerate(made.metric("offered")) if n == max(made.metric("offered"))
    )


@needs("polars")
def test_nothing_offered_has_no_means():
    got = rp.sweep(LOANS, HOMES, POLICY, {"allowance.multiplier": ["9"]}, lender=LENDER)
    assert got.metric("offered") == [0]
    for name in ("extension_mean", "extension_p50", "change_percent", "left_least", "diminished_percent"):
        assert got.metric(name) == [None], name
    assert got.metric("total_interest") == [Decimal(0)]
    assert got.pareto({"extension_mean": "least"}) == ()
    frame = got.to_frame("polars")
    assert frame["extension_mean"].null_count() == frame["left_least"].null_count() == 1
    assert isnan(got.columns["extension_mean"][0])


def test_no_loans_at_all():
    none = np.zeros(0, np.int64)
    got = rp.sweep(LOANS.take(none), HOMES.take(none), POLICY, AXES, keep=True)
    assert got.metric("loans") == [0] * 9
    assert len(got.changed(0, 1)) == 0


@pytest.mark.parametrize("kind", ["pandas", "polars", "arrow"])
@needs("pandas", "polars", "pyarrow")
def test_frames_of_each_kind(made, kind):
    frame = made.to_frame(kind)
    names = list(frame.columns) if kind != "arrow" else frame.column_names
    assert names[:4] == ["variant", "limit.percent", "allowance.multiplier", "fingerprint"]
    column = frame["total_interest"].to_pylist() if kind == "arrow" else frame["total_interest"].to_list()
    assert column == made.metric("total_interest")
    shares = frame["offered_percent"].to_pylist() if kind == "arrow" else frame["offered_percent"].to_list()
    assert shares == made.metric("offered_percent")


def test_rates_by_loan_and_a_contract_that_is_worth_nothing():
    rates = rp.minor(np.full(len(LOANS), 1_300_000_000))
    same = rp.sweep(LOANS, HOMES, POLICY, {"limit.percent": ["50"]}, lender=replace(LENDER, rate=rates))
    assert same.metric("lost") == [by_hand(POLICY)["lost"]]
    signed = rp.schedule(LOANS, LENDER.contract).value.effective_rate(year="12 months")
    each = rp.sweep(LOANS, HOMES, POLICY, {"limit.percent": ["50"]}, lender=replace(LENDER, rate=signed))
    out = rp.propose(LOANS, HOMES, POLICY).value
    cost = rp.lender_cost(rp.schedule(LOANS, LENDER.contract).value, out, LENDER.rule, rate=signed)
    assert each.metric("lost") == [Decimal(int(cost.value.lost.sum())).scaleb(-2)]
    few = rp.sweep(
        LOANS, HOMES, POLICY, {"limit.percent": ["50"]}, lender=replace(LENDER, rate=["0.1", "x"] * 30)
    )
    assert 0 < few.metric("valued")[0] < few.metric("offered")[0]
    none = rp.sweep(
        LOANS, HOMES, POLICY, {"limit.percent": ["50"]}, lender=replace(LENDER, rate=["x"] * len(LOANS))
    )
    assert none.metric("valued") == [0]
    for name in ("value_before", "value_after", "lost", "lost_percent", "diminished_percent"):
        assert none.metric(name) == [None], name
    axes, part = {"limit.percent": ["50"]}, rp.equal_instalment(rp.col("years"))
    with pytest.raises(InputError, match=r"lender.contract.equal_instalment.n") as caught:
        rp.sweep(LOANS, HOMES, POLICY, axes, lender=replace(LENDER, contract=rp.equal_instalment(0)))
    assert (caught.value.code, caught.value.value) == (Code.OUT_OF_RANGE, "0")
    loans = LOANS.replace(extra={**LOANS.extra, "years": [0] * 59 + [26]})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lender, "SOME", 40)
        some = rp.sweep(loans, HOMES, POLICY, axes, lender=replace(LENDER, contract=part))
    assert some.metric("valued")[0] <= 1


def test_which_metrics_there_are_does_not_depend_on_the_loans():
    rich, poor = (rp.Households.from_columns(net_income=[income] * len(LOANS)) for income in ("90000", "1"))
    axes = {"limit.percent": ["50"]}
    one, other = (rp.sweep(LOANS, homes, POLICY, axes, lender=LENDER) for homes in (rich, poor))
    assert (one.metric("refused"), other.metric("offered")) == ([0], [0])
    assert list(one.columns) == list(other.columns)
    assert one.metric("refused_over_capacity_percent") == [0]
    assert other.metric("uses_extend_percent") == [None]
    columns = [sweep._metrics(sweep._whole) for sweep in (one, other)]
    for name, column in columns[0].items():
        if isinstance(column, tuple):
            assert column.places == columns[1][name].places == 2, name


def test_a_total_that_does_not_fit_leaves_the_other_figures():
    """150 loans of 9e14, in cents: together more than an int64 holds."""
    count = 150
    loans = rp.Loans.from_columns(
        principal=["900000000000000"] * count,
        annual_rate="0.12",
        original_term=36,
        elapsed=10,
        unpaid=26,
        next_due="2026-01-31",
    )
    homes = rp.Households.from_columns(net_income=["90000000000000"] * count)
    policy = rp.Policy.example("consumer")
    made = rp.sweep(loans, homes, policy, {"limit.percent": ["50"]}, lender=LENDER)
    assert made.metric("offered") == [count]
    with pytest.raises(InputError, match=r"value_before='variant 0'.*int64"):
        made.metric("value_before")
    assert made.columns["value_before"].tolist() == [None]
    assert made.baseline["value_before"] is None
    one = rp.propose(loans.take(np.zeros(1, np.int64)), homes.take(np.zeros(1, np.int64)), policy).value
    interest = Decimal(int(one.total_interest[0])).scaleb(-2)
    assert made.metric("total_interest") == [count * interest]
    cost = rp.lender_cost(
        rp.schedule(one.contracts, LENDER.contract).value, one, LENDER.rule, rate=LENDER.rate
    )
    lost = Decimal(int(cost.value.lost[0])) / Decimal(int(cost.value.value_before[0]))
    assert isclose(made.metric("lost_percent")[0], 100 * lost, rel_tol=1e-9)


def never(*_, **__):
    raise AssertionError("a loan was looked at")


@pytest.mark.parametrize(
    ("axes", "code", "field"),
    [
        ({"limit.percnt": ["5"]}, Code.UNKNOWN_VALUE, "limit.percnt"),
        ({"limit.percent": ["50", "-5"]}, Code.OUT_OF_RANGE, "limit.percent"),
        ({"limit.percent": [0.5]}, Code.OUT_OF_RANGE, "limit.percent"),
        ({"limit.percent": [None]}, Code.MISSING, "limit.percent"),
        ({"concessions.cut_rate.floor": ["0"]}, Code.UNKNOWN_VALUE, "concessions.cut_rate.floor"),
        ({"concessions[9].floor": ["0"]}, Code.OUT_OF_RANGE, "concessions[9].floor"),
        ({"concessions.forgive.percent": ["1"]}, Code.UNKNOWN_VALUE, "concessions.forgive.percent"),
        ({"target.percent": ["1"]}, Code.UNKNOWN_VALUE, "target.percent"),
        ({"name.first": ["1"]}, Code.UNKNOWN_VALUE, "name.first"),
        ({"methods": [["flat", "flatter"]]}, Code.UNKNOWN_VALUE, "methods"),
        ({"limit": ["x"]}, Code.UNKNOWN_VALUE, "limit"),
        ({"limit": [{"percnt": 5}]}, Code.UNKNOWN_VALUE, "limit.percnt"),
        ({"limit.percent": ["1"], "limit": [POLICY.limit]}, Code.DUPLICATE, "limit"),
        ({"limit": [POLICY.limit], "limit.percent": ["1"]}, Code.DUPLICATE, "limit.percent"),
        ({"limit..percent": ["1"]}, Code.UNKNOWN_VALUE, "axes"),
        ({"limit.percent": []}, Code.MISSING, "limit.percent"),
        ({"limit.percent": "50"}, Code.UNKNOWN_VALUE, "limit.percent"),
        ({}, Code.MISSING, "axes"),
        ([], Code.MISSING, "axes"),
        (7, Code.UNKNOWN_VALUE, "axes"),
        ([{"limit.percent": "5"}, "x"], Code.UNKNOWN_VALUE, "axes"),
    ],
)
def test_whatever_cannot_be_meant_fails_before_anything_runs(monkeypatch, axes, code, field):
    monkeypatch.setattr(sweeping, "propose", never)
    monkeypatch.setattr(sweeping, "decide", never)
    with pytest.raises(InputError) as caught:
        rp.sweep(LOANS, HOMES, POLICY, axes)
    assert (caught.value.code, caught.value.field) == (code, field)


def test_columns_that_a_variant_looks_at_are_missed_before_anything_runs(monkeypatch):
    monkeypatch.setattr(sweeping, "decide", never)
    for axes in ({"limit.consents": [[], ["spouse"]]}, {"limit.age": [{"years": 65, "born": ["born"]}]}):
        with pytest.raises(InputError) as caught:
            rp.sweep(LOANS, HOMES, POLICY, axes)
        assert caught.value.code is Code.MISSING
    with pytest.raises(InputError) as caught:
        rp.sweep(LOANS, HOMES, POLICY, {"limit.percent": ["1"]}, by="nowhere")
    assert (caught.value.code, caught.value.field) == (Code.UNKNOWN_VALUE, "by")
    with pytest.raises(InputError) as caught:
        rp.sweep(LOANS, HOMES, POLICY, [{"limit.percent": "1"}], one_at_a_time=True)
    assert caught.value.field == "one_at_a_time"


@pytest.mark.parametrize(
    "name", ["variant", "loans", "uses_cut_rate_2_percent", "limit.percent", "fingerprint", "lost"]
)
def test_segments_are_no_column_that_the_table_has_already(name):
    few = LOANS.take(np.arange(4))
    loans = few.replace(extra={**few.extra, name: ["a", "b", "a", "b"]})
    with pytest.raises(InputError, match="by another name") as caught:
        rp.sweep(loans, HOMES.take(np.arange(4)), POLICY, {"limit.percent": ["1"]}, by=name, lender=LENDER)
    assert (caught.value.code, caught.value.field) == (Code.UNKNOWN_VALUE, "by")


def test_a_combination_of_nothing_is_the_baseline():
    first, second = variants(POLICY, [{}, {"limit.percent": "1"}])
    assert (first.policy, first.changed) == (POLICY, ())
    assert second.changed == ("limit.percent",)


def test_misuse(made):
    with pytest.raises(TypeError, match="59 households"):
        rp.sweep(LOANS, HOMES.take(np.arange(59)), POLICY, AXES)
    with pytest.raises(TypeError, match="batch"):
        rp.sweep(LOANS.one(0), rp.Household(net_income="1"), POLICY, AXES)
    plain = rp.sweep(LOANS, HOMES, POLICY, {"limit.percent": ["50"]})
    cases = (
        (lambda: plain.changed(0, 0), Code.MISSING, "keep"),
        (lambda: made.changed(0, 9), Code.OUT_OF_RANGE, "after"),
        (lambda: made.metric("offers"), Code.UNKNOWN_VALUE, "metric"),
        (lambda: made.pareto({}), Code.MISSING, "objectives"),
        (lambda: made.pareto({"offered": "max"}), Code.UNKNOWN_VALUE, "objectives.offered"),
        (lambda: made.pareto("offered"), Code.UNKNOWN_VALUE, "objectives"),
        (lambda: made.pareto(["offered"]), Code.UNKNOWN_VALUE, "objectives"),
        (lambda: made.changed(True, 0), Code.OUT_OF_RANGE, "before"),
        (lambda: made.to_frame(by_segment="no"), Code.UNKNOWN_VALUE, "by_segment"),
        (lambda: rp.sweep(LOANS, HOMES, POLICY, AXES, keep="no"), Code.UNKNOWN_VALUE, "keep"),
        (
            lambda: rp.sweep(LOANS, HOMES, POLICY, AXES, one_at_a_time="y"),
            Code.UNKNOWN_VALUE,
            "one_at_a_time",
        ),
        (lambda: rp.sweep(LOANS, HOMES, POLICY, AXES, progress=3), Code.UNKNOWN_VALUE, "progress"),
        (
            lambda: rp.Lender(contract="x", rule=LENDER.rule, rate="0.1"),
            Code.UNKNOWN_VALUE,
            "lender.contract",
        ),
        (lambda: replace(LENDER, rule=None), Code.UNKNOWN_VALUE, "lender.rule"),
        (lambda: replace(LENDER, rate="abc"), Code.NOT_A_NUMBER, "lender.rate"),
        (lambda: replace(LENDER, rate="-5"), Code.OUT_OF_RANGE, "lender.rate"),
        (lambda: replace(LENDER, rate=None), Code.MISSING, "lender.rate"),
        (lambda: rp.sweep(LOANS, HOMES, POLICY, AXES, lender="x"), Code.UNKNOWN_VALUE, "lender"),
        (lambda: rp.sweep(LOANS, HOMES, "consumer", AXES), Code.UNKNOWN_VALUE, "policy"),
    )
    for ask, code, field in cases:
        with pytest.raises(InputError) as caught:
            ask()
        assert (caught.value.code, caught.value.field) == (code, field)
    assert made.changed(np.int64(0), 1).counts() == made.changed(0, 1).counts()


def test_several_households_behind_each_loan():
    loans, homes = portfolio(12, bad=False)
    entries = np.repeat(np.arange(12), 2)
    behind = rp.Obligors.from_columns(
        loan=entries, role=["borrower", "guarantor"] * 12, households=homes.take(entries)
    )
    policy = replace(POLICY, guarantors=False)
    got = rp.sweep(loans, behind, policy, {"guarantors": [False, True], "limit.percent": ["0", "90"]})
    for i, variant in enumerate(got.variants):
        assert got.metric("offered")[i] == int(rp.propose(loans, behind, variant.policy).value.offered.sum())


def test_what_steps_are_called():
    assert labels(POLICY) == ("extend", "cut_rate", "cut_rate_2", "waive_fees", "forbear")


@given(st.lists(st.integers(-(2**62), 2**62), max_size=12))
def test_totals_are_exact(values):
    assert exact_total(np.array(values, np.int64)) == sum(values)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=20), st.integers(0, 100))
def test_percentiles_are_by_nearest_rank(values, percent):
    rank = max(ceil(percent * len(values) / 100), 1)
    assert percentile(np.bincount(values), percent) == sorted(values)[rank - 1]


def test_an_axis_is_a_column_of_what_its_values_are():
    whole, numbers, texts = (
        as_column(values) for values in ([3, 6], [3, Decimal("0.5")], [True, None, Decimal("0.50"), "flat"])
    )
    assert (whole.dtype, whole.tolist()) == (np.int64, [3, 6])
    assert (numbers.dtype, numbers.tolist()) == (np.float64, [3.0, 0.5])
    assert texts.tolist() == ["true", "", "0.5", "flat"]
