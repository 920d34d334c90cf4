"""What becomes of a debt row by row where the payments are known beforehand, and what they go to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from repayplan.basics.columns import Screen
from repayplan.basics.dates import Days
from repayplan.basics.errors import Code
from repayplan.basics.money import Minor
from repayplan.basics.outcome import Bools, Ints
from repayplan.kernel.amortise import run
from repayplan.kernel.rules import Rule
from repayplan.kernel.work import Work
from repayplan.offers.arrangements import ORDER, Unpaid
from repayplan.offers.pauses import work_from
from repayplan.plans.beside import holiday, prepayment
from repayplan.plans.laid import Laid
from repayplan.plans.layout import lay_out
from repayplan.plans.loan import Loans
from repayplan.plans.loanreading import COMPONENTS
from repayplan.plans.methods import interest_only

_FIGURES = ("interest", "capitalised", "waived", "payment", "asked")
NOTHING: dict[str, Ints] = {}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Account:
    """Rows of some loans: int64 minor units, period-major; beyond a loan's rows nothing happens.

    Attributes
    ----------
    rows
        How many each loan has.
    due
        datetime64[D] (periods, loans).
    interest, capitalised, waived, payment
        (periods, loans); interest of the period, what of it joined the balance, what was given up, and what
        was paid.
    asked
        (periods, loans); what the payment could have gone to.
    paid
        (periods, loans) by what it went to.
    owed
        (periods + 1, loans) by component, before the first row and after each; ``interest`` is that of the
        rows, unpaid so far.
    """

    rows: Ints
    due: Days
    interest: Ints
    capitalised: Ints
    waived: Ints
    payment: Ints
    asked: Ints
    paid: dict[str, Ints]
    owed: dict[str, Ints]

    @property
    def total(self) -> Ints:
        """(periods + 1, loans); everything owed."""
        return np.asarray(sum(self.owed.values()), np.int64)

    @property
    def balance(self) -> Ints:
        """(periods + 1, loans); what bears interest."""
        return self.owed["principal"] + self.owed["overdue_principal"]

    @property
    def last_due(self) -> Days:
        """datetime64[D]; the last row's due date, NaT of loans that have none."""
        out, some = np.full(len(self.rows), np.datetime64("NaT", "D")), np.flatnonzero(self.rows)
        out[some] = self.due[self.rows[some] - 1, some]
        return out

    def of(self, loans: Bools) -> Account:
        """The same without the rows of the loans that aren't in the mask."""
        zero = {name: np.where(loans, getattr(self, name), 0) for name in _FIGURES}
        return Account(
            rows=np.where(loans, self.rows, 0),
            due=np.where(loans, self.due, np.datetime64("NaT", "D")),
            **zero,
            paid={name: np.where(loans, column, 0) for name, column in self.paid.items()},
            owed={name: np.where(loans, column, column[:1]) for name, column in self.owed.items()},
        )

    def take(self, loans: Ints) -> Account:
        """Some of the loans."""
        return Account(
            rows=self.rows[loans],
            due=self.due[:, loans],
            **{name: getattr(self, name)[:, loans] for name in _FIGURES},
            paid={name: column[:, loans] for name, column in self.paid.items()},
            owed={name: column[:, loans] for name, column in self.owed.items()},
        )

    def left(self) -> dict[str, Ints]:
        """What is owed after the last row, by the components of a loan: unpaid interest is overdue."""
        last = {name: self.owed[name][-1] for name in COMPONENTS}
        last["overdue_interest"] = last["overdue_interest"] + self.owed["interest"][-1]
        return last


def pay_out(payment: Ints, owed: dict[str, Ints], order: Sequence[str]) -> dict[str, Ints]:
    """What of a payment goes to each component, one after the other; no more than is owed of it.

    Parameters
    ----------
    payment
        int64 minor units, one a loan.
    owed
        The same of each component.

    Examples
    --------
    Article 561 of China's Civil Code: costs, interest, principal.

    >>> owed = {"principal": np.array([100_000]), "interest": np.array([5_000]), "fees": np.array([3_000])}
    >>> pay_out(np.array([30_000]), owed, ("fees", "interest", "principal"))
    {'fees': array([3000]), 'interest': array([5000]), 'principal': array([22000])}
    """
    paid = {}
    for name in order:
        paid[name] = np.minimum(payment, np.maximum(owed[name], 0))
        payment = payment - paid[name]
    return paid


def owed_of(loans: Loans) -> dict[str, Ints]:
    """What is owed of each component, before any row."""
    zero = np.zeros(len(loans), np.int64)
    return {name: getattr(loans, name) if name in COMPONENTS else zero for name in ORDER}


