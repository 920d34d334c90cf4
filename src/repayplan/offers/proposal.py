"""Decisions on a batch of loans, and each of them for a person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import numpy as np

from repayplan.ability.obligors import Obligors
from repayplan.basics.columns import RATE_DECIMALS
from repayplan.basics.money import to_decimal, to_plain
from repayplan.basics.outcome import Ints
from repayplan.offers.audit import CHOSEN
from repayplan.offers.case import case_of, plan_fingerprint
from repayplan.offers.lowering import waived
from repayplan.offers.offer import Infeasible, Offer
from repayplan.offers.permits import LIMITS, missing_consents
from repayplan.offers.points import Points
from repayplan.offers.raising import figures
from repayplan.offers.refusals import Refusals

CHUNK = 262_144
"""Loans searched at once: the last rounds of a search look at few, and cost what numpy's calls cost."""


@dataclass(frozen=True, eq=False)
class Proposals(Refusals):
    """Decisions on a batch; columns of one value per good row, in the caller's order.

    Amounts are int64 minor units of each row's ``decimals``. ``method`` indexes ``methods``,
    ``binding_limit`` indexes :data:`~repayplan.offers.limit.LIMITS`. Rows that aren't offered have 0
    instalments. Figures that only the final rows tell are worked out when they are asked for.

    Attributes
    ----------
    contracts, loans
        All loans as they were given, and as the plans take them over: arrears placed, the policy's
        rounding, the columns that the limit looks at read.
    households
        All of them, as the policy counts them.
    held_back
        bool; steps that lower payments are granted to less than they may be, as more wouldn't serve.
    """

    def __repr__(self) -> str:
        return f"Proposals({len(self)} loans, {int(self.offered.sum())} offered)"

    def __iter__(self) -> Iterator[Offer | Infeasible]:
        return (self.one(i) for i in range(len(self)))

    def take(self, keep: Ints) -> Proposals:
        """Some of the decisions."""
        return self._taken(keep)

    def with_plans(self, points: Points) -> Proposals:
        """The decisions with plans that were chosen for some of them, by ``points.loan``."""
        at, capacity = points.loan, self.capacity.copy()
        size = self.means.at_once(int(self.longest[at].max(initial=1)), CHUNK)
        for start in range(0, len(at), size):
            some = at[start : start + size]
            mine = self.row[some]
            room = self.means.take(mine).room(self.loans.take(mine), self.longest[some])
            capacity[some] = room.least(points.length[start : start + size])
        own, steps = self.loans.take(self.row[at]), self.policy.steps
        before = waived(own, steps, np.where(self.offered[at], self.degree[at].T, 0))
        of_balance, of_first = (
            new - old for new, old in zip(waived(own, steps, points.degree), before, strict=True)
        )
        columns = {
            "offered": np.ones(len(points), np.bool_),
            "method": points.method,
            "instalments": points.length,
            "degree": points.degree.T,
            "last_step": np.full(len(points), CHOSEN),
            "held_back": np.zeros(len(points), np.bool_),
            "opening_balance": self.opening_balance[at] - of_balance - of_first,
            "capitalised": self.capitalised[at] - of_balance,
            "paid_first": self.paid_first[at] - of_first,
            "waived": self.waived[at] + of_balance + of_first,
        }
        changed: dict[str, Any] = {name: getattr(self, name).copy() for name in columns}
        for name, values in columns.items():
            changed[name][at] = values
        return replace(self, capacity=capacity, **changed)

    def to_frame(self, kind: Any = "pandas", *, keep: Iterable[str] = ()) -> Any:
        """The decisions as a frame, a row each: the columns of the command line's decisions.

        Amounts have the decimals of the currency that has most of them. What a row has no value of (no offer:
        no instalment) is missing there.

        Parameters
        ----------
        kind, keep
            As of :meth:`repayplan.plans.batch.Schedules.to_frame`.

        Raises
        ------
        InputError
            ``kind`` is no kind of frame, or a frame of other rows than were read.
        ImportError
            The library isn't installed; the message names the extra.
        """
        from repayplan.edges.decisiontables import decisions
        from repayplan.edges.frames import Origin, frame_of

        return frame_of(decisions(self.row, self), kind, Origin(self.row, len(self.contracts), keep))

    def one(self, i: int) -> Offer | Infeasible:
        """Row ``i`` for a person: an :class:`Offer`, or why there is none."""
        d = int(self.decimals[i])

        def money(name: str) -> Decimal:
            return to_decimal(int(getattr(self, name)[i]), d)

        limit, only = LIMITS[int(self.binding_limit[i])], np.arange(len(self)) == i
        case = case_of(self.contracts, self.households, self.policy, int(self.row[i]))
        if not self.offered[i]:
            judged = bool(self.eligible[i])
            levers = self.levers.one(i, d) if judged else {}
            living = self._living(only).one(0) if self._refused[i] else ()
            needed = figures(self.policy.limit, self.levers.rules_of(i) if judged else {})
            reasons = self.reasons(i)
            return Infeasible(
                reasons=reasons,
                capacity=money("capacity"),
                shortfall=money("shortfall"),
                shortfalls=tuple(row.missing for row in living),
                longest=int(self.longest[i]),
                binding_limit=limit,
                relaxations=levers,
                concessions=self.concessions(i),
                rules_needed=needed,
                questions=self.questions(i),
                case=replace(case, refused=reasons),
            )
        cut = int(self.loans.annual_rate[self.row[i]] - self.annual_rate[i])
        granted: dict[str, Decimal | int] = {
            "owed": money("opening_balance") + money("waived"),
            "given_up": money("never_paid"),
            "extension_months": int(self.extension_months[i]),
            "forborne": money("forborne") + money("carried"),
            "rate_cut": to_plain(cut, RATE_DECIMALS),
        }
        made = self._write(only, 1, None)
        apart = self._apart(only) if isinstance(self.households, Obligors) else None
        living = (self._living(only) if apart is None else apart.together).one(0)
        method, rate = self.methods[int(self.method[i])], to_plain(int(self.annual_rate[i]), RATE_DECIMALS)
        plan = made.one(0)
        return Offer(
            method=method,
            instalments=int(self.instalments[i]),
            extension=int(self.extension[i]),
            extension_months=int(self.extension_months[i]),
            instalment_before=money("instalment_before"),
            instalment_after=money("instalment_after"),
            capacity=money("capacity"),
            left_to_live_on=min(row.left for row in living),
            living=living,
            opening_balance=money("opening_balance"),
            capitalised=money("capitalised"),
            paid_first=money("paid_first"),
            spread=money("spread"),
            carried=money("carried"),
            waived=money("waived"),
            total_interest=money("total_interest"),
            interest_on_plan=money("interest_on_plan"),
            annual_rate=rate,
            forborne=money("forborne"),
            forgiven=money("forgiven"),
            concessions=self.concessions(i),
            longest=int(self.longest[i]),
            binding_limit=limit,
            pending=missing_consents(self.pending, i, self.policy.limit.titles),
            questions=self.questions(i),
            reversible_until=self.reversible_until[i].item(),
            acceptance=self.policy.acceptance,
            schedule=plan,
            apart=() if apart is None else apart.one(0),
            case=replace(
                case,
                granted=granted,
                plan=plan_fingerprint(plan, method, rate),
                degree=tuple(self.degree[i].tolist()),
            ),
        )
