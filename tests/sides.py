"""What two schedules are worth beside each other, the slow way: row by row, in fractions and 80 digits."""

from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

import repayplan as rp

CENT = Fraction(1, 100)


def worth(flows, on, rate):
    """(day, amount) of flows at an effective rate of 365 days, to the cent, half to even."""
    with localcontext(prec=80):
        growth = (1 + Decimal(rate)).ln()
        total = sum(
            Decimal(amount.numerator) / amount.denominator * (-growth * (day - on).days / 365).exp()
            for day, amount in flows
        )
        return Decimal(round(Fraction(total) / CENT)).scaleb(-2)


def flows_of(schedule, rows=None):
    """(day, payment) of the first rows of a schedule, of all by default."""
    return [(row.due_date, Fraction(row.payment)) for row in schedule.rows[:rows]]


@st.composite
def batches(draw, most=4):
    """Loans, and the columns of a plan: how many periods of holiday, and how many instalments then."""
    size = draw(st.integers(1, most))

    def column(values):
        return draw(st.lists(values, min_size=size, max_size=size))

    cents = st.integers(0, 10**5)
    return rp.Loans.from_columns(
        principal=rp.minor(column(st.integers(100, 10**8))),
        annual_rate=[Decimal(bp) / 10_000 for bp in column(st.integers(0, 3600))],
        original_term=60,
        elapsed=12,
        unpaid=column(st.integers(1, 30)),
        next_due=np.array(
            column(st.dates(np.datetime64("2020-01-01").item(), np.datetime64("2030-12-31").item()))
        ),
        day_count=column(st.sampled_from(["periods", "ACT/365F"])),
        overdue_interest=rp.minor(column(cents)),
        penalty=rp.minor(column(cents)),
        columns={"pause": column(st.integers(0, 6)), "months": column(st.integers(1, 48))},
    )


rates = st.integers(-500, 5000).map(lambda bp: Decimal(bp) / 10_000)
CONTRACT = rp.equal_instalment(rp.col("unpaid"))
PLANS = [
    rp.holiday(rp.col("pause"), interest="capitalise") + rp.equal_instalment(rp.col("months")),
    rp.holiday(rp.col("pause"), interest="waive") + rp.equal_principal(rp.col("months")),
]


def both(loans, plan):
    """Schedules of the contracts and of the plan."""
    return rp.schedule(loans, CONTRACT).value, rp.schedule(loans, plan).value


def reordered(loans, order):
    """The same loans in another order, with the columns of their plans."""
    extra = {name: np.array(column)[order] for name, column in loans.extra.items()}
    return loans.take(np.array(order)).replace(extra=extra)
