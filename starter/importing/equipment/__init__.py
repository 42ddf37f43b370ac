"""An existing equipment registry becomes units: all of a file at once, or nothing.

`fields` finds the columns, `cells` says what keeps a cell from identifying anything, `names` makes spellings
comparable, `catalog` and `parties` say what a name means here, `dates` reads days, `rows` makes a unit of a record or
says why not, `kept` holds the units until all are read, `registry` writes them, and `report` tells of it.
"""
