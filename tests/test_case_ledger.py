"""The tracking ledger, against statements of each account by itself."""

from dataclasses import replace
from datetime import date, time
from decimal import Decimal

import numpy as np
import pytest

import repayplan as rp
from extras import needs
from repayplan.basics.calendars import WEEKENDS
from repayplan.programmes.ledgercolumns import LEDGER_HEADINGS, LEDGER_WARNINGS

TODAY = date(2026, 6, 10)
RULE = rp.CaseRule.example("negotiated-repayment")
TERMS = rp.AccountTerms(
    overdue=rp.OverdueRule(
        penalty=rp.OverdueLedger(on=("principal",), rate=rp.OverdueRate(rate="0")),
        day_count="ACT/360",
        first_day="due_date",
        rounded="end",
        mode="half_up",
    ),
    allocation=rp.AllocationRule.example("civil-code-561"),
    tracking=rp.TrackingRule(broken_after_missed=2, consequence="review", remind_after=(1, 60)),
)
STEP = rp.CollectionStep(name="call", from_days=5, channel="call", en="a call", zh="电话沟通")
COLLECTS = rp.CollectionRule(steps=(STEP,), source="own")
CLASSES = rp.RiskClasses.example("china-2023")
HELD = rp.ReportingRule(basis="held", cured_after=3, source="own")
PAID = [  # by account: nothing, in part, all so far, everything
    [],
    [("2026-04-30", "100.00"), ("2026-05-31", "40.00")],
    [("2026-04-30", "100.00"), ("2026-05-31", "100.00")],
    [("2026-04-30", "1200.00")],
]
ACCOUNT = np.array([2, -1, 0, 1, 3])
KINDS = (
    "received",
    "completed",
    "handed_over",
    "opinion",
    "approved",
    "offer_made",
    "offer_accepted",
    "signed",
)


def accounts():
    loans = rp.Loans.from_columns(
        principal=["1200.00"] * 4,
        annual_rate="0",
        original_term=12,
        elapsed=0,
        unpaid=12,
        next_due="2026-04-30",
    )
    return rp.Accounts.of(rp.schedule(loans, rp.equal_instalment(12)).value, TERMS)


def events(paid=PAID):
    rows = [(i, day, amount) for i, each in enumerate(paid) for day, amount in each]
    return rp.Events.from_columns(
        account=[row[0] for row in rows],
        kind="payment",
        value_date=[row[1] for row in rows],
        amount=[row[2] for row in rows],
        reference=[str(k) for k in range(len(rows))],
    )


def states(account=ACCOUNT):
    """Cases that signed on 20 March, but for the second, which was received on 1 June and is late."""
    kinds = [(i, k) for i in range(len(account)) for k in (KINDS if account[i] >= 0 else KINDS[:1])]
    came = rp.CaseEvents.from_columns(
        case=[i for i, _ in kinds] + [0],
        kind=[k for _, k in kinds] + ["contact"],
        at=["2026-03-20" if account[i] >= 0 else "2026-06-01" for i, _ in kinds] + ["2026-03-20"],
        reference=np.arange(len(kinds) + 1),
        channel="telephone",
    )
    cases = rp.Cases.from_columns(id=[f"A-{k}" for k in account], applicant="Li", contract="L")
    return rp.case_register(cases, came, RULE, as_of=TODAY, calendar=WEEKENDS)


def ledger(account=ACCOUNT, **given):
    now = rp.replay(accounts(), events(), as_of=TODAY).value
    none = rp.Contacts.from_columns(account=np.zeros(0, np.int64), day=[], channel=[])
    parts = {
        "tracks": rp.track(now),
        "past_due": rp.past_due(now, HELD, at_signing=20),
        "classes": CLASSES,
        "next_contacts": rp.next_contact(now, COLLECTS, none, at=time(9)).value,
    }
    return rp.case_ledger(states(account), now, account, **parts | given)


