"""The calculation engine for hardship and negotiated repayment: exact to the cent, one loan or millions."""

from repayplan.ability.ahead import capacity_path
from repayplan.ability.allowance import Allowance, AssumedCost, Contingency
from repayplan.ability.beside import CreditorRule
from repayplan.ability.capacities import Capacities, Capacity
from repayplan.ability.capacity import capacity
from repayplan.ability.creditors import share_out
from repayplan.ability.guideline import Guideline
from repayplan.ability.heads import AgeBand
from repayplan.ability.household import Household
from repayplan.ability.households import Households
from repayplan.ability.income import Haircut, IncomeRule
from repayplan.ability.itemkinds import Cost, Debt, Deduction, Income
from repayplan.ability.items import Items
from repayplan.ability.joint import JointPath, joint_path
from repayplan.ability.norms import Band, EquivalenceScale, FixedAllowance, IncomeBands
from repayplan.ability.obligor import Obligor
from repayplan.ability.obligors import Obligors
from repayplan.ability.outlook import Outlook
from repayplan.ability.path import CapacityPath, PayablePath
from repayplan.ability.ratio import Ratio, Ratios, ratios
from repayplan.ability.rule import AllowanceRule, GreaterOf, LesserOf, Multiple, SumOf, greater_of, lesser_of
from repayplan.ability.selection import ByDate, ByRegion, Regional
from repayplan.ability.tables import allowance_example, allowance_examples, loads_allowance
from repayplan.ability.target import PaymentTarget
from repayplan.accounts.account import Account, Accounts
from repayplan.accounts.agenda import AgendaEntry, agenda
from repayplan.accounts.agreedplan import DebtBefore, Instalment, LateFigure
from repayplan.accounts.agreement import Agreement
from repayplan.accounts.agreementterms import AgreementTerms
from repayplan.accounts.allocationrule import AllocationRule, KindOrder, LateOrder, PaymentOrder
from repayplan.accounts.anew import as_loans
from repayplan.accounts.balancerule import OnBalance
from repayplan.accounts.bureau import BureauRow, BureauRows, BureauRule, bureau_rows
from repayplan.accounts.clauses import CARD_INSTALMENTS, STANDARD_CLAUSES, Clause, Clauses
from repayplan.accounts.collection import NextContact, NextContacts, next_contact
from repayplan.accounts.collectionrule import CollectionRule, CollectionStep, ContactLimit
from repayplan.accounts.consent import Consent
from repayplan.accounts.contacts import Contact, Contacts
from repayplan.accounts.creditstage import credit_stage
from repayplan.accounts.creditstagerule import CreditStageRule
from repayplan.accounts.creditstatus import CREDIT_STATUSES, CreditStage, CreditStages
from repayplan.accounts.debts import pay_debts
from repayplan.accounts.delinquency import Delinquencies, Delinquency, DelinquencyRule
from repayplan.accounts.drawingup import draw_up
from repayplan.accounts.event import Event, Events
from repayplan.accounts.eventkinds import HALT_REASONS
from repayplan.accounts.halts import Halt
from repayplan.accounts.latefee import LateFee
from repayplan.accounts.lateness import Buckets, RiskClasses
from repayplan.accounts.lendercap import CapPeriod, LenderCap, LenderCaps
from repayplan.accounts.overduecaps import OverdueCaps
from repayplan.accounts.overdueinterest import OverdueDay, OverdueInterest, OverdueInterests, overdue_interest
from repayplan.accounts.overduerate import OverdueLedger, OverdueRate
from repayplan.accounts.overduerule import OverdueRule
from repayplan.accounts.parties import Parties, Party, Signatory
from repayplan.accounts.pastdue import PastDue, PastDues, ReportingRule, past_due
from repayplan.accounts.replaying import replay
from repayplan.accounts.reviewing import HouseholdReview, HouseholdReviews, latest_review
from repayplan.accounts.signing import Delivery, Signature, Signed
from repayplan.accounts.statement import Statement, Statements
from repayplan.accounts.statementrows import Allocation, StatementRow
from repayplan.accounts.terms import AccountTerms
from repayplan.accounts.tracking import Tracked, Tracks, track
from repayplan.accounts.trackingrule import TrackingRule
from repayplan.accounts.watch import Watch, Watches, WatchRule, watch
from repayplan.basics.calendars import NO_CALENDAR, WEEKENDS, Calendar, Holidays
from repayplan.basics.daycount import DayCount
from repayplan.basics.duedates import DueDates
from repayplan.basics.errors import Code, InputError, PolicyError, RepayplanError
from repayplan.basics.fixedrates import FixedRate, PromotionalRate, SteppedRate
from repayplan.basics.glossary import Term, glossary
from repayplan.basics.index import Index
from repayplan.basics.jointcalendar import joint
from repayplan.basics.linkedrate import LinkedRate
from repayplan.basics.money import minor
from repayplan.basics.outcome import Failure, Failures, Outcome
from repayplan.basics.rate import Rate
from repayplan.basics.reason import Reason
from repayplan.basics.rounding import Rounding
from repayplan.basics.rulewords import Change, Changes
from repayplan.edges.accountletters import overdue_notice, payment_reminder
from repayplan.edges.accountplots import plot_account, plot_days_past_due
from repayplan.edges.accountstatement import account_statement
from repayplan.edges.agreementpages import agreement_html, agreement_pdf
from repayplan.edges.agreementsheet import agreement_document
from repayplan.edges.allowances import load_allowance
from repayplan.edges.applicationform import application_form
from repayplan.edges.archivemanifest import ArchiveManifest
from repayplan.edges.archiving import archive, expired, read_archive
from repayplan.edges.blockwork import Work
from repayplan.edges.calendarfile import agenda_calendar, programme_calendar
from repayplan.edges.casefile import CaseFile, MenuChoice, ReviewInputs
from repayplan.edges.dask import on_dask
from repayplan.edges.decisionletters import review_opinion
from repayplan.edges.documents import Document
from repayplan.edges.evaluationplots import plot_comparison, plot_overdue, plot_redefault, plot_roll_rates
from repayplan.edges.formterms import STANDARD_DECLARATIONS, FilledForm, FormTerms
from repayplan.edges.frontplots import plot_pareto, plot_sensitivity
from repayplan.edges.journal import Manifest
from repayplan.edges.letterparts import LetterTerms
from repayplan.edges.menusheet import menu_sheet
from repayplan.edges.offerplots import plot_living, plot_menu
from repayplan.edges.pages import document_html, document_pdf
from repayplan.edges.plots import plot_balance, plot_schedule
from repayplan.edges.programmeplots import plot_budget, plot_timetable
from repayplan.edges.programmesheet import programme_document
from repayplan.edges.refusalletter import refusal_letter
from repayplan.edges.retention import Retention
from repayplan.edges.sheet import offer_sheet
from repayplan.edges.sheetterms import SheetTerms
from repayplan.edges.spark import on_spark, spark_results
from repayplan.edges.streaming import stream
from repayplan.edges.streamprogress import StreamProgress
from repayplan.edges.stressplots import plot_survival
from repayplan.edges.summingpage import summing_up_page
from repayplan.edges.summingup import summing_up
from repayplan.edges.sweepplots import plot_changed, plot_sweep
from repayplan.edges.verification import verify
from repayplan.edges.verifying import Verification
from repayplan.edges.words import Words
from repayplan.offers.acceptance import Acceptance
from repayplan.offers.accountrows import AccountRow
from repayplan.offers.alternatives import Alternative, BestFigures, WishCost
from repayplan.offers.amortisation import Amortisation, RepaidBy
from repayplan.offers.apart import ObligorPart, Parted
from repayplan.offers.arrangements import EarnedWaiver, InterimRule, Trial
from repayplan.offers.arrearsrule import ArrearsPart, ArrearsRule
from repayplan.offers.audit import StepTaken
from repayplan.offers.case import Case
from repayplan.offers.concession import Concession
from repayplan.offers.condition import Condition
from repayplan.offers.conditional import Conditional, Conditionals, conditional
from repayplan.offers.cost import LenderCost, LenderCosts, ModificationRule, lender_cost
from repayplan.offers.deadlines import Deadline, Deadlines, Judged, deadlines, judge_acceptance
from repayplan.offers.dealconditions import DealCondition
from repayplan.offers.earlier import ConsentTitle, EarlierRestructures
from repayplan.offers.earned import earned_waiver
from repayplan.offers.expectation import ExpectedValue, ExpectedValues, expected_value
from repayplan.offers.fulfilment import ConditionState, Fulfilment, Fulfilments, fulfilment
from repayplan.offers.hardship import EvidenceKind, EvidenceNeed, HardshipReason
from repayplan.offers.interim import interim
from repayplan.offers.interims import Interim, Interims, NoInterim
from repayplan.offers.ledger import Apportioned, DebtShare
from repayplan.offers.lengths import ExtensionTier, RegulatorCap
from repayplan.offers.letterrules import Letter, Wording
from repayplan.offers.limit import ExtensionLimit
from repayplan.offers.living import Living, LivingPeriod
from repayplan.offers.maturity import AgeAtMaturity
from repayplan.offers.menu import menu
from repayplan.offers.menus import Menu, Menus
from repayplan.offers.mergerule import MergeRule
from repayplan.offers.merging import Merged, MergedLoan, merge
from repayplan.offers.offer import Infeasible, Offer
from repayplan.offers.permits import Ceiling, Ceilings, Permit, Permits
from repayplan.offers.policy import Policy
from repayplan.offers.proposal import Proposals
from repayplan.offers.proposing import propose
from repayplan.offers.reviewreason import ReviewReason
from repayplan.offers.reviewrules import ReviewRule, ReviewRules
from repayplan.offers.roles import Authority, Role
from repayplan.offers.strategy import Lattice, Strategy
from repayplan.offers.waiverpaths import EarnedRow, WaiverPath, WaiverPaths
from repayplan.offers.wishes import Wishes
from repayplan.plans.annuity import custom, equal_instalment, graduated, seasonal
from repayplan.plans.apr import apr_eu, apr_us
from repayplan.plans.balloons import solve_balloon
from repayplan.plans.batch import Schedules
from repayplan.plans.beside import arrears, drawdown, fee, forbear, holiday, prepayment
from repayplan.plans.column import col
from repayplan.plans.durations import duration, weighted_average_life
from repayplan.plans.holidays import solve_holiday
from repayplan.plans.instalments import solve_instalment
from repayplan.plans.lengths import solve_length
from repayplan.plans.loan import Loan, Loans
from repayplan.plans.methods import bullet, equal_principal, fixed_payment, flat, interest_only
from repayplan.plans.monthly import MonthlyCash
from repayplan.plans.payoff import PaidOff, paid_off
from repayplan.plans.principals import solve_forbear, solve_principal
from repayplan.plans.rates import Rates, implied_rates, solve_rate
from repayplan.plans.returns import effective_rate, irr
from repayplan.plans.schedule import schedule
from repayplan.plans.single import Row, Schedule
from repayplan.plans.stage import Plan
from repayplan.plans.text import parse_plan
from repayplan.plans.totals import PlanTotals, plan_totals
from repayplan.plans.unknown import UNKNOWN
from repayplan.plans.worth import diminished_obligation, npv, present_value, total_cost
from repayplan.programmes.budget import Budget, BudgetLine
from repayplan.programmes.caseevent import CaseEvent, CaseEvents
from repayplan.programmes.caseledger import case_ledger
from repayplan.programmes.caselines import CaseLedger
from repayplan.programmes.caseregister import case_register
from repayplan.programmes.caserule import CaseRule
from repayplan.programmes.cases import Cases
from repayplan.programmes.casestages import CaseItem, CaseName, CaseNeed, CaseStage, CaseStep, ServiceLevel
from repayplan.programmes.casestate import CaseState, CaseStates
from repayplan.programmes.comparison import Comparison
from repayplan.programmes.differences import Differences, difference_in_differences
from repayplan.programmes.evaluating import evaluate
from repayplan.programmes.evaluation import Evaluation, EvaluationRule
from repayplan.programmes.followup import CreditFollowUp
from repayplan.programmes.goal import Goal
from repayplan.programmes.incidence import Incidence, cumulative_incidence
from repayplan.programmes.lender import Lender
from repayplan.programmes.matching import Matched, MatchRule, match
from repayplan.programmes.phases import ProgrammePhase, ProgrammeTask
from repayplan.programmes.programme import PlannedCost, Programme
from repayplan.programmes.redefault import redefault
from repayplan.programmes.rolls import RollRates, roll_rates
from repayplan.programmes.shock import Buffer, IncomeLoss, RateRise, Shocks, SpendingShock
from repayplan.programmes.spending import Spent, programme_budget
from repayplan.programmes.standing import month_ends
from repayplan.programmes.stress import stress
from repayplan.programmes.survey import Survey
from repayplan.programmes.survivors import Stress
from repayplan.programmes.sweeping import sweep
from repayplan.programmes.sweeptable import Sweep
from repayplan.programmes.timetable import Timetable, timetable
from repayplan.programmes.tracing import FigureRows
from repayplan.reviews.application import Application, Applications
from repayplan.reviews.assessment import Review, Reviews, review
from repayplan.reviews.authority import Relief, Reliefs
from repayplan.reviews.decision import Decision, Opinion
from repayplan.reviews.finding import Finding
from repayplan.reviews.letter import explain
from repayplan.reviews.record import Record

