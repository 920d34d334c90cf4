"""Signed plans: what falls due when, and the rules that they are kept by."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from repayplan.accounts.balancerule import ON_THE_BALANCE, beside_the_balance
from repayplan.accounts.terms import AccountTerms
from repayplan.basics.arguments import row_numbers, same_length
from repayplan.basics.columns import Screen, beside
from repayplan.basics.dates import Days
from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Failures, Ints
from repayplan.kernel.allocate import stretch
from repayplan.plans.batch import Schedules
from repayplan.plans.loan import Loan, Loans
from repayplan.plans.parameters import finest
from repayplan.plans.single import Schedule

MOST_RATE = 10
OF_ROWS = ("due", "principal", "interest", "fees", "capitalised", "put_aside")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Accounts:
    """The plans of many borrowers as they were signed.

    Attributes
    ----------
    terms
        The rules, the same for all.
    offsets
        int64; rows of account ``i`` are ``offsets[i]:offsets[i + 1]``.
    due
        datetime64[D] (rows,); rising within an account.
    principal, interest, fees
        int64 minor units (rows,).
    capitalised, put_aside
        int64 minor units (rows,); what of the period's interest joins the principal, and what is put aside
        (below 0 where that is paid).
    decimals
        int64 (accounts,).
    rate
        int64 (accounts,); the contract's annual rate, multiples of 1e-10.
    start
        datetime64[D] (accounts,); the day from which the plan's interest runs.
    lent
        int64 minor units (accounts,); principal at the start of the contract, for bounds on what being late
        costs.
    contracted
        datetime64[D] (accounts,); the day of the contract, by which an ``all_in_index`` bounds it.
    loans
        The contracts' other terms, which new plans keep; None: there are no new plans.
    row_rates
        int64 (rows,); the annual rate of each row's period, multiples of 1e-10, where interest is on the
        balance; None: the contract's.
    failures
        Rows that can't be, by account.
    """

    terms: AccountTerms
    offsets: Ints
    due: Days
    principal: Ints
    interest: Ints
    fees: Ints
    capitalised: Ints
    put_aside: Ints
    decimals: Ints
    rate: Ints
    start: Days
    lent: Ints
    contracted: Days
    loans: Loans | None
    failures: Failures
    row_rates: Ints | None = None

    def __len__(self) -> int:
        return len(self.decimals)

    def take(self, rows: Ints) -> Accounts:
        """Some of the accounts that can be, in their order."""
        begin, end = self.offsets[rows], self.offsets[rows + 1]
        at = stretch(begin, end)
        of_rows = {name: getattr(self, name)[at.rows] for name in OF_ROWS}
        each = {
            name: getattr(self, name)[rows] for name in ("decimals", "rate", "start", "lent", "contracted")
        }
        offsets = np.append(at.heads, len(at.rows))
        loans = None if self.loans is None else self.loans.take(rows)
        rates = None if self.row_rates is None else self.row_rates[at.rows]
        columns = {**of_rows, **each, "row_rates": rates}
        return replace(self, offsets=offsets, loans=loans, failures=Failures.none(), **columns)

    @classmethod
    def of(
        cls, schedules: Schedules, terms: AccountTerms, *, lent: Any = None, contracted: Any = None
    ) -> Accounts:
        """Accounts of schedules, in their order.

        Parameters
        ----------
        schedules
            As :func:`~repayplan.schedule` makes them.
        terms
            The rules.
        lent
            Principal at the start of each contract, where that isn't the schedule's: currency units.
        contracted
            The day of each contract, where it is before the schedule's interest begins: an ``all_in_index``
            bounds by the rate of that day. Empty cells: there is no other day.
        """
        rows, offsets = schedules.by_loan()
        loans, row = schedules._loans, schedules.row
        screen = Screen(len(row))
        balance = loans.balance[row]
        if terms.on_balance is not None:
            other = beside_the_balance(rows, offsets) | ~schedules.on_balance
            screen.fault(other, Code.UNKNOWN_VALUE, "plan", "", ON_THE_BALANCE)
        return cls(
            terms=terms,
            offsets=offsets,
            due=rows["due_date"],
            principal=rows["principal"],
            interest=rows["interest_paid"],
            fees=rows["fee"],
            capitalised=rows["capitalised"],
            put_aside=rows["deferred"],
            decimals=schedules.decimals,
            rate=loans.annual_rate[row],
            start=loans.start[row],
            lent=balance if lent is None else screen.money("lent", lent, schedules.decimals),
            contracted=_contracted(screen, contracted, loans.start[row]),
            loans=loans.take(row),
            row_rates=schedules.rates(),
            failures=screen.failures(),
        )

    @classmethod
    def from_columns(
        cls,
        terms: AccountTerms,
        *,
        rate: Any,
        start: Any,
        account: Any,
        due_date: Any,
        principal: Any,
        interest: Any,
        fees: Any = None,
        lent: Any = None,
        contracted: Any = None,
        decimals: Any = 2,
        row_rates: Any = None,
    ) -> Accounts:
        """Accounts of instalments that were reckoned elsewhere: all interest is paid as it accrues.

        Parameters
        ----------
        terms
            The rules.
        rate, start, lent, contracted, decimals
            One for each account (or one for all: the decimals). ``lent``: None, the sum of the principal.
            ``contracted``: the day of each contract, by which an ``all_in_index`` bounds it; None, or an
            empty cell, ``start``.
        account
            Of each instalment: the row of its account. Each account has at least one.
        due_date, principal, interest, fees
            Of each instalment, in currency units; where interest is on the balance, that of an instalment
            says no more than how large it is.
        row_rates
            Of each instalment, where interest is on the balance: the annual rate of its period; None: the
            account's.

        Raises
        ------
        InputError
            An instalment of no account, or whose account is no row number; a ``rate`` that is no column; a
            column of another length.
        """
        if isinstance(rate, (str, bytes)) or not np.ndim(rate):
            raise InputError(Code.UNKNOWN_VALUE, "rate", rate, "a column, a rate for each account")
        size = len(rate)
        of = given = row_numbers("account", account)
        same_length(size, rate=rate, start=start, lent=lent, contracted=contracted, decimals=decimals)
        lines_of = {"due_date": due_date, "principal": principal, "interest": interest, "fees": fees}
        same_length(len(of), **lines_of, row_rates=row_rates)
        if ((of < 0) | (of >= size)).any():
            raise InputError(Code.OUT_OF_RANGE, "account", int(of.min()), f"0 to {size - 1}")
        order = np.argsort(of, kind="stable")
        screen, lines = Screen(size), Screen(len(of))
        places = screen.count("decimals", decimals, 0, 8)
        places_of = places[of]
        money = {
            name: lines.money(name, given, places_of)
            for name, given in (("principal", principal), ("interest", interest), ("fees", fees or 0))
        }
        due = lines.date("due_date", due_date)
        by_row = None
        if row_rates is not None:
            by_row = lines.rate("row_rates", row_rates, maximum=MOST_RATE)[order]
        due, of = due[order], of[order]
        back = np.flatnonzero((due[1:] <= due[:-1]) & (of[1:] == of[:-1])) + 1
        wrong = np.zeros(len(of), np.bool_)
        wrong[order[back]] = True
        lines.fault(wrong, Code.DATES_OUT_OF_ORDER, "due_date")
        offsets = np.searchsorted(of, np.arange(size + 1))
        screen.fault(np.diff(offsets) == 0, Code.MISSING, "due_date")
        screen.adopt(lines.failures().moved(given))
        rates = screen.rate("rate", rate, maximum=MOST_RATE)
        begin = screen.date("start", start)
        first = due[np.minimum(offsets[:-1], max(len(due) - 1, 0))] if len(due) else begin
        screen.fault(begin > first, Code.DATES_OUT_OF_ORDER, "start", begin, beside("<=", first))
        total, none = np.zeros(size, np.int64), np.zeros(len(of), np.int64)
        np.add.at(total, of, money["principal"][order])
        return cls(
            terms=terms,
            offsets=offsets,
            due=due,
            **{name: column[order] for name, column in money.items()},
            capitalised=none,
            put_aside=none,
            decimals=places,
            rate=rates,
            start=begin,
            lent=total if lent is None else screen.money("lent", lent, places),
            contracted=_contracted(screen, contracted, begin),
            loans=None,
            row_rates=by_row,
            failures=screen.failures(),
        )


def _contracted(screen: Screen, contracted: Any, start: Days) -> Days:
    """The day of each contract: not after the plan's start, and that where there is no other."""
    days = screen.date("contracted", contracted, default=start)
    screen.fault(days > start, Code.DATES_OUT_OF_ORDER, "contracted", days, beside("<=", start))
    return days


