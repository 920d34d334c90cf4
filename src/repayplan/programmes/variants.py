"""The policies of a sweep: a baseline with other values in some places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from repayplan.basics.errors import Code, InputError
from repayplan.basics.rulepath import value_at, with_values
from repayplan.offers.behind import is_policy
from repayplan.offers.policy import Policy

Axes = Mapping[str, Sequence[Any]] | Sequence[Mapping[str, Any]]
"""Values by dotted path, of which all combinations are meant; or the combinations themselves."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A policy of a sweep.

    Attributes
    ----------
    values
        What it says at each path of the axes, as the policy holds it.
    changed
        The paths at which that isn't what the baseline says.
    policy
        All its rules.
    """

    values: Mapping[str, Any]
    changed: tuple[str, ...]
    policy: Policy

    @property
    def fingerprint(self) -> str:
        """The policy's; see :attr:`repayplan.Policy.fingerprint`."""
        return self.policy.fingerprint


def variants(policy: Policy, axes: Axes, *, one_at_a_time: bool = False) -> tuple[Variant, ...]:
    """The policies that axes make of a baseline, in order; the last axis changes fastest.

    Parameters
    ----------
    policy
        The baseline; it stays as it is.
    axes
        By dotted path (see :func:`~repayplan.basics.rulepath.with_values`) the values; all combinations are
        meant, or with ``one_at_a_time`` each value of each axis beside the baseline's of the others. Or a
        list of the combinations themselves, each by path; what one leaves out is the baseline's.

    Raises
    ------
    InputError
        No axis, an axis without values, a path that the policy doesn't have, or a value that it refuses.

    Examples
    --------
    >>> policy = Policy.example("consumer")
    >>> made = variants(policy, {"limit.percent": ["20", "50"], "contingency.share": ["0", "0.1"]})
    >>> [tuple(map(str, each.values.values())) for each in made]
    [('20', '0'), ('20', '0.1'), ('50', '0'), ('50', '0.1')]
    """
    is_policy(policy)
    chosen = _chosen(axes, one_at_a_time=one_at_a_time)
    paths = tuple(dict.fromkeys(path for each in chosen for path in each))
    if not paths:
        raise InputError(Code.MISSING, "axes", axes, "at least one path with a value")
    made = [with_values(policy, each) for each in chosen]
    before = {path: value_at(policy, path) for path in paths}
    out = []
    for each in made:
        values = {path: value_at(each, path) for path in paths}
        out.append(Variant(values, tuple(path for path in paths if values[path] != before[path]), each))
    return tuple(out)


def _chosen(axes: Axes, *, one_at_a_time: bool) -> list[Mapping[str, Any]]:
    """The values by path of each variant."""
    if isinstance(axes, Mapping):
        lists = {path: _listed(path, values) for path, values in axes.items()}
        if one_at_a_time:
            return [{path: value} for path, values in lists.items() for value in values]
        return [dict(zip(lists, each, strict=True)) for each in product(*lists.values())] if lists else []
    if isinstance(axes, (list, tuple)):
        if one_at_a_time:
            rule = "of axes by path; here the combinations are given"
            raise InputError(Code.UNKNOWN_VALUE, "one_at_a_time", one_at_a_time, rule)
        for each in axes:
            if not isinstance(each, Mapping):
                raise InputError(Code.UNKNOWN_VALUE, "axes", each, "each combination is a mapping by path")
        return list(axes)
    raise InputError(Code.UNKNOWN_VALUE, "axes", axes, "a mapping of paths, or a list of combinations")


def _listed(path: str, values: Any) -> list[Any]:
    if isinstance(values, (list, tuple, range, np.ndarray)) and len(values):
        return list(values)
    code = Code.MISSING if isinstance(values, (list, tuple, range, np.ndarray)) else Code.UNKNOWN_VALUE
    raise InputError(code, path, values, "a list of values, at least one")
