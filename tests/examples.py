"""How many cases a property is tried on where it takes a whole search to try one."""

import os

from hypothesis import settings

USUAL = 0.2
TIMES = {"search": 30, "few": 0.05}
"""How many times as many; with REPAYPLAN_HYPOTHESIS=search: of the waterfall, more than 10,000 loans."""


def examples(count):
    """Settings for so many examples."""
    times = TIMES.get(os.environ.get("REPAYPLAN_HYPOTHESIS", ""), USUAL)
    return settings(max_examples=max(round(count * times), 2))
