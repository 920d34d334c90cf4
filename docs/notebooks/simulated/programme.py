"""A programme for invented people, from intake to summing-up: every step by the package, none by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import repayplan as rp
from repayplan import Words
from repayplan.accounts.component import COMPONENTS
from repayplan.basics.calendars import WEEKENDS
from simulated.people import (
    ALLOCATION,
    BOOKS,
    LATE,
    PROOF,
    Contracts,
    Person,
    kept,
    payments,
    people,
    working_day,
)

POLICY = rp.Policy.example("consumer-review")
PROGRAMME = (
    rp.Programme.example("negotiated-repayment")
    .done("policy", "2026-03-05")
    .done("training_intake", "2026-03-10")
    .done("forms", "2026-03-13")
    .done("leaflets", "2026-03-16")
    .done("training_negotiation", "2026-04-02")
)
RULES = POLICY.review
RULE = PROGRAMME.case_rule(rp.CaseRule.example("negotiated-repayment"), WEEKENDS)
LENDER = Words("Example Bank", "示例银行")
BANK = rp.Party(
    name="示例银行", id_number="91310000MA1FL0000X", address="上海市示例路1号",
    signatories=(rp.Signatory(name="何静", title="分行行长", authority="授权委托书2026年第12号"),),
)  # fmt: skip
TERMS = rp.AgreementTerms(
    overdue=LATE,
    allocation=ALLOCATION,
    days_late=30,
    fees_run=False,
    how_to_pay=rp.Wording(en="By transfer to account 6222 0001.", zh="转账至账户6222 0001。"),
    tracking=rp.TrackingRule(
        broken_after_missed=2, consequence="review", remind_before=(7,), remind_after=(3,)
    ),
    notice_days=14,
    credit_record=rp.Wording(en="Reported as restructured.", zh="按重组贷款报送。"),
    clauses=rp.STANDARD_CLAUSES,
    disputes=(rp.Clause(code="court", en="The court at ... decides.", zh="由……人民法院管辖。"),),
)
Row = tuple[int, str, date, str, str, str, str, date | None]


@dataclass
class Run:
    """What became of everybody; row ``i`` is ``people[i]`` wherever nothing else is said."""

    people: tuple[Person, ...]
    others: tuple[Person, ...]
    contracts: Contracts
    terms: list[dict[str, Any]]
    homes: list[dict[str, Any]]
    asked: dict[int, list[rp.Application]] = field(default_factory=dict)
    records: dict[int, rp.Record] = field(default_factory=dict)
    decided: dict[int, rp.Offer | rp.Infeasible] = field(default_factory=dict)
    issued: dict[int, date] = field(default_factory=dict)
    signed: dict[int, rp.Signed] = field(default_factory=dict)
    happened: list[Row] = field(default_factory=list)

    def note(self, i: int, kind: str, at: date, **more: Any) -> None:
        """An event of a case."""
        row = [more.get(name, "") for name in ("channel", "role", "items")]
        self.happened.append((i, kind, at, f"{len(self.happened):06}", *row, more.get("until")))

    def complete(self, i: int, day: date, waiting: dict[date, list[int]]) -> None:
        """An application is complete, and waits for the next meeting, which is on a Thursday."""
        self.note(i, "completed", day)
        handed = working_day(day, 1)
        self.note(i, "handed_over", handed)
        waiting.setdefault(handed + timedelta(days=(3 - handed.weekday()) % 7), []).append(i)

    def meet(self, some: list[int], day: date, late: list[int], waiting: dict[date, list[int]]) -> None:
        """A meeting: applications are reviewed together, and each is decided the day after."""
        proofs = [self._evidence(i) for i in some]
        given = [self._stated(i, late[i]) for i in some]
        homes = _columns([self.homes[i] for i in some])
        children, costs = homes.pop("children"), {name: homes.pop(name) for name in ("rent", "food")}
        loans = rp.Loans.from_columns(**_columns([self.terms[i] for i in some]))
        behind = rp.Households.from_columns(
            **homes,
            costs=costs,
            ages=([k for k, many in enumerate(children) for _ in range(many)], [7] * sum(children)),
            children=children,
            tenure="tenant",
        )
        kinds = sorted({kind for each in proofs for kind in each})
        evidence = {kind: [each.get(kind, "") for each in proofs] for kind in kinds}
        applications = rp.Applications.from_columns(**_columns(given), evidence=evidence)
        reviews = rp.review(applications, loans, behind, POLICY, on=day).value
        offers = rp.propose(loans, behind, POLICY).value
        for k, i in enumerate(some):
            self.asked.setdefault(i, []).append(rp.Application(**given[k], evidence=proofs[k]))
            self.decided[i] = offers.one(k)
            self._decide(i, reviews.one(k), day, waiting)

    def _evidence(self, i: int) -> dict[str, str]:
        """What has come in: what was lacking at first is there at the second meeting."""
        person = self.people[i]
        kinds = {"identity_card", "payslip", *PROOF[person.hardship]}
        if i not in self.asked:
            kinds -= {person.lacking}
        return dict.fromkeys(sorted(kinds), str(person.applied - timedelta(days=20)))

    def _stated(self, i: int, late: int) -> dict[str, Any]:
        person, income = self.people[i], self.homes[i]["net_income"]
        shown = float(income) * (0.8 if person.overstated else 1)
        return {
            "id": person.id,
            "hardship": person.hardship,
            "applied_on": person.applied,
            "declared_income": income,
            "evidenced_income": f"{shown:.2f}",
            "days_past_due": late,
            "broken_plans": person.broken_plans,
            "willing": True,
        }

    def loan(self, i: int) -> rp.Loan:
        """What a person owes, as it was reviewed."""
        return rp.Loan(**self.terms[i])

    def home(self, i: int) -> rp.Household:
        """Whose household is behind it."""
        given = dict(self.homes[i])
        costs = {name: given.pop(name) for name in ("rent", "food")}
        return rp.Household(
            **given | {"costs": costs, "children": (7,) * given["children"], "tenure": "tenant"}
        )

    def _decide(self, i: int, review: rp.Review, day: date, waiting: dict[date, list[int]]) -> None:
        """The opinion of the meeting, and the decision of whoever has the authority."""
        person, found = self.people[i], self.decided[i]
        offer = found if isinstance(found, rp.Offer) else None
        verdict, reason = "approve", None
        if review.result == "needs_evidence" and person.brings_it and i not in self.records:
            verdict = "return"
        elif review.result in ("declined", "needs_evidence") or offer is None:
            verdict = "refuse"
        elif review.result == "needs_person" and person.overstated and person.seed % 2:
            verdict, reason = "refuse", "evidence_refuted"
        asks = verdict != "refuse" and offer is not None
        relief = rp.Relief.of(offer) if asks else rp.Relief(owed=review.case.owed)
        before = self.records.get(i)
        record = rp.Record((review,)) if before is None else before.reviewed(review)
        record = record.opinion(verdict, relief, role="reviewer", person="刘敏", at=f"{day}T10:00:00+08:00")
        role = next(
            each.role
            for each, may in zip(RULES.authority, relief.batch.deciders(RULES), strict=True)
            if may[0]
        )
        no_plan = (
            verdict == "refuse" and offer is None and review.result not in ("declined", "needs_evidence")
        )
        on = working_day(day, 1)
        self.records[i] = record.decide(
            verdict, role=role, person="马刚", at=f"{on}T16:00:00+08:00", policy=POLICY, reason=reason,
            infeasible=found if no_plan else None,
        )  # fmt: skip
        self.note(i, "opinion", day, role="reviewer")
        self.note(i, {"approve": "approved", "return": "returned", "refuse": "refused"}[verdict], on)
        if verdict == "return":
            self.complete(i, working_day(on, 3), waiting)
        elif verdict == "approve":
            self._negotiate(i, working_day(on, 1))

    def until(self, i: int, after: int = 0) -> date:
        """The last day on which an offer can be accepted, and so many days after it."""
        return self.issued[i] + timedelta(days=10 + after)

    def _negotiate(self, i: int, day: date) -> None:
        """The offer, and what follows if it is accepted: signatures, the copy, and a review every month."""
        self.issued[i] = day
        person, until = self.people[i], self.until(i)
        self.note(i, "offer_made", day, role="negotiator", until=until)
        if person.contacted:
            told = "terms_explained, credit_record_explained"
            self.note(i, "contact", working_day(day, 1), channel="telephone", role="negotiator", items=told)
        if not person.accepts:
            return
        accepted, dated = working_day(day, 3), working_day(day, 4)
        agreement = rp.draw_up(
            self.decided[i],
            rp.Parties(lender=BANK, borrower=person.party),
            TERMS,
            reference=f"L-{person.id}",
            issued=day,
            accepted_on=accepted,
            dated=dated,
            accept_by=until,
            record=self.records[i],
        )
        made = rp.Signed(agreement=agreement).sign("borrower", person=person.name, on=dated)
        made = made.sign("lender", person="何静", on=dated)
        self.signed[i] = made.deliver(
            "borrower", person=person.name, on=working_day(dated, 1), way="in_person"
        )
        self.note(i, "offer_accepted", accepted, items="terms_acknowledged")
        self.note(i, "signed", dated)
        self.note(i, "copy_delivered", working_day(dated, 1))
        for month in range(dated.month + 1, 16):
            held = date(2026 + (month - 1) // 12, (month - 1) % 12 + 1, 20)
            if (person.seed + month) % 9:
                self.note(i, "monthly_review", held, role="account_manager")

    @cached_property
    def rows(self) -> list[int]:
        """Whose plan each account is of."""
        return sorted(self.signed)

    @cached_property
    def cases(self) -> rp.Cases:
        """The applications."""
        names = [each.id for each in self.people]
        return rp.Cases.from_columns(id=names, applicant=names, contract=[f"L-{name}" for name in names])

    def states(self, as_of: date) -> rp.CaseStates:
        """Where cases stand on a day."""
        names = ("case", "kind", "at", "reference", "channel", "role", "items", "until")
        columns = dict(zip(names, map(list, zip(*self.happened, strict=True)), strict=True))
        events = rp.CaseEvents.from_columns(**columns)
        return rp.case_register(self.cases, events, RULE, as_of=as_of, calendar=WEEKENDS)

    @cached_property
    def accounts(self) -> rp.Accounts:
        """Of the signed plans, as ``rows``."""
        made = [self.signed[i].agreement for i in self.rows]
        lines = [(k, line) for k, each in enumerate(made) for line in each.instalments]
        return rp.Accounts.from_columns(
            rp.AccountTerms(overdue=LATE, allocation=ALLOCATION, tracking=TERMS.tracking),
            rate=[str(each.annual_rate) for each in made],
            start=[each.interest_from for each in made],
            lent=[each.lent for each in made],
            contracted=[each.contracted for each in made],
            account=[k for k, _ in lines],
            due_date=[line.due_date for _, line in lines],
            principal=[line.principal for _, line in lines],
            interest=[line.interest for _, line in lines],
            fees=[line.fee for _, line in lines],
        )

    @cached_property
    def paid(self) -> list[tuple[int, date, str]]:
        """What is paid of the plans: row of the account, day, amount."""
        found = []
        for k, i in enumerate(self.rows):
            due = [(each.due_date, int(each.payment * 100)) for each in self.signed[i].agreement.instalments]
            found += [(k, day, f"{amount / 100:.2f}") for day, amount in kept(self.people[i], due)]
        return found

    def replayed(self, as_of: date) -> rp.Statements:
        """The accounts of the plans on a day."""
        return rp.replay(self.accounts, payments(self.paid), as_of=as_of, history=True).value

    def ledger(self, as_of: date) -> rp.CaseLedger:
        """The tracking ledger of a day."""
        now = self.replayed(as_of)
        account = [self.rows.index(i) if i in self.signed else -1 for i in range(len(self.people))]
        classes = rp.RiskClasses.example("china-2023")
        return rp.case_ledger(self.states(as_of), now, account, tracks=rp.track(now), classes=classes)

    def events_of(self, i: int) -> list[rp.CaseEvent]:
        """The events of one case, as its archive has them."""
        return [
            rp.CaseEvent(
                kind=kind, at=at, reference=reference, channel=channel or None, role=role or None,
                items=tuple(items.split(", ")) if items else (), until=until,
            )
            for case, kind, at, reference, channel, role, items, until in self.happened
            if case == i
        ]  # fmt: skip

    def payments_of(self, i: int) -> list[rp.Event]:
        """The payments of one plan."""
        mine = [(k, each) for k, each in enumerate(self.paid) if each[0] == self.rows.index(i)]
        return [
            rp.Event(kind="payment", reference=f"P{k}", value_date=day, amount=amount)
            for k, (_, day, amount) in mine
        ]


def run(size: int, *, seed: int = 2026) -> Run:
    """A programme of so many applicants, beside as many people who aren't in it."""
    every = people(size, seed)
    contracts = Contracts(every)
    now = contracts.replayed([], BOOKS).columns
    terms, homes = [], []
    for i, each in enumerate(every):
        left = each.spare * contracts.instalment[i] / 90
        owed = dict(zip(COMPONENTS, now.owed[i].tolist(), strict=True))
        money = {
            "principal": now.not_due[i],
            "overdue_principal": owed["principal"],
            "overdue_interest": owed["interest"],
            "penalty": owed["penalty"],
            "instalment": contracts.instalment[i],
        }
        terms.append(
            {name: f"{units / 100:.2f}" for name, units in money.items()}
            | {"annual_rate": each.rate, "original_term": each.term, "elapsed": each.elapsed}
            | {"unpaid": each.term - each.elapsed, "start": BOOKS, "next_due": date(2026, 5, 31)}
            | {"first_stub": "long", "currency": "CNY"}
        )
        homes.append(
            {
                "adults": min(each.heads, 2),
                "children": max(each.heads - 2, 0),
                "net_income": f"{2000 * each.heads + each.rent + left:.2f}",
                "rent": str(each.rent),
                "food": str(1200 * each.heads),
            }
        )
    found = Run(every, people(size, seed + 1, prefix="B"), contracts, terms, homes)
    late = now.days_past_due.tolist()
    first, last = PROGRAMME.window(WEEKENDS)
    waiting = {}
    for i, each in enumerate(every):
        proofs = "application_form, identity, income_proof, hardship_proof"
        found.note(i, "received", each.applied, channel=each.channel, role="intake_officer", items=proofs)
        if first <= each.applied <= last:
            found.complete(i, working_day(each.applied, 1), waiting)
    while waiting:
        thursday = min(waiting)
        found.meet(waiting.pop(thursday), thursday, late, waiting)
    return found


def _columns(given: list[dict[str, Any]]) -> dict[str, list[Any]]:
    return {name: [each[name] for each in given] for name in given[0]}
