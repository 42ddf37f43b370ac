"""`fieldcare engineer …`: who there is, who is free, who is right for a ticket."""
