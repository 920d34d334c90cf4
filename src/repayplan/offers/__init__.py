"""What the rules allow: limits, policies, and the offer that follows for a borrower or a portfolio."""
