"""`fieldcare dispatch …`: who goes where and when."""
