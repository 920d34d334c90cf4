"""Columns with some lines for each account of a batch: blocks of them joined, and those of some accounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, Protocol, TypeVar

import numpy as np

from repayplan.basics.outcome import Bools, Ints


class ByAccount(Protocol):
    """A dataclass of columns: ``account`` says whose each line is, rising, counted among the batch's."""

    @property
    def account(self) -> Ints:
        """int64; whose each line is."""


Lines = TypeVar("Lines", bound=ByAccount)


def joined_lines(kind: type[Lines], blocks: Sequence[Lines], sizes: Sequence[int], good: Bools) -> Lines:
    """Of all blocks together, each of so many accounts; those of accounts that are good."""
    found: dict[str, Any] = {}
    for each in fields(kind):  # type: ignore[arg-type]
        none = np.zeros(0, "datetime64[D]" if str(each.type) == "Days" else "int64")
        found[each.name] = np.concatenate([none, *(getattr(block, each.name) for block in blocks)])
    before = np.repeat(np.cumsum([0, *sizes])[:-1], [len(block.account) for block in blocks])
    account = found["account"] + before
    return some_lines(kind(**found | {"account": account}), np.where(good, np.cumsum(good) - 1, -1))


def some_lines(lines: Lines, place: Ints) -> Lines:
    """The lines of some accounts; ``place``: int64, where each is among these, -1: it isn't one of them."""
    mine = place[lines.account] >= 0
    found = {each.name: getattr(lines, each.name)[mine] for each in fields(lines)}  # type: ignore[arg-type]
    return type(lines)(**found | {"account": place[lines.account[mine]]})
