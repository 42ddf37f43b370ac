"""The whole command as it is declared, loaded by the fork server; what looks at the terminal is loaded later."""

from __future__ import annotations

import gc

from starter.cli import assembled

assembled()
# No process looks for rubbish in what is there before it begins: that alone would copy all of the memory.
gc.collect()
gc.freeze()
gc.enable()
