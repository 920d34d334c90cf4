"""Agreements as data: they state what the offer does; every value is in the fingerprint and in the JSON."""

import copy
import hashlib
import json
from dataclasses import fields, is_dataclass, replace
from datetime import date, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

import agreements as of
import repayplan as rp
from agreements import BANK, BORROWER, DATES, OVERDUE, PARTIES, TERMS, agreement, named, offer
from repayplan import Agreement, Code, InputError, PolicyError, draw_up
from repayplan.accounts.terms import Rebate
from repayplan.offers.methods import METHODS
from repayplan.plans.loanreading import COMPONENTS


def drawn(made, parties=PARTIES, terms=TERMS, **more):
    return draw_up(made, parties, terms, reference="L-1", **DATES | more)


HOLIDAY = replace(
    of.POLICY,
    concessions=(
        rp.Concession(step="holiday", months=3, interest="capitalise"),
        rp.Concession(step="extend"),
        rp.Concession(step="forbear", percent="30"),
    ),
)
DEFERRED = replace(
    of.POLICY,
    concessions=(rp.Concession(step="holiday", months=3, interest="defer"), rp.Concession(step="extend")),
)
SPREAD = replace(
    of.POLICY,
    arrears=rp.ArrearsRule(
        overdue_interest=rp.ArrearsPart(treatment="first_instalments", instalments=3),
        accrued_interest=rp.ArrearsPart(treatment="carry"),
        penalty=rp.ArrearsPart(treatment="pay_first", waive_percent="50"),
        fees=rp.ArrearsPart(treatment="capitalise"),
    ),
)
OFFERS = {
    "arrears": ({}, {}),
    "none": ({}, dict.fromkeys(COMPONENTS[1:], "0")),
    "no interest": ({}, {"annual_rate": "0"}),
    "holiday": ({"policy": HOLIDAY, "gap": True}, {}),
    "deferred": ({"policy": DEFERRED, "gap": True}, {}),
    "forborne": ({"policy": HOLIDAY, "income": "4700"}, {}),
    "spread": ({"policy": SPREAD}, {}),
    "three decimals": (
        {"policy": replace(of.POLICY, currency="KWD", decimals=3)},
        {"decimals": 3, "currency": "KWD"},
    ),
}


@pytest.mark.parametrize("case", OFFERS)
def test_what_it_states_is_the_offers(case):
    how, loan = OFFERS[case]
    made = offer(**how, **loan)
    found = drawn(made)
    rows = made.schedule.rows
    assert len(found.instalments) == len(rows)
    for row, other in zip(found.instalments, rows, strict=True):
        assert (row.number, row.due_date) == (other.period, other.due_date)
        names = ("payment", "principal", "interest", "fee", "added", "put_aside", "balance")
        theirs = ("payment", "principal", "interest_paid", "fee", "capitalised", "deferred", "closing")
        assert [getattr(row, n) for n in names] == [getattr(other, n) for n in theirs]
    given_ = of.LOAN | loan
    assert [getattr(found.debt, name) for name in COMPONENTS] == [
        Decimal(given_[name]) for name in COMPONENTS
    ]
    assert found.owed == made.owed == sum(Decimal(given_[name]) for name in COMPONENTS)
    for name in ("capitalised", "paid_first", "spread", "carried", "waived", "forborne", "forgiven"):
        assert getattr(found.debt, name) == getattr(made, name)
    assert (found.method, found.annual_rate) == (made.method, made.annual_rate)
    assert (found.currency, found.policy) == (made.case.policy.currency, made.case.policy.fingerprint)
    assert (found.interest_runs, found.interest_from) == (made.annual_rate > 0, made.schedule.interest_from)
    assert found.total["payment"] == made.schedule.totals["payment"]
    # Whatever is owed is repaid, or was given up.
    repaid = found.total["payment"] - found.total["interest"] + found.total["added"]
    assert found.opening == rows[0].opening
    assert found.total["principal"] == found.opening + found.total["added"]
    assert repaid >= found.total["principal"]


