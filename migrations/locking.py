"""What whoever changes a database takes first. A file of its own: starting the engines needs it, and no table."""

from __future__ import annotations

LOCK = 0x6669_656C_6463_6172
"""Key of the advisory lock that lets one migrator or seeder at a time work on a database."""
