"""Bulk intake: a file of reports, whatever its columns are called, becomes tickets.

`source` gives text lines, `records` cuts them into records, `mapping` reads a record as a report, `units` finds a unit
for a report that names only a type, and `bulk` opens the tickets side by side.
"""
