"""For tests of schedules, whoever made them: an invariant checker, and strategies of loans and plans; and an
account to try things on.

The checker needs nothing beside this package. The strategies need hypothesis, which is imported when one of
them is asked for.
"""

from repayplan.testing.account_examples import example_account
from repayplan.testing.case_strategies import Portfolio, cases, portfolios
from repayplan.testing.checker import batch_violations, check_outcome, check_schedule, violations
from repayplan.testing.finding import (
    IDENTITIES,
    Difference,
    DifferenceError,
    InvariantError,
    Violation,
    Violations,
)
from repayplan.testing.loan_strategies import loans, rate_paths
from repayplan.testing.plan_strategies import plans
from repayplan.testing.sameness import assert_same_schedule, differences
from repayplan.testing.terms import Terms

__all__ = [
    "IDENTITIES",
    "Difference",
    "DifferenceError",
    "InvariantError",
    "Portfolio",
    "Terms",
    "Violation",
    "Violations",
    "assert_same_schedule",
    "batch_violations",
    "cases",
    "check_outcome",
    "check_schedule",
    "differences",
    "example_account",
    "loans",
    "plans",
    "portfolios",
    "rate_paths",
    "violations",
]
