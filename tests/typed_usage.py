"""How a user's code looks to a type checker: read by mypy --strict, never run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import assert_type

import numpy as np
import numpy.typing as npt

import repayplan as rp


def one_borrower(loan: rp.Loan) -> Decimal:
    """A plan, its rows and its columns."""
    plan = rp.holiday(3, interest="capitalise") + rp.interest_only(6) + rp.equal_instalment(24)
    schedule = rp.schedule(loan, plan)
    assert_type(schedule, rp.Schedule)
    row = schedule.rows[0]
    assert_type(row.due_date, dt.date)
    assert_type(row.payment, Decimal)
    return row.payment


def of_a_frame(frame: object) -> object:
    """A portfolio from whatever holds it, and back."""
    loans = rp.Loans.from_frame(frame, columns={"principal": "owed"}, further=["branch"], day_count="ACT/360")
    assert_type(loans, rp.Loans)
    assert_type(rp.Households.from_frame(frame, extra="ignore"), rp.Households)
    assert_type(rp.Events.from_frame(frame, accounts=["A", "B"]), rp.Events)
    schedules = rp.schedule(loans, rp.equal_instalment(12)).value
    assert_type(schedules.cash_by_month(["branch"]), rp.MonthlyCash)
    return schedules.to_frame(frame, lists=True, keep=["id"])


def made(principal: str) -> rp.Loan:
    """What is owed, from text and numbers."""
    return rp.Loan(
        principal=principal,
        annual_rate=Decimal("0.12"),
        original_term=36,
        elapsed=10,
        unpaid=26,
        next_due=dt.date(2026, 1, 31),
        rounding=rp.Rounding(instalment="up"),
    )


def many(months: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Columns in, an outcome out."""
    loans = rp.Loans.from_columns(
        principal=rp.minor(months),
        annual_rate=0.12,
        original_term=36,
        elapsed=0,
        unpaid=months,
        next_due="2026-01-31",
    )
    outcome = rp.schedule(loans, rp.equal_instalment(rp.col("unpaid")))
    assert_type(outcome, rp.Outcome[rp.Schedules])
    for failure in outcome.failures:
        assert_type(failure.code, rp.Code)
    assert_type(outcome.value.one(0), rp.Schedule)
    return outcome.row


def several_debts(debts: list[rp.Loan], loans: rp.Loans, policy: rp.Policy) -> Decimal:
    """Merged, of one borrower and of many."""
    one = rp.merge(debts)
    assert_type(one, rp.MergedLoan)
    shares = one.apportioned(rp.schedule(one.loan, rp.equal_instalment(24)))
    assert_type(shares, tuple[rp.DebtShare, ...])
    merged = rp.merge(loans, ["A", "A", "B"], policy.merge or rp.MergeRule())
    assert_type(merged, rp.Outcome[rp.Merged])
    made = rp.schedule(merged.value.loans, rp.equal_instalment(24)).value
    parts = merged.value.apportioned(made)
    assert_type(parts, rp.Outcome[rp.Apportioned])
    assert_type(parts.value.present_value("0.05", year="365 days"), rp.Outcome[npt.NDArray[np.int64]])
    return shares[0].opening_balance


def household(allowance: rp.Allowance, incomes: Mapping[str, tuple[str, str]]) -> Decimal:
    """What a household can pay."""
    home = rp.Household(adults=2, children=(4,), net_income=incomes)
    capacity = rp.capacity(home, allowance)
    assert_type(capacity, rp.Capacity)
    return capacity.payable


def months_ahead(home: rp.Household, homes: rp.Households, rule: rp.AllowanceRule) -> rp.AllowanceRule:
    """Month by month, behind one loan, among creditors, and as ratios."""
    assert_type(rule.monthly(home), Decimal)
    assert_type(rp.capacity_path(home, rule, begin="2026-01-01", months=12), rp.CapacityPath)
    paths = rp.capacity_path(homes, rule, begin="2026-01-01", months=12, outlook=rp.Outlook())
    assert_type(paths, rp.Outcome[rp.CapacityPath])
    joint = rp.joint_path(paths, loan=[0, 0], guarantors=False)
    assert_type(joint.value.per_period("monthly", []), rp.Outcome[npt.NDArray[np.int64]])
    assert_type(rp.share_out("100", ["5", "7"]), tuple[Decimal, ...])
    assert_type(rp.share_out(["100"], ["5", "7"], debtor=[0, 0]), rp.Outcome[npt.NDArray[np.int64]])
    assert_type(rp.ratios(home, housing=("rent",), payment="1", home_loan=True), rp.Ratio)
    return rp.greater_of(2 * rule, rule + rp.allowance_example("us-irs-2025"))