def test_every_figure_is_that_of_the_accounts_own_statement():
    found = ledger()
    for i, row in enumerate(ACCOUNT.tolist()):
        line = found.one(i)
        if row < 0:
            gone = [name for name, value in line.items() if value is None]
            assert {"instalment", "paid", "arrears", "days_past_due", "risk_class", "next_review"} <= set(
                gone
            )
            continue
        account = rp.Account.of(
            rp.Loan(principal="1200.00", annual_rate="0", original_term=12, elapsed=0, unpaid=12,
                    next_due="2026-04-30"),
            rp.schedule(
                rp.Loan(principal="1200.00", annual_rate="0", original_term=12, elapsed=0, unpaid=12,
                        next_due="2026-04-30"),
                rp.equal_instalment(12),
            ),
            TERMS,
        )  # fmt: skip
        paid = [
            rp.Event(kind="payment", value_date=day, amount=amount, reference=str(k))
            for k, (day, amount) in enumerate(PAID[row])
        ]
        now = rp.replay(account, paid, as_of=TODAY)
        todo = rp.track(now)
        days = rp.past_due(now, HELD, at_signing=20).reported
        assert line["paid"] == sum((each.amount for each in paid), Decimal(0))
        assert line["owed"] == sum(now.owed.values())
        assert line["outstanding"] == now.not_due + now.owed["principal"]
        assert (line["days_past_due"], line["days_reported"]) == (now.days_past_due, days)
        assert line["instalments_left"] == now.instalments_left
        assert line["risk_class"] == CLASSES.name(days)
        assert (line["next_reminder"], line["next_review"]) == (todo.next_reminder, todo.next_review)
        step = rp.next_contact(now, COLLECTS, [], at=time(9))
        assert line["next_step"] == (None if step.step is None else step.step.name)
        assert line["next_contact"] == step.may_be_on
        warned = {each.code for each in todo.warnings} | ({todo.broken.code} if todo.broken else set())
        assert warned == set(found.warnings(i)) - {rp.Code.CASE_LATE, rp.Code.CASE_REVIEW_MISSED}


def test_figures_by_hand():
    never, part = ledger().one(2), ledger().one(3)
    assert (never["arrears"], never["paid"], never["days_past_due"]) == (
        Decimal("200.00"),
        Decimal("0.00"),
        41,
    )
    assert never["warnings"] == "case_late, case_review_missed, broken_by_missed"
    assert (part["arrears"], part["paid"]) == (Decimal("60.00"), Decimal("140.00"))
    assert part["warnings"] == "case_late, case_review_missed, paid_in_part"
    assert ledger().one(4)["arrears"] == 0
    waiting = ledger().one(1)
    assert (waiting["stage"], waiting["warnings"], waiting["reviews_missed"]) == (
        "received",
        "case_late",
        None,
    )


@needs("pyarrow", "polars", "pandas")
def test_the_frame_has_headings_of_its_language():
    found = ledger()
    plain, en, zh = (found.to_frame("arrow", language=each) for each in (None, "en", "zh"))
    names = list(found.columns())
    assert plain.column_names == names
    assert en.column_names == [LEDGER_HEADINGS[name][0] for name in names]
    assert zh.column_names == [LEDGER_HEADINGS[name][1] for name in names]
    assert zh["办理环节"].to_pylist() == ["已签约", "已受理", "已签约", "已签约", "已签约"]
    assert zh["预警"].to_pylist()[2] == "环节超期、回访缺失、违约：欠缴期数"
    assert en["Through"].to_pylist() == ["telephone", None, None, None, None]
    assert plain["paid"].to_pylist()[:2] == [Decimal("200.00"), None]
    assert len(found.to_frame("pandas")) == len(found.to_frame("polars")) == 5
    with pytest.raises(rp.InputError, match="language"):
        found.to_frame("arrow", language="fr")


