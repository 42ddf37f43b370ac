"""Signing a ticket off: with an account's password, by a one-time link, or drawn. docs/adr/0031-signed-sign-off.md."""
