"""Menus of affordable plans, of one loan and of a batch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np

from repayplan.basics.columns import RATE_DECIMALS
from repayplan.basics.dates import months_taken
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import to_decimal, to_plain
from repayplan.basics.outcome import Bools, Ints
from repayplan.basics.reason import Reason
from repayplan.offers.alternatives import FIGURES, Alternative, Alternatives, BestFigures, WishCost
from repayplan.offers.methods import METHOD_WORDS
from repayplan.offers.offer import Offer
from repayplan.offers.points import BEYOND
from repayplan.offers.proposal import Proposals
from repayplan.offers.wishes import WORDS, Wishes, said, shown, smallest_conflicts

_NAMES = {name: (name, zh) for name, (_, zh) in (WORDS | METHOD_WORDS).items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    """What a borrower and a lender can choose from.

    Attributes
    ----------
    alternatives
        The affordable plans that have all wishes, and that no other of these is as good as in all of
        instalments, largest payment, total cost and lender's cost, and better in one; in that order.
    wishes
        As they were given.
    costs
        What each of them costs.
    conflicts
        Wishes that no affordable plan has together although any fewer of them do; one that can't be had
        by itself stands alone.
    unmet
        The same as reasons: ``wish_not_allowed``, ``wish_not_affordable``, ``wishes_together``.
    reasons
        Why there is nothing to choose from, whatever is wished.
    rate
        The effective annual rate that the lender's cost is worked out at.
    plans, affordable
        How many plans were looked at, and how many of them can be offered.
    """

    alternatives: tuple[Alternative, ...]
    wishes: Wishes
    costs: tuple[WishCost, ...]
    conflicts: tuple[tuple[str, ...], ...]
    unmet: tuple[Reason, ...]
    reasons: tuple[Reason, ...]
    rate: Decimal
    plans: int
    affordable: int
    _menus: Menus = field(repr=False, compare=False)
    _row: int = field(repr=False, compare=False)

    def offer(self, number: int) -> Offer:
        """An alternative as an offer, with its schedule; numbered from 0.

        Raises
        ------
        InputError
            There is none of that number.
        """
        count = len(self.alternatives)
        given: object = number
        if not isinstance(given, (int, np.integer)) or not 0 <= given < count:
            raise InputError(Code.OUT_OF_RANGE, "number", number, f"an alternative from 0, of {count}")
        choice = np.full(len(self._menus), -1)
        choice[self._row] = number
        made = self._menus.offers(choice).one(self._row)
        assert isinstance(made, Offer)  # noqa: S101
        return made


@dataclass(frozen=True, slots=True, eq=False)
class Menus:
    """Menus of a batch, one for each good row in the caller's order.

    Attributes
    ----------
    proposals
        What :func:`~repayplan.propose` says of the same rows.
    wishes
        Of all of them.
    rate
        int64, 1e-10; at which the lender's cost is worked out.
    plans, affordable
        int64; how many plans were looked at, and how many of them can be offered.
    alternatives, offsets
        Alternatives of menu ``i`` are ``offsets[i]:offsets[i + 1]`` of every column.
    best
        int64 (1 + wishes, figures, menus): the least of each of :data:`FIGURES` with all wishes, and without
        each of those that are given; :data:`~repayplan.offers.points.BEYOND` where no plan has them.
    reach
        bool (menus, sets of wishes): of the set whose bits make up the number, whether an affordable plan has
        them all.
    nearest
        int64 (2, wishes, menus): what comes nearest to each wish among the plans that the policy allows, and
        among the affordable.
    allowed
        bool (wishes, menus); whether a plan that the policy allows has the wish, affordable or not.
    """

    proposals: Proposals
    wishes: Wishes
    rate: Ints
    plans: Ints
    affordable: Ints
    alternatives: Alternatives
    offsets: Ints
    best: Ints
    reach: Bools
    nearest: Ints
    allowed: Bools

    @property
    def row(self) -> Ints:
        """int64; the caller's row number of each menu."""
        return self.proposals.row

    def __len__(self) -> int:
        return len(self.proposals)

    def __iter__(self) -> Iterator[Menu]:
        return (self.one(i) for i in range(len(self)))

    def __repr__(self) -> str:
        return f"Menus({len(self)} loans, {len(self.alternatives)} alternatives)"

    def offers(self, choice: Ints) -> Proposals:
        """Decisions with the alternatives that were chosen.

        Parameters
        ----------
        choice
            int64, one a menu: the number of the alternative from 0; -1: what ``propose`` says stays.

        Raises
        ------
        IndexError
            A menu has no alternative of that number.
        """
        if (choice < -1).any() or (choice >= np.diff(self.offsets)).any():
            msg = "choice: the number of an alternative of each menu, or -1"
            raise IndexError(msg)
        mine = np.flatnonzero(choice >= 0)
        return self.proposals.with_plans(self.alternatives.points.take(self.offsets[mine] + choice[mine]))

    def one(self, i: int) -> Menu:
        """Menu ``i`` for a person."""
        p, names = self.proposals, self.wishes.named
        conflicts = smallest_conflicts(self.reach[i], names) if self.affordable[i] else ()
        best = [self._best(i, k) for k in range(1 + len(names))]
        return Menu(
            alternatives=tuple(
                self._alternative(i, k) for k in range(int(self.offsets[i]), int(self.offsets[i + 1]))
            ),
            wishes=self.wishes,
            costs=tuple(
                WishCost(wish=name, with_it=best[0], without_it=without)
                for name, without in zip(names, best[1:], strict=True)
            ),
            conflicts=conflicts,
            unmet=tuple(self._unmet(i, names, each) for each in conflicts),
            reasons=() if self.affordable[i] else p.reasons(i),
            rate=to_plain(int(self.rate[i]), RATE_DECIMALS),
            plans=int(self.plans[i]),
            affordable=int(self.affordable[i]),
            _menus=self,
            _row=i,
        )

    def _alternative(self, i: int, k: int) -> Alternative:
        """Alternative ``k`` of all, of menu ``i``."""
        columns, p = self.alternatives, self.proposals
        d, length = int(p.decimals[i]), columns.points.length[k : k + 1]
        money = {
            name: to_decimal(int(getattr(columns, name)[k]), d)
            for name in ("instalment", "total_cost", "lender_cost", "forborne", "forgiven", "waived")
        }
        return Alternative(
            method=p.methods[int(columns.points.method[k])],
            instalments=int(length[0]),
            months=int(months_taken(length, p.loans.frequency[p.row[i : i + 1]])[0]),
            annual_rate=to_plain(int(columns.annual_rate[k]), RATE_DECIMALS),
            holiday=int(columns.holiday[k]),
            interest_only=int(columns.interest_only[k]),
            first_payment=columns.first_payment[k].item(),
            last_due=columns.last_due[k].item(),
            **money,
        )

    def _best(self, i: int, k: int) -> BestFigures | None:
        length, *amounts = (int(figure) for figure in self.best[k, :, i])
        if length == BEYOND:
            return None
        d = int(self.proposals.decimals[i])
        figures = dict(zip(FIGURES[1:], (to_decimal(units, d) for units in amounts), strict=True))
        return BestFigures(instalments=length, **figures)

    def _unmet(self, i: int, names: tuple[str, ...], together: tuple[str, ...]) -> Reason:
        """Why menu ``i`` has no plan with these wishes."""
        wanted = [said(getattr(self.wishes, name)) for name in together]
        if len(together) > 1:
            figures = ", ".join(str(each) for each in wanted)
            return Reason(Code.WISHES_TOGETHER, ", ".join(together), figures, names=_NAMES)
        at, p = names.index(together[0]), self.proposals
        allowed, affordable = (
            said(shown(together[0], int(value), int(p.decimals[i]), p.methods))
            for value in self.nearest[:, at, i]
        )
        if self.allowed[at, i]:
            return Reason(Code.WISH_NOT_AFFORDABLE, together[0], wanted[0], affordable, _NAMES)
        return Reason(Code.WISH_NOT_ALLOWED, together[0], wanted[0], allowed, _NAMES)
