"""The documents of a programme for invented people, its evaluation, and the archives of its cases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import repayplan as rp
from repayplan import Words
from repayplan.basics.errors import Language
from repayplan.programmes.figure import Figure
from simulated.people import BOOKS, END, LATE, Contracts, Person, kept
from simulated.programme import LENDER, POLICY, PROGRAMME, RULE, TERMS, Run

LETTERS = rp.LetterTerms(
    contact=Words("Telephone 021-5000 1234, Monday to Friday.", "咨询电话021-5000 1234，周一至周五。"),
    help=Words("If you can't pay, tell us: any branch changes a plan.", "如难以按期还款，请与任一网点联系。"),
)
FORM = rp.FormTerms(
    lender=LENDER,
    hand_in=Words("At any branch, until 24 April 2026.", "请于2026年4月24日前交至任一网点。"),
    declarations=rp.STANDARD_DECLARATIONS,
)
SPENT = [
    rp.Spent(line=line, on=on, amount=amount)
    for line, on, amount in (
        ("leaflets", "2026-03-18", "21500"),
        ("training", "2026-03-25", "15000"),
        ("printing", "2026-04-02", "14300"),
        ("leaflets", "2026-04-20", "9800"),
        ("overtime", "2026-04-28", "28000"),
        ("overtime", "2026-05-28", "26500"),
        ("overtime", "2026-06-28", "11000"),
    )
]
TITLE = Words(PROGRAMME.name, PROGRAMME.name_zh)
KEPT_YEARS = 10
CALLED = {
    "clear": Words("Was the plan explained clearly?", "方案讲解是否清楚"),
    "fair": Words("Were you treated fairly?", "是否受到公平对待"),
    "branch": Words("branch", "网点"),
    "East": Words("East", "东区"),
    "West": Words("West", "西区"),
    "South": Words("South", "南区"),
    "days": Words("days past due", "逾期天数"),
    "balance": Words("not yet due", "未到期本金"),
}
"""What names in the evaluation are called in the report."""
BEYOND_ROWS = ("redefault", "budget.cost_per_cured", "budget.return", "did.balance")
"""Figures whose value takes more than their own rows: other figures, or other months."""


def documents(run: Run, as_of: date) -> Iterator[tuple[int, rp.Document]]:
    """Every document of everybody, letters about accounts as of a day: whose it is, and the document."""
    now = run.replayed(as_of)
    place = {i: k for k, i in enumerate(run.rows)}
    for i, person in enumerate(run.people):
        if i not in run.records:
            continue
        name, record, offer = f"L-{person.id}", run.records[i], run.decided[i]
        loan, home = run.loan(i), run.home(i)
        stated = rp.FilledForm(
            applicant=person.party, reference=name, application=run.asked[i][-1], loan=loan, household=home
        )
        yield i, rp.application_form(POLICY, FORM, stated)
        approved = i in run.issued
        yield i, rp.review_opinion(record, offer=offer if approved else None)
        if not approved:
            yield i, rp.refusal_letter(record, LETTERS, lender=LENDER, applicant=person.party)
            continue
        terms = rp.SheetTerms(
            lender=LENDER, issued=run.issued[i], accept_by=run.until(i), expires=run.until(i, 1),
            late=LATE, days_late=TERMS.days_late,
            credit_record=Words(TERMS.credit_record.en, TERMS.credit_record.zh),
        )  # fmt: skip
        contract = rp.schedule(loan, rp.equal_instalment(loan.unpaid))
        yield i, rp.offer_sheet(loan, contract, offer, terms, reference=name)
        if i not in run.signed:
            continue
        signed, statement = run.signed[i], now.one(place[i])
        yield i, rp.agreement_document(signed)
        yield i, rp.account_statement(signed, statement, LETTERS)
        if statement.next_payment:
            yield i, rp.payment_reminder(signed, statement, LETTERS)
        if statement.days_past_due:
            yield i, rp.overdue_notice(signed, statement, LETTERS)


def letter_page(run: Run, i: int, document: rp.Document, language: Language = "zh") -> str:
    """Somebody's document as a page."""
    if document.name == "agreement":
        return rp.agreement_html(run.signed[i], language)
    return rp.document_html(document, language)


def letter_pdf(run: Run, i: int, document: rp.Document, language: Language = "zh") -> bytes:
    """The same as PDF, in a font that has all letters.

    Raises
    ------
    ImportError
        The extra ``documents`` isn't installed, or no font with Chinese letters.
    """
    from pylopdf_fonts_zh_cn import sans_path

    if document.name == "agreement":
        return rp.agreement_pdf(run.signed[i], language, font=sans_path())
    return rp.document_pdf(document, language, font=sans_path())


def evaluated(run: Run) -> rp.Evaluation:
    """What the programme achieved, beside people who weren't in it."""
    mine = Contracts(tuple(run.people[i] for i in run.rows))
    others = Contracts(run.others)
    before, theirs = mine.replayed([], BOOKS), others.replayed([], BOOKS)
    return rp.evaluate(
        before,
        run.replayed(END),
        contract=mine.replayed(run.paid, END),
        rule=rp.EvaluationRule(
            overdue_from_days=1,
            default_from_days=90,
            cured_after=3,
            window_months=6,
            buckets=rp.Buckets.example("months"),
        ),
        reporting=rp.ReportingRule(basis="plan", source="own"),
        comparison=rp.Comparison(
            before=theirs,
            after=others.replayed(_without_a_plan(others), END),
            match=rp.MatchRule(exact=("branch",), nearest=("days", "balance")),
            treated=_alike(mine.people, before),
            pool=_alike(others.people, theirs),
            earlier=["2026-01-31", "2026-02-28"],
        ),
        credit=rp.CreditFollowUp(outcomes={6: [_credit(each) for each in mine.people]}),
        survey=_survey(mine.people),
        budget=rp.programme_budget(PROGRAMME, SPENT, as_of=END),
        goals=[*PROGRAMME.goals, rp.Goal(figure="survey.satisfied", group="clear", at_least="0.7")],
    )


