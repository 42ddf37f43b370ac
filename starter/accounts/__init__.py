"""Accounts: making them, coming in by them, and what whoever came in may do. docs/adr/0029-accounts.md."""