def test_the_offers_cover_each_thing_that_becomes_of_arrears():
    for name in ("capitalised", "paid_first", "spread", "carried", "waived", "forborne"):
        assert any(getattr(offer(**how, **loan), name) for how, loan in OFFERS.values()), name
    assert drawn(offer(policy=HOLIDAY, gap=True)).total["added"] > 0


def by_hand(principal, interest, rate, days):
    """What half as much again costs a day, and a day of interest on interest, by the rule."""
    daily = Fraction(rate) * Fraction(3, 2) / 360
    charged = Fraction(0)
    for _ in range(days):
        charged += (Fraction(interest) + charged) * daily
    return Fraction(principal) * daily * days, charged


@pytest.mark.parametrize("case", OFFERS)
@pytest.mark.parametrize("days", [1, 30, 45, 400])
def test_the_worked_figure_by_hand(case, days):
    how, loan = OFFERS[case]
    made = offer(**how, **loan)
    found = drawn(made, terms=replace(TERMS, days_late=days)).late
    first = next(row for row in made.schedule.rows if row.principal or row.interest_paid)
    assert (found.due_date, found.days) == (first.due_date, days)
    assert (found.principal, found.interest, found.fee) == (first.principal, first.interest_paid, first.fee)
    unit = Fraction(1, 10**made.schedule.decimals)
    exact = by_hand(first.principal, first.interest_paid, made.annual_rate, days)
    for charged, wanted in zip((found.penalty, found.compound), exact, strict=True):
        assert abs(Fraction(charged) - wanted) <= unit / 2 + Fraction(1, 10**6)
    assert found.charged == found.penalty + found.compound
    assert found.late_fee == 0


def test_the_worked_figure_is_what_the_account_charges():
    fee = replace(OVERDUE, late_fee=rp.LateFee(amount="25"), grace_days=3)
    made = agreement(terms=replace(TERMS, overdue=fee))
    account = made.account()
    after = made.late.due_date + timedelta(days=made.late.days)
    paid = [
        rp.Event(kind="payment", value_date=row.due_date, amount=row.payment, reference=str(row.number))
        for row in made.instalments[:1]
    ]
    assert rp.replay(account, paid, as_of=made.first_due).overdue == 0
    late = rp.replay(account, [], as_of=after).rows[0].asked
    assert (late["penalty"], late["compound"]) == (made.late.penalty, made.late.compound)
    assert late["fees"] == made.late.fee + made.late.late_fee
    assert made.late.late_fee == 25
    assert made.late.charged == made.late.penalty + made.late.compound + 25


def test_a_cap_over_the_original_principal_takes_it_from_the_agreement():
    caps = rp.OverdueCaps(of_principal="0.0001", source="example")
    terms = replace(TERMS, overdue=replace(OVERDUE, caps=caps))
    assert agreement(terms=terms).late.charged == Decimal("3.13")  # of 31,332.50
    assert agreement(terms=terms, lent="50000").late.charged == Decimal("5.00")
    assert agreement(terms=terms, lent="50000").lent == Decimal("50000.00")


@pytest.mark.parametrize("case", OFFERS)
def test_the_account_is_that_of_the_offers_schedule(case):
    how, loan = OFFERS[case]
    made, owed = offer(**how, **loan), rp.Loan(**of.LOAN | loan)
    agreed = drawn(made)
    terms = rp.AccountTerms(overdue=TERMS.overdue, allocation=TERMS.allocation, tracking=TERMS.tracking)
    other = rp.Account.of(owed, made.schedule, terms)
    at = made.schedule.rows[4].due_date + timedelta(days=11)
    events = [rp.Event(kind="payment", value_date="2026-04-07", amount="900", reference="1")]
    found, wanted = (rp.replay(each, events, as_of=at) for each in (agreed.account(owed), other))
    assert found == wanted
    assert found.overdue > 0
    with pytest.raises(InputError) as caught:
        agreed.account(rp.Loan(**of.LOAN | loan | {"principal": "30000.01"}))
    assert (caught.value.code, caught.value.field) == (Code.OTHER_AGREEMENT, "loan")


