"""The menu of one borrower out of a file: the loan by its id, and the sheet of all that it may choose."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from repayplan.basics.errors import Code, InputError
from repayplan.edges.menusheet import menu_sheet
from repayplan.edges.words import Words
from repayplan.offers.menu import menu

if TYPE_CHECKING:
    from repayplan.edges.documents import Document
    from repayplan.edges.tables import Applicants
    from repayplan.offers.policy import Policy
    from repayplan.offers.strategy import Lattice
    from repayplan.offers.wishes import Wishes

_SHOWN = 5


def menu_of(
    read: Applicants,
    policy: Policy,
    *,
    name: str | None,
    wishes: Wishes,
    lattice: Lattice,
) -> Document:
    """The sheet of one borrower's menu.

    Parameters
    ----------
    read
        Loans with their households.
    name
        The id of one of them; None: of the only one.

    Raises
    ------
    InputError
        There is no such loan, or several of which none is named; what is wrong with the one there is.
    """
    known = ", ".join(read.ids[:_SHOWN].tolist()) + ", ..." * (len(read.ids) > _SHOWN)
    if name is None and len(read.ids) != 1:
        raise InputError(Code.MISSING, "--id", None, f"which of the loans: {known}")
    at = np.arange(len(read.ids)) if name is None else np.flatnonzero(read.ids == name)
    if not len(at):
        raise InputError(Code.UNKNOWN_VALUE, "--id", name, f"no loan has it; there are {known}")
    for failure in read.failures.and_then(read.loans.failures.moved(read.row)):
        if failure.row == at[0]:
            raise failure.error()
    mine = np.flatnonzero(read.row == at[0])
    made = menu(read.loans.take(mine), read.households.take(mine), policy, wishes=wishes, lattice=lattice)
    loan = replace(read.loans.one(int(mine[0])), currency=policy.currency)
    programme = Words(policy.called("en"), policy.called("zh"))
    return menu_sheet(loan, made.single().one(0), reference=str(read.ids[at[0]]), programme=programme)
