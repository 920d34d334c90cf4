"""What happens after a plan is signed: overdue interest, payments allocated, accounts replayed."""
