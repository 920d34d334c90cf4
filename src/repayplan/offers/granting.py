"""The least concession over all methods, and whether there is any: a refusal is proven."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from repayplan.basics.outcome import Bools, Ints, all_of, span
from repayplan.offers.amortisation import ANY, Amortisation
from repayplan.offers.balancebounds import repaid_by
from repayplan.offers.concession import Concession
from repayplan.offers.crossing import last
from repayplan.offers.granted import Granted, Left
from repayplan.offers.lowering import LOWERING, of_balance
from repayplan.offers.onefigure import NO_PAUSE, NONE
from repayplan.offers.paymentbounds import FIRST_COMPARED
from repayplan.offers.postponing import may_put_off, ways_to_put_off
from repayplan.offers.room import Room
from repayplan.offers.trying import Figure
from repayplan.offers.waterfall import in_order, least_degree
from repayplan.plans.loan import Loans

PAIRS = 16_384
"""Loans with a degree each that are looked at together."""
BY_UNITS = ("forbear", "forgive")
"""Steps whose degrees are minor units of the balance where they have no multiple."""
MOST_HELD_BACK = 1_024
"""So many degrees of a step are tried for each length from the first that no bound forbids."""
FEW = 256
"""As many of these take about as long as one."""


def grant(
    loans: Loans,
    rows: Ints,
    methods: Sequence[str],
    steps: Sequence[Concession],
    shortest: Ints,
    longest: Ints,
    room: Room,
    minimums: Amortisation = ANY,
) -> Granted:
    """The least that has to be granted to some loans for an affordable plan, and who can't have one at all.

    Each method's steps are granted in order (:func:`~repayplan.offers.waterfall.in_order`), and of all
    methods the one is taken whose last step comes first in the waterfall, of these the one with the least
    degree of it, then with the least degrees of the others, step by step; of equal ones the first method.

    Where nothing is found so, more of a lowering step may not serve: a longer plan reaches months in which
    less can be paid, a rounding takes back what is given up, what is forborne isn't repaid in time. Then
    lowering steps are held back: ``extend`` first, then the others in order, each at the least degree with
    which anything of the others is enough; and with what is held back, the others are granted in order, at
    least, as before. Nobody is refused for whom any combination of degrees is affordable by any method.

    Parameters
    ----------
    loans
        At their finest unit, arrears placed; all of a batch.
    rows
        Which of them are looked at, rising.
    methods
        Names of plans of one stage.
    steps
        In order.
    shortest, longest
        int64 of all loans; rows of the plan without any concession, and the most that the limit allows.
    room
        What can be paid in each period.
    minimums
        How fast a plan must repay principal; one that isn't as fast doesn't count as affordable. ``forbear``
        is taken to keep to the largest balloon.

    Notes
    -----
    The order in which plans are preferred doesn't depend on what can be paid. Who can pay at least as much in
    every period has all the plans to choose from that another has, and so is never granted more.
    """
    at = span(rows)
    waterfall = _Waterfall(tuple(methods), tuple(steps))
    left = Left(methods[0], loans.take(rows), rows, shortest[at], room.take(at), minimums)
    found = waterfall.least(left, longest[at])
    if len(rows) == len(loans):
        return found
    out = Granted.nothing(len(steps), len(loans))
    out.put(rows, found)
    return out


@dataclass(frozen=True, slots=True)
class _Waterfall:
    """Steps, some of them granted already: ``fixed`` are their numbers."""

    methods: tuple[str, ...]
    steps: tuple[Concession, ...]
    fixed: frozenset[int] = frozenset()

    def least(self, left: Left, longest: Ints) -> Granted:
        """What is granted to loans by all methods, to the others held back."""
        out = self._of_all_methods(left, longest)
        number = self._next(left.minimums)
        if number is None:
            return out
        rest = np.flatnonzero((out.length == 0) & ~out.broken)
        # How fast plans repay is told by their rows: to look at every balance costs more than it saves.
        if len(rest) and self.steps[number].step != "extend" and not left.minimums.any:
            rest = rest[self._possible(left.take(rest))]
        if len(rest):
            rest = rest[~self.too_slow(left.take(rest))]
        if len(rest):
            held = self._held_back(left.take(rest), longest[rest], number)
            some = np.flatnonzero(held.length > 0)
            held.held_back[some] = True
            used = held.degree[:, some] > 0
            held.last[some] = len(self.steps) - 1 - used[::-1].argmax(axis=0)
            out.put(rest[some], held.take(some))
        return out

    def _of_all_methods(self, left: Left, longest: Ints) -> Granted:
        """What is granted in order, by the method by which that is least."""
        out = in_order(replace(left, method=self.methods[0]), self.steps, longest, self.fixed)
        for number, method in enumerate(self.methods[1:], 1):
            some = np.flatnonzero((out.last >= 0) & ~out.broken)
            if not len(some):
                break
            before, mine = out.take(some), replace(left.take(some), method=method)
            other = in_order(mine, self.steps, longest[some], self.fixed, before)
            out.broken[some] |= other.broken & (before.length == 0)
            other.method[:] = number
            less = np.flatnonzero((other.length > 0) & other.less_than(before))
            out.put(some[less], other.take(less))
        return out

    def _next(self, minimums: Amortisation) -> int | None:
        """The lowering step that is held back first; None: in order, all that steps can do is looked at."""
        open_ = [number for number in range(len(self.steps)) if number not in self.fixed]
        lowering = [number for number in open_ if not self.steps[number].shifting]
        if not lowering or (len(lowering) == 1 and lowering == open_[-1:]):
            return None
        first = next((number for number in lowering if self.steps[number].step == "extend"), lowering[0])
        # Steps that take principal off unit by unit, one after the other, leave every balance down to the
        # least: of plans that needn't keep a pace, it is all the same which of them takes how much.
        units = all(self.steps[n].step in BY_UNITS and self.steps[n].multiple is None for n in lowering)
        if units and lowering == open_[-len(lowering) :] and not minimums.any:
            return None
        return first

    def too_slow(self, left: Left) -> Bools:
        """Which loans surely can't repay in time what they must, by any plan of these lengths or longer.

        Either not so much can be paid until then, whatever is forborne; or the shortest plan at the lowest
        rate repays too little, of which longer ones and those that begin later repay still less: too small a
        share, or, of level instalments that can be paid, too small an amount. Only what is given up lowers
        what must be repaid.
        """
        size, out = len(left), np.zeros(len(left), np.bool_)
        if not left.minimums.repaid_by or not size:
            return out
        whole, least = left.loans, left.loans
        for number, step in enumerate(self.steps):
            if number not in self.fixed and step.step in LOWERING and step.step != "forbear":
                kind = LOWERING[step.step]
                least = kind.changed(step, least, kind.top(step, least))
                if step.step == "cut_rate":
                    whole = kind.changed(step, whole, kind.top(step, whole))
        pace, fixed = left.minimums.pace(least), (whole.rate_index < 0) & (least.annual_rate >= 0)
        if pace is None:
            return out
        asked = least.balance - pace.left
        if left.room.spread is None:
            for by, amount in zip(pace.by, asked, strict=True):
                out |= fixed & (by < left.length) & (left.room.total(by) < amount)
        behind = fixed.copy()
        for method in self.methods:
            if not behind.any():
                break
            plans = replace(left, method=method).plans(NO_PAUSE)
            made, few = (plans.candidates(some, left.length, np.arange(size)) for some in (whole, least))
            if not (made.in_proportion and few.in_proportion):
                return out
            _, error = plans.candidates(left.loans, left.length, np.arange(size)).lacking(left.length)
            lags = [each.lacking(left.length)[0] > error + 2 for each in (made, few)]
            slow = np.logical_and(*lags).any(axis=0)
            if made.alike is not None and left.room.spread is None:
                can = made.bottleneck(left.length, plans.later)
                slow |= (asked > repaid_by(made.alike, pace.by, left.length, can) + error + 2).any(axis=0)
            behind &= slow
        return out | behind

    def _possible(self, left: Left) -> Bools:
        """For which loans a plan of these lengths is affordable at any balance that steps may leave.

        At each rate of theirs, all else at its most. What steps take off isn't asked for in their multiples,
        nor is what is set aside held against the pace: nobody is left out for whom any of their degrees do.
        """
        loans, shifts = left.loans, self._shifts()
        cut, least = None, loans
        for number, step in enumerate(self.steps):
            if number not in self.fixed and step.step in LOWERING:
                kind = LOWERING[step.step]
                if step.step == "cut_rate":
                    cut = step
                else:
                    least = kind.changed(step, least, kind.top(step, least))
        least, none = least.replace(set_aside=loans.set_aside), np.zeros(len(left), np.int64)
        top = none if cut is None else LOWERING["cut_rate"].top(cut, loans)

        def cut_by(some: Loans, degree: Ints) -> Loans:
            return some if cut is None else LOWERING["cut_rate"].changed(cut, some, degree)

        def hopeless(degree: Ints) -> Bools:
            return ~self._hopeful(replace(left, loans=cut_by(loans, np.maximum(degree, 0))))

        # What a plan can't be below never rises with a cut.
        degree = last(hopeless, none - 1, top, top) + 1
        out, open_ = np.zeros(len(left), np.bool_), np.flatnonzero(degree <= top)
        while len(open_):
            width = max(FEW // len(open_), 1)
            tried = degree[open_][:, None] + np.arange(width)
            within = tried <= top[open_][:, None]
            whose = np.repeat(open_, width)[within.ravel()]
            some = replace(left.each(whose), loans=cut_by(least.take(whose), tried[within]))
            found = np.zeros(len(whose), np.bool_)
            for method in self.methods:
                # Of interest only, no payment falls when the balance rises: the least balance decides.
                most = some.loans.balance if method == "interest_only" else loans.balance[whose]
                for way in ways_to_put_off(some.loans, shifts):
                    plans = replace(some, method=method).plans(way.pause)
                    payable = plans.payable & may_put_off(some.loans, shifts, way.taken) & ~found
                    kept = Figure(replace(plans, payable=payable), of_balance, 1)
                    found |= kept.most(most, most, above=some.loans.balance - 1) != NONE
            out[whose[found]] = True
            degree[open_] += width
            open_ = open_[~out[open_] & (degree[open_] <= top[open_])]
        return out

    def _held_back(self, left: Left, longest: Ints, number: int) -> Granted:
        """With the least degree of a step with which any of the others are enough."""
        step, size = self.steps[number], len(left)
        then = replace(self, fixed=self.fixed | {number})
        if step.step != "extend" and not then._lowers():
            return then._of_the_last(left, longest, number)
        low, top = then._hopeful_degrees(left, longest, number)
        out, open_, value = Granted.nothing(len(self.steps), size), np.flatnonzero(low <= top), low.copy()
        width = max(FEW // max(len(open_), 1), 1)
        while len(open_):
            # Several degrees of each, the least first.
            tried = value[open_][:, None] + np.arange(width)
            within = tried <= top[open_][:, None]
            whose, degree = np.repeat(open_, width)[within.ravel()], tried[within]
            pairs = then._with(left.each(whose), number, degree)
            some = np.flatnonzero(then._hopeful(pairs) & ~then.too_slow(pairs))
            got = then.least(pairs.each(some), longest[whose[some]])
            got.degree[number] = degree[some]
            hit = np.flatnonzero(got.length > 0)
            mine, first = np.unique(whose[some[hit]], return_index=True)
            out.put(mine, got.take(hit[first]))
            value[open_] += width
            open_ = open_[(out.length[open_] == 0) & (value[open_] <= top[open_])]
            width = max(min(2 * width, PAIRS // max(len(open_), 1)), 1)
        return out

    def _lowers(self) -> bool:
        """Whether any lowering step is still to be granted."""
        return any(n not in self.fixed and not step.shifting for n, step in enumerate(self.steps))

    def _shifts(self) -> dict[int, Concession]:
        return {number: step for number, step in enumerate(self.steps) if step.shifting}

    def _with(self, left: Left, number: int, degree: Ints) -> Left:
        """Loans with a degree of a step."""
        step = self.steps[number]
        if step.step == "extend":
            return replace(left, length=left.length + degree)
        return replace(left, loans=LOWERING[step.step].changed(step, left.loans, degree))

    def _of_the_last(self, left: Left, longest: Ints, number: int) -> Granted:
        """With the least degree of the only lowering step that isn't fixed yet, whatever is put off."""
        step, none = self.steps[number], np.zeros(len(left), np.int64)
        top = LOWERING[step.step].top(step, left.loans)
        degree = top + 1
        for method in self.methods:
            mine = replace(left, method=method)
            degree = np.minimum(degree, least_degree(mine, step, self._shifts(), none, degree - 1)[0])
        out = Granted.nothing(len(self.steps), len(left))
        some = np.flatnonzero(degree <= top)
        got = self._of_all_methods(self._with(left.take(some), number, degree[some]), longest[some])
        got.degree[number] = degree[some]
        out.put(some, got)
        return out

    def _hopeful_degrees(self, left: Left, longest: Ints, number: int) -> tuple[Ints, Ints]:
        """From which to which degree of the step fixed last no bound forbids a plan."""
        step, none = self.steps[number], np.zeros(len(left), np.int64)
        if step.step == "extend":
            most = longest - left.length
            # No longer plan asks more at least: where that is too much for any month, so are shorter ones.
            may = self._hopeful(replace(left, length=np.maximum(longest, left.length)), any_month=True)
            paused = max(way.pause.rows for way in ways_to_put_off(left.loans, self._shifts()))
            few = np.minimum(FIRST_COMPARED - 1 + paused - left.length, most)
            return none, np.where(may, most, few)
        top = LOWERING[step.step].top(step, left.loans)

        def hopeless(degree: Ints) -> Bools:
            return ~self._hopeful(self._with(left, number, np.maximum(degree, 0)))

        low = last(hopeless, none - 1, top, top) + 1
        return low, np.minimum(top, low + MOST_HELD_BACK)

    def _hopeful(self, left: Left, *, any_month: bool = False) -> Bools:
        """For which loans no proven bound forbids a plan of these lengths, all that isn't fixed at its most.

        ``any_month``: as if most could be paid in every month.
        """
        out, loans, shifts = np.zeros(len(left), np.bool_), left.loans, self._shifts()
        for number, step in enumerate(self.steps):
            if number not in self.fixed and step.step in LOWERING:
                kind = LOWERING[step.step]
                loans = kind.changed(step, loans, kind.top(step, loans))
        every = np.arange(len(left))
        for method in self.methods:
            for way in ways_to_put_off(left.loans, shifts):
                if all_of(out):
                    return out
                plans = replace(left, loans=loans, method=method).plans(way.pause)
                made = plans.candidates(loans, plans.longest, every)
                if any_month:
                    can = plans.later.most(plans.longest)
                else:
                    can = made.bottleneck(plans.longest, plans.later)
                may = plans.payable & may_put_off(left.loans, shifts, way.taken)
                may &= made.floor(plans.longest) <= can
                out |= may if any_month else may & ~made.over_in_a_row(plans.longest, plans.later)
        return out
