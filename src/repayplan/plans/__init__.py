"""What is owed, the stages it is repaid in, and the schedule that follows, row by row."""
