"""Agreements for tests: an offer on a loan with arrears, a bank, a borrower, and the bank's terms."""

from dataclasses import replace
from functools import cache

import repayplan as rp

LOAN = {
    "principal": "30000.00",
    "overdue_principal": "800",
    "overdue_interest": "412.50",
    "accrued_interest": "120",
    "penalty": "66.20",
    "fees": "50",
    "annual_rate": "0.144",
    "original_term": 24,
    "elapsed": 6,
    "unpaid": 18,
    "next_due": "2026-03-31",
    "currency": "CNY",
}
DATES = {
    "issued": "2026-03-02",
    "accepted_on": "2026-03-05",
    "dated": "2026-03-06",
    "accept_by": "2026-03-16",
}
HEAD = rp.Signatory(name="王芳", title="分行行长", authority="授权委托书2026年第12号")
BANK = rp.Party(
    name="示例银行",
    id_number="91310000MA1FL0000X",
    address="上海市示例路1号",
    contact="021-1",
    signatories=(HEAD,),
)
BORROWER = rp.Party(name="李伟", id_number="310101198001010000", address="上海市示例路2号")
GUARANTOR = rp.Party(name="李强", id_number="310101197001010000", address="上海市示例路3号")
PARTIES = rp.Parties(lender=BANK, borrower=BORROWER, guarantors=(GUARANTOR,))
HALF = rp.OverdueRate(multiplier="1.5")
OVERDUE = rp.OverdueRule(
    penalty=rp.OverdueLedger(on=("principal",), rate=HALF),
    compound=rp.OverdueLedger(on=("interest", "compound"), rate=HALF, settled="daily"),
    day_count="ACT/360",
    first_day="due_date",
    rounded="end",
    mode="half_up",
)
COURT = rp.Clause(
    code="court", en="The court at the lender's seat decides.", zh="由贷款人住所地人民法院管辖。"
)
TERMS = rp.AgreementTerms(
    overdue=OVERDUE,
    allocation=rp.AllocationRule.example("card-china"),
    days_late=30,
    fees_run=False,
    how_to_pay=rp.Wording(en="By transfer to account 6222 0001.", zh="转账至账户6222 0001。"),
    tracking=rp.TrackingRule(
        broken_after_missed=2,
        broken_after_days=60,
        consequence="acceleration",
        remind_before=(7, 1),
        remind_after=(3,),
    ),
    notice_days=14,
    credit_record=rp.Wording(en="Reported as restructured.", zh="按重组贷款报送。"),
    clauses=rp.STANDARD_CLAUSES,
    disputes=(COURT,),
    requires=rp.CARD_INSTALMENTS,
)
POLICY = rp.Policy.example("consumer")


@cache
def offer(policy=POLICY, income="5200", *, gap=False, **loan):
    """An offer by a policy; with a gap, to a household that earns more from June on."""
    home = rp.Household(net_income=income, costs={"rent": "1500"}, decimals=policy.decimals)
    if gap:
        pay = [rp.Income("pay", "7000", start="2026-06-01"), rp.Income("benefit", "3000", until="2026-05-31")]
        home = rp.Household(items=pay, costs={"rent": "1500"}, assessed="2026-03-01")
    made = rp.propose(rp.Loan(**LOAN | loan), home, policy)
    assert isinstance(made, rp.Offer)
    return made


@cache
def agreement(parties=PARTIES, terms=TERMS, reference="L-2026-0417", **more):
    """The agreement on it."""
    return rp.draw_up(offer(), parties, terms, reference=reference, **DATES | more)


def named(**texts):
    """Parties, the borrower with other texts."""
    return replace(PARTIES, borrower=replace(BORROWER, **texts))


def signed():
    """Signed by all."""
    made = rp.Signed(agreement=agreement())
    for party, person, on in (
        ("borrower", "李伟", "2026-03-06"),
        ("lender", "王芳", "2026-03-07"),
        ("guarantor_1", "李强", "2026-03-07"),
    ):
        made = made.sign(party, person=person, on=on)
    return made
