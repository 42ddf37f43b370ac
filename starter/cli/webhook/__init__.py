"""`fieldcare webhook …`: which other houses are told of events."""