def test_classes_and_statuses_are_said_in_the_ledgers_language():
    now = rp.replay(accounts(), events(), as_of=TODAY, history=True).value
    credit = rp.credit_stage(now, rp.CreditStageRule.example("eu-retail"), forborne=True)
    own = replace(CLASSES, names_zh=())
    found = {
        language: rp.case_ledger(states(), now, ACCOUNT, credit=credit, classes=CLASSES).columns(language)
        for language in (None, "en", "zh")
    }
    said = {
        key: (each["risk_class"].values[2], each["credit_status"].values[2]) for key, each in found.items()
    }
    status = credit.one(0).status
    assert status == "probation"
    assert said == {
        None: ("special mention", status),
        "en": ("special mention", "performing, on probation"),
        "zh": ("关注", "正常（观察期）"),
    }
    # Classes of one's own without Chinese names are called as they are.
    unnamed = rp.case_ledger(states(), now, ACCOUNT, classes=own).columns("zh")
    assert unnamed["risk_class"].values[2] == "special mention"


def test_the_order_of_cases_does_not_matter():
    order = [3, 0, 4, 1, 2]
    lines, other = ledger(), ledger(ACCOUNT[order])
    for k, i in enumerate(order):
        assert {**other.one(k), "last_contact": 0, "channel": 0} == {
            **lines.one(i), "last_contact": 0, "channel": 0
        }  # fmt: skip


def test_what_was_not_given_has_no_column():
    found = ledger(tracks=None, past_due=None, classes=None, next_contacts=None)
    gone = {"days_reported", "risk_class", "next_contact", "next_step", "next_reminder", "next_review"}
    assert not gone & set(found.columns())
    assert found.one(2)["warnings"] == "case_late, case_review_missed"
    by_plan = ledger(past_due=None)
    assert by_plan.one(2)["risk_class"] == CLASSES.name(41)


def test_credit_stages_and_the_original_contract_stand_beside_the_plan():
    now = rp.replay(accounts(), events(), as_of=TODAY, history=True).value
    credit = rp.credit_stage(now, rp.CreditStageRule.example("eu-retail"), forborne=False)
    contract = rp.past_due(now, replace(HELD, basis="plan", cured_after=None), contract=now)
    line = rp.case_ledger(states(), now, ACCOUNT, credit=credit, past_due=contract).one(2)
    assert (line["credit_status"], line["credit_stage"]) == (credit.one(0).status, credit.one(0).stage)
    assert line["days_contract"] == 41


def test_an_account_that_could_not_be_replayed_has_no_figures():
    wrong = [*PAID[:3], [("2026-04-30", "0")]]
    outcome = rp.replay(accounts(), events(wrong), as_of=TODAY)
    assert outcome.failures.row.tolist() == [3]
    found = rp.case_ledger(states(), outcome.value, ACCOUNT)
    assert [found.one(i)["paid"] is None for i in range(5)] == [False, True, False, False, True]


@needs("pyarrow")
def test_no_account_at_all():
    nobody = rp.replay(accounts(), events([[("2026-04-30", "0")]] * 4), as_of=TODAY).value
    assert len(nobody) == 0
    found = rp.case_ledger(states(), nobody, ACCOUNT)
    assert [found.one(i)["paid"] for i in range(5)] == [None] * 5
    assert found.to_frame("arrow").num_rows == 5


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"account": [0, 1, 2, 3, 4]}, "account[4]"),
        ({"account": [0, 1, 2, "x", -1]}, "account[3]"),
        ({"account": [0, -1, 3, 0, 3]}, "account[3]"),
        ({"day": "2026-06-09"}, "statements"),
        ({"tracks": "few"}, "tracks"),
    ],
)
def test_what_cannot_be_is_refused(given, field):
    now = rp.replay(accounts(), events(), as_of=given.pop("day", TODAY)).value
    if "tracks" in given:
        given["tracks"] = rp.track(
            rp.replay(accounts().take(np.arange(2)), events(PAID[:2]), as_of=TODAY).value
        )
    with pytest.raises(rp.InputError) as error:
        rp.case_ledger(states(), now, **{"account": ACCOUNT} | given)
    assert error.value.field == field


