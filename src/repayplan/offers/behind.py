"""The households behind loans as a policy counts them, and what the present instalment says of payments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from repayplan.ability.counting import with_arrears
from repayplan.ability.household import Household
from repayplan.ability.households import Households
from repayplan.ability.obligor import Obligor
from repayplan.ability.obligors import Obligors
from repayplan.basics.columns import Screen
from repayplan.basics.dates import a_month
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import MAX_TOTAL
from repayplan.basics.outcome import Bools, Ints
from repayplan.kernel.accrue import divide_product
from repayplan.offers.lengths import PERCENT_PLACES
from repayplan.offers.policy import Policy
from repayplan.offers.search import Candidates
from repayplan.plans.loan import Loan, Loans
from repayplan.plans.parameters import finest

OfLoan: TypeAlias = "Household | Sequence[Obligor]"
"""Who is behind one loan."""
OfLoans: TypeAlias = "Households | Obligors"
"""Who is behind each loan of a batch."""
MOST_CLAIMED = 2**55
"""No claim on a loan is larger, in minor units: with more than that nothing can be shared."""


def batches(loans: object, households: object) -> tuple[Loans, OfLoans, bool]:
    """A batch of loans and who is behind them, and whether one loan was given.

    Raises
    ------
    TypeError
        Neither one loan with one household or its obligors, nor a batch with a batch.
    """
    if isinstance(loans, Loan):
        if isinstance(households, Household):
            return loans.batch, households.batch, True
        if isinstance(households, (tuple, list)):
            return loans.batch, Obligors.of_one(households), True
    if isinstance(loans, Loans) and isinstance(households, (Households, Obligors)):
        return loans, households, False
    msg = "one loan with one household (or a list of obligors), or a batch with a batch"
    raise TypeError(msg)


def is_policy(policy: object) -> None:
    """InputError unless it is a policy: its name, or its file, has to be read first."""
    if not isinstance(policy, Policy):
        rule = "a Policy, as Policy.load(path) or Policy.example(name) reads it"
        raise InputError(Code.UNKNOWN_VALUE, "policy", policy, rule)


def counted(loans: Loans, households: OfLoans, policy: Policy) -> OfLoans:
    """The households as a policy counts them.

    Guarantors that don't count are left out; arrears of debts with priority are made up; where creditors
    share, each household knows what is claimed on its loan.

    Raises
    ------
    InputError
        The policy isn't one.
    TypeError
        The batches differ in length.
    """
    is_policy(policy)
    if len(loans) != len(households):
        msg = f"{len(loans)} loans, {len(households)} households"
        raise TypeError(msg)
    claim = None if policy.creditors.pro_rata is None else _claims(loans, policy)
    if isinstance(households, Obligors):
        some = households.counting(guarantors=policy.guarantors)
        own = None if claim is None else claim[some.of]
        return replace(some, households=_beside(some.households, policy, own))
    return _beside(households, policy, claim)


def _beside(homes: Households, policy: Policy, claim: Ints | None) -> Households:
    """Households beside whose loans other creditors stand."""
    homes = with_arrears(homes, policy.creditors)
    return homes if claim is None else replace(homes, own_claim=claim)


def _claims(loans: Loans, policy: Policy) -> Ints:
    """What is claimed on each loan beside other creditors, in the units of its household."""
    if policy.creditors.pro_rata == "balance":
        claim = loans.owed
    else:
        claim = a_month(np.minimum(present_instalment(loans), MOST_CLAIMED), loans.frequency)
    return np.asarray(np.minimum(claim, MOST_CLAIMED * 2), np.int64)


def present_instalment(loans: Loans) -> Ints:
    """The contract's instalment: as given, else the level one over what is unpaid."""
    unknown = np.flatnonzero((loans.instalment == 0) & (loans.balance > 0) & (loans.unpaid > 0))
    if not len(unknown):
        return loans.instalment
    plain = finest(loans)
    length = np.maximum(loans.unpaid, 1)
    amount = Candidates(plain, unknown, "equal_instalment", length).amounts(length)
    return np.where(amount > 0, -(-amount // plain.finer), loans.instalment)


def most_of_present(loans: Loans, policy: Policy, screen: Screen, judged: Bools) -> Ints | None:
    """What no payment may exceed, as a share of the present instalment: rounded down to the minor unit once.

    None where the policy says nothing of it. Loans without a present instalment get a code.

    Parameters
    ----------
    judged
        Whose present instalment is needed.
    """
    if policy.instalment_percent is None:
        return None
    present = present_instalment(loans)
    screen.fault(judged & (present <= 0), Code.MISSING, "instalment")
    part = int(policy.instalment_percent.scaleb(PERCENT_PLACES))
    whole = 10 ** (PERCENT_PLACES + 2)
    present = np.clip(present, 0, min(MAX_TOTAL, MAX_TOTAL * whole // part))
    return np.asarray(divide_product(present, np.full(len(loans), part), whole)[0], np.int64)
