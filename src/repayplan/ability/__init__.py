"""What the borrower can pay: the household, what it must be left, and the surplus that follows."""
