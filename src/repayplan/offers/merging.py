"""Several debts of one borrower as one loan, for one plan, and the plan's rows debt by debt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from repayplan.basics.columns import Screen, beside, money_of
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import to_decimal
from repayplan.basics.outcome import Ints, Outcome
from repayplan.offers.apportioning import apportion
from repayplan.offers.grouping import Debts, borrowers
from repayplan.offers.ledger import Apportioned, DebtShare
from repayplan.offers.mergedplans import Written
from repayplan.offers.mergerule import CAUTIOUS, MergeRule
from repayplan.offers.offer import Offer
from repayplan.offers.policy import Policy
from repayplan.offers.proposal import Proposals
from repayplan.offers.together import accrued_to, as_one, further
from repayplan.plans.batch import Schedules
from repayplan.plans.joined import joined
from repayplan.plans.loan import Loan, Loans
from repayplan.plans.loanreading import COMPONENTS
from repayplan.plans.single import Schedule


@dataclass(frozen=True, eq=False)
class Merged:
    """Debts of many borrowers, and the loan that takes the place of each borrower's.

    Attributes
    ----------
    debts
        The debts as they were given.
    loans
        One a borrower, in the order of ``borrower_ids``; those that can't be merged have their failure.
    borrower_ids
        Text or int64, rising.
    borrower
        int64; the row in ``loans`` of each debt.
    accrued
        int64 minor units; interest of each debt from the day that its own runs from to the day that the
        merged plan's does, which is in the plan's accrued interest.
    rule
        By which they were merged.
    """

    debts: Loans
    loans: Loans
    borrower_ids: npt.NDArray[Any]
    borrower: Ints
    accrued: Ints
    rule: MergeRule

    def __len__(self) -> int:
        return len(self.loans)

    def __repr__(self) -> str:
        return f"Merged({len(self.debts)} debts of {len(self)} borrowers)"

    def apportioned(self, plan: Schedules | Proposals) -> Outcome[Apportioned]:
        """The rows of plans of the merged loans, debt by debt: what each lender's ledger is to say.

        Every debt keeps the part of the balance that it has when the plan begins. Closing balances, and the
        sums so far of interest paid, put aside or waived and of fees, are shared out in these parts to the
        unit: the units that are to be repaid in a row are those of the debts that are farthest above their
        part of the plan's closing balance, the units of interest those of the debts that are farthest below
        theirs of the interest so far (of equal ones the larger debt's, then the earlier's). So a row of the
        plan is the sum of those of the debts, no debt's balance rises where the plan's doesn't, and all end
        at 0. Arrears that aren't capitalised are paid on the debts that they are owed on: those that the
        policy has paid first before those that it spreads (over fewer instalments before more) and those that
        it carries, each in proportion. Of a component that is waived in part, and of principal forborne or
        forgiven, each debt has its proportion.

        Parameters
        ----------
        plan
            Schedules of these loans, or proposals for them.

        Returns
        -------
        Outcome of :class:`Apportioned` whose rows are debts, of all plans there are.

        Notes
        -----
        Failures are those of all debts of a borrower: ``unknown_value`` (``plan``), of a plan that doesn't
        begin with what these debts owe, or in which principal moves beside the instalments;
        ``beyond_domain``, where 2**56 units of the plan or more are owed together.

        Examples
        --------
        >>> terms = {"original_term": 12, "elapsed": 0, "unpaid": 12, "next_due": "2026-01-31"}
        >>> debts = Loans.from_columns(principal=["200", "100"], annual_rate="0.12", **terms)
        >>> from repayplan import equal_instalment, schedule
        >>> merged = merge(debts, ["A", "A"]).value
        >>> parts = merged.apportioned(schedule(merged.loans, equal_instalment(3)).value).value
        >>> parts.one(1).schedule
        period    due date  opening  interest  principal   fee  payment  closing
             1  2026-01-31   100.00      1.00      33.00  0.00    34.00    67.00
             2  2026-02-28    67.00      0.67      33.34  0.00    34.01    33.66
             3  2026-03-31    33.66      0.34      33.66  0.00    34.00     0.00
        3 rows; paid 102.01 of which interest 2.01
        """
        written = Written.of(plan, None)
        return apportion(self.loans, self.debts, self.borrower, self.accrued, written)

    def one(self, i: int) -> MergedLoan:
        """What became of the debts of borrower ``i``; raises the failure where there is one."""
        loan, rows = self.loans.one(i), np.flatnonzero(self.borrower == i)
        accrued = (to_decimal(int(self.accrued[row]), int(self.debts.decimals[row])) for row in rows)
        return MergedLoan(loan, tuple(self.debts.one(int(row)) for row in rows), tuple(accrued), self.rule)


@dataclass(frozen=True, slots=True)
class MergedLoan:
    """The debts of one borrower, and the loan that takes their place.

    Attributes
    ----------
    loan
        What is owed on all of them, as one.
    debts
        The debts as they were given.
    accrued
        Interest of each debt up to the day that the merged plan's interest runs from.
    rule
        By which they were merged.
    """

    loan: Loan
    debts: tuple[Loan, ...]
    accrued: tuple[Decimal, ...]
    rule: MergeRule

    def apportioned(self, plan: Schedule | Offer, policy: Policy | None = None) -> tuple[DebtShare, ...]:
        """The plan's rows debt by debt, as of :meth:`Merged.apportioned`.

        Parameters
        ----------
        plan
            A schedule of the merged loan, or an offer for it.
        policy
            The offer's policy: what becomes of arrears.

        Raises
        ------
        InputError
            As the failures of :meth:`Merged.apportioned`; an offer without its policy.

        Examples
        --------
        >>> terms = {"original_term": 12, "elapsed": 0, "unpaid": 12, "next_due": "2026-01-31"}
        >>> debts = [Loan(principal=each, annual_rate="0.12", **terms) for each in ("200", "100")]
        >>> from repayplan import equal_instalment, schedule
        >>> one = merge(debts)
        >>> [
        ...     str(part.schedule.rows[0].payment)
        ...     for part in one.apportioned(schedule(one.loan, equal_instalment(3)))
        ... ]
        ['68.01', '34.00']
        """
        if isinstance(plan, Offer) and policy is None:
            raise InputError(Code.MISSING, "policy", None, "an offer is apportioned by its policy")
        arrears = policy.arrears if isinstance(plan, Offer) and policy is not None else None
        debts = joined(self.debts)
        units = [
            int(Fraction(each) * 10**debt.decimals)
            for each, debt in zip(self.accrued, self.debts, strict=True)
        ]
        of = np.zeros(len(debts), np.int64)
        written = Written.of(plan, arrears)
        return tuple(apportion(self.loan.batch, debts, of, np.array(units), written).single())


@overload
def merge(
    loans: Sequence[Loan],
    borrower_ids: None = None,
    rule: MergeRule = CAUTIOUS,
    *,
    on: date | str | None = None,
    columns: Mapping[str, Any] | None = None,
) -> MergedLoan: ...
@overload
def merge(
    loans: Loans,
    borrower_ids: Any,
    rule: MergeRule = CAUTIOUS,
    *,
    on: Any = None,
    columns: Mapping[str, Any] | None = None,
) -> Outcome[Merged]: ...
def merge(
    loans: Loans | Sequence[Loan],
    borrower_ids: Any = None,
    rule: MergeRule = CAUTIOUS,
    *,
    on: Any = None,
    columns: Mapping[str, Any] | None = None,
) -> MergedLoan | Outcome[Merged]:
    """Several debts of one borrower as one loan, that a plan can be proposed for.

    Each component of what is owed is added up. The merged plan's interest runs from the common day ``on``;
    what each debt bears from the day that its own runs from up to that day (by its own rate, day count and
    rounding, on its principal, due or not) is added to its accrued interest. It is the interest of the debt's
    period less what would run from that day to the period's end, rounded once: none is lost, and none is
    counted twice. A debt on which nothing is owed has no part in anything.

    Rate, term, due dates and frequency are as the rule says; day count, rounding and business days are those
    of the largest debt (all that is owed on it), and so is the day of the month unless the rule says another.

    Parameters
    ----------
    loans
        The debts of many borrowers, or of one, each by itself.
    borrower_ids
        Text or whole numbers: whose each of the debts is.
    rule
        How they become one; a policy's is ``policy.merge``.
    on
        The day from which the merged plan's interest runs: one, or one a borrower; None: the latest of the
        days from which the debts' runs.
    columns
        Further columns of the merged loans, a value a borrower. A column of the debts is kept where a
        borrower's agree; where they don't, there is no value, which a limit that looks at it refuses.

    Returns
    -------
    :class:`MergedLoan`, or an Outcome of :class:`Merged` whose rows are borrowers.

    Raises
    ------
    InputError
        An id is missing. For one borrower: ``debts_differ``, in currency, decimals or frequency, or in how
        their rates change over time (unless the rule gives the rate); ``dates_out_of_order``: an instalment
        falls due before the common day, or a debt's interest has been counted beyond it; ``nothing_owed``;
        ``negative``: interest below zero; ``beyond_domain``; ``beyond_calendar``: an original maturity beyond
        the due dates that are given. Of many, these are failures of the borrower alone, and so is any fault
        of one of its debts.
    TypeError
        Columns of the wrong length.

    Examples
    --------
    >>> terms = {"original_term": 36, "elapsed": 12, "unpaid": 24}
    >>> card = Loan(principal="3000", annual_rate="0.18", next_due="2026-01-15", **terms)
    >>> car = Loan(principal="9000", annual_rate="0.06", next_due="2026-01-31", **terms)
    >>> one = merge([card, car])
    >>> one.loan.principal, one.loan.annual_rate, one.loan.accrued_interest
    (Decimal('12000.00'), Decimal('0.09'), Decimal('22.50'))
    >>> one.loan.interest_from.isoformat(), one.loan.next_due.isoformat()
    ('2025-12-31', '2026-01-31')
    """
    if not isinstance(loans, Loans):
        if not loans:
            raise InputError(Code.MISSING, "loans", None, "at least one debt")
        batch = joined(loans)
        return merge(batch, np.zeros(len(batch), np.int64), rule, on=on, columns=columns).single().one(0)
    ids, of = borrowers(borrower_ids, len(loans))
    screen = Screen(len(ids))
    # Who has several faulty debts has the failure of the first of them.
    screen.adopt(loans.failures.moved(of))
    owed = loans.owed
    rows = np.flatnonzero((owed > 0) & screen.good[of])
    rows = rows[np.argsort(of[rows], kind="stable")]
    debts = Debts(loans, rows, of[rows], len(ids))
    screen.fault(debts.many == 0, Code.NOTHING_OWED, "principal", "0")
    day = debts.latest(loans.start)
    if on is not None:
        given = screen.date("on", on)
        screen.fault(given < day, Code.DATES_OUT_OF_ORDER, "on", given, beside(">=", day))
        day = given
    extra = further(debts, screen)
    # Where a due date is moved to an earlier business day, interest is counted to that one.
    due, _ = loans.counted_to(np.arange(len(loans)), np.zeros(len(loans), np.int64), np.zeros(1, np.bool_))
    first = debts.earliest(np.where(due < loans.next_due, due, loans.next_due))
    screen.fault(first < day, Code.DATES_OUT_OF_ORDER, "next_due", first, beside(">=", day))
    accrued = accrued_to(debts, day, screen)
    parts = {name: getattr(loans, name) for name in COMPONENTS}
    parts["accrued_interest"] = parts["accrued_interest"] + accrued
    least = debts.first(parts["accrued_interest"])
    below = (debts.many > 0) & (parts["accrued_interest"][least] < 0)
    shown = money_of(parts["accrued_interest"][least], loans.decimals[least])
    screen.fault(below, Code.NEGATIVE, "accrued_interest", shown)
    loan = as_one(debts, {name: np.maximum(part, 0) for name, part in parts.items()}, rule, day, screen)
    merged = loan.replace(extra={**extra, **(columns or {})})
    merged = merged.replace(good=screen.good, failures=screen.failures())
    row = np.flatnonzero(merged.good)
    return Outcome(Merged(loans, merged, ids, of, accrued, rule), row, merged.failures)
