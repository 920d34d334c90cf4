"""Why no plan is offered to some loans of a batch, and what would change that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np

from repayplan.ability.allowance import ShareOf
from repayplan.ability.capacities import NOTHING_LEFT
from repayplan.ability.capacity import with_more_income
from repayplan.ability.obligors import Obligors
from repayplan.basics.columns import Screen
from repayplan.basics.errors import Code
from repayplan.basics.money import to_decimal
from repayplan.basics.outcome import Bools, Ints
from repayplan.basics.reason import Reason
from repayplan.offers.amortisation import ANY
from repayplan.offers.arrears import first_paid, spread_of
from repayplan.offers.facts import OF_STATUS
from repayplan.offers.grounds import Grounds
from repayplan.offers.leastplans import least_plans, of_status
from repayplan.offers.lefttoliveon import LeftToLiveOn
from repayplan.offers.levers import INCOMES, Levers
from repayplan.offers.means import Means, months_ahead
from repayplan.offers.relaxation import longer_does, relaxations
from repayplan.offers.room import Room
from repayplan.offers.search import Candidates
from repayplan.offers.shortcomings import Shortcoming, shortcomings
from repayplan.offers.strategy import IN_ORDER
from repayplan.offers.wayahead import policy_rules


@dataclass(frozen=True, eq=False)
class Refusals(LeftToLiveOn):
    """Decisions, and why no plan is offered where none is, and what would change that."""

    @cached_property
    def levers(self) -> Levers:
        """For every row that is eligible and not offered, what each lever alone would have to give."""
        rows = np.flatnonzero(self.eligible & ~self.offered)
        mine, rule = self.row[rows], self.policy.arrears
        loans = self._some(mine)
        looked_for = ("net_income", "gross_income")[: 1 + policy_rules(self.policy).rises_with_gross]
        return relaxations(
            first_paid(loans, rule),
            self.policy,
            index=rows,
            room=self.means.take(mine).room(loans, self.longest[rows]).less(spread_of(loans, rule)),
            earning={name: self._earning(rows, of) for name, of in INCOMES.items() if of in looked_for},
            dated=self.dated[rows],
            ahead=lambda some, longest, more=None, of="net_income": self._ahead(
                rows[some], longest, more, of
            ),
            shortest=self.shortest[rows],
            longest=self.longest[rows],
            most=self.means.bounded(np.full(len(self.loans), np.iinfo(np.int64).max))[mine],
        )

    def _ahead(self, rows: Ints, longest: Ints, more: Ints | None, of: ShareOf) -> Room:
        """What some can pay in each period of such long plans; nothing from a month with a fault on."""
        mine = self.row[rows]
        loans, homes = self.loans.take(mine), self.households.take(mine)
        extra = None if more is None else more // loans.finer
        usual = Means(np.zeros(len(mine), np.int64), most=self.means.take(mine).most)
        means = months_ahead(loans, homes, self.policy, longest, usual, None, more=extra, of_income=of)
        return means.room(loans, longest).less(spread_of(loans, self.policy.arrears))

    def _earning(self, rows: Ints, of: ShareOf) -> Callable[[Ints], Ints]:
        """What some of the households have left a month with so much more income, signed.

        In the units of the loans; of the income in the household's own, as it is stated.
        """
        policy, mine = self.policy, self.row[rows]
        scale, decimals = self.loans.finer[mine], self.households.decimals[mine]
        before, rules = self.capacities.before_contingency[rows] // scale, policy_rules(policy)
        follows = policy.allowance.follows_net_income
        follows |= any(rule.follows_net_income for rule in policy.assumed)
        follows |= policy.target is not None or policy.creditors.pro_rata is not None
        follows |= of == "gross_income"
        behind = self.households
        if isinstance(behind, Obligors):
            some = behind.take(mine)

            def of_several(more: Ints) -> Ints:
                own = np.where(some.bears, (more // scale)[some.of], 0)
                left = with_more_income(some.households, own, rules, of)
                gone = some.added((left == NOTHING_LEFT).astype(np.int64)) > 0
                together = some.together(some.parts(np.where(left == NOTHING_LEFT, 0, left)))
                return np.where(gone, NOTHING_LEFT, np.where(gone, 0, together) * scale)

            return of_several
        homes = behind.take(mine) if follows else None

        def earning(more: Ints) -> Ints:
            if homes is None:
                left = before + more // scale
                left = left - policy.contingency.monthly(left, decimals)
            else:
                left = with_more_income(homes, more // scale, rules, of)
            out = left == NOTHING_LEFT
            return np.where(out, NOTHING_LEFT, np.where(out, 0, left) * scale)

        return earning

    def relaxations(self) -> dict[str, Ints]:
        """The levers as columns over all rows of the batch; -1 where none helps or none is needed."""
        return self.levers.columns(len(self))

    def rules_needed(self) -> dict[Code, Ints]:
        """What the rules of the limit would have to say, as columns over all rows of the batch.

        See :func:`~repayplan.offers.raising.needed`; -1 where a rule isn't in the way, or nothing helps.
        """
        return self.levers.rule_columns(len(self))

    @cached_property
    def reasons_hold(self) -> dict[Code, Bools]:
        """For each reason against an offer, in the order in which they are stated: whose it is (bool)."""
        return self._reasons(self._rests_on(self.instalment_after >= 0, self.relaxations()["months"] >= 0))

    def _reasons(self, grounds: Grounds) -> dict[Code, Bools]:
        terms = self.shortest, self.longest, self.binding_limit, self.capacity
        return grounds.reasons(self.eligible & ~self.offered, *terms)

    def _rests_on(self, lowest: Bools, longer: Bools) -> Grounds:
        most, count = self.means.most, len(self)
        return Grounds(
            closed={
                Code.NOT_ELIGIBLE: ~of_status(self.contracts, self.policy)[self.row],
                **{gate.code: gate.closed[self.row] for gate in self._gates},
            },
            below=self.below_allowance,
            alone=policy_rules(self.policy).alone,
            payable=np.ones(count, np.bool_) if most is None else most[self.row] > 0,
            by_target=self._by_target,
            lowest=lowest,
            longer=longer,
            slow=self._too_slow,
        )

    def grounds(self, known: tuple[Bools, Bools] | None = None) -> Grounds:
        """What the reasons rest on, worked out without the levers and the lowest plans where it can be.

        Every plan without an extension that can be kept is one within the limit; and whether a longer plan is
        affordable is known before the least extension is. Of those refused alone.

        Parameters
        ----------
        known
            bool; of which rows it is known already whether a longer plan is affordable, and whether one is.
        """
        lowest, longer = np.zeros(len(self), np.bool_), np.zeros(len(self), np.bool_)
        refused = self.eligible & ~self.offered & (self.longest >= self.shortest)
        whole = refused & (self.dated | self.policy.amortisation.any)
        quick = np.flatnonzero(refused & ~whole)
        if len(quick):
            lowest[quick] = self.keepable(quick)
            open_ = quick
            if known is not None:
                longer[quick] = known[1][quick]
                open_ = quick[~known[0][quick]]
            if len(open_):
                longer[open_] = self._longer(open_)
        for rows in (np.flatnonzero(whole), quick[~lowest[quick]]):
            if len(rows):
                lowest[rows] = self._taken(rows).instalment_after >= 0
        rows = np.flatnonzero(whole)
        if len(rows):
            longer[rows] = self._taken(rows).relaxations()["months"] >= 0
        return self._rests_on(lowest, longer)

    def _longer(self, some: Ints) -> Bools:
        """Which of some rows, whose months don't differ, have an affordable plan beyond the limit."""
        mine, rule = self.row[some], self.policy.arrears
        loans, terms = self._some(mine), (self.shortest[some], self.longest[some])
        room = self.means.take(mine).room(loans, terms[1]).less(spread_of(loans, rule))
        return longer_does(first_paid(loans, rule), self.policy, room, *terms)

    def keepable(self, some: Ints) -> Bools:
        """Of which of some rows a plan without an extension can be kept, with the steps as they stand."""
        loans, rows = first_paid(self._conceded, self.policy.arrears), self.row[some]
        length, out = np.zeros(len(self.loans), np.int64), np.zeros(len(some), np.bool_)
        length[rows] = self.shortest[some]
        spread = spread_of(self._conceded, self.policy.arrears)
        for name in self.methods:
            own = spread if spread.amounts.any() else None
            plans = Candidates(loans, rows, name, length, self.policy.amortisation, own)
            out |= plans.measure(length).peak[rows] >= 0
        return out

    @cached_property
    def _by_target(self) -> Bools:
        """Of those refused: who could pay more in the leanest period, but for the policy's targets."""
        out, target = np.zeros(len(self), np.bool_), self.policy.target
        rows = np.flatnonzero(self.eligible & ~self.offered)
        if target is not None and target.alone:
            out[rows] = True
        elif (target is not None or self.means.most is not None) and len(rows):
            mine, longest, free = self.row[rows], self.longest[rows], replace(self.policy, target=None)
            loans, homes = self.loans.take(mine), self.households.take(mine)
            usual = Means(np.zeros(len(mine), np.int64))
            left = months_ahead(loans, homes, free, longest, usual, None).room(loans, longest)
            out[rows] = left.least(longest) > self.capacity[rows]
        return out

    @cached_property
    def _too_slow(self) -> dict[Code, Bools]:
        """By minimum of paying off: for whom there is an affordable plan that misses it."""
        out: dict[Code, Bools] = {}
        for each in self._missed:
            out[each.code] = out.get(each.code, np.zeros(len(self), np.bool_)) | each.who
        return out

    @cached_property
    def _missed(self) -> tuple[Shortcoming, ...]:
        """What the plans of those that are refused would miss if there were no minimums of paying off."""
        rows = np.flatnonzero(self.eligible & ~self.offered & (self.longest >= self.shortest))
        if not (self.policy.amortisation.any and len(rows)):
            return ()
        free = replace(self.policy, amortisation=ANY, strategy=IN_ORDER)
        mine = self.row[rows]
        some = self._some(mine)
        found = least_plans(some, self.means.take(mine), np.ones(len(rows), np.bool_), free)
        columns: dict[str, Any] = {each.name: getattr(self, each.name) for each in fields(self)}
        for name, column in (
            ("offered", found.length > 0),
            ("instalments", found.length),
            ("method", found.method),
            ("degree", found.degree),
        ):
            columns[name] = np.zeros_like(columns[name])
            columns[name][rows] = column
        other = type(self)(**(columns | {"policy": free}))
        made = other.schedules
        place = np.full(len(self.loans), -1)
        place[self.row] = np.arange(len(self))
        mine = place[made.row]
        kind = np.array([name == "interest_only" for name in self.methods])[other.method[mine]]
        whole = kind & (other.instalments[mine] - other.put_off[mine] > 1)
        often, minimums = self.loans.frequency[made.row], self.policy.amortisation
        missed = shortcomings(made, often, minimums, other.forborne[mine], whole)
        return tuple(each.spread(mine, len(self)) for each in missed)

    def reasons(self, i: int) -> tuple[Reason, ...]:
        """Why row ``i`` isn't offered a plan; empty where it is."""
        return tuple(self._reason(code, i) for code, whose in self.reasons_hold.items() if whose[i])

    def _reason(self, code: Code, i: int) -> Reason:
        """A reason of row ``i`` with its figures."""
        d = int(self.decimals[i])
        zero, longest = to_decimal(0, d), int(self.longest[i])
        if code is Code.NOT_ELIGIBLE:
            status = Screen(len(self.loans)).text(self.contracts.extra["status"])[self.row[i]]
            return Reason(code, "status", str(status), ", ".join(self.policy.statuses or ()), OF_STATUS)
        if code is Code.BELOW_ALLOWANCE:
            return Reason(code, "surplus", to_decimal(-int(self.surplus[i]), d), zero)
        if code is Code.ABOVE_TARGET:
            above = max(-int(self.capacities.surplus[i]), 0)
            return Reason(code, "surplus", to_decimal(above, d), zero)
        if code is Code.NO_CAPACITY:
            # In the period in which the least can be paid, where months differ.
            differs = bool(self.dated[i])
            left = min(int(self.surplus[i]), 0) if differs else int(self.surplus[i])
            return Reason(code, "surplus", to_decimal(left, d), zero)
        if code in (Code.OVER_CAPACITY, Code.OVER_TARGET):
            lowest, can = (int(x[i]) for x in (self.instalment_after, self.capacity))
            return Reason(code, "instalment", to_decimal(lowest, d), to_decimal(can, d))
        for gate in self._gates:
            if code is gate.code:
                return gate.reason(int(self.row[i]))
        for each in self._missed:
            if code is each.code and each.who[i]:
                return Reason(code, each.field, each.figure(i), each.least)
        shortest = int(self.shortest[i])
        needed = shortest if code is Code.LIMIT_EXHAUSTED else longest
        return Reason(code, "instalments", needed, max(longest, 0))
