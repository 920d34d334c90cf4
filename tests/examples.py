"""How many cases a property is tried on where it takes a whole search to try one."""

import os

from hypothesis import settings

FURTHER = 30
"""How many times as many with REPAYPLAN_HYPOTHESIS=search: of the waterfall, more than 10,000 loans."""


def examples(count):
    """Settings for so many examples."""
    further = os.environ.get("REPAYPLAN_HYPOTHESIS") == "search"
    return settings(max_examples=count * (FURTHER if further else 1))