def test_the_account_is_followed_by_what_the_agreement_states():
    account = agreement().account()
    for as_of, broken in (("2026-04-29", False), ("2026-05-01", True)):  # two overdue at once
        found = rp.track(rp.replay(account, [], as_of=as_of))
        assert (found.broken is not None) == broken
    assert found.consequence == TERMS.tracking.consequence


@pytest.mark.parametrize("method", METHODS)
def test_a_new_plan_keeps_the_method(method):
    made = drawn(offer(policy=replace(of.POLICY, methods=(method,)), income="90000"))
    (stage,) = made.account().accounts.terms.recast.stages
    assert made.method == method
    assert stage.name == method


def test_where_interest_uses_up_what_is_allowed_in_all_the_worked_figure_is_nothing():
    caps = rp.OverdueCaps(all_in="0.10", source="example")
    assert agreement(terms=replace(TERMS, overdue=replace(OVERDUE, caps=caps))).late.charged == 0


@pytest.mark.parametrize("rebate", get_args(Rebate))
def test_an_early_end_gives_back_what_the_agreement_says(rebate):
    made = agreement(terms=replace(TERMS, rebate=rebate))
    kept = made.account()
    assert kept.accounts.terms.rebate == rebate
    plain = agreement().account()
    same = replace(plain, accounts=replace(plain.accounts, terms=kept.accounts.terms))
    paid = [
        rp.Event(kind="payment", value_date=made.first_due, amount=made.instalments[0].payment, reference="1")
    ]
    payoff, wanted, usual = (rp.replay(each, paid, as_of="2026-06-15").payoff for each in (kept, same, plain))
    assert payoff == wanted
    assert (payoff == usual) == (rebate == "actuarial")
    assert Agreement.from_json(made.to_json()) == made
    assert rp.AgreementTerms.loads(made.terms.dumps()) == made.terms
    assert ("rebate" in made.as_dict()["terms"]) == (rebate != "actuarial")
    assert (made.fingerprint == agreement().fingerprint) == (rebate == "actuarial")


def test_a_rebate_that_is_not_known_is_refused():
    with pytest.raises(InputError) as caught:
        replace(TERMS, rebate="none")
    assert caught.value.field == "terms.rebate"


# JSON and the fingerprint.


def test_json_reads_back_equal():
    for how, loan in OFFERS.values():
        made = drawn(offer(**how, **loan))
        again = Agreement.from_json(made.to_json())
        assert again == made
        assert (again.fingerprint, again.to_json()) == (made.fingerprint, made.to_json())
        assert Agreement.from_json(made.to_json(indent=None)) == made


LINE = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=30).filter(
    lambda text: (
        text.strip()
        and not set(text) & set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    )
)


@given(LINE, LINE, LINE, LINE, st.integers(1, 120), st.booleans())
def test_any_texts_read_back_equal(name, address, clause, reference, days, fees):
    terms = replace(
        TERMS, days_late=days, fees_run=fees, disputes=(rp.Clause(code="other", en=clause, zh=clause),)
    )
    made = draw_up(
        offer(), named(name=name, address=address, contact=clause), terms, reference=reference, **DATES
    )
    text = made.to_json()
    again = Agreement.from_json(text)
    assert again == made
    assert again.fingerprint == made.fingerprint == reproduced(text)


def reproduced(text):
    """The fingerprint by what the documentation says, from the JSON alone."""
    data = json.loads(text)["agreement"]
    line = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(line.encode("utf-8")).hexdigest()


