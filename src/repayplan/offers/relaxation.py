"""What would make a plan affordable where none is: for each lever alone, the least that does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from repayplan.basics.outcome import Bools, Ints
from repayplan.kernel.rules import MAX_PERIODS
from repayplan.offers.concession import SHIFTING, Concession
from repayplan.offers.leastvalue import smaller
from repayplan.offers.levers import LEVERS, Ahead, Levers
from repayplan.offers.leversanew import Anew, levers_by_parts, more_income_ahead, no_more_than_needed
from repayplan.offers.leversatmost import (
    AtMost,
    after_pauses,
    beyond_ahead,
    highest_rate,
    in_tables,
    least_down_payment,
    least_more_income,
    least_reduction,
    lowest_payment,
    shortest_beyond,
)
from repayplan.offers.onefigure import NONE
from repayplan.offers.policy import Policy
from repayplan.offers.raising import lacking, needed
from repayplan.offers.room import Room
from repayplan.plans.loan import Loans


def relaxations(
    loans: Loans,
    policy: Policy,
    *,
    index: Ints,
    room: Room,
    earning: Mapping[str, Callable[[Ints], Ints]],
    dated: Bools,
    ahead: Ahead,
    shortest: Ints,
    longest: Ints,
    most: Ints,
) -> Levers:
    """For loans without an affordable plan, the least single change that would make one.

    Parameters
    ----------
    loans
        At their finest unit, arrears placed; all rows good, with the columns that the limit looks at.
    index
        Their numbers in the batch that is reported on.
    room
        What can be paid in each period.
    earning
        By lever of :data:`INCOMES` that is looked for: what is left a month, signed, with so much more of it.
    dated
        Of which households that may differ from month to month.
    ahead
        What these can pay in each period of other plans, or with more income.
    shortest, longest
        Lengths within the limit; every lever but ``months`` is tried with all steps at their most.
    most
        int64; what may be paid in a period at most, whatever is left.
    """
    size = len(loans)
    of_gross = policy.target is not None and policy.target.of == "gross_income"
    values = {name: np.full(size, NONE) for name in (*LEVERS, *(("gross_income",) if of_gross else ()))}
    if not size:
        return Levers(index, values, {})
    steps = policy.steps
    lowering = [step.step for step in steps if not step.shifting]
    least = _least_length(steps, shortest, longest, dated)
    some = _can_pay(room, shortest, longest)
    later = ahead if dated.any() else None
    whole = Anew(loans, policy, shortest, longest, room, earning, most, later)
    beyond, lowest = np.full(size, NONE), np.full(size, NONE)
    lowers = any(step not in ("extend", *SHIFTING) for step in lowering)
    if lowers and policy.amortisation.any:
        levers_by_parts(values, beyond, whole, longest >= shortest, some, dated)
        return Levers(index, values, needed(policy.limit, loans, beyond))
    ways = list(after_pauses(AtMost(loans, steps, least, longest, room, some, policy.amortisation)))
    for name in policy.methods:
        for case in ways:
            beyond = smaller(beyond, shortest_beyond(case, name))
            lowest = smaller(lowest, lowest_payment(case, name))
            values["rate"] = np.maximum(values["rate"], highest_rate(case, name))
            reduction = least_reduction(case, name)
            values["principal_reduction"] = smaller(values["principal_reduction"], reduction)
            owes_more = (loans.carried + loans.charges).any()
            paid = least_down_payment(case, name) if owes_more else reduction
            values["down_payment"] = smaller(values["down_payment"], paid)
    # What can be paid after the longest plan is the least of all months to come: no measure of a longer one.
    beyond = np.where(dated, NONE, beyond)
    rows = np.flatnonzero(dated & (longest >= shortest))
    if "extend" in lowering:
        beyond[rows] = beyond_ahead(ways, policy.methods, rows, ahead)
    lowest = np.where(lowest > most, NONE, lowest)  # that no income makes payable
    months = lacking(policy.limit, loans, np.maximum(beyond, 1))
    values["months"] = np.where(beyond > 0, months, NONE)
    for name, left in earning.items():
        values[name] = np.where(dated, NONE, least_more_income(loans, lowest, left))
    if lowers:
        no_more_than_needed(values, beyond, whole)
    for part in in_tables(rows, longest):
        for name in earning:
            values[name][part] = more_income_ahead(whole, part, lowest[part], name)
    return Levers(index, values, needed(policy.limit, loans, beyond))


def longer_does(loans: Loans, policy: Policy, room: Room, shortest: Ints, longest: Ints) -> Bools:
    """Whether the lever ``months`` helps: a plan is affordable that is longer than the limit allows.

    As :func:`relaxations` finds it, without the other levers: of households whose months don't differ, and
    where no steps that lower a figure stand beside minimums of paying off.
    """
    size, steps = len(loans), policy.steps
    least = _least_length(steps, shortest, longest, np.zeros(size, np.bool_))
    some = _can_pay(room, shortest, longest)
    out = np.zeros(size, np.bool_)
    for case in after_pauses(AtMost(loans, steps, least, longest, room, some, policy.amortisation)):
        for name in policy.methods:
            out |= shortest_beyond(case, name) > 0
    return out


def _least_length(steps: Sequence[Concession], shortest: Ints, longest: Ints, dated: Bools) -> Ints:
    """From which length on plans are looked at with all lowering steps at their most.

    Once it is at its most, the term stays there: only the last of the lowering steps has a choice. But where
    months differ, the longest plan isn't always the lowest, and the term is held back.
    """
    lowering = [step.step for step in steps if not step.shifting]
    kept = np.zeros(len(shortest), np.bool_) if not lowering or lowering[-1] == "extend" else ~dated
    return np.where(kept, np.maximum(longest, shortest), shortest)


def _can_pay(room: Room, shortest: Ints, longest: Ints) -> Bools:
    """Who has a plan within the limit to look at, and something to pay in some period."""
    return np.asarray((longest >= shortest) & (room.most(np.full(len(longest), MAX_PERIODS)) > 0), np.bool_)
