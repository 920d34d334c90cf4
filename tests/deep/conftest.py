"""What isn't looked into for doctests: it needs mutmut, and is run by itself."""

collect_ignore = ["mutants.py", "mutating.py", "mutanttrial.py"]