def test_figures_of_other_statements_are_refused():
    """Days past due of another day, or of other payments, would stand in one row with these balances."""
    now, again = (rp.replay(accounts(), events(), as_of=TODAY, history=True).value for _ in range(2))
    then = rp.replay(accounts(), events(), as_of="2026-05-10", history=True).value
    other = rp.replay(accounts(), events([*PAID[:3], []]), as_of=TODAY, history=True).value
    none = rp.Contacts.from_columns(account=np.zeros(0, np.int64), day=[], channel=[])
    credit = rp.CreditStageRule.example("eu-retail")
    made = {
        "tracks": rp.track,
        "past_due": lambda of: rp.past_due(of, HELD, at_signing=20),
        "credit": lambda of: rp.credit_stage(of, credit, forborne=False),
        "next_contacts": lambda of: rp.next_contact(of, COLLECTS, none).value,
    }
    for name, make in made.items():
        assert rp.case_ledger(states(), now, ACCOUNT, **{name: make(again)}).one(0)["case"]
        for of, row, what in ((then, 0, "2026-05-10"), (other, 3, "other figures")):
            with pytest.raises(rp.InputError) as error:
                rp.case_ledger(states(), now, ACCOUNT, **{name: make(of)})
            assert (error.value.code, error.value.field) == (rp.Code.UNKNOWN_VALUE, f"{name}[{row}]")
            assert what in error.value.value


def test_amounts_say_which_currency_they_are_in():
    assert "currency" not in ledger().columns()
    loans = rp.Loans.from_columns(
        principal=["1200.00", "1200"] * 2, annual_rate="0", original_term=12, elapsed=0, unpaid=12,
        next_due="2026-04-30", currency=["CNY", "JPY"] * 2,
    )  # fmt: skip
    both = rp.Accounts.of(rp.schedule(loans, rp.equal_instalment(12)).value, TERMS)
    found = rp.case_ledger(states(), rp.replay(both, events([]), as_of=TODAY).value, ACCOUNT)
    shown = [found.one(i) for i in range(5)]
    assert [line["currency"] for line in shown] == ["CNY", None, "CNY", "JPY", "JPY"]
    assert [line["decimals"] for line in shown] == [2, None, 2, 0, 0]
    assert [str(line["outstanding"]) for line in shown if line["outstanding"]] == ["1200.00"] * 2 + [
        "1200"
    ] * 2


@pytest.mark.parametrize("wrong", [None, 5, [1], "x"])
def test_what_is_no_ledger_is_named(wrong):
    now = rp.replay(accounts(), events(), as_of=TODAY).value
    given = {"states": states(), "statements": now, "account": ACCOUNT}
    optional = ("tracks", "past_due", "credit", "classes", "next_contacts")
    for name in ("states", "statements", *(optional if wrong is not None else ())):
        parts = given | {name: wrong}
        with pytest.raises(rp.InputError) as error:
            rp.case_ledger(parts.pop("states"), parts.pop("statements"), parts.pop("account"), **parts)
        assert error.value.field.partition("[")[0] == name
    with pytest.raises(rp.InputError) as error:
        rp.case_ledger(states(), now, [0])
    assert error.value.field == "account"


def test_an_account_that_two_cases_have_is_named_with_both():
    now = rp.replay(accounts(), events(), as_of=TODAY).value
    with pytest.raises(rp.InputError) as error:
        rp.case_ledger(states(), now, [-1, 2, -1, 1, 2])
    assert (error.value.code, error.value.field, error.value.value) == (rp.Code.DUPLICATE, "account[4]", 2)
    assert error.value.rule.endswith(f"that of {states().cases.id[1]}")


def test_every_warning_has_both_names():
    assert all(en.isascii() and not zh.isascii() for en, zh in LEDGER_WARNINGS.values())
    assert all(en.isascii() and not zh.isascii() for en, zh in LEDGER_HEADINGS.values())
