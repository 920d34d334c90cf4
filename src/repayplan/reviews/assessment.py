"""The review of applications by a policy: is it complete, is it eligible, does it need a person; and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import overload

import numpy as np

from repayplan.basics.arguments import one_date
from repayplan.basics.columns import Screen
from repayplan.basics.dates import DAY, Days
from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Bools, Ints, Outcome, Texts
from repayplan.offers.behind import OfLoan, OfLoans, batches, counted
from repayplan.offers.case import Case, case_of
from repayplan.offers.factcolumn import Column
from repayplan.offers.means import assessed
from repayplan.offers.policy import Policy
from repayplan.offers.reviewrules import EFFECTS, ReviewRule, ReviewRules
from repayplan.offers.wayahead import policy_rules
from repayplan.plans.loan import Loan, Loans
from repayplan.reviews.application import Application, Applications, Received
from repayplan.reviews.derived import Cases
from repayplan.reviews.finding import Finding
from repayplan.reviews.foreseen import least_surplus
from repayplan.reviews.judgement import RESULTS, Need, Result, earliest, judged, lacking, needs_of, results


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What the review of one application came to.

    Attributes
    ----------
    application
        Its id.
    on
        The day of the review.
    result
        ``approved``, ``declined``, ``needs_evidence`` or ``needs_person``.
    findings
        Every reason against an approval, those of the strongest effect first.
    facts
        Every fact that the application states or the rules ask for (None: not known).
    fingerprint
        Of the policy.
    policy
        The rules.
    case
        The loan, what is owed on it, the household and the policy: opinions and decisions are held against
        these.

    Raises
    ------
    InputError
        The case is of another policy.
    """

    application: str
    on: date
    result: Result
    findings: tuple[Finding, ...]
    facts: Mapping[str, object]
    fingerprint: str
    policy: Policy = field(repr=False)
    case: Case = field(repr=False)

    def __post_init__(self) -> None:
        if not self.case.same_rules(self.policy):
            found = self.case.policy.fingerprint
            raise InputError(Code.OTHER_POLICY, "case.policy", self.policy.fingerprint, limit=found)

    @property
    def rules(self) -> ReviewRules:
        """The section ``[review]`` of the policy."""
        return _rules(self.policy)


