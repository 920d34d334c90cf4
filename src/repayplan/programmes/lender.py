"""What offers of a sweep cost the lender: what contracts and plans are worth at the original rate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from repayplan.basics.columns import Screen
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import Minor
from repayplan.basics.outcome import Bools, Ints, Outcome
from repayplan.offers.cost import ModificationRule, lender_cost
from repayplan.offers.proposal import Proposals
from repayplan.offers.sides import read_rates
from repayplan.plans.batch import Schedules
from repayplan.plans.loan import Loans
from repayplan.plans.schedule import schedule
from repayplan.plans.stage import Plan

VALUES = ("value_before", "value_after", "lost")
FLAGS = ("valued", "diminished")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lender:
    """How a lender values contracts and the plans offered instead.

    Parameters
    ----------
    contract
        How the contracts are repaid: a plan as :func:`~repayplan.schedule` takes it
        (``equal_instalment(col("unpaid"))``).
    rule
        How flows are valued, and from where on an obligation counts as diminished.
    rate
        The original effective annual rate, as :func:`~repayplan.lender_cost` takes it: one, or one for each
        loan of the portfolio, or the Outcome of ``effective_rate`` of the contracts as they were signed.

    Raises
    ------
    InputError
        The contract is no plan, or the rule isn't one; one rate for all that is none. Of rates by loan, a
        loan whose rate is bad isn't valued.
    """

    contract: Plan
    rule: ModificationRule
    rate: Any

    def __post_init__(self) -> None:
        for name, kind in (("contract", Plan), ("rule", ModificationRule)):
            if not isinstance(getattr(self, name), kind):
                rule = f"a {kind.__name__} is needed here"
                raise InputError(Code.UNKNOWN_VALUE, f"lender.{name}", getattr(self, name), rule)
        if self.rate is None:
            raise InputError(Code.MISSING, "lender.rate", None, "the original effective annual rate")
        if not isinstance(self.rate, (Outcome, Minor)) and np.ndim(self.rate) == 0:
            screen = Screen(1)
            read_rates(screen, self.rate, np.arange(1))
            for fault in screen.failures():
                raise replace(fault, field="lender.rate").error()

    def rates(self, size: int) -> tuple[Ints, Bools]:
        """int64 rates of so many loans in 1e-10; and which loans have a good one."""
        screen = Screen(size)
        if isinstance(self.rate, Outcome):
            rates = read_rates(screen, self.rate, np.arange(size))
        else:
            rates = np.broadcast_to(read_rates(screen, self.rate, np.arange(size)), (size,))
        return rates, screen.good.copy()


@dataclass(frozen=True, slots=True, eq=False)
class Worth:
    """The contracts of a block of loans, and the rates to value them at.

    Attributes
    ----------
    rates, known
        int64 in 1e-10, of each loan; which of them are known.
    """

    lender: Lender
    contracts: Schedules
    rates: Ints
    known: Bools

    @classmethod
    def of(cls, lender: Lender, loans: Loans, rates: Ints, known: Bools) -> Worth:
        """Of good loans."""
        return cls(lender, schedule(loans, lender.contract).value, rates, known)

    @property
    def flags(self) -> tuple[str, ...]:
        """Names of the columns that are True or False."""
        return FLAGS

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all columns."""
        return (*VALUES, "value_decimals", *FLAGS)

    def columns(self, made: Proposals, rows: Ints) -> dict[str, Any]:
        """What offers among some decisions are worth, and whose are valued.

        Parameters
        ----------
        rows
            int64; of each decision, the number of its loan in the block.
        """
        size = len(made)
        out: dict[str, Any] = {name: np.zeros(size, np.int64) for name in (*VALUES, "value_decimals")}
        out |= {name: np.zeros(size, np.bool_) for name in FLAGS}
        some = np.flatnonzero(made.offered & self.known[rows])
        if not len(some):
            return out
        contracts = self.contracts
        if len(made.contracts) != len(self.rates):
            contracts = schedule(made.contracts, self.lender.contract).value
        offers, rate = made.take(some), Minor(self.rates[rows[some]])
        found = lender_cost(contracts, offers, self.lender.rule, rate=rate)
        at = some[np.searchsorted(offers.row, found.row)]
        for name in VALUES:
            out[name][at] = getattr(found.value, name)
        out["value_decimals"][at], out["valued"][at] = found.value.decimals, True
        out["diminished"][at] = found.value.diminished
        return out
