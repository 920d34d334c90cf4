"""Values that every other part builds on: codes, money, rounding, dates, day counts, columns, outcomes."""
