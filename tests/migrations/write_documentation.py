"""`make docs`: writes docs/database and the generated regions of docs/database.md from a freshly migrated schema."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from migrations.documentation import pages, read_schema
from migrations.documentation.pages import fill
from migrations.runner import migrate
from starter.embedded.stack import throwaway_stack

DOCS = Path(__file__).parent.parent.parent / "docs"


async def documentation(url: str) -> dict[Path, str]:
    """Every page that is written from the schema of the migrated database at `url`, with its text."""
    schema = await read_schema(url)
    written = {DOCS / "database" / path: text for path, text in pages(schema).items()}
    main = DOCS / "database.md"
    return {**written, main: fill(main.read_text(encoding="utf-8"), schema)}


async def _write(url: str) -> None:
    await migrate(url)
    found = await documentation(url)
    shutil.rmtree(DOCS / "database", ignore_errors=True)
    for path, text in found.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    with throwaway_stack() as stack:
        asyncio.run(_write(stack.addresses.database_url))
