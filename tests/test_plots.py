"""Pictures: what they draw is what the values say, in both languages, and it can be read."""

import sys
from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given

import repayplan as rp
from examples import examples
from extras import needs
from repayplan import Code, InputError
from repayplan.edges import plotfonts, plotstyle
from repayplan.edges.stressplots import group_words
from repayplan.testing.case_strategies import cases

pytestmark = needs("matplotlib")
LANGUAGES = ("en", "zh")

LOAN = rp.Loan(
    principal="30000",
    annual_rate="0.12",
    original_term=36,
    elapsed=12,
    unpaid=24,
    next_due="2026-01-31",
    currency="CNY",
)
HOME = rp.Household(net_income="3600", costs={"rent": "500"})
POLICY = replace(
    rp.Policy.example("consumer"),
    concessions=(
        rp.Concession(step="extend"),
        rp.Concession(step="cut_rate", by="0.01", floor="0.06"),
        rp.Concession(step="holiday", months=3, interest="capitalise"),
    ),
)
PLAN = rp.holiday(3, interest="capitalise") + rp.interest_only(6) + rp.equal_instalment(24) + rp.fee("150")
LATE = rp.OverdueRule(
    penalty=rp.OverdueLedger(on=("principal",), rate=rp.OverdueRate(multiplier="1.5")),
    day_count="ACT/360",
    first_day="due_date",
    rounded="end",
    mode="half_up",
)
TERMS = rp.AccountTerms(overdue=LATE, allocation=rp.AllocationRule.example("civil-code-561"))
HAPPENED = [
    rp.Event(kind="payment", value_date="2026-01-31", amount="1500", reference="1"),
    rp.Event(kind="payment", value_date="2026-03-12", amount="700", reference="2"),
    rp.Event(kind="fee", value_date="2026-03-31", amount="20", reference="3"),
    rp.Event(kind="fee", value_date="2026-04-10", amount="300", reference="4"),
    rp.Event(kind="waiver", value_date="2026-04-10", amount="200", component="fees", reference="5"),
    rp.Event(kind="payment", value_date="2026-05-20", amount="2500", reference="6"),
    rp.Event(kind="payment", value_date="2026-07-10", amount="2200", reference="7"),
]


def loan(**terms):
    given_terms = {"original_term": 12, "elapsed": 9, "unpaid": 3, "next_due": "2026-01-31"}
    return rp.Loan(**{"principal": "100", "annual_rate": "0", **given_terms, **terms})


def statement(as_of="2026-08-25", **how):
    account = rp.Account.of(LOAN, rp.schedule(LOAN, rp.equal_instalment(24)), TERMS)
    return rp.replay(account, HAPPENED, as_of=as_of, **({"history": True} | how))


def stressed(regions, paths=40):
    """What a portfolio comes to in the months ahead, by region."""
    size = 60
    loans = rp.Loans.from_columns(
        principal=[2_000 + 300 * k for k in range(size)],
        annual_rate="0.12",
        original_term=48,
        elapsed=12,
        unpaid=36,
        next_due="2026-03-31",
        columns={"region": [regions[k % len(regions)] for k in range(size)]},
    )
    homes = rp.Households.from_columns(net_income=[2_500 + 50 * k for k in range(size)])
    offers = rp.propose(loans, homes, POLICY).value
    shocks = rp.Shocks(income=(rp.IncomeLoss(chance="0.05", share="0.6", recovery="0.25"),), missed=2)
    return rp.stress(offers, homes, shocks, paths=paths, seed=7, by=("region",)).value


@pytest.fixture(scope="module")
def values():
    """A value for each picture."""
    contract = rp.schedule(LOAN, rp.equal_instalment(24))
    return SimpleNamespace(
        plan=rp.schedule(LOAN, PLAN),
        contract=contract,
        offer=rp.propose(LOAN, HOME, POLICY),
        menu=rp.menu(LOAN, HOME, POLICY),
        statement=statement(),
        stress=stressed(("north", "south", "_x", "西南")),
    )


