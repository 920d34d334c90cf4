"""Which months a period has, and what households can pay in it, month by month."""

from fractions import Fraction
from math import floor

from repayplan.basics.dates import FREQUENCIES, FREQUENCY_INDEX


def weights(frequency, due, assessed=None):
    """By month of the calendar, counted: how much of it belongs to the period that falls due on a day.

    What was left before a household was assessed may be spent: of a first period that had begun by then only
    the months from that of the assessment on count. Of one that had ended by then all do.
    """
    whole, share = divmod(FREQUENCIES[FREQUENCY_INDEX[frequency]].in_months, 1)
    last = due.year * 12 + due.month - 1
    parts = {last - back: Fraction(1) for back in range(whole)} | ({last - whole: share} if share else {})
    if assessed is not None:
        day = assessed.year * 12 + assessed.month - 1
        if day <= last:
            parts = {month: part for month, part in parts.items() if month >= day}
    return parts


def payable(path, frequency, dues, assessed):
    """Units that can be paid in each period, of a path of one household."""
    return [_payable(path, frequency, due, None if n else assessed) for n, due in enumerate(dues)]


def _payable(path, frequency, due, assessed):
    """In one: the share of a month rounded down."""
    begin = path.begin.year * 12 + path.begin.month - 1
    left = path.surplus[:, 0].tolist()
    months = weights(frequency, due, assessed).items()
    return max(sum(floor(left[min(month - begin, len(left) - 1)] * part) for month, part in months), 0)
