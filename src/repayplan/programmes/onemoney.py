"""Whether amounts of accounts can be held against each other: of one unit and contract, all that was paid."""

from __future__ import annotations

import numpy as np

from repayplan.accounts.account import Accounts
from repayplan.accounts.statement import Statements
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import to_decimal
from repayplan.basics.outcome import Texts
from repayplan.kernel.allocate import stretch
from repayplan.programmes.cash import BEGINNING, received


def refuse_other_money(before: Statements, after: Statements, contract: Statements, decimals: int) -> None:
    """Refuses original contracts that are others than at the first look, or don't know of all payments.

    Raises
    ------
    InputError
        They are the plans; the first look is at other contracts; or an account has less in them than it had
        at the first look, or has in its plan since. More is no error: a plan doesn't know what was paid
        before it began, and the first look not what was booked later.
    """
    if contract.accounts is after.accounts and contract.events is after.events:
        raise InputError(Code.UNKNOWN_VALUE, "contract", "after", "the original contracts, not the plans")
    refuse_other_contracts("before", before, "contract", contract)
    never = np.full(len(before), BEGINNING)
    for name, of, since, until in (
        ("before", before, never, before.as_of),
        ("after", after, before.as_of, after.as_of),
    ):
        came, there = (received(each, since, until) for each in (contract, of))
        for i in np.flatnonzero(came < there)[:1].tolist():
            amount = to_decimal(int(there[i]), decimals)
            days = f"up to {until[i]}" if name == "before" else f"since {since[i]}"
            rule = f"{amount} or more: what {name} received of this account {days}"
            field = f"contract[{int(after.row[i])}]"
            raise InputError(Code.OUT_OF_RANGE, field, to_decimal(int(came[i]), decimals), rule)


def refuse_other_contracts(name: str, of: Statements, other: str, beside: Statements) -> None:
    """Refuses accounts whose instalments, as signed, aren't those of the same rows of others.

    Raises
    ------
    InputError
        The first row of which they are others: how many there are, or what they come to, by which day.
    """
    if of.accounts is beside.accounts:
        return
    sides = [(each.accounts, each.row) for each in (of, beside)]
    many, others = (accounts.offsets[row + 1] - accounts.offsets[row] for accounts, row in sides)
    differs = many != others
    alike = np.flatnonzero(~differs)
    mine, theirs = (
        stretch(accounts.offsets[row[alike]], accounts.offsets[row[alike] + 1]) for accounts, row in sides
    )
    for name_of_rows in ("due", "principal", "interest", "fees"):
        one, two = (
            getattr(accounts, name_of_rows)[at.rows]
            for (accounts, _), at in zip(sides, (mine, theirs), strict=True)
        )
        differs[alike[mine.of[one != two]]] = True
    for i in np.flatnonzero(differs)[:1].tolist():
        shown, wanted = (_signed(accounts, int(row[i])) for accounts, row in sides)
        rule = f"the contract of this row in {other}, {wanted}, with its due dates and amounts"
        raise InputError(Code.UNKNOWN_VALUE, f"{name}[{int(of.row[i])}]", shown, rule)


def _signed(accounts: Accounts, row: int) -> str:
    """What an account was signed as, in short."""
    first, end = accounts.offsets[row : row + 2].tolist()
    principal = to_decimal(int(accounts.principal[first:end].sum()), int(accounts.decimals[row]))
    return f"{principal} in {end - first} instalments from {accounts.due[first]}"


def refuse_own(given: tuple[Statements, ...], own: tuple[Statements, ...]) -> None:
    """Refuses a programme's own accounts as those that it is compared with.

    Raises
    ------
    InputError
        Statements of the comparison are the programme's, or are made of the same accounts and payments.
    """
    for theirs in given:
        if any(theirs is mine or _alike(theirs, mine) for mine in own):
            rule = "accounts outside the programme"
            raise InputError(Code.UNKNOWN_VALUE, "comparison", "the programme's own accounts", rule)


def _alike(one: Statements, other: Statements) -> bool:
    """Whether contracts and what happened to them are the same; nothing that happened says nothing."""
    if not len(one.events):
        return False
    same = all(
        np.array_equal(getattr(one.accounts, name), getattr(other.accounts, name))
        for name in ("offsets", "due", "principal", "interest")
    )
    return (
        same
        and np.array_equal(one.as_of, other.as_of)
        and all(
            np.array_equal(getattr(one.events, name), getattr(other.events, name))
            for name in ("account", "kind", "value_date")
        )
        and np.array_equal(one._amount, other._amount)
    )


def one_unit(*batches: Statements, of: str = "") -> int:
    """Decimals of all amounts, which can be added up only where they are of one currency.

    Raises
    ------
    InputError
        There are several; ``of``: what its field begins with.
    """
    decimals = {int(each) for batch in batches for each in np.unique(batch.accounts.decimals[batch.row])}
    currencies = {
        str(each)
        for batch in batches
        if (known := currency_of(batch.accounts)) is not None
        for each in np.unique(known[batch.row])
    }
    for name, found in (("decimals", decimals), ("currency", currencies)):
        if len(found) > 1:
            shown = ", ".join(sorted(str(each) for each in found))
            raise InputError(Code.UNKNOWN_VALUE, of + name, shown, "one for all: evaluate each by itself")
    return decimals.pop()


def known_currency(*batches: Statements) -> str | None:
    """The currency of amounts that :func:`one_unit` takes together; None where no account knows it."""
    for batch in batches:
        known = currency_of(batch.accounts)
        if known is not None and (said := str(known[batch.row][0])):
            return said
    return None


def currency_of(accounts: Accounts) -> Texts | None:
    """Each account's currency, where their loans have a column of it; one value may stand for all."""
    if accounts.loans is None or "currency" not in accounts.loans.extra:
        return None
    return np.broadcast_to(np.asarray(accounts.loans.extra["currency"], np.str_), len(accounts))