def keep_account(
    loans: Loans,
    rows: Ints,
    wanted: Ints,
    screen: Screen,
    *,
    order: Sequence[str],
    unpaid: Unpaid,
    rate: Decimal | None = None,
    first: dict[str, Ints] = NOTHING,
    on: Days | None = None,
) -> Account:
    """The rows of loans that pay so much in each period.

    Interest is the kernel's, at the loan's conventions and its own rounding; a loan whose schedules aren't
    rounded has its interest rounded to the currency's unit, half to even, because this is paid.

    Parameters
    ----------
    loans
        A batch, in the currency's units.
    rows
        int64; periods of each loan, 0 for one that has none. The due date after them must be known too.
    wanted
        int64 (periods, loans); what is paid where as much is owed.
    screen
        Of the batch; faults go there, and what isn't good has no rows.
    order, unpaid, rate
        As of an :class:`~repayplan.InterimRule`.
    first, on
        What is paid of each component before the first due date; what of it is principal, on this day.
    """
    most, size = wanted.shape
    owed = {name: amount - first.get(name, 0) for name, amount in owed_of(loans).items()}
    table = {name: np.repeat(amount[None, :], most + 1, axis=0) for name, amount in owed.items()}
    shape = (most, size)
    figures = {name: np.zeros(shape, np.int64) for name in _FIGURES}
    paid = {name: np.zeros(shape, np.int64) for name in order}
    out = Account(rows=rows, due=np.full(shape, np.datetime64("NaT", "D")), **figures, paid=paid, owed=table)
    inner = Screen(size, np.flatnonzero(screen.good & (rows > 0)))
    laws = tuple(
        replace(law, interest="half_even", instalment="half_even") if law.unrounded else law
        for law in loans.rounding
    )
    # The balance is the one before the first payment: the prepayment takes that off on its day.
    fresh = loans.replace(rounding=laws, last_due=np.full(size, np.datetime64("NaT", "D")))
    length = np.maximum(rows, 1)
    grows = unpaid == "capitalise"
    plan = holiday(length, interest="capitalise", rate=rate) if grows else interest_only(length, rate=rate)
    early = first.get("principal", 0) + first.get("overdue_principal", np.zeros(size, np.int64))
    if on is not None and early.any():
        plan = prepayment(Minor(early), on=np.where(early > 0, on, np.datetime64("NaT", "D"))) + plan
    for piece in lay_out(fresh, (plan,), np.zeros(size, np.int64), inner, longest=length + 1):
        _write(fresh, piece, early[piece.rows], out, wanted, order, unpaid, inner)
    screen.adopt(inner.failures())
    return out


def _write(
    loans: Loans,
    piece: Laid,
    early: Ints,
    out: Account,
    wanted: Ints,
    order: Sequence[str],
    unpaid: Unpaid,
    screen: Screen,
) -> None:
    """The rows of one piece of work."""
    count = out.rows[piece.rows]
    for t in range(len(wanted)):
        for column in out.owed.values():  # of loans whose rows have ended, it stays
            column[t + 1, piece.rows] = column[t, piece.rows]
        at = np.flatnonzero(count > t)
        if not len(at):
            continue
        rows = piece.rows[at]
        owed = {name: column[t, rows] for name, column in out.owed.items()}
        balance = owed["principal"] + owed["overdue_principal"] + (early[at] if t == 0 else 0)
        interest = _interest(piece.work, t, at, balance)
        # Interest below zero is the lender's to pay: it lowers the balance.
        credit = np.maximum(-interest, 0)
        off = np.minimum(credit, owed["principal"])
        owed["principal"] = owed["principal"] - off
        owed["overdue_principal"] = owed["overdue_principal"] - (credit - off)
        _refuse(rows[owed["overdue_principal"] < 0], loans, screen)
        owed["interest"] = owed["interest"] + np.maximum(interest, 0)
        asked = np.asarray(sum(owed[name] for name in order), np.int64)
        payment = np.minimum(wanted[t, rows], asked)
        paid = pay_out(payment, owed, order)
        for name, amount in paid.items():
            owed[name] = owed[name] - amount
            out.paid[name][t, rows] = amount
        left = np.zeros_like(interest) if unpaid == "defer" else owed["interest"]
        owed["interest"] = owed["interest"] - left
        if unpaid == "capitalise":
            owed["principal"] = owed["principal"] + left
        else:
            out.waived[t, rows] = left
        out.capitalised[t, rows] = (left if unpaid == "capitalise" else 0) - credit
        for name, column in (("interest", interest), ("payment", payment), ("asked", asked)):
            getattr(out, name)[t, rows] = column
        out.due[t, rows] = loans.due(rows, np.full(len(rows), t), np.zeros(len(rows), np.bool_))
        for name, amount in owed.items():
            out.owed[name][t + 1, rows] = amount


def _interest(work: Work, t: int, at: Ints, balance: Ints) -> Ints:
    """Interest of period t of some loans of the work, by their balances at its start."""
    every = np.zeros(len(work.opening), np.int64)
    every[at] = balance
    some = work_from(work, t, every).take(at)
    none = np.full((1, len(at)), -1)
    row = replace(
        some,
        rules=(Rule(),),
        lengths=np.ones((1, len(at)), np.int64),
        amounts=none,
        balloons=none,
        stop=None,
    )
    out = np.zeros(len(at), np.int64)
    for block in run(row, settle=False):
        _, interest, _ = block.period(0)
        out[block.rows] = interest
    return out


def _refuse(rows: Ints, loans: Loans, screen: Screen) -> None:
    """Loans on which a period's interest is so far below zero that nothing would be owed."""
    beyond = np.zeros(screen.size, np.bool_)
    beyond[rows] = True
    screen.fault(beyond, Code.OUT_OF_RANGE, "annual_rate", loans.annual_rate, "a rate that leaves a balance")
