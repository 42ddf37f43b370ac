"""The whole command as it is declared, loaded by the fork server; what looks at the terminal is loaded later."""

from __future__ import annotations

from starter.cli import build

build()
