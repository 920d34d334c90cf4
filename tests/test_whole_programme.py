"""A whole programme, from intake to summing-up: what each part says agrees with every other, row by row."""

import hashlib
from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache

import pytest

import repayplan as rp
from repayplan import Code
from repayplan.basics.calendars import WEEKENDS
from repayplan.programmes.casestages import CASE_KINDS
from repayplan.programmes.labels import LABELS
from simulated.closing import case_file, documents, evaluated, reckoned_again, report
from simulated.people import BOOKS, END
from simulated.programme import PROGRAMME, RULE, run

AUTUMN = date(2026, 10, 20)


@cache
def made():
    return run(40, seed=2032)


@cache
def written():
    return list(documents(made(), AUTUMN))


@cache
def now():
    return made().replayed(END)


@cache
def found():
    return evaluated(made())


def decided(verdict):
    return {i for i, each in made().records.items() if each.decision.verdict == verdict}


def outside():
    first, last = PROGRAMME.window(WEEKENDS)
    return {i for i, each in enumerate(made().people) if not first <= each.applied <= last}


def paid(i):
    """What came in for a plan: day and amount."""
    place = made().rows.index(i)
    return [(day, Decimal(amount)) for k, day, amount in made().paid if k == place]


def due_and_paid(i, day):
    """What fell due of a plan before a day, and what came in until then."""
    agreement = made().signed[i].agreement
    due = sum(each.payment for each in agreement.instalments if each.due_date < day)
    return due, sum(amount for when, amount in paid(i) if when <= day)


def test_every_step_is_taken_by_somebody():
    happened = Counter(each[1] for each in made().happened)
    assert set(CASE_KINDS) - set(happened) == {
        "closed",
        "reversal",
        "offer_expired",
    }  # offers expire themselves
    assert not made().states(END).refused_events
    results = {review.result for each in made().records.values() for review in each.entries[:1]}
    assert results == {"approved", "declined", "needs_evidence", "needs_person"}
    assert {each.behaviour for i, each in enumerate(made().people) if i in made().signed} == {
        *("in_time", "late", "in_part", "broken")
    }


def test_the_register_counts_who_was_refused_offered_and_signed():
    states = made().states(END)
    names = [RULE.stages[k].name for k in states.stage.tolist()]
    expected = []
    for i in range(len(made().people)):
        if i in outside() or i in decided("refuse"):
            expected.append("refused")
        else:
            expected.append("in_force" if i in made().signed else "expired")
    assert names == expected
    assert set(names) == {"refused", "in_force", "expired"}
    assert names.count("in_force") == len(made().rows) == found().accounts
    assert found().excluded == 0


def test_the_register_goes_through_the_stages_day_by_day():
    seen = {
        RULE.stages[k].name
        for day in [*(date(2026, 4, each) for each in range(1, 31)), END]
        for k in made().states(day).stage.tolist()
        if k >= 0
    }
    assert seen == {each.name for each in RULE.stages} - {"closed"}


def test_everybody_has_each_document_that_is_due_and_no_other():
    whose = {}
    for i, each in written():
        whose.setdefault(each.name, []).append(i)
    signed = set(made().signed)
    reviewed = set(range(len(made().people))) - outside()
    assert outside()
    late = set(whose["overdue_notice"])
    expected = {
        "application_form": reviewed,
        "review_opinion": reviewed,
        "refusal_letter": decided("refuse"),
        "offer_sheet": decided("approve"),
        "agreement": signed,
        "account_statement": signed,
        "payment_reminder": signed,
        "overdue_notice": late,
    }
    assert {name: set(each) for name, each in whose.items()} == expected
    assert all(len(each) == len(set(each)) for each in whose.values())
    # Who has paid less than fell due is told so; nobody who paid each instalment on its day is.
    short = {i for i in signed for due, paid in [due_and_paid(i, AUTUMN)] if paid < due}
    punctual = {i for i in signed if made().people[i].behaviour == "in_time"}
    assert short
    assert short <= late
    assert not late & punctual


def test_documents_are_of_the_person_in_both_languages():
    for i, each in written()[::7]:
        person = made().people[i]
        english, chinese = each.markdown("en"), each.markdown("zh")
        assert person.name in english or person.id in english
        assert (person.name in chinese) == (person.name in english)
        assert each.title.said("zh") in chinese


def test_whoever_is_refused_is_told_why():
    letters = {i: each for i, each in written() if each.name == "refusal_letter"}
    assert len(letters) >= 5
    for i, letter in letters.items():
        record = made().records[i]
        (why,) = [each for each in letter.sections if each.name == "why"]
        told = {each.en for each in why.notes}
        declined = [each for each in record.review.findings if each.effect == "decline" and not each.internal]
        assert told
        assert {each.text() for each in declined} <= told
        assert {each.text() for each in record.decision.grounds} <= told
    states = made().states(END)
    for i in outside():
        assert Code.CASE_OUTSIDE_WINDOW in [each.code for each in states.one(i).reasons]


