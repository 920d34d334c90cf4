"""Whose case a review, an offer or a refusal is: fingerprints of the loan, the household and the policy."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

import numpy as np

from repayplan.ability.household import Households
from repayplan.ability.items import ALL_YEAR, KINDS
from repayplan.ability.month import EVER
from repayplan.ability.obligors import Obligors
from repayplan.basics.columns import Screen
from repayplan.basics.money import to_decimal
from repayplan.offers.behind import OfLoans
from repayplan.offers.policy import Policy
from repayplan.plans.loan import Loans

_LOAN = (
    *("principal", "overdue_principal", "overdue_interest", "penalty", "fees", "accrued_interest"),
    *("annual_rate", "spread", "rate_anchor", "original_term", "elapsed", "unpaid", "months_extended"),
    *("next_due", "start", "original_maturity", "last_due", "final_stub", "instalment", "frequency", "stub"),
    *("whole", "late", "decimals", "finer", "set_aside"),
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
    owed = int((loan.balance + loan.carried + loan.charges)[0])
    return Case(
        loan=_digest(_of_loan(loan)),
        household=_digest(sorted(_of_all(behind))),
        owed=to_decimal(owed, int(loan.decimals[0])),
        policy=policy,
    )


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
