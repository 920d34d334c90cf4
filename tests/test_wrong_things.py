"""What verbs of programmes, documents and pictures are given, refused by name where it is something else."""

import decimal

import numpy as np
import pytest

import agreements as of
import repayplan as rp
from extras import needs
from repayplan import Code, InputError
from repayplan.basics.calendars import WEEKENDS
from test_documents import FORM, POLICY, TERMS, WHO, refused, stands
from test_evaluation import RULE, programme, result

BUCKETS = RULE.buckets
DAYS = ["2026-05-31", "2026-06-30"]


def agreed():
    return of.agreement()


CALLS = {
    "account_statement": ("agreement", lambda x: rp.account_statement(x, stands("2026-07-20"), TERMS)),
    "account_statement.statement": ("statement", lambda x: rp.account_statement(agreed(), x, TERMS)),
    "account_statement.terms": (
        "terms",
        lambda x: rp.account_statement(agreed(), stands("2026-07-20"), x),
    ),
    "agreement_document": ("made", rp.agreement_document),
    "agreement_html": ("made", rp.agreement_html),
    "application_form": ("policy", lambda x: rp.application_form(x, FORM)),
    "application_form.terms": ("terms", lambda x: rp.application_form(POLICY, x)),
    "case_register": (
        "cases",
        lambda x: rp.case_register(
            x,
            rp.CaseEvents.of([]),
            rp.CaseRule.example("negotiated-repayment"),
            as_of=DAYS[0],
            calendar=WEEKENDS,
        ),
    ),
    "difference_in_differences": ("before", lambda x: rp.difference_in_differences(x, [1], [True])),
    "document_html": ("document", rp.document_html),
    "explain": ("decision", rp.explain),
    "match": ("treated", lambda x: rp.match(x, {"a": [1]}, rp.MatchRule(exact=("a",)))),
    "match.pool": ("pool", lambda x: rp.match({"a": [1]}, x, rp.MatchRule(exact=("a",)))),
    "match.rule": ("rule", lambda x: rp.match({"a": [1]}, {"a": [1]}, x)),
    "overdue_notice": ("agreement", lambda x: rp.overdue_notice(x, stands("2026-07-20"), TERMS)),
    "payment_reminder": ("agreement", lambda x: rp.payment_reminder(x, stands("2026-04-23"), TERMS)),
    "payment_reminder.statement": ("statement", lambda x: rp.payment_reminder(agreed(), x, TERMS)),
    "programme_budget": ("programme", lambda x: rp.programme_budget(x, [], as_of=DAYS[0])),
    "programme_calendar": ("timetable", lambda x: rp.programme_calendar(x, reference="x")),
    "programme_document": ("timetable", rp.programme_document),
    "redefault": ("statements", lambda x: rp.redefault(x, default_from_days=60)),
    "refusal_letter": ("decision", lambda x: rp.refusal_letter(x, TERMS, lender="Bank", applicant=WHO)),
    "refusal_letter.applicant": (
        "applicant",
        lambda x: rp.refusal_letter(refused(), TERMS, lender="Bank", applicant=x),
    ),
    "review_opinion": ("record", rp.review_opinion),
    "roll_rates": ("statements", lambda x: rp.roll_rates(x, BUCKETS, days=DAYS)),
    "roll_rates.buckets": ("buckets", lambda x: rp.roll_rates(programme()[1], x, days=DAYS)),
    "roll_rates.days": ("days", lambda x: rp.roll_rates(programme()[1], BUCKETS, days=x)),
    "summing_up": ("evaluation", lambda x: rp.summing_up(x, programme="x", currency="CNY")),
    "summing_up_page": ("evaluation", lambda x: rp.summing_up_page(x, programme="x", currency="CNY")),
    "timetable": ("programme", lambda x: rp.timetable(x, WEEKENDS, as_of=DAYS[0])),
    "timetable.calendar": (
        "calendar",
        lambda x: rp.timetable(rp.Programme.example("negotiated-repayment"), x, as_of=DAYS[0]),
    ),
}
PLOTS = {
    "plot_account": "statement",
    "plot_balance": "plan",
    "plot_budget": "budget",
    "plot_changed": "changed",
    "plot_comparison": "evaluation",
    "plot_days_past_due": "statement",
    "plot_living": "offer",
    "plot_menu": "menu",
    "plot_overdue": "evaluation",
    "plot_redefault": "incidence",
    "plot_roll_rates": "rolls",
    "plot_schedule": "schedule",
    "plot_survival": "stress",
    "plot_timetable": "timetable",
}


def field_of(call, wrong):
    with pytest.raises(InputError) as caught:
        call(wrong)
    return caught.value.field.partition("[")[0]


