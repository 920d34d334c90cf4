"""Rules and needs judged for a batch of cases: arrays in, arrays out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

import numpy as np

from repayplan.basics.outcome import Bools, Ints, Texts
from repayplan.offers.factcolumn import Column
from repayplan.offers.hardship import EvidenceKind, EvidenceNeed
from repayplan.offers.reviewrules import EFFECTS, ReviewRules
from repayplan.reviews.application import Received

Result = Literal["approved", "declined", "needs_evidence", "needs_person"]
RESULTS: tuple[Result, ...] = get_args(Result)
"""What a review can come to; the first where nothing speaks against it, then the strongest first."""


@dataclass(frozen=True, slots=True)
class Need:
    """A need for evidence of every application, or (``hardship``) of those with one reason."""

    hardship: str | None
    need: EvidenceNeed


def needs_of(rules: ReviewRules) -> tuple[Need, ...]:
    """All needs of the rules, those of every application first."""
    own = [Need(reason.code, need) for reason in rules.hardships for need in reason.needs]
    return (*(Need(None, need) for need in rules.needs), *own)


def judged(rules: ReviewRules, facts: Mapping[tuple[str, str], Column], size: int) -> tuple[Bools, Bools]:
    """Which rules hold for which cases, and which can't be judged and say what then (bool[rules, cases])."""
    holds = np.zeros((len(rules.rules), size), np.bool_)
    unjudged = np.zeros_like(holds)
    for n, rule in enumerate(rules.rules):
        holds[n], fails = True, np.zeros(size, np.bool_)
        for condition in rule.conditions:
            held, known = condition.holds(*(facts[c.field, str(c.kind)] for c in condition.asked))
            holds[n] &= held
            # One condition that is known not to hold decides, whatever the others would say.
            fails |= known & ~held
        if rule.when_missing != "passes":
            unjudged[n] = ~holds[n] & ~fails
    return holds, unjudged


def earliest(kind: EvidenceKind, on: date) -> np.datetime64:
    """The earliest date of a document of a kind that isn't outdated."""
    if kind.valid_days is None:
        return np.datetime64(date.min)
    return np.datetime64(on) - np.timedelta64(kind.valid_days, "D")


def lacking(
    rules: ReviewRules, needs: tuple[Need, ...], evidence: Mapping[str, Received], hardship: Texts, on: date
) -> tuple[Bools, Bools]:
    """Which needs of which cases have no document, and which only outdated ones (bool[needs, cases])."""
    size = len(hardship)
    there, fresh = ({kind.code: np.zeros(size, np.bool_) for kind in rules.evidence} for _ in range(2))
    for name, received in evidence.items():
        there[name] = received.given
        fresh[name] = received.dated >= earliest(rules.kind(name), on)
    missing, outdated = (np.zeros((len(needs), size), np.bool_) for _ in range(2))
    for n, each in enumerate(needs):
        mine = np.ones(size, np.bool_) if each.hardship is None else hardship == each.hardship
        some, good = (np.any([found[kind] for kind in each.need.any_of], axis=0) for found in (there, fresh))
        missing[n], outdated[n] = mine & ~some, mine & some & ~good
    return missing, outdated


def results(rules: ReviewRules, holds: Bools, unjudged: Bools, lacking: Bools) -> Ints:
    """Index into :data:`RESULTS`: the strongest effect of all."""
    by_effect = {effect: np.zeros(holds.shape[1], np.bool_) for effect in EFFECTS}
    by_effect["needs_evidence"] |= lacking.any(axis=0)
    for n, rule in enumerate(rules.rules):
        by_effect[rule.effect] |= holds[n]
        if rule.when_missing != "passes":
            by_effect[rule.when_missing] |= unjudged[n]
    chosen = np.select(list(by_effect.values()), list(range(1, len(RESULTS))), 0)
    return np.asarray(chosen, np.int64)