def test_the_fingerprint_can_be_reproduced_and_doesnt_hang_on_order_or_blanks():
    made = agreement()
    assert reproduced(made.to_json()) == made.fingerprint == json.loads(made.to_json())["fingerprint"]

    def turned(value):
        if isinstance(value, dict):
            return {key: turned(value[key]) for key in reversed(value)}
        return [turned(each) for each in value] if isinstance(value, list) else value

    assert Agreement.from_json(json.dumps(turned(json.loads(made.to_json())), indent=7)) == made


def test_equal_terms_however_they_are_written_have_one_fingerprint():
    written = replace(
        TERMS,
        overdue=replace(
            OVERDUE,
            penalty=rp.OverdueLedger(on=["principal"], rate=rp.OverdueRate(multiplier=Decimal("1.500"))),
        ),
    )
    other = agreement(terms=written, lent="31332.5")
    assert other == agreement()
    assert other.fingerprint == agreement().fingerprint
    with localcontext() as context:
        context.prec = 3
        assert agreement().fingerprint == other.fingerprint
        assert drawn(offer()).owed == agreement().owed


def test_money_is_text_with_the_places_of_the_currency():
    data = agreement().as_dict()
    assert data["instalments"][0]["payment"] == "1493.11"
    assert (data["opening"], data["lent"], data["debt"]["fees"]) == ("31332.50", "31332.50", "50.00")
    assert data["late"]["penalty"] == "18.61"

    def numbers(value):
        if isinstance(value, dict):
            return [n for each in value.values() for n in numbers(each)]
        if isinstance(value, list):
            return [n for each in value for n in numbers(each)]
        return [] if isinstance(value, (str, bool)) else [value]

    assert {type(number) for number in numbers(data)} == {int}


def leaves(value, path=()):
    """Every single value inside an agreement, with the way to it."""
    if is_dataclass(value):
        for each in fields(value):
            if each.init:
                yield from leaves(getattr(value, each.name), (*path, each.name))
    elif isinstance(value, tuple) and value:
        for i, each in enumerate(value):
            yield from leaves(each, (*path, i))
    else:
        yield path, value


def altered(value, path, new):
    """The same with one value changed, unchecked: an agreement that somebody tampered with."""
    if not path:
        return new
    first, *rest = path
    if isinstance(value, tuple):
        return (*value[:first], altered(value[first], rest, new), *value[first + 1 :])
    made = copy.copy(value)
    object.__setattr__(made, first, altered(getattr(value, first), rest, new))
    return made


def another(path, value):
    if value is None:
        return "x" if path[-1] == "contact" else Decimal(7)
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, Decimal)):
        return value + 1
    if isinstance(value, date):
        return value + timedelta(days=1)
    if isinstance(value, str):
        return value + "x"
    return (value, "x")


FULL = replace(
    TERMS,
    overdue=replace(
        OVERDUE,
        late_fee=rp.LateFee(amount="5", maximum="9"),
        caps=rp.OverdueCaps(all_in="0.36", source="example"),
    ),
)


def test_the_fingerprint_changes_with_every_single_value():
    made = agreement(
        terms=FULL, parties=named(contact="1"), consents=(rp.Consent(code="g", person="A", on="2026-03-05"),)
    )
    paths = list(leaves(made))
    names = {path[-1] for path, _ in paths}
    assert {
        "reference",
        "id_number",
        "payment",
        "zh",
        "en",
        "multiplier",
        "notice_days",
        "authority",
    } <= names
    seen = {made.fingerprint}
    for path, value in paths:
        if value == ():
            continue  # nothing there that could change: a longer list has values of its own
        seen.add(altered(made, path, another(path, value)).fingerprint)
    assert len(seen) == 1 + sum(value != () for _, value in paths)


def test_a_clause_more_or_in_another_place_changes_it():
    prints = {agreement().fingerprint}
    more = TERMS.clauses.added("late", rp.Clause(code="x", en="x", zh="x"))
    turned = replace(TERMS.clauses, late=TERMS.clauses.late[::-1])
    moved = replace(
        TERMS.clauses,
        late=TERMS.clauses.late[1:],
        lender_rights=(*TERMS.clauses.lender_rights, TERMS.clauses.late[0]),
    )
    prints |= {agreement(terms=replace(TERMS, clauses=each)).fingerprint for each in (more, turned, moved)}
    assert len(prints) == 4


