"""Pictures of sweeps: what is drawn is what the sweep says, told apart without colour, in both languages."""

import re
from dataclasses import replace
from itertools import pairwise
from typing import get_args

import numpy as np
import pytest

import repayplan as rp
from extras import needs
from repayplan.edges.metricwords import MONEY, metric_words
from repayplan.edges.plotparts import tenths
from repayplan.edges.rulenames import rule_words
from repayplan.offers.concession import Step
from repayplan.plans.beside import Arrears
from repayplan.programmes.tally import Amounts

pytestmark = needs("matplotlib")


@pytest.fixture(scope="module")
def made():
    random = np.random.default_rng(20)
    count = 120
    principal = random.integers(3_000, 30_000, count)
    loans = rp.Loans.from_columns(
        principal=principal.astype(str),
        annual_rate="0.12",
        original_term=36,
        elapsed=10,
        unpaid=26,
        next_due="2026-01-31",
    )
    income = (2_000 + principal * random.uniform(0.02, 0.07, count)).round().astype(int)
    homes = rp.Households.from_columns(net_income=income)
    axes = {"limit.percent": ["25", "50", "100"], "allowance.multiplier": ["1.8", "2"]}
    return rp.sweep(loans, homes, rp.Policy.example("consumer"), axes, keep=True)


@pytest.fixture(scope="module")
def valued(made):
    """The same loans' sweep of few, with a lender; every step of a waterfall among the policies."""
    steps = [
        *(rp.Concession(step="waive", component=part, percent="10") for part in get_args(Arrears)),
        rp.Concession(step="extend"),
        rp.Concession(step="cut_rate", by="0.01", floor="0.06"),
        rp.Concession(step="cut_rate", by="0.01", floor="0.02"),
    ]
    policy = replace(rp.Policy.example("consumer"), concessions=tuple(steps))
    lender = rp.Lender(
        contract=rp.equal_instalment(rp.col("unpaid")),
        rule=rp.ModificationRule(year="12 months", diminished_above="0.01", substantial_from="0.1"),
        rate="0.13",
    )
    loans = rp.Loans.from_columns(
        principal=["12000", "9000"],
        annual_rate="0.12",
        original_term=36,
        elapsed=10,
        unpaid=26,
        next_due="2026-01-31",
    )
    homes = rp.Households.from_columns(net_income=["2900", "2400"])
    return rp.sweep(loans, homes, policy, {"limit.percent": ["50", "100"]}, lender=lender)


@pytest.fixture
def ax():
    from matplotlib.figure import Figure

    return Figure(figsize=(6.4, 4.8), layout="constrained").subplots()


def texts(axes):
    return [each.get_text() for each in axes.texts]


def test_a_cell_for_each_pair_of_values(made, ax):
    assert rp.plot_sweep(made, "offered", ax=ax) is ax
    (mesh,) = ax.collections
    drawn = np.asarray(mesh.get_array()).reshape(2, 3)
    assert drawn.T.ravel().tolist() == made.metric("offered")
    assert sorted(texts(ax), key=int) == sorted(map(str, made.metric("offered")), key=int)
    assert [each.get_text() for each in ax.get_xticklabels()] == ["25", "50", "100"]
    assert [each.get_text() for each in ax.get_yticklabels()] == ["1.8", "2"]
    across, up = (rule_words(path).en for path in made.paths)
    assert [" ".join(each.split()) for each in (ax.get_xlabel(), ax.get_ylabel())] == [across, up]
    assert "percent of the original term" in across
    assert ax.get_title(loc="left") == "offered a plan (loans)"
    # The frame is around the baseline's own pair.
    base = [i for i, each in enumerate(made.variants) if not each.changed]
    assert len(base) == len(ax.patches) == 1
    column, row = divmod(base[0], 2)
    assert ax.patches[0].get_xy() == (column - 0.5, row - 0.5)


def test_the_other_way_round_and_in_chinese(made, ax):
    rp.plot_sweep(made, "offered_percent", x="allowance.multiplier", ax=ax, language="zh")
    drawn = np.asarray(ax.collections[0].get_array()).reshape(3, 2)
    assert drawn.ravel().tolist() == made.metric("offered_percent")
    assert ax.get_title(loc="left") == "获批占合格者（%）"
    assert "".join(ax.get_xlabel().split()) == "家庭最低生活费用：以上合计再乘以此倍数"


