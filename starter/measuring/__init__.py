"""`fieldcare sla measure`: business time of recorded work, line by line."""