PICTURES = {
    "schedule": lambda v, **how: rp.plot_schedule(v.plan, **how),
    "balance": lambda v, **how: rp.plot_balance(v.plan, v.contract, **how),
    "living": lambda v, **how: rp.plot_living(v.offer, **how),
    "menu": lambda v, **how: rp.plot_menu(v.menu, chosen=2, **how),
    "account": lambda v, **how: rp.plot_account(v.statement, **how),
    "days": lambda v, **how: rp.plot_days_past_due(v.statement, **how),
    "survival": lambda v, **how: rp.plot_survival(v.stress, **how),
    "survival by group": lambda v, font=None, **how: rp.plot_survival(
        v.stress, "region", font=font or chinese(), **how
    ),
}
SURVIVAL = [
    ("months from the first period on", "plans that stand (%)"),
    ("自首期起的月数", "仍在履行的方案（%）"),
]
LABELS = {
    "schedule": [("due date", "payment (CNY)"), ("到期日", "还款额（CNY）")],
    "balance": [("date", "balance (CNY)"), ("日期", "未还余额（CNY）")],
    "living": [("due date", "amount a month (CNY)"), ("到期日", "每月金额（CNY）")],
    "menu": [
        ("total cost to the borrower (CNY)", "largest payment (CNY)"),
        ("借款人总成本（CNY）", "最高一期还款（CNY）"),
    ],
    "account": [("due date", "due (CNY)"), ("到期日", "应还金额（CNY）")],
    "days": [("date", "days past due"), ("日期", "逾期天数")],
    "survival": SURVIVAL,
    "survival by group": SURVIVAL,
}
every_picture = pytest.mark.parametrize("draw", PICTURES.values(), ids=PICTURES)


def chinese():
    from pylopdf_fonts_zh_cn import sans_path

    return sans_path()


