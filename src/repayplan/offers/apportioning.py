"""A merged plan's rows shared out among the debts in it, to the unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Literal

import numpy as np

from repayplan.basics.columns import Screen, money_of
from repayplan.basics.errors import Code
from repayplan.basics.outcome import Bools, Ints, Outcome, any_of
from repayplan.kernel.accrue import MAX_DENOMINATOR
from repayplan.kernel.discount import ragged_rows
from repayplan.kernel.prorata import Parties
from repayplan.kernel.work import MAX_PERIODS
from repayplan.offers.arrears import COMPONENTS, place_arrears
from repayplan.offers.audit import StepTaken
from repayplan.offers.ledger import Apportioned
from repayplan.offers.lowering import amount_of, conceded
from repayplan.offers.offer import Offer
from repayplan.offers.policy import ArrearsRule
from repayplan.offers.proposal import Proposals
from repayplan.plans.loan import Loans
from repayplan.plans.moves import NOTHING_MOVED, Moved
from repayplan.plans.rows import COLUMNS, Columns
from repayplan.plans.schedule import Schedule, Schedules

_INTEREST = ("overdue_interest", "accrued_interest")
_LAST = MAX_PERIODS + 1


@dataclass(frozen=True, slots=True)
class Written:
    """Plans of merged loans as their rows, and what an offer gives up or puts aside.

    ``row`` are rows of the merged loans; ``forgiven`` and ``forborne`` minor units of the plan, one a plan,
    and so is what concessions waive of a component of the arrears, in ``waived``.
    """

    columns: Columns
    offsets: Ints
    row: Ints
    decimals: Ints
    early: Bools
    moved: Moved
    arrears: ArrearsRule | None
    forgiven: Ints
    forborne: Ints
    waived: dict[str, Ints] = field(default_factory=dict)

    @classmethod
    def of(cls, plan: Schedules | Proposals | Schedule | Offer, arrears: ArrearsRule | None) -> Written:
        """Of schedules, or of the offers among proposals; ``arrears``: the rule of a single offer."""
        if isinstance(plan, (Schedule, Offer)):
            one = plan.schedule if isinstance(plan, Offer) else plan
            offered = (plan.forgiven, plan.forborne) if isinstance(plan, Offer) else (0, 0)
            gone, aside = (np.array([int(Fraction(each) * 10**one.decimals)]) for each in offered)
            ends, early = np.array([0, len(one)]), np.array([one.paid_off_early])
            first, places = np.zeros(1, np.int64), np.array([one.decimals])
            waived = _waived_step_by_step(plan.concessions, one.decimals) if isinstance(plan, Offer) else {}
            return cls(dict(one.columns), ends, first, places, early, one.moved, arrears, gone, aside, waived)
        many = plan.schedules if isinstance(plan, Proposals) else plan
        columns, offsets = many.by_loan()
        own = (columns, offsets, many.row, many.decimals, many.paid_off_early, many._moved())
        if isinstance(plan, Proposals):
            whose = plan.offered
            rule, gone, aside = plan.policy.arrears, plan.forgiven[whose], plan.forborne[whose]
            return cls(*own, rule, gone, aside, _waived(plan))
        nothing = np.zeros(len(many), np.int64)
        return cls(*own, None, nothing, nothing)

    @property
    def terms(self) -> Ints:
        """int64; rows of each plan."""
        return np.diff(self.offsets)

    def summed(self, name: str) -> Ints:
        """A column's sum of each plan."""
        return np.add.reduceat(self.columns[name], self.offsets[:-1]) if len(self.row) else self.row

    def take(self, plans: Ints) -> Written:
        """Some of the plans, in that order."""
        if len(plans) == len(self.row) and (plans[1:] > plans[:-1]).all():
            return self
        index, offsets = ragged_rows(self.offsets, plans)
        columns = {name: self.columns[name][index] for name in COLUMNS}
        own = ("row", "decimals", "early", "forgiven", "forborne")
        each = {name: getattr(self, name)[plans] for name in own}
        waived = {name: amount[plans] for name, amount in self.waived.items()}
        return replace(self, columns=columns, offsets=offsets, moved=NOTHING_MOVED, waived=waived, **each)


