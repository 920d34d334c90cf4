"""Texts however they are typed: numbers of documents, names of people, and texts that say nothing."""

from dataclasses import replace
from unicodedata import category, normalize

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import agreements as of
import repayplan as rp
from repayplan import Code, InputError, Policy
from repayplan.basics.writing import as_read, numbers_as_read, says_something
from repayplan.reviews.documents import repeated_documents, shared_documents

BLANKS = (" ", "\t", "\u00a0", "\u3000", "\u2009")
UNSEEN = ("\u200b", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u202e", "\x08")
HYPHENS = ("-", "\u2010", "\u2011", "\u2013", "\u2014", "\u2212", "\uff0d")
NOTHING = (
    "",
    " ",
    "\u200b",
    "\u2060\u200d",
    "\u3000",
    "\u00a0\u00ad",
    "\n\x07",
    "\u3164",
    "\u2800",
    "\u0301",
    "\ufe0f",
)


def typed(number):
    """The same number, typed in many ways: another case or width, and things put in between."""
    widths = st.sampled_from((lambda c: c, str.lower, str.upper, _wide))
    between = st.lists(st.sampled_from((*BLANKS, *UNSEEN, *HYPHENS)), max_size=3).map("".join)
    return st.tuples(*(st.tuples(widths, st.just(c), between) for c in number)).map(
        lambda parts: "".join(how(c) + beside for how, c, beside in parts)
    )


def _wide(char):
    return chr(ord(char) + 0xFEE0)


def by_hand(number):
    """One number at a time, character by character."""
    folded = normalize("NFKC", number).casefold()
    kept = [c for c in folded if c != "\u2212" and category(c) not in ("Pd", "Zs", "Zl", "Zp", "Cc", "Cf")]
    return normalize("NFKC", "".join(kept))


@given(st.lists(typed("B1z9"), max_size=5), st.lists(typed("B1z8"), max_size=5))
def test_a_number_is_the_same_however_it_is_typed(same, other):
    found = numbers_as_read(np.array([*same, *other], np.str_))
    assert found.tolist() == ["b1z9"] * len(same) + ["b1z8"] * len(other)


SCRAPS = st.text(
    st.characters(codec="utf-8")
    | st.sampled_from((*BLANKS, *UNSEEN, *HYPHENS, "\n", "é", "e", "\u0301", "ﬀ", "ẞ")),
    max_size=6,
)


@given(st.lists(SCRAPS, max_size=5))
def test_numbers_are_read_one_by_one(texts):
    given_ = np.array(texts, np.str_)
    found = numbers_as_read(given_).tolist()
    # numpy drops zeros at the end of a text.
    fillers = {"\u034f", "\u115f", "\u1160", "\u17b4", "\u17b5", "\u2800"} | {
        chr(c) for c in range(0xFE00, 0xFE10)
    }
    assert found == ["".join(c for c in by_hand(t) if c not in fillers) for t in given_.tolist()]
    assert found == [numbers_as_read(np.array([t]))[0] for t in given_.tolist()]


def test_numbers_that_differ_stay_apart():
    apart = ["B-1", "B-11", "B/1", "B.1", "A-1", "B-1a", "B_1", "贷-1", "B一"]
    assert len(set(numbers_as_read(np.array(apart)).tolist())) == len(apart)


def handed_in(*rows):
    """Applications, each with the numbers of its payslip and its bank statement."""
    payslips, statements = zip(*rows, strict=True)
    dated = {"payslip": payslips, "bank_statement": statements}
    return rp.Applications.from_columns(
        id=[f"A-{i}" for i in range(len(rows))],
        hardship="illness",
        applied_on="2026-03-02",
        evidence={
            kind: (["2026-02-20" if n else "" for n in numbers], list(numbers))
            for kind, numbers in dated.items()
        },
    )


def test_documents_are_known_however_their_numbers_are_typed():
    asked = handed_in(("b-1", ""), ("Ｂ-1", "C 7"), ("", "B 1"), ("c7", "C–7"), ("-", "--"), ("B-2", "-"))
    assert shared_documents(asked).tolist() == [2, 2, 2, 1, 0, 0]
    assert repeated_documents(asked).tolist() == [0, 0, 0, 1, 0, 0]
    # What was typed stays as it is.
    assert asked.evidence["payslip"].document.tolist()[:2] == ["b-1", "Ｂ-1"]


def test_a_document_typed_in_another_way_sends_the_case_to_a_person():
    loan = rp.Loan(
        principal="9000", annual_rate="0.1", original_term=24, elapsed=6, unpaid=18, next_due="2026-03-31",
        currency="CNY",
    )  # fmt: skip
    found = []
    for numbers in (("B-1", "B-2"), ("B-1", "b 1")):
        asked = rp.Application(
            id="A", hardship="illness", applied_on="2026-03-02", willing=True, days_past_due=40,
            evidence={"payslip": ("2026-02-20", numbers[0]), "bank_statement": ("2026-02-20", numbers[1])},
        )  # fmt: skip
        seen = rp.review(
            asked, loan, rp.Household(net_income="2900"), Policy.example("consumer-review"), on="2026-03-05"
        )
        found.append([each.code for each in seen.findings])
    assert "document_repeated" not in found[0]
    assert "document_repeated" in found[1]


@given(SCRAPS)
def test_a_text_reads_the_same_as_it_is_read(text):
    once = as_read(text)
    assert as_read(once) == once
    assert as_read(f"\u200b {text}\t") == once
    assert says_something(once) <= says_something(text)


@pytest.mark.parametrize("nothing", NOTHING)
def test_a_text_that_shows_nothing_is_no_text(nothing):
    assert not says_something(nothing)
    assert says_something(f"{nothing}a")
    made = {
        "en": lambda: rp.ReviewReason(code="mercy", en=nothing, zh="酌情"),
        "zh": lambda: rp.ReviewReason(code="mercy", en="mercy", zh=nothing),
        "code": lambda: rp.ReviewReason(code=nothing, en="mercy", zh="酌情"),
        "person": lambda: rp.Opinion(
            verdict="refuse",
            relief=rp.Relief(owed="1"),
            role="reviewer",
            person=nothing,
            at="2026-03-05T10:00:00Z",
        ),
        "wording.en": lambda: rp.Wording(en=nothing, zh="酌情"),
        "name_zh": lambda: replace(Policy.example("consumer"), name_zh=nothing),
        "clause.en": lambda: rp.Clause(code="own", en=nothing, zh="酌情"),
        "party.name": lambda: replace(of.BORROWER, name=nothing),
        "index.source": lambda: rp.Index("LPR", ["2026-01-20"], ["0.03"], nothing),
    }
    for name, make in made.items():
        with pytest.raises(InputError) as caught:
            make()
        assert caught.value.code is Code.MISSING, name
        assert caught.value.field.endswith(name), name


def test_a_name_with_what_nobody_sees_is_the_same_persons():
    for name in ("Li\u200b Wei", "ＬＩ  wei", "li\tWEI", "L\x08i Wei", "Li\u3000Wei", "L\u00adi Wei"):
        assert as_read(name) == "li wei"
    assert as_read("李明") != as_read("李 明")
