"""What the strategies share; hypothesis is imported when one of them is asked for, and not before."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from repayplan.basics.columns import RATE_DECIMALS
from repayplan.basics.money import to_plain

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

T = TypeVar("T")


EXTRA = "test"
"""What of this package's extras brings hypothesis."""


def strategy(make: Callable[[DrawFn], T]) -> SearchStrategy[T]:
    """What a function makes of its draws."""
    from repayplan.edges.frames import need

    need("hypothesis", EXTRA)
    from hypothesis import strategies as st

    @st.composite
    def made(draw: DrawFn) -> T:
        return make(draw)

    return made()


def drawn(draw: DrawFn, given: Any) -> Any:
    """A value, or one of a strategy's."""
    from hypothesis.strategies import SearchStrategy

    return draw(given) if isinstance(given, SearchStrategy) else given


@cache
def rates(most: int = 10**RATE_DECIMALS, least: int = 0) -> SearchStrategy[Decimal]:
    """Annual rates, the plain ones first."""
    from hypothesis import strategies as st

    percent, eighth = 10**8, 125 * 10**5
    units = st.one_of(
        st.integers(0, min(36, most // percent)).map(lambda each: each * percent),
        st.integers(0, min(400, most // eighth)).map(lambda each: each * eighth),
        st.integers(least, most),
    )
    return units.map(lambda each: to_plain(each, RATE_DECIMALS))
