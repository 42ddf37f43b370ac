"""What closed tickets' clocks would have said under other rules."""
