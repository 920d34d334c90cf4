"""A merged plan's rows shared out among the debts in it, to the unit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from repayplan.basics.columns import Screen, money_of
from repayplan.basics.errors import Code
from repayplan.basics.outcome import Ints, Outcome, any_of
from repayplan.kernel.accrue import MAX_DENOMINATOR
from repayplan.kernel.prorata import Parties
from repayplan.kernel.rules import MAX_PERIODS
from repayplan.offers.ledger import Apportioned
from repayplan.offers.mergedplans import Written
from repayplan.offers.takenover import WITH_THE_LAST, DebtAccount, TakenOver, taken_over
from repayplan.plans.loan import Loans


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
    taken = taken_over(loans, debts, borrower, accrued, made)
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


def _fits(loans: Loans, made: Written, taken: TakenOver, screen: Screen) -> Ints:
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


class _Flow:
    """What is paid once and for all, or accrues, of either sign: its sum so far keeps to the weights."""

    def __init__(self, parties: Parties) -> None:
        nothing, none = np.zeros(len(parties.weight), np.int64), np.zeros(len(parties.start), np.int64)
        self.above, self.below = (DebtAccount(parties, nothing, none) for _ in range(2))

    def share(self, amount: Ints) -> Ints:
        """Each debt's part of what the first plans have in a row."""
        out = self.above.move(np.maximum(amount, 0))
        return out - self.below.move(np.maximum(-amount, 0)) if any_of(amount < 0) else out


def _repaid(accounts: Sequence[DebtAccount], amount: Ints) -> tuple[Ints, Ints]:
    """What of each debt's arrears is repaid by amounts of the first plans, and what these have left."""
    back: Ints = np.zeros(1, np.int64)
    for account in accounts:
        old = np.minimum(amount, account.total[: len(amount)])
        back, amount = back - account.move(-old), amount - old
    return back, amount


def _shared(made: Written, taken: TakenOver, loans: Loans) -> Apportioned:
    """Every row shared out, period by period."""
    terms = made.terms
    opening = made.columns["opening"][made.offsets[:-1]]
    balance = taken.parties(taken.balance).settled(taken.balance, opening)
    # Where nothing bears interest, there are arrears at least.
    bears = opening[taken.of] > 0
    weights = taken.parties(np.where(bears, balance, taken.beside(0, WITH_THE_LAST)))
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
    owes = DebtAccount(weights, balance, opening)
    paid, waived, fees = _Flow(weights), _Flow(weights), _Flow(weights)
    aside = DebtAccount(weights, np.zeros_like(balance), np.zeros_like(opening))
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
        "carried": taken.beside(WITH_THE_LAST, WITH_THE_LAST),
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
