"""How much one run measures."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """Loans (or accounts, or cases), interleaved rounds, and the load of the machine before, if noted."""

    loans: int
    rounds: int
    load: float | None = None
    quick: bool = False