@dataclass(frozen=True, slots=True, eq=False)
class Account:
    """One signed plan.

    Attributes
    ----------
    accounts
        The same as a batch of one.
    """

    accounts: Accounts

    @classmethod
    def of(
        cls, loan: Loan, plan: Schedule, terms: AccountTerms, *, lent: Any = None, contracted: Any = None
    ) -> Account:
        """The account of a schedule.

        Parameters
        ----------
        loan
            Whose rate counts, and whose balance where ``lent`` isn't given.
        plan
            A schedule of it.
        terms
            The rules.
        lent
            Principal at the start of the contract, currency units.
        contracted
            The day of the contract, by whose rate an ``all_in_index`` bounds it; None: that from which the
            plan's interest runs.

        Raises
        ------
        InputError
            An amount or a day that can't be read, a contract after its plan; interest is on the balance, and
            the schedule has other interest than that, or lends more later.
        """
        columns = plan.columns
        screen = Screen(1)
        amount = np.array([int(columns["opening"][0] + columns["drawn"][0])])
        places, start = np.array([plan.decimals]), np.array([plan.interest_from], "datetime64[D]")
        if terms.on_balance is not None:
            other = beside_the_balance(columns, np.array([0, len(plan)]))
            screen.fault(other | (not plan.on_balance), Code.UNKNOWN_VALUE, "plan", "", ON_THE_BALANCE)
        made = Accounts(
            terms=terms,
            offsets=np.array([0, len(plan)]),
            due=columns["due_date"],
            principal=columns["principal"],
            interest=columns["interest_paid"],
            fees=columns["fee"],
            capitalised=columns["capitalised"],
            put_aside=columns["deferred"],
            decimals=places,
            rate=loan.batch.annual_rate,
            start=start,
            lent=amount if lent is None else screen.money("lent", [lent], places),
            contracted=_contracted(screen, [contracted], start),
            loans=finest(loan.batch),
            row_rates=plan.rates,
            failures=screen.failures(),
        )
        for failure in made.failures:
            raise failure.error()
        return cls(made)
