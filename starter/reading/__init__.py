"""What people ask about tickets, for every way in: which one it is, what it says, its clocks, whose time it took.

Nothing here prints, and nothing knows who asks.
"""