def _waived(plan: Proposals) -> dict[str, Ints]:
    """What concessions waive of each component, of the plans offered."""
    rows, out = np.flatnonzero(plan.offered), {}
    loans = plan._some(plan.row[rows])
    for step, granted in zip(plan.policy.steps, plan.degree[rows].T, strict=True):
        if step.component is not None:
            out[str(step.component)] = amount_of(step, loans, granted)
        loans = conceded(loans, (step,), granted[None])
    return out


def _waived_step_by_step(steps: Sequence[StepTaken], decimals: int) -> dict[str, Ints]:
    """The same of one offer."""
    taken = [step for step in steps if step.step == "waive"]
    return {
        step.figure.partition(" ")[0]: np.array([int(Fraction(step.after) * 10**decimals)]) for step in taken
    }


def apportion(
    loans: Loans, debts: Loans, borrower: Ints, accrued: Ints, written: Written
) -> Outcome[Apportioned]:
    """The rows of each debt.

    Parameters
    ----------
    loans, debts, borrower, accrued
        As of :class:`~repayplan.Merged`.
    written
        The plans of some of the loans.
    """
    screen = Screen(len(loans))
    _screened(loans, written, screen)
    # The longest plans first: those that have a row in a period are the first ones then.
    kept = np.flatnonzero(screen.good[written.row])
    kept = kept[np.argsort(-written.terms[kept], kind="stable")]
    made = written.take(kept)
    taken = _taken_over(loans, debts, borrower, accrued, made)
    fits = _fits(loans, made, taken, screen)
    made, taken = made.take(fits), taken.take(fits)
    out = _shared(made, taken, loans)
    failed = np.flatnonzero(~screen.good[borrower])
    return Outcome(out, out.row, screen.failures().copied(borrower[failed]).moved(failed))


def _screened(loans: Loans, written: Written, screen: Screen) -> None:
    """Plans that can't be shared out, whoever's they are."""
    row, most = written.row, MAX_DENOMINATOR - 1
    owed = (loans.owed)[row]
    large, moving = np.zeros((2, len(loans)), np.bool_)
    large[row] = owed > most // 10 ** (written.decimals - loans.decimals[row])
    shown = loans.owed
    screen.fault(large, Code.BEYOND_DOMAIN, "principal", money_of(shown, loans.decimals))
    moving[row[written.moved.loan]] = True
    asked, known = "a drawdown or prepayment", "principal repaid with the instalments alone"
    screen.fault(moving, Code.UNKNOWN_VALUE, "plan", asked, known)


@dataclass(frozen=True, slots=True)
class _Taken:
    """What a plan takes over of each debt; debts of one plan stand together, the largest first.

    ``of`` is the plan of each; ``interest`` and ``charges`` are arrears that are paid beside the balance, in
    the order in which they are: all with the first payment (0), over so many of the first, or with the last.
    """

    row: Ints
    of: Ints
    balance: Ints
    capitalised: Ints
    waived: Ints
    interest: dict[int, Ints]
    charges: dict[int, Ints]

    def parties(self, weight: Ints) -> Parties:
        """The debts with some weight."""
        return Parties.of_weights(np.unique(self.of, return_index=True)[1], weight)

    def beside(self, least: int, most: int) -> Ints:
        """What each debt has beside the balance that is paid over so many of the first payments."""
        out = np.zeros_like(self.balance)
        for part in (self.interest, self.charges):
            for over, amount in part.items():
                out = out + (amount if least <= over <= most else 0)
        return out

    def accounts(self, kind: Literal["interest", "charges"]) -> list[_Account]:
        """The arrears of a kind, in the order in which they are paid."""
        every = [part for _, part in sorted(getattr(self, kind).items())]
        return [_Account(of := self.parties(part), part, of.total) for part in every]

    def take(self, plans: Ints) -> _Taken:
        """The debts of some of the plans, which rise."""
        number = np.full(int(self.of.max(initial=-1)) + 1, -1)
        number[plans] = np.arange(len(plans))
        keep = number[self.of] >= 0
        of, kept = number[self.of[keep]], (self.balance[keep], self.capitalised[keep], self.waived[keep])
        interest, charges = (
            {over: amount[keep] for over, amount in part.items()} for part in (self.interest, self.charges)
        )
        return _Taken(self.row[keep], of, *kept, interest, charges)


