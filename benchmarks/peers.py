"""The libraries that people use for a schedule, on the loans that repayplan is measured on.

Each peer does what its own documentation shows, loan by loan or over a table, in the fastest way that it
offers. They don't all compute the same, which ``what`` says: most give unrounded floats, which is less work
than rows that are rounded to the cent and still add up.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from importlib.metadata import PackageNotFoundError, version
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from benchmarks.portfolio import LONGEST, RATE_UNIT, Portfolio

MONTHS = 12
START = date(2025, 12, 31)
Interest = NDArray[np.float64] | None
"""What each loan pays of interest, in currency units; None where it isn't summed."""


@dataclass(frozen=True, kw_only=True)
class Peer:
    """A library: how to install it, how many loans it takes in a benchmark, what it computes, and how."""

    name: str
    package: str
    loans: int
    what: str
    work: Callable[[Portfolio], Interest]
    rows: Callable[[Portfolio], int] = attrgetter("rows")

    def missing(self, tried: Portfolio) -> str | None:
        """Why it can't take part, tried on a few loans; None where it can."""
        try:
            version(self.package)
        except PackageNotFoundError:
            return f"not installed (pip install {self.package})"
        try:
            self.work(tried)
        except Exception as error:  # noqa: BLE001  (a reason, no error)
            return f"installed, but fails: {type(error).__name__}: {error}".splitlines()[0]
        return None


def financial_padded(loans: Portfolio) -> None:
    """numpy-financial's `ipmt` and `ppmt` on one grid of loans x longest term, as it is usually written."""
    import numpy_financial as npf

    period = np.arange(1, LONGEST + 1)[None, :]
    rate = (loans.rate / (RATE_UNIT * MONTHS))[:, None]
    term, balance = loans.term[:, None], loans.balance[:, None] / 100
    npf.ipmt(rate, period, term, -balance)
    npf.ppmt(rate, period, term, -balance)


def financial_grouped(loans: Portfolio) -> None:
    """numpy-financial on one dense grid for each distinct term: no padding."""
    import numpy_financial as npf

    for months in np.unique(loans.term):
        mine = loans.term == months
        rate = (loans.rate[mine] / (RATE_UNIT * MONTHS))[:, None]
        balance, period = loans.balance[mine][:, None] / 100, np.arange(1, months + 1)[None, :]
        npf.ipmt(rate, period, months, -balance)
        npf.ppmt(rate, period, months, -balance)


def pandas_table(loans: Portfolio) -> None:
    """A row a period by repeating the index, principal by the closed form, the balance by cumsum."""
    import pandas as pd

    rate = loans.rate / (RATE_UNIT * MONTHS)
    balance = loans.balance / 100
    instalment = balance * rate / (1 - (1 + rate) ** -loans.term)
    frame = pd.DataFrame(
        {"loan": np.arange(len(loans)), "balance": balance, "rate": rate, "instalment": instalment}
    )
    rows = frame.loc[frame.index.repeat(loans.term)]
    by_loan = rows.groupby("loan", sort=False)
    period = by_loan.cumcount()
    first = rows["instalment"] - rows["balance"] * rows["rate"]
    rows["principal"] = first * (1 + rows["rate"]) ** period
    rows["interest"] = rows["instalment"] - rows["principal"]
    rows["closing"] = rows["balance"] - rows.groupby("loan", sort=False)["principal"].cumsum()


def quantlib(loans: Portfolio) -> Interest:
    """QuantLib's amortising bond: the cash flows of each loan, with dates."""
    import QuantLib as ql  # noqa: N813

    start, month = ql.Date(START.day, START.month, START.year), ql.Period(1, ql.Months)
    ql.Settings.instance().evaluationDate = start
    counter, calendar, paid = ql.SimpleDayCounter(), ql.NullCalendar(), []
    for balance, rate, term in _figures(loans):
        length = ql.Period(term, ql.Months)
        dates = ql.Schedule(
            *(start, start + length, month, calendar),
            *(ql.Unadjusted, ql.Unadjusted, ql.DateGeneration.Forward, True),
        )
        left = ql.sinkingNotionals(length, ql.Monthly, rate, balance)
        bond = ql.AmortizingFixedRateBond(0, left, dates, [rate], counter)
        flows = [(flow.date(), flow.amount()) for flow in bond.cashflows()]
        paid.append(sum(amount for _, amount in flows) - balance)
    return np.array(paid)


def repaykit(loans: Portfolio) -> Interest:
    """Reducing balance of repaykit: Decimal rows with dates, rounded."""
    from repaykit import Loan

    paid = []
    for balance, rate, term in _decimals(loans):
        made = Loan.create(
            amount=balance,
            annual_rate=rate,
            term=f"{term} months",
            payment_frequency="monthly",
            method="reducing_balance",
            start_date=START,
        )
        paid.append(float(sum(row.profit for row in made.schedule())))
    return np.array(paid)