@pytest.mark.parametrize(
    ("path", "en", "zh"),
    [
        ("instalment_percent", "No payment is more than this part of the present instalment (%)", None),
        ("limit.percent", None, "展期限制：占原期限的百分比"),
        ("concessions[1].floor", None, "为使还款可承受而依次采取的措施（2）：年利率下限"),
        ("concessions.cut_rate_2.floor", "A lower rate (2): annual rate below which it isn't cut", None),
        ("strategy.aim", "Which of the affordable plans is offered", "在可承受的方案中选取哪一个"),
        ("colour", "colour", "colour"),
    ],
)
def test_a_rule_is_called_what_its_field_means(path, en, zh):
    said = rule_words(path)
    assert en in (said.en, None)
    assert zh in (said.zh, None)


def test_figures_of_cells_show_no_zero_that_is_none():
    assert [tenths(each) for each in (0.0, -0.0, 0.04, -0.04, 0.05, 100.0)] == [
        *("0", "0", "<0.1", ">-0.1", "0.1", "100.0")
    ]


def test_figures_in_cells_are_read_on_their_ground(made, ax):
    from matplotlib.colors import to_rgb

    rp.plot_sweep(made, "offered_percent", ax=ax)
    mesh = ax.collections[0]
    ground = mesh.to_rgba(np.asarray(mesh.get_array()).reshape(2, 3))
    weights = np.array([0.299, 0.587, 0.114])
    for each in ax.texts:
        column, row = (int(value) for value in each.get_position())
        apart = weights @ ground[row, column, :3] - weights @ np.array(to_rgb(each.get_color()))
        assert abs(apart) > 0.4


def test_variants_that_none_beats_are_joined(made, ax):
    best = {"offered_percent": "most", "extension_mean": "least"}
    rp.plot_pareto(made, "offered_percent", "extension_mean", best=best, ax=ax)
    front = made.pareto(best)
    points = list(zip(made.metric("offered_percent"), made.metric("extension_mean"), strict=True))
    open_, joined, cross = ax.lines
    assert sorted(zip(*joined.get_data(), strict=True)) == sorted(points[i] for i in front)
    assert len(open_.get_xdata()) == len(made) - len(front)
    assert cross.get_xdata()[0] == made.baseline["offered_percent"]
    assert texts(ax) == [str(i) for i in front]
    assert {line.get_marker() for line in ax.lines} == {"o", "x"}
    assert joined.get_markerfacecolor() != open_.get_markerfacecolor()


def test_points_that_are_alike_share_a_label(made, ax):
    # Of all variants the portfolio is the same: none beats another, and all lie on one point.
    rp.plot_pareto(made, "loans", "failed", best={"loans": "most", "failed": "least"}, ax=ax)
    assert texts(ax) == ["0, 1, 2, 3, 4, 5"]


def test_a_bar_for_what_each_rule_does_alone(made, ax):
    effects = made.sensitivity("offered")
    rp.plot_sensitivity(effects, "offered", ax=ax)
    drawn = [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in ax.patches]
    assert drawn == [(each.low, each.high) for each in effects]
    said = [" ".join(each.get_text().split()) for each in ax.get_yticklabels()]
    assert said == [rule_words(each.path).en for each in effects]
    assert texts(ax) == [f"{value:f}" for each in effects for value in (each.low_value, each.high_value)]
    assert ax.lines[0].get_xdata()[0] == made.baseline["offered"]
    low, high = ax.get_xlim()
    assert low < min(each.low for each in effects)
    assert high > max(each.high for each in effects)


def test_a_bar_for_each_kind_of_change(made, ax):
    changed = made.changed(-1, 4)
    rp.plot_changed(changed, ax=ax, language="zh")
    assert [bar.get_height() for bar in ax.patches] == list(changed.counts().values())
    assert texts(ax) == [f"{count:,}" for count in changed.counts().values()]
    assert ax.get_ylabel() == "贷款数"
    assert ax.patches[2].get_hatch()


def test_what_cannot_be_drawn_is_refused(made, ax):
    with pytest.raises(rp.InputError, match="metric"):
        rp.plot_sweep(made, "colour", ax=ax)
    with pytest.raises(rp.InputError, match="two axes"):
        rp.plot_sweep(made, "offered", x="limit.percent", y="limit.percent", ax=ax)
    with pytest.raises(rp.InputError, match="x='limit'"):
        rp.plot_sweep(made, "offered", x="limit", ax=ax)
    with pytest.raises(rp.InputError, match="best"):
        rp.plot_pareto(made, "offered", "refused", best={"offered": "most"}, ax=ax)
    with pytest.raises(rp.InputError, match="effects"):
        rp.plot_sensitivity((), "offered", ax=ax)


