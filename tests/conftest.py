"""What all tests share: the hypothesis profile."""

import os

from hypothesis import HealthCheck, settings

# Deterministic in every run: a red test is red for everyone. REPAYPLAN_HYPOTHESIS=search looks further.
settings.register_profile(
    "default", max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("search", max_examples=2_000, deadline=None)
settings.load_profile(os.environ.get("REPAYPLAN_HYPOTHESIS", "default"))
