"""The calculation engine for hardship and negotiated repayment: exact to the cent, one loan or millions."""

from repayplan.ability.allowance import Allowance, AssumedCost, Contingency, IncomeRule
from repayplan.ability.capacity import Capacities, Capacity, capacity
from repayplan.ability.household import Household, Households
from repayplan.basics.calendars import NO_CALENDAR, WEEKENDS, Calendar, Holidays, joint
from repayplan.basics.daycount import DayCount
from repayplan.basics.duedates import DueDates
from repayplan.basics.errors import Code, InputError, PolicyError, Reason, RepayplanError
from repayplan.basics.index import Index
from repayplan.basics.money import minor
from repayplan.basics.outcome import Failure, Failures, Outcome
from repayplan.basics.rate import Rate
from repayplan.basics.ratepath import FixedRate, LinkedRate, PromotionalRate, SteppedRate
from repayplan.basics.rounding import Rounding
from repayplan.basics.rulewords import Change, Changes
from repayplan.edges.documents import Document, Words
from repayplan.edges.sheet import SheetTerms, offer_sheet
from repayplan.offers.audit import StepTaken
from repayplan.offers.concession import Concession
from repayplan.offers.condition import Condition
from repayplan.offers.cost import LenderCost, LenderCosts, ModificationRule, lender_cost
from repayplan.offers.earlier import EarlierRestructures
from repayplan.offers.expectation import ExpectedValue, ExpectedValues, expected_value
from repayplan.offers.hardship import EvidenceKind, EvidenceNeed, HardshipReason
from repayplan.offers.late import LateRule
from repayplan.offers.lengths import ExtensionTier, RegulatorCap
from repayplan.offers.limit import ExtensionLimit
from repayplan.offers.maturity import AgeAtMaturity
from repayplan.offers.permits import Ceiling, Ceilings, Permit, Permits
from repayplan.offers.policy import ArrearsPart, ArrearsRule, Policy
from repayplan.offers.proposal import Infeasible, Offer, Proposals, propose
from repayplan.offers.reviewrules import (
    Authority,
    Letter,
    ReviewReason,
    ReviewRule,
    ReviewRules,
    Role,
    Wording,
)
from repayplan.plans.apr import apr_eu, apr_us
from repayplan.plans.durations import duration, weighted_average_life
from repayplan.plans.holidays import solve_holiday
from repayplan.plans.instalments import solve_instalment, solve_length
from repayplan.plans.loan import Loan, Loans
from repayplan.plans.payoff import PaidOff, paid_off
from repayplan.plans.principals import solve_balloon, solve_principal
from repayplan.plans.rates import Rates, implied_rates, solve_rate
from repayplan.plans.returns import effective_rate, irr
from repayplan.plans.schedule import Row, Schedule, Schedules, schedule
from repayplan.plans.stage import (
    Plan,
    bullet,
    col,
    custom,
    drawdown,
    equal_instalment,
    equal_principal,
    fee,
    fixed_payment,
    flat,
    graduated,
    holiday,
    interest_only,
    prepayment,
    seasonal,
)
from repayplan.plans.text import parse_plan
from repayplan.plans.unknown import UNKNOWN
from repayplan.plans.worth import diminished_obligation, npv, present_value, total_cost
from repayplan.reviews.application import Application, Applications
from repayplan.reviews.assessment import Review, Reviews, review
from repayplan.reviews.authority import Relief, Reliefs
from repayplan.reviews.finding import Finding
from repayplan.reviews.letter import explain, opinion_sheet
from repayplan.reviews.record import Decision, Opinion, Record

__version__ = "0.1.0"
__all__ = [
    "NO_CALENDAR",
    "UNKNOWN",
    "WEEKENDS",
    "AgeAtMaturity",
    "Allowance",
    "Application",
    "Applications",
    "ArrearsPart",
    "ArrearsRule",
    "AssumedCost",
    "Authority",
    "Calendar",
    "Capacities",
    "Capacity",
    "Ceiling",
    "Ceilings",
    "Change",
    "Changes",
    "Code",
    "Concession",
    "Condition",
    "Contingency",
    "DayCount",
    "Decision",
    "Document",
    "DueDates",
    "EarlierRestructures",
    "EvidenceKind",
    "EvidenceNeed",
    "ExpectedValue",
    "ExpectedValues",
    "ExtensionLimit",
    "ExtensionTier",
    "Failure",
    "Failures",
    "Finding",
    "FixedRate",
    "HardshipReason",
    "Holidays",
    "Household",
    "Households",
    "IncomeRule",
    "Index",
    "Infeasible",
    "InputError",
    "LateRule",
    "LenderCost",
    "LenderCosts",
    "Letter",
    "LinkedRate",
    "Loan",
    "Loans",
    "ModificationRule",
    "Offer",
    "Opinion",
    "Outcome",
    "PaidOff",
    "Permit",
    "Permits",
    "Plan",
    "Policy",
    "PolicyError",
    "PromotionalRate",
    "Proposals",
    "Rate",
    "Rates",
    "Reason",
    "Record",
    "RegulatorCap",
    "Relief",
    "Reliefs",
    "RepayplanError",
    "Review",
    "ReviewReason",
    "ReviewRule",
    "ReviewRules",
    "Reviews",
    "Role",
    "Rounding",
    "Row",
    "Schedule",
    "Schedules",
    "SheetTerms",
    "StepTaken",
    "SteppedRate",
    "Wording",
    "Words",
    "apr_eu",
    "apr_us",
    "bullet",
    "capacity",
    "col",
    "custom",
    "diminished_obligation",
    "drawdown",
    "duration",
    "effective_rate",
    "equal_instalment",
    "equal_principal",
    "expected_value",
    "explain",
    "fee",
    "fixed_payment",
    "flat",
    "graduated",
    "holiday",
    "implied_rates",
    "interest_only",
    "irr",
    "joint",
    "lender_cost",
    "minor",
    "npv",
    "offer_sheet",
    "opinion_sheet",
    "paid_off",
    "parse_plan",
    "prepayment",
    "present_value",
    "propose",
    "review",
    "schedule",
    "seasonal",
    "solve_balloon",
    "solve_holiday",
    "solve_instalment",
    "solve_length",
    "solve_principal",
    "solve_rate",
    "total_cost",
    "weighted_average_life",
]
