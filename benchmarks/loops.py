"""Loops that compute what repayplan computes, to the cent: in C, numba, Python integers and Decimal.

Each takes a portfolio and gives interest, principal and closing of every row, loan by loan.
"""

import ctypes
import os
import subprocess
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.machine import FLAGS, compiler
from benchmarks.portfolio import RATE_UNIT, Portfolio

HERE = Path(__file__).parent
MONTHS = 12
Columns = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]
Fill = Callable[[Portfolio, Columns], None]


def empty_columns(rows: int) -> Columns:
    """Fresh (cold) columns: their pages are touched for the first time by whoever fills them."""
    return np.empty(rows, np.int64), np.empty(rows, np.int64), np.empty(rows, np.int64)


def compiled_loop() -> Fill | None:
    """Compile level.c and hand back a function that fills the three columns; None without a compiler."""
    found = compiler()
    if found is None:
        return None
    library = HERE / "build" / "level.so"
    library.parent.mkdir(exist_ok=True)
    # Made beside it and moved: another process may have the one that is there loaded.
    new = library.with_suffix(f".{os.getpid()}")
    subprocess.run([found, *FLAGS, "-shared", "-fPIC", "-o", str(new), str(HERE / "level.c")], check=True)
    new.replace(library)
    function = ctypes.CDLL(str(library)).level
    column = np.ctypeslib.ndpointer(np.int64, flags="C_CONTIGUOUS")
    function.argtypes = [ctypes.c_int64] + [column] * 6
    function.restype = None

    def fill(loans: Portfolio, out: Columns) -> None:
        function(len(loans), loans.balance, loans.rate, loans.term, *out)

    return fill


def numba_loop() -> Fill:
    """The loop of level.c in Python, compiled by numba; the instalment from a float of 64 bits."""
    from numba import njit

    unit = RATE_UNIT * MONTHS

    @njit
    def level(balances, rates, terms, interest, principal, closing):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
        row = 0
        for i in range(len(balances)):
            balance, rate, term = balances[i], rates[i], terms[i]
            factor = rate / unit
            power = (1.0 + factor) ** term
            instalment = np.int64(balance * factor * power / (power - 1.0) + 0.5)
            for k in range(term):
                accrued = (2 * balance * rate + unit) // (2 * unit)
                share = balance if k == term - 1 else min(balance, instalment - accrued)
                balance -= share
                interest[row], principal[row], closing[row] = accrued, share, balance
                row += 1

    def fill(loans: Portfolio, out: Columns) -> None:
        level(loans.balance, loans.rate, loans.term, *out)

    return fill


def decimal_loop(loans: Portfolio) -> Columns:
    """Row by row in Decimal, as most back offices write it."""
    out, row, cent = empty_columns(loans.rows), 0, Decimal("0.01")
    for balance_cents, rate, term in zip(
        loans.balance.tolist(), loans.rate.tolist(), loans.term.tolist(), strict=True
    ):
        balance, factor = Decimal(balance_cents) / 100, Decimal(rate) / (RATE_UNIT * MONTHS)
        level = balance * factor / (1 - (1 + factor) ** -term)
        instalment = level.quantize(cent, ROUND_HALF_UP)
        for k in range(term):
            interest = (balance * factor).quantize(cent, ROUND_HALF_UP)
            principal = balance if k == term - 1 else min(balance, instalment - interest)
            balance -= principal
            out[0][row], out[1][row], out[2][row] = (
                int(interest * 100),
                int(principal * 100),
                int(balance * 100),
            )
            row += 1
    return out


def integer_loop(loans: Portfolio) -> Columns:
    """Row by row in Python integers, the instalment from the exact closed form."""
    out, row, denominator = empty_columns(loans.rows), 0, RATE_UNIT * MONTHS
    for owed, rate, term in zip(
        loans.balance.tolist(), loans.rate.tolist(), loans.term.tolist(), strict=True
    ):
        grown, still = (denominator + rate) ** term, denominator**term
        top, bottom = owed * rate * grown, denominator * (grown - still)
        instalment, balance = (2 * top + bottom) // (2 * bottom), owed
        for k in range(term):
            interest = (2 * balance * rate + denominator) // (2 * denominator)
            principal = balance if k == term - 1 else min(balance, instalment - interest)
            balance -= principal
            out[0][row], out[1][row], out[2][row] = interest, principal, balance
            row += 1
    return out