def test_what_was_tampered_with_is_refused():
    text = agreement().to_json()
    changed = text.replace("李伟", "李韦")
    with pytest.raises(PolicyError) as caught:
        Agreement.from_json(changed, source="a.json")
    assert (caught.value.code, caught.value.field) == (Code.OTHER_AGREEMENT, "fingerprint")
    assert caught.value.limit == reproduced(changed)
    assert "a.json" in str(caught.value)


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        (lambda text: text[:-2], Code.UNKNOWN_VALUE, "agreement"),
        (lambda text: f"[{text}]", Code.UNKNOWN_VALUE, "agreement"),
        (lambda text: text.replace("repayplan.agreement/1", "other/1"), Code.UNKNOWN_VALUE, "format"),
        (lambda text: text.replace('"currency"', '"curency"'), Code.UNKNOWN_VALUE, "agreement.curency"),
        (lambda text: text.replace('"dated": "2026-03-06",', ""), Code.MISSING, "agreement.dated"),
        (lambda text: text.replace('"decimals": 2', '"decimals": null'), Code.MISSING, "agreement.decimals"),
        (lambda text: text.replace('"2026-03-06"', '"2026-02-30"'), Code.NOT_A_DATE, "agreement.dated"),
        (lambda text: text.replace('"dated":', '"issued":'), Code.UNKNOWN_VALUE, "agreement"),
        (lambda text: text.replace("{", '{"a":' * 100_000, 1), Code.UNKNOWN_VALUE, "agreement"),
        (
            lambda text: text.replace('"payment": "1493.11"', '"payment": "1493.12"'),
            Code.UNKNOWN_VALUE,
            "agreement.instalments[0].payment",
        ),
    ],
)
def test_what_is_no_agreement_is_refused(change, code, field):
    text = agreement().to_json()
    assert change(text) != text
    with pytest.raises(PolicyError) as caught:
        Agreement.from_json(change(text))
    assert (caught.value.code, caught.value.field) == (code, field)


def test_rules_with_all_they_can_say_read_back_equal():
    index = rp.Index("LPR 1Y", ["2026-01-20", "2026-06-20"], ["0.03", "0.029"], "PBOC")
    overdue = replace(
        OVERDUE,
        penalty=rp.OverdueLedger(
            on=("principal",), rate=rp.OverdueRate(index=index, multiplier="4"), in_term=of.HALF
        ),
        late_fee=rp.LateFee(share="0.05", minimum="5"),
        caps=rp.OverdueCaps(all_in_index=index, all_in_multiplier="4", source="example"),
    )
    order = TERMS.allocation.order
    kind = rp.KindOrder(kind="goodwill", order=order, by="component", in_advance="hold")
    terms = replace(TERMS, overdue=overdue, allocation=replace(TERMS.allocation, kinds=(kind,)))
    assert rp.AgreementTerms.loads(terms.dumps()) == terms
    made = agreement(terms=terms)
    again = Agreement.from_json(made.to_json())
    assert again == made
    assert again.fingerprint == made.fingerprint


def test_terms_are_read_from_toml():
    text = TERMS.dumps()
    assert rp.AgreementTerms.loads(text) == TERMS
    with pytest.raises(PolicyError, match=r"own\.toml:\d+: notice_days"):
        rp.AgreementTerms.loads(text.replace("notice_days = 14", "notice_days = -1"), source="own.toml")
    with pytest.raises(PolicyError) as caught:
        rp.AgreementTerms.loads("\n".join(line for line in text.splitlines() if "fees_run" not in line))
    assert (caught.value.code, caught.value.field) == (Code.MISSING, "fees_run")


# What is refused.


