"""How many plans stand after some months: by plan, and by group and path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Ints

PLACES = 6
"""Decimals of chances and of their standard errors."""
WHOLE = "all"


class Groups(NamedTuple):
    """Loans in groups.

    Attributes
    ----------
    names
        Text, of each group.
    loans
        int64, how many it has.
    standing
        int64 (groups, horizons, paths); how many of their plans stand.
    """

    names: tuple[str, ...]
    loans: Ints
    standing: Ints


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Stress:
    """Of each plan on how many paths it stands, and of each path how many plans do.

    Attributes
    ----------
    row
        int64, of each loan: the caller's row number.
    horizons
        After how many months it is asked, in order. A plan that has ended by then stands.
    paths, seed
        How many there are, and what their random numbers begin from.
    standing
        int64 (loans, horizons); on how many of the paths each plan stands.
    groups
        By what they are grouped by; ``"all"`` is one group of all loans.
    """

    row: Ints
    horizons: tuple[int, ...]
    paths: int
    seed: int
    standing: Ints
    groups: Mapping[str, Groups] = field(repr=False)

    def __len__(self) -> int:
        return len(self.row)

    def __repr__(self) -> str:
        return f"Stress({len(self)} plans, {self.paths} paths, horizons {self.horizons})"

    @property
    def chance(self) -> npt.NDArray[np.float64]:
        """float64 (loans, horizons); the chance that each plan stands, as the paths have it."""
        return self.standing / self.paths

    def table(self, by: str = WHOLE) -> dict[str, npt.NDArray[Any]]:
        """The chance that a plan of a group stands, by horizon.

        Parameters
        ----------
        by
            One of :attr:`groups`.

        Returns
        -------
        Columns of one length: ``group`` (text), ``loans`` and ``months`` (int64), ``chance`` and
        ``standard_error`` (float64, rounded to six decimals).

        Notes
        -----
        The chance is the mean over paths of the share of plans that stand; its standard error is that of a
        mean of independent paths, ``s / sqrt(paths)`` with ``s`` their standard deviation. So it holds
        whatever happens to all loans of a path alike, and says only how far more paths could move the
        figure: not how wrong the chances are that were given.

        Raises
        ------
        InputError
            The plans weren't grouped by that.
        """
        some = self._of(by)
        share = some.standing / some.loans[:, None, None]
        return self._columns(some.names, some.loans, *_mean(share))

    def difference(self, other: Stress, by: str = WHOLE) -> dict[str, npt.NDArray[Any]]:
        """By how much the chance is above another's, group by group, path by path.

        The same months of the same paths hit the same rows of both: what is common to them cancels, and the
        standard error is that of the differences.

        Parameters
        ----------
        other
            Of the same seed, number of paths and horizons, such as the offers of another policy to the same
            portfolio. Groups that only one of the two has are left out.

        Returns
        -------
        Columns as of :meth:`table`; ``chance`` is the difference, ``loans`` and ``loans_of_other`` count.

        Raises
        ------
        InputError
            It is none; seed, paths or horizons differ, or one wasn't grouped by that.
        """
        if not isinstance(other, Stress):
            raise InputError(Code.UNKNOWN_VALUE, "other", other, "a Stress")
        for name in ("seed", "paths", "horizons"):
            mine, its = getattr(self, name), getattr(other, name)
            if mine != its:
                raise InputError(Code.UNKNOWN_VALUE, f"other.{name}", its, str(mine))
        one, two = self._of(by), other._of(by)
        shared = [name for name in one.names if name in two.names]
        here, there = ([g.names.index(name) for name in shared] for g in (one, two))
        apart = (
            one.standing[here] / one.loans[here][:, None, None]
            - two.standing[there] / two.loans[there][:, None, None]
        )
        columns = self._columns(tuple(shared), one.loans[here], *_mean(apart))
        return columns | {"loans_of_other": np.repeat(two.loans[there], len(self.horizons))}

    def to_frame(self, kind: str = "pandas", *, by: str = WHOLE) -> Any:
        """:meth:`table` as a frame: ``"pandas"``, ``"polars"`` or ``"arrow"`` (each an extra).

        Chances and errors are decimals there; the error of a single path is missing.

        Raises
        ------
        InputError
            ``kind`` isn't one of the three, or the plans weren't grouped by that.
        ImportError
            The library isn't installed; the message names the extra.
        """
        from repayplan.edges.frames import figured, frame_of

        return frame_of(figured(self.table(by), PLACES), kind)

    def _of(self, by: str) -> Groups:
        given: object = by
        if not isinstance(given, str) or given not in self.groups:
            raise InputError(Code.UNKNOWN_VALUE, "by", by, f"one of {', '.join(self.groups)}")
        return self.groups[by]

    def _columns(
        self, names: tuple[str, ...], loans: Ints, mean: npt.NDArray[Any], error: npt.NDArray[Any]
    ) -> dict[str, npt.NDArray[Any]]:
        each = len(self.horizons)
        return {
            "group": np.repeat(np.array(names, np.str_), each),
            "loans": np.repeat(loans, each),
            "months": np.tile(np.array(self.horizons, np.int64), len(names)),
            "chance": mean.ravel(),
            "standard_error": error.ravel(),
        }


def _mean(share: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The mean over paths, and its standard error; one path says nothing of that."""
    paths = share.shape[-1]
    error = share.std(axis=-1, ddof=1) / np.sqrt(paths) if paths > 1 else np.full(share.shape[:-1], np.nan)
    return np.round(share.mean(axis=-1), PLACES), np.round(error, PLACES)
