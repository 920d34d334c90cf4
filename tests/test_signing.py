"""Signatures and deliveries: who may sign, when, for which copy; in force when all have signed."""

import json
from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import agreements as of
from agreements import agreement, signed
from repayplan import Code, Delivery, InputError, PolicyError, Signature, Signed

SIGNERS = {"lender": "王芳", "borrower": "李伟", "guarantor_1": "李强"}


def refused(make):
    with pytest.raises(InputError) as caught:
        make()
    return caught.value.code, caught.value.field


def test_both_sides_have_identical_copies():
    made = signed()
    assert made.agreement.copies == ("lender", "borrower", "guarantor_1")
    for party in made.agreement.copies:
        made = made.deliver(party, person=SIGNERS[party], on="2026-03-08", way="in_person")
    prints = {each.fingerprint for each in (*made.signatures, *made.deliveries)}
    assert prints == {made.agreement.fingerprint}
    assert made.undelivered == ()


@pytest.mark.parametrize("order", list(permutations(SIGNERS)))
def test_it_is_in_force_from_the_day_on_which_the_last_party_signed(order):
    made = Signed(agreement=agreement())
    for i, party in enumerate(order):
        assert made.unsigned == tuple(each for each in SIGNERS if each not in order[:i])
        assert made.in_force_from is None
        assert not made.in_force("2026-03-31")
        made = made.sign(party, person=SIGNERS[party], on=date(2026, 3, 6) + timedelta(days=i))
    assert made.unsigned == ()
    assert made.in_force_from == date(2026, 3, 8)
    assert [made.in_force(day) for day in ("2026-03-07", "2026-03-08", "2030-01-01")] == [False, True, True]


def test_by_what_authority_is_known():
    made = signed()
    again = Signed(agreement=agreement()).sign("lender", person=" 王芳 ", on="2026-03-06")
    assert again.authority("lender") == of.HEAD
    assert made.authority("lender") == of.HEAD
    assert made.authority("borrower") is None
    assert Signed(agreement=agreement()).authority("lender") is None
    assert refused(lambda: made.authority("judge")) == (Code.UNKNOWN_VALUE, "party")


START = Signed(agreement=agreement())
ERRORS = {
    "no party": (
        lambda: START.sign("judge", person="A", on="2026-03-06"),
        Code.UNKNOWN_VALUE,
        "signatures[0].party",
    ),
    "no second guarantor": (
        lambda: START.sign("guarantor_2", person="A", on="2026-03-06"),
        Code.UNKNOWN_VALUE,
        "signatures[0].party",
    ),
    "twice": (
        lambda: signed().sign("lender", person="王芳", on="2026-03-08"),
        Code.DUPLICATE,
        "signatures[3].party",
    ),
    "not a signatory": (
        lambda: START.sign("lender", person="示例银行", on="2026-03-06"),
        Code.NO_AUTHORITY,
        "signatures[0].person",
    ),
    "another borrower": (
        lambda: START.sign("borrower", person="李强", on="2026-03-06"),
        Code.NO_AUTHORITY,
        "signatures[0].person",
    ),
    "before the agreement": (
        lambda: START.sign("borrower", person="李伟", on="2026-03-05"),
        Code.DATES_OUT_OF_ORDER,
        "signatures[0].on",
    ),
    "before the signature before": (
        lambda: START.sign("borrower", person="李伟", on="2026-03-08").sign(
            "lender", person="王芳", on="2026-03-07"
        ),
        Code.DATES_OUT_OF_ORDER,
        "signatures[1].on",
    ),
    "after the first due date": (
        lambda: START.sign("borrower", person="李伟", on="2026-04-01"),
        Code.DATES_OUT_OF_ORDER,
        "signatures[0].on",
    ),
    "no day": (lambda: START.sign("borrower", person="李伟", on="soon"), Code.NOT_A_DATE, "on"),
    "nobody": (
        lambda: START.sign("borrower", person=" ", on="2026-03-06"),
        Code.MISSING,
        "signature.person",
    ),
    "another copy": (
        lambda: Signed(
            agreement=agreement(),
            signatures=(
                Signature(
                    party="borrower",
                    person="李伟",
                    on="2026-03-06",
                    fingerprint=agreement(reference="L-2").fingerprint,
                ),
            ),
        ),
        Code.OTHER_AGREEMENT,
        "signatures[0].fingerprint",
    ),
    "delivered before all signed": (
        lambda: START.sign("lender", person="王芳", on="2026-03-06").deliver(
            "lender", person="王芳", on="2026-03-07", way="by_post"
        ),
        Code.OUT_OF_TURN,
        "deliveries[0]",
    ),
    "delivered before the last signature": (
        lambda: signed().deliver("borrower", person="李伟", on="2026-03-06", way="by_post"),
        Code.DATES_OUT_OF_ORDER,
        "deliveries[0].on",
    ),
    "delivered twice": (
        lambda: (
            signed()
            .deliver("borrower", person="李伟", on="2026-03-08", way="by_post")
            .deliver("borrower", person="李伟", on="2026-03-09", way="electronic")
        ),
        Code.DUPLICATE,
        "deliveries[1].party",
    ),
    "delivered to nobody": (
        lambda: signed().deliver("judge", person="A", on="2026-03-08", way="by_post"),
        Code.UNKNOWN_VALUE,
        "deliveries[0].party",
    ),
    "by pigeon": (
        lambda: signed().deliver("borrower", person="A", on="2026-03-08", way="pigeon"),
        Code.UNKNOWN_VALUE,
        "delivery.way",
    ),
    "another copy delivered": (
        lambda: replace(
            signed(),
            deliveries=(
                Delivery(party="borrower", person="A", on="2026-03-08", way="by_post", fingerprint="0" * 64),
            ),
        ),
        Code.OTHER_AGREEMENT,
        "deliveries[0].fingerprint",
    ),
    "no agreement": (lambda: Signed(agreement=None), Code.MISSING, "agreement"),
}


