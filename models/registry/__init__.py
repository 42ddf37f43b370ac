"""The registry as administrators keep it: its kinds, what can be said of a row of each, and what it must be.

A kind is declared once (`kinds.py`), and every door is made of that: the API's operations, the pages' forms, the
terminal's fields. The database checks the same again, and more: see `change_registry()`.
"""
