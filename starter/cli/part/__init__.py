"""`fieldcare part …`: what lies where, what is kept for which ticket, and moving it."""
