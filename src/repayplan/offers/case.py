"""Whose case a review, an offer or a refusal is, by fingerprints, and what is decided on it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np

from repayplan.ability.households import Households
from repayplan.ability.itemkinds import KINDS
from repayplan.ability.items import ALL_YEAR
from repayplan.ability.month import EVER
from repayplan.ability.obligors import Obligors
from repayplan.basics.columns import Screen, Shown, money_of
from repayplan.basics.money import to_decimal
from repayplan.basics.outcome import Bools, Ints
from repayplan.basics.reason import Reason
from repayplan.offers.behind import OfLoans
from repayplan.offers.policy import Policy
from repayplan.plans.loan import Loans
from repayplan.plans.single import Schedule

_LOAN = (
    *("principal", "overdue_principal", "overdue_interest", "penalty", "fees", "accrued_interest"),
    *("annual_rate", "spread", "rate_anchor", "original_term", "elapsed", "unpaid", "months_extended"),
    *("next_due", "start", "original_maturity", "last_due", "final_stub", "instalment", "frequency", "stub"),
    *("whole", "late", "decimals", "finer", "set_aside"),
)
ARREARS = ("overdue_interest", "accrued_interest", "penalty", "fees")
_FIGURES = ("original_term", "elapsed", "unpaid", "months_extended", "next_due", "start")
_UNSHOWN = (
    *("annual_rate", "spread", "rate_anchor", "original_maturity", "last_due", "final_stub", "frequency"),
    "stub",
)
_ITS = "as of the loan that is offered the plan"
_RULES = (
    ("rate_path", "rate_index", "rate_paths"),
    ("due_dates", "due_index", "due_dates"),
    ("day_count", "day_count", "day_counts"),
)
_HOME = ("adults", "children", "dependants", "other_debts", "tenure", "region", "assessed", "decimals")
_ITEM = (
    *("declared", "verified", "checked", "first", "last", "season", "balance", "arrears", "priority"),
    "owing",
)
_LASTING = ("True", str(-EVER), str(EVER), str(ALL_YEAR), "0", "0", "False", "False", "0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What a review, an offer or a refusal belongs to. Two are equal where they belong to the same case.

    Attributes
    ----------
    loan
        SHA-256 over the loan's figures and the columns beside it.
    household
        SHA-256 over the household, or all that are behind the loan, as the policy counts them.
    owed
        Currency units; everything that is owed.
    policy
        The rules.
    granted
        Of an offer: what a decision on it grants, by name (``owed``, ``given_up``, ``extension_months``,
        ``forborne``, ``rate_cut``; see :class:`~repayplan.Relief`). None: it is no offer's. No part of what
        makes two cases equal.
    plan
        Of an offer: SHA-256 over its plan (:func:`plan_fingerprint`): an approval of it is of no other one.
        None: it is no offer's. No part of what makes two cases equal.
    refused
        Of an :class:`~repayplan.Infeasible`: its reasons with their figures, which the grounds of a decision
        are held against. None: it is no refusal's. No part of what makes two cases equal.
    contract
        The loan itself, a batch of one, that :func:`differences` of a contract are found against; None where
        only the fingerprint is known. No part of what makes two cases equal.
    under
        Of what a conditional deal offers (:func:`~repayplan.conditional`), on its loan as it stands after the
        down payment or the trial: the case of the loan that the deal is for. Decisions are held against that.
        None: it is no deal's. No part of what makes two cases equal.

    Examples
    --------
    >>> from repayplan import Household, Loan, propose
    >>> loan = Loan(
    ...     principal="9000", annual_rate="0.1", original_term=36, elapsed=6, unpaid=30, next_due="2026-03-31"
    ... )
    >>> policy = Policy.example("consumer")
    >>> one, other = (propose(loan, Household(net_income=each), policy).case for each in ("3500", "3600"))
    >>> one.loan == other.loan, one.household == other.household, one.owed
    (True, False, Decimal('9000.00'))
    """

    loan: str
    household: str
    owed: Decimal
    policy: Policy = field(repr=False)
    granted: Mapping[str, Decimal | int] | None = field(default=None, repr=False, compare=False)
    plan: str | None = field(default=None, repr=False, compare=False)
    refused: tuple[Reason, ...] | None = field(default=None, repr=False, compare=False)
    contract: Loans | None = field(default=None, repr=False, compare=False)
    under: Case | None = field(default=None, repr=False, compare=False)

    def in_deal(self, own: Case) -> Case:
        """The same of a deal for a loan with this case: what is owed in all is what that loan owes."""
        granted = None if self.granted is None else {**self.granted, "owed": own.owed}
        return replace(self, under=own, granted=granted)

    def same_rules(self, policy: Policy) -> bool:
        """Whether it is of a policy with these rules, however they were written."""
        return self.policy == policy or self.policy.fingerprint == policy.fingerprint


def case_of(loans: Loans, households: OfLoans, policy: Policy, row: int) -> Case:
    """Of one good row of a batch.

    Parameters
    ----------
    loans
        As they were given.
    households
        As many, as the policy counts them.
    """
    loan, behind = loans.take(np.array([row])), households.take(np.array([row]))
    owed = int(loan.owed[0])
    return Case(
        loan=loan_fingerprint(loan),
        household=_digest(sorted(_of_all(behind))),
        owed=to_decimal(owed, int(loan.decimals[0])),
        policy=policy,
        contract=loan,
    )


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """A figure of some contracts that isn't that of the loans that plans are offered for.

    Attributes
    ----------
    name
        Of the figure.
    where
        bool; the loans whose contract differs.
    found, wanted
        The figure by the contract and by the loan, as :meth:`Screen.fault` takes it.
    """

    name: str
    where: Bools
    found: Shown
    wanted: Shown


