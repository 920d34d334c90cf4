"""Decisions by many policies on the same loans: what policies agree on is worked out once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from repayplan.ability.turns import MAX_MONTHS
from repayplan.basics.columns import RATE_DECIMALS, Screen
from repayplan.basics.dates import months_taken
from repayplan.basics.outcome import Bools, Failures, Ints
from repayplan.kernel.rules import MAX_PERIODS
from repayplan.offers.grounds import Grounds
from repayplan.offers.limit import ExtensionLimit
from repayplan.offers.policy import Policy
from repayplan.offers.proposal import Proposals
from repayplan.programmes.decided import Decided, Pool
from repayplan.programmes.decisioncolumns import columns_of
from repayplan.programmes.known import Block

CALM = 2.0**60
"""No plan on what can't come to more than this, by a wide margin, leaves the domain."""
LONGEST_PERIOD = 2
"""Years."""
UNKNOWN_RATE = 10.0
"""Taken for the annual rate of a loan whose rate changes over time."""
_SAYS_NOTHING: dict[str, Any] = {
    **dict.fromkeys(("name_zh", "acceptance", "merge", "review", "interim", "trial", "earned_waiver")),
    "name": "",
    "assumptions": (),
}
"""Fields of a policy that decisions don't look at."""


def alike(policies: Sequence[Policy]) -> list[list[int]]:
    """Numbers of policies that agree on all that decisions look at, but for how long plans may be.

    Each group's limits look at the same columns of the loans, and have the same gates.
    """
    groups: dict[tuple[Any, ...], list[int]] = {}
    any_limit = ExtensionLimit(max_new_plan_months=1)
    for number, policy in enumerate(policies):
        limit = policy.limit
        rest = replace(policy, limit=any_limit, **_SAYS_NOTHING)
        key = (rest.fingerprint, limit.columns, repr(limit.earlier))
        groups.setdefault(key, []).append(number)
    return list(groups.values())


def decide(block: Block, policies: Sequence[Policy]) -> Iterator[Decided]:
    """What policies that agree on all but how long plans may be decide on a block of loans.

    Equal to what each would decide by itself: the policy that allows the longest plans is asked about all
    loans, and a shorter limit's decision follows from that, or the loan is looked at again.

    Parameters
    ----------
    policies
        One of the groups of :func:`alike`.

    Notes
    -----
    Plans of one loan are preferred in an order that doesn't depend on the limit: by the step of the waterfall
    that was enough, by its degree, by those of the others. A tighter limit takes plans away and adds none.

    - What was enough comes before ``extend``, or is ``extend`` and the plan within the tighter limit too: all
      that is preferred to it was looked at and isn't affordable. The decision stays.
    - Nothing was affordable: of fewer plans nothing is. The decision stays; of ``extend``, less is granted in
      vain.
    - The plan is too long now, ``extend`` is the only step that lowers payments, and none comes after it: it
      was the shortest that is affordable, so nothing is.
    - Else later steps are granted with fewer instalments: the loan is looked at again, by itself.

    Where months differ, a refusal states what can be paid in the leanest month up to the limit, and is looked
    at again; so is whatever comes near the end of the domain, and all that minimums of paying off refuse.
    """
    longest, binding = _terms(block, policies)
    first = int(np.argmax(np.minimum(longest, MAX_PERIODS).sum(axis=1)))
    own = _Group.of(block, policies, longest, first)
    found = [own.decided(number) for number in range(len(policies))]
    pool = own.pool()
    for number, (at, failures) in enumerate(found):
        yield Decided(policies[number], pool, at, longest[number], binding[number], failures)


def _terms(block: Block, policies: Sequence[Policy]) -> tuple[Ints, Ints]:
    """int64 (policies, loans): the most instalments, and by which rule; -1 of loans whose columns are bad."""
    size, screen = len(block), Screen(len(block))
    read = policies[0].limit.read(block.loans, screen)
    read = read.replace(last_due=np.full(size, np.datetime64("NaT", "D")))  # a new plan has its own end
    good = np.flatnonzero(screen.good)
    longest, binding = (np.full((len(policies), size), -1) for _ in range(2))
    some = policies[0].limit.some(read, good)
    extends = any(step.step == "extend" for step in policies[0].steps)
    least = np.maximum(np.minimum(some.to_present_maturity, some.unpaid), 1)
    for number, policy in enumerate(policies):
        most, binding[number, good] = policy.limit.tightest(some)
        longest[number, good] = most if extends else np.minimum(most, least)
    return longest, binding


