"""The ways of repaying that a policy may list."""

from __future__ import annotations

METHOD_WORDS = {
    "equal_instalment": ("equal instalments", "等额本息"),
    "equal_principal": ("equal principal", "等额本金"),
    "flat": ("equal principal, interest on the opening balance", "等本等息"),
    "interest_only": ("interest first, principal with the last instalment", "先息后本"),
}
"""What each way of repaying is called in English and Chinese."""
METHODS = tuple(METHOD_WORDS)
"""Names of the ways of repaying that a policy may list."""
