"""Every code is reached: by one loan alone, and by a row of a batch whose neighbours are none the worse."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from string import Formatter

import pytest

import programme
from repayplan import (
    AgeAtMaturity,
    Allowance,
    Applications,
    Case,
    Code,
    DueDates,
    EarlierRestructures,
    ExtensionLimit,
    FixedAllowance,
    Guideline,
    Household,
    Households,
    Infeasible,
    InputError,
    Loan,
    Loans,
    Policy,
    PolicyError,
    Record,
    RegulatorCap,
    Relief,
    Review,
    ReviewReason,
    Rounding,
    Trial,
    capacity,
    col,
    conditional,
    equal_instalment,
    fixed_payment,
    fulfilment,
    graduated,
    holiday,
    irr,
    merge,
    minor,
    propose,
    review,
    schedule,
)
from repayplan.basics.codetexts import TEXT
from repayplan.basics.daycount import DAY_COUNT_INDEX
from repayplan.edges.tables import read_applicants
from repayplan.offers.published import GENERAL_RULES_ON_LOANS

LOAN = {
    "principal": "6000.00",
    "annual_rate": "0.12",
    "original_term": 36,
    "elapsed": 10,
    "unpaid": 26,
    "next_due": "2026-01-31",
    "start": "2025-12-31",
    "fees": "0",
    "day_count": "periods",
}
EXTRA = {
    "pay": "300.00",
    "status": "Late",
    "born": "1960-01-31",
    "consecutive_payments": "3",
    "restructures": "1",
    "restructured_on": "2024-12-31",
    "guarantor": "not_needed",
}
LEVEL = equal_instalment(26)
GIVEN = equal_instalment(26, instalment=col("pay"))
UNTIL = fixed_payment(col("pay"))
FALLING = graduated(26, step="-5")
GROWING = holiday(26, interest="capitalise") + LEVEL

# A loan's figures, or its plan, that can't be: what is changed in `LOAN` or `EXTRA`, the plan, the field, and
# what the value is held against.
INPUTS = {
    Code.MISSING: ({"next_due": ""}, LEVEL, "next_due", ""),
    Code.NOT_A_NUMBER: ({"principal": "6,000.00"}, LEVEL, "principal", ""),
    Code.NOT_FINITE: ({"principal": "nan"}, LEVEL, "principal", ""),
    Code.BOOLEAN: ({"fees": True}, LEVEL, "fees", ""),
    Code.NOT_WHOLE_UNITS: ({"principal": "6000.005"}, LEVEL, "principal", "0.01"),
    Code.NEGATIVE: ({"fees": "-1"}, LEVEL, "fees", "0 to 10000000000000000"),
    Code.OUT_OF_RANGE: ({"annual_rate": "12"}, LEVEL, "annual_rate", "0 to 1"),
    Code.NOT_A_DATE: ({"next_due": "2026-02-30"}, LEVEL, "next_due", "YYYY-MM-DD"),
    Code.UNKNOWN_VALUE: ({"day_count": "30/361"}, LEVEL, "day_count", ", ".join(DAY_COUNT_INDEX)),
    Code.DATES_OUT_OF_ORDER: ({"start": "2026-02-01"}, LEVEL, "start", "<= 2026-01-31"),
    Code.NOTHING_OWED: ({"principal": "0"}, LEVEL, "principal", ""),
    Code.BEYOND_DOMAIN: (
        {"principal": "9000000000000000", "annual_rate": "1"},
        GROWING,
        "principal",
        "46116860184273879.04",
    ),
    # 60.00 is the interest of a month, and never pays anything off; a cent less doesn't even pay that.
    Code.NEVER_PAID_OFF: ({"pay": "60.00"}, UNTIL, "fixed_payment.amount", "3660"),
    Code.NEGATIVE_AMORTISATION: ({"pay": "59.99"}, UNTIL, "plan", "60.00"),
    # 26 of which each is 5.00 less than the one before: 6,000.00 come down to 197.85, not so a tenth of it.
    Code.INSTALMENT_BELOW_ZERO: ({"principal": "600.00"}, FALLING, "graduated.step", ""),
    Code.BALLOON: ({"pay": "100.00"}, GIVEN, "equal_instalment.instalment", "200.00"),
}

# Two files: what becomes of the line of loan b, whether b has a household, the field, the value, the limit.
FILES = {
    Code.DUPLICATE: (lambda line: f"{line}\n{line}", True, "id", "b", ""),
    Code.WRONG_CELLS: (lambda line: ",".join(line.split(",")[:2]), True, "row", "2", "10"),
    Code.NO_HOUSEHOLD: (lambda line: line, False, "id", "b", ""),
}

RULE = Allowance(adult_first="900", adult_further="500", child="250", covers=("food",), source="own")


@dataclass(frozen=True)
class Refusal:
    """Why a loan is offered no plan: what is changed in the loan, the household and the limit."""

    loan: dict
    net_income: str
    limit: ExtensionLimit
    field: str
    value: object
    bound: object


HALF = ExtensionLimit(percent="50", reading="beyond_original_maturity")


def after(**rules):
    return replace(HALF, earlier=EarlierRestructures(**rules))


LARGE, MORE = {"principal": "60000.00"}, {"principal": "10000.00"}
REASONS = {
    Code.NOT_ELIGIBLE: Refusal({"status": "Paid"}, "1500", HALF, "status", "Paid", "Current, Late"),
    Code.BELOW_ALLOWANCE: Refusal({}, "1150.00", HALF, "surplus", "50.00", "0.00"),
    Code.NO_CAPACITY: Refusal({}, "1200.00", HALF, "surplus", "0.00", "0.00"),
    # 60,000.00 over 44 months at 1 %, and what 1,500.00 leave after 900.00, 300.00 and 20.00.
    Code.OVER_CAPACITY: Refusal(LARGE, "1500", HALF, "instalment", "1692.54", "280.00"),
    Code.LIMIT_EXHAUSTED: Refusal({"elapsed": 54}, "1500", HALF, "instalments", 1, 0),
    # 10,000.00 take 45 months with 280.00 each.
    Code.LIMIT_SHARE: Refusal(MORE, "1500", HALF, "instalments", 44, 44),
    Code.LIMIT_EXTENSION_MONTHS: Refusal(
        MORE, "1500", ExtensionLimit(max_extension_months=12), "instalments", 38, 38
    ),
    Code.LIMIT_TOTAL_MONTHS: Refusal(
        MORE, "1500", ExtensionLimit(max_total_months=50), "instalments", 40, 40
    ),
    Code.LIMIT_NEW_PLAN_MONTHS: Refusal(
        MORE, "1500", ExtensionLimit(max_new_plan_months=41), "instalments", 41, 41
    ),
    Code.LIMIT_ORIGINAL_TERM: Refusal(
        MORE, "1500", ExtensionLimit(by_original_term=GENERAL_RULES_ON_LOANS), "instalments", 44, 44
    ),
    Code.LIMIT_REGULATOR: Refusal(
        MORE, "1500", ExtensionLimit(regulator=RegulatorCap(months=40, source="own")), "instalments", 40, 40
    ),
    Code.LIMIT_LAST_DATE: Refusal(
        MORE, "1500", ExtensionLimit(last_date="2029-03-30"), "instalments", 38, 38
    ),
    # 69 on 31 January 2029.
    Code.LIMIT_AGE: Refusal(MORE, "1500", ExtensionLimit(age=AgeAtMaturity(years=69)), "instalments", 37, 37),
    Code.GATE_PAYMENTS: Refusal(
        {"consecutive_payments": "2"}, "1500", after(least_payments=3), "consecutive_payments", 2, 3
    ),
    Code.GATE_SPACING: Refusal(
        {"restructured_on": "2025-01-01"}, "1500", after(least_months_between=12), "months", 11, 12
    ),
    Code.GATE_WINDOW: Refusal(
        {"restructured_on": "2025-01-01"}, "1500", after(most=1, within_years=1), "restructures", 2, 1
    ),
    Code.GATE_COUNT: Refusal({"restructures": "2"}, "1500", after(most_ever=2), "restructures", 3, 2),
}
# A limit that nothing but the length of a schedule sets is named, and is no reason: no plan is longer.
BOUNDS = {Code.LIMIT_DOMAIN: ExtensionLimit(max_new_plan_months=12 * 3660)}

REVIEWED = Policy.example("consumer-review")
REVIEWED = replace(
    REVIEWED,
    review=replace(REVIEWED.review, overrides=(ReviewReason(code="mercy", en="mercy", zh="酌情"),)),
)
SEEN = Review(
    application="A",
    on=date(2026, 3, 5),
    result="declined",
    findings=(),
    facts={},
    fingerprint=REVIEWED.fingerprint,
    policy=REVIEWED,
    case=Case(loan="l", household="h", owed=Decimal(9000), policy=REVIEWED),
)
LARGE = replace(SEEN, case=replace(SEEN.case, owed=Decimal("5000000.01")))
ON = "2026-03-05T10:00:00+08:00"


def opined(owed="9000", seen=SEEN):
    return Record((seen,)).opinion("refuse", Relief(owed=owed), role="reviewer", person="Li", at=ON)


def decided(record, **change):
    given = {"role": "committee", "person": "Wu", "at": ON, "policy": REVIEWED, "reason": "mercy"}
    return record.decide("approve", **given | change)


# A step on an application that is refused, the field, and what the value is held against.
STEPS = {
    Code.OUT_OF_TURN: (lambda: decided(Record((SEEN,))), "entries", "opinion or review"),
    Code.SAME_PERSON: (lambda: decided(opined(), person="Li"), "person", ""),
    Code.NO_AUTHORITY: (lambda: decided(opined("5000000.01", LARGE)), "owed", "5000000"),
    Code.REASON_NEEDED: (lambda: decided(opined(), reason=None), "reason", "mercy"),
    Code.OTHER_POLICY: (
        lambda: decided(opined(), policy=Policy.example("consumer")),
        "policy",
        Policy.example("consumer").fingerprint,
    ),
    Code.OTHER_CASE: (lambda: opined("1"), "relief.owed", "9000"),
}


def test_the_tables_hold_every_code_once():
    others = [Code.GROSS_WITHOUT_RULE, Code.OTHER_CURRENCY, Code.NO_PLAN, Code.BEYOND_CALENDAR]
    others += [Code.NO_RATE, Code.SEVERAL_RATES, Code.CONSENT_MISSING, Code.DEBTS_DIFFER]
    others += [Code.EVIDENCE_MISSING, Code.EVIDENCE_OUTDATED, Code.ABOVE_GUIDELINE]
    others += [code for code in Code if code.startswith(("concession_", "offer_", "deal_", "wish"))]
    others += [Code.TOO_LITTLE_REPAID, Code.NO_PRINCIPAL, Code.LARGE_BALLOON]  # test_amortisation.py
    others += [Code.ABOVE_TARGET, Code.OVER_TARGET]  # test_target.py
    others += [code for code in Code if code.startswith(("payment_", "paid_", "broken_"))]  # test_tracking.py
    others += [code for code in Code if code.startswith("stage_")]  # test_credit_stage.py
    others += [code for code in Code if code.startswith("halted")]  # test_halts.py
    others += [Code.SHORT_OF_PAYOFF]  # test_early_repayment.py
    others += [Code.REVIEW_DUE, Code.INCOME_FELL]  # test_agenda.py, test_reviewing.py
    others += [code for code in Code if code.startswith("collect_")]  # test_collection.py
    others += [code for code in Code if code.startswith("case_")]  # test_case_register.py
    others += [Code.OTHER_PLAN]  # test_approval.py
    others += [Code.OTHER_AGREEMENT]  # test_agreement.py, test_signing.py
    # test_verifying.py, test_archive.py
    others += [Code.CHANGED, Code.FOREIGN, Code.ROWS, Code.SUMS, Code.UNREADABLE, Code.UNFINISHED]
    others += [Code.DAMAGED, Code.DIFFERS]
    tables = [INPUTS, FILES, REASONS, BOUNDS, STEPS, others]
    assert sorted(code for table in tables for code in table) == sorted(Code)


def check_text(code, **figures):
    """The sentences of a code hold their figures, whole, in both languages."""
    parts = [{name for _, name, _, _ in Formatter().parse(text) if name} for text in TEXT[code]]
    assert parts[0] - {"field"} == parts[1] - {"field"}
    for language, names in zip(("en", "zh"), parts, strict=True):
        said = code.text(language, **figures)
        assert str(figures.get("limit", "")).replace(" to ", "至" if language == "zh" else " to ") in said
        for name in names:
            assert str(figures[name]) in said
        assert [mark for mark in ("{", "}", "None", "_") if mark in said.replace(figures["field"], "")] == []
        assert any("\u4e00" <= char <= "\u9fff" for char in said) == (language == "zh")


def check_error(error, code, field, limit=""):
    """An error names its field, what was given and the rule, by a code and in words."""
    assert isinstance(error, ValueError)
    assert (error.code, error.field, error.limit) == (code, field, limit or None)
    assert error.rule == code.text(field=field, value=error.value, limit=limit)
    assert str(error) == f"{field}={error.value!r}: {error.rule} [{code.value}]"
    check_text(code, field=field, value=error.value, limit=limit)


# Figures and plans


def one_loan(change):
    given = {name: change.get(name, value) for name, value in LOAN.items()}
    return Loan(**given, columns={name: change.get(name, value) for name, value in EXTRA.items()})


def loans_of(changes):
    rows = [LOAN | EXTRA | change for change in changes]
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    return Loans.from_columns(
        **{name: columns[name] for name in LOAN}, columns={name: columns[name] for name in EXTRA}
    )


def raised(change, plan):
    """What one loan with that change raises."""
    with pytest.raises(InputError) as caught:
        schedule(one_loan(change), plan)
    return caught.value


@pytest.mark.parametrize("code", list(INPUTS))
def test_one_loan_raises_it(code):
    change, plan, field, limit = INPUTS[code]
    error = raised(change, plan)
    check_error(error, code, field, limit)
    # A figure that is wrong is shown as it was given.
    given = {"plan": "pay", "fixed_payment.amount": "pay"}.get(field, field)
    # What 9,000,000,000,000,000.00 grow to, at most, and what 100.00 leave of 6,000.00 after 25 months;
    # the first payment that isn't one.
    shown = {Code.BEYOND_DOMAIN: "3.85e+17", Code.BALLOON: "4918.98"}
    shown |= {Code.INSTALMENT_BELOW_ZERO: "-3.97"}
    assert error.value == shown.get(code, str(change.get(given)))


@pytest.mark.parametrize("code", list(INPUTS))
def test_a_row_of_a_batch_has_it_and_no_other_row_changes(code):
    change, plan, field, limit = INPUTS[code]
    bad, good = (schedule(loans_of([{}, middle, {}]), plan) for middle in (change, {}))
    assert [(f.row, f.code, f.field, f.limit) for f in bad.failures] == [(1, code, field, limit)]
    assert bad.row.tolist() == [0, 2]
    assert str(bad.failures[0].error()) == str(raised(change, plan))
    assert [made.rows for made in bad.value] == [good.value.one(i).rows for i in (0, 2)]


def test_gross_income_without_a_rule():
    code = Code.GROSS_WITHOUT_RULE
    with pytest.raises(InputError) as caught:
        capacity(Household(gross_income="2000"), RULE)
    check_error(caught.value, code, "gross_income")
    homes = Households.from_columns(net_income=["1500", "", "1600"], gross_income=["", "2000", ""])
    got = capacity(homes, RULE)
    assert [(f.row, f.code, f.field) for f in got.failures] == [(1, code, "gross_income")]
    assert (got.row.tolist(), got.value.payable.tolist()) == ([0, 2], [600_00, 700_00])


def test_spending_above_a_guideline():
    code, phones = (
        Code.ABOVE_GUIDELINE,
        FixedAllowance(amount="50", frequency="monthly", covers=("phone",), source="own"),
    )
    asked = Guideline(allowance=phones, above="question", below="declared")
    homes = Households.from_columns(net_income=["1500"] * 3, costs={"phone": ["50", "50.01", "0"]})
    got = capacity(homes, RULE, guidelines=[asked]).value
    assert [[reason.code for reason in got.one(i).reasons] for i in range(3)] == [[], [code], []]
    (reason,) = capacity(
        Household(net_income="1500", costs={"phone": "50.01"}), RULE, guidelines=[asked]
    ).reasons
    assert (reason.field, str(reason.value), str(reason.limit)) == ("phone", "50.01", "50.00")
    check_text(code, field=reason.field, value=reason.value, limit=reason.limit)


def test_a_loan_in_another_currency_than_the_policys():
    code, policy = Code.OTHER_CURRENCY, policy_of(HALF)
    loan = Loan(**LOAN, currency="USD", columns=EXTRA)
    with pytest.raises(InputError) as caught:
        propose(loan, Household(net_income="1500"), policy)
    check_error(caught.value, code, "currency", "EUR")
    homes = Households.from_columns(net_income=["1500"] * 3)
    columns = {name: [value] * 3 for name, value in (LOAN | EXTRA).items()}
    given = {name: columns.pop(name) for name in LOAN}

    def decide(currency):
        loans = Loans.from_columns(**given, currency=currency, columns=columns)
        return propose(loans, homes, policy)

    bad, good = decide(["EUR", "USD", ""]), decide("EUR")
    assert [(f.row, f.code, f.field, f.value) for f in bad.failures] == [(1, code, "currency", "USD")]
    assert len(good.failures) == 0
    assert bad.value.instalments.tolist() == good.value.instalments[[0, 2]].tolist()


def test_debts_of_one_borrower_that_differ():
    code = Code.DEBTS_DIFFER
    with pytest.raises(InputError) as caught:
        merge([Loan(**LOAN, currency=currency) for currency in ("USD", "EUR")])
    check_error(caught.value, code, "currency")
    assert caught.value.value == "EUR, USD"
    rows = [LOAN | {"decimals": places, "annual_rate": "0.05"} for places in (2, 0, 2, 0)]
    loans = Loans.from_columns(**{name: [row[name] for row in rows] for name in rows[0]})
    bad, good = (merge(loans, ids) for ids in (["a", "b", "b", "c"], ["a", "b", "d", "c"]))
    assert [(f.row, f.code, f.field, f.value) for f in bad.failures] == [(1, code, "decimals", "0, 2")]
    assert (bad.row.tolist(), len(good.failures)) == ([0, 2], 0)
    assert bad.value.one(2) == good.value.one(2)


# Files


@pytest.mark.parametrize("code", list(FILES))
def test_a_line_of_a_file_has_it_and_no_other_line_changes(code, tmp_path):
    spoil, housed, field, value, limit = FILES[code]
    line = ",".join(str(cell) for cell in LOAN.values())
    loans = {key: f"{key},{line}" for key in "abc"}
    homes = {key: f"{key},{income}.00" for key, income in zip("abc", (1500, 1600, 1700), strict=True)}

    def read(loans, homes):
        for name, head, lines in (("loans", list(LOAN), loans), ("homes", ["net_income"], homes)):
            text = "\n".join([",".join(["id", *head]), *lines.values()])
            (tmp_path / f"{name}.csv").write_text(text)
        return read_applicants(tmp_path / "loans.csv", households=tmp_path / "homes.csv")

    whole = read(loans, homes)
    spoilt = read(
        loans | {"b": spoil(loans["b"])}, {key: home for key, home in homes.items() if housed or key != "b"}
    )
    assert len(whole.failures) == 0
    assert {(f.code, f.field, f.value, f.limit) for f in spoilt.failures} == {(code, field, value, limit)}
    assert spoilt.ids[spoilt.row].tolist() == ["a", "c"]
    assert spoilt.loans.principal.tolist() == whole.loans.principal[[0, 2]].tolist()
    assert spoilt.households.net_income.amount.tolist() == [1500_00, 1700_00]
    check_text(code, field=field, value=value, limit=limit)


def test_the_same_method_twice_in_a_policy():
    with pytest.raises(PolicyError) as caught:
        replace(policy_of(HALF), methods=("flat", "flat"))
    assert (caught.value.code, caught.value.field, caught.value.value) == (
        Code.DUPLICATE,
        "methods[1]",
        "flat",
    )
    assert str(caught.value) == "methods[1]='flat': each method once [duplicate]"


# Decisions


def policy_of(limit):
    return replace(Policy.loads(programme.POLICY), limit=limit, methods=("equal_instalment",))


def check_reason(reasons, refusal, code):
    (reason,) = [reason for reason in reasons if reason.code is code]
    shown = (reason.field, str(reason.value), str(reason.limit))
    assert shown == (refusal.field, str(refusal.value), str(refusal.bound))
    check_text(code, field=reason.field, value=reason.value, limit=reason.limit)
    assert reason.text() == code.text("en", field=reason.field, value=reason.value, limit=reason.limit)
    plain = replace(reason, names={})
    assert plain.text("zh") == code.text("zh", field=reason.field, value=reason.value, limit=reason.limit)


@pytest.mark.parametrize("code", list(REASONS))
def test_one_loan_is_refused_for_it(code):
    refusal = REASONS[code]
    home = Household(net_income=refusal.net_income, costs={"rent": "300"})
    got = propose(one_loan(refusal.loan), home, policy_of(refusal.limit))
    assert isinstance(got, Infeasible)
    check_reason(got.reasons, refusal, code)


@pytest.mark.parametrize(
    ("code", "flows", "limit"),
    [(Code.NO_RATE, [1, 2], "-0.9999 to 10000"), (Code.SEVERAL_RATES, [-100, 230, "-132"], "")],
)
def test_flows_without_one_rate_of_return(code, flows, limit):
    with pytest.raises(InputError) as error:
        irr(flows)
    check_error(error.value, code, "rate", limit)
    good = [-100, 110]
    batch = irr(minor([100 * int(flow) for flow in (*flows, *good)]), offsets=[0, len(flows), len(flows) + 2])
    assert [(f.row, f.code) for f in batch.failures] == [(0, code)]
    assert batch.value.tolist() == [10**9]


def test_a_plan_longer_than_the_due_dates_given():
    rule = DueDates(given=("2026-01-31", "2026-02-28", "2026-04-15"))
    given = {"principal": "600", "annual_rate": "0.12", "original_term": 12, "elapsed": 0, "unpaid": 12}
    one = Loan(**given, next_due="2026-01-31", due_dates=rule)
    assert [row.due_date.isoformat() for row in schedule(one, equal_instalment(3)).rows] == list(
        map(str, rule.given)
    )
    with pytest.raises(InputError) as error:
        schedule(one, equal_instalment(4))
    check_error(error.value, Code.BEYOND_CALENDAR, "due_dates", "2026-01-31 to 2026-04-15")
    assert error.value.value == "#4"
    many = Loans.from_columns(
        **given, next_due=["2026-01-31", "2026-02-28"], due_dates=(DueDates(), rule), due_index=[0, 1]
    )
    outcome = schedule(many, equal_instalment(4))
    assert [(f.row, f.code) for f in outcome.failures] == [(1, Code.BEYOND_CALENDAR)]
    assert outcome.value.one(0).rows == schedule(many.one(0), equal_instalment(4)).rows


def test_a_rounding_that_no_plan_can_keep():
    # Rounded down to whole thousands the instalment is 0, which doesn't cover the interest.
    coarse = Rounding(instalment="down", instalment_multiple="1000")
    policy = replace(policy_of(HALF), rounding=coarse)
    home = Household(net_income="1500", costs={"rent": "300"})
    got = propose(one_loan({"principal": "500.00"}), home, policy)
    assert [reason.code for reason in got.reasons] == [Code.NO_PLAN]
    check_text(Code.NO_PLAN, field="instalments", value=44, limit=44)


@pytest.mark.parametrize("code", list(REASONS))
def test_a_loan_of_a_batch_is_refused_for_it_and_the_others_have_their_offers(code):
    refusal = REASONS[code]
    policy = policy_of(refusal.limit)

    def decide(change, income):
        homes = Households.from_columns(net_income=["1500", income, "1600"], costs={"rent": ["300"] * 3})
        return propose(loans_of([{}, change, {}]), homes, policy).value

    bad, good = decide(refusal.loan, refusal.net_income), decide({}, "1500")
    assert (bad.offered.tolist(), good.offered.tolist()) == ([True, False, True], [True] * 3)
    check_reason(bad.reasons(1), refusal, code)
    for i in (0, 2):
        got, want = bad.one(i), good.one(i)
        assert bad.reasons(i) == ()
        assert (got.method, got.instalments, got.capacity) == (want.method, want.instalments, want.capacity)
        assert got.schedule.rows == want.schedule.rows


def test_an_extension_that_waits_for_a_consent():
    code, policy = Code.CONSENT_MISSING, policy_of(replace(HALF, consents=("guarantor",)))
    home = Household(net_income="1400", costs={"rent": "300"})
    waits = propose(one_loan({"guarantor": "missing"}), home, policy)
    (reason,) = waits.pending
    assert (reason.code, reason.field) == (code, "guarantor")
    check_text(code, field=reason.field)
    homes = Households.from_columns(net_income=["1400"] * 3, costs={"rent": ["300"] * 3})
    offers = propose(loans_of([{}, {"guarantor": "missing"}, {}]), homes, policy).value
    assert [len(offer.pending) for offer in offers] == [0, 1, 0]
    assert [offer.schedule.rows for offer in offers] == [waits.schedule.rows] * 3


def test_what_a_deal_asks_for_and_how_it_stands():
    trial = Trial(instalments=2, down_amount="100.00", down_days=10, grace_days=5)
    policy = replace(policy_of(HALF), trial=trial)
    home = Household(net_income="1500", costs={"rent": "300"})
    deal = conditional(one_loan({}), home, policy)
    payment = deal.rows[0].payment
    # The down payment in time, the first trial payment a day late, and nothing yet for the second.
    paid = {"amount": ["100.00", payment], "day": ["2026-01-10", "2026-02-06"]}
    judged = fulfilment(deal, **paid, on="2026-02-20")
    wanted = [
        (Code.DEAL_DOWN_PAYMENT, Code.DEAL_MET, "0", "100.00", "100.00", "2026-01-15"),
        (Code.DEAL_TRIAL_PAYMENT, Code.DEAL_BROKEN, "1", payment, "0.00", "2026-02-05"),
        (Code.DEAL_TRIAL_PAYMENT, Code.DEAL_OPEN, "2", payment, "0.00", "2026-03-05"),
    ]
    for stands, (code, state, number, amount, received, last) in zip(judged.conditions, wanted, strict=True):
        asked = stands.condition
        assert (asked.code, stands.code) == (code, state)
        shown = (str(asked.number), str(asked.amount), str(asked.in_time_until), str(stands.received))
        assert shown == (number, str(amount), last, received)
        check_text(code, field=number, value=asked.amount, limit=asked.in_time_until)
        check_text(state, field="", value=stands.received, limit=asked.amount)
        for language in ("en", "zh"):
            said = stands.text(language)
            assert asked.text(language) in said
            assert state.text(language, value=stands.received, limit=asked.amount) in said
    homes = Households.from_columns(net_income=["1500"] * 3, costs={"rent": ["300"] * 3})
    many = conditional(loans_of([{}] * 3), homes, policy).value
    got = fulfilment(many, **paid, on="2026-02-20", row=[1, 1]).value
    assert got.one(1) == judged
    assert [got.one(i).code for i in range(3)] == [Code.DEAL_BROKEN] * 3
    assert [s.code for s in got.one(0).conditions] == [Code.DEAL_BROKEN] * 2 + [Code.DEAL_OPEN]


@pytest.mark.parametrize("code", list(BOUNDS))
def test_a_limit_is_named_where_it_is_no_reason(code):
    policy = policy_of(BOUNDS[code])
    offer = propose(one_loan({}), Household(net_income="1500"), policy)
    assert (offer.binding_limit, offer.longest) == (code, 3660)
    check_text(code, field="instalments", value=3660, limit=3660)


# Applications


@pytest.mark.parametrize("code", list(STEPS))
def test_a_step_is_refused_for_it(code):
    make, field, limit = STEPS[code]
    with pytest.raises(InputError) as caught:
        make()
    check_error(caught.value, code, field, limit)


@pytest.mark.parametrize(
    ("dated", "code", "value", "limit"),
    [
        ("", Code.EVIDENCE_MISSING, None, ""),
        ("2025-01-01", Code.EVIDENCE_OUTDATED, "2025-01-01", "2025-12-05"),
    ],
)
def test_evidence_is_lacking(dated, code, value, limit):
    def asked(*dates):
        return Applications.from_columns(
            id=range(len(dates)),
            hardship="death",
            applied_on="2026-03-02",
            evidence={
                "identity_card": "2020-01-01",
                "death_certificate": "2026-01-01",
                "payslip": list(dates),
            },
            days_past_due=30,
            broken_plans=0,
            willing=True,
        )

    def seen(*dates):
        size = len(dates)
        loans = loans_of([{"pay": "300.00"}] * size)
        loans = loans.replace(instalment=loans.principal)
        homes = Households.from_columns(net_income=["3500"] * size)
        return list(review(asked(*dates), loans, homes, REVIEWED, on="2026-03-05").value)

    bad, good = seen("2026-03-01", dated, "2026-03-01"), seen("2026-03-01")
    assert [each.result for each in bad] == ["approved", "needs_evidence", "approved"]
    assert replace(bad[2], application="0") == bad[0] == good[0]
    names = {"": "bank statement or payslip or certificate of income"}
    (finding,) = bad[1].findings
    assert (finding.code, finding.value, finding.limit) == (code, value, limit)
    field = names.get(dated, "payslip")
    assert finding.text() == code.text(field=field, value=value, limit=limit)
    check_text(code, field=field, value=value, limit=limit)