@pytest.mark.parametrize("name", [name for name in rp.__all__ if name.startswith("plot_")])
def test_another_kind_of_value_is_refused_by_name(name, made):
    more = {
        "plot_sweep": ("offered",),
        "plot_pareto": ("offered", "refused"),
        "plot_sensitivity": ("offered",),
    }
    further = {"best": {"offered": "most", "refused": "least"}} if name == "plot_pareto" else {}
    for value in (made.variants[0], None, "x", 5):
        with pytest.raises(rp.InputError):
            getattr(rp, name)(value, *more.get(name, ()), **further)


def test_effects_are_drawn_on_the_axis_of_their_own_metric(made, ax):
    effects = made.sensitivity("total_interest")
    assert {each.metric for each in effects} == {"total_interest"}
    with pytest.raises(rp.InputError, match=r"metric='offered_percent': total_interest"):
        rp.plot_sensitivity(effects, "offered_percent", ax=ax)
    with pytest.raises(rp.InputError, match=r"effects\[0\]=5"):
        rp.plot_sensitivity([5], "offered", ax=ax)
    best = {"offered": "most", "refused": "least"}
    with pytest.raises(rp.InputError, match="labels=3"):
        rp.plot_pareto(made, "offered", "refused", best=best, labels=3, ax=ax)
    with pytest.raises(rp.InputError, match="at='x'"):
        rp.plot_sweep(made, "offered", at="x", ax=ax)


def test_an_axes_is_made_where_none_is_given(made):
    import matplotlib.pyplot as plt

    axes = rp.plot_changed(made.changed(-1, 0))
    assert plt.get_fignums() == [axes.figure.number]
    plt.close(axes.figure)


def test_every_metric_has_words_and_a_unit_in_both_languages(made, valued):
    names = {*made.columns, *valued.columns}
    steps = [f"waive_{part}" for part in get_args(Arrears)]
    names |= {f"uses_{step}_percent" for step in (*(set(get_args(Step)) - {"waive"}), *steps, "extend_3")}
    for name in sorted(names):
        words = metric_words(name)
        assert words is not None, name
        assert "_" not in words.en + words.zh, name
        assert re.search("[\u4e00-\u9fff]", words.zh), name
        assert name.endswith("_percent") == ("%" in words.en) == ("%" in words.zh), name
    assert len({metric_words(name).en for name in names}) == len(names)
    assert len({metric_words(name).zh for name in names}) == len(names)
    amounts = {name for name, each in valued._told.items() if isinstance(each, Amounts)}
    assert amounts == set(MONEY)
    unknown = [f"{kind}_colour_percent" for kind in ("refused", "closed", "uses")]
    for name in ("colour", *unknown, "uses_colour_2_percent"):
        assert metric_words(name) is None


def test_amounts_say_their_currency(made, ax):
    rp.plot_sweep(made, "total_interest", ax=ax)
    assert ax.get_title(loc="left") == "total interest (CNY)"
    rp.plot_sweep(made, "total_interest", ax=ax, language="zh")
    assert ax.get_title(loc="left") == "利息总额（CNY）"
    best = {"after_a_month": "least", "offered_percent": "most"}
    rp.plot_pareto(made, "after_a_month", "offered_percent", best=best, ax=ax)
    assert ax.get_xlabel() == "largest payments, all a month (CNY)"
    effects = made.sensitivity("left_least")
    rp.plot_sensitivity(effects, "left_least", currency="CNY", ax=ax)
    assert ax.get_xlabel() == "least left to live on a month (CNY)"
    rp.plot_sensitivity(effects, "left_least", ax=ax)
    assert ax.get_xlabel() == "least left to live on a month (currency units)"
    with pytest.raises(rp.InputError, match="metric='colour'"):
        rp.plot_sensitivity(effects, "colour", ax=ax)


@pytest.fixture(scope="module")
def many():
    """One loan under many pairs of values, of which two are the same number; and as whole rules."""
    loans = rp.Loans.from_columns(
        principal=["12000"],
        annual_rate="0.12",
        original_term=36,
        elapsed=10,
        unpaid=26,
        next_due="2026-01-31",
    )
    homes = rp.Households.from_columns(net_income=["2900"])
    policy = rp.Policy.example("consumer")

    def swept(axes, **more):
        return rp.sweep(loans, homes, policy, axes, **more)

    return swept