@dataclass(frozen=True, eq=False, kw_only=True)
class Reviews:
    """Reviews of a batch: one value per good row, in the caller's order.

    Attributes
    ----------
    policy, on
        The rules, and the day of the review.
    row, id
        int64 and text; the caller's row number and the id of each application.
    result
        int64; index into :data:`RESULTS`.
    holds, unjudged
        bool[rules, rows]; where a rule of the policy's holds, and where it can't be judged because a fact
        isn't known.
    missing, outdated
        bool[needs, rows]; where no evidence for a need was received, and where all of it is too old.
    loans, households
        All of them, as they were given and as the policy counts them.
    facts, evidence
        By name and kind, what the applications state and the rules asked for; and what was received.
    """

    policy: Policy
    loans: Loans
    households: OfLoans
    on: date
    row: Ints
    id: Texts
    result: Ints
    holds: Bools
    unjudged: Bools
    missing: Bools
    outdated: Bools
    facts: Mapping[tuple[str, str], Column]
    evidence: Mapping[str, Received]
    needs: tuple[Need, ...]

    @property
    def rules(self) -> ReviewRules:
        """The section of the policy."""
        return _rules(self.policy)

    @cached_property
    def fingerprint(self) -> str:
        """Of the policy."""
        return self.policy.fingerprint

    def __len__(self) -> int:
        return len(self.row)

    def __repr__(self) -> str:
        return f"Reviews({len(self)} applications: {self.counts})"

    def __iter__(self) -> Iterator[Review]:
        return (self.one(i) for i in range(len(self)))

    @property
    def counts(self) -> dict[Result, int]:
        """How many applications came to each result."""
        found = np.bincount(self.result, minlength=len(RESULTS))
        return dict(zip(RESULTS, found.tolist(), strict=True))

    def whose(self, code: str) -> Bools:
        """The applications with a reason, by its code (bool).

        Raises
        ------
        InputError
            Neither the policy nor the package has such a reason.
        """
        codes: dict[str, Bools] = {
            Code.EVIDENCE_MISSING.value: self.missing,
            Code.EVIDENCE_OUTDATED.value: self.outdated,
            Code.MISSING.value: self.unjudged,
        }
        for reason in self.rules.reasons:
            mine = [i for i, rule in enumerate(self.rules.rules) if rule.reason == reason.code]
            codes[reason.code] = self.holds[mine]
        if code not in codes:
            raise InputError(Code.UNKNOWN_VALUE, "code", code, f"one of {', '.join(codes)}")
        return np.asarray(codes[str(code)].any(axis=0))

    def findings(self, i: int) -> tuple[Finding, ...]:
        """Every reason against an approval of row ``i``, those of the strongest effect first."""
        rules = self.rules
        found = []
        for rule in (rules.rules[n] for n in np.flatnonzero(self.holds[:, i])):
            values = [self.facts[c.field, str(c.kind)].shown(i) for c in rule.asked]
            found += [Finding.of_rule(rules, rule, *values)]
        for rule in (rules.rules[n] for n in np.flatnonzero(self.unjudged[:, i])):
            found += [Finding.of_unknown(rules, rule, name) for name in self._unknown(rule, i)]
        for n in np.flatnonzero(self.missing[:, i]):
            found += [Finding.of_evidence(rules, Code.EVIDENCE_MISSING, self.needs[n].need.any_of)]
        found += [self._outdated(self.needs[n], i) for n in np.flatnonzero(self.outdated[:, i])]
        return tuple(sorted(dict.fromkeys(found), key=lambda finding: EFFECTS.index(finding.effect)))

    def _unknown(self, rule: ReviewRule, i: int) -> list[str]:
        """The facts of a rule that aren't known of row ``i``."""
        asked = (each for c in rule.conditions if c.needs_value for each in c.asked)
        facts = [(c.field, self.facts[c.field, str(c.kind)]) for c in asked]
        return [name for name, column in facts if not column.given[i]]

    def _outdated(self, need: Need, i: int) -> Finding:
        """The newest document for a need, and the date that it would have to have."""
        held = {kind: self.evidence[kind].dated[i] for kind in need.need.any_of if kind in self.evidence}
        newest = max((kind for kind in held if not np.isnat(held[kind])), key=lambda kind: held[kind])
        least = earliest(self.rules.kind(newest), self.on)
        return Finding.of_evidence(
            self.rules, Code.EVIDENCE_OUTDATED, (newest,), str(held[newest]), str(least)
        )

    def one(self, i: int) -> Review:
        """Row ``i`` for a person."""
        return Review(
            application=str(self.id[i]),
            on=self.on,
            result=RESULTS[int(self.result[i])],
            findings=self.findings(i),
            facts={name: column.shown(i) for (name, _), column in self.facts.items()},
            fingerprint=self.fingerprint,
            policy=self.policy,
            case=case_of(self.loans, self.households, self.policy, int(self.row[i])),
        )


