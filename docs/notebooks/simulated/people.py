"""Invented people, the contracts that they are behind with, and how they pay: of a seed always the same."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np

import repayplan as rp

BOOKS, END = date(2026, 3, 31), date(2027, 3, 31)
"""The books from which plans are made: what is owed on that day; and the day of the evaluation."""
BRANCHES = ("East", "West", "South")
LATE = rp.OverdueRule(
    penalty=rp.OverdueLedger(on=("principal",), rate=rp.OverdueRate(multiplier="1.5")),
    day_count="ACT/360",
    first_day="due_date",
    rounded="end",
    mode="half_up",
)
ALLOCATION = rp.AllocationRule.example("civil-code-561")
PROOF = {
    "unemployment": ("dismissal_notice",),
    "income_loss": ("payslip", "bank_statement"),
    "illness": ("medical_certificate", "medical_bill"),
    "divorce": ("divorce_certificate",),
    "new_child": ("birth_certificate",),
    "business_failure": ("tax_return", "bank_statement"),
}
BEHAVIOURS = {"in_time": 58, "late": 18, "in_part": 12, "broken": 12}
"""How a plan is kept, and how many in a hundred do so."""


def working_day(day: date, after: int = 0) -> date:
    """So many working days after a day; with 0, the day itself or the first working day after it."""
    return np.busday_offset(day, after, roll="forward").item()


@dataclass(frozen=True, kw_only=True)
class Person:
    """One person with a contract; whether and how an application is made, and how a plan is kept."""

    id: str
    name: str
    branch: str
    lent: int
    rate: str
    term: int
    elapsed: int
    missed: int
    heads: int
    spare: float  # what is left of the income, in present instalments
    rent: int
    hardship: str
    overstated: bool
    broken_plans: int
    channel: str
    applied: date
    lacking: str  # evidence that is missing at first
    brings_it: bool
    accepts: bool
    contacted: bool
    behaviour: str
    seed: int

    @property
    def first_due(self) -> date:
        """Of the contract; all fall due at the end of the month."""
        months = BOOKS.year * 12 + BOOKS.month - self.elapsed + 1
        return date(months // 12, months % 12 + 1, 1) + timedelta(days=-1)

    @property
    def party(self) -> rp.Party:
        """As agreements and letters name this person."""
        return rp.Party(
            name=self.name, id_number=f"ID {self.id}", address=f"示例路{self.seed % 400}号", contact="000"
        )


@dataclass(frozen=True)
class Contracts:
    """The contracts of some people, and what was paid of them until the programme."""

    people: tuple[Person, ...]

    @cached_property
    def accounts(self) -> rp.Accounts:
        """Signed at their start."""
        loans = rp.Loans.from_columns(
            principal=[each.lent for each in self.people],
            annual_rate=[each.rate for each in self.people],
            original_term=[each.term for each in self.people],
            elapsed=0,
            unpaid=[each.term for each in self.people],
            next_due=[each.first_due for each in self.people],
            currency="CNY",
            due_dates=rp.DueDates(month_end=True),
        )
        plans = rp.schedule(loans, rp.equal_instalment(rp.col("unpaid"))).value
        return rp.Accounts.of(plans, rp.AccountTerms(overdue=LATE, allocation=ALLOCATION))

    @cached_property
    def instalment(self) -> list[int]:
        """Of each, minor units."""
        accounts = self.accounts
        return (accounts.principal + accounts.interest)[accounts.offsets[:-1]].tolist()

    @cached_property
    def paid(self) -> list[tuple[int, date, str]]:
        """All instalments up to the books but the last that were missed: row, day, amount."""
        return [
            (i, self.accounts.due[self.accounts.offsets[i] + k].item(), f"{self.instalment[i] / 100:.2f}")
            for i, each in enumerate(self.people)
            for k in range(each.elapsed - each.missed)
        ]

    def replayed(self, more: list[tuple[int, date, str]], as_of: date) -> rp.Statements:
        """What they are on a day, with further payments."""
        return rp.replay(self.accounts, payments([*self.paid, *more]), as_of=as_of, history=True).value


def payments(rows: list[tuple[int, date, str]]) -> rp.Events:
    """Events of some payments: row of the account, day, amount."""
    return rp.Events.from_columns(
        account=[row for row, _, _ in rows],
        kind="payment",
        value_date=[day for _, day, _ in rows],
        amount=[amount for _, _, amount in rows],
        reference=[f"P{k}" for k in range(len(rows))],
    )


def people(size: int, seed: int, *, prefix: str = "A") -> tuple[Person, ...]:
    """So many invented people."""
    draw = random.Random(seed)  # noqa: S311  (people are invented, nothing is secret)
    return tuple(_person(draw, f"{prefix}-{i + 1:03}") for i in range(size))


def _person(draw: random.Random, name: str) -> Person:
    term = draw.choice((24, 36))
    late_long = draw.random() < 0.03
    elapsed = 15 if late_long else draw.randint(8, 14)
    hardship = draw.choice(tuple(PROOF))
    return Person(
        id=name,
        name=draw.choice("赵钱孙李周吴郑王冯陈")
        + draw.choice(("伟", "芳", "娜", "敏", "静", "强", "磊", "洋")),
        branch=draw.choice(BRANCHES),
        lent=draw.randrange(20_000, 120_000, 1_000),
        rate=draw.choice(("0.108", "0.126", "0.144")),
        term=term,
        elapsed=elapsed,
        missed=14 if late_long else draw.choices((0, 1, 2, 3, 4, 5), (8, 14, 34, 26, 12, 6))[0],
        heads=draw.randint(1, 3),
        spare=draw.choices((-0.2, 0.3, 1.2), (4, 10, 8))[0]
        if draw.random() < 0.16
        else draw.uniform(0.74, 0.99),
        rent=draw.randrange(800, 3_000, 100),
        hardship=hardship,
        overstated=draw.random() < 0.05,
        broken_plans=2 if draw.random() < 0.03 else 0,
        channel=draw.choices(("branch", "app", "telephone"), (5, 3, 2))[0],
        applied=working_day(
            date(2026, 3, 30) + timedelta(days=draw.randint(0, 25 if draw.random() < 0.97 else 30))
        ),
        lacking=draw.choice(PROOF[hardship]) if draw.random() < 0.15 else "",
        brings_it=draw.random() < 0.7,
        accepts=draw.random() < 0.92,
        contacted=draw.random() < 0.9,
        behaviour=draw.choices(tuple(BEHAVIOURS), tuple(BEHAVIOURS.values()))[0],
        seed=draw.randrange(10**6),
    )


def kept(person: Person, due: list[tuple[date, int]]) -> list[tuple[date, int]]:
    """What a person pays of instalments (day and minor units) up to the end."""
    draw = random.Random(person.seed)  # noqa: S311
    stops = draw.randint(1, 6)
    found = []
    for k, (day, amount) in enumerate(due):
        if person.behaviour == "broken" and k >= stops:
            break
        late = draw.choice((0, 4, 12, 35)) if person.behaviour == "late" else 0
        part = draw.choice((100, 100, 60)) if person.behaviour == "in_part" else 100
        found.append((day + timedelta(days=late), amount * part // 100))
    return [each for each in found if each[0] <= END]
