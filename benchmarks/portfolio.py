"""The synthetic portfolio of the benchmarks: the same figures for every contender."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SEED = 20261124
RATE_UNIT = 10_000  # an annual rate of 0.1234 is held as 1234
SHORTEST, LONGEST = 6, 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Portfolio:
    """Level loans: cents owed, annual rate in 1/10000, months, cents payable a month: int64 of one length."""

    balance: NDArray[np.int64]
    rate: NDArray[np.int64]
    term: NDArray[np.int64]
    capacity: NDArray[np.int64]

    def __len__(self) -> int:
        """Return the number of loans."""
        return len(self.term)

    @property
    def rows(self) -> int:
        """Schedule rows of the whole portfolio."""
        return int(self.term.sum())

    def by_term(self) -> "Portfolio":
        """Return the same loans, the shortest first."""
        order = np.argsort(self.term, kind="stable")
        return Portfolio(**{name: getattr(self, name)[order] for name in self.__slots__})

    def head(self, loans: int) -> "Portfolio":
        """Return the first loans only, for contenders that are too slow for all of them."""
        first = (self.balance[:loans], self.rate[:loans], self.term[:loans], self.capacity[:loans])
        return Portfolio(**dict(zip(self.__slots__, first, strict=True)))


def synthetic(loans: int) -> Portfolio:
    """Make `loans` retail loans: 500.00 to 60,000.00, 1 % to 36 %, 6 to 120 months (mean about 47.6).

    What can be paid a month is 0.6 to 1.2 times the present instalment.
    """
    random = np.random.default_rng(SEED)
    balance = np.round(np.exp(random.uniform(np.log(500), np.log(60_000), loans)) * 100).astype(np.int64)
    rate = random.integers(100, 3_601, loans)
    # Most consumer loans are short: a beta of mean 0.365 over the span gives a mean of 47.6 months.
    term = SHORTEST + np.floor(random.beta(1.2, 2.087, loans) * (LONGEST - SHORTEST + 1)).astype(np.int64)
    period = rate / (RATE_UNIT * 12)
    capacity = balance * period / (1 - (1 + period) ** -term) * random.uniform(0.6, 1.2, loans)
    return Portfolio(balance=balance, rate=rate, term=term, capacity=capacity.astype(np.int64))
