"""Parts of a stage: periods that pay differently, and what is charged beside the instalments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Between = Literal["interest", "nothing"]
Of = Literal["principal", "balance"]
When = Literal["upfront", "each"]


@dataclass(frozen=True, slots=True)
class Pattern:
    """What single rows of a stage do beside its rule.

    Attributes
    ----------
    growth, step, every
        The instalment grows by a part of itself, or by an amount, every so many periods.
    months, between
        It is paid in these calendar months only; what the others pay.
    principal_on, interest_on
        Every so many periods, or the numbers of the periods (from 1), in which principal is repaid and
        interest paid; None: in all.
    amounts
        The payments, one a period (of one loan, or (loans, periods)).
    """

    growth: Any = None
    step: Any = None
    every: int = 1
    months: tuple[int, ...] | None = None
    between: Between = "interest"
    principal_on: int | tuple[int, ...] | None = None
    interest_on: int | tuple[int, ...] | None = None
    amounts: Any = None


@dataclass(frozen=True, slots=True)
class Levy:
    """How a fee is charged.

    Attributes
    ----------
    share, of
        A fraction of the principal at the start, or of the opening balance of the row; None: an amount.
    when
        Once, or with each instalment.
    financed
        Whether it is added to the balance.
    """

    share: Any
    of: Of
    when: When
    financed: bool