def offered(loan: rp.Loan, home: rp.Household, policy: rp.Policy) -> rp.Schedule | None:
    """An offer, or the reasons why there is none."""
    result = rp.propose(loan, home, policy)
    if isinstance(result, rp.Infeasible):
        return None
    assert_type(result, rp.Offer)
    return result.schedule


def portfolio(loans: rp.Loans, homes: rp.Households, policy: rp.Policy) -> rp.Outcome[rp.Proposals]:
    """The same verb for many."""
    return rp.propose(loans, homes, policy, workers=2)


def limited(loan: rp.Loan, loans: rp.Loans, limit: rp.ExtensionLimit) -> int:
    """What a limit says of one loan, and of many."""
    plan = rp.equal_instalment(24)
    assert_type(limit.longest(loans), rp.Outcome[rp.Ceilings])
    assert_type(limit.permits(loan, plan), rp.Permit)
    assert_type(limit.permits(loans, plan), rp.Outcome[rp.Permits])
    return limit.longest(loan).longest


def reviewed(asked: rp.Application, loan: rp.Loan, home: rp.Household, policy: rp.Policy) -> str:
    """A review, an opinion, a decision, and what the applicant is told."""
    seen = rp.review(asked, loan, home, policy, on=dt.date(2026, 3, 5))
    assert_type(seen, rp.Review)
    record = rp.Record((seen,)).opinion(
        "refuse", rp.Relief(owed=Decimal(9000)), role="reviewer", person="Li", at="2026-03-05T10:00:00+08:00"
    )
    assert_type(record, rp.Record)
    return rp.explain(record, "zh") if record.closed else rp.review_opinion(record).text()


def queues(
    asked: rp.Applications, loans: rp.Loans, homes: rp.Households, policy: rp.Policy
) -> npt.NDArray[np.bool_]:
    """The same verb for many."""
    made = rp.review(asked, loans, homes, policy, on="2026-03-05")
    assert_type(made, rp.Outcome[rp.Reviews])
    return made.value.whose("too_late")


def solved(loan: rp.Loan, loans: rp.Loans) -> int:
    """One unknown: a figure of one loan, an outcome of many."""
    level, open_ended = rp.equal_instalment(24), rp.equal_instalment(rp.UNKNOWN)
    assert_type(rp.solve_instalment(loan, level), Decimal)
    assert_type(rp.solve_instalment(loans, level), rp.Outcome[npt.NDArray[np.int64]])
    assert_type(rp.paid_off(loan, rp.fixed_payment("500")), rp.PaidOff)
    assert_type(rp.implied_rates(loans, level, instalment=rp.col("pay")), rp.Outcome[rp.Rates])
    assert_type(rp.solve_principal(loan, level, instalment="500"), Decimal)
    assert_type(rp.solve_rate(loan, level, instalment="550", step="0.0001"), Decimal)
    assert_type(rp.solve_balloon(loan, rp.equal_instalment(24, balloon=rp.UNKNOWN), instalment=400), Decimal)
    assert_type(rp.solve_forbear(loan, rp.forbear(rp.UNKNOWN) + level, instalment="500"), Decimal)
    pause = rp.holiday(rp.UNKNOWN, interest="waive")
    assert_type(rp.solve_holiday(loan, pause + level, instalment="600", longest=12), int)
    return rp.solve_length(loan, open_ended, instalment="500")


def valued(schedule: rp.Schedule, schedules: rp.Schedules, flows: npt.NDArray[np.int64]) -> Decimal:
    """Figures: a Decimal of one loan, an outcome of many."""
    assert_type(rp.irr([-100, "110"]), Decimal)
    assert_type(rp.irr(flows, offsets=[0, 2]), rp.Outcome[npt.NDArray[np.int64]])
    assert_type(rp.apr_eu([-100, 110], ["2026-01-01", "2027-01-01"], places=4), Decimal)
    assert_type(rp.present_value(flows, None, "0.01", offsets=[0, 2]), rp.Outcome[npt.NDArray[np.int64]])
    assert_type(schedule.apr_us(places=4), Decimal)
    assert_type(schedules.apr_us(places=4), rp.Outcome[npt.NDArray[np.int64]])
    return schedule.total_cost(drawn="1000") + schedule.present_value("0.01")


