"""What all tests share: the hypothesis profile."""

import os

from hypothesis import HealthCheck, Phase, settings

# Deterministic in every run: a red test is red for everyone. REPAYPLAN_HYPOTHESIS=search looks further.
settings.register_profile(
    "default", max_examples=10, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("search", max_examples=2_000, deadline=None)
# With other versions of what it depends on, each property is tried, but not as often.
settings.register_profile("few", settings.get_profile("default"), max_examples=4)
# Stops at the first failing case as it is found; making it smaller can take minutes.
settings.register_profile("raw", settings.get_profile("default"), phases=(Phase.explicit, Phase.generate))
settings.load_profile(os.environ.get("REPAYPLAN_HYPOTHESIS", "default"))
