"""Limits that laws and regulators publish, as values to put into a limit; each says where it stands."""

from __future__ import annotations

from decimal import Decimal

from repayplan.offers.earlier import EarlierRestructures
from repayplan.offers.lengths import ExtensionTier, RegulatorCap

GENERAL_RULES_ON_LOANS = (
    ExtensionTier(up_to_months=12, percent=Decimal(100)),
    ExtensionTier(up_to_months=60, percent=Decimal(50)),
    ExtensionTier(max_months=36),
)
"""China, General Rules on Loans (贷款通则, People's Bank of China, 1996) art. 12, for ``by_original_term``.

A loan of up to a year is extended by at most its original term, one of up to five years by at most half of
it, a longer one by at most three years, all extensions together. Guarantors consent in writing.
"""

CARD_INSTALMENTS = RegulatorCap(
    months=60,
    source="商业银行信用卡业务监督管理办法 (2011) art. 70: personalised instalments over at most 5 years",
)
"""China, credit cards whose holder can't pay and is willing to, for ``regulator``."""

HAMP_TERM = RegulatorCap(
    months=480, source="Home Affordable Modification Program, tier 1 waterfall: a term of at most 480 months"
)
"""United States, mortgages under HAMP, for ``regulator``."""

FFIEC_REAGING = EarlierRestructures(
    least_payments=3,
    least_months_between=12,
    most=2,
    within_years=5,
    dates=("last_restructure", "restructure_before"),
)
"""United States, FFIEC, Uniform Retail Credit Classification and Account Management Policy (65 FR 36903).

An open-end account is re-aged after three consecutive payments at least, once in twelve months and twice in
five years; for ``earlier``.
"""