@dataclass(eq=False)
class _Group:
    """Decisions by policies that differ in their limit only, as they are come to.

    Attributes
    ----------
    made
        Decisions by the policy that allows the longest plans.
    rows, place
        The numbers of the loans of these; and of each loan of the block, its place among them, -1: none.
    parts
        All decisions so far: their columns and grounds.
    seen, taken
        int64, of each loan of the block: the last limit by which it was looked at by itself, and the place
        of that decision; -1: it wasn't looked at, for a limit may come out at any number.
    """

    block: Block
    policies: Sequence[Policy]
    longest: Ints
    first: int
    made: Proposals
    rows: Ints
    failures: Failures
    place: Ints
    parts: list[tuple[dict[str, Any], Grounds]]
    size: int
    seen: Ints
    taken: Ints

    @classmethod
    def of(cls, block: Block, policies: Sequence[Policy], longest: Ints, first: int) -> _Group:
        """The group, decided on by the first of the policies to be asked."""
        size = len(block)
        made, rows, failures = block.proposed(np.arange(size), policies[first])
        place = np.full(size, -1)
        place[rows] = np.arange(len(rows))
        none = np.full(size, -1)
        group = cls(block, policies, longest, first, made, rows, failures, place, [], 0, none, none.copy())
        group.add(made, rows)
        return group

    def add(self, made: Proposals, rows: Ints) -> Ints:
        """Keeps decisions; returns their places."""
        known = self.block.known_of(made.policy)
        plans = known.of_plans(made, rows, self.block.worth)
        grounds = made.grounds(known.longer(made, rows))
        known.learn(made, rows, grounds)
        self.parts.append((columns_of(made, self.block.present[rows], plans, self.block.worth), grounds))
        self.size += len(made)
        return np.arange(self.size - len(made), self.size)

    def pool(self) -> Pool:
        """All decisions that were come to."""
        names = self.parts[0][0]
        joined = {name: np.concatenate([part[name] for part, _ in self.parts]) for name in names}
        return Pool(joined, Grounds.joined([grounds for _, grounds in self.parts]))

    def decided(self, number: int) -> tuple[Ints, Failures]:
        """The place of each loan's decision by a policy, and who has none."""
        if number == self.first:
            return self.place.copy(), self.failures
        length, at = self.longest[number], np.full(len(self.block), -1)
        same, refused, too_long = self._all_follow[number]
        at[self.rows[same | refused]] = np.flatnonzero(same | refused)
        mine = np.flatnonzero(too_long)
        if len(mine):
            at[self.rows[mine]] = self._refusals[mine]
        # Who failed with the longest plans may not with shorter ones.
        failed = length[self.failures.row] == self.longest[self.first][self.failures.row]
        failures = self.failures.take(np.flatnonzero(failed))
        alone = np.zeros(len(self.block), np.bool_)
        alone[self.failures.row[~failed]] = True
        alone[self.rows[~(same | refused | too_long)]] = True
        again = alone & (self.taken >= 0) & (self.seen == length)
        at[again] = self.taken[again]
        rows = np.flatnonzero(alone & ~again)
        if len(rows):
            made, good, more = self.block.proposed(rows, self.policies[number])
            at[good] = self.add(made, good)
            self.seen[good], self.taken[good] = length[good], at[good]
            failures = failures.and_then(more)
        return at, failures

    @cached_property
    def _all_follow(self) -> list[tuple[Bools, Bools, Bools]]:
        """The same by each of the policies."""
        return [self._follows(each[self.rows]) for each in self.longest]

    def _follows(self, most: Ints) -> tuple[Bools, Bools, Bools]:
        """Of which decisions the same follows if plans may be so long at most; a refusal; a new refusal."""
        made, before = self.made, self.longest[self.first][self.rows]
        eligible, offered = (np.asarray(each, np.bool_) for each in (made.eligible, made.offered))
        shortest = made.shortest
        tighter, closed = eligible & (most < before), most < shortest
        same = ~eligible | (most == before)
        same |= tighter & offered & self._first_enough & (made.instalments <= most) & ~closed
        known = ~self._months_differ
        refused = tighter & ~offered & known & (closed | (self._proven & (before >= shortest)))
        if not self._only_longer:
            shorter = closed & (not self._waives)
        else:
            shorter = closed | (self._first_enough & self._proven & (made.instalments > most))
        too_long = tighter & offered & known & shorter
        return same, refused, too_long

    @cached_property
    def _steps(self) -> list[str]:
        return [step.step for step in self.made.policy.steps]

    @cached_property
    def _in_order(self) -> bool:
        return self.made.policy.strategy.aim == "in_order"

    @cached_property
    def _waives(self) -> bool:
        """Whether offers state amounts that refusals don't."""
        return "waive" in self._steps

    @cached_property
    def _only_longer(self) -> bool:
        """Whether more time is all that lowers payments, and is the last step."""
        steps = self._steps
        others = [step for step in self.made.policy.steps if not step.shifting and step.step != "extend"]
        return self._in_order and steps[-1:] == ["extend"] and not others

    @cached_property
    def _first_enough(self) -> Bools:
        """Who needs nothing that comes after more time, none held back."""
        if not self._in_order:
            return np.zeros(len(self.made), np.bool_)
        steps = self._steps
        last = steps.index("extend") if "extend" in steps else len(steps)
        within = months_taken(self.longest[self.first][self.rows], self._often) < MAX_MONTHS
        known = ~self._months_differ | within
        return ~np.asarray(self.made.held_back, np.bool_) & (self.made.last_step <= last) & known

    @cached_property
    def _often(self) -> Ints:
        return self.made.loans.frequency[self.made.row]

    @cached_property
    def _months_differ(self) -> Bools:
        return self.made.dated

    @cached_property
    def _proven(self) -> Bools:
        """Whose refusal by fewer plans is the same: none comes near the end of the domain, none is slow."""
        made = self.made
        if made.policy.amortisation.any or not (self._in_order or self._only_longer):
            return np.zeros(len(made), np.bool_)
        rate = made.loans.annual_rate[made.row] / 10**RATE_DECIMALS
        rate = np.where(made.loans.rate_index[made.row] >= 0, UNKNOWN_RATE, np.maximum(rate, 0))
        idle = sum(step.months or 0 for step in made.policy.steps if step.step == "holiday")
        with np.errstate(over="ignore"):
            grown = np.exp((idle / 12 + LONGEST_PERIOD) * rate)
            most = made.opening_balance * (1 + LONGEST_PERIOD * rate) * MAX_PERIODS * grown
        calm = np.flatnonzero(most < CALM)
        out = np.zeros(len(made), np.bool_)
        if len(calm):
            out[calm] = made.keepable(calm)
        return out

    @cached_property
    def _refusals(self) -> Ints:
        """The places of refusals for those whose plan is too long under a tighter limit."""
        made = self.made
        out, wanted, least = np.full(len(made), -1), np.zeros(len(made), np.bool_), np.full(len(made), -1)
        for length, (_, _, mine) in zip(self.longest, self._all_follow, strict=True):
            wanted |= mine
            # A limit that leaves plans to look at, where there is one.
            least = np.where(mine, np.maximum(least, length[self.rows]), least)
        rows = np.flatnonzero(wanted)
        some, most, count = made.take(rows), least[rows], len(rows)
        steps = self._steps
        degree = np.zeros((count, len(steps)), np.int64)
        if "extend" in steps:
            degree[:, steps.index("extend")] = np.maximum(most - some.shortest, 0)
        refusals = replace(
            some,
            offered=np.zeros(count, np.bool_),
            method=np.zeros(count, np.int64),
            instalments=np.zeros(count, np.int64),
            longest=most,
            degree=degree,
            last_step=np.full(count, len(steps)),
            held_back=np.zeros(count, np.bool_),
        )
        out[rows] = self.add(refusals, self.rows[rows])
        return out
