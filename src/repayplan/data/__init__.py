"""Example policies; every figure with its source."""