def test_what_came_in_is_what_payments_were_and_what_it_went_to():
    total = 0
    for k, i in enumerate(made().rows):
        came = sum(amount for _, amount in paid(i))
        units = int(now().columns.paid[k].sum() + now().columns.held[k])
        assert Decimal(units).scaleb(-2) == came
        total += came
    assert found().figure("recovered.total").amount == total
    parts = [each for each in found().figures if each.name == "recovered.part"]
    assert sum(each.amount for each in parts) == total


def test_accounts_of_the_batch_are_those_of_the_agreements():
    for k, i in list(enumerate(made().rows))[::8]:
        alone = rp.replay(made().signed[i].agreement.account(), made().payments_of(i), as_of=END)
        mine = now().one(k)
        assert sum(sum(each.to.values()) for each in alone.allocations) + alone.held == sum(
            amount for _, amount in paid(i)
        )
        for name in ("owed", "held", "payoff", "days_past_due", "next_payment", "instalments_left"):
            assert getattr(alone, name) == getattr(mine, name)


def test_the_ledger_is_of_the_same_accounts():
    ledger = made().ledger(END)
    place = {i: k for k, i in enumerate(made().rows)}
    for i in range(len(made().people)):
        line = ledger.one(i)
        if i in place:
            assert line["paid"] == sum(amount for _, amount in paid(i))
            assert line["days_past_due"] == now().columns.days_past_due[place[i]]
        else:
            assert line["paid"] is None


def test_figures_are_those_of_plain_loops():
    late, short, cash, due = 0, 0, Decimal(0), Decimal(0)
    since = date(2026, 9, 30)
    accounts = made().contracts.accounts
    for k, i in enumerate(made().rows):
        late += int(now().columns.days_past_due[k] >= 1)
        lines = range(accounts.offsets[i], accounts.offsets[i + 1])
        fell = sum(
            Decimal(int(accounts.principal[at] + accounts.interest[at])) / 100
            for at in lines
            if since < accounts.due[at].item() <= END
        )
        came = sum(amount for day, amount in paid(i) if since < day <= END)
        cash, due, short = cash + came, due + fell, short + (came < fell)
    figure = found().figure
    assert figure("overdue.count.plan.after").count == late
    assert figure("overdue.count.cash.after").count == short
    assert figure("cash.received.after").amount == cash
    assert figure("cash.received.after").value == (cash / due).quantize(Decimal("0.000001"))
    missed = [i for i in made().rows if made().people[i].missed > 1]  # the last fell due on the day itself
    assert figure("overdue.count.contract.before").count == len(missed)
    assert found().before_on == BOOKS


def test_every_figure_of_the_report_can_be_reckoned_from_its_rows():
    shown = Counter()
    for section in report(found()).as_dict("en")["sections"]:
        if section["name"] not in ("about", "goals"):
            shown.update(row["figure"]["text"] for row in section["rows"])
    assert shown == Counter(LABELS[each.name][0] for each in found().figures)
    again = Counter()
    for each in found().figures:
        again.update(reckoned_again(found(), each))
        rows = found().rows(each.name, each.group)
        if rows.of == "accounts" and "treated" not in rows.columns:
            assert set(rows.columns["row"].tolist()) <= set(range(len(made().rows)))
    assert again["count"] == sum(each.count is not None for each in found().figures)
    assert again["amount"] == sum(each.amount is not None for each in found().figures)
    assert again["value"] > 100


def test_a_figure_that_is_not_that_of_its_rows_is_found():
    figure = found().figure("on_time")
    with pytest.raises(ValueError, match="count"):
        reckoned_again(found(), replace(figure, count=figure.count + 1))
    share = found().figure("did.effect")
    with pytest.raises(ValueError, match="value"):
        reckoned_again(found(), replace(share, value=share.value + Decimal("0.001")))


@pytest.mark.parametrize("verdict", ["approve", "refuse"])
def test_a_case_is_archived_and_verifies(verdict, tmp_path):
    i = min(decided(verdict) if verdict == "refuse" else made().signed)
    rp.archive(case_file(made(), i), tmp_path / "case")
    assert not rp.verify(tmp_path / "case").faults
    path = tmp_path / "case" / "results" / "offer.json"
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    path.write_text(path.read_text(encoding="utf-8").replace("0", "1", 1), encoding="utf-8")
    faults = rp.verify(tmp_path / "case").faults
    assert {each.file for each in faults} == {"results/offer.json"}
    assert before != hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_same_seed_makes_the_same_programme():
    again = run(3, seed=2032)
    assert again.people == made().people[:3]
    assert again.terms == made().terms[:3]
