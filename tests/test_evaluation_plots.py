"""Pictures of an evaluation and of a programme: what is drawn is what the values say, in both languages."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest

import repayplan as rp
from extras import needs
from repayplan import Code, InputError
from repayplan.basics.calendars import WEEKENDS
from test_evaluation import RULE, Comparison, others, result

pytestmark = needs("matplotlib")
EXAMPLE = rp.Programme.example("negotiated-repayment")
SPENT = [
    rp.Spent(line="leaflets", on="2026-03-10", amount="21500"),
    rp.Spent(line="overtime", on="2026-04-10", amount="34000.50"),
    rp.Spent(line="printing", on="2026-04-10", amount=None),
]
NONE = rp.cumulative_incidence([0], [-1], causes=("default",))


@pytest.fixture(scope="module")
def found():
    first, then = others()
    return result(comparison=Comparison(before=first, after=then, earlier=["2026-02-28", "2026-03-31"]))


@pytest.fixture(scope="module")
def plan():
    programme = EXAMPLE.done("policy", "2026-03-05").done("forms", "2026-03-20")
    return rp.timetable(programme, WEEKENDS, as_of="2026-04-20")


def budget(spent=SPENT[:2]):
    return rp.programme_budget(EXAMPLE, spent, as_of="2026-04-20")


@pytest.fixture
def ax():
    from matplotlib.figure import Figure

    return Figure(figsize=(6.4, 4.8), layout="constrained").subplots()


def chinese():
    from pylopdf_fonts_zh_cn import sans_path

    return sans_path()


def day(number):
    from matplotlib.dates import num2date

    return num2date(number).date()


def legend(ax):
    return [each.get_text() for each in ax.get_legend().get_texts()]


@pytest.mark.parametrize("unit", ["count", "balance"])
def test_overdue_is_drawn_month_by_month_for_each_measure(found, ax, unit):
    assert rp.plot_overdue(found, unit, ax=ax) is ax
    lines = {line.get_label().split(" (")[0]: line for line in ax.lines}
    for basis, label in (("contract", "original contract"), ("plan", "plan"), ("cash", "cash received")):
        figures = [
            each
            for each in found.figures
            if each.name == f"overdue.{unit}.{basis}.month" and each.value is not None
        ]
        x, y = lines[label].get_data()
        assert [day(each).isoformat() for each in x] == [each.group for each in figures]
        assert y.tolist() == [100 * float(each.value) for each in figures]
    assert day(lines["first plan"].get_xdata()[0]) == date(2026, 4, 30)
    drawn = [lines[name] for name in ("original contract", "plan", "cash received")]
    assert len({(line.get_marker(), line.get_linestyle()) for line in drawn}) == 3
    assert "cash received (n = 29–30)" in legend(ax)  # one was settled
    # Of what was written off nothing is outstanding.
    assert ("original contract (n = 29–30)" in legend(ax)) == (unit == "balance")
    assert ax.get_ylabel() == {"count": "overdue accounts (%)", "balance": "overdue, by money (%)"}[unit]
    # Intervals are drawn from their lower to their upper bound.
    ends = {tuple(np.round(each[:, 1], 6)) for bars in ax.collections for each in bars.get_segments()}
    figure = found.figure(f"overdue.{unit}.contract.month", "2026-03-31")
    assert (round(100 * float(figure.low), 6), round(100 * float(figure.high), 6)) in ends


def test_few_accounts_have_hollow_marks(ax):
    few = result(rule=replace(RULE, small_cell=31))
    rp.plot_overdue(few, ax=ax)
    assert "hollow: fewer than 31" in legend(ax)
    assert sum(line.get_markerfacecolor() == "white" for line in ax.lines) == 4


@pytest.mark.parametrize("by", ["accounts", "balance"])
def test_roll_rates_are_cells_of_rows_with_their_n(found, ax, by):
    rolls = found.rolls["plan"]
    rp.plot_roll_rates(rolls, by=by, small_cell=10, ax=ax)
    rate = rolls.rate if by == "accounts" else rolls.rate_by_balance
    columns = [each.get_text().replace("\n", " ") for each in ax.get_xticklabels()]
    rows = [each.get_text() for each in ax.get_yticklabels()]
    states = [each.replace("_", " ") for each in rolls.states]
    count = rolls.count.sum(axis=0)
    written = {}
    for text in ax.texts:
        column, row = (round(each) for each in text.get_position())
        i, j = states.index(rows[row].split(" (")[0]), states.index(columns[column])
        written[i, j] = text.get_text()
    assert written == {(i, j): f"{100 * rate[i, j]:.1f}" for i, j in zip(*count[:8].nonzero(), strict=True)}
    for row in rows:
        i = states.index(row.split(" (")[0])
        assert f"(n = {rolls.n[i]:,})" in row
        assert row.endswith("(few)") == (rolls.n[i] < 10)
    assert ax.get_ylim()[0] > ax.get_ylim()[1]


def test_default_again_is_a_line_in_steps_with_its_interval_and_who_is_at_risk(found, ax):
    by_month = found.redefault
    rp.plot_redefault(by_month, ax=ax)
    x, y = ax.lines[0].get_data()
    length = by_month.at_risk.shape[1]
    assert x[: length + 1].tolist() == list(range(length + 1))
    assert y[1 : length + 1].tolist() == (100 * by_month.incidence[0, :, 0]).tolist()
    assert (y[0], y[-1]) == (0, y[-2])
    assert ax.lines[0].get_drawstyle() == "steps-post"
    band = ax.collections[0].get_paths()[0].vertices[:, 1]
    assert np.isclose(band.max(), np.nanmax(100 * by_month.high[0, :, 0]))
    assert np.isclose(band.min(), np.nanmin(100 * by_month.low[0, :, 0]))
    assert legend(ax) == ["defaulted again", "its interval", "settled"]
    ax.figure.canvas.draw()
    ticks = [each.get_text() for each in ax.get_xticklabels()]
    assert ticks == [f"{k + 1}\nn={n}" for k, n in enumerate(by_month.at_risk[0])]
    assert "at risk" in ax.get_xlabel()


def test_both_groups_are_drawn_at_all_looks(found, ax):
    rp.plot_comparison(found, ax=ax)
    differences = found.compared.differences
    for k, (line, means) in enumerate(
        zip(ax.lines[:2], (differences.treated, differences.comparison), strict=True)
    ):
        x, y = line.get_data()
        assert [str(day(each)) for each in x] == ["2026-02-28", "2026-03-31", "2026-04-30", "2026-10-31"]
        assert list(y) == [100 * share for share in (*(look[k] for look in differences.trend_means), *means)]
    assert legend(ax) == ["in the programme (n = 30)", "comparison group (n = 40)", "first plan"]
    # Nothing is above 100 %, and marks begin at the floor, however high the lines are.
    assert ax.get_ylim()[0] == ax.get_yticks()[0] == 0
    assert ax.get_ylim()[1] <= 100
    assert max(ax.get_yticks()) <= 100


def test_marks_begin_at_the_floor_where_most_is_overdue(found, ax):
    differences = replace(
        found.compared.differences, trend_means=(), treated=(0.9, 1.0), comparison=(0.8, 0.85)
    )
    late = replace(found, compared=replace(found.compared, differences=differences, earlier=()))
    rp.plot_comparison(late, ax=ax)
    assert ax.get_ylim() == (0, 100)
    assert ax.get_yticks().tolist() == [0, 20, 40, 60, 80, 100]


def test_phases_are_bars_from_their_first_day_to_their_last(plan, ax):
    rp.plot_timetable(plan, ax=ax)
    bars = [(day(bar.get_x()), day(bar.get_x() + bar.get_width())) for bar in ax.patches]
    assert bars == [(phase.begins, phase.ends + timedelta(days=1)) for phase in plan.phases]
    looks = {phase.status: bar.get_facecolor() for phase, bar in zip(plan.phases, ax.patches, strict=True)}
    assert len(set(looks.values())) == 3
    marks = [(day(line.get_xdata()[0]), line.get_marker()) for line in ax.lines[:-1]]
    shapes = {"done": "o", "open": "o", "late": "X", "done_late": "s"}
    assert marks == [(task.due, shapes[task.status]) for task in plan.tasks]
    rows = [phase.name for phase in plan.phases]
    for task, line in zip(plan.tasks, ax.lines, strict=False):
        assert abs(line.get_ydata()[0] - rows.index(task.phase)) < 0.3
    assert day(ax.lines[-1].get_xdata()[0]) == plan.as_of
    assert [each.get_text() for each in ax.get_yticklabels()][2:4] == ["Intake", "Review"]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]
    assert sorted(legend(ax)) == sorted(
        ["over", "running", "to come", "as of 2026-04-20"]
        + [f"checklist: {status}" for status in ("done", "done late", "late", "open")]
    )


def test_a_budget_is_bars_of_what_is_planned_spent_and_to_come(ax):
    made = budget()
    rp.plot_budget(made, ax=ax, currency="CNY")
    size = len(made.lines)
    widths = [bar.get_width() for bar in ax.patches]
    for k, name in enumerate(("plan", "actual", "forecast")):
        assert widths[k * size : (k + 1) * size] == [float(getattr(line, name)) for line in made.lines]
    assert legend(ax) == ["planned: 166,000", "spent: 55,500.50", f"forecast at the end: {made.forecast:,}"]
    assert ax.get_xlabel() == "amount (CNY)"
    assert [each.get_text() for each in ax.get_yticklabels()] == [line.en for line in EXAMPLE.budget]


def test_what_is_not_known_of_a_budget_has_no_bar_and_says_so(ax):
    rp.plot_budget(budget(SPENT), ax=ax)
    assert [text.get_text() for text in ax.texts] == ["not known", "not known"]
    assert legend(ax)[1:] == ["spent: not known", "forecast at the end: not known"]
    by_hand = rp.Budget(lines=(rp.BudgetLine(name="staff", plan=Decimal("0.5")),))
    ax.clear()
    rp.plot_budget(by_hand, ax=ax)
    assert legend(ax) == ["planned: 0.5"]


DRAWN = {
    "overdue": lambda values, **how: rp.plot_overdue(values[0], **how),
    "rolls": lambda values, **how: rp.plot_roll_rates(values[0].rolls["contract"], **how),
    "comparison": lambda values, **how: rp.plot_comparison(values[0], **how),
    "redefault": lambda values, **how: rp.plot_redefault(values[0].redefault, **how),
    "timetable": lambda values, **how: rp.plot_timetable(values[1], **how),
    "budget": lambda values, **how: rp.plot_budget(values[2], **how),
}


@pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN)
def test_all_is_there_in_chinese(found, plan, ax, draw):
    draw((found, plan, budget(SPENT)), ax=ax, language="zh", font=chinese())
    ax.figure.canvas.draw()
    texts = [ax.get_xlabel(), ax.get_ylabel(), ax.get_title(loc="left")]
    texts += [each.get_text() for each in (*ax.get_xticklabels(), *ax.get_yticklabels(), *ax.texts)]
    texts += legend(ax) if ax.get_legend() else []
    words = "".join(texts).replace("CNY", "").replace("n = ", "").replace("n=", "").replace("M", "")
    assert [char for char in words if char.isascii() and char.isalpha()] == []
    assert ax.get_xlabel()


@pytest.mark.parametrize(
    ("call", "code", "field"),
    [
        (lambda found, ax: rp.plot_overdue(found, "money", ax=ax), Code.UNKNOWN_VALUE, "unit"),
        (
            lambda found, ax: rp.plot_overdue(replace(found, figures=()), ax=ax),
            Code.MISSING,
            "evaluation",
        ),
        (
            lambda found, ax: rp.plot_roll_rates(found.rolls["plan"], by="money", ax=ax),
            Code.UNKNOWN_VALUE,
            "by",
        ),
        (
            lambda found, ax: rp.plot_roll_rates(found.rolls["plan"], small_cell=0, ax=ax),
            Code.OUT_OF_RANGE,
            "small_cell",
        ),
        (
            lambda found, ax: rp.plot_roll_rates(
                replace(found.rolls["plan"], count=0 * found.rolls["plan"].count), ax=ax
            ),
            Code.MISSING,
            "rolls",
        ),
        (
            lambda found, ax: rp.plot_comparison(replace(found, compared=None), ax=ax),
            Code.MISSING,
            "comparison",
        ),
        (
            lambda found, ax: rp.plot_redefault(found.redefault, group=1, ax=ax),
            Code.OUT_OF_RANGE,
            "group",
        ),
        (lambda _, ax: rp.plot_redefault(NONE, ax=ax), Code.MISSING, "incidence"),
        (lambda _, ax: rp.plot_budget(budget(), language="fr", ax=ax), Code.UNKNOWN_VALUE, "language"),
    ],
)
def test_what_cannot_be_drawn_is_refused(found, ax, call, code, field):
    with pytest.raises(InputError) as caught:
        call(found, ax)
    assert (caught.value.code, caught.value.field) == (code, field)
