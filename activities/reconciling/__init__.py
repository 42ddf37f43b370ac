"""Whether a ticket's workflow, its record and the audit trail say the same (docs/adr/0021)."""