def test_of_more_than_two_rules_the_others_stand_at_one_value(many, ax):
    axes = {
        "limit.percent": ["25", "100"],
        "limit.max_total_months": [48, 60],
        "contingency.share": ["0", "0.20"],
    }
    made = many(axes)
    with pytest.raises(rp.InputError, match=r"at='contingency.share = 0.1'.*a variant with these"):
        rp.plot_sweep(made, "offered", ax=ax)
    with pytest.raises(rp.InputError, match=r"at='limit.percent'.*one of contingency.share"):
        rp.plot_sweep(made, "offered", at={"limit.percent": "25"}, ax=ax)
    with pytest.raises(rp.InputError, match=r"contingency.share='2'"):
        rp.plot_sweep(made, "offered", at={"contingency.share": "2"}, ax=ax)
    rp.plot_sweep(made, "total_interest", at={"contingency.share": "0.2"}, ax=ax)
    assert len(texts(ax)) == len([v for v in made.metric("total_interest")[1::2] if v is not None])
    drawn = np.asarray(ax.collections[0].get_array()).reshape(2, 2).T.ravel()
    wanted = [np.nan if each is None else float(each) for each in made.metric("total_interest")[1::2]]
    assert np.array_equal(drawn, wanted, equal_nan=True)


def test_numbers_are_in_order_and_each_once(many, ax):
    axes = {"limit.percent": ["50", "20", "50.0", 100], "allowance.multiplier": ["2.0", "1.8", "2"]}
    rp.plot_sweep(many(axes), "offered", ax=ax)
    assert [each.get_text() for each in ax.get_xticklabels()] == ["20", "50", "100"]
    assert [each.get_text() for each in ax.get_yticklabels()] == ["1.8", "2"]
    assert len(texts(ax)) == 6


def test_where_figures_have_no_room_a_colour_bar_says_them(many, ax):
    axes = {"limit.percent": list(range(30)), "limit.max_total_months": list(range(40, 48))}
    made = many(axes)
    rp.plot_sweep(made, "total_interest", ax=ax)
    assert texts(ax) == []
    ax.figure.canvas.draw()
    (bar,) = [each for each in ax.figure.axes if each is not ax]
    assert any(each.get_text() for each in bar.get_yticklabels())
    for labels in (ax.get_xticklabels(), ax.get_yticklabels()):
        boxes = [each.get_window_extent() for each in labels if each.get_text()]
        assert len(boxes) > 5
        assert not any(one.overlaps(other) for one, other in pairwise(boxes))


def test_whole_rules_are_told_by_their_text_cut_off(many, ax):
    axes = {
        "limit": [{"percent": "20", "reading": "beyond_original_maturity", "max_total_months": 72}],
        "methods": [["equal_principal", "equal_instalment"]],
    }
    effects = many(axes, one_at_a_time=True).sensitivity("total_interest")
    rp.plot_sensitivity(effects, "total_interest", ax=ax)
    for text in texts(ax):
        assert len(text) <= 24
        assert "Decimal" not in text
        assert "ExtensionLimit" not in text
    assert any(text.startswith('["equal_principal"') for text in texts(ax))
    ax.figure.canvas.draw()
    assert ax.get_position().width > 0.4


def test_long_values_that_begin_alike_are_told_apart(many, ax):
    cut = {"step": "cut_rate", "by": "0.01"}
    two = [cut | {"floor": floor} for floor in ("0.06", "0.04")]
    lists = [
        [{"step": "extend"}, cut | {"floor": "0.02"}],
        *([{"step": "extend"}, cut | {"floor": "0.08"}, each] for each in two),
    ]
    made = many({"concessions": [*lists, []], "limit.percent": ["20"]})
    rp.plot_sweep(made, "offered", ax=ax)
    shown = [each.get_text() for each in ax.get_xticklabels()]
    assert all(len(each) <= 24 for each in shown)
    assert [text in each for text, each in zip(("0.02", "0.06", "0.04"), shown, strict=False)] == [True] * 3
    assert len({*shown}) == 4
    ax.clear()
    (effect,) = many({"concessions": lists}).sensitivity("offered")
    one, other = (made.variants[i].values["concessions"] for i in (1, 2))
    rp.plot_sensitivity([replace(effect, low_value=one, high_value=other)], "offered", ax=ax)
    assert texts(ax) == shown[1:3]


def test_of_a_long_front_the_ends_are_named_or_those_asked_for(many, ax):
    made = many({"limit.percent": list(range(26))})
    best = {"loans": "most", "failed": "least"}
    rp.plot_pareto(made, "loans", "failed", best=best, ax=ax)
    assert texts(ax) == ["0, 25"]
    ax.clear()
    rp.plot_pareto(made, "loans", "failed", best=best, labels=(3, 7), ax=ax)
    assert texts(ax) == ["3, 7"]
    with pytest.raises(rp.InputError, match="labels=26"):
        rp.plot_pareto(made, "loans", "failed", best=best, labels=(26,), ax=ax)
