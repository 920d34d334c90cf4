"""The cases of a programme, and names in columns of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from repayplan.basics.columns import Screen
from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Ints, Texts


class Names(NamedTuple):
    """Names of events: the distinct ones, text, and int64, which of them each event has."""

    names: Texts
    of: Ints


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Cases:
    """Applications of a programme, each once.

    Attributes
    ----------
    id
        Text.
    applicant, contract
        Text; who applies, and for which contract. Empty: not known.
    same
        int64; equal where applicant and contract are, -1 where one of them isn't known.

    Examples
    --------
    >>> cases = Cases.from_columns(id=["a", "b"], applicant="Li", contract=["L-1", "L-1"])
    >>> cases.same.tolist()
    [0, 0]
    """

    id: Texts
    applicant: Texts
    contract: Texts
    same: Ints

    def __len__(self) -> int:
        return len(self.id)

    def __repr__(self) -> str:
        return f"Cases({len(self)})"

    @classmethod
    def from_columns(cls, *, id: Any, applicant: Any = "", contract: Any = "") -> Cases:  # noqa: A002
        """Cases from columns, each with a value for every case or one for all.

        Parameters
        ----------
        id
            What each is called by, each once.
        applicant, contract
            By what one who applies twice for one contract is known.

        Raises
        ------
        InputError
            No column of ids, one that is missing or there twice.
        """
        if isinstance(id, (str, bytes)) or not hasattr(id, "__len__"):
            raise InputError(Code.UNKNOWN_VALUE, "id", id, "a column of ids, one a case")
        screen = Screen(len(id))
        called, person, debt = (screen.text(each) for each in (id, applicant, contract))
        screen.fault(called == "", Code.MISSING, "id")
        names, first = np.unique(called, return_index=True)
        if len(names) < len(called):
            again = np.ones(len(called), np.bool_)
            again[first] = False
            screen.fault(again, Code.DUPLICATE, "id", called)
        for failure in screen.failures():
            raise InputError(failure.code, f"id[{failure.row}]", failure.value, "an id, each once")
        people, debts = (np.unique(each, return_inverse=True)[1].reshape(-1) for each in (person, debt))
        _, same = np.unique(people * (len(called) + 1) + debts, return_inverse=True)
        return cls(
            id=called,
            applicant=person,
            contract=debt,
            same=np.where((person == "") | (debt == ""), -1, same.reshape(-1)),
        )


def references(given: Any, screen: Screen) -> npt.NDArray[Any]:
    """References: whole numbers as they are, everything else as text."""
    if given is None:
        return np.full(screen.size, "")
    if type(given) is np.ndarray and given.dtype == np.int64 and given.shape == (screen.size,):
        return given
    return screen.text(given)


def names_in(given: Any, screen: Screen) -> Names:
    """The distinct names of a column."""
    if isinstance(given, str):
        return Names(np.array([given.strip()]), np.zeros(screen.size, np.int64))
    return Names(*screen.distinct(given))


def rows_of(given: Any, cases: Cases) -> Ints:
    """The row of the case that has each id."""
    if isinstance(given, (str, bytes)) or not hasattr(given, "__len__"):
        raise InputError(Code.UNKNOWN_VALUE, "case", given, "a column of ids, one an event")
    asked = Screen(len(given)).text(given)
    order = np.argsort(cases.id, kind="stable")
    place = np.minimum(np.searchsorted(cases.id[order], asked), max(len(cases) - 1, 0))
    known = cases.id[order][place] == asked if len(cases) else np.zeros(len(asked), np.bool_)
    for row in np.flatnonzero(~known)[:1].tolist():
        raise InputError(Code.UNKNOWN_VALUE, f"case[{row}]", str(asked[row]), "the id of a case")
    return order[place] if len(cases) else np.zeros(0, np.int64)
