"""The refusal of an application, for the applicant, as a document."""

from __future__ import annotations

from repayplan.ability.figures import one_rule
from repayplan.accounts.parties import Party
from repayplan.basics.errors import Code, InputError
from repayplan.edges.decisionwords import WORDS, application_entries, entry_of
from repayplan.edges.documents import Document, Entry, Section
from repayplan.edges.letterparts import LetterTerms, help_section
from repayplan.edges.sheetparts import name_text
from repayplan.edges.words import Figure, Words
from repayplan.offers.letterrules import Wording
from repayplan.reviews.assessment import Review
from repayplan.reviews.letter import answer_to
from repayplan.reviews.record import (
    Record,
)


def refusal_letter(
    decision: Review | Record, terms: LetterTerms, *, lender: str | Words, applicant: Party
) -> Document:
    """What a declined applicant is told: why, with every figure that may be told, rights, and how to appeal.

    It says what :func:`~repayplan.explain` says of a refusal, and where to get help.

    Parameters
    ----------
    decision
        A record that ends with a refusal; or a review that declines, where it alone decides.
    terms
        Whom to ask, and where to get help.
    lender
        Its name.
    applicant
        To whom it is written.

    Raises
    ------
    InputError
        Nothing is decided yet (``out_of_turn``), or the application wasn't declined; a name is missing.
    """
    one_rule("decision", decision, Review, Record)
    one_rule("terms", terms, LetterTerms)
    told = answer_to(decision)
    if told.again is None:
        raise InputError(
            Code.UNKNOWN_VALUE, "decision", told.outcome, "declined: this letter is of a refusal"
        )
    name_text("lender", lender)
    if not isinstance(applicant, Party):
        raise InputError(Code.MISSING, "applicant", applicant, "Party: to whom it is written")
    review, letter = told.review, told.review.rules.letter
    again = Figure(told.again, "date")
    sections = (
        Section(
            name="letter",
            heading=WORDS["letter"],
            entries=(
                entry_of("lender", lender, "text"),
                entry_of("name", applicant.name, "text"),
                entry_of("address", applicant.address, "text"),
                *application_entries(review),
                entry_of("decided_on", told.on, "date"),
            ),
        ),
        Section(name="decision", heading=WORDS["decision"], notes=(WORDS["refused"],)),
        Section(name="why", heading=WORDS["why"], notes=tuple(map(_both, told.why))),
        *(
            (Section(name="also", heading=WORDS["also"], notes=tuple(map(_both, told.also))),)
            if told.also
            else ()
        ),
        Section(name="rights", heading=WORDS["rights"], notes=tuple(map(_both, letter.rights))),
        Section(
            name="again",
            heading=WORDS["again"],
            notes=(_both(letter.appeal),),
            entries=(Entry("apply_again", WORDS["apply_again"], again),),
        ),
        help_section(terms),
    )
    return Document(
        name="refusal_letter",
        title=WORDS["refusal_title"],
        currency=review.policy.currency,
        sections=sections,
    )


def _both(wording: Wording) -> Words:
    return Words(wording.en, wording.zh)
