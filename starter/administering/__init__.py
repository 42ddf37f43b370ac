"""The registry as administrators keep it: looked at with its history, added to, changed, retired. docs/adr/0036."""
