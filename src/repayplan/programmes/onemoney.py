"""Whether amounts of accounts can be held against each other: of one unit, and all that was paid."""

from __future__ import annotations

from typing import Any

import numpy as np

from repayplan.accounts.statement import Statements
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import to_decimal
from repayplan.basics.outcome import Texts
from repayplan.programmes.cash import received


def refuse_other_money(before: Statements, after: Statements, contract: Statements, decimals: int) -> None:
    """Refuses original contracts that don't know what was paid since the first look.

    Raises
    ------
    InputError
        They are the plans; or an account has less in them than in its plan. More is no error: a plan doesn't
        know what was paid before it began.
    """
    if contract.accounts is after.accounts and contract.events is after.events:
        raise InputError(Code.UNKNOWN_VALUE, "contract", "after", "the original contracts, not the plans")
    came, by_plan = (received(each, before.as_of, after.as_of) for each in (contract, after))
    for i in np.flatnonzero(came < by_plan)[:1].tolist():
        since, amount = before.as_of[i].item(), to_decimal(int(by_plan[i]), decimals)
        rule = f"{amount} or more: what after received of this account since {since}"
        field = f"contract[{int(after.row[i])}]"
        raise InputError(Code.OUT_OF_RANGE, field, to_decimal(int(came[i]), decimals), rule)


def one_unit(*batches: Statements) -> int:
    """Decimals of all amounts, which can be added up only where they are of one currency."""
    decimals = {int(each) for batch in batches for each in np.unique(batch.accounts.decimals[batch.row])}
    currencies = {
        each
        for batch in batches
        if batch.accounts.loans is not None and "currency" in batch.accounts.loans.extra
        for each in np.unique(_each(batch.accounts.loans.extra["currency"], len(batch.accounts))[batch.row])
    }
    for name, found in (("decimals", decimals), ("currency", currencies)):
        if len(found) > 1:
            shown = ", ".join(sorted(str(each) for each in found))
            raise InputError(Code.UNKNOWN_VALUE, name, shown, "one for all: evaluate each by itself")
    return decimals.pop()


def _each(given: Any, size: int) -> Texts:
    """A column of text of which one value may stand for all."""
    return np.broadcast_to(np.asarray(given, np.str_), size)