def amortization(loans: Portfolio) -> Interest:
    """PyPI's `amortization`: rows of floats, interest rounded."""
    from amortization import amortization_schedule

    return np.array(
        [
            sum(row.interest for row in amortization_schedule(balance, rate, term))
            for balance, rate, term in _figures(loans)
        ]
    )


def mortgage(loans: Portfolio) -> None:
    """PyPI's `mortgage`: it takes whole years, so that terms are rounded up to them."""
    from mortgage import Loan

    for balance, rate, term in _decimals(loans):
        Loan(principal=balance, interest=rate, term=_years(term)).schedule()


def _years(months: int) -> int:
    return -(-months // MONTHS)


def pyloan(loans: Portfolio) -> Interest:
    """PyPI's `pyloan`: Decimal rows with dates, 30E/360."""
    from pyloan.pyloan import Loan

    paid = []
    for balance, rate, term in _figures(loans):
        made = Loan(balance, rate * 100, term, START.isoformat(), loan_term_period="M")
        paid.append(float(sum(row.interest_amount for row in made.get_payment_schedule())))
    return np.array(paid)


def jactus(loans: Portfolio) -> Interest:
    """JACTUS's annuities, contract by contract."""
    from jactus.contracts import create_contract
    from jactus.core import ActusDateTime, ContractAttributes, ContractRole, ContractType
    from jactus.observers import ConstantRiskFactorObserver

    start, first = ActusDateTime(START.year, START.month, 1), ActusDateTime(START.year + 1, 1, 1)
    observer, paid = ConstantRiskFactorObserver(constant_value=0.0), []
    for balance, rate, term in _figures(loans):
        month = START.month - 1 + term
        terms = ContractAttributes(
            contract_id="L",
            contract_type=ContractType.ANN,
            contract_role=ContractRole.RPA,
            status_date=start,
            initial_exchange_date=start,
            maturity_date=ActusDateTime(START.year + month // MONTHS, month % MONTHS + 1, 1),
            notional_principal=balance,
            nominal_interest_rate=rate,
            interest_payment_cycle="1M",
            interest_payment_anchor=first,
            principal_redemption_cycle="1M",
            principal_redemption_anchor=first,
            day_count_convention="30E360",
        )
        paid.append(sum(event.payoff for event in create_contract(terms, observer).simulate().events))
    return np.array(paid)


def _figures(loans: Portfolio) -> list[tuple[float, float, int]]:
    """Balance, rate and months of each loan as plain numbers."""
    return list(
        zip(
            (loans.balance / 100).tolist(),
            (loans.rate / RATE_UNIT).tolist(),
            loans.term.tolist(),
            strict=True,
        )
    )


def _decimals(loans: Portfolio) -> list[tuple[Decimal, Decimal, int]]:
    """The same as Decimals."""
    return [
        (Decimal(balance) / 100, Decimal(rate) / RATE_UNIT, term)
        for balance, rate, term in zip(
            loans.balance.tolist(), loans.rate.tolist(), loans.term.tolist(), strict=True
        )
    ]


GRID = "interest and principal; unrounded floats, no dates, no balance"
PEERS = (
    Peer(
        name="numpy-financial, padded grid",
        package="numpy-financial",
        loans=50_000,
        what=GRID,
        work=financial_padded,
    ),
    Peer(
        name="numpy-financial, grouped by term",
        package="numpy-financial",
        loans=50_000,
        what=GRID,
        work=financial_grouped,
    ),
    Peer(
        name="pandas, index.repeat and cumsum",
        package="pandas",
        loans=50_000,
        what="interest, principal and balance; unrounded floats, no dates",
        work=pandas_table,
    ),
    Peer(
        name="QuantLib, AmortizingFixedRateBond",
        package="quantlib",
        loans=200,
        what="interest and principal with dates; unrounded floats, no balance",
        work=quantlib,
    ),
    Peer(
        name="repaykit, reducing_balance",
        package="repaykit",
        loans=50,
        what="all columns with dates; Decimal, rounded, adds up",
        work=repaykit,
    ),
    Peer(
        name="amortization (PyPI)",
        package="amortization",
        loans=500,
        what="interest, principal and balance; floats, interest rounded, no dates",
        work=amortization,
    ),
    Peer(
        name="mortgage (PyPI)",
        package="mortgage",
        loans=50,
        what="interest, principal and balance; Decimal, unrounded, no dates; whole years only: terms are "
        "rounded up, and the rows are those of that",
        work=mortgage,
        rows=lambda loans: sum(_years(term) * MONTHS for term in loans.term.tolist()),
    ),
    Peer(
        name="pyloan (PyPI)",
        package="pyloan",
        loans=20,
        what="all columns with dates, 30E/360; Decimal, rounded; some terms of odd months lose payments",
        work=pyloan,
    ),
    Peer(
        name="jactus, annuities",
        package="jactus",
        loans=5,
        what="interest and principal with dates, 30E/360; floats of 32 bits, unrounded; contract by "
        "contract, as its batch of arrays counts the first period otherwise",
        work=jactus,
    ),
)