def _taken_over(loans: Loans, debts: Loans, borrower: Ints, accrued: Ints, made: Written) -> _Taken:
    """Of each debt, as it stands on the common day, what the plan's rule for arrears makes of it.

    Each component's waiver is the plan's, shared out in proportion to what each debt has of the component.
    """
    place = np.full(len(loans), -1)
    place[made.row] = np.arange(len(made.row))
    mine = np.flatnonzero(place[borrower] >= 0)
    owed = (debts.balance + debts.carried + debts.charges + accrued)[mine]
    mine = mine[np.lexsort((-owed, place[borrower[mine]]))]
    of = place[borrower[mine]]
    finer = 10 ** (made.decimals - loans.decimals[made.row])
    nothing = np.zeros(len(mine), np.int64)
    arrears = {name: getattr(debts, name)[mine] * finer[of] for name in COMPONENTS}
    arrears["accrued_interest"] += accrued[mine] * finer[of]
    some, alone = loans.take(made.row), dict.fromkeys(COMPONENTS, np.zeros(len(made.row), np.int64))
    balance = debts.balance[mine] * finer[of]
    taken = _Taken(mine, of, balance, nothing.copy(), nothing.copy(), {}, {})
    for name, own in arrears.items():
        left, over = own, 0
        if made.arrears is not None:
            part = getattr(made.arrears, name)
            over = _LAST if part.treatment == "carry" else part.instalments or 0
            placed = place_arrears(
                some.replace(**(alone | {name: getattr(some, name) * finer})), made.arrears
            )
            more = made.waived.get(name, np.zeros(len(made.row), np.int64))
            given_up = taken.parties(own).settled(nothing, placed.waived + more)
            joins = np.maximum(placed.capitalised - more, 0)
            added = taken.parties(own - given_up).settled(nothing, joins)
            left = own - given_up - added
            taken.waived[:] += given_up
            taken.capitalised[:] += added
            taken.balance[:] += added
        into = taken.interest if name in _INTEREST else taken.charges
        into[over] = into.get(over, nothing) + left
    return taken


def _fits(loans: Loans, made: Written, taken: _Taken, screen: Screen) -> Ints:
    """The plans that are of these debts: they begin with what is owed on them, and pay all their arrears."""
    balance = taken.parties(taken.balance).total
    carried, charges = (sum(each.total for each in taken.accounts(kind)) for kind in ("interest", "charges"))
    opening = made.columns["opening"][made.offsets[:-1]]
    other = (balance - opening != made.forgiven) | (made.summed("deferred") != -carried)
    other |= made.summed("fee") < charges
    mask, shown, owed = np.zeros(len(loans), np.bool_), *np.zeros((2, len(loans)), np.int64)
    places = loans.decimals.copy()
    mask[made.row], shown[made.row], owed[made.row], places[made.row] = other, opening, balance, made.decimals
    screen.fault(mask, Code.UNKNOWN_VALUE, "plan", money_of(shown, places), money_of(owed, places))
    return np.flatnonzero(~other)


class _Account:
    """What the debts of each plan hold together of something that rises and falls."""

    def __init__(self, parties: Parties, held: Ints, total: Ints) -> None:
        self.parties, self.held, self.total = parties, held.copy(), total.copy()

    def move(self, change: Ints) -> Ints:
        """How much more each debt of the first plans holds, where all of a plan's hold so much more."""
        some = self.parties.first(len(change))
        self.total[: len(change)] += change
        held = self.held[: len(some.weight)]
        after = some.settled(held, self.total[: len(change)])
        moved = after - held
        held[:] = after
        return np.asarray(moved, np.int64)


class _Flow:
    """What is paid once and for all, or accrues, of either sign: its sum so far keeps to the weights."""

    def __init__(self, parties: Parties) -> None:
        nothing, none = np.zeros(len(parties.weight), np.int64), np.zeros(len(parties.start), np.int64)
        self.above, self.below = (_Account(parties, nothing, none) for _ in range(2))

    def share(self, amount: Ints) -> Ints:
        """Each debt's part of what the first plans have in a row."""
        out = self.above.move(np.maximum(amount, 0))
        return out - self.below.move(np.maximum(-amount, 0)) if any_of(amount < 0) else out


