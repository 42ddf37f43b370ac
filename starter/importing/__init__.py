"""Bulk intake: a file of reports, whatever its columns are called, becomes tickets.

`source` gives text lines, `heads` finds the one that names the columns, `records` cuts them into records, `formulas`
takes off what keeps a spreadsheet from counting, `mapping` reads a record as a report, `occasions` says what tells one
incident from another, `units` finds a unit for a report that names only a type, and `bulk` opens the tickets side by
side.
"""