def refused(make):
    with pytest.raises(InputError) as caught:
        make()
    return caught.value.code, caught.value.field


@pytest.mark.parametrize("name", ["name", "id_number", "address"])
@pytest.mark.parametrize("blank", [None, "", "  "])
def test_a_partys_texts_may_not_be_missing(name, blank):
    assert refused(lambda: replace(BORROWER, **{name: blank})) == (Code.MISSING, f"party.{name}")


@pytest.mark.parametrize("text", ["a\nb", "a\x00", "a\u202eb", "\ud800", "a\u2028b", 7])
def test_a_text_is_one_line_that_shows_what_it_says(text):
    for make, field in (
        (lambda: replace(BORROWER, name=text), "party.name"),
        (lambda: replace(of.HEAD, authority=text), "signatory.authority"),
        (lambda: replace(of.COURT, zh=text), "clause.zh"),
        (lambda: agreement(reference=text), "reference"),
        (lambda: rp.Consent(code="g", person=text, on="2026-03-01"), "consent.person"),
    ):
        assert refused(make) == (Code.UNKNOWN_VALUE, field)


REQUIRED = [each.name for each in fields(rp.AgreementTerms) if each.name != "requires"]


@pytest.mark.parametrize("name", REQUIRED)
def test_a_missing_term_is_an_error(name):
    code, field = refused(lambda: replace(TERMS, **{name: None}))
    assert code is Code.MISSING
    assert field == f"terms.{name}"


CARD = {"lender_duties": "collection_stops", "borrower_duties": "no_new_card"}
ERRORS = {
    "no disputes": (lambda: replace(TERMS, disputes=()), Code.MISSING, "terms.disputes"),
    "days late": (lambda: replace(TERMS, days_late=3661), Code.OUT_OF_RANGE, "terms.days_late"),
    "no day late": (lambda: replace(TERMS, days_late=0), Code.OUT_OF_RANGE, "terms.days_late"),
    "a figure before its due date": (
        lambda: replace(agreement(), late=replace(agreement().late, days=-1)),
        Code.OUT_OF_RANGE,
        "late.days",
    ),
    "no text": (lambda: rp.Agreement.from_json(None), Code.MISSING, "agreement"),
    "no signed text": (lambda: rp.Signed.from_json(5), Code.UNKNOWN_VALUE, "signed agreement"),
    "no such clause": (lambda: replace(TERMS, requires=("sun",)), Code.MISSING, "terms.clauses.sun"),
    "code twice": (
        lambda: replace(TERMS, disputes=(replace(of.COURT, code="pay_early"),)),
        Code.DUPLICATE,
        "terms.codes[15]",
    ),
    "wording blank": (
        lambda: replace(TERMS, how_to_pay=rp.Wording(en="a", zh="b\tc")),
        Code.UNKNOWN_VALUE,
        "terms.how_to_pay.zh",
    ),
    "notice": (lambda: replace(TERMS, notice_days=367), Code.OUT_OF_RANGE, "terms.notice_days"),
    "part without clauses": (
        lambda: replace(rp.STANDARD_CLAUSES, late=()),
        Code.MISSING,
        "clauses.late",
    ),
    "clause twice": (
        lambda: rp.STANDARD_CLAUSES.added("late", rp.STANDARD_CLAUSES.late[0]),
        Code.DUPLICATE,
        "clauses.code",
    ),
    "replaced": (
        lambda: rp.STANDARD_CLAUSES.replaced(of.COURT),
        Code.UNKNOWN_VALUE,
        "clause.code",
    ),
    "part": (lambda: rp.STANDARD_CLAUSES.added("weather", of.COURT), Code.UNKNOWN_VALUE, "part"),
    "no signatory": (
        lambda: replace(PARTIES, lender=replace(BANK, signatories=())),
        Code.MISSING,
        "parties.lender.signatories",
    ),
    "signatory twice": (
        lambda: replace(BANK, signatories=(of.HEAD, replace(of.HEAD, name="王芳 "))),
        Code.DUPLICATE,
        "party.signatories[1].name",
    ),
    "number twice": (
        lambda: named(id_number=BANK.id_number),
        Code.DUPLICATE,
        "parties.borrower.id_number",
    ),
    "no borrower": (lambda: replace(PARTIES, borrower=None), Code.MISSING, "parties.borrower"),
    "no parties": (lambda: drawn(offer(), parties=None), Code.MISSING, "parties"),
    "no terms": (lambda: drawn(offer(), terms=None), Code.MISSING, "terms"),
    "no offer": (lambda: drawn(None), Code.UNKNOWN_VALUE, "offer"),
    "a refusal": (
        lambda: drawn(
            rp.propose(rp.Loan(**of.LOAN), rp.Household(net_income="1000"), of.POLICY),
        ),
        Code.UNKNOWN_VALUE,
        "offer",
    ),
    "too late": (
        lambda: agreement(accepted_on="2026-03-17", dated="2026-03-18"),
        Code.OFFER_TOO_LATE,
        "accepted_on",
    ),
    "before the offer": (lambda: agreement(accepted_on="2026-03-01"), Code.DATES_OUT_OF_ORDER, "accepted_on"),
    "before acceptance": (lambda: agreement(dated="2026-03-04"), Code.DATES_OUT_OF_ORDER, "dated"),
    "after the first due date": (
        lambda: agreement(dated="2026-04-01"),
        Code.DATES_OUT_OF_ORDER,
        "instalments[0].due_date",
    ),
    "until when": (lambda: agreement(accept_by=None), Code.MISSING, "accept_by"),
    "no day": (lambda: agreement(dated="soon"), Code.NOT_A_DATE, "dated"),
    "lent": (lambda: agreement(lent="-1"), Code.OUT_OF_RANGE, "lent"),
    "lent in parts of a cent": (lambda: agreement(lent="31332.505"), Code.NOT_WHOLE_UNITS, "lent"),
    "consent twice": (
        lambda: agreement(consents=(rp.Consent(code="g", person="A", on="2026-03-05"),) * 2),
        Code.DUPLICATE,
        "consents[1].code",
    ),
    "consent afterwards": (
        lambda: agreement(consents=(rp.Consent(code="g", person="A", on="2026-03-07"),)),
        Code.DATES_OUT_OF_ORDER,
        "consents[0].on",
    ),
    "no structure": (
        lambda: drawn(replace(offer(), case=replace(offer().case, contract=None))),
        Code.MISSING,
        "offer.case.contract",
    ),
}