def _repaid(accounts: Sequence[_Account], amount: Ints) -> tuple[Ints, Ints]:
    """What of each debt's arrears is repaid by amounts of the first plans, and what these have left."""
    back: Ints = np.zeros(1, np.int64)
    for account in accounts:
        old = np.minimum(amount, account.total[: len(amount)])
        back, amount = back - account.move(-old), amount - old
    return back, amount


def _shared(made: Written, taken: _Taken, loans: Loans) -> Apportioned:
    """Every row shared out, period by period."""
    terms = made.terms
    opening = made.columns["opening"][made.offsets[:-1]]
    balance = taken.parties(taken.balance).settled(taken.balance, opening)
    # Where nothing bears interest, there are arrears at least.
    bears = opening[taken.of] > 0
    weights = taken.parties(np.where(bears, balance, taken.beside(0, _LAST)))
    order = np.argsort(taken.row)
    many = terms[taken.of]
    offsets = np.concatenate(([0], np.cumsum(many[order])))
    first = np.empty_like(many)
    first[order] = offsets[:-1]

    rare = [
        name for name in ("capitalised", "drawn", "deferred", "waived", "fee") if made.columns[name].any()
    ]
    kept = ("principal", "interest_paid", "closing", *rare)
    parts = {name: np.zeros(int(offsets[-1]), np.int64) for name in kept}
    owes = _Account(weights, balance, opening)
    paid, waived, fees = _Flow(weights), _Flow(weights), _Flow(weights)
    aside = _Account(weights, np.zeros_like(balance), np.zeros_like(opening))
    carried, charges = taken.accounts("interest"), taken.accounts("charges")
    for t in range(int(terms.max(initial=0))):
        here = int(np.searchsorted(-terms, -t))
        row = {name: made.columns[name][made.offsets[:here] + t] for name in parts}
        at = first[: len(weights.first(here).weight)] + t
        for name in ("capitalised", "drawn"):
            if name in row:
                parts[name][at] = owes.move(row[name])
        parts["principal"][at] = -owes.move(-row["principal"])
        parts["closing"][at] = owes.held[: len(at)]
        own = row["interest_paid"]
        if "deferred" in row:
            repaid = np.maximum(-row["deferred"], 0)
            joined = np.zeros_like(repaid)  # interest put aside that is capitalised: nobody pays it
            if "capitalised" in row:
                joined = np.where((own == 0) & (row["capitalised"] != 0), repaid, 0)
                repaid = repaid - joined
            back, rest = _repaid(carried, repaid)
            back = back - aside.move(-rest)
            parts["interest_paid"][at] = back
            back = back - aside.move(-joined)
            parts["deferred"][at] = aside.move(np.maximum(row["deferred"], 0)) - back
            own = own - repaid
        parts["interest_paid"][at] += paid.share(own)
        if "waived" in row:
            parts["waived"][at] = waived.share(row["waived"])
        if "fee" in row:
            back, rest = _repaid(charges, row["fee"])
            parts["fee"][at] = back + fees.share(rest)
    figures = {
        "balance": balance,
        "capitalised": taken.capitalised,
        "paid_first": taken.beside(0, 0),
        "spread": taken.beside(1, MAX_PERIODS),
        "carried": taken.beside(_LAST, _LAST),
        "waived": taken.waived,
        "forborne": taken.parties(balance).settled(np.zeros_like(balance), made.forborne),
        "forgiven": taken.balance - balance,
    }
    plan = taken.of[order]
    when = {name: made.columns[name] for name in ("period", "due_date", "days")}
    start, agreed = loans.start[made.row], None
    if any_of(loans.moved(made.row)):
        count, period = np.diff(made.offsets), when["period"]
        rows = np.repeat(made.row, count)
        when["agreed"] = loans.agreed(rows, period - 1, period == np.repeat(count, count))
        agreed = loans.agreed_start(made.row)[plan]
    return Apportioned(
        row=taken.row[order],
        borrower=made.row[plan],
        decimals=made.decimals[plan],
        offsets=offsets,
        start=start[plan],
        due_day=loans.due_day(made.row)[plan],
        paid_off_early=made.early[plan],
        **{name: column[order] for name, column in figures.items()},
        _parts=parts,
        _when={**when, "first": made.offsets[:-1][plan]},
        _agreed_start=agreed,
    )
