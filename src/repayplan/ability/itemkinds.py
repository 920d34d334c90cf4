"""Kinds of items: costs, deductions, income, debts, one by one for a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

KINDS = ("net_income", "gross_income", "deduction", "cost", "debt")
"""What an item is; a deduction (tax, social insurance, housing fund) stands between gross and net income."""
NET, GROSS, DEDUCTION, COST, DEBT = range(len(KINDS))


@dataclass(frozen=True, slots=True)
class Cost:
    """What a household spends on something.

    Parameters
    ----------
    category
        Of spending, as allowances name it.
    amount, frequency
        Currency units, and how often; an annual bill is spread over the year.
    verified
        What the evidence shows, of the same frequency; None: there is none.
    start, until
        The first and the last day; None: it has been there, or goes on. It counts in every month that it
        touches.
    months
        The months of the year in which it is there, a list of 1 to 12; none given: all. Its frequency is then
        a month or shorter.

    Examples
    --------
    >>> Cost("heating", "80", months=(11, 12, 1, 2)).amount
    '80'
    """

    category: str
    amount: Any
    frequency: str = "monthly"
    verified: Any = None
    start: date | str | None = None
    until: date | str | None = None
    months: tuple[int, ...] = ()
    kind: ClassVar[str] = "cost"


@dataclass(frozen=True, slots=True)
class Deduction(Cost):
    """What is taken from gross income before it is paid out: tax, social insurance, housing fund.

    Parameters
    ----------
    category, amount, frequency, verified, start, until, months
        As of a :class:`Cost`; but it counts only in months in which gross income counts, and where it begins
        or ends on the day on which a gross income of the household does, it belongs to that, and counts from
        or until the same month.
    earner
        From whose income it is taken; see :class:`Income`.
    """

    earner: str = ""
    kind: ClassVar[str] = "deduction"


@dataclass(frozen=True, slots=True)
class Income(Cost):
    """What a household earns, net unless it says otherwise.

    Parameters
    ----------
    category, amount, frequency, verified, start, until, months
        As of a :class:`Cost`; but it counts only in months that it covers wholly.
    gross
        Before what is deducted from it.
    earner
        Whose it is, where several earn: the deductions of each are taken from the gross income of that one
        alone. Of several adults with several gross incomes and deductions it must be said, unless the policy
        has a rule from gross to net.
    """

    gross: bool = False
    earner: str = ""
    kind: ClassVar[str] = "net_income"


@dataclass(frozen=True, slots=True)
class Debt(Cost):
    """What a household pays another creditor.

    Parameters
    ----------
    category
        Whom.
    amount, frequency, verified, start, until, months
        As of a :class:`Cost`.
    balance, arrears
        Currency units: all that is owed (None: not known), and what of it is overdue, at most all. What
        arrears of debts with priority take a month is for a rule to say, without which they are refused; see
        :class:`~repayplan.CreditorRule`.
    priority
        Whether it comes before other debts, as rent and energy do.
    """

    balance: Any = None
    arrears: Any = 0
    priority: bool = False
    kind: ClassVar[str] = "debt"