def differences(contracts: Loans, loans: Loans, *, without_arrears: bool) -> Iterator[Difference]:
    """What of each contract isn't of the loan beside it, figure by figure.

    How amounts are rounded, and the columns beside a loan, say nothing of whose contract it is.

    Parameters
    ----------
    contracts, loans
        As many of the one as of the other.
    without_arrears
        A contract may leave out arrears: 0 then isn't a difference. No other amount of them is the loan's.
    """
    decimals = np.maximum(contracts.decimals, loans.decimals)
    mine, its = (10 ** (decimals - each.decimals) for each in (contracts, loans))
    for name in ("balance", *ARREARS, "instalment"):
        found, wanted = getattr(contracts, name) * mine, getattr(loans, name) * its
        left_out = (found == 0) & (without_arrears and name in ARREARS)
        shown = (money_of(getattr(each, name), each.decimals) for each in (contracts, loans))
        yield Difference(name, (found != wanted) & ~left_out, *shown)
    for name in (*_FIGURES, *_UNSHOWN):
        found, wanted = getattr(contracts, name), getattr(loans, name)
        apart = found != wanted
        if found.dtype.kind == "M":
            apart &= ~(np.isnat(found) & np.isnat(wanted))
        yield Difference(name, apart, *((found, wanted) if name in _FIGURES else ("", _ITS)))
    for name, index, table in _RULES:
        own, other = ((*getattr(each, table), None) for each in (contracts, loans))
        apart = ~_same(getattr(contracts, index), own, getattr(loans, index), other)
        yield Difference(name, apart, "", _ITS)


def _same(one: Ints, own: tuple[Any, ...], other: Ints, its: tuple[Any, ...]) -> Bools:
    """Whether the rules that two columns number, each in its table, are equal; -1 is the last."""
    pairs, of = np.unique(np.stack((one, other)), axis=1, return_inverse=True)
    equal = [own[i] is its[k] or own[i] == its[k] for i, k in pairs.T.tolist()]
    return np.array(equal, np.bool_)[of.reshape(-1)]


def loan_fingerprint(loan: Loans) -> str:
    """SHA-256 over the figures of a batch of one, and the columns beside it."""
    return _digest(_of_loan(loan))


def plan_fingerprint(plan: Schedule, method: str, annual_rate: Decimal) -> str:
    """SHA-256 over a plan: how it is repaid, at which rate, and every figure and date of its rows."""
    rows = [(name, values.astype(np.int64).tolist()) for name, values in sorted(plan.columns.items())]
    rate = f"{annual_rate.normalize():f}"
    return _digest((method, rate, plan.decimals, plan.beside, plan.interest_from.isoformat(), rows))


def _digest(figures: object) -> str:
    return hashlib.sha256(repr(figures).encode()).hexdigest()


def _of_loan(loan: Loans) -> list[tuple[str, str]]:
    """The figures of a batch of one, its rules written out instead of their numbers."""
    path = int(loan.rate_index[0])
    count = loan.day_counts[int(loan.day_count[0])]
    rules = (
        ("rate_path", repr(loan.rate_paths[path]) if path >= 0 else ""),
        ("due_dates", repr(loan.due_dates[int(loan.due_index[0])])),
        ("day_count", count.name),
        ("rounding", repr(loan.rounding[int(loan.rounding_index[0])])),
    )
    beside = [(name, _plain(str(Screen(1).text(values)[0]))) for name, values in sorted(loan.extra.items())]
    figures = [(name, str(getattr(loan, name)[0])) for name in _LOAN]
    return [*figures, *rules, *((f"column.{name}", text) for name, text in beside if text)]


def _plain(text: str) -> str:
    """A number the same however a column holds it: 3, 3.0 and 3.00."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    return f"{number.normalize():f}" if number.is_finite() and abs(number.adjusted()) < len(_LOAN) else text


def _of_all(behind: OfLoans) -> Iterator[tuple[object, ...]]:
    """Every household behind one loan."""
    if isinstance(behind, Obligors):
        for i in range(len(behind.households)):
            own = behind.households.take(np.array([i]))
            yield (str(behind.role[i]), str(behind.share[i]), *_of_home(own))
    else:
        yield _of_home(behind)


def _of_home(home: Households) -> tuple[object, ...]:
    """The figures of a batch of one, without the order of its items and children."""
    incomes = (str(each.amount[0]) if each.given[0] else "" for each in (home.net_income, home.gross_income))
    figures = (str(getattr(home, name)[0]) for name in _HOME)
    return (*figures, *sorted(home.ages.years.tolist()), *incomes, *sorted(_items(home)))


def _items(home: Households) -> Iterator[tuple[str, ...]]:
    """Costs and items alike: a cost a month is an item that always counts."""
    for name, cost in home.costs.items():
        if cost.given[0]:
            amount = str(cost.amount[0])
            yield ("cost", name, amount, amount, *_LASTING)
    if (items := home.items) is not None:
        # Earners are numbered through the batch; within the household by the order of their names.
        earner = np.unique(np.append(0, items.earner), return_inverse=True)[1].reshape(-1)[1:]
        for n in range(len(items.of)):
            named = (KINDS[int(items.kind[n])], items.names[int(items.category[n])])
            yield (*named, *(str(getattr(items, name)[n]) for name in _ITEM), str(earner[n]))
