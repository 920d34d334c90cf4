"""Programmes: what policies do to portfolios, and what a programme achieved."""
