"""`python -m starter.cli` is `fieldcare`: how the command starts itself again, wherever it is installed."""

from __future__ import annotations

from starter.cli import main

main()
