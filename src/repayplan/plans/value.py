"""Figures of flows of money: what they are worth, which rate they bear, how long they last."""

from repayplan.plans.apr import apr_eu, apr_us, apr_us_units
from repayplan.plans.durations import duration, weighted_average_life
from repayplan.plans.returns import effective_rate, irr
from repayplan.plans.worth import diminished_obligation, npv, present_value, total_cost

__all__ = [
    "apr_eu",
    "apr_us",
    "apr_us_units",
    "diminished_obligation",
    "duration",
    "effective_rate",
    "irr",
    "npv",
    "present_value",
    "total_cost",
    "weighted_average_life",
]
