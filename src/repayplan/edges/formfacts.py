"""What is stated on an application form, by the names of facts."""

from __future__ import annotations

from typing import Any

import numpy as np

from repayplan.basics.columns import Screen
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import to_decimal
from repayplan.edges.formterms import FilledForm
from repayplan.edges.formwords import FORM_WORDS
from repayplan.offers.behind import present_instalment
from repayplan.offers.factcolumn import Column
from repayplan.offers.facts import APPLIED
from repayplan.offers.policy import Policy
from repayplan.offers.reviewrules import ReviewRules


def stated_facts(policy: Policy, rules: ReviewRules, filled: FilledForm) -> dict[str, object]:
    """Everything that is stated, by the names of facts.

    Raises
    ------
    InputError
        Of another policy: the reason for hardship, a kind of evidence, the currency or its decimals.
    """
    asked, loan, home = filled.application, filled.loan, filled.household
    known = [each.code for each in rules.hardships]
    if asked.hardship not in known:
        raise InputError(Code.UNKNOWN_VALUE, "hardship", asked.hardship, f"one of {', '.join(known)}")
    kinds = [each.code for each in rules.evidence]
    for kind in asked.batch.evidence:
        if kind not in kinds:
            raise InputError(Code.UNKNOWN_VALUE, "evidence", kind, f"one of {', '.join(kinds)}")
    if loan.currency not in ("", policy.currency):
        rule = f"the policy's: {policy.currency}"
        raise InputError(Code.UNKNOWN_VALUE, "loan.currency", loan.currency, rule)
    for part, of in (("application", asked), ("loan", loan), ("household", home)):
        if of.decimals != policy.decimals:
            rule = f"the policy's: {policy.decimals}"
            raise InputError(Code.UNKNOWN_VALUE, f"{part}.decimals", of.decimals, rule)
    instalment = int(present_instalment(loan.batch)[0])
    facts: dict[str, object] = {name: getattr(asked, name) for name in APPLIED}
    for name, value in (*asked.columns.items(), *(loan.columns or {}).items()):
        if facts.get(name) is None:
            facts[name] = _beside(name, value, policy.decimals)
    facts |= {"id": asked.id, "owed": to_decimal(int(loan.batch.owed[0]), loan.decimals)}
    facts["instalment"] = to_decimal(instalment, loan.decimals) if instalment else None
    facts |= {"adults": home.adults, "children": len(home.children), "dependants": home.dependants}
    facts |= {"tenure": home.tenure, "region": home.region}
    facts["other_debts"] = to_decimal(int(home.batch.other_debts[0]), home.decimals)
    listed = {kind_of(each) for each in home.items}
    for name in ("gross_income", "net_income"):
        income = getattr(home.batch, name)
        if income.given[0]:
            facts[name] = to_decimal(int(income.amount[0]), home.decimals)
        elif name in listed:
            facts[name] = FORM_WORDS["as_listed"]
    return facts


def _beside(name: str, value: object, decimals: int) -> object:
    """A column beside the application or the loan: a fact of applications by its kind, others as they are."""
    if name not in APPLIED:
        return str(value)
    screen = Screen(1)
    column = Column.read(screen, name, APPLIED[name].kind, [value], np.array([decimals]))
    for failure in screen.failures():
        raise failure.error()
    return column.shown(0)


def kind_of(item: Any) -> str:
    """What kind of item of income or spending it is, by the name of its column."""
    return "gross_income" if getattr(item, "gross", False) else str(item.kind)
