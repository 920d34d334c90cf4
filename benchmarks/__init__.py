"""How fast repayplan is on this machine, beside what people use instead of it: ``python -m benchmarks``."""
