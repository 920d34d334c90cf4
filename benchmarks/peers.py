"""The contenders that aren't repayplan: a C loop, numpy-financial, Decimal and plain integers.

Each takes a portfolio and gives interest, principal and closing of every row, loan by loan; numpy-financial
gives interest and principal only, unrounded floats, which is less work and is said beside its figure.
"""

import ctypes
import shutil
import subprocess
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from portfolio import LONGEST, RATE_UNIT, Portfolio

HERE = Path(__file__).parent
FLAGS = ("-O3", "-march=native")
MONTHS = 12
Columns = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]


def empty_columns(rows: int) -> Columns:
    """Fresh (cold) columns: their pages are touched for the first time by whoever fills them."""
    return np.empty(rows, np.int64), np.empty(rows, np.int64), np.empty(rows, np.int64)


def compiled_loop() -> Callable[[Portfolio, Columns], None] | None:
    """Compile level.c and hand back a function that fills the three columns; None without a compiler."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        return None
    library = HERE / "build" / "level.so"
    library.parent.mkdir(exist_ok=True)
    subprocess.run(
        [compiler, *FLAGS, "-shared", "-fPIC", "-o", str(library), str(HERE / "level.c")], check=True
    )
    function = ctypes.CDLL(str(library)).level
    column = np.ctypeslib.ndpointer(np.int64, flags="C_CONTIGUOUS")
    function.argtypes = [ctypes.c_int64] + [column] * 6
    function.restype = None

    def fill(loans: Portfolio, out: Columns) -> None:
        function(len(loans), loans.balance, loans.rate, loans.term, *out)

    return fill


def compiler_version() -> str:
    """First line of the compiler's own description, with the flags used."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        return "no C compiler found"
    out = subprocess.run([compiler, "--version"], check=True, capture_output=True, text=True).stdout
    return f"{out.splitlines()[0]} {' '.join(FLAGS)}"


def financial_padded(loans: Portfolio) -> int:
    """numpy-financial's `ipmt` and `ppmt` on one grid of loans x longest term, as it is usually written."""
    import numpy_financial as npf

    period = np.arange(1, LONGEST + 1)[None, :]
    rate = (loans.rate / (RATE_UNIT * MONTHS))[:, None]
    term, balance = loans.term[:, None], loans.balance[:, None] / 100
    npf.ipmt(rate, period, term, -balance)
    npf.ppmt(rate, period, term, -balance)
    return loans.rows


def financial_grouped(loans: Portfolio) -> int:
    """numpy-financial on one dense grid for each distinct term: no padding."""
    import numpy_financial as npf

    for months in np.unique(loans.term):
        mine = loans.term == months
        rate = (loans.rate[mine] / (RATE_UNIT * MONTHS))[:, None]
        balance, period = loans.balance[mine][:, None] / 100, np.arange(1, months + 1)[None, :]
        npf.ipmt(rate, period, months, -balance)
        npf.ppmt(rate, period, months, -balance)
    return loans.rows


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
