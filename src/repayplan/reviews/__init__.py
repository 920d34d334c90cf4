"""Applications reviewed by a policy, opinions and decisions on them, and what applicants are told."""