def _without_a_plan(others: Contracts) -> list[tuple[int, date, str]]:
    """Four in ten people without a plan pay their instalments again; the others pay nothing."""
    accounts, found = others.accounts, []
    for i, each in enumerate(others.people):
        if each.seed % 10 < 4:
            due = accounts.due[accounts.offsets[i] + each.elapsed : accounts.offsets[i + 1]].tolist()
            rows = kept(each, [(day, others.instalment[i]) for day in due])
            found += [(i, day, f"{amount / 100:.2f}") for day, amount in rows]
    return found


def _alike(people: tuple[Person, ...], books: rp.Statements) -> dict[str, Any]:
    return {
        "branch": [each.branch for each in people],
        "days": books.columns.days_past_due,
        "balance": books.columns.not_due / 100,
    }


def _credit(person: Person) -> str:
    return ("obtained", "refused", "not_applied", "", "")[person.seed % 5]


def _survey(people: tuple[Person, ...]) -> rp.Survey:
    """Two in three answer; who keeps to the plan is happier with it."""
    some = [each for each in people if each.seed % 3]
    sour = [each.behaviour in ("broken", "in_part") for each in some]
    clear = [(2 if bad else 3) + each.seed // 3 % 3 for each, bad in zip(some, sour, strict=True)]
    fair = [None if each.seed % 7 == 0 else 2 + each.seed % 4 for each in some]
    return rp.Survey(
        invited=len(people), answers={"clear": clear, "fair": fair}, scale=(1, 5), satisfied_from=4
    )


def case_file(run: Run, i: int) -> rp.CaseFile:
    """Everything about one case, for its archive."""
    signed = run.signed.get(i)
    return rp.CaseFile(
        id=run.people[i].id,
        as_of=END,
        retention=rp.Retention.after(END, years=KEPT_YEARS, source="the lender's rules on files, article 12"),
        loan=run.loan(i),
        household=run.home(i),
        policy=POLICY,
        reviews=tuple(run.asked[i]),
        record=run.records[i],
        offer=run.decided[i],
        signed=signed,
        accept_by=run.until(i) if signed else None,
        case_rule=RULE,
        case_events=tuple(run.events_of(i)),
        account_events=tuple(run.payments_of(i)) if signed else (),
        documents={"note.txt": f"Channel: {run.people[i].channel}."},
    )


def reckoned_again(found: rp.Evaluation, figure: Figure) -> list[str]:
    """What of a figure was counted or added up again from its rows, one by one.

    Raises
    ------
    ValueError
        Something else comes out than the figure says.
    """
    rows = found.rows(figure.name, figure.group)
    columns = {name: values.tolist() for name, values in rows.columns.items()}
    out: dict[str, int | Decimal | None] = {"count": None, "amount": None, "value": None}
    if "counted" in columns:
        out["count"] = sum(columns["counted"])
    if "part" in columns:
        total = sum(columns["part"])
        out |= (
            {"count": total} if rows.decimals is None else {"amount": Decimal(total).scaleb(-rows.decimals)}
        )
    if not figure.name.startswith(BEYOND_ROWS):
        out["value"] = _share(rows, columns)
    done = []
    for name, again in out.items():
        said = getattr(figure, name)
        if said is None or again is None:
            continue
        if abs(again - said) > Decimal("0.000001") * (name == "value"):
            raise ValueError(f"{figure.name} {figure.group}: {name} {said}, from the rows {again}")
        done.append(name)
    return done


def _share(rows: rp.FigureRows, columns: dict[str, list[Any]]) -> Decimal | None:
    """The share, mean or change that comes out of some rows."""
    if "weight" in columns:
        weights = columns["weight"]
        if "value" in columns:
            total = sum(w * value for w, value in zip(weights, columns["value"], strict=True))
            return Decimal(total / sum(weights))
        means = []
        for side in (True, False):
            mine = [k for k, treated in enumerate(columns["treated"]) if treated is side]
            moved = sum(weights[k] * (columns["after"][k] - columns["before"][k]) for k in mine)
            means.append(moved / sum(weights[k] for k in mine))
        return Decimal(means[0] - means[1])
    if sum(columns.get("whole", [])):
        share = Decimal(sum(columns["part"])) / sum(columns["whole"])
        if "whole_before" in columns:
            share -= Decimal(sum(columns["part_before"])) / sum(columns["whole_before"])
        return share
    if "counted" in columns and len(rows):
        return Decimal(sum(columns["counted"]) - sum(columns.get("counted_before", []))) / len(rows)
    return Decimal(sum(columns["part"])) / len(rows) if rows.of == "answers" and len(rows) else None


def report(found: rp.Evaluation) -> rp.Document:
    """The summing-up."""
    return rp.summing_up(found, programme=TITLE, currency="CNY", words=CALLED)


def page(found: rp.Evaluation, language: Language, timetable: rp.Timetable | None = None) -> str:
    """The summing-up with its pictures."""
    return rp.summing_up_page(
        found, programme=TITLE, currency="CNY", language=language, timetable=timetable, words=CALLED
    )