@pytest.mark.parametrize("case", ERRORS)
def test_each_error_names_its_field(case):
    make, code, field = ERRORS[case]
    assert refused(make) == (code, field)


def test_nobody_signs_for_the_lender_and_for_another_party():
    head = replace(of.HEAD, name="李强")
    parties = replace(of.PARTIES, lender=replace(of.BANK, signatories=(of.HEAD, head)))
    made = Signed(agreement=agreement(parties=parties)).sign("lender", person="李强", on="2026-03-06")
    assert refused(lambda: made.sign("guarantor_1", person="李强 ", on="2026-03-07")) == (
        Code.SAME_PERSON,
        "signatures[1].person",
    )
    # A signatory of another company that is the guarantor may sign for it.
    assert made.sign("borrower", person="李伟", on="2026-03-07").unsigned == ("guarantor_1",)


def test_a_guarantor_that_is_a_company_signs_by_its_signatory():
    company = replace(of.GUARANTOR, name="担保公司", signatories=(replace(of.HEAD, name="赵敏"),))
    made = Signed(agreement=agreement(parties=replace(of.PARTIES, guarantors=(company,))))
    assert made.sign("guarantor_1", person="赵敏", on="2026-03-06").authority("guarantor_1").name == "赵敏"
    assert (
        refused(lambda: made.sign("guarantor_1", person="担保公司", on="2026-03-06"))[0] is Code.NO_AUTHORITY
    )


@given(st.integers(0, 3), st.integers(0, 25), st.integers(0, 25))
def test_json_reads_back_equal(count, first, later):
    made = Signed(agreement=agreement())
    for party, person in list(SIGNERS.items())[:count]:
        made = made.sign(party, person=person, on=date(2026, 3, 6) + timedelta(days=first))
    if count == 3:
        on = date(2026, 3, 6) + timedelta(days=first + later)
        made = made.deliver("lender", person="收发室", on=on, way="by_post")
    again = Signed.from_json(made.to_json())
    assert again == made
    assert type(again) is Signed
    assert again.to_json() == made.to_json()


def test_steps_that_are_read_back_are_checked():
    record = json.loads(signed().to_json())
    record["signatures"][0]["person"] = "赵敏"
    with pytest.raises(PolicyError) as caught:
        Signed.from_json(json.dumps(record))
    assert (caught.value.code, caught.value.field) == (Code.NO_AUTHORITY, "signatures[0].person")
    record = json.loads(signed().to_json())
    record["agreement"]["reference"] = "L-2"
    with pytest.raises(PolicyError) as caught:
        Signed.from_json(json.dumps(record))
    assert caught.value.code is Code.OTHER_AGREEMENT
    record = json.loads(agreement().to_json())
    with pytest.raises(PolicyError, match="format"):
        Signed.from_json(json.dumps(record))