def compared(policy: rp.Policy, other: rp.Policy) -> str:
    """What differs between two policies, and what one says."""
    assert_type(policy.diff(other), rp.Changes)
    assert_type(policy.diff(other)[0], rp.Change)
    return policy.diff(other).text("zh") + policy.describe("en")


def costed(before: rp.Schedules, proposals: rp.Proposals, offer: rp.Offer) -> Decimal:
    """What offers cost the lender."""
    rule = rp.ModificationRule(
        year="12 months", diminished_above=Decimal("0.01"), substantial_from=Decimal("0.1")
    )
    many = rp.lender_cost(before, proposals, rule, rate="0.12")
    assert_type(many, rp.Outcome[rp.LenderCosts])
    one = rp.lender_cost(before.one(0), offer, rule, rate=Decimal("0.12"), net_fees=40)
    assert_type(one, rp.LenderCost)
    return one.modification_gain


def shown(loan: rp.Loan, before: rp.Schedule, offer: rp.Offer, terms: rp.SheetTerms) -> str:
    """What a borrower reads."""
    sheet = rp.offer_sheet(loan, before, offer, terms, reference="A-17")
    assert_type(sheet, rp.Document)
    return sheet.html("zh")


def arranged(loan: rp.Loan, home: rp.Household, loans: rp.Loans, homes: rp.Households) -> Decimal:
    """What stands beside a plan: until a review, on trial, a waiver that is earned."""
    rule = rp.InterimRule(amount=Decimal(100), months=6, unpaid_interest="defer")
    policy = replace(
        rp.Policy.example("budget-plan"),
        interim=rule,
        trial=rp.Trial(instalments=3, down_percent=Decimal(10)),
        earned_waiver=rp.EarnedWaiver(earned="each_year", years=3, claw_back="unearned"),
    )
    assert_type(rp.interim(loans, homes, policy), rp.Outcome[rp.Interims])
    until = rp.interim(loan, home, policy)
    assert_type(until, rp.Interim | rp.NoInterim)
    deals = rp.conditional(loans, homes, policy, workers=2)
    assert_type(deals, rp.Outcome[rp.Conditionals])
    judged = rp.fulfilment(deals.value, ["10"], ["2026-01-31"], on="2026-02-01", row=[0])
    assert_type(judged, rp.Outcome[rp.Fulfilments])
    deal = rp.conditional(loan, home, policy)
    assert_type(deal, rp.Conditional | rp.Infeasible)
    if isinstance(deal, rp.Infeasible):
        return deal.shortfall
    assert_type(rp.fulfilment(deal, [10], ["2026-01-31"], on="2026-02-01"), rp.Fulfilment)
    path = rp.earned_waiver(loan, deal.today, policy)
    assert_type(path, rp.WaiverPath)
    proposals = rp.propose(loans, homes, policy).value
    assert_type(rp.earned_waiver(loans, proposals, policy), rp.Outcome[rp.WaiverPaths])
    return path.rows[0].owed_if_breached


def signed(offer: rp.Offer, parties: rp.Parties, terms: rp.AgreementTerms) -> rp.Statement:
    """From an offer to the account of a signed agreement."""
    agreement = rp.draw_up(
        offer,
        parties,
        terms,
        reference="L-1",
        issued="2026-03-02",
        accepted_on=dt.date(2026, 3, 5),
        dated="2026-03-06",
    )
    assert_type(agreement, rp.Agreement)
    both = rp.Signed(agreement=agreement).sign("lender", person="Wang", on="2026-03-06")
    assert_type(both.in_force_from, dt.date | None)
    assert_type(rp.agreement_document(both), rp.Document)
    assert_type(rp.agreement_html(agreement, "zh"), str)
    assert_type(rp.agreement_pdf(agreement, font="font.otf"), bytes)
    return rp.replay(agreement.account(), [], as_of="2026-05-01")