@pytest.mark.parametrize("case", ERRORS)
def test_each_error_names_its_field(case):
    make, code, field = ERRORS[case]
    assert refused(make) == (code, field)


ROWS = {
    "number": (lambda row: replace(row, number=9), Code.UNKNOWN_VALUE, "instalments[1].number"),
    "payment": (
        lambda row: replace(row, payment=row.payment + 1),
        Code.UNKNOWN_VALUE,
        "instalments[1].payment",
    ),
    "balance": (
        lambda row: replace(row, balance=row.balance + 1),
        Code.UNKNOWN_VALUE,
        "instalments[1].balance",
    ),
    "day": (
        lambda row: replace(row, due_date=date(2026, 3, 30)),
        Code.DATES_OUT_OF_ORDER,
        "instalments[1].due_date",
    ),
    "same day": (
        lambda row: replace(row, due_date=date(2026, 3, 31)),
        Code.DUPLICATE,
        "instalments[1].due_date",
    ),
    "cents": (
        lambda row: replace(row, fee=Decimal("0.001")),
        Code.NOT_WHOLE_UNITS,
        "instalments[1].fee",
    ),
}


@pytest.mark.parametrize("case", ROWS)
def test_rows_that_dont_add_up_are_refused(case):
    change, code, field = ROWS[case]
    first, second, *rest = agreement().instalments
    assert refused(lambda: replace(agreement(), instalments=(first, change(second), *rest))) == (code, field)


