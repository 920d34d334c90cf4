"""Case files for tests: one with everything in it, and one with next to nothing."""

from functools import cache

import agreements as signed_ones
import repayplan as rp

KEPT = rp.Retention.after("2028-03-31", years=10, source="the lender's rules on files, article 12")
POLICY = rp.Policy.example("consumer-review")
LOAN = rp.Loan(**signed_ones.LOAN | {"instalment": "2000"})
HOME = rp.Household(net_income="5200", costs={"rent": "1500", "food": "1200"})
FACTS = {
    "id": "A-17",
    "hardship": "illness",
    "applied_on": "2026-02-20",
    "declared_income": "5200",
    "days_past_due": 40,
    "broken_plans": 0,
    "willing": True,
}
EARLY = rp.Application(**FACTS, evidence={"identity_card": "2019-05-01"})
ASKED = rp.Application(
    **FACTS,
    evidence={"identity_card": "2019-05-01", "payslip": ("2026-02-01", "P-5")},
    evidenced_income="5200",
)
EVENTS = (
    rp.CaseEvent(kind="received", at="2026-02-20T09:12:00+08:00", reference="1", channel="branch"),
    rp.CaseEvent(kind="completed", at="2026-02-24", reference="2", items=("identity", "income_proof")),
)


@cache
def full():
    """From the application to an account that is behind."""
    offer = rp.propose(LOAN, HOME, POLICY)
    poorer = rp.Household(net_income="4800", costs={"rent": "1500"})
    record = (
        rp.Record((rp.review(EARLY, LOAN, poorer, POLICY, on="2026-02-22"),))
        .reviewed(rp.review(ASKED, LOAN, HOME, POLICY, on="2026-02-25"))
        .opinion(
            "approve",
            rp.Relief.of(offer),
            role="reviewer",
            person="Li",
            at="2026-02-26T10:00:00+08:00",
            note="A note,\nof two lines.",
        )
        .decide(
            "approve",
            role="committee",
            person="Wu",
            at="2026-02-27T16:00:00+08:00",
            policy=POLICY,
            reason="exceptional_hardship",
        )
    )
    agreement = rp.draw_up(
        offer,
        signed_ones.PARTIES,
        signed_ones.TERMS,
        reference="L-1",
        record=record,
        **signed_ones.DATES,
    )
    signed = rp.Signed(agreement=agreement)
    for party, person, on in (
        ("borrower", "李伟", "2026-03-06"),
        ("lender", "王芳", "2026-03-07"),
        ("guarantor_1", "李强", "2026-03-07"),
    ):
        signed = signed.sign(party, person=person, on=on)
    return rp.CaseFile(
        id="A-17",
        as_of="2026-06-15",
        retention=KEPT,
        loan=LOAN,
        household=HOME,
        policy=POLICY,
        reviews=(rp.ReviewInputs(application=EARLY, household=poorer), ASKED),
        record=record,
        offer=offer,
        accept_by=signed_ones.DATES["accept_by"],
        signed=signed.deliver("borrower", person="李伟", on="2026-03-08", way="electronic"),
        case_rule=rp.CaseRule.example("negotiated-repayment"),
        case_events=EVENTS,
        account_events=(
            rp.Event(
                kind="payment",
                value_date="2026-03-31",
                amount=agreement.instalments[0].payment,
                reference="T1",
            ),
            rp.Event(kind="payment", value_date="2026-05-12", amount="500", reference="T2"),
            rp.Event(kind="review", value_date="2026-05-12", reference="R", household=HOME),
        ),
        documents={"审核意见.txt": "意见\r\n", "scan.pdf": b"%PDF-1.4\n\x00"},
    )


def small(**more):
    """Next to nothing: what is read back takes no search."""
    given = {"id": "B-1", "as_of": "2026-03-05", "retention": KEPT, "loan": LOAN, "household": HOME}
    return rp.CaseFile(**given | {"documents": {"note.txt": "came to the branch"}} | more)