def axes(width=6.4, height=4.8):
    """Axes that pyplot knows nothing of."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), dpi=100, layout="constrained").subplots()


@pytest.fixture(autouse=True)
def nothing_lasts():
    """No figure stays with pyplot, and no setting of matplotlib is changed."""
    import matplotlib as mpl
    from matplotlib import pyplot as plt

    def settings():
        return {name: value for name, value in dict.items(mpl.rcParams) if name != "backend"}

    before = settings(), plt.get_fignums()
    yield
    assert (settings(), plt.get_fignums()) == before


def drawn(ax):
    """The axes after they were drawn: any warning is an error."""
    ax.figure.draw_without_rendering()
    return ax


def bars(ax):
    """Bars by label: left, right, where each begins, and its height."""
    found = {}
    for each in ax.collections:
        corners = np.array([path.vertices[:4] for path in each.get_paths()])
        left, right, low = corners[:, 0, 0], corners[:, 2, 0], corners[:, 0, 1]
        assert (corners[:, :, 0] == np.stack((left, left, right, right), axis=1)).all()
        high = corners[:, 1, 1]
        assert (corners[:, :, 1] == np.stack((low, high, high, low), axis=1)).all()
        found[each.get_label()] = SimpleNamespace(left=left, right=right, low=low, height=high - low)
    return found


def heights(ax):
    return {label: each.height.tolist() for label, each in bars(ax).items()}


def widths(ax):
    each = bars(ax)["principal"]
    return (each.right - each.left).tolist()


def days_of(places):
    from matplotlib.dates import num2date

    return [num2date(each).date() for each in places]


def due_dates(ax):
    """Where the bars end."""
    (first, *_) = bars(ax).values()
    return days_of(first.right)


# The axes.


@every_picture
def test_it_draws_on_the_axes_that_it_is_given(draw, values):
    ax = axes()
    assert draw(values, ax=ax) is ax
    assert ax.get_title() == ax.get_title(loc="left") == ""


@every_picture
def test_without_axes_it_makes_one_figure(draw, values):
    from matplotlib import pyplot as plt

    before = plt.get_fignums()
    ax = draw(values)
    try:
        assert plt.get_fignums() == [*before, ax.figure.number]
        assert ax.figure.axes == [ax]
        assert ax.figure.get_constrained_layout()
    finally:
        plt.close(ax.figure)


@every_picture
def test_without_the_extra_the_error_names_it(draw, values, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"repayplan\[plot\]"):
        draw(values)


@every_picture
def test_a_language_without_labels_is_refused(draw, values):
    with pytest.raises(InputError) as caught:
        draw(values, language="fr")
    assert (caught.value.code, caught.value.field) == (Code.UNKNOWN_VALUE, "language")


def test_pictures_that_share_an_axis_show_all_of_each(values):
    from matplotlib.figure import Figure

    early = statement("2026-03-01")
    for order in (1, -1):
        above, below = Figure().subplots(2, 1, sharex=True)
        for draw in [
            lambda: rp.plot_account(values.statement, ax=above),  # noqa: B023
            lambda: rp.plot_days_past_due(early, ax=below),  # noqa: B023
        ][::order]:
            draw()
        low, high = above.get_xlim()
        for ax in (above, below):
            assert low <= ax.dataLim.x0 <= ax.dataLim.x1 <= high


# What they draw.


@examples(40)
@given(cases())
def test_bars_and_lines_are_the_rows(case):
    try:
        made = rp.schedule(*case)
    except InputError:
        return
    ax = rp.plot_schedule(made, ax=axes())
    found, payment = heights(ax), [float(row.payment) for row in made.rows]
    close = {"rel": 1e-12, "abs": 1e-12 * max(map(abs, payment))}  # places on an axis are floats
    for label, name in (("principal", "principal"), ("interest", "interest_paid"), ("fees", "fee")):
        said = [float(getattr(row, name)) for row in made.rows]
        assert found.get(label, [0.0] * len(said)) == pytest.approx(said, **close)
    assert np.sum(list(found.values()), axis=0) == pytest.approx(payment, **close)
    # The bars of a row stand on one another, and every row can be seen.
    drawn_bars = list(bars(ax).values())
    for each in drawn_bars:
        assert (each.left == drawn_bars[0].left).all()
        assert (each.right == drawn_bars[0].right).all()
    assert (drawn_bars[0].left < drawn_bars[0].right).all()
    assert (drawn_bars[0].right[:-1] <= drawn_bars[0].left[1:] + 1e-9).all()
    line = rp.plot_balance(made, ax=axes()).lines[0]
    balances = [made.rows[0].opening, *(row.closing for row in made.rows)]
    assert line.get_ydata().tolist() == pytest.approx([float(each) for each in balances], rel=1e-12)


def test_a_bar_ends_on_its_due_date(values):
    ax = rp.plot_schedule(values.plan, ax=axes())
    assert due_dates(ax) == [row.due_date for row in values.plan.rows]
    assert list(bars(ax)) == ["principal", "interest", "fees"]


def test_an_offer_is_drawn_by_its_schedule(values):
    ax = rp.plot_schedule(values.offer, ax=axes())
    assert heights(ax) == heights(rp.plot_schedule(values.offer.schedule, ax=axes()))
    assert ax.get_ylabel() == "payment (CNY)"


def test_where_interest_runs_from_the_first_due_date_the_first_bar_is_as_wide_as_the_others():
    made = rp.schedule(loan(start="2026-01-31"), rp.equal_instalment(3))
    first, *others = widths(rp.plot_schedule(made, ax=axes()))
    assert min(others) <= first <= max(others)
    one = rp.schedule(loan(start="2026-01-31", elapsed=11, unpaid=1), rp.equal_instalment(1))
    (width,) = widths(rp.plot_schedule(one, ax=axes()))
    assert 20 < width < 31
    drawn(rp.plot_balance(one, ax=axes()))


def test_a_first_period_that_is_long_has_no_wide_bar():
    made = rp.schedule(loan(start="2020-01-31"), rp.equal_instalment(3))
    first, *others = widths(rp.plot_schedule(made, ax=axes()))
    assert first < 1.4 * min(others)


def test_due_dates_that_move_to_one_business_day_have_a_bar_each():
    rule = rp.DueDates(business_day="following", calendar=rp.WEEKENDS)
    daily = loan(next_due="2026-01-30", original_term=24, unpaid=6, frequency="daily", due_dates=rule)
    made = rp.schedule(daily, rp.equal_principal(6))
    assert len({row.due_date for row in made.rows}) < 6
    ax = rp.plot_schedule(made, ax=axes())
    assert heights(ax)["principal"] == [float(row.principal) for row in made.rows]
    assert due_dates(ax) == [date(2026, 1, 30) + timedelta(days=k) for k in range(6)]


def test_the_plan_stands_beside_the_contract(values):
    ax = rp.plot_balance(values.offer, values.contract, ax=axes())
    plan, contract = ax.lines
    assert [line.get_label() for line in ax.lines] == ["by the plan", "by the contract"]
    for line, made in ((plan, values.offer.schedule), (contract, values.contract)):
        rows = made.rows
        assert line.get_ydata().tolist() == [float(rows[0].opening), *(float(row.closing) for row in rows)]
        assert days_of(line.get_xdata()) == [made.interest_from, *(row.due_date for row in rows)]
        assert line.get_drawstyle() == "steps-post"
    assert plan.get_linestyle() != contract.get_linestyle()
    alone = drawn(rp.plot_balance(values.plan, ax=axes()))
    assert len(alone.lines) == 1
    assert alone.get_legend() is None


def test_what_is_left_stands_beside_what_is_needed():
    home = rp.Household(
        items=[
            rp.Income("wage", "3600"),
            rp.Income("second", "400", until="2026-06-30"),
            rp.Cost("rent", "500"),
        ],
        assessed="2026-01-10",
    )
    offer = rp.propose(LOAN, home, POLICY)
    ax = rp.plot_living(offer, ax=axes())
    assert len({each.left for each in offer.living}) > 1
    assert [patch.get_label() for patch in ax.patches] == ["left to live on", "needed", "allowance"]
    for patch, name in zip(ax.patches, ("left", "needed", "allowance"), strict=True):
        found = patch.get_data()
        assert found.values.tolist() == [float(getattr(each, name)) for each in offer.living]
        assert days_of(found.edges[1:]) == [each.due_date for each in offer.living]
    assert ax.get_ylim()[0] == 0


def test_periods_of_dates_that_move_end_on_the_agreed_ones():
    rule = rp.DueDates(business_day="following", calendar=rp.WEEKENDS)
    offer = rp.propose(replace(LOAN, due_dates=rule), HOME, POLICY)
    edges = days_of(rp.plot_living(offer, ax=axes()).patches[0].get_data().edges[1:])
    assert edges == offer.schedule.agreed[1:].tolist()
    assert edges != [each.due_date for each in offer.living]


def test_a_menu_shows_each_plan_with_its_number_on_the_sheet(values):
    ax = rp.plot_menu(values.menu, chosen=2, ax=axes())
    plans = values.menu.alternatives
    points = [
        tuple(point)
        for each in ax.collections
        if each.get_label() != "chosen"
        for point in each.get_offsets().data.tolist()
    ]
    figures = [(float(each.total_cost), float(each.instalment)) for each in plans]
    assert sorted(points) == sorted(figures)
    (chosen,) = (each for each in ax.collections if each.get_label() == "chosen")
    assert chosen.get_offsets().data.tolist() == [list(figures[2])]
    for text in ax.texts:
        assert tuple(text.xy) == figures[int(text.get_text()) - 1]
    assert "3" in {text.get_text() for text in ax.texts}
    by_method = {each.get_label(): len(each.get_offsets()) for each in ax.collections}
    assert by_method["equal instalments"] == sum(each.method == "equal_instalment" for each in plans)


def test_full_marks_are_joined_and_no_plan_is_better_than_theirs(values):
    ax = rp.plot_menu(values.menu, ax=axes())
    pairs = [(float(each.total_cost), float(each.instalment)) for each in values.menu.alternatives]
    best = [p for p in pairs if not any(q != p and q[0] <= p[0] and q[1] <= p[1] for q in pairs)]
    assert 1 < len(best) < len(pairs)
    (line,) = ax.lines
    assert list(zip(*line.get_data(), strict=True)) == sorted(best)
    full = []
    for each in ax.collections:
        faces = each.get_facecolors()
        full += [
            tuple(point)
            for point, face in zip(each.get_offsets().data.tolist(), faces, strict=True)
            if face[:3].sum() < 2
        ]
    assert sorted(full) == sorted(best)


def test_numbers_that_would_overlap_are_left_out(values):
    plans = values.menu.alternatives
    crowd = replace(values.menu, alternatives=plans[:1] * 30 + plans[1:])
    shown = [text.get_text() for text in rp.plot_menu(crowd, chosen=7, ax=axes()).texts]
    assert shown[0] == "8"
    assert len([number for number in shown if int(number) <= 30]) == 1


@pytest.mark.parametrize("chosen", [-1, 10**6, True, "1"])
def test_a_plan_that_is_not_on_the_menu_is_refused(values, chosen):
    with pytest.raises(InputError) as caught:
        rp.plot_menu(values.menu, chosen=chosen, ax=axes())
    assert caught.value.field == "chosen"


def test_a_menu_of_nothing_is_refused(values):
    empty = rp.menu(LOAN, replace(HOME, net_income="10"), POLICY)
    assert empty.alternatives == ()
    with pytest.raises(InputError) as caught:
        rp.plot_menu(empty)
    assert (caught.value.code, caught.value.field) == (Code.MISSING, "menu")


def test_what_fell_due_is_paid_given_up_or_missing(values):
    now = values.statement
    rows = [row for row in now.rows if row.fallen_due]
    dates = sorted({row.due_date for row in rows})
    assert len(dates) < len(rows)  # a fee falls due with an instalment
    ax = rp.plot_account(now, ax=axes())
    assert due_dates(ax) == dates
    found = heights(ax)
    assert list(found) == ["paid", "given up", "missing"]
    for label, name in (("paid", "paid"), ("given up", "waived"), ("missing", "owed")):
        said = [sum(sum(getattr(row, name).values()) for row in rows if row.due_date == day) for day in dates]
        assert any(said)
        assert found[label] == pytest.approx([float(each) for each in said])
    asked = [float(sum(sum(row.asked.values()) for row in rows if row.due_date == day)) for day in dates]
    assert np.sum(list(found.values()), axis=0).tolist() == pytest.approx(asked)


def test_before_anything_falls_due_there_is_no_picture():
    with pytest.raises(InputError) as caught:
        rp.plot_account(statement("2026-01-30"))
    assert (caught.value.code, caught.value.field) == (Code.MISSING, "statement")


def test_days_past_due_are_those_of_each_day(values):
    ax = rp.plot_days_past_due(values.statement, ax=axes())
    (line,) = ax.lines
    days, past = line.get_data()
    assert days_of(days[-1:])[0] == values.statement.as_of
    assert past[-1] == values.statement.days_past_due > 0
    first, last = int(days[0]), int(days[-1])
    turns = {int(day) + k for day in days for k in (-1, 0, 1)} & set(range(first, last + 1))
    assert len(turns) > 20
    for day in turns:
        then = statement(date(1970, 1, 1) + timedelta(days=day), history=False)
        assert np.interp(day, days, past) == then.days_past_due


def test_on_the_first_day_no_day_is_past_due():
    ax = drawn(rp.plot_days_past_due(statement("2025-12-31"), ax=axes()))
    assert set(ax.lines[0].get_ydata()) == {0.0}


def test_days_past_due_need_a_history():
    with pytest.raises(InputError) as caught:
        rp.plot_days_past_due(statement(history=False))
    assert (caught.value.code, caught.value.field) == (Code.MISSING, "history")


def test_the_chances_are_those_of_the_table(values):
    for by in ("all", "region"):
        ax = rp.plot_survival(values.stress, by, ax=axes(), font=chinese())
        table, horizons = values.stress.table(by), list(values.stress.horizons)
        drawn_lines = [each.lines for each in ax.containers]
        assert [line.get_xdata().tolist() for line, _, _ in drawn_lines] == [horizons] * len(drawn_lines)
        chances = [y for line, _, _ in drawn_lines for y in line.get_ydata()]
        assert chances == pytest.approx(100 * table["chance"])
        # Two standard errors each way.
        ends = [segment[:, 1] for _, _, (errors,) in drawn_lines for segment in errors.get_segments()]
        assert np.array(ends) == pytest.approx(
            100 * (table["chance"][:, None] + 2 * table["standard_error"][:, None] * [-1, 1])
        )
    names, loans = values.stress.groups["region"].names, values.stress.groups["region"].loans
    said = [text.get_text().strip() for text in ax.get_legend().get_texts()]
    assert said == [f"{name} (n = {n})" for name, n in zip(names, loans, strict=True)]
    looks = {(line.get_marker(), line.get_linestyle()) for line, _, _ in drawn_lines}
    assert len(looks) == len(drawn_lines) == 4


def test_no_more_than_all_plans_stand(values):
    safe = rp.Shocks(income=(rp.IncomeLoss(chance="0.000001", share="0.1", recovery="1"),), missed=2)
    found = rp.stress(values.offer, HOME, safe, paths=5, seed=1)
    assert found.table()["chance"].tolist() == [1.0] * 4
    ax = drawn(rp.plot_survival(found, ax=axes()))
    assert max(ax.get_yticks()) == 100


def test_a_single_path_has_no_errors():
    ax = drawn(rp.plot_survival(stressed(("a", "b"), paths=1), "region", ax=axes()))
    assert [each.has_yerr for each in ax.containers] == [False, False]


@pytest.mark.parametrize(
    ("by", "name", "en", "zh"),
    [
        ("concession", "none", "no concession", "无让步措施"),
        ("concession", "cut_rate_2 + extend", "a lower rate (2) + more time", "降息（2）＋展期"),
        ("buffer", "<1", "buffer of less than 1 months", "储备可支付不足1个月"),
        ("buffer", "1-<3", "buffer of 1 to less than 3 months", "储备可支付1至不足3个月"),
        ("buffer", "3+", "buffer of 3 months or more", "储备可支付3个月及以上"),
        ("region", "北区", "北区", "北区"),
        ("region", "", "not given", "未提供"),
    ],
)
def test_groups_of_a_stress_are_said_in_words(by, name, en, zh):
    said = group_words(by, name)
    assert (said.en, said.zh) == (en, zh)


@pytest.mark.parametrize(("by", "code"), [("region", Code.OUT_OF_RANGE), ("colour", Code.UNKNOWN_VALUE)])
def test_groups_that_cannot_be_drawn_are_refused(by, code):
    with pytest.raises(InputError) as caught:
        rp.plot_survival(stressed([f"r{k}" for k in range(9)], paths=1), by)
    assert (caught.value.code, caught.value.field) == (code, "by")


# What they say.


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PICTURES)
def test_every_axis_says_what_it_has_and_in_what(name, language, values):
    ax = PICTURES[name](values, ax=axes(), language=language, font=chinese())
    assert (ax.get_xlabel(), ax.get_ylabel()) == LABELS[name][LANGUAGES.index(language)]
    legend = ax.get_legend()
    if name in ("days", "survival"):  # one line, which the axis names
        assert legend is None
        return
    if name == "survival by group":  # the user's own names
        return
    said = "".join(text.get_text() for text in legend.get_texts())
    assert (language == "zh") == any("\u4e00" <= char <= "\u9fff" for char in said)
    assert said.isascii() == (language == "en")


def test_a_currency_that_is_given_is_said():
    made = rp.schedule(loan(), rp.equal_instalment(3))
    assert rp.plot_schedule(made, ax=axes()).get_ylabel() == "payment (currency units)"
    assert rp.plot_schedule(made, ax=axes(), currency="EUR").get_ylabel() == "payment (EUR)"
    named = rp.schedule(loan(currency="USD"), rp.equal_instalment(3))
    assert rp.plot_schedule(named, ax=axes()).get_ylabel() == "payment (USD)"
    assert rp.plot_balance(made, named, ax=axes()).get_ylabel() == "balance (USD)"
    assert rp.plot_balance(replace(made, loan=None), ax=axes()).get_ylabel() == "balance (currency units)"


def test_dollar_signs_are_no_formula():
    made = rp.schedule(loan(), rp.equal_instalment(3))
    ax = drawn(rp.plot_schedule(made, currency="A$_2$", ax=axes()))
    assert (ax.get_ylabel(), ax.yaxis.label.get_parse_math()) == ("payment (A$_2$)", False)


@pytest.mark.parametrize(
    ("principal", "language", "label", "ticks"),
    [
        ("9000000", "en", "balance (CNY)", "8,000,000"),
        ("60000000", "en", "balance (million CNY)", "60"),
        ("60000000", "zh", "未还余额（万 CNY）", "6,000"),
        ("20000000000", "en", "balance (billion CNY)", "20"),
        ("20000000000", "zh", "未还余额（亿 CNY）", "200"),
        ("40000000000000", "en", "balance (trillion CNY)", "40"),
        ("40000000000000", "zh", "未还余额（万亿 CNY）", "40"),
    ],
)
def test_large_amounts_are_counted_in_millions(principal, language, label, ticks):
    made = rp.schedule(loan(principal=principal, currency="CNY"), rp.equal_principal(3))
    ax = drawn(rp.plot_balance(made, ax=axes(), language=language, font=chinese()))
    assert ax.get_ylabel() == label
    assert ticks in {text.get_text() for text in ax.get_yticklabels()}
    assert ax.lines[0].get_ydata()[0] == float(principal)


def test_there_is_no_half_a_yen():
    made = rp.schedule(loan(principal=6, annual_rate="0", decimals=0, currency="JPY"), rp.equal_principal(3))
    ax = drawn(rp.plot_schedule(made, ax=axes()))
    assert heights(ax) == {"principal": [2.0, 2.0, 2.0]}
    assert [text.get_text() for text in ax.get_yticklabels()][:3] == ["0", "1", "2"]
    cents = rp.schedule(loan(principal="6", currency="EUR"), rp.equal_principal(3))
    assert "0.5" in {text.get_text() for text in drawn(rp.plot_schedule(cents, ax=axes())).get_yticklabels()}


def test_amounts_below_zero_hang_below_the_axis():
    made = rp.schedule(loan(annual_rate=rp.FixedRate("-0.12", negative=True)), rp.equal_principal(3))
    ax = drawn(rp.plot_schedule(made, ax=axes()))
    assert min(heights(ax)["interest"]) < 0
    interest = bars(ax)["interest"]
    assert (interest.low == 0).all()
    assert ax.get_ylim()[0] < interest.height.min()


# Fonts.


def test_a_font_that_lacks_characters_is_refused(tmp_path):
    from matplotlib.font_manager import findfont

    made = rp.schedule(loan(), rp.equal_instalment(3))
    plain = findfont("DejaVu Sans")
    with pytest.raises(InputError) as caught:
        rp.plot_schedule(made, language="zh", font=plain)
    assert (caught.value.code, caught.value.field) == (Code.UNKNOWN_VALUE, "font")
    assert "本" in str(caught.value)
    no_font = tmp_path / "no.ttf"
    no_font.write_text("no font")
    for path in (no_font, tmp_path / "none.ttf"):
        with pytest.raises(InputError) as caught:
            rp.plot_schedule(made, font=path)
        assert (caught.value.code, caught.value.field) == (Code.UNKNOWN_VALUE, "font")
    assert rp.plot_schedule(made, font=plain, ax=axes()).yaxis.label.get_fontname() == "DejaVu Sans"


def test_where_no_font_has_the_characters_it_says_so(monkeypatch):
    monkeypatch.setattr(plotfonts, "_CHINESE", ("No Such Font",))
    made = rp.schedule(loan(), rp.equal_instalment(3))
    with pytest.raises(InputError) as caught:
        rp.plot_schedule(made, language="zh")
    assert (caught.value.code, caught.value.field) == (Code.MISSING, "font")
    with pytest.raises(InputError):
        rp.plot_schedule(made, currency="元")
    rp.plot_schedule(made, ax=axes())


def test_a_font_of_the_system_is_found(monkeypatch):
    from matplotlib.font_manager import fontManager

    monkeypatch.setattr(fontManager, "ttflist", list(fontManager.ttflist))
    fontManager.addfont(chinese())
    monkeypatch.setattr(plotfonts, "_CHINESE", ("No Such Font", "Noto Sans SC"))
    made = rp.schedule(loan(), rp.equal_instalment(3))
    ax = drawn(rp.plot_schedule(made, language="zh", ax=axes()))
    assert ax.yaxis.label.get_fontname() == "Noto Sans SC"
    assert {text.get_fontname() for text in ax.get_legend().get_texts()} == {"Noto Sans SC"}
    assert rp.plot_schedule(made, ax=axes()).yaxis.label.get_fontname() == "DejaVu Sans"


def test_the_fonts_that_matplotlib_is_set_to_come_first(monkeypatch):
    import matplotlib as mpl
    from matplotlib.font_manager import fontManager

    monkeypatch.setattr(fontManager, "ttflist", list(fontManager.ttflist))
    fontManager.addfont(chinese())
    monkeypatch.setattr(plotfonts, "_CHINESE", ())
    made = rp.schedule(loan(), rp.equal_instalment(3))
    with mpl.rc_context({"font.family": ["DejaVu Sans", "Noto Sans SC"]}):
        ax = drawn(rp.plot_schedule(made, language="zh", ax=axes()))
        assert ax.yaxis.label.get_fontfamily() == ["DejaVu Sans", "Noto Sans SC"]


# Whether they can be read.


def hard_cases(values):
    """What is hard to draw, by name."""
    whole = {"currency": "EUR", "elapsed": 0, "annual_rate": "0.1"}
    huge = {"principal": "90000000000000", "original_term": 360, "unpaid": 360}
    made = {
        "one": rp.schedule(loan(elapsed=11, unpaid=1, currency="EUR"), rp.equal_instalment(1)),
        "huge": rp.schedule(loan(**whole | huge), rp.equal_instalment(360)),
        "weekly": rp.schedule(loan(**whole, unpaid=12, frequency="weekly"), rp.equal_principal(12)),
        "yearly": rp.schedule(loan(**whole, unpaid=12, frequency="3-yearly"), rp.equal_principal(12)),
        "day": rp.schedule(loan(elapsed=11, unpaid=1, frequency="daily"), rp.equal_principal(1)),
    }
    rows = {
        f"{name}, rows": lambda _, each=each, **how: rp.plot_schedule(each, **how)
        for name, each in made.items()
    }
    balances = {
        f"{name}, balance": lambda _, each=each, **how: rp.plot_balance(each, each, **how)
        for name, each in made.items()
    }
    return PICTURES | rows | balances


def apart(boxes):
    return not any(a.overlaps(b) for a, b in combinations(boxes, 2))


@pytest.mark.parametrize(
    ("width", "height", "language", "names"),
    [
        (6.4, 4.8, "en", [*PICTURES, "huge, rows", "one, rows", "yearly, balance", "day, rows"]),
        (6.4, 2.6, "zh", ["schedule", "living", "menu", "huge, balance", "one, balance", "weekly, rows"]),
        (
            3.2,
            2.4,
            "zh",
            ["balance", "account", "days", "survival by group", "huge, rows", "weekly, balance"],
        ),
        (3.2, 2.4, "en", ["schedule", "menu", "huge, balance", "one, rows", "weekly, rows", "yearly, rows"]),
    ],
)
def test_nothing_lies_over_anything_else(width, height, language, names, values):
    every = hard_cases(values)
    for name in names:
        ax = drawn(every[name](values, ax=axes(width, height), language=language, font=chinese()))
        whole = ax.figure.bbox
        for axis in (ax.xaxis, ax.yaxis):
            low, high = sorted(axis.get_view_interval())
            shown = [t.label1 for t in axis.get_major_ticks() if low <= t.get_loc() <= high]
            assert len(shown) >= (2 if width > 4 else 1), name
            assert len({text.get_text() for text in shown}) == len(shown), name
            boxes = [text.get_window_extent() for text in shown]
            assert apart(boxes), name
            for box in [*boxes, axis.label.get_window_extent()]:
                assert whole.x0 - 1 <= box.x0 <= box.x1 <= whole.x1 + 1, name
                assert whole.y0 - 1 <= box.y0 <= box.y1 <= whole.y1 + 1, name
        legend = ax.get_legend()
        if legend is None:
            continue
        texts = [text.get_window_extent() for text in legend.get_texts()]
        assert apart(texts), name
        assert all(ax.bbox.x0 <= box.x0 and box.x1 <= whole.x1 for box in texts), name
        assert apart([text.get_window_extent() for text in ax.texts]), name
        lowest = min(box.y0 for box in texts)
        assert ax.transData.transform((0, ax.dataLim.y1))[1] < lowest, name
        assert all(text.get_window_extent().y1 <= legend.get_window_extent().y1 for text in ax.texts), name


def test_colours_are_as_many_greys():
    from matplotlib.colors import to_rgb

    weights = np.array([0.299, 0.587, 0.114])
    greys = sorted(
        float(weights @ to_rgb(each)) for each in (plotstyle.INK, plotstyle.MIDDLE, plotstyle.LIGHT)
    )
    assert np.diff(greys).min() > 0.25
    # A line is seen on the ground of areas, and the ground on white.
    ground = float(weights @ to_rgb(plotstyle.PALE))
    assert all(ground - float(weights @ to_rgb(each)) > 0.35 for each in (plotstyle.INK, plotstyle.SECOND))
    assert 1 - ground > 0.1


def test_areas_of_one_stack_differ_without_colour(values):
    for ax in (rp.plot_schedule(values.plan, ax=axes()), rp.plot_account(values.statement, ax=axes())):
        faces = [(tuple(each.get_facecolor()[0]), each.get_hatch()) for each in ax.collections]
        assert len(set(faces)) == len(faces) == 3