@pytest.mark.parametrize("name", CALLS)
def test_something_else_is_refused_by_name(name):
    field, call = CALLS[name]
    for wrong in (None, 5, object()):
        assert field_of(call, wrong) == field


@needs("matplotlib")
@pytest.mark.parametrize("name", PLOTS)
def test_nothing_is_drawn_of_something_else(name):
    for wrong in (None, 5, object()):
        assert field_of(getattr(rp, name), wrong) == PLOTS[name]


@needs("matplotlib")
@pytest.mark.parametrize("wrong", [5, "x", object()])
def test_axes_that_are_none_are_refused(wrong):
    with pytest.raises(InputError) as caught:
        rp.plot_overdue(result(), ax=wrong)
    assert (caught.value.code, caught.value.field) == (Code.UNKNOWN_VALUE, "ax")


def test_pictures_of_sweeps_are_of_sweeps():
    for field, call in (
        ("sweep", lambda x: rp.plot_sweep(x, "offered")),
        ("sweep", lambda x: rp.plot_pareto(x, "a", "b", best={"a": "most", "b": "least"})),
        ("effects", lambda x: rp.plot_sensitivity(x, "offered")),
    ):
        assert {field_of(call, wrong) for wrong in (None, 5, object())} == {field}


WRONG_RULES = {
    "match.coarsened.b": [("x",), 5, "x", (), (float("nan"),), (1, float("inf")), (2, 1), (None,)],
    "match.coarsened": [5, [("b", (1,))]],
}


@pytest.mark.parametrize("field", WRONG_RULES)
def test_cut_points_are_rising_numbers(field):
    for wrong in WRONG_RULES[field]:
        given = {"b": wrong} if field.endswith(".b") else wrong
        with pytest.raises(InputError) as caught:
            rp.MatchRule(coarsened=given)
        assert caught.value.field == field
    assert rp.MatchRule(coarsened={"b": ("1", 2)}).coarsened == {"b": (1.0, 2.0)}


def test_columns_of_objects_are_matched_on_as_what_they_hold():
    rule = rp.MatchRule(exact=("branch",), nearest=("days",))
    plain = {"branch": ["A", "B", "A"], "days": [1, 5, 9]}
    objects = {name: np.array(column, object) for name, column in plain.items()}
    pool = {"branch": ["A", "B", "B"], "days": [2, 5, 7]}
    found, again = rp.match(plain, pool, rule), rp.match(objects, pool, rule)
    assert found.pool.tolist() == again.pool.tolist() == [2, 1, 0]
    for empty in (None, float("nan")):
        for name in plain:
            column = objects[name].copy()
            column[1] = empty
            with pytest.raises(InputError) as caught:
                rp.match(objects | {name: column}, pool, rule)
            assert (caught.value.code, caught.value.field) == (Code.MISSING, f"treated.{name}")
    with pytest.raises(InputError) as caught:
        rp.match(objects | {"branch": np.array(["A", 1, ()], object)}, pool, rule)
    assert (caught.value.code, caught.value.field) == (Code.NOT_A_NUMBER, "treated.branch")


@needs("pandas")
def test_columns_of_a_frame_are_matched_on():
    import pandas as pd

    frame = pd.DataFrame({"branch": ["A", "B"], "days": [1, 5]})
    found = rp.match(frame.to_dict("series"), frame.to_dict("list"), rp.MatchRule(exact=("branch",)))
    assert found.treated.tolist() == [1, 1]


@pytest.mark.parametrize("digits", [2, 6])
def test_a_budget_does_not_depend_on_the_context_of_decimals(digits):
    lines = (
        rp.BudgetLine(
            name="s", plan="1234567.89", actual="1234567.85", forecast="2000000.03", planned_so_far="5.01"
        ),
        rp.BudgetLine(name="t", plan="1.11", actual="3.33", forecast="4.44", planned_so_far="1"),
    )
    names = ("plan", "planned_so_far", "actual", "forecast", "over")
    exact = rp.Budget(lines=lines)
    plan = rp.Programme.example("negotiated-repayment")
    spent = [rp.Spent(line="overtime", on="2026-04-10", amount="34123.45")]
    usual = result(budget=exact)
    later = rp.programme_budget(plan, spent, as_of="2026-04-30")
    with decimal.localcontext() as context:
        context.prec = digits
        assert [str(getattr(exact, name)) for name in names] == [
            "1234569.00", "6.01", "1234571.18", "2000004.47", "765435.47"
        ]  # fmt: skip
        assert lines[0].over == decimal.Decimal("765432.14")
        found = result(budget=exact)
        assert found.figures == usual.figures
        assert rp.programme_budget(plan, spent, as_of="2026-04-30") == later
        made = rp.summing_up(found, programme="x", currency="CNY").markdown("en")
    assert made == rp.summing_up(usual, programme="x", currency="CNY").markdown("en")
