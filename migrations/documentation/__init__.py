"""The database's pages in `docs/database`: read from the schema itself, so that they can't drift from it."""

from migrations.documentation.catalog import Schema, read_schema
from migrations.documentation.pages import pages

__all__ = ["Schema", "pages", "read_schema"]