__version__ = "0.1.0"
__all__ = [
    "CARD_INSTALMENTS",
    "CREDIT_STATUSES",
    "HALT_REASONS",
    "NO_CALENDAR",
    "STANDARD_CLAUSES",
    "STANDARD_DECLARATIONS",
    "UNKNOWN",
    "WEEKENDS",
    "Acceptance",
    "Account",
    "AccountRow",
    "AccountTerms",
    "Accounts",
    "AgeAtMaturity",
    "AgeBand",
    "AgendaEntry",
    "Agreement",
    "AgreementTerms",
    "Allocation",
    "AllocationRule",
    "Allowance",
    "AllowanceRule",
    "Alternative",
    "Amortisation",
    "Application",
    "Applications",
    "Apportioned",
    "ArchiveManifest",
    "ArrearsPart",
    "ArrearsRule",
    "AssumedCost",
    "Authority",
    "Band",
    "BestFigures",
    "Buckets",
    "Budget",
    "BudgetLine",
    "Buffer",
    "BureauRow",
    "BureauRows",
    "BureauRule",
    "ByDate",
    "ByRegion",
    "Calendar",
    "CapPeriod",
    "Capacities",
    "Capacity",
    "CapacityPath",
    "Case",
    "CaseEvent",
    "CaseEvents",
    "CaseFile",
    "CaseItem",
    "CaseLedger",
    "CaseName",
    "CaseNeed",
    "CaseRule",
    "CaseStage",
    "CaseState",
    "CaseStates",
    "CaseStep",
    "Cases",
    "Ceiling",
    "Ceilings",
    "Change",
    "Changes",
    "Clause",
    "Clauses",
    "Code",
    "CollectionRule",
    "CollectionStep",
    "Comparison",
    "Concession",
    "Condition",
    "ConditionState",
    "Conditional",
    "Conditionals",
    "Consent",
    "ConsentTitle",
    "Contact",
    "ContactLimit",
    "Contacts",
    "Contingency",
    "Cost",
    "CreditFollowUp",
    "CreditStage",
    "CreditStageRule",
    "CreditStages",
    "CreditorRule",
    "DayCount",
    "Deadline",
    "Deadlines",
    "DealCondition",
    "Debt",
    "DebtBefore",
    "DebtShare",
    "Decision",
    "Deduction",
    "Delinquencies",
    "Delinquency",
    "DelinquencyRule",
    "Delivery",
    "Differences",
    "Document",
    "DueDates",
    "EarlierRestructures",
    "EarnedRow",
    "EarnedWaiver",
    "EquivalenceScale",
    "Evaluation",
    "EvaluationRule",
    "Event",
    "Events",
    "EvidenceKind",
    "EvidenceNeed",
    "ExpectedValue",
    "ExpectedValues",
    "ExtensionLimit",
    "ExtensionTier",
    "Failure",
    "Failures",
    "FigureRows",
    "FilledForm",
    "Finding",
    "FixedAllowance",
    "FixedRate",
    "FormTerms",
    "Fulfilment",
    "Fulfilments",
    "Goal",
    "GreaterOf",
    "Guideline",
    "Haircut",
    "Halt",
    "HardshipReason",
    "Holidays",
    "Household",
    "HouseholdReview",
    "HouseholdReviews",
    "Households",
    "Incidence",
    "Income",
    "IncomeBands",
    "IncomeLoss",
    "IncomeRule",
    "Index",
    "Infeasible",
    "InputError",
    "Instalment",
    "Interim",
    "InterimRule",
    "Interims",
    "Items",
    "JointPath",
    "Judged",
    "KindOrder",
    "LateFee",
    "LateFigure",
    "LateOrder",
    "Lattice",
    "Lender",
    "LenderCap",
    "LenderCaps",
    "LenderCost",
    "LenderCosts",
    "LesserOf",
    "Letter",
    "LetterTerms",
    "LinkedRate",
    "Living",
    "LivingPeriod",
    "Loan",
    "Loans",
    "Manifest",
    "MatchRule",
    "Matched",
    "Menu",
    "MenuChoice",
    "Menus",
    "MergeRule",
    "Merged",
    "MergedLoan",
    "ModificationRule",
    "MonthlyCash",
    "Multiple",
    "NextContact",
    "NextContacts",
    "NoInterim",
    "Obligor",
    "ObligorPart",
    "Obligors",
    "Offer",
    "OnBalance",
    "Opinion",
    "Outcome",
    "Outlook",
    "OverdueCaps",
    "OverdueDay",
    "OverdueInterest",
    "OverdueInterests",
    "OverdueLedger",
    "OverdueRate",
    "OverdueRule",
    "PaidOff",
    "Parted",
    "Parties",
    "Party",
    "PastDue",
    "PastDues",
    "PayablePath",
    "PaymentOrder",
    "PaymentTarget",
    "Permit",
    "Permits",
    "Plan",
    "PlanTotals",
    "PlannedCost",
    "Policy",
    "PolicyError",
    "Programme",
    "ProgrammePhase",
    "ProgrammeTask",
    "PromotionalRate",
    "Proposals",
    "Rate",
    "RateRise",
    "Rates",
    "Ratio",
    "Ratios",
    "Reason",
    "Record",
    "Regional",
    "RegulatorCap",
    "Relief",
    "Reliefs",
    "RepaidBy",
    "RepayplanError",
    "ReportingRule",
    "Retention",
    "Review",
    "ReviewInputs",
    "ReviewReason",
    "ReviewRule",
    "ReviewRules",
    "Reviews",
    "RiskClasses",
    "Role",
    "RollRates",
    "Rounding",
    "Row",
    "Schedule",
    "Schedules",
    "ServiceLevel",
    "SheetTerms",
    "Shocks",
    "Signatory",
    "Signature",
    "Signed",
    "SpendingShock",
    "Spent",
    "Statement",
    "StatementRow",
    "Statements",
    "StepTaken",
    "SteppedRate",
    "Strategy",
    "StreamProgress",
    "Stress",
    "SumOf",
    "Survey",
    "Sweep",
    "Term",
    "Timetable",
    "Tracked",
    "TrackingRule",
    "Tracks",
    "Trial",
    "Verification",
    "WaiverPath",
    "WaiverPaths",
    "Watch",
    "WatchRule",
    "Watches",
    "WishCost",
    "Wishes",
    "Wording",
    "Words",
    "Work",
    "account_statement",
    "agenda",
    "agenda_calendar",
    "agreement_document",
    "agreement_html",
    "agreement_pdf",
    "allowance_example",
    "allowance_examples",
    "application_form",
    "apr_eu",
    "apr_us",
    "archive",
    "arrears",
    "as_loans",
    "bullet",
    "bureau_rows",
    "capacity",
    "capacity_path",
    "case_ledger",
    "case_register",
    "col",
    "conditional",
    "credit_stage",
    "cumulative_incidence",
    "custom",
    "deadlines",
    "difference_in_differences",
    "diminished_obligation",
    "document_html",
    "document_pdf",
    "draw_up",
    "drawdown",
    "duration",
    "earned_waiver",
    "effective_rate",
    "equal_instalment",
    "equal_principal",
    "evaluate",
    "expected_value",
    "expired",
    "explain",
    "fee",
    "fixed_payment",
    "flat",
    "forbear",
    "fulfilment",
    "glossary",
    "graduated",
    "greater_of",
    "holiday",
    "implied_rates",
    "interest_only",
    "interim",
    "irr",
    "joint",
    "joint_path",
    "judge_acceptance",
    "latest_review",
    "lender_cost",
    "lesser_of",
    "load_allowance",
    "loads_allowance",
    "match",
    "menu",
    "menu_sheet",
    "merge",
    "minor",
    "month_ends",
    "next_contact",
    "npv",
    "offer_sheet",
    "on_dask",
    "on_spark",
    "overdue_interest",
    "overdue_notice",
    "paid_off",
    "parse_plan",
    "past_due",
    "pay_debts",
    "payment_reminder",
    "plan_totals",
    "plot_account",
    "plot_balance",
    "plot_budget",
    "plot_changed",
    "plot_comparison",
    "plot_days_past_due",
    "plot_living",
    "plot_menu",
    "plot_overdue",
    "plot_pareto",
    "plot_redefault",
    "plot_roll_rates",
    "plot_schedule",
    "plot_sensitivity",
    "plot_survival",
    "plot_sweep",
    "plot_timetable",
    "prepayment",
    "present_value",
    "programme_budget",
    "programme_calendar",
    "programme_document",
    "propose",
    "ratios",
    "read_archive",
    "redefault",
    "refusal_letter",
    "replay",
    "review",
    "review_opinion",
    "roll_rates",
    "schedule",
    "seasonal",
    "share_out",
    "solve_balloon",
    "solve_forbear",
    "solve_holiday",
    "solve_instalment",
    "solve_length",
    "solve_principal",
    "solve_rate",
    "spark_results",
    "stream",
    "stress",
    "summing_up",
    "summing_up_page",
    "sweep",
    "timetable",
    "total_cost",
    "track",
    "verify",
    "watch",
    "weighted_average_life",
]