@pytest.mark.parametrize("wrong", ["1.00", 1.0, Decimal("nan"), True])
def test_amounts_are_decimals(wrong):
    made = agreement()
    for make, field in (
        (lambda: replace(made.instalments[0], fee=wrong), "instalment.fee"),
        (lambda: replace(made.debt, waived=wrong), "debt.waived"),
        (lambda: replace(made.late, penalty=wrong), "late.penalty"),
        (lambda: replace(made, opening=wrong), "opening"),
    ):
        assert refused(make) == (Code.UNKNOWN_VALUE, field)
    negative = replace(made.instalments[0], fee=Decimal("-1.00"))
    assert refused(lambda: replace(made, instalments=(negative, *made.instalments[1:]))) == (
        Code.OUT_OF_RANGE,
        "instalments[0].fee",
    )


def test_a_plan_that_leaves_something_is_refused():
    made = agreement()
    assert refused(lambda: replace(made, instalments=made.instalments[:-1])) == (
        Code.UNKNOWN_VALUE,
        "instalments",
    )
    assert refused(lambda: replace(made, instalments=())) == (Code.MISSING, "instalments")
    assert refused(lambda: replace(made, method="barter")) == (Code.UNKNOWN_VALUE, "method")
    assert refused(lambda: replace(made, decimals=9)) == (Code.OUT_OF_RANGE, "decimals")
    assert refused(lambda: replace(made, annual_rate=Decimal(2))) == (Code.OUT_OF_RANGE, "annual_rate")


# Acceptance and consents by the policy.


def test_acceptance_is_judged_by_the_policys_rule():
    rule = rp.Acceptance(days=7, lapses_after=14, business_day="following")
    made = offer(policy=replace(of.POLICY, acceptance=rule))
    dates = {"accept_by": None, "dated": "2026-03-30"}
    assert drawn(made, **dates, accepted_on="2026-03-09").accepted_on == date(2026, 3, 9)
    for on, code in (("2026-03-10", Code.OFFER_TOO_LATE), ("2026-03-16", Code.OFFER_LAPSED)):
        with pytest.raises(InputError) as caught:
            drawn(made, **dates, accepted_on=on)
        assert (caught.value.code, caught.value.field) == (code, "accepted_on")
        assert caught.value.limit in (date(2026, 3, 9), date(2026, 3, 16))
    # The terms may say another day.
    assert drawn(made, accepted_on="2026-03-10", dated="2026-03-30").accepted_on == date(2026, 3, 10)


def test_a_consent_that_the_plan_waits_for_must_be_there():
    waiting = replace(of.POLICY, limit=replace(of.POLICY.limit, consents=("guarantor",)))
    made = offer(policy=waiting, columns=rp_columns)
    assert [reason.field for reason in made.pending] == ["guarantor"]
    assert refused(lambda: drawn(made)) == (Code.CONSENT_MISSING, "guarantor")
    consent = rp.Consent(code="guarantor", person="李强", on="2026-03-05")
    assert drawn(made, consents=[consent]).consents == (consent,)
    other = replace(consent, code="spouse")
    assert refused(lambda: drawn(made, consents=[other])) == (Code.CONSENT_MISSING, "guarantor")


class Columns(dict):
    """Columns beside a loan, as an argument of a cached function."""

    def __hash__(self):
        return hash(tuple(self.items()))


rp_columns = Columns(guarantor="missing")


def test_an_earned_waiver_is_in_the_agreement_where_something_is_given_up():
    rule = rp.EarnedWaiver(earned="each_year", years=2, claw_back="unearned")
    policy = replace(of.POLICY, earned_waiver=rule)
    assert drawn(offer(policy=policy)).earned_waiver == rule
    assert drawn(offer(policy=policy, penalty="0")).earned_waiver is None


def test_numbers_of_identity_dont_show_in_a_repr():
    assert BORROWER.id_number not in repr(agreement())