@overload
def review(
    applications: Application,
    loans: Loan,
    households: OfLoan,
    policy: Policy,
    *,
    on: date | str,
) -> Review: ...
@overload
def review(
    applications: Applications,
    loans: Loans,
    households: OfLoans,
    policy: Policy,
    *,
    on: date | str,
) -> Outcome[Reviews]: ...
def review(
    applications: Application | Applications,
    loans: Loan | Loans,
    households: OfLoan | OfLoans,
    policy: Policy,
    *,
    on: date | str,
) -> Review | Outcome[Reviews]:
    """What a policy's ``[review]`` makes of applications: approved, declined, or what is needed first.

    Every rule is judged, and every reason kept. An application is declined where any rule that declines
    holds; else it needs evidence, or else a person, where any rule says so or evidence is missing or too
    old. A rule whose fact isn't known has the effect of its ``when_missing``.

    What can be paid is worked out as :func:`~repayplan.propose` does, by the policy's guidelines too. Where
    items are dated or the policy foresees something (``outlook``), ``surplus`` and ``instalment_gap`` are
    those of the leanest month from the first period of a new plan to the end of the longest that the limit
    allows: whom a review finds able to pay is so all along. Every other figure is as assessed.

    Parameters
    ----------
    applications, loans, households
        One of each, or batches of as many rows: row i of each belongs to row i of the others.
    policy
        The rules.
    on
        The day of the review.

    Returns
    -------
    :class:`Review`; for batches an Outcome of :class:`Reviews`.

    Raises
    ------
    InputError
        The policy has no ``[review]``, asks for a column that isn't there, or doesn't know a kind of
        evidence. For one application: a fault of its figures.
    TypeError
        The batches differ in length.
    """
    if not isinstance(applications, Application if isinstance(loans, Loan) else Applications):
        msg = "one application, loan and household, or batches of them"
        raise TypeError(msg)
    every, behind, _ = batches(loans, households)
    if isinstance(applications, Application):
        return review(applications.batch, every, behind, policy, on=on).single().one(0)
    if not len(applications) == len(every) == len(behind):
        msg = f"{len(applications)} applications, {len(every)} loans, {len(behind)} households"
        raise TypeError(msg)
    behind = counted(every, behind, policy)
    rules, today = _rules(policy), one_date("on", on)
    for name in applications.evidence:
        if name not in (kinds := [kind.code for kind in rules.evidence]):
            raise InputError(Code.UNKNOWN_VALUE, "evidence", name, f"one of {', '.join(kinds)}")
    screen = Screen(len(applications))
    screen.adopt(applications.failures)
    screen.adopt(every.failures)
    mixed = applications.decimals != every.decimals
    screen.fault(mixed, Code.UNKNOWN_VALUE, "decimals", applications.decimals, every.decimals)
    income = policy_rules(policy).income
    can = assessed(every, behind, policy, screen)
    hardship = applications.facts["hardship"].cells
    codes = [reason.code for reason in rules.hardships]
    screen.fault(~np.isin(hardship, codes), Code.UNKNOWN_VALUE, "hardship", hardship, ", ".join(codes))
    _not_after(screen, "applied_on", applications.facts["applied_on"].cells.astype(DAY), today)
    for name, received in applications.evidence.items():
        _not_after(screen, f"evidence.{name}", received.dated, today)
    least = least_surplus(every, behind, policy, screen, can)
    cases = Cases(
        applications=applications, loans=every, households=behind, able=can.row, capacities=can.value,
        least=least, covers=policy.allowance.covers, income=income, on=today, screen=screen,
    )  # fmt: skip
    asked = (each for rule in rules.rules for condition in rule.conditions for each in condition.asked)
    facts = {(name, str(column.kind)): column for name, column in applications.facts.items()}
    facts |= {(c.field, str(c.kind)): cases.fact(c) for c in asked}
    needs = needs_of(rules)
    row = np.flatnonzero(screen.good)
    facts = {name: column.take(row) for name, column in facts.items()}
    evidence = {name: received.take(row) for name, received in applications.evidence.items()}
    holds, unjudged = judged(rules, facts, len(row))
    missing, outdated = lacking(rules, needs, evidence, hardship[row], today)
    reviews = Reviews(
        policy=policy, loans=every, households=behind, on=today, row=row, id=applications.id[row],
        result=results(rules, holds, unjudged, missing | outdated),
        holds=holds, unjudged=unjudged, missing=missing, outdated=outdated,
        facts=facts, evidence=evidence, needs=needs,
    )  # fmt: skip
    return Outcome(reviews, row, screen.failures())


def _rules(policy: Policy) -> ReviewRules:
    """The section ``[review]`` of a policy."""
    if policy.review is None:
        raise InputError(Code.MISSING, "review", None, "the policy has no section [review]")
    return policy.review


def _not_after(screen: Screen, name: str, dates: Days, on: date) -> None:
    """Marks the rows with a date after the review."""
    late = dates > np.datetime64(on)
    screen.fault(late, Code.DATES_OUT_OF_ORDER, name, lambda row: dates[row].astype(np.str_), f"<= {on}")
